//! What ran by itself: the answers to the question whether it may, probes, hooks.

use super::escape::{code, code_cell, fenced, plain};
use super::{Page, person};
use crate::audit::record::{HookRan, ProbeRan, Record, TrustAnswer};
use crate::audit::text::{self, length, time};

/// The section, if there is anything to say.
pub(super) fn by_itself(record: &Record, page: &mut Page) {
    let all = &record.by_itself;
    if all.is_empty() {
        return;
    }
    page.heading(2, "What ran by itself");
    page.block("Programs that nobody started with a key of their own. Nothing of the kind runs unless its exact bytes are trusted.");
    page.list(&all.answers.iter().map(answer).collect::<Vec<_>>());
    if !all.probes.is_empty() {
        page.heading(3, "Probes of what the runbook requires");
        let rows: Vec<[String; 6]> = all.probes.iter().map(probe).collect();
        page.table(["Entry", "Asked", "Ended", "Answer", "When, by", "Why it might"], &rows);
    }
    if !all.hooks.is_empty() {
        page.heading(3, "Hooks");
        for hook in &all.hooks {
            ran(hook, page);
        }
    }
}

fn answer(answer: &TrustAnswer) -> String {
    let what: Vec<String> = answer.what.iter().map(|what| code(what)).collect();
    let who = format!("{}, {}, entry {}", person(&answer.by), time(answer.at), answer.seq);
    format!("**{}** by {who}: {}", answer.answer, what.join("; "))
}

fn probe(probe: &ProbeRan) -> [String; 6] {
    let fits = if probe.fits { "" } else { " (**not as required**)" };
    [
        probe.seq.to_string(),
        code_cell(&probe.text),
        probe.ending.as_deref().map(plain).unwrap_or_default(),
        format!("{}{fits}", plain(&probe.said)),
        format!("{}, {}", time(probe.at), person(&probe.by)),
        plain(&probe.grounds),
    ]
}

fn ran(hook: &HookRan, page: &mut Page) {
    let took = hook.took_ms.map(|ms| format!(" after {}", length(ms))).unwrap_or_default();
    let about = hook.title.as_ref().or(hook.step.as_ref()).map(|step| format!(", after step {}", plain(step)));
    page.block(&format!("**{}**{}: {}{took}", hook.hook, about.unwrap_or_default(), plain(&hook.ending)));
    page.block(&fenced("sh", &text::block(&hook.text)));
    let mut facts = vec![
        format!("{} by {} (entry {})", time(hook.at), person(&hook.by), hook.seq),
        format!("defined in {}; allowed by: {}", code(&hook.from), plain(&hook.grounds)),
    ];
    facts.extend((!hook.said.is_empty()).then(|| "the end of what it said:".to_owned()));
    page.list(&facts);
    if !hook.said.is_empty() {
        page.block(&fenced("text", &text::block(&hook.said)));
    }
}
