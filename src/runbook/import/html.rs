//! An HTML page as Markdown: headings, paragraphs, lists with their boxes, fences with their language, tables.
//!
//! Tolerant as browsers are, but nothing more than a reader: scripts, styles, navigation and forms are left out, and
//! no address is followed.

mod block;
mod charset;
mod inline;
mod list;
mod pre;
mod table;
mod tree;

use super::markdown::document;
use super::{Unimportable, title_of_name};
use tree::Element;

/// Bytes at the head of a document that must say that it is HTML.
const HEAD: usize = 1024;

/// Whether these bytes are an HTML page: they say so themselves, or the name does and they begin with a tag.
#[must_use]
pub fn is_page(name: &str, bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]).replace('\0', "").to_ascii_lowercase();
    let head = head.trim_start_matches(['\u{feff}', '\u{fffd}', ' ', '\n', '\r', '\t']);
    let name = name.to_ascii_lowercase();
    let is_named = [".html", ".htm", ".xhtml"].iter().any(|ending| name.ends_with(ending));
    let says = head.starts_with("<!doctype html")
        || head.starts_with("<html")
        || (head.starts_with("<?xml") || head.starts_with("<!--")) && head.contains("<html")
        || head.starts_with("<head>")
        || head.starts_with("<body");
    says || is_named && head.starts_with('<')
}

/// Reads a page and writes it as Markdown.
///
/// # Errors
/// [`Unimportable`] when the bytes are no text, or the page holds none.
pub fn markdown(name: &str, bytes: &[u8]) -> Result<String, Unimportable> {
    let text = charset::decode(bytes)?;
    let page = tree::parse(&text);
    let main = page.find(&tree::is_main).or_else(|| page.find(&|element| element.name == "article"));
    let mut blocks = main.map(block::blocks).unwrap_or_default();
    if blocks.is_empty() {
        blocks = block::blocks(&page);
    }
    if blocks.is_empty() {
        return Err(Unimportable::NoText);
    }
    if !blocks.iter().any(|block| block.starts_with("# ")) {
        blocks.insert(0, format!("# {}", title(&page, name)));
    }
    Ok(document(&blocks))
}

/// The heading outside the main part, else the page's title without the name of the site, else the file's name.
fn title(page: &Element, name: &str) -> String {
    let words = |element: &Element| Some(inline::line(element)).filter(|words| !words.is_empty());
    let heading = page.find(&|element| element.name == "h1").and_then(words);
    let title = page.find(&|element| element.name == "title").and_then(words);
    let title = title.map(|title| title.split(" | ").next().unwrap_or(&title).to_owned());
    heading.or(title).unwrap_or_else(|| super::markdown::inline(title_of_name(name)))
}
