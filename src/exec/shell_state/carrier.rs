//! Carries the state into one shell and out of it again.

use super::script::{bare, exports, is_owned, opening, other_records, sections, statement};
use super::statement::{Kind, Record, Variable, path, variables};
use super::{Carried, Dialect, ShellState};
use crate::exec::redact::{self, Redactor};
use crate::exec::{Job, NotStarted, Secret};
use crate::runbook::ShellSession;
use crate::runbook::code::shell::is_inert;
use rustix::io::FdFlags;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Descriptors for a child get numbers from here on, out of the way of those that scripts choose for themselves.
const FIRST: RawFd = 200;
/// Longest text that is passed as an argument. Linux takes 128 KiB per argument.
const LONGEST_ARGUMENT: usize = 120 << 10;

/// What goes into a shell with a block, and what is expected back.
#[derive(Debug)]
pub(in crate::exec) struct Carrier {
    dialect: Option<Dialect>,
    program: PathBuf,
    carries: Option<Carries>,
    /// The block itself, when it is too long or too secret to be an argument that everybody can see.
    script: Option<File>,
    /// Whether the folder in which the block ends is the next one's.
    moves: bool,
}

#[derive(Debug)]
struct Carries {
    state: ShellState,
    session: ShellSession,
    before: Carried,
    /// What the shell reads first. Absent when there is nothing to say to it.
    restore: Option<File>,
    /// Where the shell says what it knows at its end. Absent when that cannot be anything new.
    dump: Option<File>,
    /// The environment that the child starts with, without the state.
    inherited: BTreeMap<OsString, OsString>,
}

/// What came back.
#[derive(Debug, Default)]
pub(in crate::exec) struct Collected {
    pub learned: Vec<Secret>,
    /// The shell ended without a word.
    pub lost: bool,
}

impl Carrier {
    /// Prepares a job. Nothing of it is visible to any other process yet.
    pub(in crate::exec) fn prepare(job: &Job, program: &Path) -> Result<Self, NotStarted> {
        let failed = |error: io::Error| NotStarted::new(format!("the shell's state could not be prepared: {error}"));
        if job.text.contains('\0') {
            return Err(NotStarted::new("the text holds a NUL character, which no shell can read"));
        }
        let dialect = Dialect::of(program);
        let moves = match job.cwd {
            crate::exec::Place::Carried(_) => true,
            crate::exec::Place::Fixed(_) => false,
        };
        let mut prepared = Self { dialect, program: program.to_owned(), carries: None, script: None, moves };
        let state = match job.session {
            ShellSession::Fresh => None,
            ShellSession::Carry | ShellSession::Shared => job.state.as_ref(),
        };
        if let (Some(dialect), Some(state)) = (dialect, state) {
            prepared.carries = Some(Carries::prepare(dialect, state, job).map_err(failed)?);
        }
        let is_visible = job.secrets.iter().any(|secret| !secret.value.is_empty() && job.text.contains(&secret.value));
        // zsh reads an argument as a whole before it runs any of it; a file it reads line by line.
        let by_line = dialect == Some(Dialect::Zsh) && prepared.knows_aliases();
        if job.text.len() > LONGEST_ARGUMENT || is_visible || by_line || prepared.expression_option().is_none() {
            let text = prepared.whole_text(&job.text);
            prepared.script = Some(memory("gonogo-block", text.as_bytes()).map_err(failed)?);
        }
        Ok(prepared)
    }

    /// Where the last block left off, if that folder still exists.
    pub(in crate::exec) fn folder(&self) -> Option<PathBuf> {
        self.carries.as_ref()?.before.folder.clone().filter(|folder| folder.is_dir())
    }

    /// Arguments for the shell or interpreter.
    pub(in crate::exec) fn arguments(&self, text: &str) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = match self.dialect {
            Some(Dialect::Bash) => vec!["--norc".into(), "--noprofile".into(), "-O".into(), "expand_aliases".into()],
            Some(Dialect::Zsh) => vec!["-f".into()],
            Some(Dialect::Sh) | None => Vec::new(),
        };
        match (&self.script, self.expression_option()) {
            (Some(script), _) => arguments.push(descriptor_path(script).into()),
            (None, option) => {
                arguments.push(option.unwrap_or("-c").into());
                arguments.push(self.whole_text(text).into());
                // `$0`, as it is at a prompt.
                arguments.extend(self.dialect.and(self.program.file_name()).map(OsStr::to_os_string));
            }
        }
        arguments
    }

    /// Variables that the state needs.
    pub(in crate::exec) fn variables(&self) -> Vec<(OsString, OsString)> {
        let mut variables = Vec::new();
        if let Some(carries) = &self.carries {
            if let (Some(Dialect::Bash), Some(restore)) = (self.dialect, &carries.restore) {
                variables.push(("BASH_ENV".into(), descriptor_path(restore).into()));
            }
            if let Some(folder) = self.folder().filter(|_| self.moves) {
                // With its symbolic links, as the last block had it.
                variables.push(("PWD".into(), folder.into()));
            }
        }
        variables
    }

    /// Whether a `BASH_ENV` of the operator's has to be kept away from the shell, which would read it.
    pub(in crate::exec) fn hides_bash_env(&self) -> bool {
        let restores = self.carries.as_ref().is_some_and(|carries| carries.restore.is_some());
        self.dialect == Some(Dialect::Bash) && !restores
    }

    /// Lets the next child inherit the descriptors.
    pub(in crate::exec) fn open_for_child(&self) -> io::Result<()> {
        self.set_flags(FdFlags::empty())
    }

    /// And no other.
    pub(in crate::exec) fn close_for_others(&mut self) {
        // The flags of an open descriptor can always be set.
        let _ = self.set_flags(FdFlags::CLOEXEC);
        self.script = None;
        if let Some(carries) = &mut self.carries {
            carries.restore = None;
        }
    }

    /// Reads what the shell said at its end and makes it the state.
    pub(in crate::exec) fn collect(&mut self, redactor: &Redactor) -> Collected {
        let (Some(dialect), Some(carries)) = (self.dialect, self.carries.take()) else {
            return Collected::default();
        };
        let Some(dump) = &carries.dump else {
            return Collected::default();
        };
        let lost = Collected { lost: true, ..Collected::default() };
        let Ok(dump) = read_back(dump) else {
            return lost;
        };
        let Some(sections) = sections(&dump) else { return lost };
        let (mut after, learned) = carries.digest(dialect, &sections, self.moves);
        let was_secret: Vec<&Record> = carries.before.records.iter().filter(|record| record.secret).collect();
        for record in &mut after.records {
            let known = was_secret.iter().any(|before| before.text == record.text);
            record.secret = record.secret || known || redactor.touches(&record.text) || redactor.may_hide(&record.text);
        }
        // A state that cannot be written is still good in memory; only a resume would miss it.
        let lost = carries.state.replace(after).is_err();
        Collected { learned, lost }
    }

    fn set_flags(&self, flags: FdFlags) -> io::Result<()> {
        let carries = self.carries.iter().flat_map(|carries| carries.restore.iter().chain(&carries.dump));
        for file in carries.chain(&self.script) {
            rustix::io::fcntl_setfd(file, flags)?;
        }
        Ok(())
    }

    /// The option by which a program takes its text as an argument. `None`: it reads a file.
    fn expression_option(&self) -> Option<&'static str> {
        if self.dialect.is_some() {
            return Some("-c");
        }
        let name = self.program.file_name()?.to_str()?;
        match name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.') {
            "python" | "pypy" | "fish" => Some("-c"),
            "perl" | "ruby" | "node" | "lua" => Some("-e"),
            "php" => Some("-r"),
            _ => None,
        }
    }

    fn knows_aliases(&self) -> bool {
        let mut records = self.carries.iter().flat_map(|carries| &carries.before.records);
        records.any(|record| record.kind == Kind::Alias)
    }

    /// The text with what has to stand before it on its first line, so that line numbers stay. `bash` needs nothing.
    fn whole_text(&self, text: &str) -> String {
        let restore = self.carries.as_ref().and_then(|carries| carries.restore.as_ref());
        match (self.dialect, restore) {
            (Some(Dialect::Sh | Dialect::Zsh), Some(restore)) => {
                // A line is read as a whole before it runs, so that an alias holds only from the next line on. Without any,
                // the block's own lines keep their numbers.
                let gap = if self.knows_aliases() { '\n' } else { ' ' };
                format!(". {};{gap}{text}", descriptor_path(restore))
            }
            (Some(Dialect::Bash | Dialect::Sh | Dialect::Zsh) | None, _) => text.to_owned(),
        }
    }
}

impl Carries {
    fn prepare(dialect: Dialect, state: &ShellState, job: &Job) -> io::Result<Self> {
        let before = state.snapshot();
        let mut inherited: BTreeMap<OsString, OsString> = std::env::vars_os().collect();
        for (name, value) in job.env.iter().chain(&job.overrides) {
            inherited.insert(name.into(), value.into());
        }
        let mut given = before.clone();
        if job.session != ShellSession::Shared {
            given.records.retain(|record| record.kind != Kind::Shared);
        }
        // What this block alone is given wins over what is carried.
        given.records.retain(|record| {
            record.kind != Kind::Variable
                || !variables(&record.text).iter().any(|found| job.overrides.iter().any(|(name, _)| name == found.name))
        });
        let bash_env = inherited.get(OsStr::new("BASH_ENV")).map(|value| value.as_bytes());
        let is_inert = !before.gives_words_a_meaning(dialect, &inherited) && is_inert(&job.text);
        let dump = if is_inert { None } else { Some(memory("gonogo-state", b"")?) };
        let is_told = !is_inert || bash_env.is_some() || given.dialect == Some(dialect) && !given.records.is_empty();
        let restore = if is_told {
            let script = opening(dialect, &given, dump.as_ref().map(AsRawFd::as_raw_fd), job, bash_env);
            Some(memory("gonogo-restore", &script)?)
        } else {
            None
        };
        Ok(Self { state: state.clone(), session: job.session, before, restore, dump, inherited })
    }

    /// What the next block has to be told, and the secrets among it.
    fn digest(&self, dialect: Dialect, sections: &[(&[u8], &[u8])], moves: bool) -> (Carried, Vec<Secret>) {
        let section = |wanted: &[u8]| sections.iter().find(|(name, _)| *name == wanted).map(|(_, content)| *content);
        let exported = section(b"exports").map(exports);
        let listed = variables(section(b"variables").unwrap_or_default());
        let mut learned = Vec::new();
        let mut records = other_records(dialect, sections);
        for variable in &listed {
            let is_exported = exported
                .as_ref()
                .map_or_else(|| variable.has(b'x'), |names| names.iter().any(|name| name == variable.name));
            if let Some(record) = self.record(variable, is_exported) {
                let value = variable.value().and_then(|value| String::from_utf8(value).ok());
                if let Some(value) = value.filter(|value| record.secret && !redact::is_too_short_to_guess(value)) {
                    learned.push(Secret { name: variable.name.to_owned(), value });
                }
                records.push(record);
            }
        }
        records.extend(self.unset(&listed));
        if self.session != ShellSession::Shared && self.before.dialect == Some(dialect) {
            // The block did not hear them; the next one of the shared session does.
            records.extend(self.before.records.iter().filter(|record| record.kind == Kind::Shared).cloned());
        }
        let ended_in = || listed.iter().find(|variable| variable.name == "PWD").and_then(Variable::value).map(path);
        let folder = match section(b"folder") {
            _ if !moves => self.before.folder.clone(),
            Some(folder) => Some(path(folder.to_vec())),
            None => ended_in(),
        };
        (Carried { dialect: Some(dialect), folder, records }, learned)
    }

    /// What has to be said about a variable; nothing when the next shell will have it anyway.
    fn record(&self, variable: &Variable<'_>, is_exported: bool) -> Option<Record> {
        let value = variable.value();
        let is_usual = variable.name == "IFS" && value.as_deref() == Some(b" \t\n");
        let inherited = self.inherited.get(OsStr::new(variable.name));
        let is_inherited = is_exported && inherited.is_some_and(|same| Some(same.as_bytes()) == value.as_deref());
        if is_owned(variable.name) || is_usual || is_inherited {
            return None;
        }
        let text = statement(variable, is_exported, inherited.is_some());
        let secret = redact::is_secret_name(variable.name) && !bare(variable).is_empty();
        Some(Record { kind: Kind::Variable, text, secret })
    }

    /// Inherited variables that the block has removed.
    fn unset(&self, listed: &[Variable<'_>]) -> Vec<Record> {
        let names = self.inherited.keys().filter_map(|name| name.to_str());
        let is_plain = |name: &&str| {
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
        };
        names
            .filter(is_plain)
            .filter(|name| !is_owned(name) && listed.iter().all(|variable| variable.name != *name))
            .map(|name| Record { kind: Kind::Variable, text: format!("unset {name}").into(), secret: false })
            .collect()
    }
}

impl Carried {
    /// Whether a word in a block may mean something else than the program or the command of that name: then what a text
    /// does cannot be seen from the text. That is so with functions and aliases, and where reading a variable runs
    /// something (references). What `zsh` does with a word is not known here.
    fn gives_words_a_meaning(&self, dialect: Dialect, inherited: &BTreeMap<OsString, OsString>) -> bool {
        let is_reference = |record: &Record| {
            let flags = record.text.strip_prefix(b"declare -").unwrap_or_default();
            flags.iter().take_while(|byte| **byte != b' ').any(|flag| *flag == b'n')
        };
        let has_functions = || inherited.keys().any(|name| name.as_bytes().starts_with(b"BASH_FUNC_"));
        dialect == Dialect::Zsh
            || has_functions()
            || self.records.iter().any(|record| match record.kind {
                Kind::Function | Kind::Alias => true,
                Kind::Variable => is_reference(record),
                Kind::Folders | Kind::Umask | Kind::Option | Kind::Shared => false,
            })
    }
}

fn read_back(mut dump: &File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    dump.seek(SeekFrom::Start(0))?;
    dump.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A file without a name, for one child to inherit.
#[cfg(target_os = "linux")]
fn memory(name: &str, content: &[u8]) -> io::Result<File> {
    let file = rustix::fs::memfd_create(name, rustix::fs::MemfdFlags::CLOEXEC)?;
    finish_memory(File::from(file), content)
}

/// A file without a name, for one child to inherit: created for the owner alone and unlinked at once.
#[cfg(not(target_os = "linux"))]
fn memory(name: &str, content: &[u8]) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let random = getrandom::u64().map_err(|error| io::Error::other(error.to_string()))?;
    let path = std::env::temp_dir().join(format!("{name}-{random:016x}"));
    let file = File::options().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    std::fs::remove_file(&path)?;
    finish_memory(file, content)
}

fn finish_memory(mut file: File, content: &[u8]) -> io::Result<File> {
    file.write_all(content)?;
    file.seek(SeekFrom::Start(0))?;
    let high: OwnedFd = rustix::io::fcntl_dupfd_cloexec(&file, FIRST)?;
    Ok(File::from(high))
}

fn descriptor_path(file: &File) -> String {
    format!("/dev/fd/{}", file.as_raw_fd())
}
