//! Prose as the author wrote it: Markdown source, dedented, in whole blocks.

use super::inline::Inline;
use super::lines::Lines;
use crate::runbook::{Block, Quote, Span};

/// The source of a block, without the indentation of its first line. A block quote keeps its marks.
#[must_use]
pub fn quote(text: &str, lines: &Lines, span: Span) -> Quote {
    let start = quoted_start(text, lines, span.start);
    let line = lines.line(start);
    let indent = text[lines.start(line)..start].chars().count();
    let source = without_empty_marks(&text[start..span.end]);
    let mut dedented = String::with_capacity(source.len());
    for (at, row) in source.split('\n').enumerate() {
        if at > 0 {
            dedented.push('\n');
        }
        dedented.push_str(if at == 0 { row } else { dedent(row, indent) });
    }
    Quote { line, text: dedented }
}

/// Where the quote around a block begins, as far as it belongs to this block: at the mark on its first line, and before
/// that at an alert's label (`> [!WARNING]`) or at empty lines of the same quote. Without a quote: where the block begins.
fn quoted_start(text: &str, lines: &Lines, start: usize) -> usize {
    let mut line = lines.line(start);
    let opening = &text[lines.start(line)..start];
    let is_container = |c: char| c.is_whitespace() || c.is_ascii_digit() || ">.)-*+".contains(c);
    let Some(mark) = opening.find('>').filter(|_| opening.chars().all(is_container)) else {
        return start;
    };
    let mut begin = lines.start(line) + mark;
    while line > 1 {
        let above = &text[lines.start(line - 1)..lines.start(line)];
        let said = above.trim_start_matches([' ', '\t', '>']).trim_end();
        let is_alert = said.starts_with("[!") && said.ends_with(']');
        let Some(mark) = above.find('>').filter(|_| said.is_empty() || is_alert) else {
            break;
        };
        line -= 1;
        begin = lines.start(line) + mark;
    }
    begin
}

/// Without blank lines and empty lines of a quote at the end: those belong to what follows.
fn without_empty_marks(source: &str) -> &str {
    let mut source = source.trim_end();
    while let Some((before, last)) = source.rsplit_once('\n')
        && last.chars().all(|c| c == '>' || c.is_whitespace())
    {
        source = before.trim_end();
    }
    source
}

/// The words of a line in a block quote; those of an alert's label say nothing of their own.
#[must_use]
pub fn unquoted(row: &str) -> &str {
    let words = row.trim_start_matches([' ', '>']);
    if words.starts_with("[!") && row.trim_start().starts_with('>') { "" } else { words }
}

fn dedent(row: &str, most: usize) -> &str {
    let blank = row.bytes().take(most).take_while(|byte| *byte == b' ' || *byte == b'\t').count();
    row[blank..].trim_end()
}

/// Adds prose to a step; what follows other prose directly is joined with it.
pub fn push(blocks: &mut Vec<Block>, quote: Quote) {
    if quote.text.trim().is_empty() {
        return;
    }
    if let Some(Block::Prose(last)) = blocks.last_mut() {
        last.text.push_str(if follows_directly(last, &quote) { "\n" } else { "\n\n" });
        last.text.push_str(&quote.text);
        return;
    }
    put(blocks, Block::Prose(quote));
}

/// Adds a block. Most steps hold two at most, and a vector would begin with room for four.
pub fn put(blocks: &mut Vec<Block>, block: Block) {
    if blocks.len() < 2 {
        blocks.reserve_exact(1);
    }
    blocks.push(block);
}

/// Whether no blank line stands between two pieces of prose. Counting the lines of an ever longer text would take the
/// square of its length, so behind a very long one a blank line is taken for granted.
fn follows_directly(last: &Quote, next: &Quote) -> bool {
    const COUNTED: usize = 64 << 10;
    last.text.len() < COUNTED && {
        let lines = u32::try_from(last.text.matches('\n').count()).unwrap_or(u32::MAX);
        next.line <= last.line.saturating_add(lines).saturating_add(1)
    }
}

/// What an item says besides its title: the note behind a bold title, further lines, and where its links lead.
#[must_use]
pub fn behind_title(inline: &Inline, note: String) -> String {
    let text = inline.begin();
    let further = memchr::memchr(b'\n', text.as_bytes()).map_or("", |at| text[at..].trim());
    let mut said = note;
    for (joint, more) in [("\n", further), ("\n\n", &inline.links().join(" · "))] {
        if !said.is_empty() && !more.is_empty() {
            said.push_str(joint);
        }
        said.push_str(more);
    }
    said
}

/// The lines of a paragraph, each alone, so that labels on them can be read.
#[must_use]
pub fn label_lines(inline: &Inline) -> Vec<Inline> {
    let mut start = 0;
    inline
        .text
        .split('\n')
        .map(|line| {
            let bold = if start == 0 { inline.bold.min(line.len()) } else { 0 };
            start += line.len() + 1;
            Inline { text: line.to_owned(), bold, ..Inline::default() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::runbook::read::read;
    use crate::runbook::{Block, Step};

    /// The prose of every step, in order; `▶` stands for a command.
    fn shown(source: &str) -> String {
        fn tell(steps: &[Step], out: &mut Vec<String>) {
            for step in steps {
                out.push(format!("= {}", step.title));
                out.extend(step.blocks.iter().map(|block| match block {
                    Block::Prose(quote) => quote.text.clone(),
                    Block::Command(_) => "▶".to_owned(),
                }));
                tell(&step.steps, out);
            }
        }
        let mut out = Vec::new();
        read("a.md", source.as_bytes()).unwrap().phases.iter().for_each(|phase| tell(&phase.steps, &mut out));
        out.join("\n")
    }

    #[test]
    fn a_quote_keeps_its_marks_and_an_alert_its_label() {
        assert_eq!(
            shown("# A\n## B\n1. Stop it\n\n   > [!WARNING]\n   > It hurts.\n   >\n   > Twice.\n\n2. Start it\n"),
            "= Stop it\n> [!WARNING]\n> It hurts.\n>\n> Twice.\n= Start it"
        );
        assert_eq!(
            shown("# A\n## B\n- [ ] Stop it\n  > one\n  > two\n\n  plain\n"),
            "= Stop it\n> one\n> two\n\nplain"
        );
    }

    #[test]
    fn paragraphs_and_lists_of_one_quote_stay_one_quote() {
        assert_eq!(
            shown("# A\n## B\n- [ ] Stop it\n\n> one\n> - two\n>\n> three\n\nfour\n"),
            "= Stop it\n> one\n> - two\n>\n> three\n\nfour"
        );
    }

    #[test]
    fn a_title_does_not_lose_where_its_links_lead() {
        assert_eq!(
            shown("# A\n## B\n- [ ] Read the [book][b], <https://c.example>\n  and [more](d.md)\n\n[b]: /e (t)\n"),
            "= Read the book, https://c.example\nand more\n\n[book](</e>) · <https://c.example> · [more](<d.md>)"
        );
        assert_eq!(shown("# A\n## B\n### Read [the book](e)\n```sh\nls\n```\n"), "= Read the book\n[the book](<e>)\n▶");
    }

    #[test]
    fn a_table_of_steps_loses_no_column() {
        assert_eq!(
            shown(
                "# A\n## Steps\n| # | Step | Owner | Where |\n|---|---|---|---|\n| 1 | Stop it | ops | [rack](r) |\n"
            ),
            "= Stop it\n**Where:** rack\n\n[rack](<r>)"
        );
    }

    #[test]
    fn prose_stays_in_the_order_of_the_document() {
        assert_eq!(
            shown("# A\n## B\n1. Stop it\n\nThen tell them.\n\n> They know.\n\nAnd wait.\n\n---\n\n2. Start it\n"),
            "= Stop it\nThen tell them.\n\n> They know.\n\nAnd wait.\n= Start it"
        );
    }

    #[test]
    fn bullets_of_a_quote_explain_and_boxes_are_to_be_done() {
        assert_eq!(shown("# A\n## Prepare\n- Stop it\n\n> - no fear\n"), "= Stop it\n> - no fear");
        assert_eq!(shown("# A\n## Prepare\n> - [ ] Stop it\n> - [ ] Start it\n"), "= Stop it\n= Start it");
    }
}
