//! The first line: what is walked, by whom, and how ready it is.

use super::{justified, write_lines};
use crate::tui::look::{Sign, answer_tone};
use crate::tui::msg::Scene;
use crate::tui::outline::Subject;
use crate::tui::panes::Focus;
use crate::tui::text::{fit, span_width, width};
use crate::tui::theme::Tone;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

pub(super) fn draw(frame: &mut Frame<'_>, scene: &Scene<'_>, area: Rect) {
    let look = &scene.ui.look;
    let facts = &scene.facts;
    // Where there is no line below, what has to be said is said here.
    if let (Some(notice), None, None) = (&scene.ui.notice, scene.ui.panes().status, scene.ui.panes().footer) {
        let text = fit(&format!(" {}", notice.text), usize::from(area.width));
        write_lines(frame, area, &[Line::from(look.span(text, notice.tone))]);
        return;
    }
    let mut left = vec![Span::raw(" ")];
    if facts.run.is_rehearsal() {
        left.push(look.span(" REHEARSAL ", Tone::Rehearsal));
        left.push(Span::raw(" "));
    }
    if facts.run.detour().is_some() {
        left.push(look.span(" DETOUR ", Tone::Rehearsal));
        left.push(Span::raw(" "));
    }
    let right = readiness(scene, area.width);
    if area.width >= 110 {
        left.push(look.span("gonogo  ", Tone::Accent));
    }
    left.push(look.span(facts.book.title.clone(), Tone::Title));
    let used: usize = left.iter().chain(&right).map(span_width).sum();
    let room = usize::from(area.width).saturating_sub(used + 2);
    let run = if facts.run.head.seq == 0 { "new".to_owned() } else { facts.run.id.short() };
    let role = facts.actor.role.as_deref().map(|role| format!(" ({role})")).unwrap_or_default();
    let mut shown = 0;
    for piece in [format!("   run {run}"), format!("   {}@{}{role}", facts.actor.name, facts.actor.host)] {
        if shown + width(&piece) <= room {
            shown += width(&piece);
            left.push(look.span(piece, Tone::Muted));
        }
    }
    if facts.run.closed.is_some() {
        left.push(look.span("   closed", Tone::Warning));
    }
    write_lines(frame, area, &[justified(left, right, usize::from(area.width))]);
}

/// Gauge, percent, answer, counts: as much as the width allows.
fn readiness(scene: &Scene<'_>, columns: u16) -> Vec<Span<'static>> {
    let look = &scene.ui.look;
    let readiness = scene.facts.readiness;
    let mut spans = vec![Span::raw("  ")];
    if columns >= 60 {
        let cells = if columns >= 110 { 20 } else { 10 };
        let done = readiness.percent.map_or(0, |percent| (percent as usize * cells) / 100);
        spans.push(look.span(look.sign(Sign::GaugeDone).repeat(done), Tone::GaugeDone));
        spans.push(look.span(look.sign(Sign::GaugeRest).repeat(cells - done), Tone::GaugeRest));
        spans.push(Span::raw(" "));
    }
    let percent = readiness.percent.map_or("--%".to_owned(), |percent| format!("{percent}%"));
    spans.push(look.span(percent, Tone::Title));
    spans.push(Span::raw("  "));
    spans.push(look.span(readiness.answer.word(), answer_tone(readiness.answer)));
    let counts = &readiness.counts;
    let passed = counts.passed + counts.remarks;
    let left = counts.steps - counts.settled() - counts.failed;
    if columns >= 80 {
        spans.push(look.span(format!("  {passed} passed"), Tone::Ok));
        if counts.failed > 0 {
            spans.push(look.span(format!("  {} failed", counts.failed), Tone::Fail));
        }
        spans.push(look.span(format!("  {left} left "), Tone::Muted));
        if let Some(eta) = scene.facts.times.eta.filter(|_| columns >= 110 && scene.facts.run.head.seq > 0) {
            spans.push(look.span(format!(" ETA {} ", look.zone.hour(eta)), Tone::Muted));
        }
    } else if counts.failed > 0 {
        spans.push(look.span(format!("  {} failed ", counts.failed), Tone::Fail));
    } else {
        spans.push(look.span(format!("  {left} left "), Tone::Muted));
    }
    spans
}

/// Which pane of a small screen is shown.
pub(super) fn tabs(frame: &mut Frame<'_>, scene: &Scene<'_>, area: Rect) {
    let look = &scene.ui.look;
    let number = scene.ui.subject(scene.facts.book).map(Subject::number).unwrap_or_default();
    let tabs = [
        (Focus::Tree, "Phases".to_owned()),
        (Focus::Step, format!("Step {number}")),
        (Focus::Output, "Output".to_owned()),
    ];
    let mut spans = vec![Span::raw(" ")];
    for (focus, name) in tabs {
        let here = scene.ui.focus == focus;
        let text = if here { format!("[{}]", name.trim()) } else { format!(" {} ", name.trim()) };
        spans.push(look.span(text, if here { Tone::Selection } else { Tone::Muted }));
        spans.push(Span::raw(" "));
    }
    write_lines(frame, area, &[Line::from(spans)]);
}
