//! What every benchmark measures with: two things in turn, medians, ratios.

use std::time::{Duration, Instant};

/// Whether to measure: under `cargo test` benchmarks are only compiled and started.
pub fn is_wanted() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// Whether only to show that everything can be measured (`GONOGO_BENCH=short`): one round, and the smallest sizes.
pub fn is_short() -> bool {
    std::env::var_os("GONOGO_BENCH").is_some_and(|length| length == "short")
}

/// These sizes, or the first of them.
pub fn sizes<T>(all: &[T]) -> &[T] {
    if is_short() { &all[..1] } else { all }
}

/// Medians of two things done in turn, after one round that counts for neither.
pub fn in_turn(rounds: usize, mut first: impl FnMut(), mut second: impl FnMut()) -> (Duration, Duration) {
    let (mut firsts, mut seconds) = (Vec::new(), Vec::new());
    for _ in 0..=if is_short() { 1 } else { rounds } {
        firsts.push(timed(&mut first));
        seconds.push(timed(&mut second));
    }
    (median(&mut firsts[1..]), median(&mut seconds[1..]))
}

pub fn timed(work: &mut impl FnMut()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

pub fn ratio(this: Duration, that: Duration) -> f64 {
    this.as_secs_f64() / that.as_secs_f64()
}
