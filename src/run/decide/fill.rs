//! Putting values into a command's holes, or naming what is missing.
//!
//! A plain value takes the place of its mark, as if the operator had typed it; it never ends the here-document around it, and
//! in the path of a file that is written it stands for itself. Shell variables stay as they are: their
//! values reach the command by its environment. So do secrets, which must not stand in a recorded text: their mark becomes
//! a reference to the variable that carries them, quoted as its place demands.

mod quoting;

use super::execute::variable_name;
use super::{Circumstances, Refusal};
use crate::run::{Run, Value};
use crate::runbook::code::placeholder::{Hole, Spelling, holes};
use crate::runbook::{Command, Runbook};
use quoting::{Document, Places, Quoting, without_literal_documents};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

/// The text with its marks filled.
///
/// # Errors
/// When a hole has no value, or a declared variable that the text uses has none: an empty one could do anything.
pub(super) fn fill(
    book: &Runbook,
    run: &Run,
    command: &Command,
    text: &str,
    now: &Circumstances<'_>,
) -> Result<String, Refusal> {
    let sources = Sources { book, run, now };
    let named: BTreeSet<&str> = command.placeholders.iter().map(|hole| hole.name.as_str()).collect();
    let holes: Vec<Hole> =
        holes(text, &BTreeSet::new()).into_iter().filter(|hole| named.contains(hole.name.as_str())).collect();
    let mut missing: Vec<String> = Vec::new();
    let mut missed: BTreeSet<String> = BTreeSet::new();
    let mut miss = |what: &str| {
        if missed.insert(what.to_owned()) {
            missing.push(what.to_owned());
        }
    };
    for hole in &holes {
        let is_given = match hole.spelling {
            Spelling::Mark => sources.is_given(&hole.name),
            Spelling::Variable | Spelling::Computed => {
                sources.is_given(&hole.name) || sources.is_set(command, &hole.name)
            }
        };
        if !is_given {
            miss(&text[hole.span.clone()]);
        }
    }
    let expanded = without_literal_documents(text);
    for name in sources.declared().filter(|name| refers_to(&expanded, name)) {
        if !(sources.is_given(name) || sources.is_set(command, name)) {
            miss(&format!("${name}"));
        }
    }
    if !missing.is_empty() {
        return Err(Refusal::Unfilled(missing));
    }
    let mut filled = String::with_capacity(text.len());
    let mut copied = 0;
    let mut inside: Vec<Inside<'_>> = Vec::new();
    let mut places = Places::of(text);
    for hole in holes.iter().filter(|hole| hole.spelling == Spelling::Mark) {
        filled.push_str(&text[copied..hole.span.start]);
        let start = filled.len();
        let (quoting, document) = places.at(hole.span.start);
        match sources.value(&hole.name) {
            Some(Given::Plain(value)) => {
                filled.push_str(&placed(command, &text[..hole.span.start], value, quoting));
                inside.extend(document.map(|document| Inside { hole, document, start, end: filled.len() }));
            }
            Some(Given::Secret) => filled.push_str(&reference(command, text, hole, quoting)?),
            None => filled.push_str(&text[hole.span.clone()]),
        }
        copied = hole.span.end;
    }
    filled.push_str(&text[copied..]);
    let mut looked = 0..0;
    match inside.iter().find(|inside| inside.ends_early(&filled, &mut looked)) {
        Some(Inside { hole, document, .. }) => Err(Refusal::NotOffered(format!(
            "the value of {} would be the line {} that ends the text around it; give another value",
            &text[hole.span.clone()],
            document.end
        ))),
        None => Ok(filled),
    }
}

/// A value that was put into a here-document, by its place in the filled text.
struct Inside<'h> {
    hole: &'h Hole,
    document: Document,
    start: usize,
    end: usize,
}

impl Inside<'_> {
    /// Whether a line that the value is part of ends the here-document: what stands behind it would be run. Lines that were
    /// looked at for the value before are not looked at again.
    fn ends_early(&self, filled: &str, looked: &mut Range<usize>) -> bool {
        if looked.contains(&self.start) && self.end <= looked.end {
            return false;
        }
        let from = filled[..self.start].rfind('\n').map_or(0, |at| at + 1);
        let to = filled[self.end..].find('\n').map_or(filled.len(), |at| self.end + at);
        *looked = from..to;
        filled[from..to].split('\n').any(|line| self.document.ends_with(line))
    }
}

/// A value as it is written at its place. In the path of a file that is written, which is quoted for its author, it is a part of
/// the name, whatever it holds.
fn placed<'v>(command: &Command, before: &str, value: &'v str, quoting: Quoting) -> Cow<'v, str> {
    let is_path = command.options.file.is_some() && !before.contains('\n');
    match quoting {
        Quoting::Single if is_path => Cow::Owned(value.replace('\'', "'\\''")),
        Quoting::Double if is_path => {
            let escaped = value.chars().flat_map(|c| "\"\\$`".contains(c).then_some('\\').into_iter().chain([c]));
            Cow::Owned(escaped.collect())
        }
        Quoting::Bare | Quoting::Single | Quoting::Double | Quoting::QuotedDocument => Cow::Borrowed(value),
    }
}

/// Where values come from.
struct Sources<'a> {
    book: &'a Runbook,
    run: &'a Run,
    now: &'a Circumstances<'a>,
}

enum Given<'a> {
    Plain(&'a str),
    Secret,
}

impl<'a> Sources<'a> {
    /// The operator's value, else the author's.
    fn value(&self, name: &str) -> Option<Given<'a>> {
        match self.run.values.get(name) {
            Some(Value::Plain(value)) => Some(Given::Plain(value)),
            Some(Value::Secret) => Some(Given::Secret),
            None => self.book.front.vars.get(name)?.default.as_deref().map(Given::Plain),
        }
    }

    /// Whether the value is at hand. That a secret was given to an earlier process is recorded, its value is not.
    fn is_given(&self, name: &str) -> bool {
        match self.value(name) {
            Some(Given::Plain(_)) => true,
            Some(Given::Secret) => self.now.secrets.contains(name),
            None => false,
        }
    }

    /// Whether the command finds a variable of this name set without anybody giving it.
    fn is_set(&self, command: &Command, name: &str) -> bool {
        self.now.environment.contains(name)
            || self.book.front.env.contains_key(name)
            || command.options.env.contains_key(name)
    }

    /// Names that have to have a value wherever they are used.
    fn declared(&self) -> impl Iterator<Item = &'a str> {
        let secret =
            self.run.values.iter().filter(|(_, value)| **value == Value::Secret).map(|(name, _)| name.as_str());
        let declared: BTreeSet<&str> = self.book.front.vars.keys().map(String::as_str).chain(secret).collect();
        declared.into_iter()
    }
}

/// Whether a shell text uses the variable: `$NAME` or `${NAME…`, except where it brings its own default.
fn refers_to(text: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices('$').any(|(at, _)| {
        let rest = &text[at + 1..];
        match rest.strip_prefix('{') {
            Some(rest) => rest
                .strip_prefix(name)
                .is_some_and(|after| !after.starts_with(is_word) && !after.starts_with([':', '-', '=', '?', '+'])),
            None => rest.strip_prefix(name).is_some_and(|after| !after.starts_with(is_word)),
        }
    })
}

/// How a shell reaches a secret's variable at this place, so that its value stays one word and is expanded at all.
fn reference(command: &Command, text: &str, hole: &Hole, quoting: Quoting) -> Result<String, Refusal> {
    let variable = variable_name(&hole.name);
    let unreachable = |reader: &str| {
        let mark = &text[hole.span.clone()];
        Refusal::NotOffered(format!("{mark} is secret and {reader}; have it read ${variable} from its environment"))
    };
    if let Some(program) = command.options.interpreter.as_deref().filter(|program| !is_shell(program)) {
        return Err(unreachable(&format!("the text is read by {program}, not by a shell")));
    }
    match quoting {
        Quoting::Bare => Ok(format!("\"${{{variable}}}\"")),
        Quoting::Double => Ok(format!("${{{variable}}}")),
        Quoting::Single => Ok(format!("'\"${{{variable}}}\"'")),
        Quoting::QuotedDocument => Err(unreachable("the here-document around it is taken literally")),
    }
}

pub(super) fn is_shell(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or(program);
    ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::refers_to;

    #[test]
    fn a_variable_is_used_where_the_shell_would_read_it() {
        for text in ["ls $DIR", "ls ${DIR}/x", "echo \"$DIR\"", "x=${DIR%/}"] {
            assert!(refers_to(text, "DIR"), "{text}");
        }
        for text in ["ls $DIRS", "ls DIR", "ls ${DIR:-/tmp}", "ls ${DIR-/tmp}", "ls ${DIRS}", "echo $MY_DIR"] {
            assert!(!refers_to(text, "DIR"), "{text}");
        }
    }
}
