//! Tables whose cells wrap, so that nothing is lost on a narrow screen.

use crate::tui::look::Look;
use crate::tui::text::{line_width, wrap};
use crate::tui::theme::Tone;
use ratatui::text::{Line, Span};

/// Narrower than this no column is made while another can give way.
const NARROWEST: usize = 6;

#[derive(Default)]
pub(super) struct Table {
    /// The head first.
    pub(super) rows: Vec<Vec<Vec<Span<'static>>>>,
}

impl Table {
    pub(super) fn render(&self, width: usize, look: &Look) -> Vec<Line<'static>> {
        let widths = self.widths(width);
        let mut lines = Vec::new();
        for (place, row) in self.rows.iter().enumerate() {
            lines.extend(render_row(row, &widths, look, if place == 0 { Tone::Strong } else { Tone::Text }));
            if place == 0 {
                let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
                lines.push(Line::from(look.span(rule.join("─┼─"), Tone::Table)));
            }
        }
        lines
    }

    /// As wide as the content wants; when that is too much, the widest columns give way.
    fn widths(&self, width: usize) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let wants = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell_width(cell)).max().unwrap_or(1).max(1)
        };
        let mut widths: Vec<usize> = (0..columns).map(wants).collect();
        let room = width.saturating_sub(3 * columns.saturating_sub(1));
        while widths.iter().sum::<usize>() > room {
            let Some(widest) = widths.iter_mut().max().filter(|widest| **widest > NARROWEST) else {
                break;
            };
            *widest -= 1;
        }
        widths
    }
}

fn cell_width(cell: &[Span<'_>]) -> usize {
    cell.iter().map(|span| crate::tui::text::width(&crate::tui::text::safe(&span.content))).sum()
}

fn render_row(row: &[Vec<Span<'static>>], widths: &[usize], look: &Look, tone: Tone) -> Vec<Line<'static>> {
    let empty = Vec::new();
    let cells: Vec<Vec<Line<'static>>> = widths
        .iter()
        .enumerate()
        .map(|(column, width)| {
            let spans = row.get(column).unwrap_or(&empty).iter();
            let spans: Vec<Span<'static>> =
                spans.map(|span| Span::styled(span.content.clone(), look.style(tone).patch(span.style))).collect();
            wrap(&spans, *width, &[], &[])
        })
        .collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    (0..height)
        .map(|height| {
            let mut spans = Vec::new();
            for (column, cell) in cells.iter().enumerate() {
                if column > 0 {
                    spans.push(look.span(" │ ", Tone::Table));
                }
                let line = cell.get(height).cloned().unwrap_or_default();
                let rest = widths[column].saturating_sub(line_width(&line));
                spans.extend(line.spans);
                if column + 1 < cells.len() {
                    spans.push(Span::raw(" ".repeat(rest)));
                }
            }
            Line::from(spans)
        })
        .collect()
}
