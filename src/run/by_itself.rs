//! What ran by itself, and the clocks of timed steps.

use super::Moment;
use super::event::{Actor, Ending, HookBegan, HookEnded};

/// What an operator said about what would run by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    Given,
    Refused,
}

/// A hook that was begun.
#[derive(Debug, Clone, PartialEq)]
pub struct HookRun {
    pub seq: u64,
    pub began: HookBegan,
    pub at: Moment,
    pub by: Actor,
    /// Absent while it runs, and for ever when nobody saw its end.
    pub ended: Option<HookEnded>,
}

impl HookRun {
    #[must_use]
    pub fn has_succeeded(&self) -> bool {
        self.ended.as_ref().is_some_and(|ended| ended.ending == Ending::Exited { code: 0 })
    }

    /// How it ended, in a clause: `exit 3: the change window is closed`.
    #[must_use]
    pub fn outcome(&self) -> String {
        let Some(ended) = &self.ended else { return "its end was not seen".to_owned() };
        let how = match &ended.ending {
            Ending::Exited { code } => format!("exit {code}"),
            Ending::Signalled { signal } => format!("ended by signal {signal}"),
            Ending::NotStarted { reason } => format!("not started: {reason}"),
            Ending::TimedOut => "took too long and was stopped".to_owned(),
            Ending::Stopped | Ending::Kept => "stopped".to_owned(),
            Ending::Asked => "wanted a person at a terminal".to_owned(),
        };
        match ended.said.lines().last().map(str::trim).filter(|said| !said.is_empty()) {
            Some(said) => format!("{how}: {said}"),
            None => how,
        }
    }
}

/// The clock of a timed step: it goes on while nobody looks, also across a restart, because it is computed from the times
/// that were recorded. Only a pause stops it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Soak {
    /// How long it is to last altogether, in milliseconds.
    pub for_ms: u64,
    /// Milliseconds before the last pause.
    before_ms: u64,
    /// Since when it goes; absent while it is paused.
    since: Option<Moment>,
}

impl Soak {
    pub(super) fn begin(&mut self, for_ms: u64, at: Moment) {
        self.for_ms = for_ms;
        self.since.get_or_insert(at);
    }

    pub(super) fn pause(&mut self, at: &Moment) {
        if let Some(since) = self.since.take() {
            self.before_ms += since.until(at).ms;
        }
    }

    /// Milliseconds that it has lasted.
    #[must_use]
    pub fn elapsed_ms(&self, now: &Moment) -> u64 {
        self.before_ms + self.since.as_ref().map_or(0, |since| since.until(now).ms)
    }

    /// Milliseconds that are left; 0 once it is over.
    #[must_use]
    pub fn left_ms(&self, now: &Moment) -> u64 {
        self.for_ms.saturating_sub(self.elapsed_ms(now))
    }

    /// Whether its clock goes.
    #[must_use]
    pub fn goes(&self) -> bool {
        self.since.is_some()
    }
}
