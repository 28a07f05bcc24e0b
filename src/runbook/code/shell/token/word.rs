//! One word of shell: quotes, escapes, expansions and substitutions.

use super::{Place, Reader, Until};
use crate::runbook::code::shell::Word;
use std::borrow::Cow;

/// Substitutions nested deeper than this are taken as plain text, so that no document can exhaust the stack.
const MAX_DEPTH: u32 = 24;

impl<'a> Reader<'a> {
    /// Reads a word at the reader's place; its span is empty if none stands there.
    pub(super) fn read_word(&mut self) -> Word<'a> {
        let start = self.at;
        let mut unquoted: Option<String> = None;
        let mut copied = start;
        while self.at < self.end {
            let from = self.at;
            let quoted = match self.bytes[from] {
                b'<' | b'>' if from == start && self.peek(1) == b'(' => {
                    self.at += 1;
                    self.substitution();
                    continue;
                }
                b'(' if self.opens_group(start) => {
                    self.group();
                    continue;
                }
                b' ' | b'\t' | b'\n' | b'\r' | b'&' | b'|' | b';' | b'(' | b')' | b'<' | b'>' => break,
                b'$' => {
                    if self.peek(1) == b'\'' {
                        self.at += 1;
                        self.ansi_quote()
                    } else {
                        self.expansion();
                        continue;
                    }
                }
                b'`' => {
                    self.backticks();
                    continue;
                }
                b'\\' => self.escape(),
                b'\'' => self.single_quote(),
                b'"' => self.double_quote(),
                _ => {
                    self.at += 1;
                    continue;
                }
            };
            let buffer = unquoted.get_or_insert_with(String::new);
            buffer.push_str(&self.text[copied..from]);
            buffer.push_str(&self.text[quoted]);
            copied = self.at;
        }
        let text = match unquoted {
            None => Cow::Borrowed(&self.text[start..self.at]),
            Some(mut buffer) => {
                buffer.push_str(&self.text[copied..self.at]);
                Cow::Owned(buffer)
            }
        };
        Word { text, span: start..self.at }
    }

    /// Whether a `(` belongs to the word: an array `x=(…)` or an extended pattern `@(…)`.
    fn opens_group(&self, start: usize) -> bool {
        self.at > start && matches!(self.bytes[self.at - 1], b'=' | b'@' | b'!' | b'+' | b'*' | b'?')
    }

    fn group(&mut self) {
        let from = self.at;
        let mut level = 0_u32;
        while self.at < self.end {
            match self.bytes[self.at] {
                b'(' => level += 1,
                b')' => {
                    level -= 1;
                    if level == 0 {
                        self.at += 1;
                        return;
                    }
                }
                b'\'' => {
                    self.single_quote();
                    continue;
                }
                b'"' => {
                    self.double_quote();
                    continue;
                }
                b'$' => {
                    self.expansion();
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
        self.left_open(from, "`(` without `)`");
    }

    fn escape(&mut self) -> std::ops::Range<usize> {
        let from = self.at + 1;
        let escaped = self.text[from..self.end].chars().next();
        self.at = from + escaped.map_or(0, char::len_utf8);
        if escaped == Some('\n') { from..from } else { from..self.at }
    }

    fn single_quote(&mut self) -> std::ops::Range<usize> {
        let from = self.at;
        if let Some(length) = self.text[from + 1..self.end].find('\'') {
            self.at = from + length + 2;
            from + 1..self.at - 1
        } else {
            self.left_open(from, "`'` is never closed");
            self.at = self.end;
            from + 1..self.end
        }
    }

    fn ansi_quote(&mut self) -> std::ops::Range<usize> {
        let from = self.at;
        self.at += 1;
        while self.at < self.end {
            match self.bytes[self.at] {
                b'\\' => {
                    self.escape();
                }
                b'\'' => {
                    self.at += 1;
                    return from + 1..self.at - 1;
                }
                _ => self.at += 1,
            }
        }
        self.left_open(from, "`$'` is never closed");
        from + 1..self.end
    }

    fn double_quote(&mut self) -> std::ops::Range<usize> {
        let from = self.at;
        self.at += 1;
        while self.at < self.end {
            match self.bytes[self.at] {
                b'"' => {
                    self.at += 1;
                    return from + 1..self.at - 1;
                }
                b'\\' => {
                    self.escape();
                }
                b'$' => self.expansion(),
                b'`' => self.backticks(),
                _ => self.at += 1,
            }
        }
        self.left_open(from, "`\"` is never closed");
        from + 1..self.end
    }

    /// `$x`, `${…}`, `$(…)`, `$((…))`.
    fn expansion(&mut self) {
        match (self.peek(1), self.peek(2)) {
            (b'(', b'(') => {
                let from = self.at;
                // That there is none is found out once, not for every `$((`.
                let is_unclosed = self.unclosed == Some(self.end);
                let close = if is_unclosed { None } else { self.text[from..self.end].find("))") };
                self.unclosed = if close.is_none() { Some(self.end) } else { self.unclosed };
                if let Some(length) = close {
                    self.at = from + length + 2;
                } else {
                    self.at += 1;
                    self.substitution();
                }
            }
            (b'(', _) => {
                self.at += 1;
                self.substitution();
            }
            (b'{', _) => self.parameter(),
            _ => self.at += 1,
        }
    }

    /// `${…}`, with quotes and expansions in it.
    fn parameter(&mut self) {
        let from = self.at;
        self.at += 2;
        if self.depth >= MAX_DEPTH {
            self.at = self.text[from..self.end].find('}').map_or(self.end, |length| from + length + 1);
            return;
        }
        self.depth += 1;
        while self.at < self.end {
            match self.bytes[self.at] {
                b'}' => {
                    self.at += 1;
                    self.depth -= 1;
                    return;
                }
                b'\\' => {
                    self.escape();
                }
                b'"' => {
                    self.double_quote();
                }
                b'$' => self.expansion(),
                b'`' => self.backticks(),
                _ => self.at += 1,
            }
        }
        self.depth -= 1;
        self.left_open(from, "`${` without `}`");
    }

    /// `(…)` of `$(`, `<(` or `>(`: commands of their own.
    fn substitution(&mut self) {
        let from = self.at;
        self.at += 1;
        if self.depth >= MAX_DEPTH {
            self.at = self.text[from..self.end].find(')').map_or(self.end, |length| from + length + 1);
            return;
        }
        self.nested();
        if self.peek(0) == b')' {
            self.at += 1;
        } else {
            self.left_open(from, "`$(` without `)`");
        }
    }

    /// `` `…` ``: commands of their own.
    fn backticks(&mut self) {
        let from = self.at;
        self.at += 1;
        let mut close = self.at;
        while close < self.end && self.bytes[close] != b'`' {
            close += if self.bytes[close] == b'\\' { 2 } else { 1 };
        }
        if close >= self.end || self.depth >= MAX_DEPTH {
            self.at = close.saturating_add(1).min(self.end);
            if close >= self.end {
                self.left_open(from, "a backtick is never closed");
            }
            return;
        }
        let outer = std::mem::replace(&mut self.end, close);
        self.nested();
        self.end = outer;
        self.at = close + 1;
    }

    /// Reads the commands of a substitution up to its `)` or the reader's end, apart from the command around it.
    fn nested(&mut self) {
        let command = std::mem::take(&mut self.command);
        let open = std::mem::take(&mut self.open);
        let place = std::mem::replace(&mut self.place, Place::Command);
        let heredocs = std::mem::take(&mut self.heredocs);
        let depth = self.depth;
        self.depth += 1;
        self.list(Until::Close);
        if let Some(&(open, at)) = self.open.last() {
            self.left_open(at, open.word());
        }
        self.end_command();
        self.depth = depth;
        self.heredocs = heredocs;
        self.place = place;
        self.open = open;
        self.command = command;
    }
}
