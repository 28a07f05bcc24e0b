//! Where the record does not hold, and why.

use crate::run::event::{AttemptId, RunId};
use crate::runbook::Digest;
use std::fmt;

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub place: Place,
    /// One clause, for people.
    pub reason: String,
}

/// Which row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The database file as such.
    File,
    /// The tables, indexes and triggers.
    Schema,
    /// Row `n` of the ledger of runs.
    Ledger(u64),
    /// The row that describes a run, or the chain as a whole.
    Run(RunId),
    Event(RunId, u64),
    /// Stored bytes of a runbook.
    Runbook(Digest),
    /// Stored output of an attempt.
    Output(RunId, AttemptId),
}

impl Place {
    /// Names the place and what is wrong there.
    #[must_use]
    pub fn found(self, reason: impl Into<String>) -> Finding {
        Finding { place: self, reason: reason.into() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File => f.write_str("file"),
            Place::Schema => f.write_str("schema"),
            Place::Ledger(n) => write!(f, "ledger row {n}"),
            Place::Run(run) => write!(f, "run {run}"),
            Place::Event(run, seq) => write!(f, "run {run}, event {seq}"),
            Place::Runbook(digest) => write!(f, "runbook {digest}"),
            Place::Output(run, attempt) => write!(f, "run {run}, output of attempt {}", attempt.0),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}
