//! The command line, as clap reads it.

use super::config::Config;
use super::edits::OnEdit;
use super::new::Template;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes:
  0 GO or success   1 NO-GO   2 usage   3 invalid or unreadable runbook, record or configuration
  4 HOLD: unfinished or waiting, can be resumed   5 altered   6 system fault   130 interrupted

Examples:
  gonogo demo                     a safe tour: prepare, check, back up and restore a small site
  gonogo deploy.md                walk a runbook on the screen
  gonogo                          pick an unfinished run or a runbook
  gonogo exec deploy.md           run what may run unattended, stop at the first thing that needs a person";

/// Walk a Markdown runbook in the terminal, record who did what, and end with GO or NO-GO.
#[derive(Debug, Parser)]
#[command(name = "gonogo", version, about, after_help = EXIT_CODES, subcommand_precedence_over_arg = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub walk: WalkArgs,
    #[command(flatten)]
    pub common: Common,
}

/// What every command understands.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// The journal file (default: `GONOGO_JOURNAL`, else journal.db in the platform's state folder).
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub journal: Option<PathBuf>,
    /// Your name as it is recorded (default: `GONOGO_OPERATOR`, else git's user.name, else the system user).
    #[arg(long, global = true, value_name = "NAME", help_heading = "Everywhere")]
    pub operator: Option<String>,
    /// Your role as it is recorded (default: `GONOGO_ROLE`); self-declared.
    #[arg(long, global = true, value_name = "ROLE", help_heading = "Everywhere")]
    pub role: Option<String>,
    /// The SSH key you sign with: its file, private or public (default: `GONOGO_KEY`, else git's user.signingkey, else the
    /// agent's first key); `none` signs nothing.
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub key: Option<String>,
    /// The configuration file (default: `GONOGO_CONFIG`, else config.yaml in the platform's configuration folder).
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub config: Option<PathBuf>,
    /// Colours of the screen (default: `GONOGO_THEME`, else the configuration); `gonogo theme list` shows all.
    #[arg(long, global = true, value_name = "NAME", help_heading = "Everywhere")]
    pub theme: Option<String>,
    /// Colours: `auto` obeys `NO_COLOR` and whether the output is a terminal.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN", help_heading = "Everywhere")]
    pub color: Color,
    /// Draw with ASCII characters only.
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub ascii: bool,
    /// Leave the mouse to the terminal.
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub no_mouse: bool,
    /// What the configuration says, read once the arguments are known.
    #[arg(skip)]
    pub settings: Config,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

/// How to walk.
#[derive(Debug, Clone, Args)]
pub struct WalkArgs {
    /// The runbook; a folder opens the picker; `-` reads standard input.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Start a new run even if an unfinished one of the same file exists.
    #[arg(long)]
    pub new: bool,
    /// Practise: nothing is executed, and the verdict is never GO.
    #[arg(long)]
    pub rehearse: bool,
    /// Line by line instead of a screen, for screen readers, logs and serial consoles.
    #[arg(long)]
    pub plain: bool,
    #[command(flatten)]
    pub run: RunArgs,
}

/// How to export.
#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    #[arg(value_name = "RUN")]
    pub run: Option<String>,
    #[arg(long, value_enum, default_value_t = RecordFormat::Md)]
    pub format: RecordFormat,
    /// Write to this file, or folder, instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How much of each output goes in.
    #[arg(long, value_enum, default_value_t = IncludeOutput::Head)]
    pub include_output: IncludeOutput,
    /// cast: the last attempt of this step, by number or id.
    #[arg(long, value_name = "STEP")]
    pub step: Option<String>,
    /// cast: the attempt with this number.
    #[arg(long, value_name = "NUMBER")]
    pub attempt: Option<u32>,
    /// Draw md or html from your own template (minijinja).
    #[arg(long, value_name = "FILE")]
    pub template: Option<PathBuf>,
    /// Export although something in it looks like a secret, with the reason.
    #[arg(long, value_name = "REASON")]
    pub allow_findings: Option<String>,
}

const SIGN: &str = "\
Examples:
  gonogo sign 7f3c2a cut-over --role dba                     release a gate, signed with your key
  gonogo sign 7f3c2a 3.4 --reject --reason 'replica lags'
  gonogo sign 7f3c2a 3.4 --meaning witnessed
From another account or machine, where the journal is not:
  gonogo sign 7f3c2a cut-over --request ask.txt              1. ask, and send the file
  gonogo sign ask.txt --reply answer.txt --role dba          2. they sign it with their key, and send the answer
  gonogo sign answer.txt                                     3. verify and record it
Emergency:
  gonogo sign 7f3c2a cut-over --break-glass --reason WHY     pass the gate; somebody else has to review it later";

/// How to sign.
#[derive(Debug, Clone, Args)]
pub struct SignArgs {
    /// A run; or the file of a request to answer, or of an answer to record.
    #[arg(value_name = "RUN|FILE")]
    pub what: String,
    /// A phase's id, a step's number or id, or `run`.
    #[arg(value_name = "STEP|PHASE")]
    pub scope: Option<String>,
    /// Reject the hold point instead of releasing it.
    #[arg(long, conflicts_with = "meaning")]
    pub reject: bool,
    /// What the sign-off means (default: released).
    #[arg(long, value_enum, value_name = "MEANING")]
    pub meaning: Option<MeaningWord>,
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Write a request for somebody who cannot reach this journal.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["reply", "break_glass"])]
    pub request: Option<PathBuf>,
    /// Answer the request: write the signed answer to this file.
    #[arg(long, value_name = "FILE")]
    pub reply: Option<PathBuf>,
    /// Pass the gate without its sign-offs. It stands in the record, and somebody else has to review it before the close.
    #[arg(long, requires = "reason", conflicts_with_all = ["reply", "reject"])]
    pub break_glass: bool,
    /// Allowed signers (ssh-keygen(1)) an answer's key has to be listed in (default: `GONOGO_SIGNERS`).
    #[arg(long, value_name = "FILE")]
    pub signers: Option<PathBuf>,
    /// Keys that do not count any more: a list of public keys or a KRL (default: `GONOGO_REVOKED`).
    #[arg(long, value_name = "FILE")]
    pub revoked: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MeaningWord {
    Performed,
    Witnessed,
    Verified,
    Approved,
    Rejected,
    Released,
}

/// What commands run with.
#[derive(Debug, Clone, Default, Args)]
pub struct RunArgs {
    /// Give a value for a placeholder or variable.
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub vars: Vec<String>,
    /// Values from a file of NAME=VALUE lines.
    #[arg(long = "vars", value_name = "FILE")]
    pub vars_file: Option<PathBuf>,
    /// Folder that commands start in (default: the current one).
    #[arg(long, value_name = "DIR")]
    pub cwd: Option<PathBuf>,
    /// Shell that reads the commands (default: bash, else sh).
    #[arg(long, value_name = "PROGRAM")]
    pub shell: Option<String>,
    /// Limit for commands that state none, such as 30s, 10m, 2h; 0 is no limit.
    #[arg(long, value_name = "LENGTH", default_value = "0")]
    pub timeout: String,
    /// How much of an output is stored, from its beginning and its end, such as 1MiB or 1MiB,64KiB (default: 32MiB each).
    #[arg(long, value_name = "HEAD[,TAIL]")]
    pub keep: Option<String>,
}

/// What to do when the file was edited since the run began.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct EditArgs {
    /// Walk the edited version: changed steps lose their sign-off, untouched ones keep it.
    #[arg(long, conflicts_with = "stay")]
    pub adopt: bool,
    /// Stay on the recorded version.
    #[arg(long)]
    pub stay: bool,
}

impl From<EditArgs> for OnEdit {
    fn from(args: EditArgs) -> Self {
        match (args.adopt, args.stay) {
            (true, _) => OnEdit::Adopt,
            (false, true) => OnEdit::Stay,
            (false, false) => OnEdit::Ask,
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Continue an unfinished run.
    #[command(
        after_help = "Examples:\n  gonogo resume            the newest unfinished run\n  gonogo resume 7f3c2a     the run whose id ends so\n  gonogo resume --adopt    go on with the file as it was edited since"
    )]
    Resume {
        #[arg(value_name = "RUN")]
        run: Option<String>,
        /// Line by line instead of a screen.
        #[arg(long)]
        plain: bool,
        #[command(flatten)]
        edit: EditArgs,
        #[command(flatten)]
        with: RunArgs,
    },
    /// Walk without a person: run what is safe to run unattended, stop at the first step that needs one.
    #[command(
        after_help = "Examples:\n  gonogo exec smoke.md\n  gonogo exec smoke.md --format json | jq .kind\n  gonogo exec smoke.md --resume 7f3c2a"
    )]
    Exec {
        file: PathBuf,
        /// Continue this run instead of starting a new one.
        #[arg(long, value_name = "RUN")]
        resume: Option<String>,
        /// Trust a file that is not yours, or that anybody may write, if it has exactly this digest.
        #[arg(long, value_name = "sha256:HEX")]
        trust: Option<String>,
        /// Go on with later steps when one waits for a person (never past a gate or a failure).
        #[arg(long)]
        keep_going: bool,
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        #[command(flatten)]
        edit: EditArgs,
        #[command(flatten)]
        with: RunArgs,
    },
    /// Show what a runbook and its project would run by themselves, and say whether they may.
    #[command(
        after_help = "Hooks, and probes of `requires:`, run only once the exact bytes that bring them were trusted. The walk asks as well.\n\nExamples:\n  gonogo trust deploy.md          show it, and ask\n  gonogo trust deploy.md --yes\n  gonogo trust deploy.md --forget  ask again next time"
    )]
    Trust {
        file: PathBuf,
        /// Trust it without being asked.
        #[arg(long, conflicts_with_all = ["no", "forget"])]
        yes: bool,
        /// Refuse it: commands run without it.
        #[arg(long, conflicts_with = "forget")]
        no: bool,
        /// Forget what was said about it.
        #[arg(long)]
        forget: bool,
    },
    /// Report what an author may want to mend.
    #[command(
        visible_alias = "lint",
        after_help = "Exit code 3 when a runbook has errors.\n\nExamples:\n  gonogo check runbooks/*.md\n  gonogo check --format github deploy.md"
    )]
    Check {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
        format: CheckFormat,
    },
    /// Print the step tree as it was read. Nothing runs.
    #[command(
        after_help = "Examples:\n  gonogo plan deploy.md\n  gonogo plan deploy.md --format json | jq '.phases[].title'"
    )]
    Plan {
        file: PathBuf,
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Turn a page (HTML, or text copied from one) or flawed Markdown into a Markdown runbook for review.
    #[command(
        after_help = "The original is never touched. Look the result through before you walk it.\n\nExamples:\n  gonogo import page.html -o deploy.md\n  gonogo import copied.txt | less"
    )]
    Import {
        file: PathBuf,
        /// Write to this file instead of standard output.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Overwrite the file that is there.
        #[arg(long, requires = "output")]
        force: bool,
    },
    /// Write a template to begin a runbook from; without a name, list the templates.
    #[command(
        after_help = "A file that exists is never overwritten.\n\nExamples:\n  gonogo new\n  gonogo new go-live -o deploy.md\n  gonogo new incident | less"
    )]
    New {
        #[arg(value_enum, value_name = "TEMPLATE")]
        template: Option<Template>,
        /// Write to this file instead of standard output.
        #[arg(short, long, value_name = "FILE", requires = "template")]
        output: Option<PathBuf>,
    },
    /// List the runbooks below a folder: phases, steps, problems, and how each went last.
    #[command(after_help = "Examples:\n  gonogo ls\n  gonogo ls runbooks --format json")]
    Ls {
        #[arg(default_value = ".", value_name = "FOLDER")]
        folder: PathBuf,
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// List runs, newest first.
    #[command(
        after_help = "Examples:\n  gonogo runs\n  gonogo runs --open\n  gonogo runs --verdict no-go --since 2026-11-01 --format json"
    )]
    Runs {
        #[command(flatten)]
        filter: RunFilter,
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Readiness of a run: percent, counts, verdict, blockers. The exit code is the answer.
    #[command(
        after_help = "Exit code 0 GO, 1 NO-GO, 4 HOLD.\n\nExamples:\n  gonogo status && ./switch-traffic\n  gonogo status 7f3c2a --format json"
    )]
    Status {
        #[arg(value_name = "RUN")]
        run: Option<String>,
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Print what happened in a run, or in one of its steps with its outputs.
    #[command(
        after_help = "Examples:\n  gonogo show 7f3c2a\n  gonogo show 7f3c2a 3.2\n  gonogo show 7f3c2a 3.2 --stream stdout | jq .\n  gonogo show 7f3c2a --events"
    )]
    Show {
        #[arg(value_name = "RUN")]
        run: String,
        /// A step's number or id.
        #[arg(value_name = "STEP")]
        step: Option<String>,
        /// The events as they were recorded, one JSON body a line.
        #[arg(long)]
        events: bool,
        /// Only what the step's newest attempt printed this way.
        #[arg(long, value_enum, requires = "step", conflicts_with = "events")]
        stream: Option<super::stream::Way>,
    },
    /// Compare two runs step by step, or a run with its file as it is now.
    #[command(
        after_help = "Examples:\n  gonogo diff 7f3c2a            what was edited in the file since the run began\n  gonogo diff 7f3c2a 9d01be     verdicts, commands, endings, outputs and lengths of two runs\n  gonogo diff 7f3c2a 9d01be --output"
    )]
    Diff {
        #[arg(value_name = "RUN")]
        run: String,
        #[arg(value_name = "RUN")]
        other: Option<String>,
        /// Show outputs that differ line by line.
        #[arg(long, requires = "other")]
        output: bool,
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Release or reject a gate, or sign off a step, from another terminal.
    #[command(after_help = SIGN)]
    Sign(SignArgs),
    /// Close a run: nothing is recorded in it afterwards.
    #[command(
        after_help = "Examples:\n  gonogo close 7f3c2a\n  gonogo close 7f3c2a --reason 'window is over, goes on tomorrow'"
    )]
    Close {
        #[arg(value_name = "RUN")]
        run: Option<String>,
        /// Leave a deferred step for later, with the reason; once for each.
        #[arg(long, value_name = "STEP=REASON")]
        carry: Vec<String>,
        /// Why it closes although something is left open.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Write the audit record of a run.
    #[command(
        after_help = "Examples:\n  gonogo export 7f3c2a -o record.md\n  gonogo export --format json -o record.json\n  gonogo export --format html -o report.html\n  gonogo export --format bundle -o bundle.tar\n  gonogo export --format junit -o run.xml\n  gonogo export --format cast --step 3.2 -o step.cast"
    )]
    Export(ExportArgs),
    /// Recompute the chain of a run or of an exported record and name the first bad row.
    #[command(
        after_help = "Exit code 0 intact, 4 intact but a demand is not met, 5 altered, 3 unreadable.\n\nExamples:\n  gonogo verify 7f3c2a\n  gonogo verify record.json\n  gonogo verify bundle.tar --sealed --signers company_signers --require 2"
    )]
    Verify {
        #[arg(value_name = "RUN|PATH")]
        what: String,
        /// Demand that a signature closes the run.
        #[arg(long)]
        sealed: bool,
        /// Demand that every signature is by somebody in this file (ssh-keygen(1), ALLOWED SIGNERS; default:
        /// `GONOGO_SIGNERS`).
        #[arg(long, value_name = "FILE")]
        signers: Option<PathBuf>,
        /// Keys that do not count any more: a list of public keys or a KRL (default: `GONOGO_REVOKED`).
        #[arg(long, value_name = "FILE")]
        revoked: Option<PathBuf>,
        /// Demand that so many persons, each with a key of their own, have signed.
        #[arg(long, value_name = "N", default_value_t = 0)]
        require: u32,
    },
    /// A safe tour in a temporary folder: prepare, check, back up and restore a small site.
    #[command(
        after_help = "Off a terminal it plays itself with scripted answers and exits 0.\n\nExamples:\n  gonogo demo\n  gonogo demo --plain"
    )]
    Demo {
        /// Line by line instead of a screen.
        #[arg(long)]
        plain: bool,
    },
    /// Look after the journal: copy it, or remove a leaked output.
    #[command(
        after_help = "Examples:\n  gonogo journal backup /mnt/usb/journal-2026-11-21.db\n  gonogo journal shred 7f3c2a 4 --reason 'it printed the token'"
    )]
    Journal {
        #[command(subcommand)]
        command: JournalCommand,
    },
    /// Check terminal, shell, editor, git, keys and journal, and say what to do about what is wrong.
    #[command(
        after_help = "Exit code 0 all well or only hints, 5 the journal was altered, 6 something is broken.\n\nExamples:\n  gonogo doctor\n  gonogo doctor --format json"
    )]
    Doctor {
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Where the configuration is, what holds, and its schema.
    #[command(
        after_help = "Examples:\n  gonogo config show       every setting and where it comes from\n  gonogo config edit       in your editor, checked afterwards"
    )]
    Config {
        #[command(subcommand)]
        what: ConfigCommand,
    },
    /// The colours of the screen.
    #[command(after_help = "Examples:\n  gonogo theme list\n  gonogo theme preview high-contrast")]
    Theme {
        #[command(subcommand)]
        what: ThemeCommand,
    },
    /// Print the keys of the screen.
    #[command(after_help = "Examples:\n  gonogo keys\n  gonogo keys --format md")]
    Keys {
        #[arg(long, value_enum, default_value_t = KeysFormat::Text)]
        format: KeysFormat,
    },
    /// Write a shell completion script.
    #[command(after_help = "Examples:\n  gonogo completions bash > /etc/bash_completion.d/gonogo")]
    Completions { shell: clap_complete::Shell },
    /// Write the man page.
    #[command(after_help = "Examples:\n  gonogo man | man -l -\n  gonogo man > ~/.local/share/man/man1/gonogo.1")]
    Man,
}

/// Which runs are listed; everything that is said must fit.
#[derive(Debug, Clone, Default, Args)]
pub struct RunFilter {
    /// Only runs that are not closed.
    #[arg(long, conflicts_with = "closed")]
    pub open: bool,
    /// Only closed runs.
    #[arg(long)]
    pub closed: bool,
    /// Only runs whose title or path holds this text, in either case.
    #[arg(long, value_name = "TEXT")]
    pub runbook: Option<String>,
    /// Only runs opened by this operator.
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Only runs with this verdict: go, no-go, hold, rehearsed.
    #[arg(long, value_name = "WORD")]
    pub verdict: Option<String>,
    /// Only runs opened on or after this day (UTC), such as 2026-11-21.
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub since: Option<chrono::NaiveDate>,
}

#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// Write a complete, verified copy to a new file, also while runs are being recorded.
    #[command(after_help = "Examples:\n  gonogo journal backup /mnt/usb/journal-2026-11-21.db")]
    Backup {
        #[arg(value_name = "FILE")]
        to: PathBuf,
    },
    /// Remove what a command printed, for good: bytes and salt are overwritten, the chain stays whole and says who and why.
    #[command(
        after_help = "The command's own text and everything else that was recorded stays.\n\nExamples:\n  gonogo journal shred 7f3c2a 4 --reason 'it printed the token'"
    )]
    Shred {
        #[arg(value_name = "RUN")]
        run: String,
        /// The attempt's number, as `gonogo show RUN STEP` prints it.
        #[arg(value_name = "ATTEMPT")]
        attempt: String,
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum ConfigCommand {
    /// Print where your own file, your themes and the project's file are.
    Path,
    /// Print every setting and where it comes from.
    Show,
    /// Open your own file in your editor, and check it afterwards.
    Edit,
    /// Print the JSON Schema of the file, for editors.
    Schema,
}

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum ThemeCommand {
    /// List the themes: those built in and your own.
    List,
    /// Show every tone of a theme in its style.
    Preview {
        #[arg(value_name = "NAME")]
        name: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeysFormat {
    Text,
    /// Markdown.
    Md,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    Text,
    Json,
    /// Workflow commands of GitHub Actions.
    Github,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RecordFormat {
    /// A document.
    Md,
    /// One page without scripts.
    Html,
    /// Everything in one file that verify reads.
    Json,
    /// The entries alone, exactly as they were recorded, one a line.
    Jsonl,
    /// Run, phases and steps as a table for a spreadsheet.
    Csv,
    /// Steps as test cases, phases as suites, for a build server; green exactly when the run is GO.
    Junit,
    /// What one attempt printed, as a recording for asciinema (--step or --attempt).
    Cast,
    /// Everything as plain files, for a stranger to verify: a folder, or a tar when the name ends so.
    Bundle,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum IncludeOutput {
    /// The first 40 lines of each output.
    Head,
    Full,
    None,
}

fn day(text: &str) -> Result<chrono::NaiveDate, &'static str> {
    text.parse().map_err(|_| "a day is written as year, month and day, such as 2026-11-21")
}
