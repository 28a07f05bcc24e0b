//! From bytes to a [`Runbook`]: decode, repair, blocks, sections and roles, steps, command verdicts.
//!
//! A pipeline of passes, each in a file of its own; every decision carries its reason. Nothing here refuses a document
//! for what it says: what cannot be understood becomes a problem with a place.

mod attributes;
mod blocks;
mod body;
mod claim;
mod decode;
mod estimate;
mod findings;
mod ids;
mod inline;
mod inline_code;
mod judge;
mod label;
mod lines;
pub mod outline;
mod phases;
mod prose;
mod roles;
mod sections;
mod steps;
mod substeps;
mod table_steps;
mod tables;
mod text;
mod title;
mod verbs;

use super::{Digest, FrontMatter, Layout, Runbook, Source};
use findings::Findings;
use judge::Judge;
use lines::Lines;
use std::collections::BTreeSet;
use steps::Workshop;

/// Why bytes are no document at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("the file is empty")]
    Empty,
    #[error("the file is binary (a NUL byte at offset {at}), not text")]
    Binary { at: usize },
    #[error("the file is {bytes} bytes long; the limit is 64 MiB")]
    TooLarge { bytes: u64 },
}

/// Reads a document. `name` is what it was opened by: the title of last resort, and a label in [`Source`].
///
/// # Errors
/// [`Unreadable`] when the bytes are no text at all. A text without anything to do is a [`Runbook`] with the problem
/// `nothing-to-walk`.
pub fn read(name: &str, bytes: &[u8]) -> Result<Runbook, Unreadable> {
    let mut findings = Findings::default();
    let decoded = decode::decode(bytes, &mut findings)?;
    let text = decoded.text;
    let lines = Lines::of(&text);
    let front = FrontMatter::default();
    let mut pieces = blocks::blocks(&text, &lines);
    let outline = sections::outline(&pieces);
    let title = outline
        .title
        .clone()
        .or_else(|| front.title.clone())
        .unwrap_or_else(|| file_stem(name).to_owned());
    let mut shop = Workshop {
        text: &text,
        lines: &lines,
        pieces: &mut pieces,
        judge: Judge::new(known(&front), false, &mut findings),
    };
    let mut phases = phases::phases(&mut shop, outline, &title);
    ids::assign(&mut phases, &mut findings);
    if !phases.iter().any(|phase| phase.is_walked() && !phase.steps.is_empty()) {
        findings
            .error("nothing-to-walk", "no actionable step found", 0..0)
            .hint("steps are task items, imperative numbered items, headings with commands");
    }
    let source = Source {
        name: name.to_owned(),
        sha256: Digest::of(bytes),
        lines: lines.count(&text),
        encoding: decoded.encoding,
        repaired: decoded.repaired,
        layout: Layout::Markdown,
    };
    Ok(Runbook {
        title,
        source,
        declared_readiness: None,
        front,
        phases,
        problems: findings.place(&lines, &text),
        text,
    })
}

/// Names that need not be asked for: the operator provides them at the start of the run.
fn known(front: &FrontMatter) -> BTreeSet<String> {
    front.vars.keys().chain(front.env.keys()).cloned().collect()
}

fn file_stem(name: &str) -> &str {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    base.rsplit_once('.').map_or(base, |(stem, _)| stem)
}
