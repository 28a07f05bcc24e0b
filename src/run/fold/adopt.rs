//! What the adoption of an edited runbook does to what was recorded before it.
//!
//! Nothing is taken away. Of a step that changed or is gone, marks and attempts become stale; of a step with another id they
//! are found under that one.

use super::Act;
use crate::run::event::{Adopted, ChangeKind, Scope};
use crate::run::{Edition, OfStep, Run, Standing};
use crate::runbook::StepId;
use std::collections::{BTreeMap, HashMap};

impl Run {
    pub(super) fn adopt(&mut self, adopted: &Adopted, Act { seq, by, at }: Act) {
        // What was corrected spoke of lines of the former text.
        self.corrections.clear();
        for change in &adopted.steps {
            match (change.change, &change.was) {
                (ChangeKind::Changed | ChangeKind::Gone, Some(step)) => self.make_stale(step, seq),
                (ChangeKind::Added | ChangeKind::Moved | ChangeKind::Renamed, _)
                | (ChangeKind::Changed | ChangeKind::Gone, None) => {}
            }
        }
        let other = |change: &crate::run::event::StepChange| {
            let (was, now) = (change.was.clone()?, change.now.clone()?);
            (was != now).then_some((was, now))
        };
        let renamed: BTreeMap<StepId, StepId> = adopted.steps.iter().filter_map(other).collect();
        for sign in self.sign_offs.iter_mut().filter(|sign| sign.voided.is_none()) {
            if adopted.voided.contains(&sign.scope) {
                sign.voided = Some(seq);
            }
        }
        if !renamed.is_empty() {
            self.rename(&renamed);
        }
        let renamed = renamed.into_iter().map(|(was, now)| (now, was)).collect();
        self.editions.push(Edition { seq, runbook: adopted.runbook, from: adopted.from, renamed, by, at });
    }

    fn make_stale(&mut self, step: &StepId, seq: u64) {
        self.void_mark(step, Standing::Stale { by: seq });
        let places = self.by_step.get(step).map(|of_step| of_step.attempts.clone()).unwrap_or_default();
        for place in places {
            self.attempts[place].stale.get_or_insert(seq);
        }
        self.rehearsed.retain(|target| target.step != *step);
    }

    fn rename(&mut self, renamed: &BTreeMap<StepId, StepId>) {
        let rename = |step: &mut StepId| {
            if let Some(now) = renamed.get(step) {
                *step = now.clone();
            }
        };
        self.attempts.iter_mut().for_each(|attempt| rename(&mut attempt.intended.target.step));
        self.marks.iter_mut().for_each(|mark| rename(&mut mark.step));
        self.notes.iter_mut().filter_map(|note| note.step.as_mut()).for_each(rename);
        self.deviations.iter_mut().filter_map(|deviation| deviation.step.as_mut()).for_each(rename);
        for sign in &mut self.sign_offs {
            if let Scope::Step(step) = &mut sign.scope {
                rename(step);
            }
        }
        for glass in &mut self.overrides {
            if let Scope::Step(step) = &mut glass.scope {
                rename(step);
            }
        }
        let practised = std::mem::take(&mut self.rehearsed);
        self.rehearsed.extend(practised.into_iter().map(|mut target| {
            rename(&mut target.step);
            target
        }));
        // Two ids never fall together: an id that both versions have names the same step in both.
        let by_step: HashMap<StepId, OfStep> = std::mem::take(&mut self.by_step);
        self.by_step.extend(by_step.into_iter().map(|(mut step, of_step)| {
            rename(&mut step);
            (step, of_step)
        }));
    }
}
