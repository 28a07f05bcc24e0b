//! The configuration: built-in settings, the operator's file, the project's file, environment, flags; the later wins.
//!
//! A project's file (`.gonogo.yaml`, found upward from the runbook) may make things safer, never less safe, and says nothing
//! about the operator, their keys or programs. Nothing is written here except by `config edit`, in the operator's editor.

mod command;
mod read;
mod table;

pub use command::command;

use super::args::Common;
use super::environment::Environment;
use super::exit::Failure;
use super::setup::{length_ms, size_bytes};
use crate::runbook::{Digest, HookPoint};
use crate::session::{Hook, Source};
use directories::ProjectDirs;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use table::{FIELDS, Kind, Project, field};

/// The name of a project's file.
const PROJECT: &str = ".gonogo.yaml";

/// Settings with where each comes from.
#[derive(Debug, Clone, Default)]
pub struct Config {
    values: BTreeMap<&'static str, (Value, Origin)>,
    /// The operator's own keys by action.
    pub keys: BTreeMap<String, Vec<String>>,
    /// The operator's own file, whether it exists or not.
    pub file: Option<PathBuf>,
    pub project: Option<PathBuf>,
    hooks: Vec<Hook>,
}

/// What a setting says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Word(String),
    List(Vec<String>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Word(word) if word.is_empty() => f.write_str("\"\""),
            Value::Word(word) => f.write_str(word),
            Value::List(words) => write!(f, "[{}]", words.join(", ")),
        }
    }
}

/// Where a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    BuiltIn,
    File(PathBuf),
    Variable(&'static str),
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::BuiltIn => f.write_str("built in"),
            Origin::File(path) => write!(f, "{}", path.display()),
            Origin::Variable(name) | Origin::Flag(name) => f.write_str(name),
        }
    }
}

/// A mistake in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub file: PathBuf,
    /// 1-based.
    pub line: usize,
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.what)
    }
}

impl Config {
    /// Reads all layers. `start` is the runbook or the folder in which a project's file is looked for, and upward.
    ///
    /// # Errors
    /// When a file cannot be read or says something that is no setting: all of it, in one sentence each.
    pub fn load(common: &Common, env: &Environment, start: &Path) -> Result<Self, Failure> {
        let (config, problems) = Config::gather(common, env, start)?;
        match &problems[..] {
            [] => Ok(config),
            several => {
                let sentences: Vec<String> = several.iter().map(ToString::to_string).collect();
                Err(Failure::invalid(sentences.join("; ")))
            }
        }
    }

    fn gather(common: &Common, env: &Environment, start: &Path) -> Result<(Self, Vec<Problem>), Failure> {
        let mut config = Config { file: own_file(common, env), project: project_file(start), ..Config::default() };
        for field in FIELDS {
            let value = match field.kind {
                Kind::List => Value::List(field.default.split_whitespace().map(str::to_owned).collect()),
                _ => Value::Word(field.default.to_owned()),
            };
            config.values.insert(field.path, (value, Origin::BuiltIn));
        }
        let mut problems = Vec::new();
        if let Some(path) = config.file.clone()
            && let Some(text) = text_of(&path, common.config.is_some())?
        {
            let layer = read::read(&path, &text);
            config.hooks.extend(hooks(&layer, &source(&path, &text)));
            problems.extend(layer.problems);
            config.keys = layer.keys;
            for (path_of, value) in layer.values {
                config.values.insert(path_of, (value, Origin::File(path.clone())));
            }
            problems.extend(config.wrong_keys(&path, &text));
        }
        if let Some(path) = config.project.clone()
            && let Some(text) = text_of(&path, true)?
        {
            let layer = read::read(&path, &text);
            problems.extend(layer.problems.clone());
            config.hooks.extend(hooks(&layer, &Source::Project(path.clone(), Digest::of(text.as_bytes()))));
            problems.extend(config.take_project(&path, layer));
        }
        config.take_variables(env);
        config.take_flags(common);
        Ok((config, problems))
    }

    fn wrong_keys(&self, path: &Path, text: &str) -> Vec<Problem> {
        let line = text.lines().position(|line| line.starts_with("keys")).map_or(1, |at| at + 1);
        let wrong = crate::tui::Keymap::new(&self.keys).err().unwrap_or_default();
        wrong.into_iter().map(|what| Problem { file: path.to_owned(), line, what: format!("keys: {what}") }).collect()
    }

    /// Takes in what a project may say; the rest is refused, not passed over.
    fn take_project(&mut self, path: &Path, layer: read::Layer) -> Vec<Problem> {
        let refuse = |what: String| Problem { file: path.to_owned(), line: 1, what };
        let mut problems = Vec::new();
        if !layer.keys.is_empty() {
            problems.push(refuse("keys belong to your own configuration, not to a project".to_owned()));
        }
        for (name, value) in layer.values {
            let Some(known) = field(name) else { continue };
            match known.project {
                Project::Free => {
                    self.values.insert(name, (value, Origin::File(path.to_owned())));
                }
                // What a project adds stands beside what the operator has, and runs only once it is trusted.
                Project::Trusted => {}
                Project::Never => {
                    problems.push(refuse(format!("{name} belongs to your own configuration, not to a project")));
                }
                Project::Tighten if is_safer(name, &value, self.value(name)) => {
                    self.values.insert(name, (value, Origin::File(path.to_owned())));
                }
                Project::Tighten => {
                    let own = self.value(name);
                    problems
                        .push(refuse(format!("{name}: a project may tighten it, but {value} is looser than {own}")));
                }
            }
        }
        problems
    }

    fn take_variables(&mut self, env: &Environment) {
        let variables = [
            ("journal.file", "GONOGO_JOURNAL"),
            ("operator.name", "GONOGO_OPERATOR"),
            ("operator.role", "GONOGO_ROLE"),
            ("operator.key", "GONOGO_KEY"),
            ("operator.signer", "GONOGO_SIGNER"),
            ("operator.signers", "GONOGO_SIGNERS"),
            ("operator.revoked", "GONOGO_REVOKED"),
            ("ui.theme", "GONOGO_THEME"),
        ];
        for (path, variable) in variables {
            if let Some(word) = env.get(variable) {
                self.put(path, word, Origin::Variable(variable));
            }
        }
        if env.get("NO_MOTION").is_some() {
            self.put("ui.motion", "false", Origin::Variable("NO_MOTION"));
        }
        // The operator's own file names an editor for gonogo alone, so it is stronger than the one for everything.
        for variable in ["EDITOR", "VISUAL"] {
            if let (Some(word), false) = (env.get(variable), self.is_from_file("editor.command")) {
                self.put("editor.command", word, Origin::Variable(variable));
            }
        }
    }

    fn take_flags(&mut self, common: &Common) {
        if let Some(journal) = &common.journal {
            self.put("journal.file", &journal.display().to_string(), Origin::Flag("--journal"));
        }
        for (path, word, flag) in [
            ("operator.name", &common.operator, "--operator"),
            ("operator.role", &common.role, "--role"),
            ("operator.key", &common.key, "--key"),
            ("ui.theme", &common.theme, "--theme"),
        ] {
            if let Some(word) = word {
                self.put(path, word, Origin::Flag(flag));
            }
        }
        if common.ascii {
            self.put("ui.glyphs", "ascii", Origin::Flag("--ascii"));
        }
        if common.no_mouse {
            self.put("ui.mouse", "false", Origin::Flag("--no-mouse"));
        }
    }

    fn put(&mut self, path: &'static str, word: &str, origin: Origin) {
        self.values.insert(path, (Value::Word(word.to_owned()), origin));
    }

    fn is_from_file(&self, path: &str) -> bool {
        matches!(self.values.get(path), Some((_, Origin::File(_))))
    }

    fn value(&self, path: &str) -> &Value {
        &self.values.get(path).expect("the table has every setting that is asked for").0
    }

    /// A setting's word; empty where nothing is set.
    #[must_use]
    pub fn word(&self, path: &str) -> &str {
        match self.values.get(path) {
            Some((Value::Word(word), _)) => word,
            Some((Value::List(_), _)) | None => field(path).map_or("", |field| field.default),
        }
    }

    /// A setting's word, unless it leaves the choice to us.
    #[must_use]
    pub fn chosen(&self, path: &str) -> Option<&str> {
        Some(self.word(path)).filter(|word| !matches!(*word, "" | "auto" | "none"))
    }

    /// A setting that names a file: `~/` is the home folder, and what a configuration names counts from its own folder.
    #[must_use]
    pub fn file_of(&self, path: &str, env: &Environment) -> Option<PathBuf> {
        let word = Some(self.word(path)).filter(|word| !matches!(*word, "" | "auto"))?;
        if let (Some(below), Some(home)) = (word.strip_prefix("~/"), env.get("HOME")) {
            return Some(Path::new(home).join(below));
        }
        match self.values.get(path) {
            Some((_, Origin::File(from))) if word != "none" => Some(from.parent().unwrap_or(Path::new("")).join(word)),
            Some(_) | None => Some(PathBuf::from(word)),
        }
    }

    #[must_use]
    pub fn list(&self, path: &str) -> Vec<String> {
        match self.values.get(path) {
            Some((Value::List(words), _)) => words.clone(),
            Some((Value::Word(_), _)) | None => Vec::new(),
        }
    }

    #[must_use]
    pub fn flag(&self, path: &str) -> bool {
        self.word(path) == "true"
    }

    #[must_use]
    pub fn number(&self, path: &str) -> usize {
        self.word(path).parse().unwrap_or(0)
    }

    /// Bytes.
    #[must_use]
    pub fn size(&self, path: &str) -> u64 {
        size_bytes(self.word(path)).unwrap_or(0)
    }

    /// The operator's own hooks, then the project's.
    #[must_use]
    pub fn hooks(&self) -> &[Hook] {
        &self.hooks
    }

    /// Milliseconds; `None` for 0.
    #[must_use]
    pub fn length(&self, path: &str) -> Option<u64> {
        length_ms(self.word(path)).ok().filter(|ms| *ms > 0)
    }

    /// The operator's own themes, by the names of their files.
    pub fn themes(&self) -> Option<PathBuf> {
        self.file.as_ref().and_then(|file| file.parent()).map(|folder| folder.join("themes"))
    }
}

/// Whose word a configuration is: one that others may write is asked for like a project's.
fn source(path: &Path, text: &str) -> Source {
    let own = fs::metadata(path).is_ok_and(|meta| {
        let me = rustix::process::geteuid().as_raw();
        (meta.uid() == me || meta.uid() == 0) && meta.mode() & 0o002 == 0
    });
    if own { Source::Own(path.to_owned()) } else { Source::Project(path.to_owned(), Digest::of(text.as_bytes())) }
}

fn hooks(layer: &read::Layer, source: &Source) -> Vec<Hook> {
    let commands = |point: HookPoint| match layer.values.get(format!("hooks.{}", point.word()).as_str()) {
        Some(Value::List(commands)) => commands.clone(),
        Some(Value::Word(_)) | None => Vec::new(),
    };
    let of = |point: HookPoint| {
        let named = commands(point).into_iter().filter(|command| !command.trim().is_empty());
        named.map(move |command| Hook { point, command, source: source.clone() })
    };
    HookPoint::ALL.into_iter().flat_map(of).collect()
}

/// Whether a project's value is at least as safe as the operator's.
fn is_safer(path: &str, value: &Value, own: &Value) -> bool {
    let (Value::Word(value), Value::Word(own)) = (value, own) else {
        return false;
    };
    match path {
        "run.confirm" => value == "always" || value == own,
        "run.timeout" => {
            let limit = |word: &str| length_ms(word).ok().filter(|ms| *ms > 0).unwrap_or(u64::MAX);
            limit(value) <= limit(own)
        }
        _ => false,
    }
}

/// The file named, else config.yaml in the platform's folder.
fn own_file(common: &Common, env: &Environment) -> Option<PathBuf> {
    let named = common.config.clone().or_else(|| env.get("GONOGO_CONFIG").map(PathBuf::from));
    named.or_else(|| Some(ProjectDirs::from("", "", "gonogo")?.config_dir().join("config.yaml")))
}

/// The nearest project file at or above a runbook or folder.
fn project_file(start: &Path) -> Option<PathBuf> {
    let start = fs::canonicalize(start).ok()?;
    start.ancestors().map(|folder| folder.join(PROJECT)).find(|file| file.is_file())
}

/// The text of a file that may be absent.
fn text_of(path: &Path, must_exist: bool) -> Result<Option<String>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound && !must_exist => Ok(None),
        Err(error) => Err(Failure::system(format!(
            "cannot read the configuration {}: {error}; `gonogo config path` shows where it is looked for",
            path.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(text: &str) -> (Vec<String>, BTreeMap<&'static str, Value>) {
        let layer = read::read(Path::new("config.yaml"), text);
        (layer.problems.iter().map(ToString::to_string).collect(), layer.values)
    }

    #[test]
    fn settings_are_read() {
        let (problems, values) = layer("ui:\n  theme: dark\n  mouse: false\nrunbooks: {paths: [a, b], max_depth: 3}\n");
        assert_eq!(problems, [""; 0]);
        assert_eq!(values["ui.theme"], Value::Word("dark".into()));
        assert_eq!(values["runbooks.paths"], Value::List(vec!["a".into(), "b".into()]));
    }

    #[test]
    fn what_is_unknown_is_rejected_with_its_line_and_what_was_meant() {
        let wrong = |text: &str| layer(text).0.join("\n");
        assert_eq!(wrong("ui:\n  them: dark\n"), "config.yaml:2: there is no setting ui.them; did you mean ui.theme?");
        assert_eq!(wrong("\nuii: {}\n"), "config.yaml:2: there is no section uii; did you mean ui?");
        assert_eq!(
            wrong("ui: {timeout: 3s}\n"),
            "config.yaml:1: there is no setting ui.timeout; did you mean run.timeout?"
        );
        assert_eq!(
            wrong("ui: {glyphs: asci}\n"),
            "config.yaml:1: ui.glyphs: “asci” is none of unicode, ascii; did you mean ascii?"
        );
        assert!(wrong("ui: {mouse: yes}\n").contains("neither true nor false"));
        assert!(wrong("ui: {tree_width: 90}\n").contains("no number from 0 to 70"));
        assert!(wrong("notify:\n  after: soon\n").starts_with("config.yaml:2: notify.after: soon is no length"));
        assert!(wrong("ui: dark\n").contains("ui is a section"));
        assert!(wrong("ui: [\n").contains("no YAML mapping"));
        assert!(wrong("- a\n").contains("no YAML mapping"));
    }

    fn with_project(text: &str) -> (Config, Vec<String>) {
        let mut config = Config::default();
        for field in FIELDS {
            config.put(field.path, field.default, Origin::BuiltIn);
        }
        config.put("run.timeout", "10m", Origin::File("config.yaml".into()));
        let problems = config.take_project(Path::new(PROJECT), read::read(Path::new(PROJECT), text));
        let problems = problems.iter().map(|problem| problem.what.clone()).collect();
        (config, problems)
    }

    #[test]
    fn a_project_may_tighten_never_loosen() {
        let (config, problems) = with_project("run: {timeout: 5m, confirm: always}\nrunbooks: {paths: [docs]}\n");
        assert_eq!(problems, [""; 0]);
        assert_eq!((config.word("run.timeout"), config.word("run.confirm")), ("5m", "always"));
        let (config, problems) = with_project("run: {timeout: 0}\n");
        assert_eq!(problems, ["run.timeout: a project may tighten it, but 0 is looser than 10m"]);
        assert_eq!(config.word("run.timeout"), "10m");
        let (_, problems) = with_project("editor: {command: rm}\nkeys: {run: [q]}\n");
        assert_eq!(problems.len(), 2);
        assert!(problems.iter().all(|problem| problem.contains("your own configuration")), "{problems:?}");
    }

    #[test]
    fn every_default_is_of_its_kind() {
        for field in FIELDS {
            read::check(field.kind, field.default).unwrap();
            assert!(!field.section().is_empty() && !field.help.is_empty());
        }
    }
}
