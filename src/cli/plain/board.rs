//! Calls, hold points, the close, and the record: what the run as a whole is asked for.

use super::{Walk, say};
use crate::audit::count;
use crate::cli::args::{Cli, Command};
use crate::cli::exit::Failure;
use crate::cli::export;
use crate::cli::plan::printable;
use crate::cli::statement::asking;
use crate::run::decide::Intent;
use crate::run::event::{Call, Carried, Meaning, Scope};
use crate::run::readiness::roles;
use crate::run::statement::Statement;
use crate::runbook::PhaseId;
use crate::session::Denied;
use clap::Parser as _;
use std::io::Write;

impl<W: Write> Walk<'_, W> {
    /// `c`: polls the next role; `c ROLE go`, `c ROLE nogo REASON`.
    pub(super) fn call(&mut self, rest: &str) -> Result<(), Failure> {
        let mut words = rest.splitn(3, char::is_whitespace);
        let (role, call, reason) = (words.next().unwrap_or(""), words.next(), words.next());
        if role.is_empty() {
            return self.poll();
        }
        match call {
            Some("go") => self.record_call(role, Call::Go, reason.map(str::to_owned)),
            Some("nogo" | "no-go") => self.record_call(role, Call::NoGo, reason.map(str::to_owned)),
            Some(_) | None => Ok(writeln!(self.out, "Say: c ROLE go, or c ROLE nogo REASON. b shows the board.")?),
        }
    }

    /// Asks for the call of the first role that has made none.
    fn poll(&mut self) -> Result<(), Failure> {
        let all = roles(self.session.book(), self.session.run());
        let open = all.iter().find(|role| self.session.run().call(role).is_none()).cloned();
        let Some(role) = open else {
            let words = if all.is_empty() { "The runbook names no roles" } else { "Every role has called" };
            return Ok(writeln!(self.out, "{words}; c ROLE go records a call all the same.")?);
        };
        let question = format!("Call of {}: go, nogo, or nothing to make none", printable(&role));
        match self.ask(&question)?.as_deref().map(str::trim) {
            Some("go" | "g") => self.record_call(&role, Call::Go, None),
            Some("nogo" | "no-go" | "n") => self.record_call(&role, Call::NoGo, None),
            Some(_) | None => self.left(),
        }
    }

    fn record_call(&mut self, role: &str, call: Call, reason: Option<String>) -> Result<(), Failure> {
        let reason = match (call, reason) {
            (Call::NoGo, None) => match self.ask_for("A no-go needs a reason. Reason, or nothing to leave it")? {
                Some(reason) => Some(reason),
                None => return self.left(),
            },
            (Call::Go | Call::NoGo, reason) => reason,
        };
        if self.wish(&Intent::Call { role: role.to_owned(), call, reason })? {
            say::board(self.session, self.out)?;
        }
        Ok(())
    }

    /// `w SCOPE`, `w SCOPE reject REASON`, `w SCOPE break REASON`: releases, rejects or overrides a gate. Alone: the gate of
    /// the step, or of its phase.
    pub(super) fn gate(&mut self, rest: &str) -> Result<(), Failure> {
        let mut words = rest.splitn(3, char::is_whitespace);
        let (scope, what, reason) = (words.next().unwrap_or(""), words.next(), words.next());
        let Some(scope) = self.scope_named(scope) else {
            let words = "Say: w STEP or w PHASE, and reject REASON or break REASON. b shows the gates.";
            return Ok(writeln!(self.out, "{words}")?);
        };
        let reason = reason.map(str::to_owned);
        match what {
            None | Some("release") => {
                let drafted = self.session.draft(scope, Meaning::Released, reason);
                self.state(drafted)
            }
            Some("reject") => {
                let drafted = self.session.draft(scope, Meaning::Rejected, reason);
                self.state(drafted)
            }
            Some("break") => self.break_glass(scope, reason),
            Some(other) => {
                Ok(writeln!(self.out, "{} is no answer to a gate: release, reject or break.", printable(other))?)
            }
        }
    }

    fn break_glass(&mut self, scope: Scope, reason: Option<String>) -> Result<(), Failure> {
        let reason = match reason {
            Some(reason) => Some(reason),
            None => self.ask_for("Why can it not wait? It goes into the record; nothing to leave it")?,
        };
        let Some(reason) = reason else { return self.left() };
        if self.wish(&Intent::Override { scope, reason })? {
            let words = "BREAK-GLASS: the gate is passed without its sign-offs; somebody else has to review it before the close.";
            writeln!(self.out, "{words}")?;
        }
        Ok(())
    }

    fn scope_named(&self, typed: &str) -> Option<Scope> {
        let book = self.session.book();
        let typed = match (typed, &self.here) {
            ("", Some(here)) => here.0.as_str(),
            (typed, _) => typed,
        };
        let step = book.find_step(typed).map(|step| Scope::Step(step.id.clone()));
        let phase = || book.phase(&PhaseId(typed.to_owned()));
        let numbered = || book.phases.iter().find(|phase| typed.parse() == Ok(phase.number));
        step.or_else(|| phase().or_else(numbered).map(|phase| Scope::Phase(phase.id.clone())))
    }

    /// Shows a statement whole, signs it if there is a key, and records it.
    pub(super) fn state(&mut self, drafted: Result<Statement, Denied>) -> Result<(), Failure> {
        let statement = match drafted {
            Ok(statement) => statement,
            Err(denied) => return self.denied(&denied).map(|_| ()),
        };
        for line in statement.text().lines() {
            writeln!(self.out, "  {}", printable(line))?;
        }
        self.out.flush()?;
        let key = self.session.identity()?.key.as_ref().map(|key| key.fingerprint.clone());
        let mut signature = None;
        if let Some(key) = key {
            let answer = self.ask(&format!("Sign this with the key {key}? y or n"))?;
            if !super::is_yes(answer.as_deref()) {
                return Ok(writeln!(self.out, "Nothing was recorded.")?);
            }
            let asking = asking(self.session.identity()?.key.as_ref());
            match self.session.sign(&statement, asking) {
                Ok(signed) => signature = signed,
                Err(error) => {
                    writeln!(self.out, "Not signed, so nothing was recorded: {}.", printable(&error.to_string()))?;
                    return Ok(());
                }
            }
        }
        let how = if signature.is_some() { "Signed" } else { "Recorded, unsigned" };
        match self.session.state(statement, signature) {
            Ok(()) => {
                writeln!(self.out, "{how}.")?;
                if let Some(closed) = &self.session.run().closed {
                    let run = self.session.run().id.short();
                    writeln!(self.out, "Run {run} is closed: {}. X writes its record.", closed.verdict)?;
                }
            }
            Err(Denied::Refused(refusal)) => self.refused(&refusal)?,
            Err(Denied::Faulted(fault)) => return Err(fault.into()),
        }
        Ok(())
    }

    pub(super) fn close(&mut self) -> Result<(), Failure> {
        let (left, deferred) = (self.session.readiness().blockers.len(), self.session.deferred().count());
        let question = match (left, deferred) {
            (0, 0) => None,
            (0, deferred) => {
                let what = count(deferred, "step is deferred", "steps are deferred");
                Some(format!("{what}. Reason to carry it on, or nothing to leave the run open"))
            }
            (left, _) => {
                let what = count(left, "blocker is left", "blockers are left");
                Some(format!("{what}. Reason to close all the same, or nothing to leave it open"))
            }
        };
        let mut reason = None;
        if let Some(question) = question {
            say::blockers(self.session.readiness(), self.out)?;
            reason = self.ask_for(&question)?;
            if reason.is_none() {
                return Ok(writeln!(self.out, "The run stays open.")?);
            }
        }
        let carried = self.session.deferred().map(|step| Carried { step, reason: reason.clone().unwrap_or_default() });
        let drafted = self.session.draft_close(reason.clone(), carried.collect());
        self.state(drafted)
    }

    /// `X`, `X --format html -o record.html`: the record so far, with the options of `gonogo export`.
    pub(super) fn export(&mut self, options: &str) -> Result<(), Failure> {
        if self.session.run().head.seq == 0 {
            return Ok(writeln!(self.out, "Nothing was recorded yet.")?);
        }
        let run = self.session.run().id.0.clone();
        let words = ["gonogo", "export", &run].into_iter().chain(options.split_whitespace());
        let command = match Cli::try_parse_from(words) {
            Ok(cli) => cli.command,
            Err(error) => return Ok(writeln!(self.out, "{}", printable_lines(&error.to_string()))?),
        };
        let Some(Command::Export(args)) = command else {
            return Ok(writeln!(self.out, "Say the options of gonogo export, such as X -o record.md.")?);
        };
        if let Err(failure) = export::export(&args, (self.around.common, self.around.env), self.out) {
            writeln!(self.out, "Not exported: {}", printable(&failure.sentence))?;
        }
        Ok(())
    }
}

fn printable_lines(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}
