//! `gonogo show RUN STEP --stream`: what the newest attempt of a step printed by one of the two ways.
//!
//! It prints text that does no harm to a terminal, as `show` does; the exact bytes are in a bundle.

use super::exit::{Exit, Failure};
use super::record::as_it_stands;
use crate::audit::{OutputBytes, count, printed};
use crate::journal::{Journal, Stored};
use crate::run::event::{Channel, Ended, RunId};
use crate::run::{Attempt, Progress};
use clap::ValueEnum;
use std::io::{self, Write};

/// One of the two streams that a command prints to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Way {
    Stdout,
    Stderr,
}

/// Prints it. What cannot be told apart or was not kept is named on standard error.
///
/// # Errors
/// When there is no such step, when it has printed nothing that was told apart, or when it cannot be read.
pub(super) fn show(
    journal: &Journal,
    run: &RunId,
    typed: &str,
    way: Way,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let checked = as_it_stands(journal, run, OutputBytes::LeftOut)?;
    let short = run.short();
    let step = checked.book.find_step(typed).ok_or_else(|| {
        Failure::usage(format!("run {short} has no step {typed}; `gonogo show {short}` lists numbers and titles"))
    })?;
    let all = format!("`gonogo show {short} {}` prints what there is", step.number);
    let attempt = checked.run.attempts_of(&step.id).next_back();
    let attempt =
        attempt.ok_or_else(|| Failure::usage(format!("{}: nothing of it has run in run {short}", step.number)))?;
    let ended = apart(attempt).map_err(|why| Failure::usage(format!("{}: {why}; {all}", step.number)))?;
    let parts = match journal.output(run, attempt.id(), Some(&ended.output))? {
        Stored::Parts(parts) => parts,
        Stored::Shredded { seq } => {
            return Err(Failure::usage(format!("{}: its output was removed; entry {seq} says why", step.number)));
        }
    };
    let head = parts.first().map_or(0, Vec::len) as u64;
    let starts = [0, head + ended.output.dropped];
    for (part, start) in parts.iter().zip(starts) {
        out.write_all(printed(&pick(part, start, ended, way)).as_bytes())?;
    }
    let mut missing = Vec::new();
    if ended.output.dropped > 0 {
        missing.push(format!("{} in between were not kept", count(ended.output.dropped, "byte", "bytes")));
    }
    if let Some(until) = ended.errors_until {
        missing.push(format!("from byte {until} on the two streams changed too often to be told apart"));
    }
    for what in missing {
        writeln!(io::stderr(), "gonogo: {what}; {all}")?;
    }
    Ok(Exit::Success)
}

/// The ending of an attempt whose streams were kept apart, or why they were not.
fn apart(attempt: &Attempt) -> Result<&Ended, &'static str> {
    match (&attempt.progress, attempt.intended.channel) {
        (Progress::Ended { ended, .. }, Channel::Pipe) => Ok(ended),
        (Progress::Ended { .. }, Channel::Pty) => Err("it ran on a terminal, where both streams are one"),
        (Progress::Running, Channel::Pipe | Channel::Pty) => Err("it is still running"),
        (Progress::Unknown | Progress::Resolved { .. }, Channel::Pipe | Channel::Pty) => {
            Err("nobody saw its end, and which bytes came which way is recorded with the end")
        }
    }
}

/// Of a part that begins at an offset of the whole output, the bytes that came this way.
fn pick(part: &[u8], start: u64, ended: &Ended, way: Way) -> Vec<u8> {
    let known = ended.errors_until.unwrap_or(u64::MAX).max(start);
    let part = &part[..usize::try_from(known - start).unwrap_or(usize::MAX).min(part.len())];
    let (mut errors, mut output, mut at) = (Vec::new(), Vec::new(), 0);
    for &(from, length) in &ended.errors {
        let inside = |offset: u64| usize::try_from(offset.saturating_sub(start)).unwrap_or(usize::MAX).min(part.len());
        let (from, to) = (inside(from), inside(from.saturating_add(length)));
        output.extend_from_slice(&part[at..from]);
        errors.extend_from_slice(&part[from..to]);
        at = to;
    }
    output.extend_from_slice(&part[at..]);
    match way {
        Way::Stdout => output,
        Way::Stderr => errors,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::event::{AttemptId, Ending, OutputDigest};

    fn ended(errors: &[(u64, u64)], errors_until: Option<u64>) -> Ended {
        Ended {
            attempt: AttemptId(1),
            ending: Ending::Exited { code: 0 },
            took_ms: 1,
            output: OutputDigest::default(),
            matched: None,
            left_over: Vec::new(),
            not_dead: Vec::new(),
            errors: errors.to_vec(),
            errors_until,
        }
    }

    #[test]
    fn each_byte_of_a_part_came_one_way() {
        let both = |part: &str, start, ended: &Ended| {
            [Way::Stdout, Way::Stderr].map(|way| String::from_utf8(pick(part.as_bytes(), start, ended, way)).unwrap())
        };
        assert_eq!(both("out err out", 0, &ended(&[(4, 4)], None)), ["out out", "err "]);
        // The head ends, and the tail begins, in the middle of what came by standard error.
        let split = ended(&[(2, 10)], None);
        assert_eq!(both("oo ee", 0, &split), ["oo", " ee"]);
        assert_eq!(both("ee oo", 10, &split), [" oo", "ee"]);
        assert_eq!(both("0123456789", 0, &ended(&[(2, 2)], Some(6))), ["0145", "23"]);
        assert_eq!(both("after", 8, &ended(&[(2, 2)], Some(6))), ["", ""]);
        assert_eq!(both("", 0, &ended(&[], None)), ["", ""]);
    }
}
