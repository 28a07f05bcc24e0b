//! Whole screens, and whole conversations: keys in, screen or record out.

mod by_itself;
mod conversations;
mod dialogs;
mod edits;
mod narrow;
mod on_fail;
mod pages;
mod picture;
mod remapped;
mod screens;

use super::fixture::Desk;
use super::look::Glyphs;
use super::theme::{Colour, Theme};
use crate::run::event::RunKind;
use ratatui::buffer::Cell;
use ratatui::style::Color;

/// The same play at 120x36, 80x24 and 60x20, and once more in ASCII and without colour.
fn everywhere(book: &str, play: impl Fn(&mut Desk)) -> String {
    everywhere_of(book, RunKind::Real, play)
}

fn everywhere_of(book: &str, kind: RunKind, play: impl Fn(&mut Desk)) -> String {
    let mut shown = Vec::new();
    for (cols, rows) in [(120, 36), (80, 24), (60, 20)] {
        let mut desk = Desk::of_kind(book, cols, rows, kind);
        play(&mut desk);
        shown.push(desk.shows());
    }
    let mut desk = Desk::of_kind(book, 80, 24, kind);
    desk.ui.look.glyphs = Glyphs::Ascii;
    desk.ui.look.theme = Theme::named("mono", Colour::Never).unwrap();
    play(&mut desk);
    let page = desk.shows();
    assert!(page.is_ascii(), "{page}");
    let colours = |cell: &Cell| cell.fg != Color::Reset || cell.bg != Color::Reset;
    assert!(!desk.frame().content.iter().any(colours), "{page}");
    shown.push(page);
    shown.join("\n=====\n")
}
