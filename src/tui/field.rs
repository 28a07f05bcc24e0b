//! A place to type text into: one line, or several when the operator asks for them.

use super::keys::Key;
use crossterm::event::{KeyCode, KeyModifiers};

/// Whether what is typed may be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mask {
    #[default]
    Open,
    Hidden,
}

/// Text with a cursor in it.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Field {
    text: String,
    /// Byte offset of the character the cursor stands on; always at a character boundary.
    cursor: usize,
    mask: Mask,
}

impl std::fmt::Debug for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Field")
            .field("text", &self.shown())
            .field("cursor", &self.cursor)
            .field("mask", &self.mask)
            .finish()
    }
}

/// Whether a key meant something to the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    Yes,
    No,
}

impl Field {
    #[must_use]
    pub fn new(text: &str) -> Self {
        Field { text: text.to_owned(), cursor: text.len(), mask: Mask::Open }
    }

    /// For secrets: shows one dot for each character.
    #[must_use]
    pub fn hidden() -> Self {
        Field { mask: Mask::Hidden, ..Field::default() }
    }

    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.mask == Mask::Hidden
    }

    /// The text as a reason: `None` when blank.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        (!self.is_blank()).then(|| self.text.trim().to_owned())
    }

    /// What may be seen of it.
    #[must_use]
    pub fn shown(&self) -> String {
        match self.mask {
            Mask::Open => self.text.clone(),
            Mask::Hidden => "•".repeat(self.text.chars().count()),
        }
    }

    /// What may be seen before the cursor.
    #[must_use]
    pub fn shown_before(&self) -> String {
        match self.mask {
            Mask::Open => self.text[..self.cursor].to_owned(),
            Mask::Hidden => "•".repeat(self.text[..self.cursor].chars().count()),
        }
    }

    pub fn insert(&mut self, text: &str) {
        let clean: String = text.chars().filter(|c| !c.is_control() || *c == '\n').collect();
        self.text.insert_str(self.cursor, &clean);
        self.cursor += clean.len();
    }

    pub fn set(&mut self, text: &str) {
        text.clone_into(&mut self.text);
        self.cursor = self.text.len();
    }

    /// Reacts to a key.
    pub fn press(&mut self, key: Key) -> Taken {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char('j') if control => self.insert("\n"),
            KeyCode::Enter if alt => self.insert("\n"),
            KeyCode::Char('a') if control => self.cursor = 0,
            KeyCode::Char('e') if control => self.cursor = self.text.len(),
            KeyCode::Char('u') if control => {
                self.text.drain(..self.cursor);
                self.cursor = 0;
            }
            KeyCode::Char('w') if control => self.delete_word(),
            KeyCode::Char(c) if !control && !alt => self.insert(c.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace => {
                let before = self.before();
                self.text.drain(before..self.cursor);
                self.cursor = before;
            }
            KeyCode::Delete => {
                let after = self.after();
                self.text.drain(self.cursor..after);
            }
            KeyCode::Left => self.cursor = self.before(),
            KeyCode::Right => self.cursor = self.after(),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            _ => return Taken::No,
        }
        Taken::Yes
    }

    fn before(&self) -> usize {
        self.text[..self.cursor].char_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        self.text[self.cursor..].chars().next().map_or(self.cursor, |c| self.cursor + c.len_utf8())
    }

    fn delete_word(&mut self) {
        let kept = self.text[..self.cursor].trim_end();
        let start =
            kept.rfind(char::is_whitespace).map_or(0, |at| at + kept[at..].chars().next().map_or(1, char::len_utf8));
        self.text.drain(start..self.cursor);
        self.cursor = start;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::notation;

    fn typed(start: &str, keys: &str) -> String {
        let mut field = Field::new(start);
        for key in notation(keys) {
            field.press(key);
        }
        let (before, after) = field.text.split_at(field.cursor);
        format!("{before}|{after}")
    }

    #[test]
    fn editing_keys_do_what_a_shell_does() {
        assert_eq!(typed("", "abc<left><left>X"), "aX|bc");
        assert_eq!(typed("naïve", "<bs><bs><bs>"), "na|");
        assert_eq!(typed("one two  ", "<C-w>"), "one |");
        assert_eq!(typed("one two", "<left><C-u>"), "|o");
        assert_eq!(typed("ab", "<home><del>"), "|b");
        assert_eq!(typed("a", "<C-j>b<C-a>"), "|a\nb");
    }

    #[test]
    fn a_hidden_field_never_shows_its_text() {
        let mut field = Field::hidden();
        field.insert("s3cret\u{1b}");
        assert_eq!(field.text(), "s3cret");
        assert_eq!(field.shown(), "••••••");
        assert!(!format!("{field:?}").contains("s3cret"));
    }
}
