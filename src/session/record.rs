//! Recording: the run's first entries, the lease, and what others have recorded meanwhile.

use super::{Changed, Denied, Drive, Fault, Performed, Reach, Session, lookup, stamp};
use crate::journal::{Appended, Health, Holder, Journal, Needs, Storage, Taken, alive};
use crate::run::decide::{Refusal, first_open, is_open_at_its_end};
use crate::run::event::{AttemptId, DeviationKind, Entry, Event, Sitting};
use crate::run::{Deviation, Progress, Value};
use crate::runbook::Phase;

impl Session {
    /// Removes what an attempt has printed from the journal, bytes and salt, and records that and why. The chain stays
    /// whole. Also in a closed run.
    ///
    /// # Errors
    /// When there is nothing to remove, the reason is missing, or it cannot be recorded.
    pub fn shred(&mut self, attempt: AttemptId, reason: String) -> Result<(), Denied> {
        if reason.trim().is_empty() {
            return Err(Refusal::NeedsReason("removing an output needs a reason".to_owned()).into());
        }
        if self.run.running().is_some_and(|running| running.id() == attempt) {
            return Err(Refusal::Busy(attempt).into());
        }
        self.mend()?;
        self.catch_up()?;
        let event = self.secrets.redacted(&Event::OutputShredded { attempt, reason });
        let stamp = stamp(&self.clock, &self.setup.operator);
        let journal = self.journal.as_mut().ok_or(Fault::NoJournal)?;
        let entries = journal
            .shred(&self.run.id, attempt, self.run.head.seq, &stamp, &event)
            .map_err(|fault| Denied::Faulted(fault.into()))?;
        self.fold(&entries);
        Ok(())
    }

    /// Records who answers for exporting what looks like a secret, once for each reason. Also in a closed run.
    ///
    /// # Errors
    /// When it cannot be recorded.
    pub fn answer_for_findings(&mut self, reason: String) -> Result<(), Denied> {
        self.mend()?;
        self.catch_up()?;
        let deviation = DeviationKind::ExportedFindings;
        let event = self.secrets.redacted(&Event::Deviated { deviation, step: None, reason, correction: None });
        let said = |one: &Deviation| {
            matches!(&event, Event::Deviated { deviation, reason, .. } if one.kind == *deviation && one.reason == *reason)
                && one.by.name == self.setup.operator.name
        };
        if !self.run.deviations.iter().any(said) {
            self.record(Reach::Anybody, &event)?;
        }
        Ok(())
    }

    /// Commits one event and folds it in.
    pub(super) fn record(&mut self, reach: Reach, event: &Event) -> Result<Performed, Denied> {
        self.open_run()?;
        self.tick_clock()?;
        let lease = match reach {
            Reach::Driver => {
                self.take_the_wheel()?;
                match &self.drive {
                    Drive::Mine(lease) => Some(lease.clone()),
                    Drive::Idle | Drive::Theirs(_) => None,
                }
            }
            Reach::Anybody => None,
        };
        let needs = lease.as_ref().map_or(Needs::Nothing, Needs::Lease);
        Ok(self.append(needs, event)?)
    }

    /// Commits one event without the secrets in it.
    pub(super) fn append(&mut self, needs: Needs<'_>, event: &Event) -> Result<Performed, Fault> {
        let event = self.secrets.redacted(event);
        let stamp = stamp(&self.clock, &self.setup.operator);
        let bytes = self.bytes_for(&event);
        let journal = self.journal.as_mut().ok_or(Fault::NoJournal)?;
        let (run, after) = (&self.run.id, self.run.head.seq);
        let appended = match bytes {
            Some(bytes) => journal.append_with_runbook(run, after, needs, &stamp, &event, &bytes),
            None => journal.append(run, after, needs, &stamp, &event),
        };
        let held = self.held.take();
        let appended = match appended {
            Ok(appended) => appended,
            Err(fault) => {
                self.unrecorded = held.or(self.unrecorded.take());
                return Err(fault.into());
            }
        };
        let performed = match &appended {
            Appended::Recorded(_) => Performed::Everything,
            Appended::Overtaken(_) => Performed::Overtaken,
        };
        self.fold(&appended.into_entries());
        self.follow_edition()?;
        Ok(performed)
    }

    /// Writes the run's first entries, if they are not there yet: the runbook's bytes, who works here, values given.
    pub(super) fn open_run(&mut self) -> Result<(), Fault> {
        let me = self.me();
        if self.run.head.seq == 0 {
            let mut journal = match self.journal.take() {
                Some(journal) => journal,
                None => Journal::create_or_open(&self.setup.journal)?,
            };
            let stamp = stamp(&self.clock, &self.setup.operator);
            let begun = journal.begin(&self.run.id, &self.bytes, &me, &stamp, &self.run.opened);
            self.journal = Some(journal);
            let (entry, lease) = begun?;
            self.drive = Drive::Mine(lease);
            self.fold(&[entry]);
        }
        if !matches!(self.drive, Drive::Mine(_)) {
            return Ok(());
        }
        if !self.sits_here(&me) {
            let sitting = Sitting { pid: me.pid, started: me.started, skin: self.setup.skin.to_owned() };
            self.append(Needs::Nothing, &Event::SittingBegan(sitting))?;
            self.warn_of_storage()?;
        }
        while let Some((name, value)) =
            self.ungiven.first_key_value().map(|(name, value)| (name.clone(), value.clone()))
        {
            let secret = self.run.values.get(&name) == Some(&Value::Secret);
            let value = (!secret).then_some(value);
            let from = self.run.sources.get(&name).cloned();
            self.append(Needs::Nothing, &Event::ValueGiven { name: name.clone(), secret, value, from })?;
            self.ungiven.remove(&name);
        }
        Ok(())
    }

    /// Says once in the record that its file is where locks and syncs are worth less.
    fn warn_of_storage(&mut self) -> Result<(), Fault> {
        let network = self.journal.as_ref().is_some_and(|journal| journal.storage() == Storage::Network);
        let deviation = DeviationKind::NetworkStorage;
        if network && !self.run.deviations.iter().any(|said| said.kind == deviation) {
            let reason = "no write-ahead log there, and two hosts must not record at the same time".to_owned();
            self.append(Needs::Nothing, &Event::Deviated { deviation, step: None, reason, correction: None })?;
        }
        Ok(())
    }

    pub(super) fn sits_here(&self, me: &Holder) -> bool {
        self.run.sittings.last().is_some_and(|last| {
            last.ended.is_none() && last.sitting.pid == me.pid && last.sitting.started == me.started
        })
    }

    /// Takes the lease if it is to be had: the holder may have left since we looked.
    pub(super) fn take_the_wheel(&mut self) -> Result<(), Fault> {
        if !matches!(self.drive, Drive::Mine(_)) {
            self.try_the_wheel()?;
            self.open_run()?;
        }
        match &self.drive {
            Drive::Theirs(holder) => Err(Fault::Held(holder.to_string())),
            Drive::Mine(_) | Drive::Idle => Ok(()),
        }
    }

    /// Takes the lease, unless somebody who lives has it.
    pub(super) fn try_the_wheel(&mut self) -> Result<(), Fault> {
        let me = self.me();
        let journal = self.journal.as_mut().ok_or(Fault::NoJournal)?;
        match journal.take_lease(&self.run.id, &me)? {
            Taken::Lease(lease) => {
                // Whoever drove it before is gone: what was running then has an unknown end now.
                self.run.presume_lost();
                self.readiness.take();
                self.times.take();
                for attempt in self.run.unknown() {
                    journal.salvage(&self.run.id, attempt.id())?;
                }
                self.drive = Drive::Mine(lease);
            }
            Taken::Held(holder) => self.drive = Drive::Theirs(Box::new(holder)),
        }
        Ok(())
    }

    /// Finds out who drives the run. When nobody does, what was running has an unknown end.
    pub(super) fn look_for_holder(&mut self) -> Result<(), Fault> {
        let Some(journal) = &self.journal else {
            return Ok(());
        };
        self.drive = match journal.holder(&self.run.id)? {
            Some(holder) if self.may_live(&holder) => Drive::Theirs(Box::new(holder)),
            Some(_) | None => {
                self.run.presume_lost();
                self.readiness.take();
                self.times.take();
                Drive::Idle
            }
        };
        Ok(())
    }

    /// Notices when another process that drove the run has left it or is gone: then the run is to be had.
    pub(super) fn watch_holder(&mut self) -> Result<Changed, Fault> {
        let left = match &self.drive {
            Drive::Theirs(holder) => {
                let ended = self.run.sittings.last().is_some_and(|last| last.ended.is_some());
                ended || self.run.closed.is_some() || !self.may_live(holder)
            }
            Drive::Idle | Drive::Mine(_) => return Ok(Changed::Nothing),
        };
        if left {
            self.look_for_holder()?;
        }
        Ok(if matches!(self.drive, Drive::Idle) { Changed::State } else { Changed::Nothing })
    }

    /// A process on another host cannot be seen and counts as alive.
    fn may_live(&self, holder: &Holder) -> bool {
        holder.host != self.setup.operator.host
            || (holder.boot == self.clock.boot() && alive::started(holder.pid) == Some(holder.started))
    }

    /// Opens the journal anew after a write failed, and takes in what really reached the disk.
    pub(super) fn mend(&mut self) -> Result<(), Fault> {
        let (suspended, ahead) = (Health::Suspended, self.is_ahead());
        let Some(journal) = self.journal.as_mut().filter(|journal| ahead || journal.health() == suspended) else {
            return Ok(());
        };
        if journal.health() == suspended {
            journal.reopen()?;
        }
        if ahead {
            let (_, _, mut run, _) = lookup::recorded(journal, &self.run.id)?;
            for name in self.ungiven.keys() {
                if let Some(value) = self.run.values.get(name) {
                    run.take_value(name.clone(), value.clone(), self.run.sources.get(name).cloned());
                }
            }
            self.run = run;
            self.behind = 0;
            self.readiness.take();
            self.times.take();
            self.since_done.take();
        } else if self.run.head.seq > 0 {
            let entries = journal.entries_since(&self.run.id, self.run.head.seq)?;
            self.fold(&entries);
        }
        self.follow_edition()
    }

    /// Whether an ending was folded in that did not reach the journal in the end.
    fn is_ahead(&self) -> bool {
        let waits = self.unrecorded.as_ref().and_then(|waits| self.run.attempt(waits.attempt()));
        waits.is_some_and(|attempt| matches!(attempt.progress, Progress::Ended { .. }))
    }

    /// Commits an ending that was left to be committed with whatever comes next, for whoever does not go on at once.
    ///
    /// # Errors
    /// When it could not be committed: it still waits to be recorded.
    pub fn settle(&mut self) -> Result<(), Fault> {
        let Some(held) = self.held.take() else { return Ok(()) };
        let settled = self.journal.as_mut().map_or(Ok(()), Journal::settle);
        if settled.is_err() {
            self.unrecorded = Some(held);
        }
        Ok(settled?)
    }

    /// Folds in what other processes have recorded.
    pub(super) fn catch_up(&mut self) -> Result<(), Fault> {
        let Some(journal) = self.journal.as_ref().filter(|_| self.run.head.seq > 0) else {
            return Ok(());
        };
        if journal.changed()? {
            let entries = journal.entries_since(&self.run.id, self.run.head.seq)?;
            self.fold(&entries);
            self.follow_edition()?;
        }
        Ok(())
    }

    pub(super) fn fold(&mut self, entries: &[Entry]) {
        for entry in entries {
            if !self.leaves_behind(&entry.event) {
                self.behind = 0;
            }
            if let Event::ValueGiven { name, .. } = &entry.event
                && self.run.sources.contains_key(name)
            {
                // Whoever recorded a value first has said it for the run; what the environment has here comes after.
                self.ungiven.remove(name);
            }
            self.run.apply(entry);
            if let Event::Deviated { correction: Some(correction), .. } = &entry.event {
                self.book.correct(correction);
            }
            self.touch(&entry.event);
            self.readiness.take();
            self.times.take();
            self.since_done.take();
        }
    }

    /// Counts on over the phases that have nothing open. Each phase is looked at once, until something undoes it.
    pub(super) fn look_behind(&mut self) {
        let is_done = |phase: &&Phase| !is_open_at_its_end(phase, &self.run) && first_open(phase, &self.run).is_none();
        self.behind += self.book.phases.iter().skip(self.behind).take_while(is_done).count();
    }

    /// Whether an event cannot open anything in the phases that are behind: it is about a process, and that of a step further
    /// on. An attempt that ends was running until now, and what runs is not behind.
    fn leaves_behind(&self, event: &Event) -> bool {
        match event {
            Event::AttemptIntended(intended) => {
                self.book.phase_number_of(&intended.target.step).is_none_or(|number| number >= self.behind)
            }
            Event::AttemptSpawned { .. }
            | Event::AttemptEnded(_)
            | Event::StopSent { .. }
            | Event::NoteAdded { .. }
            | Event::ValueGiven { .. }
            | Event::ClockStepped { .. }
            | Event::TrustDecided(_)
            | Event::RequirementsProbed(_)
            | Event::HookBegan(_)
            | Event::HookEnded(_)
            | Event::SoakBegan(_)
            | Event::SoakPaused { .. }
            | Event::TargetPinned { .. } => true,
            Event::RunOpened(_)
            | Event::SittingBegan(_)
            | Event::SittingEnded
            | Event::AttemptRejoined { .. }
            | Event::AttemptGone { .. }
            | Event::AttemptResolved { .. }
            | Event::OutputShredded { .. }
            | Event::AttemptRehearsed { .. }
            | Event::StepMarked { .. }
            | Event::MarkReversed { .. }
            | Event::RunbookAdopted(_)
            | Event::RunbookDeclined { .. }
            | Event::SignedOff { .. }
            | Event::GateOverridden { .. }
            | Event::Called { .. }
            | Event::Deviated { .. }
            | Event::RunClosed { .. } => false,
        }
    }

    /// Makes every later append fail, as a broken disk would.
    #[doc(hidden)]
    pub fn fail_appends(&self) {
        if let Some(journal) = &self.journal {
            journal.fail_appends();
        }
    }
}
