//! The tree of phases and steps: glyph, number, title at the left; word and time at the right.

use super::{border_tone, framed, justified};
use crate::run::event::Verdict;
use crate::run::gate::GateState;
use crate::run::state::StepState;
use crate::tui::look::{Sign, gate_look, state_look};
use crate::tui::msg::Scene;
use crate::tui::outline::{Item, Node, NodeId, Subject, short_word};
use crate::tui::panes::{Focus, inner};
use crate::tui::text::{duration, fit, line_width, spell, width};
use crate::tui::theme::Tone;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

pub(super) fn draw(frame: &mut Frame<'_>, scene: &Scene<'_>, area: Rect) {
    let ui = scene.ui;
    let look = &ui.look;
    let phases = ui.outline.nodes.iter().filter(|node| matches!(node.item, Item::Phase(_)) && node.walked);
    let (done, all) = phases.fold((0, 0), |(done, all), node| (done + u32::from(node.progress.is_complete()), all + 1));
    let right = position(scene, area);
    let title = if ui.tree.filter.is_on() {
        let room = usize::from(area.width).saturating_sub(3 + line_width(&right));
        look.span(filtered(scene, room), Tone::Match)
    } else {
        look.span(format!(" Phases {done}/{all} "), Tone::Title)
    };
    frame.render_widget(framed(look, Line::from(title), right, border_tone(scene, Focus::Tree)), area);
    let area = inner(area);
    let visible = ui.tree.rows.iter().skip(ui.tree.top).take(usize::from(area.height));
    for (node, y) in visible.zip(area.y..) {
        let line = row(scene, *node, usize::from(area.width));
        frame.buffer_mut().set_line(area.x, y, &line, area.width);
        if *node == ui.tree.cursor {
            let tone = if ui.focus == Focus::Tree { Tone::Selection } else { Tone::SelectionUnfocused };
            frame.buffer_mut().set_style(Rect { y, height: 1, ..area }, look.style(tone));
        }
    }
}

/// What the filter is, and how much it leaves; a long text gives way to the numbers.
fn filtered(scene: &Scene<'_>, room: usize) -> String {
    let tree = &scene.ui.tree;
    let counts = format!("{} of {}", tree.left.count(tree.filter.only), tree.left.of);
    let words = fit(&tree.filter.words(), room.saturating_sub(width(&counts) + 3));
    format!(" {words} {counts} ")
}

/// Where in the tree the cursor is, when not all of it fits.
fn position(scene: &Scene<'_>, area: Rect) -> Line<'static> {
    let tree = &scene.ui.tree;
    if tree.rows.len() <= usize::from(inner(area).height) {
        return Line::default();
    }
    Line::from(scene.ui.look.span(format!(" {}/{} ", tree.row() + 1, tree.rows.len()), Tone::Muted))
}

fn row(scene: &Scene<'_>, id: NodeId, columns: usize) -> Line<'static> {
    let ui = scene.ui;
    let look = &ui.look;
    let (Some(node), cursor) = (ui.outline.nodes.get(id), id == ui.tree.cursor) else {
        return Line::default();
    };
    let Some(subject) = Subject::find(scene.facts.book, &node.item) else {
        return Line::default();
    };
    let mark = if cursor { look.sign(Sign::Cursor) } else { " " };
    let mut left = vec![look.span(mark, Tone::Accent), Span::raw("  ".repeat(node.depth))];
    let has_children = node.end > id + 1;
    let fold = match (has_children, ui.tree.folded.contains(&id)) {
        (true, true) => look.sign(Sign::Folded),
        (true, false) => look.sign(Sign::Unfolded),
        (false, _) => " ",
    };
    left.push(look.span(format!("{fold} "), Tone::Muted));
    let (sign, tone) = node_look(node, has_children);
    left.push(look.span(format!("{} ", look.sign(sign)), tone));
    let hit = ui.find.hits.binary_search(&id).is_ok();
    let title_tone = match (&node.item, hit) {
        (_, true) => Tone::Match,
        (_, false) if ui.tree.is_guest(id) => Tone::Muted,
        (Item::Phase(_), false) if node.walked => Tone::Title,
        (Item::Phase(_), false) => Tone::Muted,
        (Item::Step { .. }, false) => Tone::Text,
    };
    let number = subject.number();
    let gap = if number.is_empty() { "" } else { " " };
    left.push(look.span(format!("{number}{gap}{}", subject.name()), title_tone));
    if let Subject::Step(_, step) = subject
        && step.critical
    {
        left.push(look.span(" !", Tone::Danger));
    }
    justified(left, right(scene, node, subject, columns), columns)
}

fn node_look(node: &Node, has_children: bool) -> (Sign, Tone) {
    if !node.walked && matches!(node.item, Item::Phase(_)) {
        return (Sign::AtHand, Tone::Muted);
    }
    if node.progress.is_complete()
        && let Some(GateState::Held { .. } | GateState::Rejected) = node.gate
    {
        return (Sign::Gate, Tone::Gate);
    }
    let own_news = matches!(node.state, StepState::Running | StepState::Unknown | StepState::Failed);
    if !has_children || own_news {
        return state_look(node.state);
    }
    let progress = node.progress;
    if progress.running > 0 {
        (Sign::Running, Tone::Running)
    } else if progress.failed > 0 {
        (Sign::Failed, Tone::Fail)
    } else if progress.is_complete() {
        (Sign::Done, Tone::Ok)
    } else if progress.asking > 0 {
        (Sign::Asks, Tone::Waiting)
    } else {
        (Sign::Open, Tone::Muted)
    }
}

/// Words and times at the right end; times only where there is room for both.
fn right(scene: &Scene<'_>, node: &Node, subject: Subject<'_>, columns: usize) -> Vec<Span<'static>> {
    let look = &scene.ui.look;
    let mut spans = vec![Span::raw(" ")];
    if let Some(gate) = node.gate.filter(|_| node.progress.is_complete() || columns >= 36) {
        let (sign, tone, word) = gate_look(gate);
        let word = if columns >= 36 { word } else { String::new() };
        spans.push(look.span(format!("{} {word} ", look.sign(sign)).replace("  ", " "), tone));
    }
    let is_phase = matches!(node.item, Item::Phase(_));
    let (words, tone) = if is_phase && !node.walked {
        (
            if columns >= 36 { format!("{}, at hand", subject.phase().role.word()) } else { "at hand".to_owned() },
            Tone::Muted,
        )
    } else if is_phase || node.progress.total > 1 {
        let progress = node.progress;
        let tone = if progress.is_complete() { Tone::Ok } else { Tone::Text };
        (format!("{}/{}", progress.settled, progress.total), tone)
    } else {
        let (_, tone) = state_look(node.state);
        // In a narrow tree the title needs the room; these two are told by their glyph and on the step's own page.
        let told = matches!(node.state, StepState::Open | StepState::Passed | StepState::Marked(Verdict::Passed));
        let word = if columns < 36 && told { "" } else { short_word(node.state) };
        (word.to_owned(), tone)
    };
    let soak =
        subject.step().and_then(|step| scene.facts.run.soaks.get(&step.id)).filter(|_| node.state == StepState::Open);
    if let Some(soak) = soak {
        let left = soak.left_ms(scene.facts.now).div_ceil(1000) * 1000;
        let (words, tone) = match (left, soak.goes()) {
            (0, _) => ("time over".to_owned(), Tone::Waiting),
            (_, true) => (format!("{} left", duration(left)), Tone::Running),
            (_, false) => (format!("paused, {} left", duration(left)), Tone::Warning),
        };
        spans.push(look.span(words, tone));
    } else if node.optional && !is_phase && node.state == StepState::Open {
        spans.push(look.span(if columns >= 36 { "optional" } else { "opt." }, Tone::Muted));
    } else {
        spans.push(look.span(words, tone));
    }
    if columns >= 36 && scene.ui.outline.timed {
        let time = match subject {
            Subject::Step(_, step) if node.state == StepState::Running => {
                let began = scene.facts.run.attempts_of(&step.id).next_back().map(|attempt| &attempt.began);
                began.map(|began| spell(scene.facts.run.between(began, scene.facts.now))).unwrap_or_default()
            }
            Subject::Step(..) | Subject::Phase(_) if node.spent_ms > 0 => duration(node.spent_ms),
            Subject::Step(..) | Subject::Phase(_) => String::new(),
        };
        let pad = 6_usize.saturating_sub(width(&time));
        spans.push(look.span(format!("{}{time}", " ".repeat(pad)), Tone::Muted));
    }
    if columns >= 36 {
        spans.push(Span::raw(" "));
    }
    spans
}
