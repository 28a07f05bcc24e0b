//! Help and palette: two skins of the key table.

use super::{over, write_lines};
use crate::tui::dialog::Listing;
use crate::tui::keys::Binding;
use crate::tui::msg::Scene;
use crate::tui::text::{fit, width};
use crate::tui::theme::Tone;
use crate::tui::update::filtered;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

pub(super) fn help(frame: &mut Frame<'_>, scene: &Scene<'_>, list: &Listing) {
    listing(frame, scene, list, "Help: type to filter, Enter does it");
}

pub(super) fn palette(frame: &mut Frame<'_>, scene: &Scene<'_>, list: &Listing) {
    listing(frame, scene, list, "Commands");
}

fn listing(frame: &mut Frame<'_>, scene: &Scene<'_>, list: &Listing, title: &str) {
    let look = &scene.ui.look;
    let rows = filtered(scene.ui, list.field.text());
    let area = over(frame, scene, title, (84, 40));
    let field = format!("> {}", list.field.shown());
    let count = if list.field.is_blank() { String::new() } else { crate::tui::text::count(rows.len(), "command") };
    let line = super::justified(
        vec![look.span(field, Tone::Text)],
        vec![look.span(count, Tone::Muted)],
        usize::from(area.width),
    );
    write_lines(frame, area, &[line]);
    let before = u16::try_from(width(&list.field.shown_before())).unwrap_or(0);
    frame.set_cursor_position(Position { x: (area.x + 2 + before).min(area.right()), y: area.y });
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let height = usize::from(body.height);
    let top = (list.cursor + 2).saturating_sub(height).min(rows.len().saturating_sub(height));
    for (shown, (place, binding)) in rows.iter().enumerate().skip(top).take(height).enumerate() {
        let first = place == top || rows.get(place.wrapping_sub(1)).is_none_or(|before| before.group != binding.group);
        let line = row(scene, binding, first, usize::from(body.width));
        let y = body.y + u16::try_from(shown).unwrap_or(0);
        frame.buffer_mut().set_line(body.x, y, &line, body.width);
        if place == list.cursor {
            frame.buffer_mut().set_style(Rect { y, height: 1, ..body }, look.style(Tone::Selection));
        }
    }
}

fn row(scene: &Scene<'_>, binding: &Binding, first: bool, columns: usize) -> Line<'static> {
    let look = &scene.ui.look;
    let group = if first { binding.group.word() } else { "" };
    let keys = scene.ui.keymap.labels(binding);
    let keys = if width(&keys) > 12 { format!("{}…", fit(&keys, 11).trim_end_matches('…')) } else { keys };
    let keys = format!("{keys}{}", " ".repeat(12_usize.saturating_sub(width(&keys))));
    let help = fit(binding.help, columns.saturating_sub(23));
    Line::from(vec![
        look.span(format!("{group:<9}"), Tone::Heading),
        look.span(keys, Tone::Key),
        look.span(format!("  {help}"), Tone::Text),
    ])
}
