//! What has happened to a step, in words.

use super::Writer;
use crate::run::event::{Ending, Leftover, Resolution};
use crate::run::state::Progress;
use crate::run::{self, Attempt, Mark, Standing};
use crate::runbook::{Step, StepId};
use crate::tui::look::Sign;
use crate::tui::text::size;
use crate::tui::theme::Tone;
use chrono::{DateTime, Utc};
use ratatui::text::Line;

impl Writer<'_> {
    /// What people have said and done about a step besides running it, in the order in which it was recorded.
    pub(super) fn record(&mut self, step: &Step) {
        let run = self.source.run;
        let of_step = |id: &Option<StepId>| id.as_ref() == Some(&step.id);
        let deviations = run.deviations.iter().filter(|deviation| of_step(&deviation.step)).map(|deviation| {
            let (kind, by, reason) = (deviation.kind.word(), &deviation.by.name, &deviation.reason);
            (deviation.seq, deviation.at.at, format!("deviation, {kind} by {by}: {reason}"), Tone::Warning)
        });
        let notes = run.notes.iter().filter(|note| of_step(&note.step)).map(|note| {
            let text = format!("note by {}: {}", note.by.name, note.text);
            (note.seq, note.at.at, text, Tone::Text)
        });
        let mut lines: Vec<(u64, DateTime<Utc>, String, Tone)> =
            run.marks_of(&step.id).map(marked).chain(deviations).chain(notes).collect();
        lines.sort_by_key(|(seq, ..)| *seq);
        if lines.is_empty() {
            return;
        }
        self.gap();
        self.push(Line::from(self.look.span("Record", Tone::Heading)));
        for (_, at, text, tone) in lines {
            self.labelled(&self.look.zone.clock(at), &text, tone);
        }
    }
}

fn marked(mark: &Mark) -> (u64, DateTime<Utc>, String, Tone) {
    let reason = mark.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let (standing, tone) = match mark.standing {
        Standing::Holds => ("", Tone::Text),
        Standing::Superseded { .. } => (" (replaced later)", Tone::Muted),
        Standing::Reversed { .. } => (" (taken back)", Tone::Muted),
        Standing::Redone { .. } => (" (run again afterwards)", Tone::Muted),
        Standing::Stale { .. } => (" (stale: the runbook changed afterwards)", Tone::Muted),
    };
    let text = format!("{} by {}{reason}{standing}", mark.verdict.word(), mark.by.name);
    (mark.seq, mark.at.at, text, tone)
}

/// How an attempt stands or ended: `exit 0`, `running`, `killed by signal 9`.
#[must_use]
pub fn ending_words(attempt: &Attempt) -> String {
    match &attempt.progress {
        run::Progress::Running if attempt.is_rejoined() => "running, watched again; its output is not seen".to_owned(),
        run::Progress::Running => "running".to_owned(),
        run::Progress::Unknown => match &attempt.gone {
            Some(gone) => {
                let known = gone.ending.as_ref().map(|ending| format!(", {}", how_it_ended(ending)));
                format!("ended unseen{}", known.unwrap_or_default())
            }
            None => "end unknown".to_owned(),
        },
        run::Progress::Resolved { resolution, by, .. } => match resolution {
            Resolution::Succeeded => format!("succeeded, says {}", by.name),
            Resolution::Failed => format!("failed, says {}", by.name),
        },
        run::Progress::Ended { ended, .. } => {
            let words = how_it_ended(&ended.ending);
            match ended.matched {
                Some(true) => format!("{words}, matched"),
                Some(false) => format!("{words}, output differs"),
                None => words,
            }
        }
    }
}

/// An ending in a few words.
#[must_use]
pub fn how_it_ended(ending: &Ending) -> String {
    match ending {
        Ending::Exited { code: code @ 126 } => format!("exit {code}, not executable"),
        Ending::Exited { code: code @ 127 } => format!("exit {code}, program not found"),
        Ending::Exited { code } => format!("exit {code}"),
        Ending::Signalled { signal } => format!("killed by signal {signal}"),
        Ending::NotStarted { reason } => format!("not started: {reason}"),
        Ending::TimedOut => "timed out".to_owned(),
        Ending::Stopped => "stopped".to_owned(),
        Ending::Kept => "kept as evidence".to_owned(),
        Ending::Asked => "wanted a terminal".to_owned(),
    }
}

/// What a sign-off rests on: ending, size of the output, place in the journal.
#[must_use]
pub fn evidence(attempt: &Attempt) -> String {
    let mut words = format!("{} {}", attempt.id(), ending_words(attempt));
    if let run::Progress::Ended { ended, .. } = &attempt.progress {
        words = format!("{words}, {} of output", size(ended.output.bytes));
        if ended.output.redacted > 0 {
            words = format!("{words}, {} redacted", ended.output.redacted);
        }
        if !ended.not_dead.is_empty() {
            let told = |process: &Leftover| format!("{} (process {})", process.name, process.pid);
            let names: Vec<String> = ended.not_dead.iter().map(told).collect();
            words = format!("{words}, NOT CONFIRMED DEAD: {}", names.join(", "));
        }
        if !ended.left_over.is_empty() {
            let names: Vec<&str> = ended.left_over.iter().map(|process| process.name.as_str()).collect();
            words = format!("{words}, still running: {}", names.join(", "));
        }
    }
    format!("{words}, journal #{}", attempt.seq)
}

/// Sign for how far one line of a block is.
#[must_use]
pub fn progress_sign(progress: Progress) -> Sign {
    match progress {
        Progress::Open => Sign::Open,
        Progress::Running => Sign::Running,
        Progress::Unknown => Sign::Unknown,
        Progress::Failed => Sign::Failed,
        Progress::Asked | Progress::NeedsPerson => Sign::Asks,
        Progress::Done => Sign::Done,
    }
}
