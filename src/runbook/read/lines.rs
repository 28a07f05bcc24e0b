//! Byte offsets to line numbers, by binary search over the line starts.

use crate::runbook::Span;

/// Where each line of a text begins.
#[derive(Debug)]
pub struct Lines {
    starts: Vec<u32>,
    /// Length of the text.
    end: u32,
}

impl Lines {
    /// Texts are shorter than 4 GiB: documents are at most 64 MiB, and a repaired one is never longer.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut starts = Vec::with_capacity(text.len() / 32 + 1);
        starts.push(0);
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| offset(at + 1)));
        Lines { starts, end: offset(text.len()) }
    }

    /// Number of lines; a final newline ends the last line and begins none.
    #[must_use]
    pub fn count(&self, text: &str) -> u32 {
        let last_is_empty = self.starts.last().is_some_and(|start| *start as usize == text.len());
        offset(self.starts.len() - usize::from(last_is_empty && self.starts.len() > 1))
    }

    /// 1-based line that holds the byte; what stands behind the last line end belongs to the last line.
    #[must_use]
    pub fn line(&self, at: usize) -> u32 {
        self.counted(self.starts.partition_point(|start| *start as usize <= at), at)
    }

    /// The same for a byte that probably stands on the line `near` or shortly below it.
    #[must_use]
    pub fn line_near(&self, near: u32, at: usize) -> u32 {
        const FEW: usize = 8;
        let first = near.saturating_sub(1) as usize;
        let few = self.starts.get(first..first + FEW).unwrap_or_default();
        match few.iter().position(|start| *start as usize > at) {
            Some(lines @ 1..) => self.counted(first + lines, at),
            Some(0) | None => self.line(at),
        }
    }

    /// The line of a byte before which so many lines begin.
    fn counted(&self, begun: usize, at: usize) -> u32 {
        offset(if self.ends_at(at) { begun - 1 } else { begun })
    }

    /// Whether the text ends there, behind a final newline.
    fn ends_at(&self, at: usize) -> bool {
        self.starts.len() > 1 && self.starts.last() == Some(&self.end) && self.end as usize <= at
    }

    /// Offset of the first byte of a 1-based line.
    #[must_use]
    pub fn start(&self, line: u32) -> usize {
        self.starts.get(line.saturating_sub(1) as usize).or(self.starts.last()).map_or(0, |start| *start as usize)
    }

    /// The lines with their line ends, as byte ranges; behind a final newline none begins.
    pub fn spans(&self) -> impl Iterator<Item = Span> {
        let ends = self.starts.iter().skip(1).chain([&self.end]);
        let spans = self.starts.iter().zip(ends).map(|(start, end)| *start as usize..*end as usize);
        spans.filter(|span| !span.is_empty())
    }

    /// 1-based column of the byte, in characters.
    #[must_use]
    pub fn column(&self, text: &str, at: usize) -> u32 {
        let start = self.start(self.line(at));
        text.get(start..at).map_or(1, |before| offset(before.chars().count() + 1))
    }
}

/// The rows of a text with their line ends, like [`str::split_inclusive`], at the speed of `memchr`.
pub fn rows(text: &str) -> impl Iterator<Item = &str> {
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
    ends.chain((!text.is_empty() && !text.ends_with('\n')).then_some(text.len())).map(move |end| {
        let row = &text[start..end];
        start = end;
        row
    })
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Lines, rows};

    #[test]
    fn offsets_become_lines_and_columns() {
        let text = "one\nzwei ä b\n\nend\n";
        let lines = Lines::of(text);
        assert_eq!(lines.count(text), 4);
        assert!(lines.spans().map(|span| &text[span]).eq(rows(text)));
        assert_eq!((lines.line(0), lines.line(3), lines.line(4)), (1, 1, 2));
        assert_eq!(lines.column(text, text.find('b').unwrap()), 8);
        assert_eq!(lines.start(4), text.find("end").unwrap());
        assert_eq!(lines.line(text.len()), 4);
        for (near, at) in (0..6).flat_map(|near| (0..=text.len()).map(move |at| (near, at))) {
            assert_eq!(lines.line_near(near, at), lines.line(at), "{at} near {near}");
        }
    }

    #[test]
    fn rows_keep_their_line_ends() {
        for text in ["", "a", "a\n", "a\n\nb", "\n\n", "ä\nö"] {
            assert_eq!(rows(text).collect::<Vec<_>>(), text.split_inclusive('\n').collect::<Vec<_>>(), "{text:?}");
        }
    }
}
