//! What an author ties a block to: steps that come first, a condition, a single run.
//!
//! Whether a condition holds is never guessed here: a person says so by running the block, or by marking its step as not
//! applicable.

use super::{Execute, Refusal};
use crate::run::event::{AttemptId, DeviationKind, Event, Target, Verdict};
use crate::run::readiness::leaves_of;
use crate::run::state::{Progress, StepState, command_progress};
use crate::run::{Outcome, Run};
use crate::runbook::need::{Index, Named};
use crate::runbook::{Command, Phase, Runbook, Step};

/// What has to be said before a block runs that is tied to others, or that ran already. In a rehearsal nothing runs, so
/// that only the order counts.
pub(super) fn tied(book: &Runbook, run: &Run, command: &Command, wish: &Execute) -> Result<Vec<Event>, Refusal> {
    let missing = refuse_unmet(book, run, command)?;
    let reason = wish.reason.as_deref().filter(|reason| !reason.trim().is_empty());
    let mut events = Vec::new();
    let mut demand = |deviation: DeviationKind, what: String| {
        let Some(reason) = reason else {
            return Err(Refusal::NeedsReason(format!("{what}; say why it runs all the same")));
        };
        let (step, reason) = (Some(wish.target.step.clone()), format!("{reason} ({what})"));
        events.push(Event::Deviated { deviation, step, reason, correction: None });
        Ok(())
    };
    if let Some(names) = missing {
        demand(DeviationKind::OutOfOrder, format!("it needs {names}, which this runbook does not have"))?;
    }
    if let Some(earlier) = ran_once(run, command, &wish.target) {
        demand(DeviationKind::RanAgain, format!("it is to run once, and {earlier} has succeeded"))?;
    }
    Ok(events)
}

/// Refuses a block while something it needs is open. What it needs and is nowhere in the runbook is returned.
fn refuse_unmet(book: &Runbook, run: &Run, command: &Command) -> Result<Option<String>, Refusal> {
    if command.options.needs.is_empty() {
        return Ok(None);
    }
    let index = Index::of(book);
    let (mut unmet, mut unknown) = (Vec::new(), Vec::new());
    for name in &command.options.needs {
        match index.get(name) {
            None => unknown.push(format!("`{name}`")),
            Some(needed) => unmet.extend(open(book, run, &needed).map(|what| format!("{} ({what})", needed.words()))),
        }
    }
    if unmet.is_empty() {
        return Ok(Some(unknown.join(", ")).filter(|names| !names.is_empty()));
    }
    Err(Refusal::NeedsFirst(unmet))
}

/// Why something that is needed has not passed, in a word or two; `None` if it has.
///
/// What does not apply keeps nobody waiting. What was waived does: the author says that this block relies on it.
fn open(book: &Runbook, run: &Run, needed: &Named<'_>) -> Option<String> {
    match needed {
        Named::Block { step, index, command } => match command_progress(run, step, *index, command) {
            Progress::Done | Progress::NeedsPerson => None,
            Progress::Open => Some("not run".to_owned()),
            Progress::Running => Some("running".to_owned()),
            Progress::Unknown => Some("unknown end".to_owned()),
            Progress::Failed | Progress::Asked => Some("failed".to_owned()),
        },
        Named::Step(step) => {
            let phase = book.phase_of(&step.id)?;
            let inner: Vec<_> = step.subtree().map(|inner| &inner.id).collect();
            first_open(phase, run, |id| inner.contains(&id))
        }
        Named::Phase(phase) => first_open(phase, run, |_| true),
    }
}

fn first_open(phase: &Phase, run: &Run, wanted: impl Fn(&crate::runbook::StepId) -> bool) -> Option<String> {
    let leaves: Vec<_> = leaves_of(phase, run).into_iter().filter(|leaf| wanted(&leaf.step.id)).collect();
    // An optional step that is needed by name is needed all the same.
    let alone = leaves.len() == 1;
    leaves.iter().find(|leaf| (alone || !leaf.optional) && !has_passed(run, leaf.state)).map(|leaf| {
        if alone { leaf.state.word().to_owned() } else { format!("{} {}", leaf.step.number, leaf.state.word()) }
    })
}

fn has_passed(run: &Run, state: StepState) -> bool {
    state.is_passed()
        || matches!(state, StepState::OtherBranch | StepState::Marked(Verdict::NotApplicable))
        || run.is_rehearsal() && state == StepState::Ran
}

/// The attempt by which a block that is to run once has done so, whichever version of the runbook it ran for.
#[must_use]
pub fn ran_once(run: &Run, command: &Command, target: &Target) -> Option<AttemptId> {
    let mut earlier = run.attempts_of(&target.step).filter(|attempt| attempt.intended.target == *target);
    let succeeded = |outcome| matches!(outcome, Outcome::Succeeded | Outcome::Matched | Outcome::Attested);
    earlier
        .find(|attempt| command.options.once && succeeded(attempt.outcome(&command.options.expect_exit)))
        .map(crate::run::Attempt::id)
}

/// How often a target that failed may be tried again, as its author says; `None` if its last attempt did not fail.
#[must_use]
pub fn tries_left(run: &Run, command: &Command, target: &Target) -> Option<u32> {
    let failed = run
        .attempts_of(&target.step)
        .rev()
        .filter(|attempt| attempt.intended.target == *target && attempt.stale.is_none())
        .take_while(|attempt| attempt.outcome(&command.options.expect_exit) == Outcome::Failed)
        .count();
    let again = u32::try_from(failed.checked_sub(1)?).unwrap_or(u32::MAX);
    Some(command.options.retries.saturating_sub(again))
}

/// The first block of a step that is tied to a condition and has not run, when another one of the step has.
#[must_use]
pub fn left_out<'a>(run: &Run, step: &'a Step) -> Option<&'a Command> {
    run.attempts_of(&step.id).next()?;
    let is_open = |index: usize, command: &Command| command_progress(run, step, index, command) == Progress::Open;
    step.commands()
        .enumerate()
        .find(|(index, command)| {
            command.options.when.is_some() && crate::run::state::is_offered(command) && is_open(*index, command)
        })
        .map(|(_, command)| command)
}
