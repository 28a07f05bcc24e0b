//! Draws a scene. Pure: the same scene gives the same cells.

mod ascii;
mod compare;
mod dialog;
mod edits;
mod footer;
mod header;
mod help;
mod list;
mod output;
mod page;
mod pulse;
mod step;
mod timeline;
mod tree;

pub(crate) use dialog::dialog_end;
pub use edits::{diff_lines, edits_end};

use super::dialog::Modal;
use super::link::{self, Link};
use super::look::{Glyphs, Look};
use super::msg::Scene;
use super::panes::{Focus, Layout, SMALLEST};
use super::text::fit;
use super::theme::Tone;
use super::ui::Screen;
use super::update::searches_output;
use ratatui::Frame;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::symbols::border;
use ratatui::symbols::merge::MergeStrategy;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear};

/// Draws everything.
pub fn draw(frame: &mut Frame<'_>, scene: &Scene<'_>) {
    draw_all(frame, scene);
    reduce(frame, &scene.ui.look);
}

/// What is drawn in ASCII where the operator wants no other characters.
pub(super) fn reduce(frame: &mut Frame<'_>, look: &Look) {
    if look.glyphs == Glyphs::Ascii {
        ascii::reduce(frame.buffer_mut());
    }
}

fn draw_all(frame: &mut Frame<'_>, scene: &Scene<'_>) {
    let ui = scene.ui;
    let panes = ui.panes();
    paper(frame, &ui.look, frame.area());
    if too_small(frame) {
        return;
    }
    header::draw(frame, scene, panes.header);
    match &ui.screen {
        Screen::Walk => {
            if let Some(tabs) = panes.tabs {
                header::tabs(frame, scene, tabs);
            }
            // The focused pane comes last, so that its border is whole.
            for focus in [Focus::Tree, Focus::Step, Focus::Output].into_iter().filter(|focus| *focus != ui.focus) {
                pane(frame, scene, focus);
            }
            pane(frame, scene, ui.focus);
        }
        Screen::Board(board) => page::board(frame, scene, board, panes.body),
        Screen::Timeline(line) => timeline::draw(frame, scene, line, panes.body),
        Screen::Log(log) => page::log(frame, scene, log, panes.body),
    }
    if let Some(status) = panes.status {
        footer::status(frame, scene, status);
    }
    if let Some(area) = panes.footer {
        footer::keys(frame, scene, area);
    }
    for modal in &ui.modals {
        match modal {
            Modal::Dialog(open) => dialog::dialog(frame, scene, open),
            Modal::Form(form) => dialog::form(frame, scene, form),
            Modal::Edits(open) => edits::draw(frame, scene, open),
            Modal::Help(list) => help::help(frame, scene, list),
            Modal::Palette(list) => help::palette(frame, scene, list),
            Modal::Find(found) if searches_output(ui) => {
                footer::find(frame, scene, &found.field, panes.footer.unwrap_or(panes.header));
            }
            Modal::Find(found) => list::find(frame, scene, found),
            Modal::Nodes(steps) => list::nodes(frame, scene, steps),
            Modal::Themes(themes) => list::themes(frame, scene, themes),
            Modal::Narrow(narrow) => footer::narrow(frame, scene, &narrow.field, &panes),
            Modal::Filter(field) => footer::filter(frame, scene, field, panes.footer.unwrap_or(panes.header)),
        }
    }
}

/// Where on the screen words stand that lead somewhere.
#[must_use]
pub fn links(scene: &Scene<'_>) -> Vec<Link> {
    let ui = scene.ui;
    match (&ui.screen, ui.panes().step) {
        (Screen::Walk, Some(pane)) if ui.modals.is_empty() => {
            link::on_screen(&ui.detail.page.links, ui.detail.scroll, step::text_area(pane))
        }
        (Screen::Walk | Screen::Board(_) | Screen::Timeline(_) | Screen::Log(_), _) => Vec::new(),
    }
}

/// Gives an area the theme's own page, if it has one.
fn paper(frame: &mut Frame<'_>, look: &Look, area: Rect) {
    let page = look.style(Tone::Background);
    if page != Style::default() {
        frame.buffer_mut().set_style(area, page);
    }
}

/// Says what size is needed where nothing else fits; whether it had to.
pub(super) fn too_small(frame: &mut Frame<'_>) -> bool {
    let area = frame.area();
    if Layout::of(area) != Layout::TooSmall {
        return false;
    }
    let text = fit(&format!("gonogo needs {}x{} or more", SMALLEST.0, SMALLEST.1), usize::from(area.width));
    write_lines(frame, Rect { height: area.height.min(1), ..area }, &[Line::from(text)]);
    true
}

fn pane(frame: &mut Frame<'_>, scene: &Scene<'_>, focus: Focus) {
    let panes = scene.ui.panes();
    match focus {
        Focus::Tree => panes.tree.into_iter().for_each(|area| tree::draw(frame, scene, area)),
        Focus::Step => panes.step.into_iter().for_each(|area| step::draw(frame, scene, area)),
        Focus::Output => panes.output.into_iter().for_each(|area| output::draw(frame, scene, area)),
    }
}

/// A border around a pane, merged with its neighbours' where they touch.
fn framed<'t>(look: &Look, left: Line<'t>, right: Line<'t>, focused: Tone) -> Block<'t> {
    let block = Block::bordered().border_style(look.style(focused)).title(left);
    let block = if right.width() > 0 { block.title(right.alignment(Alignment::Right)) } else { block };
    match look.glyphs {
        Glyphs::Unicode => block.merge_borders(MergeStrategy::Exact),
        Glyphs::Ascii => block.border_set(ASCII),
    }
}

const ASCII: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

fn border_tone(scene: &Scene<'_>, focus: Focus) -> Tone {
    if scene.ui.focus == focus { Tone::BorderFocus } else { Tone::Border }
}

/// Writes lines into an area, as many as fit.
pub(super) fn write_lines(frame: &mut Frame<'_>, area: Rect, lines: &[Line<'_>]) {
    for (line, y) in lines.iter().zip(area.y..area.bottom()) {
        frame.buffer_mut().set_line(area.x, y, line, area.width);
    }
}

/// A box over the middle of the screen, cleared, with its title; returns what is inside, with a blank at each side.
fn over(frame: &mut Frame<'_>, scene: &Scene<'_>, title: &str, wanted: (u16, u16)) -> Rect {
    over_area(frame, &scene.ui.look, scene.ui.panes().body, title, wanted)
}

/// The same over any area.
pub(super) fn over_area(frame: &mut Frame<'_>, look: &Look, body: Rect, title: &str, wanted: (u16, u16)) -> Rect {
    let width = (wanted.0 + 4).min(body.width.saturating_sub(2)).max(20);
    let height = (wanted.1 + 2).min(body.height);
    let area = Rect {
        x: body.x + (body.width.saturating_sub(width)) / 2,
        y: body.y + (body.height.saturating_sub(height)) / 3,
        width,
        height,
    };
    let title = look.span(format!(" {} ", fit(title, usize::from(width.saturating_sub(6)))), Tone::Title);
    frame.render_widget(Clear, area);
    paper(frame, look, area);
    let block = Block::bordered().border_style(look.style(Tone::Accent)).title(Line::from(title));
    let block = match look.glyphs {
        Glyphs::Unicode => block.border_set(border::DOUBLE),
        Glyphs::Ascii => block.border_set(ASCII),
    };
    frame.render_widget(block, area);
    Rect { x: area.x + 2, y: area.y + 1, width: area.width.saturating_sub(4), height: area.height.saturating_sub(2) }
}

/// A line with something at its left and something at its right end; the left gives way.
pub(super) fn justified(left: Vec<Span<'static>>, right: Vec<Span<'static>>, width: usize) -> Line<'static> {
    let right_width: usize = right.iter().map(super::text::span_width).sum();
    let room = width.saturating_sub(right_width);
    let mut spans = Vec::new();
    let mut used = 0;
    for span in left {
        let wide = super::text::span_width(&span);
        if used + wide <= room {
            used += wide;
            spans.push(span);
        } else {
            let cut = fit(&span.content, room - used);
            used += super::text::width(&cut);
            spans.push(Span::styled(cut, span.style));
            break;
        }
    }
    spans.push(Span::raw(" ".repeat(width.saturating_sub(used + right_width))));
    spans.extend(right);
    Line::from(spans)
}
