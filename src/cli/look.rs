//! How the screen looks, from arguments and environment.

use super::args::{Color, Common};
use super::environment::Environment;
use super::exit::Failure;
use crate::tui::{Colour, Glyphs, Mouse, Settings, Theme, Zone};
use std::path::Path;

/// The screen's settings. `file` is the author's file, for the editor.
///
/// # Errors
/// When the bundled theme cannot be read.
pub fn settings(common: &Common, env: &Environment, file: Option<&Path>) -> Result<Settings, Failure> {
    let colour = match common.color {
        Color::Never => Colour::Never,
        // https://no-color.org: any value that is not empty.
        Color::Auto if env.get("NO_COLOR").is_some() => Colour::Never,
        Color::Auto | Color::Always => Colour::Always,
    };
    let theme = Theme::named("terminal", colour).map_err(|error| Failure::invalid(error.to_string()))?;
    Ok(Settings {
        theme,
        glyphs: if common.ascii { Glyphs::Ascii } else { Glyphs::Unicode },
        zone: Zone::Local,
        mouse: Mouse::Taken,
        editor: env.get("VISUAL").or(env.get("EDITOR")).map(str::to_owned),
        signing: env.wanted(common),
        file: file.filter(|file| file.as_os_str() != "-").map(Path::to_owned),
    })
}
