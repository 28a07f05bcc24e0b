//! Tags as a tree, with the end tags that authors leave out put in, and without what is no content.

use html5gum::emitters::default::{DefaultEmitter, StartTag};
use html5gum::{Token, Tokenizer};

/// Deeper elements are read as if their tags were not there: pages that nest deeper are broken or hostile.
const DEEPEST: usize = 120;

/// A tag with what stands inside it.
#[derive(Debug, Default)]
pub struct Element {
    /// Lower case.
    pub name: String,
    attributes: Vec<(String, String)>,
    pub children: Vec<Node>,
    /// Whether something inside begins a block.
    pub holds_block: bool,
}

/// Words or a tag.
#[derive(Debug)]
pub enum Node {
    Text(String),
    Element(Element),
}

impl Element {
    /// An attribute's value; empty when it is there without one.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn classes(&self) -> impl Iterator<Item = &str> {
        self.attribute("class").unwrap_or("").split_whitespace()
    }

    #[must_use]
    pub fn has_class(&self, name: &str) -> bool {
        self.classes().any(|class| class == name)
    }

    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first element that passes, in document order, below this one.
    #[must_use]
    pub fn find(&self, test: &impl Fn(&Element) -> bool) -> Option<&Element> {
        self.elements().find_map(|child| if test(child) { Some(child) } else { child.find(test) })
    }

    /// Begins a block of its own.
    #[must_use]
    pub fn is_block(&self) -> bool {
        BLOCKS.contains(&self.name.as_str())
    }
}

/// The part of a page that is not its frame.
#[must_use]
pub fn is_main(element: &Element) -> bool {
    element.name == "main" || element.attribute("role") == Some("main")
}

#[rustfmt::skip]
const BLOCKS: [&str; 42] = [
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
    "html", "li", "main", "menu", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "th", "tr",
    "ul",
];
#[rustfmt::skip]
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
];
#[rustfmt::skip]
const DROPPED: [&str; 23] = [
    "script", "style", "noscript", "template", "svg", "math", "nav", "footer", "iframe", "object", "embed", "canvas",
    "audio", "video", "button", "select", "textarea", "dialog", "link", "meta", "base", "map", "datalist",
];
#[rustfmt::skip]
const FRAME_CLASSES: [&str; 20] = [
    "headerlink", "anchor-link", "hash-link", "anchorjs-link", "heading-anchor", "sr-only", "visually-hidden",
    "skip-link", "breadcrumb", "breadcrumbs", "toc", "table-of-contents", "edit-this-page", "copy-button", "linenos",
    "lineno", "linenumber", "line-number", "gutter", "sidebar",
];
const NOTES: [&str; 10] =
    ["admonition", "alert", "callout", "note", "warning", "tip", "caution", "danger", "important", "hint"];

/// What a browser would not show as content, or what belongs to the frame of the page.
fn is_dropped(element: &Element) -> bool {
    let role = element.attribute("role").unwrap_or("");
    let says_note = || element.classes().any(|class| NOTES.iter().any(|note| class.contains(note))) || role == "note";
    let is_hidden = element.attribute("hidden").is_some()
        || element.attribute("aria-hidden") == Some("true")
            && element.name != "input"
            && !element.has_class("checkbox");
    DROPPED.contains(&element.name.as_str())
        || is_hidden
        || ["navigation", "banner", "contentinfo", "search", "complementary"].contains(&role)
        || element.name == "aside" && !says_note()
        || element.classes().any(|class| FRAME_CLASSES.contains(&class))
}

/// Reads a page.
#[must_use]
pub fn parse(text: &str) -> Element {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut builder = Builder { open: vec![Element::default()] };
    for token in Tokenizer::new_with_emitter(text, emitter) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => builder.start(&tag),
            Token::EndTag(tag) => builder.end(&String::from_utf8_lossy(&tag.name)),
            Token::String(words) => builder.words(&String::from_utf8_lossy(&words)),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    builder.close_to(1);
    builder.open.pop().expect("the root is never closed")
}

struct Builder {
    /// From the root to the innermost open tag; never empty.
    open: Vec<Element>,
}

impl Builder {
    fn start(&mut self, tag: &StartTag<()>) {
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        self.imply_ends(&name);
        let attributes = tag
            .attributes
            .iter()
            .map(|(key, value)| {
                (String::from_utf8_lossy(key).into_owned(), String::from_utf8_lossy(value).into_owned())
            })
            .collect();
        let element = Element { name, attributes, ..Element::default() };
        let is_void = VOID.contains(&element.name.as_str());
        if is_void || self.open.len() > DEEPEST {
            // Too deep, its content goes on in what is open already.
            self.append(element);
        } else {
            self.open.push(element);
        }
    }

    fn end(&mut self, name: &str) {
        if let Some(at) = self.nearest(&[name], &scope(name)) {
            self.close_to(at);
        }
    }

    fn words(&mut self, words: &str) {
        let words: String =
            words.chars().filter(|c| !c.is_control() && *c != '\u{200b}' || matches!(c, '\n' | '\t')).collect();
        self.top().children.push(Node::Text(words));
    }

    /// The place of the innermost open tag of these names, not looking past the others.
    fn nearest(&self, names: &[&str], limits: &[&str]) -> Option<usize> {
        for at in (1..self.open.len()).rev() {
            let name = self.open[at].name.as_str();
            if names.contains(&name) {
                return Some(at);
            }
            if limits.contains(&name) {
                return None;
            }
        }
        None
    }

    /// Tags whose end is understood when this one begins (HTML standard, 13.1.2.4).
    fn imply_ends(&mut self, name: &str) {
        let closed = match name {
            "li" => self.nearest(&["li"], &["ul", "ol", "menu"]),
            "dt" | "dd" => self.nearest(&["dt", "dd"], &["dl"]),
            "td" | "th" => self.nearest(&["td", "th"], &["tr", "table"]),
            "tr" => self.nearest(&["tr"], &["table"]),
            "thead" | "tbody" | "tfoot" => {
                self.nearest(&["thead", "tbody", "tfoot", "caption", "colgroup"], &["table"])
            }
            "body" => self.nearest(&["head"], &[]),
            _ if BLOCKS.contains(&name) => {
                let limits: Vec<&str> = BLOCKS.iter().copied().filter(|block| *block != "p").collect();
                self.nearest(&["p"], &limits)
            }
            _ => None,
        };
        if let Some(at) = closed {
            self.close_to(at);
        }
    }

    fn close_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            if let Some(element) = self.open.pop() {
                self.append(element);
            }
        }
    }

    fn append(&mut self, element: Element) {
        if is_dropped(&element) {
            return;
        }
        let parent = self.top();
        parent.holds_block |= element.is_block() || element.holds_block;
        parent.children.push(Node::Element(element));
    }

    fn top(&mut self) -> &mut Element {
        self.open.last_mut().expect("the root is never closed")
    }
}

/// What an end tag does not reach across.
fn scope(name: &str) -> Vec<&'static str> {
    match name {
        "table" | "html" | "body" => Vec::new(),
        "tr" | "td" | "th" | "thead" | "tbody" | "tfoot" => vec!["table"],
        "li" => vec!["ul", "ol", "menu", "td", "th"],
        _ => vec!["td", "th", "caption"],
    }
}
