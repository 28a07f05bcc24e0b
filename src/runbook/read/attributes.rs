//! The syntax of attributes: `{#id .class key=value}`, runme's JSON form, and what a `<!-- gonogo: … -->` comment holds.
//!
//! What the keys mean is decided in [`super::options`] for blocks and in [`super::directives`] for headings and items.

use crate::runbook::yaml::{self, Node};

/// Attributes as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes {
    pub id: Option<String>,
    /// `.name` and bare words.
    pub classes: Vec<String>,
    pub pairs: Vec<(String, Node)>,
}

/// Reads what stands between the braces, JSON or words.
#[must_use]
pub fn in_braces(braces: &str) -> Attributes {
    let inner = braces.trim();
    let inner = inner.strip_prefix('{').unwrap_or(inner);
    let inner = inner.strip_suffix('}').unwrap_or(inner).trim();
    if inner.starts_with('"')
        && let Some(Node::Map(pairs)) = yaml::value(braces.trim())
    {
        return Attributes { pairs, ..Attributes::default() };
    }
    words(inner)
}

/// Reads the text of a comment behind `gonogo:`; `None` if the comment is not for gonogo.
#[must_use]
pub fn in_comment(comment: &str) -> Option<Attributes> {
    let inner = comment.trim().strip_prefix("gonogo:")?.trim();
    if (inner.contains(": ") || inner.starts_with('{') || inner.contains(":\n"))
        && let Some(Node::Map(pairs)) = yaml::value(inner)
    {
        return Some(Attributes { pairs, ..Attributes::default() });
    }
    Some(words(inner))
}

/// Splits a trailing `{…}` off a heading, if it holds attributes: an id, a class, or `key=value`.
#[must_use]
pub fn split_heading(text: &str) -> Option<(&str, Attributes)> {
    let trimmed = text.trim_end();
    let inner_end = trimmed.strip_suffix('}')?;
    let mut depth = 0_usize;
    let open = inner_end.char_indices().rev().find_map(|(at, c)| match c {
        '}' => {
            depth += 1;
            None
        }
        '{' if depth == 0 => Some(at),
        '{' => {
            depth -= 1;
            None
        }
        _ => None,
    })?;
    let inner = &inner_end[open + 1..];
    let first = inner.split_whitespace().next()?;
    let is_attributes = first.starts_with(['#', '.']) || first.contains('=') || first.ends_with(':');
    let is_template = trimmed[..open].ends_with(['{', '$', '%']) || inner.starts_with(['{', '%']);
    if !is_attributes || is_template || first.len() < 2 {
        return None;
    }
    Some((trimmed[..open].trim_end(), in_braces(&trimmed[open..])))
}

fn words(text: &str) -> Attributes {
    let mut attributes = Attributes::default();
    for word in split_words(text) {
        if let Some(id) = word.strip_prefix('#') {
            attributes.id = Some(id.to_owned()).filter(|id| !id.is_empty());
        } else if let Some(class) = word.strip_prefix('.') {
            attributes.classes.push(class.to_owned());
        } else if let Some((key, value)) = word.split_once('=') {
            let (key, value) = (key.trim(), value.trim());
            let is_text = TEXTS.contains(&key.to_ascii_lowercase().as_str());
            let node = match value {
                value if value.starts_with(['{', '[']) && !is_text => {
                    yaml::value(value).unwrap_or(Node::Word(value.to_owned()))
                }
                value => Node::Word(unquoted(value)),
            };
            attributes.pairs.push((key.to_owned(), node));
        } else {
            attributes.classes.push(word.trim_end_matches(':').to_owned());
        }
    }
    attributes
}

/// Keys whose values are never lists or mappings: `match=[0-9]+` is a pattern.
const TEXTS: [&str; 5] = ["match", "not_match", "until", "when", "file"];

/// A value without the quotes around it. A backslash stands for itself, except before the quote that would end the value:
/// `"\d+ \"ok\""` is `\d+ "ok"`.
fn unquoted(value: &str) -> String {
    let Some(quote) = value.chars().next().filter(|first| matches!(first, '"' | '\'')) else {
        return value.to_owned();
    };
    let inner = &value[1..];
    let inner = inner.strip_suffix(quote).unwrap_or(inner);
    inner.replace(&format!("\\{quote}"), &quote.to_string())
}

/// Words separated by blanks or commas, except inside quotes, brackets and braces.
fn split_words(text: &str) -> Vec<&str> {
    let (mut words, mut start, mut quote, mut depth) = (Vec::new(), None, None, 0_i32);
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        if quote.is_some() && std::mem::take(&mut is_escaped) {
            continue;
        }
        is_escaped = c == '\\';
        match c {
            '"' | '\'' if quote.is_none() => quote = Some(c),
            _ if quote == Some(c) => quote = None,
            '{' | '[' | '(' if quote.is_none() => depth += 1,
            '}' | ']' | ')' if quote.is_none() => depth -= 1,
            _ => {}
        }
        let separates = (c.is_whitespace()
            || (c == ',' && !text[..at].rsplit([' ', '\t']).next().unwrap_or("").contains('=')))
            && quote.is_none()
            && depth <= 0;
        if separates {
            if let Some(start) = start.take() {
                words.push(&text[start..at]);
            }
        } else if start.is_none() {
            start = Some(at);
        }
    }
    words.extend(start.map(|start| &text[start..]));
    words
}

/// The known word nearest to an unknown one, at most two letters apart.
#[must_use]
pub fn nearest<'k>(unknown: &str, known: &[&'k str]) -> Option<&'k str> {
    let unknown = unknown.to_lowercase();
    if unknown.len() > 32 {
        return None;
    }
    known
        .iter()
        .map(|word| (distance(&unknown, word), *word))
        .filter(|(distance, word)| *distance <= if word.len() > 4 { 2 } else { 1 })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// Letters to insert, delete or exchange (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let exchanged = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = exchanged.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Node {
        Node::Word(text.into())
    }

    #[test]
    fn words_in_braces_are_ids_classes_and_pairs() {
        let attributes = in_braces("{#db .gate owner=dba note=\"two words\" tags=a,b}");
        assert_eq!(attributes.id.as_deref(), Some("db"));
        assert_eq!(attributes.classes, ["gate"]);
        assert_eq!(
            attributes.pairs,
            [
                ("owner".to_owned(), word("dba")),
                ("note".to_owned(), word("two words")),
                ("tags".to_owned(), word("a,b"))
            ]
        );
        assert_eq!(
            in_braces(r#"{"name":"x","interactive":false}"#).pairs[1],
            ("interactive".to_owned(), word("false"))
        );
    }

    #[test]
    fn patterns_stay_as_they_were_written() {
        let cases = [
            (r#"{match="\d+ of \d+"}"#, r"\d+ of \d+"),
            (r"{match='\bok\b'}", r"\bok\b"),
            (r"{match=\d+\.\d+}", r"\d+\.\d+"),
            (r#"{match="say \"hi\" now" name=x}"#, r#"say "hi" now"#),
            (r#"{match='say "hi"'}"#, r#"say "hi""#),
            (r"{match=[0-9]+}", "[0-9]+"),
            (r"{match=[0-9]}", "[0-9]"),
            (r"{match=\d{3}}", r"\d{3}"),
            (r#"{match="C:\\dir"}"#, r"C:\\dir"),
            (r#"{"match":"\\d+"}"#, r"\d+"),
        ];
        for (braces, wanted) in cases {
            assert_eq!(in_braces(braces).pairs[0], ("match".to_owned(), word(wanted)), "{braces}");
        }
    }

    #[test]
    fn headings_keep_braces_that_are_no_attributes() {
        assert_eq!(split_heading("Deploy {#go}").map(|(text, _)| text), Some("Deploy"));
        assert_eq!(split_heading("Gate {gate={role: dba, min: 2}}").map(|(text, _)| text), Some("Gate"));
        assert_eq!(split_heading("Release {{ version }}"), None);
        assert_eq!(split_heading("Use {braces}"), None);
    }

    #[test]
    fn comments_hold_words_or_yaml() {
        assert_eq!(in_comment("gonogo: gate owner=kim").unwrap().classes, ["gate"]);
        let yaml = in_comment("gonogo: gate: {role: dba, min: 2}").unwrap();
        assert_eq!(yaml.pairs[0].0, "gate");
        assert_eq!(in_comment("just a comment"), None);
    }

    #[test]
    fn near_words_are_found() {
        assert_eq!(nearest("timout", &["timeout", "name"]), Some("timeout"));
        assert_eq!(nearest("layout", &["timeout", "name"]), None);
    }
}
