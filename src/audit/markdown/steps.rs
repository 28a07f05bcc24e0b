//! The steps of a record: the table, and each step with its evidence.

use super::escape::{code, fenced, plain};
use super::{IncludeOutput, Page, person};
use crate::audit::evidence::{Evidence, KeptPart};
use crate::audit::record::{Attempt, Criterion, Mark, Note, Phase, Record, Step};
use crate::audit::text::{self, length, time};
use crate::run::event::Leftover;

/// Longest line of an output that is shown unless outputs are wanted in full, in characters.
const LINE: usize = 2000;

/// One row for each step that is listed.
pub(super) fn table(record: &Record, page: &mut Page) {
    page.heading(2, "Steps");
    let mut rows = Vec::new();
    for phase in record.phases.iter().filter(|phase| !phase.steps.is_empty()) {
        let walked = if phase.walked { "" } else { ", not walked" };
        let title = format!("**{}** ({}{walked})", plain(&phase.title), phase.role);
        rows.push([format!("**{}**", phase.number), title, String::new(), String::new(), String::new(), String::new()]);
        rows.extend(phase.steps.iter().map(row));
    }
    rows.extend(record.strays.iter().map(row));
    page.table(["No.", "Step", "State", "By", "When", "Reason"], &rows);
    let idle = record.phases.iter().filter(|phase| phase.steps.is_empty() && phase.size > 0);
    let idle: Vec<String> = idle.map(|phase| format!("{} ({})", plain(&phase.title), phase.role)).collect();
    if !idle.is_empty() {
        page.block(&format!("Not walked, and nothing done there: {}.", idle.join(", ")));
    }
}

fn row(step: &Step) -> [String; 6] {
    let by = match (step.basis, &step.by) {
        ("machine", Some(by)) => format!("machine, run by {}", person(by)),
        (_, Some(by)) => person(by),
        (_, None) => String::new(),
    };
    let state = if step.counted || step.by.is_some() { step.state.to_owned() } else { format!("({})", step.state) };
    [
        step.number.clone(),
        plain(&step.title),
        state,
        by,
        step.at.map(time).unwrap_or_default(),
        step.reason.as_deref().map(plain).unwrap_or_default(),
    ]
}

/// Every step about which there is more to say than its row.
pub(super) fn details(record: &Record, evidence: &Evidence, output: IncludeOutput, page: &mut Page) {
    page.heading(2, "Steps in detail");
    if output != IncludeOutput::None {
        page.block(
            "Outputs are shown as text: colours are left out, other control characters are written as `\\x1b`. Their exact \
             bytes are in the journal and in the JSON record.",
        );
    }
    for phase in &record.phases {
        phase_criteria(phase, page);
        for step in &phase.steps {
            detail(step, evidence, output, page);
        }
    }
    if !record.strays.is_empty() {
        page.block("The following steps are in the entries, but not in the runbook as it is read now.");
        for step in &record.strays {
            detail(step, evidence, output, page);
        }
    }
}

fn phase_criteria(phase: &Phase, page: &mut Page) {
    if !phase.walked || (phase.criteria.is_empty() && phase.stop_criteria.is_empty()) {
        return;
    }
    page.heading(3, &format!("Phase {} {}", phase.number, plain(&phase.title)));
    criteria("Passes when", &phase.criteria, page);
    criteria("Stop when", &phase.stop_criteria, page);
}

fn criteria(what: &str, criteria: &[Criterion], page: &mut Page) {
    if !criteria.is_empty() {
        page.block(&format!("{what} (from the document):"));
        let item = |criterion: &Criterion| format!("{} (line {})", plain(&criterion.text), criterion.line);
        page.list(&criteria.iter().map(item).collect::<Vec<_>>());
    }
}

fn detail(step: &Step, evidence: &Evidence, output: IncludeOutput, page: &mut Page) {
    let silent = step.criteria.is_empty()
        && step.attempts.is_empty()
        && step.marks.is_empty()
        && step.notes.is_empty()
        && step.practised.is_empty();
    if silent {
        return;
    }
    page.heading(3, format!("{} {}", step.number, plain(&step.title)).trim_start());
    page.block(&about(step));
    criteria("Passes when", &step.criteria, page);
    let practised = step.practised.iter().map(|practice| {
        let who = person(&practice.by);
        format!("{} {who}: practised, nothing was executed (entry {})", time(practice.at), practice.seq)
    });
    page.list(&practised.collect::<Vec<_>>());
    for attempt in &step.attempts {
        tried(attempt, evidence, output, page);
    }
    if !step.marks.is_empty() {
        page.block("Verdicts:");
        page.list(&step.marks.iter().map(mark).collect::<Vec<_>>());
    }
    if !step.notes.is_empty() {
        page.block("Notes:");
        let note =
            |note: &Note| format!("{} {}: {} (entry {})", time(note.at), person(&note.by), plain(&note.text), note.seq);
        page.list(&step.notes.iter().map(note).collect::<Vec<_>>());
    }
}

/// `**passed** · command, critical, line 42 · owner: db team`.
fn about(step: &Step) -> String {
    let mut kind = vec![step.kind.to_owned()];
    kind.extend(step.critical.then(|| "critical".to_owned()));
    kind.extend(step.optional.then(|| "optional".to_owned()));
    kind.extend(step.counted.then(|| format!("weight {}", step.weight)));
    kind.extend((step.line > 0).then(|| format!("line {}", step.line)));
    let mut parts = vec![format!("**{}**", step.state), kind.join(", ")];
    parts.extend(step.owner.as_deref().map(|owner| format!("owner: {}", plain(owner))));
    parts.extend(step.condition.as_deref().map(|condition| format!("only if: {}", plain(condition))));
    parts.join(" · ")
}

fn mark(mark: &Mark) -> String {
    let reason = mark.reason.as_ref().map(|reason| format!(": {}", plain(reason))).unwrap_or_default();
    let by = mark.ended_by.map(|by| format!("entry {by}")).unwrap_or_default();
    let (strike, after) = match mark.standing {
        "superseded" => ("~~", format!(", superseded by {by}")),
        "reversed" => ("~~", format!(", taken back with {by}")),
        "redone" => ("~~", format!(", no longer holds: the step was done again with {by}")),
        _ => ("", String::new()),
    };
    let said = format!("{strike}{}{strike}", mark.verdict);
    format!("{} {} (entry {}): {said}{reason}{after}", time(mark.at), person(&mark.by), mark.seq)
}

fn tried(attempt: &Attempt, evidence: &Evidence, output: IncludeOutput, page: &mut Page) {
    page.heading(4, &format!("Attempt #{}: {}, {}", attempt.number, attempt.outcome, plain(&attempt.ending)));
    page.list(&circumstances(attempt));
    page.block(&fenced("sh", &text::block(&attempt.text)));
    shown(attempt, evidence, output, page);
}

fn circumstances(attempt: &Attempt) -> Vec<String> {
    let took = attempt.took_ms.map(|ms| format!(", took {}", length(ms))).unwrap_or_default();
    let line = attempt.line.map(|line| format!(", line {line} of the document")).unwrap_or_default();
    let mut facts = vec![
        format!("{} by {}{took} (entry {}{line})", time(attempt.began), person(&attempt.by), attempt.seq),
        format!("{} in {} by {}, risk: {}", code(&attempt.shell), code(&attempt.cwd), attempt.channel, attempt.risk),
    ];
    facts.extend(attempt.session.map(|word| format!("in a {word} session")));
    facts.extend(attempt.matched.map(|matched| {
        if matched { "output as the document expects" } else { "output **not** as the document expects" }.to_owned()
    }));
    facts.extend(attempt.mismatch.as_deref().map(|why| format!("failed because: {}", code(why))));
    if !attempt.stops.is_empty() {
        let stops: Vec<String> = attempt.stops.iter().map(|stop| format!("{} ({})", stop.signal, stop.why)).collect();
        facts.push(format!("asked to stop: {}", stops.join(", ")));
    }
    facts.extend(attempt.output.as_ref().map(|output| {
        let redacted = match output.redacted {
            0 => String::new(),
            redacted => format!(", {}", text::count(redacted, "redaction", "redactions")),
        };
        let sha256 = output.sha256.as_ref().map(|sha256| format!(", SHA-256 `{sha256}`")).unwrap_or_default();
        format!("output: {}{redacted}{sha256}", text::bytes(output.bytes))
    }));
    if !attempt.left_over.is_empty() {
        let process = |left: &Leftover| format!("{} (pid {})", plain(&left.name), left.pid);
        let left: Vec<String> = attempt.left_over.iter().map(process).collect();
        facts.push(format!("left running: {}", left.join(", ")));
    }
    if let Some(answer) = &attempt.resolution {
        let who = format!("{}, {}", person(&answer.by), time(answer.at));
        facts.push(format!("said to have {}: {} ({who})", answer.verdict, plain(&answer.reason)));
    }
    facts
}

fn shown(attempt: &Attempt, evidence: &Evidence, include: IncludeOutput, page: &mut Page) {
    let Some(output) = &attempt.output else { return };
    for (n, (kept, said)) in evidence.output(attempt.number).iter().zip(&output.parts).enumerate() {
        if n > 0 && output.dropped > 0 {
            page.block(&format!("Then {} that were not kept.", text::bytes(output.dropped)));
        }
        let size = text::bytes(said.bytes);
        match (kept, include) {
            (KeptPart::Here { bytes, .. }, IncludeOutput::Head(lines)) => head(bytes, lines, page),
            (KeptPart::Here { bytes, .. }, IncludeOutput::Full) => page.block(&fenced("text", &text::printed(bytes))),
            (KeptPart::Here { .. } | KeptPart::LeftOut, IncludeOutput::None) => {
                page.block(&format!("Kept: {size}, salted digest `{}`.", said.digest));
            }
            (KeptPart::Shredded { by }, _) => {
                page.block(&format!("**Removed**: {size} were shredded; entry {by} says why."));
            }
            (KeptPart::LeftOut, IncludeOutput::Head(_) | IncludeOutput::Full) => {
                page.block(&format!("Left out here: {size}."));
            }
        }
    }
}

fn head(bytes: &[u8], limit: usize, page: &mut Page) {
    // What is not shown is not made readable, only counted: line ends stay line ends, and nothing else becomes one.
    let length = bytes.split_inclusive(|byte| *byte == b'\n').take(limit).map(<[u8]>::len).sum();
    let (first, rest) = bytes.split_at(length);
    let cut = |line: &str| match line.char_indices().nth(LINE) {
        None => line.to_owned(),
        Some((at, _)) => format!("{} … ({} more characters)", &line[..at], line[at..].chars().count()),
    };
    let shown: Vec<String> = text::printed(first).lines().map(cut).collect();
    page.block(&fenced("text", &shown.join("\n")));
    let last = rest.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    // Counted in pieces that a byte can count, which takes a tenth of the time.
    let ends = rest.chunks(255).map(|piece| usize::from(piece.iter().map(|byte| u8::from(*byte == b'\n')).sum::<u8>()));
    let more = ends.sum::<usize>() + usize::from(!text::printed(last).is_empty());
    if more > 0 {
        let more = text::count(more, "more line", "more lines");
        page.block(&format!("Not shown here: {more}."));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_is_shown_and_the_rest_counted() {
        let shown = |bytes: &[u8], limit| {
            let mut page = Page(String::new());
            head(bytes, limit, &mut page);
            page.0
        };
        assert_eq!(shown(b"a\r\nb\n", 2), "```text\na\nb\n```\n\n");
        assert_eq!(shown(b"a\nb\nc\n\nd", 2), "```text\na\nb\n```\n\nNot shown here: 3 more lines.\n\n");
        assert_eq!(shown(b"a\nb\n\x1b[0m", 1), "```text\na\n```\n\nNot shown here: 1 more line.\n\n");
        assert_eq!(shown(b"a\nb", 0), "```text\n```\n\nNot shown here: 2 more lines.\n\n");
    }
}
