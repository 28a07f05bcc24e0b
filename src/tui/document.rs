//! The page of one step or phase: what the author wrote and what has happened to it.
//!
//! Laid out once per change of cursor, width or run, so that drawing only cuts lines out of it.

mod command;
mod record;

pub use command::{highlighted, outcome_look};
pub use record::{ending_words, evidence, how_it_ended};

use super::keys::{Action, Keymap};
use super::link::Link;
use super::look::Look;
use super::outline::Subject;
use super::prose;
use super::text::wrap;
use super::theme::Tone;
use super::view::diff_lines;
use crate::run::Run;
use crate::run::decide::detour::way_back;
use crate::run::drift::DiffLine;
use crate::run::event::Scope;
use crate::run::gate::hold;
use crate::run::state::{is_offered, step_state};
use crate::runbook::{Block, Command, Gate, Phase, Quote, Runbook, Step, StepKind};
use ratatui::text::{Line, Span};
use std::ops::Range;

/// The lines of a page.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub lines: Vec<Line<'static>>,
    /// Lines of each command of the step, offered or not, in the order of [`Step::commands`].
    pub commands: Vec<Range<usize>>,
    /// Words that lead somewhere.
    pub links: Vec<Link>,
}

/// What a page is made from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub book: &'a Runbook,
    pub run: &'a Run,
    pub subject: Subject<'a>,
    /// Index into [`Step::commands`] of the command that `r` runs.
    pub chosen: Option<usize>,
    /// How the step has changed since it was done, if an edit made that stale.
    pub since_done: Option<&'a [DiffLine]>,
    /// For sentences that name a key.
    pub keymap: &'a Keymap,
}

/// Lays a page out.
#[must_use]
pub fn page(source: Source<'_>, width: usize, look: &Look) -> Page {
    let mut writer = Writer { source, width: width.max(16), look, page: Page::default() };
    match source.subject {
        Subject::Phase(phase) => writer.phase(phase),
        Subject::Step(_, step) => writer.step(step),
    }
    writer.page
}

struct Writer<'a> {
    source: Source<'a>,
    width: usize,
    look: &'a Look,
    page: Page,
}

impl Writer<'_> {
    fn push(&mut self, line: Line<'static>) {
        self.page.lines.push(line);
    }

    /// One empty line, never two, never the first.
    fn gap(&mut self) {
        if self.page.lines.last().is_some_and(|line| line.width() > 0) {
            self.push(Line::default());
        }
    }

    fn prose(&mut self, quote: &Quote) {
        let rendered = prose::render_with_links(&quote.text, self.width, self.look);
        let above = self.page.lines.len();
        let moved = |link: Link| Link { line: link.line + above, ..link };
        self.page.links.extend(rendered.links.into_iter().map(moved));
        self.page.lines.extend(rendered.lines);
        self.gap();
    }

    /// A label and text that wraps beside it.
    fn labelled(&mut self, label: &str, text: &str, tone: Tone) {
        let label = self.look.span(format!("{label} "), Tone::Muted);
        let rest = Span::raw("  ");
        let span = self.look.span(text, tone);
        self.page.lines.extend(wrap(&[span], self.width, &[label], &[rest]));
    }

    /// The whole title, where the pane's border may have had to cut it.
    fn title(&mut self, title: &str) {
        if super::text::width(title) + 24 > self.width {
            self.page.lines.extend(wrap(&[self.look.span(title, Tone::Heading)], self.width, &[], &[]));
            self.gap();
        }
    }

    /// What the operator does here, where the author wrote no command for it.
    fn by_hand(&mut self, step: &Step) {
        let open = !step_state(self.source.run, step).is_settled();
        let [tick, sign] = [Action::Tick, Action::SignOff].map(|action| self.source.keymap.key(action));
        let text = match step.kind {
            StepKind::Manual if open => format!("Done by hand: {tick} ticks it, {sign} signs it off with a note."),
            StepKind::Check if open => format!("To be confirmed: {tick} ticks it, {sign} signs it off with a note."),
            StepKind::Choice => "One of these is taken; the others fall away.".to_owned(),
            StepKind::Manual | StepKind::Check | StepKind::Command | StepKind::Group => return,
        };
        self.gap();
        self.page.lines.extend(wrap(&[self.look.span(text, Tone::Hint)], self.width, &[], &[]));
        self.gap();
    }

    fn phase(&mut self, phase: &Phase) {
        self.title(&phase.title);
        let purpose = if phase.is_walked() {
            format!("{} phase", phase.role.word())
        } else {
            format!("{} section, at hand, not counted ({})", phase.role.word(), phase.role_why)
        };
        self.labelled("Part:", &purpose, Tone::Text);
        // What the runbook is stands where the walk begins.
        if self.source.book.phases.iter().find(|other| other.is_walked()).is_some_and(|first| first.id == phase.id) {
            for (name, word) in self.source.book.front.about() {
                self.labelled(&format!("Runbook {name}:"), &word, Tone::Muted);
            }
            if let Some(on_fail) = self.source.book.front.on_fail {
                self.labelled("On failure:", on_fail.clause(), Tone::Muted);
            }
        }
        for (label, value) in [("Owner:", phase.owner.as_deref()), ("When:", phase.schedule.as_deref())] {
            if let Some(value) = value {
                self.labelled(label, value, Tone::Text);
            }
        }
        if let Some(claim) = phase.claim {
            self.labelled("The document claims:", claim.word(), Tone::Muted);
        }
        self.gap();
        for quote in &phase.prose {
            self.prose(quote);
        }
        self.criteria("Pass when:", &phase.criteria);
        self.criteria("Stop when:", &phase.stop_criteria);
        if let Some(gate) = &phase.gate {
            self.gate(gate, &Scope::Phase(phase.id.clone()));
        }
        self.gap();
        for step in &phase.steps {
            self.child(step);
        }
    }

    fn step(&mut self, step: &Step) {
        self.title(&step.title);
        self.facts(step);
        self.changed_since();
        let mut number = 0;
        let offered = step.commands().filter(|command| is_offered(command)).count();
        let mut index = 0;
        for block in &step.blocks {
            match block {
                Block::Prose(quote) => self.prose(quote),
                Block::Command(command) => {
                    number += usize::from(is_offered(command));
                    let start = self.page.lines.len();
                    self.command(step, index, command, (number, offered));
                    self.page.commands.push(start..self.page.lines.len());
                    self.gap();
                    index += 1;
                }
            }
        }
        self.criteria("Pass when:", &step.criteria);
        if let Some(gate) = &step.gate {
            self.gate(gate, &Scope::Step(step.id.clone()));
        }
        if offered == 0 {
            self.by_hand(step);
        }
        for child in &step.steps {
            self.child(child);
        }
        self.record(step);
    }

    /// A line for a step below.
    fn child(&mut self, step: &Step) {
        let state = self.look.state(step_state(self.source.run, step));
        let title = self.look.span(format!("{} {}", step.number, step.title), Tone::Text);
        self.page.lines.extend(wrap(&[title], self.width, &[state, Span::raw(" ")], &[Span::raw("  ")]));
    }

    /// Owner, condition and claims, as far as the author wrote them.
    fn facts(&mut self, step: &Step) {
        let mut facts = Vec::new();
        if step.critical {
            facts.push("critical".to_owned());
        }
        if step.optional {
            facts.push("optional".to_owned());
        }
        if let Some(owner) = step.owner() {
            facts.push(format!("owner {owner}"));
        }
        if let Some(seconds) = step.estimate_s {
            facts.push(format!("about {}", super::text::duration(u64::from(seconds) * 1000)));
        }
        if let Some(seconds) = step.soak_s() {
            facts.push(format!(
                "lasts at least {}: r begins its clock",
                super::text::duration(u64::from(seconds) * 1000)
            ));
        }
        if let Some(claim) = step.claim {
            facts.push(format!("the document claims: {}", claim.word()));
        }
        if !facts.is_empty() {
            let text = facts.join(&format!(" {} ", self.look.sign(super::look::Sign::Dot)));
            self.page.lines.extend(wrap(&[self.look.span(text, Tone::Muted)], self.width, &[], &[]));
        }
        if let Some(condition) = step.condition() {
            self.labelled("Only", condition, Tone::Warning);
        }
        if let Some(link) = step.link() {
            self.prose(&Quote { line: step.line, text: format!("See <{link}>") });
        }
        if let Some(back) = way_back(self.source.book, self.source.run, &step.id) {
            let key = self.source.keymap.key(Action::Detour);
            self.labelled(&format!("Taken back ({key}):"), &back.words(), Tone::Text);
        }
        self.gap();
    }

    /// How the step differs from the version for which it was done.
    fn changed_since(&mut self) {
        if let Some(lines) = self.source.since_done {
            let text = "Stale: the runbook changed after this was done. Do it or sign it off again.";
            self.page.lines.extend(wrap(&[self.look.span(text, Tone::Warning)], self.width, &[], &[]));
            self.page.lines.extend(diff_lines(lines, self.width, self.look));
            self.gap();
        }
    }

    fn criteria(&mut self, label: &str, criteria: &[Quote]) {
        match criteria {
            [] => {}
            [only] => self.labelled(label, &only.text, Tone::Text),
            several => {
                self.push(Line::from(self.look.span(label, Tone::Muted)));
                for quote in several {
                    let bullet =
                        self.look.span(format!("{} ", self.look.sign(super::look::Sign::Bullet)), Tone::Accent);
                    let text = self.look.span(quote.text.clone(), Tone::Text);
                    self.page.lines.extend(wrap(&[text], self.width, &[bullet], &[Span::raw("  ")]));
                }
            }
        }
        if !criteria.is_empty() {
            self.gap();
        }
    }

    fn gate(&mut self, gate: &Gate, scope: &Scope) {
        let mut wants = format!("{} of", gate.min);
        wants.push_str(gate.role.as_deref().map_or(" any role", |_| " role "));
        wants.push_str(gate.role.as_deref().unwrap_or(""));
        if gate.not_performer {
            wants.push_str(", not who performed it");
        }
        let Some(hold) = hold(self.source.book, scope) else {
            return;
        };
        let (sign, tone, word) = super::look::gate_look(hold.state(self.source.run));
        let spans = [
            self.look.span(format!("{} Gate {word}", self.look.sign(sign)), tone),
            self.look.span(format!(" {} {wants}", self.look.sign(super::look::Sign::Dot)), Tone::Text),
        ];
        self.page.lines.extend(wrap(&spans, self.width, &[], &[Span::raw("  ")]));
        for sign in self.source.run.sign_offs.iter().filter(|sign| sign.scope == *scope) {
            let role = sign.by.role.as_deref().map(|role| format!(" ({role})")).unwrap_or_default();
            let at = self.look.zone.clock(sign.at.at);
            let mut text = format!("{} by {}{role} at {at}", sign.meaning.word(), sign.by.name);
            if let Some(reason) = &sign.reason {
                text = format!("{text}: {reason}");
            }
            self.labelled("  ", &text, Tone::Text);
        }
    }
}

/// The commands of a step that can be run, with their places.
pub fn offered(step: &Step) -> impl Iterator<Item = (usize, &Command)> {
    step.commands().enumerate().filter(|(_, command)| is_offered(command))
}
