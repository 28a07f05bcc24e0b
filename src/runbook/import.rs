//! From what people have to a Markdown runbook for review: a page scrape, an HTML page, or Markdown with flaws.
//!
//! Nothing is fetched, executed or guessed into being: words, order and commands are those of the page. What comes out
//! is read again, and every step that would then read differently is told. The original is never touched; what an
//! operator walks is the new file, after a person has looked it through.

pub mod fidelity;
mod html;
mod language;
mod markdown;
mod mend;
mod scrape;

use super::Layout;
use super::read::{Unreadable, read};
use std::collections::HashSet;

/// What the bytes were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// HTML.
    Page,
    /// Text copied from a rendered page.
    Scrape,
    Markdown,
}

/// A document in Markdown, with what a reviewer has to know about how it came to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// UTF-8 with `\n` line ends; ends in a newline.
    pub text: String,
    pub origin: Origin,
    /// Sentences for the reviewer, in order of weight.
    pub notes: Vec<String>,
}

/// Why nothing can be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unimportable {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("the page holds no text")]
    NoText,
}

/// Turns a document into Markdown. `name` is what it was opened by: it tells HTML by its ending and is the title of
/// last resort.
///
/// # Errors
/// [`Unimportable`] when the bytes are no text, or a page without any.
pub fn import(name: &str, bytes: &[u8]) -> Result<Import, Unimportable> {
    if html::is_page(name, bytes) {
        let text = html::markdown(name, bytes)?;
        return Ok(Import { text, origin: Origin::Page, notes: Vec::new() });
    }
    let before = read(name, bytes)?;
    let (text, origin, mut notes) = match before.source.layout {
        Layout::Scrape => {
            let mut text = scrape::markdown(&before, &HashSet::new());
            let told = fidelity::other_roles(&before, &read(name, text.as_bytes())?);
            if !told.is_empty() {
                text = scrape::markdown(&before, &told);
            }
            let notes = scrape::left_out(&before, &text);
            (text, Origin::Scrape, notes)
        }
        Layout::Markdown => {
            let (text, notes) = mend::markdown(&before);
            (text, Origin::Markdown, notes)
        }
    };
    let after = read(name, text.as_bytes())?;
    notes.extend(fidelity::differences(&before, &after));
    Ok(Import { text, origin, notes })
}

/// The name without folders and ending, for a document that has no title.
fn title_of_name(name: &str) -> &str {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
    if stem.is_empty() || stem == "-" { "Imported page" } else { stem }
}
