//! What a runbook requires, looked at before its first command: commands and their versions, files, variables, ports.
//!
//! Nothing of the runbook is run. A command is asked for its version, and a port for an answer, only where the operator trusts
//! the runbook to have that done by itself; whether something is there is looked at in any case.

use super::{Session, Source};
use crate::exec::probe;
use crate::run::Trust;
use crate::run::event::{Ending, Event, Probe, Probed};
use crate::runbook::{Block, Need, Requires, Step, VersionRule};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(2);

/// Characters of an answer that are recorded.
const SAID: usize = 200;

/// Something that is required and not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// In a clause: `psql was not found on the PATH`.
    pub what: String,
    /// Numbers of the steps whose commands name it.
    pub needed_by: Vec<String>,
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what)?;
        match self.needed_by.as_slice() {
            [] => Ok(()),
            steps => write!(f, " (needed by {})", steps.join(", ")),
        }
    }
}

impl Session {
    /// What was missing, and which hooks complained, when the first command was asked for last.
    #[must_use]
    pub fn lacks(&self) -> &[String] {
        &self.lacking
    }

    /// Looks for everything the author requires. Returns what is missing, in the author's order, and what was asked of
    /// programs and hosts to find out, if anything.
    pub(super) fn missing(&self) -> (Vec<Missing>, Option<Event>) {
        let Requires { commands, files, env, ports } = &self.book.front.requires;
        let may_ask = self.trust_in(&Source::Runbook) == Some(Trust::Given);
        let (mut missing, mut probes) = (Vec::new(), Vec::new());
        let mut miss = |what: String, name: &str| missing.push(Missing { what, needed_by: self.steps_naming(name) });
        for need in commands {
            if probe::which(&need.name).is_none() {
                miss(format!("{} was not found on the PATH", need.name), &need.name);
            } else if let Some(what) = may_ask.then(|| version_misses(need, &mut probes)).flatten() {
                miss(what, &need.name);
            }
        }
        for file in files {
            if !self.setup.folder(file).exists() {
                miss(format!("the file {file} is not there"), file);
            }
        }
        for name in env {
            let set = self.setup.environment.get(name).is_some_and(|value| !value.is_empty());
            if !set && !self.run.values.contains_key(name) && !self.book.front.env.contains_key(name) {
                miss(format!("the variable {name} is not set"), name);
            }
        }
        for port in ports.iter().filter(|_| may_ask) {
            let (host, number) = port.rsplit_once(':').unwrap_or(("127.0.0.1", port));
            let answer = probe::port_answers(host, number, PATIENCE);
            let said = answer.as_ref().err().map_or_else(|| "it answers".to_owned(), |why| said(why.as_bytes()));
            probes.push(Probe { text: format!("connect {host}:{number}"), ending: None, said, fits: answer.is_ok() });
            if let Err(why) = answer {
                miss(format!("{host} port {number} does not answer: {why}"), port);
            }
        }
        let event = (!probes.is_empty())
            .then(|| Event::RequirementsProbed(Probed { grounds: self.grounds(&Source::Runbook), probes }));
        (missing, event)
    }

    /// Steps whose commands name something.
    fn steps_naming(&self, name: &str) -> Vec<String> {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let names = |text: &str| {
            text.match_indices(name)
                .any(|(at, _)| !text[..at].ends_with(is_word) && !text[at + name.len()..].starts_with(is_word))
        };
        let uses = |step: &&Step| {
            step.blocks.iter().any(|block| match block {
                Block::Command(command) => names(&command.text),
                Block::Prose(_) => false,
            })
        };
        self.book.steps().filter(uses).map(|step| step.number.clone()).collect()
    }
}

/// Why the version of a command does not do, if so. Each question that was asked is added to `probes`.
fn version_misses(need: &Need, probes: &mut Vec<Probe>) -> Option<String> {
    let name = &need.name;
    let (rule, wanted) = need.version.as_ref()?;
    let first = probes.len();
    let told = ["--version", "version", "-V"].iter().find_map(|option| {
        let (ending, answer) = asked(name, option);
        probes.push(Probe { text: format!("{name} {option}"), ending: Some(ending), said: said(&answer), fits: false });
        version_in(&String::from_utf8_lossy(&answer))
    });
    let Some(found) = told else {
        return Some(format!("{name} does not tell its version, {} {} is required", rule.word(), dotted(wanted)));
    };
    let fits = match rule {
        VersionRule::AtLeast => found >= *wanted,
        VersionRule::Above => found > *wanted,
        VersionRule::AtMost => found <= *wanted || found.starts_with(wanted),
        VersionRule::Below => found < *wanted,
        // `= 14` takes every 14.x.
        VersionRule::Exactly => found.starts_with(wanted),
    };
    if fits && let Some(probe) = probes[first..].last_mut() {
        probe.fits = true;
    }
    (!fits).then(|| format!("{name} is {}, {} {} is required", dotted(&found), rule.word(), dotted(wanted)))
}

/// Asks a program one thing: how that ended, and what it printed.
fn asked(name: &str, option: &str) -> (Ending, Vec<u8>) {
    match probe::ask(name, &[option], PATIENCE) {
        Ok(answer) => {
            let ending = answer.code.map_or(Ending::Stopped, |code| Ending::Exited { code });
            (ending, [answer.stdout, answer.stderr].concat())
        }
        Err(probe::NoAnswer::TooSlow { .. }) => (Ending::TimedOut, Vec::new()),
        Err(error @ (probe::NoAnswer::Missing(_) | probe::NoAnswer::Failed { .. })) => {
            (Ending::NotStarted { reason: error.to_string() }, Vec::new())
        }
    }
}

/// The first line that says anything, without control characters.
fn said(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(&strip_ansi_escapes::strip(answer)).into_owned();
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().filter(|c| !c.is_control()).take(SAID).collect()
}

/// The first dotted number in a text, or the first number when none is dotted.
fn version_in(text: &str) -> Option<Vec<u32>> {
    let numbers = || {
        text.split(|c: char| !(c.is_ascii_digit() || c == '.'))
            .map(|word| word.trim_matches('.'))
            .filter(|word| !word.is_empty())
    };
    let word = numbers().find(|word| word.contains('.')).or_else(|| numbers().next())?;
    word.split('.').map(|part| part.parse().ok()).collect()
}

fn dotted(version: &[u32]) -> String {
    version.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_programs_say() {
        for (said, version) in [
            ("psql (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)", Some(vec![15, 13])),
            ("GNU bash, version 5.2.15(1)-release", Some(vec![5, 2, 15])),
            ("git version 2.39.5", Some(vec![2, 39, 5])),
            ("OpenSSH_9.2p1 Debian", Some(vec![9, 2])),
            ("less 590 (GNU regular expressions)", Some(vec![590])),
            ("no number", None),
        ] {
            assert_eq!(version_in(said), version, "{said}");
        }
    }
}
