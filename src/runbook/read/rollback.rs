//! What takes a step back is no step of the walk: what `rollback=` names is set aside, wherever it stands.
//!
//! It never takes away what other blocks need (`needs=`), nor a section whose role the author states.

use super::attributes::{nearest, split_heading};
use super::findings::Findings;
use super::ids::{self, Numbers};
use super::{front, phases, steps};
use crate::runbook::need::{Index, Named};
use crate::runbook::way_back::{WHY, find, holds};
use crate::runbook::{
    Block, BlockOptions, Command, FrontMatter, Phase, PhaseId, Rare, Role, Span, Step, StepId, StepKind,
};
use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};

/// What is named, so that it is found again while the tree changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Phase(PhaseId),
    Step(StepId),
    /// By its step and its place among the step's commands.
    Block(StepId, usize),
}

impl Key {
    fn of(named: &Named<'_>) -> Self {
        match named {
            Named::Phase(phase) => Key::Phase(phase.id.clone()),
            Named::Step(step) => Key::Step(step.id.clone()),
            Named::Block { step, index, .. } => Key::Block(step.id.clone(), *index),
        }
    }
}

/// Reports names that stand for nothing, and moves what the others stand for out of the walk, into sections of their own
/// behind the phases where it stands.
pub fn set_aside(phases: &mut Vec<Phase>, front: &mut FrontMatter, text: &str, findings: &mut Findings) {
    if memchr::memmem::find(text.as_bytes(), b"rollback").is_none() {
        return;
    }
    let Found { targets, sections } = look(phases, front, text, findings);
    if !sections.is_empty() {
        rename(phases, front, &sections);
    }
    if targets.is_empty() {
        return;
    }
    let mut moved = Vec::with_capacity(phases.len());
    for mut phase in phases.drain(..) {
        if phase.is_walked() && targets.contains(&Key::Phase(phase.id.clone())) {
            if phase.role_why != phases::SAID {
                phase.role = Role::Rollback;
                WHY.clone_into(&mut phase.role_why);
            }
            moved.push(phase);
            continue;
        }
        let mut aside = Vec::new();
        if phase.is_walked() {
            take(&mut phase.steps, phase.role, &targets, &mut aside);
        }
        for step in &aside {
            let message = format!("“{}” is not walked, because a rollback names it", step.title);
            let hint = "put it into a section `## Rollback`, where a reader looks for it";
            findings.hint("set-aside", message, head(text, &step.span)).hint(hint);
        }
        let section = (!aside.is_empty()).then(|| section(&phase, aside));
        moved.push(phase);
        moved.extend(section);
    }
    *phases = moved;
    name(phases);
    // Everything has its id, so that only numbers change.
    let mut numbers = Numbers::default();
    for phase in phases {
        numbers.assign(phase, &mut Findings::default());
    }
}

/// What the names stand for.
#[derive(Default)]
struct Found {
    /// What may be set aside.
    targets: BTreeSet<Key>,
    /// Sections at hand by the headings in them that are no steps.
    sections: HashMap<String, PhaseId>,
}

fn look(phases: &[Phase], front: &FrontMatter, text: &str, findings: &mut Findings) -> Found {
    let all = || phases.iter().flat_map(|phase| &phase.steps).flat_map(Step::subtree);
    let is_silent =
        |step: &Step| step.rollback().is_none() && step.commands().all(|command| command.options.rollback.is_none());
    if front.rollback.is_none() && phases.iter().all(|phase| phase.rollback.is_none()) && all().all(is_silent) {
        return Found::default();
    }
    let index = Index::of_phases(phases);
    let anchors = OnceCell::new();
    let Found { mut targets, mut sections } = Found::default();
    let mut find_out = |name: &str, of: Of<'_>| match find(&index, name) {
        Some(named) if of.is_in(&named) => {
            let message = format!("`rollback={name}` names the step that it is to take back");
            findings.error("unknown-rollback", message, of.span(text)).hint("name the step or block that undoes it");
        }
        Some(named) => {
            targets.insert(Key::of(&named));
        }
        None => {
            let at = anchors.get_or_init(|| anchors_of(text)).get(name);
            let holds = |phase: &&Phase| at.is_some_and(|at| phase.span.contains(at));
            // A section within another one comes after it.
            match phases.iter().rev().find(holds).filter(|phase| !phase.is_walked()) {
                Some(phase) => {
                    sections.insert(name.to_owned(), phase.id.clone());
                }
                None => unknown(name, &of.span(text), &index, findings),
            }
        }
    };
    if let Some(name) = &front.rollback {
        find_out(name, Of::Document);
    }
    for phase in phases {
        if let Some(name) = &phase.rollback {
            find_out(name, Of::Phase(phase));
        }
    }
    for step in all() {
        if let Some(name) = step.rollback() {
            find_out(name, Of::Step(step));
        }
        for (at, command) in step.commands().enumerate() {
            if let Some(name) = &command.options.rollback {
                find_out(name, Of::Block(step, at, command));
            }
        }
    }
    let needed = all().flat_map(Step::commands).flat_map(|command| &command.options.needs);
    for named in needed.filter_map(|name| index.get(name)) {
        targets.remove(&Key::of(&named));
    }
    Found { targets, sections }
}

/// Where the headings of a document stand, by their ids.
fn anchors_of(text: &str) -> HashMap<String, usize> {
    let mut anchors = HashMap::new();
    let (mut at, mut is_code) = (0, false);
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        is_code ^= bare.starts_with("```") || bare.starts_with("~~~");
        if let Some(title) =
            bare.trim_start_matches('#').strip_prefix(' ').filter(|_| bare.starts_with('#') && !is_code)
        {
            let (words, id) = match split_heading(title) {
                Some((words, attributes)) => (words, attributes.id),
                None => (title, None),
            };
            let mut slug = String::new();
            ids::slug(words, &mut slug);
            anchors.entry(id.unwrap_or(slug)).or_insert(at);
        }
        at += line.len();
    }
    anchors
}

/// Puts the ids of sections in the place of the headings in them.
fn rename(phases: &mut [Phase], front: &mut FrontMatter, sections: &HashMap<String, PhaseId>) {
    let boxed = |name: &mut Option<Box<str>>| {
        if let Some(id) = name.as_deref().and_then(|name| sections.get(name)) {
            *name = Some(id.0.as_str().into());
        }
    };
    if let Some(id) = front.rollback.as_ref().and_then(|name| sections.get(name)) {
        front.rollback = Some(id.0.clone());
    }
    let mut open: Vec<&mut Step> = Vec::new();
    for phase in phases {
        boxed(&mut phase.rollback);
        open.extend(&mut phase.steps);
        while let Some(step) = open.pop() {
            if let Some(rare) = &mut step.rare {
                boxed(&mut rare.rollback);
            }
            for block in &mut step.blocks {
                let Block::Command(command) = block else { continue };
                if let Some(id) = command.options.rollback.as_ref().and_then(|name| sections.get(name)) {
                    let options = BlockOptions { rollback: Some(id.0.clone()), ..(*command.options).clone() };
                    command.options = options.into();
                }
            }
            open.extend(&mut step.steps);
        }
    }
}

/// What is to be taken back.
#[derive(Clone, Copy)]
enum Of<'a> {
    Document,
    Phase(&'a Phase),
    Step(&'a Step),
    Block(&'a Step, usize, &'a Command),
}

impl Of<'_> {
    /// Whether it would be taken back by itself.
    fn is_in(self, named: &Named<'_>) -> bool {
        match (self, named) {
            (Of::Document, _) | (Of::Phase(_), Named::Step(_) | Named::Block { .. }) => false,
            (Of::Phase(phase), Named::Phase(other)) => phase.id == other.id,
            (Of::Block(step, at, _), Named::Block { step: other, index, .. }) => step.id == other.id && at == *index,
            (Of::Step(step) | Of::Block(step, ..), _) => holds(named, step),
        }
    }

    /// Where it says so.
    fn span(self, text: &str) -> Span {
        let span = match self {
            Of::Document => return front::span_of(text, "rollback"),
            Of::Phase(phase) => &phase.span,
            Of::Step(step) => &step.span,
            Of::Block(_, _, command) => &command.span,
        };
        let found = memchr::memmem::find(text[span.clone()].as_bytes(), b"rollback").map(|at| span.start + at);
        found.map_or_else(
            || head(text, span),
            |start| {
                let end = text[start..]
                    .find(|c: char| c.is_whitespace() || "},".contains(c))
                    .map_or(span.end, |at| start + at);
                start..end
            },
        )
    }
}

/// The first line of something.
fn head(text: &str, span: &Span) -> Span {
    let end = text[span.clone()].find('\n').map_or(span.end, |at| span.start + at);
    span.start..end
}

fn unknown(name: &str, span: &Span, index: &Index<'_>, findings: &mut Findings) {
    let mut known: Vec<&str> = index.names().filter(|known| known.starts_with(char::is_alphabetic)).collect();
    known.sort_unstable();
    let message = format!("`rollback={name}` names no step, block or section");
    let hint = match nearest(name, &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "name the id of a step, the name of a block or the id of a section".to_owned(),
    };
    findings.error("unknown-rollback", message, span.clone()).hint(hint);
}

/// Takes named steps and blocks out of a tree.
fn take(tree: &mut Vec<Step>, role: Role, targets: &BTreeSet<Key>, aside: &mut Vec<Step>) {
    for mut step in std::mem::take(tree) {
        if is_wholly_named(&step, targets) {
            aside.push(step);
            continue;
        }
        let before = (step.blocks.len(), step.steps.len());
        take_blocks(&mut step, targets, aside);
        take(&mut step.steps, role, targets, aside);
        if before != (step.blocks.len(), step.steps.len()) && step.kind != StepKind::Choice {
            steps::settle(&mut step, role);
        }
        tree.push(step);
    }
}

/// A step that is named, or a heading over nothing but such steps.
fn is_wholly_named(step: &Step, targets: &BTreeSet<Key>) -> bool {
    let holds_no_command = || !step.commands().any(|command| command.usage.is_offered());
    targets.contains(&Key::Step(step.id.clone()))
        || !step.steps.is_empty()
            && holds_no_command()
            && step.steps.iter().all(|child| is_wholly_named(child, targets))
}

/// A block that takes something back becomes a step of its own.
fn take_blocks(step: &mut Step, targets: &BTreeSet<Key>, aside: &mut Vec<Step>) {
    let count = step.commands().count();
    if !(0..count).any(|index| targets.contains(&Key::Block(step.id.clone(), index))) {
        return;
    }
    let mut index = 0;
    let mut kept = Vec::with_capacity(step.blocks.len());
    for block in std::mem::take(&mut step.blocks) {
        let place = index;
        index += usize::from(matches!(block, Block::Command(_)));
        match block {
            Block::Command(command) if targets.contains(&Key::Block(step.id.clone(), place)) => {
                aside.push(of_block(step, command));
            }
            block @ (Block::Prose(_) | Block::Command(_)) => kept.push(block),
        }
    }
    step.blocks = kept;
}

fn of_block(step: &Step, command: Box<Command>) -> Step {
    let name = command.options.name.clone().unwrap_or_default();
    Step {
        id: StepId(String::new()),
        number: String::new(),
        title: name,
        line: command.line,
        span: command.span.clone(),
        kind: StepKind::Command,
        claim: None,
        optional: false,
        critical: false,
        by_hand: false,
        estimate_s: None,
        weight: step.weight,
        gate: None,
        rare: Rare { owner: step.owner().map(Box::from), ..Rare::default() }.kept(),
        criteria: Vec::new(),
        blocks: vec![Block::Command(command)],
        steps: Vec::new(),
    }
}

/// The section behind a phase that holds what takes its steps back.
fn section(phase: &Phase, aside: Vec<Step>) -> Phase {
    Phase {
        id: PhaseId(String::new()),
        number: 0,
        title: format!("Rollback: {}", phase.title),
        line: aside.first().map_or(phase.line, |step| step.line),
        span: phase.span.clone(),
        role: Role::Rollback,
        role_why: WHY.to_owned(),
        claim: None,
        optional: false,
        owner: phase.owner.clone(),
        estimate_s: None,
        criteria: Vec::new(),
        stop_criteria: Vec::new(),
        schedule: None,
        gate: None,
        rollback: None,
        prose: Vec::new(),
        steps: aside,
    }
}

/// Gives what is new an id that nothing has yet: other names in the document keep their meaning.
fn name(phases: &mut [Phase]) {
    let mut taken: BTreeSet<String> = phases.iter().map(|phase| phase.id.0.clone()).collect();
    let all = phases.iter().flat_map(|phase| &phase.steps).flat_map(Step::subtree);
    taken.extend(all.map(|step| step.id.0.clone()));
    let mut free = |wish: &str| {
        let mut count = 1;
        let mut id = wish.to_owned();
        while !taken.insert(id.clone()) {
            count += 1;
            id = format!("{wish}-{count}");
        }
        id
    };
    for phase in phases.iter_mut() {
        if phase.id.0.is_empty() {
            phase.id.0 = free("set-aside");
        }
        for step in phase.steps.iter_mut().filter(|step| step.id.0.is_empty()) {
            // A block is known by its name already.
            step.id.0 = free(&format!("take-back-{}", step.title));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::runbook::need::Named;
    use crate::runbook::read::{lint, read};
    use crate::runbook::{Problem, Runbook, StepId};

    const DESTROY: &str = "rm -rf /srv/x";

    fn book(text: &str) -> Runbook {
        read("x.md", text.as_bytes()).unwrap()
    }

    /// Every phase with its role, every step with the first line of each command.
    fn outline(book: &Runbook) -> String {
        let mut lines = Vec::new();
        for phase in &book.phases {
            lines.push(format!("{} {} [{}]", phase.number, phase.title, phase.role.word()));
            for step in phase.steps.iter().flat_map(crate::runbook::Step::subtree) {
                let code: Vec<&str> = step.commands().map(|command| command.text.trim()).collect();
                lines.push(format!("  {} {} ({}) {}", step.number, step.title, step.kind.word(), code.join(" | ")));
            }
        }
        lines.join("\n")
    }

    fn problems(book: &Runbook, code: &str) -> Vec<(u32, u32, String, Option<String>)> {
        let of_code = |problem: &Problem| {
            (problem.code == code)
                .then(|| (problem.line, problem.column, problem.message.clone(), problem.hint.clone()))
        };
        lint::problems(book).iter().filter_map(of_code).collect()
    }

    fn back(book: &Runbook, step: &str, command: Option<usize>) -> Option<String> {
        book.way_back(&StepId(step.into()), command).map(|named| named.words())
    }

    #[test]
    fn a_block_and_a_step_that_take_something_back_are_no_steps_of_the_walk() {
        let book = book(
            "# P\n## Notes\nNone.\n## Go\n### Move {#move rollback=#home}\n```bash\nmv a b\n```\n### Ship {#ship}\n```bash {rollback=unship}\n./ship\n```\n\
             ```bash {name=unship}\n./ship --back\n```\n### Bring it home {#home}\n```bash\nmv b a\n```\n### Look\n```bash\nls\n```\n",
        );
        let expected = "1 Notes [reference]\n2 Go [forward]\n  2.1 Move (command) mv a b\n  2.2 Ship (command) ./ship\n  2.3 Look (command) ls\n\
                        3 Rollback: Go [rollback]\n  3.1 unship (command) ./ship --back\n  3.2 Bring it home (command) mv b a";
        assert_eq!(outline(&book), expected);
        assert_eq!(back(&book, "move", None).as_deref(), Some("3.2 Bring it home"));
        assert_eq!(back(&book, "ship", Some(0)).as_deref(), Some("block unship of 3.1 unship"));
        assert_eq!(back(&book, "look", None), None);
        let told: Vec<u32> = problems(&book, "set-aside").iter().map(|(line, ..)| *line).collect();
        assert_eq!(told, [13, 16]);
    }

    #[test]
    fn the_nearest_word_of_the_author_holds() {
        let text = "---\nrollback: all\nphases: {later: {rollback: later-back}}\n---\n# P\n## Go {#go rollback=phase-back}\n\
                    ### A {#a}\n```bash\n./a\n```\n### B {#b rollback=step-back}\n```bash\n./b\n```\n```bash {rollback=block-back}\n./c\n```\n\
                    ## Other {#other}\n```bash\n./o\n```\n## Later {#later}\n```bash\n./l\n```\n\
                    ## Rollback\n### All {#all}\n```bash\n./x\n```\n### X {#phase-back}\n```bash\n./x\n```\n### Y {#step-back}\n```bash\n./x\n```\n### Z {#block-back}\n```bash\n./x\n```\n### W {#later-back}\n```bash\n./x\n```\n";
        let book = book(text);
        let step = |id: &str, command| match book.way_back(&StepId(id.into()), command) {
            Some(Named::Step(step)) => step.title.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!([step("a", None), step("b", Some(0)), step("b", Some(1))], ["X", "Y", "Z"]);
        let of = |phase: &str| &book.phase(&crate::runbook::PhaseId(phase.into())).unwrap().steps[0].id.0;
        assert_eq!([step(of("other"), Some(0)), step(of("later"), None)], ["All", "W"]);
        assert_eq!(problems(&book, "unknown-rollback"), []);
        assert_eq!(back(&book, "all", None), None, "what takes back is not taken back");
    }

    #[test]
    fn a_section_that_is_named_is_not_walked() {
        let book = book(
            "# P\n## Go {rollback=home}\n- [ ] ship\n## Homewards {#home}\n- [ ] bring it\n## Go on\n- [ ] ship more\n",
        );
        let walked: Vec<&str> = book.walk().map(|(_, step)| step.title.as_str()).collect();
        assert_eq!(walked, ["ship", "ship more"]);
        assert_eq!(book.phases[1].role_why, super::WHY);
        assert_eq!(back(&book, "ship", None).as_deref(), Some("phase Homewards"));
    }

    #[test]
    fn what_others_need_and_what_its_author_walks_stays() {
        let needed = book(
            "# P\n## Notes\nNone.\n## Go\n### Ship {rollback=start}\n```bash\n./ship\n```\n### Start {#start}\n```bash\n./start\n```\n### Look\n```bash {needs=start}\nls\n```\n",
        );
        assert_eq!(needed.phases.len(), 2);
        assert_eq!(back(&needed, "ship", None).as_deref(), Some("2.2 Start"));
        let said = book("# P\n## Go {rollback=home}\n- [ ] ship\n## Home {#home role=post}\n- [ ] bring it\n");
        assert_eq!(said.walk().count(), 2);
    }

    #[test]
    fn a_heading_that_is_no_step_is_found_by_its_anchor() {
        let text = "# P\n## Go {rollback=call-the-lead}\n- [ ] ship\n## Notes\nSome.\n### Whom to call {#call-the-lead}\nAny time.\n## More\n```text\n# not-this\n```\n";
        assert_eq!(back(&book(text), "ship", None).as_deref(), Some("phase Notes"));
        let in_code = text.replace("rollback=call-the-lead", "rollback=not-this");
        assert_eq!(problems(&book(&in_code), "unknown-rollback").len(), 1);
    }

    #[test]
    fn a_name_that_leads_nowhere_is_an_error_with_its_place() {
        let text = "---\nrollback: bck\n---\n# P\n## Go\n### A {#a rollback=a}\n```bash {rollback=1.1}\n./a\n```\n## Rollback {#back}\n- [ ] call\n";
        let expected = [
            (2, 1, "`rollback=bck` names no step, block or section", "did you mean `back`?"),
            (6, 11, "`rollback=a` names the step that it is to take back", "name the step or block that undoes it"),
            (
                7,
                10,
                "`rollback=1.1` names no step, block or section",
                "name the id of a step, the name of a block or the id of a section",
            ),
        ];
        let expected: Vec<_> =
            expected.map(|(line, column, what, hint)| (line, column, what.to_owned(), Some(hint.to_owned()))).into();
        assert_eq!(problems(&book(text), "unknown-rollback"), expected);
    }

    #[test]
    fn a_way_back_answers_the_warning_for_what_it_takes_back_only() {
        let text = |first: &str, second: &str, front: &str| {
            format!(
                "{front}# P\n## Go\n### A\n```bash {{{first}}}\n{DESTROY}\n```\n### B\n```bash {{{second}}}\n{DESTROY}\n```\n### Put it there again {{#put}}\n```bash\n./put\n```\n"
            )
        };
        let lines =
            |text: &str| -> Vec<u32> { problems(&book(text), "no-rollback").iter().map(|(line, ..)| *line).collect() };
        assert_eq!(lines(&text("", "", "")), [4]);
        assert_eq!(lines(&text("rollback=put", "", "")), [8]);
        assert_eq!(lines(&text("rollback=put", "rollback=put", "")), [0_u32; 0]);
        assert_eq!(lines(&text("", "", "---\nrollback: put\n---\n")), [0_u32; 0]);
        assert_eq!(lines(&text("rollback=nowhere", "", "")), [4]);
    }

    #[test]
    fn a_step_done_by_hand_offers_nothing() {
        let book =
            book("# P\n## Go\n### A {.manual}\n```bash\nls\n```\n### B\n<!-- gonogo: manual -->\n```bash\nls\n```\n");
        for (_, step) in book.walk() {
            assert_eq!((step.kind.word(), step.command(0).unwrap().usage.word()), ("manual", "text"), "{}", step.title);
        }
    }
}
