//! What the names in `needs=` and `rollback=` stand for.
//!
//! It only finds what is meant. Whether that has passed is decided in `run`.

use super::{Command, Phase, Runbook, Step};
use std::collections::HashMap;

/// What a name stands for.
#[derive(Debug, Clone, Copy)]
pub enum Named<'a> {
    Step(&'a Step),
    /// A block by its `name`; `index` counts the commands of its step.
    Block {
        step: &'a Step,
        index: usize,
        command: &'a Command,
    },
    Phase(&'a Phase),
}

impl<'a> Named<'a> {
    /// The step that is meant or holds what is meant; none when it is a whole phase.
    #[must_use]
    pub fn step(&self) -> Option<&'a Step> {
        match self {
            Named::Step(step) | Named::Block { step, .. } => Some(step),
            Named::Phase(_) => None,
        }
    }

    /// Where an operator finds it: `4.1`, `phase 4`.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Named::Step(step) | Named::Block { step, .. } => step.number.clone(),
            Named::Phase(phase) => format!("phase {}", phase.number),
        }
    }

    /// Its line in the document.
    #[must_use]
    pub fn line(&self) -> u32 {
        match self {
            Named::Step(step) => step.line,
            Named::Block { command, .. } => command.line,
            Named::Phase(phase) => phase.line,
        }
    }

    /// How an operator knows it: `2.1 Stop the writers`.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Named::Step(step) => format!("{} {}", step.number, step.title),
            Named::Block { step, command, .. } => {
                let name = command.options.name.as_deref().unwrap_or_default();
                format!("block {name} of {} {}", step.number, step.title)
            }
            Named::Phase(phase) => format!("phase {}", phase.title),
        }
    }
}

/// Everything that can be named. Ids of steps win over their numbers, these over names of blocks, and these
/// over ids of phases.
#[derive(Debug)]
pub struct Index<'a>(HashMap<&'a str, Named<'a>>);

impl<'a> Index<'a> {
    #[must_use]
    pub fn of(book: &'a Runbook) -> Self {
        Index::of_phases(&book.phases)
    }

    /// The same, of phases that are no runbook yet.
    #[must_use]
    pub fn of_phases(phases: &'a [Phase]) -> Self {
        let mut index: HashMap<&str, Named<'_>> = HashMap::new();
        for phase in phases {
            index.insert(&phase.id.0, Named::Phase(phase));
        }
        let steps = || phases.iter().flat_map(|phase| &phase.steps).flat_map(Step::subtree);
        for step in steps() {
            for (at, command) in step.commands().enumerate() {
                if let Some(name) = command.options.name.as_deref() {
                    index.insert(name, Named::Block { step, index: at, command });
                }
            }
        }
        for step in steps() {
            index.insert(&step.number, Named::Step(step));
        }
        for step in steps() {
            index.insert(&step.id.0, Named::Step(step));
        }
        Index(index)
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<Named<'a>> {
        self.0.get(name).copied()
    }

    /// The names there are, in no order.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.0.keys().copied()
    }
}
