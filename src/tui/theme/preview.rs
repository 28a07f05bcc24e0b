//! A theme as text: every tone by name, in its own style, for a terminal.

use super::{Theme, Tone};
use ratatui::style::{Color, Modifier, Style};
use std::fmt::Write as _;

impl Theme {
    /// One line for each tone.
    #[must_use]
    pub fn preview(&self) -> String {
        let mut text = format!("{}\n", self.name);
        for tone in self.styles.keys() {
            let page = self.style(Tone::Background);
            let style = page.patch(self.style(*tone));
            let name = format!("{tone:?}");
            let sample = "3.2 Database SSL ✓ passed";
            writeln!(text, "  {name:<20} {}{sample}\x1b[0m", orders(style)).expect("writing to a String cannot fail");
        }
        text
    }
}

/// Select Graphic Rendition (ECMA-48) of a style.
fn orders(style: Style) -> String {
    let mut orders = Vec::new();
    let modifiers = [
        (Modifier::BOLD, "1"),
        (Modifier::DIM, "2"),
        (Modifier::ITALIC, "3"),
        (Modifier::UNDERLINED, "4"),
        (Modifier::REVERSED, "7"),
    ];
    orders
        .extend(modifiers.into_iter().filter(|(one, _)| style.add_modifier.contains(*one)).map(|(_, n)| n.to_owned()));
    orders.extend(style.fg.and_then(|color| order(color, 30)));
    orders.extend(style.bg.and_then(|color| order(color, 40)));
    format!("\x1b[{}m", orders.join(";"))
}

fn order(color: Color, base: u8) -> Option<String> {
    let sixteen = |number: u8| {
        let number = if number < 8 { base + number } else { base + 52 + number };
        Some(number.to_string())
    };
    match color {
        Color::Reset => None,
        Color::Black => sixteen(0),
        Color::Red => sixteen(1),
        Color::Green => sixteen(2),
        Color::Yellow => sixteen(3),
        Color::Blue => sixteen(4),
        Color::Magenta => sixteen(5),
        Color::Cyan => sixteen(6),
        Color::Gray => sixteen(7),
        Color::DarkGray => sixteen(8),
        Color::LightRed => sixteen(9),
        Color::LightGreen => sixteen(10),
        Color::LightYellow => sixteen(11),
        Color::LightBlue => sixteen(12),
        Color::LightMagenta => sixteen(13),
        Color::LightCyan => sixteen(14),
        Color::White => sixteen(15),
        Color::Indexed(number) => Some(format!("{};5;{number}", base + 8)),
        Color::Rgb(red, green, blue) => Some(format!("{};2;{red};{green};{blue}", base + 8)),
    }
}
