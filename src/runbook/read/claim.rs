//! What a document says about its own progress: words and marks in titles. Claims, never results.

use super::inline::Inline;
use super::text;
use crate::runbook::Claim;

/// A mark in front of a bullet. It means something only beside other marks or under a heading that says done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// ✅ ✔ ☑
    Check,
    /// ⚠
    Warning,
    /// ❌ ✗
    Cross,
    /// ⬜ ☐ □
    Open,
}

impl Mark {
    /// An empty box drawn as a character is a task box.
    #[must_use]
    pub fn as_box(self) -> Option<char> {
        match self {
            Mark::Open => Some(' '),
            Mark::Check | Mark::Warning | Mark::Cross => None,
        }
    }
}

/// The mark an item begins with.
#[must_use]
pub fn mark(inline: &Inline) -> Option<Mark> {
    first_mark(inline.begin())
}

/// Splits a mark off the front of an item.
#[must_use]
pub fn split_mark(line: &str) -> (&str, Option<Mark>) {
    (text::skip_marks(line), first_mark(line))
}

fn first_mark(line: &str) -> Option<Mark> {
    match line.chars().next()? {
        '✅' | '✔' | '✓' | '☑' => Some(Mark::Check),
        '⚠' => Some(Mark::Warning),
        '❌' | '✗' | '✘' => Some(Mark::Cross),
        '⬜' | '☐' | '□' => Some(Mark::Open),
        _ => None,
    }
}

/// Status phrases, longest first where one ends another.
const PHRASES: [(&str, Claim); 26] = [
    ("NOT STARTED", Claim::Todo),
    ("NOT DONE", Claim::Todo),
    ("NOT COMPLETE", Claim::Todo),
    ("IN PROGRESS", Claim::Doing),
    ("IN ARBEIT", Claim::Doing),
    ("EN COURS", Claim::Doing),
    ("EN CURSO", Claim::Doing),
    ("PARTIALLY COMPLETE", Claim::Doing),
    ("PARTIAL", Claim::Doing),
    ("WIP", Claim::Doing),
    ("ONGOING", Claim::Doing),
    ("COMPLETED", Claim::Done),
    ("COMPLETE", Claim::Done),
    ("DONE", Claim::Done),
    ("IMPLEMENTED", Claim::Done),
    ("WORKING", Claim::Done),
    ("PASSED", Claim::Done),
    ("FINISHED", Claim::Done),
    ("ERLEDIGT", Claim::Done),
    ("FERTIG", Claim::Done),
    ("TODO", Claim::Todo),
    ("TO DO", Claim::Todo),
    ("PENDING", Claim::Todo),
    ("OFFEN", Claim::Todo),
    ("BLOCKED", Claim::Blocked),
    ("BLOCKIERT", Claim::Blocked),
];

/// Splits a status off the end of a heading: words beat marks. `⚠` alone warns and claims nothing.
#[must_use]
pub fn split_end(title: &str) -> (&str, Option<Claim>) {
    let last_mark = title
        .char_indices()
        .filter(|(at, c)| {
            *at > 0 && text::is_mark(*c) && !matches!(c, '\u{fe0f}' | '\u{200d}' | '\u{2190}'..='\u{21ff}')
        })
        .map(|(at, _)| at)
        .next_back();
    if let Some(at) = last_mark {
        let (before, marked) = title.split_at(at);
        let words = text::skip_marks(marked);
        let claim = phrase_at_end(words).map(|(_, claim)| claim).or_else(|| {
            let mark = marked.chars().next().filter(|_| words.is_empty())?;
            of_mark(mark)
        });
        if claim.is_some() {
            return (text::drop_marks(before).trim_end_matches(['-', '–', '—', ':', ' ']), claim);
        }
    }
    let bare = title.trim_end_matches([')', ']', '*', '!', '.', ' ']);
    if let Some((before, claim)) = phrase_at_end(bare) {
        let separated = before.trim_end().ends_with(['-', '–', '—', ':', '(', '[', '|']);
        let shouted = bare[before.len()..].chars().all(|c| !c.is_lowercase());
        let title_shouts = before.chars().filter(|c| c.is_lowercase()).count() == 0;
        if !before.trim().is_empty() && (separated || (shouted && !title_shouts)) {
            return (before.trim_end_matches(['-', '–', '—', ':', '(', '[', '|', ' ']), Some(claim));
        }
    }
    (title, None)
}

fn of_mark(mark: char) -> Option<Claim> {
    match mark {
        '✅' | '✔' | '☑' | '✓' | '🟢' => Some(Claim::Done),
        '🚧' | '⏳' | '🔄' | '🟡' => Some(Claim::Doing),
        '⛔' | '🔴' | '🚫' => Some(Claim::Blocked),
        _ => None,
    }
}

/// The status phrase a text ends with, and what stands before it.
fn phrase_at_end(text: &str) -> Option<(&str, Claim)> {
    let text = text.trim_end_matches(['!', '.', ' ']);
    let last = text.as_bytes().last()?.to_ascii_uppercase();
    PHRASES.iter().filter(|(phrase, _)| phrase.as_bytes().last() == Some(&last)).find_map(|(phrase, claim)| {
        let at = text.len().checked_sub(phrase.len())?;
        let end = text.get(at..)?;
        let before = &text[..at];
        (end.eq_ignore_ascii_case(phrase) && before.chars().next_back().is_none_or(|c| !c.is_alphanumeric()))
            .then_some((before, *claim))
    })
}

/// Splits `TODO: ` and its like off the front.
#[must_use]
pub fn split_start(title: &str) -> (&str, Option<Claim>) {
    // All phrases begin with two capitals, and hardly a title does.
    if title.is_empty() || !title.bytes().take(2).all(|byte| byte.is_ascii_uppercase()) {
        return (title, None);
    }
    for (phrase, claim) in &PHRASES {
        if phrase.as_bytes()[0] == title.as_bytes()[0]
            && let Some(rest) = title.strip_prefix(phrase)
            && let Some(rest) = rest.strip_prefix([':', ')', ']'])
            && !rest.trim().is_empty()
        {
            return (rest.trim_start(), Some(*claim));
        }
    }
    (title, None)
}

/// The claim of a status line's value, such as `IN PROGRESS (80 %)` after `Status:`.
#[must_use]
pub fn of_words(value: &str) -> Option<Claim> {
    let words = text::skip_marks(value).trim();
    let upper = words.to_uppercase();
    PHRASES
        .iter()
        .find(|(phrase, _)| upper.starts_with(phrase))
        .map(|(_, claim)| *claim)
        .or_else(|| value.trim().chars().next().filter(|_| words.is_empty()).and_then(of_mark))
}

/// The claim of a ticked or marked box; an open box claims nothing.
#[must_use]
pub fn of_box(letter: char) -> Option<Claim> {
    match letter {
        'x' | 'X' | 'v' | 'V' | '✓' | '✔' => Some(Claim::Done),
        '/' | '~' | '>' => Some(Claim::Doing),
        '!' => Some(Claim::Blocked),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_beat_marks() {
        assert_eq!(split_end("Settings ⚠️ IN PROGRESS"), ("Settings", Some(Claim::Doing)));
        assert_eq!(split_end("Keys ⚠️ TODO"), ("Keys", Some(Claim::Todo)));
        assert_eq!(split_end("Gate ✅ CORE TESTS WORKING"), ("Gate", Some(Claim::Done)));
        assert_eq!(split_end("Gate ✅"), ("Gate", Some(Claim::Done)));
        assert_eq!(split_end("Drop the tables ⚠️"), ("Drop the tables ⚠️", None));
    }

    #[test]
    fn words_need_a_separation_or_capitals() {
        assert_eq!(split_end("Copy (done)"), ("Copy", Some(Claim::Done)));
        assert_eq!(split_end("Copy - DONE"), ("Copy", Some(Claim::Done)));
        assert_eq!(split_end("Definition of done"), ("Definition of done", None));
        assert_eq!(split_start("TODO: Write it"), ("Write it", Some(Claim::Todo)));
        assert_eq!(of_words("🚧 In progress since May"), Some(Claim::Doing));
    }
}
