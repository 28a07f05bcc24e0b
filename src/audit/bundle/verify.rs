//! Whether a bundle is what was exported: evidence first, so that the row is named, then every file, then the reports.

use super::tar::{self, Files, is_harmless};
use super::{Bytes, SUMS, SUMS_SIGNATURE, built_in, checkpoint, evidence, listed, sums};
use crate::audit::check::{Checked, Flaw, Place};
use crate::audit::evidence::{Evidence, KeptOutput, KeptPart, StoredEntry};
use crate::audit::record::DRAWN_BY;
use crate::audit::verify::{Drawing, Intact, MAX_BYTES, Subject, Verified};
use crate::exec::sign::{self, Signers};
use crate::run::event::{AttemptId, chain};
use crate::run::sshsig::EXPORT;
use crate::runbook::Digest;
use serde::Deserialize;
use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};

/// More files than any bundle has.
const MOST: usize = 100_000;

/// Verifies a bundle in a folder or a tar.
///
/// # Errors
/// When it cannot be read. Anything wrong with its content is a finding, not an error.
pub fn verify(path: &Path, signers: Option<&Signers>) -> io::Result<Verified> {
    let read = if path.is_dir() { folder(path)? } else { archive(path)? };
    let intact = read.and_then(|files| judge(files, signers));
    Ok(match intact {
        Ok(intact) => Verified::Intact(intact),
        Err(flaw) => flaw.into(),
    })
}

fn unreadable(reason: impl Into<String>) -> Flaw {
    Flaw::Unreadable { reason: reason.into() }
}

fn archive(path: &Path) -> io::Result<Result<Files<'static>, Flaw>> {
    let file = File::open(path)?;
    if file.metadata()?.len() > MAX_BYTES {
        return Ok(Err(too_large()));
    }
    let read = tar::read(BufReader::new(file.take(MAX_BYTES)), MOST);
    Ok(read.map_err(|why| unreadable(format!("it is no tar of a bundle: {why}"))))
}

fn too_large() -> Flaw {
    unreadable(format!("it is larger than {} MiB", MAX_BYTES / 1024 / 1024))
}

/// Reads plain files at most one folder deep; links and anything else are refused, never followed. Everything is looked at
/// before anything is read: a sparse file costs nothing to make and all memory to read.
fn folder(path: &Path) -> io::Result<Result<Files<'static>, Flaw>> {
    let listed = match list(path)? {
        Ok(listed) => listed,
        Err(flaw) => return Ok(Err(flaw)),
    };
    let mut files = Files::new();
    for Listed { name, path, size } in listed {
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        File::open(path)?.take(size).read_to_end(&mut bytes)?;
        files.insert(name, bytes.into());
    }
    Ok(Ok(files))
}

/// A file of a folder, before it is read.
struct Listed {
    name: String,
    path: PathBuf,
    /// In bytes.
    size: u64,
}

/// All files, if there are not too many and they are not too large together.
fn list(path: &Path) -> io::Result<Result<Vec<Listed>, Flaw>> {
    let mut files = Vec::new();
    let (mut room, mut seen) = (MAX_BYTES, 0);
    let mut folders = vec![(path.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let shown = entry.file_name().to_string_lossy().into_owned();
            let name = format!("{prefix}{shown}");
            let kind = entry.file_type()?;
            seen += 1;
            if seen > MOST {
                return Ok(Err(unreadable(format!("it has more than {MOST} files"))));
            }
            if !is_harmless(&name) {
                return Ok(Err(unreadable(format!("{name} is not a file of a bundle"))));
            }
            if kind.is_dir() && prefix.is_empty() {
                folders.push((entry.path(), format!("{name}/")));
            } else if kind.is_file() {
                let size = entry.metadata()?.len();
                let Some(left) = room.checked_sub(size) else {
                    return Ok(Err(too_large()));
                };
                room = left;
                files.push(Listed { name, path: entry.path(), size });
            } else {
                return Ok(Err(unreadable(format!("{name} is a link or no plain file; nothing of it was followed"))));
            }
        }
    }
    Ok(Ok(files))
}

/// What is large is moved out of the files into the evidence: only one of each is held.
fn judge(mut files: Files<'static>, signers: Option<&Signers>) -> Result<Intact, Flaw> {
    let point = Checkpoint::read(text(&files, "checkpoint")?)?;
    let list = listed(&sums(&files));
    let checked = gather(&mut files)?.check()?;
    let files = &files;
    let head = checked.run.head;
    if (point.run.as_str(), point.entries, point.head) != (checked.run.id.0.as_str(), head.seq, head.hash) {
        return Err(altered("checkpoint", "it is not the end of this chain"));
    }
    if bytes(files, "checkpoint")? != checkpoint(&checked, &point.report).as_bytes() {
        return Err(altered("checkpoint", "it says something else than the entries"));
    }
    // Rows come before files, so that what was altered is named by its entry.
    let intact = Intact::of(&checked, Subject::Bundle, Drawing::None, signers)?;
    let evidence = evidence(&checked, Bytes::Omitted);
    compare(files, &evidence)?;
    check_names(files, &evidence)?;
    check_sums(files, &list)?;
    let drawing = check_reports(files, &checked, &point)?;
    check_list_signature(files)?;
    Ok(Intact { drawing, ..intact })
}

fn altered(name: &str, reason: &str) -> Flaw {
    Flaw::Altered { place: Place::File(name.to_owned()), reason: reason.to_owned() }
}

fn bytes<'a>(files: &'a Files<'_>, name: &str) -> Result<&'a [u8], Flaw> {
    files.get(name).map(Cow::as_ref).ok_or_else(|| unreadable(format!("it is no bundle: it has no {name}")))
}

fn text<'a>(files: &'a Files<'_>, name: &str) -> Result<&'a str, Flaw> {
    std::str::from_utf8(bytes(files, name)?).map_err(|_| altered(name, "it is no text"))
}

struct Checkpoint {
    run: String,
    entries: u64,
    head: Digest,
    report: String,
}

impl Checkpoint {
    fn read(text: &str) -> Result<Self, Flaw> {
        let Some(rest) = text.strip_prefix("gonogo checkpoint v1\n") else {
            return Err(unreadable("its checkpoint is not of version 1"));
        };
        let field = |name: &str| {
            let mut values = rest.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            values.next().ok_or_else(|| altered("checkpoint", "a line of it is missing"))
        };
        let number =
            field("entries")?.parse().map_err(|_| altered("checkpoint", "it does not say how many entries"))?;
        let head = Digest::from_hex(field("head")?).ok_or_else(|| altered("checkpoint", "its head is no digest"))?;
        Ok(Checkpoint { run: field("run")?.to_owned(), entries: number, head, report: field("report")?.to_owned() })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPart {
    attempt: AttemptId,
    part: usize,
    salt: Option<String>,
    file: Option<String>,
    shredded_by: Option<u64>,
    left_out: Option<bool>,
}

/// The evidence as the files hold it.
fn gather(files: &mut Files<'_>) -> Result<Evidence, Flaw> {
    let bodies = text(files, "events.jsonl")?;
    let mut heads = text(files, "heads.txt")?.lines();
    let mut entries = Vec::new();
    let mut prev = Digest::ZERO;
    for (body, seq) in bodies.lines().zip(1_u64..) {
        let hash = chain(&prev, body.as_bytes());
        let place = Place::Entry(seq);
        if heads.next() != Some(format!("{seq} {}", hash.hex()).as_str()) {
            return Err(Flaw::Altered { place, reason: "its hash is not that of its body".to_owned() });
        }
        entries.push(StoredEntry { seq, prev, hash, body: body.to_owned() });
        prev = hash;
    }
    if heads.next().is_some() {
        let place = Place::Entry(entries.len() as u64 + 1);
        return Err(Flaw::Altered { place, reason: "it is missing".to_owned() });
    }
    let mut outputs: Vec<KeptOutput> = Vec::new();
    let lines = text(files, "outputs.jsonl")?.to_owned();
    for line in lines.lines() {
        let raw: RawPart = serde_json::from_str(line).map_err(|_| altered("outputs.jsonl", "a line of it is none"))?;
        if outputs.last().is_none_or(|last| last.attempt != raw.attempt) {
            outputs.push(KeptOutput { attempt: raw.attempt, parts: Vec::new() });
        }
        let parts = &mut outputs.last_mut().expect("it was just pushed").parts;
        if parts.len() != raw.part {
            return Err(altered("outputs.jsonl", "its lines are out of order"));
        }
        parts.push(part(files, raw)?);
    }
    let editions = files.iter_mut().filter(|(name, _)| name.starts_with("editions/"));
    let editions = editions.map(|(_, bytes)| std::mem::take(bytes).into_owned()).collect();
    bytes(files, "runbook.md")?;
    let runbook = files.get_mut("runbook.md").map(std::mem::take).unwrap_or_default().into_owned();
    Ok(Evidence { runbook, editions, entries, outputs })
}

fn part(files: &mut Files<'_>, raw: RawPart) -> Result<KeptPart, Flaw> {
    let place = Place::Output(raw.attempt);
    match (raw.salt, raw.file, raw.shredded_by, raw.left_out) {
        (Some(salt), Some(file), None, None) => {
            let salt = Digest::from_hex(&salt);
            let there =
                salt.and_then(|salt| Some((salt.0.to_vec(), std::mem::take(files.get_mut(&file)?).into_owned())));
            let reason = format!("{file} is not there, or has no salt");
            let (salt, bytes) = there.ok_or(Flaw::Altered { place, reason })?;
            Ok(KeptPart::Here { salt, bytes })
        }
        (None, None, Some(by), None) => Ok(KeptPart::Shredded { by }),
        (None, None, None, Some(true)) => Ok(KeptPart::LeftOut),
        (_, _, _, _) => Err(Flaw::Altered { place, reason: "it is neither there nor said to be missing".to_owned() }),
    }
}

/// Demands that files are, byte for byte, what the evidence gives.
fn compare(files: &Files<'_>, expected: &Files<'_>) -> Result<(), Flaw> {
    for (name, wanted) in expected {
        match files.get(name) {
            Some(there) if there == wanted => {}
            Some(_) => return Err(altered(name, "it is not what the entries say")),
            None => return Err(altered(name, "it is missing")),
        }
    }
    Ok(())
}

/// Demands that there is no file that does not belong to a bundle of this run.
fn check_names(files: &Files<'_>, evidence: &Files<'_>) -> Result<(), Flaw> {
    let fixed = ["checkpoint", "report.md", "report.html", "VERIFY.md", "verify.py", SUMS, SUMS_SIGNATURE];
    let stray = files.keys().find(|name| !evidence.contains_key(*name) && !fixed.contains(&name.as_str()));
    stray.map_or(Ok(()), |stray| Err(altered(stray, "it does not belong here: no entry knows of it")))
}

fn check_sums(files: &Files<'_>, expected: &str) -> Result<(), Flaw> {
    let listed = text(files, SUMS)?;
    if listed == expected {
        return Ok(());
    }
    let differs = expected.lines().find(|line| !listed.lines().any(|said| said == *line));
    let name = differs.and_then(|line| line.split_once("  ")).map_or(SUMS, |(_, name)| name);
    Err(altered(name, "it is not as SHA256SUMS lists it"))
}

/// Draws the reports again and compares, if it was this version that drew them.
fn check_reports(files: &Files<'_>, checked: &Checked, point: &Checkpoint) -> Result<Drawing, Flaw> {
    for name in ["report.md", "report.html", "VERIFY.md", "verify.py"] {
        bytes(files, name)?;
    }
    if point.report != DRAWN_BY {
        let why = if point.report == "custom" { "templates of its owner's".to_owned() } else { point.report.clone() };
        return Ok(Drawing::NotChecked(format!("the reports were drawn by {why}; this is {DRAWN_BY}")));
    }
    compare(files, &super::drawn(checked, built_in(checked)))?;
    Ok(Drawing::Compared)
}

fn check_list_signature(files: &Files<'_>) -> Result<(), Flaw> {
    let Some(_) = files.get(SUMS_SIGNATURE) else {
        return Ok(());
    };
    sign::is_there().map_err(unreadable)?;
    let held = sign::holds(text(files, SUMS_SIGNATURE)?, EXPORT, bytes(files, SUMS)?);
    held.map(|_| ()).map_err(|why| altered(SUMS_SIGNATURE, &why))
}
