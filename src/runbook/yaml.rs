//! The one place that knows YAML. What leaves it is plain data, so that the crate behind it can be exchanged.
//!
//! It is lenient as authors are: of a key that is written twice the last value counts, and a document that is no YAML
//! at all is still read line by line, as far as it says `key: value`.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A piece of YAML. Numbers and booleans stay the words they were written as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    Null,
    Word(String),
    List(Vec<Node>),
    /// In document order; a key may occur twice.
    Map(Vec<(String, Node)>),
}

/// A YAML text that could not be read as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    pub message: String,
    /// 1-based line within the YAML text, when known.
    pub line: Option<usize>,
}

/// Reads a mapping. Also when the text is broken there is a result: what its plain lines say.
#[must_use]
pub fn mapping(text: &str) -> (Vec<(String, Node)>, Option<Broken>) {
    match serde_yaml::from_str::<Node>(text) {
        Ok(Node::Map(entries)) => (entries, None),
        Ok(Node::Null) => (Vec::new(), None),
        Ok(Node::Word(_) | Node::List(_)) => {
            let message = "expected `key: value` lines".to_owned();
            (plain_lines(text), Some(Broken { message, line: None }))
        }
        Err(error) => {
            let line = error.location().map(|location| location.line());
            let message = error.to_string();
            (plain_lines(text), Some(Broken { message, line }))
        }
    }
}

/// Reads one value, such as the `{role: dba, min: 2}` of a gate.
#[must_use]
pub fn value(text: &str) -> Option<Node> {
    serde_yaml::from_str(text).ok()
}

fn plain_lines(text: &str) -> Vec<(String, Node)> {
    text.lines()
        .filter(|line| !line.starts_with([' ', '\t', '#', '-']))
        .filter_map(|line| line.split_once(':'))
        .filter(|(key, _)| !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_-".contains(c)))
        .map(|(key, value)| {
            let value = value.trim().trim_matches(['"', '\'']);
            let node = if value.is_empty() { Node::Null } else { Node::Word(value.to_owned()) };
            (key.to_owned(), node)
        })
        .collect()
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_bool<E>(self, v: bool) -> Result<Node, E> {
        Ok(Node::Word(v.to_string()))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Node, E> {
        Ok(Node::Word(v.to_string()))
    }

    fn visit_u64<E>(self, v: u64) -> Result<Node, E> {
        Ok(Node::Word(v.to_string()))
    }

    fn visit_f64<E>(self, v: f64) -> Result<Node, E> {
        Ok(Node::Word(v.to_string()))
    }

    fn visit_str<E>(self, v: &str) -> Result<Node, E> {
        Ok(Node::Word(v.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(node) = seq.next_element()? {
            list.push(node);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, node)) = map.next_entry::<Node, Node>()? {
            if let Node::Word(key) = key {
                entries.push((key, node));
            }
        }
        Ok(Node::Map(entries))
    }

    fn visit_enum<A: serde::de::EnumAccess<'de>>(self, data: A) -> Result<Node, A::Error> {
        use serde::de::VariantAccess as _;
        // A `!tag value`: the tag means nothing here.
        let (_, variant) = data.variant::<String>()?;
        variant.newtype_variant::<Node>()
    }
}

impl Node {
    /// The word, if it is one.
    #[must_use]
    pub fn word(&self) -> Option<&str> {
        match self {
            Node::Word(word) => Some(word.trim()),
            Node::Null | Node::List(_) | Node::Map(_) => None,
        }
    }

    /// The words of a list, or of a word that separates them by commas.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        match self {
            Node::Null | Node::Map(_) => Vec::new(),
            Node::Word(word) => {
                word.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
            }
            Node::List(list) => list.iter().filter_map(Node::word).map(str::to_owned).collect(),
        }
    }

    /// The entries of a mapping; none for anything else.
    #[must_use]
    pub fn entries(&self) -> &[(String, Node)] {
        match self {
            Node::Map(entries) => entries,
            Node::Null | Node::Word(_) | Node::List(_) => &[],
        }
    }

    /// Yes, no, or neither.
    #[must_use]
    pub fn truth(&self) -> Option<bool> {
        match self.word()?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Node {
        Node::Word(text.into())
    }

    #[test]
    fn values_keep_their_words_and_keys_may_repeat() {
        let (entries, broken) = mapping("a: 1\nb: [x, true]\na: 🚀\nc:\n");
        assert_eq!(broken, None);
        assert_eq!(
            entries,
            [
                ("a".to_owned(), word("1")),
                ("b".to_owned(), Node::List(vec![word("x"), word("true")])),
                ("a".to_owned(), word("🚀")),
                ("c".to_owned(), Node::Null),
            ]
        );
    }

    #[test]
    fn broken_yaml_is_read_line_by_line() {
        let (entries, broken) = mapping("title: Release: the plan\nowner: \"ops\"\nlist: [a\n");
        assert!(broken.is_some());
        assert_eq!(entries[0], ("title".to_owned(), word("Release: the plan")));
        assert_eq!(entries[1], ("owner".to_owned(), word("ops")));
    }

    #[test]
    fn flow_values_are_read_alone() {
        let node = value("{role: dba, min: 2}").unwrap();
        assert_eq!(node.entries().len(), 2);
        assert_eq!(value("yes").unwrap().truth(), Some(true));
    }
}
