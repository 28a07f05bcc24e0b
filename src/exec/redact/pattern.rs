//! All literal texts that are looked for: the forms of the secrets, and the beginnings of the shapes.

use super::forms::forms;
use super::shape::{SHAPES, Shape};
use crate::exec::Secret;
use aho_corasick::{AhoCorasick, Anchored, Input, MatchKind, StartKind};

#[derive(Debug)]
pub(in crate::exec) struct Patterns {
    known: Vec<Secret>,
    /// Secrets first, shapes behind them.
    all: AhoCorasick,
    /// Only the secrets, for looking at one place.
    secrets: Option<AhoCorasick>,
    names: Vec<String>,
    /// For finding beginnings: of everything, and of secrets alone.
    every: Beginnings,
    secret: Beginnings,
}

/// Where a literal was found.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub start: usize,
    pub end: usize,
    pub name: String,
    /// It is only the beginning of this shape.
    pub shape: Option<&'static Shape>,
}

impl Patterns {
    pub(in crate::exec) fn new(known: Vec<Secret>) -> Self {
        let mut literals: Vec<(Vec<u8>, String)> = Vec::new();
        for secret in &known {
            literals.extend(forms(&secret.value).into_iter().map(|form| (form, secret.name.clone())));
        }
        let mut all: Vec<Vec<u8>> = literals.iter().map(|(form, _)| form.clone()).collect();
        let secrets = (!all.is_empty()).then(|| build(&all));
        let secret = Beginnings::new(all.clone());
        all.extend(SHAPES.iter().map(|shape| shape.begins.as_bytes().to_vec()));
        let automaton = build(&all);
        let names = literals.into_iter().map(|(_, name)| name).collect();
        Self { known, all: automaton, secrets, names, every: Beginnings::new(all), secret }
    }

    /// The secrets they were made of.
    pub(in crate::exec) fn secrets(&self) -> &[Secret] {
        &self.known
    }

    /// The first literal at or after `from`; of several at one place the longest.
    pub(super) fn find(&self, text: &[u8], from: usize) -> Option<Found> {
        let found = self.all.find(Input::new(text).span(from..text.len()))?;
        let index = found.pattern().as_usize();
        let shape = index.checked_sub(self.names.len()).map(|index| &SHAPES[index]);
        let name = self.names.get(index).cloned().unwrap_or_default();
        Some(Found { start: found.start(), end: found.end(), name, shape })
    }

    /// The longest secret that begins exactly here.
    pub(super) fn secret_at(&self, text: &[u8], at: usize) -> Option<(usize, String)> {
        let input = Input::new(text).span(at..text.len()).anchored(Anchored::Yes);
        let found = self.secrets.as_ref()?.find(input)?;
        Some((found.end(), self.names[found.pattern().as_usize()].clone()))
    }

    /// Where the last of the secrets ends that overlap with the one from `start` to `end`.
    pub(super) fn overlapping(&self, text: &[u8], start: usize, end: usize) -> usize {
        let mut end = end;
        let mut at = start + 1;
        while at < end.min(text.len()) {
            if self.secret.first[usize::from(text[at])]
                && let Some((further, _)) = self.secret_at(text, at)
            {
                end = end.max(further);
            }
            at += 1;
        }
        end
    }

    /// Where the text may be the beginning of a literal whose rest has not come yet; the text's length if nowhere.
    pub(super) fn first_open(&self, text: &[u8]) -> usize {
        self.every.first_open(text)
    }

    /// The same for the secrets alone.
    pub(super) fn first_open_secret(&self, text: &[u8]) -> usize {
        self.secret.first_open(text)
    }
}

/// Literals in order, to see whether a text may become one of them.
#[derive(Debug)]
struct Beginnings {
    sorted: Vec<Vec<u8>>,
    /// Whether any of them begins with a byte.
    first: [bool; 256],
    longest: usize,
}

impl Beginnings {
    fn new(mut literals: Vec<Vec<u8>>) -> Self {
        let mut first = [false; 256];
        for literal in &literals {
            first[usize::from(literal[0])] = true;
        }
        literals.sort();
        let longest = literals.iter().map(Vec::len).max().unwrap_or(0);
        Self { sorted: literals, first, longest }
    }

    fn first_open(&self, text: &[u8]) -> usize {
        let from = text.len().saturating_sub(self.longest.saturating_sub(1));
        (from..text.len()).find(|at| self.is_open(&text[*at..])).unwrap_or(text.len())
    }

    fn is_open(&self, end: &[u8]) -> bool {
        self.first[usize::from(end[0])] && {
            let next = self.sorted.partition_point(|literal| literal.as_slice() <= end);
            self.sorted.get(next).is_some_and(|literal| literal.starts_with(end))
        }
    }
}

fn build(literals: &[Vec<u8>]) -> AhoCorasick {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .start_kind(StartKind::Both)
        .build(literals)
        .expect("the literals are far smaller than the automaton's limits")
}
