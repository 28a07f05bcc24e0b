//! The walk line by line: for screen readers, logs, serial consoles, and for the demo that plays itself.
//!
//! The same engine as the screen: every wish goes through [`Session::intend`], and what it is refused is asked for here in
//! words. Nothing moves the cursor, nothing is drawn twice.

mod ask;
mod board;
mod by_itself;
mod correct;
mod edition;
mod execute;
mod mark;
mod place;
mod say;
mod terminal;
mod values;
mod words;

use super::args::Common;
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::plan::printable;
use super::signals::Signals;
use crate::run::decide::{Intent, Refusal};
use crate::run::event::AttemptId;
use crate::runbook::{Digest, Step, StepId};
use crate::session::{Denied, Session};
use crate::tui::Settings;
pub use ask::Answers;
use ask::Question;
use std::io::Write;
use words::Do;

/// What a walk knows of the world around it.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    pub settings: &'a Settings,
    pub common: &'a Common,
    pub env: &'a Environment,
}

/// Walks until the operator leaves, the answers end, or the process is told to end.
///
/// # Errors
/// When the record cannot be kept or nothing can be written.
pub fn walk(
    session: &mut Session,
    mut answers: Answers,
    signals: &Signals,
    around: Around<'_>,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let mut walk =
        Walk { session, answers: &mut answers, signals, around, out, here: None, told_of: None, watched: None };
    say::opening(walk.session, walk.out)?;
    if let Some(why) = walk.session.holds_back() {
        writeln!(walk.out, "{}.", printable(&why))?;
    }
    walk.resolve_unknown()?;
    walk.decide_edit()?;
    walk.recall()?;
    walk.here = walk.next_open();
    walk.show()?;
    while let Some(line) = walk.prompt(
        "Choose: r run, t tick, s sign off, x skip, a note, n next, l list, ? help, q leave",
        Question::Choose,
    )? {
        if walk.act(&line)? == Next::Leave {
            break;
        }
        walk.tell_ending()?;
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
    around: Around<'a>,
    out: &'a mut W,
    /// The step that is talked about; walked or at hand.
    here: Option<StepId>,
    /// The edit of the file that was told.
    told_of: Option<Digest>,
    /// The command that was left running, as far as its output was shown.
    watched: Option<(AttemptId, say::Printed)>,
}

impl<W: Write> Walk<'_, W> {
    fn act(&mut self, line: &str) -> Result<Next, Failure> {
        if line.trim().is_empty() {
            return Ok(Next::Stay);
        }
        let Some((deed, rest)) = words::read(line) else {
            let verb = line.split_whitespace().next().unwrap_or_default();
            writeln!(self.out, "There is no command {}; ? lists them.", printable(verb))?;
            return Ok(Next::Stay);
        };
        match deed {
            Do::Leave => return self.leave(),
            Do::Help => words::help(rest, self.out)?,
            Do::NextOpen => self.go_open(place::Way::Forward)?,
            Do::PreviousOpen => self.go_open(place::Way::Back)?,
            Do::Next => self.go_beside(place::Way::Forward)?,
            Do::Previous => self.go_beside(place::Way::Back)?,
            Do::NextPhase => self.go_phase(place::Way::Forward)?,
            Do::PreviousPhase => self.go_phase(place::Way::Back)?,
            Do::Go => self.go_to(rest)?,
            Do::List => self.list(rest)?,
            Do::Show => self.show()?,
            Do::Find => self.find(rest)?,
            Do::Run => self.run(rest)?,
            Do::Type => self.type_line(rest)?,
            Do::Follow => self.follow()?,
            Do::Terminal => self.hand_over()?,
            Do::Stop => self.stop()?,
            Do::Output => self.show_output(rest)?,
            Do::Compare => self.compare()?,
            Do::Reveal => self.reveal()?,
            Do::Correct => self.correct()?,
            Do::Text => self.text(rest)?,
            Do::Tick => self.tick_step()?,
            Do::SignOff => self.sign_off()?,
            Do::Skip => self.skip()?,
            Do::TakeBack => self.take_back()?,
            Do::Note => self.note(rest)?,
            Do::LongNote => self.write_note()?,
            Do::Values => self.values(rest)?,
            Do::Board => say::board(self.session, self.out)?,
            Do::Call => self.call(rest)?,
            Do::Gate => self.gate(rest)?,
            Do::Detour => self.detour(rest)?,
            Do::Timeline => self.timeline()?,
            Do::Log => self.log(rest)?,
            Do::Edit => self.edit()?,
            Do::Edits => self.show_edit()?,
            Do::Export => self.export(rest)?,
            Do::Close => self.close()?,
        }
        Ok(Next::Stay)
    }

    fn step(&self) -> Option<Step> {
        self.session.book().step(self.here.as_ref()?).cloned()
    }

    /// Leaving stops what is running: that is asked first.
    fn leave(&mut self) -> Result<Next, Failure> {
        if self.session.run().running().is_none() {
            return Ok(Next::Leave);
        }
        let question = "A command is running. y stops it and leaves, anything else stays";
        let answer = self.prompt(question, Question::YesNo)?;
        Ok(if is_yes(answer.as_deref()) { Next::Leave } else { Next::Stay })
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

    /// Asks for something that may be left out: `None` when nothing was said.
    fn ask_for(&mut self, words: &str) -> Result<Option<String>, Failure> {
        Ok(self.ask(words)?.filter(|text| !text.trim().is_empty()))
    }

    fn refused(&mut self, refusal: &Refusal) -> Result<(), Failure> {
        Ok(writeln!(self.out, "Not now: {}.", printable(&refusal.to_string()))?)
    }

    /// Passes a wish on; says what it is refused.
    fn wish(&mut self, wish: &Intent) -> Result<bool, Failure> {
        match self.session.intend(wish) {
            Ok(()) => {
                say::recorded(self.session, self.out)?;
                Ok(true)
            }
            Err(denied) => self.denied(&denied),
        }
    }

    /// Says why a wish came to nothing; always false.
    fn denied(&mut self, denied: &Denied) -> Result<bool, Failure> {
        match denied {
            Denied::Refused(refusal) => self.refused(refusal)?,
            Denied::Faulted(fault) => {
                writeln!(self.out, "Not recorded, so not done: {}", printable(&fault.to_string()))?;
            }
        }
        Ok(false)
    }

    fn tick(&mut self) -> Result<(), Failure> {
        self.session.tick().map(|_| ()).map_err(|fault| Failure::system(fault.to_string()))
    }
}

fn is_yes(answer: Option<&str>) -> bool {
    answer.is_some_and(|answer| matches!(answer.trim(), "y" | "yes"))
}
