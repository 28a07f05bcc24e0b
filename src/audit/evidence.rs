//! What a record rests on, as it is stored: bytes of the runbook, bodies of the entries, kept outputs.
//!
//! Nothing here is checked or understood; see [`super::check`].

use crate::run::event::{AttemptId, Entry};
use crate::runbook::Digest;

/// Everything that is stored about one run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The exact bytes of the runbook that was walked.
    pub runbook: Vec<u8>,
    /// In the order of their numbers.
    pub entries: Vec<StoredEntry>,
    /// One for each attempt that left something to keep, in the order of their numbers.
    pub outputs: Vec<KeptOutput>,
}

/// An entry as it is stored: its place in the chain and the exact bytes that are hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    pub seq: u64,
    pub prev: Digest,
    pub hash: Digest,
    pub body: String,
}

impl From<&Entry> for StoredEntry {
    fn from(entry: &Entry) -> Self {
        // An entry that was read back is canonical, so sealing it again gives the very bytes it was read from.
        let (sealed, body) = Entry::seal(&entry.run, entry.seq, entry.stamp.clone(), entry.event.clone(), entry.prev);
        StoredEntry { seq: sealed.seq, prev: sealed.prev, hash: entry.hash, body }
    }
}

/// What is kept of the output of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptOutput {
    pub attempt: AttemptId,
    /// In the order in which the ending entry names them.
    pub parts: Vec<KeptPart>,
}

/// A part of an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptPart {
    /// SHA-256 over salt and bytes is the digest in the ending entry.
    Here { salt: Vec<u8>, bytes: Vec<u8> },
    /// Its bytes were removed; the entry with this number says why.
    Shredded { by: u64 },
    /// Its bytes are elsewhere: they were left out of the export.
    LeftOut,
}

impl Evidence {
    /// The kept parts of an attempt's output; none when it left nothing.
    #[must_use]
    pub fn output(&self, attempt: u32) -> &[KeptPart] {
        let found = self.outputs.iter().find(|output| output.attempt.0 == attempt);
        found.map_or(&[], |output| &output.parts)
    }
}

impl KeptPart {
    #[must_use]
    pub fn is_here(&self) -> bool {
        matches!(self, KeptPart::Here { .. })
    }

    #[must_use]
    pub fn is_shredded(&self) -> bool {
        matches!(self, KeptPart::Shredded { .. })
    }
}
