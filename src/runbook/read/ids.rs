//! Numbers and ids: unique in the runbook, stable as long as titles are.

use super::findings::Findings;
use super::text::plain;
use crate::runbook::{Phase, PhaseId, Step, StepId};
use std::collections::{HashMap, HashSet};
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
            step.number = joined(prefix, '.', at + 1);
            let Step { id, title, line, span, .. } = &*step;
            step.id = StepId(self.steps.take(&id.0, title, "step", *line, span, findings));
            self.assign_steps(&mut step.steps, &step.number, findings);
        }
    }
}

/// `3.2` below `3`.
fn joined(prefix: &str, joint: char, place: usize) -> String {
    let digits = place.checked_ilog10().unwrap_or(0) as usize + 1;
    let mut number = String::with_capacity(prefix.len() + 1 + digits);
    number.push_str(prefix);
    number.push(joint);
    push_digits(&mut number, place);
    number
}

fn push_digits(out: &mut String, number: usize) {
    if number > 9 {
        push_digits(out, number / 10);
    }
    out.push(char::from(b'0' + u8::try_from(number % 10).unwrap_or(0)));
}

#[derive(Default)]
struct Ids {
    /// How often each slug was given: `check-logs` three times stands for `check-logs-2` and `check-logs-3` as well, so that
    /// a long document that repeats its titles needs little room. Slugs by their hash, because there may be as many as
    /// steps; two slugs of one hash are taken for the same: the second then gets a number that it does not need.
    given: HashMap<u64, u32, BuildHasherDefault<Given>>,
    /// The slugs, by their hash, of which one with a number behind was given as it is: only there may a number be taken.
    forestalled: HashSet<u64, BuildHasherDefault<Given>>,
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
        let hash = self.hash(base);
        let mut count = self.given.get(&hash).copied().unwrap_or_else(|| u32::from(self.is_counted(base)));
        if count == 0 {
            if let Some((before, _)) = split_count(base) {
                self.forestalled.insert(self.hash(before));
            }
            self.given.insert(hash, 1);
            return base.to_owned();
        }
        if !explicit.is_empty() {
            let message = format!("the id `{explicit}` is used more than once");
            findings
                .error("duplicate-id", message, span.clone())
                .hint(format!("give the {kind} in line {line} an id of its own"));
        }
        let may_be_given = self.forestalled.contains(&hash);
        loop {
            count += 1;
            let id = counted(base, count);
            if !(may_be_given && self.given.contains_key(&self.hash(&id))) {
                self.given.insert(hash, count);
                return id;
            }
        }
    }

    fn hash(&self, slug: &str) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(slug.as_bytes());
        hasher.finish()
    }

    /// Whether a slug was given with a number behind another one: `check-logs-2`.
    fn is_counted(&self, slug: &str) -> bool {
        split_count(slug).is_some_and(|(base, count)| {
            let given = self.given.get(&self.hash(base)).copied().unwrap_or(0);
            (2..=given).contains(&count)
        })
    }
}

/// `check-logs` and 2 of `check-logs-2`.
fn split_count(slug: &str) -> Option<(&str, u32)> {
    // Hardly a slug ends in a digit.
    if !slug.as_bytes().last()?.is_ascii_digit() {
        return None;
    }
    let (base, number) = slug.rsplit_once('-').filter(|(_, number)| !number.starts_with(['0', '+']))?;
    Some((base, number.parse().ok()?))
}

/// So many letters and digits a slug has at most.
const LONGEST: usize = 60;

/// Writes lower case letters and digits of any script with single hyphens between words.
pub fn slug(title: &str, slug: &mut String) {
    // Nearly all titles are ASCII.
    if title.is_ascii() {
        return plain_slug(title, slug);
    }
    let mut count = 0;
    for c in title.chars() {
        count += c.to_lowercase().map(|c| put(slug, c)).sum::<usize>();
        if count >= LONGEST {
            break;
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
}

/// The same for a title in ASCII.
fn plain_slug(title: &str, slug: &mut String) {
    let mut written = [b'-'; 2 * LONGEST];
    let (mut length, mut count) = (0, 0);
    for byte in title.bytes() {
        let letter = plain(byte);
        if letter != b'-' {
            written[length] = letter;
            length += 1;
            count += 1;
            if count == LONGEST {
                break;
            }
        } else if length > 0 && written[length - 1] != b'-' {
            written[length] = letter;
            length += 1;
        }
    }
    let written = str::from_utf8(&written[..length]).expect("only ASCII was written");
    slug.push_str(written.strip_suffix('-').unwrap_or(written));
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
    fn slugs_are_words_with_hyphens_between() {
        let of = |title: &str| {
            let mut written = String::new();
            slug(title, &mut written);
            written
        };
        assert_eq!(of("  Check -- the Logs! "), "check-the-logs");
        assert_eq!(of("Prüfe -- die Logs! "), "prüfe-die-logs");
        assert_eq!(of(&"a ".repeat(70)), format!("{}a", "a-".repeat(59)));
        assert_eq!(of(&"ä ".repeat(70)), format!("{}ä", "ä-".repeat(59)));
        assert_eq!(of("-- !"), "");
    }

    #[test]
    fn no_id_is_given_twice() {
        assert_eq!(ids(&["Go!", "go", "GO", "Go 2", "Go 02"]), ["go", "go-2", "go-3", "go-2-2", "go-02"]);
        assert_eq!(ids(&["Go 2", "Go", "Go", "Go 3", "Go 1"]), ["go-2", "go", "go-3", "go-3-2", "go-1"]);
        assert_eq!(ids(&["Go", "Go", "Go 2", "Go 2", "Go 2 2"]), ["go", "go-2", "go-2-2", "go-2-3", "go-2-2-2"]);
        assert_eq!(ids(&["", "Step", "→"]), ["step", "step-2", "step-3"]);
    }
}
