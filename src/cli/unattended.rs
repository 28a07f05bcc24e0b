//! `gonogo exec`: the walk without a person.
//!
//! Runs what may run unattended and stops at the first step that fails, unless its author lets the walk go on, or needs a
//! person: prompts, sign-offs and destructive confirmations are never answered here, so gates fail closed.

mod report;

use super::args::Format;
use super::exit::{Exit, Failure};
use super::signals::Signals;
use crate::run::Run;
use crate::run::decide::conditions::{ran_once, tries_left};
use crate::run::decide::detour::way_back;
use crate::run::decide::failure::{LeftBehind, Onward, is_critical, onward};
use crate::run::decide::{Consent, Execute, Intent, Refusal};
use crate::run::event::{Channel, StopReason, StopSignal, Target, Verdict};
use crate::run::readiness::is_touched;
use crate::run::state::{Progress, StepState, command_progress, is_offered, part_progress, step_state};
use crate::runbook::{Command, Correction, Layout, OnFail, Phase, Remembered, Risk, RunPolicy, Step, StepKind, Use};
use crate::session::{Denied, Session};
use report::{Kind, Report};
use std::io::Write;
use std::time::Duration;

/// Whether later steps are tried when one waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnWait {
    Halt,
    GoOn,
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
    let report = Report::new(format, session.run().head.seq);
    report.beginning(session)?;
    // Read or not at all: of what was said not to run, nothing may.
    let held_off = session.held_off().map_err(|error| Failure::system(error.to_string()))?;
    let mut walk = Walk { session, on_wait, signals, report, held_off, out };
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
    /// What a person has said about this document before, and what nobody has taken back.
    held_off: Vec<Remembered>,
    out: &'a mut W,
}

/// How a step came out.
enum Walked {
    Passed,
    Waits(String),
    /// What it needs has failed, and the author lets the walk go on.
    Left(String),
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
        let walked = if let Some(why) = self.left_with(step) {
            Walked::Left(why)
        } else if step.kind == StepKind::Choice && children.is_empty() {
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
                self.report.undo(step, why, Kind::Waiting, self.out)?;
                if self.on_wait == OnWait::Halt {
                    return Ok(Next::Halt);
                }
            }
            Walked::Left(why) => {
                self.report.undo(step, why, Kind::Left, self.out)?;
                return if is_critical(step) { Ok(Next::Halt) } else { self.leave(&children) };
            }
            Walked::Failed => {
                return if self.failed(step)? == Next::Halt { Ok(Next::Halt) } else { self.leave(&children) };
            }
        }
        for child in children {
            if self.subtree(child, optional)? == Next::Halt {
                return Ok(Next::Halt);
            }
        }
        Ok(Next::GoOn)
    }

    /// Names what stands below a step that failed or was left: none of it runs. A critical step among it ends the walk.
    fn leave(&mut self, children: &[&Step]) -> Result<Next, Failure> {
        for child in children {
            if step_state(self.session.run(), child).is_settled() {
                continue;
            }
            let why = "what it stands below failed or was left".to_owned();
            self.report.undo(child, why, Kind::Left, self.out)?;
            if is_critical(child) || self.leave(&child.steps.iter().collect::<Vec<_>>())? == Next::Halt {
                return Ok(Next::Halt);
            }
        }
        Ok(Next::GoOn)
    }

    /// Why a step that is not settled is left, when something above it has failed and the author lets the walk go on.
    fn left_with(&self, step: &Step) -> Option<String> {
        let (book, run) = (self.session.book(), self.session.run());
        if book.front.on_fail != Some(OnFail::Continue) || step_state(run, step).is_settled() {
            return None;
        }
        let above = LeftBehind::new(book, run).failed_around(step)?;
        Some(format!("{} {} above it has failed", above.number, above.title))
    }

    /// Says what failed and what takes it back, and whether the walk goes on. What stands below a failed step is part of it.
    fn failed(&mut self, step: &Step) -> Result<Next, Failure> {
        self.report.failed(self.session, step)?;
        let (book, run) = (self.session.book(), self.session.run());
        let (next, ways) = match onward(book, run, step) {
            Onward::Stop => (Next::Halt, way_back(book, run, &step.id).into_iter().collect()),
            Onward::GoOn => (Next::GoOn, way_back(book, run, &step.id).into_iter().collect()),
            Onward::TakeBack(ways) => (Next::Halt, ways),
        };
        for back in &ways {
            self.report.way_back(self.session, step, back, self.out)?;
        }
        Ok(next)
    }

    /// What a refusal means for the walk: a person has to act, or what is needed has failed and is not waited for.
    fn refused(&self, step: &Step, refusal: &Refusal) -> Walked {
        let (book, run) = (self.session.book(), self.session.run());
        let goes_on = book.front.on_fail == Some(OnFail::Continue);
        if goes_on && matches!(refusal, Refusal::NeedsFirst(_)) && LeftBehind::new(book, run).holds(step) {
            return Walked::Left(refusal.to_string());
        }
        Walked::Waits(refusal.to_string())
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
        if let Some(why) = self.held_off(step, command) {
            return Ok(Walked::Waits(why));
        }
        if let Some(why) = needs_person(self.session, command, target) {
            return Ok(Walked::Waits(why));
        }
        loop {
            if let Some(refused) = self.run(step, command, target)? {
                return Ok(self.refused(step, &refused));
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

    /// What an operator has said against running a block, in this document and before this run.
    fn held_off(&self, step: &Step, command: &Command) -> Option<String> {
        let phase = self.session.book().phase_of(&step.id)?;
        let said = self.held_off.iter().find(|one| match one.correction {
            Correction::Withhold { line } => line == command.line,
            Correction::Leave { line } => line == phase.line,
            Correction::Offer { .. } | Correction::Walk { .. } => false,
        })?;
        let words = self.session.book().correction_words(&said.correction)?;
        Some(format!("corrected before: {words} ({}); a person has to decide", said.reason))
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

/// How long the command is waited for before signals are looked at again.
const STEP: Duration = Duration::from_millis(100);
