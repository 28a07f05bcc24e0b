//! Two sessions on one run: one drives, the other may speak.

use crate::desk::{Desk, play, run, someone, state, steps, until};
use gonogo::journal::Journal;
use gonogo::run::decide::Intent;
use gonogo::run::event::{Meaning, RunId, Scope, Verdict};
use gonogo::runbook::PhaseId;
use gonogo::session::{Denied, Fault, Session};

const GATED: &str = "---\ngate: {prepare: {role: dba, not: performer}}\n---\n# D\n## Prepare\n- [ ] A\n  ```sh\n  date\n  ```\n## Deploy\n- [ ] B\n  ```sh\n  echo B >> \"$DESK/did\"\n  ```\n";

fn second(desk: &Desk, run: &RunId) -> Session {
    let mut setup = desk.setup();
    setup.operator = someone("lee", Some("dba"));
    desk.resume_with(run, setup)
}

#[test]
fn the_second_is_told_who_drives_and_may_sign() {
    let desk = Desk::with(GATED);
    let mut first = desk.begin();
    play(&mut first, "1.1").unwrap();
    let id = first.run().id.clone();
    let refused = first.intend(&run(&first, "2.1", 1)).unwrap_err().to_string();
    assert!(refused.contains("locked by the gate of Prepare"), "{refused}");

    let mut other = second(&desk, &id);
    let holder = other.holder().expect("somebody drives it");
    assert!(holder.starts_with("dana on ") && holder.contains("(process "), "{holder}");
    other.intend(&Intent::Note { step: None, text: "lee is here".into() }).unwrap();
    let scope = Scope::Phase(PhaseId("prepare".into()));
    other.intend(&Intent::SignOff { scope, meaning: Meaning::Released, reason: None }).unwrap();
    match other.intend(&run(&other, "2.1", 1)) {
        Err(Denied::Faulted(Fault::Held(holder))) => assert!(holder.contains("dana")),
        otherwise => panic!("the second started a command: {otherwise:?}"),
    }
    assert_eq!(desk.lines("did"), Vec::<String>::new());

    first.tick().unwrap();
    assert_eq!(first.run().notes[0].by.name, "lee", "one tick is enough to see it");
    play(&mut first, "2.1").unwrap();
    other.tick().unwrap();
    assert_eq!(first.run(), other.run(), "both see the same run");
    assert_eq!(first.readiness().answer.word(), "GO");
    assert_eq!(desk.lines("did"), ["B"]);
}

#[test]
fn a_decision_is_taken_on_what_others_have_recorded() {
    let desk = Desk::with(GATED);
    let mut first = desk.begin();
    play(&mut first, "1.1").unwrap();
    let mut other = second(&desk, &first.run().id.clone());
    // No tick in between: the wish itself looks.
    let step = first.book().find_step("1.1").unwrap().id.clone();
    first.intend(&Intent::Mark { step: step.clone(), verdict: Verdict::Passed, reason: None }).unwrap();
    other.intend(&Intent::Reverse { step }).unwrap();
    assert_eq!(state(&other, "1.1"), "passed", "what is left is the machine's word");
}

#[test]
fn a_mark_on_a_step_that_runs_elsewhere_is_refused() {
    let desk = Desk::with(&steps(&["sleep 5"]));
    let mut first = desk.begin();
    first.intend(&Intent::Note { step: None, text: "begun".into() }).unwrap();
    let mut other = second(&desk, &first.run().id.clone());
    first.intend(&run(&first, "1.1", 1)).unwrap();
    let step = first.book().find_step("1.1").unwrap().id.clone();
    let refused = other.intend(&Intent::Mark { step, verdict: Verdict::Passed, reason: None }).unwrap_err();
    assert_eq!(refused.to_string(), "a command of this step is running");
    first.leave().unwrap();
}

#[test]
fn when_the_first_leaves_the_second_may_drive() {
    let desk = Desk::with(&steps(&["echo 1 >> \"$DESK/did\"", "echo 2 >> \"$DESK/did\""]));
    let mut first = desk.begin();
    play(&mut first, "1.1").unwrap();
    let mut other = second(&desk, &first.run().id.clone());
    assert!(other.holder().is_some());
    first.leave().unwrap();
    until(&mut other, |other| other.holder().is_none());
    play(&mut other, "1.2").unwrap();
    assert_eq!(desk.lines("did"), ["1", "2"]);
    assert_eq!(other.run().sittings.len(), 2);
}

#[test]
fn one_who_only_makes_a_statement_never_drives() {
    let desk = Desk::with(&steps(&["date"]));
    let mut first = desk.begin();
    play(&mut first, "1.1").unwrap();
    let id = first.run().id.clone();
    let journal = Journal::create_or_open(&desk.journal()).unwrap();
    let mut other = Session::attend(journal, &id, desk.setup()).unwrap();
    other.intend(&Intent::Note { step: None, text: "seen".into() }).unwrap();
    match other.intend(&Intent::Close { reason: None }) {
        Err(Denied::Faulted(Fault::Held(_))) => {}
        otherwise => panic!("closed under the driver's hands: {otherwise:?}"),
    }
    other.leave().unwrap();
    assert_eq!(desk.kinds(&id).iter().filter(|kind| **kind == "sitting_began").count(), 1);
    first.tick().unwrap();
    first.intend(&Intent::Close { reason: None }).unwrap();
    first.leave().unwrap();
}

#[test]
fn a_deviation_is_recorded_once_however_often_it_is_tried() {
    let desk = Desk::with("# D\n## One\n- [ ] A\n## Two\n- [ ] B\n  ```sh\n  date\n  ```\n");
    let mut first = desk.begin();
    first.intend(&Intent::Note { step: None, text: "begun".into() }).unwrap();
    let id = first.run().id.clone();
    let mut other = second(&desk, &id);
    let Intent::Execute(wish) = run(&first, "2.1", 1) else { unreachable!() };
    let wish = Intent::Execute(gonogo::run::decide::Execute { reason: Some("A sleeps".into()), ..wish });
    // Whoever does not drive records nothing of it.
    assert!(matches!(other.intend(&wish), Err(Denied::Faulted(Fault::Held(_)))));
    assert!(!desk.kinds(&id).contains(&"deviated"));
    first.intend(&wish).unwrap();
    crate::desk::finish(&mut first);
    first.intend(&wish).unwrap();
    crate::desk::finish(&mut first);
    assert_eq!(desk.kinds(&id).iter().filter(|kind| **kind == "deviated").count(), 1);
}

#[test]
fn a_value_that_one_took_from_the_environment_is_the_run_s_whoever_goes_on() {
    let drawn = "---\nvars: {host: {from: DB_HOST}}\n---\n";
    let plain = "# D\n## One\n- [ ] A\n  ```sh\n  echo \"$host\" >> did\n  ```\n- [ ] B\n  ```sh\n  echo \"$host\" >> did\n  ```\n## Two\n- [ ] C\n";
    let desk = Desk::with(plain);
    std::fs::write(desk.path("desk.md"), plain).unwrap();
    let with = |host: &str| {
        let mut setup = desk.setup();
        setup.environment.insert("DB_HOST".to_owned(), host.to_owned());
        setup
    };
    let mut first = desk.begin_with(with("db1"));
    first.intend(&Intent::Note { step: None, text: "begun".into() }).unwrap();
    let id = first.run().id.clone();
    let mut other = desk.resume_with(&id, with("db2"));
    // The edit makes both look into their environment; the one who drives says it for the run.
    std::fs::write(desk.path("desk.md"), format!("{drawn}{plain}")).unwrap();
    first.watch(&desk.path("desk.md"));
    first.adopt().unwrap();
    until(&mut other, |other| other.run().sources.contains_key("host"));
    play(&mut first, "1.1").unwrap();
    until(&mut other, |other| other.run().attempts.len() == 1);
    first.leave().unwrap();
    until(&mut other, |other| other.holder().is_none());
    play(&mut other, "1.2").unwrap();
    assert_eq!(desk.lines("did"), ["db1", "db1"]);
    assert_eq!(desk.count(&id, "value_given"), 1);
}
