//! Expected output: told from commands by the words before it, bound to the command above it, or found in comments.
//!
//! It does not compare anything; that is done when a command has ended.

use crate::runbook::{Block, Expected, ExpectedForm, Use};

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
            command.expected = Some(Expected {
                line: output.line,
                text: output.text.clone(),
                form: ExpectedForm::Fence,
            });
        }
    }
}

/// What the last words before a block must say for the block to be output.
static LEAD_INS: &[&str] = &[
    "expected",
    "example output",
    "sample output",
    "example response",
    "sample response",
    "example result",
    "output:",
    "output will",
    "output is",
    "outputs",
    "should look",
    "should see",
    "should return",
    "should show",
    "should print",
    "should output",
    "should get",
    "should be",
    "should display",
    "should respond",
    "will see",
    "will look",
    "looks like",
    "look like",
    "look similar",
    "looks similar",
    "similar to",
    "returns",
    "prints",
    "shows:",
    "response:",
    "result:",
    "results:",
    "expected_similarity",
    "期待",
    "出力",
    "预期",
    "输出",
    "結果",
    "erwartet",
    "erwartung",
    "ausgabe",
    "sortie",
    "résultat",
    "salida",
    "resultado",
    "saída",
];

/// Whether the text before a block announces what a command prints. A text that ends in "run:" announces a command.
#[must_use]
pub fn is_output_lead_in(text: &str) -> bool {
    let Some(last) = last_clause(text) else { return false };
    let lower = last.to_lowercase();
    LEAD_INS.iter().any(|words| lower.contains(words)) && !asks_to_run(&lower)
}

/// The last sentence of a text, which is what leads in.
fn last_clause(text: &str) -> Option<&str> {
    let line = text.lines().rev().map(str::trim).find(|line| !line.is_empty())?;
    let body = line.trim_end_matches([':', '.', '：', '*', '_', ' ']);
    let start = body.rfind(". ").map_or(0, |at| at + 2);
    Some(&line[start..])
}

fn asks_to_run(lower: &str) -> bool {
    let words = lower.trim_end_matches([':', '*', '_', ' ', '.']);
    [
        "run",
        "running",
        "execute",
        "executing",
        "type",
        "enter",
        "use",
        "using",
        "with",
        "command",
        "by",
        "via",
    ]
    .iter()
    .any(|verb| words.rsplit([' ', ',']).next() == Some(*verb))
        || [
            "run the following",
            "run this",
            "execute the following",
            "following command",
            "use the following",
            "run:",
        ]
        .iter()
        .any(|phrase| lower.contains(phrase))
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
