//! Why a wish came to nothing.

use crate::journal;
use crate::run::decide::Refusal;
use crate::run::fold::NotARun;
use crate::runbook::read::Unreadable;

/// Either the operator cannot have it now, or something is broken.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Faulted(#[from] Fault),
}

/// Ours, or the machine's. One sentence: what, where, what next.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error(transparent)]
    Journal(#[from] journal::Fault),
    #[error("{0}")]
    Exec(String),
    #[error(
        "{0} drives this run: commands can only be started there; sign-offs, notes and calls are recorded here too"
    )]
    Held(String),
    #[error("others record in this run faster than a decision can be made; try again")]
    Contended,
    #[error("the run has no journal; start it again")]
    NoJournal,
    #[error("the recorded entries are no run ({0}): keep the journal as it is and run `gonogo verify`")]
    NotARun(#[from] NotARun),
    #[error("the recorded runbook cannot be read ({0}): keep the journal as it is and run `gonogo verify`")]
    Runbook(#[from] Unreadable),
    #[error("no run is called {0}: `gonogo runs` lists them")]
    NoSuchRun(String),
    #[error("{0} fits several runs ({1}): type more of the id")]
    Ambiguous(String, String),
}
