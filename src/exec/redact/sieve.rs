//! A sieve for the places of a text at which one of many literals may begin.
//!
//! An automaton of thousands of literals walks, byte by byte, through tables that are larger than a processor's nearest
//! caches. The sieve looks only at every few bytes, and only at whether those that stand there occur in a literal's
//! beginning: it hashes them into a table of bits that such a cache holds (as Wu and Manber's search for many patterns and
//! Bloom's filter do). It may name a place in vain; it never passes over one, which a test compares with the automaton.

/// What is loaded at once, in bytes.
const LOADED: usize = size_of::<u64>();
/// Least and most bytes that are hashed together: fewer occur in too many texts, more leave shorter steps.
const WINDOW: (usize, usize) = (4, 6);
/// Longest step, in bytes. Longer ones save little, and fill the table with more pieces.
const STEP: usize = 8;
/// Bits of a table for each of its pieces, and the largest table, as powers of two.
const EACH: u32 = 5;
const LARGEST: u32 = 22;

#[derive(Debug)]
pub(super) struct Sieve {
    /// What literals begin with.
    beginnings: Bits,
    /// Pieces of their beginnings, one of which stands wherever the sieve looks inside such a beginning.
    pieces: Bits,
    /// Bytes of a piece.
    window: usize,
    /// Distance of the places that are looked at, in bytes.
    step: usize,
}

impl Sieve {
    /// Of literals of which the shortest has at least [`super::SHORTEST`] bytes.
    pub(super) fn new(literals: &[Vec<u8>]) -> Self {
        let shortest = literals.iter().map(Vec::len).min().unwrap_or(LOADED);
        let window = (shortest.saturating_sub(3)).clamp(WINDOW.0, WINDOW.1);
        let step = (shortest - window + 1).min(STEP);
        let pieces = literals.iter().flat_map(|literal| (0..step).map(|at| load(literal, at, window)));
        Self {
            beginnings: Bits::new(literals.iter().map(|literal| load(literal, 0, window)), literals.len()),
            pieces: Bits::new(pieces, literals.len() * step),
            window,
            step,
        }
    }

    /// The first place at or after `from` where a whole literal may begin.
    pub(super) fn next(&self, text: &[u8], from: usize) -> Option<usize> {
        // Of so many places in a row exactly one is looked at, and wherever a literal begins, the place is still inside of
        // what its pieces were taken from.
        let mut at = from + self.step - 1;
        loop {
            at = self.next_piece(text, at)?;
            let begins = (at + 1 - self.step..=at).find(|at| self.may_begin(text, *at));
            if begins.is_some() {
                return begins;
            }
            at += self.step;
        }
    }

    /// Whether a literal may begin here, of which the text may hold no more than the beginning.
    pub(super) fn may_begin(&self, text: &[u8], at: usize) -> bool {
        text.len() - at < self.window || self.beginnings.has(load(text, at, self.window))
    }

    /// The first of the places, each a step after the one before, where a piece stands.
    fn next_piece(&self, text: &[u8], from: usize) -> Option<usize> {
        let mut at = from;
        while let Some(loaded) = text.get(at..at + LOADED) {
            let loaded = u64::from_le_bytes(loaded.try_into().expect("as many bytes as were asked for"));
            if self.pieces.has(first_bytes(loaded, self.window)) {
                return Some(at);
            }
            at += self.step;
        }
        let last = text.len().checked_sub(self.window)?;
        (at..=last).step_by(self.step).find(|at| self.pieces.has(load(text, *at, self.window)))
    }
}

/// A set of numbers that may seem to hold more than it does.
#[derive(Debug)]
struct Bits {
    words: Vec<u64>,
    /// What a hash is shifted by to become the number of a bit.
    shift: u32,
}

impl Bits {
    fn new(numbers: impl Iterator<Item = u64>, count: usize) -> Self {
        let power = (count.next_power_of_two().ilog2() + EACH).clamp(u64::BITS.ilog2(), LARGEST);
        let mut bits = Self { words: vec![0; 1 << (power - u64::BITS.ilog2())], shift: u64::BITS - power };
        for number in numbers {
            let place = bits.place(number);
            bits.words[place / 64] |= 1 << (place % 64);
        }
        bits
    }

    fn has(&self, number: u64) -> bool {
        let place = self.place(number);
        self.words[place / 64] >> (place % 64) & 1 == 1
    }

    /// The highest bits of a product depend on all bits of its factors (multiplicative hashing by the golden ratio).
    #[expect(clippy::cast_possible_truncation, reason = "at most as many bits are left as the table's power")]
    fn place(&self, number: u64) -> usize {
        (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }
}

/// The `window` bytes at a place; those after the text's end count as zero.
fn load(text: &[u8], at: usize, window: usize) -> u64 {
    let mut loaded = [0; LOADED];
    let there = text.len().min(at + window) - at;
    loaded[..there].copy_from_slice(&text[at..at + there]);
    u64::from_le_bytes(loaded)
}

/// Without the bytes behind the window: the first byte is the lowest.
fn first_bytes(loaded: u64, window: usize) -> u64 {
    loaded & (u64::MAX >> (u64::BITS as usize - 8 * window))
}
