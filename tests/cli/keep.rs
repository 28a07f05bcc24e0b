//! `gonogo doctor`, `gonogo journal`, and a disk limit.

use crate::home::{Home, came, steps};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

/// Without repetition, so that a compressed chunk holds it as it is.
const LEAKED: &str = "Zk3-vQ8.tX1_wB6";

fn walked() -> (Home, String) {
    let home = Home::new();
    home.write("deploy.md", steps(&["echo fine", &format!("cat {}", "leak"), "echo done >> \"$DID\""]));
    home.write("leak", LEAKED);
    assert_eq!(home.call(&["exec", "deploy.md"]).exit, Some(0));
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["short"].as_str().unwrap().to_owned();
    (home, run)
}

fn on_disk(home: &Home, text: &str) -> bool {
    let folder = home.journal().parent().unwrap().to_owned();
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

fn checks(home: &Home) -> (Option<i32>, Vec<(String, String)>) {
    let came = home.call(&["doctor", "--format", "json"]);
    let report = came.json();
    assert_eq!(report["schema"], 1);
    let said = |check: &Value, name: &str| check[name].as_str().unwrap().to_owned();
    let checks = report["checks"].as_array().unwrap();
    (came.exit, checks.iter().map(|check| (said(check, "name"), said(check, "state"))).collect())
}

fn state(home: &Home, name: &str) -> String {
    checks(home).1.into_iter().find(|check| check.0 == name).map(|check| check.1).unwrap_or_default()
}

#[test]
fn a_leaked_output_is_removed_and_the_record_says_so() {
    let (home, run) = walked();
    assert!(on_disk(&home, LEAKED), "else this test shows nothing");
    home.call(&["journal", "shred", &run, "9", "--reason", "x"]).refuses(6, &["no stored output"]);
    home.call(&["journal", "shred", &run, "two", "--reason", "x"]).refuses(2, &["no attempt"]);
    home.call(&["journal", "shred", &run, "2", "--reason", " "]).refuses(4, &["needs a reason"]);
    let came = home.call(&["journal", "shred", &run, "#2", "--reason", "it printed the token"]);
    assert_eq!(came.exit, Some(0), "{came:?}");
    assert!(!on_disk(&home, LEAKED));
    assert_eq!(home.call(&["verify", &run]).exit, Some(0));
    assert_eq!(home.call(&["status", &run]).exit, Some(0), "what happened has happened");
    let events = home.call(&["show", &run, "--events"]).out;
    assert!(events.contains("output_shredded") && events.contains("it printed the token"), "{events}");
    let shown = home.call(&["show", &run, "1.2"]).out;
    assert!(shown.contains("were removed; entry"), "{shown}");
    // Also after the run was closed, and in what is exported then.
    assert_eq!(home.call(&["close", &run]).exit, Some(0));
    assert_eq!(home.call(&["journal", "shred", &run, "1", "--reason", "to be sure"]).exit, Some(0));
    assert_eq!(home.call(&["export", &run, "--format", "json", "-o", "record.json"]).exit, Some(0));
    assert_eq!(home.call(&["verify", "record.json"]).exit, Some(0));
    assert_eq!(state(&home, "record"), "ok");
}

#[test]
fn a_backup_is_verified_and_never_overwrites() {
    let (home, run) = walked();
    let came = home.call(&["journal", "backup", "copy.db"]);
    assert!(came.exit == Some(0) && came.out.starts_with("1 runs, "), "{came:?}");
    home.call(&["journal", "backup", "copy.db"]).refuses(6, &["exists already"]);
    let status = home.call(&["--journal", "copy.db", "status", &run]);
    assert_eq!(status.exit, Some(0), "{status:?}");
    assert_eq!(std::fs::metadata(home.path("copy.db")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn the_doctor_looks_and_creates_nothing() {
    let home = Home::new();
    let before = home.names();
    let (exit, checks) = checks(&home);
    assert_eq!(exit, Some(0), "{checks:?}");
    for name in ["terminal", "colours", "shell", "editor", "git", "keys", "sqlite", "journal"] {
        assert!(checks.iter().any(|check| check.0 == name), "{name}: {checks:?}");
    }
    assert_eq!(home.names(), before);
    let text = home.call(&["doctor"]).out;
    assert!(text.contains("none yet; the first recorded act begins it"), "{text}");
}

#[test]
fn the_doctor_finds_what_is_wrong_and_says_what_to_do() {
    let (home, _) = walked();
    assert_eq!(checks(&home).0, Some(0));
    for name in ["journal", "storage", "record"] {
        assert_eq!(state(&home, name), "ok", "{name}");
    }
    // A journal of a newer gonogo can be read, and nothing is recorded in it.
    let conn = rusqlite::Connection::open(home.journal()).unwrap();
    let version: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    conn.pragma_update(None, "user_version", 99).unwrap();
    assert_eq!(state(&home, "journal"), "broken");
    assert_eq!(home.call(&["runs"]).exit, Some(0), "looking is still possible");
    let refused = home.call(&["exec", "deploy.md"]);
    assert!(refused.exit == Some(6) && refused.err.contains("a newer gonogo wrote it"), "{refused:?}");
    assert_eq!(home.did(), ["done"], "what cannot be recorded does not happen");
    conn.pragma_update(None, "user_version", version).unwrap();
    // An altered row.
    conn.execute_batch(
        "DROP TRIGGER event_no_update; UPDATE event SET body = replace(body, 'dana', 'fred') WHERE seq = 2",
    )
    .unwrap();
    drop(conn);
    let (exit, found) = checks(&home);
    assert_eq!(exit, Some(5), "{found:?}");
    let text = home.call(&["doctor"]).out;
    assert!(text.contains("ALTERED") && text.contains("event 2") && text.contains("keep the file as it is"), "{text}");
}

#[test]
fn a_file_that_may_not_grow_is_a_fault_and_no_death() {
    let home = Home::new();
    home.write("deploy.md", steps(&["echo 1 >> \"$DID\"", "echo 2 >> \"$DID\""]));
    let script = format!("ulimit -f 64; exec {} exec deploy.md", env!("CARGO_BIN_EXE_gonogo"));
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(home.folder.path()).env_clear();
    for (name, value) in home.command(&[]).get_envs() {
        command.env(name, value.unwrap());
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(6), "not ended by a signal: {output:?}");
    assert!(said.starts_with("gonogo: ") || said.contains("\ngonogo: "), "{said}");
    // Without the limit it goes on as if nothing had been.
    assert_eq!(came(&mut home.command(&["exec", "deploy.md"])).exit, Some(0));
    assert_eq!(state(&home, "record"), "ok");
}
