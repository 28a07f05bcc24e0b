//! `gonogo import FILE`: a page or flawed Markdown becomes a Markdown runbook, for a person to look through.
//!
//! The document goes to standard output or into a new file; what a reviewer should know goes to standard error. The
//! original is never written, not even when it is named as the output.

use super::exit::{Exit, Failure};
use super::{load, plan, record};
use crate::audit::count;
use crate::runbook::import::{Origin, Unimportable, import as convert};
use crate::runbook::read::read;
use std::io::{self, Write};
use std::path::Path;

/// What happens to a file that stands where the result goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    Keep,
    Overwrite,
}

impl From<bool> for Existing {
    /// Whether `--force` was given.
    fn from(force: bool) -> Self {
        if force { Existing::Overwrite } else { Existing::Keep }
    }
}

/// Converts the document.
///
/// # Errors
/// When the document cannot be read or is none, or the result cannot be written; then no half-written file is left.
pub fn import(file: &Path, to: Option<&Path>, existing: Existing, out: &mut impl Write) -> Result<Exit, Failure> {
    if let Some(to) = to {
        demand_room(file, to, existing)?;
    }
    let shown = file.display().to_string();
    let bytes = load::bytes(file)?;
    let imported = convert(&shown, &bytes).map_err(|why| match why {
        Unimportable::Unreadable(why) => load::unreadable(&shown, &why),
        Unimportable::NoText => {
            Failure::invalid(format!("{shown} cannot be imported: {why}; save the page with its text"))
        }
    })?;
    match to {
        None => {
            out.write_all(imported.text.as_bytes())?;
            out.flush()?;
        }
        Some(to) => record::replace(to, imported.text.as_bytes())?,
    }
    let what = match imported.origin {
        Origin::Page => "an HTML page",
        Origin::Scrape => "text copied from a page: headings, steps and languages are guesses",
        Origin::Markdown => "Markdown",
    };
    tell(&format!("{shown} was read as {what}"));
    imported.notes.iter().for_each(|note| tell(note));
    tell(&summary(&imported.text, to));
    Ok(Exit::Success)
}

/// Refuses before anything is read what would be refused after it.
fn demand_room(file: &Path, to: &Path, existing: Existing) -> Result<(), Failure> {
    let there = to.display();
    if to.is_dir() {
        return Err(Failure::usage(format!("{there} is a folder; name the file to write")));
    }
    let is_same = file.canonicalize().is_ok_and(|file| to.canonicalize().is_ok_and(|to| to == file));
    if is_same {
        return Err(Failure::usage(format!("{there} is the original, which is never written; name another file")));
    }
    if existing == Existing::Keep && to.symlink_metadata().is_ok() {
        return Err(Failure::usage(format!("{there} exists; name another file, or overwrite it with --force")));
    }
    Ok(())
}

/// What a walk of the result would hold, and what to do next.
fn summary(text: &str, to: Option<&Path>) -> String {
    let next = to.map(|to| format!("; look it through, then: gonogo {}", to.display())).unwrap_or_default();
    let Ok(book) = read("imported.md", text.as_bytes()) else {
        return format!("the result holds nothing to read{next}");
    };
    let steps = book.walk().filter(|(_, step)| step.is_leaf()).count();
    let offered =
        book.walk().flat_map(|(_, step)| step.commands()).filter(|command| command.usage.is_offered()).count();
    if steps == 0 {
        return "no actionable step was found: mark steps with - [ ] and commands with fences".to_owned();
    }
    let (steps, blocks) = (count(steps, "step", "steps"), count(offered, "block", "blocks"));
    format!("{steps}, {blocks} that can be run{next}")
}

fn tell(sentence: &str) {
    // Standard error may be closed; then there is nobody to tell.
    let _ = writeln!(io::stderr(), "gonogo: {}", plan::printable(sentence));
}
