//! From bytes to a [`Runbook`]: decode, repair, blocks, sections and roles, steps, command verdicts.
//!
//! A pipeline of passes, each in a file of its own; every decision carries its reason. Nothing here refuses a document
//! for what it says: what cannot be understood becomes a problem with a place.

mod alike;
mod attributes;
mod bare_boxes;
mod bare_commands;
mod blocks;
mod body;
mod bold_headings;
mod claim;
mod decode;
mod directives;
mod estimate;
#[cfg(test)]
mod examples;
mod explains;
mod fence_prose;
mod file_block;
mod findings;
mod front;
mod html;
mod ids;
mod inline;
mod inline_code;
mod judge;
mod label;
mod lazy_code;
mod lead_in;
mod levels;
mod lines;
pub mod lint;
mod needs;
mod numbered_lines;
mod options;
pub mod outline;
mod own_programs;
mod phases;
#[cfg(test)]
mod properties;
mod prose;
mod roles;
mod rollback;
mod scrape;
mod sections;
mod shadow;
mod soak;
mod steps;
mod substeps;
mod table_steps;
mod tables;
mod text;
mod title;
mod verbs;
mod weights;

use super::{Digest, FrontMatter, Layout, Phase, Places, Runbook, Source, Span};
use blocks::{Kind, Piece};
use decode::Decoded;
use findings::Findings;
use ids::Numbers;
use judge::Judge;
use lines::Lines;
use std::borrow::Cow;
use std::collections::BTreeSet;
use steps::Workshop;
pub(super) use steps::settle;
pub(super) use text::split_comments;
use weights::Weights;

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
    read_bytes(name, Cow::Borrowed(bytes))
}

/// Reads a document whose bytes nobody else needs: they become its text.
///
/// # Errors
/// See [`read`].
pub fn read_owned(name: &str, bytes: Vec<u8>) -> Result<Runbook, Unreadable> {
    read_bytes(name, Cow::Owned(bytes))
}

fn read_bytes(name: &str, bytes: Cow<'_, [u8]>) -> Result<Runbook, Unreadable> {
    let mut findings = Findings::default();
    let sha256 = Digest::of(&bytes);
    let Decoded { text, encoding, repaired } = decode::decode(bytes, &mut findings)?;
    let lines = Lines::of(&text);
    let place = front::find(&text);
    let mut front = place.as_ref().map(|place| front::read(&text, place, &mut findings)).unwrap_or_default();
    let mut pieces = pieces(&text, place.map(|place| place.whole), &lines, &mut findings);
    let layout = if scrape::is_scrape(&text, &lines, &pieces) { Layout::Scrape } else { Layout::Markdown };
    match layout {
        Layout::Markdown => {
            lazy_code::part(&mut pieces, &text, &lines);
            bare_boxes::promote(&mut pieces, &text);
            bold_headings::promote(&mut pieces);
            numbered_lines::promote(&mut pieces, &text, &lines);
        }
        Layout::Scrape => {
            pieces = scrape::blocks(&text, &lines);
            findings
                .warning("scrape", "this is no Markdown; phases, steps and commands are guesses", 0..0)
                .hint("mark headings with #, steps with - [ ] and commands with fences");
        }
    }
    drop_empty_headings(&mut pieces, &mut findings);
    let (outline, title) = outline_of(name, &text, &pieces, &front, &mut findings);
    let summary = weights::summary(&pieces);
    let declared_readiness = weights::declared_readiness(&pieces);
    let own = own_programs::own_programs(&pieces);
    let mut shop = Workshop {
        text: &text,
        lines: &lines,
        pieces: &mut pieces,
        judge: Judge::new(known(&front), own, layout, &mut findings),
        step_level: outline.step_level,
    };
    let mut phases = phases::phases(&mut shop, outline, &title);
    let Judge { known, used_later, mut secrets, has_needs, .. } = shop.judge;
    front.secrets.append(&mut secrets);
    drop(pieces);
    offer_assignments(&mut phases, &used_later, &known);
    if layout == Layout::Scrape {
        phases::drop_cards(&mut phases);
    }
    phases::walk_what_there_is(&mut phases);
    number_and_weigh(&mut phases, &Weights::new(&summary, &front), &mut findings);
    apply_front(&mut phases, &front, &text, &mut findings);
    rollback::set_aside(&mut phases, &mut front, &text, &mut findings);
    report_nothing_to_walk(&phases, &mut findings);
    let source = Source { name: name.to_owned(), sha256, lines: lines.count(&text), encoding, repaired, layout };
    let (problems, places) = (Vec::new(), Places::default());
    let mut book = Runbook { title, source, declared_readiness, front, phases, problems, text, places };
    if has_needs {
        needs::check(&book, &mut findings);
    }
    book.problems = findings.place(&lines, &book.text);
    Ok(book)
}

/// The outline, at the levels that the author states where they can be meant, and the document's title.
fn outline_of(
    name: &str,
    text: &str,
    pieces: &[Piece],
    front: &FrontMatter,
    findings: &mut Findings,
) -> (sections::Outline, String) {
    let mut outline = sections::outline(pieces, front.phase_level, front.step_level);
    if let (Some(step), None) = (front.step_level, outline.step_level) {
        levels::say_not_deeper(outline.phase_level, step, &front::span_of(text, "levels"), findings);
    }
    let title = title_of(name, &outline, front);
    if let [only] = &mut outline.phases[..]
        && only.heading.is_none()
    {
        only.title.text.clone_from(&title);
    }
    (outline, title)
}

fn title_of(name: &str, outline: &sections::Outline, front: &FrontMatter) -> String {
    let bare =
        |title: &String| Some(text::drop_marks(text::skip_marks(title)).to_owned()).filter(|bare| !bare.is_empty());
    let said =
        outline.title.clone().or_else(|| front.title.as_ref().and_then(bare)).or_else(|| outline.top_heading.clone());
    said.unwrap_or_else(|| file_stem(name).to_owned())
}

/// Blocks that only assign variables are no commands to type, unless later blocks use what they assign.
fn offer_assignments(phases: &mut [Phase], lines: &BTreeSet<u32>, known: &BTreeSet<String>) {
    if lines.is_empty() {
        return;
    }
    for phase in phases.iter_mut() {
        super::correct::change(&mut phase.steps, phase.role, &|line| lines.contains(&line), &mut |command| {
            super::code::offer_as_said(command, known, "sets variables that later blocks use");
        });
    }
}

/// A long document has more steps than caches hold: each phase is taken up once for all three.
fn number_and_weigh(phases: &mut [Phase], weights: &Weights<'_>, findings: &mut Findings) {
    let mut numbers = Numbers::default();
    for phase in phases {
        alike::spell_out(&mut phase.steps);
        numbers.assign(phase, findings);
        weights.assign(phase);
    }
}

fn report_nothing_to_walk(phases: &[Phase], findings: &mut Findings) {
    if !phases.iter().any(|phase| phase.is_walked() && !phase.steps.is_empty()) {
        findings
            .error("nothing-to-walk", "no actionable step found", 0..0)
            .hint("steps are task items, imperative numbered items, headings with commands");
    }
}

/// A heading without words, or of attributes alone, opens no section.
fn drop_empty_headings(pieces: &mut Vec<Piece>, findings: &mut Findings) {
    pieces.retain(|piece| {
        let has_no_words = || {
            let text = text::trim(&piece.inline.text);
            attributes::split_heading(text).map_or(text, |(words, _)| words).trim().is_empty()
        };
        let is_empty = matches!(piece.kind, Kind::Heading(_)) && has_no_words();
        if is_empty {
            findings
                .warning("empty-heading", "this heading has no title", piece.span.clone())
                .hint("give it one; what stands below it belongs to the section before");
        }
        !is_empty
    });
}

/// What front matter says about phases by their ids; an id that names none is a mistake.
fn apply_front(phases: &mut [Phase], front: &FrontMatter, text: &str, findings: &mut Findings) {
    for (id, gate) in &front.gates {
        match phases.iter_mut().find(|phase| phase.id.0 == *id) {
            Some(phase) => phase.gate = Some(gate.clone()),
            None => unknown_phase(id, front::span_of_phase(text, id), phases, findings),
        }
    }
    for (id, options) in &front.phases {
        match phases.iter_mut().find(|phase| phase.id.0 == *id) {
            Some(phase) => {
                phase.estimate_s = options.estimate_s.or(phase.estimate_s);
                phase.optional = options.optional.unwrap_or(phase.optional);
                if let Some(name) = &options.rollback {
                    phase.rollback = Some(name.as_str().into());
                }
            }
            None => unknown_phase(id, front::span_of_phase(text, id), phases, findings),
        }
    }
}

fn unknown_phase(id: &str, span: Span, phases: &[Phase], findings: &mut Findings) {
    let known: Vec<&str> = phases.iter().map(|phase| phase.id.0.as_str()).take(50).collect();
    let message = format!("the front matter names a phase `{id}` that there is not");
    let hint = match attributes::nearest(id, &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("phases are {}", known.join(", ")),
    };
    findings.error("unknown-phase", message, span).hint(hint);
}

/// CommonMark first; when that leaves a broken fence, the fences are paired by their marks and the rest is read again.
fn pieces(text: &str, front: Option<Span>, lines: &Lines, findings: &mut Findings) -> Vec<Piece> {
    let mut shadow = shadow::of(text, front, lines);
    let mut pieces = blocks::blocks(&shadow.text, lines);
    if shadow::has_broken_fence(text, &pieces) {
        shadow = shadow::take_fences(text, shadow, lines, findings);
        pieces = blocks::blocks(&shadow.text, lines);
    }
    let mut pieces = shadow::merge(pieces, shadow.taken);
    shadow::unwrap_indented(&mut pieces);
    shadow::quote_folded(&mut pieces, &shadow.folded);
    pieces
}

/// Names that need not be asked for: the operator provides them at the start of the run.
fn known(front: &FrontMatter) -> BTreeSet<String> {
    front.vars.keys().chain(front.env.keys()).cloned().collect()
}

fn file_stem(name: &str) -> &str {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    base.rsplit_once('.').map_or(base, |(stem, _)| stem)
}
