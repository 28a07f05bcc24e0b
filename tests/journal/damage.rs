//! Files that were damaged, cut or never were journals: found or refused, never a panic.

use crate::faults::{figures, times};
use crate::*;
use std::fmt::Write as _;
use std::fs;

fn random(below: usize) -> usize {
    usize::try_from(getrandom::u64().unwrap()).unwrap() % below
}

/// Every row that is evidence, as text.
fn rows(path: &Path) -> Option<String> {
    let conn = stranger(path);
    let mut text = String::new();
    for table in ["runbook", "run", "event", "ledger", "head", "output", "chunk"] {
        let mut statement = conn.prepare(&format!("SELECT * FROM {table}")).ok()?;
        let columns = statement.column_count();
        let mut rows = statement.query([]).ok()?;
        while let Some(row) = rows.next().ok()? {
            for column in 0..columns {
                write!(text, "{:?}|", row.get_ref(column).ok()?).unwrap();
            }
            text.push('\n');
        }
    }
    Some(text)
}

/// Who verifies the flipped file. All but the first are planted bugs, each blind to something: what it does not look at is
/// put back as it was before our verification sees the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verifier {
    Ours,
    /// Trusts the database's own check.
    NoChain,
    /// Does not look at one column.
    WithoutColumn(&'static str, &'static str),
    /// Stops before the last row of a run.
    WithoutLastRow,
}

impl Verifier {
    /// Whether it takes the file for what was written.
    fn passes(self, flipped: &Path, good: &Path) -> bool {
        let put_back = |what: &str| {
            let conn = stranger(flipped);
            conn.execute("ATTACH ? AS good", [good.to_str().unwrap()]).unwrap();
            past_triggers(&conn, |conn| {
                // Where the flip broke more than a value, nothing can be put back, and the verifier sees it.
                let _ = conn.execute_batch(what);
            });
        };
        match self {
            Verifier::Ours => {}
            Verifier::NoChain => return passes_quick_check(flipped),
            Verifier::WithoutColumn(table, column) => put_back(&format!(
                "UPDATE {table} AS flipped SET {column} = (SELECT {column} FROM good.{table} AS was
                 WHERE (was.run, was.seq) = (flipped.run, flipped.seq))"
            )),
            Verifier::WithoutLastRow => put_back(
                "UPDATE event AS flipped SET (kind, body, prev, hash) = (SELECT kind, body, prev, hash FROM good.event AS was
                 WHERE (was.run, was.seq) = (flipped.run, flipped.seq))
                 WHERE seq = (SELECT max(seq) FROM event AS other WHERE other.run = flipped.run)",
            ),
        }
        match Journal::open(flipped, Mode::ReadOnly) {
            Ok(Some(journal)) => journal.verify_all().is_ok_and(|report| report.is_intact()),
            Ok(None) | Err(_) => false,
        }
    }
}

/// Flips bits of a good file, one at a time.
struct Flips {
    _folder: TempDir,
    good: PathBuf,
    flipped: PathBuf,
    bytes: Vec<u8>,
    rows: String,
}

impl Flips {
    fn new() -> Self {
        let (folder, good) = folder();
        drop(filled(&good, 4, &b"a line of output that is stored\n".repeat(20)));
        let bytes = fs::read(&good).unwrap();
        let (flipped, rows) = (folder.path().join("flipped.db"), rows(&good).unwrap());
        Flips { _folder: folder, good, flipped, bytes, rows }
    }

    /// Whether the flip altered a row, and whether the verifier took the file for good all the same.
    fn one(&self, verifier: Verifier, byte: usize, bit: usize) -> (bool, bool) {
        let mut bytes = self.bytes.clone();
        bytes[byte] ^= 1 << bit;
        fs::write(&self.flipped, bytes).unwrap();
        let altered = rows(&self.flipped).is_none_or(|after| after != self.rows);
        (altered, verifier.passes(&self.flipped, &self.good))
    }

    /// The first flip, wherever these bytes stand, that alters a row and that the verifier does not see.
    fn missed(&self, verifier: Verifier, within: &[u8]) -> Option<usize> {
        let places: Vec<usize> = (0..self.bytes.len()).filter(|from| self.bytes[*from..].starts_with(within)).collect();
        assert!(!places.is_empty(), "it is stored as it is");
        let mut bytes = places.into_iter().flat_map(|from| from..from + within.len());
        bytes.find(|byte| self.one(verifier, *byte, 0) == (true, true))
    }
}

#[test]
fn every_flipped_bit_that_alters_a_row_is_found() {
    let flips = Flips::new();
    let (mut found, mut altered, mut only_by_chain) = (0, 0, 0);
    let times = times("GONOGO_FLIPS", 300);
    for _ in 0..times {
        let (byte, bit) = (random(flips.bytes.len()), random(8));
        let (alters, passes) = flips.one(Verifier::Ours, byte, bit);
        assert!(!(alters && passes), "bit {bit} of byte {byte} altered a row and was not found");
        found += u32::from(!passes);
        altered += u32::from(alters);
        only_by_chain += u32::from(alters && Verifier::NoChain.passes(&flips.flipped, &flips.good));
    }
    assert!(found >= altered && altered > 0, "{found} found, {altered} altered");
    figures(
        "flips",
        &format!("{times} bits flipped, {altered} altered a row, all found; {only_by_chain} of them only by the chain"),
    );
}

/// Verifiers that are blind to something have to fail the test above.
#[test]
fn a_verifier_that_is_blind_to_something_misses_a_flipped_bit() {
    let flips = Flips::new();
    let journal = Journal::open(&flips.good, Mode::ReadOnly).unwrap().unwrap();
    let entries = journal.entries(&run_id(4)).unwrap();
    let last = entries.last().unwrap();
    let body = last.body();
    for (verifier, within) in [
        (Verifier::NoChain, body.as_bytes()),
        (Verifier::WithoutColumn("event", "kind"), b"attempt_ended{"),
        (Verifier::WithoutColumn("event", "body"), body.as_bytes()),
        (Verifier::WithoutColumn("event", "prev"), &last.prev.0),
        (Verifier::WithoutColumn("event", "hash"), &last.hash.0),
        (Verifier::WithoutColumn("ledger", "head"), &entries[0].hash.0),
        (Verifier::WithoutLastRow, body.as_bytes()),
    ] {
        assert!(flips.missed(verifier, within).is_some(), "{verifier:?} misses nothing");
        assert_eq!(
            flips.missed(Verifier::Ours, &within[..within.len().min(16)]),
            None,
            "{verifier:?} is blind, ours is not"
        );
    }
    figures("flips", "7 verifiers that are blind to something were caught");
}

fn passes_quick_check(path: &Path) -> bool {
    let verdict: Result<String, _> = stranger(path).query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
    verdict.is_ok_and(|verdict| verdict == "ok")
}

#[test]
fn a_cut_file_is_found_or_refused() {
    let (folder, path) = folder();
    drop(filled(&path, 4, &b"a line of output that is stored\n".repeat(20)));
    let good = fs::read(&path).unwrap();
    let copy = folder.path().join("cut.db");
    for _ in 0..60 {
        fs::write(&copy, &good[..random(good.len())]).unwrap();
        match Journal::open(&copy, Mode::ReadOnly) {
            Ok(Some(journal)) => assert!(!journal.verify_all().is_ok_and(|report| report.is_intact())),
            Ok(None) => assert_eq!(fs::metadata(&copy).unwrap().len(), 0),
            Err(fault) => assert!(!fault.to_string().is_empty()),
        }
    }
}

/// Files that are no journals: noise, noise behind one of our headers, cut journals, databases of others, and databases that
/// claim to be ours.
fn garbage(kind: u64, good: &[u8], path: &Path) {
    let _ = fs::remove_file(path);
    match kind {
        0 | 1 => {
            let mut bytes = vec![0; 1 + random(20_000)];
            getrandom::fill(&mut bytes).unwrap();
            if kind == 1 {
                let size = 100.min(bytes.len());
                bytes[..size].copy_from_slice(&good[..size]);
            }
            fs::write(path, &bytes).unwrap();
        }
        2 => fs::write(path, &good[..=random(good.len() - 1)]).unwrap(),
        3 => {
            let conn = Connection::open(path).unwrap();
            conn.execute_batch("CREATE TABLE places(url TEXT); INSERT INTO places VALUES ('https://example.org/')")
                .unwrap();
            let (id, version) = (random(3) * 7, random(3));
            conn.execute_batch(&format!("PRAGMA application_id = {id}; PRAGMA user_version = {version}")).unwrap();
        }
        4 => {
            // It says that it is ours; what is in it is not.
            let conn = Connection::open(path).unwrap();
            let table = ["event(run)", "head(chain, seq)", "run(run, title)", "things(x)"][random(4)];
            conn.execute_batch(&format!(
                "CREATE TABLE {table}; PRAGMA application_id = 1735356015; PRAGMA user_version = 1"
            ))
            .unwrap();
        }
        _ => {
            fs::write(path, good).unwrap();
            let conn = stranger(path);
            let name = ["event", "head", "run", "ledger", "runbook", "output", "chunk", "lease"][random(8)];
            let change = match random(3) {
                0 => format!("DROP TABLE {name}"),
                1 => format!("ALTER TABLE {name} RENAME TO other"),
                _ => format!(
                    "DROP TABLE {name}; CREATE TABLE {name}(x BLOB, y INTEGER); INSERT INTO {name} VALUES (x'00', 7)"
                ),
            };
            conn.execute_batch(&format!("PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; {change}"))
                .unwrap();
        }
    }
}

#[test]
fn what_is_no_journal_is_refused_and_nothing_panics() {
    let (folder, path) = folder();
    drop(filled(&path, 2, b"ok\n"));
    let good = fs::read(&path).unwrap();
    let other = folder.path().join("garbage.db");
    let times = times("GONOGO_GARBAGE", 120);
    let (mut refused, mut found) = (0, 0);
    for n in 0..times {
        garbage(n % 6, &good, &other);
        let before = fs::read(&other).unwrap();
        match Journal::open(&other, Mode::ReadOnly) {
            Ok(None) => assert!(before.is_empty() || n % 6 == 2, "kind {}", n % 6),
            Ok(Some(journal)) => match journal.verify_all() {
                Ok(report) => {
                    assert!(!report.is_intact(), "kind {} passes for a journal", n % 6);
                    found += 1;
                }
                Err(fault) => {
                    assert!(!fault.to_string().is_empty());
                    refused += 1;
                }
            },
            Err(fault) => {
                assert!(fault.to_string().contains("garbage.db: "), "{fault}");
                refused += 1;
            }
        }
        assert_eq!(fs::read(&other).unwrap(), before, "kind {}: looking changes nothing", n % 6);
        // Recording in it is refused too, or what is there is listed as far as it can be read; it never panics.
        if let Ok(mut journal) = Journal::create_or_open(&other) {
            let _ = (
                journal.runs(10),
                journal.find("000001"),
                journal.entries(&run_id(1)),
                journal.unfinished_of("move.md"),
            );
            let _ = journal.append(&run_id(1), 0, Needs::Nothing, &stamp(), &note("x"));
            let _ = journal.begin(&run_id(9), RUNBOOK, &me(), &stamp(), &opened());
        }
        for side in ["-wal", "-shm", "-ballast", "-journal"] {
            let _ = fs::remove_file(folder.path().join(format!("garbage.db{side}")));
        }
    }
    assert!(refused > 0 && found > 0, "{refused} refused, {found} found");
    figures(
        "garbage",
        &format!("{times} files of six kinds: {refused} refused, {found} opened and found altered, 0 panics"),
    );
}
