//! How long what is left may take: from earlier runs of the same steps, else from the author's estimates.
//!
//! Only the time of commands is known from earlier runs; what people do by hand takes as long as its author says, or is
//! not estimated. A step without an estimate is counted as such and adds nothing: a guess is no plan.

use super::readiness::Leaf;
use super::{Attempt, Exactness, Moment, Progress, Run};
use crate::runbook::{Runbook, Step, StepId};
use std::collections::BTreeMap;

/// How long a step may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    pub ms: u64,
    pub basis: Basis,
}

/// Where an estimate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The median of so many earlier runs.
    Earlier(usize),
    Author,
}

/// What is left of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Left {
    pub ms: u64,
    /// Open steps with an estimate, and how many of these come from earlier runs.
    pub estimated: usize,
    pub from_earlier: usize,
    /// Open steps without one.
    pub unknown: usize,
}

/// Estimates for the walked leaf steps, by what earlier runs took.
#[must_use]
pub fn estimates(book: &Runbook, earlier: &[Run]) -> BTreeMap<StepId, Estimate> {
    let estimate = |step: &Step| {
        let mut lengths: Vec<u64> = earlier.iter().filter_map(|run| length(run, &step.id)).collect();
        lengths.sort_unstable();
        match lengths.len() {
            0 => step.estimate_s.map(|seconds| Estimate { ms: u64::from(seconds) * 1000, basis: Basis::Author }),
            count => Some(Estimate { ms: lengths[count / 2], basis: Basis::Earlier(count) }),
        }
    };
    let steps = book.walk().map(|(_, step)| step).filter(|step| step.is_leaf());
    let mut found = steps.filter_map(|step| Some((step.id.clone(), estimate(step)?))).collect();
    // The inner groups first: what is known of a part of a group is better than a share of the whole.
    let groups: Vec<&Step> = book.walk().map(|(_, step)| step).filter(|step| !step.is_leaf()).collect();
    for group in groups.into_iter().rev() {
        share(group.estimate_s, group.subtree(), &mut found);
    }
    for phase in &book.phases {
        share(phase.estimate_s, phase.steps.iter().flat_map(Step::subtree), &mut found);
    }
    found
}

/// What an author says of a group or a phase is shared out evenly among its steps, unless something is known of one of them.
fn share<'b>(whole_s: Option<u32>, within: impl Iterator<Item = &'b Step>, found: &mut BTreeMap<StepId, Estimate>) {
    let leaves: Vec<&Step> = within.filter(|step| step.is_leaf()).collect();
    let Some(seconds) = whole_s.filter(|_| leaves.iter().all(|leaf| !found.contains_key(&leaf.id))) else {
        return;
    };
    let ms = u64::from(seconds) * 1000 / (leaves.len() as u64).max(1);
    let share = Estimate { ms, basis: Basis::Author };
    found.extend(leaves.into_iter().map(|leaf| (leaf.id.clone(), share)));
}

/// Milliseconds that the commands of a step took in a run, if each that was tried last ended by itself.
fn length(run: &Run, step: &StepId) -> Option<u64> {
    let fresh = || run.attempts_of(step).filter(|attempt| attempt.stale.is_none());
    let ended = |attempt: &Attempt| match &attempt.progress {
        // A suspended or rebooted machine says nothing about the step.
        Progress::Ended { at, .. } => attempt.began.until(at).exact == Exactness::Monotonic,
        Progress::Running | Progress::Unknown | Progress::Resolved { .. } => false,
    };
    (!run.is_rehearsal() && fresh().next().is_some() && fresh().all(ended))
        .then(|| fresh().map(Attempt::spent_ms).sum())
}

/// How long the open ones of these steps may take together; of one that runs, what is left of it.
#[must_use]
pub fn left_of(leaves: &[Leaf<'_>], run: &Run, estimates: &BTreeMap<StepId, Estimate>, now: &Moment) -> Left {
    let mut left = Left::default();
    let spent = |leaf: &Leaf<'_>| match run.running() {
        Some(running) if running.intended.target.step == leaf.step.id => running.began.until(now).ms,
        Some(_) | None => 0,
    };
    for leaf in leaves.iter().filter(|leaf| !leaf.optional && !leaf.state.is_settled()) {
        match estimates.get(&leaf.step.id) {
            None => left.unknown += 1,
            Some(estimate) => {
                left.ms += estimate.ms.saturating_sub(spent(leaf));
                left.estimated += 1;
                left.from_earlier += usize::from(matches!(estimate.basis, Basis::Earlier(_)));
            }
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::{Basis, Estimate, Left, estimates};
    use crate::run::event::{
        Actor, AttemptId, Channel, Ended, Ending, Entry, Event, Intended, Opened, OutputDigest, RunId, RunKind, Stamp,
        Target,
    };
    use crate::run::time::{AsOf, times};
    use crate::run::{Exactness, Moment, Run};
    use crate::runbook::{Digest, Risk, Runbook, StepId, read::read};

    const BOOK: &str = "# B\n\n## Work\n\n### Copy\n\n```sh\ncp a b\n```\n\n### Ring (5 min)\n\n- [ ] Ring\n\n### Look\n\n- [ ] Look\n";

    /// A run in which the first step took so long, measured on one boot or across two.
    fn run(book: &Runbook, took_ms: u64, boots: [&str; 2]) -> Run {
        let by = Actor::default();
        let stamp = |seconds: u64, boot: &str| Stamp {
            at: "2026-11-21T02:00:00Z".parse().unwrap(),
            mono_us: seconds * 1_000_000,
            boot: boot.to_owned(),
            by: by.clone(),
        };
        let opened = Opened {
            runbook: book.source.sha256,
            title: "B".into(),
            path: "b.md".into(),
            run_kind: RunKind::Real,
            program: "gonogo".into(),
            cwd: "/".into(),
            shell: "sh".into(),
            ticket: None,
        };
        let target = Target { step: StepId("copy".into()), command: 0, part: None };
        let intended = Intended {
            attempt: AttemptId(1),
            target,
            text: "cp a b".into(),
            channel: Channel::Pipe,
            shell: "sh".into(),
            cwd: "/".into(),
            risk: Risk::Change,
            timeout_ms: None,
            session: None,
        };
        let ended = Ended {
            attempt: AttemptId(1),
            ending: Ending::Exited { code: 0 },
            took_ms,
            output: OutputDigest::default(),
            matched: None,
            left_over: Vec::new(),
            not_dead: Vec::new(),
            errors: Vec::new(),
            errors_until: None,
        };
        let events = [
            (Event::RunOpened(opened), boots[0]),
            (Event::AttemptIntended(intended), boots[0]),
            (Event::AttemptEnded(ended), boots[1]),
        ];
        let mut entries: Vec<Entry> = Vec::new();
        for (seq, (event, boot)) in (1..).zip(events) {
            let prev = entries.last().map_or(Digest::ZERO, |last| last.hash);
            entries.push(Entry::seal(&RunId("R".into()), seq, stamp(seq, boot), event, prev).0);
        }
        Run::replay(&entries).unwrap()
    }

    #[test]
    fn earlier_runs_count_before_the_author_and_the_median_before_the_outlier() {
        let book = read("b.md", BOOK.as_bytes()).unwrap();
        let earlier: Vec<Run> = [1000, 3000, 90_000].map(|took| run(&book, took, ["a", "a"])).into();
        let found = estimates(&book, &earlier);
        let copy = StepId("copy".into());
        assert_eq!(found.get(&copy), Some(&Estimate { ms: 3000, basis: Basis::Earlier(3) }));
        let rebooted = [run(&book, 1000, ["a", "b"])];
        assert_eq!(estimates(&book, &rebooted).get(&copy), None, "a reboot in between says nothing");
        let begun = run(&book, 5, ["a", "a"]);
        let at = Moment { at: "2026-11-21T02:10:00Z".parse().unwrap(), mono_us: 600_000_000, boot: "a".into() };
        let now = times(&book, &begun, &found, AsOf::Now(&at));
        let open = now.left;
        assert_eq!((open.estimated + open.unknown, open.from_earlier), (2, 0), "{open:?}");
        assert_eq!(now.eta, Some("2026-11-21T02:15:00Z".parse().unwrap()), "five minutes to ring");
        assert_eq!((now.elapsed.ms, now.elapsed.exact), (599_000, Exactness::Monotonic));
        let idle = times(&book, &begun, &found, AsOf::LastEntry(&at));
        assert_eq!((idle.eta, idle.left), (None, now.left), "nobody works on it");
        let phase = |place: usize| {
            let phase = &now.phases[place];
            (phase.planned_ms, phase.unplanned, phase.from_earlier, phase.took.map(|took| took.ms))
        };
        assert_eq!(phase(0), (Some(3000), 0, true, Some(1000)), "the copy is done");
        assert_eq!(phase(1), (Some(300_000), 0, false, None), "what the author says of a phase is its steps' together");
        assert_eq!(phase(2), (None, 1, false, None));
        let fresh = Run::unopened(
            RunId("S".into()),
            begun.opened.clone(),
            &Stamp { at: begun.began.at, mono_us: 0, boot: "a".into(), by: Actor::default() },
        );
        let Left { ms, from_earlier, .. } = times(&book, &fresh, &found, AsOf::Now(&at)).left;
        assert!(ms >= 3000 && from_earlier == 1);
    }
}
