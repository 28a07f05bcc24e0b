//! `levels: {phase: h2, step: h3}` in the front matter: which headings are phases and which are steps, where the document
//! does not show it.
//!
//! What the levels make of the headings is decided in [`super::sections`] and [`super::steps`].

use super::findings::Findings;
use super::front::ill_formed;
use super::options::unknown;
use crate::runbook::yaml::Node;
use crate::runbook::{FrontMatter, Span};

/// Takes in the levels that can be meant.
pub fn read(node: &Node, span: &Span, front: &mut FrontMatter, findings: &mut Findings) {
    if node.entries().is_empty() && *node != Node::Null {
        ill_formed("levels", "levels: {phase: h2, step: h3}", span, findings);
    }
    for (key, node) in node.entries() {
        match key.as_str() {
            "phase" => front.phase_level = level(node, span, findings),
            "step" => front.step_level = level(node, span, findings),
            other => unknown(other, "level", &["phase", "step"], span, findings),
        }
    }
    // Nothing stands above a heading of the first level.
    let phase = front.phase_level.or(front.step_level.filter(|step| *step == 1));
    if let Some((phase, step)) = phase.zip(front.step_level).filter(|(phase, step)| step <= phase) {
        front.step_level = None;
        say_not_deeper(phase, step, span, findings);
    }
}

/// Says that no step can stand below a phase, so that the steps are found as if nothing had been said.
pub fn say_not_deeper(phase: u8, step: u8, span: &Span, findings: &mut Findings) {
    let (above, below) = if step > 1 { (step - 1, step) } else { (1, 2) };
    findings
        .warning("bad-value", format!("steps at h{step} do not stand below phases at h{phase}"), span.clone())
        .hint(format!("write levels: {{phase: h{above}, step: h{below}}}, or a deeper level for steps"));
}

fn level(node: &Node, span: &Span, findings: &mut Findings) -> Option<u8> {
    let word = node.word().unwrap_or_default().to_lowercase();
    let level = word.trim_start_matches('h').parse().ok().filter(|level| (1..=6).contains(level));
    if level.is_none() {
        findings.warning("bad-value", format!("`{word}` is no heading"), span.clone()).hint("write h1 to h6");
    }
    level
}
