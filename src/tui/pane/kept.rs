//! Output as it was stored: no more of it is laid out than somebody looks at.
//!
//! An emulator keeps every line that can be scrolled back to at its full width, some megabytes and as many milliseconds.
//! Most outputs are only seen at their end. So the end is laid out first, and the rest when it is scrolled to, searched or
//! measured. Where the end cannot be told apart from what comes before it, because a program moved its cursor, all is laid
//! out at once. It reads no journal.

use super::{Pane, Shown, parser, skip_to_line};
use crate::run::event::AttemptId;
use std::collections::VecDeque;

/// The most stored bytes that are emulated.
const KEPT: usize = 1024 * 1024;

/// What may be remembered of outputs that were shown lately, in bytes together.
const RECENT: usize = 2 * 1024 * 1024;

/// What a program printed, as stored.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    pub head: Vec<u8>,
    pub dropped: u64,
    pub tail: Vec<u8>,
}

/// How much of the stored bytes is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Extent {
    #[default]
    All,
    /// What fills the pane.
    End,
}

/// Whether an output was remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recalled {
    Yes,
    No,
}

/// Outputs that were shown lately, the last one first: going from step to step reads nothing again.
#[derive(Debug, Default)]
pub(super) struct Recent(VecDeque<Window>);

/// What can be seen of a stored output.
#[derive(Debug)]
struct Window {
    attempt: AttemptId,
    dropped: u64,
    hidden: u64,
    bytes: Vec<u8>,
}

impl Pane {
    /// Shows stored output.
    pub fn keep(&mut self, attempt: AttemptId, stored: &Stored) {
        let (bytes, other) =
            if stored.tail.is_empty() { (&stored.head, 0) } else { (&stored.tail, stored.head.len() as u64) };
        let start = skip_to_line(bytes, KEPT, self.lines());
        let (dropped, hidden) = (stored.dropped, other + start as u64);
        self.show(Window { attempt, dropped, hidden, bytes: bytes[start..].to_vec() });
    }

    /// Shows stored output again, if it is remembered.
    pub fn recall(&mut self, attempt: AttemptId) -> Recalled {
        let Some(at) = self.recent.0.iter().position(|window| window.attempt == attempt) else {
            return Recalled::No;
        };
        self.recent.0.remove(at).map_or(Recalled::No, |window| {
            self.show(window);
            Recalled::Yes
        })
    }

    /// Shows something else than an output.
    pub fn turn_to(&mut self, shown: Shown) {
        self.put_by();
        self.shown = shown;
    }

    /// Forgets all outputs but the one that is shown: what is stored may have changed.
    pub fn forget(&mut self) {
        self.recent.0.clear();
    }

    fn show(&mut self, Window { attempt, dropped, hidden, bytes }: Window) {
        self.clear();
        self.stored = bytes;
        self.lay_out(Extent::End);
        self.shown = Shown::Kept { attempt, dropped, hidden };
    }

    /// Remembers what is shown before something else is.
    pub(super) fn put_by(&mut self) {
        let bytes = std::mem::take(&mut self.stored);
        if let Shown::Kept { attempt, dropped, hidden } = self.shown {
            let recent = &mut self.recent.0;
            recent.retain(|window| window.attempt != attempt);
            recent.push_front(Window { attempt, dropped, hidden, bytes });
            while recent.iter().map(|window| window.bytes.len()).sum::<usize>() > RECENT {
                recent.pop_back();
            }
        }
    }

    /// Lays all of it out, before it is scrolled or searched.
    pub(super) fn lay_out_all(&mut self) {
        if self.extent == Extent::End {
            self.lay_out(Extent::All);
        }
    }

    pub(super) fn lay_out(&mut self, extent: Extent) {
        let (rows, cols) = self.size();
        let stored = std::mem::take(&mut self.stored);
        let start = match extent {
            Extent::All => 0,
            Extent::End => start_of_end(&stored, usize::from(rows)),
        };
        self.parser = parser(rows, cols);
        self.last = b'\n';
        colours_before(&stored[..start]).for_each(|colour| self.parser.process(colour));
        self.process(&stored[start..]);
        self.extent = if start == 0 { Extent::All } else { Extent::End };
        self.stored = stored;
    }
}

/// Where the lines begin that fill so many rows at least, if nothing before them can matter to how they look.
fn start_of_end(bytes: &[u8], rows: usize) -> usize {
    let start = skip_to_line(bytes, bytes.len(), rows + 1);
    if start > 0 && is_plain(bytes) { start } else { 0 }
}

/// Whether its only orders to a terminal are colours.
fn is_plain(bytes: &[u8]) -> bool {
    // Shift out and shift in choose another alphabet for all that follows.
    memchr::memchr2(0x0e, 0x0f, bytes).is_none()
        && memchr::memchr_iter(0x1b, bytes).all(|at| colour(&bytes[at..]).is_some())
}

/// The colours in force at the end: all since the last one that began anew.
fn colours_before(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let anew = |colour: &[u8]| matches!(colour, b"\x1b[m" | b"\x1b[0m");
    let last = memchr::memrchr_iter(0x1b, bytes).find(|at| colour(&bytes[*at..]).is_some_and(anew)).unwrap_or(0);
    memchr::memchr_iter(0x1b, &bytes[last..]).filter_map(move |at| colour(&bytes[last + at..]))
}

/// The order with which the bytes begin, if it chooses how characters look (SGR, ECMA-48 8.3.117).
fn colour(bytes: &[u8]) -> Option<&[u8]> {
    let words = bytes.strip_prefix(b"\x1b[")?;
    let end = words.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b';' | b':'))?;
    (words[end] == b'm').then(|| &bytes[..end + 3])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Colour, Theme};
    use proptest::prelude::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    fn kept(rows: u16, cols: u16, text: &[u8]) -> Pane {
        let mut pane = Pane::new(rows, cols);
        pane.keep(AttemptId(2), &Stored { head: text.to_vec(), dropped: 0, tail: Vec::new() });
        pane
    }

    fn shown(pane: &Pane) -> Vec<String> {
        pane.last_lines(50)
    }

    fn drawn(pane: &Pane) -> Buffer {
        let (rows, cols) = pane.size();
        let area = Rect::new(0, 0, cols, rows);
        let mut buffer = Buffer::empty(area);
        pane.draw(area, &mut buffer, &Theme::named("terminal", Colour::Always).unwrap());
        buffer
    }

    fn numbered(lines: usize) -> Vec<u8> {
        (0..lines).flat_map(|n| format!("line {n}\n").into_bytes()).collect()
    }

    #[test]
    fn stored_output_is_laid_out_again_at_a_new_width_and_scrolls() {
        let mut pane = kept(2, 20, b"one\ntwo\nthree\nfour");
        assert_eq!(shown(&pane), ["three", "four"]);
        pane.scroll(1);
        assert_eq!(shown(&pane), ["two", "three"]);
        pane.resize(2, 3);
        assert_eq!(shown(&pane), ["two", "thr"], "what was looked at stays");
        pane.resize(2, 20);
        assert_eq!(shown(&pane), ["two", "three"]);
        pane.scroll_to_end();
        pane.resize(2, 3);
        assert_eq!(shown(&pane), ["fou", "r"], "the end is followed");
    }

    #[test]
    fn only_the_end_is_laid_out_until_more_is_looked_at() {
        let mut pane = kept(4, 20, &numbered(500));
        assert_eq!(shown(&pane), ["line 497", "line 498", "line 499"]);
        assert!(pane.parser.screen().scrollback_len() < 10);
        pane.resize(6, 20);
        assert_eq!(shown(&pane)[0], "line 495", "a higher pane shows more of it");
        pane.scroll(1);
        assert_eq!(shown(&pane)[0], "line 494");
        assert_eq!(pane.search("line 0"), 1);
        let mut pane = kept(4, 20, &numbered(500));
        pane.scroll_to_start();
        assert_eq!(shown(&pane)[0], "line 0");
        assert_eq!(kept(4, 20, &numbered(500)).text().lines().count(), 500);
    }

    #[test]
    fn what_was_shown_lately_is_there_again_without_being_read() {
        let mut pane = kept(4, 20, b"first\n");
        pane.turn_to(Shown::Loading(AttemptId(3)));
        assert_eq!(pane.recall(AttemptId(2)), Recalled::Yes);
        assert_eq!((shown(&pane), pane.attempt()), (vec!["first".to_owned()], Some(AttemptId(2))));
        pane.begin(AttemptId(3));
        pane.forget();
        assert_eq!(pane.recall(AttemptId(2)), Recalled::No);
        assert_eq!(pane.recall(AttemptId(9)), Recalled::No);
    }

    #[test]
    fn what_is_remembered_has_a_limit() {
        let mut pane = Pane::new(4, 20);
        for attempt in 1..20 {
            let head = vec![b'x'; KEPT / 2];
            pane.keep(AttemptId(attempt), &Stored { head, dropped: 0, tail: Vec::new() });
        }
        assert!(pane.recent.0.iter().map(|window| window.bytes.len()).sum::<usize>() <= RECENT);
        assert_eq!(pane.recall(AttemptId(18)), Recalled::Yes);
        assert_eq!(pane.recall(AttemptId(2)), Recalled::No);
    }

    #[test]
    fn a_program_that_moved_its_cursor_is_laid_out_from_its_beginning() {
        for order in ["\x1b[2A", "\x1b[?1049h", "\x0e", "\x1b(0", "\x1b[3;5r", "\x1b]0;x\x07", "\x1b"] {
            let text = [b"begun\n", order.as_bytes(), &numbered(100)].concat();
            assert_eq!(kept(4, 20, &text).extent, Extent::All, "{order:?}");
        }
    }

    proptest! {
        /// Whether all of it is laid out or its end only, the pane shows the same cells.
        #[test]
        fn the_end_looks_as_if_all_was_laid_out(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "a", "word ", "\n", "\n", "\r\n", "\r", "\t", "\x08", "漢", "e\u{301}", "a long line that is wrapped more than once",
                "\x1b[31m", "\x1b[1;42m", "\x1b[m", "\x1b[0m", "\x1b[38;5;7m", "\x1b[7m", "\x0c", "\x1b[K",
            ]), 0..200),
            rows in 2_u16..8, cols in 2_u16..30,
        ) {
            let text = pieces.concat().into_bytes();
            let mut pane = kept(rows, cols, &text);
            let end = drawn(&pane);
            pane.lay_out(Extent::All);
            prop_assert_eq!(end, drawn(&pane));
        }
    }
}
