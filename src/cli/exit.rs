//! Exit codes, and errors that know theirs.

use crate::run::readiness::Answer;
use std::fmt;
use std::process::ExitCode;

/// How a command ends. The numbers are a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Go, or the command succeeded.
    Success = 0,
    NoGo = 1,
    Usage = 2,
    /// An invalid or unreadable runbook, record or configuration.
    Invalid = 3,
    /// Unfinished, waiting or rehearsed; can be resumed.
    Hold = 4,
    /// A journal or a record does not verify.
    Altered = 5,
    /// A missing file, I/O, the database, no terminal.
    System = 6,
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

impl From<Answer> for Exit {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Go => Exit::Success,
            Answer::NoGo => Exit::NoGo,
            Answer::Hold | Answer::Rehearsed => Exit::Hold,
        }
    }
}

/// A command that cannot go on: one sentence that says what, where and what next, and the exit code for it.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub sentence: String,
    /// Whoever read our standard output has closed it.
    pub reader_left: bool,
}

impl Failure {
    #[must_use]
    pub fn new(exit: Exit, sentence: impl Into<String>) -> Self {
        Failure { exit, sentence: sentence.into(), reader_left: false }
    }

    #[must_use]
    pub fn invalid(sentence: impl Into<String>) -> Self {
        Failure::new(Exit::Invalid, sentence)
    }

    #[must_use]
    pub fn usage(sentence: impl Into<String>) -> Self {
        Failure::new(Exit::Usage, sentence)
    }

    #[must_use]
    pub fn system(sentence: impl Into<String>) -> Self {
        Failure::new(Exit::System, sentence)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        let reader_left = error.kind() == std::io::ErrorKind::BrokenPipe;
        Failure { reader_left, ..Failure::system(format!("cannot write the result: {error}")) }
    }
}

impl From<crate::journal::Fault> for Failure {
    fn from(fault: crate::journal::Fault) -> Self {
        use crate::journal::Cause;
        let exit = match &fault.cause {
            Cause::Altered(_) | Cause::Damaged(_) => Exit::Altered,
            Cause::NotAJournal => Exit::Invalid,
            _ => Exit::System,
        };
        Failure::new(exit, fault.to_string())
    }
}

impl From<crate::session::Fault> for Failure {
    fn from(fault: crate::session::Fault) -> Self {
        use crate::session::Fault;
        match fault {
            Fault::Journal(fault) => fault.into(),
            Fault::NotARun(_) | Fault::Runbook(_) => Failure::new(Exit::Altered, fault.to_string()),
            Fault::NoSuchRun(_) | Fault::Ambiguous(..) => Failure::usage(fault.to_string()),
            Fault::Exec(_) | Fault::Held(_) | Fault::Contended | Fault::NoJournal => Failure::system(fault.to_string()),
        }
    }
}

impl From<crate::session::Denied> for Failure {
    fn from(denied: crate::session::Denied) -> Self {
        match denied {
            crate::session::Denied::Refused(refusal) => Failure::new(Exit::Hold, format!("not now: {refusal}")),
            crate::session::Denied::Faulted(fault) => fault.into(),
        }
    }
}
