//! The whole terminal for the running program: a proxy between the operator's terminal and the program's own.
//!
//! Keys go through untouched, except the one that comes back. What the program prints goes through [`Passage`], and has been
//! recorded and redacted before, like everything it prints. The pane's emulator sees the same bytes, so that it answers the
//! program's questions, and has the right picture when the screen comes back.

use super::{Open, Walk};
use crate::run::Attempt;
use crate::run::event::AttemptId;
use crate::tui::Left;
use crate::tui::msg::Msg;
use crate::tui::passage::{Passage, RESET};
use crate::tui::signals::Signals;
use crate::tui::ui::Hand;
use anyhow::Context as _;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, Write as _};
use std::time::Duration;

/// How often keys and output are looked for.
const GLANCE: Duration = Duration::from_millis(6);
/// Ctrl-].
const BACK: u8 = 0x1d;

/// What ended a hand-over.
enum Returned {
    /// The program has ended, or the operator asked for the screen.
    Here,
    /// The terminal is gone, or the system asks gonogo to end.
    Gone,
}

impl Walk<'_> {
    /// Gives the terminal to the running program until it ends or Ctrl-] is pressed.
    pub(super) async fn hand_over(&mut self, signals: &mut Signals) -> anyhow::Result<Option<Left>> {
        let Some(attempt) = self.session.run().running().map(Attempt::id) else {
            return Ok(None);
        };
        self.input.pause();
        self.screen.lend().context("cannot hand over the terminal")?;
        let returned = self.pass_through(attempt, signals).await;
        io::stdout().write_all(RESET).and_then(|()| io::stdout().flush()).context("cannot write to the terminal")?;
        self.ui.hand = Hand::Pane;
        self.screen.resume().context("cannot take the terminal back")?;
        self.input.resume();
        let (cols, rows) = self.screen.size()?;
        self.take(Msg::Resize(cols, rows))?;
        match returned? {
            Returned::Here => Ok(None),
            Returned::Gone => Ok(Some(Left::Terminated)),
        }
    }

    async fn pass_through(&mut self, attempt: AttemptId, signals: &mut Signals) -> anyhow::Result<Returned> {
        let mut passage = Passage::default();
        let mut seen = self.show_what_is_there(attempt, &mut passage)?;
        loop {
            // A flood is shown without a pause, but keys and signals are looked at in between.
            let pause = if self.pass_output(attempt, &mut seen, &mut passage)? { Duration::ZERO } else { GLANCE };
            if self.session.run().running().map(Attempt::id) != Some(attempt) {
                self.pass_output(attempt, &mut seen, &mut passage)?;
                return Ok(Returned::Here);
            }
            tokio::select! {
                biased;
                _ = signals.terminate.recv() => return Ok(Returned::Gone),
                _ = signals.hang_up.recv() => return Ok(Returned::Gone),
                // Only from outside: Ctrl-C is a byte for the program here.
                _ = signals.interrupt.recv() => { self.take(Msg::Interrupt)?; }
                () = tokio::time::sleep(pause) => {}
            }
            match read_keys() {
                Keys::None => {}
                Keys::Some(keys) => {
                    let back = keys.iter().position(|key| *key == BACK);
                    self.session.feed(&keys[..back.unwrap_or(keys.len())]);
                    if back.is_some() {
                        return Ok(Returned::Here);
                    }
                }
                Keys::Closed => return Ok(Returned::Gone),
            }
            self.follow_size()?;
            if self.tick()? == Open::No {
                return Ok(Returned::Here);
            }
        }
    }

    /// Says what holds now and draws what the program has on its screen already. Returns the offset up to which it is shown.
    fn show_what_is_there(&mut self, attempt: AttemptId, passage: &mut Passage) -> anyhow::Result<u64> {
        let mut out = Vec::new();
        out.extend_from_slice(b"\x1b[2J\x1b[H");
        let (cols, rows) = self.screen.size()?;
        self.ui.hand = Hand::Whole(cols, rows);
        self.take(Msg::Tick)?;
        // The emulator may be without its text after a change of width; it is asked for again.
        self.refresh(attempt)?;
        passage.feed(self.ui.pane.picture().as_bytes(), &mut out);
        write(&out)?;
        Ok(self.ui.pane.seen(attempt))
    }

    fn pass_output(&mut self, attempt: AttemptId, seen: &mut u64, passage: &mut Passage) -> anyhow::Result<bool> {
        let Some(fresh) = self.session.fresh_output(*seen).filter(|fresh| fresh.attempt == attempt) else {
            return Ok(false);
        };
        if fresh.bytes.is_empty() {
            return Ok(false);
        }
        *seen = fresh.from + fresh.bytes.len() as u64;
        let mut out = Vec::with_capacity(fresh.bytes.len());
        passage.feed(&fresh.bytes, &mut out);
        write(&out)?;
        Ok(true)
    }

    /// Passes a new size of the terminal on.
    fn follow_size(&mut self) -> anyhow::Result<()> {
        let (cols, rows) = self.screen.size()?;
        if self.ui.hand != Hand::Whole(cols, rows) {
            self.ui.hand = Hand::Whole(cols, rows);
            self.take(Msg::Tick)?;
        }
        Ok(())
    }
}

fn write(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout();
    out.write_all(bytes).and_then(|()| out.flush()).context("cannot write to the terminal")
}

enum Keys {
    None,
    Some(Vec<u8>),
    Closed,
}

/// Keys that wait, exactly as the terminal sent them.
fn read_keys() -> Keys {
    let stdin = rustix::stdio::stdin();
    let mut polled = [PollFd::new(&stdin, PollFlags::IN)];
    if !poll(&mut polled, Some(&Timespec::default())).is_ok_and(|ready| ready > 0) {
        return Keys::None;
    }
    let mut keys = vec![0; 4096];
    match rustix::io::read(stdin, &mut keys) {
        Ok(0) => Keys::Closed,
        Ok(read) => {
            keys.truncate(read);
            Keys::Some(keys)
        }
        Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Keys::None,
        Err(_) => Keys::Closed,
    }
}
