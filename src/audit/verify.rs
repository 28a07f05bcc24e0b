//! Whether a record is what was written: the chain and its evidence checked, every derived field derived again.
//!
//! Input is hostile: nothing of it is trusted before it is compared, sizes are limited, and the worst that can happen is a
//! clear no. It says what is proved and what is not. Whose keys signed it, only a file of allowed signers can tell.

mod raw;
pub(in crate::audit) mod same;
mod say;

use super::check::{Checked, Flaw, Place, Source};
use super::evidence::{Evidence, KeptOutput, KeptPart, OutputBytes};
use super::json::KIND;
use super::record::{DRAWN_BY, SCHEMA};
use super::signature::{Signature, Trust};
use super::text;
use crate::exec::sign::Signers;
use crate::journal::{Cause, Fault, Finding, Journal};
use crate::run::event::{AttemptId, Event, Meaning, OutputPart, RunId};
use crate::run::look;
use crate::run::readiness::readiness;
use crate::run::{Head, Progress};
use crate::runbook::Digest;
use chrono::{DateTime, Utc};
use raw::Raw;
use serde::Deserialize;
use std::collections::BTreeSet;
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
    /// Every signature of the run; all of them hold.
    pub signatures: Vec<Signature>,
    /// Statements that no key took part in.
    pub unsigned: u32,
    pub drawing: Drawing,
    pub subject: Subject,
}

/// Whether what was drawn from the evidence could be drawn again and compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drawing {
    Compared,
    /// There is none.
    None,
    /// It was drawn by another version or template; it may say anything.
    NotChecked(String),
}

/// What a reader demands beyond that nothing was altered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demand {
    /// The run has to be closed with a signature.
    pub seal: Seal,
    /// Every signature has to be by somebody in this file of allowed signers.
    pub signers: Option<Signers>,
    /// So many persons with so many keys have to have signed something that still holds.
    pub require: u32,
}

/// Whether a seal is demanded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Seal {
    #[default]
    Either,
    Demanded,
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
    /// A bundle: evidence, files and reports.
    Bundle,
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
pub fn run(journal: &Journal, run: &RunId, signers: Option<&Signers>) -> Result<Verified, Fault> {
    journal.at_one_moment(|journal| recorded(journal, run, signers))
}

fn recorded(journal: &Journal, run: &RunId, signers: Option<&Signers>) -> Result<Verified, Fault> {
    let mut entries = Vec::new();
    let report = journal.verify_and_read(run, |entry| entries.push(entry))?;
    if let Some(finding) = report.findings.first() {
        return Ok(altered(finding));
    }
    let checked = match Evidence::beside(journal, run, &entries, OutputBytes::LeftOut) {
        Ok(evidence) => evidence.check_read(entries, Source::Journal),
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
            match Intact::of(&checked, Subject::Run, Drawing::None, signers) {
                Ok(intact) => Verified::Intact(Intact { outputs, ..intact }),
                Err(flaw) => flaw.into(),
            }
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
pub fn file(path: &Path, signers: Option<&Signers>) -> io::Result<Verified> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    if file.metadata()?.len() > MAX_BYTES {
        return Ok(too_large().into());
    }
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(record_by(&bytes, signers))
}

/// Verifies the bytes of a record file.
#[must_use]
pub fn record(bytes: &[u8]) -> Verified {
    record_by(bytes, None)
}

fn too_large() -> Flaw {
    Flaw::Unreadable { reason: format!("it is larger than {} MiB", MAX_BYTES / 1024 / 1024) }
}

fn record_by(bytes: &[u8], signers: Option<&Signers>) -> Verified {
    let intact =
        check_record(bytes).and_then(|(checked, drawing)| Intact::of(&checked, Subject::Record, drawing, signers));
    match intact {
        Ok(intact) => Verified::Intact(intact),
        Err(flaw) => flaw.into(),
    }
}

pub(in crate::audit) fn check_record(bytes: &[u8]) -> Result<(Checked, Drawing), Flaw> {
    let unreadable = |reason: String| Err(Flaw::Unreadable { reason });
    if bytes.len() as u64 > MAX_BYTES {
        return Err(too_large());
    }
    let label: Label = match serde_json::from_slice(bytes) {
        Ok(label) => label,
        Err(_) if bytes.starts_with(SQLITE) => {
            let said = "it is a journal, not a record: name a run in it, as in `gonogo --journal FILE verify RUN`";
            return unreadable(said.to_owned());
        }
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
    if label.drawn_by.as_deref() == Some(DRAWN_BY) {
        same::compare(bytes, &checked.record())?;
        return Ok((checked, Drawing::Compared));
    }
    let theirs = label.drawn_by.unwrap_or_else(|| "an unnamed version".to_owned());
    Ok((checked, Drawing::NotChecked(format!("it was drawn up by {theirs}; this is {DRAWN_BY}"))))
}

/// How a database begins (SQLite file format, 1.3.1).
const SQLITE: &[u8] = b"SQLite format 3\0";

/// What a file says it is.
#[derive(Deserialize)]
struct Label {
    schema: Option<u64>,
    kind: Option<String>,
    drawn_by: Option<String>,
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

impl Intact {
    pub(super) fn of(
        checked: &Checked,
        subject: Subject,
        drawing: Drawing,
        signers: Option<&Signers>,
    ) -> Result<Self, Flaw> {
        let signatures = checked.signatures(signers)?;
        check_after_seal(checked)?;
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
        let unsigned = checked.entries.iter().filter(|entry| is_unsigned(&entry.event)).count();
        Ok(Intact {
            run: run.id.clone(),
            rehearsal: run.is_rehearsal(),
            entries: seq,
            head: hash,
            verdict: readiness.answer.word(),
            percent: readiness.percent,
            closed,
            outputs,
            signatures,
            unsigned: count(unsigned),
            drawing,
            subject,
        })
    }
}

fn is_unsigned(event: &Event) -> bool {
    if let Event::SignedOff { sealed, .. } | Event::RunClosed { sealed, .. } = event {
        sealed.as_ref().is_none_or(|sealed| sealed.signature.is_none())
    } else {
        false
    }
}

/// A sealed run loses a leaked output at most; whatever else stands behind the close was put there.
fn check_after_seal(checked: &Checked) -> Result<(), Flaw> {
    let Some(closed) = checked.run.closed.as_ref().filter(|closed| closed.key.is_some()) else {
        return Ok(());
    };
    let late = checked.entries.iter().find(|entry| entry.seq > closed.seq && !entry.event.may_follow_close());
    match late {
        Some(entry) => Err(Flaw::Altered {
            place: Place::Entry(entry.seq),
            reason: format!("it stands behind the sealed close, entry {}", closed.seq),
        }),
        None => Ok(()),
    }
}

impl Intact {
    /// The signature that closes the run.
    #[must_use]
    pub fn seal(&self) -> Option<&Signature> {
        self.signatures.iter().find(|signature| signature.meaning == Meaning::Closed)
    }

    /// What is demanded and not there, one clause each.
    #[must_use]
    pub fn unmet(&self, demand: &Demand) -> Vec<String> {
        let mut unmet = Vec::new();
        if demand.seal == Seal::Demanded && self.seal().is_none() {
            unmet.push("it is not sealed: no signature closes it".to_owned());
        }
        for signature in &self.signatures {
            if let Trust::Unlisted(why) = &signature.trust {
                unmet.push(format!("the signature in entry {}: {why}", signature.seq));
            }
        }
        if demand.signers.is_some() && self.signatures.is_empty() {
            unmet.push("nobody signed it".to_owned());
        }
        let counts =
            |signature: &&Signature| !signature.voided && matches!(signature.trust, Trust::OwnWord | Trust::Listed);
        let counting = || self.signatures.iter().filter(counts);
        // Names are what signers printed, principals what a list of signers knows them by; one person has one of each.
        // Names that look alike are one name: nobody counts twice by another alphabet.
        let names = look::persons(counting().map(|signature| signature.name.as_str()));
        let principals: BTreeSet<String> = counting().map(|signature| signature.signer.to_lowercase()).collect();
        let keys: BTreeSet<&str> = counting().map(|signature| signature.key.as_str()).collect();
        let persons = count(names.min(keys.len()).min(principals.len()));
        if persons < demand.require {
            let persons = text::count(persons, "person has", "persons have");
            unmet.push(format!("{persons} signed it with a key of their own; {} are demanded", demand.require));
        }
        unmet
    }
}
