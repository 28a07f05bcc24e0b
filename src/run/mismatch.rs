//! What a command that has ended by itself lacked of what its author expects, in a clause.
//!
//! It is read from the author's words and the recorded ending alone: nothing more is stored, and no output is looked at.

use super::event::Ending;
use super::{Attempt, Progress};
use crate::runbook::Command;

/// Why an attempt that ended by itself does not count as a success. `None` where its ending says it all, or where it does
/// count. Of several things that the output was compared with it is not recorded which one failed: then all are named.
#[must_use]
pub fn mismatch(command: &Command, attempt: &Attempt) -> Option<String> {
    let Progress::Ended { ended, .. } = &attempt.progress else { return None };
    let Ending::Exited { code } = ended.ending else { return None };
    let options = &command.options;
    if !options.expect_exit.is_empty() && !options.expect_exit.contains(&code) {
        return Some(format!("exit {code}, expected {}", listed(&options.expect_exit)));
    }
    if ended.matched != Some(false) || options.expect_exit.is_empty() && code != 0 {
        return None;
    }
    let wanted = options.matches.as_ref().map(|pattern| format!("no line matched {pattern}"));
    let unwanted = options.not_matches.as_ref().map(|pattern| format!("a line matched not_match {pattern}"));
    let answer = (!options.http.is_empty()).then(|| format!("the last HTTP status was not {}", listed(&options.http)));
    let compared = options.compare.is_some() && command.expected.is_some();
    let same = compared.then(|| "it is not what the document expects".to_owned());
    let reasons: Vec<String> = [wanted, unwanted, answer, same].into_iter().flatten().collect();
    (!reasons.is_empty()).then(|| reasons.join(", or "))
}

fn listed(numbers: &[impl ToString]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}
