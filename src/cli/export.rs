//! `gonogo export`: the record of a run, for people, for programs, and for strangers who verify it.

mod leak;

use super::args::{Common, ExportArgs, IncludeOutput, RecordFormat};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::record::{checked, replace};
use super::runs;
use crate::audit::bundle::{self, Files, HEAD, Reports, tar};
use crate::audit::template::{Markup, draw};
use crate::audit::verify::MAX_BYTES;
use crate::audit::{self, Checked, OutputBytes, html, json, markdown};
use crate::exec::sign;
use crate::run::sshsig::EXPORT;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// `gonogo export [RUN]`.
///
/// # Errors
/// When the run cannot be read, or the record cannot be written; then no half-written file is left.
pub fn export(
    args: &ExportArgs,
    (common, env): (&Common, &Environment),
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let journal = runs::look(&env.journal(common)?)?;
    let run = runs::meant(&journal, args.run.as_deref())?;
    let output = match args.include_output {
        IncludeOutput::None => OutputBytes::LeftOut,
        IncludeOutput::Head | IncludeOutput::Full => OutputBytes::Kept,
    };
    let checked = checked(&journal, &run, output)?;
    if args.template.is_some() && !matches!(args.format, RecordFormat::Md | RecordFormat::Html) {
        return Err(Failure::usage("--template draws md or html; name one with --format"));
    }
    demand_clean(&checked, args, env, out)?;
    let text = match args.format {
        RecordFormat::Bundle => {
            let to = args.output.as_deref();
            let to = to.ok_or_else(|| Failure::usage("a bundle is a folder or a tar: say -o FOLDER or -o FILE.tar"))?;
            return write_bundle(&checked, to, (common, env), out);
        }
        RecordFormat::Json => json(&checked, output),
        RecordFormat::Jsonl => {
            let bodies: Vec<&str> = checked.evidence.entries.iter().map(|entry| entry.body.as_str()).collect();
            bodies.join("\n") + "\n"
        }
        RecordFormat::Html => match &args.template {
            Some(template) => drawn(template, Markup::Html, &checked)?,
            None => html(&checked.record(), &checked.evidence),
        },
        RecordFormat::Md => match &args.template {
            Some(template) => drawn(template, Markup::Markdown, &checked)?,
            None => markdown(&checked.record(), &checked.evidence, shown(args.include_output)),
        },
    };
    match &args.output {
        None => out.write_all(text.as_bytes())?,
        Some(path) => {
            replace(path, text.as_bytes())?;
            let (short, path) = (run.short(), path.display());
            writeln!(out, "run {short} is written to {path}; gonogo verify checks JSON records and bundles")?;
            warn_of_size(args.format, text.len() as u64, out)?;
        }
    }
    Ok(Exit::Success)
}

/// Keeps what looks like a secret from leaving with a record, unless somebody answers for it.
fn demand_clean(checked: &Checked, args: &ExportArgs, env: &Environment, out: &mut impl Write) -> Result<(), Failure> {
    let leaks = leak::leaks(checked, env);
    let (Some(first), shown) = (leaks.first(), leaks.iter().take(8).cloned().collect::<Vec<_>>().join(", ")) else {
        return Ok(());
    };
    match args.allow_findings.as_deref().map(str::trim) {
        Some(reason) if !reason.is_empty() => {
            if args.output.is_some() {
                writeln!(out, "warning: exported although it looks like a secret is in {shown}: {reason}")?;
            }
            Ok(())
        }
        Some(_) | None => Err(Failure::new(
            Exit::Hold,
            format!(
                "not exported: something that looks like a secret is in {shown}. Look at {first}; \
                 `gonogo journal shred` takes an output away, --include-output none leaves the outputs out, --allow-findings REASON exports it all the same"
            ),
        )),
    }
}

/// What verify would refuse to read is said when it is written, not when it is needed.
fn warn_of_size(format: RecordFormat, bytes: u64, out: &mut impl Write) -> Result<(), Failure> {
    if bytes > MAX_BYTES && matches!(format, RecordFormat::Json | RecordFormat::Bundle) {
        let mib = MAX_BYTES / 1024 / 1024;
        writeln!(
            out,
            "warning: it is larger than the {mib} MiB that gonogo verify reads; --include-output none leaves the outputs out"
        )?;
    }
    Ok(())
}

fn shown(include: IncludeOutput) -> audit::IncludeOutput {
    match include {
        IncludeOutput::Head => audit::IncludeOutput::Head(HEAD),
        IncludeOutput::Full => audit::IncludeOutput::Full,
        IncludeOutput::None => audit::IncludeOutput::None,
    }
}

fn drawn(template: &Path, markup: Markup, checked: &Checked) -> Result<String, Failure> {
    let shown = template.display();
    let source =
        fs::read_to_string(template).map_err(|error| Failure::system(format!("cannot read {shown}: {error}")))?;
    draw(&source, markup, &checked.record(), &checked.evidence)
        .map_err(|error| Failure::invalid(format!("{shown}: {error}")))
}

fn write_bundle(
    checked: &Checked,
    to: &Path,
    (common, env): (&Common, &Environment),
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let reports: Reports = bundle::built_in(checked);
    let mut files = bundle::files(checked, reports);
    let identity = env.wanted(common).find(&env.who(common).answer()).map_err(Failure::usage)?;
    let key = match &identity.key {
        Some(key) => match sign::sign(key, EXPORT, &files[bundle::SUMS]) {
            Ok(signature) => {
                files.insert(bundle::SUMS_SIGNATURE.to_owned(), signature.into_bytes());
                Some(key.fingerprint.clone())
            }
            Err(error) => {
                writeln!(out, "warning: the list of files is not signed: {error}")?;
                None
            }
        },
        None => None,
    };
    if to.extension().is_some_and(|kind| kind == "tar") {
        replace(to, &tar::write(&files))?;
    } else {
        write_folder(&files, to)?;
    }
    let (run, shown) = (checked.run.id.short(), to.display());
    writeln!(out, "run {run} is written to {shown}, {} files; VERIFY.md in it says how to check it", files.len())?;
    match key {
        Some(key) => writeln!(out, "its list of files is signed with {key} as {}", identity.principal)?,
        None => writeln!(out, "its list of files is not signed (no key)")?,
    }
    warn_of_size(RecordFormat::Bundle, files.values().map(|bytes| bytes.len() as u64).sum(), out)?;
    Ok(Exit::Success)
}

/// Writes a new folder beside its place and moves it there: whole or not at all.
fn write_folder(files: &Files, to: &Path) -> Result<(), Failure> {
    let shown = to.display();
    let cannot = |error: std::io::Error| Failure::system(format!("cannot write {shown}: {error}"));
    if to.exists() {
        return Err(Failure::usage(format!("{shown} is there already; name a new folder")));
    }
    let name = to.file_name().ok_or_else(|| Failure::usage(format!("{shown} names no folder")))?;
    let mut beside = name.to_owned();
    beside.push(format!(".{}.part", std::process::id()));
    let part = to.with_file_name(beside);
    let write = || -> std::io::Result<()> {
        fs::create_dir(&part)?;
        for (name, bytes) in files {
            let path = part.join(name);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(&path, bytes)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644))?;
        }
        fs::rename(&part, to)
    };
    let done = write();
    if done.is_err() {
        // What is half written helps nobody; that it cannot be removed changes nothing about the error.
        let _ = fs::remove_dir_all(&part);
    }
    done.map_err(cannot)
}
