//! How an edited runbook differs from the recorded one, step by step.
//!
//! Steps are matched by id, then by text, then by place; what remains is added or gone. An id that both versions have names
//! the same step in both, so that nothing that was recorded about one step can ever be taken for another. Whether the edit
//! is adopted is for the operator; see [`super::decide`]. Nothing is parsed here.

mod content;
mod matching;

use super::event::{Adopted, ChangeKind, Scope, StepChange};
use super::gate::holds;
use super::{Run, Standing};
use crate::runbook::{Digest, FrontMatter, Phase, PhaseId, Runbook, Step, StepId};
use matching::Matching;
use similar::{ChangeTag, TextDiff};
use std::collections::{BTreeMap, BTreeSet};

/// The difference of two versions of a runbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// Digest of the version the run walks.
    pub from: Digest,
    /// Digest of the edited version.
    pub to: Digest,
    /// Title of the edited version.
    pub title: String,
    /// In the order of the edited document; what is gone stands at the end.
    pub changes: Vec<Change>,
    /// What differs outside of steps, one clause each: front matter, phases.
    pub settings: Vec<String>,
    /// What was signed off as a whole and is no longer what was signed.
    pub voided: Vec<Scope>,
    /// Steps that are the same in both.
    pub untouched: usize,
}

/// What became of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub kind: ChangeKind,
    pub was: Option<StepId>,
    pub now: Option<StepId>,
    /// Number and title, of the edited version where it has the step.
    pub title: String,
    /// Number in the recorded version.
    pub number_was: Option<String>,
    /// Line by line, for a step that changed; empty otherwise.
    pub lines: Vec<DiffLine>,
}

/// A line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    pub side: Side,
    pub text: String,
}

/// Which version a line belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Both,
    Old,
    New,
}

impl Side {
    /// The sign of a unified difference.
    #[must_use]
    pub fn sign(self) -> char {
        match self {
            Side::Both => ' ',
            Side::Old => '-',
            Side::New => '+',
        }
    }
}

/// Compares the recorded version with an edited one.
#[must_use]
pub fn drift(old: &Runbook, new: &Runbook) -> Drift {
    let matching = Matching::new(old, new);
    let mut changes: Vec<Change> = Vec::new();
    let mut untouched = 0;
    for (place, after) in matching.new.iter().enumerate() {
        match matching.pairs.get(&place) {
            None => changes.push(Change::added(after.step)),
            Some(before) => match matching.change(*before, place) {
                Some(change) => changes.push(change),
                None => untouched += 1,
            },
        }
    }
    changes.extend(matching.gone().map(Change::gone));
    let mut settings = settings(&old.front, &new.front);
    let phases = phase_changes(old, new, &matching, &mut settings);
    let voided = voided(old, new, &changes, &phases);
    let (from, to) = (old.source.sha256, new.source.sha256);
    Drift { from, to, title: new.title.clone(), changes, settings, voided, untouched }
}

/// The lines that differ between two versions of a step, with those in between.
#[must_use]
pub fn step_lines(old: &Step, new: &Step) -> Vec<DiffLine> {
    lines(&content::of_step(old), &content::of_step(new))
}

fn lines(old: &[String], new: &[String]) -> Vec<DiffLine> {
    let (old, new): (Vec<&str>, Vec<&str>) =
        (old.iter().map(String::as_str).collect(), new.iter().map(String::as_str).collect());
    let diff = TextDiff::from_slices(&old, &new);
    let line = |change: similar::Change<&str>| DiffLine {
        side: match change.tag() {
            ChangeTag::Equal => Side::Both,
            ChangeTag::Delete => Side::Old,
            ChangeTag::Insert => Side::New,
        },
        text: change.value().to_owned(),
    };
    diff.iter_all_changes().map(line).collect()
}

impl Drift {
    /// Whether the edit changed anything a run could notice. A ticked box or an added blank line does not.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.changes.is_empty() && self.settings.is_empty()
    }

    /// Whether this is an edit of the same document, and not another document under its name: a step is left of it.
    #[must_use]
    pub fn is_related(&self) -> bool {
        let kept = self.changes.iter().filter(|change| change.was.is_some() && change.now.is_some()).count();
        self.untouched + kept > 0
    }

    /// How many steps changed in a way.
    #[must_use]
    pub fn count(&self, kind: ChangeKind) -> usize {
        self.changes.iter().filter(|change| change.kind == kind).count()
    }

    /// `2 changed, 1 added, 5 untouched`.
    #[must_use]
    pub fn summary(&self) -> String {
        let kinds = [ChangeKind::Changed, ChangeKind::Added, ChangeKind::Gone, ChangeKind::Moved, ChangeKind::Renamed];
        let mut words: Vec<String> = kinds
            .into_iter()
            .map(|kind| (self.count(kind), kind.word()))
            .chain([(self.settings.len(), "setting(s) differ")])
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        words.push(format!("{} untouched", self.untouched));
        words.join(", ")
    }

    /// The fact that is recorded when the operator adopts the edit.
    #[must_use]
    pub fn adopted(&self) -> Adopted {
        let change =
            |change: &Change| StepChange { change: change.kind, was: change.was.clone(), now: change.now.clone() };
        Adopted {
            runbook: self.to,
            from: self.from,
            title: self.title.clone(),
            steps: self.changes.iter().map(change).collect(),
            voided: self.voided.clone(),
        }
    }
}

impl Change {
    fn added(step: &Step) -> Self {
        let (was, now, title) = (None, Some(step.id.clone()), named(step));
        Change { kind: ChangeKind::Added, was, now, title, number_was: None, lines: Vec::new() }
    }

    fn gone(step: &Step) -> Self {
        let (was, number_was) = (Some(step.id.clone()), Some(step.number.clone()));
        Change { kind: ChangeKind::Gone, was, now: None, title: named(step), number_was, lines: Vec::new() }
    }

    /// What the run had about the step and loses by the edit, in a clause: `passed by dana`.
    #[must_use]
    pub fn loses(&self, run: &Run) -> Option<String> {
        match self.kind {
            ChangeKind::Changed | ChangeKind::Gone => {}
            ChangeKind::Added | ChangeKind::Moved | ChangeKind::Renamed => return None,
        }
        let step = self.was.as_ref()?;
        if let Some(mark) = run.mark(step) {
            return Some(format!("{} by {}", mark.verdict.word(), mark.by.name));
        }
        let tried = run.attempts_of(step).filter(|attempt| attempt.stale.is_none()).count();
        (tried > 0).then(|| format!("{tried} run(s) of its commands"))
    }
}

fn named(step: &Step) -> String {
    format!("{} {}", step.number, step.title)
}

/// What differs in the front matter, as far as it changes how the run goes.
fn settings(old: &FrontMatter, new: &FrontMatter) -> Vec<String> {
    let differs = [
        ("title", old.title != new.title),
        ("ticket", old.ticket != new.ticket),
        ("what it is (owner, service …)", old.about() != new.about()),
        ("vars", old.vars != new.vars),
        ("env", old.env != new.env),
        ("secrets", old.secrets != new.secrets),
        ("cwd", old.cwd != new.cwd),
        ("shell", old.shell != new.shell),
        ("session", old.session != new.session),
        ("rollback", old.rollback != new.rollback),
        ("on_fail", old.on_fail != new.on_fail),
        ("timeout", old.timeout_s != new.timeout_s),
        ("requires", old.requires != new.requires),
        ("calls", old.calls != new.calls),
    ];
    let named = differs.iter().filter(|(_, differs)| *differs);
    named.map(|(name, _)| format!("front matter: {name} differs")).collect()
}

/// Phases of the recorded version that are not the same any more; each is told once.
fn phase_changes(old: &Runbook, new: &Runbook, matching: &Matching<'_>, told: &mut Vec<String>) -> BTreeSet<PhaseId> {
    let mut changed = BTreeSet::new();
    let mut kept = BTreeSet::new();
    for before in &old.phases {
        let after = matching.phases.get(&before.id).and_then(|id| new.phase(id));
        let what = match after {
            None => Some("is gone".to_owned()),
            Some(after) => {
                kept.insert(&after.id);
                phase_change(before, after)
            }
        };
        if let Some(what) = what {
            told.push(format!("phase “{}” {what}", before.title));
            changed.insert(before.id.clone());
        }
    }
    let added = new.phases.iter().filter(|phase| !kept.contains(&phase.id));
    told.extend(added.map(|phase| format!("phase “{}” is added", phase.title)));
    changed
}

fn phase_change(before: &Phase, after: &Phase) -> Option<String> {
    if content::of_phase(before) == content::of_phase(after) {
        return None;
    }
    Some(if before.role != after.role {
        format!("was {}, is {}", before.role.word(), after.role.word())
    } else if before.gate != after.gate {
        let said = |gate: Option<String>| gate.unwrap_or_else(|| "none".to_owned());
        let (was, is) = (before.gate.as_ref().map(content::gate), after.gate.as_ref().map(content::gate));
        format!("gate was {}, is {}", said(was), said(is))
    } else if before.title == after.title {
        "has other words".to_owned()
    } else {
        format!("is called “{}”", after.title)
    })
}

/// The gates of the recorded version that guard something else now: what was signed there no longer holds.
fn voided(old: &Runbook, new: &Runbook, changes: &[Change], phases: &BTreeSet<PhaseId>) -> Vec<Scope> {
    let touched: BTreeSet<&StepId> = changes.iter().filter_map(|change| change.was.as_ref()).collect();
    let added: BTreeSet<&StepId> = changes.iter().filter(|c| c.was.is_none()).filter_map(|c| c.now.as_ref()).collect();
    let is_other = |scope: &Scope| {
        let (before, after): (Vec<&Step>, Vec<&Step>) = match scope {
            Scope::Step(id) => (
                old.step(id).into_iter().flat_map(Step::subtree).collect(),
                new.step(id).into_iter().flat_map(Step::subtree).collect(),
            ),
            Scope::Phase(id) if phases.contains(id) => return true,
            Scope::Phase(id) => (of_phase(old, id), of_phase(new, id)),
            Scope::Run => return !changes.is_empty(),
        };
        before.iter().any(|step| touched.contains(&step.id)) || after.iter().any(|step| added.contains(&step.id))
    };
    let mut scopes: Vec<Scope> = holds(old).into_iter().map(|hold| hold.scope).collect();
    scopes.push(Scope::Run);
    scopes.retain(is_other);
    scopes
}

fn of_phase<'a>(book: &'a Runbook, id: &PhaseId) -> Vec<&'a Step> {
    book.phase(id).map(|phase| phase.steps.iter().flat_map(Step::subtree).collect()).unwrap_or_default()
}

/// For each step whose record an adopted edit made stale: how it has changed since the version it was done in. `versions`
/// are the versions that were walked before the present one, by digest.
#[must_use]
pub fn since_done(book: &Runbook, run: &Run, versions: &BTreeMap<Digest, Runbook>) -> BTreeMap<StepId, Vec<DiffLine>> {
    let stale = book.steps().filter_map(|step| Some((step, run.stale_by(&step.id)?)));
    let lines = stale.filter_map(|(step, seq)| {
        let edition = run.editions.iter().find(|edition| edition.seq == seq)?;
        let before = versions.get(&edition.from)?.step(&run.name_before(&step.id, seq))?;
        Some((step.id.clone(), step_lines(before, step)))
    });
    lines.collect()
}

impl Run {
    /// The version of the runbook that the run walks now.
    #[must_use]
    pub fn runbook(&self) -> Digest {
        self.editions.last().map_or(self.opened.runbook, |edition| edition.runbook)
    }

    /// The adoption that made the step's newest record stale, if nothing newer was recorded since.
    #[must_use]
    pub fn stale_by(&self, step: &StepId) -> Option<u64> {
        let fresh = self.attempts_of(step).any(|attempt| attempt.stale.is_none());
        if fresh || self.mark(step).is_some() {
            return None;
        }
        let by_attempt = self.attempts_of(step).next_back().and_then(|attempt| attempt.stale);
        let by_mark = self.marks_of(step).next_back().and_then(|mark| match mark.standing {
            Standing::Stale { by } => Some(by),
            Standing::Holds | Standing::Superseded { .. } | Standing::Reversed { .. } | Standing::Redone { .. } => None,
        });
        by_mark.or(by_attempt)
    }

    /// What a step of the present version was called before the adoption at `seq`.
    #[must_use]
    pub fn name_before(&self, step: &StepId, seq: u64) -> StepId {
        let mut name = step.clone();
        for edition in self.editions.iter().rev().take_while(|edition| edition.seq >= seq) {
            if let Some(was) = edition.renamed.get(&name) {
                name = was.clone();
            }
        }
        name
    }
}
