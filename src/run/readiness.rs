//! The number that can be defended: percent, counts, verdict, and what stands in the way.

use super::Run;
use super::event::{Call, Scope, Verdict};
use super::gate::{GateState, holds};
use super::state::{StepState, step_state};
use crate::runbook::{Phase, PhaseId, Runbook, Step, StepId, StepKind};
use std::collections::BTreeMap;

/// Whether to go live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Every walked required step is settled, every gate released, every call a go.
    Go,
    /// Something is open, unknown, deferred or waiting.
    Hold,
    /// A required or critical step failed, a hold point was rejected, or somebody called no-go.
    NoGo,
    /// A rehearsal never says Go.
    Rehearsed,
}

impl Answer {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Answer::Go => "GO",
            Answer::Hold => "HOLD",
            Answer::NoGo => "NO-GO",
            Answer::Rehearsed => "REHEARSED",
        }
    }
}

/// How many leaf steps of the walk stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub steps: u32,
    pub passed: u32,
    pub remarks: u32,
    pub failed: u32,
    pub waived: u32,
    pub not_applicable: u32,
    pub deferred: u32,
    pub running: u32,
    pub unknown: u32,
    pub ran: u32,
    pub waiting: u32,
    /// Done for an earlier version of the runbook.
    pub stale: u32,
    pub open: u32,
}

impl Counts {
    fn add(&mut self, state: StepState) {
        self.steps += 1;
        let slot = match state {
            StepState::Open => &mut self.open,
            StepState::Running => &mut self.running,
            StepState::Unknown => &mut self.unknown,
            StepState::Ran => &mut self.ran,
            StepState::Waiting => &mut self.waiting,
            StepState::Stale => &mut self.stale,
            StepState::Failed | StepState::Marked(Verdict::Failed) => &mut self.failed,
            StepState::Passed | StepState::Marked(Verdict::Passed) => &mut self.passed,
            StepState::Marked(Verdict::PassedWithRemarks) => &mut self.remarks,
            StepState::Marked(Verdict::Waived) => &mut self.waived,
            StepState::Marked(Verdict::NotApplicable) | StepState::OtherBranch => &mut self.not_applicable,
            StepState::Marked(Verdict::Deferred) => &mut self.deferred,
        };
        *slot += 1;
    }

    /// Steps with nothing left to do.
    #[must_use]
    pub fn settled(&self) -> u32 {
        self.passed + self.remarks + self.waived + self.not_applicable
    }
}

/// What keeps the run from Go, worst first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocker {
    pub severity: Severity,
    pub subject: Subject,
    /// `2.2 Debug mode`, `phase Cut-over`, `security`.
    pub title: String,
    /// What is wrong with it, in a clause.
    pub what: String,
}

/// How much a blocker weighs; the order is the ranking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Makes it a no-go.
    Stops,
    /// Somebody has to answer a question.
    Asks,
    /// Work is left.
    Open,
}

/// What a blocker is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    Step(StepId),
    Phase(PhaseId),
    Role(String),
}

/// Readiness of a run, computed afresh from the fold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    /// `floor(100 × earned / total)`; `None` when there is nothing to count, never 100 by default.
    pub percent: Option<u32>,
    pub earned: u64,
    pub total: u64,
    pub counts: Counts,
    pub phases: BTreeMap<PhaseId, Counts>,
    pub answer: Answer,
    pub blockers: Vec<Blocker>,
    /// What the document claims about itself.
    pub claimed: Option<u8>,
}

/// A leaf step of the walk with its state.
#[derive(Debug, Clone, Copy)]
pub struct Leaf<'a> {
    pub phase: &'a Phase,
    pub step: &'a Step,
    pub state: StepState,
    pub optional: bool,
    branch: Branch,
}

/// The leaf steps of the walk, in document order, with their states; branches not taken are there, marked as such.
#[must_use]
pub fn leaves<'a>(book: &'a Runbook, run: &Run) -> Vec<Leaf<'a>> {
    book.phases.iter().filter(|phase| phase.is_walked()).flat_map(|phase| leaves_of(phase, run)).collect()
}

/// The leaf steps of one phase with their states.
#[must_use]
pub fn leaves_of<'a>(phase: &'a Phase, run: &Run) -> Vec<Leaf<'a>> {
    let mut leaves = Vec::with_capacity(phase.steps.len());
    for step in &phase.steps {
        collect(phase, step, run, phase.optional, Branch::Taken, &mut leaves);
    }
    leaves
}

/// Whether a subtree belongs to the branch that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Branch {
    Taken,
    /// Nobody has taken one yet, and another than this stands for the work to come.
    Undecided,
    Other,
}

fn collect<'a>(phase: &'a Phase, step: &'a Step, run: &Run, optional: bool, branch: Branch, into: &mut Vec<Leaf<'a>>) {
    let optional = optional || step.optional;
    if step.is_leaf() {
        let state = match branch {
            Branch::Taken => step_state(run, step),
            Branch::Undecided | Branch::Other => StepState::OtherBranch,
        };
        into.push(Leaf { phase, step, state, optional, branch });
        return;
    }
    // Of alternatives one is taken: the one that was worked on. Until then the first stands for the work to come.
    let taken = match step.kind {
        StepKind::Choice => match step.steps.iter().position(|child| is_touched(run, child)) {
            Some(taken) => Some((taken, Branch::Other)),
            None => Some((0, Branch::Undecided)),
        },
        StepKind::Command | StepKind::Manual | StepKind::Check | StepKind::Group => None,
    };
    for (place, child) in step.steps.iter().enumerate() {
        let branch = match taken {
            Some((taken, others)) if branch != Branch::Other && taken != place && !is_touched(run, child) => others,
            Some(_) | None => branch,
        };
        collect(phase, child, run, optional, branch, into);
    }
}

/// Whether anything was done with a step or below it: of alternatives, the one that was taken.
#[must_use]
pub fn is_touched(run: &Run, step: &Step) -> bool {
    step.subtree().any(|inner| {
        run.attempts_of(&inner.id).next().is_some()
            || run.mark(&inner.id).is_some()
            || run.rehearsed.iter().any(|target| target.step == inner.id)
    })
}

/// Computes readiness.
///
/// Percent is the weight of passed steps over the weight of all walked leaf steps that apply. A waived step stays in the
/// sum and earns nothing; an optional step enters both sums only once passed.
#[must_use]
pub fn readiness(book: &Runbook, run: &Run) -> Readiness {
    let leaves = leaves(book, run);
    let (mut earned, mut total) = (0_u64, 0_u64);
    let mut counts = Counts::default();
    let mut phases: BTreeMap<PhaseId, Counts> = BTreeMap::new();
    for leaf in &leaves {
        // While nobody has taken a branch, nothing of any is settled.
        let counted = if leaf.branch == Branch::Undecided { StepState::Open } else { leaf.state };
        counts.add(counted);
        phases.entry(leaf.phase.id.clone()).or_default().add(counted);
        let weight = u64::from(leaf.step.weight);
        let applies = !matches!(leaf.state, StepState::Marked(Verdict::NotApplicable) | StepState::OtherBranch);
        if leaf.state.is_passed() {
            earned += weight;
            total += weight;
        } else if applies && !leaf.optional {
            total += weight;
        }
    }
    let percent = (100 * earned).checked_div(total).and_then(|percent| u32::try_from(percent).ok());
    let blockers = blockers(book, run, &leaves);
    let answer = answer(run, &counts, &blockers);
    Readiness { percent, earned, total, counts, phases, answer, blockers, claimed: book.declared_readiness }
}

fn answer(run: &Run, counts: &Counts, blockers: &[Blocker]) -> Answer {
    if run.is_rehearsal() {
        return Answer::Rehearsed;
    }
    match blockers.first().map(|blocker| blocker.severity) {
        Some(Severity::Stops) => Answer::NoGo,
        Some(Severity::Asks | Severity::Open) => Answer::Hold,
        // A runbook in which nothing was settled proves nothing.
        None if counts.settled() == 0 => Answer::Hold,
        None => Answer::Go,
    }
}

fn blockers(book: &Runbook, run: &Run, leaves: &[Leaf<'_>]) -> Vec<Blocker> {
    let mut blockers: Vec<Blocker> = leaves.iter().filter_map(step_blocker).collect();
    blockers.extend(group_blockers(book, run));
    for hold in holds(book).into_iter().filter(|hold| !hold.is_moot(leaves)) {
        let (severity, what) = match hold.state(run) {
            GateState::Released => continue,
            GateState::Rejected => (Severity::Stops, "hold point rejected".to_owned()),
            GateState::Held { signed, needed } => {
                let role = hold.gate.role.as_deref().map(|role| format!(" by {role}")).unwrap_or_default();
                (Severity::Asks, format!("gate holds: {signed} of {needed} signed{role}"))
            }
        };
        let subject = match &hold.scope {
            Scope::Step(step) => Subject::Step(step.clone()),
            Scope::Phase(phase) => Subject::Phase(phase.clone()),
            Scope::Run => continue,
        };
        blockers.push(Blocker { severity, subject, title: hold.title.to_owned(), what });
    }
    for role in roles(book, run) {
        let subject = Subject::Role(role.clone());
        match run.call(&role).map(|call| (call.call, call.reason.clone())) {
            Some((Call::Go, _)) => {}
            Some((Call::NoGo, reason)) => {
                let what = reason.map_or_else(|| "called NO-GO".to_owned(), |reason| format!("called NO-GO: {reason}"));
                blockers.push(Blocker { severity: Severity::Stops, subject, title: role, what });
            }
            None => {
                let what = "call outstanding".to_owned();
                blockers.push(Blocker { severity: Severity::Asks, subject, title: role, what });
            }
        }
    }
    blockers.sort_by_key(|blocker| blocker.severity);
    blockers
}

/// The roles on the board: those the author wants polled, then those that called unasked.
#[must_use]
pub fn roles(book: &Runbook, run: &Run) -> Vec<String> {
    let mut roles = book.front.calls.clone();
    for call in &run.calls {
        if !roles.contains(&call.role) {
            roles.push(call.role.clone());
        }
    }
    roles
}

fn step_blocker(leaf: &Leaf<'_>) -> Option<Blocker> {
    let (severity, what) = match leaf.state {
        StepState::Passed | StepState::OtherBranch => return None,
        StepState::Marked(verdict) => match verdict {
            Verdict::Passed | Verdict::PassedWithRemarks | Verdict::Waived | Verdict::NotApplicable => return None,
            Verdict::Failed => (Severity::Stops, "failed"),
            Verdict::Deferred => (Severity::Open, "deferred"),
        },
        StepState::Failed => (Severity::Stops, "failed"),
        StepState::Unknown => (Severity::Asks, "a command has an unknown end"),
        StepState::Waiting => (Severity::Asks, "waits for a person at a terminal"),
        StepState::Ran => (Severity::Asks, "ran, waits for confirmation"),
        StepState::Stale => (Severity::Asks, "stale: the runbook changed after it was done"),
        StepState::Running => (Severity::Open, "running"),
        StepState::Open => (Severity::Open, "open"),
    };
    // An optional step keeps nobody from going, unless a question about the real world hangs on it.
    if leaf.optional && !leaf.step.critical && leaf.state != StepState::Unknown {
        return None;
    }
    let title = format!("{} {}", leaf.step.number, leaf.step.title);
    Some(Blocker { severity, subject: Subject::Step(leaf.step.id.clone()), title, what: what.to_owned() })
}

/// Groups do not count, but a command of their own that failed or has an unknown end is news all the same.
fn group_blockers(book: &Runbook, run: &Run) -> Vec<Blocker> {
    book.walk()
        .filter(|(phase, step)| !(step.is_leaf() || phase.optional || step.optional))
        .filter_map(|(_, step)| {
            let (severity, what) = match step_state(run, step) {
                StepState::Failed | StepState::Marked(Verdict::Failed) => (Severity::Stops, "failed"),
                StepState::Unknown => (Severity::Asks, "a command has an unknown end"),
                StepState::Waiting => (Severity::Asks, "waits for a person at a terminal"),
                StepState::Open
                | StepState::Running
                | StepState::Ran
                | StepState::Passed
                | StepState::OtherBranch
                | StepState::Stale
                | StepState::Marked(
                    Verdict::Passed
                    | Verdict::PassedWithRemarks
                    | Verdict::Waived
                    | Verdict::NotApplicable
                    | Verdict::Deferred,
                ) => return None,
            };
            let title = format!("{} {}", step.number, step.title);
            Some(Blocker { severity, subject: Subject::Step(step.id.clone()), title, what: what.to_owned() })
        })
        .collect()
}
