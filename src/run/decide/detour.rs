//! Leaving the walk for a rollback or troubleshooting section, and coming back to the same step.
//!
//! Both are deviations, so that the record lists them. Nothing is locked or unlocked by them.

use super::{Effect, Refusal, record};
use crate::run::Run;
use crate::run::event::{DeviationKind, Event};
use crate::run::state::step_state;
use crate::runbook::{PhaseId, Role, Runbook, StepId};

pub(super) fn begin(book: &Runbook, run: &Run, from: StepId, to: &PhaseId) -> Result<Vec<Effect>, Refusal> {
    if run.detour().is_some() {
        return Err(Refusal::OnDetour);
    }
    let step = book.step(&from).ok_or(Refusal::NoSuchStep)?;
    let at_hand = |role: Role| matches!(role, Role::Rollback | Role::Trouble);
    let phase = book.phases.iter().find(|phase| phase.id == *to && at_hand(phase.role)).ok_or(Refusal::NoSuchStep)?;
    let reason = format!("{} {} is {}; to “{}”", step.number, step.title, step_state(run, step).word(), phase.title);
    Ok(record(Event::Deviated { deviation: DeviationKind::Detour, step: Some(from), reason, correction: None }))
}

pub(super) fn end(book: &Runbook, run: &Run) -> Result<Vec<Effect>, Refusal> {
    let detour = run.detour().ok_or(Refusal::NoDetour)?;
    let aside = |step: &StepId| book.phase_of(step).is_some_and(|phase| !phase.is_walked());
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
