//! When a stream was printed: a bounded list of moments, thinned out as it grows.
//!
//! It is for replaying at the true speed, and costs one comparison for each time something is taken in. No clock is read here.

/// Moments that are closer than this, in milliseconds, are one.
const BURST: u64 = 50;
/// Most moments that are kept: some 8 KiB of the ending event. Beyond it what is a burst becomes twice as long until fewer are left.
const MOST: usize = 512;

/// Moments of a stream.
#[derive(Debug)]
pub(super) struct Times {
    /// Milliseconds and offset, both growing.
    moments: Vec<(u64, u64)>,
    burst: u64,
}

impl Default for Times {
    fn default() -> Self {
        Times { moments: Vec::new(), burst: BURST }
    }
}

impl Times {
    /// Bytes from this offset on come now.
    pub fn add(&mut self, ms: u64, offset: u64) {
        match self.moments.last() {
            Some((last, _)) if ms < last.saturating_add(self.burst) => return,
            // Nothing has come since the last moment: it was no moment.
            Some((_, at)) if *at == offset => drop(self.moments.pop()),
            Some(_) | None => {}
        }
        while self.moments.len() >= MOST {
            self.thin_out();
        }
        if self.moments.last().is_none_or(|(last, _)| ms >= last.saturating_add(self.burst)) {
            self.moments.push((ms, offset));
        }
    }

    fn thin_out(&mut self) {
        self.burst = self.burst.saturating_mul(2);
        let (burst, mut next) = (self.burst, 0);
        self.moments.retain(|(ms, _)| {
            let stays = *ms >= next;
            next = if stays { ms.saturating_add(burst) } else { next };
            stays
        });
    }

    /// What the record says of them.
    pub fn told(self) -> Vec<(u64, u64)> {
        self.moments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_one_moment_and_a_pause_is_kept() {
        let mut times = Times::default();
        for (ms, offset) in [(3, 0), (20, 10), (52, 30), (53, 40), (5000, 50), (5001, 60)] {
            times.add(ms, offset);
        }
        assert_eq!(times.told(), [(3, 0), (53, 40), (5000, 50)]);
        let mut silent = Times::default();
        silent.add(0, 0);
        silent.add(900, 0);
        assert_eq!(silent.told(), [(900, 0)], "nothing came before");
    }

    #[test]
    fn a_stream_without_end_has_as_many_moments_as_any() {
        let mut times = Times::default();
        // A day, with something every tenth of a second.
        for n in 0..864_000_u64 {
            times.add(n * 100, n);
        }
        let told = times.told();
        assert!(told.len() >= MOST / 4 && told.len() <= MOST, "{}", told.len());
        assert!(told.windows(2).all(|two| two[0].0 < two[1].0 && two[0].1 < two[1].1));
        assert_eq!(told[0], (0, 0));
        let gaps: Vec<u64> = told.windows(2).map(|two| two[1].0 - two[0].0).collect();
        let (least, longest) = (gaps.iter().min().unwrap(), gaps.iter().max().unwrap());
        assert!(longest < &(3 * least), "they are even: {least} {longest}");
    }
}
