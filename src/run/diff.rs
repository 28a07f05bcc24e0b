//! Two runs side by side: what came of each step, how long it took, and what was run and printed for it.
//!
//! Steps are matched as for an edited runbook; see [`super::drift`]. Outputs are compared by their digests, so that nothing
//! has to be read.

use super::drift::{Drift, drift};
use super::event::{ChangeKind, Ending};
use super::readiness::leaves;
use super::{Attempt, Progress, Run};
use crate::runbook::{Digest, Runbook, StepId};
use std::collections::BTreeMap;

/// What a run says about a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    pub step: StepId,
    pub number: String,
    /// The word of its state.
    pub state: &'static str,
    /// Milliseconds its commands ran.
    pub spent_ms: u64,
    /// Its newest attempts, one for each command that ran.
    pub commands: Vec<Ran>,
}

/// A command that ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    pub attempt: u32,
    pub text: String,
    /// `exit 0`, `signal 9`, `unknown` …
    pub ending: String,
    /// SHA-256 of what it printed.
    pub output: Option<Digest>,
    pub output_bytes: u64,
}

/// A step in both runs, or in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub title: String,
    pub one: Option<Side>,
    pub other: Option<Side>,
    /// Whether the two runbooks say the same about it.
    pub same_text: bool,
}

/// Ways in which a step can differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differs {
    /// Only one run has it.
    There,
    /// The runbooks say something else.
    Text,
    State,
    /// Another text was executed.
    Command,
    Ending,
    Output,
}

impl Differs {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Differs::There => "only in one",
            Differs::Text => "runbook",
            Differs::State => "verdict",
            Differs::Command => "command",
            Differs::Ending => "ending",
            Differs::Output => "output",
        }
    }
}

impl Row {
    /// In what the two differ; lengths always do and are not among it.
    #[must_use]
    pub fn differs(&self) -> Vec<Differs> {
        let (Some(one), Some(other)) = (&self.one, &self.other) else {
            return vec![Differs::There];
        };
        let pair = |of: fn(&Ran) -> String| {
            let words = |side: &Side| side.commands.iter().map(of).collect::<Vec<_>>();
            words(one) != words(other)
        };
        let checks = [
            (Differs::Text, !self.same_text),
            (Differs::State, one.state != other.state),
            (Differs::Command, pair(|ran| ran.text.clone())),
            (Differs::Ending, pair(|ran| ran.ending.clone())),
            (Differs::Output, pair(|ran| format!("{:?}", ran.output))),
        ];
        checks.into_iter().filter(|(_, differs)| *differs).map(|(what, _)| what).collect()
    }
}

/// Compares two runs of the same runbook, or of two versions of it: every walked leaf step of either.
#[must_use]
pub fn compare((book, run): (&Runbook, &Run), (other_book, other_run): (&Runbook, &Run)) -> Vec<Row> {
    let drift = drift(book, other_book);
    let mut theirs: BTreeMap<StepId, Side> =
        sides(other_book, other_run).into_iter().map(|(_, side)| (side.step.clone(), side)).collect();
    let mut rows: Vec<Row> = Vec::new();
    for (title, one) in sides(book, run) {
        let now = name_there(&drift, &one.step);
        let other = now.as_ref().and_then(|id| theirs.remove(id));
        let same_text =
            !drift.changes.iter().any(|c| c.kind == ChangeKind::Changed && c.was.as_ref() == Some(&one.step));
        rows.push(Row { title, one: Some(one), other, same_text });
    }
    let titles: BTreeMap<StepId, String> =
        sides(other_book, other_run).into_iter().map(|(title, side)| (side.step, title)).collect();
    let left = theirs.into_values().map(|other| {
        let title = titles.get(&other.step).cloned().unwrap_or_default();
        Row { title, one: None, other: Some(other), same_text: true }
    });
    rows.extend(left);
    rows
}

/// The id of a step in the other version; `None` when it is gone there.
fn name_there(drift: &Drift, step: &StepId) -> Option<StepId> {
    match drift.changes.iter().find(|change| change.was.as_ref() == Some(step)) {
        None => Some(step.clone()),
        Some(change) => change.now.clone(),
    }
}

fn sides(book: &Runbook, run: &Run) -> Vec<(String, Side)> {
    let side = |leaf: super::readiness::Leaf<'_>| {
        let step = leaf.step;
        let newest = (0..step.commands().count()).filter_map(|index| run.latest(&step.id, u32::try_from(index).ok()?));
        let commands: Vec<Ran> = newest.map(ran).collect();
        let spent_ms = run.timing(&step.id).map_or(0, |timing| timing.spent_ms);
        let (number, state) = (step.number.clone(), leaf.state.word());
        (step.title.clone(), Side { step: step.id.clone(), number, state, spent_ms, commands })
    };
    leaves(book, run).into_iter().map(side).collect()
}

fn ran(attempt: &Attempt) -> Ran {
    let (ending, output, output_bytes) = match &attempt.progress {
        Progress::Running => ("running".to_owned(), None, 0),
        Progress::Unknown => ("unknown".to_owned(), None, 0),
        Progress::Resolved { .. } => ("answered for".to_owned(), None, 0),
        Progress::Ended { ended, .. } => {
            let word = match &ended.ending {
                Ending::Exited { code } => format!("exit {code}"),
                Ending::Signalled { signal } => format!("signal {signal}"),
                Ending::NotStarted { .. } => "not started".to_owned(),
                Ending::TimedOut => "timed out".to_owned(),
                Ending::Stopped => "stopped".to_owned(),
                Ending::Kept => "kept as evidence".to_owned(),
                Ending::Asked => "wanted a terminal".to_owned(),
            };
            (word, ended.output.sha256, ended.output.bytes)
        }
    };
    Ran { attempt: attempt.id().0, text: attempt.intended.text.clone(), ending, output, output_bytes }
}
