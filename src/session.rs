//! The one place where decisions meet the world: record, then do.
//!
//! A [`Session`] owns the runbook, the fold, the journal and the executor, and offers verbs: [`Session::intend`] a wish,
//! [`Session::tick`] to take in what happened. It never draws, never asks, and knows no terminal, so that the screen, the
//! plain mode and the unattended walk drive the very same engine.
//!
//! Looking creates nothing: the journal gets its first entry with the first recorded act.

pub mod clock;
pub mod corrections;
mod edition;
mod fault;
mod history;
mod hooks;
mod live;
mod lookup;
mod record;
mod requires;
mod secrets;
mod setup;
mod sign;
mod target;
mod trust;
mod values;

pub use crate::exec::sign::NotSigned;
pub use crate::journal::Keep;
pub use clock::Clock;
pub use fault::{Denied, Fault};
pub use history::earlier;
pub use live::{Fresh, Pulse};
pub use lookup::{Kept, name_run};
pub use requires::Missing;
pub use setup::Setup;
pub use sign::{Asking, Identity, Wanted};
pub use trust::{Approval, Hook, Source};
pub use values::Unfit;

use crate::exec::redact::SHORTEST;
use crate::exec::{self, Executor, ShellState, Size};
use crate::journal::{Holder, Journal, Lease, Needs, alive};
use crate::run::decide::{BeforeRun, Circumstances, Effect, Intent, Refusal, Survivor, decide};
use crate::run::drift::DiffLine;
use crate::run::event::{Actor, AttemptId, Event, Opened, RunId, RunKind, Stamp};
use crate::run::readiness::{Readiness, readiness};
use crate::run::time::Times;
use crate::run::{Moment, Run, Value};
use crate::runbook::{Correction, Remembered, Runbook, StepId};
use edition::Watch;
use history::History;
use hooks::Hooks;
use live::{Live, Rejoined, Survivors, Unrecorded};
use secrets::Secrets;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Drives one run.
#[derive(Debug)]
pub struct Session {
    book: Runbook,
    /// The bytes the book was read from; recorded when the run begins.
    bytes: Vec<u8>,
    run: Run,
    /// Computed when somebody asks, and anew after each change.
    readiness: OnceCell<Readiness>,
    /// How many phases at the beginning are known to have nothing open; see [`Circumstances::behind`].
    behind: usize,
    /// The same, for what edits of the runbook made stale.
    since_done: OnceCell<BTreeMap<StepId, Vec<DiffLine>>>,
    /// The author's file.
    watch: Watch,
    survivors: Survivors,
    setup: Setup,
    clock: Clock,
    /// When both clocks were compared last.
    told_time: Option<Moment>,
    history: History,
    times: OnceCell<Times>,
    executor: Executor,
    /// Absent until the first recorded act, unless the run was there before.
    journal: Option<Journal>,
    drive: Drive,
    live: Option<Live>,
    /// The command that outlived an earlier gonogo and is watched again.
    rejoined: Option<Rejoined>,
    /// The end of what the command before printed, for whoever has not seen it yet.
    last_words: Option<Fresh>,
    /// An ending that could not be recorded yet.
    unrecorded: Option<Unrecorded>,
    /// An ending that is folded in and written, and committed with what is recorded next.
    held: Option<Unrecorded>,
    shell_state: Option<ShellState>,
    secrets: Secrets,
    /// What generators printed here, by attempt: in memory alone, for the operator to look at.
    generated: BTreeMap<AttemptId, Vec<String>>,
    /// Who signs here, once that was asked.
    wanted: Option<Wanted>,
    /// This process, once it was looked up.
    me: OnceCell<Holder>,
    /// Whoever commands run as, once that was looked up.
    acting_user: OnceCell<String>,
    identity: OnceCell<Result<Identity, String>>,
    /// Corrections of an earlier run that fit this document; offered, never applied by themselves.
    remembered: Vec<Remembered>,
    /// Values given beforehand that are not recorded yet.
    ungiven: BTreeMap<String, String>,
    size: Size,
    /// Where commands act, as it was looked at last.
    target: Option<String>,
    /// Which tools' pointers belong to the target.
    pointers: OnceCell<Vec<target::Pointer>>,
    /// What is required and was not there when the first command was asked for.
    lacking: Vec<String>,
    /// What was asked of programs and hosts for it; recorded with what follows.
    probed: Option<Event>,
    hooks: Hooks,
    /// The real places of files, as they were when the session began.
    places: BTreeMap<PathBuf, PathBuf>,
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
        let cwd = book.front.cwd.as_deref().map_or_else(|| setup.cwd.clone(), |folder| setup.folder(folder));
        let setup = Setup { cwd, ..setup };
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
        let mut session = Session::around(book, bytes, run, None, clock, setup);
        session.draw_values();
        session
    }

    /// Continues a run on the runbook's recorded bytes.
    ///
    /// # Errors
    /// When the run's chain does not verify, its runbook cannot be read, or the journal cannot be used.
    pub fn resume(journal: Journal, id: &RunId, setup: Setup) -> Result<Self, Fault> {
        let mut session = Session::attend(journal, id, setup)?;
        session.draw_values();
        session.try_the_wheel()?;
        session.watch_survivors();
        Ok(session)
    }

    /// Opens a run to add a statement to it, without driving it: a sign-off, a note, a call.
    ///
    /// # Errors
    /// As for [`Session::resume`].
    pub fn attend(journal: Journal, id: &RunId, setup: Setup) -> Result<Self, Fault> {
        let (book, bytes, run, last) = lookup::recorded(&journal, id)?;
        let setup = Setup { cwd: PathBuf::from(&run.opened.cwd), ..setup };
        let mut session = Session::around(book, bytes, run, Some(journal), Clock::start(), setup);
        session.told_time = last;
        session.look_for_holder()?;
        session.watch_survivors();
        Ok(session)
    }

    fn around(book: Runbook, bytes: Vec<u8>, run: Run, journal: Option<Journal>, clock: Clock, setup: Setup) -> Self {
        let secrets = Secrets::of_environment(&book, &setup.environment);
        let path = run.opened.path.clone();
        let places = BTreeMap::from([(PathBuf::from(&path), trust::real_place(&path, &setup.cwd))]);
        let mut session = Session {
            book,
            bytes,
            run,
            readiness: OnceCell::new(),
            behind: 0,
            since_done: OnceCell::new(),
            watch: Watch::default(),
            survivors: Survivors::default(),
            ungiven: BTreeMap::new(),
            setup,
            clock,
            told_time: None,
            history: History::default(),
            times: OnceCell::new(),
            executor: Executor::new(),
            journal,
            drive: Drive::Idle,
            live: None,
            rejoined: None,
            last_words: None,
            unrecorded: None,
            held: None,
            shell_state: None,
            secrets,
            wanted: None,
            me: OnceCell::new(),
            acting_user: OnceCell::new(),
            identity: OnceCell::new(),
            remembered: Vec::new(),
            size: Size { cols: 80, rows: 24 },
            target: None,
            pointers: OnceCell::new(),
            lacking: Vec::new(),
            probed: None,
            generated: BTreeMap::new(),
            hooks: Hooks::default(),
            places,
        };
        session.take_given();
        session.prime_hooks();
        session
    }

    /// Looks for corrections that were made in this document before. Only a run that has not begun asks.
    ///
    /// # Errors
    /// When they are there and cannot be read; the walk can go on without them.
    pub fn recall(&mut self) -> std::io::Result<()> {
        if self.run.head.seq == 0 {
            let shelves = corrections::Shelves::beside(&self.setup.journal);
            self.remembered = shelves.recall(&self.run.opened.path, &self.book)?;
        }
        Ok(())
    }

    /// What was corrected in this document before, as far as it still fits.
    #[must_use]
    pub fn remembered(&self) -> &[Remembered] {
        &self.remembered
    }

    /// What somebody said before of this document that would have less of it run, and that this run does not heed.
    ///
    /// # Errors
    /// When what was kept of this document cannot be read.
    pub fn held_off(&self) -> std::io::Result<Vec<Remembered>> {
        let kept = corrections::Shelves::beside(&self.setup.journal).recall(&self.run.opened.path, &self.book)?;
        let is_less = |one: &Remembered| match one.correction {
            Correction::Withhold { .. } | Correction::Leave { .. } => true,
            Correction::Offer { .. } | Correction::Walk { .. } => false,
        };
        Ok(kept.into_iter().filter(is_less).collect())
    }

    /// Keeps a correction of this run for the next one.
    ///
    /// # Errors
    /// When it cannot be written. The correction stands in the run's record all the same.
    pub fn remember(&self, correction: &Correction, reason: &str) -> std::io::Result<()> {
        corrections::Shelves::beside(&self.setup.journal).keep(&self.run.opened.path, &self.book, correction, reason)
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
        self.readiness.get_or_init(|| readiness(&self.book, &self.run))
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
        if let Intent::Give { name, value: Value::Plain(value) } = wish
            && self.secrets.must_keep(&self.book, name, value)
        {
            return self.give_secret(name, value.clone());
        }
        if !matches!(wish, Intent::Execute(_)) {
            self.settle()?;
        }
        if self.adopt_unrecorded(wish) {
            return Ok(());
        }
        let due = self.prepare(wish)?;
        let wish = &self.as_heard(wish);
        let mut recorded: Vec<Event> = Vec::new();
        // Others may write between deciding and recording; then the decision is taken afresh on what they wrote.
        for _ in 0..8 {
            let effects = match self.decide(wish.clone(), if due.is_empty() { BeforeRun::Done } else { BeforeRun::Due })
            {
                Err(Denied::Refused(Refusal::HookRuns(_))) => return self.start_before_run(due),
                Ok(effects) => effects,
                Err(denied) => {
                    self.forget_fresh();
                    return Err(denied);
                }
            };
            let probed = self.probed.clone().filter(|_| matches!(wish, Intent::Execute(_))).map(Effect::Record);
            match self.perform(probed.into_iter().chain(effects).collect(), &mut recorded)? {
                Performed::Everything => return Ok(()),
                Performed::Overtaken => {}
            }
        }
        Err(Fault::Contended.into())
    }

    /// Sees to it that the decision is taken on what is the case now. Returns the hooks that have to run before.
    fn prepare(&mut self, wish: &Intent) -> Result<Vec<Hook>, Fault> {
        self.mend()?;
        self.catch_up()?;
        if let Intent::Resolve { .. } | Intent::Rejoin { .. } = wish {
            // What is decided on is who is there now, not who was when it was looked at last.
            self.survivors.expire();
            self.watch_survivors();
        }
        if let Intent::Execute(_) = wish {
            self.book.index();
            self.look_behind();
        }
        if let Intent::Execute(_) = wish
            && self.shell_state.is_none()
            && self.run.head.seq > 0
        {
            // The folder in which an earlier sitting left off belongs to the decision.
            self.shell_state = self.open_shell_state()?;
        }
        let Intent::Execute(execute) = wish else { return Ok(Vec::new()) };
        if self.run.is_rehearsal() {
            return Ok(Vec::new());
        }
        if self.pointers.get().is_none_or(|pointers| !pointers.is_empty()) {
            // Tools are asked, and that takes its time.
            self.settle()?;
        }
        self.look_at_target();
        self.lacking.clear();
        self.probed = None;
        if !self.run.attempts.is_empty() || !self.undecided().is_empty() {
            return Ok(Vec::new());
        }
        let (due, complaints) = self.before_run(execute);
        let (missing, probed) = self.missing();
        self.probed = probed;
        self.lacking = missing.iter().map(ToString::to_string).chain(complaints).collect();
        Ok(due)
    }

    /// This process, as a holder of leases.
    fn me(&self) -> Holder {
        self.me.get_or_init(|| lookup::me(&self.setup, &self.clock)).clone()
    }

    fn decide(&mut self, wish: Intent, before_run: BeforeRun) -> Result<Vec<Effect>, Denied> {
        let at = self.clock.now();
        let executes = matches!(wish, Intent::Execute(_));
        let undecided =
            if executes { self.undecided().into_iter().flat_map(|one| one.what).collect() } else { Vec::new() };
        let environment: BTreeSet<String> = self.setup.environment.keys().cloned().collect();
        let secrets = self.secrets.at_hand();
        let cwd = self.carried_folder();
        let now = Circumstances {
            name: &self.setup.operator.name,
            role: self.setup.operator.role.as_deref(),
            environment: &environment,
            at: &at,
            secrets: &secrets,
            survivors: self.survivors(),
            cwd: &cwd,
            target: self.target.as_deref(),
            missing: &self.lacking,
            undecided: &undecided,
            before_run,
            shell: &self.setup.shell,
            timeout_ms: self.setup.timeout_ms,
            caution: self.setup.caution,
            behind: self.behind,
        };
        decide(&self.book, &self.run, wish, &now).map_err(Denied::Refused)
    }

    /// Records and does, in order. `recorded` holds what an earlier try of the same wish has recorded already.
    fn perform(&mut self, effects: Vec<Effect>, recorded: &mut Vec<Event>) -> Result<Performed, Denied> {
        let reach = if effects.iter().any(needs_the_wheel) { Reach::Driver } else { Reach::Anybody };
        for effect in effects {
            match effect {
                Effect::Record(event) => {
                    if matches!(event, Event::Deviated { .. } | Event::RequirementsProbed(_))
                        && recorded.contains(&event)
                    {
                        continue;
                    }
                    match self.record(reach, &event)? {
                        Performed::Everything => recorded.push(event),
                        Performed::Overtaken => return Ok(Performed::Overtaken),
                    }
                }
                Effect::Start(start) => self.start(*start)?,
                Effect::Stop { attempt, signal } => self.stop(attempt, signal),
                Effect::Watch(attempt) => self.rejoin(attempt),
            }
        }
        Ok(Performed::Everything)
    }

    /// Gives a value that must never be recorded; that it was given is recorded.
    ///
    /// # Errors
    /// As for [`Session::intend`].
    pub fn give_secret(&mut self, name: &str, value: String) -> Result<(), Denied> {
        if value.is_empty() {
            return Err(Refusal::EmptyValue(name.to_owned()).into());
        }
        self.secrets.give(name, value);
        self.intend(&Intent::Give { name: name.to_owned(), value: Value::Secret })
    }

    /// What to say when a secret is too short to be looked for in what commands print.
    #[must_use]
    pub fn holds_back(&self) -> Option<String> {
        let name = self.secrets.too_short()?;
        Some(format!("{name} has fewer than {SHORTEST} characters: every line that commands print is held back"))
    }

    /// Takes in what happened: output to be kept, endings, and what other processes recorded.
    ///
    /// # Errors
    /// When it could not be recorded.
    pub fn tick(&mut self) -> Result<Changed, Fault> {
        let before = self.run.head.seq;
        let printed = self.tick_live()?;
        self.tick_rejoined()?;
        self.tick_clock()?;
        self.catch_up()?;
        self.tick_hooks()?;
        let lost = self.watch_holder()?;
        let edited = self.tick_file();
        let gone = self.watch_survivors();
        let learned = self.tick_history();
        self.tick_times();
        if self.run.head.seq != before || [lost, edited, gone, learned].contains(&Changed::State) {
            return Ok(Changed::State);
        }
        Ok(if printed { Changed::Output } else { Changed::Nothing })
    }

    /// Leaves in an orderly way: the run can be continued by anybody.
    ///
    /// A command that still runs is stopped, and its ending recorded.
    ///
    /// # Errors
    /// When it could not be recorded; the next process finds this one gone.
    pub fn leave(&mut self) -> Result<(), Fault> {
        self.stop_for_leaving()?;
        self.finish_hooks()?;
        let closed = self.run.closed.is_some();
        let Drive::Mine(lease) = std::mem::replace(&mut self.drive, Drive::Idle) else {
            return Ok(());
        };
        let me = self.me();
        if self.sits_here(&me) && !closed {
            self.append(Needs::Nothing, &Event::SittingEnded)?;
        }
        if closed && let Some(state) = self.open_shell_state()? {
            state.delete().map_err(|error| Fault::Exec(error.to_string()))?;
        }
        if let Some(journal) = self.journal.as_mut() {
            journal.release(&lease)?;
        }
        Ok(())
    }
}

/// Who may record something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Whoever drives the run, on a decision that nobody has overtaken.
    Driver,
    Anybody,
}

/// Whether only the process that drives the run may do this: then everything recorded with it is the driver's as well.
fn needs_the_wheel(effect: &Effect) -> bool {
    match effect {
        Effect::Start(_) | Effect::Stop { .. } | Effect::Watch(_) => true,
        Effect::Record(event) => match event {
            Event::AttemptIntended(_)
            | Event::AttemptRejoined { .. }
            | Event::StopSent { .. }
            | Event::RunbookAdopted(_)
            | Event::RunClosed { .. } => true,
            Event::RunOpened(_)
            | Event::SittingBegan(_)
            | Event::SittingEnded
            | Event::ClockStepped { .. }
            | Event::AttemptSpawned { .. }
            | Event::AttemptGone { .. }
            | Event::AttemptEnded(_)
            | Event::AttemptResolved { .. }
            | Event::OutputShredded { .. }
            | Event::AttemptRehearsed { .. }
            | Event::StepMarked { .. }
            | Event::MarkReversed { .. }
            | Event::NoteAdded { .. }
            | Event::ValueGiven { .. }
            | Event::TargetPinned { .. }
            | Event::TrustDecided(_)
            | Event::RequirementsProbed(_)
            | Event::HookBegan(_)
            | Event::HookEnded(_)
            | Event::SoakBegan(_)
            | Event::SoakPaused { .. }
            | Event::RunbookDeclined { .. }
            | Event::SignedOff { .. }
            | Event::GateOverridden { .. }
            | Event::Called { .. }
            | Event::Deviated { .. } => false,
        },
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

/// Processes of attempts with an unknown end that are still there.
#[must_use]
pub fn survivors(run: &Run) -> Vec<Survivor> {
    live::survivors(run, &Clock::start())
}

/// Has this process adopt the orphans of its commands, so that a stop finds all of them. To be called once, early.
///
/// # Errors
/// When the kernel refuses.
pub fn adopt_orphans() -> Result<(), Fault> {
    exec::become_subreaper().map_err(|error| Fault::Exec(format!("cannot adopt orphaned processes: {error}")))
}
