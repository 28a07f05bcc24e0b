//! Redirections and the bodies of here-documents.

use super::{Heredoc, Reader};

impl<'a> Reader<'a> {
    /// `>`, `>>`, `<`, `<<`, `<<<`, `>&` with its target.
    pub(super) fn redirection(&mut self) {
        let from = self.at;
        let is_write = self.bytes[from] == b'>';
        let double = self.peek(1) == self.bytes[from];
        let triple = double && !is_write && self.peek(2) == b'<';
        self.at += 1 + usize::from(double) + usize::from(triple);
        // `<>` opens a file for both, and makes it if it is not there.
        let opens_both = !is_write && self.peek(0) == b'>';
        let strips_tabs = double && !triple && !is_write && self.peek(0) == b'-';
        let duplicates = !double && self.peek(0) == b'&';
        if strips_tabs || duplicates || !double && matches!(self.peek(0), b'|' | b'>') {
            self.at += 1;
        }
        while matches!(self.peek(0), b' ' | b'\t') {
            self.at += 1;
        }
        let start = self.at;
        let target = self.read_word();
        if target.span.is_empty() {
            self.error(from, "a redirection without a target");
            return;
        }
        if duplicates && target.text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
            return;
        }
        if triple {
            self.command.has_heredoc = true;
        } else if double && !is_write {
            self.command.has_heredoc = true;
            let is_literal = target.text != self.text[target.span.clone()];
            self.heredocs.push(Heredoc { delimiter: target.text, at: start, strips_tabs, is_literal });
        } else if is_write {
            if !matches!(target.text.as_ref(), "/dev/null" | "/dev/stdout" | "/dev/stderr" | "/dev/tty") {
                self.command.writes.push(target.text);
            }
        } else {
            if opens_both && !target.text.starts_with("/dev/") {
                self.command.writes.push(target.text.clone());
            }
            self.command.reads.push(target.text);
        }
    }

    /// The lines up to the delimiter; without one the text is left open.
    pub(super) fn heredoc_body(&mut self, heredoc: &Heredoc<'a>) {
        let from = self.at;
        while self.at < self.end {
            let rest = &self.text[self.at..self.end];
            let line = rest.split('\n').next().unwrap_or("");
            let bare = if heredoc.strips_tabs { line.trim_start_matches('\t') } else { line };
            let body_end = self.at;
            self.at = (self.at + line.len() + 1).min(self.end);
            if bare.trim_end_matches('\r') == heredoc.delimiter {
                if heredoc.is_literal {
                    self.statement.literal_heredocs.push(from..body_end);
                }
                self.last = self.last.max(body_end + line.len());
                return;
            }
        }
        self.last = self.last.max(self.text[..self.at].trim_end().len());
        self.left_open(heredoc.at, format!("the here-document `{}` is never closed", heredoc.delimiter));
    }
}
