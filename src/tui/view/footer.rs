//! The last two lines: how things stand, and which keys work now.

use super::{justified, write_lines};
use crate::tui::field::Field;
use crate::tui::keys::{Action, Binding, TABLE};
use crate::tui::look::Sign;
use crate::tui::msg::Scene;
use crate::tui::panes::Focus;
use crate::tui::text::{fit, minutes, width};
use crate::tui::theme::Tone;
use crate::tui::ui::{Keyboard, Screen};
use crate::tui::update::{place, works};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

pub(super) fn status(frame: &mut Frame<'_>, scene: &Scene<'_>, area: Rect) {
    let look = &scene.ui.look;
    let run = scene.facts.run;
    let dot = look.sign(Sign::Dot);
    let mut right = Vec::new();
    if let Some(holder) = scene.facts.holder {
        right.push(look.span(format!("driven by {holder}: looking only {dot} "), Tone::Warning));
    }
    let journal = if run.head.seq == 0 {
        "nothing recorded yet ".to_owned()
    } else {
        format!("{} {dot} journal ok #{} ", minutes(run.began.until(scene.facts.now).ms), run.head.seq)
    };
    right.push(look.span(journal, Tone::Muted));
    let left = match &scene.ui.notice {
        Some(notice) => vec![look.span(format!(" {}", notice.text), notice.tone)],
        None => vec![look.span(format!(" {}", standing(scene)), Tone::Muted)],
    };
    write_lines(frame, area, &[justified(left, right, usize::from(area.width))]);
}

/// What is said when there is nothing new to say.
fn standing(scene: &Scene<'_>) -> String {
    let counts = &scene.facts.readiness.counts;
    let mut words = vec![format!("{} of {} steps settled", counts.settled(), counts.steps)];
    for (number, word) in [
        (counts.unknown, "unknown"),
        (counts.ran, "to confirm"),
        (counts.waiting, "waiting"),
        (counts.waived, "waived"),
        (counts.deferred, "deferred"),
    ] {
        if number > 0 {
            words.push(format!("{number} {word}"));
        }
    }
    words.join(", ")
}

/// The keys that work now, the most useful first; what does not fit is left to the help screen.
pub(super) fn keys(frame: &mut Frame<'_>, scene: &Scene<'_>, area: Rect) {
    let look = &scene.ui.look;
    if let (None, Some(notice)) = (scene.ui.panes().status, &scene.ui.notice) {
        let text = fit(&format!(" {}", notice.text), usize::from(area.width));
        write_lines(frame, area, &[Line::from(look.span(text, notice.tone))]);
        return;
    }
    let hints: Vec<(String, &str)> = match (scene.ui.keyboard, scene.ui.modals.is_empty()) {
        (Keyboard::Program(_), _) => {
            vec![("Ctrl-]".to_owned(), "leave the program"), ("all else".to_owned(), "goes to it")]
        }
        (Keyboard::Ended, _) => vec![("Esc".to_owned(), "the program ended; give the keys back to gonogo")],
        (Keyboard::Gonogo, false) => vec![("Enter".to_owned(), "confirm"), ("Esc".to_owned(), "back")],
        (Keyboard::Gonogo, true) => now(scene).into_iter().map(|binding| (binding.label(), binding.word)).collect(),
    };
    let (last, first) = hints.split_last().map_or((None, &[][..]), |(last, first)| (Some(last), first));
    let wide = |(key, word): &(String, &str)| width(key) + 1 + width(word) + 2;
    // The way out stays in view, whatever else fits.
    let mut room = usize::from(area.width).saturating_sub(1 + last.map_or(0, wide));
    let mut spans = vec![Span::raw(" ")];
    for hint in first.iter().take_while(|hint| {
        let fits = wide(hint) <= room;
        room = room.saturating_sub(wide(hint));
        fits
    }) {
        spans.extend(hint_spans(scene, hint));
    }
    spans.extend(last.into_iter().flat_map(|hint| hint_spans(scene, hint)));
    write_lines(frame, area, &[Line::from(spans)]);
}

fn hint_spans(scene: &Scene<'_>, (key, word): &(String, &str)) -> [Span<'static>; 2] {
    let look = &scene.ui.look;
    [look.span(key.clone(), Tone::Key), look.span(format!(" {word}  "), Tone::Hint)]
}

fn now(scene: &Scene<'_>) -> Vec<&'static Binding> {
    let place = place(scene.ui);
    let mut live: Vec<&Binding> = TABLE
        .iter()
        .filter(|binding| binding.footer.is_some() && binding.places.contains(&place))
        .filter(|binding| works(scene.ui, &scene.facts, binding.action))
        .collect();
    live.sort_by_key(|binding| binding.footer);
    if let Some(at) = live.iter().position(|binding| binding.action == Action::Help)
        && matches!(scene.ui.screen, Screen::Walk)
    {
        let help = live.remove(at);
        live.push(help);
    }
    live
}

/// The line in which a search is typed.
pub(super) fn find(frame: &mut Frame<'_>, scene: &Scene<'_>, field: &Field, area: Rect) {
    let look = &scene.ui.look;
    let hits = match scene.ui.focus {
        Focus::Output => scene.ui.pane.search.hits.len(),
        Focus::Tree | Focus::Step => scene.ui.find.hits.len(),
    };
    let found = if field.is_blank() { String::new() } else { format!("{} ", crate::tui::text::count(hits, "hit")) };
    let left = vec![look.span(" /", Tone::Key), look.span(field.shown(), Tone::Text)];
    let right = vec![look.span(found, Tone::Muted), look.span("Enter go  Esc back ", Tone::Hint)];
    let line = justified(left, right, usize::from(area.width));
    write_lines(frame, area, &[line]);
    let at = 2 + u16::try_from(width(&field.shown_before())).unwrap_or(0);
    frame.set_cursor_position(Position { x: (area.x + at).min(area.right().saturating_sub(1)), y: area.y });
}
