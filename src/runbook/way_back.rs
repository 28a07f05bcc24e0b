//! `rollback=`: what takes a step back, as its author says it.
//!
//! It only finds what is meant. Nothing runs by itself, and a step without it may still have a section that says how to go
//! back.

use super::need::{Index, Named};
use super::{Command, Phase, Role, Runbook, Step, StepId};

/// Why a section is not walked that was set aside because of its name.
pub const WHY: &str = "a rollback= names it";

/// What a name in `rollback=` stands for: the id of a step, the name of a block or the id of a phase. Numbers are not
/// among them, because what takes something back may be set aside, and numbers then move.
#[must_use]
pub fn find<'a>(index: &Index<'a>, name: &str) -> Option<Named<'a>> {
    index.get(name).filter(|named| match named {
        Named::Step(step) => step.id.0 == name,
        Named::Block { .. } | Named::Phase(_) => true,
    })
}

/// Whether what a name stands for is the step itself, or holds it.
#[must_use]
pub fn holds(named: &Named<'_>, step: &Step) -> bool {
    let steps = match named {
        Named::Step(own) => std::slice::from_ref(*own),
        Named::Phase(phase) => &phase.steps,
        Named::Block { .. } => return false,
    };
    steps.iter().flat_map(Step::subtree).any(|inner| inner.id == step.id)
}

/// Steps with what the author says about taking them back: on the step itself, else on a step around it, else on the phase,
/// else for the whole document.
#[must_use]
pub fn steps(book: &Runbook) -> Vec<(&Phase, &Step, Option<&str>)> {
    let mut found = Vec::new();
    for phase in &book.phases {
        let around = phase.rollback.as_deref().or(book.front.rollback.as_deref());
        let mut open: Vec<(&Step, Option<&str>)> = phase.steps.iter().rev().map(|step| (step, around)).collect();
        while let Some((step, around)) = open.pop() {
            let said = step.rollback().or(around);
            found.push((phase, step, said));
            open.extend(step.steps.iter().rev().map(|child| (child, said)));
        }
    }
    found
}

/// The name that says what takes a command back: its own, else what is said of its step, else of another block of it (the
/// nearest before it), else of what is around the step.
fn name_for<'a>(step: &'a Step, command: Option<usize>, said: Option<&'a str>) -> Option<&'a str> {
    let of = |command: &'a Command| command.options.rollback.as_deref();
    let own = command.and_then(|index| step.command(index)).and_then(of);
    let before = || step.commands().take(command.map_or(usize::MAX, |index| index + 1)).filter_map(of).last();
    own.or(step.rollback()).or_else(before).or_else(|| step.commands().find_map(of)).or(said)
}

impl Phase {
    /// Whether it stands aside only because a `rollback=` names it: then it takes back what names it, and nothing else.
    #[must_use]
    pub fn is_set_aside(&self) -> bool {
        self.role_why == WHY
    }
}

impl Runbook {
    /// The sections that say how to go back, whatever has failed, and have steps to do it.
    pub fn rollbacks(&self) -> impl Iterator<Item = &Phase> {
        let is_one = |phase: &&Phase| phase.role == Role::Rollback && !phase.steps.is_empty() && !phase.is_set_aside();
        self.phases.iter().filter(is_one)
    }

    /// Whether its author names what takes anything back.
    #[must_use]
    pub fn names_ways_back(&self) -> bool {
        let of_step = |step: &Step| {
            step.rollback().is_some() || step.commands().any(|command| command.options.rollback.is_some())
        };
        self.front.rollback.is_some()
            || self.phases.iter().any(|phase| phase.rollback.is_some())
            || self.steps().any(of_step)
    }

    /// What takes a step back, when its author says so. `command` is the block of it that was tried last, if one was.
    #[must_use]
    pub fn way_back(&self, step: &StepId, command: Option<usize>) -> Option<Named<'_>> {
        if !self.names_ways_back() {
            return None;
        }
        let (phase, step, said) = steps(self).into_iter().find(|(_, other, _)| other.id == *step)?;
        let name = name_for(step, command, said)?;
        let named = find(&Index::of(self), name)?;
        // What is set aside has no way back but on the walk.
        (phase.is_walked() && !holds(&named, step)).then_some(named)
    }
}
