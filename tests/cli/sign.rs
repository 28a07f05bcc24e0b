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
    came(walk.write_stdin("y\ng 1.1\nr\ny\nq\n"));
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
fn a_close_that_is_refused_says_what_unlocks_it() {
    let home = Home::new();
    home.write("d.md", "# D\n## One\n- [ ] A\n- [ ] B\n- [ ] C\n");
    let walk = |keys: &str| came(home.command(&["--plain", "d.md"]).write_stdin(keys.to_owned()));
    walk("t\nq\n");
    let run = short(&home);
    home.call(&["close", &run]).refuses(4, &["2 blockers are left", &format!("gonogo close {run} --reason WHY")]);
    walk("y\ng 1.2\nx\nd\nlater\ng 1.3\nx\nd\nlater\nq\n");
    home.call(&["close", &run, "--reason", "x"])
        .refuses(4, &["1.2, 1.3 are deferred", "--carry 1.2=WHY --carry 1.3=WHY"]);
    // One of them is settled after all, the other is carried.
    walk("y\ng 1.2\nt\nq\n");
    home.call(&["close", &run, "--carry", "1.3=OPS-115"]).refuses(4, &["1 blocker is left", "--reason"]);
    let closed = home.call(&["close", &run, "--carry", "1.3=OPS-115", "--reason", "window ends"]);
    assert!(closed.exit == Some(4) && closed.out.contains("is closed: HOLD"), "{closed:?}");
}

#[test]
fn deferred_optional_steps_are_carried_from_the_walk_as_well() {
    let home = Home::new();
    home.write("d.md", "# D\n## One\n- [ ] A\n\n### B {.optional}\n\n- [ ] Later\n");
    let walk = |keys: &str| came(home.command(&["--plain", "d.md"]).write_stdin(keys.to_owned()));
    walk("t\nx\nd\nnot tonight\nq\n");
    let left = walk("y\nC\n\nq\n");
    assert!(left.out.contains("1 step is deferred") && !left.out.contains("type: close"), "{left:?}");
    let closed = walk("y\nC\nOPS-116\ny\nq\n");
    assert!(closed.out.contains(" OPS-116") && closed.out.contains("type: close"), "{closed:?}");
    let record = home.call(&["export", "--format", "json"]).json();
    assert_eq!(record["run"]["closed"]["carried"][0]["reason"], "OPS-116", "{}", record["run"]);
}

#[test]
fn a_sealed_run_loses_outputs_and_nothing_else() {
    let home = Home::new();
    home.write("d.md", "# D\n## One\n- [ ] A\n  ```sh\n  echo printed\n  ```\n");
    came(home.command(&["--plain", "d.md"]).write_stdin("r\n"));
    let run = short(&home);
    key(&home, "dana");
    assert_eq!(home.call(&["close", &run, "--key", "dana"]).exit, Some(0));
    let before = home.call(&["show", &run, "--events"]).out;
    home.call(&["sign", &run, "1.1", "--meaning", "witnessed"]).refuses(4, &["closed"]);
    home.call(&["sign", &run, "run", "--request", "ask.txt"]).refuses(4, &["closed"]);
    home.call(&["close", &run, "--key", "dana"]).refuses(4, &["closed"]);
    assert_ne!(home.call(&["resume", &run, "--plain"]).exit, Some(0));
    assert_eq!(home.call(&["show", &run, "--events"]).out, before);
    assert_eq!(home.call(&["journal", "shred", &run, "1", "--reason", "leaked"]).exit, Some(0));
    let verified = home.call(&["verify", &run, "--sealed"]);
    assert!(verified.exit == Some(0) && verified.out.contains("1 shredded"), "{verified:?}");
    assert_eq!(home.call(&["export", &run, "--format", "bundle", "-o", "b", "--key", "none"]).exit, Some(0));
    assert_eq!(home.call(&["verify", "b", "--sealed"]).exit, Some(0));
    let python =
        Command::new("python3").args(["-B", "verify.py", ".", "--sealed"]).current_dir(home.path("b")).output();
    assert_eq!(python.unwrap().status.code(), Some(0));
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

#[test]
fn a_file_that_anybody_may_write_runs_only_as_the_bytes_that_were_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    let file = home.write("smoke.md", "# S\n## One\n- [ ] A\n  ```sh\n  echo A >> \"$DID\"\n  ```\n");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    home.call(&["exec", "smoke.md"]).refuses(3, &["can be written by anybody", "--trust sha256:"]);
    let digest =
        home.call(&["plan", "smoke.md", "--format", "json"]).json()["source"]["sha256"].as_str().unwrap().to_owned();
    let other = format!("sha256:{}", digest.replace(|c: char| c.is_ascii_digit(), "0"));
    home.call(&["exec", "smoke.md", "--trust", &other]).refuses(3, &["nothing ran"]);
    assert_eq!((home.did().len(), home.path("state").exists()), (0, false));
    assert_eq!(home.call(&["exec", "smoke.md", "--trust", &format!("sha256:{digest}")]).exit, Some(0));
    assert_eq!(home.did(), ["A"]);
}

#[test]
fn a_command_in_disguise_asks_twice_and_never_runs_unattended() {
    let home = Home::new();
    home.write("odd.md", "# O\n## One\n- [ ] A\n  ```sh\n  echo \u{202e}x >> \"$DID\"\n  ```\n");
    let came_to = home.call(&["exec", "odd.md"]);
    assert_eq!((came_to.exit, home.did().len()), (Some(4), 0), "{came_to:?}");
    let walk = |keys: &str| came(home.command(&["--plain", "--new", "odd.md"]).write_stdin(keys.to_owned()));
    let once = walk("r\ny\nno\nq\n");
    assert!(once.out.contains("hide or look like others: U+202E") && home.did().is_empty(), "{once:?}");
    walk("r\ny\n1.1\nq\n");
    assert_eq!(home.did().len(), 1);
}

#[test]
fn what_looks_like_a_secret_does_not_leave_unanswered() {
    let home = Home::new();
    let token = format!("ghp{}{}", "_", "a1B2c3D4e5".repeat(4));
    // Encoded, so that it was not known when it was recorded.
    let twice = format!("# T\n## One\n- [ ] A\n  ```sh\n  printf %s {token} | base64 -w0 | base64 -w0\n  ```\n");
    home.write("t.md", twice.replace(&token, "ghp\"\"_a1B2c3D4e5a1B2c3D4e5a1B2c3D4e5a1B2c3D4e5"));
    let mut walk = home.command(&["--plain", "t.md"]);
    came(walk.write_stdin("r\ny\nq\n"));
    let blocked = home.call(&["export", "--format", "json"]);
    blocked.refuses(4, &["looks like a secret is in output of attempt #1", "--allow-findings"]);
    assert_eq!(home.call(&["export", "--format", "json", "--include-output", "none"]).exit, Some(0));
    let answered = home.call(&["export", "--format", "json", "--allow-findings", "a test token", "-o", "r.json"]);
    assert!(answered.exit == Some(0) && answered.out.contains("warning: exported although"), "{answered:?}");
}

#[test]
fn a_template_of_your_own_draws_the_report_and_its_mistakes_are_named() {
    let home = Home::new();
    let run = walked(&home);
    home.write("t.md", "{{ record.verdict.word }} {{ record.document.title }}: {{ record.deviations|length }}\n");
    let drawn = home.call(&["export", &run, "--template", "t.md"]);
    assert_eq!((drawn.exit, drawn.out.as_str()), (Some(0), "HOLD Cut-over: 0\n"));
    home.write("loop.html", "<p>\n{% for x in range(9999999) %}{% for y in range(9999999) %}x{% endfor %}{% endfor %}");
    home.write("bad.html", "<p>\n{{ record.nothing.at.all }}");
    for (name, line) in [("bad.html", "line 2"), ("loop.html", "line 2")] {
        let came = home.call(&["export", &run, "--format", "html", "--template", name]);
        came.refuses(3, &[name, line]);
    }
    // The built-in page loads nothing and runs nothing.
    let page = home.call(&["export", &run, "--format", "html"]).out;
    for never in ["<script", "src=", "href=", "url(", "@import", "onload"] {
        assert!(!page.contains(never), "{never}");
    }
    assert!(page.contains("default-src 'none'") && page.contains("<h1>Cut-over</h1>"));
}
