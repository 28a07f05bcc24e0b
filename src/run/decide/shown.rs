//! What is shown of a command before it runs: its text with what is known put in, and where that comes from.
//!
//! Nothing is refused and nothing quoted here: what really runs is made when it is asked for. No secret is put in.

use crate::run::{Run, Value};
use crate::runbook::{Command, Placeholder, Runbook};

/// The text of a command with the values that are known; secrets and what comes from the environment stay as they are.
#[must_use]
pub fn shown(book: &Runbook, run: &Run, command: &Command, text: &str) -> String {
    command.placeholders.iter().fold(text.to_owned(), |text, hole| match plain(book, run, hole) {
        Some(value) => text.replace(&hole.text, value),
        None => text,
    })
}

/// The value that takes a placeholder's place, if it can be shown: the operator's, else the author's.
#[must_use]
pub fn plain<'a>(book: &'a Runbook, run: &'a Run, hole: &Placeholder) -> Option<&'a str> {
    match run.values.get(&hole.name) {
        Some(Value::Plain(value)) => Some(value),
        Some(Value::Secret) => None,
        None => default_of(book, &hole.name).filter(|_| !book.front.vars[&hole.name].secret),
    }
}

/// A value and where it comes from: `7 (default)`, `db1 (from $DB_HOST)`, `a secret (given)`.
#[must_use]
pub fn origin(book: &Runbook, run: &Run, name: &str, is_environment: Environment) -> String {
    let from = run.sources.get(name).map_or_else(|| "given".to_owned(), |variable| format!("from ${variable}"));
    match (run.values.get(name), default_of(book, name), is_environment) {
        (Some(Value::Plain(value)), _, _) => format!("{value} ({from})"),
        (Some(Value::Secret), _, _) => format!("a secret ({from})"),
        (None, Some(_), _) if book.front.vars[name].secret => "a secret (default)".to_owned(),
        (None, Some(value), _) => format!("{value} (default)"),
        (None, None, Environment::Asked) => "from the environment".to_owned(),
        (None, None, Environment::NotAsked) => "missing".to_owned(),
    }
}

/// Whether a value that nobody gave may come from the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    Asked,
    NotAsked,
}

impl Environment {
    /// The shell itself looks a variable up; a mark it knows nothing of.
    #[must_use]
    pub fn of(hole: &Placeholder) -> Self {
        if hole.text.starts_with('$') { Environment::Asked } else { Environment::NotAsked }
    }
}

fn default_of<'b>(book: &'b Runbook, name: &str) -> Option<&'b str> {
    book.front.vars.get(name)?.default.as_deref()
}

#[cfg(test)]
mod tests {
    use super::{Environment, origin, shown};
    use crate::run::event::{Opened, RunId, RunKind, Stamp};
    use crate::run::{Run, Value};
    use crate::runbook::read::read;

    #[test]
    fn what_will_run_is_shown_with_its_values_and_where_they_come_from() {
        let text = "---\nvars: {n: {default: \"7\"}, host: {from: H}, pin: {secret: true, default: \"0000\"}}\n---\n# D\n\n## W\n\n### A\n\n\
                    ```sh {file=o/host.conf}\nn=<n> host=<host> pin=<pin> left=<left>\n```\n";
        let book = read("b.md", text.as_bytes()).unwrap();
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
        let stamp = Stamp { at, mono_us: 1, boot: "b".into(), by: crate::run::event::Actor::default() };
        let mut run = Run::unopened(RunId("r".into()), opened, &stamp);
        run.take_value("host".into(), Value::Plain("db1".into()), Some("H".into()));
        let command = book.steps().next().unwrap().command(0).unwrap();
        let text = shown(&book, &run, command, &command.text);
        assert!(text.contains("n=7 host=db1 pin=<pin> left=<left>"), "{text}");
        let said = ["n", "host", "pin", "left"].map(|name| origin(&book, &run, name, Environment::NotAsked));
        assert_eq!(said, ["7 (default)", "db1 (from $H)", "a secret (default)", "missing"]);
        assert_eq!(origin(&book, &run, "left", Environment::Asked), "from the environment");
    }
}
