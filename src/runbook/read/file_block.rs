//! `{file=PATH}` behind a fence's marks: the author says that the block's lines are written to a file.
//!
//! What is shown is what runs: the block becomes the here-document that writes it, so that review, journal and record need to
//! know nothing more. It never guesses a path, and it writes nothing itself.

use super::blocks::fence_mark;
use crate::runbook::{BlockKind, BlockOptions};

/// Why a block cannot be written as it stands, and what its author can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub message: String,
    pub hint: &'static str,
}

fn refused<T>(message: impl Into<String>, hint: &'static str) -> Result<T, Refused> {
    Err(Refused { message: message.into(), hint })
}

/// The shell text that writes `content` to the file of the options. `source` is the block with its marks.
///
/// # Errors
/// When there is no file or no content, when the path is more than names can say, or when the marks leave open where the
/// content ends.
pub fn here_document(options: &BlockOptions, content: &str, source: &str) -> Result<String, Refused> {
    let path = options.file.as_deref().unwrap_or_default();
    let target = target(path)?;
    if options.kind == Some(BlockKind::Output) {
        return refused(
            format!("this cannot be what is printed (kind=output) and what is written to {path}"),
            "take one of the two away",
        );
    }
    if content.trim().is_empty() {
        return refused(
            format!("there is nothing to write to {path}"),
            "put the file's lines into the block, or make an empty file with `: > PATH` in a block of bash",
        );
    }
    if !is_whole(content, source) {
        return refused(
            format!("it is open where the lines for {path} end"),
            "close the fence with its own marks, or open and close it with more marks than its lines hold",
        );
    }
    let end = delimiter(content);
    let line_end = if content.ends_with('\n') { "" } else { "\n" };
    Ok(format!("cat > {target} <<'{end}'\n{content}{line_end}{end}"))
}

/// The path as a word of the shell. `~/` at its head and `$name` are expanded, everything else stands for itself.
fn target(path: &str) -> Result<String, Refused> {
    const NAMES: &str = "write the path itself, with $name or a placeholder such as <name> where it is not fixed";
    if path.is_empty() {
        return refused("file= names no file", "write {file=PATH}");
    }
    if path.ends_with('/') || matches!(path, "~" | "." | "..") || path.ends_with("/.") || path.ends_with("/..") {
        return refused(format!("`{path}` is a folder"), "name the file in it");
    }
    if path.contains(|c: char| c.is_control()) {
        return refused("the path of file= holds a control character", NAMES);
    }
    if path.contains('`') {
        return refused(format!("the path `{path}` runs a command"), NAMES);
    }
    let (home, rest) = path.split_at(home(path));
    if rest.contains('$') {
        let Some(quoted) = in_double_quotes(rest) else {
            return refused(format!("the path `{path}` is computed"), NAMES);
        };
        return Ok(format!("{home}\"{quoted}\""));
    }
    Ok(format!("{home}'{}'", rest.replace('\'', "'\\''")))
}

/// Bytes of `~/` or `~name/` at the head of a path.
fn home(path: &str) -> usize {
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    let name = path.strip_prefix('~').and_then(|rest| rest.split_once('/')).map(|(name, _)| name);
    name.filter(|name| is_name(name)).map_or(0, |name| name.len() + 2)
}

/// `None` when the path has more of a variable than its name.
fn in_double_quotes(path: &str) -> Option<String> {
    let mut quoted = String::with_capacity(path.len() + 8);
    let mut rest = path;
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        match c {
            '$' => {
                length = variable(rest)?;
                quoted.push_str(&rest[..length]);
            }
            '\\' if rest[1..].starts_with('$') => {
                length = 2;
                quoted.push_str("\\$");
            }
            '\\' | '"' => quoted.extend(['\\', c]),
            c => quoted.push(c),
        }
        rest = &rest[length..];
    }
    Some(quoted)
}

/// Bytes of `$name` or `${name}` that a text begins with.
fn variable(text: &str) -> Option<usize> {
    let bare = text.strip_prefix("${").or_else(|| text.strip_prefix('$'))?;
    let open = text.len() - bare.len();
    let length = bare.bytes().position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'_')).unwrap_or(bare.len());
    let is_name = bare.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let is_closed = open == 1 || bare[length..].starts_with('}');
    (is_name && is_closed).then_some(open + length + (open - 1))
}

/// Whether a fence is closed by its own marks, and no line in it looks as if another one began there: then an end was
/// forgotten, and what stands behind it would be written as well.
fn is_whole(content: &str, source: &str) -> bool {
    let mut rows = source.trim_end().lines();
    let first = rows.next().and_then(|row| fence_mark(row.trim_start()));
    let last = rows.next_back().unwrap_or("").trim_start_matches([' ', '\t', '>']).trim_end();
    let Some((mark, width)) = first else {
        return false;
    };
    let is_alike = |row: &str| fence_mark(row).filter(|(other, length)| *other == mark && *length >= width);
    is_alike(last).is_some_and(|(_, length)| last.len() == length)
        && !content.lines().any(|line| is_alike(line.trim_start()).is_some())
}

/// A word that is no line of the text, also without the blanks around it.
fn delimiter(text: &str) -> String {
    let is_line = |word: &str| text.lines().any(|line| line.trim() == word);
    let mut word = "EOF".to_owned();
    let mut count = 0;
    while is_line(&word) {
        count += 1;
        word = format!("EOF_{count}");
    }
    word
}

#[cfg(test)]
mod tests {
    use super::{delimiter, here_document, is_whole, target};
    use crate::runbook::BlockOptions;

    #[test]
    fn a_path_is_one_word_that_expands_homes_and_variables_only() {
        let cases = [
            ("conf/app.yaml", "'conf/app.yaml'"),
            ("/etc/my app/it's.conf", "'/etc/my app/it'\\''s.conf'"),
            ("~/.config/app.toml", "~/'.config/app.toml'"),
            ("~deploy/app.toml", "~deploy/'app.toml'"),
            ("a~/b", "'a~/b'"),
            ("conf/$env.yaml", "\"conf/$env.yaml\""),
            ("~/${env}/a\"b\\c", "~/\"${env}/a\\\"b\\\\c\""),
            ("price\\$list", "\"price\\$list\""),
            ("<env>/app.yaml", "'<env>/app.yaml'"),
            ("-n", "'-n'"),
            ("a;rm -rf b", "'a;rm -rf b'"),
            ("*.conf", "'*.conf'"),
        ];
        for (path, word) in cases {
            assert_eq!(target(path).as_deref(), Ok(word), "{path}");
        }
        for path in [
            "",
            "conf/",
            "~",
            "~/",
            "a/..",
            "a\nb",
            "`id`",
            "$(id)/x",
            "${env:-x}",
            "$1",
            "$$",
            "a$",
            "${env",
            "$env$(",
        ] {
            assert!(target(path).is_err(), "{path}");
        }
    }

    #[test]
    fn no_line_of_the_content_ends_it() {
        assert_eq!(delimiter("a\nEOFS\n"), "EOF");
        assert_eq!(delimiter("a\n EOF\n"), "EOF_1");
        assert_eq!(delimiter("EOF\nEOF_1\t\n"), "EOF_2");
        let options = BlockOptions { file: Some("x".into()), ..BlockOptions::default() };
        let text = here_document(&options, "EOF\n$HOME `id`\\\n", "```\nEOF\n$HOME `id`\\\n```");
        assert_eq!(text.as_deref(), Ok("cat > 'x' <<'EOF_1'\nEOF\n$HOME `id`\\\nEOF_1"));
    }

    #[test]
    fn a_fence_has_to_be_closed_for_certain() {
        assert!(is_whole("a\n", "```\na\n```"));
        assert!(is_whole("a\n", "```\n> a\n> ```"));
        assert!(is_whole("```sh\na\n```\n", "````md\n```sh\na\n```\n````"));
        assert!(is_whole("```sh\n", "~~~md\n```sh\n~~~~"));
        assert!(!is_whole("a\n", "```\na"));
        assert!(!is_whole("a```\n", "```\na```"));
        assert!(!is_whole("a\n\n```bash\nrm x\n", "```yaml {file=x}\na\n\n```bash\nrm x\n```"));
    }
}
