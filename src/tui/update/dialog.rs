//! Keys while something lies over the screen.

use super::{find, lists, narrow, walk};
use crate::tui::dialog::{Dialog, Form, Listing, Modal, Purpose};
use crate::tui::field::Taken;
use crate::tui::keys::{Action, Binding, Key, TABLE};
use crate::tui::msg::{Act, Facts, Scene};
use crate::tui::ui::Ui;
use crate::tui::view::dialog_end;
use crossterm::event::{KeyCode, KeyModifiers};

/// Lays a dialog over the screen, with what was typed into it before.
pub(super) fn open(ui: &mut Ui, mut dialog: Dialog) {
    if let Some(draft) = dialog.draft().and_then(|name| ui.drafts.get(&name))
        && let Some(field) = &mut dialog.field
    {
        field.set(draft);
    }
    ui.modals.push(Modal::Dialog(dialog));
}

pub(super) fn is_stop(modal: &Modal) -> bool {
    matches!(modal, Modal::Dialog(Dialog { purpose: Purpose::StopEndless { .. }, .. }))
}

/// Gives a key to the topmost modal, which was taken off the pile; it goes back unless it is finished.
pub(super) fn press(ui: &mut Ui, facts: &Facts<'_>, modal: Modal, key: Key) -> Vec<Act> {
    if key.code == KeyCode::Char('c') && key.modifiers == KeyModifiers::CONTROL && facts.run.running().is_some() {
        ui.modals.push(modal);
        return walk::stop(ui, facts);
    }
    match modal {
        Modal::Dialog(dialog) => press_dialog(ui, facts, dialog, key),
        Modal::Form(form) => press_form(ui, form, key),
        Modal::Edits(edits) => super::edits::press(ui, facts, edits, key),
        Modal::Help(list) => press_list(ui, facts, list, key, Modal::Help),
        Modal::Palette(list) => press_list(ui, facts, list, key, Modal::Palette),
        Modal::Find(list) => find::press(ui, facts, list, key),
        Modal::Nodes(list) => lists::press_nodes(ui, facts, list, key),
        Modal::Themes(list) => lists::press_themes(ui, list, key),
        Modal::Filter(field) => lists::press_filter(ui, field, key),
        Modal::Narrow(narrow) => narrow::press(ui, facts, narrow, key),
    }
}

fn leaves(key: Key) -> bool {
    key.code == KeyCode::Esc || (key.code == KeyCode::Char('c') && key.modifiers == KeyModifiers::CONTROL)
}

fn press_dialog(ui: &mut Ui, facts: &Facts<'_>, mut dialog: Dialog, key: Key) -> Vec<Act> {
    dialog.complaint = None;
    if leaves(key) {
        keep_draft(ui, &dialog);
        return Vec::new();
    }
    if key.code == KeyCode::Char('o') && key.modifiers == KeyModifiers::CONTROL {
        let text = dialog.field.as_ref().filter(|field| !field.is_hidden()).map(|field| field.text().to_owned());
        ui.modals.push(Modal::Dialog(dialog));
        return text.map(Act::Compose).into_iter().collect();
    }
    if matches!(key.code, KeyCode::PageDown | KeyCode::PageUp) {
        let page = usize::from(ui.area.height / 3).max(1);
        let end = dialog_end(&Scene { facts: *facts, ui }, &dialog);
        let scroll =
            if key.code == KeyCode::PageDown { dialog.scroll + page } else { dialog.scroll.saturating_sub(page) };
        dialog.scroll = scroll.min(end);
        ui.modals.push(Modal::Dialog(dialog));
        return Vec::new();
    }
    match press_answer(&mut dialog, key) {
        Answered::Yes => confirm(ui, facts, dialog),
        Answered::NotYet => {
            ui.modals.push(Modal::Dialog(dialog));
            Vec::new()
        }
    }
}

/// Whether a key has finished a dialog.
enum Answered {
    Yes,
    NotYet,
}

fn press_answer(dialog: &mut Dialog, key: Key) -> Answered {
    let last = dialog.choices.len().saturating_sub(1);
    let step = match key.code {
        KeyCode::Enter if key.modifiers.is_empty() => return Answered::Yes,
        KeyCode::Up => -1,
        KeyCode::Tab if dialog.cursor == last => -last.cast_signed(),
        KeyCode::Down | KeyCode::Tab => 1,
        code => match (&mut dialog.field, code) {
            (Some(field), _) => {
                field.press(key);
                0
            }
            (None, KeyCode::Char(c)) if dialog.choices.iter().any(|choice| choice.key == Some(c)) => {
                dialog.cursor = dialog.choices.iter().position(|choice| choice.key == Some(c)).unwrap_or(0);
                // A line is only chosen by its number: running one takes Enter as well.
                match dialog.purpose {
                    Purpose::Line { .. } => 0,
                    Purpose::Confirm { .. }
                    | Purpose::TypeStep { .. }
                    | Purpose::Reason { .. }
                    | Purpose::Unknown { .. }
                    | Purpose::SignStep { .. }
                    | Purpose::SignGate { .. }
                    | Purpose::Skip { .. }
                    | Purpose::Note { .. }
                    | Purpose::StopEndless { .. }
                    | Purpose::State { .. }
                    | Purpose::Leave
                    | Purpose::Call { .. }
                    | Purpose::Close
                    | Purpose::Correct { .. }
                    | Purpose::Trust { .. }
                    | Purpose::Reveal { .. }
                    | Purpose::Recall => return Answered::Yes,
                }
            }
            (None, KeyCode::Char('k' | 'h') | KeyCode::Left) => -1,
            (None, KeyCode::Char('j' | 'l') | KeyCode::Right) => 1,
            (None, _) => 0,
        },
    };
    dialog.cursor = dialog.cursor.saturating_add_signed(step).min(last);
    Answered::NotYet
}

/// Puts the text that was written in the editor into the field it was begun in.
pub(super) fn composed(ui: &mut Ui, text: &str) -> Vec<Act> {
    if let Some(Modal::Dialog(Dialog { field: Some(field), .. })) = ui.modals.last_mut() {
        field.set(text.trim_end());
    }
    Vec::new()
}

fn keep_draft(ui: &mut Ui, dialog: &Dialog) {
    let (Some(name), Some(field)) = (dialog.draft(), &dialog.field) else {
        return;
    };
    if field.is_blank() {
        ui.drafts.remove(&name);
    } else {
        ui.drafts.insert(name, field.text().to_owned());
        ui.tell("what you typed is kept for when you come back");
    }
}

fn confirm(ui: &mut Ui, facts: &Facts<'_>, mut dialog: Dialog) -> Vec<Act> {
    match dialog.answer(facts) {
        Ok(acts) => {
            // Until the wish is done the text stays as a draft: a fault must not lose it.
            if let (Some(name), Some(field)) = (dialog.draft(), &dialog.field)
                && !field.is_blank()
            {
                ui.drafts.insert(name, field.text().to_owned());
            }
            acts
        }
        Err(complaint) => {
            dialog.complaint = Some(complaint);
            ui.modals.push(Modal::Dialog(dialog));
            Vec::new()
        }
    }
}

fn press_form(ui: &mut Ui, mut form: Form, key: Key) -> Vec<Act> {
    form.complaint = None;
    let last = form.rows.len().saturating_sub(1);
    let save = key.code == KeyCode::Char('s') && key.modifiers == KeyModifiers::CONTROL;
    match key.code {
        _ if leaves(key) => {
            if form.rows.iter().any(|row| !row.field.is_blank() && !row.field.is_hidden()) {
                for row in form.rows.iter().filter(|row| !row.field.is_hidden() && !row.field.is_blank()) {
                    ui.drafts.insert(format!("value {}", row.name), row.field.text().to_owned());
                }
            }
            return Vec::new();
        }
        KeyCode::Up => form.cursor = form.cursor.saturating_sub(1),
        KeyCode::Tab if key.modifiers == KeyModifiers::SHIFT => form.cursor = form.cursor.saturating_sub(1),
        KeyCode::Down | KeyCode::Tab => form.cursor = (form.cursor + 1).min(last),
        KeyCode::Enter if form.cursor < last => form.cursor += 1,
        _ if save || key.code == KeyCode::Enter => match form.answer() {
            Ok(acts) => return acts,
            Err((row, complaint)) => {
                form.cursor = row;
                form.complaint = Some(complaint);
            }
        },
        code => {
            if let Some(row) = form.rows.get_mut(form.cursor) {
                match code {
                    KeyCode::Right if !row.variable.choices.is_empty() => row.turn(1),
                    KeyCode::Left if !row.variable.choices.is_empty() => row.turn(-1),
                    _ => {
                        row.field.press(key);
                    }
                }
            }
        }
    }
    ui.modals.push(Modal::Form(form));
    Vec::new()
}

/// The rows of help and palette that fit what is typed.
#[must_use]
pub(crate) fn filtered(ui: &Ui, typed: &str) -> Vec<&'static Binding> {
    let place = super::place(ui);
    let wanted = typed.to_lowercase();
    let fits = |binding: &&Binding| {
        let text = format!("{} {} {} {}", ui.keymap.labels(binding), binding.word, binding.help, binding.group.word());
        wanted.split_whitespace().all(|word| text.to_lowercase().contains(word))
    };
    TABLE.iter().filter(|binding| binding.places.contains(&place)).filter(fits).collect()
}

fn press_list(ui: &mut Ui, facts: &Facts<'_>, mut listing: Listing, key: Key, modal: fn(Listing) -> Modal) -> Vec<Act> {
    let rows = filtered(ui, listing.field.text());
    let last = rows.len().saturating_sub(1);
    match key.code {
        _ if leaves(key) => return Vec::new(),
        KeyCode::Up => listing.cursor = listing.cursor.saturating_sub(1),
        KeyCode::Down => listing.cursor = (listing.cursor + 1).min(last),
        KeyCode::PageUp => listing.cursor = listing.cursor.saturating_sub(10),
        KeyCode::PageDown => listing.cursor = (listing.cursor + 10).min(last),
        KeyCode::Enter => {
            let Some(binding) = rows.get(listing.cursor) else {
                ui.modals.push(modal(listing));
                return Vec::new();
            };
            let key = ui.keymap.keys(binding).first().copied().unwrap_or(key);
            return match binding.action {
                Action::Help | Action::Palette => Vec::new(),
                action => walk::perform(ui, facts, action, key),
            };
        }
        _ => {
            if listing.field.press(key) == Taken::Yes {
                listing.cursor = 0;
            }
        }
    }
    ui.modals.push(modal(listing));
    Vec::new()
}
