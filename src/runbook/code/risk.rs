//! How much a command may change.

use crate::runbook::Risk;

/// The risk of a text and the codes of what makes it dangerous.
#[must_use]
pub fn classify(text: &str) -> (Risk, Vec<String>) {
    let lower = text.to_lowercase();
    let mut codes = Vec::new();
    for (word, code) in
        [("rm -r", "rm-r"), ("drop ", "drop"), ("delete", "delete"), ("--force", "force"), ("prune", "prune")]
    {
        if lower.contains(word) {
            codes.push(code.to_owned());
        }
    }
    let risk = if codes.is_empty() { Risk::Change } else { Risk::Destroy };
    (risk, codes)
}
