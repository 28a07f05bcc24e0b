//! What is odd about a document: the author's mistakes, all collected, none fatal.

use super::Span;

/// Something the author may want to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub severity: Severity,
    /// Stable name of the kind of problem, documented in the README (`unclosed-fence`).
    pub code: &'static str,
    /// What is wrong, in one clause.
    pub message: String,
    /// What the author can do about it.
    pub hint: Option<String>,
    /// 1-based line in the original file.
    pub line: u32,
    /// 1-based column in characters.
    pub column: u32,
    /// Where it is in [`super::Runbook::text`].
    pub span: Span,
}

/// Every code there is, with its severity and what it says. The README's table is made of this.
#[rustfmt::skip]
pub const CODES: &[(&str, Severity, &str)] = &[
    ("nothing-to-walk", Severity::Error, "no section holds a step that a person or the shell could do"),
    ("duplicate-id", Severity::Error, "two steps or phases were given the same id"),
    ("unknown-phase", Severity::Error, "the front matter speaks of a phase that there is not"),
    ("unknown-need", Severity::Error, "a block needs a step, block or phase that there is not"),
    ("needs-cycle", Severity::Error, "blocks need each other, so that neither can ever run"),
    ("unknown-rollback", Severity::Error, "what is to take something back is not there, or is the step itself"),
    ("placeholder", Severity::Warning, "a command cannot run before a value is filled in, and the front matter does not ask for it"),
    ("endless", Severity::Warning, "a command runs until it is stopped, without a limit"),
    ("no-rollback", Severity::Warning, "something is destroyed, and neither a section nor `rollback=` says how to go back"),
    ("no-way-back", Severity::Warning, "`on_fail: rollback`, and the runbook has neither a rollback section with steps nor `rollback=`"),
    ("shell-syntax", Severity::Warning, "bash would not understand the block (a hint in sections that are not walked)"),
    ("unclosed-fence", Severity::Warning, "a fence is opened and never closed"),
    ("fence-swallowed", Severity::Warning, "words of the document stand inside a fence; nothing of it is offered"),
    ("fence-prose", Severity::Warning, "a sentence or a warning stands behind the opening marks; nothing of the block is offered"),
    ("bad-value", Severity::Warning, "an attribute or front matter field has a value that is not understood: what depends on it is not run by itself"),
    ("front-matter", Severity::Warning, "the front matter is no YAML"),
    ("encoding", Severity::Warning, "some bytes are no text in the encoding of the rest"),
    ("empty-heading", Severity::Warning, "a heading without a title, or of attributes alone; it opens no section"),
    ("scrape", Severity::Warning, "the text was copied from a page; phases, steps and commands are guesses"),
    ("no-success", Severity::Hint, "a command changes something, and nothing but its exit code tells whether it worked"),
    ("mixed-block", Severity::Hint, "commands stand among lines that must not reach a shell"),
    ("literal-variable", Severity::Hint, "a variable stands in the lines of a file, where only placeholders are replaced"),
    ("set-aside", Severity::Hint, "a rollback names it, so that it is not walked although its section is"),
    ("unknown-key", Severity::Hint, "an attribute or front matter field that is not known; a near one is suggested"),
    ("toml-front-matter", Severity::Hint, "front matter in TOML: only its title is read"),
    ("mojibake", Severity::Hint, "the text had been decoded wrongly once, and was repaired for reading"),
];

/// How bad it is. Errors make `check` fail; nothing but "nothing to walk" keeps a runbook from being opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
    Hint,
}

impl Severity {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Hint => "hint",
        }
    }
}
