//! Stopping a live command: INT, TERM, KILL, and the sweep after the last.
//!
//! The operator escalates by asking again; the clock escalates by itself.

use super::{Live, now};
use crate::exec::Level;
use crate::exec::process::{self, Delivery, Process};
use crate::exec::pty;
use crate::run::event::Ending;
use rustix::process::Signal;
use std::time::{Duration, Instant};

/// How often and how long a kill is repeated.
pub(super) const SWEEP_EVERY: Duration = Duration::from_millis(20);
const SWEEP_FOR: Duration = Duration::from_secs(2);

/// Why a command is being stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Operator,
    TimeLimit,
    /// It asks at a terminal at which nobody sits.
    Asking,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Stopping {
    pub cause: Cause,
    pub level: Level,
    /// When TERM has had its time.
    pub kill_at: Option<Instant>,
    pub sweep: Sweep,
}

/// How far the killing has got.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sweep {
    NotYet,
    Going { next: Instant, until: Instant },
    Done,
}

impl Live {
    pub(super) fn stop(&mut self, cause: Cause, level: Level) {
        let kill_at = (cause != Cause::Operator).then(|| now() + self.job.grace);
        let stopping = self.stopping.get_or_insert(Stopping { cause, level, kill_at, sweep: Sweep::NotYet });
        stopping.level = stopping.level.max(level);
        match level {
            Level::Interrupt => match &self.leading.master {
                Some(master) => pty::interrupt(master, self.kin.leader),
                None => process::signal_leader(self.kin.leader, Signal::INT),
            },
            Level::Terminate => {
                let front = self.leading.master.as_ref().and_then(pty::foreground);
                if let Some(group) = front.filter(|group| *group != self.kin.leader) {
                    process::signal_group(group, Signal::TERM);
                }
                process::signal_leader(self.kin.leader, Signal::TERM)
            }
            Level::Kill => {
                if let Sweep::NotYet = stopping.sweep {
                    let now = now();
                    stopping.sweep = Sweep::Going { next: now, until: now + SWEEP_FOR };
                }
                Delivery::Sent
            }
        };
    }

    /// Sends the signal of a stop once more: it was asked for before the command could take any.
    pub(super) fn stop_again(&mut self) {
        if let Some(Stopping { cause, level, .. }) = self.stopping {
            self.stop(cause, level);
        }
    }

    /// Does what is due.
    pub(super) fn keep_time(&mut self, now: Instant) {
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
            stopping.sweep = if over { Sweep::Done } else { Sweep::Going { next: now + SWEEP_EVERY, until } };
        }
        if over && self.finished.is_none() {
            // It cannot be killed; the attempt ends all the same, and says so.
            self.finish(Ending::Stopped);
        }
    }

    /// The living processes of this attempt, without the holder of its terminal.
    pub(super) fn members(&self) -> Vec<Process> {
        let Some(us) = process::find(std::process::id()) else {
            return Vec::new();
        };
        let holder = self.leading.leave.as_ref().filter(|_| self.finished.is_some()).map(|_| self.kin.leader);
        let table = process::table();
        let members = process::members(&table, &self.kin, &us);
        members.into_iter().filter(|process| Some(process.pid) != holder).cloned().collect()
    }
}
