//! What goes on without a key: a wish that waited for a hook, and the clocks of timed steps.

use crate::run::Attempt;
use crate::run::decide::Intent;
use crate::run::event::AttemptId;
use crate::run::state::step_state;
use crate::runbook::Step;
use crate::tui::keys::Action;
use crate::tui::msg::{Act, Facts, Window};
use crate::tui::ui::Ui;

/// Utters a wish again whose hook has ended, and says which clock has run out.
pub(super) fn look(ui: &mut Ui, facts: &Facts<'_>) -> Vec<Act> {
    let mut acts = Vec::new();
    if facts.hook.is_none()
        && let Some(wish) = ui.waits.take()
    {
        acts.push(Act::Intend(wish));
    }
    tell_failed_hook(ui, facts);
    for (id, _) in facts.run.soaks.iter().filter(|(_, soak)| soak.goes() && soak.left_ms(facts.now) == 0) {
        let Some(step) = facts.book.step(id).filter(|step| !step_state(facts.run, step).is_settled()) else { continue };
        if ui.soaked.insert(id.clone()) {
            let text = format!(
                "{} {}: its time is over; {} signs it off",
                step.number,
                step.title,
                ui.keymap.key(Action::SignOff)
            );
            ui.tell(text.clone());
            if ui.window != Window::Focused {
                acts.push(Act::Notify(text));
            }
        }
    }
    acts
}

/// A hook after a step may fail without anybody waiting for it.
fn tell_failed_hook(ui: &mut Ui, facts: &Facts<'_>) {
    let failed = facts.run.hooks.last().filter(|hook| hook.ended.is_some() && !hook.has_succeeded());
    if let Some(hook) = failed.filter(|hook| ui.told_hook < hook.seq) {
        ui.told_hook = hook.seq;
        ui.warn(format!("the {} hook “{}”: {}", hook.began.hook.word(), hook.began.command, hook.outcome()));
    }
}

/// Begins the clock of a timed step, or lets it go on.
pub(super) fn begin(step: &Step, facts: &Facts<'_>) -> Option<Vec<Act>> {
    step.soak_s()?;
    let over = facts.run.soaks.get(&step.id).is_some_and(|soak| soak.left_ms(facts.now) == 0);
    (!over).then(|| vec![Act::Intend(Intent::Soak { step: step.id.clone() })])
}

/// What Ctrl-c stops when no command runs: the hook, else the clock of the step under the cursor.
pub(super) fn stop(ui: &mut Ui, facts: &Facts<'_>) -> Option<Vec<Act>> {
    if facts.hook.is_some() {
        if ui.waits.take().is_some() {
            ui.tell("the hook is stopped; the command does not run");
        }
        return Some(vec![Act::StopHook]);
    }
    let step = ui.step(facts.book).filter(|step| goes(facts, step))?;
    Some(vec![Act::Intend(Intent::PauseSoak { step: step.id.clone() })])
}

/// Whether Ctrl-c would stop something although no command runs.
pub(super) fn can_stop(facts: &Facts<'_>, step: Option<&Step>) -> bool {
    facts.hook.is_some() || step.is_some_and(|step| goes(facts, step))
}

/// Whether the clock of a step goes.
fn goes(facts: &Facts<'_>, step: &Step) -> bool {
    facts.run.soaks.get(&step.id).is_some_and(|soak| soak.goes() && soak.left_ms(facts.now) > 0)
}

/// Whether a step has a clock that could be begun.
pub(super) fn can_begin(facts: &Facts<'_>, step: &Step) -> bool {
    step.soak_s().is_some()
        && !goes(facts, step)
        && begin(step, facts).is_some()
        && !step_state(facts.run, step).is_settled()
}

/// The newest attempt of the step under the cursor whose generated value is held.
pub(super) fn held(ui: &Ui, facts: &Facts<'_>) -> Option<AttemptId> {
    let step = ui.step(facts.book)?;
    facts.run.attempts_of(&step.id).rev().map(Attempt::id).find(|attempt| facts.generated.contains(attempt))
}

pub(super) fn reveal(ui: &mut Ui, facts: &Facts<'_>) -> Vec<Act> {
    if let Some(attempt) = held(ui, facts) {
        return vec![Act::Reveal(attempt)];
    }
    ui.tell("no generated value is held for this step; what an earlier gonogo held is gone with it");
    Vec::new()
}
