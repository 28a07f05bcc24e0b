//! The question that an edited runbook puts: what has changed, and whether the run goes on with it.

use crate::run::decide::Intent;
use crate::run::drift::Drift;

/// The list of changes with its answers, over the screen.
#[derive(Debug, Clone, Default)]
pub struct Edits {
    /// Lines of the list that are scrolled away.
    pub scroll: usize,
    pub answer: Answer,
}

/// What the operator may do about an edit. The safe answer comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Answer {
    /// Go on with the recorded version.
    #[default]
    Stay,
    /// Go on with the edited version.
    Adopt,
}

impl Answer {
    pub const ALL: [Answer; 2] = [Answer::Stay, Answer::Adopt];

    #[must_use]
    pub fn key(self) -> char {
        match self {
            Answer::Stay => 's',
            Answer::Adopt => 'a',
        }
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Answer::Stay => "Stay on the recorded version",
            Answer::Adopt => "Adopt the edited version; changed steps go stale",
        }
    }

    #[must_use]
    pub fn wish(self, drift: &Drift) -> Intent {
        match self {
            Answer::Stay => Intent::Stay { runbook: drift.to },
            Answer::Adopt => Intent::Adopt(drift.adopted()),
        }
    }
}
