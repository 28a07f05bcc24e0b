//! Where steps are found by their id without a look at every other step: a long runbook is walked step by step.
//!
//! It is a memory of the tree, not a part of it: whoever asks compares what is found, and looks everywhere when it is not
//! there.

use super::{Phase, Step, StepId};
use std::collections::HashMap;

#[derive(Clone, Default)]
pub struct Places {
    /// For each step the phase and the step of its first level that hold it.
    of: HashMap<StepId, (usize, usize)>,
    gates: Option<Gates>,
}

/// Whether there is any gate at all: mostly there is none, and nothing has to be looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gates {
    None,
    Some,
}

pub(super) fn has_gates(phases: &[Phase]) -> bool {
    phases
        .iter()
        .any(|phase| phase.gate.is_some() || phase.steps.iter().flat_map(Step::subtree).any(|step| step.gate.is_some()))
}

impl Places {
    pub(super) fn of(phases: &[Phase]) -> Self {
        let mut of = HashMap::new();
        for (phase, steps) in phases.iter().map(|phase| &phase.steps).enumerate() {
            for (top, step) in steps.iter().enumerate() {
                of.extend(step.subtree().map(|inner| (inner.id.clone(), (phase, top))));
            }
        }
        let gates = if has_gates(phases) { Gates::Some } else { Gates::None };
        Self { of, gates: Some(gates) }
    }

    /// `None` as long as nothing is remembered.
    pub(super) fn has_gates(&self) -> Option<bool> {
        self.gates.map(|gates| gates == Gates::Some)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.gates.is_none()
    }

    /// The number of the phase, and the step.
    pub(super) fn find<'p>(&self, phases: &'p [Phase], id: &StepId) -> Option<(usize, &'p Step)> {
        let (phase, top) = *self.of.get(id)?;
        let top = phases.get(phase)?.steps.get(top)?;
        Some((phase, top.subtree().find(|step| step.id == *id)?))
    }
}

impl std::fmt::Debug for Places {
    /// It says nothing that the tree does not say.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Places")
    }
}

#[cfg(test)]
mod tests {
    use crate::runbook::StepId;
    use crate::runbook::read::read;

    const BOOK: &str =
        "# B\n\n## Prepare\n\n- [ ] Ring\n  - [ ] Twice\n- [ ] Wait\n\n## Act\n\n### Group\n\n- [ ] One\n- [ ] Two\n";

    #[test]
    fn every_step_is_found_where_a_look_at_all_of_them_finds_it() {
        let plain = read("b.md", BOOK.as_bytes()).unwrap();
        let mut indexed = plain.clone();
        indexed.index();
        let ids: Vec<StepId> = plain.steps().map(|step| step.id.clone()).collect();
        assert!(ids.len() >= 6, "{ids:?}");
        for id in ids.iter().chain(&[StepId("nowhere".into())]) {
            let told = |book: &crate::runbook::Runbook| {
                (
                    book.step(id).map(|step| step.line),
                    book.phase_number_of(id),
                    book.phase_of(id).map(|phase| phase.line),
                )
            };
            assert_eq!(told(&indexed), told(&plain), "{id}");
        }
    }

    #[test]
    fn a_gate_anywhere_is_known_of() {
        for (gate, is_there) in [("", false), (" {gate=dba}", true)] {
            let mut book = read("b.md", format!("{BOOK}- [ ] Three{gate}\n").as_bytes()).unwrap();
            assert_eq!(book.has_gates(), is_there);
            book.index();
            assert_eq!(book.has_gates(), is_there);
        }
    }
}
