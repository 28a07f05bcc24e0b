//! Collects what is odd about a document while it is read; places become lines and columns at the end.

use super::lines::Lines;
use crate::runbook::{CODES, Problem, Severity, Span};

/// Problems found so far.
#[derive(Debug, Default)]
pub struct Findings {
    problems: Vec<Problem>,
}

/// The problem that was just added, so that a hint can be put beside it.
pub struct Added<'a>(&'a mut Problem);

impl Added<'_> {
    /// What the author can do about it.
    pub fn hint(self, hint: impl Into<String>) {
        self.0.hint = Some(hint.into());
    }
}

/// More problems than anybody reads; the rest is counted only.
const MOST: usize = 1000;

impl Findings {
    pub fn error(&mut self, code: &'static str, message: impl Into<String>, span: Span) -> Added<'_> {
        self.add(Severity::Error, code, message.into(), span)
    }

    pub fn warning(&mut self, code: &'static str, message: impl Into<String>, span: Span) -> Added<'_> {
        self.add(Severity::Warning, code, message.into(), span)
    }

    pub fn hint(&mut self, code: &'static str, message: impl Into<String>, span: Span) -> Added<'_> {
        self.add(Severity::Hint, code, message.into(), span)
    }

    pub fn add(&mut self, severity: Severity, code: &'static str, message: String, span: Span) -> Added<'_> {
        debug_assert!(CODES.iter().any(|(known, _, _)| *known == code), "{code} is in the table");
        // The thousandth place is overwritten rather than grown: a hostile document cannot fill the memory.
        if self.problems.len() >= MOST && severity != Severity::Error {
            self.problems.pop();
        }
        self.problems.push(Problem { severity, code, message, hint: None, line: 0, column: 0, span });
        Added(self.problems.last_mut().expect("a problem was just pushed"))
    }

    /// Whether one of a kind was found.
    #[must_use]
    pub fn has(&self, code: &str) -> bool {
        self.problems.iter().any(|problem| problem.code == code)
    }

    /// All problems with their lines and columns, sorted by line.
    #[must_use]
    pub fn place(mut self, lines: &Lines, text: &str) -> Vec<Problem> {
        for problem in &mut self.problems {
            let start = problem.span.start.min(text.len());
            problem.span = start..problem.span.end.clamp(start, text.len());
            problem.line = lines.line(start);
            problem.column = lines.column(text, start);
        }
        self.problems.sort_by_key(|problem| problem.line);
        // Attributes of a heading are read for the phase and for the step that it is: a mistake in them is one.
        self.problems.dedup();
        self.problems
    }

    #[cfg(test)]
    pub fn codes(&self) -> Vec<&'static str> {
        self.problems.iter().map(|problem| problem.code).collect()
    }
}
