//! The loop: waits for messages, performs acts on the session, draws when something has changed.

mod hand_over;
mod sign;

use super::input::Input;
use super::msg::{Act, Facts, Msg, Scene, Survivor};
use super::pane::{News, Stored};
use super::signals::Signals;
use super::terminal::Screen;
use super::ui::Ui;
use super::update::update;
use super::{Left, Settings, view};
use crate::run::decide::Intent;
use crate::run::event::AttemptId;
use crate::run::{Attempt, Moment};
use crate::session::{Changed, Denied, Pulse, Session};
use anyhow::Context as _;
use ratatui::layout::Rect;
use std::collections::VecDeque;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// How often output is looked for while a command runs: once a frame, 60 in a second.
const BUSY: Duration = Duration::from_millis(16);

/// How often others are looked for while nothing runs.
const IDLE: Duration = Duration::from_millis(500);

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

impl Walk<'_> {
    async fn run(session: &mut Session, settings: &Settings) -> anyhow::Result<Left> {
        let mut signals = Signals::listen().context("cannot listen for signals")?;
        let screen = Screen::enter(settings).context("cannot use the terminal")?;
        let (cols, rows) = screen.size()?;
        let (sender, mut messages) = mpsc::channel(256);
        let input = Input::start(sender).context("cannot read keys")?;
        let ui = Ui::new(settings.look(), Rect::new(0, 0, cols, rows));
        let mut walk = Walk { session, settings, screen, ui, input, drawn: Drawn::Stale, lends: Lends::Nothing };
        let (mut busy, mut idle) = (timer(BUSY), timer(IDLE));
        let mut shown_clock = 0;
        let mut open = walk.take(Msg::Start)?;
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
            match wait(&mut signals, &mut messages, &mut busy, &mut idle, running).await {
                Woken::Message(msg) => {
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
                    let clock = clock_face(walk.session);
                    if clock != shown_clock {
                        shown_clock = clock;
                        walk.drawn = Drawn::Stale;
                    }
                }
                Woken::GoOn => {
                    walk.screen.resume()?;
                    walk.drawn = Drawn::Stale;
                }
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

    fn perform(&mut self, act: Act) -> anyhow::Result<Option<Msg>> {
        match act {
            // Sign-offs and the close are shown as the statement they are, before anything is recorded.
            Act::Intend(wish @ (Intent::SignOff { .. } | Intent::Close { .. })) => Ok(Some(self.draft(wish))),
            Act::State(statement) => self.state(*statement).map(Some),
            Act::Intend(wish) => Ok(Some(match self.session.intend(&wish) {
                Ok(()) => Msg::Done(wish),
                Err(Denied::Refused(refusal)) => Msg::Refused(wish, refusal),
                Err(Denied::Faulted(fault)) => Msg::Faulted(fault.to_string()),
            })),
            Act::GiveSecret(secret) => Ok(Some(match self.session.give_secret(&secret.name, secret.value) {
                Ok(()) => Msg::Told(format!("{} is set; it is never recorded", secret.name)),
                Err(denied) => Msg::Faulted(denied.to_string()),
            })),
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
            Act::Edit(line) => self.edit(line).map(Some),
            Act::Copy(text) => Ok(Some(match self.screen.copy(&text) {
                Ok(copied) => Msg::Told(copied.to_string()),
                Err(error) => Msg::Faulted(format!("cannot write to the terminal: {error}")),
            })),
            Act::HandOver => {
                self.lends = Lends::Terminal;
                Ok(None)
            }
            Act::Quit => Ok(None),
        }
    }

    /// Takes in what the session has to tell.
    fn tick(&mut self) -> anyhow::Result<Open> {
        let changed = match self.session.tick() {
            Ok(changed) => changed,
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
        self.screen.draw(|frame| view::draw(frame, &scene)).context("cannot write to the terminal")?;
        self.drawn = Drawn::Fresh;
        Ok(())
    }

    /// Hands the terminal to the operator's editor. The run keeps walking the text it began with.
    fn edit(&mut self, line: u32) -> anyhow::Result<Msg> {
        let Some(file) = &self.settings.file else {
            return Ok(Msg::Told("this runbook did not come from a file".to_owned()));
        };
        let editor = self.settings.editor.as_deref().unwrap_or("vi");
        let Some(mut command) = editor_command(editor, file, line) else {
            return Ok(Msg::Faulted("VISUAL and EDITOR are blank: set one to edit".to_owned()));
        };
        self.input.pause();
        self.screen.suspend()?;
        let status = command.status();
        self.screen.resume()?;
        self.input.resume();
        self.session.look_at_file();
        self.drawn = Drawn::Stale;
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
struct Present {
    now: Moment,
    holder: Option<String>,
    pulse: Option<Pulse>,
    survivors: Vec<Survivor>,
}

impl Present {
    fn of(session: &Session) -> Self {
        let unknown = session.run().unknown().map(Attempt::id);
        let survivors = unknown.filter_map(|attempt| Some(Survivor { attempt, pid: session.still_alive(attempt)? }));
        Present {
            now: session.clock().now(),
            holder: session.holder(),
            pulse: session.pulse(),
            survivors: survivors.collect(),
        }
    }
}

fn facts<'a>(session: &'a Session, present: &'a Present) -> Facts<'a> {
    Facts {
        book: session.book(),
        run: session.run(),
        readiness: session.readiness(),
        now: &present.now,
        actor: session.actor(),
        holder: present.holder.as_deref(),
        pulse: present.pulse,
        survivors: &present.survivors,
        edited: session.edited(),
        since_done: session.since_done(),
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
        _ = signals.go_on.recv() => Woken::GoOn,
        msg = messages.recv() => msg.map_or(Woken::Deaf, Woken::Message),
        _ = busy.tick(), if running => Woken::Tick,
        _ = idle.tick(), if !running => Woken::Tick,
    }
}

/// A number that changes whenever a clock on the screen would: tenths of seconds and seconds while a command runs,
/// else minutes.
fn clock_face(session: &Session) -> u64 {
    let (run, now) = (session.run(), session.clock().now());
    match run.running() {
        Some(attempt) => match attempt.began.until(&now).ms {
            ms @ 0..10_000 => ms / 100,
            ms => ms / 1000,
        },
        None => run.began.until(&now).ms / 60_000,
    }
}

/// The editor's way to open a file at a line.
fn editor_command(editor: &str, file: &Path, line: u32) -> Option<Command> {
    let mut words = editor.split_whitespace();
    let program = words.next()?;
    let mut command = Command::new(program);
    command.args(words);
    let name = Path::new(program).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let at = format!("{}:{line}", file.display());
    match name.as_str() {
        "code" | "codium" => command.args(["--wait", "--goto", &at]),
        "hx" | "helix" | "subl" | "zed" => command.arg(at),
        "vi" | "vim" | "nvim" | "view" | "nano" | "emacs" | "emacsclient" | "kak" | "micro" | "joe" | "ne" => {
            command.arg(format!("+{line}")).arg(file)
        }
        _ => command.arg(file),
    };
    Some(command)
}
