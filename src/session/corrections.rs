//! Corrections that were made in a document before, kept beside the journal so that they can be offered again.
//!
//! One small file for each document, named after its path. It is a convenience: the run's own record holds what was
//! corrected in it, and nothing is ever read differently because of this file alone.

use crate::runbook::{Correction, Digest, Remembered, Runbook};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// What is kept of one document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Shelf {
    schema: u32,
    path: String,
    /// Of the bytes in which the corrections were made last.
    sha256: String,
    corrections: Vec<Remembered>,
}

/// Where the corrections of documents are kept.
#[derive(Debug, Clone)]
pub struct Shelves {
    folder: PathBuf,
}

impl Shelves {
    /// Beside the journal.
    #[must_use]
    pub fn beside(journal: &Path) -> Self {
        Shelves { folder: journal.parent().unwrap_or_else(|| Path::new(".")).join("corrections") }
    }

    /// The corrections that still fit a document, by its path, or by its bytes when it has moved.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn recall(&self, path: &str, book: &Runbook) -> io::Result<Vec<Remembered>> {
        let kept = match read(&self.file(path))? {
            Some(kept) => kept,
            None => self.by_bytes(&book.source.sha256.to_string()),
        };
        let fits = |remembered: Remembered| {
            let correction = book.recall(&remembered)?;
            Some(Remembered { correction, ..remembered })
        };
        Ok(kept.corrections.into_iter().filter_map(fits).collect())
    }

    /// Keeps a correction; an earlier one of the same place gives way.
    ///
    /// # Errors
    /// When the file cannot be read or written. It is replaced in one go or not at all.
    pub fn keep(&self, path: &str, book: &Runbook, correction: &Correction, reason: &str) -> io::Result<()> {
        let (file, anchor) = (self.file(path), book.anchor(correction).unwrap_or_default());
        let mut kept = read(&file)?.unwrap_or_default();
        kept.corrections.retain(|other| other.anchor != anchor);
        kept.corrections.push(Remembered { correction: correction.clone(), reason: reason.to_owned(), anchor });
        kept.schema = 1;
        path.clone_into(&mut kept.path);
        kept.sha256 = book.source.sha256.to_string();
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let draft = file.with_extension(format!("{}.new", std::process::id()));
        let mut out = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        out.write_all(serde_json::to_string_pretty(&kept).map_err(io::Error::other)?.as_bytes())?;
        out.sync_all()?;
        fs::rename(draft, file)
    }

    fn file(&self, path: &str) -> PathBuf {
        let whole = fs::canonicalize(path).map_or_else(|_| path.to_owned(), |whole| whole.display().to_string());
        let name = Digest::of(whole.as_bytes()).to_string();
        self.folder.join(format!("{}.json", &name[..name.len().min(32)]))
    }

    /// The same bytes under another path.
    fn by_bytes(&self, sha256: &str) -> Shelf {
        let files = fs::read_dir(&self.folder).into_iter().flatten().flatten().take(1000);
        let all = files.filter_map(|file| read(&file.path()).ok().flatten());
        let mut same = all.filter(|kept| kept.sha256 == sha256);
        same.next().unwrap_or_default()
    }
}

fn read(file: &Path) -> io::Result<Option<Shelf>> {
    match fs::read(file) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            let text = format!("{}: {error}; remove it to forget these corrections", file.display());
            io::Error::new(io::ErrorKind::InvalidData, text)
        }),
        // What lies below something that is no folder is not there either.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::Shelves;
    use crate::runbook::Correction;
    use crate::runbook::read::read;

    const TEXT: &str = "# P\n\n## Go\n\n1. Ask\n\n   ```text\n   towerctl ask\n   ```\n";

    #[test]
    fn what_was_corrected_is_offered_for_the_same_path_or_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let shelves = Shelves::beside(&folder.path().join("state/journal.db"));
        let book = read("a.md", TEXT.as_bytes()).unwrap();
        let offer = Correction::Offer { line: 7 };
        assert_eq!(shelves.recall("/srv/a.md", &book).unwrap(), []);
        shelves.keep("/srv/a.md", &book, &offer, "it is one").unwrap();
        for path in ["/srv/a.md", "/srv/moved.md"] {
            let again = shelves.recall(path, &book).unwrap();
            assert_eq!(
                again.iter().map(|one| (&one.correction, one.reason.as_str())).collect::<Vec<_>>(),
                [(&offer, "it is one")]
            );
        }
        let longer = read("a.md", TEXT.replace("## Go\n", "## Go\n\nNow.\n").as_bytes()).unwrap();
        assert_eq!(shelves.recall("/srv/a.md", &longer).unwrap()[0].correction, Correction::Offer { line: 9 });
        assert_eq!(shelves.recall("/srv/b.md", &longer).unwrap(), []);
    }

    #[test]
    fn a_damaged_file_is_named_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let shelves = Shelves::beside(&folder.path().join("journal.db"));
        let book = read("a.md", TEXT.as_bytes()).unwrap();
        shelves.keep("/srv/a.md", &book, &Correction::Offer { line: 7 }, "x").unwrap();
        let file = std::fs::read_dir(folder.path().join("corrections")).unwrap().next().unwrap().unwrap().path();
        std::fs::write(&file, "{ half").unwrap();
        let error = shelves.recall("/srv/a.md", &book).unwrap_err().to_string();
        assert!(error.contains("remove it") && error.contains("corrections/"), "{error}");
        assert!(shelves.keep("/srv/a.md", &book, &Correction::Offer { line: 7 }, "y").is_err());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "{ half");
    }
}
