//! Finding text in what the pane holds, scrolled away or not, and handing out what it shows.
//!
//! A line of the emulator is searched, not a line of the stream: text that was wrapped is found when it stands in one row.

use super::Pane;

/// What was searched for, and where it was found last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    pub pattern: String,
    /// Rows that hold the pattern, counted from the oldest.
    pub hits: Vec<usize>,
    /// Which of them is shown.
    pub at: usize,
}

/// A row of the emulator.
struct Row {
    text: String,
    /// Whether the line goes on in the next row.
    wrapped: bool,
}

/// Towards newer or older rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    Newer,
    Older,
}

impl Pane {
    /// Searches all rows; upper and lower case are the same. Shows the newest hit and returns how many there are.
    pub fn search(&mut self, pattern: &str) -> usize {
        let wanted = pattern.trim().to_lowercase();
        let rows = self.all_rows();
        let holds = |(_, row): &(usize, Row)| !wanted.is_empty() && row.text.to_lowercase().contains(&wanted);
        let hits: Vec<usize> = rows.into_iter().enumerate().filter(holds).map(|(at, _)| at).collect();
        let found = hits.len();
        self.search = Search { pattern: wanted, at: found.saturating_sub(1), hits };
        self.show_hit();
        found
    }

    /// Goes to the next hit that way, around the end. Says which of how many it is.
    pub fn next_hit(&mut self, towards: Towards) -> Option<(usize, usize)> {
        // The pane may have grown since.
        let (pattern, at) = (self.search.pattern.clone(), self.search.at);
        let count = if pattern.is_empty() { 0 } else { self.search(&pattern) };
        if count == 0 {
            return None;
        }
        self.search.at = match towards {
            Towards::Newer => (at + 1) % count,
            Towards::Older => (at + count - 1) % count,
        };
        self.show_hit();
        Some((self.search.at + 1, count))
    }

    /// The text that is on the pane now, without the empty end.
    #[must_use]
    pub fn visible_text(&self) -> String {
        let (_, cols) = self.size();
        let rows: Vec<String> = self.parser.screen().rows(0, cols).map(|row| row.trim_end().to_owned()).collect();
        rows.join("\n").trim_end().to_owned()
    }

    /// Everything that can be scrolled to, as text: lines that were wrapped are whole again.
    #[must_use]
    pub fn text(&mut self) -> String {
        let mut text = String::new();
        for row in self.all_rows() {
            text.push_str(&row.text);
            if !row.wrapped {
                text.truncate(text.trim_end_matches(' ').len());
                text.push('\n');
            }
        }
        text.truncate(text.trim_end().len());
        text
    }

    /// Everything needed to draw the program's screen anew on another terminal: the newest rows, colours and modes.
    #[must_use]
    pub fn picture(&mut self) -> String {
        self.scroll_to_end();
        let screen = self.parser.screen();
        let switch = if screen.alternate_screen() { "\x1b[?1049h" } else { "" };
        format!("{switch}{}", screen.state_formatted())
    }

    fn show_hit(&mut self) {
        let Some(row) = self.search.hits.get(self.search.at).copied() else { return };
        let (rows, _) = self.size();
        let total = self.total_rows();
        let below = total.saturating_sub(row + 1);
        // In the middle of the pane, so that what stands around it is seen.
        self.parser.screen_mut().set_scrollback(below.saturating_sub(usize::from(rows) / 2));
    }

    fn total_rows(&self) -> usize {
        self.parser.screen().scrollback_len() + usize::from(self.size().0)
    }

    /// All rows, the oldest first. Where the pane is scrolled to does not change.
    fn all_rows(&mut self) -> Vec<Row> {
        self.lay_out_all();
        let before = self.scrolled();
        let (height, cols) = self.size();
        let mut left = self.parser.screen().scrollback_len();
        let mut rows = Vec::with_capacity(self.total_rows());
        loop {
            self.parser.screen_mut().set_scrollback(left);
            let page = if left == 0 { usize::from(height) } else { left.min(usize::from(height)) };
            let screen = self.parser.screen();
            let texts = screen.rows(0, cols).take(page).zip(0..);
            rows.extend(texts.map(|(text, at)| Row { text, wrapped: screen.row_wrapped(at) }));
            if left == 0 {
                break;
            }
            left -= page;
        }
        self.parser.screen_mut().set_scrollback(before);
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::super::News;
    use super::*;
    use crate::run::event::AttemptId;

    fn pane(lines: usize) -> Pane {
        let text: String = (0..lines).fold(String::new(), |text, n| text + &format!("line {n}\r\n"));
        let mut pane = Pane::new(5, 20);
        pane.feed(&News { attempt: AttemptId(1), from: 0, bytes: text.into_bytes(), lines: 0 });
        pane
    }

    #[test]
    fn a_hit_that_was_scrolled_away_is_brought_back() {
        for lines in [3, 5, 6, 23, 500] {
            let mut pane = pane(lines);
            assert_eq!(pane.search("LINE 0"), 1, "{lines}");
            assert!(pane.visible_text().contains("line 0"), "{lines}: {}", pane.visible_text());
        }
    }

    #[test]
    fn hits_are_gone_through_around_the_end() {
        let mut pane = pane(40);
        assert_eq!(pane.search("7"), 4);
        assert_eq!(pane.next_hit(Towards::Newer), Some((1, 4)));
        assert!(pane.visible_text().contains("line 7\n"));
        assert_eq!(pane.next_hit(Towards::Older), Some((4, 4)));
        assert!(pane.visible_text().contains("line 37"));
        assert_eq!(pane.search("nowhere"), 0);
        assert_eq!(pane.next_hit(Towards::Older), None);
    }

    #[test]
    fn wrapped_lines_are_whole_again() {
        let mut pane = Pane::new(3, 10);
        let bytes = b"0123456789abcdefghij-end\nshort  \n\nlast\n".to_vec();
        pane.feed(&News { attempt: AttemptId(1), from: 0, bytes, lines: 0 });
        assert_eq!(pane.text(), "0123456789abcdefghij-end\nshort\n\nlast");
    }

    #[test]
    fn a_picture_draws_the_same_screen() {
        let mut pane = Pane::new(5, 20);
        let bytes = b"old\x1b[?1049h\x1b[2;3H\x1b[1;31mred\x1b[m \xe6\xbc\xa2".to_vec();
        pane.feed(&News { attempt: AttemptId(1), from: 0, bytes, lines: 0 });
        let mut other = Pane::new(5, 20);
        let picture = pane.picture().into_bytes();
        other.feed(&News { attempt: AttemptId(1), from: 0, bytes: picture, lines: 0 });
        assert_eq!(other.visible_text(), pane.visible_text());
        assert!(other.parser.screen().alternate_screen());
        assert_eq!(other.parser.screen().cursor_position(), pane.parser.screen().cursor_position());
    }
}
