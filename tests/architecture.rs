//! The arrows of `src/lib.rs`, held by reading the sources: who may use whom, and which crate lives where.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Module → the modules of ours it may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("runbook", &[]),
    ("run", &["runbook"]),
    ("at_once", &[]),
    ("journal", &["at_once", "run", "runbook"]),
    ("exec", &["run", "runbook"]),
    ("session", &["journal", "exec", "run", "runbook"]),
    ("audit", &["at_once", "journal", "exec", "run", "runbook"]),
    ("tui", &["session", "run", "runbook"]),
    ("cli", &["at_once", "tui", "session", "audit", "journal", "exec", "run", "runbook"]),
    ("main", &["cli"]),
];

/// Outside crate → the modules (or single files) that may name it.
const HOMES: &[(&str, &[&str])] = &[
    ("ratatui", &["tui"]),
    ("crossterm", &["tui"]),
    ("vt100", &["tui"]),
    ("tokio", &["tui", "cli"]),
    ("rusqlite", &["journal"]),
    ("zstd", &["journal"]),
    ("duct", &["exec"]),
    ("pty_process", &["exec"]),
    ("aho_corasick", &["exec", "runbook"]),
    ("pulldown_cmark", &["runbook", "tui"]),
    ("tree_sitter", &["runbook"]),
    ("tree_sitter_bash", &["runbook"]),
    ("encoding_rs", &["runbook"]),
    ("html5gum", &["runbook/import"]),
    ("serde_yaml", &["runbook/yaml", "tui/theme", "cli/config"]),
    ("clap", &["cli", "main"]),
    ("directories", &["cli"]),
    ("annotate_snippets", &["cli"]),
];

/// What the two pure modules may never touch.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::io",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::SystemTime",
    "std::time::Instant",
    "Utc::now",
    "Local::now",
    "rustix",
    "getrandom",
];

/// Lines above which a source file must be split.
const LONGEST_FILE: usize = 600;

struct Source {
    /// Path below `src` without the extension: `run/decide`.
    name: String,
    text: String,
}

impl Source {
    fn module(&self) -> &str {
        self.name.split('/').next().unwrap_or(&self.name)
    }

    /// Lines of code: comments and the unit tests at the end of the file do not count for the arrows.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
            .map(|(i, line)| (i + 1, line))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the sources can be read") {
            let path: PathBuf = entry.expect("the sources can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path
                    .strip_prefix(&root)
                    .expect("the sources can be read")
                    .with_extension("")
                    .to_string_lossy()
                    .into_owned();
                sources.push(Source { name, text: fs::read_to_string(&path).expect("the sources can be read") });
            }
        }
    }
    assert!(sources.len() > 10, "the sources were found");
    sources
}

/// Modules of ours that a line of code names: `crate::x`, `gonogo::x`.
fn named_modules(line: &str) -> Vec<&str> {
    let mut named = Vec::new();
    for prefix in ["crate::", "gonogo::"] {
        let mut rest = line;
        while let Some(at) = rest.find(prefix) {
            rest = &rest[at + prefix.len()..];
            if let Some(inner) = rest.strip_prefix('{') {
                let list = inner.split('}').next().unwrap_or(inner);
                named.extend(list.split(',').map(|item| first_word(item.trim())));
            } else {
                named.push(first_word(rest));
            }
        }
    }
    named
}

fn first_word(text: &str) -> &str {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or("")
}

fn names_crate(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = &line[at + name.len()..];
        !before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
            && (after.starts_with("::") || (line.trim_start().starts_with("use ") && after.starts_with(';')))
    })
}

#[test]
fn modules_use_only_what_the_arrows_allow() {
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.name != "lib") {
        let allowed = arrows.get(source.module()).unwrap_or_else(|| panic!("{} is in no arrow", source.name));
        for (number, line) in source.code() {
            for module in named_modules(line) {
                if arrows.contains_key(module) && module != source.module() && !allowed.contains(&module) {
                    wrong.push(format!("src/{}.rs:{number} uses {module}", source.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "against the arrows of src/lib.rs:\n{}", wrong.join("\n"));
}

#[test]
fn outside_crates_stay_in_their_home() {
    let mut wrong = Vec::new();
    for source in &sources() {
        for (number, line) in source.code() {
            for (name, homes) in HOMES {
                let at_home =
                    homes.iter().any(|home| source.name == *home || source.name.starts_with(&format!("{home}/")));
                if !at_home && names_crate(line, name) {
                    wrong.push(format!("src/{}.rs:{number} uses {name}, which belongs to {homes:?}", source.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_core_is_pure() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| matches!(source.module(), "runbook" | "run")) {
        for (number, line) in source.code() {
            for impure in IMPURE.iter().filter(|impure| line.contains(**impure)) {
                wrong.push(format!("src/{}.rs:{number} touches {impure}", source.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_fit_in_the_head() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|source| source.text.lines().count() > LONGEST_FILE)
        .map(|source| format!("src/{}.rs: {} lines", source.name, source.text.lines().count()))
        .collect();
    assert!(long.is_empty(), "split these: {}", long.join(", "));
}

#[test]
fn the_architecture_is_told_in_eighty_lines() {
    let lib = sources().into_iter().find(|source| source.name == "lib").expect("src/lib.rs");
    assert!(lib.text.lines().count() <= 80, "src/lib.rs has {} lines", lib.text.lines().count());
    for (module, _) in ARROWS {
        assert!(lib.text.contains(module), "src/lib.rs does not speak of {module}");
    }
}

#[test]
fn the_checks_can_fail() {
    assert_eq!(named_modules("use crate::{journal::Journal, run};"), ["journal", "run"]);
    assert_eq!(named_modules("let x = crate::exec::start();"), ["exec"]);
    assert!(names_crate("use rusqlite::Connection;", "rusqlite"));
    assert!(names_crate("    rusqlite::ffi::X", "rusqlite"));
    assert!(!names_crate("let my_rusqlite = 1;", "rusqlite"));
}
