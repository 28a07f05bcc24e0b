//! What happens beside the commands: trust, hooks, and the clocks of timed steps.

use super::Act;
use crate::run::event::Event;
use crate::run::{HookRun, Run, Trust};

impl Run {
    pub(super) fn take_by_itself(&mut self, event: &Event, Act { seq, by, at }: Act) {
        match event.clone() {
            Event::TrustDecided(decided) => {
                self.trusts.insert(decided.about, if decided.trusted { Trust::Given } else { Trust::Refused });
            }
            Event::HookBegan(began) => self.hooks.push(HookRun { seq, began, at, by, ended: None }),
            Event::HookEnded(ended) => {
                if let Some(hook) = self.hooks.iter_mut().rev().find(|hook| hook.seq == ended.began) {
                    hook.ended = Some(ended);
                }
            }
            Event::SoakBegan(began) => self.soaks.entry(began.step).or_default().begin(began.for_ms, at),
            Event::SoakPaused { step } => {
                if let Some(soak) = self.soaks.get_mut(&step) {
                    soak.pause(&at);
                }
            }
            // A record of what was asked; nothing follows from it.
            Event::RequirementsProbed(_)
            | Event::RunOpened(_)
            | Event::SittingBegan(_)
            | Event::SittingEnded
            | Event::ClockStepped { .. }
            | Event::AttemptIntended(_)
            | Event::AttemptSpawned { .. }
            | Event::StopSent { .. }
            | Event::AttemptEnded(_)
            | Event::AttemptResolved { .. }
            | Event::AttemptRejoined { .. }
            | Event::AttemptGone { .. }
            | Event::OutputShredded { .. }
            | Event::AttemptRehearsed { .. }
            | Event::StepMarked { .. }
            | Event::MarkReversed { .. }
            | Event::NoteAdded { .. }
            | Event::ValueGiven { .. }
            | Event::TargetPinned { .. }
            | Event::RunbookAdopted(_)
            | Event::RunbookDeclined { .. }
            | Event::SignedOff { .. }
            | Event::GateOverridden { .. }
            | Event::Called { .. }
            | Event::Deviated { .. }
            | Event::RunClosed { .. } => {}
        }
    }
}
