//! Text made fit for the screen: escaped, measured, cut and wrapped.
//!
//! Nothing that a document or a command says reaches the terminal as a control character: [`safe`] shows such characters
//! in caret notation. Widths are terminal columns (Unicode UAX #11), never bytes or characters.

use super::look::Look;
use crate::run::time::Times;
use crate::run::{Exactness, Length};
use chrono::{DateTime, Local, Utc};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use std::borrow::Cow;
use std::fmt::Write as _;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Which clock the screen shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Zone {
    #[default]
    Local,
    Utc,
}

impl Zone {
    /// `02:14:07`
    #[must_use]
    pub fn clock(self, at: DateTime<Utc>) -> String {
        match self {
            Zone::Local => at.with_timezone(&Local).format("%H:%M:%S").to_string(),
            Zone::Utc => at.format("%H:%M:%S").to_string(),
        }
    }

    /// `02:14`
    #[must_use]
    pub fn hour(self, at: DateTime<Utc>) -> String {
        match self {
            Zone::Local => at.with_timezone(&Local).format("%H:%M").to_string(),
            Zone::Utc => at.format("%H:%M").to_string(),
        }
    }

    /// `2026-11-21 02:14`
    #[must_use]
    pub fn minute(self, at: DateTime<Utc>) -> String {
        match self {
            Zone::Local => at.with_timezone(&Local).format("%Y-%m-%d %H:%M").to_string(),
            Zone::Utc => at.format("%Y-%m-%d %H:%M").to_string(),
        }
    }
}

/// Shows control characters and those that reorder or hide text; a tab becomes four blanks.
#[must_use]
pub fn safe(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\t' => shown.push_str("    "),
            '\u{0}'..='\u{1f}' => {
                shown.push('^');
                shown.push(char::from(u8::try_from(u32::from(c)).unwrap_or(0) + 0x40));
            }
            '\u{7f}' => shown.push_str("^?"),
            c if is_unsafe(c) => {
                let code = u32::from(c);
                write!(shown, "<U+{code:04X}>").expect("writing to a String cannot fail");
            }
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// Control characters (C0, DEL, C1), and the bidirectional and invisible ones of Unicode TR 36.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Whether a character can go to the terminal as it is.
#[must_use]
pub fn is_shown_as_is(c: char) -> bool {
    !is_unsafe(c) || c == '\u{200d}'
}

/// Width in terminal columns.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    // Cell by cell, as it is drawn. As a whole, some letters that are written as one (Arabic lam and alef) would count as one.
    Span::raw(text).styled_graphemes(Style::default()).map(|cluster| cluster.symbol.width()).sum()
}

/// Width of a styled text, in terminal columns.
#[must_use]
pub fn span_width(span: &Span<'_>) -> usize {
    width(&span.content)
}

/// Width of a line, in terminal columns.
#[must_use]
pub fn line_width(line: &Line<'_>) -> usize {
    line.spans.iter().map(span_width).sum()
}

/// Cuts to at most `max` columns; what was cut is marked with an ellipsis.
#[must_use]
pub fn fit(text: &str, max: usize) -> String {
    let text = safe(text);
    if width(&text) <= max {
        return text.into_owned();
    }
    let mut cut = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide + 1 > max {
            break;
        }
        used += wide;
        cut.push(c);
    }
    if max > 0 {
        cut.push('…');
    }
    cut
}

/// Milliseconds for people: `0.4s`, `14s`, `2m10s`, `1h02m`.
#[must_use]
pub fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0..=9 => format!("{}.{}s", seconds, ms % 1000 / 100),
        10..=59 => format!("{seconds}s"),
        60..=3599 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

/// The same, with `~` before what is only approximate: it spans a restart of the machine, or a resume.
#[must_use]
pub fn spell(length: Length) -> String {
    match length.exact {
        Exactness::Monotonic => duration(length.ms),
        Exactness::Approximate => format!("~{}", duration(length.ms)),
    }
}

/// `42 min`, `3h07m`: for a clock that nobody needs to see run.
#[must_use]
pub fn minutes(ms: u64) -> String {
    let minutes = ms / 60_000;
    if minutes < 60 { format!("{minutes} min") } else { format!("{}h{:02}m", minutes / 60, minutes % 60) }
}

/// How long the rest may take, and until when, as far as it is estimated.
#[must_use]
pub fn left_words(times: &Times, look: &Look) -> Option<String> {
    let (left, eta) = (times.left, times.eta?);
    let least = if left.unknown > 0 { "at least " } else { "about " };
    let basis = match left.from_earlier {
        0 => " by the author's estimates",
        earlier if earlier == left.estimated => " by earlier runs",
        _ => " by earlier runs and the author's estimates",
    };
    Some(format!("{least}{} left, ETA {}{basis}", minutes(left.ms), look.zone.hour(eta)))
}

/// `58 B`, `12.3 kB`, `4.0 MB`: decimal units.
#[must_use]
pub fn size(bytes: u64) -> String {
    match bytes {
        0..=999 => format!("{bytes} B"),
        1000..=999_999 => format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100),
        1_000_000..=999_999_999 => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes % 1_000_000_000 / 100_000_000),
    }
}

/// `1 step`, `2 steps`.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// The candidate that a mistyped word most likely means: at most two letters away, or a third of its length.
pub fn nearest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let most = (word.chars().count() / 3).clamp(1, 3);
    let near = candidates.map(|candidate| (distance(word, candidate), candidate)).min_by_key(|(far, _)| *far)?;
    (near.0 <= most.max(2) && near.0 < word.chars().count()).then_some(near.1)
}

/// Letters to be put in, taken out or exchanged to make one word of the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let exchanged = before + usize::from(a != *b);
            before = row[j + 1];
            row[j + 1] = exchanged.min(before + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}

/// Wraps styled text at blanks into lines of at most `width` columns; a longer word is cut.
///
/// The first line starts with `first`, the others with `rest`; both count.
#[must_use]
pub fn wrap(spans: &[Span<'_>], width: usize, first: &[Span<'static>], rest: &[Span<'static>]) -> Vec<Line<'static>> {
    let mut lines = Lines { width: width.max(8), rest: rest.to_vec(), done: Vec::new(), open: first.to_vec(), used: 0 };
    lines.used = lines.open.iter().map(span_width).sum();
    for word in words(spans) {
        match word {
            Word::Break => lines.end(),
            Word::Blank(style) => lines.blank(style),
            Word::Text(pieces) => lines.word(&pieces),
        }
    }
    lines.end();
    lines.done
}

/// Wraps text that hangs beside its head; where the head takes most of the width, under it.
#[must_use]
pub fn hanging(head: &[Span<'static>], text: &[Span<'static>], width: usize) -> Vec<Line<'static>> {
    let beside = head.iter().map(span_width).sum::<usize>();
    let indent = if beside * 2 > width { 6 } else { beside };
    wrap(text, width, head, &[Span::raw(" ".repeat(indent))])
}

/// Wraps plain text in one style.
#[must_use]
pub fn wrap_plain(text: &str, style: Style, width: usize) -> Vec<Line<'static>> {
    wrap(&[Span::styled(text.to_owned(), style)], width, &[], &[])
}

struct Lines {
    width: usize,
    rest: Vec<Span<'static>>,
    done: Vec<Line<'static>>,
    open: Vec<Span<'static>>,
    used: usize,
}

impl Lines {
    fn end(&mut self) {
        let line = std::mem::replace(&mut self.open, self.rest.clone());
        self.used = self.open.iter().map(span_width).sum();
        self.done.push(Line::from(line));
    }

    fn indent(&self) -> usize {
        self.rest.iter().map(span_width).sum()
    }

    fn blank(&mut self, style: Style) {
        if self.used > self.indent() && self.used < self.width {
            self.push(" ".to_owned(), style);
        }
    }

    fn push(&mut self, text: String, style: Style) {
        self.used += width(&text);
        match self.open.last_mut() {
            Some(last) if last.style == style => last.content.to_mut().push_str(&text),
            Some(_) | None => self.open.push(Span::styled(text, style)),
        }
    }

    fn word(&mut self, pieces: &[(String, Style)]) {
        let wide: usize = pieces.iter().map(|(text, _)| width(text)).sum();
        if self.used + wide > self.width && self.used > self.indent() {
            self.end();
        }
        for (text, style) in pieces {
            let (mut piece, mut used) = (String::new(), 0);
            for c in text.chars() {
                let wide = c.width().unwrap_or(0);
                if self.used + used + wide > self.width && self.used + used > self.indent() {
                    self.push(std::mem::take(&mut piece), *style);
                    self.end();
                    used = 0;
                }
                used += wide;
                piece.push(c);
            }
            self.push(piece, *style);
        }
    }
}

enum Word {
    /// Pieces without a blank between them, each in its style.
    Text(Vec<(String, Style)>),
    Blank(Style),
    Break,
}

fn words(spans: &[Span<'_>]) -> Vec<Word> {
    let mut words = Vec::new();
    let mut open: Vec<(String, Style)> = Vec::new();
    for span in spans {
        for (place, line) in span.content.split('\n').enumerate() {
            if place > 0 {
                close(&mut open, &mut words);
                words.push(Word::Break);
            }
            for (place, word) in line.split(' ').enumerate() {
                if place > 0 {
                    close(&mut open, &mut words);
                    words.push(Word::Blank(span.style));
                }
                if !word.is_empty() {
                    open.push((safe(word).into_owned(), span.style));
                }
            }
        }
    }
    close(&mut open, &mut words);
    words
}

fn close(open: &mut Vec<(String, Style)>, words: &mut Vec<Word>) {
    if !open.is_empty() {
        words.push(Word::Text(std::mem::take(open)));
    }
}

/// Cuts code into lines of at most `width` columns without regard to words; blanks at the start stay.
#[must_use]
pub fn cut(line: &str, width: usize) -> Vec<String> {
    let line = safe(line);
    let width = width.max(4);
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for c in line.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide > width {
            pieces.push(String::new());
            used = 0;
        }
        used += wide;
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    fn wrapped(text: &str, width: usize) -> Vec<String> {
        wrap(&[Span::raw(text.to_owned())], width, &["- ".into()], &["  ".into()])
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn widths_are_those_of_the_cells_that_are_drawn() {
        for text in ["plain", "", "لا إله", "عربي السلام", "漢字", "e\u{301}", "🇩🇪", "👍🏽", "Zürich", "שלום"]
        {
            let area = Rect::new(0, 0, 40, 1);
            let mut buffer = Buffer::empty(area);
            let (end, _) = buffer.set_stringn(0, 0, text, 40, Style::default());
            assert_eq!(width(text), usize::from(end), "{text}");
        }
    }

    #[test]
    fn control_characters_are_shown_not_sent() {
        assert_eq!(safe("plain naïve ✓"), "plain naïve ✓");
        assert_eq!(safe("\u{1b}]52;c;aGk=\u{7}"), "^[]52;c;aGk=^G");
        assert_eq!(safe("a\tb\u{9b}m\u{202e}cba\u{7f}"), "a    b<U+009B>m<U+202E>cba^?");
    }

    #[test]
    fn text_is_wrapped_at_blanks_and_long_words_are_cut() {
        assert_eq!(wrapped("one two three", 9), ["- one two", "  three"]);
        assert_eq!(wrapped("abcdefghijklmnop", 9), ["- abcdefg", "  hijklmn", "  op"]);
        assert_eq!(wrapped("", 9), ["- "]);
        assert_eq!(wrapped("漢字漢字漢字", 9), ["- 漢字漢", "  字漢字"]);
    }

    #[test]
    fn a_mistyped_word_has_a_nearest_one() {
        let known = ["theme", "theme_dark", "mouse", "run"];
        let near = |word| nearest(word, known.into_iter());
        assert_eq!([near("them"), near("mosue"), near("ruhn")], [Some("theme"), Some("mouse"), Some("run")]);
        assert_eq!([near("colour"), near("x")], [None, None]);
    }

    #[test]
    fn lengths_are_for_people() {
        let shown: Vec<String> = [0, 432, 14_200, 130_000, 3_725_000].into_iter().map(duration).collect();
        assert_eq!(shown, ["0.0s", "0.4s", "14s", "2m10s", "1h02m"]);
        assert_eq!(size(12_345), "12.3 kB");
        assert_eq!(fit("Database migration", 9), "Database…");
        assert_eq!(fit("漢字漢字", 6), "漢字…");
    }
}
