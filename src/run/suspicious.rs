//! Characters by which a command could be another than the one a person reads: invisible, turning the text around, or looking
//! like Latin letters among Latin letters (CVE-2021-42574 and -42694, "Trojan Source"). Data for a question, never a refusal.

use super::statement::is_invisible;
use std::fmt::Write as _;

/// What is suspicious in a command, each kind once, in the words of a question: `U+202E`, `аdmin (U+0430)`.
#[must_use]
pub fn suspicious(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut add = |what: String| {
        if !found.contains(&what) {
            found.push(what);
        }
    };
    let mut before = '\0';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if hides(c, before) && !(c == '\r' && chars.peek() == Some(&'\n')) {
            add(format!("U+{:04X}", u32::from(c)));
        }
        before = c;
    }
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        if let Some(alike) = word.chars().find(|c| is_lookalike(*c))
            && word.chars().any(|c| c.is_ascii_alphabetic())
        {
            add(format!("{word} (U+{:04X})", u32::from(alike)));
        }
    }
    found
}

/// The text with everything that hides written out.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut before = '\0';
    for c in text.chars() {
        if hides(c, before) || is_lookalike(c) {
            write!(shown, "\\u{{{:x}}}", u32::from(c)).expect("writing to a String cannot fail");
        } else {
            shown.push(c);
        }
        before = c;
    }
    shown
}

/// Line ends and tabs are text; an emoji may have a variation or be joined to the next.
fn hides(c: char, before: char) -> bool {
    let pictured =
        matches!(before, '\u{203c}'..='\u{3299}' | '\u{1f000}'..='\u{1faff}' | '\u{fe0f}' | '#' | '*' | '0'..='9');
    is_invisible(c) && !matches!(c, '\n' | '\t') && !(pictured && matches!(c, '\u{fe0f}' | '\u{200d}'))
}

/// Letters of other scripts that are drawn like Latin ones (Greek, Cyrillic, Armenian, full width, letter-like).
fn is_lookalike(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}' | '\u{531}'..='\u{587}' | '\u{ff21}'..='\u{ff5a}'
        | '\u{1d400}'..='\u{1d7ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_or_pretends_is_found() {
        for (text, found) in [
            ("rm -rf /srv/\u{202e}gpj.old", "U+202E"),
            ("echo \u{2066}x\u{2069}", "U+2066 U+2069"),
            ("curl exa\u{200b}mple.org", "U+200B"),
            ("\u{feff}date", "U+FEFF"),
            ("date\rrm x", "U+000D"),
            ("echo \u{1b}[2J", "U+001B"),
            ("echo \u{7f}\u{9b}", "U+007F U+009B"),
            ("s\u{ad}udo id", "U+00AD"),
            ("echo \u{e0041}", "U+E0041"),
            ("./dеploy.sh", "dеploy (U+0435)"),
            ("ssh ρroot@db", "ρroot (U+03C1)"),
            ("xｌs -l", "xｌs (U+FF4C)"),
        ] {
            assert_eq!(suspicious(text).join(" "), found, "{text:?}");
        }
    }

    #[test]
    fn ordinary_text_of_any_language_is_not() {
        for text in [
            "echo 'Привет, мир'",
            "echo ✅ ⚠️ 👩‍💻 1️⃣",
            "printf 'a\\tb'\r\n\tdate\n",
            "echo naïve µs Ångström",
            "echo 日本語ログ",
        ] {
            assert_eq!(suspicious(text), Vec::<String>::new(), "{text:?}");
            assert!(!text.is_ascii() || escaped(text).starts_with("printf"));
        }
        assert_eq!(escaped("a\u{202e}b е"), "a\\u{202e}b \\u{435}");
    }
}
