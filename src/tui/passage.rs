//! What a program may say to the outer terminal while it has the whole of it: a filter for its output.
//!
//! Everything that is not known to be harmless is left out: OSC (clipboard, titles, links), DCS, APC, PM and SOS strings,
//! questions that the terminal would answer as if they were typed, window and printer orders, private extensions. What
//! remains is text, colours, cursor movement, erasing, scrolling, the alternate screen and mouse reports. Only whole
//! sequences pass, so that whatever follows, even in the middle of one, finds the terminal in a known state.
//!
//! It does not emulate: questions are answered by the pane's emulator, which sees the same bytes.

use super::text::is_shown_as_is;

/// Longest control sequence that is taken seriously, in bytes.
const LONGEST: usize = 64;

/// Puts a terminal back in order after a program: main screen, no mouse, no bracketed paste, visible cursor, plain text.
pub const RESET: &[u8] = b"\x1b[?1049l\x1b[!p\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1005l\x1b[?1006l\x1b[?1015l\
\x1b[?2004l\x1b[?2026l\x1b[?1l\x1b[?66l\x1b>\x1b[?5l\x1b[?7h\x1b[?12l\x1b[?25h\x1b[4l\x1b[20l\x1b[r\x1b[0 q\x1b(B\x0f\x1b[m\r\n";

/// Private modes (DECSET) that concern this screen alone.
const MODES: &[&str] = &[
    "1", "5", "6", "7", "12", "25", "45", "47", "66", "69", "1000", "1002", "1003", "1004", "1005", "1006", "1007",
    "1015", "1047", "1048", "1049", "2004", "2026",
];

/// The filter of one hand-over.
#[derive(Debug, Default)]
pub struct Passage {
    state: State,
    /// Bytes of a sequence or a character that is not complete.
    part: Vec<u8>,
    /// The program draws the alternate screen, where a line feed moves straight down.
    alternate: bool,
    after_return: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    /// Inside a character of several bytes, of which so many are missing.
    Character(usize),
    Escape,
    /// Escape and an intermediate byte.
    Designation,
    Control,
    /// A control sequence longer than [`LONGEST`].
    Overlong,
    /// A string that is left out up to its end.
    Swallowed,
    SwallowedEscape,
}

impl Passage {
    /// Takes bytes in and appends to `out` what may go to the terminal.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for byte in bytes {
            self.take(*byte, out);
        }
    }

    fn take(&mut self, byte: u8, out: &mut Vec<u8>) {
        match self.state {
            State::Text => self.text(byte, out),
            State::Character(missing) => self.character(byte, missing, out),
            State::Escape => self.escape(byte, out),
            State::Designation => self.designation(byte, out),
            State::Control | State::Overlong => self.control(byte, out),
            State::Swallowed => match byte {
                // BEL, CAN and SUB end a string as well as its proper terminator does.
                0x07 | 0x18 | 0x1a => self.state = State::Text,
                0x1b => self.state = State::SwallowedEscape,
                _ => {}
            },
            State::SwallowedEscape if byte == b'\\' => self.state = State::Text,
            State::SwallowedEscape => {
                self.state = State::Escape;
                self.escape(byte, out);
            }
        }
    }

    fn text(&mut self, byte: u8, out: &mut Vec<u8>) {
        let after_return = std::mem::replace(&mut self.after_return, byte == b'\r');
        match byte {
            0x1b => self.state = State::Escape,
            b'\n' if !self.alternate && !after_return => out.extend_from_slice(b"\r\n"),
            0x07..=0x0a | 0x0d..=0x0f | b' '..=b'~' => out.push(byte),
            0xc2..=0xdf => self.begin_character(byte, 1),
            0xe0..=0xef => self.begin_character(byte, 2),
            0xf0..=0xf4 => self.begin_character(byte, 3),
            0x80..=0xff => out.extend_from_slice("\u{fffd}".as_bytes()),
            0x00..=0x1f | 0x7f => {}
        }
    }

    fn begin_character(&mut self, byte: u8, missing: usize) {
        self.part.clear();
        self.part.push(byte);
        self.state = State::Character(missing);
    }

    fn character(&mut self, byte: u8, missing: usize, out: &mut Vec<u8>) {
        if !(0x80..=0xbf).contains(&byte) {
            out.extend_from_slice("\u{fffd}".as_bytes());
            self.state = State::Text;
            return self.text(byte, out);
        }
        self.part.push(byte);
        if missing > 1 {
            self.state = State::Character(missing - 1);
            return;
        }
        self.state = State::Text;
        // The controls of ISO 6429 in two bytes would begin sequences of their own.
        let shown = std::str::from_utf8(&self.part).is_ok_and(|text| text.chars().all(is_shown_as_is));
        out.extend_from_slice(if shown { &self.part } else { "\u{fffd}".as_bytes() });
    }

    fn escape(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.state = State::Text;
        match byte {
            b'[' => {
                self.part.clear();
                self.state = State::Control;
            }
            b']' | b'P' | b'X' | b'^' | b'_' | b'k' => self.state = State::Swallowed,
            b' '..=b'/' => {
                self.part.clear();
                self.part.push(byte);
                self.state = State::Designation;
            }
            b'7' | b'8' | b'=' | b'>' | b'D' | b'E' | b'H' | b'M' => out.extend_from_slice(&[0x1b, byte]),
            // A full reset would also undo what is ours; this is what a program wants of it.
            b'c' => {
                self.alternate = false;
                out.extend_from_slice(b"\x1b[?1049l\x1b[!p\x1b[2J\x1b[H");
            }
            0x1b => self.state = State::Escape,
            _ => {}
        }
    }

    fn designation(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.state = if byte == 0x1b { State::Escape } else { State::Text };
        if let ([slot @ (b'(' | b')')], b'0' | b'A' | b'B') = (self.part.as_slice(), byte) {
            out.extend_from_slice(&[0x1b, *slot, byte]);
        }
    }

    fn control(&mut self, byte: u8, out: &mut Vec<u8>) {
        match byte {
            0x20..=0x3f if self.part.len() < LONGEST => self.part.push(byte),
            0x20..=0x3f => self.state = State::Overlong,
            0x40..=0x7e => {
                if self.state == State::Control && is_harmless(&self.part, byte) {
                    self.notice(byte);
                    out.extend_from_slice(b"\x1b[");
                    out.extend_from_slice(&self.part);
                    out.push(byte);
                }
                self.state = State::Text;
            }
            0x1b => self.state = State::Escape,
            0x18 | 0x1a => self.state = State::Text,
            _ => {}
        }
    }

    /// Remembers which of the two screens is drawn on.
    fn notice(&mut self, last: u8) {
        let switches = self.part.strip_prefix(b"?").is_some_and(|modes| {
            modes.split(|byte| *byte == b';').any(|mode| matches!(mode, b"47" | b"1047" | b"1049"))
        });
        if switches {
            self.alternate = last == b'h';
        }
    }
}

/// Whether a control sequence (ECMA-48 §5.4: parameters and intermediates, then a final byte) may pass.
fn is_harmless(part: &[u8], last: u8) -> bool {
    let Ok(text) = std::str::from_utf8(part) else { return false };
    let numbers = text.trim_start_matches('?').trim_end_matches([' ', '!']);
    let short = numbers.split([';', ':']).all(|number| number.len() <= 5);
    let plain = numbers.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b';' | b':'));
    if !short || !plain {
        return false;
    }
    match (text.as_bytes().first(), text.as_bytes().last(), last) {
        (Some(b'?'), _, b'h' | b'l') => numbers.split(';').all(|mode| MODES.contains(&mode)),
        (Some(b'?'), _, b'J' | b'K') => true,
        (Some(b'?'), _, _) => false,
        // Cursor shape, and the soft reset.
        (_, Some(b' '), last) => last == b'q',
        (_, Some(b'!'), last) => last == b'p',
        (_, _, b'h' | b'l') => numbers.split(';').all(|mode| matches!(mode, "4" | "20")),
        (_, _, b's' | b'u') => numbers.is_empty(),
        // With more than one parameter it would start the tracking of a highlight.
        (_, _, b'T') => !numbers.contains(';'),
        (
            _,
            _,
            b'@'..=b'I' | b'J'..=b'M' | b'P' | b'S' | b'X' | b'Z' | b'`' | b'a' | b'b' | b'd'..=b'g' | b'm' | b'r',
        ) => true,
        (_, _, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn passed(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        Passage::default().feed(bytes, &mut out);
        out
    }

    #[test]
    fn orders_and_questions_do_not_pass() {
        let kept_out: [&[u8]; 22] = [
            b"\x1b]52;c;aGk=\x07",
            b"\x1b]0;title\x1b\\",
            b"\x1b]8;;http://example.org\x1b\\",
            b"\x1bP$qm\x1b\\",
            b"\x1bPq#0;2;0;0;0\x1b\\",
            b"\x1b_Gf=24;AAAA\x1b\\",
            b"\x1b^private\x1b\\",
            b"\x1bXstring\x1b\\",
            b"\x1bktitle\x1b\\",
            b"\x1b[c",
            b"\x1b[>c",
            b"\x1b[=c",
            b"\x1bZ",
            b"\x1b[6n",
            b"\x1b[?6n",
            b"\x1b[21t",
            b"\x1b[?1$p",
            b"\x1b[>1u",
            b"\x1b[?u",
            b"\x1b[5i",
            b"\x1b[>4;2m",
            b"\x1b[1;1;9;9;1*y",
        ];
        for bytes in kept_out {
            let around = [b"a", bytes, b"b"].concat();
            assert_eq!(passed(&around), b"ab", "{:?}", String::from_utf8_lossy(bytes));
        }
        assert_eq!(passed(b"a\x9b31mb\xc2\x9b31mc"), "a\u{fffd}31mb\u{fffd}31mc".as_bytes());
        assert_eq!(passed(b"a\x1b]52;c;never ended\n and on"), b"a");
        assert_eq!(passed(&[b"a\x1b[".as_slice(), &[b'1'; 200], b"mb"].concat()), b"ab");
        assert_eq!(passed(b"a\x1b[1000000000b"), b"a");
    }

    #[test]
    fn what_programs_draw_with_passes() {
        let passing: [&[u8]; 12] = [
            b"\x1b[1;38;5;208mred\x1b[m",
            b"\x1b[38:2::10:20:30mrgb",
            b"\x1b[?1049h\x1b[H\x1b[2J",
            b"\x1b[?1h\x1b=\x1b[?25l",
            b"\x1b[?1000;1006h",
            b"\x1b[5;20r\x1b[3;4H\x1b[2L\x1b[K",
            b"\x1b(0lqqk\x1b(B",
            b"\x1b7\x1b8\x1bM",
            b"\x1b[4 q",
            b"\x1b[!p",
            b"tab\tback\x08bell\x07\r",
            "wide 漢字 👩\u{200d}🔧".as_bytes(),
        ];
        for bytes in passing {
            assert_eq!(passed(bytes), bytes, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn line_feeds_return_the_carriage_outside_of_the_alternate_screen() {
        assert_eq!(passed(b"a\nb\r\nc"), b"a\r\nb\r\nc");
        assert_eq!(passed(b"\x1b[?1049ha\nb\x1b[?1049lc\n"), b"\x1b[?1049ha\nb\x1b[?1049lc\r\n");
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_give_the_same_and_nothing_that_would_be_filtered_again(
            pieces in prop::collection::vec(
                prop_oneof![
                    prop::collection::vec(any::<u8>(), 0..12),
                    "\x1b[\\[\\]PX^_Zck()]?[?>=!]?[0-9;:]{0,6}[ $]?[@-~\x07]?".prop_map(String::into_bytes),
                ],
                0..20,
            )
        ) {
            let whole = passed(&pieces.concat());
            let mut passage = Passage::default();
            let mut piecewise = Vec::new();
            for piece in &pieces {
                passage.feed(piece, &mut piecewise);
            }
            prop_assert_eq!(&piecewise, &whole);
            prop_assert_eq!(&passed(&whole), &whole);
            for order in [b"\x1b]", b"\x1bP", b"\x1b_", b"\x1b^", b"\x1bX"] {
                prop_assert!(!whole.windows(2).any(|two| two == order));
            }
        }
    }
}
