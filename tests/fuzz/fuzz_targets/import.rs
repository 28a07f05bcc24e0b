//! Any bytes: importing never panics, and what comes out can be read.

#![no_main]

use gonogo::runbook::import::import;
use gonogo::runbook::read::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for name in ["fuzz.txt", "fuzz.html"] {
        if let Ok(imported) = import(name, bytes) {
            read("fuzz.md", imported.text.as_bytes()).expect("what was imported is a document");
        }
    }
});
