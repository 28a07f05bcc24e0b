//! Text copied from a rendered page: no Markdown is left, so lines are read by what they look like.
//!
//! Confidence is low and nothing here tries to hide it: commands are taken one line at a time, and whatever may be
//! the content of a file, a table, an answer to a prompt or a hidden mail address is text. What comes out are blocks
//! as the Markdown parser would make them, so that all later passes are the same.

mod line;

use super::blocks::{Code, Kind, Piece};
use super::inline::Inline;
use super::lines::Lines;
use super::{roles, verbs};
use crate::runbook::{Form, Role, Span};
use line::{Look, Spacing};
use std::collections::{HashMap, HashSet};

/// Stands for a language where lines of a scraped page are no commands.
pub const SCRAPED: &str = "scraped";

/// More lines than this without a heading or a fence are no Markdown.
const FEW_LINES: u32 = 40;

/// Whether a document must be read as a page scrape.
#[must_use]
pub fn is_scrape(text: &str, lines: &Lines, pieces: &[Piece]) -> bool {
    let has_boxes = || {
        pieces.iter().any(|piece| {
            matches!(piece.kind, Kind::Item(_)) && super::title::split_box(piece.inline.first_line()).1.is_some()
        })
    };
    // What is copied from a page has no tags; a page itself is nothing but tags.
    let is_page = || {
        let head = text.trim_start().get(..5).unwrap_or_default();
        head.eq_ignore_ascii_case("<!doc") || head.eq_ignore_ascii_case("<html")
    };
    let is_tag = |piece: &Piece| matches!(piece.kind, Kind::Heading(_)) && text[piece.span.clone()].starts_with('<');
    let has_tags = || pieces.iter().any(is_tag) && !is_page();
    lines.count(text) > FEW_LINES
        && !has_markup(text)
        && !has_boxes()
        && !has_tags()
        && super::bold_headings::lettered(pieces).is_empty()
}

/// A fence, a heading of a deeper level, or one of the first level between blank lines, also one underlined with equals
/// signs. `# words` right above code is a comment of the code.
fn has_markup(text: &str) -> bool {
    let mut before_is_blank = true;
    let mut title_may_stand_above = false;
    let mut rows = text.lines().peekable();
    while let Some(row) = rows.next() {
        let is_underline = row.len() > 2 && row.bytes().all(|byte| byte == b'=');
        let marks = row.bytes().take_while(|byte| *byte == b'#').count();
        let is_heading = (1..=6).contains(&marks) && row[marks..].starts_with(' ');
        let next_is_blank = rows.peek().is_none_or(|next| next.trim().is_empty());
        if (is_heading && (marks > 1 || (before_is_blank && next_is_blank)))
            || is_underline && title_may_stand_above && next_is_blank
            || super::blocks::fence_mark(row.trim_start()).is_some()
        {
            return true;
        }
        title_may_stand_above = before_is_blank && !row.trim().is_empty();
        before_is_blank = row.trim().is_empty();
    }
    false
}

/// Blocks of a scraped page.
#[must_use]
pub fn blocks(text: &str, lines: &Lines) -> Vec<Piece> {
    let rows = line::rows(text, lines);
    let counts = count(&rows);
    let levels = levels(&rows, &counts);
    let mut builder = Builder { rows: &rows, levels: &levels, pieces: Vec::new(), checklist: Checklist::default() };
    builder.build();
    builder.pieces
}

fn count<'t>(rows: &[line::Row<'t>]) -> HashMap<&'t str, u32> {
    let mut counts = HashMap::new();
    for row in rows.iter().filter(|row| row.look == Look::Title) {
        *counts.entry(row.text).or_insert(0) += 1;
    }
    counts
}

/// The level of every title line; 0 for lines that are none.
fn levels(rows: &[line::Row<'_>], counts: &HashMap<&str, u32>) -> Vec<u8> {
    let contents = contents(rows, counts);
    let listed: HashSet<&str> = contents.iter().map(|at| rows[*at].text).collect();
    let in_contents: HashSet<usize> = contents.into_iter().collect();
    // Where titles stand between blank lines, words in the middle of a paragraph are none.
    let all = || rows.iter().filter(|row| row.look == Look::Title);
    let is_spaced = all().filter(|row| row.spacing == Spacing::Apart).count() * 2 > all().count();
    let stands = |row: &line::Row<'_>| row.spacing == Spacing::Apart || !is_spaced;
    let titles: Vec<usize> = (0..rows.len())
        .filter(|at| rows[*at].look == Look::Title && !in_contents.contains(at) && stands(&rows[*at]))
        .collect();
    let next_is_title = |at: usize| titles.binary_search(&(at + 1)).is_ok() && !rows[at].is_numbered;
    let is_named = |at: usize| listed.contains(rows[at].text) || is_phase_by_role(rows, at);
    let has_parents = titles
        .iter()
        .skip(1)
        .any(|at| next_is_title(*at) && !rows[at + 1].is_numbered && !verbs::is_order(rows[at + 1].text));
    let mut levels = vec![0; rows.len()];
    for (nth, at) in titles.iter().copied().enumerate() {
        let row = &rows[at];
        levels[at] = if nth == 0 && is_document_title(row, at, rows) {
            1
        } else if row.is_numbered {
            4
        } else if is_named(at) {
            2
        } else if verbs::is_order(row.text) && row.spacing == Spacing::Tight && !next_is_title(at) {
            4
        } else if next_is_title(at) || leads_to_orders(rows, at) || (!has_parents && row.spacing == Spacing::Apart) {
            2
        } else {
            3
        };
    }
    let demoted = demote_followers(rows, &mut levels);
    demote_siblings(rows, &demoted, |at| next_is_title(at) || is_named(at), &mut levels);
    fold_alike(rows, &mut levels);
    levels
}

/// Of several titles in a row the first holds the others. Returns which those are.
fn demote_followers(rows: &[line::Row<'_>], levels: &mut [u8]) -> HashSet<usize> {
    let mut demoted = HashSet::new();
    for at in 1..levels.len() {
        let follows = levels[at - 1] == 2 && levels[at] == 2 && !is_phase_by_role(rows, at);
        if follows {
            levels[at] = 3;
            demoted.insert(at);
        }
    }
    demoted
}

/// What looks like the first title inside another one, and is not marked as a section in its own right, stands beside it.
fn demote_siblings(
    rows: &[line::Row<'_>],
    demoted: &HashSet<usize>,
    is_marked: impl Fn(usize) -> bool,
    levels: &mut [u8],
) {
    let mut is_within = false;
    for at in 0..levels.len() {
        if demoted.contains(&at) {
            is_within |= leads_to_orders(rows, at) && rows[at + 1].look != Look::Title;
        } else if levels[at] == 2 {
            is_within &= !is_marked(at) && leads_to_orders(rows, at);
            if is_within {
                levels[at] = 3;
            }
        }
    }
}

/// A section that is at hand holds what follows of its kind: *Health monitoring* below *Monitoring*, and whatever is no part
/// of the walk below *Getting help*.
fn fold_alike(rows: &[line::Row<'_>], levels: &mut [u8]) {
    let role_of = |at: usize| roles::by_title(rows[at].text).map(|reason| reason.role).filter(|role| !role.is_walked());
    let mut around: Option<usize> = None;
    for (at, level) in levels.iter_mut().enumerate().filter(|(_, level)| **level == 2) {
        let is_alike = around.zip(role_of(at)).is_some_and(|(outer, role)| {
            let helps = super::text::has_any(&rows[outer].text.to_lowercase(), &["help", "support", "community"]);
            is_phase_by_role(rows, at) && (role_of(outer) == Some(role) || helps.is_some())
        });
        if is_alike {
            *level = 3;
        } else {
            around = Some(at);
        }
    }
}

/// A run of titles that all come again later is a table of contents.
fn contents(rows: &[line::Row<'_>], counts: &HashMap<&str, u32>) -> Vec<usize> {
    let again = |at: usize| rows[at].look == Look::Title && counts.get(rows[at].text).is_some_and(|count| *count > 1);
    let head = rows.len().min(60);
    let mut at = 0;
    while at < head {
        let mut seen = HashSet::new();
        let run = (at..rows.len()).take_while(|at| again(*at) && seen.insert(rows[*at].text)).count();
        if run >= 2 {
            return (at..at + run).collect();
        }
        at += run.max(1);
    }
    Vec::new()
}

/// The first title is the document's when it is more than a word like *Overview*.
fn is_document_title(row: &line::Row<'_>, at: usize, rows: &[line::Row<'_>]) -> bool {
    !row.is_numbered
        && at < 8
        && row.text.split_whitespace().count() > 1
        && rows[..at].iter().all(|before| before.look != Look::Command)
}

/// Some titles name parts of a document whatever stands around them.
fn is_phase_by_role(rows: &[line::Row<'_>], at: usize) -> bool {
    let title = rows[at].text;
    let words = title.split_whitespace().count();
    roles::by_title(title).is_some_and(|reason| match reason.role {
        Role::Prep | Role::Rollback => true,
        Role::Trouble => !is_card(rows, at),
        Role::Reference => words > 1 || ["overview", "introduction"].contains(&title.to_lowercase().as_str()),
        Role::Ongoing | Role::Post | Role::Signoff => words > 1 && !is_card(rows, at),
        Role::Verify | Role::Template | Role::Forward => false,
    })
}

/// A card of the page: a title with nothing below it, or with a single sentence, and then another title.
fn is_card(rows: &[line::Row<'_>], at: usize) -> bool {
    let is_title = |at: usize| rows.get(at).is_none_or(|row| row.look == Look::Title && !row.is_numbered);
    let is_sentence = rows.get(at + 1).is_some_and(|row| row.look == Look::Prose && !row.text.ends_with(':'));
    is_title(at + 1) || is_sentence && is_title(at + 2)
}

/// A title above a sentence or two and then a title that orders something, or a numbered one.
fn leads_to_orders(rows: &[line::Row<'_>], at: usize) -> bool {
    let rest = &rows[at + 1..rows.len().min(at + 4)];
    let prose = rest.iter().take_while(|row| row.look == Look::Prose).count();
    rest.get(prose).is_some_and(|row| row.look == Look::Title && (row.is_numbered || verbs::is_order(row.text)))
        && !rows[at].is_numbered
        && !verbs::is_order(rows[at].text)
}

/// Whether bullets are boxes that lost their drawing.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Checklist {
    #[default]
    No,
    Section,
    Document,
}

struct Builder<'r, 't> {
    rows: &'r [line::Row<'t>],
    levels: &'r [u8],
    pieces: Vec<Piece>,
    checklist: Checklist,
}

impl Builder<'_, '_> {
    fn build(&mut self) {
        for (at, row) in self.rows.iter().enumerate() {
            match row.look {
                Look::Title if self.levels[at] > 0 => self.heading(at),
                Look::Title => self.push(at, Kind::Paragraph, row.text, 0).is_quoted = true,
                Look::Chrome => {}
                Look::Prose => {
                    let is_sentence = row.text.ends_with(['.', '!']);
                    self.push(at, Kind::Paragraph, row.text, 0).is_quoted = !is_sentence;
                }
                Look::Comment => {
                    self.push(at, Kind::Paragraph, row.text.trim_start_matches(['#', ' ']), 0).is_quoted = true;
                }
                Look::Bullet => {
                    let words =
                        super::text::skip_list_marker(row.text.trim_start_matches(['•', '–', '·', '◦', ' ', '\t']));
                    let text = if self.checklist == Checklist::No { words.to_owned() } else { format!("[ ] {words}") };
                    self.push(at, Kind::Item(None), &text, 1);
                }
                Look::Command => self.code(at, ""),
                Look::Config => self.code(at, SCRAPED),
            }
        }
    }

    fn heading(&mut self, at: usize) {
        let title = self.rows[at].text;
        let level = self.levels[at];
        let says = super::text::has_any(
            &title.to_lowercase(),
            &["checklist", "check list", "checkliste", "清单", "チェックリスト"],
        )
        .is_some();
        if says {
            self.checklist = if level == 1 { Checklist::Document } else { Checklist::Section };
        } else if level == 2 && self.checklist == Checklist::Section {
            self.checklist = Checklist::No;
        }
        self.push(at, Kind::Heading(level), title, 0);
    }

    /// Lines of a file are one block; commands are one each.
    fn code(&mut self, at: usize, lang: &str) {
        let row = &self.rows[at];
        if !lang.is_empty()
            && let Some(last) = self.pieces.last_mut()
            && let Kind::Code(code) = &mut last.kind
            && code.info == lang
        {
            code.text.push_str(row.text);
            code.text.push('\n');
            last.span.end = row.span.end;
            return;
        }
        let code =
            Code { form: Form::Line, info: lang.to_owned(), text: format!("{}\n", row.text), text_line: row.line };
        self.push(at, Kind::Code(Box::new(code)), "", 0);
    }

    fn push(&mut self, at: usize, kind: Kind, text: &str, depth: u16) -> &mut Piece {
        let row = &self.rows[at];
        let inline = Inline { text: text.to_owned(), ..Inline::default() };
        let span: Span = row.span.clone();
        self.pieces.push(Piece { kind, line: row.line, span, depth, is_quoted: false, inline });
        self.pieces.last_mut().expect("a piece was just pushed")
    }
}
