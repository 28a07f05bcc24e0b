//! How a command ended, and what people want of one that runs or ran: to stop it, to wait for it, to say what came of it.

use super::{AttemptId, Ending, OutputDigest};
use serde::{Deserialize, Serialize};

/// How hard a command is asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopSignal {
    Interrupt,
    Terminate,
    Kill,
}

impl StopSignal {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            StopSignal::Interrupt => "INT",
            StopSignal::Terminate => "TERM",
            StopSignal::Kill => "KILL",
        }
    }
}

/// Why a command was asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    Operator,
    /// The operator wants its output as evidence.
    Evidence,
    Timeout,
    /// gonogo itself is leaving.
    Leaving,
}

/// What an operator takes charge of a surviving command for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rejoin {
    /// To wait for its end.
    Watch,
    /// To stop it.
    Stop,
}

impl Rejoin {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Rejoin::Watch => "watched again",
            Rejoin::Stop => "stopped",
        }
    }
}

/// What the operator says about an attempt whose end nobody saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// It did what it should.
    Succeeded,
    /// It failed or did not happen.
    Failed,
}

/// A process that outlived the block that started it. Reported, never killed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leftover {
    pub pid: u32,
    pub name: String,
}

/// The end of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    pub attempt: AttemptId,
    pub ending: Ending,
    pub took_ms: u64,
    pub output: OutputDigest,
    /// Whether the output matched what the author expected; absent when nothing comparable was expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched: Option<bool>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_over: Vec<Leftover>,
    /// Processes that could not be killed, because they belong to another user: not confirmed dead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_dead: Vec<Leftover>,
    /// Offset and length of what came by standard error, where it had a pipe of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<(u64, u64)>,
    /// From this offset on the two streams are not told apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors_until: Option<u64>,
}
