//! Rows of the event table as entries, each checked against the one before while it is read.

mod batch;

use crate::journal::{Cause, Finding};
use crate::run::event::{Entry, RunId};
use crate::runbook::Digest;
use batch::Reading;
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
///
/// Reading is one thread's work, and what costs is to hash and to parse. A row names the hash of the one before, so batches
/// of rows are checked side by side and come back in their order; a short chain is checked right here.
pub(super) fn walk(conn: &Connection, run: &RunId, from: Tail, mut take: impl FnMut(Entry)) -> Result<Walked, Cause> {
    let mut statement =
        conn.prepare_cached("SELECT seq, kind, body, prev, hash FROM event WHERE run = ? AND seq > ? ORDER BY seq")?;
    batch::check_all(Reading::new(statement.query((&run.0, int(from.seq)))?, from), run, &mut take)
}
