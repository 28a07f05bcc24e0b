//! Paragraphs, or rows of one, that count themselves in a way that Markdown knows nothing of ("1- Copy it", "2 - Start it"):
//! they are the items of a list, and what stands between them belongs to the one before.
//!
//! It needs three that count on from each other below one heading; fewer may be anything.

use super::blocks::{Kind, Piece};
use super::lines::Lines;
use super::text;

const FEWEST: usize = 3;

/// Turns such paragraphs into items. `text` is the document.
pub fn promote(pieces: &mut Vec<Piece>, text: &str, lines: &Lines) {
    part_rows(pieces, text, lines);
    let mut counted: Vec<(usize, u64)> = Vec::new();
    for at in 0..=pieces.len() {
        let ends = pieces.get(at).is_none_or(|piece| matches!(piece.kind, Kind::Heading(_)) && piece.depth == 0);
        if ends {
            if counted.len() >= FEWEST {
                raise(&mut pieces[..at], &counted);
            }
            counted.clear();
        } else if let Some(number) = may_count(&pieces[at]).then(|| number(&pieces[at].inline.text)).flatten() {
            count(&mut counted, at, number);
        }
    }
}

/// Counts on from the number before, or anew from the first one.
fn count(counted: &mut Vec<(usize, u64)>, at: usize, number: u64) {
    if counted.last().is_some_and(|(_, last)| last.checked_add(1) != Some(number)) {
        counted.clear();
    }
    if !counted.is_empty() || number <= 1 {
        counted.push((at, number));
    }
}

/// Makes a paragraph of each row that counts, where three of a paragraph do.
fn part_rows(pieces: &mut Vec<Piece>, text: &str, lines: &Lines) {
    if !pieces.iter().any(|piece| starts(piece).is_some()) {
        return;
    }
    for piece in std::mem::take(pieces) {
        match starts(&piece).and_then(|starts| part(&piece, &starts, text, lines)) {
            Some(parts) => pieces.extend(parts),
            None => pieces.push(piece),
        }
    }
}

/// Where the rows of a paragraph begin that count, in its words.
fn starts(piece: &Piece) -> Option<Vec<usize>> {
    let words = piece.inline.text.as_str();
    // Hardly any paragraph has a digit behind a line's end.
    let may = memchr::memchr_iter(b'\n', words.as_bytes())
        .any(|at| words.as_bytes().get(at + 1).is_some_and(u8::is_ascii_digit));
    if !may || !may_count(piece) {
        return None;
    }
    let (mut counted, mut at) = (Vec::new(), 0);
    for row in words.split_inclusive('\n') {
        if let Some(number) = number(row) {
            count(&mut counted, at, number);
        }
        at += row.len();
    }
    (counted.len() >= FEWEST).then(|| counted.into_iter().map(|(at, _)| at).collect())
}

/// The rows as paragraphs of their own, what stands above them included; none if they cannot be found in the document.
fn part(piece: &Piece, starts: &[usize], text: &str, lines: &Lines) -> Option<Vec<Piece>> {
    let words = piece.inline.text.as_str();
    let mut places = Vec::with_capacity(starts.len() + 1);
    let mut from = piece.span.start;
    for start in starts {
        let row = &words[*start..];
        let digits = row.bytes().take_while(u8::is_ascii_digit).count();
        let mark = &row[..digits + row[digits..].chars().next().map_or(0, char::len_utf8)];
        from += text.get(from..piece.span.end)?.find(mark)?;
        places.push((*start, from));
        from += mark.len();
    }
    let head = (places[0].0 > 0).then_some((0, piece.span.start));
    places.splice(0..0, head);
    places.push((words.len(), piece.span.end));
    let part = |pair: &[(usize, usize)]| Piece {
        kind: Kind::Paragraph,
        line: lines.line(pair[0].1),
        span: pair[0].1..pair[1].1,
        depth: piece.depth,
        is_quoted: piece.is_quoted,
        inline: piece.inline.part(pair[0].0..pair[1].0),
    };
    Some(places.windows(2).map(part).collect())
}

fn may_count(piece: &Piece) -> bool {
    matches!(piece.kind, Kind::Paragraph) && piece.depth == 0 && !piece.is_quoted
}

/// The number that a text begins with, before a dash or the like.
fn number(text: &str) -> Option<u64> {
    if !text.as_bytes().first()?.is_ascii_digit() {
        return None;
    }
    let (number, rest) = text::split_number(text)?;
    let mark = text[number.len()..].trim_start();
    let is_dash = mark.starts_with(['-', '–', '—', ':', ')']);
    let is_words = rest.starts_with(char::is_alphabetic) || rest.starts_with('`');
    number.parse().ok().filter(|_| is_dash && is_words)
}

fn raise(pieces: &mut [Piece], counted: &[(usize, u64)]) {
    let mut counted = counted.iter().peekable();
    let first = counted.peek().map_or(pieces.len(), |(at, _)| *at);
    for (at, piece) in pieces.iter_mut().enumerate().skip(first) {
        piece.depth = piece.depth.saturating_add(1);
        if let Some((_, number)) = counted.next_if(|(next, _)| *next == at) {
            piece.kind = Kind::Item(Some(*number));
        }
    }
}
