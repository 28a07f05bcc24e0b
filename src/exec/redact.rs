//! Keeps secrets out of everything that is shown, recorded or exported.
//!
//! Secrets are declared values, values of variables that are named like one, values typed while nothing was shown, and
//! texts that have the shape of a known token. They are found raw and in the encodings that programs print them in, across
//! any chunk boundary, through colours and carriage returns, and through the line breaks of wrapped base64. Only bytes that
//! may still become a secret are held back, so that a prompt appears at once.
//!
//! What a program has compressed, encrypted, reversed or drawn is not found, nor is a secret that the program itself prints
//! in pieces. Values below [`SHORTEST`] bytes are not looked for: wherever they stood by chance a mark would spoil the text,
//! and would say what they are. Whoever knows such a value has every line held back ([`Printed::Secret`]).

mod forms;
mod generated;
mod pattern;
mod shape;
mod sieve;
mod strip;

pub use generated::is_generator;
pub(super) use generated::is_worth_hiding;

use super::{Printed, Secret};
use generated::Lines;
use pattern::Found;
pub(super) use pattern::Patterns;
use shape::{Decision, Swallow};
use std::sync::Arc;
use strip::Strip;

/// Shortest value, in bytes, that is looked for.
pub const SHORTEST: usize = 4;

/// Shortest value, in bytes, of a variable that nobody calls secret and that is only named like one: `true` and `none` are no
/// keys.
const SHORTEST_GUESS: usize = 6;

/// Whether a value is too short to be redacted without spoiling ordinary text.
#[must_use]
pub fn is_too_short(value: &str) -> bool {
    value.len() < SHORTEST
}

/// Whether a value may be ordinary although the name of its variable is that of a secret.
#[must_use]
pub fn is_too_short_to_guess(value: &str) -> bool {
    value.len() < SHORTEST_GUESS
}

/// Whether the value of an environment variable of this name has to be kept secret.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let names_a_place =
        ["_FILE", "_PATH", "_DIR", "_SOCK", "ASKPASS", "_URL", "_NAME", "KEYMAP", "KEYBOARD", "KEYRING"];
    // Asked of every variable before every command, so nothing is allocated.
    let name = name.as_bytes();
    let holds = |part: &str| name.windows(part.len()).any(|here| here.eq_ignore_ascii_case(part.as_bytes()));
    let ends_with =
        |end: &str| name.len().checked_sub(end.len()).is_some_and(|at| name[at..].eq_ignore_ascii_case(end.as_bytes()));
    ["TOKEN", "SECRET", "PASS", "KEY"].into_iter().any(holds) && !names_a_place.into_iter().any(ends_with)
}

/// Redacts one stream.
#[derive(Debug)]
pub struct Redactor {
    patterns: Arc<Patterns>,
    strip: Strip,
    /// Text that is not yet decided, without colours and the like.
    held: Vec<u8>,
    /// How much of it has been passed on all the same: the beginning of a shape is no secret, and may end a prompt.
    shown: usize,
    /// What was taken out of the text, and where in `held` it belongs.
    taken: Vec<(usize, Vec<u8>)>,
    /// The byte before the held text.
    before: u8,
    swallow: Option<Swallow>,
    lines: Option<Lines>,
}

impl Redactor {
    /// Too short secrets are left out, see [`is_too_short`].
    #[must_use]
    pub fn new(secrets: &[Secret], printed: Printed) -> Self {
        Self::with(Arc::new(Patterns::new(secrets.to_vec())), printed)
    }

    /// With patterns that are at hand: to make them takes longer than a short command.
    pub(super) fn with(patterns: Arc<Patterns>, printed: Printed) -> Self {
        Self {
            strip: Strip::new(!patterns.secrets().is_empty()),
            patterns,
            held: Vec::new(),
            shown: 0,
            taken: Vec::new(),
            before: b'\n',
            swallow: None,
            lines: match printed {
                Printed::Ordinary => None,
                Printed::Generated => Some(Lines::default()),
                Printed::Secret => Some(Lines::all()),
            },
        }
    }

    /// For another stream with the same secrets. To find out anew what to look for takes longer than a short command.
    #[must_use]
    pub fn again(&self) -> Self {
        Self::with(Arc::clone(&self.patterns), Printed::Ordinary)
    }

    /// Takes bytes in and appends to `into` what may be passed on. Returns how many places were redacted.
    pub fn feed(&mut self, bytes: &[u8], into: &mut Vec<u8>) -> u64 {
        self.strip.take(bytes, &mut self.held, &mut self.taken);
        self.pass_on(More::Follows, into)
    }

    /// The stream has ended: passes on what was held back.
    pub fn finish(&mut self, into: &mut Vec<u8>) -> u64 {
        self.strip.finish(self.held.len(), &mut self.taken);
        let mut redacted = self.pass_on(More::None, into);
        if let Some(lines) = &mut self.lines {
            redacted += lines.finish(into);
        }
        redacted
    }

    /// Adds a secret that has only just become known.
    pub fn learn(&mut self, secret: &Secret) {
        if !self.patterns.secrets().contains(secret) {
            self.patterns = Arc::new(Patterns::new([self.patterns.secrets(), std::slice::from_ref(secret)].concat()));
            self.strip.joins_lines();
        }
    }

    /// Values that a generator printed since this was asked last.
    pub fn take_generated(&mut self) -> Vec<String> {
        self.lines.as_mut().map(Lines::take).unwrap_or_default()
    }

    /// Whether a text as a whole holds a secret. Independent of the stream.
    #[must_use]
    pub fn touches(&self, text: &[u8]) -> bool {
        let mut other = self.again();
        let mut nowhere = Vec::new();
        other.feed(text, &mut nowhere) + other.finish(&mut nowhere) > 0
    }

    /// Whether a text may hold a secret that is too short to be looked for. Too much is said to: any byte may be one.
    #[must_use]
    pub fn may_hide(&self, text: &[u8]) -> bool {
        let short = self.patterns.secrets().iter().filter(|secret| is_too_short(&secret.value));
        short.map(|secret| secret.value.as_bytes()).any(|value| text.windows(value.len().max(1)).any(|at| at == value))
    }

    fn pass_on(&mut self, more: More, into: &mut Vec<u8>) -> u64 {
        let Some(mut lines) = self.lines.take() else {
            return self.scan(more, into);
        };
        let mut clean = Vec::new();
        let redacted = self.scan(more, &mut clean) + lines.feed(&clean, into);
        self.lines = Some(lines);
        redacted
    }

    /// Goes through the held text as far as it is decided.
    fn scan(&mut self, more: More, into: &mut Vec<u8>) -> u64 {
        let held = std::mem::take(&mut self.held);
        let limit = match more {
            More::Follows => self.patterns.first_open(&held),
            More::None => held.len(),
        };
        let taken = std::mem::take(&mut self.taken).into_iter().peekable();
        let mut out = Out { into, taken, held: &held, passed: self.shown };
        let mut at = self.swallow_from(&held, 0, more);
        out.drop_to(at);
        let mut redacted = 0;
        // The rest of a swallowed secret may be the beginning of its end.
        let mut waits = self.swallow.is_some();
        let patterns = Arc::clone(&self.patterns);
        let mut search = patterns.search(&held);
        while at < limit && !waits {
            let Some(found) = search.next(at).filter(|found| found.start < limit) else {
                at = limit;
                break;
            };
            at = found.start;
            match self.decide(&found, &held, more) {
                Decision::Plain => at += 1,
                Decision::Secret { start, end, name, swallow } if end <= limit || more == More::None => {
                    out.plain_to(start);
                    out.placeholder(&name, end);
                    redacted += 1;
                    self.swallow = swallow;
                    at = self.swallow_from(&held, end, more);
                    out.drop_to(at);
                    waits = self.swallow.is_some();
                }
                Decision::Wait | Decision::Secret { .. } => waits = true,
            }
        }
        out.plain_to(at);
        if !waits {
            out.plain_to(self.patterns.first_open_secret(&held).max(at));
        }
        let shown = out.passed.saturating_sub(at);
        if at + shown >= held.len() {
            out.rest();
        }
        self.taken = out.taken.map(|(place, bytes)| (place.saturating_sub(at), bytes)).collect();
        self.before = at.checked_sub(1).map_or(self.before, |last| held[last]);
        self.shown = shown;
        self.held = held;
        self.held.drain(..at);
        redacted
    }

    /// What is at a place where a pattern begins.
    fn decide(&self, found: &Found, held: &[u8], more: More) -> Decision {
        let ends = more == More::None;
        let before = found.start.checked_sub(1).map_or(self.before, |last| held[last]);
        let decision = match found.shape {
            None => Decision::Secret { start: found.start, end: found.end, name: found.name.clone(), swallow: None },
            Some(shape) => shape.decide(held, found.start, before, ends),
        };
        let decision = match decision {
            // The beginning of a shape may itself be a secret.
            Decision::Plain => self.patterns.secret_at(held, found.start).map_or(Decision::Plain, |(end, name)| {
                Decision::Secret { start: found.start, end, name, swallow: None }
            }),
            other => other,
        };
        match decision {
            Decision::Secret { start, end, name, swallow } => {
                let end = self.patterns.overlapping(held, start, end);
                Decision::Secret { start, end, name, swallow }
            }
            other => other,
        }
    }

    fn swallow_from(&mut self, held: &[u8], from: usize, more: More) -> usize {
        let Some(mut swallow) = self.swallow.take() else {
            return from;
        };
        let (eaten, over) = swallow.eat(&held[from..], more == More::None);
        if !over {
            self.swallow = Some(swallow);
        }
        from + eaten
    }
}

/// Whether the stream goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum More {
    Follows,
    None,
}

/// Passes text on and puts back, in its place, what had been taken out of it.
struct Out<'i> {
    into: &'i mut Vec<u8>,
    taken: std::iter::Peekable<std::vec::IntoIter<(usize, Vec<u8>)>>,
    held: &'i [u8],
    /// How much of the held text has been passed on or replaced.
    passed: usize,
}

impl Out<'_> {
    /// Passes on what comes before `to`.
    fn plain_to(&mut self, to: usize) {
        while let Some((place, bytes)) = self.taken.next_if(|(place, _)| *place < to) {
            let place = place.max(self.passed);
            self.into.extend_from_slice(&self.held[self.passed..place]);
            self.into.extend_from_slice(&bytes);
            self.passed = place;
        }
        if self.passed < to {
            self.into.extend_from_slice(&self.held[self.passed..to]);
            self.passed = to;
        }
    }

    /// Stands for everything up to `end`. Colours from inside it follow it.
    fn placeholder(&mut self, name: &str, end: usize) {
        while let Some((_, bytes)) = self.taken.next_if(|(place, _)| *place <= self.passed) {
            self.into.extend_from_slice(&bytes);
        }
        self.into.extend_from_slice(format!("[redacted:{name}]").as_bytes());
        self.drop_to(end);
    }

    /// Leaves out the text up to `end`, and with it the line breaks that wrapped it; colours stay.
    fn drop_to(&mut self, end: usize) {
        while let Some((_, bytes)) = self.taken.next_if(|(place, _)| *place < end) {
            if bytes.first() == Some(&0x1b) {
                self.into.extend_from_slice(&bytes);
            }
        }
        self.passed = self.passed.max(end);
    }

    fn rest(&mut self) {
        for (_, bytes) in self.taken.by_ref() {
            self.into.extend_from_slice(&bytes);
        }
    }
}
