//! Small questions about words: word starts, marks, numbers in front of titles.

use crate::runbook::letters::Letters;

/// Whether the lower-case text holds one of the stems at the start of a word. A stem that ends in `$` must end the
/// word as well. Stems of scripts without spaces may begin anywhere.
///
/// Hundreds of stems are asked of every title, so the words are found once, and a stem is compared only where a word
/// begins like it.
#[must_use]
pub fn has_any(lower: &str, stems: &[&'static str]) -> Option<&'static str> {
    Words::of(lower).has_any(stems)
}

/// A lower-case text with the places where its words begin, for whoever asks it several times.
#[derive(Debug)]
pub struct Words<'t> {
    lower: &'t str,
    starts: Vec<usize>,
    beginnings: Beginnings,
}

impl<'t> Words<'t> {
    #[must_use]
    pub fn of(lower: &'t str) -> Self {
        let mut words = Words { lower, starts: Vec::with_capacity(16), beginnings: Beginnings::default() };
        let mut before_is_word = false;
        // Nearly all letters are ASCII.
        if lower.is_ascii() {
            for (at, byte) in lower.bytes().enumerate() {
                let is_word = byte.is_ascii_alphanumeric();
                if (is_word && !before_is_word) || (!is_word && !char::from(byte).is_whitespace()) {
                    words.add(at);
                }
                before_is_word = is_word;
            }
            return words;
        }
        for (at, c) in lower.char_indices() {
            let is_word = c.is_alphanumeric();
            if (is_word && !before_is_word) || is_unspaced(c) || (!is_word && !c.is_whitespace()) {
                words.add(at);
            }
            before_is_word = is_word;
        }
        words
    }

    fn add(&mut self, at: usize) {
        self.starts.push(at);
        self.beginnings.add(&self.lower.as_bytes()[at..]);
    }

    /// See [`has_any`].
    #[must_use]
    pub fn has_any(&self, stems: &[&'static str]) -> Option<&'static str> {
        stems
            .iter()
            .find(|stem| self.beginnings.may_hold(stem.as_bytes()) && has(self.lower, &self.starts, stem))
            .map(|stem| stem.trim_end_matches('$'))
    }
}

/// What some words begin with: a bit for each pair of first bytes, several pairs to a bit.
#[derive(Debug, Default, Clone, Copy)]
struct Beginnings([u64; 4]);

impl Beginnings {
    fn add(&mut self, word: &[u8]) {
        let pair = pair(word);
        self.0[usize::from(pair >> 6)] |= 1 << (pair & 63);
    }

    /// Whether one of the words may begin like this one. A no is certain.
    fn may_hold(&self, word: &[u8]) -> bool {
        let pair = pair(word);
        self.0[usize::from(pair >> 6)] >> (pair & 63) & 1 == 1
    }
}

/// Several lists of stems that are asked together, grouped by the two bytes they begin with.
#[derive(Debug)]
pub struct Lists<const N: usize> {
    groups: Vec<Vec<Entry>>,
}

/// A stem, and its place in its list.
#[derive(Debug, Clone, Copy)]
struct Entry {
    list: usize,
    place: usize,
    stem: &'static str,
}

impl<const N: usize> Lists<N> {
    #[must_use]
    pub fn new(lists: [&[&'static str]; N]) -> Self {
        let mut groups = vec![Vec::new(); 256];
        for (list, stems) in lists.into_iter().enumerate() {
            for (place, stem) in stems.iter().copied().enumerate() {
                groups[usize::from(pair(stem.as_bytes()))].push(Entry { list, place, stem });
            }
        }
        Lists { groups }
    }

    /// For each list what [`has_any`] finds in the text.
    #[must_use]
    pub fn find(&self, words: &Words<'_>) -> [Option<&'static str>; N] {
        let mut found: [Option<(usize, &'static str)>; N] = [None; N];
        for at in &words.starts {
            let rest = &words.lower[*at..];
            for Entry { list, place, stem } in &self.groups[usize::from(pair(rest.as_bytes()))] {
                if found[*list].is_none_or(|(first, _)| *place < first) && begins_with_stem(rest, stem) {
                    found[*list] = Some((*place, stem.trim_end_matches('$')));
                }
            }
        }
        found.map(|found| found.map(|(_, stem)| stem))
    }
}

/// A byte of ASCII in lower case if it is a letter or a digit; else a hyphen.
#[must_use]
pub fn plain(byte: u8) -> u8 {
    PLAIN[usize::from(byte)]
}

const PLAIN: [u8; 256] = {
    let (mut plain, mut byte) = ([b'-'; 256], 0_u8);
    while byte < 128 {
        if byte.is_ascii_alphanumeric() {
            plain[byte as usize] = byte.to_ascii_lowercase();
        }
        byte += 1;
    }
    plain
};

/// The first two bytes of a word, as one; a stem has at least two.
#[must_use]
pub fn pair(word: &[u8]) -> u8 {
    let second = word.get(1).copied().unwrap_or(0);
    word.first().copied().unwrap_or(0).wrapping_mul(31).wrapping_add(second)
}

/// Whether a text begins with an ASCII word, in capitals or not.
#[must_use]
pub fn begins(text: &str, word: &str) -> bool {
    text.as_bytes().get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()))
}

fn has(lower: &str, starts: &[usize], stem: &str) -> bool {
    let first = stem.as_bytes().first();
    let begins_alike = |at: &&usize| lower.as_bytes().get(**at) == first;
    starts.iter().filter(begins_alike).any(|at| begins_with_stem(&lower[*at..], stem))
}

/// Whether a text that begins with a word begins with a stem; one that ends in `$` is the whole word.
fn begins_with_stem(text: &str, stem: &str) -> bool {
    let bare = stem.strip_suffix('$');
    let Some(after) = text.strip_prefix(bare.unwrap_or(stem)) else {
        return false;
    };
    bare.is_none() || after.chars().next().is_none_or(|c| !c.is_alphanumeric() || is_unspaced(c))
}

/// Chinese, Japanese and Korean are written without spaces between words.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

/// The text without white space around it, of which most texts have none.
#[must_use]
pub fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// The text without emoji, check marks, bullets and the white space between them at its beginning.
#[must_use]
pub fn skip_marks(text: &str) -> &str {
    let rest = text.trim_start_matches(|c: char| c.is_whitespace() || is_mark(c));
    // A digit in a key cap is drawn, not written.
    match rest.strip_prefix(|c: char| c.is_ascii_digit()).map(|rest| rest.trim_start_matches('\u{fe0f}')) {
        Some(cap) if cap.starts_with('\u{20e3}') => skip_marks(&cap['\u{20e3}'.len_utf8()..]),
        Some(_) | None => rest,
    }
}

/// The text without marks at its end.
#[must_use]
pub fn drop_marks(text: &str) -> &str {
    text.trim_end_matches(|c: char| c.is_whitespace() || is_mark(c))
}

/// Emoji and dingbats with their joiners; no letters, digits or punctuation.
#[must_use]
pub fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{25a0}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}'
        | '\u{1f000}'..='\u{1faff}' | '\u{fe0e}' | '\u{fe0f}' | '\u{200d}' | '\u{20e3}' | '\u{2022}' | '\u{f8ff}')
}

/// Splits `1. `, `2.3 `, `4) `, `IV. `, `a) ` from the front: the number as written, and the rest.
#[must_use]
pub fn split_number(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let number = &text[..end];
    let rest = &text[end..];
    let bare = number.trim_end_matches('.');
    if bare.is_empty() || !bare.starts_with(|c: char| c.is_ascii_digit()) || bare.len() > 8 {
        return None;
    }
    let dotted = number.len() > bare.len() || bare.contains('.');
    let rest_trimmed = rest.trim_start_matches([')', '、', '：', ':', '-', '–', '—', ' ', '\u{a0}']);
    let marked = rest.starts_with([')', '、', '：'])
        || rest.starts_with(": ")
        || rest.starts_with("- ")
        || rest.starts_with(" - ")
        || rest.starts_with(" – ")
        || rest.starts_with(" — ");
    ((dotted && rest.starts_with([' ', '\u{a0}', ')'])) || marked).then_some((bare, rest_trimmed))
}

/// Words that may stand before a number, in lower case: "step", "phase".
#[derive(Debug)]
pub struct Counters {
    words: &'static [&'static str],
    firsts: Letters,
}

impl Counters {
    #[must_use]
    pub const fn new(words: &'static [&'static str]) -> Self {
        Counters { words, firsts: Letters::first_of(words) }
    }

    #[must_use]
    pub fn contains(&self, word: &str) -> bool {
        self.words.contains(&word)
    }

    /// The word that a text begins with.
    fn begun(&self, text: &str) -> Option<&'static str> {
        // Most titles begin with no such word, and mostly the first letter says so.
        let first = *text.as_bytes().first()?;
        if !self.firsts.has(first) {
            return None;
        }
        if text.is_ascii() {
            let first = first.to_ascii_lowercase();
            return self.words.iter().find(|word| word.as_bytes()[0] == first && begins(text, word)).copied();
        }
        let lower = text.to_lowercase();
        self.words.iter().find(|word| lower.starts_with(**word)).copied()
    }
}

/// Stems that are asked of many titles; see [`has_any`]. The letters of a title rule most of them out.
#[derive(Debug)]
pub struct Stems<const N: usize> {
    stems: [&'static str; N],
    letters: [Letters; N],
}

impl<const N: usize> Stems<N> {
    #[must_use]
    pub const fn new(stems: [&'static str; N]) -> Self {
        Stems { stems, letters: Letters::of_each(&stems) }
    }

    /// Whether a title, in capitals or not, holds one of them.
    #[must_use]
    pub fn are_in(&self, title: &str) -> bool {
        // Outside of ASCII a letter may become another one in lower case.
        let letters = Letters::in_text(title);
        if title.is_ascii() && !self.letters.iter().any(|stem| letters.has_all(*stem)) {
            return false;
        }
        has_any(&title.to_lowercase(), &self.stems).is_some()
    }
}

/// What a text begins with, of several beginnings in lower case.
#[must_use]
pub fn beginning<'s>(lower: &str, starts: &[&'s str]) -> Option<&'s str> {
    let first = lower.as_bytes().first()?;
    starts.iter().find(|start| start.as_bytes().first() == Some(first) && lower.starts_with(**start)).copied()
}

/// Splits a word such as Step or Phase with its number from the front: the word, the number and the rest of the title.
#[must_use]
pub fn split_counted<'t>(text: &'t str, words: &Counters) -> Option<(&'t str, &'t str, &'t str)> {
    let word = words.begun(text)?;
    // Lower-casing may change lengths outside ASCII; such a title is compared but not cut.
    let rest = text.get(word.len()..)?;
    let rest = rest.strip_prefix('#').unwrap_or(rest).trim_start_matches([' ', '\u{a0}', '#']);
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(rest.len());
    let number = rest[..end].trim_end_matches('.');
    let is_number = number.starts_with(|c: char| c.is_ascii_digit())
        || (number.len() == 1 && number.starts_with(|c: char| c.is_ascii_uppercase()))
        || (!number.is_empty() && number.chars().all(|c| "IVX".contains(c)));
    if !is_number {
        return None;
    }
    let title = rest[number.len()..].trim_start_matches(['.', ':', ')', '：', '-', '–', '—', ' ', '\u{a0}']);
    Some((&text[..word.len()], number, title))
}

/// A line without the list marker in front: a fence may open right behind it.
#[must_use]
pub fn skip_list_marker(trimmed: &str) -> &str {
    let digits = trimmed.bytes().take_while(u8::is_ascii_digit).count();
    let rest = match digits {
        0 => trimmed.strip_prefix(['-', '*', '+']),
        1..=9 => trimmed[digits..].strip_prefix(['.', ')']),
        _ => None,
    };
    rest.and_then(|rest| rest.strip_prefix(' ')).map_or(trimmed, str::trim_start)
}

/// Splits comments of code (`# words`) off the end of some lines: what comes before them, and the comments.
#[must_use]
pub fn split_comments(lines: &str) -> (&str, &str) {
    let mut at = lines.len();
    for line in lines.split_inclusive('\n').rev() {
        if !line.trim().is_empty() && !line.trim_start().starts_with('#') {
            break;
        }
        at -= line.len();
    }
    lines.split_at(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_begin_words() {
        assert_eq!(has_any("database rollback plan", &["rollback"]), Some("rollback"));
        assert_eq!(has_any("health checklist", &["check$"]), None);
        assert_eq!(has_any("unverified", &["verif"]), None);
        assert_eq!(has_any("数据库回滚", &["回滚"]), Some("回滚"));
    }

    #[test]
    fn numbers_in_front_are_split_off() {
        const PHASE: Counters = Counters::new(&["phase"]);
        const STEP: Counters = Counters::new(&["step", "étape"]);
        assert_eq!(split_number("1. Clone"), Some(("1", "Clone")));
        assert_eq!(split_number("2.3 Build"), Some(("2.3", "Build")));
        assert_eq!(split_number("4) Ship"), Some(("4", "Ship")));
        assert_eq!(split_number("3 replicas"), None);
        assert_eq!(split_number("1.8.0"), None);
        assert_eq!(split_counted("Phase 3: Cut over", &PHASE), Some(("Phase", "3", "Cut over")));
        assert_eq!(split_counted("Step IV - Go", &STEP), Some(("Step", "IV", "Go")));
        assert_eq!(split_counted("Étape 2", &STEP), Some(("Étape", "2", "")));
        assert_eq!(split_counted("Stepwise plan", &STEP), None);
    }

    #[test]
    fn marks_are_no_words() {
        assert_eq!(skip_marks("🚀 ✅ Launch"), "Launch");
        assert_eq!(skip_marks("2️⃣ Launch"), "Launch");
        assert_eq!(skip_marks("2 lamps"), "2 lamps");
        assert_eq!(drop_marks("Launch ⚠️"), "Launch");
    }
}
