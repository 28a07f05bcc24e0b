//! Questions to the operator: what each asks, its choices, and what an answer leads to.
//!
//! A dialog has choices, a place to type, or both: arrows choose, letters type. The safe answer has the focus. A dialog
//! that is left keeps what was typed as a draft.

mod correct;
mod edits;
mod form;
mod statement;
mod trust;

pub use correct::corrections;
pub use edits::{Answer, Edits};
pub use form::{Form, Row};

use super::field::Field;
use super::list::NodeList;
use super::msg::{Act, Facts, Secret, Survivor};
use super::outline::NodeId;
use super::update::Themes;
use crate::run::Attempt;
use crate::run::decide::sign::deferred;
use crate::run::decide::{Consent, Execute, Intent};
use crate::run::event::{AttemptId, Call, Rejoin, Resolution, Scope, StopReason, StopSignal, Verdict};
use crate::run::statement::Statement;
use crate::runbook::{Correction, Risk, StepId};

/// What lies over the screen.
#[derive(Debug, Clone)]
pub enum Modal {
    Dialog(Dialog),
    Form(Form),
    /// How the author's file was edited.
    Edits(Edits),
    /// The key table, filtered by what is typed.
    Help(Listing),
    /// All actions by name.
    Palette(Listing),
    /// The pattern that is searched for while it is typed, and what was found.
    Find(Listing),
    /// Steps or sections to go to.
    Nodes(NodeList),
    /// The themes, shown at once.
    Themes(Themes),
    /// What entries of the log have to hold.
    Filter(Field),
    /// Which steps of the tree are shown.
    Narrow(Narrow),
}

/// A filter of the tree while it is chosen; the tree shows at once what it leaves.
#[derive(Debug, Clone)]
pub struct Narrow {
    pub field: Field,
    /// Where the cursor was when it began.
    pub from: NodeId,
}

/// A filtered list with a cursor.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    pub field: Field,
    pub cursor: usize,
}

/// A question.
#[derive(Debug, Clone)]
pub struct Dialog {
    pub purpose: Purpose,
    pub choices: Vec<Choice>,
    pub cursor: usize,
    pub field: Option<Field>,
    /// Why the answer was not enough.
    pub complaint: Option<String>,
    /// Lines of what is asked about that are scrolled away.
    pub scroll: usize,
}

/// One answer.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Chooses and confirms it where nothing is typed.
    pub key: Option<char>,
    pub label: String,
}

/// What a dialog is about.
#[derive(Debug, Clone)]
pub enum Purpose {
    /// A command that changes something: yes or no.
    Confirm {
        execute: Execute,
        risk: Risk,
    },
    /// A command that destroys something: the step's number has to be typed.
    TypeStep {
        execute: Execute,
        number: String,
    },
    /// The wish needs a reason.
    Reason {
        wish: Intent,
        why: String,
    },
    /// One line of several.
    Line {
        execute: Execute,
    },
    /// An attempt whose end nobody saw.
    Unknown {
        attempt: AttemptId,
    },
    SignStep {
        step: StepId,
    },
    SignGate {
        scope: Scope,
        title: String,
    },
    /// A statement to be signed, or recorded without a key.
    State {
        statement: Box<Statement>,
        key: Option<String>,
    },
    Skip {
        step: StepId,
    },
    Note {
        step: Option<StepId>,
    },
    /// An endless command is running.
    StopEndless {
        signal: StopSignal,
    },
    /// Leaving while a command runs.
    Leave,
    Call {
        role: String,
    },
    Close,
    /// How a block or a section is to be read; one for each choice.
    Correct {
        options: Vec<Correction>,
    },
    /// Corrections made before are offered again.
    Recall,
    /// Values that a generator printed; they are dropped with the dialog.
    Reveal {
        values: Vec<Secret>,
    },
    /// Something would run by itself, before this command.
    Trust {
        execute: Execute,
        what: Vec<String>,
    },
}

fn choice(key: char, label: &str) -> Choice {
    Choice { key: Some(key), label: label.to_owned() }
}

const VERDICTS: [Verdict; 3] = [Verdict::Passed, Verdict::PassedWithRemarks, Verdict::Failed];
const SKIPS: [Verdict; 3] = [Verdict::Waived, Verdict::NotApplicable, Verdict::Deferred];

impl Dialog {
    fn new(purpose: Purpose, choices: Vec<Choice>, field: Option<Field>) -> Self {
        Dialog { purpose, choices, cursor: 0, field, complaint: None, scroll: 0 }
    }

    #[must_use]
    pub fn confirm(execute: Execute, risk: Risk) -> Self {
        let choices = vec![choice('n', "No, do not run it"), choice('y', "Yes, run it")];
        Dialog::new(Purpose::Confirm { execute, risk }, choices, None)
    }

    #[must_use]
    pub fn type_step(execute: Execute, number: String) -> Self {
        Dialog::new(Purpose::TypeStep { execute, number }, Vec::new(), Some(Field::default()))
    }

    #[must_use]
    pub fn reason(wish: Intent, why: String) -> Self {
        Dialog::new(Purpose::Reason { wish, why }, Vec::new(), Some(Field::default()))
    }

    #[must_use]
    pub fn line(execute: Execute, lines: impl Iterator<Item = String>) -> Self {
        let choices = lines.enumerate().map(|(place, label)| Choice {
            key: u32::try_from(place + 1).ok().and_then(|digit| char::from_digit(digit, 10)),
            label,
        });
        let choices = choices.collect();
        Dialog::new(Purpose::Line { execute }, choices, None)
    }

    /// While something of it is still there it can be taken charge of again; that is the safe answer then.
    #[must_use]
    pub fn unknown(attempt: AttemptId, survivors: &[Survivor]) -> Self {
        let is_there = survivors.iter().any(|survivor| survivor.attempt == attempt);
        let (choices, cursor) = if is_there {
            let choices = vec![
                choice('w', "Watch it again until it ends"),
                choice('k', "Stop it: INT now, TERM and KILL when stopped again; it counts as failed"),
                choice('s', "Leave it alone; it succeeded"),
                choice('f', "Leave it alone; it failed, or did not happen"),
            ];
            (choices, 0)
        } else {
            (vec![choice('s', "It succeeded"), choice('f', "It failed, or did not happen")], 1)
        };
        Dialog { cursor, ..Dialog::new(Purpose::Unknown { attempt }, choices, Some(Field::default())) }
    }

    #[must_use]
    pub fn sign_step(step: StepId) -> Self {
        let verdicts = VERDICTS.iter().map(|verdict| choice(' ', verdict.word()));
        let choices = std::iter::once(choice(' ', "no verdict yet")).chain(verdicts).collect();
        Dialog::new(Purpose::SignStep { step }, choices, Some(Field::default()))
    }

    #[must_use]
    pub fn sign_gate(scope: Scope, title: String) -> Self {
        let choices = statement::GATE.iter().map(|(key, label)| choice(*key, label)).collect();
        Dialog::new(Purpose::SignGate { scope, title }, choices, Some(Field::default()))
    }

    #[must_use]
    pub fn skip(step: StepId) -> Self {
        let labels = ["waived: skipped, stays in the sum", "not applicable: leaves the sum", "deferred: returns later"];
        let choices = labels.iter().map(|label| choice(' ', label)).collect();
        Dialog::new(Purpose::Skip { step }, choices, Some(Field::default()))
    }

    #[must_use]
    pub fn note(step: Option<StepId>) -> Self {
        Dialog::new(Purpose::Note { step }, Vec::new(), Some(Field::default()))
    }

    #[must_use]
    pub fn stop_endless(signal: StopSignal) -> Self {
        let choices = vec![
            choice('k', "Stop it and keep its output as evidence"),
            choice('s', "Stop it; the attempt counts as failed"),
            choice('n', "Let it run"),
        ];
        Dialog::new(Purpose::StopEndless { signal }, choices, None)
    }

    #[must_use]
    pub fn leave(running: &Attempt) -> Self {
        let leave = if running.is_rejoined() {
            "Leave; the command goes on, and the next gonogo finds it again"
        } else {
            "Stop the command and leave; the run can be resumed"
        };
        Dialog::new(Purpose::Leave, vec![choice('n', "Stay"), choice('y', leave)], None)
    }

    #[must_use]
    pub fn call(role: String) -> Self {
        let choices = vec![choice(' ', "no call yet"), choice('g', "GO"), choice('n', "NO-GO")];
        Dialog::new(Purpose::Call { role }, choices, Some(Field::default()))
    }

    #[must_use]
    pub fn close() -> Self {
        let choices = vec![choice('n', "Keep it open"), choice('y', "Close it; nothing can be added afterwards")];
        Dialog::new(Purpose::Close, choices, Some(Field::default()))
    }

    /// Under what name its text is kept when it is left; `None` for what must not be kept.
    #[must_use]
    pub fn draft(&self) -> Option<String> {
        match &self.purpose {
            Purpose::Confirm { .. }
            | Purpose::TypeStep { .. }
            | Purpose::Line { .. }
            | Purpose::StopEndless { .. }
            | Purpose::State { .. }
            | Purpose::Leave
            | Purpose::Trust { .. }
            | Purpose::Reveal { .. }
            | Purpose::Recall => None,
            Purpose::Correct { .. } => Some("correct".to_owned()),
            Purpose::Reason { why, .. } => Some(format!("reason {why}")),
            Purpose::Unknown { attempt } => Some(format!("unknown {attempt}")),
            Purpose::SignStep { step } => Some(format!("sign {step}")),
            Purpose::SignGate { scope, .. } => Some(format!("gate {scope:?}")),
            Purpose::Skip { step } => Some(format!("skip {step}")),
            Purpose::Note { step } => Some(format!("note {step:?}")),
            Purpose::Call { role } => Some(format!("call {role}")),
            Purpose::Close => Some("close".to_owned()),
        }
    }

    /// What the answer leads to.
    ///
    /// # Errors
    /// Why the answer is not enough yet.
    #[expect(clippy::too_many_lines, reason = "one arm for each purpose")]
    pub fn answer(&self, facts: &Facts<'_>) -> Result<Vec<Act>, String> {
        let reason = self.field.as_ref().and_then(Field::reason);
        let wish = match &self.purpose {
            Purpose::Confirm { .. }
            | Purpose::StopEndless { .. }
            | Purpose::Leave
            | Purpose::State { .. }
            | Purpose::Close
            | Purpose::Recall
                if self.is_safe_answer() =>
            {
                return Ok(Vec::new());
            }
            Purpose::Confirm { execute, .. } => Intent::Execute(Execute { consent: Consent::Yes, ..execute.clone() }),
            Purpose::TypeStep { execute, number } => {
                let typed = reason.unwrap_or_default();
                if typed != *number && typed != execute.target.step.0 {
                    return Err(format!("type {number} to run it, Esc to leave it"));
                }
                Intent::Execute(Execute { consent: Consent::Typed(typed), ..execute.clone() })
            }
            Purpose::Reason { wish, why } => with_reason(wish, reason.ok_or_else(|| why.clone())?),
            Purpose::Line { execute } => {
                let mut execute = execute.clone();
                execute.target.part = u32::try_from(self.cursor).ok();
                Intent::Execute(execute)
            }
            Purpose::Unknown { attempt } => self.about_unknown(*attempt, reason)?,
            Purpose::SignStep { step } => {
                let chosen = self.cursor.checked_sub(1).and_then(|place| VERDICTS.get(place));
                let verdict = chosen.ok_or("choose a verdict with ↓; Esc records none")?;
                mark(step, *verdict, reason)?
            }
            Purpose::Skip { step } => mark(step, SKIPS[self.cursor.min(2)], reason)?,
            Purpose::SignGate { scope, .. } => statement::at_gate(scope, self.cursor, reason)?,
            Purpose::State { statement, .. } => return Ok(vec![Act::State(statement.clone())]),
            Purpose::Note { step } => {
                Intent::Note { step: step.clone(), text: reason.ok_or("an empty note says nothing")? }
            }
            Purpose::StopEndless { signal } => stop(*signal, self.cursor),
            Purpose::Leave => return Ok(vec![Act::Quit]),
            Purpose::Reveal { values } => return Ok(trust::copied(values, self.cursor)),
            Purpose::Trust { execute, .. } => return Ok(trust::answer(execute, self.cursor)),
            Purpose::Recall => return Ok(correct::all(facts)),
            Purpose::Correct { options } => correct::wish(options, self.cursor, reason)?,
            Purpose::Call { role } => {
                let call = self.call_made()?;
                if call == Call::NoGo && reason.is_none() {
                    return Err("a no-go needs a reason".to_owned());
                }
                Intent::Call { role: role.clone(), call, reason }
            }
            Purpose::Close => {
                if reason.is_none() && !facts.readiness.blockers.is_empty() {
                    return Err("blockers are left; say why it closes all the same".to_owned());
                }
                if reason.is_none() && !deferred(facts.book, facts.run).is_empty() {
                    return Err("deferred steps are left; say where they are carried, or keep it open".to_owned());
                }
                Intent::Close { reason }
            }
        };
        Ok(vec![Act::Intend(wish)])
    }

    fn about_unknown(&self, attempt: AttemptId, reason: Option<String>) -> Result<Intent, String> {
        let chosen = self.choices.get(self.cursor).and_then(|choice| choice.key);
        let purpose = match chosen {
            Some('w') => Rejoin::Watch,
            Some('k') => Rejoin::Stop,
            _ => {
                let resolution = if chosen == Some('s') { Resolution::Succeeded } else { Resolution::Failed };
                let reason = reason.ok_or("say how you know: it goes into the record")?;
                return Ok(Intent::Resolve { attempt, resolution, reason });
            }
        };
        let reason = reason.ok_or("say why: it goes into the record")?;
        Ok(Intent::Rejoin { attempt, purpose, reason })
    }

    /// The call that was chosen; none has the focus at first.
    fn call_made(&self) -> Result<Call, String> {
        match self.cursor {
            0 => Err("choose GO or NO-GO; Esc makes no call".to_owned()),
            1 => Ok(Call::Go),
            _ => Ok(Call::NoGo),
        }
    }

    /// Whether the chosen answer changes nothing.
    fn is_safe_answer(&self) -> bool {
        self.choices.get(self.cursor).is_some_and(|choice| choice.key == Some('n'))
    }
}

fn stop(signal: StopSignal, cursor: usize) -> Intent {
    Intent::Stop { signal, why: if cursor == 0 { StopReason::Evidence } else { StopReason::Operator } }
}

fn mark(step: &StepId, verdict: Verdict, reason: Option<String>) -> Result<Intent, String> {
    if verdict.needs_reason() && reason.is_none() {
        return Err(format!("“{}” needs a reason", verdict.word()));
    }
    Ok(Intent::Mark { step: step.clone(), verdict, reason })
}

/// The same wish with the reason it lacked.
#[must_use]
pub fn with_reason(wish: &Intent, text: String) -> Intent {
    let mut wish = wish.clone();
    match &mut wish {
        Intent::Execute(execute) => execute.reason = Some(text),
        Intent::Mark { reason, .. }
        | Intent::SignOff { reason, .. }
        | Intent::Call { reason, .. }
        | Intent::Close { reason } => *reason = Some(text),
        Intent::Resolve { reason, .. }
        | Intent::Rejoin { reason, .. }
        | Intent::Correct { reason, .. }
        | Intent::Override { reason, .. } => *reason = text,
        Intent::Stop { .. }
        | Intent::Trust(_)
        | Intent::Soak { .. }
        | Intent::PauseSoak { .. }
        | Intent::Reverse { .. }
        | Intent::Note { .. }
        | Intent::Give { .. }
        | Intent::State { .. }
        | Intent::Adopt(_)
        | Intent::Stay { .. }
        | Intent::Detour { .. }
        | Intent::EndDetour => {}
    }
    wish
}
