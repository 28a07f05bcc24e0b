//! The disk runs full while commands run and their output is kept: a real small filesystem, real walks.

use crate::home::{Home, steps};
use std::process::Command;

/// What is run where the journal lies on a filesystem of 8 MiB, most of it taken so that little fills it. What fills it is
/// removed before the second walk.
const SCRIPT: &str = r#"
set -u
mkdir -p state && mount -t tmpfs -o mode=700,size=8m none state || exit 77
head -c 5500000 /dev/zero > state/taken
"$GONOGO" exec deploy.md > first.out 2> first.err; echo $? > first.exit
cp did did.first
rm -f state/hog state/taken
run=$("$GONOGO" runs --format json | sed -n 's/.*"run": *"\([^"]*\)".*/\1/p' | head -1)
"$GONOGO" show "$run" --events > events
"$GONOGO" exec deploy.md --resume "$run" > second.out 2> second.err; echo $? > second.exit
"$GONOGO" verify "$run" > verify.out 2>&1; echo $? > verify.exit
"#;

/// Walks a runbook whose first command is this one; `None` where no filesystem can be mounted.
fn walk(first: &str) -> Option<Home> {
    let home = Home::new();
    home.write("deploy.md", steps(&[&format!("echo 1 >> \"$DID\"; {first}"), "echo 2 >> \"$DID\""]));
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", SCRIPT]).current_dir(home.folder.path()).env_clear();
    for (name, value) in home.command(&[]).get_envs() {
        command.env(name, value.unwrap());
    }
    let status = command.env("GONOGO", env!("CARGO_BIN_EXE_gonogo")).status();
    if status.as_ref().map_or(true, |status| status.code() == Some(77)) || !home.path("verify.exit").exists() {
        crate::skip::skip("full_disk", &format!("no filesystem can be mounted here ({status:?})"));
        return None;
    }
    Some(home)
}

fn read(home: &Home, name: &str) -> String {
    std::fs::read_to_string(home.path(name)).unwrap_or_default()
}

fn all(home: &Home) -> String {
    ["first.out", "first.err", "events", "second.out", "second.err", "verify.out"]
        .map(|name| read(home, name))
        .join("\n--\n")
}

/// Whatever happened, in the end both commands have run once, and the record is whole.
fn ends_well(home: &Home) {
    let ends = ["second.exit", "verify.exit", "did"].map(|name| read(home, name));
    assert_eq!(ends, ["0\n", "0\n", "1\n2\n"], "{}", all(home));
}

#[test]
fn on_a_full_disk_the_ending_is_recorded_nothing_is_started_and_the_run_goes_on_once_there_is_room() {
    let Some(home) = walk("head -c 20000000 /dev/zero > \"$XDG_STATE_HOME/hog\"; true") else { return };
    assert_eq!(
        (read(&home, "first.exit").as_str(), read(&home, "did.first").as_str()),
        ("6\n", "1\n"),
        "{}",
        all(&home)
    );
    let said = read(&home, "first.err");
    assert!(said.contains("the disk is full: free some space") && said.contains("nothing new is started"), "{said}");
    assert_eq!(read(&home, "events").matches("\"attempt_ended\"").count(), 1, "{}", all(&home));
    ends_well(&home);
}

/// What is freed for an ending must not be freed while the command that eats it still runs.
#[test]
fn a_command_that_takes_all_there_is_until_it_ends_still_has_an_ending() {
    let eats = "for n in 1 2 3 4 5 6 7 8 9 10; do head -c 20000000 /dev/zero >> \"$XDG_STATE_HOME/hog\"; sleep 0.02; done; true";
    let Some(home) = walk(eats) else { return };
    assert_eq!((read(&home, "first.exit"), read(&home, "did.first")), ("6\n".into(), "1\n".into()), "{}", all(&home));
    assert_eq!(read(&home, "events").matches("\"attempt_ended\"").count(), 1, "{}", all(&home));
    ends_well(&home);
}

#[test]
fn an_output_that_fills_the_disk_is_given_up_for_its_ending() {
    let Some(home) = walk("seq 1 6000000 | gzip -1 | base64") else { return };
    let ended = (read(&home, "first.exit"), read(&home, "events").matches("\"attempt_ended\"").count());
    assert!(ended.1 >= 1, "{}", all(&home));
    assert!(read(&home, "events").contains("\"dropped\""), "{}", all(&home));
    assert_eq!((read(&home, "verify.exit").as_str(), read(&home, "did.first").lines().next()), ("0\n", Some("1")));
}
