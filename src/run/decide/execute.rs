//! Whether a block may run now, with what text, and how much friction that takes.

use super::conditions::tied;
use super::fill::{fill, is_shell};
use super::{
    BeforeRun, Caution, Circumstances, Consent, Effect, Execute, Refusal, Repeat, Start, out_of_order, refuse_locked,
};
use crate::run::event::{Channel, DeviationKind, Ending, Event, Intended, Target};
use crate::run::state::is_offered;
use crate::run::suspicious::suspicious;
use crate::run::{Progress, Run, Value};
use crate::runbook::{Command, Layout, Risk, Runbook, ShellSession, Step, Use, code};
use std::collections::BTreeMap;

pub(super) fn decide_execute(
    book: &Runbook,
    run: &Run,
    wish: &Execute,
    now: &Circumstances<'_>,
) -> Result<Vec<Effect>, Refusal> {
    let step = book.step(&wish.target.step).ok_or(Refusal::NoSuchStep)?;
    let command = step.command(wish.target.command as usize).ok_or(Refusal::NoSuchCommand)?;
    if let Some(running) = run.running() {
        return Err(Refusal::Busy(running.id()));
    }
    if let Some(unknown) = run.unknown().find(|attempt| attempt.intended.target.step == step.id) {
        return Err(Refusal::AnswerFirst(unknown.id()));
    }
    refuse_locked(book, run, &step.id)?;
    if !is_offered(command) {
        return Err(Refusal::NotOffered(command.why.to_string()));
    }
    if !run.is_rehearsal() && !now.undecided.is_empty() {
        return Err(Refusal::Untrusted(now.undecided.to_vec()));
    }
    let written = written_text(command, wish.target.part)?;
    let text = wish.edited.clone().unwrap_or_else(|| written.to_owned());
    let ties = tied(book, run, command, wish)?;
    let filled = fill(book, run, command, &text, now)?;
    let mut effects: Vec<Effect> = ties.into_iter().map(Effect::Record).collect();
    if let Some(deviation) = out_of_order(book, run, step, now.behind, wish.reason.as_deref())? {
        effects.push(Effect::Record(deviation));
    }
    effects.extend(unready(run, wish, now)?.into_iter().map(Effect::Record));
    // Editors end a text with a line break or not; to a shell it is the same.
    if text.trim_end() != written.trim_end() {
        let reason = wish.reason.clone().filter(|reason| !reason.trim().is_empty());
        let reason = reason.ok_or_else(|| Refusal::NeedsReason("an edited command needs a reason".to_owned()))?;
        let reason = format!("{reason} (was: {})", written.trim_end());
        let (deviation, step) = (DeviationKind::EditedCommand, Some(step.id.clone()));
        effects.push(Effect::Record(Event::Deviated { deviation, step, reason, correction: None }));
    }
    let risk = risk(command, &text, &filled);
    refuse_disguised(step, &text, &wish.consent)?;
    // A person's verdict is not taken back by a slip of the finger.
    let caution = if must_ask(command) || run.mark(&step.id).is_some() { Caution::Always } else { now.caution };
    refuse_unconfirmed(book, step, (risk, caution), &wish.consent)?;
    if run.is_rehearsal() {
        effects.push(Effect::Record(Event::AttemptRehearsed { target: wish.target.clone() }));
        return Ok(effects);
    }
    match now.before_run {
        BeforeRun::Done => {}
        BeforeRun::Due => return Err(Refusal::HookRuns(String::new())),
    }
    let start = start(book, run, wish, command, filled, risk, now);
    effects.push(Effect::Record(Event::AttemptIntended(start.intended.clone())));
    effects.push(Effect::Start(Box::new(start)));
    Ok(effects)
}

/// What has to be said about the place before a command runs there: that something is missing, or that it is another place
/// than the run began at. Both take a reason; the place itself is recorded once.
fn unready(run: &Run, wish: &Execute, now: &Circumstances<'_>) -> Result<Vec<Event>, Refusal> {
    let mut events = Vec::new();
    if run.is_rehearsal() {
        return Ok(events);
    }
    let reason = wish.reason.as_deref().filter(|reason| !reason.trim().is_empty());
    let step = Some(wish.target.step.clone());
    if run.attempts.is_empty() && !now.missing.is_empty() {
        let missing = now.missing.join("; ");
        let Some(reason) = reason else {
            return Err(Refusal::NeedsReason(format!("{missing}; say why it runs all the same")));
        };
        let (deviation, reason) = (DeviationKind::MissingRequirement, format!("{reason} ({missing})"));
        events.push(Event::Deviated { deviation, step: step.clone(), reason, correction: None });
    }
    let Some(target) = now.target.filter(|target| run.target.as_deref() != Some(*target)) else {
        return Ok(events);
    };
    if let Some(pinned) = &run.target {
        let change = format!("the target was {pinned} and is {target} now");
        let Some(reason) = reason else {
            return Err(Refusal::NeedsReason(format!("{change}; say why it goes on there")));
        };
        let (deviation, reason) = (DeviationKind::TargetChanged, format!("{reason} ({change})"));
        events.push(Event::Deviated { deviation, step, reason, correction: None });
    }
    events.push(Event::TargetPinned { target: target.to_owned() });
    Ok(events)
}

/// The author's text of a block, or of one of its lines.
fn written_text(command: &Command, part: Option<u32>) -> Result<&str, Refusal> {
    match part {
        Some(part) => command.parts.get(part as usize).map(|part| part.text.as_str()).ok_or(Refusal::NoSuchCommand),
        None if matches!(command.usage, Use::Choose | Use::Mixed) => Err(Refusal::ChooseLine),
        None => Ok(&command.text),
    }
}

/// What the text as it will be executed may change: a value that was filled in or a line that was edited may be more than
/// the author wrote. The author's own whole text keeps the verdict it has.
fn risk(command: &Command, text: &str, filled: &str) -> Risk {
    if text.trim_end() != command.text.trim_end() {
        return code::risk::classify(filled).0;
    }
    if filled == text { command.risk } else { command.risk.max(code::risk::classify(filled).0) }
}

fn start(
    book: &Runbook,
    run: &Run,
    wish: &Execute,
    command: &Command,
    text: String,
    risk: Risk,
    now: &Circumstances<'_>,
) -> Start {
    let (options, front) = (&command.options, &book.front);
    let endless = command.endless && options.timeout_s.is_none();
    let author_limit = options.timeout_s.or(front.timeout_s).map(|seconds| u64::from(seconds) * 1000);
    let poll_limit = options.until.as_ref().map(|_| POLL_LIMIT_MS);
    let secrets = run.values.iter().filter(|(_, value)| **value == Value::Secret).map(|(name, _)| name.clone());
    let named = options.interpreter.as_ref().or(front.shell.as_ref());
    let mut shell = named.cloned().unwrap_or_else(|| now.shell.to_owned());
    if options.file.is_some() && !is_shell(&shell) {
        // A here-document is read by shells of one family only.
        "bash".clone_into(&mut shell);
    }
    let session = session_of(book, command);
    // A fresh session does not stand where the last block has left off.
    let cwd = if session == ShellSession::Fresh { run.opened.cwd.as_str() } else { now.cwd };
    Start {
        intended: Intended {
            attempt: run.next_attempt(),
            target: wish.target.clone(),
            text,
            channel: if options.pty == Some(false) { Channel::Pipe } else { wish.channel },
            shell,
            cwd: options.cwd.clone().unwrap_or_else(|| cwd.to_owned()),
            risk,
            timeout_ms: if endless { None } else { author_limit.or(now.timeout_ms).or(poll_limit) },
            session: session.unusual(),
        },
        interpreter: options.interpreter.clone(),
        env: environment(book, run),
        overrides: options.env.clone(),
        matches: options.matches.clone(),
        not_matches: options.not_matches.clone(),
        http: options.http.clone(),
        expected: options.compare.zip(command.expected.as_ref()).map(|(rule, expected)| (rule, expected.text.clone())),
        save: options.save.clone(),
        expect_exit: options.expect_exit.clone(),
        repeat: repeat(run, wish, command, author_limit.or(now.timeout_ms)),
        stop_at: options.until.as_ref().filter(|until| endless && !is_success(until)).cloned(),
        secrets: secrets.collect(),
        secret: options.secret,
    }
}

/// What a block takes over: as it says itself, else as the document says. Another program than the run's shell shares
/// nothing with it.
#[must_use]
pub fn session_of(book: &Runbook, command: &Command) -> ShellSession {
    let options = &command.options;
    match options.session.or(book.front.session).unwrap_or_default() {
        ShellSession::Shared if options.interpreter.is_some() => ShellSession::Carry,
        session @ (ShellSession::Fresh | ShellSession::Carry | ShellSession::Shared) => session,
    }
}

/// How long a poll goes on when nobody says otherwise, and the pause between two tries, in milliseconds.
const POLL_LIMIT_MS: u64 = 600_000;
const EVERY_MS: u64 = 5000;
/// Shortest pause between two tries, in milliseconds: each is recorded.
const SHORTEST_MS: u64 = 200;

/// `until=success` waits for the exit code alone; any other word is a pattern for the output.
fn is_success(until: &str) -> bool {
    matches!(until, "success" | "true" | "ok")
}

fn repeat(run: &Run, wish: &Execute, command: &Command, limit_ms: Option<u64>) -> Option<Repeat> {
    let options = &command.options;
    let every_ms = options.every_s.map_or(EVERY_MS, |seconds| u64::from(seconds) * 1000).max(SHORTEST_MS);
    if let Some(watch_s) = options.watch_s {
        let for_ms = (u64::from(watch_s) * 1000).saturating_sub(watched_ms(run, &wish.target));
        return Some(Repeat::Watch { every_ms, for_ms });
    }
    let until = options.until.as_ref().filter(|_| !command.endless)?;
    let pattern = (!is_success(until)).then(|| until.clone());
    Some(Repeat::Until { pattern, every_ms, limit_ms: limit_ms.unwrap_or(POLL_LIMIT_MS) })
}

/// How much of a watch is behind us, in milliseconds: the attempts that were broken off since the last one that ended.
#[must_use]
pub fn watched_ms(run: &Run, target: &Target) -> u64 {
    run.attempts_of(&target.step)
        .rev()
        .filter(|attempt| attempt.intended.target == *target)
        .map_while(|attempt| match &attempt.progress {
            Progress::Ended { ended, .. } if ended.ending == Ending::Stopped => Some(ended.took_ms),
            Progress::Ended { .. } | Progress::Running | Progress::Unknown | Progress::Resolved { .. } => None,
        })
        .sum()
}

/// Variables of the whole run, the later the stronger: the author's, his defaults, what the operator gave.
fn environment(book: &Runbook, run: &Run) -> BTreeMap<String, String> {
    let mut env = book.front.env.clone();
    let defaults = book.front.vars.iter().filter_map(|(name, variable)| Some((name, variable.default.as_ref()?)));
    let given = run.values.iter().filter_map(|(name, value)| match value {
        Value::Plain(value) => Some((name, value)),
        Value::Secret => None,
    });
    env.extend(defaults.chain(given).map(|(name, value)| (name.clone(), value.clone())));
    for (name, value) in &run.values {
        if *value == Value::Secret {
            env.remove(name);
        }
    }
    env
}

/// The environment variable that carries a value to a command.
#[must_use]
pub fn variable_name(name: &str) -> String {
    let mut variable: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if variable.chars().next().is_none_or(|first| first.is_ascii_digit()) {
        variable.insert(0, '_');
    }
    variable
}

/// What the operator has to do before a command of this risk runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Friction {
    None,
    /// y/n, the safe answer focused.
    YesNo,
    /// The step's id or number typed.
    TypeStep,
}

/// How much friction a command meets. In a page scrape every command asks: what was read as a command may be prose.
#[must_use]
pub fn friction(book: &Runbook, risk: Risk) -> Friction {
    match (risk, book.source.layout) {
        (Risk::Destroy, _) => Friction::TypeStep,
        (Risk::Change, _) | (Risk::Read, Layout::Scrape) => Friction::YesNo,
        (Risk::Read, Layout::Markdown) => Friction::None,
    }
}

/// Whether an author wants a person's word before a command, whatever it does: a condition holds when somebody says so.
fn must_ask(command: &Command) -> bool {
    command.options.when.is_some() || command.options.confirm == Some(true)
}

/// A command that may be another than it looks like is asked for twice, whatever it does.
fn refuse_disguised(step: &Step, text: &str, consent: &Consent) -> Result<(), Refusal> {
    let found = suspicious(text);
    if found.is_empty() {
        return Ok(());
    }
    match consent {
        Consent::None => Err(Refusal::NeedsYes),
        Consent::Typed(typed) if typed.trim() == step.number || typed.trim() == step.id.0 => Ok(()),
        Consent::Yes | Consent::Typed(_) => {
            Err(Refusal::Disguised { number: step.number.clone(), what: found.join(", ") })
        }
    }
}

fn refuse_unconfirmed(
    book: &Runbook,
    step: &Step,
    (risk, caution): (Risk, Caution),
    consent: &Consent,
) -> Result<(), Refusal> {
    let friction = match (friction(book, risk), caution) {
        (Friction::None, Caution::Always) => Friction::YesNo,
        (friction, Caution::Risk | Caution::Always) => friction,
    };
    match (friction, consent) {
        (Friction::None, _) | (Friction::YesNo, Consent::Yes | Consent::Typed(_)) => Ok(()),
        (Friction::YesNo, Consent::None) => Err(Refusal::NeedsYes),
        (Friction::TypeStep, Consent::Typed(typed)) if typed.trim() == step.number || typed.trim() == step.id.0 => {
            Ok(())
        }
        (Friction::TypeStep, Consent::None | Consent::Yes | Consent::Typed(_)) => {
            Err(Refusal::NeedsStepId(step.number.clone()))
        }
    }
}
