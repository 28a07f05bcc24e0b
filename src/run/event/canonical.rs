//! Compact JSON with the keys of every object in order: the form in which bodies are hashed and stored.
//!
//! It sorts the text itself instead of building a tree, since every entry that is written or read goes through here. It
//! takes what `serde_json` writes and nothing else: no spaces, every bracket closed.

/// Writes the same JSON with the keys of each object sorted by bytes.
pub(super) fn sort_into(json: &str, out: &mut Vec<u8>) {
    if is_sorted(json) {
        out.extend_from_slice(json.as_bytes());
    } else {
        value(json, out);
    }
}

/// The largest whole number that every reader of JSON reads alike (RFC 8259 §6, RFC 7493 §2.2).
const LARGEST: u64 = (1 << 53) - 1;

/// Whether every number in canonical JSON without fractions is within ±(2^53 − 1).
pub(super) fn numbers_fit(json: &str) -> bool {
    let mut rest = json;
    loop {
        let outside = memchr::memchr(b'"', rest.as_bytes()).unwrap_or(rest.len());
        // Sixteen digits may already be too many; hardly any number has as many.
        let mut long = rest[..outside].split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() > 15);
        if long.any(|digits| digits.parse::<u64>().map_or(true, |number| number > LARGEST)) {
            return false;
        }
        if outside == rest.len() {
            return true;
        }
        rest = &rest[outside + string(&rest[outside..]).len()..];
    }
}

/// What is open where a text is being read.
enum Open<'j> {
    /// With the key that came last.
    Object(Option<&'j str>),
    Array,
}

/// Whether the keys of every object stand in order as they are. Many do, and then nothing has to be moved.
fn is_sorted(json: &str) -> bool {
    let bytes = json.as_bytes();
    let mut open = Vec::new();
    let (mut at, mut begins_member) = (0, false);
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'{' => open.push(Open::Object(None)),
            b'[' => open.push(Open::Array),
            b'}' | b']' => {
                open.pop();
            }
            b'"' => {
                let text = string(&json[at - 1..]);
                at += text.len() - 1;
                let key = &text[1..text.len() - 1];
                if let Some(Open::Object(last)) = open.last_mut()
                    && begins_member
                    && last.replace(key).is_some_and(|last| last >= key)
                {
                    return false;
                }
            }
            _ => {}
        }
        begins_member = matches!(byte, b'{' | b',');
    }
    true
}

fn value(json: &str, out: &mut Vec<u8>) {
    match json.as_bytes().first() {
        Some(b'{') => {
            let mut members: Vec<(&str, &str)> = items(json).map(|member| (key(member), member)).collect();
            members.sort_unstable_by_key(|(key, _)| *key);
            out.push(b'{');
            for (n, (key, member)) in members.into_iter().enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                let (name, content) = member.split_at(key.len() + 3);
                out.extend_from_slice(name.as_bytes());
                value(content, out);
            }
            out.push(b'}');
        }
        Some(b'[') => {
            out.push(b'[');
            for (n, item) in items(json).enumerate() {
                if n > 0 {
                    out.push(b',');
                }
                value(item, out);
            }
            out.push(b']');
        }
        Some(_) | None => out.extend_from_slice(json.as_bytes()),
    }
}

/// The name in front of a member's colon, without its quotes.
fn key(member: &str) -> &str {
    let quoted = string(member);
    &quoted[1..quoted.len() - 1]
}

/// The members of an object or the items of an array.
fn items(json: &str) -> impl Iterator<Item = &str> {
    let mut rest = &json[1..json.len() - 1];
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = end_of_item(rest);
        let item = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or("");
        Some(item)
    })
}

/// Where the first item ends: at a comma outside every bracket and string, or at the end.
fn end_of_item(json: &str) -> usize {
    let bytes = json.as_bytes();
    let (mut at, mut depth) = (0, 0_u32);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b',' if depth == 0 => return at,
            b'"' => {
                at += string(&json[at..]).len();
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    at
}

/// The string literal that `json` begins with, quotes included.
fn string(json: &str) -> &str {
    let mut at = 1;
    loop {
        let found = memchr::memchr2(b'"', b'\\', &json.as_bytes()[at..]).expect("serde_json closes every string");
        at += found + 1;
        if json.as_bytes()[at - 1] == b'"' {
            return &json[..at];
        }
        // A backslash and what it escapes.
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{numbers_fit, sort_into};
    use proptest::prelude::*;
    use serde_json::Value;

    fn sorted(json: &str) -> String {
        let mut out = Vec::new();
        sort_into(json, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn keys_are_sorted_at_every_depth() {
        let cases = [
            ("{}", "{}"),
            ("[]", "[]"),
            ("\"a,b\\\"}\"", "\"a,b\\\"}\""),
            (
                r#"{"b":1,"a":[{"d":"x,y","c":-2},[],"]"],"":true}"#,
                r#"{"":true,"a":[{"c":-2,"d":"x,y"},[],"]"],"b":1}"#,
            ),
        ];
        for (json, wanted) in cases {
            assert_eq!(sorted(json), wanted);
        }
    }

    #[test]
    fn numbers_beyond_what_every_reader_can_read_do_not_fit() {
        for json in [
            "9007199254740991",
            "[-9007199254740991]",
            "{\"9007199254740992\":\"99999999999999999999 \\\" 9\"}",
            "",
            "0",
        ] {
            assert!(numbers_fit(json), "{json}");
        }
        for json in
            ["9007199254740992", "[1,-9007199254740992]", "{\"a\":18446744073709551615}", "99999999999999999999999"]
        {
            assert!(!numbers_fit(json), "{json}");
        }
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
            any::<bool>().prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z_]{0,6}", inner, 0..4).prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    /// The same JSON with its members in the order in which a hash map happens to have them.
    fn shuffled(value: &Value) -> String {
        match value {
            Value::Object(map) => {
                let map: std::collections::HashMap<_, _> = map.iter().collect();
                let members: Vec<String> = map
                    .iter()
                    .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), shuffled(value)))
                    .collect();
                format!("{{{}}}", members.join(","))
            }
            Value::Array(items) => format!("[{}]", items.iter().map(shuffled).collect::<Vec<_>>().join(",")),
            other => other.to_string(),
        }
    }

    proptest! {
        #[test]
        fn it_is_what_a_sorted_tree_would_print(value in json()) {
            prop_assert_eq!(sorted(&shuffled(&value)), value.to_string());
        }
    }
}
