//! The steps of a record: each step of the walk, each other step that was worked on, and strays.

use super::attempt::attempt;
use super::{criteria, note, phase};
use crate::audit::record::{Mark, Note, Person, Phase, Practised, Step};
use crate::run::event::{Entry, Event};
use crate::run::readiness::leaves;
use crate::run::state::{StepState, step_state};
use crate::run::{self, Outcome, Run, Standing};
use crate::runbook::{self, Runbook, StepId};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// What happened to each step, gathered once.
pub(super) struct Worked<'a> {
    book: &'a Runbook,
    run: &'a Run,
    /// Leaf steps of the walk, also those of branches that were not taken.
    leaves: BTreeMap<&'a StepId, StepState>,
    notes: BTreeMap<&'a StepId, Vec<Note>>,
    practised: BTreeMap<&'a StepId, Vec<Practised>>,
    /// Steps that have any attempt, mark, note or practice.
    touched: BTreeSet<&'a StepId>,
}

/// Who is behind a state.
struct Basis {
    word: &'static str,
    at: Option<DateTime<Utc>>,
    by: Option<Person>,
    reason: Option<String>,
}

impl<'a> Worked<'a> {
    pub fn of(book: &'a Runbook, run: &'a Run, entries: &'a [Entry]) -> Self {
        let leaves = leaves(book, run).into_iter().map(|leaf| (&leaf.step.id, leaf.state)).collect();
        let mut notes: BTreeMap<&StepId, Vec<Note>> = BTreeMap::new();
        for about in &run.notes {
            if let Some(step) = &about.step {
                notes.entry(step).or_default().push(note(about));
            }
        }
        let mut practised: BTreeMap<&StepId, Vec<Practised>> = BTreeMap::new();
        for entry in entries {
            if let Event::AttemptRehearsed { target } = &entry.event {
                let practice = Practised {
                    seq: entry.seq,
                    command: target.command,
                    part: target.part,
                    at: entry.stamp.at,
                    by: (&entry.stamp.by).into(),
                };
                practised.entry(&target.step).or_default().push(practice);
            }
        }
        let attempted = run.attempts.iter().map(|attempt| &attempt.intended.target.step);
        let marked = run.marks.iter().map(|mark| &mark.step);
        let touched = attempted.chain(marked).chain(notes.keys().copied()).chain(practised.keys().copied()).collect();
        Worked { book, run, leaves, notes, practised, touched }
    }

    /// The phases with their steps, and the steps that have no phase.
    pub fn phases(&self) -> (Vec<Phase>, Vec<Step>) {
        let mut known = BTreeSet::new();
        let mut phases = Vec::new();
        for from in &self.book.phases {
            let all: Vec<&runbook::Step> = from.steps.iter().flat_map(runbook::Step::subtree).collect();
            known.extend(all.iter().map(|step| &step.id));
            let shown = all.iter().filter(|step| from.is_walked() || self.touched.contains(&step.id));
            let steps = shown.map(|step| self.step(step)).collect();
            phases.push(phase(from, steps, all.len()));
        }
        let strays = self.touched.iter().filter(|id| !known.contains(**id)).map(|id| self.stray(id)).collect();
        (phases, strays)
    }

    fn step(&self, step: &runbook::Step) -> Step {
        let leaf = self.leaves.get(&step.id).copied();
        let state = leaf.unwrap_or_else(|| step_state(self.run, step));
        let word = if state == StepState::Open && !step.is_leaf() { self.group_word(step) } else { state.word() };
        let basis = self.basis(&step.id, state);
        Step {
            number: step.number.clone(),
            title: step.title.clone(),
            line: step.line,
            kind: step.kind.word(),
            counted: leaf.is_some(),
            optional: step.optional,
            critical: step.critical,
            weight: step.weight,
            owner: step.owner().map(str::to_owned),
            condition: step.condition().map(str::to_owned),
            criteria: criteria(&step.criteria),
            ..self.bare(&step.id, word, basis, Some(step))
        }
    }

    /// A group says by itself nothing; its leaves do.
    fn group_word(&self, step: &runbook::Step) -> &'static str {
        let mut leaves = step.subtree().filter(|inner| inner.is_leaf());
        let settled = |inner: &runbook::Step| self.leaves.get(&inner.id).is_some_and(|state| state.is_settled());
        if leaves.all(settled) { "settled" } else { "open" }
    }

    fn stray(&self, id: &StepId) -> Step {
        let state = match (self.run.mark(id), self.run.attempts_of(id).next_back()) {
            (Some(mark), _) => StepState::Marked(mark.verdict),
            (None, None) => StepState::Open,
            (None, Some(last)) => match last.outcome(&[]) {
                Outcome::Running => StepState::Running,
                Outcome::Unknown => StepState::Unknown,
                Outcome::Succeeded | Outcome::Matched | Outcome::Attested => StepState::Ran,
                Outcome::Asked => StepState::Waiting,
                Outcome::Failed => StepState::Failed,
            },
        };
        self.bare(id, state.word(), self.basis(id, state), None)
    }

    /// What the entries say about a step, without what the runbook says.
    fn bare(&self, id: &StepId, state: &'static str, basis: Basis, step: Option<&runbook::Step>) -> Step {
        Step {
            id: id.0.clone(),
            number: String::new(),
            title: id.0.clone(),
            line: 0,
            kind: "unknown",
            counted: false,
            optional: false,
            critical: false,
            weight: 0,
            owner: None,
            condition: None,
            state,
            basis: basis.word,
            at: basis.at,
            by: basis.by,
            reason: basis.reason,
            criteria: Vec::new(),
            attempts: self.run.attempts_of(id).map(|tried| attempt(tried, step)).collect(),
            practised: self.practised.get(id).cloned().unwrap_or_default(),
            marks: self.run.marks_of(id).map(mark).collect(),
            notes: self.notes.get(id).cloned().unwrap_or_default(),
        }
    }

    fn basis(&self, id: &StepId, state: StepState) -> Basis {
        match (state, self.run.mark(id), self.run.attempts_of(id).next_back()) {
            (StepState::Marked(_), Some(mark), _) => {
                Basis { word: "person", at: Some(mark.at.at), by: Some((&mark.by).into()), reason: mark.reason.clone() }
            }
            (_, _, Some(last)) => Basis {
                word: "machine",
                at: Some(ended_at(last).unwrap_or(last.began.at)),
                by: Some((&last.by).into()),
                reason: None,
            },
            (_, _, None) => Basis { word: "nothing", at: None, by: None, reason: None },
        }
    }
}

fn ended_at(attempt: &run::Attempt) -> Option<DateTime<Utc>> {
    match &attempt.progress {
        run::Progress::Ended { at, .. } | run::Progress::Resolved { at, .. } => Some(at.at),
        run::Progress::Running | run::Progress::Unknown => None,
    }
}

fn mark(mark: &run::Mark) -> Mark {
    let (standing, ended_by) = match mark.standing {
        Standing::Holds => ("holds", None),
        Standing::Superseded { by } => ("superseded", Some(by)),
        Standing::Reversed { by } => ("reversed", Some(by)),
        Standing::Redone { by } => ("redone", Some(by)),
        Standing::Stale { by } => ("stale", Some(by)),
    };
    Mark {
        seq: mark.seq,
        verdict: mark.verdict.word(),
        reason: mark.reason.clone(),
        standing,
        ended_by,
        at: mark.at.at,
        by: (&mark.by).into(),
    }
}
