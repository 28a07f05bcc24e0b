//! How much a command may change, and what makes it dangerous.
//!
//! `read` is a fixed list of programs and subcommands without a redirection into a file; `destroy` is what deletes,
//! overwrites or publishes and is hard to take back; all else is `change`. It asks for friction, it never permits.

mod danger;
mod look;
mod sql;

use super::invocation::{self, Call, Kind};
use super::{placeholder, shell};
use crate::runbook::Risk;
use danger::Effect;
use std::collections::BTreeSet;

/// Text for another shell inside text for another shell is looked into this often.
const MAX_NESTING: u32 = 6;

/// The risk of a text and the codes of what makes it dangerous (`rm-r`, `drop`, `force-push` …), in order of place.
#[must_use]
pub fn classify(text: &str) -> (Risk, Vec<String>) {
    let (risk, codes) = classify_nested(text, 0);
    (risk, codes.into_iter().map(str::to_owned).collect())
}

fn classify_nested(text: &str, nesting: u32) -> (Risk, Vec<&'static str>) {
    let masked = placeholder::mask(text, &placeholder::scan(text));
    let script = shell::read(&masked);
    assess(&invocation::calls(&script), &script, nesting)
}

/// The risk of calls that were already read.
#[must_use]
pub fn of_calls(calls: &[Call<'_>], script: &shell::Script<'_>) -> (Risk, Vec<String>) {
    let (risk, codes) = assess(calls, script, 0);
    (risk, codes.into_iter().map(str::to_owned).collect())
}

/// The risk of SQL and the like, which is copied and never run from here.
#[must_use]
pub fn of_query(text: &str) -> (Risk, Vec<String>) {
    let codes = sql::codes(text);
    let risk = if !codes.is_empty() {
        Risk::Destroy
    } else if sql::only_looks(text) {
        Risk::Read
    } else {
        Risk::Change
    };
    (risk, codes.into_iter().map(str::to_owned).collect())
}

fn assess(calls: &[Call<'_>], script: &shell::Script<'_>, nesting: u32) -> (Risk, Vec<&'static str>) {
    let mut codes: Vec<&'static str> = Vec::new();
    let mut risk = Risk::Read;
    for call in calls {
        let effect = if look::only_looks(call) { Effect::Looks } else { Effect::Unknown };
        let found = danger::codes(call, effect);
        let is_bad = found.iter().any(|code| danger::destroys(code));
        let own = match &call.kind {
            Kind::Shell(text) if nesting < MAX_NESTING => {
                let (inner, inner_codes) = classify_nested(text, nesting + 1);
                codes.extend(inner_codes);
                inner
            }
            Kind::Carrier if call.has(&["exec"]) => Risk::Read,
            Kind::Plain | Kind::Limited if effect == Effect::Looks => Risk::Read,
            Kind::Shell(_) | Kind::Carrier | Kind::Plain | Kind::Limited => Risk::Change,
        };
        let own = if is_bad { Risk::Destroy } else { own };
        risk = risk.max(own);
        codes.extend(found);
    }
    let writes =
        script.statements.iter().flat_map(|statement| &statement.commands).any(|command| !command.writes.is_empty());
    if writes || script.error.is_some() {
        risk = risk.max(Risk::Change);
    }
    let mut seen = BTreeSet::new();
    codes.retain(|code| seen.insert(*code));
    (risk, codes)
}

#[cfg(test)]
mod tests;
