//! Journals to measure on: a run that has just begun, and many of them.

use chrono::DateTime;
use gonogo::journal::{Holder, Journal, alive};
use gonogo::run::event::{Actor, Entry, Event, Opened, RunId, RunKind, Stamp};
use gonogo::runbook::Digest;
use rusqlite::Connection;
use std::path::{Path, PathBuf};

const RUNBOOK: &[u8] = b"# Move the photo store\n\n## 1. Prepare\n\n- [ ] Freeze uploads\n";

pub fn stamp(seq: u64) -> Stamp {
    Stamp {
        at: DateTime::from_timestamp(1_790_000_000 + i64::try_from(seq).unwrap(), 0).unwrap(),
        mono_us: seq,
        boot: "boot".into(),
        by: Actor {
            name: "Ada Lovelace".into(),
            role: Some("operator".into()),
            user: "ada".into(),
            uid: 1000,
            host: "alpha".into(),
            tty: Some("pts/3".into()),
            key: None,
        },
    }
}

pub fn begin(path: &Path) -> (Journal, Entry) {
    let mut journal = Journal::create_or_open(path).unwrap();
    let pid = std::process::id();
    let me = Holder {
        pid,
        started: alive::started(pid).unwrap(),
        boot: alive::boot_id(),
        host: "alpha".into(),
        tty: None,
        operator: "Ada Lovelace".into(),
    };
    let opened = Opened {
        runbook: Digest::of(RUNBOOK),
        title: "Move the photo store".into(),
        path: "move.md".into(),
        run_kind: RunKind::Real,
        program: "gonogo".into(),
        cwd: "/srv".into(),
        shell: "bash".into(),
        ticket: None,
    };
    let (entry, _) = journal.begin(&run_id(), RUNBOOK, &me, &stamp(1), &opened).unwrap();
    (journal, entry)
}

pub fn run_id() -> RunId {
    RunId("01JD7ZZZZZZZZZZZZZZZ000001".into())
}

/// A journal with so many runs of one event each.
pub fn with_runs(path: &Path, runs: u32) -> PathBuf {
    let (journal, first) = begin(path);
    drop(journal);
    let Event::RunOpened(opened) = first.event else { panic!("the first event opens the run") };
    let mut raw = Connection::open(path).unwrap();
    let tx = raw.transaction().unwrap();
    {
        let mut run = tx
            .prepare("INSERT INTO run SELECT ?, runbook, title, path, kind, opened, operator FROM run WHERE run = ?")
            .unwrap();
        let mut event =
            tx.prepare("INSERT INTO event(run, seq, kind, body, prev, hash) VALUES (?, 1, ?, ?, ?, ?)").unwrap();
        for n in 2..=runs {
            let id = RunId(format!("01JD7ZZZZZZZZZZZZZ{n:08}"));
            run.execute((&id.0, &run_id().0)).unwrap();
            let (entry, body) = Entry::seal(&id, 1, stamp(1), Event::RunOpened(opened.clone()), Digest::ZERO);
            event.execute((&id.0, entry.event.kind(), body, entry.prev.0, entry.hash.0)).unwrap();
        }
    }
    tx.commit().unwrap();
    path.to_owned()
}
