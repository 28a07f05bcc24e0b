//! Headings to a tree of sections, and which of them are phases.

use super::attributes;
use super::blocks::{Kind, Piece};
use super::body::{self, Unit};
use super::directives::{self, Mark};
use super::roles;
use super::title::{self, Title};
use crate::runbook::{Role, Span};
use std::ops::Range;

/// A heading with everything below it up to the next heading of its level.
#[derive(Debug, Default)]
pub struct Section {
    /// Index of the heading in the list of pieces; `None` for what stands before the first heading.
    pub heading: Option<usize>,
    pub title: Title,
    pub level: u8,
    /// Its own blocks, before the first child heading.
    pub body: Range<usize>,
    pub children: Vec<Section>,
    /// Whether its heading is the document's title.
    pub is_title: bool,
}

impl Section {
    /// The pieces of the section and all its children, the heading included.
    #[must_use]
    pub fn extent(&self) -> Range<usize> {
        let start = self.heading.unwrap_or(self.body.start);
        let end = self.children.last().map_or(self.body.end, |child| child.extent().end);
        start..end
    }

    #[must_use]
    pub fn span(&self, pieces: &[Piece]) -> Span {
        let extent = self.extent();
        let (Some(first), Some(last)) =
            (pieces.get(extent.start), extent.end.checked_sub(1).and_then(|end| pieces.get(end)))
        else {
            return 0..0;
        };
        // The last piece may stand inside an earlier one, an item; sections never do.
        let end = pieces[extent].iter().rev().take(64).map(|piece| piece.span.end).fold(last.span.end, usize::max);
        first.span.start..end
    }
}

/// The document's outline: what stands before the first phase, and the phases.
#[derive(Debug)]
pub struct Outline {
    pub title: Option<String>,
    /// What a document without an H1 begins with, if it is the only heading of its level and all others stand below it.
    pub top_heading: Option<String>,
    /// Bodies that belong to no phase: before the first one, and introductions of wrappers.
    pub preamble: Vec<Range<usize>>,
    pub phases: Vec<Section>,
    /// The level of the headings that are steps, if the author states one below that of the phases.
    pub step_level: Option<u8>,
    /// The level of the phases.
    pub phase_level: u8,
    /// Headings in the whole document.
    headings: usize,
    /// Several sections count steps of their own: those are no phases.
    restarts: bool,
}

impl Outline {
    /// Whether the section is all there is: then its title is the document's and it is the phase as well.
    fn is_empty_but(&self, section: &Section) -> bool {
        self.headings == 1 && section.children.is_empty()
    }
}

/// Builds the outline.
///
/// `said` is the level of the phases when the author states it, `step` that of the steps.
#[must_use]
pub fn outline(pieces: &[Piece], said: Option<u8>, step: Option<u8>) -> Outline {
    let headings = headings(pieces);
    let title_at = headings.iter().position(|heading| heading.level == 1 && !is_template_tag(&heading.title.text));
    let title = title_at.map(|at| document_title(&pieces[headings[at].at]));
    let is_there = |level: &u8| {
        headings.iter().enumerate().any(|(at, one)| one.level == *level && (step.is_some() || Some(at) != title_at))
    };
    let level = said.filter(is_there).unwrap_or_else(|| phase_level(&headings, title_at, step));
    let end = headings.first().map_or(pieces.len(), |heading| heading.at);
    let mut outline = Outline {
        title,
        top_heading: top_heading(&headings, pieces),
        preamble: if end > 0 { std::iter::once(0..end).collect() } else { Vec::new() },
        phases: Vec::new(),
        step_level: step.filter(|step| *step > level),
        phase_level: level,
        headings: headings.len(),
        restarts: false,
    };
    let title_piece = title_at.map(|at| headings[at].at);
    let sections = tree(headings, pieces.len(), title_piece, pieces);
    outline.restarts = sections.iter().map(restarts).sum::<usize>() > 1;
    for section in sections {
        place(section, level, pieces, &mut outline);
    }
    if outline.headings == 0 {
        outline.phases = whole(&mut outline.preamble);
    }
    outline
}

/// See [`Outline::top_heading`].
fn top_heading(headings: &[Heading], pieces: &[Piece]) -> Option<String> {
    let (first, others) = headings.split_first()?;
    let is_first = pieces[..first.at].iter().all(|piece| matches!(piece.kind, Kind::Html | Kind::Rule));
    let is_top = others.iter().all(|other| other.level > first.level);
    let is_counted = first.title.number.is_some();
    (is_first && is_top && !is_counted && !is_template_tag(&first.title.text))
        .then(|| document_title(&pieces[first.at]))
}

/// A document without any heading is one phase.
fn whole(preamble: &mut Vec<Range<usize>>) -> Vec<Section> {
    let section =
        |body| Section { heading: None, title: Title::default(), level: 1, body, children: Vec::new(), is_title: true };
    std::mem::take(preamble).into_iter().map(section).collect()
}

/// How many sections count their children from one again.
fn restarts(section: &Section) -> usize {
    let first = section.children.iter().find_map(|child| child.title.number.as_ref());
    let begins_anew = first.is_some_and(|number| number.number == "1" && is_step_count(&number.word));
    usize::from(begins_anew && section.children.len() > 1) + section.children.iter().map(restarts).sum::<usize>()
}

/// A bare number, or one behind a word for steps.
fn is_step_count(word: &str) -> bool {
    word.is_empty() || title::STEP_WORDS.contains(word)
}

/// Puts a section where it belongs: phases at the phase level, wrappers opened, titles dissolved into the preamble.
fn place(section: Section, level: u8, pieces: &[Piece], outline: &mut Outline) {
    // What the author calls a step is no phase.
    let holds_steps =
        || section.children.iter().any(|child| outline.step_level.is_some_and(|step| child.level >= step));
    let is_work = directives::mark(&section.title.attributes) == Mark::Work && !section.is_title;
    let is_wrapper =
        !is_work && section.level < level || wraps_phases(&section, pieces, outline.restarts) && !holds_steps();
    if !is_wrapper || section.children.is_empty() {
        let is_alone = outline.is_empty_but(&section);
        // "Preparation" above all else is a title and the first thing to do as well.
        let is_work = roles::by_title(&section.title.text)
            .is_some_and(|reason| matches!(reason.role, Role::Prep | Role::Verify | Role::Post))
            || super::verbs::names_deed(&section.title.text) && holds_code(&section, pieces);
        let is_marked = directives::mark(&section.title.attributes) > Mark::None;
        let is_only_title = section.is_title && !is_alone && !is_work;
        let introduces = !is_marked && section.children.is_empty() && (section.level < level || is_only_title);
        if introduces && !has_steps(&section, pieces) {
            outline.preamble.push(section.body);
            return;
        }
        outline.phases.push(section);
        return;
    }
    let mut section = section;
    let children = std::mem::take(&mut section.children);
    if has_steps(&section, pieces) {
        outline.phases.push(section);
    } else if !section.body.is_empty() {
        outline.preamble.push(section.body);
    }
    for child in children {
        place(child, level, pieces, outline);
    }
}

fn holds_code(section: &Section, pieces: &[Piece]) -> bool {
    pieces[section.body.clone()].iter().any(|piece| matches!(piece.kind, Kind::Code(_)))
}

/// Whether a section's own blocks are a list of steps; code alone introduces the sections below it.
fn has_steps(section: &Section, pieces: &[Piece]) -> bool {
    let parts = body::parts(pieces, &section.body, &section.title.text, Role::Forward);
    match parts.unit {
        Unit::Tasks | Unit::Ordered | Unit::Table => true,
        // Bullets that several blocks of code stand below are steps as well.
        Unit::Bullets => {
            pieces[section.body.clone()].iter().filter(|piece| matches!(piece.kind, Kind::Code(_))).count() > 2
        }
        Unit::Marks | Unit::Plain => false,
    }
}

struct Heading {
    at: usize,
    level: u8,
    title: Title,
}

fn headings(pieces: &[Piece]) -> Vec<Heading> {
    pieces
        .iter()
        .enumerate()
        .filter(|(_, piece)| piece.depth == 0 && !piece.is_quoted)
        .filter_map(|(at, piece)| match piece.kind {
            Kind::Heading(level) => Some(Heading { at, level, title: title::of_heading(&piece.inline) }),
            Kind::Paragraph | Kind::Item(_) | Kind::Code(_) | Kind::Table(_) | Kind::Rule | Kind::Html => None,
        })
        .collect()
}

/// `<%= name %>`, `{{ title }}`: filled in elsewhere, so no title.
fn is_template_tag(title: &str) -> bool {
    title.is_empty() || ["{{", "{%", "<%", "${"].iter().any(|tag| title.starts_with(tag))
}

/// The document's title keeps its number and status words; only marks and doubled `#` go.
fn document_title(piece: &Piece) -> String {
    let line = piece.inline.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let bare = super::text::drop_marks(super::text::skip_marks(line.trim_matches('#').trim())).to_owned();
    if bare.is_empty() { line } else { bare }
}

/// The shallowest level with two headings, the title not counted; else the shallowest there is below the title. Headings
/// above those that the author calls steps come first.
fn phase_level(headings: &[Heading], title_at: Option<usize>, step: Option<u8>) -> u8 {
    let all = || headings.iter().enumerate().filter(|(at, _)| Some(*at) != title_at).map(|(_, heading)| heading.level);
    let limit = step.filter(|step| all().any(|level| level < *step)).unwrap_or(u8::MAX);
    let counted = || all().filter(|level| *level < limit);
    let level = (1..=6)
        .find(|level| counted().filter(|other| other == level).nth(1).is_some())
        .or_else(|| counted().min())
        .unwrap_or(1);
    // A heading that its author gives a role or marks as work, above all others, is a phase, also where it is the only one of its level.
    let said =
        headings.iter().enumerate().filter(|(at, heading)| Some(*at) != title_at && is_said_phase(&heading.title));
    said.map(|(_, heading)| heading.level).fold(level, u8::min)
}

fn is_said_phase(title: &Title) -> bool {
    title.attributes.iter().flat_map(|attributes| &attributes.pairs).any(|(key, _)| key == "role")
        || directives::mark(&title.attributes) == Mark::Work
}

fn tree(headings: Vec<Heading>, end: usize, title: Option<usize>, pieces: &[Piece]) -> Vec<Section> {
    let ends: Vec<usize> = headings.iter().skip(1).map(|heading| heading.at).chain([end]).collect();
    let mut open: Vec<Section> = Vec::new();
    let mut top = Vec::new();
    for (heading, end) in headings.into_iter().zip(ends) {
        while open.last().is_some_and(|section| section.level >= heading.level) {
            close(&mut open, &mut top);
        }
        let mut heading_title = heading.title;
        // A comment for gonogo right below a heading speaks of the heading.
        for comment in pieces.get(heading.at + 1).into_iter().flat_map(|next| next.inline.comments()) {
            if matches!(pieces[heading.at + 1].kind, Kind::Html) {
                heading_title.attributes.extend(attributes::in_comment(comment));
            }
        }
        open.push(Section {
            heading: Some(heading.at),
            is_title: title == Some(heading.at),
            title: heading_title,
            level: heading.level,
            body: heading.at + 1..end,
            children: Vec::new(),
        });
    }
    while !open.is_empty() {
        close(&mut open, &mut top);
    }
    top
}

fn close(open: &mut Vec<Section>, top: &mut Vec<Section>) {
    if let Some(section) = open.pop() {
        match open.last_mut() {
            Some(parent) => parent.children.push(section),
            None => top.push(section),
        }
    }
}

/// A heading without steps of its own whose children are counted as phases, or whose numbered children are long.
fn wraps_phases(section: &Section, pieces: &[Piece], restarts: bool) -> bool {
    if section.children.len() < 2 || has_units_in(&section.body, pieces) {
        return false;
    }
    let most = |count: usize| count * 3 >= section.children.len() * 2;
    let counted = section
        .children
        .iter()
        .filter(|child| {
            let word = child.title.number.as_ref().map(|number| number.word.as_str());
            word.is_some_and(|word| !word.is_empty() && !title::STEP_WORDS.contains(word))
                || super::estimate::schedule(&child.title.text).is_some()
        })
        .count();
    let long = section
        .children
        .iter()
        .filter(|child| {
            child.title.number.is_some() && (!child.children.is_empty() || items_in(&child.body, pieces) >= 2)
        })
        .count();
    most(counted) || (!restarts && most(long))
}

fn items_in(body: &Range<usize>, pieces: &[Piece]) -> usize {
    pieces[body.clone()]
        .iter()
        .filter(|piece| match piece.kind {
            Kind::Item(number) => number.is_some() || title::is_boxed(&piece.inline),
            Kind::Heading(_) | Kind::Paragraph | Kind::Code(_) | Kind::Table(_) | Kind::Rule | Kind::Html => false,
        })
        .count()
}

/// Whether the blocks hold anything that may be a step: items or code.
fn has_units_in(body: &Range<usize>, pieces: &[Piece]) -> bool {
    items_in(body, pieces) > 0
        || pieces[body.clone()].iter().any(|piece| match piece.kind {
            Kind::Code(_) => true,
            Kind::Item(_) | Kind::Heading(_) | Kind::Paragraph | Kind::Table(_) | Kind::Rule | Kind::Html => false,
        })
}
