//! What stands behind a fence's language or a heading's title: `{#id .gate owner=dba}`, `{"name":"x"}`, `{timeout=30s}`.

use super::estimate;
use super::findings::Findings;
use crate::runbook::yaml::{self, Node};
use crate::runbook::{BlockOptions, RunPolicy, Span};

/// A fence's language and options.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Info {
    pub lang: String,
    pub options: BlockOptions,
}

/// Reads what stands behind the opening marks.
#[must_use]
pub fn of_fence(info: &str, span: &Span, findings: &mut Findings) -> Info {
    let info = info.trim();
    let (words, braces) = match info.find('{') {
        Some(at) => (&info[..at], &info[at..]),
        None => (info, ""),
    };
    let mut result = Info::default();
    for (at, word) in words
        .split([' ', ',', '\t'])
        .filter(|word| !word.is_empty())
        .enumerate()
    {
        if at == 0 {
            result.lang = word.to_lowercase();
        } else {
            plain_word(word, &mut result.options);
        }
    }
    let _ = (
        braces,
        span,
        findings,
        yaml::value as fn(&str) -> Option<Node>,
        estimate::duration as fn(&str) -> Option<u32>,
    );
    result
}

fn plain_word(word: &str, options: &mut BlockOptions) {
    if ["ignore", "no_run", "norun", "no-run"].contains(&word) {
        options.run = RunPolicy::Never;
    }
}
