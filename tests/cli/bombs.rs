//! Hostile bundles: whatever is in them, nothing is written anywhere, nothing is followed, memory and time stay small, and
//! gonogo and `verify.py` come to one verdict.
//!
//! `GONOGO_LONG=1` makes the largest ones as large as they come, and holds them to ten seconds.

use crate::bundle::{Files, SEALED, list_again, patch_up, text};
use crate::dice::long;
use crate::home::Home;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs a program and tells its exit code, the peak of its memory in KiB (getrusage), and the milliseconds it took.
const MEASURE: &str = r"
import resource, subprocess, sys, time
began = time.monotonic()
ran = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, capture_output=True)
took = int((time.monotonic() - began) * 1000)
print(ran.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, took, flush=True)
sys.stdout.buffer.write(ran.stdout + ran.stderr)
";

/// The most that may be held at once, in KiB.
const MEMORY: u64 = 256 * 1024;

struct Measured {
    exit: i32,
    kib: u64,
    ms: u64,
    said: String,
}

fn measured(home: &Home, program: &[&str]) -> Measured {
    let mut python = Command::new("python3");
    python.args(["-B", "-c", MEASURE]).args(program).current_dir(home.path("")).env_clear();
    python.env("PATH", std::env::var("PATH").unwrap()).env("HOME", home.path("")).env("TMPDIR", home.path("tmp"));
    let output = python.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (first, said) = text.split_once('\n').unwrap_or_else(|| panic!("{output:?}"));
    let numbers: Vec<i64> = first.split(' ').map(|number| number.parse().unwrap()).collect();
    let [exit, kib, ms] = numbers[..] else { panic!("{first}") };
    let positive = |number: i64| u64::try_from(number).unwrap();
    Measured { exit: i32::try_from(exit).unwrap(), kib: positive(kib), ms: positive(ms), said: said.to_owned() }
}

/// Everything below a folder with size and time of the last change; names are bytes.
fn state(folder: &Path) -> Vec<(PathBuf, u64, std::time::SystemTime)> {
    let mut all = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let entry = entry.unwrap();
            let meta = entry.metadata().unwrap();
            if meta.is_dir() {
                waiting.push(entry.path());
            }
            // A file for ssh-keygen comes and goes again, which the folder remembers.
            let changed = if meta.is_dir() { std::time::UNIX_EPOCH } else { meta.modified().unwrap() };
            all.push((entry.path(), meta.len(), changed));
        }
    }
    all.sort();
    all
}

#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn judge(what: &str, who: &str, home: &Home, program: &[&str], exits: &[i32]) -> i32 {
    let before = state(&home.path(""));
    let Measured { exit, kib, ms, said } = measured(home, program);
    println!(
        "A15  {what:<40} {who:<9} {exit:>2} {:>4} MiB {ms:>6} ms  {}",
        kib / 1024,
        said.lines().next().unwrap_or("").chars().take(90).collect::<String>()
    );
    let said: String = said.chars().take(2000).collect();
    assert!(exits.contains(&exit), "{what}, {who}: {exit} {said}");
    assert!(kib <= MEMORY, "{what}, {who}: {kib} KiB");
    assert!(!long() || ms <= 10_000, "{what}, {who}: {ms} ms");
    assert!(
        !said.contains("root:x:") && !said.contains("panicked") && !said.contains("Traceback"),
        "{what}, {who}: {said}"
    );
    assert!(state(&home.path("")) == before, "{what}, {who}: something was written");
    assert!(said.chars().all(|c| c == '\n' || !c.is_control()), "{what}, {who}: {said:?}");
    exit
}

const GONOGO: &str = env!("CARGO_BIN_EXE_gonogo");

/// A home with an empty folder for temporary files, in which nothing may be left.
fn room() -> Home {
    let home = Home::new();
    fs::create_dir(home.path("tmp")).unwrap();
    home
}

/// Lays the files out in a folder `b`.
fn laid(files: &Files) -> Home {
    let home = room();
    for (name, bytes) in files {
        let path = home.path("b").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    home
}

/// Both verifiers on the folder `b`; they have to agree.
fn both(what: &str, home: &Home) {
    let script = fs::canonicalize("src/audit/bundle/verify.py").unwrap();
    let ours = judge(what, "gonogo", home, &[GONOGO, "verify", "b"], &[3, 5]);
    let theirs = judge(what, "verify.py", home, &["python3", "-B", &script.to_string_lossy(), "b"], &[3, 5]);
    assert_eq!(ours, theirs, "{what}");
}

type OnFolder = fn(&Path);

const FOLDERS: &[(&str, OnFolder)] = &[
    ("a link to a file", |b| symlink("/etc/passwd", b.join("outputs/0002-0")).unwrap()),
    ("a link in place of a file", |b| {
        fs::remove_file(b.join("report.md")).unwrap();
        symlink("/etc/passwd", b.join("report.md")).unwrap();
    }),
    ("a link in place of the entries", |b| {
        fs::rename(b.join("events.jsonl"), b.parent().unwrap().join("elsewhere")).unwrap();
        symlink("../elsewhere", b.join("events.jsonl")).unwrap();
    }),
    ("a link to a folder", |b| symlink("/etc", b.join("etc")).unwrap()),
    ("a link in place of a folder", |b| {
        fs::rename(b.join("outputs"), b.parent().unwrap().join("outside")).unwrap();
        symlink("../outside", b.join("outputs")).unwrap();
    }),
    ("a link to itself", |b| symlink("loop", b.join("loop")).unwrap()),
    ("a link that leads nowhere", |b| symlink("/nowhere", b.join("x")).unwrap()),
    ("a hard link to a file of the system", |b| {
        fs::remove_file(b.join("outputs/0001-0")).unwrap();
        if fs::hard_link("/etc/passwd", b.join("outputs/0001-0")).is_err() {
            fs::copy("/etc/passwd", b.join("outputs/0001-0")).unwrap();
        }
    }),
    ("a pipe", |b| assert!(Command::new("mkfifo").arg(b.join("outputs/0002-0")).status().unwrap().success())),
    ("a pipe in place of the entries", |b| {
        fs::remove_file(b.join("events.jsonl")).unwrap();
        assert!(Command::new("mkfifo").arg(b.join("events.jsonl")).status().unwrap().success());
    }),
    ("a socket", |b| drop(std::os::unix::net::UnixListener::bind(b.join("s")).unwrap())),
    ("a device, or a link to one", |b| {
        let made = Command::new("mknod").arg(b.join("zero")).args(["c", "1", "5"]).output().unwrap();
        if !made.status.success() {
            symlink("/dev/zero", b.join("zero")).unwrap();
        }
    }),
    ("a folder in a folder", |b| fs::create_dir_all(b.join("outputs/more")).unwrap()),
    ("folders without end", |b| {
        let mut path = b.join("outputs");
        for _ in 0..200 {
            path.push("deep");
        }
        fs::create_dir_all(path).unwrap();
    }),
    ("a folder in place of a file", |b| {
        fs::remove_file(b.join("heads.txt")).unwrap();
        fs::create_dir(b.join("heads.txt")).unwrap();
    }),
    ("a hidden file", |b| fs::write(b.join(".x"), "x").unwrap()),
    ("a name with a line end", |b| fs::write(b.join("a\nALTERED: nothing"), "x").unwrap()),
    ("a name with orders to the terminal", |b| fs::write(b.join("\u{1b}]0;x\u{7}"), "x").unwrap()),
    ("a name that is no text", |b| fs::write(b.join(std::ffi::OsStr::from_bytes(b"\xff\xfe")), "x").unwrap()),
    ("a long name", |b| fs::write(b.join("x".repeat(250)), "x").unwrap()),
    ("a name with a backslash", |b| fs::write(b.join("..\\x"), "x").unwrap()),
    ("ten gibibytes that are not there", |b| {
        File::create(b.join("outputs/0002-0")).unwrap().set_len(10 << 30).unwrap();
    }),
    ("the entries in ten gibibytes", |b| {
        File::options().write(true).open(b.join("events.jsonl")).unwrap().set_len(10 << 30).unwrap();
    }),
    ("ten gibibytes in ten thousand files", |b| {
        for at in 0..10_000 {
            File::create(b.join(format!("outputs/1{at:04}-0"))).unwrap().set_len(1 << 20).unwrap();
        }
    }),
    ("two hundred mebibytes of zeros", |b| {
        File::options().write(true).open(b.join("outputs/0001-0")).unwrap().set_len(200 << 20).unwrap();
    }),
    ("files without number", |b| {
        for at in 0..1_000_000 {
            File::create(b.join(format!("outputs/{at}"))).unwrap();
        }
    }),
    ("folders without number", |b| {
        for at in 0..300_000 {
            fs::create_dir(b.join(format!("f{at}"))).unwrap();
        }
    }),
    ("an empty folder", |b| {
        fs::remove_dir_all(b).unwrap();
        fs::create_dir(b).unwrap();
    }),
];

#[test]
fn no_folder_does_harm() {
    for (what, act) in FOLDERS {
        if what.ends_with("without number") && !long() {
            continue;
        }
        let home = laid(&SEALED.files);
        act(&home.path("b"));
        both(what, &home);
    }
}

fn put(files: &mut Files, name: &str, bytes: impl Into<Vec<u8>>) {
    files.insert(name.into(), bytes.into());
}
/// One line in place of the entries, with everything around it made anew.
fn only(files: &mut Files, line: String) {
    put(files, "events.jsonl", line + "\n");
    patch_up(files);
}

type OnFiles = fn(&mut Files);

const CONTENTS: &[(&str, OnFiles)] = &[
    ("lists in lists", |files| only(files, "[".repeat(10_000_000))),
    ("objects in objects", |files| only(files, "{\"a\":".repeat(1_000_000))),
    ("lists in an entry", |files| {
        let first = text(files, "events.jsonl").lines().next().unwrap().to_owned();
        let deep = format!("\"data\":{{\"a\":{}{},", "[".repeat(100_000), "]".repeat(100_000));
        only(files, first.replacen("\"data\":{", &deep, 1));
    }),
    ("keys without number", |files| {
        let keys: Vec<String> = (0..300_000).map(|key| format!("\"{key}\":1,")).collect();
        only(files, format!("{{{}\"v\":1}}", keys.concat()));
    }),
    ("a number of ten million digits", |files| only(files, format!("{{\"v\":{}}}", "9".repeat(10_000_000)))),
    ("a string of forty mebibytes", |files| only(files, format!("{{\"kind\":\"{}\",\"v\":1}}", "x".repeat(40 << 20)))),
    ("empty lines without number", |files| only(files, "\n".repeat(300_000))),
    ("no line end at all", |files| put(files, "events.jsonl", vec![b' '; 40 << 20])),
    ("zeros for entries", |files| put(files, "events.jsonl", vec![0; 40 << 20])),
    ("heads without number", |files| put(files, "heads.txt", "1 0\n".repeat(5_000_000))),
    ("a checkpoint of mebibytes", |files| {
        put(files, "checkpoint", format!("gonogo checkpoint v1\n{}", "run: x\n".repeat(3_000_000)));
    }),
    ("lists for an output", |files| put(files, "outputs.jsonl", "[".repeat(1_000_000) + "\n")),
    ("outputs without number", |files| {
        put(files, "outputs.jsonl", "{\"attempt\":1,\"part\":0,\"left_out\":true}\n".repeat(500_000));
    }),
    ("an output that names the entries", |files| {
        let salt = "0".repeat(64);
        put(
            files,
            "outputs.jsonl",
            format!("{{\"attempt\":1,\"part\":0,\"salt\":\"{salt}\",\"file\":\"events.jsonl\"}}\n"),
        );
        list_again(files);
    }),
    ("an output that names a file of the system", |files| {
        let salt = "0".repeat(64);
        put(
            files,
            "outputs.jsonl",
            format!("{{\"attempt\":1,\"part\":0,\"salt\":\"{salt}\",\"file\":\"../../../etc/passwd\"}}\n"),
        );
        list_again(files);
    }),
    ("an attempt number beyond all", |files| {
        put(files, "outputs.jsonl", "{\"attempt\":99999999999999999999,\"part\":0,\"left_out\":true}\n");
    }),
    ("a runbook of sixty mebibytes", |files| put(files, "runbook.md", "> ".repeat(30 << 20))),
    ("a list of lists for a list of files", |files| put(files, "SHA256SUMS", "../../etc/passwd\n".repeat(1_000_000))),
    ("a signature of mebibytes", |files| {
        put(files, "SHA256SUMS.sig", format!("-----BEGIN SSH SIGNATURE-----\n{}\n", "QUFB".repeat(2_000_000)));
    }),
    ("bytes that are no text", |files| put(files, "checkpoint", vec![0xff; 1000])),
    ("an output packed a thousandfold", |files| {
        // A frame of zstd that says it is a gibibyte of zeros; outputs in bundles are plain, and it stays what it is.
        put(files, "outputs/0001-0", b"\x28\xb5\x2f\xfd\xa0\x00\x00\x00\x40\x03\x00\x80\x00".repeat(1000));
    }),
];

#[test]
fn no_content_does_harm() {
    for (what, act) in CONTENTS {
        let mut files = SEALED.files.clone();
        act(&mut files);
        both(what, &laid(&files));
    }
}

/// Archives that gonogo would never write.
fn archives() -> Vec<(String, Vec<u8>)> {
    let tar = fs::read(SEALED.home.path("bundle.tar")).unwrap();
    let with = |at: usize, bytes: &[u8]| {
        let mut tar = tar.clone();
        tar[at..at + bytes.len()].copy_from_slice(bytes);
        // With its sum made anew, so that it is not that which is wrong.
        let sum: u32 =
            tar[..512].iter().enumerate().map(|(i, b)| if (148..156).contains(&i) { 32 } else { u32::from(*b) }).sum();
        tar[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        tar
    };
    let mut cases: Vec<(String, Vec<u8>)> = Vec::new();
    for name in [
        "../../x\0",
        "/etc/x\0",
        "a/../../x\0",
        "./x\0",
        "//x\0",
        "..\0",
        "a/b/c\0",
        "\0",
        "a\\b\0",
        "\u{1b}[2J\0",
        "con:\0",
    ] {
        cases.push((format!("the name {:?}", name.trim_end_matches('\0')), with(0, name.as_bytes())));
    }
    cases.push(("a name without an end".into(), with(0, &[b'x'; 100])));
    cases.push(("a name that is no text".into(), with(0, b"\xff\xfe\0")));
    cases.push(("a name in two halves".into(), with(345, b"../../etc\0")));
    for kind in *b"1234567xgLKSVM" {
        cases.push((format!("the kind {}", char::from(kind)), with(156, &[kind])));
    }
    cases.push(("a link that leads out".into(), with(156, b"2../../../../etc/passwd\0")));
    cases.push(("eight gibibytes".into(), with(124, b"77777777777")));
    cases.push(("a size in base 256".into(), with(124, b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff")));
    cases.push(("a size below zero".into(), with(124, b"-0000000001")));
    cases.push(("fields of ones".into(), with(0, &[0xff; 512])));
    cases.push(("cut off in the middle".into(), tar[..tar.len() / 2].to_vec()));
    cases.push(("without its end".into(), tar[..tar.len() - 512].to_vec()));
    cases.push(("with something behind its end".into(), [tar.clone(), vec![1; 512]].concat()));
    cases.push(("nothing".into(), Vec::new()));
    cases.push(("nothing but zeros".into(), vec![0; 40 << 20]));
    let first =
        usize::from_str_radix(std::str::from_utf8(&tar[124..135]).unwrap(), 8).unwrap().next_multiple_of(512) + 512;
    cases.push(("a name twice".into(), [&tar[..first], &tar].concat()));
    let mut empty = with(124, b"00000000000");
    empty.truncate(512);
    cases.push(("headers without number".into(), empty.repeat(if long() { 500_000 } else { 100_000 })));
    cases.push(("packed by gzip".into(), b"\x1f\x8b\x08\0\0\0\0\0\0\x03".repeat(1000)));
    cases.push(("packed by zstd".into(), b"\x28\xb5\x2f\xfd\xa0\x00\x00\x00\x40\x03\x00\x80\x00".repeat(1000)));
    cases
}

#[test]
fn no_archive_does_harm() {
    let cases = archives();
    for (what, bytes) in &cases {
        let home = room();
        home.write("b.tar", bytes);
        judge(what, "gonogo", &home, &[GONOGO, "verify", "b.tar"], &[3]);
    }
    let home = room();
    File::create(home.path("b.tar")).unwrap().set_len(10 << 30).unwrap();
    judge("ten gibibytes that are not there", "gonogo", &home, &[GONOGO, "verify", "b.tar"], &[3]);
    println!("A15  {} archives", cases.len() + 1);
}

/// A record file in the same hands.
#[test]
fn no_record_does_harm() {
    let records: [(&str, Vec<u8>); 4] = [
        ("a record of lists in lists", b"[".repeat(40 << 20)),
        ("a record of objects in objects", b"{\"a\":".repeat(4 << 20)),
        ("a record that is one string", [b"\"".to_vec(), vec![b'x'; 40 << 20], b"\"".to_vec()].concat()),
        ("a record of zeros", vec![0; 40 << 20]),
    ];
    for (what, bytes) in records {
        let home = room();
        home.write("r.json", bytes);
        judge(what, "gonogo", &home, &[GONOGO, "verify", "r.json"], &[3]);
    }
    let home = room();
    File::create(home.path("r.json")).unwrap().set_len(10 << 30).unwrap();
    judge("a record of ten gibibytes", "gonogo", &home, &[GONOGO, "verify", "r.json"], &[3]);
}
