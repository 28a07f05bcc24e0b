//! Blocks of a page, each as the Markdown that stands for it.

use super::inline::{self, DONE, OPEN};
use super::tree::{Element, Node};
use super::{list, pre, table};
use crate::runbook::import::markdown::{guarded, paragraph};

/// The blocks inside an element, in order.
#[must_use]
pub fn blocks(element: &Element) -> Vec<String> {
    let mut writer = Writer { lang: pre::language(element), ..Writer::default() };
    writer.children(element);
    writer.flush();
    writer.blocks
}

/// The blocks of a list item: its box stands in front of the words, not in a list of its own.
#[must_use]
pub fn of_item(element: &Element) -> Vec<String> {
    let mut writer = Writer { place: Place::Item, lang: pre::language(element), ..Writer::default() };
    writer.children(element);
    writer.flush();
    writer.blocks
}

/// What a paragraph is the first of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    #[default]
    Page,
    Item,
}

#[derive(Default)]
struct Writer<'e> {
    blocks: Vec<String>,
    /// Words that wait for their block to end.
    words: Vec<&'e Node>,
    place: Place,
    /// The language that an element around says its code is in.
    lang: Option<String>,
}

impl<'e> Writer<'e> {
    fn children(&mut self, element: &'e Element) {
        for child in &element.children {
            match child {
                // An empty element that only draws a box goes with the words behind it.
                Node::Element(element) if list::is_drawn_box(element) => self.words.push(child),
                Node::Element(element) if element.is_block() || element.holds_block => self.element(element),
                Node::Element(_) | Node::Text(_) => self.words.push(child),
            }
        }
    }

    fn element(&mut self, element: &'e Element) {
        self.flush();
        match element.name.as_str() {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.heading(element),
            "ul" | "ol" | "menu" => self.push(list::write(element)),
            "dl" => self.push(list::definitions(element)),
            "pre" => self.push(pre::write(element, self.lang.as_deref())),
            "table" => match table::write(element) {
                Some(table) => self.push(table),
                None => self.container(element),
            },
            "hr" => self.push("---".to_owned()),
            "blockquote" => {
                let text = blocks(element).join("\n\n");
                let lines: Vec<String> = text.lines().map(|line| format!("> {line}").trim_end().to_owned()).collect();
                self.push(lines.join("\n"));
            }
            "summary" | "dt" | "caption" => {
                let words = inline::line(element);
                if !words.is_empty() {
                    self.push(format!("**{}**", words.trim_matches('*')));
                }
            }
            _ => self.container(element),
        }
    }

    fn container(&mut self, element: &'e Element) {
        let outer = self.lang.clone();
        self.lang = pre::language(element).or(outer.clone());
        self.children(element);
        self.flush();
        self.lang = outer;
    }

    fn heading(&mut self, element: &Element) {
        let words = inline::line(element);
        let level = usize::from(element.name.as_bytes()[1] - b'0');
        if !words.is_empty() {
            self.push(format!("{} {words}", "#".repeat(level)));
        }
    }

    fn flush(&mut self) {
        if self.words.is_empty() {
            return;
        }
        let mut text = String::new();
        for node in std::mem::take(&mut self.words) {
            inline::append(node, &mut text);
        }
        if !text.trim().is_empty() {
            let text = boxes(text.trim(), self.place);
            self.push(text);
        }
    }

    fn push(&mut self, block: String) {
        if !block.trim().is_empty() {
            self.blocks.push(block);
            self.place = Place::Page;
        }
    }
}

/// A paragraph; what stands behind a box is an item with that box.
fn boxes(text: &str, place: Place) -> String {
    if !text.contains([OPEN, DONE]) {
        return paragraph(text);
    }
    let head = text.find([OPEN, DONE]).unwrap_or(text.len());
    let mut blocks = Vec::new();
    if !text[..head].trim().is_empty() {
        blocks.push(paragraph(&text[..head]));
    }
    let mut items = Vec::new();
    for part in text[head..].split_inclusive([OPEN, DONE]).collect::<Vec<_>>().windows(2) {
        let mark = if part[0].ends_with(DONE) { "[x]" } else { "[ ]" };
        let words = paragraph(part[1].trim_end_matches([OPEN, DONE]));
        items.push(format!("{mark} {words}").trim_end().to_owned());
    }
    if place == Place::Item && blocks.is_empty() && items.len() == 1 {
        return items.remove(0);
    }
    let items: Vec<String> = items.iter().map(|item| format!("- {}", item.replace('\n', "\n  "))).collect();
    blocks.push(items.join("\n"));
    blocks.join("\n\n")
}

/// Words of a table cell or a term, on one line.
#[must_use]
pub fn cell(element: &Element) -> String {
    let text = inline::of(&element.children);
    let text = text.replace(OPEN, "[ ]").replace(DONE, "[x]").replace('|', "\\|");
    guarded(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}
