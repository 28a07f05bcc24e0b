//! What pages of the screen say, in sentences: for whoever walks without a screen.
//!
//! The same rows as on the screen, computed by the same code. Nothing is drawn here, and nothing is made fit for a terminal:
//! that is the caller's.

use super::drive::{Present, facts, printed};
use super::log::sentence;
use super::outline::{Outline, Subject};
use super::search::hits;
use super::text::{Zone, duration, spell};
use super::timeline::{Row, Timeline};
use super::ui::Where;
use crate::run::event::Entry;
use crate::session::{Fault, Session};
use chrono::TimeDelta;

/// The timeline: every phase and step that is planned or was worked on, and what is left.
#[must_use]
pub fn timeline(session: &Session, zone: Zone) -> Vec<String> {
    let present = Present::of(session);
    let facts = facts(session, &present);
    let outline = Outline::new(facts.book, facts.run);
    let mut line = Timeline::default();
    line.settle(&facts, &outline);
    let said = |row: &Row| -> Option<String> {
        let node = &outline.nodes[row.node];
        let subject = Subject::find(facts.book, &node.item)?;
        let mut parts = Vec::new();
        if let (Some(first), true) = (row.done.first(), facts.run.head.seq > 0) {
            let at = TimeDelta::milliseconds(i64::try_from(first.from).unwrap_or(i64::MAX));
            let at = facts.run.began.at.checked_add_signed(at)?;
            parts.push(format!("began {}", zone.clock(at)));
        }
        parts.extend(row.took.filter(|took| took.ms > 0).map(|took| format!("took {}", spell(took))));
        parts.extend(row.plan.map(|plan| format!("planned {}", duration(plan))));
        if parts.is_empty() {
            return None;
        }
        let indent = "  ".repeat(node.depth);
        Some(format!("{indent}{} {}: {}", subject.number(), subject.name(), parts.join(", ")))
    };
    let mut lines: Vec<String> = line.rows.iter().filter_map(said).collect();
    if lines.is_empty() {
        lines.push("Nothing was done yet, and nothing is estimated.".to_owned());
    }
    if facts.run.head.seq > 0 {
        lines.push(format!("Elapsed: {}.", spell(facts.run.between(&facts.run.began, facts.now))));
    }
    let left = facts.times.left;
    if left.estimated > 0 {
        let unknown = match left.unknown {
            0 => String::new(),
            1 => ", and 1 step without an estimate".to_owned(),
            several => format!(", and {several} steps without an estimate"),
        };
        let eta = facts.times.eta.map(|eta| format!(", until {}", zone.hour(eta))).unwrap_or_default();
        lines.push(format!("Left: {}{eta}{unknown}.", duration(left.ms)));
    }
    lines
}

/// The log: one sentence for each entry that holds a text; upper and lower case are the same.
///
/// # Errors
/// When the entries cannot be read, or do not verify.
pub fn log(session: &Session, zone: Zone, wanted: &str) -> Result<Vec<String>, Fault> {
    let wanted = wanted.to_lowercase();
    let said = |entry: &Entry| {
        let (_, words) = sentence(&entry.event);
        format!("{} #{} {}: {words}", zone.clock(entry.stamp.at), entry.seq, entry.stamp.by.name)
    };
    let mut lines: Vec<String> = session.entries()?.iter().map(said).collect();
    lines.retain(|line| line.to_lowercase().contains(&wanted));
    Ok(lines)
}

/// Where a text occurs, and how many outputs were too large to be searched.
#[must_use]
pub fn find(session: &Session, pattern: &str) -> (Vec<String>, usize) {
    let present = Present::of(session);
    let facts = facts(session, &present);
    let outline = Outline::new(facts.book, facts.run);
    let (texts, left_out) = printed(session);
    let hits = hits(&outline, &facts, &texts, pattern);
    let said = hits.iter().filter_map(|hit| {
        let subject = Subject::find(facts.book, &outline.nodes[hit.node].item)?;
        let place = match hit.place {
            Where::Title => "title".to_owned(),
            Where::Text => "text".to_owned(),
            Where::Command => "command".to_owned(),
            Where::Criterion => "criterion".to_owned(),
            Where::Note => "note".to_owned(),
            Where::Output(attempt) => format!("output of {attempt}"),
        };
        Some(format!("{} {}, {place}: {}", subject.number(), subject.name(), hit.line))
    });
    (said.collect(), left_out)
}
