//! Blocks that are tried again within one attempt: polls, watches, and endless commands with something to wait for.

use crate::desk::{Desk, finish, play, printed, run, state, until};
use gonogo::run::Progress;
use gonogo::run::decide::Intent;
use gonogo::run::event::{Ending, StopReason, StopSignal};
use gonogo::session::Session;

fn block(options: &str, text: &str) -> String {
    format!("# Desk\n\n## Work\n\n- [ ] Step 1\n\n  ```sh {{{options}}}\n  {text}\n  ```\n")
}

fn last(session: &Session) -> (Ending, u64, Option<bool>) {
    match &session.run().attempts.last().expect("something has run").progress {
        Progress::Ended { ended, .. } => (ended.ending.clone(), ended.took_ms, ended.matched),
        other => panic!("no ending: {other:?}"),
    }
}

#[test]
fn a_poll_ends_with_the_first_try_that_succeeds_and_is_one_attempt() {
    let desk = Desk::with(&block(
        "until=success every=0",
        "echo try >> tries; echo \"try $(wc -l < tries)\"; test $(wc -l < tries) -ge 3",
    ));
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    assert_eq!((desk.lines("tries").len(), session.run().attempts.len()), (3, 1));
    assert_eq!(last(&session).0, Ending::Exited { code: 0 });
    assert_eq!(printed(&session), "try 1\ntry 2\ntry 3\n");
    assert_eq!(session.fresh_output(0).unwrap().bytes, b"try 1\ntry 2\ntry 3\n");
    assert_eq!(session.fresh_output(8).unwrap().bytes, b"y 2\ntry 3\n");
    let spawned = desk.kinds(&session.run().id).iter().filter(|kind| **kind == "attempt_spawned").count();
    assert_eq!((spawned, state(&session, "1.1")), (3, "passed"));
}

#[test]
fn a_poll_waits_for_a_pattern_and_sees_what_the_try_before_left_behind() {
    let desk =
        Desk::with(&block("until='^ready$' every=0", "n=$((n + 1)); [ $n -lt 4 ] && echo \"not $n\" || echo ready"));
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    assert_eq!(printed(&session), "not 1\nnot 2\nnot 3\nready\n");
    assert_eq!(state(&session, "1.1"), "passed");
}

#[test]
fn a_poll_gives_up_at_its_limit() {
    let desk = Desk::with(&block("until=success every=1 timeout=2", "echo no; false"));
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    assert_eq!(last(&session).0, Ending::TimedOut);
    assert_eq!((printed(&session).as_str(), state(&session, "1.1")), ("no\nno\n", "failed"));
    let desk = Desk::with(&block("until=success every=1 timeout=1", "sleep 30"));
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    assert_eq!(last(&session).0, Ending::TimedOut, "a try that hangs does not outlive the limit");
}

#[test]
fn a_poll_can_be_stopped_between_two_tries() {
    let desk = Desk::with(&block("until=success every=60", "false"));
    let mut session = desk.begin();
    session.intend(&run(&session, "1.1", 1)).unwrap();
    until(&mut session, |session| session.pulse().is_some_and(|pulse| pulse.next_ms.is_some()));
    session.intend(&Intent::Stop { signal: StopSignal::Interrupt, why: StopReason::Operator }).unwrap();
    finish(&mut session);
    assert_eq!(last(&session).0, Ending::Stopped);
}

#[test]
fn a_watch_holds_for_its_time_or_fails_at_the_first_bad_try() {
    let desk = Desk::with(&block("watch=2 every=1", "echo fine"));
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    let (ending, took_ms, _) = last(&session);
    assert_eq!(ending, Ending::Exited { code: 0 });
    assert!(took_ms >= 2000 && printed(&session).lines().count() >= 3, "{took_ms} {}", printed(&session));
    assert_eq!(state(&session, "1.1"), "passed");
    let desk = Desk::with(&block("watch=60 every=0", "echo x >> x; test $(wc -l < x) -lt 3"));
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    assert_eq!((last(&session).0, state(&session, "1.1")), (Ending::Exited { code: 1 }, "failed"));
}

#[test]
fn a_watch_that_was_broken_off_is_open_and_goes_on_with_the_rest_also_in_another_process() {
    let desk = Desk::with(&block("watch=6 every=2", "echo fine"));
    let mut session = desk.begin();
    session.intend(&run(&session, "1.1", 1)).unwrap();
    until(&mut session, |session| {
        session.pulse().is_some_and(|pulse| pulse.watch_left_ms.is_some_and(|left| left < 2000))
    });
    session.leave().unwrap();
    let (ending, first_ms, _) = last(&session);
    assert_eq!((ending, state(&session, "1.1")), (Ending::Stopped, "open"));
    let id = session.run().id.clone();
    drop(session);
    let mut session = desk.resume(&id);
    play(&mut session, "1.1").unwrap();
    let (ending, took_ms, _) = last(&session);
    assert_eq!((ending, state(&session, "1.1")), (Ending::Exited { code: 0 }, "passed"));
    assert!(first_ms >= 4000 && first_ms + took_ms >= 6000, "{first_ms} and {took_ms}");
    let tries = desk.kinds(&id).iter().filter(|kind| **kind == "attempt_spawned").count();
    assert!(tries <= 6, "only the rest was watched: {tries} tries for what would be four");
}

#[test]
fn an_endless_command_ends_when_it_shows_what_it_was_run_for() {
    let desk =
        Desk::with(&block("endless=true until='listening on \\d+'", "echo starting; echo listening on 80; sleep 600"));
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    assert_eq!((last(&session).0, state(&session, "1.1")), (Ending::Kept, "ran"));
    assert_eq!(printed(&session), "starting\nlistening on 80\n");
}
