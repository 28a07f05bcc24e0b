//! The screen: a pure update and a pure draw inside one loop.
//!
//! [`walk`] takes a session and a terminal and gives both back in order. Messages come from one input thread, from
//! signals and from a timer; [`update::update`] turns each into acts, which the loop performs on the session. A frame is
//! drawn only when something has changed. The screen never touches the journal or a process by itself.

mod backend;
mod board;
mod dialog;
mod document;
mod drive;
mod field;
#[cfg(test)]
mod fixture;
mod input;
pub mod keys;
mod log;
mod look;
mod msg;
mod outline;
mod pane;
mod panes;
mod passage;
mod pick;
mod prose;
mod signals;
mod terminal;
#[cfg(test)]
mod tests;
mod text;
mod theme;
mod ui;
mod update;
mod view;

pub use drive::walk;
pub use look::Glyphs;
pub use pick::{Choice, PickItem, Picked, Resumption, choose_resume, pick};
pub use terminal::Mouse;
pub use text::Zone;
pub use theme::{BadTheme, Colour, Theme};

use crate::session::Wanted;
use std::path::PathBuf;

/// How the screen looks and behaves, decided by whoever starts it.
#[derive(Debug, Clone)]
pub struct Settings {
    pub theme: Theme,
    pub glyphs: Glyphs,
    pub zone: Zone,
    pub mouse: Mouse,
    /// The operator's editor as a command line (`VISUAL`, `EDITOR`).
    pub editor: Option<String>,
    /// What the operator said about who signs.
    pub signing: Wanted,
    /// The author's file, to be edited; absent when the runbook came from standard input.
    pub file: Option<PathBuf>,
}

impl Settings {
    fn look(&self) -> look::Look {
        look::Look { theme: self.theme.clone(), glyphs: self.glyphs, zone: self.zone }
    }
}

/// Why the screen was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// The operator left.
    Quit,
    /// The system asked the program to end (SIGTERM, SIGHUP).
    Terminated,
}
