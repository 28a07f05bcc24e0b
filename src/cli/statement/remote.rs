//! Sign-offs from where the journal is not: a request goes out, a signed answer comes back. Both are plain text.
//!
//! A request is a line, the statement with `?` for whoever answers, and what stands behind it for them to read. An answer is
//! the statement and the signature under it, exactly as `ssh-keygen -Y sign` wrote it. The journal is never shared.

use super::{agreed_remote, asking, how, meaning_word, not_signed, show};
use crate::cli::args::{Common, SignArgs};
use crate::cli::environment::Environment;
use crate::cli::exit::{Exit, Failure};
use crate::cli::plan::printable;
use crate::cli::record::replace;
use crate::exec::sign;
use crate::run::decide::sign::check_names;
use crate::run::event::{Meaning, Scope};
use crate::run::gate;
use crate::run::readiness::leaves;
use crate::run::sshsig::STATEMENT;
use crate::run::statement::Statement;
use crate::session::Session;
use chrono::SubsecRound as _;
use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::Path;

const REQUEST: &str = "gonogo sign-off request v1\n";
const ANSWER: &str = "gonogo sign-off v1\n";
const BEHIND: &str = "\n-- What it is about, for reading; not signed --\n";
const SIGNATURE: &str = "-----BEGIN SSH SIGNATURE-----";
/// Larger files are neither, in bytes.
const LARGEST: u64 = 1 << 20;

/// The text of a request or an answer, if that is what was named.
pub(super) fn file(what: &str) -> Result<Option<String>, Failure> {
    let path = Path::new(what);
    match fs::metadata(path) {
        Ok(meta) if meta.is_file() && meta.len() <= LARGEST => {}
        Ok(_) => return Err(Failure::usage(format!("{what} is neither a request nor an answer"))),
        Err(_) => return Ok(None),
    }
    let text = fs::read_to_string(path).map_err(|error| Failure::system(format!("cannot read {what}: {error}")))?;
    if text.starts_with(REQUEST) || text.starts_with(ANSWER) {
        return Ok(Some(text));
    }
    Err(Failure::invalid(format!("{what} is neither a request nor an answer: it does not begin like one")))
}

/// Writes a request.
pub(super) fn request(
    session: &mut Session,
    (scope, meaning): (Scope, Meaning),
    path: &Path,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    if meaning == Meaning::Rejected {
        return Err(Failure::usage("a request asks for a sign-off; whoever answers it may reject (--reject)"));
    }
    let statement = session.draft_for_another(scope, meaning)?;
    let text = format!("{REQUEST}{}{BEHIND}{}", statement.text(), behind(session, &statement));
    replace(path, text.as_bytes())?;
    let shown = path.display();
    writeln!(out, "{shown} asks for {}: send it; they answer with", statement.meaning.word())?;
    writeln!(out, "  gonogo sign {shown} --reply ANSWER --key THEIR-KEY --operator THEIR-NAME --role THEIR-ROLE")?;
    writeln!(out, "and you record it with\n  gonogo sign ANSWER")?;
    session.leave()?;
    Ok(Exit::Success)
}

/// What whoever answers wants to know first.
fn behind(session: &Session, statement: &Statement) -> String {
    let (book, run, readiness) = (session.book(), session.run(), session.readiness());
    let mut text = format!("runbook: {}\nreadiness: {}", printable(&book.title), readiness.answer.word());
    let mut line = |line: &str| writeln!(text, "{}", printable(line)).expect("writing to a String cannot fail");
    line(&readiness.percent.map(|percent| format!(", {percent} %")).unwrap_or_default());
    line(&format!("asked by: {} ({}@{})", session.actor().name, session.actor().user, session.actor().host));
    let hold = gate::hold(book, &statement.scope);
    if let Some(hold) = &hold {
        let role = hold.gate.role.as_deref().unwrap_or("any person");
        let other = if hold.gate.not_performer { ", not the performer" } else { "" };
        line(&format!("gate: {} × {role}{other}", hold.gate.min));
    }
    for leaf in leaves(book, run) {
        let guarded = hold.as_ref().is_none_or(|hold| hold.guards(&leaf.step.id));
        if guarded {
            let by = run.timing(&leaf.step.id).map(|timing| format!(", by {}", timing.by)).unwrap_or_default();
            line(&format!("{} {}: {}{by}", leaf.step.number, leaf.step.title, leaf.state.word()));
        }
    }
    text
}

/// Answers a request, or records an answer.
pub(super) fn take(
    text: &str,
    args: &SignArgs,
    around: (&Common, &Environment),
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    if args.scope.is_some() || args.request.is_some() || args.break_glass {
        return Err(Failure::usage(format!("{} says itself what it is about: name nothing else", args.what)));
    }
    match text.strip_prefix(REQUEST) {
        Some(asked) => answer(asked, args, around, out),
        None => record(text, args, around, out),
    }
}

fn read(text: &str, what: &str) -> Result<Statement, Failure> {
    Statement::read(text).map_err(|why| Failure::invalid(format!("{what} holds no statement: {why}")))
}

fn answer(
    asked: &str,
    args: &SignArgs,
    (common, env): (&Common, &Environment),
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let to = args.reply.as_deref();
    let to = to.ok_or_else(|| Failure::usage("a request is answered into a file: say --reply FILE"))?;
    let (template, behind) = asked.split_once(BEHIND).unwrap_or((asked, ""));
    let template = read(template, &args.what)?;
    let (operator, git) = env.who(common).told()?;
    let identity = env.wanted(common).find(&operator, git).map_err(Failure::usage)?;
    let Some(key) = identity.key else {
        return Err(Failure::usage("an answer has to be signed: name your key with --key FILE"));
    };
    let meaning = meaning_word(args, template.meaning);
    if meaning == Meaning::Rejected && args.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) {
        return Err(Failure::usage("a rejection needs a reason: say --reason TEXT"));
    }
    let time = crate::session::Clock::start().now().at.trunc_subsecs(0);
    let reason = args.reason.clone();
    let (signer, name, role) = (identity.principal, operator.name, operator.role);
    let statement = Statement { meaning, signer, name, role, time, reason, ..template };
    check_names(&statement).map_err(|why| Failure::usage(format!("the answer is not signed: {why}")))?;
    writeln!(out, "{}", behind.lines().map(printable).collect::<Vec<_>>().join("\n"))?;
    show(&statement, out)?;
    if !agreed_remote(&key.fingerprint, &statement, out)? {
        writeln!(out, "Nothing was signed.")?;
        return Ok(Exit::Hold);
    }
    let text = statement.text();
    let signature = sign::sign_asking(&key, STATEMENT, text.as_bytes(), asking(Some(&key)));
    let signature = signature.map_err(|error| not_signed(&error))?;
    replace(to, format!("{text}{signature}").as_bytes())?;
    writeln!(out, "{} is signed; send it back", to.display())?;
    Ok(Exit::Success)
}

fn record(
    text: &str,
    args: &SignArgs,
    (common, env): (&Common, &Environment),
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let at = text.find(SIGNATURE).ok_or_else(|| Failure::invalid(format!("{} is not signed", args.what)))?;
    let (said, signature) = text.split_at(at);
    let statement = read(said, &args.what)?;
    let signers = env.signers((args.signers.as_deref(), args.revoked.as_deref()), common)?;
    if let Some(signers) = &signers {
        let signed = (signature, STATEMENT, said.as_bytes());
        sign::allowed(signed, signers, &statement.signer, statement.time)
            .map_err(|why| Failure::new(Exit::Hold, format!("{} is not recorded: {why}", args.what)))?;
    }
    let mut session = super::open(Some(&statement.run.0), common, env)?;
    show(&statement, out)?;
    let (how, name) = (how(Some(signature)), statement.name.clone());
    let word = statement.meaning.word();
    session.state(statement, Some(signature.to_owned()))?;
    writeln!(out, "{how} {word} by {}", printable(&name))?;
    if signers.is_none() {
        writeln!(out, "That the key is theirs is their own word: compare its fingerprint, or give --signers FILE.")?;
    }
    session.leave()?;
    Ok(Exit::Success)
}
