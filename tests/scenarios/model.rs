//! A second, plain calculation of everything a run says about itself, held against the real one after every act drawn by
//! lot: states, percent, answer, where to go on, and lengths, across crashes and restarts of the machine.
//!
//! The model keeps what a person with a sheet of paper would: for each step what its command did and what was said of it.
//! It knows no entries and no fold. `GONOGO_MODEL` says how many runs of a hundred acts are played.

use crate::world::{Sat, World};
use gonogo::run::decide::{Consent, Execute, Intent, first_open};
use gonogo::run::event::{AttemptId, Call, Channel, Ending, Resolution, RunKind, Target, Verdict};
use gonogo::run::state::step_state;
use gonogo::run::time::{AsOf, PhaseTime, times};
use gonogo::run::{Exactness, Length};
use gonogo::runbook::StepId;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io::Write as _;

const RUNBOOK: &str = "# M
## Prepare
- [ ] Ring A
- [ ] Look
  ```sh
  date
  ```
- [ ] Reach <!-- gonogo: optional -->
  ```sh
  uptime
  ```
## Deploy
### 2.1 Switch {.critical}
```sh
date -u
```
### 2.2 Compare
```sh
uptime -p
```

Expected output:

```
up 3 days
```
## Verify
- [ ] Look again
- [ ] Tell <!-- gonogo: weight=2 -->
";

/// Number, phase, weight, whether it is optional, whether it has a command, whether a person has to judge that.
const STEPS: [(&str, usize, u64, bool, bool, bool); 7] = [
    ("1.1", 0, 3, false, false, false),
    ("1.2", 0, 3, false, true, false),
    ("1.3", 0, 1, true, true, false),
    ("2.1", 1, 5, false, true, false),
    ("2.2", 1, 3, false, true, true),
    ("3.1", 2, 3, false, false, false),
    ("3.2", 2, 2, false, false, false),
];

/// What became of a step's command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Command {
    Untouched,
    Runs,
    Lost,
    Worked,
    /// Somebody says that it worked.
    Attested,
    Failed,
    WantsPerson,
}

/// Seconds since the opening, and in which boot.
type Time = (i64, u32);

#[derive(Debug, Clone)]
struct Step {
    command: Command,
    verdict: Option<Verdict>,
    acts: Vec<Time>,
}

/// What is wrong with a model: each has to be noticed, or comparing shows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    None,
    WaivedEarns,
    OptionalCounts,
    LostStillRuns,
    MarkOutlivesRun,
    RestartIsExact,
}

#[derive(Debug)]
struct Model {
    bug: Bug,
    steps: Vec<Step>,
    /// The step of the command that was begun last, and how many were.
    begun: Option<usize>,
    attempts: u32,
    calls: BTreeMap<&'static str, Call>,
    /// When somebody sat down, but for the first time.
    resumed: Vec<Time>,
}

impl Model {
    fn new(bug: Bug) -> Self {
        let step = Step { command: Command::Untouched, verdict: None, acts: Vec::new() };
        let (calls, resumed) = (BTreeMap::new(), Vec::new());
        Model { bug, steps: vec![step; STEPS.len()], begun: None, attempts: 0, calls, resumed }
    }

    fn word(&self, place: usize) -> &'static str {
        let (step, judged) = (&self.steps[place], STEPS[place].5);
        match (step.command, step.verdict) {
            (Command::Runs, _) => "running",
            (Command::Lost, _) => "unknown",
            (_, Some(verdict)) => verdict.word(),
            (Command::Untouched, None) => "open",
            (Command::Worked, None) if !judged => "passed",
            (Command::Worked | Command::Attested, None) => "ran",
            (Command::Failed, None) => "failed",
            (Command::WantsPerson, None) => "waiting",
        }
    }

    fn percent(&self) -> Option<u64> {
        let (mut earned, mut total) = (0, 0);
        for (place, (_, _, weight, optional, ..)) in STEPS.iter().enumerate() {
            let word = self.word(place);
            let passed = word.starts_with("passed");
            let earns = passed || (self.bug == Bug::WaivedEarns && word == "waived");
            let optional = *optional && self.bug != Bug::OptionalCounts;
            earned += if earns { *weight } else { 0 };
            total += if passed || (!optional && word != "not applicable") { *weight } else { 0 };
        }
        (total > 0).then(|| 100 * earned / total)
    }

    fn is_settled(&self, place: usize) -> bool {
        ["passed", "passed with remarks", "waived", "not applicable"].contains(&self.word(place))
    }

    fn answer(&self) -> &'static str {
        let required = |place: &usize| !STEPS[*place].3;
        let failed = (0..STEPS.len()).filter(required).any(|place| self.word(place) == "failed");
        let left = (0..STEPS.len())
            .any(|place| if required(&place) { !self.is_settled(place) } else { self.word(place) == "unknown" });
        if failed || self.calls.values().any(|call| *call == Call::NoGo) {
            "NO-GO"
        } else if left || !(0..STEPS.len()).any(|place| self.is_settled(place)) {
            "HOLD"
        } else {
            "GO"
        }
    }

    /// Where to go on.
    fn cursor(&self) -> Option<&'static str> {
        let open = |place: &usize| !STEPS[*place].3 && !self.is_settled(*place) && self.word(*place) != "deferred";
        (0..STEPS.len()).find(open).map(|place| STEPS[place].0)
    }

    /// Lengths are exact within one boot and one sitting.
    fn length(&self, from: Time, to: Time) -> Length {
        let ms = u64::try_from(to.0 - from.0).unwrap() * 1000;
        let broken = (from.1 != to.1 && self.bug != Bug::RestartIsExact)
            || self.resumed.iter().any(|at| from.0 < at.0 && at.0 < to.0);
        Length { ms, exact: if broken { Exactness::Approximate } else { Exactness::Monotonic } }
    }

    fn phase(&self, phase: usize, now: Time) -> Option<Length> {
        let of_phase = || (0..STEPS.len()).filter(|place| STEPS[*place].1 == phase);
        let acts: Vec<Time> = of_phase().flat_map(|place| self.steps[place].acts.clone()).collect();
        let (first, last) = (*acts.iter().min()?, *acts.iter().max()?);
        let open = of_phase().any(|place| !STEPS[place].3 && !self.is_settled(place));
        Some(self.length(first, if open { now } else { last }))
    }

    fn lose(&mut self) {
        if self.bug == Bug::LostStillRuns {
            return;
        }
        self.steps
            .iter_mut()
            .filter(|step| step.command == Command::Runs)
            .for_each(|step| step.command = Command::Lost);
    }
}

#[derive(Debug, Clone, Copy)]
enum Act {
    Run(usize),
    End(usize),
    Mark(usize, usize),
    Reverse(usize),
    Resolve(usize),
    Note,
    Call(usize),
    Wait(u8),
    Crash,
    Reboot,
    Sit,
    Leave,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        20 => (0..STEPS.len()).prop_map(Act::Run),
        25 => (0..6_usize).prop_map(Act::End),
        25 => (0..STEPS.len(), 0..6_usize).prop_map(|(step, verdict)| Act::Mark(step, verdict)),
        5 => (0..STEPS.len()).prop_map(Act::Reverse),
        8 => (0..2_usize).prop_map(Act::Resolve),
        3 => Just(Act::Note),
        3 => (0..4_usize).prop_map(Act::Call),
        8 => (0..90_u8).prop_map(Act::Wait),
        4 => Just(Act::Crash),
        2 => Just(Act::Reboot),
        10 => Just(Act::Sit),
        2 => Just(Act::Leave),
    ];
    prop::collection::vec(act, 100)
}

/// Plays a wish in the real run. Refused is refused in the model too: what may be done is not its business.
fn grant(world: &mut World, wish: Intent) -> bool {
    world.sat == Sat::Driven && world.intend(wish).is_ok()
}

fn step_id(world: &World, place: usize) -> StepId {
    world.book.find_step(STEPS[place].0).unwrap().id.clone()
}

fn time(world: &World) -> Time {
    (world.seconds, world.boots)
}

#[expect(clippy::too_many_lines, reason = "one arm for each kind of act")]
fn play(world: &mut World, model: &mut Model, act: Act) {
    let because = || Some("so it is".to_owned());
    match act {
        Act::Run(place) => {
            let target = Target { step: step_id(world, place), command: 0, part: None };
            let (consent, channel) = (Consent::Typed(STEPS[place].0.to_owned()), Channel::Pipe);
            if grant(world, Intent::Execute(Execute { target, edited: None, consent, reason: because(), channel })) {
                model.attempts += 1;
                model.begun = Some(place);
                model.steps[place].command = Command::Runs;
                if model.bug != Bug::MarkOutlivesRun {
                    model.steps[place].verdict = None;
                }
                model.steps[place].acts.push(time(world));
            }
        }
        Act::End(how) => {
            let Some(place) = model.begun.filter(|place| model.steps[*place].command == Command::Runs) else { return };
            let (ending, command) = [
                (Ending::Exited { code: 0 }, Command::Worked),
                (Ending::Exited { code: 0 }, Command::Worked),
                (Ending::Exited { code: 3 }, Command::Failed),
                (Ending::Signalled { signal: 15 }, Command::Failed),
                (Ending::Kept, Command::Attested),
                (Ending::Asked, Command::WantsPerson),
            ][how]
                .clone();
            world.end(AttemptId(model.attempts), ending, None);
            model.steps[place].command = command;
            model.steps[place].acts.push(time(world));
        }
        Act::Mark(place, verdict) => {
            let verdict = [
                Verdict::Passed,
                Verdict::PassedWithRemarks,
                Verdict::Failed,
                Verdict::Waived,
                Verdict::NotApplicable,
                Verdict::Deferred,
            ][verdict];
            let step = step_id(world, place);
            if grant(world, Intent::Mark { step, verdict, reason: because() }) {
                model.steps[place].verdict = Some(verdict);
                model.steps[place].acts.push(time(world));
            }
        }
        Act::Reverse(place) => {
            let step = step_id(world, place);
            if grant(world, Intent::Reverse { step }) {
                model.steps[place].verdict = None;
            }
        }
        Act::Resolve(how) => {
            let Some(lost) = world.live.unknown().next().map(gonogo::run::Attempt::id) else { return };
            let (resolution, command) =
                [(Resolution::Succeeded, Command::Attested), (Resolution::Failed, Command::Failed)][how];
            if grant(world, Intent::Resolve { attempt: lost, resolution, reason: "saw it".to_owned() }) {
                // Of one step one command at a most can be lost: it is not run again before somebody said what came of it.
                let step = world.live.attempt(lost).unwrap().intended.target.step.clone();
                let place = (0..STEPS.len()).find(|place| step_id(world, *place) == step).unwrap();
                model.steps[place].command = command;
                model.steps[place].acts.push(time(world));
            }
        }
        Act::Note => {
            grant(world, Intent::Note { step: None, text: "seen".to_owned() });
        }
        Act::Call(how) => {
            let (role, call) = [("dba", Call::Go), ("dba", Call::NoGo), ("desk", Call::Go), ("dba", Call::Go)][how];
            if grant(world, Intent::Call { role: role.to_owned(), call, reason: because() }) {
                model.calls.insert(role, call);
            }
        }
        Act::Wait(seconds) => world.seconds += i64::from(seconds),
        Act::Crash | Act::Reboot => {
            model.lose();
            if let Act::Crash = act { world.crash() } else { world.reboot() }
        }
        Act::Sit | Act::Leave if (world.sat == Sat::Driven) == matches!(act, Act::Sit) => {}
        Act::Sit => {
            model.lose();
            world.sit();
            model.resumed.push(time(world));
        }
        Act::Leave => {
            model.lose();
            world.leave();
            world.sat = Sat::Crashed;
        }
    }
}

/// Everything that is shown, against the model: the first difference.
fn difference(world: &World, model: &Model) -> Option<String> {
    let differ = |what: &str, real: &dyn Debug, said: &dyn Debug| {
        let (real, said) = (format!("{real:?}"), format!("{said:?}"));
        (real != said).then(|| format!("{what} is {real}, the model says {said}"))
    };
    let states = STEPS.iter().enumerate().find_map(|(place, (number, ..))| {
        let state = step_state(&world.live, world.book.find_step(number).unwrap()).word();
        differ(&format!("step {number}"), &state, &model.word(place))
    });
    let readiness = world.readiness();
    let cursor = world.book.phases.iter().find_map(|phase| first_open(phase, &world.live));
    let moment = world.now();
    let real = times(&world.book, &world.live, &BTreeMap::new(), AsOf::Now(&moment));
    let phases = || {
        let took =
            |(phase, time_of): (usize, &PhaseTime)| differ("a phase", &time_of.took, &model.phase(phase, time(world)));
        real.phases.iter().enumerate().find_map(took)
    };
    states
        .or_else(|| differ("percent", &readiness.percent.map(u64::from), &model.percent()))
        .or_else(|| differ("the answer", &readiness.answer.word(), &model.answer()))
        .or_else(|| differ("the cursor", &cursor.map(|leaf| leaf.step.number.as_str()), &model.cursor()))
        .or_else(|| differ("the time", &real.elapsed, &model.length((0, 0), time(world))))
        .or_else(phases)
}

/// How many runs are played.
fn runs() -> u32 {
    std::env::var("GONOGO_MODEL").ok().and_then(|runs| runs.parse().ok()).unwrap_or(100)
}

/// Plays them all, and tells where the run first is not what the model says.
fn play_all(acts: &[Act], bug: Bug) -> Option<String> {
    let (mut world, mut model) = (World::open(RUNBOOK, RunKind::Real), Model::new(bug));
    for (number, act) in acts.iter().enumerate() {
        play(&mut world, &mut model, *act);
        if let Some(difference) = difference(&world, &model) {
            return Some(format!("act {number}, {act:?}: {difference}"));
        }
    }
    world.check();
    None
}

#[test]
fn the_model_speaks_of_this_runbook() {
    let world = World::open(RUNBOOK, RunKind::Real);
    let leaves = gonogo::run::readiness::leaves(&world.book, &world.live);
    let found: Vec<_> =
        leaves.iter().map(|leaf| (leaf.step.number.as_str(), u64::from(leaf.step.weight), leaf.optional)).collect();
    let wanted: Vec<_> = STEPS.iter().map(|(number, _, weight, optional, ..)| (*number, *weight, *optional)).collect();
    assert_eq!(found, wanted);
}

#[test]
fn a_run_is_what_the_model_says() {
    let config = ProptestConfig { cases: runs(), failure_persistence: None, ..ProptestConfig::default() };
    let played = TestRunner::new(config).run(&acts(), |acts| {
        play_all(&acts, Bug::None).map_or(Ok(()), |difference| Err(TestCaseError::fail(difference)))
    });
    assert!(played.is_ok(), "{}", played.unwrap_err());
    if std::env::var("GONOGO_FIGURES").is_ok() {
        let said = format!(
            "FIGURES model: {} runs of 100 acts with crashes and restarts, each act as the model says\n",
            runs()
        );
        std::io::stderr().write_all(said.as_bytes()).unwrap();
    }
}

/// The planted bugs.
#[test]
fn a_model_that_is_wrong_is_noticed() {
    let mut runner = TestRunner::deterministic();
    for bug in [Bug::WaivedEarns, Bug::OptionalCounts, Bug::LostStillRuns, Bug::MarkOutlivesRun, Bug::RestartIsExact] {
        let noticed = (0..50).any(|_| play_all(&acts().new_tree(&mut runner).unwrap().current(), bug).is_some());
        assert!(noticed, "{bug:?} is not noticed");
    }
}
