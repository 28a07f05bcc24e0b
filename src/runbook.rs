//! What the author wrote: an immutable tree of phases, steps and blocks.
//!
//! A [`Runbook`] is read once from bytes and never edited. It says what *could* be done and why a block is or is not
//! offered to the operator; it knows nothing of runs, verdicts, files or clocks. Reading never fails on a document's
//! content: whatever could not be understood becomes a [`Problem`] with a place in the original file.
//!
//! Two coordinate systems occur. A `line` is 1-based and counts lines of the original file. A [`Span`] is a byte range
//! of [`Runbook::text`], the decoded document with `\n` line ends.

pub mod code;
mod correct;
pub mod digest;
pub mod import;
mod letters;
pub mod need;
pub mod option;
mod places;
pub mod problem;
mod rare;
pub mod read;
pub mod way_back;
pub mod yaml;

pub use correct::{Correction, Remembered};
pub use digest::Digest;
pub use option::{
    BlockKind, BlockOptions, Compare, FrontMatter, Gate, HookPoint, Hooks, Need, OnFail, Options, Requires, RunPolicy,
    ShellSession, Variable, VersionRule,
};
pub use problem::{CODES, Problem, Severity};
pub use rare::Rare;

use places::Places;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// A byte range of [`Runbook::text`].
pub type Span = Range<usize>;

/// The largest document that is read, in bytes (64 MiB). Larger ones are refused before decoding.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// A document as it was read: its tree, where it came from, and everything that was odd about it.
#[derive(Debug, Clone)]
pub struct Runbook {
    /// The first H1 that is no template tag, else the front matter's title or name, else the file's name.
    pub title: String,
    pub source: Source,
    /// Readiness in percent that the document claims about itself. Never used in a sum; shown as *claimed*.
    pub declared_readiness: Option<u8>,
    pub front: FrontMatter,
    /// In document order. Blocks before the first phase belong to a phase with the id `preamble`.
    pub phases: Vec<Phase>,
    /// Sorted by line.
    pub problems: Vec<Problem>,
    /// The decoded document that every [`Span`] points into.
    pub text: String,
    /// Empty until [`Runbook::index`] is called.
    places: Places,
}

/// Where a runbook came from and how its bytes had to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The name the document was opened by; a label, never used to find the file again.
    pub name: String,
    /// SHA-256 of the original bytes.
    pub sha256: Digest,
    /// Lines in the original file.
    pub lines: u32,
    /// `utf-8` or `utf-16`: the encoding the bytes were in.
    pub encoding: &'static str,
    /// The codec whose damage was undone line by line (`mac-roman`, `windows-1252`), if any.
    pub repaired: Option<&'static str>,
    pub layout: Layout,
}

/// How the document was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// CommonMark.
    Markdown,
    /// Text copied from a rendered page: read by line heuristics, with low confidence; every command asks.
    Scrape,
}

impl Layout {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Layout::Markdown => "markdown",
            Layout::Scrape => "scrape",
        }
    }
}

/// Names a phase: the author's `{#id}` or a slug of the title, unique in the runbook.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhaseId(pub String);

/// Names a step: the author's `{#id}` or a slug of the title, unique in the runbook.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(pub String);

impl fmt::Display for PhaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a section is for. Only prep, forward, verify and post are walked and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    Prep,
    Forward,
    Verify,
    Post,
    Rollback,
    Trouble,
    Reference,
    Ongoing,
    Signoff,
    Template,
}

impl Role {
    #[must_use]
    pub fn is_walked(self) -> bool {
        match self {
            Role::Prep | Role::Forward | Role::Verify | Role::Post => true,
            Role::Rollback | Role::Trouble | Role::Reference | Role::Ongoing | Role::Signoff | Role::Template => false,
        }
    }

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Role::Prep => "prep",
            Role::Forward => "forward",
            Role::Verify => "verify",
            Role::Post => "post",
            Role::Rollback => "rollback",
            Role::Trouble => "trouble",
            Role::Reference => "reference",
            Role::Ongoing => "ongoing",
            Role::Signoff => "signoff",
            Role::Template => "template",
        }
    }
}

/// What the document says about its own progress. A claim, never a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    Done,
    Doing,
    Todo,
    Blocked,
}

impl Claim {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Claim::Done => "done",
            Claim::Doing => "doing",
            Claim::Todo => "todo",
            Claim::Blocked => "blocked",
        }
    }
}

/// A piece of the document's text with its place, such as a pass criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    pub line: u32,
    pub text: String,
}

/// A top-level part of the document.
#[derive(Debug, Clone)]
pub struct Phase {
    pub id: PhaseId,
    /// 1-based place among all phases, walked or not; the preamble has 0.
    pub number: u32,
    pub title: String,
    pub line: u32,
    pub span: Span,
    pub role: Role,
    /// Why the section has this role, in a clause ("title says rollback").
    pub role_why: String,
    pub claim: Option<Claim>,
    pub optional: bool,
    pub owner: Option<Box<str>>,
    pub estimate_s: Option<u32>,
    pub criteria: Vec<Quote>,
    /// Conditions under which the author wants the operator to stop.
    pub stop_criteria: Vec<Quote>,
    /// Offset such as `T-48h`, as written.
    pub schedule: Option<String>,
    /// A hold point: nothing after this phase may run before it is released.
    pub gate: Option<Gate>,
    /// The name of what takes its steps back, unless they name something else; see [`way_back`].
    pub rollback: Option<Box<str>>,
    /// Prose between the heading and the first step: Markdown source, in document order.
    pub prose: Vec<Quote>,
    pub steps: Vec<Step>,
}

impl Phase {
    #[must_use]
    pub fn is_walked(&self) -> bool {
        self.role.is_walked()
    }
}

/// How a step is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// Has at least one block that can be run.
    Command,
    /// A person does something.
    Manual,
    /// A person looks at something and confirms it.
    Check,
    /// Has child steps; only its leaves count.
    Group,
    /// Has child steps of which one is taken.
    Choice,
}

impl StepKind {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            StepKind::Command => "command",
            StepKind::Manual => "manual",
            StepKind::Check => "check",
            StepKind::Group => "group",
            StepKind::Choice => "choice",
        }
    }
}

/// Something to do, with everything the author wrote about it.
#[derive(Debug, Clone)]
pub struct Step {
    pub id: StepId,
    /// Place in the tree, `3.2` or `3.2.1`: phase number, then 1-based places.
    pub number: String,
    pub title: String,
    pub line: u32,
    pub span: Span,
    pub kind: StepKind,
    pub claim: Option<Claim>,
    pub optional: bool,
    pub critical: bool,
    /// The author wants it done by hand: its code is shown and copied, never run.
    pub by_hand: bool,
    pub estimate_s: Option<u32>,
    /// Weight in the readiness sum; the author's, else 5 critical, 3 required, 1 nice to have.
    pub weight: u32,
    pub gate: Option<Box<Gate>>,
    pub rare: Option<Box<Rare>>,
    pub criteria: Vec<Quote>,
    /// What stands under the step, in document order.
    pub blocks: Vec<Block>,
    pub steps: Vec<Step>,
}

impl Step {
    /// The step's own command blocks, in document order; an index into this sequence names a command in the journal.
    #[must_use]
    pub fn commands(&self) -> impl DoubleEndedIterator<Item = &Command> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Command(command) => Some(command.as_ref()),
            Block::Prose(_) => None,
        })
    }

    #[must_use]
    pub fn command(&self, index: usize) -> Option<&Command> {
        self.commands().nth(index)
    }

    /// How long the step lasts at the least, in seconds: a step by hand in which time itself is the work.
    #[must_use]
    pub fn soak_s(&self) -> Option<u32> {
        let by_hand = matches!(self.kind, StepKind::Manual | StepKind::Check) && self.is_leaf();
        self.rare.as_ref()?.soak_s.filter(|_| by_hand && !self.commands().any(|command| command.usage.is_offered()))
    }

    #[must_use]
    pub fn is_leaf(&self) -> bool {
        self.steps.is_empty()
    }

    /// The step itself and everything below it, parents first.
    #[must_use]
    pub fn subtree(&self) -> Subtree<'_> {
        Subtree { next: Some(self), below: Vec::new() }
    }
}

/// A step and everything below it, parents first.
#[derive(Debug, Clone)]
pub struct Subtree<'s> {
    next: Option<&'s Step>,
    /// What is left of each level. Most steps are leaves, for which nothing is allocated.
    below: Vec<std::slice::Iter<'s, Step>>,
}

impl<'s> Iterator for Subtree<'s> {
    type Item = &'s Step;

    fn next(&mut self) -> Option<&'s Step> {
        let step = self.next.take()?;
        if !step.steps.is_empty() {
            self.below.push(step.steps.iter());
        }
        while let Some(level) = self.below.last_mut() {
            self.next = level.next();
            if self.next.is_some() {
                break;
            }
            self.below.pop();
        }
        Some(step)
    }
}

/// A piece of a step.
#[derive(Debug, Clone)]
pub enum Block {
    /// Markdown source, dedented, to be rendered. `line` is that of its first line.
    Prose(Quote),
    /// Any code of the document, offered or not.
    Command(Box<Command>),
}

impl Block {
    /// The code, if it is some.
    #[must_use]
    pub fn as_command(&self) -> Option<&Command> {
        match self {
            Block::Command(command) => Some(command),
            Block::Prose(_) => None,
        }
    }
}

/// How a command stands in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Fence,
    Indented,
    Inline,
    Attribute,
    Line,
}

impl Form {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Form::Fence => "fence",
            Form::Indented => "indented",
            Form::Inline => "inline",
            Form::Attribute => "attribute",
            Form::Line => "line",
        }
    }
}

/// What a block of code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Use {
    /// Runs as it stands.
    Run,
    /// Runs once its placeholders are filled.
    Fill,
    /// Alternatives, offered line by line as [`Command::parts`].
    Choose,
    /// Environment assignments.
    Assign,
    /// Content of a file.
    File,
    /// What a command prints.
    Output,
    /// SQL and the like: text for another program.
    Query,
    /// Template, diagram or log.
    Text,
    /// Only words or comments: a person does it.
    Manual,
    /// Some lines must not reach a shell; the others are offered as [`Command::parts`].
    Mixed,
}

impl Use {
    /// Whether an operator can ever run something of such a block.
    #[must_use]
    pub fn is_offered(self) -> bool {
        match self {
            Use::Run | Use::Fill | Use::Choose | Use::Mixed => true,
            Use::Assign | Use::File | Use::Output | Use::Query | Use::Text | Use::Manual => false,
        }
    }

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Use::Run => "run",
            Use::Fill => "fill",
            Use::Choose => "choose",
            Use::Assign => "assign",
            Use::File => "file",
            Use::Output => "output",
            Use::Query => "query",
            Use::Text => "text",
            Use::Manual => "manual",
            Use::Mixed => "mixed",
        }
    }
}

/// How much a command may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Only looks.
    Read,
    /// Changes something.
    Change,
    /// Deletes, drops, overwrites or publishes: hard to take back.
    Destroy,
}

impl Risk {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Risk::Read => "read",
            Risk::Change => "change",
            Risk::Destroy => "destroy",
        }
    }
}

/// A hole in a command that must be filled before it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// The name under which its value is asked once for the whole run.
    pub name: String,
    /// As it stands in the command: `<host>`, `YOUR_BUCKET`, `$VERSION`.
    pub text: String,
}

/// What a command should print, or how it should end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    pub line: u32,
    pub text: String,
    pub form: ExpectedForm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedForm {
    Fence,
    Comment,
    Inline,
    Column,
}

impl ExpectedForm {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ExpectedForm::Fence => "fence",
            ExpectedForm::Comment => "comment",
            ExpectedForm::Inline => "inline",
            ExpectedForm::Column => "column",
        }
    }
}

/// A block of code with its verdict.
#[derive(Debug, Clone)]
pub struct Command {
    /// Line of the opening fence, or of the code itself.
    pub line: u32,
    /// Line of the first line of [`Command::text`].
    pub text_line: u32,
    pub span: Span,
    /// First word after the fence, lower case; empty when untagged.
    pub lang: String,
    pub form: Form,
    pub usage: Use,
    /// Why it has this use, in a clause.
    pub why: Cow<'static, str>,
    /// The code, dedented, without prompts.
    pub text: String,
    /// What can be run of a `choose` or `mixed` block, one by one.
    pub parts: Vec<Quote>,
    pub risk: Risk,
    /// Codes of what makes it dangerous (`rm-r`, `drop`, `force-push` …).
    pub danger: Vec<String>,
    pub placeholders: Vec<Placeholder>,
    /// Wants a person at the keyboard.
    pub interactive: bool,
    /// Runs until it is stopped.
    pub endless: bool,
    pub expected: Option<Expected>,
    pub options: Options,
}

impl Runbook {
    /// All steps, walked or not, parents first, in document order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.phases.iter().flat_map(|phase| &phase.steps).flat_map(Step::subtree)
    }

    /// The steps of the walked phases, parents first, in document order, each with its phase.
    pub fn walk(&self) -> impl Iterator<Item = (&Phase, &Step)> {
        self.phases
            .iter()
            .filter(|phase| phase.is_walked())
            .flat_map(|phase| phase.steps.iter().flat_map(Step::subtree).map(move |step| (phase, step)))
    }

    #[must_use]
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.find(id).map(|(_, step)| step)
    }

    /// Remembers where each step is, so that finding one takes the same time in a long runbook as in a short one. For
    /// whoever asks again and again; to be called anew after a change of the tree.
    pub fn index(&mut self) {
        if self.places.is_empty() {
            self.places = Places::of(&self.phases);
        }
    }

    /// Whether anything of it waits for a sign-off.
    #[must_use]
    pub fn has_gates(&self) -> bool {
        self.places.has_gates().unwrap_or_else(|| places::has_gates(&self.phases))
    }

    /// The step of this id, and the number of its phase.
    fn find(&self, id: &StepId) -> Option<(usize, &Step)> {
        self.places.find(&self.phases, id).or_else(|| {
            let mut phases = self.phases.iter().enumerate();
            phases.find_map(|(number, phase)| {
                let mut steps = phase.steps.iter().flat_map(Step::subtree);
                steps.find(|step| step.id == *id).map(|step| (number, step))
            })
        })
    }

    #[must_use]
    pub fn phase(&self, id: &PhaseId) -> Option<&Phase> {
        self.phases.iter().find(|phase| phase.id == *id)
    }

    /// The phase that holds the step.
    #[must_use]
    pub fn phase_of(&self, id: &StepId) -> Option<&Phase> {
        self.phase_number_of(id).and_then(|number| self.phases.get(number))
    }

    /// Which of the phases holds the step.
    #[must_use]
    pub fn phase_number_of(&self, id: &StepId) -> Option<usize> {
        self.find(id).map(|(number, _)| number)
    }

    /// Finds a step by what an operator may type: its id or its number.
    #[must_use]
    pub fn find_step(&self, typed: &str) -> Option<&Step> {
        self.steps().find(|step| step.id.0 == typed || step.number == typed)
    }
}
