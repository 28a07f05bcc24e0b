//! Acts drawn by lot: whatever people, processes and crashes do in whatever order, the run stays one that can be defended.

use crate::notation::wish;
use crate::world::{Sat, World, actor};
use gonogo::run::decide::Intent;
use gonogo::run::event::{ChangeKind, Ending, Event, RunKind};
use gonogo::run::readiness::{Answer, leaves};
use proptest::prelude::*;

/// One step of everything: gates, choices, holes, secrets, several blocks, an optional and a destructive command.
const RUNBOOK: &str = r#"---
vars: {TOKEN: {secret: true}, SIZE: {choices: [small, large]}}
calls: [dba]
gate: {prepare: {role: dba, not: performer}}
---
# R
## Prepare
- [ ] Ring A
- [ ] Look twice
  ```sh
  date
  ```
  ```sh
  uptime -p
  ```
- [ ] Reach <!-- gonogo: optional -->
  ```sh
  ls <folder> $SIZE
  ```
## Deploy
### 2.1 Drop {.critical}
```sh
rm -rf /srv/old
```
### 2.2 Log in
```sh {match="ok"}
printf %s <TOKEN>
```
### 2.3 Switch
#### Option A: by script
```sh
date -u
```
#### Option B: by hand {gate=dba}
- [ ] Turn the lever
## Rollback
- [ ] Take it back
  ```sh
  uptime
  ```
"#;

#[derive(Debug, Clone)]
enum Act {
    Wish(String),
    End(Ending, Option<bool>),
    Spawn,
    Crash,
    Sit,
    Leave,
    Become(&'static str),
    /// The author edits the file in one of several ways, and the operator adopts it.
    Edit(usize),
}

/// The edited versions: from what to what.
const EDITS: [(&str, &str); 6] = [
    ("Look twice", "Look three times"),
    ("uptime -p", "uptime -s"),
    ("- [ ] Ring A\n", ""),
    ("- [ ] Ring A\n", "- [ ] Ring A\n- [ ] Ring B\n"),
    ("### 2.1 Drop {.critical}", "### 2.1 Drop {.critical gate=dba}"),
    ("## Rollback", "## Verify\n- [ ] Is it up\n## Rollback"),
];

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let step = || prop::sample::select(vec!["1.1", "1.2", "1.3", "2.1", "2.2", "2.3.1", "2.3.2.1", "3.1", "2.3", "9"]);
    let run = (step(), 1..3_u32, 0..4_usize, prop::bool::ANY).prop_map(|(step, block, consent, reasoned)| {
        let consent = ["", " yes", " typed 2.1", " as \"true # edited\" yes"][consent];
        let because = if reasoned { " because \"so it is\"" } else { "" };
        Act::Wish(format!("run {step} block {block}{consent}{because}"))
    });
    let verdict = prop::sample::select(vec!["passed", "remarks", "failed", "waived", "na", "deferred"]);
    let mark = (step(), verdict, prop::bool::ANY).prop_map(|(step, verdict, reasoned)| {
        Act::Wish(format!("mark {step} {verdict}{}", if reasoned { " \"so it is\"" } else { "" }))
    });
    let say = prop::sample::select(vec![
        "reverse 1.1",
        "reverse 2.1",
        "note 1.1 \"seen\"",
        "note \"\"",
        "give folder \"/tmp\"",
        "give SIZE \"large\"",
        "give SIZE \"huge\"",
        "give TOKEN secretly",
        "release prepare",
        "reject prepare \"no\"",
        "reject prepare",
        "release 1.1",
        "call dba go",
        "call dba nogo \"no\"",
        "call desk nogo",
        "resolve 1 succeeded \"saw it\"",
        "resolve 2 failed \"saw it\"",
        "resolve 3 succeeded \"saw it\"",
        "stop int",
        "stop kill evidence",
        "close",
    ])
    .prop_map(|line| Act::Wish(line.to_owned()));
    let close = Just(Act::Wish("close \"enough\"".to_owned()));
    let ending = prop::sample::select(vec![
        (Ending::Exited { code: 0 }, None),
        (Ending::Exited { code: 0 }, Some(true)),
        (Ending::Exited { code: 0 }, Some(false)),
        (Ending::Exited { code: 1 }, None),
        (Ending::Signalled { signal: 9 }, None),
        (Ending::TimedOut, None),
        (Ending::Stopped, None),
        (Ending::Kept, None),
        (Ending::Asked, None),
        (Ending::NotStarted { reason: "gone".into() }, None),
    ]);
    let end = ending.prop_map(|(ending, matched)| Act::End(ending, matched));
    let world = prop::sample::select(vec![Act::Spawn, Act::Crash, Act::Sit, Act::Leave]);
    let someone = prop::sample::select(vec!["dana", "lee (dba)", "mika (dba)"]).prop_map(Act::Become);
    let act = prop_oneof![
        30 => run, 4 => (0..EDITS.len() + 1).prop_map(Act::Edit), 25 => mark, 20 => say, 25 => end, 5 => world, 5 => someone, 1 => close,
    ];
    prop::collection::vec(act, 1..60)
}

/// What is said about a run by counting its entries, without any of the fold's own bookkeeping.
fn check_history(world: &World) {
    let mut open: Option<u32> = None;
    let mut last = 0;
    for entry in &world.entries {
        match &entry.event {
            Event::AttemptIntended(intended) => {
                assert_eq!(open, None, "two commands never run at once");
                assert_eq!(intended.attempt.0, last + 1, "attempts are counted");
                last = intended.attempt.0;
                open = Some(last);
            }
            Event::AttemptEnded(ended) => {
                assert_eq!(open.take(), Some(ended.attempt.0), "only what runs can end");
            }
            // Whoever sits down finds nothing running.
            Event::SittingBegan(_) | Event::SittingEnded => open = None,
            _ => {}
        }
    }
}

/// The author edits the file and the operator adopts it, if that can be.
fn edit(world: &mut World, which: usize) {
    let text = EDITS.get(which).map_or_else(|| RUNBOOK.to_owned(), |(from, to)| RUNBOOK.replace(from, to));
    world.edit(&text);
    let drift = world.drift();
    let before = world.readiness();
    if world.intend(Intent::Adopt(drift.adopted())).is_err() {
        return;
    }
    for change in drift.changes.iter().filter(|change| change.kind == ChangeKind::Changed) {
        let now = change.now.as_ref().expect("a changed step is there");
        assert_eq!(world.live.mark(now), None, "a changed step has no verdict");
        assert!(world.live.attempts_of(now).all(|attempt| attempt.stale.is_some()));
    }
    if drift.is_idle() {
        assert_eq!(world.readiness(), before, "an edit that changes no step changes nothing");
    }
}

fn play(acts: &[Act], kind: RunKind) -> World {
    let mut world = World::open(RUNBOOK, kind);
    for act in acts {
        match act {
            Act::Wish(_) | Act::Edit(_) if world.sat == Sat::Crashed => {}
            Act::Wish(line) => {
                if line.starts_with("give TOKEN") {
                    world.secrets.insert("TOKEN".to_owned());
                }
                let (run, readiness) = (world.live.clone(), world.readiness());
                let wish = wish(&world.book, line);
                if world.intend(wish).is_err() {
                    assert_eq!((&world.live, world.readiness()), (&run, readiness), "a refusal changes nothing");
                }
            }
            Act::End(ending, matched) => {
                if let Some(running) = world.live.running().map(gonogo::run::Attempt::id) {
                    world.end(running, ending.clone(), *matched);
                }
            }
            Act::Spawn => {
                if let Some(attempt) = world.live.running().map(gonogo::run::Attempt::id) {
                    world.record(Event::AttemptSpawned { attempt, pid: 1, started: 1, mark: None });
                }
            }
            Act::Crash => world.crash(),
            Act::Sit if world.live.closed.is_none() => world.sit(),
            Act::Leave if world.sat == Sat::Driven && world.live.closed.is_none() => {
                world.leave();
                world.sat = Sat::Crashed;
            }
            Act::Sit | Act::Leave => {}
            Act::Edit(which) => edit(&mut world, *which),
            Act::Become(name) => world.operator = actor(name),
        }
        world.check();
        let now = world.readiness();
        let counted = leaves(&world.book, &world.live).into_iter().filter(|leaf| {
            let left_out = leaf.state.word() == "not applicable" || leaf.state.word() == "other branch taken";
            !left_out && (!leaf.optional || leaf.state.is_passed())
        });
        if now.percent == Some(100) {
            assert!(counted.clone().all(|leaf| leaf.state.is_passed()), "100 means that everything counted passed");
        }
        if now.answer == Answer::Go {
            assert!(world.live.unknown().next().is_none() && world.live.running().is_none());
            assert!(counted.clone().all(|leaf| leaf.state.is_settled() || leaf.optional));
        }
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_run_stays_one_that_can_be_defended(acts in acts()) {
        let world = play(&acts, RunKind::Real);
        check_history(&world);
        world.check_prefixes();
    }

    #[test]
    fn a_rehearsal_starts_nothing(acts in acts()) {
        let world = play(&acts, RunKind::Rehearsal);
        prop_assert!(world.live.attempts.is_empty() && world.started.is_none());
    }
}
