//! The append-only store: one SQLite file with every run's chain of events, the runbooks' bytes, outputs, and a ledger.
//!
//! An append is committed and synced before it returns; then, and only then, may anything happen in the world. An ending
//! alone may be left to be committed with what is appended next ([`Journal::hold_end`]). Several
//! processes may work on one file: a lease says who starts and stops commands, everybody may add notes and sign-offs.
//! Nothing is decided here, nothing is folded, no clock is read, and nothing but a leaked output is ever taken away.

pub mod alive;
mod append;
mod chain;
mod fault;
mod file;
mod finding;
mod lease;
mod ledger;
mod list;
mod open;
mod output;
mod schema;
mod verify;

pub use fault::{Cause, Fault, WhyReadOnly};
pub use file::Storage;
pub use finding::{Finding, Place};
pub use lease::{Holder, Lease, Taken};
pub use list::{Closed, Found, RunRow};
pub use open::Mode;
pub use output::{Keep, Kept, OutputWriter, Salts, Stored};
pub use verify::Report;

use crate::run::event::{Ended, Entry, Event, Opened, OutputDigest, RunId, Stamp};
use crate::runbook::Digest;
use file::Location;
use rusqlite::{Connection, OptionalExtension as _};
use std::cell::Cell;
use std::path::Path;

/// Version of the SQLite that this program carries.
#[must_use]
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}

/// An open journal. One per process that records; it may be moved to another thread, not shared.
#[derive(Debug)]
pub struct Journal {
    conn: Connection,
    at: Location,
    access: Access,
    health: Cell<Health>,
    seen: Cell<i64>,
}

/// Whether anything can be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    ReadWrite,
    ReadOnly(WhyReadOnly),
}

/// How far the journal can be relied on for new records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    Good,
    /// The disk was full and the spare room is given up: only what has happened is recorded, nothing new is started.
    Full,
    /// A write failed and may or may not have reached the disk. [`Journal::reopen`] finds out.
    Suspended,
}

/// What must hold, inside the transaction, for an event to be recorded.
#[derive(Debug, Clone, Copy)]
pub enum Needs<'a> {
    /// It is a fact already, or a statement of its own: an ending, a note, a sign-off. Recorded whatever others wrote meanwhile.
    Nothing,
    /// It was decided: a start, a stop, the close of the run. The lease must be held, and nobody may have written since, or
    /// the decision could be out of date.
    Lease(&'a Lease),
}

/// What came of an append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// Everything the caller had not seen, the new entry last.
    Recorded(Vec<Entry>),
    /// Others wrote meanwhile and nothing was recorded: fold these and decide again. Only with [`Needs::Lease`].
    Overtaken(Vec<Entry>),
}

/// How an append is asked for.
struct Draft<'a> {
    run: &'a RunId,
    /// The last entry the caller has seen; 0 for none.
    after: u64,
    needs: Needs<'a>,
    stamp: &'a Stamp,
    /// An event that is recorded right before, in the same commit.
    before: Option<&'a Event>,
    event: &'a Event,
    with: With<'a>,
}

/// What is stored in the same transaction.
#[derive(Clone, Copy)]
enum With<'a> {
    Nothing,
    Output(&'a Kept),
    /// Size and compressed bytes of another version of the runbook.
    Runbook(Digest, usize, &'a [u8]),
    Shredding(crate::run::event::AttemptId),
}

impl Journal {
    /// What faults name.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.at.path()
    }

    #[must_use]
    pub fn access(&self) -> Access {
        self.access
    }

    /// What kind of storage the file is on; a warning is due for a network share.
    #[must_use]
    pub fn storage(&self) -> Storage {
        self.at.storage()
    }

    /// Free space in bytes where the file is; `None` where the system does not tell.
    #[must_use]
    pub fn free_bytes(&self) -> Option<u64> {
        file::free_bytes(&self.at)
    }

    #[must_use]
    pub fn health(&self) -> Health {
        self.health.get()
    }

    /// Opens a run: its row, the runbook's bytes, the ledger row, the lease and the first event, all or nothing.
    ///
    /// # Errors
    /// When `opened.runbook` is not the digest of `runbook`, when the run exists, or when it cannot be committed and synced.
    pub fn begin(
        &mut self,
        run: &RunId,
        runbook: &[u8],
        holder: &Holder,
        stamp: &Stamp,
        opened: &Opened,
    ) -> Result<(Entry, Lease), Fault> {
        let begun = self.check_writable().and_then(|()| self.check_room()).and_then(|()| {
            if Digest::of(runbook) != opened.runbook {
                return Err(Place::Runbook(opened.runbook).found("these are not its bytes").into());
            }
            let bytes = output::compress(runbook)?;
            self.once(|conn| append::begin_in(conn, run, (runbook.len(), &bytes), holder, stamp, opened))
        });
        self.named(begun)
    }

    /// Records `event` after whatever stands at the end of the run's chain, committed and synced when this returns. `after`
    /// is the last entry the caller has seen (0 for none).
    ///
    /// # Errors
    /// When it could not be recorded: then it must not happen either. After a failed write every later append is refused
    /// until [`Journal::reopen`].
    pub fn append(
        &mut self,
        run: &RunId,
        after: u64,
        needs: Needs<'_>,
        stamp: &Stamp,
        event: &Event,
    ) -> Result<Appended, Fault> {
        self.record(&Draft { run, after, needs, stamp, before: None, event, with: With::Nothing })
    }

    /// Records an event about another version of the runbook together with that version's bytes, in one commit.
    ///
    /// # Errors
    /// As for [`Journal::append`].
    pub fn append_with_runbook(
        &mut self,
        run: &RunId,
        after: u64,
        needs: Needs<'_>,
        stamp: &Stamp,
        event: &Event,
        bytes: &[u8],
    ) -> Result<Appended, Fault> {
        let frame = self.named(output::compress(bytes))?;
        let with = With::Runbook(Digest::of(bytes), bytes.len(), &frame);
        self.record(&Draft { run, after, needs, stamp, before: None, event, with })
    }

    /// Records the end of an attempt together with what is left to store of its output, in one commit. `ended.output` is
    /// filled from `kept`; when the disk is full the bytes are given up for the sake of the ending, and the event says so.
    ///
    /// # Errors
    /// As for [`Journal::append`].
    pub fn end_attempt(
        &mut self,
        run: &RunId,
        after: u64,
        stamp: &Stamp,
        ended: &Ended,
        kept: &Kept,
    ) -> Result<Vec<Entry>, Fault> {
        self.end_spawned_attempt(run, after, stamp, None, ended, kept)
    }

    /// The same for an attempt of which it was not recorded yet which process it was: `spawned` says so in the same commit.
    ///
    /// # Errors
    /// As for [`Journal::append`].
    pub fn end_spawned_attempt(
        &mut self,
        run: &RunId,
        after: u64,
        stamp: &Stamp,
        spawned: Option<&Event>,
        ended: &Ended,
        kept: &Kept,
    ) -> Result<Vec<Entry>, Fault> {
        let event = |output: OutputDigest| Event::AttemptEnded(Ended { output, ..ended.clone() });
        let whole = event(kept.digest().clone());
        let (needs, before, with) = (Needs::Nothing, spawned, With::Output(kept));
        let draft = Draft { run, after, needs, stamp, before, event: &whole, with };
        let appended = match self.record(&draft) {
            Err(Fault { cause: Cause::Full, .. }) => {
                let bare = event(kept.given_up());
                self.record(&Draft { event: &bare, with: With::Nothing, ..draft })
            }
            other => other,
        };
        appended.map(Appended::into_entries)
    }

    /// Writes the end of an attempt like [`Journal::end_spawned_attempt`], and leaves the commit to whatever is recorded next,
    /// or to [`Journal::settle`]: an end and the intent that follows it are synced together. Until then nobody else can
    /// record anything, and a crash leaves the attempt without an end, as it would have a moment before.
    ///
    /// # Errors
    /// As for [`Journal::append`]. Nothing is recorded then. So it is when what follows fails: the end went with it.
    pub fn hold_end(
        &mut self,
        run: &RunId,
        after: u64,
        stamp: &Stamp,
        spawned: Option<&Event>,
        ended: &Ended,
        kept: &Kept,
    ) -> Result<Vec<Entry>, Fault> {
        let event = Event::AttemptEnded(Ended { output: kept.digest().clone(), ..ended.clone() });
        let (needs, before, with) = (Needs::Nothing, spawned, With::Output(kept));
        let draft = Draft { run, after, needs, stamp, before, event: &event, with };
        let held = self.check_writable().and_then(|()| self.once(|conn| append::hold_in(conn, &draft)));
        self.named(held)
    }

    /// Commits what [`Journal::hold_end`] has written.
    ///
    /// # Errors
    /// When it could not be committed; then it is not recorded.
    pub fn settle(&mut self) -> Result<(), Fault> {
        let settled = self.once(|conn| match append::held(conn) {
            Some(transaction) => transaction.commit(),
            None => Ok(()),
        });
        self.named(settled)
    }

    /// Takes the stored output of an attempt away: bytes and salt are overwritten, the chain stays whole. `event` tells why,
    /// in the same commit.
    ///
    /// # Errors
    /// As for [`Journal::append`]; and [`Cause::Busy`] when a reader keeps the old bytes in the write-ahead log: then they
    /// are gone from every reader's sight, and shredding once more removes them from the disk.
    pub fn shred(
        &mut self,
        run: &RunId,
        attempt: crate::run::event::AttemptId,
        after: u64,
        stamp: &Stamp,
        event: &Event,
    ) -> Result<Vec<Entry>, Fault> {
        let with = With::Shredding(attempt);
        let appended = self.record(&Draft { run, after, needs: Needs::Nothing, stamp, before: None, event, with })?;
        let emptied = output::forget_spool(&self.at, run, attempt).and_then(|()| truncate_log(&self.conn));
        self.named(emptied).map(|()| appended.into_entries())
    }

    /// Reads several things as they are at one moment, whatever others record meanwhile.
    ///
    /// # Errors
    /// When nothing can be read; and those of `read`.
    pub fn at_one_moment<T>(&self, read: impl FnOnce(&Self) -> Result<T, Fault>) -> Result<T, Fault> {
        let moment = self.named(self.conn.unchecked_transaction().map_err(Cause::from))?;
        let read = read(self);
        // Nothing was written, so that it ends the same way whatever happens here.
        drop(moment);
        read
    }

    /// Every entry of a run, each checked against the one before.
    ///
    /// # Errors
    /// Names the first entry that is not as it was written; also when there is no such run.
    pub fn entries(&self, run: &RunId) -> Result<Vec<Entry>, Fault> {
        self.entries_since(run, 0)
    }

    /// The entries after `seq`, each checked against the one before.
    ///
    /// # Errors
    /// As for [`Journal::entries`]; also when the journal now ends before `seq`.
    pub fn entries_since(&self, run: &RunId, seq: u64) -> Result<Vec<Entry>, Fault> {
        self.named(append::entries_in(&self.conn, run, seq))
    }

    /// Hands every entry of a run over, in order and each checked against the one before, without holding them all: a fold
    /// of a long run needs no more than itself. When it fails, what was handed over is worth nothing.
    ///
    /// # Errors
    /// As for [`Journal::entries`].
    pub fn each_entry(&self, run: &RunId, take: impl FnMut(Entry)) -> Result<(), Fault> {
        self.named(append::each_entry_in(&self.conn, run, 0, take))
    }

    /// Whether another connection, here or in another process, has committed anything since the last question.
    ///
    /// # Errors
    /// When the file cannot be read, or is not there any more.
    pub fn changed(&self) -> Result<bool, Fault> {
        self.named(self.at.check_in_place())?;
        let version =
            self.conn.prepare_cached("PRAGMA data_version").and_then(|mut s| s.query_row([], |row| row.get(0)));
        let version = self.named(version.map_err(Cause::from))?;
        Ok(self.seen.replace(version) != version)
    }

    /// Writes a complete copy of what is committed now to a new file that only this user can read.
    ///
    /// # Errors
    /// When `to` exists or cannot be written.
    pub fn backup(&self, to: &Path) -> Result<(), Fault> {
        open::backup(&self.at, to)
    }

    /// Makes every later append fail, as a full or broken disk would.
    #[doc(hidden)]
    pub fn fail_appends(&self) {
        self.conn.pragma_update(None, "query_only", true).expect("the pragma is known");
    }

    fn record(&mut self, draft: &Draft<'_>) -> Result<Appended, Fault> {
        let recorded = self.check_writable().and_then(|()| {
            if let Event::AttemptIntended(_) = draft.event {
                // The spare room is for what has happened, not for what is about to.
                self.check_room()?;
                self.once(|conn| append::append_in(conn, draft))
            } else if matches!(draft.with, With::Output(_)) || matches!(draft.event, Event::AttemptSpawned { .. }) {
                // Nor for what was printed: its ending needs it, see `end_spawned_attempt`. Nor for which process it is: that
                // can be said with the ending, and a command that fills the disk would take what is freed while it runs.
                self.once(|conn| append::append_in(conn, draft))
            } else {
                self.with_room(|conn| append::append_in(conn, draft))
            }
        });
        if recorded.is_err() {
            // What was held goes with it, also when it was refused before the journal was touched: else it would be there
            // twice once it is recorded by itself.
            drop(append::held(&self.conn));
        }
        self.named(recorded)
    }

    fn check_writable(&self) -> Result<(), Cause> {
        match (self.access, self.health.get()) {
            (Access::ReadOnly(why), _) => Err(Cause::ReadOnly(why)),
            (Access::ReadWrite, Health::Suspended) => Err(Cause::Suspended),
            (Access::ReadWrite, Health::Good | Health::Full) => self.at.check_in_place(),
        }
    }

    /// After the disk was full nothing new is started until there is space again and the spare room could be laid.
    fn check_room(&self) -> Result<(), Cause> {
        if self.health.get() == Health::Full {
            file::check_space(&self.at)?;
            file::lay_ballast(&self.at)?;
            schema::move_log_by_itself(&self.conn, schema::MovesLog::NowAndThen)?;
            self.health.set(Health::Good);
        }
        Ok(())
    }

    /// Does it once, and remembers if the disk was full.
    fn once<T>(&mut self, mut act: impl FnMut(&mut Connection) -> Result<T, Cause>) -> Result<T, Cause> {
        let done = act(&mut self.conn);
        if let Err(Cause::Full) = done {
            self.health.set(Health::Full);
        }
        done
    }

    /// Does it; if the disk is full, once more with the spare room, and at last with the log moved into the main file. From
    /// then on the log is moved after each commit where that fits: the same few pages serve again and again. Where it does
    /// not fit it would only take the room that the next entries need.
    fn with_room<T>(&mut self, mut act: impl FnMut(&mut Connection) -> Result<T, Cause>) -> Result<T, Cause> {
        let mut done = self.once(&mut act);
        if let Err(Cause::Full) = done {
            file::drop_ballast(&self.at);
            // What it could do it has done by now; by itself it must not take the spare room.
            let _ = schema::move_log_by_itself(&self.conn, schema::MovesLog::Never);
            done = self.once(&mut act);
        }
        if let Err(Cause::Full) = done {
            self.move_log();
            done = self.once(&mut act);
        }
        if self.health.get() == Health::Full {
            self.move_log();
        }
        done
    }

    /// Moves the log into the main file if there is room for all of it. What is committed is committed whether or not this
    /// works.
    fn move_log(&self) {
        let grows_by = schema::bytes(&self.conn).map_or(0, |bytes| bytes.saturating_sub(file::bytes(&self.at)));
        if file::free_bytes(&self.at).is_none_or(|free| free >= grows_by) {
            let _ = truncate_log(&self.conn);
        }
    }

    /// Adds the file's name, and remembers when the connection can no longer be relied on: after a failed sync the kernel
    /// may call dirty pages clean, so that trying again would lie (Rebello et al., ATC 2020).
    fn named<T>(&self, result: Result<T, Cause>) -> Result<T, Fault> {
        result.map_err(|cause| {
            if matches!(cause, Cause::Io(_) | Cause::Damaged(_)) {
                self.health.set(Health::Suspended);
            }
            cause.at(self.at.path())
        })
    }
}

impl Appended {
    /// The entries, for appends that cannot be overtaken.
    #[must_use]
    pub fn into_entries(self) -> Vec<Entry> {
        match self {
            Appended::Recorded(entries) | Appended::Overtaken(entries) => entries,
        }
    }
}

/// Moves everything into the main file and empties the write-ahead log.
fn truncate_log(conn: &Connection) -> Result<(), Cause> {
    let busy: Option<i64> = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).optional()?;
    if busy == Some(1) { Err(Cause::Busy) } else { Ok(()) }
}
