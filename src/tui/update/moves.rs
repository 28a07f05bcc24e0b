//! Moving: rows, pages, folds, phases, panes.

use crate::tui::keys::{Action, Key};
use crate::tui::msg::Facts;
use crate::tui::outline::{Item, NodeId};
use crate::tui::panes::{Focus, Layout, inner};
use crate::tui::ui::{Screen, Ui};

/// Forwards or backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Forward,
    Back,
}

impl Way {
    pub(super) fn sign(self) -> isize {
        match self {
            Way::Forward => 1,
            Way::Back => -1,
        }
    }
}

pub(super) fn half_page(ui: &Ui) -> isize {
    let panes = ui.panes();
    let pane = match (&ui.screen, ui.focus) {
        (Screen::Board(_) | Screen::Timeline(_) | Screen::Log(_), _) => Some(panes.body),
        (Screen::Walk, Focus::Tree) => panes.tree,
        (Screen::Walk, Focus::Step) => panes.step,
        (Screen::Walk, Focus::Output) => panes.output,
    };
    isize::from(i16::try_from(inner(pane.unwrap_or(panes.body)).height / 2).unwrap_or(1)).max(1)
}

/// Moves the cursor, or scrolls what has the focus.
pub(super) fn scroll(ui: &mut Ui, by: isize) {
    if let (Screen::Walk, Focus::Output, Some(compared)) = (&ui.screen, ui.focus, &mut ui.compared) {
        let most = compared.rows.len().saturating_sub(1);
        compared.scroll = compared.scroll.saturating_add_signed(by).min(most);
        return;
    }
    match (&mut ui.screen, ui.focus) {
        (Screen::Board(board), _) => board.go(by),
        (Screen::Timeline(line), _) => line.go(by),
        (Screen::Log(log), _) => log.scroll(-by),
        (Screen::Walk, Focus::Tree) => ui.tree.go(by),
        (Screen::Walk, Focus::Step) => scroll_detail(ui, by),
        (Screen::Walk, Focus::Output) if by > 1_000_000 => ui.pane.scroll_to_end(),
        (Screen::Walk, Focus::Output) if by < -1_000_000 => ui.pane.scroll_to_start(),
        (Screen::Walk, Focus::Output) => ui.pane.scroll(-by),
    }
}

pub(super) fn scroll_detail(ui: &mut Ui, by: isize) {
    let most = ui.detail.page.lines.len().saturating_sub(ui.detail_height());
    ui.detail.scroll = ui.detail.scroll.saturating_add_signed(by).min(most);
}

/// J and K: scroll what is read, wherever the cursor is.
pub(super) fn scroll_page(ui: &mut Ui, by: isize) {
    match ui.focus {
        Focus::Tree | Focus::Step if matches!(ui.screen, Screen::Walk) => scroll_detail(ui, by),
        Focus::Tree | Focus::Step | Focus::Output => scroll(ui, by),
    }
}

pub(super) fn fold(ui: &mut Ui) {
    let cursor = ui.tree.cursor;
    let Some(node) = ui.outline.nodes.get(cursor) else {
        return;
    };
    if node.end > cursor + 1 && !ui.tree.folded.contains(&cursor) {
        ui.tree.folded.insert(cursor);
    } else if let Some(parent) = node.parent {
        ui.tree.cursor = parent;
    }
}

pub(super) fn unfold(ui: &mut Ui) {
    let cursor = ui.tree.cursor;
    let Some(end) = ui.outline.nodes.get(cursor).map(|node| node.end) else {
        return;
    };
    if !ui.tree.folded.remove(&cursor) && end > cursor + 1 {
        let below = ui.tree.rows.iter().find(|row| (cursor + 1..end).contains(*row));
        ui.tree.cursor = below.copied().unwrap_or(cursor);
    }
}

/// Puts the cursor on a node, unfolding what hides it.
pub(super) fn jump(ui: &mut Ui, node: NodeId) {
    ui.tree.cursor = node;
    ui.tree.reveal(&ui.outline);
    ui.tree.settle(&ui.outline);
}

pub(super) fn go_open(ui: &mut Ui, way: Way) {
    let cursor = ui.tree.cursor;
    let count = ui.outline.nodes.len();
    let is_open = |id: &NodeId| ui.outline.is_open(*id) && ui.tree.leaves(*id);
    let found = match way {
        Way::Forward => (cursor + 1..count).chain(0..cursor).find(is_open),
        Way::Back => (0..cursor).rev().chain((cursor + 1..count).rev()).find(is_open),
    };
    match found {
        Some(node) => jump(ui, node),
        None if ui.tree.filter.is_on() => {
            let back = ui.keymap.key(Action::Back);
            ui.tell(format!("no other open step is shown; {back} shows all again"));
        }
        None if ui.outline.is_open(cursor) => ui.tell("this is the only open step"),
        None => ui.tell(format!("every step is settled; {} shows the board", ui.keymap.key(Action::Board))),
    }
}

pub(super) fn go_phase(ui: &mut Ui, way: Way) {
    let is_phase = |id: &NodeId| matches!(ui.outline.nodes[*id].item, Item::Phase(_)) && ui.tree.leaves(*id);
    let found = match way {
        Way::Forward => (ui.tree.cursor + 1..ui.outline.nodes.len()).find(is_phase),
        Way::Back => (0..ui.tree.cursor).rev().find(is_phase),
    };
    if let Some(node) = found {
        jump(ui, node);
    }
}

pub(super) fn jump_phase(ui: &mut Ui, facts: &Facts<'_>, key: Key) {
    let number = key.char().and_then(|c| c.to_digit(10)).unwrap_or(0);
    let found = facts.book.phases.iter().find(|phase| phase.number == number);
    match found.and_then(|phase| ui.outline.of_phase(&phase.id)) {
        Some(node) => {
            ui.tree.folded.remove(&node);
            jump(ui, node);
        }
        None => ui.warn(format!("there is no phase {number}")),
    }
}

pub(super) fn cycle(ui: &mut Ui, way: Way) {
    let output = ui.panes().output.is_some() || ui.pane.attempt().is_some();
    let order = [Focus::Tree, Focus::Step, Focus::Output];
    let count = if output || Layout::of(ui.area) == Layout::Single { 3 } else { 2 };
    let at = order.iter().position(|focus| *focus == ui.focus).unwrap_or(0);
    let next = match way {
        Way::Forward => (at + 1) % count,
        Way::Back => (at + count - 1) % count,
    };
    ui.focus = order[next];
}
