//! Any bytes: reading never panics, places lie in the text, every fence of the document is one command, and the time
//! grows with the length.

#![no_main]

use gonogo::runbook::read::{Unreadable, read};
use gonogo::runbook::{Form, Layout, Quote, Runbook, Span};
use libfuzzer_sys::fuzz_target;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};
use std::collections::HashSet;
use std::time::{Duration, Instant};

/// Far above what a slow machine with sanitizers needs for a linear pass, far below what a quadratic one takes.
const BASE: Duration = Duration::from_secs(4);
const PER_KIB: Duration = Duration::from_millis(100);

fuzz_target!(|bytes: &[u8]| {
    let started = Instant::now();
    let book = match read("fuzz.md", bytes) {
        Ok(book) => book,
        Err(Unreadable::Empty | Unreadable::Binary { .. } | Unreadable::TooLarge { .. }) => return,
    };
    let kib = u32::try_from(bytes.len() / 1024).unwrap_or(u32::MAX);
    let limit = BASE + PER_KIB * kib;
    assert!(started.elapsed() < limit, "{} bytes took {:?}", bytes.len(), started.elapsed());
    check(&book);
});

fn check(book: &Runbook) {
    let lines = book.source.lines.max(1);
    let on_a_line = |line: u32| assert!((1..=lines).contains(&line), "line {line} of {lines}");
    let quotes = |quotes: &[Quote]| quotes.iter().for_each(|quote| on_a_line(quote.line));
    let mut fences = HashSet::new();
    let mut ids = HashSet::new();
    for phase in &book.phases {
        on_a_line(phase.line);
        in_bounds(&book.text, &phase.span);
        quotes(&phase.criteria);
        quotes(&phase.stop_criteria);
        quotes(&phase.prose);
    }
    for step in book.steps() {
        on_a_line(step.line);
        in_bounds(&book.text, &step.span);
        quotes(&step.criteria);
        assert!(ids.insert(step.id.clone()), "two steps are called {}", step.id);
        for command in step.commands() {
            on_a_line(command.line);
            in_bounds(&book.text, &command.span);
            match command.form {
                Form::Fence => assert!(fences.insert(command.span.start), "a fence occurs twice: {:?}", command.span),
                Form::Indented | Form::Inline | Form::Attribute | Form::Line => {}
            }
        }
    }
    book.problems.iter().for_each(|problem| in_bounds(&book.text, &problem.span));
    for fence in plain_fences(book) {
        assert!(fences.contains(&fence), "the fence at {fence} is lost");
    }
}

/// Where the fences of a document begin that nothing but CommonMark has a say in: no front matter, no tags, and every
/// fence closed, filled and without a row that ends with marks, which may have been meant to close it. Of other
/// documents none are told.
fn plain_fences(book: &Runbook) -> Vec<usize> {
    let text = &book.text;
    if book.source.layout == Layout::Scrape || text.contains('<') || text.starts_with(['-', '+']) {
        return Vec::new();
    }
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_GFM;
    let mut found = Vec::new();
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        if let Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) = event {
            let source = text[range.clone()].trim_end();
            let (rows, last) = source.rsplit_once('\n').unwrap_or(("", source));
            let last = last.trim();
            let is_closed = last.len() >= 3 && (last.bytes().all(|c| c == b'`') || last.bytes().all(|c| c == b'~'));
            let is_filled = rows.split_once('\n').is_some_and(|(_, code)| !code.trim().is_empty());
            let is_glued = rows.lines().skip(1).any(|row| row.trim_end().ends_with(['`', '~']));
            if !is_closed || !is_filled || is_glued {
                return Vec::new();
            }
            found.push(range.start);
        }
    }
    found
}

fn in_bounds(text: &str, span: &Span) {
    assert!(text.get(span.clone()).is_some(), "{span:?} is no part of {} bytes", text.len());
}
