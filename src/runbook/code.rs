//! What a block of code is for: the verdict that decides whether it is ever offered to the operator.
//!
//! Structure (which step a block belongs to) is decided before, in [`super::read`]; this module looks at one block at a
//! time with its surroundings and gives a [`Verdict`] whose every decision carries its reason.

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
