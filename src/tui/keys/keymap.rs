//! The key table with the operator's own keys put into it.
//!
//! It knows which key does what and how keys are shown; what an action does is not its business.

use super::{Action, Binding, Key, Place, TABLE, notation};
use crate::tui::text::nearest;
use std::collections::BTreeMap;

/// Which keys do what: the table, changed by what the configuration says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keymap {
    own: Vec<(Action, Vec<Key>)>,
}

impl Action {
    /// Its name in the configuration: `next_open`.
    #[must_use]
    pub fn name(self) -> String {
        let mut name = String::new();
        for c in format!("{self:?}").chars() {
            if c.is_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.extend(c.to_lowercase());
        }
        name
    }
}

impl Keymap {
    /// Puts own keys in place of those of the table; the names are those of [`Action::name`], the keys are written in
    /// the notation of [`notation`].
    ///
    /// # Errors
    /// Everything that is wrong, one sentence each: names that do not exist, keys that cannot be read, keys that two
    /// actions would share at one place, and keys that must stay what they are.
    pub fn new(own: &BTreeMap<String, Vec<String>>) -> Result<Self, Vec<String>> {
        let mut map = Keymap::default();
        let mut wrong = Vec::new();
        for (name, keys) in own {
            match read(name, keys) {
                Ok(binding) => map.own.push(binding),
                Err(what) => wrong.push(what),
            }
        }
        wrong.extend(map.conflicts());
        if wrong.is_empty() { Ok(map) } else { Err(wrong) }
    }

    /// Keys that two actions share at one place.
    fn conflicts(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for place in [Place::Walk, Place::Board, Place::Timeline, Place::Log] {
            let mut taken: Vec<(Key, Action)> = Vec::new();
            for binding in rows(place) {
                for key in self.keys(binding) {
                    match taken.iter().find(|(other, action)| *other == key && *action != binding.action) {
                        Some((_, first)) => {
                            let (key, first, second) = (key.label(), first.name(), binding.action.name());
                            wrong.push(format!(
                                "{key} would do both {first} and {second}; give one of them another key"
                            ));
                        }
                        None => taken.push((key, binding.action)),
                    }
                }
            }
        }
        wrong.sort();
        wrong.dedup();
        wrong
    }

    /// The keys of a row of the table; the first is the one shown in the footer.
    #[must_use]
    pub fn keys(&self, binding: &Binding) -> Vec<Key> {
        match self.own.iter().find(|(action, _)| *action == binding.action) {
            Some((_, keys)) => keys.clone(),
            None => binding.keys.iter().flat_map(|key| notation(key)).collect(),
        }
    }

    /// All keys of a row for people, `j ↓`.
    #[must_use]
    pub fn labels(&self, binding: &Binding) -> String {
        self.keys(binding).into_iter().map(Key::label).collect::<Vec<_>>().join(" ")
    }

    /// The key shown in the footer.
    #[must_use]
    pub fn label(&self, binding: &Binding) -> String {
        self.keys(binding).first().map(|key| key.label()).unwrap_or_default()
    }

    /// The key of an action, for sentences that name it.
    #[must_use]
    pub fn key(&self, action: Action) -> String {
        TABLE.iter().find(|binding| binding.action == action).map(|binding| self.label(binding)).unwrap_or_default()
    }

    /// What a key does at a place.
    #[must_use]
    pub fn action(&self, place: Place, key: Key) -> Option<Action> {
        rows(place).find(|binding| self.keys(binding).contains(&key)).map(|binding| binding.action)
    }
}

fn rows(place: Place) -> impl Iterator<Item = &'static Binding> {
    TABLE.iter().filter(move |binding| binding.places.contains(&place))
}

fn read(name: &str, keys: &[String]) -> Result<(Action, Vec<Key>), String> {
    let names: Vec<String> = TABLE.iter().map(|binding| binding.action.name()).collect();
    let Some(binding) = TABLE.iter().find(|binding| binding.action.name() == name) else {
        let hint = nearest(name, names.iter().map(String::as_str));
        let hint = hint.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        return Err(format!("there is no action {name}{hint}"));
    };
    if binding.action == Action::JumpPhase {
        return Err("jump_phase stays on 1 to 9: the key is the number of the phase".to_owned());
    }
    if keys.is_empty() {
        return Err(format!("{name} needs at least one key"));
    }
    let mut read = Vec::new();
    for key in keys {
        match notation(key)[..] {
            [key] => read.push(key),
            _ => return Err(format!("{name}: “{key}” is not one key; write j, <C-d>, <f1>, <space>")),
        }
    }
    let harmful = matches!(binding.action, Action::Run | Action::Type | Action::SignOff | Action::CloseRun);
    let safe = notation("<enter><space>");
    if harmful && read.iter().any(|key| safe.contains(key)) {
        return Err(format!("{name}: Enter and Space never run, sign or close anything"));
    }
    Ok((binding.action, read))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(own: &[(&str, &[&str])]) -> Result<Keymap, Vec<String>> {
        let own = own.iter().map(|(name, keys)| ((*name).to_owned(), keys.iter().map(ToString::to_string).collect()));
        Keymap::new(&own.collect())
    }

    #[test]
    fn own_keys_replace_those_of_the_table() {
        let map = map(&[("run", &["<C-r>", "<f2>"])]).unwrap();
        assert_eq!(map.action(Place::Walk, notation("<C-r>")[0]), Some(Action::Run));
        assert_eq!(map.action(Place::Walk, notation("r")[0]), None, "the table's key is free");
        assert_eq!(map.key(Action::Run), "Ctrl-r");
        assert_eq!(map.action(Place::Walk, notation("j")[0]), Some(Action::Down));
    }

    #[test]
    fn keys_may_be_swapped() {
        let map = map(&[("run", &["s"]), ("sign_off", &["r"])]).unwrap();
        assert_eq!(map.action(Place::Walk, notation("s")[0]), Some(Action::Run));
    }

    #[test]
    fn everything_that_is_wrong_is_said() {
        let wrong = |own: &[(&str, &[&str])]| map(own).unwrap_err().join("\n");
        assert_eq!(wrong(&[("ruhn", &["q"])]), "there is no action ruhn; did you mean run?");
        assert_eq!(wrong(&[("run", &["s"])]), "s would do both run and sign_off; give one of them another key");
        assert_eq!(wrong(&[("run", &["<enter>"])]), "run: Enter and Space never run, sign or close anything");
        assert_eq!(wrong(&[("run", &["rr"])]), "run: “rr” is not one key; write j, <C-d>, <f1>, <space>");
        assert_eq!(wrong(&[("run", &[])]), "run needs at least one key");
        assert!(wrong(&[("jump_phase", &["q"])]).contains("stays"));
    }

    #[test]
    fn every_name_is_read_back() {
        for binding in TABLE.iter().filter(|binding| binding.action != Action::JumpPhase) {
            let keys: Vec<&str> = binding.keys.to_vec();
            assert!(map(&[(&binding.action.name(), &keys)]).is_ok(), "{}", binding.action.name());
        }
    }
}
