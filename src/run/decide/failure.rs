//! What follows a failed step, as the author says by `on_fail:`.
//!
//! Nothing is started or recorded here: whoever walks asks what comes next. It is computed from the fold alone, so that a
//! resumed run goes on like one that was never left.

use super::conditions::tries_left;
use super::detour::way_back;
use crate::run::Run;
use crate::run::event::Verdict;
use crate::run::readiness::leaves_of;
use crate::run::state::{Progress, StepState, command_progress, is_offered, step_state};
use crate::runbook::need::{Index, Named};
use crate::runbook::{OnFail, Phase, Runbook, Step, StepId};
use std::cell::OnceCell;
use std::collections::BTreeSet;

/// What follows a failed step.
#[derive(Debug, Clone)]
pub enum Onward<'b> {
    /// Nothing behind it is started without a person.
    Stop,
    /// The walk goes on with what does not need it.
    GoOn,
    /// Nothing behind it is started, and these come up: each takes it back, none runs by itself. Empty where the runbook has
    /// no way back.
    TakeBack(Vec<Named<'b>>),
}

/// What follows this step, which has failed.
#[must_use]
pub fn onward<'b>(book: &'b Runbook, run: &Run, step: &Step) -> Onward<'b> {
    let is_walked = book.phase_of(&step.id).is_some_and(Phase::is_walked);
    // Of what is not known to have failed nobody may say what follows.
    if !is_walked || !step_state(run, step).is_failed() {
        return Onward::Stop;
    }
    match book.front.on_fail.unwrap_or_default() {
        OnFail::Stop => Onward::Stop,
        OnFail::Continue if is_critical(step) => Onward::Stop,
        OnFail::Continue => Onward::GoOn,
        OnFail::Rollback if may_be_tried_again(run, step) => Onward::Stop,
        OnFail::Rollback => Onward::TakeBack(ways_back(book, run, &step.id)),
    }
}

/// What takes a step back: what its author names for it, else every section that says how to go back.
fn ways_back<'b>(book: &'b Runbook, run: &Run, step: &StepId) -> Vec<Named<'b>> {
    match way_back(book, run, step) {
        Some(named) => vec![named],
        None => book.rollbacks().map(Named::Phase).collect(),
    }
}

/// Whether the author allows another try of the command that failed last, and no person has said that the step failed.
fn may_be_tried_again(run: &Run, step: &Step) -> bool {
    let tries = || {
        let last = run.attempts_of(&step.id).next_back()?;
        let command = step.command(last.intended.target.command as usize)?;
        tries_left(run, command, &last.intended.target)
    };
    step_state(run, step) == StepState::Failed && tries().is_some_and(|left| left > 0)
}

/// A step without which nothing behind it makes sense: its author calls it critical, or lets it weigh as much.
#[must_use]
pub fn is_critical(step: &Step) -> bool {
    step.critical || step.weight >= CRITICAL_WEIGHT
}

/// What a critical step weighs when its author says nothing else.
const CRITICAL_WEIGHT: u32 = 5;

/// Which steps the walk leaves behind because of failures, in a runbook that lets it go on.
#[derive(Debug)]
pub struct LeftBehind<'a> {
    book: &'a Runbook,
    run: &'a Run,
    index: OnceCell<Index<'a>>,
}

impl<'a> LeftBehind<'a> {
    #[must_use]
    pub fn new(book: &'a Runbook, run: &'a Run) -> Self {
        LeftBehind { book, run, index: OnceCell::new() }
    }

    /// Whether the walk may go past a step that is open: it has failed, or cannot be done because another one has. Never a
    /// critical one.
    #[must_use]
    pub fn passes(&self, step: &Step) -> bool {
        self.book.front.on_fail == Some(OnFail::Continue)
            && !is_critical(step)
            && (step_state(self.run, step).is_failed() || self.holds(step))
    }

    /// Whether a step cannot be done because of a failure: something it needs has failed or is left behind itself, or it
    /// belongs to a step that has.
    #[must_use]
    pub fn holds(&self, step: &Step) -> bool {
        self.is_held(step, &mut BTreeSet::new())
    }

    /// `seen` keeps needs that go round in a circle from being followed for ever.
    fn is_held(&self, step: &Step, seen: &mut BTreeSet<StepId>) -> bool {
        if !seen.insert(step.id.clone()) {
            return false;
        }
        let is_undone = |index: usize, command| {
            !matches!(command_progress(self.run, step, index, command), Progress::Done | Progress::NeedsPerson)
        };
        let undone = step.commands().enumerate().filter(|(at, command)| is_offered(command) && is_undone(*at, command));
        let index = || self.index.get_or_init(|| Index::of(self.book));
        let needs_it = undone
            .flat_map(|(_, command)| &command.options.needs)
            .any(|name| index().get(name).is_some_and(|needed| self.is_lost(&needed, seen)));
        needs_it || self.failed_around(step).is_some() || self.around(step).any(|around| self.is_held(around, seen))
    }

    /// The failed step that a step stands below: a group it belongs to, or what such a group says before its steps.
    #[must_use]
    pub fn failed_around(&self, step: &Step) -> Option<&'a Step> {
        let phase = self.book.phase_of(&step.id);
        let of_phase = phase.and_then(|phase| own_part(phase.line, &phase.title, &phase.steps));
        let groups = self
            .around(step)
            .flat_map(|group| [Some(group), own_part(group.line, &group.title, &group.steps)].into_iter().flatten());
        groups.chain(of_phase).find(|above| above.id != step.id && self.has_failed(above))
    }

    /// Whether something that is needed has failed, or is left behind.
    fn is_lost(&self, needed: &Named<'_>, seen: &mut BTreeSet<StepId>) -> bool {
        let mut is_lost = |step: &Step| self.has_failed(step) || self.is_open(step) && self.is_held(step, seen);
        match needed {
            Named::Block { step, index, command } => match command_progress(self.run, step, *index, command) {
                Progress::Done | Progress::NeedsPerson => false,
                Progress::Failed => true,
                Progress::Open | Progress::Running | Progress::Unknown | Progress::Asked => is_lost(step),
            },
            Named::Step(step) => {
                let inner: BTreeSet<&StepId> = step.subtree().map(|inner| &inner.id).collect();
                let phase = self.book.phase_of(&step.id);
                let leaves = phase.into_iter().flat_map(|phase| leaves_of(phase, self.run));
                let leaves: Vec<_> = leaves.filter(|leaf| inner.contains(&leaf.step.id)).collect();
                // An optional step that is needed by name is needed all the same.
                let alone = leaves.len() == 1;
                leaves.iter().any(|leaf| (alone || !leaf.optional) && is_lost(leaf.step))
            }
            Named::Phase(phase) => {
                leaves_of(phase, self.run).into_iter().filter(|leaf| !leaf.optional).any(|leaf| is_lost(leaf.step))
            }
        }
    }

    fn has_failed(&self, step: &Step) -> bool {
        step_state(self.run, step).is_failed()
    }

    fn is_open(&self, step: &Step) -> bool {
        let state = step_state(self.run, step);
        !state.is_settled() && state != StepState::Marked(Verdict::Deferred)
    }

    /// The groups that a step belongs to.
    fn around(&self, step: &Step) -> impl Iterator<Item = &'a Step> {
        let (id, phase) = (step.id.clone(), self.book.phase_of(&step.id));
        let groups = phase.into_iter().flat_map(|phase| &phase.steps).flat_map(Step::subtree);
        groups.filter(move |group| group.id != id && group.subtree().any(|inner| inner.id == id))
    }
}

/// The step that the content of a heading makes up, where steps stand below that heading too: it bears the heading itself.
fn own_part<'b>(line: u32, title: &str, steps: &'b [Step]) -> Option<&'b Step> {
    steps.first().filter(|first| first.line == line && first.title == title)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::event::{Actor, Entry, Event, Opened, RunId, RunKind, Stamp};
    use crate::runbook::Digest;
    use crate::runbook::read::read;

    fn stamp() -> Stamp {
        Stamp { at: "2026-11-21T02:14:07Z".parse().unwrap(), mono_us: 1, boot: "b".into(), by: Actor::default() }
    }

    /// The run in which these steps have failed, as somebody said.
    fn failed(book: &Runbook, steps: &[&str]) -> Run {
        let opened = Opened {
            runbook: book.source.sha256,
            title: book.title.clone(),
            path: "b.md".into(),
            run_kind: RunKind::Real,
            program: "gonogo".into(),
            cwd: "/".into(),
            shell: "sh".into(),
            ticket: None,
        };
        let mut run = Run::unopened(RunId("r".into()), opened, &stamp());
        for (seq, step) in (1..).zip(steps) {
            let event = Event::StepMarked { step: StepId((*step).to_owned()), verdict: Verdict::Failed, reason: None };
            run.apply(&Entry::seal(&RunId("r".into()), seq, stamp(), event, Digest::ZERO).0);
        }
        run
    }

    fn book(on_fail: &str, text: &str) -> Runbook {
        read("b.md", format!("---\non_fail: {on_fail}\n---\n# B\n\n## Notes\n\nNone.\n\n## Act\n\n{text}").as_bytes())
            .unwrap()
    }

    fn step(id: &str, fence: &str) -> String {
        format!("### Do {id} {{#{id}}}\n\n```bash {{{fence}}}\nuptime\n```\n\n")
    }

    fn word(onward: &Onward<'_>) -> String {
        match onward {
            Onward::Stop => "stop".to_owned(),
            Onward::GoOn => "go on".to_owned(),
            Onward::TakeBack(ways) => ways.iter().map(Named::words).collect::<Vec<_>>().join(", "),
        }
    }

    fn onward_of(book: &Runbook, failed_step: &str) -> String {
        let run = failed(book, &[failed_step]);
        word(&onward(book, &run, book.step(&StepId(failed_step.to_owned())).unwrap()))
    }

    #[test]
    fn the_author_says_what_follows() {
        let text = "### A {#a}\n\n```bash\nls\n```\n\n### B {#b .critical}\n\n```bash\nls\n```\n\n### C {#c weight=5}\n\n\
                    ```bash\nls\n```\n\n### D {#d rollback=undo}\n\n```bash\nls\n```\n\n### Send it home {#undo}\n\n```bash\nls\n```\n";
        for (on_fail, expected) in [
            ("stop", ["stop", "stop", "stop", "stop"]),
            ("continue", ["go on", "stop", "stop", "go on"]),
            ("rollback", ["phase Rollback", "phase Rollback", "phase Rollback", "3.1 Send it home"]),
        ] {
            let book = book(on_fail, &format!("{text}\n## Rollback\n\n1. All of it\n"));
            assert_eq!(["a", "b", "c", "d"].map(|id| onward_of(&book, id)), expected, "{on_fail}");
        }
        // Only for the step that names it: what was set aside is no way back for the others.
        let book = book("rollback", text);
        assert_eq!(["a", "d"].map(|id| onward_of(&book, id)), ["", "3.1 Send it home"]);
        // Of what has not failed nothing follows, nor of what is not walked.
        let run = failed(&book, &["a", "undo"]);
        assert_eq!(
            ["b", "undo"].map(|id| word(&onward(&book, &run, book.step(&StepId(id.into())).unwrap()))),
            ["stop"; 2]
        );
    }

    /// Which steps are passed by when some have failed.
    fn passed_by(book: &Runbook, failures: &[&str]) -> Vec<String> {
        let run = failed(book, failures);
        let left = LeftBehind::new(book, &run);
        book.steps().filter(|step| left.passes(step)).map(|step| step.id.0.clone()).collect()
    }

    #[test]
    fn what_needs_a_failed_step_is_left_with_it() {
        let text =
            [step("a", ""), step("b", "needs=a"), step("c", "needs=b"), step("d", ""), step("e", "needs=d")].concat();
        let book = |on_fail| book(on_fail, &text);
        assert_eq!(passed_by(&book("continue"), &["a"]), ["a", "b", "c"]);
        assert_eq!(passed_by(&book("continue"), &["d"]), ["d", "e"]);
        assert_eq!(passed_by(&book("continue"), &[]), Vec::<String>::new());
        assert_eq!(passed_by(&book("stop"), &["a"]), Vec::<String>::new());
        assert_eq!(passed_by(&book("rollback"), &["a"]), Vec::<String>::new());
    }

    #[test]
    fn a_critical_step_is_never_passed_by_and_a_circle_ends() {
        let critical = [step("a", ""), step("b", "needs=a").replace("#b", "#b .critical")].concat();
        assert_eq!(passed_by(&book("continue", &critical), &["a"]), ["a"]);
        let circle = [step("a", "needs=b"), step("b", "needs=a"), step("c", "")].concat();
        assert_eq!(passed_by(&book("continue", &circle), &["c"]), ["c"]);
        assert_eq!(passed_by(&book("continue", &circle), &["a"]), ["a", "b"]);
    }

    #[test]
    fn what_stands_below_a_heading_whose_own_block_has_failed_is_left() {
        let book = book(
            "continue",
            "### Parent\n\n```bash\nls\n```\n\n#### Child {#child}\n\n```bash\nls\n```\n\n### Next {#next}\n\n```bash\nls\n```\n",
        );
        let own = &book.steps().find(|step| step.title == "Parent" && step.is_leaf()).unwrap().id.0;
        assert_eq!(passed_by(&book, &[own]), [own.as_str(), "child"]);
        assert_eq!(passed_by(&book, &["child"]), ["child"], "what stands beside it is not");
    }

    #[test]
    fn what_stands_below_a_failed_step_belongs_to_it() {
        let text = "### Group {#group}\n\n```bash\nls\n```\n\n- [ ] Inner\n- [ ] Other\n\n### Next {#next}\n\n```bash {needs=group}\nls\n```\n\n\
                    ### Last {#last}\n\n```bash\nls\n```\n";
        let book = book("continue", text);
        let groups: Vec<&str> = book.steps().filter(|step| !step.is_leaf()).map(|step| step.id.0.as_str()).collect();
        assert_eq!(groups, ["group"], "the document has a group");
        assert_eq!(passed_by(&book, &["group"]), ["group", "group-2", "inner", "other", "next"]);
    }
}
