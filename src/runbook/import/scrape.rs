//! A page scrape as Markdown: phases are headings, steps are boxes, commands are fences of one command each.
//!
//! The tree decides what stands where; the words come from the document itself, so that estimates, owners and
//! indentation survive. Lines of the page's frame are left out and told.

use super::language;
use super::markdown::{code, document, fence, guarded, inline, item, paragraph};
use super::title_of_name;
use crate::runbook::read::split_comments;
use crate::runbook::{Block, Command, Form, Phase, Runbook, Span, Step, StepKind};
use std::collections::HashSet;
use std::ops::Range;

/// Deeper headings are no headings in Markdown.
const DEEPEST: usize = 6;
/// Lines of the page's frame that are told one by one.
const MOST: usize = 8;
/// Letters in a line from which it is looked for as a whole, because chance does not make it.
const GLUED: usize = 24;
/// Searches through the whole document, at the most.
const MOST_SEARCHES: usize = 500;

/// Writes the document. `told` are the lines of the phases whose headings say what they are for.
#[must_use]
pub fn markdown(book: &Runbook, told: &HashSet<u32>) -> String {
    let title = if book.title.is_empty() || book.title == "-" { title_of_name(&book.source.name) } else { &book.title };
    let mut writer = Writer { book, told, blocks: vec![format!("# {}", guarded(&inline(title)))] };
    for phase in &book.phases {
        writer.phase(phase);
    }
    let text = document(&writer.blocks);
    let first = book.phases.iter().map(|phase| phase.line as usize).min().unwrap_or(usize::MAX);
    let unplaced = unplaced_lines(book, &text, first..usize::MAX);
    writer.blocks.splice(1..1, unplaced_lines(book, &text, 0..first));
    if !unplaced.is_empty() {
        writer.blocks.push("## Notes".to_owned());
        writer.blocks.push("Lines of the page that belong to no phase or step:".to_owned());
        writer.blocks.extend(unplaced);
    }
    document(&writer.blocks)
}

/// What of the page did not make it into the document.
#[must_use]
pub fn left_out(book: &Runbook, text: &str) -> Vec<String> {
    let lost: Vec<String> = lost(book, text).into_iter().map(|(number, line)| format!("{number} `{line}`")).collect();
    if lost.is_empty() {
        return Vec::new();
    }
    let more = if lost.len() > MOST { format!(" and {} more", lost.len() - MOST) } else { String::new() };
    let shown = lost[..lost.len().min(MOST)].join(", ");
    vec![format!("left out as the frame of the page: line {shown}{more}")]
}

/// Lines of the page, by their number, that the document does not say.
fn lost<'b>(book: &'b Runbook, text: &str) -> Vec<(usize, &'b str)> {
    let said = |line: &str| {
        let words_of = |line: &str| words(unmarked(line).trim_start_matches("[ ] "));
        // What a heading is for was no word of the page.
        line.strip_prefix("## ")
            .and_then(|title| title.split_once(" {role="))
            .map_or(words_of(line), |(title, _)| words_of(title))
    };
    let kept: Vec<String> = text.lines().filter(|line| !line.trim_start().starts_with("```")).map(said).collect();
    let all = kept.concat();
    let kept: HashSet<String> = kept.into_iter().collect();
    let mut searches = 0;
    let mut lost = Vec::new();
    for (at, line) in book.text.lines().map(str::trim).enumerate() {
        let own = words(unmarked(line));
        let is_said = own.is_empty() || kept.contains(&own) || kept.contains(&format!("File{own}"));
        if is_said || is_number(line) {
            continue;
        }
        // A line that the page glued together stands on two lines now.
        if own.len() >= GLUED && line.contains([':', '.']) && searches < MOST_SEARCHES {
            searches += 1;
            if all.contains(&own) {
                continue;
            }
        }
        lost.push((at + 1, line));
    }
    lost
}

/// Letters and digits: what is left of a line whatever marks stand around it.
fn words(line: &str) -> String {
    line.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn is_number(line: &str) -> bool {
    line.len() <= 2 && line.bytes().all(|byte| byte.is_ascii_digit())
}

/// Sentences and bullets of a range of lines that no phase of the tree holds, with the titles above them. Single words and links between
/// them are the frame of the page.
fn unplaced_lines(book: &Runbook, text: &str, place: Range<usize>) -> Vec<String> {
    let is_bullet = |line: &str| unmarked(line).len() < line.len();
    let is_sentence = |line: &str| line.ends_with(['.', '!', '。']) && line.split_whitespace().count() > 4;
    let mut blocks: Vec<String> = Vec::new();
    let mut title: Option<(usize, &str)> = None;
    for (number, line) in lost(book, text).into_iter().filter(|(number, _)| place.contains(number)) {
        if is_bullet(line) || is_sentence(line) {
            if let Some((_, title)) = title.take().filter(|(above, _)| number - above <= 2) {
                blocks.push(format!("**{}**", inline(title)));
            }
            let rows = prose(line);
            match blocks.last_mut().filter(|last| is_bullet(line) && last.starts_with("- ")) {
                Some(list) => {
                    list.push('\n');
                    list.push_str(&rows.join("\n"));
                }
                None => blocks.extend(rows),
            }
        } else {
            title = Some((number, line));
        }
    }
    blocks
}

/// How steps of one level are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// Each under a heading of its own.
    Headings,
    /// Boxes, numbered when something is run in them.
    Numbered,
    Bullets,
}

fn style(steps: &[Step]) -> Style {
    if steps.iter().all(|step| step.kind == StepKind::Group) {
        Style::Headings
    } else if steps.iter().any(|step| step.commands().next().is_some()) {
        Style::Numbered
    } else {
        Style::Bullets
    }
}

struct Writer<'b> {
    book: &'b Runbook,
    told: &'b HashSet<u32>,
    blocks: Vec<String>,
}

/// A part of a phase or step, to be put in order.
enum Part<'b> {
    Words(&'b str),
    /// With the comments that stand above it.
    Command(&'b Command, &'b str),
    Steps,
}

impl<'b> Writer<'b> {
    fn phase(&mut self, phase: &'b Phase) {
        if phase.id.0 != "preamble" {
            let title = self.title(&phase.span, &phase.title);
            // A lone heading above others would be taken for their title, unless it says what it is for.
            let is_alone = self.book.phases.iter().filter(|phase| phase.id.0 != "preamble").count() == 1;
            let holds_groups = phase.steps.iter().any(|step| !step.is_leaf());
            let is_told = is_alone && holds_groups || self.told.contains(&phase.line);
            let role = if is_told { format!(" {{role={}}}", phase.role.word()) } else { String::new() };
            self.blocks.push(format!("## {title}{role}"));
        }
        for quote in &phase.prose {
            let blocks = prose(&quote.text);
            self.blocks.extend(blocks);
        }
        self.steps(&phase.steps, 3, &phase.title);
    }

    fn steps(&mut self, steps: &'b [Step], level: usize, above: &str) {
        if let [only] = steps
            && only.title == above
            && only.steps.is_empty()
        {
            // A section without steps of its own is one.
            return self.parts(only, level);
        }
        if style(steps) != Style::Headings || level > DEEPEST {
            let list = self.list(steps);
            self.blocks.push(list);
            return;
        }
        for step in steps {
            // Blocks of a section that has no steps hang on one that is called like it.
            if step.title != above {
                let title = self.title(&step.span, &step.title);
                self.blocks.push(format!("{} {title}", "#".repeat(level)));
            }
            self.parts(step, level);
        }
    }

    fn parts(&mut self, step: &'b Step, level: usize) {
        for part in parts(step) {
            match part {
                Part::Words(words) => self.blocks.extend(prose(words)),
                Part::Command(command, comments) => {
                    let blocks = self.code(command, comments);
                    self.blocks.extend(blocks);
                }
                Part::Steps => self.steps(&step.steps, level + 1, &step.title),
            }
        }
    }

    fn list(&self, steps: &[Step]) -> String {
        let style = style(steps);
        let items: Vec<String> = steps
            .iter()
            .enumerate()
            .map(|(at, step)| {
                let marker = match style {
                    Style::Numbered => format!("{}. ", at + 1),
                    Style::Headings | Style::Bullets => "- ".to_owned(),
                };
                item(&marker, &self.content(step))
            })
            .collect();
        let is_tight = items.iter().all(|item| !item.contains('\n'));
        items.join(if is_tight { "\n" } else { "\n\n" })
    }

    fn content(&self, step: &Step) -> String {
        let mut blocks = vec![format!("[ ] {}", self.title(&step.span, &step.title))];
        for part in parts(step) {
            match part {
                Part::Words(words) => blocks.extend(prose(words)),
                Part::Command(command, comments) => blocks.extend(self.code(command, comments)),
                Part::Steps => blocks.push(self.list(&step.steps)),
            }
        }
        document(&blocks)
    }

    /// The line as the page has it, because the tree's title went without its estimate and the like.
    fn title(&self, span: &Span, title: &str) -> String {
        let line = self.book.text[span.start..].lines().next().unwrap_or("");
        let line = unmarked(line);
        let words = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        let is_whole = words(line).contains(&words(title)) && line.len() <= title.len() + 40;
        let words: Vec<&str> = if is_whole { line } else { title }.split_whitespace().collect();
        inline(&words.join(" "))
    }

    fn code(&self, command: &Command, comments: &str) -> Vec<String> {
        if command.usage.is_offered() {
            let comments: Vec<&str> = comments.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            return vec![fence("bash", [comments.join("\n").as_str(), &command.text].join("\n").trim_start())];
        }
        let source = self.source(command);
        match language::split_file_name(&source) {
            Some((name, content)) => {
                let lang = language::of_content(Some(name), content);
                vec![format!("File {}:", code(name)), fence(lang, content)]
            }
            None => vec![fence(language::of_content(None, &source), &source)],
        }
    }

    /// The code with the indentation and the blank lines that it has in the document.
    fn source(&self, command: &Command) -> String {
        let start = self.book.text[..command.span.start].rfind('\n').map_or(0, |at| at + 1);
        let lead = &self.book.text[start..command.span.start];
        let indent = if lead.trim().is_empty() { lead.len() } else { 0 };
        let lines: Vec<&str> = self.book.text[command.span.clone()]
            .lines()
            .enumerate()
            .map(|(at, line)| {
                let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
                let line = if at == 0 { line } else { &line[blanks.min(indent)..] };
                line.trim_end()
            })
            .collect();
        lines.join("\n")
    }
}

/// What a step holds, in document order.
fn parts(step: &Step) -> Vec<Part<'_>> {
    let mut parts: Vec<(u32, Part<'_>)> = Vec::with_capacity(step.blocks.len());
    let mut comments = "";
    for (at, block) in step.blocks.iter().enumerate() {
        match block {
            Block::Prose(quote) => {
                let next = step.blocks.get(at + 1).and_then(Block::as_command);
                let is_above = next.is_some_and(|next| next.form == Form::Line && next.usage.is_offered());
                let words;
                (words, comments) = if is_above { split_comments(&quote.text) } else { (quote.text.as_str(), "") };
                parts.push((quote.line, Part::Words(words)));
            }
            Block::Command(command) => {
                parts.push((command.line, Part::Command(command, std::mem::take(&mut comments))));
            }
        }
    }
    if let Some(first) = step.steps.first() {
        let at = parts.iter().position(|(line, _)| *line > first.line).unwrap_or(parts.len());
        parts.insert(at, (first.line, Part::Steps));
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

/// Lines of prose: bullets are a list, everything else stands for itself.
fn prose(text: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut is_list = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words = unmarked(line);
        if words.len() < line.len() {
            let row = format!("- {}", guarded(&inline(words)));
            match blocks.last_mut().filter(|_| is_list) {
                Some(list) => {
                    list.push('\n');
                    list.push_str(&row);
                }
                None => blocks.push(row),
            }
            is_list = true;
        } else {
            let words = line.trim_start_matches('#').trim();
            if !words.is_empty() {
                blocks.push(paragraph(&inline(words)));
            }
            is_list = false;
        }
    }
    blocks
}

/// The line without its bullet or number.
fn unmarked(line: &str) -> &str {
    let line = line.trim();
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if (1..=2).contains(&digits)
        && let Some(rest) = line[digits..].strip_prefix(". ")
    {
        return rest.trim_start();
    }
    match line.strip_prefix(['•', '-', '*', '–', '·', '◦']) {
        Some(rest) if rest.starts_with(char::is_whitespace) => rest.trim_start(),
        Some(_) | None => line,
    }
}
