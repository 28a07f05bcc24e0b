//! Commands that make fresh secrets, and the lines they print.
//!
//! A line that is one long token is held back for the operator; all other lines pass.

/// Shortest line that counts as a generated value.
const SHORTEST: usize = 16;
/// Values that are remembered of one command. Whoever prints more makes data, not secrets: they are redacted all the same,
/// but neither held for the operator nor looked for in what comes later.
const MOST: usize = 64;
/// Longest line that is held back to be judged.
const LONGEST: usize = 8192;

/// Whether a command prints a fresh secret: a password, a key, an identifier that nobody knows yet.
#[must_use]
pub fn is_generator(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let words = |line: &str, wanted: &[&str]| wanted.iter().all(|word| line.contains(word));
    text.lines().filter(|line| !line.trim_start().starts_with('#')).any(|line| {
        words(line, &["openssl", "rand"])
            || words(line, &["/dev/urandom"])
            || words(line, &["/dev/random"])
            || words(line, &["gpg", "--gen-random"])
            || [
                "uuidgen",
                "pwgen",
                "apg ",
                "makepasswd",
                "mkpasswd",
                "token_urlsafe",
                "token_hex",
                "token_bytes",
                "uuid4",
            ]
            .iter()
            .any(|program| line.contains(program))
            || ["/proc/sys/kernel/random/uuid", "wg genkey", "wg genpsk", "age-keygen", "randombytes", "diceware"]
                .iter()
                .any(|program| line.contains(program))
            || (line.contains("generate")
                && ["key", "secret", "password", "token"].iter().any(|what| line.contains(what)))
                && ["fernet", "artisan", "rake secret", "ssh-keygen"].iter().any(|program| line.contains(program))
    })
}

/// Which lines are held back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Hold {
    /// Those that are one long token.
    #[default]
    Tokens,
    All,
}

/// How much of what is held back is kept for the operator, in bytes.
const KEPT: usize = 64 << 10;

/// Judges the lines of a generator.
#[derive(Debug, Default)]
pub(super) struct Lines {
    hold: Hold,
    /// Bytes of the values that were found so far.
    kept: usize,
    line: Vec<u8>,
    /// The line is no token, or too long to be one; it passes up to its end.
    passes: bool,
    values: Vec<String>,
    /// How many were remembered so far.
    remembered: usize,
}

impl Lines {
    /// Holds back every line that says anything, whatever it looks like.
    pub(super) fn all() -> Self {
        Lines { hold: Hold::All, ..Lines::default() }
    }

    /// Passes on what is decided. Returns how many lines were held back for good.
    pub(super) fn feed(&mut self, bytes: &[u8], into: &mut Vec<u8>) -> u64 {
        let mut redacted = 0;
        for &byte in bytes {
            if byte == b'\n' {
                redacted += self.end_line(into);
                into.push(byte);
                self.passes = false;
            } else if self.passes {
                into.push(byte);
            } else if self.hold == Hold::All {
                // The end of an endless line is dropped; its beginning stands for it.
                if self.line.len() < LONGEST {
                    self.line.push(byte);
                }
            } else {
                self.line.push(byte);
                if !is_token(byte) || self.line.len() > LONGEST {
                    into.append(&mut self.line);
                    self.passes = true;
                }
            }
        }
        redacted
    }

    /// The last line may lack its line feed.
    pub(super) fn finish(&mut self, into: &mut Vec<u8>) -> u64 {
        self.end_line(into)
    }

    pub(super) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.values)
    }

    fn end_line(&mut self, into: &mut Vec<u8>) -> u64 {
        let line = std::mem::take(&mut self.line);
        let value = line.trim_ascii();
        let (shortest, mark) = match self.hold {
            Hold::Tokens => (SHORTEST, b"[redacted:generated]".as_slice()),
            Hold::All => (1, b"[redacted:secret]".as_slice()),
        };
        if value.len() < shortest {
            into.extend_from_slice(&line);
            return 0;
        }
        if self.remembered < MOST && self.kept + value.len() <= KEPT {
            self.remembered += 1;
            self.kept += value.len();
            self.values.push(String::from_utf8_lossy(value).into_owned());
        }
        into.extend_from_slice(mark);
        if line.ends_with(b"\r") {
            into.push(b'\r');
        }
        1
    }
}

/// Whether a line that was held back is looked for elsewhere as well. To mask an ordinary word, such as `succeeded`,
/// wherever it stands would spoil the record.
#[must_use]
pub fn is_worth_hiding(line: &str) -> bool {
    line.len() >= 8 && !line.chars().all(|c| c.is_lowercase() || c.is_whitespace())
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_graphic() || byte == b'\r'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_is_secret_no_line_passes() {
        let mut lines = Lines::all();
        let mut out = Vec::new();
        let long = "x".repeat(LONGEST * 2);
        let text = format!("user kim\npassword: hunter2\r\n\nok\n{long}\nno end");
        let mut redacted = 0;
        for piece in text.as_bytes().chunks(5) {
            redacted += lines.feed(piece, &mut out);
        }
        redacted += lines.finish(&mut out);
        let mark = "[redacted:secret]";
        assert_eq!(String::from_utf8(out).unwrap(), format!("{mark}\n{mark}\r\n\n{mark}\n{mark}\n{mark}"));
        assert_eq!(redacted, 5);
        assert_eq!(lines.take()[..3], ["user kim", "password: hunter2", "ok"]);
        for (line, hidden) in [("hunter2hunter2", true), ("Tr0ub4dor", true), ("succeeded", false), ("ok", false)] {
            assert_eq!(is_worth_hiding(line), hidden, "{line}");
        }
    }

    #[test]
    fn a_flood_of_values_is_redacted_and_only_the_first_are_remembered() {
        let (mut lines, mut clean, mut redacted, mut taken) = (Lines::default(), Vec::new(), 0, 0);
        for number in 0..1000 {
            redacted += lines.feed(format!("{number:032}\n").as_bytes(), &mut clean);
            taken += lines.take().len();
        }
        assert_eq!((redacted, taken), (1000, MOST));
        assert_eq!(clean, b"[redacted:generated]\n".repeat(1000));
    }

    #[test]
    fn generators_are_known_by_their_programs() {
        for text in [
            "openssl rand -base64 32",
            "uuidgen",
            "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'",
            "pwgen -s 24 1",
            "head -c 32 /dev/urandom | base64",
            "cd /srv\nTOKEN=$(openssl rand -hex 16)",
        ] {
            assert!(is_generator(text), "{text}");
        }
        for text in ["openssl version", "echo hello", "# openssl rand -hex 4", "ls /dev"] {
            assert!(!is_generator(text), "{text}");
        }
    }
}
