//! What the plain mode says: whole sentences, one fact a line.

use crate::cli::plan::printable;
use crate::run::Progress as AttemptProgress;
use crate::run::decide::conditions::tries_left;
use crate::run::event::{AttemptId, Ending};
use crate::run::gate::{GateState, holds};
use crate::run::readiness::{Readiness, roles};
use crate::run::state::{Progress, command_progress, is_offered, step_state};
use crate::runbook::{Block, Command, Step};
use crate::session::Session;
use std::collections::BTreeSet;
use std::io::{self, Write};

pub fn opening(session: &Session, out: &mut impl Write) -> io::Result<()> {
    let book = session.book();
    writeln!(out, "{}", printable(&book.title))?;
    if session.run().is_rehearsal() {
        writeln!(out, "REHEARSAL: nothing is executed, and the verdict is never GO.")?;
    }
    let begun = if session.run().head.seq == 0 { "a new run" } else { "continued" };
    let (run, operator) = (session.run().id.short(), &session.actor().name);
    writeln!(out, "Run {run}, {begun}. Operator {}.", printable(operator))?;
    if let Some(holder) = session.holder() {
        writeln!(out, "{} drives this run; commands cannot be started here.", printable(&holder))?;
    }
    standing(session.readiness(), out)
}

pub fn closing(session: &Session, out: &mut impl Write) -> io::Result<()> {
    let readiness = session.readiness();
    writeln!(out)?;
    if session.run().head.seq == 0 {
        return writeln!(out, "Nothing was recorded.");
    }
    writeln!(out, "{}", readiness.answer.word())?;
    standing(readiness, out)?;
    for blocker in readiness.blockers.iter().take(10) {
        writeln!(out, "  {}: {}", printable(&blocker.title), printable(&blocker.what))?;
    }
    writeln!(out, "Run {0} is saved. gonogo resume {0}, gonogo export {0}.", session.run().id.short())
}

/// Readiness in a sentence.
pub fn standing(readiness: &Readiness, out: &mut impl Write) -> io::Result<()> {
    let counts = readiness.counts;
    let percent =
        readiness.percent.map_or_else(|| "nothing to count".to_owned(), |percent| format!("{percent} percent"));
    let claimed =
        readiness.claimed.map(|claimed| format!(" The document claims {claimed} percent.")).unwrap_or_default();
    let (settled, steps) = (counts.settled(), counts.steps);
    writeln!(out, "Readiness {percent}, {settled} of {steps} steps settled, {} failed.{claimed}", counts.failed)
}

pub fn recorded(session: &Session, out: &mut impl Write) -> io::Result<()> {
    write!(out, "Recorded. ")?;
    standing(session.readiness(), out)
}

pub fn step(session: &Session, step: &Step, place: usize, total: usize, out: &mut impl Write) -> io::Result<()> {
    let phase = session.book().phase_of(&step.id).map(|phase| printable(&phase.title)).unwrap_or_default();
    writeln!(out, "\nStep {place} of {total}, phase {phase}: {} {}", step.number, printable(&step.title))?;
    let need = if step.critical {
        "Critical"
    } else if step.optional {
        "Optional"
    } else {
        "Required"
    };
    writeln!(out, "{need}. State: {}.", step_state(session.run(), step).word())?;
    if let Some(mark) = session.run().mark(&step.id) {
        let reason = mark.reason.as_deref().map(|reason| format!(": {}", printable(reason))).unwrap_or_default();
        writeln!(out, "Marked by {}{reason}.", printable(&mark.by.name))?;
    }
    let mut number = 0;
    for block in &step.blocks {
        match block {
            Block::Prose(prose) => lines("", &prose.text, out)?,
            Block::Command(command) => {
                number += 1;
                say_command(session, step, number, command, out)?;
            }
        }
    }
    for criterion in &step.criteria {
        lines("Pass when: ", &criterion.text, out)?;
    }
    for note in session.run().notes.iter().filter(|note| note.step.as_ref() == Some(&step.id)) {
        lines("Note: ", &note.text, out)?;
    }
    Ok(())
}

fn say_command(
    session: &Session,
    step: &Step,
    number: usize,
    command: &Command,
    out: &mut impl Write,
) -> io::Result<()> {
    if is_offered(command) {
        let state = match command_progress(session.run(), step, number - 1, command) {
            Progress::Open => "not run yet",
            Progress::Running => "running",
            Progress::Unknown => "unknown end",
            Progress::Failed => "failed",
            Progress::Asked => "wanted a terminal",
            Progress::NeedsPerson => "ran, to be confirmed",
            Progress::Done => "ended as expected",
        };
        let (risk, usage) = (command.risk.word(), command.usage.word());
        writeln!(out, "Block {number}, {usage}, {risk}, {state}:")?;
    } else {
        writeln!(out, "Block {number}, {}, never run here ({}):", command.usage.word(), printable(&command.why))?;
    }
    for condition in condition_words(command) {
        writeln!(out, "{}.", printable(&condition))?;
    }
    lines("    ", &command.text, out)?;
    for (part, quote) in command.parts.iter().enumerate() {
        writeln!(out, "    line {number}.{}: {}", part + 1, printable(&quote.text))?;
    }
    if let Some(expected) = &command.expected {
        lines("Expected: ", &expected.text, out)?;
    }
    Ok(())
}

fn lines(lead: &str, text: &str, out: &mut impl Write) -> io::Result<()> {
    text.lines().filter(|line| !line.trim().is_empty()).try_for_each(|line| writeln!(out, "{lead}{}", printable(line)))
}

/// What ties a block to others, one sentence each.
fn condition_words(command: &Command) -> Vec<String> {
    let options = &command.options;
    let mut words = Vec::new();
    words.extend(options.when.as_ref().map(|when| format!("Only when: {when}")));
    if !options.needs.is_empty() {
        words.push(format!("Needs first: {}", options.needs.join(", ")));
    }
    words.extend(options.once.then(|| "Runs once".to_owned()));
    words.extend(options.secret.then(|| "What it prints is secret".to_owned()));
    words
}

pub fn about_to_run(step: &Step, command: u32, part: Option<u32>, out: &mut impl Write) -> io::Result<()> {
    let Some(command) = step.command(command as usize) else { return Ok(()) };
    let text = part.and_then(|part| command.parts.get(part as usize)).map_or(&command.text, |part| &part.text);
    writeln!(out, "About to run ({}):", command.risk.word())?;
    lines("    ", text, out)?;
    if let Some(when) = &command.options.when {
        writeln!(out, "Only when: {}. Running it says that this holds.", printable(when))?;
    }
    Ok(())
}

/// What was printed of a running command so far, without its escape sequences.
#[derive(Default)]
pub struct Printed {
    seen: u64,
    /// The beginning of an escape sequence whose end has not come yet.
    held: Vec<u8>,
}

impl Printed {
    pub fn fresh(&mut self, session: &Session, out: &mut impl Write) -> io::Result<()> {
        let Some(fresh) = session.fresh_output(self.seen) else { return Ok(()) };
        if fresh.from > self.seen {
            writeln!(out, "({} bytes not shown; they are kept)", fresh.from - self.seen)?;
        }
        self.seen = fresh.from + fresh.bytes.len() as u64;
        out.write_all(&self.clean(&fresh.bytes))?;
        out.flush()
    }

    fn clean(&mut self, bytes: &[u8]) -> Vec<u8> {
        const LONGEST_SEQUENCE: usize = 256;
        let mut whole = std::mem::take(&mut self.held);
        whole.extend_from_slice(bytes);
        let last = whole.iter().rposition(|byte| *byte == 0x1b).filter(|at| whole.len() - at < LONGEST_SEQUENCE);
        if let Some(at) = last.filter(|at| strip_ansi_escapes::strip(&whole[*at..]).is_empty()) {
            self.held = whole.split_off(at);
        }
        strip_ansi_escapes::strip(&whole)
    }
}

/// How the newest attempt of a step ended, and where that leaves the step.
pub fn ended(session: &Session, step: &Step, out: &mut impl Write) -> io::Result<()> {
    let Some(attempt) = session.run().attempts_of(&step.id).next_back() else { return Ok(()) };
    if let AttemptProgress::Ended { ended, .. } = &attempt.progress {
        #[expect(clippy::cast_precision_loss, reason = "lengths of commands are far below 2^52 milliseconds")]
        let took = ended.took_ms as f64 / 1000.0;
        writeln!(
            out,
            "{} after {took:.1} seconds, {} bytes kept.",
            ending(&ended.ending),
            ended.output.bytes - ended.output.dropped
        )?;
        match ended.matched {
            Some(true) => writeln!(out, "The output is what was expected.")?,
            Some(false) => writeln!(out, "The output is not what was expected.")?,
            None => {}
        }
        for left in &ended.left_over {
            writeln!(out, "Still running in the background: {} (process {}).", printable(&left.name), left.pid)?;
        }
    }
    if let Some(command) = step.command(attempt.intended.target.command as usize)
        && let Some(left @ 1..) = tries_left(session.run(), command, &attempt.intended.target)
    {
        writeln!(out, "It may be tried again: {left} tries left (r).")?;
    }
    write!(out, "Step {}: {}. ", step.number, step_state(session.run(), step).word())?;
    standing(session.readiness(), out)
}

fn ending(ending: &Ending) -> String {
    match ending {
        Ending::Exited { code } => format!("Exit {code}"),
        Ending::Signalled { signal } => format!("Ended by signal {signal}"),
        Ending::NotStarted { reason } => format!("Not started ({})", printable(reason)),
        Ending::TimedOut => "Stopped at its time limit".to_owned(),
        Ending::Stopped => "Stopped".to_owned(),
        Ending::Kept => "Stopped and kept as evidence".to_owned(),
        Ending::Asked => "It asked for a person at a terminal".to_owned(),
    }
}

pub fn output(session: &Session, attempt: AttemptId, out: &mut impl Write) -> io::Result<()> {
    match session.output(attempt) {
        Ok(kept) => {
            out.write_all(&strip_ansi_escapes::strip(&kept.head))?;
            if kept.dropped > 0 {
                writeln!(out, "\n({} bytes in between were not kept)", kept.dropped)?;
            }
            out.write_all(&strip_ansi_escapes::strip(&kept.tail))?;
            writeln!(out)
        }
        Err(fault) => writeln!(out, "{}", printable(&fault.to_string())),
    }
}

/// Gates, calls and blockers.
pub fn board(session: &Session, out: &mut impl Write) -> io::Result<()> {
    let (book, run, readiness) = (session.book(), session.run(), session.readiness());
    writeln!(out, "Board: {}", readiness.answer.word())?;
    standing(readiness, out)?;
    for hold in holds(book) {
        let state = match hold.state(run) {
            GateState::Released => "released".to_owned(),
            GateState::Rejected => "rejected".to_owned(),
            GateState::Held { signed, needed } => format!("holds, {signed} of {needed} signed"),
        };
        writeln!(out, "Gate {}: {state}", printable(hold.title))?;
    }
    for role in roles(book, run) {
        let call = run.call(&role).map_or_else(
            || "outstanding".to_owned(),
            |call| format!("{} by {}", call.call.word(), printable(&call.by.name)),
        );
        writeln!(out, "Call {}: {call}", printable(&role))?;
    }
    for blocker in &readiness.blockers {
        writeln!(out, "Blocks: {}: {}", printable(&blocker.title), printable(&blocker.what))?;
    }
    Ok(())
}

pub fn unknown(session: &Session, attempt: AttemptId, out: &mut impl Write) -> io::Result<()> {
    let Some(lost) = session.run().attempt(attempt) else { return Ok(()) };
    writeln!(
        out,
        "\nThe end of attempt {attempt} was not seen. It was started {} by {}:",
        lost.began.at, lost.by.name
    )?;
    lines("    ", &lost.intended.text, out)?;
    if let Some(pid) = session.still_alive(attempt) {
        writeln!(out, "Its process {pid} is still there.")?;
    }
    writeln!(out, "Its output as far as it was kept:")?;
    output(session, attempt, out)
}

/// Names of placeholders and variables of the walk that have no value yet.
pub fn missing_values(session: &Session) -> Vec<String> {
    let given = &session.run().values;
    let mut names: BTreeSet<String> = session.book().front.vars.keys().cloned().collect();
    for (_, step) in session.book().walk() {
        names.extend(step.commands().filter(|c| is_offered(c)).flat_map(|c| &c.placeholders).map(|p| p.name.clone()));
    }
    names.into_iter().filter(|name| !given.contains_key(name)).collect()
}

pub fn help(out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "r [BLOCK[.LINE]] run   t tick as passed   s sign off: passed, with remarks, failed\n\
         x waive, not applicable, defer   u take the mark back   a [TEXT] note   v give values\n\
         n next open step   N next   p previous   g NUMBER go to   d show again   o last output\n\
         b board   c ROLE go|nogo [REASON] call   w STEP|PHASE [reject REASON] release a gate\n\
         m read a block or a section otherwise (run or walk it, or not)\n\
         C close the run   E what was edited in the file   q leave; the run is saved\n\
         While a command runs, lines you type go to it; Ctrl-C stops it, harder each time."
    )
}

#[cfg(test)]
mod tests {
    use super::Printed;

    #[test]
    fn a_sequence_cut_by_a_chunk_leaves_nothing_behind() {
        let text = b"a\x1b[1;32mgreen\x1b[0m \x1b]0;title\x07b";
        for cut in 0..text.len() {
            let mut printed = Printed::default();
            let mut clean = printed.clean(&text[..cut]);
            clean.extend(printed.clean(&text[cut..]));
            assert_eq!(String::from_utf8_lossy(&clean), "agreen b", "cut at {cut}");
        }
    }
}
