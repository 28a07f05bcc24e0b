//! The one thread that reads keys. It can be paused, and says so, before something else gets the terminal.

use super::keys::Key;
use super::msg::{Mouse, MouseDeed, Msg, Window};
use crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long it takes at most until a pause is noticed.
const PATIENCE: Duration = Duration::from_millis(50);

/// What the thread is told.
enum Order {
    /// Stop reading, say so through the channel, and wait for the next order.
    Pause(SyncSender<()>),
    Resume,
    End,
}

/// Keeps an answer that came too late (OSC 11) from being taken for keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Late {
    /// None is outstanding.
    Nothing,
    Expected,
    /// Within the answer, so many keys so far.
    Within(u8),
}

impl Late {
    /// Such an answer reads as Alt-], its text, and Alt-\\ or Ctrl-g.
    fn swallows(&mut self, msg: &Msg) -> bool {
        let Msg::Key(key) = msg else {
            return false;
        };
        let is = |c, modifiers| *key == Key { code: KeyCode::Char(c), modifiers };
        match *self {
            Late::Expected if is(']', KeyModifiers::ALT) => {
                *self = Late::Within(0);
                true
            }
            Late::Nothing | Late::Expected => false,
            Late::Within(keys) => {
                let ends = is('\\', KeyModifiers::ALT) || is('g', KeyModifiers::CONTROL);
                *self = if ends || keys > 40 { Late::Nothing } else { Late::Within(keys + 1) };
                true
            }
        }
    }
}

/// The reading thread. Dropping it ends it, so that it steals no key from whoever comes next.
pub(super) struct Input {
    orders: SyncSender<Order>,
    /// Disconnected once the thread has ended.
    ended: Receiver<()>,
}

impl Input {
    /// `late` says whether an answer of the terminal may still come among the keys.
    pub(super) fn start(messages: mpsc::Sender<Msg>, late: Late) -> io::Result<Self> {
        let (orders, inbox) = sync_channel(4);
        let (alive, ended) = sync_channel::<()>(0);
        std::thread::Builder::new().name("input".to_owned()).spawn(move || {
            read(&messages, &inbox, late);
            drop(alive);
        })?;
        Ok(Input { orders, ended })
    }

    /// Returns once no key is read any more.
    pub(super) fn pause(&self) {
        let (done, paused) = sync_channel(1);
        if self.orders.send(Order::Pause(done)).is_ok() {
            // The thread may have ended with the terminal; then nothing reads either.
            let _ = paused.recv();
        }
    }

    pub(super) fn resume(&self) {
        let _ = self.orders.send(Order::Resume);
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        let _ = self.orders.send(Order::End);
        // Reading a terminal that was hung up may never return. It is not waited for: the process ends soon.
        let _ = self.ended.recv_timeout(4 * PATIENCE);
    }
}

fn read(messages: &mpsc::Sender<Msg>, orders: &Receiver<Order>, mut late: Late) {
    loop {
        match orders.try_recv() {
            Ok(Order::Pause(done)) => {
                let _ = done.send(());
                if !wait_for_resume(orders) {
                    return;
                }
            }
            Ok(Order::End) | Err(TryRecvError::Disconnected) => return,
            Ok(Order::Resume) | Err(TryRecvError::Empty) => {}
        }
        if is_hung_up() {
            return;
        }
        let read = match event::poll(PATIENCE) {
            Ok(true) => event::read(),
            Ok(false) => continue,
            Err(error) => Err(error),
        };
        let Ok(event) = read else {
            // The terminal is gone; the loop hears of it by a signal or by this channel's end.
            return;
        };
        if let Some(msg) = message(event)
            && !late.swallows(&msg)
            && send(messages, orders, msg).is_none()
        {
            return;
        }
    }
}

/// Whether the terminal is gone: then reading it would spin for ever.
fn is_hung_up() -> bool {
    let stdin = rustix::stdio::stdin();
    let mut polled = [PollFd::new(&stdin, PollFlags::IN)];
    let now = Timespec::default();
    poll(&mut polled, Some(&now)).is_ok() && polled[0].revents().intersects(PollFlags::HUP | PollFlags::ERR)
}

/// Says whether to go on.
fn wait_for_resume(orders: &Receiver<Order>) -> bool {
    loop {
        match orders.recv() {
            Ok(Order::Resume) => return true,
            Ok(Order::Pause(done)) => {
                let _ = done.send(());
            }
            Ok(Order::End) | Err(_) => return false,
        }
    }
}

/// Waits while the loop is busy, but not past its end.
fn send(messages: &mpsc::Sender<Msg>, orders: &Receiver<Order>, mut msg: Msg) -> Option<()> {
    loop {
        match messages.try_send(msg) {
            Ok(()) => return Some(()),
            Err(mpsc::error::TrySendError::Closed(_)) => return None,
            Err(mpsc::error::TrySendError::Full(back)) => msg = back,
        }
        match orders.recv_timeout(Duration::from_millis(2)) {
            Ok(Order::Pause(done)) => {
                let _ = done.send(());
                if !wait_for_resume(orders) {
                    return None;
                }
            }
            Ok(Order::End) | Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return None,
            Ok(Order::Resume) | Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
        }
    }
}

fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => Some(Msg::Key(Key::from(key))),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Mouse(event) => mouse(event).map(Msg::Mouse),
        Event::Resize(cols, rows) => Some(Msg::Resize(cols, rows)),
        Event::FocusGained => Some(Msg::Focus(Window::Focused)),
        Event::FocusLost => Some(Msg::Focus(Window::Elsewhere)),
        Event::Key(_) => None,
    }
}

fn mouse(event: MouseEvent) -> Option<Mouse> {
    let deed = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => MouseDeed::Click,
        MouseEventKind::Drag(MouseButton::Left) => MouseDeed::Drag,
        MouseEventKind::Up(MouseButton::Left) => MouseDeed::Release,
        MouseEventKind::ScrollUp => MouseDeed::WheelUp,
        MouseEventKind::ScrollDown => MouseDeed::WheelDown,
        _ => return None,
    };
    Some(Mouse { column: event.column, row: event.row, deed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::notation;

    #[test]
    fn a_late_answer_presses_no_keys() {
        let mut late = Late::Expected;
        let left: Vec<String> = notation("j<A-]>11;rgb:1c1c/1c1c/1c1c<A-\\>r<A-]>x")
            .into_iter()
            .filter(|key| !late.swallows(&Msg::Key(*key)))
            .map(Key::label)
            .collect();
        assert_eq!(left, ["j", "r", "Alt-]", "x"]);
    }
}
