//! The page of the step or phase under the cursor.

use super::{border_tone, framed, write_lines};
use crate::run::state::step_state;
use crate::tui::keys::Action;
use crate::tui::look::state_look;
use crate::tui::msg::Scene;
use crate::tui::outline::Subject;
use crate::tui::panes::{Focus, inner};
use crate::tui::text::{count, fit, line_width, span_width, width};
use crate::tui::theme::Tone;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

pub(super) fn draw(frame: &mut Frame<'_>, scene: &Scene<'_>, area: Rect) {
    let ui = scene.ui;
    let page = &ui.detail.page;
    let height = usize::from(inner(area).height);
    let shown = &page.lines[ui.detail.scroll.min(page.lines.len())..];
    let below = page.lines.len().saturating_sub(ui.detail.scroll + height);
    let right = match (ui.detail.scroll, below) {
        (0, 0) => Line::default(),
        (above, 0) => Line::from(ui.look.span(format!(" {} above ", count(above, "line")), Tone::Muted)),
        (_, below) => {
            let key = ui.keymap.key(Action::ScrollDown);
            let long = format!(" {}, {key} ", count(below, "more line"));
            // The title is what is looked for; the hint may be short.
            let fits = line_width(&title(scene, usize::MAX)) + width(&long) + 4 <= usize::from(area.width);
            let said = if fits { long } else { format!(" {below} more, {key} ") };
            Line::from(ui.look.span(said, Tone::Muted))
        }
    };
    let room = usize::from(area.width).saturating_sub(4 + line_width(&right));
    let block = framed(&ui.look, title(scene, room), right, border_tone(scene, Focus::Step));
    frame.render_widget(block, area);
    write_lines(frame, text_area(area), shown);
}

/// Where the page's lines go within the pane.
pub(super) fn text_area(pane: Rect) -> Rect {
    let text = inner(pane);
    Rect { x: text.x + 1, width: text.width.saturating_sub(2), ..text }
}

fn title(scene: &Scene<'_>, room: usize) -> Line<'static> {
    let look = &scene.ui.look;
    let Some(subject) = scene.ui.subject(scene.facts.book) else {
        return Line::default();
    };
    let state = match subject {
        Subject::Step(phase, step) if phase.is_walked() && step.is_leaf() => {
            let state = step_state(scene.facts.run, step);
            let (sign, tone) = state_look(state);
            vec![look.span(format!(" {} {} ", look.sign(sign), state.word()), tone)]
        }
        Subject::Step(..) | Subject::Phase(_) => Vec::new(),
    };
    let state_width: usize = state.iter().map(span_width).sum();
    let name = format!(" {} {} ", subject.number(), subject.name());
    let name = fit(name.trim_start(), room.saturating_sub(state_width + 1));
    let mut spans = vec![look.span(format!(" {name}"), Tone::Title)];
    if width(&name) + state_width < room {
        spans.extend(state);
    }
    Line::from(spans)
}
