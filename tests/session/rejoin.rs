//! Commands that outlive the program that was killed: found again, watched, stopped, left alone.

use crate::crash::{exec, only_run, wait_for, wait_for_process};
use crate::desk::{Desk, play, state, steps, until};
use gonogo::journal::alive;
use gonogo::run::Progress;
use gonogo::run::decide::Intent;
use gonogo::run::event::{AttemptId, Ending, Event, Leftover, Rejoin, Resolution, RunId, StopReason, StopSignal};
use gonogo::session::{Session, adopt_orphans};
use std::process::Command;

/// A walk that was killed while its first block ran.
fn killed_while(block: &str) -> (Desk, RunId) {
    killed_in(&steps(&[&format!("echo here >> \"$DESK/did\"\n{block}"), "echo next >> \"$DESK/did\""]))
}

/// A walk of a runbook whose first block says that it is here, killed while that runs.
fn killed_in(runbook: &str) -> (Desk, RunId) {
    let desk = Desk::with(runbook);
    std::fs::write(desk.path("runbook.md"), &desk.runbook).unwrap();
    let mut child = exec(&desk, &[]);
    wait_for("the command", || desk.lines("did").len() == 1);
    wait_for_process(&desk, AttemptId(1));
    child.kill().unwrap();
    child.wait().unwrap();
    let id = only_run(&desk.journal());
    (desk, id)
}

fn rejoin(session: &mut Session, purpose: Rejoin) {
    let reason = "it is in the middle of something".to_owned();
    session.intend(&Intent::Rejoin { attempt: AttemptId(1), purpose, reason }).unwrap();
}

fn pids(session: &Session) -> Vec<u32> {
    session.survivors().iter().flat_map(|survivor| &survivor.processes).map(|process| process.pid).collect()
}

fn kill(pids: &[u32]) {
    for pid in pids {
        let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
    }
    wait_for("the left-overs to die", || pids.iter().all(|pid| alive::started(*pid).is_none()));
}

#[test]
fn a_survivor_is_watched_again_and_its_end_is_unseen() {
    let (desk, id) = killed_while("while [ ! -e \"$DESK/go\" ]; do sleep 0.05; done");
    let mut session = desk.resume(&id);
    assert_eq!(state(&session, "1.1"), "unknown");
    assert!(!pids(&session).is_empty());
    rejoin(&mut session, Rejoin::Watch);
    assert_eq!(state(&session, "1.1"), "running");
    let refused = play(&mut session, "1.2").unwrap_err().to_string();
    assert!(refused.contains("#1 is still running"), "{refused}");
    for _ in 0..5 {
        session.tick().unwrap();
    }
    assert_eq!(state(&session, "1.1"), "running", "it waits for a file");

    std::fs::write(desk.path("go"), "").unwrap();
    until(&mut session, |session| session.run().running().is_none());
    assert_eq!(state(&session, "1.1"), "unknown", "what it did unseen is not for a machine to say");
    assert!(session.run().attempt(AttemptId(1)).unwrap().gone.is_some());
    session.tick().unwrap();
    until(&mut session, |session| session.survivors().is_empty());
    let reason = "the file is there".to_owned();
    let (attempt, resolution) = (AttemptId(1), Resolution::Succeeded);
    session.intend(&Intent::Resolve { attempt, resolution, reason }).unwrap();
    assert_eq!(state(&session, "1.1"), "ran");
    play(&mut session, "1.2").unwrap();
    assert_eq!(desk.lines("did"), ["here", "next"], "nothing was run again");
    session.leave().unwrap();
    let kinds = desk.kinds(&id);
    let at = |kind: &str| kinds.iter().position(|found| *found == kind).unwrap_or_else(|| panic!("{kind}: {kinds:?}"));
    assert!(at("attempt_rejoined") < at("attempt_gone") && at("attempt_gone") < at("attempt_resolved"));
}

#[test]
fn how_it_ended_is_told_when_the_system_still_knows() {
    // Orphans come to this process, and stay to be collected.
    adopt_orphans().unwrap();
    let (desk, id) = killed_while("while [ ! -e \"$DESK/go\" ]; do sleep 0.05; done; exit 3");
    let mut session = desk.resume(&id);
    rejoin(&mut session, Rejoin::Watch);
    std::fs::write(desk.path("go"), "").unwrap();
    until(&mut session, |session| session.run().running().is_none());
    let gone = session.run().attempt(AttemptId(1)).unwrap().gone.clone().unwrap();
    assert_eq!(gone.ending, Some(Ending::Exited { code: 3 }));
    assert_eq!(state(&session, "1.1"), "unknown", "it is a hint, not a verdict");
}

#[test]
fn a_survivor_is_stopped_harder_and_harder_and_nobody_is_left() {
    // What a shell ignores its children ignore as well.
    let stubborn = "trap '' INT TERM\nsetsid sleep 300 &\nfor n in $(seq 3000); do sleep 0.1; done";
    let (desk, id) = killed_while(stubborn);
    let mut session = desk.resume(&id);
    let there = pids(&session);
    assert!(there.len() >= 2, "the one in a session of its own is named too: {there:?}");
    rejoin(&mut session, Rejoin::Stop);
    for signal in [StopSignal::Terminate, StopSignal::Kill] {
        std::thread::sleep(std::time::Duration::from_millis(200));
        session.tick().unwrap();
        assert_eq!(state(&session, "1.1"), "running", "it ignores INT and TERM");
        session.intend(&Intent::Stop { signal, why: StopReason::Operator }).unwrap();
    }
    until(&mut session, |session| session.run().running().is_none());
    wait_for("nobody", || there.iter().all(|pid| alive::started(*pid).is_none()));
    assert_eq!(state(&session, "1.1"), "failed", "whoever stopped it has said so, with a reason");
    let lost = session.run().attempt(AttemptId(1)).unwrap();
    let Progress::Resolved { resolution: Resolution::Failed, reason, .. } = &lost.progress else {
        panic!("{:?}", lost.progress)
    };
    assert!(reason.contains("it is in the middle of something"), "{reason}");
    let sent: Vec<&str> = lost.stops.iter().map(|(signal, _)| signal.word()).collect();
    assert_eq!(sent, ["INT", "TERM", "KILL"]);
}

#[test]
fn leaving_does_not_stop_a_survivor_and_the_next_one_finds_it_again() {
    let (desk, id) = killed_while("sleep 300");
    let mut session = desk.resume(&id);
    rejoin(&mut session, Rejoin::Watch);
    session.leave().unwrap();
    drop(session);
    let mut session = desk.resume(&id);
    assert_eq!(state(&session, "1.1"), "unknown");
    let there = pids(&session);
    assert!(!there.is_empty(), "it goes on");
    let (attempt, resolution) = (AttemptId(1), Resolution::Failed);
    let reason = "it may sleep as long as it wants".to_owned();
    session.intend(&Intent::Resolve { attempt, resolution, reason }).unwrap();
    session.leave().unwrap();
    let entries = desk.entries(&id);
    let left = entries.iter().find_map(|entry| match &entry.event {
        Event::AttemptResolved { left_over, .. } => Some(left_over),
        _ => None,
    });
    let left: Vec<u32> = left.unwrap().iter().map(|Leftover { pid, .. }| *pid).collect();
    assert_eq!(left, there, "the record names who was left alone");
    assert!(alive::started(there[0]).is_some());
    kill(&there);
}

#[test]
fn an_orphan_is_named_though_the_command_itself_is_gone() {
    let (desk, id) = killed_while("setsid sleep 300 & sleep 0.2; kill -9 $$");
    let mut session = desk.resume(&id);
    until(&mut session, |session| {
        let processes = session.survivors().iter().flat_map(|survivor| &survivor.processes);
        let names: Vec<&str> = processes.map(|process| process.name.as_str()).collect();
        names == ["sleep"]
    });
    let there = pids(&session);
    rejoin(&mut session, Rejoin::Watch);
    session.tick().unwrap();
    assert_eq!(state(&session, "1.1"), "running");
    kill(&there);
    until(&mut session, |session| session.run().running().is_none());
    assert_eq!(state(&session, "1.1"), "unknown");
}

#[test]
fn nobody_takes_charge_of_what_is_gone() {
    let (desk, id) = killed_while("sleep 300");
    let mut session = desk.resume(&id);
    kill(&pids(&session));
    let (attempt, purpose, reason) = (AttemptId(1), Rejoin::Watch, "why not".to_owned());
    let refused = session.intend(&Intent::Rejoin { attempt, purpose, reason }).unwrap_err().to_string();
    assert!(refused.contains("nothing of #1 is there any more"), "{refused}");
    assert_eq!(state(&session, "1.1"), "unknown");
}

/// A block that takes far longer than its limit of three seconds.
fn limited(block: &str) -> String {
    let steps = steps(&[&format!("echo here >> \"$DESK/did\"\n{block}"), "echo next >> \"$DESK/did\""]);
    steps.replacen("```sh", "```sh {timeout=3s}", 1)
}

#[test]
fn a_time_limit_counts_from_the_beginning_whatever_happened_meanwhile() {
    let (desk, id) = killed_in(&limited("setsid sleep 300 & sleep 300"));
    let mut session = desk.resume(&id);
    let there = pids(&session);
    assert!(there.len() >= 2, "{there:?}");
    rejoin(&mut session, Rejoin::Watch);
    until(&mut session, |session| session.run().running().is_none());
    let attempt = session.run().attempt(AttemptId(1)).unwrap();
    let gone = attempt.gone.clone().unwrap();
    let lived_ms = (gone.at.mono_us - attempt.spawned.clone().unwrap().mono_us) / 1000;
    assert!((3000..8000).contains(&lived_ms), "{lived_ms} ms");
    assert_eq!(attempt.stops, [(StopSignal::Terminate, StopReason::Timeout)]);
    assert_eq!(gone.ending, Some(Ending::TimedOut));
    assert_eq!(state(&session, "1.1"), "unknown", "what it did until then is for a person to say");
    wait_for("nobody", || there.iter().all(|pid| alive::started(*pid).is_none()));
}

#[test]
fn a_time_limit_that_is_over_holds_at_once_when_the_command_is_watched_again() {
    let (desk, id) = killed_in(&limited("exec sleep 300"));
    std::thread::sleep(std::time::Duration::from_millis(3100));
    let mut session = desk.resume(&id);
    assert!(!pids(&session).is_empty(), "while nobody watches it, it goes on");
    rejoin(&mut session, Rejoin::Watch);
    session.tick().unwrap();
    let stops = session.run().attempt(AttemptId(1)).unwrap().stops.clone();
    assert_eq!(stops, [(StopSignal::Terminate, StopReason::Timeout)]);
    until(&mut session, |session| session.run().running().is_none());
    assert_eq!(session.run().attempt(AttemptId(1)).unwrap().gone.clone().unwrap().ending, Some(Ending::TimedOut));
}
