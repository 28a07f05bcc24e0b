//! Commands without a terminal: output through pipes, input from `/dev/null`, and nothing to ask at.
//!
//! A child that shared gonogo's controlling terminal could open `/dev/tty` and wait there for ever. It is therefore put
//! into a session of its own by the `setsid` program, which takes the command's process over without a fork, so that pid
//! and signals stay those of the command. Where there is no such program, the child gets a terminal at which nobody sits.
//! When gonogo itself has no controlling terminal, a process group of its own is enough, and cheaper.

use super::start::Launch;
use super::{Streams, probe, pty};
use rustix::fs::{Mode, OFlags};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Child;

/// How a child is kept away from the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Detach {
    /// There is none; a process group suffices.
    Group,
    /// By this program.
    Session(PathBuf),
    /// By another terminal.
    Mute,
}

impl Detach {
    pub(super) fn find() -> Self {
        let ours = rustix::fs::open("/dev/tty", OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty());
        match ours {
            Err(_) => Self::Group,
            Ok(_) => probe::which("setsid").map_or(Self::Mute, Self::Session),
        }
    }
}

/// A started command, seen from the pipes.
#[derive(Debug)]
pub(super) struct Piped {
    pub leader: Leader,
    pub pid: u32,
    pub output: PipeReader,
    pub errors: Option<PipeReader>,
    /// The far sides of both. While they are held here, the end of the command is one thing to wake up for, and not three:
    /// each stream that it closes, and then its own.
    pub held: Vec<PipeWriter>,
    /// The near and the far side of the terminal at which nobody sits.
    pub mute: Option<(File, File)>,
    pub own_session: bool,
}

/// The direct child of this process.
#[derive(Debug)]
pub(super) enum Leader {
    Duct(Box<duct::Handle>),
    Plain(Child),
}

impl Leader {
    /// Collects its status. To be called when it is known to have ended.
    pub(super) fn bury(&mut self) {
        match self {
            Self::Duct(handle) => drop(handle.wait()),
            Self::Plain(child) => drop(child.wait()),
        }
    }
}

/// Starts a command with pipes.
pub(super) fn start(detach: &Detach, streams: Streams, launch: &Launch) -> io::Result<Piped> {
    let (output, output_write) = io::pipe()?;
    let (errors, errors_write) = match streams {
        Streams::Together => (None, output_write.try_clone()?),
        Streams::Apart => io::pipe().map(|(read, write)| (Some(read), write))?,
    };
    let held = vec![output_write.try_clone()?, errors_write.try_clone()?];
    let (leader, pid, mute, own_session) = match detach {
        Detach::Group => {
            let command = expression(launch.program.clone().into(), launch.arguments.clone(), launch, Some(0));
            let (leader, pid) = spawn(&command, output_write, errors_write)?;
            (leader, pid, None, false)
        }
        Detach::Session(setsid) => {
            let mut arguments = vec![launch.program.clone().into_os_string()];
            arguments.extend(launch.arguments.iter().cloned());
            let command = expression(setsid.clone().into(), arguments, launch, None);
            let (leader, pid) = spawn(&command, output_write, errors_write)?;
            (leader, pid, None, true)
        }
        Detach::Mute => {
            let (near, far, child) = pty::start_mute(launch, output_write, errors_write)?;
            let pid = child.id();
            (Leader::Plain(child), pid, Some((near, far)), true)
        }
    };
    Ok(Piped { leader, pid, output, errors, held, mute, own_session })
}

/// The command line, and the process group that it is put into. Variables are set where the process is made, all at once:
/// a layer of an expression for each of them would take longer than a short command's start.
fn expression(program: OsString, arguments: Vec<OsString>, launch: &Launch, group: Option<i32>) -> duct::Expression {
    let (set, unset) = (launch.set.clone(), launch.unset.clone());
    let command = duct::cmd(program, arguments).dir(&launch.place).unchecked().stdin_null();
    command.before_spawn(move |command| {
        command.envs(set.iter().map(|(name, value)| (name, value)));
        for name in &unset {
            command.env_remove(name);
        }
        if let Some(group) = group {
            command.process_group(group);
        }
        Ok(())
    })
}

fn spawn(command: &duct::Expression, output: PipeWriter, errors: PipeWriter) -> io::Result<(Leader, u32)> {
    let handle = command.stdout_file(output).stderr_file(errors).start()?;
    let pid = handle.pids().first().copied().ok_or_else(|| io::Error::other("the command has no process"))?;
    Ok((Leader::Duct(Box::new(handle)), pid))
}

/// What programs print when they want a person and there is no terminal. Compared in lower case.
const ASKED: &[&str] = &[
    "a terminal is required",
    "no tty present",
    "/dev/tty: no such device",
    "/dev/tty': no such device",
    "can't open /dev/tty",
    "cannot open /dev/tty",
    "could not open /dev/tty",
    "failed to open /dev/tty",
    "/dev/tty: cannot open",
    "/dev/tty: device not configured",
    "host key verification failed",
    "askpass",
    "must be run from a terminal",
    "you must have a tty",
    "sorry, you must have a tty to run",
    "not a tty",
    "the input device is not a tty",
    "terminal prompts disabled",
    "cannot prompt because user interactivity has been disabled",
    "could not read username",
    "could not read password",
    "no password was provided",
    "a password is required",
    "permission denied (publickey,password",
    "inappropriate ioctl for device",
    "authentication token manipulation error",
    "standard input is not a terminal",
    "stdin is not a terminal",
];

/// Whether the end of a failed command's output says that it wanted a person at a terminal.
pub(super) fn wanted_a_person(tail: &[u8]) -> bool {
    let text = String::from_utf8_lossy(tail).to_lowercase();
    ASKED.iter().any(|phrase| text.contains(phrase))
}

/// Whether a shell says that it could not open the terminal: the block wanted to ask, whatever came of it afterwards.
pub(super) fn was_denied_the_terminal(tail: &[u8]) -> bool {
    let denied = ["/dev/tty: No such device or address", "cannot open /dev/tty", "can't open /dev/tty"];
    let text = String::from_utf8_lossy(tail);
    denied.iter().any(|phrase| text.contains(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_known_programs_are_understood() {
        for said in [
            "sudo: a terminal is required to read the password; either use the -S option",
            "bash: line 1: /dev/tty: No such device or address",
            "sh: 1: cannot open /dev/tty: No such device or address",
            "fatal: could not read Username for 'https://example.org': No such device or address",
            "Host key verification failed.",
            "ssh_askpass: exec(/usr/bin/ssh-askpass): No such file or directory",
        ] {
            assert!(wanted_a_person(said.as_bytes()), "{said}");
        }
        for said in ["error: connection refused", "make: *** [all] Error 2", ""] {
            assert!(!wanted_a_person(said.as_bytes()), "{said}");
        }
    }

    use crate::exec::registry::Registry;
    use crate::exec::{Channel, Executor, Job, Level, Place, Printed};
    use crate::run::event::Ending;
    use std::sync::Arc;
    use std::time::Duration;

    fn job(text: &str) -> Job {
        Job {
            id: 1,
            text: text.into(),
            shell: "bash".into(),
            cwd: Place::Carried("/".into()),
            env: Vec::new(),
            overrides: Vec::new(),
            channel: Channel::Pipe(Streams::Together),
            timeout: Some(Duration::from_secs(20)),
            grace: Duration::from_millis(200),
            state: None,
            session: crate::runbook::ShellSession::default(),
            secrets: Vec::new(),
            printed: Printed::Ordinary,
        }
    }

    /// A group of its own suffices only where there is no terminal to be detached from, as in CI.
    fn every_way() -> Vec<Executor> {
        let setsid = probe::which("setsid").expect("this system has setsid");
        let group = Some(Detach::find()).filter(|found| matches!(found, Detach::Group));
        let ways = group.into_iter().chain([Detach::Session(setsid), Detach::Mute]);
        ways.map(|detach| Executor { registry: Arc::new(Registry::new()), detach }).collect()
    }

    #[test]
    fn every_way_of_detaching_prints_ends_and_has_nothing_to_read() {
        for executor in every_way() {
            let handle = executor.start(job("echo $$; read x; echo $?; exit 3")).expect("it starts");
            let mut printed = Vec::new();
            let ended = handle.wait(|bytes| printed.extend_from_slice(bytes));
            assert_eq!(ended.ending, Ending::Exited { code: 3 });
            assert_eq!(String::from_utf8_lossy(&printed), format!("{}\n1\n", handle.pid()), "{:?}", executor.detach);
        }
    }

    #[test]
    fn whoever_asks_is_turned_away_or_ended_within_a_second() {
        for executor in every_way() {
            let asks = "printf 'Password: ' >/dev/tty && read -r pw </dev/tty && echo got $pw";
            let handle = executor.start(job(asks)).expect("it starts");
            let ended = handle.wait(|_| ());
            assert_eq!(ended.ending, Ending::Asked, "{:?}", executor.detach);
            assert!(ended.took_ms < 1000, "{:?}: {} ms", executor.detach, ended.took_ms);
        }
    }

    #[test]
    fn a_shell_that_was_denied_the_terminal_has_asked_though_it_went_on() {
        // The mute terminal can be opened and answers with its end; there the block is told nothing it could go on from.
        for executor in every_way().into_iter().filter(|executor| !matches!(executor.detach, Detach::Mute)) {
            let handle = executor.start(job("read x </dev/tty\necho got $x")).expect("it starts");
            let ended = handle.wait(|_| ());
            assert_eq!(ended.ending, Ending::Asked, "{:?}", executor.detach);
        }
    }

    #[test]
    fn every_way_can_be_stopped() {
        for executor in every_way() {
            let handle = executor.start(job("trap '' INT TERM; sleep 60 & wait; sleep 60")).expect("it starts");
            handle.stop(Level::Kill);
            let ended = handle.wait(|_| ());
            assert_eq!((ended.ending, ended.not_dead), (Ending::Stopped, Vec::new()), "{:?}", executor.detach);
        }
    }
}
