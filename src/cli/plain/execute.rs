//! Running a step's blocks, watching what they print, stopping them, and what came of those whose end nobody saw.

use super::ask::{Question, Typed};
use super::{Walk, is_yes, say};
use crate::cli::exit::Failure;
use crate::cli::plan::printable;
use crate::run::Attempt;
use crate::run::compare::{Row, rows};
use crate::run::decide::{Consent, Execute, Intent, Refusal};
use crate::run::event::{AttemptId, Channel, Rejoin, Resolution, StopReason, StopSignal, Target};
use crate::run::state::{Progress, command_progress, is_offered, next_piece, repeats};
use crate::run::suspicious::escaped;
use crate::runbook::Step;
use crate::session::Denied;
use std::io::{self, Write};
use std::time::Duration;

/// Why nothing can be typed into a command that outlived a crash.
pub(super) const CUT_OFF: &str = "It is watched from outside only: its terminal went with the gonogo that started it.";

/// Whether a wish is tried again with what was asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    Yes,
    No,
}

impl Again {
    fn when(unlocked: bool) -> Self {
        if unlocked { Again::Yes } else { Again::No }
    }
}

impl<W: Write> Walk<'_, W> {
    /// `r`, `r 2`, `r 2.1`: the next open block, the second, or the first line of the second.
    pub(super) fn run(&mut self, which: &str) -> Result<(), Failure> {
        let Some(step) = self.step() else { return Ok(()) };
        if step.soak_s().is_some() {
            return self.soak(&step);
        }
        let Some((command, part)) = self.choose(&step, which) else {
            writeln!(self.out, "This step has no such block to run.")?;
            return Ok(());
        };
        let target = Target { step: step.id.clone(), command, part };
        let mut wish = Execute { target, edited: None, consent: Consent::None, reason: None, channel: Channel::Pty };
        self.adopt_size();
        say::about_to_run(self.session, &step, (command, part), self.out)?;
        if let Some(said) = repeats(self.session.run(), &step, &wish.target) {
            writeln!(self.out, "{}", printable(&said))?;
        }
        loop {
            match self.session.intend(&Intent::Execute(wish.clone())) {
                Ok(()) => return self.watch_from_the_start(),
                Err(Denied::Refused(refusal)) => {
                    if self.unlock(&step, &mut wish, refusal)? == Again::No {
                        return Ok(());
                    }
                }
                Err(denied) => return self.denied(&denied).map(|_| ()),
            }
        }
    }

    /// Asks for what a refused command needs.
    fn unlock(&mut self, step: &Step, wish: &mut Execute, refusal: Refusal) -> Result<Again, Failure> {
        match refusal {
            Refusal::NeedsYes => {
                self.say_where()?;
                if !is_yes(self.prompt("Run it? y or n", Question::YesNo)?.as_deref()) {
                    return self.not_run();
                }
                wish.consent = Consent::Yes;
            }
            Refusal::NeedsStepId(number) => {
                self.say_where()?;
                let question = format!("It destroys something. Type {number} to run it, anything else not to");
                match self.typed(&question, &number)? {
                    Some(typed) => wish.consent = Consent::Typed(typed),
                    None => return self.not_run(),
                }
            }
            Refusal::Disguised { number, what } => {
                let question = format!(
                    "It holds characters that hide or look like others: {}. Type {number} to run it, anything else not to",
                    printable(&escaped(&what))
                );
                match self.typed(&question, &number)? {
                    Some(typed) => wish.consent = Consent::Typed(typed),
                    None => return self.not_run(),
                }
            }
            Refusal::NeedsReason(why) => match self.ask_for(&format!("{why}. Reason, or nothing to leave it"))? {
                Some(reason) => wish.reason = Some(reason),
                None => return self.not_run(),
            },
            Refusal::Unfilled(missing) => {
                writeln!(self.out, "It lacks {}.", printable(&missing.join(", ")))?;
                if !self.fill(step, &missing)? {
                    return self.not_run();
                }
            }
            Refusal::ChooseLine => match self.choose_line(step, wish.target.command)? {
                Some(part) => wish.target.part = Some(part),
                None => return self.not_run(),
            },
            Refusal::AnswerFirst(attempt) => {
                if !self.resolve(attempt)? {
                    return self.not_run();
                }
            }
            Refusal::Untrusted(what) => return Ok(Again::when(self.ask_trust(&what)?)),
            Refusal::HookRuns(hook) => return Ok(Again::when(self.wait_for_hook(&hook)?)),
            refusal => {
                self.refused(&refusal)?;
                return Ok(Again::No);
            }
        }
        Ok(Again::Yes)
    }

    /// What was typed, if it is the number that was asked for.
    fn typed(&mut self, question: &str, number: &str) -> Result<Option<String>, Failure> {
        let typed = self.prompt(question, Question::Type(number))?.unwrap_or_default();
        Ok(Some(typed.trim().to_owned()).filter(|typed| typed == number))
    }

    fn not_run(&mut self) -> Result<Again, Failure> {
        writeln!(self.out, "Not run.")?;
        Ok(Again::No)
    }

    /// Which of the alternatives in a block is meant.
    fn choose_line(&mut self, step: &Step, command: u32) -> Result<Option<u32>, Failure> {
        let parts = step.command(command as usize).map(|command| command.parts.clone()).unwrap_or_default();
        for (place, part) in parts.iter().enumerate() {
            writeln!(self.out, "{} {}", place + 1, printable(&part.text))?;
        }
        let typed = self.ask("Which line? Its number, or nothing to leave it")?.unwrap_or_default();
        let place = typed.trim().parse::<usize>().ok().filter(|place| (1..=parts.len()).contains(place));
        Ok(place.and_then(|place| u32::try_from(place - 1).ok()))
    }

    fn choose(&self, step: &Step, which: &str) -> Option<(u32, Option<u32>)> {
        let offered: Vec<usize> =
            step.commands().enumerate().filter(|(_, command)| is_offered(command)).map(|(index, _)| index).collect();
        if which.is_empty() {
            let run = self.session.run();
            let open = offered.iter().copied().find(|index| {
                let done = step.command(*index).map(|command| command_progress(run, step, *index, command));
                !matches!(done, Some(Progress::Done | Progress::NeedsPerson))
            });
            let index = open.or_else(|| offered.first().copied())?;
            let part = step.command(index).and_then(|command| next_piece(run, step, index, command));
            return Some((u32::try_from(index).ok()?, part));
        }
        let (block, part) = which.split_once('.').map_or((which, None), |(block, part)| (block, Some(part)));
        let index = block.parse::<usize>().ok()?.checked_sub(1).filter(|index| offered.contains(index))?;
        let part = match part {
            Some(part) => Some(part.parse::<u32>().ok()?.checked_sub(1)?),
            None => None,
        };
        Some((u32::try_from(index).ok()?, part))
    }

    /// Where the command would act.
    fn say_where(&mut self) -> io::Result<()> {
        match self.session.target() {
            Some(target) => writeln!(self.out, "At {}.", printable(target)),
            None => Ok(()),
        }
    }

    fn watch_from_the_start(&mut self) -> Result<(), Failure> {
        let Some(attempt) = self.session.run().running().map(Attempt::id) else {
            // A rehearsal starts nothing.
            return self.say_practised();
        };
        self.watch(attempt, say::Printed::default())
    }

    fn say_practised(&mut self) -> Result<(), Failure> {
        match self.step() {
            Some(step) => Ok(say::ended(self.session, &step, self.out)?),
            None => Ok(()),
        }
    }

    /// `f`: watches what was left running.
    pub(super) fn follow(&mut self) -> Result<(), Failure> {
        let Some(attempt) = self.session.run().running().map(Attempt::id) else {
            return Ok(writeln!(self.out, "Nothing is running.")?);
        };
        let printed = match self.watched.take() {
            Some((watched, printed)) if watched == attempt => printed,
            Some(_) | None => say::Printed::default(),
        };
        self.watch(attempt, printed)
    }

    /// Shows what a command prints until it ends; lines typed meanwhile go to it, Ctrl-C stops it harder each time.
    fn watch(&mut self, attempt: AttemptId, mut printed: say::Printed) -> Result<(), Failure> {
        let mut heeded = self.signals.interrupts();
        let mut hush = None;
        while self.session.run().running().map(Attempt::id) == Some(attempt) {
            self.session.wait(Duration::from_millis(100));
            printed.fresh(self.session, self.out)?;
            self.tick()?;
            // What the program does not show, the terminal of this walk must not show either.
            hush = match (self.session.hides_input(), hush) {
                (true, None) => self.answers.hush(),
                (true, quiet) => quiet,
                (false, _) => None,
            };
            if self.signals.interrupts() > heeded || self.signals.must_end() {
                heeded = self.signals.interrupts();
                self.answers.heed(self.signals);
                self.stop()?;
            }
            match self.session.run().running().and_then(|_| self.answers.for_program()) {
                Some(Typed::Line(line)) => self.session.feed(format!("{line}\n").as_bytes()),
                Some(Typed::End) => self.session.feed(&[0x04]),
                Some(Typed::Order(order)) => match order.as_str() {
                    "b" | "." => {
                        drop(hush);
                        writeln!(self.out, "{attempt} goes on; f watches it again, K stops it.")?;
                        self.watched = Some((attempt, printed));
                        return Ok(());
                    }
                    "c" => self.stop()?,
                    "d" => self.session.feed(&[0x04]),
                    _ => writeln!(self.out, "~b back to the walk, ~c stop, ~d end of input, ~~ a ~ at the beginning")?,
                },
                None => {}
            }
        }
        drop(hush);
        printed.fresh(self.session, self.out)?;
        self.watched = None;
        self.answers.heed(self.signals);
        self.say_end(attempt)
    }

    fn say_end(&mut self, attempt: AttemptId) -> Result<(), Failure> {
        let step = self.session.run().attempt(attempt).map(|attempt| attempt.intended.target.step.clone());
        if let Some(step) = step.and_then(|step| self.session.book().step(&step).cloned()) {
            say::ended(self.session, &step, self.out)?;
        }
        Ok(())
    }

    /// Says that a command has ended that was left running.
    pub(super) fn tell_ending(&mut self) -> Result<(), Failure> {
        let Some((attempt, _)) = &self.watched else { return Ok(()) };
        let attempt = *attempt;
        if self.session.run().running().map(Attempt::id) == Some(attempt) {
            return Ok(());
        }
        self.watched = None;
        writeln!(self.out, "\n{attempt} has ended; o shows what it printed.")?;
        self.say_end(attempt)
    }

    /// Stops the running command, harder each time. Of an endless one it is asked first what its output is for.
    pub(super) fn stop(&mut self) -> Result<(), Failure> {
        let Some(running) = self.session.run().running() else {
            return Ok(writeln!(self.out, "Nothing is running.")?);
        };
        let (attempt, first) = (running.id(), running.stops.first().map(|(_, why)| *why));
        let outside = running.is_rejoined();
        let signal = match running.stops.last() {
            None => StopSignal::Interrupt,
            Some((StopSignal::Interrupt, _)) => StopSignal::Terminate,
            Some((StopSignal::Terminate | StopSignal::Kill, _)) => StopSignal::Kill,
        };
        let target = &running.intended.target;
        let command = self.session.book().step(&target.step).and_then(|step| step.command(target.command as usize));
        let endless = command.is_some_and(|command| command.endless || command.options.endless == Some(true));
        let why = match first {
            Some(why) => why,
            None if endless && !outside && !self.signals.must_end() => {
                let question = "It runs until it is stopped. k stop and keep its output as evidence, \
                                f stop and count it as failed, nothing lets it run";
                match self.ask(question)?.as_deref().map(str::trim) {
                    // Where nobody answers any more, what was printed is not thrown away.
                    Some("k") | None => StopReason::Evidence,
                    Some("f") => StopReason::Operator,
                    Some(_) => return Ok(()),
                }
            }
            None => StopReason::Operator,
        };
        writeln!(self.out, "Stopping {attempt} with {}.", signal.word())?;
        self.wish(&Intent::Stop { signal, why })?;
        Ok(())
    }

    /// `i TEXT`: a line for the running program.
    pub(super) fn type_line(&mut self, text: &str) -> Result<(), Failure> {
        match self.session.run().running() {
            None => return Ok(writeln!(self.out, "No program is running to type into.")?),
            Some(running) if running.is_rejoined() => return Ok(writeln!(self.out, "{CUT_OFF}")?),
            Some(_) => {}
        }
        self.session.feed(format!("{text}\n").as_bytes());
        self.follow()
    }

    /// `o`, `o 3`: what an attempt has printed.
    pub(super) fn show_output(&mut self, which: &str) -> Result<(), Failure> {
        let run = self.session.run();
        let named = which.trim_start_matches('#').parse::<u32>().ok().map(AttemptId);
        let last = self.here.as_ref().and_then(|step| run.attempts_of(step).next_back()).map(Attempt::id);
        match if which.is_empty() { last } else { named.filter(|id| run.attempt(*id).is_some()) } {
            Some(attempt) => say::output(self.session, attempt, self.out)?,
            None if which.is_empty() => writeln!(self.out, "Nothing has run here.")?,
            None => writeln!(self.out, "No attempt has the number {}; L lists what was recorded.", printable(which))?,
        }
        Ok(())
    }

    /// What is expected beside what was printed, where they differ.
    pub(super) fn compare(&mut self) -> Result<(), Failure> {
        let found = self.step().and_then(|step| {
            let attempt = self.session.run().attempts_of(&step.id).next_back()?;
            let command = step.command(attempt.intended.target.command as usize)?;
            Some((attempt.id(), command.expected.as_ref()?.text.clone()))
        });
        let Some((attempt, expected)) = found else {
            let words = "There is no expected output to compare with, or nothing was printed yet.";
            return Ok(writeln!(self.out, "{words}")?);
        };
        let kept = match self.session.output(attempt) {
            Ok(kept) => [kept.head, kept.tail].concat(),
            Err(fault) => return Ok(writeln!(self.out, "{}", printable(&fault.to_string()))?),
        };
        let printed = String::from_utf8_lossy(&strip_ansi_escapes::strip(kept)).into_owned();
        for row in rows(&expected, &printed) {
            match row {
                Row::Same(line) => writeln!(self.out, "same: {}", printable(&line))?,
                Row::Differs { expected, printed } => {
                    if let Some(line) = expected {
                        writeln!(self.out, "expected: {}", printable(&line))?;
                    }
                    if let Some(line) = printed {
                        writeln!(self.out, "printed: {}", printable(&line))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// `y`, `y 2`: a block as it stands, for copying.
    pub(super) fn text(&mut self, which: &str) -> Result<(), Failure> {
        let Some(step) = self.step() else { return Ok(()) };
        let index = match which {
            "" => self.choose(&step, "").map_or(Some(0), |(index, _)| usize::try_from(index).ok()),
            which => which.parse::<usize>().ok().and_then(|number| number.checked_sub(1)),
        };
        match index.and_then(|index| step.command(index)) {
            Some(command) => command.text.lines().try_for_each(|line| writeln!(self.out, "{}", printable(line)))?,
            None => writeln!(self.out, "This step has no such block.")?,
        }
        Ok(())
    }

    /// Puts the question for every command whose end nobody saw.
    pub(super) fn resolve_unknown(&mut self) -> Result<(), Failure> {
        let unknown: Vec<AttemptId> = self.session.run().unknown().map(Attempt::id).collect();
        for attempt in unknown {
            self.resolve(attempt)?;
        }
        Ok(())
    }

    /// Asks what came of an attempt, and again when what was watched from outside has ended unseen. Says whether an answer
    /// for good was recorded.
    fn resolve(&mut self, attempt: AttemptId) -> Result<bool, Failure> {
        while self.session.run().unknown().any(|unknown| unknown.id() == attempt) {
            say::unknown(self.session, attempt, self.out)?;
            let there = self.session.still_alive(attempt).is_some();
            let charge = if there { "w watch it again, k stop it, " } else { "" };
            let question =
                format!("What came of it? {charge}s succeeded, f failed or did not happen, nothing to decide later");
            let purpose = match self.ask(&question)?.as_deref().map(str::trim) {
                Some("w") if there => Rejoin::Watch,
                Some("k") if there => Rejoin::Stop,
                Some("s") => return self.resolve_as(attempt, Resolution::Succeeded),
                Some("f") => return self.resolve_as(attempt, Resolution::Failed),
                Some(_) | None => return Ok(false),
            };
            let Some(reason) = self.ask_for("Why? It goes into the record; nothing to decide later")? else {
                return Ok(false);
            };
            self.wish(&Intent::Rejoin { attempt, purpose, reason })?;
            if self.session.run().running().is_none() {
                return Ok(false);
            }
            writeln!(self.out, "Waiting for its end; what it prints is not seen. Ctrl-C stops it, harder each time.")?;
            self.watch(attempt, say::Printed::default())?;
        }
        Ok(true)
    }

    fn resolve_as(&mut self, attempt: AttemptId, resolution: Resolution) -> Result<bool, Failure> {
        match self.ask_for("How do you know? It goes into the record; nothing to decide later")? {
            Some(reason) => {
                let done = self.wish(&Intent::Resolve { attempt, resolution, reason })?;
                let step = self.session.run().attempt(attempt).map(|attempt| &attempt.intended.target.step);
                if let Some(step) = step.and_then(|step| self.session.book().step(step).cloned()) {
                    say::behind_failure(self.session, &step, self.out)?;
                }
                Ok(done)
            }
            None => Ok(false),
        }
    }
}
