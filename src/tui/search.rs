//! Where a text occurs: in titles, prose, commands, criteria, notes, and in what commands have printed.
//!
//! It reads no journal: outputs are given as text.

use super::msg::{Facts, Printed};
use super::outline::{NodeId, Outline, Subject};
use super::ui::{Hit, Where};
use crate::runbook::{Block, Step};

/// Hits that are listed at most.
const MOST: usize = 1000;

/// Where the pattern occurs, in the order of the document; upper and lower case are the same.
#[must_use]
pub fn hits(outline: &Outline, facts: &Facts<'_>, texts: &[Printed], pattern: &str) -> Vec<Hit> {
    let wanted = pattern.trim().to_lowercase();
    let mut found = Found { wanted: &wanted, hits: Vec::new(), node: 0 };
    if wanted.is_empty() {
        return found.hits;
    }
    for (id, node) in outline.nodes.iter().enumerate() {
        found.node = id;
        match Subject::find(facts.book, &node.item) {
            Some(Subject::Phase(phase)) => {
                found.look(Where::Title, &phase.title);
                phase.prose.iter().for_each(|quote| found.look(Where::Text, &quote.text));
            }
            Some(Subject::Step(_, step)) => {
                found.step(step);
                let notes = facts.run.notes.iter().filter(|note| note.step.as_ref() == Some(&step.id));
                notes.for_each(|note| found.look(Where::Note, &note.text));
                let texts = texts.iter().filter(|text| text.step == step.id);
                texts.for_each(|text| found.look(Where::Output(text.attempt), &text.words));
            }
            None => {}
        }
        if found.hits.len() >= MOST {
            break;
        }
    }
    found.hits
}

struct Found<'w> {
    wanted: &'w str,
    hits: Vec<Hit>,
    node: NodeId,
}

impl Found<'_> {
    /// Takes the first line that holds the pattern.
    fn look(&mut self, place: Where, text: &str) {
        if let Some(line) = text.lines().find(|line| line.to_lowercase().contains(self.wanted)) {
            self.hits.push(Hit { node: self.node, place, line: line.trim().to_owned() });
        }
    }

    fn step(&mut self, step: &Step) {
        self.look(Where::Title, &format!("{} {}", step.number, step.title));
        for block in &step.blocks {
            match block {
                Block::Prose(quote) => self.look(Where::Text, &quote.text),
                Block::Command(command) => self.look(Where::Command, &command.text),
            }
        }
        step.criteria.iter().for_each(|quote| self.look(Where::Criterion, &quote.text));
    }
}
