//! Commands: what the arguments ask for, with results on standard output and everything else on standard error.

pub mod args;
mod check;
mod config;
mod demo;
mod diff;
mod doctor;
mod edits;
mod environment;
mod exit;
mod export;
mod find;
mod import;
mod keep;
mod keys;
mod load;
mod look;
mod ls;
mod new;
mod plain;
mod plan;
mod record;
mod runs;
mod setup;
mod signals;
mod statement;
pub mod stream;
mod theme;
mod trust;
mod unattended;
mod walk;

use crate::audit::verify::{Demand, Seal};
use crate::journal::Journal;
use crate::run::event::RunId;
use crate::tui::Keymap;
use annotate_snippets::Renderer;
use args::{CheckFormat, Cli, Color, Command, Common, Format, KeysFormat};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, CommandFactory as _, FromArgMatches as _};
use config::Config;
use diff::Outputs;
use environment::Environment;
use exit::{Exit, Failure};
use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use unattended::OnWait;

/// Runs the program and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    // The plan of a long document is megabytes.
    let mut out = BufWriter::with_capacity(64 << 10, io::stdout().lock());
    let done = if asks_for_version(std::env::args_os()) { version(&mut out) } else { dispatch(understood(), &mut out) };
    let flushed = out.flush();
    let finished = match (done, flushed) {
        // Whoever was interrupted may have lost the terminal too; then there is nobody left to write to.
        (Ok(Exit::Interrupted), _) => Ok(Exit::Interrupted),
        (Ok(exit), Ok(())) => Ok(exit),
        (Ok(_), Err(error)) => Err(Failure::from(error)),
        (Err(failure), _) => Err(failure),
    };
    match finished {
        Ok(exit) => exit.into(),
        // Whoever read our output has seen enough; that is no fault of ours.
        Err(failure) if failure.reader_left => Exit::Success.into(),
        Err(failure) => {
            complain(&failure);
            failure.exit.into()
        }
    }
}

/// Whether there is nothing but the one question that is answered without a look at all that could be asked: scripts ask it
/// before anything else, and to build every command for it takes longer than the rest.
fn asks_for_version(mut arguments: impl Iterator<Item = OsString>) -> bool {
    let asked = arguments.nth(1).is_some_and(|argument| argument == "--version" || argument == "-V");
    asked && arguments.next().is_none()
}

fn version(out: &mut impl Write) -> Result<Exit, Failure> {
    writeln!(out, "gonogo {}", env!("CARGO_PKG_VERSION"))?;
    Ok(Exit::Success)
}

/// What the arguments say; when they say nothing that can be done, the process ends here.
fn understood() -> Cli {
    let mut program = Cli::command();
    let given = program.try_get_matches_from_mut(std::env::args_os()).unwrap_or_else(|error| error.exit());
    refuse_before_command(&given);
    // It is a large tree, and nobody needs its memory back before the process ends.
    std::mem::forget(program);
    Cli::from_arg_matches(&given).unwrap_or_else(|error| error.exit())
}

/// Reads the configuration, for the commands that obey it. A mistake in it keeps nobody from mending it, nor from reading a
/// document.
fn configure(cli: &mut Cli) -> Result<(), Failure> {
    if let (Some(file), Some(_)) = (&cli.walk.file, &cli.command) {
        let file = file.display();
        return Err(Failure::usage(format!("{file} and a command together: say one of them; see gonogo --help")));
    }
    let start = match &cli.command {
        Some(
            Command::Config { .. }
            | Command::Plan { .. }
            | Command::Check { .. }
            | Command::Import { .. }
            | Command::Completions { .. }
            | Command::Man,
        ) => return Ok(()),
        Some(Command::Exec { file, .. } | Command::Trust { file, .. }) => file.clone(),
        Some(_) => PathBuf::from("."),
        None => cli.walk.file.clone().filter(|file| file.as_os_str() != "-").unwrap_or_else(|| PathBuf::from(".")),
    };
    let env = Environment::read();
    let settings = Config::load(&cli.common, &env, &start)?;
    let common = &mut cli.common;
    common.journal = settings.chosen("journal.file").map(PathBuf::from);
    common.operator = settings.chosen("operator.name").map(str::to_owned);
    common.role = settings.chosen("operator.role").map(str::to_owned);
    common.key = settings.file_of("operator.key", &env).map(|key| key.to_string_lossy().into_owned());
    common.settings = settings;
    Ok(())
}

/// Ends with usage when an option of the walk stands before the name of a command. The command would never see it: nobody
/// who types `gonogo --rehearse exec FILE` wants anything to run.
fn refuse_before_command(given: &ArgMatches) {
    let Some((command, _)) = given.subcommand() else { return };
    // To build all commands takes as long as to read a runbook, and hardly anybody writes an option there.
    if !given.ids().any(|id| given.value_source(id.as_str()) == Some(ValueSource::CommandLine)) {
        return;
    }
    let mut program = Cli::command();
    program.build();
    let typed = |argument: &&Arg| {
        !argument.is_global_set()
            && given.try_contains_id(argument.get_id().as_str()).unwrap_or(false)
            && given.value_source(argument.get_id().as_str()) == Some(ValueSource::CommandLine)
    };
    if let Some(argument) = program.clone().get_arguments().find(typed) {
        let what =
            format!("{argument} stands before {command}, which would not see it: write it behind, if {command} has it");
        program.error(ErrorKind::ArgumentConflict, what).exit();
    }
}

fn dispatch(mut cli: Cli, out: &mut impl Write) -> Result<Exit, Failure> {
    configure(&mut cli)?;
    match cli.command {
        Some(Command::Config { what }) => config::command(what, &cli.common, &Environment::read(), out),
        Some(Command::Theme { what }) => theme::command(&what, &cli.common, &Environment::read(), out),
        Some(Command::Plan { file, format }) => plan_command(&file, format, out),
        Some(Command::Check { files, format }) => check_command(&files, format, cli.common.color, out),
        Some(Command::Resume { run, plain, edit, with }) => {
            let around = (&with, &cli.common, &Environment::read());
            walk::resume(run.as_deref(), plain, edit.into(), around, out)
        }
        Some(Command::Exec { file, resume, trust, keep_going, format, edit, with }) => {
            let on_wait = if keep_going { OnWait::GoOn } else { OnWait::Halt };
            let around = (&with, &cli.common, &Environment::read());
            let from = (resume.as_deref(), edit.into(), trust.as_deref());
            walk::exec(&file, from, on_wait, format, around, out)
        }
        Some(Command::Trust { file, yes, no, forget }) => {
            let say = trust::Say::of(yes, no, forget);
            trust::trust(&file, say, (&cli.common, &Environment::read()), out)
        }
        Some(Command::Import { file, output, force }) => import::import(&file, output.as_deref(), force.into(), out),
        Some(Command::New { template, output }) => new::new(template, output.as_deref(), out),
        Some(Command::Ls { folder, format }) => ls::ls(&folder, format, (&cli.common, &Environment::read()), out),
        Some(Command::Runs { filter, format }) => runs::list(&journal_of(&cli.common)?, &filter, format, out),
        Some(Command::Diff { run, other, output, format }) => {
            let outputs = if output { Outputs::Shown } else { Outputs::Named };
            diff::diff(&journal_of(&cli.common)?, (&run, other.as_deref()), (outputs, format), out)
        }
        Some(Command::Status { run, format }) => {
            let journal = journal_of(&cli.common)?;
            let run = runs::meant(&journal, run.as_deref())?;
            runs::status(&journal, &runs::recorded(&journal, &run)?, format, out)
        }
        Some(Command::Sign(sign)) => statement::sign(&sign, (&cli.common, &Environment::read()), out),
        Some(Command::Close { run, carry, reason }) => {
            statement::close(run.as_deref(), (reason, &carry), (&cli.common, &Environment::read()), out)
        }
        Some(Command::Demo { plain }) => walk::demo(plain, &cli.common, &Environment::read(), out),
        Some(Command::Journal { command }) => keep::command(command, (&cli.common, &Environment::read()), out),
        Some(Command::Doctor { format }) => doctor::doctor(&cli.common, &Environment::read(), format, out),
        Some(Command::Keys { format }) => write_keys(&cli.common, format, out),
        Some(Command::Completions { shell }) => write_completions(shell, out),
        Some(Command::Man) => {
            clap_mangen::Man::new(Cli::command()).render(out)?;
            keys::man(out).map(|()| Exit::Success).map_err(Failure::from)
        }
        Some(Command::Show { run, step, events, stream }) => {
            let journal = journal_of(&cli.common)?;
            show_command(&journal, &runs::meant(&journal, Some(&run))?, (step.as_deref(), events, stream), out)
        }
        Some(Command::Export(export)) => export::export(&export, (&cli.common, &Environment::read()), out),
        Some(Command::Verify { what, sealed, signers, revoked, require }) => {
            let seal = if sealed { Seal::Demanded } else { Seal::Either };
            let demand = Demand { seal, require, ..Demand::default() };
            let around = (&cli.common, &Environment::read());
            record::verify_command(&what, &demand, (signers.as_deref(), revoked.as_deref()), around, out)
        }
        None => walk::file(&cli.walk, &cli.common, &Environment::read(), out),
    }
}

/// A run, one of its steps, a stream of that, or its entries as they are stored.
fn show_command(
    journal: &Journal,
    run: &RunId,
    (step, events, stream): (Option<&str>, bool, Option<stream::Way>),
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    match (step, stream) {
        (Some(step), Some(way)) => stream::show(journal, run, step, way, out),
        (None, _) if events => record::events(journal, run, out),
        (step, _) => record::show(journal, run, step, out),
    }
}

/// The journal that is meant, opened to look.
fn journal_of(common: &Common) -> Result<Journal, Failure> {
    runs::look(&Environment::read().journal(common)?)
}

fn write_keys(common: &Common, format: KeysFormat, out: &mut impl Write) -> Result<Exit, Failure> {
    let keymap = Keymap::new(&common.settings.keys).map_err(|wrong| Failure::invalid(wrong.join("; ")))?;
    keys::write(&keymap, format, out).map(|()| Exit::Success).map_err(Failure::from)
}

fn write_completions(shell: clap_complete::Shell, out: &mut impl Write) -> Result<Exit, Failure> {
    // The generator panics when it cannot write, so it writes where it can.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "gonogo", &mut script);
    out.write_all(&script)?;
    Ok(Exit::Success)
}

fn complain(failure: &Failure) {
    // Standard error may be closed; then there is nobody to tell.
    let _ = writeln!(io::stderr(), "gonogo: {}", plan::printable(&failure.sentence));
}

fn plan_command(file: &Path, format: Format, out: &mut impl Write) -> Result<Exit, Failure> {
    let (book, path) = (load::look(file)?, file.display().to_string());
    match format {
        Format::Text => plan::text(&book, &path, out)?,
        Format::Json => plan::json(&book, &path, out)?,
    }
    out.flush()?;
    let exit = load::demand_steps(&book, &path).map(|()| Exit::Success);
    // The process ends here: to free a large tree piece by piece would only take time.
    std::mem::forget(book);
    exit
}

fn check_command(files: &[PathBuf], format: CheckFormat, color: Color, out: &mut impl Write) -> Result<Exit, Failure> {
    let colored = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => io::stdout().is_terminal(),
    };
    let renderer = if colored { Renderer::styled() } else { Renderer::plain() };
    let mut exit = Exit::Success;
    for file in files {
        match load::load(file) {
            Ok(loaded) => {
                let problems = crate::runbook::read::lint::problems(&loaded.book);
                check::write(&loaded.book, &problems, &loaded.path, format, &renderer, out)?;
                if plan::count(&problems).0 > 0 {
                    exit = Exit::Invalid;
                }
            }
            // One unreadable file does not hide what is wrong with the others.
            Err(failure) => {
                out.flush()?;
                complain(&failure);
                exit = failure.exit;
            }
        }
    }
    Ok(exit)
}
