//! The text as the Markdown parser sees it: of the same length and with the same line ends as the document, but with
//! front matter, comments and component tags blanked out, and with broken fences taken out and kept beside it.
//!
//! Because the shadow is as long as the document, every place in it is a place in the document.

use super::blocks::{Code, Kind, Piece, fence_mark};
use super::findings::Findings;
use super::inline::Inline;
use super::lines::{Lines, rows};
use crate::runbook::{Form, Span};
use std::borrow::Cow;

/// A shadow, and the code that was taken out of it.
#[derive(Debug)]
pub struct Shadow<'t> {
    pub text: Cow<'t, str>,
    /// In document order; put between the parsed blocks afterwards.
    pub taken: Vec<Piece>,
    /// What `<details>` folds away.
    pub folded: Vec<Span>,
}

/// Blanks out what is no Markdown.
#[must_use]
pub fn of<'t>(text: &'t str, front: Option<Span>, lines: &Lines) -> Shadow<'t> {
    if front.is_none() && !may_hold_tags(text) && !HIGHLIGHTS.iter().any(|begin| text.contains(begin)) {
        return Shadow { text: Cow::Borrowed(text), taken: Vec::new(), folded: Vec::new() };
    }
    let mut scan = Scan {
        out: String::with_capacity(text.len()),
        taken: Vec::new(),
        folded: Vec::new(),
        open_details: None,
        state: State::Text,
        lines,
    };
    let start = front.map_or(0, |front| front.end);
    blank(&mut scan.out, &text[..start]);
    let mut at = start;
    for line in rows(&text[start..]) {
        scan.line(line, at);
        at += line.len();
    }
    Shadow { text: Cow::Owned(scan.out), taken: scan.taken, folded: scan.folded }
}

/// Whether a tag or a comment may stand somewhere: `<` behind white space, with a letter, a slash or a bang behind it.
fn may_hold_tags(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'<', bytes).any(|at| {
        let before = at.checked_sub(1).map(|before| bytes[before]);
        before.is_none_or(|before| before.is_ascii_whitespace())
            && bytes.get(at + 1).is_some_and(|next| next.is_ascii_alphabetic() || b"/!>".contains(next))
    })
}

/// Spaces for everything but line ends; bytes, not characters, are counted.
fn blank(out: &mut String, text: &str) {
    out.extend(text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
}

enum State {
    Text,
    Fence(u8, usize),
    /// Between the tags of a site generator that stand for a fence.
    Highlight,
    /// A comment that began in the middle of a line.
    Comment,
    /// A component tag over several lines: where it began, and what was seen of it.
    Tag {
        start: usize,
        seen: String,
    },
}

struct Scan<'l> {
    out: String,
    taken: Vec<Piece>,
    folded: Vec<Span>,
    open_details: Option<usize>,
    state: State,
    lines: &'l Lines,
}

impl Scan<'_> {
    fn line(&mut self, line: &str, at: usize) {
        let trimmed = line.trim_start();
        match &mut self.state {
            State::Fence(mark, least) => {
                if fence_mark(trimmed).is_some_and(|(other, length)| {
                    other == *mark && length >= *least && trimmed[length..].trim().is_empty()
                }) {
                    self.state = State::Text;
                }
                self.out.push_str(line);
            }
            State::Comment => {
                if let Some(end) = line.find("-->") {
                    blank(&mut self.out, &line[..end + 3]);
                    self.out.push_str(&line[end + 3..]);
                    self.state = State::Text;
                } else {
                    blank(&mut self.out, line);
                }
            }
            State::Tag { start, seen } => {
                seen.push_str(line);
                blank(&mut self.out, line);
                if line.contains('>') || seen.len() > 4096 || line.trim().is_empty() {
                    let (start, seen) = (*start, std::mem::take(seen));
                    self.take_command(&seen, start);
                    self.state = State::Text;
                }
            }
            State::Highlight => {
                if HIGHLIGHT_ENDS.iter().any(|end| trimmed.starts_with(end)) {
                    put_padded(&mut self.out, &format!("{}```", &line[..line.len() - trimmed.len()]), line);
                    self.state = State::Text;
                } else {
                    self.out.push_str(line);
                }
            }
            State::Text => self.text_line(line, trimmed, at),
        }
    }

    fn text_line(&mut self, line: &str, trimmed: &str, at: usize) {
        if let Some(lang) = highlighted(trimmed) {
            put_padded(&mut self.out, &format!("{}```{lang}", &line[..line.len() - trimmed.len()]), line);
            self.state = State::Highlight;
        } else if let Some((mark, length)) = fence_mark(super::text::skip_list_marker(trimmed)) {
            self.state = State::Fence(mark, length);
            self.out.push_str(line);
        } else if trimmed.starts_with('<') && !trimmed.starts_with("<!--") && is_transparent(trimmed) {
            let start = at + line.len() - trimmed.len();
            if trimmed.starts_with("<details") {
                self.open_details = self.open_details.or(Some(start));
            } else if trimmed.starts_with("</details")
                && let Some(open) = self.open_details.take()
            {
                self.folded.push(open..start);
            }
            if trimmed.contains('>') {
                self.take_command(trimmed, start);
                put_words(&mut self.out, line);
            } else {
                blank(&mut self.out, line);
                self.state = State::Tag { start, seen: trimmed.to_owned() };
            }
        } else if let Some(level) = html_heading(trimmed) {
            put_heading(&mut self.out, line, level);
        } else if is_import(line) {
            blank(&mut self.out, line);
        } else if let Some(open) = line.rfind("<!--").filter(|open| !line[*open..].contains("-->"))
            && !line[..open].trim().is_empty()
        {
            self.out.push_str(&line[..open]);
            blank(&mut self.out, &line[open..]);
            self.state = State::Comment;
        } else {
            self.out.push_str(line);
        }
    }

    /// A component's `command="…"` is a command.
    fn take_command(&mut self, tag: &str, start: usize) {
        let Some(text) = ["command=", "cmd="].iter().find_map(|key| attribute(tag, key)) else {
            return;
        };
        let line = self.lines.line(start);
        let span = start..start + tag.trim_end().len();
        let indent = start - self.lines.start(line);
        self.taken.push(taken(
            span,
            line,
            indent,
            Code { form: Form::Attribute, info: attribute(tag, "shell=").unwrap_or_default(), text, text_line: line },
        ));
    }
}

/// A block outside the parser. Its depth is settled when it is put between the others: 1 if indented.
fn taken(span: Span, line: u32, indent: usize, code: Code) -> Piece {
    Piece {
        kind: Kind::Code(Box::new(code)),
        line,
        span,
        depth: u16::from(indent > 1),
        is_quoted: false,
        inline: Inline::default(),
    }
}

fn attribute(tag: &str, key: &str) -> Option<String> {
    let at = tag
        .find(&format!(" {key}"))
        .or_else(|| tag.find(&format!("\n{key}")))
        .or_else(|| tag.find(&format!("\t{key}")))?;
    let value = tag[at + 1 + key.len()..].trim_start_matches('{');
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let value = &value[1..];
    let end = value.find(quote)?;
    Some(value[..end].replace("&quot;", "\"").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">"))
}

/// Tags around Markdown: components, and HTML that only folds or places.
const FOLDING: [&str; 8] = ["details", "summary", "div", "center", "section", "article", "p", "span"];

fn is_transparent(trimmed: &str) -> bool {
    let name = trimmed[1..].trim_start_matches('/');
    let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c))).unwrap_or(name.len());
    let name = &name[..end];
    let rest = trimmed.trim_end();
    let component = name.starts_with(|c: char| c.is_ascii_uppercase())
        && !name.chars().all(|c| c.is_ascii_uppercase() || c == '_' || c == '-' || c.is_ascii_digit());
    // `<Name> is prose` begins no component; a closing `>` or an unfinished tag does.
    (component && (rest.ends_with('>') || !rest.contains('>')) || FOLDING.contains(&name) && rest.ends_with('>'))
        && !name.is_empty()
}

fn is_import(line: &str) -> bool {
    (line.starts_with("import ") || line.starts_with("export "))
        && (line.contains(" from \"")
            || line.contains(" from '")
            || line.starts_with("import \"")
            || line.starts_with("import '"))
}

/// The words between the tags of a line, moved to its beginning so that they are no indented code.
fn put_words(out: &mut String, line: &str) {
    let body = line.strip_suffix('\n').unwrap_or(line);
    put_padded(out, words_between_tags(body).trim(), line);
}

fn words_between_tags(body: &str) -> String {
    let mut words = String::new();
    let mut rest = body;
    while let Some(open) = rest.find('<') {
        words.push_str(&rest[..open]);
        rest = rest[open..].find('>').map_or("", |close| &rest[open + close + 1..]);
    }
    words.push_str(rest);
    words
}

/// Something shorter in place of a line.
fn put_padded(out: &mut String, text: &str, line: &str) {
    let body = line.strip_suffix('\n').unwrap_or(line);
    out.push_str(text);
    out.extend(std::iter::repeat_n(' ', body.len() - text.len()));
    out.push_str(&line[body.len()..]);
}

/// How Jekyll and Hugo write a fence: `{% highlight bash %}`, `{{< highlight bash >}}`.
const HIGHLIGHTS: [&str; 2] = ["{% highlight ", "{{< highlight "];
const HIGHLIGHT_ENDS: [&str; 2] = ["{% endhighlight", "{{< /highlight"];

/// The language of a line that begins such a fence.
fn highlighted(trimmed: &str) -> Option<&str> {
    let inner = HIGHLIGHTS.iter().find_map(|begin| trimmed.strip_prefix(begin))?;
    let lang = inner.split_whitespace().next()?.trim_matches('"');
    lang.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_+".contains(&byte)).then_some(lang)
}

/// The level of a heading that a line writes as HTML: `<h1 align="center">Moving the server</h1>`.
fn html_heading(trimmed: &str) -> Option<usize> {
    let line = trimmed.trim_end();
    let digit = line.strip_prefix("<h").or_else(|| line.strip_prefix("<H"))?.chars().next()?;
    let level = digit.to_digit(10).filter(|level| (1..=6).contains(level))?;
    let is_tag = line[3..].starts_with([' ', '>']);
    let end = line.len().checked_sub("</h1>".len())?;
    let is_closed = line.get(end..).is_some_and(|end| end.eq_ignore_ascii_case(&format!("</h{level}>")));
    let has_words = || !words_between_tags(line).trim().is_empty();
    (is_tag && is_closed && has_words()).then_some(usize::try_from(level).unwrap_or(1))
}

/// An HTML heading as Markdown writes it, which is always shorter.
fn put_heading(out: &mut String, line: &str, level: usize) {
    let words = words_between_tags(line.trim_end());
    put_padded(out, &format!("{} {}", "#".repeat(level), words.trim()), line);
}

/// Whether CommonMark left a fence that does not end with its own marks, or holds nothing.
#[must_use]
pub fn has_broken_fence(text: &str, pieces: &[Piece]) -> bool {
    pieces.iter().any(|piece| match &piece.kind {
        Kind::Code(code) if code.form == Form::Fence && !piece.is_quoted => {
            code.text.is_empty()
                || !is_closed(&text[piece.span.clone()])
                || holds_glued_marks(&text[piece.span.clone()])
        }
        Kind::Code(_)
        | Kind::Heading(_)
        | Kind::Paragraph
        | Kind::Item(_)
        | Kind::Table(_)
        | Kind::Rule
        | Kind::Html => false,
    })
}

/// Whether a closed fence holds a line of code that ends with its own marks: they were meant to close it.
fn holds_glued_marks(source: &str) -> bool {
    let (first, rest) = source.split_once('\n').unwrap_or((source, ""));
    let Some((mark, width)) = fence_mark(first.trim_start()) else {
        return false;
    };
    let code = rest.trim_end().rsplit_once('\n').map_or("", |(code, _)| code);
    memchr::memchr(mark, code.as_bytes()).is_some() && code.lines().any(|row| glued_marks(row, mark, width).is_some())
}

/// Where the marks begin that stand right behind code at the end of a row.
fn glued_marks(row: &str, mark: u8, least: usize) -> Option<usize> {
    let body = row.trim_end();
    let width = body.bytes().rev().take_while(|byte| *byte == mark).count();
    let code = &body[..body.len() - width];
    let is_glued = width >= least && !code.trim().is_empty() && !code.ends_with(char::is_whitespace);
    (is_glued && !code.contains("```") && !code.contains("~~~")).then_some(code.len())
}

fn is_closed(source: &str) -> bool {
    let mut rows = source.trim_end().lines();
    let first = rows.next().unwrap_or("").trim_start();
    let last = rows.next_back().unwrap_or("").trim();
    match (fence_mark(first), fence_mark(last)) {
        (Some((mark, width)), Some((end_mark, length))) => {
            mark == end_mark && length >= width && last[length..].is_empty()
        }
        _ => false,
    }
}

/// Takes all fences out of the shadow, paired by their marks whatever their indentation, and keeps them as blocks.
#[must_use]
pub fn take_fences<'t>(text: &str, shadow: Shadow<'t>, lines: &Lines, findings: &mut Findings) -> Shadow<'t> {
    let rows: Vec<&str> = shadow.text.split_inclusive('\n').collect();
    let mut taken_out = shadow.taken;
    let mut out = String::with_capacity(text.len());
    // Marks that were looked for in vain: nothing after here closes a fence of that kind and length.
    let mut never: [usize; 2] = [usize::MAX; 2];
    let (mut row, mut at) = (0, 0);
    while row < rows.len() {
        let line = rows[row];
        let body = super::text::skip_list_marker(line.trim_start());
        let Some((mark, length)) = fence_mark(body) else {
            out.push_str(line);
            at += line.len();
            row += 1;
            continue;
        };
        let start = at + line.len() - body.len();
        let open_row = row;
        let kind = usize::from(mark == b'~');
        let close = if length >= never[kind] { None } else { closing(&rows, row + 1, mark, length) };
        let end_row = close.unwrap_or_else(|| {
            never[kind] = never[kind].min(length);
            let message = "a fence is opened and never closed";
            findings
                .warning("unclosed-fence", message, start..start + body.trim_end().len())
                .hint("close it with the same marks on a line of their own");
            cut(&rows, row + 1)
        });
        let stop = end_row + usize::from(close.is_some());
        let length_of = |rows: &[&str]| rows.iter().map(|row| row.len()).sum::<usize>();
        let code_start = at + line.len();
        // Of a row that ends with the marks the beginning is code.
        let glued = close.and_then(|row| glued_marks(rows[row], mark, length)).unwrap_or(0);
        let code_end = code_start + length_of(&rows[open_row + 1..end_row]) + glued;
        let end = code_start + length_of(&rows[open_row + 1..stop]);
        let indent = line.len() - line.trim_start().len();
        let line_number = lines.line(start);
        let code = Code {
            form: Form::Fence,
            info: body[length..].trim().to_owned(),
            text: dedented(&text[code_start..code_end], indent),
            text_line: line_number + 1,
        };
        let span = start..start + text[start..end].trim_end().len();
        taken_out.push(taken(span, line_number, start - lines.start(line_number), code));
        out.push_str(&line[..line.len() - body.len()]);
        blank(&mut out, &text[start..end]);
        at = end;
        row = stop.max(open_row + 1);
    }
    taken_out.sort_by_key(|piece| piece.span.start);
    Shadow { text: Cow::Owned(out), taken: taken_out, folded: shadow.folded }
}

fn closing(rows: &[&str], from: usize, mark: u8, least: usize) -> Option<usize> {
    (from..rows.len()).find(|row| {
        let trimmed = rows[*row].trim();
        fence_mark(trimmed)
            .is_some_and(|(other, length)| other == mark && length >= least && trimmed[length..].is_empty())
            || glued_marks(rows[*row], mark, least).is_some()
    })
}

/// An unclosed fence ends at the next blank line that an ATX heading follows, or where another fence names its language;
/// else at the end.
fn cut(rows: &[&str], from: usize) -> usize {
    (from..rows.len())
        .find(|row| {
            rows[*row].trim().is_empty() && rows.get(*row + 1).is_some_and(|next| is_atx(next)) || opens(rows[*row])
        })
        .unwrap_or(rows.len())
}

/// Whether a line opens a fence for certain: marks with a word behind them.
fn opens(row: &str) -> bool {
    let trimmed = row.trim();
    fence_mark(trimmed).is_some_and(|(_, length)| !trimmed[length..].trim().is_empty())
}

fn is_atx(row: &str) -> bool {
    let marks = row.bytes().take_while(|byte| *byte == b'#').count();
    (1..=6).contains(&marks) && row[marks..].starts_with(' ')
}

fn dedented(code: &str, indent: usize) -> String {
    code.split_inclusive('\n')
        .map(|line| {
            let blanks = line.bytes().take(indent).take_while(|byte| *byte == b' ' || *byte == b'\t').count();
            &line[blanks..]
        })
        .collect()
}

/// Puts the blocks that were taken out back between the others.
#[must_use]
pub fn merge(pieces: Vec<Piece>, taken: Vec<Piece>) -> Vec<Piece> {
    if taken.is_empty() {
        return pieces;
    }
    let mut merged = Vec::with_capacity(pieces.len() + taken.len());
    let mut taken = taken.into_iter().peekable();
    for piece in pieces {
        while let Some(before) = taken.next_if(|before| before.span.start < piece.span.start) {
            push_taken(&mut merged, before);
        }
        merged.push(piece);
    }
    for piece in taken {
        push_taken(&mut merged, piece);
    }
    merged
}

fn push_taken(merged: &mut Vec<Piece>, mut piece: Piece) {
    if piece.depth > 0 {
        piece.depth = merged.last().map_or(0, |last| last.depth);
    }
    merged.push(piece);
}

/// What is folded away explains; it is no step of its own, unless it holds whole sections.
pub fn quote_folded(pieces: &mut [Piece], folded: &[Span]) {
    for fold in folded {
        let start = pieces.partition_point(|piece| piece.span.start < fold.start);
        let end = pieces.partition_point(|piece| piece.span.start < fold.end);
        if !pieces[start..end].iter().any(|piece| matches!(piece.kind, Kind::Heading(_))) {
            pieces[start..end].iter_mut().for_each(|piece| piece.is_quoted = true);
        }
    }
}

/// Indented code that is nothing but a fence is one.
pub fn unwrap_indented(pieces: &mut [Piece]) {
    for piece in pieces {
        let Kind::Code(code) = &mut piece.kind else {
            continue;
        };
        if code.form != Form::Indented {
            continue;
        }
        let trimmed = code.text.trim_end();
        let (first, rest) = trimmed.split_once('\n').unwrap_or((trimmed, ""));
        let (inner, last) = rest.rsplit_once('\n').unwrap_or(("", rest));
        let (Some((begin, width)), Some((finish, length))) = (fence_mark(first.trim_start()), fence_mark(last.trim()))
        else {
            continue;
        };
        if begin != finish || length < width || !last.trim()[length..].is_empty() {
            continue;
        }
        let indent = first.len() - first.trim_start().len();
        let mut text = dedented(inner, indent);
        if !text.is_empty() {
            text.push('\n');
        }
        **code = Code {
            form: Form::Fence,
            info: first.trim_start()[width..].trim().to_owned(),
            text,
            text_line: code.text_line + 1,
        };
    }
}
