//! Commands that their author indented below a line of words, without the blank line that Markdown asks for: "To cut a
//! release, run" and the command on the next line. To Markdown they are words of the paragraph.

use super::blocks::{Code, Kind, Piece};
use super::inline::Inline;
use super::lines::{Lines, rows};
use crate::runbook::Form;
use crate::runbook::code::is_command_line;

/// Columns from which a line is indented code.
const INDENT: usize = 4;

/// Parts such paragraphs. `text` is the document.
pub fn part(pieces: &mut Vec<Piece>, text: &str, lines: &Lines) {
    let is_lazy = |piece: &Piece| !commands(piece, text).is_empty();
    if !pieces.iter().any(is_lazy) {
        return;
    }
    for piece in std::mem::take(pieces) {
        let commands = commands(&piece, text);
        if commands.is_empty() {
            pieces.push(piece);
        } else {
            pieces.extend(parts(&piece, &commands, text, lines));
        }
    }
}

/// The rows of a paragraph that are such commands: indented, below one that leads in, each run of them from its first to
/// behind its last.
fn commands(piece: &Piece, text: &str) -> Vec<(usize, usize)> {
    if !matches!(piece.kind, Kind::Paragraph) || piece.depth > 0 || piece.is_quoted || !piece.inline.text.contains('\n')
    {
        return Vec::new();
    }
    let source = &text[piece.span.clone()];
    if !source.contains("\n    ") && !source.contains("\n\t") {
        return Vec::new();
    }
    let rows: Vec<&str> = rows(source).collect();
    // Where HTML breaks lines, the words have other rows than the document.
    if rows.len() != piece.inline.text.lines().count() {
        return Vec::new();
    }
    let (mut found, mut at) = (Vec::new(), 1);
    while at < rows.len() {
        let end = at + rows[at..].iter().take_while(|row| is_indented(row)).count();
        if end > at && leads_in(rows[at - 1]) && rows[at..end].iter().all(|row| is_typed(row)) {
            found.push((at, end));
        }
        at = end.max(at) + 1;
    }
    found
}

fn is_indented(row: &str) -> bool {
    row.starts_with('\t') || row.bytes().take_while(|byte| *byte == b' ').count() >= INDENT
}

fn leads_in(row: &str) -> bool {
    let row = row.trim_end();
    let last = row.rsplit(char::is_whitespace).next().unwrap_or("").to_lowercase();
    row.ends_with([':', '：']) || LEADS.contains(&last.as_str())
}

/// What a line of words ends in before the command below it.
const LEADS: [&str; 10] =
    ["run", "running", "execute", "executing", "type", "typing", "with", "using", "do", "command"];

/// Whether a row is a command; a comma or full stop behind it is its author's.
fn is_typed(row: &str) -> bool {
    let row = row.trim().trim_end_matches([',', '.', ';']);
    row.contains(char::is_whitespace) && is_command_line(row)
}

fn parts(piece: &Piece, commands: &[(usize, usize)], text: &str, lines: &Lines) -> Vec<Piece> {
    let source = &text[piece.span.clone()];
    let mut starts: Vec<(usize, usize)> = vec![(0, 0)];
    let (mut in_source, mut in_words) = (0, 0);
    for (row, word) in rows(source).zip(rows(&piece.inline.text)) {
        in_source += row.len();
        in_words += word.len();
        starts.push((in_source, in_words));
    }
    let mut parts = Vec::new();
    let mut from = 0;
    for (begin, end) in commands.iter().copied().chain([(starts.len() - 1, starts.len() - 1)]) {
        if begin > from {
            let inline = piece.inline.part(starts[from].1..starts[begin].1);
            parts.push(made(piece, Kind::Paragraph, (starts[from].0, starts[begin].0), lines, inline));
        }
        if end > begin {
            let typed = |row: &str| format!("{}\n", row.trim().trim_end_matches([',', '.', ';']));
            let code = Code {
                form: Form::Indented,
                info: String::new(),
                text: rows(&source[starts[begin].0..starts[end].0]).map(typed).collect(),
                text_line: lines.line(piece.span.start + starts[begin].0),
            };
            let span = (starts[begin].0, starts[end].0);
            parts.push(made(piece, Kind::Code(Box::new(code)), span, lines, Inline::default()));
        }
        from = end;
    }
    parts
}

fn made(piece: &Piece, kind: Kind, span: (usize, usize), lines: &Lines, inline: Inline) -> Piece {
    let span = piece.span.start + span.0..piece.span.start + span.1;
    Piece { kind, line: lines.line(span.start), span, depth: piece.depth, is_quoted: piece.is_quoted, inline }
}
