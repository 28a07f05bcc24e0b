//! What earlier runs of the same runbook took, and whether the clock was set while somebody worked.

use super::{Changed, Drive, Fault, Session};
use crate::journal::{Journal, Mode, Needs};
use crate::run::estimate::{Estimate, estimates};
use crate::run::event::{Event, RunKind};
use crate::run::time::{AsOf, Times, stepped, times};
use crate::run::{Moment, Run};
use crate::runbook::{Digest, StepId};
use std::collections::BTreeMap;

/// How many earlier runs are looked at, and among how many of the newest they are looked for.
const EARLIER: usize = 10;
const LISTED: usize = 1000;
/// A run of more events than this is not read for an estimate: it would keep somebody waiting.
const LONGEST: u64 = 20_000;

/// What was learned from earlier runs.
#[derive(Debug, Default)]
pub(super) struct History {
    estimates: BTreeMap<StepId, Estimate>,
    /// The version of the runbook that it was learned for; `None` before somebody has looked.
    of: Option<Digest>,
    /// When the times are no longer of now.
    next_us: u64,
}

/// Earlier real runs of the same runbook, the newest first: by its bytes, or by the path it was opened by. One that cannot
/// be read gives no estimate; `verify` says what is wrong with it.
#[must_use]
pub fn earlier(journal: &Journal, run: &Run) -> Vec<Run> {
    let rows = journal.runs(LISTED).unwrap_or_default().into_iter().filter(|row| {
        row.run != run.id
            && row.kind == RunKind::Real
            && row.events <= LONGEST
            && (row.path == run.opened.path || row.runbook == run.runbook())
    });
    rows.take(EARLIER).filter_map(|row| Run::replay(&journal.entries(&row.run).ok()?).ok()).collect()
}

impl Session {
    /// How long its steps may take: by earlier runs, else by the author. Empty until the first tick.
    #[must_use]
    pub fn estimates(&self) -> &BTreeMap<StepId, Estimate> {
        &self.history.estimates
    }

    /// How the run goes, as of the last seconds.
    #[must_use]
    pub fn times(&self) -> &Times {
        self.times.get_or_init(|| times(&self.book, &self.run, &self.history.estimates, AsOf::Now(&self.clock.now())))
    }

    /// Has the times computed anew when they are no longer of now.
    pub(super) fn tick_times(&mut self) {
        let now = self.clock.now().mono_us;
        let every = if self.run.running().is_some() { 1_000_000 } else { 15_000_000 };
        if now >= self.history.next_us {
            self.history.next_us = now + every;
            self.times.take();
        }
    }

    /// Reads the earlier runs once for each version of the runbook. Not before the first tick: nobody waits for it.
    pub(super) fn tick_history(&mut self) -> Changed {
        let version = self.book.source.sha256;
        if self.history.of == Some(version) || self.setup.skin == "exec" {
            return Changed::Nothing;
        }
        let there = match &self.journal {
            Some(journal) => earlier(journal, &self.run),
            None => match Journal::open(&self.setup.journal, Mode::ReadOnly) {
                Ok(Some(journal)) => earlier(&journal, &self.run),
                // The first recorded act will say what is wrong with it.
                Ok(None) | Err(_) => Vec::new(),
            },
        };
        self.history = History { estimates: estimates(&self.book, &there), of: Some(version), next_us: 0 };
        self.times.take();
        Changed::State
    }

    /// Notices that the wall clock was set, and has whoever drives the run record it before anything else.
    pub(super) fn tick_clock(&mut self) -> Result<(), Fault> {
        self.see_time(&self.clock.now())
    }

    /// Compares with when the clocks were read last: by this process, or by whoever wrote the last entry.
    pub(super) fn see_time(&mut self, now: &Moment) -> Result<(), Fault> {
        let before = self.told_time.replace(now.clone());
        let Some(by_ms) = before.and_then(|before| stepped(&before, now)) else { return Ok(()) };
        if matches!(self.drive, Drive::Mine(_)) && self.run.head.seq > 0 && self.run.closed.is_none() {
            self.append(Needs::Nothing, &Event::ClockStepped { by_ms })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::run::decide::{Caution, Intent};
    use crate::run::event::{Actor, RunKind};
    use crate::runbook::read::read;
    use crate::session::{Approval, Keep, Session, Setup};
    use chrono::TimeDelta;
    use std::collections::BTreeMap;

    const BOOK: &str = "# B\n\n## Work\n\n- [ ] Ring\n";

    #[test]
    fn whoever_drives_the_run_records_that_the_clock_was_set() {
        let folder = tempfile::tempdir().unwrap();
        let setup = Setup {
            journal: folder.path().join("state/journal.db"),
            operator: Actor { name: "dana".into(), host: "bastion".into(), ..Actor::default() },
            cwd: folder.path().to_owned(),
            shell: "sh".into(),
            environment: BTreeMap::new(),
            values: BTreeMap::new(),
            timeout_ms: None,
            caution: Caution::Risk,
            skin: "plain",
            program: "gonogo test".into(),
            keep: Keep::default(),
            hooks: Vec::new(),
            approval: Approval::default(),
        };
        let book = read("b.md", BOOK.as_bytes()).unwrap();
        let mut session = Session::begin(book, BOOK.as_bytes().to_vec(), "b.md", RunKind::Real, setup);
        let mut now = session.clock().now();
        session.see_time(&now).unwrap();
        now.at += TimeDelta::hours(1);
        session.see_time(&now).unwrap();
        assert_eq!(session.run().head.seq, 0, "looking records nothing");

        session.intend(&Intent::Note { step: None, text: "begun".into() }).unwrap();
        let begun = session.run().head.seq;
        now.at -= TimeDelta::hours(1);
        session.see_time(&now).unwrap();
        now.at -= TimeDelta::hours(1);
        session.see_time(&now).unwrap();
        session.see_time(&now).unwrap();
        // One step was from the hour that was never there.
        let found: Vec<i64> = session.run().clock_steps.iter().map(|step| step.by_ms / 60_000).collect();
        assert_eq!(found.last(), Some(&-60), "{found:?}");
        assert_eq!(session.run().head.seq, begun + found.len() as u64 - before(&session, begun));
    }

    /// Steps that were recorded up to an entry.
    fn before(session: &Session, seq: u64) -> u64 {
        session.run().clock_steps.iter().filter(|step| step.seq <= seq).count() as u64
    }
}
