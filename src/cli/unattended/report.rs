//! What an unattended walk says on the way and at the end, in words or in JSON.
//!
//! It runs nothing and decides nothing.

use crate::cli::args::Format;
use crate::cli::exit::Failure;
use crate::cli::plan::printable;
use crate::run::Progress as AttemptProgress;
use crate::run::event::{Ending, Entry, Target};
use crate::run::mismatch::mismatch;
use crate::run::readiness::{Readiness, Severity, Subject};
use crate::run::state::step_state;
use crate::runbook::need::Named;
use crate::runbook::{Command, Step, StepId};
use crate::session::Session;
use serde::Serialize;
use std::io::{self, Write};

/// Lines of the end of a failed command's output that are told, and how much of each, in characters.
const LAST_LINES: usize = 20;
const LONGEST_LINE: usize = 400;

/// How many blockers are named at the end, unless more have failed.
const MOST_BLOCKERS: usize = 10;

/// A step that was not done, and why.
struct Undone {
    step: StepId,
    why: String,
    kind: Kind,
}

/// What a step that was not done is left for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A person has to act.
    Waiting,
    /// What it needs has failed.
    Left,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Waiting => "waiting",
            Kind::Left => "left",
        }
    }
}

/// What is said on the way and at the end.
pub(super) struct Report {
    format: Format,
    /// Number of the last entry that was written.
    written: u64,
    undone: Vec<Undone>,
}

#[derive(Serialize)]
struct UndoneLine<'a> {
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
    /// Steps that what they need kept from being done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed: Vec<&'a str>,
    blockers: usize,
}

impl Report {
    pub(super) fn new(format: Format, written: u64) -> Self {
        Report { format, written, undone: Vec::new() }
    }

    fn undone(&self, kind: Kind) -> impl Iterator<Item = &Undone> {
        self.undone.iter().filter(move |undone| undone.kind == kind)
    }

    /// What holds for everything that follows.
    pub(super) fn beginning(&self, session: &Session) -> io::Result<()> {
        match (self.format, session.holds_back()) {
            (Format::Text, Some(why)) => writeln!(io::stderr(), "{}", printable(&why)),
            (Format::Text | Format::Json, _) => Ok(()),
        }
    }

    pub(super) fn retrying(&self, step: &Step, delay_s: u32, left: u32) -> io::Result<()> {
        if self.format == Format::Text {
            let (number, title) = (&step.number, printable(&step.title));
            let line = format!("{number} {title}: failed; tried again in {delay_s} s, {left} tries left\n");
            io::stderr().write_all(line.as_bytes())?;
        }
        Ok(())
    }

    pub(super) fn starting(&self, step: &Step, command: &Command, target: &Target) -> io::Result<()> {
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
    pub(super) fn entries(&mut self, session: &mut Session, out: &mut impl Write) -> Result<(), Failure> {
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

    /// What takes a failed step back: nothing of it runs here.
    pub(super) fn way_back(
        &self,
        session: &Session,
        step: &Step,
        back: &Named<'_>,
        out: &mut impl Write,
    ) -> io::Result<()> {
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
    pub(super) fn failed(&self, session: &Session, step: &Step) -> Result<(), Failure> {
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
        let command = step.command(attempt.intended.target.command as usize);
        if let Some(why) = command.and_then(|command| mismatch(command, attempt)) {
            writeln!(io::stderr(), "  {}", printable(&why))?;
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

    pub(super) fn undo(&mut self, step: &Step, why: String, kind: Kind, out: &mut impl Write) -> io::Result<()> {
        let (number, title, word) = (&step.number, &step.title, kind.word());
        match self.format {
            Format::Text => writeln!(io::stderr(), "{number} {}: {word}: {}", printable(title), printable(&why))?,
            Format::Json => {
                let line = UndoneLine { kind: word, step: &step.id.0, number, title, why: &why };
                serde_json::to_writer(&mut *out, &line)?;
                writeln!(out)?;
            }
        }
        self.undone.push(Undone { step: step.id.clone(), why, kind });
        Ok(())
    }

    pub(super) fn result(&self, session: &Session, out: &mut impl Write) -> io::Result<()> {
        let readiness = session.readiness();
        match self.format {
            Format::Text => self.result_text(session, readiness, out),
            Format::Json => {
                let named = |kind| self.undone(kind).map(|undone| undone.step.0.as_str()).collect();
                let line = ResultLine {
                    schema: 1,
                    kind: "result",
                    run: &session.run().id.0,
                    verdict: readiness.answer.word(),
                    percent: readiness.percent,
                    steps: readiness.counts.steps,
                    settled: readiness.counts.settled(),
                    waiting: named(Kind::Waiting),
                    left: named(Kind::Left),
                    failed: failed(session).map(|step| step.id.0.as_str()).collect(),
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
        // A group whose own block failed is no step that counts, and has failed all the same.
        let failures = failed(session).count();
        writeln!(out, "{word}  {percent}  {settled} of {steps} steps settled, {failures} failed")?;
        // Every failure is named, however many there are.
        let failures = readiness.blockers.iter().filter(|blocker| blocker.severity == Severity::Stops).count();
        let shown = failures.max(MOST_BLOCKERS);
        for blocker in readiness.blockers.iter().take(shown) {
            writeln!(out, "  {}: {}", printable(&blocker.title), printable(&blocker.what))?;
        }
        let is_told =
            |step: &Step| readiness.blockers.iter().any(|blocker| blocker.subject == Subject::Step(step.id.clone()));
        for step in failed(session).filter(|step| !is_told(step)) {
            writeln!(out, "  {} {}: failed, not required", step.number, printable(&step.title))?;
        }
        if readiness.blockers.len() > shown {
            writeln!(
                out,
                "  and {} more: gonogo status {}",
                readiness.blockers.len() - shown,
                session.run().id.short()
            )?;
        }
        for Undone { step, why, kind } in &self.undone {
            let word = match kind {
                Kind::Waiting => "waits",
                Kind::Left => "left",
            };
            writeln!(out, "  {word}: {step} ({})", printable(why))?;
        }
        if session.run().head.seq > 0 {
            // Of a failure the next question is what it printed.
            let step = failed(session).next().map(|step| format!(" {}", step.number)).unwrap_or_default();
            writeln!(out, "run {}: gonogo show {0}{step}, gonogo resume {0}", session.run().id.short())?;
        }
        Ok(())
    }
}

/// Steps of the walk that have failed, in its order.
fn failed(session: &Session) -> impl Iterator<Item = &Step> {
    let walked = session.book().walk().map(|(_, step)| step);
    walked.filter(|step| step_state(session.run(), step).is_failed())
}
