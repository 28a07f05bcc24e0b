//! Hooks that follow an export: `after_export`, with the path that was written in `GONOGO_EXPORT`.

use crate::cli::args::{Common, ExportArgs, RunArgs};
use crate::cli::environment::Environment;
use crate::cli::exit::Failure;
use crate::cli::plan::printable;
use crate::cli::setup;
use crate::journal::Journal;
use crate::run::event::RunId;
use crate::runbook::{HookPoint, Runbook};
use crate::session::Session;
use clap::ValueEnum as _;
use std::io::{self, Write as _};

/// Runs them one after the other and records each. A hook that fails is told; the record is written all the same.
pub(super) fn after_export(
    run: &RunId,
    book: &Runbook,
    args: &ExportArgs,
    (common, env): (&Common, &Environment),
) -> Result<(), Failure> {
    let configured = common.settings.hooks().iter().any(|hook| hook.point == HookPoint::AfterExport);
    if !configured && !book.front.hooks.contains_key(&HookPoint::AfterExport) {
        return Ok(());
    }
    let setup = setup::setup(common, &RunArgs { timeout: "0".to_owned(), ..RunArgs::default() }, "export", env)?;
    let mut session = Session::attend(Journal::create_or_open(&env.journal(common)?)?, run, setup)?;
    if session.run().is_rehearsal() {
        return Ok(());
    }
    // Standard error may be closed; then there is nobody to tell.
    let _ = tell_undecided(&session);
    let written = args.output.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
    let format = args.format.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
    let before = session.run().hooks.len();
    session.run_hooks(HookPoint::AfterExport, &[("GONOGO_EXPORT", written), ("GONOGO_EXPORT_FORMAT", format)])?;
    for hook in session.run().hooks.iter().skip(before).filter(|hook| !hook.has_succeeded()) {
        let (command, outcome) = (printable(&hook.began.command), printable(&hook.outcome()));
        let _ = writeln!(io::stderr(), "gonogo: the after_export hook “{command}”: {outcome}");
    }
    Ok(())
}

fn tell_undecided(session: &Session) -> io::Result<()> {
    for what in session.undecided().iter().flat_map(|one| &one.what).filter(|what| what.contains("after_export")) {
        writeln!(
            io::stderr(),
            "gonogo: not run, because nobody has trusted it (gonogo trust FILE): {}",
            printable(what)
        )?;
    }
    Ok(())
}
