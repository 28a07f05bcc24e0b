//! The two transactions that record: the beginning of a run, and one more event.

use crate::journal::chain::{self, Tail, Walked};
use crate::journal::{Appended, Cause, Draft, Holder, Lease, Needs, Place, With, lease, ledger, output};
use crate::run::event::{Entry, Event, Opened, RunId, RunKind, Stamp};
use crate::runbook::Digest;
use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{Connection, TransactionBehavior};

/// The stored form of a moment in the columns beside events.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

pub(super) fn kind_word(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Real => "real",
        RunKind::Rehearsal => "rehearsal",
    }
}

pub(super) fn begin_in(
    conn: &mut Connection,
    run: &RunId,
    (size, bytes): (usize, &[u8]),
    holder: &Holder,
    stamp: &Stamp,
    opened: &Opened,
) -> Result<(Entry, Lease), Cause> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if tx.prepare_cached("SELECT 1 FROM run WHERE run = ?")?.exists([&run.0])? {
        return Err(Cause::RunExists(run.clone()));
    }
    store_runbook(&tx, opened.runbook, size, bytes)?;
    tx.prepare_cached(
        "INSERT INTO run(run, runbook, title, path, kind, opened, operator) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute((
        &run.0,
        opened.runbook.0,
        &opened.title,
        &opened.path,
        kind_word(opened.run_kind),
        moment(stamp.at),
        &stamp.by.name,
    ))?;
    let entry = insert(&tx, run, Tail::NONE, stamp, &Event::RunOpened(opened.clone()))?;
    ledger::enter(&tx, ledger::What::Opened, run, Tail { seq: entry.seq, hash: entry.hash })?;
    let lease = lease::put(&tx, run, holder)?;
    tx.commit()?;
    Ok((entry, lease))
}

/// Writes an event and commits it, with what was held before.
pub(super) fn append_in(conn: &Connection, draft: &Draft<'_>) -> Result<Appended, Cause> {
    let tx = Open::begin(conn)?;
    let appended = write(&tx, draft)?;
    if let Appended::Recorded(_) = appended {
        tx.commit()?;
    }
    Ok(appended)
}

/// Writes an event and leaves the transaction open.
pub(super) fn hold_in(conn: &Connection, draft: &Draft<'_>) -> Result<Vec<Entry>, Cause> {
    let tx = Open::begin(conn)?;
    let entries = write(&tx, draft)?.into_entries();
    tx.hold();
    Ok(entries)
}

/// The transaction that was left open, if there is one.
pub(super) fn held(conn: &Connection) -> Option<Open<'_>> {
    (!conn.is_autocommit()).then_some(Open { conn, left: Left::Undone })
}

/// A transaction that writes; undone as a whole unless it is committed or held.
pub(super) struct Open<'c> {
    conn: &'c Connection,
    left: Left,
}

/// What becomes of a transaction that is let go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    Undone,
    AsItIs,
}

impl<'c> Open<'c> {
    /// Goes on with the one that is held, or begins one. These statements are the same every time, so they are kept.
    fn begin(conn: &'c Connection) -> Result<Self, Cause> {
        if conn.is_autocommit() {
            conn.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        }
        Ok(Open { conn, left: Left::Undone })
    }

    pub(super) fn commit(mut self) -> Result<(), Cause> {
        self.conn.prepare_cached("COMMIT")?.execute([])?;
        self.left = Left::AsItIs;
        Ok(())
    }

    fn hold(mut self) {
        self.left = Left::AsItIs;
    }
}

impl std::ops::Deref for Open<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.conn
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        // Some failures have undone it already; what else can fail here shows at the next statement.
        if self.left == Left::Undone && !self.conn.is_autocommit() {
            let _ = self.conn.execute_batch("ROLLBACK");
        }
    }
}

fn write(tx: &Connection, draft: &Draft<'_>) -> Result<Appended, Cause> {
    let run = draft.run;
    let mut entries = entries_in(tx, run, draft.after)?;
    if let Needs::Lease(lease) = draft.needs {
        lease::check(tx, run, lease)?;
        if !entries.is_empty() {
            return Ok(Appended::Overtaken(entries));
        }
    }
    let mut tail = match entries.last() {
        Some(last) => Tail { seq: last.seq, hash: last.hash },
        None => chain::at(tx, run, draft.after)?,
    };
    // A closed run still loses a leaked output, and nothing else happens to it.
    let stays_out = !draft.event.may_follow_close() && !matches!(draft.with, With::Shredding(_));
    if stays_out && ledger::is_closed(tx, run)? {
        return Err(Cause::Closed(run.clone()));
    }
    if let Some(before) = draft.before {
        let entry = insert(tx, run, tail, draft.stamp, before)?;
        tail = Tail { seq: entry.seq, hash: entry.hash };
        entries.push(entry);
    }
    let entry = insert(tx, run, tail, draft.stamp, draft.event)?;
    if let Event::RunClosed { .. } = draft.event {
        ledger::enter(tx, ledger::What::Closed, run, Tail { seq: entry.seq, hash: entry.hash })?;
    }
    match draft.with {
        With::Nothing => {}
        With::Output(kept) => kept.store(tx)?,
        With::Runbook(digest, size, bytes) => store_runbook(tx, digest, size, bytes)?,
        With::Shredding(attempt) => output::shred(tx, run, attempt, entry.seq)?,
    }
    entries.push(entry);
    Ok(Appended::Recorded(entries))
}

/// Stores a runbook's compressed bytes, once for all runs that walk them.
fn store_runbook(conn: &Connection, digest: Digest, size: usize, bytes: &[u8]) -> Result<(), Cause> {
    let sql = "INSERT OR IGNORE INTO runbook(digest, size, zstd) VALUES (?, ?, ?)";
    conn.prepare_cached(sql)?.execute((digest.0, chain::int(size as u64), bytes))?;
    Ok(())
}

/// The entries after `seq`, with the chain's end checked against the table of heads.
pub(super) fn entries_in(conn: &Connection, run: &RunId, seq: u64) -> Result<Vec<Entry>, Cause> {
    let mut entries = Vec::new();
    each_entry_in(conn, run, seq, |entry| entries.push(entry)).map(|()| entries)
}

/// The same, one after another.
pub(super) fn each_entry_in(conn: &Connection, run: &RunId, seq: u64, take: impl FnMut(Entry)) -> Result<(), Cause> {
    let head = chain::head(conn, &run.0)?;
    let tail = chain::tail(conn, run)?;
    if head == Tail::NONE && tail == Tail::NONE {
        return Err(Cause::NoRun(run.clone()));
    }
    if head != tail || tail.seq < seq {
        let reason = format!("the last event is {}, but {} had been recorded", tail.seq, head.seq.max(seq));
        return Err(Place::Event(run.clone(), tail.seq + 1).found(reason).into());
    }
    if tail.seq == seq {
        return Ok(());
    }
    let from = chain::at(conn, run, seq)?;
    if from.seq != seq {
        return Err(Place::Event(run.clone(), seq).found("it is missing").into());
    }
    match chain::walk(conn, run, from, take)? {
        Walked::Whole(_) => Ok(()),
        Walked::Broken(_, finding) => Err(finding.into()),
    }
}

fn insert(conn: &Connection, run: &RunId, tail: Tail, stamp: &Stamp, event: &Event) -> Result<Entry, Cause> {
    let (entry, body) = Entry::seal(run, tail.seq + 1, stamp.clone(), event.clone(), tail.hash);
    conn.prepare_cached("INSERT INTO event(run, seq, kind, body, prev, hash) VALUES (?, ?, ?, ?, ?, ?)")?.execute((
        &run.0,
        chain::int(entry.seq),
        event.kind(),
        body,
        entry.prev.0,
        entry.hash.0,
    ))?;
    Ok(entry)
}
