//! Text for people: nothing from a document or a command reaches a terminal or a reader unescaped.
//!
//! Control characters, and characters that reorder or hide text, are shown as `\x1b` or `\u{202e}`. Colour (SGR) sequences
//! in outputs are left out, and CR LF is one line end; both are said where outputs are shown, and the exact bytes are in the
//! JSON record.

use super::record::{Person, SignOff, Signature};
use crate::run::{Exactness, Length};
use chrono::{DateTime, SecondsFormat, Utc};
use std::borrow::Cow;
use std::fmt::{self, Write as _};

/// Bytes that are looked at together.
const PIECE: usize = 64;

/// Whether a character would act on a terminal, or show text as something it is not: C0, DEL and C1 controls, line and
/// paragraph separators, bidirectional controls (UAX #9), zero-width characters.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn escape(c: char, into: &mut String) {
    let code = u32::from(c);
    let written = if code < 0x100 { write!(into, "\\x{code:02x}") } else { write!(into, "\\u{{{code:x}}}") };
    written.expect("writing to a String cannot fail");
}

/// One line: line ends become a visible sign, everything that hides is escaped.
#[must_use]
pub fn inline(text: &str) -> String {
    let text = text.trim_end_matches(['\r', '\n']);
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => line.push_str(" ⏎ "),
            '\r' => {}
            '\t' => line.push(' '),
            c if is_hidden(c) => escape(c, &mut line),
            c => line.push(c),
        }
    }
    line
}

/// Several lines: line ends and tabs stay, everything else that hides is escaped.
#[must_use]
pub fn block(text: &str) -> String {
    let mut block = String::with_capacity(text.len());
    append(text, &mut block);
    block
}

/// Appends a text as [`block`] shows it. Almost all of what commands print is plain, and is copied in whole pieces.
fn append(text: &str, block: &mut String) {
    let mut rest = text;
    while let Some(at) = first_other(rest.as_bytes()) {
        let (plain, from) = rest.split_at(at);
        block.push_str(plain);
        let c = from.chars().next().expect("a byte stands here");
        rest = &from[c.len_utf8()..];
        if c == '\r' && rest.starts_with('\n') {
            continue;
        }
        if is_hidden(c) { escape(c, block) } else { block.push(c) }
    }
    block.push_str(rest);
}

/// Where the first byte stands that is not plain. Pieces are looked at whole, which takes no decision for each byte.
fn first_other(bytes: &[u8]) -> Option<usize> {
    let is_other = |piece: &[u8]| piece.iter().fold(false, |other, byte| other | !is_plain(*byte));
    let piece = bytes.chunks(PIECE).position(is_other)? * PIECE;
    Some(piece + bytes[piece..].iter().position(|byte| !is_plain(*byte))?)
}

/// Printable ASCII, tab and line end: shown as it is.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\t')
}

/// JSON with every character that hides or acts written as an escape: the same value, and harmless to look at. Such a
/// character can only stand inside a string.
#[must_use]
pub fn json_escaped(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        if is_hidden(c) && c != '\n' {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                write!(safe, "\\u{unit:04x}").expect("writing to a String cannot fail");
            }
        } else {
            safe.push(c);
        }
    }
    safe
}

/// What a command printed: like [`block`], without colours; bytes that are no UTF-8 are shown as `\xff`.
#[must_use]
pub fn printed(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        append(&without_colour(chunk.valid()), &mut text);
        for byte in chunk.invalid() {
            write!(text, "\\x{byte:02x}").expect("writing to a String cannot fail");
        }
    }
    text
}

/// Takes complete SGR sequences out (`ESC [ … m`, ECMA-48 8.3.117); any other sequence stays, to be escaped.
fn without_colour(text: &str) -> Cow<'_, str> {
    if !text.contains("\x1b[") {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\x1b[") {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        let length = from[2..].bytes().take_while(|byte| matches!(byte, b'0'..=b'9' | b';' | b':')).count();
        if from.as_bytes().get(2 + length) == Some(&b'm') {
            rest = &from[3 + length..];
        } else {
            plain.push_str(&from[..2]);
            rest = &from[2..];
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// `2026-11-21 02:14:07 UTC`.
#[must_use]
pub fn time(at: DateTime<Utc>) -> String {
    let iso = at.to_rfc3339_opts(SecondsFormat::Secs, true);
    iso.trim_end_matches('Z').replace('T', " ") + " UTC"
}

/// `02:14:07`.
#[must_use]
pub fn clock(at: DateTime<Utc>) -> String {
    at.format("%H:%M:%S").to_string()
}

/// `850 ms`, `12.3 s`, `3 min 04 s`, `1 h 02 min`.
#[must_use]
pub fn length(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0 => format!("{ms} ms"),
        1..60 => format!("{}.{} s", seconds, ms % 1000 / 100),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// The same, with `~` before what is only approximate: it spans a restart of the machine, or a resume.
#[must_use]
pub fn spell(length: Length) -> String {
    match length.exact {
        Exactness::Monotonic => self::length(length.ms),
        Exactness::Approximate => format!("~{}", self::length(length.ms)),
    }
}

/// `dana, dba (ops@bastion)`: the name and role a person gave, the account that was used.
#[must_use]
pub fn person(person: &Person) -> String {
    let role = person.role.as_ref().map(|role| format!(", {}", inline(role))).unwrap_or_default();
    format!("{}{role} ({}@{})", inline(&person.name), inline(&person.user), inline(&person.host))
}

/// Who stated it, when, and whether a key took part: `signed by alice <alice@example.org>, dba, 2026-… with SHA256:…`, or
/// `recorded as dana, dba (ops@bastion), …`.
#[must_use]
pub fn stated(sign: &SignOff) -> String {
    match &sign.signature {
        Some(signature) => signed(signature),
        None => format!("recorded as {}, {}", person(&sign.by), time(sign.at)),
    }
}

/// Printed name, role, time and key of a signature (21 CFR 11.50 asks for name, time and meaning).
#[must_use]
pub fn signed(signature: &Signature) -> String {
    let Signature { signer, name, role, time: at, key, presence, .. } = signature;
    let presence = presence.map(|presence| format!(" ({presence})")).unwrap_or_default();
    let role = role.as_ref().map(|role| format!(", {}", inline(role))).unwrap_or_default();
    format!("signed by {} <{}>{role}, {} with {}{presence}", inline(name), inline(signer), time(*at), inline(key))
}

/// `1 byte`, `1234 bytes`.
#[must_use]
pub fn bytes(number: u64) -> String {
    count(number, "byte", "bytes")
}

/// `1 step`, `3 steps`.
#[must_use]
pub fn count<N: Copy + fmt::Display + From<u8> + PartialEq>(number: N, one: &str, many: &str) -> String {
    format!("{number} {}", if number == N::from(1) { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides() {
        assert_eq!(inline("a\x1b]52;c;x\x07b\nc\r\n"), r"a\x1b]52;c;x\x07b ⏎ c");
        assert_eq!(inline("pay \u{202e}lla"), r"pay \u{202e}lla");
        assert_eq!(block("a\tb\r\nc\rd\u{9b}1m"), "a\tb\nc\\x0dd\\x9b1m");
        assert_eq!(printed(b"\x1b[1;32mok\x1b[0m \x1b[2Jx \xff\xfe"), r"ok \x1b[2Jx \xff\xfe");
        assert_eq!(printed(b"\x1b["), r"\x1b[");
        let json = json_escaped("{\n\"a\u{7f}\u{9b}\u{202e}\u{e0041}\"}");
        assert_eq!(json, "{\n\"a\\u007f\\u009b\\u202e\\udb40\\udc41\"}");
    }

    #[test]
    fn nothing_hides_at_any_place_of_a_long_text() {
        for at in 0..3 * PIECE {
            let (before, after) = ("x".repeat(at), "y".repeat(3 * PIECE - at));
            assert_eq!(block(&format!("{before}\x07é{after}")), format!("{before}\\x07é{after}"), "{at}");
        }
    }

    #[test]
    fn lengths_are_short() {
        let shown: Vec<String> = [0, 999, 1000, 59_999, 60_000, 3_599_000, 3_720_000].map(length).into();
        assert_eq!(shown, ["0 ms", "999 ms", "1.0 s", "59.9 s", "1 min 00 s", "59 min 59 s", "1 h 02 min"]);
    }
}
