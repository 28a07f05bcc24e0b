//! An edited runbook, line by line: what changed, and settling it before or during a walk.

use super::exit::Failure;
use super::plan::printable;
use crate::run::Run;
use crate::run::drift::{Drift, Side};
use crate::session::Session;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What to do when the file is not what the run walks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnEdit {
    /// Leave it to the operator.
    Ask,
    Adopt,
    Stay,
}

/// Where the author's file of a run is now: the path it was opened by, seen from here or from where the run began.
#[must_use]
pub fn file_of(run: &Run) -> Option<PathBuf> {
    let path = Path::new(&run.opened.path);
    if path.as_os_str() == "-" {
        return None;
    }
    // The folder of the run first: a file of the same name here may be quite another document.
    [Path::new(&run.opened.cwd).join(path), path.to_owned()].into_iter().find(|path| path.is_file())
}

/// Writes what an edit changed.
///
/// # Errors
/// When nothing can be written.
pub fn write(drift: &Drift, run: &Run, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "The runbook was edited: {}.", drift.summary())?;
    for setting in &drift.settings {
        writeln!(out, "  {}", printable(setting))?;
    }
    for change in &drift.changes {
        let was = change.number_was.as_ref().filter(|was| !change.title.starts_with(&format!("{was} ")));
        let was = was.map(|was| format!(" (was {was})")).unwrap_or_default();
        writeln!(out, "{:<8} {}{was}", change.kind.word(), printable(&change.title))?;
        if let Some(lost) = change.loses(run) {
            writeln!(out, "         no longer holds: {}", printable(&lost))?;
        }
        for (at, line) in change.lines.iter().enumerate() {
            let near = at.saturating_sub(1)..(at + 2).min(change.lines.len());
            if change.lines[near].iter().any(|line| line.side != Side::Both) {
                writeln!(out, "         {} {}", line.side.sign(), printable(&line.text))?;
            }
        }
    }
    Ok(())
}

/// Looks after the file, and does what was asked for beforehand.
///
/// # Errors
/// When it cannot be recorded, or is refused now.
pub fn settle(session: &mut Session, file: &Path, on_edit: OnEdit, out: &mut impl Write) -> Result<(), Failure> {
    session.watch(file);
    let Some(drift) = session.edited() else {
        if on_edit == OnEdit::Adopt {
            writeln!(out, "Nothing to adopt: no step of {} differs from what the run walks.", file.display())?;
        }
        return Ok(());
    };
    match on_edit {
        OnEdit::Ask => {}
        OnEdit::Adopt => {
            write(drift, session.run(), out)?;
            let version = drift.to;
            session.adopt_exactly(version)?;
            writeln!(out, "Adopted: the run walks the edited version from here on; both are in the record.")?;
        }
        OnEdit::Stay => {
            session.stay()?;
            writeln!(out, "The file was edited; the run stays on its recorded version.")?;
        }
    }
    Ok(())
}
