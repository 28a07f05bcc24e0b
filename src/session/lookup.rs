//! Finding and reading what is recorded: runs by name, their entries, their outputs.

use super::{Clock, Fault, Session, Setup};
use crate::journal::{Found, Holder, Journal, Stored, alive};
use crate::run::Progress;
use crate::run::event::{AttemptId, Entry, RunId};
use crate::run::fold::Replay;
use crate::run::{Moment, Run};
use crate::runbook::Runbook;
use crate::runbook::read::read;
use chrono::{DateTime, Utc};
use std::io::{self, Write};

/// What is stored of an attempt's output.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    pub head: Vec<u8>,
    /// Bytes between head and tail that were not kept.
    pub dropped: u64,
    /// Empty when nothing was dropped.
    pub tail: Vec<u8>,
    /// The event that says why the output was removed, if it was.
    pub shredded: Option<u64>,
}

impl Kept {
    /// Writes it as text: without control sequences, and with a line where something is missing.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_text(&self, out: &mut impl Write) -> io::Result<()> {
        if let Some(seq) = self.shredded {
            return writeln!(out, "(removed for good: entry {seq} says why)");
        }
        out.write_all(&strip_ansi_escapes::strip(&self.head))?;
        if self.dropped > 0 {
            writeln!(out, "\n({} bytes in between were not kept)", self.dropped)?;
        }
        out.write_all(&strip_ansi_escapes::strip(&self.tail))?;
        writeln!(out)
    }
}

impl Session {
    /// What an attempt has printed, as far as it is kept. The digests of its ending are checked.
    ///
    /// # Errors
    /// When it was altered or cannot be read.
    pub fn output(&self, attempt: AttemptId) -> Result<Kept, Fault> {
        let Some(journal) = &self.journal else {
            return Ok(Kept::default());
        };
        let digest = self.run.attempt(attempt).and_then(|attempt| match &attempt.progress {
            Progress::Ended { ended, .. } => Some(&ended.output),
            Progress::Running | Progress::Unknown | Progress::Resolved { .. } => None,
        });
        let dropped = digest.map_or(0, |digest| digest.dropped);
        Ok(match journal.output(&self.run.id, attempt, digest)? {
            Stored::Parts(parts) => {
                let mut parts = parts.into_iter();
                let (head, tail) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                Kept { head, dropped, tail, shredded: None }
            }
            Stored::Shredded { seq } => Kept { dropped, shredded: Some(seq), ..Kept::default() },
        })
    }

    /// Everything recorded so far.
    ///
    /// # Errors
    /// When it cannot be read, or does not verify.
    pub fn entries(&self) -> Result<Vec<Entry>, Fault> {
        self.entries_since(0)
    }

    /// What was recorded after an entry.
    ///
    /// # Errors
    /// When it cannot be read, or does not verify.
    pub fn entries_since(&self, seq: u64) -> Result<Vec<Entry>, Fault> {
        match &self.journal {
            Some(journal) if self.run.head.seq > 0 => Ok(journal.entries_since(&self.run.id, seq)?),
            Some(_) | None => Ok(Vec::new()),
        }
    }
}

/// The run a person means by what they typed: an id, its beginning, or its last characters.
///
/// # Errors
/// When it fits no run, or several.
pub fn name_run(journal: &Journal, typed: &str) -> Result<RunId, Fault> {
    match journal.find(typed)? {
        Found::One(run) => Ok(run),
        Found::Nothing => Err(Fault::NoSuchRun(typed.to_owned())),
        Found::Many(runs) => {
            let names: Vec<String> = runs.iter().map(RunId::short).collect();
            Err(Fault::Ambiguous(typed.to_owned(), names.join(", ")))
        }
    }
}

/// A recorded run with the runbook it walks, read from the recorded bytes, and when something was recorded last.
pub(super) fn recorded(journal: &Journal, id: &RunId) -> Result<(Runbook, Vec<u8>, Run, Option<Moment>), Fault> {
    let (mut replay, mut last) = (Replay::default(), None);
    journal.each_entry(id, |entry| {
        replay.take(&entry);
        last = Some(entry.stamp);
    })?;
    let run = replay.finish()?;
    let (book, bytes) = version(journal, &run)?;
    let book = run.read_as(book);
    Ok((book, bytes, run, last.as_ref().map(Moment::of)))
}

/// The version of the runbook that a run walks now, with its bytes.
pub(super) fn version(journal: &Journal, run: &Run) -> Result<(Runbook, Vec<u8>), Fault> {
    let bytes = journal.runbook(run.runbook())?;
    let book = run.read_as(read(&run.opened.path, &bytes)?);
    Ok((book, bytes))
}

/// This process, as a holder of leases.
pub(super) fn me(setup: &Setup, clock: &Clock) -> Holder {
    let pid = std::process::id();
    Holder {
        pid,
        started: alive::started(pid).unwrap_or(0),
        boot: clock.boot().to_owned(),
        host: setup.operator.host.clone(),
        tty: setup.operator.tty.clone(),
        operator: setup.operator.name.clone(),
    }
}

/// Draws a run id: a ULID, 48 bits of milliseconds and 80 random bits in Crockford's base 32.
pub(super) fn new_run_id(at: DateTime<Utc>) -> RunId {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let millis = u128::try_from(at.timestamp_millis()).unwrap_or(0);
    let mut random = [0_u8; 16];
    if getrandom::fill(&mut random[6..]).is_err() {
        // Without random numbers the journal refuses to begin a run; until then any distinct name will do.
        random[12..].copy_from_slice(&std::process::id().to_be_bytes());
    }
    let value = (millis << 80) | u128::from_be_bytes(random);
    let digit = |place: u32| char::from(DIGITS[usize::try_from((value >> (5 * place)) & 31).unwrap_or(0)]);
    RunId((0..26).rev().map(digit).collect())
}

#[cfg(test)]
mod tests {
    use super::new_run_id;

    #[test]
    fn run_ids_sort_by_time_and_differ() {
        let early = "2026-11-21T02:14:07Z".parse().unwrap();
        let late = "2026-11-21T02:14:08Z".parse().unwrap();
        let (a, b, c) = (new_run_id(early), new_run_id(late), new_run_id(late));
        assert_eq!(a.0.len(), 26);
        assert!(a < b && a < c);
        assert_ne!(b, c);
        assert_eq!(a.short().len(), 6);
    }
}
