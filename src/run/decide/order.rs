//! The order of the walk: what is still open in a phase, and what it takes to go past that.

use super::failure::LeftBehind;
use super::{Refusal, is_blank};
use crate::run::event::{DeviationKind, Event, Verdict};
use crate::run::readiness::{self, Leaf};
use crate::run::state::{StepState, step_state};
use crate::run::{Deviation, Run};
use crate::runbook::{Phase, Runbook, Step, StepKind};

/// The first required step of a phase that is still open, if it is walked. What was deferred is not.
#[must_use]
pub fn first_open<'a>(phase: &'a Phase, run: &Run) -> Option<Leaf<'a>> {
    open_steps(phase, run).next()
}

fn open_steps<'a>(phase: &'a Phase, run: &Run) -> impl Iterator<Item = Leaf<'a>> {
    let is_open = |leaf: &Leaf<'_>| {
        !leaf.optional && !leaf.state.is_settled() && leaf.state != StepState::Marked(Verdict::Deferred)
    };
    let leaves = if phase.is_walked() { readiness::leaves_of(phase, run) } else { Vec::new() };
    leaves.into_iter().filter(is_open)
}

/// Whether a phase is seen to have something open by its very last step, which in a walk from the top is done last. When it
/// is not, [`first_open`] has to look at all of them.
#[must_use]
pub fn is_open_at_its_end(phase: &Phase, run: &Run) -> bool {
    let mut last = phase.steps.last().filter(|_| phase.is_walked() && !phase.optional);
    while let Some(step) = last.filter(|step| !step.optional && step.kind != StepKind::Choice) {
        if step.is_leaf() {
            return step_state(run, step) == StepState::Open;
        }
        last = step.steps.last();
    }
    false
}

/// Beginning a phase while required steps of an earlier one are open is a deviation; asked for once per phase. What is open
/// because of a failure behind which the author lets the walk go on is none.
pub(super) fn out_of_order(
    book: &Runbook,
    run: &Run,
    step: &Step,
    behind: usize,
    reason: Option<&str>,
) -> Result<Option<Event>, Refusal> {
    let number = book.phase_number_of(&step.id).unwrap_or(0);
    let Some(phase) = book.phases.get(number).filter(|phase| phase.is_walked()) else {
        return Ok(None);
    };
    let begun = phase.steps.iter().flat_map(Step::subtree).any(|inner| {
        let said = |deviation: &Deviation| {
            deviation.kind == DeviationKind::OutOfOrder && deviation.step.as_ref() == Some(&inner.id)
        };
        run.attempts_of(&inner.id).next().is_some()
            || run.marks_of(&inner.id).next().is_some()
            || run.rehearsed.iter().any(|target| target.step == inner.id)
            || run.deviations.iter().any(said)
    });
    if begun {
        return Ok(None);
    }
    // Phase by phase, so that what lies behind the first open step is not looked at.
    let mut earlier = book.phases[..number].iter().skip(behind);
    let left = LeftBehind::new(book, run);
    let open = earlier.find_map(|earlier| open_steps(earlier, run).find(|leaf| !left.passes(leaf.step)));
    let Some(open) = open else {
        return Ok(None);
    };
    if is_blank(reason) {
        let (number, title) = (&open.step.number, &open.step.title);
        return Err(Refusal::NeedsReason(format!("out of order: {number} {title} is still open; say why")));
    }
    let reason = reason.unwrap_or_default().to_owned();
    Ok(Some(Event::Deviated {
        deviation: DeviationKind::OutOfOrder,
        step: Some(step.id.clone()),
        reason,
        correction: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::event::{Actor, Entry, Opened, RunId, RunKind, Stamp};
    use crate::runbook::Digest;
    use crate::runbook::read::read;

    fn stamp() -> Stamp {
        Stamp { at: "2026-11-21T02:14:07Z".parse().unwrap(), mono_us: 1, boot: "b".into(), by: Actor::default() }
    }

    /// The run in which these steps have passed.
    fn passed(book: &Runbook, steps: &[&Step]) -> Run {
        let opened = Opened {
            runbook: book.source.sha256,
            title: book.title.clone(),
            path: "b.md".into(),
            run_kind: RunKind::Real,
            program: "gonogo".into(),
            cwd: "/".into(),
            shell: "sh".into(),
            ticket: None,
        };
        let mut run = Run::unopened(RunId("r".into()), opened, &stamp());
        for (seq, step) in (1..).zip(steps) {
            let event = Event::StepMarked { step: step.id.clone(), verdict: Verdict::Passed, reason: None };
            run.apply(&Entry::seal(&RunId("r".into()), seq, stamp(), event, Digest::ZERO).0);
        }
        run
    }

    #[test]
    fn what_the_last_step_says_is_what_a_look_at_all_of_them_says() {
        let texts = [
            "- [ ] One\n- [ ] Two\n",
            "- [ ] One\n- [ ] Two (optional)\n",
            "### Group\n\n- [ ] One\n- [ ] Two\n\n### Other\n\n- [ ] Three\n",
            "### Option A: by hand\n\n- [ ] One\n\n### Option B: by machine\n\n- [ ] Two\n",
        ];
        let (mut open, mut unsure) = (0, 0);
        for text in texts {
            let book = read("b.md", format!("# B\n\n## Act\n\n{text}").as_bytes()).unwrap();
            let steps: Vec<&Step> = book.steps().filter(|step| step.is_leaf()).collect();
            for chosen in 0..1_usize << steps.len() {
                let some: Vec<&Step> =
                    (0..steps.len()).filter(|at| chosen >> at & 1 == 1).map(|at| steps[at]).collect();
                let run = passed(&book, &some);
                for phase in &book.phases {
                    if is_open_at_its_end(phase, &run) {
                        assert!(first_open(phase, &run).is_some(), "{text} {chosen:b}");
                        open += 1;
                    } else {
                        unsure += 1;
                    }
                }
            }
        }
        assert!(open > 3 && unsure > 3, "{open} {unsure}");
    }
}
