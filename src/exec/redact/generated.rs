//! Commands that make fresh secrets, and the lines they print.
//!
//! A line that is one long token is held back for the operator; all other lines pass.

/// Shortest line that counts as a generated value.
const SHORTEST: usize = 16;
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

/// Judges the lines of a generator.
#[derive(Debug, Default)]
pub(super) struct Lines {
    line: Vec<u8>,
    /// The line is no token, or too long to be one; it passes up to its end.
    passes: bool,
    values: Vec<String>,
}

impl Lines {
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
        if value.len() < SHORTEST {
            into.extend_from_slice(&line);
            return 0;
        }
        self.values.push(String::from_utf8_lossy(value).into_owned());
        into.extend_from_slice(b"[redacted:generated]");
        if line.ends_with(b"\r") {
            into.push(b'\r');
        }
        1
    }
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_graphic() || byte == b'\r'
}

#[cfg(test)]
mod tests {
    use super::*;

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
