//! Literals in, literals out: a command's text, and what came of it.

use gonogo::exec::{Channel, Ended, Executor, Handle, Job, Place, Printed, Size, Streams, become_subreaper};
use std::time::{Duration, Instant};

pub const PTY: Channel = Channel::Pty(Size { cols: 80, rows: 24 });
pub const PIPE: Channel = Channel::Pipe(Streams::Together);

pub fn executor() -> Executor {
    become_subreaper().expect("this system knows subreapers");
    Executor::new()
}

pub fn job(channel: Channel, text: &str) -> Job {
    Job {
        id: 7,
        text: text.into(),
        shell: "bash".into(),
        cwd: Place::Carried("/".into()),
        env: Vec::new(),
        overrides: Vec::new(),
        channel,
        timeout: Some(Duration::from_mins(1)),
        grace: Duration::from_millis(500),
        state: None,
        session: gonogo::runbook::ShellSession::default(),
        secrets: Vec::new(),
        printed: Printed::Ordinary,
    }
}

pub fn run(job: Job) -> (Ended, String) {
    let handle = executor().start(job).expect("it starts");
    let mut bytes = Vec::new();
    let ended = handle.wait(|piece| bytes.extend_from_slice(piece));
    (ended, String::from_utf8_lossy(&bytes).into_owned())
}

/// Drains until the output holds `wanted`.
pub fn until(handle: &Handle, wanted: &str) -> String {
    let begun = Instant::now();
    let mut bytes = Vec::new();
    loop {
        handle.tape().wait(Duration::from_millis(20));
        let mut piece = Vec::new();
        handle.tape().drain(&mut piece);
        bytes.extend_from_slice(&piece);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if text.contains(wanted) {
            return text;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "no {wanted:?} in {text:?}");
    }
}

/// Drains until it has ended.
pub fn ending(handle: &Handle) -> (Ended, String) {
    let mut bytes = Vec::new();
    let ended = handle.wait(|piece| bytes.extend_from_slice(piece));
    (ended, String::from_utf8_lossy(&bytes).into_owned())
}

pub fn is_alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z') && !rest.starts_with('X'))
}

pub fn kill(pid: &str) {
    let pid = rustix::process::Pid::from_raw(pid.parse().expect("a pid")).expect("a pid");
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it lives");
}
