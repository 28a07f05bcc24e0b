//! The one table that all benchmarks print rows of: what, gonogo's figure, the other's, their ratio, and the goal.

use std::fmt::Display;

/// Prints the head. Every benchmark prints it once, because cargo runs each as a program of its own.
pub fn head() {
    println!("| {:<62} | {:>12} | {:>12} | {:>6} | {:>9} |", "what, against what", "gonogo", "other", "ratio", "goal");
    println!("| {:-<62} | {:->12} | {:->12} | {:->6} | {:->9} |", "", "", "", "", "");
}

/// Prints one row. Without another there is no ratio.
pub fn row(what: &str, ours: impl Display, other: impl Display, ratio: Option<f64>, goal: &str) {
    let (ours, other) = (ours.to_string(), other.to_string());
    let ratio = ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
    println!("| {what:<62} | {ours:>12} | {other:>12} | {ratio:>6} | {goal:>9} |");
}
