//! The plain walk's part in what goes on by itself: the question of trust, hooks, and the clocks of timed steps.

use super::{Question, Walk};
use crate::cli::exit::Failure;
use crate::cli::plan::printable;
use crate::run::Trust;
use crate::run::decide::Intent;
use crate::runbook::Step;
use std::io::Write;
use std::time::Duration;

/// How long nothing is said while a clock goes, in milliseconds.
const EVERY_MS: u64 = 10_000;

impl<W: Write> Walk<'_, W> {
    /// `k`: what a generator printed in this step, from memory.
    pub(super) fn reveal(&mut self) -> Result<(), Failure> {
        let Some(step) = self.step() else { return Ok(()) };
        let held: Vec<_> = self.session.with_generated().collect();
        let attempts = self.session.run().attempts_of(&step.id).rev().map(crate::run::Attempt::id);
        match attempts.into_iter().find(|attempt| held.contains(attempt)) {
            Some(attempt) => {
                for value in self.session.generated(attempt) {
                    writeln!(self.out, "{}", printable(value))?;
                }
                writeln!(self.out, "It is in no record, and gone when you leave.")?;
            }
            None => writeln!(self.out, "No generated value is held for this step.")?,
        }
        Ok(())
    }

    /// Lists what would run by itself and asks; says whether that was decided.
    pub(super) fn ask_trust(&mut self, what: &[String]) -> Result<bool, Failure> {
        writeln!(self.out, "Besides the commands you run, this would run by itself:")?;
        what.iter().try_for_each(|one| writeln!(self.out, "  {}", printable(one)))?;
        let question = "May it? t trust it, w go on without it, nothing to decide later";
        let trust = match self.prompt(question, Question::Words)?.as_deref().map(str::trim) {
            Some("t") => Trust::Given,
            Some("w") => Trust::Refused,
            _ => {
                writeln!(self.out, "Not run.")?;
                return Ok(false);
            }
        };
        if let Err(denied) = self.session.trust(trust) {
            writeln!(self.out, "Not now: {}.", printable(&denied.to_string()))?;
            return Ok(false);
        }
        Ok(true)
    }

    /// Waits for the hooks before the first command; Ctrl-C stops them, and nothing runs.
    pub(super) fn wait_for_hook(&mut self, hook: &str) -> Result<bool, Failure> {
        writeln!(self.out, "First a before_run hook runs: {}", printable(hook))?;
        let heeded = self.signals.interrupts();
        let mut stopped = false;
        while self.session.hook().is_some() {
            self.session.wait(Duration::from_millis(100));
            self.tick()?;
            if !stopped && (self.signals.interrupts() > heeded || self.signals.must_end()) {
                stopped = true;
                self.session.stop_hook();
                writeln!(self.out, "The hook is stopped; the command does not run.")?;
            }
        }
        self.answers.heed(self.signals);
        if let Some(run) = self.session.run().hooks.last() {
            writeln!(self.out, "The hook: {}.", printable(&run.outcome()))?;
        }
        Ok(!stopped)
    }

    /// `r` on a timed step: its clock goes, and is told now and then. Ctrl-C pauses it; Enter goes on with something else.
    pub(super) fn soak(&mut self, step: &Step) -> Result<(), Failure> {
        if !self.wish(&Intent::Soak { step: step.id.clone() })? {
            return Ok(());
        }
        let heeded = self.signals.interrupts();
        let mut told = u64::MAX;
        writeln!(self.out, "The clock goes. Ctrl-C pauses it; Enter leaves it going and goes on with something else.")?;
        loop {
            let now = self.session.clock().now();
            let left = self.session.run().soaks.get(&step.id).map_or(0, |soak| soak.left_ms(&now));
            if told.saturating_sub(left) >= EVERY_MS || left == 0 {
                told = left;
                writeln!(self.out, "{} left.", length(left))?;
                self.out.flush()?;
            }
            if left == 0 {
                writeln!(self.out, "Its time is over: t ticks it, s signs it off.")?;
                break;
            }
            if self.signals.interrupts() > heeded || self.signals.must_end() {
                self.wish(&Intent::PauseSoak { step: step.id.clone() })?;
                writeln!(self.out, "Paused; r lets it go on.")?;
                break;
            }
            if self.answers.waits_for(Duration::from_millis(left.min(200))) {
                writeln!(self.out, "The clock goes on.")?;
                break;
            }
            self.tick()?;
        }
        self.answers.heed(self.signals);
        Ok(())
    }
}

/// `4m10s`, `12s`.
fn length(ms: u64) -> String {
    let seconds = ms.div_ceil(1000);
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds:02}s"),
        (hours, minutes, seconds) => format!("{hours}h{minutes:02}m{seconds:02}s"),
    }
}
