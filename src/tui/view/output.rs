//! The pane with what a command prints.

use super::{border_tone, compare, framed, pulse, write_lines};
use crate::run::Progress;
use crate::tui::document::{ending_words, outcome_look};
use crate::tui::keys::Action;
use crate::tui::look::Sign;
use crate::tui::msg::Scene;
use crate::tui::outline::Subject;
use crate::tui::pane::Shown;
use crate::tui::panes::{Focus, inner};
use crate::tui::text::{duration, fit, line_width, size, spell};
use crate::tui::theme::Tone;
use crate::tui::ui::Keyboard;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

pub(super) fn draw(frame: &mut Frame<'_>, scene: &Scene<'_>, area: Rect) {
    let ui = scene.ui;
    // Beside a long mode there would be no room for what is shown at all.
    let right = Line::from(ui.look.span(fit(&mode(scene), usize::from(area.width) / 2), Tone::Muted));
    let tone = match ui.keyboard {
        Keyboard::Program(_) => Tone::Running,
        Keyboard::Gonogo | Keyboard::Ended => border_tone(scene, Focus::Output),
    };
    let left = title(scene, usize::from(area.width).saturating_sub(4 + line_width(&right)));
    frame.render_widget(framed(&ui.look, left, right, tone), area);
    let inside = inner(area);
    let message = match &ui.pane.shown {
        Shown::Nothing => Some("No command of this step has run.".to_owned()),
        Shown::Loading(_) => Some(String::new()),
        Shown::Large(_, bytes) => {
            let pane = ui.keymap.key(Action::NextPane);
            Some(format!("{} of output. {pane} to this pane loads its end.", size(*bytes)))
        }
        Shown::Unreadable(_, why) => Some(why.clone()),
        Shown::Live { .. } | Shown::Kept { .. } if is_silent(scene) => Some("It printed nothing.".to_owned()),
        Shown::Live { .. } | Shown::Kept { .. } => None,
    };
    if let Some(text) = message {
        let width = usize::from(inside.width.saturating_sub(1));
        let lines = crate::tui::text::wrap_plain(&text, ui.look.style(Tone::Muted), width);
        write_lines(frame, Rect { x: inside.x + 1, width: inside.width.saturating_sub(1), ..inside }, &lines);
        return;
    }
    if let Some(compared) = ui.compared.as_ref().filter(|compared| Some(compared.attempt) == ui.pane.attempt()) {
        compare::draw(frame, &ui.look, compared, inside);
        return;
    }
    ui.pane.draw(inside, frame.buffer_mut(), &ui.look.theme);
    if let (Keyboard::Program(_), Some(cursor)) = (ui.keyboard, ui.pane.cursor(inside)) {
        frame.set_cursor_position(cursor);
    }
}

/// Whether the attempt has ended without a word.
fn is_silent(scene: &Scene<'_>) -> bool {
    let attempt = scene.ui.pane.attempt().and_then(|id| scene.facts.run.attempt(id));
    attempt.is_some_and(|attempt| match &attempt.progress {
        Progress::Ended { ended, .. } => ended.output.bytes == 0,
        Progress::Running | Progress::Unknown | Progress::Resolved { .. } => false,
    })
}

fn title(scene: &Scene<'_>, room: usize) -> Line<'static> {
    let look = &scene.ui.look;
    let attempt = scene.ui.pane.attempt().and_then(|id| scene.facts.run.attempt(id));
    let Some(attempt) = attempt else {
        return Line::from(look.span(" Output ", Tone::Title));
    };
    let target = &attempt.intended.target;
    let node = scene.ui.outline.of_step(&target.step).and_then(|id| scene.ui.outline.nodes.get(id));
    let step = node.and_then(|node| Subject::find(scene.facts.book, &node.item)).and_then(Subject::step);
    let number = step.map(|step| step.number.as_str()).unwrap_or_default();
    let command = step.and_then(|step| step.command(target.command as usize));
    let expect = command.map(|command| command.options.expect_exit.as_slice()).unwrap_or_default();
    let (sign, tone) = outcome_look(attempt.outcome(expect));
    let time = match &attempt.progress {
        Progress::Running => {
            let limit = attempt.intended.timeout_ms.map(|ms| format!(" of {}", duration(ms))).unwrap_or_default();
            format!(" {}{limit}", spell(scene.facts.run.between(&attempt.began, scene.facts.now)))
        }
        Progress::Ended { ended, .. } => format!(" {}", duration(ended.took_ms)),
        Progress::Unknown | Progress::Resolved { .. } => String::new(),
    };
    let head = format!(" Output {number} {} ", attempt.id());
    let pulse =
        scene.facts.pulse.filter(|_| matches!(attempt.progress, Progress::Running)).and_then(|beat| {
            pulse::words(&beat, scene.facts.run, attempt, step, attempt.began.until(scene.facts.now).ms)
        });
    let (pulse, tone) = match pulse {
        Some((words, tone)) => (format!("{} {words} ", look.sign(Sign::Dot)), tone),
        None => (String::new(), tone),
    };
    let result = format!("{} {}{time} {pulse}", look.sign(sign), ending_words(attempt));
    let left = room.saturating_sub(crate::tui::text::width(&head));
    Line::from(vec![look.span(head, Tone::Title), look.span(fit(&result, left), tone)])
}

fn mode(scene: &Scene<'_>) -> String {
    let ui = scene.ui;
    let dot = ui.look.sign(Sign::Dot);
    let (rows, cols) = ui.pane.size();
    let place = if ui.pane.follows() {
        "follow".to_owned()
    } else {
        format!("{} back, {} follows", ui.pane.scrolled(), ui.keymap.key(Action::Last))
    };
    match (&ui.keyboard, &ui.pane.shown) {
        (Keyboard::Program(_), _) => " typing: Ctrl-] leaves ".to_owned(),
        (Keyboard::Ended, _) => " the program ended: Esc ".to_owned(),
        (Keyboard::Gonogo, Shown::Live { skipped, .. }) if *skipped > 0 => {
            format!(" {place} {dot} {} skipped ", size(*skipped))
        }
        (Keyboard::Gonogo, Shown::Live { .. }) => format!(" {cols}x{rows} {dot} {place} "),
        (Keyboard::Gonogo, Shown::Kept { dropped, hidden, .. }) if dropped + hidden > 0 => {
            format!(" {place} {dot} {} before ", size(dropped + hidden))
        }
        (Keyboard::Gonogo, Shown::Kept { .. }) if !ui.pane.follows() => format!(" {place} "),
        (
            Keyboard::Gonogo,
            Shown::Nothing | Shown::Loading(_) | Shown::Large(..) | Shown::Unreadable(..) | Shown::Kept { .. },
        ) => String::new(),
    }
}
