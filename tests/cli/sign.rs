//! Sign-offs with keys: shown whole, signed, verified at once, bound to persons and keys; requests and answers; the close.

use crate::home::{Came, Home, came};
use std::path::PathBuf;
use std::process::Command;

const GATED: &str = "---\ntitle: Cut-over\n---\n# Cut-over\n\n## Prepare {gate={role: dba, min: 2, not: performer}}\n\n- [ ] Check\n  ```sh\n  date\n  ```\n- [ ] Ring\n\n## Switch\n\n- [ ] Flip the switch\n";

pub fn key(home: &Home, name: &str) -> PathBuf {
    let file = home.path(name);
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"]).arg(&file).status();
    assert!(made.unwrap().success());
    file
}

pub fn walked(home: &Home) -> String {
    home.write("cut.md", GATED);
    let mut walk = home.command(&["--plain", "cut.md"]);
    let came = came(walk.write_stdin("r\nt\nq\n"));
    assert_eq!(came.exit, Some(4), "{came:?}");
    short(home)
}

pub fn short(home: &Home) -> String {
    home.call(&["runs", "--format", "json"]).json()["runs"][0]["short"].as_str().unwrap().to_owned()
}

fn sign(home: &Home, name: &str, key: &str, rest: &[&str]) -> Came {
    home.call(&[rest, &["--operator", name, "--role", "dba", "--key", key]].concat())
}

fn gate(home: &Home) -> String {
    home.call(&["export", "--format", "json"]).json()["gates"][0]["state"].as_str().unwrap().to_owned()
}

#[test]
fn two_persons_with_two_keys_release_a_gate() {
    let home = Home::new();
    let run = walked(&home);
    for name in ["alice", "bob", "dana"] {
        key(&home, name);
    }
    let scope = ["sign", &run, "prepare"];
    sign(&home, "dana", "dana", &scope).refuses(4, &["dana performed it"]);
    let came = sign(&home, "alice", "alice", &scope);
    assert_eq!(came.exit, Some(0), "{came:?}");
    for line in ["  gonogo sign-off v1", "  scope: phase prepare \"1 Prepare\"", "  meaning: released", "  name: alice"]
    {
        assert!(came.out.lines().any(|shown| shown == line), "shown whole: {came:?}");
    }
    assert!(came.out.contains("signed with SHA256:"), "{came:?}");
    assert_eq!(gate(&home), "held");
    // The same person twice, under another spelling, or the same key under another name: still one.
    assert_eq!(sign(&home, "Alice ", "bob", &scope).exit, Some(0));
    assert_eq!(gate(&home), "held", "one person with two keys is one");
    sign(&home, "carol", "alice", &scope).refuses(4, &["that key has signed as alice"]);
    key(&home, "carol");
    assert_eq!(sign(&home, "carol", "carol", &scope).exit, Some(0));
    assert_eq!(gate(&home), "released");
}

#[test]
fn the_performers_key_is_the_performer() {
    let home = Home::new();
    home.write("cut.md", GATED);
    key(&home, "dana");
    let mut walk = home.command(&["--plain", "cut.md", "--key", "dana"]);
    assert_eq!(came(walk.write_stdin("r\nt\nq\n")).exit, Some(4));
    let run = short(&home);
    sign(&home, "bob", "dana", &["sign", &run, "prepare"]).refuses(4, &["owner of that key"]);
}

#[test]
fn work_after_a_signature_voids_it() {
    let home = Home::new();
    home.write("cut.md", "# C\n## Prepare {gate=dba}\n- [ ] Check\n  ```sh\n  date\n  ```\n## Switch\n- [ ] Flip\n");
    key(&home, "alice");
    let again = |keys: &str| {
        let mut walk = home.command(&["--plain", "cut.md"]);
        came(walk.write_stdin(keys.to_owned()))
    };
    again("r\nq\n");
    let run = short(&home);
    assert_eq!(sign(&home, "alice", "alice", &["sign", &run, "prepare"]).exit, Some(0));
    assert_eq!(gate(&home), "released");
    let walked = again("y\ng 1.1\nr\nq\n");
    assert_eq!(gate(&home), "held", "{walked:?}");
    let record = home.call(&["export", "--format", "json"]).json();
    assert!(record["sign_offs"][0]["voided_by"].is_number(), "{}", record["sign_offs"]);
    assert!(home.call(&["show", &run]).out.contains("no longer holds"));
}

#[test]
fn a_request_is_answered_elsewhere_and_recorded_here() {
    let (here, there) = (Home::new(), Home::new());
    let run = walked(&here);
    let asked = here.call(&["sign", &run, "prepare", "--request", "ask.txt"]);
    assert_eq!(asked.exit, Some(0), "{asked:?}");
    std::fs::copy(here.path("ask.txt"), there.path("ask.txt")).unwrap();
    key(&there, "bob");
    there.call(&["sign", "ask.txt", "--reply", "answer.txt", "--key", "none"]).refuses(2, &["has to be signed"]);
    let answered = sign(&there, "bob", "bob", &["sign", "ask.txt", "--reply", "answer.txt", "--reason", "level"]);
    assert_eq!(answered.exit, Some(0), "{answered:?}");
    assert!(answered.out.contains("gate: 2 × dba, not the performer") && answered.out.contains("1.1 Check: passed"));
    assert!(!there.path("state").exists(), "nothing is recorded there");
    let answer = std::fs::read_to_string(there.path("answer.txt")).unwrap();
    here.write("forged.txt", answer.replace("reason: level", "reason: fine"));
    here.call(&["sign", "forged.txt"]).refuses_loudly(4, "does not fit the text");
    here.write("cut-off.txt", &answer[..answer.len() / 2]);
    assert_eq!(here.call(&["sign", "cut-off.txt"]).exit, Some(3));
    here.write("answer.txt", &answer);
    let recorded = here.call(&["sign", "answer.txt"]);
    assert_eq!(recorded.exit, Some(0), "{recorded:?}");
    assert!(recorded.out.contains("released by bob") && recorded.out.contains("their own word"), "{recorded:?}");
    let record = here.call(&["export", "--format", "json"]).json();
    assert_eq!(record["sign_offs"][0]["by"]["name"], "bob");
    // A list of signers that does not know the key keeps the answer out.
    here.write(
        "signers",
        "bob@example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBTL4Bv3Yh6dXzqzDNKDmKCo3pWWv5QNvVRQ6RbeJ1TR\n",
    );
    let refused = here.call(&["sign", "answer.txt", "--signers", "signers"]);
    assert_eq!(refused.exit, Some(4), "{refused:?}");
}

#[test]
fn an_answer_fits_only_the_run_it_was_asked_for() {
    let (one, two) = (Home::new(), Home::new());
    let run = walked(&one);
    walked(&two);
    key(&one, "bob");
    one.call(&["sign", &run, "prepare", "--request", "ask.txt"]);
    assert_eq!(sign(&one, "bob", "bob", &["sign", "ask.txt", "--reply", "answer.txt"]).exit, Some(0));
    let answer = one.path("answer.txt");
    two.call(&["sign", &answer.to_string_lossy()]).refuses(2, &["no run"]);
    // Work after the request: the answer is recorded, and about something that is gone.
    let mut walk = one.command(&["--plain", "cut.md"]);
    came(walk.write_stdin("y\ng 1.1\nr\nq\n"));
    assert_eq!(one.call(&["sign", "answer.txt"]).exit, Some(0));
    let record = one.call(&["export", "--format", "json"]).json();
    assert!(record["sign_offs"][0]["voided_by"].is_number(), "{}", record["sign_offs"]);
}

#[test]
fn breaking_the_glass_is_loud_and_has_to_be_reviewed() {
    let home = Home::new();
    let run = walked(&home);
    home.call(&["sign", &run, "prepare", "--break-glass"]).refuses_usage("--reason");
    let came = home.call(&["sign", &run, "prepare", "--break-glass", "--reason", "site is down"]);
    assert!(came.out.starts_with("BREAK-GLASS"), "{came:?}");
    home.call(&["close", &run, "--reason", "done"]).refuses(4, &["has to review it first"]);
    key(&home, "alice");
    sign(&home, "dana", "alice", &["sign", &run, "prepare"]).refuses(4, &["dana performed it"]);
    assert_eq!(sign(&home, "alice", "alice", &["sign", &run, "prepare", "--meaning", "verified"]).exit, Some(0));
    let closed = home.call(&["close", &run, "--reason", "done"]);
    assert!(closed.out.contains("is closed: HOLD, unsealed"), "{closed:?}");
    let export = home.call(&["export", &run]);
    assert_eq!(export.exit, Some(0), "{export:?}");
    let record = export.out;
    assert!(record.contains("skipped gate") && record.contains("site is down"), "{record}");
}

#[test]
fn a_close_carries_what_is_deferred_and_is_sealed() {
    let home = Home::new();
    home.write("d.md", "# D\n## One\n- [ ] A\n- [ ] B\n");
    let mut walk = home.command(&["--plain", "d.md"]);
    came(walk.write_stdin("t\nx\nd\nlater\nq\n"));
    let run = short(&home);
    key(&home, "dana");
    home.call(&["close", &run, "--reason", "window"]).refuses(4, &["1.2 is deferred", "--carry 1.2=WHY"]);
    home.call(&["close", &run, "--reason", "window", "--carry", "1.1=x", "--carry", "1.2=y"])
        .refuses(4, &["1.1 is not deferred"]);
    let closed = home.call(&["close", &run, "--reason", "window", "--carry", "1.2=goes into OPS-114", "--key", "dana"]);
    assert!(closed.out.contains("type: close") && closed.out.contains("carried: b goes into OPS-114"), "{closed:?}");
    assert!(closed.out.contains("is closed: HOLD, sealed with SHA256:"), "{closed:?}");
    let verified = home.call(&["verify", &run, "--sealed", "--require", "1"]);
    assert!(verified.exit == Some(0) && verified.out.contains("  sealed   yes, dana <"), "{verified:?}");
    home.call(&["sign", &run, "run", "--meaning", "witnessed"]).refuses(4, &["the run is closed"]);
}

#[test]
fn a_key_that_is_none_and_a_locked_key_sign_nothing() {
    let home = Home::new();
    let run = walked(&home);
    let before = home.call(&["show", &run, "--events"]).out;
    let no = sign(&home, "alice", "missing", &["sign", &run, "prepare"]);
    assert!(no.exit == Some(6) && no.err.contains("is no SSH key"), "{no:?}");
    let file = home.path("locked");
    Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "sesame", "-f"]).arg(&file).status().unwrap();
    let locked = sign(&home, "alice", "locked", &["sign", &run, "prepare"]);
    assert!(locked.exit == Some(6) && locked.err.contains("locked"), "{locked:?}");
    assert_eq!(home.call(&["show", &run, "--events"]).out, before);
}
