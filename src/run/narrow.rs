//! Which steps of a long runbook somebody wants to see: what is open, what failed, what waits for a person, what is theirs.
//!
//! It hides, and decides nothing: counts, readiness and what may run are the same whatever is shown.

use super::state::StepState;
use crate::runbook::{Phase, Step};

/// What steps are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Only {
    #[default]
    All,
    /// Not settled: what the key to the next open step goes to.
    Open,
    Failed,
    /// Unknown, waiting, stale, or to be confirmed: a person has to act.
    Asking,
    /// Steps whose owner, or whose gate's role, is the operator.
    Mine,
}

impl Only {
    pub const EACH: [Only; 5] = [Only::All, Only::Open, Only::Failed, Only::Asking, Only::Mine];

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Only::All => "all",
            Only::Open => "open",
            Only::Failed => "failed",
            Only::Asking => "asking",
            Only::Mine => "mine",
        }
    }

    /// Whether a step's state is one of those; whose it is, is another question.
    #[must_use]
    pub fn holds(self, state: StepState) -> bool {
        match self {
            Only::All | Only::Mine => true,
            Only::Open => !state.is_settled(),
            Only::Failed => state.is_failed(),
            Only::Asking => {
                matches!(state, StepState::Unknown | StepState::Waiting | StepState::Ran | StepState::Stale)
            }
        }
    }
}

/// Who looks.
#[derive(Debug, Clone, Copy)]
pub struct Who<'a> {
    pub name: &'a str,
    pub role: Option<&'a str>,
}

impl Who<'_> {
    /// Whether an owner as the author wrote it, `@dba` or `Dana / ops`, names this person or their role.
    #[must_use]
    pub fn is_named(self, owner: &str) -> bool {
        let owner = words(owner);
        let names = |wanted: &str| {
            let wanted = words(wanted);
            !wanted.is_empty() && owner.windows(wanted.len()).any(|part| part == wanted)
        };
        names(self.name) || self.role.is_some_and(names)
    }

    /// Whether a step is theirs: by its own owner or gate, else by its phase's owner.
    #[must_use]
    pub fn owns(self, phase: &Phase, step: &Step) -> bool {
        let gate = step.gate.as_ref().and_then(|gate| gate.role.as_deref());
        let owner = step.owner().or(if gate.is_none() { phase.owner.as_deref() } else { None });
        owner.into_iter().chain(gate).any(|owner| self.is_named(owner))
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// Whether a place is called so: every word of the pattern is in its title, or in one of those it stands under. Upper and
/// lower case are the same.
#[must_use]
pub fn is_called<'t>(titles: impl IntoIterator<Item = &'t str>, pattern: &str) -> bool {
    if pattern.trim().is_empty() {
        return true;
    }
    let titles: Vec<String> = titles.into_iter().map(str::to_lowercase).collect();
    let wanted = pattern.to_lowercase();
    wanted.split_whitespace().all(|word| titles.iter().any(|title| title.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_named_by_whole_words() {
        let dana = Who { name: "dana", role: Some("dba") };
        let named = |owner: &str| dana.is_named(owner);
        assert_eq!(
            [named("@dba"), named("Dana / ops"), named("DBA, SRE"), named("dbadmin"), named("danae"), named("")],
            [true, true, true, false, false, false]
        );
        let nobody = Who { name: "", role: None };
        assert!(!nobody.is_named("dba"));
        let on_call = Who { name: "lee", role: Some("on-call") };
        assert!(on_call.is_named("the on call engineer") && !on_call.is_named("call centre"));
    }

    #[test]
    fn all_words_are_wanted_in_any_title_around() {
        let titles = ["3 Database", "3.2 Turn SSL on"];
        let called = |pattern: &str| is_called(titles, pattern);
        assert_eq!(
            [called("ssl"), called("data ssl"), called("3.2"), called(""), called("ssl mail")],
            [true, true, true, true, false]
        );
    }
}
