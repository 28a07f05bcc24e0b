//! Somebody with the file and another program: everything they change is found, and our own connection helps nobody.

use crate::*;
use gonogo::journal::{Cause, Finding, Place};

/// Changes the file with `sql`, past the triggers, and tells what verification finds.
fn after(sql: &str) -> String {
    let (_folder, path) = folder();
    drop(filled(&path, 3, b"Welcome to alpha"));
    let names: Vec<String> = (1..=3).map(|number| run_id(number).0).collect();
    let sql = sql.replace("$1", &names[0]).replace("$2", &names[1]).replace("$3", &names[2]);
    let conn = stranger(&path);
    past_triggers(&conn, |conn| conn.execute_batch(&sql).unwrap());
    drop(conn);
    let found = findings(&path);
    names.iter().zip(["RUN1", "RUN2", "RUN3"]).fold(found, |found, (name, short)| found.replace(name, short))
}

#[test]
fn nothing_is_found_where_nothing_was_changed() {
    assert_eq!(after("SELECT 1"), "");
}

#[test]
fn a_changed_event_is_found() {
    assert_eq!(
        after("UPDATE event SET body = replace(body, 'frozen', 'thawed') WHERE run = '$2' AND seq = 2"),
        "run RUN2, event 2: its hash does not fit its body"
    );
    assert_eq!(
        after("UPDATE event SET kind = 'signed_off' WHERE run = '$1' AND seq = 2"),
        "run RUN1, event 2: it is filed as signed_off but its body says note_added"
    );
    assert_eq!(
        after("UPDATE event SET hash = randomblob(32) WHERE run = '$3' AND seq = 2"),
        "run RUN3, event 2: its hash does not fit its body"
    );
    assert_eq!(
        after("UPDATE event SET prev = zeroblob(32) WHERE run = '$3' AND seq = 3"),
        "run RUN3, event 3: it does not follow the event before it"
    );
    assert_eq!(
        after("UPDATE event SET body = body || ' ' WHERE run = '$3' AND seq = 2"),
        "run RUN3, event 2: its hash does not fit its body"
    );
}

#[test]
fn a_removed_event_is_found() {
    assert_eq!(
        after("DELETE FROM event WHERE run = '$2' AND seq = 2"),
        "run RUN2, event 2: it is missing; the next one is 3"
    );
    assert_eq!(
        after("DELETE FROM event WHERE run = '$3' AND seq = 4"),
        "run RUN3, event 4: the chain ends at event 3, but 4 had been recorded"
    );
    assert_eq!(
        after("DELETE FROM event WHERE run = '$2' AND seq = 5"),
        "run RUN2, event 5: the chain ends at event 4, but 5 had been recorded\n\
         run RUN2: its first or closing event is not the one in the ledger"
    );
}

#[test]
fn reordered_events_are_found() {
    assert_eq!(
        after(
            "UPDATE event SET seq = 99 WHERE run = '$3' AND seq = 2; UPDATE event SET seq = 2 WHERE run = '$3' AND seq = 3;
             UPDATE event SET seq = 3 WHERE run = '$3' AND seq = 99"
        ),
        "run RUN3, event 2: it does not follow the event before it"
    );
    assert_eq!(
        after("UPDATE event SET run = '$3', seq = 5 WHERE run = '$2' AND seq = 5"),
        "run RUN2, event 5: the chain ends at event 4, but 5 had been recorded\n\
         run RUN3, event 5: it does not follow the event before it\n\
         run RUN2: its first or closing event is not the one in the ledger"
    );
}

#[test]
fn a_replaced_or_added_event_is_found() {
    assert_eq!(
        after(
            "INSERT OR REPLACE INTO event SELECT run, seq, kind, replace(body, 'frozen', 'thawed'), prev, hash
             FROM event WHERE run = '$1' AND seq = 2"
        ),
        "run RUN1, event 2: its hash does not fit its body"
    );
    assert_eq!(
        after(
            "INSERT INTO event SELECT run, 5, kind, body, hash, randomblob(32) FROM event WHERE run = '$3' AND seq = 4;
             UPDATE head SET seq = 5 WHERE chain = '$3'"
        ),
        "run RUN3, event 5: its hash does not fit its body"
    );
}

#[test]
fn a_removed_run_is_found() {
    let gone = "run RUN2: it is named, but nothing is left of it\n\
                run RUN2: the ledger knows it, but its events are gone";
    assert_eq!(
        after(
            "DELETE FROM chunk WHERE run = '$2'; DELETE FROM output WHERE run = '$2'; DELETE FROM event WHERE run = '$2';
             DELETE FROM run WHERE run = '$2'; DELETE FROM head WHERE chain = '$2'; DELETE FROM lease WHERE run = '$2'"
        ),
        gone
    );
    assert_eq!(
        after(
            "DELETE FROM chunk WHERE run = '$2'; DELETE FROM output WHERE run = '$2'; DELETE FROM event WHERE run = '$2';
             DELETE FROM run WHERE run = '$2'; DELETE FROM head WHERE chain = '$2'; DELETE FROM ledger WHERE run = '$2'"
        ),
        "ledger row 3: it is missing; the next one is 5"
    );
    assert_eq!(after("DELETE FROM run WHERE run = '$2'"), "run RUN2: its row was removed");
}

/// Every run of a hundred, taken away with all its traces but those in the ledger, and then with those as well.
#[test]
fn whichever_run_of_a_hundred_is_taken_away_is_missed() {
    let (folder, path) = folder();
    drop(filled(&path, 100, b"Welcome to alpha"));
    let name = |number: u32| run_id(number).0;
    let mut found = 0;
    for number in 1..=100 {
        let other = folder.path().join("other.db");
        let _ = std::fs::remove_file(&other);
        let copy = stranger(&path);
        copy.execute("VACUUM INTO ?1", [other.to_str().unwrap()]).unwrap();
        drop(copy);
        let conn = stranger(&other);
        let tables =
            ["chunk", "output", "event", "run", "lease"].map(|table| format!("DELETE FROM {table} WHERE run = '$';"));
        let sql = format!("{} DELETE FROM head WHERE chain = '$';", tables.concat()).replace('$', &name(number));
        past_triggers(&conn, |conn| conn.execute_batch(&sql).unwrap());
        let traced =
            findings(&other).contains(&format!("run {}: the ledger knows it, but its events are gone", name(number)));
        let sql = format!("DELETE FROM ledger WHERE run = '{}'", name(number));
        past_triggers(&conn, |conn| conn.execute_batch(&sql).unwrap());
        drop(conn);
        found += usize::from(traced && findings(&other).contains("ledger row"));
    }
    assert_eq!(found, 100);
}

#[test]
fn a_changed_ledger_is_found() {
    assert_eq!(
        after("UPDATE ledger SET what = 'closed' WHERE n = 5"),
        "ledger row 5: its hash does not fit what it says"
    );
    assert_eq!(
        after("DELETE FROM ledger WHERE n = 5"),
        "ledger row 5: the ledger ends at row 4, but 5 had been entered\nrun RUN3: the ledger does not know it"
    );
    assert_eq!(
        after("UPDATE ledger SET prev = zeroblob(32) WHERE n = 2"),
        "ledger row 2: it does not follow the row before it"
    );
}

#[test]
fn a_changed_copy_is_found() {
    for column in ["title", "path", "operator"] {
        let sql = format!("UPDATE run SET {column} = 'other' WHERE run = '$1'");
        assert_eq!(after(&sql), "run RUN1: its row differs from the event that opened it", "{column}");
    }
    assert_eq!(
        after("UPDATE run SET kind = 'rehearsal' WHERE run = '$1'"),
        "run RUN1: its row differs from the event that opened it"
    );
    assert_eq!(
        after("UPDATE head SET open = 1 WHERE chain = '$2'"),
        "run RUN2: whether it was closed is not filed as its events say"
    );
    assert_eq!(
        after("UPDATE head SET seq = 3 WHERE chain = '$3'"),
        "run RUN3, event 5: the chain ends at event 4, but 3 had been recorded"
    );
}

#[test]
fn changed_runbook_bytes_are_found() {
    let digest = Digest::of(RUNBOOK);
    let other = "UPDATE runbook SET size = 1, zstd = x'28b52ffd200109000041'";
    assert_eq!(after(other), format!("runbook {digest}: its stored bytes were altered"));
    assert_eq!(after("DELETE FROM runbook"), format!("runbook {digest}: its bytes are missing"));
}

#[test]
fn changed_output_is_found() {
    let found = |what: &str| format!("run RUN1, output of attempt 1: {what}");
    assert_eq!(after("DELETE FROM chunk WHERE run = '$1'"), found("part 0 is missing"));
    assert_eq!(after("UPDATE output SET salt = randomblob(32) WHERE run = '$1'"), found("part 0 was altered"));
    assert_eq!(after("UPDATE chunk SET zstd = x'00' WHERE run = '$1'"), found("a chunk cannot be unpacked"));
    assert_eq!(
        after("UPDATE chunk SET size = 9223372036854775807 WHERE run = '$1'"),
        found("a chunk cannot be unpacked")
    );
    assert_eq!(after("UPDATE chunk SET n = 1 WHERE run = '$1'"), found("a chunk is missing"));
    assert_eq!(
        after("UPDATE chunk SET (size, zstd) = (SELECT size, zstd FROM runbook) WHERE run = '$1'"),
        found("part 0 was altered")
    );
    assert_eq!(
        after("INSERT INTO chunk SELECT run, attempt, part, 1, size, zstd FROM chunk WHERE run = '$1'"),
        found("part 0 was altered")
    );
    assert_eq!(
        after("UPDATE output SET salt = NULL, shredded = 77 WHERE run = '$1'; DELETE FROM chunk WHERE run = '$1'"),
        found("it was removed, and no event says why")
    );
    assert_eq!(
        after("UPDATE output SET salt = NULL, shredded = 2 WHERE run = '$1'; DELETE FROM chunk WHERE run = '$1'"),
        found("it was removed, and no event says why"),
        "any other event does not do"
    );
    assert_eq!(
        after(
            "INSERT INTO output SELECT run, 9, part, salt, shredded FROM output WHERE run = '$1';
               INSERT INTO chunk SELECT run, 9, part, n, size, zstd FROM chunk WHERE run = '$1'"
        ),
        "run RUN1, output of attempt 9: there are bytes that the ending event does not know"
    );
}

#[test]
fn a_changed_schema_is_found() {
    let (_folder, path) = folder();
    drop(filled(&path, 1, b"ok"));
    stranger(&path)
        .execute_batch("DROP TRIGGER event_no_update; CREATE TABLE diary(line TEXT); DROP INDEX head_open")
        .unwrap();
    assert_eq!(
        findings(&path),
        "schema: index head_open was removed\nschema: trigger event_no_update was removed\nschema: table diary was added"
    );
}

#[test]
fn triggers_stop_an_accident_in_another_program() {
    let (_folder, path) = folder();
    drop(filled(&path, 2, b"ok"));
    let conn = stranger(&path);
    for sql in [
        "UPDATE event SET body = ''",
        "DELETE FROM event",
        "DELETE FROM run",
        "UPDATE run SET title = ''",
        "DELETE FROM ledger",
        "UPDATE ledger SET what = 'closed'",
        "DELETE FROM runbook",
        "DELETE FROM chunk",
        "UPDATE chunk SET n = 9",
        "DELETE FROM output",
        "UPDATE output SET salt = randomblob(32)",
        "INSERT INTO event SELECT run, 99, kind, body, prev, hash FROM event LIMIT 1",
        "INSERT INTO ledger SELECT 99, what, run, seq, head, prev, hash FROM ledger LIMIT 1",
    ] {
        conn.execute_batch(sql).expect_err(sql);
    }
    drop(conn);
    assert_eq!(findings(&path), "");
}

#[test]
fn a_run_that_was_altered_is_not_opened_as_if_nothing_were() {
    let (_folder, path) = folder();
    drop(filled(&path, 2, b"ok"));
    let run = run_id(2);
    let conn = stranger(&path);
    conn.execute_batch("DROP TRIGGER event_no_update; DROP TRIGGER event_no_delete").unwrap();
    conn.execute("UPDATE event SET body = replace(body, 'frozen', 'thawed') WHERE run = ? AND seq = 2", [&run.0])
        .unwrap();
    let mut journal = Journal::create_or_open(&path).unwrap();
    let finding = Finding { place: Place::Event(run.clone(), 2), reason: "its hash does not fit its body".into() };
    assert_eq!(journal.entries(&run).unwrap_err().cause, Cause::Altered(Box::new(finding.clone())));
    assert_eq!(journal.verify(&run).unwrap().findings, [finding]);
    assert!(journal.entries(&run_id(1)).is_ok(), "one broken run says nothing about the others");

    conn.execute("DELETE FROM event WHERE run = ? AND seq >= 3", [&run.0]).unwrap();
    let cut = journal.append(&run, 4, Needs::Nothing, &stamp(), &note("on top of a cut chain")).unwrap_err();
    assert!(matches!(cut.cause, Cause::Altered(_)), "{cut}");
    let cut = journal.entries_since(&run, 4).unwrap_err().to_string();
    assert!(cut.contains("event 3: the last event is 2, but 4 had been recorded"), "{cut}");
    assert!(cut.contains(path.to_str().unwrap()) && cut.contains("gonogo verify"), "{cut}");
}
