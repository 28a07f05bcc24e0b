//! Searching titles and text.

use super::moves::{Way, jump};
use crate::runbook::{Block, Step};
use crate::tui::dialog::Modal;
use crate::tui::field::{Field, Taken};
use crate::tui::keys::Key;
use crate::tui::msg::{Act, Facts};
use crate::tui::outline::{NodeId, Subject};
use crate::tui::pane::Towards;
use crate::tui::panes::Focus;
use crate::tui::ui::{Screen, Ui};
use crossterm::event::{KeyCode, KeyModifiers};

pub(super) fn begin(ui: &mut Ui) {
    if searches_output(ui) {
        ui.modals.push(Modal::Find(Field::new(&ui.pane.search.pattern)));
        return;
    }
    ui.find.from = ui.tree.cursor;
    ui.modals.push(Modal::Find(Field::new(&ui.find.pattern)));
}

pub(super) fn press(ui: &mut Ui, facts: &Facts<'_>, mut field: Field, key: Key) -> Vec<Act> {
    if searches_output(ui) {
        return press_output(ui, field, key);
    }
    let control_c = key.code == KeyCode::Char('c') && key.modifiers == KeyModifiers::CONTROL;
    match key.code {
        KeyCode::Enter => {
            if ui.find.hits.is_empty() && !field.is_blank() {
                ui.warn(format!("“{}” is nowhere in titles or text", field.text()));
            } else if !ui.find.hits.is_empty() {
                ui.tell(format!("{}; n and N go through them", crate::tui::text::count(ui.find.hits.len(), "hit")));
            }
            return Vec::new();
        }
        _ if key.code == KeyCode::Esc || control_c => {
            ui.find.hits.clear();
            let from = ui.find.from;
            jump(ui, from);
            return Vec::new();
        }
        _ => {}
    }
    if field.press(key) == Taken::Yes {
        field.text().clone_into(&mut ui.find.pattern);
        ui.find.hits = hits(ui, facts, field.text());
        let from = ui.find.from;
        let first = ui.find.hits.iter().find(|hit| **hit >= from).or(ui.find.hits.first()).copied();
        jump(ui, first.unwrap_or(from));
    }
    ui.modals.push(Modal::Find(field));
    Vec::new()
}

/// Whether the search goes through the output: when its pane has the focus.
fn searches_output(ui: &Ui) -> bool {
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
                ui.tell(format!("{}; N goes back in time, n forward", crate::tui::text::count(found, "line")));
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
    ui.modals.push(Modal::Find(field));
    Vec::new()
}

fn go_output(ui: &mut Ui, way: Way) {
    let towards = match way {
        Way::Forward => Towards::Newer,
        Way::Back => Towards::Older,
    };
    match ui.pane.next_hit(towards) {
        Some((at, count)) => ui.tell(format!("line {at} of {count} with “{}”", ui.pane.search.pattern)),
        None => ui.tell("nothing was found in the output; / finds"),
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
            ui.tell(format!("hit {} of {} for “{}”", place + 1, ui.find.hits.len(), ui.find.pattern));
            jump(ui, node);
        }
        None => ui.tell("nothing was searched for; / finds"),
    }
}

/// Nodes whose own title or text holds the pattern; upper and lower case are the same.
fn hits(ui: &Ui, facts: &Facts<'_>, pattern: &str) -> Vec<NodeId> {
    let wanted = pattern.trim().to_lowercase();
    if wanted.is_empty() {
        return Vec::new();
    }
    let holds = |text: &str| text.to_lowercase().contains(&wanted);
    (0..ui.outline.nodes.len())
        .filter(|id| match Subject::find(facts.book, &ui.outline.nodes[*id].item) {
            Some(Subject::Phase(phase)) => holds(&phase.title) || phase.prose.iter().any(|quote| holds(&quote.text)),
            Some(Subject::Step(_, step)) => step_holds(step, &holds),
            None => false,
        })
        .collect()
}

fn step_holds(step: &Step, holds: &impl Fn(&str) -> bool) -> bool {
    let in_blocks = step.blocks.iter().any(|block| match block {
        Block::Prose(quote) => holds(&quote.text),
        Block::Command(command) => holds(&command.text),
    });
    in_blocks || holds(&step.title) || holds(&step.number) || step.criteria.iter().any(|quote| holds(&quote.text))
}
