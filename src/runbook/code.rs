//! What a block of code is for: the verdict that decides whether it is ever offered to the operator.
//!
//! Structure (which step a block belongs to) is decided before, in [`super::read`]; this module looks at one block at a
//! time with its surroundings and gives a [`Verdict`] whose every decision carries its reason.

pub mod content;
pub mod effects;
pub mod expect;
mod invocation;
mod lang;
mod listed;
mod menu;
mod offer;
pub mod placeholder;
mod program;
mod prompt;
mod reading;
pub mod risk;
pub mod shell;
mod statement;
mod terminal;
mod words;

use super::{Command, Expected, Form, Placeholder, Quote, Risk, Role, Use};
use lang::Tag;
use offer::Offer;
use statement::Nature;
use std::borrow::Cow;
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
    /// Programs that no list knows, but that begin several blocks of this document.
    pub own: &'a BTreeSet<String>,
}

/// The verdict on a block.
#[derive(Debug, Clone)]
pub struct Verdict {
    pub usage: Use,
    pub why: Cow<'static, str>,
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
    /// Names that a block of nothing but assignments would set if it were run.
    pub assigns: Vec<String>,
    /// A shell syntax error, as (byte offset in `text`, message), if the block was to be run and has one.
    pub syntax_error: Option<(usize, String)>,
}

/// The verdict on a block of code. Total: any text gets one, and what is in doubt is never offered to run as it stands.
#[must_use]
pub fn judge(code: &Code<'_>, around: &Surroundings<'_>) -> Verdict {
    let tag = match code.form {
        Form::Attribute => Tag::Shell,
        Form::Fence | Form::Indented | Form::Inline | Form::Line => lang::tag(code.lang),
    };
    match tag {
        Tag::None if around.role == Role::Template => template(code, around),
        Tag::Shell | Tag::Console | Tag::None => offered(offer::decide(code, tag, around), code),
        Tag::Foreign => refused(code, Use::Text, format!("tagged {}: that shell is not here", code.lang)),
        Tag::Plain | Tag::Other(_) if around.follows_command && expect::is_output_lead_in(around.lead_in) => {
            refused(code, Use::Output, "the lead-in announces output")
        }
        Tag::Plain => plain(code, around),
        Tag::Other(usage) => refused(code, usage, format!("tagged {}: shown, never run", code.lang)),
    }
}

/// Untagged text among templates is one, unless it is plainly a command.
fn template(code: &Code<'_>, around: &Surroundings<'_>) -> Verdict {
    let verdict = offered(offer::decide(code, Tag::None, around), code);
    match verdict.usage {
        Use::File | Use::Manual | Use::Assign => refused(code, Use::Text, "a template, to be copied"),
        Use::Run | Use::Fill | Use::Choose | Use::Output | Use::Query | Use::Text | Use::Mixed => verdict,
    }
}

/// Plain text is never a command; directly after one it is what the command prints.
fn plain(code: &Code<'_>, around: &Surroundings<'_>) -> Verdict {
    if expect::is_output_lead_in(around.lead_in) {
        return refused(code, Use::Output, "the lead-in announces output");
    }
    match content::announced(around.lead_in) {
        content::Announced::File => refused(code, Use::File, "the lead-in says it is a file's content"),
        content::Announced::Nothing if around.follows_command && around.lead_in.trim().is_empty() => {
            refused(code, Use::Output, "directly after a command, tagged as plain text")
        }
        content::Announced::Nothing | content::Announced::Template => {
            refused(code, Use::Text, format!("tagged {}: plain text is never run", code.lang))
        }
    }
}

/// Lines of a page scrape that are no commands: content of a file unless they are plainly something else.
#[must_use]
pub fn of_scraped_lines(code: &Code<'_>) -> Verdict {
    let (usage, why) = offer::of_lines(code.text);
    refused(code, usage, why)
}

/// The verdict on a text that writes a file because its author says so. `text` is the whole here-document: lines in it are
/// content, and neither ask for anybody nor go on for ever.
#[must_use]
pub fn as_writing(path: &str, text: String, known: &BTreeSet<String>) -> Verdict {
    let effects = effects::Effects::of_text(&text, known);
    Verdict {
        usage: if effects.placeholders.is_empty() { Use::Run } else { Use::Fill },
        why: format!("writes {path}, as its author says (file=)").into(),
        text,
        parts: Vec::new(),
        risk: effects.risk.max(Risk::Change),
        danger: effects.danger,
        placeholders: effects.placeholders,
        interactive: false,
        endless: false,
        expected: None,
        sets: Vec::new(),
        assigns: Vec::new(),
        syntax_error: None,
    }
}

/// The verdict on a block that is shown and can be copied, because of a mistake that its author made.
#[must_use]
pub fn shown(code: &Code<'_>, usage: Use, why: String) -> Verdict {
    refused(code, usage, why)
}

/// A block that is shown and can be copied, but not run.
fn refused(code: &Code<'_>, usage: Use, why: impl Into<Cow<'static, str>>) -> Verdict {
    let (risk, danger) = match usage {
        Use::Query => risk::of_query(code.text),
        Use::Run
        | Use::Fill
        | Use::Choose
        | Use::Assign
        | Use::File
        | Use::Output
        | Use::Text
        | Use::Manual
        | Use::Mixed => (Risk::Read, Vec::new()),
    };
    Verdict {
        usage,
        why: why.into(),
        text: code.text.to_owned(),
        parts: Vec::new(),
        risk,
        danger,
        placeholders: Vec::new(),
        interactive: false,
        endless: false,
        expected: None,
        sets: Vec::new(),
        assigns: Vec::new(),
        syntax_error: None,
    }
}

/// An offer with what running its text would mean.
fn offered(offer: Offer, code: &Code<'_>) -> Verdict {
    let Some(effects) = offer.effects else {
        return Verdict { assigns: offer.assigns, ..refused(code, offer.usage, offer.why) };
    };
    Verdict {
        usage: offer.usage,
        why: offer.why,
        text: offer.text,
        parts: offer.parts,
        risk: effects.risk,
        danger: effects.danger,
        placeholders: effects.placeholders,
        interactive: effects.interactive,
        endless: effects.endless,
        expected: offer.expected,
        sets: effects.sets,
        assigns: Vec::new(),
        syntax_error: offer.syntax_error,
    }
}

/// Offers a block because somebody says so, whatever its content looks like. What it asks for and how much it changes is
/// still read from its text.
pub fn offer_as_said(command: &mut Command, known: &BTreeSet<String>, why: impl Into<Cow<'static, str>>) {
    let effects = effects::Effects::of_text(&command.text, known);
    command.risk = effects.risk;
    command.danger = effects.danger;
    command.placeholders = effects.placeholders;
    // Lines that are written to a file neither ask for anybody nor go on for ever.
    command.interactive = effects.interactive && command.options.file.is_none();
    command.endless = effects.endless && command.options.file.is_none();
    command.usage = if command.placeholders.is_empty() { Use::Run } else { Use::Fill };
    command.why = why.into();
}

/// The statements of a shell text, one by one: here-documents, continued lines, loops and open quotes stay whole.
#[must_use]
pub fn statements(text: &str) -> Vec<&str> {
    let masked = placeholder::mask(text, &placeholder::scan(text));
    let script = shell::read(&masked);
    script.statements.iter().map(|statement| &text[statement.span.clone()]).collect()
}

/// Whether a code span or a bare line is a command: every statement of it is one for certain, and it is more than a
/// word that may as well name a thing (`make`, `/etc/hosts`).
#[must_use]
pub fn is_command_line(text: &str) -> bool {
    let text = text.trim();
    let masked = placeholder::mask(text, &placeholder::scan(text));
    let script = shell::read(&masked);
    let natures = reading::Reading::new(text, &script).natures;
    script.error.is_none()
        && !natures.is_empty()
        && natures.iter().all(|nature| *nature == Nature::Command)
        && !names_thing(text)
}

/// Whether a text begins with the name of a known program that is no English word, or with `sudo`.
#[must_use]
pub fn begins_with_program(text: &str) -> bool {
    let first = text.split_ascii_whitespace().next().unwrap_or("");
    first == "sudo" || program::is_known(first) && !program::is_also_word(first)
}

/// Whether a text is a single word that names something as often as it asks to be run.
fn names_thing(text: &str) -> bool {
    let is_started = text.starts_with("./") || text.contains("/bin/") || text.contains("/sbin/");
    !text.contains(char::is_whitespace)
        && (program::is_also_word(text) || text.contains('/') && !is_started && !program::is_known(program::base(text)))
}

#[cfg(test)]
mod tests;
