//! Which processes of this program are whose, and the burial of those that were adopted.
//!
//! A subreaper inherits orphans and must collect their exit statuses, but must never collect that of a child somebody else
//! is waiting for.

use super::Secret;
use super::process::{self, Process};
use super::redact::Patterns;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a dead child must have waited for somebody before it counts as nobody's.
const UNCLAIMED: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Registry {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// The leaders that some thread waits for.
    leaders: Vec<u32>,
    /// The patterns of the last job: the next one mostly has the same secrets.
    patterns: Option<Arc<Patterns>>,
    /// Dead children, and since when they have been seen dead: pid, start ticks.
    dead: BTreeMap<(u32, u64), Instant>,
}

impl Registry {
    pub(super) fn new() -> Self {
        Self { inner: Mutex::default() }
    }

    /// Held while a child is started, so that nobody sees it before it is entered, and so that descriptors meant for it
    /// are not inherited by another one.
    pub(super) fn starting(&self) -> Starting<'_> {
        Starting { inner: self.lock() }
    }

    /// The patterns that find these secrets.
    pub(super) fn patterns(&self, secrets: &[Secret]) -> Arc<Patterns> {
        let mut inner = self.lock();
        match &inner.patterns {
            Some(patterns) if patterns.secrets() == secrets => Arc::clone(patterns),
            Some(_) | None => Arc::clone(inner.patterns.insert(Arc::new(Patterns::new(secrets.to_vec())))),
        }
    }

    pub(super) fn forget(&self, leader: u32) {
        self.lock().leaders.retain(|pid| *pid != leader);
    }

    /// Whether this process has no child at all, neither living nor dead. Asks the kernel once.
    pub(super) fn is_childless(&self) -> bool {
        use rustix::process::{WaitId, WaitIdOptions, waitid};
        // Held, so that no child comes into being meanwhile.
        let _starting = self.lock();
        let any = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        matches!(waitid(WaitId::All, any), Err(rustix::io::Errno::CHILD))
    }

    /// Children of this process that no attempt started directly and that live: adopted orphans. `None` if unknown.
    pub(super) fn orphans(&self) -> Option<Vec<u32>> {
        let inner = self.lock();
        let children = process::children()?;
        Some(children.into_iter().filter(|pid| !inner.leaders.contains(pid)).collect())
    }

    /// Collects the statuses of dead adopted children: those outside our own process group that nobody has waited for
    /// during a second.
    pub(super) fn reap(&self) {
        use rustix::process::{WaitId, WaitIdOptions, waitid};
        let any = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        if !matches!(waitid(WaitId::All, any), Ok(Some(_))) {
            return;
        }
        let Some(us) = process::find(std::process::id()) else {
            return;
        };
        let now = super::live::now();
        let mut inner = self.lock();
        let dead: Vec<Process> = process::children()
            .unwrap_or_default()
            .into_iter()
            .filter(|pid| !inner.leaders.contains(pid))
            .filter_map(process::find)
            .filter(|child| child.zombie && child.parent == us.pid && child.group != us.group)
            .collect();
        inner.dead.retain(|key, _| dead.iter().any(|child| (child.pid, child.started) == *key));
        for child in dead {
            let since = *inner.dead.entry((child.pid, child.started)).or_insert(now);
            if now.duration_since(since) >= UNCLAIMED
                && let Some(pid) = process::as_pid(child.pid)
            {
                let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOHANG);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Permission to start a child.
pub(super) struct Starting<'r> {
    inner: MutexGuard<'r, Inner>,
}

impl Starting<'_> {
    pub(super) fn enter(mut self, leader: u32) {
        self.inner.leaders.push(leader);
    }
}

/// Whether orphans come to this process, so that looking at its own children is enough to find them.
pub(super) fn adopts_orphans() -> bool {
    #[cfg(target_os = "linux")]
    return rustix::process::child_subreaper().is_ok_and(|adopts| adopts.is_some());
    #[cfg(not(target_os = "linux"))]
    false
}
