//! Reading a place of the document otherwise: a block is a command after all, or none; a section is walked, or not.

use super::{Question, Walk};
use crate::cli::exit::Failure;
use crate::cli::plan::printable;
use crate::run::decide::Intent;
use crate::runbook::{Correction, Step};
use std::io::Write;

impl<W: Write> Walk<'_, W> {
    /// Lists what can be read otherwise, and does it with a reason.
    pub(super) fn mend(&mut self) -> Result<(), Failure> {
        let options = self.mendable();
        if options.is_empty() {
            writeln!(self.out, "There is nothing here that could be read otherwise.")?;
            return Ok(());
        }
        for (number, (_, words)) in options.iter().enumerate() {
            writeln!(self.out, "  {}: {}", number + 1, printable(words))?;
        }
        let answer = self.ask("Which one, by its number, or nothing to leave it")?.unwrap_or_default();
        if answer.trim().is_empty() {
            return Ok(());
        }
        let number = answer.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let Some((correction, words)) = number.and_then(|at| options.into_iter().nth(at)) else {
            writeln!(self.out, "{} is none of them.", printable(answer.trim()))?;
            return Ok(());
        };
        let question = format!("{}. Reason, or nothing to leave it", printable(&words));
        let reason = self.ask(&question)?.unwrap_or_default();
        if reason.trim().is_empty() {
            writeln!(self.out, "Read as before.")?;
            return Ok(());
        }
        self.correct(&correction, &reason)
    }

    /// Offers what was corrected in this document before.
    pub(super) fn decide_remembered(&mut self) -> Result<(), Failure> {
        let remembered = self.session.remembered().to_vec();
        if remembered.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "This document was read otherwise before:")?;
        for one in &remembered {
            let words = self.session.book().correction_words(&one.correction).unwrap_or_default();
            writeln!(self.out, "  {} ({})", printable(&words), printable(&one.reason))?;
        }
        let question = "Read it so again? Each is recorded as a deviation. y or n";
        if self.prompt(question, Question::YesNo)?.as_deref().map(str::trim) == Some("y") {
            for one in remembered {
                self.correct(&one.correction, &one.reason)?;
            }
        }
        Ok(())
    }

    /// What can be corrected: the step's blocks, its section, and the sections that are not walked.
    fn mendable(&self) -> Vec<(Correction, String)> {
        let (book, step) = (self.session.book(), self.step());
        let own = step.as_ref().and_then(|step| book.phase_of(&step.id)).map(|phase| phase.line);
        let lines = step.iter().flat_map(Step::commands).map(|command| command.line);
        let blocks = lines.flat_map(|line| [Correction::Offer { line }, Correction::Withhold { line }]);
        let left = own.map(|line| Correction::Leave { line });
        let others = book.phases.iter().filter(|phase| !phase.is_walked()).map(|phase| phase.line);
        let all = blocks.chain(left).chain(others.map(|line| Correction::Walk { line }));
        all.filter_map(|correction| Some((book.correction_words(&correction)?, correction)))
            .map(|(words, correction)| (correction, words))
            .collect()
    }

    /// Records a correction, and keeps it for the next run of the same document.
    fn correct(&mut self, correction: &Correction, reason: &str) -> Result<(), Failure> {
        let wish = Intent::Correct { correction: correction.clone(), reason: reason.to_owned() };
        if !self.wish(&wish)? {
            return Ok(());
        }
        if let Err(error) = self.session.remember(correction, reason) {
            writeln!(self.out, "Corrected, but it cannot be kept for next time: {error}.")?;
        }
        // Sections may have come or gone: the walk stays at its step if that is still there.
        if self.step().is_none() {
            self.here = self.next_open();
        }
        Ok(())
    }
}
