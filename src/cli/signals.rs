//! Signals that reach gonogo itself, counted by a thread of their own for whoever polls.

use super::exit::Failure;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// From now on a file that may not grow any more (`ulimit -f`) is an error like any other and not the end of the process.
/// Commands are not affected: a handler does not outlive the start of another program.
pub fn outlive_file_limit() {
    if let Ok(runtime) = runtime() {
        let _guard = runtime.enter();
        // The handler stays when its listener goes. Without one a write past the limit ends the process, as ever.
        let _ = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()));
    }
}

/// How often we were asked to stop.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    interrupts: Arc<AtomicU32>,
    ends: Arc<AtomicU32>,
}

impl Signals {
    /// Listens from now on: INT no longer ends the process, nor do TERM and HUP. The process itself sees to its end.
    ///
    /// # Errors
    /// When the system gives no handler.
    pub fn listen() -> Result<Self, Failure> {
        let signals = Signals::default();
        let runtime = runtime().map_err(|error| Failure::system(format!("cannot listen for signals: {error}")))?;
        let (mut int, mut term, mut hup) = {
            let _guard = runtime.enter();
            (on(SignalKind::interrupt())?, on(SignalKind::terminate())?, on(SignalKind::hangup())?)
        };
        let counted = signals.clone();
        thread::spawn(move || {
            runtime.block_on(async move {
                loop {
                    tokio::select! {
                        _ = int.recv() => counted.interrupts.fetch_add(1, Ordering::Relaxed),
                        _ = term.recv() => counted.ends.fetch_add(1, Ordering::Relaxed),
                        _ = hup.recv() => counted.ends.fetch_add(1, Ordering::Relaxed),
                    };
                }
            });
        });
        Ok(signals)
    }

    /// How often Ctrl-C was pressed.
    #[must_use]
    pub fn interrupts(&self) -> u32 {
        self.interrupts.load(Ordering::Relaxed)
    }

    /// Whether the terminal went away or somebody wants this process gone.
    #[must_use]
    pub fn must_end(&self) -> bool {
        self.ends.load(Ordering::Relaxed) > 0
    }

    /// Whether anybody wants us to stop in any way.
    #[must_use]
    pub fn any(&self) -> bool {
        self.interrupts() > 0 || self.must_end()
    }
}

/// What signals are listened to with. Where there are too few file descriptors left (`ulimit -n`) tokio panics, so that is
/// tried before.
fn runtime() -> std::io::Result<Runtime> {
    let room: std::io::Result<Vec<_>> = (0..4).map(|_| UnixStream::pair()).collect();
    drop(room?);
    Builder::new_current_thread().enable_io().build()
}

fn on(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::system(format!("cannot listen for signals: {error}")))
}
