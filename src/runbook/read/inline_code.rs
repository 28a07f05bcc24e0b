//! Commands that stand in an item as a code span.

use super::inline::{CodeSpan, Inline};
use super::{label, text, title};

/// The code span of an item that is a command: the item is nothing but the span, with a label or a full stop around
/// it, or the span follows a word such as *run*.
#[must_use]
pub fn command_in(inline: &Inline) -> Option<&CodeSpan> {
    let code = inline.codes.first()?;
    let before = &inline.text[..code.range.start];
    let (before, _) = title::split_box(before.trim_start());
    let before = text::skip_marks(before).trim();
    let behind = inline.text[code.range.end..].trim().trim_matches(['.', ';', ':', '。']);
    let alone =
        behind.is_empty() && (before.is_empty() || before.ends_with([':', '：']) && label::split(inline).is_some());
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

#[cfg(test)]
mod tests {
    use super::*;

    fn command(before: &str, code: &str, behind: &str) -> Option<String> {
        let text = format!("{before}{code}{behind}");
        let range = before.len()..before.len() + code.len();
        let inline = Inline { text, codes: vec![CodeSpan { source: range.clone(), range }], ..Inline::default() };
        command_in(&inline).map(|span| inline.text[span.range.clone()].to_owned())
    }

    #[test]
    fn a_span_is_a_command_when_alone_or_told_to_run() {
        assert_eq!(command("[ ] ", "make all", ".").as_deref(), Some("make all"));
        assert_eq!(command("Build: ", "make all", "").as_deref(), Some("make all"));
        assert_eq!(command("Then run ", "make all", " twice").as_deref(), Some("make all"));
        assert_eq!(command("The file ", "a.txt", " is there"), None);
    }
}
