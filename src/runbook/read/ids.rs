//! Numbers and ids: unique in the runbook, stable as long as titles are.

use super::findings::Findings;
use crate::runbook::{Phase, PhaseId, Step, StepId};
use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher};

/// The numbers and ids that were given so far.
#[derive(Default)]
pub struct Numbers {
    phases: Ids,
    steps: Ids,
    last: u32,
}

impl Numbers {
    /// Numbers the next phase and its steps and gives each the author's id or a slug of its title.
    pub fn assign(&mut self, phase: &mut Phase, findings: &mut Findings) {
        if phase.id.0 != "preamble" {
            self.last += 1;
            phase.number = self.last;
        }
        let Phase { id, title, line, span, .. } = &*phase;
        phase.id = PhaseId(self.phases.take(&id.0, title, "phase", *line, span, findings));
        self.assign_steps(&mut phase.steps, &phase.number.to_string(), findings);
    }

    fn assign_steps(&mut self, steps: &mut [Step], prefix: &str, findings: &mut Findings) {
        for (at, step) in steps.iter_mut().enumerate() {
            step.number = numbered(prefix, at + 1);
            let Step { id, title, line, span, .. } = &*step;
            step.id = StepId(self.steps.take(&id.0, title, "step", *line, span, findings));
            self.assign_steps(&mut step.steps, &step.number, findings);
        }
    }
}

/// `3.2` below `3`.
fn numbered(prefix: &str, place: usize) -> String {
    joined(prefix, '.', place)
}

fn joined(prefix: &str, joint: char, place: usize) -> String {
    let mut digits = [0_u8; 20];
    let (mut at, mut left) = (digits.len(), place);
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(left % 10).unwrap_or(0);
        left /= 10;
        if left == 0 {
            break;
        }
    }
    let digits = std::str::from_utf8(&digits[at..]).expect("digits are ASCII");
    let mut number = String::with_capacity(prefix.len() + 1 + digits.len());
    number.push_str(prefix);
    number.push(joint);
    number.push_str(digits);
    number
}

#[derive(Default)]
struct Ids {
    /// How often each slug was given: `check-logs` three times stands for `check-logs-2` and `check-logs-3` as well, so that
    /// a long document that repeats its titles needs little room. Slugs by their hash, because there may be as many as
    /// steps; two slugs of one hash are taken for the same: the second then gets a number that it does not need.
    given: HashMap<u64, u32, BuildHasherDefault<Given>>,
    hasher: RandomlyKeyed,
    /// The slug at hand.
    base: String,
}

/// Hashes slugs with a key that no document knows.
type RandomlyKeyed = std::hash::RandomState;

/// What is looked up is a hash already.
#[derive(Default)]
struct Given(u64);

impl Hasher for Given {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl Ids {
    fn take(
        &mut self,
        explicit: &str,
        title: &str,
        kind: &str,
        line: u32,
        span: &crate::runbook::Span,
        findings: &mut Findings,
    ) -> String {
        self.base.clear();
        if explicit.is_empty() {
            slug(title, &mut self.base);
        } else {
            self.base.push_str(explicit);
        }
        if self.base.is_empty() {
            self.base.push_str(kind);
        }
        let base = self.base.as_str();
        let hash = self.hasher.hash_one(base);
        let mut count = self.given.get(&hash).copied().unwrap_or_else(|| u32::from(self.is_counted(base)));
        if count == 0 {
            self.given.insert(hash, 1);
            return base.to_owned();
        }
        if !explicit.is_empty() {
            let message = format!("the id `{explicit}` is used more than once");
            findings
                .error("duplicate-id", message, span.clone())
                .hint(format!("give the {kind} in line {line} an id of its own"));
        }
        loop {
            count += 1;
            let id = counted(base, count);
            if !self.given.contains_key(&self.hasher.hash_one(id.as_str())) {
                self.given.insert(hash, count);
                return id;
            }
        }
    }

    /// Whether a slug was given with a number behind another one: `check-logs-2`.
    fn is_counted(&self, slug: &str) -> bool {
        let Some((base, number)) = slug.rsplit_once('-').filter(|(_, number)| !number.starts_with(['0', '+'])) else {
            return false;
        };
        let given = || self.given.get(&self.hasher.hash_one(base)).copied().unwrap_or(0);
        number.parse().is_ok_and(|number: u32| (2..=given()).contains(&number))
    }
}

/// Writes lower case letters and digits of any script with single hyphens between words; at most 60 characters.
pub fn slug(title: &str, slug: &mut String) {
    let mut count = 0;
    for c in title.chars() {
        // Nearly all letters are ASCII.
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
            count += 1;
        } else {
            count += c.to_lowercase().map(|c| put(slug, c)).sum::<usize>();
        }
        if count >= 60 {
            break;
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
}

/// Adds a lower-case character, or the hyphen that stands for it; says how many letters and digits that makes.
fn put(slug: &mut String, c: char) -> usize {
    if c.is_alphanumeric() {
        slug.push(c);
        return 1;
    }
    if !slug.is_empty() && !slug.ends_with('-') {
        slug.push('-');
    }
    0
}

/// `check-logs-2`.
fn counted(base: &str, count: u32) -> String {
    joined(base, '-', usize::try_from(count).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ids of so many steps with these titles, in order.
    fn ids(titles: &[&str]) -> Vec<String> {
        let mut ids = Ids::default();
        titles.iter().map(|title| ids.take("", title, "step", 1, &(0..0), &mut Findings::default())).collect()
    }

    #[test]
    fn no_id_is_given_twice() {
        assert_eq!(ids(&["Go!", "go", "GO", "Go 2", "Go 02"]), ["go", "go-2", "go-3", "go-2-2", "go-02"]);
        assert_eq!(ids(&["Go 2", "Go", "Go", "Go 3", "Go 1"]), ["go-2", "go", "go-3", "go-3-2", "go-1"]);
        assert_eq!(ids(&["Go", "Go", "Go 2", "Go 2", "Go 2 2"]), ["go", "go-2", "go-2-2", "go-2-3", "go-2-2-2"]);
        assert_eq!(ids(&["", "Step", "→"]), ["step", "step-2", "step-3"]);
    }
}
