//! Finding runs: by name, by runbook, the newest first. Only columns are read, no chain is verified here.

use crate::journal::chain::{count, digest, text};
use crate::journal::{Cause, Fault, Journal, output};
use crate::run::event::{RunId, RunKind};
use crate::runbook::Digest;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row};

/// A run as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    pub run: RunId,
    pub title: String,
    /// The path the runbook was opened by, as given.
    pub path: String,
    pub runbook: Digest,
    pub kind: RunKind,
    pub opened: DateTime<Utc>,
    pub operator: String,
    /// How many events it has.
    pub events: u64,
    pub closed: Option<Closed>,
}

/// How a run was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    pub at: DateTime<Utc>,
    pub verdict: String,
    pub percent: Option<u32>,
}

/// What a typed name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    One(RunId),
    Nothing,
    /// Several runs, newest first, at most twenty.
    Many(Vec<RunId>),
}

const COLUMNS: &str =
    "SELECT run.run, run.title, run.path, run.runbook, run.kind, run.opened, run.operator, head.seq, event.body
    FROM run LEFT JOIN head ON head.chain = run.run
    LEFT JOIN ledger ON ledger.run = run.run AND ledger.what = 'closed'
    LEFT JOIN event ON event.run = ledger.run AND event.seq = ledger.seq";

impl Journal {
    /// The newest runs, at most `limit`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn runs(&self, limit: usize) -> Result<Vec<RunRow>, Fault> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.named(rows(&self.conn, &format!("{COLUMNS} ORDER BY run.run DESC LIMIT ?"), [limit]))
    }

    /// The newest run that was never closed, else the newest of all; `None` when there is none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn newest(&self) -> Result<Option<RunId>, Fault> {
        let newest = self.conn.query_row(
            "SELECT coalesce((SELECT max(chain) FROM head INDEXED BY head_open WHERE open = 1), (SELECT max(run) FROM run))",
            [],
            |row| row.get::<_, Option<String>>(0),
        );
        self.named(newest.map(|run| run.map(RunId)).map_err(Cause::from))
    }

    /// One run as lists show it.
    ///
    /// # Errors
    /// When there is no such run, or the file cannot be read.
    pub fn run(&self, run: &RunId) -> Result<RunRow, Fault> {
        let found = rows(&self.conn, &format!("{COLUMNS} WHERE run.run = ?"), [&run.0])
            .and_then(|rows| rows.into_iter().next().ok_or_else(|| Cause::NoRun(run.clone())));
        self.named(found)
    }

    /// The runs of a runbook with exactly these bytes that were never closed, newest first, at most a hundred.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn unfinished(&self, runbook: Digest) -> Result<Vec<RunRow>, Fault> {
        self.named(open_with(&self.conn, "run.runbook", runbook.0))
    }

    /// The runs that were opened by exactly this path and were never closed, newest first, at most a hundred.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn unfinished_of(&self, path: &str) -> Result<Vec<RunRow>, Fault> {
        self.named(open_with(&self.conn, "run.path", path))
    }

    /// Finds a run by the beginning or the end of its name, in either case: people type the last six characters. What looks
    /// alike (`o` and `0`, `i`, `l` and `1`) may be mistaken, as Crockford's alphabet provides for.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn find(&self, typed: &str) -> Result<Found, Fault> {
        let typed = typed.trim().to_ascii_uppercase();
        if typed.is_empty() || !typed.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Ok(Found::Nothing);
        }
        let found = find(&self.conn, &typed).and_then(|found| match found {
            Found::Nothing => find(&self.conn, &typed.replace('O', "0").replace(['I', 'L'], "1")),
            Found::One(_) | Found::Many(_) => Ok(found),
        });
        self.named(found)
    }

    /// The bytes of a runbook that was walked.
    ///
    /// # Errors
    /// When there is none with this digest, or its bytes are no longer those that were stored.
    pub fn runbook(&self, digest: Digest) -> Result<Vec<u8>, Fault> {
        self.named(output::runbook(&self.conn, digest))
    }
}

/// The runs that were never closed and have this value in a column, newest first, at most a hundred. Few open runs are found
/// by the index of those; where many are open, the runs with this value are found by theirs.
fn open_with(conn: &Connection, column: &str, value: impl rusqlite::ToSql) -> Result<Vec<RunRow>, Cause> {
    let mut many = conn.prepare_cached("SELECT 1 FROM head INDEXED BY head_open WHERE open = 1 LIMIT 1 OFFSET 1000")?;
    let wanted = if many.exists([])? {
        format!("{column} = ? AND +head.open = 1")
    } else {
        format!("+{column} = ? AND run.run IN (SELECT chain FROM head INDEXED BY head_open WHERE open = 1)")
    };
    let sql = format!("{COLUMNS} WHERE {wanted} ORDER BY run.run DESC LIMIT 100");
    rows(conn, &sql, [value])
}

fn find(conn: &Connection, typed: &str) -> Result<Found, Cause> {
    let mut statement = conn.prepare_cached(
        "SELECT run FROM run WHERE upper(run) = ?1 OR upper(substr(run, 1, length(?1))) = ?1
            OR upper(substr(run, -length(?1))) = ?1 ORDER BY upper(run) <> ?1, run DESC LIMIT 20",
    )?;
    let mut found: Vec<RunId> =
        statement.query_map([typed], |row| Ok(RunId(row.get(0)?)))?.collect::<Result<_, _>>()?;
    Ok(match found.len() {
        0 => Found::Nothing,
        1 => Found::One(found.remove(0)),
        // A whole name is never ambiguous.
        _ if found[0].0.eq_ignore_ascii_case(typed) => Found::One(found.remove(0)),
        _ => Found::Many(found),
    })
}

fn rows(conn: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<Vec<RunRow>, Cause> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut runs = Vec::new();
    while let Some(row) = rows.next()? {
        // A row that cannot be read is left to verification, so that the other runs can still be listed.
        runs.extend(listed(row));
    }
    Ok(runs)
}

fn listed(row: &Row<'_>) -> Option<RunRow> {
    let owned = |column| text(row, column).map(str::to_owned);
    Some(RunRow {
        run: RunId(owned(0)?),
        title: owned(1)?,
        path: owned(2)?,
        runbook: digest(row, 3)?,
        kind: if text(row, 4)? == "rehearsal" { RunKind::Rehearsal } else { RunKind::Real },
        opened: text(row, 5)?.parse().ok()?,
        operator: owned(6)?,
        events: count(row, 7).unwrap_or(0),
        closed: text(row, 8).and_then(closed),
    })
}

/// Reads what a list needs from the stored form of the closing event.
fn closed(body: &str) -> Option<Closed> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    let data = body.get("data")?;
    Some(Closed {
        at: body.get("at")?.as_str()?.parse().ok()?,
        verdict: data.get("verdict")?.as_str()?.to_owned(),
        percent: data.get("percent").and_then(serde_json::Value::as_u64).and_then(|p| u32::try_from(p).ok()),
    })
}

/// The runbook each run names, for verification.
pub(super) fn runbooks(conn: &Connection) -> Result<Vec<Option<Digest>>, Cause> {
    let mut statement = conn.prepare("SELECT digest FROM runbook")?;
    let digests = statement.query_map([], |row| Ok(digest(row, 0)))?.collect::<Result<_, _>>()?;
    Ok(digests)
}

/// The stored runbook of a digest: its size and compressed bytes.
pub(super) fn stored_runbook(conn: &Connection, digest: Digest) -> Result<Option<(u64, Vec<u8>)>, Cause> {
    let mut statement = conn.prepare_cached("SELECT size, zstd FROM runbook WHERE digest = ?")?;
    let stored = statement.query_row([digest.0], |row| Ok((count(row, 0).unwrap_or(0), row.get(1)?))).optional()?;
    Ok(stored)
}
