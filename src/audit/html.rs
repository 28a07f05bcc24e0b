//! The record as one page of HTML: no scripts, nothing loaded, light and dark, on a phone and on paper.

use super::evidence::Evidence;
use super::markdown::{back_out, percent, tally};
use super::record::{Document, Phase, Record, SignOff, Step};
use super::template::{Markup, draw};
use super::text;
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::BTreeMap;

const TEMPLATE: &str = include_str!("html/report.html");
const STYLE: &str = include_str!("html/style.css");

/// Where the bars of the timeline begin and end.
const LEFT: i64 = 300;
const RIGHT: i64 = 1000;

/// Draws the page with the built-in template.
#[must_use]
pub fn html(record: &Record, evidence: &Evidence) -> String {
    draw(TEMPLATE, Markup::Html, record, evidence).expect("the built-in template fits every record")
}

/// What is computed for people beside the record.
pub(super) struct Drawn {
    pub style: String,
    /// `ok`, `bad` or `wait`.
    pub tone: &'static str,
    pub sign: &'static str,
    pub percent: String,
    /// What an auditor asks first, and the answers.
    pub facts: Vec<(&'static str, String)>,
    pub timeline: Vec<Bar>,
    /// Steps that the close leaves for later, by number and title, with the reasons.
    pub carried: Vec<(String, String)>,
    pub from: String,
    pub to: String,
}

/// A phase on the timeline.
#[derive(Serialize)]
pub(super) struct Bar {
    name: String,
    x: i64,
    width: i64,
    label_x: i64,
    anchor: &'static str,
    tone: &'static str,
    note: String,
}

pub(super) fn drawn(record: &Record) -> Drawn {
    let (tone, sign) = match record.verdict.word {
        "GO" => ("ok", "✔"),
        "NO-GO" => ("bad", "✘"),
        _ => ("wait", "◼"),
    };
    let (from, to) = (record.chain.first_at, record.chain.last_at);
    Drawn {
        style: STYLE.to_owned(),
        tone,
        sign,
        percent: percent(record),
        facts: facts(record),
        timeline: record.phases.iter().filter_map(|phase| bar(phase, from, to)).collect(),
        carried: carried(record),
        from: text::time(from),
        to: text::time(to),
    }
}

fn carried(record: &Record) -> Vec<(String, String)> {
    let title = |id: &str| match record.find_step(id) {
        Some(step) => text::inline(&format!("{} {}", step.number, step.title)),
        None => text::inline(id),
    };
    let all = record.run.closed.iter().flat_map(|closed| &closed.carried);
    all.map(|carried| (title(&carried.step.0), text::inline(&carried.reason))).collect()
}

/// Everybody who is in the record, with what they did.
fn people(record: &Record) -> String {
    let mut acts: BTreeMap<String, [u64; 4]> = BTreeMap::new();
    let mut count = |who: String, what: usize| acts.entry(who).or_default()[what] += 1;
    for (_, step) in record.steps() {
        step.attempts.iter().for_each(|attempt| count(text::person(&attempt.by), 0));
        step.marks.iter().for_each(|mark| count(text::person(&mark.by), 1));
    }
    record.sign_offs.iter().for_each(|sign| count(text::person(&sign.by), 2));
    record.calls.iter().for_each(|call| count(text::person(&call.by), 3));
    let words = [("attempt", "attempts"), ("verdict", "verdicts"), ("sign-off", "sign-offs"), ("call", "calls")];
    let said = |(who, counts): (String, [u64; 4])| {
        let acts = counts.iter().zip(words).filter(|(count, _)| **count > 0);
        let acts: Vec<String> = acts.map(|(count, (one, many))| text::count(*count, one, many)).collect();
        format!("{who}: {}", acts.join(", "))
    };
    let said: Vec<String> = acts.into_iter().map(said).collect();
    if said.is_empty() { "nobody did anything".to_owned() } else { said.join("; ") }
}

fn facts(record: &Record) -> Vec<(&'static str, String)> {
    let (run, document) = (&record.run, &record.document);
    let first = first_attempt(record);
    let approved = |sign: &&SignOff| {
        matches!(sign.meaning, "approved" | "released" | "verified") && first.is_none_or(|first| sign.seq < first)
    };
    let approved: Vec<String> = record.sign_offs.iter().filter(approved).map(text::stated).collect();
    let none = || "nobody, on record".to_owned();
    let accepted = run.closed.as_ref().map_or_else(none, |closed| {
        let verdict = text::inline(&closed.verdict);
        if let Some(signature) = &closed.signature {
            return format!("closed as {verdict}, {}", text::signed(signature));
        }
        format!("closed as {verdict}, recorded as {}, {}, unsigned", text::person(&closed.by), text::time(closed.at))
    });
    let evidence = record.steps().map(|(_, step)| step.attempts.len()).sum::<usize>() as u64;
    vec![
        ("What", about(document)),
        ("Why", run.ticket.as_deref().map_or_else(|| "no ticket is named".to_owned(), text::inline)),
        (
            "Who asked",
            document
                .about
                .get("requester")
                .map_or_else(|| "the runbook does not say".to_owned(), |said| text::inline(said)),
        ),
        ("Who began it", format!("{}, {}", text::person(&run.opened.by), text::time(run.opened.at))),
        ("Approved before it began", if approved.is_empty() { none() } else { approved.join("; ") }),
        ("Procedure", format!("{}, SHA-256 {}", text::inline(&document.path), document.sha256)),
        ("Who did what", people(record)),
        ("Steps", tally(&record.readiness.counts)),
        ("Evidence", format!("{} of commands with output", text::count(evidence, "attempt", "attempts"))),
        ("Deviations", record.deviations.len().to_string()),
        ("Back-out", back_out(record).replace("**", "")),
        ("Who accepted it", accepted),
        ("Run", format!("{} ({}), {}", text::inline(&run.id), run.kind, text::inline(&run.program))),
        ("Chain", format!("{} entries, head {}", record.chain.entries, record.chain.head)),
    ]
}

/// The title, and what the author says it is.
fn about(document: &Document) -> String {
    // Who asked has a line of its own.
    let said = document.about.iter().filter(|(name, _)| **name != "requester");
    let said = said.map(|(name, said)| format!("{name}: {}", text::inline(said)));
    [text::inline(&document.title)].into_iter().chain(said).collect::<Vec<_>>().join(" · ")
}

fn first_attempt(record: &Record) -> Option<u64> {
    record.steps().flat_map(|(_, step)| step.attempts.iter().map(|attempt| attempt.seq)).min()
}

/// The bar of a phase that was worked on.
fn bar(phase: &Phase, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<Bar> {
    let times = || phase.steps.iter().flat_map(times);
    let (began, ended) = (times().min()?, times().max()?);
    let whole = (to - from).num_milliseconds().max(1);
    let place = |at: DateTime<Utc>| LEFT + (at - from).num_milliseconds().clamp(0, whole) * (RIGHT - LEFT) / whole;
    let (x, end) = (place(began), place(ended));
    let width = (end - x).max(4);
    let length = u64::try_from((ended - began).num_milliseconds()).unwrap_or(0);
    let failed = phase.steps.iter().any(|step| matches!(step.state, "failed" | "unknown"));
    let open =
        phase.steps.iter().any(|step| step.counted && matches!(step.state, "open" | "ran" | "waiting" | "deferred"));
    // A note stands where there is room for it: behind the bar, else in front of it.
    let (label_x, anchor) = if x + width < 800 { (x + width + 6, "start") } else { (x - 6, "end") };
    let mut name: String = text::inline(&format!("{} {}", phase.number, phase.title)).chars().take(34).collect();
    if name.chars().count() == 34 {
        name.push('…');
    }
    let tone = if failed {
        "bad"
    } else if open {
        "wait"
    } else {
        "ok"
    };
    let state = if failed {
        "failed"
    } else if open {
        "open"
    } else {
        "done"
    };
    Some(Bar { name, x, width, label_x, anchor, tone, note: format!("{state}, {}", text::length(length)) })
}

/// When something happened to a step.
fn times(step: &Step) -> impl Iterator<Item = DateTime<Utc>> {
    let attempts = step.attempts.iter().flat_map(|attempt| [Some(attempt.began), attempt.ended_at]);
    attempts.flatten().chain(step.marks.iter().map(|mark| mark.at))
}
