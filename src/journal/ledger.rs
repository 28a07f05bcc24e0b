//! The chain over runs opened and closed, so that a run that was taken out of the file shows.

use crate::journal::Cause;
use crate::journal::chain::{self, Tail, int};
use crate::run::event::RunId;
use crate::runbook::Digest;
use rusqlite::Connection;

/// What a row of the ledger says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Opened,
    Closed,
}

impl What {
    pub fn word(self) -> &'static str {
        match self {
            What::Opened => "opened",
            What::Closed => "closed",
        }
    }
}

/// `SHA-256("gonogo/ledger/v1\n" ‖ prev ‖ u64be(len) ‖ text)`, where text is the row's fields, one a line.
pub(super) fn link(prev: &Digest, n: u64, what: &str, run: &str, event: Tail) -> Digest {
    let text = format!("{n}\n{what}\n{run}\n{}\n{}\n", event.seq, event.hash.hex());
    let length = (text.len() as u64).to_be_bytes();
    Digest::of_parts(&[b"gonogo/ledger/v1\n", &prev.0, &length, text.as_bytes()])
}

/// Adds a row about the event at which `run` was opened or closed.
pub(super) fn enter(conn: &Connection, what: What, run: &RunId, event: Tail) -> Result<(), Cause> {
    let mut last = conn.prepare_cached("SELECT n, hash FROM ledger ORDER BY n DESC LIMIT 1")?;
    let last = chain::tail_of(&mut last, [])?;
    let n = last.seq + 1;
    let hash = link(&last.hash, n, what.word(), &run.0, event);
    conn.prepare_cached("INSERT INTO ledger(n, what, run, seq, head, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?)")?
        .execute((int(n), what.word(), &run.0, int(event.seq), event.hash.0, last.hash.0, hash.0))?;
    Ok(())
}

/// Whether the ledger says that the run was closed.
pub(super) fn is_closed(conn: &Connection, run: &RunId) -> Result<bool, Cause> {
    let mut closed = conn.prepare_cached("SELECT 1 FROM ledger WHERE run = ? AND what = 'closed'")?;
    Ok(closed.exists([&run.0])?)
}
