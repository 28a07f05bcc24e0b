//! The evidence of a record file as it is written there; see [`crate::audit::json`] for the form.
//!
//! Strict about its own part of the document: no other keys, no key twice, no null. The rest is skipped here and compared
//! in [`super::same`].

use crate::audit::check::{Flaw, Place};
use crate::audit::evidence::{Evidence, KeptOutput, KeptPart, StoredEntry};
use crate::run::base64;
use crate::run::event::{AttemptId, OutputPart};
use crate::runbook::Digest;
use serde::{Deserialize, Deserializer};

#[derive(Deserialize)]
pub(super) struct Raw {
    entries: Vec<RawEntry>,
    runbook: RawBook,
    #[serde(default)]
    editions: Vec<RawBook>,
    outputs: Vec<RawOutput>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    seq: u64,
    prev: String,
    hash: String,
    body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBook {
    sha256: String,
    #[serde(default, deserialize_with = "present")]
    text: Option<String>,
    #[serde(default, deserialize_with = "present")]
    base64: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOutput {
    attempt: AttemptId,
    parts: Vec<RawPart>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPart {
    digest: String,
    bytes: u64,
    #[serde(default, deserialize_with = "present")]
    salt: Option<String>,
    #[serde(default, deserialize_with = "present")]
    text: Option<String>,
    #[serde(default, deserialize_with = "present")]
    base64: Option<String>,
    #[serde(default, deserialize_with = "present")]
    shredded_by: Option<u64>,
    #[serde(default, deserialize_with = "present")]
    left_out: Option<bool>,
}

/// A key that may be absent; when it is there it has a value.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl Raw {
    /// What the file says about its outputs beside their bytes. Digests that are none become zeros, which fit nothing.
    pub fn outputs_said(&self) -> Vec<(AttemptId, Vec<OutputPart>)> {
        let part =
            |part: &RawPart| OutputPart { bytes: part.bytes, digest: digest(&part.digest).unwrap_or(Digest::ZERO) };
        self.outputs.iter().map(|output| (output.attempt, output.parts.iter().map(part).collect())).collect()
    }

    /// The evidence, decoded but not yet checked.
    pub fn evidence(self) -> Result<Evidence, Flaw> {
        let entries = self.entries.into_iter().enumerate().map(entry).collect::<Result<_, _>>()?;
        let runbook = book(self.runbook)?;
        let editions = self.editions.into_iter().map(book).collect::<Result<_, _>>()?;
        let outputs = self.outputs.into_iter().map(output).collect::<Result<_, _>>()?;
        Ok(Evidence { runbook, editions, entries, outputs })
    }
}

fn entry((place, raw): (usize, RawEntry)) -> Result<StoredEntry, Flaw> {
    let read = |name: &str, hex: &str| {
        digest(hex).ok_or_else(|| Flaw::Altered {
            place: Place::Entry(place as u64 + 1),
            reason: format!("its `{name}` is no SHA-256 digest in lower-case hexadecimal digits"),
        })
    };
    Ok(StoredEntry { seq: raw.seq, prev: read("prev", &raw.prev)?, hash: read("hash", &raw.hash)?, body: raw.body })
}

fn book(raw: RawBook) -> Result<Vec<u8>, Flaw> {
    let altered = |reason: &str| Flaw::Altered { place: Place::Runbook, reason: reason.to_owned() };
    let bytes = content(raw.text, raw.base64).map_err(altered)?;
    if digest(&raw.sha256) == Some(Digest::of(&bytes)) {
        Ok(bytes)
    } else {
        Err(altered("its bytes do not have the digest that stands beside them"))
    }
}

fn output(raw: RawOutput) -> Result<KeptOutput, Flaw> {
    let attempt = raw.attempt;
    let altered = |reason: &str| Flaw::Altered { place: Place::Output(attempt), reason: reason.to_owned() };
    let parts = raw.parts.into_iter().map(part).collect::<Result<_, _>>().map_err(altered)?;
    Ok(KeptOutput { attempt, parts })
}

fn part(raw: RawPart) -> Result<KeptPart, &'static str> {
    match (raw.salt, raw.shredded_by, raw.left_out) {
        (Some(salt), None, None) => {
            let salt = digest(&salt).ok_or("its salt is not 32 bytes in lower-case hexadecimal digits")?;
            Ok(KeptPart::Here { salt: salt.0.to_vec(), bytes: content(raw.text, raw.base64)? })
        }
        (None, Some(by), None) if raw.text.is_none() && raw.base64.is_none() => Ok(KeptPart::Shredded { by }),
        (None, None, Some(true)) if raw.text.is_none() && raw.base64.is_none() => Ok(KeptPart::LeftOut),
        (_, _, _) => Err("it is neither there nor said to be missing"),
    }
}

fn content(text: Option<String>, base64: Option<String>) -> Result<Vec<u8>, &'static str> {
    match (text, base64) {
        (Some(text), None) => Ok(text.into_bytes()),
        (None, Some(base64)) => base64::decode(&base64).ok_or("its bytes are no base 64"),
        (Some(_), Some(_)) | (None, None) => Err("its bytes stand there not once"),
    }
}

/// Reads a digest in the one way it is written.
fn digest(hex: &str) -> Option<Digest> {
    Digest::from_hex(hex).filter(|digest| digest.hex() == hex)
}
