//! From entries to a [`Run`]: the only code that changes one.

mod adopt;
mod by_itself;

use super::event::{
    Actor, AttemptId, DeviationKind, Entry, Event, Intended, Meaning, Scope, Sealed, Sitting, Stamp, Target,
};
use super::sshsig::{self, Sshsig};
use super::statement::Statement;
use super::{
    Attempt, CallMade, ClockStep, Closed, Deviation, Gone, Head, Mark, Moment, Note, Override, Progress, Rejoined, Run,
    SignOff, SittingRecord, Standing, Value,
};
use crate::runbook::{Digest, StepId};
use chrono::SubsecRound as _;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Why entries are no run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotARun {
    #[error("the run has no entries")]
    Empty,
    #[error("the run's first entry is {0}, not run_opened")]
    NotOpened(&'static str),
}

/// Sequence number, author and time of an entry: what every record of it carries.
struct Act {
    seq: u64,
    by: Actor,
    at: Moment,
}

/// A run that is being folded while its entries are read.
#[derive(Debug, Default)]
pub struct Replay {
    run: Option<Result<Run, NotARun>>,
}

impl Replay {
    /// Takes the next entry in.
    pub fn take(&mut self, entry: &Entry) {
        match (&mut self.run, &entry.event) {
            (Some(Ok(run)), _) => run.apply(entry),
            (Some(Err(_)), _) => {}
            (None, Event::RunOpened(opened)) => {
                let mut run = Run::unopened(entry.run.clone(), opened.clone(), &entry.stamp);
                run.head = Head { seq: entry.seq, hash: entry.hash };
                self.run = Some(Ok(run));
            }
            (None, other) => self.run = Some(Err(NotARun::NotOpened(other.kind()))),
        }
    }

    /// What they make.
    ///
    /// # Errors
    /// When there was no entry, or the first one does not open a run.
    pub fn finish(self) -> Result<Run, NotARun> {
        self.run.unwrap_or(Err(NotARun::Empty))
    }
}

impl Run {
    /// Folds a run from all its entries, in order.
    ///
    /// # Errors
    /// When there is no entry, or the first one does not open a run.
    pub fn replay(entries: &[Entry]) -> Result<Self, NotARun> {
        let mut replay = Replay::default();
        for entry in entries {
            replay.take(entry);
        }
        replay.finish()
    }

    /// A run that nobody has begun yet: what is shown before the first recorded act. Its head has the number 0.
    #[must_use]
    pub fn unopened(id: super::event::RunId, opened: super::event::Opened, stamp: &Stamp) -> Self {
        Run {
            id,
            opened,
            began: Moment::of(stamp),
            head: Head { seq: 0, hash: Digest::ZERO },
            attempts: Vec::new(),
            marks: Vec::new(),
            notes: Vec::new(),
            values: BTreeMap::new(),
            sources: BTreeMap::new(),
            sign_offs: Vec::new(),
            calls: Vec::new(),
            deviations: Vec::new(),
            overrides: Vec::new(),
            corrections: Vec::new(),
            sittings: Vec::new(),
            clock_steps: Vec::new(),
            rehearsed: BTreeSet::new(),
            editions: Vec::new(),
            declined: BTreeSet::new(),
            target: None,
            trusts: BTreeMap::new(),
            hooks: Vec::new(),
            soaks: BTreeMap::new(),
            closed: None,
            by_step: HashMap::new(),
            unended: Vec::new(),
        }
    }

    /// Takes in the next entry. Total: it never refuses; refusing is [`super::decide`]'s work.
    #[expect(clippy::too_many_lines, reason = "one arm for each kind of event")]
    pub fn apply(&mut self, entry: &Entry) {
        self.head = Head { seq: entry.seq, hash: entry.hash };
        let act = || Act { seq: entry.seq, by: entry.stamp.by.clone(), at: Moment::of(&entry.stamp) };
        let at = || Moment::of(&entry.stamp);
        match &entry.event {
            Event::RunOpened(opened) => {
                // Looked at for a while, it begins only now.
                self.opened = opened.clone();
                self.began = at();
            }
            Event::SittingBegan(sitting) => self.begin_sitting(sitting, act()),
            Event::SittingEnded => self.end_sitting(act()),
            Event::ClockStepped { by_ms } => {
                self.clock_steps.push(ClockStep { seq: entry.seq, by_ms: *by_ms, at: at() });
            }
            Event::AttemptIntended(intended) => self.begin_attempt(intended, act()),
            Event::AttemptSpawned { attempt, pid, started, mark } => self.change(*attempt, |attempt| {
                attempt.process = Some((*pid, *started));
                attempt.spawned = Some(at());
                attempt.mark.clone_from(mark);
            }),
            Event::AttemptRejoined { attempt, purpose, reason } => self.change(*attempt, |attempt| {
                attempt.progress = Progress::Running;
                let (purpose, reason, Act { seq, by, at }) = (*purpose, reason.clone(), act());
                attempt.rejoined.push(Rejoined { seq, purpose, reason, by, at });
            }),
            Event::AttemptGone { attempt, ending, left_over } => self.change(*attempt, |attempt| {
                attempt.progress = Progress::Unknown;
                attempt.gone = Some(Gone { at: at(), ending: ending.clone(), left_over: left_over.clone() });
            }),
            Event::StopSent { attempt, signal, why } => {
                self.change(*attempt, |attempt| attempt.stops.push((*signal, *why)));
            }
            Event::AttemptEnded(ended) => {
                let progress = Progress::Ended { ended: ended.clone(), at: at() };
                self.change(ended.attempt, |attempt| attempt.progress = progress);
            }
            Event::AttemptResolved { attempt, resolution, reason, left_over } => {
                let (resolution, reason, Act { by, at, .. }) = (*resolution, reason.clone(), act());
                let progress = Progress::Resolved { resolution, reason, by, at };
                self.change(*attempt, |attempt| {
                    attempt.progress = progress;
                    attempt.left_alone.clone_from(left_over);
                });
            }
            // It takes evidence away, and changes nothing about what happened.
            Event::OutputShredded { .. } => {}
            Event::AttemptRehearsed { target } => self.rehearse(target, &act()),
            Event::StepMarked { .. }
            | Event::MarkReversed { .. }
            | Event::NoteAdded { .. }
            | Event::ValueGiven { .. }
            | Event::TargetPinned { .. }
            | Event::RunbookAdopted(_)
            | Event::RunbookDeclined { .. }
            | Event::SignedOff { .. }
            | Event::GateOverridden { .. }
            | Event::Called { .. }
            | Event::Deviated { .. }
            | Event::RunClosed { .. } => self.take_statement(&entry.event, act()),
            Event::TrustDecided(_)
            | Event::RequirementsProbed(_)
            | Event::HookBegan(_)
            | Event::HookEnded(_)
            | Event::SoakBegan(_)
            | Event::SoakPaused { .. } => self.take_by_itself(&entry.event, act()),
        }
    }

    /// What a person said, as opposed to what a process did.
    fn take_statement(&mut self, event: &Event, Act { seq, by, at }: Act) {
        match event.clone() {
            Event::StepMarked { step, verdict, reason } => {
                self.void_mark(&step, Standing::Superseded { by: seq });
                self.by_step.entry(step.clone()).or_default().marks.push(self.marks.len());
                self.marks.push(Mark { seq, step, verdict, reason, by, at, standing: Standing::Holds });
            }
            Event::MarkReversed { step, .. } => self.void_mark(&step, Standing::Reversed { by: seq }),
            Event::NoteAdded { step, text } => self.notes.push(Note { seq, step, text, by, at }),
            Event::ValueGiven { name, value, from, .. } => {
                self.take_value(name, value.map_or(Value::Secret, Value::Plain), from);
            }
            Event::RunbookAdopted(adopted) => self.adopt(&adopted, Act { seq, by, at }),
            Event::RunbookDeclined { runbook } => {
                self.declined.insert(runbook);
            }
            Event::TargetPinned { target } => self.target = Some(target),
            Event::SignedOff { scope, meaning, reason, sealed } => {
                self.sign_off((scope, meaning, reason), sealed, Act { seq, by, at });
            }
            Event::GateOverridden { scope, reason } => self.pass_unsigned(scope, reason, Act { seq, by, at }),
            Event::Called { role, call, reason } => self.calls.push(CallMade { seq, role, call, reason, by, at }),
            Event::Deviated { deviation: kind, step, reason, correction } => {
                self.corrections.extend(correction);
                self.deviations.push(Deviation { seq, kind, step, reason, by, at });
            }
            Event::RunClosed { verdict, percent, reason, carried, sealed } => {
                let key = sealed.as_ref().and_then(key_of);
                self.closed = Some(Closed { seq, verdict, percent, reason, by, at, carried, key, sealed });
            }
            Event::RunOpened(_)
            | Event::SittingBegan(_)
            | Event::SittingEnded
            | Event::ClockStepped { .. }
            | Event::AttemptIntended(_)
            | Event::AttemptSpawned { .. }
            | Event::AttemptRejoined { .. }
            | Event::AttemptGone { .. }
            | Event::StopSent { .. }
            | Event::AttemptEnded(_)
            | Event::AttemptResolved { .. }
            | Event::OutputShredded { .. }
            | Event::TrustDecided(_)
            | Event::RequirementsProbed(_)
            | Event::HookBegan(_)
            | Event::HookEnded(_)
            | Event::SoakBegan(_)
            | Event::SoakPaused { .. }
            | Event::AttemptRehearsed { .. } => {}
        }
    }

    fn sign_off(
        &mut self,
        (scope, meaning, reason): (Scope, Meaning, Option<String>),
        sealed: Option<Sealed>,
        Act { seq, by, at }: Act,
    ) {
        let (about, key) = (seq.checked_sub(1), sealed.as_ref().and_then(key_of));
        let stated = at.at.trunc_subsecs(0);
        let mut sign = SignOff { seq, voided: None, about, scope, meaning, reason, by, stated, at, key, sealed: None };
        if let Some(sealed) = &sealed {
            trust_statement(&mut sign, sealed);
            if sign.key.is_some() && self.holds_statement(&sealed.statement).is_some() {
                // Said once, recorded twice: whoever does that would make an old word the last one.
                sign.about = None;
            }
        }
        self.sign_offs.push(SignOff { sealed, ..sign });
    }

    /// The entry that recorded this very text with a signature.
    pub(super) fn holds_statement(&self, text: &str) -> Option<u64> {
        let same =
            |sign: &&SignOff| sign.key.is_some() && sign.sealed.as_ref().is_some_and(|sealed| sealed.statement == text);
        self.sign_offs.iter().find(same).map(|sign| sign.seq)
    }

    /// Breaking the glass is a deviation, and a review is due.
    fn pass_unsigned(&mut self, scope: Scope, reason: String, Act { seq, by, at }: Act) {
        let step = match &scope {
            Scope::Step(step) => Some(step.clone()),
            Scope::Phase(_) | Scope::Run => None,
        };
        let kind = DeviationKind::SkippedGate;
        self.deviations.push(Deviation { seq, kind, step, reason: reason.clone(), by: by.clone(), at: at.clone() });
        self.overrides.push(Override { seq, scope, reason, by, at });
    }

    fn begin_sitting(&mut self, sitting: &Sitting, Act { by, at, .. }: Act) {
        self.presume_lost();
        self.sittings.push(SittingRecord { sitting: sitting.clone(), by, began: at, ended: None });
    }

    fn end_sitting(&mut self, act: Act) {
        self.presume_lost();
        if let Some(sitting) = self.sittings.last_mut() {
            sitting.ended = Some(act.at);
        }
    }

    fn begin_attempt(&mut self, intended: &Intended, Act { seq, by, at }: Act) {
        self.void_mark(&intended.target.step, Standing::Redone { by: seq });
        self.by_step.entry(intended.target.step.clone()).or_default().attempts.push(self.attempts.len());
        self.unended.push(self.attempts.len());
        self.attempts.push(Attempt {
            intended: intended.clone(),
            seq,
            began: at,
            by,
            process: None,
            spawned: None,
            mark: None,
            rejoined: Vec::new(),
            gone: None,
            left_alone: Vec::new(),
            stops: Vec::new(),
            progress: Progress::Running,
            stale: None,
        });
    }

    fn rehearse(&mut self, target: &Target, act: &Act) {
        self.void_mark(&target.step, Standing::Redone { by: act.seq });
        self.rehearsed.insert(target.clone());
    }

    /// Says that nobody drives the run any more: what was running has an unknown end.
    ///
    /// The fold does it when a new sitting begins; a reader does it when it finds the driving process dead.
    pub fn presume_lost(&mut self) {
        for place in &self.unended {
            let attempt = &mut self.attempts[*place];
            if attempt.progress == Progress::Running {
                attempt.progress = Progress::Unknown;
            }
        }
    }

    fn void_mark(&mut self, step: &StepId, standing: Standing) {
        let last = self.by_step.get(step).and_then(|of_step| of_step.marks.last());
        if let Some(mark) = last.and_then(|place| self.marks.get_mut(*place))
            && mark.standing == Standing::Holds
        {
            mark.standing = standing;
        }
    }

    fn change(&mut self, id: AttemptId, change: impl FnOnce(&mut Attempt)) {
        let Some(place) = self.attempts.iter().rposition(|attempt| attempt.id() == id) else { return };
        change(&mut self.attempts[place]);
        self.unended.retain(|unended| *unended != place);
        match self.attempts[place].progress {
            Progress::Running | Progress::Unknown => {
                let behind = self.unended.partition_point(|unended| *unended < place);
                self.unended.insert(behind, place);
            }
            Progress::Ended { .. } | Progress::Resolved { .. } => {}
        }
    }
}

/// The key under a statement, as the signature names it. Whether it fits is for `verify` to say.
fn key_of(sealed: &Sealed) -> Option<String> {
    let signature = Sshsig::read(sealed.signature.as_deref()?).ok()?;
    (signature.namespace == sshsig::STATEMENT).then(|| signature.fingerprint())
}

/// Takes the signer and what they had seen from the statement itself. A statement that says something else than its entry,
/// or that nobody signed and somebody else recorded, is about nothing.
fn trust_statement(sign: &mut SignOff, sealed: &Sealed) {
    let read = Statement::read(&sealed.statement).ok();
    let fits = |said: &Statement| {
        said.scope == sign.scope && said.meaning == sign.meaning && said.head.0 < sign.seq && said.closing.is_none()
    };
    match read.filter(fits) {
        Some(said) if sign.key.is_some() || (sealed.signature.is_none() && said.name == sign.by.name) => {
            sign.about = Some(said.head.0);
            sign.stated = said.time;
            sign.by.name = said.name;
            sign.by.role = said.role;
        }
        Some(_) | None => sign.about = None,
    }
}
