//! From a job to a live child: checks, and composes the command line and the environment.

use super::handle::{Handle, Order, Young};
use super::live::{Leading, Live};
use super::pipe::{self, Detach, Leader};
use super::process::{self, Kinship, MARK};
use super::pty;
use super::redact::Redactor;
use super::registry::Registry;
use super::shell_state::Carrier;
use super::stream::Stream;
use super::tape::{Origin, Tape};
use super::{Channel, Job, NotStarted, Place, Secret, Size, Streams, probe, redact};
use crate::run::event::Ending;
use rustix::process::{WaitId, WaitIdOptions, waitid};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

/// A command line, as it goes to the system.
#[derive(Debug)]
pub(super) struct Launch {
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    pub place: PathBuf,
    /// Variables on top of the inherited ones.
    pub set: Vec<(OsString, OsString)>,
    pub unset: Vec<&'static str>,
}

impl Launch {
    /// Gives a terminal command its folder and its environment.
    pub(super) fn dress(&self, command: pty_process::blocking::Command) -> pty_process::blocking::Command {
        let command = command.current_dir(&self.place).envs(self.set.iter().map(|(name, value)| (name, value)));
        self.unset.iter().fold(command, pty_process::blocking::Command::env_remove)
    }
}

/// Starts a job. Nobody watches it yet.
pub(super) fn start(registry: &Arc<Registry>, detach: &Detach, mut job: Job) -> Result<Handle, NotStarted> {
    job.secrets.extend(secrets_of_environment(&job));
    let program = find_shell(&job.shell)?;
    let mut carrier = Carrier::prepare(&job, &program)?;
    let launch = compose(&job, program, &carrier)?;
    let failed = |error| NotStarted::new(format!("{} could not be started: {error}", job.shell.display()));
    let (wake, waker) = waker().map_err(failed)?;

    let patterns = registry.patterns(&job.secrets);
    let tape = Arc::new(Tape::new(Arc::clone(&waker)));
    let stream = |source: OwnedFd, origin: Origin| {
        let redactor = Redactor::with(Arc::clone(&patterns), job.printed);
        Stream::new(source, origin, redactor, Arc::clone(&tape))
    };

    let starting = registry.starting();
    carrier.open_for_child().map_err(failed)?;
    let begun = super::live::now();
    let leading = match job.channel {
        Channel::Pty(size) => on_terminal(size, &launch, stream),
        Channel::Pipe(streams) => on_pipes(detach, streams, &launch, stream),
    };
    carrier.close_for_others();
    let leading = leading.map_err(failed)?;
    starting.enter(leading.pid);

    let started = process::find(leading.pid).map_or(0, |process| process.started);
    let kin = Kinship { leader: leading.pid, started, mark: mark_of(&launch), own_session: leading.own_session };
    let (orders, taken) = channel();
    let (reports, told) = channel();
    let master = leading.master.as_ref().map(File::try_clone).transpose().map_err(failed)?;
    let pidfd = pidfd(leading.pid);
    if pidfd.is_none() {
        watch(leading.pid, orders.clone(), Arc::clone(&waker)).map_err(failed)?;
    }
    let (id, pid, mark) = (job.id, leading.pid, kin.mark.clone());
    let live = Live::new(job, kin, leading, pidfd, carrier, Arc::clone(registry), wake, taken, reports, begun);
    let (ended, young) = (Mutex::new(told), Young::new(live));
    Ok(Handle { id, pid, started, mark, orders, waker, output: tape, ended, master, young })
}

/// The pipe by which others wake the thread of the command. Neither end ever blocks.
fn waker() -> io::Result<(PipeReader, Arc<PipeWriter>)> {
    let (read, write) = io::pipe()?;
    pty::set_nonblocking(&read)?;
    pty::set_nonblocking(&write)?;
    Ok((read, Arc::new(write)))
}

fn on_terminal(size: Size, launch: &Launch, stream: impl Fn(OwnedFd, Origin) -> Stream) -> io::Result<Leading> {
    let terminal = pty::start(size, launch)?;
    Ok(Leading {
        pid: terminal.child.id(),
        own_session: true,
        leader: Leader::Plain(terminal.child),
        streams: vec![stream(terminal.master.try_clone()?.into(), Origin::Output)],
        master: Some(terminal.master),
        far: terminal.far,
        held: Vec::new(),
        status: Some(terminal.status),
        leave: terminal.leave,
        mute: None,
    })
}

fn on_pipes(
    detach: &Detach,
    streams: Streams,
    launch: &Launch,
    stream: impl Fn(OwnedFd, Origin) -> Stream,
) -> io::Result<Leading> {
    let piped = pipe::start(detach, streams, launch)?;
    let (mute, far) = piped.mute.unzip();
    let errors = piped.errors.map(|errors| stream(errors.into(), Origin::Errors));
    let streams = [stream(piped.output.into(), Origin::Output)].into_iter().chain(errors).collect();
    Ok(Leading {
        pid: piped.pid,
        own_session: piped.own_session,
        leader: piped.leader,
        streams,
        master: None,
        far,
        held: piped.held,
        status: None,
        leave: None,
        mute,
    })
}

/// A descriptor that becomes readable when a child has ended. `None` where the system has no such thing.
pub(super) fn pidfd(leader: u32) -> Option<OwnedFd> {
    #[cfg(target_os = "linux")]
    return rustix::process::pidfd_open(process::as_pid(leader)?, rustix::process::PidfdFlags::empty()).ok();
    #[cfg(not(target_os = "linux"))]
    {
        let _ = leader;
        None
    }
}

/// Says by a thread when the leader has ended, and how.
fn watch(leader: u32, orders: Sender<Order>, waker: Arc<PipeWriter>) -> io::Result<()> {
    spawn_thread("gonogo-wait", move || {
        if orders.send(Order::Gone(ending_of(leader))).is_ok() {
            super::tape::wake(&waker);
        }
    })
}

/// Waits for the leader's end without collecting its status: its number must stay taken until the descendants have been
/// dealt with.
pub(super) fn ending_of(leader: u32) -> Ending {
    let status = process::as_pid(leader)
        .map(|pid| {
            loop {
                match waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT) {
                    Err(rustix::io::Errno::INTR) => {}
                    other => break other,
                }
            }
        })
        .and_then(|result| result.ok().flatten());
    status.map_or(Ending::NotStarted { reason: "its exit status was lost".into() }, |status| {
        match status.terminating_signal() {
            Some(signal) => Ending::Signalled { signal },
            None => Ending::Exited { code: status.exit_status().unwrap_or(-1) },
        }
    })
}

pub(super) fn spawn_thread(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    // The threads read, redact and wait; they do not recurse.
    std::thread::Builder::new().name(name.into()).stack_size(256 << 10).spawn(body).map(drop)
}

/// What to do where a shell or an interpreter cannot be had.
const OTHER: &str = "install it, or name another shell or interpreter";

fn find_shell(shell: &Path) -> Result<PathBuf, NotStarted> {
    if let Some(name) = shell.to_str().filter(|name| !name.contains('/')) {
        return probe::which(name).ok_or_else(|| NotStarted::new(format!("{name} was not found on the PATH; {OTHER}")));
    }
    match std::fs::metadata(shell) {
        Err(error) => Err(NotStarted::new(format!("{}: {error}; {OTHER}", shell.display()))),
        Ok(found) if !found.is_file() => Err(NotStarted::new(format!("{} is not a file; {OTHER}", shell.display()))),
        Ok(_) if rustix::fs::access(shell, rustix::fs::Access::EXEC_OK).is_err() => {
            Err(NotStarted::new(format!("{} is not executable; chmod +x makes it so, or {OTHER}", shell.display())))
        }
        Ok(_) => Ok(std::path::absolute(shell).unwrap_or_else(|_| shell.to_path_buf())),
    }
}

fn compose(job: &Job, program: PathBuf, carrier: &Carrier) -> Result<Launch, NotStarted> {
    let place = match &job.cwd {
        Place::Fixed(folder) => folder.clone(),
        Place::Carried(folder) => carrier.folder().unwrap_or_else(|| folder.clone()),
    };
    if !place.is_dir() {
        return Err(NotStarted::new(format!(
            "the folder {} is not there any more; make it again, or change the folder first",
            place.display()
        )));
    }
    let place = std::path::absolute(&place).unwrap_or(place);
    let mark = getrandom::u64().map_err(|error| NotStarted::new(format!("no random numbers: {error}")))?;
    let mut set: Vec<(OsString, OsString)> = Vec::new();
    let mut unset = Vec::new();
    if let Channel::Pty(_) = job.channel {
        set.push(("TERM".into(), "xterm-256color".into()));
        // The size is the terminal's; inherited numbers would hide it.
        unset.extend(["COLUMNS", "LINES"]);
    }
    if carrier.hides_bash_env() {
        unset.push("BASH_ENV");
    }
    set.extend(job.env.iter().chain(&job.overrides).map(|(name, value)| (name.into(), value.into())));
    set.extend(carrier.variables());
    set.push((MARK.into(), format!("{mark:016x}").into()));
    unset.retain(|name| !set.iter().any(|(given, _)| given == name));
    Ok(Launch { program, arguments: carrier.arguments(&job.text), place, set, unset })
}

/// Values of variables that are named like secrets: those the child inherits and those it is given.
fn secrets_of_environment(job: &Job) -> Vec<Secret> {
    let inherited =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let given = job.env.iter().chain(&job.overrides).cloned();
    let named = inherited.chain(given).filter(|(name, value)| {
        redact::is_secret_name(name)
            && !redact::is_too_short_to_guess(value)
            && job.secrets.iter().all(|known| known.value != *value)
    });
    named.map(|(name, value)| Secret { name, value }).collect()
}

fn mark_of(launch: &Launch) -> String {
    launch.set.last().map(|(_, mark)| mark.to_string_lossy().into_owned()).unwrap_or_default()
}
