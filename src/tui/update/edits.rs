//! Edits of the author's file: telling of them, the question they put, and keeping one's place in the edited version.

use crate::run::Run;
use crate::runbook::{PhaseId, StepId};
use crate::tui::dialog::{Answer, Edits, Modal};
use crate::tui::keys::{Action, Key};
use crate::tui::msg::{Act, Facts};
use crate::tui::outline::{NodeId, Outline};
use crate::tui::ui::{Find, Ui};
use crate::tui::view::edits_end;
use crossterm::event::{KeyCode, KeyModifiers};
use std::collections::BTreeMap;

/// Says once that the file was edited; the question itself waits for the operator.
pub(super) fn tell(ui: &mut Ui, facts: &Facts<'_>) {
    let Some(drift) = facts.edited.filter(|drift| !facts.run.declined.contains(&drift.to)) else {
        return;
    };
    if ui.told_of != Some(drift.to) {
        ui.told_of = Some(drift.to);
        ui.warn(format!("the file was edited ({}); {} shows it", drift.summary(), ui.keymap.key(Action::Edits)));
    }
}

/// Puts the question of an edit that nobody has answered yet.
pub(super) fn ask(ui: &mut Ui, facts: &Facts<'_>) {
    if let Some(drift) = facts.edited.filter(|drift| !facts.run.declined.contains(&drift.to)) {
        ui.told_of = Some(drift.to);
        ui.modals.push(Modal::Edits(Edits::default()));
    }
}

/// Shows how the file differs, answered or not.
pub(super) fn show(ui: &mut Ui, facts: &Facts<'_>) {
    if facts.edited.is_some() {
        ui.modals.push(Modal::Edits(Edits::default()));
    } else {
        ui.tell("the file says what the run walks");
    }
}

pub(super) fn press(ui: &mut Ui, facts: &Facts<'_>, mut edits: Edits, key: Key) -> Vec<Act> {
    let Some(drift) = facts.edited else {
        // The file was put back while it was looked at.
        return Vec::new();
    };
    let page = usize::from(ui.area.height / 2).max(1);
    match key.code {
        KeyCode::Esc => return Vec::new(),
        KeyCode::Char('c') if key.modifiers == KeyModifiers::CONTROL => return Vec::new(),
        KeyCode::Enter => return vec![Act::Intend(edits.answer.wish(drift))],
        KeyCode::Char('j') => edits.scroll += 1,
        KeyCode::Char('k') => edits.scroll = edits.scroll.saturating_sub(1),
        KeyCode::PageDown => edits.scroll += page,
        KeyCode::PageUp => edits.scroll = edits.scroll.saturating_sub(page),
        KeyCode::Home | KeyCode::Char('g') => edits.scroll = 0,
        KeyCode::End | KeyCode::Char('G') => edits.scroll = usize::MAX,
        KeyCode::Up => edits.answer = Answer::Stay,
        KeyCode::Down => edits.answer = Answer::Adopt,
        KeyCode::Tab => edits.answer = if edits.answer == Answer::Stay { Answer::Adopt } else { Answer::Stay },
        KeyCode::Char(c) => {
            if let Some(answer) = Answer::ALL.into_iter().find(|answer| answer.key() == c) {
                edits.answer = answer;
            }
        }
        _ => {}
    }
    edits.scroll = edits.scroll.min(edits_end(ui, facts, drift));
    ui.modals.push(Modal::Edits(edits));
    Vec::new()
}

/// Finds the cursor's place, and what was folded, in the outline of another version.
pub(in crate::tui) fn reseat(ui: &mut Ui, before: &Outline, run: &Run) {
    let now = |id: NodeId| -> Option<NodeId> {
        match before.named(id)? {
            Named::Step(step) => ui.outline.of_step(&name_now(run, step)),
            Named::Phase(phase) => ui.outline.of_phase(phase),
        }
    };
    // Of a step that is gone, the nearest one before it.
    let cursor = (0..=ui.tree.cursor).rev().find_map(now).unwrap_or(0);
    let places: BTreeMap<NodeId, NodeId> = (0..before.nodes.len()).filter_map(|id| Some((id, now(id)?))).collect();
    ui.tree.cursor = cursor;
    ui.tree.refold(|id| places.get(&id).copied());
    ui.chosen.clear();
    ui.find = Find::default();
    ui.tree.reveal(&ui.outline);
}

/// What a node of an outline stands for.
pub(in crate::tui) enum Named<'a> {
    Step(&'a StepId),
    Phase(&'a PhaseId),
}

fn name_now(run: &Run, step: &StepId) -> StepId {
    let renamed = run.editions.last().and_then(|edition| edition.renamed.iter().find(|(_, was)| *was == step));
    renamed.map_or_else(|| step.clone(), |(now, _)| now.clone())
}
