//! From a configuration file to settings: every mistake with its line, and what was probably meant.

use super::table::{FIELDS, Field, Kind, field};
use super::{Problem, Value};
use crate::cli::setup::{length_ms, size_bytes};
use crate::runbook::yaml::{self, Node};
use crate::tui::nearest;
use std::collections::BTreeMap;
use std::path::Path;

/// What one file says.
#[derive(Debug, Clone, Default)]
pub struct Layer {
    pub values: BTreeMap<&'static str, Value>,
    pub keys: BTreeMap<String, Vec<String>>,
    pub problems: Vec<Problem>,
}

/// Reads a file's text. What is in order is kept, whatever else is wrong.
#[must_use]
pub fn read(path: &Path, text: &str) -> Layer {
    let mut reader = Reader { path, text, layer: Layer::default() };
    let (entries, broken) = yaml::mapping(text);
    if let Some(broken) = broken {
        let line = broken.line.unwrap_or(1);
        reader.complain(line, format!("this is no YAML mapping: {}", broken.message));
        return reader.layer;
    }
    for (section, node) in entries {
        reader.section(&section, node);
    }
    reader.layer
}

struct Reader<'t> {
    path: &'t Path,
    text: &'t str,
    layer: Layer,
}

impl Reader<'_> {
    fn complain(&mut self, line: usize, what: String) {
        self.layer.problems.push(Problem { file: self.path.to_owned(), line, what });
    }

    /// The line a key stands on: the first that begins with it, within its section where it has one.
    fn line(&self, section: Option<&str>, key: &str) -> usize {
        let is = |line: &str, key: &str| {
            let line = line.trim_start().trim_start_matches(['"', '\'', '{']);
            line.strip_prefix(key)
                .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
        };
        let lines: Vec<&str> = self.text.lines().collect();
        let start = section.and_then(|section| lines.iter().position(|line| is(line, section))).unwrap_or(0);
        let found = lines.iter().skip(start).position(|line| is(line, key)).map(|at| start + at);
        found.unwrap_or(start) + 1
    }

    fn section(&mut self, name: &str, node: Node) {
        let line = self.line(None, name);
        let sections = FIELDS.iter().map(Field::section).chain(["keys"]);
        if !sections.clone().any(|known| known == name) {
            let hint = hint(name, sections);
            return self.complain(line, format!("there is no section {name}{hint}"));
        }
        match node {
            Node::Map(entries) if name == "keys" => entries.into_iter().for_each(|entry| self.keys(entry)),
            Node::Map(entries) => {
                for (key, node) in entries {
                    self.setting(name, &key, node);
                }
            }
            Node::Null => {}
            Node::Word(_) | Node::List(_) => {
                self.complain(line, format!("{name} is a section: write its settings below it"));
            }
        }
    }

    fn keys(&mut self, (action, node): (String, Node)) {
        if let Some(keys) = words(node) {
            self.layer.keys.insert(action, keys);
        } else {
            let line = self.line(Some("keys"), &action);
            self.complain(line, format!("keys.{action}: write a key or a list of keys, such as [r, <C-r>]"));
        }
    }

    fn setting(&mut self, section: &str, key: &str, node: Node) {
        let line = self.line(Some(section), key);
        let path = format!("{section}.{key}");
        let Some(known) = field(&path) else {
            let near = FIELDS.iter().filter(|field| field.section() == section).map(Field::name);
            let near = nearest(key, near).map(|near| format!("{section}.{near}"));
            let near = near.or_else(|| elsewhere(key));
            let hint = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            return self.complain(line, format!("there is no setting {path}{hint}"));
        };
        match value(known, node) {
            Ok(value) => {
                self.layer.values.insert(known.path, value);
            }
            Err(what) => self.complain(line, format!("{path}: {what}")),
        }
    }
}

/// The setting of that name in another section.
fn elsewhere(key: &str) -> Option<String> {
    FIELDS.iter().find(|field| field.name() == key).map(|field| field.path.to_owned())
}

fn hint<'c>(word: &str, known: impl Iterator<Item = &'c str>) -> String {
    nearest(word, known).map(|near| format!("; did you mean {near}?")).unwrap_or_default()
}

fn words(node: Node) -> Option<Vec<String>> {
    match node {
        Node::Word(word) => Some(vec![word]),
        Node::List(nodes) => {
            let word = |node| if let Node::Word(word) = node { Some(word) } else { None };
            nodes.into_iter().map(word).collect()
        }
        Node::Null | Node::Map(_) => None,
    }
}

/// Takes a value in, if it is of the setting's kind.
fn value(field: &Field, node: Node) -> Result<Value, String> {
    if field.kind == Kind::List {
        return words(node).map(Value::List).ok_or_else(|| "write a list of words, such as [a, b]".to_owned());
    }
    let word = match node {
        Node::Word(word) => word,
        Node::Null => String::new(),
        Node::List(_) | Node::Map(_) => return Err("write one value".to_owned()),
    };
    check(field.kind, &word).map(|()| Value::Word(word))
}

/// Whether a word is of a kind; in error what would be.
pub fn check(kind: Kind, word: &str) -> Result<(), String> {
    match kind {
        Kind::Text | Kind::List => Ok(()),
        Kind::Choice(choices) if choices.contains(&word) => Ok(()),
        Kind::Choice(choices) => {
            let hint = nearest(word, choices.iter().copied()).map(|near| format!("; did you mean {near}?"));
            Err(format!("“{word}” is none of {}{}", choices.join(", "), hint.unwrap_or_default()))
        }
        Kind::Flag if matches!(word, "true" | "false") => Ok(()),
        Kind::Flag => Err(format!("“{word}” is neither true nor false")),
        Kind::Length => length_ms(word).map(drop).map_err(|failure| failure.sentence),
        Kind::Size => size_bytes(word).map(drop).map_err(|failure| failure.sentence),
        Kind::Number(least, most) => match word.parse::<u32>() {
            Ok(number) if (least..=most).contains(&number) => Ok(()),
            Ok(_) | Err(_) => Err(format!("“{word}” is no number from {least} to {most}")),
        },
    }
}
