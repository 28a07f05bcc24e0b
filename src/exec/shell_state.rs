//! One shell for the run: what a block leaves behind in its shell, for the block after it.
//!
//! Each block is a fresh process. At its end the shell writes its variables, functions, aliases, options, umask and folder
//! into memory that it shares with us (never into a file), and the next block's shell reads them before it reads the block.
//! In `bash` this hangs on `BASH_ENV` and an EXIT trap, so that the block itself is the plain argument of `bash -c`: line
//! numbers, here-documents, `$0`, `exit` and standard input are what they would be without us.
//!
//! The copy for a later resume is a file of mode 0600 that lacks everything known to be secret. Not carried: read-only marks,
//! variables that belong to the shell, error options (`set -e`, `-u`, `pipefail`, `-x`; blocks of a shared session hand these
//! to each other), traps, jobs and `$!`'s children, open descriptors. A block of a fresh session has no part in any of it.
//! A block that replaces its shell by `exec` or is killed leaves the state as it was.
//!
//! A block that can be seen to change nothing ([`crate::runbook::code::shell::is_inert`]) is not asked at its end, and told
//! only what there is to tell: most blocks are then the plain shell that an operator would have started.

mod carrier;
mod script;
mod statement;

pub(super) use carrier::Carrier;

use statement::{Record, decode, encode};
use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The state of a run's shell. Clones are the same state.
#[derive(Debug, Clone)]
pub struct ShellState {
    path: PathBuf,
    carried: Arc<Mutex<Carried>>,
}

/// What is carried from block to block.
#[derive(Debug, Clone, Default)]
pub(super) struct Carried {
    /// The family of shells that wrote it; another one does not understand it.
    pub dialect: Option<Dialect>,
    pub folder: Option<PathBuf>,
    pub records: Vec<Record>,
}

/// Shells that can say what they know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Bash,
    /// dash, ash, ksh and whatever calls itself `sh`.
    Sh,
    Zsh,
}

impl Dialect {
    /// By the program's name.
    pub(super) fn of(program: &Path) -> Option<Self> {
        match program.file_name()?.to_str()? {
            "bash" => Some(Self::Bash),
            "sh" | "dash" | "ash" | "ksh" | "mksh" => Some(Self::Sh),
            "zsh" => Some(Self::Zsh),
            _ => None,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Sh => "sh",
            Self::Zsh => "zsh",
        }
    }
}

/// The state's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateFault {
    #[error("the shell's state {path} cannot be used: {source}. Move it away to go on with a fresh shell.")]
    Io { path: PathBuf, source: io::Error },
    #[error("the shell's state {path} is not one of this version. Move it away to go on with a fresh shell.")]
    Unknown { path: PathBuf },
}

impl ShellState {
    /// Takes up the state of an earlier session, or begins afresh if there is no such file. Nothing is created.
    ///
    /// # Errors
    /// When the file exists and cannot be read, is a link, or is not a state.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StateFault> {
        let path = path.into();
        let carried = match read_private(&path) {
            Ok(bytes) => decode(&bytes).ok_or_else(|| StateFault::Unknown { path: path.clone() })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Carried::default(),
            Err(source) => return Err(StateFault::Io { path, source }),
        };
        Ok(Self { path, carried: Arc::new(Mutex::new(carried)) })
    }

    /// The folder in which the next block will start, once a block has run.
    #[must_use]
    pub fn folder(&self) -> Option<PathBuf> {
        self.lock().folder.clone()
    }

    /// Forgets everything and removes the file: at the close of a run.
    ///
    /// # Errors
    /// When the file exists and cannot be removed.
    pub fn delete(&self) -> Result<(), StateFault> {
        *self.lock() = Carried::default();
        match fs::remove_file(&self.path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(StateFault::Io { path: self.path.clone(), source })
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    pub(super) fn snapshot(&self) -> Carried {
        self.lock().clone()
    }

    /// Replaces the state, and the file with all but the secret records. A file that says the same already stays.
    pub(super) fn replace(&self, carried: Carried) -> io::Result<()> {
        let bytes = encode(&carried);
        let mut held = self.lock();
        let is_written = encode(&held) == bytes && self.path.exists();
        *held = carried;
        drop(held);
        if is_written { Ok(()) } else { write_private(&self.path, &bytes) }
    }

    fn lock(&self) -> MutexGuard<'_, Carried> {
        self.carried.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn no_follow() -> i32 {
    i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).expect("a flag of open(2) fits its argument")
}

fn read_private(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = OpenOptions::new().read(true).custom_flags(no_follow()).open(path)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes beside the file and renames, so that there is always one whole state. The name beside it is fixed: two processes
/// do not run blocks of one run at the same time.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    let options = |create_new| {
        let mut options = OpenOptions::new();
        options.write(true).mode(0o600).custom_flags(no_follow());
        if create_new {
            options.create_new(true)
        } else {
            options.truncate(true)
        };
        options
    };
    let mut file = match options(true).open(&beside) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options(false).open(&beside)?,
        other => other?,
    };
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(bytes)?;
    drop(file);
    fs::rename(&beside, path)
}
