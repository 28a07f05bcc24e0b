//! A block that is tried again: polled until it is true, or watched for a time.
//!
//! All tries belong to one attempt, to which the operator has said yes once; each is a process of its own, recorded when it
//! begins. A poll ends with the first try that is as wanted, or at its limit; a watch ends with the first that is not, or
//! when its time is over. Between two tries nothing runs, and a stop ends the attempt at once.

use super::Live;
use crate::exec::{self, Counts, Errors, TAIL, Tape};
use crate::journal::Needs;
use crate::run::decide::Repeat;
use crate::run::event::{Ending, Event, StopReason, StopSignal};
use crate::session::{Fault, Session};
use regex::bytes::Regex;
use std::time::Duration;

/// How much of the tries before is held for the screen.
const RECENT: usize = 64 << 10;
/// How much of the output before is searched together with what comes, so that a match may lie across.
const OVERLAP: usize = 4 << 10;

/// What the tries before this one have printed.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    pub tries: u32,
    pub counts: Counts,
    pub errors: Errors,
    /// The end of it.
    pub recent: Vec<u8>,
}

/// Whether a try runs.
#[derive(Debug, Default)]
pub(super) enum Pace {
    #[default]
    Trying,
    /// Until this moment of the monotonic clock, in microseconds. How the last try ended is kept until the attempt does.
    Pausing { until_us: u64, last: exec::Ended },
}

/// What the end of a try means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Then {
    Over(Ending),
    AgainAt(u64),
}

/// How a running command is doing, for whoever looks at it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pulse {
    /// Since it printed something, or since it began.
    pub silent_ms: u64,
    /// Tries that have ended.
    pub tries: u32,
    /// Until the next try begins; absent while one runs.
    pub next_ms: Option<u64>,
    /// How much of a watch is left.
    pub watch_left_ms: Option<u64>,
}

impl Earlier {
    fn absorb(&mut self, tape: &Tape) {
        let counts = tape.counts();
        tape.since(counts.bytes.saturating_sub(RECENT as u64), &mut self.recent);
        self.recent.drain(..self.recent.len().saturating_sub(RECENT));
        self.errors.append(self.counts.bytes, &tape.errors());
        self.tries += 1;
        self.counts.bytes += counts.bytes;
        self.counts.lines += counts.lines;
        self.counts.redacted += counts.redacted;
    }

    /// What is held of it from an offset on, and where that begins.
    pub fn since(&self, seen: u64) -> (u64, &[u8]) {
        let start = seen.clamp(self.counts.bytes - self.recent.len() as u64, self.counts.bytes);
        let left = usize::try_from(self.counts.bytes - start).unwrap_or(usize::MAX);
        (start, &self.recent[self.recent.len() - left..])
    }
}

impl Live {
    /// What follows from the end of a try.
    pub(super) fn then(&self, ended: &exec::Ended, now_us: u64) -> Then {
        let over = Then::Over(ended.ending.clone());
        let Some(repeat) = &self.start.repeat else {
            return over;
        };
        let good = match &ended.ending {
            Ending::Exited { .. } => self.is_as_wanted(&ended.ending),
            Ending::Signalled { .. } => false,
            Ending::NotStarted { .. } | Ending::TimedOut | Ending::Asked | Ending::Kept | Ending::Stopped => {
                return over;
            }
        };
        match repeat {
            Repeat::Until { every_ms, limit_ms, .. } => {
                let next = now_us + every_ms * 1000;
                match (good, next >= self.began_us + limit_ms * 1000) {
                    _ if self.stopped.is_some() => over,
                    (true, _) => over,
                    (false, true) => Then::Over(Ending::TimedOut),
                    (false, false) => Then::AgainAt(next),
                }
            }
            Repeat::Watch { every_ms, for_ms } => {
                let end = self.began_us + for_ms * 1000;
                match (good && now_us < end, self.stopped) {
                    (false, _) => over,
                    // The last try was good, but the watch is not over.
                    (true, Some(_)) => Then::Over(Ending::Stopped),
                    (true, None) => Then::AgainAt((now_us + every_ms * 1000).min(end)),
                }
            }
        }
    }

    /// Whether a try ended as its author wants it: exit code, output, and the pattern that is waited for.
    fn is_as_wanted(&self, ending: &Ending) -> bool {
        let Ending::Exited { code } = ending else { return false };
        let expect = &self.start.expect_exit;
        let expected = if expect.is_empty() { *code == 0 } else { expect.contains(code) };
        let pattern = match &self.start.repeat {
            Some(Repeat::Until { pattern, .. }) => pattern.as_ref(),
            Some(Repeat::Watch { .. }) | None => None,
        };
        expected && self.matched(ending) != Some(false) && pattern.is_none_or(|pattern| self.prints(pattern))
    }

    /// The time that is left for the next try, if there is a limit.
    fn time_left(&self, now_us: u64) -> Option<Duration> {
        match self.start.repeat {
            Some(Repeat::Until { limit_ms, .. }) => {
                Some(Duration::from_micros((self.began_us + limit_ms * 1000).saturating_sub(now_us).max(1000)))
            }
            Some(Repeat::Watch { .. }) | None => self.start.intended.timeout_ms.map(Duration::from_millis),
        }
    }

    fn pulse(&self, now_us: u64) -> Pulse {
        let ms_until = |moment: u64| moment.saturating_sub(now_us) / 1000;
        let (resting, next_ms) = match &self.pace {
            Pace::Trying => (0, None),
            Pace::Pausing { until_us, .. } => (1, Some(ms_until(*until_us))),
        };
        Pulse {
            silent_ms: now_us.saturating_sub(self.printed_us) / 1000,
            tries: self.earlier.tries + resting,
            next_ms,
            watch_left_ms: match &self.start.repeat {
                Some(Repeat::Watch { for_ms, .. }) => Some(ms_until(self.began_us + for_ms * 1000)),
                Some(Repeat::Until { .. }) | None => None,
            },
        }
    }

    /// Whether an endless command has printed what its author waits for. `fresh` bytes have come since the last look.
    pub(super) fn has_shown(&self, fresh: usize) -> bool {
        let Some(pattern) = &self.start.stop_at else { return false };
        let total = self.handle.tape().counts().bytes;
        let mut text = Vec::new();
        self.handle.tape().since(total.saturating_sub((fresh + OVERLAP).min(TAIL) as u64), &mut text);
        Regex::new(&format!("(?m){pattern}")).is_ok_and(|regex| regex.is_match(&text))
    }
}

impl Session {
    /// How the running command is doing.
    #[must_use]
    pub fn pulse(&self) -> Option<Pulse> {
        Some(self.live.as_ref()?.pulse(self.clock.now().mono_us))
    }

    /// Goes on with an attempt between two tries: the next one, or its end when it was stopped.
    pub(super) fn go_on(&mut self) -> Result<(), Fault> {
        let now = self.clock.now().mono_us;
        let Some(live) = &mut self.live else { return Ok(()) };
        let due = match &live.pace {
            Pace::Trying => return Ok(()),
            Pace::Pausing { until_us, .. } => now >= *until_us,
        };
        let stopped = live.stopped.is_some();
        if !stopped && !due {
            return Ok(());
        }
        match std::mem::take(&mut live.pace) {
            Pace::Trying => Ok(()),
            Pace::Pausing { last, .. } if stopped => self.end(exec::Ended { ending: Ending::Stopped, ..last }),
            Pace::Pausing { last, .. } => self.try_again(last),
        }
    }

    fn try_again(&mut self, last: exec::Ended) -> Result<(), Fault> {
        let now = self.clock.now().mono_us;
        let Some(mut live) = self.live.take() else { return Ok(()) };
        for secret in &last.learned {
            self.hold_generated(live.attempt, secret);
            self.secrets.learn(secret.clone());
        }
        let started = self.job(&live.start).map_err(|fault| fault.to_string()).and_then(|mut job| {
            job.timeout = live.time_left(now);
            self.executor.start(job).map_err(|not_started| not_started.reason)
        });
        match started {
            Ok(handle) => {
                live.earlier.absorb(live.handle.tape());
                live.beginning.clear();
                live.handle = handle;
                let spawned = live.spawned();
                live.unsaid = None;
                self.live = Some(live);
                self.append(Needs::Nothing, &spawned)?;
                Ok(())
            }
            Err(reason) => {
                self.live = Some(live);
                self.end(exec::Ended { ending: Ending::NotStarted { reason }, ..last })
            }
        }
    }

    /// Stops an endless command that has shown what it was run for; its output is kept as evidence.
    pub(super) fn stop_at_sight(&mut self) -> Result<(), Fault> {
        let Some(attempt) = self.live.as_ref().filter(|live| live.stopped.is_none()).map(|live| live.attempt) else {
            return Ok(());
        };
        let (signal, why) = (StopSignal::Interrupt, StopReason::Evidence);
        self.append(Needs::Nothing, &Event::StopSent { attempt, signal, why })?;
        self.stop(attempt, signal);
        Ok(())
    }
}
