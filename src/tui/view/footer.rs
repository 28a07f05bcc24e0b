//! The last two lines: how things stand, and which keys work now.

use super::{justified, write_lines};
use crate::run::Exactness;
use crate::run::narrow::Only;
use crate::tui::field::Field;
use crate::tui::keys::{Action, Binding, TABLE};
use crate::tui::look::Sign;
use crate::tui::msg::Scene;
use crate::tui::panes::Panes;
use crate::tui::text::{duration, fit, left_words, minutes, span_width, width, wrap_plain};
use crate::tui::theme::Tone;
use crate::tui::ui::{Keyboard, Notice, Screen};
use crate::tui::update::{place, works};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

pub(super) fn status(frame: &mut Frame<'_>, scene: &Scene<'_>, area: Rect) {
    let look = &scene.ui.look;
    let run = scene.facts.run;
    let dot = look.sign(Sign::Dot);
    let mut right = Vec::new();
    if let Some(holder) = scene.facts.holder {
        // On a narrow screen the name alone; the whole of it is said when a command is refused.
        let name = [" at ", " on "].iter().fold(holder, |name, word| name.split(word).next().unwrap_or(name));
        let name = if area.width < 110 { name } else { holder };
        right.push(look.span(format!("driven by {name}: looking only {dot} "), Tone::Warning));
    }
    let journal = if run.head.seq == 0 {
        "nothing recorded yet ".to_owned()
    } else {
        let elapsed = run.between(&run.began, scene.facts.now);
        let about = if elapsed.exact == Exactness::Approximate { "~" } else { "" };
        format!("{about}{} {dot} journal ok #{} ", minutes(elapsed.ms), run.head.seq)
    };
    let width_all = usize::from(area.width);
    let (text, tone) = match &scene.ui.notice {
        Some(notice) => (told(notice, width_all).into_iter().next().unwrap_or_default(), notice.tone),
        None => (standing(scene), Tone::Muted),
    };
    let left = vec![look.span(format!(" {text}"), tone)];
    if scene.ui.notice.is_some() {
        // What answers a key comes before everything else on this line.
        right.retain(|span| span_width(&left[0]) + 2 + span_width(span) <= width_all);
    }
    // What there is to say comes before how long it took and where it is recorded.
    let used = span_width(&left[0]) + 2 + right.iter().map(span_width).sum::<usize>();
    if used + width(&journal) <= usize::from(area.width) {
        right.push(look.span(journal, Tone::Muted));
    }
    write_lines(frame, area, &[justified(left, right, usize::from(area.width))]);
}

/// A notice as lines of the screen: what does not fit beside the margin goes on in the line of the keys.
fn told(notice: &Notice, columns: usize) -> Vec<String> {
    let lines = wrap_plain(&notice.text, Style::default(), columns.saturating_sub(1));
    lines.iter().map(|line| line.spans.iter().map(|span| &*span.content).collect()).collect()
}

/// What is said when there is nothing new to say.
fn standing(scene: &Scene<'_>) -> String {
    if let Some(detour) = scene.facts.run.detour() {
        let back = scene.ui.keymap.key(Action::Detour);
        let from = detour.step.as_ref().and_then(|step| scene.facts.book.step(step));
        let from = from.map(|step| format!("{} {}", step.number, step.title)).unwrap_or_default();
        return format!("DETOUR: {back} goes back to {from}");
    }
    if let Some(hook) = scene.facts.hook {
        return format!("a hook runs: {hook}");
    }
    if let Some(clock) = clock(scene) {
        return clock;
    }
    let counts = &scene.facts.readiness.counts;
    if scene.facts.run.head.seq == 0 {
        let [run, help, quit] = [Action::Run, Action::Help, Action::Quit].map(|action| scene.ui.keymap.key(action));
        let steps = crate::tui::text::count(counts.steps as usize, "step");
        let hint = format!("{steps}. Nothing runs by itself: {run} runs, {help} shows all keys");
        let way_out = format!(", {quit} leaves");
        // Whoever is here for the first time has to find the way out.
        let fits = width(&hint) + width(&way_out) + 3 <= usize::from(scene.ui.area.width);
        return if fits { hint + &way_out } else { hint };
    }
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
    words.extend(left_words(scene.facts.times, &scene.ui.look));
    words.join(", ")
}

/// The countdown of a timed step; of several, the one that is over first.
fn clock(scene: &Scene<'_>) -> Option<String> {
    let (run, now) = (scene.facts.run, scene.facts.now);
    let going = run.soaks.iter().filter(|(_, soak)| soak.goes()).map(|(id, soak)| (soak.left_ms(now), id, soak.for_ms));
    let open = going.filter(|(left, ..)| *left > 0).min()?;
    let step = scene.facts.book.step(open.1)?;
    let (left, whole) = (duration(open.0.div_ceil(1000) * 1000), duration(open.2));
    Some(format!("{} {}: {left} of {whole} left", step.number, step.title))
}

/// The keys that work now, the most useful first; what does not fit is left to the help screen.
pub(super) fn keys(frame: &mut Frame<'_>, scene: &Scene<'_>, area: Rect) {
    let look = &scene.ui.look;
    if let (None, Some(notice)) = (scene.ui.panes().status, &scene.ui.notice) {
        let text = fit(&format!(" {}", notice.text), usize::from(area.width));
        write_lines(frame, area, &[Line::from(look.span(text, notice.tone))]);
        return;
    }
    if let Some(notice) = scene.ui.notice.as_ref().filter(|_| scene.ui.modals.is_empty()) {
        let lines = told(notice, usize::from(area.width));
        if lines.len() > 1 {
            let text = fit(&format!(" {}", lines[1..].join(" ")), usize::from(area.width));
            write_lines(frame, area, &[Line::from(look.span(text, notice.tone))]);
            return;
        }
    }
    let hints: Vec<(String, &str)> = match (scene.ui.keyboard, scene.ui.modals.is_empty()) {
        (Keyboard::Program(_), _) => {
            vec![("Ctrl-]".to_owned(), "leave the program"), ("all else".to_owned(), "goes to it")]
        }
        (Keyboard::Ended, _) => vec![("Esc".to_owned(), "the program ended; give the keys back to gonogo")],
        (Keyboard::Gonogo, false) => {
            let enter = scene.ui.modals.last().map_or("confirm", |modal| super::dialog::enter_does(modal));
            vec![("Enter".to_owned(), enter), ("Esc".to_owned(), "back")]
        }
        (Keyboard::Gonogo, true) => {
            now(scene).into_iter().map(|binding| (scene.ui.keymap.label(binding), binding.word)).collect()
        }
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

/// The line in which the filter of the log is typed.
pub(super) fn filter(frame: &mut Frame<'_>, scene: &Scene<'_>, field: &Field, area: Rect) {
    let look = &scene.ui.look;
    let shown = match &scene.ui.screen {
        Screen::Log(log) => format!("{} of {} ", log.shown().len(), log.entries.len()),
        Screen::Walk | Screen::Board(_) | Screen::Timeline(_) => String::new(),
    };
    let left = vec![look.span(" show only: ", Tone::Key), look.span(field.shown(), Tone::Text)];
    write_lines(frame, area, &[justified(left, vec![look.span(shown, Tone::Muted)], usize::from(area.width))]);
    let at = 12 + u16::try_from(width(&field.shown_before())).unwrap_or(0);
    frame.set_cursor_position(Position { x: (area.x + at).min(area.right().saturating_sub(1)), y: area.y });
}

/// What the tree can be narrowed to, with counts, and the line in which words of titles are typed.
pub(super) fn narrow(frame: &mut Frame<'_>, scene: &Scene<'_>, field: &Field, panes: &Panes) {
    let (look, tree) = (&scene.ui.look, &scene.ui.tree);
    let role = scene.facts.actor.role.as_deref().map(|role| format!(" ({role})")).unwrap_or_default();
    let mut kinds = vec![Span::raw(" ")];
    for (only, count) in Only::EACH.into_iter().zip(tree.left.counts) {
        let role = if only == Only::Mine { role.as_str() } else { "" };
        let text = format!("{}{role} {count}", only.word());
        let is_it = only == tree.filter.only;
        kinds.push(if is_it {
            look.span(format!("[{text}]"), Tone::Selection)
        } else {
            look.span(format!(" {text} "), Tone::Hint)
        });
    }
    let line = panes.footer.unwrap_or(panes.header);
    let label = match panes.status {
        Some(status) => {
            let kinds = justified(kinds, Vec::new(), usize::from(status.width));
            write_lines(frame, status, &[kinds]);
            " titled: ".to_owned()
        }
        None => format!(" {} {}, titled: ", tree.filter.only.word(), tree.left.count(tree.filter.only)),
    };
    let keys = if line.width >= 70 { "↑↓ choose  Enter keep  Esc show all " } else { "↑↓ Enter Esc " };
    let before = u16::try_from(width(&label) + width(&field.shown_before())).unwrap_or(0);
    let left = vec![look.span(label, Tone::Key), look.span(field.shown(), Tone::Text)];
    write_lines(frame, line, &[justified(left, vec![look.span(keys, Tone::Hint)], usize::from(line.width))]);
    frame.set_cursor_position(Position { x: (line.x + before).min(line.right().saturating_sub(1)), y: line.y });
}

/// The line in which a search through the output is typed.
pub(super) fn find(frame: &mut Frame<'_>, scene: &Scene<'_>, field: &Field, area: Rect) {
    let look = &scene.ui.look;
    let hits = scene.ui.pane.search.hits.len();
    let found = if field.is_blank() { String::new() } else { format!("{} ", crate::tui::text::count(hits, "hit")) };
    let left = vec![look.span(" /", Tone::Key), look.span(field.shown(), Tone::Text)];
    let right = vec![look.span(found, Tone::Muted), look.span("Enter go  Esc back ", Tone::Hint)];
    write_lines(frame, area, &[justified(left, right, usize::from(area.width))]);
    let at = 2 + u16::try_from(width(&field.shown_before())).unwrap_or(0);
    frame.set_cursor_position(Position { x: (area.x + at).min(area.right().saturating_sub(1)), y: area.y });
}
