//! All literal texts that are looked for: the forms of the secrets, and the beginnings of the shapes.
//!
//! There are thousands of the former and a few of the latter, so that each kind is looked for in its own way: shapes by the
//! vectors of the automaton's crate, secrets by a [`Sieve`] before an automaton that looks at single places.

use super::forms::forms;
use super::shape::{SHAPES, Shape};
use super::sieve::Sieve;
use crate::exec::Secret;
use aho_corasick::{AhoCorasick, Anchored, Input, MatchKind, StartKind};

#[derive(Debug)]
pub(in crate::exec) struct Patterns {
    known: Vec<Secret>,
    shapes: AhoCorasick,
    openings: Beginnings,
    /// Absent when there are none.
    secrets: Option<Literals>,
}

/// The forms of all secrets.
#[derive(Debug)]
struct Literals {
    sieve: Sieve,
    /// For looking at one place.
    automaton: AhoCorasick,
    /// Whose form each of the automaton's patterns is.
    names: Vec<String>,
    openings: Beginnings,
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
        let shapes: Vec<Vec<u8>> = SHAPES.iter().map(|shape| shape.begins.as_bytes().to_vec()).collect();
        let automaton = build(&shapes, StartKind::Unanchored);
        Self { secrets: Literals::new(&known), known, shapes: automaton, openings: Beginnings::new(shapes) }
    }

    /// The secrets they were made of.
    pub(in crate::exec) fn secrets(&self) -> &[Secret] {
        &self.known
    }

    /// Looks through a text from its beginning.
    pub(super) fn search<'p>(&'p self, text: &'p [u8]) -> Search<'p> {
        Search { patterns: self, text, shape: Next::Unknown, secret: Next::Unknown }
    }

    /// The longest secret that begins exactly here.
    pub(super) fn secret_at(&self, text: &[u8], at: usize) -> Option<(usize, String)> {
        self.secrets.as_ref()?.at(text, at).map(|found| (found.end, found.name))
    }

    /// Where the last of the secrets ends that overlap with the one from `start` to `end`.
    pub(super) fn overlapping(&self, text: &[u8], start: usize, end: usize) -> usize {
        let Some(secrets) = &self.secrets else { return end };
        let mut end = end;
        let mut at = start + 1;
        while at < end.min(text.len()) {
            if secrets.sieve.may_begin(text, at) {
                end = end.max(secrets.at(text, at).map_or(end, |found| found.end));
            }
            at += 1;
        }
        end
    }

    /// Where the text may be the beginning of a literal whose rest has not come yet; the text's length if nowhere.
    pub(super) fn first_open(&self, text: &[u8]) -> usize {
        self.openings.first_open(text, None).min(self.first_open_secret(text))
    }

    /// The same for the secrets alone.
    pub(super) fn first_open_secret(&self, text: &[u8]) -> usize {
        self.secrets.as_ref().map_or(text.len(), |secrets| secrets.openings.first_open(text, Some(&secrets.sieve)))
    }
}

impl Literals {
    fn new(secrets: &[Secret]) -> Option<Self> {
        let forms_of = |secret: &Secret| -> Vec<(Vec<u8>, String)> {
            forms(&secret.value).into_iter().map(|form| (form, secret.name.clone())).collect()
        };
        let (literals, names): (Vec<Vec<u8>>, Vec<String>) = secrets.iter().flat_map(forms_of).unzip();
        (!literals.is_empty()).then(|| Self {
            sieve: Sieve::new(&literals),
            automaton: build(&literals, StartKind::Anchored),
            names,
            openings: Beginnings::new(literals),
        })
    }

    /// The first secret at or after `from`; of several at one place the longest.
    fn next(&self, text: &[u8], from: usize) -> Option<Found> {
        let mut from = from;
        while let Some(at) = self.sieve.next(text, from) {
            if let Some(found) = self.at(text, at) {
                return Some(found);
            }
            from = at + 1;
        }
        None
    }

    /// The longest secret that begins exactly here.
    fn at(&self, text: &[u8], at: usize) -> Option<Found> {
        let found = self.automaton.find(Input::new(text).span(at..text.len()).anchored(Anchored::Yes))?;
        let name = self.names[found.pattern().as_usize()].clone();
        Some(Found { start: at, end: found.end(), name, shape: None })
    }
}

/// Goes through a text from literal to literal. What was found further on than it was asked for is remembered, so that no
/// stretch is searched twice.
#[derive(Debug)]
pub(super) struct Search<'p> {
    patterns: &'p Patterns,
    text: &'p [u8],
    shape: Next,
    secret: Next,
}

/// The next literal of a kind.
#[derive(Debug)]
enum Next {
    Unknown,
    Found(Found),
    Nowhere,
}

impl Search<'_> {
    /// The first literal at or after `from`; of several at one place the longest. `from` never goes back.
    pub(super) fn next(&mut self, from: usize) -> Option<Found> {
        let Self { patterns, text, shape, secret } = self;
        let shape = shape.from(from, || {
            let found = patterns.shapes.find(Input::new(*text).span(from..text.len()))?;
            let shape = Some(&SHAPES[found.pattern().as_usize()]);
            Some(Found { start: found.start(), end: found.end(), name: String::new(), shape })
        });
        let secret = secret.from(from, || patterns.secrets.as_ref()?.next(text, from));
        match (secret, shape) {
            (Some(secret), Some(shape)) => {
                let shape_first = (shape.start, secret.end) < (secret.start, shape.end);
                Some(if shape_first { shape } else { secret }.clone())
            }
            (found, None) | (None, found) => found.cloned(),
        }
    }
}

impl Next {
    fn from(&mut self, from: usize, search: impl FnOnce() -> Option<Found>) -> Option<&Found> {
        let is_known = match self {
            Self::Unknown => false,
            Self::Found(found) => found.start >= from,
            Self::Nowhere => true,
        };
        if !is_known {
            *self = search().map_or(Self::Nowhere, Self::Found);
        }
        match self {
            Self::Found(found) => Some(found),
            Self::Unknown | Self::Nowhere => None,
        }
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

    /// Where the text's end may be the beginning of a literal. A sieve of the same literals spares a closer look at most
    /// places of what may be a long end.
    fn first_open(&self, text: &[u8], sieve: Option<&Sieve>) -> usize {
        let from = text.len().saturating_sub(self.longest.saturating_sub(1));
        let may_begin = |at: &usize| sieve.is_none_or(|sieve| sieve.may_begin(text, *at));
        (from..text.len()).filter(may_begin).find(|at| self.is_open(&text[*at..])).unwrap_or(text.len())
    }

    fn is_open(&self, end: &[u8]) -> bool {
        self.first[usize::from(end[0])] && {
            let next = self.sorted.partition_point(|literal| literal.as_slice() <= end);
            self.sorted.get(next).is_some_and(|literal| literal.starts_with(end))
        }
    }
}

fn build(literals: &[Vec<u8>], start: StartKind) -> AhoCorasick {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .start_kind(start)
        .build(literals)
        .expect("the literals are far smaller than the automaton's limits")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What one automaton of all literals finds, the longest at the first place, without overlaps.
    fn plainly(known: &[Secret], text: &[u8]) -> Vec<(usize, usize, bool)> {
        let mut literals: Vec<Vec<u8>> = known.iter().flat_map(|secret| forms(&secret.value)).collect();
        let secrets = literals.len();
        literals.extend(SHAPES.iter().map(|shape| shape.begins.as_bytes().to_vec()));
        let automaton = build(&literals, StartKind::Unanchored);
        automaton
            .find_iter(text)
            .map(|found| (found.start(), found.end(), found.pattern().as_usize() >= secrets))
            .collect()
    }

    fn searched(patterns: &Patterns, text: &[u8]) -> Vec<(usize, usize, bool)> {
        let (mut found, mut from) = (Vec::new(), 0);
        let mut search = patterns.search(text);
        while let Some(next) = search.next(from) {
            from = next.end;
            found.push((next.start, next.end, next.shape.is_some()));
        }
        found
    }

    proptest! {
        /// Few letters, so that secrets, their forms and the beginnings of shapes touch, overlap and hold one another.
        #[test]
        fn the_sieve_finds_what_the_plain_automaton_finds(
            values in prop::collection::vec("(eyJ|sk-ant-|Bearer )?[abe]{0,3}[ab/&]{6,12}", 0..12),
            pieces in prop::collection::vec((any::<prop::sample::Index>(), "[abeyJ:/ ]{0,9}", 0_usize..3), 0..30),
            cut in any::<prop::sample::Index>(),
        ) {
            let known: Vec<Secret> = values.into_iter().map(|value| Secret { name: "S".into(), value }).collect();
            let mut literals: Vec<Vec<u8>> = known.iter().flat_map(|secret| forms(&secret.value)).collect();
            literals.extend(SHAPES.iter().map(|shape| shape.begins.as_bytes().to_vec()));
            let mut text = Vec::new();
            for (pick, between, missing) in pieces {
                let literal = pick.get(&literals);
                text.extend_from_slice(&literal[..literal.len() - missing]);
                text.extend_from_slice(between.as_bytes());
            }
            let patterns = Patterns::new(known.clone());
            prop_assert_eq!(searched(&patterns, &text), plainly(&known, &text));
            // Where a text may be cut so that the rest decides, found one place at a time.
            text.truncate(cut.index(text.len() + 1));
            let open = |at: &usize| literals.iter().any(|literal| {
                literal.len() > text.len() - at && literal.starts_with(&text[*at..])
            });
            prop_assert_eq!(patterns.first_open(&text), (0..text.len()).find(open).unwrap_or(text.len()));
        }
    }

    #[test]
    fn every_place_of_every_length_is_sieved() {
        let known: Vec<Secret> = (0..500)
            .map(|n: u64| Secret {
                name: n.to_string(),
                value: format!("{:x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 << 40),
            })
            .collect();
        let patterns = Patterns::new(known.clone());
        for (place, secret) in known.iter().enumerate() {
            let text = ["-".repeat(place % 19), secret.value.clone(), "-".repeat(place % 23)].concat();
            let end = place % 19 + secret.value.len();
            assert_eq!(searched(&patterns, text.as_bytes()), [(place % 19, end, false)], "{text}");
        }
    }
}
