//! What an edit of the runbook changed, and the question whether to adopt it.

use super::{over, write_lines};
use crate::run::drift::{DiffLine, Drift, Side};
use crate::run::event::ChangeKind;
use crate::tui::dialog::{Answer, Edits};
use crate::tui::look::Look;
use crate::tui::msg::{Facts, Scene};
use crate::tui::text::{cut, fit, wrap_plain};
use crate::tui::theme::Tone;
use crate::tui::ui::Ui;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

/// Unchanged lines that are shown around changed ones.
const CONTEXT: usize = 1;

pub(super) fn draw(frame: &mut Frame<'_>, scene: &Scene<'_>, edits: &Edits) {
    let Some(drift) = scene.facts.edited else {
        return;
    };
    let look = &scene.ui.look;
    let columns = columns(scene.ui);
    let lines = edit_lines(scene.ui, &scene.facts, drift);
    let (height, all) = (room(scene.ui).min(lines.len()), lines.len());
    let scroll = edits.scroll.min(all - height);
    let mut shown: Vec<Line<'static>> = lines.into_iter().skip(scroll).take(height).collect();
    shown.push(Line::default());
    let mut chosen = 0;
    for answer in Answer::ALL {
        let here = answer == edits.answer;
        if here {
            chosen = shown.len();
        }
        let mark = if here { "(•)" } else { "( )" };
        let text = fit(&format!(" {mark} {}  {}", answer.key(), answer.label()), columns);
        shown.push(Line::from(look.span(text, Tone::Text)));
    }
    shown.push(Line::default());
    shown.push(Line::from(look.span("↑↓ choose   jk scroll   Enter confirm   Esc later", Tone::Hint)));
    let size = (u16::try_from(columns).unwrap_or(u16::MAX), u16::try_from(shown.len()).unwrap_or(u16::MAX));
    let title = match all - height - scroll {
        0 => "The runbook was edited".to_owned(),
        more => format!("The runbook was edited, {more} more lines"),
    };
    let area = over(frame, scene, &title, size);
    write_lines(frame, area, &shown);
    let y = area.y + u16::try_from(chosen).unwrap_or(0);
    if y < area.bottom() {
        frame.buffer_mut().set_style(Rect { y, height: 1, ..area }, look.style(Tone::Selection));
    }
}

fn columns(ui: &Ui) -> usize {
    usize::from(ui.panes().body.width.saturating_sub(6)).clamp(10, 100)
}

/// Rows that there are for the list of changes.
fn room(ui: &Ui) -> usize {
    usize::from(ui.panes().body.height).saturating_sub(7).max(1)
}

/// How far the list of changes can be scrolled.
#[must_use]
pub fn edits_end(ui: &Ui, facts: &Facts<'_>, drift: &Drift) -> usize {
    edit_lines(ui, facts, drift).len().saturating_sub(room(ui))
}

/// All lines of the list of changes.
fn edit_lines(ui: &Ui, facts: &Facts<'_>, drift: &Drift) -> Vec<Line<'static>> {
    let (look, columns) = (&ui.look, columns(ui));
    let mut lines = wrap_plain(&drift.summary(), look.style(Tone::Title), columns);
    for setting in &drift.settings {
        lines.extend(wrap_plain(setting, look.style(Tone::Warning), columns));
    }
    for change in &drift.changes {
        let tone = match change.kind {
            ChangeKind::Added => Tone::Ok,
            ChangeKind::Changed => Tone::Warning,
            ChangeKind::Gone => Tone::Fail,
            ChangeKind::Moved | ChangeKind::Renamed => Tone::Muted,
        };
        let was = change.number_was.as_ref().filter(|was| !change.title.starts_with(&format!("{was} ")));
        let was = was.map(|was| format!(" (was {was})")).unwrap_or_default();
        lines.push(Line::default());
        let title = format!("{:<8} {}{was}", change.kind.word(), change.title);
        lines.extend(wrap_plain(&title, look.style(tone), columns));
        if let Some(lost) = change.loses(facts.run) {
            lines.extend(wrap_plain(&format!("no longer holds: {lost}"), look.style(Tone::Danger), columns));
        }
        lines.extend(diff_lines(&change.lines, columns, look));
    }
    lines
}

/// A difference, line by line, without what is the same far from it.
#[must_use]
pub fn diff_lines(diff: &[DiffLine], columns: usize, look: &Look) -> Vec<Line<'static>> {
    let near = |at: usize| {
        let around = at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(diff.len());
        diff[around].iter().any(|line| line.side != Side::Both)
    };
    let mut lines = Vec::new();
    for (_, line) in diff.iter().enumerate().filter(|(at, _)| near(*at)) {
        let tone = match line.side {
            Side::Both => Tone::Muted,
            Side::Old => Tone::Fail,
            Side::New => Tone::Ok,
        };
        for piece in cut(&line.text, columns.saturating_sub(4)) {
            lines.push(Line::from(look.span(format!("  {} {piece}", line.side.sign()), tone)));
        }
    }
    lines
}
