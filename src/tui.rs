//! The screen: a pure update and a pure draw inside one loop.
//!
//! [`walk`] takes a session and a terminal and gives both back in order. Messages come from one input thread, from
//! signals and from a timer; [`update::update`] turns each into acts, which the loop performs on the session. A frame is
//! drawn only when something has changed. The screen never touches the journal or a process by itself.

mod backend;
mod background;
mod board;
mod code;
mod dialog;
mod document;
mod drive;
mod editor;
mod field;
#[cfg(test)]
mod fixture;
mod input;
pub mod keys;
mod link;
mod list;
mod log;
mod look;
mod msg;
mod outline;
mod pane;
mod panes;
mod passage;
mod pick;
mod prose;
mod search;
mod signals;
pub mod spoken;
mod terminal;
#[cfg(test)]
mod tests;
mod text;
mod theme;
mod timeline;
mod tree;
mod ui;
mod update;
mod view;

pub use background::dark_by_environment;
pub use dialog::corrections;
pub use drive::walk;
pub use editor::editor_command;
pub use keys::Keymap;
pub use look::Glyphs;
pub use panes::Split;
pub use passage::{Passage, RESET};
pub use pick::{Choice, PickAbout, PickItem, Picked, Resumption, choose_resume, pick};
pub use terminal::{Mouse, private_file};
pub use text::{Zone, nearest};
pub use theme::{Appearance, BadTheme, Colour, Library, Pair, Theme};
pub use ui::{Notify, NotifyWhen};

use crate::session::Wanted;
use std::path::PathBuf;

/// How the screen looks and behaves, decided by whoever starts it.
#[derive(Debug, Clone)]
pub struct Settings {
    pub theme: Theme,
    pub glyphs: Glyphs,
    pub zone: Zone,
    pub mouse: Mouse,
    pub motion: Motion,
    pub keymap: Keymap,
    pub split: Split,
    pub notify: Notify,
    /// Themes the operator may try; read when they ask.
    pub library: Library,
    /// Worn on a dark and on a light terminal, once the terminal has said which it is.
    pub pair: Option<Pair>,
    /// The operator's editor as a command line (`VISUAL`, `EDITOR`).
    pub editor: Option<String>,
    /// The operator's pager as a command line (`PAGER`); `less` where they name none.
    pub pager: Option<String>,
    /// What the operator said about who signs.
    pub signing: Wanted,
    /// The author's file, to be edited; absent when the runbook came from standard input.
    pub file: Option<PathBuf>,
    /// Where a crash is written down and a long text is edited; only its owner can read what is in it.
    pub folder: Option<PathBuf>,
    /// Crash at the first key: how tests see that a crash leaves the terminal in order.
    pub fuse: Fuse,
}

/// Whether the screen may change while nothing happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Motion {
    #[default]
    Full,
    /// Clocks go by seconds, not by tenths (`NO_MOTION`).
    Still,
}

/// Whether the program is to crash on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fuse {
    #[default]
    None,
    FirstKey,
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
