//! Dialogs and the values form.

mod content;

use super::{over, write_lines};
use crate::tui::dialog::{Dialog, Form, Modal, Row};
use crate::tui::field::Field;
use crate::tui::look::Sign;
use crate::tui::msg::Scene;
use crate::tui::text::{count, fit, line_width, span_width, width, wrap, wrap_plain};
use crate::tui::theme::Tone;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Widest text of a dialog, in columns.
const WIDEST: u16 = 76;

pub(super) fn dialog(frame: &mut Frame<'_>, scene: &Scene<'_>, dialog: &Dialog) {
    let look = &scene.ui.look;
    let room = scene.ui.panes().body;
    let columns = usize::from(WIDEST.min(room.width.saturating_sub(6)));
    let (title, mut lines) = content::content(scene, dialog, columns);
    let foot = foot(scene, dialog, columns);
    // What is asked about gives way before the question and its answers do.
    let most = usize::from(room.height.saturating_sub(2)).saturating_sub(foot.lines.len());
    if lines.len() > most {
        let shown = most.saturating_sub(1);
        let above = dialog.scroll.min(lines.len() - shown);
        let below = lines.len() - shown - above;
        lines = lines.split_off(above);
        lines.truncate(shown);
        let rest = match (above, below) {
            (above, 0) => format!("{} above, PgUp", count(above, "line")),
            (_, below) => format!("… {below} more lines, PgDn"),
        };
        if most > 0 {
            lines.push(Line::from(look.span(fit(&rest, columns), Tone::Muted)));
        }
    }
    let head = lines.len();
    lines.extend(foot.lines);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let area = over(frame, scene, &title, (u16::try_from(columns).unwrap_or(WIDEST), height));
    write_lines(frame, area, &lines);
    if let Some((row, column)) = foot.chosen {
        let y = area.y + u16::try_from(head + row).unwrap_or(0);
        if y < area.bottom() {
            let bar = Rect { x: area.x + column, y, width: area.width.saturating_sub(column), height: 1 };
            frame.buffer_mut().set_style(bar, look.style(Tone::Selection));
        }
    }
    if let Some((row, column)) = foot.cursor {
        let at = Position { x: area.x + column, y: area.y + u16::try_from(head + row).unwrap_or(0) };
        if area.contains(at) {
            frame.set_cursor_position(at);
        }
    }
}

/// What Enter does in what lies over the screen.
pub(super) fn enter_does(modal: &Modal) -> &'static str {
    match modal {
        Modal::Dialog(dialog) => content::verb(dialog),
        Modal::Form(_) => "next",
        Modal::Edits(_) => "confirm",
        Modal::Help(_) | Modal::Palette(_) => "do it",
        Modal::Find(_) | Modal::Nodes(_) => "go there",
        Modal::Themes(_) => "keep",
        Modal::Filter(_) | Modal::Narrow(_) => "keep the filter",
    }
}

/// The last line of what is asked about that can be the first on the screen.
#[must_use]
pub(crate) fn dialog_end(scene: &Scene<'_>, dialog: &Dialog) -> usize {
    let room = scene.ui.panes().body;
    let columns = usize::from(WIDEST.min(room.width.saturating_sub(6)));
    let most = usize::from(room.height.saturating_sub(2)).saturating_sub(foot(scene, dialog, columns).lines.len());
    let lines = content::content(scene, dialog, columns).1.len();
    if lines > most { lines - most.saturating_sub(1) } else { 0 }
}

/// Choices, field, complaint and keys.
struct Foot {
    lines: Vec<Line<'static>>,
    /// Row of the chosen answer.
    chosen: Option<(usize, u16)>,
    /// Row and column of the text cursor.
    cursor: Option<(usize, u16)>,
}

fn foot(scene: &Scene<'_>, dialog: &Dialog, columns: usize) -> Foot {
    let whole = laid_out(scene, dialog, columns, Air::Loose);
    let room = usize::from(scene.ui.panes().body.height.saturating_sub(2));
    if whole.lines.len() < room { whole } else { laid_out(scene, dialog, columns, Air::Tight) }
}

/// Whether there is room for empty lines, and for every answer at once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Air {
    Loose,
    Tight,
}

fn laid_out(scene: &Scene<'_>, dialog: &Dialog, columns: usize, air: Air) -> Foot {
    let look = &scene.ui.look;
    let mut foot = Foot { lines: Vec::new(), chosen: None, cursor: None };
    foot.gap(air);
    for (place, choice) in dialog.choices.iter().enumerate() {
        let here = place == dialog.cursor;
        if air == Air::Tight && !here {
            continue;
        }
        if here {
            foot.chosen = Some((foot.lines.len(), 0));
        }
        let mark = look.sign(if here { Sign::RadioChosen } else { Sign::Radio });
        let mut spans = vec![look.span(format!(" {mark} "), Tone::Text)];
        if let (Some(key), None) = (choice.key.filter(|key| *key != ' '), &dialog.field) {
            spans.push(look.span(format!("{key}  "), Tone::Key));
        }
        let of = if air == Air::Tight { format!("  {} of {}", place + 1, dialog.choices.len()) } else { String::new() };
        spans.push(look.span(fit(&choice.label, columns.saturating_sub(9 + width(&of))), Tone::Text));
        spans.push(look.span(of, Tone::Muted));
        foot.lines.push(Line::from(spans));
    }
    if let Some(field) = &dialog.field {
        if !dialog.choices.is_empty() {
            foot.gap(air);
        }
        foot.field(scene, content::label(dialog), field, columns);
    }
    if let Some(complaint) = &dialog.complaint {
        foot.lines.extend(wrap_plain(complaint, look.style(Tone::Warning), columns));
    }
    foot.gap(air);
    let choose = if dialog.choices.len() > 1 { "↑↓ choose   " } else { "" };
    let editor = if dialog.field.as_ref().is_some_and(|field| !field.is_hidden()) { "Ctrl-o editor   " } else { "" };
    let keys = format!("{choose}Enter {}   {editor}Esc back", content::verb(dialog));
    let keys = if width(&keys) > columns { keys.replace("Ctrl-o editor   ", "") } else { keys };
    foot.lines.push(Line::from(look.span(fit(&keys, columns), Tone::Hint)));
    foot
}

impl Foot {
    fn gap(&mut self, air: Air) {
        if air == Air::Loose {
            self.lines.push(Line::default());
        }
    }

    /// A label with the text that is typed, wrapped, and where its cursor is.
    fn field(&mut self, scene: &Scene<'_>, label: &str, field: &Field, columns: usize) {
        let look = &scene.ui.look;
        let label = format!("{label} ");
        let indent = " ".repeat(width(&label));
        let style = look.style(Tone::Field);
        let laid = |text: String| {
            let first = [look.span(label.clone(), Tone::Muted)];
            wrap(&[Span::styled(text, style)], columns.saturating_sub(1), &first, &[Span::raw(indent.clone())])
        };
        let before = laid(format!("{}\u{2588}", field.shown_before()));
        let row = before.len() - 1;
        let column = before.last().map_or(0, line_width).saturating_sub(1);
        self.cursor = Some((self.lines.len() + row, u16::try_from(column).unwrap_or(0)));
        let mut lines = laid(field.shown());
        if let Some(last) = lines.last_mut() {
            let rest = columns.saturating_sub(line_width(last)).min(24);
            last.spans.push(Span::styled(" ".repeat(rest), style));
        }
        self.lines.extend(lines);
    }
}

pub(super) fn form(frame: &mut Frame<'_>, scene: &Scene<'_>, form: &Form) {
    let look = &scene.ui.look;
    let room = scene.ui.panes().body;
    let columns = usize::from(WIDEST.min(room.width.saturating_sub(6)));
    let rows = usize::from(room.height.saturating_sub(8)).max(2) / 2;
    let top = (form.cursor + 1).saturating_sub(rows);
    let mut lines = Vec::new();
    let mut cursor = None;
    for (place, row) in form.rows.iter().enumerate().skip(top).take(rows) {
        let here = place == form.cursor;
        lines.push(prompt(scene, row, here, columns));
        if here {
            let column = 4 + width(&row.field.shown_before());
            cursor = Some((lines.len(), u16::try_from(column).unwrap_or(0)));
        }
        lines.push(value(scene, row, columns));
    }
    if form.rows.len() > rows {
        let text = format!("{} of {} values", form.cursor + 1, form.rows.len());
        lines.push(Line::from(look.span(text, Tone::Muted)));
    }
    if let Some(complaint) = &form.complaint {
        lines.extend(wrap_plain(complaint, look.style(Tone::Warning), columns));
    }
    lines.push(Line::default());
    let then = if form.then.is_some() { "Enter next, then run" } else { "Enter next, then save" };
    lines.push(Line::from(look.span(format!("{then}   Ctrl-s save   Esc back"), Tone::Hint)));
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let area = over(frame, scene, "Values", (u16::try_from(columns).unwrap_or(WIDEST), height));
    write_lines(frame, area, &lines);
    if let Some((row, column)) = cursor {
        let at = Position { x: area.x + column, y: area.y + u16::try_from(row).unwrap_or(0) };
        if area.contains(at) {
            frame.set_cursor_position(at);
        }
    }
}

fn prompt(scene: &Scene<'_>, row: &Row, here: bool, columns: usize) -> Line<'static> {
    let look = &scene.ui.look;
    let mut about = Vec::new();
    about.extend(row.from.as_ref().map(|variable| format!("from ${variable}")));
    if row.prompt != row.name {
        about.push(row.prompt.clone());
    }
    if row.variable.secret {
        about.push("secret: never recorded".to_owned());
    }
    if !row.variable.choices.is_empty() {
        about.push(format!("←→ {}", row.variable.choices.join(" / ")));
    }
    if row.given.is_some() {
        about.push("set".to_owned());
    }
    let name = look.span(row.name.clone(), if here { Tone::Accent } else { Tone::Text });
    let rest = fit(&about.join(", "), columns.saturating_sub(span_width(&name) + 2));
    Line::from(vec![name, look.span(format!("  {rest}"), Tone::Muted)])
}

fn value(scene: &Scene<'_>, row: &Row, columns: usize) -> Line<'static> {
    let style: Style = scene.ui.look.style(Tone::Field);
    let room = columns.saturating_sub(5);
    let shown = fit(&row.field.shown(), room);
    let rest = room.saturating_sub(width(&shown)).min(32);
    Line::from(vec![Span::raw("  = "), Span::styled(shown, style), Span::styled(" ".repeat(rest), style)])
}
