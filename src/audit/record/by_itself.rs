//! What ran by itself, and who let it.

use super::Person;
use chrono::{DateTime, Utc};
use serde::Serialize;

/// Programs that nobody started with a key of their own: the probes of `requires:` and hooks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ByItself {
    /// What was said about it in this run, in order.
    pub answers: Vec<TrustAnswer>,
    pub probes: Vec<ProbeRan>,
    pub hooks: Vec<HookRan>,
}

impl ByItself {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty() && self.probes.is_empty() && self.hooks.is_empty()
    }
}

/// Somebody was shown what would run by itself, and answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrustAnswer {
    pub seq: u64,
    /// `trusted` or `refused`.
    pub answer: &'static str,
    /// What was shown, a sentence each.
    pub what: Vec<String>,
    pub at: DateTime<Utc>,
    pub by: Person,
}

/// A program that was asked for its version, or a connection that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProbeRan {
    /// Of the entry that recorded it, with others.
    pub seq: u64,
    /// What was started, or connected to.
    pub text: String,
    /// In words; absent for a connection.
    pub ending: Option<String>,
    pub exit_code: Option<i32>,
    pub said: String,
    /// Whether that is what the runbook requires.
    pub fits: bool,
    /// Why it might, in a clause.
    pub grounds: String,
    pub at: DateTime<Utc>,
    pub by: Person,
}

/// A hook that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HookRan {
    pub seq: u64,
    /// `before_run`, `after_step`, `on_no_go` or `after_export`.
    pub hook: &'static str,
    /// What was executed, redacted.
    pub text: String,
    /// Where it is defined: `runbook`, or the path of a configuration.
    pub from: String,
    /// The step it was about, by id, and by number and title.
    pub step: Option<String>,
    pub title: Option<String>,
    /// In words; also that nobody saw its end.
    pub ending: String,
    pub exit_code: Option<i32>,
    pub took_ms: Option<u64>,
    /// The end of what it printed.
    pub said: String,
    /// Why it might, in a clause.
    pub grounds: String,
    pub at: DateTime<Utc>,
    /// Under whose account.
    pub by: Person,
}
