//! The author's Markdown as styled lines.
//!
//! Written for runbooks: headings, paragraphs, lists with task boxes, quotes, tables, code, links with their address.
//! Raw HTML is shown as text, comments are left out, and nothing is fetched or followed.

mod table;

use super::link::{self, Link};
use super::look::{Look, Sign};
use super::text::{cut, span_width, wrap};
use super::theme::Tone;
use pulldown_cmark::{BlockQuoteKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use table::Table;

/// Lines, and the links among their words.
pub struct Rendered {
    pub lines: Vec<Line<'static>>,
    pub links: Vec<Link>,
}

/// Renders Markdown source at a width.
#[must_use]
pub fn render_with_links(source: &str, width: usize, look: &Look) -> Rendered {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_GFM
        | Options::ENABLE_HEADING_ATTRIBUTES;
    let mut page = Page {
        look,
        width,
        lines: Vec::new(),
        inline: Vec::new(),
        styles: vec![look.style(Tone::Text)],
        prefixes: Vec::new(),
        lists: Vec::new(),
        links: Vec::new(),
        table: None,
        linked: Vec::new(),
    };
    for event in Parser::new_ext(source, options) {
        page.take(event);
    }
    page.flush();
    while page.lines.last().is_some_and(is_blank) {
        page.lines.pop();
    }
    let links = link::locate(&page.lines, &page.linked);
    Rendered { lines: page.lines, links }
}

/// Tone and word of an alert, `> [!WARNING]`.
fn alert(kind: BlockQuoteKind) -> (Tone, &'static str) {
    match kind {
        BlockQuoteKind::Note => (Tone::Accent, "Note"),
        BlockQuoteKind::Tip => (Tone::Ok, "Tip"),
        BlockQuoteKind::Important => (Tone::Gate, "Important"),
        BlockQuoteKind::Warning => (Tone::Warning, "Warning"),
        BlockQuoteKind::Caution => (Tone::Danger, "Caution"),
    }
}

fn is_blank(line: &Line<'_>) -> bool {
    line.spans.iter().all(|span| span.content.trim().is_empty())
}

/// What stands before every line of a container.
struct Prefix {
    /// Used once, for the line the container begins with.
    first: Option<Span<'static>>,
    rest: Span<'static>,
}

struct Page<'l> {
    look: &'l Look,
    width: usize,
    lines: Vec<Line<'static>>,
    inline: Vec<Span<'static>>,
    styles: Vec<Style>,
    prefixes: Vec<Prefix>,
    /// Numbers of the open lists; a bullet list has none.
    lists: Vec<Option<u64>>,
    /// Address and start in `inline` of the open links.
    links: Vec<(String, usize)>,
    table: Option<Table>,
    /// Address and text of the links that a terminal may be given, in order.
    linked: Vec<(String, String)>,
}

impl Page<'_> {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => self.toned(&text, Tone::Code),
            Event::Html(html) | Event::InlineHtml(html) => {
                if !html.trim_start().starts_with("<!--") {
                    self.toned(html.trim_end(), Tone::Muted);
                }
            }
            Event::FootnoteReference(name) => self.toned(&format!("[{name}]"), Tone::Muted),
            Event::SoftBreak => self.plain(" "),
            Event::HardBreak => self.plain("\n"),
            Event::Rule => {
                self.flush();
                let line = "─".repeat(self.width.min(40));
                self.lines.push(Line::from(self.look.span(line, Tone::Border)));
                self.gap();
            }
            Event::TaskListMarker(done) => {
                let (mark, tone) = if done { ("[x] ", Tone::Ok) } else { ("[ ] ", Tone::Accent) };
                self.toned(mark, tone);
            }
        }
    }

    fn style(&self) -> Style {
        self.styles.last().copied().unwrap_or_default()
    }

    fn push_style(&mut self, tone: Tone) {
        self.styles.push(self.style().patch(self.look.style(tone)));
    }

    fn plain(&mut self, text: &str) {
        let span = Span::styled(text.to_owned(), self.style());
        self.inline.push(span);
    }

    fn toned(&mut self, text: &str, tone: Tone) {
        let style = self.style().patch(self.look.style(tone));
        self.inline.push(Span::styled(text.to_owned(), style));
    }

    fn text(&mut self, text: &str) {
        self.plain(text);
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.flush();
                self.push_style(if level <= HeadingLevel::H2 { Tone::Heading } else { Tone::Strong });
            }
            Tag::BlockQuote(kind) => {
                self.flush();
                let (tone, word) = kind.map_or((Tone::Quote, ""), alert);
                let bar = format!("{} ", self.look.sign(Sign::Bar));
                self.prefixes.push(Prefix { first: None, rest: self.look.span(bar, tone) });
                self.push_style(if kind.is_some() { Tone::Text } else { Tone::Quote });
                if !word.is_empty() {
                    self.toned(word, tone);
                    self.flush();
                }
            }
            Tag::CodeBlock(_) => {
                self.flush();
                self.push_style(Tone::Code);
            }
            Tag::List(first) => {
                self.flush();
                self.lists.push(first);
            }
            Tag::Item => {
                self.flush();
                self.item();
            }
            Tag::Table(_) => {
                self.flush();
                self.table = Some(Table::default());
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.rows.push(Vec::new());
                }
            }
            Tag::Emphasis | Tag::Strikethrough => self.push_style(Tone::Emphasis),
            Tag::Strong => self.push_style(Tone::Strong),
            Tag::Link { dest_url, .. } => {
                self.links.push((dest_url.to_string(), self.inline.len()));
                self.push_style(Tone::Link);
            }
            Tag::Image { dest_url, .. } => {
                self.toned("image: ", Tone::Muted);
                self.links.push((dest_url.to_string(), self.inline.len()));
                self.push_style(Tone::Link);
            }
            _ => {}
        }
    }

    fn item(&mut self) {
        let marker = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            Some(None) | None => format!("{} ", self.look.sign(Sign::Bullet)),
        };
        let rest = Span::raw(" ".repeat(super::text::width(&marker)));
        self.prefixes.push(Prefix { first: Some(self.look.span(marker, Tone::Accent)), rest });
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => {
                self.flush();
                if self.lists.is_empty() {
                    self.gap();
                }
            }
            TagEnd::Heading(_) => {
                self.styles.pop();
                self.flush();
            }
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.prefixes.pop();
                self.styles.pop();
                self.gap();
            }
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::List(_) => {
                self.flush();
                self.lists.pop();
                if self.lists.is_empty() {
                    self.gap();
                }
            }
            TagEnd::Item => {
                self.flush();
                self.prefixes.pop();
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.inline);
                if let Some(row) = self.table.as_mut().and_then(|table| table.rows.last_mut()) {
                    row.push(cell);
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    let (first, rest) = self.prefix();
                    let inner = self.width.saturating_sub(rest.iter().map(span_width).sum());
                    for (place, line) in table.render(inner, self.look).into_iter().enumerate() {
                        let mut spans = if place == 0 { first.clone() } else { rest.clone() };
                        spans.extend(line.spans);
                        self.lines.push(Line::from(spans));
                    }
                    self.gap();
                }
            }
            TagEnd::Emphasis | TagEnd::Strikethrough | TagEnd::Strong => {
                self.styles.pop();
            }
            TagEnd::Link | TagEnd::Image => self.end_link(),
            _ => {}
        }
    }

    /// A link shows its address, unless its text already is the address or it stays within the document.
    fn end_link(&mut self) {
        self.styles.pop();
        let Some((address, start)) = self.links.pop() else {
            return;
        };
        let text: String = self.inline[start..].iter().map(|span| span.content.as_ref()).collect();
        if link::is_safe(&address) {
            self.linked.push((address.clone(), text.clone()));
        }
        if !address.starts_with('#') && !address.is_empty() && !text.contains(address.trim_start_matches("mailto:")) {
            self.toned(&format!(" ({address})"), Tone::Muted);
        }
    }

    fn end_code(&mut self) {
        self.styles.pop();
        let code: String = self.inline.drain(..).map(|span| span.content.into_owned()).collect();
        let (mut first, rest) = self.prefix();
        let bar = format!("{} ", self.look.sign(Sign::Bar));
        let inner = self.width.saturating_sub(rest.iter().map(span_width).sum::<usize>() + 2);
        for piece in code.lines().flat_map(|line| cut(line, inner)) {
            let mut spans = std::mem::replace(&mut first, rest.clone());
            spans.push(self.look.span(bar.clone(), Tone::Border));
            spans.push(self.look.span(piece, Tone::Code));
            self.lines.push(Line::from(spans));
        }
        self.gap();
    }

    /// What the next line starts with, and what those after it start with.
    fn prefix(&mut self) -> (Vec<Span<'static>>, Vec<Span<'static>>) {
        let rest: Vec<Span<'static>> = self.prefixes.iter().map(|prefix| prefix.rest.clone()).collect();
        let first =
            self.prefixes.iter_mut().map(|prefix| prefix.first.take().unwrap_or_else(|| prefix.rest.clone())).collect();
        (first, rest)
    }

    fn flush(&mut self) {
        if self.inline.is_empty() {
            return;
        }
        let spans = std::mem::take(&mut self.inline);
        let (first, rest) = self.prefix();
        self.lines.extend(wrap(&spans, self.width, &first, &rest));
    }

    /// One empty line, never two.
    fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| !is_blank(line)) {
            self.lines.push(Line::default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::fixture::look;

    fn shown(source: &str, width: usize) -> String {
        let lines: Vec<String> = render_with_links(source, width, &look())
            .lines
            .iter()
            .map(|line| line.to_string().trim_end().to_owned())
            .collect();
        lines.join("\n")
    }

    #[test]
    fn markdown_becomes_lines() {
        let source = "Check the *server* first, then\nthe **application** and `psql`.\n\n- [ ] one\n- [x] two\n  with more \
                      words than fit\n  1. inner\n\n> Careful:\n> it locks\n\nSee [docs](https://a.b/c) or <https://d.e>.";
        insta::assert_snapshot!(shown(source, 30), @r"
        Check the server first, then
        the application and psql.

        • [ ] one
        • [x] two with more words than
          fit
          1. inner

        │ Careful: it locks

        See docs (https://a.b/c) or
        https://d.e.
        ");
    }

    #[test]
    fn tables_keep_every_word() {
        let source = "| Check | Expected result |\n|---|---|\n| `df -h` | at least 20 % free on every volume |\n| load | < 2 |\n";
        insta::assert_snapshot!(shown(source, 34), @r"
        Check │ Expected result
        ──────┼───────────────────────────
        df -h │ at least 20 % free on
              │ every volume
        load  │ < 2
        ");
    }

    #[test]
    fn alerts_say_what_they_are() {
        assert_eq!(shown("> [!WARNING]\n> It locks.\n", 30), "│ Warning\n│ It locks.");
        assert_eq!(shown("> It locks.\n", 30), "│ It locks.");
    }

    #[test]
    fn control_characters_in_prose_are_shown() {
        assert_eq!(shown("a \u{1b}[31mred\u{7}", 30), "a ^[[31mred^G");
        assert_eq!(shown("x <!-- gonogo: gate -->y <b>z</b>", 40), "x y <b>z</b>");
    }
}
