//! A disk that fails: at every single call, with every kind of failure, and at every size. What was acknowledged is there.
//!
//! Calls are made to fail by a small library that is loaded before the C library (`faults.c`, built here with `cc`).

use crate::open::in_namespace_as;
use crate::share::{again, worker};
use crate::skip::skip;
use crate::*;
use gonogo::journal::{Cause, Health};
use gonogo::run::fold::Replay;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// How often something is done: a few times here, as often as a variable says in the long form.
pub fn times(variable: &str, usually: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "the long form of these tests is asked for from outside")]
    std::env::var(variable).ok().and_then(|times| times.parse().ok()).unwrap_or(usually)
}

/// Figures for whoever asked for the long form.
pub fn figures(what: &str, said: &str) {
    if times("GONOGO_FIGURES", 0) > 0 {
        std::io::stderr().write_all(format!("FIGURES {what}: {said}\n").as_bytes()).unwrap();
    }
}

/// Whether a worker tells the truth. The liar is a planted bug: it acknowledges what was refused.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Honesty {
    Honest,
    Liar,
}

/// Records a little, and after a failure opens the journal anew and goes on.
fn record(path: &Path, honesty: Honesty) {
    let run = run_id(1);
    let Ok(mut journal) = Journal::create_or_open(path) else { return };
    let mut seen = match journal.entries(&run) {
        Ok(entries) => entries.len() as u64,
        Err(_) => match journal.begin(&run, RUNBOOK, &me(), &stamp(), &opened()) {
            Ok(_) => 1,
            Err(_) => return,
        },
    };
    println!("ack {seen} .");
    for i in 0..8_u32 {
        let wish = if i % 3 == 0 { note(&"long ".repeat(3000)) } else { note(&format!("note {i}")) };
        if let Ok(appended) = journal.append(&run, seen, Needs::Nothing, &stamp(), &wish) {
            seen = appended.into_entries().last().unwrap().seq;
            println!("ack {seen} .");
            continue;
        }
        if honesty == Honesty::Liar {
            println!("ack {} .", seen + 1);
            return;
        }
        if journal.health() == Health::Suspended {
            let refused = journal.append(&run, seen, Needs::Nothing, &stamp(), &note("x")).unwrap_err();
            assert_eq!(refused.cause, Cause::Suspended, "no acknowledgement on a poisoned connection");
            if journal.reopen().is_err() {
                return;
            }
            let Ok(entries) = journal.entries(&run) else { return };
            // What was not acknowledged may be there all the same: what counts is what the journal says.
            seen = entries.len() as u64;
        }
    }
}

/// One process with one fault.
#[derive(Debug, PartialEq, Eq)]
enum Came {
    /// The call was never reached: there are fewer.
    Clean,
    Kept,
    /// Acknowledged entries are missing, or the journal does not open or verify.
    Lost(String),
}

fn library(folder: &Path) -> Option<PathBuf> {
    let library = folder.join("faults.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/journal/faults.c");
    let built =
        Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).args([source, "-ldl"]).output().ok()?;
    built.status.success().then_some(library)
}

fn one(test: &str, role: &str, library: &Path, kind: &str, at: u64) -> Came {
    let (folder, path) = folder();
    let (hit, _kept) = (folder.path().with_extension("hit"), &folder);
    let mut command = again(test, role, &path);
    command.env("LD_PRELOAD", library).env("GONOGO_FAULT_DIR", folder.path()).env("GONOGO_FAULT_AT", at.to_string());
    command.env("GONOGO_FAULT_KIND", kind).env("GONOGO_FAULT_HIT", &hit).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let acknowledged =
        said.lines().filter_map(|line| line.split_once("ack ")?.1.strip_suffix(" .")?.parse().ok()).max();
    let reached = fs::remove_file(&hit).is_ok();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    if kind != "kill" && !output.status.success() {
        return Came::Lost(format!("the process failed: {errors}"));
    }
    match Journal::create_or_open(&path) {
        Ok(journal) => {
            let there = journal.entries(&run_id(1)).map_or(0, |entries| entries.len() as u64);
            let report = journal.verify_all().unwrap();
            if !report.is_intact() {
                return Came::Lost(format!("{:?}", report.findings));
            }
            if there < acknowledged.unwrap_or(0) {
                return Came::Lost(format!("{acknowledged:?} were acknowledged, {there} are there"));
            }
        }
        Err(fault) => return Came::Lost(fault.to_string()),
    }
    if reached { Came::Kept } else { Came::Clean }
}

#[test]
fn a_fault_at_any_call_loses_nothing_that_was_acknowledged() {
    let test = "faults::a_fault_at_any_call_loses_nothing_that_was_acknowledged";
    if let Some((role, path)) = worker() {
        return record(&path, if role == "liar" { Honesty::Liar } else { Honesty::Honest });
    }
    let tools = tempfile::tempdir().unwrap();
    let Some(library) = library(tools.path()) else {
        return skip(test, "cc is needed to build the library that lets calls fail");
    };
    // The short form takes every so-manieth call, beginning at another one each time.
    let step = times("GONOGO_FAULT_STEP", 17);
    let (mut tried, mut lost) = (0, Vec::new());
    for kind in ["eio", "enospc", "short", "kill"] {
        let (mut at, mut clean) = (1 + getrandom::u64().unwrap() % step, 0);
        while clean < 3 {
            match one(test, "honest", &library, kind, at) {
                Came::Clean => clean += 1,
                Came::Kept => tried += 1,
                Came::Lost(how) => lost.push(format!("{kind} at call {at}: {how}")),
            }
            assert!(at < 5000, "the end of the calls is never reached");
            at += step;
        }
    }
    assert_eq!(lost, Vec::<String>::new());
    assert!(tried > 20, "only {tried} calls failed: is the library loaded?");
    // The planted bug has to be found, or all of this shows nothing.
    let caught = (1..200).step_by(3).find(|at| matches!(one(test, "liar", &library, "eio", *at), Came::Lost(_)));
    assert!(caught.is_some(), "a writer that acknowledges what was refused is not noticed");
    figures("faults", &format!("{tried} calls failed (eio, enospc, short write, kill), 0 lost; the liar was caught"));
}

/// Fills a disk of some size, and tells what is missing of what was acknowledged. The liar acknowledges before it commits.
fn fill(path: &Path, honesty: Honesty) -> Option<String> {
    let run = run_id(1);
    let mut journal = Journal::create_or_open(path).ok()?;
    journal.begin(&run, RUNBOOK, &me(), &stamp(), &opened()).ok()?;
    let (mut seen, mut acknowledged, mut refused) = (1, 1, 0);
    let mut noise = vec![0; 6000];
    while refused < 5 && acknowledged < 2000 {
        getrandom::fill(&mut noise).unwrap();
        let text: String = noise.iter().map(|byte| char::from(b' ' + byte % 90)).collect();
        let early = u64::from(honesty == Honesty::Liar);
        acknowledged += early;
        match journal.append(&run, seen, Needs::Nothing, &stamp(), &note(&text)) {
            Ok(appended) => {
                seen = appended.into_entries().last().unwrap().seq;
                acknowledged += 1 - early;
            }
            Err(_) => refused += 1,
        }
        if journal.health() == Health::Suspended && journal.reopen().is_err() {
            break;
        }
    }
    drop(journal);
    let journal = Journal::open(path, Mode::ReadOnly).unwrap().unwrap();
    let there = journal.entries(&run).unwrap().len() as u64;
    assert!(journal.verify_all().unwrap().is_intact());
    (there < acknowledged).then(|| format!("{acknowledged} were acknowledged, {there} are there"))
}

#[test]
fn a_disk_of_any_size_keeps_what_was_acknowledged() {
    let test = "faults::a_disk_of_any_size_keeps_what_was_acknowledged";
    if let Some((role, path)) = worker() {
        let honesty = if role == "liar" { Honesty::Liar } else { Honesty::Honest };
        if let Some(lost) = fill(&path, honesty) {
            println!("LOST {lost}");
        }
        return;
    }
    let sizes = times("GONOGO_DISKS", 6);
    let lost = |role: &str, kib: u64| {
        let (_folder, path) = folder();
        let script = format!("mount -t tmpfs -o mode=700,size={kib}k none \"$DIR\"; \"$@\"");
        let output = in_namespace_as(test, role, &path, &script)?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{kib} KiB: {said}{}", String::from_utf8_lossy(&output.stderr));
        Some(said.contains("LOST").then_some(said))
    };
    for n in 0..sizes {
        let Some(lost) = lost("honest", 64 + n * 4096 / sizes) else { return };
        assert_eq!(lost, None);
    }
    // The planted bug has to be found: a writer that acknowledges what it has not committed yet.
    assert!(lost("liar", 2048).flatten().is_some(), "a writer that acknowledges too early is not noticed");
    figures("disks", &format!("{sizes} sizes from 64 KiB to 4 MiB filled, 0 lost; the hasty writer was caught"));
}

/// A run of many events and a long output, opened and verified. The goal of five seconds is for a release build.
#[test]
#[expect(clippy::disallowed_methods, reason = "the long form measures; nothing is asserted about time")]
fn a_long_run_opens_and_verifies() {
    let (_folder, path) = folder();
    let (events, mib) = (times("GONOGO_EVENTS", 6_000), times("GONOGO_OUTPUT_MIB", 8));
    let run = run_id(1);
    let mut journal = Journal::create_or_open(&path).unwrap();
    begin(&mut journal, &run);
    add(&mut journal, &run, &intended(1));
    let keep = Keep { head: mib << 20, tail: 0 };
    let mut writer = journal.output_writer(&run, AttemptId(1), keep).unwrap();
    let mut line = 0_u64;
    let mut batch = Vec::new();
    for _ in 0..mib {
        batch.clear();
        while batch.len() < 1 << 20 {
            line += 1;
            writeln!(batch, "{line} request served in {} ms by worker {}", line * 7919 % 997, line % 31).unwrap();
        }
        writer.write(&batch);
    }
    let kept = writer.finish(0);
    journal.end_attempt(&run, 2, &stamp(), &ended(1), &kept).unwrap();
    drop(journal);
    append_unsynced(&path, &run, events);
    let begun = std::time::Instant::now();
    let journal = Journal::open(&path, Mode::ReadOnly).unwrap().unwrap();
    let mut replay = Replay::default();
    journal.each_entry(&run, |entry| replay.take(&entry)).unwrap();
    assert_eq!(replay.finish().unwrap().head.seq, events);
    let opened = begun.elapsed();
    let report = journal.verify(&run).unwrap();
    let took = begun.elapsed();
    assert_eq!((report.events, report.outputs, report.findings.as_slice()), (events, 1, &[][..]));
    figures(
        "size",
        &format!("{events} events and {mib} MiB of output: opened in {opened:?}, opened and verified in {took:?}"),
    );
}

/// Long chains are checked by several threads: the first row that does not hold is found all the same, wherever it is.
#[test]
fn an_altered_row_of_a_long_run_is_found() {
    let (_folder, path) = folder();
    let run = run_id(1);
    begin(&mut Journal::create_or_open(&path).unwrap(), &run);
    append_unsynced(&path, &run, 6_000);
    let conn = stranger(&path);
    for at in [5_999, 5_000, 2_049, 2_048, 2] {
        let sql = format!("UPDATE event SET body = replace(body, 'many', 'few') WHERE seq = {at}");
        past_triggers(&conn, |conn| conn.execute_batch(&sql).unwrap());
        let finding = format!("run {run}, event {at}: its hash does not fit its body");
        assert_eq!(findings(&path), finding, "those behind it are not looked at");
        let journal = Journal::open(&path, Mode::ReadOnly).unwrap().unwrap();
        let mut handed = 0;
        assert!(journal.each_entry(&run, |_| handed += 1).is_err());
        assert_eq!(handed, at - 1, "and not handed over");
    }
    past_triggers(&conn, |conn| conn.execute_batch("DELETE FROM event WHERE seq = 1").unwrap());
    assert!(findings(&path).starts_with(&format!("run {run}, event 1: it is missing; the next one is 2")));
}

/// Lays many entries in one transaction, as no writer of ours does: with a sync each it would take an hour.
fn append_unsynced(path: &Path, run: &RunId, until: u64) {
    let mut last = Journal::open(path, Mode::ReadOnly).unwrap().unwrap().entries(run).unwrap().pop().unwrap();
    let mut conn = stranger(path);
    let tx = conn.transaction().unwrap();
    while last.seq < until {
        let (entry, body) = Entry::seal(run, last.seq + 1, stamp(), note("one of very many"), last.hash);
        tx.prepare_cached("INSERT INTO event(run, seq, kind, body, prev, hash) VALUES (?, ?, 'note_added', ?, ?, ?)")
            .unwrap()
            .execute((&run.0, entry.seq.cast_signed(), body, entry.prev.0, entry.hash.0))
            .unwrap();
        last = entry;
    }
    tx.commit().unwrap();
}
