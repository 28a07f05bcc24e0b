//! The forms in which programs print a value.
//!
//! It only lists them; nothing is searched here.

use super::SHORTEST;

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Shortest line of a longer value, in bytes, that counts by itself.
const SHORTEST_LINE: usize = 6;

/// All forms of a value, without repetition, none shorter than [`SHORTEST`]. Of a value of several lines each line that is
/// long enough counts by itself as well.
pub(super) fn forms(value: &str) -> Vec<Vec<u8>> {
    let whole = value.replace('\r', "");
    let trimmed = whole.trim_end_matches('\n');
    let mut found = Vec::new();
    let mut texts = vec![trimmed];
    if trimmed.contains('\n') {
        texts.extend(trimmed.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE));
    }
    for text in texts.into_iter().filter(|text| text.len() >= SHORTEST) {
        found.push(text.as_bytes().to_vec());
        found.extend(base64(text.as_bytes()));
        found.push(hex(text.as_bytes(), b"0123456789abcdef"));
        found.push(hex(text.as_bytes(), b"0123456789ABCDEF"));
        found.extend(escaped(text));
    }
    found.retain(|form| form.len() >= SHORTEST);
    found.sort();
    found.dedup();
    found
}

/// Base64 of the value at each of the three places where it may stand within a longer text, without the characters at its
/// edges that depend on its neighbours; and, for a value at the end of the text, with its last character and the padding.
fn base64(value: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for alphabet in [STANDARD, URL_SAFE] {
        for (shift, skipped) in [(0, 0), (1, 2), (2, 3)] {
            let bytes: Vec<u8> = std::iter::repeat_n(0, shift).chain(value.iter().copied()).collect();
            let whole_characters = bytes.len() * 8 / 6;
            let character = |n| alphabet[usize::from(six_bits(&bytes, n))];
            let text: Vec<u8> = (skipped..whole_characters).map(character).collect();
            let open = bytes.len() % 3;
            if open > 0 {
                let ended = [&text[..], &[character(whole_characters)]].concat();
                found.push([&ended[..], &b"=="[..3 - open]].concat());
                found.push(ended);
            }
            found.push(text);
        }
    }
    found
}

/// The `n`th group of six bits.
fn six_bits(bytes: &[u8], n: usize) -> u8 {
    let (byte, offset) = (n * 6 / 8, n * 6 % 8);
    let pair = u16::from_be_bytes([bytes[byte], bytes.get(byte + 1).copied().unwrap_or(0)]);
    u8::try_from((pair >> (10 - offset)) & 0x3f).expect("masked to six bits")
}

fn hex(value: &[u8], digits: &[u8; 16]) -> Vec<u8> {
    value.iter().flat_map(|byte| [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]).collect()
}

/// Escapes of JSON, URLs, XML and shells, as far as they differ from the value.
fn escaped(text: &str) -> Vec<Vec<u8>> {
    let json = serde_json::to_string(text).unwrap_or_default();
    let inside = json.get(1..json.len().saturating_sub(1)).unwrap_or_default().to_owned();
    let xml = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let words = |quote: &str| text.replace('\'', quote);
    let backslashed: String = text
        .chars()
        .flat_map(|letter| {
            let plain = letter.is_alphanumeric() || "%+,-./:=@_^".contains(letter);
            (!plain).then_some('\\').into_iter().chain([letter])
        })
        .collect();
    let in_double_quotes: String =
        text.chars().flat_map(|letter| "$`\"\\".contains(letter).then_some('\\').into_iter().chain([letter])).collect();
    let forms = [
        inside.replace('/', "\\/"),
        inside,
        xml.replace('"', "&quot;").replace('\'', "&#39;"),
        xml.replace('"', "&#34;").replace('\'', "&#x27;"),
        xml,
        percent(text, b"0123456789ABCDEF", "%20"),
        percent(text, b"0123456789abcdef", "%20"),
        percent(text, b"0123456789ABCDEF", "+"),
        words("'\\''"),
        words("'\"'\"'"),
        words("\\'"),
        backslashed,
        in_double_quotes,
    ];
    forms.into_iter().filter(|form| form != text).map(String::into_bytes).collect()
}

/// Percent-encoding with the unreserved characters of RFC 3986 left as they are.
fn percent(text: &str, digits: &[u8; 16], space: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => encoded.push_str(space),
            _ if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => encoded.push(char::from(byte)),
            _ => {
                encoded.push('%');
                encoded.push(char::from(digits[usize::from(byte >> 4)]));
                encoded.push(char::from(digits[usize::from(byte & 15)]));
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_listed_in_the_forms_that_programs_print() {
        let listed = forms("pa ss/w\"ord");
        let has = |form: &str| listed.iter().any(|listed| listed == form.as_bytes());
        assert!(has("pa ss/w\"ord") && has("pa ss/w\\\"ord") && has("pa%20ss%2Fw%22ord") && has("pa+ss%2Fw%22ord"));
        assert!(has("7061207373") || has("70612073732f77226f7264"));
        // `printf 'pa ss/w"ord' | base64`, and behind one and two other bytes.
        assert!(has("cGEgc3MvdyJvcm"));
        assert!(has("BhIHNzL3cib3Jk") && has("wYSBzcy93Im9yZ"));
    }

    #[test]
    fn short_values_have_no_forms_and_lines_have_their_own() {
        assert!(forms("pin").is_empty() && !forms("pin4").is_empty());
        let listed = forms("first line\nshrt\nsecond line\n");
        let has = |form: &str| listed.iter().any(|listed| listed == form.as_bytes());
        assert!(has("first line") && has("second line") && !has("shrt") && has("first line\nshrt\nsecond line"));
    }
}
