//! Reading a piece of shell: its statements, the simple commands in them, the variables it sets.
//!
//! [`read`] answers with a hand-written reader that is fast enough for tens of thousands of blocks. Where a text holds
//! compound commands and the feature `shell-analysis` is on, a real grammar confirms or corrects it. Nothing is
//! expanded and nothing is looked up: this is about form, never about what would happen.

#[cfg(feature = "shell-analysis")]
mod grammar;
mod inert;
mod token;

pub use inert::is_inert;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

/// A text read as shell.
#[derive(Debug, Default)]
pub struct Script<'a> {
    /// Logical lines in order: a statement ends at a line end that is not inside anything.
    pub statements: Vec<Statement<'a>>,
    /// Where the text cannot be shell, as (byte offset, message).
    pub error: Option<(usize, String)>,
    /// The text ends inside a quote, a here-document, a compound command or a continuation.
    pub ending: Ending,
    /// Whether `if`, `for`, functions, groups and the like occur, so that a grammar knows more.
    pub shape: Shape,
}

/// How a text ends.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    #[default]
    Complete,
    /// The shell would wait for more.
    Open,
}

/// Whether a text is more than a list of pipelines.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    #[default]
    Plain,
    Compound,
}

/// One logical line: everything up to a line end that ends it.
#[derive(Debug, Default)]
pub struct Statement<'a> {
    /// Bytes from its first to its last character, with here-documents, without the comment behind it.
    pub span: Range<usize>,
    /// Simple commands in it in order, those of substitutions and compound commands too.
    pub commands: Vec<Simple<'a>>,
    /// The comment behind it on the same line, with its `#`.
    pub trailing: Option<Range<usize>>,
    /// Bodies of here-documents that the shell does not expand.
    pub literal_heredocs: Vec<Range<usize>>,
}

/// A simple command: assignments, words and redirections.
#[derive(Debug, Default)]
pub struct Simple<'a> {
    pub start: usize,
    /// Words without their quotes; the first is the command's name. Empty for a bare assignment.
    pub words: Vec<Word<'a>>,
    /// `NAME=value` before the words.
    pub assigns: Vec<Assign<'a>>,
    /// Files written with `>`, `>>`, `>|`, `&>`.
    pub writes: Vec<Cow<'a, str>>,
    /// Files read with `<`.
    pub reads: Vec<Cow<'a, str>>,
    /// How deep in substitutions and subshells; 0 runs in the shell itself.
    pub depth: u32,
    /// Whether it reads what another command writes.
    pub is_piped_into: bool,
    /// Whether it gets a here-document or here-string.
    pub has_heredoc: bool,
    /// Whether a `&` puts it into the background.
    pub is_background: bool,
}

/// A word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word<'a> {
    pub text: Cow<'a, str>,
    pub span: Range<usize>,
}

/// A `NAME=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assign<'a> {
    pub name: &'a str,
    pub value: &'a str,
}

impl Simple<'_> {
    /// The words as plain strings.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|word| word.text.as_ref())
    }
}

impl Statement<'_> {
    /// Whether it does nothing but set variables to values that start no program.
    #[must_use]
    pub fn is_plain_assignment(&self) -> bool {
        !self.commands.is_empty()
            && self
                .commands
                .iter()
                .all(|command| command.words.is_empty() && !command.assigns.is_empty() && command.depth == 0)
    }
}

/// Reads a text as shell. Never fails: what is no shell comes out as odd commands and an error.
#[must_use]
pub fn read(text: &str) -> Script<'_> {
    token::read(text)
}

/// The syntax error of a text that is to be run, as (byte offset, message): unclosed quotes and the like always, other
/// errors where a grammar is built in.
#[must_use]
pub fn syntax_error(text: &str, script: &Script<'_>) -> Option<(usize, String)> {
    if script.error.is_some() {
        return script.error.clone();
    }
    match script.shape {
        Shape::Plain => None,
        #[cfg(feature = "shell-analysis")]
        Shape::Compound => grammar::error(text),
        #[cfg(not(feature = "shell-analysis"))]
        Shape::Compound => {
            let _ = text;
            None
        }
    }
}

/// Names that a script sets in the shell that runs it, in order of first mention: assignments, `export`, `read`,
/// `for`, also inside compound commands, not inside subshells.
#[must_use]
pub fn sets(script: &Script<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for command in script.statements.iter().flat_map(|statement| &statement.commands) {
        if command.depth > 0 {
            continue;
        }
        let mut add = |name: &str| {
            if is_name(name) && seen.insert(name.to_owned()) {
                names.push(name.to_owned());
            }
        };
        if command.words.is_empty() {
            command.assigns.iter().for_each(|assign| add(assign.name));
        }
        set_by_words(command, &mut add);
    }
    names
}

/// Every name that a script gives a value anywhere, in subshells and in front of commands too.
#[must_use]
pub fn assigned(script: &Script<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for command in script.statements.iter().flat_map(|statement| &statement.commands) {
        names.extend(command.assigns.iter().map(|assign| assign.name.to_owned()));
        set_by_words(command, &mut |name: &str| names.push(name.to_owned()));
    }
    names
}

/// Whether a script takes in variables from elsewhere, so that nothing can be said about what is unset.
#[must_use]
pub fn loads_variables(script: &Script<'_>) -> bool {
    let mut commands = script.statements.iter().flat_map(|statement| &statement.commands);
    commands.any(|command| matches!(command.texts().next(), Some("source" | "." | "eval")))
}

fn set_by_words(command: &Simple<'_>, add: &mut impl FnMut(&str)) {
    let mut words = command.texts();
    match words.next().unwrap_or("") {
        "export" | "declare" | "typeset" | "readonly" | "local" => {
            for word in words.filter(|word| !word.starts_with('-')) {
                add(word.split_once('=').map_or(word, |(name, _)| name.trim_end_matches('+')));
            }
        }
        "read" | "mapfile" | "readarray" | "getopts" => {
            for word in words.filter(|word| is_name(word)) {
                add(word);
            }
        }
        "for" | "select" => {
            if let Some(name) = words.next() {
                add(name);
            }
        }
        "printf" => {
            if words.next() == Some("-v")
                && let Some(name) = words.next()
            {
                add(name);
            }
        }
        _ => {}
    }
}

/// Whether a word is a shell variable's name.
#[must_use]
pub fn is_name(word: &str) -> bool {
    let mut bytes = word.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests;
