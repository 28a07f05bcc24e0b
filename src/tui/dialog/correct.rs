//! Dialogs about corrections: how a block or a section is to be read, and whether to read it as last time.

use super::{Choice, Dialog, Purpose};
use crate::run::decide::Intent;
use crate::runbook::{Correction, Phase, Runbook, Step};
use crate::tui::field::Field;
use crate::tui::msg::{Act, Facts};

/// Blocks of one step that a dialog lists at most.
const MOST: usize = 12;

impl Dialog {
    /// What can be corrected where the cursor is: the step's blocks, and the section around it. `None` when nothing can.
    #[must_use]
    pub fn correct(book: &Runbook, phase: &Phase, step: Option<&Step>) -> Option<Self> {
        let (options, labels): (Vec<Correction>, Vec<String>) = corrections(book, phase, step).into_iter().unzip();
        let choices = labels.into_iter().map(|label| Choice { key: None, label }).collect();
        let dialog = Dialog::new(Purpose::Correct { options }, choices, Some(Field::default()));
        Some(dialog).filter(|dialog| !dialog.choices.is_empty())
    }

    /// Asks whether to read the document as it was corrected before.
    #[must_use]
    pub fn recall() -> Self {
        let choices = vec![
            super::choice('n', "No, read it as it stands"),
            super::choice('y', "Yes; each is recorded as a deviation"),
        ];
        Dialog::new(Purpose::Recall, choices, None)
    }
}

/// How the step's blocks, and the section around it, may be read otherwise, each in words.
#[must_use]
pub fn corrections(book: &Runbook, phase: &Phase, step: Option<&Step>) -> Vec<(Correction, String)> {
    let lines = step.into_iter().flat_map(Step::commands).map(|command| command.line).take(MOST);
    let of_blocks = lines.flat_map(|line| [Correction::Offer { line }, Correction::Withhold { line }]);
    let of_section = [Correction::Walk { line: phase.line }, Correction::Leave { line: phase.line }];
    let all = of_blocks.chain(of_section);
    all.filter_map(|correction| Some((correction.clone(), book.correction_words(&correction)?))).collect()
}

/// The wish behind the chosen correction.
pub(super) fn wish(options: &[Correction], cursor: usize, reason: Option<String>) -> Result<Intent, String> {
    let correction = options.get(cursor).cloned().ok_or("there is nothing to correct")?;
    let reason = reason.ok_or("say why: it goes into the record")?;
    Ok(Intent::Correct { correction, reason })
}

/// All remembered corrections, one wish each.
pub(super) fn all(facts: &Facts<'_>) -> Vec<Act> {
    let again = facts.remembered.iter();
    again
        .map(|one| Act::Intend(Intent::Correct { correction: one.correction.clone(), reason: one.reason.clone() }))
        .collect()
}
