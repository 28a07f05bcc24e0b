//! Comparing what a command has printed with what its author wants.

use super::Live;
use crate::run::compare::{self, http_status};
use crate::run::event::Ending;
use regex::bytes::Regex;

impl Live {
    /// Compares the output with what the author wants of it, if the command ended by itself and there is anything to compare.
    pub(super) fn matched(&self, ending: &Ending) -> Option<bool> {
        let Ending::Exited { .. } = ending else {
            return None;
        };
        let start = &self.start;
        if start.matches.is_none() && start.not_matches.is_none() && start.http.is_empty() && start.expected.is_none() {
            return None;
        }
        let text = self.sample();
        let found = |pattern: &String| Regex::new(&format!("(?m){pattern}")).is_ok_and(|regex| regex.is_match(&text));
        let wanted = start.matches.as_ref().is_none_or(found);
        // A pattern that cannot be read must not pass for one that was not found.
        let unwanted = start.not_matches.as_ref().is_some_and(|pattern| Regex::new(pattern).is_err() || found(pattern));
        let text = String::from_utf8_lossy(&text);
        let answered = start.http.is_empty() || http_status(&text).is_some_and(|code| start.http.contains(&code));
        let expected = start.expected.as_ref().is_none_or(|(rule, expected)| {
            compare::holds(*rule, expected, &String::from_utf8_lossy(&strip_ansi_escapes::strip(text.as_bytes())))
        });
        Some(wanted && !unwanted && answered && expected)
    }

    pub(super) fn prints(&self, pattern: &str) -> bool {
        Regex::new(&format!("(?m){pattern}")).is_ok_and(|regex| regex.is_match(&self.sample()))
    }

    /// The output of the last try as text to be compared: its beginning and its end.
    pub(super) fn sample(&self) -> Vec<u8> {
        let mut sample = self.beginning.clone();
        self.handle.tape().since(sample.len() as u64, &mut sample);
        strip(&sample)
    }
}

/// Output as text to be compared: without carriage returns before line feeds.
fn strip(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len());
    for (i, byte) in bytes.iter().enumerate() {
        if !(*byte == b'\r' && bytes.get(i + 1) == Some(&b'\n')) {
            text.push(*byte);
        }
    }
    text
}
