//! Short questions to other programs, asked through pipes and answered within a time limit: is it there, which version,
//! what is the operator's name.
//!
//! Nothing of a runbook is run here.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;
use std::ffi::OsStr;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

/// The answer of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Exit code; absent when it was ended by a signal.
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Answer {
    /// Its standard output as one trimmed text, if it succeeded and said something.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.stdout).trim().to_owned();
        (self.code == Some(0) && !text.is_empty()).then_some(text)
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    #[error("{0} was not found on the PATH")]
    Missing(String),
    #[error("{program} gave no answer within {limit_ms} ms")]
    TooSlow { program: String, limit_ms: u128 },
    #[error("{program} could not be asked: {source}")]
    Failed { program: String, source: std::io::Error },
}

/// Where a program is, as the shell would find it: the first executable file of that name on the `PATH`, or the path itself.
#[must_use]
pub fn which(program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return is_executable(Path::new(program)).then(|| PathBuf::from(program));
    }
    let path = path_variable()?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| is_executable(file))
}

#[expect(
    clippy::disallowed_methods,
    reason = "what the PATH is now decides what will be started; it is no setting of ours"
)]
fn path_variable() -> Option<std::ffi::OsString> {
    std::env::var_os("PATH")
}

fn is_executable(file: &Path) -> bool {
    file.is_file() && rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok()
}

/// Asks a program, without a terminal and without input. It is killed with its process group when the limit has passed.
///
/// # Errors
/// When it is missing, cannot be started, or does not answer in time. An exit code is an answer.
pub fn ask(program: &str, arguments: &[&str], limit: Duration) -> Result<Answer, NoAnswer> {
    ask_with(program, arguments, &[], limit)
}

/// Like [`ask`], with bytes for its standard input.
///
/// # Errors
/// As [`ask`].
pub fn ask_with(program: &str, arguments: &[&str], input: &[u8], limit: Duration) -> Result<Answer, NoAnswer> {
    let file = which(program).ok_or_else(|| NoAnswer::Missing(program.to_owned()))?;
    let failed = |source| NoAnswer::Failed { program: program.to_owned(), source };
    let handle = duct::cmd(file, arguments.iter().map(OsStr::new))
        // So that it is nobody's orphan: it belongs to no attempt.
        .env(super::process::MARK, "probe")
        .stdin_bytes(input)
        .stdout_capture()
        .stderr_capture()
        .unchecked()
        .before_spawn(|command| {
            command.process_group(0);
            Ok(())
        })
        .start()
        .map_err(failed)?;
    if let Some(output) = wait(&handle, limit).map_err(failed)? {
        return Ok(Answer { code: output.status.code(), stdout: output.stdout.clone(), stderr: output.stderr.clone() });
    }
    for pid in handle.pids() {
        super::process::signal_group(pid, Signal::KILL);
    }
    handle.kill().map_err(failed)?;
    Err(NoAnswer::TooSlow { program: program.to_owned(), limit_ms: limit.as_millis() })
}

/// Waits for a program and its output, at most so long; `None` when the time has passed.
///
/// The wait is for a descriptor of the process. duct would wait for SIGCHLD, and its handler stays: from then on each end of
/// a command would wake some thread of this process for nothing.
pub(super) fn wait(handle: &duct::Handle, limit: Duration) -> std::io::Result<Option<&Output>> {
    let until = super::live::now() + limit;
    if handle.pids().into_iter().filter_map(super::start::pidfd).all(|pidfd| becomes_ready(&pidfd, until)) {
        // Its status is taken here, so that what follows waits for its output alone.
        handle.try_wait()?;
    }
    handle.wait_deadline(until)
}

fn becomes_ready(pidfd: &OwnedFd, until: Instant) -> bool {
    loop {
        let left = until.saturating_duration_since(super::live::now());
        match poll(&mut [PollFd::new(pidfd, PollFlags::IN)], Timespec::try_from(left).ok().as_ref()) {
            Err(rustix::io::Errno::INTR) => {}
            ready => return ready.is_ok_and(|ready| ready > 0),
        }
    }
}

/// Whether something accepts a connection at a port, by name or number of the host.
///
/// # Errors
/// Why not, in words.
pub fn port_answers(host: &str, port: &str, limit: Duration) -> Result<(), String> {
    let number: u16 = port.parse().map_err(|_| format!("{port} is no port number"))?;
    let addresses = (host, number).to_socket_addrs().map_err(|error| error.to_string())?;
    let mut last = "the name has no address".to_owned();
    for address in addresses {
        match TcpStream::connect_timeout(&address, limit) {
            Ok(_) => return Ok(()),
            Err(error) => last = error.to_string(),
        }
    }
    Err(last)
}

/// Whom git takes the user for in the current folder; what is not set is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GitUser {
    pub name: Option<String>,
    pub email: Option<String>,
    /// As it is spelt: a path, or a public key.
    pub signing_key: Option<String>,
}

/// Asks git for everything at once: to start it takes longer than to answer.
#[must_use]
pub fn git_user() -> GitUser {
    let settings = ["config", "--null", "--get-regexp", "^user\\.(name|email|signingkey)$"];
    let answer = ask("git", &settings, Duration::from_secs(2)).ok();
    answer.filter(|answer| answer.code == Some(0)).map(|answer| told(&answer.stdout)).unwrap_or_default()
}

/// Reads settings as `git config --null` lists them: the last of one name holds.
fn told(settings: &[u8]) -> GitUser {
    let mut user = GitUser::default();
    for setting in String::from_utf8_lossy(settings).split('\0') {
        let (name, said) = setting.split_once('\n').unwrap_or((setting, ""));
        let said = Some(said.trim()).filter(|said| !said.is_empty()).map(str::to_owned);
        match name {
            "user.name" => user.name = said,
            "user.email" => user.email = said,
            "user.signingkey" => user.signing_key = said,
            _ => {}
        }
    }
    user
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_as_a_shell_finds_them() {
        assert!(which("sh").is_some_and(|path| path.is_absolute()));
        assert_eq!(which("no-such-program-here"), None);
        assert_eq!(which("/etc/passwd"), None);
    }

    #[test]
    fn an_answer_has_both_streams_and_the_code() {
        let answer = ask("sh", &["-c", "echo out; echo err >&2; exit 3"], Duration::from_secs(5)).expect("an answer");
        assert_eq!((answer.code, &answer.stdout[..], &answer.stderr[..]), (Some(3), &b"out\n"[..], &b"err\n"[..]));
        assert_eq!(answer.text(), None);
        let echoed = ask_with("cat", &[], b"given\n", Duration::from_secs(5)).expect("an answer");
        assert_eq!(echoed.text().as_deref(), Some("given"));
    }

    #[test]
    fn the_last_setting_of_a_name_holds() {
        let user = told(b"user.name\nDana\0user.email\nd@old.test\0user.email\nd@new.test\0user.signingkey\0");
        assert_eq!((user.name.as_deref(), user.email.as_deref()), (Some("Dana"), Some("d@new.test")));
        assert_eq!(user.signing_key, None);
        assert_eq!(told(b""), GitUser::default());
    }

    #[test]
    fn a_silent_program_is_not_waited_for_even_if_a_grandchild_holds_the_pipe() {
        let slow = ask("sh", &["-c", "sleep 60 & sleep 60"], Duration::from_millis(100));
        assert!(matches!(slow, Err(NoAnswer::TooSlow { .. })));
        assert!(matches!(ask("no-such-program", &[], Duration::from_secs(1)), Err(NoAnswer::Missing(_))));
    }
}
