//! Compares the derived fields of a record file with those the evidence gives, value by value, without building a tree of
//! what the file holds: memory does not grow with what a forger puts there.

use crate::audit::check::{Flaw, Place};
use crate::audit::json::KIND;
use crate::audit::record::{DRAWN_BY, Record, SCHEMA};
use crate::audit::text;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

/// Keys of the document that are evidence, checked before.
const EVIDENCE: [&str; 4] = ["entries", "runbook", "editions", "outputs"];

/// Longest value that is quoted in a finding, in characters.
const QUOTED: usize = 60;

/// Demands that the document says exactly what `record` says.
///
/// # Errors
/// The first field that differs, is missing, is unknown or stands twice.
pub(in crate::audit) fn compare(bytes: &[u8], record: &Record) -> Result<(), Flaw> {
    let mut expected = serde_json::to_value(record).expect("a record has string keys and no floats");
    if let Value::Object(fields) = &mut expected {
        fields.insert("schema".to_owned(), SCHEMA.into());
        fields.insert("kind".to_owned(), KIND.into());
        fields.insert("drawn_by".to_owned(), DRAWN_BY.into());
    }
    let mut difference = Difference { path: Vec::new(), found: None };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let compared = Same { expected: &expected, difference: &mut difference }.deserialize(&mut deserializer);
    match (compared, difference.found) {
        (Ok(()), _) => Ok(()),
        (Err(_), Some((place, reason))) => Err(Flaw::Altered { place: Place::Field(place), reason }),
        (Err(error), None) => Err(Flaw::Unreadable { reason: format!("it is not in the form of a record: {error}") }),
    }
}

/// Where the comparison is, and what it found.
struct Difference {
    path: Vec<String>,
    found: Option<(String, String)>,
}

impl Difference {
    fn at<E: serde::de::Error>(&mut self, reason: String) -> E {
        let path = self.path.concat();
        self.found = Some((path.trim_start_matches('.').to_owned(), reason));
        E::custom("it differs")
    }
}

/// Expects one value.
struct Same<'a> {
    expected: &'a Value,
    difference: &'a mut Difference,
}

impl Same<'_> {
    fn scalar<E: serde::de::Error>(self, said: &Value) -> Result<(), E> {
        if said == self.expected { Ok(()) } else { Err(self.differs(said)) }
    }

    fn differs<E: serde::de::Error>(self, said: &Value) -> E {
        let reason = format!("it says {}; the entries say {}", quote(said), quote(self.expected));
        self.difference.at(reason)
    }
}

fn quote(value: &Value) -> String {
    let mut quoted = match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::Null => "nothing".to_owned(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    };
    if quoted.chars().count() > QUOTED {
        quoted = quoted.chars().take(QUOTED).collect();
        quoted.push('…');
    }
    text::inline(&quoted)
}

impl<'de> DeserializeSeed<'de> for Same<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Same<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what the entries say")
    }

    fn visit_bool<E: serde::de::Error>(self, said: bool) -> Result<(), E> {
        self.scalar(&said.into())
    }

    fn visit_i64<E: serde::de::Error>(self, said: i64) -> Result<(), E> {
        self.scalar(&said.into())
    }

    fn visit_u64<E: serde::de::Error>(self, said: u64) -> Result<(), E> {
        self.scalar(&said.into())
    }

    fn visit_f64<E: serde::de::Error>(self, said: f64) -> Result<(), E> {
        self.scalar(&said.into())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.scalar(&Value::Null)
    }

    fn visit_str<E: serde::de::Error>(self, said: &str) -> Result<(), E> {
        if self.expected.as_str() == Some(said) {
            return Ok(());
        }
        let start: String = said.chars().take(QUOTED + 1).collect();
        Err(self.differs(&start.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Value::Array(expected) = self.expected else {
            return Err(self.differs(&Value::Array(Vec::new())));
        };
        let difference = self.difference;
        for (place, expected) in expected.iter().enumerate() {
            difference.path.push(format!("[{place}]"));
            if seq.next_element_seed(Same { expected, difference })?.is_none() {
                return Err(difference.at("it is missing".to_owned()));
            }
            difference.path.pop();
        }
        if seq.next_element::<IgnoredAny>()?.is_some() {
            difference.path.push(format!("[{}]", expected.len()));
            return Err(difference.at("the entries know nothing of it".to_owned()));
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Value::Object(expected) = self.expected else {
            return Err(self.differs(&Value::Object(serde_json::Map::new())));
        };
        let difference = self.difference;
        let whole = difference.path.is_empty();
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if whole && EVIDENCE.contains(&key.as_str()) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            difference.path.push(format!(".{}", shortened(&key)));
            let Some((known, expected)) = expected.get_key_value(&key) else {
                return Err(difference.at("a record has no such field".to_owned()));
            };
            if !seen.insert(known) {
                return Err(difference.at("it stands there twice".to_owned()));
            }
            map.next_value_seed(Same { expected, difference })?;
            difference.path.pop();
        }
        if let Some(missing) = expected.keys().find(|key| !seen.contains(key)) {
            difference.path.push(format!(".{missing}"));
            return Err(difference.at("it is missing".to_owned()));
        }
        Ok(())
    }
}

fn shortened(key: &str) -> String {
    let mut short: String = key.chars().take(QUOTED).collect();
    if short.len() < key.len() {
        write!(short, "…").expect("writing to a String cannot fail");
    }
    short
}
