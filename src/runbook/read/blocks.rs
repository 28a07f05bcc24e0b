//! From text to a flat list of blocks in document order, by pulldown-cmark's offset iterator.
//!
//! The list is flat on purpose: what belongs to what is decided by later passes, because authors' indentation is no
//! reliable witness. A block only remembers how deep in lists it stands.

use super::html::{self, Preformatted};
use super::inline::{self, Collector, Inline};
use super::lines::Lines;
use crate::runbook::{Form, Span};
use pulldown_cmark::{BrokenLink, CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::collections::HashMap;

/// A block of the document.
#[derive(Debug, Clone)]
pub struct Piece {
    pub kind: Kind,
    pub line: u32,
    /// Byte range in the text. That of an item holds everything inside it.
    pub span: Span,
    /// How many list items it stands in; for an item, itself counted.
    pub depth: u16,
    /// Stands in a block quote or alert.
    pub is_quoted: bool,
    /// Its words; empty for code, rules and tables. HTML has only comments.
    pub inline: Inline,
}

/// What kind of block it is.
#[derive(Debug, Clone)]
pub enum Kind {
    Heading(u8),
    Paragraph,
    /// A list item; its words are those of its first paragraph. `Some(n)` when ordered.
    Item(Option<u64>),
    Code(Box<Code>),
    Table(Box<Table>),
    Rule,
    /// Raw HTML, comments included.
    Html,
}

/// A fenced or indented block of code.
#[derive(Debug, Clone)]
pub struct Code {
    pub form: Form,
    /// Everything behind the opening marks.
    pub info: String,
    pub text: String,
    /// Line of the first line of `text`.
    pub text_line: u32,
}

/// A table; a row knows its line.
#[derive(Debug, Clone, Default)]
pub struct Table {
    pub header: Vec<Inline>,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone)]
pub struct Row {
    pub line: u32,
    pub span: Span,
    pub cells: Vec<Inline>,
}

/// Parses the text. `shadow` has the same length and line ends as the document; only its markup may differ.
#[must_use]
pub fn blocks(shadow: &str, lines: &Lines) -> Vec<Piece> {
    let mut builder = Builder::new(shadow, lines);
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_GFM;
    let Chunks { chunks, links } = Chunks::of(shadow, lines);
    for (chunk, offset) in chunks {
        // What a link means may be said in another piece.
        let elsewhere = |link: BrokenLink<'_>| {
            let address = *links.get(&folded(&link.reference))?;
            Some((CowStr::from(address), CowStr::from("")))
        };
        let parser = Parser::new_with_broken_link_callback(chunk, options, (!links.is_empty()).then_some(elsewhere));
        for (event, span) in parser.into_offset_iter() {
            builder.take(event, span.start + offset..span.end + offset);
        }
    }
    builder.pieces
}

/// A large document is cut before headings, so that the parser's own memory stays small. Bytes per piece, at least.
const CHUNK: usize = 256 * 1024;

/// Pieces of the text that can be parsed alone, with where they begin: cut before an ATX heading at column 0 outside
/// fences and comments.
struct Chunks<'t> {
    chunks: Vec<(&'t str, usize)>,
    /// The addresses of the link reference definitions of all pieces (CommonMark 4.7), by their labels; empty when there is
    /// one piece, which knows its own.
    links: HashMap<String, &'t str>,
}

impl<'t> Chunks<'t> {
    fn of(text: &'t str, lines: &Lines) -> Self {
        let mut cut = Chunks { chunks: Vec::new(), links: HashMap::new() };
        if text.len() <= CHUNK {
            cut.chunks.push((text, 0));
            return cut;
        }
        let mut start = 0;
        let may_comment = memchr::memmem::find(text.as_bytes(), b"<!--").is_some();
        let mut fence: Option<(u8, usize)> = None;
        let mut in_comment = false;
        for span in lines.spans() {
            let (at, line) = (span.start, &text[span]);
            let indent = line.bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'>')).count();
            let trimmed = &line[indent..];
            if let Some((mark, length)) = fence_mark(trimmed) {
                match fence {
                    None if !in_comment => fence = Some((mark, length)),
                    Some((open, least)) if open == mark && length >= least && trimmed[length..].trim().is_empty() => {
                        fence = None;
                    }
                    None | Some(_) => {}
                }
            } else if fence.is_none() {
                if at - start >= CHUNK && !in_comment && line.starts_with('#') {
                    cut.chunks.push((&text[start..at], start));
                    start = at;
                }
                if let Some((label, address)) = definition(trimmed) {
                    cut.links.entry(folded(label)).or_insert(address);
                }
                if may_comment && (in_comment || memchr::memchr(b'<', line.as_bytes()).is_some()) {
                    if let Some(open) = line.rfind("<!--") {
                        in_comment = !line[open..].contains("-->");
                    } else if in_comment && line.contains("-->") {
                        in_comment = false;
                    }
                }
            }
        }
        cut.chunks.push((&text[start..], start));
        cut
    }
}

/// The label and the address of `[label]: address`, of a definition on one line.
fn definition(line: &str) -> Option<(&str, &str)> {
    let (label, rest) = line.strip_prefix('[')?.split_once("]:")?;
    let address = rest.split_whitespace().next()?;
    let is_label = !label.trim().is_empty() && !label.contains(['[', ']']);
    is_label.then(|| (label, address.trim_start_matches('<').trim_end_matches('>')))
}

/// A label as labels are compared: letters of either case and any white space are alike.
fn folded(label: &str) -> String {
    label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The mark and its length if a line, without its indentation, opens or closes a fence.
#[must_use]
pub fn fence_mark(trimmed: &str) -> Option<(u8, usize)> {
    let mark = *trimmed.as_bytes().first()?;
    if mark != b'`' && mark != b'~' {
        return None;
    }
    let length = trimmed.bytes().take_while(|byte| *byte == mark).count();
    let is_span = mark == b'`' && trimmed[length..].contains('`');
    (length >= 3 && !is_span).then_some((mark, length))
}

struct Builder<'a> {
    text: &'a str,
    lines: &'a Lines,
    pieces: Vec<Piece>,
    /// The line that was asked for last.
    line: u32,
    inline: Collector,
    /// Where the words collected so far stand.
    words_span: Option<Span>,
    /// Enclosing lists: the number of the next item when ordered.
    lists: Vec<Option<u64>>,
    /// Enclosing items: their index in `pieces`, and whether their own words are still awaited.
    items: Vec<OpenItem>,
    quotes: u32,
    code: Option<Code>,
    html: String,
    table: Option<Table>,
    cells: Vec<Inline>,
}

struct OpenItem {
    piece: usize,
    has_words: bool,
    /// How many quotes stand around it.
    quotes: u32,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str, lines: &'a Lines) -> Self {
        Builder {
            text,
            lines,
            // A large vector would be moved as a whole each time it grows; room that is not used costs nothing.
            pieces: Vec::with_capacity(text.len() / 32),
            line: 1,
            inline: Collector::default(),
            words_span: None,
            lists: Vec::new(),
            items: Vec::new(),
            quotes: 0,
            code: None,
            html: String::new(),
            table: None,
            cells: Vec::new(),
        }
    }

    fn take(&mut self, event: Event<'_>, span: Span) {
        match event {
            Event::Start(tag) => self.start(tag, span),
            Event::End(tag) => self.end(tag, span),
            Event::Text(text) if self.code.is_some() => {
                let line = self.line_of(span.start);
                let code = self.code.as_mut().expect("the guard saw it");
                if code.text.is_empty() {
                    code.text_line = line;
                }
                code.text.push_str(&text);
            }
            Event::Rule => self.push(Kind::Rule, span, Inline::default()),
            Event::Html(html) => self.html.push_str(&html),
            Event::InlineHtml(ref html) if html.starts_with("<br") => self.words(&Event::SoftBreak, span),
            event => self.words(&event, span),
        }
    }

    fn line_of(&mut self, at: usize) -> u32 {
        self.line = self.lines.line_near(self.line, at);
        self.line
    }

    fn words(&mut self, event: &Event<'_>, span: Span) {
        self.words_span = match self.words_span.take() {
            Some(before) => Some(before.start.min(span.start)..before.end.max(span.end)),
            None => Some(span.clone()),
        };
        self.inline.add(event, span);
    }

    fn take_words(&mut self) -> Inline {
        self.words_span = None;
        self.inline.take()
    }

    fn drop_words(&mut self) {
        if self.words_span.is_some() {
            self.take_words();
        }
    }

    fn start(&mut self, tag: Tag<'_>, span: Span) {
        match tag {
            Tag::Paragraph | Tag::Heading { .. } | Tag::TableCell | Tag::HtmlBlock => {
                self.end_item_words();
                self.drop_words();
            }
            Tag::BlockQuote(_) => {
                self.end_item_words();
                self.quotes += 1;
            }
            Tag::CodeBlock(kind) => {
                self.end_item_words();
                let (form, info) = match kind {
                    CodeBlockKind::Fenced(info) => (Form::Fence, self.written_info(&info, &span)),
                    CodeBlockKind::Indented => (Form::Indented, String::new()),
                };
                let text_line = self.line_of(span.start);
                self.code = Some(Code { form, info, text: String::new(), text_line });
            }
            Tag::List(first) => {
                self.end_item_words();
                self.lists.push(first);
            }
            Tag::Item => {
                let number = self.lists.last_mut().and_then(|next| {
                    let number = *next;
                    *next = number.map(|n| n.saturating_add(1));
                    number
                });
                self.items.push(OpenItem { piece: self.pieces.len(), has_words: false, quotes: self.quotes });
                self.drop_words();
                self.push(Kind::Item(number), span, Inline::default());
            }
            Tag::Table(_) => {
                self.end_item_words();
                self.table = Some(Table::default());
            }
            Tag::TableHead | Tag::TableRow => self.cells.clear(),
            other => self.words(&Event::Start(other), span),
        }
    }

    /// What stands behind the opening marks. `CommonMark` takes backslashes for escapes there; those of a pattern stay.
    fn written_info(&self, info: &str, span: &Span) -> String {
        if memchr::memchr(b'\\', self.text[span.clone()].as_bytes()).is_none() {
            return info.to_owned();
        }
        let line = self.text[span.clone()].trim_start().lines().next().unwrap_or("").trim_end();
        let written = line.trim_start_matches(['`', '~']).trim();
        if written.contains('\\') && written.len() >= info.len() { written.to_owned() } else { info.to_owned() }
    }

    fn end(&mut self, tag: TagEnd, span: Span) {
        match tag {
            TagEnd::Paragraph => self.end_paragraph(span),
            TagEnd::Heading(level) => {
                let inline = self.take_words();
                self.push(Kind::Heading(depth_of(level)), span, inline);
            }
            TagEnd::HtmlBlock => {
                let html = std::mem::take(&mut self.html);
                self.end_html(&html, span);
            }
            TagEnd::BlockQuote(_) => self.quotes = self.quotes.saturating_sub(1),
            TagEnd::CodeBlock => {
                if let Some(code) = self.code.take() {
                    self.push(Kind::Code(Box::new(code)), span, Inline::default());
                }
            }
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::Item => {
                self.end_item_words();
                self.items.pop();
            }
            TagEnd::TableCell => {
                let cell = self.take_words();
                self.cells.push(cell);
            }
            TagEnd::TableHead => {
                let header = std::mem::take(&mut self.cells);
                if let Some(table) = &mut self.table {
                    table.header = header;
                }
            }
            TagEnd::TableRow => {
                let cells = std::mem::take(&mut self.cells);
                let line = self.line_of(span.start);
                if let Some(table) = &mut self.table {
                    table.rows.push(Row { line, span, cells });
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    self.push(Kind::Table(Box::new(table)), span, Inline::default());
                }
            }
            other => self.words(&Event::End(other), span),
        }
    }

    fn end_html(&mut self, html: &str, span: Span) {
        if let Some(Preformatted { info, text, above }) = html::preformatted(html) {
            let text_line = self.line_of(span.start) + above;
            let code = Code { form: Form::Indented, info, text, text_line };
            self.push(Kind::Code(Box::new(code)), span, Inline::default());
        } else {
            let inline = Inline::of_comments(inline::comment(html).map(str::to_owned).into_iter().collect());
            self.push(Kind::Html, span, inline);
        }
    }

    /// The first paragraph of an item holds the item's words; later ones are paragraphs inside it.
    fn end_paragraph(&mut self, span: Span) {
        let inline = self.take_words();
        self.put_words(inline, span);
    }

    fn put_words(&mut self, inline: Inline, span: Span) {
        if let Some(item) = self.items.last_mut()
            && item.quotes == self.quotes
            && !item.has_words
            && item.piece + 1 == self.pieces.len()
        {
            item.has_words = true;
            self.pieces[item.piece].inline = inline;
            return;
        }
        self.push(Kind::Paragraph, span, inline);
    }

    /// In a tight list the item's words come without a paragraph around them.
    fn end_item_words(&mut self) {
        if self.table.is_some() || self.items.is_empty() {
            return;
        }
        let Some(span) = self.words_span.clone() else {
            return;
        };
        let inline = self.take_words();
        if !inline.is_empty() {
            self.put_words(inline, span);
        }
    }

    fn push(&mut self, kind: Kind, span: Span, inline: Inline) {
        // An item indented with a tab is said to begin on the line before it.
        let source = &self.text[span.clone()];
        let span = span.end - source.trim_start().len()..span.end;
        let line = self.line_of(span.start);
        self.pieces.push(Piece {
            kind,
            line,
            span,
            depth: u16::try_from(self.items.len()).unwrap_or(u16::MAX),
            is_quoted: self.quotes > 0,
            inline,
        });
    }
}

fn depth_of(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::{CHUNK, blocks};
    use crate::runbook::read::lines::Lines;

    #[test]
    fn links_are_resolved_across_the_pieces_of_a_large_document() {
        let mut text = String::from("# T\n\nSee [the guide][The  Guide] and [this][inside].\n\n");
        while text.len() < CHUNK + 1000 {
            text.push_str("## Go\n\nWords of a section.\n\n");
        }
        text.push_str(
            "## End\n\n```\n[inside]: https://tide.example/no\n```\n\n[the guide]: <https://tide.example/guide>\n",
        );
        let pieces = blocks(&text, &Lines::of(&text));
        let words = &pieces[1].inline;
        assert_eq!(words.text, "See the guide and [this][inside].");
        assert_eq!(words.links(), ["[the guide](<https://tide.example/guide>)"]);
    }
}
