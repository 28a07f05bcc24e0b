//! Writing Markdown that reads back as the words it was made of (CommonMark 0.31, sections 2.4, 4 and 6).

/// Words as inline Markdown: whatever could be markup is escaped. Lines are left as they are.
#[must_use]
pub fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = None;
    for (at, c) in text.char_indices() {
        let rest = &text[at + c.len_utf8()..];
        let next = rest.chars().next();
        let is_markup = match c {
            '\\' => next.is_some_and(|next| next.is_ascii_punctuation()),
            '`' | '*' | '[' => true,
            '_' => !(before.is_some_and(char::is_alphanumeric) && next.is_some_and(char::is_alphanumeric)),
            '<' => next.is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?')),
            '&' => starts_entity(rest),
            '~' => next == Some('~') || before.is_some_and(|before| !before.is_whitespace()),
            _ => false,
        };
        if is_markup {
            out.push('\\');
        }
        out.push(c);
        before = Some(c);
    }
    out
}

/// `amp;` or `#8212;`: what follows an ampersand that would be an entity.
fn starts_entity(rest: &str) -> bool {
    rest.find(';').is_some_and(|end| {
        let name = rest[..end].strip_prefix('#').unwrap_or(&rest[..end]);
        (1..=31).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// A line of a paragraph whose beginning must not open another block. The line is inline Markdown already.
#[must_use]
pub fn guarded(line: &str) -> String {
    let line = line.trim();
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let ends_marker = |at: usize| line[at..].is_empty() || line[at..].starts_with([' ', '\t']);
    if (1..=9).contains(&digits) && line[digits..].starts_with(['.', ')']) && ends_marker(digits + 1) {
        return format!("{}\\{}", &line[..digits], &line[digits..]);
    }
    let hashes = line.bytes().take_while(|byte| *byte == b'#').count();
    let first = line.chars().next().unwrap_or(' ');
    let opens = match first {
        '#' => hashes <= 6 && ends_marker(hashes),
        '>' | '|' => true,
        '-' | '+' => ends_marker(1) || line.bytes().all(|byte| byte == line.as_bytes()[0] || byte == b' '),
        '=' => line.bytes().all(|byte| byte == b'='),
        ':' => line.starts_with(":::"),
        '~' => line.starts_with("~~~"),
        _ => false,
    } || line.starts_with("+++")
        || line.starts_with("---");
    if opens { format!("\\{line}") } else { line.to_owned() }
}

/// A paragraph: inline Markdown whose lines are guarded, without blank ones.
#[must_use]
pub fn paragraph(inline: &str) -> String {
    let lines: Vec<String> = inline.lines().filter(|line| !line.trim().is_empty()).map(guarded).collect();
    lines.join("\n")
}

/// A fenced block whose marks are longer than any run of them in the code.
#[must_use]
pub fn fence(info: &str, code: &str) -> String {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let marks = "`".repeat(longest.max(2) + 1);
    let code = code.trim_end_matches(['\n', ' ', '\t']);
    let end = if code.is_empty() { "" } else { "\n" };
    format!("{marks}{info}\n{code}{end}{marks}")
}

/// Inline code; the delimiter is longer than any run of backticks in it.
#[must_use]
pub fn code(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return text;
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let marks = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{marks}{pad}{text}{pad}{marks}")
}

/// Lines below the first, and the first, moved to the right; blank lines stay blank.
#[must_use]
pub fn indented(block: &str, width: usize) -> String {
    let indent = " ".repeat(width);
    let lines: Vec<String> =
        block.split('\n').map(|line| if line.is_empty() { String::new() } else { format!("{indent}{line}") }).collect();
    lines.join("\n")
}

/// A list item: the marker before the first line, the rest below it.
#[must_use]
pub fn item(marker: &str, content: &str) -> String {
    let body = indented(content, marker.len());
    let rest = body.get(marker.len()..).unwrap_or("");
    format!("{marker}{rest}").trim_end().to_owned()
}

/// Blocks with one blank line between them and a newline at the end.
#[must_use]
pub fn document(blocks: &[String]) -> String {
    let blocks: Vec<&str> = blocks.iter().map(|block| block.trim_end()).filter(|block| !block.is_empty()).collect();
    let mut text = blocks.join("\n\n");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_no_markup() {
        for (words, written) in [
            ("a_b and _c_", "a_b and \\_c\\_"),
            ("5 * 3", "5 \\* 3"),
            ("<host> < 5", "\\<host> < 5"),
            ("[x] AT&T &amp; more", "\\[x] AT&T \\&amp; more"),
            ("C:\\*", "C:\\\\\\*"),
            ("~/a ~~b~~", "~/a \\~\\~b\\~\\~"),
        ] {
            assert_eq!(inline(words), written, "{words}");
        }
    }

    #[test]
    fn no_line_opens_a_block() {
        for (line, written) in [
            ("# no heading", "\\# no heading"),
            ("#hash", "#hash"),
            ("12. March", "12\\. March"),
            ("- dash", "\\- dash"),
            ("-5 degrees", "-5 degrees"),
            ("---", "\\---"),
            ("===", "\\==="),
            ("> 5", "\\> 5"),
        ] {
            assert_eq!(guarded(line), written);
        }
    }

    #[test]
    fn fences_are_longer_than_what_they_hold() {
        assert_eq!(fence("sh", "make\n"), "```sh\nmake\n```");
        assert_eq!(fence("", "```\nx\n```\n"), "````\n```\nx\n```\n````");
        assert_eq!(code("a `b`"), "`` a `b` ``");
        assert_eq!(item("- ", "a\n\nb"), "- a\n\n  b");
    }
}
