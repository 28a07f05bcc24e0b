//! A runbook, a run and a driver for tests: keys in, screen out.

use super::Colour;
use super::look::{Glyphs, Look};
use super::text::Zone;
use super::theme::Theme;

pub(super) fn look() -> Look {
    let theme = Theme::named("terminal", Colour::Always).unwrap();
    Look { theme, glyphs: Glyphs::Unicode, zone: Zone::Utc }
}
