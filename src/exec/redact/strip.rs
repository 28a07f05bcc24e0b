//! Takes out of a stream what does not belong to its text: escape sequences, carriage returns, and the line breaks that wrap
//! base64. Everything taken out is kept with its place.
//!
//! It changes nothing by itself.

use memchr::{memchr, memchr2, memrchr};

/// Lines of at least this many base64 characters count as wrapped. Usual widths are 60, 64 and 76.
const WRAPPED: usize = 60;
/// Longest escape sequence. What is longer is no sequence but a stray escape before text.
const LONGEST: usize = 4096;

#[derive(Debug)]
pub(super) struct Strip {
    /// The beginning of an escape sequence whose end has not come yet.
    partial: Vec<u8>,
    /// Base64 characters immediately before the next byte, at most [`WRAPPED`].
    run: usize,
    joins: bool,
}

impl Strip {
    /// `joins`: whether line breaks of wrapped base64 are taken out too; without secrets there is nothing to find in it.
    pub(super) fn new(joins: bool) -> Self {
        Self { partial: Vec::new(), run: 0, joins }
    }

    pub(super) fn joins_lines(&mut self) {
        self.joins = true;
    }

    /// Appends the text of `bytes` to `held`, and what is not text to `taken`.
    pub(super) fn take(&mut self, bytes: &[u8], held: &mut Vec<u8>, taken: &mut Vec<(usize, Vec<u8>)>) {
        let joined;
        let mut rest = bytes;
        if !self.partial.is_empty() {
            joined = [std::mem::take(&mut self.partial), bytes.to_vec()].concat();
            rest = &joined;
        }
        while !rest.is_empty() {
            let (text, special) = rest.split_at(memchr2(0x1b, b'\r', rest).unwrap_or(rest.len()));
            self.text(text, held, taken);
            let length = match special.first() {
                None => return,
                Some(b'\r') => 1,
                Some(_) => match sequence_length(special) {
                    Some(length) => length,
                    None if special.len() < LONGEST => {
                        self.partial = special.to_vec();
                        return;
                    }
                    None => 1,
                },
            };
            taken.push((held.len(), special[..length].to_vec()));
            rest = &special[length..];
        }
    }

    /// The stream has ended; what looked like the beginning of a sequence was all there is.
    pub(super) fn finish(&mut self, end: usize, taken: &mut Vec<(usize, Vec<u8>)>) {
        if !self.partial.is_empty() {
            taken.push((end, std::mem::take(&mut self.partial)));
        }
    }

    /// Appends text, without the line feeds that wrap base64. Lines that are too short to be wrapped cost next to nothing.
    fn text(&mut self, text: &[u8], held: &mut Vec<u8>, taken: &mut Vec<(usize, Vec<u8>)>) {
        if !self.joins {
            held.extend_from_slice(text);
            return;
        }
        let (mut copied, mut line) = (0, 0);
        while let Some(feed) = self.next_feed(text, line) {
            let window = &text[line.max(feed.saturating_sub(WRAPPED))..feed];
            if window.len() + self.run >= WRAPPED && window.iter().all(|byte| is_base64(*byte)) {
                held.extend_from_slice(&text[copied..feed]);
                taken.push((held.len(), vec![b'\n']));
                copied = feed + 1;
            }
            line = feed + 1;
            self.run = 0;
        }
        held.extend_from_slice(&text[copied..]);
        let end = &text[line.max(text.len().saturating_sub(WRAPPED))..];
        let run = end.iter().rev().take_while(|byte| is_base64(**byte)).count();
        self.run = if run == text.len() - line { (self.run + run).min(WRAPPED) } else { run };
    }

    /// A line feed from `line` on. Between short lines it leaps to the last one within a line's width, because none of those
    /// before it can end a wrapped line.
    fn next_feed(&self, text: &[u8], line: usize) -> Option<usize> {
        let (near, far) = text[line..].split_at(WRAPPED.min(text.len() - line));
        let leap = if self.run == 0 { memrchr(b'\n', near) } else { memchr(b'\n', near) };
        leap.or_else(|| memchr(b'\n', far).map(|feed| near.len() + feed)).map(|feed| line + feed)
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
}

/// Length of the escape sequence at the start (ECMA-48: CSI, OSC and other strings, two-character sequences). `None` when
/// its end is not there.
fn sequence_length(bytes: &[u8]) -> Option<usize> {
    match bytes.get(1)? {
        b'[' => bytes.iter().skip(2).position(|byte| !(0x20..=0x3f).contains(byte)).map(|at| at + 3),
        b']' | b'P' | b'X' | b'^' | b'_' => {
            let bell = memchr(0x07, bytes).map(|at| at + 1);
            let terminator = bytes.windows(2).skip(2).position(|pair| pair == b"\x1b\\").map(|at| at + 4);
            [bell, terminator].into_iter().flatten().min()
        }
        0x20..=0x2f => bytes.iter().skip(2).position(|byte| !(0x20..=0x2f).contains(byte)).map(|at| at + 3),
        _ => Some(2),
    }
}
