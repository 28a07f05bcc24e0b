//! Expected output: told from commands by the words before it, bound to the command above it, or found in comments.
//!
//! It does not compare anything; that is done when a command has ended.

use super::reading::Reading;
use super::words::{self, among, begins};
use crate::runbook::letters::holds;
use crate::runbook::{Block, BlockOptions, Expected, ExpectedForm, Use};
use std::borrow::Cow;

/// Binds every output block of a step to the nearest offered command before it that has no expectation yet.
pub fn bind(blocks: &mut [Block]) {
    for index in 1..blocks.len() {
        let (before, rest) = blocks.split_at_mut(index);
        let Some(Block::Command(output)) = rest.first() else {
            continue;
        };
        if output.usage != Use::Output || output.text.trim().is_empty() {
            continue;
        }
        let nearest = before.iter_mut().rev().find_map(|block| match block {
            Block::Command(command) => Some(command),
            Block::Prose(_) => None,
        });
        if let Some(command) = nearest
            && command.usage.is_offered()
            && command.expected.is_none()
        {
            if let (None, compare @ Some(_)) = (command.options.compare, output.options.compare) {
                command.options = BlockOptions { compare, ..BlockOptions::clone(&command.options) }.into();
            }
            command.expected =
                Some(Expected { line: output.line, text: output.text.clone(), form: ExpectedForm::Fence });
        }
    }
}

/// Whether the last words before a block say that the block is output.
fn says_output(lower: &str) -> bool {
    holds!(lower, "expected" "example output" "sample output" "example response" "sample response" "example result"
        "output:" "output will" "output is" "outputs" "should look" "should see" "should return" "should show"
        "should print" "should output" "should get" "should be" "should display" "should respond" "will see"
        "will look" "looks like" "look like" "look similar" "looks similar" "similar to" "returns" "prints" "shows:"
        "response:" "result:" "results:" "expected_similarity" "期待" "出力" "预期" "输出" "結果" "erwartet" "erwartung"
        "ausgabe" "sortie" "résultat" "salida" "resultado" "saída")
}

/// Whether the text before a block announces what a command prints. A text that ends in "run:" announces a command.
#[must_use]
pub fn is_output_lead_in(text: &str) -> bool {
    let Some(last) = last_clause(text) else { return false };
    let lower = last.to_lowercase();
    let lower = without_asides(&lower);
    says_output(&lower) && !asks_to_run(&lower) && !reassures(&lower)
}

/// "This is expected.": nothing to worry about, and no output.
fn reassures(lower: &str) -> bool {
    ["this is expected", "that is expected", "which is expected", "as expected", "are expected", "not expected"]
        .iter()
        .any(|words| lower.trim_end_matches(['.', '!', ')', ' ']).ends_with(words))
}

/// What stands in parentheses explains: "count them (there should be none):" still leads in a command.
fn without_asides(lower: &str) -> Cow<'_, str> {
    if memchr::memchr(b'(', lower.as_bytes()).is_none() {
        return Cow::Borrowed(lower);
    }
    let mut kept = String::with_capacity(lower.len());
    let mut rest = lower;
    while let Some((before, inside)) = rest.split_once('(') {
        let Some((_, after)) = inside.split_once(')') else { break };
        kept.push_str(before);
        rest = after;
    }
    Cow::Owned(kept + rest)
}

/// The last sentence of a text, which is what leads in.
fn last_clause(text: &str) -> Option<&str> {
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
    let body = line.trim_end_matches([':', '.', '：', '*', '_', ' ']);
    let start = body.len() - words::last_sentence(body).len();
    Some(&line[start..])
}

fn asks_to_run(lower: &str) -> bool {
    let words = lower.trim_end_matches([':', '*', '_', ' ', '.']);
    ["run", "running", "execute", "executing", "type", "enter", "use", "using", "with", "command", "by", "via"]
        .iter()
        .any(|verb| words.rsplit([' ', ',']).next() == Some(*verb))
        || holds!(lower, "run the following" "run this" "execute the following" "following command"
            "use the following" "run:")
}

/// Expected output that a block announces in its own comments, those of several commands joined in order.
///
/// `lines` maps lines of `text` to lines of the block, whose first line is `text_line` in the document.
#[must_use]
pub fn in_comments(text: &str, reading: &Reading<'_>, lines: &[u32], text_line: u32) -> Option<Expected> {
    let place = |line: usize| text_line.saturating_add(lines.get(line).copied().unwrap_or(0));
    let announced = comment_blocks(text, reading);
    if let Some((first, _)) = announced.first() {
        let texts: Vec<&str> = announced.iter().map(|(_, text)| text.as_str()).collect();
        return Some(Expected { line: place(*first), text: texts.join("\n"), form: ExpectedForm::Comment });
    }
    reading.script.statements.iter().find_map(|statement| {
        let span = statement.trailing.clone()?;
        let is_set_apart = text[..span.start].ends_with("  ") || text[..span.start].ends_with('\t');
        let value = trailing_value(&text[span.clone()]).filter(|_| is_set_apart)?;
        let line = text[..span.start].bytes().filter(|byte| *byte == b'\n').count();
        Some(Expected { line: place(line), text: value.to_owned(), form: ExpectedForm::Comment })
    })
}

/// Comments that announce output, each with the comment lines after it: (line of the text, expected text).
fn comment_blocks(text: &str, reading: &Reading<'_>) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut is_inside = false;
    let mut at = 0;
    for (index, line) in text.split('\n').enumerate() {
        let start = at;
        at += line.len() + 1;
        let bare = line.trim();
        // Statements stand one behind the other.
        let is_inside_statement = || {
            let behind = reading.script.statements.partition_point(|statement| statement.span.start <= start);
            reading.script.statements[..behind].last().is_some_and(|statement| statement.span.contains(&start))
        };
        if !bare.starts_with('#') || is_inside_statement() {
            is_inside = false;
            continue;
        }
        let body = bare.trim_start_matches('#').trim();
        if let Some(value) = announced_value(body) {
            found.push((index, value.to_owned()));
            is_inside = true;
        } else if let Some((_, value)) = found.last_mut().filter(|_| is_inside && !body.is_empty()) {
            if !value.is_empty() {
                value.push('\n');
            }
            value.push_str(body);
        } else {
            is_inside = false;
        }
    }
    found.retain(|(_, value)| !value.is_empty());
    found
}

/// What follows `Expected:`, `Should see:`, `Output:`, `Returns`, `→` in a comment; empty if it stands on the next lines.
fn announced_value(body: &str) -> Option<&str> {
    if let Some(rest) = ["→", "=>", "->", "⇒"].iter().find_map(|mark| body.strip_prefix(mark)) {
        return Some(rest.trim());
    }
    let lower = body.to_lowercase();
    let starts = begins!(lower, "expected" "expect " "expect:" "output" "returns" "should " "you should" "result:"
            "response:" "sample output" "example output" "prints" "期待" "出力" "erwart" "ausgabe");
    let is_order = begins!(lower, "should be run" "should be done" "should be executed" "should only"
            "should not be run" "you should run" "you should only" "output to" "output file"
            "should run" "should already" "expects ");
    if !starts || is_order {
        return None;
    }
    match body.split_once([':', '：']) {
        Some((label, value)) if label.split_whitespace().count() <= 6 => Some(value.trim()),
        _ => {
            let rest = [
                "Should see ",
                "Should return ",
                "Should show ",
                "Should print ",
                "Should output ",
                "Returns ",
                "should see ",
                "You should see ",
                "Expect ",
            ]
            .iter()
            .find_map(|label| body.strip_prefix(label));
            Some(rest.unwrap_or(body).trim())
        }
    }
}

/// The value in a comment behind a command, if it looks like one: `# 200`, `# OK`, `# should be 3`, `# → ok`.
fn trailing_value(comment: &str) -> Option<&str> {
    let body = comment.trim_start_matches(['#', ' ']);
    let lower = body.to_lowercase();
    for label in [
        "should be ",
        "should return ",
        "should print ",
        "should show ",
        "should output ",
        "expected: ",
        "expect: ",
        "expect ",
        "returns ",
        "returns: ",
        "output: ",
        "prints ",
        "→ ",
        "=> ",
        "-> ",
    ] {
        if lower.starts_with(label) {
            return body.get(label.len()..).map(str::trim).filter(|value| !value.is_empty());
        }
    }
    let words = body.split_whitespace().count();
    let is_status = among!(body, "OK" "ok" "true" "false" "active" "running" "PONG" "yes" "no" "enabled" "healthy");
    let is_quoted = body.starts_with(['"', '{', '[']) && body.ends_with(['"', '}', ']']);
    let is_number = words <= 2
        && body.starts_with(|c: char| c.is_ascii_digit())
        && !body.ends_with([':', '.'])
        && !body.contains(". ");
    (is_status || is_quoted || is_number || body.starts_with("HTTP/")).then_some(body)
}

#[cfg(test)]
mod tests {
    use super::is_output_lead_in;

    #[test]
    fn lead_ins() {
        for text in [
            "Expected output:",
            "**Expected output:**",
            "You should see something like:",
            "The output should look like this:",
            "Sample response",
            "This returns",
            "Erwartete Ausgabe:",
            "期待される出力",
            "expected_similarity=0.8",
            "Run it. The result should be:",
        ] {
            assert!(is_output_lead_in(text), "{text}");
        }
        for text in [
            "",
            "Run the migration:",
            "To get the expected result, run:",
            "To see the expected output, run the following command:",
            "You should see three pods. Then restart the service:",
            "Deploy",
        ] {
            assert!(!is_output_lead_in(text), "{text}");
        }
    }
}
