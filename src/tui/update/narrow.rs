//! Choosing what the tree shows.

use super::moves::jump;
use crate::run::narrow::Only;
use crate::tui::dialog::{Modal, Narrow};
use crate::tui::field::{Field, Taken};
use crate::tui::keys::{Action, Key};
use crate::tui::msg::{Act, Facts};
use crate::tui::panes::{Focus, Zoom};
use crate::tui::tree::Filter;
use crate::tui::ui::Ui;
use crossterm::event::{KeyCode, KeyModifiers};

/// Begins to choose; the tree is brought to the screen, because it shows what is chosen.
pub(super) fn begin(ui: &mut Ui, facts: &Facts<'_>) {
    if ui.focus != Focus::Tree {
        ui.zoom = Zoom::None;
        ui.focus = Focus::Tree;
    }
    ui.tree.count_all(facts, &ui.outline);
    let field = Field::new(&ui.tree.filter.text);
    ui.modals.push(Modal::Narrow(Narrow { field, from: ui.tree.cursor }));
}

pub(super) fn press(ui: &mut Ui, facts: &Facts<'_>, mut narrow: Narrow, key: Key) -> Vec<Act> {
    let control_c = key.code == KeyCode::Char('c') && key.modifiers == KeyModifiers::CONTROL;
    match key.code {
        KeyCode::Enter => {
            tell(ui);
            return Vec::new();
        }
        _ if key.code == KeyCode::Esc || control_c => {
            clear(ui, facts);
            jump(ui, narrow.from);
            return Vec::new();
        }
        KeyCode::Up | KeyCode::BackTab => choose(ui, facts, narrow.from, -1),
        KeyCode::Down | KeyCode::Tab => choose(ui, facts, narrow.from, 1),
        _ => {
            if narrow.field.press(key) == Taken::Yes {
                let filter = Filter { only: ui.tree.filter.only, text: narrow.field.text().to_owned() };
                put_on(ui, facts, narrow.from, filter);
            }
        }
    }
    ui.modals.push(Modal::Narrow(narrow));
    Vec::new()
}

/// Takes a text as a whole, as pasting does.
pub(super) fn hold(ui: &mut Ui, facts: &Facts<'_>, text: String) {
    let filter = Filter { only: ui.tree.filter.only, text };
    put_on(ui, facts, ui.tree.cursor, filter);
}

/// Shows everything again; the cursor stays on its step.
pub(super) fn clear(ui: &mut Ui, facts: &Facts<'_>) {
    ui.tree.put_on(Filter::default(), facts, &ui.outline);
}

/// Each filter begins where the cursor was before any, so that trying some does not carry it away.
fn put_on(ui: &mut Ui, facts: &Facts<'_>, from: usize, filter: Filter) {
    ui.tree.cursor = from;
    ui.tree.put_on(filter, facts, &ui.outline);
    if !ui.tree.filter.is_on() {
        ui.tree.count_all(facts, &ui.outline);
    }
}

fn choose(ui: &mut Ui, facts: &Facts<'_>, from: usize, by: isize) {
    let at = Only::EACH.iter().position(|only| *only == ui.tree.filter.only).unwrap_or(0);
    let count = Only::EACH.len();
    let next = (at + count).saturating_add_signed(by) % count;
    let filter = Filter { only: Only::EACH[next], text: ui.tree.filter.text.clone() };
    put_on(ui, facts, from, filter);
}

fn tell(ui: &mut Ui) {
    let filter = &ui.tree.filter;
    if !filter.is_on() {
        return;
    }
    let (words, back) = (filter.words(), ui.keymap.key(Action::Back));
    match ui.tree.left.count(filter.only) {
        0 => ui.warn(format!("no step is left by {words}; {back} shows all again")),
        count => {
            let of = ui.tree.left.of;
            ui.tell(format!("{words}: {count} of {of} steps are shown; {back} shows all again"));
        }
    }
}
