//! A hostile walk: people who answer for others, for something else, too late, twice; and that gonogo, `verify.py` and the
//! way by `sha256sum` and `ssh-keygen` come to one verdict about what is left.

use crate::home::{Came, Home, came};
use crate::sign::{key, short, walked};
use std::fs;
use std::process::Command;

/// Two homes: the journal is only in the first.
struct Places {
    here: Home,
    there: Home,
    run: String,
}

impl Places {
    fn new(names: &[&str]) -> Self {
        let (here, there) = (Home::new(), Home::new());
        let run = walked(&here);
        let mut list = String::new();
        for name in names {
            let public = fs::read_to_string(key(&there, name).with_extension("pub")).unwrap();
            let words: Vec<&str> = public.split(' ').take(2).collect();
            list += &format!("{name}@example.org namespaces=\"gonogo-v1,gonogo-export-v1\" {}\n", words.join(" "));
        }
        here.write("signers", list);
        Places { here, there, run }
    }

    /// Asks for a sign-off here.
    fn ask(&self, scope: &str, file: &str) {
        let asked = self.here.call(&["sign", &self.run, scope, "--request", file]);
        assert_eq!(asked.exit, Some(0), "{asked:?}");
        fs::copy(self.here.path(file), self.there.path(file)).unwrap();
    }

    /// Answers there, with a key of that place, and brings the answer back.
    fn answer(&self, name: &str, key: &str, (ask, reply): (&str, &str), rest: &[&str]) -> Came {
        let answer = ["sign", ask, "--reply", reply, "--operator", name, "--role", "dba", "--key", key];
        let mut command = self.there.command(&[&answer, rest].concat());
        let came = came(command.env("GONOGO_SIGNER", format!("{name}@example.org")));
        assert_eq!(came.exit, Some(0), "{came:?}");
        fs::copy(self.there.path(reply), self.here.path(reply)).unwrap();
        came
    }

    fn record(&self, reply: &str) -> Came {
        self.here.call(&["sign", reply, "--signers", "signers"])
    }

    fn gate(&self) -> String {
        self.here.call(&["export", &self.run, "--format", "json"]).json()["gates"][0]["state"].as_str().unwrap().into()
    }

    fn entries(&self) -> String {
        self.here.call(&["show", &self.run, "--events"]).out
    }

    /// One verdict three ways, on the bundle as it is now.
    fn three_ways(&self, folder: &str, demands: &[&str]) -> Option<i32> {
        let signers = self.here.path("signers").to_string_lossy().into_owned();
        let export = ["export", &self.run, "--format", "bundle", "-o", folder, "--key", "none"];
        let export = self.here.call(&export);
        assert_eq!(export.exit, Some(0), "{export:?}");
        let demands = [demands, &["--signers", &signers]].concat();
        let ours = self.here.call(&[&["verify", folder], &demands[..]].concat());
        let mut python = Command::new("python3");
        let python = python.args(["-B", "verify.py", "."]).args(&demands).current_dir(self.here.path(folder));
        let python = python.output().unwrap();
        assert_eq!(python.status.code(), ours.exit, "{python:?} {ours:?}");
        let shell = "set -e; sha256sum --strict -c SHA256SUMS >/dev/null
            for text in statements/*.txt; do [ -e $text.sig ] || continue
              ssh-keygen -Y verify -f \"$1\" -n gonogo-v1 -s $text.sig -I \"$(sed -n 's/^signer: //p' $text)\" <$text >/dev/null
            done";
        let mut sh = Command::new("sh");
        let status = sh.args(["-c", shell, "sh", &signers]).current_dir(self.here.path(folder)).status().unwrap();
        // By hand nobody counts persons; what does not verify is seen all the same.
        let trusted = !ours.out.contains("NOT TRUSTED");
        assert_eq!(status.success(), trusted, "{ours:?}");
        ours.exit
    }
}

#[test]
fn two_persons_release_a_gate_by_request_and_answer_and_three_ways_agree() {
    let places = Places::new(&["alice", "bob", "dana"]);
    places.ask("prepare", "ask.txt");
    places.answer("alice", "alice", ("ask.txt", "a.txt"), &[]);
    // The same person again, with another key: recorded, and still one.
    key(&places.there, "spare");
    places.answer("alice", "spare", ("ask.txt", "spare.txt"), &[]);
    places.answer("bob", "bob", ("ask.txt", "b.txt"), &["--reason", "looked at it"]);
    assert_eq!(places.record("a.txt").exit, Some(0));
    places.record("spare.txt").refuses_loudly(4, "is not one of alice@example.org");
    assert_eq!(places.gate(), "held");
    assert_eq!(places.three_ways("one", &["--require", "2"]), Some(4), "one person");
    assert_eq!(places.record("b.txt").exit, Some(0));
    assert_eq!(places.gate(), "released");
    assert_eq!(places.three_ways("two", &["--require", "2"]), Some(0));
    assert_eq!(places.three_ways("unsealed", &["--sealed"]), Some(4));
    // A key that the list does not know any more.
    let list = fs::read_to_string(places.here.path("signers")).unwrap();
    places
        .here
        .write("signers", list.lines().filter(|line| !line.starts_with("bob@")).collect::<Vec<_>>().join("\n") + "\n");
    assert_eq!(places.three_ways("gone", &[]), Some(4));
}

#[test]
fn answers_that_were_tampered_with_are_not_recorded() {
    let places = Places::new(&["alice", "bob"]);
    places.ask("prepare", "ask.txt");
    places.answer("bob", "bob", ("ask.txt", "b.txt"), &[]);
    let answer = fs::read_to_string(places.here.path("b.txt")).unwrap();
    let before = places.entries();
    let statement = answer.split("-----BEGIN").next().unwrap();
    let line = |start: &str| statement.lines().find(|line| line.starts_with(start)).unwrap().to_owned();
    let with = |start: &str, new: &str| answer.replace(&line(start), new);
    let cases = [
        ("for another step", with("scope: ", "scope: step check \"1.1 Check\"")),
        ("for the whole run", with("scope: ", "scope: run")),
        ("by somebody else", with("name: ", "name: alice")),
        ("under another address", with("signer: ", "signer: alice@example.org")),
        ("with another role", with("role: ", "role: owner")),
        ("with another meaning", with("meaning: ", "meaning: approved")),
        ("about another head", with("head: ", &line("head: ").replace("sha256:", "sha256:0"))),
        ("at another time", with("time: ", "time: 2020-01-01T00:00:00Z")),
        ("about another runbook", with("runbook: ", &format!("runbook: sha256:{}", "0".repeat(64)))),
        ("with a line more", answer.replacen("time: ", "reason: all good\ntime: ", 1)),
        ("without its signature", statement.to_owned()),
        ("with a signature in front", format!("{}{statement}", &answer[statement.len()..])),
        ("with two signatures", format!("{answer}{}", &answer[statement.len()..])),
        ("with a closing word", with("type: ", "type: close")),
    ];
    for (what, text) in cases {
        assert_ne!(text, answer, "{what}");
        places.here.write("forged.txt", &text);
        let found = places.here.call(&["sign", "forged.txt"]);
        println!("{what:<28} {:>3}  {}", found.exit.unwrap_or(-1), found.err.trim());
        assert!(matches!(found.exit, Some(2..=4)) && found.err.starts_with("gonogo: "), "{what}: {found:?}");
        assert_eq!(places.entries(), before, "{what}: nothing was recorded");
    }
    assert_eq!(places.record("b.txt").exit, Some(0));
}

#[test]
fn an_old_answer_is_not_the_last_word() {
    let places = Places::new(&["alice", "bob"]);
    places.ask("prepare", "ask.txt");
    places.answer("alice", "alice", ("ask.txt", "alice.txt"), &[]);
    places.answer("bob", "bob", ("ask.txt", "yes.txt"), &[]);
    places.answer("bob", "bob", ("ask.txt", "early.txt"), &["--reason", "another text"]);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    places.answer("bob", "bob", ("ask.txt", "no.txt"), &["--reject", "--reason", "the replica lags"]);
    for reply in ["alice.txt", "yes.txt", "no.txt"] {
        assert_eq!(places.record(reply).exit, Some(0));
    }
    assert_eq!(places.gate(), "rejected");
    // Whoever keeps the journal would like the yes better.
    places.record("yes.txt").refuses_loudly(4, "it is recorded already");
    places.record("early.txt").refuses_loudly(4, "has stated something later");
    places.record("no.txt").refuses_loudly(4, "it is recorded already");
    assert_eq!(places.gate(), "rejected");
    std::thread::sleep(std::time::Duration::from_millis(1100));
    places.ask("prepare", "again.txt");
    places.answer("bob", "bob", ("again.txt", "now.txt"), &["--reason", "caught up"]);
    assert_eq!(places.record("now.txt").exit, Some(0));
    assert_eq!(places.gate(), "released");
}

#[test]
fn an_answer_after_the_work_went_on_does_not_release() {
    let places = Places::new(&["alice", "bob"]);
    places.ask("prepare", "ask.txt");
    places.answer("alice", "alice", ("ask.txt", "a.txt"), &[]);
    places.answer("bob", "bob", ("ask.txt", "b.txt"), &[]);
    assert_eq!(places.record("a.txt").exit, Some(0));
    // A note moves the head and changes nothing; doing the step again does.
    came(places.here.command(&["--plain", "cut.md"]).write_stdin("y\na hand-over\nq\n"));
    assert_eq!(places.record("b.txt").exit, Some(0));
    assert_eq!(places.gate(), "released");
    came(places.here.command(&["--plain", "cut.md"]).write_stdin("y\ng 1.1\nr\ny\nq\n"));
    assert_eq!(places.gate(), "held", "both signed what was there before");
    assert_eq!(places.three_ways("void", &[]), Some(0), "the signatures hold, and are about what was");
    let verified = places.here.call(&["verify", &places.run, "--signers", "signers", "--require", "1"]);
    assert_eq!(verified.exit, Some(4), "void sign-offs count for nobody: {verified:?}");
}

#[test]
fn the_performer_cannot_answer_under_any_name_that_counts() {
    let places = Places::new(&["dana", "bob"]);
    places.ask("prepare", "ask.txt");
    places.answer("dana", "dana", ("ask.txt", "d.txt"), &[]);
    places.record("d.txt").refuses_loudly(4, "dana performed it");
    places.answer("Dana", "bob", ("ask.txt", "d2.txt"), &[]);
    places.record("d2.txt").refuses_loudly(4, "is not one of Dana@example.org");
    places.here.call(&["sign", "d2.txt"]).refuses_loudly(4, "Dana performed it");
}

#[test]
fn a_broken_glass_is_reviewed_by_somebody_else_before_the_close() {
    let places = Places::new(&["alice", "bob", "dana"]);
    let glass = ["sign", &places.run, "prepare", "--break-glass", "--reason", "nobody answers"];
    assert_eq!(places.here.call(&glass).exit, Some(0));
    let walk = |keys: &str| came(places.here.command(&["--plain", "cut.md"]).write_stdin(keys.to_owned()));
    walk("y\ng 2.1\nt\nq\n");
    let close = |key: &str| {
        let key = places.there.path(key).to_string_lossy().into_owned();
        let mut command = places.here.command(&["close", &places.run, "--reason", "window ends", "--key", &key]);
        came(command.env("GONOGO_SIGNER", "dana@example.org"))
    };
    close("dana").refuses(4, &["somebody else has to review it first"]);
    // Who broke it does not review it, nor does an answer that was signed before.
    places.ask("prepare", "ask.txt");
    places.answer("dana", "dana", ("ask.txt", "self.txt"), &["--meaning", "verified"]);
    assert_eq!(places.record("self.txt").exit, Some(4));
    close("dana").refuses(4, &["somebody else has to review it first"]);
    places.answer("alice", "alice", ("ask.txt", "a.txt"), &["--meaning", "verified"]);
    assert_eq!(places.record("a.txt").exit, Some(0));
    let closed = close("dana");
    assert!(closed.out.contains("is closed: ") && closed.out.contains("sealed with SHA256:"), "{closed:?}");
    assert_eq!(places.three_ways("closed", &["--sealed", "--require", "2"]), Some(0));
    let report = fs::read_to_string(places.here.path("closed/report.md")).unwrap();
    assert!(report.contains("skipped gate") && report.contains("nobody answers"), "{report}");
    assert_eq!(short(&places.here), places.run);
}
