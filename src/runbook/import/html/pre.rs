//! Preformatted text: fences, and the language that classes tell.

use super::tree::{Element, Node};
use crate::runbook::import::markdown::fence;

/// Writes a fence; `around` is the language that an element around it told.
#[must_use]
pub fn write(pre: &Element, around: Option<&str>) -> String {
    let inner = pre.find(&|element| language(element).is_some()).and_then(language);
    let lang = language(pre).or(inner).or(around.map(str::to_owned)).unwrap_or_default();
    let mut code = String::new();
    put(&pre.children, &mut code);
    let code = code.strip_prefix('\n').unwrap_or(&code).replace('\u{a0}', " ");
    if code.trim().is_empty() { String::new() } else { fence(&lang, &code) }
}

/// Text as it stands; an element that is a line of its own ends one.
fn put(nodes: &[Node], out: &mut String) {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Element(element) if element.name == "br" => out.push('\n'),
            Node::Element(element) => {
                let is_row = matches!(element.name.as_str(), "div" | "p" | "li" | "tr");
                if is_row && !out.is_empty() && !out.ends_with('\n') {
                    out.push('\n');
                }
                put(&element.children, out);
                if is_row && !out.ends_with('\n') {
                    out.push('\n');
                }
            }
        }
    }
}

/// The language that an element's attributes tell, as highlighters write it.
#[must_use]
pub fn language(element: &Element) -> Option<String> {
    let told = ["data-lang", "data-language"].iter().find_map(|key| element.attribute(key));
    let mut classes = element.classes().peekable();
    let mut found = told.map(str::to_owned);
    while let (None, Some(class)) = (&found, classes.next()) {
        let prefixed = ["language-", "lang-", "highlight-source-", "highlight-", "brush:"]
            .iter()
            .find_map(|prefix| class.strip_prefix(prefix));
        found = match class {
            "sourceCode" => classes.peek().map(|class| (*class).to_owned()),
            "brush:" => classes.peek().map(|class| class.trim_end_matches(';').to_owned()),
            _ => prefixed.map(|lang| lang.trim_end_matches(';').to_owned()),
        };
    }
    let lang = found?.to_ascii_lowercase();
    let is_word = !lang.is_empty() && lang.chars().all(|c| c.is_ascii_alphanumeric() || "+#._-".contains(c));
    is_word.then(|| match lang.as_str() {
        "shell-session" | "shellsession" | "sh-session" => "console".to_owned(),
        "plaintext" | "none" | "default" | "plain" => "text".to_owned(),
        _ => lang,
    })
}
