//! What a terminal sends for a key: bytes for the program in the pane (xterm's sequences).

use super::Key;
use crossterm::event::{KeyCode, KeyModifiers};

/// How the program wants its arrow keys (DECCKM).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrows {
    Cursor,
    Application,
}

/// The bytes of a key; none for keys that no terminal sends.
#[must_use]
pub fn encode(key: Key, arrows: Arrows) -> Vec<u8> {
    let mut bytes = Vec::new();
    if key.modifiers.contains(KeyModifiers::ALT) {
        bytes.push(0x1b);
    }
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let shift = key.modifiers.contains(KeyModifiers::SHIFT);
    let arrow = |last: u8| match (arrows, control, shift) {
        (_, true, _) => vec![0x1b, b'[', b'1', b';', b'5', last],
        (_, false, true) => vec![0x1b, b'[', b'1', b';', b'2', last],
        (Arrows::Application, false, false) => vec![0x1b, b'O', last],
        (Arrows::Cursor, false, false) => vec![0x1b, b'[', last],
    };
    match key.code {
        KeyCode::Char(c) if control => bytes.extend(control_byte(c)),
        KeyCode::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        KeyCode::Enter => bytes.push(b'\r'),
        KeyCode::Tab if shift => bytes.extend_from_slice(b"\x1b[Z"),
        KeyCode::Tab => bytes.push(b'\t'),
        KeyCode::Backspace => bytes.push(0x7f),
        KeyCode::Esc => bytes.push(0x1b),
        KeyCode::Up => bytes.extend(arrow(b'A')),
        KeyCode::Down => bytes.extend(arrow(b'B')),
        KeyCode::Right => bytes.extend(arrow(b'C')),
        KeyCode::Left => bytes.extend(arrow(b'D')),
        KeyCode::Home => bytes.extend(arrow(b'H')),
        KeyCode::End => bytes.extend(arrow(b'F')),
        KeyCode::Insert => bytes.extend_from_slice(b"\x1b[2~"),
        KeyCode::Delete => bytes.extend_from_slice(b"\x1b[3~"),
        KeyCode::PageUp => bytes.extend_from_slice(b"\x1b[5~"),
        KeyCode::PageDown => bytes.extend_from_slice(b"\x1b[6~"),
        KeyCode::F(number @ 1..=4) => bytes.extend_from_slice(&[0x1b, b'O', b'P' + number - 1]),
        KeyCode::F(number @ 5..=12) => {
            let code = [15, 17, 18, 19, 20, 21, 23, 24][usize::from(number) - 5];
            bytes.extend_from_slice(format!("\x1b[{code}~").as_bytes());
        }
        _ => bytes.clear(),
    }
    bytes
}

/// Ctrl with a character, as ASCII has it.
fn control_byte(c: char) -> Option<u8> {
    let upper = u8::try_from(c).ok()?.to_ascii_uppercase();
    match upper {
        b'@'..=b'_' => Some(upper - 0x40),
        b' ' | b'2' => Some(0),
        b'/' | b'7' => Some(0x1f),
        b'?' | b'8' => Some(0x7f),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::notation;

    #[test]
    fn keys_become_the_bytes_a_terminal_sends() {
        let bytes = |keys: &str, arrows| {
            let sent: Vec<u8> = notation(keys).into_iter().flat_map(|key| encode(key, arrows)).collect();
            sent.escape_ascii().to_string()
        };
        assert_eq!(bytes("yé<enter><C-c><C-d><tab>", Arrows::Cursor), r"y\xc3\xa9\r\x03\x04\t");
        assert_eq!(bytes("<up><C-left><home>", Arrows::Cursor), r"\x1b[A\x1b[1;5D\x1b[H");
        assert_eq!(bytes("<up><home>", Arrows::Application), r"\x1bOA\x1bOH");
        assert_eq!(bytes("<A-b><bs><pgdn><f1>", Arrows::Cursor), r"\x1bb\x7f\x1b[6~\x1bOP");
    }
}
