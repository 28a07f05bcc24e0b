//! The one table of settings: it drives reading, checking, `config show`, `config schema` and the documentation.

/// A setting.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Section and name: `ui.theme`.
    pub path: &'static str,
    pub kind: Kind,
    /// As it would be written; several words of a list are separated by blanks.
    pub default: &'static str,
    pub help: &'static str,
    pub project: Project,
}

/// What may stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Choice(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// `30s`, `10m`, `2h`, or `0`.
    Length,
    /// A whole number within these bounds.
    Number(u32, u32),
    List,
    /// A number of bytes: `32MiB`, `64KiB`, `0`.
    Size,
}

/// Whether a project's file may say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Project {
    /// It belongs to the operator.
    Never,
    Free,
    /// Only if it makes things safer than the operator's own setting.
    Tighten,
    /// Beside the operator's own, once the operator has trusted the very bytes of the file.
    Trusted,
}

const fn own(path: &'static str, kind: Kind, default: &'static str, help: &'static str) -> Field {
    Field { path, kind, default, help, project: Project::Never }
}

impl Field {
    const fn of_project(self, project: Project) -> Field {
        Field { project, ..self }
    }

    /// `theme` of `ui.theme`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.path.split_once('.').map_or(self.path, |(_, name)| name)
    }

    #[must_use]
    pub fn section(&self) -> &'static str {
        self.path.split_once('.').map_or("", |(section, _)| section)
    }
}

/// How careful commands are run.
pub const CONFIRM: &[&str] = &["risk", "always"];

/// All settings but the keys, which are a section of their own: an action and its keys.
pub const FIELDS: &[Field] = &[
    own("runbooks.paths", Kind::List, "", "folders whose runbooks the picker lists besides the one it was opened in")
        .of_project(Project::Free),
    own("runbooks.ignore", Kind::List, "node_modules target vendor", "names of folders that are not searched")
        .of_project(Project::Free),
    own("runbooks.max_depth", Kind::Number(1, 20), "6", "how deep folders are searched").of_project(Project::Free),
    own("operator.name", Kind::Text, "auto", "your name as it is recorded; auto asks git, then the system"),
    own("operator.role", Kind::Text, "", "your role as it is recorded; self-declared"),
    own(
        "operator.key",
        Kind::Text,
        "auto",
        "file of the SSH key you sign with; auto asks git, then the agent; none signs nothing",
    ),
    own("operator.signer", Kind::Text, "auto", "what your key is listed under; auto is git's user.email"),
    own("operator.signers", Kind::Text, "", "file of allowed signers, for verify and for answers"),
    own(
        "operator.revoked",
        Kind::Text,
        "",
        "file of revoked keys, a list or a KRL; they count no more, whenever they signed",
    ),
    own("run.shell", Kind::Text, "auto", "the shell that reads the commands; auto is bash, else sh"),
    own("run.timeout", Kind::Length, "0", "limit for commands that state none; 0 is no limit")
        .of_project(Project::Tighten),
    own("run.confirm", Kind::Choice(CONFIRM), "risk", "which commands ask first: those with a risk, or all of them")
        .of_project(Project::Tighten),
    own("journal.file", Kind::Text, "auto", "the journal; auto is journal.db in the platform's state folder"),
    own("journal.keep_head", Kind::Size, "32MiB", "how much of the beginning of an output is stored"),
    own("journal.keep_tail", Kind::Size, "32MiB", "how much of its end"),
    own(
        "hooks.before_run",
        Kind::List,
        "",
        "shell commands before a run's first command; a failure asks why it runs all the same",
    )
    .of_project(Project::Trusted),
    own("hooks.after_step", Kind::List, "", "shell commands whenever a step is settled or has failed")
        .of_project(Project::Trusted),
    own("hooks.on_no_go", Kind::List, "", "shell commands when the answer becomes NO-GO").of_project(Project::Trusted),
    own("hooks.after_export", Kind::List, "", "shell commands when a record was exported").of_project(Project::Trusted),
    own("ui.theme", Kind::Text, "auto", "colours; auto is terminal, or one of the pair below once both are set"),
    own("ui.theme_dark", Kind::Text, "", "worn on a dark terminal; only with theme_light the terminal is asked"),
    own("ui.theme_light", Kind::Text, "", "worn on a light terminal"),
    own("ui.glyphs", Kind::Choice(&["unicode", "ascii"]), "unicode", "which characters may be drawn"),
    own("ui.mouse", Kind::Flag, "true", "take clicks and the wheel; M leaves them to the terminal for a while"),
    own("ui.motion", Kind::Flag, "true", "clocks by tenths of a second; false goes by seconds"),
    own("ui.time", Kind::Choice(&["local", "utc"]), "local", "the clock of the screen; the record always has UTC"),
    own("ui.tree_width", Kind::Number(0, 70), "0", "width of the tree in percent; 0 fits it to the screen"),
    own("notify.after", Kind::Length, "30s", "bell and notice when a command that ran so long ends; 0 never"),
    own("notify.when", Kind::Choice(&["unfocused", "always"]), "unfocused", "only while you look elsewhere, or always"),
    own("editor.command", Kind::Text, "", "your editor; else VISUAL, EDITOR, vi"),
];

/// The setting of a path.
#[must_use]
pub fn field(path: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.path == path)
}
