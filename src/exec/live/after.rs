//! What follows the end of a command: the rest of its output, its report, and the care for what it leaves behind.

use super::stopping::{Cause, Sweep};
use super::{BUFFER, Live, now};
use crate::exec::handle::Ended;
use crate::exec::pipe::{wanted_a_person, was_denied_the_terminal};
use crate::exec::process::{self, Process};
use crate::exec::redact::{Redactor, is_worth_hiding};
use crate::exec::registry::adopts_orphans;
use crate::exec::{GENERATED, Printed, Secret};
use crate::run::event::{Ending, Leftover};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::Read;
use std::time::Duration;

/// How often it is looked whether the background children of an ended command are gone.
const LINGER_EVERY: Duration = Duration::from_secs(1);
/// Most that is read at the end from a stream that background children keep busy.
const LAST_READ: usize = 4 * BUFFER;
/// How much of the end of a failed command's output is searched for a cry for a terminal.
const CRY: usize = 4096;

impl Live {
    /// Background children of a command that has ended. The whole table is read only if there can be any: where orphans come
    /// to this process they have come by now, because the kernel hands them on before it tells of their parent's end.
    fn find_survivors(&mut self) -> Vec<Process> {
        if self.leading.master.is_none() && adopts_orphans() {
            if self.leader_gone {
                // With its status the leader is the last child to be counted. Its number may be taken again from here on,
                // but not while a process of its group or session lives.
                self.leading.leader.bury();
            }
            if self.registry.is_childless() || self.registry.orphans().is_some_and(|orphans| orphans.is_empty()) {
                return Vec::new();
            }
        }
        self.members()
    }

    /// Reads the rest, collects the shell's state, and reports.
    pub(super) fn conclude(&mut self) {
        self.concluded = true;
        for stream in &mut self.leading.streams {
            let mut left = LAST_READ;
            while stream.open && left > 0 && stream.is_readable() {
                let read = stream.read(&mut self.buffer);
                left = left.saturating_sub(read.max(1));
            }
            stream.finish();
        }
        let took = now().duration_since(self.begun);
        let survivors = self.find_survivors();
        let own = self.finished.take().map_or(Ending::Stopped, |(ending, _)| ending);
        let collected = self.carrier.collect(&self.redactor());
        self.learned.extend(collected.learned);
        let generated = self.leading.streams.first().map(|stream| stream.tape.revealed()).unwrap_or_default();
        let generated = generated.into_iter();
        let hidden = generated.filter(|value| self.job.printed != Printed::Secret || is_worth_hiding(value));
        self.learned.extend(hidden.map(|value| Secret { name: GENERATED.into(), value }));
        // Whoever survived a kill, and after a softer stop whoever cannot be signalled at all: a child under `sudo`.
        let (not_dead, left_over) =
            survivors.iter().partition::<Vec<_>, _>(|process| match self.stopping.map(|stopping| stopping.sweep) {
                Some(Sweep::Done) => true,
                Some(Sweep::NotYet | Sweep::Going { .. }) => process::is_out_of_reach(process.pid),
                None => false,
            });
        let named = |list: Vec<&Process>| {
            list.into_iter().map(|process| Leftover { pid: process.pid, name: process.name.clone() }).collect()
        };
        let (not_dead, left_over) = (named(not_dead), named(left_over));
        let ended = Ended {
            id: self.job.id,
            ending: self.judge(own),
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            left_over,
            not_dead,
            learned: std::mem::take(&mut self.learned),
            state_lost: collected.lost,
        };
        if survivors.is_empty() {
            self.let_go();
        }
        self.survivors = survivors;
        // Nobody may be listening any more; the command has ended all the same.
        let _ = self.report.send(ended);
        for stream in &self.leading.streams {
            stream.tape.close();
        }
    }

    /// Knows all secrets of this attempt, those typed into it too.
    fn redactor(&self) -> Redactor {
        let mut redactor = Redactor::with(self.registry.patterns(&self.job.secrets), Printed::Ordinary);
        for secret in &self.learned {
            redactor.learn(secret);
        }
        redactor
    }

    /// What the end means, given how it came about.
    fn judge(&self, own: Ending) -> Ending {
        match self.stopping.map(|stopping| stopping.cause) {
            Some(Cause::TimeLimit) => Ending::TimedOut,
            Some(Cause::Asking) => Ending::Asked,
            Some(Cause::Operator) => Ending::Stopped,
            None if self.leading.master.is_none() => {
                // A shell that was denied the terminal goes on with the next line, so a good status proves nothing.
                let asked = match own {
                    Ending::Exited { code: 0 } => self.cried(was_denied_the_terminal),
                    _ => self.cried(wanted_a_person),
                };
                if asked { Ending::Asked } else { own }
            }
            None => own,
        }
    }

    fn cried(&self, cry: fn(&[u8]) -> bool) -> bool {
        self.leading.streams.iter().any(|stream| {
            let mut tail = Vec::new();
            stream.tape.since(stream.tape.counts().bytes.saturating_sub(CRY as u64), &mut tail);
            cry(&tail)
        })
    }

    /// Keeps terminal and pipes open, and drained, for as long as background children hold them: closing them would kill
    /// the children at their next line of output, and the end of the holder would hang them up.
    pub(super) fn linger(&mut self) {
        while self.leaves_something() {
            let open = self.leading.streams.iter().filter(|stream| stream.open);
            let mut polled: Vec<PollFd<'_>> = open.map(|stream| PollFd::new(&stream.source, PollFlags::IN)).collect();
            let every = Timespec::try_from(LINGER_EVERY).ok();
            let ready = poll(&mut polled, every.as_ref()).unwrap_or(0);
            if ready == 0 && self.leading.master.is_some() && !self.is_terminal_in_use() {
                break;
            }
            for stream in self.leading.streams.iter_mut().filter(|stream| stream.open && stream.is_readable()) {
                match stream.source.read(&mut self.buffer) {
                    Ok(read) => stream.open = read > 0,
                    Err(_) => stream.open = false,
                }
            }
        }
        self.let_go();
    }

    /// Whether somebody holds what the command printed to.
    pub(super) fn leaves_something(&mut self) -> bool {
        self.leading.streams.iter().any(|stream| stream.open) || self.is_terminal_in_use()
    }

    /// Whether background children live on the terminal. The table is read again only when none of the known ones is left.
    fn is_terminal_in_use(&mut self) -> bool {
        if self.leading.leave.is_none() {
            return false;
        }
        let lives = |known: &Process| {
            process::find(known.pid).is_some_and(|found| found.started == known.started && !found.zombie)
        };
        if !self.survivors.iter().any(lives) {
            self.survivors = self.members();
        }
        !self.survivors.is_empty()
    }

    /// Lets the holder go and collects the leader's status, so that nothing is left of it.
    pub(super) fn let_go(&mut self) {
        self.leading.leave = None;
        self.leading.far = None;
        if self.leader_gone || self.leading.master.is_some() {
            self.leading.leader.bury();
        }
        self.registry.forget(self.kin.leader);
        self.registry.reap();
    }
}
