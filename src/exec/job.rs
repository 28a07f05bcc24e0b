//! What is to be started: plain data.
//!
//! It does not check anything; [`super::Executor::start`] does.

use super::ShellState;
use crate::runbook::ShellSession;
use std::path::PathBuf;
use std::time::Duration;

/// A command to start.
#[derive(Debug, Clone)]
pub struct Job {
    /// The caller's number for it; only handed back.
    pub id: u32,
    /// What the shell reads, exactly as it stands.
    pub text: String,
    /// The shell or interpreter: a path, or a name to be found on the `PATH`.
    pub shell: PathBuf,
    pub cwd: Place,
    /// Variables of the whole run, on top of this process's own. What an earlier block has changed wins over them.
    pub env: Vec<(String, String)>,
    /// Variables of this block alone. They win over everything and are not carried to the next block.
    pub overrides: Vec<(String, String)>,
    pub channel: Channel,
    /// How long it may take before it is stopped.
    pub timeout: Option<Duration>,
    /// How long it may take to end after TERM before it is killed.
    pub grace: Duration,
    /// The state shared with other blocks, if any.
    pub state: Option<ShellState>,
    /// How much of the state it takes over and hands on.
    pub session: ShellSession,
    /// Values that must not leave this module.
    pub secrets: Vec<Secret>,
    pub printed: Printed,
}

/// Where a command starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Where the last block has left off; in this folder if there was none.
    Carried(PathBuf),
    /// In this folder, and without moving the blocks after it.
    Fixed(PathBuf),
}

/// How a child's input and output are connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// A terminal of its own. Output is not post-processed by the kernel (`OPOST` is off, so that its bytes are exact): the
    /// emulator must take a line feed for carriage return and line feed, except on the alternate screen.
    Pty(Size),
    /// Pipes, standard input from `/dev/null`, and no controlling terminal.
    Pipe(Streams),
}

/// Size of a terminal in character cells. Anything below 2 counts as 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub cols: u16,
    pub rows: u16,
}

/// Whether standard output and standard error share a pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Streams {
    /// One stream, in the order it was written.
    Together,
    /// A pipe for each, so that they can be told apart; between them the order is that in which they were read.
    Apart,
}

/// What kind of output is to be expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Printed {
    Ordinary,
    /// Fresh secrets, see [`super::redact::is_generator`]: lines that are one token are held back for the operator.
    Generated,
    /// Nothing but secrets, as its author says: every line is held back.
    Secret,
}

/// The name of values that a generator printed.
pub const GENERATED: &str = "generated";

/// A value that must not be recorded, and the name that stands for it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    pub name: String,
    pub value: String,
}

/// Shows the name and never the value.
impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({})", self.name)
    }
}

/// Why nothing was started, in words for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct NotStarted {
    pub reason: String,
}

impl NotStarted {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}
