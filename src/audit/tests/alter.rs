//! Every change to a record is found and named.

use super::story::{Story, go_live, mark};
use crate::audit::verify::{self, Verified};
use crate::audit::{Evidence, Flaw, IncludeOutput, OutputBytes, Place, Record, StoredEntry, json, markdown};
use crate::run::event::{AttemptId, Entry, RunKind, Verdict};
use crate::runbook::Digest;
use serde_json::{Value, json};

fn original() -> Value {
    let text = json(&go_live().evidence().check().unwrap(), OutputBytes::Kept);
    assert!(
        matches!(verify::record(text.as_bytes()), Verified::Intact(_)),
        "{}",
        verify::record(text.as_bytes()).text()
    );
    serde_json::from_str(&text).unwrap()
}

fn verified(document: &Value) -> Verified {
    verify::record(document.to_string().as_bytes())
}

/// Verifies documents that differ from the original at one place. What is derived is compared with the original's record
/// without reading evidence that did not change; each fiftieth goes the whole way.
struct Verifier {
    record: Record,
    asked: u32,
}

impl Verifier {
    fn new() -> Self {
        Verifier { record: go_live().evidence().check().unwrap().record(), asked: 0 }
    }

    fn verified(&mut self, document: &Value, pointer: &str) -> Verified {
        self.asked += 1;
        if is_evidence(pointer) || self.asked.is_multiple_of(50) {
            return verified(document);
        }
        match verify::same::compare(document.to_string().as_bytes(), &self.record) {
            Ok(()) => panic!("{pointer} was changed"),
            Err(flaw) => flaw.into(),
        }
    }
}

fn is_evidence(pointer: &str) -> bool {
    pointer.split('/').nth(1).is_some_and(|part| matches!(part, "entries" | "runbook" | "outputs"))
}

/// JSON pointers to every value below, leaves and containers, with a readable path.
fn places(value: &Value, pointer: &str, path: &str, into: &mut Vec<(String, String)>) {
    if !pointer.is_empty() {
        into.push((pointer.to_owned(), path.trim_start_matches('.').to_owned()));
    }
    match value {
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                places(item, &format!("{pointer}/{i}"), &format!("{path}[{i}]"), into);
            }
        }
        Value::Object(fields) => {
            for (key, item) in fields {
                places(item, &format!("{pointer}/{key}"), &format!("{path}.{key}"), into);
            }
        }
        _ => {}
    }
}

fn all_places(document: &Value) -> Vec<(String, String)> {
    let mut all = Vec::new();
    places(document, "", "", &mut all);
    all
}

/// Other values a scalar could be turned into.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec![json!(0), json!("x")],
        Value::Bool(truth) => vec![json!(!truth), Value::Null],
        Value::Number(number) => vec![json!(number.as_u64().unwrap_or(0) + 1), json!(1.5), json!(-1), json!("1")],
        Value::String(text) => {
            let mut flipped = text.clone();
            let last = flipped.pop().unwrap_or('a');
            flipped.push(if last == '0' { '1' } else { '0' });
            vec![json!(flipped), json!(format!("{text}x")), json!(text.to_uppercase() + " "), Value::Null]
        }
        Value::Array(_) | Value::Object(_) => Vec::new(),
    }
}

#[test]
fn every_scalar_that_is_changed_is_named() {
    let document = original();
    let mut verifier = Verifier::new();
    for (pointer, path) in all_places(&document) {
        for other in others(document.pointer(&pointer).unwrap()) {
            let mut changed = document.clone();
            *changed.pointer_mut(&pointer).unwrap() = other.clone();
            let found = verifier.verified(&changed, &pointer);
            match found {
                // The evidence has a strict form of its own: a value of another kind makes it unreadable.
                Verified::Unreadable { .. }
                    if is_evidence(&pointer) && !same_kind(document.pointer(&pointer).unwrap(), &other) => {}
                Verified::Unreadable { .. } if matches!(path.as_str(), "schema" | "kind") => {}
                Verified::Altered { place, .. } => {
                    assert_eq!(place_of(&place, &pointer, &path), Ok(()), "{path} → {other}");
                }
                found => panic!("{path} → {other}: {found:?}"),
            }
        }
    }
    assert!(verifier.asked > 2000, "{}", verifier.asked);
}

fn same_kind(one: &Value, other: &Value) -> bool {
    one.is_string() && other.is_string() || one.is_u64() && other.is_u64() || one.is_boolean() && other.is_boolean()
}

fn place_of(place: &Place, pointer: &str, path: &str) -> Result<(), String> {
    let mut parts = pointer.split('/').skip(1);
    let (first, second) = (parts.next(), parts.next().and_then(|part| part.parse::<u64>().ok()));
    let fits = match (first, place) {
        (Some("entries"), Place::Entry(seq)) => second == Some(seq - 1),
        (Some("runbook"), Place::Runbook) | (Some("outputs"), Place::Output(_)) => true,
        (Some("entries" | "runbook" | "outputs"), _) => false,
        (_, Place::Field(field)) => field == path,
        (_, _) => false,
    };
    if fits { Ok(()) } else { Err(format!("{place}")) }
}

#[test]
fn nothing_can_be_left_out_added_or_doubled() {
    let document = original();
    let mut verifier = Verifier::new();
    for (pointer, path) in all_places(&document) {
        let (parent, last) = pointer.rsplit_once('/').unwrap();
        let mut without = document.clone();
        match without.pointer_mut(parent).unwrap() {
            Value::Array(items) => drop(items.remove(last.parse().unwrap())),
            Value::Object(fields) => drop(fields.remove(last)),
            _ => unreachable!("only these have children"),
        }
        assert!(!matches!(verifier.verified(&without, &pointer), Verified::Intact(_)), "{path} left out");
        let mut with = document.clone();
        match with.pointer_mut(&pointer).unwrap() {
            Value::Array(items) => items.push(items.first().cloned().unwrap_or(json!(1))),
            Value::Object(fields) => drop(fields.insert("extra".into(), Value::Null)),
            _ => continue,
        }
        assert!(!matches!(verifier.verified(&with, &pointer), Verified::Intact(_)), "{path} has more");
    }
    let text = document.to_string();
    for doubled in [
        text.replacen("\"rehearsal\":", "\"rehearsal\":false,\"rehearsal\":", 1),
        text.replacen("\"entries\":[", "\"entries\":[],\"entries\":[", 1),
        text.replacen("\"seq\":", "\"seq\":1,\"seq\":", 1),
        text.replacen('{', "{\"mine\":1,", 1),
    ] {
        assert!(doubled != text && !matches!(verify::record(doubled.as_bytes()), Verified::Intact(_)), "{doubled}");
    }
}

fn altered(evidence: Evidence) -> String {
    match evidence.check() {
        Err(Flaw::Altered { place, reason }) => format!("{place}: {reason}"),
        Err(Flaw::Unreadable { reason }) => format!("unreadable: {reason}"),
        Ok(checked) => format!("intact, {} entries", checked.entries.len()),
    }
}

#[test]
fn the_first_bad_row_is_named() {
    let change = |change: fn(&mut Evidence)| {
        let mut evidence = go_live().evidence();
        change(&mut evidence);
        altered(evidence)
    };
    assert_eq!(change(|_| {}), "intact, 39 entries");
    assert_eq!(change(|e| e.entries.clear()), "entry 1: the run has no entries");
    assert_eq!(change(|e| drop(e.entries.remove(4))), "entry 5: entry 6 stands in its place");
    assert_eq!(change(|e| drop(e.entries.remove(0))), "entry 1: entry 2 stands in its place");
    assert_eq!(change(|e| e.entries.swap(6, 7)), "entry 7: entry 8 stands in its place");
    assert_eq!(change(|e| e.entries.insert(3, e.entries[2].clone())), "entry 4: entry 3 stands in its place");
    assert_eq!(
        change(|e| e.entries[2].prev = Digest::ZERO),
        "entry 3: it does not follow the entry before it: `prev` is not that entry's hash"
    );
    assert_eq!(
        change(|e| e.entries[5].body = e.entries[5].body.replace("dana", "fred")),
        "entry 6: its hash is not that of its body"
    );
    assert_eq!(change(|e| e.entries[5].hash = Digest::ZERO), "entry 6: its hash is not that of its body");
    assert_eq!(change(|e| e.runbook.push(b'\n')), "runbook: its bytes are not those the run was opened with");
    assert_eq!(change(|e| drop(e.outputs.remove(1))), "output of attempt #2: it is missing");
    assert_eq!(
        change(|e| e.outputs.swap(0, 1)),
        "output of attempt #1: it does not stand in the order of the attempts"
    );
    assert_eq!(change(|e| e.outputs[1].attempt = AttemptId(4)), "output of attempt #4: no entry knows of these bytes");
    assert_eq!(change(|e| drop(e.outputs[3].parts.pop())), "output of attempt #5: 1 parts are there, 2 were recorded");
    let bytes = |e: &mut Evidence, new: &[u8]| {
        let salt = vec![3; 32];
        e.outputs[2].parts = vec![crate::audit::KeptPart::Here { salt, bytes: new.to_vec() }];
        altered(std::mem::take(e))
    };
    let mut evidence = go_live().evidence();
    assert_eq!(bytes(&mut evidence.clone(), b"one\n"), "output of attempt #3: part 0 has 4 bytes, 24 were recorded");
    assert_eq!(
        bytes(&mut evidence, b"one\ntwo\nthree\nfour\nFIVE\n"),
        "output of attempt #3: part 0 is not what was recorded"
    );
    assert_eq!(
        change(|e| e.outputs[0].parts = vec![crate::audit::KeptPart::Shredded { by: 2 }]),
        "output of attempt #1: it is said to be shredded by entry 2, which did not"
    );
}

/// Seals an entry anew, as somebody who owns the file can, with everything after it.
fn reseal(entries: &mut [StoredEntry], from: usize, change: impl Fn(usize, &mut Entry)) {
    let mut prev = if from == 0 { Digest::ZERO } else { entries[from - 1].hash };
    for (i, row) in entries.iter_mut().enumerate().skip(from) {
        let mut entry = Entry::read(&row.body, row.prev, row.hash).unwrap();
        change(i, &mut entry);
        let (sealed, body) = Entry::seal(&entry.run, entry.seq, entry.stamp, entry.event, prev);
        prev = sealed.hash;
        *row = StoredEntry { seq: row.seq, prev: sealed.prev, hash: sealed.hash, body };
    }
}

#[test]
fn a_chain_that_was_made_anew_must_still_make_sense() {
    let resealed = |change: fn(usize, &mut Entry)| {
        let mut evidence = go_live().evidence();
        reseal(&mut evidence.entries, 0, change);
        altered(evidence)
    };
    assert_eq!(
        resealed(|i, entry| if i == 9 {
            entry.run.0 = "other".into();
        }),
        "entry 10: it belongs to run other, not to 01KAK4Q3W0Z3V9T5B7N2M8XJHD"
    );
    assert_eq!(
        resealed(|i, entry| if i == 9 {
            entry.seq = 11;
        }),
        "entry 10: its body says that it is entry 11"
    );
    let event = |from: usize| go_live().evidence().entries[from].clone();
    let copy = |from: usize, to: usize| {
        let mut evidence = go_live().evidence();
        let row = event(from);
        let copied = Entry::read(&row.body, row.prev, row.hash).unwrap().event;
        reseal(&mut evidence.entries, 0, |i, entry| {
            if i == to {
                entry.event = copied.clone();
            }
        });
        altered(evidence)
    };
    assert_eq!(copy(1, 0), "entry 1: the run's first entry is sitting_began, not run_opened");
    assert_eq!(copy(2, 5), "entry 6: it begins attempt #1 where attempt #2 is due");
    assert_eq!(copy(4, 5), "entry 6: attempt #1 has ended with entry 5");
    assert_eq!(copy(4, 2), "entry 3: it ends attempt #1, which has not begun");
}

#[test]
fn a_body_in_another_form_is_refused_even_with_a_good_hash() {
    let with_body = |body: String| {
        let mut evidence = Story::open(RunKind::Real).evidence();
        let row = &mut evidence.entries[1];
        row.hash = crate::run::event::chain(&row.prev, body.as_bytes());
        row.body = body;
        altered(evidence)
    };
    let body = Story::open(RunKind::Real).evidence().entries[1].body.clone();
    assert_eq!(with_body(body.clone()), "intact, 2 entries");
    assert_eq!(with_body(body.replace(",\"v\"", ", \"v\"")), "entry 2: entry is not in canonical form");
    let boot = "\"boot\":\"b1\",";
    let twice = with_body(body.replace(boot, &boot.repeat(2)));
    assert!(twice.starts_with("entry 2: entry is not"), "{twice}");
    assert_eq!(
        with_body(body.replace("\"v\":1", "\"v\":2")),
        "unreadable: entry 2: entry has format 2; this program reads format 1"
    );
    assert!(with_body("{".into()).starts_with("entry 2: entry is not in the stored form"));
    assert!(with_body(body.replace("sitting_began", "sitting_bored")).contains("unknown variant"));
}

#[test]
fn what_a_chain_cannot_show_is_said() {
    let whole = go_live().evidence();
    let closed = verify::record(json(&whole.clone().check().unwrap(), OutputBytes::Kept).as_bytes());
    insta::assert_snapshot!(closed.text());
    // Cutting the tail off alone is seen, for the summary was drawn from all of it.
    let mut document = original();
    document["entries"].as_array_mut().unwrap().pop();
    let Verified::Altered { place: Place::Field(_), reason } = verified(&document) else { panic!("{document}") };
    assert!(reason.contains("the entries say"), "{reason}");
    // With a new summary it is not: the record is intact, open again, and its head is another.
    let mut cut = whole.clone();
    cut.entries.truncate(whole.entries.len() - 2);
    let finding = verify::record(json(&cut.check().unwrap(), OutputBytes::Kept).as_bytes());
    let Verified::Intact(intact) = &finding else { panic!("{finding:?}") };
    assert_eq!((intact.entries, intact.closed.as_ref()), (37, None));
    assert!(finding.text().contains("a chain proves nothing about its tail or\nits owner"), "{}", finding.text());
}

#[test]
fn what_another_version_drew_up_is_not_checked_and_not_altered() {
    let text = json(&go_live().evidence().check().unwrap(), OutputBytes::Kept);
    let ours = crate::audit::record::DRAWN_BY;
    let theirs = text.replacen(ours, "gonogo 99.0.0 report 7", 1).replacen("\"word\": \"GO\"", "\"word\": \"HOLD\"", 1);
    assert_ne!(theirs, text);
    let found = verify::record(theirs.as_bytes());
    let Verified::Intact(intact) = &found else { panic!("{found:?}") };
    assert_eq!(intact.verdict, "GO", "the answer follows from the entries");
    assert!(found.text().contains("REPORT NOT CHECKED: it was drawn up by gonogo 99.0.0 report 7"), "{}", found.text());
    // Its entries are checked all the same.
    let altered = theirs.replacen("\\\"kind\\\":\\\"step_marked\\\"", "\\\"kind\\\":\\\"step_market\\\"", 1);
    assert_ne!(altered, theirs);
    assert!(matches!(verify::record(altered.as_bytes()), Verified::Altered { place: Place::Entry(_), .. }));
}

#[test]
fn a_close_that_the_entries_do_not_bear_out_is_told() {
    let mut story = go_live();
    assert!(story.evidence().check().unwrap().record().run.closed.unwrap().agrees);
    story.tell(mark("move-the-archive", Verdict::Failed, None));
    let checked = story.evidence().check().unwrap();
    let record = checked.record();
    assert_eq!(record.verdict.word, "NO-GO");
    assert!(!record.run.closed.as_ref().unwrap().agrees);
    let page = markdown(&record, &checked.evidence, IncludeOutput::None);
    assert!(page.contains("as GO, 85 % **(this is no longer what the entries say)**"), "{page}");
    let finding = verify::record(json(&checked, OutputBytes::Kept).as_bytes()).text();
    assert!(finding.contains("; 1 entry after that\n") || finding.contains("; 2 entries after that\n"), "{finding}");
}
