//! The record for a build server, as `JUnit` XML: a phase is a suite, a counted step a test case.
//!
//! The form is the narrowest that is in use: what the schema of Ant's `JUnit` task and that of Jenkins' `xUnit` plug-in both
//! allow. It fails closed: a step that nobody settled is an error, and a last suite holds gates, calls and the verdict, so
//! that a run is green exactly when it is GO. Waived and not applicable are skipped, with their reasons. XML 1.0 has no
//! control characters, so they are shown as `\x1b`.

use super::evidence::{Evidence, KeptPart};
use super::markdown::IncludeOutput;
use super::record::{Phase, Record, Step};
use super::text;
use chrono::{DateTime, Utc};
use std::fmt::Write as _;

/// How a case came out.
enum Came {
    Passed,
    Failed {
        kind: &'static str,
        message: String,
    },
    /// Not settled, so not shown to be good.
    Open {
        kind: &'static str,
        message: String,
    },
    Skipped {
        message: String,
    },
}

struct Case {
    name: String,
    class: String,
    took_ms: u64,
    came: Came,
}

struct Suite {
    name: String,
    at: DateTime<Utc>,
    properties: Vec<(&'static str, String)>,
    cases: Vec<Case>,
    printed: String,
}

/// Writes the document.
#[must_use]
pub fn junit(record: &Record, evidence: &Evidence, output: IncludeOutput) -> String {
    let counted = record.phases.iter().filter(|phase| phase.steps.iter().any(|step| step.counted));
    let suites = counted.map(|phase| of_phase(phase, record, evidence, output)).chain([last(record)]);
    let mut page = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    for (id, suite) in suites.enumerate() {
        suite.write(id, record, &mut page);
    }
    page + "</testsuites>\n"
}

fn of_phase(phase: &Phase, record: &Record, evidence: &Evidence, output: IncludeOutput) -> Suite {
    let times = phase.steps.iter().flat_map(|step| step.attempts.iter().map(|attempt| attempt.began).chain(step.at));
    Suite {
        name: format!("{} {}", phase.number, phase.title),
        at: times.min().unwrap_or(record.run.opened.at),
        properties: Vec::new(),
        cases: phase.steps.iter().filter(|step| step.counted).map(|step| of_step(step, phase, record)).collect(),
        printed: phase.steps.iter().map(|step| printed(step, evidence, output)).collect(),
    }
}

fn of_step(step: &Step, phase: &Phase, record: &Record) -> Case {
    let by = step.by.as_ref().map(|by| format!(", {}", text::person(by))).unwrap_or_default();
    let reason = step.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let message = format!("{}{reason}{by}", step.state);
    let came = match step.state {
        "passed" | "passed with remarks" => Came::Passed,
        "failed" => Came::Failed { kind: "failed", message },
        "waived" | "not applicable" => Came::Skipped { message },
        // An optional step that nobody began keeps nothing from GO.
        "open" if step.optional => Came::Skipped { message: "optional, not done".to_owned() },
        state => Came::Open { kind: state, message },
    };
    Case {
        name: format!("{} {}", step.number, step.title),
        class: format!("{}.{}", record.document.title, phase.title),
        took_ms: step.attempts.iter().filter_map(|attempt| attempt.took_ms).sum(),
        came,
    }
}

/// Gates, calls and the verdict.
fn last(record: &Record) -> Suite {
    let class = format!("{}.verdict", record.document.title);
    let row = |name: String, came| Case { name, class: class.clone(), took_ms: 0, came };
    let mut cases = Vec::new();
    for gate in &record.gates {
        let who = gate.role.as_deref().unwrap_or("any person");
        let message = format!("{}: {} × {who}", gate.state, gate.min);
        let came = match gate.state {
            "released" => Came::Passed,
            "rejected" => Came::Failed { kind: "rejected", message },
            state => Came::Open { kind: state, message },
        };
        cases.push(row(format!("gate: {} {}", gate.scope.kind, gate.scope.title), came));
    }
    for call in record.calls.iter().filter(|call| call.superseded_by.is_none()) {
        let reason = call.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let message = format!("{}{reason}, {}", call.call, text::person(&call.by));
        let came = if call.call == "GO" { Came::Passed } else { Came::Failed { kind: "call", message } };
        cases.push(row(format!("call: {}", call.role), came));
    }
    let why = record.verdict.why.join("; ");
    let came = match record.verdict.word {
        "GO" => Came::Passed,
        "NO-GO" => Came::Failed { kind: "NO-GO", message: why },
        word => Came::Open { kind: word, message: why },
    };
    cases.push(row(format!("verdict: {}", record.verdict.word), came));
    let (run, document) = (&record.run, &record.document);
    let percent = record.readiness.percent.map_or_else(|| "nothing to count".to_owned(), |percent| percent.to_string());
    let properties = vec![
        ("run", run.id.clone()),
        ("kind", run.kind.to_owned()),
        ("verdict", record.verdict.word.to_owned()),
        ("percent", percent),
        ("runbook", document.path.clone()),
        ("runbook.sha256", document.sha256.clone()),
        ("chain.entries", record.chain.entries.to_string()),
        ("chain.head", record.chain.head.clone()),
        ("deviations", record.deviations.len().to_string()),
        ("program", run.program.clone()),
    ];
    let at = run.closed.as_ref().map_or(record.chain.last_at, |closed| closed.at);
    let rehearsal = "REHEARSAL: nothing was executed.\n".to_owned();
    let printed = if record.rehearsal { rehearsal } else { String::new() };
    Suite { name: "gates, calls, verdict".to_owned(), at, properties, cases, printed }
}

/// What the commands of a step printed, under the commands.
fn printed(step: &Step, evidence: &Evidence, output: IncludeOutput) -> String {
    let mut shown = String::new();
    for attempt in &step.attempts {
        let number = text::inline(&step.number);
        write!(shown, "== {number} attempt #{}: {}\n{}", attempt.number, attempt.ending, text::block(&attempt.text))
            .expect("writing to a String cannot fail");
        for (place, part) in evidence.output(attempt.number).iter().enumerate() {
            let dropped = attempt.output.as_ref().map_or(0, |output| output.dropped);
            if place > 0 && dropped > 0 {
                writeln!(shown, "({dropped} bytes were not kept)").expect("writing to a String cannot fail");
            }
            shown.push_str(&part_shown(part, output));
        }
    }
    shown
}

fn part_shown(part: &KeptPart, output: IncludeOutput) -> String {
    let whole = match (part, output) {
        (KeptPart::Here { bytes, .. }, IncludeOutput::Full) => text::printed(bytes),
        (KeptPart::Here { bytes, .. }, IncludeOutput::Head(lines)) => {
            let all = text::printed(bytes);
            let shown: Vec<&str> = all.lines().take(lines).collect();
            let more = all.lines().count() - shown.len();
            let rest = if more > 0 { format!("\n({more} more lines)") } else { String::new() };
            shown.join("\n") + &rest
        }
        (KeptPart::Shredded { by }, _) => format!("(removed; entry {by} says why)"),
        (KeptPart::LeftOut, _) | (KeptPart::Here { .. }, IncludeOutput::None) => "(left out)".to_owned(),
    };
    whole.trim_end_matches('\n').to_owned() + "\n"
}

impl Suite {
    fn write(&self, id: usize, record: &Record, page: &mut String) {
        let count = |fits: fn(&Came) -> bool| self.cases.iter().filter(|case| fits(&case.came)).count();
        let [failures, errors, skipped] = [
            count(|came| matches!(came, Came::Failed { .. })),
            count(|came| matches!(came, Came::Open { .. })),
            count(|came| matches!(came, Came::Skipped { .. })),
        ];
        let name = token(&self.name);
        let host = token(&record.run.opened.by.host);
        let time = seconds(self.cases.iter().map(|case| case.took_ms).sum());
        let at = self.at.format("%Y-%m-%dT%H:%M:%S");
        let tests = self.cases.len();
        let package = token(&record.document.title);
        let mut line = |line: &str| {
            page.push_str(line);
            page.push('\n');
        };
        line(&format!(
            r#"<testsuite id="{id}" name="{name}" package="{package}" timestamp="{at}" hostname="{host}" tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}" time="{time}">"#
        ));
        line("<properties>");
        for (name, value) in &self.properties {
            line(&format!(r#"<property name="{name}" value="{}"/>"#, escaped(&text::inline(value))));
        }
        line("</properties>");
        self.cases.iter().for_each(|case| line(&case.written()));
        line(&format!("<system-out>{}</system-out>", escaped(&text::block(&self.printed))));
        line("<system-err></system-err>\n</testsuite>");
    }
}

impl Case {
    fn written(&self) -> String {
        let (name, class, time) = (token(&self.name), token(&self.class), seconds(self.took_ms));
        let start = format!(r#"<testcase name="{name}" classname="{class}" time="{time}""#);
        let said = |message: &String| escaped(&text::inline(message));
        match &self.came {
            Came::Passed => format!("{start}/>"),
            Came::Failed { kind, message } => {
                format!(r#"{start}><failure type="{kind}" message="{}"/></testcase>"#, said(message))
            }
            Came::Open { kind, message } => {
                format!(r#"{start}><error type="{kind}" message="{}"/></testcase>"#, said(message))
            }
            Came::Skipped { message } => format!(r#"{start}><skipped message="{}"/></testcase>"#, said(message)),
        }
    }
}

/// A name in an attribute: never empty.
fn token(name: &str) -> String {
    let name = escaped(text::inline(name).trim());
    if name.is_empty() { "-".to_owned() } else { name }
}

/// `12.345`: seconds with a point, whatever the locale.
fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

/// Text as XML 1.0 takes it (§2.2, §2.4); controls are escaped already, and two code points are no characters.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}
