//! Frames for terminals that have ASCII only: what we draw ourselves, in characters that they have.
//!
//! Letters of the author's language stay: there is nothing to put in their place.

use ratatui::buffer::Buffer;

/// Replaces lines, arrows and typographic signs, cell by cell.
pub(super) fn reduce(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let mut chars = cell.symbol().chars();
        if let (Some(c), None) = (chars.next(), chars.next())
            && let Some(plain) = plain(c)
        {
            cell.set_symbol(plain);
        }
    }
}

fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        '│' | '║' | '┃' | '▌' => "|",
        '─' | '═' | '━' | '–' | '—' => "-",
        '┌'..='╬' => "+",
        '…' | '↷' => "~",
        '“' | '”' | '„' => "\"",
        '‘' | '’' => "'",
        '•' | '·' => "*",
        '↑' => "^",
        '↓' => "v",
        '←' => "<",
        '→' => ">",
        '█' => "#",
        '░' => ".",
        '✓' => "x",
        '✗' => "!",
        '\u{a0}' => " ",
        _ => return None,
    })
}
