//! The process environment, read once, and what follows from it: who works here, and where files go.

use super::args::Common;
use super::exit::Failure;
use crate::exec::probe::{GitUser, git_user};
use crate::exec::sign::{Key, Signers};
use crate::run::event::Actor;
use crate::run::statement::check_name;
use crate::session::Wanted;
use directories::ProjectDirs;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::thread;

/// Environment variables by name; values that are not UTF-8 are left out.
#[derive(Debug, Clone)]
pub struct Environment {
    vars: BTreeMap<String, String>,
}

impl Environment {
    #[must_use]
    pub fn read() -> Self {
        let vars = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Environment { vars }
    }

    /// The value of a variable that is set and not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    #[must_use]
    pub fn vars(&self) -> &BTreeMap<String, String> {
        &self.vars
    }

    /// The journal: the one named, else `journal.db` in the platform's state folder.
    ///
    /// # Errors
    /// When neither is known.
    pub fn journal(&self, common: &Common) -> Result<PathBuf, Failure> {
        if let Some(path) = &common.journal {
            return Ok(path.clone());
        }
        if let Some(path) = self.get("GONOGO_JOURNAL") {
            return Ok(PathBuf::from(path));
        }
        let folders = ProjectDirs::from("", "", "gonogo").ok_or_else(|| {
            Failure::system("no home folder is known, so no place for the journal; name one with --journal FILE")
        })?;
        let folder = folders.state_dir().unwrap_or_else(|| folders.data_local_dir());
        Ok(folder.join("journal.db"))
    }

    /// What is said about who signs.
    #[must_use]
    pub fn wanted(&self, common: &Common) -> Wanted {
        let key = common.key.as_deref().or(self.get("GONOGO_KEY")).map(str::to_owned);
        Wanted { key, principal: common.settings.chosen("operator.signer").map(str::to_owned) }
    }

    /// Whose keys count: the files named, else those configured.
    ///
    /// # Errors
    /// When one of them is not there, or keys are revoked and none is allowed.
    pub fn signers(
        &self,
        (allowed, revoked): (Option<&Path>, Option<&Path>),
        common: &Common,
    ) -> Result<Option<Signers>, Failure> {
        let named =
            |path: Option<&Path>, setting| path.map(Path::to_owned).or_else(|| common.settings.file_of(setting, self));
        let there = |path: PathBuf, what: &str| {
            let missing = || Failure::system(format!("cannot read {}: no such file of {what}", path.display()));
            if path.is_file() { Ok(path.clone()) } else { Err(missing()) }
        };
        let revoked_file = named(revoked, "operator.revoked").map(|path| there(path, "revoked keys")).transpose()?;
        match named(allowed, "operator.signers") {
            Some(allowed) => Ok(Some(Signers { allowed: there(allowed, "allowed signers")?, revoked: revoked_file })),
            None if revoked.is_some() => {
                Err(Failure::usage("--revoked takes keys from --signers FILE: name that, too"))
            }
            None => Ok(None),
        }
    }

    /// Who works here: the name given, else git's `user.name`, else the system user.
    ///
    /// git is asked on a thread of its own, so that nobody waits for it before they need the answer.
    #[must_use]
    pub fn who(&self, common: &Common) -> Asked {
        let uid = rustix::process::getuid().as_raw();
        let user = self.get("USER").or(self.get("LOGNAME")).map(str::to_owned);
        let user = user.or_else(|| account(uid)).unwrap_or_else(|| format!("uid-{uid}"));
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let tty = rustix::termios::ttyname(rustix::stdio::stdin(), Vec::new())
            .ok()
            .map(|name| name.to_string_lossy().into_owned());
        let said = |given: Option<&str>, variable| {
            given.or(self.get(variable)).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let key = said(common.key.as_deref(), "GONOGO_KEY").and_then(|key| Key::read(Path::new(&key)).ok());
        let key = key.map(|key| key.fingerprint);
        let role = said(common.role.as_deref(), "GONOGO_ROLE");
        let name = said(common.operator.as_deref(), "GONOGO_OPERATOR");
        let actor = Actor { name: name.clone().unwrap_or_else(|| user.clone()), role, user, uid, host, key, tty };
        let git = name.is_none().then(|| thread::spawn(git_user));
        Asked { actor, git }
    }
}

/// An operator whose name git may still be looking up.
pub struct Asked {
    actor: Actor,
    git: Option<thread::JoinHandle<GitUser>>,
}

impl Asked {
    /// Waits for git, at most as long as the probe allows.
    ///
    /// # Errors
    /// When name or role could pass for another one's.
    pub fn answer(self) -> Result<Actor, Failure> {
        Ok(self.told()?.0)
    }

    /// The same, with what else git told, if it was asked.
    ///
    /// # Errors
    /// As for [`Asked::answer`].
    pub fn told(self) -> Result<(Actor, Option<GitUser>), Failure> {
        let git = self.git.and_then(|git| git.join().ok());
        let name = git.as_ref().and_then(|git| git.name.clone());
        let actor = Actor { name: name.unwrap_or(self.actor.name), ..self.actor };
        let refuse =
            |what: &str, option: &str, why: String| Failure::usage(format!("your {what} {why}; say it with {option}"));
        check_name(&actor.name).map_err(|why| refuse("name", "--operator", why))?;
        actor.role.as_deref().map_or(Ok(()), check_name).map_err(|why| refuse("role", "--role", why))?;
        Ok((actor, git))
    }
}

/// The account's name in passwd(5), for environments that do not tell it.
fn account(uid: u32) -> Option<String> {
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = accounts.lines().find(|line| line.split(':').nth(2).is_some_and(|field| field.parse() == Ok(uid)))?;
    line.split(':').next().map(str::to_owned)
}
