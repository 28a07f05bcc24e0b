//! Facts about what runs by itself (hooks, probes), and about timed soaks.

use super::Ending;
use crate::runbook::{Digest, HookPoint, StepId};
use serde::{Deserialize, Serialize};

/// What would run by itself was shown, and the operator said whether it may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustDecided {
    /// Names the exact bytes and places that were shown; kept beside the journal under this name.
    #[serde(with = "super::hex")]
    pub about: Digest,
    pub trusted: bool,
    /// What was shown, a sentence each.
    pub what: Vec<String>,
}

/// Why something may run by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grounds {
    /// The operator's own configuration says so.
    Own,
    /// Starting the runbook was the trust in it: unattended and the operator's own file, or by its digest.
    Started,
    /// A [`TrustDecided`] of this run, by what it is about.
    Decided(#[serde(with = "super::hex")] Digest),
    /// It was decided before this run: `trusted 2026-11-21T02:14:07Z by dana`, as it is kept beside the journal.
    Kept(String),
}

/// What the runbook requires was asked of other programs and hosts, before the first command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probed {
    pub grounds: Grounds,
    /// In the order in which they were asked; never empty.
    pub probes: Vec<Probe>,
}

/// One question to a program or a host, and the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// What was started, or connected to: `psql --version`, `connect db-1:5432`.
    pub text: String,
    /// How it ended; absent for a connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
    /// The first line of the answer, or why there is none; redacted, without control characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub said: String,
    /// Whether that is what the runbook requires.
    pub fits: bool,
}

/// A hook is about to be started. Committed before anything happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookBegan {
    pub hook: HookPoint,
    pub command: String,
    /// Where it is defined: `runbook`, or the path of a configuration.
    pub from: String,
    /// Why it may run; absent in journals of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grounds: Option<Grounds>,
    /// The step it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepId>,
}

/// How a hook ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookEnded {
    /// Sequence number of its [`HookBegan`].
    pub began: u64,
    pub ending: Ending,
    pub took_ms: u64,
    /// The end of what it printed, redacted, without control characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub said: String,
}

/// A timed step begins, or goes on after a pause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoakBegan {
    pub step: StepId,
    /// How long it is to last altogether, in milliseconds.
    pub for_ms: u64,
}
