//! Hold points: what is locked, by what, and what would release it.

use super::event::{Meaning, Scope};
use super::readiness::{Leaf, leaves};
use super::state::StepState;
use super::{Run, SignOff};
use crate::runbook::{Gate, Phase, Runbook, Step, StepId};
use std::collections::{BTreeMap, BTreeSet};

/// Where a gate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateState {
    /// Not enough persons have signed.
    Held {
        signed: u32,
        needed: u32,
    },
    Released,
    Rejected,
}

/// A gate of the runbook with its place.
#[derive(Debug, Clone)]
pub struct Hold<'a> {
    pub scope: Scope,
    pub gate: &'a Gate,
    /// Title of the phase or step it guards.
    pub title: &'a str,
    /// Steps whose performers may not release it, if it forbids that.
    steps: Vec<&'a StepId>,
}

impl Hold<'_> {
    /// Whether the sign-offs so far release the gate.
    ///
    /// A sign-off counts when its role fits, its person did not perform the guarded steps where that is forbidden, and no
    /// guarded step was worked on after it: a later attempt or mark voids it, and so does an edit of what it guards. Of each person the last word counts, so
    /// that who rejected can release once the reason is gone, and nobody else can overrule them.
    #[must_use]
    pub fn state(&self, run: &Run) -> GateState {
        let last_work = self.last_work(run);
        let fitting = run
            .sign_offs
            .iter()
            .filter(|sign| sign.scope == self.scope && sign.seq > last_work && sign.voided.is_none());
        let mut words: BTreeMap<&str, Meaning> = BTreeMap::new();
        for sign in fitting {
            match sign.meaning {
                Meaning::Rejected => {
                    words.insert(&sign.by.name, sign.meaning);
                }
                Meaning::Released | Meaning::Approved | Meaning::Verified => {
                    if self.may_sign(run, sign).is_ok() {
                        words.insert(&sign.by.name, sign.meaning);
                    }
                }
                Meaning::Performed => {}
            }
        }
        if words.values().any(|meaning| *meaning == Meaning::Rejected) {
            return GateState::Rejected;
        }
        let signed = u32::try_from(words.len()).unwrap_or(u32::MAX);
        if signed >= self.gate.min { GateState::Released } else { GateState::Held { signed, needed: self.gate.min } }
    }

    /// Whether it guards only steps of branches that were not taken: then there is nothing to hold.
    #[must_use]
    pub fn is_moot(&self, leaves: &[Leaf<'_>]) -> bool {
        let mut guarded = leaves.iter().filter(|leaf| self.steps.contains(&&leaf.step.id)).peekable();
        guarded.peek().is_some() && guarded.all(|leaf| leaf.state == StepState::OtherBranch)
    }

    /// Whether a person with a role may release this gate.
    ///
    /// # Errors
    /// A clause that says why not.
    pub fn admits(&self, run: &Run, name: &str, role: Option<&str>) -> Result<(), String> {
        if let Some(wanted) = &self.gate.role
            && role != Some(wanted.as_str())
        {
            return Err(format!("it needs the role {wanted}"));
        }
        if self.gate.not_performer && self.performers(run).contains(name) {
            return Err(format!("{name} performed it; someone else has to release it"));
        }
        Ok(())
    }

    fn may_sign(&self, run: &Run, sign: &SignOff) -> Result<(), String> {
        self.admits(run, &sign.by.name, sign.by.role.as_deref())
    }

    fn performers<'r>(&self, run: &'r Run) -> BTreeSet<&'r str> {
        let attempts = run.attempts.iter().filter(|attempt| self.steps.contains(&&attempt.intended.target.step));
        let marks = run.marks.iter().filter(|mark| self.steps.contains(&&mark.step));
        attempts.map(|attempt| attempt.by.name.as_str()).chain(marks.map(|mark| mark.by.name.as_str())).collect()
    }

    fn last_work(&self, run: &Run) -> u64 {
        let attempts = run.attempts.iter().filter(|attempt| self.steps.contains(&&attempt.intended.target.step));
        let marks = run.marks.iter().filter(|mark| self.steps.contains(&&mark.step));
        attempts.map(|attempt| attempt.seq).chain(marks.map(|mark| mark.seq)).max().unwrap_or(0)
    }
}

/// All gates of the walk, in document order: a step's before its phase's.
#[must_use]
pub fn holds(book: &Runbook) -> Vec<Hold<'_>> {
    let mut holds = Vec::new();
    for phase in book.phases.iter().filter(|phase| phase.is_walked()) {
        holds.extend(phase.steps.iter().flat_map(Step::subtree).filter_map(step_hold));
        holds.extend(phase_hold(phase));
    }
    holds
}

/// The gate of one scope, if it has one.
#[must_use]
pub fn hold<'a>(book: &'a Runbook, scope: &Scope) -> Option<Hold<'a>> {
    holds(book).into_iter().find(|hold| hold.scope == *scope)
}

/// The first gate before a step that is not released; it locks the step.
#[must_use]
pub fn lock<'a>(book: &'a Runbook, run: &Run, step: &StepId) -> Option<(Hold<'a>, GateState)> {
    let closed: Vec<(Hold<'a>, GateState)> =
        before(book, step).into_iter().filter_map(|hold| held(hold, run)).collect();
    if closed.is_empty() {
        return None;
    }
    let leaves = leaves(book, run);
    closed.into_iter().find(|(hold, _)| !hold.is_moot(&leaves))
}

/// The gates that stand before a step, in document order.
fn before<'a>(book: &'a Runbook, step: &StepId) -> Vec<Hold<'a>> {
    let mut holds = Vec::new();
    for phase in book.phases.iter().filter(|phase| phase.is_walked()) {
        for earlier in phase.steps.iter().flat_map(Step::subtree) {
            if earlier.id == *step {
                return holds;
            }
            // A group's gate guards what comes after the group, not its own steps.
            if earlier.gate.is_some() && !earlier.subtree().iter().any(|inner| inner.id == *step) {
                holds.extend(step_hold(earlier));
            }
        }
        holds.extend(phase_hold(phase));
    }
    holds
}

fn held<'a>(hold: Hold<'a>, run: &Run) -> Option<(Hold<'a>, GateState)> {
    match hold.state(run) {
        GateState::Released => None,
        state @ (GateState::Held { .. } | GateState::Rejected) => Some((hold, state)),
    }
}

fn step_hold(step: &Step) -> Option<Hold<'_>> {
    let steps = step.subtree().into_iter().map(|inner| &inner.id).collect();
    let scope = Scope::Step(step.id.clone());
    step.gate.as_ref().map(|gate| Hold { scope, gate, title: &step.title, steps })
}

fn phase_hold(phase: &Phase) -> Option<Hold<'_>> {
    let steps = phase.steps.iter().flat_map(Step::subtree).map(|inner| &inner.id).collect();
    let scope = Scope::Phase(phase.id.clone());
    phase.gate.as_ref().map(|gate| Hold { scope, gate, title: &phase.title, steps })
}
