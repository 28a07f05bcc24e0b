//! The question about what would run by itself.

use super::{Dialog, Purpose, choice};
use crate::run::Trust;
use crate::run::decide::{Execute, Intent};
use crate::tui::msg::Act;

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

/// First what is trusted, then the command again.
pub(super) fn answer(execute: &Execute, cursor: usize) -> Vec<Act> {
    let trust = match cursor {
        0 => return Vec::new(),
        1 => Trust::Refused,
        _ => Trust::Given,
    };
    vec![Act::Trust(trust), Act::Intend(Intent::Execute(execute.clone()))]
}
