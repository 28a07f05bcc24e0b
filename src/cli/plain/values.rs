//! Values for placeholders and variables: which there are, and giving them.

use super::Walk;
use crate::cli::exit::Failure;
use crate::cli::plan::printable;
use crate::run::Value;
use crate::run::decide::Intent;
use crate::run::decide::shown::{Environment, origin};
use crate::run::state::is_offered;
use crate::runbook::{Step, Variable};
use std::collections::BTreeMap;
use std::io::Write;

impl<W: Write> Walk<'_, W> {
    /// `v`: all of them, then those that are missing; `v NAME`; `v NAME=VALUE`.
    pub(super) fn values(&mut self, which: &str) -> Result<(), Failure> {
        if let Some((name, value)) = which.split_once('=') {
            return self.give(name.trim(), value.trim().to_owned()).map(|_| ());
        }
        let all = self.names(None);
        if !which.is_empty() {
            if !all.contains_key(which) {
                writeln!(self.out, "This runbook asks for no value called {}; v lists them.", printable(which))?;
                return Ok(());
            }
            return self.ask_value(which).map(|_| ());
        }
        if all.is_empty() {
            writeln!(self.out, "This runbook asks for no values.")?;
        }
        for (name, prompt) in &all {
            let given = match self.session.run().values.get(name) {
                Some(Value::Plain(value)) => printable(value),
                Some(Value::Secret) => "given, not shown".to_owned(),
                None => printable(&origin(self.session.book(), self.session.run(), name, Environment::NotAsked)),
            };
            let from = self.session.run().sources.get(name).map(|variable| format!(", from ${variable}"));
            let given = format!("{given}{}", from.unwrap_or_default());
            let prompt = if prompt == name { String::new() } else { format!(" ({})", printable(prompt)) };
            writeln!(self.out, "{}{prompt}: {given}", printable(name))?;
        }
        let (book, run) = (self.session.book(), self.session.run());
        let has_default = |name: &str| book.front.vars.get(name).is_some_and(|variable| variable.default.is_some());
        let missing: Vec<&String> =
            all.keys().filter(|name| !run.values.contains_key(*name) && !has_default(name)).collect();
        for name in missing {
            if !self.ask_value(name)? {
                break;
            }
        }
        Ok(())
    }

    /// Asks for the values a command lacks; says whether all of them were given.
    pub(super) fn fill(&mut self, step: &Step, missing: &[String]) -> Result<bool, Failure> {
        let holes = step.commands().flat_map(|command| &command.placeholders);
        let named: BTreeMap<&str, &str> = holes.map(|hole| (hole.text.as_str(), hole.name.as_str())).collect();
        for hole in missing {
            let name = named.get(hole.as_str()).copied().unwrap_or(hole).trim_start_matches('$').to_owned();
            if !self.ask_value(&name)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Asks for one value until it fits; says whether one was given.
    fn ask_value(&mut self, name: &str) -> Result<bool, Failure> {
        let variable = self.session.book().front.vars.get(name).cloned().unwrap_or_default();
        let secret = variable.secret || self.session.book().front.secrets.iter().any(|known| known == name);
        let question = question(name, &variable, secret && !self.answers.are_typed_at_terminal());
        loop {
            writeln!(self.out, "{question}")?;
            let value = if secret {
                self.answers.hidden_line(self.session, self.signals, self.out)?
            } else {
                self.answers.line(self.session, self.signals, super::Question::Words, self.out)?
            };
            let Some(value) = value else { return Ok(false) };
            let value = match (value.is_empty(), &variable.default) {
                (true, Some(default)) => default.clone(),
                (true, None) => return Ok(false),
                (false, _) => value,
            };
            if self.give(name, value)? {
                return Ok(true);
            }
        }
    }

    /// Gives a value; says whether it was taken.
    fn give(&mut self, name: &str, value: String) -> Result<bool, Failure> {
        let secret = self.session.book().front.vars.get(name).is_some_and(|variable| variable.secret)
            || self.session.book().front.secrets.iter().any(|known| known == name);
        if !secret {
            return self.wish(&Intent::Give { name: name.to_owned(), value: Value::Plain(value) });
        }
        match self.session.give_secret(name, value) {
            Ok(()) => {
                writeln!(self.out, "{} is set; it is never recorded.", printable(name))?;
                if let Some(why) = self.session.holds_back() {
                    writeln!(self.out, "{}.", printable(&why))?;
                }
                Ok(true)
            }
            Err(denied) => self.denied(&denied),
        }
    }

    /// Names of the walk's placeholders and variables, each with what to enter.
    fn names(&self, only: Option<&Step>) -> BTreeMap<String, String> {
        let (book, mut names) = (self.session.book(), BTreeMap::new());
        let steps = book.walk().map(|(_, step)| step).filter(|step| only.is_none_or(|only| only.id == step.id));
        for command in steps.flat_map(Step::commands).filter(|command| is_offered(command)) {
            for hole in &command.placeholders {
                names.entry(hole.name.clone()).or_insert_with(|| hole.text.clone());
            }
        }
        for (name, variable) in &book.front.vars {
            names.insert(name.clone(), variable.prompt.clone().unwrap_or_else(|| name.clone()));
        }
        names
    }
}

fn question(name: &str, variable: &Variable, is_echoed: bool) -> String {
    let prompt = variable.prompt.as_ref().map(|prompt| format!(" ({})", printable(prompt)));
    let choices = Some(&variable.choices)
        .filter(|all| !all.is_empty())
        .map(|all| format!(", one of {}", printable(&all.join(", "))));
    let warning = is_echoed.then(|| " (never recorded; it is shown as you type)".to_owned());
    let end = match &variable.default {
        Some(default) => format!(", or nothing for {}", printable(default)),
        None => ", or nothing to leave it".to_owned(),
    };
    let parts = [prompt, choices, warning, Some(end)].into_iter().flatten();
    format!("Value for {}{}", printable(name), parts.collect::<String>())
}
