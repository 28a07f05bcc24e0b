//! Numbers and ids: unique in the runbook, stable as long as titles are.

use super::findings::Findings;
use crate::runbook::{Phase, PhaseId, Step, StepId};
use std::collections::HashMap;

/// Numbers phases and steps and gives each the author's id or a slug of its title.
pub fn assign(phases: &mut [Phase], findings: &mut Findings) {
    let mut ids = Ids::default();
    let mut step_ids = Ids::default();
    let mut number = 0;
    for phase in phases {
        if phase.id.0 != "preamble" {
            number += 1;
            phase.number = number;
        }
        phase.id = PhaseId(ids.take(&phase.id.0, &phase.title, "phase", phase.line, &phase.span, findings));
        let prefix = phase.number.to_string();
        assign_steps(&mut phase.steps, &prefix, &mut step_ids, findings);
    }
}

fn assign_steps(steps: &mut [Step], prefix: &str, ids: &mut Ids, findings: &mut Findings) {
    for (at, step) in steps.iter_mut().enumerate() {
        step.number = format!("{prefix}.{}", at + 1);
        step.id = StepId(ids.take(&step.id.0, &step.title, "step", step.line, &step.span, findings));
        assign_steps(&mut step.steps, &step.number, ids, findings);
    }
}

#[derive(Default)]
struct Ids {
    /// How often a slug was given, so that the next one needs no search.
    given: HashMap<String, u32>,
}

impl Ids {
    fn take(
        &mut self,
        explicit: &str,
        title: &str,
        kind: &str,
        line: u32,
        span: &crate::runbook::Span,
        findings: &mut Findings,
    ) -> String {
        let base = if explicit.is_empty() { slug(title) } else { explicit.to_owned() };
        let base = if base.is_empty() { kind.to_owned() } else { base };
        let Some(count) = self.given.get(&base).copied() else {
            self.given.insert(base.clone(), 1);
            return base;
        };
        if !explicit.is_empty() {
            let message = format!("the id `{explicit}` is used more than once");
            findings
                .error("duplicate-id", message, span.clone())
                .hint(format!("give the {kind} in line {line} an id of its own"));
        }
        let mut count = count + 1;
        let mut id = format!("{base}-{count}");
        while self.given.contains_key(&id) {
            count += 1;
            id = format!("{base}-{count}");
        }
        self.given.insert(base, count);
        self.given.insert(id.clone(), 1);
        id
    }
}

/// Lower case letters and digits of any script with single hyphens between words; at most 60 characters.
#[must_use]
pub fn slug(title: &str) -> String {
    let mut slug = String::new();
    let mut count = 0;
    for c in title.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            slug.push(c);
            count += 1;
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if count >= 60 {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}
