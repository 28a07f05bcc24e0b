//! What kind of fact an event is, and what follows from that alone.

use super::{DeviationKind, Event};

impl Event {
    /// Whether it may still be recorded when the run is closed.
    #[must_use]
    pub fn may_follow_close(&self) -> bool {
        match self {
            // What follows an export follows it after the close as well.
            Event::SittingEnded | Event::OutputShredded { .. } | Event::HookBegan(_) | Event::HookEnded(_) => true,
            // Records leave closed runs, and who answers for what is in them has to be said.
            Event::Deviated { deviation, .. } => *deviation == DeviationKind::ExportedFindings,
            Event::RunOpened(_)
            | Event::SittingBegan(_)
            | Event::ClockStepped { .. }
            | Event::AttemptIntended(_)
            | Event::AttemptSpawned { .. }
            | Event::AttemptRejoined { .. }
            | Event::AttemptGone { .. }
            | Event::StopSent { .. }
            | Event::AttemptEnded(_)
            | Event::AttemptResolved { .. }
            | Event::AttemptRehearsed { .. }
            | Event::StepMarked { .. }
            | Event::MarkReversed { .. }
            | Event::NoteAdded { .. }
            | Event::ValueGiven { .. }
            | Event::RunbookAdopted(_)
            | Event::RunbookDeclined { .. }
            | Event::TargetPinned { .. }
            | Event::TrustDecided(_)
            | Event::RequirementsProbed(_)
            | Event::SoakBegan(_)
            | Event::SoakPaused { .. }
            | Event::SignedOff { .. }
            | Event::GateOverridden { .. }
            | Event::Called { .. }
            | Event::RunClosed { .. } => false,
        }
    }

    /// The stored name of the event's kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Event::RunOpened(_) => "run_opened",
            Event::SittingBegan(_) => "sitting_began",
            Event::SittingEnded => "sitting_ended",
            Event::ClockStepped { .. } => "clock_stepped",
            Event::AttemptIntended(_) => "attempt_intended",
            Event::AttemptSpawned { .. } => "attempt_spawned",
            Event::AttemptRejoined { .. } => "attempt_rejoined",
            Event::AttemptGone { .. } => "attempt_gone",
            Event::StopSent { .. } => "stop_sent",
            Event::AttemptEnded(_) => "attempt_ended",
            Event::AttemptResolved { .. } => "attempt_resolved",
            Event::OutputShredded { .. } => "output_shredded",
            Event::AttemptRehearsed { .. } => "attempt_rehearsed",
            Event::StepMarked { .. } => "step_marked",
            Event::MarkReversed { .. } => "mark_reversed",
            Event::NoteAdded { .. } => "note_added",
            Event::ValueGiven { .. } => "value_given",
            Event::RunbookAdopted(_) => "runbook_adopted",
            Event::RunbookDeclined { .. } => "runbook_declined",
            Event::TargetPinned { .. } => "target_pinned",
            Event::TrustDecided(_) => "trust_decided",
            Event::RequirementsProbed(_) => "requirements_probed",
            Event::HookBegan(_) => "hook_began",
            Event::HookEnded(_) => "hook_ended",
            Event::SoakBegan(_) => "soak_began",
            Event::SoakPaused { .. } => "soak_paused",
            Event::SignedOff { .. } => "signed_off",
            Event::GateOverridden { .. } => "gate_overridden",
            Event::Called { .. } => "called",
            Event::Deviated { .. } => "deviated",
            Event::RunClosed { .. } => "run_closed",
        }
    }
}
