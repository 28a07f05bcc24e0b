//! The terminal of plain mode: its size for the programs that run, and the whole of it for one that wants it.

use super::ask::Modes;
use super::execute::CUT_OFF;
use super::{Walk, say};
use crate::cli::exit::Failure;
use crate::run::Attempt;
use crate::run::event::AttemptId;
use crate::tui::{Passage, RESET};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{Termios, tcgetwinsize};
use std::io::Write;
use std::os::fd::AsFd;
use std::time::Duration;

/// How often keys and output are looked for while a program has the terminal.
const GLANCE: Duration = Duration::from_millis(6);
/// Ctrl-].
const BACK: u8 = 0x1d;

/// How a program's output reaches the terminal that was given to it.
enum Way {
    /// Colours and cursor movement go through, what is dangerous does not.
    Drawn(Passage),
    /// The terminal can only print.
    Printed(say::Printed),
}

impl<W: Write> Walk<'_, W> {
    /// Tells the programs that run how wide the terminal is.
    pub(super) fn adopt_size(&mut self) {
        if let Some(size) = self.answers.terminal().and_then(|terminal| tcgetwinsize(terminal).ok())
            && size.ws_col > 0
        {
            self.session.resize(size.ws_col, size.ws_row);
        }
    }

    /// Every key for the running program, until it ends or Ctrl-] is pressed.
    pub(super) fn hand_over(&mut self) -> Result<(), Failure> {
        let Some(attempt) = self.session.run().running().map(Attempt::id) else {
            let words =
                "No program is running; r starts the command, ~b comes back here, then F gives it the terminal.";
            return Ok(writeln!(self.out, "{words}")?);
        };
        if self.session.run().running().is_some_and(Attempt::is_rejoined) {
            return Ok(writeln!(self.out, "{CUT_OFF}")?);
        }
        let Some(raw) = self.answers.terminal().and_then(|terminal| Modes::change(terminal, Termios::make_raw)) else {
            return Ok(writeln!(self.out, "There is no terminal to give it.")?);
        };
        let dumb = self.around.env.get("TERM").is_none_or(|term| term == "dumb");
        let printed = match self.watched.take() {
            Some((watched, printed)) if watched == attempt => printed,
            Some(_) | None => say::Printed::default(),
        };
        // A terminal that draws gets the whole picture, of which nothing was drawn before.
        let seen = if dumb { printed.seen() } else { 0 };
        let mut way = if dumb { Way::Printed(printed) } else { Way::Drawn(Passage::default()) };
        write!(self.out, "Every key goes to the program; Ctrl-] comes back.\r\n")?;
        self.out.flush()?;
        let seen = self.pass_through(attempt, seen, &mut way);
        drop(raw);
        if let Way::Drawn(_) = way {
            self.out.write_all(RESET)?;
            // The reset leaves the cursor at the top; the walk goes on below what is there.
            self.out.write_all(b"\x1b[999;1H")?;
        }
        self.answers.heed(self.signals);
        let printed = match way {
            Way::Printed(printed) => printed,
            Way::Drawn(_) => say::Printed::from(seen?),
        };
        if self.session.run().running().map(Attempt::id) == Some(attempt) {
            writeln!(self.out, "\n{attempt} goes on; f watches it, F gives it the terminal again, K stops it.")?;
            self.watched = Some((attempt, printed));
        } else {
            self.watched = Some((attempt, printed));
            self.tell_ending()?;
        }
        Ok(())
    }

    /// Returns the offset up to which the output was shown.
    fn pass_through(&mut self, attempt: AttemptId, mut seen: u64, way: &mut Way) -> Result<u64, Failure> {
        loop {
            self.pass_output(attempt, &mut seen, way)?;
            self.adopt_size();
            self.tick()?;
            if self.session.run().running().map(Attempt::id) != Some(attempt) || self.signals.must_end() {
                self.pass_output(attempt, &mut seen, way)?;
                return Ok(seen);
            }
            let Some(keys) = self.answers.terminal().and_then(keys) else {
                return Ok(seen);
            };
            let back = keys.iter().position(|key| *key == BACK);
            self.session.feed(&keys[..back.unwrap_or(keys.len())]);
            if back.is_some() {
                return Ok(seen);
            }
        }
    }

    fn pass_output(&mut self, attempt: AttemptId, seen: &mut u64, way: &mut Way) -> Result<(), Failure> {
        match way {
            Way::Printed(printed) => {
                let mut text = Vec::new();
                printed.fresh(self.session, &mut text)?;
                *seen = printed.seen();
                // The terminal no longer adds the return to a line feed.
                let text = String::from_utf8_lossy(&text).replace("\r\n", "\n").replace('\n', "\r\n");
                self.out.write_all(text.as_bytes())?;
            }
            Way::Drawn(passage) => {
                if let Some(fresh) = self.session.fresh_output(*seen).filter(|fresh| fresh.attempt == attempt) {
                    *seen = fresh.from + fresh.bytes.len() as u64;
                    let mut drawn = Vec::with_capacity(fresh.bytes.len());
                    passage.feed(&fresh.bytes, &mut drawn);
                    self.out.write_all(&drawn)?;
                }
            }
        }
        Ok(self.out.flush()?)
    }
}

/// Keys as the terminal sent them, none when none came for a while; `None` when the terminal is gone.
fn keys(terminal: impl AsFd) -> Option<Vec<u8>> {
    let mut polled = [PollFd::new(&terminal, PollFlags::IN)];
    let wait = Timespec { tv_sec: 0, tv_nsec: i64::from(GLANCE.subsec_nanos()) };
    if !poll(&mut polled, Some(&wait)).is_ok_and(|ready| ready > 0) {
        return Some(Vec::new());
    }
    let mut keys = vec![0; 4096];
    match rustix::io::read(&terminal, &mut keys) {
        Ok(0) => None,
        Ok(read) => {
            keys.truncate(read);
            Some(keys)
        }
        Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Some(Vec::new()),
        Err(_) => None,
    }
}
