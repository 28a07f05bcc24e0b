//! What can go wrong with the journal: every fault names the file and says what to do next.

use crate::journal::Finding;
use crate::run::event::{AttemptId, RunId};
use std::fmt;
use std::path::{Path, PathBuf};

/// The machine, the file or the program is at fault; never the author, never a command.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", path.display())]
pub struct Fault {
    /// The file (or folder) it is about.
    pub path: PathBuf,
    pub cause: Cause,
}

/// Why, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    #[error("there is no journal here: a journal begins with the first run; name another file with --journal")]
    Missing,
    #[error(
        "was moved, replaced or removed while it was in use: put the very file back; until then nothing is recorded and nothing is started"
    )]
    Replaced,
    #[error("is a symbolic link, which may lead anywhere: name the file it points to with --journal")]
    Symlink,
    #[error("is not a plain file: name another file with --journal")]
    NotAFile,
    #[error("belongs to user {0}, not to you: work as that user, or name another file with --journal")]
    Owner(u32),
    #[error(
        "can be changed by other users (mode {0:o}): take that away with `chmod go-w`, or name another file with --journal"
    )]
    Writable(u32),
    #[error("exists already: name a file that does not exist")]
    Exists,
    #[error("is not a gonogo journal: name another file with --journal, or move this one away")]
    NotAJournal,
    #[error("needs SQLite 3.51.3 or later, but this program carries {0}: build gonogo with its bundled SQLite")]
    OldSqlite(String),
    #[error(
        "{setting} is {found} here instead of {wanted}, so a crash could lose records: keep the journal on a local disk, with --journal"
    )]
    Downgraded { setting: &'static str, wanted: String, found: String },
    #[error(
        "has unfinished changes in its -wal file, which cannot be read from here: copy the journal and the -wal file to a folder you can write to"
    )]
    UnreadableWal,
    #[error("can only be read: {0}")]
    ReadOnly(WhyReadOnly),
    #[error("another process has kept the journal locked for five seconds: wait for it or end it, then try again")]
    Busy,
    #[error("the disk is full: free some space; endings and sign-offs are still recorded, nothing new is started")]
    Full,
    #[error(
        "could not be read or written ({0}): check the disk, then resume the run; what was recorded stays recorded"
    )]
    Io(String),
    #[error(
        "an earlier write failed and may not have reached the disk: nothing is started until the journal has been opened and checked again; resume the run"
    )]
    Suspended,
    #[error(
        "{0}: the record was altered or damaged; keep the file as it is, run `gonogo verify`, and go on from a backup"
    )]
    Altered(Box<Finding>),
    #[error("the journal is damaged ({0}): keep the file as it is, run `gonogo verify`, and go on from a backup")]
    Damaged(String),
    #[error("refused what does not follow ({0}): run `gonogo verify` to see what happened to the file")]
    Refused(String),
    #[error("there is no run {0}: `gonogo runs` lists them")]
    NoRun(RunId),
    #[error("attempt {1} of run {0} has no stored output: there is nothing to shred")]
    NoOutput(RunId, AttemptId),
    #[error("run {0} exists already: start again, a new name will be drawn")]
    RunExists(RunId),
    #[error("run {0} is closed: nothing can be started or closed in it; begin a new run")]
    Closed(RunId),
    #[error("run {0} is driven by another process now: leave, and resume it when that process has ended")]
    LeaseLost(RunId),
    #[error("the system gives no random numbers ({0}): nothing can be kept safely without them; check /dev/urandom")]
    NoRandom(String),
    #[error("the database answered: {0}; please report this, with what you did before")]
    Database(String),
}

/// Why a journal is open for reading only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyReadOnly {
    /// It was opened to look.
    Asked,
    /// A newer gonogo wrote it, with this version of the schema.
    Newer(i64),
    /// The file, its folder or its medium cannot be written.
    Media,
}

impl fmt::Display for WhyReadOnly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WhyReadOnly::Asked => f.write_str("it was opened to look; open it for writing to record something"),
            WhyReadOnly::Newer(version) => {
                write!(f, "a newer gonogo wrote it (schema {version}); use that version to record something")
            }
            WhyReadOnly::Media => {
                f.write_str("the file or its folder cannot be written; copy it, or change its rights")
            }
        }
    }
}

impl Cause {
    /// Names the file.
    #[must_use]
    pub fn at(self, path: &Path) -> Fault {
        Fault { path: path.to_path_buf(), cause: self }
    }
}

impl From<std::io::Error> for Cause {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Cause::Full,
            _ => Cause::Io(error.to_string()),
        }
    }
}

impl From<getrandom::Error> for Cause {
    fn from(error: getrandom::Error) -> Self {
        Cause::NoRandom(error.to_string())
    }
}

impl From<Finding> for Cause {
    fn from(finding: Finding) -> Self {
        Cause::Altered(Box::new(finding))
    }
}

impl From<rusqlite::Error> for Cause {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Cause::Busy,
            Some(Code::DiskFull) => Cause::Full,
            Some(Code::SystemIoFailure | Code::CannotOpen | Code::PermissionDenied) => Cause::Io(text),
            Some(Code::DatabaseCorrupt) => Cause::Damaged(text),
            Some(Code::NotADatabase) => Cause::NotAJournal,
            Some(Code::ReadOnly) => Cause::ReadOnly(WhyReadOnly::Media),
            Some(Code::ConstraintViolation | Code::AuthorizationForStatementDenied) => Cause::Refused(text),
            _ => Cause::Database(text),
        }
    }
}
