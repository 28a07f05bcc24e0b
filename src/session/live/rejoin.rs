//! Commands that outlived the gonogo that started them: named, watched again, stopped.
//!
//! Their processes are known by pid, start time and boot, and by the mark in their environment. What they print is not
//! seen any more, and their end is recorded as unseen: what came of them is for the operator to say. Leaving does not stop
//! them: they are as they were before. While they are watched, a command's time limit holds; it counts from the recorded
//! beginning of its process, so that a crash gives no time as a present.

use crate::exec::Level;
use crate::exec::orphan::Orphans;
use crate::journal::Needs;
use crate::run::decide::Survivor;
use crate::run::event::{AttemptId, Ending, Event, Leftover, Rejoin, Resolution, StopReason, StopSignal};
use crate::run::{Attempt, Moment, Run};
use crate::session::{Changed, Clock, Fault, Session};

/// How often the table of processes is read, in microseconds: it is long.
const LOOK_EVERY_US: u64 = 500_000;
/// How often and how long a kill is repeated, in microseconds.
const SWEEP_EVERY_US: u64 = 20_000;
const SWEEP_FOR_US: u64 = 2_000_000;
/// How long a command whose time is over may take to end after TERM before it is killed, in microseconds.
const GRACE_US: u64 = 10_000_000;

/// What is left of attempts with an unknown end, as it was looked at last.
#[derive(Debug, Default)]
pub(in crate::session) struct Survivors {
    found: Vec<Survivor>,
    /// When to look again, and after which entry it was looked at.
    next_us: u64,
    seq: u64,
}

/// A command that is watched from outside.
#[derive(Debug)]
pub(in crate::session) struct Rejoined {
    attempt: AttemptId,
    orphans: Orphans,
    until: Until,
    limit: Limit,
    next_us: u64,
    sweep: Option<Sweep>,
}

/// What is left of the command's time, in microseconds of the monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    /// It has none, or has been killed for it.
    None,
    /// TERM is due.
    Ends(u64),
    /// TERM was sent; KILL is due.
    Kills(u64),
}

/// What its end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// The command itself ends; whoever it started in the background may go on.
    Leader,
    /// The command itself had ended already: nobody of it is left.
    Everybody,
}

/// Killing goes on until nobody is left, or its time is over.
#[derive(Debug, Clone, Copy)]
struct Sweep {
    next_us: u64,
    end_us: u64,
}

impl Survivors {
    /// Has the next look be a fresh one.
    pub(in crate::session) fn expire(&mut self) {
        self.next_us = 0;
    }
}

impl Session {
    /// What is still there of attempts with an unknown end.
    #[must_use]
    pub fn survivors(&self) -> &[Survivor] {
        &self.survivors.found
    }

    /// The first process of an attempt with an unknown end that is still there.
    #[must_use]
    pub fn still_alive(&self, attempt: AttemptId) -> Option<u32> {
        let found = self.survivors.found.iter().find(|survivor| survivor.attempt == attempt)?;
        found.processes.first().map(|process| process.pid)
    }

    /// Looks who is left of attempts with an unknown end, if it was not looked just now.
    pub(in crate::session) fn watch_survivors(&mut self) -> Changed {
        let now = self.clock.now().mono_us;
        if self.run.head.seq == self.survivors.seq && now < self.survivors.next_us {
            return Changed::Nothing;
        }
        let found = survivors(&self.run, &self.clock);
        let changed = if found == self.survivors.found { Changed::Nothing } else { Changed::State };
        self.survivors = Survivors { found, next_us: now + LOOK_EVERY_US, seq: self.run.head.seq };
        changed
    }

    /// Begins to wait for processes that somebody else has started; it is recorded already.
    pub(in crate::session) fn rejoin(&mut self, attempt: AttemptId) {
        let orphans = self.run.attempt(attempt).and_then(|attempt| orphans(attempt, self.clock.boot()));
        self.rejoined = orphans.map(|orphans| {
            let until = if orphans.leads() { Until::Leader } else { Until::Everybody };
            let limit = match until {
                Until::Leader => self.run.attempt(attempt).map_or(Limit::None, Limit::of),
                Until::Everybody => Limit::None,
            };
            Rejoined { attempt, orphans, until, limit, next_us: 0, sweep: None }
        });
    }

    pub(in crate::session) fn stop_rejoined(&mut self, attempt: AttemptId, level: Level) {
        let now = self.clock.now().mono_us;
        if let Some(rejoined) = self.rejoined.as_mut().filter(|rejoined| rejoined.attempt == attempt) {
            rejoined.orphans.stop(level);
            if level == Level::Kill {
                rejoined.sweep = Some(Sweep { next_us: now + SWEEP_EVERY_US, end_us: now + SWEEP_FOR_US });
            }
        }
    }

    /// Ends what is watched from outside when its time is over, like any other command: TERM, and KILL when that was not
    /// enough.
    fn limit_rejoined(&mut self, now: u64) -> Result<(), Fault> {
        let Some(rejoined) = &mut self.rejoined else { return Ok(()) };
        let (signal, level, next) = match rejoined.limit {
            Limit::Ends(at) if now >= at => {
                (StopSignal::Terminate, Level::Terminate, Limit::Kills(now.saturating_add(GRACE_US)))
            }
            Limit::Kills(at) if now >= at => (StopSignal::Kill, Level::Kill, Limit::None),
            Limit::None | Limit::Ends(_) | Limit::Kills(_) => return Ok(()),
        };
        rejoined.limit = next;
        let attempt = rejoined.attempt;
        self.append(Needs::Nothing, &Event::StopSent { attempt, signal, why: StopReason::Timeout })?;
        self.stop_rejoined(attempt, level);
        Ok(())
    }

    /// Looks whether what is watched from outside is gone, and records it.
    pub(in crate::session) fn tick_rejoined(&mut self) -> Result<(), Fault> {
        let now = self.clock.now().mono_us;
        self.limit_rejoined(now)?;
        let Some(rejoined) = &mut self.rejoined else { return Ok(()) };
        if let Some(Sweep { next_us, end_us }) = rejoined.sweep
            && now >= next_us
        {
            rejoined.orphans.stop(Level::Kill);
            rejoined.sweep = (now < end_us).then_some(Sweep { next_us: now + SWEEP_EVERY_US, end_us });
        }
        let ending = rejoined.orphans.ending();
        let Some(left_over) = rejoined.what_is_left(now) else { return Ok(()) };
        let attempt = rejoined.attempt;
        // It may have ended by itself and well, before the signal could reach it.
        let stops = self.run.attempt(attempt).map(|attempt| attempt.stops.as_slice()).unwrap_or_default();
        let timed_out = stops.iter().any(|(_, why)| *why == StopReason::Timeout);
        let ending = match ending {
            None | Some(Ending::Signalled { .. }) if timed_out => Some(Ending::TimedOut),
            Some(Ending::Exited { code }) if timed_out && code != 0 => Some(Ending::TimedOut),
            ending => ending,
        };
        self.append(Needs::Nothing, &Event::AttemptGone { attempt, ending: ending.clone(), left_over })?;
        self.rejoined = None;
        let Some(gone) = self.run.attempt(attempt) else { return Ok(()) };
        // Whoever stopped it has said why, and that it came to nothing. Only when it ended well before the stop could reach
        // it there is something left to say.
        let stopped = gone.rejoined.last().filter(|last| last.purpose == Rejoin::Stop);
        if let Some(last) = stopped.filter(|_| ending != Some(Ending::Exited { code: 0 })) {
            let reason = format!("stopped after it had outlived a crash: {}", last.reason);
            let resolution = Resolution::Failed;
            self.append(
                Needs::Nothing,
                &Event::AttemptResolved { attempt, resolution, reason, left_over: Vec::new() },
            )?;
        }
        Ok(())
    }
}

impl Limit {
    /// The time limit of an attempt, from the moment at which its process was recorded.
    fn of(attempt: &Attempt) -> Self {
        let (Some(spawned), Some(limit_ms)) = (&attempt.spawned, attempt.intended.timeout_ms) else {
            return Self::None;
        };
        Self::Ends(spawned.mono_us.saturating_add(limit_ms.saturating_mul(1000)))
    }
}

impl Rejoined {
    /// Whoever outlives the command that has ended; `None` while it goes on.
    fn what_is_left(&mut self, now_us: u64) -> Option<Vec<Leftover>> {
        match self.until {
            Until::Leader
                if self.orphans.leads() || self.sweep.is_some_and(|_| !self.orphans.processes().is_empty()) =>
            {
                None
            }
            Until::Leader => Some(self.orphans.processes()),
            // Who carries the mark is a question to every process.
            Until::Everybody if now_us < self.next_us && self.sweep.is_none() => None,
            Until::Everybody => {
                self.next_us = now_us + LOOK_EVERY_US;
                let left = self.orphans.processes();
                left.is_empty().then_some(left)
            }
        }
    }
}

/// What is still there of the attempts of a run whose end nobody saw.
#[must_use]
pub fn survivors(run: &Run, clock: &Clock) -> Vec<Survivor> {
    let found = run.unknown().filter_map(|attempt| {
        let processes = orphans(attempt, clock.boot())?.processes();
        (!processes.is_empty()).then(|| Survivor { attempt: attempt.id(), processes })
    });
    found.collect()
}

/// What is known of an attempt's processes; nothing after a reboot, which nobody survives.
fn orphans(attempt: &Attempt, boot: &str) -> Option<Orphans> {
    let Moment { boot: then, .. } = &attempt.began;
    let (leader, started) = attempt.process.filter(|_| then == boot)?;
    Some(Orphans { leader, started, mark: attempt.mark.clone() })
}
