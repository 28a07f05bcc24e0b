//! The lists of a record: what stands in the way, deviations, gates, sign-offs, calls, values, sittings, and verification.

use super::escape::{code, code_cell, fenced, plain};
use super::{Page, person};
use crate::audit::record::{ClockSet, ClockStep, Gate, Record, Scope, SignOff};
use crate::audit::text::{self, length, time};

/// What an auditor reads first: deviations, unknown ends, a clock that went back.
pub(super) fn exceptions(record: &Record, page: &mut Page) {
    page.heading(2, "Deviations");
    if record.deviations.is_empty() {
        page.block("None was recorded.");
    } else {
        let rows: Vec<[String; 6]> = record
            .deviations
            .iter()
            .map(|deviation| {
                [
                    deviation.seq.to_string(),
                    deviation.kind.to_owned(),
                    deviation.title.as_deref().or(deviation.step.as_deref()).map(plain).unwrap_or_default(),
                    plain(&deviation.reason),
                    person(&deviation.by),
                    time(deviation.at),
                ]
            })
            .collect();
        page.table(["Entry", "Deviation", "Step", "Reason", "By", "When"], &rows);
    }
    unknown_ends(record, page);
    let (steps, set) = (&record.chain.clock_went_back, &record.chain.clock_steps);
    if !steps.is_empty() || !set.is_empty() {
        page.heading(2, "Clock");
    }
    if !set.is_empty() {
        page.block("The wall clock was set while somebody worked here; lengths are measured by another clock.");
        let how = |step: &ClockSet| {
            let way = if step.by_ms < 0 { "back" } else { "forward" };
            format!("entry {}: {way} by {}, before {}", step.seq, length(step.by_ms.unsigned_abs()), time(step.at))
        };
        page.list(&set.iter().map(how).collect::<Vec<_>>());
    }
    if !steps.is_empty() {
        page.block("The wall clock went back at these entries; lengths are measured by another clock.");
        let went = |step: &ClockStep| format!("entry {}: {} after {}", step.seq, time(step.at), time(step.before));
        page.list(&steps.iter().map(went).collect::<Vec<_>>());
    }
}

fn unknown_ends(record: &Record, page: &mut Page) {
    let mut rows = Vec::new();
    for (_, step) in record.steps() {
        for attempt in step.attempts.iter().filter(|attempt| matches!(attempt.progress, "unknown" | "resolved")) {
            let answer = attempt.resolution.as_ref().map_or_else(
                || "**nobody has answered for it**".to_owned(),
                |answer| {
                    let said = format!("{}: {}", answer.verdict, plain(&answer.reason));
                    format!("{said} ({}, {})", person(&answer.by), time(answer.at))
                },
            );
            let step = format!("{} {}", step.number, plain(&step.title));
            rows.push([format!("#{}", attempt.number), step, time(attempt.began), answer]);
        }
    }
    if !rows.is_empty() {
        page.heading(2, "Attempts without a recorded end");
        page.block("The command was begun and nobody saw how it ended. It was not run again by itself.");
        page.table(["Attempt", "Step", "Began", "What came of it"], &rows);
    }
}

/// Who released, said and gave what.
pub(super) fn people(record: &Record, page: &mut Page) {
    if !record.gates.is_empty() {
        page.heading(2, "Gates");
        page.table(["Before going on after", "Needs", "State"], &record.gates.iter().map(gate).collect::<Vec<_>>());
    }
    if !record.sign_offs.is_empty() {
        page.heading(2, "Sign-offs");
        page.block(
            "A signed statement was made with the key that stands beside it; whose key that is, a file of allowed signers says. \
             What is recorded as somebody's statement was made under their account, without a key.",
        );
        let rows: Vec<[String; 6]> = record.sign_offs.iter().map(sign_off).collect();
        page.table(["Entry", "About", "Meaning", "By", "When", "Remarks"], &rows);
        statements(record, page);
    }
    calls(record, page);
    values(record, page);
    page.heading(2, "Sittings");
    let rows: Vec<[String; 4]> = record
        .sittings
        .iter()
        .map(|sitting| {
            let to = sitting.to.map_or_else(|| "no orderly end recorded".to_owned(), time);
            [person(&sitting.by), plain(&sitting.skin), time(sitting.from), to]
        })
        .collect();
    if rows.is_empty() {
        page.block("None was recorded.");
    } else {
        page.table(["Who", "How", "From", "To"], &rows);
    }
    let notes: Vec<String> = record
        .notes
        .iter()
        .map(|note| format!("{} {}: {}", time(note.at), person(&note.by), plain(&note.text)))
        .collect();
    if !notes.is_empty() {
        page.heading(2, "Notes on the run");
        page.list(&notes);
    }
}

fn gate(gate: &Gate) -> [String; 3] {
    let who = gate.role.as_deref().map_or_else(|| "any person".to_owned(), |role| format!("role {}", plain(role)));
    let count = if gate.min == 1 { String::new() } else { format!("{} × ", gate.min) };
    let other = if gate.not_performer { ", not the performer" } else { "" };
    let state = match (gate.signed, gate.needed) {
        (Some(signed), Some(needed)) => format!("**{}**: {signed} of {needed}", gate.state),
        (_, _) => gate.state.to_owned(),
    };
    [scope(&gate.scope), format!("{count}{who}{other}"), state]
}

/// `step 2.1 Switch the traffic`, `the run`.
fn scope(scope: &Scope) -> String {
    let title = plain(&scope.title);
    if scope.id.is_some() { format!("{} {title}", scope.kind) } else { title }
}

fn sign_off(sign: &SignOff) -> [String; 6] {
    let mut remarks = sign.reason.as_deref().map(plain).unwrap_or_default();
    if let Some(by) = sign.voided_by {
        let sep = if remarks.is_empty() { "" } else { "; " };
        remarks = format!("{remarks}{sep}**no longer holds**: work went on with entry {by}");
    }
    let (who, at) = match &sign.signature {
        Some(signature) => (plain(&text::signed(signature)), signature.time),
        None => (format!("recorded as {}", person(&sign.by)), sign.at),
    };
    [sign.seq.to_string(), scope(&sign.scope), sign.meaning.to_owned(), who, time(at), remarks]
}

/// The texts that were signed, as they were shown.
fn statements(record: &Record, page: &mut Page) {
    let close = record.run.closed.as_ref().and_then(|closed| closed.signature.as_ref());
    for signature in record.sign_offs.iter().filter_map(|sign| sign.signature.as_ref()).chain(close) {
        page.block(&fenced("text", &signature.statement));
    }
}

fn calls(record: &Record, page: &mut Page) {
    if record.calls.is_empty() {
        return;
    }
    page.heading(2, "Calls");
    let rows: Vec<[String; 6]> = record
        .calls
        .iter()
        .map(|call| {
            let later = call.superseded_by.map(|by| format!(" (superseded by entry {by})")).unwrap_or_default();
            let reason = call.reason.as_deref().map(plain).unwrap_or_default();
            let word = format!("{}{later}", call.call);
            [call.seq.to_string(), plain(&call.role), word, person(&call.by), time(call.at), reason]
        })
        .collect();
    page.table(["Entry", "Role", "Call", "Recorded as", "When", "Reason"], &rows);
}

fn values(record: &Record, page: &mut Page) {
    if record.values.is_empty() {
        return;
    }
    page.heading(2, "Values given");
    let rows: Vec<[String; 5]> = record
        .values
        .iter()
        .map(|value| {
            let content = match &value.value {
                Some(content) => code_cell(content),
                None => "secret, not recorded".to_owned(),
            };
            let later = value.superseded_by.map(|by| format!(" (superseded by entry {by})")).unwrap_or_default();
            let from = value.from.as_ref().map(|variable| format!(", from {}", code_cell(&format!("${variable}"))));
            let content = format!("{content}{}{later}", from.unwrap_or_default());
            [value.seq.to_string(), code_cell(&value.name), content, person(&value.by), time(value.at)]
        })
        .collect();
    page.table(["Entry", "Name", "Value", "By", "When"], &rows);
}

/// Recomputes the chain of a JSON record; given as it stands to whoever has Python and nothing else.
const CHAIN: &str = r#"python3 - RECORD.json <<'EOF'
import hashlib, json, sys
record, head = json.load(open(sys.argv[1], encoding="utf-8")), bytes(32)
for seq, entry in enumerate(record["entries"], 1):
    body = entry["body"].encode()
    digest = hashlib.sha256(b"gonogo/event/v1\n" + head + len(body).to_bytes(8, "big") + body).digest()
    ok = entry["seq"] == seq and entry["prev"] == head.hex() and entry["hash"] == digest.hex()
    sys.exit(f"entry {seq} was altered") if not ok else None
    head = digest
print(len(record["entries"]), "entries, head", head.hex())
EOF
"#;

pub(super) fn verification(record: &Record, page: &mut Page) {
    page.heading(2, "How to verify");
    page.block(
        "This document is a view. What can be verified is the run in the journal and the JSON record made from it: both hold \
         the exact bytes of every entry, each hashed together with the hash of the one before it.",
    );
    let run = text::inline(&record.run.id);
    let commands =
        format!("gonogo verify {run}\ngonogo export {run} --format json > RECORD.json\ngonogo verify RECORD.json\n");
    page.block(&fenced("sh", &commands));
    page.block("Without gonogo, the chain alone:");
    page.block(&fenced("sh", CHAIN));
    let chain = &record.chain;
    page.block(&format!("Both must name {} entries and the head {}.", chain.entries, code(&chain.head)));
    page.block(
        "What this proves: nothing before that head was changed, left out or put in after it was noted. What it does not \
         prove: a chain alone proves nothing about its tail or its owner. A signed sign-off fixes what stood before it, a signed \
         close the whole; where there is none, entries at the end may have been cut off, and whoever owns the journal could \
         have made it anew: compare the head with one that was noted elsewhere at the time. Unsigned names are as the operating system and the operators gave them. Commands that were run \
         outside gonogo are not here.",
    );
}
