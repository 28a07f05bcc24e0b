//! What could not be tried here: told past the capture of the test runner, and counted where a script wants.
//!
//! Every test that needs a program, a right or a kind of machine that may be missing calls this instead of passing silently.

use std::io::Write as _;

/// Says on standard error that a test was skipped, and why; adds the line to the file that `SKIPPED_TESTS` names.
pub fn skip(test: &str, why: &str) {
    let line = format!("SKIPPED {test}: {why}\n");
    std::io::stderr().write_all(line.as_bytes()).expect("standard error can be written");
    let Some(path) = std::env::var_os("SKIPPED_TESTS") else { return };
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path).expect("the list can be opened");
    file.write_all(line.as_bytes()).expect("the list can be written");
}
