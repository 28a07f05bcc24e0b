//! A runbook's tree as indented lines, for tests and for looking at what was understood.

use crate::runbook::{Command, Phase, Quote, Runbook, Step};
use std::fmt::Write as _;

/// One line a phase, step, criterion and block of code; prose is left out.
#[must_use]
pub fn outline(runbook: &Runbook) -> String {
    let mut out = String::new();
    for phase in &runbook.phases {
        put_phase(&mut out, phase);
    }
    out
}

fn put_phase(out: &mut String, phase: &Phase) {
    let mut line = format!("{} {} #{}", phase.role.word(), phase.title, phase.id);
    if let Some(claim) = phase.claim {
        put(&mut line, "claims", claim.word());
    }
    if phase.optional {
        line.push_str(" optional");
    }
    put_facts(&mut line, phase.owner.as_deref(), phase.estimate_s);
    if let Some(schedule) = &phase.schedule {
        put(&mut line, "at", schedule);
    }
    if phase.gate.is_some() {
        line.push_str(" gate");
    }
    out.push_str(&line);
    out.push('\n');
    put_quotes(out, 1, "pass", &phase.criteria);
    put_quotes(out, 1, "stop", &phase.stop_criteria);
    for step in &phase.steps {
        put_step(out, step, 1);
    }
}

fn put_step(out: &mut String, step: &Step, depth: usize) {
    let mut line = format!("{} {}", step.kind.word(), step.title);
    if let Some(claim) = step.claim {
        put(&mut line, "claims", claim.word());
    }
    if step.optional {
        line.push_str(" optional");
    }
    if step.critical {
        line.push_str(" critical");
    }
    put_facts(&mut line, step.owner(), step.estimate_s);
    if let Some(condition) = step.condition() {
        put(&mut line, "when", condition);
    }
    if step.gate.is_some() {
        line.push_str(" gate");
    }
    let _ = writeln!(out, "{}{line}", "  ".repeat(depth));
    put_quotes(out, depth + 1, "pass", &step.criteria);
    for command in step.commands() {
        put_command(out, command, depth + 1);
    }
    for child in &step.steps {
        put_step(out, child, depth + 1);
    }
}

fn put_command(out: &mut String, command: &Command, depth: usize) {
    let first = command.text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    let _ = write!(out, "{}> {} {} `{}`", "  ".repeat(depth), command.line, command.usage.word(), first.trim());
    if let Some(expected) = &command.expected {
        let _ = write!(out, " => `{}`", expected.text.lines().next().unwrap_or("").trim());
    }
    out.push('\n');
}

fn put_quotes(out: &mut String, depth: usize, word: &str, quotes: &[Quote]) {
    for quote in quotes {
        let _ = writeln!(out, "{}{word} {}: {}", "  ".repeat(depth), quote.line, quote.text);
    }
}

fn put_facts(line: &mut String, owner: Option<&str>, estimate_s: Option<u32>) {
    if let Some(owner) = owner {
        put(line, "by", owner);
    }
    if let Some(seconds) = estimate_s {
        put(line, "takes", &format!("{seconds}s"));
    }
}

fn put(line: &mut String, word: &str, value: &str) {
    let _ = write!(line, " ({word} {value})");
}
