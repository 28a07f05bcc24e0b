//! How a running command is doing, in a clause: tries and countdowns, and silence past its usual time.

use crate::run::{Attempt, Progress, Run};
use crate::runbook::Step;
use crate::session::Pulse;
use crate::tui::text::duration;
use crate::tui::theme::Tone;

/// Silence that is worth a word when nothing is known about the command, in milliseconds.
const SILENT_MS: u64 = 120_000;
/// Silence that is worth a word once a command takes longer than usual, in milliseconds.
const HUSH_MS: u64 = 10_000;

/// What is to be said, if anything.
pub(super) fn words(
    pulse: &Pulse,
    run: &Run,
    attempt: &Attempt,
    step: Option<&Step>,
    ran_ms: u64,
) -> Option<(String, Tone)> {
    let next = pulse.next_ms.map(|ms| format!(", next in {}", seconds(ms))).unwrap_or_default();
    if let Some(left) = pulse.watch_left_ms {
        let left = seconds(left);
        return Some((format!("{left} left, {} good{next}", pulse.tries), Tone::Running));
    }
    if pulse.tries > 0 {
        return Some((format!("not yet, {} tries{next}", pulse.tries), Tone::Running));
    }
    silence(pulse, usual_ms(run, attempt, step), ran_ms).map(|text| (text, Tone::Warning))
}

/// A countdown counts whole seconds, begun ones included.
fn seconds(ms: u64) -> String {
    match ms.div_ceil(1000) {
        few @ 0..60 => format!("{few}s"),
        many => duration(many * 1000),
    }
}

fn silence(pulse: &Pulse, usual_ms: Option<u64>, ran_ms: u64) -> Option<String> {
    let silent = seconds(pulse.silent_ms);
    match usual_ms {
        Some(usual) if ran_ms > usual && pulse.silent_ms >= HUSH_MS => {
            Some(format!("silent for {silent}, usually takes {}", seconds(usual)))
        }
        None if pulse.silent_ms >= SILENT_MS => Some(format!("silent for {silent}")),
        Some(_) | None => None,
    }
}

/// How long it takes usually: the longest of the times it took before in this run, else what its author says.
fn usual_ms(run: &Run, attempt: &Attempt, step: Option<&Step>) -> Option<u64> {
    let target = &attempt.intended.target;
    let before = run.attempts_of(&target.step).filter(|other| other.intended.target == *target);
    let took = before.filter_map(|other| match &other.progress {
        Progress::Ended { ended, .. } if ended.took_ms > 0 => Some(ended.took_ms),
        Progress::Ended { .. } | Progress::Running | Progress::Unknown | Progress::Resolved { .. } => None,
    });
    took.max().or_else(|| Some(u64::from(step?.estimate_s?) * 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn silent(silent_ms: u64, usual_ms: Option<u64>, ran_ms: u64) -> Option<String> {
        silence(&Pulse { silent_ms, ..Pulse::default() }, usual_ms, ran_ms)
    }

    #[test]
    fn silence_is_pointed_out_past_the_usual_time_and_not_before() {
        assert_eq!(silent(30_000, Some(60_000), 30_000), None);
        assert_eq!(silent(5_000, Some(60_000), 70_000), None);
        assert_eq!(silent(30_000, Some(60_000), 70_000).as_deref(), Some("silent for 30s, usually takes 1m00s"));
        assert_eq!(silent(30_000, None, 30_000), None);
        assert_eq!(silent(150_000, None, 150_000).as_deref(), Some("silent for 2m30s"));
    }
}
