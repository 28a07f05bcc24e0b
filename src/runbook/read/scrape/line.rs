//! What a line of a scraped page looks like, with the lines before it in mind.

use crate::runbook::Span;
use crate::runbook::code::is_command_line;
use crate::runbook::read::lines::Lines;

/// The look of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    Title,
    Prose,
    Bullet,
    Command,
    /// `# words` between lines of code.
    Comment,
    /// Content of a file, a table, output: never a command.
    Config,
    /// What the page's frame says: *Skip to content*, *Was this page helpful?*
    Chrome,
}

/// Whether a line stands between blank lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spacing {
    Apart,
    Tight,
}

/// A line, or a part of one where the page glued two together, or several that a backslash continues.
#[derive(Debug, Clone)]
pub struct Row<'t> {
    pub text: &'t str,
    pub line: u32,
    pub span: Span,
    pub look: Look,
    /// Stands below a line that is only a number.
    pub is_numbered: bool,
    pub spacing: Spacing,
}

/// What the lines that follow belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Region {
    None,
    /// Content of a file, until prose.
    File,
    /// Between braces; how many are open.
    Braces(i32),
}

/// The lines that say something.
#[must_use]
pub fn rows<'t>(text: &'t str, lines: &Lines) -> Vec<Row<'t>> {
    let mut reader = Reader { rows: Vec::new(), region: Region::None, is_numbered: false };
    let all: Vec<(usize, &str)> = with_offsets(text);
    let mut at = 0;
    while at < all.len() {
        let (start, line) = all[at];
        let mut end = start + line.len();
        // A command goes on behind a backslash.
        while text[start..end].trim_end().ends_with('\\') && at + 1 < all.len() && end - start < 4096 {
            at += 1;
            end = all[at].0 + all[at].1.len();
        }
        let before = at.checked_sub(1).map_or("", |before| all[before].1);
        let after = all.get(at + 1).map_or("", |(_, after)| after);
        let is_apart = before.trim().is_empty() && after.trim().is_empty();
        let spacing = if is_apart { Spacing::Apart } else { Spacing::Tight };
        reader.line(&text[start..end], start, lines, spacing);
        at += 1;
    }
    reader.rows
}

fn with_offsets(text: &str) -> Vec<(usize, &str)> {
    let mut at = 0;
    text.split('\n')
        .map(|line| {
            let start = at;
            at += line.len() + 1;
            (start, line)
        })
        .collect()
}

struct Reader<'t> {
    rows: Vec<Row<'t>>,
    region: Region,
    is_numbered: bool,
}

impl<'t> Reader<'t> {
    fn line(&mut self, raw: &'t str, start: usize, lines: &Lines, spacing: Spacing) {
        let text = raw.trim();
        if text.is_empty() {
            return;
        }
        if !text.contains('\n') && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            self.is_numbered = true;
            self.region = Region::None;
            return;
        }
        let offset = start + (raw.len() - raw.trim_start().len());
        for (at, part) in split_glued(text) {
            let look = self.look(part);
            let span = offset + at..offset + at + part.len();
            let is_numbered = std::mem::take(&mut self.is_numbered) && look == Look::Title;
            self.rows.push(Row { text: part, line: lines.line(span.start), span, look, is_numbered, spacing });
        }
    }

    fn look(&mut self, text: &str) -> Look {
        if let Region::Braces(open) = self.region {
            let open = open + braces(text);
            self.region = if open > 0 { Region::Braces(open) } else { Region::None };
            return Look::Config;
        }
        if is_chrome(text) {
            return Look::Chrome;
        }
        if is_bullet(text) && self.region == Region::None {
            return Look::Bullet;
        }
        let is_words = is_prose(text);
        if self.region == Region::File && !is_words && !self.is_numbered {
            if text.ends_with('{') {
                self.region = Region::Braces(braces(text).max(1));
            }
            return Look::Config;
        }
        self.region = Region::None;
        if is_words {
            if names_file(text) {
                self.region = Region::File;
                return Look::Prose;
            }
            return if is_title(text) { Look::Title } else { Look::Prose };
        }
        self.code_look(text)
    }

    fn code_look(&mut self, text: &str) -> Look {
        if text.starts_with("#!") || is_file_name(text) {
            self.region = Region::File;
            return Look::Config;
        }
        if text.ends_with('{') {
            self.region = Region::Braces(braces(text).max(1));
            return Look::Config;
        }
        if let Some(comment) = text.strip_prefix('#') {
            if names_file(comment) || comment.trim_start().starts_with("In ") {
                self.region = Region::File;
                return Look::Config;
            }
            return Look::Comment;
        }
        if opens_config(text) {
            self.region = Region::File;
            return Look::Config;
        }
        if is_config(text)
            || text.contains("</")
            || text.starts_with('<') && text.contains('>')
            || text.contains("[email protected]")
            || text.contains("[email\u{a0}protected]")
        {
            return Look::Config;
        }
        if is_command_line(text) {
            return Look::Command;
        }
        if is_title(text) { Look::Title } else { Look::Config }
    }
}

/// `Edit the file:server {` and `…status.Test renewal`: what the page glued together is two lines.
fn split_glued(text: &str) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    let mut start = 0;
    while let Some(cut) = next_cut(&text[start..]) {
        parts.push((start, text[start..start + cut].trim_end()));
        start += cut;
    }
    parts.push((start, &text[start..]));
    parts.retain(|(_, part)| !part.is_empty());
    parts
}

/// Longer lines are not taken apart, in bytes.
const LONGEST: usize = 1000;

fn next_cut(text: &str) -> Option<usize> {
    // A page does not glue novels together; long lines would be searched again and again.
    if text.len() > LONGEST || !text.starts_with(|c: char| c.is_uppercase()) {
        return None;
    }
    text.char_indices().find_map(|(at, c)| {
        let after = &text[at + c.len_utf8()..];
        let before = &text[..at];
        let next = after.chars().next()?;
        let words = before.split_whitespace().count();
        let is_sentence = words > 1 && is_plain(before);
        let cuts = match c {
            ':' => {
                is_sentence && !next.is_whitespace() && !after.starts_with("//") && !next.is_ascii_digit()
                    || starts_cron(c, after, words)
            }
            '.' => {
                is_sentence
                    && next.is_uppercase()
                    && after.contains(' ')
                    && is_plain(after)
                    && !before.ends_with(|c: char| c.is_uppercase())
            }
            _ => false,
        };
        cuts.then(|| at + c.len_utf8())
    })
}

fn starts_cron(c: char, after: &str, words: usize) -> bool {
    c == ':' && words > 1 && is_cron(after)
}

/// Words only: nothing of what code is made of.
fn is_plain(text: &str) -> bool {
    !text.contains(['=', '{', '}', ';', '$', '|', '<', '>', '\\', '"']) && !text.contains("--")
}

/// A sentence or title: begins with a capital letter, has only words, and is no line of SQL or of a script.
fn is_prose(text: &str) -> bool {
    let Some(first) = text.chars().next() else {
        return false;
    };
    let word = text.split_whitespace().next().unwrap_or("");
    let is_statement = [
        "CREATE", "DELETE", "SELECT", "INSERT", "UPDATE", "ALTER", "DROP", "AND", "WHERE", "FROM", "GRANT", "CMD",
        "RUN", "COPY", "USER", "VACUUM",
    ]
    .contains(&word)
        && text.split_whitespace().count() > 1;
    let ends_like_words = text.ends_with(['.', ':', '!', '?', ')']) || is_plain(text);
    (first.is_uppercase() || (first.is_alphabetic() && !first.is_ascii()))
        && !is_statement
        && ends_like_words
        && !is_assignment(text)
        && !text.ends_with(['{', ';', '\\'])
        && !(word.ends_with(':')
            && !(text.ends_with(['.', '!']) && text.split_whitespace().count() > 3)
            && text.split_whitespace().count() > 1
            && !word[..word.len() - 1].chars().any(char::is_lowercase))
}

/// Short words without a full stop.
fn is_title(text: &str) -> bool {
    let count = text.chars().count();
    (2..=70).contains(&count)
        && text.split_whitespace().count() <= 9
        && !text.ends_with(['.', ':', ';', ',', '!', '?', '…', '：', '。'])
        && text.starts_with(|c: char| c.is_uppercase() || (c.is_alphabetic() && !c.is_ascii()))
        && is_plain(text)
        && !text.contains(": ")
        && !text.contains(". ")
        && !text.contains('@')
        && !is_table_row(text)
        && !text.contains("http")
}

/// Cells that lost their borders: `Check backupsDaily2 min`, `TaskFrequencyEstimated Time`.
fn is_table_row(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let chars: Vec<char> = word.chars().collect();
        let joints = chars.windows(2).filter(|pair| pair[0].is_lowercase() && pair[1].is_uppercase()).count();
        let glued_digit = chars.windows(2).any(|pair| pair[0].is_lowercase() && pair[1].is_ascii_digit());
        joints > 1
            || (joints == 1 && glued_digit)
            || (joints == 1 && chars.iter().filter(|c| c.is_uppercase()).count() > 4)
    })
}

fn is_bullet(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if (1..=2).contains(&digits) && text[digits..].starts_with(". ") {
        return true;
    }
    let mut chars = text.chars();
    matches!(chars.next(), Some('•' | '-' | '*' | '–' | '·' | '◦')) && chars.next().is_some_and(char::is_whitespace)
}

const CHROME: [&str; 22] = [
    "skip to",
    "on this page",
    "was this page helpful",
    "yes",
    "no",
    "next page",
    "previous page",
    "next",
    "previous",
    "table of contents",
    "edit this page",
    "copy",
    "copied",
    "search",
    "menu",
    "sign in",
    "log in",
    "share",
    "back to top",
    "powered by",
    "built with",
    "build docs",
];

fn is_chrome(text: &str) -> bool {
    let lower = text.to_lowercase();
    let lower = lower.trim_end_matches(['?', '.', '!', '…']);
    text.starts_with('©')
        || lower.starts_with("page ") && lower.contains(" of ")
        || ["last updated", "last changed", "last modified", "last edited"].iter().any(|words| lower.starts_with(words))
        || CHROME.iter().any(|words| lower == *words || (words.contains(' ') && lower.starts_with(words)))
}

/// `.env`, `backup.sh`, `/etc/logrotate.d/app`: a file's name above its content.
fn is_file_name(text: &str) -> bool {
    if text.contains(char::is_whitespace) || text.contains("://") || text.ends_with(['.', ':', ',']) {
        return false;
    }
    let base = text.rsplit('/').next().unwrap_or(text);
    let has_extension = base.rsplit_once('.').is_some_and(|(_, extension)| {
        (1..=10).contains(&extension.len())
            && extension.chars().all(|c| c.is_ascii_alphanumeric())
            && extension.chars().any(|c| c.is_ascii_alphabetic())
    });
    text.starts_with('/')
        || text.starts_with('.') && base.len() > 1
        || has_extension
        || ["Dockerfile", "Caddyfile", "Makefile"].contains(&text)
}

/// A sentence that announces the content of a file: an order to write, a file's name, a colon.
fn names_file(text: &str) -> bool {
    let trimmed = text.trim();
    if !trimmed.ends_with([':', '：']) {
        return false;
    }
    let lower = trimmed.to_lowercase();
    let writes = [
        "edit",
        "add",
        "create",
        "put",
        "write",
        "update",
        "set",
        "configure",
        "modify",
        "enable",
        "append",
        "use",
        "in ",
        "enforce",
        "integrate",
    ];
    let says_file = trimmed.split_whitespace().any(|word| {
        let word = word.trim_matches(['"', '\'', '`', '(', ')', ':', ',']);
        word.contains('.') && is_file_name(word)
            || word.starts_with('/') && word.len() > 1
            || word.ends_with("file")
            || word == "values"
            || word == "settings"
            || word == "crontab"
    });
    says_file && writes.iter().any(|verb| lower.starts_with(verb) || lower.contains(&format!(" {}", verb.trim())))
}

fn braces(text: &str) -> i32 {
    text.chars().fold(0, |open, c| match c {
        '{' => open + 1,
        '}' => open - 1,
        _ => open,
    })
}

/// The first line of YAML, of an INI section, or of SQL: what follows belongs to it.
fn opens_config(text: &str) -> bool {
    let is_key = text.ends_with(':') && !text.contains(char::is_whitespace);
    let is_section = text.starts_with('[') && text.ends_with(']');
    let word = text.split_whitespace().next().unwrap_or("");
    let is_sql = text.starts_with("-- ")
        || (["CREATE", "DELETE", "SELECT", "INSERT", "UPDATE", "ALTER", "DROP", "GRANT"].contains(&word)
            && text.contains(' '));
    is_key || is_section || is_sql
}

fn is_assignment(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        let name = name.trim();
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
    })
}

fn is_cron(text: &str) -> bool {
    let fields: Vec<&str> = text.split_whitespace().take(6).collect();
    fields.len() == 6 && fields[..5].iter().all(|field| field.chars().all(|c| c.is_ascii_digit() || "*/,-".contains(c)))
}

fn is_config(text: &str) -> bool {
    let is_pair = text.split_once(": ").is_some_and(|(key, _)| !key.contains(char::is_whitespace));
    let is_log = text.len() > 10 && text.as_bytes()[..4].iter().all(u8::is_ascii_digit) && text.as_bytes()[4] == b'-';
    is_assignment(text)
        || is_cron(text)
        || is_pair
        || is_log
        || text.ends_with([';', '{', '}', ','])
        || !text.contains('\n') && text.split("  ").count() > 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(text: &str) -> Vec<(Look, &str)> {
        let lines = Lines::of(text);
        rows(text, &lines).into_iter().map(|row| (row.look, row.text)).collect()
    }

    #[test]
    fn only_commands_look_like_commands() {
        for (line, look) in [
            ("sudo systemctl restart nginx", Look::Command),
            ("0 2 * * * /opt/backup.sh", Look::Config),
            ("KEY=value", Look::Config),
            ("listen 443 ssl;", Look::Config),
            ("rsync -a /srv/ [email protected]:/srv/", Look::Config),
            ("- Enter your mail address", Look::Bullet),
            ("Network Security", Look::Title),
            ("Never run it as root.", Look::Prose),
            ("Was this page helpful?", Look::Chrome),
            ("2026-02-01 10:14:03 login ok", Look::Config),
        ] {
            assert_eq!(looks(line), [(look, line)], "{line}");
        }
    }

    #[test]
    fn glued_lines_are_two() {
        assert_eq!(
            looks("The timer renews it. Try it:sudo certbot renew"),
            [(Look::Prose, "The timer renews it. Try it:"), (Look::Command, "sudo certbot renew")]
        );
        assert_eq!(
            looks("Check the date and the state.Test the renewal"),
            [(Look::Prose, "Check the date and the state."), (Look::Title, "Test the renewal")]
        );
    }

    #[test]
    fn the_content_of_a_file_is_no_command() {
        let text = "backup.sh\n#!/bin/bash\nDIR=/srv\n\npg_dump shop > $DIR/shop.sql\nSchedule it:\ncrontab -e";
        let commands: Vec<&str> =
            looks(text).into_iter().filter(|(look, _)| *look == Look::Command).map(|(_, text)| text).collect();
        assert_eq!(commands, ["crontab -e"]);
    }
}
