//! What the journal costs: `cargo bench --bench journal`.
//!
//! An appended event against a bare SQLite insert with the same durability; opening, reading and verifying runs of a
//! thousand, a hundred thousand and a million events, so that growth shows. Nothing is asserted: a benchmark informs, a
//! test fails.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

mod measure;

use chrono::DateTime;
use gonogo::journal::{Holder, Journal, Mode, Needs, alive};
use gonogo::run::Run;
use gonogo::run::event::{Actor, Entry, Event, Opened, RunId, RunKind, Stamp};
use gonogo::runbook::Digest;
use measure::{in_turn, is_wanted, ms, ratio, timed};
use rusqlite::Connection;
use std::path::Path;

const RUNBOOK: &[u8] = b"# Move the photo store\n\n## 1. Prepare\n\n- [ ] Freeze uploads\n";
const APPENDS: usize = 500;

fn main() {
    if !is_wanted() {
        return;
    }
    append();
    println!("\n{:>10} {:>12} {:>12} {:>12} {:>16}", "events", "open ms", "replay ms", "verify ms", "us/event, all");
    for events in [1_000, 100_000, 1_000_000] {
        long_run(events);
    }
    println!("budget: open and verify of a run of 1 000 000 events within 5 s");
}

fn stamp(seq: u64) -> Stamp {
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

/// No two bodies are alike.
fn note(seq: u64) -> Event {
    Event::NoteAdded {
        step: None,
        text: format!("observation {seq}: {:016x}", seq.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
    }
}

fn begin(path: &Path) -> (Journal, Entry) {
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

fn run_id() -> RunId {
    RunId("01JD7ZZZZZZZZZZZZZZZ000001".into())
}

fn append() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, _) = begin(&folder.path().join("journal.db"));
    let bare = Connection::open(folder.path().join("bare.db")).unwrap();
    bare.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
         CREATE TABLE event(run TEXT, seq INTEGER, body TEXT, PRIMARY KEY(run, seq)) WITHOUT ROWID;",
    )
    .unwrap();
    let (mut seq, mut bare_seq) = (1_u64, 1_u64);
    let both = in_turn(
        APPENDS,
        || {
            journal.append(&run_id(), seq, Needs::Nothing, &stamp(seq + 1), &note(seq + 1)).unwrap();
            seq += 1;
        },
        || {
            let (_, body) = Entry::seal(&run_id(), bare_seq, stamp(bare_seq), note(bare_seq), Digest::ZERO);
            let mut insert = bare.prepare_cached("INSERT INTO event VALUES (?, ?, ?)").unwrap();
            insert.execute((&run_id().0, i64::try_from(bare_seq).unwrap(), body)).unwrap();
            bare_seq += 1;
        },
    );
    let (ours, theirs) = both;
    println!(
        "append one event, synced: {:.3} ms; a bare insert with the same pragmas: {:.3} ms; ratio {:.2}",
        ms(ours),
        ms(theirs),
        ratio(ours, theirs)
    );
}

/// A run of so many events, written in one transaction beside the journal; its rows are what the journal itself writes.
fn long_run(events: u64) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let (journal, mut last) = begin(&path);
    drop(journal);
    let mut raw = Connection::open(&path).unwrap();
    let tx = raw.transaction().unwrap();
    {
        let mut insert =
            tx.prepare("INSERT INTO event(run, seq, kind, body, prev, hash) VALUES (?, ?, ?, ?, ?, ?)").unwrap();
        for seq in 2..=events {
            let (entry, body) = Entry::seal(&run_id(), seq, stamp(seq), note(seq), last.hash);
            let seq = i64::try_from(seq).unwrap();
            insert.execute((&run_id().0, seq, entry.event.kind(), body, entry.prev.0, entry.hash.0)).unwrap();
            last = entry;
        }
    }
    tx.commit().unwrap();
    drop(raw);

    let mut opened = None;
    let open_for = timed(&mut || opened = Journal::open(&path, Mode::ReadOnly).unwrap());
    let journal = opened.unwrap();
    let replay_for = timed(&mut || {
        let run = Run::replay(&journal.entries(&run_id()).unwrap()).unwrap();
        assert_eq!(run.head.seq, events);
    });
    let verify_for = timed(&mut || assert!(journal.verify(&run_id()).unwrap().is_intact()));
    let all = ms(open_for + replay_for + verify_for);
    #[expect(clippy::cast_precision_loss, reason = "a count that is printed with two digits")]
    let each = all * 1000.0 / events as f64;
    println!("{events:>10} {:>12.2} {:>12.2} {:>12.2} {each:>16.2}", ms(open_for), ms(replay_for), ms(verify_for));
}
