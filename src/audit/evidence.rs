//! What a record rests on, as it is stored: bytes of the runbook, bodies of the entries, kept outputs.
//!
//! It is gathered here from a journal, and not yet checked or understood; see [`super::check`].

use crate::journal::{Fault, Journal, Salts, Stored};
use crate::run::event::{AttemptId, Ended, Entry, Event, RunId};
use crate::runbook::Digest;

/// Everything that is stored about one run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The exact bytes of the runbook that was walked.
    pub runbook: Vec<u8>,
    /// The bytes of its edited versions, one for each entry that adopts or declines one, in their order.
    pub editions: Vec<Vec<u8>>,
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
        // An entry that was read back is canonical, so writing it again gives the very bytes it was read from.
        StoredEntry { seq: entry.seq, prev: entry.prev, hash: entry.hash, body: entry.body() }
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

/// Whether the bytes of kept outputs are part of it, or only what the entries say about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputBytes {
    Kept,
    LeftOut,
}

impl Evidence {
    /// Gathers the evidence of a run, with its entries as they were read.
    ///
    /// # Errors
    /// When there is no such run, when the journal finds something altered, or when it cannot be read.
    pub fn of_run(journal: &Journal, run: &RunId, output: OutputBytes) -> Result<(Self, Vec<Entry>), Fault> {
        // Somebody may shred an output meanwhile: that is in the entries or it is not, and then its bytes are there.
        journal.at_one_moment(|journal| {
            let entries = journal.entries(run)?;
            let stored = entries.iter().map(StoredEntry::from).collect();
            Ok((Evidence { entries: stored, ..Evidence::beside(journal, run, &entries, output)? }, entries))
        })
    }

    /// Gathers what these entries of a run rest on; the entries themselves are left out.
    ///
    /// # Errors
    /// When the journal finds something altered, or cannot be read.
    pub(super) fn beside(
        journal: &Journal,
        run: &RunId,
        entries: &[Entry],
        output: OutputBytes,
    ) -> Result<Self, Fault> {
        let mut evidence = Evidence::default();
        let mut kept = Vec::new();
        for entry in entries {
            if let Event::RunOpened(opened) = &entry.event {
                evidence.runbook = journal.runbook(opened.runbook)?;
            } else if let Some(edition) = edition(&entry.event) {
                evidence.editions.push(journal.runbook(edition)?);
            } else if let Event::AttemptEnded(ended) = &entry.event
                && !ended.output.parts.is_empty()
            {
                // Salts are shredded with the bytes: where there is none, it is worth saying by whom they were taken away.
                if output == OutputBytes::Kept || journal.salts(run, ended.attempt)?.is_empty() {
                    kept.push(ended);
                } else {
                    let parts = vec![KeptPart::LeftOut; ended.output.parts.len()];
                    evidence.outputs.push(KeptOutput { attempt: ended.attempt, parts });
                }
            }
        }
        let stored = journal.outputs(run, &kept)?;
        evidence.outputs.extend(kept.into_iter().zip(stored).map(|(ended, stored)| KeptOutput::of(ended, stored)));
        evidence.outputs.sort_by_key(|output| output.attempt);
        Ok(evidence)
    }

    /// The kept parts of an attempt's output; none when it left nothing.
    #[must_use]
    pub fn output(&self, attempt: u32) -> &[KeptPart] {
        let found = self.outputs.binary_search_by_key(&attempt, |output| output.attempt.0);
        found.map_or(&[], |place| &self.outputs[place].parts)
    }
}

/// The edited version of the runbook that an event is about.
#[must_use]
pub fn edition(event: &Event) -> Option<Digest> {
    if let Event::RunbookAdopted(adopted) = event {
        Some(adopted.runbook)
    } else if let Event::RunbookDeclined { runbook } = event {
        Some(*runbook)
    } else {
        None
    }
}

impl KeptOutput {
    fn of(ended: &Ended, (stored, salts): (Stored, Salts)) -> Self {
        let parts = match stored {
            Stored::Shredded { seq } => vec![KeptPart::Shredded { by: seq }; ended.output.parts.len()],
            Stored::Parts(parts) => {
                let part = |(bytes, salt): (Vec<u8>, [u8; 32])| KeptPart::Here { salt: salt.to_vec(), bytes };
                parts.into_iter().zip(salts).map(part).collect()
            }
        };
        KeptOutput { attempt: ended.attempt, parts }
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
