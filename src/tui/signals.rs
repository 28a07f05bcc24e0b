//! Signals that reach the process while it has the screen.

use rustix::process::Signal as Number;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals the screen answers to.
pub(super) struct Signals {
    pub(super) terminate: Signal,
    pub(super) hang_up: Signal,
    pub(super) interrupt: Signal,
    /// The process was stopped and goes on.
    pub(super) go_on: Signal,
    /// The process is to stop for a while (SIGTSTP).
    pub(super) pause: Signal,
}

impl Signals {
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            pause: signal(SignalKind::from_raw(Number::TSTP.as_raw()))?,
            go_on: signal(SignalKind::from_raw(Number::CONT.as_raw()))?,
        })
    }

    /// Waits until the system asks the program to end.
    pub(super) async fn end(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}

/// Stops this process until somebody continues it.
pub(super) fn stop_self() {
    // SIGSTOP cannot be refused; if it were, the walk would just go on.
    let _ = rustix::process::kill_process(rustix::process::getpid(), Number::STOP);
}
