//! Words in byte order that stand in one text, searched by halves where they stand.
//!
//! Where each begins is worked out when the program is built: to take thousands of words apart takes longer than to read
//! most runbooks.

/// `N` words with one blank or line end between.
pub struct Listed<const N: usize> {
    text: &'static str,
    starts: [u16; N],
}

/// How many words a text holds.
#[must_use]
pub const fn count(text: &str) -> usize {
    let (bytes, mut at, mut count) = (text.as_bytes(), 0, 1);
    while at < bytes.len() {
        if is_between(bytes[at]) {
            count += 1;
        }
        at += 1;
    }
    count
}

const fn is_between(byte: u8) -> bool {
    byte == b' ' || byte == b'\n'
}

impl<const N: usize> Listed<N> {
    /// Takes a text of as many words as [`count`] says, without white space around it.
    ///
    /// # Panics
    /// Where it is built, when it is no such text or longer than 64 KiB.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the text is shorter than 64 KiB")]
    pub const fn new(text: &'static str) -> Self {
        let bytes = text.as_bytes();
        assert!(bytes.len() <= u16::MAX as usize && N == count(text));
        let (mut starts, mut at, mut next) = ([0; N], 0, 1);
        while at < bytes.len() {
            if is_between(bytes[at]) {
                starts[next] = at as u16 + 1;
                next += 1;
            }
            at += 1;
        }
        Listed { text, starts }
    }

    #[must_use]
    pub fn holds(&self, word: &str) -> bool {
        let compared = |nth: usize| self.word(nth).as_bytes().cmp(word.as_bytes());
        let (mut low, mut high) = (0, N);
        while low < high {
            let middle = low.midpoint(high);
            match compared(middle) {
                std::cmp::Ordering::Equal => return true,
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        false
    }

    fn word(&self, nth: usize) -> &'static str {
        let end = self.starts.get(nth + 1).map_or(self.text.len(), |next| usize::from(*next) - 1);
        &self.text[usize::from(self.starts[nth])..end]
    }

    #[cfg(test)]
    pub fn is_sorted(&self) -> bool {
        (1..N).all(|nth| self.word(nth - 1) < self.word(nth))
    }
}

#[cfg(test)]
mod tests {
    use super::{Listed, count};

    #[test]
    fn words_are_found_where_they_stand() {
        const TEXT: &str = "a ab\nb z.sh";
        static WORDS: Listed<{ count(TEXT) }> = Listed::new(TEXT);
        for word in ["a", "ab", "b", "z.sh"] {
            assert!(WORDS.holds(word), "{word}");
        }
        for word in ["", "A", "a ", "aa", "abc", "z", "z.sh ", "zz", "é"] {
            assert!(!WORDS.holds(word), "{word}");
        }
        assert!(WORDS.is_sorted() && !Listed::<2>::new("b a").is_sorted());
    }
}
