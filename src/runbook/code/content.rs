//! What the words around a block say about it: a file's content, a template, or something to do with it.
//!
//! It reads the lead-in, titles and the comments inside a block; it never looks at statements.

use super::program;
use crate::runbook::code::words::{self, among, begins};
use crate::runbook::letters::holds;

/// What the lead-in says a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announced {
    Nothing,
    /// The content of a file: "add to `x`:".
    File,
    /// A message or form to be copied.
    Template,
}

/// Judges the text before a block.
#[must_use]
pub fn announced(lead_in: &str) -> Announced {
    let last = last_sentence(lead_in);
    let lower = last.to_lowercase();
    if lower.is_empty() {
        return Announced::Nothing;
    }
    if is_template(&lower) {
        return Announced::Template;
    }
    if names_file(last, &lower) { Announced::File } else { Announced::Nothing }
}

fn last_sentence(text: &str) -> &str {
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("");
    let body = without_example(line.trim_end_matches([':', '.', ' ', '*', '_', '：']));
    words::last_sentence(body).trim_start_matches(['*', '_', '-', ' '])
}

/// "Set the variables (e.g. in `~/.bashrc`)": the file is one of several places, and no place at all is one too.
fn without_example(sentence: &str) -> &str {
    let begins = |inside: &str| {
        let lower = inside.trim_start().to_lowercase();
        ["e.g", "eg ", "eg.", "for example", "z.b", "z. b", "par ex", "p. ej", "p.ej", "por ej", "por ex"]
            .iter()
            .any(|start| lower.starts_with(start))
    };
    match sentence.rsplit_once('(') {
        Some((before, inside)) if begins(inside) && sentence.trim_end().ends_with(')') => before.trim_end(),
        Some(_) | None => sentence,
    }
}

/// Whether the words before a block are a whole sentence that does not point to what follows: then shell behind it is
/// the next thing to do, and no content.
#[must_use]
pub fn is_closed(lead_in: &str) -> bool {
    let last = last_sentence(lead_in).to_lowercase();
    lead_in.trim_end().ends_with('.') && !holds!(&last, "follow" "this " "these " "below" "line" "entry" "content")
}

fn is_template(lower: &str) -> bool {
    holds!(lower, "template" "announcement" "message to" "email to" "slack message" "post in slack"
            "vorlage" "mensaje" "modèle" "example message" "release notes format")
        && !lower.contains("run")
}

/// Whether the sentence is a file's name or asks to put something into a file.
fn names_file(sentence: &str, lower: &str) -> bool {
    if asks_to_run(lower) {
        return false;
    }
    let tokens =
        || sentence.split_whitespace().map(|word| word.trim_matches(['`', '*', '(', ')', ',', '"', '\'', ':']));
    let mut first = tokens();
    let is_name_only = match (first.next(), first.next(), first.next()) {
        (Some(name), None, None) => is_file_name(name),
        (Some(word), Some(name), None) => {
            matches!(word.to_lowercase().as_str(), "file" | "datei" | "in" | "fichier") && is_file_name(name)
        }
        _ => false,
    };
    let has_file = || {
        tokens().any(is_file_name)
            || holds!(lower, "crontab" "config file" "configuration file" "env file" "systemd unit" "unit file"
            "pg_hba")
    };
    let asks = || {
        lower.split([' ', '*', '`']).any(|word| {
            begins!(word, "add" "append" "paste" "insert" "put" "edit" "creat" "modify" "save" "write" "update"
            "set" "open" "configure" "change" "replace" "define" "ensure" "agregar" "crear" "ajoute"
            "modifie" "crée" "bearbeite" "füge" "erstelle" "anlegen")
        }) || holds!(lower, "追加" "编辑" "編集" "创建" "作成")
    };
    let is_content = || {
        holds!(lower, "content" "follow" " line")
            && holds!(lower, "content of" "contents of" "following content" "following line" "these lines"
            "this line" "following entry" "following to your" "with the following values"
            "looks as follows")
    };
    is_name_only || asks() && has_file() || is_content()
}

fn asks_to_run(lower: &str) -> bool {
    lower.split(|c: char| !c.is_alphanumeric()).any(|word| {
        among!(word, "run" "execute" "running" "apply" "then" "restart" "command" "commands" "by" "using"
            "script" "copy" "verify" "check")
    })
}

/// Whether a word is the name of a file, not of a folder, program or host.
#[must_use]
pub fn is_file_name(word: &str) -> bool {
    let name = program::base(word);
    let is_dotfile = name.len() > 2
        && name.starts_with('.')
        && name[1..].starts_with(|c: char| c.is_ascii_alphabetic())
        && !name.starts_with("..");
    let dot = name.bytes().rposition(|byte| byte == b'.').filter(|dot| *dot > 0);
    let extension = dot.map_or("", |dot| &name[dot + 1..]);
    let is_typed = among!(extension, "env" "conf" "cnf" "cfg" "ini" "yml" "yaml" "json" "toml" "xml" "sh" "bash" "py"
            "rb" "js" "ts" "tf" "tfvars" "hcl" "properties" "service" "timer" "socket" "txt" "md"
            "sql" "list" "rules" "local" "production" "example" "template" "config" "repo" "php"
            "go" "rs" "java" "html" "css" "nginx" "mount" "target" "network" "lock" "plist" "pem"
            "sudoers");
    let is_rooted = word.starts_with("/etc/") || word.starts_with("~/.") && !word.ends_with('/');
    let is_named = among!(name, "Dockerfile" "Makefile" "Caddyfile" "Procfile" "Jenkinsfile" "Vagrantfile" "crontab"
            "sudoers" "fstab" "hosts" "sshd_config" "authorized_keys");
    (is_dotfile || is_typed || is_rooted || is_named)
        && !word.ends_with('/')
        && !word.contains("://")
        && !word.contains('@')
}

/// Whether the name of a file is one of a script, which may be started.
#[must_use]
pub fn is_script_name(word: &str) -> bool {
    let name = program::base(word);
    among!(name.rsplit_once('.').map_or("", |(_, extension)| extension), "sh" "bash" "py" "rb" "js" "ts" "php" "go" "pl")
}

/// Whether the text of a block names the file that the lead-in is about: then the block works on it.
#[must_use]
pub fn works_on_file(lead_in: &str, text: &str) -> bool {
    last_sentence(lead_in)
        .split_whitespace()
        .map(|word| program::base(word.trim_matches(['`', '*', '(', ')', ',', '"', '\'', ':'])))
        .any(|name| is_file_name(name) && text.contains(name))
}

/// Whether a file that the lead-in names can hold shell commands, so that commands may be its content.
#[must_use]
pub fn may_hold_commands(lead_in: &str) -> bool {
    let sentence = last_sentence(lead_in);
    let mut names = sentence
        .split_whitespace()
        .map(|word| program::base(word.trim_matches(['`', '*', '(', ')', ',', '"', '\'', ':'])));
    names.any(|name| {
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        is_file_name(name)
            && (among!(extension, "sh" "bash" "zsh" "bashrc" "zshrc" "profile" "bash_profile" "bash_aliases" "zprofile" "envrc")
                || name.ends_with("rc")
                || among!(name, "Makefile" "Procfile" "crontab" "profile"))
    }) || holds!(&sentence.to_lowercase(), "crontab" "following line" "these lines" "this line" "contents of" "content of")
}

/// Whether a comment inside a block says that the lines below it go into a file.
#[must_use]
pub fn comment_names_file(comment: &str) -> bool {
    let body = comment.trim_start_matches(['#', ' ']);
    let lower = body.to_lowercase();
    let asks = ["add", "append", "paste", "insert", "put", "edit", "update", "set", "in", "change", "modify"]
        .iter()
        .any(|verb| lower.split_whitespace().next() == Some(verb));
    let has_line = holds!(&lower, "this line" "these lines" "following line" "the line" "this entry" "following entry"
            "add this" "these values" "following values" "these settings" "following settings");
    let has_file = body.split_whitespace().any(|word| {
        is_file_name(word.trim_matches(['`', '(', ')', ',', '"', '\'', ':', '.']))
            || is_file_name(word.trim_end_matches([':', ',', '.']))
    });
    asks && (has_line || has_file)
}

/// Whether a block of code holds text of the document around it: a sentence with a code span, a numbered sentence or a
/// subheading behind a blank line. Then a fence before it was never closed, or two fences have changed places.
#[must_use]
pub fn holds_document(text: &str) -> bool {
    let mut before_is_blank = false;
    text.lines().any(|line| {
        let trimmed = line.trim();
        let is_document =
            has_span(trimmed) || before_is_blank && (is_numbered_sentence(trimmed) || is_subheading(trimmed));
        before_is_blank = trimmed.is_empty();
        is_document
    })
}

/// A sentence that ends in a command in back ticks: capital, words, and a span at the end or before a full stop.
fn has_span(line: &str) -> bool {
    let body = line.trim_end_matches(['.', ':', ',']);
    let Some((words, _)) = body.strip_suffix('`').and_then(|body| body.rsplit_once('`')) else {
        return false;
    };
    let words = words.trim_end();
    words.starts_with(|first: char| first.is_uppercase())
        && words.split_whitespace().count() > 2
        && !words.contains(['$', '"', '\'', '=', '|', ';', '`'])
}

fn is_numbered_sentence(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &line[digits..];
    (1..=2).contains(&digits)
        && rest.starts_with(". ")
        && rest[2..].starts_with(|first: char| first.is_uppercase())
        && rest.split_whitespace().count() > 3
}

fn is_subheading(line: &str) -> bool {
    let marks = line.bytes().take_while(|byte| *byte == b'#').count();
    (2..=4).contains(&marks)
        && line[marks..].starts_with(' ')
        && line[marks + 1..].starts_with(|first: char| first.is_ascii_digit())
        && line[marks..].contains(". ")
}

#[cfg(test)]
mod tests {
    use super::{Announced, announced, comment_names_file, holds_document};

    #[test]
    fn text_of_the_document_inside_code() {
        for text in [
            "apt update\nStart the service again. Command: `systemctl start bells`\n",
            "apt update\n\n2. Look at the list of packages\n",
            "apt update\n\n### 2. Then the rest\n",
        ] {
            assert!(holds_document(text), "{text}");
        }
        for text in [
            "# Use `make`\nmake\n",
            "echo \"Run `make`\"\n",
            "x=`date`\nWHO=`whoami`\n",
            "## Step 2\nmake\n",
            "apt update\n# 1. Backup\ntar c\n",
        ] {
            assert!(!holds_document(text), "{text}");
        }
    }

    #[test]
    fn files_and_templates_are_announced() {
        for text in [
            "Edit `/opt/app/.env` with the following values:",
            "Create production `.env`:",
            "Add to `/etc/crontab`:",
            "**`nginx.conf`**:",
            "backup.sh",
            "Contents of the unit:",
            "Append the following lines:",
            "Add this line to your crontab:",
            "Create `.github/workflows/ci.yml`:",
            "Save it. Update `config.yaml`:",
            "Füge in `.env` ein:",
        ] {
            assert_eq!(announced(text), Announced::File, "{text}");
        }
        assert_eq!(announced("Slack message template:"), Announced::Template);
        for text in [
            "",
            "Run the migration:",
            "Create the network:",
            "Create `.env`, then run:",
            "Copy the template to `.env`",
            "Add your user to the `docker` group:",
            "Run `backup.sh`:",
            "Restart:",
        ] {
            assert_ne!(announced(text), Announced::File, "{text}");
        }
    }

    #[test]
    fn comments_about_files() {
        for text in ["# Add this line:", "# Update DATABASE_URL in .env", "# In postgresql.conf", "# edit /etc/hosts:"]
        {
            assert!(comment_names_file(text), "{text}");
        }
        for text in ["# Add the repository", "# Install nginx", "# Update packages", "# Daily backup"] {
            assert!(!comment_names_file(text), "{text}");
        }
    }
}
