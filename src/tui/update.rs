//! The one place where the screen's state changes: a message in, acts out. Pure: it sees no terminal, clock or session.

mod answer;
mod by_itself;
mod compare;
mod dialog;
mod edits;
mod find;
mod lists;
mod mouse;
mod moves;
mod narrow;
mod walk;

pub(crate) use dialog::filtered;
pub(in crate::tui) use edits::{Named, reseat};
pub(in crate::tui) use find::searches_output;
pub use lists::Themes;
pub use walk::works;

use super::dialog::{Dialog, Modal, Narrow};
use super::keys::{Key, Place, encode};
use super::msg::{Act, Facts, Msg};
use super::pane::News;
use super::panes::{Focus, Layout, Zoom};
use super::theme::Tone;
use super::ui::{Keyboard, Notice, Screen, Ui};
use crate::run::decide::Execute;
use crate::run::decide::shown::shown;
use crate::run::event::Entry;
use crate::runbook::code::risk::classify;
use crate::runbook::{Command, Risk};
use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::layout::Rect;

/// Takes a message in.
pub fn update(ui: &mut Ui, facts: &Facts<'_>, msg: Msg) -> Vec<Act> {
    let mut acts = match msg {
        Msg::Start => start(ui, facts),
        Msg::Key(key) => press(ui, facts, key),
        Msg::Paste(text) => paste(ui, facts, &text),
        Msg::Mouse(event) => mouse::mouse(ui, event),
        Msg::Resize(cols, rows) => {
            ui.area = Rect::new(0, 0, cols, rows);
            Vec::new()
        }
        Msg::Tick => by_itself::look(ui, facts),
        Msg::Changed => {
            ui.settle(facts);
            let mut acts = answer::tell_ending(ui, facts);
            edits::tell(ui, facts);
            acts.extend(by_itself::look(ui, facts));
            acts
        }
        Msg::Interrupt => walk::stop(ui, facts),
        Msg::Output(news) => output(ui, facts, &news),
        Msg::Stored(attempt, stored) => {
            answer::stored(ui, attempt, stored);
            Vec::new()
        }
        Msg::Entries(entries) => fill_log(ui, &entries),
        Msg::Drafted(statement, key) => {
            dialog::open(ui, Dialog::statement(statement, key));
            Vec::new()
        }
        Msg::Texts(texts, left_out) => find::texts(ui, facts, texts, left_out),
        Msg::Themes(themes) => lists::open_themes(ui, themes),
        Msg::Composed(text) => dialog::composed(ui, &text),
        Msg::Focus(focus) => {
            ui.window = focus;
            Vec::new()
        }
        Msg::Dark(is_dark) => lists::wear_pair(ui, is_dark),
        Msg::Done(wish) => answer::done(ui, facts, &wish),
        Msg::Refused(wish, refusal) => answer::refused(ui, facts, wish, refusal),
        Msg::Faulted(text) => {
            ui.notice = Some(Notice { tone: Tone::Error, text });
            Vec::new()
        }
        Msg::FileEdited(text) => {
            ui.tell(text);
            edits::ask(ui, facts);
            Vec::new()
        }
        Msg::Revealed(values) => {
            dialog::open(ui, Dialog::reveal(values));
            Vec::new()
        }
        Msg::Told(text) => {
            ui.tell(text);
            Vec::new()
        }
    };
    acts.extend(ui.settle(facts));
    acts
}

/// What is asked before anything else.
fn start(ui: &mut Ui, facts: &Facts<'_>) -> Vec<Act> {
    let acts = ui.settle(facts);
    edits::ask(ui, facts);
    answer::ask_next_unknown(ui, facts);
    if !facts.remembered.is_empty() {
        dialog::open(ui, Dialog::recall());
    }
    acts
}

fn fill_log(ui: &mut Ui, entries: &[Entry]) -> Vec<Act> {
    if let Screen::Log(log) = &mut ui.screen {
        log.fill(entries, &ui.look);
    }
    Vec::new()
}

/// Shows what was printed, and answers what the program asked its terminal.
fn output(ui: &mut Ui, facts: &Facts<'_>, news: &News) -> Vec<Act> {
    let running = facts.run.running().map(crate::run::Attempt::id) == Some(news.attempt);
    let answers = if running || ui.pane.attempt() == Some(news.attempt) { ui.pane.feed(news) } else { Vec::new() };
    if answers.is_empty() || !running { Vec::new() } else { vec![Act::Feed(answers)] }
}

/// Where keys are looked up.
#[must_use]
pub fn place(ui: &Ui) -> Place {
    match ui.screen {
        Screen::Walk => Place::Walk,
        Screen::Board(_) => Place::Board,
        Screen::Timeline(_) => Place::Timeline,
        Screen::Log(_) => Place::Log,
    }
}

fn press(ui: &mut Ui, facts: &Facts<'_>, key: Key) -> Vec<Act> {
    match ui.keyboard {
        Keyboard::Program(_) => return type_into(ui, key),
        Keyboard::Ended => {
            if matches!(key.code, KeyCode::Esc | KeyCode::Enter) || leaves_program(key) {
                take_keys_back(ui);
            }
            return Vec::new();
        }
        Keyboard::Gonogo => {}
    }
    if let Some(modal) = ui.modals.pop() {
        return dialog::press(ui, facts, modal, key);
    }
    ui.notice = None;
    match ui.keymap.action(place(ui), key) {
        Some(action) => walk::perform(ui, facts, action, key),
        None => Vec::new(),
    }
}

/// The risk of what would run: the author's block, or one of its lines.
fn dialog_risk(facts: &Facts<'_>, execute: &Execute) -> Risk {
    let target = &execute.target;
    let Some(command) = facts.book.step(&target.step).and_then(|step| step.command(target.command as usize)) else {
        return Risk::Destroy;
    };
    let part = target.part.and_then(|part| command.parts.get(part as usize));
    let (written, risk) = part.map_or((&command.text, command.risk), |part| (&part.text, classify(&part.text).0));
    // A value that was filled in may do more than the author wrote.
    let filled = filled(facts, command, written);
    if filled == *written { risk } else { risk.max(classify(&filled).0) }
}

/// The text of a command with the values that are known; secrets and what comes from the environment stay as they are.
#[must_use]
pub(in crate::tui) fn filled(facts: &Facts<'_>, command: &Command, text: &str) -> String {
    shown(facts.book, facts.run, command, text)
}

fn leaves_program(key: Key) -> bool {
    key.code == KeyCode::Char(']') && key.modifiers == KeyModifiers::CONTROL
}

/// The cursor is where the work goes on: in the tree, unless only one pane is shown.
fn take_keys_back(ui: &mut Ui) {
    ui.keyboard = Keyboard::Gonogo;
    if Layout::of(ui.area) != Layout::Single && ui.zoom == Zoom::None {
        ui.focus = Focus::Tree;
    }
}

fn type_into(ui: &mut Ui, key: Key) -> Vec<Act> {
    if leaves_program(key) {
        take_keys_back(ui);
        ui.tell("the keys are gonogo's again");
        return Vec::new();
    }
    ui.pane.scroll_to_end();
    let bytes = encode(key, ui.pane.arrows());
    if bytes.is_empty() { Vec::new() } else { vec![Act::Feed(bytes)] }
}

/// Pasted text goes where typing goes, never into the key table.
fn paste(ui: &mut Ui, facts: &Facts<'_>, text: &str) -> Vec<Act> {
    if let Keyboard::Program(_) = ui.keyboard {
        let clean = text.replace('\u{1b}', "");
        let pasted = if ui.pane.brackets_paste() { format!("\x1b[200~{clean}\x1b[201~") } else { clean };
        return vec![Act::Feed(pasted.into_bytes())];
    }
    match ui.modals.last_mut() {
        Some(Modal::Dialog(Dialog { field: Some(field), .. })) => field.insert(text),
        Some(Modal::Help(list) | Modal::Palette(list)) => list.field.insert(text.trim()),
        Some(Modal::Filter(field)) => {
            field.insert(text.trim());
            if let Screen::Log(log) = &mut ui.screen {
                log.filter(field.text().to_owned());
            }
        }
        Some(Modal::Narrow(Narrow { field, .. })) => {
            field.insert(text.trim());
            let text = field.text().to_owned();
            narrow::hold(ui, facts, text);
        }
        Some(Modal::Find(list)) => {
            list.field.insert(text.trim());
            let pattern = list.field.text().to_owned();
            find::look_for(ui, facts, pattern);
        }
        Some(Modal::Form(form)) => {
            if let Some(row) = form.rows.get_mut(form.cursor) {
                row.field.insert(text.trim_end_matches('\n'));
            }
        }
        Some(Modal::Dialog(Dialog { field: None, .. }) | Modal::Edits(_) | Modal::Nodes(_) | Modal::Themes(_))
        | None => {
            ui.warn("pasted text was left out: no field is open");
        }
    }
    Vec::new()
}
