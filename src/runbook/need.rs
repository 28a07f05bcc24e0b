//! `needs=`: what has to be passed before a block may run, found by the names an author gives it.
//!
//! It only finds what is meant. Whether that has passed is decided in `run`.

use super::{Command, Phase, Runbook, Step};
use std::collections::HashMap;

/// What a name in `needs=` stands for.
#[derive(Debug, Clone, Copy)]
pub enum Needed<'a> {
    Step(&'a Step),
    /// A block by its `name`; `index` counts the commands of its step.
    Block {
        step: &'a Step,
        index: usize,
        command: &'a Command,
    },
    Phase(&'a Phase),
}

impl Needed<'_> {
    /// How an operator knows it: `2.1 Stop the writers`.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Needed::Step(step) => format!("{} {}", step.number, step.title),
            Needed::Block { step, command, .. } => {
                let name = command.options.name.as_deref().unwrap_or_default();
                format!("block {name} of {} {}", step.number, step.title)
            }
            Needed::Phase(phase) => format!("phase {}", phase.title),
        }
    }
}

/// Everything that can be needed, by name. Ids of steps win over their numbers, these over names of blocks, and these
/// over ids of phases.
#[derive(Debug)]
pub struct Index<'a>(HashMap<&'a str, Needed<'a>>);

impl<'a> Index<'a> {
    #[must_use]
    pub fn of(book: &'a Runbook) -> Self {
        let mut index: HashMap<&str, Needed<'_>> = HashMap::new();
        for phase in &book.phases {
            index.insert(&phase.id.0, Needed::Phase(phase));
        }
        for step in book.steps() {
            for (at, command) in step.commands().enumerate() {
                if let Some(name) = command.options.name.as_deref() {
                    index.insert(name, Needed::Block { step, index: at, command });
                }
            }
        }
        for step in book.steps() {
            index.insert(&step.number, Needed::Step(step));
        }
        for step in book.steps() {
            index.insert(&step.id.0, Needed::Step(step));
        }
        Index(index)
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<Needed<'a>> {
        self.0.get(name).copied()
    }

    /// The names there are, in no order.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.0.keys().copied()
    }
}
