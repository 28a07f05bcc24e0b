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

/// Runs a line as a reader would, with the program on the path.
fn as_typed(folder: &Path, line: &str) -> Output {
    let bin = Path::new(env!("CARGO_BIN_EXE_gonogo")).parent().expect("the program lies in a folder");
    Command::new("sh")
        .args(["-c", &format!("PATH='{}':\"$PATH\"\n{line}", bin.display())])
        .current_dir(folder)
        .env("GONOGO_JOURNAL", folder.join("state/journal.db"))
        .env("TMPDIR", folder)
        .env("HOME", folder)
        .env("GONOGO_KEY", folder.join("id_alice"))
        .env("GONOGO_SIGNER", "alice@example.org")
        .output()
        .expect("there is a shell")
}

/// What a reader has before they begin: a key, and a list of whom they trust.
fn reader(folder: &Path) {
    let key = folder.join("id_alice");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status();
    assert!(made.expect("ssh-keygen starts").success());
    let public = fs::read_to_string(key.with_extension("pub")).expect("its public half");
    let words: Vec<&str> = public.split(' ').take(2).collect();
    let line = format!("alice@example.org namespaces=\"gonogo-v1,gonogo-export-v1\" {}\n", words.join(" "));
    fs::write(folder.join("my_signers"), line).expect("the list is written");
}

#[test]
fn its_commands_run() {
    let folder = tempfile::tempdir().unwrap();
    let ci = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/run")).unwrap();
    reader(folder.path());
    let (mut run, mut tried) = (String::new(), 0);
    for command in commands(&readme()) {
        if command == "cargo test" {
            // The command that runs this very test.
            assert!(ci.lines().any(|line| line == command), ".ci/run runs `cargo test`");
            continue;
        }
        let line = command.replace("cargo run --release -- ", "gonogo ").replace("RUN", &run);
        let ours = line.starts_with("gonogo ") || line.starts_with("(cd bundle && ");
        assert!(ours, "{command} is a command of ours, or checks a bundle without us");
        let output = as_typed(folder.path(), &line);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{command}: {said}{}", String::from_utf8_lossy(&output.stderr));
        if run.is_empty() {
            let runs = gonogo(folder.path(), &["runs"]);
            run = String::from_utf8_lossy(&runs.stdout).split_whitespace().next().unwrap_or_default().to_owned();
        }
        tried += 1;
    }
    assert!(tried >= 12, "{tried} commands were found");
}

#[test]
fn its_installation_is_what_ci_does() {
    let ci = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/run")).unwrap();
    let readme = readme();
    let blocks: Vec<&str> =
        readme.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()).collect::<Vec<_>>();
    assert_eq!(blocks.len(), 2, "installing, and building without shared libraries");
    let folder = tempfile::tempdir().unwrap();
    for line in blocks.iter().flat_map(|block| block.lines()) {
        if let Some(cargo) = line.strip_prefix("cargo ") {
            assert!(ci.contains(cargo), ".ci/run does: {line}");
        } else if line.starts_with("gonogo ") {
            let line = line.replace("~/", "./");
            let made = as_typed(folder.path(), &format!("mkdir -p \"$(dirname '{}')\" && {line}", target(&line)));
            assert!(made.status.success(), "{line}: {}", String::from_utf8_lossy(&made.stderr));
            assert!(fs::metadata(folder.path().join(target(&line))).unwrap().len() > 1000, "{line}");
        } else {
            assert!(ci.contains(line), ".ci/run does: {line}");
        }
    }
}

/// The file that a line writes to.
fn target(line: &str) -> &str {
    line.split("> ").nth(1).expect("the line writes to a file")
}

#[test]
fn its_snippets_are_clean() {
    let readme = readme();
    let snippets: Vec<&str> =
        readme.split("````markdown\n").skip(1).filter_map(|rest| rest.split("````").next()).collect();
    assert!(snippets.len() >= 2);
    let folder = tempfile::tempdir().unwrap();
    for (at, snippet) in snippets.iter().enumerate() {
        let file = format!("snippet-{at}.md");
        fs::write(folder.path().join(&file), snippet).unwrap();
        let checked = gonogo(folder.path(), &["check", &file]);
        let said = String::from_utf8_lossy(&checked.stdout).into_owned();
        assert!(said.contains("; 0 errors, 0 warnings, 0 hints"), "{said}");
    }
}

#[test]
fn every_command_shows_examples() {
    let folder = tempfile::tempdir().unwrap();
    let help = String::from_utf8(gonogo(folder.path(), &["--help"]).stdout).unwrap();
    let listed = help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("commands");
    let names: Vec<&str> = listed
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        let help = gonogo(folder.path(), &[name, "--help"]);
        let help = String::from_utf8_lossy(&help.stdout).into_owned();
        assert!(help.contains("Examples:\n  gonogo "), "gonogo {name} --help shows examples: {help}");
    }
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
    assert!(said.contains("1 phase, 1 step; 0 errors, 0 warnings, 0 hints"), "{said}");
    let plan = gonogo(folder.path(), &["plan", "example.md"]);
    let plan = String::from_utf8_lossy(&plan.stdout).into_owned();
    assert!(plan.contains("critical") && plan.contains("pass when"), "{plan}");
}
