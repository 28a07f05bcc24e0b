//! The table of attacks: what somebody did, with which exit code it ended, and the row that was named.
//!
//! Every attack on a bundle is judged by gonogo and by the bundle's own `verify.py`, and they have to agree. The table is
//! printed: `cargo test --test cli attacks:: -- --nocapture`. The thousandfold form is
//! `cargo test --test cli thousand:: -- --ignored --nocapture`.

mod table;

use crate::bundle::{Files, SEALED, list_again, patch_up, python, signers, text, write};
use crate::home::{Home, came};
use crate::sign::{key, short};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::fs;
use std::process::Command;

/// Changes the entries by their lines, and makes everything anew that needs no key.
pub fn rewrite(files: &mut Files, change: impl FnOnce(&mut Vec<String>)) {
    let mut lines: Vec<String> = text(files, "events.jsonl").lines().map(str::to_owned).collect();
    change(&mut lines);
    files.insert("events.jsonl".into(), (lines.join("\n") + "\n").into_bytes());
    patch_up(files);
}

/// Changes an entry as JSON; its form stays canonical.
pub fn alter(line: &mut String, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_str(line).unwrap();
    change(&mut value);
    *line = value.to_string();
}

/// The line of the entry that closes the run, by its place among the entries.
fn close_line(files: &Files) -> usize {
    text(files, "events.jsonl").lines().position(|line| line.contains("\"kind\":\"run_closed\"")).unwrap()
}

/// Changes the entry that closes the run, and makes everything anew that needs no key.
fn alter_close(files: &mut Files, change: impl FnOnce(&mut Value)) {
    let at = close_line(files);
    rewrite(files, |lines| alter(&mut lines[at], change));
}

pub fn signature_of(files: &Files) -> String {
    text(files, "statements/0008.txt.sig")
}

fn last_signature(files: &Files) -> String {
    files.keys().rfind(|name| name.ends_with(".txt.sig")).unwrap().clone()
}

/// Puts another signature under the first statement, everywhere.
fn resign(files: &mut Files, by: impl FnOnce(&str) -> String) {
    let (old, statement) = (signature_of(files), text(files, "statements/0008.txt"));
    let new = by(&statement);
    rewrite(files, |lines| alter(&mut lines[7], |entry| entry["data"]["sealed"]["signature"] = json!(new)));
    assert_ne!(old, new);
    files.insert("statements/0008.txt.sig".into(), new.into_bytes());
    list_again(files);
}

/// Signs with a fresh key.
fn signed(statement: &str, namespace: &str) -> String {
    let home = Home::new();
    key(&home, "eve");
    home.write("text", statement);
    let mut sign = Command::new("ssh-keygen");
    sign.args(["-q", "-Y", "sign", "-f", "eve", "-n", namespace, "text"]).current_dir(home.path(""));
    assert!(sign.output().unwrap().status.success());
    fs::read_to_string(home.path("text.sig")).unwrap()
}

/// The same armour around changed bytes.
fn rearmoured(armor: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let script = "import sys,base64; l=sys.stdin.read().split('\\n'); b=base64.b64decode(''.join(l[1:-2])); sys.stdout.buffer.write(b)";
    let mut bytes =
        assert_cmd::Command::new("python3").args(["-c", script]).write_stdin(armor).output().unwrap().stdout;
    change(&mut bytes);
    let script = "import sys,base64; e=base64.b64encode(sys.stdin.buffer.read()).decode(); print('-----BEGIN SSH SIGNATURE-----', *[e[i:i+70] for i in range(0,len(e),70)], '-----END SSH SIGNATURE-----', sep='\\n')";
    let output = assert_cmd::Command::new("python3").args(["-c", script]).write_stdin(bytes).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// What both verifiers say about a bundle: exit codes and text.
pub fn judged(files: &Files, demands: &[&str]) -> (Option<i32>, String, Option<i32>, String) {
    let home = write(files);
    let found = home.call(&[&["verify", "b"], demands].concat());
    let (exit, said) = python(&home.path("b"), demands);
    (found.exit, found.out, exit, said)
}

/// The line that names what is wrong.
pub fn named(out: &str) -> &str {
    let telling =
        |line: &&str| ["ALTERED", "NOT MET", "UNREADABLE", "unreadable"].iter().any(|word| line.contains(word));
    out.lines().find(telling).unwrap_or("")
}

#[test]
fn every_attack_on_a_bundle_is_named_by_both_verifiers() {
    let mut wrong = Vec::new();
    println!("{:<4} {:<42} {:>4}  row", "id", "attack", "exit");
    for attack in table::BUNDLE {
        let mut files = SEALED.files.clone();
        (attack.act)(&mut files);
        assert_ne!(files, SEALED.files, "{}", attack.what);
        let (exit, out, python, said) = judged(&files, attack.demands);
        println!("{:<4} {:<42} {:>4}  {}", attack.id, attack.what, exit.unwrap_or(-1), named(&out));
        if exit != Some(attack.exit) || python != exit || !out.contains(attack.row) {
            wrong.push(format!("{} {}: {out}\nverify.py {python:?}: {said}", attack.id, attack.what));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Signs by the owner of a key that is listed for somebody else, expired, revoked or not at all.
#[test]
fn every_attack_with_a_key_of_ones_own_is_not_trusted() {
    let home = Home::new();
    let listed = fs::read_to_string(signers()).unwrap();
    let stranger = fs::read_to_string(key(&home, "eve").with_extension("pub")).unwrap();
    let stranger = stranger.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let lines = |change: &dyn Fn(&str) -> String| listed.lines().map(|line| change(line) + "\n").collect::<String>();
    let own = lines(&|line| format!("{} {stranger}", line.split(' ').next().unwrap()));
    let cases = [
        ("listed, as it should be", 0, listed.clone()),
        ("a key that nobody lists", 4, own),
        ("listed for somebody else", 4, lines(&|line| line.replacen("bob@", "rob@", 1))),
        ("listed for exports only", 4, lines(&|line| line.replace("gonogo-v1,", ""))),
        ("expired", 4, lines(&|line| line.replace(" namespaces", " valid-before=\"20200101\",namespaces"))),
        ("not valid yet", 4, lines(&|line| line.replace(" namespaces", " valid-after=\"20990101\",namespaces"))),
        ("an empty list", 4, String::from("# nobody\n")),
    ];
    println!("{:<4} {:<42} {:>4}  row", "id", "attack", "exit");
    for (what, exit, list) in cases {
        let list = home.write("list", list).to_string_lossy().into_owned();
        let (found, out, python, said) = judged(&SEALED.files, &["--signers", &list]);
        println!("{:<4} {what:<42} {:>4}  {}", "A4", found.unwrap_or(-1), named(&out));
        assert_eq!((found, python), (Some(exit), Some(exit)), "{what}: {out}\n{said}");
    }
}

/// The journal itself in the hands of somebody with another program: rows changed past the triggers.
#[test]
fn every_attack_on_the_journal_is_named() {
    let attacks: &[(&str, &str, &str, &str)] = &[
        (
            "A9",
            "an entry altered",
            "UPDATE event SET body = replace(body, 'dana', 'fred') WHERE seq = 4 AND run = $1",
            "4",
        ),
        (
            "A9",
            "an entry replaced",
            "INSERT OR REPLACE INTO event SELECT run, seq, kind, replace(body, 'dana', 'fred'), prev, hash FROM event WHERE seq = 4 AND run = $1",
            "4",
        ),
        (
            "A9",
            "the last entry deleted",
            "DELETE FROM event WHERE run = $1 AND seq = (SELECT max(seq) FROM event WHERE run = $1)",
            "event",
        ),
        ("A9", "the salt of an output altered", "UPDATE output SET salt = zeroblob(32) WHERE run = $1", "output"),
        ("A9", "a ledger row deleted", "DELETE FROM ledger WHERE run = $1", "ledger"),
        (
            "A17",
            "a whole run deleted",
            "DELETE FROM chunk WHERE run = $1; DELETE FROM output WHERE run = $1; DELETE FROM event WHERE run = $1; DELETE FROM ledger WHERE run = $1; DELETE FROM head WHERE chain = $1; DELETE FROM lease WHERE run = $1; DELETE FROM run WHERE run = $1",
            "ledger",
        ),
    ];
    println!("{:<4} {:<42} {:>4}  row", "id", "attack", "exit");
    for (id, what, sql, row) in attacks {
        let home = Home::new();
        home.write("one.md", "# One\n## A\n- [ ] A\n  ```sh\n  echo printed\n  ```\n");
        for _ in 0..3 {
            came(home.command(&["--plain", "--new", "one.md"]).write_stdin("r\n"));
        }
        let runs = home.call(&["runs", "--format", "json"]).json();
        let second = runs["runs"][1]["run"].as_str().unwrap().to_owned();
        let conn = Connection::open(home.journal()).unwrap();
        let triggers: Vec<(String, String)> = conn
            .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let all = |sqls: Vec<String>| conn.execute_batch(&(sqls.join(";\n") + ";")).unwrap();
        all(triggers.iter().map(|(name, _)| format!("DROP TRIGGER {name}")).collect());
        conn.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        conn.execute_batch(&sql.replace("$1", &format!("'{second}'"))).unwrap();
        all(triggers.into_iter().map(|(_, sql)| sql).collect());
        drop(conn);
        let third = runs["runs"][2]["run"].as_str().unwrap().to_owned();
        let asked = if *id == "A17" { third } else { second };
        let found = home.call(&["verify", &asked]);
        let found = if *id == "A17" && found.exit == Some(0) { home.call(&["doctor"]) } else { found };
        println!("{id:<4} {what:<42} {:>4}  {}", found.exit.unwrap_or(-1), named(&found.out));
        assert!(found.exit == Some(5) && found.out.contains(row), "{what}: {found:?}");
    }
}

/// The people: one person who would pass for two.
#[test]
fn nobody_is_two_persons() {
    let home = Home::new();
    let run = crate::sign::walked(&home);
    for name in ["alice", "spare", "dana", "bob", "mallory"] {
        key(&home, name);
    }
    for (from, to) in [("alice", "copy"), ("alice.pub", "copy.pub")] {
        std::fs::copy(home.path(from), home.path(to)).unwrap();
    }
    let certify = ["-q", "-s", "mallory", "-I", "alice", "-n", "alice", "alice.pub"];
    assert!(Command::new("ssh-keygen").args(certify).current_dir(home.path("")).status().unwrap().success());
    let sign = |name: &str, role: &str, key: &str| {
        home.call(&["sign", &run, "prepare", "--operator", name, "--role", role, "--key", key])
    };
    assert_eq!(sign("alice", "dba", "alice").exit, Some(0));
    let cases = [
        ("the performer", "dana", "dba", "dana", 4),
        ("the performer in capitals", "DANA", "dba", "dana", 4),
        ("the performer with spaces", " Dana  ", "dba", "dana", 4),
        ("the performer with a borrowed key", "dana", "dba", "bob", 4),
        ("the performer without a key", "dana", "dba", "none", 4),
        ("the performer with a space and no key", " dana", "dba", "none", 4),
        ("the performer in mixed letters, a borrowed key", "dAnA", "dba", "bob", 4),
        ("another role", "bob", "developer", "bob", 4),
        ("no role", "bob", "", "bob", 4),
        ("the same key under another name", "carol", "dba", "alice", 4),
        ("the same key in a certificate, another name", "carol", "dba", "alice-cert.pub", 4),
        ("the same key from a copied file, another name", "carol", "dba", "copy", 4),
        ("the same key once more, a third name", "erin", "dba", "alice", 4),
        // Recorded, and still one person: the gate stays shut.
        ("the same person once more", "alice", "dba", "alice", 0),
        ("the same person with another key", "alice", "dba", "spare", 0),
        ("the same person in capitals, another key", "ALICE", "dba", "spare", 0),
        ("the same person with spaces, another key", "alice  ", "dba", "spare", 0),
        ("the same person without a key", "alice", "dba", "none", 0),
        ("the same person in capitals, without a key", "ALICE", "dba", "none", 0),
        ("the same person, the same key in a certificate", "alice", "dba", "alice-cert.pub", 0),
    ];
    println!("{:<4} {:<46} {:>4}  row", "id", "attack", "exit");
    for (what, name, role, key, exit) in cases {
        let found = sign(name, role, key);
        let gate = home.call(&["export", &run, "--format", "json"]).json()["gates"][0]["state"].clone();
        let row = if exit == 0 { format!("gate {gate}") } else { found.err.trim().to_owned() };
        println!("A12  {what:<46} {:>4}  {row}", found.exit.unwrap_or(-1));
        assert_eq!((found.exit, gate.as_str()), (Some(exit), Some("held")), "{what}: {found:?}");
    }
    assert_eq!(sign("bob", "dba", "bob").exit, Some(0));
    assert_eq!(home.call(&["export", &run, "--format", "json"]).json()["gates"][0]["state"], "released");
}

/// Name, time and meaning of a signature, in every form that people read (21 CFR 11.50).
#[test]
fn a_signature_says_who_when_and_what_in_every_form() {
    let call = |format: &[&str]| SEALED.home.call(&[&["export", &SEALED.run, "--format"], format].concat()).out;
    let record: Value = serde_json::from_str(&call(&["json"])).unwrap();
    for sign in record["sign_offs"].as_array().unwrap() {
        let time = sign["signature"]["time"].as_str().unwrap().replace('T', " ").replace('Z', " UTC");
        let (name, meaning) = (sign["signature"]["name"].as_str().unwrap(), sign["meaning"].as_str().unwrap());
        let shown = SEALED.home.call(&["show", &SEALED.run]).out;
        for (form, text) in [("md", call(&["md"])), ("html", call(&["html"])), ("csv", call(&["csv"])), ("show", shown)]
        {
            let all = [name, meaning, &time].iter().all(|part| text.contains(*part));
            println!("A10  {form:<5} {name}, {time}, {meaning}");
            assert!(all, "{form} lacks {name}, {time} or {meaning}: {text}");
        }
    }
}

/// What was shredded is nowhere any more.
#[test]
fn what_is_shredded_is_gone_from_every_file() {
    let home = Home::new();
    home.write("one.md", "# One\n## A\n- [ ] A\n  ```sh\n  printf 'blue%s' '-heron-7'\n  ```\n");
    came(home.command(&["--plain", "one.md"]).write_stdin("r\n"));
    let run = short(&home);
    assert!(home.call(&["show", &run, "1.1"]).out.contains("blue-heron-7"));
    assert_eq!(home.call(&["journal", "shred", &run, "1", "--reason", "leaked"]).exit, Some(0));
    assert_eq!(home.call(&["export", &run, "--format", "bundle", "-o", "b.tar", "--key", "none"]).exit, Some(0));
    let mut looked = 0;
    for name in home.names().iter().filter(|name| fs::metadata(name).unwrap().is_file()) {
        let bytes = fs::read(name).unwrap();
        assert!(!bytes.windows(12).any(|part| part == b"blue-heron-7"), "{name}");
        looked += 1;
    }
    assert!(looked > 3 && home.call(&["verify", "b.tar"]).out.contains("1 shredded"));
    println!("A18  shredded output: 0 hits in {looked} files, chain intact");
}
