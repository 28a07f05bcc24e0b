//! Prose as the author wrote it: Markdown source, dedented, in whole blocks.

use super::inline::Inline;
use super::lines::Lines;
use crate::runbook::{Block, Quote, Span};

/// The source of a block, without the indentation of its first line.
#[must_use]
pub fn quote(text: &str, lines: &Lines, span: Span) -> Quote {
    let line = lines.line(span.start);
    let indent = text[lines.start(line)..span.start].chars().count();
    let source = text[span].trim_end();
    let mut dedented = String::with_capacity(source.len());
    for (at, row) in source.split('\n').enumerate() {
        if at > 0 {
            dedented.push('\n');
        }
        dedented.push_str(if at == 0 { row } else { dedent(row, indent) });
    }
    Quote { line, text: dedented }
}

fn dedent(row: &str, most: usize) -> &str {
    let blank = row.bytes().take(most).take_while(|byte| *byte == b' ' || *byte == b'\t').count();
    row[blank..].trim_end()
}

/// Adds prose to a step; what follows other prose directly is joined with it.
pub fn push(blocks: &mut Vec<Block>, quote: Quote) {
    if quote.text.trim().is_empty() {
        return;
    }
    if let Some(Block::Prose(last)) = blocks.last_mut() {
        last.text.push_str(if follows_directly(last, &quote) { "\n" } else { "\n\n" });
        last.text.push_str(&quote.text);
        return;
    }
    put(blocks, Block::Prose(quote));
}

/// Adds a block. Most steps hold one at most, and a vector would begin with room for four.
pub fn put(blocks: &mut Vec<Block>, block: Block) {
    if blocks.capacity() == 0 {
        blocks.reserve_exact(1);
    }
    blocks.push(block);
}

/// Whether no blank line stands between two pieces of prose. Counting the lines of an ever longer text would take the
/// square of its length, so behind a very long one a blank line is taken for granted.
fn follows_directly(last: &Quote, next: &Quote) -> bool {
    const COUNTED: usize = 64 << 10;
    last.text.len() < COUNTED && {
        let lines = u32::try_from(last.text.matches('\n').count()).unwrap_or(u32::MAX);
        next.line <= last.line.saturating_add(lines).saturating_add(1)
    }
}

/// What an item says besides its title: the note behind a bold title, and further lines.
#[must_use]
pub fn behind_title(inline: &Inline, note: &str) -> String {
    let further = inline.text.trim_start().split_once('\n').map_or("", |(_, rest)| rest.trim());
    match (note.is_empty(), further.is_empty()) {
        (true, _) => further.to_owned(),
        (false, true) => note.to_owned(),
        (false, false) => format!("{note}\n{further}"),
    }
}

/// The lines of a paragraph, each alone, so that labels on them can be read.
#[must_use]
pub fn label_lines(inline: &Inline) -> Vec<Inline> {
    let mut start = 0;
    inline
        .text
        .split('\n')
        .map(|line| {
            let bold = if start == 0 { inline.bold.min(line.len()) } else { 0 };
            start += line.len() + 1;
            Inline { text: line.to_owned(), bold, ..Inline::default() }
        })
        .collect()
}
