//! The cursor in the tree, what is folded, and which part of it is shown.
//!
//! A filter hides rows and nothing else. The row under the cursor stays, whatever becomes of its step: who has just run it
//! is still reading it.

use super::msg::Facts;
use super::outline::{Item, NodeId, Outline, Subject};
use crate::run::gate::GateState;
use crate::run::narrow::{Only, Who, is_called};
use crate::runbook::Digest;
use std::collections::BTreeSet;
use std::ops::Range;

/// The cursor in the tree.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    pub cursor: NodeId,
    pub folded: BTreeSet<NodeId>,
    /// Nodes that are not hidden, in a folded one or by the filter.
    pub rows: Vec<NodeId>,
    /// First row on the screen.
    pub top: usize,
    pub filter: Filter,
    /// What the filter leaves.
    pub left: Left,
    /// What was folded before the filter was put on.
    unfiltered: Option<BTreeSet<NodeId>>,
}

/// What is shown of the tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub only: Only,
    /// Words of titles; blank shows all.
    pub text: String,
}

impl Filter {
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.only != Only::All || !self.text.trim().is_empty()
    }

    /// `open “ssl”`, for the title of the tree.
    #[must_use]
    pub fn words(&self) -> String {
        let text = self.text.trim();
        match (self.only, text.is_empty()) {
            (only, true) => only.word().to_owned(),
            (Only::All, false) => format!("“{text}”"),
            (only, false) => format!("{} “{text}”", only.word()),
        }
    }
}

/// What a filter leaves of the tree; computed once per change of the run or of the filter.
#[derive(Debug, Clone, Default)]
pub struct Left {
    made_of: Option<(Filter, u64, Option<Digest>)>,
    /// For each node, whether it is meant, or leads to one that is.
    nodes: Vec<Shown>,
    /// How many steps each of [`Only::EACH`] would leave with the same text.
    pub counts: [usize; Only::EACH.len()],
    /// Steps altogether: those of the walk, or with those at hand where these are meant too.
    pub of: usize,
}

/// How a node stands to the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    No,
    /// Something below it is meant.
    Around,
    Meant,
}

impl Left {
    fn new(filter: &Filter, facts: &Facts<'_>, outline: &Outline) -> Self {
        let mut left = Left {
            made_of: Some((filter.clone(), outline.seq, outline.version)),
            nodes: vec![Shown::No; outline.nodes.len()],
            ..Left::default()
        };
        let named = !filter.text.trim().is_empty();
        let mut titles: Vec<String> = Vec::new();
        for (id, node) in outline.nodes.iter().enumerate() {
            let Some(subject) = Subject::find(facts.book, &node.item) else { continue };
            titles.truncate(node.depth);
            titles.push(if named { format!("{} {}", subject.number(), subject.title()) } else { String::new() });
            let is_leaf = matches!(node.item, Item::Step { .. }) && node.end == id + 1;
            left.of += usize::from(is_leaf && (node.walked || filter.only == Only::All));
            if !is_called(titles.iter().map(String::as_str), &filter.text) {
                continue;
            }
            for (only, count) in Only::EACH.into_iter().zip(&mut left.counts) {
                if is_meant(only, id, subject, facts, outline) {
                    *count += usize::from(is_leaf);
                    if only == filter.only {
                        left.nodes[id] = Shown::Meant;
                    }
                }
            }
        }
        for id in (0..outline.nodes.len()).rev() {
            if let Some(parent) = outline.nodes[id].parent
                && left.nodes[id] != Shown::No
                && left.nodes[parent] == Shown::No
            {
                left.nodes[parent] = Shown::Around;
            }
        }
        left
    }

    /// How many steps the filter leaves.
    #[must_use]
    pub fn count(&self, only: Only) -> usize {
        Only::EACH.into_iter().zip(self.counts).find(|(each, _)| *each == only).map_or(0, |(_, count)| count)
    }

    fn is_meant(&self, id: NodeId) -> bool {
        self.nodes.get(id) == Some(&Shown::Meant)
    }
}

/// Whether one of these is what somebody looks for: a step, or a gate that waits.
fn is_meant(only: Only, id: NodeId, subject: Subject<'_>, facts: &Facts<'_>, outline: &Outline) -> bool {
    let node = &outline.nodes[id];
    let is_leaf = matches!(node.item, Item::Step { .. }) && node.end == id + 1;
    let gate_waits = node.progress.is_complete() && matches!(node.gate, Some(GateState::Held { .. }));
    let who = Who { name: &facts.actor.name, role: facts.actor.role.as_deref() };
    match only {
        Only::All => is_leaf,
        Only::Open => outline.is_open(id),
        Only::Failed => {
            let failed = matches!(node.item, Item::Step { .. }) && only.holds(node.state);
            node.walked && (failed || node.gate == Some(GateState::Rejected))
        }
        Only::Asking => node.walked && ((is_leaf && only.holds(node.state)) || gate_waits),
        Only::Mine => match subject {
            Subject::Step(phase, step) => node.walked && (is_leaf || step.gate.is_some()) && who.owns(phase, step),
            Subject::Phase(phase) => {
                let role = phase.gate.as_ref().and_then(|gate| gate.role.as_deref());
                node.walked && role.is_some_and(|role| who.is_named(role))
            }
        },
    }
}

impl Tree {
    /// Puts a filter on, or takes it off. What was folded comes back with it.
    pub fn put_on(&mut self, filter: Filter, facts: &Facts<'_>, outline: &Outline) {
        match (self.filter.is_on(), filter.is_on()) {
            (false, true) => self.unfiltered = Some(std::mem::take(&mut self.folded)),
            (true, false) => self.folded = self.unfiltered.take().unwrap_or_default(),
            (false, false) | (true, true) => {}
        }
        self.filter = filter;
        self.want(facts, outline);
        if self.filter.is_on() && !self.left.is_meant(self.cursor) {
            let after = (self.cursor..outline.nodes.len()).find(|id| self.left.is_meant(*id));
            let before = (0..self.cursor).rev().find(|id| self.left.is_meant(*id));
            self.cursor = after.or(before).unwrap_or(self.cursor);
        }
        self.reveal(outline);
        self.settle(outline);
    }

    /// Brings what the filter leaves up to date.
    pub fn want(&mut self, facts: &Facts<'_>, outline: &Outline) {
        let is_the_same = |(filter, seq, version): &(Filter, u64, Option<Digest>)| {
            *filter == self.filter && *seq == outline.seq && *version == outline.version
        };
        if self.filter.is_on() && !self.left.made_of.as_ref().is_some_and(is_the_same) {
            self.left = Left::new(&self.filter, facts, outline);
        }
    }

    /// Counts for a filter that is being chosen, before it is on.
    pub fn count_all(&mut self, facts: &Facts<'_>, outline: &Outline) {
        self.left = Left::new(&self.filter, facts, outline);
    }

    /// What was folded gets other places, in another version of the runbook.
    pub fn refold(&mut self, now: impl Fn(NodeId) -> Option<NodeId>) {
        for folded in [Some(&mut self.folded), self.unfiltered.as_mut()].into_iter().flatten() {
            *folded = folded.iter().copied().filter_map(&now).collect();
        }
    }

    /// Whether the filter leaves a node; without a filter, always.
    #[must_use]
    pub fn leaves(&self, id: NodeId) -> bool {
        !self.filter.is_on() || self.left.nodes.get(id).is_some_and(|shown| *shown != Shown::No)
    }

    /// Whether a node is shown only because the cursor is on it.
    #[must_use]
    pub fn is_guest(&self, id: NodeId) -> bool {
        self.filter.is_on() && id == self.cursor && !self.leaves(id)
    }

    /// Recomputes the rows; a cursor inside a folded node moves up to it.
    pub fn settle(&mut self, outline: &Outline) {
        self.rows.clear();
        let aside = self.aside(outline);
        let mut id = 0;
        while let Some(node) = outline.nodes.get(id) {
            let around_cursor = (id..node.end).contains(&self.cursor);
            if !self.leaves(id) && !around_cursor && !aside.contains(&id) {
                id = node.end;
                continue;
            }
            self.rows.push(id);
            if self.folded.contains(&id) {
                if around_cursor {
                    self.cursor = id;
                }
                id = node.end;
            } else {
                id += 1;
            }
        }
    }

    /// The section at hand that the cursor was brought into: of a rollback, all is shown to whoever walks it.
    fn aside(&self, outline: &Outline) -> Range<NodeId> {
        if self.leaves(self.cursor) {
            return 0..0;
        }
        let mut phase = self.cursor;
        while let Some(parent) = outline.nodes.get(phase).and_then(|node| node.parent) {
            phase = parent;
        }
        outline.nodes.get(phase).filter(|node| !node.walked).map_or(0..0, |node| phase..node.end)
    }

    /// Unfolds everything around the cursor.
    pub fn reveal(&mut self, outline: &Outline) {
        let mut at = outline.nodes.get(self.cursor).and_then(|node| node.parent);
        while let Some(id) = at {
            self.folded.remove(&id);
            at = outline.nodes[id].parent;
        }
    }

    /// Row of the cursor.
    #[must_use]
    pub fn row(&self) -> usize {
        self.rows.binary_search(&self.cursor).unwrap_or_else(|next| next.saturating_sub(1))
    }

    /// Moves by rows.
    pub fn go(&mut self, by: isize) {
        let last = self.rows.len().saturating_sub(1);
        let row = self.row().saturating_add_signed(by).min(last);
        self.cursor = self.rows.get(row).copied().unwrap_or(0);
    }

    /// Scrolls so that the cursor keeps two rows of company where there are any.
    pub fn show_cursor(&mut self, height: usize) {
        let row = self.row();
        let margin = if height > 6 { 2 } else { 0 };
        let latest = row.saturating_sub(margin);
        let earliest = (row + margin + 1).saturating_sub(height);
        self.top = self.top.clamp(earliest.min(latest), latest).min(self.rows.len().saturating_sub(height));
    }
}
