//! The one thread that reads keys. It can be paused, and says so, before something else gets the terminal.

use super::keys::Key;
use super::msg::{Mouse, MouseDeed, Msg};
use crossterm::event::{self, Event, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;
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

/// The reading thread. Dropping it ends it, so that it steals no key from whoever comes next.
pub(super) struct Input {
    orders: SyncSender<Order>,
    thread: Option<JoinHandle<()>>,
}

impl Input {
    pub(super) fn start(messages: mpsc::Sender<Msg>) -> io::Result<Self> {
        let (orders, inbox) = sync_channel(4);
        let thread = std::thread::Builder::new().name("input".to_owned()).spawn(move || read(&messages, &inbox))?;
        Ok(Input { orders, thread: Some(thread) })
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
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn read(messages: &mpsc::Sender<Msg>, orders: &Receiver<Order>) {
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
            && send(messages, orders, msg).is_none()
        {
            return;
        }
    }
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
        Event::Key(_) | Event::FocusGained | Event::FocusLost => None,
    }
}

fn mouse(event: MouseEvent) -> Option<Mouse> {
    let deed = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => MouseDeed::Click,
        MouseEventKind::ScrollUp => MouseDeed::WheelUp,
        MouseEventKind::ScrollDown => MouseDeed::WheelDown,
        _ => return None,
    };
    Some(Mouse { column: event.column, row: event.row, deed })
}
