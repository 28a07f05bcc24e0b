//! Wheel and click.

use super::moves::scroll;
use crate::tui::msg::{Act, Mouse, MouseDeed};
use crate::tui::panes::{Focus, inner};
use crate::tui::ui::{Keyboard, Screen, Ui};
use ratatui::layout::{Position, Rect};

/// Lines a notch of the wheel scrolls.
const NOTCH: isize = 3;

pub(super) fn mouse(ui: &mut Ui, event: Mouse) -> Vec<Act> {
    if !ui.modals.is_empty() || matches!(ui.keyboard, Keyboard::Program(_)) {
        return Vec::new();
    }
    let by = match event.deed {
        MouseDeed::Click | MouseDeed::Drag | MouseDeed::Release => 0,
        MouseDeed::WheelUp => -NOTCH,
        MouseDeed::WheelDown => NOTCH,
    };
    if !matches!(ui.screen, Screen::Walk) {
        if by != 0 {
            scroll(ui, by);
        }
        return Vec::new();
    }
    let panes = ui.panes();
    if drag(ui, event) == Dragging::Yes {
        return Vec::new();
    }
    let at = Position { x: event.column, y: event.row };
    let under = |pane: Option<Rect>| pane.is_some_and(|pane| pane.contains(at));
    let target = [(panes.output, Focus::Output), (panes.step, Focus::Step), (panes.tree, Focus::Tree)]
        .into_iter()
        .find(|(pane, _)| under(*pane));
    let Some((Some(pane), focus)) = target else {
        return Vec::new();
    };
    match event.deed {
        MouseDeed::WheelUp | MouseDeed::WheelDown => {
            let before = std::mem::replace(&mut ui.focus, focus);
            scroll(ui, by);
            ui.focus = before;
        }
        MouseDeed::Drag | MouseDeed::Release => {}
        MouseDeed::Click => {
            ui.focus = focus;
            let rows = inner(pane);
            if focus == Focus::Tree && rows.contains(at) {
                let row = ui.tree.top + usize::from(at.y - rows.y);
                if let Some(node) = ui.tree.rows.get(row).copied() {
                    if ui.tree.cursor == node && !ui.tree.folded.remove(&node) {
                        ui.tree.folded.insert(node);
                    }
                    ui.tree.cursor = node;
                }
            }
        }
    }
    Vec::new()
}

/// Whether a move of the mouse belongs to a border that is being moved.
#[derive(PartialEq, Eq)]
enum Dragging {
    Yes,
    No,
}

fn drag(ui: &mut Ui, event: Mouse) -> Dragging {
    let panes = ui.panes();
    match event.deed {
        MouseDeed::WheelUp | MouseDeed::WheelDown => return Dragging::No,
        MouseDeed::Click => ui.dragged = panes.border_at(event.column, event.row),
        MouseDeed::Release => {
            ui.dragged = None;
            return Dragging::Yes;
        }
        MouseDeed::Drag => {
            if let Some(border) = ui.dragged {
                ui.split = panes.dragged(ui.split, border, (event.column, event.row));
            }
            return Dragging::Yes;
        }
    }
    if ui.dragged.is_some() { Dragging::Yes } else { Dragging::No }
}
