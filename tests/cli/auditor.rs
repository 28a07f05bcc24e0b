//! Whoever cheats, and who sees it: gonogo, `verify.py`, and every line of `VERIFY.md` pasted into a shell as it stands there.

use crate::attacks::{alter, rewrite};
use crate::bundle::{Files, SEALED, edit, list_again, python, signers, text, write};
use crate::home::Home;
use crate::sign::key;
use serde_json::json;
use std::fs;
use std::process::Command;

/// The shell blocks of the bundle's own guide, in order, with what each is for.
fn lines(files: &Files) -> Vec<String> {
    let guide = text(files, "VERIFY.md");
    let mut blocks: Vec<String> = Vec::new();
    let mut inside = false;
    for line in guide.lines() {
        match line.trim() {
            "```sh" => {
                inside = true;
                blocks.push(String::new());
            }
            "```" => inside = false,
            _ if inside => *blocks.last_mut().unwrap() += &format!("{}\n", line.strip_prefix("   ").unwrap_or(line)),
            _ => {}
        }
    }
    assert_eq!(blocks.len(), 6, "{blocks:?}");
    blocks
}

const STEPS: [&str; 6] = ["sums", "verify.py", "signers", "by hand", "closed", "list"];

/// Which of the pasted blocks complain.
fn complaints(files: &Files, guide: &Files) -> Vec<&'static str> {
    let home = write(files);
    fs::copy(signers(), home.path("my_signers")).unwrap();
    let mut complaints = Vec::new();
    for (step, block) in STEPS.into_iter().zip(lines(guide)) {
        let mut shell = Command::new("sh");
        shell.args(["-c", &block]).current_dir(home.path("b")).env_clear();
        shell
            .env("PATH", std::env::var("PATH").unwrap())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("HOME", home.path(""));
        let output = shell.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() || said.contains("NOT S") {
            complaints.push(step);
        }
    }
    complaints
}

fn is_statement(name: &str) -> bool {
    name.strip_prefix("statements/").is_some_and(|name| !name.contains("sig"))
}

fn swap(files: &mut Files, one: &str, other: &str) {
    let (first, second) = (files.remove(one).unwrap(), files.remove(other).unwrap());
    files.insert(one.to_owned(), second);
    files.insert(other.to_owned(), first);
}

/// The sign-off made anew by somebody with a key of their own, under the same name, and everything after it cut off.
fn sign_again(files: &mut Files) {
    let home = Home::new();
    key(&home, "eve");
    let statement = text(files, "statements/0008.txt");
    home.write("text", &statement);
    let mut sign = Command::new("ssh-keygen");
    sign.args(["-q", "-Y", "sign", "-f", "eve", "-n", "gonogo-v1", "text"]).current_dir(home.path(""));
    assert!(sign.output().unwrap().status.success());
    let signature = fs::read_to_string(home.path("text.sig")).unwrap();
    let last = files.keys().rfind(|name| is_statement(name)).unwrap().clone();
    files.remove(&last).unwrap();
    files.remove(&format!("{last}.sig")).unwrap();
    files.insert("statements/0008.txt.sig".into(), signature.clone().into_bytes());
    edit(files, "checkpoint", "report: ", "report: custom ");
    rewrite(files, |lines| {
        lines.truncate(8);
        alter(&mut lines[7], |entry| entry["data"]["sealed"]["signature"] = json!(signature));
    });
}

/// Takes the last statements away with everything after them, and makes anew what needs no key.
fn cut(files: &mut Files, statements: usize) {
    let names: Vec<String> = files.keys().filter(|name| is_statement(name)).cloned().collect();
    let gone = &names[names.len() - statements..];
    let first: usize = gone[0][11..15].parse().unwrap();
    for name in gone {
        files.remove(name).unwrap();
        files.remove(&format!("{name}.sig")).unwrap();
    }
    edit(files, "checkpoint", "report: ", "report: custom ");
    rewrite(files, |lines| lines.truncate(first - 1));
}

type Act = fn(&mut Files);

/// What was done; what gonogo and verify.py answer to `--sealed --signers --require 2`; which pasted lines complain.
type Cheat = (&'static str, Act, i32, i32, &'static [&'static str]);

const CHEATS: &[Cheat] = &[
    ("nothing", |_| (), 0, 0, &[]),
    ("the close is cut off", |files| cut(files, 1), 4, 4, &["signers", "closed", "list"]),
    ("sign-off and close are cut off", |files| cut(files, 2), 4, 4, &["signers", "by hand", "closed", "list"]),
    (
        "two signatures exchanged",
        |files| {
            let last = files.keys().rfind(|name| name.ends_with(".txt.sig")).unwrap().clone();
            swap(files, "statements/0008.txt.sig", &last);
        },
        5,
        5,
        &["sums", "verify.py", "signers", "by hand"],
    ),
    (
        "the same, list made anew",
        |files| {
            let last = files.keys().rfind(|name| name.ends_with(".txt.sig")).unwrap().clone();
            swap(files, "statements/0008.txt.sig", &last);
            list_again(files);
        },
        5,
        5,
        &["verify.py", "signers", "by hand", "list"],
    ),
    (
        "a file of signers put in",
        |files| {
            files.insert("my_signers".into(), b"eve@example.org ssh-ed25519 AAAA\n".to_vec());
            list_again(files);
        },
        5,
        5,
        &["verify.py", "signers", "list"],
    ),
    (
        "an output renamed",
        |files| {
            let output = files.remove("outputs/0001-0").unwrap();
            files.insert("outputs/0002-0".into(), output);
            list_again(files);
        },
        5,
        5,
        &["verify.py", "signers", "list"],
    ),
    ("signed again with another key", sign_again, 4, 4, &["signers", "by hand", "closed", "list"]),
    ("report.html altered", |files| edit(files, "report.html", "GO", "NO"), 5, 5, &["sums", "verify.py", "signers"]),
    (
        "report.html altered, list made anew",
        |files| {
            edit(files, "report.html", "GO", "NO");
            list_again(files);
        },
        5,
        0,
        &["list"],
    ),
    ("runbook.md altered", |files| edit(files, "runbook.md", "Flip", "Flop"), 5, 5, &["sums", "verify.py", "signers"]),
    (
        "runbook.md altered, list made anew",
        |files| {
            edit(files, "runbook.md", "Flip", "Flop");
            list_again(files);
        },
        5,
        5,
        &["verify.py", "signers", "list"],
    ),
    (
        "verify.py that likes everything",
        |files| {
            files.insert("verify.py".into(), b"print('intact, sealed')\n".to_vec());
            list_again(files);
        },
        5,
        0,
        &["list"],
    ),
    (
        "a statement taken away",
        |files| drop(files.remove("statements/0008.txt")),
        5,
        5,
        &["sums", "verify.py", "signers"],
    ),
];

#[test]
fn every_cheat_is_seen_by_whoever_is_said_to_see_it() {
    println!("{:<36} {:>6} {:>9}  lines of VERIFY.md that complain", "cheat", "gonogo", "verify.py");
    let mut wrong = Vec::new();
    for (what, act, gonogo, verify, lines) in CHEATS {
        let mut files = SEALED.files.clone();
        act(&mut files);
        let home = write(&files);
        let signers = signers();
        let demands = ["--sealed", "--signers", &signers, "--require", "2"];
        let ours = home.call(&[&["verify", "b"], &demands[..]].concat());
        // A verify.py of one's own, as the guide advises.
        let (theirs, said) = python(&home.path("b"), &demands);
        let pasted = complaints(&files, &SEALED.files);
        println!("{what:<36} {:>6} {:>9}  {}", ours.exit.unwrap(), theirs.unwrap(), pasted.join(", "));
        if (ours.exit, theirs, &pasted[..]) != (Some(*gonogo), Some(*verify), *lines) {
            wrong.push(format!("{what}: expected {gonogo} {verify} {lines:?}\n{ours:?}\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
