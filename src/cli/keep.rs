//! Looking after the journal: `gonogo journal backup`, `gonogo journal shred`.

use super::args::{Common, JournalCommand};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::plan::printable;
use super::{runs, statement};
use crate::journal::{Journal, Mode};
use crate::run::event::AttemptId;
use std::io::Write;
use std::path::Path;

/// `gonogo journal backup|shred`.
///
/// # Errors
/// When it cannot be done; nothing is half done then.
pub fn command(
    command: JournalCommand,
    (common, env): (&Common, &Environment),
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    match command {
        JournalCommand::Backup { to } => backup(&runs::look(&env.journal(common)?)?, &to, out),
        JournalCommand::Shred { run, attempt, reason } => shred((&run, &attempt), reason, (common, env), out),
    }
}

/// `gonogo journal backup FILE`: copies, then opens the copy and verifies it.
///
/// # Errors
/// When the file exists or cannot be written, or the copy does not verify.
fn backup(journal: &Journal, to: &Path, out: &mut impl Write) -> Result<Exit, Failure> {
    journal.backup(to)?;
    let shown = to.display();
    let copy = Journal::open(to, Mode::ReadOnly)?
        .ok_or_else(|| Failure::system(format!("{shown}: the copy is not there; is the disk full?")))?;
    let report = copy.verify_all()?;
    for finding in &report.findings {
        writeln!(out, "{}", printable(&finding.to_string()))?;
    }
    if !report.is_intact() {
        let sentence = format!("{shown}: the copy does not verify, as listed; `gonogo doctor` looks at the original");
        return Err(Failure::new(Exit::Altered, sentence));
    }
    writeln!(
        out,
        "{} runs, {} events, {} outputs copied to {shown} and verified",
        report.runs, report.events, report.outputs
    )?;
    Ok(Exit::Success)
}

/// `gonogo journal shred RUN ATTEMPT`.
///
/// # Errors
/// When there is no such output, or it cannot be removed or recorded.
fn shred(
    (run, attempt): (&str, &str),
    reason: String,
    (common, env): (&Common, &Environment),
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let number = attempt.trim_start_matches('#').parse().ok().filter(|number| *number > 0);
    let number = number.ok_or_else(|| {
        Failure::usage(format!("{attempt} is no attempt; say its number, as `gonogo show {run}` does"))
    })?;
    let attempt = AttemptId(number);
    let mut session = statement::open(Some(run), common, env)?;
    session.shred(attempt, reason)?;
    let (run, seq) = (session.run().id.short(), session.run().head.seq);
    writeln!(out, "run {run}: the output of attempt {attempt} is removed; entry {seq} says why, the chain is whole")?;
    session.leave()?;
    Ok(Exit::Success)
}
