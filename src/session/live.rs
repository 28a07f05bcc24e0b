//! The command that runs now: started, fed, watched, and brought to its recorded end.

mod again;
mod compare;
mod rejoin;
mod save;

pub use again::Pulse;
pub use rejoin::survivors;
pub(super) use rejoin::{Rejoined, Survivors};

use super::{Fault, Session, stamp};
use crate::exec::{self, Channel, Errors, Handle, Job, Level, Place, ShellState, Size, Streams};
use crate::journal::{self, Cause, Kept, Needs, OutputWriter};
use crate::run::decide::Start;
use crate::run::decide::execute::variable_name;
use crate::run::event::{AttemptId, Channel as Recorded, Ended, Ending, Event, OutputDigest, StopReason, StopSignal};
use crate::runbook::ShellSession;
use again::{Earlier, Pace, Then};
use std::path::PathBuf;
use std::time::Duration;

/// Bytes of the beginning of an output that are held for comparing it; the tape holds as many of its end.
const SAMPLE: usize = 1 << 20;

/// How long a command may take to end after TERM before it is killed.
const GRACE: Duration = Duration::from_secs(10);

/// How long a command that began may stay unrecorded as a process: about as long as a slow disk takes to record it. What
/// survives a crash within that time is unknown without its process, so that it is not the place to save commits.
const SOON: Duration = Duration::from_millis(5);

/// How long leaving waits for a command to end.
const PATIENCE: Duration = Duration::from_secs(15);

/// A command that was started and whose end is not recorded yet.
#[derive(Debug)]
pub(super) struct Live {
    attempt: AttemptId,
    start: Start,
    handle: Handle,
    writer: OutputWriter,
    /// Its process, until that is recorded: of a command that ends at once both are recorded together.
    unsaid: Option<Event>,
    beginning: Vec<u8>,
    buffer: Vec<u8>,
    /// The operator's last word to it.
    stopped: Option<StopReason>,
    earlier: Earlier,
    pace: Pace,
    /// When it began and when it printed last, in microseconds of the monotonic clock.
    began_us: u64,
    printed_us: u64,
}

/// The end of a command, complete, until it is recorded.
#[derive(Debug)]
pub(super) struct Unrecorded {
    /// Which process it was, if that is not recorded either.
    spawned: Option<Event>,
    ended: Ended,
    kept: Kept,
}

impl Unrecorded {
    pub(super) fn attempt(&self) -> AttemptId {
        self.ended.attempt
    }
}

/// What a command has printed since it was last asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fresh {
    pub attempt: AttemptId,
    /// Offset of the first of `bytes`; greater than what was asked for when bytes in between are no longer held.
    pub from: u64,
    pub bytes: Vec<u8>,
    /// Bytes and lines printed so far.
    pub total: u64,
    pub lines: u64,
}

impl Fresh {
    /// The part of it from an offset on.
    fn since(&self, seen: u64) -> Fresh {
        let known = usize::try_from(seen.saturating_sub(self.from)).unwrap_or(usize::MAX).min(self.bytes.len());
        let (from, bytes) = (self.from + known as u64, self.bytes[known..].to_vec());
        Fresh { from, bytes, ..*self }
    }
}

impl Session {
    /// Starts what was decided; its intent is recorded already. Whatever keeps it from starting is its ending.
    pub(super) fn start(&mut self, start: Start) -> Result<(), Fault> {
        let attempt = start.intended.attempt;
        match self.launch(start) {
            Ok(live) => {
                let unsaid = Some(live.spawned());
                self.live = Some(Live { unsaid, ..live });
                if !self.attends() {
                    self.say_process()?;
                }
            }
            Err(reason) => {
                let ending = Ending::NotStarted { reason };
                let (output, left_over) = (OutputDigest::default(), Vec::new());
                let (not_dead, errors, errors_until) = (Vec::new(), Vec::new(), None);
                let (took_ms, matched) = (0, None);
                let ended =
                    Ended { attempt, ending, took_ms, output, matched, left_over, not_dead, errors, errors_until };
                self.append(Needs::Nothing, &Event::AttemptEnded(ended))?;
            }
        }
        Ok(())
    }

    fn launch(&mut self, start: Start) -> Result<Live, String> {
        let attempt = start.intended.attempt;
        let job = self.job(&start).map_err(|fault| fault.to_string())?;
        let journal = self.journal.as_ref().ok_or_else(|| Fault::NoJournal.to_string())?;
        let writer =
            journal.output_writer(&self.run.id, attempt, self.setup.keep).map_err(|fault| fault.to_string())?;
        let started = if self.attends() { self.executor.start_attended(job) } else { self.executor.start(job) };
        let handle = started.map_err(|not_started| not_started.reason)?;
        let began_us = self.clock.now().mono_us;
        Ok(Live {
            attempt,
            start,
            handle,
            writer,
            unsaid: None,
            beginning: Vec::new(),
            buffer: Vec::new(),
            stopped: None,
            earlier: Earlier::default(),
            pace: Pace::Trying,
            began_us,
            printed_us: began_us,
        })
    }

    /// Whether whoever drives this session does nothing but wait for the command that runs.
    fn attends(&self) -> bool {
        self.setup.skin == "exec"
    }

    /// Records which process an attempt is, if that was not done yet.
    ///
    /// It is asked for only to find a survivor after a crash of this process, so that it may wait a moment: an attempt
    /// without it is unknown all the same.
    /// On a full disk it waits for the ending, which has spare room.
    fn say_process(&mut self) -> Result<(), Fault> {
        let Some(spawned) = self.live.as_mut().and_then(|live| live.unsaid.take()) else {
            return Ok(());
        };
        match self.append(Needs::Nothing, &spawned) {
            Err(Fault::Journal(journal::Fault { cause: Cause::Full, .. })) => {
                if let Some(live) = &mut self.live {
                    live.unsaid = Some(spawned);
                }
                Ok(())
            }
            said => said.map(|_| ()),
        }
    }

    fn job(&mut self, start: &Start) -> Result<Job, Fault> {
        let intended = &start.intended;
        let session = intended.session.unwrap_or_default();
        let by_shell = start.interpreter.is_none();
        if by_shell && self.shell_state.is_none() {
            self.shell_state = self.open_shell_state()?;
        }
        let fixed = session == ShellSession::Fresh || intended.cwd != self.carried_folder();
        let folder = self.setup.folder(&intended.cwd);
        let named = |(name, value): (&String, &String)| (variable_name(name), value.clone());
        let ours = [
            ("GONOGO", "1".to_owned()),
            ("GONOGO_RUN", self.run.id.0.clone()),
            ("GONOGO_STEP", intended.target.step.0.clone()),
        ];
        let mut env: Vec<(String, String)> = self.setup.environment.clone().into_iter().collect();
        env.extend(start.env.iter().map(named).chain(self.secrets.given().map(named)));
        env.extend(ours.map(|(name, value)| (name.to_owned(), value)));
        Ok(Job {
            id: intended.attempt.0,
            text: intended.text.clone(),
            shell: PathBuf::from(&intended.shell),
            cwd: if fixed { Place::Fixed(folder) } else { Place::Carried(folder) },
            env,
            overrides: start.overrides.clone().into_iter().collect(),
            channel: match intended.channel {
                Recorded::Pty => Channel::Pty(self.size),
                Recorded::Pipe => Channel::Pipe(Streams::Apart),
            },
            timeout: intended.timeout_ms.map(Duration::from_millis),
            grace: GRACE,
            state: self.shell_state.clone().filter(|_| by_shell),
            session,
            secrets: self.secrets.known().to_vec(),
            printed: self.printed_by(start),
        })
    }

    /// The folder in which the next command starts: where the last one left off.
    pub(super) fn carried_folder(&self) -> String {
        let folder = self.shell_state.as_ref().and_then(ShellState::folder);
        folder.unwrap_or_else(|| self.setup.cwd.clone()).display().to_string()
    }

    /// The state file lies beside the journal, named after the run.
    pub(super) fn open_shell_state(&self) -> Result<Option<ShellState>, Fault> {
        let Some(folder) = self.setup.journal.parent() else {
            return Ok(None);
        };
        let path = folder.join(format!("{}.shell", self.run.id));
        ShellState::open(path).map(Some).map_err(|error| Fault::Exec(error.to_string()))
    }

    /// Passes a stop on; it is recorded already.
    pub(super) fn stop(&mut self, attempt: AttemptId, signal: StopSignal) {
        let said = self.run.attempt(attempt).and_then(|attempt| attempt.stops.last()).map(|(_, why)| *why);
        // Only leaving stops without having recorded it.
        let why = said.or(Some(StopReason::Leaving));
        let level = match signal {
            StopSignal::Interrupt => Level::Interrupt,
            StopSignal::Terminate => Level::Terminate,
            StopSignal::Kill => Level::Kill,
        };
        if let Some(live) = self.live.as_mut().filter(|live| live.attempt == attempt) {
            live.stopped = why;
            live.handle.stop(level);
        }
        self.stop_rejoined(attempt, level);
    }

    /// Types into the running program. Keys are never recorded.
    pub fn feed(&mut self, bytes: &[u8]) {
        if let Some(live) = &self.live {
            live.handle.write(bytes);
        }
    }

    /// Whether the running program asks for a line that must not be shown, such as a password.
    #[must_use]
    pub fn hides_input(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.handle.hides_input())
    }

    /// Gives the size of the pane, for the program that runs and for those to come.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        let size = Size { cols: cols.max(2), rows: rows.max(2) };
        if self.size != size {
            self.size = size;
            if let Some(live) = &self.live {
                live.handle.resize(size);
            }
        }
    }

    /// What the running command has printed since byte `seen`, at most the last MiB.
    #[must_use]
    pub fn fresh_output(&self, seen: u64) -> Option<Fresh> {
        match &self.live {
            Some(live) => Some(live.since(seen)),
            None => self.last_words.as_ref().map(|last| last.since(seen)),
        }
    }

    /// Waits until the running command has printed something or has ended, at most this long.
    #[expect(
        clippy::disallowed_methods,
        reason = "nobody tells when a process that is not ours ends: it is looked for"
    )]
    pub fn wait(&self, at_most: Duration) {
        if let Some(live) = &self.live {
            live.handle.attend(if live.unsaid.is_some() { at_most.min(SOON) } else { at_most });
        } else if self.hook().is_some() {
            self.wait_for_hook(at_most);
        } else if self.rejoined.is_some() {
            std::thread::sleep(at_most);
        }
    }

    /// Keeps what was printed and records an ending. Says whether anything was printed.
    pub(super) fn tick_live(&mut self) -> Result<bool, Fault> {
        self.record_end()?;
        self.go_on()?;
        let now_us = self.clock.now().mono_us;
        let Some(live) = &mut self.live else {
            return Ok(false);
        };
        // The ending first: whatever was printed before it is on the tape when it is seen.
        let ended = live.handle.poll();
        let mut fresh = live.keep(now_us);
        if let Some(ended) = ended {
            while let more @ 1.. = live.keep(now_us) {
                fresh += more;
            }
            match live.then(&ended, now_us) {
                Then::Over(ending) => self.end(exec::Ended { ending, ..ended })?,
                Then::AgainAt(until_us) => live.pace = Pace::Pausing { until_us, last: ended },
            }
        } else {
            let mut shown = false;
            if fresh > 0 {
                live.printed_us = now_us;
                shown = live.has_shown(fresh);
            }
            live.writer.tend();
            self.say_process()?;
            if shown {
                self.stop_at_sight()?;
            }
        }
        Ok(fresh > 0)
    }

    fn end(&mut self, ended: exec::Ended) -> Result<(), Fault> {
        let Some(live) = self.live.take() else {
            return Ok(());
        };
        let ending = live.ending(ended.ending);
        let matched = live.matched(&ending);
        for secret in ended.learned {
            self.hold_generated(live.attempt, &secret);
            self.secrets.learn(secret);
        }
        let redacted = live.earlier.counts.redacted + live.handle.tape().counts().redacted;
        let alone = live.earlier.tries == 0;
        let errors = live.errors();
        let took_us = self.clock.now().mono_us.saturating_sub(live.began_us);
        let (saved, expect, attempt) = (live.saved(), live.start.expect_exit.clone(), live.attempt);
        self.last_words = Some(live.since(0));
        let recorded = Ended {
            attempt: live.attempt,
            ending,
            // A single process is timed where it is watched, which is more exact.
            took_ms: if alone { ended.took_ms } else { took_us / 1000 },
            output: OutputDigest::default(),
            matched,
            left_over: ended.left_over,
            not_dead: ended.not_dead,
            errors: errors.spans,
            errors_until: errors.until,
        };
        let mut writer = live.writer;
        if recorded.took_ms < OutputDigest::AT_ONCE {
            writer.untimed();
        }
        let kept = writer.finish(redacted);
        self.unrecorded = Some(Unrecorded { spawned: live.unsaid, ended: recorded, kept });
        if self.attends() { self.hold_end() } else { self.record_end() }?;
        self.give_saved(attempt, &expect, saved)
    }

    /// Writes an ending that the next intent will commit: whoever walks unattended goes on at once, and both are synced
    /// together. Nothing is done in the world before they are.
    fn hold_end(&mut self) -> Result<(), Fault> {
        self.mend()?;
        let Some(waits) = self.unrecorded.take() else {
            return Ok(());
        };
        let stamp = stamp(&self.clock, &self.setup.operator);
        let held = self.journal.as_mut().map(|journal| {
            let (run, after) = (&self.run.id, self.run.head.seq);
            journal.hold_end(run, after, &stamp, waits.spawned.as_ref(), &waits.ended, &waits.kept)
        });
        match held {
            Some(Ok(entries)) => {
                self.fold(&entries);
                self.held = Some(waits);
                Ok(())
            }
            // What does not fit is recorded in another way.
            Some(Err(journal::Fault { cause: Cause::Full, .. })) | None => {
                self.unrecorded = Some(waits);
                self.record_end()
            }
            Some(Err(fault)) => {
                self.unrecorded = Some(waits);
                Err(fault.into())
            }
        }
    }

    /// Records an ending that waits to be recorded. When that fails it goes on waiting: it has happened, and belongs into
    /// the record as soon as that can be written again.
    fn record_end(&mut self) -> Result<(), Fault> {
        self.settle()?;
        if self.unrecorded.is_some() {
            // While it waits it says whether the run is ahead of the journal.
            self.mend()?;
        }
        let Some(waits) = self.unrecorded.take() else {
            return Ok(());
        };
        let stamp = stamp(&self.clock, &self.setup.operator);
        let recorded = self.journal.as_mut().map(|journal| {
            let (run, after) = (&self.run.id, self.run.head.seq);
            journal.end_spawned_attempt(run, after, &stamp, waits.spawned.as_ref(), &waits.ended, &waits.kept)
        });
        match recorded.ok_or(Fault::NoJournal).and_then(|recorded| Ok(recorded?)) {
            Ok(entries) => self.fold(&entries),
            Err(fault) => {
                self.unrecorded = Some(waits);
                return Err(fault);
            }
        }
        Ok(())
    }

    /// Stops what runs, harder and harder, and records its end.
    pub(super) fn stop_for_leaving(&mut self) -> Result<(), Fault> {
        let mut first: Result<(), Fault> = Ok(());
        for (signal, share) in [(StopSignal::Interrupt, 5), (StopSignal::Terminate, 3), (StopSignal::Kill, 1)] {
            let Some(attempt) = self.live.as_ref().map(|live| live.attempt) else {
                break;
            };
            // What cannot be recorded is stopped all the same: nobody would be left to watch over it.
            let said = self.append(Needs::Nothing, &Event::StopSent { attempt, signal, why: StopReason::Leaving });
            first = first.and(said.map(|_| ()));
            self.stop(attempt, signal);
            let until = self.clock.now().mono_us + u64::try_from(PATIENCE.as_micros()).unwrap_or(0) / share;
            while self.live.is_some() && self.clock.now().mono_us < until {
                self.wait(Duration::from_millis(50));
                first = first.and(self.tick_live().map(|_| ()));
            }
        }
        first.and(self.record_end())
    }
}

impl Live {
    /// That its process has begun.
    fn spawned(&self) -> Event {
        let (attempt, handle) = (self.attempt, &self.handle);
        let mark = Some(handle.mark().to_owned());
        Event::AttemptSpawned { attempt, pid: handle.pid(), started: handle.started(), mark }
    }

    /// Moves what waits on the tape to the journal; returns how many bytes there were.
    fn keep(&mut self, now_us: u64) -> usize {
        self.buffer.clear();
        if self.handle.tape().drain(&mut self.buffer) == 0 {
            return 0;
        }
        self.writer.at(now_us.saturating_sub(self.began_us) / 1000);
        self.writer.take_in(&self.buffer);
        let room = SAMPLE.saturating_sub(self.beginning.len());
        self.beginning.extend_from_slice(&self.buffer[..room.min(self.buffer.len())]);
        self.buffer.len()
    }

    /// What came by standard error, over all tries.
    fn errors(&self) -> Errors {
        let mut errors = self.earlier.errors.clone();
        errors.append(self.earlier.counts.bytes, &self.handle.tape().errors());
        errors
    }

    /// What it has printed from an offset on, as far as the tape still holds it.
    fn since(&self, seen: u64) -> Fresh {
        let (tape, base) = (self.handle.tape(), self.earlier.counts.bytes);
        let (mut from, before) = self.earlier.since(seen);
        let mut bytes = before.to_vec();
        let start = bytes.len();
        let at = base + tape.since(seen.saturating_sub(base), &mut bytes);
        if at > from + start as u64 {
            // What lies in between is gone.
            bytes.drain(..start);
            from = at;
        }
        let counts = tape.counts();
        let (total, lines) = (base + counts.bytes, self.earlier.counts.lines + counts.lines);
        Fresh { attempt: self.attempt, from, bytes, total, lines }
    }

    /// What the operator meant by stopping it decides what its end means.
    fn ending(&self, ending: Ending) -> Ending {
        match (self.stopped, &ending) {
            (Some(StopReason::Evidence), Ending::Exited { .. } | Ending::Signalled { .. } | Ending::Stopped) => {
                Ending::Kept
            }
            // It ended by itself and well, before the stop could reach it.
            (Some(_), Ending::Exited { code: 0 }) => ending,
            (Some(_), Ending::Exited { .. } | Ending::Signalled { .. }) => Ending::Stopped,
            (
                None | Some(_),
                Ending::Exited { .. }
                | Ending::Signalled { .. }
                | Ending::NotStarted { .. }
                | Ending::TimedOut
                | Ending::Asked
                | Ending::Kept
                | Ending::Stopped,
            ) => ending,
        }
    }
}
