//! The stored form of a fact, and the chain that links one to the next.

use super::canonical::sorted;
use super::{Actor, Event, FORMAT, RunId, Stamp};
use crate::runbook::Digest;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A fact with its place in the chain of its run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub run: RunId,
    /// 1-based, without gaps.
    pub seq: u64,
    pub stamp: Stamp,
    pub event: Event,
    /// Hash of the entry before; [`Digest::ZERO`] for the first.
    pub prev: Digest,
    pub hash: Digest,
}

/// The stored form of an entry; `prev` and `hash` stand beside it.
#[derive(Serialize, Deserialize)]
struct Body {
    v: u32,
    run: RunId,
    seq: u64,
    at: DateTime<Utc>,
    mono_us: u64,
    boot: String,
    by: Actor,
    #[serde(flatten)]
    event: Event,
}

/// What is read first, so that a newer form is called newer and not malformed.
#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    v: u64,
}

/// Why stored bytes are no entry of this version.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    #[error("entry is not in the stored form: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("entry has format {0}; this program reads format {FORMAT}")]
    Newer(u64),
    #[error("entry is not in canonical form")]
    NotCanonical,
}

impl Entry {
    /// Writes the canonical body of the entry that follows `prev`, and its hash.
    ///
    /// `hash = SHA-256("gonogo/event/v1\n" ‖ prev ‖ u64be(len) ‖ body)`.
    #[must_use]
    pub fn seal(run: &RunId, seq: u64, stamp: Stamp, event: Event, prev: Digest) -> (Self, String) {
        let mut entry = Entry { run: run.clone(), seq, stamp, event, prev, hash: Digest::ZERO };
        let body = entry.body();
        entry.hash = chain(&prev, body.as_bytes());
        (entry, body)
    }

    /// The canonical body; equal to the stored bytes, because reading demands it.
    #[must_use]
    pub fn body(&self) -> String {
        canonical(&Body {
            v: FORMAT,
            run: self.run.clone(),
            seq: self.seq,
            at: self.stamp.at,
            mono_us: self.stamp.mono_us,
            boot: self.stamp.boot.clone(),
            by: self.stamp.by.clone(),
            event: self.event.clone(),
        })
    }

    /// Reads a stored body, demanding that it is the canonical form of what it says.
    ///
    /// # Errors
    /// When the body is malformed, of another format, or not canonical. Whether the hash fits is for the caller to check.
    pub fn read(body: &str, prev: Digest, hash: Digest) -> Result<Self, Unreadable> {
        let Version { v } = serde_json::from_str(body)?;
        if v != u64::from(FORMAT) {
            return Err(Unreadable::Newer(v));
        }
        let read: Body = serde_json::from_str(body)?;
        if canonical(&read) != body {
            return Err(Unreadable::NotCanonical);
        }
        let stamp = Stamp { at: read.at, mono_us: read.mono_us, boot: read.boot, by: read.by };
        Ok(Entry { run: read.run, seq: read.seq, stamp, event: read.event, prev, hash })
    }
}

/// Links a body to the one before.
#[must_use]
pub fn chain(prev: &Digest, body: &[u8]) -> Digest {
    let length = (body.len() as u64).to_be_bytes();
    Digest::of_parts(&[b"gonogo/event/v1\n", &prev.0, &length, body])
}

fn canonical(body: &Body) -> String {
    sorted(&serde_json::to_string(body).expect("the stored form has string keys and no floats"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::StepId;

    fn stamp() -> Stamp {
        let at = "2026-11-21T02:14:07.123456Z".parse().unwrap();
        let by = Actor { name: "dana".into(), user: "ops".into(), uid: 7, host: "bastion".into(), ..Actor::default() };
        Stamp { at, mono_us: 42, boot: "b".into(), by }
    }

    #[test]
    fn a_body_is_canonical_and_reads_back() {
        let run = RunId("01JD".into());
        let event = Event::NoteAdded { step: Some(StepId("cut-over".into())), text: "naïve \"quote\"".into() };
        let (entry, body) = Entry::seal(&run, 3, stamp(), event, Digest::ZERO);
        assert_eq!(
            body,
            r#"{"at":"2026-11-21T02:14:07.123456Z","boot":"b","by":{"host":"bastion","name":"dana","uid":7,"user":"ops"},"data":{"step":"cut-over","text":"naïve \"quote\""},"kind":"note_added","mono_us":42,"run":"01JD","seq":3,"v":1}"#
        );
        assert_eq!(Entry::read(&body, Digest::ZERO, entry.hash).unwrap(), entry);
        assert_eq!(entry.hash, chain(&Digest::ZERO, body.as_bytes()));
    }

    #[test]
    fn a_body_that_is_not_canonical_is_refused() {
        let (entry, body) = Entry::seal(&RunId("r".into()), 1, stamp(), Event::SittingEnded, Digest::ZERO);
        let read = |body: &str| Entry::read(body, Digest::ZERO, entry.hash).unwrap_err().to_string();
        assert_eq!(read(&body.replace(",\"v\"", ", \"v\"")), "entry is not in canonical form");
        assert_eq!(read(&body.replace("\"v\":1", "\"v\":2")), "entry has format 2; this program reads format 1");
        assert!(read(&body.replace("sitting_ended", "sitting_extended")).contains("unknown variant"));
        assert!(read("{").starts_with("entry is not in the stored form"));
    }
}
