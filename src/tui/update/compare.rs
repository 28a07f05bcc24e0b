//! Looking at expected and printed output side by side.

use crate::run::compare::rows;
use crate::run::event::AttemptId;
use crate::tui::msg::Facts;
use crate::tui::panes::Focus;
use crate::tui::ui::{Compared, Ui};

/// Shows the comparison of what is in the pane, or takes it away.
pub(super) fn toggle(ui: &mut Ui, facts: &Facts<'_>) {
    if ui.compared.take().is_some_and(|compared| Some(compared.attempt) == ui.pane.attempt()) {
        return;
    }
    let Some((attempt, expected)) = expected(ui, facts) else {
        ui.tell("there is no expected output to compare with, or nothing was printed yet");
        return;
    };
    let expected = expected.to_owned();
    let rows = rows(&expected, &ui.pane.text());
    ui.compared = Some(Compared { attempt, rows, scroll: 0 });
    ui.focus = Focus::Output;
}

/// What the author expects of the attempt in the pane.
pub(super) fn expected<'a>(ui: &Ui, facts: &Facts<'a>) -> Option<(AttemptId, &'a str)> {
    let attempt = facts.run.attempt(ui.pane.attempt()?)?;
    let target = &attempt.intended.target;
    let command = facts.book.step(&target.step)?.command(target.command as usize)?;
    Some((attempt.id(), command.expected.as_ref()?.text.as_str()))
}
