//! The timeline, drawn: a label, the bars over a ruler of clock times, and lengths at the right.

use super::{framed, justified, write_lines};
use crate::tui::look::{Sign, state_look};
use crate::tui::msg::Scene;
use crate::tui::outline::{Item, Subject};
use crate::tui::panes::inner;
use crate::tui::text::{duration, fit, span_width, spell, width};
use crate::tui::theme::Tone;
use crate::tui::timeline::{Row, Timeline};
use chrono::TimeDelta;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use std::fmt::Write as _;

pub(super) fn draw(frame: &mut Frame<'_>, scene: &Scene<'_>, line: &Timeline, area: Rect) {
    let look = &scene.ui.look;
    let mut title = Line::from(look.span(" Timeline ", Tone::Title));
    if let Some(words) = crate::tui::text::left_words(scene.facts.times, look) {
        title.push_span(look.span(format!("{words} "), Tone::Muted));
    }
    let planned = line.rows.iter().any(|row| row.plan.is_some());
    if !planned {
        title.push_span(look.span("no plan: no earlier run and no estimate ", Tone::Muted));
    }
    let plan = if planned { format!("{} planned ", look.sign(Sign::Planned)) } else { String::new() };
    let key = format!(" {plan}{} done ", look.sign(Sign::GaugeDone));
    let right = Line::from(look.span(key, Tone::Muted));
    frame.render_widget(framed(look, title, right, Tone::BorderFocus), area);
    let area = inner(area);
    let columns = Columns::of(usize::from(area.width));
    write_lines(frame, area, &[ruler(scene, line, columns)]);
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let height = usize::from(body.height);
    let top = (line.cursor + 2).saturating_sub(height).min(line.rows.len().saturating_sub(height));
    for ((place, row), y) in line.rows.iter().enumerate().skip(top).zip(body.y..body.bottom()) {
        frame.buffer_mut().set_line(body.x, y, &bar(scene, line, row, columns), body.width);
        if place == line.cursor {
            frame.buffer_mut().set_style(Rect { y, height: 1, ..body }, look.style(Tone::Selection));
        }
    }
}

/// Widths of label, chart and lengths.
#[derive(Clone, Copy)]
struct Columns {
    label: usize,
    chart: usize,
    lengths: usize,
}

impl Columns {
    fn of(width: usize) -> Self {
        let lengths = if width >= 76 { 22 } else { 8 };
        let label = (width / 3).clamp(14, 40);
        Columns { label, chart: width.saturating_sub(label + lengths), lengths }
    }

    /// The time of a cell of the chart, in milliseconds since the run's beginning.
    fn cell(self, line: &Timeline, cell: usize) -> (u64, u64) {
        let (from, to) = line.window();
        let at = |cell: usize| from + (to - from) * cell as u64 / self.chart.max(1) as u64;
        (at(cell), at(cell + 1).max(at(cell) + 1))
    }
}

/// Clock times over the chart, as many as fit.
fn ruler(scene: &Scene<'_>, line: &Timeline, columns: Columns) -> Line<'static> {
    let look = &scene.ui.look;
    let mut text = " ".repeat(columns.label);
    let mut cell = 0;
    while cell + 8 <= columns.chart {
        let at = i64::try_from(columns.cell(line, cell).0).unwrap_or(i64::MAX);
        let clock = look.zone.clock(scene.facts.run.began.at + TimeDelta::milliseconds(at));
        write!(text, "{clock:<14}").expect("writing to a String cannot fail");
        cell += 14;
    }
    let head = fit(&text, columns.label + columns.chart).trim_end_matches('…').to_owned();
    let lengths = if columns.lengths > 8 { "took      planned " } else { "took " };
    justified(
        vec![look.span(head, Tone::Muted)],
        vec![look.span(lengths, Tone::Muted)],
        columns.label + columns.chart + columns.lengths,
    )
}

fn bar(scene: &Scene<'_>, line: &Timeline, row: &Row, columns: Columns) -> Line<'static> {
    let look = &scene.ui.look;
    let Some(node) = scene.ui.outline.nodes.get(row.node) else {
        return Line::default();
    };
    let subject = Subject::find(scene.facts.book, &node.item);
    let is_phase = matches!(node.item, Item::Phase(_));
    let (sign, tone) = state_look(node.state);
    let mut spans = vec![Span::raw(" ".repeat(node.depth.min(4) + 1))];
    let sign = if is_phase { String::new() } else { format!("{} ", look.sign(sign)) };
    spans.push(look.span(sign, tone));
    let name = subject.map(|subject| format!("{} {}", subject.number(), subject.name())).unwrap_or_default();
    let used: usize = spans.iter().map(span_width).sum();
    let name = fit(&name, columns.label.saturating_sub(used + 1));
    let rest = columns.label.saturating_sub(used + width(&name));
    spans.push(look.span(name, if is_phase { Tone::Title } else { Tone::Text }));
    spans.push(Span::raw(" ".repeat(rest)));
    for cell in 0..columns.chart {
        let (from, to) = columns.cell(line, cell);
        let done = row.done.iter().any(|bar| bar.meets(from, to));
        let planned = row.planned.is_some_and(|bar| bar.meets(from, to));
        let (sign, tone) = match (done, planned) {
            (true, _) if is_phase => (Sign::GaugeDone, Tone::Muted),
            (true, _) => (Sign::GaugeDone, tone),
            (false, true) => (Sign::Planned, Tone::Muted),
            (false, false) if (from..to).contains(&line.now) => (Sign::Bar, Tone::Border),
            (false, false) => {
                spans.push(Span::raw(" "));
                continue;
            }
        };
        spans.push(look.span(look.sign(sign), tone));
    }
    let (took, plan) = (row.took.map(spell).unwrap_or_default(), row.plan.map(duration).unwrap_or_default());
    let lengths = match columns.lengths {
        0..=8 => format!("{took} "),
        _ => format!("{took:>8} {plan:>11} "),
    };
    let tone =
        if row.plan.zip(row.took).is_some_and(|(plan, took)| took.ms > plan) { Tone::Warning } else { Tone::Muted };
    justified(spans, vec![look.span(lengths, tone)], columns.label + columns.chart + columns.lengths)
}
