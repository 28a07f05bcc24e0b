//! The steps of a run as a table (RFC 4180): one row for the run, one for each phase, one for each step, in reading order.
//!
//! A spreadsheet must be able to open it without harm: a cell that it would take for a formula begins with an apostrophe,
//! also where a program that splits at semicolons would see one. Line ends and control characters inside a cell are shown,
//! not written. Numbers are plain, times are RFC 3339 in UTC. Outputs are not part of it.

use super::record::{Attempt, Deviation, Phase, Record, SignOff, Step};
use super::text;
use chrono::{DateTime, SecondsFormat, Utc};

/// The columns, in order. New ones come last.
pub const COLUMNS: [&str; 27] = [
    "run",
    "verdict",
    "kind",
    "phase",
    "number",
    "id",
    "title",
    "line",
    "state",
    "basis",
    "critical",
    "optional",
    "weight",
    "owner",
    "who",
    "at",
    "reason",
    "attempts",
    "began",
    "ended",
    "took_ms",
    "outcome",
    "exit_code",
    "commands",
    "sign_offs",
    "deviations",
    "notes",
];

/// What begins a formula in a spreadsheet, also in its full-width form.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Writes the table; lines end with CR LF.
#[must_use]
pub fn csv(record: &Record) -> String {
    let mut table = COLUMNS.join(",") + "\r\n";
    whole(record).write(record, &mut table);
    for phase in &record.phases {
        of_phase(phase, record).write(record, &mut table);
        for step in &phase.steps {
            of_step(step, &phase.id, record).write(record, &mut table);
        }
    }
    for stray in &record.strays {
        of_step(stray, "", record).write(record, &mut table);
    }
    table
}

/// A row; what does not apply is empty.
#[derive(Default)]
struct Row {
    kind: String,
    phase: String,
    number: String,
    id: String,
    title: String,
    line: Option<u64>,
    state: String,
    basis: String,
    critical: String,
    optional: String,
    weight: Option<u64>,
    owner: String,
    who: String,
    at: String,
    reason: String,
    attempts: Option<u64>,
    began: String,
    ended: String,
    took_ms: Option<u64>,
    outcome: String,
    exit_code: Option<i32>,
    commands: String,
    sign_offs: String,
    deviations: String,
    notes: String,
}

fn whole(record: &Record) -> Row {
    let closed = record.run.closed.as_ref();
    let sealed = closed.map(|closed| match &closed.signature {
        Some(signature) => format!("closed {}", text::signed(signature)),
        None => format!("closed recorded as {}, {}", text::person(&closed.by), text::time(closed.at)),
    });
    let said = record.sign_offs.iter().filter(|sign| sign.scope.kind == "run").map(stated);
    Row {
        kind: "run".to_owned(),
        id: record.run.id.clone(),
        title: record.document.title.clone(),
        state: record.verdict.word.to_owned(),
        who: text::person(&record.run.opened.by),
        at: time(record.run.opened.at),
        reason: record.verdict.why.join("; "),
        began: time(record.chain.first_at),
        ended: closed.map(|closed| time(closed.at)).unwrap_or_default(),
        sign_offs: said.chain(sealed).collect::<Vec<_>>().join("; "),
        deviations: deviations(record, |deviation| deviation.step.is_none()),
        notes: record.notes.iter().map(|note| note.text.clone()).collect::<Vec<_>>().join("; "),
        ..Row::default()
    }
}

fn of_phase(phase: &Phase, record: &Record) -> Row {
    let gate = record.gates.iter().find(|gate| gate.scope.kind == "phase" && gate.scope.id.as_ref() == Some(&phase.id));
    Row {
        kind: "phase".to_owned(),
        phase: phase.id.clone(),
        number: phase.number.to_string(),
        id: phase.id.clone(),
        title: phase.title.clone(),
        line: Some(phase.line.into()),
        state: gate.map(|gate| format!("gate {}", gate.state)).unwrap_or_default(),
        optional: yes(phase.optional),
        sign_offs: signed(record, ("phase", &phase.id)),
        ..Row::default()
    }
}

fn of_step(step: &Step, phase: &str, record: &Record) -> Row {
    let last = step.attempts.last();
    let began = step.attempts.first().map(|attempt| attempt.began);
    let ended = step.attempts.iter().filter_map(|attempt| attempt.ended_at).max();
    let took: Vec<u64> = step.attempts.iter().filter_map(|attempt| attempt.took_ms).collect();
    let command = |attempt: &Attempt| text::block(&attempt.text);
    Row {
        kind: step.kind.to_owned(),
        phase: phase.to_owned(),
        number: step.number.clone(),
        id: step.id.clone(),
        title: step.title.clone(),
        line: (step.line > 0).then(|| step.line.into()),
        state: step.state.to_owned(),
        basis: step.basis.to_owned(),
        critical: yes(step.critical),
        optional: yes(step.optional),
        weight: step.counted.then(|| step.weight.into()),
        owner: step.owner.clone().unwrap_or_default(),
        who: step.by.as_ref().map(text::person).unwrap_or_default(),
        at: step.at.map(time).unwrap_or_default(),
        reason: step.reason.clone().unwrap_or_default(),
        attempts: Some(step.attempts.len() as u64),
        began: began.map(time).unwrap_or_default(),
        ended: ended.map(time).unwrap_or_default(),
        took_ms: (!took.is_empty()).then(|| took.iter().sum()),
        outcome: last.map(|attempt| attempt.outcome.to_owned()).unwrap_or_default(),
        exit_code: last.and_then(|attempt| attempt.exit_code),
        commands: step.attempts.iter().map(command).collect::<Vec<_>>().join("\n"),
        sign_offs: signed(record, ("step", &step.id)),
        deviations: deviations(record, |deviation| deviation.step.as_ref() == Some(&step.id)),
        notes: step.notes.iter().map(|note| note.text.clone()).collect::<Vec<_>>().join("; "),
    }
}

fn yes(holds: bool) -> String {
    if holds { "yes".to_owned() } else { String::new() }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Name, time and meaning of every sign-off on that scope.
fn signed(record: &Record, (kind, id): (&str, &str)) -> String {
    let about = |sign: &&SignOff| sign.scope.kind == kind && sign.scope.id.as_deref() == Some(id);
    record.sign_offs.iter().filter(about).map(stated).collect::<Vec<_>>().join("; ")
}

fn stated(sign: &SignOff) -> String {
    let voided = sign.voided_by.map(|seq| format!(" (no longer holds: entry {seq})")).unwrap_or_default();
    let reason = sign.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    format!("{} {}{reason}{voided}", sign.meaning, text::stated(sign))
}

fn deviations(record: &Record, about: impl Fn(&Deviation) -> bool) -> String {
    let said = record.deviations.iter().filter(|deviation| about(deviation));
    said.map(|deviation| format!("{}: {}", deviation.kind, deviation.reason)).collect::<Vec<_>>().join("; ")
}

impl Row {
    fn write(self, record: &Record, table: &mut String) {
        let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        let cells: [String; COLUMNS.len()] = [
            cell(&record.run.id),
            cell(record.verdict.word),
            cell(&self.kind),
            cell(&self.phase),
            cell(&self.number),
            cell(&self.id),
            cell(&self.title),
            number(self.line),
            cell(&self.state),
            cell(&self.basis),
            self.critical,
            self.optional,
            number(self.weight),
            cell(&self.owner),
            cell(&self.who),
            self.at,
            cell(&self.reason),
            number(self.attempts),
            self.began,
            self.ended,
            number(self.took_ms),
            cell(&self.outcome),
            self.exit_code.map(|code| code.to_string()).unwrap_or_default(),
            cell(&self.commands),
            cell(&self.sign_offs),
            cell(&self.deviations),
            cell(&self.notes),
        ];
        table.push_str(&cells.join(","));
        table.push_str("\r\n");
    }
}

/// A cell of text: in one line, harmless, quoted where it has to be.
fn cell(said: &str) -> String {
    let safe = harmless(&text::inline(said));
    let quoted = safe.contains([',', '"', ';']) || safe.starts_with(' ') || safe.ends_with(' ');
    if quoted { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
}

/// Puts an apostrophe before whatever a spreadsheet would begin to compute: at the beginning, and behind a semicolon, where
/// the cells of a spreadsheet in many countries end. Spaces and quotes in front of it do not hide it.
fn harmless(line: &str) -> String {
    let computes = |rest: &str| rest.trim_start_matches([' ', '"', '\'', '\u{a0}', '\u{3000}']).starts_with(FORMULA);
    let mut safe = String::with_capacity(line.len());
    if computes(line) {
        safe.push('\'');
    }
    for (at, c) in line.char_indices() {
        safe.push(c);
        if c == ';' && computes(&line[at + 1..]) {
            safe.push('\'');
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_computes_nothing() {
        for (said, written) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-2 hosts", "'-2 hosts"),
            ("\t=1", "' =1"),
            ("＝1", "'＝1"),
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("a;=1", "\"a;'=1\""),
            ("a; \"+1\"", "\"a;' \"\"+1\"\"\""),
            ("\"=1\"", "\"'\"\"=1\"\"\""),
            ("one, two", "\"one, two\""),
            ("a - b = c", "a - b = c"),
            ("first\nsecond\x1b[2J", "first ⏎ second\\x1b[2J"),
            ("", ""),
        ] {
            assert_eq!(cell(said), written, "{said}");
        }
    }
}
