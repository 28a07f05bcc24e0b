//! The state of a step: what machine and people together say about it.

use super::event::{Target, Verdict};
use super::{Outcome, Run};
use crate::runbook::{Command, RunPolicy, Step, StepKind, Use};

/// Where a step stands. A person's verdict wins over the machine's, except while a command runs or its end is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepState {
    /// Nothing happened yet, or not every command has run.
    Open,
    Running,
    /// A command began and its end was not seen: the operator is asked.
    Unknown,
    /// All commands ended as expected; a person has to confirm it.
    Ran,
    /// A command wanted a person at a terminal and there was none.
    Waiting,
    /// A command did not end as expected.
    Failed,
    /// Passed by machine: every command ended as expected and nothing is left for a person to judge.
    Passed,
    /// A person's verdict.
    Marked(Verdict),
    /// What was done for it was done for an earlier version of the runbook: it has to be done or signed off again.
    Stale,
    /// Another branch of the choice was taken.
    OtherBranch,
}

impl StepState {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            StepState::Open => "open",
            StepState::Running => "running",
            StepState::Unknown => "unknown",
            StepState::Ran => "ran",
            StepState::Waiting => "waiting",
            StepState::Failed => "failed",
            StepState::Passed => "passed",
            StepState::Marked(verdict) => verdict.word(),
            StepState::Stale => "stale",
            StepState::OtherBranch => "other branch taken",
        }
    }

    /// Whether nothing is left to do for the step.
    #[must_use]
    pub fn is_settled(self) -> bool {
        match self {
            StepState::Passed | StepState::OtherBranch => true,
            StepState::Marked(verdict) => match verdict {
                Verdict::Passed | Verdict::PassedWithRemarks | Verdict::Waived | Verdict::NotApplicable => true,
                Verdict::Failed | Verdict::Deferred => false,
            },
            StepState::Open
            | StepState::Running
            | StepState::Unknown
            | StepState::Ran
            | StepState::Waiting
            | StepState::Stale
            | StepState::Failed => false,
        }
    }

    /// Whether the step earns its weight.
    #[must_use]
    pub fn is_passed(self) -> bool {
        matches!(self, StepState::Passed | StepState::Marked(Verdict::Passed | Verdict::PassedWithRemarks))
    }

    #[must_use]
    pub fn is_failed(self) -> bool {
        matches!(self, StepState::Failed | StepState::Marked(Verdict::Failed))
    }
}

/// Whether the operator can run something of this block, by its use or by its author's word.
#[must_use]
pub fn is_offered(command: &Command) -> bool {
    match command.options.run {
        RunPolicy::Inferred => command.usage.is_offered(),
        RunPolicy::Ask | RunPolicy::Auto => true,
        RunPolicy::Never => false,
    }
}

/// What running a block would repeat or take back, as a sentence; `None` when nothing is there that counts.
#[must_use]
pub fn repeats(run: &Run, step: &Step, target: &Target) -> Option<String> {
    if let Some(mark) = run.mark(&step.id) {
        let (word, by) = (mark.verdict.word(), &mark.by.name);
        return Some(format!("The step is marked {word} by {by}: running this takes that back."));
    }
    let command = step.command(target.command as usize)?;
    let mut fresh =
        run.attempts_of(&step.id).filter(|attempt| attempt.stale.is_none() && attempt.intended.target == *target);
    let latest = fresh.next_back()?;
    match latest.outcome(&command.options.expect_exit) {
        Outcome::Succeeded | Outcome::Matched | Outcome::Attested => {
            Some(format!("It ran before and ended as expected ({}): this runs it again.", latest.id()))
        }
        Outcome::Running | Outcome::Unknown | Outcome::Failed | Outcome::Asked => None,
    }
}

/// The state of one step by its own commands and marks; children are not looked at.
#[must_use]
pub fn step_state(run: &Run, step: &Step) -> StepState {
    match (machine_state(run, step), run.mark(&step.id)) {
        (StepState::Open, None) if run.stale_by(&step.id).is_some() => StepState::Stale,
        (state @ (StepState::Running | StepState::Unknown), _) | (state, None) => state,
        (_, Some(mark)) => StepState::Marked(mark.verdict),
    }
}

/// What the step's own commands say about it, whatever people said.
#[must_use]
pub fn machine_state(run: &Run, step: &Step) -> StepState {
    let begun = run.attempts_of(&step.id).next().is_some();
    let worst = step
        .commands()
        .enumerate()
        .filter(|(_, command)| is_offered(command))
        .map(|(index, command)| match command_progress(run, step, index, command) {
            // Whether its condition holds is for a person to say.
            Progress::Open if begun && command.options.when.is_some() => Progress::NeedsPerson,
            progress => progress,
        })
        .reduce(worse);
    let judged = match worst {
        None | Some(Progress::Open) => return StepState::Open,
        Some(Progress::Running) => return StepState::Running,
        Some(Progress::Unknown) => return StepState::Unknown,
        Some(Progress::Failed) => return StepState::Failed,
        Some(Progress::Asked) => return StepState::Waiting,
        Some(Progress::NeedsPerson) => true,
        Some(Progress::Done) => !step.criteria.is_empty() || step.gate.is_some(),
    };
    if judged || step.kind != StepKind::Command || run.is_rehearsal() { StepState::Ran } else { StepState::Passed }
}

/// How far one block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    Open,
    Running,
    Unknown,
    Failed,
    Asked,
    /// Ended as expected, but a person has to look.
    NeedsPerson,
    Done,
}

/// How far one block of a step is, over all its parts.
#[must_use]
pub fn command_progress(run: &Run, step: &Step, index: usize, command: &Command) -> Progress {
    let index = u32::try_from(index).unwrap_or(u32::MAX);
    if run.rehearsed.iter().any(|target| target.step == step.id && target.command == index) {
        return Progress::NeedsPerson;
    }
    match command.usage {
        // A block whose lines run one by one is done when each of them is; of alternatives, one is enough.
        Use::Mixed => (0..command.parts.len())
            .map(|part| part_progress(run, step, index, u32::try_from(part).unwrap_or(u32::MAX), command))
            .reduce(worse)
            .unwrap_or(Progress::Open),
        Use::Run
        | Use::Fill
        | Use::Choose
        | Use::Assign
        | Use::File
        | Use::Output
        | Use::Query
        | Use::Text
        | Use::Manual => run.latest(&step.id, index).map_or(Progress::Open, |attempt| progress(attempt, command)),
    }
}

/// How far one line of a block is.
#[must_use]
pub fn part_progress(run: &Run, step: &Step, index: u32, part: u32, command: &Command) -> Progress {
    run.attempts_of(&step.id)
        .rev()
        .filter(|attempt| attempt.stale.is_none())
        .find(|attempt| attempt.intended.target.command == index && attempt.intended.target.part == Some(part))
        .map_or(Progress::Open, |attempt| progress(attempt, command))
}

/// Of a block that its author wants run piece by piece, the first piece that is not done.
#[must_use]
pub fn next_piece(run: &Run, step: &Step, index: usize, command: &Command) -> Option<u32> {
    if !command.options.split || command.usage != Use::Mixed {
        return None;
    }
    let index = u32::try_from(index).ok()?;
    (0..u32::try_from(command.parts.len()).ok()?).find(|piece| {
        !matches!(part_progress(run, step, index, *piece, command), Progress::Done | Progress::NeedsPerson)
    })
}

fn progress(attempt: &super::Attempt, command: &Command) -> Progress {
    // A watch that was broken off goes on where it was, and nothing has failed.
    if command.options.watch_s.is_some() && attempt.was_stopped() {
        return Progress::Open;
    }
    match attempt.outcome(&command.options.expect_exit) {
        Outcome::Running => Progress::Running,
        Outcome::Unknown => Progress::Unknown,
        // Text that the author expects but that no machine compares is for the operator to judge.
        Outcome::Succeeded if command.expected.is_some() => Progress::NeedsPerson,
        Outcome::Succeeded | Outcome::Matched => Progress::Done,
        Outcome::Attested => Progress::NeedsPerson,
        Outcome::Asked => Progress::Asked,
        Outcome::Failed => Progress::Failed,
    }
}

fn worse(a: Progress, b: Progress) -> Progress {
    let rank = |progress: Progress| match progress {
        Progress::Running => 0,
        Progress::Unknown => 1,
        Progress::Failed => 2,
        Progress::Asked => 3,
        Progress::Open => 4,
        Progress::NeedsPerson => 5,
        Progress::Done => 6,
    };
    if rank(a) <= rank(b) { a } else { b }
}
