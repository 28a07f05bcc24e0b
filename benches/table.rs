//! The one table that all benchmarks print rows of: what, gonogo's figure, the other's, their ratio, and the goal.

use chrono::Local;
use std::fmt::Display;
use std::fs;

/// Prints when and where, and the head. Every benchmark prints it once, because cargo runs each as a program of its own.
#[expect(clippy::disallowed_methods, reason = "figures without their day are worth nothing")]
pub fn head() {
    println!("{}, {}\n", Local::now().format("%Y-%m-%d"), machine());
    println!("| {:<62} | {:>12} | {:>12} | {:>6} | {:>9} |", "what, against what", "gonogo", "other", "ratio", "goal");
    println!("| {:-<62} | {:->12} | {:->12} | {:->6} | {:->9} |", "", "", "", "", "");
}

/// Processors, memory and system, as far as it tells.
fn machine() -> String {
    let told = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| Some(line.split_once(':')?.1.trim().to_owned())).unwrap_or_else(|| "unknown".to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let memory: u64 = told("/proc/meminfo", "MemTotal").split(' ').next().and_then(|kib| kib.parse().ok()).unwrap_or(0);
    let system = rustix::system::uname();
    let (name, release) = (system.sysname().to_string_lossy(), system.release().to_string_lossy());
    format!("{cores} x {}, {} GiB, {name} {release}", told("/proc/cpuinfo", "model name"), memory >> 20)
}

/// Prints one row. Without another there is no ratio.
pub fn row(what: &str, ours: impl Display, other: impl Display, ratio: Option<f64>, goal: &str) {
    let (ours, other) = (ours.to_string(), other.to_string());
    let ratio = ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
    println!("| {what:<62} | {ours:>12} | {other:>12} | {ratio:>6} | {goal:>9} |");
}
