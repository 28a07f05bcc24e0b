//! Runbooks as they come from outside: a file, or standard input.

use super::exit::Failure;
use crate::runbook::read::{Unreadable, read, read_owned};
use crate::runbook::{MAX_BYTES, Runbook};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// A runbook with the very bytes it was read from.
pub struct Loaded {
    pub book: Runbook,
    pub bytes: Vec<u8>,
    /// The path as given, or `-`.
    pub path: String,
    /// Who could have written these bytes; absent for what came through a pipe.
    pub written: Option<Written>,
}

/// Who owns a file and who else may write it, told from the very file that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    pub uid: u32,
    pub mode: u32,
}

/// Reads and parses a runbook; `-` is standard input.
///
/// # Errors
/// When there is no such file (6), or it is no document: a folder, empty, binary, over 64 MiB (3).
pub fn load(path: &Path) -> Result<Loaded, Failure> {
    let shown = path.display().to_string();
    let (bytes, written) = bytes_of(path)?;
    Ok(Loaded { written, ..parse(bytes, shown)? })
}

/// Reads a runbook that is only looked at, so that its bytes need not be kept.
///
/// # Errors
/// See [`load`].
pub fn look(path: &Path) -> Result<Runbook, Failure> {
    let shown = path.display().to_string();
    read_owned(&shown, bytes(path)?).map_err(|why| unreadable(&shown, &why))
}

/// Parses bytes that are already at hand, such as those recorded in a journal.
///
/// # Errors
/// When they are no document.
pub fn parse(bytes: Vec<u8>, path: String) -> Result<Loaded, Failure> {
    let book = read(&path, &bytes).map_err(|why| unreadable(&path, &why))?;
    Ok(Loaded { book, bytes, path, written: None })
}

/// The bytes of a document; of standard input (`-`) one more than may be read at the most.
///
/// # Errors
/// When there is no such file, or it is a folder, over 64 MiB, or cannot be read.
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    bytes_of(path).map(|(bytes, _)| bytes)
}

fn bytes_of(path: &Path) -> Result<(Vec<u8>, Option<Written>), Failure> {
    let shown = path.display();
    let limit = MAX_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    if path.as_os_str() == "-" {
        io::stdin()
            .lock()
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(|error| Failure::system(format!("cannot read the runbook from standard input: {error}")))?;
        return Ok((bytes, None));
    }
    if path.is_dir() {
        return Err(Failure::invalid(format!("{shown} is a folder; name a Markdown file in it")));
    }
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Failure::system(format!(
            "{shown}: no such file; `gonogo` alone lists runbooks here, `gonogo --help` the commands"
        )),
        _ => Failure::system(format!("cannot open {shown}: {error}")),
    })?;
    // The size is told from the file's entry, so that nobody reads gigabytes to learn that they are too many.
    let meta = file.metadata().map_err(|error| Failure::system(format!("cannot look at {shown}: {error}")))?;
    // What comes through a pipe is given by whoever calls.
    let written = meta.is_file().then(|| Written { uid: meta.uid(), mode: meta.mode() });
    let size = meta.len();
    if size >= limit {
        return Err(unreadable(&shown.to_string(), &Unreadable::TooLarge { bytes: size }));
    }
    bytes.reserve_exact(usize::try_from(size).map_or(0, |size| size + 1));
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::system(format!("cannot read {shown}: {error}")))?;
    Ok((bytes, written))
}

/// What to say of bytes that are no document.
pub fn unreadable(path: &str, why: &Unreadable) -> Failure {
    let next = match why {
        Unreadable::Empty => "name a Markdown runbook",
        Unreadable::Binary { .. } => "gonogo reads Markdown text",
        Unreadable::TooLarge { .. } => "split the document",
    };
    Failure::invalid(format!("{path} is no runbook: {why}; {next}"))
}

/// Refuses a runbook in which nothing can be walked.
///
/// # Errors
/// When no walked phase has a step.
pub fn demand_steps(book: &Runbook, path: &str) -> Result<(), Failure> {
    if book.walk().any(|(_, step)| step.is_leaf()) {
        return Ok(());
    }
    Err(Failure::invalid(format!("{path}: no actionable step found; `gonogo plan {path}` shows what was read and why")))
}
