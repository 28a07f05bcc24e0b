//! Lists, their numbers and their boxes.

use super::tree::{Element, Node};
use super::{block, inline as words};
use crate::runbook::import::markdown::{indented, inline, item, paragraph};

/// Writes a list. What authors put between items without one of its own belongs to the item before.
#[must_use]
pub fn write(list: &Element) -> String {
    let mut number = list.attribute("start").and_then(|start| start.trim().parse::<u32>().ok()).unwrap_or(1);
    let mut items: Vec<String> = Vec::new();
    for child in &list.children {
        let (content, is_list) = match child {
            Node::Text(text) => (paragraph(&inline(text.trim())), false),
            Node::Element(element) => (content(list, element), matches!(element.name.as_str(), "ul" | "ol")),
        };
        if content.trim().is_empty() {
            continue;
        }
        if is_list && let Some(last) = items.last_mut() {
            let width = last.find(' ').map_or(2, |at| at + 1);
            last.push('\n');
            last.push_str(&indented(&content, width));
            continue;
        }
        let marker = if list.name == "ol" { format!("{number}. ") } else { "- ".to_owned() };
        number = number.saturating_add(1).min(999_999_999);
        items.push(item(&marker, &content));
    }
    let is_tight = items.iter().all(|item| !item.contains("\n\n") && !item.contains("```"));
    items.join(if is_tight { "\n" } else { "\n\n" })
}

/// Terms and what they mean, one item each.
#[must_use]
pub fn definitions(list: &Element) -> String {
    let mut items: Vec<String> = Vec::new();
    let mut entries: Vec<&Element> = Vec::new();
    for child in list.elements() {
        if child.name == "div" { entries.extend(child.elements()) } else { entries.push(child) }
    }
    for entry in entries {
        if entry.name == "dt" || items.is_empty() {
            items.push(item("- ", &words::line(entry)));
        } else if let Some(last) = items.last_mut() {
            let blocks = block::blocks(entry);
            match blocks.as_slice() {
                [words] if !words.contains('\n') && !last.contains('\n') => {
                    last.push_str(": ");
                    last.push_str(words);
                }
                _ => {
                    last.push_str("\n\n");
                    last.push_str(&indented(&blocks.join("\n\n"), 2));
                }
            }
        }
    }
    items.join(if items.iter().any(|item| item.contains('\n')) { "\n\n" } else { "\n" })
}

fn content(list: &Element, child: &Element) -> String {
    if matches!(child.name.as_str(), "ul" | "ol") {
        return write(child);
    }
    let blocks = block::of_item(child);
    let mut text = String::new();
    for (at, block) in blocks.iter().enumerate() {
        let is_list = ["- ", "1. "].iter().any(|marker| block.starts_with(marker));
        if at > 0 {
            text.push_str(if is_list && at == 1 { "\n" } else { "\n\n" });
        }
        text.push_str(block);
    }
    let is_task = list.has_class("inline-task-list") || child.attribute("data-inline-task-id").is_some();
    if is_task && !text.starts_with('[') {
        let mark = if child.has_class("checked") { "[x]" } else { "[ ]" };
        text = format!("{mark} {text}");
    }
    text
}

/// An element that is nothing but a box drawn by a style.
#[must_use]
pub fn is_drawn_box(element: &Element) -> bool {
    words::box_mark(element).is_some()
        && element.children.iter().all(|child| matches!(child, Node::Text(text) if text.trim().is_empty()))
}
