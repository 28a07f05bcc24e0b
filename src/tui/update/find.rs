//! Searching titles and text.

use super::moves::{Way, jump};
use crate::runbook::{Block, Step};
use crate::tui::dialog::Modal;
use crate::tui::field::{Field, Taken};
use crate::tui::keys::Key;
use crate::tui::msg::{Act, Facts};
use crate::tui::outline::{NodeId, Subject};
use crate::tui::ui::Ui;
use crossterm::event::{KeyCode, KeyModifiers};

pub(super) fn begin(ui: &mut Ui) {
    ui.find.from = ui.tree.cursor;
    ui.modals.push(Modal::Find(Field::new(&ui.find.pattern)));
}

pub(super) fn press(ui: &mut Ui, facts: &Facts<'_>, mut field: Field, key: Key) -> Vec<Act> {
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

pub(super) fn go(ui: &mut Ui, way: Way) {
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
