//! Documents in, outlines out: the rules of reading, one by one.

mod authored;
mod layout;
mod marks;
mod section;
mod step;

use super::outline::outline;
use super::read;
use crate::runbook::Runbook;

/// Reads a document that is text for certain.
fn book(markdown: &str) -> Runbook {
    read("plan.md", markdown.as_bytes()).expect("the example is text")
}

/// The outline of a document is exactly this; common indentation of both is taken off.
#[track_caller]
fn check(markdown: &str, expected: &str) {
    let seen = outline(&book(&dedent(markdown)));
    let expected = dedent(expected);
    assert!(seen.trim_end() == expected.trim_end(), "read:\n{seen}\nexpected:\n{expected}");
}

/// The codes of all problems, by line.
fn problems(markdown: &str) -> Vec<(u32, &'static str)> {
    book(&dedent(markdown)).problems.iter().map(|problem| (problem.line, problem.code)).collect()
}

/// Takes the indentation of the first line off all lines, and a first empty line away.
fn dedent(text: &str) -> String {
    let text = text.strip_prefix('\n').unwrap_or(text);
    let indent = text.len() - text.trim_start_matches(' ').len();
    let lines: Vec<&str> = text.lines().map(|line| line.get(indent..).unwrap_or("")).collect();
    lines.join("\n") + "\n"
}
