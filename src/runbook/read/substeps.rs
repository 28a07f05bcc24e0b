//! A heading with several commands, each led in by words of its own, is a group of steps.

use super::inline::Inline;
use super::{prose, text, title};
use crate::runbook::{Block, Command, Form, Quote, Rare, Step, StepId, StepKind};

/// Splits a heading's step when a further command has its own lead-in; what precedes the first command stays.
pub fn split(step: &mut Step) {
    let starts = starts(&step.blocks);
    if starts.len() < 2 {
        crate::runbook::code::expect::bind(&mut step.blocks);
        return;
    }
    let mut blocks = std::mem::take(&mut step.blocks);
    for (nth, start) in starts.iter().enumerate().rev() {
        let mut own = blocks.split_off(*start);
        crate::runbook::code::expect::bind(&mut own);
        step.steps.push(sub_step(step, own, nth));
    }
    step.steps.reverse();
    step.blocks = blocks;
}

/// Where sub-steps begin: at the prose right before an offered command that follows another offered command.
fn starts(blocks: &[Block]) -> Vec<usize> {
    let mut starts: Vec<usize> = Vec::new();
    let several = led_in_commands(blocks) > 2;
    for (at, block) in blocks.iter().enumerate() {
        let Block::Command(command) = block else {
            continue;
        };
        if !command.usage.is_offered() {
            continue;
        }
        let led_in = at.checked_sub(1).and_then(|before| match &blocks[before] {
            Block::Prose(quote) => lead_in(quote, command),
            Block::Command(_) => None,
        });
        match led_in {
            Some(words) if starts.is_empty() || several || stands_alone(words) => starts.push(at - 1),
            None if starts.is_empty() => starts.push(at),
            Some(_) | None => {}
        }
    }
    starts
}

/// How many offered commands have words right before them: two may be one deed, more are a list of deeds.
fn led_in_commands(blocks: &[Block]) -> usize {
    let is_led_in = |pair: &[Block]| match pair {
        [Block::Prose(quote), Block::Command(command)] => {
            command.usage.is_offered() && lead_in(quote, command).is_some()
        }
        _ => false,
    };
    blocks.windows(2).filter(|pair| is_led_in(pair)).count()
}

/// The words before a command. In a page scrape the comments of its code stand among them; they lead in nothing.
fn lead_in<'q>(quote: &'q Quote, command: &Command) -> Option<&'q str> {
    let words = match command.form {
        Form::Line => text::split_comments(&quote.text).0,
        Form::Fence | Form::Indented | Form::Inline | Form::Attribute => &quote.text,
    };
    Some(words).filter(|words| !words.trim().is_empty())
}

/// A lead-in makes a step of its own when it is a bold label, or when it says that the command may be left out.
fn stands_alone(source: &str) -> bool {
    let last = source.lines().rev().find(|line| !line.trim().is_empty()).map_or("", prose::unquoted).trim();
    let is_label = last.starts_with("**") && last.ends_with([':', '*']);
    let title = title_of(source);
    is_label && super::label::kind(&title.text, "").is_none() || title.is_optional || title.condition.is_some()
}

fn sub_step(parent: &Step, mut blocks: Vec<Block>, nth: usize) -> Step {
    let mut step = empty(parent);
    if let [Block::Prose(quote), Block::Command(command), ..] = &blocks[..]
        && let Some(words) = lead_in(quote, command)
    {
        step.line = quote.line;
        let title = title_of(words);
        step.title = if title.text.is_empty() { parent.title.clone() } else { title.text };
        step.optional = title.is_optional;
        step.estimate_s = title.estimate_s;
        step.rare = Rare { condition: title.condition, ..Rare::default() }.kept();
        if nth > 0 && quote.text.lines().count() == 1 {
            blocks.remove(0);
        }
    } else if let Some(command) = blocks.iter().find_map(Block::as_command) {
        step.line = command.line;
    }
    step.blocks = blocks;
    step.kind = StepKind::Command;
    step
}

/// The step of a command that stands behind a list with a lead-in of its own.
#[must_use]
pub fn led_in(lead_in: &Quote, command: Box<Command>) -> Step {
    let title = title_of(&lead_in.text);
    Step {
        id: StepId(String::new()),
        number: String::new(),
        title: title.text,
        line: lead_in.line,
        span: command.span.clone(),
        kind: StepKind::Command,
        claim: None,
        optional: title.is_optional,
        critical: false,
        by_hand: false,
        estimate_s: title.estimate_s,
        weight: 0,
        gate: None,
        rare: Rare { owner: title.owner, condition: title.condition, ..Rare::default() }.kept(),
        criteria: Vec::new(),
        blocks: vec![Block::Command(command)],
        steps: Vec::new(),
    }
}

/// The last sentence of a lead-in, without its markup, is a title.
fn title_of(source: &str) -> title::Title {
    let paragraph = prose::unquoted(last_paragraph(source));
    let bare: String = paragraph.trim_start_matches(['-', '*', '>', ' ', '#']).replace(['*', '`'], "");
    let text = bare.split_whitespace().collect::<Vec<_>>().join(" ");
    let body = text.trim_end_matches([':', '.', ' ']);
    let sentence = body.rfind(". ").map_or(0, |at| at + 2);
    let text = text[sentence..].to_owned();
    title::of_heading(&Inline { text, ..Inline::default() })
}

/// The lines behind the last blank line; a list's last item stands alone, and so does a label's line.
fn last_paragraph(source: &str) -> &str {
    let source = source.trim_end();
    let from = source.rfind("\n\n").map_or(0, |at| at + 2);
    let paragraph = &source[from..];
    let is_own = |line: &str| {
        let line = line.trim_start();
        line.starts_with(['-', '>', '#', '|'])
            || line.starts_with("* ")
            || line.starts_with("**") && line.ends_with([':', '*'])
    };
    let mut at = paragraph.len();
    for line in paragraph.rsplit('\n') {
        at -= line.len();
        if is_own(line) {
            return &paragraph[at..];
        }
        at = at.saturating_sub(1);
    }
    paragraph
}

fn empty(parent: &Step) -> Step {
    Step {
        id: StepId(String::new()),
        title: parent.title.clone(),
        number: String::new(),
        line: parent.line,
        span: parent.span.clone(),
        kind: StepKind::Command,
        claim: None,
        optional: false,
        critical: false,
        by_hand: false,
        estimate_s: None,
        weight: 0,
        gate: None,
        rare: None,
        criteria: Vec::new(),
        blocks: Vec::new(),
        steps: Vec::new(),
    }
}
