//! Counts right and wrong readings by construct and prints them as one table with the misses below.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

/// More misses than this of one construct teach nothing new.
const SHOWN: usize = 15;

#[derive(Debug, Default)]
pub struct Tally {
    rows: BTreeMap<String, Row>,
    /// Labelled use, use in the plan, how often.
    confusion: BTreeMap<(String, String), usize>,
}

#[derive(Debug, Default)]
struct Row {
    right: usize,
    misses: Vec<String>,
}

/// Where a reading was compared: the document, a line in it, and the construct's name prefix.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub file: &'a str,
    pub line: usize,
}

impl Tally {
    pub fn right(&mut self, construct: &str) {
        self.rows.entry(construct.to_owned()).or_default().right += 1;
    }

    pub fn miss(&mut self, construct: &str, place: Place, expected: impl Display, got: impl Display) {
        let Place { file, line } = place;
        let row = self.rows.entry(construct.to_owned()).or_default();
        row.misses.push(format!("{file}:{line}  {construct}  expected {expected}, got {got}"));
    }

    /// Counts one comparison.
    pub fn judge(&mut self, construct: &str, holds: bool, place: Place, expected: impl Display, got: impl Display) {
        if holds {
            self.right(construct);
        } else {
            self.miss(construct, place, expected, got);
        }
    }

    pub fn used(&mut self, expected: &str, got: &str) {
        *self.confusion.entry((expected.to_owned(), got.to_owned())).or_default() += 1;
    }

    pub fn misses(&self, construct: &str) -> usize {
        self.rows.get(construct).map_or(0, |row| row.misses.len())
    }

    /// The share that is right; nothing compared is nothing shown to be right.
    #[expect(clippy::cast_precision_loss, reason = "a few thousand comparisons")]
    pub fn share(&self, construct: &str) -> f64 {
        self.rows.get(construct).map_or(0.0, |row| row.right as f64 / (row.right + row.misses.len()).max(1) as f64)
    }

    /// The harmonic mean of recall and precision, which stand in two rows.
    pub fn f1(&self, recall: &str, precision: &str) -> f64 {
        let (recall, precision) = (self.share(recall), self.share(precision));
        if recall + precision > 0.0 { 2.0 * recall * precision / (recall + precision) } else { 0.0 }
    }

    pub fn table(&self) -> String {
        let mut text = String::from("\nconstruct                                 right   of   share\n");
        for (name, row) in &self.rows {
            let total = row.right + row.misses.len();
            let share = 100.0 * self.share(name);
            writeln!(text, "{name:<40} {:>6} {total:>4} {share:>6.1} %", row.right).expect("a String takes all");
        }
        text.push_str("\nuse labelled -> use in the plan\n");
        for ((expected, got), count) in &self.confusion {
            let mark = if expected.split('|').any(|word| word == got) { ' ' } else { '!' };
            writeln!(text, "{mark} {expected:<28} {got:<10} {count:>4}").expect("a String takes all");
        }
        for (name, row) in self.rows.iter().filter(|(_, row)| !row.misses.is_empty()) {
            writeln!(text, "\n{name}: {} misses", row.misses.len()).expect("a String takes all");
            for miss in row.misses.iter().take(SHOWN) {
                writeln!(text, "  {miss}").expect("a String takes all");
            }
        }
        text
    }
}
