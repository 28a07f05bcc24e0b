//! The record as one JSON document that can be verified alone (`"schema": 1`).
//!
//! ```text
//! {"schema":1,"kind":"gonogo-record","drawn_by":"gonogo 0.1.0 report 5",
//!  …the fields of `Record`: what the evidence says, in words…,
//!  "entries":[{"seq":1,"prev":HEX,"hash":HEX,"body":"…the exact stored text…"}],
//!  "runbook":{"sha256":HEX,"text":"…"},               its exact bytes, or "base64" instead of "text" when they are no UTF-8
//!  "editions":[{"sha256":HEX,"text":"…"}],             edited versions, one for each entry that adopts or declines one; may be absent
//!  "outputs":[{"attempt":1,"parts":[PART]}]}
//! PART is one of
//!  {"salt":HEX,"digest":HEX,"bytes":N,"text":"…"}      the bytes, as text or base64 like the runbook
//!  {"digest":HEX,"bytes":N,"shredded_by":SEQ}          removed; the entry says why
//!  {"digest":HEX,"bytes":N,"left_out":true}            not part of this export
//! ```
//!
//! Of an entry, `hash` is SHA-256 over `gonogo/event/v1\n`, the 32 bytes of `prev`, the length of `body` in UTF-8 as eight
//! bytes (big-endian), and `body`. The first `prev` is 32 zero bytes. `runbook.sha256` is the digest of the runbook's bytes and
//! stands in the first entry (`data.runbook`); `digest` of a part is SHA-256 over salt and bytes and stands in the
//! entry that ended the attempt (`data.output.parts`). All other fields follow from entries and runbook; a verifier
//! composes them again and compares. Objects have no other keys and no key twice.

use super::check::Checked;
use super::evidence::{Evidence, KeptPart, OutputBytes, StoredEntry};
use super::record::{DRAWN_BY, Record, SCHEMA};
use super::text;
use crate::run::Progress;
use crate::run::base64;
use crate::run::event::{AttemptId, OutputPart};
use crate::runbook::Digest;
use serde::Serialize;

/// What `kind` says.
pub const KIND: &str = "gonogo-record";

/// Writes the record with all its evidence: one document, two spaces of indentation, a line end at the end.
#[must_use]
pub fn json(checked: &Checked, output: OutputBytes) -> String {
    let record = checked.record();
    let evidence = &checked.evidence;
    let document = File {
        schema: SCHEMA,
        kind: KIND,
        drawn_by: DRAWN_BY,
        record: &record,
        entries: evidence.entries.iter().map(Entry::from).collect(),
        runbook: Book::of(&evidence.runbook),
        editions: evidence.editions.iter().map(|bytes| Book::of(bytes)).collect(),
        outputs: outputs(checked, output),
    };
    let text = serde_json::to_string_pretty(&document).expect("a record has string keys and no floats");
    text::json_escaped(&text) + "\n"
}

#[derive(Serialize)]
struct File<'a> {
    schema: u32,
    kind: &'static str,
    drawn_by: &'static str,
    #[serde(flatten)]
    record: &'a Record,
    entries: Vec<Entry<'a>>,
    runbook: Book<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    editions: Vec<Book<'a>>,
    outputs: Vec<Output<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    seq: u64,
    prev: String,
    hash: String,
    body: &'a str,
}

impl<'a> From<&'a StoredEntry> for Entry<'a> {
    fn from(entry: &'a StoredEntry) -> Self {
        Entry { seq: entry.seq, prev: entry.prev.hex(), hash: entry.hash.hex(), body: &entry.body }
    }
}

#[derive(Serialize)]
struct Book<'a> {
    sha256: String,
    #[serde(flatten)]
    content: Content<'a>,
}

impl<'a> Book<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Book { sha256: Digest::of(bytes).hex(), content: Content::of(bytes) }
    }
}

/// Bytes: as text where they are some.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Content<'a> {
    Text(&'a str),
    Base64(String),
}

impl<'a> Content<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        std::str::from_utf8(bytes).map_or_else(|_| Content::Base64(base64::encode(bytes)), Content::Text)
    }
}

#[derive(Serialize)]
struct Output<'a> {
    attempt: AttemptId,
    parts: Vec<Part<'a>>,
}

#[derive(Serialize)]
struct Part<'a> {
    digest: String,
    bytes: u64,
    #[serde(flatten)]
    state: State<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum State<'a> {
    Here {
        salt: String,
        #[serde(flatten)]
        content: Content<'a>,
    },
    Shredded {
        shredded_by: u64,
    },
    LeftOut {
        left_out: bool,
    },
}

fn outputs(checked: &Checked, output: OutputBytes) -> Vec<Output<'_>> {
    let attempts = checked.run.attempts.iter().filter_map(|attempt| match &attempt.progress {
        Progress::Ended { ended, .. } if !ended.output.parts.is_empty() => Some((attempt.id(), &ended.output.parts)),
        Progress::Ended { .. } | Progress::Running | Progress::Unknown | Progress::Resolved { .. } => None,
    });
    attempts.map(|(attempt, said)| Output { attempt, parts: parts(&checked.evidence, attempt, said, output) }).collect()
}

fn parts<'a>(evidence: &'a Evidence, attempt: AttemptId, said: &[OutputPart], output: OutputBytes) -> Vec<Part<'a>> {
    let kept = evidence.output(attempt.0).iter();
    let part = |(kept, said): (&'a KeptPart, &OutputPart)| {
        let state = match (kept, output) {
            (KeptPart::Here { salt, bytes }, OutputBytes::Kept) => {
                State::Here { salt: hex(salt), content: Content::of(bytes) }
            }
            (KeptPart::Shredded { by }, _) => State::Shredded { shredded_by: *by },
            (KeptPart::LeftOut, _) | (KeptPart::Here { .. }, OutputBytes::LeftOut) => State::LeftOut { left_out: true },
        };
        Part { digest: said.digest.hex(), bytes: said.bytes, state }
    };
    kept.zip(said).map(part).collect()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a String cannot fail");
        hex
    })
}
