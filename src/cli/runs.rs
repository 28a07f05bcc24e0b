//! Looking at recorded runs: `runs`, `status`, and finding the run that is meant.

use super::args::{Format, RunFilter};
use super::exit::{Exit, Failure};
use super::plan::printable;
use crate::audit::{spell, status_json};
use crate::journal::{Journal, Mode, RunRow};
use crate::run::estimate::estimates;
use crate::run::event::{Leftover, RunId, RunKind, Stamp};
use crate::run::fold::Replay;
use crate::run::readiness::{Readiness, readiness};
use crate::run::time::{AsOf, Times, times};
use crate::run::{Moment, Run};
use crate::runbook::read::read;
use crate::runbook::{Digest, Runbook};
use crate::session;
use serde::Serialize;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::Write;
use std::path::Path;

/// Lists at most this many runs.
const LISTED: usize = 1000;

/// Opens the journal to look. Creates nothing.
///
/// # Errors
/// When there is none, or it cannot be read.
pub fn look(path: &Path) -> Result<Journal, Failure> {
    match Journal::open(path, Mode::ReadOnly) {
        Ok(Some(journal)) => Ok(journal),
        Ok(None) => Err(Failure::system(format!(
            "{}: no journal yet; it begins with the first recorded act of a walk (try `gonogo demo`)",
            path.display()
        ))),
        Err(fault) => Err(fault.into()),
    }
}

/// The run that is meant: the one typed, else the newest unfinished one, else the newest.
///
/// # Errors
/// When there is none.
pub fn meant(journal: &Journal, typed: Option<&str>) -> Result<RunId, Failure> {
    if let Some(typed) = typed {
        return session::name_run(journal, typed).map_err(Failure::from);
    }
    journal.newest()?.ok_or_else(|| Failure::system(format!("{}: no run is recorded yet", journal.path().display())))
}

/// A run read from the journal, as it stands.
pub struct Recorded {
    pub book: Runbook,
    pub run: Run,
    pub readiness: Readiness,
    /// When the last entry was written.
    pub last: Stamp,
}

/// Reads a run and the runbook it walks.
///
/// # Errors
/// When its chain does not verify or its runbook cannot be read.
pub fn recorded(journal: &Journal, id: &RunId) -> Result<Recorded, Failure> {
    let (run, last) = replayed(journal, id)?;
    let book = run.read_as(walked(journal, &run)?);
    let readiness = readiness(&book, &run);
    Ok(Recorded { book, run, readiness, last })
}

/// A run as it stands, and when its last entry was written.
fn replayed(journal: &Journal, id: &RunId) -> Result<(Run, Stamp), Failure> {
    let (mut replay, mut last) = (Replay::default(), None);
    journal.each_entry(id, |entry| {
        replay.take(&entry);
        last = Some(entry.stamp);
    })?;
    let mut run = replay.finish().map_err(session::Fault::from)?;
    // Nobody at the wheel means that what was running has an unknown end.
    if !is_driven(journal, id)? {
        run.presume_lost();
    }
    Ok((run, last.expect("a run that was replayed has entries")))
}

/// The recorded runbook, as its author wrote it.
fn walked(journal: &Journal, run: &Run) -> Result<Runbook, Failure> {
    let bytes = journal.runbook(run.runbook())?;
    Ok(read(&run.opened.path, &bytes).map_err(session::Fault::from)?)
}

/// Recorded runbooks that were read already: of many runs in a list, most walk a few.
#[derive(Debug, Default)]
pub struct Books {
    read: BTreeMap<(Digest, String), Runbook>,
}

impl Books {
    fn readiness(&mut self, journal: &Journal, run: &Run) -> Result<Readiness, Failure> {
        let book = match self.read.entry((run.runbook(), run.opened.path.clone())) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(walked(journal, run)?),
        };
        Ok(if run.corrections.is_empty() { readiness(book, run) } else { readiness(&run.read_as(book.clone()), run) })
    }
}

/// Whether a living process drives the run.
///
/// # Errors
/// When the journal cannot be read.
pub fn is_driven(journal: &Journal, id: &RunId) -> Result<bool, Failure> {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Ok(journal.holder(id)?.is_some_and(|holder| session::is_alive(&holder, &host)))
}

#[derive(Serialize)]
struct RunLine<'a> {
    run: &'a str,
    short: String,
    title: &'a str,
    path: &'a str,
    runbook: String,
    kind: &'static str,
    opened: String,
    operator: &'a str,
    verdict: &'a str,
    percent: Option<u32>,
    closed: Option<String>,
}

#[derive(Serialize)]
struct Runs<'a> {
    schema: u32,
    runs: Vec<RunLine<'a>>,
}

/// `gonogo runs`.
///
/// # Errors
/// When the journal cannot be read.
pub fn list(journal: &Journal, filter: &RunFilter, format: Format, out: &mut impl Write) -> Result<Exit, Failure> {
    let rows = journal.runs(LISTED)?.into_iter().filter(|row| fits(row, filter));
    let mut books = Books::default();
    let standing = rows.map(|row| (standing(journal, &row, &mut books), row));
    let wanted = |verdict: &str| filter.verdict.as_ref().is_none_or(|word| word.eq_ignore_ascii_case(verdict));
    let (standing, rows): (Vec<_>, Vec<_>) = standing.filter(|(standing, _)| wanted(&standing.0)).unzip();
    match format {
        Format::Json => {
            let runs = rows.iter().zip(&standing).map(|(row, standing)| line(row, standing)).collect();
            serde_json::to_writer(&mut *out, &Runs { schema: 1, runs }).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        Format::Text => {
            for (row, (verdict, percent)) in rows.iter().zip(&standing) {
                let percent = percent.map_or_else(|| "  --".to_owned(), |percent| format!("{percent:>3}%"));
                let open = if row.closed.is_some() { "closed" } else { "open" };
                let at = row.opened.format("%Y-%m-%d %H:%M");
                let (run, title, operator) = (row.run.short(), printable(&row.title), printable(&row.operator));
                writeln!(out, "{run}  {at}Z  {verdict:<9} {percent}  {open:<6}  {operator:<16}  {title}")?;
            }
            if rows.is_empty() {
                writeln!(out, "no such run is recorded")?;
            }
        }
    }
    Ok(Exit::Success)
}

/// What can be told without reading the run.
fn fits(row: &RunRow, filter: &RunFilter) -> bool {
    let holds = |text: &str| {
        let all = format!("{} {}", row.title, row.path).to_lowercase();
        all.contains(&text.to_lowercase())
    };
    (!filter.open || row.closed.is_none())
        && (!filter.closed || row.closed.is_some())
        && filter.runbook.as_deref().is_none_or(holds)
        && filter.by.as_ref().is_none_or(|name| *name == row.operator)
        && filter.since.is_none_or(|day| row.opened.date_naive() >= day)
}

/// Verdict and percent of a run: those it was closed with, else computed from its entries.
#[must_use]
pub fn standing(journal: &Journal, row: &RunRow, books: &mut Books) -> (String, Option<u32>) {
    if let Some(closed) = &row.closed {
        return (closed.verdict.clone(), closed.percent);
    }
    match replayed(journal, &row.run).and_then(|(run, _)| books.readiness(journal, &run)) {
        Ok(readiness) => (readiness.answer.word().to_owned(), readiness.percent),
        // A list must not fail because of one bad run; `verify` says what is wrong with it.
        Err(_) => ("ALTERED?".to_owned(), None),
    }
}

fn line<'a>(row: &'a RunRow, (verdict, percent): &'a (String, Option<u32>)) -> RunLine<'a> {
    RunLine {
        run: &row.run.0,
        short: row.run.short(),
        title: &row.title,
        path: &row.path,
        runbook: row.runbook.hex(),
        kind: match row.kind {
            RunKind::Real => "real",
            RunKind::Rehearsal => "rehearsal",
        },
        opened: row.opened.to_rfc3339(),
        operator: &row.operator,
        verdict,
        percent: *percent,
        closed: row.closed.as_ref().map(|closed| closed.at.to_rfc3339()),
    }
}

/// `gonogo status`: the exit code is the answer.
///
/// # Errors
/// When the run cannot be read.
pub fn status(journal: &Journal, recorded: &Recorded, format: Format, out: &mut impl Write) -> Result<Exit, Failure> {
    let times = times_of(journal, &recorded.book, &recorded.run, &recorded.last)?;
    match format {
        Format::Json => {
            let Recorded { book, run, readiness, .. } = recorded;
            out.write_all(status_json(readiness, run, book, &times).as_bytes())?;
        }
        Format::Text => {
            status_text(recorded, out)?;
            status_times(&recorded.run, &times, out)?;
        }
    }
    Ok(recorded.readiness.answer.into())
}

/// How the run goes: the time that has passed, what the phases took, and how long the rest may take.
///
/// # Errors
/// When the journal cannot be read.
pub fn times_of(journal: &Journal, book: &Runbook, run: &Run, last: &Stamp) -> Result<Times, Failure> {
    let estimates = estimates(book, &session::earlier(journal, run));
    let as_of = |as_of| times(book, run, &estimates, as_of);
    Ok(if is_driven(journal, &run.id)? {
        as_of(AsOf::Now(&session::Clock::start().now()))
    } else {
        as_of(AsOf::LastEntry(&Moment::of(last)))
    })
}

/// How long it has been, and how long the rest may take if anything is known about it.
fn status_times(run: &Run, times: &Times, out: &mut impl Write) -> Result<(), Failure> {
    writeln!(out, "  {} {}", spell(times.elapsed), times.until.words())?;
    let left = times.left;
    if run.closed.is_none() && !run.is_rehearsal() && left.estimated > 0 {
        let (estimated, earlier, unknown) = (left.estimated, left.from_earlier, left.unknown);
        let length = match left.ms {
            ms @ 0..60_000 => format!("{} s", ms.div_ceil(1000)),
            ms => format!("{} min", ms.div_ceil(60_000)),
        };
        let eta = times.eta.map(|eta| format!(", until {}Z", eta.format("%H:%M"))).unwrap_or_default();
        writeln!(
            out,
            "  about {length} left{eta}: {estimated} steps estimated, {earlier} of them by earlier runs; {unknown} not"
        )?;
    }
    Ok(())
}

fn status_text(recorded: &Recorded, out: &mut impl Write) -> Result<(), Failure> {
    let Recorded { book, run, readiness, .. } = recorded;
    let counts = readiness.counts;
    let percent = readiness.percent.map_or_else(|| "nothing to count".to_owned(), |percent| format!("{percent} %"));
    let claimed = readiness.claimed.map(|claimed| format!(", claimed {claimed} %")).unwrap_or_default();
    let (word, settled, steps) = (readiness.answer.word(), counts.settled(), counts.steps);
    writeln!(out, "{word}  {percent}{claimed}  {settled} of {steps} steps settled  {}", printable(&book.title))?;
    let parts = [
        ("passed", counts.passed),
        ("with remarks", counts.remarks),
        ("failed", counts.failed),
        ("waived", counts.waived),
        ("not applicable", counts.not_applicable),
        ("deferred", counts.deferred),
        ("running", counts.running),
        ("unknown", counts.unknown),
        ("to confirm", counts.ran),
        ("waiting", counts.waiting),
        ("stale", counts.stale),
        ("open", counts.open),
    ];
    let said: Vec<String> =
        parts.iter().filter(|(_, count)| *count > 0).map(|(word, count)| format!("{count} {word}")).collect();
    writeln!(out, "run {}  {}", run.id.short(), said.join(", "))?;
    for blocker in &readiness.blockers {
        writeln!(out, "  {}: {}", printable(&blocker.title), printable(&blocker.what))?;
    }
    for survivor in session::survivors(run) {
        let named = |process: &Leftover| format!("{} ({})", process.pid, printable(&process.name));
        let processes: Vec<String> = survivor.processes.iter().map(named).collect();
        let (attempt, processes) = (survivor.attempt, processes.join(", "));
        writeln!(out, "  {attempt} has an unknown end; still there of it: {processes} (gonogo resume asks)")?;
    }
    Ok(())
}
