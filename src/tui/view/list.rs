//! Lists over the screen: hits of a search, steps, detours, themes.

use super::{justified, over, write_lines};
use crate::tui::dialog::Listing;
use crate::tui::list::{NodeList, claim};
use crate::tui::look::{Sign, state_look};
use crate::tui::msg::Scene;
use crate::tui::outline::{Item, NodeId, Subject};
use crate::tui::text::{fit, width};
use crate::tui::theme::Tone;
use crate::tui::ui::{Hit, Where};
use crate::tui::update::Themes;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

/// The pattern, and every place that holds it.
pub(super) fn find(frame: &mut Frame<'_>, scene: &Scene<'_>, list: &Listing) {
    let (look, find) = (&scene.ui.look, &scene.ui.find);
    let room = scene.ui.panes().body.height;
    let wanted = u16::try_from(find.found.len() + 3).unwrap_or(u16::MAX).min(room * 3 / 5).max(4);
    let area = over(frame, scene, "Find in titles, text, commands, outputs, notes", (84, wanted));
    let columns = usize::from(area.width);
    let outputs = find.found.iter().filter(|hit| matches!(hit.place, Where::Output(_))).count();
    let count = match (list.field.is_blank(), outputs) {
        (true, _) => String::new(),
        (false, 0) => crate::tui::text::count(find.found.len(), "hit"),
        (false, outputs) => format!("{}, {outputs} in outputs", crate::tui::text::count(find.found.len(), "hit")),
    };
    let field = vec![look.span("/", Tone::Key), look.span(list.field.shown(), Tone::Text)];
    write_lines(frame, area, &[justified(field, vec![look.span(count, Tone::Muted)], columns)]);
    let before = u16::try_from(width(&list.field.shown_before())).unwrap_or(0);
    frame.set_cursor_position(Position { x: (area.x + 1 + before).min(area.right()), y: area.y });
    let rows: Vec<Line<'static>> = find.found.iter().map(|hit| row_of_hit(scene, hit, columns)).collect();
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..area };
    rows_with_cursor(frame, scene, body, &rows, list.cursor);
    let left_out = match find.left_out {
        0 => String::new(),
        number => format!("   {} too large to search", crate::tui::text::count(number, "output")),
    };
    let keys = format!("↑↓ choose   Enter go there   Esc back{left_out}");
    foot(frame, scene, area, &keys);
}

fn row_of_hit(scene: &Scene<'_>, hit: &Hit, columns: usize) -> Line<'static> {
    let look = &scene.ui.look;
    let place = match hit.place {
        Where::Title => "title".to_owned(),
        Where::Text => "text".to_owned(),
        Where::Command => "command".to_owned(),
        Where::Criterion => "pass when".to_owned(),
        Where::Note => "note".to_owned(),
        Where::Output(attempt) => format!("output {attempt}"),
    };
    let (number, name) = named(scene, hit.node);
    let line = if hit.place == Where::Title { name } else { hit.line.clone() };
    let right = vec![look.span(format!("  {place}"), Tone::Muted)];
    let left = vec![look.span(format!("{number:<8}"), Tone::Accent), look.span(line, Tone::Text)];
    justified(left, right, columns)
}

fn named(scene: &Scene<'_>, node: NodeId) -> (String, String) {
    let node = scene.ui.outline.nodes.get(node);
    let subject = node.and_then(|node| Subject::find(scene.facts.book, &node.item));
    subject.map(|subject| (subject.number(), subject.name().to_owned())).unwrap_or_default()
}

pub(super) fn nodes(frame: &mut Frame<'_>, scene: &Scene<'_>, list: &NodeList) {
    let look = &scene.ui.look;
    let height = u16::try_from(list.rows.len().max(1) + 2).unwrap_or(u16::MAX);
    let area = over(frame, scene, &list.title, (76, height));
    let columns = usize::from(area.width);
    let body = Rect { height: area.height.saturating_sub(2), ..area };
    if list.rows.is_empty() {
        write_lines(frame, body, &[Line::from(look.span("None.", Tone::Muted))]);
    }
    let rows: Vec<Line<'static>> = list.rows.iter().map(|node| row_of_node(scene, *node, columns)).collect();
    rows_with_cursor(frame, scene, body, &rows, list.cursor);
    foot(frame, scene, area, "↑↓ choose   Enter go there   Esc back");
}

fn row_of_node(scene: &Scene<'_>, id: NodeId, columns: usize) -> Line<'static> {
    let look = &scene.ui.look;
    let Some(node) = scene.ui.outline.nodes.get(id) else {
        return Line::default();
    };
    let (number, name) = named(scene, id);
    let (left, word, tone) = if let Item::Phase(phase) = &node.item {
        let role = scene.facts.book.phases.get(*phase).map_or("", |phase| phase.role.word());
        (vec![look.span(format!("{} ", look.sign(Sign::AtHand)), Tone::Muted)], role.to_owned(), Tone::Muted)
    } else {
        let (sign, tone) = state_look(node.state);
        let claim = claim(id, &scene.facts, &scene.ui.outline).map(|claim| format!("claims {}, ", claim.word()));
        let word = format!("{}{}", claim.unwrap_or_default(), node.state.word());
        (vec![look.span(format!("{} ", look.sign(sign)), tone)], word, tone)
    };
    let mut left = left;
    left.push(look.span(format!("{number} "), Tone::Accent));
    left.push(look.span(name, Tone::Text));
    justified(left, vec![look.span(format!("  {word}"), tone)], columns)
}

pub(super) fn themes(frame: &mut Frame<'_>, scene: &Scene<'_>, list: &Themes) {
    let look = &scene.ui.look;
    let height = u16::try_from(scene.ui.themes.len() + 4).unwrap_or(u16::MAX);
    let area = over(frame, scene, "Themes, shown at once", (52, height));
    let columns = usize::from(area.width);
    let rows: Vec<Line<'static>> = scene
        .ui
        .themes
        .iter()
        .map(|theme| justified(vec![look.span(format!(" {}", theme.name), Tone::Text)], Vec::new(), columns))
        .collect();
    let body = Rect { height: area.height.saturating_sub(4), ..area };
    rows_with_cursor(frame, scene, body, &rows, list.cursor);
    let sample: Vec<Span<'static>> = [
        (Sign::Done, "passed", Tone::Ok),
        (Sign::Failed, "failed", Tone::Fail),
        (Sign::Asks, "waits", Tone::Waiting),
        (Sign::Running, "running", Tone::Running),
    ]
    .into_iter()
    .map(|(sign, word, tone)| look.span(format!("{} {word}   ", look.sign(sign)), tone))
    .collect();
    let at = Rect { y: area.bottom().saturating_sub(3), height: 1, ..area };
    write_lines(frame, at, &[Line::from(sample)]);
    foot(frame, scene, area, "↑↓ try   Enter keep   Esc back");
}

/// Rows with a bar on the chosen one, scrolled so that it is seen.
fn rows_with_cursor(frame: &mut Frame<'_>, scene: &Scene<'_>, area: Rect, rows: &[Line<'static>], cursor: usize) {
    let height = usize::from(area.height);
    let top = (cursor + 2).saturating_sub(height).min(rows.len().saturating_sub(height));
    for ((place, row), y) in rows.iter().enumerate().skip(top).zip(area.y..area.bottom()) {
        frame.buffer_mut().set_line(area.x, y, row, area.width);
        if place == cursor {
            let bar = Rect { y, height: 1, ..area };
            frame.buffer_mut().set_style(bar, scene.ui.look.style(Tone::Selection));
        }
    }
}

/// The last line: which keys work.
fn foot(frame: &mut Frame<'_>, scene: &Scene<'_>, area: Rect, keys: &str) {
    let at = Rect { y: area.bottom().saturating_sub(1), height: 1, ..area };
    let keys = fit(keys, usize::from(area.width));
    write_lines(frame, at, &[Line::from(scene.ui.look.span(keys, Tone::Hint))]);
}
