//! What is done otherwise than the runbook says, by kind.

use serde::{Deserialize, Serialize};

/// Why something stands in the register of deviations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviationKind {
    /// A phase was begun while required steps before it were open.
    OutOfOrder,
    /// The text was changed before it ran.
    EditedCommand,
    /// A step was passed against what its commands said.
    ForcedPass,
    /// A step was passed although its commands did not run here.
    DoneElsewhere,
    /// A place of the document is read otherwise than gonogo read it: a block is run, a section walked, or not.
    Overridden,
    /// A gate was passed without the sign-offs it demands.
    SkippedGate,
    /// The record left although something in it looks like a secret.
    ExportedFindings,
    /// The walk was left for a rollback or troubleshooting section.
    Detour,
    /// The walk went on where the detour had begun.
    DetourEnded,
    /// It was begun although something the author requires is missing.
    MissingRequirement,
    /// It went on at another target than it began at.
    TargetChanged,
    /// It is recorded on a network share, where two hosts could write at the same time.
    NetworkStorage,
    /// A timed step was settled before its time was over.
    EndedEarly,
    /// What is to run once was run again after it had succeeded.
    RanAgain,
}

impl DeviationKind {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            DeviationKind::OutOfOrder => "out of order",
            DeviationKind::EditedCommand => "edited command",
            DeviationKind::ForcedPass => "forced pass",
            DeviationKind::DoneElsewhere => "done elsewhere",
            DeviationKind::Overridden => "overridden",
            DeviationKind::SkippedGate => "skipped gate",
            DeviationKind::ExportedFindings => "exported with findings",
            DeviationKind::Detour => "detour",
            DeviationKind::DetourEnded => "back from the detour",
            DeviationKind::MissingRequirement => "missing requirement",
            DeviationKind::TargetChanged => "target changed",
            DeviationKind::NetworkStorage => "recorded on a network share",
            DeviationKind::EndedEarly => "ended early",
            DeviationKind::RanAgain => "ran again",
        }
    }
}
