//! Where answers come from: a person at a terminal, lines in a pipe, or a script.
//!
//! Nothing is read ahead of what is asked: whoever gets the terminal next, an editor or ssh-keygen, finds its keys there.

use crate::cli::exit::Failure;
use crate::cli::signals::Signals;
use crate::session::Session;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::termios::{LocalModes, OptionalActions, Termios, isatty, tcgetattr, tcsetattr};
use std::collections::VecDeque;
use std::io::Write;
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::Duration;

/// How long is waited for a line before the session is looked after.
const GLANCE: Duration = Duration::from_millis(200);

/// Answers to questions.
#[derive(Debug)]
pub struct Answers {
    source: Source,
    /// Interrupts that were meant for a command, not for us.
    heeded: u32,
    interrupted: Interruption,
}

#[derive(Debug)]
enum Source {
    Typed(Input),
    Script(VecDeque<&'static str>),
}

/// What is asked, as far as a script has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question<'a> {
    /// What to do next.
    Choose,
    /// Whether to run a command.
    YesNo,
    /// Type this to run a destructive command.
    Type(&'a str),
    Verdict,
    /// A reason, a note, a value.
    Words,
}

/// Whether the walk ended because of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Interruption {
    None,
    Signal,
}

/// A line that was typed while a command runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Typed {
    /// For the program.
    Line(String),
    /// For gonogo: what stood behind the escape character.
    Order(String),
    /// The program's input is at its end (Ctrl-D).
    End,
}

/// A descriptor that is read line by line, never ahead of what is asked.
#[derive(Debug)]
struct Input {
    from: OwnedFd,
    /// What was read and not taken yet.
    waiting: Vec<u8>,
    state: Open,
    /// What the running program was told of it.
    told: Open,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Yes,
    /// Nothing more will come; at a terminal, Ctrl-D was pressed.
    Ended,
}

impl Answers {
    /// Lines of `input` (standard input, or the terminal when the runbook came by standard input).
    #[must_use]
    pub fn typed(input: OwnedFd) -> Self {
        let input = Input { from: input, waiting: Vec::new(), state: Open::Yes, told: Open::Yes };
        Answers { source: Source::Typed(input), heeded: 0, interrupted: Interruption::None }
    }

    /// What to do next, written beforehand; each answer is shown as it is given, and whatever is asked on the way is agreed to.
    #[must_use]
    pub fn script(lines: &[&'static str]) -> Self {
        let source = Source::Script(lines.iter().copied().collect());
        Answers { source, heeded: 0, interrupted: Interruption::None }
    }

    /// Waits for a line before there is a session. `None` at the end of input.
    #[must_use]
    pub fn first_line(&mut self) -> Option<String> {
        let Source::Typed(input) = &mut self.source else {
            return None;
        };
        loop {
            if let Some(line) = input.line() {
                return Some(line);
            }
            if input.state == Open::Ended {
                return None;
            }
            input.read(GLANCE);
        }
    }

    /// Waits for a line, while the session keeps taking in what happens. `None` at the end of input or on a signal.
    pub(super) fn line(
        &mut self,
        session: &mut Session,
        signals: &Signals,
        question: Question<'_>,
        out: &mut impl Write,
    ) -> Result<Option<String>, Failure> {
        write!(out, "> ")?;
        out.flush()?;
        let input = match &mut self.source {
            Source::Script(lines) => {
                let line = match question {
                    Question::Choose => lines.pop_front(),
                    Question::YesNo => Some("y"),
                    Question::Type(wanted) => Some(wanted),
                    Question::Verdict => Some("p"),
                    Question::Words => Some("looked at by the script that plays the demo"),
                };
                writeln!(out, "{}", line.unwrap_or("(end of the script)"))?;
                return Ok(line.map(str::to_owned));
            }
            Source::Typed(input) => input,
        };
        loop {
            if let Some(line) = input.line() {
                return Ok(Some(line));
            }
            if input.state == Open::Ended {
                writeln!(out)?;
                return Ok(None);
            }
            input.read(GLANCE);
            session.tick().map_err(|fault| Failure::system(fault.to_string()))?;
            if signals.must_end() || signals.interrupts() > self.heeded {
                self.interrupted = Interruption::Signal;
                writeln!(out)?;
                return Ok(None);
            }
        }
    }

    /// The same without showing what is typed, where the terminal can be told so.
    pub(super) fn hidden_line(
        &mut self,
        session: &mut Session,
        signals: &Signals,
        out: &mut impl Write,
    ) -> Result<Option<String>, Failure> {
        let quiet = self.hush();
        let line = self.line(session, signals, Question::Words, out);
        if quiet.is_some() {
            writeln!(out)?;
        }
        line
    }

    /// Whether a person may sit there.
    pub(super) fn are_typed_at_terminal(&self) -> bool {
        match &self.source {
            Source::Typed(input) => isatty(&input.from),
            Source::Script(_) => false,
        }
    }

    /// The descriptor that is read, for whoever sees to the terminal.
    pub(super) fn terminal(&self) -> Option<&OwnedFd> {
        match &self.source {
            Source::Typed(input) => Some(&input.from).filter(|from| isatty(from)),
            Source::Script(_) => None,
        }
    }

    /// Waits a little for a line, which is taken; says whether one was typed or none will come any more.
    pub(super) fn waits_for(&mut self, at_most: Duration) -> bool {
        match &mut self.source {
            Source::Typed(input) => {
                input.read(at_most);
                input.line().is_some() || input.state == Open::Ended
            }
            Source::Script(_) => {
                std::thread::park_timeout(at_most);
                false
            }
        }
    }

    /// Shows nothing of what is typed until the guard is dropped; `None` where there is no terminal to be told.
    pub(super) fn hush(&self) -> Option<Modes> {
        Modes::change(self.terminal()?, |modes| modes.local_modes.remove(LocalModes::ECHO))
    }

    /// What was typed while a command runs, if a line is complete. At a terminal it is for the program, unless it begins with
    /// `~`. In a pipe the lines to come belong to the questions to come: only `i TEXT` is for the program.
    pub(super) fn for_program(&mut self) -> Option<Typed> {
        let Source::Typed(input) = &mut self.source else {
            return None;
        };
        input.read(Duration::ZERO);
        if isatty(&input.from) {
            if let Some(line) = input.line() {
                return Some(match line.strip_prefix('~') {
                    Some(text) if text.starts_with('~') => Typed::Line(text.to_owned()),
                    Some(order) => Typed::Order(order.trim().to_owned()),
                    None => Typed::Line(line),
                });
            }
            // Ctrl-D ends a line of the terminal, not the terminal.
            return (std::mem::replace(&mut input.state, Open::Yes) == Open::Ended).then_some(Typed::End);
        }
        let Some(line) = input.peek() else {
            // Nothing will ever come: a program that waits for it is told so, once.
            let ended = std::mem::replace(&mut input.told, input.state) == Open::Yes && input.state == Open::Ended;
            return ended.then_some(Typed::End);
        };
        let typed = match (line.strip_prefix('~'), line.strip_prefix("i ")) {
            (Some(order), _) => Typed::Order(order.trim().to_owned()),
            (None, Some(text)) => Typed::Line(text.to_owned()),
            (None, None) => return None,
        };
        input.line();
        Some(typed)
    }

    /// What was pressed so far was meant for a command.
    pub(super) fn heed(&mut self, signals: &Signals) {
        self.heeded = signals.interrupts();
    }

    pub(super) fn were_interrupted(&self) -> bool {
        self.interrupted == Interruption::Signal
    }
}

impl Input {
    /// Reads what is there, and waits for it at most so long.
    fn read(&mut self, at_most: Duration) {
        let mut polled = [PollFd::new(&self.from, PollFlags::IN)];
        let wait = Timespec { tv_sec: 0, tv_nsec: i64::from(at_most.subsec_nanos()) };
        if self.state == Open::Ended || !poll(&mut polled, Some(&wait)).is_ok_and(|ready| ready > 0) {
            return;
        }
        let mut bytes = [0; 4096];
        match rustix::io::read(&self.from, &mut bytes) {
            Ok(0) => self.state = Open::Ended,
            Ok(read) => self.waiting.extend_from_slice(&bytes[..read]),
            Err(Errno::INTR | Errno::AGAIN) => {}
            // The terminal is gone, or was never one that can be read.
            Err(_) => self.state = Open::Ended,
        }
    }

    /// Where the first line ends, its end included. What stands at the end of all input is a line as well.
    fn end(&self) -> Option<usize> {
        let end = self.waiting.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        end.or_else(|| (self.state == Open::Ended && !self.waiting.is_empty()).then_some(self.waiting.len()))
    }

    fn peek(&self) -> Option<String> {
        let line = &self.waiting[..self.end()?];
        Some(String::from_utf8_lossy(line).trim_end_matches(['\n', '\r']).to_owned())
    }

    fn line(&mut self) -> Option<String> {
        let line = self.peek()?;
        self.waiting.drain(..self.end()?);
        Some(line)
    }
}

/// Changed modes of a terminal; dropping it restores them.
#[derive(Debug)]
pub(super) struct Modes {
    terminal: OwnedFd,
    before: Termios,
}

impl Modes {
    pub(super) fn change(terminal: &OwnedFd, change: impl FnOnce(&mut Termios)) -> Option<Modes> {
        let before = tcgetattr(terminal).ok()?;
        let mut modes = before.clone();
        change(&mut modes);
        let terminal = terminal.as_fd().try_clone_to_owned().ok()?;
        tcsetattr(&terminal, OptionalActions::Now, &modes).ok()?;
        Some(Modes { terminal, before })
    }
}

impl Drop for Modes {
    fn drop(&mut self) {
        // The terminal may be gone; then there is nothing to restore.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::{Answers, Typed};
    use std::io::Write as _;

    #[test]
    fn in_a_pipe_only_what_is_addressed_to_the_program_goes_there() {
        let (read, mut write) = std::io::pipe().unwrap();
        let mut answers = Answers::typed(read.into());
        write.write_all(b"i yes\n~c\nt\r\nlast").unwrap();
        drop(write);
        assert_eq!(answers.for_program(), Some(Typed::Line("yes".to_owned())));
        assert_eq!(answers.for_program(), Some(Typed::Order("c".to_owned())));
        assert_eq!(answers.for_program(), None, "the next line is an answer to what is asked next");
        assert_eq!(answers.first_line().as_deref(), Some("t"));
        assert_eq!(answers.first_line().as_deref(), Some("last"), "the last line needs no end");
        assert_eq!(answers.first_line(), None);
    }
}
