//! The walk line by line: for screen readers, logs, serial consoles, and for the demo that plays itself.
//!
//! The same engine as the screen: every wish goes through [`Session::intend`], and what it is refused is asked for here in
//! words. Nothing moves the cursor, nothing is drawn twice.

mod ask;
mod mend;
mod say;

use super::edits;
use super::exit::{Exit, Failure};
use super::plan::printable;
use super::signals::Signals;
use crate::run::Value;
use crate::run::decide::{Consent, Execute, Intent, Refusal};
use crate::run::event::{
    AttemptId, Call, Carried, Channel, Meaning, Resolution, Scope, StopReason, StopSignal, Target, Verdict,
};
use crate::run::readiness::leaves;
use crate::run::state::{Progress, command_progress, is_offered, next_piece};
use crate::run::statement::Statement;
use crate::run::suspicious::escaped;
use crate::runbook::{Digest, PhaseId, Step, StepId};
use crate::session::{Asking, Denied, Session};
pub use ask::Answers;
use ask::Question;
use std::io::{self, IsTerminal as _, Write};
use std::time::Duration;

/// Walks until the operator leaves, the answers end, or the process is told to end.
///
/// # Errors
/// When the record cannot be kept or nothing can be written.
pub fn walk(
    session: &mut Session,
    mut answers: Answers,
    signals: &Signals,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let mut walk = Walk { session, answers: &mut answers, signals, out, at: 0, told_of: None };
    say::opening(walk.session, walk.out)?;
    walk.resolve_unknown()?;
    walk.decide_remembered()?;
    walk.decide_edit()?;
    walk.at = walk.next_open(0).unwrap_or(0);
    walk.show()?;
    while let Some(line) =
        walk.prompt("Choose: r run, t tick, s sign off, x skip, a note, n next, ? help, q leave", Question::Choose)?
    {
        if walk.act(line.trim())? == Next::Leave {
            break;
        }
        walk.tell_edit()?;
    }
    walk.session.leave().map_err(|fault| Failure::system(fault.to_string()))?;
    say::closing(walk.session, walk.out)?;
    let answer = walk.session.readiness().answer;
    if answers.were_interrupted() { Ok(Exit::Interrupted) } else { Ok(answer.into()) }
}

/// What is said when any walk ends: the answer, and how to go on.
///
/// # Errors
/// When nothing can be written.
pub fn farewell(session: &Session, out: &mut impl Write) -> Result<(), Failure> {
    Ok(say::closing(session, out)?)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Stay,
    Leave,
}

struct Walk<'a, W: Write> {
    session: &'a mut Session,
    answers: &'a mut Answers,
    signals: &'a Signals,
    out: &'a mut W,
    /// Place in the list of walked leaf steps.
    at: usize,
    /// The edit of the file that was told.
    told_of: Option<Digest>,
}

impl<W: Write> Walk<'_, W> {
    fn act(&mut self, line: &str) -> Result<Next, Failure> {
        let (verb, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        match verb {
            "" => {}
            "q" => return Ok(Next::Leave),
            "?" | "h" => say::help(self.out)?,
            "n" => self.go(self.next_open(self.at + 1).or_else(|| self.next_open(0)))?,
            "N" => self.go(Some(self.at + 1))?,
            "p" => self.go(self.at.checked_sub(1))?,
            "g" => self.go_to(rest)?,
            "d" => self.show()?,
            "r" => self.run(rest)?,
            "t" => self.mark(Verdict::Passed, None)?,
            "s" => self.sign_off()?,
            "x" => self.skip()?,
            "a" => {
                let text = self.text_or_ask(rest, "Note")?;
                let step = self.step().map(|step| step.id);
                self.wish(&Intent::Note { step, text })?;
            }
            "u" => {
                if let Some(step) = self.step() {
                    self.wish(&Intent::Reverse { step: step.id })?;
                }
            }
            "v" => self.give_values()?,
            "o" => self.show_output()?,
            "b" => say::board(self.session, self.out)?,
            "c" => self.call(rest)?,
            "w" => self.release(rest)?,
            "E" => self.show_edit()?,
            "m" => {
                self.mend()?;
                self.show()?;
            }
            "C" => self.close()?,
            _ => writeln!(self.out, "There is no command {}; ? lists them.", printable(verb))?,
        }
        Ok(Next::Stay)
    }

    /// The walked leaf steps, in order.
    fn steps(&self) -> Vec<StepId> {
        leaves(self.session.book(), self.session.run()).into_iter().map(|leaf| leaf.step.id.clone()).collect()
    }

    fn step(&self) -> Option<Step> {
        let id = self.steps().get(self.at)?.clone();
        self.session.book().step(&id).cloned()
    }

    fn next_open(&self, from: usize) -> Option<usize> {
        let leaves = leaves(self.session.book(), self.session.run());
        leaves.iter().enumerate().skip(from).find(|(_, leaf)| !leaf.state.is_settled()).map(|(place, _)| place)
    }

    fn go(&mut self, place: Option<usize>) -> Result<(), Failure> {
        let Some(place) = place.filter(|place| *place < self.steps().len()) else {
            writeln!(self.out, "No further step there.")?;
            return Ok(());
        };
        self.at = place;
        self.show()
    }

    fn go_to(&mut self, typed: &str) -> Result<(), Failure> {
        let wanted = self.session.book().find_step(typed).map(|step| step.id.clone());
        let place = wanted.and_then(|id| self.steps().iter().position(|step| *step == id));
        if place.is_none() {
            writeln!(self.out, "No step is called {}; say its number, such as 2.1.", printable(typed))?;
            return Ok(());
        }
        self.go(place)
    }

    fn show(&mut self) -> Result<(), Failure> {
        let total = self.steps().len();
        if let Some(step) = self.step() {
            say::step(self.session, &step, self.at + 1, total, self.out)?;
        }
        Ok(())
    }

    /// Asks a question; `None` when nobody answers any more.
    fn prompt(&mut self, words: &str, question: Question<'_>) -> Result<Option<String>, Failure> {
        writeln!(self.out, "{words}")?;
        self.answers.line(self.session, self.signals, question, self.out)
    }

    /// Asks for a reason, a note or a value.
    fn ask(&mut self, words: &str) -> Result<Option<String>, Failure> {
        self.prompt(words, Question::Words)
    }

    fn text_or_ask(&mut self, given: &str, question: &str) -> Result<String, Failure> {
        if given.is_empty() { Ok(self.ask(question)?.unwrap_or_default()) } else { Ok(given.to_owned()) }
    }

    /// Passes a wish on; says what it is refused.
    fn wish(&mut self, wish: &Intent) -> Result<bool, Failure> {
        match self.session.intend(wish) {
            Ok(()) => {
                say::recorded(self.session, self.out)?;
                Ok(true)
            }
            Err(Denied::Refused(refusal)) => {
                writeln!(self.out, "Not now: {}.", printable(&refusal.to_string()))?;
                Ok(false)
            }
            Err(Denied::Faulted(fault)) => {
                writeln!(self.out, "Not recorded, so not done: {}", printable(&fault.to_string()))?;
                Ok(false)
            }
        }
    }

    /// `r`, `r 2`, `r 2.1`: the next open block, the second, or the first line of the second.
    fn run(&mut self, which: &str) -> Result<(), Failure> {
        let Some(step) = self.step() else { return Ok(()) };
        let Some((command, part)) = self.choose(&step, which) else {
            writeln!(self.out, "This step has no such block to run.")?;
            return Ok(());
        };
        let target = Target { step: step.id.clone(), command, part };
        let mut wish = Execute { target, edited: None, consent: Consent::None, reason: None, channel: Channel::Pty };
        say::about_to_run(&step, command, part, self.out)?;
        loop {
            match self.session.intend(&Intent::Execute(wish.clone())) {
                Ok(()) => return self.watch(&step),
                Err(Denied::Refused(Refusal::NeedsYes)) => {
                    self.say_where()?;
                    if self.prompt("Run it? y or n", Question::YesNo)?.as_deref().map(str::trim) != Some("y") {
                        writeln!(self.out, "Not run.")?;
                        return Ok(());
                    }
                    wish.consent = Consent::Yes;
                }
                Err(Denied::Refused(Refusal::NeedsStepId(number))) => {
                    self.say_where()?;
                    let question = format!("It destroys something. Type {number} to run it, anything else not to");
                    let typed = self.prompt(&question, Question::Type(&number))?.unwrap_or_default();
                    if typed.trim() != number {
                        writeln!(self.out, "Not run.")?;
                        return Ok(());
                    }
                    wish.consent = Consent::Typed(typed);
                }
                Err(Denied::Refused(Refusal::Disguised { number, what })) => {
                    let question = format!(
                        "It holds characters that hide or look like others: {}. Type {number} to run it, anything else not to",
                        printable(&escaped(&what))
                    );
                    let typed = self.prompt(&question, Question::Type(&number))?.unwrap_or_default();
                    if typed.trim() != number {
                        writeln!(self.out, "Not run.")?;
                        return Ok(());
                    }
                    wish.consent = Consent::Typed(typed);
                }
                Err(Denied::Refused(Refusal::NeedsReason(why))) => {
                    let reason = self.ask(&format!("{why}. Reason, or nothing to leave it"))?.unwrap_or_default();
                    if reason.trim().is_empty() {
                        writeln!(self.out, "Not run.")?;
                        return Ok(());
                    }
                    wish.reason = Some(reason);
                }
                Err(denied) => {
                    writeln!(self.out, "Not now: {}.", printable(&denied.to_string()))?;
                    return Ok(());
                }
            }
        }
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

    /// Shows what a command prints until it ends; lines typed meanwhile go to it, Ctrl-C stops it harder each time.
    fn watch(&mut self, step: &Step) -> Result<(), Failure> {
        let mut printed = say::Printed::default();
        let mut stops = [StopSignal::Interrupt, StopSignal::Terminate, StopSignal::Kill].into_iter();
        let mut heeded = self.signals.interrupts();
        while let Some(running) = self.session.run().running().map(crate::run::Attempt::id) {
            self.session.wait(Duration::from_millis(100));
            printed.fresh(self.session, self.out)?;
            self.tick()?;
            if let Some(line) = self.answers.for_program() {
                self.session.feed(format!("{line}\n").as_bytes());
            }
            if self.signals.interrupts() > heeded || self.signals.must_end() {
                heeded = self.signals.interrupts();
                let endless = step.commands().any(|command| command.endless);
                let why = if endless { StopReason::Evidence } else { StopReason::Operator };
                if let Some(signal) = stops.next() {
                    writeln!(self.out, "Stopping {running} with {}.", signal.word())?;
                    self.wish(&Intent::Stop { signal, why })?;
                }
            }
        }
        self.answers.heed(self.signals);
        say::ended(self.session, step, self.out)?;
        Ok(())
    }

    fn tick(&mut self) -> Result<(), Failure> {
        self.session.tick().map(|_| ()).map_err(|fault| Failure::system(fault.to_string()))
    }

    fn mark(&mut self, verdict: Verdict, reason: Option<String>) -> Result<(), Failure> {
        let Some(step) = self.step() else { return Ok(()) };
        let wish = |reason| Intent::Mark { step: step.id.clone(), verdict, reason };
        match self.session.intend(&wish(reason)) {
            Ok(()) => {
                say::recorded(self.session, self.out)?;
                self.go(self.next_open(self.at).or_else(|| self.next_open(0)))
            }
            Err(Denied::Refused(Refusal::NeedsReason(why))) => {
                let reason = self.ask(&format!("{why}. Reason, or nothing to leave it"))?.unwrap_or_default();
                if !reason.trim().is_empty() && self.wish(&wish(Some(reason)))? {
                    return self.go(self.next_open(self.at).or_else(|| self.next_open(0)));
                }
                Ok(())
            }
            Err(denied) => {
                writeln!(self.out, "Not now: {}.", printable(&denied.to_string()))?;
                Ok(())
            }
        }
    }

    fn sign_off(&mut self) -> Result<(), Failure> {
        let answer =
            self.prompt("Verdict: p passed, r passed with remarks, f failed, nothing to leave it", Question::Verdict)?;
        let verdict = match answer.as_deref().map(str::trim) {
            Some("p") => Verdict::Passed,
            Some("r") => Verdict::PassedWithRemarks,
            Some("f") => Verdict::Failed,
            _ => return Ok(()),
        };
        let note = self.ask("Note, or nothing")?.filter(|note| !note.trim().is_empty());
        self.mark(verdict, note)
    }

    fn skip(&mut self) -> Result<(), Failure> {
        let answer = self.ask("w waive, n not applicable, d defer, nothing to leave it")?;
        let verdict = match answer.as_deref().map(str::trim) {
            Some("w") => Verdict::Waived,
            Some("n") => Verdict::NotApplicable,
            Some("d") => Verdict::Deferred,
            _ => return Ok(()),
        };
        let reason = self.ask("Reason")?.unwrap_or_default();
        self.mark(verdict, Some(reason))
    }

    fn give_values(&mut self) -> Result<(), Failure> {
        for name in say::missing_values(self.session) {
            let secret = self.session.book().front.vars.get(&name).is_some_and(|variable| variable.secret)
                || self.session.book().front.secrets.contains(&name);
            let note = if secret { " (never recorded; it is shown as you type)" } else { "" };
            let Some(value) = self.ask(&format!("Value for {}{note}, or nothing", printable(&name)))? else { break };
            if value.is_empty() {
                continue;
            }
            if secret {
                if let Err(denied) = self.session.give_secret(&name, value) {
                    writeln!(self.out, "Not now: {}.", printable(&denied.to_string()))?;
                }
            } else {
                self.wish(&Intent::Give { name, value: Value::Plain(value) })?;
            }
        }
        Ok(())
    }

    fn show_output(&mut self) -> Result<(), Failure> {
        let Some(step) = self.step() else { return Ok(()) };
        let last = self.session.run().attempts_of(&step.id).next_back().map(crate::run::Attempt::id);
        match last {
            Some(attempt) => say::output(self.session, attempt, self.out)?,
            None => writeln!(self.out, "Nothing has run here.")?,
        }
        Ok(())
    }

    /// `c ROLE go`, `c ROLE nogo REASON`.
    fn call(&mut self, rest: &str) -> Result<(), Failure> {
        let mut words = rest.splitn(3, char::is_whitespace);
        let (role, call, reason) = (words.next().unwrap_or(""), words.next(), words.next());
        let call = match call {
            Some("go") => Call::Go,
            Some("nogo" | "no-go") => Call::NoGo,
            _ => {
                writeln!(self.out, "Say: c ROLE go, or c ROLE nogo REASON. b shows the board.")?;
                return Ok(());
            }
        };
        let reason = reason.map(str::to_owned);
        if self.wish(&Intent::Call { role: role.to_owned(), call, reason })? {
            say::board(self.session, self.out)?;
        }
        Ok(())
    }

    /// `w SCOPE`, `w SCOPE reject REASON`: releases or rejects a gate.
    fn release(&mut self, rest: &str) -> Result<(), Failure> {
        let mut words = rest.splitn(3, char::is_whitespace);
        let (scope, reject, reason) = (words.next().unwrap_or(""), words.next(), words.next());
        let step = self.session.book().find_step(scope).map(|step| Scope::Step(step.id.clone()));
        let phase = PhaseId(scope.to_owned());
        let scope = step.or_else(|| self.session.book().phase(&phase).map(|phase| Scope::Phase(phase.id.clone())));
        let Some(scope) = scope else {
            writeln!(self.out, "Say: w STEP or w PHASE-ID, and reject REASON to reject it.")?;
            return Ok(());
        };
        let meaning = if reject == Some("reject") { Meaning::Rejected } else { Meaning::Released };
        let drafted = self.session.draft(scope, meaning, reason.map(str::to_owned));
        self.state(drafted)
    }

    /// Shows a statement whole, signs it if there is a key, and records it.
    fn state(&mut self, drafted: Result<Statement, Denied>) -> Result<(), Failure> {
        let statement = match drafted {
            Ok(statement) => statement,
            Err(denied) => {
                writeln!(self.out, "Not now: {}.", printable(&denied.to_string()))?;
                return Ok(());
            }
        };
        for line in statement.text().lines() {
            writeln!(self.out, "  {line}")?;
        }
        self.out.flush()?;
        let key = self.session.identity()?.key.as_ref().map(|key| key.fingerprint.clone());
        let mut signature = None;
        if let Some(key) = key {
            let answer = self.ask(&format!("Sign this with the key {key}? y or n"))?;
            if !matches!(answer.as_deref().map(str::trim), Some("y" | "yes")) {
                writeln!(self.out, "Nothing was recorded.")?;
                return Ok(());
            }
            let asking = if io::stdin().is_terminal() { Asking::Terminal } else { Asking::Nowhere };
            match self.session.sign(&statement, asking) {
                Ok(signed) => signature = signed,
                Err(error) => {
                    writeln!(self.out, "Not signed, so nothing was recorded: {}.", printable(&error.to_string()))?;
                    return Ok(());
                }
            }
        }
        let how = if signature.is_some() { "Signed" } else { "Recorded, unsigned" };
        match self.session.state(statement, signature) {
            Ok(()) => writeln!(self.out, "{how}.")?,
            Err(Denied::Refused(refusal)) => writeln!(self.out, "Not now: {}.", printable(&refusal.to_string()))?,
            Err(Denied::Faulted(fault)) => return Err(fault.into()),
        }
        Ok(())
    }

    /// Puts the question of an edited file, unless it was answered before.
    fn decide_edit(&mut self) -> Result<(), Failure> {
        if self.session.undecided_edit().is_some() { self.show_edit() } else { Ok(()) }
    }

    /// Says how the file was edited, and adopts it or stays.
    fn show_edit(&mut self) -> Result<(), Failure> {
        let Some(drift) = self.session.edited() else {
            writeln!(self.out, "The file says what the run walks.")?;
            return Ok(());
        };
        self.told_of = Some(drift.to);
        let (stay, adopt) = (Intent::Stay { runbook: drift.to }, Intent::Adopt(drift.adopted()));
        edits::write(drift, self.session.run(), self.out)?;
        let question = "a adopt the edited version, s stay on the recorded one, nothing to decide later";
        let wish = match self.ask(question)?.as_deref().map(str::trim) {
            Some("a") => adopt,
            Some("s") => stay,
            _ => return Ok(()),
        };
        let here = self.step().map(|step| step.id);
        if self.wish(&wish)? {
            let place = here.and_then(|id| self.steps().iter().position(|step| *step == id));
            self.at = place.or_else(|| self.next_open(0)).unwrap_or(0);
        }
        Ok(())
    }

    /// Says once that the file was edited while the run is walked.
    fn tell_edit(&mut self) -> Result<(), Failure> {
        if let Some(drift) = self.session.undecided_edit().filter(|drift| self.told_of != Some(drift.to)) {
            writeln!(self.out, "The file was edited ({}); E shows it.", drift.summary())?;
            self.told_of = Some(drift.to);
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), Failure> {
        let left = self.session.readiness().blockers.len();
        let reason = if left == 0 {
            None
        } else {
            self.ask(&format!("{left} blockers are left. Reason to close all the same, or nothing to leave it open"))?
                .filter(|reason| !reason.trim().is_empty())
        };
        if left == 0 || reason.is_some() {
            let carried =
                self.session.deferred().map(|step| Carried { step, reason: reason.clone().unwrap_or_default() });
            let drafted = self.session.draft_close(reason.clone(), carried.collect());
            self.state(drafted)?;
        }
        Ok(())
    }

    /// Puts the question for every command whose end nobody saw.
    fn resolve_unknown(&mut self) -> Result<(), Failure> {
        let unknown: Vec<AttemptId> = self.session.run().unknown().map(crate::run::Attempt::id).collect();
        for attempt in unknown {
            say::unknown(self.session, attempt, self.out)?;
            let answer =
                self.ask("What came of it? s succeeded, f failed or did not happen, nothing to decide later")?;
            let resolution = match answer.as_deref().map(str::trim) {
                Some("s") => Resolution::Succeeded,
                Some("f") => Resolution::Failed,
                _ => continue,
            };
            let reason = self.ask("How do you know?")?.unwrap_or_default();
            self.wish(&Intent::Resolve { attempt, resolution, reason })?;
        }
        Ok(())
    }
}
