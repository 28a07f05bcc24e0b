//! What a session needs to know from outside: plain data, gathered by whoever opens it.

use super::{Approval, Hook};
use crate::journal::Keep;
use crate::run::decide::Caution;
use crate::run::event::Actor;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What a session needs to know from outside.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The journal file. It is created with the first recorded act.
    pub journal: PathBuf,
    pub operator: Actor,
    /// Folder that commands start in.
    pub cwd: PathBuf,
    /// Shell that reads commands: a path, or a name on the `PATH`.
    pub shell: String,
    /// Environment that commands inherit.
    pub environment: BTreeMap<String, String>,
    /// Values given beforehand; secrets are known by name from the runbook's front matter.
    pub values: BTreeMap<String, String>,
    /// Limit in milliseconds for commands whose author states none.
    pub timeout_ms: Option<u64>,
    /// Which commands ask before they run.
    pub caution: Caution,
    /// How much of an output is stored.
    pub keep: Keep,
    /// Hooks of the operator's configuration and the project's.
    pub hooks: Vec<Hook>,
    /// Whether what the runbook would run by itself is asked for.
    pub approval: Approval,
    /// How the operator works: `screen`, `plain`, `exec`.
    pub skin: &'static str,
    /// `gonogo 0.1.0`.
    pub program: String,
}

impl Setup {
    /// A folder as an author names it: `~/…` is the operator's own, a relative one counts from where commands start.
    pub(super) fn folder(&self, named: &str) -> PathBuf {
        let home =
            named.strip_prefix("~/").and_then(|rest| Some(PathBuf::from(self.environment.get("HOME")?).join(rest)));
        home.unwrap_or_else(|| self.cwd.join(named))
    }
}
