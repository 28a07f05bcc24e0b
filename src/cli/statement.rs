//! Statements from another terminal: `gonogo sign` and `gonogo close`.

use super::args::{Common, RunArgs};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::plan::printable;
use super::{runs, setup};
use crate::journal::Journal;
use crate::run::decide::Intent;
use crate::run::event::{Meaning, Scope};
use crate::runbook::PhaseId;
use crate::session::Session;
use std::io::Write;

pub(super) fn open(typed: Option<&str>, common: &Common, env: &Environment) -> Result<Session, Failure> {
    let with = RunArgs { timeout: "0".to_owned(), ..RunArgs::default() };
    let setup = setup::setup(common, &with, "statement", env)?;
    let run = runs::meant(&runs::look(&setup.journal)?, typed)?;
    let journal = Journal::create_or_open(&setup.journal)?;
    Ok(Session::attend(journal, &run, setup)?)
}

/// `gonogo sign RUN STEP|PHASE`: releases or rejects a gate.
///
/// # Errors
/// When there is no such gate, the signer may not release it, or it cannot be recorded.
pub fn sign(
    (run, scope): (&str, &str),
    meaning: Meaning,
    reason: Option<String>,
    (common, env): (&Common, &Environment),
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let mut session = open(Some(run), common, env)?;
    let step = session.book().find_step(scope).map(|step| Scope::Step(step.id.clone()));
    let phase = PhaseId(scope.to_owned());
    let found = step.or_else(|| session.book().phase(&phase).map(|phase| Scope::Phase(phase.id.clone())));
    let found = found.ok_or_else(|| {
        Failure::usage(format!("this runbook has no step or phase {scope}; `gonogo plan` shows numbers and ids"))
    })?;
    session.intend(&Intent::SignOff { scope: found, meaning, reason })?;
    let (word, name) = (meaning.word(), &session.actor().name);
    let scope = printable(scope);
    writeln!(out, "{scope}: recorded as {word} by {}", printable(name))?;
    session.leave()?;
    Ok(Exit::Success)
}

/// `gonogo close [RUN]`.
///
/// # Errors
/// When something is left open and no reason is given, a command runs, or it cannot be recorded.
pub fn close(
    run: Option<&str>,
    reason: Option<String>,
    (common, env): (&Common, &Environment),
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let mut session = open(run, common, env)?;
    session.intend(&Intent::Close { reason })?;
    let (id, word) = (session.run().id.short(), session.readiness().answer.word());
    writeln!(out, "run {id} is closed: {word}")?;
    let exit = session.readiness().answer.into();
    session.leave()?;
    Ok(exit)
}
