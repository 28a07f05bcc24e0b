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
    pub split: Split,
}

/// Borders that were moved, in thousandths of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Split {
    /// Width of the tree.
    pub tree: Option<u16>,
    /// Height of the output.
    pub output: Option<u16>,
}

/// A border between panes that can be dragged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Border {
    Tree,
    Output,
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
        Layout::Narrow => panes.split(30, arrangement),
        Layout::Wide => panes.split((body.width * 2 / 5).clamp(44, 70), arrangement),
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

    /// The border under a cell, if it can be dragged.
    #[must_use]
    pub fn border_at(&self, x: u16, y: u16) -> Option<Border> {
        let (tree, step) = (self.tree?, self.step?);
        let inside = (self.body.y..self.body.bottom()).contains(&y);
        match self.output {
            _ if inside && x + 1 == tree.right() => Some(Border::Tree),
            Some(output) if y == output.y && x > step.x => Some(Border::Output),
            Some(_) | None => None,
        }
    }

    /// The split with a border moved to a cell.
    #[must_use]
    pub fn dragged(&self, split: Split, border: Border, (x, y): (u16, u16)) -> Split {
        let part =
            |cells: u16, of: u16| u16::try_from((u32::from(cells) * 1000).div_ceil(of.max(1).into())).unwrap_or(500);
        match border {
            Border::Tree => Split { tree: Some(part(x + 1 - self.body.x.min(x), self.body.width)), ..split },
            Border::Output => {
                Split { output: Some(part(self.body.bottom().saturating_sub(y), self.body.height)), ..split }
            }
        }
    }

    /// Neighbours share their border.
    fn split(&mut self, tree: u16, Arrangement { output, split, .. }: Arrangement) {
        let body = self.body;
        let share = |of: u16, part: u16| u16::try_from(u32::from(of) * u32::from(part) / 1000).unwrap_or(of);
        let tree = split.tree.map_or(tree, |part| share(body.width, part)).clamp(20, body.width - 30);
        self.tree = Some(Rect { width: tree, ..body });
        let right = Rect { x: body.x + tree - 1, width: body.width - tree + 1, ..body };
        let lower = match output {
            Output::Absent => 0,
            Output::Present => {
                let wanted = share(body.height, split.output.unwrap_or(450));
                wanted.clamp(5.min(body.height / 2), body.height.saturating_sub(4).max(5))
            }
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

    const PLAIN: Arrangement = Arrangement {
        focus: Focus::Tree,
        zoom: Zoom::None,
        output: Output::Present,
        split: Split { tree: None, output: None },
    };

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
                    let arrangement = Arrangement { focus, output, ..PLAIN };
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

    #[test]
    fn a_dragged_border_stays_on_the_screen() {
        for (width, height) in [(80, 14), (80, 24), (109, 20), (120, 36), (200, 60)] {
            let body = at(width, height, PLAIN);
            for (x, y) in [(0, 0), (width - 1, height - 1), (width / 2, height / 2)] {
                let split = body.dragged(body.dragged(Split::default(), Border::Tree, (x, y)), Border::Output, (x, y));
                let panes = at(width, height, Arrangement { split, ..PLAIN });
                for pane in [panes.tree, panes.step, panes.output].into_iter().flatten() {
                    let area = Rect::new(0, 0, width, height);
                    assert_eq!(area.intersection(pane), pane, "{width}x{height} {split:?}");
                    assert!(pane.width >= 3 && pane.height >= 3, "{width}x{height} {split:?} {pane:?}");
                }
            }
        }
    }

    #[test]
    fn a_border_is_found_where_it_is_drawn() {
        let panes = at(120, 36, PLAIN);
        let (tree, output) = (panes.tree.unwrap(), panes.output.unwrap());
        assert_eq!(panes.border_at(tree.right() - 1, 10), Some(Border::Tree));
        assert_eq!(panes.border_at(output.x + 5, output.y), Some(Border::Output));
        assert_eq!(panes.border_at(2, 2), None);
    }
}
