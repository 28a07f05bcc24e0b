//! Whether a line is made of words for people rather than of words for a shell.

use super::listed::{Listed, count};
use super::program;

/// Words that sentences need and commands hardly have.
const GLUE_WORDS: &str = "a after again all an and are as at be been before but by can do each every for from has have if in \
     into is it its must need not of on once only or our should sure that the their them then there \
     these they this those to until was we when where which will with without you your";
static GLUE: Listed<{ count(GLUE_WORDS) }> = Listed::new(GLUE_WORDS);

/// Whether a word is one of a list: `matches!`, with the items set in running lines.
macro_rules! among {
    ($word:expr, $($item:literal)+) => {
        matches!($word, $($item)|+)
    };
}
pub(crate) use among;

/// Whether a text begins with one of several phrases.
macro_rules! begins {
    ($text:expr, $($phrase:literal)+) => {
        $($text.starts_with($phrase))||+
    };
}
pub(crate) use begins;

/// The first word of a text, as [`str::split_whitespace`] finds it.
#[must_use]
pub fn first(text: &str) -> &str {
    let text = text.trim_start();
    let is_inside = |byte: &u8| byte.is_ascii_graphic();
    let end = text.bytes().position(|byte| !is_inside(&byte)).unwrap_or(text.len());
    // What is neither ASCII nor white space may go on.
    if text[end..].starts_with(|c: char| !c.is_whitespace()) {
        return text.split_whitespace().next().unwrap_or("");
    }
    &text[..end]
}

/// Where the last sentence of a line begins: behind the last full stop with a blank behind it.
#[must_use]
pub fn last_sentence(line: &str) -> &str {
    let bytes = line.as_bytes();
    let stop = memchr::memrchr_iter(b'.', bytes).find(|at| bytes.get(at + 1) == Some(&b' '));
    stop.map_or(line, |at| &line[at + 2..])
}

/// Whether a line reads like a sentence: no options, operators or paths, and glue words between.
#[must_use]
pub fn is_sentence(line: &str) -> bool {
    let line = line.trim();
    if has_shell_marks(line) {
        return false;
    }
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let first = words.iter().copied().find(|word| *word != "sudo").unwrap_or("");
    // What these are told looks like words.
    if among!(first, "echo" "printf" "git" "logger" "say" "for" "if" "while" "export" "cd" "alias" "ufw" "nft" "nmcli")
    {
        return false;
    }
    // `all` is what most makefiles can make.
    let is_target = |word: &str| first == "make" && word == "all";
    let glue = words.iter().skip(1).filter(|word| is_glue(word) && !is_target(word)).count();
    let is_known = program::is_known(first) && !program::is_also_word(first);
    let needed = if is_known { 3 } else { 1 };
    let ends_like_one = line.ends_with(['.', '!', '?', ':', '。', '：'])
        && words.len() >= 3
        && !line.ends_with(" .")
        && !line.ends_with("..");
    words.len() >= 3 && glue >= needed || ends_like_one && !is_known && glue + words.len() >= 4
}

fn is_glue(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    GLUE.holds(&bare.to_ascii_lowercase())
}

/// Options, operators, variables and paths: what a sentence has not.
fn has_shell_marks(line: &str) -> bool {
    line.bytes().any(|byte| matches!(byte, b'|' | b'&' | b'$' | b'`' | b'\\' | b'=' | b'~' | b'{' | b'*' | b';'))
        || line.split_ascii_whitespace().skip(1).any(|word| {
            word.starts_with('-') && word.len() > 1 && word != "--" && !word.starts_with("- ")
                || word.contains("://")
                || word.starts_with(['/', '"', '<', '>'])
                || word.starts_with("./")
        })
}

#[cfg(test)]
mod tests {
    use super::{GLUE, first, is_sentence, last_sentence};

    #[test]
    fn words_and_sentences_are_found() {
        for text in ["", "  ", "a", " a b", "ab\tc", "a\u{3000}b", "größe x", "a\u{7f}b c", "\u{b}a\u{b}b", "日本 語"]
        {
            assert_eq!(first(text), text.split_whitespace().next().unwrap_or(""), "{text:?}");
        }
        assert_eq!(last_sentence("Stop it. Look at 1.2. Start it."), "Start it.");
        assert_eq!(last_sentence("Start it."), "Start it.");
    }

    #[test]
    fn sentences_and_commands() {
        assert!(GLUE.is_sorted());
        for text in [
            "make sure the service is up",
            "test the login page",
            "find out who is on call",
            "Install the package first.",
            "wait for the backup to finish",
            "open the dashboard in a browser",
            "restart the service",
            "set the flag to true",
            "watch for errors.",
            "you should see a prompt",
            "Log in to the console:",
            "service is running on port 80",
        ] {
            assert!(is_sentence(text), "{text}");
        }
        for text in [
            "make all",
            "ls -la",
            "git commit -m 'the fix for the bug'",
            "docker ps",
            "echo this is the end",
            "sudo ufw allow in on eth1 to any port 67",
            "kubectl get pods",
            "find . -name x",
            "npm run build",
            "cp a b",
            "test -f x",
            "for i in a b",
            "systemctl restart app",
            "cat a | grep the",
            "kubectl logs deploy/x",
            "apt install nginx",
            "cargo build",
            "docker build .",
            "make -C x all",
            "time make",
            "docker compose up",
        ] {
            assert!(!is_sentence(text), "{text}");
        }
    }
}
