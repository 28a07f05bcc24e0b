//! The loop: waits for messages, performs acts on the session, draws when something has changed.

mod hand_over;
mod pager;
mod sign;

use super::background::{self, Answer};
use super::editor::editor_command;
use super::input::{Input, Late};
use super::keys::Key;
use super::msg::{Act, Facts, Msg, Printed, Scene, Secret};
use super::pane::{News, Stored};
use super::signals::Signals;
use super::terminal::{Screen, private_file};
use super::ui::Ui;
use super::update::update;
use super::{Fuse, Left, Motion, Settings, view};
use crate::run::decide::Intent;
use crate::run::event::AttemptId;
use crate::run::{Attempt, Moment, Progress, Trust};
use crate::session::{Changed, Denied, Pulse, Session};
use anyhow::Context as _;
use crossterm::event::KeyCode;
use ratatui::layout::Rect;
use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::process::{Command, ExitStatus};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// How often output is looked for while a command runs: once a frame, 60 in a second.
const BUSY: Duration = Duration::from_millis(16);

/// How often others are looked for while nothing runs.
const IDLE: Duration = Duration::from_millis(500);

/// How often the session is looked after while a program has the terminal.
const LENT: Duration = Duration::from_millis(50);

/// Outputs that are searched, newest first, in bytes together.
const SEARCHED: u64 = 8 * 1024 * 1024;

/// Messages that are taken in before the next frame at most, so that a flood of keys cannot keep it away.
const BATCH: usize = 64;

/// Walks a run on the screen until the operator leaves.
///
/// # Errors
/// When the terminal cannot be used, or leaving cannot be recorded.
pub fn walk(session: &mut Session, settings: &Settings) -> anyhow::Result<Left> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start timers")?;
    let left = runtime.block_on(Walk::run(session, settings))?;
    session.leave()?;
    Ok(left)
}

/// What woke the loop.
enum Woken {
    Message(Msg),
    /// The input thread has ended: the terminal is gone.
    Deaf,
    Tick,
    End,
    /// The process was stopped and goes on; the terminal is as whoever had it left it.
    GoOn,
    /// The process is to stop for a while.
    Pause,
}

struct Walk<'s> {
    session: &'s mut Session,
    settings: &'s Settings,
    screen: Screen,
    ui: Ui,
    input: Input,
    drawn: Drawn,
    /// The running program is to get the whole terminal.
    lends: Lends,
    /// What has changed while the operator's editor had the terminal.
    missed: Changed,
    echo: Echo,
}

/// What the editor's keys may have sent to us as well.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Echo {
    None,
    Interrupt,
}

/// Whether the terminal goes to the program at the next turn of the loop.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lends {
    Nothing,
    Terminal,
}

/// Whether the last frame still is what would be drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Drawn {
    Fresh,
    Stale,
}

impl<'s> Walk<'s> {
    /// Shows the first frame, and only then does what nobody should have to wait for.
    fn new(
        session: &'s mut Session,
        settings: &'s Settings,
        mut screen: Screen,
        mut ui: Ui,
        sender: mpsc::Sender<Msg>,
    ) -> anyhow::Result<Self> {
        let present = Present::of(session);
        let mut first = update(&mut ui, &facts(session, &present), Msg::Start);
        let scene = Scene { facts: facts(session, &present), ui: &ui };
        screen
            .draw_linked(view::links(&scene), |frame| view::draw(frame, &scene))
            .context("cannot write to the terminal")?;
        let answer = if settings.pair.is_some() { background::ask().unwrap_or_default() } else { Answer::default() };
        let late = if answer.outstanding { Late::Expected } else { Late::Nothing };
        let typed: Vec<Msg> = answer.typed.iter().map(|c| Msg::Key(Key::plain(KeyCode::Char(*c)))).collect();
        let input = Input::start(sender, late).context("cannot read keys")?;
        let (missed, echo) = (Changed::Nothing, Echo::None);
        let (drawn, lends) = (Drawn::Fresh, Lends::Nothing);
        let mut walk = Walk { session, settings, screen, ui, input, drawn, lends, missed, echo };
        while let Some(act) = first.pop() {
            if let Some(msg) = walk.perform(act)? {
                first.extend(walk.update(msg));
            }
        }
        for msg in answer.dark.map(Msg::Dark).into_iter().chain(typed) {
            walk.take(msg)?;
        }
        Ok(walk)
    }

    async fn run(session: &'s mut Session, settings: &'s Settings) -> anyhow::Result<Left> {
        let mut signals = Signals::listen().context("cannot listen for signals")?;
        let screen = Screen::enter(settings).context("cannot use the terminal")?;
        let (cols, rows) = screen.size()?;
        let (sender, mut messages) = mpsc::channel(256);
        let ui = dressed(Ui::new(settings.look(), Rect::new(0, 0, cols, rows)), settings);
        let mut walk = Walk::new(session, settings, screen, ui, sender)?;
        let (mut busy, mut idle) = (timer(BUSY), timer(IDLE));
        let mut shown_clock = 0;
        let mut open = Open::Yes;
        while open == Open::Yes {
            if walk.lends == Lends::Terminal {
                walk.lends = Lends::Nothing;
                if let Some(left) = walk.hand_over(&mut signals).await? {
                    return Ok(left);
                }
            }
            if walk.drawn == Drawn::Stale {
                walk.draw()?;
            }
            let running = walk.session.run().running().is_some();
            let woken = wait(&mut signals, &mut messages, &mut busy, &mut idle, running).await;
            let echo = std::mem::replace(&mut walk.echo, Echo::None);
            match woken {
                // Ctrl-c that was typed into the editor reaches everybody on the terminal.
                Woken::Message(Msg::Interrupt) if echo == Echo::Interrupt => {}
                Woken::Message(msg) => {
                    walk.burn(&msg);
                    open = walk.take(msg)?;
                    for _ in 0..BATCH {
                        match messages.try_recv() {
                            Ok(msg) if open == Open::Yes => open = walk.take(msg)?,
                            Ok(_) | Err(_) => break,
                        }
                    }
                }
                Woken::Tick => {
                    open = walk.tick()?;
                    let clock = clock_face(walk.session, settings.motion);
                    if clock != shown_clock {
                        shown_clock = clock;
                        walk.drawn = Drawn::Stale;
                    }
                }
                Woken::Pause => walk.pause()?,
                Woken::GoOn => walk.go_on()?,
                Woken::End | Woken::Deaf => return Ok(Left::Terminated),
            }
        }
        Ok(Left::Quit)
    }

    /// Takes a message in and performs what follows from it.
    fn take(&mut self, msg: Msg) -> anyhow::Result<Open> {
        let mut acts: VecDeque<Act> = self.update(msg).into();
        while let Some(act) = acts.pop_front() {
            if act == Act::Quit {
                return Ok(Open::No);
            }
            if let Some(msg) = self.perform(act)? {
                acts.extend(self.update(msg));
            }
        }
        Ok(Open::Yes)
    }

    fn update(&mut self, msg: Msg) -> Vec<Act> {
        let quiet = matches!(msg, Msg::Tick);
        let present = Present::of(self.session);
        let acts = update(&mut self.ui, &facts(self.session, &present), msg);
        if !quiet || !acts.is_empty() {
            self.drawn = Drawn::Stale;
        }
        acts
    }

    /// Keeps a correction for the next run of the same document.
    fn remember(&self, wish: &Intent) -> io::Result<()> {
        let Intent::Correct { correction, reason } = wish else {
            return Ok(());
        };
        self.session.remember(correction, reason)
    }

    fn perform(&mut self, act: Act) -> anyhow::Result<Option<Msg>> {
        match act {
            // Sign-offs and the close are shown as the statement they are, before anything is recorded.
            Act::Intend(wish @ (Intent::SignOff { .. } | Intent::Close { .. })) => Ok(Some(self.draft(wish))),
            Act::State(statement) => self.state(*statement).map(Some),
            Act::Intend(wish) => Ok(Some(self.intend(wish))),
            Act::GiveSecret(secret) => Ok(Some(match self.session.give_secret(&secret.name, secret.value) {
                Ok(()) => Msg::Told(
                    self.session
                        .holds_back()
                        .unwrap_or_else(|| format!("{} is set; it is never recorded", secret.name)),
                ),
                Err(denied) => Msg::Faulted(denied.to_string()),
            })),
            Act::Trust(trust) => Ok(Some(self.trust(trust))),
            Act::Reveal(attempt) => Ok(Some(self.reveal(attempt))),
            Act::StopHook => {
                self.session.stop_hook();
                Ok(None)
            }
            Act::Feed(bytes) => {
                self.session.feed(&bytes);
                Ok(None)
            }
            Act::Resize(cols, rows) => {
                self.session.resize(cols, rows);
                Ok(None)
            }
            Act::LoadOutput(attempt) => Ok(Some(Msg::Stored(
                attempt,
                match self.session.output(attempt) {
                    Ok(kept) => Ok(Stored { head: kept.head, dropped: kept.dropped, tail: kept.tail }),
                    Err(fault) => Err(fault.to_string()),
                },
            ))),
            Act::LoadEntries => Ok(Some(match self.session.entries() {
                Ok(entries) => Msg::Entries(entries),
                Err(fault) => Msg::Faulted(fault.to_string()),
            })),
            Act::LoadThemes => Ok(Some(self.themes())),
            Act::LoadTexts => {
                let (texts, left_out) = printed(self.session);
                Ok(Some(Msg::Texts(texts, left_out)))
            }
            Act::Compose(text) => self.compose(&text).map(Some),
            Act::Notify(text) => {
                self.screen.notify(&text).context("cannot write to the terminal")?;
                Ok(None)
            }
            Act::Mouse(mouse) => {
                self.screen.set_mouse(mouse).context("cannot write to the terminal")?;
                Ok(None)
            }
            Act::Pause => {
                self.pause()?;
                Ok(None)
            }
            Act::Edit(line) => self.edit(line).map(Some),
            Act::Page(attempt) => self.page(attempt).map(Some),
            Act::Copy(text) => Ok(Some(self.copy(&text))),
            Act::HandOver => {
                self.lends = Lends::Terminal;
                Ok(None)
            }
            Act::Quit => Ok(None),
        }
    }

    /// Takes in what the session has to tell.
    fn tick(&mut self) -> anyhow::Result<Open> {
        let missed = std::mem::replace(&mut self.missed, Changed::Nothing);
        let changed = match self.session.tick() {
            Ok(changed) => changed.max(missed),
            Err(fault) => {
                let text = fault.to_string();
                if self.ui.notice.as_ref().is_none_or(|notice| notice.text != text) {
                    return self.take(Msg::Faulted(text));
                }
                return Ok(Open::Yes);
            }
        };
        if changed >= Changed::Output
            && let Some(attempt) = self.session.run().attempts.last().map(Attempt::id)
        {
            self.refresh(attempt)?;
        }
        match changed {
            Changed::State => self.take(Msg::Changed),
            Changed::Output | Changed::Nothing => self.take(Msg::Tick),
        }
    }

    fn reveal(&self, attempt: AttemptId) -> Msg {
        let named = |value: &String| Secret { name: "generated".to_owned(), value: value.clone() };
        Msg::Revealed(self.session.generated(attempt).iter().map(named).collect())
    }

    fn trust(&mut self, trust: Trust) -> Msg {
        match (self.session.trust(trust), trust) {
            (Ok(()), Trust::Given) => Msg::Told("trusted: it may run by itself".to_owned()),
            (Ok(()), Trust::Refused) => Msg::Told("refused: it never runs by itself".to_owned()),
            (Err(denied), _) => Msg::Faulted(denied.to_string()),
        }
    }

    fn intend(&mut self, wish: Intent) -> Msg {
        match self.session.intend(&wish) {
            Ok(()) => match self.remember(&wish) {
                Ok(()) => Msg::Done(wish),
                Err(error) => Msg::Faulted(format!("corrected, but it cannot be kept for next time: {error}")),
            },
            Err(Denied::Refused(refusal)) => Msg::Refused(wish, refusal),
            Err(Denied::Faulted(fault)) => Msg::Faulted(fault.to_string()),
        }
    }

    fn copy(&mut self, text: &str) -> Msg {
        match self.screen.copy(text) {
            Ok(copied) => Msg::Told(copied.to_string()),
            Err(error) => Msg::Faulted(format!("cannot write to the terminal: {error}")),
        }
    }

    /// Gives the pane what it has not seen of an attempt.
    fn refresh(&mut self, attempt: AttemptId) -> anyhow::Result<()> {
        if let Some(fresh) = self.session.fresh_output(self.ui.pane.seen(attempt))
            && !fresh.bytes.is_empty()
        {
            let news = News { attempt: fresh.attempt, from: fresh.from, bytes: fresh.bytes, lines: fresh.lines };
            self.take(Msg::Output(news))?;
        }
        Ok(())
    }

    fn draw(&mut self) -> anyhow::Result<()> {
        let present = Present::of(self.session);
        let scene = Scene { facts: facts(self.session, &present), ui: &self.ui };
        self.screen
            .draw_linked(view::links(&scene), |frame| view::draw(frame, &scene))
            .context("cannot write to the terminal")?;
        self.drawn = Drawn::Fresh;
        Ok(())
    }

    /// Crashes where a test asked for it.
    fn burn(&self, msg: &Msg) {
        let lit = self.settings.fuse == Fuse::FirstKey && matches!(msg, Msg::Key(_));
        assert!(!lit, "the crash that was asked for");
    }

    /// Gives the terminal back and stops, until somebody continues this process. Commands go on.
    fn pause(&mut self) -> anyhow::Result<()> {
        self.screen.suspend()?;
        super::signals::stop_self();
        self.go_on()
    }

    fn go_on(&mut self) -> anyhow::Result<()> {
        self.screen.resume()?;
        self.drawn = Drawn::Stale;
        let (cols, rows) = self.screen.size()?;
        self.take(Msg::Resize(cols, rows))?;
        Ok(())
    }

    /// The themes that can be worn. One that is not in order says so where it is asked for by name.
    fn themes(&self) -> Msg {
        let (library, colour) = (&self.settings.library, self.ui.look.theme.colour);
        Msg::Themes(library.names().into_iter().filter_map(|name| library.theme(name, colour).ok()).collect())
    }

    /// Lets the operator write a text in their editor.
    fn compose(&mut self, text: &str) -> anyhow::Result<Msg> {
        let Some(folder) = &self.settings.folder else {
            return Ok(Msg::Faulted("there is no folder to write the text in".to_owned()));
        };
        let file = folder.join(format!("text-{}.md", std::process::id()));
        let editor = self.settings.editor.clone().unwrap_or_else(|| "vi".to_owned());
        let written = private_file(&file).and_then(|mut out| out.write_all(text.as_bytes()));
        let Some(command) = editor_command(&editor, &file, 1).filter(|_| written.is_ok()) else {
            return Ok(Msg::Faulted(format!("cannot edit {} with “{editor}”", file.display())));
        };
        let status = self.lend(command)?;
        let read = std::fs::read_to_string(&file);
        let _ = std::fs::remove_file(&file);
        Ok(match (status, read) {
            (Ok(status), Ok(text)) if status.success() => Msg::Composed(text),
            (Ok(status), _) if !status.success() => {
                Msg::Faulted(format!("{editor} ended with {status}; the text is as it was"))
            }
            (Err(error), _) => Msg::Faulted(format!("cannot start {editor}: {error}; set VISUAL or EDITOR")),
            (_, Err(error)) => Msg::Faulted(format!("cannot read {}: {error}", file.display())),
            (Ok(_), Ok(_)) => Msg::Told("the text is as it was".to_owned()),
        })
    }

    /// Lends the terminal to a program until it ends. The session goes on: what commands print is kept, endings are recorded.
    fn lend(&mut self, mut command: Command) -> anyhow::Result<io::Result<ExitStatus>> {
        self.input.pause();
        self.screen.suspend()?;
        let (sender, ended) = sync_channel(1);
        let status = match command.spawn() {
            Err(error) => Err(error),
            Ok(mut child) => {
                std::thread::spawn(move || sender.send(child.wait()));
                loop {
                    match ended.recv_timeout(LENT) {
                        Ok(status) => break status,
                        Err(RecvTimeoutError::Disconnected) => break Err(io::Error::other("it was lost")),
                        // A fault that stays is told by the next tick that sees it, when there is a screen again.
                        Err(RecvTimeoutError::Timeout) => {
                            self.missed = self.session.tick().map_or(self.missed, |changed| changed.max(self.missed));
                        }
                    }
                }
            }
        };
        self.screen.resume()?;
        self.input.resume();
        self.drawn = Drawn::Stale;
        self.echo = Echo::Interrupt;
        Ok(status)
    }

    /// Hands the terminal to the operator's editor. The run keeps walking the text it began with.
    fn edit(&mut self, line: u32) -> anyhow::Result<Msg> {
        let Some(file) = &self.settings.file else {
            return Ok(Msg::Told("this runbook did not come from a file".to_owned()));
        };
        if !file.exists() {
            let gone = "is gone; this run walks the text it began with, and its record holds it";
            return Ok(Msg::Faulted(format!("{} {gone}", file.display())));
        }
        let editor = self.settings.editor.as_deref().unwrap_or("vi");
        let Some(command) = editor_command(editor, file, line) else {
            return Ok(Msg::Faulted("VISUAL and EDITOR are blank: set one to edit".to_owned()));
        };
        let status = self.lend(command)?;
        self.session.look_at_file();
        Ok(match status {
            Ok(status) if status.success() => {
                Msg::FileEdited("back from the editor; this run keeps the text it began with".to_owned())
            }
            Ok(status) => Msg::Told(format!("{editor} ended with {status}")),
            Err(error) => Msg::Faulted(format!("cannot start {editor}: {error}; set VISUAL or EDITOR")),
        })
    }
}

/// Whether the screen stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Yes,
    No,
}

/// What is true only now.
pub(super) struct Present {
    now: Moment,
    holder: Option<String>,
    pulse: Option<Pulse>,
    generated: Vec<AttemptId>,
}

impl Present {
    pub(super) fn of(session: &Session) -> Self {
        let generated = session.with_generated().collect();
        Present { now: session.clock().now(), holder: session.holder(), pulse: session.pulse(), generated }
    }
}

pub(super) fn facts<'a>(session: &'a Session, present: &'a Present) -> Facts<'a> {
    Facts {
        book: session.book(),
        run: session.run(),
        readiness: session.readiness(),
        now: &present.now,
        actor: session.actor(),
        holder: present.holder.as_deref(),
        target: session.target(),
        pulse: present.pulse,
        survivors: session.survivors(),
        estimates: session.estimates(),
        times: session.times(),
        edited: session.edited(),
        since_done: session.since_done(),
        remembered: session.remembered(),
        generated: &present.generated,
        hook: session.hook(),
    }
}

/// Puts the operator's settings on.
fn dressed(ui: Ui, settings: &Settings) -> Ui {
    Ui {
        keymap: settings.keymap.clone(),
        mouse: settings.mouse,
        split: settings.split,
        notify: settings.notify,
        pair: settings.pair.clone(),
        ..ui
    }
}

fn timer(period: Duration) -> Interval {
    let mut timer = interval(period);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    timer
}

async fn wait(
    signals: &mut Signals,
    messages: &mut mpsc::Receiver<Msg>,
    busy: &mut Interval,
    idle: &mut Interval,
    running: bool,
) -> Woken {
    tokio::select! {
        biased;
        _ = signals.terminate.recv() => Woken::End,
        _ = signals.hang_up.recv() => Woken::End,
        _ = signals.interrupt.recv() => Woken::Message(Msg::Interrupt),
        _ = signals.pause.recv() => Woken::Pause,
        _ = signals.go_on.recv() => Woken::GoOn,
        msg = messages.recv() => msg.map_or(Woken::Deaf, Woken::Message),
        _ = busy.tick(), if running => Woken::Tick,
        _ = idle.tick(), if !running => Woken::Tick,
    }
}

/// A number that changes whenever a clock on the screen would: tenths of seconds and seconds while a command runs,
/// else minutes.
fn clock_face(session: &Session, motion: Motion) -> u64 {
    let (run, now) = (session.run(), session.clock().now());
    match run.running() {
        Some(attempt) => match attempt.began.until(&now).ms {
            ms @ 0..10_000 if motion == Motion::Full => ms / 100,
            ms => ms / 1000,
        },
        None if run.soaks.values().any(|soak| soak.goes() && soak.left_ms(&now) > 0) => now.mono_us / 1_000_000,
        None => run.began.until(&now).ms / 60_000,
    }
}

/// What commands have printed, as text to be searched, and how many outputs were too much for it.
pub(super) fn printed(session: &Session) -> (Vec<Printed>, usize) {
    let (mut texts, mut left_out, mut sum) = (Vec::new(), 0, 0);
    for attempt in session.run().attempts.iter().rev() {
        let bytes = match &attempt.progress {
            Progress::Ended { ended, .. } => ended.output.bytes,
            Progress::Running | Progress::Unknown | Progress::Resolved { .. } => 0,
        };
        if bytes == 0 {
            continue;
        }
        sum += bytes;
        let kept = if sum <= SEARCHED { session.output(attempt.id()).ok() } else { None };
        match kept {
            Some(kept) => {
                let plain = strip_ansi_escapes::strip([kept.head, kept.tail].concat());
                let words = String::from_utf8_lossy(&plain).into_owned();
                let step = attempt.intended.target.step.clone();
                texts.push(Printed { attempt: attempt.id(), step, words });
            }
            None => left_out += 1,
        }
    }
    (texts, left_out)
}
