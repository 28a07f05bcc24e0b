//! Orders that end in the command by which they are carried out, and orders that are about a text.

use super::{before, is_line, is_told_about, is_warned_of, last_word, sentence_before};
use crate::runbook::read::inline::{CodeSpan, Inline};
use crate::runbook::read::{title, verbs};

/// Whether an order ends in the command that carries it out: "Restart the pump `systemctl restart pump`.", "Install
/// `pip install pumps`". What is to be written, changed or looked for is no such command.
pub fn is_way_to_do(inline: &Inline, code: &CodeSpan) -> bool {
    let before = before(inline, code);
    let sentence = title::split_box(sentence_before(before).trim_start()).0;
    let line = inline.text[code.range.clone()].trim();
    let behind = inline.text[code.range.end..].trim_start_matches(['*', '_']);
    let is_followed = || {
        inline.codes().iter().any(|next| {
            next.range.start > code.range.end && inline.text[code.range.end..next.range.start].trim().is_empty()
        })
    };
    let ends = behind.trim().is_empty()
        || is_followed()
        || behind.starts_with(['.', ',', ';', '\n', '。', ')'])
        || [" to ", " with ", " and ", " in order", " um ", " pour ", " para "]
            .iter()
            .any(|next| behind.starts_with(next));
    let count = line.split_whitespace().count();
    let order = sentence.split_whitespace().next().unwrap_or("").to_lowercase();
    let last = last_word(before).unwrap_or_default();
    // "Add him to the group `sudo adduser pi video`": nobody writes `sudo` into a text without saying so.
    let is_looked_at = order == "look" && last == "at";
    // "Remove the user `userdel tide`": the command takes away what the order names.
    let takes_away = || ["del", "rm", "remove", "drop", "purge", "prune"].iter().any(|verb| line.contains(verb));
    let is_removed = ["remove", "delete"].contains(&order.as_str()) && takes_away();
    let is_writing = WRITES.contains(&order.as_str()) && !is_looked_at && !is_removed && !line.starts_with("sudo ");
    let is_plain = || !is_writing && !WRITTEN.contains(&last.as_str());
    let is_beside = || sentence.split_whitespace().count() == 1;
    ends && (line.starts_with("sudo ")
        || line.starts_with("cd ")
        || count > 2
        || count == 2 && (is_beside() || is_removed))
        && is_plain()
        && is_line(inline, code)
        && verbs::is_order(sentence)
        && !is_warned_of(before)
        && !is_told_about(inline, code)
}

/// Orders whose object is a text.
#[rustfmt::skip]
const WRITES: [&str; 46] = [
    "add", "allow", "append", "let", "change", "define", "delete", "document", "don't", "edit", "find", "include", "insert", "look", "mention", "modify",
    "never", "note", "paste", "put", "read", "remember", "remove", "rename", "replace", "search", "see", "set", "write", "expect",
    "schreibe", "ersetze", "füge", "ändere", "entferne", "remplacez", "ajoutez", "modifiez", "agrega", "añade", "reemplaza", "cambia",
    "adicione", "substitua", "altere", "troque",
];

/// Nouns that name a piece of text, and words that compare or take away.
#[rustfmt::skip]
const WRITTEN: [&str; 43] = [
    "crontab", "section", "block", "snippet", "env", "profile", "line", "lines", "entry", "entries", "value", "variable", "setting", "option", "options", "flag", "flags", "key", "field", "job",
    "task", "config", "of", "than", "from", "into", "like", "as", "not", "no", "for", "script", "string", "text", "comment", "alias",
    "zeile", "eintrag", "ligne", "línea", "linha", "entrada", "the",
];
