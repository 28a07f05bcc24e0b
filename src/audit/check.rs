//! Whether evidence holds together: the chain, the runbook's bytes, the kept outputs.
//!
//! What passes can be folded and shown. Nothing is mended here, and nothing is said about who wrote it: a chain that was
//! made anew from end to end holds together just as well.

use super::compose;
use super::evidence::{Evidence, KeptPart, OutputBytes, StoredEntry, edition};
use super::record::Record;
use crate::journal::{Fault, Journal};
use crate::run::Run;
use crate::run::event::{AttemptId, Entry, Event, OutputDigest, RunId, Unreadable, chain};
use crate::runbook::{self, Digest, Runbook};
use std::collections::BTreeMap;
use std::fmt;

/// Evidence that holds together, with what it says.
#[derive(Debug, Clone)]
pub struct Checked {
    pub evidence: Evidence,
    pub entries: Vec<Entry>,
    pub book: Runbook,
    /// As the entries tell it: an attempt without a recorded end is unknown, for a record knows no living process.
    pub run: Run,
}

/// Why evidence or a record does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// Something is not as it was written.
    Altered { place: Place, reason: String },
    /// It cannot be judged: not a record, too large, or written by a newer program.
    Unreadable { reason: String },
}

/// The first row that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The entry that should have this number.
    Entry(u64),
    Runbook,
    Output(AttemptId),
    /// A derived field of a record, by its path: `phases[2].steps[0].state`.
    Field(String),
    /// A file of a bundle.
    File(String),
    /// Something the journal found in itself, in its words.
    Journal(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Entry(seq) => write!(f, "entry {seq}"),
            Place::Runbook => f.write_str("runbook"),
            Place::Output(attempt) => write!(f, "output of attempt {attempt}"),
            Place::Field(path) => write!(f, "field {path}"),
            Place::File(name) => write!(f, "file {name}"),
            Place::Journal(place) => f.write_str(place),
        }
    }
}

impl Place {
    fn altered(self, reason: impl Into<String>) -> Flaw {
        Flaw::Altered { place: self, reason: reason.into() }
    }
}

/// Where evidence comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The journal compares kept outputs with their ending entries whenever it reads them.
    Journal,
    File,
}

impl Checked {
    /// Reads and checks a run where it is recorded.
    ///
    /// # Errors
    /// When there is no such run, when the journal finds something altered, or when it cannot be read; inside, the first
    /// [`Flaw`] of what was read.
    pub fn of_run(journal: &Journal, run: &RunId, output: OutputBytes) -> Result<Result<Self, Flaw>, Fault> {
        let (evidence, entries) = Evidence::of_run(journal, run, output)?;
        Ok(evidence.check_read(entries, Source::Journal))
    }

    /// The record of the run, as its entries tell it.
    #[must_use]
    pub fn record(&self) -> Record {
        compose(&self.book, &self.run, &self.entries)
    }
}

impl Evidence {
    /// Checks everything that evidence says about itself, in the order in which it was written.
    ///
    /// # Errors
    /// The first [`Flaw`].
    pub fn check(self) -> Result<Checked, Flaw> {
        let entries = read_chain(&self.entries)?;
        self.check_read(entries, Source::File)
    }

    /// Checks everything but the chain of the entries, which has been verified while they were read.
    ///
    /// # Errors
    /// The first [`Flaw`].
    pub(super) fn check_read(self, entries: Vec<Entry>, source: Source) -> Result<Checked, Flaw> {
        let mut run = Run::replay(&entries).map_err(|error| Place::Entry(1).altered(error.to_string()))?;
        run.presume_lost();
        check_attempts(&entries)?;
        if Digest::of(&self.runbook) != run.opened.runbook {
            return Err(Place::Runbook.altered("its bytes are not those the run was opened with"));
        }
        let walked = self.check_editions(&entries)?;
        let book = runbook::read::read(&run.opened.path, walked)
            .map_err(|error| Flaw::Unreadable { reason: format!("the runbook cannot be read: {error}") })?;
        super::signature::check(&run, &entries)?;
        let book = run.read_as(book);
        check_outputs(&self, &entries, source)?;
        Ok(Checked { evidence: self, entries, book, run })
    }
}

impl Evidence {
    /// Checks the edited versions of the runbook; gives the bytes of the one that the run walked last.
    fn check_editions(&self, entries: &[Entry]) -> Result<&[u8], Flaw> {
        let mut walked = self.runbook.as_slice();
        let mut from = Digest::of(walked);
        let mut editions = self.editions.iter();
        for entry in entries {
            let Some(due) = edition(&entry.event) else { continue };
            let Some(bytes) = editions.next() else {
                return Err(Place::Entry(entry.seq).altered("the version of the runbook that it names is missing"));
            };
            if Digest::of(bytes) != due {
                return Err(Place::Entry(entry.seq).altered("the bytes of the version that it names are not those"));
            }
            if let Event::RunbookAdopted(adopted) = &entry.event {
                if adopted.from != from {
                    return Err(Place::Entry(entry.seq).altered("it follows a version that was not walked"));
                }
                (walked, from) = (bytes, due);
            }
        }
        match editions.next() {
            None => Ok(walked),
            Some(_) => Err(Place::Runbook.altered("there are bytes of a version that no entry names")),
        }
    }
}

/// Reads stored entries, demanding an unbroken chain of canonical bodies that all speak of one run.
fn read_chain(stored: &[StoredEntry]) -> Result<Vec<Entry>, Flaw> {
    let mut entries: Vec<Entry> = Vec::with_capacity(stored.len());
    let mut prev = Digest::ZERO;
    for (place, row) in stored.iter().enumerate() {
        let entry = read_entry(row, place as u64 + 1, prev, entries.first().map(|first| &first.run))?;
        prev = entry.hash;
        entries.push(entry);
    }
    Ok(entries)
}

fn read_entry(row: &StoredEntry, seq: u64, prev: Digest, run: Option<&RunId>) -> Result<Entry, Flaw> {
    let altered = |reason: String| Err(Place::Entry(seq).altered(reason));
    if row.seq != seq {
        return altered(format!("entry {} stands in its place", row.seq));
    }
    if row.prev != prev {
        return altered("it does not follow the entry before it: `prev` is not that entry's hash".to_owned());
    }
    if chain(&prev, row.body.as_bytes()) != row.hash {
        return altered("its hash is not that of its body".to_owned());
    }
    let entry = match Entry::read(&row.body, prev, row.hash) {
        Ok(entry) => entry,
        Err(newer @ Unreadable::Newer(_)) => {
            return Err(Flaw::Unreadable { reason: format!("entry {seq}: {newer}") });
        }
        Err(error @ (Unreadable::Malformed(_) | Unreadable::NotCanonical | Unreadable::TooLarge)) => {
            return altered(error.to_string());
        }
    };
    if entry.seq != seq {
        return altered(format!("its body says that it is entry {}", entry.seq));
    }
    if let Some(run) = run.filter(|run| **run != entry.run) {
        return altered(format!("it belongs to run {}, not to {run}", entry.run));
    }
    Ok(entry)
}

/// Attempts are numbered from 1 without gaps and end at most once; otherwise a number would name two things.
fn check_attempts(entries: &[Entry]) -> Result<(), Flaw> {
    let mut begun = 0;
    let mut ended = BTreeMap::new();
    for entry in entries {
        let altered = |reason: String| Err(Place::Entry(entry.seq).altered(reason));
        if let Event::AttemptIntended(intended) = &entry.event {
            begun += 1;
            if intended.attempt.0 != begun {
                return altered(format!("it begins attempt {} where attempt #{begun} is due", intended.attempt));
            }
        } else if let Event::AttemptEnded(end) = &entry.event {
            if end.attempt.0 == 0 || end.attempt.0 > begun {
                return altered(format!("it ends attempt {}, which has not begun", end.attempt));
            }
            if let Some(first) = ended.insert(end.attempt, entry.seq) {
                return altered(format!("attempt {} has ended with entry {first}", end.attempt));
            }
        }
    }
    Ok(())
}

fn check_outputs(evidence: &Evidence, entries: &[Entry], source: Source) -> Result<(), Flaw> {
    let mut due = BTreeMap::new();
    for entry in entries {
        if let Event::AttemptEnded(ended) = &entry.event
            && !ended.output.parts.is_empty()
        {
            due.insert(ended.attempt, (entry.seq, &ended.output));
        }
    }
    let shredded = |attempt: AttemptId, seq: u64| {
        let entry = usize::try_from(seq).ok().and_then(|seq| entries.get(seq.checked_sub(1)?));
        matches!(entry.map(|entry| &entry.event), Some(Event::OutputShredded { attempt: of, .. }) if *of == attempt)
    };
    let mut before = AttemptId(0);
    for output in &evidence.outputs {
        let place = Place::Output(output.attempt);
        if output.attempt <= before {
            return Err(place.altered("it does not stand in the order of the attempts"));
        }
        before = output.attempt;
        let Some((seq, said)) = due.remove(&output.attempt) else {
            return Err(place.altered("no entry knows of these bytes"));
        };
        let gone = output.parts.iter().find_map(|part| match part {
            KeptPart::Shredded { by } if *by <= seq || !shredded(output.attempt, *by) => Some(*by),
            KeptPart::Shredded { .. } | KeptPart::Here { .. } | KeptPart::LeftOut => None,
        });
        if let Some(by) = gone {
            return Err(place.altered(format!("it is said to be shredded by entry {by}, which did not")));
        }
        if source == Source::File {
            check_output(&output.parts, said).map_err(|reason| place.altered(reason))?;
        }
    }
    match due.pop_first() {
        Some((attempt, _)) => Err(Place::Output(attempt).altered("it is missing")),
        None => Ok(()),
    }
}

fn check_output(parts: &[KeptPart], said: &OutputDigest) -> Result<(), String> {
    if parts.len() != said.parts.len() {
        return Err(format!("{} parts are there, {} were recorded", parts.len(), said.parts.len()));
    }
    let mut whole = Some(Vec::new());
    for (n, (part, said)) in parts.iter().zip(&said.parts).enumerate() {
        match part {
            KeptPart::Here { salt, bytes } => {
                if bytes.len() as u64 != said.bytes {
                    return Err(format!("part {n} has {} bytes, {} were recorded", bytes.len(), said.bytes));
                }
                if Digest::of_parts(&[salt, bytes]) != said.digest {
                    return Err(format!("part {n} is not what was recorded"));
                }
                if let Some(whole) = &mut whole {
                    whole.push(bytes.as_slice());
                }
            }
            KeptPart::Shredded { .. } | KeptPart::LeftOut => whole = None,
        }
    }
    match (whole, said.sha256) {
        (Some(whole), Some(sha256)) if said.dropped == 0 && Digest::of_parts(&whole) != sha256 => {
            Err("its parts together are not the stream that was recorded".to_owned())
        }
        (Some(_) | None, _) => Ok(()),
    }
}
