//! What the plain mode says: whole sentences, one fact a line.

use crate::cli::plan::printable;
use crate::run::Progress as AttemptProgress;
use crate::run::Run;
use crate::run::decide::conditions::tries_left;
use crate::run::decide::detour::way_back;
use crate::run::decide::execute::session_of;
use crate::run::decide::failure::{Onward, onward};
use crate::run::decide::shown::{Environment, origin, shown};
use crate::run::event::{AttemptId, Ending, Scope, Verdict};
use crate::run::gate::{GateState, Hold, hold, holds};
use crate::run::mismatch::mismatch;
use crate::run::narrow::{Only, Who, is_called};
use crate::run::readiness::{Readiness, roles};
use crate::run::state::{Progress, StepState, command_progress, is_offered, step_state};
use crate::runbook::{Block, Command, Phase, PhaseId, Runbook, ShellSession, Step, StepId, Use};
use crate::session::Session;
use std::io::{self, Write};

pub fn opening(session: &Session, out: &mut impl Write) -> io::Result<()> {
    let book = session.book();
    writeln!(out, "{}", printable(&book.title))?;
    for (name, word) in book.front.about() {
        writeln!(out, "Its {name}: {}.", printable(&word))?;
    }
    if let Some(on_fail) = book.front.on_fail {
        writeln!(out, "On failure: {}.", on_fail.clause())?;
    }
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
    let run = session.run().id.short();
    match &session.run().closed {
        Some(_) => writeln!(out, "Run {run} is closed. gonogo export {run} writes its record."),
        None => writeln!(out, "Run {run} is saved. gonogo resume {run}, gonogo export {run}."),
    }
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

/// `place` is where it stands among the steps that follow each other, and how many these are.
pub fn step(session: &Session, step: &Step, place: Option<(usize, usize)>, out: &mut impl Write) -> io::Result<()> {
    let phase = session.book().phase_of(&step.id);
    let aside = phase.filter(|phase| !phase.is_walked()).map(|phase| format!(" ({}, not counted)", phase.role.word()));
    let title = phase.map(|phase| printable(&phase.title)).unwrap_or_default();
    let place = match place {
        Some((at, of)) => format!("Step {at} of {of}"),
        None => "Group".to_owned(),
    };
    let aside = aside.unwrap_or_default();
    writeln!(out, "\n{place}, phase {title}{aside}: {}", named(&step.number, &step.title))?;
    let need = if step.critical {
        "Critical"
    } else if step.optional {
        "Optional"
    } else {
        "Required"
    };
    let owner = step.owner().map(|owner| format!(" Owner: {}.", printable(owner))).unwrap_or_default();
    let takes = step.estimate_s.map(|seconds| format!(" Estimate: {}.", length(seconds))).unwrap_or_default();
    writeln!(out, "{need}. State: {}.{owner}{takes}", step_state(session.run(), step).word())?;
    if let Some(hold) = hold(session.book(), &Scope::Step(step.id.clone())) {
        writeln!(out, "Hold point: {}.", gate_words(&hold, session.run()))?;
    }
    about_step(session, step, out)?;
    if let Some(mark) = session.run().mark(&step.id) {
        let reason = mark.reason.as_deref().map(|reason| format!(": {}", printable(reason))).unwrap_or_default();
        writeln!(out, "Marked by {}{reason}.", printable(&mark.by.name))?;
    }
    let is_said_later =
        |text: &str| step.commands().any(|command| command.usage == Use::Output && command.text == text);
    let mut number = 0;
    for block in &step.blocks {
        match block {
            Block::Prose(prose) => lines("", &prose.text, out)?,
            Block::Command(command) => {
                number += 1;
                let expects = |other: &Command| other.expected.as_ref().is_some_and(|text| text.text == command.text);
                if command.usage == Use::Output && step.commands().any(expects) {
                    lines("Expected: ", &command.text, out)?;
                    continue;
                }
                say_command(session, step, number, command, out)?;
                match &command.expected {
                    Some(expected) if !is_said_later(&expected.text) => lines("Expected: ", &expected.text, out)?,
                    Some(_) | None => {}
                }
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

/// Condition, link and way back, as far as the author wrote them.
fn about_step(session: &Session, step: &Step, out: &mut impl Write) -> io::Result<()> {
    if let Some(condition) = step.condition() {
        lines("Condition: ", condition, out)?;
    }
    if let Some(link) = step.link() {
        lines("See: ", link, out)?;
    }
    match way_back(session.book(), session.run(), &step.id) {
        Some(back) => writeln!(out, "Taken back by: {} (R).", printable(&back.words())),
        None => Ok(()),
    }
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
    for condition in condition_words(session.book(), command) {
        writeln!(out, "{}.", printable(&condition))?;
    }
    lines("    ", &command.text, out)?;
    for (part, quote) in command.parts.iter().enumerate() {
        writeln!(out, "    line {number}.{}: {}", part + 1, printable(&quote.text))?;
    }
    Ok(())
}

fn lines(lead: &str, text: &str, out: &mut impl Write) -> io::Result<()> {
    text.lines().filter(|line| !line.trim().is_empty()).try_for_each(|line| writeln!(out, "{lead}{}", printable(line)))
}

/// What ties a block to others, one sentence each.
fn condition_words(book: &Runbook, command: &Command) -> Vec<String> {
    let options = &command.options;
    let mut words = Vec::new();
    words.extend(options.when.as_ref().map(|when| format!("Only when: {when}")));
    if !options.needs.is_empty() {
        words.push(format!("Needs first: {}", options.needs.join(", ")));
    }
    words.extend(options.once.then(|| "Runs once".to_owned()));
    words.extend(options.secret.then(|| "What it prints is secret".to_owned()));
    if !options.tags.is_empty() {
        words.push(format!("Tags: {}", options.tags.join(", ")));
    }
    words.extend(session_of(book, command).unusual().map(|session| match session {
        ShellSession::Fresh => "In a fresh session: nothing of earlier blocks is there".to_owned(),
        ShellSession::Carry | ShellSession::Shared => "In the shared session, with its set options".to_owned(),
    }));
    words
}

pub fn about_to_run(
    session: &Session,
    step: &Step,
    (command, part): (u32, Option<u32>),
    out: &mut impl Write,
) -> io::Result<()> {
    let Some(command) = step.command(command as usize) else { return Ok(()) };
    let (book, run) = (session.book(), session.run());
    let text = part.and_then(|part| command.parts.get(part as usize)).map_or(&command.text, |part| &part.text);
    writeln!(out, "About to run ({}):", command.risk.word())?;
    lines("    ", &shown(book, run, command, text), out)?;
    for hole in command.placeholders.iter().filter(|hole| text.contains(&hole.text)) {
        let value = origin(book, run, &hole.name, Environment::of(hole));
        writeln!(out, "{} = {}", printable(&hole.text), printable(&value))?;
    }
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
    /// Nothing before this offset is shown any more.
    pub fn from(seen: u64) -> Self {
        Printed { seen, held: Vec::new() }
    }

    /// Up to where it was shown.
    pub fn seen(&self) -> u64 {
        self.seen
    }

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
        if let Some(advice) = ended.ending.advice() {
            writeln!(out, "By this code a shell says: {advice}.")?;
        }
        match ended.matched {
            Some(true) => writeln!(out, "The output is what was expected.")?,
            Some(false) => writeln!(out, "The output is not what was expected.")?,
            None => {}
        }
        let command = step.command(attempt.intended.target.command as usize);
        if let Some(why) = command.and_then(|command| mismatch(command, attempt)) {
            writeln!(out, "It failed because {}.", printable(&why))?;
        }
        for left in &ended.not_dead {
            let name = printable(&left.name);
            writeln!(
                out,
                "NOT CONFIRMED DEAD: {name} (process {}) belongs to another user and could not be killed.",
                left.pid
            )?;
        }
        for left in &ended.left_over {
            writeln!(out, "Still running in the background: {} (process {}).", printable(&left.name), left.pid)?;
        }
    }
    behind_failure(session, step, out)?;
    if let Some(command) = step.command(attempt.intended.target.command as usize)
        && let Some(left @ 1..) = tries_left(session.run(), command, &attempt.intended.target)
    {
        writeln!(out, "It may be tried again: {left} tries left (r).")?;
    }
    write!(out, "Step {}: {}. ", step.number, step_state(session.run(), step).word())?;
    standing(session.readiness(), out)
}

/// What follows a step that has failed: what takes it back, and whether the walk goes on.
pub fn behind_failure(session: &Session, step: &Step, out: &mut impl Write) -> io::Result<()> {
    let (book, run) = (session.book(), session.run());
    if !step_state(run, step).is_failed() {
        return Ok(());
    }
    let named = way_back(book, run, &step.id);
    match onward(book, run, step) {
        Onward::TakeBack(ways) => {
            let ways: Vec<String> = ways.iter().map(|back| printable(&back.words())).collect();
            return match &ways[..] {
                [] => Ok(()),
                [back] => writeln!(out, "The runbook says to take it back now: R goes to {back}."),
                [..] => writeln!(out, "The runbook says to take it back now: R asks which, {}.", ways.join(" or ")),
            };
        }
        Onward::GoOn => writeln!(out, "The runbook lets the walk go on behind it (n).")?,
        Onward::Stop => {}
    }
    named.map_or(Ok(()), |back| writeln!(out, "R takes it back by {}.", printable(&back.words())))
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
        Ok(kept) => kept.write_text(out),
        Err(fault) => writeln!(out, "{}", printable(&fault.to_string())),
    }
}

/// Gates, calls and blockers.
pub fn board(session: &Session, out: &mut impl Write) -> io::Result<()> {
    let (book, run, readiness) = (session.book(), session.run(), session.readiness());
    writeln!(out, "Board: {}", readiness.answer.word())?;
    standing(readiness, out)?;
    for phase in book.phases.iter().filter(|phase| phase.is_walked()) {
        let counts = readiness.phases.get(&phase.id).copied().unwrap_or_default();
        let failed = if counts.failed > 0 { format!(", {} failed", counts.failed) } else { String::new() };
        let (title, settled) = (named(&phase.number.to_string(), &phase.title), counts.settled());
        writeln!(out, "Phase {title}: {settled} of {} steps settled{failed}", counts.steps)?;
    }
    for hold in holds(book) {
        writeln!(out, "Gate {}: {}", printable(hold.title), gate_words(&hold, run))?;
    }
    for role in roles(book, run) {
        let call = run.call(&role).map_or_else(
            || "outstanding".to_owned(),
            |call| {
                let reason = call.reason.as_deref().map(|reason| format!(": {}", printable(reason)));
                format!("{} by {}{}", call.call.word(), printable(&call.by.name), reason.unwrap_or_default())
            },
        );
        writeln!(out, "Call {}: {call}", printable(&role))?;
    }
    blockers(readiness, out)
}

/// What stands in the way, worst first.
pub fn blockers(readiness: &Readiness, out: &mut impl Write) -> io::Result<()> {
    for blocker in &readiness.blockers {
        writeln!(out, "Blocks: {}: {}", printable(&blocker.title), printable(&blocker.what))?;
    }
    Ok(())
}

fn gate_words(hold: &Hold<'_>, run: &Run) -> String {
    let state = match hold.state(run) {
        GateState::Released => "released".to_owned(),
        GateState::Rejected => "rejected".to_owned(),
        GateState::Held { .. } if hold.overridden(run).is_some() => "passed unsigned, to be reviewed".to_owned(),
        GateState::Held { signed, needed } => format!("holds, {signed} of {needed} signed"),
    };
    match &hold.gate.role {
        Some(role) => format!("{state}, needs the role {}", printable(role)),
        None => state,
    }
}

/// Which steps a list is about.
pub enum Listed {
    Steps(Only),
    Deferred,
    Phase(PhaseId),
}

/// Phases and steps with their states; `here` is marked.
pub fn list(
    session: &Session,
    listed: &Listed,
    called: &str,
    here: Option<&StepId>,
    out: &mut impl Write,
) -> io::Result<()> {
    let (book, run) = (session.book(), session.run());
    let who = Who { name: &session.actor().name, role: session.actor().role.as_deref() };
    let everything = matches!(listed, Listed::Steps(Only::All)) && called.is_empty();
    let mut said = 0;
    for phase in &book.phases {
        let all: Vec<&Step> = phase.steps.iter().flat_map(Step::subtree).collect();
        let fits = |step: &&Step| {
            let state = step_state(run, step);
            let leaf = step.is_leaf() && phase.is_walked();
            let wanted = match listed {
                Listed::Steps(Only::All) => true,
                Listed::Steps(Only::Mine) => leaf && who.owns(phase, step),
                Listed::Steps(only) => leaf && only.holds(state),
                Listed::Deferred => leaf && state == StepState::Marked(Verdict::Deferred),
                Listed::Phase(wanted) => phase.id == *wanted,
            };
            let titles = [&*format!("{} {}", phase.number, phase.title), &*format!("{} {}", step.number, step.title)];
            wanted && is_called(titles, called)
        };
        let steps: Vec<&Step> = all.into_iter().filter(fits).collect();
        if steps.is_empty() && !everything {
            continue;
        }
        let role = if phase.is_walked() { String::new() } else { format!(", {}, not counted", phase.role.word()) };
        writeln!(out, "Phase {}{role}", named(&phase.number.to_string(), &phase.title))?;
        for step in steps {
            let mark = if Some(&step.id) == here { "*" } else { " " };
            let state = if step.is_leaf() { step_state(run, step).word() } else { "group" };
            writeln!(out, "{mark} {}: {state}", named(&step.number, &step.title))?;
            said += 1;
        }
    }
    if said == 0 {
        match called {
            "" => writeln!(out, "None.")?,
            called => {
                let called = printable(called);
                writeln!(
                    out,
                    "No step is titled {called}; or say open, failed, asking, mine, deferred or a phase's number."
                )?;
            }
        }
    }
    Ok(())
}

/// What a phase is about.
pub fn phase(session: &Session, phase: &Phase, out: &mut impl Write) -> io::Result<()> {
    let (all, walked) = (session.book().phases.len(), phase.is_walked());
    let (number, title) = (phase.number, printable(&phase.title));
    let aside = if walked { "" } else { ", not counted" };
    writeln!(out, "\nPhase {number} of {all}: {title} ({}{aside})", phase.role.word())?;
    if let Some(hold) = hold(session.book(), &Scope::Phase(phase.id.clone())) {
        writeln!(out, "Hold point: {}.", gate_words(&hold, session.run()))?;
    }
    phase.prose.iter().try_for_each(|quote| lines("", &quote.text, out))?;
    phase.criteria.iter().try_for_each(|quote| lines("Pass when: ", &quote.text, out))?;
    phase.stop_criteria.iter().try_for_each(|quote| lines("Stop when: ", &quote.text, out))
}

/// A number and a title, the number only once.
fn named(number: &str, title: &str) -> String {
    let title = printable(title);
    let first = title.split(' ').next().unwrap_or_default().trim_end_matches(['.', ':', ')']);
    if number.is_empty() || first == number { title } else { format!("{number} {title}") }
}

/// `90 seconds`, `5 minutes`.
fn length(seconds: u32) -> String {
    if seconds.is_multiple_of(60) { format!("{} min", seconds / 60) } else { format!("{seconds} s") }
}

pub fn unknown(session: &Session, attempt: AttemptId, out: &mut impl Write) -> io::Result<()> {
    let Some(lost) = session.run().attempt(attempt) else { return Ok(()) };
    writeln!(
        out,
        "\nThe end of attempt {attempt} was not seen. It was started {} by {}:",
        lost.began.at, lost.by.name
    )?;
    lines("    ", &lost.intended.text, out)?;
    for survivor in session.survivors().iter().filter(|survivor| survivor.attempt == attempt) {
        for process in &survivor.processes {
            writeln!(out, "Its process {} {} is still there.", process.pid, printable(&process.name))?;
        }
    }
    if let Some(gone) = &lost.gone {
        let known = gone.ending.as_ref().map(|end| format!(" The system still knew how: {}.", ending(end)));
        writeln!(out, "It was watched again and ended unseen {}.{}", gone.at.at, known.unwrap_or_default())?;
    }
    writeln!(out, "Its output as far as it was kept:")?;
    output(session, attempt, out)
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
