//! Board and log: pages that fill the screen between header and status.

use super::{framed, write_lines};
use crate::tui::board::Board;
use crate::tui::keys::Action;
use crate::tui::log::LogView;
use crate::tui::msg::Scene;
use crate::tui::panes::inner;
use crate::tui::text::{count, fit};
use crate::tui::theme::Tone;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

pub(super) fn board(frame: &mut Frame<'_>, scene: &Scene<'_>, board: &Board, area: Rect) {
    let look = &scene.ui.look;
    let title = Line::from(look.span(" Go / no-go board ", Tone::Title));
    frame.render_widget(framed(look, title, Line::default(), Tone::BorderFocus), area);
    let area = inner(area);
    let width = usize::from(area.width.saturating_sub(1));
    let mut lines: Vec<(usize, Line<'static>)> = Vec::new();
    for (place, row) in board.rows.iter().enumerate() {
        lines.extend(row.lines(width).into_iter().map(|line| (place, line)));
    }
    let here = |(place, _): &(usize, Line<'static>)| *place == board.cursor;
    let last = lines.iter().rposition(here).unwrap_or(0);
    let top = (last + 3).saturating_sub(usize::from(area.height)).min(lines.len().saturating_sub(1));
    let has_target = board.target().is_some();
    for (line, y) in lines.iter().skip(top).zip(area.y..area.bottom()) {
        frame.buffer_mut().set_line(area.x, y, &line.1, area.width);
        if has_target && here(line) {
            frame.buffer_mut().set_style(Rect { y, height: 1, ..area }, look.style(Tone::Selection));
        }
    }
}

pub(super) fn log(frame: &mut Frame<'_>, scene: &Scene<'_>, log: &LogView, area: Rect) {
    let look = &scene.ui.look;
    let title = Line::from(look.span(format!(" Log, {} ", count(log.entries.len(), "event")), Tone::Title));
    let (filtered, back) = (log.pattern.trim(), scene.ui.keymap.key(Action::Back));
    let mut right = if filtered.is_empty() {
        String::new()
    } else {
        format!(" only “{}”, {back} shows all ", fit(filtered, 24))
    };
    if log.back > 0 {
        right = format!("{right} {} later, {} ", log.back, scene.ui.keymap.key(Action::Last));
    }
    frame.render_widget(framed(look, title, Line::from(look.span(right, Tone::Muted)), Tone::BorderFocus), area);
    let area = inner(area);
    if log.entries.is_empty() {
        let text = "Nothing is recorded yet: looking creates nothing.";
        write_lines(frame, area, &[Line::from(look.span(format!(" {text}"), Tone::Muted))]);
        return;
    }
    write_lines(frame, area, &log.lines(usize::from(area.width.saturating_sub(1)), usize::from(area.height)));
}
