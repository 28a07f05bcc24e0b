//! The statement a person is about to make, shown whole; and the emergency exit beside it.

use super::{Choice, Dialog, Purpose};
use crate::run::decide::Intent;
use crate::run::event::{Meaning, Scope};
use crate::run::statement::Statement;

impl Dialog {
    /// `key` is the fingerprint of the key that will sign it; without one it is recorded, not signed.
    #[must_use]
    pub fn statement(statement: Box<Statement>, key: Option<String>) -> Self {
        let yes = match &key {
            Some(key) => format!("Sign it with {key}"),
            None => "Record it, unsigned: there is no key".to_owned(),
        };
        let choices = vec![
            Choice { key: Some('n'), label: "Leave it; nothing is recorded".to_owned() },
            Choice { key: Some('y'), label: yes },
        ];
        Dialog::new(Purpose::State { statement, key }, choices, None)
    }
}

/// Answers to a gate, in the order of their choices.
pub(super) const GATE: [(char, &str); 3] =
    [('r', "released"), ('x', "rejected"), ('o', "break the glass: go on, reviewed later")];

/// What an answer to a gate leads to.
pub(super) fn at_gate(scope: &Scope, cursor: usize, reason: Option<String>) -> Result<Intent, String> {
    let scope = scope.clone();
    match cursor {
        0 => Ok(Intent::SignOff { scope, meaning: Meaning::Released, reason }),
        1 => Ok(Intent::SignOff { scope, meaning: Meaning::Rejected, reason }),
        _ => {
            let reason = reason.ok_or("say why it cannot wait: it goes into the record")?;
            Ok(Intent::Override { scope, reason })
        }
    }
}
