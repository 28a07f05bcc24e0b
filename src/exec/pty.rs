//! A terminal for a command, and the process that keeps it open.
//!
//! When the leader of a session ends, the kernel hangs the terminal up: background children get HUP, and those that live on
//! get errors when they print. A person's terminal stays open between two commands, and so must this one. Therefore the
//! leader is a small shell, the *holder*, that runs the block's shell on the terminal, reports its exit status on a pipe,
//! and stays until it is let go.
//!
//! The kernel's output processing is switched off: it is slow and it changes the bytes.

use super::Size;
use super::process;
use super::start::Launch;
use pty_process::blocking as pty;
use rustix::termios::{self, InputModes, LocalModes, OptionalActions, OutputModes, SpecialCodeIndex, Winsize};
use std::ffi::{CStr, OsStr};
use std::fs::{File, OpenOptions};
use std::io::{self, PipeReader, PipeWriter, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Stdio};

/// Runs `$2…` on the terminal `$1`, prints its status, and waits for leave to go. The traps keep the holder alive when the
/// whole group is signalled; they are not inherited by the command. What is `up` takes signals: one that came earlier
/// went to the holder alone, and has to be sent again. The shell itself says on standard error, which is the status pipe
/// too, when the command died of a signal. Whoever listens may have died: then the holder still ends as the command did.
const HOLDER: &str = r#"trap : HUP INT QUIT TERM PIPE; t=$1; shift; (echo up; exec "$@" <>"$t" >&0 2>&0); s=$?; echo "$s"; read -r _; exit "$s""#;
/// The holder's first word.
const UP: &str = "up\n";

/// The near side of a terminal and of its holder.
#[derive(Debug)]
pub(super) struct Terminal {
    pub master: File,
    /// Keeps the terminal's far side open until the block's shell has ended; otherwise reading could fail before it starts.
    pub far: Option<File>,
    pub status: PipeReader,
    /// Closed to let the holder go.
    pub leave: Option<PipeWriter>,
    pub child: Child,
}

/// Starts a command on a new terminal.
pub(super) fn start(size: Size, launch: &Launch) -> io::Result<Terminal> {
    let (master, slave) = pty::open().map_err(other)?;
    let name = rustix::pty::ptsname(&master, Vec::new())?;
    let far = open_far(&name)?;
    prepare(&far, size)?;
    let (leave_read, leave) = io::pipe()?;
    let (status, status_write) = io::pipe()?;
    let child = launch
        .dress(pty::Command::new("/bin/sh"))
        .arg("-c")
        .arg(HOLDER)
        .arg("gonogo")
        .arg(OsStr::from_bytes(name.to_bytes()))
        .arg(&launch.program)
        .args(&launch.arguments)
        .stdin(Stdio::from(leave_read))
        .stderr(Stdio::from(status_write.try_clone()?))
        .stdout(Stdio::from(status_write))
        .spawn(slave)
        .map_err(other)?;
    let master = File::from(OwnedFd::from(master));
    set_nonblocking(&master)?;
    Ok(Terminal { master, far: Some(far), status, leave: Some(leave), child })
}

/// Starts a command with pipes on a terminal at which nobody sits: whoever reads from it is told at once that there is
/// nothing to come. For systems without a `setsid` program. Returns the near side, on which a program that asks shows up,
/// and the far side, which has to stay open: a terminal whose far side nobody holds reads as if it were hung up.
pub(super) fn start_mute(launch: &Launch, output: PipeWriter, errors: PipeWriter) -> io::Result<(File, File, Child)> {
    let (master, slave) = pty::open().map_err(other)?;
    let far = open_far(&rustix::pty::ptsname(&master, Vec::new())?)?;
    let mut modes = termios::tcgetattr(&slave)?;
    modes.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
    modes.special_codes[SpecialCodeIndex::VMIN] = 0;
    modes.special_codes[SpecialCodeIndex::VTIME] = 0;
    termios::tcsetattr(&slave, OptionalActions::Now, &modes)?;
    let child = launch
        .dress(pty::Command::new(&launch.program))
        .args(&launch.arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::from(output))
        .stderr(Stdio::from(errors))
        .spawn(slave)
        .map_err(other)?;
    let master = File::from(OwnedFd::from(master));
    set_nonblocking(&master)?;
    Ok((master, far, child))
}

/// Opens a terminal's far side by name, without making it ours.
fn open_far(name: &CStr) -> io::Result<File> {
    let flags = i32::try_from(rustix::fs::OFlags::NOCTTY.bits()).expect("a flag of open(2) fits its argument");
    OpenOptions::new().read(true).write(true).custom_flags(flags).open(OsStr::from_bytes(name.to_bytes()))
}

fn prepare(far: &File, size: Size) -> io::Result<()> {
    let mut modes = termios::tcgetattr(far)?;
    // Both flags, so that a program that asks knows that a line feed does not return the carriage.
    modes.output_modes.remove(OutputModes::OPOST | OutputModes::ONLCR);
    #[cfg(target_os = "linux")]
    modes.input_modes.insert(InputModes::IUTF8);
    termios::tcsetattr(far, OptionalActions::Now, &modes)?;
    resize(far, size)
}

/// Sets the size, which sends WINCH to the foreground group when it changes.
pub(super) fn resize(terminal: impl AsFd, size: Size) -> io::Result<()> {
    let size = Winsize { ws_col: size.cols.max(2), ws_row: size.rows.max(2), ws_xpixel: 0, ws_ypixel: 0 };
    Ok(termios::tcsetwinsize(terminal, size)?)
}

/// The process group in the terminal's foreground.
pub(super) fn foreground(master: &File) -> Option<u32> {
    termios::tcgetpgrp(master).ok().and_then(|group| u32::try_from(group.as_raw_nonzero().get()).ok())
}

/// Whether a line is being asked for that must not be shown: echo off, but still line by line. Programs that draw the
/// screen themselves switch line mode off as well; they are not meant.
pub(super) fn hides_input(master: &File) -> bool {
    termios::tcgetattr(master).is_ok_and(|modes| {
        modes.local_modes.contains(LocalModes::ICANON) && !modes.local_modes.contains(LocalModes::ECHO)
    })
}

/// What the holder said about the block's shell: `Some((status, of_signal))` once it has ended.
pub(super) fn read_status(status: &mut PipeReader, said: &mut Vec<u8>) -> Option<(i32, bool)> {
    let mut piece = [0; 512];
    if let Ok(read) = status.read(&mut piece) {
        said.extend_from_slice(&piece[..read]);
    }
    let text = String::from_utf8_lossy(said);
    let complete = text.strip_prefix(UP).unwrap_or(&text).strip_suffix('\n')?;
    let (before, last) = complete.rsplit_once('\n').unwrap_or(("", complete));
    let code: i32 = last.parse().ok()?;
    Some((code, code > 128 && !before.is_empty()))
}

/// Whether the command itself takes signals, by what the holder has said.
pub(super) fn is_up(said: &[u8]) -> bool {
    said.starts_with(UP.as_bytes())
}

/// Lines typed while nothing was shown: passwords, to be redacted if they turn up, and never stored.
#[derive(Debug, Default)]
pub(super) struct HiddenInput {
    line: Vec<u8>,
}

impl HiddenInput {
    /// Takes typed keys and returns the hidden line that they complete, if any.
    pub(super) fn type_key(&mut self, key: u8, hidden: bool) -> Option<String> {
        match key {
            b'\r' | b'\n' => {
                let line = std::mem::take(&mut self.line);
                return (!line.is_empty()).then(|| String::from_utf8_lossy(&line).into_owned());
            }
            // Erase, kill line.
            0x7f | 0x08 => drop(self.line.pop()),
            0x15 | 0x03 => self.line.clear(),
            _ if hidden => self.line.push(key),
            _ => self.line.clear(),
        }
        None
    }
}

pub(super) fn set_nonblocking(descriptor: impl AsFd) -> io::Result<()> {
    let flags = rustix::fs::fcntl_getfl(&descriptor)?;
    Ok(rustix::fs::fcntl_setfl(&descriptor, flags | rustix::fs::OFlags::NONBLOCK)?)
}

pub(super) fn other(error: pty_process::Error) -> io::Error {
    match error {
        pty_process::Error::Io(error) => error,
        pty_process::Error::Rustix(error) => error.into(),
    }
}

/// Sends INT where Ctrl-C would send it.
pub(super) fn interrupt(master: &File, leader: u32) -> process::Delivery {
    process::signal_group(foreground(master).unwrap_or(leader), rustix::process::Signal::INT)
}
