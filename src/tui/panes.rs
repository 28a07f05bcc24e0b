//! Where everything is: one pure function from the screen's size and arrangement to rectangles.
//!
//! ```text
//! wide (≥ 110)                 narrow (80–109)              single (< 80)
//! header                       header                       header
//! ┌ tree ──┬ step ──────┐      ┌ tree ┬ step ───────┐       tabs
//! │        │            │      │      │             │       ┌ tree or step or output ┐
//! │        ├ output ────┤      │      ├ output ─────┤       │                        │
//! └────────┴────────────┘      └──────┴─────────────┘       └────────────────────────┘
//! status (height ≥ 20)         status                       status
//! footer (height ≥ 14)         footer                       footer
//! ```

use ratatui::layout::Rect;

/// Smallest screen on which something can be shown, in columns and rows.
pub const SMALLEST: (u16, u16) = (40, 10);

/// Which pane has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Focus {
    #[default]
    Tree,
    Step,
    Output,
}

/// Whether the focused pane has the whole screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Zoom {
    #[default]
    None,
    Focused,
}

/// Whether there is output to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    Absent,
    Present,
}

/// What decides about the rectangles besides the size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrangement {
    pub focus: Focus,
    pub zoom: Zoom,
    pub output: Output,
}

/// How much fits beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    TooSmall,
    Single,
    Narrow,
    Wide,
}

impl Layout {
    #[must_use]
    pub fn of(area: Rect) -> Self {
        match area.width {
            _ if area.width < SMALLEST.0 || area.height < SMALLEST.1 => Layout::TooSmall,
            110.. => Layout::Wide,
            80.. => Layout::Narrow,
            _ => Layout::Single,
        }
    }
}

/// The rectangles, borders included; what is absent is not drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panes {
    pub layout: Layout,
    pub header: Rect,
    pub tabs: Option<Rect>,
    /// All between header and status: what a board or log fills.
    pub body: Rect,
    pub tree: Option<Rect>,
    pub step: Option<Rect>,
    pub output: Option<Rect>,
    pub status: Option<Rect>,
    pub footer: Option<Rect>,
}

/// Computes the rectangles.
#[must_use]
pub fn panes(area: Rect, arrangement: Arrangement) -> Panes {
    let layout = Layout::of(area);
    let row = |y: u16| Rect { y: area.y + y, height: 1, ..area };
    let below = u16::from(area.height >= 14) + u16::from(area.height >= 20);
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1 + below), ..area };
    let mut panes = Panes {
        layout,
        header: row(0),
        tabs: None,
        body,
        tree: None,
        step: None,
        output: None,
        status: (area.height >= 20).then(|| row(area.height - 2)),
        footer: (area.height >= 14).then(|| row(area.height - 1)),
    };
    match layout {
        Layout::TooSmall => {}
        Layout::Single => {
            panes.tabs = Some(Rect { height: 1, ..body });
            let rest = Rect { y: body.y + 1, height: body.height.saturating_sub(1), ..body };
            *panes.focused(arrangement.focus) = Some(rest);
        }
        Layout::Narrow | Layout::Wide if arrangement.zoom == Zoom::Focused => {
            *panes.focused(arrangement.focus) = Some(body);
        }
        Layout::Narrow => panes.split(30, arrangement.output),
        Layout::Wide => panes.split((body.width * 2 / 5).clamp(44, 70), arrangement.output),
    }
    panes
}

impl Panes {
    fn focused(&mut self, focus: Focus) -> &mut Option<Rect> {
        match focus {
            Focus::Tree => &mut self.tree,
            Focus::Step => &mut self.step,
            Focus::Output => &mut self.output,
        }
    }

    /// Neighbours share their border.
    fn split(&mut self, tree: u16, output: Output) {
        let body = self.body;
        self.tree = Some(Rect { width: tree, ..body });
        let right = Rect { x: body.x + tree - 1, width: body.width - tree + 1, ..body };
        let lower = match output {
            Output::Absent => 0,
            Output::Present => (body.height * 45 / 100).max(5),
        };
        if lower == 0 {
            self.step = Some(right);
        } else {
            let upper = right.height - lower + 1;
            self.step = Some(Rect { height: upper, ..right });
            self.output = Some(Rect { y: right.y + upper - 1, height: lower, ..right });
        }
    }
}

/// What is inside a pane's border.
#[must_use]
pub fn inner(pane: Rect) -> Rect {
    Rect { x: pane.x + 1, y: pane.y + 1, width: pane.width.saturating_sub(2), height: pane.height.saturating_sub(2) }
}

/// Columns and rows a program in the pane gets, also while the pane is not on the screen.
#[must_use]
pub fn program_size(area: Rect, arrangement: Arrangement) -> (u16, u16) {
    let shown = match (Layout::of(area), arrangement.zoom) {
        (Layout::TooSmall, _) => return (80, 24),
        // Alone on the screen it has one size, whichever pane is looked at.
        (Layout::Single, _) | (Layout::Narrow | Layout::Wide, Zoom::Focused) => {
            panes(area, Arrangement { focus: Focus::Output, output: Output::Present, ..arrangement })
        }
        (Layout::Narrow | Layout::Wide, Zoom::None) => {
            panes(area, Arrangement { output: Output::Present, ..arrangement })
        }
    };
    shown.output.map(inner).map_or((80, 24), |inner| (inner.width, inner.height))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(width: u16, height: u16, arrangement: Arrangement) -> Panes {
        panes(Rect::new(0, 0, width, height), arrangement)
    }

    const PLAIN: Arrangement = Arrangement { focus: Focus::Tree, zoom: Zoom::None, output: Output::Present };

    #[test]
    fn breakpoints() {
        let layout = |width, height| at(width, height, PLAIN).layout;
        assert_eq!(
            [layout(110, 30), layout(109, 30), layout(80, 24), layout(79, 24), layout(40, 10), layout(39, 10)],
            [Layout::Wide, Layout::Narrow, Layout::Narrow, Layout::Single, Layout::Single, Layout::TooSmall]
        );
        assert_eq!(layout(200, 9), Layout::TooSmall);
        let rows = |height| (at(80, height, PLAIN).status.is_some(), at(80, height, PLAIN).footer.is_some());
        assert_eq!([rows(20), rows(19), rows(13)], [(true, true), (false, true), (false, false)]);
    }

    #[test]
    fn panes_cover_the_body_at_every_size() {
        for (width, height) in (40..200).step_by(7).flat_map(|w| (10..80).step_by(3).map(move |h| (w, h))) {
            for output in [Output::Absent, Output::Present] {
                for focus in [Focus::Tree, Focus::Step, Focus::Output] {
                    let area = Rect::new(0, 0, width, height);
                    let arrangement = Arrangement { focus, zoom: Zoom::None, output };
                    let panes = panes(area, arrangement);
                    let all = [panes.tree, panes.step, panes.output].into_iter().flatten();
                    for pane in all {
                        assert_eq!(area.intersection(pane), pane, "{width}x{height}");
                        assert!(pane.width >= 3 && pane.height >= 3, "{width}x{height} {pane:?}");
                    }
                    let (cols, rows) = program_size(area, arrangement);
                    assert!(cols >= 2 && rows >= 2, "{width}x{height}");
                }
            }
        }
    }
}
