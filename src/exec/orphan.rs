//! Commands that outlived the program that started them: found again, looked at, and stopped from outside.
//!
//! They are nobody's children here: nothing they print is seen, nothing can be typed into them, and their exit status is
//! known only while the kernel still keeps it. Without `/proc` only the leader itself can be seen.

use super::Level;
use super::process::{self, MARK, Process};
use crate::run::event::{Ending, Leftover};
use rustix::process::Signal;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// What is known of the processes of an attempt: who led them, and what they carry in their environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphans {
    /// Pid and start ticks of the leader.
    pub leader: u32,
    pub started: u64,
    /// Value of the mark, if it is known.
    pub mark: Option<String>,
}

impl Orphans {
    /// Whether the command itself is still there.
    #[must_use]
    pub fn leads(&self) -> bool {
        match process::find(self.leader) {
            Some(found) => found.started == self.started && !found.zombie,
            None if cfg!(target_os = "linux") => false,
            None => process::exists(self.leader),
        }
    }

    /// Everybody who is left: the leader first, then its session and its descendants, and whoever carries the mark.
    #[must_use]
    pub fn processes(&self) -> Vec<Leftover> {
        let members = self.members(&process::table());
        let mut found: Vec<Leftover> =
            members.iter().map(|process| Leftover { pid: process.pid, name: process.name.clone() }).collect();
        if found.is_empty() && self.leads() {
            found.push(Leftover { pid: self.leader, name: String::new() });
        }
        found.sort_by_key(|process| process.pid != self.leader);
        found
    }

    /// How the leader ended, while it waits to be collected by whoever inherited it.
    #[must_use]
    pub fn ending(&self) -> Option<Ending> {
        process::find(self.leader).filter(|found| found.started == self.started && found.zombie)?;
        let status = process::wait_status(self.leader)?;
        Some(match status & 0x7f {
            0 => Ending::Exited { code: (status >> 8) & 0xff },
            signal => Ending::Signalled { signal },
        })
    }

    /// Sends what a stop of this level means to everybody who is left. A kill is to be repeated until nobody is: a process
    /// may have forked in between.
    pub fn stop(&self, level: Level) {
        let members = self.members(&process::table());
        match level {
            Level::Interrupt | Level::Terminate => {
                let signal = if level == Level::Interrupt { Signal::INT } else { Signal::TERM };
                let groups: BTreeSet<u32> = members.iter().map(|process| process.group).collect();
                for group in &groups {
                    // A group is theirs only if its leader is: never that of whoever started them.
                    if members.iter().any(|process| process.pid == *group) || *group == self.leader {
                        process::signal_group(*group, signal);
                    }
                }
                for process in members.iter().filter(|process| !members.iter().any(|one| one.pid == process.group)) {
                    process::signal(process.pid, signal);
                }
                if members.is_empty() && self.leads() {
                    process::signal_group(self.leader, signal);
                }
            }
            Level::Kill => {
                for process in &members {
                    // The row may be old by now: the number counts only with its start time.
                    if process::find(process.pid).is_some_and(|found| found.started == process.started) {
                        process::signal(process.pid, Signal::KILL);
                    }
                }
                if members.is_empty() && self.leads() {
                    process::signal_group(self.leader, Signal::KILL);
                }
            }
        }
    }

    fn members(&self, table: &[Process]) -> Vec<Process> {
        let leader = table.iter().find(|one| one.pid == self.leader && one.started == self.started && !one.zombie);
        let session = leader.filter(|leader| leader.session == leader.pid).map(|leader| leader.pid);
        let group = leader.filter(|leader| leader.group == leader.pid).map(|leader| leader.pid);
        let us = std::process::id();
        let belongs = |process: &Process| {
            process.pid != us
                && process.started >= self.started
                && (leader.is_some_and(|leader| leader.pid == process.pid)
                    // Numbers of a session and a group stay theirs while their leader lives; later they may be others'.
                    || session == Some(process.session)
                    || group == Some(process.group)
                    || self.mark.as_deref().is_some_and(|mark| carries(process.pid, mark)))
        };
        let mut of_parent: BTreeMap<u32, Vec<&Process>> = BTreeMap::new();
        for process in table {
            of_parent.entry(process.parent).or_default().push(process);
        }
        let mut found = BTreeSet::new();
        let mut open: Vec<&Process> = table.iter().filter(|process| belongs(process)).collect();
        while let Some(process) = open.pop() {
            if process.pid != us && found.insert(process.pid) {
                open.extend(of_parent.get(&process.pid).into_iter().flatten());
            }
        }
        table.iter().filter(|process| !process.zombie && found.contains(&process.pid)).cloned().collect()
    }
}

/// Whether a process has the mark in its environment.
fn carries(pid: u32, mark: &str) -> bool {
    fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environment| {
        let mut variables = environment.split(|byte| *byte == 0);
        variables.any(|entry| {
            entry.strip_prefix(MARK.as_bytes()).and_then(|rest| rest.strip_prefix(b"=")) == Some(mark.as_bytes())
        })
    })
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    /// A shell in a group of its own, as if somebody else had started it.
    fn started(script: &str, mark: &str) -> (Child, Orphans) {
        let mut command = Command::new("sh");
        command.args(["-c", script]).env(MARK, mark).process_group(0).stdin(Stdio::null());
        let child = command.spawn().unwrap();
        let leader = child.id();
        let started = process::find(leader).unwrap().started;
        (child, Orphans { leader, started, mark: Some(mark.to_owned()) })
    }

    #[expect(clippy::disallowed_methods, reason = "a test that waits has to stop waiting")]
    fn until(what: &str, is_so: impl Fn() -> bool) {
        let end = Instant::now() + Duration::from_secs(10);
        while !is_so() {
            assert!(Instant::now() < end, "{what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn a_command_is_found_with_its_children_and_killed_with_them() {
        let (mut child, orphans) = started("sleep 100 & setsid sleep 100 & wait", "kin-1");
        until("three processes", || orphans.processes().len() == 3);
        assert_eq!(orphans.processes()[0].pid, child.id(), "the command itself first");
        assert!(orphans.leads());
        until("all of them gone", || {
            orphans.stop(Level::Kill);
            orphans.processes().is_empty()
        });
        assert_eq!(orphans.ending(), Some(Ending::Signalled { signal: 9 }), "nobody has collected it yet");
        child.wait().unwrap();
        assert_eq!((orphans.ending(), orphans.leads()), (None, false));
    }

    #[test]
    fn without_its_leader_only_the_mark_tells_who_belongs_to_it() {
        let (mut child, orphans) = started("setsid sleep 100 & sleep 100 & exit 3", "kin-2");
        until("the leader ended", || orphans.ending() == Some(Ending::Exited { code: 3 }));
        child.wait().unwrap();
        until("both, by their mark", || orphans.processes().len() == 2);
        assert_eq!(Orphans { mark: None, ..orphans.clone() }.processes(), []);
        assert_eq!(Orphans { mark: Some("kin".to_owned()), ..orphans.clone() }.processes(), []);
        until("all of them gone", || {
            orphans.stop(Level::Kill);
            orphans.processes().is_empty()
        });
    }

    #[test]
    fn a_stop_asks_politely_first_and_leaves_neighbours_alone() {
        let (mut neighbour, _) = started("exec sleep 100", "kin-4");
        let (mut child, orphans) = started("trap 'exit 7' INT; sleep 100 & wait", "kin-3");
        until("its child", || orphans.processes().len() == 2);
        orphans.stop(Level::Interrupt);
        assert_eq!(child.wait().unwrap().code(), Some(7));
        orphans.stop(Level::Terminate);
        until("its child ended", || orphans.processes().is_empty());
        assert!(neighbour.try_wait().unwrap().is_none());
        neighbour.kill().unwrap();
        assert_eq!(neighbour.wait().unwrap().signal(), Some(9));
    }
}
