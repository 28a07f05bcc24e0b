//! Walks over a text and knows at every byte whether it is quoted, a comment or in a here-document.
//!
//! The shell reader cannot be asked here: it would take `<host>` for a redirection.

use super::form;
use super::{Hole, Spelling};
use crate::runbook::code::program;
use std::collections::HashMap;

/// What is around the current byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote {
    Bare,
    Single,
    Double,
    /// A here-document whose body the shell expands.
    Heredoc,
    /// A here-document with a quoted delimiter.
    LiteralHeredoc,
}

/// What the command around the current byte does with its quoted words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    Plain,
    /// They are patterns: `grep`, `sed`, `awk`.
    Pattern,
    /// They are programs in another language: `jq`, `python -c`.
    Code,
    /// They are messages: `echo`, `printf`, `logger`.
    Message,
    /// It takes names in capitals as arguments: `gcloud`, `aws`.
    Cloud,
    /// Its `XXXXXX` is meant: `mktemp`.
    Temporary,
}

pub(super) struct Scan<'a> {
    pub text: &'a str,
    pub bytes: &'a [u8],
    pub at: usize,
    pub quote: Quote,
    pub reader: Reader,
    holes: Vec<Hole>,
    heredocs: Vec<(&'a str, Quote)>,
    /// What stands behind each `</` of the text, in byte order.
    closers: Vec<&'a str>,
    /// Where each line stands last that may end a here-document; filled when the first one begins.
    last_lines: HashMap<&'a str, usize>,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Scan {
            text,
            bytes: text.as_bytes(),
            at: 0,
            quote: Quote::Bare,
            reader: Reader::Plain,
            holes: Vec::new(),
            heredocs: Vec::new(),
            closers: closers(text),
            last_lines: HashMap::new(),
        }
    }

    pub(super) fn holes(mut self) -> Vec<Hole> {
        while self.at < self.bytes.len() {
            let is_word_start = is_word_byte(self.bytes[self.at]) && !is_word_byte(self.before());
            if is_word_start && self.quote == Quote::Bare {
                self.note_word();
            }
            match form::hole(&self) {
                Some(hole) => {
                    self.at = hole.span.end;
                    // A variable that is written twice is one hole per place; marks never begin before the last one's end.
                    self.push(hole);
                }
                // A word that is no hole holds none: it is looked at once, not letter by letter.
                None if self.bytes[self.at].is_ascii_alphanumeric() => self.at += form::word_length(self.rest()).max(1),
                None => self.step(),
            }
        }
        self.holes
    }

    fn push(&mut self, hole: Hole) {
        let overlaps = self.holes.last().is_some_and(|last| hole.span.start < last.span.end);
        if !overlaps && !hole.span.is_empty() {
            self.holes.push(hole);
        }
    }

    /// The byte before the current one; a line end at the text's beginning.
    pub(super) fn before(&self) -> u8 {
        if self.at == 0 { b'\n' } else { self.bytes[self.at - 1] }
    }

    /// The byte `ahead` of the current one; a line end behind the text.
    pub(super) fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(b'\n')
    }

    /// The last bytes before the current place: enough for a command line, and few enough for texts made to do harm.
    pub(super) fn near(&self) -> &'a str {
        const NEAR: usize = 600;
        &self.text[self.text.floor_char_boundary(self.at.saturating_sub(NEAR))..self.at]
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Whether the text closes an element whose name begins so: `</name`.
    pub(super) fn is_closed(&self, name: &str) -> bool {
        let at = self.closers.partition_point(|closer| *closer < name);
        self.closers.get(at).is_some_and(|closer| closer.starts_with(name))
    }

    fn step(&mut self) {
        let byte = self.bytes[self.at];
        match self.quote {
            Quote::Bare => self.step_bare(byte),
            Quote::Single => {
                if byte == b'\'' {
                    self.quote = Quote::Bare;
                }
                self.advance();
            }
            Quote::Double => match byte {
                b'"' => {
                    self.quote = Quote::Bare;
                    self.advance();
                }
                b'\\' => {
                    self.advance();
                    if self.at < self.bytes.len() {
                        self.advance();
                    }
                }
                _ => self.advance(),
            },
            Quote::Heredoc | Quote::LiteralHeredoc => {
                self.advance();
                if byte == b'\n' {
                    self.leave_heredoc();
                }
            }
        }
    }

    fn step_bare(&mut self, byte: u8) {
        match byte {
            b'\''
                if !(self.before().is_ascii_alphabetic()
                    && self.peek(1).is_ascii_alphabetic()
                    && self.is_apostrophe()) =>
            {
                self.quote = Quote::Single;
                self.advance();
            }
            b'"' => {
                self.quote = Quote::Double;
                self.advance();
            }
            b'\\' => {
                self.advance();
                if self.at < self.bytes.len() {
                    self.advance();
                }
            }
            b'#' if self.before().is_ascii_whitespace() => {
                self.at = self.rest().find('\n').map_or(self.bytes.len(), |length| self.at + length);
            }
            b'<' if self.peek(1) == b'<' && self.peek(2) != b'<' && self.before() != b'<' => self.heredoc_mark(),
            b'\n' => {
                self.reader = Reader::Plain;
                self.advance();
                self.enter_heredoc();
            }
            b'|' | b';' | b'&' | b'(' | b'`' => {
                self.reader = Reader::Plain;
                self.advance();
            }
            _ => self.advance(),
        }
    }

    /// A quote between letters that no other quote on the line closes is an apostrophe.
    fn is_apostrophe(&self) -> bool {
        // A longer line is no sentence.
        const SENTENCE: usize = 1000;
        let rest = &self.bytes[self.at + 1..];
        rest.iter().take(SENTENCE).take_while(|&&byte| byte != b'\n').filter(|&&byte| byte == b'\'').count() % 2 == 0
    }

    fn advance(&mut self) {
        self.at += self.rest().chars().next().map_or(1, char::len_utf8);
    }

    /// Keeps what kind of reader the current command is.
    fn note_word(&mut self) {
        let rest = self.rest();
        let end = rest.bytes().position(|byte| !is_word_byte(byte)).unwrap_or(rest.len());
        let reader = match program::base(&rest[..end]) {
            "grep" | "egrep" | "fgrep" | "zgrep" | "rg" | "ag" | "ack" | "sed" | "awk" | "gawk" | "tr" => {
                Reader::Pattern
            }
            "jq" | "yq" | "perl" | "python" | "python3" | "ruby" | "node" | "find" | "xargs" | "envsubst" | "php" => {
                Reader::Code
            }
            "echo" | "printf" | "logger" | "say" | "wall" => Reader::Message,
            "gcloud" | "gsutil" | "bq" | "aws" | "az" | "ssh" | "scp" | "rsync" | "curl" | "psql" | "mysql"
            | "eksctl" | "doctl" | "terraform" => Reader::Cloud,
            "mktemp" => Reader::Temporary,
            _ => return,
        };
        if self.reader == Reader::Plain || reader != Reader::Cloud && self.reader == Reader::Cloud {
            self.reader = reader;
        }
    }

    fn heredoc_mark(&mut self) {
        let rest = self.rest();
        let after = rest[2..].trim_start_matches('-').trim_start_matches([' ', '\t']);
        let is_literal = after.starts_with(['\'', '"', '\\']);
        let bare = after.trim_start_matches(['\'', '"', '\\']);
        let end = bare.bytes().position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'_')).unwrap_or(bare.len());
        if end > 0 {
            self.heredocs.push((&bare[..end], if is_literal { Quote::LiteralHeredoc } else { Quote::Heredoc }));
        }
        let quotes = usize::from(is_literal);
        self.at += (rest.len() - bare.len() + end + quotes).min(rest.len());
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
    }

    fn enter_heredoc(&mut self) {
        if let Some(&(delimiter, quote)) = self.heredocs.first() {
            // A here-document that is never closed is no here-document: its lines are read as they are.
            if self.last_lines.is_empty() {
                let mut at = 0;
                for line in self.text.split('\n') {
                    self.last_lines.insert(line.trim_matches(['\t', '\r']), at);
                    at += line.len() + 1;
                }
            }
            if self.last_lines.get(delimiter).is_some_and(|&last| last >= self.at) {
                self.quote = quote;
                self.leave_heredoc();
            } else {
                self.heredocs.clear();
            }
        }
    }

    /// At the beginning of a line inside a here-document: leaves it if this is its last line.
    fn leave_heredoc(&mut self) {
        let Some(&(delimiter, _)) = self.heredocs.first() else {
            return;
        };
        let line = self.rest().split('\n').next().unwrap_or("");
        if line.trim_matches(['\t', '\r']) == delimiter {
            self.at += line.len();
            self.quote = Quote::Bare;
            self.heredocs.remove(0);
        }
    }

    pub(super) fn mark(&self, length: usize, name: impl Into<String>) -> Hole {
        Hole { span: self.at..self.at + length, name: name.into(), spelling: Spelling::Mark }
    }
}

/// What stands behind each `</`, in byte order, as far as a name can reach.
fn closers(text: &str) -> Vec<&str> {
    const NAME: usize = 80;
    let mut closers: Vec<&str> = memchr::memmem::find_iter(text.as_bytes(), "</")
        .map(|at| &text[at + 2..text.floor_char_boundary(at + 2 + NAME)])
        .collect();
    closers.sort_unstable();
    closers
}

impl Reader {
    /// Whether what is quoted is no text of the shell.
    pub(super) fn interprets(self) -> bool {
        match self {
            Reader::Pattern | Reader::Code => true,
            Reader::Plain | Reader::Message | Reader::Cloud | Reader::Temporary => false,
        }
    }
}

/// Bytes of which names, paths and options are made.
pub(super) fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/')
}
