//! The stored form of a fact, and the chain that links one to the next.

use super::canonical::{numbers_fit, sort_into};
use super::{Actor, Event, FORMAT, RunId, Stamp, moment};
use crate::runbook::Digest;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

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

/// The stored form of an entry; `prev` and `hash` stand beside it. What is an event of its own is read when its kind is
/// known.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read<'j> {
    #[serde(borrow)]
    at: &'j RawValue,
    boot: String,
    #[serde(borrow)]
    by: &'j RawValue,
    #[serde(borrow, default)]
    data: Option<&'j RawValue>,
    #[serde(borrow)]
    kind: &'j RawValue,
    mono_us: u64,
    run: RunId,
    seq: u64,
    v: u32,
}

/// How every body of this version ends: `v` is the last key.
const OURS: &str = ",\"v\":1}";

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
    #[error("entry holds a number beyond 2^53 − 1, which not every reader reads alike")]
    TooLarge,
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
        let mut parts = Parts::default();
        push(&mut parts.at, &self.stamp.at);
        push_sorted(&mut parts.by, &self.stamp.by);
        let mut body = Vec::new();
        self.write(&parts.at, &parts.by, &mut parts.event, &mut body);
        String::from_utf8(body).expect("JSON is UTF-8")
    }

    /// Writes the canonical body, of which the forms of time and actor are known already. `event` is room to write in.
    fn write(&self, at: &[u8], by: &[u8], event: &mut Vec<u8>, body: &mut Vec<u8>) {
        event.clear();
        push(event, &self.event);
        let kind = self.event.kind();
        // `{"called":…}`, or nothing but `"sitting_ended"`.
        let data = event.starts_with(b"{").then(|| &event[kind.len() + b"{\"\":".len()..event.len() - 1]);
        for piece in [b"{\"at\":".as_slice(), at, b",\"boot\":"] {
            body.extend_from_slice(piece);
        }
        push(body, &self.stamp.boot);
        body.extend_from_slice(b",\"by\":");
        body.extend_from_slice(by);
        if let Some(data) = data {
            body.extend_from_slice(DATA.as_bytes());
            sort_into(std::str::from_utf8(data).expect("JSON is UTF-8"), body);
        }
        for piece in [",\"kind\":\"", kind, "\",\"mono_us\":"] {
            body.extend_from_slice(piece.as_bytes());
        }
        push(body, &self.stamp.mono_us);
        body.extend_from_slice(b",\"run\":");
        push(body, &self.run);
        body.extend_from_slice(b",\"seq\":");
        push(body, &self.seq);
        body.extend_from_slice(b",\"v\":");
        push(body, &FORMAT);
        body.push(b'}');
    }

    /// Reads a stored body, demanding that it is the canonical form of what it says.
    ///
    /// # Errors
    /// When the body is malformed, of another format, or not canonical. Whether the hash fits is for the caller to check.
    pub fn read(body: &str, prev: Digest, hash: Digest) -> Result<Self, Unreadable> {
        Reader::default().read(body, prev, hash)
    }
}

/// What stands before the data of an event in a body.
const DATA: &str = ",\"data\":";

const JSON: &str = "the stored form has string keys and no floats";

fn push(into: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(into, value).expect(JSON);
}

fn push_sorted(into: &mut Vec<u8>, value: &impl Serialize) {
    sort_into(&serde_json::to_string(value).expect(JSON), into);
}

/// Room for the pieces of a body.
#[derive(Debug, Default)]
struct Parts {
    at: Vec<u8>,
    by: Vec<u8>,
    event: Vec<u8>,
}

/// Reads stored bodies one after another. Most entries of a run come from one person at one place: what says so is
/// compared with the entry before, and parsed only where it differs.
#[derive(Debug, Default)]
pub struct Reader {
    /// Who acted last; its canonical form is in `parts.by`.
    by: Option<Actor>,
    parts: Parts,
    event: String,
    body: Vec<u8>,
}

impl Reader {
    /// As [`Entry::read`].
    ///
    /// # Errors
    /// As for [`Entry::read`].
    pub fn read(&mut self, body: &str, prev: Digest, hash: Digest) -> Result<Entry, Unreadable> {
        // What this version writes ends with its number; only others are asked for theirs.
        if !body.ends_with(OURS) {
            let Version { v } = serde_json::from_str(body)?;
            if v != u64::from(FORMAT) {
                return Err(Unreadable::Newer(v));
            }
        }
        let read: Read<'_> = serde_json::from_str(body)?;
        if read.v != FORMAT {
            return Err(Unreadable::Newer(u64::from(read.v)));
        }
        let at = self.moment(read.at.get())?;
        let by = self.actor(read.by.get())?;
        let event = self.event(&read)?;
        let stamp = Stamp { at, mono_us: read.mono_us, boot: read.boot, by };
        let entry = Entry { run: read.run, seq: read.seq, stamp, event, prev, hash };
        let Reader { parts: Parts { at, by, event }, body: written, .. } = self;
        written.clear();
        entry.write(at, by, event, written);
        if written != body.as_bytes() {
            return Err(Unreadable::NotCanonical);
        }
        if numbers_fit(body) { Ok(entry) } else { Err(Unreadable::TooLarge) }
    }

    /// When it was, with its canonical form in `parts.at`.
    fn moment(&mut self, stored: &str) -> Result<DateTime<Utc>, Unreadable> {
        self.parts.at.clear();
        if let Some(at) = moment::read(stored) {
            self.parts.at.extend_from_slice(stored.as_bytes());
            return Ok(at);
        }
        let at = serde_json::from_str(stored)?;
        push(&mut self.parts.at, &at);
        Ok(at)
    }

    /// Who acted, with its canonical form in `parts.by`.
    fn actor(&mut self, stored: &str) -> Result<Actor, Unreadable> {
        if let Some(actor) = &self.by
            && self.parts.by == stored.as_bytes()
        {
            return Ok(actor.clone());
        }
        let actor: Actor = serde_json::from_str(stored)?;
        self.parts.by.clear();
        push_sorted(&mut self.parts.by, &actor);
        self.by = Some(actor.clone());
        Ok(actor)
    }

    /// An event is read with its kind in front of its data: the other way round everything would be read twice.
    fn event(&mut self, read: &Read<'_>) -> Result<Event, serde_json::Error> {
        let Some(data) = read.data else {
            return serde_json::from_str(read.kind.get());
        };
        self.event.clear();
        for piece in ["{", read.kind.get(), ":", data.get(), "}"] {
            self.event.push_str(piece);
        }
        serde_json::from_str(&self.event)
    }
}

/// Links a body to the one before.
#[must_use]
pub fn chain(prev: &Digest, body: &[u8]) -> Digest {
    let length = (body.len() as u64).to_be_bytes();
    Digest::of_parts(&[b"gonogo/event/v1\n", &prev.0, &length, body])
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
        assert!(body.ends_with(OURS) && OURS.contains(&FORMAT.to_string()));
        assert_eq!(read(&body.replace("\"v\":1", "\"v\":2")), "entry has format 2; this program reads format 1");
        assert!(read(&body.replace("sitting_ended", "sitting_extended")).contains("unknown variant"));
        let beyond = body.replace("\"mono_us\":42", "\"mono_us\":9007199254740992");
        assert!(read(&beyond).starts_with("entry holds a number beyond"), "{}", read(&beyond));
        assert!(Entry::read(&beyond.replace("992", "991"), Digest::ZERO, entry.hash).is_ok());
        assert!(read("{").starts_with("entry is not in the stored form"));
    }
}
