//! The terminal inside the screen: an emulator that is fed what must be shown, and drawn cell by cell.
//!
//! A program's escape sequences end here. Only characters, colours and attributes of cells leave it; titles, clipboard
//! access and other orders to a terminal do not. Bytes that could not be seen anyway, because more than [`FEED`] came at
//! once, are skipped: the journal has them all.

mod kept;
mod search;

use kept::{Extent, Recent};
pub use kept::{Recalled, Stored};
pub use search::{Search, Towards};

use super::text::is_shown_as_is;
use super::theme::{Colour, Theme};
use crate::run::event::AttemptId;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use std::num::NonZeroU16;

/// Lines that can be scrolled back in the screen.
const SCROLLBACK: usize = 3000;

/// The most bytes that are emulated at once; nor are lines that cannot even be scrolled back to. Some milliseconds of work.
const FEED: usize = 128 * 1024;

/// Whose output is in the pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    Nothing,
    /// Asked for, not there yet.
    Loading(AttemptId),
    /// Too much to load unasked.
    Large(AttemptId, u64),
    Live {
        attempt: AttemptId,
        /// Bytes of the stream that were taken in or skipped.
        seen: u64,
        lines: u64,
        skipped: u64,
    },
    Kept {
        attempt: AttemptId,
        /// Bytes between head and tail that were not kept, and bytes that are kept but not shown here.
        dropped: u64,
        hidden: u64,
    },
    /// What is stored could not be read.
    Unreadable(AttemptId, String),
}

/// New output of the running or just ended attempt.
#[derive(Debug, Clone)]
pub struct News {
    pub attempt: AttemptId,
    /// Place of the first byte in the stream.
    pub from: u64,
    pub bytes: Vec<u8>,
    /// Lines of the whole stream so far.
    pub lines: u64,
}

/// What makes one glyph of several, or a wide one of a narrow one, on some terminals only: without them every terminal draws
/// as many columns as the emulator has counted.
const JOINERS: [char; 2] = ['\u{200d}', '\u{fe0f}'];

pub struct Pane {
    pub shown: Shown,
    parser: vt100::Parser<Replies>,
    last: u8,
    /// Stored bytes, to be laid out again when the width changes.
    stored: Vec<u8>,
    /// How much of them is laid out.
    extent: Extent,
    /// Stored outputs that were shown lately.
    recent: Recent,
    /// Up to where in the stream the program's questions have been answered: a stream that is laid out again asks nothing.
    answered: u64,
    /// Where it was scrolled to before its width changed, until its text is there again.
    anchor: Option<usize>,
    pub search: Search,
}

/// Answers that a terminal owes to a program's questions.
#[derive(Default)]
struct Replies {
    bytes: Vec<u8>,
}

impl vt100::Callbacks for Replies {
    fn unhandled_csi(
        &mut self,
        screen: &mut vt100::Screen,
        intermediate: Option<u8>,
        _: Option<u8>,
        params: &[&[u16]],
        last: char,
    ) {
        let first = params.first().and_then(|param| param.first()).copied().unwrap_or(0);
        match (intermediate, first, last) {
            (None, 5, 'n') => self.bytes.extend_from_slice(b"\x1b[0n"),
            (None, 6, 'n') => {
                let (row, col) = screen.cursor_position();
                self.bytes.extend_from_slice(format!("\x1b[{};{}R", row + 1, col + 1).as_bytes());
            }
            (None, 0, 'c') => self.bytes.extend_from_slice(b"\x1b[?6c"),
            _ => {}
        }
    }
}

fn parser(rows: u16, cols: u16) -> vt100::Parser<Replies> {
    let (rows, cols) = bounded(rows, cols);
    vt100::Parser::new_with_callbacks(rows, cols, SCROLLBACK, Replies::default())
}

/// Never below 2x2, where emulators lose their footing.
fn bounded(rows: u16, cols: u16) -> (NonZeroU16, NonZeroU16) {
    let two = NonZeroU16::MIN.saturating_add(1);
    (NonZeroU16::new(rows).unwrap_or(two).max(two), NonZeroU16::new(cols).unwrap_or(two).max(two))
}

impl Pane {
    #[must_use]
    pub fn new(rows: u16, cols: u16) -> Self {
        Pane {
            shown: Shown::Nothing,
            parser: parser(rows, cols),
            last: b'\n',
            stored: Vec::new(),
            extent: Extent::default(),
            recent: Recent::default(),
            answered: 0,
            anchor: None,
            search: Search::default(),
        }
    }

    /// The attempt whose output is shown or on its way.
    #[must_use]
    pub fn attempt(&self) -> Option<AttemptId> {
        match &self.shown {
            Shown::Nothing => None,
            Shown::Loading(attempt)
            | Shown::Large(attempt, _)
            | Shown::Unreadable(attempt, _)
            | Shown::Live { attempt, .. }
            | Shown::Kept { attempt, .. } => Some(*attempt),
        }
    }

    /// How much of an attempt's stream was taken in already.
    #[must_use]
    pub fn seen(&self, of: AttemptId) -> u64 {
        match &self.shown {
            Shown::Live { attempt, seen, .. } if *attempt == of => *seen,
            Shown::Live { .. }
            | Shown::Nothing
            | Shown::Loading(_)
            | Shown::Large(..)
            | Shown::Kept { .. }
            | Shown::Unreadable(..) => 0,
        }
    }

    /// Takes in live output; returns what the terminal has to answer to the program.
    pub fn feed(&mut self, news: &News) -> Vec<u8> {
        let mut anchor = None;
        if self.seen(news.attempt) == 0 || !matches!(self.shown, Shown::Live { .. }) {
            let same = self.attempt() == Some(news.attempt);
            let answered = if same { self.answered } else { 0 };
            anchor = self.anchor.filter(|_| same);
            self.begin(news.attempt);
            self.answered = answered;
        }
        let before = self.seen(news.attempt);
        let start = skip_to_line(&news.bytes, FEED, self.lines());
        let skipped_now = news.from.saturating_sub(before) + start as u64;
        if skipped_now > 0 && before > 0 {
            self.parser.process(b"\x1b[m\x1b(B\r\n");
        }
        let known = usize::try_from(self.answered.saturating_sub(news.from)).unwrap_or(usize::MAX);
        let known = known.clamp(start, news.bytes.len());
        self.process(&news.bytes[start..known]);
        self.parser.callbacks_mut().bytes.clear();
        self.process(&news.bytes[known..]);
        self.answered = self.answered.max(news.from + news.bytes.len() as u64);
        if let Shown::Live { seen, lines, skipped, .. } = &mut self.shown {
            *seen = news.from + news.bytes.len() as u64;
            *lines = news.lines;
            *skipped += skipped_now;
        }
        self.scroll_to_anchor(anchor);
        std::mem::take(&mut self.parser.callbacks_mut().bytes)
    }

    /// Makes room for the output of an attempt that begins.
    pub fn begin(&mut self, attempt: AttemptId) {
        self.clear();
        self.shown = Shown::Live { attempt, seen: 0, lines: 0, skipped: 0 };
    }

    /// How many lines can be seen at all: on the screen, and scrolled back.
    fn lines(&self) -> usize {
        SCROLLBACK + usize::from(self.size().0)
    }

    fn clear(&mut self) {
        let (rows, cols) = self.parser.screen().size();
        self.parser = parser(rows.get(), cols.get());
        self.last = b'\n';
        self.put_by();
        self.extent = Extent::All;
        self.answered = 0;
        self.anchor = None;
        self.search = Search::default();
    }

    /// A lone line feed also returns the carriage, as a terminal line would have made it, except where a full-screen
    /// program moves its cursor with it.
    fn process(&mut self, bytes: &[u8]) {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let before = line.len().checked_sub(2).map_or(self.last, |at| line[at]);
            self.last = line.last().copied().unwrap_or(self.last);
            if self.last == b'\n' && before != b'\r' && !self.parser.screen().alternate_screen() {
                self.parser.process(&line[..line.len() - 1]);
                let lone = !self.parser.screen().alternate_screen();
                self.parser.process(if lone { b"\r\n" } else { b"\n" });
            } else {
                self.parser.process(line);
            }
        }
    }

    /// Gives the emulator a new size. Full-screen programs redraw themselves; other output is laid out again.
    pub fn resize(&mut self, rows: u16, cols: u16) {
        let (old_rows, old_cols) = self.parser.screen().size();
        let (rows, cols) = bounded(rows, cols);
        if (rows, cols) == (old_rows, old_cols) {
            return;
        }
        let anchor = (old_cols != cols && !self.follows()).then(|| self.anchor()).or(self.anchor);
        self.parser.set_size(rows, cols);
        // Lines that would come back into a higher pane may not be laid out at all.
        let lacks_rows = self.extent == Extent::End && old_rows != rows;
        if (old_cols == cols && !lacks_rows) || self.parser.screen().alternate_screen() {
            return;
        }
        match &mut self.shown {
            Shown::Kept { .. } => {
                let extent = if anchor.is_some() { Extent::All } else { Extent::End };
                self.lay_out(extent);
                self.scroll_to_anchor(anchor);
            }
            // Asking for the stream from its beginning brings its last part again, at the new width.
            Shown::Live { seen, .. } => {
                *seen = 0;
                self.anchor = anchor;
            }
            Shown::Nothing | Shown::Loading(_) | Shown::Large(..) | Shown::Unreadable(..) => {}
        }
    }

    /// How many lines of the text begin below the first row on the screen. A width changes where lines are broken, not this.
    fn anchor(&mut self) -> usize {
        let back = self.scrolled();
        let wraps = self.wraps();
        let (rows, _) = self.size();
        let top = wraps.len().saturating_sub(usize::from(rows) + back);
        wraps[top..].iter().rev().skip(1).filter(|wraps| !**wraps).count()
    }

    /// Scrolls to where so many lines begin below the first row.
    fn scroll_to_anchor(&mut self, anchor: Option<usize>) {
        let Some(below) = anchor else {
            return;
        };
        let wraps = self.wraps();
        let (mut begun, mut top) = (0, wraps.len().saturating_sub(1));
        while top > 0 && (begun < below || wraps[top - 1]) {
            top -= 1;
            begun += usize::from(!wraps[top]);
        }
        let (rows, _) = self.size();
        self.parser.screen_mut().set_scrollback(wraps.len().saturating_sub(usize::from(rows) + top));
    }

    /// For each row that can be scrolled to, whether its line goes on in the next.
    fn wraps(&mut self) -> Vec<bool> {
        let (rows, back) = (self.size().0, self.scrolled());
        let screen = self.parser.screen_mut();
        let above = screen.scrollback_len();
        let mut wraps = Vec::with_capacity(above + usize::from(rows));
        for row in 0..above {
            screen.set_scrollback(above - row);
            wraps.push(screen.row_wrapped(0));
        }
        screen.set_scrollback(0);
        wraps.extend((0..rows).map(|row| screen.row_wrapped(row)));
        screen.set_scrollback(back);
        wraps
    }

    #[must_use]
    pub fn size(&self) -> (u16, u16) {
        let (rows, cols) = self.parser.screen().size();
        (rows.get(), cols.get())
    }

    /// Scrolls by lines, positive towards the past.
    pub fn scroll(&mut self, lines: isize) {
        if lines > 0 {
            self.lay_out_all();
        }
        let screen = self.parser.screen_mut();
        let to = screen.scrollback().saturating_add_signed(lines);
        screen.set_scrollback(to);
    }

    pub fn scroll_to_end(&mut self) {
        self.parser.screen_mut().set_scrollback(0);
    }

    pub fn scroll_to_start(&mut self) {
        self.lay_out_all();
        self.parser.screen_mut().set_scrollback(SCROLLBACK);
    }

    /// Whether new lines are shown as they come.
    #[must_use]
    pub fn follows(&self) -> bool {
        self.parser.screen().scrollback() == 0
    }

    /// Lines above the end that are shown.
    #[must_use]
    pub fn scrolled(&self) -> usize {
        self.parser.screen().scrollback()
    }

    #[must_use]
    pub fn arrows(&self) -> super::keys::Arrows {
        if self.parser.screen().application_cursor() {
            super::keys::Arrows::Application
        } else {
            super::keys::Arrows::Cursor
        }
    }

    /// Whether the program wants pasted text in brackets.
    #[must_use]
    pub fn brackets_paste(&self) -> bool {
        self.parser.screen().bracketed_paste()
    }

    /// The last lines with something on them, at most so many, as text.
    #[must_use]
    pub fn last_lines(&self, most: usize) -> Vec<String> {
        let (_, cols) = self.size();
        let rows: Vec<String> = self.parser.screen().rows(0, cols).map(|row| row.trim_end().to_owned()).collect();
        let end = rows.iter().rposition(|row| !row.is_empty()).map_or(0, |last| last + 1);
        rows[end.saturating_sub(most)..end].to_vec()
    }

    /// Where the program's cursor is inside an area, if it shows.
    #[must_use]
    pub fn cursor(&self, area: Rect) -> Option<Position> {
        let screen = self.parser.screen();
        let (row, col) = screen.cursor_position();
        let inside = row < area.height && col < area.width && self.follows() && !screen.hide_cursor();
        inside.then(|| Position { x: area.x + col, y: area.y + row })
    }

    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: &Theme) {
        let screen = self.parser.screen();
        for row in 0..area.height {
            for col in 0..area.width {
                let Some(cell) = screen.cell(row, col).filter(|cell| !cell.is_wide_continuation()) else {
                    continue;
                };
                let Some(target) = buffer.cell_mut((area.x + col, area.y + row)) else {
                    continue;
                };
                let text = cell.contents();
                // A wide character would spill over the border.
                let fits = !cell.is_wide() || col + 1 < area.width;
                let joins = text.contains(JOINERS);
                if text.is_empty() || !fits {
                    target.set_symbol(" ");
                } else if joins {
                    target.set_symbol(&text.replace(JOINERS, ""));
                } else if text.chars().all(is_shown_as_is) {
                    target.set_symbol(text);
                } else {
                    target.set_symbol("\u{fffd}");
                }
                target.set_style(style(cell, theme.colour));
            }
            self.mark_hit(row, area, buffer);
        }
    }

    /// A row that holds what is searched for is marked at its edge, without hiding anything of it.
    fn mark_hit(&self, row: u16, area: Rect, buffer: &mut Buffer) {
        let screen = self.parser.screen();
        let top = screen.scrollback_len() - screen.scrollback();
        if self.search.hits.binary_search(&(top + usize::from(row))).is_ok() {
            for col in 0..area.width {
                if let Some(cell) = buffer.cell_mut((area.x + col, area.y + row)) {
                    cell.modifier |= Modifier::UNDERLINED;
                }
            }
        }
    }
}

/// Where the last `most` bytes begin, moved on to the start of a line when something is left out, and to where no more than
/// so many lines follow.
fn skip_to_line(bytes: &[u8], most: usize, lines: usize) -> usize {
    let start = match bytes.len().checked_sub(most) {
        None | Some(0) => 0,
        Some(start) => bytes[start..].iter().position(|byte| *byte == b'\n').map_or(start, |at| start + at + 1),
    };
    let mut feeds = bytes[start..].iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n');
    feeds.nth(lines).map_or(start, |(at, _)| start + at + 1)
}

fn style(cell: &vt100::Cell, colour: Colour) -> Style {
    let mut style = Style::default();
    if colour == Colour::Always {
        style.fg = color(cell.fgcolor());
        style.bg = color(cell.bgcolor());
    }
    for (on, modifier) in [
        (cell.bold(), Modifier::BOLD),
        (cell.dim(), Modifier::DIM),
        (cell.italic(), Modifier::ITALIC),
        (cell.underline(), Modifier::UNDERLINED),
        (cell.inverse(), Modifier::REVERSED),
    ] {
        if on {
            style = style.add_modifier(modifier);
        }
    }
    style
}

fn color(color: vt100::Color) -> Option<Color> {
    match color {
        vt100::Color::Default => None,
        vt100::Color::Idx(index) => Some(Color::Indexed(index)),
        vt100::Color::Rgb(red, green, blue) => Some(Color::Rgb(red, green, blue)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(from: u64, bytes: &[u8]) -> News {
        News { attempt: AttemptId(1), from, bytes: bytes.to_vec(), lines: 0 }
    }

    fn shown(pane: &Pane) -> Vec<String> {
        pane.last_lines(50)
    }

    #[test]
    fn a_lone_line_feed_returns_the_carriage() {
        let mut pane = Pane::new(5, 20);
        pane.feed(&news(0, b"one\ntwo\r"));
        pane.feed(&news(8, b"\nthree\n"));
        assert_eq!(shown(&pane), ["one", "two", "three"]);
    }

    #[test]
    fn a_full_screen_program_keeps_its_line_feeds() {
        let mut pane = Pane::new(5, 20);
        pane.feed(&news(0, b"\x1b[?1049h\x1b[Habc\nx"));
        assert_eq!(shown(&pane), ["abc", "   x"]);
    }

    #[test]
    fn orders_to_the_terminal_do_not_pass() {
        let mut pane = Pane::new(3, 20);
        pane.feed(&news(0, b"a\x1b]52;c;aGk=\x07b\x1b]0;title\x07c\x9b31md"));
        let area = Rect::new(0, 0, 20, 3);
        let mut buffer = Buffer::empty(area);
        pane.draw(area, &mut buffer, &Theme::named("terminal", Colour::Always).unwrap());
        let text: String = buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect();
        assert!(text.starts_with("abc"), "{text}");
        assert!(!text.chars().any(char::is_control));
    }

    #[test]
    fn questions_are_answered_to_the_program() {
        let mut pane = Pane::new(5, 20);
        assert_eq!(pane.feed(&news(0, b"ab\x1b[6n")), b"\x1b[1;3R");
        assert_eq!(pane.feed(&news(6, b"\x1b[c")), b"\x1b[?6c");
        assert!(pane.feed(&news(9, b"plain")).is_empty());
    }

    #[test]
    fn a_stream_that_is_laid_out_again_asks_nothing_again() {
        let mut pane = Pane::new(5, 20);
        assert_eq!(pane.feed(&news(0, b"ab\x1b[6n")), b"\x1b[1;3R");
        pane.resize(5, 30);
        assert_eq!(pane.seen(AttemptId(1)), 0);
        assert_eq!(pane.feed(&news(0, b"ab\x1b[6nc\x1b[5n")), b"\x1b[0n");
    }

    #[test]
    fn of_many_short_lines_all_that_can_be_scrolled_to_is_there() {
        let (mut at_once, mut pieces) = (Pane::new(10, 20), Pane::new(10, 20));
        let text: Vec<u8> = (0..5000).flat_map(|n| format!("{n}\n").into_bytes()).collect();
        at_once.feed(&news(0, &text));
        (0..).zip(text.chunks(999)).for_each(|(n, piece)| assert_eq!(pieces.feed(&news(n * 999, piece)), b""));
        at_once.scroll(1_000_000);
        pieces.scroll(1_000_000);
        assert_eq!((shown(&at_once)[0].as_str(), shown(&at_once)), ("1991", shown(&pieces)));
    }

    #[test]
    fn a_flood_is_skipped_but_counted() {
        let mut pane = Pane::new(4, 20);
        let flood: Vec<u8> = (0..100_000).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
        pane.feed(&news(0, b"start\n"));
        pane.feed(&news(5_000_000, &flood));
        assert_eq!(shown(&pane).last().unwrap(), "line 99999");
        let Shown::Live { seen, skipped, .. } = pane.shown else { panic!("live") };
        assert_eq!(seen, 5_000_000 + flood.len() as u64);
        assert!(skipped > 5_000_000 - 6);
    }

    #[test]
    fn live_output_stays_where_it_was_scrolled_to_at_a_new_width() {
        let mut pane = Pane::new(3, 20);
        let lines: Vec<String> = (10..40).map(|n| format!("line {n} is here\n")).collect();
        let text = lines.concat();
        pane.feed(&news(0, text.as_bytes()));
        pane.scroll(10);
        let before = shown(&pane)[0].clone();
        pane.resize(3, 9);
        pane.feed(&news(0, text.as_bytes()));
        assert!(before.starts_with(&shown(&pane)[0]), "{before} {:?}", shown(&pane));
        assert!(!pane.follows());
    }

    #[test]
    fn glyphs_that_terminals_measure_differently_are_taken_apart() {
        let mut pane = Pane::new(2, 20);
        pane.feed(&news(0, "👩\u{200d}🔧x".as_bytes()));
        let area = Rect::new(0, 0, 20, 2);
        let mut buffer = Buffer::empty(area);
        pane.draw(area, &mut buffer, &Theme::named("mono", Colour::Never).unwrap());
        let symbols: Vec<&str> = (0..5).map(|x| buffer[(x, 0)].symbol()).collect();
        assert_eq!(symbols, ["👩", " ", "🔧", " ", "x"]);
    }

    #[test]
    fn no_size_and_no_bytes_upset_it() {
        let mut pane = Pane::new(0, 0);
        let bytes: Vec<u8> = (0..=255).chain("漢字🚀e\u{301}".bytes()).collect();
        for (rows, cols) in [(1, 1), (2, 2), (60, 1), (1, 200), (24, 80)] {
            pane.resize(rows, cols);
            pane.feed(&news(pane.seen(AttemptId(1)), &bytes));
            let area = Rect::new(0, 0, cols, rows);
            pane.draw(area, &mut Buffer::empty(area), &Theme::named("mono", Colour::Never).unwrap());
        }
    }
}
