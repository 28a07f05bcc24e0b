//! What an operator's wish leads to: ordered effects, or a refusal that says what would unlock it.
//!
//! [`decide`] is pure. The events among its effects are to be committed in order before anything after them happens; if
//! one cannot be committed, everything behind it is dropped.

pub mod conditions;
pub mod detour;
pub mod execute;
pub mod failure;
mod fill;
mod lost;
mod order;
pub mod shown;
pub mod sign;
mod soak;

pub use lost::Survivor;
pub use order::{first_open, is_open_at_its_end};

use super::event::{
    Adopted, AttemptId, Call, Carried, Channel, DeviationKind, Event, Intended, Meaning, Rejoin, Resolution, Scope,
    StopReason, StopSignal, Target, TrustDecided, Verdict,
};
use super::gate::{self, GateState};
use super::state::{StepState, is_offered, machine_state, step_state};
use super::statement::Statement;
use super::{Moment, Run, Value};
use crate::runbook::{Compare, Correction, Digest, Phase, Runbook, Step, StepId};
use detour::{Aside, Cause};
use order::out_of_order;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};

/// What an operator wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    Execute(Execute),
    Stop {
        signal: StopSignal,
        why: StopReason,
    },
    Mark {
        step: StepId,
        verdict: Verdict,
        reason: Option<String>,
    },
    /// Take back the mark that holds for a step.
    Reverse {
        step: StepId,
    },
    Note {
        step: Option<StepId>,
        text: String,
    },
    /// Leave the walk at a step for what takes it back, or for a rollback or troubleshooting section.
    Detour {
        from: StepId,
        to: Aside,
        cause: Cause,
    },
    /// Go back to the step where the detour began.
    EndDetour,
    /// Give a value for a placeholder. A secret's value travels beside, never in an intent.
    Give {
        name: String,
        value: Value,
    },
    /// Walk an edited version of the runbook from here on. Its bytes travel beside, never in an intent.
    Adopt(Adopted),
    /// Stay on the recorded version although the file was edited.
    Stay {
        runbook: Digest,
    },
    SignOff {
        scope: Scope,
        meaning: Meaning,
        reason: Option<String>,
    },
    Call {
        role: String,
        call: Call,
        reason: Option<String>,
    },
    /// Say what came of an attempt whose end nobody saw.
    Resolve {
        attempt: AttemptId,
        resolution: Resolution,
        reason: String,
    },
    /// Take charge again of a command that outlived the gonogo that started it: wait for its end, or stop it.
    Rejoin {
        attempt: AttemptId,
        purpose: Rejoin,
        reason: String,
    },
    Close {
        reason: Option<String>,
    },
    /// Record a statement that was shown whole, and signed if there is a key: a sign-off, or the close.
    State {
        statement: Box<Statement>,
        signature: Option<String>,
    },
    /// What the operator says about what would run by itself.
    Trust(TrustDecided),
    /// Begin the clock of a timed step, or let it go on.
    Soak {
        step: StepId,
    },
    /// Let it stand still.
    PauseSoak {
        step: StepId,
    },
    /// Pass a gate without the sign-offs it demands. Loud, and to be reviewed by somebody else before the close.
    Override {
        scope: Scope,
        reason: String,
    },
    /// Read a place of the document otherwise from now on.
    Correct {
        correction: Correction,
        reason: String,
    },
}

/// The wish to run a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execute {
    pub target: Target,
    /// The text as the operator edited it; `None` runs it as written.
    pub edited: Option<String>,
    pub consent: Consent,
    /// Why out of order, or why edited.
    pub reason: Option<String>,
    pub channel: Channel,
}

/// How the operator agreed to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consent {
    /// Only asked for it.
    None,
    /// Saw it and said yes.
    Yes,
    /// Typed the step's id or number.
    Typed(String),
}

/// What a pure function may not find out by itself.
#[derive(Debug, Clone)]
pub struct Circumstances<'a> {
    /// Name and self-declared role of whoever wishes.
    pub name: &'a str,
    pub role: Option<&'a str>,
    /// Names of the environment variables that commands inherit.
    pub environment: &'a BTreeSet<String>,
    pub at: &'a Moment,
    /// Names of the secrets whose values this process has. A value that was given to an earlier process is gone with it.
    pub secrets: &'a BTreeSet<String>,
    pub cwd: &'a str,
    /// What is still there of attempts whose end nobody saw.
    pub survivors: &'a [Survivor],
    /// Where commands act now, if that was looked at.
    pub target: Option<&'a str>,
    /// What the author requires and is not there.
    pub missing: &'a [String],
    /// What would run by itself and nobody has trusted or refused yet.
    pub undecided: &'a [String],
    pub before_run: BeforeRun,
    pub shell: &'a str,
    /// Limit for commands whose author states none.
    pub timeout_ms: Option<u64>,
    /// Which commands ask before they run.
    pub caution: Caution,
    /// How many phases at the beginning of the runbook are known to have nothing open. 0 is always right; more spares
    /// looking at all of them again before each command.
    pub behind: usize,
}

/// Whether the hooks before the first command have run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BeforeRun {
    #[default]
    Done,
    Due,
}

/// Which commands ask before they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Caution {
    /// Those that change or destroy something.
    #[default]
    Risk,
    Always,
}

/// What is to happen, in order.
#[expect(clippy::large_enum_variant, reason = "a wish leads to a handful of them, moved once")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    Record(Event),
    Start(Box<Start>),
    Stop {
        attempt: AttemptId,
        signal: StopSignal,
    },
    /// Wait for the end of processes that were started by somebody else.
    Watch(AttemptId),
}

/// A command that may now be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    pub intended: Intended,
    /// Program that reads the text instead of the shell.
    pub interpreter: Option<String>,
    /// Environment of the whole run, without secrets.
    pub env: BTreeMap<String, String>,
    /// Environment of this block alone.
    pub overrides: BTreeMap<String, String>,
    /// Regular expressions the output must and must not match.
    pub matches: Option<String>,
    pub not_matches: Option<String>,
    /// HTTP status codes that the output has to end with; empty compares none.
    pub http: Vec<u16>,
    /// Text that the output is compared with.
    pub expected: Option<(Compare, String)>,
    /// Name that takes the output as its value.
    pub save: Option<String>,
    /// Exit codes that count as success; empty means 0.
    pub expect_exit: Vec<i32>,
    pub repeat: Option<Repeat>,
    /// Regular expression; an endless command that prints it has done what it was run for.
    pub stop_at: Option<String>,
    pub secrets: BTreeSet<String>,
    /// All that it prints is secret.
    pub secret: bool,
}

/// How a block is tried again within one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repeat {
    /// Until it ends as expected, and prints the pattern if there is one.
    Until { pattern: Option<String>, every_ms: u64, limit_ms: u64 },
    /// For so long, as long as it ends as expected.
    Watch { every_ms: u64, for_ms: u64 },
}

/// Why not now, and what would unlock it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the run is closed; start a new one with --new")]
    Closed,
    #[error("this runbook has no such step")]
    NoSuchStep,
    #[error("the step has no such command")]
    NoSuchCommand,
    #[error("not offered: {0}")]
    NotOffered(String),
    #[error("this block holds alternatives: choose one line")]
    ChooseLine,
    #[error("{0} is still running: stop it first")]
    Busy(AttemptId),
    #[error("nothing is running")]
    NothingRuns,
    #[error("{0} has an unknown end: say first what came of it")]
    AnswerFirst(AttemptId),
    #[error("fill in first: {}", .0.join(", "))]
    Unfilled(Vec<String>),
    #[error("locked by the gate of {title}: {what}")]
    Locked { title: String, what: String },
    #[error("needs first: {}", .0.join(", "))]
    NeedsFirst(Vec<String>),
    #[error("it needs a confirmation")]
    NeedsYes,
    #[error(
        "it holds characters that hide or look like others ({what}): read it as escapes, then type {number} to run it"
    )]
    Disguised { number: String, what: String },
    #[error("it destroys something: type {0} to run it")]
    NeedsStepId(String),
    #[error("{0}")]
    NeedsReason(String),
    #[error("something would run by itself that nobody has trusted or refused yet: {}", .0.join("; "))]
    Untrusted(Vec<String>),
    #[error("first the before_run hook has to end: {0}")]
    HookRuns(String),
    #[error("the step has no time of its own")]
    NotTimed,
    #[error("the time of {0} is over; sign it off")]
    SoakOver(String),
    #[error("a command of this step is running")]
    StepRuns,
    #[error("nothing to take back")]
    NothingToReverse,
    #[error("{0} is not of unknown end")]
    NotUnknown(AttemptId),
    #[error("nothing of {0} is there any more: say what came of it")]
    NobodyThere(AttemptId),
    #[error("nothing here needs a sign-off")]
    NoGate,
    #[error("cannot release it: {0}")]
    NotAdmitted(String),
    #[error("the run walks another version by now; look at the changes again")]
    OtherVersion,
    #[error("the statement cannot be recorded: {0}")]
    BadStatement(String),
    #[error("the gate of {0} was passed without its sign-offs: somebody else has to review it first (gonogo sign)")]
    ReviewDue(String),
    #[error("{0} is deferred: settle it, or carry it with a reason (gonogo close --carry {0}=WHY)")]
    Deferred(String),
    #[error("the walk is on a detour already; come back first")]
    OnDetour,
    #[error("the walk is on no detour")]
    NoDetour,
    #[error("an empty note says nothing")]
    EmptyNote,
    #[error("{0} must not be empty")]
    EmptyValue(String),
    #[error("{name} does not fit: {what}")]
    UnfitValue { name: String, what: String },
    #[error("it is read so already, or there is nothing at line {0}")]
    NothingToCorrect(u32),
    #[error("{0} belongs to its child steps")]
    IsGroup(String),
}

/// Decides what a wish leads to.
///
/// # Errors
/// A refusal, which is not a fault: nothing is recorded and nothing changes.
pub fn decide(book: &Runbook, run: &Run, wish: Intent, now: &Circumstances<'_>) -> Result<Vec<Effect>, Refusal> {
    if run.closed.is_some() {
        return Err(Refusal::Closed);
    }
    match wish {
        Intent::Execute(execute) => execute::decide_execute(book, run, &execute, now),
        Intent::Stop { signal, why } => {
            let attempt = run.running().ok_or(Refusal::NothingRuns)?.id();
            Ok(vec![Effect::Record(Event::StopSent { attempt, signal, why }), Effect::Stop { attempt, signal }])
        }
        Intent::Mark { step, verdict, reason } => decide_mark(book, run, (step, verdict), reason, now),
        Intent::Reverse { step } => {
            let seq = run.mark(&step).ok_or(Refusal::NothingToReverse)?.seq;
            Ok(record(Event::MarkReversed { step, seq }))
        }
        Intent::Note { text, .. } if text.trim().is_empty() => Err(Refusal::EmptyNote),
        Intent::Note { step, text } => Ok(record(Event::NoteAdded { step, text })),
        Intent::Detour { from, to, cause } => detour::begin(book, run, from, (&to, cause)),
        Intent::EndDetour => detour::end(book, run),
        Intent::Give { name, value } => decide_give(book, name, value),
        Intent::Adopt(adopted) => decide_adopt(run, adopted),
        Intent::Stay { runbook } if run.declined.contains(&runbook) => Ok(Vec::new()),
        Intent::Stay { runbook } => Ok(record(Event::RunbookDeclined { runbook })),
        Intent::SignOff { scope, meaning, reason } => sign::decide_sign_off(book, run, scope, meaning, reason, now),
        Intent::State { statement, signature } => sign::decide_state(book, run, &statement, signature, now),
        Intent::Trust(decided) => Ok(record(Event::TrustDecided(decided))),
        Intent::Soak { step } => soak::begin(book, run, step, now),
        Intent::PauseSoak { step } => soak::pause(run, step),
        Intent::Override { scope, reason } => sign::decide_override(book, run, (scope, reason), now.name),
        Intent::Call { role, .. } if role.trim().is_empty() => Err(Refusal::EmptyValue("the role".to_owned())),
        Intent::Call { role, call, reason } => {
            if call == Call::NoGo && is_blank(reason.as_deref()) {
                return Err(Refusal::NeedsReason("a no-go needs a reason".to_owned()));
            }
            Ok(record(Event::Called { role, call, reason }))
        }
        Intent::Resolve { attempt, resolution, reason } => lost::resolve(run, attempt, resolution, reason, now),
        Intent::Rejoin { attempt, purpose, reason } => lost::rejoin(run, attempt, purpose, reason, now),
        Intent::Close { reason } => {
            // The one reason that was given is the reason for everything that is left.
            let carried = |step: &Step| Carried { step: step.id.clone(), reason: reason.clone().unwrap_or_default() };
            let carried = sign::deferred(book, run).into_iter().map(carried).collect();
            sign::decide_close(book, run, reason, carried, None)
        }
        Intent::Correct { correction, reason } => decide_correct(book, run, correction, &reason),
    }
}

/// A correction is a deviation: it says what is read otherwise, and why.
fn decide_correct(book: &Runbook, run: &Run, correction: Correction, reason: &str) -> Result<Vec<Effect>, Refusal> {
    if let Some(running) = run.running() {
        return Err(Refusal::Busy(running.id()));
    }
    let words = book.correction_words(&correction).ok_or(Refusal::NothingToCorrect(correction.line()))?;
    if reason.trim().is_empty() {
        return Err(Refusal::NeedsReason(format!("say why: {words}")));
    }
    let line = correction.line();
    let step =
        book.steps().find(|step| step.commands().any(|command| command.line == line)).map(|step| step.id.clone());
    let step = match correction {
        Correction::Offer { .. } | Correction::Withhold { .. } => step,
        Correction::Walk { .. } | Correction::Leave { .. } => None,
    };
    let reason = format!("{} ({words})", reason.trim());
    let deviation = DeviationKind::Overridden;
    Ok(record(Event::Deviated { deviation, step, reason, correction: Some(correction) }))
}

fn record(event: Event) -> Vec<Effect> {
    vec![Effect::Record(event)]
}

fn decide_give(book: &Runbook, name: String, value: Value) -> Result<Vec<Effect>, Refusal> {
    let Value::Plain(text) = value else {
        return Ok(record(Event::ValueGiven { name, secret: true, value: None, from: None }));
    };
    if text.is_empty() {
        return Err(Refusal::EmptyValue(name));
    }
    if let Some(what) = unfit(book, &name, &text) {
        return Err(Refusal::UnfitValue { name, what });
    }
    Ok(record(Event::ValueGiven { name, secret: false, value: Some(text), from: None }))
}

/// What the author has against a value, in a clause.
#[must_use]
pub fn unfit(book: &Runbook, name: &str, value: &str) -> Option<String> {
    let variable = book.front.vars.get(name)?;
    if !variable.choices.is_empty() && !variable.choices.iter().any(|choice| choice == value) {
        return Some(format!("it has to be one of {}", variable.choices.join(", ")));
    }
    let pattern = variable.pattern.as_ref()?;
    // A pattern that cannot be read is the author's mistake; it keeps nobody from working.
    let whole = Regex::new(&format!("^(?:{pattern})$")).ok()?;
    (!whole.is_match(value)).then(|| format!("it has to match {pattern}"))
}

/// What runs, and what has an unknown end, was started from the version before: that is settled first.
fn decide_adopt(run: &Run, adopted: Adopted) -> Result<Vec<Effect>, Refusal> {
    if let Some(running) = run.running() {
        return Err(Refusal::Busy(running.id()));
    }
    if let Some(unknown) = run.unknown().next() {
        return Err(Refusal::AnswerFirst(unknown.id()));
    }
    if adopted.from != run.runbook() {
        return Err(Refusal::OtherVersion);
    }
    Ok(record(Event::RunbookAdopted(adopted)))
}

fn is_blank(text: Option<&str>) -> bool {
    text.is_none_or(|text| text.trim().is_empty())
}

fn refuse_locked(book: &Runbook, run: &Run, step: &StepId) -> Result<(), Refusal> {
    let walked = || book.phase_of(step).is_some_and(Phase::is_walked);
    match gate::lock(book, run, step) {
        Some((hold, state)) if walked() => {
            let role = hold.gate.role.as_deref().unwrap_or("somebody");
            let what = match state {
                GateState::Rejected => "it was rejected".to_owned(),
                GateState::Held { signed, needed } => format!("{signed} of {needed} signed; {role} has to release it"),
                GateState::Released => return Ok(()),
            };
            Err(Refusal::Locked { title: hold.title.to_owned(), what })
        }
        Some(_) | None => Ok(()),
    }
}

fn decide_mark(
    book: &Runbook,
    run: &Run,
    (id, verdict): (StepId, Verdict),
    reason: Option<String>,
    now: &Circumstances<'_>,
) -> Result<Vec<Effect>, Refusal> {
    let step = book.step(&id).ok_or(Refusal::NoSuchStep)?;
    if !step.is_leaf() {
        return Err(Refusal::IsGroup(step.number.clone()));
    }
    let state = step_state(run, step);
    match state {
        StepState::Running => return Err(Refusal::StepRuns),
        StepState::Unknown => {
            let unknown = run.unknown().find(|attempt| attempt.intended.target.step == id);
            return Err(unknown.map_or(Refusal::StepRuns, |attempt| Refusal::AnswerFirst(attempt.id())));
        }
        StepState::Open
        | StepState::Ran
        | StepState::Waiting
        | StepState::Failed
        | StepState::Passed
        | StepState::Stale
        | StepState::Marked(_)
        | StepState::OtherBranch => {}
    }
    let done = match verdict {
        Verdict::Passed | Verdict::PassedWithRemarks | Verdict::Failed => true,
        Verdict::Waived | Verdict::NotApplicable | Verdict::Deferred => false,
    };
    let mut effects = Vec::new();
    if done {
        refuse_locked(book, run, &id)?;
        if let Some(deviation) = out_of_order(book, run, step, 0, reason.as_deref())? {
            effects.push(Effect::Record(deviation));
        }
    }
    if verdict.needs_reason() && is_blank(reason.as_deref()) {
        return Err(Refusal::NeedsReason(format!("“{}” needs a reason", verdict.word())));
    }
    if matches!(verdict, Verdict::Passed | Verdict::PassedWithRemarks)
        && let Some((deviation, against)) = speaks_against(run, step)
    {
        if is_blank(reason.as_deref()) {
            return Err(Refusal::NeedsReason(format!("{against}; say why it passes all the same")));
        }
        let reason = format!("{} ({against})", reason.as_deref().unwrap_or_default());
        let step = Some(id.clone());
        effects.push(Effect::Record(Event::Deviated { deviation, step, reason, correction: None }));
    }
    if matches!(verdict, Verdict::Passed | Verdict::PassedWithRemarks)
        && let Some(command) = conditions::left_out(run, step)
        && is_blank(reason.as_deref())
    {
        let when = command.options.when.as_deref().unwrap_or_default();
        let what = format!("the block at line {} runs only when “{when}” and has not run", command.line);
        return Err(Refusal::NeedsReason(format!("{what}; say why it does not apply")));
    }
    effects.extend(soak::ended_early(run, step, verdict, reason.as_deref(), now)?.map(Effect::Record));
    let reason = reason.filter(|reason| !reason.trim().is_empty());
    effects.push(Effect::Record(Event::StepMarked { step: id, verdict, reason }));
    Ok(effects)
}

/// What the record of a step's commands says against passing it.
///
/// An earlier verdict does not silence it: what failed and was deferred has still failed when it is passed.
fn speaks_against(run: &Run, step: &Step) -> Option<(DeviationKind, &'static str)> {
    let offered = step.commands().filter(|command| is_offered(command)).count();
    match machine_state(run, step) {
        StepState::Failed => Some((DeviationKind::ForcedPass, "a command of it failed")),
        StepState::Waiting => Some((DeviationKind::ForcedPass, "a command of it never got a terminal")),
        StepState::Open if offered > 0 && !run.is_rehearsal() => {
            let tried = run.attempts_of(&step.id).next().is_some();
            let what = if tried { "not all of its commands have run" } else { "its command has not run here" };
            Some((DeviationKind::DoneElsewhere, what))
        }
        StepState::Open
        | StepState::Running
        | StepState::Unknown
        | StepState::Ran
        | StepState::Passed
        | StepState::Stale
        | StepState::Marked(_)
        | StepState::OtherBranch => None,
    }
}
