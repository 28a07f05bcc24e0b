//! The encoding of a page: byte order mark, `<meta charset>`, UTF-8 if it is that, else Windows-1252 (HTML standard, 13.2.3).

use crate::runbook::MAX_BYTES;
use crate::runbook::read::Unreadable;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Bytes in which a page must declare its encoding.
const HEAD: usize = 1024;

/// Decodes a page.
///
/// # Errors
/// [`Unreadable`] when there is nothing to read, too much, or no text.
pub fn decode(bytes: &[u8]) -> Result<String, Unreadable> {
    if bytes.len() > MAX_BYTES {
        return Err(Unreadable::TooLarge { bytes: bytes.len() as u64 });
    }
    let (encoding, skip) = Encoding::for_bom(bytes).unwrap_or_else(|| (declared(bytes), 0));
    let (text, _) = encoding.decode_without_bom_handling(&bytes[skip..]);
    if let Some(at) = memchr::memchr(0, text.as_bytes()) {
        return Err(Unreadable::Binary { at });
    }
    if text.trim().is_empty() {
        return Err(Unreadable::Empty);
    }
    Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
}

fn declared(bytes: &[u8]) -> &'static Encoding {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]).to_ascii_lowercase();
    let label = head.find("charset=").map(|at| {
        let value = head[at + 8..].trim_start_matches(['"', '\'', ' ']);
        value.split(['"', '\'', ' ', '>', ';', '/']).next().unwrap_or("")
    });
    let fallback = || if std::str::from_utf8(bytes).is_ok() { UTF_8 } else { WINDOWS_1252 };
    // A page that could be read here as bytes is in no two-byte encoding, whatever it declares.
    label
        .and_then(|label| Encoding::for_label(label.as_bytes()))
        .filter(|encoding| encoding.is_ascii_compatible())
        .unwrap_or_else(fallback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_declares_its_encoding() {
        assert_eq!(decode(b"<meta charset=\"iso-8859-1\">caf\xe9").unwrap(), "<meta charset=\"iso-8859-1\">café");
        assert_eq!(decode("<p>café".as_bytes()).unwrap(), "<p>café");
        assert_eq!(decode(b"<p>caf\xe9").unwrap(), "<p>café");
        assert_eq!(decode(b"\xff\xfe<\0p\0").unwrap(), "<p");
        assert_eq!(decode(b"<p>\0"), Err(Unreadable::Binary { at: 3 }));
        assert_eq!(decode(b" \n"), Err(Unreadable::Empty));
    }
}
