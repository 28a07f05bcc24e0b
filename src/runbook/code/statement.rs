//! What a single statement of a block is: a command, or something that must not reach a shell.
//!
//! The shell reader has already said where statements begin and end; here their form is judged, one at a time.

use super::shell::Statement;
use super::{content, program, words};
use crate::runbook::code::words::among;

mod shape;

/// What a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Nature {
    /// Starts with a known program, a path or a shell keyword around one.
    Command,
    /// Could be a program that is not on the list.
    Likely,
    /// `NAME=value` and nothing else.
    Assignment,
    /// A line of a crontab.
    Cron,
    /// A line of a configuration file or of program code.
    Config,
    /// SQL, `PromQL`, an HTTP request.
    Query,
    /// Printed by something: logs, tables, headings in capitals.
    Output,
    /// Drawn: trees, boxes, arrows.
    Drawing,
    /// A sentence, a list item, a numbered line.
    Words,
}

impl Nature {
    /// Whether a shell may be given it.
    #[must_use]
    pub fn is_command(self) -> bool {
        match self {
            Nature::Command | Nature::Likely => true,
            Nature::Assignment
            | Nature::Cron
            | Nature::Config
            | Nature::Query
            | Nature::Output
            | Nature::Drawing
            | Nature::Words => false,
        }
    }
}

/// Judges a statement. `text` is its own text, with holes still in it.
#[must_use]
pub fn nature(text: &str, statement: &Statement<'_>) -> Nature {
    let line = text.lines().next().unwrap_or("").trim();
    if shape::is_cron(line) {
        return Nature::Cron;
    }
    if shape::is_drawing(line) {
        return Nature::Drawing;
    }
    if shape::is_log(line) {
        return Nature::Output;
    }
    if let Some(assigned) = assignment(line, statement) {
        return assigned;
    }
    if let Some(nature) = shape::by_first_bytes(line) {
        return nature;
    }
    let first = statement.commands.first().and_then(|command| command.texts().next()).unwrap_or("");
    if let Some(nature) = shape::by_first_word(line, raw_first_word(line), text) {
        return nature;
    }
    if words::is_sentence(line) && !text.trim_end().contains('\n') {
        return Nature::Words;
    }
    if shape::computes(line) {
        return Nature::Query;
    }
    if is_shell_construct(line) {
        return compound(statement);
    }
    if names_file(line) {
        return Nature::Output;
    }
    if program::is_startable(first) || is_quoted_path(line) || starts_with_hole(line) {
        return Nature::Command;
    }
    shape::unknown(first, line)
}

/// `/etc/fstab`, `/proc/*`, `/opt/a/b.properties`: a path where no programs lie or to no program, and nothing else.
fn names_file(line: &str) -> bool {
    let folders = ["/etc/", "/proc/", "/sys/", "/dev/", "/tmp/", "/mnt/", "/boot/", "/var/", "/run/", "/media/"];
    let is_program = || {
        line.contains("/bin/")
            || line.contains("/sbin/")
            || line.contains("/init.d/")
            || line.contains("/scripts/")
            || [".sh", ".py", ".pl", ".rb"].iter().any(|end| line.ends_with(end))
    };
    // Where macOS keeps the files of programs, and their names have blanks.
    if line.starts_with("~/Library/") {
        return !is_program();
    }
    let is_data = || content::is_file_name(line) && !content::is_script_name(line);
    line.starts_with('/')
        && !line.contains(char::is_whitespace)
        && (folders.iter().any(|folder| line.starts_with(folder)) || is_data())
        && !is_program()
}

fn raw_first_word(line: &str) -> &str {
    words::first(line)
}

/// `"$DIR/x.sh" …`: a path in quotes.
fn is_quoted_path(line: &str) -> bool {
    (line.starts_with("\"$") || line.starts_with("\"/") || line.starts_with("\"./") || line.starts_with("'/"))
        && line.contains('/')
        && !line.ends_with("/\"")
        && !line.contains("\": ")
}

/// `<path>/bin/x …`, `{{bin}}/x …`, `$APP_HOME/bin/x …`, `$PYTHON x.py`.
fn starts_with_hole(line: &str) -> bool {
    let word = raw_first_word(line);
    let is_variable = word.starts_with('$') && word.len() > 1 && !word.starts_with("$(") && line.len() > word.len()
        || word.starts_with('$') && word.contains('/');
    let is_mark = (word.starts_with('<') && word.contains('>') || word.starts_with("{{") && word.contains("}}"))
        && word.contains('/')
        && !word.starts_with("</")
        && !word.ends_with('>');
    is_variable && !line.contains(" = ") || is_mark
}

/// Statements that only set variables, and lines of environment files that a shell would take for more.
fn assignment(line: &str, statement: &Statement<'_>) -> Option<Nature> {
    let first = statement.commands.iter().find(|command| command.depth == 0)?;
    if first.assigns.is_empty() || first.start != statement.span.start {
        return None;
    }
    let Some(word) = first.texts().next() else {
        let computes = statement.commands.iter().any(|command| command.depth > 0 && !command.words.is_empty());
        let others = statement.commands.iter().any(|command| command.depth == 0 && !command.words.is_empty());
        return Some(if computes || others { Nature::Command } else { Nature::Assignment });
    };
    let raw = raw_first_word(line);
    let is_plain_name = raw.split('=').next().is_some_and(super::shell::is_name);
    // Behind a value in quotes stands no more of the value.
    let is_quoted = raw.ends_with(['"', '\'']);
    if is_plain_name && raw.contains('=') && program::is_startable(word) && (is_quoted || !program::is_also_word(word))
    {
        return Some(Nature::Command);
    }
    (is_plain_name && !program::is_startable(word) && !word.starts_with(['$', '<', '{'])).then_some({
        let is_program_like =
            word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
                && first.words.len() > 1;
        if is_program_like && !words::is_sentence(line) { Nature::Likely } else { Nature::Assignment }
    })
}

/// `if`, `for`, functions, groups, tests: a shell keyword where a command begins.
fn is_shell_construct(line: &str) -> bool {
    let word = raw_first_word(line);
    let is_function = line.contains("()") && line.trim_end().ends_with('{') || line.contains("() {");
    among!(word, "if" "for" "while" "until" "case" "select" "function" "{" "(" "!" "[" "[[" "((")
        && line.len() > word.len()
        || word.starts_with('(') && word.len() > 1
        || is_function
}

fn compound(statement: &Statement<'_>) -> Nature {
    let is_known = statement
        .commands
        .iter()
        .filter_map(|command| command.texts().next())
        .any(|word| program::is_startable(word) && !matches!(word, "for" | "select"));
    if is_known { Nature::Command } else { Nature::Likely }
}
