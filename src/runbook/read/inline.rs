//! The words of a heading, paragraph, item or cell: plain text with the places of its code and emphasis.

use super::html;
use crate::runbook::Span;
use pulldown_cmark::{Event, Tag, TagEnd};

/// Inline content without its markup. Ranges point into `text`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inline {
    /// Entities decoded, emphasis and link targets gone, code without its back ticks, soft breaks as `\n`.
    pub text: String,
    /// Length of the bold run the text begins with (after marks such as ✅), in bytes; 0 if there is none.
    pub bold: usize,
    /// What few texts have.
    pub(super) beside: Option<Box<Beside>>,
}

/// What stands among or beside some words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Beside {
    codes: Vec<CodeSpan>,
    comments: Vec<String>,
    links: Vec<String>,
}

/// A code span within a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeSpan {
    pub range: Span,
    /// Where it stands in the document, back ticks included.
    pub source: Span,
}

impl Inline {
    /// A text with nothing but HTML comments.
    #[must_use]
    pub fn of_comments(comments: Vec<String>) -> Self {
        let beside = (!comments.is_empty()).then(|| Box::new(Beside { comments, ..Beside::default() }));
        Inline { beside, ..Inline::default() }
    }

    /// Code spans, each with its place in the document.
    #[must_use]
    pub fn codes(&self) -> &[CodeSpan] {
        self.beside.as_ref().map_or(&[], |beside| &beside.codes)
    }

    /// What stands in HTML comments among the words.
    #[must_use]
    pub fn comments(&self) -> &[String] {
        self.beside.as_ref().map_or(&[], |beside| &beside.comments)
    }

    /// Links with their addresses, as Markdown of their own: the text has lost them.
    #[must_use]
    pub fn links(&self) -> &[String] {
        self.beside.as_ref().map_or(&[], |beside| &beside.links)
    }

    fn beside(&mut self) -> &mut Beside {
        self.beside.get_or_insert_default()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.begin().is_empty()
    }

    /// The text from its first word or mark on.
    #[must_use]
    pub fn begin(&self) -> &str {
        // Hardly a text begins with white space.
        let is_there = self.text.as_bytes().first().is_some_and(u8::is_ascii_graphic);
        if is_there { &self.text } else { self.text.trim_start() }
    }

    /// The first line, without white space around it.
    #[must_use]
    pub fn first_line(&self) -> &str {
        let text = self.begin();
        let end = memchr::memchr(b'\n', text.as_bytes()).unwrap_or(text.len());
        text[..end].trim_end()
    }

    /// Each line of the text alone, with its code spans; what is bold or linked counts for the first one.
    #[must_use]
    pub fn lines(&self) -> Vec<Inline> {
        let mut start = 0;
        let mut rest = self.codes();
        let line = |row: &str| {
            let (begin, end) = (start, start + row.len());
            start = end;
            let text = row.trim_end().to_owned();
            // Code spans stand in the order of the text; one that goes over a line's end is on neither line.
            let (here, later) = rest.split_at(rest.partition_point(|code| code.range.start < end));
            rest = later;
            let is_in = |code: &&CodeSpan| code.range.start >= begin && code.range.end <= end;
            let moved = |code: &CodeSpan| CodeSpan {
                range: code.range.start - begin..code.range.end - begin,
                source: code.source.clone(),
            };
            let codes: Vec<CodeSpan> = here.iter().filter(is_in).map(moved).collect();
            let beside = (!codes.is_empty()).then(|| Box::new(Beside { codes, ..Beside::default() }));
            Inline { bold: if begin == 0 { self.bold.min(text.len()) } else { 0 }, text, beside }
        };
        self.text.split_inclusive('\n').map(line).collect()
    }

    /// What stands in a range of the text, with its code spans; what is bold or linked counts for the beginning.
    #[must_use]
    pub fn part(&self, range: Span) -> Inline {
        let is_in = |code: &&CodeSpan| code.range.start >= range.start && code.range.end <= range.end;
        let moved = |code: &CodeSpan| CodeSpan {
            range: code.range.start - range.start..code.range.end - range.start,
            source: code.source.clone(),
        };
        let codes: Vec<CodeSpan> = self.codes().iter().filter(is_in).map(moved).collect();
        let beside = (!codes.is_empty()).then(|| Box::new(Beside { codes, ..Beside::default() }));
        let text = self.text[range.clone()].trim_end().to_owned();
        Inline { bold: if range.start == 0 { self.bold.min(text.len()) } else { 0 }, text, beside }
    }

    /// Whether the whole text is bold, apart from marks and a final colon.
    #[must_use]
    pub fn is_all_bold(&self) -> bool {
        self.bold > 0 && self.text[self.bold..].trim().trim_end_matches([':', '：', '.']).trim().is_empty()
    }
}

/// The content of an HTML comment.
#[must_use]
pub fn comment(html: &str) -> Option<&str> {
    let inner = html.trim().strip_prefix("<!--")?;
    Some(inner.strip_suffix("-->").unwrap_or(inner).trim())
}

/// A link as Markdown, independent of any definition elsewhere in the document.
fn link(words: &str, address: &str) -> String {
    let words = words.trim().replace('\n', " ");
    if words == address { format!("<{address}>") } else { format!("[{words}](<{address}>)") }
}

/// Takes in the inline events of one block.
#[derive(Debug, Default)]
pub struct Collector {
    /// A buffer for the words of all blocks in turn; a block keeps a string of just its length.
    text: String,
    /// Everything but the words.
    inline: Inline,
    /// Nested strong runs, and whether the outermost one began the text.
    strong: u32,
    leading: bool,
    /// Where the open link's words begin, and its address.
    link: Option<(usize, String)>,
    /// Where the open `<code>` begins, in the words and in the document.
    code: Option<(usize, usize)>,
}

impl Collector {
    /// Adds an inline event; block events are none of its business.
    pub fn add(&mut self, event: &Event<'_>, source: Span) {
        match event {
            Event::Text(text) => self.text.push_str(text),
            Event::Code(code) => {
                let start = self.text.len();
                self.text.push_str(code);
                let range = start..self.text.len();
                self.inline.beside().codes.push(CodeSpan { range, source });
            }
            Event::InlineHtml(html) => {
                if let Some(comment) = comment(html) {
                    self.inline.beside().comments.push(comment.to_owned());
                } else {
                    self.tag(html, source);
                }
            }
            Event::SoftBreak | Event::HardBreak => self.text.push('\n'),
            // Markdown has taken marks out of the code: it is no longer what would be typed.
            Event::Start(_) if self.code.take().is_some() => self.add(event, source),
            Event::Start(Tag::Strong) => {
                let before = self.text.trim_start();
                let before = if before.starts_with('[') {
                    before.split_once(']').map_or(before, |(_, rest)| rest)
                } else {
                    before
                };
                self.leading |= self.strong == 0 && !before.contains(char::is_alphanumeric);
                self.strong += 1;
            }
            Event::End(TagEnd::Strong) => {
                self.strong = self.strong.saturating_sub(1);
                if self.strong == 0 && self.leading && self.inline.bold == 0 {
                    self.inline.bold = self.text.len();
                }
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                self.link = Some((self.text.len(), dest_url.to_string()));
            }
            Event::End(TagEnd::Link) => {
                if let Some((start, address)) = self.link.take() {
                    let link = link(&self.text[start..], &address);
                    self.inline.beside().links.push(link);
                }
            }
            _ => {}
        }
    }

    /// `<code>` is a code span; what is no tag to a browser (`<host>`) is a part of one.
    fn tag(&mut self, tag: &str, source: Span) {
        if tag.eq_ignore_ascii_case("<code>") {
            self.code = Some((self.text.len(), source.start));
        } else if tag.eq_ignore_ascii_case("</code>") {
            let Some((start, from)) = self.code.take() else { return };
            let written = &self.text[start..];
            let begin = start + written.len() - written.trim_start().len();
            let range = begin..begin + written.trim().len();
            if !range.is_empty() {
                self.inline.beside().codes.push(CodeSpan { range, source: from..source.end });
            }
        } else if self.code.is_some() {
            self.text.push_str(html::tag(tag).map_or(tag, |(read, _)| read));
        }
    }

    /// What was collected; the collector is empty again.
    pub fn take(&mut self) -> Inline {
        self.strong = 0;
        self.code = None;
        self.leading = false;
        self.link = None;
        let text = self.text.as_str().to_owned();
        self.text.clear();
        Inline { text, ..std::mem::take(&mut self.inline) }
    }
}
