//! From sections to phases: roles, what is lifted out of them, what they say about themselves.

use super::attributes::Attributes;
use super::blocks::{Kind, Piece};
use super::directives::{self, Directives, Mark};
use super::estimate;
use super::inline::Inline;
use super::roles::{self, Reason};
use super::sections::{Outline, Section};
use super::steps::{Built, Workshop, gather_choices};
use super::title;
use crate::runbook::{Block, Phase, PhaseId, Quote, Role, Step, StepKind, Use};
use std::ops::Range;

/// The reason that nothing beats.
pub const SAID: &str = "the author says so";

/// Why a section that would be walked is reference.
pub const NOTHING: &str = "holds nothing to do";

/// Why a section that would be reference is walked.
const MARKED: &str = "its author marks it as something to do";

/// Builds all phases in document order.
pub fn phases(shop: &mut Workshop<'_, '_>, outline: Outline, document: &str) -> Vec<Phase> {
    let mut phases: Vec<Phase> = preamble(shop, &outline.preamble).into_iter().collect();
    let (subjects, own) = (roles::subjects(document), roles::own_subjects(document));
    let restores = roles::restores(document);
    let is_all = outline.phases.len() == 1;
    for mut section in outline.phases {
        let helps = restores && roles::helps_in_general(&section.title.text);
        let mut reason = role_of(&section, shop.pieces, if helps { &[] } else { &subjects });
        let lies_at_hand = matches!(reason.role, Role::Ongoing | Role::Trouble | Role::Rollback);
        if is_all && lies_at_hand && reason.why != SAID && section.title.text == document {
            reason = Reason::new(Role::Forward, format!("{}, but the document is nothing else", reason.why));
        }
        let extent = section.extent();
        let mut lifted = Vec::new();
        lift(&mut section, &reason, shop, &own, &mut lifted);
        phases.push(phase(shop, &section, reason));
        for (section, reason) in lifted {
            phases.push(phase(shop, &section, reason));
        }
        // Its words stand in the phase now, and a long document should not be there twice.
        for piece in &mut shop.pieces[extent] {
            piece.inline = Inline::default();
            piece.kind = Kind::Rule;
        }
    }
    phases
}

/// A document that holds nothing else to walk is walked all the same: a drill that recurs, a rollback, a repair.
pub fn walk_what_there_is(phases: &mut [Phase]) {
    let has_steps =
        |phase: &Phase| phase.steps.iter().any(|step| step.kind != StepKind::Group || !step.steps.is_empty());
    if phases.iter().any(|phase| phase.is_walked() && has_steps(phase)) {
        return;
    }
    let roles = [Role::Ongoing, Role::Trouble, Role::Rollback];
    let mut left = phases.iter_mut().filter(|phase| roles.contains(&phase.role) && has_steps(phase));
    if let (Some(only), None) = (left.next(), left.next()) {
        only.role = Role::Forward;
        only.role_why.push_str(", but there is nothing else to walk");
    }
}

/// A walked section in which nobody finds anything to do: no step, no criterion; or a drawing and nothing else.
/// It is left alone if the author says what it is.
fn rest(phase: &mut Phase, is_said: bool) {
    let only_shown = |step: &Step| {
        step.line == phase.line
            && step.kind == StepKind::Manual
            && step.blocks.iter().all(|block| match block {
                // What its author takes for a command that nobody runs from here is for somebody's hands.
                Block::Command(command) => {
                    matches!(command.usage, Use::Text | Use::Output) && command.why != super::judge::NEVER
                }
                Block::Prose(quote) => is_table(&quote.text),
            })
    };
    let shows = matches!(&phase.steps[..], [step] if only_shown(step))
        && phase.steps[0].blocks.iter().any(|block| matches!(block, Block::Command(_)));
    let is_empty = phase.steps.is_empty() && phase.criteria.is_empty() && phase.stop_criteria.is_empty();
    // Code that no shell here knows is still what the title tells to do.
    let is_ordered = phase.title.contains(' ') && super::body::is_plain_order(&phase.title);
    if phase.role.is_walked() && !is_said && (is_empty || shows && !is_ordered) {
        phase.role = Role::Reference;
        NOTHING.clone_into(&mut phase.role_why);
        phase.steps.iter_mut().for_each(|step| step.kind = StepKind::Group);
    }
}

/// Whether a text is a table, with or without a heading above it.
fn is_table(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.all(|line| line.starts_with('|'))
}

/// What stands before the first phase: reference, and a phase only when it holds code.
fn preamble(shop: &mut Workshop<'_, '_>, bodies: &[Range<usize>]) -> Option<Phase> {
    let first = bodies.iter().find(|body| !body.is_empty())?;
    let (line, start) = (shop.pieces[first.start].line, shop.pieces[first.start].span.start);
    let title = title::Title { text: "Preamble".to_owned(), ..title::Title::default() };
    let mut all = Built::default();
    let mut end = start;
    for body in bodies {
        end = shop.pieces[body.clone()].iter().map(|piece| piece.span.end).fold(end, usize::max);
        let mut built = shop.body(body.clone(), &title, Role::Reference);
        all.blocks.append(&mut built.blocks);
        all.steps.append(&mut built.steps);
    }
    let (quotes, code): (Vec<Block>, Vec<Block>) =
        all.blocks.into_iter().partition(|block| matches!(block, Block::Prose(_)));
    let mut phase = empty(&title, line, start..end, Reason::new(Role::Reference, "before the first section"));
    phase.prose = quotes_of(quotes);
    phase.steps = all.steps;
    if !code.is_empty() {
        let mut step = shop.new_step(title, line, start..end);
        step.kind = crate::runbook::StepKind::Group;
        step.blocks = code;
        phase.steps.insert(0, step);
    }
    phase.id = PhaseId("preamble".to_owned());
    Some(phase).filter(|phase| !phase.steps.is_empty())
}

/// A section's role: by what its author says of it, by its title, then by what it holds. Nothing that is marked as work
/// is taken for mere reading.
fn role_of(section: &Section, pieces: &[Piece], subjects: &[Role]) -> Reason {
    let reason = role_unmarked(section, pieces, subjects);
    let is_named = || roles::by_title(&section.title.text).is_some();
    let is_work = match directives::mark(&section.title.attributes) {
        Mark::None => false,
        Mark::Cared => !is_named(),
        Mark::Work => true,
    };
    if is_work && reason.why != SAID && matches!(reason.role, Role::Reference | Role::Template) {
        return Reason::new(Role::Forward, MARKED);
    }
    reason
}

fn role_unmarked(section: &Section, pieces: &[Piece], subjects: &[Role]) -> Reason {
    let said = section.title.attributes.iter().flat_map(|attributes| &attributes.pairs).find(|(key, _)| key == "role");
    if let Some(role) = said.and_then(|(_, node)| node.word()).and_then(directives::role_named) {
        return Reason::new(role, SAID);
    }
    if section.heading.is_none() {
        return Reason::new(Role::Forward, "there are no headings: it is all one phase");
    }
    let by_title = roles::by_title_among(&section.title.text, subjects);
    let recurring = section.children.iter().filter(|child| roles::recurs(&child.title.text)).count();
    if recurring > 1 && recurring * 2 >= section.children.len() {
        match by_title {
            None => return Reason::new(Role::Ongoing, "its parts are done again and again"),
            Some(reason) if matches!(reason.role, Role::Ongoing | Role::Reference) => return reason,
            Some(_) => {}
        }
    }
    let has_boxes = || has_boxes(&pieces[section.extent()]);
    match by_title {
        None if roles::is_mere_name(&section.title.text) && !holds_work(&pieces[section.extent()]) => {
            Reason::new(Role::Reference, "title names a thing, and nothing below it is to be done")
        }
        None if tells_symptoms(section, pieces) => Reason::new(Role::Trouble, "its table tells causes of symptoms"),
        None if holds_templates(section, pieces) && !orders(section) => {
            Reason::new(Role::Template, "holds only text blocks")
        }
        None => match subject(section, subjects) {
            Some(reason) => Reason::new(Role::Forward, format!("{}, as the document's own title does", reason.why)),
            None => Reason::new(Role::Forward, "no other role fits its title"),
        },
        Some(reason) => match reason.role {
            Role::Trouble if roles::comes_after(&section.title.text) && holds_steps(&pieces[section.extent()]) => {
                Reason::new(Role::Post, "title says post, and it holds steps")
            }
            Role::Reference | Role::Ongoing if has_boxes() => {
                Reason::new(Role::Forward, format!("{}, but it holds task boxes", reason.why))
            }
            Role::Reference if counts_steps(section, pieces) => {
                Reason::new(Role::Forward, format!("{}, but its headings count steps", reason.why))
            }
            Role::Prep
            | Role::Forward
            | Role::Verify
            | Role::Post
            | Role::Rollback
            | Role::Trouble
            | Role::Reference
            | Role::Ongoing
            | Role::Signoff
            | Role::Template => reason,
        },
    }
}

/// What the title says beyond the subjects of the document's own title, which were left out of it.
fn subject(section: &Section, subjects: &[Role]) -> Option<Reason> {
    if subjects.is_empty() { None } else { roles::by_title(&section.title.text) }
}

/// Several headings below it are called "Step n" and hold code: an author forgot to begin a new section.
fn counts_steps(section: &Section, pieces: &[Piece]) -> bool {
    let counted = section.children.iter().filter(|child| {
        let is_counted = child.title.number.as_ref().is_some_and(|number| title::STEP_WORDS.contains(&number.word));
        is_counted && pieces[child.extent()].iter().any(|piece| matches!(piece.kind, Kind::Code(_)))
    });
    counted.count() >= 2
}

fn has_boxes(pieces: &[Piece]) -> bool {
    pieces.iter().any(|piece| match piece.kind {
        Kind::Item(_) => title::split_box(piece.inline.first_line()).1.is_some(),
        Kind::Heading(_) | Kind::Paragraph | Kind::Code(_) | Kind::Table(_) | Kind::Rule | Kind::Html => false,
    })
}

/// Whether there is code that is no whole script, or what [`holds_steps`] looks for.
fn holds_work(pieces: &[Piece]) -> bool {
    let is_code = |piece: &Piece| matches!(&piece.kind, Kind::Code(code) if !code.text.starts_with("#!"));
    holds_steps(pieces) || pieces.iter().any(is_code)
}

/// Whether every bullet begins with a check mark, a warning or a cross: somebody keeps account of them.
fn keeps_account(pieces: &[Piece]) -> bool {
    let mut top = pieces.iter().filter(|piece| matches!(piece.kind, Kind::Item(_)) && piece.depth == 1).peekable();
    top.peek().is_some() && top.all(|piece| super::claim::mark(&piece.inline).is_some())
}

/// Whether there are boxes or numbered items.
fn holds_steps(pieces: &[Piece]) -> bool {
    has_boxes(pieces) || pieces.iter().any(|piece| matches!(piece.kind, Kind::Item(Some(_))))
}

/// Whether the title of a section, or of one below it, tells what to do.
fn orders(section: &Section) -> bool {
    roles::orders(&section.title.text.to_lowercase()) || section.children.iter().any(orders)
}

/// A section whose bodies are only fences tagged as text holds templates.
fn holds_templates(section: &Section, pieces: &[Piece]) -> bool {
    let mut fences = 0;
    for piece in &pieces[section.extent()] {
        match &piece.kind {
            Kind::Code(code) if ["text", "txt", "plaintext", "markdown", "md"].contains(&code.info.trim()) => {
                fences += 1;
            }
            Kind::Code(_) | Kind::Item(_) | Kind::Table(_) => return false,
            Kind::Heading(_) | Kind::Paragraph | Kind::Rule | Kind::Html => {}
        }
    }
    fences > 0
}

/// A section whose table says what is behind which symptom, and that holds neither lists nor code.
fn tells_symptoms(section: &Section, pieces: &[Piece]) -> bool {
    let mut tells = false;
    for piece in &pieces[section.extent()] {
        match &piece.kind {
            Kind::Table(table) => tells |= super::tables::tells_symptoms(table),
            Kind::Code(_) | Kind::Item(_) => return false,
            Kind::Heading(_) | Kind::Paragraph | Kind::Rule | Kind::Html => {}
        }
    }
    tells
}

/// Cards, links and frames of a scraped page look like titles, but nothing or little stands below them. What says more
/// than a card and has no steps is there to be read.
pub fn drop_cards(phases: &mut Vec<Phase>) {
    phases.retain(|phase| {
        let said = phase.prose.iter().flat_map(|quote| quote.text.lines()).filter(|line| !line.trim().is_empty());
        let most = if phase.role_why == NOTHING { 3 } else { 1 };
        !phase.steps.is_empty() || (!phase.is_walked() && said.count() > most)
    });
}

/// Takes children out of a walked section whose own titles say that they are not walked, in document order.
fn lift(
    section: &mut Section,
    reason: &Reason,
    shop: &Workshop<'_, '_>,
    subjects: &[Role],
    lifted: &mut Vec<(Section, Reason)>,
) {
    if !reason.role.is_walked() {
        return;
    }
    section.children.retain_mut(|child| {
        let role = role_of(child, shop.pieces, subjects);
        let is_step = shop.step_level == Some(child.level) && role.why != SAID && !is_set_aside(child, &role);
        // A part of a phase that keeps account of its items stays where it stands, whatever it is called.
        let keeps_account = || role.role == Role::Reference && keeps_account(&shop.pieces[child.extent()]);
        let stays = role.role.is_walked() || is_step || is_marked_as_step(child, &role) || keeps_account();
        if stays {
            lift(child, reason, shop, subjects, lifted);
        } else {
            lifted.push((std::mem::take(child), role));
        }
        stays
    });
}

/// Whether a title says that what stands below it is no part of the way forward. A level of headings does not change that:
/// nobody walks a rollback because of how deep it stands.
fn is_set_aside(section: &Section, reason: &Reason) -> bool {
    matches!(reason.role, Role::Rollback | Role::Trouble | Role::Reference)
        && roles::by_title(&section.title.text).is_some()
}

/// Whoever writes `{.critical owner=dba}` behind a heading means a step, whatever its title reminds of. A mere `{#anchor}`
/// is there for links.
fn is_marked_as_step(section: &Section, role: &Reason) -> bool {
    let marks = |attributes: &Attributes| !attributes.classes.is_empty() || !attributes.pairs.is_empty();
    role.why != SAID && section.title.attributes.iter().any(marks)
}

fn phase(shop: &mut Workshop<'_, '_>, section: &Section, reason: Reason) -> Phase {
    let role = reason.role;
    let is_said = reason.why == SAID || directives::mark(&section.title.attributes) > Mark::None;
    let line = section.heading.map_or(1, |at| shop.pieces[at].line);
    let mut phase = empty(&section.title, line, section.span(shop.pieces), reason);
    let said = directives::of(&section.title.attributes, &phase.span, shop.judge.findings);
    phase.id = PhaseId(said.id.clone().unwrap_or_default());
    phase.owner = said.owner.clone().or(phase.owner);
    phase.optional = said.optional.unwrap_or(phase.optional);
    phase.estimate_s = said.estimate_s.or(phase.estimate_s);
    phase.gate.clone_from(&said.gate);
    phase.rollback = said.rollback.as_deref().map(Box::from);
    let mut built = shop.section(section, role);
    settle_criteria(&mut built);
    dissolve(&mut built, line);
    if !built.steps.is_empty() {
        shop.prelude(&section.title, line, phase.span.clone(), role, &mut built);
    }
    gather_choices(&mut built.steps, &section.title.text);
    let (quotes, code): (Vec<Block>, Vec<Block>) =
        built.blocks.into_iter().partition(|block| matches!(block, Block::Prose(_)));
    phase.prose = quotes_of(quotes);
    phase.steps = built.steps;
    phase.steps.shrink_to_fit();
    if let Some(step) = phase.steps.first_mut().filter(|step| step.line == line) {
        // What the author says of the heading is said of the phase, once.
        step.id.0.clear();
        step.gate = None;
        if let Some(rare) = &mut step.rare {
            rare.rollback = None;
        }
    }
    hand_down(&mut phase, &said);
    if let Some(weight) = said.weight {
        phase.steps.iter_mut().filter(|step| step.weight == 0).for_each(|step| step.weight = weight);
    }
    if !code.is_empty() {
        // Code before the first list item, or in a section without steps: at hand, in a step of its own.
        let mut step = shop.new_step(section.title.clone(), line, phase.span.clone());
        step.blocks = code;
        super::steps::settle(&mut step, role);
        phase.steps.insert(0, step);
    }
    phase.criteria = built.criteria;
    phase.criteria.extend(said.evidence.iter().map(|what| Quote { line, text: directives::kept(what) }));
    phase.stop_criteria = built.stop_criteria;
    phase.claim = phase.claim.or(built.claim);
    phase.owner = phase.owner.or(built.owner);
    phase.estimate_s = phase.estimate_s.or(built.estimate_s);
    rest(&mut phase, is_said);
    phase
}

/// What an author says of a whole phase holds for its steps, unless they say something else.
fn hand_down(phase: &mut Phase, said: &Directives) {
    let line = phase.line;
    phase.prose.extend(said.link.iter().map(|to| Quote { line, text: format!("See <{to}>") }));
    let role = phase.role;
    for step in &mut phase.steps {
        step.add_condition(said.condition.clone());
        hand_down_to(step, said, role);
    }
}

fn hand_down_to(step: &mut Step, said: &Directives, role: Role) {
    step.critical |= said.critical == Some(true) && step.is_leaf();
    if said.by_hand == Some(true) && !step.by_hand {
        step.by_hand = true;
        super::steps::settle(step, role);
    }
    step.steps.iter_mut().for_each(|child| hand_down_to(child, said, role));
}

/// A phase that is a single heading with several commands below it: they are its steps, without a group of its name.
fn dissolve(built: &mut Built, line: u32) {
    let [only] = &mut built.steps[..] else {
        return;
    };
    let holds_prose_only = only.blocks.iter().all(|block| matches!(block, Block::Prose(_)));
    let is_plain = only.gate.is_none() && only.criteria.is_empty() && only.kind == StepKind::Group;
    if only.line == line && is_plain && holds_prose_only && !only.steps.is_empty() {
        let (mut blocks, steps) = (std::mem::take(&mut only.blocks), std::mem::take(&mut only.steps));
        built.blocks.append(&mut blocks);
        built.steps = steps;
    }
}

fn quotes_of(blocks: Vec<Block>) -> Vec<Quote> {
    blocks
        .into_iter()
        .filter_map(|block| match block {
            Block::Prose(quote) => Some(quote),
            Block::Command(_) => None,
        })
        .collect()
}

fn empty(title: &title::Title, line: u32, span: crate::runbook::Span, reason: Reason) -> Phase {
    Phase {
        id: PhaseId(String::new()),
        number: 0,
        title: title.text.clone(),
        line,
        span,
        role: reason.role,
        role_why: reason.why,
        claim: title.claim,
        optional: title.is_optional,
        owner: title.owner.clone(),
        estimate_s: title.estimate_s,
        criteria: Vec::new(),
        stop_criteria: Vec::new(),
        schedule: estimate::schedule(&title.text),
        gate: None,
        rollback: None,
        prose: Vec::new(),
        steps: Vec::new(),
    }
}

/// A criterion below the last of several headings speaks of the phase, unless every heading has one of its own, or the
/// phase has said itself what has to hold.
fn settle_criteria(built: &mut Built) {
    if !built.criteria.is_empty() {
        return;
    }
    let several = built.steps.len() > 1;
    if let [only] = built.judged_below_headings[..]
        && only + 1 == built.steps.len()
        && let Some(last) = built.steps.last_mut()
        && (several || last.kind != StepKind::Command)
    {
        built.criteria.append(&mut last.criteria);
    }
}
