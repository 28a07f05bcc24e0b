//! How the screen looks, from configuration, arguments and environment.

use super::args::{Color, Common};
use super::environment::Environment;
use super::exit::Failure;
use super::theme;
use crate::tui::{self, Colour, Fuse, Glyphs, Keymap, Motion, Mouse, Notify, NotifyWhen, Pair, Settings, Split, Zone};
use std::path::{Path, PathBuf};

/// The screen's settings. `file` is the author's file, for the editor.
///
/// # Errors
/// When a theme does not exist or is not in order.
pub fn settings(common: &Common, env: &Environment, file: Option<&Path>) -> Result<Settings, Failure> {
    let config = &common.settings;
    let colour = match common.color {
        Color::Never => Colour::Never,
        // https://no-color.org: any value that is not empty.
        Color::Auto if env.get("NO_COLOR").is_some() => Colour::Never,
        Color::Auto | Color::Always => Colour::Always,
    };
    let library = theme::library(config);
    let worn = library.theme(config.word("ui.theme"), colour)?;
    let pair = match (config.chosen("ui.theme"), config.chosen("ui.theme_dark"), config.chosen("ui.theme_light")) {
        (None, Some(dark), Some(light)) => {
            Some(Pair { dark: library.theme(dark, colour)?, light: library.theme(light, colour)? })
        }
        (Some(_) | None, _, _) => None,
    };
    // Where the environment knows, the terminal is not asked.
    let known = pair.as_ref().and(env.get("COLORFGBG")).and_then(tui::dark_by_environment);
    let (worn, pair) = match (known, pair) {
        (Some(true), Some(pair)) => (pair.dark, None),
        (Some(false), Some(pair)) => (pair.light, None),
        (_, pair) => (worn, pair),
    };
    Ok(Settings {
        theme: worn,
        glyphs: if config.word("ui.glyphs") == "ascii" { Glyphs::Ascii } else { Glyphs::Unicode },
        zone: if config.word("ui.time") == "utc" { Zone::Utc } else { Zone::Local },
        mouse: if config.flag("ui.mouse") { Mouse::Taken } else { Mouse::Left },
        motion: if config.flag("ui.motion") { Motion::Full } else { Motion::Still },
        keymap: Keymap::new(&config.keys).map_err(|wrong| Failure::invalid(wrong.join("; ")))?,
        split: Split {
            tree: u16::try_from(config.number("ui.tree_width"))
                .ok()
                .filter(|percent| *percent > 0)
                .map(|percent| percent * 10),
            output: None,
        },
        notify: Notify {
            after_ms: config.length("notify.after"),
            when: if config.word("notify.when") == "always" { NotifyWhen::Always } else { NotifyWhen::Unfocused },
        },
        library,
        pair,
        editor: config.chosen("editor.command").map(str::to_owned),
        pager: env.get("PAGER").filter(|pager| !pager.trim().is_empty()).map(str::to_owned),
        signing: env.wanted(common),
        file: file.filter(|file| file.as_os_str() != "-").map(Path::to_owned),
        folder: env.journal(common).ok().and_then(|journal| journal.parent().map(Path::to_owned)).map(named),
        fuse: if cfg!(debug_assertions) && env.get("GONOGO_FUSE").is_some() { Fuse::FirstKey } else { Fuse::None },
    })
}

/// The parent of a bare file name is the folder we are in.
fn named(folder: PathBuf) -> PathBuf {
    if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder }
}
