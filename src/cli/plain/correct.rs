//! Corrections of what was read: making one, and making those of an earlier run again.

use super::{Walk, is_yes};
use crate::cli::exit::Failure;
use crate::cli::plan::printable;
use crate::run::decide::Intent;
use crate::runbook::Correction;
use crate::tui::corrections;
use std::io::Write;

impl<W: Write> Walk<'_, W> {
    /// Asks how the step's blocks, or the section around it, are to be read.
    pub(super) fn correct(&mut self) -> Result<(), Failure> {
        let (book, step) = (self.session.book(), self.step());
        let phase = step.as_ref().and_then(|step| book.phase_of(&step.id));
        let offered = phase.map(|phase| corrections(book, phase, step.as_ref())).unwrap_or_default();
        if offered.is_empty() {
            return Ok(writeln!(self.out, "Nothing here can be read otherwise.")?);
        }
        writeln!(self.out, "The document stays as it is; this run reads it so, and that is recorded as a deviation.")?;
        for (place, (_, words)) in offered.iter().enumerate() {
            writeln!(self.out, "{} {}", place + 1, printable(words))?;
        }
        let typed = self.ask("Which? Its number, or nothing to leave it")?.unwrap_or_default();
        let place = typed.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let Some((correction, _)) = place.and_then(|place| offered.get(place)).cloned() else {
            return self.left();
        };
        match self.ask_for("Why? It goes into the record; nothing to leave it")? {
            Some(reason) => self.make(&correction, &reason),
            None => self.left(),
        }
    }

    fn make(&mut self, correction: &Correction, reason: &str) -> Result<(), Failure> {
        let wish = Intent::Correct { correction: correction.clone(), reason: reason.to_owned() };
        if !self.wish(&wish)? {
            return Ok(());
        }
        if let Err(error) = self.session.remember(correction, reason) {
            writeln!(self.out, "It cannot be kept for next time: {error}.")?;
        }
        let here = self.here.take().filter(|step| self.session.book().step(step).is_some());
        self.here = here.or_else(|| self.next_open());
        self.show()
    }

    /// Offers what was corrected in this document before.
    pub(super) fn recall(&mut self) -> Result<(), Failure> {
        let remembered = self.session.remembered().to_vec();
        if remembered.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "In this document these places were corrected before:")?;
        for one in &remembered {
            let words = self.session.book().correction_words(&one.correction).unwrap_or_default();
            writeln!(self.out, "  {}; {}", printable(&words), printable(&one.reason))?;
        }
        let answer = self.ask("Read it so again? y or n; each is recorded as a deviation")?;
        if is_yes(answer.as_deref()) {
            for one in remembered {
                self.wish(&Intent::Correct { correction: one.correction, reason: one.reason })?;
            }
        }
        Ok(())
    }
}
