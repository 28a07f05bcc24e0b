//! Markdown that is already there: kept as it is but for repaired encoding and fences that no other reader would pair.

use super::markdown::indented;
use crate::runbook::{Form, Runbook, Step};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::collections::HashMap;

/// Lines above a fence that are looked through for what it belongs to.
const FAR: usize = 50;

/// The document, and what was done to it.
#[must_use]
pub fn markdown(book: &Runbook) -> (String, Vec<String>) {
    let mut notes = Vec::new();
    if let Some(codec) = book.source.repaired {
        notes.push(format!("characters were repaired: the text had been decoded as {codec} by mistake"));
    }
    if book.source.encoding != "utf-8" {
        notes.push(format!("written as UTF-8; it was {}", book.source.encoding));
    }
    let broken = broken_fences(book);
    let lines: Vec<String> = broken.iter().map(|fence| fence.line.to_string()).collect();
    if !lines.is_empty() {
        notes.push(format!("fences mended at line {}", lines.join(", ")));
    }
    let mut text = String::with_capacity(book.text.len() + 64);
    let mut at = 0;
    for fence in &broken {
        text.push_str(&book.text[at..fence.start]);
        text.push_str(&fence.written);
        at = fence.end;
    }
    text.push_str(&book.text[at..]);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    if notes.is_empty() {
        notes.push("this is Markdown already; nothing had to be mended".to_owned());
    }
    (text, notes)
}

/// A fence to be written anew: what it replaces, from the beginning of its line, and by what.
struct Mended {
    line: u32,
    start: usize,
    end: usize,
    written: String,
}

/// Fences as gonogo pairs them that CommonMark pairs in another way or does not close.
fn broken_fences(book: &Runbook) -> Vec<Mended> {
    let mut spans: Vec<(usize, usize, u32)> = book
        .steps()
        .flat_map(Step::commands)
        .filter(|command| command.form == Form::Fence)
        .map(|command| (command.span.start, command.span.end, command.line))
        .collect();
    spans.sort_unstable();
    spans.dedup_by_key(|span| span.0);
    let known = common_mark(&book.text);
    let mut broken = Vec::new();
    let mut until = 0;
    for (start, end, line) in spans {
        let Some(fence) = Fence::of(&book.text, start, end) else {
            continue;
        };
        let is_right = fence.is_closed && known.get(&start).is_some_and(|code| *code == words(&fence.code));
        let written = fence.written();
        if is_right || start < until || written == book.text[fence.line_start..end] {
            continue;
        }
        until = end;
        broken.push(Mended { line, start: fence.line_start, end, written });
    }
    broken
}

/// Code for a comparison that does not depend on where it is indented.
fn words(code: &str) -> String {
    code.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Fences as CommonMark reads them: where they begin, and their code.
fn common_mark(text: &str) -> HashMap<usize, String> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut found = HashMap::new();
    let mut open: Option<(usize, String)> = None;
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => open = Some((range.start, String::new())),
            Event::Text(code) => {
                if let Some((_, text)) = &mut open {
                    text.push_str(&code);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((start, code)) = open.take() {
                    // A fence inside a quote begins behind the mark of the quote.
                    found.insert(start, words(&code));
                }
            }
            _ => {}
        }
    }
    found
}

/// A fence taken apart.
struct Fence<'t> {
    line_start: usize,
    /// What stands before the marks on their line: blanks, as many as make it no indented code, or a list marker.
    lead: &'t str,
    /// The opening line from the marks on.
    opening: &'t str,
    code: String,
    is_closed: bool,
}

impl<'t> Fence<'t> {
    fn of(text: &'t str, start: usize, end: usize) -> Option<Fence<'t>> {
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        if text[line_start..start].contains('>') {
            // Each of its lines has the mark of the quote in front; everybody pairs such a fence alike.
            return None;
        }
        let source = text.get(start..end)?;
        let (opening, rest) = source.split_once('\n').unwrap_or((source, ""));
        let mark = opening.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        let length = run(opening, mark);
        let mut lines: Vec<&str> = rest.lines().collect();
        let last = lines.last().map_or("", |line| line.trim());
        let is_closed = !last.is_empty() && run(last, mark) >= length && last.chars().all(|c| c == mark);
        if is_closed {
            lines.pop();
        } else if let Some(last) = lines.last_mut() {
            // Marks that stand right behind the code were meant to close it.
            let bare = last.trim_end().trim_end_matches(mark);
            if last.trim_end().len() >= bare.len() + length && !bare.ends_with(char::is_whitespace) {
                *last = bare;
            }
        }
        let indent = text[line_start..start].chars().count();
        let dedented = lines.iter().map(|line| {
            let blanks = line.bytes().take(indent).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            &line[blanks..]
        });
        let code = dedented.collect::<Vec<_>>().join("\n");
        let lead = &text[line_start..start];
        let wanted = container(&text[..line_start]);
        let is_too_deep = lead.bytes().all(|byte| byte == b' ') && lead.len() >= wanted + 4;
        let lead = if is_too_deep { &lead[..wanted] } else { lead };
        Some(Fence { line_start, lead, opening: opening.trim_end(), code, is_closed })
    }

    fn written(&self) -> String {
        let mark = self.opening.chars().next().unwrap_or('`');
        let info = self.opening.trim_start_matches(mark).trim();
        let inner = self.code.lines().map(|line| run(line.trim_start(), mark)).max().unwrap_or(0);
        let marks = mark.to_string().repeat(run(self.opening, mark).max(inner + 1));
        let code = self.code.trim_end_matches(['\n', ' ', '\t']);
        let end = if code.is_empty() { "" } else { "\n" };
        let body = indented(&format!("{code}{end}{marks}"), self.lead.chars().count());
        format!("{}{marks}{info}\n{body}", self.lead)
    }
}

/// The column at which a block below this text belongs to its last item or paragraph.
fn container(above: &str) -> usize {
    let line = above.lines().rev().take(FAR).find(|line| !line.trim().is_empty()).unwrap_or("");
    let body = line.trim_start();
    let indent = line.len() - body.len();
    let digits = body.bytes().take_while(u8::is_ascii_digit).count();
    let marker = match (digits, body.chars().nth(digits)) {
        (0, Some('-' | '*' | '+')) => 1,
        (1..=9, Some('.' | ')')) => digits + 1,
        _ => return indent,
    };
    let blanks = body[marker..].bytes().take_while(|byte| *byte == b' ').count();
    if (1..=4).contains(&blanks) { indent + marker + blanks } else { indent }
}

fn run(text: &str, mark: char) -> usize {
    text.chars().take_while(|c| *c == mark).count()
}
