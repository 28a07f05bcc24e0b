//! The operator's editor: its way to open a file at a line. It starts nothing.

use std::path::Path;
use std::process::Command;

/// The editor's way to open a file at a line.
#[must_use]
pub fn editor_command(editor: &str, file: &Path, line: u32) -> Option<Command> {
    let mut words = editor.split_whitespace();
    let program = words.next()?;
    let mut command = Command::new(program);
    command.args(words);
    let name = Path::new(program).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let at = format!("{}:{line}", file.display());
    match name.as_str() {
        "code" | "codium" => command.args(["--wait", "--goto", &at]),
        "hx" | "helix" | "subl" | "zed" => command.arg(at),
        "vi" | "vim" | "nvim" | "view" | "nano" | "emacs" | "emacsclient" | "kak" | "micro" | "joe" | "ne" => {
            command.arg(format!("+{line}")).arg(file)
        }
        _ => command.arg(file),
    };
    Some(command)
}
