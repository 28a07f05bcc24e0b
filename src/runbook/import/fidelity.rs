//! Whether two readings say the same: the same steps under the same parents, in the same order, with the same code.

use super::language;
use crate::runbook::{Command, Phase, Runbook, Step};
use std::collections::{HashMap, HashSet};

/// Differences told at the most.
const MOST: usize = 5;

/// A step as it counts for the comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    /// Titles from the phase down to the step.
    path: String,
    line: u32,
    /// Code of the step: exact if it is offered to run, else its words.
    code: Vec<String>,
}

/// The lines of the phases that are walked in one reading and not in the other: what a phase is for shows in a page by
/// what stands around it, and has to be said where that is gone.
#[must_use]
pub fn other_roles(before: &Runbook, after: &Runbook) -> HashSet<u32> {
    let walked: HashMap<&str, bool> =
        after.phases.iter().map(|phase| (phase.title.as_str(), phase.is_walked())).collect();
    let differs = |phase: &&Phase| walked.get(phase.title.as_str()).is_some_and(|walked| *walked != phase.is_walked());
    before.phases.iter().filter(differs).map(|phase| phase.line).collect()
}

/// What reads differently, one sentence each; a last one counts the rest.
#[must_use]
pub fn differences(before: &Runbook, after: &Runbook) -> Vec<String> {
    let (before, after) = (rows(before), rows(after));
    let mut found = Vec::new();
    let mut count = 0;
    for at in 0..before.len().max(after.len()) {
        let sentence = match (before.get(at), after.get(at)) {
            (Some(old), Some(new)) if old.path == new.path && old.code == new.code => continue,
            (Some(old), Some(new)) if old.path == new.path => {
                format!("line {}: the code of step `{}` reads differently; compare it", old.line, old.path)
            }
            (Some(old), Some(new)) => format!("line {}: step `{}` now reads `{}`", old.line, old.path, new.path),
            (Some(old), None) => format!("line {}: step `{}` is no step any more", old.line, old.path),
            (None, Some(new)) => format!("`{}` has become a step", new.path),
            (None, None) => continue,
        };
        count += 1;
        if found.len() < MOST {
            found.push(sentence);
        }
    }
    if count > MOST {
        found.push(format!("{} more steps read differently; compare `gonogo plan` of both", count - MOST));
    }
    found
}

fn rows(book: &Runbook) -> Vec<Row> {
    let mut rows = Vec::new();
    for phase in &book.phases {
        for step in &phase.steps {
            put(step, &phase.title, &mut rows);
        }
    }
    rows
}

fn put(step: &Step, above: &str, rows: &mut Vec<Row>) {
    let path = format!("{above} / {}", step.title);
    rows.push(Row { line: step.line, code: step.commands().filter_map(code).collect(), path });
    let path = rows[rows.len() - 1].path.clone();
    for child in &step.steps {
        put(child, &path, rows);
    }
}

/// Code found inside a sentence is not compared: the sentence is what was imported.
fn code(command: &Command) -> Option<String> {
    match command.form {
        crate::runbook::Form::Inline => None,
        crate::runbook::Form::Fence
        | crate::runbook::Form::Indented
        | crate::runbook::Form::Attribute
        | crate::runbook::Form::Line => Some(comparable(command)),
    }
}

fn comparable(command: &Command) -> String {
    if command.usage.is_offered() {
        // Of a page scrape the comments stand beside the code.
        let lines: Vec<&str> =
            command.text.trim_end().lines().filter(|line| !line.trim_start().starts_with('#')).collect();
        return format!("$ {}", lines.join("\n").trim());
    }
    let text = language::split_file_name(&command.text).map_or(command.text.as_str(), |(_, content)| content);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
