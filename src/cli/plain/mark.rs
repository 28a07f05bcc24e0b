//! What people say about a step: verdicts, notes, and taking them back.

use super::ask::Question;
use super::{Walk, say};
use crate::cli::exit::Failure;
use crate::run::decide::failure::{Onward, onward};
use crate::run::decide::{Intent, Refusal};
use crate::run::event::{Scope, Verdict};
use crate::run::gate::{GateState, hold};
use crate::run::state::step_state;
use crate::session::Denied;
use std::io::Write;

impl<W: Write> Walk<'_, W> {
    pub(super) fn tick_step(&mut self) -> Result<(), Failure> {
        self.mark(Verdict::Passed, None)
    }

    pub(super) fn mark(&mut self, verdict: Verdict, reason: Option<String>) -> Result<(), Failure> {
        let Some(step) = self.step() else { return Ok(()) };
        if !step.is_leaf() {
            writeln!(self.out, "A group is settled by its steps; l {} lists them.", step.number)?;
            return Ok(());
        }
        let wish = |reason| Intent::Mark { step: step.id.clone(), verdict, reason };
        let done = match self.session.intend(&wish(reason)) {
            Ok(()) => {
                say::recorded(self.session, self.out)?;
                true
            }
            Err(Denied::Refused(Refusal::NeedsReason(why))) => {
                match self.ask_for(&format!("{why}. Reason, or nothing to leave it"))? {
                    Some(reason) => self.wish(&wish(Some(reason)))?,
                    None => false,
                }
            }
            Err(denied) => self.denied(&denied)?,
        };
        if !done {
            return Ok(());
        }
        self.say_gate(&Scope::Step(step.id.clone()))?;
        say::behind_failure(self.session, &step, self.out)?;
        let (book, run) = (self.session.book(), self.session.run());
        let stays = verdict == Verdict::Failed && !matches!(onward(book, run, &step), Onward::GoOn);
        if stays { Ok(()) } else { self.go_on() }
    }

    /// A step whose work is done may still have to be released.
    fn say_gate(&mut self, scope: &Scope) -> Result<(), Failure> {
        let Some(hold) = hold(self.session.book(), scope) else { return Ok(()) };
        if let (GateState::Held { .. }, Some(step)) = (hold.state(self.session.run()), self.step()) {
            writeln!(self.out, "This step is a hold point; w {} releases it.", step.number)?;
        }
        Ok(())
    }

    pub(super) fn sign_off(&mut self) -> Result<(), Failure> {
        let answer =
            self.prompt("Verdict: p passed, r passed with remarks, f failed, nothing to leave it", Question::Verdict)?;
        let verdict = match answer.as_deref().map(str::trim) {
            Some("p") => Verdict::Passed,
            Some("r") => Verdict::PassedWithRemarks,
            Some("f") => Verdict::Failed,
            _ => return self.left(),
        };
        let note = self.ask_for("Note, or nothing")?;
        self.mark(verdict, note)
    }

    pub(super) fn skip(&mut self) -> Result<(), Failure> {
        let answer = self.ask("w waive, n not applicable, d defer, nothing to leave it")?;
        let verdict = match answer.as_deref().map(str::trim) {
            Some("w") => Verdict::Waived,
            Some("n") => Verdict::NotApplicable,
            Some("d") => Verdict::Deferred,
            _ => return self.left(),
        };
        match self.ask_for("Reason, or nothing to leave it")? {
            Some(reason) => self.mark(verdict, Some(reason)),
            None => self.left(),
        }
    }

    /// Says that a question was left without an answer.
    pub(super) fn left(&mut self) -> Result<(), Failure> {
        Ok(writeln!(self.out, "Left; nothing was recorded.")?)
    }

    pub(super) fn take_back(&mut self) -> Result<(), Failure> {
        let Some(step) = self.step() else { return Ok(()) };
        if self.wish(&Intent::Reverse { step: step.id.clone() })? {
            let state = step_state(self.session.run(), &step).word();
            writeln!(self.out, "Step {} is {state} again; both marks stay in the record.", step.number)?;
        }
        Ok(())
    }

    pub(super) fn note(&mut self, text: &str) -> Result<(), Failure> {
        let text = match text {
            "" => self.ask_for("Note, or nothing to leave it")?,
            text => Some(text.to_owned()),
        };
        match text {
            Some(text) => self.add_note(text),
            None => self.left(),
        }
    }

    pub(super) fn add_note(&mut self, text: String) -> Result<(), Failure> {
        let step = self.here.clone();
        self.wish(&Intent::Note { step, text })?;
        Ok(())
    }
}
