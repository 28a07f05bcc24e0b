//! The hand-written shell reader: where commands begin and where a statement ends.
//!
//! It follows the token rules of POSIX.1-2024 (Shell Command Language, 2.3) and bash's additions that occur in
//! runbooks. It does not expand anything, and it does not check that compound commands are built correctly: it only
//! counts what opens and closes, so that no statement is ever cut in two.

mod redirect;
mod word;

use super::{Assign, Ending, Script, Shape, Simple, Statement, Word, is_name};
use std::borrow::Cow;

/// What was opened and must be closed before a line end can end a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    If,
    Loop,
    Case,
    Brace,
    Paren,
}

impl Open {
    fn word(self) -> &'static str {
        match self {
            Open::If => "`if` without `fi`",
            Open::Loop => "a loop without `done`",
            Open::Case => "`case` without `esac`",
            Open::Brace => "`{` without `}`",
            Open::Paren => "`(` without `)`",
        }
    }
}

/// Where the next word stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A command may begin here, and what came before is complete.
    Command,
    /// A command must follow: behind `|`, `&&` and `||`.
    Awaited,
    /// Behind the command's name.
    Argument,
    /// Between `case` and its `in`.
    Subject,
    /// A pattern of `case`, up to its `)`.
    Pattern,
    /// Inside `[[ … ]]`.
    Test,
}

/// What ends the list of commands that is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// The end of the text.
    End,
    /// The `)` of a substitution, or the reader's end: line ends do not end the statement around it.
    Close,
}

/// A here-document whose body has not begun.
struct Heredoc<'a> {
    delimiter: Cow<'a, str>,
    at: usize,
    strips_tabs: bool,
    is_literal: bool,
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    end: usize,
    depth: u32,
    open: Vec<(Open, usize)>,
    place: Place,
    heredocs: Vec<Heredoc<'a>>,
    script: Script<'a>,
    statement: Statement<'a>,
    /// Where the current statement began, if it has.
    began: Option<usize>,
    /// End of the last character of the statement that is neither blank nor comment.
    last: usize,
    command: Simple<'a>,
    /// The end up to which no `))` is left.
    unclosed: Option<usize>,
}

/// Reads a whole text.
pub(super) fn read(text: &str) -> Script<'_> {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
        end: text.len(),
        depth: 0,
        open: Vec::new(),
        place: Place::Command,
        heredocs: Vec::new(),
        script: Script::default(),
        statement: Statement::default(),
        began: None,
        last: 0,
        command: Simple::default(),
        unclosed: None,
    };
    reader.list(Until::End);
    reader.finish()
}

impl<'a> Reader<'a> {
    /// The byte at the reader's place plus `ahead`, 0 behind the end.
    fn peek(&self, ahead: usize) -> u8 {
        let at = self.at + ahead;
        if at < self.end { self.bytes[at] } else { 0 }
    }

    fn error(&mut self, at: usize, message: impl Into<String>) {
        if self.script.error.is_none() {
            self.script.error = Some((at, message.into()));
        }
    }

    fn left_open(&mut self, at: usize, message: impl Into<String>) {
        self.script.ending = Ending::Open;
        self.error(at, message);
    }

    /// Reads commands up to what ends the list; its end is not consumed.
    fn list(&mut self, until: Until) {
        while self.at < self.end {
            match self.bytes[self.at] {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\\' if self.peek(1) == b'\n' => self.at += 2,
                b'\n' => self.line_end(until),
                b'#' => self.comment(),
                b')' if until == Until::Close && self.open.is_empty() && self.place != Place::Pattern => return,
                b'&' | b'|' | b';' | b'(' | b')' | b'<' | b'>' => self.operator(),
                _ => self.word(),
            }
        }
    }

    fn finish(mut self) -> Script<'a> {
        if let Some(heredoc) = self.heredocs.first() {
            let message = format!("the here-document `{}` has no body", heredoc.delimiter);
            let at = heredoc.at;
            self.left_open(at, message);
        }
        if self.place == Place::Awaited {
            self.left_open(self.last, "a command must follow here");
        }
        if let Some(&(open, at)) = self.open.last() {
            self.left_open(at, open.word());
        }
        if self.text.trim_end_matches([' ', '\t', '\n']).ends_with('\\') && !self.text.trim_end().ends_with("\\\\") {
            self.script.ending = Ending::Open;
        }
        self.end_command();
        self.end_statement();
        self.script
    }

    fn begin(&mut self) {
        if self.began.is_none() {
            self.began = Some(self.at);
        }
    }

    fn reach(&mut self) {
        self.last = self.last.max(self.at);
    }

    fn line_end(&mut self, until: Until) {
        self.at += 1;
        let heredocs = std::mem::take(&mut self.heredocs);
        for heredoc in heredocs {
            self.heredoc_body(&heredoc);
        }
        match self.place {
            Place::Awaited | Place::Subject | Place::Pattern | Place::Test => {}
            Place::Command | Place::Argument => {
                self.end_command();
                self.place = Place::Command;
                if self.open.is_empty() && until == Until::End {
                    self.end_statement();
                }
            }
        }
    }

    fn comment(&mut self) {
        let from = self.at;
        let rest = &self.text[from..self.end];
        self.at = rest.find('\n').map_or(self.end, |length| from + length);
        if self.began.is_some() && self.open.is_empty() && self.depth == 0 {
            self.statement.trailing = Some(from..from + self.text[from..self.at].trim_end().len());
        }
    }

    fn operator(&mut self) {
        let from = self.at;
        self.begin();
        if self.place == Place::Test {
            self.at += 1;
            self.reach();
            return;
        }
        match (self.bytes[from], self.peek(1)) {
            (b'&', b'>') => {
                self.at += 1;
                self.redirection();
            }
            (b'<' | b'>', b'(') => self.word(),
            (b'<' | b'>', _) => self.redirection(),
            (b'&', b'&') | (b'|', b'|') => self.join(2),
            (b'|', b'&') => self.pipe(2),
            (b'|', _) if self.place == Place::Pattern => self.at += 1,
            (b'|', _) => self.pipe(1),
            (b'&', _) => {
                self.command.is_background = true;
                self.separator(1);
            }
            (b';', b';' | b'&') => {
                let width = if self.peek(2) == b'&' { 3 } else { 2 };
                self.separator(width);
                if self.open.last().is_some_and(|(open, _)| *open == Open::Case) {
                    self.place = Place::Pattern;
                }
            }
            (b';', _) => self.separator(1),
            (b'(', _) => self.open_paren(),
            _ => self.close_paren(),
        }
        self.reach();
    }

    fn join(&mut self, width: usize) {
        let is_bare = self.place == Place::Command && self.command.is_empty() && self.command.writes.is_empty();
        if self.place == Place::Awaited || is_bare {
            self.error(self.at, "an operator without a command before it");
        }
        self.at += width;
        self.end_command();
        self.place = Place::Awaited;
    }

    fn pipe(&mut self, width: usize) {
        self.join(width);
        self.command.is_piped_into = true;
    }

    fn separator(&mut self, width: usize) {
        self.at += width;
        self.end_command();
        self.place = Place::Command;
    }

    fn open_paren(&mut self) {
        let from = self.at;
        match self.place {
            Place::Command | Place::Awaited if self.peek(1) == b'(' => self.arithmetic(),
            Place::Command | Place::Awaited => {
                self.script.shape = Shape::Compound;
                self.open.push((Open::Paren, from));
                self.depth += 1;
                self.at += 1;
                self.place = Place::Command;
            }
            Place::Argument if self.is_function_head() => {
                self.script.shape = Shape::Compound;
                self.at = from + self.text[from..self.end].find(')').map_or(1, |close| close + 1);
                self.command = Simple::default();
                self.place = Place::Command;
            }
            Place::Argument if self.command.words.first().is_some_and(|word| word.text == "for") => self.arithmetic(),
            Place::Argument | Place::Subject => {
                self.error(from, "`(` where no command begins");
                self.at += 1;
            }
            Place::Pattern | Place::Test => self.at += 1,
        }
    }

    fn is_function_head(&self) -> bool {
        let is_named = match self.command.words.as_slice() {
            [_] => true,
            [word, _] => word.text == "function",
            _ => false,
        };
        is_named && self.text[self.at + 1..self.end].trim_start_matches([' ', '\t']).starts_with(')')
    }

    fn arithmetic(&mut self) {
        let from = self.at;
        let Some(length) = self.text[from..self.end].find("))") else {
            self.left_open(from, "`((` without `))`");
            self.at = self.end;
            return;
        };
        self.at = from + length + 2;
        self.script.shape = Shape::Compound;
        self.place = Place::Argument;
    }

    fn close_paren(&mut self) {
        let from = self.at;
        self.at += 1;
        if self.place == Place::Pattern {
            self.place = Place::Command;
            return;
        }
        self.end_command();
        self.place = Place::Argument;
        if self.open.last().is_some_and(|(open, _)| *open == Open::Paren) {
            self.open.pop();
            self.depth = self.depth.saturating_sub(1);
        } else {
            self.error(from, "`)` closes nothing");
        }
    }

    /// Reads one word and gives it its place.
    fn word(&mut self) {
        let from = self.at;
        self.begin();
        let word = self.read_word();
        self.reach();
        let is_descriptor = matches!(self.peek(0), b'<' | b'>')
            && !word.text.is_empty()
            && word.text.bytes().all(|byte| byte.is_ascii_digit());
        if is_descriptor && word.text.len() < 3 {
            return;
        }
        match self.place {
            Place::Command | Place::Awaited => self.first_word(word),
            Place::Argument => self.argument(word),
            Place::Subject => {
                if word.text == "in" {
                    self.place = Place::Pattern;
                }
            }
            Place::Pattern => {
                if word.text == "esac" {
                    self.close(Open::Case, from);
                }
            }
            Place::Test => {
                if word.text == "]]" {
                    self.place = Place::Argument;
                }
                self.command.words.push(word);
            }
        }
    }

    fn argument(&mut self, word: Word<'a>) {
        let is_body = word.text == "{" && self.command.words.first().is_some_and(|first| first.text == "function");
        if is_body {
            self.command = Simple::default();
            self.opens(Open::Brace, word.span.start);
            return;
        }
        self.command.words.push(word);
    }

    fn first_word(&mut self, word: Word<'a>) {
        let raw = &self.text[word.span.clone()];
        let at = word.span.start;
        match raw {
            "if" => self.opens(Open::If, at),
            "while" | "until" => self.opens(Open::Loop, at),
            "{" => self.opens(Open::Brace, at),
            "then" | "else" | "elif" | "do" | "!" => self.place = Place::Command,
            "fi" => self.close(Open::If, at),
            "done" => self.close(Open::Loop, at),
            "esac" => self.close(Open::Case, at),
            "}" => self.close(Open::Brace, at),
            "case" => {
                self.opens(Open::Case, at);
                self.place = Place::Subject;
            }
            "for" | "select" => {
                self.opens(Open::Loop, at);
                self.begin_command(word);
            }
            _ => self.name_or_assignment(word, raw),
        }
    }

    fn name_or_assignment(&mut self, word: Word<'a>, raw: &'a str) {
        if let Some((name, value)) = raw.split_once('=') {
            let name = name.strip_suffix('+').unwrap_or(name);
            let bare = name.split_once('[').map_or(name, |(array, _)| array);
            if is_name(bare) && (bare == name || name.ends_with(']')) {
                if self.command.is_empty() {
                    self.command.start = word.span.start;
                    self.command.depth = self.depth;
                }
                self.command.assigns.push(Assign { name: bare, value });
                self.place = Place::Command;
                return;
            }
        }
        let place = if raw == "[[" { Place::Test } else { Place::Argument };
        if raw == "function" {
            self.script.shape = Shape::Compound;
        }
        self.begin_command(word);
        self.place = place;
    }

    fn begin_command(&mut self, word: Word<'a>) {
        if self.command.assigns.is_empty() {
            self.command.start = word.span.start;
        }
        self.command.depth = self.depth;
        self.command.words.push(word);
        self.place = Place::Argument;
    }

    fn opens(&mut self, open: Open, at: usize) {
        self.script.shape = Shape::Compound;
        self.open.push((open, at));
        self.place = Place::Command;
    }

    fn close(&mut self, open: Open, at: usize) {
        if self.open.last().is_some_and(|(last, _)| *last == open) {
            self.open.pop();
        } else {
            self.error(at, format!("`{}` closes nothing", self.text[at..].split_whitespace().next().unwrap_or("")));
        }
        self.place = Place::Argument;
    }

    fn end_command(&mut self) {
        let mut command = std::mem::take(&mut self.command);
        if !command.is_empty() || !command.writes.is_empty() {
            command.depth = self.depth;
            self.statement.commands.push(command);
        }
    }

    fn end_statement(&mut self) {
        let Some(began) = self.began.take() else { return };
        let mut statement = std::mem::take(&mut self.statement);
        statement.span = began..self.last.max(began);
        statement.commands.sort_by_key(|command| command.start);
        self.script.statements.push(statement);
    }
}

impl Simple<'_> {
    fn is_empty(&self) -> bool {
        self.words.is_empty() && self.assigns.is_empty()
    }
}
