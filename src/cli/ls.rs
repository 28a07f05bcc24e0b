//! `gonogo ls`: the runbooks below a folder, how large they are, what is wrong with them, and how they went last.
//!
//! ```text
//! {"schema":1,"folder","runbooks":[{"path","title","sha256","phases":N,"steps":N,
//!  "problems":{"errors":N,"warnings":N,"hints":N},"last":null|LAST}]}
//! LAST {"run","short","kind":"real|rehearsal","opened","operator","verdict","percent":null|N,"open":bool,"same":bool}
//! ```
//!
//! Phases and steps are those that are walked. The last run is the newest one of the same bytes (`same`), else the newest one
//! that was opened by the same path. Documents in which there is nothing to walk are no runbooks.

use super::args::{Common, Format};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::find::{Search, documents};
use super::plan::{count, printable};
use super::runs::Books;
use super::{load, runs};
use crate::journal::{Journal, Mode, RunRow};
use crate::run::event::RunKind;
use serde::Serialize;
use std::io::Write;
use std::path::Path;

#[derive(Serialize)]
struct Listing {
    schema: u32,
    folder: String,
    runbooks: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    path: String,
    title: String,
    sha256: String,
    phases: usize,
    steps: usize,
    problems: Problems,
    last: Option<Last>,
}

#[derive(Serialize)]
struct Problems {
    errors: usize,
    warnings: usize,
    hints: usize,
}

#[derive(Serialize)]
struct Last {
    run: String,
    short: String,
    kind: &'static str,
    opened: String,
    operator: String,
    verdict: String,
    percent: Option<u32>,
    open: bool,
    same: bool,
}

/// Lists the runbooks below a folder. Nothing is recorded, and no journal is made.
///
/// # Errors
/// When there is no such folder, or the journal is there and cannot be read.
pub fn ls(
    folder: &Path,
    format: Format,
    (common, env): (&Common, &Environment),
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let shown = folder.display();
    if folder.is_file() {
        return Err(Failure::usage(format!("{shown} is a file; gonogo plan {shown} shows what is in it")));
    }
    if !folder.is_dir() {
        return Err(Failure::system(format!("{shown}: no such folder")));
    }
    let journal = Journal::open(&env.journal(common)?, Mode::ReadOnly)?;
    let rows = match &journal {
        Some(journal) => journal.runs(1000)?,
        None => Vec::new(),
    };
    let search = Search { folders: vec![folder.to_owned()], ..Search::new(folder, &common.settings) };
    let found = documents(&search);
    let runbooks: Vec<Line> = found.iter().filter_map(|path| line(path, journal.as_ref(), &rows)).collect();
    match format {
        Format::Json => {
            let listing = Listing { schema: 1, folder: shown.to_string(), runbooks };
            serde_json::to_writer(&mut *out, &listing).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        Format::Text => text(&runbooks, folder, out)?,
    }
    Ok(Exit::Success)
}

/// What is said about one document; nothing about what cannot be walked.
fn line(path: &Path, journal: Option<&Journal>, rows: &[RunRow]) -> Option<Line> {
    let loaded = load::load(path).ok()?;
    let book = &loaded.book;
    let steps = book.walk().filter(|(_, step)| step.is_leaf()).count();
    if steps == 0 {
        return None;
    }
    let sha256 = book.source.sha256;
    let same = rows.iter().find(|row| row.runbook == sha256);
    let row = same.or_else(|| rows.iter().find(|row| row.path == loaded.path));
    let (errors, warnings, hints) = count(&crate::runbook::read::lint::problems(book));
    Some(Line {
        path: loaded.path.clone(),
        title: book.title.clone(),
        sha256: sha256.hex(),
        phases: book.phases.iter().filter(|phase| phase.is_walked()).count(),
        steps,
        problems: Problems { errors, warnings, hints },
        last: row.zip(journal).map(|(row, journal)| last(row, journal, row.runbook == sha256)),
    })
}

fn last(row: &RunRow, journal: &Journal, same: bool) -> Last {
    let (verdict, percent) = runs::standing(journal, row, &mut Books::default());
    Last {
        run: row.run.0.clone(),
        short: row.run.short(),
        kind: match row.kind {
            RunKind::Real => "real",
            RunKind::Rehearsal => "rehearsal",
        },
        opened: row.opened.to_rfc3339(),
        operator: row.operator.clone(),
        verdict,
        percent,
        open: row.closed.is_none(),
        same,
    }
}

fn text(runbooks: &[Line], folder: &Path, out: &mut impl Write) -> Result<(), Failure> {
    if runbooks.is_empty() {
        writeln!(out, "no runbook below {}; gonogo new writes one", folder.display())?;
    }
    for runbook in runbooks {
        let Line { path, title, phases, steps, problems, last, .. } = runbook;
        writeln!(out, "{}  {}", printable(path), printable(title))?;
        let numbers = [(*phases, "phase"), (*steps, "step")].map(|(number, noun)| several(number, noun));
        let found = [(problems.errors, "error"), (problems.warnings, "warning"), (problems.hints, "hint")];
        let found: Vec<String> =
            found.into_iter().filter(|(number, _)| *number > 0).map(|(number, noun)| several(number, noun)).collect();
        let found = if found.is_empty() { "no problems".to_owned() } else { found.join(", ") };
        writeln!(out, "  {}, {found}", numbers.join(", "))?;
        if let Some(last) = last {
            let percent = last.percent.map(|percent| format!(" {percent} %")).unwrap_or_default();
            let state = if last.open { "open" } else { "closed" };
            let edited = if last.same { "" } else { ", edited since" };
            let (day, operator) = (last.opened.get(..16).unwrap_or(&last.opened), printable(&last.operator));
            writeln!(
                out,
                "  last {}{percent}, {state}, run {} by {operator}, {day}Z{edited}",
                last.verdict, last.short
            )?;
        } else {
            writeln!(out, "  never run")?;
        }
    }
    Ok(())
}

fn several(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
