//! `gonogo new TEMPLATE`: a runbook to begin from, on standard output or in a new file.
//!
//! It never overwrites a file, and it does not ask: what has to be replaced stands in the template in capitals.

use super::exit::{Exit, Failure};
use super::plan;
use clap::ValueEnum;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// The templates that come with gonogo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Template {
    /// Take a service live: ready, switch over, verification, afterwards, rollback.
    GoLive,
    /// Answer an incident: assess, contain, recover, close.
    Incident,
    /// Release a product: checks, tag, publish, announce.
    Release,
    /// Restore the newest backup beside the real database and compare.
    RestoreDrill,
    /// Hand a service over to somebody else.
    HandOver,
}

impl Template {
    fn text(self) -> &'static str {
        match self {
            Template::GoLive => include_str!("../../runbooks/templates/go-live.md"),
            Template::Incident => include_str!("../../runbooks/templates/incident.md"),
            Template::Release => include_str!("../../runbooks/templates/release.md"),
            Template::RestoreDrill => include_str!("../../runbooks/templates/restore-drill.md"),
            Template::HandOver => include_str!("../../runbooks/templates/hand-over.md"),
        }
    }
}

/// Writes a template; without one, lists them.
///
/// # Errors
/// When the file exists already or cannot be written.
pub fn new(template: Option<Template>, to: Option<&Path>, out: &mut impl Write) -> Result<Exit, Failure> {
    let Some(template) = template else {
        list(out)?;
        return Ok(Exit::Success);
    };
    match to {
        None => out.write_all(template.text().as_bytes())?,
        Some(to) => write_new(template, to)?,
    }
    Ok(Exit::Success)
}

fn list(out: &mut impl Write) -> io::Result<()> {
    for template in Template::value_variants() {
        if let Some(value) = template.to_possible_value() {
            let help = value.get_help().map(ToString::to_string).unwrap_or_default();
            writeln!(out, "{:<14}{help}", value.get_name())?;
        }
    }
    Ok(())
}

fn write_new(template: Template, to: &Path) -> Result<(), Failure> {
    let shown = to.display();
    let mut file = OpenOptions::new().write(true).create_new(true).open(to).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure::usage(format!("{shown} exists, and new never overwrites; name another file with -o"))
        }
        ErrorKind::NotFound => Failure::system(format!("cannot write {shown}: there is no such folder; make it first")),
        _ => Failure::system(format!("cannot write {shown}: {error}")),
    })?;
    file.write_all(template.text().as_bytes())
        .map_err(|error| Failure::system(format!("cannot write {shown}: {error}; what is there is not whole")))?;
    let next = plan::printable(&format!("{shown} is written; edit it, then: gonogo check {shown}"));
    // Standard error may be closed; then there is nobody to tell.
    let _ = writeln!(io::stderr(), "gonogo: {next}");
    Ok(())
}
