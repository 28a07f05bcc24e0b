//! What the blocks of one section are to each other: which are steps, criteria, facts or notes.

use super::blocks::{Kind, Piece};
use super::claim::{self, Mark};
use super::inline::Inline;
use super::label::{self, Label};
use super::lead_in;
use super::text::has_any;
use super::title;
use crate::runbook::Role;
use std::ops::Range;

/// The part a block plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A step of its own, or the group around steps.
    Step,
    /// A condition of the step or section it stands in.
    Criterion,
    StopCriterion,
    /// A status, owner or time line; or a label whose list has a part already.
    Fact,
    /// Anything else.
    Note,
    /// A note that is no step although its neighbours are.
    Aside,
}

/// The first rule that makes steps of a section's blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Tasks,
    Ordered,
    Marks,
    Bullets,
    Table,
    /// No list makes steps: code or prose may.
    Plain,
}

/// A section's blocks with their parts, indexed like the body.
#[derive(Debug)]
pub struct Parts {
    pub unit: Unit,
    pub parts: Vec<Part>,
}

/// Decides the part of every block of a body.
#[must_use]
pub fn parts(pieces: &[Piece], body: &Range<usize>, heading: &str, role: Role) -> Parts {
    let pieces = &pieces[body.clone()];
    let mut parts = vec![Part::Note; pieces.len()];
    labelled(pieces, heading, &mut parts);
    let unit = unit(pieces, heading, role, &parts);
    if unit == Unit::Bullets && label_says_steps(pieces) {
        set_aside_other_lists(pieces, &mut parts);
    }
    mark_steps(pieces, unit, &mut parts);
    if unit == Unit::Plain && role.is_walked() {
        mark_below_actions(pieces, &mut parts);
    }
    Parts { unit, parts }
}

/// Labels first: what they announce is no step.
fn labelled(pieces: &[Piece], heading: &str, parts: &mut [Part]) {
    // What the list below belongs to, from the depth on at which the label stands.
    let mut open: Option<(u16, Part)> = label::of_heading(heading).map(|label| (0, part_of(label)));
    let whole_section = open.is_some();
    for (at, piece) in pieces.iter().enumerate() {
        match &piece.kind {
            Kind::Item(number) => {
                if let Some((depth, part)) = open
                    && piece.depth > depth
                {
                    parts[at] = part;
                    continue;
                }
                if !whole_section {
                    open = None;
                }
                let is_boxed = title::is_boxed(&piece.inline);
                if piece.depth > 1 && number.is_none() && !is_boxed {
                    (parts[at], open) = by_label(pieces, at);
                }
            }
            Kind::Paragraph => {
                if !whole_section {
                    (parts[at], open) = by_label(pieces, at);
                }
            }
            Kind::Heading(_) | Kind::Code(_) | Kind::Table(_) | Kind::Rule | Kind::Html => {
                if !whole_section {
                    open = None;
                }
            }
        }
    }
}

fn part_of(label: Label) -> Part {
    match label {
        Label::Pass => Part::Criterion,
        Label::Stop => Part::StopCriterion,
        Label::Status | Label::Owner | Label::Time | Label::Action => Part::Fact,
    }
}

/// The part of a labelled text, and what it makes of the list below it.
fn by_label(pieces: &[Piece], at: usize) -> (Part, Option<(u16, Part)>) {
    let piece = &pieces[at];
    let Some((label, rest)) = label::split(&piece.inline) else {
        return (Part::Note, None);
    };
    let Some(kind) = label::kind(label, rest) else {
        return (Part::Note, None);
    };
    let part = part_of(kind);
    match kind {
        Label::Pass | Label::Stop if rest.is_empty() => {
            let list_below = pieces.get(at + 1).is_some_and(|next| is_item(next) && next.depth > piece.depth);
            if list_below { (Part::Fact, Some((piece.depth, part))) } else { (Part::Note, None) }
        }
        Label::Pass | Label::Stop => (part, Some((piece.depth, part)).filter(|_| rest.ends_with(':'))),
        Label::Status | Label::Owner | Label::Time => (if rest.is_empty() { Part::Note } else { part }, None),
        Label::Action => (Part::Note, None),
    }
}

fn is_item(piece: &Piece) -> bool {
    match piece.kind {
        Kind::Item(_) => true,
        Kind::Heading(_) | Kind::Paragraph | Kind::Code(_) | Kind::Table(_) | Kind::Rule | Kind::Html => false,
    }
}

/// Free items: those no label has taken.
fn items<'p>(pieces: &'p [Piece], parts: &'p [Part]) -> impl Iterator<Item = (usize, &'p Piece, Option<u64>)> {
    pieces.iter().enumerate().filter_map(|(at, piece)| match piece.kind {
        Kind::Item(number) if parts[at] == Part::Note && !is_quoted_bullet(piece) => Some((at, piece, number)),
        Kind::Item(_)
        | Kind::Heading(_)
        | Kind::Paragraph
        | Kind::Code(_)
        | Kind::Table(_)
        | Kind::Rule
        | Kind::Html => None,
    })
}

/// A bullet in a block quote belongs to what the quote explains; a box or a number says that it is to be done.
fn is_quoted_bullet(piece: &Piece) -> bool {
    matches!(piece.kind, Kind::Item(None)) && piece.is_quoted && !title::is_boxed(&piece.inline)
}

fn unit(pieces: &[Piece], heading: &str, role: Role, parts: &[Part]) -> Unit {
    let (mut top, mut ordered, mut marked) = (0, Vec::new(), 0);
    for (at, piece, number) in items(pieces, parts) {
        let mark = claim::mark(&piece.inline);
        if title::is_boxed(&piece.inline) || mark.and_then(Mark::as_box).is_some() {
            return Unit::Tasks;
        }
        if piece.depth == 1 {
            top += 1;
            marked += usize::from(mark.is_some());
            if number.is_some() {
                ordered.push(at);
            }
        }
    }
    let lists_walk = role.is_walked() || matches!(role, Role::Rollback | Role::Trouble | Role::Ongoing);
    if lists_walk && !ordered.is_empty() && is_imperative(pieces, &ordered, heading, role) {
        return Unit::Ordered;
    }
    if role.is_walked() && marked > 0 && marked * 2 >= top {
        return Unit::Marks;
    }
    if has_step_table(pieces) && lists_walk {
        return Unit::Table;
    }
    if top > 0 && ordered.len() == top && is_description(pieces, &ordered) {
        return Unit::Plain;
    }
    let says_steps = || section_lists_steps(heading, role) || label_says_steps(pieces) || lead_in_says_steps(pieces);
    let may_be_steps = role.is_walked() || role == Role::Rollback;
    if top > 0 && may_be_steps && (says_steps() || bullets_order(pieces, heading, parts)) {
        return Unit::Bullets;
    }
    Unit::Plain
}

/// Sections whose bullets are things to do.
fn section_lists_steps(heading: &str, role: Role) -> bool {
    let lower = heading.to_lowercase();
    let own = || super::roles::by_title(heading).map(|reason| reason.role);
    role == Role::Prep
        || role == Role::Post
        || matches!(own(), Some(Role::Prep | Role::Post | Role::Verify))
        || lead_in::says_steps(&lower)
        || has_any(
            &lower,
            &[
                "steps",
                "procedure",
                "prerequisite",
                "checklist",
                "tasks",
                "to do",
                "todo",
                "schritte",
                "vorgehen",
                "checkliste",
                "étapes",
                "pasos",
                "passos",
                "步骤",
                "清单",
                "手順",
                "チェックリスト",
                "단계",
                "절차",
                "шаги",
                "порядок",
                "langkah",
                "stappen",
                "kroki",
                "adımlar",
                "passi$",
            ],
        )
        .is_some()
}

/// "Do the following:" right above a list.
fn lead_in_says_steps(pieces: &[Piece]) -> bool {
    pieces.windows(2).any(|pair| {
        is_item(&pair[1])
            && pair[1].depth == 1
            && matches!(pair[0].kind, Kind::Paragraph)
            && pair[0].inline.text.trim_end().ends_with([':', '：'])
            && lead_in::says_steps(&pair[0].inline.text.to_lowercase())
            && !lead_in::tells_what_program_does(&pair[0].inline.text)
    })
}

/// Bullets that stand alone in their section are steps when nearly all of them give an order, or when one does so and its
/// heading is nothing but one.
fn bullets_order(pieces: &[Piece], heading: &str, parts: &[Part]) -> bool {
    let first = pieces.iter().position(is_item).unwrap_or(pieces.len());
    let stands_alone = pieces.iter().enumerate().all(|(at, piece)| match piece.kind {
        Kind::Item(_) => parts[at] == Part::Note || piece.depth > 1,
        Kind::Paragraph => piece.depth > 0 || !lead_in::describes_below(&piece.inline.text),
        // Code at the margin belongs to the bullet above it.
        Kind::Code(_) => piece.depth > 0 || at > first,
        Kind::Table(_) => piece.depth > 0,
        Kind::Heading(_) | Kind::Rule | Kind::Html => true,
    });
    let bullets: Vec<&Piece> =
        items(pieces, parts).filter(|(_, piece, _)| piece.depth == 1).map(|(_, piece, _)| piece).collect();
    let (mut orders, mut commands, mut labelled, mut typed) = (0, 0, 0, 0);
    for piece in &bullets {
        let is_order = super::verbs::begins_with_verb(&piece.inline)
            || piece.inline.text.trim_end().ends_with(['?', '？'])
            || super::bare_commands::is_bare_command(&piece.inline.text)
            || super::verbs::ends_with_deed(piece.inline.first_line())
            || super::inline_code::says_to_run(&piece.inline);
        orders += usize::from(is_order);
        labelled += usize::from(label::split(&piece.inline).is_some_and(|(_, rest)| super::verbs::is_order(rest)));
        let begins_with_command = super::inline_code::begins_with_command(&piece.inline);
        commands += usize::from(!is_order && begins_with_command);
        typed += usize::from(begins_with_command);
    }
    // Among orders a bullet that begins with a command is one; a list of such bullets alone explains commands.
    let all = orders + if orders * 2 > bullets.len() { commands } else { 0 };
    let is_ordered = || heading.split_whitespace().count() < 3 && heading.is_ascii() && is_plain_order(heading);
    // "Step 6: Network": whoever counts a step lists what it consists of.
    let is_counted = || super::text::split_counted(heading, &title::STEP_WORDS).is_some();
    // "Bring down the old client" and nothing but commands below it.
    let are_commands = || bullets.len() > 1 && typed == bullets.len() && is_plain_order(heading);
    stands_alone
        && (all * 4 >= bullets.len() * 3
            || are_commands()
            || bullets.len() > 1 && (orders + labelled > 0 && is_ordered() || all * 2 >= bullets.len() && is_counted()))
}

fn label_says_steps(pieces: &[Piece]) -> bool {
    pieces.windows(2).any(|pair| {
        is_item(&pair[1])
            && pair[1].depth == 1
            && (announces_checklist(&pair[0])
                || label::split(&pair[0].inline)
                    .is_some_and(|(label, rest)| label::kind(label, rest) == Some(Label::Action) && rest.is_empty()))
    })
}

/// Where a label says which bullets are steps, the lists below other labels are none: "Artifacts produced:".
fn set_aside_other_lists(pieces: &[Piece], parts: &mut [Part]) {
    let mut is_aside = false;
    for (at, piece) in pieces.iter().enumerate() {
        match piece.kind {
            Kind::Paragraph if piece.depth == 0 => {
                let label = label::split(&piece.inline).filter(|(_, rest)| rest.is_empty());
                let is_action = label.is_some_and(|(label, rest)| label::kind(label, rest) == Some(Label::Action));
                is_aside = label.is_some() && !is_action && !announces_checklist(piece);
            }
            Kind::Item(_) if is_aside && parts[at] == Part::Note => parts[at] = Part::Aside,
            Kind::Item(_)
            | Kind::Paragraph
            | Kind::Heading(_)
            | Kind::Code(_)
            | Kind::Table(_)
            | Kind::Rule
            | Kind::Html => {}
        }
    }
}

/// "Pre-season checklist": a line of few words above a list, without a full stop.
fn announces_checklist(piece: &Piece) -> bool {
    let text = piece.inline.text.trim();
    matches!(piece.kind, Kind::Paragraph)
        && text.split_whitespace().count() < 6
        && text.ends_with(|c: char| c.is_alphanumeric() || c == ':')
        && has_any(&text.to_lowercase(), &["checklist", "checkliste", "steps", "schritte", "étapes", "pasos", "passos"])
            .is_some()
}

/// Titles whose numbered items are steps.
#[rustfmt::skip]
const PROCEDURES: &[&str] = &[
    "steps", "workflow$", "procedure", "instructions", "how to", "checklist", "schritte", "ablauf", "vorgehen", "anleitung",
    "étapes", "procédure", "pasos", "procedimiento", "passos", "procedimento", "步骤", "流程", "操作", "手順", "단계", "절차",
    "шаги", "порядок", "langkah", "stappen", "kroki", "adımlar", "passi$", "reihenfolge", "sequence$",
];

/// An ordered list gives orders when an item holds code, most items begin with a verb, or its section or lead-in says so.
fn is_imperative(pieces: &[Piece], ordered: &[usize], heading: &str, role: Role) -> bool {
    let lower = heading.to_lowercase();
    if is_description(pieces, ordered) {
        return false;
    }
    let lead_in = lead_in_of(pieces, ordered);
    let says_steps = has_any(&lower, PROCEDURES).is_some();
    if says_steps && role != Role::Reference {
        return true;
    }
    if lead_in.is_some_and(|piece| lead_in::says_steps(&piece.inline.text.to_lowercase())) {
        return true;
    }
    if lead_in.is_some_and(|piece| matches!(piece.kind, Kind::Paragraph) && lead_in::tells_aim(&piece.inline.text)) {
        return true;
    }
    if describes(&lower) {
        return false;
    }
    if matches!(role, Role::Prep | Role::Verify | Role::Post) || is_plain_order(heading) {
        return true;
    }
    let holds_code = ordered.iter().any(|at| {
        let next = ordered.iter().find(|other| *other > at).copied().unwrap_or(pieces.len());
        pieces[at + 1..next].iter().any(|piece| match piece.kind {
            Kind::Code(_) => true,
            Kind::Item(_) | Kind::Heading(_) | Kind::Paragraph | Kind::Table(_) | Kind::Rule | Kind::Html => false,
        })
    });
    let count = |gives: &dyn Fn(&Inline) -> bool| ordered.iter().filter(|at| gives(&pieces[**at].inline)).count();
    // "Phase A": whoever counts phases tells what is done in them.
    let counts = |words: &super::text::Counters| super::text::split_counted(heading, words).is_some();
    holds_code
        || count(&|inline| gives_order(inline, &lower)) * 2 > ordered.len()
        || count(&|inline| super::verbs::names_deed(&title::of_item(inline).text)) * 2 > ordered.len()
        || counts(&title::STEP_WORDS)
        || counts(&title::PHASE_WORDS)
        || names_one_deed(heading)
        || count(&|inline| super::inline_code::begins_with_command(inline)) * 2 > ordered.len()
}

/// "Deploying", "Adding a new flag".
fn names_one_deed(heading: &str) -> bool {
    let mut words = heading.split_whitespace().skip(1);
    let governs = |second: &str| ["a", "an", "the", "new", "your"].contains(&second);
    words.next().is_none_or(governs) && super::verbs::names_deed(heading)
}

/// What stands right above an ordered list.
fn lead_in_of<'p>(pieces: &'p [Piece], ordered: &[usize]) -> Option<&'p Piece> {
    pieces[..ordered[0]].iter().rev().find(|piece| !piece.inline.is_empty())
}

/// Whether the sentence above an ordered list says that it only tells how something is.
fn is_description(pieces: &[Piece], ordered: &[usize]) -> bool {
    lead_in_of(pieces, ordered).is_some_and(|piece| {
        let text = &piece.inline.text;
        matches!(piece.kind, Kind::Paragraph)
            && (lead_in::counts_things(text) || lead_in::tells_what_program_does(text))
    })
}

/// Whether a heading is nothing but an order: "Switch the lights", and no "Release schedule".
pub fn is_plain_order(heading: &str) -> bool {
    let mut words = heading.split_whitespace();
    let (first, second) = (words.next().unwrap_or("").to_lowercase(), words.next().unwrap_or("").to_lowercase());
    let is_noun_too = NOUNS_TOO.contains(&first.as_str())
        && !["the", "a", "an", "all", "your", "to", "new", "it", "and"].contains(&second.as_str());
    let is_unspaced = || heading.chars().any(|c| ('\u{3040}'..='\u{d7af}').contains(&c));
    !is_noun_too
        && !is_unspaced()
        && super::verbs::is_order(heading)
        && !super::roles::is_name_of_thing(&heading.to_lowercase())
        && !heading.trim_end().ends_with(['?', '？'])
}

/// Orders that are as often nouns before another noun: "Release notes template", "Test environment of the team".
const NOUNS_TOO: [&str; 18] = [
    "release", "test", "build", "support", "plan", "report", "backup", "log", "request", "schedule", "review", "point",
    "work", "stage", "order", "contact", "query", "post",
];

/// Whether an item begins with an order, also behind a name of its own ("Merge: Merge it into the branch"), or says to
/// run something. Options and the like have names as well, and are described in orders.
fn gives_order(inline: &Inline, heading: &str) -> bool {
    let is_named = || {
        label::split(inline)
            .is_some_and(|(label, rest)| label.split_whitespace().count() <= 3 && super::verbs::is_order(rest))
    };
    super::verbs::begins_with_verb(inline)
        || super::verbs::ends_with_deed(inline.first_line())
        || super::inline_code::says_to_run(inline)
        || !super::inline_code::commands_of_step(inline).is_empty()
        || !super::roles::is_name_of_thing(heading) && is_named()
}

/// Lists under such words describe something.
fn describes(lower: &str) -> bool {
    has_any(
        lower,
        &[
            "contains",
            "includes",
            "notes",
            "说明",
            "exceptions",
            "what ci does",
            "how it works",
            "rules",
            "principles",
            "goals",
            "features",
        ],
    )
    .is_some()
}

/// A table of steps names them in one column and something about them in another.
fn has_step_table(pieces: &[Piece]) -> bool {
    pieces.iter().any(|piece| match &piece.kind {
        Kind::Table(table) => super::tables::columns(table).is_some(),
        Kind::Item(_) | Kind::Heading(_) | Kind::Paragraph | Kind::Code(_) | Kind::Rule | Kind::Html => false,
    })
}

fn mark_steps(pieces: &[Piece], unit: Unit, parts: &mut [Part]) {
    match unit {
        Unit::Tasks => mark_tasks(pieces, parts),
        Unit::Ordered | Unit::Marks | Unit::Bullets => mark_top(pieces, parts, unit),
        Unit::Table | Unit::Plain => {}
    }
}

/// Boxed items at every depth, and the items around them.
fn mark_tasks(pieces: &[Piece], parts: &mut [Part]) {
    let mut around: Vec<(u16, usize)> = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        if piece.depth == 0 {
            around.clear();
        }
        if !is_item(piece) || parts[at] != Part::Note {
            continue;
        }
        while around.last().is_some_and(|(depth, _)| *depth >= piece.depth) {
            around.pop();
        }
        if title::is_boxed(&piece.inline) || claim::mark(&piece.inline).and_then(Mark::as_box).is_some() {
            parts[at] = Part::Step;
            // Everything around a marked group is marked already.
            for (_, parent) in
                around.iter().rev().take_while(|(_, parent)| parts[*parent] != Part::Step).copied().collect::<Vec<_>>()
            {
                parts[parent] = Part::Step;
            }
        }
        around.push((piece.depth, at));
    }
}

/// "- **Response:**" among bullets that say other things: what is numbered below it is to be done.
fn mark_below_actions(pieces: &[Piece], parts: &mut [Part]) {
    let mut is_action = false;
    for (at, piece) in pieces.iter().enumerate() {
        match piece.kind {
            Kind::Item(None) if piece.depth == 1 => {
                is_action = label::split(&piece.inline)
                    .is_some_and(|(name, rest)| rest.is_empty() && label::kind(name, rest) == Some(Label::Action));
            }
            Kind::Item(Some(_)) if is_action && piece.depth == 2 && parts[at] == Part::Note => parts[at] = Part::Step,
            Kind::Item(_)
            | Kind::Paragraph
            | Kind::Heading(_)
            | Kind::Code(_)
            | Kind::Table(_)
            | Kind::Rule
            | Kind::Html => {}
        }
    }
}

/// Items at the top of a list: the numbered ones where those are the steps, else all.
fn mark_top(pieces: &[Piece], parts: &mut [Part], unit: Unit) {
    for (at, piece) in pieces.iter().enumerate() {
        if let Kind::Item(number) = piece.kind
            && parts[at] == Part::Note
            && piece.depth == 1
            && (number.is_some() || unit != Unit::Ordered)
            && !is_quoted_bullet(piece)
        {
            parts[at] = Part::Step;
        }
    }
}
