//! Keys in the lists over the screen: steps, detours, themes, and the filter of the log.

use super::answer;
use super::moves::jump;
use crate::run::decide::Intent;
use crate::run::decide::detour::{Aside, Cause, way_back};
use crate::run::decide::failure::{Onward, onward};
use crate::runbook::need::Named;
use crate::runbook::{PhaseId, Step};
use crate::tui::dialog::Modal;
use crate::tui::field::{Field, Taken};
use crate::tui::keys::{Action, Key};
use crate::tui::list::{NodeList, Then};
use crate::tui::msg::{Act, Facts};
use crate::tui::outline::{Item, Subject};
use crate::tui::panes::{Focus, Zoom};
use crate::tui::theme::{Colour, Theme};
use crate::tui::ui::{Screen, Ui};
use crossterm::event::{KeyCode, KeyModifiers};

/// Themes to choose from; the one under the cursor is shown at once.
#[derive(Debug, Clone)]
pub struct Themes {
    pub cursor: usize,
    /// What Esc goes back to.
    pub before: Theme,
}

fn leaves(key: Key) -> bool {
    key.code == KeyCode::Esc || (key.code == KeyCode::Char('c') && key.modifiers == KeyModifiers::CONTROL)
}

fn moved(cursor: usize, key: Key, count: usize) -> usize {
    let last = count.saturating_sub(1);
    match key.code {
        KeyCode::Up | KeyCode::Char('k') => cursor.saturating_sub(1),
        KeyCode::Down | KeyCode::Char('j') | KeyCode::Tab => (cursor + 1).min(last),
        KeyCode::PageUp => cursor.saturating_sub(10),
        KeyCode::PageDown => (cursor + 10).min(last),
        KeyCode::Home | KeyCode::Char('g') => 0,
        KeyCode::End | KeyCode::Char('G') => last,
        _ => cursor,
    }
}

pub(super) fn press_nodes(ui: &mut Ui, facts: &Facts<'_>, mut list: NodeList, key: Key) -> Vec<Act> {
    if leaves(key) || key.code == KeyCode::Char('q') {
        return Vec::new();
    }
    if key.code != KeyCode::Enter {
        list.cursor = moved(list.cursor, key, list.rows.len());
        ui.modals.push(Modal::Nodes(list));
        return Vec::new();
    }
    let Some(node) = list.rows.get(list.cursor).copied() else {
        return Vec::new();
    };
    match list.then {
        Then::Jump => {
            ui.screen = Screen::Walk;
            jump(ui, node);
            Vec::new()
        }
        Then::Detour(from) => match Subject::find(facts.book, &ui.outline.nodes[node].item) {
            Some(subject) => {
                let to = Aside::Section(subject.phase().id.clone());
                vec![Act::Intend(Intent::Detour { from, to, cause: Cause::Asked })]
            }
            None => Vec::new(),
        },
    }
}

/// Leaves the walk at the step under the cursor for a section at hand, or comes back.
pub(super) fn detour(ui: &mut Ui, facts: &Facts<'_>) -> Vec<Act> {
    if facts.run.detour().is_some() {
        return vec![Act::Intend(Intent::EndDetour)];
    }
    let Some(Subject::Step(phase, step)) = ui.subject(facts.book) else {
        ui.tell("a detour begins at a step: go to the one that failed");
        return Vec::new();
    };
    if !phase.is_walked() {
        ui.tell("this section is at hand already; nothing of it counts");
        return Vec::new();
    }
    if way_back(facts.book, facts.run, &step.id).is_some() {
        return vec![Act::Intend(Intent::Detour { from: step.id.clone(), to: Aside::WayBack, cause: Cause::Asked })];
    }
    let list = NodeList::detours(&step.id, facts, &ui.outline);
    match list.rows[..] {
        [] => {
            ui.warn("this runbook has no rollback and no troubleshooting section");
            Vec::new()
        }
        [_] => press_nodes(ui, facts, list, Key::plain(KeyCode::Enter)),
        _ => {
            ui.modals.push(Modal::Nodes(list));
            Vec::new()
        }
    }
}

/// A detour has begun or ended: the cursor follows.
pub(super) fn follow_detour(ui: &mut Ui, facts: &Facts<'_>, wish: &Intent) {
    let Intent::Detour { from, to, cause } = wish else {
        let last = facts.run.deviations.last().and_then(|deviation| deviation.step.clone());
        if let Some(node) = last.and_then(|step| ui.outline.of_step(&step)) {
            jump(ui, node);
        }
        ui.tell("back from the detour");
        return;
    };
    match to {
        Aside::Section(phase) => enter(ui, phase),
        Aside::WayBack => match way_back(facts.book, facts.run, from) {
            Some(Named::Phase(phase)) => enter(ui, &phase.id),
            Some(Named::Step(step)) => go_to(ui, step, None),
            Some(Named::Block { step, index, .. }) => go_to(ui, step, Some(index)),
            None => {}
        },
    }
    // What was printed before is not what is looked for here.
    if ui.focus == Focus::Output {
        ui.focus = Focus::Step;
    }
    let back = ui.keymap.key(Action::Detour);
    match cause {
        Cause::Asked => ui.tell(format!("on a detour, which is recorded; {back} goes back to the step")),
        Cause::OnFail => {
            // Whatever was looked at, this comes before it.
            ui.screen = Screen::Walk;
            ui.zoom = Zoom::None;
            ui.unbidden = Some(ui.tree.cursor);
            let number = facts.book.step(from).map(|step| step.number.as_str()).unwrap_or_default();
            let alive = facts.run.attempts_of(from).next_back().and_then(answer::not_dead);
            let alive = alive.map(|alive| format!("; {alive}")).unwrap_or_default();
            ui.warn(format!(
                "{number} failed{alive}: this takes it back, nothing of it has run; {back} goes back to the step"
            ));
        }
    }
}

/// A step has failed: what takes it back comes up, if the author wants it so. Where several sections do, one is chosen. It
/// does not come between the operator and a question.
pub(super) fn take_back(ui: &mut Ui, facts: &Facts<'_>, step: &Step) -> Vec<Act> {
    let Onward::TakeBack(ways) = onward(facts.book, facts.run, step) else {
        return Vec::new();
    };
    if facts.holder.is_some() || facts.run.detour().is_some() || !ui.modals.is_empty() {
        return Vec::new();
    }
    let from = step.id.clone();
    let to = match ways[..] {
        [] => return Vec::new(),
        _ if way_back(facts.book, facts.run, &from).is_some() => Aside::WayBack,
        [Named::Phase(section)] => Aside::Section(section.id.clone()),
        _ => {
            ui.modals.push(Modal::Nodes(NodeList::ways_back(step, &ways, &ui.outline)));
            return Vec::new();
        }
    };
    vec![Act::Intend(Intent::Detour { from, to, cause: Cause::OnFail })]
}

/// To the first step of a section.
fn enter(ui: &mut Ui, phase: &PhaseId) {
    let first = ui.outline.of_phase(phase).map(|phase| {
        let end = ui.outline.nodes[phase].end;
        let step = |id: &usize| matches!(ui.outline.nodes[*id].item, Item::Step { .. });
        (phase..end).find(step).unwrap_or(phase)
    });
    if let Some(node) = first {
        jump(ui, node);
    }
}

/// To a step, and to one of its commands.
fn go_to(ui: &mut Ui, step: &Step, command: Option<usize>) {
    if let Some(node) = ui.outline.of_step(&step.id) {
        jump(ui, node);
        ui.chosen.extend(command.map(|index| (node, index)));
    }
}

pub(super) fn open_themes(ui: &mut Ui, themes: Vec<Theme>) -> Vec<Act> {
    if ui.look.theme.colour == Colour::Never {
        ui.tell("colours are switched off (NO_COLOR, --color never): there is nothing to choose");
        return Vec::new();
    }
    ui.themes = themes;
    let name = &ui.look.theme.name;
    let cursor = ui.themes.iter().position(|theme| theme.name == *name).unwrap_or(0);
    let before = ui.look.theme.clone();
    ui.modals.push(Modal::Themes(Themes { cursor, before }));
    Vec::new()
}

/// The terminal has said what kind of page it has.
pub(super) fn wear_pair(ui: &mut Ui, is_dark: bool) -> Vec<Act> {
    if let (Some(pair), true) = (&ui.pair, ui.modals.is_empty()) {
        ui.look.theme = if is_dark { pair.dark.clone() } else { pair.light.clone() };
    }
    Vec::new()
}

pub(super) fn press_themes(ui: &mut Ui, mut list: Themes, key: Key) -> Vec<Act> {
    if leaves(key) || key.code == KeyCode::Char('q') {
        ui.look.theme = list.before;
        return reload(ui);
    }
    if key.code == KeyCode::Enter {
        let name = ui.look.theme.name.clone();
        ui.tell(format!("theme {name} until you leave; `ui: {{theme: {name}}}` in config.yaml keeps it"));
        return Vec::new();
    }
    list.cursor = moved(list.cursor, key, ui.themes.len());
    if let Some(theme) = ui.themes.get(list.cursor).cloned() {
        ui.look.theme = theme;
    }
    ui.modals.push(Modal::Themes(list));
    reload(ui)
}

/// The log keeps styled lines: they are made anew.
fn reload(ui: &Ui) -> Vec<Act> {
    if matches!(ui.screen, Screen::Log(_)) { vec![Act::LoadEntries] } else { Vec::new() }
}

pub(super) fn press_filter(ui: &mut Ui, mut field: Field, key: Key) -> Vec<Act> {
    let Screen::Log(log) = &mut ui.screen else {
        return Vec::new();
    };
    if key.code == KeyCode::Enter {
        return Vec::new();
    }
    if leaves(key) {
        log.filter(String::new());
        return Vec::new();
    }
    if field.press(key) == Taken::Yes {
        log.filter(field.text().to_owned());
    }
    ui.modals.push(Modal::Filter(field));
    Vec::new()
}
