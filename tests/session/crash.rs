//! Processes that die in the middle of something.

use crate::desk::{Desk, play, printed, state, steps, until};
use gonogo::journal::{Journal, Mode, alive};
use gonogo::run::decide::Intent;
use gonogo::run::event::{AttemptId, Event, Resolution, RunId};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The real program, walking without a person.
pub fn exec(desk: &Desk, more: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_gonogo"))
        .arg("exec")
        .arg(desk.path("runbook.md"))
        .args(more)
        .arg("--journal")
        .arg(desk.journal())
        .env("DESK", desk.folder.path())
        .env("GONOGO_OPERATOR", "robot")
        .current_dir(desk.folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

pub fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..600 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("waited half a minute for {what}");
}

pub fn only_run(journal: &Path) -> RunId {
    let runs = Journal::open(journal, Mode::ReadOnly).unwrap().unwrap().runs(10).unwrap();
    assert_eq!(runs.len(), 1);
    runs[0].run.clone()
}

/// Waits until the process of an attempt is on record: a moment after it was started, and later where the disk is busy.
pub fn wait_for_process(desk: &Desk, of: AttemptId) {
    wait_for("its process on record", || {
        let journal = Journal::open(&desk.journal(), Mode::ReadOnly).unwrap().unwrap();
        let entries = journal.entries(&only_run(&desk.journal())).unwrap();
        entries.iter().any(|entry| matches!(entry.event, Event::AttemptSpawned { attempt, .. } if attempt == of))
    });
}

#[test]
fn killed_in_the_middle_of_a_command_the_run_asks_and_repeats_nothing() {
    let desk = Desk::with(&steps(&[
        "echo 1 >> \"$DESK/did\"",
        "echo 2 >> \"$DESK/did\"; echo before; sleep 300",
        "echo 3 >> \"$DESK/did\"",
    ]));
    std::fs::write(desk.path("runbook.md"), &desk.runbook).unwrap();
    let mut child = exec(&desk, &[]);
    wait_for("the second command", || desk.lines("did").len() == 2);
    wait_for_process(&desk, AttemptId(2));
    child.kill().unwrap();
    child.wait().unwrap();

    let id = only_run(&desk.journal());
    let mut session = desk.resume(&id);
    assert!(session.holder().is_none(), "the dead hold no lease");
    assert_eq!((state(&session, "1.1"), state(&session, "1.2")), ("passed", "unknown"));
    assert_eq!(session.readiness().answer.word(), "HOLD");
    let lost = session.run().unknown().next().unwrap().id();
    assert_eq!(desk.lines("did"), ["1", "2"], "nothing was run again");

    // What it left behind is named: its process lives on, and what it printed was kept as far as it was committed.
    if let Some(pid) = session.still_alive(lost) {
        let _ = Command::new("kill").args(["-9", "--", &format!("-{pid}")]).status();
        wait_for("the left-over to die", || alive::started(pid).is_none());
    } else {
        panic!("the command that was left behind is not found");
    }
    until(&mut session, |session| session.still_alive(lost).is_none());
    let refused = play(&mut session, "1.2").unwrap_err().to_string();
    assert!(refused.contains("has an unknown end"), "{refused}");
    let reason = "it was killed".to_owned();
    session.intend(&Intent::Resolve { attempt: lost, resolution: Resolution::Failed, reason }).unwrap();
    play(&mut session, "1.3").unwrap();
    assert_eq!(desk.lines("did"), ["1", "2", "3"]);
    session.leave().unwrap();
}

#[test]
fn an_unattended_resume_does_not_repeat_what_is_unknown() {
    let desk = Desk::with(&steps(&["echo 1 >> \"$DESK/did\"; sleep 300", "echo 2 >> \"$DESK/did\""]));
    std::fs::write(desk.path("runbook.md"), &desk.runbook).unwrap();
    let mut child = exec(&desk, &[]);
    wait_for("the first command", || desk.lines("did").len() == 1);
    wait_for_process(&desk, AttemptId(1));
    child.kill().unwrap();
    child.wait().unwrap();
    let id = only_run(&desk.journal());
    let again = exec(&desk, &["--resume", &id.0]).wait().unwrap();
    assert_eq!(again.code(), Some(4));
    assert_eq!(desk.lines("did"), ["1"]);
    let session = desk.resume(&id);
    let lost = session.run().unknown().next().unwrap();
    let pid = session.still_alive(lost.id()).expect("it lives on");
    let _ = Command::new("kill").args(["-9", "--", &format!("-{pid}")]).status();
}

#[test]
fn output_of_a_lost_command_is_kept_as_far_as_it_was_committed() {
    let desk = Desk::with(&steps(&["for i in 1 2 3 4 5 6; do echo line $i; sleep 0.5; done; sleep 300"]));
    std::fs::write(desk.path("runbook.md"), &desk.runbook).unwrap();
    let mut child = exec(&desk, &[]);
    wait_for("a run", || desk.journal().exists());
    std::thread::sleep(Duration::from_millis(3500));
    child.kill().unwrap();
    child.wait().unwrap();
    let id = only_run(&desk.journal());
    let mut session = desk.resume(&id);
    until(&mut session, |session| session.run().running().is_none());
    let text = printed(&session);
    assert!(text.starts_with("line 1\nline 2\n"), "{text:?}");
    let lost = session.run().unknown().next().unwrap().id();
    let pid = session.still_alive(lost).expect("it lives on");
    let _ = Command::new("kill").args(["-9", "--", &format!("-{pid}")]).status();
}
