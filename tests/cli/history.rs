//! Looking back: lists with filters, two runs side by side, and a run that somebody is driving right now.

use crate::home::{Home, steps};
use std::time::{Duration, Instant};

fn short(home: &Home, at: usize) -> String {
    home.call(&["runs", "--format", "json"]).json()["runs"][at]["short"].as_str().unwrap().to_owned()
}

#[test]
fn two_runs_are_compared_step_by_step() {
    let home = Home::new();
    home.write("deploy.md", steps(&["echo same", "cat version", "test -e flag", "date +%N"]));
    home.write("version", "one\nlast\n");
    home.write("flag", "");
    assert_eq!(home.call(&["exec", "deploy.md"]).exit, Some(0));
    home.write("version", "two\nlast\n");
    std::fs::remove_file(home.path("flag")).unwrap();
    home.write("deploy.md", steps(&["echo same", "cat version", "test -e flag", "date +%s", "true"]));
    assert_eq!(home.call(&["exec", "deploy.md"]).exit, Some(1));
    let (new, old) = (short(&home, 0), short(&home, 1));
    let came = home.call(&["diff", &old, &new]);
    assert_eq!(came.exit, Some(0), "{came:?}");
    for line in [
        "  1.1 Step 1",
        "! 1.2 Step 2",
        "(output)",
        "! 1.3 Step 3",
        "(verdict, ending)",
        "! 1.4 Step 4",
        "(runbook, verdict, command, ending, output)",
        "! 1.5 Step 5  (only in one)",
        "1 of 5 steps came to the same",
    ] {
        assert!(came.out.contains(line), "{line} is missing in\n{}", came.out);
    }
    let shown = home.call(&["diff", &old, &new, "--output"]).out;
    assert!(shown.contains("  - | one\n  + | two\n") && !shown.contains("| last"), "{shown}");
    let json = home.call(&["diff", &old, &new, "--format", "json"]).json();
    assert_eq!(json["schema"], 1);
    assert_eq!(json["steps"][1]["differs"], serde_json::json!(["output"]));
    assert_eq!(json["steps"][2]["runs"][1]["state"], "failed");
    assert!(json["steps"][4]["runs"][0].is_null(), "{json}");
    // A run beside itself, and beside its file.
    assert!(home.call(&["diff", &old, &old]).out.ends_with("4 of 4 steps came to the same\n"));
    let file = home.call(&["diff", &old]).out;
    assert!(file.contains("1 changed, 1 added, 3 untouched") && file.contains("+ date +%s"), "{file}");
    assert!(home.call(&["diff", &new]).out.starts_with("No step of"));
    let file = home.call(&["diff", &old, "--format", "json"]).json();
    assert_eq!((&file["changes"][0]["change"], &file["untouched"]), (&"changed".into(), &3.into()));
    home.call(&["diff", &old, "nothing"]).refuses(2, &["no run is called nothing"]);
}

#[test]
fn what_is_left_is_estimated_by_earlier_runs() {
    let home = Home::new();
    home.write("deploy.md", steps(&["sleep 1.2", "test -e ready", "sleep 1.1"]));
    home.write("ready", "");
    assert_eq!(home.call(&["exec", "deploy.md"]).exit, Some(0));
    std::fs::remove_file(home.path("ready")).unwrap();
    assert_eq!(home.call(&["exec", "deploy.md"]).exit, Some(1));
    let status = home.call(&["status"]).out;
    assert!(status.contains("about 2 s left: 2 steps estimated, 2 of them by earlier runs; 0 not"), "{status}");
    assert!(!home.call(&["status", &short(&home, 1)]).out.contains("left"), "nothing is left of the first");
}

#[test]
fn runs_are_filtered() {
    let home = Home::new();
    home.write("good.md", steps(&["true"]));
    home.write("bad.md", steps(&["false"]));
    home.call(&["exec", "good.md"]);
    home.call(&["exec", "bad.md", "--operator", "lee"]);
    home.call(&["close", &short(&home, 1)]);
    let listed = |arguments: &[&str]| {
        let came = home.call(&[&["runs", "--format", "json"], arguments].concat());
        let runs = came.json()["runs"].as_array().unwrap().clone();
        runs.iter().map(|run| run["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed(&[]), ["bad.md", "good.md"]);
    assert_eq!(listed(&["--open"]), ["bad.md"]);
    assert_eq!(listed(&["--closed"]), ["good.md"]);
    assert_eq!(listed(&["--verdict", "no-go"]), ["bad.md"]);
    assert_eq!(listed(&["--verdict", "GO"]), ["good.md"]);
    assert_eq!(listed(&["--by", "lee"]), ["bad.md"]);
    assert_eq!(listed(&["--runbook", "GOOD"]), ["good.md"]);
    assert_eq!(listed(&["--since", "2020-01-01"]).len(), 2);
    assert_eq!(listed(&["--since", "2999-01-01"]).len(), 0);
    assert_eq!(home.call(&["runs", "--open", "--closed"]).exit, Some(2));
    let refused = home.call(&["runs", "--since", "yesterday"]);
    assert_eq!(refused.exit, Some(2));
    assert!(refused.err.contains("such as 2026-11-21"), "{}", refused.err);
}

#[test]
fn what_runs_now_is_running_and_what_was_left_behind_is_named() {
    let home = Home::new();
    home.write("deploy.md", steps(&["touch started; exec sleep 120"]));
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_gonogo"));
    command.args(["exec", "deploy.md"]).current_dir(home.folder.path()).env_clear().stdin(std::process::Stdio::null());
    for (name, value) in home.command(&[]).get_envs() {
        command.env(name, value.unwrap());
    }
    let mut child = command.stdout(std::process::Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    // The process is recorded right after it was started.
    let events = || home.call(&["show", &short(&home, 0), "--events"]).out;
    while !home.path("started").exists() || !events().contains("attempt_spawned") {
        assert!(begun.elapsed() < Duration::from_secs(30), "it never starts");
        std::thread::sleep(Duration::from_millis(20));
    }
    let run = short(&home, 0);
    let shown = home.call(&["show", &run]).out;
    assert!(shown.contains("running") && !shown.contains("unknown"), "{shown}");
    child.kill().unwrap();
    child.wait().unwrap();
    let shown = home.call(&["show", &run]).out;
    assert!(shown.contains("unknown"), "{shown}");
    let status = home.call(&["status", &run]).out;
    let left = status.split("still there of it: ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    assert!(status.contains("#1 has an unknown end") && left.parse::<u32>().is_ok(), "{status}");
    std::process::Command::new("kill").args(["-9", left]).status().unwrap();
    let begun = Instant::now();
    while home.call(&["status", &run]).out.contains("still there of it") {
        assert!(begun.elapsed() < Duration::from_secs(30), "it is still named");
    }
}
