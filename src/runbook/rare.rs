//! What few steps have: it stands beside them, so that the tree of a long runbook stays small.
//!
//! It decides nothing; it is where the author's words are kept.

use super::Step;

/// What hardly any step has, so that it stands elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Rare {
    /// The condition of an "If …" step, as written.
    pub condition: Option<Box<str>>,
    /// The name of what takes the step back; see [`way_back`](super::way_back).
    pub rollback: Option<Box<str>>,
    /// Where more about it stands, as written: an address, a file.
    pub link: Option<Box<str>>,
}

impl Rare {
    /// A condition and nothing else, if there is one.
    #[must_use]
    pub fn of_condition(condition: Option<Box<str>>) -> Option<Box<Self>> {
        condition.map(|condition| Box::new(Rare { condition: Some(condition), ..Rare::default() }))
    }
}

impl Step {
    /// See [`Rare::condition`].
    #[must_use]
    pub fn condition(&self) -> Option<&str> {
        self.rare.as_ref().and_then(|rare| rare.condition.as_deref())
    }

    /// Gives it a condition, if it has none.
    pub fn add_condition(&mut self, condition: Option<Box<str>>) {
        if condition.is_some() && self.condition().is_none() {
            self.rare.get_or_insert_default().condition = condition;
        }
    }

    /// See [`Rare::rollback`].
    #[must_use]
    pub fn rollback(&self) -> Option<&str> {
        self.rare.as_ref().and_then(|rare| rare.rollback.as_deref())
    }

    /// See [`Rare::link`].
    #[must_use]
    pub fn link(&self) -> Option<&str> {
        self.rare.as_ref().and_then(|rare| rare.link.as_deref())
    }
}
