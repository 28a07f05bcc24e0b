//! The vocabulary between the loop and the pure core of the screen.

use super::keys::Key;
use super::pane::{News, Stored};
use super::theme::Theme;
use super::ui::Ui;
pub use crate::run::decide::Survivor;
use crate::run::decide::{Intent, Refusal};
use crate::run::drift::{DiffLine, Drift};
use crate::run::estimate::Estimate;
use crate::run::event::{Actor, AttemptId, Entry};
use crate::run::readiness::Readiness;
use crate::run::statement::Statement;
use crate::run::time::Times;
use crate::run::{Moment, Run, Trust};
use crate::runbook::{Remembered, Runbook, StepId};
use crate::session::Pulse;
use std::collections::BTreeMap;

/// What [`super::update::update`] may read besides its own state.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    pub book: &'a Runbook,
    /// Its head has the number 0 until the first act is recorded.
    pub run: &'a Run,
    pub readiness: &'a Readiness,
    pub now: &'a Moment,
    pub actor: &'a Actor,
    /// Who else drives this run; then no command can be started here.
    pub holder: Option<&'a str>,
    /// Where commands act, once that was looked at.
    pub target: Option<&'a str>,
    /// How the running command is doing.
    pub pulse: Option<Pulse>,
    /// Processes of attempts with an unknown end that are still alive.
    pub survivors: &'a [Survivor],
    /// How long its steps may take, by earlier runs or by the author.
    pub estimates: &'a BTreeMap<StepId, Estimate>,
    /// How the run goes, as of about now.
    pub times: &'a Times,
    /// How the author's file differs from what the run walks.
    pub edited: Option<&'a Drift>,
    /// For each step that an edit made stale: how it has changed since it was done.
    pub since_done: &'a BTreeMap<StepId, Vec<DiffLine>>,
    /// Corrections made in this document before, that fit it still.
    pub remembered: &'a [Remembered],
    /// Attempts whose generated values this process holds.
    pub generated: &'a [AttemptId],
    /// The hook that runs now.
    pub hook: Option<&'a str>,
}

/// All that a frame is drawn from.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    pub facts: Facts<'a>,
    pub ui: &'a Ui,
}

/// Everything that can happen to the screen.
#[derive(Debug, Clone)]
pub enum Msg {
    /// The screen opens.
    Start,
    Key(Key),
    Paste(String),
    Mouse(Mouse),
    /// Columns and rows of the terminal.
    Resize(u16, u16),
    /// Time has passed.
    Tick,
    /// The run has changed.
    Changed,
    /// The operator asked from outside to interrupt (SIGINT).
    Interrupt,
    /// New output of the running or just ended attempt.
    Output(News),
    /// Stored output that was asked for, or why it cannot be read.
    Stored(AttemptId, Result<Stored, String>),
    /// The run's entries, asked for by the log.
    Entries(Vec<Entry>),
    /// A statement was worded, with the fingerprint of the key that will sign it.
    Drafted(Box<Statement>, Option<String>),
    /// What commands have printed, to be searched, and how many outputs were too large for it.
    Texts(Vec<Printed>, usize),
    /// The themes that can be worn.
    Themes(Vec<Theme>),
    /// The text that was written in the operator's editor.
    Composed(String),
    /// The terminal's window got or lost the focus.
    Focus(Window),
    /// Whether the terminal's background is dark.
    Dark(bool),
    /// A wish was recorded and done.
    Done(Intent),
    Refused(Intent, Refusal),
    /// Something failed that should not: one sentence.
    Faulted(String),
    /// The operator is back from the editor: one sentence, and the question if the file is another one now.
    FileEdited(String),
    /// Generated values, to be looked at.
    Revealed(Vec<Secret>),
    /// Something to tell the operator.
    Told(String),
}

/// What an attempt has printed, without escape sequences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Printed {
    pub attempt: AttemptId,
    pub step: StepId,
    pub words: String,
}

/// Whether the operator looks at the terminal's window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Window {
    /// The terminal does not tell.
    #[default]
    Unknown,
    Focused,
    Elsewhere,
}

/// A move of the mouse that means something here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    pub column: u16,
    pub row: u16,
    pub deed: MouseDeed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseDeed {
    Click,
    /// Moved with the left button held.
    Drag,
    Release,
    WheelUp,
    WheelDown,
}

/// What the loop has to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    Intend(Intent),
    /// Sign the statement that was shown, if there is a key, and record it.
    State(Box<Statement>),
    /// The value travels beside the journal, never into it.
    GiveSecret(Secret),
    /// Say whether what would run by itself may.
    Trust(Trust),
    /// Show what a generator printed, from memory.
    Reveal(AttemptId),
    /// Stop the hook that runs now.
    StopHook,
    /// Bytes for the running program.
    Feed(Vec<u8>),
    /// Columns and rows of the pane.
    Resize(u16, u16),
    LoadOutput(AttemptId),
    LoadEntries,
    /// Give the running program the whole terminal.
    HandOver,
    /// Put text on the operator's clipboard.
    Copy(String),
    /// What commands have printed, as text.
    LoadTexts,
    /// The themes that can be worn.
    LoadThemes,
    /// Write a text in the operator's editor.
    Compose(String),
    /// Tell an operator who looks elsewhere: bell and notification.
    Notify(String),
    /// Take the mouse from the terminal, or leave it there.
    Mouse(super::terminal::Mouse),
    /// Give the terminal back and stop this process for a while.
    Pause,
    /// Show what an attempt printed in the operator's pager.
    Page(AttemptId),
    /// Open the author's file in the operator's editor at a line.
    Edit(u32),
    Quit,
}

/// A secret on its way from the keyboard to the session.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    pub name: String,
    pub value: String,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secret({})", self.name)
    }
}
