//! From bytes to text: byte order marks, UTF-8 and UTF-16, line ends, and damage done by an earlier wrong decoding.
//!
//! Every line of the original is one line of the text, so that line numbers hold. Nothing is refused but what is no
//! text at all.

use super::Unreadable;
use super::findings::Findings;
use crate::runbook::MAX_BYTES;
use encoding_rs::{Encoding, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;
use std::ops::Range;

/// The document as text, and how its bytes had to be read.
#[derive(Debug)]
pub struct Decoded {
    /// `\n` line ends, no byte order mark.
    pub text: String,
    pub encoding: &'static str,
    pub repaired: Option<&'static str>,
}

/// Decodes a document.
///
/// # Errors
/// [`Unreadable`] when there is nothing to read, too much, or no text.
pub fn decode(bytes: Cow<'_, [u8]>, findings: &mut Findings) -> Result<Decoded, Unreadable> {
    if bytes.len() > MAX_BYTES {
        let bytes = bytes.len() as u64;
        return Err(Unreadable::TooLarge { bytes });
    }
    let (encoding, skip) = Encoding::for_bom(&bytes).unwrap_or((guess(&bytes), 0));
    let body = &bytes[skip..];
    if encoding == UTF_8
        && let Some(at) = memchr::memchr(0, body)
    {
        return Err(Unreadable::Binary { at: at + skip });
    }
    // Whoever gave the bytes away does not have them twice.
    let (text, damaged) = if encoding == UTF_8 && skip == 0 && std::str::from_utf8(body).is_ok() {
        let text = String::from_utf8(bytes.into_owned()).expect("it was just found to be UTF-8");
        (Cow::Owned(text), false)
    } else {
        let (text, damaged) = encoding.decode_without_bom_handling(body);
        (Cow::Owned(text.into_owned()), damaged)
    };
    let text: Cow<'_, str> = text;
    if let Some(at) = memchr::memchr(0, text.as_bytes()) {
        return Err(Unreadable::Binary { at });
    }
    if text.trim().is_empty() {
        return Err(Unreadable::Empty);
    }
    let mut text = unix_lines(text.into_owned());
    if damaged {
        let at = text.find('\u{fffd}').unwrap_or(0);
        let message = format!("the file is not valid {}; broken bytes are shown as \u{fffd}", word(encoding));
        findings.warning("encoding", message, at..at).hint("save the file as UTF-8");
    }
    let repaired = if encoding == UTF_8 && !damaged { undo_mojibake(&mut text) } else { None };
    if let Some(codec) = repaired {
        let message = format!("text was once decoded as {codec} by mistake; it is read as it was meant");
        findings.hint("mojibake", message, 0..0).hint("save the repaired text as UTF-8");
    }
    Ok(Decoded { text, encoding: word(encoding), repaired })
}

/// Without a byte order mark text is UTF-8, except when every second byte of its beginning is zero.
fn guess(bytes: &[u8]) -> &'static Encoding {
    let head = &bytes[..bytes.len().min(512) & !1];
    if head.len() < 8 {
        return UTF_8;
    }
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, most) = (zeros(0), zeros(1), head.len() / 2 * 9 / 10);
    if even == 0 && odd >= most {
        UTF_16LE
    } else if odd == 0 && even >= most {
        UTF_16BE
    } else {
        UTF_8
    }
}

fn word(encoding: &'static Encoding) -> &'static str {
    if encoding == UTF_16LE || encoding == UTF_16BE { "utf-16" } else { "utf-8" }
}

/// CRLF and lone CR become LF; the number of lines stays.
fn unix_lines(text: String) -> String {
    if memchr::memchr(b'\r', text.as_bytes()).is_none() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = memchr::memchr(b'\r', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        out.push('\n');
        rest = &rest[at + 1..];
        rest = rest.strip_prefix('\n').unwrap_or(rest);
    }
    out.push_str(rest);
    out
}

/// What UTF-8 looks like when it was read as Windows-1252 or as Mac Roman.
const SIGNATURES: [&str; 9] = ["â€", "â†", "Ã", "Â", "ðŸ", "‚Ä", "‚ú", "√", "üè"];

/// Repairs text that was UTF-8, decoded with a single-byte codec, and saved again. A codec is accepted only when every
/// line that is not ASCII becomes valid UTF-8 by it; a lone `NÃO` therefore stays what it is.
fn undo_mojibake(text: &mut String) -> Option<&'static str> {
    if text.is_ascii() || !SIGNATURES.iter().any(|signature| text.contains(signature)) {
        return None;
    }
    let damaged = rows_beyond_ascii(text);
    let is_damaged_by = |codec| damaged.iter().all(|row| re_decode(&text[row.clone()], codec).is_some());
    let (codec, name) = [(WINDOWS_1252, "windows-1252"), (MACINTOSH, "mac-roman")]
        .into_iter()
        .find(|(codec, _)| is_damaged_by(codec))?;
    re_decode_rows(text, damaged, codec);
    Some(name)
}

/// Where the lines lie that are not ASCII.
fn rows_beyond_ascii(text: &str) -> Vec<Range<usize>> {
    // Nearly all of a text is ASCII, and whole blocks of it are told faster than lines.
    const BLOCK: usize = 64;
    let bytes = text.as_bytes();
    let (mut rows, mut at) = (Vec::new(), 0);
    while let Some(block) = bytes[at..].chunks(BLOCK).position(|block| !block.is_ascii()) {
        let from = at + block * BLOCK;
        let place = bytes[from..].iter().position(|byte| !byte.is_ascii()).map_or(from, |ahead| from + ahead);
        let start = memchr::memrchr(b'\n', &bytes[..place]).map_or(0, |end| end + 1);
        at = memchr::memchr(b'\n', &bytes[place..]).map_or(bytes.len(), |ahead| place + ahead + 1);
        rows.push(start..at);
    }
    rows
}

/// Repairs these lines. A repaired line is never longer, so that a long text is not there twice.
fn re_decode_rows(text: &mut String, damaged: Vec<Range<usize>>, codec: &'static Encoding) {
    let mut bytes = std::mem::take(text).into_bytes();
    let (mut from, mut to) = (0, 0);
    for row in damaged {
        bytes.copy_within(from..row.start, to);
        to += row.start - from;
        let line = std::str::from_utf8(&bytes[row.clone()]).expect("a line of a text is text");
        let repaired = re_decode(line, codec).expect("the codec was chosen because it repairs all of them");
        bytes[to..to + repaired.len()].copy_from_slice(repaired.as_bytes());
        to += repaired.len();
        from = row.end;
    }
    bytes.copy_within(from.., to);
    bytes.truncate(to + bytes.len() - from);
    *text = String::from_utf8(bytes).expect("every line is text");
}

/// A line as it was before it was decoded by mistake, if it can have been.
fn re_decode(line: &str, codec: &'static Encoding) -> Option<String> {
    let (bytes, _, unmappable) = codec.encode(line);
    if unmappable { None } else { String::from_utf8(bytes.into_owned()).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(bytes: &[u8]) -> Result<(String, &'static str, Option<&'static str>), Unreadable> {
        decode(Cow::Borrowed(bytes), &mut Findings::default())
            .map(|decoded| (decoded.text, decoded.encoding, decoded.repaired))
    }

    #[test]
    fn byte_order_marks_choose_the_encoding_and_vanish() {
        assert_eq!(text_of(b"\xef\xbb\xbf# A"), Ok(("# A".into(), "utf-8", None)));
        assert_eq!(text_of(b"\xff\xfe#\0 \0A\0"), Ok(("# A".into(), "utf-16", None)));
        assert_eq!(text_of(b"\xfe\xff\0#\0 \0A"), Ok(("# A".into(), "utf-16", None)));
        assert_eq!(text_of(b"#\0 \0A\0B\0C\0"), Ok(("# ABC".into(), "utf-16", None)));
    }

    #[test]
    fn every_line_end_becomes_one_newline() {
        assert_eq!(text_of(b"a\r\nb\rc\n\r\nd"), Ok(("a\nb\nc\n\nd".into(), "utf-8", None)));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert_eq!(text_of(b""), Err(Unreadable::Empty));
        assert_eq!(text_of(b"\xef\xbb\xbf \n"), Err(Unreadable::Empty));
        assert_eq!(text_of(b"\x7fELF\0\x01"), Err(Unreadable::Binary { at: 4 }));
    }

    #[test]
    fn broken_utf8_is_read_with_a_warning() {
        let mut findings = Findings::default();
        let decoded = decode(Cow::Borrowed(b"caf\xe9 ok"), &mut findings).unwrap();
        assert_eq!(decoded.text, "caf\u{fffd} ok");
        assert_eq!(findings.codes(), ["encoding"]);
    }

    #[test]
    fn doubly_encoded_text_is_repaired_only_when_every_line_allows_it() {
        let windows = "# Plan\nHTTP â†’ HTTPS\n";
        assert_eq!(text_of(windows.as_bytes()), Ok(("# Plan\nHTTP → HTTPS\n".into(), "utf-8", Some("windows-1252"))));
        let mac = "## PHASE 1 ‚Äî Check ‚úÖ\nplain\n";
        assert_eq!(text_of(mac.as_bytes()), Ok(("## PHASE 1 — Check ✅\nplain\n".into(), "utf-8", Some("mac-roman"))));
        let mixed = "HTTP â†’ HTTPS\nNÃO\n";
        assert_eq!(text_of(mixed.as_bytes()), Ok((mixed.into(), "utf-8", None)));
    }
}
