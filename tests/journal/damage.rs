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
        assert_eq!(flips.missed(Verifier::Ours, within), None, "{verifier:?} is blind, ours is not");
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

#[test]
fn random_bytes_are_refused() {
    let (folder, path) = folder();
    drop(filled(&path, 1, b"ok\n"));
    let header = fs::read(&path).unwrap()[..100].to_vec();
    let copy = folder.path().join("noise.db");
    for i in 0..60 {
        let mut bytes = vec![0; 1 + random(20_000)];
        getrandom::fill(&mut bytes).unwrap();
        if i % 2 == 0 {
            // Looks like one of ours from the outside.
            let size = header.len().min(bytes.len());
            bytes[..size].copy_from_slice(&header[..size]);
        }
        fs::write(&copy, &bytes).unwrap();
        let verified = Journal::open(&copy, Mode::ReadOnly).map(|journal| journal.map(|journal| journal.verify_all()));
        assert!(!matches!(verified, Ok(Some(Ok(report))) if report.is_intact()));
        assert!(Journal::create_or_open(&copy).and_then(|journal| journal.runs(10)).is_err());
    }
}
