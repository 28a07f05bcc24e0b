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
