//! One way through the blocks of a section: which steps are open, and where the next block goes.
//!
//! It decides places only; what is a step and what a criterion was decided before, in [`super::super::body`].

use super::Built;
use crate::runbook::read::blocks::Piece;
use crate::runbook::read::body::Part;
use crate::runbook::read::claim::{self, Mark};
use crate::runbook::read::label::{self, Label};
use crate::runbook::read::{prose, substeps};
use crate::runbook::{Block, Claim, Command, Quote, Step, StepKind};

/// Whether prose may lead in what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    Plain,
    /// Notes, tables and folded text explain only.
    Aside,
}

/// A step that may still take what follows.
#[derive(Debug)]
pub struct Open {
    pub depth: u16,
    pub step: Step,
    pub mark: Option<Mark>,
}

/// The state of one way through a body.
#[derive(Debug)]
pub struct Walk {
    pub built: Built,
    pub open: Vec<Open>,
    /// The nearest text before the next block of code.
    pub lead_in: String,
    pub follows_command: bool,
    /// A paragraph behind the list, waiting to see whether it leads in a command of its own.
    pub trailing: Option<Quote>,
    /// What explains behind it.
    pub asides: Vec<Quote>,
}

impl Walk {
    /// Ends the open steps that stand at this depth or deeper.
    pub fn close_down_to(&mut self, depth: u16) {
        self.let_go();
        while self.open.last().is_some_and(|open| open.depth >= depth) {
            let Some(Open { step, mark, .. }) = self.open.pop() else {
                return;
            };
            let step = with_mark(step, mark);
            match self.open.last_mut() {
                Some(parent) => parent.step.steps.push(step),
                None => self.built.steps.push(step),
            }
        }
    }

    pub fn push_step(&mut self, step: Step) {
        self.close_down_to(0);
        self.built.steps.push(step);
    }

    /// The step that takes what stands at this depth: the innermost one around it.
    fn target(&mut self, depth: u16) -> &mut Vec<Block> {
        let depth = depth.max(1);
        match self.open.iter().rposition(|open| open.depth <= depth) {
            Some(at) => &mut self.open[at].step.blocks,
            None => match self.built.steps.last_mut() {
                Some(step) => &mut step.blocks,
                None => &mut self.built.blocks,
            },
        }
    }

    fn append_prose(&mut self, quote: Quote) {
        prose::push(self.target(0), quote);
    }

    /// What was waiting leads in nothing.
    pub fn let_go(&mut self) {
        if let Some(quote) = self.trailing.take() {
            self.append_prose(quote);
        }
        for aside in std::mem::take(&mut self.asides) {
            self.append_prose(aside);
        }
    }

    /// Prose that stands outside of any list.
    pub fn put_block_prose(&mut self, quote: Quote) {
        self.put_prose(quote, 0, Voice::Aside);
    }

    pub fn put_prose(&mut self, quote: Quote, depth: u16, voice: Voice) {
        let is_first = self.open.is_empty() && self.built.steps.is_empty();
        if depth == 0 && voice == Voice::Aside && self.trailing.is_some() {
            self.asides.push(quote);
        } else if depth > 0 || voice == Voice::Aside || is_first {
            prose::push(self.target(depth), quote);
        } else {
            self.let_go();
            self.trailing = Some(quote);
        }
    }

    /// Code behind the list with a lead-in of its own is a step of its own; any other belongs to the item before it.
    pub fn put_code(&mut self, command: Box<Command>, depth: u16) {
        if depth == 0
            && command.usage.is_offered()
            && let Some(lead_in) = self.trailing.take()
        {
            self.close_down_to(0);
            let mut step = substeps::led_in(&lead_in, command);
            step.blocks.splice(..0, std::mem::take(&mut self.asides).into_iter().map(Block::Prose));
            let depth = 1;
            self.open.push(Open { depth, step, mark: None });
            return;
        }
        self.let_go();
        prose::put(self.target(depth), Block::Command(command));
    }

    pub fn put_criterion(&mut self, quote: Quote, part: Part, depth: u16) {
        if part == Part::StopCriterion {
            self.built.stop_criteria.push(quote);
        } else if depth > 0
            && let Some(at) = self.open.iter().rposition(|open| open.depth < depth)
        {
            self.open[at].step.criteria.push(quote);
        } else {
            self.built.criteria.push(quote);
        }
    }

    pub fn put_facts(&mut self, piece: &Piece) {
        for line in prose::label_lines(&piece.inline) {
            let Some((label, rest)) = label::split(&line) else {
                continue;
            };
            let open = self.open.last_mut().filter(|_| piece.depth > 0).map(|open| &mut open.step);
            match label::kind(label, rest) {
                Some(Label::Status) => {
                    let claim = claim::of_words(rest);
                    match open {
                        Some(step) => step.claim = step.claim.or(claim),
                        None => self.built.claim = self.built.claim.or(claim),
                    }
                }
                Some(Label::Owner) => {
                    let owner = label::owner(rest);
                    match open {
                        Some(step) => step.add_owner(owner),
                        None => self.built.owner = self.built.owner.take().or(owner),
                    }
                }
                Some(Label::Time) => {
                    let seconds = label::seconds(rest);
                    match open {
                        Some(step) => step.estimate_s = step.estimate_s.or(seconds),
                        None => self.built.estimate_s = self.built.estimate_s.or(seconds),
                    }
                }
                Some(Label::Pass | Label::Stop | Label::Action) | None => {}
            }
        }
    }

    /// Facts may also stand on later lines of a paragraph that begins otherwise.
    pub fn put_label(&mut self, piece: &Piece) {
        if piece.inline.text.contains('\n') {
            self.put_facts(piece);
        }
    }
}

fn with_mark(mut step: Step, mark: Option<Mark>) -> Step {
    // The mark travels in the claim until all siblings are known; see `claim_marks`.
    if mark == Some(Mark::Check) && step.claim.is_none() {
        step.kind = StepKind::Check;
    } else if mark.is_some_and(|mark| mark == Mark::Warning || mark == Mark::Cross) && step.claim.is_none() {
        step.claim = Some(Claim::Todo);
    }
    step
}
