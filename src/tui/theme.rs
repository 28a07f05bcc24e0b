//! Colours by meaning: a theme file gives each [`Tone`] a style.
//!
//! Colour never stands alone on the screen, so a theme can be monochrome without losing anything. The default theme uses
//! the terminal's own 16 colours only.

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use std::collections::BTreeMap;

const TERMINAL: &str = include_str!("../../themes/terminal.yaml");
const MONO: &str = include_str!("../../themes/mono.yaml");

/// What a piece of the screen means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    Text,
    Muted,
    Title,
    Accent,
    Border,
    BorderFocus,
    Selection,
    SelectionUnfocused,
    Match,
    Key,
    Hint,
    Ok,
    Fail,
    Running,
    Waiting,
    Skipped,
    Gate,
    Warning,
    Danger,
    GaugeDone,
    GaugeRest,
    Heading,
    Emphasis,
    Strong,
    Link,
    Quote,
    Code,
    Table,
    Placeholder,
    Dialog,
    Field,
    Error,
    Rehearsal,
}

/// Whether colours may be sent to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    #[default]
    Always,
    /// Bold, dim, underline and reverse only, also for what commands print (`NO_COLOR`, `--color never`).
    Never,
}

/// A style for every tone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    pub name: String,
    pub colour: Colour,
    styles: BTreeMap<Tone, Style>,
}

/// Why a text is no theme.
#[derive(Debug, thiserror::Error)]
pub enum BadTheme {
    #[error("there is no theme named {0}; built in are terminal and mono")]
    Unknown(String),
    #[error("not a theme: {0}")]
    Malformed(#[from] serde_yaml::Error),
    #[error("{0} is no colour; use one of the 16 names, a number from 0 to 255, #rrggbb or default")]
    NoColour(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    styles: BTreeMap<Tone, Spec>,
}

/// A colour, or a style spelled out.
#[derive(Deserialize)]
#[serde(untagged)]
enum Spec {
    Colour(String),
    Style(Parts),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    fg: Option<String>,
    bg: Option<String>,
    bold: Option<bool>,
    dim: Option<bool>,
    italic: Option<bool>,
    underline: Option<bool>,
    reverse: Option<bool>,
}

impl Theme {
    /// A built-in theme.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn named(name: &str, colour: Colour) -> Result<Self, BadTheme> {
        match (name, colour) {
            (_, Colour::Never) | ("mono", Colour::Always) => Theme::read(MONO, colour),
            ("terminal" | "auto", Colour::Always) => Theme::read(TERMINAL, colour),
            (other, Colour::Always) => Err(BadTheme::Unknown(other.to_owned())),
        }
    }

    /// Reads a theme file. Tones it does not name look like text.
    ///
    /// # Errors
    /// When it is no YAML of a theme's form, or names a colour that does not exist.
    pub fn read(yaml: &str, colour: Colour) -> Result<Self, BadTheme> {
        let file: File = serde_yaml::from_str(yaml)?;
        let styles = file.styles.iter().map(|(tone, spec)| Ok((*tone, style(spec)?)));
        let styles = styles.collect::<Result<_, BadTheme>>()?;
        Ok(Theme { name: file.name, colour, styles })
    }

    #[must_use]
    pub fn style(&self, tone: Tone) -> Style {
        let style = self.styles.get(&tone).copied().unwrap_or_default();
        match self.colour {
            Colour::Always => style,
            Colour::Never => Style { fg: None, bg: None, ..style },
        }
    }
}

fn style(spec: &Spec) -> Result<Style, BadTheme> {
    let parts = match spec {
        Spec::Colour(name) => return Ok(Style { fg: colour(name)?, ..Style::default() }),
        Spec::Style(parts) => parts,
    };
    let fg = parts.fg.as_deref().map(colour).transpose()?.flatten();
    let bg = parts.bg.as_deref().map(colour).transpose()?.flatten();
    let mut style = Style { fg, bg, ..Style::default() };
    let modifiers = [
        (parts.bold, Modifier::BOLD),
        (parts.dim, Modifier::DIM),
        (parts.italic, Modifier::ITALIC),
        (parts.underline, Modifier::UNDERLINED),
        (parts.reverse, Modifier::REVERSED),
    ];
    for (_, modifier) in modifiers.into_iter().filter(|(on, _)| *on == Some(true)) {
        style = style.add_modifier(modifier);
    }
    Ok(style)
}

/// `default` is the terminal's own colour: none is sent.
fn colour(name: &str) -> Result<Option<Color>, BadTheme> {
    if name == "default" {
        return Ok(None);
    }
    name.parse().map(Some).map_err(|_| BadTheme::NoColour(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_themes_are_read() {
        for name in ["terminal", "mono"] {
            let theme = Theme::named(name, Colour::Always).unwrap();
            assert_eq!(theme.name, name);
            assert_eq!(theme.styles.len(), 33, "{name} styles every tone");
        }
        assert!(matches!(Theme::named("harbour", Colour::Always), Err(BadTheme::Unknown(_))));
    }

    #[test]
    fn the_default_theme_stays_within_sixteen_colours_and_mono_has_none() {
        let terminal = Theme::named("terminal", Colour::Always).unwrap();
        assert!(terminal.styles.values().all(|style| !matches!(style.fg, Some(Color::Rgb(..) | Color::Indexed(_)))));
        let never = Theme::named("terminal", Colour::Never).unwrap();
        assert!(never.styles.keys().all(|tone| never.style(*tone).fg.is_none()));
        assert!(never.style(Tone::Selection).add_modifier.contains(Modifier::REVERSED), "the bar stays without colour");
    }

    #[test]
    fn a_bad_theme_says_what_is_wrong() {
        let error = |yaml: &str| Theme::read(yaml, Colour::Always).unwrap_err().to_string();
        assert!(error("name: x\nstyles: {ok: greenish}").starts_with("greenish is no colour"));
        assert!(error("name: x\nstyles: {okay: green}").contains("unknown variant `okay`"));
        assert!(error("styles: {}").contains("missing field `name`"));
    }
}
