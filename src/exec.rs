//! Starts, feeds, watches and stops commands.
//!
//! A [`Job`] goes in; a [`Handle`] comes back at once. One thread per live command reads what it prints, redacts it, puts it
//! on a [`Tape`], obeys [`Level`]s and the time limit, and ends with one [`Ended`]. No message is sent per chunk: whoever
//! looks at the tape polls it. A command that its caller waits for gets its thread only when it takes longer than a moment.
//!
//! ```text
//!            Job                    keys, sizes, stops
//! session ────────► Executor ─► Handle ───────────────► one thread ─► child in its own session
//!    ▲                            │ Ended                  │ redact
//!    └──────── drain, since ──────┴──────── Tape ◄─────────┘
//! ```
//!
//! A command in the screen gets a terminal ([`Channel::Pty`]); otherwise it gets pipes and no terminal to ask at
//! ([`Channel::Pipe`]). Blocks share one shell state ([`ShellState`]), though each is a fresh process that can be killed.
//!
//! It knows no steps, no journal and no screen. It never starts anything by itself, never starts anything again, and never
//! kills the background children of a block that has ended normally. On Linux nothing survives [`Level::Kill`]; elsewhere
//! only the process group and the session are reached, because there is no `/proc` and no subreaper.

mod handle;
mod job;
mod live;
pub mod orphan;
mod pipe;
pub mod probe;
mod process;
mod pty;
pub mod redact;
mod registry;
mod shell_state;
pub mod sign;
mod start;
mod stream;
mod tape;

pub use handle::{Ended, Handle, Level};
pub use job::{Channel, GENERATED, Job, NotStarted, Place, Printed, Secret, Size, Streams};
pub use shell_state::{ShellState, StateFault};
pub use tape::{Counts, Errors, QUEUE, TAIL, Tape};

use registry::Registry;
use std::sync::Arc;

/// Starts jobs and remembers which processes belong to them. Cheap to clone; all clones are the same executor.
#[derive(Debug, Clone)]
pub struct Executor {
    registry: Arc<Registry>,
    detach: pipe::Detach,
}

impl Executor {
    /// Looks how a child can be kept away from the terminal on this system. Starts nothing.
    #[must_use]
    pub fn new() -> Self {
        Self { registry: Arc::new(Registry::new()), detach: pipe::Detach::find() }
    }

    /// Starts a command.
    ///
    /// # Errors
    /// When there is nothing that could be started: no such shell, not executable, no such folder, no terminal left. It
    /// is the end of that attempt, and its text is for the operator.
    pub fn start(&self, job: Job) -> Result<Handle, NotStarted> {
        self.registry.reap();
        let handle = start::start(&self.registry, &self.detach, job)?;
        handle.watch_in_thread()?;
        Ok(handle)
    }

    /// Starts a command that the caller itself watches while it is young: it must call [`Handle::attend`] until the end.
    /// Most commands of an unattended walk are over before a thread for them would have begun.
    ///
    /// # Errors
    /// As for [`Executor::start`].
    pub fn start_attended(&self, job: Job) -> Result<Handle, NotStarted> {
        self.registry.reap();
        start::start(&self.registry, &self.detach, job)
    }
}

impl Default for Executor {
    fn default() -> Self {
        Self::new()
    }
}

/// Makes this process the one that adopts the orphans of its descendants, so that [`Level::Kill`] finds them. To be called
/// once, before the first command is started. Does nothing where the system does not know it.
///
/// # Errors
/// When the kernel refuses.
pub fn become_subreaper() -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    Ok(())
}
