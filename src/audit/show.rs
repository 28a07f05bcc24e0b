//! A run, or one of its steps, on a terminal: 80 columns, glyph and word, nothing foreign unescaped, no colour.

use super::evidence::{Evidence, KeptPart};
use super::record::{Attempt, Person, Record, Step};
use super::text::{self, clock, inline, length, spell, time};
use crate::run::time::{PhaseTime, Times};
use std::fmt::Write as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Columns of the narrowest terminal that is provided for.
const WIDTH: usize = 80;

/// What `gonogo show RUN` prints.
#[must_use]
pub fn show_run(record: &Record, times: &Times) -> String {
    let mut page = Page(String::new());
    head(record, &mut page);
    clocked(record, times, &mut page);
    steps(record, times, &mut page);
    exceptions(record, &mut page);
    statements(record, &mut page);
    page.line("");
    page.fact("chain", &format!("{} to {}", text::count(record.chain.entries, "entry", "entries"), record.chain.head));
    page.0
}

/// What `gonogo show RUN STEP` prints: everything about the step, outputs in full.
#[must_use]
pub fn show_step(record: &Record, step: &Step, evidence: &Evidence) -> String {
    let mut page = Page(String::new());
    rehearsal(record, &mut page);
    page.line(&format!("{} {}", step.number, inline(&step.title)));
    page.line(&state_line(step));
    for criterion in &step.criteria {
        page.fact("passes", &inline(&criterion.text));
    }
    for attempt in &step.attempts {
        page.line("");
        tried(attempt, evidence, &mut page);
    }
    for practice in &step.practised {
        page.fact(
            "practised",
            &format!("{} by {}, nothing was executed", time(practice.at), text::person(&practice.by)),
        );
    }
    if !step.marks.is_empty() || !step.notes.is_empty() {
        page.line("");
    }
    for mark in &step.marks {
        let ended = mark.ended_by.map(|by| format!(" ({} by entry {by})", mark.standing)).unwrap_or_default();
        let said = format!("{}{}{ended}", mark.verdict, reason(mark.reason.as_deref()));
        page.fact("verdict", &format!("{said} · {}", by(&mark.by, &time(mark.at))));
    }
    for note in &step.notes {
        page.fact("note", &format!("{} · {}", inline(&note.text), by(&note.by, &time(note.at))));
    }
    page.0
}

/// Lines under construction, wrapped to the width.
struct Page(String);

impl Page {
    fn line(&mut self, line: &str) {
        for wrapped in wrap(line.trim_end(), WIDTH) {
            self.0.push_str(wrapped.trim_end());
            self.0.push('\n');
        }
    }

    /// `  opened     2026-… by dana`; what does not fit goes on below, under its beginning.
    fn fact(&mut self, name: &str, said: &str) {
        let mut name = format!("  {name:<10} ");
        for wrapped in wrap(said, WIDTH - name.width()) {
            writeln!(self.0, "{name}{}", wrapped.trim_end()).expect("writing to a String cannot fail");
            name = " ".repeat(name.width());
        }
    }
}

/// Breaks a line at spaces, and where there are none in the middle of a word.
fn wrap(line: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in line.split_inclusive(' ') {
        let wide = word.trim_end().width();
        if used > 0 && used + wide > width {
            lines.push(String::new());
            used = 0;
        }
        for c in word.chars() {
            let wide = c.width().unwrap_or(0);
            if used + wide > width && c != ' ' {
                lines.push(String::new());
                used = 0;
            }
            lines.last_mut().expect("there is always a last line").push(c);
            used += wide;
        }
    }
    lines
}

/// Cuts or pads a text to exactly this many columns.
fn fit(text: &str, width: usize) -> String {
    let mut fitted = String::new();
    let mut used = 0;
    let room = if text.width() > width { width.saturating_sub(1) } else { width };
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide > room {
            break;
        }
        fitted.push(c);
        used += wide;
    }
    if text.width() > width {
        fitted.push('…');
        used += 1;
    }
    fitted + &" ".repeat(width.saturating_sub(used))
}

fn rehearsal(record: &Record, page: &mut Page) {
    if record.rehearsal {
        page.line("REHEARSAL: nothing was executed; this says nothing about readiness");
    }
}

fn by(person: &Person, when: &str) -> String {
    format!("{}, {when}", text::person(person))
}

fn reason(reason: Option<&str>) -> String {
    reason.map(|reason| format!(": {}", inline(reason))).unwrap_or_default()
}

fn head(record: &Record, page: &mut Page) {
    rehearsal(record, page);
    let figures = &record.readiness;
    let percent = figures.percent.map_or_else(|| "– %".to_owned(), |percent| format!("{percent} %"));
    page.line(&format!("{}  {percent}  {}", record.verdict.word, inline(&record.document.title)));
    let counts = &figures.counts;
    let mut steps = format!("{} of {} settled", counts.settled, counts.steps);
    for (number, word) in [(counts.waived, "waived"), (counts.failed, "failed"), (counts.unknown, "unknown")] {
        if number > 0 {
            write!(steps, ", {number} {word}").expect("writing to a String cannot fail");
        }
    }
    page.fact("steps", &steps);
    if let Some(claimed) = figures.claimed {
        page.fact("claimed", &format!("{claimed} % by the document itself"));
    }
    for (n, why) in record.verdict.why.iter().enumerate() {
        page.fact(if n == 0 { "why" } else { "" }, &inline(why));
    }
    let run = &record.run;
    page.fact("run", &inline(&run.id));
    let document = &record.document;
    page.fact("runbook", &format!("{}, {} lines, sha256 {}", inline(&document.path), document.lines, document.sha256));
    for (name, said) in &document.about {
        page.fact(name, &inline(said));
    }
    if let Some(ticket) = &run.ticket {
        page.fact("ticket", &inline(ticket));
    }
    page.fact("opened", &by(&run.opened.by, &time(run.opened.at)));
    for revision in &record.revisions {
        let steps = if revision.steps.is_empty() { String::new() } else { format!(": {}", revision.steps.join(", ")) };
        let said = format!("{} sha256 {}{}", revision.decision, revision.sha256, inline(&steps));
        page.fact("edit", &format!("{said} · {}", by(&revision.by, &time(revision.at))));
    }
    for sitting in &record.sittings {
        let to = sitting.to.map_or_else(|| "no orderly end recorded".to_owned(), |to| format!("to {}", time(to)));
        page.fact("sitting", &format!("{} · {}, {to}", inline(&sitting.skin), by(&sitting.by, &time(sitting.from))));
    }
    match &run.closed {
        None => page.fact("closed", "no"),
        Some(closed) => {
            let said = format!("as {}{}", inline(&closed.verdict), reason(closed.reason.as_deref()));
            page.fact("closed", &format!("{said} · {}", by(&closed.by, &time(closed.at))));
            if !closed.agrees {
                page.fact("", "this is no longer what the entries say");
            }
        }
    }
}

fn glyph(state: &str) -> &'static str {
    match state {
        "passed" | "passed with remarks" | "settled" => "✓",
        "failed" => "✗",
        "waived" | "not applicable" | "other branch taken" => "–",
        "deferred" => "»",
        "unknown" => "?",
        "running" => "▸",
        "ran" | "waiting" | "stale" => "!",
        _ => "·",
    }
}

fn clocked(record: &Record, times: &Times, page: &mut Page) {
    page.fact("time", &format!("{} {}", spell(times.elapsed), times.until.words()));
    if record.run.closed.is_none() && times.left.estimated > 0 {
        let unknown = match times.left.unknown {
            0 => String::new(),
            unknown => format!(", without {unknown} steps nobody has estimated"),
        };
        let eta = times.eta.map(|eta| format!(", until {}", time(eta))).unwrap_or_default();
        page.fact("left", &format!("about {}{eta}{unknown}", length(times.left.ms)));
    }
    for step in &record.chain.clock_steps {
        let (way, by) = if step.by_ms < 0 { ("back", -step.by_ms) } else { ("forward", step.by_ms) };
        let by = length(by.unsigned_abs());
        page.fact("clock", &format!("was set {way} by {by} before {} (entry {})", time(step.at), step.seq));
    }
}

/// `  took ~12 min 03 s, planned 10 min 00 s`
fn phase_time(time: &PhaseTime) -> Option<String> {
    let plan = time.planned_ms.map(|ms| {
        let least = if time.unplanned > 0 { "at least " } else { "" };
        let basis = if time.from_earlier { " by earlier runs" } else { "" };
        format!("planned {least}{}{basis}", length(ms))
    });
    let took = time.took.map(|took| format!("took {}", spell(took)));
    let words: Vec<String> = took.into_iter().chain(plan).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

fn steps(record: &Record, times: &Times, page: &mut Page) {
    for phase in record.phases.iter().filter(|phase| !phase.steps.is_empty()) {
        let settled =
            record.readiness.phases.get(&phase.id).map(|counts| format!("{}/{}", counts.settled, counts.steps));
        let settled = settled.unwrap_or_else(|| "not walked".to_owned());
        let title = format!("{} {} ({})", phase.number, inline(&phase.title), phase.role);
        page.line("");
        page.line(&format!("{} {settled:>10}", fit(&title, WIDTH - 11)));
        let time = times.phases.iter().find(|time| time.id.0 == phase.id).and_then(phase_time);
        if let Some(words) = time {
            page.line(&format!("  {words}"));
        }
        phase.steps.iter().for_each(|step| row(step, page));
    }
    if !record.strays.is_empty() {
        page.line("");
        page.line("In the entries, but not in the runbook as it is read now:");
        record.strays.iter().for_each(|step| row(step, page));
    }
}

fn row(step: &Step, page: &mut Page) {
    let title = fit(&format!("{} {}", step.number, inline(&step.title)), 38);
    let state = fit(step.state, 19);
    let when = step.at.map(clock).unwrap_or_default();
    let who = step.by.as_ref().map(|by| fit(&inline(&by.name), 8)).unwrap_or_default();
    page.line(&format!("  {} {title} {state} {when:8} {who}", glyph(step.state)));
}

fn exceptions(record: &Record, page: &mut Page) {
    if record.deviations.is_empty() {
        return;
    }
    page.line("");
    page.line("Deviations");
    for deviation in &record.deviations {
        let step = deviation.title.as_deref().or(deviation.step.as_deref());
        let step = step.map(|step| format!(" {}", inline(step))).unwrap_or_default();
        let said = format!("{}{step}: {}", deviation.kind, inline(&deviation.reason));
        page.fact("", &format!("{said} · {}", by(&deviation.by, &time(deviation.at))));
    }
}

fn statements(record: &Record, page: &mut Page) {
    let calls = record.calls.iter().filter(|call| call.superseded_by.is_none());
    if !record.gates.is_empty() || !record.sign_offs.is_empty() || !record.calls.is_empty() || !record.notes.is_empty()
    {
        page.line("");
    }
    for gate in &record.gates {
        let signed = gate.signed.zip(gate.needed).map(|(signed, needed)| format!(" ({signed} of {needed})"));
        let role = gate.role.as_deref().map(|role| format!(", needs {}", inline(role))).unwrap_or_default();
        let title = inline(&gate.scope.title);
        page.fact("gate", &format!("{title}: {}{}{role}", gate.state, signed.unwrap_or_default()));
    }
    for sign in &record.sign_offs {
        let voided = sign.voided_by.map(|by| format!(" (no longer holds: entry {by})")).unwrap_or_default();
        let said = format!("{} {}{}{voided}", inline(&sign.scope.title), sign.meaning, reason(sign.reason.as_deref()));
        page.fact("sign-off", &format!("{said} · {}", text::stated(sign)));
    }
    for call in calls {
        let said = format!("{} {}{}", inline(&call.role), call.call, reason(call.reason.as_deref()));
        page.fact("call", &format!("{said} · recorded as {}", by(&call.by, &time(call.at))));
    }
    for note in &record.notes {
        page.fact("note", &format!("{} · {}", inline(&note.text), by(&note.by, &time(note.at))));
    }
}

fn state_line(step: &Step) -> String {
    let who = step.by.as_ref().map(|person| format!(" · {}", by(person, &step.at.map(time).unwrap_or_default())));
    let basis = if step.basis == "machine" { " (by machine)" } else { "" };
    let reason = reason(step.reason.as_deref());
    format!("{} {}{basis}{reason}{}", glyph(step.state), step.state, who.unwrap_or_default())
}

fn tried(attempt: &Attempt, evidence: &Evidence, page: &mut Page) {
    let took = attempt.took_ms.map(|ms| format!(", {}", length(ms))).unwrap_or_default();
    page.line(&format!("#{} {}: {}{took}", attempt.number, attempt.outcome, inline(&attempt.ending)));
    if let Some(why) = &attempt.mismatch {
        page.fact("because", &inline(why));
    }
    page.fact("began", &by(&attempt.by, &time(attempt.began)));
    let session = attempt.session.map(|word| format!(", {word} session")).unwrap_or_default();
    let (shell, cwd) = (inline(&attempt.shell), inline(&attempt.cwd));
    page.fact("where", &format!("{shell} in {cwd} ({}{session})", attempt.channel));
    if let Some(answer) = &attempt.resolution {
        let said = format!("{}: {}", answer.verdict, inline(&answer.reason));
        page.fact("resolved", &format!("{said} · {}", by(&answer.by, &time(answer.at))));
    }
    for left in &attempt.left_over {
        page.fact("left", &format!("{} (pid {}) went on", inline(&left.name), left.pid));
    }
    // Command and output stand as they are, unwrapped, so that they can be copied.
    for line in text::block(&attempt.text).lines() {
        writeln!(page.0, "  $ {line}").expect("writing to a String cannot fail");
    }
    let Some(output) = &attempt.output else { return };
    for (n, (kept, said)) in evidence.output(attempt.number).iter().zip(&output.parts).enumerate() {
        if n > 0 && output.dropped > 0 {
            page.line(&format!("  [{} were not kept]", text::bytes(output.dropped)));
        }
        match kept {
            KeptPart::Here { bytes, .. } => {
                for line in text::printed(bytes).lines() {
                    writeln!(page.0, "  │ {line}").expect("writing to a String cannot fail");
                }
            }
            KeptPart::Shredded { by } => {
                page.line(&format!("  [{} were removed; entry {by} says why]", text::bytes(said.bytes)));
            }
            KeptPart::LeftOut => page.line(&format!("  [{} are not here]", text::bytes(said.bytes))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit() {
        assert_eq!(wrap("one two three", 8), ["one two ", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("abc", 5), "abc  ");
    }
}
