//! `gonogo export`: the record of a run, for people, for programs, and for strangers who verify it.

mod bundle;
mod hook;
mod leak;

use super::args::{Common, ExportArgs, IncludeOutput, RecordFormat};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::record::{self, replace};
use super::{runs, statement};
use crate::at_once::both;
use crate::audit::bundle::{Files, HEAD};
use crate::audit::template::{self, Markup};
use crate::audit::verify::MAX_BYTES;
use crate::audit::{self, Checked, OutputBytes, cast, csv, html, json, junit, markdown};
use crate::run::event::RunId;
use std::fs;
use std::io::{self, IsTerminal as _, Write};
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
    check_usage(args)?;
    let output = match args.include_output {
        IncludeOutput::None => OutputBytes::LeftOut,
        IncludeOutput::Head | IncludeOutput::Full => OutputBytes::Kept,
    };
    // git answers while the run is read and drawn.
    let who = (args.format == RecordFormat::Bundle).then(|| env.who(common));
    let checked = record::checked(&journal, &run, output)?;
    // It is drawn while it is looked through; nothing of it leaves before both are done.
    let (leaks, drawn) = both(|| leak::leaks(&checked, env), || draw(&checked, args, output));
    let again;
    let drawn = match demand_clean(&leaks, &run, args, (common, env), out)? {
        Findings::None => drawn,
        Findings::Recorded => {
            // Whoever answered for them stands in the record that leaves.
            again = record::checked(&journal, &run, output)?;
            draw(&again, args, output)
        }
    };
    drop(journal);
    match drawn? {
        Drawn::Text(text) => write(&run, &text, args, out)?,
        Drawn::Bundle(files) => {
            let to = args.output.as_deref();
            let to = to.ok_or_else(|| Failure::usage("a bundle is a folder or a tar: say -o FOLDER or -o FILE.tar"))?;
            let (operator, git) = who.unwrap_or_else(|| env.who(common)).told()?;
            let identity = env.wanted(common).find(&operator, git).map_err(Failure::usage)?;
            bundle::write(&run, files, to, &identity, out)?;
        }
    }
    hook::after_export(&run, &checked.book, args, (common, env))?;
    Ok(Exit::Success)
}

/// What is to leave.
enum Drawn<'a> {
    Text(String),
    Bundle(Files<'a>),
}

/// Writes every format that is one text.
fn write(run: &RunId, text: &str, args: &ExportArgs, out: &mut impl Write) -> Result<(), Failure> {
    match &args.output {
        None if args.format == RecordFormat::Jsonl && io::stdout().is_terminal() => {
            // The exact bytes are for files and programs; some characters of theirs would act on a terminal.
            out.write_all(audit::json_escaped(text).as_bytes())?;
        }
        None => out.write_all(text.as_bytes())?,
        Some(path) => {
            replace(path, text.as_bytes())?;
            let (short, path) = (run.short(), path.display());
            writeln!(out, "run {short} is written to {path}; gonogo verify checks JSON records and bundles")?;
            warn_of_size(args.format, text.len() as u64, out)?;
        }
    }
    Ok(())
}

fn check_usage(args: &ExportArgs) -> Result<(), Failure> {
    if args.template.is_some() && !matches!(args.format, RecordFormat::Md | RecordFormat::Html) {
        return Err(Failure::usage("--template draws md or html; name one with --format"));
    }
    let one = args.step.is_some() || args.attempt.is_some();
    match (args.format, one) {
        (RecordFormat::Cast, false) => {
            Err(Failure::usage("a recording shows one attempt: say --step STEP for its last one, or --attempt NUMBER"))
        }
        (RecordFormat::Cast, true) if args.include_output == IncludeOutput::None => {
            Err(Failure::usage("a recording is made of output; leave --include-output none out"))
        }
        (format, true) if format != RecordFormat::Cast => {
            Err(Failure::usage("--step and --attempt choose what --format cast shows; the others hold the whole run"))
        }
        (_, true | false) => Ok(()),
    }
}

fn draw<'a>(checked: &'a Checked, args: &ExportArgs, output: OutputBytes) -> Result<Drawn<'a>, Failure> {
    Ok(Drawn::Text(match args.format {
        RecordFormat::Bundle => return Ok(Drawn::Bundle(audit::bundle::files(checked))),
        RecordFormat::Json => json(checked, output),
        RecordFormat::Jsonl => {
            let bodies: Vec<&str> = checked.evidence.entries.iter().map(|entry| entry.body.as_str()).collect();
            bodies.join("\n") + "\n"
        }
        RecordFormat::Csv => csv(&checked.record()),
        RecordFormat::Junit => junit(&checked.record(), &checked.evidence, shown(args.include_output)),
        RecordFormat::Cast => {
            let record = checked.record();
            let attempt = cast::find(&record, args.step.as_deref(), args.attempt).map_err(Failure::usage)?;
            cast::cast(&record, attempt, &checked.evidence).map_err(Failure::usage)?
        }
        RecordFormat::Html => match &args.template {
            Some(template) => by_template(template, Markup::Html, checked)?,
            None => html(&checked.record(), &checked.evidence),
        },
        RecordFormat::Md => match &args.template {
            Some(template) => by_template(template, Markup::Markdown, checked)?,
            None => markdown(&checked.record(), &checked.evidence, shown(args.include_output)),
        },
    }))
}

/// What was said about findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Findings {
    None,
    Recorded,
}

/// Keeps what looks like a secret from leaving with a record, unless somebody answers for it: who, and why, is recorded
/// before anything leaves.
fn demand_clean(
    leaks: &[String],
    run: &RunId,
    args: &ExportArgs,
    (common, env): (&Common, &Environment),
    out: &mut impl Write,
) -> Result<Findings, Failure> {
    let (Some(first), shown) = (leaks.first(), leaks.iter().take(8).cloned().collect::<Vec<_>>().join(", ")) else {
        return Ok(Findings::None);
    };
    let more = if leaks.len() > 8 { format!(" and {} more places", leaks.len() - 8) } else { String::new() };
    // What stands in the runbook or in an entry stays there: only an output can be taken away.
    let outputs = if leaks.iter().any(|leak| leak.starts_with(leak::OUTPUT)) {
        "`gonogo journal shred` takes an output away, --include-output none leaves the outputs out, "
    } else {
        ""
    };
    match args.allow_findings.as_deref().map(str::trim) {
        Some(reason) if !reason.is_empty() => {
            let mut session = statement::open(Some(&run.0), common, env)?;
            session.answer_for_findings(format!("{reason} (what looks like a secret is in {shown}{more})"))?;
            session.leave()?;
            if args.output.is_some() {
                writeln!(out, "warning: exported although it looks like a secret is in {shown}{more}: {reason}")?;
                writeln!(out, "Your name and that reason stand in the record, among the deviations.")?;
            }
            Ok(Findings::Recorded)
        }
        Some(_) | None => Err(Failure::new(
            Exit::Hold,
            format!(
                "not exported: something that looks like a secret is in {shown}{more}. Look at {first}; {outputs}\
                 --allow-findings REASON exports it all the same and records who said so"
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

fn by_template(template: &Path, markup: Markup, checked: &Checked) -> Result<String, Failure> {
    let shown = template.display();
    let source =
        fs::read_to_string(template).map_err(|error| Failure::system(format!("cannot read {shown}: {error}")))?;
    template::draw(&source, markup, &checked.record(), &checked.evidence)
        .map_err(|error| Failure::invalid(format!("{shown}: {error}")))
}
