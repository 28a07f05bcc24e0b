//! Commands that stand on a line of their own below the words of an item.

use super::{NEAR, before, is_forbidden, is_line, is_told_about, is_warned_of};
use crate::runbook::read::inline::{CodeSpan, Inline};

/// Columns within which nobody breaks a line for want of room.
const NARROW: usize = 60;

/// Whether a span is a row for itself because its author wanted it so: the words above end their sentence, or the span
/// would have had room behind them. A span that only the filling of a paragraph put there is none.
pub fn is_row(inline: &Inline, code: &CodeSpan) -> bool {
    let before = before(inline, code);
    let behind = &inline.text[code.range.end..];
    let behind = behind[..behind.floor_char_boundary(NEAR)].split('\n').next().unwrap_or("");
    let Some((above, "")) = before.trim_end_matches([' ', '\t']).rsplit_once('\n') else {
        return false;
    };
    if !behind.trim_matches([' ', '\t', '.', ';', ',', ')', '）']).is_empty() {
        return false;
    }
    // Only a line break in HTML leaves an empty row.
    let is_broken = above.ends_with('\n');
    let above = above.trim_end();
    let is_below_row = inline
        .codes()
        .iter()
        .rev()
        .find(|other| other.range.end <= code.range.start)
        .is_some_and(|other| inline.text[other.range.end..code.range.start].trim().is_empty());
    let ends_sentence = is_broken || is_below_row || above.ends_with(['.', ':', '!', '。', '：', ';', ')']);
    let width = above.rsplit('\n').next().unwrap_or(above).chars().count() + 1 + code.range.len();
    (ends_sentence || width <= NARROW)
        && is_line(inline, code)
        && !is_forbidden(above)
        && !is_warned_of(above)
        && !is_told_about(inline, code)
}

#[cfg(test)]
mod tests {
    use super::super::commands_of_item;
    use crate::runbook::read::inline::Collector;
    use pulldown_cmark::{Event, Parser};

    fn commands(item: &str) -> usize {
        let mut collector = Collector::default();
        for (event, span) in Parser::new(item).into_offset_iter() {
            if !matches!(event, Event::Start(_) | Event::End(_)) {
                collector.add(&event, span);
            }
        }
        commands_of_item(&collector.take()).len()
    }

    #[test]
    fn a_command_on_a_line_of_its_own_is_one() {
        assert_eq!(commands("Give the dump to its owner.\n`chown tide:tide tides.dump`"), 1);
        assert_eq!(commands("Give the dump away\n`chown tide:tide tides.dump`\nIt prints nothing."), 1);
        assert_eq!(commands("Give the dump away.\n`chown tide:tide tides.dump`\n`ls -l tides.dump`"), 2);
        assert_eq!(commands("Give it away.\n`chown tide:tide tides.dump` is what the old host did"), 0);
        assert_eq!(commands("Never do this here:\n`chown tide:tide tides.dump`"), 0);
        assert_eq!(
            commands(
                "The dump belongs to its owner since somebody on the old host has once typed\n`chown tide:tide tides.dump`"
            ),
            0
        );
    }
}
