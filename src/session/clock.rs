//! The only place that reads the clock.

use crate::run::Moment;
use chrono::{DateTime, SubsecRound, Utc};
use rustix::time::{ClockId, clock_gettime};
use std::fs;

/// The clock for lengths. Time that the machine slept has passed as well.
#[cfg(target_os = "linux")]
const PASSING: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const PASSING: ClockId = ClockId::Monotonic;

/// Tells the time, for people and for lengths.
#[derive(Debug, Clone)]
pub struct Clock {
    /// Names the boot that the monotonic clock counts from.
    boot: String,
}

impl Clock {
    /// Reads which boot this is; where the system does not tell, lengths across processes become approximate.
    #[must_use]
    pub fn start() -> Self {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id")
            .map_or_else(|_| format!("process-{}", std::process::id()), |id| id.trim().to_owned());
        Clock { boot }
    }

    #[must_use]
    pub fn now(&self) -> Moment {
        let mono = clock_gettime(PASSING);
        let seconds = u64::try_from(mono.tv_sec).unwrap_or(0);
        let micros = u64::try_from(mono.tv_nsec).unwrap_or(0) / 1000;
        Moment { at: wall(), mono_us: seconds * 1_000_000 + micros, boot: self.boot.clone() }
    }

    #[must_use]
    pub fn boot(&self) -> &str {
        &self.boot
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
fn wall() -> DateTime<Utc> {
    // Microseconds are what the stored form keeps.
    Utc::now().trunc_subsecs(6)
}

#[cfg(test)]
mod tests {
    use super::Clock;

    #[test]
    fn time_goes_on_and_is_kept_in_microseconds() {
        let clock = Clock::start();
        let (first, second) = (clock.now(), clock.now());
        assert!(second.mono_us >= first.mono_us);
        assert_eq!(first.boot, clock.boot());
        assert_eq!(first.at.timestamp_subsec_nanos() % 1000, 0);
    }
}
