//! What running a text would mean: its risk, its holes, who must be there, what it leaves behind.

use super::invocation::{self, Call};
use super::placeholder::{self, Hole};
use super::risk;
use super::shell::{self, Script};
use super::terminal;
use crate::runbook::{Placeholder, Risk};
use std::collections::BTreeSet;

/// Everything a verdict says about running a text.
#[derive(Debug)]
pub struct Effects {
    pub risk: Risk,
    pub danger: Vec<String>,
    pub placeholders: Vec<Placeholder>,
    pub interactive: bool,
    pub endless: bool,
    pub sets: Vec<String>,
}

impl Effects {
    /// For a text that was already read: its masked form, its script, its calls and its holes.
    #[must_use]
    pub fn of_script(text: &str, script: &Script<'_>, calls: &[Call<'_>], holes: &[Hole]) -> Self {
        let (risk, danger) = risk::of_calls(calls, script);
        Effects {
            risk,
            danger,
            placeholders: placeholder::distinct(text, holes),
            interactive: terminal::is_interactive(calls),
            endless: terminal::is_endless(calls, text),
            sets: shell::sets(script),
        }
    }

    /// For any text.
    #[must_use]
    pub fn of_text(text: &str, known: &BTreeSet<String>) -> Self {
        let marks = placeholder::scan(text);
        let masked = placeholder::mask(text, &marks);
        let script = shell::read(&masked);
        let holes = placeholder::without_value(marks, &script, known);
        Effects::of_script(text, &script, &invocation::calls(&script), &holes)
    }
}
