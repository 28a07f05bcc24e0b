//! The shape of a record: plain data, already put into words, in the order in which it is read.
//!
//! It is what [`super::compose`] makes and what every form shows. Nothing is computed here. The names of the fields are the
//! names in the JSON form, which is a contract: a new field raises [`SCHEMA`], unless it is absent wherever there is nothing
//! to say in it; then it raises [`DRAWN_BY`] alone.

mod by_itself;

pub use by_itself::{ByItself, HookRan, ProbeRan, TrustAnswer};

use crate::run::event::{Actor, Carried, Leftover};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::BTreeMap;

/// Version of the JSON form.
pub const SCHEMA: u32 = 1;

/// What reads runbooks and draws records from entries: a record that another version drew up cannot be compared field by
/// field. The last number goes up whenever the reader or the built-in templates come to another result.
pub const DRAWN_BY: &str = concat!("gonogo ", env!("CARGO_PKG_VERSION"), " report 8");

/// Everything that is to be said about one run, as its entries tell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Record {
    /// Nothing was executed. Said loudly in every form.
    pub rehearsal: bool,
    pub verdict: Outcome,
    pub readiness: Figures,
    pub run: Origin,
    pub document: Document,
    pub chain: Chain,
    pub sittings: Vec<Sitting>,
    /// Edits of the runbook, in order; absent when it was never edited.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<Revision>,
    pub deviations: Vec<Deviation>,
    pub calls: Vec<Call>,
    pub gates: Vec<Gate>,
    pub sign_offs: Vec<SignOff>,
    pub values: Vec<Value>,
    /// Notes on the run as a whole; a step's notes stand with the step.
    pub notes: Vec<Note>,
    /// Hooks and probes; absent when there were none.
    #[serde(skip_serializing_if = "ByItself::is_empty")]
    pub by_itself: ByItself,
    /// All phases in document order. Those that are not walked list only the steps that were worked on.
    pub phases: Vec<Phase>,
    /// Steps the entries speak of and the runbook, as it is read now, does not have.
    pub strays: Vec<Step>,
}

/// The answer, and the reasons for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// `GO`, `NO-GO`, `HOLD` or `REHEARSED`, computed from the entries.
    pub word: &'static str,
    /// What the answer rests on, one clause each; the worst first.
    pub why: Vec<String>,
    /// How the answer is found.
    pub rule: &'static str,
}

/// Readiness with everything it opens to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Absent when there is nothing to count.
    pub percent: Option<u32>,
    pub earned: u64,
    pub total: u64,
    /// What the document claims about itself; never part of a sum.
    pub claimed: Option<u8>,
    pub counts: Tally,
    /// By phase id; only walked phases.
    pub phases: BTreeMap<String, Tally>,
    pub blockers: Vec<Blocker>,
}

/// How many leaf steps stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    pub steps: u32,
    pub settled: u32,
    pub passed: u32,
    pub remarks: u32,
    pub failed: u32,
    pub waived: u32,
    pub not_applicable: u32,
    pub deferred: u32,
    pub running: u32,
    pub unknown: u32,
    pub ran: u32,
    pub waiting: u32,
    /// Done for an earlier version of the runbook; absent when there is none.
    #[serde(skip_serializing_if = "is_zero")]
    pub stale: u32,
    pub open: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference to the field over")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// An edit of the author's file that the operator decided about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Revision {
    pub seq: u64,
    /// `adopted` or `declined`.
    pub decision: &'static str,
    /// SHA-256 of the edited version.
    pub sha256: String,
    /// Steps that the run knows otherwise since: `changed check-the-disk`.
    pub steps: Vec<String>,
    /// Gates whose sign-offs it voided.
    pub voided: Vec<Scope>,
    pub at: DateTime<Utc>,
    pub by: Person,
}

/// What keeps the run from GO.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocker {
    /// `stops`, `asks` or `open`.
    pub severity: &'static str,
    /// `step`, `phase` or `role`: what `id` names.
    pub kind: &'static str,
    pub id: String,
    pub title: String,
    pub what: String,
}

/// Who acted and from where, as the operating system told: recorded as, never signed by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    pub name: String,
    /// Self-declared.
    pub role: Option<String>,
    pub user: String,
    pub uid: u32,
    pub host: String,
    pub tty: Option<String>,
}

impl From<&Actor> for Person {
    fn from(actor: &Actor) -> Self {
        Person {
            name: actor.name.clone(),
            role: actor.role.clone(),
            user: actor.user.clone(),
            uid: actor.uid,
            host: actor.host.clone(),
            tty: actor.tty.clone(),
        }
    }
}

/// The run itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Origin {
    pub id: String,
    /// `real` or `rehearsal`.
    pub kind: &'static str,
    pub title: String,
    /// The program that opened the run.
    pub program: String,
    pub ticket: Option<String>,
    pub cwd: String,
    pub shell: String,
    pub opened: Stamp,
    pub closed: Option<Closed>,
}

/// When, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stamp {
    pub at: DateTime<Utc>,
    pub by: Person,
}

/// What was said when the run was closed. A statement of that moment; [`Outcome`] is computed afresh.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Closed {
    pub seq: u64,
    pub verdict: String,
    pub percent: Option<u32>,
    pub reason: Option<String>,
    /// Deferred steps that are left for later.
    pub carried: Vec<Carried>,
    /// Absent when the run is closed and not sealed.
    pub signature: Option<Signature>,
    /// Whether verdict and percent are those of the record as it stands now.
    pub agrees: bool,
    pub at: DateTime<Utc>,
    pub by: Person,
}

/// The runbook that was walked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Document {
    pub title: String,
    /// As it was given when the run was opened.
    pub path: String,
    /// Of its exact bytes, which are part of the evidence.
    pub sha256: String,
    pub lines: u32,
    pub encoding: &'static str,
    pub repaired: Option<&'static str>,
    pub layout: &'static str,
    /// What its author says it is: owner, service, environment and the like, by field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub about: BTreeMap<&'static str, String>,
}

/// The chain of entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chain {
    pub entries: u64,
    /// Hash of the last entry: whoever noted it can tell later that nothing before it was changed.
    pub head: String,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    /// Entries whose wall-clock time lies before that of the entry they follow.
    pub clock_went_back: Vec<ClockStep>,
    /// Steps of the wall clock that were noticed and recorded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clock_steps: Vec<ClockSet>,
}

/// The wall clock was set; forwards when positive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClockSet {
    pub seq: u64,
    pub by_ms: i64,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClockStep {
    pub seq: u64,
    pub at: DateTime<Utc>,
    pub before: DateTime<Utc>,
}

/// A process that drove the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sitting {
    pub by: Person,
    pub skin: String,
    pub pid: u32,
    pub from: DateTime<Utc>,
    /// Absent when it did not leave in an orderly way, or not yet.
    pub to: Option<DateTime<Utc>>,
}

/// Anything done out of order, edited, forced or overridden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deviation {
    pub seq: u64,
    pub kind: &'static str,
    pub step: Option<String>,
    /// Number and title of the step.
    pub title: Option<String>,
    pub reason: String,
    pub at: DateTime<Utc>,
    pub by: Person,
}

/// A named go or no-go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    pub seq: u64,
    pub role: String,
    pub call: &'static str,
    pub reason: Option<String>,
    /// A later call of the same role took its place.
    pub superseded_by: Option<u64>,
    pub at: DateTime<Utc>,
    pub by: Person,
}

/// A hold point of the walk and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gate {
    pub scope: Scope,
    pub role: Option<String>,
    pub min: u32,
    pub not_performer: bool,
    /// `released`, `held` or `rejected`.
    pub state: &'static str,
    /// How many fitting persons have signed, and how many must; only while it holds.
    pub signed: Option<u32>,
    pub needed: Option<u32>,
}

/// What a gate guards or a sign-off is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scope {
    /// `step`, `phase` or `run`.
    pub kind: &'static str,
    pub id: Option<String>,
    pub title: String,
}

/// A statement by a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignOff {
    pub seq: u64,
    pub scope: Scope,
    pub meaning: &'static str,
    pub reason: Option<String>,
    /// Entry with which work on the same scope went on afterwards: the sign-off is no longer about what there is.
    pub voided_by: Option<u64>,
    pub at: DateTime<Utc>,
    /// Of a signed one, name and role are those in its statement, the account that of whoever recorded it.
    pub by: Person,
    /// Absent when nobody's key took part in it.
    pub signature: Option<Signature>,
}

/// A signature as it names itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signature {
    /// What the key is listed under in a file of allowed signers.
    pub signer: String,
    /// Printed name, role and time of the statement.
    pub name: String,
    pub role: Option<String>,
    pub time: DateTime<Utc>,
    /// `SHA256:…`
    pub key: String,
    /// What a security key says about the person before it.
    pub presence: Option<&'static str>,
    /// The text that was signed; the signature itself is in the entry.
    pub statement: String,
}

/// A value that was given for a placeholder. A secret's content is nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Value {
    pub seq: u64,
    pub name: String,
    pub secret: bool,
    pub value: Option<String>,
    /// The environment variable that it was taken from.
    pub from: Option<String>,
    pub superseded_by: Option<u64>,
    pub at: DateTime<Utc>,
    pub by: Person,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    pub seq: u64,
    pub text: String,
    pub at: DateTime<Utc>,
    pub by: Person,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Phase {
    pub id: String,
    pub number: u32,
    pub title: String,
    pub line: u32,
    pub role: &'static str,
    pub walked: bool,
    pub optional: bool,
    pub criteria: Vec<Criterion>,
    pub stop_criteria: Vec<Criterion>,
    /// Steps of the phase in the document, also those that are not listed here.
    pub size: u32,
    /// Parents first.
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Criterion {
    pub line: u32,
    pub text: String,
}

/// A step with everything that happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    pub id: String,
    /// Empty for a stray.
    pub number: String,
    pub title: String,
    pub line: u32,
    pub kind: &'static str,
    /// Whether it is a leaf of the walk: only those are in the figures.
    pub counted: bool,
    pub optional: bool,
    pub critical: bool,
    pub weight: u32,
    pub owner: Option<String>,
    pub condition: Option<String>,
    pub state: &'static str,
    /// On what the state rests: `person`, `machine` or `nothing`.
    pub basis: &'static str,
    pub at: Option<DateTime<Utc>>,
    pub by: Option<Person>,
    pub reason: Option<String>,
    pub criteria: Vec<Criterion>,
    pub attempts: Vec<Attempt>,
    /// Commands practised in a rehearsal: shown, nothing executed.
    pub practised: Vec<Practised>,
    /// Every verdict a person ever gave, whether it still holds or not.
    pub marks: Vec<Mark>,
    pub notes: Vec<Note>,
}

/// A verdict of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mark {
    pub seq: u64,
    pub verdict: &'static str,
    pub reason: Option<String>,
    /// `holds`, `superseded`, `reversed` or `redone`.
    pub standing: &'static str,
    /// The entry that ended its standing.
    pub ended_by: Option<u64>,
    pub at: DateTime<Utc>,
    pub by: Person,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Practised {
    pub seq: u64,
    pub command: u32,
    pub part: Option<u32>,
    pub at: DateTime<Utc>,
    pub by: Person,
}

/// One try at one command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    pub number: u32,
    pub seq: u64,
    /// Place of the block among the step's blocks, from 0, and of the line within it when a single line was chosen.
    pub command: u32,
    pub part: Option<u32>,
    /// Line of the block in the document, if the document still has it.
    pub line: Option<u32>,
    /// What was executed, redacted.
    pub text: String,
    pub risk: &'static str,
    pub channel: &'static str,
    pub shell: String,
    pub cwd: String,
    pub timeout_ms: Option<u64>,
    /// `fresh` or `shared`; absent when it took over what a terminal would know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<&'static str>,
    pub began: DateTime<Utc>,
    pub by: Person,
    pub pid: Option<u32>,
    pub stops: Vec<Stop>,
    /// `ended`, `running`, `unknown` or `resolved`.
    pub progress: &'static str,
    /// In words: `exited with 0`, `killed by signal 9`, `no recorded end`.
    pub ending: String,
    pub exit_code: Option<i32>,
    pub signal: Option<i32>,
    pub ended_at: Option<DateTime<Utc>>,
    pub took_ms: Option<u64>,
    /// Whether the output was what the author expects; absent when there was nothing to compare.
    pub matched: Option<bool>,
    /// What it lacked of what the author expects, by the runbook; absent when nothing, or when the ending says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mismatch: Option<String>,
    /// What came of it: `succeeded`, `failed`, `unknown` …
    pub outcome: &'static str,
    pub output: Option<Output>,
    /// Processes that outlived the command.
    pub left_over: Vec<Leftover>,
    pub resolution: Option<Resolution>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stop {
    pub signal: &'static str,
    pub why: &'static str,
}

/// What an attempt printed, as its ending entry fixes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Output {
    /// Of the whole stream after redaction.
    pub bytes: u64,
    /// Bytes in the middle that were not kept.
    pub dropped: u64,
    pub redacted: u64,
    pub sha256: Option<String>,
    pub parts: Vec<Part>,
    /// When it was printed, as its ending entry says it; a recording is made of it, and no report shows it.
    #[serde(skip)]
    pub times: Vec<(u64, u64)>,
}

/// A kept part: length, and SHA-256 over salt and bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    pub bytes: u64,
    pub digest: String,
}

/// What a person said about an attempt whose end nobody saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resolution {
    pub verdict: &'static str,
    pub reason: String,
    pub at: DateTime<Utc>,
    pub by: Person,
}

impl Record {
    /// All listed steps, strays last, each with its phase if it has one.
    pub fn steps(&self) -> impl Iterator<Item = (Option<&Phase>, &Step)> {
        let placed = self.phases.iter().flat_map(|phase| phase.steps.iter().map(move |step| (Some(phase), step)));
        placed.chain(self.strays.iter().map(|step| (None, step)))
    }

    /// Finds a step by what an operator may type: its id or its number.
    #[must_use]
    pub fn find_step(&self, typed: &str) -> Option<&Step> {
        let mut steps = self.steps().map(|(_, step)| step);
        steps.find(|step| step.id == typed || (step.number == typed && !typed.is_empty()))
    }
}
