//! The one key table: it drives dispatch, the footer, the help screen and the documentation.
//!
//! Keys are written in a small notation: `j`, `<down>`, `<C-d>`, `<S-tab>`, `<esc>`; `<lt>` is the character `<`.

mod encode;
mod keymap;
mod table;

pub use encode::{Arrows, encode};
pub use keymap::Keymap;
pub use table::TABLE;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key press, in one form for every terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    pub code: KeyCode,
    pub modifiers: KeyModifiers,
}

impl Key {
    #[must_use]
    pub fn new(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let kept = modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        match code {
            KeyCode::BackTab => Key { code: KeyCode::Tab, modifiers: kept | KeyModifiers::SHIFT },
            // A capital letter already says that shift was held.
            KeyCode::Char(c) => Key { code: KeyCode::Char(c), modifiers: kept - KeyModifiers::SHIFT },
            code => Key { code, modifiers: kept },
        }
    }

    #[must_use]
    pub fn plain(code: KeyCode) -> Self {
        Key { code, modifiers: KeyModifiers::NONE }
    }

    /// The character typed, if it is one without Ctrl or Alt.
    #[must_use]
    pub fn char(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() => Some(c),
            _ => None,
        }
    }

    /// For people: `j`, `↓`, `Ctrl-d`, `Shift-Tab`.
    #[must_use]
    pub fn label(self) -> String {
        let name = match self.code {
            KeyCode::Char(' ') => "Space".to_owned(),
            KeyCode::Char(c) => c.to_string(),
            KeyCode::Up => "↑".to_owned(),
            KeyCode::Down => "↓".to_owned(),
            KeyCode::Left => "←".to_owned(),
            KeyCode::Right => "→".to_owned(),
            KeyCode::Enter => "Enter".to_owned(),
            KeyCode::Esc => "Esc".to_owned(),
            KeyCode::Tab => "Tab".to_owned(),
            KeyCode::Home => "Home".to_owned(),
            KeyCode::End => "End".to_owned(),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            KeyCode::F(number) => format!("F{number}"),
            code => code.to_string(),
        };
        let mut label = String::new();
        for (modifier, prefix) in
            [(KeyModifiers::CONTROL, "Ctrl-"), (KeyModifiers::ALT, "Alt-"), (KeyModifiers::SHIFT, "Shift-")]
        {
            if self.modifiers.contains(modifier) {
                label.push_str(prefix);
            }
        }
        label + &name
    }
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        // Some terminals send the control byte of Ctrl-] and Ctrl-h in their older spelling.
        match event.code {
            KeyCode::Char('5') if event.modifiers == KeyModifiers::CONTROL => {
                Key { code: KeyCode::Char(']'), modifiers: KeyModifiers::CONTROL }
            }
            code => Key::new(code, event.modifiers),
        }
    }
}

/// Where keys are pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Walk,
    Board,
    Timeline,
    Log,
}

/// What a key does outside of dialogs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    Down,
    Up,
    Fold,
    Unfold,
    First,
    Last,
    HalfDown,
    HalfUp,
    ScrollDown,
    ScrollUp,
    NextOpen,
    PreviousOpen,
    NextPhase,
    PreviousPhase,
    JumpPhase,
    NextPane,
    PreviousPane,
    Open,
    Tick,
    Run,
    NextCommand,
    PreviousCommand,
    Type,
    HandOver,
    Copy,
    Reveal,
    Compare,
    Stop,
    SignOff,
    Skip,
    Note,
    TakeBack,
    Values,
    Zoom,
    Board,
    Timeline,
    PanLeft,
    PanRight,
    ZoomIn,
    ZoomOut,
    ZoomAll,
    Log,
    Filter,
    /// Which steps the tree shows.
    Narrow,
    Poll,
    CloseRun,
    Detour,
    Find,
    NextHit,
    PreviousHit,
    Correct,
    /// The output that is shown, in the operator's pager.
    Pager,
    Edit,
    Edits,
    Theme,
    Mouse,
    Pause,
    Palette,
    Help,
    Back,
    Quit,
}

/// Headings of the help screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Move,
    Step,
    Command,
    Run,
    Screen,
}

impl Group {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Group::Move => "Move",
            Group::Step => "Step",
            Group::Command => "Command",
            Group::Run => "Run",
            Group::Screen => "Screen",
        }
    }
}

/// A row of the key table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    pub action: Action,
    /// In the notation of this module; the first is the one shown in the footer.
    pub keys: &'static [&'static str],
    pub places: &'static [Place],
    pub group: Group,
    /// One or two words for the footer.
    pub word: &'static str,
    /// A clause for help and documentation.
    pub help: &'static str,
    /// Place in the footer, the lowest first; none keeps it out.
    pub footer: Option<u8>,
}

/// Reads a string of keys: `jj<C-d>r`.
#[must_use]
pub fn notation(keys: &str) -> Vec<Key> {
    let mut read = Vec::new();
    let mut rest = keys;
    while let Some(c) = rest.chars().next() {
        let named = rest.strip_prefix('<').and_then(|inner| inner.split_once('>'));
        let (key, after) = named
            .and_then(|(name, after)| Some((key_named(name)?, after)))
            .unwrap_or((Key::plain(KeyCode::Char(c)), &rest[c.len_utf8()..]));
        read.push(key);
        rest = after;
    }
    read
}

fn key_named(name: &str) -> Option<Key> {
    let (modifiers, name) = match name.split_once('-') {
        Some(("C", rest)) => (KeyModifiers::CONTROL, rest),
        Some(("S", rest)) => (KeyModifiers::SHIFT, rest),
        Some(("A", rest)) => (KeyModifiers::ALT, rest),
        Some(_) | None => (KeyModifiers::NONE, name),
    };
    let code = match name {
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "bs" => KeyCode::Backspace,
        "del" => KeyCode::Delete,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pgup" => KeyCode::PageUp,
        "pgdn" => KeyCode::PageDown,
        "space" => KeyCode::Char(' '),
        "lt" => KeyCode::Char('<'),
        other => {
            if let Some(number) = other.strip_prefix('f').and_then(|number| number.parse().ok()) {
                return Some(Key { code: KeyCode::F(number), modifiers });
            }
            let mut chars = other.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) if !modifiers.is_empty() => KeyCode::Char(c),
                (Some(_) | None, _) => return None,
            }
        }
    };
    Some(Key { code, modifiers })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notation_reads_what_labels_say() {
        let labels: Vec<String> = notation("j<C-d><S-tab><esc><lt>é<space>").into_iter().map(Key::label).collect();
        assert_eq!(labels, ["j", "Ctrl-d", "Shift-Tab", "Esc", "<", "é", "Space"]);
    }

    #[test]
    fn no_two_actions_share_a_key_at_one_place() {
        for place in [Place::Walk, Place::Board, Place::Timeline, Place::Log] {
            let mut seen: Vec<(Key, Action)> = Vec::new();
            for binding in TABLE.iter().filter(|binding| binding.places.contains(&place)) {
                for key in binding.keys.iter().flat_map(|keys| notation(keys)) {
                    let taken = seen.iter().find(|(other, _)| *other == key);
                    assert_eq!(taken, None, "{} at {place:?}", key.label());
                    seen.push((key, binding.action));
                }
            }
        }
    }

    #[test]
    fn enter_and_space_never_run_anything() {
        for place in [Place::Walk, Place::Board, Place::Timeline, Place::Log] {
            for key in notation("<enter><space>") {
                assert!(!matches!(
                    Keymap::default().action(place, key),
                    Some(Action::Run | Action::Type | Action::SignOff)
                ));
            }
        }
    }
}
