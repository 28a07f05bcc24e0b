//! An operator who walks a runbook: lets `exec` do what a machine may do, does the rest line by line, and has a colleague
//! release the gates.

use crate::world::{Came, World, subtree, text};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{ChildStdin, ChildStdout, Stdio};

/// Far more rounds than a walk takes.
const ROUNDS: usize = 400;

pub struct Operator<'a> {
    world: &'a World,
    plan: Value,
    source: String,
    /// The run's id, once one has begun.
    pub run: Option<String>,
}

/// Where `exec` came to rest.
#[derive(Debug)]
pub struct Rest {
    pub exit: i32,
    pub verdict: String,
    /// The step it waits at, and why.
    pub waits: Option<(String, String)>,
}

impl<'a> Operator<'a> {
    pub fn of(world: &'a World) -> Self {
        let source = std::fs::read_to_string(&world.runbook).unwrap();
        Operator { world, plan: world.plan(), source, run: None }
    }

    /// Walks until nothing is left to do, then polls the calls. The exit code of `status` is the answer.
    pub fn to_the_end(&mut self) -> Came {
        for _ in 0..ROUNDS {
            let rest = self.exec();
            assert_ne!(rest.exit, 1, "{rest:?}: {}", self.story());
            let Some((step, why)) = rest.waits else {
                self.after_the_last_step();
                let run = self.run.clone().unwrap();
                return self.world.gonogo(&["status", &run]);
            };
            self.go_past(&step, &why);
        }
        panic!("no end after {ROUNDS} rounds: {}", self.story());
    }

    /// Lets the machine do what it may, from where the run stands.
    pub fn exec(&mut self) -> Rest {
        let runbook = self.world.runbook.to_str().unwrap();
        let mut arguments = vec!["exec", runbook, "--format", "json", "--vars", "values"];
        let run = self.run.clone();
        arguments.extend(run.iter().flat_map(|run| ["--resume", run.as_str()]));
        let came = self.world.gonogo(&arguments);
        let lines: Vec<Value> = came.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let result =
            lines.iter().find(|line| line["kind"] == "result").unwrap_or_else(|| panic!("no result: {came:?}"));
        self.run = Some(text(result, "run").to_owned());
        let waiting = lines.iter().find(|line| line["kind"] == "waiting");
        let waits = waiting.map(|line| (text(line, "step").to_owned(), text(line, "why").to_owned()));
        Rest { exit: came.exit, verdict: text(result, "verdict").to_owned(), waits }
    }

    /// Walks until something fails.
    pub fn until_no_go(&mut self) -> Rest {
        for _ in 0..ROUNDS {
            let rest = self.exec();
            match &rest.waits {
                Some((step, why)) if rest.exit != 1 => self.go_past(step, why),
                Some(_) | None => return rest,
            }
        }
        panic!("nothing failed in {ROUNDS} rounds: {}", self.story());
    }

    /// Ids of the steps that failed, as `status` tells them.
    pub fn failed_steps(&self) -> Vec<String> {
        let run = self.run.as_deref().unwrap();
        let status = self.world.gonogo(&["status", run]).out;
        let titles: Vec<&str> = status.lines().filter_map(|line| line.trim().strip_suffix(": failed")).collect();
        let steps = self.phases().flat_map(|phase| subtree(&phase["steps"]));
        steps
            .filter(|step| titles.iter().any(|title| title.ends_with(text(step, "title"))))
            .map(|step| text(step, "id").to_owned())
            .collect()
    }

    /// Does what `exec` waits for: releases the gate, or does the step.
    pub fn go_past(&self, step: &str, why: &str) {
        match why.strip_prefix("locked by the gate of ") {
            Some(rest) => {
                let title = rest.split(':').next().unwrap();
                let phase = self.phases().find(|phase| text(phase, "title") == title).unwrap_or_else(|| {
                    panic!("a gate of an unknown phase: {why}");
                });
                self.release(text(phase, "id"));
            }
            None => self.by_hand(step),
        }
    }

    /// A gate behind the last step locks nothing that `exec` could run into; calls wait for the end as well.
    fn after_the_last_step(&self) {
        let run = self.run.clone().unwrap();
        let status = self.world.gonogo(&["status", &run, "--format", "json"]);
        let status: Value = serde_json::from_str(&status.out).unwrap();
        for role in self.calls() {
            let mut desk = Desk::open(self.world, &run, &role, &role);
            desk.must(&format!("c {role} go"));
            desk.leave();
        }
        assert!(status["answer"] != "NO-GO" && status["verdict"] != "NO-GO", "{status}");
    }

    fn release(&self, phase: &str) {
        self.release_in(self.run.as_deref().unwrap(), phase);
    }

    fn release_in(&self, run: &str, phase: &str) {
        let role = self.gate(phase);
        let came = self.world.gonogo(&["sign", run, phase, "--role", &role, "--operator", "lee"]);
        assert_eq!(came.exit, 0, "{phase}: {came:?}");
    }

    /// The role of a phase's gate, as the front matter says it.
    fn gate(&self, phase: &str) -> String {
        let line = self.source.lines().find_map(|line| line.strip_prefix(&format!("  {phase}: {{role: ")));
        let line = line.unwrap_or_else(|| panic!("the front matter has a gate for {phase}"));
        line.split([',', '}']).next().unwrap().to_owned()
    }

    fn calls(&self) -> Vec<String> {
        let line = self.source.lines().find_map(|line| line.strip_prefix("calls: [")).unwrap_or("");
        line.trim_end_matches(']').split(", ").filter(|role| !role.is_empty()).map(str::to_owned).collect()
    }

    /// Runs what is left of a step, with its confirmations, and signs it off where a person has to.
    fn by_hand(&self, id: &str) {
        let step = self.step(id);
        if text(step, "kind") == "choice" {
            return self.by_hand(text(&step["steps"][0], "id"));
        }
        let run = self.run.as_deref().unwrap();
        let mut desk = Desk::open(self.world, run, "dana", "operations");
        desk.must(&format!("g {id}"));
        let offered: Vec<&Value> = step["commands"].as_array().unwrap().iter().filter(|c| is_offered(c)).collect();
        for _ in &offered {
            self.past_gates(&mut desk, "r");
        }
        let has_criteria = !step["criteria"].as_array().unwrap().is_empty();
        if offered.is_empty() || has_criteria || offered.iter().any(|command| !command["expected"].is_null()) {
            self.past_gates(&mut desk, "s");
        }
        desk.leave();
    }

    /// Says it; where a gate refuses, a colleague releases it, and it is said again.
    fn past_gates(&self, desk: &mut Desk, line: &str) {
        for _ in 0..3 {
            let heard = desk.say(line);
            let Some(refused) = heard.split("Not now: ").nth(1) else { return };
            let title = refused.strip_prefix("locked by the gate of ").and_then(|rest| rest.split(':').next());
            let title = title.unwrap_or_else(|| panic!("{line}: {heard}"));
            let phase = self.phases().find(|phase| text(phase, "title") == title).unwrap();
            let newest = self.world.gonogo(&["runs"]).out;
            let newest = newest.split_whitespace().next().unwrap().to_owned();
            self.release_in(self.run.as_ref().unwrap_or(&newest), text(phase, "id"));
        }
        panic!("{line} stays locked");
    }

    fn phases(&self) -> impl Iterator<Item = &Value> {
        self.plan["phases"].as_array().unwrap().iter()
    }

    fn step(&self, id: &str) -> &Value {
        self.phases()
            .flat_map(|phase| subtree(&phase["steps"]))
            .find(|step| text(step, "id") == id)
            .unwrap_or_else(|| panic!("no step {id}"))
    }

    /// What was recorded so far, for a test's message.
    pub fn story(&self) -> String {
        let Some(run) = self.run.as_deref() else { return "nothing recorded".to_owned() };
        let status = self.world.gonogo(&["status", run]).out;
        let failed: Vec<&str> = status.lines().filter(|line| line.contains(": failed")).collect();
        let number = failed.first().and_then(|line| line.split_whitespace().find(|word| word.contains('.')));
        let shown = number.map(|number| self.world.gonogo(&["show", run, number]).out);
        format!("{}\n{}", failed.join("\n"), shown.unwrap_or_default())
    }
}

fn is_offered(command: &Value) -> bool {
    ["run", "fill", "choose", "mixed"].contains(&text(command, "use"))
}

/// A walk that practises: every step is gone through, gates included.
pub struct Rehearsal<'a> {
    operator: Operator<'a>,
    desk: Desk,
}

impl<'a> Rehearsal<'a> {
    pub fn of(world: &'a World) -> Self {
        let runbook = world.runbook.to_str().unwrap();
        let desk = Desk::start(world, &[runbook, "--plain", "--rehearse", "--vars", "values"]);
        Rehearsal { operator: Operator::of(world), desk }
    }

    pub fn to_the_end(mut self) -> Came {
        let phases: Vec<Value> = self.operator.phases().filter(|phase| phase["walked"] == true).cloned().collect();
        for phase in &phases {
            for step in subtree(&phase["steps"]).into_iter().filter(|step| step["steps"].as_array().unwrap().is_empty())
            {
                self.step(step);
            }
        }
        self.desk.leave()
    }

    fn step(&mut self, step: &Value) {
        self.desk.must(&format!("g {}", text(step, "id")));
        for _ in step["commands"].as_array().unwrap().iter().filter(|command| is_offered(command)) {
            self.operator.past_gates(&mut self.desk, "r");
        }
        self.operator.past_gates(&mut self.desk, "s");
    }
}

/// Plain mode on a pipe: one answer for each question, never ahead of it.
pub struct Desk {
    child: std::process::Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// Everything that was said, for a test's message.
    heard: String,
}

impl Desk {
    fn open(world: &World, run: &str, name: &str, role: &str) -> Self {
        let arguments = ["resume", run, "--plain", "--vars", "values", "--operator", name, "--role", role];
        Self::start(world, &arguments)
    }

    fn start(world: &World, arguments: &[&str]) -> Self {
        let mut child = world
            .command(env!("CARGO_BIN_EXE_gonogo"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut desk = Desk { child, input, output, heard: String::new() };
        desk.listen();
        desk
    }

    /// Says something at the question what to do next, and answers what is asked on the way. What was heard comes back.
    pub fn say(&mut self, line: &str) -> String {
        let from = self.heard.len();
        writeln!(self.input, "{line}").unwrap();
        let mut question = self.listen();
        for _ in 0..20 {
            let answer = match question.as_str() {
                asked if asked.starts_with("Choose: ") => {
                    let heard = self.heard[from..].to_owned();
                    return heard;
                }
                "Run it? y or n" => "y".to_owned(),
                asked if asked.starts_with("It destroys something. Type ") => {
                    asked.split("Type ").nth(1).unwrap().split(' ').next().unwrap().to_owned()
                }
                asked if asked.starts_with("Verdict: ") => "p".to_owned(),
                asked if asked.starts_with("Note, or nothing") => "seen in the test".to_owned(),
                other => panic!("{line} led to an unknown question: {other}\n{}", self.heard),
            };
            writeln!(self.input, "{answer}").unwrap();
            question = self.listen();
        }
        panic!("{line} never came to an end: {}", self.heard);
    }

    /// Says something that must not be refused.
    fn must(&mut self, line: &str) {
        let heard = self.say(line);
        assert!(!heard.contains("Not now: "), "{line}: {heard}");
    }

    /// Reads up to the next prompt; the line above it is the question.
    fn listen(&mut self) -> String {
        let mut bytes = Vec::new();
        loop {
            let read = self.output.read_until(b'>', &mut bytes).unwrap();
            assert!(read > 0, "the walk ended: {}{}", self.heard, String::from_utf8_lossy(&bytes));
            if bytes == b">" || bytes.ends_with(b"\n>") {
                let mut blank = [0];
                self.output.read_exact(&mut blank).unwrap();
                bytes.push(blank[0]);
                if blank == [b' '] && self.output.buffer().is_empty() {
                    break;
                }
            }
        }
        let said = String::from_utf8_lossy(&bytes).into_owned();
        self.heard.push_str(&said);
        said.lines().rev().nth(1).unwrap_or_default().to_owned()
    }

    pub fn leave(mut self) -> Came {
        writeln!(self.input, "q").unwrap();
        drop(self.input);
        let mut out = self.heard;
        self.output.read_to_string(&mut out).unwrap();
        let exit = self.child.wait().unwrap().code().unwrap_or(-1);
        Came { exit, out, err: String::new() }
    }
}
