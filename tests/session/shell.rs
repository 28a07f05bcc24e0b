//! One shell for the run: what blocks leave to each other, limits, stops, evidence.

use crate::desk::{Desk, exists, finish, play, printed, run, state, steps, until};
use gonogo::run::Value;
use gonogo::run::decide::Intent;
use gonogo::run::event::{Ending, StopReason, StopSignal};
use gonogo::run::{Progress, Run};

fn last_ending(run: &Run) -> Ending {
    match &run.attempts.last().expect("something has run").progress {
        Progress::Ended { ended, .. } => ended.ending.clone(),
        other => panic!("no ending: {other:?}"),
    }
}

#[test]
fn looking_creates_nothing() {
    let desk = Desk::with(&steps(&["echo hi"]));
    let mut session = desk.begin();
    session.tick().unwrap();
    assert!(session.readiness().percent == Some(0) && session.entries().unwrap().is_empty());
    session.leave().unwrap();
    assert!(!exists(&desk.path("state")), "nothing was recorded, so there is no journal and no folder for it");
}

#[test]
fn a_refusal_creates_nothing() {
    let desk = Desk::with(&steps(&["echo <what>"]));
    let mut session = desk.begin();
    let refused = play(&mut session, "1.1").unwrap_err().to_string();
    assert_eq!(refused, "fill in first: <what>");
    assert!(!exists(&desk.path("state")));
}

#[test]
fn the_intent_is_committed_before_the_command_starts() {
    // The command itself reads the journal through a connection of its own.
    let desk = Desk::with(&steps(&[
        "python3 -c 'import sqlite3,os; c=sqlite3.connect(os.environ[\"DESK\"]+\"/state/journal.db\"); print([r[0] for r in c.execute(\"select body from event order by seq\")][-1])'",
    ]));
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    let seen = printed(&session);
    assert!(
        seen.contains("\"kind\":\"attempt_intended\"") || seen.contains("\"kind\":\"attempt_spawned\""),
        "the command saw: {seen}"
    );
    assert_eq!(state(&session, "1.1"), "passed");
}

#[test]
fn shell_state_carries_over_between_blocks_and_across_a_resume() {
    let desk = Desk::with(&steps(&[
        "mkdir -p sub && cd sub && plain=one && export loud=two && greet() { echo \"hello $1\"; } && umask 027",
        "echo \"$plain $loud $(greet you) $(basename \"$PWD\") $(umask)\"",
    ]));
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    play(&mut session, "1.2").unwrap();
    assert_eq!(printed(&session), "one two hello you sub 0027\n");
    let id = session.run().id.clone();
    session.leave().unwrap();

    let mut session = desk.resume(&id);
    play(&mut session, "1.2").unwrap();
    assert_eq!(printed(&session), "one two hello you sub 0027\n", "also in another process");
}

#[test]
fn a_value_given_anew_reaches_the_next_block() {
    let desk = Desk::with("---\nvars: {HOST: db1}\n---\n# D\n## W\n- [ ] A\n  ```sh\n  echo \"at $HOST\"\n  ```\n");
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    assert_eq!(printed(&session), "at db1\n");
    session.intend(&Intent::Give { name: "HOST".into(), value: Value::Plain("db2".into()) }).unwrap();
    play(&mut session, "1.1").unwrap();
    assert_eq!(printed(&session), "at db2\n");
}

#[test]
fn a_blocks_own_environment_and_folder_stay_its_own() {
    let desk = Desk::with(
        "# D\n## W\n- [ ] A\n  ```sh {cwd=/ env={OWN: mine}}\n  echo \"$OWN $PWD\"\n  ```\n- [ ] B\n  ```sh\n  echo \"${OWN-none} $PWD\"\n  ```\n",
    );
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    assert_eq!(printed(&session), "mine /\n");
    play(&mut session, "1.2").unwrap();
    assert_eq!(printed(&session), format!("none {}\n", desk.folder.path().canonicalize().unwrap().display()));
}

#[test]
fn the_documents_folder_and_environment_hold_for_the_run() {
    let desk = Desk::with(
        "---\ncwd: work\nenv: {STAGE: blue}\n---\n# D\n## W\n- [ ] A\n  ```sh\n  echo \"$STAGE $(basename \"$PWD\")\"\n  ```\n",
    );
    std::fs::create_dir(desk.path("work")).unwrap();
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    assert_eq!(printed(&session), "blue work\n");
}

#[test]
fn a_folder_that_is_gone_is_an_ending_and_not_a_fault() {
    let desk = Desk::with("---\ncwd: nowhere\n---\n# D\n## W\n- [ ] A\n  ```sh\n  date\n  ```\n");
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    let Ending::NotStarted { reason } = last_ending(session.run()) else { panic!("it was started") };
    assert!(reason.contains("nowhere"), "{reason}");
    assert_eq!((state(&session, "1.1"), session.run().running()), ("failed", None));
}

#[test]
fn a_shell_state_that_cannot_be_read_starts_nothing_and_says_so() {
    let desk = Desk::with(&steps(&["echo one", "echo two"]));
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    let id = session.run().id.clone();
    session.leave().unwrap();
    std::fs::write(desk.path(&format!("state/{id}.shell")), b"no state at all").unwrap();
    let mut session = desk.resume(&id);
    let before = desk.kinds(&id);
    let denied = play(&mut session, "1.2").unwrap_err().to_string();
    assert!(denied.contains("Move it away"), "{denied}");
    assert_eq!(desk.kinds(&id), before, "nothing is recorded, because nothing was begun");
}

#[test]
fn a_limit_ends_a_command_and_a_stop_does() {
    let desk = Desk::with(
        "# D\n## W\n- [ ] A\n  ```sh {timeout=1s}\n  sleep 60\n  ```\n- [ ] B\n  ```sh\n  sleep 60\n  ```\n",
    );
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    assert_eq!(last_ending(session.run()), Ending::TimedOut);
    session.intend(&run(&session, "1.2", 1)).unwrap();
    session.intend(&Intent::Stop { signal: StopSignal::Interrupt, why: StopReason::Operator }).unwrap();
    finish(&mut session);
    assert_eq!(last_ending(session.run()), Ending::Stopped);
    assert_eq!((state(&session, "1.1"), state(&session, "1.2")), ("failed", "failed"));
}

#[test]
fn an_endless_command_is_kept_as_evidence() {
    let desk = Desk::with(&steps(&["while true; do echo tick; sleep 0.05; done"]));
    let mut session = desk.begin();
    session.intend(&run(&session, "1.1", 1)).unwrap();
    until(&mut session, |session| session.fresh_output(0).is_some_and(|fresh| fresh.lines > 2));
    session.intend(&Intent::Stop { signal: StopSignal::Interrupt, why: StopReason::Evidence }).unwrap();
    finish(&mut session);
    assert_eq!((last_ending(session.run()), state(&session, "1.1")), (Ending::Kept, "ran"));
    assert!(printed(&session).starts_with("tick\ntick\n"));
}

#[test]
fn leaving_stops_what_runs_and_records_its_end() {
    let desk = Desk::with(&steps(&["trap 'echo bye; exit 0' INT\nsleep 60 & wait"]));
    let mut session = desk.begin();
    session.intend(&run(&session, "1.1", 1)).unwrap();
    until(&mut session, |session| session.run().attempts[0].process.is_some());
    let id = session.run().id.clone();
    session.leave().unwrap();
    let kinds = desk.kinds(&id);
    assert_eq!(kinds[kinds.len() - 3..], ["stop_sent", "attempt_ended", "sitting_ended"]);
    assert!(session.run().unknown().next().is_none());
}

#[test]
fn closing_takes_the_shell_state_away() {
    let desk = Desk::with(&steps(&["export kept=yes; date"]));
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    let id = session.run().id.clone();
    let file = desk.path(&format!("state/{id}.shell"));
    assert!(exists(&file));
    session.leave().unwrap();
    assert!(exists(&file), "it is for a resume");
    // Closed by a process that has never run a block itself.
    let mut session = desk.resume(&id);
    session.intend(&Intent::Close { reason: None }).unwrap();
    session.leave().unwrap();
    assert!(!exists(&file));
    assert_eq!(*desk.kinds(&id).last().unwrap(), "run_closed");
}

#[test]
fn output_is_compared_with_what_the_author_wants() {
    let desk = Desk::with(
        "# D\n## W\n- [ ] A\n  ```sh {match=\"^up [0-9]+$\"}\n  printf 'noise\\nup 12\\n'\n  ```\n- [ ] B\n  ```sh {not_match=\"ERROR\"}\n  echo ERROR: no\n  ```\n- [ ] C\n  ```sh {match=\"(\"}\n  echo x\n  ```\n",
    );
    let mut session = desk.begin();
    for number in ["1.1", "1.2", "1.3"] {
        play(&mut session, number).unwrap();
    }
    assert_eq!(["1.1", "1.2", "1.3"].map(|number| state(&session, number)), ["passed", "failed", "failed"]);
}
