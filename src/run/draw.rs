//! Values that the author takes from the operator's environment: `vars: {host: {from: DB_HOST}}`.
//!
//! The environment is an argument. Such a value is worth as much as one that was given with the call: what was given by
//! name wins over it, and it wins over the author's default.

use super::decide::unfit;
use super::{Run, Value};
use crate::runbook::Runbook;
use std::collections::{BTreeMap, BTreeSet};

/// A value that the environment has for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn<'a> {
    /// What the author calls it.
    pub name: &'a str,
    /// The environment variable that has it.
    pub variable: &'a str,
    pub value: &'a str,
}

/// The values that a run lacks and the environment has. A secret that was given to an earlier process is lacking, unless it
/// is among those at hand. A variable that is empty is as good as none.
#[must_use]
pub fn drawn<'a>(
    book: &'a Runbook,
    run: &Run,
    at_hand: &BTreeSet<String>,
    environment: &'a BTreeMap<String, String>,
) -> Vec<Drawn<'a>> {
    let is_lacking = |name: &String| match run.values.get(name) {
        None => true,
        Some(Value::Secret) => !at_hand.contains(name),
        Some(Value::Plain(_)) => false,
    };
    let wanted = book.front.vars.iter().filter(|(name, _)| is_lacking(name));
    let found = wanted.filter_map(|(name, variable)| {
        let variable = variable.from.as_deref()?;
        let value = environment.get(variable).filter(|value| !value.is_empty())?;
        Some(Drawn { name, variable, value })
    });
    found.collect()
}

impl Drawn<'_> {
    /// What the author has against the value, in a clause.
    #[must_use]
    pub fn unfit(&self, book: &Runbook) -> Option<String> {
        unfit(book, self.name, self.value).map(|what| format!("{what}, as the value of {}", self.name))
    }
}

impl Run {
    /// Takes in a value, and where it came from.
    pub fn take_value(&mut self, name: String, value: Value, from: Option<String>) {
        match from {
            Some(variable) => self.sources.insert(name.clone(), variable),
            None => self.sources.remove(&name),
        };
        self.values.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::event::{Actor, Opened, RunId, RunKind, Stamp};
    use crate::runbook::read::read;

    const FRONT: &str = "---\nvars:\n  host: {from: DB_HOST, default: db0, choices: [db0, db1]}\n  port: {default: 5432}\n  \
                         token: {from: $API, secret: true}\n---\n# B\n\n## Act\n\n- [ ] One\n";

    fn run() -> (Runbook, Run) {
        let book = read("b.md", FRONT.as_bytes()).unwrap();
        let opened = Opened {
            runbook: book.source.sha256,
            title: book.title.clone(),
            path: "b.md".into(),
            run_kind: RunKind::Real,
            program: "gonogo".into(),
            cwd: "/".into(),
            shell: "sh".into(),
            ticket: None,
        };
        let at = "2026-11-21T02:14:07Z".parse().unwrap();
        let run =
            Run::unopened(RunId("r".into()), opened, &Stamp { at, mono_us: 1, boot: "b".into(), by: Actor::default() });
        (book, run)
    }

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn names(book: &Runbook, run: &Run, at_hand: &[&str], pairs: &[(&str, &str)]) -> Vec<String> {
        let at_hand = at_hand.iter().map(|name| (*name).to_owned()).collect();
        drawn(book, run, &at_hand, &environment(pairs)).iter().map(|drawn| drawn.name.to_owned()).collect()
    }

    #[test]
    fn the_environment_gives_what_the_run_lacks() {
        let (book, mut run) = run();
        let there = [("DB_HOST", "db1"), ("API", "s3"), ("port", "1"), ("host", "x")];
        assert_eq!(names(&book, &run, &[], &there), ["host", "token"]);
        assert_eq!(names(&book, &run, &[], &[("DB_HOST", ""), ("host", "x")]), Vec::<String>::new());
        run.take_value("host".into(), Value::Plain("db0".into()), None);
        run.take_value("token".into(), Value::Secret, None);
        // Given to an earlier process, the secret is gone with it.
        assert_eq!(names(&book, &run, &[], &there), ["token"]);
        assert_eq!(names(&book, &run, &["token"], &there), Vec::<String>::new());
    }

    #[test]
    fn what_the_author_would_not_take_is_said() {
        let (book, run) = run();
        let there = environment(&[("DB_HOST", "db7")]);
        let found = drawn(&book, &run, &BTreeSet::new(), &there);
        assert_eq!(found[0].unfit(&book).as_deref(), Some("it has to be one of db0, db1, as the value of host"));
    }

    #[test]
    fn where_a_value_came_from_holds_until_another_one_is_given() {
        let (_, mut run) = run();
        run.take_value("host".into(), Value::Plain("db1".into()), Some("DB_HOST".into()));
        assert_eq!(run.sources["host"], "DB_HOST");
        run.take_value("host".into(), Value::Plain("db0".into()), None);
        assert!(run.sources.is_empty());
    }
}
