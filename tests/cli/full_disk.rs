//! The disk runs full while a command's output is kept: a real small filesystem, a real walk.

use crate::home::{Home, steps};
use std::process::Command;

/// What is run where the journal lies on a filesystem of 8 MiB, of which 2 are taken.
const SCRIPT: &str = r#"
set -u
mkdir -p state && mount -t tmpfs -o mode=700,size=8m none state || exit 77
head -c 2000000 /dev/urandom > state/hog
"$GONOGO" exec deploy.md > first.out 2> first.err; echo $? > first.exit
cp did did.first 2>/dev/null
rm state/hog
"$GONOGO" show "$("$GONOGO" runs --format json | sed -n 's/.*"run": *"\([^"]*\)".*/\1/p' | head -1)" --events > events
run=$("$GONOGO" runs --format json | sed -n 's/.*"run": *"\([^"]*\)".*/\1/p' | head -1)
"$GONOGO" exec deploy.md --resume "$run" > second.out 2> second.err; echo $? > second.exit
"$GONOGO" verify "$run" > verify.out 2>&1; echo $? > verify.exit
"#;

#[test]
fn a_disk_that_fills_up_loses_no_event_and_the_run_goes_on_once_there_is_room() {
    let home = Home::new();
    let flood = "echo 1 >> \"$DID\"; seq 1 6000000 | gzip -1 | base64";
    home.write("deploy.md", steps(&[flood, "echo 2 >> \"$DID\""]));
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", SCRIPT]).current_dir(home.folder.path()).env_clear();
    for (name, value) in home.command(&[]).get_envs() {
        command.env(name, value.unwrap());
    }
    let status = command.env("GONOGO", env!("CARGO_BIN_EXE_gonogo")).status();
    if status.as_ref().map_or(true, |status| status.code() == Some(77)) || !home.path("verify.exit").exists() {
        eprintln!("skipped: no filesystem can be mounted here ({status:?})");
        return;
    }
    let read = |name: &str| std::fs::read_to_string(home.path(name)).unwrap_or_default();
    let all =
        || ["first.out", "first.err", "events", "second.out", "second.err", "verify.out"].map(&read).join("\n--\n");
    assert_eq!(read("first.exit").trim(), "6", "{}", all());
    assert!(read("first.err").contains("full"), "it says what is wrong: {}", all());
    assert_eq!(read("did.first"), "1\n", "nothing is started that cannot be recorded: {}", all());
    let ended = read("events").lines().find(|line| line.contains("\"attempt_ended\"")).unwrap_or_default().to_owned();
    let ended: serde_json::Value =
        serde_json::from_str(&ended).unwrap_or_else(|_| panic!("the ending is kept: {}", all()));
    let output = &ended["data"]["output"];
    assert_eq!(ended["data"]["ending"]["code"], 0);
    assert!(output["bytes"].as_u64() > Some(10_000_000) && output["dropped"].as_u64() > Some(0), "{output}");
    assert_eq!((read("second.exit").trim(), read("did").as_str()), ("0", "1\n2\n"), "{}", all());
    assert_eq!(read("verify.exit").trim(), "0", "{}", all());
}
