//! Paragraphs that count themselves in a way that Markdown knows nothing of ("1- Copy it", "2 - Start it"): they are the
//! items of a list, and what stands between them belongs to the one before.
//!
//! It needs three that count on from each other below one heading; fewer may be anything.

use super::blocks::{Kind, Piece};
use super::text;

const FEWEST: usize = 3;

/// Turns such paragraphs into items.
pub fn promote(pieces: &mut [Piece]) {
    let mut counted: Vec<(usize, u64)> = Vec::new();
    for at in 0..=pieces.len() {
        let ends = pieces.get(at).is_none_or(|piece| matches!(piece.kind, Kind::Heading(_)) && piece.depth == 0);
        if ends {
            if counted.len() >= FEWEST {
                raise(&mut pieces[..at], &counted);
            }
            counted.clear();
        } else if let Some(number) = number(&pieces[at]) {
            if counted.last().is_some_and(|(_, last)| last.checked_add(1) != Some(number)) {
                counted.clear();
            }
            if !counted.is_empty() || number <= 1 {
                counted.push((at, number));
            }
        }
    }
}

/// The number of a paragraph that begins with one and a dash.
fn number(piece: &Piece) -> Option<u64> {
    let text = piece.inline.text.as_str();
    if !matches!(piece.kind, Kind::Paragraph) || piece.depth > 0 || piece.is_quoted {
        return None;
    }
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
