//! Which letters occur in a text: most phrases that are looked for are ruled out by them at once.
//!
//! It answers nothing for certain but no; whoever gets a yes has to look.

/// A set of ASCII letters, whatever their case; all letters of other scripts are one more.
#[derive(Debug, Clone, Copy)]
pub struct Letters(u32);

impl Letters {
    /// The letters of a word or phrase.
    #[must_use]
    pub const fn of(text: &str) -> Self {
        let (bytes, mut set, mut at) = (text.as_bytes(), 0, 0);
        while at < bytes.len() {
            set |= bit(bytes[at]);
            at += 1;
        }
        Letters(set)
    }

    /// The letters of some words, one set for each.
    #[must_use]
    pub const fn of_each<const N: usize>(words: &[&str; N]) -> [Self; N] {
        let (mut letters, mut at) = ([Letters(0); N], 0);
        while at < N {
            letters[at] = Letters::of(words[at]);
            at += 1;
        }
        letters
    }

    /// The letters that some words begin with.
    #[must_use]
    pub const fn first_of(words: &[&str]) -> Self {
        let (mut set, mut at) = (0, 0);
        while at < words.len() {
            set |= bit(words[at].as_bytes()[0]);
            at += 1;
        }
        Letters(set)
    }

    /// The letters that may occur in a text: all of them in a long one, which is not worth the count.
    #[must_use]
    pub fn in_text(text: &str) -> Self {
        const LONG: usize = 200;
        if text.len() > LONG { Letters(u32::MAX) } else { Letters::of(text) }
    }

    #[must_use]
    pub const fn has_all(self, wanted: Letters) -> bool {
        self.0 & wanted.0 == wanted.0
    }

    #[must_use]
    pub const fn has_any(self, wanted: Letters) -> bool {
        self.0 & wanted.0 != 0
    }

    /// Whether a byte is one of the letters.
    #[must_use]
    pub const fn has(self, byte: u8) -> bool {
        self.0 & bit(byte) != 0
    }
}

/// The bit of a letter; none for other bytes.
const fn bit(byte: u8) -> u32 {
    BITS[byte as usize]
}

const BITS: [u32; 256] = {
    let (mut bits, mut byte) = ([0; 256], 0);
    while byte < 26 {
        bits[b'a' as usize + byte] = 1 << byte;
        bits[b'A' as usize + byte] = 1 << byte;
        byte += 1;
    }
    let mut byte = 0x80;
    while byte < 256 {
        bits[byte] = 1 << 26;
        byte += 1;
    }
    bits
};

/// Whether a text holds one of several phrases.
macro_rules! holds {
    ($text:expr, $($phrase:literal)+) => {{
        let text: &str = $text;
        let letters = $crate::runbook::letters::Letters::in_text(text);
        $(letters.has_all(const { $crate::runbook::letters::Letters::of($phrase) }) && text.contains($phrase))||+
    }};
}
pub(crate) use holds;

#[cfg(test)]
mod tests {
    use super::Letters;

    #[test]
    fn letters_rule_phrases_out_and_never_in() {
        const WANTED: Letters = Letters::of("Run it");
        assert!(Letters::in_text("turn it on").has_all(WANTED));
        assert!(!Letters::in_text("turn off").has_all(WANTED));
        assert!(Letters::in_text("実行").has_all(Letters::of("実行")));
        assert!(!Letters::in_text("run").has_all(Letters::of("実行")));
        assert!(Letters::in_text(&"-".repeat(300)).has_all(WANTED));
        assert!(holds!("turn the light on", "off" "light") && !holds!("thgil", "light" "実行"));
        let firsts = Letters::first_of(&["step", "étape"]);
        assert!(firsts.has(b'S') && !firsts.has(b't') && !firsts.has(b'1'));
    }
}
