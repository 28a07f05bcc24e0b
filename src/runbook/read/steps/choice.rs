//! Steps of which one is taken: "Option A" and "Option B", "Method 1" and "Method 2".

use crate::runbook::read::text::{self, Counters};
use crate::runbook::{Rare, Step, StepId, StepKind};

/// Siblings named Option A and B, Method 1 and 2 are alternatives.
pub fn is_choice(steps: &[Step]) -> bool {
    steps.len() > 1 && steps.iter().all(is_alternative)
}

/// Alternatives among other steps become one step of which one child is taken.
pub fn gather_choices(steps: &mut Vec<Step>, title: &str) {
    let mut from = 0;
    while let Some(start) = (from..steps.len()).find(|at| is_alternative(&steps[*at])) {
        let count = steps[start..].iter().take_while(|step| is_alternative(step)).count();
        from = start + 1;
        if count < 2 {
            continue;
        }
        let children: Vec<Step> = steps.drain(start..start + count).collect();
        // What takes one of them back, and where more about it stands, is said of that one alone.
        let said = children[0].rare.as_deref().cloned().unwrap_or_default();
        let mut choice = Step {
            title: title.to_owned(),
            kind: StepKind::Choice,
            blocks: Vec::new(),
            criteria: Vec::new(),
            steps: Vec::new(),
            id: StepId(String::new()),
            critical: children.iter().all(|child| child.critical),
            weight: children
                .iter()
                .skip(1)
                .fold(children[0].weight, |all, child| if child.weight == all { all } else { 0 }),
            rare: Rare { rollback: None, link: None, ..said }.kept(),
            ..children[0].clone()
        };
        choice.span.end = children[count - 1].span.end;
        choice.steps = children;
        steps.insert(start, choice);
    }
}

fn is_alternative(step: &Step) -> bool {
    text::split_counted(&step.title, &ALTERNATIVES).is_some()
}

const ALTERNATIVES: Counters = Counters::new(&[
    "option",
    "method",
    "scenario",
    "variant",
    "alternative",
    "methode",
    "méthode",
    "opción",
    "opção",
    "方法",
    "方案",
    "选项",
]);
