//! What one attempt printed, as a recording for asciinema (asciicast v3).
//!
//! It plays at the speed at which it was printed, as exactly as the ending entry tells it (see [`OutputDigest::times`]). A
//! journal that only knows how long it took makes everything come at once, and the recording says so in its tags and in a
//! comment. It is a view to look at; the exact bytes are in a bundle. Only what a terminal can be shown without harm goes in,
//! see [`replay`].

mod replay;
mod times;

use super::evidence::{Evidence, KeptPart};
use super::record::{Attempt, Record, Step};
use super::text;
use crate::run::event::OutputDigest;
use serde_json::json;
use std::fmt::Write as _;

/// Characters of output in one event.
const EVENT: usize = 4096;
/// The terminal that is asked for, where lines do not want a wider one.
const COLS: usize = 80;
const WIDEST: usize = 240;
const ROWS: u32 = 24;

/// Finds an attempt: the one with this number, or the last of a step.
///
/// # Errors
/// What there is instead.
pub fn find<'r>(
    record: &'r Record,
    step: Option<&str>,
    number: Option<u32>,
) -> Result<(&'r Step, &'r Attempt), String> {
    if let Some(number) = number {
        let all = record.steps().flat_map(|(_, step)| step.attempts.iter().map(move |attempt| (step, attempt)));
        let fits = |(step_of, attempt): &(&Step, &Attempt)| {
            attempt.number == number && step.is_none_or(|typed| step_of.id == typed || step_of.number == typed)
        };
        return all.into_iter().find(fits).ok_or_else(|| format!("there is no attempt #{number} there"));
    }
    let typed = step.ok_or("say which attempt: --step STEP for its last one, or --attempt NUMBER")?;
    let step = record.find_step(typed).ok_or_else(|| format!("the run has no step {typed}"))?;
    match step.attempts.last() {
        Some(attempt) => Ok((step, attempt)),
        None if record.rehearsal => Err(format!("nothing of step {typed} was executed: this was a rehearsal")),
        None => Err(format!("nothing of step {typed} was executed")),
    }
}

/// Writes the recording of an attempt.
///
/// # Errors
/// Why there is nothing to show.
pub fn cast(record: &Record, (step, attempt): (&Step, &Attempt), evidence: &Evidence) -> Result<String, String> {
    let parts = evidence.output(attempt.number);
    if let Some(KeptPart::Shredded { by }) = parts.iter().find(|part| part.is_shredded()) {
        return Err(format!("what attempt #{} printed was shredded; entry {by} says why", attempt.number));
    }
    let known = Known::of(attempt);
    let total = attempt.output.as_ref().map_or(0, |output| output.bytes);
    let dropped = attempt.output.as_ref().map_or(0, |output| output.dropped);
    let mut screen = replay::Replay::default();
    let mut shown: Vec<Vec<(u64, String)>> = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        let KeptPart::Here { bytes, .. } = part else {
            return Err(format!("what attempt #{} printed was left out", attempt.number));
        };
        // The first part begins the stream, the second ends it.
        let start = if place == 0 { 0 } else { total.saturating_sub(bytes.len() as u64) };
        let pieces = times::pieces(bytes, start, &known.times);
        shown.push(pieces.into_iter().map(|(ms, piece)| (ms, screen.take(piece))).collect());
    }
    let mut file = File { text: header(record, (step, attempt), &known, &shown), ms: 0 };
    for (place, pieces) in shown.iter().enumerate() {
        if place > 0 && dropped > 0 {
            file.event(pieces.first().map_or(0, |(ms, _)| *ms), "m", &format!("{dropped} bytes were not kept"));
            file.event(0, "o", &format!("\r\n[{dropped} bytes were not kept]\r\n"));
        }
        for (ms, text) in pieces {
            let characters: Vec<char> = text.chars().collect();
            characters.chunks(EVENT).for_each(|piece| file.event(*ms, "o", &piece.iter().collect::<String>()));
        }
    }
    if let Some(status) = attempt.exit_code.or(attempt.signal.map(|signal| 128 + signal)) {
        file.event(attempt.took_ms.unwrap_or(0), "x", &status.to_string());
    }
    Ok(file.text)
}

/// What is known of when an attempt printed.
struct Known {
    /// Milliseconds since its begin, and offsets in the stream. Empty: all at once.
    times: Vec<(u64, u64)>,
    /// For the header, in a sentence.
    words: String,
    tags: &'static [&'static str],
}

impl Known {
    fn of(attempt: &Attempt) -> Self {
        let times = attempt.output.as_ref().map_or(&[][..], |output| &output.times);
        let printed = attempt.output.as_ref().is_some_and(|output| output.bytes > 0);
        let length = attempt.took_ms.map_or_else(|| "a time nobody recorded".to_owned(), text::length);
        let at_once = attempt.took_ms.is_some_and(|ms| ms < OutputDigest::AT_ONCE);
        // Nothing is played after the end: a clock that jumped must not make anybody wait.
        let last = attempt.took_ms.unwrap_or(u64::MAX);
        let times: Vec<(u64, u64)> = times.iter().map(|(ms, offset)| ((*ms).min(last), *offset)).collect();
        let (words, tags): (String, &'static [&'static str]) = if !times.is_empty() {
            (
                format!("It plays as fast as it was printed, in {length}; what came within a moment comes at once"),
                &["gonogo"],
            )
        } else if at_once || !printed {
            (format!("It plays as fast as it was printed: all of it came within {length}"), &["gonogo"])
        } else {
            let words = format!("Untimed: all of it comes at once, because only its length was recorded: {length}");
            (words, &["gonogo", "untimed"])
        };
        Known { times, words, tags }
    }
}

fn header(record: &Record, (step, attempt): (&Step, &Attempt), known: &Known, shown: &[Vec<(u64, String)>]) -> String {
    let cols = widest(shown).clamp(COLS, WIDEST);
    let title = format!("{} {}: attempt #{} of run {}", step.number, step.title, attempt.number, record.run.id);
    let header = json!({
        "version": 3,
        "term": {"cols": cols, "rows": ROWS},
        "timestamp": attempt.began.timestamp(),
        "command": text::block(&attempt.text),
        "title": text::inline(&title),
        "tags": known.tags,
    });
    format!(
        "{}\n# {}. {}.\n\
         # Titles, clipboard, questions to the terminal and the like were left out; size of the terminal: not recorded.\n",
        ascii(&header.to_string()),
        known.words,
        text::inline(&attempt.ending)
    )
}

/// Characters of the longest line, which may have come in several pieces.
fn widest(shown: &[Vec<(u64, String)>]) -> usize {
    let (mut widest, mut line) = (0, 0);
    for (_, text) in shown.iter().flatten() {
        for (number, piece) in text.split(['\n', '\r']).enumerate() {
            line = if number > 0 { 0 } else { line } + replay::plain(piece).chars().count();
            widest = widest.max(line);
        }
    }
    widest
}

/// What was written so far, and up to which time it plays.
struct File {
    text: String,
    ms: u64,
}

impl File {
    /// Adds what happens so many milliseconds after the begin, or at once if that is over: the format has the time since the
    /// event before.
    fn event(&mut self, ms: u64, code: &str, data: &str) {
        let pause = ms.saturating_sub(self.ms);
        self.ms += pause;
        let data = serde_json::to_string(data).expect("a string is JSON");
        writeln!(self.text, "[{}.{:03}, \"{code}\", {}]", pause / 1000, pause % 1000, ascii(&data))
            .expect("writing to a String cannot fail");
    }
}

/// The same JSON without a character that hides or acts.
fn ascii(json: &str) -> String {
    text::json_escaped(json)
}
