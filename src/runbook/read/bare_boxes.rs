//! Task boxes without a list around them: every line of a paragraph begins with `[ ]`. They are the items of a list whose
//! marks the author left out.

use super::blocks::{Kind, Piece};
use super::inline::Inline;
use super::title;

/// Turns such paragraphs into items, one a line.
pub fn promote(pieces: &mut Vec<Piece>, text: &str) {
    if !pieces.iter().any(|piece| is_boxes(piece, text)) {
        return;
    }
    let mut promoted = Vec::with_capacity(pieces.len() + 8);
    for piece in pieces.drain(..) {
        if is_boxes(&piece, text) { promoted.extend(items(&piece, text)) } else { promoted.push(piece) }
    }
    *pieces = promoted;
}

fn is_boxes(piece: &Piece, text: &str) -> bool {
    let words = piece.inline.text.as_str();
    matches!(piece.kind, Kind::Paragraph)
        && words.starts_with('[')
        && words.lines().all(|line| title::split_box(line.trim_start()).1.is_some_and(|_| line.trim().len() > 3))
        && words.lines().count() == text[piece.span.clone()].trim_end().lines().count()
}

fn items(piece: &Piece, text: &str) -> Vec<Piece> {
    let source = text[piece.span.clone()].trim_end();
    let mut start = piece.span.start;
    let rows = source.split_inclusive('\n').map(|row| {
        let begin = start;
        start += row.len();
        begin..begin + row.trim_end().len()
    });
    let lines = (piece.line..).zip(rows.zip(piece.inline.lines()));
    // What is bold is known of the first line only, and the lines are to be read alike.
    let item = |(line, (span, inline)): (u32, (_, Inline))| Piece {
        kind: Kind::Item(None),
        line,
        span,
        depth: piece.depth + 1,
        is_quoted: piece.is_quoted,
        inline: Inline { bold: 0, ..inline },
    };
    lines.map(item).collect()
}
