//! Hooks: programs that run by themselves at points of the walk, one after the other, beside everything else.
//!
//! Each begin is recorded before the program starts, and each end when it is seen. A hook gets pipes, no terminal, no
//! secrets of the run beyond the environment, and a time limit. Hooks never run in a rehearsal, never twice for the same
//! occasion, and never unless their source was trusted.

use super::trust::Hook;
use super::{Denied, Drive, Fault, Session};
use crate::exec::{self, Channel, Handle, Job, Level, Place, Streams};
use crate::journal::Needs;
use crate::run::decide::{Execute, Intent, Refusal};
use crate::run::event::{Ending, Event, HookBegan, HookEnded};
use crate::run::readiness::Answer;
use crate::run::state::{StepState, step_state};
use crate::run::{HookRun, Trust};
use crate::runbook::{HookPoint, ShellSession, StepId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::time::Duration;

/// How long a hook may take, and how long after TERM.
const LIMIT: Duration = Duration::from_mins(1);
const GRACE: Duration = Duration::from_secs(2);
/// How long leaving waits for all hooks together, in microseconds.
const PATIENCE_US: u64 = 15_000_000;
/// Bytes of the end of its output that are recorded.
const SAID: u64 = 2000;

/// The hooks of this process.
#[derive(Debug, Default)]
pub(super) struct Hooks {
    due: VecDeque<Due>,
    live: Option<Running>,
    /// Steps of which something was recorded since it was looked last.
    touched: BTreeSet<StepId>,
    /// The state of a step when its hook ran last.
    told: BTreeMap<StepId, StepState>,
    was_no_go: bool,
    /// Hooks that have failed just now: the wish that waited for them is told so, and does not start them again.
    fresh: BTreeSet<u64>,
    buffer: Vec<u8>,
}

#[derive(Debug)]
struct Due {
    hook: Hook,
    step: Option<StepId>,
    env: Vec<(&'static str, String)>,
}

#[derive(Debug)]
struct Running {
    began: u64,
    command: String,
    handle: Handle,
}

impl Session {
    /// The hook that runs now, as it was written.
    #[must_use]
    pub fn hook(&self) -> Option<&str> {
        self.hooks.live.as_ref().map(|running| running.command.as_str())
    }

    pub(super) fn wait_for_hook(&self, at_most: Duration) {
        if let Some(running) = &self.hooks.live {
            running.handle.tape().wait(at_most);
        }
    }

    /// Stops the hook that runs now, at once. Its end is recorded like any other.
    pub fn stop_hook(&self) {
        if let Some(running) = &self.hooks.live {
            running.handle.stop(Level::Kill);
        }
    }

    /// Remembers how things stand before anything is recorded here.
    pub(super) fn prime_hooks(&mut self) {
        self.hooks.was_no_go =
            !self.hooks_of(&[HookPoint::OnNoGo]).is_empty() && self.readiness().answer == Answer::NoGo;
    }

    /// Hooks that may run, of one point.
    fn trusted(&self, point: HookPoint) -> Vec<Hook> {
        let mut hooks = self.hooks_of(&[point]);
        hooks.retain(|hook| self.trust_in(&hook.source) == Some(Trust::Given));
        hooks
    }

    /// Hooks before the first command: those that have not run for this wish, and what the others complain about.
    pub(super) fn before_run(&self, wish: &Execute) -> (Vec<Hook>, Vec<String>) {
        let (mut due, mut complaints) = (Vec::new(), Vec::new());
        for hook in self.trusted(HookPoint::BeforeRun) {
            let same = |begun: &HookBegan| {
                begun.hook == hook.point
                    && begun.command == self.secrets.cleaned(&hook.command)
                    && begun.from == hook.source.word()
            };
            match self.run.hooks.iter().rev().find(|run| same(&run.began)) {
                None => due.push(hook),
                Some(run) if run.has_succeeded() => {}
                Some(run) if self.hooks.live.as_ref().is_some_and(|live| live.began == run.seq) => due.push(hook),
                Some(run) if run.ended.is_some() && wish.reason.is_none() && !self.hooks.fresh.contains(&run.seq) => {
                    due.push(hook);
                }
                Some(run) => complaints.push(format!("the before_run hook “{}”: {}", hook.command, run.outcome())),
            }
        }
        (due, complaints)
    }

    /// Starts what has to have run before the first command; the wish is to be uttered again when it has.
    pub(super) fn start_before_run(&mut self, hooks: Vec<Hook>) -> Result<(), Denied> {
        if self.hooks.live.is_none() && self.hooks.due.is_empty() {
            self.open_run()?;
            self.take_the_wheel()?;
            self.hooks.fresh.clear();
            if let Some(probed) = self.probed.take() {
                self.append(Needs::Nothing, &probed)?;
            }
            self.hooks.due.extend(hooks.into_iter().map(|hook| Due { hook, step: None, env: Vec::new() }));
            self.next_hook()?;
        }
        let command = self.hook().unwrap_or_default().to_owned();
        Err(Refusal::HookRuns(command).into())
    }

    /// The wish without its reason, where that was given before a hook has failed: it says nothing about the failure.
    pub(super) fn as_heard(&self, wish: &Intent) -> Intent {
        let news = |run: &HookRun| {
            run.began.hook == HookPoint::BeforeRun && self.hooks.fresh.contains(&run.seq) && !run.has_succeeded()
        };
        match wish {
            Intent::Execute(execute) if self.run.attempts.is_empty() && self.run.hooks.iter().any(news) => {
                Intent::Execute(Execute { reason: None, ..execute.clone() })
            }
            other => other.clone(),
        }
    }

    /// The wish that waited was told; the next one starts anew what has failed.
    pub(super) fn forget_fresh(&mut self) {
        if self.hooks.live.is_none() {
            self.hooks.fresh.clear();
        }
    }

    /// Notes what an entry was about, if any hook cares.
    pub(super) fn touch(&mut self, event: &Event) {
        let step = match event {
            Event::AttemptEnded(ended) => {
                self.run.attempt(ended.attempt).map(|attempt| attempt.intended.target.step.clone())
            }
            Event::AttemptResolved { attempt, .. } => {
                self.run.attempt(*attempt).map(|attempt| attempt.intended.target.step.clone())
            }
            Event::StepMarked { step, .. } => Some(step.clone()),
            // Everything else leaves the state of steps as it is, or opens them again.
            _other => None,
        };
        self.hooks.touched.extend(step);
    }

    /// Takes in the end of a hook, and starts the next one.
    pub(super) fn tick_hooks(&mut self) -> Result<(), Fault> {
        self.occasions();
        let Some(running) = &self.hooks.live else { return self.next_hook() };
        running.handle.tape().drain(&mut self.hooks.buffer);
        self.hooks.buffer.clear();
        let Some(ended) = running.handle.poll() else { return Ok(()) };
        let (began, said) = (running.began, said(&running.handle));
        let event = HookEnded { began, ending: ended.ending, took_ms: ended.took_ms, said };
        // First the record: until that is kept, the end is seen again at the next tick.
        self.append(Needs::Nothing, &Event::HookEnded(event))?;
        self.hooks.live = None;
        self.hooks.fresh.insert(began);
        self.next_hook()
    }

    /// Finds out what has happened that hooks are for.
    fn occasions(&mut self) {
        if self.hooks.touched.is_empty() || !matches!(self.drive, Drive::Mine(_)) || self.run.is_rehearsal() {
            return;
        }
        let touched = std::mem::take(&mut self.hooks.touched);
        let after_step = self.trusted(HookPoint::AfterStep);
        if !after_step.is_empty() {
            for id in touched {
                let Some(step) = self.book.step(&id) else { continue };
                let (state, title) = (step_state(&self.run, step), step.title.clone());
                if self.hooks.told.insert(id.clone(), state) == Some(state)
                    || !(state.is_settled() || state.is_failed())
                {
                    continue;
                }
                let env = vec![("GONOGO_STATE", state.word().to_owned()), ("GONOGO_TITLE", title)];
                let due = |hook: &Hook| Due { hook: hook.clone(), step: Some(id.clone()), env: env.clone() };
                self.hooks.due.extend(after_step.iter().map(due));
            }
        }
        let on_no_go = self.trusted(HookPoint::OnNoGo);
        if !on_no_go.is_empty() {
            let no_go = self.readiness().answer == Answer::NoGo;
            if no_go && !self.hooks.was_no_go {
                let due = |hook| Due { hook, step: None, env: Vec::new() };
                self.hooks.due.extend(on_no_go.into_iter().map(due));
            }
            self.hooks.was_no_go = no_go;
        }
    }

    fn next_hook(&mut self) -> Result<(), Fault> {
        while self.hooks.live.is_none()
            && let Some(due) = self.hooks.due.pop_front()
        {
            let Due { hook: Hook { point, command, source }, step, env } = due;
            let (grounds, from) = (Some(self.grounds(&source)), source.word());
            let began = HookBegan { hook: point, command: command.clone(), from, grounds, step: step.clone() };
            self.append(Needs::Nothing, &Event::HookBegan(began))?;
            let began = self.run.head.seq;
            match self.executor.start(self.hook_job(point, &command, step.as_ref(), env)) {
                Ok(handle) => self.hooks.live = Some(Running { began, command, handle }),
                Err(not_started) => {
                    let ending = Ending::NotStarted { reason: not_started.reason };
                    let ended = HookEnded { began, ending, took_ms: 0, said: String::new() };
                    self.append(Needs::Nothing, &Event::HookEnded(ended))?;
                    self.hooks.fresh.insert(began);
                }
            }
        }
        Ok(())
    }

    fn hook_job(&self, point: HookPoint, command: &str, step: Option<&StepId>, more: Vec<(&str, String)>) -> Job {
        let readiness = self.readiness();
        let mut ours = vec![
            ("GONOGO", "1".to_owned()),
            ("GONOGO_HOOK", point.word().to_owned()),
            ("GONOGO_RUN", self.run.id.0.clone()),
            ("GONOGO_RUNBOOK", self.run.opened.path.clone()),
            ("GONOGO_VERDICT", readiness.answer.word().to_owned()),
            ("GONOGO_PERCENT", readiness.percent.map(|percent| percent.to_string()).unwrap_or_default()),
        ];
        ours.extend(step.map(|step| ("GONOGO_STEP", step.0.clone())));
        ours.extend(more);
        let mut env: Vec<(String, String)> = self.setup.environment.clone().into_iter().collect();
        env.extend(ours.into_iter().map(|(name, value)| (name.to_owned(), value)));
        Job {
            id: u32::MAX,
            text: command.to_owned(),
            shell: PathBuf::from(&self.setup.shell),
            cwd: Place::Fixed(self.setup.cwd.clone()),
            env,
            overrides: Vec::new(),
            channel: Channel::Pipe(Streams::Together),
            timeout: Some(LIMIT),
            grace: GRACE,
            state: None,
            session: ShellSession::default(),
            secrets: self.secrets.known().to_vec(),
            printed: match self.secrets.too_short() {
                Some(_) => exec::Printed::Secret,
                None => exec::Printed::Ordinary,
            },
        }
    }

    /// Runs the hooks of one point now, and waits for them. Says how many were run.
    ///
    /// # Errors
    /// When it cannot be recorded.
    pub fn run_hooks(&mut self, point: HookPoint, env: &[(&'static str, String)]) -> Result<usize, Fault> {
        let hooks = self.trusted(point);
        let count = hooks.len();
        self.hooks.due.extend(hooks.into_iter().map(|hook| Due { hook, step: None, env: env.to_vec() }));
        self.next_hook()?;
        while let Some(running) = &self.hooks.live {
            running.handle.tape().wait(Duration::from_millis(50));
            self.tick_hooks()?;
        }
        Ok(count)
    }

    /// Waits for the hooks that are still to run, a while; what is left then is stopped.
    pub(super) fn finish_hooks(&mut self) -> Result<(), Fault> {
        let until = self.clock.now().mono_us + PATIENCE_US;
        self.tick_hooks()?;
        while let Some(running) = &self.hooks.live {
            running.handle.tape().wait(Duration::from_millis(50));
            if self.clock.now().mono_us >= until {
                self.hooks.due.clear();
                self.stop_hook();
            }
            self.tick_hooks()?;
        }
        Ok(())
    }
}

/// The end of what a hook printed, without control characters.
fn said(handle: &Handle) -> String {
    let tape = handle.tape();
    let mut bytes = Vec::new();
    tape.since(tape.counts().bytes.saturating_sub(SAID), &mut bytes);
    let text = String::from_utf8_lossy(&strip_ansi_escapes::strip(bytes)).into_owned();
    text.chars().filter(|c| *c == '\n' || !c.is_control()).collect::<String>().trim().to_owned()
}
