//! Which words are programs, and which programs only look.
//!
//! Fixed lists. They decide whether an untagged block or an inline span is a command, and whether a command is `read`.
//! They never decide that something may run unasked: nothing may. A program that is missing here is still a command
//! under a shell tag, behind `sudo`, or with a path in front.

use super::listed::{Listed, count};

/// Programs that runbooks call by name, one a line, in byte order.
const KNOWN_PROGRAMS: &str = include_str!("program/known.txt").trim_ascii_end();
static KNOWN: Listed<{ count(KNOWN_PROGRAMS) }> = Listed::new(KNOWN_PROGRAMS);

/// Programs of the list above that are also plain English words: prose may start with them.
const WORDS_TOO: &str = "alias at bench cap cast clear command convert cut date ember enable exit expect export falco false file \
     find flask fold free go grunt hal halt hash head help host id if import install invoke join just kill \
     kind last less link local locate look mail make man merge migrate mill mix monitor more mount nice node \
     octo open paste patch pod pull puppet push read reboot repo reset rush sample screen script select \
     serverless service set shutdown sleep sort source split start stop strip swift sync task test then tilt \
     time top touch trap tree true type unset until vault wait watch which while who write yes";
static ALSO_WORDS: Listed<{ count(WORDS_TOO) }> = Listed::new(WORDS_TOO);

/// The file name of a command word: `/usr/bin/git` is `git`.
#[must_use]
pub fn base(word: &str) -> &str {
    word.bytes().rposition(|byte| byte == b'/').map_or(word, |slash| &word[slash + 1..])
}

/// Whether a bare word is the name of a known program.
#[must_use]
pub fn is_known(word: &str) -> bool {
    KNOWN.holds(word) || is_control(word)
}

/// `poolctl`, `gitlab-ctl`: programs that control something are called so everywhere.
fn is_control(word: &str) -> bool {
    word.strip_suffix("ctl").is_some_and(|stem| {
        stem.len() > 1 && stem.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    })
}

/// Whether the name of a known program is also an English word, so that a sentence may start with it.
#[must_use]
pub fn is_also_word(word: &str) -> bool {
    ALSO_WORDS.holds(word)
}

/// Whether a command word is written as a path to something that can be started: `./x`, `../x`, `~/x`, `/opt/x`,
/// `bin/rails`, `$HOME/x`.
#[must_use]
pub fn is_path(word: &str) -> bool {
    let rooted = ["./", "../", "~/", "/", "$HOME/", "${HOME}/", "\"$"].iter().any(|start| {
        word.strip_prefix(start).is_some_and(|rest| rest.bytes().any(|byte| byte.is_ascii_alphanumeric()))
    });
    let local = [
        "bin/",
        "scripts/",
        "script/",
        "vendor/bin/",
        "node_modules/.bin/",
        "tools/",
        "hack/",
        "venv/bin/",
        ".venv/bin/",
    ]
    .iter()
    .any(|start| word.len() > start.len() && word.starts_with(start));
    (rooted || local) && !word.contains("://") && !word.contains(['*', '?']) && !word.ends_with(['/', ':', ',', ';'])
}

/// Whether a command word starts something for certain: a known program, or a path to one.
#[must_use]
pub fn is_startable(word: &str) -> bool {
    is_known(word) || is_path(word) && (!word.starts_with('/') || is_known(base(word)) || word.matches('/').count() > 1)
}

#[cfg(test)]
mod tests {
    use super::{ALSO_WORDS, KNOWN, is_known, is_path, is_startable};

    #[test]
    fn lists_are_in_order() {
        assert!(KNOWN.is_sorted());
        assert!(ALSO_WORDS.is_sorted());
    }

    #[test]
    fn words_and_paths() {
        for word in
            ["git", "docker", "kubectl", "ls", "[", "journalctl", "python3", "systemctl", "make", "curl", "poolctl"]
        {
            assert!(is_known(word), "{word}");
        }
        for word in ["the", "yes", "server", "status", "Install", "name", "you", "NAME", "listen", "version"] {
            assert!(!is_known(word), "{word}");
        }
        for word in ["./deploy.sh", "../x", "~/bin/x", "/usr/local/bin/backup", "bin/rails", "$HOME/x"] {
            assert!(is_path(word) && is_startable(word), "{word}");
        }
        for word in ["/", "./", "https://x", "and/or", "path/to/", "/api"] {
            assert!(!is_startable(word), "{word}");
        }
    }
}
