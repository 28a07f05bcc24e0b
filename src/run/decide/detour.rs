//! Leaving the walk for a rollback or troubleshooting section, and coming back to the same step.
//!
//! Both are deviations, so that the record lists them. Nothing is locked or unlocked by them.

use super::{Effect, Refusal, record};
use crate::run::Run;
use crate::run::event::{DeviationKind, Event};
use crate::run::state::step_state;
use crate::runbook::need::Named;
use crate::runbook::{PhaseId, Role, Runbook, StepId};

/// Where a detour leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aside {
    /// To what the author says takes the step back: see [`way_back`].
    WayBack,
    /// To a rollback or troubleshooting section.
    Section(PhaseId),
}

/// Why the walk is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The operator wants to.
    Asked,
    /// The author wants it when a step fails: `on_fail: rollback`.
    OnFail,
}

/// What the author says takes a step back, after the block of it that was tried last.
#[must_use]
pub fn way_back<'b>(book: &'b Runbook, run: &Run, step: &StepId) -> Option<Named<'b>> {
    let tried = run.attempts_of(step).next_back().and_then(|last| usize::try_from(last.intended.target.command).ok());
    book.way_back(step, tried)
}

pub(super) fn begin(
    book: &Runbook,
    run: &Run,
    from: StepId,
    (to, cause): (&Aside, Cause),
) -> Result<Vec<Effect>, Refusal> {
    if run.detour().is_some() {
        return Err(Refusal::OnDetour);
    }
    let step = book.step(&from).ok_or(Refusal::NoSuchStep)?;
    let at_hand = |role: Role| matches!(role, Role::Rollback | Role::Trouble);
    let to = match to {
        Aside::WayBack => way_back(book, run, &from).map(|named| named.words()),
        Aside::Section(id) => {
            let phase = book.phases.iter().find(|phase| phase.id == *id && at_hand(phase.role));
            phase.map(|phase| phase.title.clone())
        }
    };
    let to = to.ok_or(Refusal::NoSuchStep)?;
    let said = match cause {
        Cause::Asked => "",
        Cause::OnFail => ", as on_fail says",
    };
    let reason = format!("{} {} is {}; to “{to}”{said}", step.number, step.title, step_state(run, step).word());
    Ok(record(Event::Deviated { deviation: DeviationKind::Detour, step: Some(from), reason, correction: None }))
}

pub(super) fn end(book: &Runbook, run: &Run) -> Result<Vec<Effect>, Refusal> {
    let detour = run.detour().ok_or(Refusal::NoDetour)?;
    // Where it may lead to a step of the walk, whatever ran elsewhere than where it began was run on it.
    let back = detour.step.as_ref().and_then(|step| way_back(book, run, step)).and_then(|named| named.step().cloned());
    let aside = |step: &StepId| {
        back.as_ref().is_some_and(|back| back.id == *step)
            || book.phase_of(step).is_some_and(|phase| !phase.is_walked())
    };
    let ran = run.attempts.iter().filter(|attempt| attempt.seq > detour.seq && aside(&attempt.intended.target.step));
    let reason = match ran.count() {
        0 => "no command ran on the detour".to_owned(),
        1 => "1 command ran on the detour".to_owned(),
        several => format!("{several} commands ran on the detour"),
    };
    Ok(record(Event::Deviated {
        deviation: DeviationKind::DetourEnded,
        step: detour.step.clone(),
        reason,
        correction: None,
    }))
}
