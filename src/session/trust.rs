//! What would run by itself, and whether it may.
//!
//! Nothing of a document or of its project runs without an operator's act. Some of it has no key of its own: hooks, and the
//! probes of `requires:` that start a program or open a connection. They are listed once, with their exact words, before the
//! first command; what the operator says holds for exactly these bytes at exactly this place, and is kept in a folder beside
//! the journal. The operator's own configuration needs no such question.
//!
//! It starts nothing; see [`super::hooks`].

use super::{Denied, Fault, Session};
use crate::run::Trust;
use crate::run::decide::Intent;
use crate::run::event::{Grounds, TrustDecided};
use crate::run::suspicious::escaped;
use crate::runbook::{Digest, HookPoint};
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// A hook that a configuration defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    pub point: HookPoint,
    pub command: String,
    pub source: Source,
}

/// Where something that runs by itself comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The operator's own configuration.
    Own(PathBuf),
    /// A configuration that others may have written, with the digest of the bytes that were read.
    Project(PathBuf, Digest),
    Runbook,
}

impl Source {
    /// As it is recorded.
    #[must_use]
    pub fn word(&self) -> String {
        match self {
            Source::Own(path) | Source::Project(path, _) => path.display().to_string(),
            Source::Runbook => "runbook".to_owned(),
        }
    }
}

/// Whether the runbook itself was trusted by the way it was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Approval {
    /// The operator is asked.
    #[default]
    Asked,
    /// Running the operator's own file unattended, or naming its digest, is the trust in it.
    ByStart,
}

impl Session {
    /// What would run by itself and was not decided on yet: a question for each source.
    #[must_use]
    pub fn undecided(&self) -> Vec<TrustDecided> {
        let mut questions: Vec<(Source, TrustDecided)> = Vec::new();
        for (source, what) in self.by_itself() {
            if self.trust_in(&source).is_some() {
                continue;
            }
            if let Some((_, question)) = questions.iter_mut().find(|(asked, _)| *asked == source) {
                question.what.push(what);
            } else {
                let about = self.trust_key(&source);
                questions.push((source, TrustDecided { about, trusted: false, what: vec![what] }));
            }
        }
        questions.into_iter().map(|(_, question)| question).collect()
    }

    /// What may run by itself because it was trusted, and what was refused, a sentence each.
    #[must_use]
    pub fn decided(&self) -> Vec<(Trust, String)> {
        self.by_itself().into_iter().filter_map(|(source, what)| Some((self.trust_in(&source)?, what))).collect()
    }

    /// Everything that would run by itself, with its source, in words for the operator.
    fn by_itself(&self) -> Vec<(Source, String)> {
        let hooks = self.hooks_of(&HookPoint::ALL).into_iter().map(|hook| {
            let (point, from) = (hook.point.word(), hook.source.word());
            let what = format!("{point} hook of {}: {}", escaped(&from), escaped(&hook.command));
            (hook.source, what)
        });
        let requires = &self.book.front.requires;
        let asked = requires.commands.iter().filter(|need| need.version.is_some());
        let asked = asked.map(|need| format!("requires: {} is asked for its version", escaped(&need.name)));
        let called = requires.ports.iter().map(|port| {
            let (host, port) = port.rsplit_once(':').unwrap_or(("127.0.0.1", port));
            format!("requires: a connection to {}, port {}", escaped(host), escaped(port))
        });
        hooks.chain(asked.chain(called).map(|what| (Source::Runbook, what))).collect()
    }

    /// Hooks of some points, whoever defines them, in the order in which they run.
    pub(super) fn hooks_of(&self, points: &[HookPoint]) -> Vec<Hook> {
        let of_book = |point: HookPoint| {
            let commands = self.book.front.hooks.get(&point).into_iter().flatten();
            commands.map(move |command| Hook { point, command: command.clone(), source: Source::Runbook })
        };
        let of_setup = |point: HookPoint| self.setup.hooks.iter().filter(move |hook| hook.point == point).cloned();
        points.iter().flat_map(|point| of_setup(*point).chain(of_book(*point))).collect()
    }

    /// Whether something of this source may run by itself; `None` until somebody has said so.
    pub(super) fn trust_in(&self, source: &Source) -> Option<Trust> {
        match source {
            Source::Own(_) => return Some(Trust::Given),
            Source::Runbook if self.setup.approval == Approval::ByStart => return Some(Trust::Given),
            Source::Runbook | Source::Project(..) => {}
        }
        let about = self.trust_key(source);
        self.run.trusts.get(&about).copied().or_else(|| self.shelf()?.read(about))
    }

    /// Why something of this source may run by itself; asked only when it may.
    pub(super) fn grounds(&self, source: &Source) -> Grounds {
        match source {
            Source::Own(_) => return Grounds::Own,
            Source::Runbook if self.setup.approval == Approval::ByStart => return Grounds::Started,
            Source::Runbook | Source::Project(..) => {}
        }
        let about = self.trust_key(source);
        let kept = self.shelf().filter(|_| !self.run.trusts.contains_key(&about)).and_then(|shelf| shelf.said(about));
        kept.map_or(Grounds::Decided(about), Grounds::Kept)
    }

    /// Names the exact bytes at the exact place. A runbook without a place of its own (standard input) has none to name.
    fn trust_key(&self, source: &Source) -> Digest {
        let (kind, path, bytes) = match source {
            Source::Own(path) => ("own", path.clone(), Digest::ZERO),
            Source::Project(path, bytes) => ("project", path.clone(), *bytes),
            Source::Runbook => ("runbook", PathBuf::from(&self.run.opened.path), self.book.source.sha256),
        };
        let place = self.places.get(&path).cloned().unwrap_or(path);
        let place = place.as_os_str().as_encoded_bytes();
        Digest::of_parts(&[b"gonogo/trust/v1\n", kind.as_bytes(), b"\n", place, b"\n", bytes.hex().as_bytes()])
    }

    fn shelf(&self) -> Option<Shelf> {
        let folder = self.setup.journal.parent()?.join("trust");
        Some(Shelf { folder })
    }

    /// Records what the operator says about what would run by itself, and keeps it for these bytes.
    ///
    /// # Errors
    /// When it cannot be recorded. What was recorded holds for this run, also when it cannot be kept for others.
    pub fn trust(&mut self, trust: Trust) -> Result<(), Denied> {
        let decided: Vec<TrustDecided> = self.undecided().into_iter().map(|one| answered(one, trust)).collect();
        for one in &decided {
            self.intend(&Intent::Trust(one.clone()))?;
        }
        self.keep_trust(&decided).map_err(Denied::Faulted)
    }

    /// Keeps what the operator says without beginning a run.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn trust_beforehand(&mut self, trust: Trust) -> Result<(), Fault> {
        let decided: Vec<TrustDecided> = self.undecided().into_iter().map(|one| answered(one, trust)).collect();
        self.keep_trust(&decided)?;
        for one in decided {
            self.run.trusts.insert(one.about, trust);
        }
        Ok(())
    }

    /// Forgets what was said about these bytes, so that it is asked again. Says whether there was anything.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn forget_trust(&self) -> Result<bool, Fault> {
        let mut any = false;
        for (source, _) in self.by_itself() {
            if let Some(shelf) = self.shelf() {
                any |= shelf.forget(self.trust_key(&source)).map_err(|error| shelf.fault(&error))?;
            }
        }
        Ok(any)
    }

    fn keep_trust(&self, decisions: &[TrustDecided]) -> Result<(), Fault> {
        // A document that came through a pipe has no place to be found again.
        let Some(kept_in) = self.shelf().filter(|_| self.run.opened.path != "-") else {
            return Ok(());
        };
        let now = self.clock.now().at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let by = escaped(&self.setup.operator.name);
        decisions.iter().try_for_each(|one| kept_in.keep(one, &now, &by)).map_err(|error| kept_in.fault(&error))
    }
}

fn answered(question: TrustDecided, trust: Trust) -> TrustDecided {
    TrustDecided { trusted: trust == Trust::Given, ..question }
}

/// The real place of a file, so that another name for another file is never taken for it.
pub(super) fn real_place(path: &str, cwd: &Path) -> PathBuf {
    let named = cwd.join(path);
    fs::canonicalize(path).or_else(|_| fs::canonicalize(&named)).unwrap_or(named)
}

/// The folder with one file for each decision, named after what it is about.
#[derive(Debug)]
struct Shelf {
    folder: PathBuf,
}

impl Shelf {
    /// Only a plain file that the operator alone can have written says anything.
    fn read(&self, about: Digest) -> Option<Trust> {
        match self.said(about)?.split_whitespace().next() {
            Some("trusted") => Some(Trust::Given),
            Some("refused") => Some(Trust::Refused),
            Some(_) | None => None,
        }
    }

    /// Its first line: the word, the time and who said it.
    fn said(&self, about: Digest) -> Option<String> {
        let path = self.folder.join(about.hex());
        let meta = fs::symlink_metadata(&path).ok()?;
        let own = meta.is_file() && meta.uid() == rustix::process::geteuid().as_raw() && meta.mode() & 0o022 == 0;
        let text = own.then(|| fs::read_to_string(&path).ok()).flatten()?;
        Some(text.lines().next().unwrap_or_default().to_owned())
    }

    fn keep(&self, decided: &TrustDecided, at: &str, by: &str) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let path = self.folder.join(decided.about.hex());
        let fresh = self.folder.join(format!("{}.new", decided.about.hex()));
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        let word = if decided.trusted { "trusted" } else { "refused" };
        writeln!(file, "{word} {at} by {by}")?;
        decided.what.iter().try_for_each(|what| writeln!(file, "{}", escaped(what)))?;
        file.sync_all()?;
        fs::rename(fresh, path)
    }

    fn forget(&self, about: Digest) -> io::Result<bool> {
        match fs::remove_file(self.folder.join(about.hex())) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn fault(&self, error: &io::Error) -> Fault {
        Fault::Exec(format!("what is trusted cannot be kept in {}: {error}", self.folder.display()))
    }
}
