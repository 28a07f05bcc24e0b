//! The thread of a live command: reads what it prints, obeys, watches the clock, and ends with one report.
//!
//! It waits in one place, for all of it: output, orders, the holder's word, and the next moment something is due. It never
//! sleeps, so that a child that prints is never slowed down by us.

use super::handle::{Ended, Level, Order};
use super::pipe::{Leader, wanted_a_person};
use super::process::{self, Delivery, Kinship, Process};
use super::pty::{self, HiddenInput};
use super::redact::Redactor;
use super::registry::Registry;
use super::shell_state::Carrier;
use super::tape::Tape;
use super::{Job, Secret};
use crate::run::event::{Ending, Leftover};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

/// How long the stream is read on after the command's end, for what is still on its way.
const AFTERGLOW: Duration = Duration::from_millis(200);
/// How often and how long a kill is repeated.
const SWEEP_EVERY: Duration = Duration::from_millis(20);
const SWEEP_FOR: Duration = Duration::from_secs(2);
/// How often it is looked whether the background children of an ended command are gone.
const LINGER_EVERY: Duration = Duration::from_secs(1);
const BUFFER: usize = 64 << 10;
/// Most that is read at the end from a stream that background children keep busy.
const LAST_READ: usize = 4 * BUFFER;
/// How much of the end of a failed command's output is searched for a cry for a terminal.
const CRY: usize = 4096;

/// The moment, on the monotonic clock.
#[expect(
    clippy::disallowed_methods,
    reason = "limits on live processes are kept where the processes are"
)]
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
    /// Where the holder of the terminal reports.
    pub status: Option<PipeReader>,
    pub leave: Option<PipeWriter>,
    /// The near side of a terminal at which nobody sits.
    pub mute: Option<File>,
}

/// One stream of output on its way to a tape.
#[derive(Debug)]
pub(super) struct Stream {
    source: File,
    redactor: Redactor,
    tape: Arc<Tape>,
    open: bool,
    clean: Vec<u8>,
}

impl Stream {
    pub(super) fn new(source: OwnedFd, redactor: Redactor, tape: Arc<Tape>) -> Self {
        Self {
            source: File::from(source),
            redactor,
            tape,
            open: true,
            clean: Vec::new(),
        }
    }

    /// Reads once and passes it on. Returns how much there was.
    fn read(&mut self, buffer: &mut [u8]) -> usize {
        match self.source.read(buffer) {
            Ok(0) => self.open = false,
            Ok(read) => {
                self.clean.clear();
                let redacted = self.redactor.feed(&buffer[..read], &mut self.clean);
                self.tape.push(&self.clean, redacted);
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
    fn finish(&mut self) {
        self.clean.clear();
        let redacted = self.redactor.finish(&mut self.clean);
        self.tape.push(&self.clean, redacted);
        self.tape.reveal(self.redactor.take_generated());
    }

    fn is_readable(&self) -> bool {
        let mut polled = [PollFd::new(&self.source, PollFlags::IN)];
        poll(&mut polled, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
    }
}

/// Why a command is being stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    Operator,
    TimeLimit,
    /// It asks at a terminal at which nobody sits.
    Asking,
}

#[derive(Debug, Clone, Copy)]
struct Stopping {
    cause: Cause,
    level: Level,
    /// When TERM has had its time.
    kill_at: Option<Instant>,
    sweep: Sweep,
}

/// How far the killing has got.
#[derive(Debug, Clone, Copy)]
enum Sweep {
    NotYet,
    Going { next: Instant, until: Instant },
    Done,
}

pub(super) struct Live {
    job: Job,
    kin: Kinship,
    leading: Leading,
    carrier: Carrier,
    registry: Arc<Registry>,
    wake: PipeReader,
    orders: Receiver<Order>,
    report: Sender<Ended>,
    begun: Instant,
    /// The command's own end, and when it was seen.
    finished: Option<(Ending, Instant)>,
    leader_gone: bool,
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
    #[expect(
        clippy::too_many_arguments,
        reason = "called once, by the module that gathers these parts"
    )]
    pub(super) fn new(
        job: Job,
        kin: Kinship,
        leading: Leading,
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
            carrier,
            registry,
            wake,
            orders,
            report,
            begun,
            finished: None,
            leader_gone: false,
            stopping: None,
            deadline,
            keys: VecDeque::new(),
            hidden: HiddenInput::default(),
            learned: Vec::new(),
            survivors: Vec::new(),
            said: Vec::new(),
            buffer: vec![0; BUFFER],
        }
    }

    pub(super) fn run(mut self) {
        while !self.is_over(now()) {
            let at_most = self.next_moment().map(|moment| moment.saturating_duration_since(now()));
            self.turn(at_most);
            self.keep_time(now());
        }
        self.conclude();
        self.linger();
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
        let afterglow = self
            .finished
            .as_ref()
            .map(|(_, at)| *at + AFTERGLOW)
            .filter(|at| *at > now());
        let sweep = self.stopping.and_then(|stopping| match stopping.sweep {
            Sweep::Going { next, .. } => Some(next),
            Sweep::NotYet => stopping.kill_at.map(|at| {
                // While survivors of an ended leader are given time, look for them now and then.
                if self.finished.is_some() {
                    at.min(now() + SWEEP_EVERY)
                } else {
                    at
                }
            }),
            Sweep::Done => None,
        });
        let limit = self
            .deadline
            .filter(|_| self.stopping.is_none() && self.finished.is_none());
        [afterglow, sweep, limit].into_iter().flatten().min()
    }

    /// Waits for something to happen and deals with it.
    fn turn(&mut self, at_most: Option<Duration>) {
        let ready = self.wait(at_most);
        if ready.wake {
            let mut woken = [0; 64];
            while self.wake.read(&mut woken).is_ok_and(|read| read == woken.len()) {}
        }
        while let Ok(order) = self.orders.try_recv() {
            self.obey(order);
        }
        if ready.status {
            self.hear_holder();
        }
        if ready.keys {
            self.type_keys();
        }
        if ready.mute {
            self.answer_nobody();
        }
        for (stream, readable) in self.leading.streams.iter_mut().zip(ready.streams) {
            if readable {
                stream.read(&mut self.buffer);
            }
        }
    }

    fn wait(&self, at_most: Option<Duration>) -> Ready {
        let in_or_end = PollFlags::IN;
        let mut polled = vec![PollFd::new(&self.wake, in_or_end)];
        let status = self.leading.status.as_ref().map(|status| {
            polled.push(PollFd::new(status, in_or_end));
            polled.len() - 1
        });
        let keys = self
            .leading
            .master
            .as_ref()
            .filter(|_| !self.keys.is_empty())
            .map(|master| {
                polled.push(PollFd::new(master, PollFlags::OUT));
                polled.len() - 1
            });
        let mute = self
            .leading
            .mute
            .as_ref()
            .filter(|_| self.finished.is_none())
            .map(|mute| {
                polled.push(PollFd::new(mute, in_or_end));
                polled.len() - 1
            });
        let mut streams = Vec::new();
        for stream in &self.leading.streams {
            streams.push((stream.open && stream.tape.has_room()).then(|| {
                polled.push(PollFd::new(&stream.source, in_or_end));
                polled.len() - 1
            }));
        }
        let limit = at_most.and_then(|limit| Timespec::try_from(limit).ok());
        // An interrupted wait is one in which nothing was ready.
        if poll(&mut polled, limit.as_ref()).is_err() {
            return Ready {
                streams: vec![false; streams.len()],
                ..Ready::default()
            };
        }
        let is_ready = |index: Option<usize>| index.is_some_and(|index| !polled[index].revents().is_empty());
        Ready {
            wake: is_ready(Some(0)),
            status: is_ready(status),
            keys: is_ready(keys),
            mute: is_ready(mute),
            streams: streams.into_iter().map(is_ready).collect(),
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
        self.finished.get_or_insert_with(|| (ending, now()));
    }

    fn hear_holder(&mut self) {
        let Some(status) = self.leading.status.as_mut() else {
            return;
        };
        let before = self.said.len();
        if let Some((code, of_signal)) = pty::read_status(status, &mut self.said) {
            self.leading.status = None;
            self.finish(if of_signal {
                Ending::Signalled { signal: code - 128 }
            } else {
                Ending::Exited { code }
            });
        } else if self.said.len() == before {
            // The holder is going without a word; how it went will be told.
            self.leading.status = None;
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
                        let secret = Secret {
                            name: "hidden input".into(),
                            value,
                        };
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
        if let Some(mute) = &mut self.leading.mute
            && !mute.read(&mut self.buffer).is_ok_and(|read| read > 0)
        {
            self.leading.mute = None;
            return;
        }
        self.stop(Cause::Asking, Level::Terminate);
    }

    fn stop(&mut self, cause: Cause, level: Level) {
        let kill_at = (cause != Cause::Operator).then(|| now() + self.job.grace);
        let stopping = self.stopping.get_or_insert(Stopping {
            cause,
            level,
            kill_at,
            sweep: Sweep::NotYet,
        });
        stopping.level = stopping.level.max(level);
        match level {
            Level::Interrupt => match &self.leading.master {
                Some(master) => pty::interrupt(master, self.kin.leader),
                None => process::signal_group(self.kin.leader, Signal::INT),
            },
            Level::Terminate => {
                let front = self.leading.master.as_ref().and_then(pty::foreground);
                if let Some(group) = front.filter(|group| *group != self.kin.leader) {
                    process::signal_group(group, Signal::TERM);
                }
                process::signal_group(self.kin.leader, Signal::TERM)
            }
            Level::Kill => {
                if let Sweep::NotYet = stopping.sweep {
                    let now = now();
                    stopping.sweep = Sweep::Going {
                        next: now,
                        until: now + SWEEP_FOR,
                    };
                }
                Delivery::Sent
            }
        };
    }

    /// Does what is due.
    fn keep_time(&mut self, now: Instant) {
        if self.finished.is_none() && self.stopping.is_none() && self.deadline.is_some_and(|at| now >= at) {
            self.stop(Cause::TimeLimit, Level::Terminate);
        }
        let Some(stopping) = self.stopping else { return };
        match stopping.sweep {
            Sweep::NotYet if stopping.kill_at.is_some_and(|at| now >= at) => self.stop(stopping.cause, Level::Kill),
            Sweep::Going { next, until } if now >= next => self.sweep(now, until),
            Sweep::NotYet | Sweep::Going { .. } | Sweep::Done => {}
        }
    }

    /// Kills whoever is left, and looks again a little later, because a process may have forked in between.
    fn sweep(&mut self, now: Instant, until: Instant) {
        let members = self.members();
        for process in &members {
            // The row may be old by now: the number counts only with its start time.
            if process::find(process.pid).is_some_and(|found| found.started == process.started) {
                process::signal(process.pid, Signal::KILL);
            }
        }
        if members.is_empty() {
            // Without a process table the group is all there is.
            process::signal_group(self.kin.leader, Signal::KILL);
        }
        self.registry.reap();
        let over = (members.is_empty() && self.finished.is_some()) || now >= until;
        if let Some(stopping) = &mut self.stopping {
            stopping.sweep = if over {
                Sweep::Done
            } else {
                Sweep::Going {
                    next: now + SWEEP_EVERY,
                    until,
                }
            };
        }
        if over && self.finished.is_none() {
            // It cannot be killed; the attempt ends all the same, and says so.
            self.finish(Ending::Stopped);
        }
    }

    /// The living processes of this attempt, without the holder of its terminal.
    fn members(&self) -> Vec<Process> {
        let Some(us) = process::find(std::process::id()) else {
            return Vec::new();
        };
        let holder = self
            .leading
            .leave
            .as_ref()
            .filter(|_| self.finished.is_some())
            .map(|_| self.kin.leader);
        let table = process::table();
        let members = process::members(&table, &self.kin, &us);
        members
            .into_iter()
            .filter(|process| Some(process.pid) != holder)
            .cloned()
            .collect()
    }

    /// Background children of a command that has ended. The whole table is read only if there can be any.
    fn find_survivors(&self) -> Vec<Process> {
        let nobody = self.leading.master.is_none()
            && self.registry.adopts()
            && self.registry.orphans().is_some_and(|orphans| orphans.is_empty());
        if nobody { Vec::new() } else { self.members() }
    }

    /// Reads the rest, collects the shell's state, and reports.
    fn conclude(&mut self) {
        for stream in &mut self.leading.streams {
            let mut left = LAST_READ;
            while stream.open && left > 0 && stream.is_readable() {
                let read = stream.read(&mut self.buffer);
                left = left.saturating_sub(read.max(1));
            }
            stream.finish();
        }
        let took = now().duration_since(self.begun);
        let survivors = self.find_survivors();
        let own = self.finished.take().map_or(Ending::Stopped, |(ending, _)| ending);
        let collected = self.carrier.collect(&self.job.secrets, &self.learned);
        self.learned.extend(collected.learned);
        self.learned.extend(
            self.leading
                .streams
                .iter()
                .flat_map(|stream| stream.tape.revealed())
                .map(|value| Secret {
                    name: "generated".into(),
                    value,
                }),
        );
        let not_dead = match self.stopping.map(|stopping| stopping.sweep) {
            Some(Sweep::Done) => survivors.iter().map(|process| process.pid).collect(),
            Some(Sweep::NotYet | Sweep::Going { .. }) | None => Vec::new(),
        };
        let left_over = survivors
            .iter()
            .filter(|process| !not_dead.contains(&process.pid))
            .map(|process| Leftover {
                pid: process.pid,
                name: process.name.clone(),
            })
            .collect();
        let ended = Ended {
            id: self.job.id,
            ending: self.judge(own),
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            left_over,
            not_dead,
            learned: std::mem::take(&mut self.learned),
            state_lost: collected.lost,
        };
        if survivors.is_empty() {
            self.let_go();
        }
        self.survivors = survivors;
        // Nobody may be listening any more; the command has ended all the same.
        let _ = self.report.send(ended);
        for stream in &self.leading.streams {
            stream.tape.close();
        }
    }

    /// What the end means, given how it came about.
    fn judge(&self, own: Ending) -> Ending {
        match self.stopping.map(|stopping| stopping.cause) {
            Some(Cause::TimeLimit) => Ending::TimedOut,
            Some(Cause::Asking) => Ending::Asked,
            Some(Cause::Operator) => Ending::Stopped,
            None if own != (Ending::Exited { code: 0 }) && self.leading.master.is_none() && self.cried() => {
                Ending::Asked
            }
            None => own,
        }
    }

    fn cried(&self) -> bool {
        self.leading.streams.iter().any(|stream| {
            let mut tail = Vec::new();
            stream
                .tape
                .since(stream.tape.counts().bytes.saturating_sub(CRY as u64), &mut tail);
            wanted_a_person(&tail)
        })
    }

    /// Keeps terminal and pipes open, and drained, for as long as background children hold them: closing them would kill
    /// the children at their next line of output, and the end of the holder would hang them up.
    fn linger(&mut self) {
        while self.leading.streams.iter().any(|stream| stream.open) || self.is_terminal_in_use() {
            let open = self.leading.streams.iter().filter(|stream| stream.open);
            let mut polled: Vec<PollFd<'_>> = open.map(|stream| PollFd::new(&stream.source, PollFlags::IN)).collect();
            let every = Timespec::try_from(LINGER_EVERY).ok();
            let ready = poll(&mut polled, every.as_ref()).unwrap_or(0);
            if ready == 0 && self.leading.master.is_some() && !self.is_terminal_in_use() {
                break;
            }
            for stream in self
                .leading
                .streams
                .iter_mut()
                .filter(|stream| stream.open && stream.is_readable())
            {
                match stream.source.read(&mut self.buffer) {
                    Ok(read) => stream.open = read > 0,
                    Err(_) => stream.open = false,
                }
            }
        }
        self.let_go();
    }

    /// Whether background children live on the terminal. The table is read again only when none of the known ones is left.
    fn is_terminal_in_use(&mut self) -> bool {
        if self.leading.leave.is_none() {
            return false;
        }
        let lives = |known: &Process| {
            process::find(known.pid).is_some_and(|found| found.started == known.started && !found.zombie)
        };
        if !self.survivors.iter().any(lives) {
            self.survivors = self.members();
        }
        !self.survivors.is_empty()
    }

    /// Lets the holder go and collects the leader's status, so that nothing is left of it.
    fn let_go(&mut self) {
        self.leading.leave = None;
        self.leading.far = None;
        if self.leader_gone || self.leading.master.is_some() {
            self.leading.leader.bury();
        }
        self.registry.forget(self.kin.leader);
        self.registry.reap();
    }
}

#[derive(Debug, Default)]
struct Ready {
    wake: bool,
    status: bool,
    keys: bool,
    mute: bool,
    streams: Vec<bool>,
}
