//! Words and marks inside a block: emphasis, code, links, line ends, and the place of boxes.

use super::tree::{Element, Node};
use crate::runbook::import::markdown;

/// Stands for an open box until the block is written; no text of a page holds it.
pub const OPEN: char = '\u{1}';
/// Stands for a ticked box.
pub const DONE: char = '\u{2}';

/// All words of an element on one line, escaped, without boxes.
#[must_use]
pub fn line(element: &Element) -> String {
    let text = of(&element.children).replace([OPEN, DONE], "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Inline Markdown of these nodes; a line end where the page breaks the line.
#[must_use]
pub fn of(nodes: &[Node]) -> String {
    let mut out = String::new();
    for node in nodes {
        append(node, &mut out);
    }
    out
}

/// Words as they are, for code.
pub fn plain(nodes: &[Node], out: &mut String) {
    for node in nodes {
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Element(element) if element.name == "br" => out.push('\n'),
            Node::Element(element) => plain(&element.children, out),
        }
    }
}

/// Puts one node behind what was written.
pub fn append(node: &Node, out: &mut String) {
    let element = match node {
        Node::Text(text) => return words(&markdown::inline(text), out),
        Node::Element(element) => element,
    };
    if let Some(mark) = box_mark(element) {
        out.push(mark);
        return words(" ", out);
    }
    match element.name.as_str() {
        "br" => {
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
        }
        "strong" | "b" => around("**", element, out),
        "em" | "i" => around("*", element, out),
        "del" | "s" | "strike" => around("~~", element, out),
        "code" | "kbd" | "samp" | "tt" => {
            let mut text = String::new();
            plain(&element.children, &mut text);
            out.push_str(&markdown::code(&text));
        }
        "a" => link(element, out),
        "img" => words(&markdown::inline(element.attribute("alt").unwrap_or("")), out),
        "input" | "title" => {}
        _ => {
            for child in &element.children {
                append(child, out);
            }
        }
    }
}

/// Runs of white space are one blank, and none begins a line.
fn words(text: &str, out: &mut String) {
    for c in text.chars() {
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with([' ', '\n']) {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
    }
}

/// Marks stand close to the words; blanks inside them move outside.
fn around(marks: &str, element: &Element, out: &mut String) {
    let inner = of(&element.children);
    let trimmed = inner.trim();
    if trimmed.is_empty() || trimmed.contains(['\n', OPEN, DONE]) {
        out.push_str(&inner);
        return;
    }
    let starts_blank =
        matches!(element.children.first(), Some(Node::Text(text)) if text.starts_with(char::is_whitespace));
    if starts_blank {
        words(" ", out);
    }
    out.push_str(marks);
    out.push_str(trimmed);
    out.push_str(marks);
    if inner.ends_with(' ') {
        out.push(' ');
    }
}

fn link(element: &Element, out: &mut String) {
    let inner = of(&element.children);
    let trimmed = inner.trim();
    if ["#", "¶", "§", "\u{1f517}"].contains(&trimmed) {
        return;
    }
    let href = element.attribute("href").unwrap_or("");
    let is_shown = (href.starts_with("http://") || href.starts_with("https://") || href.starts_with("mailto:"))
        && !href.contains([' ', '(', ')', '<', '>', '\n'])
        && !trimmed.is_empty()
        && !trimmed.contains([OPEN, DONE, '\n']);
    if is_shown && trimmed != href {
        for part in ["[", trimmed, "](", href, ")"] {
            out.push_str(part);
        }
        words(if inner.ends_with(' ') { " " } else { "" }, out);
    } else {
        words(&inner, out);
    }
}

/// The box that an element draws: an input, what editors export in its place, or one that scripts drive.
#[must_use]
pub fn box_mark(element: &Element) -> Option<char> {
    let is_input =
        element.name == "input" && element.attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("checkbox"));
    let is_drawn =
        element.has_class("checkbox") && (element.has_class("checkbox-on") || element.has_class("checkbox-off"));
    let is_role = element.attribute("role") == Some("checkbox");
    let is_ticked = element.attribute("checked").is_some()
        || element.has_class("checkbox-on")
        || element.attribute("aria-checked") == Some("true");
    (is_input || is_drawn || is_role).then_some(if is_ticked { DONE } else { OPEN })
}
