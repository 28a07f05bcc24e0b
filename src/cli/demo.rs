//! `gonogo demo`: the bundled runbook in a temporary folder.

use super::exit::Failure;
use std::fs;
use std::path::{Path, PathBuf};

/// The bundled runbook.
pub const RUNBOOK: &str = include_str!("../../runbooks/demo.md");

/// What the demo does when it plays itself: the walk a person would take, with its one failing check. Confirmations and
/// reasons that are asked for on the way are given.
pub const SCRIPT: &[&str] = &[
    "r",
    "n",
    "r",
    "n",
    "r",
    "n", // lay out the pages, count them, name the release
    "r",
    "s", // look at the front page and confirm it
    "r 1",
    "r 2",
    "r 1",
    "n", // the links: the check fails, the repair runs, the check passes
    "t", // proofread
    "r",
    "n",
    "r",
    "n",
    "r",
    "n",
    "r",
    "n", // back up, lose the site, restore it, compare
    "t", // announce
    "b",
    "c release go",
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
