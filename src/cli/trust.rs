//! `gonogo trust`: what a runbook and its project would run by themselves, shown word for word, and whether they may.

use super::args::{Common, RunArgs};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::plan::printable;
use super::{load, setup};
use crate::run::Trust;
use crate::run::event::RunKind;
use crate::session::Session;
use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::path::Path;

/// What is said about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Say {
    Ask,
    Yes,
    No,
    Forget,
}

impl Say {
    #[must_use]
    pub fn of(yes: bool, no: bool, forget: bool) -> Self {
        match (yes, no, forget) {
            (true, ..) => Say::Yes,
            (_, true, _) => Say::No,
            (_, _, true) => Say::Forget,
            (false, false, false) => Say::Ask,
        }
    }
}

/// `gonogo trust FILE`.
///
/// # Errors
/// When the runbook cannot be read, or the answer cannot be kept.
pub fn trust(
    file: &Path,
    say: Say,
    (common, env): (&Common, &Environment),
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let loaded = load::load(file)?;
    let setup = setup::setup(common, &RunArgs { timeout: "0".to_owned(), ..RunArgs::default() }, "trust", env)?;
    let mut session = Session::begin(loaded.book, loaded.bytes, &loaded.path, RunKind::Real, setup);
    let shown = printable(&file.display().to_string());
    if say == Say::Forget {
        let forgot = session.forget_trust()?;
        writeln!(
            out,
            "{}",
            if forgot { "Forgotten: the next walk asks again." } else { "Nothing was said about it." }
        )?;
        return Ok(Exit::Success);
    }
    for (trust, what) in session.decided() {
        let word = match trust {
            Trust::Given => "trusted",
            Trust::Refused => "refused",
        };
        writeln!(out, "  {word}: {}", printable(&what))?;
    }
    let undecided: Vec<String> = session.undecided().into_iter().flat_map(|one| one.what).collect();
    if undecided.is_empty() {
        writeln!(out, "{shown}: nothing more would run by itself.")?;
        return Ok(Exit::Success);
    }
    writeln!(out, "{shown} would run by itself:")?;
    undecided.iter().try_for_each(|what| writeln!(out, "  {}", printable(what)))?;
    let answer = match say {
        Say::Yes => Some(Trust::Given),
        Say::No => Some(Trust::Refused),
        Say::Ask | Say::Forget => ask(out)?,
    };
    let Some(answer) = answer else {
        writeln!(out, "Nothing was decided; none of it runs.")?;
        return Ok(Exit::Hold);
    };
    session.trust_beforehand(answer)?;
    let word = match answer {
        Trust::Given => "Trusted, as long as not a byte changes.",
        Trust::Refused => "Refused: commands run without it.",
    };
    writeln!(out, "{word}")?;
    Ok(Exit::Success)
}

/// Asks at the terminal; without one nothing is decided.
fn ask(out: &mut impl Write) -> Result<Option<Trust>, Failure> {
    if !io::stdin().is_terminal() {
        writeln!(out, "No terminal to ask at: say --yes or --no.")?;
        return Ok(None);
    }
    write!(out, "May it? y trust, n refuse, anything else decide later\n> ")?;
    out.flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(match line.trim() {
        "y" | "yes" => Some(Trust::Given),
        "n" | "no" => Some(Trust::Refused),
        _ => None,
    })
}
