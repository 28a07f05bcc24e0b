//! One stream of output on its way from a descriptor to a tape, through the redactor.
//!
//! It does not wait; whoever polls calls it.

use super::redact::Redactor;
use super::tape::{Origin, Tape};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// One stream of output on its way to a tape.
#[derive(Debug)]
pub(super) struct Stream {
    pub source: File,
    pub redactor: Redactor,
    pub tape: Arc<Tape>,
    origin: Origin,
    /// Whether more may come.
    pub open: bool,
    clean: Vec<u8>,
}

impl Stream {
    pub(super) fn new(source: OwnedFd, origin: Origin, redactor: Redactor, tape: Arc<Tape>) -> Self {
        Self { source: File::from(source), redactor, tape, origin, open: true, clean: Vec::new() }
    }

    /// Reads once and passes it on. Returns how much there was.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> usize {
        match self.source.read(buffer) {
            Ok(0) => self.open = false,
            Ok(read) => {
                self.clean.clear();
                let redacted = self.redactor.feed(&buffer[..read], &mut self.clean);
                self.tape.push(self.origin, &self.clean, redacted);
                self.tape.reveal(self.redactor.take_generated());
                return read;
            }
            Err(error) => match error.kind() {
                std::io::ErrorKind::Interrupted | std::io::ErrorKind::WouldBlock => {}
                // A terminal ends with EIO, not with an empty read.
                _ => self.open = false,
            },
        }
        0
    }

    /// Releases what was held back and says that nothing will come.
    pub(super) fn finish(&mut self) {
        self.clean.clear();
        let redacted = self.redactor.finish(&mut self.clean);
        self.tape.push(self.origin, &self.clean, redacted);
        self.tape.reveal(self.redactor.take_generated());
    }

    pub(super) fn is_readable(&self) -> bool {
        let mut polled = [PollFd::new(&self.source, PollFlags::IN)];
        poll(&mut polled, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }
}
