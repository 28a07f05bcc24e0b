//! `save=NAME`: what a block has printed becomes a value for the blocks after it.
//!
//! A value that is or holds a secret is kept in memory only, and given like any secret: its name is recorded, never its text.

use super::Live;
use crate::exec::redact;
use crate::exec::{GENERATED, Printed, Secret};
use crate::journal::Needs;
use crate::run::decide::Start;
use crate::run::event::{AttemptId, Event};
use crate::run::{Outcome, Value};
use crate::session::{Fault, Session};

/// Longest value that is saved, in bytes: it travels in an environment.
const LONGEST: u64 = 64 << 10;

/// What is to be saved of an output.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Saved {
    Value(String),
    /// A generated value; the stream holds only its mark.
    Generated(String),
    Nothing(&'static str),
}

impl Live {
    /// The name that takes the output, and what it takes.
    pub(super) fn saved(&self) -> Option<(String, Saved)> {
        let name = self.start.save.clone()?;
        let tape = self.handle.tape();
        let counts = tape.counts();
        if counts.bytes > LONGEST {
            return Some((name, Saved::Nothing("the output is longer than 64 KiB")));
        }
        if counts.redacted > 0 {
            let saved = match <[String; 1]>::try_from(tape.revealed()) {
                Ok([value]) if counts.redacted == 1 => Saved::Generated(value),
                Err(lines) if self.start.secret && counts.redacted == lines.len() as u64 => {
                    Saved::Generated(lines.join("\n"))
                }
                Ok(_) | Err(_) => Saved::Nothing("the output holds a secret among other things"),
            };
            return Some((name, saved));
        }
        // Like `$(…)`: what came by standard error is no part of the value.
        let mut printed = Vec::new();
        tape.since(0, &mut printed);
        for (at, length) in tape.errors().spans.into_iter().rev() {
            let at = usize::try_from(at).unwrap_or(usize::MAX);
            printed.drain(at..at + usize::try_from(length).unwrap_or(0));
        }
        let text = String::from_utf8_lossy(&strip_ansi_escapes::strip(printed)).replace("\r\n", "\n");
        let text = text.trim_end_matches('\n').to_owned();
        Some((name, if text.is_empty() { Saved::Nothing("it printed nothing") } else { Saved::Value(text) }))
    }
}

impl Session {
    /// What a generator printed in an attempt of this process. It stands in no record, and is gone with the process.
    #[must_use]
    pub fn generated(&self, attempt: AttemptId) -> &[String] {
        self.generated.get(&attempt).map_or(&[], Vec::as_slice)
    }

    /// Attempts whose generated values can be looked at.
    pub fn with_generated(&self) -> impl Iterator<Item = AttemptId> {
        self.generated.keys().copied()
    }

    pub(super) fn hold_generated(&mut self, attempt: AttemptId, secret: &Secret) {
        if secret.name == GENERATED {
            self.generated.entry(attempt).or_default().push(secret.value.clone());
        }
    }

    /// Whether a block's output has to be held back as if a generator had printed it.
    pub(super) fn printed_by(&self, start: &Start) -> Printed {
        let saves_secret = start.save.as_ref().is_some_and(|name| self.secrets.must_keep(&self.book, name, ""));
        if start.secret || self.secrets.too_short().is_some() {
            Printed::Secret
        } else if saves_secret || redact::is_generator(&start.intended.text) {
            Printed::Generated
        } else {
            Printed::Ordinary
        }
    }

    /// Gives a saved value, once the attempt is recorded as a success.
    pub(super) fn give_saved(
        &mut self,
        attempt: AttemptId,
        expect: &[i32],
        saved: Option<(String, Saved)>,
    ) -> Result<(), Fault> {
        let Some((name, saved)) = saved else { return Ok(()) };
        let outcome = self.run.attempt(attempt).map(|attempt| attempt.outcome(expect));
        if !matches!(outcome, Some(Outcome::Succeeded | Outcome::Matched)) {
            return Ok(());
        }
        let (secret, value) = match saved {
            Saved::Generated(value) => (true, value),
            Saved::Value(value) => (self.secrets.must_keep(&self.book, &name, &value), value),
            Saved::Nothing(why) => {
                let step = self.run.attempt(attempt).map(|attempt| attempt.intended.target.step.clone());
                let text = format!("nothing was saved as {name}: {why}");
                return self.append(Needs::Nothing, &Event::NoteAdded { step, text }).map(|_| ());
            }
        };
        if secret {
            self.secrets.give(&name, value);
            self.run.values.insert(name.clone(), Value::Secret);
            return self
                .append(Needs::Nothing, &Event::ValueGiven { name, secret: true, value: None, from: None })
                .map(|_| ());
        }
        self.append(Needs::Nothing, &Event::ValueGiven { name, secret: false, value: Some(value), from: None })
            .map(|_| ())
    }
}
