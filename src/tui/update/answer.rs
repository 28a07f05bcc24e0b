//! What the session answered to a wish: done, or refused with what would unlock it.

use super::dialog::open;
use super::{lists, moves, walk};
use crate::run::Attempt;
use crate::run::decide::detour::way_back;
use crate::run::decide::failure::{Onward, onward};
use crate::run::decide::{Intent, Refusal};
use crate::run::event::{AttemptId, Meaning};
use crate::run::state::{Progress, StepState, command_progress, next_piece, step_state};
use crate::runbook::{Step, StepId};
use crate::tui::dialog::{Dialog, Form, Modal};
use crate::tui::document::ending_words;
use crate::tui::keys::Action;
use crate::tui::list::NodeList;
use crate::tui::msg::{Act, Facts, Window};
use crate::tui::outline::{NodeId, Subject};
use crate::tui::pane::{Shown, Stored};
use crate::tui::panes::{Focus, Layout};
use crate::tui::ui::{NotifyWhen, Ui};

/// Opens the question about the first attempt whose end nobody saw.
pub(super) fn ask_next_unknown(ui: &mut Ui, facts: &Facts<'_>) {
    let Some(unknown) = facts.run.unknown().next() else {
        return;
    };
    if let Some(node) = ui.outline.of_step(&unknown.intended.target.step) {
        moves::jump(ui, node);
    }
    open(ui, Dialog::unknown(unknown.id(), facts.survivors));
}

pub(super) fn stored(ui: &mut Ui, attempt: AttemptId, stored: Result<Stored, String>) {
    if ui.pane.attempt() != Some(attempt) {
        return;
    }
    match stored {
        Ok(stored) => ui.pane.keep(attempt, &stored),
        Err(why) => ui.pane.turn_to(Shown::Unreadable(attempt, why)),
    }
}

/// A wish was recorded and done.
#[expect(clippy::too_many_lines, reason = "one arm for each wish")]
pub(super) fn done(ui: &mut Ui, facts: &Facts<'_>, wish: &Intent) -> Vec<Act> {
    forget_drafts(ui, wish);
    ui.settle(facts);
    let title = |ui: &Ui| ui.subject(facts.book).map(Subject::number).unwrap_or_default();
    match wish {
        Intent::Execute(_) => began(ui, facts),
        Intent::Stop { signal, .. } => {
            ui.tell(format!("sent {}; {} again is harder", signal.word(), ui.keymap.key(Action::Stop)));
        }
        Intent::Mark { step, verdict, .. } => {
            let next = next_hint(ui, facts);
            ui.tell(format!("{} {}{next}", title(ui), verdict.word()));
            return take_back(ui, facts, Some(step));
        }
        Intent::Reverse { .. } => ui.tell(format!("{}: the mark is taken back; both stay in the record", title(ui))),
        Intent::Note { .. } => ui.tell("noted"),
        Intent::Soak { .. } => {
            let stop = ui.keymap.key(Action::Stop);
            ui.tell(format!("{}: the clock goes, also while you are away; {stop} stops it", title(ui)));
        }
        Intent::PauseSoak { .. } => {
            ui.tell(format!("{}: the clock stands; {} lets it go on", title(ui), ui.keymap.key(Action::Run)));
        }
        // Told by whoever asked.
        Intent::Trust(_) => {}
        Intent::Adopt(_) => ui.tell("the run walks the edited version from here on; both are in the record"),
        Intent::Stay { .. } => {
            let edits = ui.keymap.key(Action::Edits);
            ui.tell(format!("the run stays on its recorded version; {edits} shows the edit again"));
        }
        Intent::Detour { .. } | Intent::EndDetour => lists::follow_detour(ui, facts, wish),
        Intent::Give { name, .. } => ui.tell(format!("{name} is set")),
        Intent::SignOff { meaning, .. } => match meaning {
            Meaning::Rejected => ui.warn("the gate is rejected"),
            Meaning::Performed
            | Meaning::Witnessed
            | Meaning::Verified
            | Meaning::Approved
            | Meaning::Released
            | Meaning::Closed => stated(ui, facts, *meaning, "recorded as"),
        },
        Intent::State { statement, signature } => {
            let how = if signature.is_some() { "signed as" } else { "recorded as" };
            match statement.meaning {
                Meaning::Closed => closed(ui, facts),
                Meaning::Rejected => ui.warn(format!("the gate is rejected, {how} such by {}", statement.name)),
                Meaning::Performed | Meaning::Witnessed | Meaning::Verified | Meaning::Approved | Meaning::Released => {
                    stated(ui, facts, statement.meaning, how);
                }
            }
        }
        Intent::Override { .. } => {
            ui.warn("BREAK-GLASS: the gate is passed without its sign-offs; somebody else has to review it before the close");
        }
        Intent::Call { role, call, .. } => ui.tell(format!("{role}: {}", call.word())),
        Intent::Resolve { attempt, .. } => {
            ask_next_unknown(ui, facts);
            return take_back(ui, facts, facts.run.attempt(*attempt).map(|attempt| &attempt.intended.target.step));
        }
        Intent::Rejoin { .. } => {
            ui.watched = facts.run.running().map(Attempt::id);
            ui.tell(format!("watched again; {} stops it, what it prints is not seen", ui.keymap.key(Action::Stop)));
        }
        Intent::Close { .. } => closed(ui, facts),
        Intent::Correct { correction, .. } => {
            ui.tell(format!("line {} is read otherwise now; the record says why", correction.line()));
        }
    }
    Vec::new()
}

fn take_back(ui: &mut Ui, facts: &Facts<'_>, step: Option<&StepId>) -> Vec<Act> {
    step.and_then(|step| facts.book.step(step)).map(|step| lists::take_back(ui, facts, step)).unwrap_or_default()
}

fn stated(ui: &mut Ui, facts: &Facts<'_>, meaning: Meaning, how: &str) {
    let rest = walk::first_gate(facts.book, facts.run).map(|gate| format!("; next gate: {gate}")).unwrap_or_default();
    ui.tell(format!("{how} {} by {}{rest}", meaning.word(), facts.actor.name));
}

fn closed(ui: &mut Ui, facts: &Facts<'_>) {
    let Some(closed) = &facts.run.closed else {
        return;
    };
    let sealed = if closed.key.is_some() { "sealed" } else { "closed" };
    ui.tell(format!("the run is {sealed}: {}; gonogo export writes its record", closed.verdict));
}

fn began(ui: &mut Ui, facts: &Facts<'_>) {
    ui.watched = facts.run.running().map(Attempt::id);
    match facts.run.running() {
        Some(_) => {
            if Layout::of(ui.area) == Layout::Single {
                ui.focus = Focus::Output;
            }
            let (typing, stop) = (ui.keymap.key(Action::Type), ui.keymap.key(Action::Stop));
            ui.tell(format!("running; {typing} types into it, {stop} stops it"));
        }
        None if facts.run.is_rehearsal() => ui.tell("practised; a rehearsal executes nothing"),
        None => {}
    }
    ui.pane.scroll_to_end();
}

/// Says how the command ended that was running when the operator last looked.
pub(super) fn tell_ending(ui: &mut Ui, facts: &Facts<'_>) -> Vec<Act> {
    let running = facts.run.running().map(Attempt::id);
    let watched = std::mem::replace(&mut ui.watched, running);
    let Some(attempt) = watched.filter(|id| running != Some(*id)).and_then(|id| facts.run.attempt(id)) else {
        return Vec::new();
    };
    let id = &attempt.intended.target.step;
    let Some(step) = facts.book.step(id) else {
        return Vec::new();
    };
    let number = &step.number;
    let words = ending_words(attempt);
    let mut acts = Vec::new();
    match step_state(facts.run, step) {
        StepState::Passed => {
            let next = next_hint(ui, facts);
            ui.tell(format!("{number} passed: {words}{next}"));
        }
        StepState::Ran => ui.tell(format!("{number}: {words}; {} signs it off", ui.keymap.key(Action::SignOff))),
        // A repair that went well does not undo what failed: that has to run again.
        StepState::Failed if !is_to_blame(facts, attempt) => {
            let (next, previous, run) =
                [Action::NextCommand, Action::PreviousCommand, Action::Run].map(|action| ui.keymap.key(action)).into();
            ui.tell(format!(
                "{number}: {words}; {next} and {previous} select the command that failed, {run} tries it again"
            ));
        }
        StepState::Failed => acts.extend(failed(ui, facts, step, &words)),
        StepState::Waiting => {
            let (run, typing) = (ui.keymap.key(Action::Run), ui.keymap.key(Action::Type));
            ui.warn(format!("{number}: {words}; {run} runs it again, {typing} types into it"));
        }
        StepState::Open => ui.tell(format!("{number}: {words}; {} runs its next command", ui.keymap.key(Action::Run))),
        StepState::Unknown if ui.modals.is_empty() => ask_next_unknown(ui, facts),
        StepState::Running | StepState::Unknown | StepState::Stale | StepState::Marked(_) | StepState::OtherBranch => {
            ui.tell(format!("{number}: {words}"));
        }
    }
    if let Some(alive) = not_dead(attempt) {
        ui.warn(format!("{number}: {words}; {alive}"));
    }
    let text = format!("gonogo: {number} {}: {words}", step.title);
    acts.extend(calls_for_notice(ui, attempt).then_some(Act::Notify(text)));
    acts
}

/// Who of an attempt could not be killed, in a clause.
pub(super) fn not_dead(attempt: &Attempt) -> Option<String> {
    let crate::run::Progress::Ended { ended, .. } = &attempt.progress else { return None };
    let left = ended.not_dead.first()?;
    let more = if ended.not_dead.len() > 1 { format!(" and {} more", ended.not_dead.len() - 1) } else { String::new() };
    Some(format!("NOT CONFIRMED DEAD: {} (process {}){more}", left.name, left.pid))
}

/// Says that a step has failed and what may be done about it; what takes it back comes up if its author wants it so.
fn failed(ui: &mut Ui, facts: &Facts<'_>, step: &Step, words: &str) -> Vec<Act> {
    let number = &step.number;
    let [key, run, sign] = [Action::Detour, Action::Run, Action::SignOff].map(|action| ui.keymap.key(action));
    let aside = match way_back(facts.book, facts.run, &step.id).map(|named| named.place()) {
        Some(place) => format!(", {key} takes it back by {place}"),
        None if NodeList::detours(&step.id, facts, &ui.outline).rows.is_empty() => String::new(),
        None => format!(", {key} goes to the rollback"),
    };
    match onward(facts.book, facts.run, step) {
        Onward::GoOn => {
            let next = next_hint(ui, facts);
            ui.warn(format!("{number} failed: {words}{next}, {run} tries again{aside}"));
        }
        Onward::Stop | Onward::TakeBack(_) => {
            ui.warn(format!("{number} failed: {words}; {run} tries again{aside}, {sign} records a verdict"));
        }
    }
    lists::take_back(ui, facts, step)
}

/// Whether it is this attempt's command that makes its step a failed one.
fn is_to_blame(facts: &Facts<'_>, attempt: &Attempt) -> bool {
    let target = &attempt.intended.target;
    let index = target.command as usize;
    let Some(step) = facts.book.step(&target.step) else {
        return true;
    };
    let Some(command) = step.command(index) else {
        return true;
    };
    command_progress(facts.run, step, index, command) == Progress::Failed
}

/// Whether an operator who may look elsewhere is told of an ending. A terminal that does not say where its focus is
/// counts as one nobody looks at: a notice too many is better than one that is lost.
fn calls_for_notice(ui: &Ui, attempt: &Attempt) -> bool {
    let long = ui.notify.after_ms.is_some_and(|after| attempt.spent_ms() >= after);
    let away = match (ui.notify.when, ui.window) {
        (NotifyWhen::Always, _) | (NotifyWhen::Unfocused, Window::Elsewhere | Window::Unknown) => true,
        (NotifyWhen::Unfocused, Window::Focused) => false,
    };
    long && away
}

/// What the operator may want to do after a step is settled.
fn next_hint(ui: &Ui, facts: &Facts<'_>) -> String {
    let cursor = ui.tree.cursor;
    let is_open = |id: &NodeId| ui.outline.is_open(*id) && ui.tree.leaves(*id);
    let next = (cursor + 1..ui.outline.nodes.len()).chain(0..cursor).find(is_open);
    let subject = next.and_then(|id| Subject::find(facts.book, &ui.outline.nodes[id].item));
    match subject {
        Some(subject) => {
            format!("; {} goes on with {} {}", ui.keymap.key(Action::NextOpen), subject.number(), subject.name())
        }
        None if ui.tree.filter.is_on() => {
            format!("; no other open step is shown, {} shows all again", ui.keymap.key(Action::Back))
        }
        None => format!("; every step is settled, {} shows the board", ui.keymap.key(Action::Board)),
    }
}

/// The text of a dialog whose wish is done is no draft any more.
fn forget_drafts(ui: &mut Ui, wish: &Intent) {
    let prefixes: &[&str] = match wish {
        Intent::Mark { .. } => &["sign ", "skip ", "reason "],
        Intent::Note { .. } => &["note "],
        Intent::SignOff { .. } | Intent::Override { .. } => &["gate ", "reason "],
        Intent::State { .. } => &["gate ", "reason ", "close"],
        Intent::Call { .. } => &["call "],
        Intent::Resolve { .. } | Intent::Rejoin { .. } => &["unknown "],
        Intent::Close { .. } => &["close"],
        Intent::Correct { .. } => &["correct"],
        Intent::Execute(_) => &["reason "],
        Intent::Give { name, .. } => {
            ui.drafts.remove(&format!("value {name}"));
            &[]
        }
        Intent::Stop { .. }
        | Intent::Trust(_)
        | Intent::Soak { .. }
        | Intent::PauseSoak { .. }
        | Intent::Reverse { .. }
        | Intent::Adopt(_)
        | Intent::Stay { .. }
        | Intent::Detour { .. }
        | Intent::EndDetour => &[],
    };
    ui.drafts.retain(|name, _| !prefixes.iter().any(|prefix| name.starts_with(prefix)));
}

/// A wish was refused: ask for what unlocks it, or say why not.
pub(super) fn refused(ui: &mut Ui, facts: &Facts<'_>, wish: Intent, refusal: Refusal) -> Vec<Act> {
    match (refusal, wish) {
        (Refusal::NeedsYes, Intent::Execute(execute)) => {
            let risk = super::dialog_risk(facts, &execute);
            open(ui, Dialog::confirm(execute, risk));
        }
        (Refusal::NeedsStepId(number), Intent::Execute(execute)) => open(ui, Dialog::type_step(execute, number)),
        (refusal @ Refusal::Disguised { .. }, Intent::Execute(execute)) => {
            let complaint = refusal.to_string();
            if let Refusal::Disguised { number, .. } = refusal {
                open(ui, Dialog { complaint: Some(complaint), ..Dialog::type_step(execute, number) });
            }
        }
        (Refusal::Untrusted(what), Intent::Execute(execute)) => open(ui, Dialog::trust(execute, what)),
        (Refusal::HookRuns(hook), wish) => {
            ui.warn(format!("first a before_run hook has to end: {hook}"));
            ui.waits = Some(wish);
        }
        (Refusal::NeedsReason(why), wish) => open(ui, Dialog::reason(wish, why)),
        (Refusal::ChooseLine, Intent::Execute(execute)) => {
            let target = &execute.target;
            let command = facts.book.step(&target.step).and_then(|step| step.command(target.command as usize));
            let lines: Vec<String> = command
                .map(|command| command.parts.iter().map(|part| part.text.trim().to_owned()).collect())
                .unwrap_or_default();
            let next = facts
                .book
                .step(&target.step)
                .zip(command)
                .and_then(|(step, command)| next_piece(facts.run, step, target.command as usize, command));
            let cursor = next.map_or(0, |piece| piece as usize);
            open(ui, Dialog { cursor, ..Dialog::line(execute, lines.into_iter()) });
        }
        (Refusal::Unfilled(missing), Intent::Execute(execute)) => {
            let step = facts.book.step(&execute.target.step);
            let mut form = Form::new(facts.book, facts.run, step, Some(execute));
            form.demand(facts.book, facts.run, &missing);
            restore_drafts(ui, &mut form);
            ui.modals.push(Modal::Form(form));
        }
        (Refusal::AnswerFirst(attempt) | Refusal::NobodyThere(attempt), _) => {
            let step = facts.run.attempt(attempt).map(|attempt: &Attempt| attempt.intended.target.step.clone());
            if let Some(node) = step.and_then(|step| ui.outline.of_step(&step)) {
                moves::jump(ui, node);
            }
            open(ui, Dialog::unknown(attempt, facts.survivors));
        }
        (Refusal::Busy(attempt), _) => {
            ui.warn(format!("{attempt} is still running; {} stops it", ui.keymap.key(Action::Stop)));
        }
        (refusal @ Refusal::StepRuns, _) => ui.warn(format!("{refusal}; {} stops it", ui.keymap.key(Action::Stop))),
        (refusal @ Refusal::OnDetour, _) => ui.warn(format!("{refusal}; {} does", ui.keymap.key(Action::Detour))),
        (refusal, _) => ui.warn(refusal.to_string()),
    }
    Vec::new()
}

fn restore_drafts(ui: &Ui, form: &mut Form) {
    for row in form.rows.iter_mut().filter(|row| row.field.is_blank() && !row.field.is_hidden()) {
        if let Some(draft) = ui.drafts.get(&format!("value {}", row.name)) {
            row.field.set(draft);
        }
    }
}
