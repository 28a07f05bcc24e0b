//! `gonogo check`: what an author may want to mend, with excerpts of the source.

use super::args::CheckFormat;
use super::plan;
use crate::audit::count;
use crate::runbook::{Problem, Runbook, Severity};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::io::{self, Write};

/// Writes the problems of one runbook: those of reading, and what the lints add.
pub fn write(
    book: &Runbook,
    problems: &[Problem],
    path: &str,
    format: CheckFormat,
    renderer: &Renderer,
    out: &mut impl Write,
) -> io::Result<()> {
    match format {
        CheckFormat::Text => text(book, problems, path, renderer, out),
        CheckFormat::Json => json(problems, path, out),
        CheckFormat::Github => github(problems, path, out),
    }
}

fn text(book: &Runbook, problems: &[Problem], path: &str, renderer: &Renderer, out: &mut impl Write) -> io::Result<()> {
    for problem in problems {
        writeln!(out, "{}\n", renderer.render(&[excerpt(book, path, problem)]))?;
    }
    let walked = book.phases.iter().filter(|phase| phase.is_walked()).count();
    let steps = book.walk().filter(|(_, step)| step.is_leaf()).count();
    let (errors, warnings, hints) = plan::count(problems);
    let path = plan::printable(path);
    let (phases, steps) = (count(walked, "phase", "phases"), count(steps, "step", "steps"));
    let (errors, warnings) = (count(errors, "error", "errors"), count(warnings, "warning", "warnings"));
    writeln!(out, "{path}: {phases}, {steps}; {errors}, {warnings}, {}", count(hints, "hint", "hints"))
}

fn excerpt<'a>(book: &'a Runbook, path: &'a str, problem: &'a Problem) -> Group<'a> {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Hint => Level::NOTE.with_name("hint"),
    };
    // Only the lines around the problem are handed over: a renderer given 12 MB would look at all of them.
    let window = window(&book.text, problem.span.start, problem.span.end);
    let first_line = problem.line as usize;
    let span = problem.span.start.max(window.start) - window.start..problem.span.end.min(window.end) - window.start;
    let snippet = Snippet::source(&book.text[window])
        .path(path)
        .line_start(first_line)
        .annotation(AnnotationKind::Primary.span(span));
    let group = level.primary_title(problem.message.as_str()).id(problem.code).element(snippet);
    match &problem.hint {
        Some(hint) => group.element(Level::HELP.message(hint.as_str())),
        None => group,
    }
}

/// The whole lines that a span touches, at most three of them.
fn window(text: &str, start: usize, end: usize) -> std::ops::Range<usize> {
    let start = start.min(text.len());
    let end = end.clamp(start, text.len());
    let from = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let limit = text[from..].match_indices('\n').nth(2).map_or(text.len(), |(at, _)| from + at);
    let to = text[end..].find('\n').map_or(text.len(), |at| end + at).min(limit);
    from..to.max(from)
}

#[derive(serde::Serialize)]
struct Checked<'a> {
    schema: u32,
    path: &'a str,
    problems: Vec<plan::Problem<'a>>,
}

fn json(problems: &[Problem], path: &str, out: &mut impl Write) -> io::Result<()> {
    let problems = problems.iter().map(plan::Problem::of).collect();
    serde_json::to_writer(&mut *out, &Checked { schema: 1, path, problems })?;
    writeln!(out)
}

/// Workflow commands of GitHub Actions.
fn github(problems: &[Problem], path: &str, out: &mut impl Write) -> io::Result<()> {
    for problem in problems {
        let level = match problem.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Hint => "notice",
        };
        let message = match &problem.hint {
            Some(hint) => format!("{} ({hint})", problem.message),
            None => problem.message.clone(),
        };
        let (line, column, code) = (problem.line, problem.column, problem.code);
        let (path, message) = (escape_property(path), escape_data(&message));
        writeln!(out, "::{level} file={path},line={line},col={column},title={code}::{message}")?;
    }
    Ok(())
}

fn escape_data(text: &str) -> String {
    plan::printable(&text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A"))
}

fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{escape_data, escape_property, window};

    #[test]
    fn an_excerpt_is_whole_lines_and_never_long() {
        let text = "one\ntwo\nthree\nfour\nfive\nsix\n";
        let cut = |start, end| &text[window(text, start, end)];
        assert_eq!(cut(5, 6), "two");
        assert_eq!(cut(5, 9), "two\nthree");
        assert_eq!(cut(5, 27), "two\nthree\nfour");
        assert_eq!(cut(0, 0), "one");
        assert_eq!(cut(99, 200), "");
    }

    #[test]
    fn a_workflow_command_cannot_be_broken_out_of() {
        assert_eq!(escape_data("50 %\n::error::x"), "50 %25%0A::error::x");
        assert_eq!(escape_property("a,b:c"), "a%2Cb%3Ac");
    }
}
