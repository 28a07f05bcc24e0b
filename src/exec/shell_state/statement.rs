//! Reading what a shell says about its variables, and the stored form of the state.
//!
//! It only looks for where a statement ends and what its value is; it never runs or expands anything.

use super::{Carried, Dialect};
use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// One thing to be said to the next shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::exec) struct Record {
    pub kind: Kind,
    /// Shell text.
    pub text: Vec<u8>,
    /// Must not be written to the file.
    pub secret: bool,
}

/// In the order in which a shell has to hear it: variables before functions, which may be named like the commands that set
/// them; functions before aliases, which would change them; options last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::exec) enum Kind {
    Variable,
    Folders,
    Umask,
    Function,
    Alias,
    Option,
    /// Options that only blocks of a shared session hear, after everything else.
    Shared,
}

impl Kind {
    fn letter(self) -> u8 {
        match self {
            Self::Function => b'f',
            Self::Variable => b'v',
            Self::Folders => b'd',
            Self::Alias => b'a',
            Self::Umask => b'u',
            Self::Option => b'o',
            Self::Shared => b's',
        }
    }

    fn of_letter(letter: u8) -> Option<Self> {
        let all = [Self::Function, Self::Variable, Self::Folders, Self::Alias, Self::Umask, Self::Option, Self::Shared];
        all.into_iter().find(|kind| kind.letter() == letter)
    }
}

const HEADER: &str = "gonogo shell state 1 ";

/// The stored form: a header line, the folder, then the records that are not secret, each ended by a NUL, which no shell
/// text can hold.
pub(super) fn encode(carried: &Carried) -> Vec<u8> {
    let mut bytes = HEADER.as_bytes().to_vec();
    bytes.extend_from_slice(carried.dialect.map_or("none", Dialect::word).as_bytes());
    bytes.push(b'\n');
    if let Some(folder) = &carried.folder {
        bytes.extend_from_slice(folder.as_os_str().as_bytes());
    }
    bytes.push(0);
    for record in carried.records.iter().filter(|record| !record.secret) {
        bytes.push(record.kind.letter());
        bytes.extend_from_slice(&record.text);
        bytes.push(0);
    }
    bytes
}

/// The opposite of [`encode`]. `None` when it is not a whole state.
pub(super) fn decode(bytes: &[u8]) -> Option<Carried> {
    let rest = bytes.strip_prefix(HEADER.as_bytes())?;
    let line = memchr::memchr(b'\n', rest)?;
    let dialect = match &rest[..line] {
        b"none" => None,
        word => Some(
            [Dialect::Bash, Dialect::Sh, Dialect::Zsh].into_iter().find(|dialect| dialect.word().as_bytes() == word)?,
        ),
    };
    let mut fields = rest[line + 1..].strip_suffix(&[0])?.split(|byte| *byte == 0);
    let folder = fields.next().filter(|folder| !folder.is_empty());
    let records = fields.map(|field| {
        let (letter, text) = field.split_first()?;
        Some(Record { kind: Kind::of_letter(*letter)?, text: text.to_vec(), secret: false })
    });
    Some(Carried {
        dialect,
        folder: folder.map(|folder| PathBuf::from(OsStr::from_bytes(folder).to_os_string())),
        records: records.collect::<Option<Vec<_>>>()?,
    })
}

/// A variable as a shell prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable<'t> {
    /// The whole statement.
    pub text: &'t [u8],
    /// What stands before the name: `declare -x`, `export`, nothing.
    pub command: &'t [u8],
    pub name: &'t str,
    /// The value as it is written, with its quotes. Absent when it has none.
    pub written: Option<&'t [u8]>,
}

impl Variable<'_> {
    /// Attributes after `declare -` or `typeset -`.
    pub(super) fn has(&self, attribute: u8) -> bool {
        let flags =
            self.command.iter().position(|byte| *byte == b'-').map_or(&[][..], |dash| &self.command[dash + 1..]);
        flags.contains(&attribute) || (attribute == b'x' && self.command.starts_with(b"export"))
    }

    /// The value without its quotes; absent for arrays and for what has no value.
    pub(super) fn value(&self) -> Option<Vec<u8>> {
        self.written.filter(|written| !written.starts_with(b"(")).map(unquote)
    }
}

/// Splits a listing of variables into its statements. A statement ends at a line feed outside quotes.
pub(super) fn variables(listing: &[u8]) -> Vec<Variable<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < listing.len() {
        let end = start + statement_length(&listing[start..]);
        found.extend(variable(&listing[start..end]));
        start = end + 1;
    }
    found
}

fn statement_length(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\n' => return at,
            b'\\' => at += 2,
            b'$' if text.get(at + 1) == Some(&b'\'') => at += 2 + quoted_length(&text[at + 2..], b'\'', true),
            b'\'' => at += 1 + quoted_length(&text[at + 1..], b'\'', false),
            b'"' => at += 1 + quoted_length(&text[at + 1..], b'"', true),
            _ => at += 1,
        }
    }
    text.len()
}

/// Length up to and including the closing quote.
fn quoted_length(text: &[u8], quote: u8, escapes: bool) -> usize {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' if escapes => at += 2,
            _ if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

fn variable(text: &[u8]) -> Option<Variable<'_>> {
    let equals = memchr::memchr(b'=', text);
    let head = &text[..equals.unwrap_or(text.len())];
    let name_at = memchr::memrchr(b' ', head).map_or(0, |space| space + 1);
    let name = std::str::from_utf8(&head[name_at..]).ok()?;
    let valid = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && !name.is_empty();
    let command = head[..name_at].trim_ascii_end();
    valid.then_some(Variable { text, command, name, written: equals.map(|equals| &text[equals + 1..]) })
}

/// What a word means once the shell has taken its quotes off.
pub(super) fn unquote(written: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(written.len());
    let mut at = 0;
    while let Some(&byte) = written.get(at) {
        match byte {
            b'\'' => {
                let length = quoted_length(&written[at + 1..], b'\'', false);
                value.extend_from_slice(&written[at + 1..(at + length).max(at + 1)]);
                at += 1 + length;
            }
            b'$' if written.get(at + 1) == Some(&b'\'') => {
                let length = quoted_length(&written[at + 2..], b'\'', true);
                ansi_c(&written[at + 2..(at + 1 + length).max(at + 2)], &mut value);
                at += 2 + length;
            }
            b'"' => {
                let length = quoted_length(&written[at + 1..], b'"', true);
                in_double_quotes(&written[at + 1..(at + length).max(at + 1)], &mut value);
                at += 1 + length;
            }
            b'\\' => {
                value.extend(written.get(at + 1));
                at += 2;
            }
            _ => {
                value.push(byte);
                at += 1;
            }
        }
    }
    value
}

/// Takes the backslashes off that double quotes give a meaning to.
fn in_double_quotes(text: &[u8], value: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let is_escape = byte == b'\\' && text.get(at + 1).is_some_and(|next| b"$`\"\\\n".contains(next));
        at += usize::from(is_escape);
        value.extend(text.get(at));
        at += 1;
    }
}

/// Decodes `$'…'` as bash writes it.
fn ansi_c(text: &[u8], value: &mut Vec<u8>) {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        if byte != b'\\' {
            value.push(byte);
            continue;
        }
        let Some(&escape) = text.get(at) else { return };
        at += 1;
        match escape {
            b'n' => value.push(b'\n'),
            b't' => value.push(b'\t'),
            b'r' => value.push(b'\r'),
            b'a' => value.push(7),
            b'b' => value.push(8),
            b'f' => value.push(12),
            b'v' => value.push(11),
            b'E' | b'e' => value.push(27),
            b'0'..=b'7' => {
                let digits = text[at - 1..].iter().take(3).take_while(|digit| (b'0'..=b'7').contains(digit)).count();
                let number =
                    text[at - 1..at - 1 + digits].iter().fold(0_u32, |sum, digit| sum * 8 + u32::from(digit - b'0'));
                value.push(u8::try_from(number & 0xff).expect("masked to eight bits"));
                at += digits - 1;
            }
            other => value.push(other),
        }
    }
}

/// A word that every shell reads as exactly these bytes.
pub(super) fn quote(bytes: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'\''];
    for byte in bytes {
        if *byte == b'\'' {
            quoted.extend_from_slice(b"'\\''");
        } else {
            quoted.push(*byte);
        }
    }
    quoted.push(b'\'');
    quoted
}

/// A path from the bytes of a shell's value.
pub(super) fn path(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(std::ffi::OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_end_outside_quotes() {
        let listing = b"declare -- A=\"one\ntwo \\\" three\"\ndeclare -x B=$'it\\'s\\n'\ndeclare -a C=([0]=\"x\" [1]=\"y\nz\")\ndeclare -i D\nE='a\nb'\"'\"'c'\n";
        let found = variables(listing);
        let names: Vec<&str> = found.iter().map(|variable| variable.name).collect();
        assert_eq!(names, ["A", "B", "C", "D", "E"]);
        assert_eq!(found[0].value().as_deref(), Some(&b"one\ntwo \" three"[..]));
        assert_eq!(found[1].value().as_deref(), Some(&b"it's\n"[..]));
        assert!(found[1].has(b'x') && !found[0].has(b'x') && found[3].has(b'i'));
        assert_eq!((found[2].value(), found[3].value()), (None, None));
        assert_eq!(found[4].value().as_deref(), Some(&b"a\nb'c"[..]));
    }

    #[test]
    fn the_stored_form_lacks_secrets_and_comes_back() {
        let record = |kind, text: &str, secret| Record { kind, text: text.into(), secret };
        let carried = Carried {
            dialect: Some(Dialect::Bash),
            folder: Some("/srv/a b".into()),
            records: vec![record(Kind::Variable, "declare -- A=\"1\n2\"", false), record(Kind::Variable, "PW=x", true)],
        };
        let bytes = encode(&carried);
        assert!(!bytes.windows(2).any(|pair| pair == b"PW"));
        let back = decode(&bytes).expect("a state");
        assert_eq!((back.dialect, back.folder), (carried.dialect, carried.folder));
        assert_eq!(back.records, carried.records[..1]);
        for damaged in
            [&b""[..], b"gonogo shell state 2 bash\n\0", &bytes[..bytes.len() - 1], b"gonogo shell state 1 fish\n\0"]
        {
            assert!(decode(damaged).is_none());
        }
    }

    #[test]
    fn quoting_is_undone_by_unquoting() {
        for text in ["plain", "it's", "a b\nc", "$(x) `y` \\ \"", ""] {
            assert_eq!(unquote(&quote(text.as_bytes())), text.as_bytes());
        }
    }
}
