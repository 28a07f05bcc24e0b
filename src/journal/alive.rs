//! Whether a process that once said who it was still lives.
//!
//! A pid alone is not enough: pids are reused. On Linux the start time from proc(5) settles it; elsewhere only the pid is
//! known, and a reused pid looks alive, which errs on the safe side.

use crate::journal::Holder;

/// Start time of a process in clock ticks since boot (proc(5), field 22 of `stat`); `None` when there is no such process.
/// Zero where the system does not tell.
#[cfg(target_os = "linux")]
#[must_use]
pub fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in field 2 may hold spaces and parentheses; the last parenthesis ends it. Field 3 follows.
    let fields = stat.get(stat.rfind(')')? + 1..)?;
    let mut fields = fields.split_ascii_whitespace();
    if fields.next()? == "Z" {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

/// Start time of a process; here zero when it exists, `None` when not.
#[cfg(not(target_os = "linux"))]
#[must_use]
pub fn started(pid: u32) -> Option<u64> {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).ok()?)?;
    match rustix::process::test_kill_process(pid) {
        Ok(()) | Err(rustix::io::Errno::PERM) => Some(0),
        Err(_) => None,
    }
}

/// Names the current boot: `mono` clocks and pids mean nothing across boots. Empty where the system does not tell.
#[must_use]
pub fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").map_or_else(|_| String::new(), |id| id.trim().to_owned())
}

/// Whether `holder` may still be at work, as seen from `me`. A process on another host cannot be seen and counts as alive.
pub(super) fn may_live(holder: &Holder, me: &Holder) -> bool {
    if holder.host != me.host {
        return true;
    }
    holder.boot == me.boot && started(holder.pid) == Some(holder.started)
}

#[cfg(test)]
mod tests {
    use super::{may_live, started};
    use crate::journal::Holder;

    fn me() -> Holder {
        let pid = std::process::id();
        Holder {
            pid,
            started: started(pid).expect("this process lives"),
            boot: "boot-1".into(),
            host: "alpha".into(),
            tty: None,
            operator: "ada".into(),
        }
    }

    #[test]
    fn a_process_is_known_by_pid_start_and_boot() {
        let me = me();
        assert!(may_live(&me, &me));
        let other_start = Holder { started: me.started + 1, ..me.clone() };
        let other_boot = Holder { boot: "boot-2".into(), ..me.clone() };
        let other_host = Holder { host: "beta".into(), boot: "boot-2".into(), ..me.clone() };
        assert!(!may_live(&other_start, &me), "the pid was reused");
        assert!(!may_live(&other_boot, &me), "the machine was restarted");
        assert!(may_live(&other_host, &me), "nobody can tell from here");
    }

    #[test]
    fn a_process_that_has_ended_is_gone_even_before_it_is_reaped() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().expect("sleep starts");
        assert!(started(child.id()).is_some());
        child.kill().expect("it can be killed");
        while started(child.id()).is_some() {
            std::thread::yield_now();
        }
        child.wait().expect("it can be reaped");
        assert_eq!(started(child.id()), None);
    }
}
