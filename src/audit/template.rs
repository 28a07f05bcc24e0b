//! Reports drawn from templates (minijinja): the built-in HTML, and whatever template a user brings for HTML or Markdown.
//!
//! A template sees the record as its JSON documents it, under `record`, with control characters already escaped, and what was
//! computed for people beside it. It reads no files, and loops without end are cut off.

use super::evidence::{Evidence, KeptOutput, KeptPart};
use super::html::Drawn;
use super::record::Record;
use super::text;
use minijinja::value::Kwargs;
use minijinja::{AutoEscape, Environment, Value, context};
use serde::{Serialize, Serializer};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Steps a template may take: enough for a hundred thousand rows, and an end.
const FUEL: u64 = 50_000_000;

/// Bytes of an output that go into a page; the rest is in the bundle.
const SHOWN: usize = 64 * 1024;
/// Bytes of all outputs of a page together, and what each is given of it at least: a page with thousands of them still opens.
const PAGE: usize = 8 * 1024 * 1024;
const LEAST: usize = 1024;

/// What the result is, and so how values are escaped in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Markup {
    Html,
    Markdown,
}

/// Draws a report from a template.
///
/// # Errors
/// What is wrong with the template, with its line.
pub fn draw(source: &str, markup: Markup, record: &Record, evidence: &Evidence) -> Result<String, String> {
    let mut environment = Environment::new();
    let escape = match markup {
        Markup::Html => AutoEscape::Html,
        Markup::Markdown => AutoEscape::None,
    };
    environment.set_auto_escape_callback(move |_| escape);
    environment.set_fuel(Some(FUEL));
    environment.set_keep_trailing_newline(true);
    environment.add_filter("time", |at: &str| at.parse().map_or_else(|_| at.to_owned(), text::time));
    environment.add_filter("person", person);
    environment.add_filter("tone", |state: &str, _: Kwargs| tone(state));
    let said = serde_json::to_value(record).expect("a record has string keys and no floats");
    let Drawn { style, tone, sign, percent, facts, timeline, carried, from, to } = super::html::drawn(record);
    let outputs = outputs(evidence);
    let values = context! {
        record => Value::from_serialize(Harmless { said: &said, key: "" }), outputs, style => Value::from_safe_string(style), tone, sign, percent, facts,
        timeline, carried, from, to
    };
    environment.render_str(source, values).map_err(|error| {
        let line = error.line().map(|line| format!("line {line}: ")).unwrap_or_default();
        format!("{line}{error}")
    })
}

/// What a template sees of the record: what could hide in any text is escaped; commands and statements keep their lines.
struct Harmless<'a> {
    said: &'a Json,
    key: &'a str,
}

impl Serialize for Harmless<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Harmless { said, key } = *self;
        match said {
            Json::String(said) if matches!(key, "text" | "statement" | "said") => to.serialize_str(&text::block(said)),
            Json::String(said) => to.serialize_str(&text::inline(said)),
            Json::Array(all) => to.collect_seq(all.iter().map(|said| Harmless { said, key })),
            Json::Object(fields) => to.collect_map(fields.iter().map(|(key, said)| (key, Harmless { said, key }))),
            Json::Null | Json::Bool(_) | Json::Number(_) => said.serialize(to),
        }
    }
}

fn outputs(evidence: &Evidence) -> BTreeMap<String, Value> {
    let limit = (PAGE / evidence.outputs.len().max(1)).clamp(LEAST, SHOWN);
    let shown = |parts: &[KeptPart]| {
        let mut shown = String::new();
        for part in parts {
            match part {
                KeptPart::Here { bytes, .. } => {
                    let head = &bytes[..bytes.len().min(limit)];
                    shown.push_str(&text::printed(head));
                    if head.len() < bytes.len() {
                        write!(shown, "\n… {} bytes more in the bundle\n", bytes.len() - head.len())
                            .expect("writing to a String cannot fail");
                    }
                }
                KeptPart::Shredded { by } => {
                    write!(shown, "(removed; entry {by} says why)").expect("writing to a String cannot fail");
                }
                KeptPart::LeftOut => shown.push_str("(left out of this export)"),
            }
        }
        shown
    };
    let shown = |output: &KeptOutput| (output.attempt.0.to_string(), Value::from(shown(&output.parts)));
    evidence.outputs.iter().map(shown).collect()
}

fn person(person: &Value) -> String {
    let field = |name: &str| person.get_attr(name).ok().and_then(|value| value.as_str().map(str::to_owned));
    let said = |name: &str| field(name).unwrap_or_default();
    let role = field("role").map(|role| format!(", {role}")).unwrap_or_default();
    format!("{}{role} ({}@{})", said("name"), said("user"), said("host"))
}

fn tone(state: &str) -> &'static str {
    match state {
        "passed" | "passed with remarks" | "succeeded" | "succeeded, output as expected" => "ok",
        "failed" | "unknown" => "bad",
        "waived" | "deferred" | "ran" | "waiting" | "running" | "stale" | "waits for a person" => "wait",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::event::AttemptId;

    #[test]
    fn a_page_of_many_outputs_shows_the_beginning_of_each() {
        let kept = |attempt, size| KeptOutput {
            attempt: AttemptId(attempt),
            parts: vec![KeptPart::Here { salt: vec![0; 32], bytes: vec![b'x'; size] }],
        };
        for (many, size, each) in
            [(1, 70_000, SHOWN), (128, 70_000, SHOWN), (1000, 10_000, PAGE / 1000), (10_000, 2000, LEAST)]
        {
            let page = outputs(&Evidence {
                outputs: (1..=many).map(|attempt| kept(attempt, size)).collect(),
                ..Evidence::default()
            });
            let more = format!("{}\n… {} bytes more in the bundle\n", "x".repeat(each), size - each);
            assert!(page.len() == many as usize && page.values().all(|shown| shown.as_str() == Some(&more)), "{many}");
        }
    }
}
