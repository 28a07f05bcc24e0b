//! An attempt in words.

use crate::audit::record::{Attempt, Output, Part, Resolution, Stop};
use crate::audit::text::time;
use crate::run::event::{self, Channel, Ended, Ending, Leftover, OutputDigest, StopReason};
use crate::run::mismatch::mismatch;
use crate::run::{self, Outcome, Progress};
use crate::runbook::{Command, ShellSession, Step};
use chrono::{DateTime, Utc};

/// `step` is what the runbook says about the step, if it has it.
pub(super) fn attempt(tried: &run::Attempt, step: Option<&Step>) -> Attempt {
    let intended = &tried.intended;
    let place = usize::try_from(intended.target.command).ok();
    let command = step.and_then(|step| place.and_then(|place| step.command(place)));
    let ended = ended(&tried.progress);
    Attempt {
        number: intended.attempt.0,
        seq: tried.seq,
        command: intended.target.command,
        part: intended.target.part,
        line: command.map(|command| line(command, intended.target.part)),
        text: intended.text.clone(),
        risk: intended.risk.word(),
        channel: match intended.channel {
            Channel::Pty => "terminal",
            Channel::Pipe => "pipe",
        },
        shell: intended.shell.clone(),
        cwd: intended.cwd.clone(),
        timeout_ms: intended.timeout_ms,
        session: intended.session.map(ShellSession::word),
        began: tried.began.at,
        by: (&tried.by).into(),
        pid: tried.process.map(|(pid, _)| pid),
        stops: tried.stops.iter().map(|(signal, why)| Stop { signal: signal.word(), why: why_stopped(*why) }).collect(),
        progress: progress(&tried.progress),
        ending: ending(tried),
        exit_code: ended.and_then(|(ended, _)| exit_code(&ended.ending)),
        signal: ended.and_then(|(ended, _)| signal(&ended.ending)),
        ended_at: ended.map(|(_, at)| at),
        took_ms: ended.map(|(ended, _)| ended.took_ms),
        matched: ended.and_then(|(ended, _)| ended.matched),
        mismatch: command.and_then(|command| mismatch(command, tried)),
        outcome: outcome(tried.outcome(command.map_or(&[], |command| &command.options.expect_exit))),
        output: ended.map(|(ended, _)| output(&ended.output)),
        left_over: left_over(tried),
        resolution: resolution(&tried.progress),
    }
}

fn line(command: &Command, part: Option<u32>) -> u32 {
    let part = part.and_then(|part| command.parts.get(usize::try_from(part).ok()?));
    part.map_or(command.line, |part| part.line)
}

fn ended(progress: &Progress) -> Option<(&Ended, DateTime<Utc>)> {
    match progress {
        Progress::Ended { ended, at } => Some((ended, at.at)),
        Progress::Running | Progress::Unknown | Progress::Resolved { .. } => None,
    }
}

fn progress(progress: &Progress) -> &'static str {
    match progress {
        Progress::Running => "running",
        Progress::Unknown => "unknown",
        Progress::Ended { .. } => "ended",
        Progress::Resolved { .. } => "resolved",
    }
}

/// Whoever outlived the command, however its end became known.
fn left_over(tried: &run::Attempt) -> Vec<Leftover> {
    let ended = ended(&tried.progress).map(|(ended, _)| &ended.left_over);
    let gone = tried.gone.as_ref().map(|gone| &gone.left_over);
    let alive = self::ended(&tried.progress).into_iter().flat_map(|(ended, _)| &ended.not_dead);
    let alive = alive.map(|left| Leftover { name: format!("{} (NOT CONFIRMED DEAD)", left.name), ..left.clone() });
    ended.into_iter().chain(gone).chain([&tried.left_alone]).flatten().cloned().chain(alive).collect()
}

fn ending(tried: &run::Attempt) -> String {
    match &tried.progress {
        Progress::Running => "still running".to_owned(),
        Progress::Unknown | Progress::Resolved { .. } => unseen(tried),
        Progress::Ended { ended, .. } => how(&ended.ending),
    }
}

/// What is known of an end that nobody saw.
fn unseen(tried: &run::Attempt) -> String {
    let rejoined = tried.rejoined.iter().map(|rejoined| {
        let (purpose, by, at) = (rejoined.purpose.word(), &rejoined.by.name, time(rejoined.at.at));
        format!("it outlived a crash and was {purpose} by {by} at {at}: {}", rejoined.reason)
    });
    let gone = tried.gone.iter().map(|gone| {
        let known = gone.ending.as_ref().map(|ending| format!(", the system still knew that it {}", how(ending)));
        format!("it ended unseen at {}{}", time(gone.at.at), known.unwrap_or_default())
    });
    let words: Vec<String> = ["no end was recorded".to_owned()].into_iter().chain(rejoined).chain(gone).collect();
    words.join("; ")
}

pub(super) fn how(ending: &Ending) -> String {
    match ending {
        Ending::Exited { code } => format!("exited with {code}"),
        Ending::Signalled { signal } => format!("ended by signal {signal}"),
        Ending::NotStarted { reason } => format!("could not be started: {reason}"),
        Ending::TimedOut => "stopped: its time limit had passed".to_owned(),
        Ending::Stopped => "stopped by the operator".to_owned(),
        Ending::Kept => "stopped on purpose, output kept as evidence".to_owned(),
        Ending::Asked => "ended: it wanted a person at a terminal".to_owned(),
    }
}

pub(super) fn exit_code(ending: &Ending) -> Option<i32> {
    if let Ending::Exited { code } = ending { Some(*code) } else { None }
}

fn signal(ending: &Ending) -> Option<i32> {
    if let Ending::Signalled { signal } = ending { Some(*signal) } else { None }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Running => "running",
        Outcome::Unknown => "unknown",
        Outcome::Succeeded => "succeeded",
        Outcome::Matched => "succeeded, output as expected",
        Outcome::Attested => "a person judges",
        Outcome::Asked => "waits for a person",
        Outcome::Failed => "failed",
    }
}

fn why_stopped(why: StopReason) -> &'static str {
    match why {
        StopReason::Operator => "operator",
        StopReason::Evidence => "kept as evidence",
        StopReason::Timeout => "time limit",
        StopReason::Leaving => "gonogo was leaving",
    }
}

fn output(output: &OutputDigest) -> Output {
    Output {
        bytes: output.bytes,
        dropped: output.dropped,
        redacted: output.redacted,
        sha256: output.sha256.map(|digest| digest.hex()),
        parts: output.parts.iter().map(|part| Part { bytes: part.bytes, digest: part.digest.hex() }).collect(),
        times: output.times.clone(),
    }
}

fn resolution(progress: &Progress) -> Option<Resolution> {
    let Progress::Resolved { resolution, reason, by, at } = progress else { return None };
    let verdict = match resolution {
        event::Resolution::Succeeded => "succeeded",
        event::Resolution::Failed => "failed",
    };
    Some(Resolution { verdict, reason: reason.clone(), at: at.at, by: by.into() })
}
