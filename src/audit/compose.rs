//! From book, run and entries to a [`Record`].
//!
//! Pure, and total: whatever the entries say finds a place, also steps the runbook does not have. It judges nothing that
//! [`crate::run`] does not judge; verdict, figures, states and gates are asked for there.

mod attempt;
mod by_itself;
mod step;

use super::record::{
    Blocker, Call, Chain, ClockSet, ClockStep, Closed, Criterion, Deviation, Document, Figures, Gate, Note, Origin,
    Outcome, Phase, Record, Revision, Scope, SignOff, Signature, Sitting, Stamp, Tally, Value,
};
use crate::run::event::{self, Entry, Event, RunKind};
use crate::run::gate::{GateState, holds};
use crate::run::readiness::{self, Answer, Counts, Readiness, Severity, Subject};
use crate::run::sshsig::{Presence, Sshsig};
use crate::run::statement::Statement;
use crate::run::{self, Run, decide};
use crate::runbook::{FrontMatter, Quote, Runbook, StepId};
use std::collections::{BTreeMap, BTreeSet};

/// How the answer is found, for people who never read a manual.
const RULE: &str = "GO: every walked required step is passed, passed with remarks, waived or not applicable, every gate is released \
     and every call is a go. NO-GO: a required or critical step failed, a hold point was rejected or somebody called no-go. \
     HOLD: anything else. A rehearsal is never GO. Percent: the weight of passed steps over the weight of all walked steps \
     that apply, rounded down; a waived step stays in the sum and earns nothing.";

/// Composes the record. `entries` are those the run was folded from; they tell what a fold forgets.
#[must_use]
pub fn compose(book: &Runbook, run: &Run, entries: &[Entry]) -> Record {
    let readiness = readiness::readiness(book, run);
    let places = Places::of(book);
    let steps = step::Worked::of(book, run, entries);
    let (phases, strays) = steps.phases();
    Record {
        rehearsal: run.is_rehearsal(),
        verdict: outcome(&readiness),
        run: origin(run, entries, &readiness),
        document: document(book, run),
        chain: chain(run, entries),
        sittings: run.sittings.iter().map(sitting).collect(),
        revisions: entries.iter().filter_map(|entry| places.revision(entry)).collect(),
        deviations: run.deviations.iter().map(|deviation| places.deviation(deviation, run)).collect(),
        calls: calls(run),
        gates: holds(book).iter().map(|hold| places.gate(hold, run)).collect(),
        sign_offs: run.sign_offs.iter().map(|sign| places.sign_off(sign, run)).collect(),
        values: values(entries),
        by_itself: by_itself::by_itself(&places, run, entries),
        notes: run.notes.iter().filter(|note| note.step.is_none()).map(note).collect(),
        phases,
        strays,
        readiness: figures(&readiness),
    }
}

fn outcome(readiness: &Readiness) -> Outcome {
    let clause = |blocker: &readiness::Blocker| format!("{}: {}", blocker.title, blocker.what);
    let mut why: Vec<String> = readiness.blockers.iter().map(clause).collect();
    match readiness.answer {
        Answer::Go => {
            why.push("every walked required step is settled, every gate is released, nobody called no-go".to_owned());
        }
        Answer::Rehearsed => why.insert(0, "this was a rehearsal: nothing was executed".to_owned()),
        Answer::Hold if why.is_empty() => why.push("nothing was done".to_owned()),
        Answer::Hold | Answer::NoGo => {}
    }
    Outcome { word: readiness.answer.word(), why, rule: RULE }
}

/// Readiness in the words of a record.
#[must_use]
pub fn figures(readiness: &Readiness) -> Figures {
    Figures {
        percent: readiness.percent,
        earned: readiness.earned,
        total: readiness.total,
        claimed: readiness.claimed,
        counts: tally(&readiness.counts),
        phases: readiness.phases.iter().map(|(id, counts)| (id.0.clone(), tally(counts))).collect(),
        blockers: readiness.blockers.iter().map(blocker).collect(),
    }
}

fn tally(counts: &Counts) -> Tally {
    Tally {
        steps: counts.steps,
        settled: counts.settled(),
        passed: counts.passed,
        remarks: counts.remarks,
        failed: counts.failed,
        waived: counts.waived,
        not_applicable: counts.not_applicable,
        deferred: counts.deferred,
        running: counts.running,
        unknown: counts.unknown,
        ran: counts.ran,
        waiting: counts.waiting,
        stale: counts.stale,
        open: counts.open,
    }
}

fn blocker(blocker: &readiness::Blocker) -> Blocker {
    let severity = match blocker.severity {
        Severity::Stops => "stops",
        Severity::Asks => "asks",
        Severity::Open => "open",
    };
    let (kind, id) = match &blocker.subject {
        Subject::Step(step) => ("step", step.0.clone()),
        Subject::Phase(phase) => ("phase", phase.0.clone()),
        Subject::Role(role) => ("role", role.clone()),
    };
    Blocker { severity, kind, id, title: blocker.title.clone(), what: blocker.what.clone() }
}

fn origin(run: &Run, entries: &[Entry], readiness: &Readiness) -> Origin {
    let opener = entries.first().map(|first| first.stamp.by.clone()).unwrap_or_default();
    let closed = run.closed.as_ref().map(|closed| Closed {
        seq: closed.seq,
        verdict: closed.verdict.clone(),
        percent: closed.percent,
        reason: closed.reason.clone(),
        carried: closed.carried.clone(),
        signature: closed.sealed.as_ref().and_then(signature),
        agrees: closed.verdict == readiness.answer.word() && closed.percent == readiness.percent,
        at: closed.at.at,
        by: (&closed.by).into(),
    });
    let kind = match run.opened.run_kind {
        RunKind::Real => "real",
        RunKind::Rehearsal => "rehearsal",
    };
    Origin {
        id: run.id.0.clone(),
        kind,
        title: run.opened.title.clone(),
        program: run.opened.program.clone(),
        ticket: run.opened.ticket.clone(),
        cwd: run.opened.cwd.clone(),
        shell: run.opened.shell.clone(),
        opened: Stamp { at: run.began.at, by: (&opener).into() },
        closed,
    }
}

fn document(book: &Runbook, run: &Run) -> Document {
    Document {
        title: book.title.clone(),
        path: run.opened.path.clone(),
        sha256: run.runbook().hex(),
        lines: book.source.lines,
        encoding: book.source.encoding,
        repaired: book.source.repaired,
        layout: book.source.layout.word(),
        about: about(&book.front),
    }
}

fn chain(run: &Run, entries: &[Entry]) -> Chain {
    let backwards = entries.windows(2).filter(|pair| pair[1].stamp.at < pair[0].stamp.at);
    Chain {
        entries: run.head.seq,
        head: run.head.hash.hex(),
        first_at: run.began.at,
        last_at: entries.last().map_or(run.began.at, |last| last.stamp.at),
        clock_went_back: backwards
            .map(|pair| ClockStep { seq: pair[1].seq, at: pair[1].stamp.at, before: pair[0].stamp.at })
            .collect(),
        clock_steps: run
            .clock_steps
            .iter()
            .map(|step| ClockSet { seq: step.seq, by_ms: step.by_ms, at: step.at.at })
            .collect(),
    }
}

fn sitting(sitting: &run::SittingRecord) -> Sitting {
    Sitting {
        by: (&sitting.by).into(),
        skin: sitting.sitting.skin.clone(),
        pid: sitting.sitting.pid,
        from: sitting.began.at,
        to: sitting.ended.as_ref().map(|ended| ended.at),
    }
}

fn note(note: &run::Note) -> Note {
    Note { seq: note.seq, text: note.text.clone(), at: note.at.at, by: (&note.by).into() }
}

fn criteria(quotes: &[Quote]) -> Vec<Criterion> {
    quotes.iter().map(|quote| Criterion { line: quote.line, text: quote.text.clone() }).collect()
}

fn calls(run: &Run) -> Vec<Call> {
    let later = |call: &run::CallMade| run.calls.iter().find(|other| other.seq > call.seq && other.role == call.role);
    let call = |call: &run::CallMade| Call {
        seq: call.seq,
        role: call.role.clone(),
        call: call.call.word(),
        reason: call.reason.clone(),
        superseded_by: later(call).map(|later| later.seq),
        at: call.at.at,
        by: (&call.by).into(),
    };
    run.calls.iter().map(call).collect()
}

/// What the runbook says it is, and what it lets follow a failure, because that decides what ran behind one.
fn about(front: &FrontMatter) -> BTreeMap<&'static str, String> {
    let on_fail = front.on_fail.map(|on_fail| ("on_fail", on_fail.word().to_owned()));
    front.about().into_iter().chain(on_fail).collect()
}

/// Every value that was ever given; the fold keeps only the newest of each name.
fn values(entries: &[Entry]) -> Vec<Value> {
    let mut values: Vec<Value> = Vec::new();
    for entry in entries {
        if let Event::ValueGiven { name, secret, value, from } = &entry.event {
            let standing = values.iter_mut().filter(|older| older.name == *name && older.superseded_by.is_none());
            standing.for_each(|older| older.superseded_by = Some(entry.seq));
            values.push(Value {
                seq: entry.seq,
                name: name.clone(),
                secret: *secret,
                value: value.clone(),
                from: from.clone(),
                superseded_by: None,
                at: entry.stamp.at,
                by: (&entry.stamp.by).into(),
            });
        }
    }
    values
}

/// The signature under a statement, as it names itself; whether it holds is not for the record to say.
fn signature(sealed: &event::Sealed) -> Option<Signature> {
    let key = decide::sign::key(sealed.signature.as_deref()?).ok()?;
    let said = Statement::read(&sealed.statement).ok()?;
    let presence = Sshsig::read(sealed.signature.as_deref()?).ok()?.presence.map(Presence::words);
    let (signer, statement) = (said.signer, sealed.statement.clone());
    Some(Signature { signer, name: said.name, role: said.role, time: said.time, key, presence, statement })
}

/// Titles of steps and phases by id, and which steps each holds.
struct Places<'a> {
    book: &'a Runbook,
    steps: BTreeMap<&'a StepId, String>,
}

impl<'a> Places<'a> {
    fn of(book: &'a Runbook) -> Self {
        let steps = book.steps().map(|step| (&step.id, format!("{} {}", step.number, step.title))).collect();
        Places { book, steps }
    }

    fn deviation(&self, deviation: &run::Deviation, run: &Run) -> Deviation {
        // A gate may stand at a phase, which a deviation does not name.
        let glass = run.overrides.iter().find(|glass| glass.seq == deviation.seq);
        let title = glass.map(|glass| self.scope(&glass.scope).title);
        Deviation {
            seq: deviation.seq,
            kind: deviation.kind.word(),
            step: deviation.step.as_ref().map(|step| step.0.clone()),
            title: title.or_else(|| deviation.step.as_ref().and_then(|step| self.steps.get(step).cloned())),
            reason: deviation.reason.clone(),
            at: deviation.at.at,
            by: (&deviation.by).into(),
        }
    }

    fn scope(&self, scope: &event::Scope) -> Scope {
        let (kind, id, title) = match scope {
            event::Scope::Step(id) => ("step", Some(id.0.clone()), self.steps.get(id).cloned()),
            event::Scope::Phase(id) => {
                let title = self.book.phase(id).map(|phase| format!("{} {}", phase.number, phase.title));
                ("phase", Some(id.0.clone()), title)
            }
            event::Scope::Run => ("run", None, Some("the run".to_owned())),
        };
        Scope { kind, title: title.or_else(|| id.clone()).unwrap_or_default(), id }
    }

    fn revision(&self, entry: &Entry) -> Option<Revision> {
        let (decision, sha256, steps, voided) = if let Event::RunbookAdopted(adopted) = &entry.event {
            let name = |change: &event::StepChange| {
                let ids = [&change.was, &change.now].map(|id| id.as_ref().map(|id| id.0.clone()));
                let named = match ids {
                    [Some(was), Some(now)] if was != now => format!("{was} → {now}"),
                    [Some(id), _] | [None, Some(id)] => id,
                    [None, None] => String::new(),
                };
                format!("{} {named}", change.change.word())
            };
            let voided = adopted.voided.iter().map(|scope| self.scope(scope)).collect();
            ("adopted", adopted.runbook, adopted.steps.iter().map(name).collect(), voided)
        } else if let Event::RunbookDeclined { runbook } = &entry.event {
            ("declined", *runbook, Vec::new(), Vec::new())
        } else {
            return None;
        };
        let (at, by) = (entry.stamp.at, (&entry.stamp.by).into());
        Some(Revision { seq: entry.seq, decision, sha256: sha256.hex(), steps, voided, at, by })
    }

    fn gate(&self, hold: &run::gate::Hold<'_>, run: &Run) -> Gate {
        let (state, signed, needed) = match hold.state(run) {
            GateState::Held { signed, needed } => ("held", Some(signed), Some(needed)),
            GateState::Released => ("released", None, None),
            GateState::Rejected => ("rejected", None, None),
        };
        Gate {
            scope: self.scope(&hold.scope),
            role: hold.gate.role.clone(),
            min: hold.gate.min,
            not_performer: hold.gate.not_performer,
            state,
            signed,
            needed,
        }
    }

    fn sign_off(&self, sign: &run::SignOff, run: &Run) -> SignOff {
        SignOff {
            seq: sign.seq,
            scope: self.scope(&sign.scope),
            meaning: sign.meaning.word(),
            reason: sign.reason.clone(),
            voided_by: sign.voided.into_iter().chain(self.work_after(sign, run)).min(),
            at: sign.at.at,
            by: (&sign.by).into(),
            signature: sign.sealed.as_ref().and_then(signature),
        }
    }

    /// The first attempt or mark after a sign-off on what it is about: the same rule that gates follow. A sign-off on the
    /// run as a whole is about everything.
    fn work_after(&self, sign: &run::SignOff, run: &Run) -> Option<u64> {
        let guarded: Option<BTreeSet<&StepId>> = match &sign.scope {
            event::Scope::Step(id) => self.book.step(id).map(|step| step.subtree().map(|inner| &inner.id).collect()),
            event::Scope::Phase(id) => self.book.phase(id).map(|phase| {
                phase.steps.iter().flat_map(crate::runbook::Step::subtree).map(|inner| &inner.id).collect()
            }),
            event::Scope::Run => None,
        };
        let concerns = |step: &StepId| guarded.as_ref().is_none_or(|guarded| guarded.contains(step));
        let attempts = run.attempts.iter().filter(|attempt| concerns(&attempt.intended.target.step));
        let marks = run.marks.iter().filter(|mark| concerns(&mark.step));
        let work = attempts.map(|attempt| attempt.seq).chain(marks.map(|mark| mark.seq));
        let Some(about) = sign.about else {
            return Some(sign.seq);
        };
        work.filter(|seq| *seq > about).min()
    }
}

/// The steps of a phase in the record.
fn phase(phase: &crate::runbook::Phase, steps: Vec<super::record::Step>, size: usize) -> Phase {
    Phase {
        id: phase.id.0.clone(),
        number: phase.number,
        title: phase.title.clone(),
        line: phase.line,
        role: phase.role.word(),
        walked: phase.is_walked(),
        optional: phase.optional,
        criteria: criteria(&phase.criteria),
        stop_criteria: criteria(&phase.stop_criteria),
        size: u32::try_from(size).unwrap_or(u32::MAX),
        steps,
    }
}
