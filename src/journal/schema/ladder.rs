//! A ladder of made-up schema versions above the real ones, climbed from the oldest journal there is and killed at every
//! statement on the way.

use super::{Identity, durable, identify, migrate, version};
use crate::journal::Storage;
use rusqlite::Connection;
use rusqlite::hooks::{AuthContext, Authorization};
use rustix::process::{Signal, getpid, kill_process};
use std::path::Path;
use std::process::{Command, ExitStatus};

/// What version 1 wrote.
const OLDEST: &str = include_str!("../../../tests/journal/journal-v1.sql");

/// The real first step, then one that adds and fills, then one that rebuilds.
const LADDER: [&str; 3] = [
    include_str!("v1.sql"),
    "CREATE TABLE tag(run TEXT NOT NULL REFERENCES run, word TEXT NOT NULL, PRIMARY KEY(run, word)) STRICT, WITHOUT ROWID;
     INSERT INTO tag SELECT run, kind FROM run;
     CREATE INDEX tag_word ON tag(word);
     CREATE TRIGGER tag_no_delete BEFORE DELETE ON tag BEGIN SELECT RAISE(ABORT, 'tags stay'); END;",
    "CREATE TABLE label(word TEXT NOT NULL, run TEXT NOT NULL REFERENCES run, PRIMARY KEY(word, run)) STRICT, WITHOUT ROWID;
     INSERT INTO label SELECT word, run FROM tag;
     INSERT INTO label SELECT 'closed', run FROM ledger WHERE what = 'closed';
     DROP TRIGGER tag_no_delete;
     DROP TABLE tag;",
];

/// How the versions are climbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Climber {
    Ours,
    /// The planted bug: the same steps without a transaction around each.
    Careless,
}

fn oldest(path: &Path) {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch(OLDEST).unwrap();
    assert_eq!(identify(&conn), Ok(Identity::Journal(1)));
}

/// Everything in the file, as text: schema and rows.
fn contents(conn: &Connection) -> String {
    let read = |sql: &str| -> Vec<String> {
        let mut statement = conn.prepare(sql).unwrap();
        let columns = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            let fields: Vec<String> = (0..columns).map(|c| format!("{:?}", row.get_ref(c).unwrap())).collect();
            Ok(fields.join("|"))
        };
        statement.query_map([], row).unwrap().map(Result::unwrap).collect()
    };
    let mut all = read("SELECT type, name, sql FROM sqlite_schema ORDER BY name");
    let names: Vec<String> = conn
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for name in names {
        all.extend(read(&format!("SELECT '{name}', * FROM {name}")));
    }
    all.join("\n")
}

/// Climbs in this process and ends it with KILL at the `at`-th thing that SQLite is asked to do.
fn climb_and_die(path: &Path, climber: Climber, at: u64) {
    let mut conn = Connection::open(path).unwrap();
    durable(&conn, Storage::Local).unwrap();
    let mut asked = 0;
    let count = move |_: AuthContext<'_>| {
        asked += 1;
        if asked == at {
            kill_process(getpid(), Signal::KILL).unwrap();
        }
        Authorization::Allow
    };
    conn.authorizer(Some(count)).unwrap();
    match climber {
        Climber::Ours => migrate(&mut conn, &LADDER).unwrap(),
        Climber::Careless => {
            for (version, step) in (2_i64..).zip(&LADDER[1..]) {
                conn.execute_batch(step).unwrap();
                conn.pragma_update(None, "user_version", version).unwrap();
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the only way to tell a test process what it is for")]
fn role() -> Option<(String, Climber, u64)> {
    let said = std::env::var("GONOGO_CLIMB").ok()?;
    let mut words = said.splitn(3, ' ');
    let climber = if words.next()? == "ours" { Climber::Ours } else { Climber::Careless };
    let at = words.next()?.parse().ok()?;
    Some((words.next()?.to_owned(), climber, at))
}

fn climb_elsewhere(path: &Path, climber: Climber, at: u64) -> ExitStatus {
    let word = if climber == Climber::Ours { "ours" } else { "careless" };
    let test = "journal::schema::ladder::a_migration_that_is_killed_at_any_statement_is_whole_or_not_there";
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--test-threads=1", "--quiet"]);
    command.env("GONOGO_CLIMB", format!("{word} {at} {}", path.display()));
    command.output().unwrap().status
}

/// How many kills it took, and the first one after which the file was neither of two versions.
fn climb(climber: Climber) -> (u64, Option<String>) {
    let folder = tempfile::tempdir().unwrap();
    let clean = folder.path().join("clean.db");
    oldest(&clean);
    let mut conn = Connection::open(&clean).unwrap();
    let mut versions = vec![contents(&conn)];
    for steps in 2..=LADDER.len() {
        migrate(&mut conn, &LADDER[..steps]).unwrap();
        versions.push(contents(&conn));
    }
    for at in 1..10_000 {
        let path = folder.path().join(format!("{at}.db"));
        oldest(&path);
        let whole = climb_elsewhere(&path, climber, at).success();
        let mut conn = Connection::open(&path).unwrap();
        let stands = usize::try_from(version(&conn).unwrap()).unwrap();
        if contents(&conn) != versions[stands - 1] {
            return (at, Some(format!("killed at {at}: half of version {}", stands + 1)));
        }
        migrate(&mut conn, &LADDER).unwrap();
        assert_eq!(&contents(&conn), versions.last().unwrap(), "killed at {at}, then climbed to the top");
        if whole {
            return (at - 1, None);
        }
    }
    panic!("the ladder has no end");
}

#[test]
fn a_migration_that_is_killed_at_any_statement_is_whole_or_not_there() {
    if let Some((path, climber, at)) = role() {
        return climb_and_die(Path::new(&path), climber, at);
    }
    let (kills, half) = climb(Climber::Ours);
    assert_eq!(half, None);
    assert!(kills > 20, "only {kills} kills: does the authorizer count?");
    let (_, caught) = climb(Climber::Careless);
    assert!(caught.is_some(), "steps without transactions are not noticed");
}
