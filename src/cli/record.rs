//! The record: `gonogo show` and `gonogo verify`.

use super::args::Common;
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::runs;
use crate::audit::verify::Demand;
use crate::audit::{self, Checked, Flaw, OutputBytes, Verified, bundle, show_run, show_step};
use crate::journal::Journal;
use crate::run::Run;
use crate::run::event::RunId;
use crate::session;
use std::fs::{self, OpenOptions};
use std::io::{Read as _, Write};
use std::path::Path;

pub(super) fn checked(journal: &Journal, run: &RunId, output: OutputBytes) -> Result<Checked, Failure> {
    Checked::of_run(journal, run, output)?.map_err(|flaw| match flaw {
        Flaw::Altered { place, reason } => {
            Failure::new(Exit::Altered, format!("run {}: {place}: {reason}; the journal was altered", run.short()))
        }
        Flaw::Unreadable { reason } => Failure::invalid(format!("run {}: {reason}", run.short())),
    })
}

/// The run as it stands now. A record knows no living process; whoever looks can see whether somebody drives the run, and
/// then what is running has no unknown end.
pub(super) fn as_it_stands(journal: &Journal, run: &RunId, output: OutputBytes) -> Result<Checked, Failure> {
    let mut checked = checked(journal, run, output)?;
    if runs::is_driven(journal, run)? {
        checked.run = Run::replay(&checked.entries).map_err(session::Fault::from)?;
    }
    Ok(checked)
}

/// `gonogo show RUN [STEP]`.
///
/// # Errors
/// When there is no such run or step, or it cannot be read.
pub fn show(journal: &Journal, run: &RunId, step: Option<&str>, out: &mut impl Write) -> Result<Exit, Failure> {
    let Some(typed) = step else {
        let checked = as_it_stands(journal, run, OutputBytes::LeftOut)?;
        let last = checked.entries.last().map(|last| last.stamp.clone()).expect("a run that was read has entries");
        let times = runs::times_of(journal, &checked.book, &checked.run, &last)?;
        out.write_all(show_run(&checked.record(), &times).as_bytes())?;
        return Ok(Exit::Success);
    };
    let checked = as_it_stands(journal, run, OutputBytes::Kept)?;
    let record = checked.record();
    let step = record.find_step(typed).ok_or_else(|| {
        let run = run.short();
        Failure::usage(format!("run {run} has no step {typed}; `gonogo show {run}` lists numbers and titles"))
    })?;
    out.write_all(show_step(&record, step, &checked.evidence).as_bytes())?;
    Ok(Exit::Success)
}

/// `gonogo show RUN --events`: the exact stored bodies, one a line.
///
/// # Errors
/// When the run cannot be read.
pub fn events(journal: &Journal, run: &RunId, out: &mut impl Write) -> Result<Exit, Failure> {
    for entry in journal.entries(run)? {
        writeln!(out, "{}", entry.body())?;
    }
    Ok(Exit::Success)
}

/// Writes a file whole or not at all.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let shown = path.display();
    let cannot = |error: std::io::Error| Failure::system(format!("cannot write {shown}: {error}"));
    let name = path.file_name().ok_or_else(|| Failure::usage(format!("{shown} names no file")))?;
    let mut beside = name.to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(beside);
    let written = OpenOptions::new().write(true).create_new(true).open(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let done = written.and_then(|()| fs::rename(&part, path));
    if done.is_err() {
        // The half-written file helps nobody; that it cannot be removed changes nothing about the error.
        let _ = fs::remove_file(&part);
    }
    done.map_err(cannot)
}

/// `gonogo verify` with what the environment adds to it.
///
/// # Errors
/// As [`verify`].
pub fn verify_command(
    what: &str,
    demand: &Demand,
    (signers, revoked): (Option<&Path>, Option<&Path>),
    (common, env): (&Common, &Environment),
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let signers = env.signers((signers, revoked), common)?;
    verify(what, &Demand { signers, ..demand.clone() }, &env.journal(common)?, out)
}

/// `gonogo verify RUN|PATH`: a file or folder if there is one of that name, else a run.
///
/// # Errors
/// When there is neither.
pub fn verify(what: &str, demand: &Demand, journal: &Path, out: &mut impl Write) -> Result<Exit, Failure> {
    let signers = demand.signers.as_ref();
    let path = Path::new(what);
    let verified = if path.is_dir() || is_tar(path) {
        bundle::verify(path, signers).map_err(|error| Failure::system(format!("cannot read {what}: {error}")))?
    } else if path.is_file() {
        audit::verify::file(path, signers).map_err(|error| Failure::system(format!("cannot read {what}: {error}")))?
    } else if path.extension().is_some() || what.contains('/') {
        return Err(Failure::system(format!("{what}: no such file; name a bundle, a JSON record or a run")));
    } else {
        let journal = runs::look(journal)?;
        let run = runs::meant(&journal, Some(what))?;
        audit::verify::run(&journal, &run, signers)?
    };
    out.write_all(verified.text().as_bytes())?;
    Ok(match verified {
        Verified::Intact(intact) => {
            let unmet = intact.unmet(demand);
            for what in &unmet {
                writeln!(out, "NOT MET: {what}")?;
            }
            if unmet.is_empty() { Exit::Success } else { Exit::Hold }
        }
        Verified::Altered { .. } => Exit::Altered,
        Verified::Unreadable { .. } => Exit::Invalid,
    })
}

/// Whether it is an archive, by its name or by the mark in its first header.
fn is_tar(path: &Path) -> bool {
    let mut head = [0; 262];
    let named = path.extension().is_some_and(|kind| kind == "tar");
    path.is_file()
        && (named
            || fs::File::open(path)
                .and_then(|mut file| file.read_exact(&mut head))
                .is_ok_and(|()| head[257..] == *b"ustar"))
}
