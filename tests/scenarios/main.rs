//! Text in, states out: small runbooks, what people do with them, and where that leaves the run.
//!
//! Every file `tests/scenarios/*.yaml` is a list of scenarios; [`notation`] says how acts are written. No process is
//! started: `do: run` records the intent, `ends:` makes up its ending. [`machine`] does the same with acts drawn by lot; [`model`] compares with a model.

mod machine;
#[expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has failed, and its long form is asked for from outside"
)]
mod model;
mod notation;
mod world;

use gonogo::run::Run;
use gonogo::run::decide::{Intent, Survivor};
use gonogo::run::drift::Change;
use gonogo::run::event::{AttemptId, Event, Leftover, RunKind, Scope};
use gonogo::run::gate::{GateState, hold};
use gonogo::run::readiness::leaves;
use gonogo::run::state::step_state;
use serde::Deserialize;
use serde_yaml::Value as Yaml;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;
use world::{World, actor};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    #[serde(rename = "scenario")]
    name: String,
    runbook: String,
    #[serde(default)]
    rehearsal: bool,
    /// Names of environment variables that commands inherit.
    #[serde(default)]
    environment: Vec<String>,
    /// Limit for commands that state none.
    limit_ms: Option<u64>,
    acts: Vec<Act>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Act {
    /// Who acts from now on: `lee (dba)`.
    by: Option<String>,
    /// A wish that is granted, unless `refused` says otherwise.
    r#do: Option<String>,
    /// A part of what the operator is told instead; then nothing is recorded.
    refused: Option<String>,
    /// Kinds of the events that the wish recorded, in order.
    records: Option<Vec<String>>,
    /// How the running command ends.
    ends: Option<String>,
    /// The process of the running command is known.
    spawns: Option<u32>,
    /// Processes of this attempt have outlived a crash.
    survives: Option<u32>,
    /// They are gone; how they ended, if the system still knew, or `unseen`.
    gone: Option<String>,
    /// The process that drives the run is gone, takes the run up again, or leaves in good order.
    crash: Option<Yaml>,
    resume: Option<Yaml>,
    leave: Option<Yaml>,
    /// The author's file says this now; `do: adopt` and `do: stay` are about it.
    edit: Option<String>,
    /// This process is told the value of a secret.
    knows: Option<String>,
    expect: Option<BTreeMap<String, Yaml>>,
}

#[test]
fn scenarios_go_as_they_are_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ext| ext == "yaml"));
    files.sort();
    let (mut played, mut broken) = (0, Vec::new());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let scenarios: Vec<Scenario> =
            serde_yaml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        for scenario in scenarios {
            let name = format!("{}: {}", file.file_name().unwrap().to_string_lossy(), scenario.name);
            // One scenario that goes wrong does not hide the others.
            if std::panic::catch_unwind(|| play(&scenario, &name)).is_err() {
                broken.push(name);
            }
            played += 1;
        }
    }
    assert_eq!(broken, Vec::<String>::new(), "these went otherwise");
    assert!(played >= 30, "only {played} scenarios were found");
}

fn play(scenario: &Scenario, name: &str) {
    let kind = if scenario.rehearsal { RunKind::Rehearsal } else { RunKind::Real };
    let mut world = World::open(&scenario.runbook, kind);
    world.environment = scenario.environment.iter().cloned().collect();
    world.limit_ms = scenario.limit_ms;
    for (number, act) in scenario.acts.iter().enumerate() {
        let place = format!("{name}, act {} {act:?}", number + 1);
        perform(&mut world, act, &place);
        world.check();
    }
    world.check_prefixes();
}

fn perform(world: &mut World, act: &Act, place: &str) {
    if let Some(by) = &act.by {
        world.operator = actor(by);
    }
    if let Some(name) = &act.knows {
        world.secrets.insert(name.clone());
    }
    if let Some(text) = &act.edit {
        world.edit(text);
    }
    if let Some(line) = &act.r#do {
        wish(world, line, act, place);
    }
    if let Some(pid) = act.spawns {
        let attempt = running(world, place);
        world.record(Event::AttemptSpawned { attempt, pid, started: 1, mark: None });
    }
    if let Some(attempt) = act.survives {
        let processes = vec![Leftover { pid: 4711, name: "sleep".to_owned() }];
        world.survivors.push(Survivor { attempt: AttemptId(attempt), processes });
    }
    if let Some(line) = &act.gone {
        let attempt = running(world, place);
        let ending = (line != "unseen").then(|| notation::ending(line).0);
        world.survivors.clear();
        world.record(Event::AttemptGone { attempt, ending, left_over: Vec::new() });
    }
    if let Some(line) = &act.ends {
        let attempt = running(world, place);
        let (ending, matched) = notation::ending(line);
        world.end(attempt, ending, matched);
    }
    if act.crash.is_some() {
        world.crash();
    }
    if act.resume.is_some() {
        world.sit();
    }
    if act.leave.is_some() {
        world.leave();
    }
    for (what, wanted) in act.expect.iter().flatten() {
        expect(world, what, wanted, place);
    }
}

fn wish(world: &mut World, line: &str, act: &Act, place: &str) {
    let wish = match line {
        "adopt" => Intent::Adopt(world.drift().adopted()),
        "stay" => Intent::Stay { runbook: world.drift().to },
        line => notation::wish(&world.book, line),
    };
    let before = (world.live.clone(), world.readiness());
    match (world.intend(wish), &act.refused) {
        (Ok(()), None) => {}
        (Ok(()), Some(_)) => panic!("{place}: was not refused, recorded {:?}", world.recorded),
        (Err(refusal), Some(wanted)) => {
            assert!(refusal.to_string().contains(wanted), "{place}: told “{refusal}”");
            assert_eq!((world.live.clone(), world.readiness()), before, "{place}: a refusal changes nothing");
        }
        (Err(refusal), None) => panic!("{place}: refused: {refusal}"),
    }
    if let Some(wanted) = &act.records {
        assert_eq!(world.recorded, *wanted, "{place}");
    }
}

fn running(world: &World, place: &str) -> AttemptId {
    world.live.running().unwrap_or_else(|| panic!("{place}: nothing runs")).id()
}

/// One line of an `expect`: a step's number with its state word, or a name below.
fn expect(world: &World, what: &str, wanted: &Yaml, place: &str) {
    let now = world.readiness();
    let (run, started) = (&world.live, || world.started.as_ref().expect("something was started"));
    match what {
        "percent" => is(now.percent, wanted, what, place),
        "earned" => is(now.earned, wanted, what, place),
        "total" => is(now.total, wanted, what, place),
        "claimed" => is(now.claimed, wanted, what, place),
        "answer" => is(now.answer.word(), wanted, what, place),
        "blockers" => {
            let blockers = now.blockers.iter().map(|blocker| format!("{}: {}", blocker.title, blocker.what));
            is(blockers.collect::<Vec<_>>(), wanted, what, place);
        }
        "deviations" => {
            let kinds = run.deviations.iter().map(|deviation| deviation.kind.word());
            is(kinds.collect::<Vec<_>>(), wanted, what, place);
        }
        "reasons" => {
            let reasons = run.deviations.iter().map(|deviation| deviation.reason.as_str());
            is(reasons.collect::<Vec<_>>(), wanted, what, place);
        }
        "edits" | "settings" | "summary" | "stale since" => expect_edit(world, what, wanted, place),
        "unknown" => is(run.unknown().map(|lost| lost.id().0).collect::<Vec<_>>(), wanted, what, place),
        "running" => is(run.running().map(|running| running.id().0), wanted, what, place),
        "attempts" => is(run.attempts.len(), wanted, what, place),
        "text" => is(started().intended.text.trim_end(), wanted, what, place),
        "risk" => is(started().intended.risk.word(), wanted, what, place),
        "timeout_ms" => is(started().intended.timeout_ms, wanted, what, place),
        "cwd" => is(started().intended.cwd.as_str(), wanted, what, place),
        "shell" => is(started().intended.shell.as_str(), wanted, what, place),
        "env" => is(started().env.clone(), wanted, what, place),
        "secrets" => is(started().secrets.clone(), wanted, what, place),
        "closed" => is(run.closed.as_ref().map(|closed| closed.verdict.as_str()), wanted, what, place),
        "counts" => {
            let counted = |word: &str| leaves(&world.book, run).iter().filter(|leaf| leaf.state.word() == word).count();
            for (word, number) in wanted.as_mapping().expect("counts by word") {
                is(counted(word.as_str().expect("a word")), number, what, place);
            }
        }
        gate if gate.starts_with("gate ") => {
            let scope = notation::scope(&world.book, &gate["gate ".len()..]);
            let hold = hold(&world.book, &scope).unwrap_or_else(|| panic!("{place}: no gate {scope:?}"));
            let state = match hold.state(run) {
                GateState::Released => "released".to_owned(),
                GateState::Rejected => "rejected".to_owned(),
                GateState::Held { signed, needed } => format!("{signed} of {needed}"),
            };
            is(state, wanted, what, place);
        }
        number => {
            let step = world.book.find_step(number).unwrap_or_else(|| {
                panic!(
                    "{place}: no step {number}; there are {:?}",
                    world.book.steps().map(|s| &s.number).collect::<Vec<_>>()
                )
            });
            let leaf = leaves(&world.book, run).into_iter().find(|leaf| leaf.step.id == step.id);
            let state = leaf.map_or_else(|| step_state(run, step), |leaf| leaf.state);
            is(state.word(), wanted, what, place);
        }
    }
}

/// What is expected of an edit of the file.
fn expect_edit(world: &World, what: &str, wanted: &Yaml, place: &str) {
    match what {
        "edits" => {
            let edits = world.drift().changes;
            is(edits.iter().map(|change| edit(change, &world.live)).collect::<Vec<_>>(), wanted, what, place);
        }
        "settings" => is(&world.drift().settings, wanted, what, place),
        "summary" => is(world.drift().summary(), wanted, what, place),
        _ => is(world.stale_lines(), wanted, what, place),
    }
}

/// `changed 1.2 Look again (was 1.1), loses passed by dana`.
fn edit(change: &Change, run: &Run) -> String {
    let was = change.number_was.as_ref().map(|was| format!(" (was {was})")).unwrap_or_default();
    let loses = change.loses(run).map(|lost| format!(", loses {lost}")).unwrap_or_default();
    format!("{} {}{was}{loses}", change.kind.word(), change.title)
}

fn is(found: impl serde::Serialize + Debug, wanted: &Yaml, what: &str, place: &str) {
    let found = serde_yaml::to_value(&found).expect("plain data");
    assert_eq!(&found, wanted, "{place}: {what}");
}

#[test]
fn a_scope_that_has_no_gate_is_told_apart_from_one_that_has() {
    let world = World::open("# R\n\n## One {gate=dba}\n\n- [ ] Look\n", RunKind::Real);
    assert!(hold(&world.book, &notation::scope(&world.book, "one")).is_some());
    assert!(hold(&world.book, &Scope::Run).is_none());
}
