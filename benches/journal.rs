//! What the journal costs: `cargo bench --bench journal`.
//!
//! An appended event against a bare SQLite insert with the same durability; opening, reading and verifying runs of a
//! thousand, a hundred thousand and a million events, and journals of up to a hundred thousand runs, so that growth shows.
//! Nothing is asserted: a benchmark informs, a
//! test fails.

#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

mod journals;
mod measure;
mod table;

use gonogo::journal::{Journal, Mode, Needs};
use gonogo::run::event::{AttemptId, Channel, Ended, Ending, Entry, Event, Intended, OutputDigest, Target};
use gonogo::run::fold::Replay;
use gonogo::runbook::{Digest, Risk, StepId};
use journals::{begin, run_id, stamp, with_runs};
use measure::{in_turn, is_wanted, ms, ratio, sizes, timed};
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;

const APPENDS: usize = 500;

fn main() {
    if !is_wanted() {
        return;
    }
    table::head();
    append();
    let mut first = None;
    for events in sizes(&[1_000, 100_000, 1_000_000]) {
        let each = long_run(*events);
        let first = *first.get_or_insert(each);
        let (ours, before) = (format!("{each:.2} us"), format!("{first:.2} us"));
        table::row(&format!("per event of {events}, per event of 1000"), ours, before, Some(each / first), "");
    }
    for runs in sizes(&[1_000, 10_000, 100_000]) {
        many_runs(*runs);
    }
}

/// No two bodies are alike.
fn note(seq: u64) -> Event {
    Event::NoteAdded {
        step: None,
        text: format!("observation {seq}: {:016x}", seq.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
    }
}

/// What a long run is made of: a command that is begun and ends, and a word about it.
fn entry(seq: u64) -> Event {
    let attempt = AttemptId(u32::try_from(1 + seq / 4).unwrap());
    match seq % 4 {
        0 => Event::AttemptIntended(Intended {
            attempt,
            target: Target { step: StepId("freeze-uploads".into()), command: 0, part: None },
            text: format!("systemctl stop uploads@{seq}\n"),
            channel: Channel::Pipe,
            shell: "/usr/bin/bash".into(),
            cwd: "/srv/photos".into(),
            risk: Risk::Change,
            timeout_ms: None,
            session: None,
        }),
        1 => Event::AttemptSpawned { attempt, pid: 4711, started: seq, mark: Some(format!("{seq:016x}")) },
        2 => Event::AttemptEnded(Ended {
            attempt,
            ending: Ending::Exited { code: 0 },
            took_ms: seq % 1000,
            output: OutputDigest::default(),
            matched: None,
            left_over: Vec::new(),
            not_dead: Vec::new(),
            errors: Vec::new(),
            errors_until: None,
        }),
        _ => note(seq),
    }
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
    row("append one event, synced; a bare SQLite insert", both, "");
}

fn row(what: &str, (ours, theirs): (Duration, Duration), goal: &str) {
    let shown = |time| format!("{:.3} ms", ms(time));
    table::row(what, shown(ours), shown(theirs), Some(ratio(ours, theirs)), goal);
}

/// A run of so many events, written in one transaction beside the journal; its rows are what the journal itself writes.
/// Gives back what opening, replay and verification take together, in microseconds for each event.
fn long_run(events: u64) -> f64 {
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
            let (entry, body) = Entry::seal(&run_id(), seq, stamp(seq), entry(seq), last.hash);
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
        let mut replay = Replay::default();
        journal.each_entry(&run_id(), |entry| replay.take(&entry)).unwrap();
        assert_eq!(replay.finish().unwrap().head.seq, events);
    });
    let verify_for = timed(&mut || assert!(journal.verify(&run_id()).unwrap().is_intact()));
    let plain = timed(&mut || assert_eq!(read_plainly(&path), events));
    let row = |what: &str, time: Duration, goal: &str| {
        let shown = |time| format!("{:.1} ms", ms(time));
        table::row(what, shown(time), shown(plain), Some(ratio(time, plain)), goal);
    };
    let goal = if events == 1_000_000 { "5000 ms both" } else { "" };
    row(
        &format!("open and replay a run of {events} events; reading and hashing its rows"),
        open_for + replay_for,
        goal,
    );
    row(&format!("verify a run of {events} events; reading and hashing its rows"), verify_for, goal);
    #[expect(clippy::cast_precision_loss, reason = "a count that is printed with two digits")]
    let each = ms(open_for + replay_for + verify_for) * 1000.0 / events as f64;
    each
}

/// The least that a check of a chain can cost: every row is read, and its bytes are hashed.
fn read_plainly(path: &Path) -> u64 {
    let raw = Connection::open(path).unwrap();
    let mut statement = raw.prepare("SELECT body, prev, hash FROM event ORDER BY seq").unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut count = 0;
    while let Some(row) = rows.next().unwrap() {
        let body = row.get_ref(0).unwrap().as_bytes().unwrap();
        let prev: [u8; 32] = row.get(1).unwrap();
        let hash: [u8; 32] = row.get(2).unwrap();
        let length = (body.len() as u64).to_be_bytes();
        assert_eq!(Digest::of_parts(&[b"gonogo/event/v1\n", &prev, &length, body]).0, hash);
        count += 1;
    }
    count
}

/// Lists the newest of many runs, against the newest of ten.
fn many_runs(runs: u32) {
    let folder = tempfile::tempdir().unwrap();
    let few = with_runs(&folder.path().join("few.db"), 10);
    let many = with_runs(&folder.path().join("many.db"), runs);
    let list = |path: &Path| {
        let journal = Journal::open(path, Mode::ReadOnly).unwrap().unwrap();
        assert_eq!(journal.runs(10).unwrap().len(), 10);
    };
    let both = in_turn(15, || list(&many), || list(&few));
    row(&format!("open a journal of {runs} runs and list ten, one of 10 runs"), both, "1.5");
    let look = |path: &Path| {
        let journal = Journal::open(path, Mode::ReadOnly).unwrap().unwrap();
        assert_eq!(journal.unfinished(Digest::of(b"another runbook")).unwrap(), []);
    };
    let both = in_turn(15, || look(&many), || look(&few));
    row(&format!("look for unfinished runs of a runbook among {runs} open ones, 10"), both, "1.5");
}
