//! Sign-offs and the close: what a person would state, and whether it may be recorded.

use super::{Circumstances, Effect, Refusal, is_blank, record};
use crate::run::event::{Carried, Event, Meaning, Scope, Sealed, Verdict};
use crate::run::gate::{self, GateState};
use crate::run::look;
use crate::run::readiness::{leaves, readiness};
use crate::run::sshsig::{self, Sshsig};
use crate::run::state::StepState;
use crate::run::statement::{Closing, Statement, check_name};
use crate::run::{Head, Run, SignOff};
use crate::runbook::{Digest, Runbook, Step};
use chrono::{DateTime, SubsecRound as _, Utc};

/// Who is about to state something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer<'a> {
    /// What the key is listed under in a file of allowed signers.
    pub principal: &'a str,
    pub name: &'a str,
    pub role: Option<&'a str>,
}

/// Words a statement for this scope and meaning, on the run as it stands.
///
/// # Errors
/// When nothing can be stated about that scope.
pub fn draft(
    (book, run): (&Runbook, &Run),
    (scope, meaning): (Scope, Meaning),
    signer: &Signer<'_>,
    time: DateTime<Utc>,
    reason: Option<String>,
) -> Result<Statement, Refusal> {
    let title = title(book, &scope).ok_or(Refusal::NoSuchStep)?;
    let Head { seq, hash } = run.head;
    let statement = Statement {
        run: run.id.clone(),
        runbook: book.source.sha256,
        scope,
        title,
        head: (seq, hash),
        previous: previous(run, seq),
        meaning,
        closing: None,
        signer: signer.principal.to_owned(),
        name: signer.name.to_owned(),
        role: signer.role.map(str::to_owned),
        time: time.trunc_subsecs(0),
        reason: reason.filter(|reason| !reason.trim().is_empty()),
    };
    check_names(&statement).map_err(Refusal::BadStatement)?;
    check_unlike(run, &statement.name)?;
    // What could not be read back would be recorded and never count: better said before a key touches it.
    match Statement::read(&statement.text()) {
        Ok(read) if read == statement => Ok(statement),
        Ok(_) | Err(_) => Err(Refusal::BadStatement("its id, name or role cannot be written in one line".to_owned())),
    }
}

/// Whoever reads a statement has to see who made it.
///
/// # Errors
/// What is wrong with the names in it, in a clause.
pub fn check_names(statement: &Statement) -> Result<(), String> {
    let named = |what: &str, said: &str| check_name(said).map_err(|why| format!("its {what} {why}"));
    named("signer", &statement.signer)?;
    named("name", &statement.name)?;
    statement.role.as_ref().map_or(Ok(()), |role| named("role", role))
}

/// Nobody signs under a name that a reader takes for that of somebody else in the run.
fn check_unlike(run: &Run, name: &str) -> Result<(), Refusal> {
    let worked = run.attempts.iter().map(|attempt| &attempt.by).chain(run.marks.iter().map(|mark| &mark.by));
    let stated = run.sign_offs.iter().map(|sign| &sign.by).chain(run.overrides.iter().map(|glass| &glass.by));
    match look::pretends(name, worked.chain(stated).map(|by| by.name.as_str())) {
        Some((name, other)) => Err(Refusal::NotAdmitted(format!(
            "{name} looks like {other}, who is in this run: two persons need two names that differ to the eye"
        ))),
        None => Ok(()),
    }
}

/// Words the statement that closes the run.
///
/// # Errors
/// When the run cannot be closed now.
pub fn draft_close(
    (book, run): (&Runbook, &Run),
    signer: &Signer<'_>,
    time: DateTime<Utc>,
    reason: Option<String>,
    carried: Vec<Carried>,
) -> Result<Statement, Refusal> {
    decide_close(book, run, reason.clone(), carried.clone(), None)?;
    let readiness = readiness(book, run);
    let carried = carried.into_iter().map(|carried| (carried.step, carried.reason)).collect();
    let closing = Closing { verdict: readiness.answer.word().to_owned(), percent: readiness.percent, carried };
    let statement = draft((book, run), (Scope::Run, Meaning::Closed), signer, time, reason)?;
    Ok(Statement { closing: Some(closing), ..statement })
}

/// The deferred steps: each has to be settled before the close, or carried with a reason.
#[must_use]
pub fn deferred<'a>(book: &'a Runbook, run: &Run) -> Vec<&'a Step> {
    let leaves = leaves(book, run).into_iter();
    leaves.filter(|leaf| leaf.state == StepState::Marked(Verdict::Deferred)).map(|leaf| leaf.step).collect()
}

/// Number and title of a step, title of a phase, nothing for the run; `None` when the runbook has no such thing.
fn title(book: &Runbook, scope: &Scope) -> Option<String> {
    match scope {
        Scope::Step(id) => book.step(id).map(|step| format!("{} {}", step.number, step.title)),
        Scope::Phase(id) => book.phase(id).map(|phase| format!("{} {}", phase.number, phase.title)),
        Scope::Run => Some(String::new()),
    }
}

/// The last statement up to an entry: its number and the SHA-256 of its text.
#[must_use]
pub fn previous(run: &Run, upto: u64) -> Option<(u64, Digest)> {
    let before = run.sign_offs.iter().rev().find(|sign| sign.seq <= upto && sign.sealed.is_some())?;
    let sealed = before.sealed.as_ref()?;
    Some((before.seq, Digest::of(sealed.statement.as_bytes())))
}

/// What a statement has to say about the run it is recorded in, which walks the version `walked` of its runbook; the hash of
/// its head is compared by whoever has the chain.
///
/// # Errors
/// The first thing that does not fit, in a clause.
pub fn fits(run: &Run, statement: &Statement, walked: Digest) -> Result<(), String> {
    if statement.run != run.id {
        return Err(format!("it is about run {}", statement.run));
    }
    if statement.runbook != walked {
        return Err("it is about another version of the runbook".to_owned());
    }
    if statement.head.0 > run.head.seq || (statement.head.0 == run.head.seq && statement.head.1 != run.head.hash) {
        return Err("its head is not in this run's chain".to_owned());
    }
    if statement.previous != previous(run, statement.head.0) {
        return Err("the statement it follows is not the one before it".to_owned());
    }
    if statement.closing.is_some() != (statement.meaning == Meaning::Closed) {
        return Err("only a close is closed".to_owned());
    }
    Ok(())
}

/// The key of a signature that has the right form and namespace.
///
/// # Errors
/// What is wrong with it, in a clause.
pub fn key(signature: &str) -> Result<String, String> {
    let read = Sshsig::read(signature).map_err(|error| format!("its signature: {error}"))?;
    if read.namespace != sshsig::STATEMENT {
        return Err(format!("its signature is for “{}”, not for “{}”", read.namespace, sshsig::STATEMENT));
    }
    Ok(read.fingerprint())
}

pub(super) fn decide_state(
    book: &Runbook,
    run: &Run,
    statement: &Statement,
    signature: Option<String>,
    now: &Circumstances<'_>,
) -> Result<Vec<Effect>, Refusal> {
    fits(run, statement, book.source.sha256).map_err(Refusal::BadStatement)?;
    check_names(statement).map_err(Refusal::BadStatement)?;
    check_unlike(run, &statement.name)?;
    if title(book, &statement.scope).as_ref() != Some(&statement.title) {
        return Err(Refusal::BadStatement("its scope is not in this runbook".to_owned()));
    }
    let key = signature.as_deref().map(key).transpose().map_err(Refusal::BadStatement)?;
    if key.is_none() && (statement.name != now.name || statement.role.as_deref() != now.role) {
        return Err(Refusal::BadStatement("what somebody else says has to be signed with their key".to_owned()));
    }
    let sealed = Some(Sealed { statement: statement.text(), signature });
    let (reason, meaning) = (statement.reason.clone(), statement.meaning);
    if let Some(closing) = &statement.closing {
        if statement.head.0 != run.head.seq {
            return Err(Refusal::BadStatement("something was recorded since; look again, then close".to_owned()));
        }
        let carried = closing.carried.iter().cloned().map(|(step, reason)| Carried { step, reason }).collect();
        let effects = decide_close(book, run, reason, carried, sealed)?;
        let says = |effect: &Effect| {
            matches!(effect, Effect::Record(Event::RunClosed { verdict, percent, .. })
                if *verdict == closing.verdict && *percent == closing.percent)
        };
        let other = || Refusal::BadStatement("its verdict is not that of the run".to_owned());
        return effects.iter().all(says).then_some(effects).ok_or_else(other);
    }
    if key.is_some() {
        check_not_old(run, statement)?;
    }
    let who = (statement.name.as_str(), statement.role.as_deref(), key.as_deref());
    may_state(book, run, &statement.scope, meaning, who, reason.as_deref())?;
    Ok(record(Event::SignedOff { scope: statement.scope.clone(), meaning, reason, sealed }))
}

/// An answer counts once, and not after its signer has said something else.
fn check_not_old(run: &Run, statement: &Statement) -> Result<(), Refusal> {
    if let Some(seq) = run.holds_statement(&statement.text()) {
        return Err(Refusal::BadStatement(format!("it is recorded already, as entry {seq}")));
    }
    let later = |sign: &&SignOff| {
        sign.scope == statement.scope
            && sign.about.is_some()
            && sign.stated > statement.time
            && gate::person(&sign.by.name) == gate::person(&statement.name)
    };
    match run.sign_offs.iter().find(later) {
        Some(sign) => Err(Refusal::BadStatement(format!("its signer has stated something later, entry {}", sign.seq))),
        None => Ok(()),
    }
}

pub(super) fn decide_sign_off(
    book: &Runbook,
    run: &Run,
    scope: Scope,
    meaning: Meaning,
    reason: Option<String>,
    now: &Circumstances<'_>,
) -> Result<Vec<Effect>, Refusal> {
    may_state(book, run, &scope, meaning, (now.name, now.role, None), reason.as_deref())?;
    Ok(record(Event::SignedOff { scope, meaning, reason, sealed: None }))
}

/// Whether a person may state this about that scope.
///
/// # Errors
/// A refusal.
pub fn may_state(
    book: &Runbook,
    run: &Run,
    scope: &Scope,
    meaning: Meaning,
    (name, role, key): (&str, Option<&str>, Option<&str>),
    reason: Option<&str>,
) -> Result<(), Refusal> {
    if run.closed.is_some() {
        return Err(Refusal::Closed);
    }
    check_unlike(run, name)?;
    match meaning {
        Meaning::Released | Meaning::Approved | Meaning::Rejected => {
            let hold = gate::hold(book, scope).ok_or(Refusal::NoGate)?;
            hold.admits(run, name, role, key).map_err(Refusal::NotAdmitted)?;
        }
        Meaning::Verified => {
            if let Some(hold) = gate::hold(book, scope) {
                hold.admits(run, name, role, key).map_err(Refusal::NotAdmitted)?;
            }
        }
        Meaning::Performed | Meaning::Witnessed => {}
        Meaning::Closed => return Err(Refusal::NoGate),
    }
    if meaning == Meaning::Rejected && is_blank(reason) {
        return Err(Refusal::NeedsReason("a rejection needs a reason".to_owned()));
    }
    Ok(())
}

pub(super) fn decide_override(
    book: &Runbook,
    run: &Run,
    (scope, reason): (Scope, String),
    name: &str,
) -> Result<Vec<Effect>, Refusal> {
    check_unlike(run, name)?;
    let hold = gate::hold(book, &scope).ok_or(Refusal::NoGate)?;
    if hold.state(run) == GateState::Released {
        return Err(Refusal::NotAdmitted("it is released already".to_owned()));
    }
    if reason.trim().is_empty() {
        return Err(Refusal::NeedsReason("passing a gate without its sign-offs needs a reason".to_owned()));
    }
    Ok(record(Event::GateOverridden { scope, reason }))
}

pub(super) fn decide_close(
    book: &Runbook,
    run: &Run,
    reason: Option<String>,
    carried: Vec<Carried>,
    sealed: Option<Sealed>,
) -> Result<Vec<Effect>, Refusal> {
    if run.closed.is_some() {
        return Err(Refusal::Closed);
    }
    if let Some(running) = run.running() {
        return Err(Refusal::Busy(running.id()));
    }
    if let Some(unknown) = run.unknown().next() {
        return Err(Refusal::AnswerFirst(unknown.id()));
    }
    if let Some(hold) = gate::holds(book).iter().find(|hold| hold.review_due(run).is_some()) {
        return Err(Refusal::ReviewDue(hold.title.to_owned()));
    }
    for leaf in leaves(book, run) {
        let reason = carried.iter().find(|carried| carried.step == leaf.step.id).map(|carried| carried.reason.as_str());
        let deferred = leaf.state == StepState::Marked(Verdict::Deferred);
        if deferred && is_blank(reason) {
            return Err(Refusal::Deferred(leaf.step.number.clone()));
        }
        if !deferred && reason.is_some() {
            return Err(Refusal::NeedsReason(format!("{} is not deferred; nothing to carry", leaf.step.number)));
        }
    }
    let readiness = readiness(book, run);
    let complete = readiness.blockers.is_empty();
    if !complete && is_blank(reason.as_deref()) {
        let left = match readiness.blockers.len() {
            1 => "1 blocker is left".to_owned(),
            several => format!("{several} blockers are left"),
        };
        return Err(Refusal::NeedsReason(format!("{left}; say why it closes all the same")));
    }
    let verdict = readiness.answer.word().to_owned();
    Ok(record(Event::RunClosed { verdict, percent: readiness.percent, reason, carried, sealed }))
}
