//! Commands whose end nobody saw: to take charge of them again while they are there, or to say what came of them.

use super::{Circumstances, Effect, Refusal, record};
use crate::run::Run;
use crate::run::event::{AttemptId, Event, Leftover, Rejoin, Resolution, StopReason, StopSignal};

/// Processes of an attempt that outlived the gonogo that started it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survivor {
    pub attempt: AttemptId,
    /// The command itself first, if it is among them; never empty.
    pub processes: Vec<Leftover>,
}

impl Circumstances<'_> {
    fn survivors_of(&self, attempt: AttemptId) -> &[Leftover] {
        let of_attempt = self.survivors.iter().find(|survivor| survivor.attempt == attempt);
        of_attempt.map_or(&[], |survivor| &survivor.processes)
    }
}

/// An answer for good. Whatever is still there of the attempt is left alone, and named.
pub(super) fn resolve(
    run: &Run,
    attempt: AttemptId,
    resolution: Resolution,
    reason: String,
    now: &Circumstances<'_>,
) -> Result<Vec<Effect>, Refusal> {
    if !run.unknown().any(|unknown| unknown.id() == attempt) {
        return Err(Refusal::NotUnknown(attempt));
    }
    if reason.trim().is_empty() {
        return Err(Refusal::NeedsReason("say how you know".to_owned()));
    }
    let left_over = now.survivors_of(attempt).to_vec();
    Ok(record(Event::AttemptResolved { attempt, resolution, reason, left_over }))
}

/// One command at a time: what runs, or is waited for already, comes first.
pub(super) fn rejoin(
    run: &Run,
    attempt: AttemptId,
    purpose: Rejoin,
    reason: String,
    now: &Circumstances<'_>,
) -> Result<Vec<Effect>, Refusal> {
    if let Some(running) = run.running() {
        return Err(Refusal::Busy(running.id()));
    }
    if !run.unknown().any(|unknown| unknown.id() == attempt) {
        return Err(Refusal::NotUnknown(attempt));
    }
    if now.survivors_of(attempt).is_empty() {
        return Err(Refusal::NobodyThere(attempt));
    }
    if reason.trim().is_empty() {
        return Err(Refusal::NeedsReason("say why".to_owned()));
    }
    let mut effects = vec![Effect::Record(Event::AttemptRejoined { attempt, purpose, reason }), Effect::Watch(attempt)];
    match purpose {
        Rejoin::Watch => {}
        Rejoin::Stop => {
            let (signal, why) = (StopSignal::Interrupt, StopReason::Operator);
            effects.push(Effect::Record(Event::StopSent { attempt, signal, why }));
            effects.push(Effect::Stop { attempt, signal });
        }
    }
    Ok(effects)
}
