//! Board and log: pages that fill the screen between header and status.

use super::{framed, write_lines};
use crate::tui::board::Board;
use crate::tui::log::LogView;
use crate::tui::msg::Scene;
use crate::tui::panes::inner;
use crate::tui::text::count;
use crate::tui::theme::Tone;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

pub(super) fn board(frame: &mut Frame<'_>, scene: &Scene<'_>, board: &Board, area: Rect) {
    let look = &scene.ui.look;
    let title = Line::from(look.span(" Go / no-go board ", Tone::Title));
    frame.render_widget(framed(look, title, Line::default(), Tone::BorderFocus), area);
    let area = inner(area);
    let height = usize::from(area.height);
    let top = (board.cursor + 3).saturating_sub(height);
    for (place, (row, y)) in board.rows.iter().enumerate().skip(top).zip(area.y..area.bottom()).map(|((p, r), y)| (p, (r, y))) {
        frame.buffer_mut().set_line(area.x, y, &row.line, area.width);
        if place == board.cursor && row.target.is_some() {
            frame.buffer_mut().set_style(Rect { y, height: 1, ..area }, look.style(Tone::Selection));
        }
    }
}

pub(super) fn log(frame: &mut Frame<'_>, scene: &Scene<'_>, log: &LogView, area: Rect) {
    let look = &scene.ui.look;
    let title = Line::from(look.span(format!(" Log, {} ", count(log.lines.len(), "event")), Tone::Title));
    let right = if log.back > 0 { format!(" {} later, G ", log.back) } else { String::new() };
    frame.render_widget(framed(look, title, Line::from(look.span(right, Tone::Muted)), Tone::BorderFocus), area);
    let area = inner(area);
    if log.lines.is_empty() {
        let text = "Nothing is recorded yet: looking creates nothing.";
        write_lines(frame, area, &[Line::from(look.span(format!(" {text}"), Tone::Muted))]);
        return;
    }
    let end = log.lines.len().saturating_sub(log.back);
    let start = end.saturating_sub(usize::from(area.height));
    write_lines(frame, area, &log.lines[start..end]);
}
