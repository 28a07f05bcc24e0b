//! `gonogo doctor`: what a walk depends on, whether it is well, and what to do where it is not.
//!
//! It only looks: nothing is created, mended or written.

use super::args::{Common, Format};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::plan::printable;
use crate::exec::probe;
use crate::journal::{Access, Cause, Journal, Mode, Storage, sqlite_version};
use crate::session;
use rustix::termios::tcgetwinsize;
use serde::Serialize;
use std::io::{self, IsTerminal as _, Write};
use std::path::Path;
use std::time::Duration;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Ok,
    /// It works, and could be better.
    Hint,
    /// A walk cannot work like this.
    Broken,
    /// The record does not hold.
    Altered,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Hint => "hint",
            State::Broken => "BROKEN",
            State::Altered => "ALTERED",
        }
    }
}

#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    state: State,
    found: String,
    /// What to do; absent when nothing is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    state: State,
    checks: &'a [Check],
}

fn ok(name: &'static str, found: impl Into<String>) -> Check {
    Check { name, state: State::Ok, found: found.into(), advice: None }
}

fn bad(name: &'static str, state: State, found: impl Into<String>, advice: impl Into<String>) -> Check {
    Check { name, state, found: found.into(), advice: Some(advice.into()) }
}

/// Checks everything and reports. The exit code is that of the worst finding.
///
/// # Errors
/// When the report cannot be written, or no place for a journal is known.
pub fn doctor(common: &Common, env: &Environment, format: Format, out: &mut impl Write) -> Result<Exit, Failure> {
    let mut checks = vec![terminal(env), colours(env), shell(), editor(env), git(), keys(env)];
    checks.push(ok("sqlite", sqlite_version()));
    journal(&env.journal(common)?, &mut checks);
    let state = checks.iter().map(|check| check.state).max().unwrap_or(State::Ok);
    match format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, &Report { schema: 1, state, checks: &checks })
                .map_err(io::Error::from)?;
            writeln!(out)?;
        }
        Format::Text => {
            for check in &checks {
                writeln!(out, "{:<8} {:<10} {}", check.state.word(), check.name, printable(&check.found))?;
                if let Some(advice) = &check.advice {
                    writeln!(out, "{:19} {}", "", printable(advice))?;
                }
            }
        }
    }
    Ok(match state {
        State::Ok | State::Hint => Exit::Success,
        State::Broken => Exit::System,
        State::Altered => Exit::Altered,
    })
}

fn terminal(env: &Environment) -> Check {
    let term = env.get("TERM").unwrap_or("");
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return bad("terminal", State::Hint, "none here", "the screen needs one; `gonogo exec` and --plain do not");
    }
    if term.is_empty() || term == "dumb" {
        return bad(
            "terminal",
            State::Hint,
            format!("TERM is {term:?}"),
            "set TERM for the screen; else it is plain mode",
        );
    }
    match tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col >= 60 && size.ws_row >= 20 => {
            ok("terminal", format!("{term}, {}x{}", size.ws_col, size.ws_row))
        }
        Ok(size) => {
            let found = format!("{term}, {}x{}", size.ws_col, size.ws_row);
            bad("terminal", State::Hint, found, "60x20 or larger shows more than one pane")
        }
        Err(error) => bad("terminal", State::Hint, format!("{term}, of unknown size ({error})"), "use --plain"),
    }
}

fn colours(env: &Environment) -> Check {
    if env.get("NO_COLOR").is_some() {
        return ok("colours", "none: NO_COLOR is set; every state has a sign and a word");
    }
    let utf8 = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| env.get(name)).unwrap_or("");
    if utf8.to_uppercase().replace('-', "").contains("UTF8") {
        ok("colours", "16 colours of the terminal, Unicode signs")
    } else {
        let found = if utf8.is_empty() { "no locale is set".to_owned() } else { format!("the locale is {utf8}") };
        bad("colours", State::Hint, found, "use --ascii if signs look broken, or set LANG to a UTF-8 locale")
    }
}

fn shell() -> Check {
    match ["bash", "sh"].iter().find_map(|shell| probe::which(shell)) {
        Some(path) if path.ends_with("bash") => {
            let version = probe::ask(&path.display().to_string(), &["--version"], Duration::from_secs(2));
            let version = version.ok().and_then(|answer| answer.text()).unwrap_or_default();
            let first = version.lines().next().unwrap_or_default().to_owned();
            ok("shell", format!("{} {first}", path.display()))
        }
        Some(path) => {
            let found = path.display().to_string();
            bad("shell", State::Hint, found, "bash was not found; runbooks are mostly written for it")
        }
        None => {
            bad("shell", State::Broken, "neither bash nor sh is on the PATH", "install one, or name it with --shell")
        }
    }
}

fn editor(env: &Environment) -> Check {
    let named = env.get("VISUAL").or(env.get("EDITOR"));
    let program = named.unwrap_or("vi").split_whitespace().next().unwrap_or_default();
    match probe::which(program) {
        Some(path) => ok("editor", path.display().to_string()),
        None => bad("editor", State::Hint, format!("{program} was not found"), "set VISUAL or EDITOR; e opens it"),
    }
}

fn git() -> Check {
    match (probe::which("git"), probe::git_user().name) {
        (None, _) => bad("git", State::Hint, "not found", "say who you are with --operator or GONOGO_OPERATOR"),
        (Some(_), None) => {
            let advice = "set it, --operator or GONOGO_OPERATOR; else the system user is recorded";
            bad("git", State::Hint, "user.name is not set", advice)
        }
        (Some(path), Some(name)) => ok("git", format!("{}, user.name {name}", path.display())),
    }
}

fn keys(env: &Environment) -> Check {
    if probe::which("ssh-keygen").is_none() {
        let advice = "install OpenSSH to sign; without it sign-offs are recorded as somebody's, not signed";
        return bad("keys", State::Hint, "ssh-keygen was not found", advice);
    }
    let agent = probe::ask("ssh-add", &["-l"], Duration::from_secs(2)).ok().and_then(|answer| answer.text());
    let held = agent.map_or(0, |list| list.lines().count());
    let folder = env.get("HOME").map(|home| Path::new(home).join(".ssh"));
    let names = ["id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub", "id_ed25519_sk.pub", "id_ecdsa_sk.pub"];
    let files = folder.map_or(0, |folder| names.iter().filter(|name| folder.join(name).is_file()).count());
    if held + files == 0 {
        let advice = "sign-offs are recorded, not signed; `ssh-keygen -t ed25519` makes a key";
        return bad("keys", State::Hint, "no SSH key in an agent or in ~/.ssh", advice);
    }
    ok("keys", format!("{held} in the agent, {files} in ~/.ssh"))
}

fn journal(path: &Path, checks: &mut Vec<Check>) {
    let shown = path.display();
    let journal = match Journal::open(path, Mode::ReadOnly) {
        Ok(Some(journal)) => journal,
        Ok(None) => return checks.push(ok("journal", format!("{shown}: none yet; the first recorded act begins it"))),
        Err(fault) => {
            let state = match &fault.cause {
                Cause::Altered(_) | Cause::Damaged(_) => State::Altered,
                _ => State::Broken,
            };
            // The fault's own sentence says what to do.
            return checks.push(Check { name: "journal", state, found: fault.to_string(), advice: None });
        }
    };
    checks.push(match journal.access() {
        Access::ReadOnly(why @ crate::journal::WhyReadOnly::Newer(_)) => {
            bad("journal", State::Broken, format!("{shown}: {}", Cause::ReadOnly(why)), "update gonogo")
        }
        Access::ReadWrite | Access::ReadOnly(_) => ok("journal", shown.to_string()),
    });
    checks.push(match journal.storage() {
        Storage::Local => ok("storage", "a local file system"),
        Storage::Network => {
            let advice = "record from one host at a time, or keep the journal on a local disk with --journal";
            bad("storage", State::Hint, "a network file system: no write-ahead log, every commit is slower", advice)
        }
    });
    if let Some(free) = journal.free_bytes() {
        let found = format!("{} MiB free", free >> 20);
        checks.push(if free < 64 << 20 {
            bad("space", State::Hint, found, "make room: on a full disk only what has happened is still recorded")
        } else {
            ok("space", found)
        });
    }
    holders(&journal, checks);
    verify(&journal, checks);
}

fn holders(journal: &Journal, checks: &mut Vec<Check>) {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    for (run, holder) in journal.holders().unwrap_or_default() {
        let run = run.short();
        checks.push(if session::is_alive(&holder, &host) {
            ok("lease", format!("run {run} is driven by {holder}"))
        } else {
            let found = format!("run {run} was driven by {holder}, who is gone");
            bad("lease", State::Hint, found, format!("`gonogo resume {run}` takes it over"))
        });
    }
}

fn verify(journal: &Journal, checks: &mut Vec<Check>) {
    let report = match journal.verify_all() {
        Ok(report) => report,
        Err(fault) => {
            return checks.push(bad("record", State::Broken, fault.to_string(), "copy the file before anything else"));
        }
    };
    let counts = format!("{} runs, {} events, {} outputs", report.runs, report.events, report.outputs);
    if report.is_intact() {
        return checks.push(ok("record", format!("{counts}, all as they were written")));
    }
    let advice = "keep the file as it is; copy it elsewhere, and compare with a backup or an exported record";
    for finding in report.findings {
        checks.push(bad("record", State::Altered, finding.to_string(), advice));
    }
}
