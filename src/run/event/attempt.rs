//! What people want of a command that runs or ran: to stop it, to wait for it, to say what came of it.

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
