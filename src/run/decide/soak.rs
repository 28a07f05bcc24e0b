//! Timed steps: the clock is begun and paused by the operator, and a step that is settled before its time is over says why.

use super::{Circumstances, Effect, Refusal, record, refuse_locked};
use crate::run::Run;
use crate::run::event::{DeviationKind, Event, SoakBegan, Verdict};
use crate::runbook::{Runbook, Step, StepId};

pub(super) fn begin(book: &Runbook, run: &Run, id: StepId, now: &Circumstances<'_>) -> Result<Vec<Effect>, Refusal> {
    let step = book.step(&id).ok_or(Refusal::NoSuchStep)?;
    let for_ms = u64::from(step.soak_s().ok_or(Refusal::NotTimed)?) * 1000;
    refuse_locked(book, run, &id)?;
    match run.soaks.get(&id) {
        Some(soak) if soak.left_ms(now.at) == 0 => return Err(Refusal::SoakOver(step.number.clone())),
        Some(soak) if soak.goes() => return Ok(Vec::new()),
        Some(_) | None => {}
    }
    Ok(record(Event::SoakBegan(SoakBegan { step: id, for_ms })))
}

pub(super) fn pause(run: &Run, step: StepId) -> Result<Vec<Effect>, Refusal> {
    match run.soaks.get(&step) {
        Some(soak) if soak.goes() => Ok(record(Event::SoakPaused { step })),
        Some(_) | None => Err(Refusal::NothingRuns),
    }
}

/// What has to be said about a timed step that is settled while there is time left.
pub(super) fn ended_early(
    run: &Run,
    step: &Step,
    verdict: Verdict,
    reason: Option<&str>,
    now: &Circumstances<'_>,
) -> Result<Option<Event>, Refusal> {
    let passes = matches!(verdict, Verdict::Passed | Verdict::PassedWithRemarks);
    let Some(for_s) = step.soak_s().filter(|_| passes && !run.is_rehearsal()) else {
        return Ok(None);
    };
    let wanted_ms = u64::from(for_s) * 1000;
    let lasted_ms = run.soaks.get(&step.id).map_or(0, |soak| soak.elapsed_ms(now.at));
    if lasted_ms >= wanted_ms {
        return Ok(None);
    }
    let what = format!("it is to last {}, and has lasted {}", length(wanted_ms), length(lasted_ms));
    let Some(reason) = reason.filter(|reason| !reason.trim().is_empty()) else {
        return Err(Refusal::NeedsReason(format!("{what} (r begins its clock); say why it ends early")));
    };
    let (deviation, step) = (DeviationKind::EndedEarly, Some(step.id.clone()));
    Ok(Some(Event::Deviated { deviation, step, reason: format!("{reason} ({what})"), correction: None }))
}

/// `1h 30m`, `5m`, `4m 10s`, `0s`.
fn length(ms: u64) -> String {
    let seconds = ms / 1000;
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let said: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}")).collect();
    if said.is_empty() { "0s".to_owned() } else { said.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn lengths_are_told_without_empty_units() {
        for (ms, said) in [(0, "0s"), (999, "0s"), (300_000, "5m"), (250_000, "4m 10s"), (5_405_000, "1h 30m 5s")] {
            assert_eq!(length(ms), said);
        }
    }
}
