#![expect(clippy::disallowed_methods, reason = "tests wait for real processes")]
//! A terminal for the real program: a pseudo-terminal that is emulated, so that tests see what a person would see.

use pty_process::blocking::{Command, Pty, open};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::LocalModes;
use std::io::{Read as _, Write as _};
use std::num::NonZero;
use std::path::Path;
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take on a slow machine before a test gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often it is looked at.
const GLANCE: Duration = Duration::from_millis(20);

pub struct Terminal {
    pty: Option<Arc<Pty>>,
    child: Child,
    emulator: Arc<Mutex<vt100::Parser>>,
    /// Every byte the program has sent.
    raw: Arc<Mutex<Vec<u8>>>,
    reader: thread::JoinHandle<()>,
}

impl Terminal {
    /// Starts gonogo in a folder, on a terminal of so many columns and rows.
    pub fn start(folder: &Path, size: (u16, u16), arguments: &[&str]) -> Self {
        Terminal::start_with(folder, size, arguments, &[])
    }

    /// The same with more environment.
    pub fn start_with(
        folder: &Path,
        (cols, rows): (u16, u16),
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let (pty, pts) = open().expect("a pseudo-terminal");
        pty.resize(pty_process::Size::new(rows, cols)).expect("the terminal takes its size");
        let child = Command::new(env!("CARGO_BIN_EXE_gonogo"))
            .args(arguments)
            .current_dir(folder)
            .env("TERM", "xterm-256color")
            .env("XDG_CONFIG_HOME", folder.join("config"))
            .env_remove("NO_COLOR")
            .env_remove("VISUAL")
            .env_remove("EDITOR")
            .envs(environment.iter().copied())
            .spawn(pts)
            .expect("gonogo starts");
        let pty = Arc::new(pty);
        let emulator = Arc::new(Mutex::new(vt100::Parser::new(at_least_one(rows), at_least_one(cols), 0)));
        let raw = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&raw);
        let (weak, seen) = (Arc::downgrade(&pty), Arc::clone(&emulator));
        let reader = thread::spawn(move || {
            let mut buffer = [0; 8192];
            // Held only while there is something to read, so that dropping the terminal really closes it.
            while let Some(pty) = weak.upgrade() {
                if is_ready(&pty, 20_000_000) {
                    let Ok(read @ 1..) = (&*pty).read(&mut buffer) else { break };
                    kept.lock().expect("no test panics while it looks").extend_from_slice(&buffer[..read]);
                    seen.lock().expect("no test panics while it looks").process(&buffer[..read]);
                }
            }
        });
        Terminal { pty: Some(pty), child, emulator, raw, reader }
    }

    /// Types, and leaves the time a person would: an escape directly before a letter would be another key.
    pub fn keys(&mut self, keys: &str) {
        if let Some(pty) = &self.pty {
            (&**pty).write_all(keys.as_bytes()).expect("the terminal takes keys");
            thread::sleep(5 * GLANCE);
        }
    }

    /// What stands on the screen.
    pub fn text(&self) -> String {
        self.emulator.lock().expect("no test panics while it looks").screen().contents()
    }

    /// Every byte the program has sent to its terminal.
    pub fn raw(&self) -> Vec<u8> {
        self.raw.lock().expect("no test panics while it looks").clone()
    }

    /// Waits until the screen holds this text.
    pub fn wait_for(&self, text: &str) {
        self.wait_until(&format!("{text:?}"), |screen| screen.contains(text));
    }

    /// Waits until something is so on the screen.
    pub fn wait_until(&self, what: &str, is_so: impl Fn(&str) -> bool) {
        let begun = Instant::now();
        while !is_so(&self.text()) {
            assert!(begun.elapsed() < PATIENCE, "waited for {what}; the screen says:\n{}", self.text());
            thread::sleep(GLANCE);
        }
    }

    /// Waits for the program to end, and gives its exit code; `None` when a signal ended it.
    pub fn wait_end(&mut self) -> Option<i32> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the child is ours") {
                self.read_to_the_end();
                return status.code();
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end; the screen says:\n{}", self.text());
            thread::sleep(GLANCE);
        }
    }

    /// Takes in what the program had sent before it ended; whoever it left behind may still hold the terminal.
    fn read_to_the_end(&self) {
        until("the last bytes", || self.reader.is_finished() || self.pty.as_ref().is_none_or(|pty| !is_ready(pty, 0)));
        thread::sleep(GLANCE);
    }

    /// Gives the terminal another size; the kernel tells the program.
    pub fn resize(&self, (cols, rows): (u16, u16)) {
        let pty = self.pty.as_ref().expect("the terminal is open");
        self.emulator
            .lock()
            .expect("no test panics while it looks")
            .screen_mut()
            .set_size(at_least_one(rows.max(1)), at_least_one(cols.max(1)));
        pty.resize(pty_process::Size::new(rows, cols)).expect("the terminal takes its size");
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process id");
        kill_process(pid, signal).expect("it can be signalled");
    }

    /// Waits until the program is stopped (state T in proc(5)).
    pub fn wait_stopped(&self) {
        let stat = format!("/proc/{}/stat", self.child.id());
        until("the program to stop", || {
            let stat = std::fs::read_to_string(&stat).unwrap_or_default();
            stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('T'))
        });
    }

    /// What of the terminal is not as a shell wants to have it.
    pub fn left_behind(&self) -> Vec<&'static str> {
        let emulator = self.emulator.lock().expect("no test panics while it looks");
        let screen = emulator.screen();
        let pty = self.pty.as_ref().expect("the terminal is open");
        let modes = rustix::termios::tcgetattr(&**pty).expect("a terminal has modes").local_modes;
        let cooked = LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG;
        let wrong = [
            (screen.alternate_screen(), "alternate screen"),
            (screen.hide_cursor(), "hidden cursor"),
            (screen.bracketed_paste(), "bracketed paste"),
            (screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None, "mouse"),
            (!modes.contains(cooked), "raw mode"),
        ];
        wrong.into_iter().filter(|(is_so, _)| *is_so).map(|(_, what)| what).collect()
    }

    /// Kills the program: SIGKILL, as the machine would.
    pub fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("the child is ours");
    }

    /// Closes the terminal, as closing its window would: the kernel hangs it up.
    pub fn hang_up(&mut self) {
        self.pty = None;
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed half-way leaves nothing behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn at_least_one(cells: u16) -> NonZero<u16> {
    NonZero::new(cells).expect("a terminal has cells")
}

/// Whether there is something to read, now or after so many nanoseconds.
fn is_ready(pty: &Pty, nanoseconds: i64) -> bool {
    let patience = Timespec { tv_sec: 0, tv_nsec: nanoseconds };
    poll(&mut [PollFd::new(pty, PollFlags::IN)], Some(&patience)).is_ok_and(|ready| ready > 0)
}

/// Waits until something is so.
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "waited for {what}");
        thread::sleep(GLANCE);
    }
}
