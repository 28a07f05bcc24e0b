//! Lengths of a run: what has passed, how long its phases took, and when the rest may be done.
//!
//! Lengths go by the monotonic clock. One that spans a reboot goes by the wall clock, and one that spans a resume holds time
//! in which nobody worked: both are approximate, and shown so. An estimate is no promise: what is not estimated is counted.

use super::estimate::{Basis, Estimate, Left, left_of};
use super::readiness::leaves_of;
use super::{Exactness, Length, Moment, Progress, Run};
use crate::runbook::{Phase, PhaseId, Runbook, StepId};
use chrono::{DateTime, TimeDelta, Utc};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// By how many milliseconds the wall clock has to differ from the monotonic one to have been set.
pub const STEP_MS: i64 = 2_000;

/// As of when a run is looked at.
#[derive(Debug, Clone, Copy)]
pub enum AsOf<'m> {
    /// Somebody drives it: time passes.
    Now(&'m Moment),
    /// Nobody does: it stands where its last entry left it.
    LastEntry(&'m Moment),
}

/// How a run goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// From the opening until the end that is named beside it.
    pub elapsed: Length,
    pub until: Until,
    pub left: Left,
    /// When everything that is estimated may be done; `None` when nothing is left that is estimated, while nobody works, and
    /// in a rehearsal.
    pub eta: Option<DateTime<Utc>>,
    /// The walked phases, in order.
    pub phases: Vec<PhaseTime>,
}

/// Up to when a run's time is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Somebody drives it.
    Now,
    /// Nobody does: what has passed since then is nobody's work.
    LastEntry,
    Close,
}

impl Until {
    /// What the length is of: it stands behind it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Until::Now => "since it was opened",
            Until::LastEntry => "from its opening to its last entry",
            Until::Close => "from its opening to its close",
        }
    }
}

/// Planned beside actual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhaseTime {
    pub id: PhaseId,
    /// What its steps may take together; `None` when nothing about it is estimated.
    pub planned_ms: Option<u64>,
    /// Its steps without an estimate: the plan is at least so long.
    pub unplanned: usize,
    /// Whether the plan or a part of it is what earlier runs took.
    pub from_earlier: bool,
    /// From its first act to its last, or until now while something of it is open; `None` before it has begun.
    pub took: Option<Length>,
}

impl Times {
    #[must_use]
    pub fn phase(&self, id: &PhaseId) -> Option<&PhaseTime> {
        self.phases.iter().find(|phase| phase.id == *id)
    }
}

/// By how many milliseconds the wall clock was set between two readings of both clocks; `None` when it was not, and when
/// it cannot be told because the machine was restarted.
#[must_use]
pub fn stepped(before: &Moment, after: &Moment) -> Option<i64> {
    if before.boot != after.boot {
        return None;
    }
    let wall = after.at.signed_duration_since(before.at).num_milliseconds();
    let passed = i64::try_from(after.mono_us).ok()?.checked_sub(i64::try_from(before.mono_us).ok()?)? / 1000;
    let by_ms = wall.checked_sub(passed)?;
    (by_ms.abs() > STEP_MS).then_some(by_ms)
}

impl Run {
    /// How long it was from one moment of the run to another. Approximate also when the run was resumed in between.
    #[must_use]
    pub fn between(&self, from: &Moment, to: &Moment) -> Length {
        let length = from.until(to);
        let mut later = self.sittings.iter().skip(1).map(|sitting| &sitting.began);
        if later.any(|began| order(from, began).is_lt() && order(began, to).is_lt()) {
            return Length { exact: Exactness::Approximate, ..length };
        }
        length
    }
}

/// Which of two moments came first: within one boot by the clock that nobody sets.
fn order(one: &Moment, other: &Moment) -> Ordering {
    if one.boot == other.boot { one.mono_us.cmp(&other.mono_us) } else { one.at.cmp(&other.at) }
}

/// How the run goes.
#[must_use]
pub fn times(book: &Runbook, run: &Run, estimates: &BTreeMap<StepId, Estimate>, as_of: AsOf<'_>) -> Times {
    let (AsOf::Now(now) | AsOf::LastEntry(now)) = as_of;
    let until = match as_of {
        AsOf::Now(_) | AsOf::LastEntry(_) if run.closed.is_some() => Until::Close,
        AsOf::Now(_) => Until::Now,
        AsOf::LastEntry(_) => Until::LastEntry,
    };
    let goes_on = until == Until::Now;
    let end = run.closed.as_ref().map_or(now, |closed| &closed.at);
    let elapsed = if run.head.seq == 0 { now.until(now) } else { run.between(&run.began, end) };
    let walked = || book.phases.iter().filter(|phase| phase.is_walked());
    let left = walked().flat_map(|phase| leaves_of(phase, run)).collect::<Vec<_>>();
    let left = left_of(&left, run, estimates, now);
    // A rehearsal does nothing that would take the time.
    let eta = (goes_on && left.estimated > 0 && !run.is_rehearsal())
        .then(|| now.at.checked_add_signed(TimeDelta::milliseconds(i64::try_from(left.ms).ok()?)))
        .flatten();
    Times { elapsed, until, left, eta, phases: walked().map(|phase| phase_time(phase, run, estimates, end)).collect() }
}

fn phase_time(phase: &Phase, run: &Run, estimates: &BTreeMap<StepId, Estimate>, end: &Moment) -> PhaseTime {
    let leaves = leaves_of(phase, run);
    let known: Vec<Estimate> = leaves.iter().filter_map(|leaf| estimates.get(&leaf.step.id).copied()).collect();
    let of_phase = phase.estimate_s.map(|seconds| u64::from(seconds) * 1000);
    let planned_ms = if known.is_empty() { of_phase } else { Some(known.iter().map(|one| one.ms).sum()) };
    let whole = known.is_empty() && of_phase.is_some();
    let unplanned =
        if whole { 0 } else { leaves.iter().filter(|leaf| !leaf.optional).count().saturating_sub(known.len()) };
    let from_earlier = known.iter().any(|one| matches!(one.basis, Basis::Earlier(_)));
    let acts = || phase.steps.iter().flat_map(crate::runbook::Step::subtree).flat_map(|step| acts(run, step));
    let open = leaves.iter().any(|leaf| !leaf.optional && !leaf.state.is_settled());
    let ends = acts().min_by(|one, other| order(one, other)).zip(acts().max_by(|one, other| order(one, other)));
    let took = ends.map(|(first, last)| run.between(first, if open { end } else { last }));
    PhaseTime { id: phase.id.clone(), planned_ms, unplanned, from_earlier, took }
}

/// When something was done about a step.
fn acts<'r>(run: &'r Run, step: &crate::runbook::Step) -> Vec<&'r Moment> {
    let mut acts = Vec::new();
    for attempt in run.attempts_of(&step.id) {
        acts.push(&attempt.began);
        match &attempt.progress {
            Progress::Ended { at, .. } | Progress::Resolved { at, .. } => acts.push(at),
            Progress::Running | Progress::Unknown => {}
        }
    }
    acts.extend(run.marks_of(&step.id).map(|mark| &mark.at));
    acts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(wall_ms: i64, mono_ms: u64, boot: &str) -> Moment {
        let at = DateTime::from_timestamp_millis(1_790_000_000_000 + wall_ms).unwrap();
        Moment { at, mono_us: mono_ms * 1000, boot: boot.to_owned() }
    }

    const HOUR: i64 = 3_600_000;

    #[test]
    fn a_set_clock_is_told_from_time_that_passed() {
        let table = [
            ("an hour of work", (HOUR, 3_600_000, "a"), None),
            ("an hour of sleep, which both clocks count", (HOUR, 3_600_000, "a"), None),
            ("set an hour forward", (HOUR + 5_000, 5_000, "a"), Some(HOUR)),
            ("set an hour back", (5_000 - HOUR, 5_000, "a"), Some(-HOUR)),
            ("summer time, which is no step in UTC", (5_000, 5_000, "a"), None),
            ("a slew of two seconds", (7_000, 5_000, "a"), None),
            ("a little more than that", (7_001, 5_000, "a"), Some(2_001)),
            ("a restart", (HOUR, 10, "b"), None),
        ];
        let before = moment(0, 0, "a");
        for (what, (wall, mono, boot), wanted) in table {
            assert_eq!(stepped(&before, &moment(wall, mono, boot)), wanted, "{what}");
        }
    }

    #[test]
    fn lengths_go_by_the_clock_that_nobody_sets() {
        let table = [
            ("nothing happened", (60_000, 60_000, "a"), (60_000, Exactness::Monotonic)),
            ("set an hour forward", (HOUR + 60_000, 60_000, "a"), (60_000, Exactness::Monotonic)),
            ("set an hour back", (60_000 - HOUR, 60_000, "a"), (60_000, Exactness::Monotonic)),
            ("restarted", (90_000, 10, "b"), (90_000, Exactness::Approximate)),
            ("restarted and set back", (-HOUR, 10, "b"), (0, Exactness::Approximate)),
        ];
        let before = moment(0, 0, "a");
        for (what, (wall, mono, boot), (ms, exact)) in table {
            assert_eq!(before.until(&moment(wall, mono, boot)), Length { ms, exact }, "{what}");
        }
    }
}
