//! `gonogo theme list|preview`, and where the operator's own themes come from.

use super::args::{Color, Common, ThemeCommand};
use super::config::Config;
use super::environment::Environment;
use super::exit::{Exit, Failure};
use crate::tui::{Appearance, BadTheme, Colour, Library};
use std::fs;
use std::io::{IsTerminal as _, Write};

impl From<BadTheme> for Failure {
    fn from(error: BadTheme) -> Self {
        Failure::invalid(error.to_string())
    }
}

/// The built-in themes and those in the `themes` folder beside the configuration.
#[must_use]
pub fn library(config: &Config) -> Library {
    let mut library = Library::default();
    let entries = config.themes().and_then(|folder| fs::read_dir(folder).ok());
    for path in entries.into_iter().flatten().flatten().map(|entry| entry.path()) {
        let yaml = path.extension().is_some_and(|kind| kind == "yaml" || kind == "yml");
        let name = path.file_stem().map(|name| name.to_string_lossy().into_owned());
        if let (true, Some(name), Ok(text)) = (yaml, name, fs::read_to_string(&path)) {
            library.add(&name, text);
        }
    }
    library
}

/// Does what was asked.
///
/// # Errors
/// When a theme does not exist or is not in order.
pub fn command(what: &ThemeCommand, common: &Common, env: &Environment, out: &mut impl Write) -> Result<Exit, Failure> {
    let library = library(&common.settings);
    match what {
        ThemeCommand::List => {
            let worn = common.settings.chosen("ui.theme").unwrap_or("terminal");
            for name in library.names() {
                let about = match library.theme(name, Colour::Always) {
                    Ok(theme) => match theme.appearance {
                        Some(Appearance::Dark) => "dark".to_owned(),
                        Some(Appearance::Light) => "light".to_owned(),
                        None => "follows the terminal".to_owned(),
                    },
                    Err(error) => error.to_string(),
                };
                let own = if library.is_own(name) { ", your own" } else { "" };
                let mark = if name == worn { "*" } else { " " };
                writeln!(out, "{mark} {name:<16} {about}{own}")?;
            }
        }
        ThemeCommand::Preview { name } => {
            let name = name.as_deref().or(common.settings.chosen("ui.theme")).unwrap_or("terminal");
            let colour = match common.color {
                Color::Never => Colour::Never,
                Color::Auto if env.get("NO_COLOR").is_some() || !std::io::stdout().is_terminal() => Colour::Never,
                Color::Always | Color::Auto => Colour::Always,
            };
            out.write_all(library.theme(name, colour)?.preview().as_bytes())?;
        }
    }
    Ok(Exit::Success)
}
