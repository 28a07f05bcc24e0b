//! What few steps have: it stands beside them, so that the tree of a long runbook stays small.
//!
//! It decides nothing; it is where the author's words are kept.

use super::Step;

/// What hardly any step has, so that it stands elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Rare {
    /// Who does it, as written.
    pub owner: Option<Box<str>>,
    /// How long the author wants it watched, in seconds; see [`Step::soak_s`].
    pub soak_s: Option<u32>,
    /// The condition of an "If …" step, as written.
    pub condition: Option<Box<str>>,
    /// The name of what takes the step back; see [`way_back`](super::way_back).
    pub rollback: Option<Box<str>>,
    /// Where more about it stands, as written: an address, a file.
    pub link: Option<Box<str>>,
}

impl Rare {
    /// Kept only if it says anything.
    #[must_use]
    pub fn kept(self) -> Option<Box<Self>> {
        let Rare { owner, soak_s, condition, rollback, link } = &self;
        let is_said =
            owner.is_some() || soak_s.is_some() || condition.is_some() || rollback.is_some() || link.is_some();
        is_said.then(|| Box::new(self))
    }

    /// What is said here, else what the other says.
    #[must_use]
    pub fn or(self, other: Rare) -> Rare {
        Rare {
            owner: self.owner.or(other.owner),
            soak_s: self.soak_s.or(other.soak_s),
            condition: self.condition.or(other.condition),
            rollback: self.rollback.or(other.rollback),
            link: self.link.or(other.link),
        }
    }
}

impl Step {
    /// See [`Rare::owner`].
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        self.rare.as_ref().and_then(|rare| rare.owner.as_deref())
    }

    /// Gives it an owner, if it has none.
    pub fn add_owner(&mut self, owner: Option<Box<str>>) {
        if owner.is_some() && self.owner().is_none() {
            self.rare.get_or_insert_default().owner = owner;
        }
    }

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
