//! `gonogo plan`: the step tree as it was read. Nothing runs.
//!
//! The JSON form is a contract (`"schema": 1`): other programs rely on it. Its types live here and nowhere else, so that
//! the model stays free of serialisation.

use crate::runbook::{self as book, Runbook};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Writes the plan as one JSON document.
pub fn json(book: &Runbook, path: &str, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &Plan::of(book, path))?;
    writeln!(out)
}

#[derive(Serialize)]
struct Plan<'a> {
    schema: u32,
    title: &'a str,
    source: Source<'a>,
    declared_readiness: Option<u8>,
    /// What the author says it is, by field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    about: BTreeMap<&'static str, String>,
    /// What the author says for all blocks and steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rollback: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_fail: Option<&'static str>,
    /// The environment variables that values come from, by the names of the values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    vars_from: BTreeMap<&'a str, &'a str>,
    phases: Vec<Phase<'a>>,
    problems: Vec<Problem<'a>>,
}

#[derive(Serialize)]
struct Source<'a> {
    path: &'a str,
    sha256: String,
    lines: u32,
    encoding: &'a str,
    repaired: Option<&'a str>,
    layout: &'static str,
}

#[derive(Serialize)]
struct Quote<'a> {
    line: u32,
    text: &'a str,
}

#[derive(Serialize)]
struct Phase<'a> {
    id: &'a str,
    title: &'a str,
    line: u32,
    role: &'static str,
    walked: bool,
    status: Option<&'static str>,
    criteria: Vec<Quote<'a>>,
    stop_criteria: Vec<Quote<'a>>,
    schedule: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rollback: Option<&'a str>,
    steps: Vec<Step<'a>>,
}

#[derive(Serialize)]
struct Step<'a> {
    id: &'a str,
    title: &'a str,
    line: u32,
    kind: &'static str,
    status: Option<&'static str>,
    optional: bool,
    critical: bool,
    owner: Option<&'a str>,
    estimate_s: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rollback: Option<&'a str>,
    criteria: Vec<Quote<'a>>,
    commands: Vec<Command<'a>>,
    steps: Vec<Step<'a>>,
}

#[derive(Serialize)]
struct Command<'a> {
    line: u32,
    lang: &'a str,
    form: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    why: &'a str,
    text: &'a str,
    parts: Vec<Quote<'a>>,
    risk: &'static str,
    placeholders: Vec<Placeholder<'a>>,
    interactive: bool,
    endless: bool,
    danger: &'a [String],
    expected: Option<Expected<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rollback: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tags: &'a [String],
}

#[derive(Serialize)]
struct Placeholder<'a> {
    name: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct Expected<'a> {
    line: u32,
    text: &'a str,
    form: &'static str,
}

#[derive(Serialize)]
pub struct Problem<'a> {
    line: u32,
    column: u32,
    severity: &'static str,
    code: &'static str,
    message: &'a str,
}

impl<'a> Plan<'a> {
    fn of(book: &'a Runbook, path: &'a str) -> Self {
        let source = &book.source;
        Plan {
            schema: 1,
            title: &book.title,
            source: Source {
                path,
                sha256: source.sha256.hex(),
                lines: source.lines,
                encoding: source.encoding,
                repaired: source.repaired,
                layout: source.layout.word(),
            },
            declared_readiness: book.declared_readiness,
            about: book.front.about().into_iter().collect(),
            session: book.front.session.map(book::ShellSession::word),
            rollback: book.front.rollback.as_deref(),
            on_fail: book.front.on_fail.map(book::OnFail::word),
            vars_from: vars_from(book).collect(),
            phases: book.phases.iter().map(Phase::of).collect(),
            problems: book.problems.iter().map(Problem::of).collect(),
        }
    }
}

fn vars_from(book: &Runbook) -> impl Iterator<Item = (&str, &str)> {
    book.front.vars.iter().filter_map(|(name, variable)| Some((name.as_str(), variable.from.as_deref()?)))
}

fn quotes(quotes: &[book::Quote]) -> Vec<Quote<'_>> {
    quotes.iter().map(|quote| Quote { line: quote.line, text: &quote.text }).collect()
}

impl<'a> Phase<'a> {
    fn of(phase: &'a book::Phase) -> Self {
        Phase {
            id: &phase.id.0,
            title: &phase.title,
            line: phase.line,
            role: phase.role.word(),
            walked: phase.is_walked(),
            status: phase.claim.map(book::Claim::word),
            criteria: quotes(&phase.criteria),
            stop_criteria: quotes(&phase.stop_criteria),
            schedule: phase.schedule.as_deref(),
            rollback: phase.rollback.as_deref(),
            steps: phase.steps.iter().map(Step::of).collect(),
        }
    }
}

impl<'a> Step<'a> {
    fn of(step: &'a book::Step) -> Self {
        Step {
            id: &step.id.0,
            title: &step.title,
            line: step.line,
            kind: step.kind.word(),
            status: step.claim.map(book::Claim::word),
            optional: step.optional,
            critical: step.critical,
            owner: step.owner(),
            estimate_s: step.estimate_s,
            link: step.link(),
            rollback: step.rollback(),
            criteria: quotes(&step.criteria),
            commands: step.commands().map(Command::of).collect(),
            steps: step.steps.iter().map(Step::of).collect(),
        }
    }
}

impl<'a> Command<'a> {
    fn of(command: &'a book::Command) -> Self {
        let placeholder = |hole: &'a book::Placeholder| Placeholder { name: &hole.name, text: &hole.text };
        let expected = |expected: &'a book::Expected| Expected {
            line: expected.line,
            text: &expected.text,
            form: expected.form.word(),
        };
        Command {
            line: command.line,
            lang: &command.lang,
            form: command.form.word(),
            usage: command.usage.word(),
            why: &command.why,
            text: &command.text,
            parts: quotes(&command.parts),
            risk: command.risk.word(),
            placeholders: command.placeholders.iter().map(placeholder).collect(),
            interactive: command.interactive,
            endless: command.endless,
            danger: &command.danger,
            expected: command.expected.as_ref().map(expected),
            session: command.options.session.map(book::ShellSession::word),
            rollback: command.options.rollback.as_deref(),
            tags: &command.options.tags,
        }
    }
}

impl<'a> Problem<'a> {
    #[must_use]
    pub fn of(problem: &'a book::Problem) -> Self {
        Problem {
            line: problem.line,
            column: problem.column,
            severity: problem.severity.word(),
            code: problem.code,
            message: &problem.message,
        }
    }
}

/// Writes the plan for people: the walk with uses and reasons, then what is not walked and why, then the problems.
pub fn text(book: &Runbook, path: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", clean(&book.title))?;
    let source = &book.source;
    let repaired = source.repaired.map(|codec| format!(", repaired from {codec}")).unwrap_or_default();
    writeln!(out, "{} · {} lines · {}{repaired}", clean(path), source.lines, source.encoding)?;
    if source.layout == book::Layout::Scrape {
        writeln!(out, "a page scrape: read with low confidence, every command asks before it runs")?;
    }
    if let Some(claimed) = book.declared_readiness {
        writeln!(out, "the document claims {claimed} % readiness")?;
    }
    for (name, word) in book.front.about() {
        writeln!(out, "{name}: {}", clean(&word))?;
    }
    if let Some(session) = book.front.session {
        writeln!(out, "blocks run in a {} session unless they say otherwise", session.word())?;
    }
    if let Some(name) = &book.front.rollback {
        writeln!(out, "steps are taken back by {} unless they say otherwise", clean(name))?;
    }
    if let Some(on_fail) = book.front.on_fail {
        writeln!(out, "on failure: {}", on_fail.clause())?;
    }
    for (name, variable) in vars_from(book) {
        writeln!(out, "the value of {} comes from ${variable} when nobody gives it", clean(name))?;
    }
    for phase in book.phases.iter().filter(|phase| phase.is_walked()) {
        write_phase(phase, out)?;
    }
    let aside: Vec<_> = book.phases.iter().filter(|phase| !phase.is_walked()).collect();
    if !aside.is_empty() {
        writeln!(out, "\nNot walked")?;
    }
    for phase in aside {
        let commands = phase.steps.iter().flat_map(book::Step::subtree).flat_map(book::Step::commands).count();
        let commands = if commands > 0 { format!(", {commands} blocks at hand") } else { String::new() };
        let (title, role, why) = (clean(&phase.title), phase.role.word(), &phase.role_why);
        writeln!(out, "  {:>5}  {title}  [{role}] {why}{commands}", phase.line)?;
    }
    // How many warnings and hints there are, only the lints know, which take their time; errors come from reading alone.
    let (errors, ..) = count(&book.problems);
    let problems = match errors {
        0 => "There are remarks".to_owned(),
        1 => "1 error".to_owned(),
        more => format!("{more} errors"),
    };
    if !book.problems.is_empty() {
        writeln!(out, "\n{problems}: gonogo check {}", clean(path))?;
    }
    Ok(())
}

/// Errors, warnings and hints.
#[must_use]
pub fn count(problems: &[book::Problem]) -> (usize, usize, usize) {
    let of = |severity| problems.iter().filter(|problem| problem.severity == severity).count();
    (of(book::Severity::Error), of(book::Severity::Warning), of(book::Severity::Hint))
}

fn write_phase(phase: &book::Phase, out: &mut impl Write) -> io::Result<()> {
    let claim = phase.claim.map(|claim| format!("  claimed {}", claim.word())).unwrap_or_default();
    let schedule = phase.schedule.as_deref().map(|at| format!("  {at}")).unwrap_or_default();
    let (number, title, role) = (phase.number, clean(&phase.title), phase.role.word());
    let back = phase.rollback.as_deref().map(|name| format!("  rollback {}", clean(name))).unwrap_or_default();
    writeln!(out, "\n{number} {title}  [{role}] {}{schedule}{claim}{back}", phase.role_why)?;
    for criterion in &phase.criteria {
        writeln!(out, "  {:>5}    pass when: {}", criterion.line, clean(first_line(&criterion.text)))?;
    }
    for criterion in &phase.stop_criteria {
        writeln!(out, "  {:>5}    stop when: {}", criterion.line, clean(first_line(&criterion.text)))?;
    }
    phase.steps.iter().try_for_each(|step| write_step(step, 1, out))
}

fn write_step(step: &book::Step, depth: usize, out: &mut impl Write) -> io::Result<()> {
    let (line, title) = (step.line, clean(&step.title));
    margin(line, depth, out)?;
    for part in [&step.number, " ", &title, "  (", step.kind.word()] {
        out.write_all(part.as_bytes())?;
    }
    if let Some(claim) = step.claim {
        write!(out, ", claimed {}", claim.word())?;
    }
    for (is_so, word) in [(step.optional, ", optional"), (step.critical, ", critical"), (step.gate.is_some(), ", gate")]
    {
        out.write_all(if is_so { word.as_bytes() } else { b"" })?;
    }
    if let Some(owner) = step.owner() {
        write!(out, ", owner {}", clean(owner))?;
    }
    if let Some(seconds) = step.estimate_s {
        write!(out, ", about {}", duration(seconds))?;
    }
    if let Some(condition) = step.condition() {
        write!(out, ", if: {}", clean(condition))?;
    }
    if let Some(name) = step.rollback() {
        write!(out, ", rollback {}", clean(name))?;
    }
    if let Some(link) = step.link() {
        write!(out, ", see {}", clean(link))?;
    }
    out.write_all(b")\n")?;
    for criterion in &step.criteria {
        margin(criterion.line, depth, out)?;
        writeln!(out, "    pass when: {}", clean(first_line(&criterion.text)))?;
    }
    for command in step.commands() {
        write_command(command, depth, out)?;
    }
    step.steps.iter().try_for_each(|child| write_step(child, depth + 1, out))
}

fn write_command(command: &book::Command, depth: usize, out: &mut impl Write) -> io::Result<()> {
    margin(command.line, depth, out)?;
    let (usage, first) = (command.usage.word(), clean(first_line(&command.text)));
    for part in ["    ", usage, &"       "[usage.len().min(6)..], &first] {
        out.write_all(part.as_bytes())?;
    }
    let text = command.text.strip_suffix('\n').unwrap_or(&command.text);
    let more = memchr::memchr_iter(b'\n', text.as_bytes()).count();
    if more > 0 {
        write!(out, " (+{more} lines)")?;
    }
    out.write_all(b"  -- ")?;
    if command.usage.is_offered() {
        out.write_all(command.risk.word().as_bytes())?;
        out.write_all(b", ")?;
        out.write_all(if command.interactive { b"interactive, " } else { b"" })?;
        out.write_all(if command.endless { b"endless, " } else { b"" })?;
        command.placeholders.iter().try_for_each(|hole| write!(out, "fill {}, ", clean(&hole.text)))?;
    }
    ties(&command.options).iter().try_for_each(|tie| write!(out, "{tie}, "))?;
    out.write_all(clean(&command.why).as_bytes())?;
    out.write_all(b"\n")?;
    for part in &command.parts {
        margin(part.line, depth, out)?;
        writeln!(out, "           · {}", clean(first_line(&part.text)))?;
    }
    if let Some(expected) = &command.expected {
        margin(expected.line, depth, out)?;
        writeln!(out, "           expects: {}", clean(first_line(&expected.text)))?;
    }
    Ok(())
}

/// The line number in a column of seven, and two blanks for each step around.
fn margin(line: u32, depth: usize, out: &mut impl Write) -> io::Result<()> {
    let mut column = *b"          ";
    let mut left = line;
    for digit in column.iter_mut().rev() {
        *digit = b'0' + u8::try_from(left % 10).unwrap_or(0);
        left /= 10;
        if left == 0 {
            break;
        }
    }
    let wide = if line < 10_000_000 { 3 } else { 0 };
    out.write_all(&column[wide..])?;
    (0..depth).try_for_each(|_| out.write_all(b"  "))
}

/// What an author ties a block to, in words.
fn ties(options: &book::BlockOptions) -> Vec<String> {
    let mut words = Vec::new();
    words.extend(options.when.as_ref().map(|when| format!("only when {}", clean(when))));
    words.extend(options.needs.iter().map(|name| format!("needs {}", clean(name))));
    words.extend(options.once.then(|| "once".to_owned()));
    words.extend((options.retries > 0).then(|| format!("{} retries", options.retries)));
    words.extend(options.secret.then(|| "output secret".to_owned()));
    words.extend(options.session.map(|session| format!("{} session", session.word())));
    words.extend((!options.tags.is_empty()).then(|| format!("tags {}", clean(&options.tags.join(" ")))));
    words.extend(options.rollback.as_ref().map(|name| format!("rollback {}", clean(name))));
    words
}

fn first_line(text: &str) -> &str {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or("")
}

/// `90` → `1m30s`.
#[must_use]
pub fn duration(seconds: u32) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes, rest) {
        (0, 0, rest) => format!("{rest}s"),
        (0, minutes, 0) => format!("{minutes}m"),
        (0, minutes, rest) => format!("{minutes}m{rest:02}s"),
        (hours, 0, _) => format!("{hours}h"),
        (hours, minutes, _) => format!("{hours}h{minutes:02}m"),
    }
}

/// Text of a document or a command as it may reach a terminal: control and bidirectional-override characters become
/// visible escapes, so that nothing printed can move the cursor, set a title or disguise itself.
#[must_use]
pub fn printable(text: &str) -> String {
    clean(text).into_owned()
}

/// The same, without a copy of what is clean already.
fn clean(text: &str) -> Cow<'_, str> {
    // Blocks of bytes are looked at as a whole.
    let is_plain = |block: &[u8]| block.iter().fold(true, |is_plain, byte| is_plain & (b' '..=b'~').contains(byte));
    if text.as_bytes().chunks(32).all(is_plain) {
        return Cow::Borrowed(text);
    }
    let clean = text.chars().fold(String::with_capacity(text.len()), |mut clean, c| {
        match c {
            '\t' => clean.push_str("    "),
            c if c.is_control() => clean.extend(c.escape_default()),
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => {
                clean.extend(c.escape_unicode());
            }
            c => clean.push(c),
        }
        clean
    });
    Cow::Owned(clean)
}

#[cfg(test)]
mod tests {
    use super::{duration, printable};

    #[test]
    fn lengths_read_as_people_say_them() {
        let said: Vec<String> = [5, 60, 90, 3600, 5400].into_iter().map(duration).collect();
        assert_eq!(said, ["5s", "1m", "1m30s", "1h", "1h30m"]);
    }

    #[test]
    fn what_is_printed_cannot_steer_the_terminal() {
        assert_eq!(printable("a\u{1b}]52;c;x\u{7}b\u{202e}c"), "a\\u{1b}]52;c;x\\u{7}b\\u{202e}c");
        assert_eq!(printable("grün ✅"), "grün ✅");
    }
}
