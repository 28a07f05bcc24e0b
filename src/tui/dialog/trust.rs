//! The question about what would run by itself, and the look at what a generator printed.

use super::{Choice, Dialog, Purpose, choice};
use crate::run::Trust;
use crate::run::decide::{Execute, Intent};
use crate::tui::msg::{Act, Secret};

impl Dialog {
    /// Lists what would run by itself before a command, word for word.
    #[must_use]
    pub fn trust(execute: Execute, what: Vec<String>) -> Self {
        let choices = vec![
            choice('l', "Later: nothing runs now"),
            choice('w', "Without it: it never runs by itself, the command does"),
            choice('t', "Trust it: it may run by itself, as long as not a byte changes"),
        ];
        Dialog::new(Purpose::Trust { execute, what }, choices, None)
    }
}

impl Dialog {
    /// Shows generated values; each can be copied.
    #[must_use]
    pub fn reveal(values: Vec<Secret>) -> Self {
        let copy = |place: usize| match values.len() {
            1 => choice('y', "Copy it to the clipboard"),
            _ => Choice {
                key: u32::try_from(place + 1).ok().and_then(|digit| char::from_digit(digit, 10)),
                label: format!("Copy value {} to the clipboard", place + 1),
            },
        };
        let mut choices = vec![choice('n', "Hide it again")];
        choices.extend((0..values.len()).map(copy));
        Dialog::new(Purpose::Reveal { values }, choices, None)
    }
}

/// The first choice copies nothing.
pub(super) fn copied(values: &[Secret], cursor: usize) -> Vec<Act> {
    let value = cursor.checked_sub(1).and_then(|place| values.get(place));
    value.map(|secret| Act::Copy(secret.value.clone())).into_iter().collect()
}

/// First what is trusted, then the command again.
pub(super) fn answer(execute: &Execute, cursor: usize) -> Vec<Act> {
    let trust = match cursor {
        0 => return Vec::new(),
        1 => Trust::Refused,
        _ => Trust::Given,
    };
    vec![Act::Trust(trust), Act::Intend(Intent::Execute(execute.clone()))]
}
