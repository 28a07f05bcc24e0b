//! How much a command may change, and what makes it dangerous.
//!
//! `read` is a fixed list of programs and subcommands without a redirection into a file; `destroy` is what deletes,
//! overwrites or publishes and is hard to take back; all else is `change`. It asks for friction, it never permits.

mod danger;
mod look;
mod sql;
mod variables;

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
        if let Some(text) = carried_text(call).filter(|_| nesting < MAX_NESTING) {
            let (inner, inner_codes) = classify_nested(&text, nesting + 1);
            // `find … -exec rm`, once for every file that is found.
            let removes =
                call.name() == "find" && invocation::calls(&shell::read(&text)).iter().any(|c| c.name() == "rm");
            risk = risk.max(if removes { Risk::Destroy } else { inner });
            codes.extend(inner_codes);
            codes.extend(removes.then_some("rm-glob"));
            if call.name() == "watch" {
                continue;
            }
        }
        let looks = look::only_looks(call) && !variables::given_to(call);
        let effect = if looks { Effect::Looks } else { Effect::Unknown };
        let found = danger::codes(call, effect);
        let is_bad = found.iter().any(|code| danger::destroys(code));
        let own = match &call.kind {
            Kind::Shell(text) if nesting < MAX_NESTING => {
                let (inner, inner_codes) = classify_nested(text, nesting + 1);
                codes.extend(inner_codes);
                if runs_beside(call) { inner.max(Risk::Change) } else { inner }
            }
            Kind::Carrier if runs_in_place(call) => Risk::Read,
            Kind::Plain | Kind::Limited if effect == Effect::Looks => Risk::Read,
            Kind::Shell(_) | Kind::Carrier | Kind::Plain | Kind::Limited => Risk::Change,
        };
        let own = if is_bad { Risk::Destroy } else { own };
        risk = risk.max(own);
        codes.extend(found);
    }
    let writes: Vec<&str> = script
        .statements
        .iter()
        .flat_map(|statement| &statement.commands)
        .flat_map(|command| &command.writes)
        .map(std::convert::AsRef::as_ref)
        .collect();
    if !writes.is_empty() || script.error.is_some() || variables::sets_deciding(script) {
        risk = risk.max(Risk::Change);
    }
    if writes.iter().any(|file| danger::is_disk(file)) {
        risk = Risk::Destroy;
        codes.push("wipe");
    }
    let mut seen = BTreeSet::new();
    codes.retain(|code| seen.insert(*code));
    (risk, codes)
}

/// The command that a call starts again and again, as text: `watch -n1 rm x`, `find . -exec rm {} +`.
fn carried_text(call: &Call<'_>) -> Option<String> {
    match call.name() {
        "watch" => {
            let mut args = call.args().peekable();
            while let Some(option) = args.next_if(|arg| arg.starts_with('-')) {
                if matches!(option, "-n" | "--interval" | "-q" | "--equexit" | "-s" | "--shotsdir") {
                    args.next();
                }
            }
            Some(args.collect::<Vec<_>>().join(" ")).filter(|text| !text.is_empty())
        }
        "find" => {
            let mut args = call.args().skip_while(|arg| !matches!(*arg, "-exec" | "-execdir" | "-ok" | "-okdir"));
            args.next()?;
            let words: Vec<String> = args
                .filter(|arg| !matches!(*arg, ";" | "\\;" | "+"))
                .map(|arg| format!("'{}'", arg.replace('\'', "'\\''")))
                .collect();
            Some(words.join(" ")).filter(|text| !text.is_empty())
        }
        _ => None,
    }
}

/// Whether a call carries its command to where something runs already: `docker exec`, not `docker run`.
fn runs_in_place(call: &Call<'_>) -> bool {
    call.args().find(|arg| matches!(*arg, "exec" | "run")) == Some("exec")
}

/// Whether `ssh` is told to start something here besides, or to write a log.
fn runs_beside(call: &Call<'_>) -> bool {
    call.name() == "ssh"
        && call.args().take_while(|arg| !arg.contains('\n')).any(|arg| {
            let lower = arg.to_ascii_lowercase();
            ["proxycommand", "localcommand", "knownhostscommand"].iter().any(|option| lower.contains(option))
                || arg == "-E"
        })
}

#[cfg(test)]
mod tests;
