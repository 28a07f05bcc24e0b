//! Where answers come from: a person at the terminal, or a script.

use crate::cli::exit::Failure;
use crate::cli::signals::Signals;
use crate::session::Session;
use std::collections::VecDeque;
use std::io::{BufRead as _, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

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
    /// Lines that a thread reads, so that a command can be watched while nobody types.
    Typed(Receiver<String>),
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

impl Answers {
    /// Lines of `input` (standard input, or the terminal when the runbook came by standard input).
    #[must_use]
    pub fn typed(input: impl std::io::Read + Send + 'static) -> Self {
        let (lines, typed) = sync_channel(64);
        thread::spawn(move || {
            for line in std::io::BufReader::new(input).lines() {
                let Ok(line) = line else { break };
                if lines.send(line).is_err() {
                    break;
                }
            }
        });
        Answers { source: Source::Typed(typed), heeded: 0, interrupted: Interruption::None }
    }

    /// What to do next, written beforehand; each answer is shown as it is given, and whatever is asked on the way is agreed to.
    #[must_use]
    pub fn script(lines: &[&'static str]) -> Self {
        let source = Source::Script(lines.iter().copied().collect());
        Answers { source, heeded: 0, interrupted: Interruption::None }
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
        let typed = match &mut self.source {
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
            Source::Typed(typed) => typed,
        };
        loop {
            match typed.recv_timeout(Duration::from_millis(200)) {
                Ok(line) => return Ok(Some(line)),
                Err(RecvTimeoutError::Disconnected) => {
                    writeln!(out)?;
                    return Ok(None);
                }
                Err(RecvTimeoutError::Timeout) => {
                    session.tick().map_err(|fault| Failure::system(fault.to_string()))?;
                }
            }
            if signals.must_end() || signals.interrupts() > self.heeded {
                self.interrupted = Interruption::Signal;
                writeln!(out)?;
                return Ok(None);
            }
        }
    }

    /// A line for the running program, if one was typed.
    pub(super) fn for_program(&mut self) -> Option<String> {
        match &mut self.source {
            Source::Typed(typed) => typed.try_recv().ok(),
            Source::Script(_) => None,
        }
    }

    /// Waits a little for a line, and says whether one was typed or none will come any more.
    pub(super) fn waits_for(&mut self, at_most: Duration) -> bool {
        match &mut self.source {
            Source::Typed(typed) => !matches!(typed.recv_timeout(at_most), Err(RecvTimeoutError::Timeout)),
            Source::Script(_) => {
                thread::park_timeout(at_most);
                false
            }
        }
    }

    /// What was pressed so far was meant for a command.
    pub(super) fn heed(&mut self, signals: &Signals) {
        self.heeded = signals.interrupts();
    }

    pub(super) fn were_interrupted(&self) -> bool {
        self.interrupted == Interruption::Signal
    }
}
