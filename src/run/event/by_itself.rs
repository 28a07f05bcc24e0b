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

/// A hook is about to be started. Committed before anything happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookBegan {
    pub hook: HookPoint,
    pub command: String,
    /// Where it is defined: `runbook`, or the path of a configuration.
    pub from: String,
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
