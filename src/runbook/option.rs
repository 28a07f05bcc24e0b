//! What an author may add to plain Markdown: front matter, block attributes, gates. All of it is optional.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::LazyLock;

/// The document's front matter, as far as gonogo knows its keys. Unknown keys become hints, never errors.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FrontMatter {
    pub title: Option<String>,
    pub id: Option<String>,
    pub version: Option<String>,
    pub owner: Option<String>,
    pub summary: Option<String>,
    pub service: Option<String>,
    pub environment: Option<String>,
    /// Change ticket or other reason for the run.
    pub ticket: Option<String>,
    /// Who asked for the change.
    pub requester: Option<String>,
    pub tags: Vec<String>,
    pub estimate_s: Option<u32>,
    /// When somebody last read it through, as written.
    pub reviewed: Option<String>,
    /// The level of the headings that are phases, from 1.
    pub phase_level: Option<u8>,
    /// The level of the headings that are steps wherever they stand in a walked phase; deeper than that of the phases.
    pub step_level: Option<u8>,
    /// Values the operator is asked for once, by name.
    pub vars: BTreeMap<String, Variable>,
    pub env: BTreeMap<String, String>,
    /// Names of environment variables whose values must never be recorded.
    pub secrets: Vec<String>,
    pub cwd: Option<String>,
    pub shell: Option<String>,
    /// What blocks take over that say nothing of their own.
    pub session: Option<ShellSession>,
    /// The name of what takes any step back that names nothing of its own.
    pub rollback: Option<String>,
    /// What follows a failed step.
    pub on_fail: Option<OnFail>,
    /// Default limit for a command, in seconds.
    pub timeout_s: Option<u32>,
    /// What has to be there before the first command runs.
    pub requires: Requires,
    /// Programs that run by themselves, once the operator has trusted them.
    pub hooks: Hooks,
    /// Roles that are polled for a go or no-go on the board.
    pub calls: Vec<String>,
    /// Gates by phase id.
    pub gates: BTreeMap<String, Gate>,
    /// Estimates, weights and options by phase id.
    pub phases: BTreeMap<String, PhaseOptions>,
}

impl FrontMatter {
    /// What the author says this runbook is, by the names of the fields: for people, and for the record.
    #[must_use]
    pub fn about(&self) -> Vec<(&'static str, String)> {
        let words = [
            ("id", &self.id),
            ("version", &self.version),
            ("owner", &self.owner),
            ("service", &self.service),
            ("environment", &self.environment),
            ("requester", &self.requester),
            ("reviewed", &self.reviewed),
            ("summary", &self.summary),
        ];
        let mut about: Vec<(&'static str, String)> =
            words.into_iter().filter_map(|(name, word)| Some((name, word.clone()?))).collect();
        if !self.tags.is_empty() {
            about.push(("tags", self.tags.join(", ")));
        }
        about.extend(self.estimate_s.map(|seconds| ("estimate", length(seconds))));
        about
    }
}

/// `5400` → `1h30m`.
fn length(seconds: u32) -> String {
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let said: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}")).collect();
    if said.is_empty() { "0s".to_owned() } else { said.concat() }
}

/// Shell commands by the point of the walk at which they run.
pub type Hooks = BTreeMap<HookPoint, Vec<String>>;

/// A point of the walk at which a program may run by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HookPoint {
    /// Before the run's first command; it does not run unless they succeed, or the operator says why all the same.
    BeforeRun,
    /// Whenever a step is settled or has failed.
    AfterStep,
    /// When the answer becomes NO-GO.
    OnNoGo,
    /// When the record was exported.
    AfterExport,
}

impl HookPoint {
    pub const ALL: [HookPoint; 4] =
        [HookPoint::BeforeRun, HookPoint::AfterStep, HookPoint::OnNoGo, HookPoint::AfterExport];

    /// As it is written: `before_run`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            HookPoint::BeforeRun => "before_run",
            HookPoint::AfterStep => "after_step",
            HookPoint::OnNoGo => "on_no_go",
            HookPoint::AfterExport => "after_export",
        }
    }

    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        HookPoint::ALL.into_iter().find(|point| point.word() == word)
    }
}

/// What a runbook requires of the place it is walked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Requires {
    pub commands: Vec<Need>,
    /// Relative to the folder that commands start in, or with `~/`.
    pub files: Vec<String>,
    /// Variables that have to be set or given.
    pub env: Vec<String>,
    /// `5432` on this host, or `db1:5432`.
    pub ports: Vec<String>,
}

/// A program that has to be on the PATH, and which version of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    pub name: String,
    pub version: Option<(VersionRule, Vec<u32>)>,
}

/// How a version is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionRule {
    AtLeast,
    Above,
    AtMost,
    Below,
    Exactly,
}

impl VersionRule {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            VersionRule::AtLeast => "at least",
            VersionRule::Above => "above",
            VersionRule::AtMost => "at most",
            VersionRule::Below => "below",
            VersionRule::Exactly => "exactly",
        }
    }
}

impl Need {
    /// Reads `psql`, `psql >= 14.2`, `node = 20`. A version that cannot be read is left out.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let end = text.find(|c: char| c.is_whitespace() || "<>=".contains(c)).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let rest = rest.trim();
        let rules = [
            (">=", VersionRule::AtLeast),
            ("<=", VersionRule::AtMost),
            ("==", VersionRule::Exactly),
            (">", VersionRule::Above),
            ("<", VersionRule::Below),
            ("=", VersionRule::Exactly),
        ];
        let version = rules.iter().find_map(|(sign, rule)| {
            let number = rest.strip_prefix(sign)?.trim().trim_start_matches('v');
            let parts: Option<Vec<u32>> = number.split('.').map(|part| part.parse().ok()).collect();
            Some((*rule, parts?))
        });
        Need { name: name.to_owned(), version }
    }
}

/// What front matter may say about a phase.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PhaseOptions {
    pub estimate_s: Option<u32>,
    pub weight: Option<u32>,
    pub optional: Option<bool>,
    pub rollback: Option<String>,
}

/// A value that the operator provides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variable {
    pub prompt: Option<String>,
    pub default: Option<String>,
    pub choices: Vec<String>,
    /// Regular expression that the whole value must match.
    pub pattern: Option<String>,
    /// Never recorded, never shown; reaches commands by environment only.
    pub secret: bool,
    /// The operator's environment variable whose value it takes, unless another one is given.
    pub from: Option<String>,
}

/// What follows a step that has failed, as the author says for the whole document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnFail {
    /// Without a person nothing behind it is started.
    #[default]
    Stop,
    /// The walk goes on with what does not need it, unless the step is critical.
    Continue,
    /// Nothing behind it is started, and what takes it back comes up.
    Rollback,
}

impl OnFail {
    pub const ALL: [OnFail; 3] = [OnFail::Stop, OnFail::Continue, OnFail::Rollback];

    /// As it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            OnFail::Stop => "stop",
            OnFail::Continue => "continue",
            OnFail::Rollback => "rollback",
        }
    }

    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        OnFail::ALL.into_iter().find(|on_fail| on_fail.word() == word)
    }

    /// The same in a clause, for operators.
    #[must_use]
    pub fn clause(self) -> &'static str {
        match self {
            OnFail::Stop => "a failed step stops the walk",
            OnFail::Continue => "the walk goes on behind a failed step, unless it is critical",
            OnFail::Rollback => "a failed step stops the walk and brings up what takes it back",
        }
    }
}

/// A hold point: nothing after it may run before it is released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// The role whose sign-off releases it; any person when absent.
    pub role: Option<String>,
    /// How many different persons must sign.
    pub min: u32,
    /// Whoever performed the gated work may not release it.
    pub not_performer: bool,
}

/// Whether a block may be run, as its author says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RunPolicy {
    /// Decided from the block's content.
    #[default]
    Inferred,
    /// Runs when the operator says so, whatever its content looks like.
    Ask,
    /// May run unattended as well.
    Auto,
    /// Shown and copied, never run.
    Never,
}

/// What a block takes over from the shell before it, and hands on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShellSession {
    /// Nothing: it starts where the run starts, and leaves nothing behind.
    Fresh,
    /// What a terminal would know: folder, variables, functions, aliases, umask; not how errors are treated.
    #[default]
    Carry,
    /// All of that, and the options of `set` that say how errors are treated (`-e`, `-u`, `pipefail`, `-x`), as from one
    /// shared block to the next.
    Shared,
}

impl ShellSession {
    pub const ALL: [ShellSession; 3] = [ShellSession::Fresh, ShellSession::Carry, ShellSession::Shared];

    /// As it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ShellSession::Fresh => "fresh",
            ShellSession::Carry => "carry",
            ShellSession::Shared => "shared",
        }
    }

    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        ShellSession::ALL.into_iter().find(|session| session.word() == word)
    }

    /// Worth a word only when it is not what every block does.
    #[must_use]
    pub fn unusual(self) -> Option<Self> {
        match self {
            ShellSession::Carry => None,
            ShellSession::Fresh | ShellSession::Shared => Some(self),
        }
    }
}

/// What a block is, as its author says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// Runs, whatever its content looks like.
    Command,
    /// Runs, and tells whether something worked.
    Check,
    /// Environment assignments.
    Env,
    /// The content of a file.
    File,
    /// What a command prints.
    Output,
}

impl BlockKind {
    pub const ALL: [BlockKind; 5] =
        [BlockKind::Command, BlockKind::Check, BlockKind::Env, BlockKind::File, BlockKind::Output];

    /// As it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            BlockKind::Command => "command",
            BlockKind::Check => "check",
            BlockKind::Env => "env",
            BlockKind::File => "file",
            BlockKind::Output => "output",
        }
    }

    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        BlockKind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// How an output is compared with the expected one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    Exact,
    /// The expected text stands somewhere in the output.
    Contains,
    /// The expected text is a regular expression.
    Pattern,
    /// At least so much is the same, in percent.
    Similar {
        percent: u32,
    },
}

/// Attributes of a code block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlockOptions {
    pub name: Option<String>,
    pub kind: Option<BlockKind>,
    pub run: RunPolicy,
    /// `Some(false)` runs it through pipes also on the screen.
    pub pty: Option<bool>,
    /// The file that the block's lines are written to, as the author names it: the command is the here-document that does so.
    pub file: Option<String>,
    /// Program that reads the text, instead of the shell.
    pub interpreter: Option<String>,
    pub session: Option<ShellSession>,
    /// The name of what takes it back.
    pub rollback: Option<String>,
    pub cwd: Option<String>,
    pub env: BTreeMap<String, String>,
    pub timeout_s: Option<u32>,
    /// Exit codes that count as success; empty means 0.
    pub expect_exit: Vec<i32>,
    /// Regular expression that the output must match.
    pub matches: Option<String>,
    /// Regular expression that the output must not match.
    pub not_matches: Option<String>,
    /// HTTP status codes, one of which the output has to end with.
    pub http: Vec<u16>,
    /// How the expected output is compared; without it a person compares.
    pub compare: Option<Compare>,
    /// Variable that takes the output.
    pub save: Option<String>,
    /// Says that a person is needed or not, against the detector.
    pub interactive: Option<bool>,
    pub endless: Option<bool>,
    /// Tried again until it succeeds (`success`), or until its output matches this regular expression. Of an endless
    /// command: it is stopped as soon as it prints it.
    pub until: Option<String>,
    /// Tried again and again for so long, in seconds; it has to succeed each time.
    pub watch_s: Option<u32>,
    /// Pause between two tries, in seconds.
    pub every_s: Option<u32>,
    /// How often a block that failed may be tried again, each time as an attempt of its own.
    pub retries: u32,
    /// Pause before it is tried again, in seconds.
    pub retry_delay_s: Option<u32>,
    /// Ids or numbers of steps, names of blocks or ids of phases that have to be passed first.
    pub needs: Vec<String>,
    /// The condition under which it is to be run, as written. Whether it holds is for a person to say.
    pub when: Option<String>,
    /// A second run of what has succeeded is a deviation.
    pub once: bool,
    /// Its statements run one by one, each as an attempt of its own; they are the block's parts.
    pub split: bool,
    /// All that it prints is secret.
    pub secret: bool,
    /// Asks before it runs although it only looks.
    pub confirm: Option<bool>,
    pub tags: Vec<String>,
}

/// The attributes of a block, read like [`BlockOptions`]. Hardly any block has some, so that they stand elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options(Option<Box<BlockOptions>>);

static NONE: LazyLock<BlockOptions> = LazyLock::new(BlockOptions::default);

impl From<BlockOptions> for Options {
    fn from(options: BlockOptions) -> Self {
        Options(Some(options).filter(|options| *options != *NONE).map(Box::new))
    }
}

impl Deref for Options {
    type Target = BlockOptions;

    fn deref(&self) -> &BlockOptions {
        self.0.as_deref().unwrap_or(&NONE)
    }
}
