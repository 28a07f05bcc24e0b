//! Whole processes: run to their end, and the memory they take.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Runs a process to its end without showing what it prints.
pub fn run(command: &mut Command) {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
}

/// The highest resident size of a process, in KiB, as Linux tells it while the process lives.
pub fn peak_kib(command: &mut Command) -> Option<u32> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    let ended = loop {
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        let told = fs::read_to_string(&status).unwrap_or_default();
        let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|line| line.split_whitespace().next()?.parse().ok()).or(peak);
        std::thread::sleep(Duration::from_micros(500));
    };
    assert!(ended.success(), "{command:?}: {ended}");
    peak
}

/// A size in KiB as MiB for people.
pub fn mib(kib: Option<u32>) -> String {
    kib.map_or("unknown".to_owned(), |kib| format!("{:.1}", f64::from(kib) / 1024.0))
}
