//! Whether the terminal's page is dark or light. Asked only when the operator wants a theme for each, once, after the first
//! frame, and never for long.
//!
//! The question is OSC 11 (xterm: report the background colour), followed by one that every terminal answers (primary device
//! attributes), so that a terminal that does not know the first does not make anybody wait.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, Write as _};

const QUESTION: &[u8] = b"\x1b]11;?\x1b\\\x1b[c";

/// How often the answer is looked for, and how long each time: 100 ms together.
const GLANCES: usize = 10;
const GLANCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 10_000_000 };

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Answer {
    pub(super) dark: Option<bool>,
    /// What the operator typed meanwhile.
    pub(super) typed: Vec<char>,
    /// The answer may still come: then it must not be taken for keys.
    pub(super) outstanding: bool,
}

/// Asks the terminal. Nobody else may read it meanwhile.
///
/// # Errors
/// When the terminal cannot be written or read.
pub(super) fn ask() -> io::Result<Answer> {
    let mut out = io::stdout();
    out.write_all(QUESTION)?;
    out.flush()?;
    let stdin = rustix::stdio::stdin();
    let (mut bytes, mut empty) = (Vec::new(), 0);
    while empty < GLANCES && parse(&bytes).is_none_or(|answer| answer.outstanding) {
        let mut polled = [PollFd::new(&stdin, PollFlags::IN)];
        if poll(&mut polled, Some(&GLANCE))? == 0 {
            empty += 1;
            continue;
        }
        let mut buffer = [0; 256];
        match rustix::io::read(stdin, &mut buffer)? {
            0 => break,
            read => bytes.extend_from_slice(&buffer[..read]),
        }
    }
    Ok(parse(&bytes).unwrap_or(Answer { outstanding: true, ..Answer::default() }))
}

/// Takes the two answers out of what was read; what is left was typed.
fn parse(bytes: &[u8]) -> Option<Answer> {
    let text = String::from_utf8_lossy(bytes);
    let mut answer = Answer { outstanding: true, ..Answer::default() };
    let mut rest = text.as_ref();
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("\x1b]11;") {
            let end = after.find(['\x07', '\x1b'])?;
            answer.dark = is_dark(&after[..end]);
            rest = after[end..].trim_start_matches('\x07');
            rest = rest.strip_prefix("\x1b\\").unwrap_or(rest);
        } else if let Some(after) = rest.strip_prefix("\x1b[?") {
            let end = after.find('c')?;
            answer.outstanding = false;
            rest = &after[end + 1..];
        } else {
            if !c.is_control() {
                answer.typed.push(c);
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    Some(answer)
}

/// `rgb:1c1c/1c1c/1c1c`: one to four hexadecimal digits for each part.
fn is_dark(colour: &str) -> Option<bool> {
    let parts = colour.strip_prefix("rgb:").or(colour.strip_prefix("rgba:"))?;
    let mut sum = 0;
    for (part, weight) in parts.split('/').take(3).zip([299_u32, 587, 114]) {
        let most = (1_u32 << (4 * part.len().min(4))) - 1;
        let value = u32::from_str_radix(part, 16).ok().filter(|_| most > 0)?;
        sum += value * 1000 / most * weight;
    }
    Some(sum < 500_000)
}

/// Whether `COLORFGBG` (rxvt, Konsole: `15;0`) says that the page is dark.
#[must_use]
pub fn dark_by_environment(colorfgbg: &str) -> Option<bool> {
    let page: u8 = colorfgbg.rsplit(';').next()?.parse().ok()?;
    Some(matches!(page, 0..=6 | 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_are_told_from_what_was_typed() {
        let answer = parse(b"j\x1b]11;rgb:1c1c/1c1c/2020\x1b\\k\x1b[?62;22cl").unwrap();
        assert_eq!(answer, Answer { dark: Some(true), typed: vec!['j', 'k', 'l'], outstanding: false });
        let light = parse(b"\x1b]11;rgb:ff/fa/f0\x07\x1b[?6c").unwrap();
        assert_eq!((light.dark, light.outstanding), (Some(false), false));
    }

    #[test]
    fn a_terminal_that_does_not_know_is_not_waited_for() {
        let answer = parse(b"\x1b[?1;2c").unwrap();
        assert_eq!((answer.dark, answer.outstanding), (None, false));
        assert_eq!(parse(b"\x1b]11;rgb:1c1c"), None, "half an answer is none yet");
        assert!(parse(b"x").unwrap().outstanding);
    }

    #[test]
    fn the_environment_may_say_it() {
        let said: Vec<_> = ["15;0", "0;15", "0;default;7", "x"].map(dark_by_environment).into();
        assert_eq!(said, [Some(true), Some(false), Some(false), None]);
    }
}
