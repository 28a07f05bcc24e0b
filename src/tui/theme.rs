//! Colours by meaning: a theme file gives each [`Tone`] a style.
//!
//! Colour never stands alone on the screen, so a theme can be monochrome without losing anything. The default theme uses
//! the terminal's own 16 colours only.

mod preview;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The themes that are built in: name and file. The first is the default.
const BUILT_IN: [(&str, &str); 6] = [
    ("terminal", include_str!("../../themes/terminal.yaml")),
    ("dark", include_str!("../../themes/dark.yaml")),
    ("light", include_str!("../../themes/light.yaml")),
    ("high-contrast", include_str!("../../themes/high-contrast.yaml")),
    ("colour-blind", include_str!("../../themes/colour-blind.yaml")),
    ("mono", include_str!("../../themes/mono.yaml")),
];

/// Themes deeper than this inherit from each other in a ring.
const DEEPEST: usize = 8;

/// What a piece of the screen means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// The page behind everything.
    Background,
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
    SyntaxCommand,
    SyntaxKeyword,
    SyntaxString,
    SyntaxNumber,
    SyntaxVariable,
    SyntaxOperator,
    SyntaxComment,
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
    /// What kind of terminal it is made for, where it matters.
    pub appearance: Option<Appearance>,
    styles: BTreeMap<Tone, Style>,
}

/// The kind of page a theme draws on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Appearance {
    Dark,
    Light,
}

/// What is worn on a dark and on a light terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    pub dark: Theme,
    pub light: Theme,
}

/// All themes by name: those built in, and the operator's own, which may take the name of one of them.
#[derive(Debug, Clone, Default)]
pub struct Library {
    own: BTreeMap<String, String>,
}

/// Why a text is no theme.
#[derive(Debug, thiserror::Error)]
pub enum BadTheme {
    #[error("there is no theme named {name}{hint}; `gonogo theme list` shows all")]
    Unknown { name: String, hint: String },
    #[error("theme {name}: {what}")]
    Malformed { name: String, what: String },
    #[error(
        "theme {name}: {colour} is no colour; use one of the 16 names, a number from 0 to 255, #rrggbb, default or a name of its palette"
    )]
    NoColour { name: String, colour: String },
    #[error("theme {0} inherits from itself")]
    Ring(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    inherits: Option<String>,
    appearance: Option<Appearance>,
    #[serde(default)]
    palette: BTreeMap<String, String>,
    #[serde(default)]
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

impl Library {
    /// Adds a theme of the operator's own, under the name of its file.
    pub fn add(&mut self, name: &str, yaml: String) {
        self.own.insert(name.to_owned(), yaml);
    }

    /// All names, those built in first.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let built_in = BUILT_IN.iter().map(|(name, _)| *name);
        let own = self.own.keys().map(String::as_str).filter(|own| BUILT_IN.iter().all(|(name, _)| name != own));
        built_in.chain(own).collect()
    }

    /// Whether a theme is the operator's own.
    #[must_use]
    pub fn is_own(&self, name: &str) -> bool {
        self.own.contains_key(name)
    }

    /// Reads a theme with all that it inherits. Without colours every theme is monochrome; `auto` is the default.
    ///
    /// # Errors
    /// When there is none of that name, or it or one it inherits from is no theme.
    pub fn theme(&self, name: &str, colour: Colour) -> Result<Theme, BadTheme> {
        let wanted = match (name, colour) {
            (_, Colour::Never) => "mono",
            ("auto", Colour::Always) => BUILT_IN[0].0,
            (name, Colour::Always) => name,
        };
        let mut chain = Vec::new();
        let mut next = Some(wanted.to_owned());
        while let Some(name) = next.take() {
            if chain.len() == DEEPEST {
                return Err(BadTheme::Ring(wanted.to_owned()));
            }
            // A theme of one's own under a built-in name may build on the one it replaces.
            let again = chain.iter().any(|(known, _)| *known == name);
            let file = self.file(&name, again)?;
            next.clone_from(&file.inherits);
            chain.push((name, file));
        }
        let mut theme = Theme { name: wanted.to_owned(), colour, appearance: None, styles: BTreeMap::new() };
        let mut palette = BTreeMap::new();
        for (_, file) in chain.iter().rev() {
            palette.extend(file.palette.clone());
        }
        for (name, file) in chain.iter().rev() {
            theme.appearance = file.appearance.or(theme.appearance);
            for (tone, spec) in &file.styles {
                let style =
                    style(spec, &palette).map_err(|colour| BadTheme::NoColour { name: name.clone(), colour })?;
                theme.styles.insert(*tone, style);
            }
        }
        Ok(theme)
    }

    fn file(&self, name: &str, again: bool) -> Result<File, BadTheme> {
        let built_in = BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, yaml)| *yaml);
        let own = self.own.get(name).map(String::as_str).filter(|_| !again);
        let Some(yaml) = own.or(built_in) else {
            let hint = super::text::nearest(name, self.names().into_iter());
            let hint = hint.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            return Err(BadTheme::Unknown { name: name.to_owned(), hint });
        };
        let malformed = |what: String| BadTheme::Malformed { name: name.to_owned(), what };
        let file: File = serde_yaml::from_str(yaml).map_err(|error| malformed(error.to_string()))?;
        if file.name == name {
            Ok(file)
        } else {
            Err(malformed(format!("it calls itself {}; the name is that of its file", file.name)))
        }
    }
}

impl Theme {
    /// A built-in theme.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn named(name: &str, colour: Colour) -> Result<Self, BadTheme> {
        Library::default().theme(name, colour)
    }

    #[must_use]
    pub fn style(&self, tone: Tone) -> Style {
        let style = self.styles.get(&tone).or(self.styles.get(&Tone::Text)).copied().unwrap_or_default();
        match self.colour {
            Colour::Always => style,
            Colour::Never => Style { fg: None, bg: None, ..style },
        }
    }
}

/// A style of a file; in error the text that is no colour.
fn style(spec: &Spec, palette: &BTreeMap<String, String>) -> Result<Style, String> {
    let parts = match spec {
        Spec::Colour(name) => return Ok(Style { fg: colour(name, palette)?, ..Style::default() }),
        Spec::Style(parts) => parts,
    };
    let one = |name: &Option<String>| name.as_deref().map(|name| colour(name, palette)).transpose();
    let (fg, bg) = (one(&parts.fg)?.flatten(), one(&parts.bg)?.flatten());
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
fn colour(name: &str, palette: &BTreeMap<String, String>) -> Result<Option<Color>, String> {
    let name = palette.get(name).map_or(name, String::as_str);
    if name == "default" {
        return Ok(None);
    }
    name.parse().map(Some).map_err(|_| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TONES: usize = 41;

    #[test]
    fn built_in_themes_style_every_tone() {
        for (name, _) in BUILT_IN {
            let theme = Theme::named(name, Colour::Always).unwrap();
            assert_eq!(theme.name, name);
            assert_eq!(theme.styles.len(), TONES, "{name} styles every tone");
        }
    }

    #[test]
    fn the_default_theme_stays_within_sixteen_colours_and_mono_has_none() {
        let terminal = Theme::named("auto", Colour::Always).unwrap();
        assert_eq!(terminal.name, "terminal");
        let sixteen = |color: Option<Color>| !matches!(color, Some(Color::Rgb(..) | Color::Indexed(_)));
        assert!(terminal.styles.values().all(|style| sixteen(style.fg) && sixteen(style.bg)));
        let never = Theme::named("dark", Colour::Never).unwrap();
        assert!(never.styles.keys().all(|tone| never.style(*tone).fg.is_none()));
        assert!(never.style(Tone::Selection).add_modifier.contains(Modifier::REVERSED), "the bar stays without colour");
    }

    /// Relative luminance of WCAG 2.2.
    fn luminance(color: Color) -> f64 {
        let Color::Rgb(red, green, blue) = color else { panic!("{color:?} is not stated as RGB") };
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.03928 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    #[test]
    fn themes_that_state_colours_can_be_read() {
        let mut checked = 0;
        for (name, _) in BUILT_IN {
            let theme = Theme::named(name, Colour::Always).unwrap();
            let page = theme.style(Tone::Background);
            let (Some(ink), Some(paper)) = (page.fg, page.bg) else { continue };
            let least = if name == "high-contrast" { 7.0 } else { 4.5 };
            for (tone, style) in &theme.styles {
                let (one, other) = (luminance(style.fg.unwrap_or(ink)), luminance(style.bg.unwrap_or(paper)));
                let ratio = (one.max(other) + 0.05) / (one.min(other) + 0.05);
                assert!(ratio >= least, "{name}: {tone:?} has a contrast of {ratio:.2}");
                assert!(!style.add_modifier.contains(Modifier::DIM), "{name}: {tone:?} is dimmed below what it states");
                checked += 1;
            }
        }
        assert_eq!(checked, 4 * TONES);
    }

    fn own(name: &str, yaml: &str) -> Result<Theme, BadTheme> {
        let mut library = Library::default();
        library.add(name, yaml.to_owned());
        library.theme(name, Colour::Always)
    }

    #[test]
    fn a_theme_of_ones_own_inherits_and_changes_the_palette() {
        let theme =
            own("harbour", "name: harbour\ninherits: dark\npalette: {green: \"#00ff00\"}\nstyles: {fail: amber}")
                .unwrap();
        assert_eq!(
            theme.style(Tone::Ok).fg,
            Some(Color::Rgb(0, 255, 0)),
            "what inherits a colour by name gets the new one"
        );
        assert_eq!(theme.style(Tone::Fail).fg, Some(Color::Rgb(0xf0, 0xc0, 0x5e)));
        assert_eq!(theme.appearance, Some(Appearance::Dark));
        let over = own("dark", "name: dark\ninherits: dark\nstyles: {ok: \"#123456\"}").unwrap();
        assert_eq!(
            over.style(Tone::Ok).fg,
            Some(Color::Rgb(0x12, 0x34, 0x56)),
            "its own name, on top of the built-in one"
        );
        assert_eq!(over.styles.len(), TONES);
    }

    #[test]
    fn a_bad_theme_says_what_is_wrong() {
        let error = |yaml: &str| own("x", yaml).unwrap_err().to_string();
        assert!(error("name: x\nstyles: {ok: greenish}").starts_with("theme x: greenish is no colour"));
        assert!(error("name: x\nstyles: {okay: green}").contains("unknown variant `okay`"));
        assert!(error("styles: {}").contains("missing field `name`"));
        assert!(error("name: x\ninherits: x").starts_with("there is no theme named x"));
        assert!(error("name: y").contains("it calls itself y"));
        let unknown = Theme::named("drak", Colour::Always).unwrap_err().to_string();
        assert!(unknown.contains("did you mean dark?"), "{unknown}");
    }
}
