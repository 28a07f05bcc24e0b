//! `gonogo exec`: the walk without a person.
//!
//! Runs what may run unattended and stops at the first step that fails or needs a person: prompts, sign-offs and
//! destructive confirmations are never answered here, so gates fail closed.

use super::args::Format;
use super::exit::{Exit, Failure};
use super::plan::printable;
use super::signals::Signals;
use crate::run::Progress as AttemptProgress;
use crate::run::Run;
use crate::run::decide::conditions::{ran_once, tries_left};
use crate::run::decide::detour::way_back;
use crate::run::decide::{Consent, Execute, Intent, Refusal};
use crate::run::event::{Channel, Ending, Entry, StopReason, StopSignal, Target, Verdict};
use crate::run::readiness::{Readiness, is_touched, leaves};
use crate::run::state::{Progress, StepState, command_progress, is_offered, part_progress, step_state};
use crate::runbook::{Command, Layout, Phase, Risk, RunPolicy, Step, StepId, StepKind, Use};
use crate::session::{Denied, Session};
use serde::Serialize;
use std::io::{self, Write};
use std::time::Duration;

/// Whether later steps are tried when one waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnWait {
    Halt,
    GoOn,
}

/// Why a step was left for a person.
struct Waiting {
    step: StepId,
    why: String,
}

/// Walks and reports; the exit code is the run's answer.
///
/// # Errors
/// When the record cannot be kept or the result cannot be written.
pub fn walk(
    session: &mut Session,
    format: Format,
    on_wait: OnWait,
    signals: &Signals,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let report = Report { format, written: session.run().head.seq, waiting: Vec::new() };
    let mut walk = Walk { session, on_wait, signals, report, out };
    let walked = walk.phases();
    let left = walk.session.leave().map_err(|fault| Failure::system(fault.to_string()));
    let Walk { session, mut report, out, .. } = walk;
    // What went wrong first is told; leaving has been tried whatever it was.
    walked.and(left)?;
    report.entries(session, out)?;
    report.result(session, out)?;
    if signals.any() {
        return Ok(Exit::Interrupted);
    }
    Ok(session.readiness().answer.into())
}

struct Walk<'a, W: Write> {
    session: &'a mut Session,
    on_wait: OnWait,
    signals: &'a Signals,
    report: Report,
    out: &'a mut W,
}

/// How a step came out.
enum Walked {
    Passed,
    Waits(String),
    Failed,
}

/// Whether the walk goes on after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    GoOn,
    Halt,
}

impl<W: Write> Walk<'_, W> {
    fn phases(&mut self) -> Result<(), Failure> {
        let phases: Vec<Phase> = self.session.book().phases.iter().filter(|phase| phase.is_walked()).cloned().collect();
        for phase in &phases {
            for step in &phase.steps {
                if self.subtree(step, phase.optional)? == Next::Halt {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// A step, then its children. Of alternatives only those that a person has taken are walked.
    fn subtree(&mut self, step: &Step, optional: bool) -> Result<Next, Failure> {
        if self.signals.any() {
            return Ok(Next::Halt);
        }
        let optional = optional || step.optional;
        let taken = |child: &&Step| step.kind != StepKind::Choice || is_touched(self.session.run(), child);
        let children: Vec<&Step> = step.steps.iter().filter(taken).collect();
        let walked = if step.kind == StepKind::Choice && children.is_empty() {
            Walked::Waits("of these alternatives a person has to take one".to_owned())
        } else {
            self.step(step, optional)?
        };
        self.report.entries(self.session, self.out)?;
        if !matches!(walked, Walked::Passed) {
            self.session.settle()?;
        }
        match walked {
            Walked::Passed => {}
            Walked::Waits(why) => {
                self.report.wait(step, why, self.out)?;
                if self.on_wait == OnWait::Halt {
                    return Ok(Next::Halt);
                }
            }
            Walked::Failed => {
                self.report.failed(self.session, step)?;
                self.report.way_back(self.session, step, self.out)?;
                return Ok(Next::Halt);
            }
        }
        for child in children {
            if self.subtree(child, optional)? == Next::Halt {
                return Ok(Next::Halt);
            }
        }
        Ok(Next::GoOn)
    }

    fn step(&mut self, step: &Step, optional: bool) -> Result<Walked, Failure> {
        match step_state(self.session.run(), step) {
            // A person's word stands: running something again would void it.
            StepState::Marked(Verdict::Failed) => return Ok(Walked::Failed),
            StepState::Marked(Verdict::Deferred) => return Ok(Walked::Waits("it was deferred".to_owned())),
            state if state.is_settled() => return Ok(Walked::Passed),
            StepState::Open
            | StepState::Running
            | StepState::Unknown
            | StepState::Ran
            | StepState::Waiting
            | StepState::Failed
            | StepState::Passed
            | StepState::Stale
            | StepState::OtherBranch
            | StepState::Marked(_) => {}
        }
        for (index, command) in step.commands().enumerate().filter(|(_, command)| is_offered(command)) {
            for target in targets(step, index, command) {
                let walked = self.command(step, command, &target)?;
                if !matches!(walked, Walked::Passed) {
                    return Ok(walked);
                }
            }
        }
        // A group is done when its own commands are; its children come next.
        if !step.is_leaf() {
            return Ok(Walked::Passed);
        }
        Ok(match step_state(self.session.run(), step) {
            state if state.is_settled() => Walked::Passed,
            StepState::Failed => Walked::Failed,
            _ if optional => Walked::Passed,
            StepState::Ran => Walked::Waits("it ran; a person has to confirm it".to_owned()),
            _ => Walked::Waits("a person has to do it".to_owned()),
        })
    }

    /// A block, or one piece of it, tried again as often as its author allows.
    fn command(&mut self, step: &Step, command: &Command, target: &Target) -> Result<Walked, Failure> {
        match target_progress(self.session.run(), step, command, target) {
            Progress::Done | Progress::NeedsPerson => return Ok(Walked::Passed),
            Progress::Unknown => return Ok(Walked::Waits(self.unknown_end(step))),
            Progress::Open | Progress::Running | Progress::Failed | Progress::Asked => {}
        }
        if let Some(why) = needs_person(self.session, command, target) {
            return Ok(Walked::Waits(why));
        }
        loop {
            if let Some(refused) = self.run(step, command, target)? {
                return Ok(Walked::Waits(refused.to_string()));
            }
            match target_progress(self.session.run(), step, command, target) {
                Progress::Done | Progress::NeedsPerson => return Ok(Walked::Passed),
                Progress::Asked => return Ok(Walked::Waits("it asked for a person at a terminal".to_owned())),
                Progress::Open | Progress::Running | Progress::Unknown => return Ok(Walked::Failed),
                Progress::Failed => {}
            }
            let left = tries_left(self.session.run(), command, target).unwrap_or(0);
            if left == 0 || self.signals.any() || !self.pause(step, command, left)? {
                return Ok(Walked::Failed);
            }
        }
    }

    /// Waits before a command is tried again. Says whether it still is to be.
    fn pause(&mut self, step: &Step, command: &Command, left: u32) -> Result<bool, Failure> {
        let delay_s = command.options.retry_delay_s.unwrap_or(RETRY_DELAY_S);
        self.session.settle()?;
        self.report.retrying(step, delay_s, left)?;
        self.report.entries(self.session, self.out)?;
        let until = self.session.clock().now().mono_us + u64::from(delay_s) * 1_000_000;
        while self.session.clock().now().mono_us < until && !self.signals.any() {
            std::thread::park_timeout(STEP);
            self.session.tick()?;
        }
        Ok(!self.signals.any())
    }

    fn run(&mut self, step: &Step, command: &Command, target: &Target) -> Result<Option<Refusal>, Failure> {
        let mut wish = Execute {
            target: target.clone(),
            edited: None,
            // Asking to run the whole runbook unattended is the consent to its ordinary changes.
            consent: Consent::Yes,
            reason: None,
            channel: Channel::Pipe,
        };
        loop {
            match self.session.intend(&Intent::Execute(wish.clone())) {
                // Told when it is recorded, and with it the end of what ran before.
                Ok(()) => break self.report.starting(step, command, target)?,
                Err(Denied::Refused(Refusal::HookRuns(_))) => self.wait_for_hook()?,
                // Going on past a waiting step is what was asked for; going on without what is required is not.
                Err(Denied::Refused(Refusal::NeedsReason(_)))
                    if self.on_wait == OnWait::GoOn && wish.reason.is_none() && self.session.lacks().is_empty() =>
                {
                    wish.reason = Some("--keep-going: an earlier step waits for a person".to_owned());
                }
                Err(Denied::Refused(refusal)) => return Ok(Some(refusal)),
                Err(Denied::Faulted(fault)) => return Err(fault.into()),
            }
        }
        let mut stops = [StopSignal::Interrupt, StopSignal::Terminate, StopSignal::Kill].into_iter();
        let mut stop_at = self.session.clock().now().mono_us;
        while self.session.run().running().is_some() {
            self.session.wait(STEP);
            self.session.tick()?;
            self.report.entries(self.session, self.out)?;
            let now = self.session.clock().now().mono_us;
            if self.signals.any()
                && now >= stop_at
                && let Some(signal) = stops.next()
            {
                stop_at = now + HARDER_AFTER_US;
                self.stop(signal)?;
            }
        }
        Ok(None)
    }

    /// That a command of a step has an unknown end, and who of it is still there.
    fn unknown_end(&self, step: &Step) -> String {
        let lost = self.session.run().unknown().find(|attempt| attempt.intended.target.step == step.id);
        match lost.and_then(|attempt| self.session.still_alive(attempt.id())) {
            Some(pid) => format!("a command has an unknown end, and its process {pid} is still there"),
            None => "a command has an unknown end".to_owned(),
        }
    }

    /// Before the first command the hooks run; a signal ends them.
    fn wait_for_hook(&mut self) -> Result<(), Failure> {
        while self.session.hook().is_some() {
            self.session.wait(STEP);
            self.session.tick()?;
            self.report.entries(self.session, self.out)?;
            if self.signals.any() {
                self.session.stop_hook();
            }
        }
        Ok(())
    }

    fn stop(&mut self, signal: StopSignal) -> Result<(), Failure> {
        match self.session.intend(&Intent::Stop { signal, why: StopReason::Leaving }) {
            // It may have ended by itself meanwhile.
            Ok(()) | Err(Denied::Refused(_)) => Ok(()),
            Err(Denied::Faulted(fault)) => Err(fault.into()),
        }
    }
}

/// What keeps a command from running without a person, if anything.
fn needs_person(session: &Session, command: &Command, target: &Target) -> Option<String> {
    if let Some(when) = &command.options.when {
        return Some(format!("it runs only when “{when}”: a person has to say whether that holds"));
    }
    if let Some(earlier) = ran_once(session.run(), command, target) {
        return Some(format!("it is to run once, and {earlier} has succeeded"));
    }
    if command.options.run == RunPolicy::Auto {
        return None;
    }
    let why = if command.options.run == RunPolicy::Ask {
        "its author wants it asked for"
    } else if session.book().source.layout == Layout::Scrape {
        "read from a page scrape: a person has to look"
    } else if command.options.confirm == Some(true) {
        "its author wants it confirmed"
    } else if matches!(command.usage, Use::Choose | Use::Mixed) && target.part.is_none() {
        "a person has to choose a line"
    } else if command.interactive {
        "it wants a person at the keyboard"
    } else if command.endless && command.options.until.is_none() {
        "it runs until somebody stops it"
    } else if command.risk == Risk::Destroy {
        "it destroys something: a person has to confirm it"
    } else {
        return None;
    };
    Some(why.to_owned())
}

/// What runs of a block, in order: the whole of it, or each of its pieces if its author wants it split.
fn targets(step: &Step, index: usize, command: &Command) -> Vec<Target> {
    let target = |part| Target { step: step.id.clone(), command: u32::try_from(index).unwrap_or(u32::MAX), part };
    if command.options.split && command.usage == Use::Mixed {
        (0..command.parts.len()).map(|part| target(u32::try_from(part).ok())).collect()
    } else {
        vec![target(None)]
    }
}

/// How far a block, or one piece of it, is.
fn target_progress(run: &Run, step: &Step, command: &Command, target: &Target) -> Progress {
    match target.part {
        Some(part) => part_progress(run, step, target.command, part, command),
        None => command_progress(run, step, target.command as usize, command),
    }
}

/// Pause before a command is tried again when its author names none, in seconds.
const RETRY_DELAY_S: u32 = 5;

/// How long, in microseconds, a command may take to heed a stop before it gets a harder one.
const HARDER_AFTER_US: u64 = 3_000_000;

/// Lines of the end of a failed command's output that are told, and how much of each, in characters.
const LAST_LINES: usize = 20;
const LONGEST_LINE: usize = 400;

/// How long the command is waited for before signals are looked at again.
const STEP: Duration = Duration::from_millis(100);

/// What is said on the way and at the end.
struct Report {
    format: Format,
    /// Number of the last entry that was written.
    written: u64,
    waiting: Vec<Waiting>,
}

#[derive(Serialize)]
struct WaitingLine<'a> {
    kind: &'static str,
    step: &'a str,
    number: &'a str,
    title: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct WayBackLine<'a> {
    kind: &'static str,
    step: &'a str,
    number: &'a str,
    title: &'a str,
    words: String,
    /// The step that takes it back; absent when that is a whole section.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'a str>,
    line: u32,
}

#[derive(Serialize)]
struct ResultLine<'a> {
    schema: u32,
    kind: &'static str,
    run: &'a str,
    verdict: &'static str,
    percent: Option<u32>,
    steps: u32,
    settled: u32,
    waiting: Vec<&'a str>,
    blockers: usize,
}

impl Report {
    fn retrying(&self, step: &Step, delay_s: u32, left: u32) -> io::Result<()> {
        if self.format == Format::Text {
            let (number, title) = (&step.number, printable(&step.title));
            let line = format!("{number} {title}: failed; tried again in {delay_s} s, {left} tries left\n");
            io::stderr().write_all(line.as_bytes())?;
        }
        Ok(())
    }

    fn starting(&self, step: &Step, command: &Command, target: &Target) -> io::Result<()> {
        if self.format == Format::Text {
            let part = target.part.and_then(|part| command.parts.get(part as usize));
            let text = part.map_or(&command.text, |part| &part.text);
            let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            // In one piece: standard error writes each part of a line by itself.
            let line = format!("{} {}: {}\n", step.number, printable(&step.title), printable(first));
            io::stderr().write_all(line.as_bytes())?;
        }
        Ok(())
    }

    /// In JSON: every entry recorded since, one a line.
    fn entries(&mut self, session: &mut Session, out: &mut impl Write) -> Result<(), Failure> {
        if self.format != Format::Json || session.run().head.seq == self.written {
            return Ok(());
        }
        // Only what is recorded is told.
        session.settle()?;
        let entries = session.entries_since(self.written).map_err(|fault| Failure::system(fault.to_string()))?;
        for entry in &entries {
            writeln!(out, "{}", entry.body())?;
        }
        out.flush()?;
        self.written = entries.last().map_or(self.written, |entry: &Entry| entry.seq);
        Ok(())
    }

    /// What the author says takes a failed step back: nothing of it runs here.
    fn way_back(&self, session: &Session, step: &Step, out: &mut impl Write) -> io::Result<()> {
        let Some(back) = way_back(session.book(), session.run(), &step.id) else { return Ok(()) };
        let (number, title, words) = (&step.number, &step.title, back.words());
        match self.format {
            Format::Text => {
                let (title, words, run) = (printable(title), printable(&words), session.run().id.short());
                writeln!(io::stderr(), "{number} {title}: taken back by {words}: gonogo resume {run}, then R")
            }
            Format::Json => {
                let to = back.step().map(|step| step.id.0.as_str());
                let (kind, line) = ("way_back", back.line());
                serde_json::to_writer(
                    &mut *out,
                    &WayBackLine { kind, step: &step.id.0, number, title, words, to, line },
                )?;
                writeln!(out)
            }
        }
    }

    /// The end of what a failed step printed, each line by the way it came. In JSON it is in the record.
    fn failed(&self, session: &Session, step: &Step) -> Result<(), Failure> {
        let Some(attempt) = session.run().attempts_of(&step.id).next_back() else { return Ok(()) };
        let AttemptProgress::Ended { ended, .. } = &attempt.progress else { return Ok(()) };
        if self.format == Format::Json {
            return Ok(());
        }
        for left in &ended.not_dead {
            let name = printable(&left.name);
            writeln!(io::stderr(), "  NOT CONFIRMED DEAD: {name} (process {}) could not be killed", left.pid)?;
        }
        if let Ending::NotStarted { reason } = &ended.ending {
            writeln!(io::stderr(), "  not started: {}", printable(reason))?;
        }
        if let (Ending::Exited { code }, Some(advice)) = (&ended.ending, ended.ending.advice()) {
            writeln!(io::stderr(), "  exit {code}: {advice}")?;
        }
        if ended.output.bytes == 0 {
            return Ok(());
        }
        let kept = session.output(attempt.id())?;
        let end = if kept.tail.is_empty() { &kept.head } else { &kept.tail };
        let from = ended.output.bytes - end.len() as u64;
        let (mut lines, mut at) = (Vec::new(), from);
        for line in end.split_inclusive(|byte| *byte == b'\n') {
            let is_error = ended.errors.iter().any(|(start, length)| (*start..*start + *length).contains(&at));
            let way = match (ended.errors_until.is_some_and(|until| at >= until), is_error) {
                (true, _) => "output",
                (false, true) => "stderr",
                (false, false) => "stdout",
            };
            lines.push((way, line));
            at += line.len() as u64;
        }
        let mut err = io::stderr();
        for (way, line) in lines.iter().skip(lines.len().saturating_sub(LAST_LINES)) {
            let line = strip_ansi_escapes::strip(line);
            let line = String::from_utf8_lossy(&line);
            let short: String = line.trim_end().chars().take(LONGEST_LINE).collect();
            writeln!(err, "  {way}| {}", printable(&short))?;
        }
        Ok(())
    }

    fn wait(&mut self, step: &Step, why: String, out: &mut impl Write) -> io::Result<()> {
        let (number, title) = (&step.number, &step.title);
        match self.format {
            Format::Text => writeln!(io::stderr(), "{number} {}: waiting: {}", printable(title), printable(&why))?,
            Format::Json => {
                let line = WaitingLine { kind: "waiting", step: &step.id.0, number, title, why: &why };
                serde_json::to_writer(&mut *out, &line)?;
                writeln!(out)?;
            }
        }
        self.waiting.push(Waiting { step: step.id.clone(), why });
        Ok(())
    }

    fn result(&self, session: &Session, out: &mut impl Write) -> io::Result<()> {
        let readiness = session.readiness();
        match self.format {
            Format::Text => self.result_text(session, readiness, out),
            Format::Json => {
                let line = ResultLine {
                    schema: 1,
                    kind: "result",
                    run: &session.run().id.0,
                    verdict: readiness.answer.word(),
                    percent: readiness.percent,
                    steps: readiness.counts.steps,
                    settled: readiness.counts.settled(),
                    waiting: self.waiting.iter().map(|waiting| waiting.step.0.as_str()).collect(),
                    blockers: readiness.blockers.len(),
                };
                serde_json::to_writer(&mut *out, &line)?;
                writeln!(out)
            }
        }
    }

    fn result_text(&self, session: &Session, readiness: &Readiness, out: &mut impl Write) -> io::Result<()> {
        let percent = readiness.percent.map_or_else(|| "nothing to count".to_owned(), |percent| format!("{percent} %"));
        let counts = readiness.counts;
        let (settled, steps, word) = (counts.settled(), counts.steps, readiness.answer.word());
        writeln!(out, "{word}  {percent}  {settled} of {steps} steps settled, {} failed", counts.failed)?;
        for blocker in readiness.blockers.iter().take(10) {
            writeln!(out, "  {}: {}", printable(&blocker.title), printable(&blocker.what))?;
        }
        if readiness.blockers.len() > 10 {
            writeln!(out, "  and {} more: gonogo status {}", readiness.blockers.len() - 10, session.run().id.short())?;
        }
        for waiting in &self.waiting {
            writeln!(out, "  waits: {} ({})", waiting.step, printable(&waiting.why))?;
        }
        if session.run().head.seq > 0 {
            // Of a failure the next question is what it printed.
            let steps = leaves(session.book(), session.run());
            let failed = steps.iter().find(|leaf| leaf.state.is_failed());
            let step = failed.map(|leaf| format!(" {}", leaf.step.number)).unwrap_or_default();
            writeln!(out, "run {}: gonogo show {0}{step}, gonogo resume {0}", session.run().id.short())?;
        }
        Ok(())
    }
}
