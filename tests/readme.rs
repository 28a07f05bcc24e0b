//! The README is true: its keys are the program's, its commands run, its example is clean.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("the README is there")
}

fn gonogo(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gonogo"))
        .arg("--journal")
        .arg(folder.join("state/journal.db"))
        .args(arguments)
        .current_dir(folder)
        .env("TMPDIR", folder)
        .output()
        .expect("gonogo starts")
}

/// The lines of a fenced block that begin with a prompt, of all blocks tagged `console`.
fn commands(readme: &str) -> Vec<String> {
    let mut inside = false;
    let mut commands = Vec::new();
    for line in readme.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            _ if inside => commands.extend(line.strip_prefix("$ ").map(str::to_owned)),
            _ => {}
        }
    }
    commands
}

#[test]
fn its_keys_are_the_keys_of_the_program() {
    let readme = readme();
    let section =
        readme.split("<!-- keys -->\n").nth(1).and_then(|rest| rest.split("\n<!-- /keys -->").next()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let keys = gonogo(folder.path(), &["keys", "--format", "md"]);
    assert_eq!(
        section,
        String::from_utf8(keys.stdout).unwrap().trim_end(),
        "`gonogo keys --format md` writes the section"
    );
}

#[test]
fn its_table_of_problems_is_the_table_of_the_program() {
    let readme = readme();
    let section =
        readme.split("<!-- checks -->\n").nth(1).and_then(|rest| rest.split("\n<!-- /checks -->").next()).unwrap();
    let rows = gonogo::runbook::CODES
        .iter()
        .map(|(code, severity, meaning)| format!("| `{code}` | {} | {meaning} |", severity.word()));
    let head = ["| code | severity | what it says |", "| --- | --- | --- |"].map(str::to_owned);
    let table: Vec<String> = head.into_iter().chain(rows).collect();
    assert_eq!(section.lines().collect::<Vec<_>>(), table);
}

#[test]
fn its_commands_run() {
    let folder = tempfile::tempdir().unwrap();
    let ci = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/run")).unwrap();
    let (mut run, mut tried) = (String::new(), 0);
    for command in commands(&readme()) {
        if command == "cargo test" {
            // The command that runs this very test.
            assert!(ci.lines().any(|line| line == command), ".ci/run runs `cargo test`");
            continue;
        }
        let line = command.replace("cargo run --release -- ", "gonogo ").replace("RUN", &run);
        let mut words = line.split(' ');
        assert_eq!(words.next(), Some("gonogo"), "{command} is a command of ours");
        let output = gonogo(folder.path(), &words.collect::<Vec<_>>());
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{command}: {said}{}", String::from_utf8_lossy(&output.stderr));
        if run.is_empty() {
            let runs = gonogo(folder.path(), &["runs"]);
            run = String::from_utf8_lossy(&runs.stdout).split_whitespace().next().unwrap_or_default().to_owned();
        }
        tried += 1;
    }
    assert!(tried >= 6, "{tried} commands were found");
}

#[test]
fn its_example_is_clean() {
    let readme = readme();
    let example = readme.split("````markdown\n").nth(1).and_then(|rest| rest.split("````").next()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("example.md"), example).unwrap();
    let checked = gonogo(folder.path(), &["check", "example.md"]);
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success(), "{said}");
    assert!(said.contains("1 phases, 1 steps; 0 errors, 0 warnings, 0 hints"), "{said}");
    let plan = gonogo(folder.path(), &["plan", "example.md"]);
    let plan = String::from_utf8_lossy(&plan.stdout).into_owned();
    assert!(plan.contains("critical") && plan.contains("pass when"), "{plan}");
}
