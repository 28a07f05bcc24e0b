//! Rows of the event table as entries, each checked against the one before while it is read.

use crate::journal::{Cause, Finding, Place};
use crate::run::event::{Entry, RunId, chain};
use crate::runbook::Digest;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row};

/// The end of a chain: the last sequence number and hash, or zeros when there is nothing yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tail {
    pub seq: u64,
    pub hash: Digest,
}

impl Tail {
    pub const NONE: Tail = Tail { seq: 0, hash: Digest::ZERO };
}

/// SQLite has signed integers only; what we count stays far below 2^63.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).expect("counts stay far below 2^63")
}

/// The last row of a run's chain; zeros when the run has none.
pub(super) fn tail(conn: &Connection, run: &RunId) -> Result<Tail, Cause> {
    let mut statement = conn.prepare_cached("SELECT seq, hash FROM event WHERE run = ? ORDER BY seq DESC LIMIT 1")?;
    tail_of(&mut statement, [&run.0])
}

/// The row of a run's chain at `seq`; zeros when there is none.
pub(super) fn at(conn: &Connection, run: &RunId, seq: u64) -> Result<Tail, Cause> {
    let mut statement = conn.prepare_cached("SELECT seq, hash FROM event WHERE run = ? AND seq = ?")?;
    tail_of(&mut statement, (&run.0, int(seq)))
}

/// Where `name` ends according to the table of heads.
pub(super) fn head(conn: &Connection, name: &str) -> Result<Tail, Cause> {
    let mut statement = conn.prepare_cached("SELECT seq, hash FROM head WHERE chain = ?")?;
    tail_of(&mut statement, [name])
}

/// Whether the table of heads says that the run was not closed yet.
pub(super) fn is_open(conn: &Connection, run: &RunId) -> Result<bool, Cause> {
    let mut statement = conn.prepare_cached("SELECT 1 FROM head WHERE chain = ? AND open = 1")?;
    Ok(statement.exists([&run.0])?)
}

pub(super) fn tail_of(statement: &mut rusqlite::Statement<'_>, params: impl rusqlite::Params) -> Result<Tail, Cause> {
    let tail = statement.query_row(params, |row| Ok((count(row, 0), digest(row, 1)))).optional()?;
    match tail {
        None => Ok(Tail::NONE),
        Some((Some(seq), Some(hash))) => Ok(Tail { seq, hash }),
        Some(_) => Err(Cause::Damaged("the end of a chain is not readable".into())),
    }
}

/// A digest in a column, if it is one.
pub(super) fn digest(row: &Row<'_>, column: usize) -> Option<Digest> {
    match row.get_ref(column) {
        Ok(ValueRef::Blob(bytes)) => Some(Digest(bytes.try_into().ok()?)),
        Ok(_) | Err(_) => None,
    }
}

/// A count in a column, if it is one.
pub(super) fn count(row: &Row<'_>, column: usize) -> Option<u64> {
    match row.get_ref(column) {
        Ok(ValueRef::Integer(number)) => u64::try_from(number).ok(),
        Ok(_) | Err(_) => None,
    }
}

/// Text in a column, if it is text and UTF-8.
pub(super) fn text<'r>(row: &'r Row<'_>, column: usize) -> Option<&'r str> {
    match row.get_ref(column) {
        Ok(ValueRef::Text(bytes)) => std::str::from_utf8(bytes).ok(),
        Ok(_) | Err(_) => None,
    }
}

/// What reading a chain came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Walked {
    /// Every row follows the one before; this is the last.
    Whole(Tail),
    /// The first row that does not, and the last good one before it.
    Broken(Tail, Finding),
}

/// Reads the entries of `run` after `from` in order and hands each to `take`; stops at the first that does not follow.
pub(super) fn walk(conn: &Connection, run: &RunId, from: Tail, mut take: impl FnMut(Entry)) -> Result<Walked, Cause> {
    let mut statement =
        conn.prepare_cached("SELECT seq, kind, body, prev, hash FROM event WHERE run = ? AND seq > ? ORDER BY seq")?;
    let mut rows = statement.query((&run.0, int(from.seq)))?;
    let mut last = from;
    while let Some(row) = rows.next()? {
        match follow(row, run, last) {
            Ok(entry) => {
                last = Tail { seq: entry.seq, hash: entry.hash };
                take(entry);
            }
            Err(reason) => {
                let place = Place::Event(run.clone(), last.seq + 1);
                return Ok(Walked::Broken(last, place.found(reason)));
            }
        }
    }
    Ok(Walked::Whole(last))
}

/// Reads the entries after `from`, all of them or the first finding.
pub(super) fn read(conn: &Connection, run: &RunId, from: Tail) -> Result<Vec<Entry>, Cause> {
    let mut entries = Vec::new();
    match walk(conn, run, from, |entry| entries.push(entry))? {
        Walked::Whole(_) => Ok(entries),
        Walked::Broken(_, finding) => Err(finding.into()),
    }
}

fn follow(row: &Row<'_>, run: &RunId, last: Tail) -> Result<Entry, String> {
    let seq = count(row, 0).ok_or("its number is not a number")?;
    if seq != last.seq + 1 {
        return Err(format!("it is missing; the next one is {seq}"));
    }
    let kind = text(row, 1).ok_or("its kind is not text")?;
    let body = text(row, 2).ok_or("its body is not UTF-8 text")?;
    let prev = digest(row, 3).ok_or("its previous hash is not a hash")?;
    let hash = digest(row, 4).ok_or("its hash is not a hash")?;
    if prev != last.hash {
        return Err("it does not follow the event before it".into());
    }
    if chain(&prev, body.as_bytes()) != hash {
        return Err("its hash does not fit its body".into());
    }
    let entry = Entry::read(body, prev, hash).map_err(|error| error.to_string())?;
    if entry.seq != seq || entry.run != *run {
        return Err(format!("its body speaks of run {}, event {}", entry.run, entry.seq));
    }
    if entry.event.kind() != kind {
        return Err(format!("it is filed as {kind} but its body says {}", entry.event.kind()));
    }
    Ok(entry)
}
