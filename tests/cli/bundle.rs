//! The bundle against its attackers: each with the exit code and the row it names, by gonogo and by the bundle's own verifier.

use crate::home::{Came, Home, came};
use crate::sign::{key, short};
use gonogo::run::event::chain;
use gonogo::runbook::Digest;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

pub type Files = BTreeMap<String, Vec<u8>>;

const BOOK: &str = "# Cut-over\n\n## Prepare {gate={role: dba, not: performer}}\n\n- [ ] Check\n  ```sh\n  echo checked\n  ```\n\n## Switch\n\n- [ ] Flip the switch\n";

/// A run that went to its sealed end, with two signers; the home it lives in, and its bundle.
pub struct Sealed {
    pub home: Home,
    pub run: String,
    pub files: Files,
}

pub static SEALED: LazyLock<Sealed> = LazyLock::new(|| {
    let home = Home::new();
    home.write("cut.md", BOOK);
    let mut signers = String::new();
    for name in ["dana", "bob"] {
        let public = fs::read_to_string(key(&home, name).with_extension("pub")).unwrap();
        let words: Vec<&str> = public.split(' ').take(2).collect();
        signers
            .push_str(&format!("{name}@example.org namespaces=\"gonogo-v1,gonogo-export-v1\" {}\n", words.join(" ")));
    }
    home.write("signers", signers);
    let walk = |keys: &str| came(home.command(&["--plain", "cut.md"]).write_stdin(keys.to_owned()));
    walk("r\nq\n");
    let run = short(&home);
    let bob = ["--operator", "bob", "--role", "dba", "--key", "bob"];
    let signed =
        came(home.command(&[&["sign", &run, "prepare"][..], &bob].concat()).env("GONOGO_SIGNER", "bob@example.org"));
    assert_eq!(signed.exit, Some(0), "{signed:?}");
    let walked = walk("y\nt\nq\n");
    assert_eq!(walked.exit, Some(0), "{walked:?}");
    let dana = |arguments: &[&str]| {
        let mut command = home.command(&[arguments, &["--key", "dana"]].concat());
        let came = came(command.env("GONOGO_SIGNER", "dana@example.org"));
        assert_eq!(came.exit, Some(0), "{came:?}");
    };
    dana(&["close", &run]);
    dana(&["export", &run, "--format", "bundle", "-o", "bundle"]);
    dana(&["export", &run, "--format", "bundle", "-o", "bundle.tar"]);
    let files = read(&home.path("bundle"));
    Sealed { home, run, files }
});

pub fn read(folder: &Path) -> Files {
    let mut files = Files::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            files.extend(read(&path).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else {
            files.insert(name, fs::read(&path).unwrap());
        }
    }
    files
}

pub fn write(files: &Files) -> Home {
    let home = Home::new();
    for (name, bytes) in files {
        let path = home.path("b").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    home
}

pub fn python(folder: &Path, demands: &[&str]) -> (Option<i32>, String) {
    let script = fs::canonicalize("src/audit/bundle/verify.py").unwrap();
    let output = Command::new("python3").arg("-B").arg(script).arg(folder).args(demands).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What both verifiers say; they have to agree.
fn both(files: &Files, demands: &[&str]) -> Came {
    let home = write(files);
    let found = home.call(&[&["verify", "b"], demands].concat());
    let (exit, said) = python(&home.path("b"), demands);
    assert_eq!(exit, found.exit, "verify.py: {said}\ngonogo: {found:?}");
    found
}

pub fn text(files: &Files, name: &str) -> String {
    String::from_utf8(files[name].clone()).unwrap()
}

pub fn edit(files: &mut Files, name: &str, from: &str, to: &str) {
    let before = text(files, name);
    assert!(before.contains(from), "{name} has no {from}: {before}");
    files.insert(name.to_owned(), before.replacen(from, to, 1).into_bytes());
}

/// Makes everything anew that needs no key: heads, checkpoint, list of files.
pub fn patch_up(files: &mut Files) {
    let events = text(files, "events.jsonl");
    let (mut heads, mut prev) = (String::new(), Digest::ZERO);
    for (body, seq) in events.lines().zip(1..) {
        prev = chain(&prev, body.as_bytes());
        heads.push_str(&format!("{seq} {}\n", prev.hex()));
    }
    let count = events.lines().count();
    let point: String = text(files, "checkpoint")
        .lines()
        .map(|line| match line.split_once(": ") {
            Some(("entries", _)) => format!("entries: {count}\n"),
            Some(("head", _)) => format!("head: {}\n", prev.hex()),
            _ => format!("{line}\n"),
        })
        .collect();
    files.insert("heads.txt".into(), heads.into_bytes());
    files.insert("checkpoint".into(), point.into_bytes());
    list_again(files);
}

pub fn list_again(files: &mut Files) {
    files.remove("SHA256SUMS.sig");
    files.remove("SHA256SUMS");
    let list: String = files
        .iter()
        .fold(String::new(), |list, (name, bytes)| list + &format!("{}  {name}\n", Digest::of(bytes).hex()));
    files.insert("SHA256SUMS".into(), list.into_bytes());
}

fn attack(name: &str, exit: i32, row: &str, act: impl Fn(&mut Files)) {
    let mut files = SEALED.files.clone();
    act(&mut files);
    assert_ne!(files, SEALED.files, "{name}");
    let found = both(&files, &[]);
    assert_eq!(found.exit, Some(exit), "{name}: {found:?}");
    assert!(found.out.contains(row), "{name}: {found:?}");
}

pub fn signers() -> String {
    SEALED.home.path("signers").to_string_lossy().into_owned()
}

#[test]
fn a_sealed_bundle_meets_every_demand() {
    let signers = signers();
    let demands = ["--sealed", "--require", "2", "--signers", &signers];
    let found = both(&SEALED.files, &demands);
    assert_eq!(found.exit, Some(0), "{found:?}");
    for line in ["  sealed   yes, dana <dana@example.org>", "released, bob <bob@example.org>", "listed in your signers"]
    {
        assert!(found.out.contains(line), "{line}: {found:?}");
    }
    let tar = SEALED.home.call(&[&["verify", "bundle.tar"], &demands[..]].concat());
    assert_eq!((tar.exit, &tar.out), (Some(0), &found.out), "a tar says the same");
    let journal = SEALED.home.call(&[&["verify", &SEALED.run], &demands[..]].concat());
    assert_eq!(journal.exit, Some(0), "{journal:?}");
}

#[test]
fn a_stranger_verifies_without_gonogo() {
    let home = write(&SEALED.files);
    let script = |folder: &Path| {
        Command::new("sh")
            .arg("tests/cli/stranger.sh")
            .arg(folder)
            .arg(signers())
            .arg("dana@example.org")
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .unwrap()
    };
    let output = script(&home.path("b"));
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains(", sealed"), "{output:?}");
    let mut files = SEALED.files.clone();
    edit(&mut files, "statements/0008.txt", "released", "approved");
    assert!(!script(&write(&files).path("b")).status.success());
}

#[test]
fn whoever_has_no_key_is_seen() {
    let line = |files: &Files, at: usize| text(files, "events.jsonl").lines().nth(at).unwrap().to_owned() + "\n";
    attack("edit", 5, "ALTERED: entry 4: its hash", |files| edit(files, "events.jsonl", "\"risk\":\"", "\"risk\":\"x"));
    attack("edit and patch up", 5, "its statement names a head that is not the chain's", |files| {
        edit(files, "events.jsonl", "\"took_ms\":", "\"took_ms\":1");
        patch_up(files);
    });
    attack("insert", 5, "ALTERED: entry", |files| {
        let twice = line(files, 3);
        edit(files, "events.jsonl", &twice, &format!("{twice}{twice}"));
        patch_up(files);
    });
    attack("drop", 5, "ALTERED: entry 4", |files| {
        let gone = line(files, 3);
        edit(files, "events.jsonl", &gone, "");
        patch_up(files);
    });
    attack("reorder", 5, "ALTERED: entry 4", |files| {
        let (one, two) = (line(files, 3), line(files, 4));
        edit(files, "events.jsonl", &format!("{one}{two}"), &format!("{two}{one}"));
        patch_up(files);
    });
    attack("another runbook", 5, "ALTERED: runbook", |files| {
        edit(files, "runbook.md", "Flip", "Turn");
        list_again(files);
    });
    attack("another output", 5, "ALTERED: output of attempt #1", |files| {
        edit(files, "outputs/0001-0", "checked", "cracked");
        list_again(files);
    });
    attack("another output of the same list", 5, "ALTERED: output of attempt #1", |files| {
        edit(files, "outputs/0001-0", "checked", "cracked");
    });
    attack("something behind the close", 5, "stands behind the sealed close", |files| {
        let last = line(files, text(files, "events.jsonl").lines().count() - 1);
        let note = serde_json::from_str::<serde_json::Value>(&last).unwrap();
        let seq = note["seq"].as_u64().unwrap();
        let mut note = note;
        note["seq"] = (seq + 1).into();
        note["kind"] = "note_added".into();
        note["data"] = serde_json::json!({"text": "all good"});
        let events = text(files, "events.jsonl") + &note.to_string() + "\n";
        files.insert("events.jsonl".into(), events.into_bytes());
        patch_up(files);
    });
}

#[test]
fn a_cut_tail_shows_as_unsealed() {
    let mut files = SEALED.files.clone();
    let events = text(&files, "events.jsonl");
    let kept: Vec<&str> = events.lines().take_while(|line| !line.contains("\"run_closed\"")).collect();
    let seq = kept.len() + 1;
    files.insert("events.jsonl".into(), (kept.join("\n") + "\n").into_bytes());
    files.remove(&format!("statements/{seq:04}.txt")).unwrap();
    files.remove(&format!("statements/{seq:04}.txt.sig")).unwrap();
    // The forger draws the reports anew, too: here they say that somebody else drew them.
    edit(&mut files, "checkpoint", "report: ", "report: custom ");
    patch_up(&mut files);
    let found = both(&files, &[]);
    assert!(
        found.exit == Some(0) && found.out.contains("  sealed   no") && found.out.contains("NOT CHECKED"),
        "{found:?}"
    );
    assert_eq!(both(&files, &["--sealed"]).exit, Some(4));
    assert_eq!(both(&files, &["--require", "2"]).exit, Some(4));
}

#[test]
fn signatures_do_not_move_and_do_not_bend() {
    let close = SEALED.files.keys().rfind(|name| name.contains(".txt.sig")).unwrap().clone();
    attack("move a signature", 5, "ALTERED: file statements/0008.txt.sig", |files| {
        files.insert("statements/0008.txt.sig".into(), files[&close].clone());
        list_again(files);
    });
    attack("another statement", 5, "ALTERED: file statements/0008.txt", |files| {
        edit(files, "statements/0008.txt", "meaning: released", "meaning: approved");
        list_again(files);
    });
    attack("a statement too many", 5, "statements", |files| {
        files.insert("statements/0001.txt".into(), b"gonogo sign-off v1\n".to_vec());
        list_again(files);
    });
    attack("another list", 5, "ALTERED: file", |files| edit(files, "SHA256SUMS", "  VERIFY.md", "  verify.md"));
    // In the entries themselves, with the chain made anew: the text no longer fits the signature.
    attack("another meaning in the entry", 5, "ALTERED: entry", |files| {
        edit(files, "events.jsonl", "meaning: released", "meaning: approved");
        edit(files, "events.jsonl", "\"meaning\":\"released\"", "\"meaning\":\"approved\"");
        edit(files, "statements/0008.txt", "meaning: released", "meaning: approved");
        patch_up(files);
    });
    attack("version 0", 5, "ALTERED: entry", |files| {
        // U1NIU0lHAAAAAQ is SSHSIG and version 1; OpenSSH takes 0 for 1.
        edit(files, "events.jsonl", "U1NIU0lHAAAAAQ", "U1NIU0lHAAAAAA");
        edit(files, "statements/0008.txt.sig", "U1NIU0lHAAAAAQ", "U1NIU0lHAAAAAA");
        patch_up(files);
    });
}

#[test]
fn a_forged_view_does_not_ride_on_good_entries() {
    for name in ["report.html", "report.md", "VERIFY.md", "verify.py"] {
        let mut files = SEALED.files.clone();
        files.get_mut(name).unwrap().extend(b"\n<!-- GO -->\n");
        let listed = both(&files, &[]);
        assert!(listed.exit == Some(5) && listed.out.contains(&format!("file {name}")), "{listed:?}");
        // With a new list only whoever draws it again sees it: gonogo does.
        list_again(&mut files);
        let home = write(&files);
        let found = home.call(&["verify", "b"]);
        assert!(found.exit == Some(5) && found.out.contains(&format!("file {name}")), "{found:?}");
    }
}

#[test]
fn only_your_signers_count() {
    let home = Home::new();
    let stranger = fs::read_to_string(key(&home, "eve").with_extension("pub")).unwrap();
    let listed = fs::read_to_string(signers()).unwrap();
    let with = |content: String| home.write("signers", content).to_string_lossy().into_owned();
    let demand = |signers: &str| both(&SEALED.files, &["--signers", signers]).exit;
    assert_eq!(demand(&with(listed.clone())), Some(0));
    assert_eq!(demand(&with(listed.replace("bob@", "rob@"))), Some(4), "unlisted");
    assert_eq!(demand(&with(listed.replace("gonogo-v1,", ""))), Some(4), "for exports only");
    assert_eq!(
        demand(&with(listed.replace(" namespaces", " valid-before=\"20200101\",namespaces"))),
        Some(4),
        "expired"
    );
    let words: Vec<&str> = stranger.split(' ').take(2).collect();
    let other = listed.lines().map(|line| format!("{} {}\n", line.split(' ').next().unwrap(), words.join(" ")));
    assert_eq!(demand(&with(other.collect())), Some(4), "another key");
    assert_eq!(both(&SEALED.files, &["--require", "3"]).exit, Some(4));
}

/// Every form of a record, wherever and however often it is exported. `GONOGO_LONG=1` repeats it a hundred times.
#[test]
fn the_same_evidence_gives_the_same_bytes() {
    const ZONES: [&str; 5] = ["UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Kiritimati", ":/nowhere"];
    const LOCALES: [&str; 5] = ["C", "de_DE.UTF-8", "tr_TR.UTF-8", "ar_EG.UTF-8", "ja_JP.eucJP"];
    const FORMATS: [&str; 8] = ["bundle", "md", "html", "json", "jsonl", "csv", "junit", "cast"];
    let export = |format: &str, zone: &str, locale: &str| {
        let file = if format == "bundle" { "again.tar" } else { "again" };
        let mut arguments = vec!["export", &SEALED.run, "--format", format, "-o", file, "--key", "none"];
        arguments.extend(if format == "cast" { ["--attempt", "1"].as_slice() } else { &[] });
        let mut command = SEALED.home.command(&arguments);
        for name in ["LC_ALL", "LANG", "LC_TIME", "LC_NUMERIC", "LANGUAGE"] {
            command.env(name, locale);
        }
        let came = came(command.env("TZ", zone));
        assert_eq!(came.exit, Some(0), "{format}: {came:?}");
        let bytes = fs::read(SEALED.home.path(file)).unwrap();
        fs::remove_file(SEALED.home.path(file)).unwrap();
        bytes
    };
    let mut exports = 0;
    for format in FORMATS {
        let first = export(format, "UTC", "C");
        for zone in ZONES {
            for locale in LOCALES {
                assert!(export(format, zone, locale) == first, "{format} at {zone} in {locale}");
                exports += 1;
            }
        }
        for round in 0..if crate::dice::long() { 100 } else { 0 } {
            assert!(export(format, ZONES[round % 5], LOCALES[round / 5 % 5]) == first, "{format}, round {round}");
            exports += 1;
        }
        if format == "bundle" {
            let unsigned = SEALED
                .files
                .iter()
                .filter(|(name, _)| *name != "SHA256SUMS.sig")
                .map(|(name, bytes)| (name.clone(), bytes.into()))
                .collect();
            let folder = format!("gonogo-{}", SEALED.run.to_ascii_lowercase());
            let written = gonogo::audit::bundle::tar::write(&folder, &unsigned);
            assert_eq!(written, first, "the folder holds the same");
        }
    }
    println!("A14  {exports} exports in {} forms, 25 places: the same bytes", FORMATS.len());
}
