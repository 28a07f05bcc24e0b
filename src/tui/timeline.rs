//! The timeline: phases and steps as bars over time, planned beside actual.
//!
//! A planned length is what earlier runs of the step took, else the author's estimate. Open steps follow each other from now on, in the document's order; where no
//! estimate is written there is no bar, and what is left is said to be at least so long.

use super::msg::Facts;
use super::outline::{Item, NodeId, Outline, Subject};
use crate::run::{Exactness, Length, Moment, Progress};
use crate::runbook::Step;

/// The shortest span of time that is shown, in milliseconds.
const SHORTEST: u64 = 10_000;

/// The timeline on the screen.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    pub rows: Vec<Row>,
    pub cursor: usize,
    pub span: Span,
    /// From the run's beginning to the last end there is or is to come, in milliseconds.
    pub whole: u64,
    /// Milliseconds from the run's beginning until now.
    pub now: u64,
}

/// Which part of the time is on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Span {
    #[default]
    All,
    /// Milliseconds since the run's beginning.
    Part { from: u64, to: u64 },
}

/// A phase or a step.
#[derive(Debug, Clone)]
pub struct Row {
    pub node: NodeId,
    pub done: Vec<Bar>,
    pub planned: Option<Bar>,
    /// From its first act to its last.
    pub took: Option<Length>,
    /// What earlier runs took, or the author's estimate, in milliseconds.
    pub plan: Option<u64>,
}

/// A stretch of time, in milliseconds since the run's beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    pub from: u64,
    pub to: u64,
}

impl Bar {
    /// Whether any of it lies within `from..to`.
    #[must_use]
    pub fn meets(self, from: u64, to: u64) -> bool {
        self.from < to && (self.to > from || self.to == self.from && self.from >= from)
    }
}

impl Timeline {
    pub fn settle(&mut self, facts: &Facts<'_>, outline: &Outline) {
        let since = |moment: &Moment| facts.run.began.until(moment).ms;
        let begun = facts.run.head.seq > 0;
        self.now = if begun { since(facts.now) } else { 0 };
        let mut next = self.now;
        self.rows.clear();
        for (node, place) in
            outline.nodes.iter().enumerate().filter(|(_, node)| node.walked).map(|(id, node)| (node, id))
        {
            let Some(subject) = Subject::find(facts.book, &node.item) else { continue };
            let plan = match subject.step() {
                None => subject.phase().estimate_s.map(ms),
                Some(step) => facts.estimates.get(&step.id).map(|one| one.ms).or(step.estimate_s.map(ms)),
            };
            let mut row = Row { node: place, done: Vec::new(), planned: None, took: None, plan };
            if let Subject::Step(_, step) = subject {
                row.done = bars(facts, step, self.now);
                let open = node.end == place + 1 && !node.state.is_settled();
                if let (true, Some(plan)) = (open, row.plan) {
                    let from = row.done.first().map_or(next, |bar| bar.from);
                    let to = (from + plan).max(next);
                    row.planned = Some(Bar { from, to });
                    next = to;
                }
            }
            self.rows.push(row);
        }
        let resumed: Vec<u64> = facts.run.sittings.iter().skip(1).map(|sitting| since(&sitting.began)).collect();
        sum_up(&mut self.rows, outline, &resumed);
        let ends = self.rows.iter().flat_map(|row| row.done.iter().chain(row.planned.iter())).map(|bar| bar.to);
        self.whole = ends.max().unwrap_or(0).max(self.now).max(SHORTEST);
        self.cursor = self.cursor.min(self.rows.len().saturating_sub(1));
    }

    pub fn go(&mut self, by: isize) {
        self.cursor = self.cursor.saturating_add_signed(by).min(self.rows.len().saturating_sub(1));
    }

    /// From when to when is shown.
    #[must_use]
    pub fn window(&self) -> (u64, u64) {
        match self.span {
            Span::All => (0, self.whole),
            Span::Part { from, to } => (from, to),
        }
    }

    /// Shows half or twice as much time around the middle.
    pub fn zoom(&mut self, zoom: Zoom) {
        let (from, to) = self.window();
        let (length, middle) = (to - from, from + (to - from) / 2);
        let length = match zoom {
            Zoom::In => (length / 2).max(SHORTEST),
            Zoom::Out => length * 2,
        };
        if length >= self.whole {
            self.span = Span::All;
            return;
        }
        let from = middle.saturating_sub(length / 2).min(self.whole - length);
        self.span = Span::Part { from, to: from + length };
    }

    /// Moves by a quarter of what is shown; forwards when positive.
    pub fn pan(&mut self, by: i64) {
        if let Span::Part { from, to } = self.span {
            let length = to - from;
            let quarter = i64::try_from(length / 4).unwrap_or(i64::MAX);
            let from = from.saturating_add_signed(by.saturating_mul(quarter)).min(self.whole.saturating_sub(length));
            self.span = Span::Part { from, to: from + length };
        }
    }
}

/// Closer or farther.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zoom {
    In,
    Out,
}

fn ms(seconds: u32) -> u64 {
    u64::from(seconds) * 1000
}

/// When a step was worked on: one bar for each attempt, and one for a verdict without any.
fn bars(facts: &Facts<'_>, step: &Step, now: u64) -> Vec<Bar> {
    let since = |moment: &Moment| facts.run.began.until(moment).ms;
    let mut bars: Vec<Bar> = facts
        .run
        .attempts_of(&step.id)
        .map(|attempt| {
            let from = since(&attempt.began);
            let to = match &attempt.progress {
                Progress::Ended { ended, .. } => from + ended.took_ms,
                Progress::Running => now,
                Progress::Unknown | Progress::Resolved { .. } => from,
            };
            Bar { from, to: to.max(from) }
        })
        .collect();
    if let Some(mark) = facts.run.mark(&step.id) {
        let at = since(&mark.at);
        bars.push(Bar { from: at, to: at });
    }
    bars
}

/// How long a bar is; approximate when the run was resumed within it.
fn length(bar: Bar, resumed: &[u64]) -> Length {
    let spans = resumed.iter().any(|at| bar.from < *at && *at < bar.to);
    Length { ms: bar.to - bar.from, exact: if spans { Exactness::Approximate } else { Exactness::Monotonic } }
}

/// A group's and a phase's bars are those of its steps, from the first to the last; its plan is theirs where it has none.
fn sum_up(rows: &mut [Row], outline: &Outline, resumed: &[u64]) {
    for place in (0..rows.len()).rev() {
        let node = &outline.nodes[rows[place].node];
        let end = node.end;
        let below: Vec<usize> = (place + 1..rows.len()).take_while(|row| rows[*row].node < end).collect();
        let is_phase = matches!(node.item, Item::Phase(_));
        if is_phase || !below.is_empty() {
            let own = std::mem::take(&mut rows[place].done);
            let bars = own.into_iter().chain(below.iter().flat_map(|row| rows[*row].done.clone()));
            rows[place].done = around(bars).into_iter().collect();
            rows[place].planned = around(below.iter().filter_map(|row| rows[*row].planned));
            if rows[place].plan.is_none() {
                let leaf = |row: &&usize| outline.nodes[rows[**row].node].end == rows[**row].node + 1;
                let plans: Vec<u64> = below.iter().filter(leaf).filter_map(|row| rows[*row].plan).collect();
                rows[place].plan = (!plans.is_empty()).then(|| plans.iter().sum());
            }
        }
        rows[place].took = around(rows[place].done.iter().copied()).map(|bar| length(bar, resumed));
    }
}

fn around(bars: impl Iterator<Item = Bar>) -> Option<Bar> {
    bars.reduce(|one, other| Bar { from: one.from.min(other.from), to: one.to.max(other.to) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_met_by_one_cell_only() {
        let tick = Bar { from: 10, to: 10 };
        assert_eq!([tick.meets(0, 10), tick.meets(10, 20), tick.meets(20, 30)], [false, true, false]);
        let bar = Bar { from: 5, to: 15 };
        assert_eq!(
            [bar.meets(0, 5), bar.meets(0, 10), bar.meets(10, 20), bar.meets(15, 20)],
            [false, true, true, false]
        );
    }

    #[test]
    fn zooming_out_ends_with_all_and_panning_stays_inside() {
        let mut line = Timeline { whole: 100_000, ..Timeline::default() };
        line.zoom(Zoom::In);
        assert_eq!(line.window(), (25_000, 75_000));
        line.pan(9);
        assert_eq!(line.window(), (50_000, 100_000));
        line.pan(-99);
        assert_eq!(line.window(), (0, 50_000));
        line.zoom(Zoom::Out);
        assert_eq!(line.span, Span::All);
    }
}
