//! The last look before a record leaves the machine: is anything in it that has the shape of a secret, or is one that this
//! process knows? What was redacted when it was recorded is not there any more; this finds what was not known then.

use super::super::environment::Environment;
use crate::audit::{Checked, KeptPart};
use crate::exec::redact::{Redactor, is_secret_name};
use crate::exec::{Printed, Secret};
use crate::run::base64;

/// How the name of a place begins whose bytes can be taken away.
pub(super) const OUTPUT: &str = "output";
/// How deep encodings are undone.
const DEPTH: u32 = 2;
/// Shorter runs of base 64 hold no token, in characters.
const SHORTEST: usize = 16;
/// The characters of base 64 in either alphabet (RFC 4648, 4 and 5), by their codes.
const IN_BASE64: [bool; 256] = {
    let mut all = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        all[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
        byte += 1;
    }
    all
};

/// Where something was found that looks like a secret: an entry, an output, a line of the runbook or of an edit of it.
pub(super) fn leaks(checked: &Checked, env: &Environment) -> Vec<String> {
    let known: Vec<Secret> = env
        .vars()
        .iter()
        .filter(|(name, _)| is_secret_name(name))
        .map(|(name, value)| Secret { name: name.clone(), value: value.clone() })
        .collect();
    let known = Redactor::new(&known, Printed::Ordinary);
    let mut found = lines(&checked.evidence.runbook, "the runbook", &known);
    for (number, edition) in (1..).zip(&checked.evidence.editions) {
        found.extend(lines(edition, &format!("edit {number} of the runbook"), &known));
    }
    for entry in &checked.evidence.entries {
        if holds(entry.body.as_bytes(), &known, DEPTH) {
            found.push(format!("entry {}", entry.seq));
        }
    }
    for output in &checked.evidence.outputs {
        let part = |part: &KeptPart| match part {
            KeptPart::Here { bytes, .. } => holds(bytes, &known, DEPTH),
            KeptPart::Shredded { .. } | KeptPart::LeftOut => false,
        };
        if output.parts.iter().any(part) {
            found.push(format!("{OUTPUT} of attempt {}", output.attempt));
        }
    }
    found
}

/// The lines of a document, by their numbers; the whole of it when a finding goes over several lines.
fn lines(document: &[u8], name: &str, known: &Redactor) -> Vec<String> {
    if !holds(document, known, DEPTH) {
        return Vec::new();
    }
    let numbered = document.split(|byte| *byte == b'\n').zip(1..);
    let found: Vec<String> = numbered
        .filter(|(line, _)| holds(line, known, DEPTH))
        .map(|(_, number): (_, u32)| format!("line {number} of {name}"))
        .collect();
    if found.is_empty() { vec![name.to_owned()] } else { found }
}

fn holds(bytes: &[u8], known: &Redactor, depth: u32) -> bool {
    known.touches(bytes) || depth > 0 && decoded(bytes).iter().any(|inner| holds(inner, known, depth - 1))
}

/// What stands in it in base 64 or percent signs.
fn decoded(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut inner = Vec::new();
    for run in runs(bytes) {
        let mut text: String = run.iter().map(|byte| char::from(*byte)).collect();
        text = text.replace('-', "+").replace('_', "/");
        // Padding is often left off, and what does not fill a group says nothing.
        text.truncate(text.len() / 4 * 4);
        inner.extend(base64::decode(&text).filter(|bytes| bytes.is_ascii()));
    }
    if bytes.contains(&b'%') && bytes.windows(3).any(is_percent) {
        inner.push(unpercent(bytes));
    }
    inner
}

/// Runs of characters of base 64, in either alphabet, that are long enough to hold a token. Looked at from the far end of
/// the shortest one, so that most bytes of ordinary words are never looked at.
fn runs(bytes: &[u8]) -> Vec<&[u8]> {
    let is_in = |byte: &u8| IN_BASE64[usize::from(*byte)];
    let (mut runs, mut at) = (Vec::new(), 0);
    while let Some(shortest) = bytes.get(at..at + SHORTEST) {
        if let Some(other) = shortest.iter().rposition(|byte| !is_in(byte)) {
            at += other + 1;
            continue;
        }
        let more = bytes[at + SHORTEST..].iter().take_while(|byte| is_in(byte)).count();
        let end = at + SHORTEST + more;
        runs.push(&bytes[at..end]);
        at = end;
    }
    runs
}

fn is_percent(three: &[u8]) -> bool {
    three[0] == b'%' && three[1..].iter().all(u8::is_ascii_hexdigit)
}

fn unpercent(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let three = bytes.get(at..at + 3).filter(|three| is_percent(three));
        let byte = three.and_then(|three| u8::from_str_radix(std::str::from_utf8(&three[1..]).ok()?, 16).ok());
        plain.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_plain_and_encoded_and_ordinary_text_is_not() {
        let token = format!("{}{}", "ghp_", "a1B2c3D4e5".repeat(4));
        let inner = base64::encode(format!("user:{token}").as_bytes());
        let none = Redactor::new(&[], Printed::Ordinary);
        let twice = base64::encode(inner.as_bytes());
        for text in [token.clone(), format!("x {inner} y"), format!("x={twice}"), token.replace('_', "%5F")] {
            assert!(holds(text.as_bytes(), &none, DEPTH), "{text}");
        }
        for text in [
            "all good",
            "sha256:5f072fc5f072fc5f072fc5f072fc5f072fc5f072fc",
            "100% done %zz",
            "c29tZSBvcmRpbmFyeSB0ZXh0",
        ] {
            assert!(!holds(text.as_bytes(), &none, DEPTH), "{text}");
        }
        let known = [Secret { name: "DB_PASSWORD".into(), value: "correct horse".into() }];
        assert!(!holds(b"it was correct horse", &none, DEPTH));
        assert!(holds(b"it was correct horse", &Redactor::new(&known, Printed::Ordinary), DEPTH));
    }

    proptest::proptest! {
        #[test]
        fn long_runs_are_found_wherever_they_stand(text in "[a-zA-Z0-9+/_ .-]{0,20}([a-zA-Z0-9+/_-]{14,18}[ .]{0,2}){0,6}") {
            let is_in = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
            let all = text.as_bytes().split(|byte| !is_in(byte)).filter(|run| run.len() >= SHORTEST);
            proptest::prop_assert_eq!(runs(text.as_bytes()), all.collect::<Vec<_>>());
        }
    }
}
