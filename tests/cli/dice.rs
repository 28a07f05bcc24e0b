//! Numbers for generated tests: the same each time, and how long the tests go on.

/// A small generator (xorshift64*), the same numbers each time.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % limit
    }

    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// Whether the long forms are wanted: `GONOGO_LONG=1 cargo test …`.
pub fn long() -> bool {
    std::env::var_os("GONOGO_LONG").is_some()
}
