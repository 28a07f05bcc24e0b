//! `gonogo demo`: the bundled runbook in a temporary folder.

use super::exit::Failure;
use std::fs;
use std::path::{Path, PathBuf};

/// The bundled runbook.
pub const RUNBOOK: &str = include_str!("../../runbooks/demo.md");

/// What the demo answers when it plays itself: the same walk a person would take, with its one failing check.
pub const SCRIPT: &[&str] = &[
    // Prepare: lay out the pages, count them, name the release.
    "r",
    "y",
    "n",
    "r",
    "n",
    "r",
    "y",
    "n",
    // Check: look at the page and confirm it.
    "r",
    "s",
    "p",
    "heading and opening hours are right",
    // The links: the check fails, the repair runs, the check passes.
    "r 1",
    "y",
    "r 2",
    "y",
    "r 1",
    "y",
    "n",
    // Proofread.
    "t",
    // Backup, lose the site, restore, compare, announce.
    "r",
    "y",
    "n",
    "r",
    "4.2",
    "n",
    "r",
    "y",
    "n",
    "r",
    "y",
    "n",
    "t",
    // The call.
    "c release go",
    "b",
    "q",
];

/// A temporary folder for one demo. It stays when the run is left unfinished, so that it can be resumed.
#[derive(Debug)]
pub struct Playground {
    path: PathBuf,
}

impl Playground {
    /// Makes a fresh folder that only this user can enter.
    ///
    /// # Errors
    /// When the platform's temporary folder cannot be written.
    pub fn make(temporary: &Path) -> Result<Self, Failure> {
        use std::os::unix::fs::DirBuilderExt as _;
        let number = getrandom::u64().map_err(|error| Failure::system(format!("no random numbers: {error}")))?;
        let path = temporary.join(format!("gonogo-demo-{number:016x}"));
        fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(|error| Failure::system(format!("cannot make the demo's folder {}: {error}", path.display())))?;
        Ok(Playground { path })
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Playground {
    /// Removes the folder with everything in it.
    pub fn clear(self) {
        // What is left in a temporary folder is the system's to clear.
        let _ = fs::remove_dir_all(&self.path);
    }
}
