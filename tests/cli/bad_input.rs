//! Whatever is given, the answer is one clear sentence and the right code, and nothing is created.

use crate::home::{Came, Home, came, steps};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

/// The same bad document, by every command that reads one.
fn by_all(home: &Home, file: &str) -> Vec<(&'static str, Came)> {
    vec![
        ("plan", home.call(&["plan", file])),
        ("exec", home.call(&["exec", file])),
        ("walk", home.call(&["--plain", file])),
        ("check", home.call(&["check", file])),
    ]
}

fn refuse_all(home: &Home, file: &str, exit: i32, parts: &[&str]) {
    let before = home.names();
    for (_, came) in by_all(home, file) {
        came.refuses(exit, parts);
    }
    assert_eq!(home.names(), before, "nothing is created");
}

#[test]
fn a_missing_file() {
    refuse_all(&Home::new(), "deploy.md", 6, &["deploy.md", "no such file", "gonogo"]);
}

#[test]
fn a_file_that_may_not_be_read() {
    let home = Home::new();
    let path = home.write("deploy.md", steps(&["date"]));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&path).is_ok() {
        return crate::skip::skip("a_file_that_may_not_be_read", "this user may read every file");
    }
    refuse_all(&home, "deploy.md", 6, &["cannot open deploy.md"]);
}

#[test]
fn a_folder() {
    let home = Home::new();
    std::fs::create_dir(home.path("docs")).unwrap();
    home.call(&["plan", "docs"]).refuses(3, &["docs is a folder", "name a Markdown file in it"]);
    home.call(&["exec", "docs"]).refuses(3, &["docs is a folder"]);
}

#[test]
fn a_binary_file() {
    let home = Home::new();
    home.write("deploy.md", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0");
    refuse_all(&home, "deploy.md", 3, &["deploy.md is no runbook", "binary", "Markdown"]);
}

#[test]
fn an_empty_file() {
    let home = Home::new();
    home.write("deploy.md", b"");
    refuse_all(&home, "deploy.md", 3, &["deploy.md is no runbook", "empty"]);
}

#[test]
fn a_file_that_is_too_large_is_refused_before_it_is_read() {
    let home = Home::new();
    let file = std::fs::File::create(home.path("deploy.md")).unwrap();
    file.set_len(65 * 1024 * 1024).unwrap();
    refuse_all(&home, "deploy.md", 3, &["68157440 bytes", "the limit is 64 MiB"]);
}

#[test]
fn fifty_megabytes_of_text_are_read() {
    let home = Home::new();
    let mut text = steps(&["date"]);
    text.push_str("\n## Notes\n\n");
    let line = "Nothing but words that nobody will ever read again in this life.\n\n";
    while text.len() < 50 * 1024 * 1024 {
        text.push_str(line);
    }
    home.write("deploy.md", &text);
    let came = home.call(&["plan", "deploy.md"]);
    assert_eq!(came.exit, Some(0), "{}", came.err);
    assert!(came.out.contains("1.1 Step 1"));
}

#[test]
fn bytes_that_are_no_utf_8_are_a_warning() {
    let home = Home::new();
    let mut bytes = steps(&["date"]).into_bytes();
    bytes.extend_from_slice(b"\nPrice: 12 \x80 \xff\xfe\n");
    home.write("deploy.md", &bytes);
    let came = home.call(&["plan", "deploy.md", "--format", "json"]);
    assert_eq!(came.exit, Some(0));
    let problems = came.json()["problems"].clone();
    let warned =
        problems.as_array().unwrap().iter().any(|p| p["severity"] == "warning" && p["line"].as_u64() > Some(1));
    assert!(warned, "{problems}");
    assert_eq!(home.call(&["exec", "deploy.md"]).exit, Some(0));
}

#[test]
fn a_document_with_nothing_to_do() {
    let home = Home::new();
    home.write("notes.md", "# Notes\n\nJust some words.\n\nMore of them.\n");
    let plan = home.call(&["plan", "notes.md"]);
    assert_eq!(plan.exit, Some(3));
    assert!(plan.out.contains("Notes") && plan.err.contains("no actionable step found"), "{plan:?}");
    home.call(&["exec", "notes.md"]).refuses(3, &["notes.md: no actionable step found", "gonogo plan notes.md"]);
    home.call(&["--plain", "notes.md"]).refuses(3, &["no actionable step found"]);
    assert!(!home.path("state").exists());
}

#[test]
fn a_slip_in_the_front_matter_is_a_hint() {
    let home = Home::new();
    home.write("deploy.md", format!("---\nowne: kim\nlayout: page\n---\n{}", steps(&["date"])));
    let came = home.call(&["plan", "deploy.md", "--format", "json"]);
    assert_eq!(came.exit, Some(0));
    let problems = came.json()["problems"].as_array().unwrap().clone();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!((problems[0]["line"].as_u64(), problems[0]["code"].as_str()), (Some(2), Some("unknown-key")));
    assert!(problems[0]["severity"] == "hint" && problems[0]["message"].as_str().unwrap().contains("owne"));
}

#[test]
fn a_journal_that_cannot_be_written() {
    let home = Home::new();
    home.write("deploy.md", steps(&["echo x >> \"$DID\""]));
    home.write("file", "in the way");
    let came = home.call(&["exec", "deploy.md", "--journal", "file/journal.db"]);
    assert_eq!(came.exit, Some(6), "{came:?}");
    assert!(came.err.contains("file"), "{came:?}");
    home.write("shopping.db", "milk\n".repeat(500));
    let came = home.call(&["exec", "deploy.md", "--journal", "shopping.db"]);
    assert_eq!(came.exit, Some(3), "{came:?}");
    assert!(came.err.contains("is not a gonogo journal"), "{came:?}");
    assert_eq!(home.did(), Vec::<String>::new(), "nothing ran");
    assert_eq!(std::fs::read(home.path("shopping.db")).unwrap().len(), 2500);
}

#[test]
fn nobody_at_either_end() {
    let home = Home::new();
    home.write("deploy.md", steps(&["date"]));
    let before = home.names();
    home.call(&["deploy.md"]).refuses(6, &["no terminal", "gonogo exec"]);
    home.call(&[]).refuses(6, &["no terminal", "gonogo exec"]);
    home.call(&["."]).refuses(6, &["no terminal", "gonogo exec"]);
    home.call(&["resume"]).refuses(6, &["no terminal", "gonogo exec"]);
    assert_eq!(home.names(), before);
}

#[test]
fn a_reader_that_has_seen_enough() {
    let home = Home::new();
    let long = steps(&vec!["date"; 3000]);
    home.write("deploy.md", long);
    for arguments in [
        vec!["plan", "deploy.md"],
        vec!["plan", "deploy.md", "--format", "json"],
        vec!["completions", "bash"],
        vec!["man"],
    ] {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_gonogo"))
            .args(&arguments)
            .current_dir(home.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 10];
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut first).unwrap();
        drop(out);
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), err.as_ref()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn standard_output_that_cannot_be_written() {
    let home = Home::new();
    home.write("deploy.md", steps(&["date"]));
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    let Ok(full) = full else {
        return crate::skip::skip("standard_output_that_cannot_be_written", "there is no /dev/full");
    };
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_gonogo"))
        .args(["plan", "deploy.md"])
        .current_dir(home.folder.path())
        .stdout(full)
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(6), "{err}");
    assert!(err.contains("cannot write the result"), "{err}");
}

#[test]
fn arguments_that_make_no_sense() {
    let home = Home::new();
    home.write("deploy.md", format!("---\nvars: {{SIZE: {{choices: [small, large]}}}}\n---\n{}", steps(&["date"])));
    home.call(&["exec", "deploy.md", "--var", "SIZE"]).refuses(2, &["--var SIZE", "NAME=VALUE"]);
    home.call(&["exec", "deploy.md", "--var", "SIZE=huge"]).refuses(2, &["--var SIZE", "one of small, large"]);
    home.call(&["exec", "deploy.md", "--vars", "none.env"]).refuses(6, &["cannot read none.env"]);
    home.write("bad.env", "A=1\nnot a value\n");
    home.call(&["exec", "deploy.md", "--vars", "bad.env"]).refuses(3, &["bad.env:2", "NAME=VALUE"]);
    home.call(&["exec", "deploy.md", "--timeout", "soon"]).refuses(2, &["soon is no length", "30s"]);
    home.call(&["exec", "deploy.md", "--cwd", "nowhere"]).refuses(6, &["nowhere", "--cwd"]);
    home.call(&["exec", "deploy.md", "--shell", "nosuchshell"]).refuses(6, &["nosuchshell", "--shell"]);
    home.call(&["exec", "deploy.md", "--resume", "abc"]).refuses(6, &["no journal yet"]);
    let came = home.call(&["exec"]);
    assert_eq!(came.exit, Some(2));
    assert_eq!(home.call(&["--nonsense"]).exit, Some(2));
    assert!(!home.path("state").exists());
}

#[test]
fn looking_at_what_is_not_there() {
    let home = Home::new();
    for arguments in [&["runs"][..], &["status"], &["sign", "x", "y"], &["close"], &["show", "x"], &["export"]] {
        home.call(arguments).refuses(6, &["no journal yet", "gonogo demo"]);
    }
    assert!(!home.path("state").exists());
    home.write("deploy.md", steps(&["date"]));
    home.call(&["exec", "deploy.md"]);
    home.call(&["status", "zzzzzz"]).refuses(2, &["no run is called zzzzzz", "gonogo runs"]);
    home.call(&["sign", "zzzzzz", "1.1"]).refuses(2, &["no run is called zzzzzz"]);
}

#[test]
fn a_runbook_from_standard_input() {
    let home = Home::new();
    let mut command = home.command(&["exec", "-"]);
    let came = came(command.write_stdin(steps(&["echo x >> \"$DID\""])));
    assert_eq!((came.exit, home.did().len()), (Some(0), 1), "{came:?}");
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_gonogo"))
        .args(["plan", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"").unwrap();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(3));
}

#[test]
fn an_option_that_the_command_would_not_see_is_refused_and_nothing_runs() {
    let home = Home::new();
    home.write("d.md", steps(&["echo ran >> \"$DID\""]));
    for arguments in [&["--rehearse", "exec", "d.md"][..], &["--plain", "resume"], &["d.md", "exec", "d.md"]] {
        let came = home.call(arguments);
        assert_eq!((came.exit, home.did().len()), (Some(2), 0), "{came:?}");
        assert!(came.err.contains("write it behind"), "{came:?}");
    }
    // What every command understands may stand anywhere.
    assert_eq!(home.call(&["--operator", "lee", "exec", "d.md"]).exit, Some(0));
}

/// What a run of one step came to: how its attempt ended, and the record of it.
fn ended(home: &Home) -> (String, Value) {
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    let events = home.call(&["show", &run, "--events"]).lines();
    let ended = events.into_iter().rfind(|event| event["kind"] == "attempt_ended").unwrap();
    (run, ended["data"]["ending"].clone())
}

#[test]
fn a_program_that_cannot_run_fails_its_step_and_the_words_say_what_to_do() {
    for (block, code, advice) in [
        ("nosuchprogram --now", 127, "a program was not found: install it, or mend the PATH or its name"),
        ("./plain.txt", 126, "a program was found but may not run: chmod +x makes it executable"),
    ] {
        let home = Home::new();
        home.write("deploy.md", steps(&[block, "echo later >> \"$DID\""]));
        home.write("plain.txt", "echo no\n");
        let came = home.call(&["exec", "deploy.md"]);
        assert_eq!(came.exit, Some(1), "{came:?}");
        assert!(came.err.contains(&format!("  exit {code}: {advice}")), "{came:?}");
        let (run, ending) = ended(&home);
        assert_eq!((ending["how"].as_str(), ending["code"].as_i64()), (Some("exited"), Some(code)), "{ending}");
        assert_eq!(home.call(&["verify", &run]).exit, Some(0), "it is recorded like any other");
        // The same on a terminal.
        let walked = crate::home::came(home.command(&["--plain", "--new", "deploy.md"]).write_stdin("r\ny\nq\n"));
        assert!(walked.out.contains(&format!("Exit {code} after")) && walked.out.contains(advice), "{walked:?}");
        assert_eq!(ended(&home).1["code"].as_i64(), Some(code));
        assert_eq!(home.did(), Vec::<String>::new(), "nothing later ran");
    }
}

#[test]
fn a_folder_that_a_block_took_away_starts_nothing_elsewhere() {
    let home = Home::new();
    home.write("deploy.md", steps(&["mkdir gone; cd gone; rmdir ../gone", "echo x >> \"$DID\"", "cd ..; pwd"]));
    let came = home.call(&["exec", "deploy.md"]);
    assert_eq!((came.exit, home.did()), (Some(1), vec![]), "{came:?}");
    assert!(came.err.contains("gone is not there any more; make it again"), "{came:?}");
    assert_eq!(ended(&home).1["how"].as_str(), Some("not_started"));
    // Once it is there again, the walk goes on where it was.
    std::fs::create_dir(home.path("gone")).unwrap();
    let (run, _) = ended(&home);
    assert_eq!(home.call(&["exec", "deploy.md", "--resume", &run]).exit, Some(0));
    assert_eq!(home.did(), ["x"]);
}

#[test]
fn a_line_of_a_million_bytes_and_bytes_that_are_no_text_are_kept_as_they_are() {
    let home = Home::new();
    let block = "head -c 1000000 /dev/zero | tr '\\0' x; printf ' \\377\\376\\n'";
    home.write("deploy.md", steps(&[block]));
    assert_eq!(home.call(&["exec", "deploy.md"]).exit, Some(0));
    let (run, _) = ended(&home);
    let shown = home.call(&["show", &run, "1.1", "--stream", "stdout"]);
    assert_eq!((shown.exit, shown.out.len()), (Some(0), 1_000_000 + " \\xff\\xfe\n".len()), "{}", shown.err);
    assert!(shown.out.ends_with("xxx \\xff\\xfe\n"));
    assert_eq!(home.call(&["show", &run, "1.1"]).exit, Some(0));
    assert_eq!(home.call(&["verify", &run]).exit, Some(0));
}

#[test]
fn a_shell_that_vanishes_before_a_resume_is_named() {
    let home = Home::new();
    let shell = home.path("myshell");
    std::fs::copy("/bin/sh", &shell).unwrap();
    home.write("deploy.md", steps(&["echo 1 >> \"$DID\"; rm myshell", "echo 2 >> \"$DID\""]));
    let came = home.call(&["exec", "deploy.md", "--shell", shell.to_str().unwrap()]);
    assert_eq!((came.exit, home.did().len()), (Some(1), 1), "{came:?}");
    assert!(
        came.err.contains("myshell: No such file or directory") && came.err.contains("name another shell"),
        "{came:?}"
    );
}
