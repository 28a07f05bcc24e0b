//! Statements from another terminal: `gonogo sign` and `gonogo close`.

mod remote;

use super::args::{Common, MeaningWord, RunArgs, SignArgs};
use super::environment::Environment;
use super::exit::{Exit, Failure};
use super::plan::printable;
use super::{runs, setup};
use crate::exec::sign::{Key, NotSigned};
use crate::journal::Journal;
use crate::run::decide::sign::deferred;
use crate::run::decide::{Intent, Refusal};
use crate::run::event::{Carried, Meaning, Scope};
use crate::run::sshsig::Sshsig;
use crate::run::statement::Statement;
use crate::runbook::{PhaseId, Runbook, Step};
use crate::session::{Asking, Denied, Session};
use std::io::{self, IsTerminal as _, Write};

pub(super) fn open(typed: Option<&str>, common: &Common, env: &Environment) -> Result<Session, Failure> {
    let with = RunArgs { timeout: "0".to_owned(), ..RunArgs::default() };
    let setup = setup::setup(common, &with, "statement", env)?;
    let run = runs::meant(&runs::look(&setup.journal)?, typed)?;
    let journal = Journal::create_or_open(&setup.journal)?;
    let mut session = Session::attend(journal, &run, setup)?;
    session.identify(env.wanted(common));
    Ok(session)
}

/// `gonogo sign`: a sign-off, a request for one, an answer to a request, or the record of an answer.
///
/// # Errors
/// When there is nothing of that name, the signer may not state it, it is not signed, or it cannot be recorded.
pub fn sign(args: &SignArgs, around: (&Common, &Environment), out: &mut impl Write) -> Result<Exit, Failure> {
    if let Some(text) = remote::file(&args.what)? {
        return remote::take(&text, args, around, out);
    }
    let (common, env) = around;
    if args.reply.is_some() {
        return Err(Failure::usage(format!("{}: no such file; --reply answers the file of a request", args.what)));
    }
    let mut session = open(Some(&args.what), common, env)?;
    let named = args.scope.as_deref().ok_or_else(|| Failure::usage("say what to sign: a step, a phase, or `run`"))?;
    let scope = scope(session.book(), named)?;
    if args.break_glass {
        let reason = args.reason.clone().unwrap_or_default();
        session.intend(&Intent::Override { scope, reason })?;
        writeln!(out, "BREAK-GLASS: the gate of {} is passed without its sign-offs.", printable(named))?;
        writeln!(out, "It stands in the record; somebody else has to review it before the run can be closed.")?;
        session.leave()?;
        return Ok(Exit::Success);
    }
    if let Some(path) = &args.request {
        return remote::request(&mut session, (scope, meaning(args)), path, out);
    }
    let statement = session.draft(scope, meaning(args), args.reason.clone())?;
    show(&statement, out)?;
    if !agreed(&session, &statement, out)? {
        writeln!(out, "Nothing was recorded.")?;
        return Ok(Exit::Hold);
    }
    let signature = signed(&session, &statement)?;
    let how = how(signature.as_deref());
    let (word, name) = (statement.meaning.word(), statement.name.clone());
    session.state(statement, signature)?;
    writeln!(out, "{}: {how} {word} by {}", printable(named), printable(&name))?;
    session.leave()?;
    Ok(Exit::Success)
}

fn meaning(args: &SignArgs) -> Meaning {
    meaning_word(args, Meaning::Released)
}

/// The meaning that was said, else that one.
fn meaning_word(args: &SignArgs, unsaid: Meaning) -> Meaning {
    if args.reject {
        return Meaning::Rejected;
    }
    let Some(said) = args.meaning else {
        return unsaid;
    };
    match said {
        MeaningWord::Performed => Meaning::Performed,
        MeaningWord::Witnessed => Meaning::Witnessed,
        MeaningWord::Verified => Meaning::Verified,
        MeaningWord::Approved => Meaning::Approved,
        MeaningWord::Rejected => Meaning::Rejected,
        MeaningWord::Released => Meaning::Released,
    }
}

fn scope(book: &Runbook, named: &str) -> Result<Scope, Failure> {
    if named == "run" {
        return Ok(Scope::Run);
    }
    let step = book.find_step(named).map(|step| Scope::Step(step.id.clone()));
    let phase = PhaseId(named.to_owned());
    let found = step.or_else(|| book.phase(&phase).map(|phase| Scope::Phase(phase.id.clone())));
    found.ok_or_else(|| {
        Failure::usage(format!("this runbook has no step or phase {named}; `gonogo plan` shows numbers and ids"))
    })
}

/// Shows a statement whole, before anybody signs it.
fn show(statement: &Statement, out: &mut impl Write) -> io::Result<()> {
    for line in statement.text().lines() {
        writeln!(out, "  {line}")?;
    }
    out.flush()
}

fn agreed(session: &Session, statement: &Statement, out: &mut impl Write) -> Result<bool, Failure> {
    match &session.identity()?.key {
        Some(key) => agreed_remote(&key.fingerprint, statement, out),
        None => ask("Record this, unsigned (no key)?", out),
    }
}

fn agreed_remote(key: &str, statement: &Statement, out: &mut impl Write) -> Result<bool, Failure> {
    ask(&format!("Sign this with the key {key} as {}?", printable(&statement.signer)), out)
}

/// Asks whoever sits at a terminal; a script has said what it wants with its arguments.
fn ask(question: &str, out: &mut impl Write) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Ok(true);
    }
    write!(out, "{question} y or n > ")?;
    out.flush()?;
    let mut line = String::new();
    io::stdin().read_line(&mut line).map_err(|error| Failure::system(format!("cannot read an answer: {error}")))?;
    Ok(matches!(line.trim(), "y" | "yes"))
}

fn signed(session: &Session, statement: &Statement) -> Result<Option<String>, Failure> {
    let asking = asking(session.identity()?.key.as_ref());
    session.sign(statement, asking).map_err(|error| not_signed(&error))
}

/// Whether a person can be asked. Without a terminal a touch is waited for, so that it is said here what for.
pub(super) fn asking(key: Option<&Key>) -> Asking {
    if io::stdin().is_terminal() {
        return Asking::Terminal;
    }
    if let Some(key) = key.filter(|key| key.is_hardware) {
        let said = format!("gonogo: touch the security key {} to sign\n", key.fingerprint);
        // Who closed standard error does not want to know.
        let _ = io::stderr().write_all(said.as_bytes());
    }
    Asking::Nowhere
}

fn not_signed(error: &NotSigned) -> Failure {
    Failure::system(format!("{error}; nothing was recorded (--key none records without a signature)"))
}

/// `signed with SHA256:… as`, or `recorded as`.
fn how(signature: Option<&str>) -> String {
    let Some(read) = signature.and_then(|signature| Sshsig::read(signature).ok()) else {
        return "recorded as".to_owned();
    };
    let presence = read.presence.map(|presence| format!(" ({})", presence.words())).unwrap_or_default();
    format!("signed with {}{presence} as", read.fingerprint())
}

/// `gonogo close [RUN]`.
///
/// # Errors
/// When something is left open and no reason is given, a command runs, or it cannot be recorded.
pub fn close(
    run: Option<&str>,
    (reason, carry): (Option<String>, &[String]),
    (common, env): (&Common, &Environment),
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let mut session = open(run, common, env)?;
    let carried = carry.iter().map(|said| carried(session.book(), said)).collect::<Result<Vec<_>, _>>()?;
    demand_carried(&session, &carried)?;
    let statement = session.draft_close(reason, carried).map_err(|denied| match denied {
        Denied::Refused(Refusal::NeedsReason(why)) => {
            let run = session.run().id.short();
            let sentence = format!("not now: {why} (gonogo close {run} --reason WHY; gonogo status {run} lists them)");
            Failure::new(Exit::Hold, sentence)
        }
        denied => denied.into(),
    })?;
    for blocker in &session.readiness().blockers {
        writeln!(out, "left: {}: {}", printable(&blocker.title), printable(&blocker.what))?;
    }
    show(&statement, out)?;
    if !agreed(&session, &statement, out)? {
        writeln!(out, "It stays open.")?;
        session.leave()?;
        return Ok(Exit::Hold);
    }
    let signature = signed(&session, &statement)?;
    session.state(statement, signature)?;
    let (id, word) = (session.run().id.short(), session.readiness().answer.word());
    match session.run().closed.as_ref().and_then(|closed| closed.key.as_ref()) {
        Some(key) => writeln!(out, "run {id} is closed: {word}, sealed with {key}")?,
        None => writeln!(out, "run {id} is closed: {word}, unsealed (no key signed it)")?,
    }
    let exit = session.readiness().answer.into();
    session.leave()?;
    Ok(exit)
}

/// Names every deferred step at once, and what unlocks the close.
fn demand_carried(session: &Session, carried: &[Carried]) -> Result<(), Failure> {
    let is_left = |step: &&Step| !carried.iter().any(|one| one.step == step.id);
    let left: Vec<&Step> = deferred(session.book(), session.run()).into_iter().filter(is_left).collect();
    let numbers: Vec<&str> = left.iter().map(|step| step.number.as_str()).collect();
    if numbers.len() < 2 || session.run().closed.is_some() {
        return Ok(());
    }
    let carry: Vec<String> = numbers.iter().map(|number| format!("--carry {number}=WHY")).collect();
    let (numbers, carry) = (numbers.join(", "), carry.join(" "));
    let sentence = format!("not now: {numbers} are deferred: settle them, or carry each with a reason ({carry})");
    Err(Failure::new(Exit::Hold, sentence))
}

fn carried(book: &Runbook, said: &str) -> Result<Carried, Failure> {
    let (step, reason) = said.split_once('=').filter(|(_, reason)| !reason.trim().is_empty()).ok_or_else(|| {
        Failure::usage(format!("--carry {said}: say STEP=REASON, such as --carry 3.2='goes into OPS-114'"))
    })?;
    let found = book.find_step(step.trim());
    let found = found.ok_or_else(|| Failure::usage(format!("--carry {said}: this runbook has no step {step}")))?;
    Ok(Carried { step: found.id.clone(), reason: reason.trim().to_owned() })
}
