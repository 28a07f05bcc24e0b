//! Corrections of what was read, made by an operator: a block that is a command after all, or none; a section that is
//! walked, or not. The document stays as it is; a correction only says how it is to be read.
//!
//! It changes no ids and no order, so that everything recorded before keeps its meaning.

use super::code;
use super::read::settle;
use super::{Block, Command, Phase, Role, Runbook, Step, Use};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How one place of a document is to be read. A line is that of the block's fence or of the section's heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Correction {
    /// The block is a command: it is offered.
    Offer { line: u32 },
    /// The block is no command: it is shown only.
    Withhold { line: u32 },
    /// The section is walked and counts.
    Walk { line: u32 },
    /// The section stays at hand and does not count.
    Leave { line: u32 },
}

/// A correction that somebody made before, in the same document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    pub correction: Correction,
    pub reason: String,
    /// What stands at the place, so that it is found again, or not, when lines have moved.
    pub anchor: String,
}

impl Correction {
    #[must_use]
    pub fn line(&self) -> u32 {
        match self {
            Correction::Offer { line }
            | Correction::Withhold { line }
            | Correction::Walk { line }
            | Correction::Leave { line } => *line,
        }
    }

    /// The same correction at another line.
    #[must_use]
    pub fn at(&self, line: u32) -> Correction {
        match self {
            Correction::Offer { .. } => Correction::Offer { line },
            Correction::Withhold { .. } => Correction::Withhold { line },
            Correction::Walk { .. } => Correction::Walk { line },
            Correction::Leave { .. } => Correction::Leave { line },
        }
    }
}

impl Runbook {
    /// What a correction would do, in words; `None` when there is no such place, or it is read so already.
    #[must_use]
    pub fn correction_words(&self, correction: &Correction) -> Option<String> {
        let line = correction.line();
        match correction {
            Correction::Offer { .. } => {
                let command = self.command_at(line).filter(|command| !command.usage.is_offered())?;
                Some(format!("run the block at line {line}: {}", first_line(command)))
            }
            Correction::Withhold { .. } => {
                let command = self.command_at(line).filter(|command| command.usage.is_offered())?;
                Some(format!("do not run the block at line {line}: {}", first_line(command)))
            }
            Correction::Walk { .. } => {
                let phase = self.phase_at(line).filter(|phase| !phase.is_walked() && !phase.steps.is_empty())?;
                Some(format!("walk the section “{}”", phase.title))
            }
            Correction::Leave { .. } => {
                let phase = self.phase_at(line).filter(|phase| phase.is_walked())?;
                Some(format!("leave out the section “{}”", phase.title))
            }
        }
    }

    /// Reads a place as an operator says. Nothing happens where [`Runbook::correction_words`] has nothing to say.
    pub fn correct(&mut self, correction: &Correction) {
        if self.correction_words(correction).is_none() {
            return;
        }
        let known: BTreeSet<String> = self.front.vars.keys().chain(self.front.env.keys()).cloned().collect();
        let line = correction.line();
        for phase in &mut self.phases {
            match correction {
                Correction::Offer { .. } => {
                    change(&mut phase.steps, phase.role, &|at| at == line, &mut |command| {
                        code::offer_as_said(command, &known, "the operator says to run it");
                    });
                }
                Correction::Withhold { .. } => {
                    change(&mut phase.steps, phase.role, &|at| at == line, &mut |command| {
                        command.usage = Use::Text;
                        command.parts.clear();
                        command.why = "the operator says that it is no command".into();
                    });
                }
                Correction::Walk { .. } if phase.line == line => assign(phase, Role::Forward, "the operator walks it"),
                Correction::Leave { .. } if phase.line == line => {
                    assign(phase, Role::Reference, "the operator leaves it out");
                }
                Correction::Walk { .. } | Correction::Leave { .. } => {}
            }
        }
    }

    /// What stands at a correction's place: the block's text, or the section's title.
    #[must_use]
    pub fn anchor(&self, correction: &Correction) -> Option<String> {
        match correction {
            Correction::Offer { line } | Correction::Withhold { line } => {
                self.command_at(*line).map(|command| command.text.clone())
            }
            Correction::Walk { line } | Correction::Leave { line } => {
                self.phase_at(*line).map(|phase| phase.title.clone())
            }
        }
    }

    /// A correction that was remembered, where its place is now. A place that occurs twice, or not, is not found.
    #[must_use]
    pub fn recall(&self, remembered: &Remembered) -> Option<Correction> {
        let correction = &remembered.correction;
        let lines: Vec<u32> = match correction {
            Correction::Offer { .. } | Correction::Withhold { .. } => self
                .steps()
                .flat_map(Step::commands)
                .filter(|command| command.text == remembered.anchor)
                .map(|command| command.line)
                .collect(),
            Correction::Walk { .. } | Correction::Leave { .. } => {
                self.phases.iter().filter(|phase| phase.title == remembered.anchor).map(|phase| phase.line).collect()
            }
        };
        let line = match lines[..] {
            [only] => only,
            _ => lines.into_iter().find(|line| *line == correction.line())?,
        };
        Some(correction.at(line)).filter(|correction| self.correction_words(correction).is_some())
    }

    fn command_at(&self, line: u32) -> Option<&Command> {
        self.steps().flat_map(Step::commands).find(|command| command.line == line)
    }

    fn phase_at(&self, line: u32) -> Option<&Phase> {
        self.phases.iter().find(|phase| phase.line == line && phase.number > 0)
    }
}

fn assign(phase: &mut Phase, role: Role, why: &str) {
    phase.role = role;
    why.clone_into(&mut phase.role_why);
}

/// Changes the blocks at some lines, and gives the steps that hold them the kind that follows.
pub(super) fn change(
    steps: &mut [Step],
    role: Role,
    is_meant: &impl Fn(u32) -> bool,
    with: &mut impl FnMut(&mut Command),
) {
    for step in steps {
        let mut hit = false;
        for block in &mut step.blocks {
            if let Block::Command(command) = block
                && is_meant(command.line)
            {
                with(command);
                hit = true;
            }
        }
        if hit {
            settle(step, role);
        }
        change(&mut step.steps, role, is_meant, with);
    }
}

fn first_line(command: &Command) -> &str {
    command.text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::{Correction, Remembered};
    use crate::runbook::read::read;
    use crate::runbook::{Role, Runbook, StepKind, Use};

    const TEXT: &str = "# P\n\n## Go\n\n1. Ask the tower\n\n   ```text\n   towerctl ask <runway>\n   ```\n\n2. Roll\n\n   ```bash\n   \
                        rollctl start\n   ```\n\n## Troubleshooting\n\n1. Call the tower\n";

    fn book() -> Runbook {
        read("x.md", TEXT.as_bytes()).unwrap()
    }

    #[test]
    fn a_block_becomes_a_command_and_back() {
        let mut book = book();
        let offer = Correction::Offer { line: 7 };
        assert_eq!(book.correction_words(&offer).as_deref(), Some("run the block at line 7: towerctl ask <runway>"));
        book.correct(&offer);
        let step = &book.phases[0].steps[0];
        let command = step.command(0).unwrap();
        assert_eq!((command.usage, step.kind), (Use::Fill, StepKind::Command));
        assert_eq!(command.placeholders[0].name, "runway");
        assert_eq!(book.correction_words(&offer), None, "it is read so already");
        book.correct(&Correction::Withhold { line: 7 });
        assert_eq!(book.phases[0].steps[0].command(0).unwrap().usage, Use::Text);
        assert_eq!(book.phases[0].steps[0].kind, StepKind::Manual);
    }

    #[test]
    fn a_section_is_walked_or_left() {
        let mut book = book();
        book.correct(&Correction::Walk { line: 17 });
        assert_eq!(book.phases[1].role, Role::Forward);
        book.correct(&Correction::Leave { line: 3 });
        assert_eq!(book.phases[0].role, Role::Reference);
        assert_eq!(book.walk().count(), 1);
        assert_eq!(book.correction_words(&Correction::Walk { line: 4 }), None, "no section begins there");
    }

    #[test]
    fn a_remembered_correction_moves_with_its_block() {
        let book = book();
        let anchor = book.anchor(&Correction::Offer { line: 7 }).unwrap();
        let remembered = Remembered { correction: Correction::Offer { line: 7 }, reason: "it is".into(), anchor };
        let moved = read("x.md", TEXT.replace("## Go\n", "## Go\n\nToday only.\n").as_bytes()).unwrap();
        assert_eq!(moved.recall(&remembered), Some(Correction::Offer { line: 9 }));
        let gone = read("x.md", TEXT.replace("towerctl ask", "towerctl tell").as_bytes()).unwrap();
        assert_eq!(gone.recall(&remembered), None);
    }
}
