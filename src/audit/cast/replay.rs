//! What of an output may be played to somebody's terminal: text, colours, cursor movement, erasing, the alternate screen.
//!
//! Left out are strings (OSC, DCS, APC, PM, SOS: titles, clipboard, links, images), questions that a terminal answers as if
//! they were typed, window and printer orders. A sequence that is cut off at the end of a part is left out, too.

/// Longest control sequence that is taken seriously, in characters.
const LONGEST: usize = 64;

/// The state between two parts of one output.
#[derive(Debug, Default)]
pub(super) struct Replay {
    state: State,
    part: String,
    after_return: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    Escape,
    /// Escape and an intermediate: one more character, and nothing of it is played.
    Designation,
    Control,
    /// A string up to its end.
    Swallowed,
    SwallowedEscape,
}

impl Replay {
    /// The harmless text of some bytes; what is no UTF-8 becomes a replacement character, and a line feed alone starts at
    /// the left, as behind a terminal's line discipline.
    pub fn take(&mut self, bytes: &[u8]) -> String {
        let mut out = String::with_capacity(bytes.len());
        String::from_utf8_lossy(bytes).chars().for_each(|c| self.one(c, &mut out));
        out
    }

    fn one(&mut self, c: char, out: &mut String) {
        match self.state {
            State::Text => self.text(c, out),
            State::Designation => self.state = State::Text,
            State::Control => self.control(c, out),
            State::Swallowed => match c {
                '\x07' | '\x18' | '\x1a' | '\u{9c}' => self.state = State::Text,
                '\x1b' => self.state = State::SwallowedEscape,
                _ => {}
            },
            State::SwallowedEscape if c == '\\' => self.state = State::Text,
            State::SwallowedEscape | State::Escape => self.escape(c, out),
        }
    }

    fn text(&mut self, c: char, out: &mut String) {
        let after_return = std::mem::replace(&mut self.after_return, c == '\r');
        match c {
            '\x1b' => self.state = State::Escape,
            // The controls of ISO 6429 in one character begin the same sequences.
            '\u{9b}' => self.begin(),
            '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => self.state = State::Swallowed,
            '\n' if !after_return => out.push_str("\r\n"),
            '\n' | '\r' | '\t' | '\x08' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }

    fn begin(&mut self) {
        self.part.clear();
        self.state = State::Control;
    }

    fn escape(&mut self, c: char, out: &mut String) {
        self.state = State::Text;
        match c {
            '[' => self.begin(),
            ']' | 'P' | 'X' | '^' | '_' | 'k' => self.state = State::Swallowed,
            ' '..='/' => self.state = State::Designation,
            '7' | '8' | 'D' | 'E' | 'M' => {
                out.push('\x1b');
                out.push(c);
            }
            '\x1b' => self.state = State::Escape,
            _ => {}
        }
    }

    fn control(&mut self, c: char, out: &mut String) {
        match c {
            // One character more than what is played marks a sequence that is too long.
            ' '..='?' if self.part.len() <= LONGEST => self.part.push(c),
            '@'..='~' => {
                if self.part.len() <= LONGEST && is_harmless(&self.part, c) {
                    out.push_str("\x1b[");
                    out.push_str(&self.part);
                    out.push(c);
                }
                self.state = State::Text;
            }
            '\x1b' => self.state = State::Escape,
            '\x18' | '\x1a' => self.state = State::Text,
            _ => {}
        }
    }
}

/// Whether a control sequence (ECMA-48 §5.4) may be played.
fn is_harmless(part: &str, last: char) -> bool {
    let numbers = part.strip_prefix('?').unwrap_or(part);
    if !numbers.chars().all(|c| c.is_ascii_digit() || matches!(c, ';' | ':')) {
        return false;
    }
    if part.starts_with('?') {
        let modes = ["7", "25", "47", "1047", "1049"];
        return matches!(last, 'h' | 'l') && numbers.split(';').all(|mode| modes.contains(&mode));
    }
    matches!(last, 'A'..='H' | 'J'..='M' | 'P' | 'S' | 'X' | '@' | '`' | 'a' | 'd' | 'e' | 'f' | 'm' | 'r')
}

/// A line of played text without its sequences.
pub(super) fn plain(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut inside = false;
    for c in line.chars() {
        match c {
            '\x1b' => inside = true,
            _ if inside => inside = !(c.is_ascii_alphabetic() || matches!(c, '@' | '`' | '7' | '8')) || c == '[',
            c if c.is_control() => {}
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_left_out_and_what_draws_stays() {
        for (printed, played) in [
            ("one\ntwo\r\n", "one\r\ntwo\r\n"),
            ("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
            ("\x1b[2J\x1b[H\x1b[?1049hx\x1b[?1049l", "\x1b[2J\x1b[H\x1b[?1049hx\x1b[?1049l"),
            ("a\x1b]52;c;aGk=\x07b\x1b]0;title\x1b\\c", "abc"),
            ("a\u{9d}0;title\u{9c}b\u{9b}6nc", "abc"),
            ("\x1bP+q\x1b\\d\x1b_x\x1b\\e\x1bXy\x07f", "def"),
            // Device attributes, cursor report, window size, printer, mouse, bracketed paste.
            ("\x1b[c\x1b[6n\x1b[18t\x1b[5i\x1b[?1000h\x1b[?2004h\x1b[>c.", "."),
            ("\x1b(0x\x1bc\x07\x0e\x00\x7fy\x1b[", "xy"),
            ("\x1b]0;cut off", ""),
        ] {
            assert_eq!(Replay::default().take(printed.as_bytes()), played, "{printed:?}");
        }
        assert_eq!(Replay::default().take(b"\xff\xfe"), "\u{fffd}\u{fffd}");
        assert_eq!(plain("\x1b[1;31mred\x1b[0m and \x1b[?25hmore"), "red and more");
    }
}
