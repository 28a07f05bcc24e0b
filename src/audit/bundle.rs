//! The bundle: everything about a run as plain files, for a stranger to verify with `sha256sum`, `python3` and `ssh-keygen`.
//!
//! The same evidence gives the same bytes, as a folder or as a tar. What it holds, and what it proves, its `VERIFY.md` says.
//! Reading one is reading something hostile: sizes and names are limited, links are refused, nothing is unpacked.

pub mod tar;
mod verify;

pub use verify::verify;

use super::check::Checked;
use super::evidence::{KeptPart, edition};
use super::record::DRAWN_BY;
use crate::at_once::both;
use crate::run::Head;
use crate::runbook::Digest;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
pub use tar::Files;

pub const SUMS: &str = "SHA256SUMS";
pub const SUMS_SIGNATURE: &str = "SHA256SUMS.sig";
/// What a stranger verifies it by: `VERIFY.md` and `verify.py`.
pub const GUIDES: [&str; 2] = [include_str!("bundle/VERIFY.md"), include_str!("bundle/verify.py")];

/// The reports of a bundle, and what drew them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reports {
    /// [`DRAWN_BY`], or `custom` when a template of the user's did.
    pub drawn_by: String,
    pub md: String,
    pub html: String,
}

/// The files with the built-in reports, without a signature over their list.
#[must_use]
pub fn files(checked: &Checked) -> Files<'_> {
    let mut files = evidence(checked, Bytes::Kept);
    let (mut sums, reports) = both(|| sums(&files), || drawn(checked, built_in(checked)));
    sums.extend(self::sums(&reports));
    files.extend(reports);
    files.insert(SUMS.to_owned(), listed(&sums).into_bytes().into());
    files
}

/// What is derived from the evidence, for people.
fn drawn(checked: &Checked, reports: Reports) -> Files<'static> {
    let mut files = Files::new();
    files.insert("checkpoint".to_owned(), checkpoint(checked, &reports.drawn_by).into_bytes().into());
    files.insert("report.md".to_owned(), reports.md.into_bytes().into());
    files.insert("report.html".to_owned(), reports.html.into_bytes().into());
    for (name, guide) in ["VERIFY.md", "verify.py"].into_iter().zip(GUIDES) {
        files.insert(name.to_owned(), guide.as_bytes().into());
    }
    files
}

/// SHA-256 of the files that are listed, by their names.
fn sums(files: &Files<'_>) -> BTreeMap<String, Digest> {
    let listed = files.iter().filter(|(name, _)| !matches!(name.as_str(), SUMS | SUMS_SIGNATURE));
    listed.map(|(name, bytes)| (name.clone(), Digest::of(bytes))).collect()
}

/// The list of files, as `sha256sum` writes it.
fn listed(sums: &BTreeMap<String, Digest>) -> String {
    sums.iter().fold(String::new(), |list, (name, digest)| list + &digest.hex() + "  " + name + "\n")
}

fn checkpoint(checked: &Checked, drawn_by: &str) -> String {
    let Head { seq, hash } = checked.run.head;
    let (run, runbook) = (&checked.run.id, checked.run.opened.runbook.hex());
    let hash = hash.hex();
    format!("gonogo checkpoint v1\nrun: {run}\nentries: {seq}\nhead: {hash}\nrunbook: {runbook}\nreport: {drawn_by}\n")
}

/// What becomes of the large files of the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bytes {
    Kept,
    /// Only their names are wanted.
    Omitted,
}

impl Bytes {
    fn of(self, bytes: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Bytes::Kept => bytes.into(),
            Bytes::Omitted => Cow::default(),
        }
    }
}

/// What is proved: entries, runbook, outputs, statements. Runbook and outputs may be named only.
fn evidence(checked: &Checked, large: Bytes) -> Files<'_> {
    let mut files = Files::new();
    let (mut events, mut heads) = (String::new(), String::new());
    for entry in &checked.evidence.entries {
        events.push_str(&entry.body);
        events.push('\n');
        writeln!(heads, "{} {}", entry.seq, entry.hash.hex()).expect("writing to a String cannot fail");
    }
    files.insert("events.jsonl".to_owned(), events.into_bytes().into());
    files.insert("heads.txt".to_owned(), heads.into_bytes().into());
    files.insert("runbook.md".to_owned(), large.of(&checked.evidence.runbook));
    let named = checked.entries.iter().filter(|entry| edition(&entry.event).is_some());
    for (entry, bytes) in named.zip(&checked.evidence.editions) {
        files.insert(format!("editions/{:08}.md", entry.seq), large.of(bytes));
    }
    let mut listed = String::new();
    for output in &checked.evidence.outputs {
        for (place, part) in output.parts.iter().enumerate() {
            let attempt = output.attempt.0;
            let name = format!("outputs/{attempt:04}-{place}");
            let said = match part {
                KeptPart::Here { salt, bytes } => {
                    files.insert(name.clone(), large.of(bytes));
                    let salt = hex(salt);
                    format!(r#"{{"attempt":{attempt},"part":{place},"salt":"{salt}","file":"{name}"}}"#)
                }
                KeptPart::Shredded { by } => format!(r#"{{"attempt":{attempt},"part":{place},"shredded_by":{by}}}"#),
                KeptPart::LeftOut => format!(r#"{{"attempt":{attempt},"part":{place},"left_out":true}}"#),
            };
            listed.push_str(&said);
            listed.push('\n');
        }
    }
    files.insert("outputs.jsonl".to_owned(), listed.into_bytes().into());
    for (seq, sealed) in checked.sealed() {
        let name = format!("statements/{seq:04}.txt");
        if let Some(signature) = &sealed.signature {
            files.insert(format!("{name}.sig"), signature.as_bytes().into());
        }
        files.insert(name, sealed.statement.as_bytes().into());
    }
    files
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a String cannot fail");
        hex
    })
}

/// The reports as the built-in templates draw them.
#[must_use]
pub fn built_in(checked: &Checked) -> Reports {
    let record = checked.record();
    let md = || super::markdown(&record, &checked.evidence, super::IncludeOutput::Head(HEAD));
    let (md, html) = both(md, || super::html(&record, &checked.evidence));
    Reports { drawn_by: DRAWN_BY.to_owned(), md, html }
}

/// Lines of each output that go into the Markdown report.
pub const HEAD: usize = 40;
