//! From a section to steps.
//!
//! Each section uses the first rule that makes steps of its own blocks (see [`super::body`]); child headings become
//! steps or groups of steps. Every block of code ends up in exactly one step.

mod choice;
mod commands;
mod walk;

pub use choice::gather_choices;
pub use walk::Walk;

use super::attributes;
use super::blocks::{Kind, Piece};
use super::body::{self, Part, Unit};
use super::claim;
use super::directives::{self, Mark};
use super::judge::{Judge, Place};
use super::label;
use super::lines::Lines;
use super::prose;
use super::sections::Section;
use super::title::{self, Title};
use super::verbs;
use crate::runbook::{Block, Claim, Form, Quote, Rare, Role, Span, Step, StepId, StepKind, Use};
use choice::is_choice;
use std::ops::Range;
use walk::{Open, Voice};

/// What is needed to build steps.
pub struct Workshop<'a, 'f> {
    pub text: &'a str,
    pub lines: &'a Lines,
    pub pieces: &'a mut [Piece],
    pub judge: Judge<'f>,
    /// The level of the headings that are steps, whatever the rules say, if the author states it.
    pub step_level: Option<u8>,
}

/// What a section's own blocks and its children amount to.
#[derive(Debug, Default)]
pub struct Built {
    /// What stands before the first step.
    pub blocks: Vec<Block>,
    pub steps: Vec<Step>,
    pub criteria: Vec<Quote>,
    /// Which of the steps are headings whose criterion stood in their section, outside of any item.
    pub judged_below_headings: Vec<usize>,
    pub stop_criteria: Vec<Quote>,
    pub claim: Option<Claim>,
    pub owner: Option<Box<str>>,
    pub estimate_s: Option<u32>,
}

impl Built {
    fn has_code(&self) -> bool {
        self.blocks.iter().any(|block| matches!(block, Block::Command(_)))
    }
}

fn is_offered(block: &Block) -> bool {
    match block {
        Block::Command(command) => command.usage.is_offered(),
        Block::Prose(_) => false,
    }
}

impl Workshop<'_, '_> {
    /// The steps of a whole section, its children included.
    pub fn section(&mut self, section: &Section, role: Role) -> Built {
        let mut built = self.body(section.body.clone(), &section.title, role);
        if section.children.is_empty() {
            self.close_leaf(&mut built, section, role);
        } else if built.steps.is_empty() && built.has_code() {
            // What stands before the first child heading is done first.
            let step = self.heading_step(section, &mut built, role);
            built.steps.push(step);
        }
        for child in &section.children {
            self.child(child, role, &mut built);
        }
        let is_judged = !built.criteria.is_empty() || !built.stop_criteria.is_empty();
        let is_marked = role.is_walked() && directives::mark(&section.title.attributes) > Mark::None && !is_judged;
        if built.steps.is_empty() && (is_marked || self.is_said_step(section, role)) {
            let step = self.heading_step(section, &mut built, role);
            built.steps.push(step);
        }
        built
    }

    /// Whether the author says that headings of this level are steps.
    fn is_said_step(&self, section: &Section, role: Role) -> bool {
        role.is_walked() && self.step_level == Some(section.level)
    }

    /// A leaf section whose blocks made no list of steps is one step, or a few that have their own lead-ins.
    fn close_leaf(&mut self, built: &mut Built, section: &Section, role: Role) {
        if !built.steps.is_empty() {
            return;
        }
        let title = &section.title;
        let is_judged = !built.criteria.is_empty() || !built.stop_criteria.is_empty() || !title.attributes.is_empty();
        let is_counted = title.number.as_ref().is_some_and(|number| !number.word.is_empty());
        let is_told = role != Role::Forward || is_judged || is_counted || verbs::names_work(&title.text);
        let sentences = self.pieces[section.body.clone()].iter().filter(|piece| is_sentence(piece));
        let said: Vec<&str> = sentences.map(|piece| piece.inline.text.trim()).collect();
        // "Switch the lights" over a list of values is something to do, whatever is said of it.
        let is_plain_order = || !self.judge.is_scrape && title.text.contains(' ') && body::is_plain_order(&title.text);
        let is_order = || (is_counted || is_plain_order()) && self.has_words(section);
        let says_something =
            !said.is_empty() && (is_told || !super::explains::only_explains(&said.join("\n"))) || is_order();
        if built.has_code() || (role.is_walked() && says_something) {
            let step = self.heading_step(section, built, role);
            built.steps.push(step);
        }
    }

    fn has_words(&self, section: &Section) -> bool {
        self.pieces[section.body.clone()]
            .iter()
            .any(|piece| matches!(piece.kind, Kind::Item(_) | Kind::Paragraph) && !piece.is_quoted)
    }

    /// A child heading is a step, or a group around its own steps.
    fn child(&mut self, child: &Section, role: Role, parent: &mut Built) {
        let mut built = self.section(child, role);
        let only_itself = (child.children.is_empty() || self.is_said_step(child, role))
            && built.steps.len() == 1
            && built.blocks.is_empty()
            && built.steps[0].line == self.line_of(child);
        if only_itself {
            let mut step = built.steps.remove(0);
            if !built.criteria.is_empty() {
                parent.judged_below_headings.push(parent.steps.len());
                step.criteria.append(&mut built.criteria);
            }
            parent.stop_criteria.append(&mut built.stop_criteria);
            parent.steps.push(step);
            return;
        }
        parent.stop_criteria.append(&mut built.stop_criteria);
        // Only leaves and phases are judged; what is said of a group is said of the phase.
        let has_criteria = !built.criteria.is_empty();
        parent.criteria.append(&mut built.criteria);
        if built.steps.is_empty() {
            if !has_criteria {
                self.push_heading_prose(child, &mut built, parent);
            }
            return;
        }
        self.prelude(&child.title, self.line_of(child), child.span(self.pieces), role, &mut built);
        let mut group = self.new_step(child.title.clone(), self.line_of(child), child.span(self.pieces));
        group.kind = if is_choice(&built.steps) { StepKind::Choice } else { StepKind::Group };
        group.blocks = built.blocks;
        group.steps = built.steps;
        group.steps.shrink_to_fit();
        if group.kind == StepKind::Group {
            gather_choices(&mut group.steps, &child.title.text);
        }
        group.claim = group.claim.or(built.claim);
        group.add_owner(built.owner);
        group.estimate_s = group.estimate_s.or(built.estimate_s);
        for own in group.steps.iter_mut().filter(|own| own.line == group.line && own.id == group.id) {
            // The author's name for the heading is that of the whole.
            own.id.0.clear();
        }
        if group.by_hand {
            all_by_hand(&mut group, role);
        }
        parent.steps.push(group);
    }

    /// Commands before the first step of a list are done first, as a step of their own.
    pub fn prelude(&mut self, title: &Title, line: u32, span: Span, role: Role, built: &mut Built) {
        if !built.blocks.iter().any(is_offered) {
            return;
        }
        let bare = Title { text: title.text.clone(), ..Title::default() };
        let mut step = self.new_step(bare, line, span);
        let (prose, code) =
            std::mem::take(&mut built.blocks).into_iter().partition(|block| matches!(block, Block::Prose(_)));
        built.blocks = prose;
        step.blocks = code;
        settle(&mut step, role);
        built.steps.insert(0, step);
        built.judged_below_headings.iter_mut().for_each(|at| *at += 1);
    }

    /// A child section without steps is a note of its parent.
    fn push_heading_prose(&self, child: &Section, built: &mut Built, parent: &mut Built) {
        let Some(piece) = child.heading.map(|at| &self.pieces[at]) else {
            return;
        };
        let heading = prose::quote(self.text, self.lines, piece.span.clone());
        let blocks = parent.steps.last_mut().map_or(&mut parent.blocks, |step| &mut step.blocks);
        prose::push(blocks, heading);
        blocks.append(&mut built.blocks);
    }

    fn line_of(&self, section: &Section) -> u32 {
        section.heading.map_or(1, |at| self.pieces[at].line)
    }

    /// One step for a whole heading; blocks with their own lead-ins become its sub-steps.
    fn heading_step(&mut self, section: &Section, built: &mut Built, role: Role) -> Step {
        let mut step = self.new_step(section.title.clone(), self.line_of(section), section.span(self.pieces));
        step.blocks = std::mem::take(&mut built.blocks);
        step.claim = step.claim.or(built.claim);
        step.add_owner(built.owner.take());
        step.estimate_s = step.estimate_s.or(built.estimate_s);
        super::substeps::split(&mut step);
        let heading = section.heading.map(|at| &self.pieces[at]);
        if let Some(heading) = heading.filter(|piece| !piece.inline.links().is_empty()) {
            let links = Quote { line: heading.line, text: heading.inline.links().join(" · ") };
            step.blocks.insert(0, Block::Prose(links));
        }
        settle(&mut step, role);
        step
    }

    /// The steps and blocks of a section's own body.
    pub fn body(&mut self, body: Range<usize>, title: &Title, role: Role) -> Built {
        let parts = body::parts(self.pieces, &body, &title.text, role);
        let mut walk = Walk {
            built: Built::default(),
            open: Vec::new(),
            lead_in: String::new(),
            follows_command: false,
            trailing: None,
            asides: Vec::new(),
        };
        // A long document has many lists, and a step is large: none is moved because its list grows.
        let depth_of = |(at, _): (usize, &Part)| self.pieces[body.start + at].depth;
        let mut depths = parts.parts.iter().enumerate().filter(|(_, part)| **part == Part::Step).map(depth_of);
        if let Some(first) = depths.next() {
            walk.built.steps.reserve_exact(1 + depths.filter(|depth| *depth <= first).count());
        }
        for (part, at) in parts.parts.iter().zip(body) {
            self.take(at, *part, parts.unit, title, role, &mut walk);
        }
        walk.close_down_to(0);
        let mut built = walk.built;
        for step in &mut built.steps {
            finish(step, role);
        }
        claim_marks(&mut built.steps, title.claim);
        built.steps.shrink_to_fit();
        built
    }

    fn take(&mut self, at: usize, part: Part, unit: Unit, title: &Title, role: Role, walk: &mut Walk) {
        match part {
            Part::Step => self.start_step(at, role, walk),
            Part::Criterion | Part::StopCriterion => {
                let piece = &self.pieces[at];
                let quote = criterion(piece);
                walk.put_criterion(quote, part, piece.depth);
            }
            Part::Fact => {
                let piece = &self.pieces[at];
                walk.put_facts(piece);
                piece.inline.text.clone_into(&mut walk.lead_in);
            }
            Part::Note | Part::Aside => self.note(at, unit, title, role, walk),
        }
    }

    fn start_step(&mut self, at: usize, role: Role, walk: &mut Walk) {
        let piece = &self.pieces[at];
        let (line, depth, span) = (piece.line, piece.depth, piece.span.clone());
        let mut title = title::of_item(&piece.inline);
        let rest = prose::behind_title(&piece.inline, std::mem::take(&mut title.note));
        let (task, claim, mark, condition) = (title.task, title.claim, title.mark, title.condition.take());
        let mut step = self.new_step(title, line, span);
        if let Some(task) = task {
            step.claim = claim::of_box(task).or(claim);
        }
        step.add_condition(condition);
        if !rest.is_empty() {
            prose::put(&mut step.blocks, Block::Prose(Quote { line, text: rest }));
        }
        for comment in
            self.pieces[at].inline.comments().iter().filter(|comment| attributes::in_comment(comment).is_none())
        {
            let text = comment.clone();
            prose::push(&mut step.blocks, Quote { line, text });
        }
        let commands = self.inline_commands(at, &step.title, role, super::inline_code::commands_of_step);
        step.blocks.extend(commands.into_iter().map(|command| Block::Command(Box::new(command))));
        walk.close_down_to(depth);
        walk.lead_in.clone_from(&self.pieces[at].inline.text);
        walk.follows_command = false;
        if step.title.is_empty() {
            self.title_from_code(at, &mut step);
        }
        walk.open.push(Open { depth, step, mark });
    }

    /// A fence that opens on the marker's line gives the item its title: the first line that is no comment.
    fn title_from_code(&self, at: usize, step: &mut Step) {
        if let Some(Piece { kind: Kind::Code(code), .. }) = self.pieces.get(at + 1) {
            let line = code.text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
            line.unwrap_or("").trim_start_matches("$ ").clone_into(&mut step.title);
        }
    }

    fn note(&mut self, at: usize, unit: Unit, title: &Title, role: Role, walk: &mut Walk) {
        match self.pieces[at].kind {
            Kind::Code(_) => self.code(at, title, role, walk),
            Kind::Table(_) => super::table_steps::take(self, at, unit, role, walk),
            Kind::Paragraph | Kind::Item(_) | Kind::Heading(_) => {
                let mut commands = self.said_commands(at, &title.text, role, walk);
                let piece = &self.pieces[at];
                if let Some(command) = commands.pop_if(|command| piece.inline.text.trim() == command.text) {
                    // Nothing but the command: the words before it lead it in.
                    walk.follows_command = true;
                    walk.put_code(Box::new(command), piece.depth);
                    return;
                }
                let next = self.pieces.get(at + 1).map_or(piece.span.end, |next| next.span.start);
                let end = if next > piece.span.start { next.min(piece.span.end) } else { piece.span.end };
                let quote = prose::quote(self.text, self.lines, piece.span.start..end);
                if let Kind::Paragraph = piece.kind {
                    walk.put_label(piece);
                }
                piece.inline.text.clone_into(&mut walk.lead_in);
                let is_aside =
                    piece.is_quoted || ["!!!", "???", ":::"].iter().any(|mark| piece.inline.text.starts_with(mark));
                let voice = if is_aside { Voice::Aside } else { Voice::Plain };
                let depth = if self.leads_in_code(at) { 0 } else { piece.depth };
                walk.put_prose(quote, depth, voice);
                for command in commands {
                    walk.follows_command = true;
                    walk.put_code(Box::new(command), depth);
                }
            }
            Kind::Rule => walk.let_go(),
            Kind::Html => self.comment(at, walk),
        }
    }

    /// Whether an item's code stands directly below it at the margin: then the item's words lead it in.
    fn leads_in_code(&self, at: usize) -> bool {
        let is_bullet = matches!(self.pieces[at].kind, Kind::Item(None)) && self.pieces[at].depth == 1;
        is_bullet && self.pieces.get(at + 1).is_some_and(|next| matches!(next.kind, Kind::Code(_)) && next.depth == 0)
    }

    /// A comment for gonogo speaks of the step it stands under; one about similarity leads in expected output.
    fn comment(&mut self, at: usize, walk: &mut Walk) {
        let piece = &self.pieces[at];
        for comment in piece.inline.comments() {
            if let Some(found) = attributes::in_comment(comment)
                && let Some(open) = walk.open.last_mut()
            {
                directives::of(&[found], &piece.span, self.judge.findings).apply(&mut open.step);
            } else if comment.contains("expected_similarity") {
                comment.clone_into(&mut walk.lead_in);
            }
        }
    }

    fn code(&mut self, at: usize, title: &Title, role: Role, walk: &mut Walk) {
        let piece = &mut self.pieces[at];
        let depth = piece.depth;
        // Nothing looks back at code that has become a command.
        let Kind::Code(mut block) = std::mem::replace(&mut piece.kind, Kind::Rule) else {
            return;
        };
        let lead_in = std::mem::take(&mut walk.lead_in);
        let owner = walk.open.last().filter(|_| walk.trailing.is_none()).map(|open| open.step.title.clone());
        let place = Place {
            title: owner.as_deref().unwrap_or(&title.text),
            lead_in: &lead_in,
            role,
            follows_command: walk.follows_command,
        };
        let source = &self.text[self.pieces[at].span.clone()];
        let command = self.judge.block(&self.pieces[at], &mut block, source, place);
        // What writes a file prints nothing.
        walk.follows_command = command.usage.is_offered() && command.options.file.is_none();
        if command.usage.is_offered() && self.stands_apart(at, walk) {
            let comment = command.text.lines().map(str::trim).find(|line| !line.is_empty());
            let comment =
                comment.and_then(|line| line.strip_prefix('#')).map(str::trim).filter(|words| words.len() > 2);
            walk.let_go();
            walk.trailing = Some(Quote { line: command.line, text: comment.unwrap_or(&title.text).to_owned() });
        }
        walk.put_code(command, depth);
    }

    /// Whether code at the margin belongs to a whole list of bullets rather than to the last of them: a blank line is between
    /// them, no other bullet holds code, and the list does not go on behind it.
    fn stands_apart(&self, at: usize, walk: &Walk) -> bool {
        let [before, code] = &self.pieces[at.saturating_sub(1)..=at] else {
            return false;
        };
        let is_bullet = matches!(before.kind, Kind::Item(None)) && before.depth == 1 && code.depth == 0;
        let goes_on = self.pieces.get(at + 1).is_some_and(|next| matches!(next.kind, Kind::Item(_)));
        let gap = &self.text[before.span.start..code.span.start];
        let is_blank = gap.trim_end_matches([' ', '\t']).ends_with("\n\n");
        let leads_in = before.inline.text.trim_end().ends_with([':', '：']);
        let holds_code = |step: &Step| step.commands().any(|command| command.form != Form::Inline);
        let open = walk.open.last().is_some_and(|open| open.depth == 1 && !holds_code(&open.step));
        let siblings = walk.built.steps.len();
        is_bullet
            && !goes_on
            && is_blank
            && !leads_in
            && open
            && siblings > 0
            && !walk.built.steps.iter().any(holds_code)
    }

    /// A step with what its title says.
    pub fn new_step(&mut self, title: Title, line: u32, span: Span) -> Step {
        let mut step = Step {
            id: StepId(String::new()),
            number: String::new(),
            rare: Rare { owner: title.owner, soak_s: super::soak::in_title(&title.text), ..Rare::default() }.kept(),
            title: title.text,
            line,
            span,
            kind: StepKind::Manual,
            claim: title.claim,
            optional: title.is_optional,
            critical: false,
            by_hand: false,
            estimate_s: title.estimate_s,
            weight: 0,
            gate: None,
            criteria: Vec::new(),
            blocks: Vec::new(),
            steps: Vec::new(),
        };
        if !title.attributes.is_empty() {
            directives::of(&title.attributes, &step.span, self.judge.findings).apply(&mut step);
        }
        step
    }
}

/// Check-mark bullets are done only when siblings carry another mark or the heading says done; else they are to verify.
fn claim_marks(steps: &mut [Step], heading: Option<Claim>) {
    let others = steps.iter().any(|step| step.claim == Some(Claim::Todo));
    if heading == Some(Claim::Done) || others {
        for step in steps.iter_mut().filter(|step| step.kind == StepKind::Check && step.claim.is_none()) {
            step.claim = Some(Claim::Done);
        }
    }
}

fn finish(step: &mut Step, role: Role) {
    // A long document has many steps, and most hold one block or none.
    step.blocks.shrink_to_fit();
    step.steps.shrink_to_fit();
    for child in &mut step.steps {
        finish(child, role);
    }
    crate::runbook::code::expect::bind(&mut step.blocks);
    settle(step, role);
}

/// Gives a step the kind that follows from what it holds.
pub fn settle(step: &mut Step, role: Role) {
    if step.by_hand {
        keep_by_hand(step);
        all_by_hand(step, role);
    }
    step.kind = if !step.steps.is_empty() {
        if is_choice(&step.steps) { StepKind::Choice } else { StepKind::Group }
    } else if step.blocks.iter().any(is_offered) {
        StepKind::Command
    } else if step.blocks.iter().any(|block| matches!(block, Block::Command(_))) && !role.is_walked() {
        StepKind::Group
    } else if step.kind == StepKind::Check || verbs::is_check(&step.title) {
        StepKind::Check
    } else {
        StepKind::Manual
    };
}

/// What is said of a step holds for those it consists of.
fn all_by_hand(step: &mut Step, role: Role) {
    for child in step.steps.iter_mut().filter(|child| !child.by_hand) {
        child.by_hand = true;
        settle(child, role);
    }
}

/// The author wants a person to do it, whatever its code looks like.
fn keep_by_hand(step: &mut Step) {
    for block in &mut step.blocks {
        if let Block::Command(command) = block
            && command.usage.is_offered()
        {
            command.usage = Use::Text;
            command.parts.clear();
            command.placeholders.clear();
            command.why = "the author wants it done by hand".into();
        }
    }
}

/// Prose that may tell a person what to do: no list, no table, no label, no closing line in italics.
fn is_sentence(piece: &Piece) -> bool {
    let text = piece.inline.text.trim();
    matches!(piece.kind, Kind::Paragraph)
        && !piece.is_quoted
        && piece.depth == 0
        && !text.ends_with([':', '：'])
        && label::split(&piece.inline).is_none_or(|(name, rest)| label::kind(name, rest).is_none() && !is_value(rest))
}

/// "Playbook: ring-again": what stands behind the name is a value, and no sentence.
fn is_value(text: &str) -> bool {
    (1..=3).contains(&text.split_whitespace().count()) && !text.ends_with('.') && !verbs::is_order(text)
}

fn criterion(piece: &Piece) -> Quote {
    let text = match label::split(&piece.inline) {
        Some((name, rest)) if !rest.is_empty() && label::kind(name, rest).is_some() => rest,
        _ => piece.inline.text.trim(),
    };
    let (text, _) = title::split_box(text);
    Quote { line: piece.line, text: super::text::skip_marks(text).split_whitespace().collect::<Vec<_>>().join(" ") }
}
