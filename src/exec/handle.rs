//! The caller's end of a live command: keys, sizes and stops go in, one ending comes out.
//!
//! Nothing here blocks, except [`Handle::attend`] and [`Handle::wait`], and dropping a handle stops nothing.

use super::live::{Age, Live, now};
use super::pty;
use super::start::spawn_thread;
use super::tape::{Tape, wake};
use super::{NotStarted, Secret, Size};
use crate::run::event::{Ending, Leftover};
use std::fs::File;
use std::io::PipeWriter;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How hard a command is to be stopped. The operator escalates by asking again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// INT to what is in the foreground, like Ctrl-C.
    Interrupt,
    /// TERM to the whole group.
    Terminate,
    /// KILL to the group and then to every descendant that can be found.
    Kill,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// [`super::Job::id`].
    pub id: u32,
    pub ending: Ending,
    pub took_ms: u64,
    /// Background children that live on. They are not killed, and their stream is still read, so that they can write.
    pub left_over: Vec<Leftover>,
    /// Processes that may still be alive after a kill: they belong to another user.
    pub not_dead: Vec<Leftover>,
    /// Values that turned out to be secret: typed hidden, printed by a generator, or in a variable named like a secret.
    /// They belong into [`super::Job::secrets`] of the jobs to come.
    pub learned: Vec<Secret>,
    /// The shell's state is not known: it was killed or replaced by `exec`, so the next block starts from the state before.
    pub state_lost: bool,
}

/// What a handle asks of the thread that runs the command.
#[derive(Debug)]
pub(super) enum Order {
    Stop(Level),
    Resize(Size),
    Keys(Vec<u8>),
    /// The leader has ended, with this status. Sent by the thread that waits for it.
    Gone(Ending),
}

/// A live command.
#[derive(Debug)]
pub struct Handle {
    pub(super) id: u32,
    pub(super) pid: u32,
    pub(super) started: u64,
    pub(super) mark: String,
    pub(super) orders: Sender<Order>,
    pub(super) waker: Arc<PipeWriter>,
    pub(super) output: Arc<Tape>,
    pub(super) ended: Mutex<Receiver<Ended>>,
    /// The near end of its terminal, if it has one.
    pub(super) master: Option<File>,
    pub(super) young: Young,
}

/// The command itself, as long as no thread watches it.
#[derive(Debug, Default)]
pub(super) struct Young {
    live: Arc<Mutex<Option<Box<Live>>>>,
    /// Whether it was given to a thread.
    grown: AtomicBool,
}

impl Young {
    pub(super) fn new(live: Live) -> Self {
        Self { live: Arc::new(Mutex::new(Some(Box::new(live)))), grown: AtomicBool::new(false) }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Box<Live>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Handle {
    /// [`super::Job::id`].
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The leader of the command's session and process group.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// When the leader was started, in clock ticks since boot: with the pid it names a process beyond doubt. 0 where the
    /// system does not tell.
    #[must_use]
    pub fn started(&self) -> u64 {
        self.started
    }

    /// What its processes carry in their environment as `GONOGO_ATTEMPT`.
    #[must_use]
    pub fn mark(&self) -> &str {
        &self.mark
    }

    /// What it prints, both streams; [`Tape::errors`] tells them apart where that was asked for.
    #[must_use]
    pub fn tape(&self) -> &Tape {
        &self.output
    }

    /// Types into the terminal. Keys wait until the program reads them. Without a terminal they go nowhere.
    pub fn write(&self, keys: &[u8]) {
        self.send(Order::Keys(keys.to_vec()));
    }

    /// Tells the program that the terminal has another size.
    pub fn resize(&self, size: Size) {
        self.send(Order::Resize(size));
    }

    /// Whether it asks for a line that must not be shown: a password. Without a terminal it never does.
    #[must_use]
    pub fn hides_input(&self) -> bool {
        self.master.as_ref().is_some_and(pty::hides_input)
    }

    /// Asks it to end. The ending comes by [`Handle::poll`] like any other.
    pub fn stop(&self, level: Level) {
        self.send(Order::Stop(level));
    }

    /// The ending, once, when there is one.
    pub fn poll(&self) -> Option<Ended> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).try_recv().ok()
    }

    /// Waits until there is something to drain, the command has ended, or the time has passed. While the command is young
    /// this is what watches it; see [`super::Executor::start_attended`].
    pub fn attend(&self, at_most: Duration) {
        let until = now() + at_most;
        let young = if self.young.grown.load(Ordering::Acquire) { None } else { self.young.lock().take() };
        if let Some(live) = young {
            match live.watch_young(until) {
                None => return,
                Some((Age::Young, live)) => *self.young.lock() = Some(live),
                Some((Age::Grown, live)) => {
                    *self.young.lock() = Some(live);
                    // Without a thread the caller goes on watching it.
                    let _ = self.watch_in_thread();
                }
            }
        }
        self.output.wait(until.saturating_duration_since(now()));
    }

    /// Leaves the watching to a thread, unless the command is over.
    pub(super) fn watch_in_thread(&self) -> Result<(), NotStarted> {
        if self.young.lock().is_none() {
            return Ok(());
        }
        let live = Arc::clone(&self.young.live);
        let watch = move || {
            let live = live.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(live) = live {
                live.run();
            }
        };
        spawn_thread("gonogo-command", watch)
            .map_err(|error| NotStarted::new(format!("there is no thread to watch the command: {error}")))?;
        self.young.grown.store(true, Ordering::Release);
        Ok(())
    }

    /// Drains everything into `keep` until the command ends: for callers that have nothing else to do.
    pub fn wait(&self, mut keep: impl FnMut(&[u8])) -> Ended {
        let mut bytes = Vec::new();
        loop {
            self.attend(Duration::from_secs(1));
            let ended = self.poll();
            while self.output.drain(&mut bytes) > 0 {
                keep(&bytes);
                bytes.clear();
            }
            if let Some(ended) = ended {
                return ended;
            }
        }
    }

    fn send(&self, order: Order) {
        // After the end nobody listens any more, and there is nothing left to do.
        if self.orders.send(order).is_ok() {
            wake(&self.waker);
        }
    }
}

impl Drop for Handle {
    /// A command that nobody looks at any more still has to be watched.
    fn drop(&mut self) {
        if !self.young.grown.load(Ordering::Acquire) {
            let _ = self.watch_in_thread();
        }
    }
}
