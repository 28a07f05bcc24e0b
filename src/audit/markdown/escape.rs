//! What keeps foreign text from acting as Markdown: escapes, table cells, code spans and fences nothing breaks out of.

use crate::audit::text;

/// One line of foreign text anywhere but in a table.
#[must_use]
pub fn plain(foreign: &str) -> String {
    let line = text::inline(foreign);
    let line = line.trim();
    let mut escaped = String::with_capacity(line.len() + 8);
    for c in line.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '$') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    // At its beginning a line can also turn into a heading, a rule or a list.
    let digits = escaped.bytes().take_while(u8::is_ascii_digit).count();
    match escaped.as_bytes().get(digits) {
        Some(b'#' | b'-' | b'+' | b'=' | b':') if digits == 0 => escaped.insert(0, '\\'),
        Some(b'.' | b')') if digits > 0 && matches!(escaped.as_bytes().get(digits + 1), None | Some(b' ')) => {
            escaped.insert(digits, '\\');
        }
        Some(_) | None => {}
    }
    escaped
}

/// A code span; its fence is longer than any run of backticks inside (`CommonMark` 6.1).
#[must_use]
pub fn code(foreign: &str) -> String {
    let line = text::inline(foreign);
    if line.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&line) + 1);
    let pad = if line.starts_with(['`', ' ']) || line.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{line}{pad}{fence}")
}

/// A code span in a table, where a bar would end the cell even inside code (GFM 4.10).
#[must_use]
pub fn code_cell(foreign: &str) -> String {
    code(foreign).replace('|', "\\|")
}

/// A fenced block whose fence is longer than any run of backticks inside (`CommonMark` 4.5). `body` is already escaped.
#[must_use]
pub fn fenced(info: &str, body: &str) -> String {
    let fence = "`".repeat(longest_run(body).max(2) + 1);
    let end = if body.is_empty() || body.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{info}\n{body}{end}{fence}\n")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    fn tags(markdown: &str) -> Vec<Tag<'_>> {
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
        Parser::new_ext(markdown, options)
            .filter_map(|event| match event {
                Event::Start(tag) => Some(tag),
                Event::Html(html) | Event::InlineHtml(html) => panic!("HTML: {html}"),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn foreign_text_stays_text() {
        let evil = [
            "# heading",
            "- item",
            "1. one",
            "12) x",
            "+ x",
            "=== x",
            "*a* _b_ ~~c~~",
            "[x](http://a)",
            "![i](u)",
            "<b>x</b>",
            "&lt;",
            "a|b",
            "`code`",
            "\\*a\\*",
            "> quote",
            "---",
            "<!-- x",
            "line\n# two",
            "[x]: y",
            "* * *",
        ];
        for text in evil {
            assert_eq!(tags(&plain(text)), [Tag::Paragraph], "{text:?} → {}", plain(text));
            assert_eq!(tags(&format!("| a |\n|---|\n| {} |\n", plain(text))).len(), 5, "{text:?} in a table");
        }
    }

    #[test]
    fn nothing_breaks_out_of_code() {
        for text in ["`", "``` ```", "a`b``c", " x ", "a|b", "``````"] {
            let (code, cell) = (code(text), format!("| a |\n|---|\n| {} |\n", code_cell(text)));
            let inside: Vec<Event<'_>> = Parser::new(&code).filter(|event| matches!(event, Event::Code(_))).collect();
            assert_eq!(inside, [Event::Code(text.into())], "{code}");
            assert_eq!(tags(&cell).len(), 5, "{cell}");
        }
        let body = "```\n# out\n`````\n</pre>\n";
        let block = fenced("text", body);
        assert_eq!(tags(&block).len(), 1, "{block}");
        assert!(block.starts_with("``````text\n"), "{block}");
    }
}
