//! Watching a live command: reads what it prints, obeys, watches the clock, and ends with one report. Whoever waits for the
//! command does this while it is young; then a thread of its own does.
//!
//! It waits in one place, for all of it: output, orders, the holder's word, and the next moment something is due. It never
//! sleeps, so that a child that prints is never slowed down by us.

mod after;
mod stopping;

use super::handle::{Ended, Level, Order};
use super::pipe::Leader;
use super::process::{Kinship, Process};
use super::pty::{self, HiddenInput};
use super::registry::Registry;
use super::shell_state::Carrier;
use super::start::ending_of;
use super::stream::Stream;
use super::{Job, Secret};
use crate::run::event::Ending;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};
use stopping::{Cause, SWEEP_EVERY, Stopping, Sweep};

/// How long the stream is read on after the command's end, for what is still on its way.
const AFTERGLOW: Duration = Duration::from_millis(200);
const BUFFER: usize = 64 << 10;
/// The same while a command is young: most print little, and so large a piece of memory is costly to get and to give back.
const FIRST_BUFFER: usize = 16 << 10;
/// How long a command is young, and how much it may print while it is: what waits for the journal must not fill the queue.
const YOUTH: Duration = Duration::from_millis(20);
const YOUNG: u64 = 256 << 10;

/// The moment, on the monotonic clock.
#[expect(clippy::disallowed_methods, reason = "limits on live processes are kept where the processes are")]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// A started child with everything that leads to it.
#[derive(Debug)]
pub(super) struct Leading {
    pub pid: u32,
    pub own_session: bool,
    pub leader: Leader,
    pub streams: Vec<Stream>,
    /// The near side of its terminal.
    pub master: Option<File>,
    pub far: Option<File>,
    /// The far sides of its pipes, until it has ended.
    pub held: Vec<PipeWriter>,
    /// Where the holder of the terminal reports.
    pub status: Option<PipeReader>,
    pub leave: Option<PipeWriter>,
    /// The near side of a terminal at which nobody sits.
    pub mute: Option<File>,
}

#[derive(Debug)]
pub(super) struct Live {
    job: Job,
    kin: Kinship,
    leading: Leading,
    /// Becomes readable at the leader's end. Absent when that has been seen, or is told by an order.
    pidfd: Option<OwnedFd>,
    carrier: Carrier,
    registry: Arc<Registry>,
    wake: PipeReader,
    orders: Receiver<Order>,
    report: Sender<Ended>,
    begun: Instant,
    /// The command's own end, and when it was seen.
    finished: Option<(Ending, Instant)>,
    leader_gone: bool,
    /// Whether the report was given.
    concluded: bool,
    stopping: Option<Stopping>,
    deadline: Option<Instant>,
    keys: VecDeque<u8>,
    hidden: HiddenInput,
    learned: Vec<Secret>,
    /// Background children that live on after the end.
    survivors: Vec<Process>,
    said: Vec<u8>,
    buffer: Vec<u8>,
}

impl Live {
    #[expect(clippy::too_many_arguments, reason = "called once, by the module that gathers these parts")]
    pub(super) fn new(
        job: Job,
        kin: Kinship,
        leading: Leading,
        pidfd: Option<OwnedFd>,
        carrier: Carrier,
        registry: Arc<Registry>,
        wake: PipeReader,
        orders: Receiver<Order>,
        report: Sender<Ended>,
        begun: Instant,
    ) -> Self {
        let deadline = job.timeout.and_then(|limit| begun.checked_add(limit));
        Self {
            job,
            kin,
            leading,
            pidfd,
            carrier,
            registry,
            wake,
            orders,
            report,
            begun,
            finished: None,
            leader_gone: false,
            concluded: false,
            stopping: None,
            deadline,
            keys: VecDeque::new(),
            hidden: HiddenInput::default(),
            learned: Vec::new(),
            survivors: Vec::new(),
            said: Vec::new(),
            buffer: vec![0; FIRST_BUFFER],
        }
    }

    /// Watches to the end, and as long as anything is left to watch.
    pub(super) fn run(mut self) {
        self.buffer.resize(BUFFER, 0);
        if !self.concluded {
            self.watch_until(None);
        }
        self.linger();
    }

    /// Watches a young command, at most until a moment. `None`: it has ended and left nothing behind. Otherwise it is to be
    /// watched on, by a thread unless it is still young.
    pub(super) fn watch_young(mut self: Box<Self>, until: Instant) -> Option<(Age, Box<Self>)> {
        let grown = self.begun + YOUTH;
        if !self.watch_until(Some(until.min(grown))) {
            let printed = self.leading.streams.first().map_or(0, |stream| stream.tape.counts().bytes);
            let age = if now() >= grown || printed >= YOUNG { Age::Grown } else { Age::Young };
            return Some((age, self));
        }
        if self.leaves_something() {
            return Some((Age::Grown, self));
        }
        self.let_go();
        None
    }

    /// Watches until the end, which it reports, or until a moment. Says whether the end has come.
    fn watch_until(&mut self, until: Option<Instant>) -> bool {
        loop {
            let now = now();
            if self.is_over(now) {
                self.conclude();
                return true;
            }
            if until.is_some_and(|until| now >= until || self.has_printed_much()) {
                return false;
            }
            let next = self.next_moment().into_iter().chain(until).min();
            self.turn(next.map(|moment| moment.saturating_duration_since(now)));
            self.keep_time(self::now());
        }
    }

    fn has_printed_much(&self) -> bool {
        self.leading.streams.iter().any(|stream| stream.tape.counts().bytes >= YOUNG)
    }

    /// Whether the attempt has ended and everything that belongs to it was read.
    fn is_over(&self, now: Instant) -> bool {
        let Some((_, at)) = &self.finished else { return false };
        let quiet = self.leading.streams.iter().all(|stream| !stream.open) || now >= *at + AFTERGLOW;
        let swept = self.stopping.is_none_or(|stopping| match stopping.sweep {
            Sweep::Done => true,
            Sweep::Going { .. } => false,
            // A stop by the clock leaves nobody behind; an operator who only interrupts decides alone.
            Sweep::NotYet => stopping.cause == Cause::Operator || self.members().is_empty(),
        });
        quiet && swept
    }

    /// When something is due without anybody's doing.
    fn next_moment(&self) -> Option<Instant> {
        let afterglow = self.finished.as_ref().map(|(_, at)| *at + AFTERGLOW).filter(|at| *at > now());
        let sweep = self.stopping.and_then(|stopping| match stopping.sweep {
            Sweep::Going { next, .. } => Some(next),
            Sweep::NotYet => stopping.kill_at.map(|at| {
                // While survivors of an ended leader are given time, look for them now and then.
                if self.finished.is_some() { at.min(now() + SWEEP_EVERY) } else { at }
            }),
            Sweep::Done => None,
        });
        let limit = self.deadline.filter(|_| self.stopping.is_none() && self.finished.is_none());
        [afterglow, sweep, limit].into_iter().flatten().min()
    }

    /// Waits for something to happen and deals with it.
    fn turn(&mut self, at_most: Option<Duration>) {
        for ready in self.wait(at_most) {
            match ready {
                Ready::Wake => self.take_orders(),
                Ready::Exit => {
                    self.pidfd = None;
                    self.obey(Order::Gone(ending_of(self.kin.leader)));
                }
                Ready::Status => self.hear_holder(),
                Ready::Keys => self.type_keys(),
                Ready::Mute => self.answer_nobody(),
                Ready::Stream(index) => {
                    self.leading.streams[index].read(&mut self.buffer);
                }
            }
        }
    }

    fn wait(&self, at_most: Option<Duration>) -> Vec<Ready> {
        let mut waited = vec![(Ready::Wake, PollFd::new(&self.wake, PollFlags::IN))];
        if let Some(pidfd) = &self.pidfd {
            waited.push((Ready::Exit, PollFd::new(pidfd, PollFlags::IN)));
        }
        if let Some(status) = &self.leading.status {
            waited.push((Ready::Status, PollFd::new(status, PollFlags::IN)));
        }
        if let Some(master) = self.leading.master.as_ref().filter(|_| !self.keys.is_empty()) {
            waited.push((Ready::Keys, PollFd::new(master, PollFlags::OUT)));
        }
        if let Some(mute) = self.leading.mute.as_ref().filter(|_| self.finished.is_none()) {
            waited.push((Ready::Mute, PollFd::new(mute, PollFlags::IN)));
        }
        for (index, stream) in self.leading.streams.iter().enumerate() {
            if stream.open && stream.tape.has_room() {
                waited.push((Ready::Stream(index), PollFd::new(&stream.source, PollFlags::IN)));
            }
        }
        let (kinds, mut polled): (Vec<Ready>, Vec<PollFd<'_>>) = waited.into_iter().unzip();
        let limit = at_most.and_then(|limit| Timespec::try_from(limit).ok());
        // An interrupted wait is one in which nothing was ready.
        if poll(&mut polled, limit.as_ref()).is_err() {
            return Vec::new();
        }
        let is_ready = |(_, polled): &(Ready, &PollFd<'_>)| !polled.revents().is_empty();
        kinds.into_iter().zip(&polled).filter(is_ready).map(|(kind, _)| kind).collect()
    }

    fn take_orders(&mut self) {
        let mut woken = [0; 64];
        while self.wake.read(&mut woken).is_ok_and(|read| read == woken.len()) {}
        while let Ok(order) = self.orders.try_recv() {
            self.obey(order);
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Stop(level) => self.stop(Cause::Operator, level),
            Order::Resize(size) => {
                if let Some(master) = &self.leading.master {
                    // A terminal that is gone needs no size.
                    let _ = pty::resize(master, size);
                }
            }
            Order::Keys(keys) => {
                if self.leading.master.is_some() && self.finished.is_none() {
                    self.keys.extend(keys);
                    self.type_keys();
                }
            }
            Order::Gone(ending) => {
                self.leader_gone = true;
                self.leading.status = None;
                self.finish(ending);
            }
        }
    }

    /// The command itself has ended. What the holder says comes first and is more exact than the holder's own end.
    fn finish(&mut self, ending: Ending) {
        self.leading.far = None;
        self.leading.held.clear();
        self.finished.get_or_insert_with(|| (ending, now()));
    }

    fn hear_holder(&mut self) {
        let Some(status) = self.leading.status.as_mut() else {
            return;
        };
        let before = self.said.len();
        let was_up = pty::is_up(&self.said);
        if let Some((code, of_signal)) = pty::read_status(status, &mut self.said) {
            self.leading.status = None;
            self.finish(if of_signal { Ending::Signalled { signal: code - 128 } } else { Ending::Exited { code } });
        } else if self.said.len() == before {
            // The holder is going without a word; how it went will be told.
            self.leading.status = None;
        } else if !was_up && pty::is_up(&self.said) {
            self.stop_again();
        }
    }

    fn type_keys(&mut self) {
        let Some(master) = &mut self.leading.master else { return };
        while let Some(&key) = self.keys.front() {
            let hidden = pty::hides_input(master);
            match master.write(&[key]) {
                Ok(1) => {
                    self.keys.pop_front();
                    if let Some(value) = self.hidden.type_key(key, hidden) {
                        let secret = Secret { name: "hidden input".into(), value };
                        for stream in &mut self.leading.streams {
                            stream.redactor.learn(&secret);
                        }
                        self.learned.push(secret);
                    }
                }
                Ok(_) => return,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                // The terminal is gone, and the keys with it.
                Err(_) => self.keys.clear(),
            }
        }
    }

    /// Somebody writes to the terminal at which nobody sits: a question.
    fn answer_nobody(&mut self) {
        // What it says does not matter, and whether all of it is read neither.
        if self.leading.mute.as_mut().is_some_and(|mute| mute.read(&mut self.buffer).is_err()) {
            return;
        }
        self.stop(Cause::Asking, Level::Terminate);
    }
}

/// Who watches a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    /// Whoever waits for it.
    Young,
    /// A thread of its own.
    Grown,
}

/// Something that became ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ready {
    Wake,
    Exit,
    Status,
    Keys,
    Mute,
    Stream(usize),
}
