//! The one place where decisions meet the world: record, then do.
//!
//! A [`Session`] owns the runbook, the fold, the journal and the executor, and offers verbs: [`Session::intend`] a wish,
//! [`Session::tick`] to take in what happened. It never draws, never asks, and knows no terminal, so that the screen, the
//! plain mode and the unattended walk drive the very same engine.
//!
//! Looking creates nothing: the journal gets its first entry with the first recorded act.

pub mod clock;
mod fault;
mod live;
mod lookup;

pub use clock::Clock;
pub use fault::{Denied, Fault};
pub use live::Fresh;
pub use lookup::{Kept, name_run};

use crate::exec::{self, Executor, Secret, ShellState, Size};
use crate::journal::{Appended, Holder, Journal, Lease, Needs, Taken, alive};
use crate::run::decide::{Circumstances, Effect, Intent, decide};
use crate::run::event::{Actor, AttemptId, Entry, Event, Opened, RunId, RunKind, Sitting, Stamp};
use crate::run::readiness::{Readiness, readiness};
use crate::run::{Run, Value};
use crate::runbook::Runbook;
use live::Live;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What a session needs to know from outside.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The journal file. It is created with the first recorded act.
    pub journal: PathBuf,
    pub operator: Actor,
    /// Folder that commands start in.
    pub cwd: PathBuf,
    /// Shell that reads commands: a path, or a name on the `PATH`.
    pub shell: String,
    /// Environment that commands inherit.
    pub environment: BTreeMap<String, String>,
    /// Values given beforehand; secrets are known by name from the runbook's front matter.
    pub values: BTreeMap<String, String>,
    /// Limit in milliseconds for commands whose author states none.
    pub timeout_ms: Option<u64>,
    /// How the operator works: `screen`, `plain`, `exec`.
    pub skin: &'static str,
    /// `gonogo 0.1.0`.
    pub program: String,
}

/// Drives one run.
#[derive(Debug)]
pub struct Session {
    book: Runbook,
    /// The bytes the book was read from; recorded when the run begins.
    bytes: Vec<u8>,
    run: Run,
    readiness: Readiness,
    setup: Setup,
    clock: Clock,
    executor: Executor,
    /// Absent until the first recorded act, unless the run was there before.
    journal: Option<Journal>,
    drive: Drive,
    live: Option<Live>,
    /// The end of what the command before printed, for whoever has not seen it yet.
    last_words: Option<Fresh>,
    shell_state: Option<ShellState>,
    /// Values that must never be recorded, by name: in memory only.
    secrets: Vec<Secret>,
    size: Size,
}

/// Whether this process may start and stop the run's commands.
#[derive(Debug)]
enum Drive {
    /// Nobody has asked yet.
    Idle,
    Mine(Lease),
    /// Another living process drives it.
    Theirs(Box<Holder>),
}

/// What a tick brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Changed {
    Nothing,
    /// The running command has printed something.
    Output,
    /// The run has changed.
    State,
}

impl Session {
    /// Opens a runbook for a new run. Nothing is recorded yet.
    #[must_use]
    pub fn begin(book: Runbook, bytes: Vec<u8>, path: &str, kind: RunKind, setup: Setup) -> Self {
        let clock = Clock::start();
        let opened = Opened {
            runbook: book.source.sha256,
            title: book.title.clone(),
            path: path.to_owned(),
            run_kind: kind,
            program: setup.program.clone(),
            cwd: setup.cwd.display().to_string(),
            shell: setup.shell.clone(),
            ticket: book.front.ticket.clone(),
        };
        let stamp = stamp(&clock, &setup.operator);
        let run = Run::unopened(lookup::new_run_id(stamp.at), opened, &stamp);
        Session::around(book, bytes, run, None, clock, setup)
    }

    /// Continues a run on the runbook's recorded bytes.
    ///
    /// # Errors
    /// When the run's chain does not verify, its runbook cannot be read, or the journal cannot be used.
    pub fn resume(journal: Journal, id: &RunId, setup: Setup) -> Result<Self, Fault> {
        let mut session = Session::attend(journal, id, setup)?;
        let me = lookup::me(&session.setup, &session.clock);
        let journal = session.journal.as_mut().ok_or(Fault::NoJournal)?;
        match journal.take_lease(id, &me)? {
            Taken::Lease(lease) => {
                // Whoever drove it before is dead: what was running then has an unknown end now.
                session.run.presume_lost();
                for attempt in session.run.unknown() {
                    journal.salvage(id, attempt.id())?;
                }
                session.drive = Drive::Mine(lease);
            }
            Taken::Held(holder) => session.drive = Drive::Theirs(Box::new(holder)),
        }
        session.readiness = readiness(&session.book, &session.run);
        Ok(session)
    }

    /// Opens a run to add a statement to it, without driving it: a sign-off, a note, a call.
    ///
    /// # Errors
    /// As for [`Session::resume`].
    pub fn attend(journal: Journal, id: &RunId, setup: Setup) -> Result<Self, Fault> {
        let (book, bytes, run) = lookup::recorded(&journal, id)?;
        let setup = Setup { cwd: PathBuf::from(&run.opened.cwd), ..setup };
        Ok(Session::around(book, bytes, run, Some(journal), Clock::start(), setup))
    }

    fn around(
        book: Runbook,
        bytes: Vec<u8>,
        mut run: Run,
        journal: Option<Journal>,
        clock: Clock,
        setup: Setup,
    ) -> Self {
        let is_secret = |name: &str| book.front.vars.get(name).is_some_and(|variable| variable.secret);
        let mut secrets: Vec<Secret> = Vec::new();
        for name in &book.front.secrets {
            if let Some(value) = setup.environment.get(name) {
                secrets.push(Secret { name: name.clone(), value: value.clone() });
            }
        }
        for (name, value) in &setup.values {
            // Known from the command line; recorded with the first act.
            if is_secret(name) || book.front.secrets.contains(name) {
                secrets.push(Secret { name: name.clone(), value: value.clone() });
                run.values.insert(name.clone(), Value::Secret);
            } else {
                run.values.insert(name.clone(), Value::Plain(value.clone()));
            }
        }
        let readiness = readiness(&book, &run);
        let executor = Executor::new();
        let size = Size { cols: 80, rows: 24 };
        let (drive, live, shell_state) = (Drive::Idle, None, None);
        Session {
            book,
            bytes,
            run,
            readiness,
            setup,
            clock,
            executor,
            journal,
            drive,
            live,
            last_words: None,
            shell_state,
            secrets,
            size,
        }
    }

    #[must_use]
    pub fn book(&self) -> &Runbook {
        &self.book
    }

    /// The run as it stands. Its head has the number 0 until something was recorded.
    #[must_use]
    pub fn run(&self) -> &Run {
        &self.run
    }

    #[must_use]
    pub fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.setup.operator
    }

    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Who else drives this run; then commands cannot be started here, while notes, sign-offs and calls can be recorded.
    #[must_use]
    pub fn holder(&self) -> Option<String> {
        match &self.drive {
            Drive::Theirs(holder) => Some(holder.to_string()),
            Drive::Idle | Drive::Mine(_) => None,
        }
    }

    /// Decides a wish, records what follows from it, and then does it.
    ///
    /// # Errors
    /// A refusal changes nothing. A fault means that the record could not be kept: whatever was not recorded has not
    /// happened either.
    pub fn intend(&mut self, wish: &Intent) -> Result<(), Denied> {
        let mut recorded: Vec<Event> = Vec::new();
        // Others may write between deciding and recording; then the decision is taken afresh on what they wrote.
        for _ in 0..8 {
            let effects = self.decide(wish.clone())?;
            match self.perform(effects, &mut recorded)? {
                Performed::Everything => {
                    self.readiness = readiness(&self.book, &self.run);
                    return Ok(());
                }
                Performed::Overtaken => {}
            }
        }
        Err(Fault::Contended.into())
    }

    fn decide(&mut self, wish: Intent) -> Result<Vec<Effect>, Denied> {
        let environment: BTreeSet<String> = self.setup.environment.keys().cloned().collect();
        let secrets: BTreeSet<String> = self.secrets.iter().map(|secret| secret.name.clone()).collect();
        let folder = self.shell_state.as_ref().and_then(ShellState::folder);
        let cwd = folder.unwrap_or_else(|| self.setup.cwd.clone()).display().to_string();
        let now = Circumstances {
            name: &self.setup.operator.name,
            role: self.setup.operator.role.as_deref(),
            environment: &environment,
            secrets: &secrets,
            cwd: &cwd,
            shell: &self.setup.shell,
            timeout_ms: self.setup.timeout_ms,
        };
        decide(&self.book, &self.run, wish, &now).map_err(Denied::Refused)
    }

    /// Records and does, in order. `recorded` holds what an earlier try of the same wish has recorded already.
    fn perform(&mut self, effects: Vec<Effect>, recorded: &mut Vec<Event>) -> Result<Performed, Denied> {
        for effect in effects {
            match effect {
                Effect::Record(event) => {
                    if matches!(event, Event::Deviated { .. }) && recorded.contains(&event) {
                        continue;
                    }
                    match self.record(&event)? {
                        Performed::Everything => recorded.push(event),
                        Performed::Overtaken => return Ok(Performed::Overtaken),
                    }
                }
                Effect::Start(start) => self.start(start)?,
                Effect::Stop { attempt, signal } => self.stop(attempt, signal),
            }
        }
        Ok(Performed::Everything)
    }

    /// Gives a value that must never be recorded; that it was given is recorded.
    ///
    /// # Errors
    /// As for [`Session::intend`].
    pub fn give_secret(&mut self, name: &str, value: String) -> Result<(), Denied> {
        self.secrets.retain(|secret| secret.name != name);
        self.secrets.push(Secret { name: name.to_owned(), value });
        self.intend(&Intent::Give { name: name.to_owned(), value: Value::Secret })
    }

    /// Commits one event and folds it in.
    fn record(&mut self, event: &Event) -> Result<Performed, Denied> {
        self.open_run()?;
        let needs_lease = match event {
            Event::AttemptIntended(_) | Event::StopSent { .. } | Event::RunClosed { .. } => true,
            Event::RunOpened(_)
            | Event::SittingBegan(_)
            | Event::SittingEnded
            | Event::AttemptSpawned { .. }
            | Event::AttemptEnded(_)
            | Event::AttemptResolved { .. }
            | Event::AttemptRehearsed { .. }
            | Event::StepMarked { .. }
            | Event::MarkReversed { .. }
            | Event::NoteAdded { .. }
            | Event::ValueGiven { .. }
            | Event::SignedOff { .. }
            | Event::Called { .. }
            | Event::Deviated { .. } => false,
        };
        if needs_lease {
            self.take_the_wheel()?;
        }
        let lease = match &self.drive {
            Drive::Mine(lease) if needs_lease => Some(lease.clone()),
            Drive::Mine(_) | Drive::Idle | Drive::Theirs(_) => None,
        };
        let needs = lease.as_ref().map_or(Needs::Nothing, Needs::Lease);
        Ok(self.append(needs, event)?)
    }

    fn append(&mut self, needs: Needs<'_>, event: &Event) -> Result<Performed, Fault> {
        let stamp = stamp(&self.clock, &self.setup.operator);
        let journal = self.journal.as_mut().ok_or(Fault::NoJournal)?;
        let appended = journal.append(&self.run.id, self.run.head.seq, needs, &stamp, event)?;
        let performed = match &appended {
            Appended::Recorded(_) => Performed::Everything,
            Appended::Overtaken(_) => Performed::Overtaken,
        };
        self.fold(&appended.into_entries());
        Ok(performed)
    }

    /// Writes the run's first entries, if they are not there yet: the runbook's bytes, who works here, values given.
    fn open_run(&mut self) -> Result<(), Fault> {
        let me = lookup::me(&self.setup, &self.clock);
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
        if matches!(self.drive, Drive::Mine(_)) && !self.sits_here(&me) {
            let sitting = Sitting { pid: me.pid, started: me.started, skin: self.setup.skin.to_owned() };
            self.append(Needs::Nothing, &Event::SittingBegan(sitting))?;
            for (name, value) in self.setup.values.clone() {
                let secret = self.run.values.get(&name) == Some(&Value::Secret);
                let value = (!secret).then_some(value);
                self.append(Needs::Nothing, &Event::ValueGiven { name, secret, value })?;
            }
        }
        Ok(())
    }

    fn sits_here(&self, me: &Holder) -> bool {
        self.run.sittings.last().is_some_and(|last| {
            last.ended.is_none() && last.sitting.pid == me.pid && last.sitting.started == me.started
        })
    }

    /// Takes the lease if it is to be had: the holder may have left since we looked.
    fn take_the_wheel(&mut self) -> Result<(), Fault> {
        if let Drive::Mine(_) = self.drive {
            return Ok(());
        }
        let me = lookup::me(&self.setup, &self.clock);
        let journal = self.journal.as_mut().ok_or(Fault::NoJournal)?;
        match journal.take_lease(&self.run.id, &me)? {
            Taken::Lease(lease) => {
                self.drive = Drive::Mine(lease);
                self.open_run()
            }
            Taken::Held(holder) => {
                let fault = Fault::Held(holder.to_string());
                self.drive = Drive::Theirs(Box::new(holder));
                Err(fault)
            }
        }
    }

    fn fold(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.run.apply(entry);
        }
    }

    /// Takes in what happened: output to be kept, endings, and what other processes recorded.
    ///
    /// # Errors
    /// When it could not be recorded.
    pub fn tick(&mut self) -> Result<Changed, Fault> {
        let before = self.run.head.seq;
        let printed = self.tick_live()?;
        self.catch_up()?;
        if self.run.head.seq == before {
            return Ok(if printed { Changed::Output } else { Changed::Nothing });
        }
        self.readiness = readiness(&self.book, &self.run);
        Ok(Changed::State)
    }

    /// Folds in what other processes have recorded.
    fn catch_up(&mut self) -> Result<(), Fault> {
        let Some(journal) = self.journal.as_ref().filter(|_| self.run.head.seq > 0) else {
            return Ok(());
        };
        if journal.changed()? {
            let entries = journal.entries_since(&self.run.id, self.run.head.seq)?;
            self.fold(&entries);
        }
        Ok(())
    }

    /// Whether the process of an attempt whose end nobody saw is still there.
    #[must_use]
    pub fn still_alive(&self, attempt: AttemptId) -> Option<u32> {
        let attempt = self.run.attempt(attempt)?;
        let (pid, started) = attempt.process?;
        (attempt.began.boot == self.clock.boot() && alive::started(pid) == Some(started)).then_some(pid)
    }

    /// Leaves in an orderly way: the run can be continued by anybody.
    ///
    /// A command that still runs is stopped, and its ending recorded.
    ///
    /// # Errors
    /// When it could not be recorded; the next process finds this one gone.
    pub fn leave(&mut self) -> Result<(), Fault> {
        self.stop_for_leaving()?;
        let Drive::Mine(lease) = std::mem::replace(&mut self.drive, Drive::Idle) else {
            return Ok(());
        };
        let me = lookup::me(&self.setup, &self.clock);
        if self.sits_here(&me) && self.run.closed.is_none() {
            self.append(Needs::Nothing, &Event::SittingEnded)?;
        }
        if self.run.closed.is_some()
            && let Some(state) = &self.shell_state
        {
            state.delete().map_err(|error| Fault::Exec(error.to_string()))?;
        }
        if let Some(journal) = self.journal.as_mut() {
            journal.release(&lease)?;
        }
        Ok(())
    }
}

/// How far a list of effects got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Performed {
    Everything,
    /// Others wrote meanwhile; what they wrote is folded in, and the rest was dropped.
    Overtaken,
}

fn stamp(clock: &Clock, by: &Actor) -> Stamp {
    let now = clock.now();
    Stamp { at: now.at, mono_us: now.mono_us, boot: now.boot, by: by.clone() }
}

/// Whether whoever holds a lease may still be at work. A process on another host cannot be seen and counts as alive.
#[must_use]
pub fn is_alive(holder: &Holder, host: &str) -> bool {
    holder.host != host || (holder.boot == Clock::start().boot() && alive::started(holder.pid) == Some(holder.started))
}

/// Has this process adopt the orphans of its commands, so that a stop finds all of them. To be called once, early.
///
/// # Errors
/// When the kernel refuses.
pub fn adopt_orphans() -> Result<(), Fault> {
    exec::become_subreaper().map_err(|error| Fault::Exec(format!("cannot adopt orphaned processes: {error}")))
}
