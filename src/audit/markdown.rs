//! The record as a document for an auditor: first what, who, when, the answer and the exceptions; then every step with its
//! evidence; last how to check that none of it was edited.
//!
//! It is a view: the JSON record and the journal are what can be verified. The same input gives the same bytes.

mod by_itself;
mod escape;
mod registers;
mod steps;

use super::evidence::Evidence;
use super::record::{Person, Record, Tally};
use super::text::{self, time};
use escape::{code_cell, plain};

/// How much of the kept outputs is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IncludeOutput {
    /// The first lines of each; 40 is a good number.
    Head(usize),
    Full,
    /// Lengths and digests only.
    None,
}

/// Writes the document. `evidence` is what the record was composed from; outputs are taken from it.
#[must_use]
pub fn markdown(record: &Record, evidence: &Evidence, output: IncludeOutput) -> String {
    let mut page = Page(String::new());
    summary(record, &mut page);
    registers::exceptions(record, &mut page);
    by_itself::by_itself(record, &mut page);
    steps::table(record, &mut page);
    registers::people(record, &mut page);
    steps::details(record, evidence, output, &mut page);
    registers::verification(record, &mut page);
    page.0.truncate(page.0.trim_end().len());
    page.0 + "\n"
}

/// A document under construction: blocks, each followed by an empty line.
struct Page(String);

impl Page {
    fn block(&mut self, text: &str) {
        self.0.push_str(text.trim_end_matches('\n'));
        self.0.push_str("\n\n");
    }

    fn heading(&mut self, level: usize, text: &str) {
        let text = if text.is_empty() { "(no title)" } else { text };
        self.block(&format!("{} {text}", "#".repeat(level)));
    }

    fn list(&mut self, items: &[String]) {
        if !items.is_empty() {
            self.block(&format!("- {}", items.join("\n- ")));
        }
    }

    /// `cells` must be escaped already.
    fn table<const N: usize>(&mut self, head: [&str; N], rows: &[[String; N]]) {
        let rule = ["---"; N].join("|");
        let mut lines = vec![format!("| {} |\n|{rule}|", head.join(" | "))];
        lines.extend(rows.iter().map(|row| format!("| {} |", row.join(" | "))));
        self.block(&lines.join("\n"));
    }
}

/// A person in a cell or a line.
fn person(person: &Person) -> String {
    plain(&text::person(person))
}

fn summary(record: &Record, page: &mut Page) {
    let rehearsal = if record.rehearsal { "REHEARSAL: " } else { "" };
    page.heading(1, &format!("{rehearsal}{}", plain(&record.document.title)));
    if record.rehearsal {
        page.block("> **REHEARSAL.** Nothing was executed. This record says nothing about readiness.");
    }
    page.block(&format!("**{}** · {}", record.verdict.word, percent(record)));
    page.list(&record.verdict.why.iter().map(|why| plain(why)).collect::<Vec<_>>());
    let facts = facts(record);
    page.table(["What", "As recorded"], &facts);
    page.block(&format!("How the answer is found. {}", record.verdict.rule));
}

/// `94 % (45 of 48 by weight)`, and what the document claims.
pub(super) fn percent(record: &Record) -> String {
    let figures = &record.readiness;
    let percent = match figures.percent {
        Some(percent) => format!("{percent} % ({} of {} by weight)", figures.earned, figures.total),
        None => "no percentage: there is nothing to count".to_owned(),
    };
    match figures.claimed {
        Some(claimed) => format!("{percent} · the document itself claims {claimed} %"),
        None => percent,
    }
}

fn facts(record: &Record) -> Vec<[String; 2]> {
    let run = &record.run;
    let document = &record.document;
    let closed = match &run.closed {
        None => "not closed".to_owned(),
        Some(closed) => {
            let percent = closed.percent.map(|percent| format!(", {percent} %")).unwrap_or_default();
            let reason = closed.reason.as_ref().map(|reason| format!(": {}", plain(reason))).unwrap_or_default();
            let differs = if closed.agrees { "" } else { " **(this is no longer what the entries say)**" };
            let verdict = plain(&closed.verdict);
            let sealed = match &closed.signature {
                Some(signature) => format!("; sealed: {}", plain(&text::signed(signature))),
                None => "; unsealed: nobody signed it".to_owned(),
            };
            format!("{} by {}, as {verdict}{percent}{reason}{differs}{sealed}", time(closed.at), person(&closed.by))
        }
    };
    let mut facts = vec![
        fact("Runbook", &format!("{} · {} lines · {}", code_cell(&document.path), document.lines, document.layout)),
        fact("Runbook SHA-256", &code_cell(&document.sha256)),
        fact("Run", &format!("{} ({})", code_cell(&run.id), run.kind)),
        fact("Opened", &format!("{} by {}", time(run.opened.at), person(&run.opened.by))),
        fact("Closed", &closed),
        fact("Steps", &tally(&record.readiness.counts)),
        fact("Deviations", &record.deviations.len().to_string()),
        fact("Back-out", &back_out(record)),
        fact("Made with", &plain(&run.program)),
        fact(
            "Entries",
            &format!("{} · {} to {}", record.chain.entries, time(record.chain.first_at), time(record.chain.last_at)),
        ),
        fact("Head of the chain", &code_cell(&record.chain.head)),
    ];
    let about = document.about.iter().map(|(name, said)| fact(&format!("Runbook {name}"), &plain(said)));
    facts.splice(2..2, about);
    if let Some(ticket) = &run.ticket {
        facts.insert(0, fact("Ticket", &plain(ticket)));
    }
    for revision in &record.revisions {
        let steps = revision.steps.iter().map(|step| plain(step)).collect::<Vec<_>>().join(", ");
        let steps = if steps.is_empty() { steps } else { format!(": {steps}") };
        let who = format!("{} by {}", time(revision.at), person(&revision.by));
        let said = format!("{} {}{steps} · {who}", revision.decision, code_cell(&revision.sha256));
        facts.push(fact("Edited runbook", &said));
    }
    if let Some(repaired) = document.repaired {
        facts.push(fact("Encoding", &format!("{}, repaired from {repaired}", document.encoding)));
    }
    facts
}

fn fact(what: &str, said: &str) -> [String; 2] {
    [what.to_owned(), said.to_owned()]
}

/// `12 counted, 10 settled: 8 passed, 2 waived; 2 open`.
pub(super) fn tally(tally: &Tally) -> String {
    let words = [
        (tally.passed, "passed"),
        (tally.remarks, "passed with remarks"),
        (tally.waived, "waived"),
        (tally.not_applicable, "not applicable"),
        (tally.failed, "failed"),
        (tally.unknown, "unknown"),
        (tally.waiting, "waiting"),
        (tally.ran, "ran, not confirmed"),
        (tally.stale, "stale"),
        (tally.running, "running"),
        (tally.deferred, "deferred"),
        (tally.open, "open"),
    ];
    let there = words.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}"));
    let parts: Vec<String> = there.collect();
    format!("{} counted, {} settled: {}", tally.steps, tally.settled, parts.join(", "))
}

/// Whether there was a way back, and whether it was taken.
pub(super) fn back_out(record: &Record) -> String {
    let mut there = record.phases.iter().filter(|phase| phase.role == "rollback" && phase.size > 0).peekable();
    if there.peek().is_none() {
        return "the runbook has no rollback steps".to_owned();
    }
    let used: Vec<String> = there.filter(|phase| !phase.steps.is_empty()).map(|phase| plain(&phase.title)).collect();
    if used.is_empty() { "not used".to_owned() } else { format!("**used**: {}", used.join(", ")) }
}
