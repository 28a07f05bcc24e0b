//! An operator with keys of their own: every sentence names those, none the table's.

use crate::run::event::Ending;
use crate::tui::fixture::{BOOK, Desk};
use crate::tui::keys::{Action, Keymap, TABLE};
use crate::tui::msg::Msg;
use std::collections::{BTreeMap, BTreeSet};

/// Every action on a key that no sentence could mean by chance: Alt and a letter or a digit.
fn own() -> BTreeMap<String, String> {
    let mut names: BTreeSet<String> = TABLE.iter().map(|binding| binding.action.name()).collect();
    names.remove(&Action::JumpPhase.name());
    let letters = ('a'..='z').chain('A'..='Z').chain('0'..='9');
    names.into_iter().zip(letters).map(|(name, letter)| (name, format!("<A-{letter}>"))).collect()
}

/// A desk whose keys are all changed.
struct Own {
    desk: Desk,
    keys: BTreeMap<String, String>,
}

impl Own {
    fn at(book: &str) -> Self {
        let keys = own();
        let listed = keys.iter().map(|(name, key)| (name.clone(), vec![key.clone()])).collect();
        let mut desk = Desk::new(book, 120, 36);
        desk.ui.keymap = Keymap::new(&listed).unwrap();
        desk.send(Msg::Tick);
        Own { desk, keys }
    }

    fn act(&mut self, action: Action) -> &mut Self {
        let key = self.keys[&action.name()].clone();
        self.desk.press(&key);
        self
    }

    fn key(&self, action: Action) -> String {
        self.desk.ui.keymap.key(action)
    }

    /// The notice names this action's own key.
    fn names(&self, action: Action) {
        let (notice, key) = (self.desk.notice(), self.key(action));
        assert!(notice.contains(&key), "“{notice}” does not name {key} for {action:?}");
    }
}

/// Sentences that name a key of the table: `r runs`, `(s signs`, `Space ticks`.
fn table_keys(text: &str) -> Vec<String> {
    let verbs = "again|runs|run|signs|sign|takes|shows|leaves|goes|then|starts|gives|ticks|types|follows|follow|closes|\
                 lists|keeps|puts|makes|stops|opens|to this pane|forward|select|records|tries|finds|go through";
    let words = format!(r"(?:^|[ (,;:])([a-zA-Z/{{}}\[\]=]|Space|Tab|Ctrl-c|Enter) (?:{verbs})\b");
    let regex = regex::Regex::new(&words).unwrap();
    regex
        .find_iter(text)
        .map(|found| found.as_str().trim().to_owned())
        .filter(|found| !found.starts_with("a "))
        .collect()
}

#[test]
fn the_search_for_table_keys_finds_them() {
    assert_eq!(
        table_keys("nothing here; r again runs it, Space ticks"),
        ["; r again", "Space ticks"].map(|s| s.trim_start_matches("; "))
    );
    assert!(table_keys("Alt-r again runs it").is_empty());
}

#[test]
fn notices_name_the_operators_own_keys() {
    let mut own = Own::at(BOOK);
    own.act(Action::Stop).names(Action::Quit);
    own.act(Action::HandOver).names(Action::Run);
    own.act(Action::Down).act(Action::Tick);
    own.names(Action::NextOpen);
    own.act(Action::Tick).names(Action::TakeBack);
    own.act(Action::Down).act(Action::Run);
    own.names(Action::Stop);
    own.act(Action::Run);
    own.names(Action::Stop);
    own.act(Action::HandOver).names(Action::HandOver);
    own.desk.ends(Ending::Exited { code: 1 });
    own.names(Action::SignOff);
    own.act(Action::Tick).names(Action::Run);
}

impl Own {
    /// Goes everywhere and gathers what is said.
    fn walk_about(&mut self) -> String {
        let mut seen = String::new();
        let tour = [
            Action::Down,
            Action::Tick,
            Action::Down,
            Action::Run,
            Action::Run,
            Action::NextPane,
            Action::NextPane,
            Action::NextHit,
            Action::HandOver,
            Action::PreviousPane,
            Action::NextHit,
            Action::Edits,
            Action::Compare,
            Action::Detour,
            Action::Zoom,
            Action::Zoom,
            Action::Stop,
            Action::Mouse,
            Action::Board,
            Action::Log,
            Action::Timeline,
            Action::Back,
            Action::NextPhase,
            Action::Tick,
            Action::SignOff,
            Action::Back,
            Action::TakeBack,
        ];
        for action in tour {
            self.act(action);
            seen.push_str(&self.desk.shows());
            seen.push('\n');
            seen.push_str(&self.desk.notice());
            seen.push('\n');
        }
        seen
    }
}

#[test]
fn no_page_names_a_key_of_the_table() {
    let mut own = Own::at(BOOK);
    let seen = own.walk_about();
    // The keys of a dialog stay what they are; they are printed in it.
    let named: BTreeSet<String> = table_keys(&seen).into_iter().filter(|key| key != "Enter sign").collect();
    assert!(named.is_empty(), "{named:?}");
}
