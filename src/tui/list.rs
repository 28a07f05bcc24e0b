//! A list of steps or sections over the screen: what a number of the board opens to, and where a detour may lead.

use super::board::Kind;
use super::msg::Facts;
use super::outline::{Item, NodeId, Outline};
use crate::run::event::Verdict;
use crate::run::state::StepState;
use crate::runbook::need::Named;
use crate::runbook::{Claim, Role, Step, StepId};

/// Nodes to choose one from.
#[derive(Debug, Clone)]
pub struct NodeList {
    pub title: String,
    pub rows: Vec<NodeId>,
    pub cursor: usize,
    pub then: Then,
}

/// What choosing leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// The cursor of the tree goes there.
    Jump,
    /// A detour begins there; it comes back to this step.
    Detour(StepId),
}

impl NodeList {
    /// The steps behind a number of the board.
    #[must_use]
    pub fn of(kind: &Kind, facts: &Facts<'_>, outline: &Outline) -> Self {
        let rows = (0..outline.nodes.len()).filter(|id| is_of(kind, *id, facts, outline)).collect();
        NodeList { title: kind.title(facts), rows, cursor: 0, then: Then::Jump }
    }

    /// Rollback sections first, then those for troubleshooting.
    #[must_use]
    pub fn detours(from: &StepId, facts: &Facts<'_>, outline: &Outline) -> Self {
        let of = |wanted: Role| {
            let phases = facts.book.phases.iter().filter(move |phase| phase.role == wanted && !phase.steps.is_empty());
            phases.filter_map(|phase| outline.of_phase(&phase.id)).collect::<Vec<_>>()
        };
        let rows = [of(Role::Rollback), of(Role::Trouble)].concat();
        let title = "Rollback and troubleshooting: where to?".to_owned();
        NodeList { title, rows, cursor: 0, then: Then::Detour(from.clone()) }
    }
}

impl NodeList {
    /// The sections that take a failed step back.
    #[must_use]
    pub fn ways_back(step: &Step, ways: &[Named<'_>], outline: &Outline) -> Self {
        let node = |named: &Named<'_>| match named {
            Named::Phase(phase) => outline.of_phase(&phase.id),
            Named::Step(step) | Named::Block { step, .. } => outline.of_step(&step.id),
        };
        let title = format!("{} failed: where to take it back?", step.number);
        NodeList { title, rows: ways.iter().filter_map(node).collect(), cursor: 0, then: Then::Detour(step.id.clone()) }
    }
}

fn is_of(kind: &Kind, id: NodeId, facts: &Facts<'_>, outline: &Outline) -> bool {
    let node = &outline.nodes[id];
    let leaf = node.walked && node.end == id + 1 && matches!(node.item, Item::Step { .. });
    let marked = |verdict: Verdict| node.state == StepState::Marked(verdict);
    match kind {
        Kind::All => leaf,
        Kind::Passed => leaf && node.state.is_passed(),
        Kind::Failed => node.walked && matches!(node.item, Item::Step { .. }) && node.state.is_failed(),
        Kind::Waived => leaf && marked(Verdict::Waived),
        Kind::NotApplicable => leaf && (marked(Verdict::NotApplicable) || node.state == StepState::OtherBranch),
        Kind::Deferred => leaf && marked(Verdict::Deferred),
        Kind::Asking => {
            leaf && matches!(node.state, StepState::Unknown | StepState::Waiting | StepState::Ran | StepState::Stale)
        }
        Kind::Open => leaf && matches!(node.state, StepState::Open | StepState::Running),
        Kind::Claimed => leaf && claim(id, facts, outline).is_some(),
        Kind::Phase(phase) => {
            let Some(at) = outline.of_phase(phase) else { return false };
            leaf && (at..outline.nodes[at].end).contains(&id)
        }
    }
}

/// What the document says about a step.
#[must_use]
pub fn claim(id: NodeId, facts: &Facts<'_>, outline: &Outline) -> Option<Claim> {
    let node = outline.nodes.get(id)?;
    super::outline::Subject::find(facts.book, &node.item)?.step()?.claim
}
