//! `gonogo exec`: the walk without a person.
//!
//! Runs what may run unattended and stops at the first step that fails or needs a person: prompts, sign-offs and
//! destructive confirmations are never answered here, so gates fail closed.

use super::args::Format;
use super::exit::{Exit, Failure};
use super::plan::printable;
use super::signals::Signals;
use crate::run::decide::{Consent, Execute, Intent, Refusal};
use crate::run::event::{Channel, Entry, StopReason, StopSignal, Target};
use crate::run::readiness::{Readiness, leaves};
use crate::run::state::{Progress, StepState, command_progress, is_offered, step_state};
use crate::runbook::{Command, Layout, Risk, RunPolicy, Step, StepId, Use};
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
    let mut report = Report { format, written: session.run().head.seq, waiting: Vec::new() };
    let steps: Vec<Step> = session.book().walk().map(|(_, step)| step.clone()).collect();
    for step in &steps {
        if signals.any() {
            break;
        }
        let walked = walk_step(session, step, signals, &mut report, out)?;
        report.entries(session, out)?;
        match walked {
            Walked::Passed => {}
            Walked::Waits(why) => {
                report.wait(step, why, out)?;
                if on_wait == OnWait::Halt {
                    break;
                }
            }
            Walked::Failed => break,
        }
    }
    session.leave().map_err(|fault| Failure::system(fault.to_string()))?;
    report.entries(session, out)?;
    report.result(session, out)?;
    if signals.any() {
        return Ok(Exit::Interrupted);
    }
    Ok(session.readiness().answer.into())
}

/// How a step came out.
enum Walked {
    Passed,
    Waits(String),
    Failed,
}

fn walk_step(
    session: &mut Session,
    step: &Step,
    signals: &Signals,
    report: &mut Report,
    out: &mut impl Write,
) -> Result<Walked, Failure> {
    if leaf_is_settled(session, step) || step_state(session.run(), step).is_settled() {
        return Ok(Walked::Passed);
    }
    let commands: Vec<(usize, Command)> = step.commands().cloned().enumerate().collect();
    for (index, command) in commands.iter().filter(|(_, command)| is_offered(command)) {
        match command_progress(session.run(), step, *index, command) {
            Progress::Done | Progress::NeedsPerson => continue,
            Progress::Unknown => return Ok(Walked::Waits("a command has an unknown end".to_owned())),
            Progress::Open | Progress::Running | Progress::Failed | Progress::Asked => {}
        }
        if let Some(why) = needs_person(session, command) {
            return Ok(Walked::Waits(why));
        }
        report.starting(step, command)?;
        match run(session, step, *index, signals, out, report)? {
            Some(refused) => return Ok(Walked::Waits(refused.to_string())),
            None => match command_progress(session.run(), step, *index, command) {
                Progress::Done | Progress::NeedsPerson => {}
                Progress::Asked => return Ok(Walked::Waits("it asked for a person at a terminal".to_owned())),
                Progress::Open | Progress::Running | Progress::Unknown | Progress::Failed => {
                    return Ok(Walked::Failed);
                }
            },
        }
    }
    // A group is done when its own commands are; its children come next.
    if !step.is_leaf() {
        return Ok(Walked::Passed);
    }
    Ok(match step_state(session.run(), step) {
        state if state.is_settled() => Walked::Passed,
        StepState::Ran => Walked::Waits("it ran; a person has to confirm it".to_owned()),
        StepState::Failed => Walked::Failed,
        _ if step.optional => Walked::Passed,
        _ => Walked::Waits("a person has to do it".to_owned()),
    })
}

/// A leaf may be settled although nothing was done with it: another branch of its choice was taken.
fn leaf_is_settled(session: &Session, step: &Step) -> bool {
    step.is_leaf()
        && leaves(session.book(), session.run())
            .iter()
            .find(|leaf| leaf.step.id == step.id)
            .is_some_and(|leaf| leaf.state.is_settled())
}

/// What keeps a command from running without a person, if anything.
fn needs_person(session: &Session, command: &Command) -> Option<String> {
    if command.options.run == RunPolicy::Auto {
        return None;
    }
    let why = if command.options.run == RunPolicy::Ask {
        "its author wants it asked for"
    } else if session.book().source.layout == Layout::Scrape {
        "read from a page scrape: a person has to look"
    } else if command.usage != Use::Run {
        match command.usage {
            Use::Fill => "its placeholders need values",
            _ => "a person has to choose a line",
        }
    } else if command.interactive {
        "it wants a person at the keyboard"
    } else if command.endless {
        "it runs until somebody stops it"
    } else if command.risk == Risk::Destroy {
        "it destroys something: a person has to confirm it"
    } else {
        return None;
    };
    Some(why.to_owned())
}

fn run(
    session: &mut Session,
    step: &Step,
    index: usize,
    signals: &Signals,
    out: &mut impl Write,
    report: &mut Report,
) -> Result<Option<Refusal>, Failure> {
    let command = u32::try_from(index).unwrap_or(u32::MAX);
    let wish = Execute {
        target: Target { step: step.id.clone(), command, part: None },
        edited: None,
        // Asking to run the whole runbook unattended is the consent to its ordinary changes.
        consent: Consent::Yes,
        reason: None,
        channel: Channel::Pipe,
    };
    match session.intend(&Intent::Execute(wish)) {
        Ok(()) => {}
        Err(Denied::Refused(refusal)) => return Ok(Some(refusal)),
        Err(Denied::Faulted(fault)) => return Err(Failure::system(fault.to_string())),
    }
    let mut stops = [StopSignal::Interrupt, StopSignal::Terminate, StopSignal::Kill].into_iter();
    let mut waited = Duration::ZERO;
    while session.run().running().is_some() {
        session.wait(STEP);
        session.tick().map_err(|fault| Failure::system(fault.to_string()))?;
        report.entries(session, out)?;
        if signals.any() {
            // Every three seconds a harder signal, until the command is gone.
            if waited.as_millis().is_multiple_of(3000)
                && let Some(signal) = stops.next()
            {
                let wish = Intent::Stop { signal, why: StopReason::Leaving };
                if let Err(Denied::Faulted(fault)) = session.intend(&wish) {
                    return Err(Failure::system(fault.to_string()));
                }
            }
            waited += STEP;
        }
    }
    Ok(None)
}

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
    fn starting(&self, step: &Step, command: &Command) -> io::Result<()> {
        if self.format == Format::Text {
            let first = command.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            writeln!(io::stderr(), "{} {}: {}", step.number, printable(&step.title), printable(first))?;
        }
        Ok(())
    }

    /// In JSON: every entry recorded since, one a line.
    fn entries(&mut self, session: &Session, out: &mut impl Write) -> Result<(), Failure> {
        if self.format != Format::Json || session.run().head.seq == self.written {
            return Ok(());
        }
        let entries = session.entries_since(self.written).map_err(|fault| Failure::system(fault.to_string()))?;
        for entry in &entries {
            writeln!(out, "{}", entry.body())?;
        }
        out.flush()?;
        self.written = entries.last().map_or(self.written, |entry: &Entry| entry.seq);
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
            writeln!(out, "run {}: gonogo show {0}, gonogo resume {0}", session.run().id.short())?;
        }
        Ok(())
    }
}
