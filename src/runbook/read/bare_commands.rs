//! Commands that stand in the text without any mark: "git checkout main", "rsync -av a/ b/".

use super::inline::Inline;

/// The words of a block as its author typed them, if Markdown took some of them for its own: `<host>` for a tag, back ticks
/// for a span. `source` is where the block stands, list mark and all.
#[must_use]
pub fn source<'t>(source: &'t str, inline: &'t Inline) -> &'t str {
    if inline.codes().is_empty() && memchr::memchr(b'<', source.as_bytes()).is_none() {
        return inline.text.as_str();
    }
    let rows = inline.text.trim().lines().count();
    let end = source.match_indices('\n').nth(rows.saturating_sub(1)).map_or(source.len(), |(at, _)| at);
    super::text::skip_list_marker(source[..end].trim())
}

/// A text that is nothing but a command, although nobody marked it as code: "git checkout main", "npm run build;". Words
/// that look alike ("git images sorted", "npm access checked with the baker") name no subcommand, or go on.
#[must_use]
pub fn is_bare_command(text: &str) -> bool {
    let line = text.trim().trim_end_matches(';');
    let mut words = line.split_ascii_whitespace().skip_while(|word| *word == "sudo");
    let (Some(program), Some(verb)) = (words.next(), words.next()) else {
        return false;
    };
    let is_known = SUBCOMMANDS.iter().any(|(name, verbs)| *name == program && verbs.contains(&verb));
    if !is_known {
        return is_shaped_like_command(line);
    }
    let is_said_of = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        PREDICATES.contains(&word.as_str()) || word.len() > 5 && word.ends_with("ed")
    };
    !line.ends_with(['.', '?', '!', ':', ',']) && !words.any(is_said_of) && crate::runbook::code::is_command_line(line)
}

/// A known program with options, pipes or paths behind it: "rsync -av a/ b/", "sudo chown app: /srv/app". A sentence may
/// begin with such a word, but it goes on in words.
fn is_shaped_like_command(line: &str) -> bool {
    if !line.starts_with(|c: char| c.is_ascii_lowercase()) || line.ends_with(['.', '?', '!', ':', ',']) {
        return false;
    }
    let plain = || line.split(['"', '\'']).step_by(2).flat_map(str::split_whitespace);
    let is_option = |word: &str| {
        let name = word.trim_start_matches('-');
        name.len() < word.len() && name.starts_with(|c: char| c.is_ascii_alphanumeric())
    };
    let is_path = |word: &str| {
        word.len() > 1 && word.contains('/') && !word.contains("//") && word.is_ascii() && word != "and/or"
    };
    let is_shaped =
        plain().skip(1).any(|word| is_option(word) || is_path(word) || matches!(word, "|" | "&&" | ">" | ">>"));
    let has = |is: &dyn Fn(&str) -> bool| plain().skip(1).any(is);
    let is_certain = || has(&is_option) && (has(&is_path) || has(&|word| word == "|"));
    is_shaped
        && (crate::runbook::code::begins_with_program(line) || is_certain())
        && !plain()
            .any(|word| PREDICATES.contains(&word) || matches!(word, "a" | "an" | "we" | "you" | "it" | "-" | "–"))
        && crate::runbook::code::is_command_line(line)
}

/// Whether every line of a text is such a command.
#[must_use]
pub fn are_bare_commands(text: &str) -> bool {
    // Nearly every text begins with a capital or a mark.
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.lines().map(str::trim).all(is_bare_command)
}

/// What the programs are told to do that runbooks name without marks.
const SUBCOMMANDS: [(&str, &[&str]); 9] = [
    (
        "git",
        &[
            "add",
            "checkout",
            "cherry-pick",
            "clone",
            "commit",
            "fetch",
            "merge",
            "pull",
            "push",
            "rebase",
            "status",
            "switch",
            "tag",
        ],
    ),
    ("npm", &["audit", "ci", "i", "install", "outdated", "publish", "run", "test", "version"]),
    ("yarn", &["build", "install", "publish", "run", "test", "version"]),
    ("pnpm", &["build", "install", "publish", "run", "test", "version"]),
    ("cargo", &["build", "check", "clippy", "doc", "fmt", "package", "publish", "run", "test", "update"]),
    ("docker", &["build", "compose", "pull", "push", "restart", "run", "stop", "tag"]),
    ("kubectl", &["apply", "create", "delete", "get", "rollout", "scale"]),
    ("systemctl", &["daemon-reload", "disable", "enable", "reload", "restart", "start", "status", "stop"]),
    ("terraform", &["apply", "init", "plan", "validate"]),
];

/// Words that say something of a command instead of being part of it.
#[rustfmt::skip]
const PREDICATES: [&str; 22] = [
    "is", "are", "was", "works", "work", "passes", "pass", "done", "ok", "fails", "runs", "succeeds", "successful", "green",
    "clean", "the", "to", "on", "with", "for", "and", "access",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_commands_are_whole_lines() {
        for line in ["git checkout main", "npm run test", "git add . && git commit -m 'v1'", "git push --tags;"] {
            assert!(is_bare_command(line), "{line}");
        }
        for words in
            ["git images sorted", "npm access checked", "docker build works", "git push to main", "npm ci is green"]
        {
            assert!(!is_bare_command(words), "{words}");
        }
    }

    #[test]
    fn known_programs_with_options_or_paths_are_commands() {
        for line in [
            "sudo -u archive php archive.php maintenance --on",
            "rsync -Aavx shelves/ copy/",
            "mysqldump --single-transaction -h [server] index > index.sql",
            "chown -R www-data:www-data /srv/shelves",
        ] {
            assert!(is_bare_command(line), "{line}");
        }
        for words in [
            "find a shelf that is free - then stop and look",
            "kubectl is what we use - do not touch it",
            "docker and/or podman",
            "ssh keys are in /home/keys",
            "ansible runs --check first.",
        ] {
            assert!(!is_bare_command(words), "{words}");
        }
    }
}
