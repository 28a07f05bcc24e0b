//! Walking: which skin, which run, and what the shell is told at the end.

use super::args::{Common, Format, RunArgs, WalkArgs};
use super::demo::{self, Playground};
use super::edits::{self, OnEdit};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::load::{self, Loaded};
use super::plain::{self, Answers, Around};
use super::plan::printable;
use super::signals::Signals;
use super::unattended::{self, OnWait};
use super::{find, look, runs, setup};
use crate::audit::count;
use crate::journal::{Journal, Mode, RunRow};
use crate::run::Run;
use crate::run::drift::drift;
use crate::run::event::{RunId, RunKind};
use crate::runbook::Digest;
use crate::session::{self, Approval, Session, Setup, Unfit};
use crate::tui::{self, Choice, PickItem, Picked, Resumption};
use std::fs::File;
use std::io::{self, IsTerminal as _, Write};
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};

/// How the operator works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Skin {
    Screen,
    Plain,
}

impl Skin {
    fn word(self) -> &'static str {
        match self {
            Skin::Screen => "screen",
            Skin::Plain => "plain",
        }
    }
}

/// Chooses between screen and plain mode.
///
/// # Errors
/// When neither end is a terminal: nobody is there to walk.
fn skin(plain: bool, runbook_on_stdin: bool, env: &Environment) -> Result<Skin, Failure> {
    if plain {
        return Ok(Skin::Plain);
    }
    let input = io::stdin().is_terminal() || (runbook_on_stdin && File::open("/dev/tty").is_ok());
    let output = io::stdout().is_terminal();
    match (input, output) {
        (true, true) if env.get("TERM").is_some_and(|term| term != "dumb") => Ok(Skin::Screen),
        (true, _) => Ok(Skin::Plain),
        (false, _) => Err(Failure::system(
            "no terminal to walk on; `gonogo exec FILE` walks without one, and --plain behind `gonogo FILE` or `gonogo resume` reads answers from standard input",
        )),
    }
}

/// `gonogo FILE`.
///
/// # Errors
/// When there is nothing to walk, nobody to walk it, or no record can be kept.
pub fn file(args: &WalkArgs, common: &Common, env: &Environment, out: &mut impl Write) -> Result<Exit, Failure> {
    let Some(path) = &args.file else {
        return pick(Path::new("."), args, common, env, out);
    };
    if path.is_dir() {
        return pick(path, args, common, env, out);
    }
    let loaded = load::load(path)?;
    load::demand_steps(&loaded.book, &loaded.path)?;
    let skin = skin(args.plain, path.as_os_str() == "-", env)?;
    let setup = setup::setup(common, &args.run, skin.word(), env)?;
    let unfinished = if args.new || args.rehearse { None } else { unfinished(&setup.journal, &loaded)? };
    let kind = if args.rehearse { RunKind::Rehearsal } else { RunKind::Real };
    let settings = look::settings(common, env, Some(path))?;
    let mut desk = Desk::of(skin, Input::of(path))?;
    let choice = match &unfinished {
        Some(run) => wants_to_resume(&mut desk, (&setup.journal, run), &loaded, &settings, out)?,
        None => Some(Choice::New),
    };
    let mut session = match (choice, unfinished) {
        (None, _) => return Ok(Exit::Hold),
        (Some(Choice::Resume), Some(run)) => resume_in(&setup, &run)?,
        (Some(Choice::New | Choice::Resume), _) => begin(loaded, kind, setup)?,
    };
    if path.as_os_str() != "-" {
        session.watch(path);
    }
    walk(session, desk, Around { settings: &settings, common, env }, out)
}

/// Where the operator's lines come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Input {
    Stdin,
    /// Standard input holds the runbook.
    Tty,
}

impl Input {
    fn of(path: &Path) -> Self {
        if path.as_os_str() == "-" { Input::Tty } else { Input::Stdin }
    }

    fn open(self) -> io::Result<OwnedFd> {
        match self {
            Input::Stdin => io::stdin().as_fd().try_clone_to_owned(),
            Input::Tty => File::open("/dev/tty").map(OwnedFd::from),
        }
    }
}

/// Where the operator sits.
enum Desk {
    Screen,
    Plain(Answers),
}

impl Desk {
    fn of(skin: Skin, input: Input) -> Result<Self, Failure> {
        match skin {
            Skin::Screen => Ok(Desk::Screen),
            Skin::Plain => {
                let input = input.open();
                let input = input.map_err(|error| Failure::system(format!("cannot read answers: {error}")))?;
                Ok(Desk::Plain(Answers::typed(input)))
            }
        }
    }
}

/// Opens a new run; nothing is recorded yet.
fn begin(loaded: Loaded, kind: RunKind, setup: Setup) -> Result<Session, Failure> {
    let journal = setup.journal.clone();
    let mut session = Session::begin(loaded.book, loaded.bytes, &loaded.path, kind, setup);
    demand_fit(&session)?;
    demand_writable(&journal)?;
    if let Err(error) = session.recall() {
        // Standard error may be closed; then there is nobody to tell.
        let _ = writeln!(io::stderr(), "gonogo: what was corrected here before cannot be read: {error}");
    }
    Ok(session)
}

/// Refuses values that the author would not take.
fn demand_fit(session: &Session) -> Result<(), Failure> {
    let Some(Unfit { variable, name, what }) = session.unfit() else { return Ok(()) };
    Err(Failure::usage(match variable {
        None => format!("--var {name}: {what}"),
        Some(variable) => format!("${variable}: {what}; set it otherwise, or say --var {name}=VALUE"),
    }))
}

fn walk(mut session: Session, desk: Desk, around: Around<'_>, out: &mut impl Write) -> Result<Exit, Failure> {
    adopt_orphans();
    session.identify(around.settings.signing.clone());
    match desk {
        Desk::Screen => {
            out.flush()?;
            let left =
                tui::walk(&mut session, around.settings).map_err(|error| Failure::system(format!("{error:#}")))?;
            match left {
                tui::Left::Quit => {
                    plain::farewell(&session, out)?;
                    Ok(session.readiness().answer.into())
                }
                // The terminal may be gone; then there is nobody to say farewell to.
                tui::Left::Terminated => Ok(Exit::Interrupted),
            }
        }
        Desk::Plain(answers) => plain::walk(&mut session, answers, &Signals::listen()?, around, out),
    }
}

fn adopt_orphans() {
    // Where the kernel refuses, a stop still reaches the process group; only detached orphans may escape it.
    let _ = session::adopt_orphans();
}

/// The newest unfinished real run of the same bytes, else of the same file before it was edited.
fn unfinished(path: &Path, loaded: &Loaded) -> Result<Option<RunId>, Failure> {
    let Some(journal) = Journal::open(path, Mode::ReadOnly)? else {
        return Ok(None);
    };
    let same = journal.unfinished(loaded.book.source.sha256)?;
    let same = same.into_iter().find(|row| row.kind == RunKind::Real);
    if same.is_some() || loaded.path == "-" {
        return Ok(same.map(|row| row.run));
    }
    for row in journal.unfinished_of(&loaded.path)?.into_iter().filter(|row| row.kind == RunKind::Real) {
        // A run that cannot be read is no reason not to walk; `verify` says what is wrong with it.
        if let Ok(recorded) = runs::recorded(&journal, &row.run)
            && is_same_file(&recorded.run, &loaded.path)
            && drift(&recorded.book, &loaded.book).is_related()
        {
            return Ok(Some(row.run));
        }
    }
    Ok(None)
}

/// Whether a run was opened with the file that a path means here.
fn is_same_file(run: &Run, path: &str) -> bool {
    let there = edits::file_of(run).and_then(|file| file.canonicalize().ok());
    there.is_some() && there == Path::new(path).canonicalize().ok()
}

/// What to do about an unfinished run of the same bytes.
fn wants_to_resume(
    desk: &mut Desk,
    (journal, run): (&Path, &RunId),
    loaded: &Loaded,
    settings: &tui::Settings,
    out: &mut impl Write,
) -> Result<Option<Choice>, Failure> {
    match desk {
        Desk::Screen => {
            let journal = runs::look(journal)?;
            let recorded = runs::recorded(&journal, run)?;
            let (run, readiness) = (&recorded.run, &recorded.readiness);
            let begun =
                format!("begun {} by {}", run.began.at.format("%Y-%m-%d %H:%MZ"), journal.run(&run.id)?.operator);
            let counts = readiness.counts;
            let mut about = vec![begun, format!("{} of {} steps settled", counts.settled(), counts.steps)];
            if counts.unknown > 0 {
                about.push(format!("{} with a command of unknown end", counts.unknown));
            }
            let drift = drift(&recorded.book, &loaded.book);
            if !drift.is_idle() {
                about.push(format!("the file was edited since: {}", drift.summary()));
            }
            let found = Resumption { run: run.id.short(), about };
            tui::choose_resume(&recorded.book.title, &found, settings)
                .map_err(|error| Failure::system(format!("{error:#}")))
        }
        Desk::Plain(answers) => {
            writeln!(out, "An unfinished run of this runbook exists ({}). Resume it? y or n", run.short())?;
            write!(out, "> ")?;
            out.flush()?;
            let line = answers.first_line();
            let new = line.is_some_and(|line| matches!(line.trim(), "n" | "new" | "no"));
            Ok(Some(if new { Choice::New } else { Choice::Resume }))
        }
    }
}

/// Finds out whether a journal could be begun here, without creating anything.
fn demand_writable(journal: &Path) -> Result<(), Failure> {
    let mut place: &Path = journal;
    while !place.exists() {
        match place.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            Some(parent) => place = parent,
            None => place = Path::new("."),
        }
    }
    rustix::fs::access(place, rustix::fs::Access::WRITE_OK).map_err(|_| {
        Failure::system(format!(
            "{}: no journal can be kept there, because {} cannot be written; name another file with --journal",
            journal.display(),
            place.display()
        ))
    })
}

fn resume_in(setup: &Setup, run: &RunId) -> Result<Session, Failure> {
    let journal = Journal::create_or_open(&setup.journal)?;
    let session = Session::resume(journal, run, setup.clone())?;
    demand_fit(&session)?;
    Ok(session)
}

/// The unfinished run that is meant, with its row.
fn unfinished_run(journal: &Path, typed: Option<&str>) -> Result<RunRow, Failure> {
    let journal = runs::look(journal)?;
    let run = runs::meant(&journal, typed)?;
    let row = journal.run(&run)?;
    if let Some(closed) = &row.closed {
        let (run, verdict) = (run.short(), &closed.verdict);
        return Err(Failure::usage(format!(
            "run {run} is closed ({verdict}); `gonogo show {run}` prints it, `gonogo {}` starts a new one",
            row.path
        )));
    }
    Ok(row)
}

/// `gonogo resume [RUN]`.
///
/// # Errors
/// When there is no such run, it is closed, or no record can be kept.
pub fn resume(
    typed: Option<&str>,
    plain: bool,
    on_edit: OnEdit,
    (with, common, env): (&RunArgs, &Common, &Environment),
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let skin = skin(plain, false, env)?;
    let setup = setup::setup(common, with, skin.word(), env)?;
    let run = unfinished_run(&setup.journal, typed)?.run;
    let mut session = resume_in(&setup, &run)?;
    let file = edits::file_of(session.run());
    let settings = look::settings(common, env, file.as_deref())?;
    match &file {
        Some(file) => edits::settle(&mut session, file, (on_edit, None), out)?,
        None if on_edit == OnEdit::Adopt => {
            let path = session.run().opened.path.clone();
            return Err(Failure::system(format!("{path}: no such file any more; there is nothing to adopt")));
        }
        None => {}
    }
    walk(session, Desk::of(skin, Input::Stdin)?, Around { settings: &settings, common, env }, out)
}

/// `gonogo exec FILE`.
///
/// # Errors
/// When the runbook cannot be read or no record can be kept.
pub fn exec(
    file: &Path,
    (resume, on_edit, trust): (Option<&str>, OnEdit, Option<&str>),
    on_wait: OnWait,
    format: Format,
    (with, common, env): (&RunArgs, &Common, &Environment),
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let loaded: Loaded = load::load(file)?;
    demand_trusted(&loaded, trust)?;
    load::demand_steps(&loaded.book, &loaded.path)?;
    let setup = Setup { approval: Approval::ByStart, ..setup::setup(common, with, "exec", env)? };
    let mut session = if let Some(typed) = resume {
        let row = unfinished_run(&setup.journal, Some(typed))?;
        let mut session = resume_in(&setup, &row.run)?;
        settle_unattended(&mut session, &loaded, on_edit)?;
        session
    } else {
        begin(loaded, RunKind::Real, setup)?
    };
    adopt_orphans();
    unattended::walk(&mut session, format, on_wait, &Signals::listen()?, out)
}

/// Demands that nobody but the operator could have written what runs without being looked at. What was read is what runs: the
/// digest is that of the bytes at hand, and the owner that of the open file they were read from, not of the path as it is now.
fn demand_trusted(loaded: &Loaded, trust: Option<&str>) -> Result<(), Failure> {
    let (shown, digest) = (&loaded.path, loaded.book.source.sha256);
    if let Some(said) = trust {
        let hex = said.strip_prefix("sha256:").unwrap_or(said);
        if Digest::from_hex(hex) == Some(digest) {
            return Ok(());
        }
        return Err(Failure::invalid(format!("{shown} is sha256:{digest}, not {said}: nothing ran")));
    }
    let Some(written) = loaded.written else { return Ok(()) };
    let mine = written.uid == rustix::process::geteuid().as_raw();
    let whose = match (mine, written.mode & 0o002 != 0) {
        (true, false) => return Ok(()),
        (false, _) => format!("belongs to uid {}, not to you", written.uid),
        (true, true) => "can be written by anybody".to_owned(),
    };
    Err(Failure::invalid(format!(
        "{shown} {whose}: nothing of it runs by itself; read it, then say --trust sha256:{digest}"
    )))
}

/// Demands that it was said what to do about an edit: nobody is there to be asked.
fn settle_unattended(session: &mut Session, loaded: &Loaded, on_edit: OnEdit) -> Result<(), Failure> {
    if session.run().runbook() == loaded.book.source.sha256 {
        return Ok(());
    }
    let (run, path) = (session.run().id.short(), &loaded.path);
    if !drift(session.book(), &loaded.book).is_related() {
        return Err(Failure::usage(format!("run {run} walks another document than {path}: it has none of its steps")));
    }
    if loaded.path == "-" {
        return Err(Failure::usage(format!(
            "run {run} walks another version than standard input holds: name its file"
        )));
    }
    session.watch(Path::new(path));
    if session.edited().is_some_and(|drift| drift.to != loaded.book.source.sha256) {
        return Err(Failure::invalid(format!("{path} was swapped while it was read: nothing ran")));
    }
    let trusted = Some(loaded.book.source.sha256);
    edits::settle(session, Path::new(path), (on_edit, trusted), &mut io::stderr())?;
    match session.undecided_edit() {
        None => Ok(()),
        Some(drift) => {
            let summary = drift.summary();
            Err(Failure::usage(format!(
                "{path} is not what run {run} walks ({summary}): say --adopt to walk it as it is now, or --stay"
            )))
        }
    }
}

/// `gonogo demo`.
///
/// # Errors
/// When the temporary folder or the journal cannot be written.
pub fn demo(plain: bool, common: &Common, env: &Environment, out: &mut impl Write) -> Result<Exit, Failure> {
    let temporary = env.get("TMPDIR").map_or_else(|| PathBuf::from("/tmp"), PathBuf::from);
    let playground = Playground::make(&temporary)?;
    let with = RunArgs { cwd: Some(playground.path().to_owned()), timeout: "0".to_owned(), ..RunArgs::default() };
    let loaded = load::parse(demo::RUNBOOK.as_bytes().to_vec(), "demo.md".to_owned())?;
    let alone = skin(plain, false, env).is_err();
    let skin = if alone { Skin::Plain } else { skin(plain, false, env)? };
    let setup = setup::setup(common, &with, skin.word(), env)?;
    let mut session = begin(loaded, RunKind::Real, setup)?;
    let settings = look::settings(common, env, None)?;
    let around = Around { settings: &settings, common, env };
    if !alone {
        let exit = walk(session, Desk::of(skin, Input::Stdin)?, around, out)?;
        if exit == Exit::Success {
            playground.clear();
        } else {
            writeln!(out, "The demo's folder stays for a resume: {}", playground.path().display())?;
        }
        return Ok(exit);
    }
    writeln!(out, "No terminal: the demo plays itself with scripted answers, in {}.", playground.path().display())?;
    adopt_orphans();
    let exit = plain::walk(&mut session, Answers::script(demo::SCRIPT), &Signals::listen()?, around, out)?;
    playground.clear();
    Ok(exit)
}

/// Lets the operator pick what to walk; without a screen, lists it.
fn pick(
    folder: &Path,
    args: &WalkArgs,
    common: &Common,
    env: &Environment,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let skin = skin(args.plain, false, env)?;
    let journal = Journal::open(&env.journal(common)?, Mode::ReadOnly)?;
    let items = find::items(&find::Search::new(folder, &common.settings), journal.as_ref());
    drop(journal);
    let picked = match skin {
        Skin::Screen => {
            let settings = look::settings(common, env, None)?;
            tui::pick(&items, &settings).map_err(|error| Failure::system(format!("{error:#}")))?
        }
        Skin::Plain => {
            for item in &items {
                match item {
                    PickItem::Run { id, title, about } => {
                        let short = RunId(id.clone()).short();
                        writeln!(out, "gonogo resume {short}    {} ({})", printable(title), printable(about))?;
                    }
                    PickItem::Runbook { path, title, phases, steps, .. } => {
                        let (path, title) = (path.display().to_string(), printable(title));
                        let (phases, steps) = (count(*phases, "phase", "phases"), count(*steps, "step", "steps"));
                        writeln!(out, "gonogo {}    {title} ({phases}, {steps})", printable(&path))?;
                    }
                    PickItem::Demo => writeln!(out, "gonogo demo    a safe tour")?,
                }
            }
            None
        }
    };
    match picked {
        None => Ok(Exit::Success),
        Some(Picked::Run(id)) => resume(Some(&id), args.plain, OnEdit::Ask, (&args.run, common, env), out),
        Some(Picked::Demo) => demo(args.plain, common, env, out),
        Some(Picked::Runbook(path)) => file(&WalkArgs { file: Some(path), ..args.clone() }, common, env, out),
    }
}
