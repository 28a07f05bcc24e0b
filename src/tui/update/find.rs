//! Searching titles, text, commands, notes and outputs.

use super::moves::{Way, jump};
use crate::tui::dialog::{Listing, Modal};
use crate::tui::field::{Field, Taken};
use crate::tui::keys::{Action, Key};
use crate::tui::msg::{Act, Facts, Printed};
use crate::tui::pane::Towards;
use crate::tui::panes::Focus;
use crate::tui::search::hits;
use crate::tui::ui::{Screen, Ui};
use crossterm::event::{KeyCode, KeyModifiers};

/// Opens the search; what commands have printed is asked for, so that it can be searched as well.
pub(super) fn begin(ui: &mut Ui) -> Vec<Act> {
    if searches_output(ui) {
        let field = Field::new(&ui.pane.search.pattern);
        ui.modals.push(Modal::Find(Listing { field, cursor: 0 }));
        return Vec::new();
    }
    ui.find.from = ui.tree.cursor;
    let field = Field::new(&ui.find.pattern);
    ui.modals.push(Modal::Find(Listing { field, cursor: 0 }));
    vec![Act::LoadTexts]
}

/// Takes a pattern as a whole, as pasting does.
pub(super) fn look_for(ui: &mut Ui, facts: &Facts<'_>, pattern: String) {
    if searches_output(ui) {
        ui.pane.search(&pattern);
    } else {
        ui.find.pattern = pattern;
        search(ui, facts);
    }
}

/// What commands have printed is there, and is searched too.
pub(super) fn texts(ui: &mut Ui, facts: &Facts<'_>, texts: Vec<Printed>, left_out: usize) -> Vec<Act> {
    ui.find.texts = texts;
    ui.find.left_out = left_out;
    search(ui, facts);
    Vec::new()
}

/// Searches again, because the pattern or what can be searched has changed.
pub(super) fn search(ui: &mut Ui, facts: &Facts<'_>) {
    ui.find.found = hits(&ui.outline, facts, &ui.find.texts, &ui.find.pattern);
    ui.find.hits = ui.find.found.iter().map(|hit| hit.node).collect();
    ui.find.hits.sort_unstable();
    ui.find.hits.dedup();
}

pub(super) fn press(ui: &mut Ui, facts: &Facts<'_>, mut list: Listing, key: Key) -> Vec<Act> {
    if searches_output(ui) {
        return press_output(ui, list.field, key);
    }
    let control_c = key.code == KeyCode::Char('c') && key.modifiers == KeyModifiers::CONTROL;
    let lowest = ui.find.found.len().saturating_sub(1);
    match key.code {
        KeyCode::Enter => {
            let (next, previous) = (ui.keymap.key(Action::NextHit), ui.keymap.key(Action::PreviousHit));
            if let Some(hit) = ui.find.found.get(list.cursor) {
                let node = hit.node;
                jump(ui, node);
                let hits = crate::tui::text::count(ui.find.hits.len(), "step");
                ui.tell(format!("“{}” is in {hits}; {next} and {previous} go through them", ui.find.pattern));
            } else if !list.field.is_blank() {
                ui.warn(format!("“{}” is nowhere in titles, text, commands, outputs or notes", list.field.text()));
            }
            return Vec::new();
        }
        _ if key.code == KeyCode::Esc || control_c => {
            ui.find.hits.clear();
            ui.find.found.clear();
            let from = ui.find.from;
            jump(ui, from);
            return Vec::new();
        }
        KeyCode::Up => list.cursor = list.cursor.saturating_sub(1),
        KeyCode::Down => list.cursor = (list.cursor + 1).min(lowest),
        KeyCode::PageUp => list.cursor = list.cursor.saturating_sub(10),
        KeyCode::PageDown => list.cursor = (list.cursor + 10).min(lowest),
        _ => {
            if list.field.press(key) == Taken::Yes {
                list.field.text().clone_into(&mut ui.find.pattern);
                search(ui, facts);
                list.cursor = 0;
            }
        }
    }
    let shown = ui.find.found.get(list.cursor).map_or(ui.find.from, |hit| hit.node);
    jump(ui, shown);
    ui.modals.push(Modal::Find(list));
    Vec::new()
}

/// Whether the search goes through the output: when its pane has the focus.
pub(in crate::tui) fn searches_output(ui: &Ui) -> bool {
    matches!(ui.screen, Screen::Walk) && ui.focus == Focus::Output
}

fn press_output(ui: &mut Ui, mut field: Field, key: Key) -> Vec<Act> {
    let control_c = key.code == KeyCode::Char('c') && key.modifiers == KeyModifiers::CONTROL;
    match key.code {
        KeyCode::Enter => {
            let found = ui.pane.search.hits.len();
            if found == 0 && !field.is_blank() {
                ui.warn(format!("“{}” is nowhere in the output that can be scrolled to", field.text()));
            } else if found > 0 {
                let [next, previous] = [Action::NextHit, Action::PreviousHit].map(|action| ui.keymap.key(action));
                let lines = crate::tui::text::count(found, "line");
                ui.tell(format!("{lines}; {previous} goes back in time, {next} forward"));
            }
            return Vec::new();
        }
        _ if key.code == KeyCode::Esc || control_c => {
            ui.pane.search("");
            ui.pane.scroll_to_end();
            return Vec::new();
        }
        _ => {}
    }
    if field.press(key) == Taken::Yes {
        ui.pane.search(field.text());
    }
    ui.modals.push(Modal::Find(Listing { field, cursor: 0 }));
    Vec::new()
}

fn go_output(ui: &mut Ui, way: Way) {
    let towards = match way {
        Way::Forward => Towards::Newer,
        Way::Back => Towards::Older,
    };
    match ui.pane.next_hit(towards) {
        Some((at, count)) => ui.tell(format!("line {at} of {count} with “{}”", ui.pane.search.pattern)),
        None => ui.tell(format!("nothing was found in the output; {} finds", ui.keymap.key(Action::Find))),
    }
}

pub(super) fn go(ui: &mut Ui, way: Way) {
    if searches_output(ui) {
        return go_output(ui, way);
    }
    let cursor = ui.tree.cursor;
    let hits = &ui.find.hits;
    let found = match way {
        Way::Forward => hits.iter().find(|hit| **hit > cursor).or(hits.first()),
        Way::Back => hits.iter().rev().find(|hit| **hit < cursor).or(hits.last()),
    };
    match found.copied() {
        Some(node) => {
            let place = ui.find.hits.iter().position(|hit| *hit == node).unwrap_or(0);
            ui.tell(format!("{} of {} steps with “{}”", place + 1, ui.find.hits.len(), ui.find.pattern));
            jump(ui, node);
        }
        None => ui.tell(format!("nothing was searched for; {} finds", ui.keymap.key(Action::Find))),
    }
}
