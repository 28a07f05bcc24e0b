//! The journal over real SQLite files: what it keeps, what it refuses, what it survives.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "processes tell the test that started them how far they are")]

mod attack;
mod crash;
mod damage;
mod faults;
mod full;
mod keep;
mod open;
mod share;
#[path = "../common/skip.rs"]
#[expect(clippy::disallowed_methods, reason = "the script that counts says where")]
mod skip;

use chrono::DateTime;
use gonogo::journal::{Appended, Holder, Journal, Keep, Kept, Lease, Mode, Needs, Report, RunRow, alive};
use gonogo::run::event::{
    Actor, AttemptId, Channel, Ended, Ending, Entry, Event, Intended, Opened, OutputDigest, RunId, RunKind, Stamp,
    Target,
};
use gonogo::runbook::{Digest, Risk, StepId};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const RUNBOOK: &[u8] = b"# Move the photo store\n\n## 1. Prepare\n\n- [ ] Freeze uploads\n";

/// A folder of this user alone, gone at the end.
fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    (folder, path)
}

fn run_id(number: u32) -> RunId {
    RunId(format!("01JD7ZZZZZZZZZZZZZZZ{number:06}"))
}

fn stamp() -> Stamp {
    Stamp {
        at: DateTime::from_timestamp(1_790_000_000, 123_456_000).unwrap(),
        mono_us: 7,
        boot: "boot-1".into(),
        by: Actor {
            name: "Ada".into(),
            role: None,
            user: "ada".into(),
            uid: 1000,
            host: "alpha".into(),
            tty: Some("pts/3".into()),
            key: None,
        },
    }
}

/// This process.
fn me() -> Holder {
    let pid = std::process::id();
    Holder {
        pid,
        started: alive::started(pid).unwrap(),
        boot: alive::boot_id(),
        host: "alpha".into(),
        tty: Some("pts/3".into()),
        operator: "Ada".into(),
    }
}

fn opened() -> Opened {
    Opened {
        runbook: Digest::of(RUNBOOK),
        title: "Move the photo store".into(),
        path: "move.md".into(),
        run_kind: RunKind::Real,
        program: "gonogo 0.1.0".into(),
        cwd: "/srv".into(),
        shell: "bash".into(),
        ticket: None,
    }
}

fn begin(journal: &mut Journal, run: &RunId) -> (Entry, Lease) {
    journal.begin(run, RUNBOOK, &me(), &stamp(), &opened()).unwrap()
}

fn note(text: &str) -> Event {
    Event::NoteAdded { step: None, text: text.into() }
}

fn intended(attempt: u32) -> Event {
    Event::AttemptIntended(Intended {
        attempt: AttemptId(attempt),
        target: Target { step: StepId("1.1".into()), command: 0, part: None },
        text: "systemctl stop uploads".into(),
        channel: Channel::Pipe,
        shell: "bash".into(),
        cwd: "/srv".into(),
        risk: Risk::Change,
        timeout_ms: None,
        session: None,
    })
}

fn ended(attempt: u32) -> Ended {
    Ended {
        attempt: AttemptId(attempt),
        ending: Ending::Exited { code: 0 },
        took_ms: 12,
        output: OutputDigest::default(),
        matched: None,
        left_over: Vec::new(),
        not_dead: Vec::new(),
        errors: Vec::new(),
        errors_until: None,
    }
}

fn closed() -> Event {
    Event::RunClosed { verdict: "go".into(), percent: Some(100), reason: None, carried: Vec::new(), sealed: None }
}

/// Appends a fact and returns its number.
fn add(journal: &mut Journal, run: &RunId, event: &Event) -> u64 {
    match journal.append(run, 0, Needs::Nothing, &stamp(), event).unwrap() {
        Appended::Recorded(entries) | Appended::Overtaken(entries) => entries.last().unwrap().seq,
    }
}

/// A journal with `runs` runs; each has a note, one attempt with `output`, and is closed except the last.
fn filled(path: &Path, runs: u32, output: &[u8]) -> Journal {
    let mut journal = Journal::create_or_open(path).unwrap();
    for number in 1..=runs {
        let run = run_id(number);
        let (_, lease) = begin(&mut journal, &run);
        add(&mut journal, &run, &note("uploads are frozen"));
        add(&mut journal, &run, &intended(1));
        let mut writer = journal.output_writer(&run, AttemptId(1), Keep::default()).unwrap();
        writer.write(output);
        let kept = writer.finish(0);
        journal.end_attempt(&run, 3, &stamp(), &ended(1), &kept).unwrap();
        if number < runs {
            journal.append(&run, 4, Needs::Lease(&lease), &stamp(), &closed()).unwrap();
        }
        journal.release(&lease).unwrap();
    }
    journal
}

/// A connection without any of our guards, as somebody with the file would have.
fn stranger(path: &Path) -> Connection {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA recursive_triggers = OFF;").unwrap();
    conn
}

/// Changes a file past its triggers, and puts them back, so that the schema looks untouched.
fn past_triggers(conn: &Connection, change: impl FnOnce(&Connection)) {
    let mut statement = conn.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").unwrap();
    let triggers: Vec<(String, String)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap();
    drop(statement);
    for (name, _) in &triggers {
        conn.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    change(conn);
    for (_, sql) in &triggers {
        conn.execute_batch(sql).unwrap();
    }
}

fn verify(path: &Path) -> Report {
    Journal::open(path, Mode::ReadOnly).unwrap().unwrap().verify_all().unwrap()
}

/// What verification says, one finding a line.
fn findings(path: &Path) -> String {
    verify(path).findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
