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

#[test]
fn every_flipped_bit_that_alters_a_row_is_found() {
    let (folder, path) = folder();
    drop(filled(&path, 4, &b"a line of output that is stored\n".repeat(20)));
    let good = fs::read(&path).unwrap();
    let before = rows(&path).unwrap();
    let copy = folder.path().join("flipped.db");
    let (mut found, mut altered, mut unseen) = (0, 0, 0);
    let flips = times("GONOGO_FLIPS", 300);
    for _ in 0..flips {
        let (byte, bit) = (random(good.len()), random(8));
        let mut bytes = good.clone();
        bytes[byte] ^= 1 << bit;
        fs::write(&copy, bytes).unwrap();
        let intact = match Journal::open(&copy, Mode::ReadOnly) {
            Ok(Some(journal)) => journal.verify_all().is_ok_and(|report| report.is_intact()),
            Ok(None) | Err(_) => false,
        };
        let same = rows(&copy).is_some_and(|after| after == before);
        assert!(!intact || same, "bit {bit} of byte {byte} altered a row and was not found");
        found += u32::from(!intact);
        altered += u32::from(!same);
        unseen += u32::from(!same && passes_quick_check(&copy));
    }
    assert!(found >= altered && altered > 0, "{found} found, {altered} altered");
    // The planted bug: a verification that trusts the database's own check. It has to fail this test.
    assert!(unseen > 0, "no flip was of a kind that needs the chain to be found");
    figures(
        "flips",
        &format!("{flips} bits flipped, {altered} altered a row, all found; {unseen} of them only by the chain"),
    );
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
