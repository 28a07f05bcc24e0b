//! Holes in a command that must be filled before it runs: `<host>`, `$VERSION`, `{{env}}`, `YOUR_BUCKET`, `vX.Y.Z`, …
//!
//! It leaves out what only looks like a hole: HTML, real redirections, patterns of `grep` and `awk`, test brackets, Go
//! templates, comments, and variables that have a value. It never guesses a value.

mod context;
mod form;

use super::shell::{self, Script};
use crate::runbook::Placeholder;
use context::Scan;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// How a hole is spelled, as far as it matters for filling it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// Words or marks that stand for a value: replaced by it.
    Mark,
    /// `$X` or `${X}`: replaced by the value.
    Variable,
    /// `${X%…}` and the like: the shell must compute it, so the variable is set in front of the text.
    Computed,
}

/// A hole with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    pub span: Range<usize>,
    pub name: String,
    pub spelling: Spelling,
}

/// The holes of a text, each name and spelling once, in order. `known` are the variables that have a value.
#[must_use]
pub fn find(text: &str, known: &BTreeSet<String>) -> Vec<Placeholder> {
    distinct(text, &holes(text, known))
}

/// Each name and spelling of some holes of a text once, in order.
#[must_use]
pub fn distinct(text: &str, holes: &[Hole]) -> Vec<Placeholder> {
    let mut found: Vec<Placeholder> = Vec::new();
    let mut seen: BTreeSet<(&str, &str)> = BTreeSet::new();
    for hole in holes {
        let spelled = &text[hole.span.clone()];
        if seen.insert((&hole.name, spelled)) {
            found.push(Placeholder { name: hole.name.clone(), text: spelled.to_owned() });
        }
    }
    found
}

/// Puts values into the holes whose name has one; all others stay as they are.
///
/// A value goes in as it is, without quotes: the operator sees the command that results. Where a variable is used in a
/// way that only the shell can compute (`${VERSION%.*}`), an assignment is put in front instead.
#[must_use]
pub fn fill(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut assigned: Vec<&str> = Vec::new();
    let mut copied = 0;
    let holes = holes(text, &BTreeSet::new());
    for hole in &holes {
        let Some(value) = values.get(&hole.name) else { continue };
        match hole.spelling {
            Spelling::Mark | Spelling::Variable => {
                filled.push_str(&text[copied..hole.span.start]);
                filled.push_str(value);
                copied = hole.span.end;
            }
            Spelling::Computed => {
                if !assigned.contains(&hole.name.as_str()) {
                    assigned.push(&hole.name);
                }
            }
        }
    }
    filled.push_str(&text[copied..]);
    let mut lines = String::new();
    for name in assigned {
        let value = values.get(name).map_or("", String::as_str);
        let quoted = value.replace('\'', "'\\''");
        lines.extend([name, "='", &quoted, "'\n"]);
    }
    lines + &filled
}

/// The holes with their places, in order, never overlapping.
#[must_use]
pub fn holes(text: &str, known: &BTreeSet<String>) -> Vec<Hole> {
    let holes = scan(text);
    if holes.iter().all(|hole| hole.spelling == Spelling::Mark) {
        return holes;
    }
    let masked = mask(text, &holes);
    without_value(holes, &shell::read(&masked), known)
}

/// All marks and all variables of a text, in order, never overlapping, whether they have a value or not.
#[must_use]
pub fn scan(text: &str) -> Vec<Hole> {
    Scan::new(text).holes()
}

/// Leaves out the variables that are known or that the text sets itself; `script` is the masked text.
#[must_use]
pub fn without_value(mut holes: Vec<Hole>, script: &Script<'_>, known: &BTreeSet<String>) -> Vec<Hole> {
    if holes.iter().any(|hole| hole.spelling != Spelling::Mark) {
        let own: BTreeSet<String> = shell::assigned(script).into_iter().collect();
        let loads = shell::loads_variables(script);
        let has_value = |name: &String| loads || known.contains(name) || own.contains(name);
        holes.retain(|hole| hole.spelling == Spelling::Mark || !has_value(&hole.name));
    }
    holes
}

/// The text with every mark written as letters, byte for byte as long, so that `<x>` is a word and no redirection.
#[must_use]
pub fn mask<'a>(text: &'a str, holes: &[Hole]) -> Cow<'a, str> {
    let mut masked = String::new();
    let mut copied = 0;
    for hole in holes.iter().filter(|hole| hole.spelling == Spelling::Mark) {
        masked.push_str(&text[copied..hole.span.start]);
        masked.extend(std::iter::repeat_n('x', hole.span.len()));
        copied = hole.span.end;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[copied..]);
    Cow::Owned(masked)
}

#[cfg(test)]
mod tests;
