//! The runbook's tree as a flat list of nodes with their states: what the cursor moves over.
//!
//! Computed once per change of the run, never per frame, so that a runbook of ten thousand steps moves like one of ten.
//! A node's place in the list changes only when the operator adopts an edited version of the runbook.

use crate::run::Run;
use crate::run::event::Verdict;
use crate::run::gate::{self, GateState};
use crate::run::readiness::leaves;
use crate::run::state::{StepState, step_state};
use crate::runbook::{Digest, Phase, PhaseId, Runbook, Step, StepId};
use crate::tui::update::Named;
use std::collections::BTreeMap;

/// Place of a node in [`Outline::nodes`].
pub type NodeId = usize;

/// What a node stands for: a way down from the runbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// Index into [`Runbook::phases`].
    Phase(usize),
    /// Phase, then one index per level of steps.
    Step { phase: usize, path: Vec<usize> },
}

/// A row of the unfolded tree.
#[derive(Debug, Clone)]
pub struct Node {
    pub item: Item,
    pub depth: usize,
    pub parent: Option<NodeId>,
    /// One past the last node below this one.
    pub end: NodeId,
    /// A leaf's state, or that of a group's own commands when it says something.
    pub state: StepState,
    pub optional: bool,
    pub walked: bool,
    /// Leaves below, or the leaf itself.
    pub progress: Progress,
    /// A gate that stands here.
    pub gate: Option<GateState>,
    /// Milliseconds that its commands ran.
    pub spent_ms: u64,
}

/// How far a part of the tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    pub settled: u32,
    pub total: u32,
    pub failed: u32,
    pub running: u32,
    /// Unknown, waiting or to be confirmed: a person has to act.
    pub asking: u32,
}

impl Progress {
    fn of(state: StepState) -> Self {
        let one = |yes: bool| u32::from(yes);
        Progress {
            settled: one(state.is_settled()),
            total: 1,
            failed: one(state.is_failed()),
            running: one(state == StepState::Running),
            asking: one(matches!(state, StepState::Unknown | StepState::Waiting | StepState::Ran)),
        }
    }

    fn add(&mut self, other: Progress) {
        self.settled += other.settled;
        self.total += other.total;
        self.failed += other.failed;
        self.running += other.running;
        self.asking += other.asking;
    }

    #[must_use]
    pub fn is_complete(self) -> bool {
        self.total > 0 && self.settled == self.total
    }
}

/// All nodes in document order.
#[derive(Debug, Clone, Default)]
pub struct Outline {
    pub nodes: Vec<Node>,
    /// Head of the run that the states were computed from.
    pub seq: u64,
    /// The version of the runbook that it shows.
    pub version: Option<Digest>,
    /// Whether any command has run, so that there are times to be shown.
    pub timed: bool,
    by_step: BTreeMap<StepId, NodeId>,
    by_phase: BTreeMap<PhaseId, NodeId>,
}

impl Outline {
    #[must_use]
    pub fn new(book: &Runbook, run: &Run) -> Self {
        let mut states = leaves(book, run).into_iter().map(|leaf| leaf.state);
        let gates = gate::holds(book).into_iter().map(|hold| (hold.scope.clone(), hold.state(run))).collect();
        let version = Some(book.source.sha256);
        let mut outline = Outline { seq: run.head.seq, version, timed: !run.attempts.is_empty(), ..Outline::default() };
        for (index, phase) in book.phases.iter().enumerate() {
            let id = outline.nodes.len();
            let gate = gate_of(&gates, &crate::run::event::Scope::Phase(phase.id.clone()));
            outline.nodes.push(Node {
                item: Item::Phase(index),
                depth: 0,
                parent: None,
                end: id + 1,
                state: StepState::Open,
                optional: phase.optional,
                walked: phase.is_walked(),
                progress: Progress::default(),
                gate,
                spent_ms: 0,
            });
            outline.by_phase.insert(phase.id.clone(), id);
            let mut grow = Grow { outline: &mut outline, run, states: &mut states, gates: &gates, phase };
            for (place, step) in phase.steps.iter().enumerate() {
                grow.step(step, Item::Step { phase: index, path: vec![place] }, id, 1);
            }
            outline.close(id);
        }
        outline
    }

    /// Sums up what stands below a node.
    fn close(&mut self, id: NodeId) {
        let end = self.nodes.len();
        let mut progress = Progress::default();
        let mut spent_ms = self.nodes[id].spent_ms;
        let mut child = id + 1;
        while child < end {
            progress.add(self.nodes[child].progress);
            spent_ms += self.nodes[child].spent_ms;
            child = self.nodes[child].end;
        }
        let node = &mut self.nodes[id];
        node.end = end;
        node.spent_ms = spent_ms;
        if end > id + 1 {
            node.progress = progress;
        }
    }

    #[must_use]
    pub fn of_step(&self, id: &StepId) -> Option<NodeId> {
        self.by_step.get(id).copied()
    }

    /// What a node stands for, by its id in the runbook.
    #[must_use]
    pub fn named(&self, id: NodeId) -> Option<Named<'_>> {
        let step = self.by_step.iter().find(|(_, node)| **node == id).map(|(step, _)| Named::Step(step));
        step.or_else(|| self.by_phase.iter().find(|(_, node)| **node == id).map(|(phase, _)| Named::Phase(phase)))
    }

    #[must_use]
    pub fn of_phase(&self, id: &PhaseId) -> Option<NodeId> {
        self.by_phase.get(id).copied()
    }

    /// Whether a node is a step that still needs somebody.
    #[must_use]
    pub fn is_open(&self, id: NodeId) -> bool {
        self.nodes.get(id).is_some_and(|node| {
            let leaf = node.end == id + 1 && matches!(node.item, Item::Step { .. });
            let settled = node.state.is_settled();
            let held = matches!(node.gate, Some(GateState::Held { .. } | GateState::Rejected));
            node.walked && ((leaf && !settled) || (held && node.progress.is_complete()))
        })
    }
}

fn gate_of(
    gates: &BTreeMap<crate::run::event::Scope, GateState>,
    scope: &crate::run::event::Scope,
) -> Option<GateState> {
    gates.get(scope).copied()
}

struct Grow<'g, 'b, S> {
    outline: &'g mut Outline,
    run: &'g Run,
    /// States of the walked leaves, in the order in which they are met.
    states: &'g mut S,
    gates: &'g BTreeMap<crate::run::event::Scope, GateState>,
    phase: &'b Phase,
}

impl<S: Iterator<Item = StepState>> Grow<'_, '_, S> {
    fn step(&mut self, step: &Step, item: Item, parent: NodeId, depth: usize) {
        let id = self.outline.nodes.len();
        let walked = self.phase.is_walked();
        let leaf_state = if walked && step.is_leaf() { self.states.next() } else { None };
        let state = leaf_state.unwrap_or_else(|| step_state(self.run, step));
        let progress = if step.is_leaf() { Progress::of(state) } else { Progress::default() };
        let gate = gate_of(self.gates, &crate::run::event::Scope::Step(step.id.clone()));
        let spent_ms = self.run.attempts_of(&step.id).map(crate::run::Attempt::spent_ms).sum();
        let optional = step.optional || self.outline.nodes[parent].optional;
        let (phase, path) = match &item {
            Item::Step { phase, path } => (*phase, path.clone()),
            Item::Phase(phase) => (*phase, Vec::new()),
        };
        self.outline.by_step.insert(step.id.clone(), id);
        let parent = Some(parent);
        self.outline.nodes.push(Node {
            item,
            depth,
            parent,
            end: id + 1,
            state,
            optional,
            walked,
            progress,
            gate,
            spent_ms,
        });
        for (place, child) in step.steps.iter().enumerate() {
            let mut path = path.clone();
            path.push(place);
            self.step(child, Item::Step { phase, path }, id, depth + 1);
        }
        self.outline.close(id);
    }
}

/// What a node stands for, looked up in its runbook.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    Phase(&'a Phase),
    Step(&'a Phase, &'a Step),
}

impl<'a> Subject<'a> {
    #[must_use]
    pub fn find(book: &'a Runbook, item: &Item) -> Option<Self> {
        match item {
            Item::Phase(phase) => book.phases.get(*phase).map(Subject::Phase),
            Item::Step { phase, path } => {
                let phase = book.phases.get(*phase)?;
                let (first, rest) = path.split_first()?;
                let mut step = phase.steps.get(*first)?;
                for place in rest {
                    step = step.steps.get(*place)?;
                }
                Some(Subject::Step(phase, step))
            }
        }
    }

    #[must_use]
    pub fn step(self) -> Option<&'a Step> {
        match self {
            Subject::Phase(_) => None,
            Subject::Step(_, step) => Some(step),
        }
    }

    #[must_use]
    pub fn phase(self) -> &'a Phase {
        match self {
            Subject::Phase(phase) | Subject::Step(phase, _) => phase,
        }
    }

    #[must_use]
    pub fn title(self) -> &'a str {
        match self {
            Subject::Phase(phase) if phase.title.is_empty() => "Introduction",
            Subject::Phase(phase) => &phase.title,
            Subject::Step(_, step) => &step.title,
        }
    }

    /// `3` for a phase, `3.2` for a step; empty for what stands before the first phase.
    #[must_use]
    pub fn number(self) -> String {
        match self {
            Subject::Phase(phase) if phase.number == 0 => String::new(),
            Subject::Phase(phase) => phase.number.to_string(),
            Subject::Step(_, step) => step.number.clone(),
        }
    }

    /// The title without the number that stands before it anyway: `Preparation` of `Phase 1: Preparation`.
    #[must_use]
    pub fn name(self) -> &'a str {
        let title = self.title();
        let number = self.number();
        let first = title.split(' ').next().unwrap_or_default();
        let labels = ["phase", "step", "part", "stage", "section", "schritt", "teil", "étape"];
        let rest = match title.strip_prefix(first) {
            Some(rest) if labels.contains(&first.to_lowercase().as_str()) => rest.trim_start(),
            Some(_) | None => title,
        };
        let name = rest.strip_prefix(number.as_str()).filter(|_| !number.is_empty()).and_then(|rest| {
            let trimmed = rest.trim_start_matches([':', '.', ')', '-', '–', '—', ' ']);
            (trimmed.len() < rest.len() && !trimmed.is_empty() && !rest.starts_with(|c: char| c.is_ascii_digit()))
                .then_some(trimmed)
        });
        // `1.5 times faster` of step 1 is no number and a name.
        name.filter(|name| !name.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(title)
    }

    #[must_use]
    pub fn line(self) -> u32 {
        match self {
            Subject::Phase(phase) => phase.line,
            Subject::Step(_, step) => step.line,
        }
    }
}

/// The word of a state, short enough for a narrow tree.
#[must_use]
pub fn short_word(state: StepState) -> &'static str {
    match state {
        StepState::Marked(Verdict::PassedWithRemarks) => "remarks",
        StepState::Marked(Verdict::NotApplicable) => "n/a",
        StepState::OtherBranch => "other",
        StepState::Ran => "sign?",
        StepState::Open
        | StepState::Running
        | StepState::Unknown
        | StepState::Waiting
        | StepState::Failed
        | StepState::Passed
        | StepState::Stale
        | StepState::Marked(Verdict::Passed | Verdict::Failed | Verdict::Waived | Verdict::Deferred) => state.word(),
    }
}
