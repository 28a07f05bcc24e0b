//! What every benchmark measures with: two things in turn, medians, ratios, and the memory of a process.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Whether to measure: under `cargo test` benchmarks are only compiled and started.
pub fn is_wanted() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// Medians of two things done in turn, after one round that counts for neither.
pub fn in_turn(rounds: usize, mut first: impl FnMut(), mut second: impl FnMut()) -> (Duration, Duration) {
    let (mut firsts, mut seconds) = (Vec::new(), Vec::new());
    for _ in 0..=rounds {
        firsts.push(timed(&mut first));
        seconds.push(timed(&mut second));
    }
    (median(&mut firsts[1..]), median(&mut seconds[1..]))
}

pub fn timed(work: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

pub fn ratio(this: Duration, that: Duration) -> f64 {
    this.as_secs_f64() / that.as_secs_f64()
}

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
    while child.try_wait().unwrap().is_none() {
        let told = fs::read_to_string(&status).unwrap_or_default();
        let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|line| line.split_whitespace().next()?.parse().ok()).or(peak);
        std::thread::sleep(Duration::from_micros(500));
    }
    peak
}

/// A size in KiB as MiB for people.
pub fn mib(kib: Option<u32>) -> String {
    kib.map_or("unknown".to_owned(), |kib| format!("{:.1}", f64::from(kib) / 1024.0))
}
