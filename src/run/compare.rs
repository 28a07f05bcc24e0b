//! Comparing what a command printed with what its author expects.
//!
//! Line ends, blanks at the end of lines and empty lines around the text never matter: documents do not keep them. Colours
//! and other escape sequences have to be taken out before.

use crate::runbook::Compare;
use regex::Regex;
use similar::{ChangeTag, TextDiff};

/// Longest texts, in bytes, that are compared line by line; of longer ones the beginning is.
const LONGEST: usize = 256 << 10;

/// Whether the output is what is expected.
#[must_use]
pub fn holds(rule: Compare, expected: &str, printed: &str) -> bool {
    let (expected, printed) = (tidy(expected), tidy(printed));
    match rule {
        Compare::Exact => expected == printed,
        Compare::Contains => printed.contains(&expected),
        // A pattern that cannot be read must not pass for one that was found.
        Compare::Pattern => Regex::new(&format!("(?m){expected}")).is_ok_and(|regex| regex.is_match(&printed)),
        Compare::Similar { percent } => similarity(&expected, &printed) >= percent,
    }
}

/// How much two texts have in common, in percent, rounded down.
#[must_use]
pub fn similarity(expected: &str, printed: &str) -> u32 {
    let (a, b) = (front(expected), front(printed));
    let whole = a.chars().count() + b.chars().count();
    let diff = TextDiff::from_words(a, b);
    let same: usize = diff
        .iter_all_changes()
        .filter(|change| change.tag() == ChangeTag::Equal)
        .map(|change| change.value().chars().count())
        .sum();
    let percent = (200 * same).checked_div(whole).unwrap_or(100);
    u32::try_from(percent).unwrap_or(100)
}

/// A line of both texts, side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    Same(String),
    /// One of them is absent where only the other has a line.
    Differs {
        expected: Option<String>,
        printed: Option<String>,
    },
}

/// Both texts, line by line, those that belong together beside each other.
#[must_use]
pub fn rows(expected: &str, printed: &str) -> Vec<Row> {
    let whole = |text: &str| if text.is_empty() { String::new() } else { tidy(text) + "\n" };
    let (expected, printed) = (whole(expected), whole(printed));
    let diff = TextDiff::from_lines(front(&expected), front(&printed));
    let mut rows = Vec::new();
    // Lines that are missing wait for the lines that stand in their place.
    let mut missing: Vec<String> = Vec::new();
    for change in diff.iter_all_changes() {
        let line = change.value().trim_end_matches('\n').to_owned();
        match change.tag() {
            ChangeTag::Delete => missing.push(line),
            ChangeTag::Insert => {
                let expected = (!missing.is_empty()).then(|| missing.remove(0));
                rows.push(Row::Differs { expected, printed: Some(line) });
            }
            ChangeTag::Equal => {
                rows.extend(missing.drain(..).map(|line| Row::Differs { expected: Some(line), printed: None }));
                rows.push(Row::Same(line));
            }
        }
    }
    rows.extend(missing.into_iter().map(|line| Row::Differs { expected: Some(line), printed: None }));
    rows
}

/// The last HTTP status code in an output: of a status line (RFC 9112 §4), else a last line that is nothing but a code.
#[must_use]
pub fn http_status(printed: &str) -> Option<u16> {
    let status_line = printed.lines().rev().find_map(|line| {
        let line = line.trim_start_matches("< ");
        line.strip_prefix("HTTP/")?.split_whitespace().nth(1)?.parse().ok()
    });
    let alone = || printed.lines().rev().find(|line| !line.trim().is_empty())?.trim().parse().ok();
    status_line.or_else(alone).filter(|code| (100..600).contains(code))
}

fn front(text: &str) -> &str {
    let end = text.len().min(LONGEST);
    let end = (0..=end).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let first = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
    let last = lines.iter().rposition(|line| !line.is_empty()).map_or(first, |at| at + 1);
    lines[first..last].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_holds_and_fails() {
        let table = [
            (Compare::Exact, "one\ntwo\n", "one  \r\ntwo\n\n", true),
            (Compare::Exact, "one\ntwo\n", "one\ntwo\nthree\n", false),
            (Compare::Contains, "two\nthree", "one\ntwo\nthree\nfour", true),
            (Compare::Contains, "three\ntwo", "one\ntwo\nthree\nfour", false),
            (Compare::Pattern, r"^ready in \d+ ms$", "x\nready in 12 ms\n", true),
            (Compare::Pattern, r"^ready in \d+ ms$", "not ready in 12 ms\n", false),
            (Compare::Pattern, "(", "(", false),
            (Compare::Similar { percent: 60 }, "up 3 days, 2 users", "up 4 days, 2 users", true),
            (Compare::Similar { percent: 60 }, "up 3 days, 2 users", "connection refused", false),
        ];
        for (rule, expected, printed, answer) in table {
            assert_eq!(holds(rule, expected, printed), answer, "{rule:?} {expected:?} {printed:?}");
        }
    }

    #[test]
    fn lines_stand_side_by_side() {
        let same = |text: &str| Row::Same(text.to_owned());
        let differs = |a: Option<&str>, b: Option<&str>| Row::Differs {
            expected: a.map(str::to_owned),
            printed: b.map(str::to_owned),
        };
        assert_eq!(
            rows("a\nb\nc\n", "a\nB\nc\nd\n"),
            [same("a"), differs(Some("b"), Some("B")), same("c"), differs(None, Some("d"))]
        );
        assert_eq!(rows("a\nb\n", "a\n"), [same("a"), differs(Some("b"), None)]);
        assert_eq!(rows("", "x"), [differs(None, Some("x"))]);
    }

    #[test]
    fn status_codes_are_found_where_programs_print_them() {
        assert_eq!(http_status("HTTP/1.1 301 Moved\r\nLocation: /\r\n\r\nHTTP/2 200 \r\n\r\nbody 500\n"), Some(200));
        assert_eq!(http_status("* connected\n< HTTP/1.1 503 Service Unavailable\n"), Some(503));
        assert_eq!(http_status("404\n"), Some(404));
        assert_eq!(http_status("took 404 ms\n"), None);
        assert_eq!(http_status("000"), None);
    }
}
