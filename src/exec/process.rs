//! The system's processes: who belongs to an attempt, who is still alive, and signals to them.
//!
//! A process belongs to an attempt when it shares the session of the attempt's leader, descends from it, or, once it has
//! been orphaned, carries the attempt's mark in its environment. A process is always named by its number and its start
//! time together, because numbers are used again.
//!
//! It does not wait for anybody and decides nothing. On systems without `/proc` the table is empty, and what can be
//! reached is the process group alone.

use rustix::process::{Pid, Signal};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::Path;

/// Name of the environment variable that marks the processes of an attempt.
pub(super) const MARK: &str = "GONOGO_ATTEMPT";

/// A row of the process table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Process {
    pub pid: u32,
    pub parent: u32,
    pub group: u32,
    pub session: u32,
    /// Clock ticks since boot (`/proc/PID/stat`, field 22).
    pub started: u64,
    pub zombie: bool,
    pub name: String,
}

/// What the members of an attempt have in common.
#[derive(Debug, Clone)]
pub(super) struct Kinship {
    pub leader: u32,
    /// Start ticks of the leader.
    pub started: u64,
    /// Value of [`MARK`].
    pub mark: String,
    /// Whether the leader leads a session of its own; otherwise it only leads a process group.
    pub own_session: bool,
}

/// Reads one row. `None` when there is no such process, or no `/proc`.
pub(super) fn find(pid: u32) -> Option<Process> {
    // The kernel writes the row at once, and it is far shorter than this.
    let mut row = [0; 1024];
    let length = fs::File::open(format!("/proc/{pid}/stat")).ok()?.read(&mut row).ok()?;
    parse_stat(&row[..length])
}

/// All processes of the system.
pub(super) fn table() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str().and_then(|name| name.parse().ok()))
        .filter_map(find)
        .collect()
}

/// The direct children of this process, its own and the adopted ones. `None` when the kernel does not tell.
///
/// The kernel lists them by thread. A thread that ends meanwhile leaves its children to another one, whose list may have
/// been read already: then all lists are read again.
pub(super) fn children() -> Option<Vec<u32>> {
    const TRIES: usize = 8;
    (0..TRIES).find_map(|_| children_by_thread())
}

fn children_by_thread() -> Option<Vec<u32>> {
    let mut found = Vec::new();
    for task in fs::read_dir("/proc/self/task").ok()?.flatten() {
        let listed = fs::read_to_string(task.path().join("children")).ok()?;
        found.extend(listed.split_ascii_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
    }
    Some(found)
}

/// The living processes of an attempt in `table`, its leader included. `us` is this process.
pub(super) fn members<'t>(table: &'t [Process], kin: &Kinship, us: &Process) -> Vec<&'t Process> {
    let mut of_parent: BTreeMap<u32, Vec<&Process>> = BTreeMap::new();
    for process in table {
        of_parent.entry(process.parent).or_default().push(process);
    }
    let mut found = BTreeSet::new();
    let mut open: Vec<&Process> = table.iter().filter(|process| is_root(process, kin, us)).collect();
    while let Some(process) = open.pop() {
        if process.pid != us.pid && found.insert(process.pid) {
            open.extend(of_parent.get(&process.pid).into_iter().flatten());
        }
    }
    table.iter().filter(|process| !process.zombie && found.contains(&process.pid)).collect()
}

/// Whether a process belongs to the attempt by itself, not through its parent.
fn is_root(process: &Process, kin: &Kinship, us: &Process) -> bool {
    if process.started < kin.started || process.pid == us.pid {
        return false;
    }
    let shared = if kin.own_session { process.session } else { process.group };
    if process.pid == kin.leader {
        // After the leader's burial its number may be somebody else's.
        return process.started == kin.started;
    }
    if shared == kin.leader {
        return true;
    }
    // An orphan: adopted by this process (the subreaper) or by the first one.
    let adopted = process.parent == us.pid || process.parent == 1;
    adopted && process.group != us.group && !process.zombie && carries(process.pid, kin, process.parent == us.pid)
}

/// Whether the environment of an orphan says that it belongs to the attempt. An orphan that we adopted and that has cleared
/// its environment is taken to belong to the attempt that runs, unless it has not yet become another program than ours.
fn carries(pid: u32, kin: &Kinship, adopted_by_us: bool) -> bool {
    let Ok(environment) = fs::read(format!("/proc/{pid}/environ")) else {
        return false;
    };
    let mark =
        environment.split(|byte| *byte == 0).find_map(|entry| entry.strip_prefix(MARK.as_bytes())?.strip_prefix(b"="));
    match mark {
        Some(mark) => mark == kin.mark.as_bytes(),
        None => adopted_by_us && !environment.is_empty() && runs_another_program(pid),
    }
}

fn runs_another_program(pid: u32) -> bool {
    let ours = fs::read_link("/proc/self/exe");
    let theirs = fs::read_link(Path::new("/proc").join(pid.to_string()).join("exe"));
    matches!((ours, theirs), (Ok(ours), Ok(theirs)) if ours != theirs)
}

/// Row of `/proc/PID/stat`. The name stands in parentheses and may itself hold any byte, so the last `)` counts.
fn parse_stat(stat: &[u8]) -> Option<Process> {
    let open = memchr::memchr(b'(', stat)?;
    let close = memchr::memrchr(b')', stat)?;
    let pid = std::str::from_utf8(stat.get(..open)?).ok()?.trim().parse().ok()?;
    let name = String::from_utf8_lossy(stat.get(open + 1..close)?).into_owned();
    let rest = std::str::from_utf8(stat.get(close + 1..)?).ok()?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    // Counted as in proc(5): the state is field 3 and stands first here.
    let field = |number: usize| fields.get(number - 3).copied();
    Some(Process {
        pid,
        parent: field(4)?.parse().ok()?,
        group: field(5)?.parse().ok()?,
        session: field(6)?.parse().ok()?,
        started: field(22)?.parse().ok()?,
        zombie: matches!(field(3)?, "Z" | "X" | "x"),
        name,
    })
}

/// What `waitpid` would say about a process that waits to be collected (`/proc/PID/stat`, field 52). Only its own user is
/// told.
pub(super) fn wait_status(pid: u32) -> Option<i32> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let rest = std::str::from_utf8(stat.get(memchr::memrchr(b')', &stat)? + 1..)?).ok()?;
    rest.split_ascii_whitespace().nth(52 - 3)?.parse().ok()
}

/// Whether there is a process of this number, for systems without `/proc`.
pub(super) fn exists(pid: u32) -> bool {
    as_pid(pid)
        .is_some_and(|pid| matches!(rustix::process::test_kill_process(pid), Ok(()) | Err(rustix::io::Errno::PERM)))
}

/// Whether a process lives that this one may not signal, because it belongs to another user.
pub(super) fn is_out_of_reach(pid: u32) -> bool {
    as_pid(pid).is_some_and(|pid| rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::PERM))
}

/// How a signal was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    Sent,
    /// Nobody there.
    Gone,
    /// It belongs to somebody else: a command under `sudo`.
    Denied,
}

pub(super) fn signal(pid: u32, signal: Signal) -> Delivery {
    delivery(as_pid(pid).map(|pid| rustix::process::kill_process(pid, signal)))
}

pub(super) fn signal_group(group: u32, signal: Signal) -> Delivery {
    delivery(as_pid(group).map(|group| rustix::process::kill_process_group(group, signal)))
}

/// Signals the group of a command's leader; a leader that has not made its group yet (`setsid` is about to) is signalled
/// itself.
pub(super) fn signal_leader(leader: u32, signal: Signal) -> Delivery {
    match signal_group(leader, signal) {
        Delivery::Gone => self::signal(leader, signal),
        delivery @ (Delivery::Sent | Delivery::Denied) => delivery,
    }
}

fn delivery(result: Option<rustix::io::Result<()>>) -> Delivery {
    match result {
        Some(Ok(())) => Delivery::Sent,
        Some(Err(rustix::io::Errno::PERM)) => Delivery::Denied,
        Some(Err(_)) | None => Delivery::Gone,
    }
}

/// `None` for numbers that mean "everybody" or a group to the kernel.
pub(super) fn as_pid(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().filter(|pid| *pid > 1).and_then(Pid::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_parentheses_and_spaces() {
        let stat = b"42 (a) b (c) S 1 42 42 34816 42 4194560 1 0 0 0 0 0 0 0 20 0 1 0 12345 1 1 1";
        let process = parse_stat(stat).expect("well formed");
        assert_eq!((process.pid, process.parent, process.started), (42, 1, 12345));
        assert_eq!(process.name, "a) b (c");
    }

    #[test]
    fn this_process_is_in_the_table() {
        let us = std::process::id();
        assert!(table().iter().any(|process| process.pid == us));
        assert!(find(us).is_some_and(|process| !process.zombie && process.started > 0));
    }

    #[test]
    fn a_descendant_belongs_and_a_neighbour_does_not() {
        let row = |pid, parent, group, session, started| Process {
            pid,
            parent,
            group,
            session,
            started,
            zombie: false,
            name: String::new(),
        };
        let us = row(10, 1, 10, 10, 5);
        let kin = Kinship { leader: 20, started: 50, mark: "m".into(), own_session: true };
        let table = [
            us.clone(),
            row(20, 10, 20, 20, 50),
            row(21, 20, 21, 21, 60),
            row(22, 1, 20, 20, 60),
            row(30, 10, 10, 10, 70),
        ];
        let found: Vec<u32> = members(&table, &kin, &us).iter().map(|process| process.pid).collect();
        assert_eq!(found, [20, 21, 22]);
    }
}
