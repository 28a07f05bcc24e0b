//! What one attempt printed, as a recording for asciinema (asciicast v3).
//!
//! The journal keeps what was printed and how long it took, not when each line came: everything comes at once, and the
//! recording says so in its header and in a comment. It is a view to look at; the exact bytes are in a bundle. Only what a
//! terminal can be shown without harm goes in, see [`replay`].

mod replay;

use super::evidence::{Evidence, KeptPart};
use super::record::{Attempt, Record, Step};
use super::text;
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
    let mut screen = replay::Replay::default();
    let mut shown: Vec<String> = Vec::new();
    for part in parts {
        let KeptPart::Here { bytes, .. } = part else {
            return Err(format!("what attempt #{} printed was left out", attempt.number));
        };
        shown.push(screen.take(bytes));
    }
    let dropped = attempt.output.as_ref().map_or(0, |output| output.dropped);
    let mut file = header(record, step, attempt, &shown);
    for (place, text) in shown.iter().enumerate() {
        if place > 0 && dropped > 0 {
            event(&mut file, "m", &format!("{dropped} bytes were not kept"));
            event(&mut file, "o", &format!("\r\n[{dropped} bytes were not kept]\r\n"));
        }
        let characters: Vec<char> = text.chars().collect();
        for piece in characters.chunks(EVENT) {
            event(&mut file, "o", &piece.iter().collect::<String>());
        }
    }
    if let Some(status) = attempt.exit_code.or(attempt.signal.map(|signal| 128 + signal)) {
        let took = attempt.took_ms.unwrap_or(0);
        writeln!(file, "[{}.{:03}, \"x\", \"{status}\"]", took / 1000, took % 1000)
            .expect("writing to a String cannot fail");
    }
    Ok(file)
}

fn header(record: &Record, step: &Step, attempt: &Attempt, shown: &[String]) -> String {
    let widest = shown.iter().flat_map(|text| text.lines()).map(|line| replay::plain(line).chars().count()).max();
    let cols = widest.unwrap_or(0).clamp(COLS, WIDEST);
    let title = format!(
        "{} {}: attempt #{} of run {}; when each line came was not recorded",
        step.number, step.title, attempt.number, record.run.id
    );
    let header = json!({
        "version": 3,
        "term": {"cols": cols, "rows": ROWS},
        "timestamp": attempt.began.timestamp(),
        "command": text::block(&attempt.text),
        "title": text::inline(&title),
        "tags": ["gonogo", "untimed"],
    });
    let took = attempt.took_ms.map_or_else(|| "a time nobody recorded".to_owned(), text::length);
    format!(
        "{}\n# Untimed: all of it comes at once, because only its length was recorded: {took}. {}.\n\
         # Titles, clipboard, questions to the terminal and the like were left out; size of the terminal: not recorded.\n",
        ascii(&header.to_string()),
        text::inline(&attempt.ending)
    )
}

fn event(file: &mut String, code: &str, data: &str) {
    let data = serde_json::to_string(data).expect("a string is JSON");
    writeln!(file, "[0.0, \"{code}\", {}]", ascii(&data)).expect("writing to a String cannot fail");
}

/// The same JSON without a character that hides or acts.
fn ascii(json: &str) -> String {
    text::json_escaped(json)
}
