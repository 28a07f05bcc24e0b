//! The whole program under limits of the system: small files, few descriptors, little memory. What it cannot do it says.

use crate::home::Home;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Output, Stdio};

fn settings(variable: &str, usually: usize) -> usize {
    std::env::var(variable).ok().and_then(|times| times.parse().ok()).unwrap_or(usually)
}

/// Runs the program in a shell that has lowered a limit for itself.
fn limited(home: &Home, limit: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new("bash");
    // A parent may have had the signal ignored; a shell that is started by hand has not.
    let script = format!("ulimit {limit} || exit 99; exec \"$@\"");
    command.args(["-c", &script, "sh", "env", "--default-signal=XFSZ", env!("CARGO_BIN_EXE_gonogo")]).args(arguments);
    command.current_dir(home.folder.path()).env_clear().stdin(Stdio::null());
    for (name, value) in home.command(&[]).get_envs() {
        command.env(name, value.unwrap());
    }
    command.output().unwrap()
}

/// A runbook whose commands print enough to fill files.
fn book() -> String {
    let mut text = "# Limits\n\n## Work\n\n".to_owned();
    for number in 1..=12 {
        text.push_str(&format!(
            "- [ ] Step {number}\n\n  ```sh\n  echo {number} >> \"$DID\"; head -c 100000 /dev/urandom | base64\n  ```\n"
        ));
    }
    text
}

/// What must hold after any of it: the journal verifies, and knows of everything that was done.
fn check(home: &Home, place: &str) {
    if !home.journal().exists() {
        assert_eq!(home.did(), Vec::<String>::new(), "{place}: something was done and nothing recorded");
        return;
    }
    let listed = home.call(&["runs", "--format", "json"]);
    let begun = listed.exit == Some(0) && !listed.json()["runs"].as_array().unwrap().is_empty();
    if !begun {
        assert_eq!(home.did(), Vec::<String>::new(), "{place}: {listed:?}");
        return;
    }
    let run = listed.json()["runs"][0]["run"].as_str().unwrap().to_owned();
    let verified = home.call(&["verify", &run]);
    assert_eq!(verified.exit, Some(0), "{place}: {verified:?}");
    let intended = home.call(&["show", &run, "--events"]).out.matches("\"kind\":\"attempt_intended\"").count();
    assert!(home.did().len() <= intended, "{place}: {:?} done, {intended} recorded", home.did());
}

/// Whether it ended by itself, in a way that it documents.
fn ended_well(output: &Output, place: &str) {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.signal(), None, "{place}: {said}");
    assert!(!said.contains("panicked"), "{place}: {said}");
    assert!(matches!(output.status.code(), Some(0 | 1 | 4 | 6)), "{place}: {:?} {said}", output.status);
    assert!(output.status.code() != Some(6) || said.contains("gonogo: "), "{place}: nothing is said");
}

#[test]
fn no_limit_on_files_or_descriptors_ends_it_by_a_signal() {
    let each = settings("GONOGO_LIMITS", 3);
    for n in 0..each {
        for limit in [format!("-f {}", 1 + n * 3000 / each), format!("-n {}", 5 + n * 30 / each)] {
            let home = Home::new();
            home.write("limits.md", book());
            ended_well(&limited(&home, &limit, &["exec", "limits.md"]), &limit);
            check(&home, &limit);
        }
    }
    if std::env::var("GONOGO_FIGURES").is_ok() {
        let said = format!(
            "FIGURES limits: {each} sizes of files and {each} numbers of descriptors, 0 ended by a signal, 0 corrupt\n"
        );
        std::io::stderr().write_all(said.as_bytes()).unwrap();
    }
}

/// Where memory runs out a Rust program aborts, whatever it does: then nothing is lost that was recorded.
#[test]
fn little_memory_corrupts_nothing() {
    let home = Home::new();
    let works = |kib: usize| limited(&home, &format!("-v {kib}"), &["--version"]).status.success();
    let least = (1..400).map(|step| step * 4096).find(|kib| works(*kib)).expect("it works with enough memory");
    let each = settings("GONOGO_LIMITS", 3);
    let (mut aborted, mut whole) = (0, 0);
    for n in 0..each {
        let limit = format!("-v {}", least + n * 524_288 / each);
        let home = Home::new();
        home.write("limits.md", book());
        let output = limited(&home, &limit, &["exec", "limits.md"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.signal().is_some() || said.contains("panicked") {
            assert!(
                said.contains("memory allocation") || said.contains("spawn thread"),
                "{limit}: {:?} {said}",
                output.status
            );
            aborted += 1;
        } else {
            ended_well(&output, &limit);
            whole += usize::from(output.status.code() != Some(6));
        }
        check(&home, &limit);
    }
    assert!(whole > 0, "nowhere was there enough memory: {aborted} of {each} aborted, from {least} KiB on");
    if std::env::var("GONOGO_FIGURES").is_ok() {
        let said = format!(
            "FIGURES memory: {each} sizes from what starting takes to 512 MiB of address space more: {whole} walked to the end, {aborted} aborted and said so, 0 corrupt\n"
        );
        std::io::stderr().write_all(said.as_bytes()).unwrap();
    }
}
