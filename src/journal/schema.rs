//! The tables, how older files are brought up to date, and the guards every connection works under.
//!
//! Triggers and the authorizer prevent accidents; anybody with the file and another program can still change it. Evidence
//! comes from the chains. No other module knows a pragma.

#[cfg(test)]
mod ladder;

use crate::journal::{Cause, Storage, WhyReadOnly};
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use std::time::Duration;

/// Marks a file as ours: `gono` in ASCII, in the SQLite header field made for it.
const APPLICATION_ID: i64 = 0x676f_6e6f;

/// From nothing to version 1, from 1 to 2, …; a released step is never changed.
pub(super) const STEPS: &[&str] = &[include_str!("schema/v1.sql"), include_str!("schema/v2.sql")];

/// Below this, two connections that write and checkpoint at the same instant can damage the file (sqlite.org/wal.html, the
/// WAL-reset bug).
const OLDEST_SQLITE: i32 = 3_051_003;

/// Set and read back on every connection. The two `fullfsync` settings matter on macOS only and do no harm elsewhere.
const GUARDS: [(&str, i64); 8] = [
    ("foreign_keys", 1),
    ("recursive_triggers", 1),
    ("trusted_schema", 0),
    ("cell_size_check", 1),
    ("secure_delete", 1),
    ("mmap_size", 0),
    ("fullfsync", 1),
    ("checkpoint_fullfsync", 1),
];

/// What a file is, by its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// Nothing in it yet.
    Empty,
    /// A journal with this version of the schema.
    Journal(i64),
}

/// Refuses a SQLite with the WAL-reset bug.
pub(super) fn check_sqlite() -> Result<(), Cause> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(Cause::OldSqlite(rusqlite::version().to_owned()));
    }
    Ok(())
}

/// Settings that hold for readers and writers; nothing is written.
pub(super) fn guard(conn: &Connection) -> Result<(), Cause> {
    conn.busy_timeout(Duration::from_secs(5))?;
    conn.set_prepared_statement_cache_capacity(48);
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // One plan for all values: without this the partial index of open runs has statements prepared anew for each value.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    for (setting, wanted) in GUARDS {
        conn.pragma_update(None, setting, wanted)?;
        // A memory database has no mmap_size to report.
        let found: Option<i64> = conn.pragma_query_value(None, setting, |row| row.get(0)).optional()?;
        if let Some(found) = found.filter(|found| *found != wanted) {
            return Err(downgraded(setting, &wanted, &found));
        }
    }
    Ok(())
}

fn downgraded(setting: &'static str, wanted: &impl ToString, found: &impl ToString) -> Cause {
    Cause::Downgraded { setting, wanted: wanted.to_string(), found: found.to_string() }
}

/// Looks at the header before anything is changed.
pub(super) fn identify(conn: &Connection) -> Result<Identity, Cause> {
    // In one transaction, so that a journal that is being created in this moment is seen empty or whole.
    let tx = conn.unchecked_transaction()?;
    let id: i64 = tx.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version = version(&tx)?;
    let objects: i64 = tx.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (id, version, objects) {
        (0, 0, 0) => Ok(Identity::Empty),
        (APPLICATION_ID, 1.., 1..) => Ok(Identity::Journal(version)),
        _ => Err(Cause::NotAJournal),
    }
}

/// Makes commits durable: a write-ahead log, synced with every commit; on a network share a rollback journal, with the
/// folder synced too. Both are read back, since SQLite keeps another mode without saying so when it cannot have this one.
pub(super) fn durable(conn: &Connection, storage: Storage) -> Result<(), Cause> {
    let (wanted, sync, level) = match storage {
        Storage::Local => ("wal", "FULL", 2),
        Storage::Network => ("truncate", "EXTRA", 3),
    };
    let mode = journal_mode(conn, wanted)?;
    if mode != wanted {
        return Err(downgraded("journal_mode", &wanted, &mode));
    }
    conn.pragma_update(None, "synchronous", sync)?;
    let found: i64 = conn.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    if found != level {
        return Err(downgraded("synchronous", &level, &found));
    }
    Ok(())
}

/// Bytes of the database, with what is only in the write-ahead log.
pub(super) fn bytes(conn: &Connection) -> Result<u64, Cause> {
    let of = |name| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    Ok((of("page_count")? * of("page_size")?).unsigned_abs())
}

/// Whether SQLite moves the write-ahead log into the main file by itself, now and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MovesLog {
    NowAndThen,
    Never,
}

/// Sets that for this connection.
pub(super) fn move_log_by_itself(conn: &Connection, moves: MovesLog) -> Result<(), Cause> {
    // SQLite's own default, in pages.
    let pages = if moves == MovesLog::NowAndThen { 1000 } else { 0 };
    conn.pragma_update_and_check(None, "wal_autocheckpoint", pages, |_| Ok(()))?;
    Ok(())
}

fn journal_mode(conn: &Connection, wanted: &str) -> Result<String, Cause> {
    let mut tries = 0;
    loop {
        let mode = conn.pragma_update_and_check(None, "journal_mode", wanted, |row| row.get::<_, String>(0));
        match mode.map_err(Cause::from) {
            // Changing the mode does not wait for others; an empty transaction does.
            Err(Cause::Busy) if tries < 8 => {
                tries += 1;
                conn.execute_batch("BEGIN IMMEDIATE; ROLLBACK")?;
            }
            other => return other,
        }
    }
}

/// Applies the steps that are missing, each whole or not at all.
pub(super) fn migrate(conn: &mut Connection, steps: &[&str]) -> Result<(), Cause> {
    while version(conn)? < i64::try_from(steps.len()).expect("a handful of steps") {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Read again under the lock: another process may have been faster.
        let version = version(&tx)?;
        let Some(step) = usize::try_from(version).ok().and_then(|version| steps.get(version)) else {
            break;
        };
        tx.execute_batch(step)?;
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.pragma_update(None, "user_version", version + 1)?;
        tx.commit()?;
    }
    Ok(())
}

fn version(conn: &Connection) -> Result<i64, Cause> {
    Ok(conn.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// The version this program writes.
pub(super) fn current() -> i64 {
    i64::try_from(STEPS.len()).expect("a handful of steps")
}

/// Why a journal of this version may not be written, if so.
pub(super) fn too_new(version: i64) -> Option<WhyReadOnly> {
    (version > current()).then_some(WhyReadOnly::Newer(version))
}

/// From here on the connection refuses what would take away or change a fact, or the guards themselves.
pub(super) fn fence(conn: &mut Connection) -> Result<(), Cause> {
    Ok(conn.authorizer(Some(authorize))?)
}

fn authorize(context: AuthContext<'_>) -> Authorization {
    let allowed = match context.action {
        AuthAction::Select
        | AuthAction::Read { .. }
        | AuthAction::Transaction { .. }
        | AuthAction::Savepoint { .. }
        | AuthAction::Function { .. }
        | AuthAction::Recursive => true,
        AuthAction::Insert { table_name } => match table_name {
            "head" => context.accessor.is_some(),
            "runbook" | "run" | "event" | "ledger" | "output" | "chunk" | "lease" => true,
            _ => false,
        },
        AuthAction::Update { table_name, column_name } => match table_name {
            "head" => context.accessor.is_some(),
            "output" => matches!(column_name, "salt" | "shredded"),
            "lease" => true,
            _ => false,
        },
        AuthAction::Delete { table_name } => matches!(table_name, "chunk" | "lease"),
        AuthAction::Pragma { pragma_name, pragma_value } => {
            pragma_value.is_none()
                || matches!(
                    pragma_name,
                    "wal_checkpoint" | "wal_autocheckpoint" | "integrity_check" | "quick_check" | "query_only"
                )
        }
        _ => false,
    };
    if allowed { Authorization::Allow } else { Authorization::Deny }
}

#[cfg(test)]
mod tests {
    use super::{Cause, Connection, durable, fence, guard, identify, migrate};
    use crate::journal::Storage;
    use crate::journal::schema::{Identity, STEPS};

    fn fenced() -> Connection {
        let mut conn = Connection::open_in_memory().unwrap();
        guard(&conn).unwrap();
        migrate(&mut conn, STEPS).unwrap();
        conn.execute_batch(
            "INSERT INTO runbook VALUES (zeroblob(32), 1, x'00');
             INSERT INTO run VALUES ('R', zeroblob(32), 't', 'p', 'real', 'o', 'a');
             INSERT INTO event VALUES ('R', 1, 'k', 'b', zeroblob(32), randomblob(32));
             INSERT INTO ledger VALUES (1, 'opened', 'R', 1, zeroblob(32), zeroblob(32), randomblob(32));
             INSERT INTO output VALUES ('R', 1, 0, randomblob(32), NULL);
             INSERT INTO chunk VALUES ('R', 1, 0, 0, 1, x'00');",
        )
        .unwrap();
        fence(&mut conn).unwrap();
        conn
    }

    #[test]
    fn our_own_connection_refuses_to_take_facts_away() {
        let conn = fenced();
        for sql in [
            "UPDATE event SET body = 'x'",
            "DELETE FROM event",
            "INSERT OR REPLACE INTO event SELECT run, seq, kind, 'x', prev, hash FROM event",
            "REPLACE INTO run SELECT run, runbook, 'x', path, kind, opened, operator FROM run",
            "UPDATE run SET title = 'x'",
            "DELETE FROM run",
            "UPDATE ledger SET what = 'closed'",
            "DELETE FROM ledger",
            "UPDATE runbook SET zstd = x'01'",
            "DELETE FROM runbook",
            "INSERT INTO head VALUES ('S', 1, zeroblob(32), 1)",
            "UPDATE head SET seq = 9",
            "UPDATE head SET open = 1",
            "DELETE FROM head",
            "DELETE FROM chunk",
            "UPDATE chunk SET zstd = x'01'",
            "DELETE FROM output",
            "UPDATE output SET part = 1",
            "UPDATE output SET salt = randomblob(32)",
            "DROP TRIGGER event_no_update",
            "DROP TABLE event",
            "DROP INDEX head_open",
            "ALTER TABLE event RENAME TO old",
            "ALTER TABLE event ADD COLUMN extra TEXT",
            "CREATE TABLE mine(x)",
            "CREATE TEMP TRIGGER t BEFORE INSERT ON event BEGIN SELECT 1; END",
            "CREATE VIEW v AS SELECT 1",
            "ATTACH ':memory:' AS other",
            "PRAGMA writable_schema = ON",
            "PRAGMA journal_mode = OFF",
            "PRAGMA synchronous = OFF",
            "PRAGMA foreign_keys = OFF",
            "PRAGMA recursive_triggers = OFF",
            "PRAGMA user_version = 7",
            "UPDATE sqlite_schema SET sql = ''",
            "DELETE FROM sqlite_schema",
            "REINDEX",
            "VACUUM",
        ] {
            conn.execute_batch(sql).expect_err(sql);
        }
        let left: i64 = conn.query_row("SELECT count(*) FROM event WHERE body = 'b'", [], |row| row.get(0)).unwrap();
        assert_eq!(left, 1);
    }

    #[test]
    fn what_the_journal_itself_does_is_allowed() {
        let conn = fenced();
        for sql in [
            "UPDATE output SET salt = NULL, shredded = 1",
            "DELETE FROM chunk",
            "INSERT INTO lease VALUES ('R', 1, 1, 1, 'b', 'h', NULL, 'o')",
            "DELETE FROM lease",
        ] {
            conn.execute_batch(sql).expect(sql);
        }
    }

    #[test]
    fn what_a_file_system_cannot_give_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let conn = Connection::open(folder.path().join("journal.db")).unwrap();
        durable(&conn, Storage::Local).unwrap();
        durable(&conn, Storage::Network).unwrap();
        let mode: String = conn.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "truncate", "a network share has no shared memory");
        // A database in memory cannot have a log, and keeps its mode without a word.
        let silent = durable(&Connection::open_in_memory().unwrap(), Storage::Local).unwrap_err();
        assert!(silent.to_string().starts_with("journal_mode is memory here instead of wal"), "{silent}");
    }

    /// An older file in the smallest form: one table, then a second.
    const OLD: [&str; 2] =
        ["CREATE TABLE a(x); INSERT INTO a VALUES (1)", "CREATE TABLE b(x); INSERT INTO b SELECT x FROM a"];

    #[test]
    fn an_older_file_is_brought_up_to_date_step_by_step() {
        let mut conn = Connection::open_in_memory().unwrap();
        assert_eq!(identify(&conn), Ok(Identity::Empty));
        migrate(&mut conn, &OLD[..1]).unwrap();
        assert_eq!(identify(&conn), Ok(Identity::Journal(1)));
        migrate(&mut conn, &OLD).unwrap();
        assert_eq!(identify(&conn), Ok(Identity::Journal(2)));
        migrate(&mut conn, &OLD).unwrap();
        let carried: i64 = conn.query_row("SELECT count(*) FROM b", [], |row| row.get(0)).unwrap();
        assert_eq!(carried, 1, "each step is applied once");
    }

    #[test]
    fn a_step_that_fails_leaves_the_file_as_it_was() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, &OLD[..1]).unwrap();
        let broken = [OLD[0], "CREATE TABLE b(x); INSERT INTO b VALUES (1); INSERT INTO nowhere VALUES (1)"];
        assert!(matches!(migrate(&mut conn, &broken), Err(Cause::Database(_))));
        assert_eq!(identify(&conn), Ok(Identity::Journal(1)));
        let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
        assert_eq!(tables, 1);
    }

    #[test]
    fn another_database_is_not_ours() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE moz_places(url)").unwrap();
        assert_eq!(identify(&conn), Err(Cause::NotAJournal));
    }
}
