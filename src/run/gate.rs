//! Hold points: what is locked, by what, and what would release it.

use super::event::Actor;
use super::event::{Meaning, Scope};
use super::look;
use super::readiness::{Leaf, leaves};
use super::state::StepState;
use super::{Override, Run, SignOff};
use crate::runbook::{Gate, Phase, Runbook, Step, StepId};
use std::collections::BTreeMap;

/// Where a gate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateState {
    /// Not enough persons have signed.
    Held {
        signed: u32,
        needed: u32,
    },
    Released,
    Rejected,
}

/// A gate of the runbook with its place.
#[derive(Debug, Clone)]
pub struct Hold<'a> {
    pub scope: Scope,
    pub gate: &'a Gate,
    /// Title of the phase or step it guards.
    pub title: &'a str,
    /// Steps whose performers may not release it, if it forbids that.
    steps: Vec<&'a StepId>,
}

impl Hold<'_> {
    /// Whether the sign-offs so far release the gate.
    ///
    /// A sign-off counts when its role fits, its person did not perform the guarded steps where that is forbidden, and no
    /// guarded step was worked on after it: a later attempt or mark voids it, and so does an edit of what it guards. Of each
    /// person the last word counts, as they stated it and not as it was recorded, so that who rejected can release once the
    /// reason is gone, and nobody else can overrule them, not even with an older answer of theirs.
    #[must_use]
    pub fn state(&self, run: &Run) -> GateState {
        let last_work = self.last_work(run);
        let fitting = run
            .sign_offs
            .iter()
            .filter(|sign| sign.scope == self.scope && sign.about.is_some_and(|about| about >= last_work))
            .filter(|sign| sign.voided.is_none());
        let mut fitting: Vec<&SignOff> = fitting.collect();
        fitting.sort_by_key(|sign| (sign.stated, sign.about, sign.seq));
        let mut words: BTreeMap<String, (Meaning, &str)> = BTreeMap::new();
        for sign in fitting {
            match sign.meaning {
                Meaning::Rejected => {
                    words.insert(person(&sign.by.name), (sign.meaning, &sign.by.name));
                }
                Meaning::Released | Meaning::Approved | Meaning::Verified => {
                    if self.may_sign(run, sign).is_ok() {
                        words.insert(person(&sign.by.name), (sign.meaning, &sign.by.name));
                    }
                }
                Meaning::Performed | Meaning::Witnessed | Meaning::Closed => {}
            }
        }
        if words.values().any(|(meaning, _)| *meaning == Meaning::Rejected) {
            return GateState::Rejected;
        }
        // Names that look alike are one person where persons are counted, and never speak for each other.
        let signed = u32::try_from(look::persons(words.values().map(|(_, name)| *name))).unwrap_or(u32::MAX);
        if signed >= self.gate.min { GateState::Released } else { GateState::Held { signed, needed: self.gate.min } }
    }

    /// Whether a step has to be done before it can be released.
    #[must_use]
    pub fn guards(&self, step: &StepId) -> bool {
        self.steps.contains(&step)
    }

    /// Whether it guards only steps of branches that were not taken: then there is nothing to hold.
    #[must_use]
    pub fn is_moot(&self, leaves: &[Leaf<'_>]) -> bool {
        let mut guarded = leaves.iter().filter(|leaf| self.steps.contains(&&leaf.step.id)).peekable();
        guarded.peek().is_some() && guarded.all(|leaf| leaf.state == StepState::OtherBranch)
    }

    /// Whether a person with a role and a key may release this gate.
    ///
    /// # Errors
    /// A clause that says why not.
    pub fn admits(&self, run: &Run, name: &str, role: Option<&str>, key: Option<&str>) -> Result<(), String> {
        if let Some(wanted) = &self.gate.role
            && role != Some(wanted.as_str())
        {
            return Err(format!("it needs the role {wanted}"));
        }
        if self.gate.not_performer && self.performers(run).any(|performer| look::is_same(&performer.name, name)) {
            return Err(format!("{name} performed it; someone else has to release it"));
        }
        let Some(key) = key else {
            return Ok(());
        };
        if self.gate.not_performer && self.performers(run).any(|performer| performer.key.as_deref() == Some(key)) {
            return Err("it was performed by the owner of that key; someone else has to release it".to_owned());
        }
        match owner(run, key) {
            Some(owner) if person(owner) != person(name) => {
                Err(format!("that key has signed as {owner} in this run; two persons need two keys"))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn may_sign(&self, run: &Run, sign: &SignOff) -> Result<(), String> {
        self.admits(run, &sign.by.name, sign.by.role.as_deref(), sign.key.as_deref())
    }

    fn performers<'r>(&self, run: &'r Run) -> impl Iterator<Item = &'r Actor> + use<'r, '_> {
        let attempts = run.attempts.iter().filter(|attempt| self.steps.contains(&&attempt.intended.target.step));
        let marks = run.marks.iter().filter(|mark| self.steps.contains(&&mark.step));
        attempts.map(|attempt| &attempt.by).chain(marks.map(|mark| &mark.by))
    }

    /// Who passed it without its sign-offs, if that still stands: a later rejection locks it again.
    #[must_use]
    pub fn overridden<'r>(&self, run: &'r Run) -> Option<&'r Override> {
        let last = run.overrides.iter().rev().find(|glass| glass.scope == self.scope)?;
        let rejected =
            |sign: &SignOff| sign.scope == self.scope && sign.meaning == Meaning::Rejected && sign.seq > last.seq;
        (!run.sign_offs.iter().any(rejected)).then_some(last)
    }

    /// Who passed it without its sign-offs and was not reviewed yet: somebody else, whom the gate admits, has to look
    /// at it afterwards, and release or reject it.
    #[must_use]
    pub fn review_due<'r>(&self, run: &'r Run) -> Option<&'r Override> {
        let last = run.overrides.iter().rev().find(|glass| glass.scope == self.scope)?;
        let reviews = |sign: &SignOff| {
            let says = match sign.meaning {
                Meaning::Released | Meaning::Approved | Meaning::Verified | Meaning::Rejected => true,
                Meaning::Performed | Meaning::Witnessed | Meaning::Closed => false,
            };
            let other = !look::is_same(&sign.by.name, &last.by.name) && (sign.key.is_none() || sign.key != last.by.key);
            sign.scope == self.scope
                && sign.about.is_some_and(|about| about >= last.seq)
                && says
                && other
                && self.may_sign(run, sign).is_ok()
        };
        (!run.sign_offs.iter().any(reviews)).then_some(last)
    }

    fn last_work(&self, run: &Run) -> u64 {
        let attempts = run.attempts.iter().filter(|attempt| self.steps.contains(&&attempt.intended.target.step));
        let marks = run.marks.iter().filter(|mark| self.steps.contains(&&mark.step));
        attempts.map(|attempt| attempt.seq).chain(marks.map(|mark| mark.seq)).max().unwrap_or(0)
    }
}

/// A name as persons are compared: `Dana  Doe ` and `dana doe` are one.
#[must_use]
pub fn person(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Who signed first with a key in this run.
fn owner<'r>(run: &'r Run, key: &str) -> Option<&'r str> {
    let signed = run.sign_offs.iter().find(|sign| sign.key.as_deref() == Some(key));
    signed.map(|sign| sign.by.name.as_str())
}

/// All gates of the walk, in document order: a step's before its phase's.
#[must_use]
pub fn holds(book: &Runbook) -> Vec<Hold<'_>> {
    let mut holds = Vec::new();
    for phase in book.phases.iter().filter(|phase| phase.is_walked()) {
        holds.extend(phase.steps.iter().flat_map(Step::subtree).filter_map(step_hold));
        holds.extend(phase_hold(phase));
    }
    holds
}

/// The gate of one scope, if it has one.
#[must_use]
pub fn hold<'a>(book: &'a Runbook, scope: &Scope) -> Option<Hold<'a>> {
    holds(book).into_iter().find(|hold| hold.scope == *scope)
}

/// The first gate before a step that is not released; it locks the step.
#[must_use]
pub fn lock<'a>(book: &'a Runbook, run: &Run, step: &StepId) -> Option<(Hold<'a>, GateState)> {
    if !book.has_gates() {
        return None;
    }
    let closed: Vec<(Hold<'a>, GateState)> =
        before(book, step).into_iter().filter_map(|hold| held(hold, run)).collect();
    if closed.is_empty() {
        return None;
    }
    let leaves = leaves(book, run);
    closed.into_iter().find(|(hold, _)| !hold.is_moot(&leaves))
}

/// The gates that stand before a step, in document order.
fn before<'a>(book: &'a Runbook, step: &StepId) -> Vec<Hold<'a>> {
    let mut holds = Vec::new();
    for phase in book.phases.iter().filter(|phase| phase.is_walked()) {
        for earlier in phase.steps.iter().flat_map(Step::subtree) {
            if earlier.id == *step {
                return holds;
            }
            // A group's gate guards what comes after the group, not its own steps.
            if earlier.gate.is_some() && !earlier.subtree().any(|inner| inner.id == *step) {
                holds.extend(step_hold(earlier));
            }
        }
        holds.extend(phase_hold(phase));
    }
    holds
}

fn held<'a>(hold: Hold<'a>, run: &Run) -> Option<(Hold<'a>, GateState)> {
    match hold.state(run) {
        GateState::Released => None,
        GateState::Held { .. } | GateState::Rejected if hold.overridden(run).is_some() => None,
        state @ (GateState::Held { .. } | GateState::Rejected) => Some((hold, state)),
    }
}

fn step_hold(step: &Step) -> Option<Hold<'_>> {
    let gate = step.gate.as_ref()?;
    let steps = step.subtree().map(|inner| &inner.id).collect();
    Some(Hold { scope: Scope::Step(step.id.clone()), gate, title: &step.title, steps })
}

fn phase_hold(phase: &Phase) -> Option<Hold<'_>> {
    let gate = phase.gate.as_ref()?;
    let steps = phase.steps.iter().flat_map(Step::subtree).map(|inner| &inner.id).collect();
    Some(Hold { scope: Scope::Phase(phase.id.clone()), gate, title: &phase.title, steps })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Head;
    use crate::run::event::{Entry, Event, Opened, RunId, RunKind, Stamp};
    use crate::runbook::{Digest, read};
    use std::collections::BTreeSet;

    /// Six phases, each with a gate and one step.
    fn book() -> Runbook {
        let phases = (1..=6).map(|n| format!("## Phase {n}: P{n} {{#p{n} gate=dba}}\n\n- [ ] Step {n} {{#s{n}}}\n\n"));
        read::read("six.md", format!("# Six\n\n{}", phases.collect::<String>()).as_bytes()).unwrap()
    }

    /// A run that was only opened.
    fn opened(book: &Runbook) -> Run {
        let opened = Opened {
            runbook: book.source.sha256,
            title: book.title.clone(),
            path: "six.md".into(),
            run_kind: RunKind::Real,
            program: "gonogo".into(),
            cwd: "/".into(),
            shell: "/bin/sh".into(),
            ticket: None,
        };
        let event = Event::RunOpened(opened);
        let (entry, _) = Entry::seal(&RunId("r".into()), 1, stamp("dana", None), event, Digest::ZERO);
        Run::replay(&[entry]).unwrap()
    }

    fn stamp(name: &str, role: Option<&str>) -> Stamp {
        let by = Actor { name: name.into(), role: role.map(str::to_owned), ..Actor::default() };
        Stamp { at: "2026-11-21T02:14:07Z".parse().unwrap(), mono_us: 1, boot: "b".into(), by }
    }

    fn tell(run: &mut Run, event: Event, name: &str, role: Option<&str>) {
        let Head { seq, hash } = run.head;
        let (entry, _) = Entry::seal(&run.id.clone(), seq + 1, stamp(name, role), event, hash);
        run.apply(&entry);
    }

    #[test]
    fn no_order_of_six_releases_opens_a_phase_before_its_gates() {
        let book = book();
        assert_eq!(holds(&book).len(), 6);
        let (mut orders, mut asked, mut passed) = (0, 0, 0);
        for order in permutations(6) {
            orders += 1;
            let mut run = opened(&book);
            let mut released = BTreeSet::new();
            for gate in &order {
                let hold = &holds(&book)[*gate];
                tell(
                    &mut run,
                    Event::SignedOff {
                        scope: hold.scope.clone(),
                        meaning: Meaning::Released,
                        reason: None,
                        sealed: None,
                    },
                    "alice",
                    Some("dba"),
                );
                released.insert(*gate);
                for phase in 0..6 {
                    let open = (0..phase).all(|before| released.contains(&before));
                    asked += 1;
                    let step = book.phases[phase].steps[0].id.clone();
                    let locked = lock(&book, &run, &step).is_some();
                    assert!(!locked || !open, "phase {phase} after {released:?}");
                    passed += usize::from(!locked && !open);
                }
            }
        }
        assert_eq!((orders, asked, passed), (720, 720 * 36, 0));
    }

    fn permutations(of: usize) -> Vec<Vec<usize>> {
        if of == 0 {
            return vec![Vec::new()];
        }
        let shorter = permutations(of - 1);
        let longer = |order: &Vec<usize>| {
            let place = |at: usize| [&order[..at], &[of - 1], &order[at..]].concat();
            (0..of).map(place).collect::<Vec<_>>()
        };
        shorter.iter().flat_map(longer).collect()
    }
}
