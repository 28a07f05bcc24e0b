//! `gonogo diff RUN [RUN]`: two runs side by side, or a run beside its file as it is now.

use super::args::Format;
use super::edits;
use super::exit::{Exit, Failure};
use super::load;
use super::plan::printable;
use super::runs::{self, Recorded};
use crate::journal::{Journal, Stored};
use crate::run::diff::{Ran, Row, Side, compare};
use crate::run::drift::{Drift, drift};
use crate::run::event::{AttemptId, RunId};
use serde::Serialize;
use similar::{ChangeTag, TextDiff};
use std::io::{self, Write};

/// Lines of two outputs that are compared at the most.
const LINES: usize = 5_000;

/// How much is told about outputs that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outputs {
    /// That they differ.
    Named,
    /// Line by line.
    Shown,
}

/// `gonogo diff RUN [RUN]`.
///
/// # Errors
/// When a run or the file cannot be read.
pub fn diff(
    journal: &Journal,
    (run, other): (&str, Option<&str>),
    (outputs, format): (Outputs, Format),
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    match other {
        Some(other) => runs(journal, (run, other), (outputs, format), out),
        None => file(journal, run, format, out),
    }
}

/// Two runs side by side.
fn runs(
    journal: &Journal,
    names: (&str, &str),
    (outputs, format): (Outputs, Format),
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let read = |name: &str| runs::meant(journal, Some(name)).and_then(|id| runs::recorded(journal, &id));
    let (one, other) = (read(names.0)?, read(names.1)?);
    let rows = compare((&one.book, &one.run), (&other.book, &other.run));
    match format {
        Format::Json => json(&one, &other, &rows, out)?,
        Format::Text => {
            head(&one, &other, out)?;
            for row in &rows {
                text(row, out)?;
                if outputs == Outputs::Shown {
                    lines(journal, (&one.run.id, &other.run.id), row, out)?;
                }
            }
            let same = rows.iter().filter(|row| row.differs().is_empty()).count();
            writeln!(out, "{same} of {} steps came to the same", rows.len())?;
        }
    }
    Ok(Exit::Success)
}

/// What the run walks beside its file as it is now.
fn file(journal: &Journal, name: &str, format: Format, out: &mut impl Write) -> Result<Exit, Failure> {
    let id = runs::meant(journal, Some(name))?;
    let recorded = runs::recorded(journal, &id)?;
    let path = edits::file_of(&recorded.run).ok_or_else(|| {
        let path = &recorded.run.opened.path;
        Failure::system(format!("{path}: no such file here; name a second run to compare with"))
    })?;
    let loaded = load::load(&path)?;
    let drift = drift(&recorded.book, &loaded.book);
    match format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &FileDiff::of(&recorded, &drift)).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        Format::Text if drift.is_idle() => {
            writeln!(out, "No step of {} differs from what run {} walks.", path.display(), id.short())?;
        }
        Format::Text => edits::write(&drift, &recorded.run, out)?,
    }
    Ok(Exit::Success)
}

fn head(one: &Recorded, other: &Recorded, out: &mut impl Write) -> io::Result<()> {
    for (sign, side) in [('-', one), ('+', other)] {
        let percent = side.readiness.percent.map_or("--".to_owned(), |percent| percent.to_string());
        let at = side.run.began.at.format("%Y-%m-%d %H:%MZ");
        let word = side.readiness.answer.word();
        writeln!(out, "{sign} {}  {at}  {word} {percent} %  {}", side.run.id.short(), printable(&side.book.title))?;
    }
    Ok(())
}

fn seconds(ms: u64) -> String {
    format!("{}.{} s", ms / 1000, ms % 1000 / 100)
}

fn text(row: &Row, out: &mut impl Write) -> io::Result<()> {
    let differs = row.differs();
    let number = row.one.as_ref().or(row.other.as_ref()).map(|side| side.number.clone()).unwrap_or_default();
    let times = match (&row.one, &row.other) {
        (Some(one), Some(other)) if one.spent_ms + other.spent_ms > 0 => {
            format!("  {} → {}", seconds(one.spent_ms), seconds(other.spent_ms))
        }
        _ => String::new(),
    };
    let sign = if differs.is_empty() { ' ' } else { '!' };
    let words: Vec<&str> = differs.iter().map(|differs| differs.word()).collect();
    let words = if words.is_empty() { String::new() } else { format!("  ({})", words.join(", ")) };
    writeln!(out, "{sign} {number} {}{times}{words}", printable(&row.title))?;
    if differs.is_empty() {
        return Ok(());
    }
    for (sign, side) in [('-', &row.one), ('+', &row.other)] {
        let Some(side) = side else { continue };
        writeln!(out, "  {sign} {}", side.state)?;
        for ran in &side.commands {
            let first = ran.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            let bytes = ran.output_bytes;
            writeln!(out, "  {sign}   #{} {}: {}, {bytes} bytes of output", ran.attempt, printable(first), ran.ending)?;
        }
    }
    Ok(())
}

/// The lines in which two outputs differ.
fn lines(journal: &Journal, runs: (&RunId, &RunId), row: &Row, out: &mut impl Write) -> Result<(), Failure> {
    let (Some(one), Some(other)) = (&row.one, &row.other) else {
        return Ok(());
    };
    for (one, other) in one.commands.iter().zip(&other.commands).filter(|(one, other)| one.output != other.output) {
        let (before, after) = (output(journal, runs.0, one)?, output(journal, runs.1, other)?);
        let diff = TextDiff::from_lines(&before, &after);
        for change in diff.iter_all_changes() {
            let sign = match change.tag() {
                ChangeTag::Equal => continue,
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            writeln!(out, "  {sign} | {}", printable(change.value().trim_end_matches(['\n', '\r'])))?;
        }
    }
    Ok(())
}

fn output(journal: &Journal, run: &RunId, ran: &Ran) -> Result<String, Failure> {
    let bytes = match journal.output(run, AttemptId(ran.attempt), None)? {
        Stored::Parts(parts) => parts.concat(),
        Stored::Shredded { seq } => format!("[removed; entry {seq} says why]\n").into_bytes(),
    };
    let text = String::from_utf8_lossy(&bytes);
    let mut kept: String = text.split_inclusive('\n').take(LINES).collect();
    if text.split_inclusive('\n').nth(LINES).is_some() {
        kept.push_str("[more lines are not compared]\n");
    }
    Ok(kept)
}

#[derive(Serialize)]
struct RunsDiff<'a> {
    schema: u32,
    runs: [RunHead<'a>; 2],
    steps: Vec<StepDiff<'a>>,
}

#[derive(Serialize)]
struct RunHead<'a> {
    run: &'a str,
    runbook: String,
    verdict: &'static str,
    percent: Option<u32>,
}

#[derive(Serialize)]
struct StepDiff<'a> {
    title: &'a str,
    /// In what they differ; empty when they came to the same.
    differs: Vec<&'static str>,
    /// What each run says; null where it does not have the step.
    runs: [Option<StepSide<'a>>; 2],
}

#[derive(Serialize)]
struct StepSide<'a> {
    id: &'a str,
    number: &'a str,
    state: &'static str,
    spent_ms: u64,
    commands: Vec<Command<'a>>,
}

#[derive(Serialize)]
struct Command<'a> {
    attempt: u32,
    text: &'a str,
    ending: &'a str,
    output_sha256: Option<String>,
    output_bytes: u64,
}

fn json(one: &Recorded, other: &Recorded, rows: &[Row], out: &mut impl Write) -> Result<(), Failure> {
    let head = |side: &'_ Recorded| (side.run.runbook().hex(), side.readiness.answer.word(), side.readiness.percent);
    let ((a_book, a_word, a_percent), (b_book, b_word, b_percent)) = (head(one), head(other));
    let runs = [
        RunHead { run: &one.run.id.0, runbook: a_book, verdict: a_word, percent: a_percent },
        RunHead { run: &other.run.id.0, runbook: b_book, verdict: b_word, percent: b_percent },
    ];
    let steps = rows.iter().map(|row| StepDiff {
        title: &row.title,
        differs: row.differs().iter().map(|differs| differs.word()).collect(),
        runs: [row.one.as_ref().map(StepSide::of), row.other.as_ref().map(StepSide::of)],
    });
    let diff = RunsDiff { schema: 1, runs, steps: steps.collect() };
    serde_json::to_writer_pretty(&mut *out, &diff).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(())
}

impl<'a> StepSide<'a> {
    fn of(side: &'a Side) -> Self {
        let command = |ran: &'a Ran| Command {
            attempt: ran.attempt,
            text: &ran.text,
            ending: &ran.ending,
            output_sha256: ran.output.map(|digest| digest.hex()),
            output_bytes: ran.output_bytes,
        };
        StepSide {
            id: &side.step.0,
            number: &side.number,
            state: side.state,
            spent_ms: side.spent_ms,
            commands: side.commands.iter().map(command).collect(),
        }
    }
}

#[derive(Serialize)]
struct FileDiff<'a> {
    schema: u32,
    run: &'a str,
    from: String,
    to: String,
    untouched: usize,
    settings: &'a [String],
    changes: Vec<FileChange<'a>>,
}

#[derive(Serialize)]
struct FileChange<'a> {
    change: &'static str,
    was: Option<&'a str>,
    now: Option<&'a str>,
    title: &'a str,
    /// What the run would lose by adopting it.
    loses: Option<String>,
    /// The differing lines, with their signs.
    lines: Vec<String>,
}

impl<'a> FileDiff<'a> {
    fn of(recorded: &'a Recorded, drift: &'a Drift) -> Self {
        let changes = drift.changes.iter().map(|change| FileChange {
            change: change.kind.word(),
            was: change.was.as_ref().map(|id| id.0.as_str()),
            now: change.now.as_ref().map(|id| id.0.as_str()),
            title: &change.title,
            loses: change.loses(&recorded.run),
            lines: change.lines.iter().map(|line| format!("{}{}", line.side.sign(), line.text)).collect(),
        });
        FileDiff {
            schema: 1,
            run: &recorded.run.id.0,
            from: drift.from.hex(),
            to: drift.to.hex(),
            untouched: drift.untouched,
            settings: &drift.settings,
            changes: changes.collect(),
        }
    }
}
