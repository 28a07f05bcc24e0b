//! What a block of code is for: the verdict that decides whether it is ever offered to the operator.
//!
//! Structure (which step a block belongs to) is decided before, in [`super::read`]; this module looks at one block at a
//! time with its surroundings and gives a [`Verdict`] whose every decision carries its reason.

pub mod expect;
pub mod invocation;
pub mod lang;
pub mod placeholder;
pub mod program;
pub mod risk;
pub mod shell;
pub mod terminal;

use super::{Expected, Form, Placeholder, Quote, Risk, Role, Use};
use std::collections::BTreeSet;

/// A block of code before its verdict.
#[derive(Debug, Clone)]
pub struct Code<'a> {
    /// First word after the fence, lower case, without attributes; empty when untagged.
    pub lang: &'a str,
    pub form: Form,
    /// The code, dedented.
    pub text: &'a str,
    /// Line in the original file of the first line of `text`.
    pub text_line: u32,
}

/// What stands around a block, as far as it helps to understand it.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The nearest text before the block in the same section: a paragraph, label, or the item's own text; may be empty.
    pub lead_in: &'a str,
    /// Title of the step the block belongs to, or of the section.
    pub title: &'a str,
    pub role: Role,
    /// Whether the block before it in the same step is offered to the operator.
    pub follows_command: bool,
    /// Whether the document is a page scrape: then every command asks.
    pub is_scrape: bool,
    /// Shell variables that earlier blocks of the document set, and names given in front matter.
    pub known: &'a BTreeSet<String>,
}

/// The verdict on a block.
#[derive(Debug, Clone)]
pub struct Verdict {
    pub usage: Use,
    pub why: String,
    /// The code without prompts and without the output that stood between them.
    pub text: String,
    pub parts: Vec<Quote>,
    pub risk: Risk,
    pub danger: Vec<String>,
    pub placeholders: Vec<Placeholder>,
    pub interactive: bool,
    pub endless: bool,
    /// Expected output found in the block itself: after prompts, in comments.
    pub expected: Option<Expected>,
    /// Names of shell variables that the block sets for later blocks.
    pub sets: Vec<String>,
    /// A shell syntax error, as (byte offset in `text`, message), if the block was to be run and has one.
    pub syntax_error: Option<(usize, String)>,
}

/// The verdict on a block of code. Total: any text gets one, and whatever is in doubt is not offered to run as it stands.
#[must_use]
pub fn judge(code: &Code<'_>, around: &Surroundings<'_>) -> Verdict {
    let (usage, why) = match lang::tag(code.lang) {
        lang::Tag::Other(usage) => (usage, format!("tagged {}: shown, never run", code.lang)),
        lang::Tag::Foreign => (Use::Text, format!("tagged {}: that shell is not here", code.lang)),
        lang::Tag::Plain => (Use::Text, "tagged as plain text".to_owned()),
        lang::Tag::Shell | lang::Tag::Console | lang::Tag::None => {
            if expect::is_output_lead_in(around.lead_in) {
                (Use::Output, "the lead-in announces output".to_owned())
            } else if code.text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
                (Use::Manual, "only comments".to_owned())
            } else if code.text.lines().any(is_command_line) {
                (Use::Run, "starts with a known program".to_owned())
            } else {
                (Use::Text, "no known program starts it".to_owned())
            }
        }
    };
    let placeholders = placeholder::find(code.text, around.known);
    let usage = if usage == Use::Run && !placeholders.is_empty() { Use::Fill } else { usage };
    let (risk, danger) = risk::classify(code.text);
    Verdict {
        usage,
        why,
        text: code.text.to_owned(),
        parts: Vec::new(),
        risk,
        danger,
        placeholders,
        interactive: false,
        endless: false,
        expected: None,
        sets: shell::sets(&shell::read(code.text)),
        syntax_error: None,
    }
}

/// Whether a bare line or a code span is a command: it starts with a known program and does not read like a sentence.
#[must_use]
pub fn is_command_line(text: &str) -> bool {
    text.split_whitespace().next().is_some_and(program::is_startable)
}
