//! The README's picture is a real frame: drawn here, kept as SVG, and compared.

use crate::tui::fixture::Desk;
use crate::tui::theme::{Colour, Theme};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Width and height of a cell in pixels.
const CELL: (f32, f32) = (8.4, 17.0);

/// The demo's runbook, half-way: a check has failed and its repair is at hand.
fn desk() -> Desk {
    let book = include_str!("../../../runbooks/demo.md");
    let mut desk = Desk::new(book, 100, 30);
    desk.ui.look.theme = Theme::named("dark", Colour::Always).unwrap();
    runs(&mut desk, "", 0);
    runs(&mut desk, "3\n", 0);
    desk.press("s<down><enter>");
    runs(&mut desk, "this release is called harbour-20261121\n", 0);
    runs(&mut desk, "<h1>Harbour café</h1>\n", 0);
    desk.press("s<down><enter>");
    runs(&mut desk, "\x1b[33msite/index.html: abuot.html does not exist\x1b[m\n", 1);
    desk
}

/// Goes to the next open step and runs its command, however much it asks.
fn runs(desk: &mut Desk, prints: &str, code: i32) {
    if desk.run.head.seq > 0 {
        desk.press("}");
    }
    for keys in ["r", "r", "y"] {
        if desk.run.running().is_none() {
            desk.press(keys);
        }
    }
    assert!(desk.run.running().is_some(), "{}", desk.shows());
    desk.prints(prints);
    desk.exits(code);
}

#[test]
fn the_picture_is_a_real_frame() {
    let drawn = svg(&desk().frame());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks/demo.svg");
    if fs::read_to_string(&path).unwrap_or_default() != drawn {
        let fresh = std::env::temp_dir().join("gonogo-demo.svg");
        fs::write(&fresh, drawn).unwrap();
        panic!("the screen looks otherwise now: look at {} and copy it to runbooks/demo.svg", fresh.display());
    }
}

fn svg(buffer: &Buffer) -> String {
    let area = buffer.area;
    let (width, height) = (f32::from(area.width) * CELL.0 + 16.0, f32::from(area.height) * CELL.1 + 16.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} \
         {height:.0}\" role=\"img\" aria-label=\"gonogo walking its demo runbook\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#14181f\"/>\n\
         <g font-family=\"ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"14\">\n"
    );
    for y in 0..area.height {
        let mut x = 0;
        while x < area.width {
            let look = style(&buffer[(x, y)]);
            let start = x;
            let mut text = String::new();
            while x < area.width && style(&buffer[(x, y)]) == look {
                text.push_str(buffer[(x, y)].symbol());
                x += 1;
            }
            run(&mut svg, (start, y, x - start), &text, look);
        }
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

/// Ink, paper, and whether it is bold, italic and underlined.
type Style = (Color, Color, Modifier);

fn style(cell: &Cell) -> Style {
    let (fg, bg) = (cell.fg, cell.bg);
    let (fg, bg) = if cell.modifier.contains(Modifier::REVERSED) { (bg, fg) } else { (fg, bg) };
    (fg, bg, cell.modifier & (Modifier::BOLD | Modifier::ITALIC | Modifier::UNDERLINED))
}

fn run(svg: &mut String, (x, y, cells): (u16, u16, u16), text: &str, (fg, bg, modifier): Style) {
    let (left, top) = (8.0 + f32::from(x) * CELL.0, 8.0 + f32::from(y) * CELL.1);
    let width = f32::from(cells) * CELL.0;
    let paper = hex(bg, "#14181f");
    if paper != "#14181f" {
        writeln!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{:.0}\" fill=\"{paper}\"/>",
            CELL.1
        )
        .unwrap();
    }
    if text.trim().is_empty() {
        return;
    }
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut how = String::new();
    for (one, words) in [
        (Modifier::BOLD, " font-weight=\"bold\""),
        (Modifier::ITALIC, " font-style=\"italic\""),
        (Modifier::UNDERLINED, " text-decoration=\"underline\""),
    ] {
        if modifier.contains(one) {
            how.push_str(words);
        }
    }
    let (ink, base) = (hex(fg, "#dfe5ee"), top + 13.0);
    writeln!(
        svg,
        "<text x=\"{left:.1}\" y=\"{base:.1}\" fill=\"{ink}\"{how} textLength=\"{width:.1}\" xml:space=\"preserve\">{text}</text>"
    )
    .unwrap();
}

fn hex(color: Color, default: &str) -> String {
    match color {
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
        // What a program printed in the terminal's own yellow.
        Color::Indexed(3) => "#f0c05e".to_owned(),
        _ => default.to_owned(),
    }
}
