//! Commands that stand in an item as a code span.

use super::inline::{CodeSpan, Inline};
use super::{label, text, title};

/// The code span of an item that is a command: the item is nothing but the span, with a label or a full stop around
/// it, or with sentences behind it; or the span follows a word such as *run*.
#[must_use]
pub fn command_in(inline: &Inline) -> Option<&CodeSpan> {
    let code = inline.codes().first()?;
    let before = &inline.text[..code.range.start];
    let (before, _) = title::split_box(before.trim_start());
    let before = text::skip_marks(before).trim();
    let tail = &inline.text[code.range.end..];
    let is_explained = before.is_empty() && tail.trim_start_matches([' ', '.', ':']).starts_with('\n')
        || before.is_empty() && tail.starts_with(". ");
    let behind = tail.trim().trim_matches(['.', ';', ':', '。']);
    let is_aside = behind.starts_with('(') && behind.ends_with(')') || behind.starts_with("and ") && before.is_empty();
    let alone = (behind.is_empty() || is_aside || is_explained)
        && (before.is_empty() || before.ends_with([':', '：']) && label::split(inline).is_some() || is_named(before));
    let told = before.split_whitespace().next_back().is_some_and(|word| {
        [
            "run",
            "running",
            "execute",
            "type",
            "exec",
            "issue",
            "ausführen",
            "führe",
            "exécuter",
            "lancer",
            "lancez",
            "ejecuta",
            "ejecutar",
            "execute",
            "rode",
            "执行",
            "运行",
        ]
        .contains(&word.to_lowercase().as_str())
    });
    (alone || told).then_some(code)
}

/// Whether the first thing an item says is a command, whatever it says then.
#[must_use]
pub fn begins_with_command(inline: &Inline) -> bool {
    let begins = |code: &&CodeSpan| text::skip_marks(&inline.text[..code.range.start]).trim().is_empty();
    let code = inline.codes().first().filter(begins);
    code.is_some_and(|code| crate::runbook::code::is_command_line(&inline.text[code.range.clone()]))
}

/// Whether the words before a span call it a command: then it is one, whatever its program is called.
#[must_use]
pub fn is_named(before: &str) -> bool {
    let before = before.trim_end().trim_end_matches([':', '：', '*']);
    before.len() < before.trim_end().len() + 1
        && before
            .split(|c: char| c.is_whitespace() || c == '*')
            .next_back()
            .is_some_and(|word| NAMES.contains(&word.to_lowercase().as_str()))
}

const NAMES: [&str; 9] = ["command", "cmd", "befehl", "kommando", "commande", "comando", "命令", "コマンド", "run"];

#[cfg(test)]
mod tests {
    use super::super::inline::Collector;
    use super::*;
    use pulldown_cmark::Event;

    fn command(before: &str, code: &str, behind: &str) -> Option<String> {
        let mut collector = Collector::default();
        for event in [Event::Text(before.into()), Event::Code(code.into()), Event::Text(behind.into())] {
            collector.add(&event, 0..0);
        }
        let inline = collector.take();
        command_in(&inline).map(|span| inline.text[span.range.clone()].to_owned())
    }

    #[test]
    fn a_span_is_a_command_when_alone_or_told_to_run() {
        assert_eq!(command("[ ] ", "make all", ".").as_deref(), Some("make all"));
        assert_eq!(command("Build: ", "make all", "").as_deref(), Some("make all"));
        assert_eq!(command("Then run ", "make all", " twice").as_deref(), Some("make all"));
        assert_eq!(command("", "make all", " (not as root)").as_deref(), Some("make all"));
        assert_eq!(command("Flush it. Command: ", "flushctl now", "").as_deref(), Some("flushctl now"));
        assert_eq!(command("The file ", "a.txt", " is there"), None);
        assert_eq!(command("", "make all", "\nThe targets are built.").as_deref(), Some("make all"));
        assert_eq!(command("", "make all", ". It builds the targets.").as_deref(), Some("make all"));
        assert_eq!(command("Not ", "make all", ". It builds the targets."), None);
        assert_eq!(command("", "make all", " shows the targets"), None);
        assert!(is_named("with the command:") && is_named("**Command:**") && !is_named("the column: count"));
    }
}
