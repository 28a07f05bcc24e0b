//! What has happened, and what may happen next.
//!
//! A [`Run`] is folded from journal entries and never edited otherwise, so a run rebuilt after a crash equals one that
//! never crashed. Nothing here reads a clock, a file or the environment; those arrive in a [`event::Stamp`].

pub mod base64;
mod by_itself;
pub mod compare;
pub mod decide;
pub mod diff;
pub mod draw;
pub mod drift;
pub mod estimate;
pub mod event;
pub mod fold;
pub mod gate;
pub mod look;
pub mod mismatch;
pub mod narrow;
pub mod readiness;
pub mod sshsig;
pub mod state;
pub mod statement;
pub mod suspicious;
pub mod time;

pub use by_itself::{HookRun, Soak, Trust};

use crate::runbook::{Correction, Digest, Runbook, StepId};
use chrono::{DateTime, Utc};
use event::{
    Actor, AttemptId, Call, Carried, DeviationKind, Ended, Ending, Intended, Leftover, Meaning, Opened, Rejoin,
    Resolution, RunId, RunKind, Scope, Sealed, Sitting, Stamp, StopReason, StopSignal, Target, Verdict,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One execution of one runbook.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub id: RunId,
    pub opened: Opened,
    pub began: Moment,
    /// The chain's last entry: what the next one must follow.
    pub head: Head,
    /// All tries, in order; an attempt's number is its place, counted from 1.
    pub attempts: Vec<Attempt>,
    /// All marks ever made, in order, whether they still hold or not.
    pub marks: Vec<Mark>,
    pub notes: Vec<Note>,
    pub values: BTreeMap<String, Value>,
    /// The environment variables that values were taken from, by the names of the values.
    pub sources: BTreeMap<String, String>,
    pub sign_offs: Vec<SignOff>,
    pub calls: Vec<CallMade>,
    pub deviations: Vec<Deviation>,
    pub overrides: Vec<Override>,
    /// How the operators corrected what was read, in order. See [`Run::read_as`].
    pub corrections: Vec<Correction>,
    pub sittings: Vec<SittingRecord>,
    /// When the wall clock was set while somebody worked here.
    pub clock_steps: Vec<ClockStep>,
    /// Commands that were practised in a rehearsal.
    pub rehearsed: BTreeSet<Target>,
    /// Edited versions of the runbook that were taken over, in order.
    pub editions: Vec<Edition>,
    /// Digests of edited versions that the operator saw and did not take over.
    pub declined: BTreeSet<Digest>,
    /// Where its commands act, as pinned.
    pub target: Option<String>,
    /// What the operators said about what would run by itself, by what it was about.
    pub trusts: BTreeMap<Digest, Trust>,
    /// Hooks that were begun, in order.
    pub hooks: Vec<HookRun>,
    /// Clocks of timed steps.
    pub soaks: BTreeMap<StepId, Soak>,
    pub closed: Option<Closed>,
    /// Where a step's attempts and marks are, so that a step's state costs the same in long runs as in short ones.
    by_step: HashMap<StepId, OfStep>,
    /// Places of the attempts that run or have an unknown end, oldest first: there are few.
    unended: Vec<usize>,
}

/// Places in [`Run::attempts`] and [`Run::marks`].
#[derive(Debug, Clone, Default, PartialEq)]
struct OfStep {
    attempts: Vec<usize>,
    marks: Vec<usize>,
}

/// The end of a run's chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub seq: u64,
    pub hash: Digest,
}

/// A point in time, for people and for lengths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    pub at: DateTime<Utc>,
    pub mono_us: u64,
    pub boot: String,
}

impl Moment {
    /// The moment of a stamp.
    #[must_use]
    pub fn of(stamp: &Stamp) -> Self {
        Moment { at: stamp.at, mono_us: stamp.mono_us, boot: stamp.boot.clone() }
    }

    /// Milliseconds from here to `later`: monotonic within one boot, else by the wall clock, never negative.
    #[must_use]
    pub fn until(&self, later: &Moment) -> Length {
        if self.boot == later.boot && later.mono_us >= self.mono_us {
            Length { ms: (later.mono_us - self.mono_us) / 1000, exact: Exactness::Monotonic }
        } else {
            let ms = (later.at - self.at).num_milliseconds();
            Length { ms: u64::try_from(ms).unwrap_or(0), exact: Exactness::Approximate }
        }
    }
}

/// How long something took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    pub ms: u64,
    pub exact: Exactness,
}

/// Whether a length was measured by one clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exactness {
    Monotonic,
    /// Spans a reboot: the difference of two wall-clock times. Or it spans a resume: nobody worked for a part of it.
    Approximate,
}

/// One try at one command block.
///
/// Begins with its intent and has at most one ending. Without an ending its process may still be alive somewhere: ask
/// the operator, never retry.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    pub intended: Intended,
    /// Sequence number of the intent.
    pub seq: u64,
    pub began: Moment,
    pub by: Actor,
    /// Process id and start time in clock ticks, once it was started.
    pub process: Option<(u32, u64)>,
    /// When that was recorded: of several tries, the last.
    pub spawned: Option<Moment>,
    /// What its processes carry in their environment.
    pub mark: Option<String>,
    /// When somebody took charge of it again after a crash.
    pub rejoined: Vec<Rejoined>,
    /// That its processes ended unseen after somebody had taken charge of them again.
    pub gone: Option<Gone>,
    /// Processes of it that were still there when a person said what came of it, and were left alone.
    pub left_alone: Vec<Leftover>,
    pub stops: Vec<(StopSignal, StopReason)>,
    pub progress: Progress,
    /// The adoption of an edited runbook that changed or removed its step: it no longer says anything about the step.
    pub stale: Option<u64>,
}

/// Somebody took charge of a command that had outlived the gonogo that started it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejoined {
    pub seq: u64,
    pub purpose: Rejoin,
    pub reason: String,
    pub by: Actor,
    pub at: Moment,
}

/// The end of a command that was taken charge of again: seen from outside, without its output.
#[derive(Debug, Clone, PartialEq)]
pub struct Gone {
    pub at: Moment,
    /// How it ended, if the system still knew.
    pub ending: Option<Ending>,
    pub left_over: Vec<Leftover>,
}

/// How far an attempt got.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// Begun, or taken charge of again, in the sitting that is now driving the run.
    Running,
    /// Its sitting is gone and left no ending.
    Unknown,
    Ended {
        ended: Ended,
        at: Moment,
    },
    /// Nobody saw its end; a person said what came of it.
    Resolved {
        resolution: Resolution,
        reason: String,
        by: Actor,
        at: Moment,
    },
}

impl Attempt {
    #[must_use]
    pub fn id(&self) -> AttemptId {
        self.intended.attempt
    }

    /// Whether it is watched from outside only: what it prints is not seen, and nothing can be typed into it.
    #[must_use]
    pub fn is_rejoined(&self) -> bool {
        self.progress == Progress::Running && !self.rejoined.is_empty()
    }

    /// Whether the operator stopped it.
    #[must_use]
    pub fn was_stopped(&self) -> bool {
        matches!(&self.progress, Progress::Ended { ended, .. } if ended.ending == Ending::Stopped)
    }

    /// What came of it, if that is known.
    #[must_use]
    pub fn outcome(&self, expect_exit: &[i32]) -> Outcome {
        match &self.progress {
            Progress::Running => Outcome::Running,
            Progress::Unknown => Outcome::Unknown,
            Progress::Resolved { resolution: Resolution::Succeeded, .. } => Outcome::Attested,
            Progress::Resolved { resolution: Resolution::Failed, .. } => Outcome::Failed,
            Progress::Ended { ended, .. } => match &ended.ending {
                Ending::Exited { code } => {
                    let expected = if expect_exit.is_empty() { *code == 0 } else { expect_exit.contains(code) };
                    match (expected, ended.matched) {
                        (true, None) => Outcome::Succeeded,
                        (true, Some(true)) => Outcome::Matched,
                        (true, Some(false)) | (false, _) => Outcome::Failed,
                    }
                }
                Ending::Kept => Outcome::Attested,
                Ending::Asked => Outcome::Asked,
                Ending::Signalled { .. } | Ending::NotStarted { .. } | Ending::TimedOut | Ending::Stopped => {
                    Outcome::Failed
                }
            },
        }
    }
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Running,
    Unknown,
    /// Ended as expected; nothing to compare its output with.
    Succeeded,
    /// Ended as expected, and its output is what the author expects.
    Matched,
    /// A person says it did what it should, or keeps its output as evidence: never a pass by machine.
    Attested,
    /// Wanted a person at a terminal.
    Asked,
    Failed,
}

/// A verdict on a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    pub seq: u64,
    pub step: StepId,
    pub verdict: Verdict,
    pub reason: Option<String>,
    pub by: Actor,
    pub at: Moment,
    pub standing: Standing,
}

/// Whether a mark still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Holds,
    /// A later mark on the same step took its place.
    Superseded {
        by: u64,
    },
    /// Taken back.
    Reversed {
        by: u64,
    },
    /// A command of the step was run again afterwards.
    Redone {
        by: u64,
    },
    /// The step was changed or removed by an edit of the runbook.
    Stale {
        by: u64,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    pub seq: u64,
    pub step: Option<StepId>,
    pub text: String,
    pub by: Actor,
    pub at: Moment,
}

/// A value the operator gave; a secret's content is not in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Plain(String),
    Secret,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SignOff {
    pub seq: u64,
    /// The adoption of an edited runbook that changed what was signed.
    pub voided: Option<u64>,
    /// The last entry the signer had seen: work after it is not what they signed. `None` when its statement
    /// cannot be relied on: then it never counts.
    pub about: Option<u64>,
    pub scope: Scope,
    pub meaning: Meaning,
    pub reason: Option<String>,
    /// Whose statement it is: of a signed one, the name and role in its text.
    pub by: Actor,
    /// When it was recorded.
    pub at: Moment,
    /// When its signer stated it: an answer from elsewhere is older than its entry.
    pub stated: DateTime<Utc>,
    /// Fingerprint of the key that signed it; without one it is recorded, not signed.
    pub key: Option<String>,
    pub sealed: Option<Sealed>,
}

/// A gate that was passed without the sign-offs it demands.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    pub seq: u64,
    pub scope: Scope,
    pub reason: String,
    pub by: Actor,
    pub at: Moment,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CallMade {
    pub seq: u64,
    pub role: String,
    pub call: Call,
    pub reason: Option<String>,
    pub by: Actor,
    pub at: Moment,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Deviation {
    pub seq: u64,
    pub kind: DeviationKind,
    pub step: Option<StepId>,
    pub reason: String,
    pub by: Actor,
    pub at: Moment,
}

#[derive(Debug, Clone, PartialEq)]
pub struct SittingRecord {
    pub sitting: Sitting,
    pub by: Actor,
    pub began: Moment,
    pub ended: Option<Moment>,
}

/// The wall clock was found to have been set.
#[derive(Debug, Clone, PartialEq)]
pub struct ClockStep {
    pub seq: u64,
    /// Forwards when positive.
    pub by_ms: i64,
    pub at: Moment,
}

/// An edited version of the runbook, from its adoption on.
#[derive(Debug, Clone, PartialEq)]
pub struct Edition {
    pub seq: u64,
    pub runbook: Digest,
    /// The version that was walked before.
    pub from: Digest,
    /// Ids of steps that had another one before: now → before.
    pub renamed: BTreeMap<StepId, StepId>,
    pub by: Actor,
    pub at: Moment,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Closed {
    pub seq: u64,
    pub verdict: String,
    pub percent: Option<u32>,
    pub reason: Option<String>,
    pub by: Actor,
    pub at: Moment,
    pub carried: Vec<Carried>,
    /// Fingerprint of the key that signed it; without one the run is closed, not sealed.
    pub key: Option<String>,
    pub sealed: Option<Sealed>,
}

impl Run {
    /// The runbook as this run reads it: with the corrections that its operators made.
    #[must_use]
    pub fn read_as(&self, mut book: Runbook) -> Runbook {
        self.corrections.iter().for_each(|correction| book.correct(correction));
        book
    }

    #[must_use]
    pub fn attempt(&self, id: AttemptId) -> Option<&Attempt> {
        self.attempts.iter().rev().find(|attempt| attempt.id() == id)
    }

    /// The number the next attempt gets.
    #[must_use]
    pub fn next_attempt(&self) -> AttemptId {
        AttemptId(self.attempts.last().map_or(1, |last| last.id().0 + 1))
    }

    /// The attempts at a step's commands, oldest first.
    #[must_use]
    pub fn attempts_of<'r>(&'r self, step: &StepId) -> impl DoubleEndedIterator<Item = &'r Attempt> + use<'r> {
        let places = self.by_step.get(step).map_or(&[][..], |of_step| &of_step.attempts);
        places.iter().map(|place| &self.attempts[*place])
    }

    /// The newest attempt at a block as a whole or at any of its parts, as the block now stands.
    #[must_use]
    pub fn latest(&self, step: &StepId, command: u32) -> Option<&Attempt> {
        let counts = |attempt: &&Attempt| attempt.stale.is_none() && attempt.intended.target.command == command;
        self.attempts_of(step).rev().find(counts)
    }

    /// The attempt that is running now; there is at most one.
    #[must_use]
    pub fn running(&self) -> Option<&Attempt> {
        self.without_end().rev().find(|attempt| attempt.progress == Progress::Running)
    }

    /// Attempts whose end nobody saw and nobody has answered for.
    pub fn unknown(&self) -> impl Iterator<Item = &Attempt> {
        self.without_end().filter(|attempt| attempt.progress == Progress::Unknown)
    }

    fn without_end(&self) -> impl DoubleEndedIterator<Item = &Attempt> {
        self.unended.iter().map(|place| &self.attempts[*place])
    }

    /// The marks a step ever got, oldest first.
    #[must_use]
    pub fn marks_of<'r>(&'r self, step: &StepId) -> impl DoubleEndedIterator<Item = &'r Mark> + use<'r> {
        let places = self.by_step.get(step).map_or(&[][..], |of_step| &of_step.marks);
        places.iter().map(|place| &self.marks[*place])
    }

    /// The mark that holds for a step.
    #[must_use]
    pub fn mark(&self, step: &StepId) -> Option<&Mark> {
        self.marks_of(step).next_back().filter(|mark| mark.standing == Standing::Holds)
    }

    /// The newest call of each role that was polled.
    #[must_use]
    pub fn call(&self, role: &str) -> Option<&CallMade> {
        self.calls.iter().rev().find(|call| call.role == role)
    }

    /// The detour the walk is on: left for a rollback or troubleshooting section and not come back.
    #[must_use]
    pub fn detour(&self) -> Option<&Deviation> {
        let last = self.deviations.iter().rev();
        let mut detours = last.filter(|one| matches!(one.kind, DeviationKind::Detour | DeviationKind::DetourEnded));
        detours.next().filter(|one| one.kind == DeviationKind::Detour)
    }

    #[must_use]
    pub fn is_rehearsal(&self) -> bool {
        self.opened.run_kind == RunKind::Rehearsal
    }

    /// How long the step has been worked on: from its first act to its last, and by whom last.
    #[must_use]
    pub fn timing(&self, step: &StepId) -> Option<Timing> {
        let mark = self.marks_of(step).next_back();
        let first = self.attempts_of(step).next();
        let last = self.attempts_of(step).next_back();
        let began = first.map(|attempt| &attempt.began).or(mark.map(|mark| &mark.at))?.clone();
        let ended = last.and_then(|attempt| match &attempt.progress {
            Progress::Ended { at, .. } | Progress::Resolved { at, .. } => Some(at),
            Progress::Running | Progress::Unknown => None,
        });
        let mark_at = mark.map(|mark| &mark.at);
        let end = match (ended, mark_at) {
            (Some(ended), Some(marked)) if marked.at > ended.at => Some(marked.clone()),
            (Some(ended), _) => Some(ended.clone()),
            (None, Some(marked)) if last.is_none() => Some(marked.clone()),
            (None, _) => None,
        };
        let by = mark.map(|mark| &mark.by).or(last.map(|attempt| &attempt.by))?.name.clone();
        let spent_ms = self.attempts_of(step).map(Attempt::spent_ms).sum();
        Some(Timing { began, ended: end, by, spent_ms })
    }
}

impl Attempt {
    /// Milliseconds the command ran, as far as its end is known.
    #[must_use]
    pub fn spent_ms(&self) -> u64 {
        match &self.progress {
            Progress::Ended { ended, .. } => ended.took_ms,
            Progress::Running | Progress::Unknown | Progress::Resolved { .. } => 0,
        }
    }
}

/// When a step was worked on.
#[derive(Debug, Clone, PartialEq)]
pub struct Timing {
    pub began: Moment,
    /// `None` while a command runs or has an unknown end.
    pub ended: Option<Moment>,
    pub by: String,
    /// Sum of the lengths of its commands.
    pub spent_ms: u64,
}
