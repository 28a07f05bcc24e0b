//! The screen's own state: cursor, focus, scroll, dialogs. Nothing here is worth recording.

use super::board::Board;
use super::dialog::Modal;
use super::document::{self, Page, Source};
use super::keys::Keymap;
use super::log::LogView;
use super::look::Look;
use super::msg::{Act, Facts, Printed, Window};
use super::outline::{Item, NodeId, Outline, Subject};
use super::pane::{Pane, Recalled, Shown};
use super::panes::{Arrangement, Border, Focus, Layout, Output, Panes, Split, Zoom, inner, panes, program_size};
use super::terminal::Mouse;
use super::theme::{Pair, Theme, Tone};
use super::timeline::Timeline;
use super::tree::Tree;
use super::update::reseat;
use crate::run::compare::Row;
use crate::run::decide::Intent;
use crate::run::event::AttemptId;
use crate::run::{self, Attempt};
use crate::runbook::{Command, Digest, Runbook, Step, StepId};
use ratatui::layout::Rect;
use std::collections::{BTreeMap, BTreeSet};

/// Stored output above this is loaded only when the operator goes to the pane, in bytes.
const UNASKED: u64 = 2 * 1024 * 1024;

/// Everything the screen remembers between two frames.
pub struct Ui {
    pub look: Look,
    pub area: Rect,
    pub screen: Screen,
    /// What lies over the screen, the topmost last.
    pub modals: Vec<Modal>,
    pub outline: Outline,
    pub tree: Tree,
    pub focus: Focus,
    pub zoom: Zoom,
    pub detail: Detail,
    pub pane: Pane,
    pub keyboard: Keyboard,
    /// The attempt that was running at the last look.
    pub watched: Option<AttemptId>,
    pub notice: Option<Notice>,
    pub find: Find,
    /// The edit of the file that the operator was told of.
    pub told_of: Option<Digest>,
    pub keymap: Keymap,
    pub mouse: Mouse,
    /// The borders that the operator has moved.
    pub split: Split,
    /// A border that is being dragged.
    pub dragged: Option<Border>,
    pub window: Window,
    pub notify: Notify,
    /// Themes to choose from.
    pub themes: Vec<Theme>,
    /// What is worn on a dark and on a light terminal, where the operator wants both.
    pub pair: Option<Pair>,
    /// What was typed into dialogs that were left.
    pub drafts: BTreeMap<String, String>,
    /// Which command of a step `r` runs, where the operator chose one.
    pub chosen: BTreeMap<NodeId, usize>,
    /// Expected and printed output side by side, while the operator looks at them.
    pub compared: Option<Compared>,
    /// Who has the outer terminal.
    pub hand: Hand,
    /// The attempt before whose hand-over the operator was told what it means.
    pub forewarned: Option<AttemptId>,
    /// Where the cursor was taken without being asked: a key that was meant for the step before runs nothing there.
    pub unbidden: Option<NodeId>,
    /// A wish that waits for a hook to end.
    pub waits: Option<Intent>,
    /// Timed steps whose end the operator was told.
    pub soaked: BTreeSet<StepId>,
    /// The failed hook the operator was told of, by its number in the journal.
    pub told_hook: u64,
    /// Columns and rows the running program was told.
    pub told: (u16, u16),
}

/// What fills the screen.
pub enum Screen {
    Walk,
    Board(Board),
    Timeline(Timeline),
    Log(LogView),
}

/// The page beside the tree.
#[derive(Debug, Clone, Default)]
pub struct Detail {
    pub page: Page,
    pub scroll: usize,
    made_of: Option<MadeOf>,
}

/// What a page was laid out from; when it is the same, the page is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct MadeOf {
    node: NodeId,
    width: usize,
    seq: u64,
    version: Digest,
    chosen: Option<usize>,
    theme: String,
}

/// Who gets the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keyboard {
    #[default]
    Gonogo,
    Program(AttemptId),
    /// The program ended while it was typed into: keys meant for it must not become commands.
    Ended,
}

/// A comparison in the output pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    pub attempt: AttemptId,
    pub rows: Vec<Row>,
    /// Rows above the first one shown.
    pub scroll: usize,
}

/// Where the running program draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hand {
    #[default]
    Pane,
    /// It has the whole terminal, of so many columns and rows.
    Whole(u16, u16),
}

/// A sentence for the operator, until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub tone: Tone,
    pub text: String,
}

/// The last search.
#[derive(Debug, Clone, Default)]
pub struct Find {
    pub pattern: String,
    /// The nodes with hits, in order.
    pub hits: Vec<NodeId>,
    /// Every place that holds the pattern.
    pub found: Vec<Hit>,
    /// What commands have printed.
    pub texts: Vec<Printed>,
    /// Outputs that were too large to be searched.
    pub left_out: usize,
    /// Where the cursor was when the search began.
    pub from: NodeId,
}

/// A place that holds what is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    pub node: NodeId,
    pub place: Where,
    pub line: String,
}

/// What of a node holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    Title,
    Text,
    Command,
    Criterion,
    Note,
    Output(AttemptId),
}

/// When an operator who looks elsewhere is told that a command has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notify {
    /// Only of commands that ran at least so long, in milliseconds; `None` tells nothing.
    pub after_ms: Option<u64>,
    pub when: NotifyWhen,
}

/// Whether it matters where the operator looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotifyWhen {
    /// Unless the terminal says that its window has the focus.
    Unfocused,
    Always,
}

impl Default for Notify {
    fn default() -> Self {
        Notify { after_ms: Some(30_000), when: NotifyWhen::Unfocused }
    }
}

impl Ui {
    #[must_use]
    pub fn new(look: Look, area: Rect) -> Self {
        Ui {
            look,
            area,
            screen: Screen::Walk,
            modals: Vec::new(),
            outline: Outline::default(),
            tree: Tree::default(),
            focus: Focus::Tree,
            zoom: Zoom::None,
            detail: Detail::default(),
            pane: Pane::new(24, 80),
            keyboard: Keyboard::Gonogo,
            watched: None,
            notice: None,
            find: Find::default(),
            told_of: None,
            keymap: Keymap::default(),
            mouse: Mouse::default(),
            split: Split::default(),
            dragged: None,
            window: Window::default(),
            notify: Notify::default(),
            themes: Vec::new(),
            pair: None,
            drafts: BTreeMap::new(),
            chosen: BTreeMap::new(),
            compared: None,
            hand: Hand::Pane,
            forewarned: None,
            unbidden: None,
            waits: None,
            soaked: BTreeSet::new(),
            told_hook: 0,
            told: (0, 0),
        }
    }

    pub fn tell(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { tone: Tone::Text, text: text.into() });
    }

    pub fn warn(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { tone: Tone::Warning, text: text.into() });
    }

    #[must_use]
    pub fn arrangement(&self) -> Arrangement {
        let output = if self.pane.shown == Shown::Nothing { Output::Absent } else { Output::Present };
        Arrangement { focus: self.focus, zoom: self.zoom, output, split: self.split }
    }

    #[must_use]
    pub fn panes(&self) -> Panes {
        panes(self.area, self.arrangement())
    }

    /// What the cursor is on.
    #[must_use]
    pub fn subject<'a>(&self, book: &'a Runbook) -> Option<Subject<'a>> {
        Subject::find(book, &self.outline.nodes.get(self.tree.cursor)?.item)
    }

    #[must_use]
    pub fn step<'a>(&self, book: &'a Runbook) -> Option<&'a Step> {
        self.subject(book)?.step()
    }

    /// The command that `r` runs: the one chosen, else the first that has not passed, else the first.
    #[must_use]
    pub fn command<'a>(&self, facts: &Facts<'a>) -> Option<(usize, &'a Command)> {
        let step = self.step(facts.book)?;
        let offered: Vec<(usize, &Command)> = document::offered(step).collect();
        let chosen = self.chosen.get(&self.tree.cursor);
        let is_chosen = |(index, _): &&(usize, &Command)| Some(index) == chosen;
        let is_left = |(index, command): &&(usize, &Command)| {
            let progress = run::state::command_progress(facts.run, step, *index, command);
            !matches!(progress, run::state::Progress::Done | run::state::Progress::NeedsPerson)
        };
        let found = offered.iter().find(is_chosen).or_else(|| offered.iter().find(is_left)).or(offered.first());
        found.copied()
    }

    /// The attempt whose output belongs on the screen: the running one, else the newest of the step.
    fn wanted<'a>(&self, facts: &Facts<'a>) -> Option<&'a Attempt> {
        facts.run.running().or_else(|| facts.run.attempts_of(&self.step(facts.book)?.id).next_back())
    }

    /// Brings everything derived up to date with the facts; returns what has to be fetched or told for it.
    pub fn settle(&mut self, facts: &Facts<'_>) -> Vec<Act> {
        let mut acts = Vec::new();
        let version = Some(facts.book.source.sha256);
        if self.outline.seq != facts.run.head.seq || self.outline.version != version {
            let before = std::mem::replace(&mut self.outline, Outline::new(facts.book, facts.run));
            // An output may have been taken out of the journal.
            self.pane.forget();
            if before.nodes.is_empty() {
                self.arrive();
            } else if before.version != version {
                reseat(self, &before, facts.run);
            }
            if matches!(self.screen, Screen::Log(_)) {
                acts.push(Act::LoadEntries);
            }
        }
        self.tree.want(facts, &self.outline);
        self.tree.settle(&self.outline);
        self.settle_keyboard(facts);
        acts.extend(self.settle_pane(facts));
        self.settle_size(&mut acts);
        self.settle_detail(facts);
        let tree_height =
            self.panes().tree.map_or(usize::from(self.area.height), |tree| usize::from(inner(tree).height));
        self.tree.show_cursor(tree_height);
        if let Screen::Board(board) = &mut self.screen {
            board.settle(facts, &self.look, &self.keymap);
        }
        if let Screen::Timeline(line) = &mut self.screen {
            line.settle(facts, &self.outline);
        }
        acts
    }

    /// The first look: everything unfolded when it is short, else only where the work is.
    fn arrive(&mut self) {
        let open = (0..self.outline.nodes.len()).find(|id| self.outline.is_open(*id));
        let walked = (0..self.outline.nodes.len()).find(|id| self.outline.nodes[*id].walked);
        self.tree.cursor = open.or(walked).unwrap_or(0);
        let short = self.outline.nodes.len() <= usize::from(self.area.height.saturating_sub(6)).max(12);
        for (id, node) in self.outline.nodes.iter().enumerate() {
            let is_phase = matches!(node.item, Item::Phase(_));
            if is_phase && node.end > id + 1 && !(short && node.walked) {
                self.tree.folded.insert(id);
            }
        }
        self.tree.reveal(&self.outline);
    }

    fn settle_keyboard(&mut self, facts: &Facts<'_>) {
        if let Keyboard::Program(attempt) = self.keyboard
            && facts.run.running().map(Attempt::id) != Some(attempt)
        {
            self.keyboard = Keyboard::Ended;
        }
    }

    fn settle_pane(&mut self, facts: &Facts<'_>) -> Option<Act> {
        let Some(wanted) = self.wanted(facts) else {
            self.pane.turn_to(Shown::Nothing);
            if self.focus == Focus::Output && Layout::of(self.area) != Layout::Single {
                self.focus = Focus::Step;
            }
            return None;
        };
        let id = wanted.id();
        if self.pane.attempt() == Some(id) && !self.misses_output(wanted) {
            return None;
        }
        let bytes = match &wanted.progress {
            run::Progress::Running if !wanted.is_rejoined() => {
                self.pane.begin(id);
                return None;
            }
            run::Progress::Ended { ended, .. } => ended.output.bytes,
            run::Progress::Running | run::Progress::Unknown | run::Progress::Resolved { .. } => 0,
        };
        if self.pane.attempt() != Some(id) && self.pane.recall(id) == Recalled::Yes {
            return None;
        }
        if bytes > UNASKED && self.focus != Focus::Output {
            self.pane.turn_to(Shown::Large(id, bytes));
            return None;
        }
        self.pane.turn_to(Shown::Loading(id));
        Some(Act::LoadOutput(id))
    }

    /// Whether the pane shows an attempt, but not all that is there to be shown.
    fn misses_output(&self, attempt: &Attempt) -> bool {
        match (&self.pane.shown, &attempt.progress) {
            // What was printed last may have reached the journal only.
            (Shown::Live { seen, .. }, run::Progress::Ended { ended, .. }) => {
                ended.output.bytes != *seen && ended.output.bytes <= UNASKED
            }
            (Shown::Large(..), _) => self.focus == Focus::Output,
            (
                Shown::Live { .. } | Shown::Nothing | Shown::Loading(_) | Shown::Kept { .. } | Shown::Unreadable(..),
                _,
            ) => false,
        }
    }

    fn settle_size(&mut self, acts: &mut Vec<Act>) {
        let (cols, rows) = match self.hand {
            Hand::Pane => program_size(self.area, self.arrangement()),
            Hand::Whole(cols, rows) => (cols, rows),
        };
        if self.told != (cols, rows) {
            self.told = (cols, rows);
            self.pane.resize(rows, cols);
            acts.push(Act::Resize(cols, rows));
        }
    }

    fn settle_detail(&mut self, facts: &Facts<'_>) {
        let panes = self.panes();
        let width = usize::from(inner(panes.step.unwrap_or(panes.body)).width.saturating_sub(2));
        let chosen = self.command(facts).map(|(index, _)| index);
        let version = facts.book.source.sha256;
        let theme = self.look.theme.name.clone();
        let made_of = MadeOf { node: self.tree.cursor, width, seq: facts.run.head.seq, version, chosen, theme };
        if self.detail.made_of.as_ref() != Some(&made_of) {
            let moved = self.detail.made_of.as_ref().is_none_or(|old| old.node != made_of.node);
            if moved {
                self.detail.scroll = 0;
            }
            if let Some(subject) = self.subject(facts.book) {
                let since_done = subject.step().and_then(|step| facts.since_done.get(&step.id));
                let source = Source {
                    book: facts.book,
                    run: facts.run,
                    subject,
                    chosen,
                    since_done: since_done.map(Vec::as_slice),
                    keymap: &self.keymap,
                };
                self.detail.page = document::page(source, width, &self.look);
            }
            self.detail.made_of = Some(made_of);
        }
        self.detail.scroll = self.detail.scroll.min(self.detail.page.lines.len().saturating_sub(self.detail_height()));
    }

    /// Rows of the step's page that are on the screen; none while the pane is hidden.
    #[must_use]
    pub fn detail_height(&self) -> usize {
        self.panes().step.map_or(0, |step| usize::from(inner(step).height))
    }
}
