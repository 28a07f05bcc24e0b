//! The expected output beside the printed one, in place of the output pane's text.

use crate::run::compare::Row;
use crate::tui::look::{Look, Sign};
use crate::tui::text::{fit, width};
use crate::tui::theme::Tone;
use crate::tui::ui::Compared;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

pub(super) fn draw(frame: &mut Frame<'_>, look: &Look, compared: &Compared, area: Rect) {
    let half = usize::from(area.width.saturating_sub(3) / 2);
    let mut lines = vec![row(look, ("expected", Tone::Muted), (" ", Tone::Border), ("printed", Tone::Muted), half)];
    let room = usize::from(area.height).saturating_sub(1);
    for line in compared.rows.iter().skip(compared.scroll).take(room) {
        lines.push(match line {
            Row::Same(text) => {
                row(look, (text, Tone::Text), (look.sign(Sign::Bar), Tone::Border), (text, Tone::Text), half)
            }
            Row::Differs { expected, printed } => row(
                look,
                (expected.as_deref().unwrap_or_default(), Tone::Ok),
                (mark(expected.as_ref(), printed.as_ref()), Tone::Fail),
                (printed.as_deref().unwrap_or_default(), Tone::Fail),
                half,
            ),
        });
    }
    super::write_lines(frame, area, &lines);
}

/// Colour never stands alone: missing, added, other.
fn mark(expected: Option<&String>, printed: Option<&String>) -> &'static str {
    match (expected, printed) {
        (Some(_), None) => "<",
        (None, _) => ">",
        (Some(_), Some(_)) => "!",
    }
}

type Toned<'a> = (&'a str, Tone);

fn row(look: &Look, left: Toned<'_>, middle: Toned<'_>, right: Toned<'_>, half: usize) -> Line<'static> {
    let cell = |text: &str| {
        let text = fit(&text.replace('\t', "    "), half);
        let blanks = half.saturating_sub(width(&text));
        text + &" ".repeat(blanks)
    };
    Line::from(vec![
        look.span(cell(left.0), left.1),
        Span::raw(" "),
        look.span(middle.0.to_owned(), middle.1),
        Span::raw(" "),
        look.span(cell(right.0), right.1),
    ])
}
