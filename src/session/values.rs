//! Values that are there before the first act: given with the call, or taken from the environment where the author says so.
//!
//! They are known at once and recorded with the first act, so that looking creates nothing.

use super::Session;
use crate::run::Value;
use crate::run::decide::{Refusal, unfit};
use crate::run::draw::drawn;
use crate::runbook::Runbook;

/// A value that its author would not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// The environment variable that has it; none when it was given with the call.
    pub variable: Option<String>,
    pub name: String,
    /// What the author has against it, in a clause.
    pub what: String,
}

impl Session {
    /// Takes the values that were given with the call: they win over whatever the run knows.
    pub(super) fn take_given(&mut self) {
        for (name, value) in self.setup.values.clone() {
            let is_secret = self.secrets.must_keep(&self.book, &name, &value);
            self.take_beforehand(name, value, is_secret, None);
        }
    }

    /// Takes the values that the run lacks from the environment, as far as the author would take them.
    pub(super) fn draw_values(&mut self) {
        let found = drawn(&self.book, &self.run, &self.secrets.at_hand(), &self.setup.environment);
        let fitting = found.iter().filter(|drawn| drawn.unfit(&self.book).is_none());
        let taken: Vec<[String; 3]> =
            fitting.map(|drawn| [drawn.name, drawn.variable, drawn.value].map(str::to_owned)).collect();
        for [name, variable, value] in taken {
            let is_secret = [&name, &variable].into_iter().any(|name| self.secrets.must_keep(&self.book, name, &value));
            self.take_beforehand(name, value, is_secret, Some(variable));
        }
    }

    fn take_beforehand(&mut self, name: String, value: String, is_secret: bool, from: Option<String>) {
        let given = if is_secret {
            self.secrets.give_supposed(&self.book, &name, value.clone());
            Value::Secret
        } else {
            Value::Plain(value.clone())
        };
        self.run.take_value(name.clone(), given, from);
        self.ungiven.insert(name, value);
    }

    /// The first value given beforehand that does not fit, or that the environment has and that was left there because it
    /// does not.
    #[must_use]
    pub fn unfit(&self) -> Option<Unfit> {
        let given = self.setup.values.iter().find_map(|(name, value)| {
            Some(Unfit { variable: None, name: name.clone(), what: unfit(&self.book, name, value)? })
        });
        given.or_else(|| self.unfit_there(&self.book))
    }

    fn unfit_there(&self, book: &Runbook) -> Option<Unfit> {
        let found = drawn(book, &self.run, &self.secrets.at_hand(), &self.setup.environment);
        found.into_iter().find_map(|drawn| {
            let (variable, name) = (Some(drawn.variable.to_owned()), drawn.name.to_owned());
            Some(Unfit { variable, name, what: drawn.unfit(book)? })
        })
    }

    /// Refuses a version of the runbook that would take a value from the environment that does not fit: nobody is asked for
    /// it on the way, and the author's default would be another value than the one that is there.
    pub(super) fn refuse_unfit(&self, book: &Runbook) -> Result<(), Refusal> {
        match self.unfit_there(book) {
            Some(Unfit { variable, what, .. }) => {
                Err(Refusal::UnfitValue { name: format!("${}", variable.unwrap_or_default()), what })
            }
            None => Ok(()),
        }
    }
}
