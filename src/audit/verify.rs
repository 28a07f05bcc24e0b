//! Whether a record is what was written: the chain and its evidence checked, every derived field derived again.
//!
//! Input is hostile: nothing of it is trusted before it is compared, sizes are limited, and the worst that can happen is a
//! clear no. It says what is proved and what is not. It does not know who wrote a record: nothing here checks a signature.

mod raw;
pub(in crate::audit) mod same;

use super::check::{Checked, Flaw, Place};
use super::evidence::{Evidence, KeptOutput, KeptPart, OutputBytes};
use super::json::KIND;
use super::record::SCHEMA;
use super::text;
use crate::journal::{Cause, Fault, Finding, Journal};
use crate::run::event::{AttemptId, OutputPart, RunId};
use crate::run::readiness::readiness;
use crate::run::{Head, Progress};
use crate::runbook::Digest;
use chrono::{DateTime, Utc};
use raw::Raw;
use serde::Deserialize;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Largest record file that is read, in bytes (256 MiB). A run with more output than that is exported without it.
pub const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// The finding on a record or a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    /// Everything there is fits together.
    Intact(Intact),
    /// Something is not as it was written; the first such place.
    Altered { place: Place, reason: String },
    /// It cannot be judged.
    Unreadable { reason: String },
}

/// What fits together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intact {
    pub run: RunId,
    pub rehearsal: bool,
    /// How many entries the chain has.
    pub entries: u64,
    /// Hash of the last one.
    pub head: Digest,
    /// The answer that follows from the entries, and the percentage with it.
    pub verdict: &'static str,
    pub percent: Option<u32>,
    pub closed: Option<Closed>,
    pub outputs: Outputs,
    pub subject: Subject,
}

/// How the run was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    pub verdict: String,
    pub at: DateTime<Utc>,
    pub by: String,
    /// Entries that were added after the run was closed.
    pub after: u64,
}

/// How much of the kept output there was to check, in attempts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outputs {
    pub checked: u32,
    pub shredded: u32,
    pub left_out: u32,
}

/// What was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A record file: evidence and the summary drawn from it.
    Record,
    /// A run in a journal: evidence alone.
    Run,
}

impl From<Flaw> for Verified {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::Altered { place, reason } => Verified::Altered { place, reason },
            Flaw::Unreadable { reason } => Verified::Unreadable { reason },
        }
    }
}

/// Verifies a run where it is recorded: what the journal checks (chain, row, ledger, runbook, outputs), and that the
/// entries make a run.
///
/// # Errors
/// When there is no such run, or the journal cannot be read. Anything altered is a finding, not an error.
pub fn run(journal: &Journal, run: &RunId) -> Result<Verified, Fault> {
    let report = journal.verify(run)?;
    if let Some(finding) = report.findings.first() {
        return Ok(altered(finding));
    }
    let checked = match Evidence::of_run(journal, run, OutputBytes::LeftOut) {
        Ok(evidence) => evidence.check(),
        Err(Fault { cause: Cause::Altered(finding), .. }) => return Ok(altered(&finding)),
        Err(fault) => return Err(fault),
    };
    Ok(match checked {
        Ok(checked) => {
            // The journal has compared every output; here only which of them are gone is left to say.
            let gone = |output: &&KeptOutput| report.shredded.contains(&(run.clone(), output.attempt));
            let all = &checked.evidence.outputs;
            let (all, shredded) = (count(all.len()), count(all.iter().filter(gone).count()));
            let outputs = Outputs { checked: all - shredded, shredded, left_out: 0 };
            Verified::Intact(Intact { outputs, ..Intact::of(&checked, Subject::Run) })
        }
        Err(flaw) => flaw.into(),
    })
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn altered(finding: &Finding) -> Verified {
    Verified::Altered { place: Place::Journal(finding.place.to_string()), reason: finding.reason.clone() }
}

/// Verifies a record file.
///
/// # Errors
/// When the file cannot be read. Anything wrong with its content is a finding, not an error.
pub fn file(path: &Path) -> io::Result<Verified> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(record(&bytes))
}

/// Verifies the bytes of a record file.
#[must_use]
pub fn record(bytes: &[u8]) -> Verified {
    match check_record(bytes) {
        Ok(checked) => Verified::Intact(Intact::of(&checked, Subject::Record)),
        Err(flaw) => flaw.into(),
    }
}

fn check_record(bytes: &[u8]) -> Result<Checked, Flaw> {
    let unreadable = |reason: String| Err(Flaw::Unreadable { reason });
    if bytes.len() as u64 > MAX_BYTES {
        return unreadable(format!("it is larger than {} MiB", MAX_BYTES / 1024 / 1024));
    }
    let label: Label = match serde_json::from_slice(bytes) {
        Ok(label) => label,
        Err(error) if error.is_data() => return unreadable(format!("it is no record of a run: {error}")),
        Err(error) => return unreadable(format!("it is not JSON: {error}")),
    };
    match (label.kind.as_deref(), label.schema) {
        (Some(KIND), Some(schema)) if schema == u64::from(SCHEMA) => {}
        (Some(KIND), Some(schema)) => {
            return unreadable(format!("it has schema {schema}; this program reads schema {SCHEMA}"));
        }
        (Some(_) | None, _) => return unreadable("it is no record of a run: no `kind` or `schema` says so".to_owned()),
    }
    let raw: Raw = match serde_json::from_slice(bytes) {
        Ok(raw) => raw,
        Err(error) => return unreadable(format!("it is not in the form of a record: {error}")),
    };
    let said = raw.outputs_said();
    let checked = raw.evidence()?.check()?;
    check_said(&said, &checked)?;
    same::compare(bytes, &checked.record()).map_err(|flaw| with_version(flaw, &checked))?;
    Ok(checked)
}

/// What a file says it is.
#[derive(Deserialize)]
struct Label {
    schema: Option<u64>,
    kind: Option<String>,
}

/// Lengths and digests that stand beside the bytes must be those in the ending entries, also where the bytes are not there.
fn check_said(said: &[(AttemptId, Vec<OutputPart>)], checked: &Checked) -> Result<(), Flaw> {
    for (attempt, said) in said {
        let recorded = checked.run.attempt(*attempt).and_then(|attempt| match &attempt.progress {
            Progress::Ended { ended, .. } => Some(&ended.output.parts),
            Progress::Running | Progress::Unknown | Progress::Resolved { .. } => None,
        });
        if recorded != Some(said) {
            let reason = "its lengths and digests are not those in the ending entry".to_owned();
            return Err(Flaw::Altered { place: Place::Output(*attempt), reason });
        }
    }
    Ok(())
}

/// A field can differ without any ill will when another version reads the runbook otherwise. That does not make it right.
fn with_version(flaw: Flaw, checked: &Checked) -> Flaw {
    let (theirs, ours) = (&checked.run.opened.program, concat!("gonogo ", env!("CARGO_PKG_VERSION")));
    match flaw {
        Flaw::Altered { place, reason } if theirs != ours => {
            let reason = format!(
                "{reason} (the entries and outputs are intact; the run was made with {}, this is {ours}: \
                 another version may read the runbook otherwise, so verify with that version too)",
                text::inline(theirs)
            );
            Flaw::Altered { place, reason }
        }
        flaw @ (Flaw::Altered { .. } | Flaw::Unreadable { .. }) => flaw,
    }
}

impl Intact {
    fn of(checked: &Checked, subject: Subject) -> Self {
        let run = &checked.run;
        let Head { seq, hash } = run.head;
        let closed = run.closed.as_ref().map(|closed| Closed {
            verdict: closed.verdict.clone(),
            at: closed.at.at,
            by: text::person(&(&closed.by).into()),
            after: seq - closed.seq,
        });
        let mut outputs = Outputs::default();
        for output in &checked.evidence.outputs {
            let shredded = output.parts.iter().any(KeptPart::is_shredded);
            let here = output.parts.iter().all(KeptPart::is_here);
            *(if shredded {
                &mut outputs.shredded
            } else if here {
                &mut outputs.checked
            } else {
                &mut outputs.left_out
            }) += 1;
        }
        let readiness = readiness(&checked.book, run);
        Intact {
            run: run.id.clone(),
            rehearsal: run.is_rehearsal(),
            entries: seq,
            head: hash,
            verdict: readiness.answer.word(),
            percent: readiness.percent,
            closed,
            outputs,
            subject,
        }
    }
}

impl Verified {
    /// The finding for people: what holds, what it proves and what it does not. Ends with a line end.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Verified::Intact(intact) => intact.text(),
            Verified::Altered { place, reason } => {
                format!("ALTERED: {}: {}\n", text::inline(&place.to_string()), text::inline(reason))
            }
            Verified::Unreadable { reason } => format!("unreadable: {}\n", text::inline(reason)),
        }
    }
}

/// What a finding proves of any run.
const PROVED: &str = "\
It proves: every entry follows the one before it, from the first to this head; the runbook
is the one the run was opened with; every output that is here is the one that was recorded.";

/// What it proves of a record file besides.
const PROVED_OF_RECORD: &str = "Verdict, figures and all else the record says follow from its entries.";

const NOT_PROVED: &str = "\
It does not prove (unsealed, nobody signed it): a chain proves nothing about its tail or its
owner. Entries at the end may be missing, or the whole may have been made anew. To exclude
that, compare entries and head with what was noted elsewhere at the time.";

impl Intact {
    fn text(&self) -> String {
        let mut lines = vec![format!("intact: run {}", text::inline(&self.run.0))];
        if self.rehearsal {
            lines.push("REHEARSAL: nothing was executed".to_owned());
        }
        let percent = self.percent.map(|percent| format!(", {percent} %")).unwrap_or_default();
        let Outputs { checked, shredded, left_out } = self.outputs;
        lines.extend([
            format!("  entries  {}", self.entries),
            format!("  head     {}", self.head),
            format!("  verdict  {}{percent}", self.verdict),
            format!(
                "  closed   {}",
                self.closed.as_ref().map_or("no: the run goes on, or was left".into(), Closed::text)
            ),
            format!("  outputs  {checked} checked, {shredded} shredded, {left_out} left out"),
            String::new(),
            PROVED.to_owned(),
        ]);
        if self.subject == Subject::Record {
            lines.push(PROVED_OF_RECORD.to_owned());
        }
        lines.push(NOT_PROVED.to_owned());
        lines.join("\n") + "\n"
    }
}

impl Closed {
    fn text(&self) -> String {
        let after = match self.after {
            0 => String::new(),
            more => format!("; {} after that", text::count(more, "entry", "entries")),
        };
        format!("as {}, {}, by {}{after}", text::inline(&self.verdict), text::time(self.at), self.by)
    }
}
