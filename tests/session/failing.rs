//! When nothing can be recorded, nothing happens; what has happened is recorded as soon as it can be.

use crate::desk::{Desk, finish, play, printed, run, state, steps, until};
use gonogo::journal::{Journal, Storage};
use gonogo::run::decide::Intent;
use gonogo::run::event::DeviationKind;
use gonogo::session::{Denied, Session};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

fn fault(denied: Denied) -> String {
    match denied {
        Denied::Faulted(fault) => fault.to_string(),
        Denied::Refused(refusal) => panic!("refused: {refusal}"),
    }
}

/// A journal handed to a session, made to fail from now on.
fn with_failing_journal(desk: &Desk, session: &mut Session) -> Session {
    let id = session.run().id.clone();
    session.leave().unwrap();
    let journal = Journal::create_or_open(&desk.journal()).unwrap();
    let broken = Session::resume(journal, &id, desk.setup()).unwrap();
    broken.fail_appends();
    broken
}

#[test]
fn a_failed_append_starts_nothing() {
    let desk = Desk::with(&steps(&["echo one >> \"$DESK/did\"", "echo two >> \"$DESK/did\""]));
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    let mut session = with_failing_journal(&desk, &mut session);
    let before = session.run().clone();
    let said = fault(session.intend(&run(&session, "1.2", 1)).unwrap_err());
    assert!(said.contains("journal.db"), "{said}");
    assert_eq!(session.run(), &before, "what was not recorded has not happened");
    assert_eq!(desk.lines("did"), ["one"]);
    fault(session.intend(&Intent::Note { step: None, text: "x".into() }).unwrap_err());
    assert_eq!(desk.entries(&before.id).len() as u64, before.head.seq);
}

#[test]
fn an_ending_that_cannot_be_recorded_is_told_again_and_again() {
    let desk = Desk::with(&steps(&["echo kept; sleep 0.3"]));
    let mut session = desk.begin();
    session.intend(&run(&session, "1.1", 1)).unwrap();
    session.fail_appends();
    let mut faults = 0;
    let begun = session.clock().now().mono_us;
    while faults < 3 && session.clock().now().mono_us - begun < 20_000_000 {
        faults += u32::from(session.tick().is_err());
        session.wait(std::time::Duration::from_millis(20));
    }
    assert_eq!(faults, 3, "it is told as long as it lasts");
    assert_eq!(state(&session, "1.1"), "running", "its end is not on record");
    // Whoever comes next asks what became of it.
    assert_eq!(desk.kinds(&session.run().id).iter().filter(|kind| **kind == "attempt_ended").count(), 0);
}

#[test]
fn an_unattended_ending_that_goes_with_a_failed_intent_is_not_taken_for_recorded() {
    let desk = Desk::with(&steps(&["echo one >> \"$DESK/did\"", "echo two >> \"$DESK/did\""]));
    let mut session = desk.begin_unattended();
    play(&mut session, "1.1").unwrap();
    let id = session.run().id.clone();
    assert_eq!(
        (state(&session, "1.1"), desk.count(&id, "attempt_ended")),
        ("passed", 0),
        "it waits for what comes next"
    );
    session.fail_appends();
    fault(session.intend(&run(&session, "1.2", 1)).unwrap_err());
    assert_eq!((desk.lines("did"), desk.count(&id, "attempt_ended")), (vec!["one".to_owned()], 0));
    session.tick().unwrap_err();
    assert_eq!(state(&session, "1.1"), "running", "its end is not on record");
}

#[test]
fn an_unattended_ending_is_recorded_with_the_next_intent_or_on_leaving() {
    let desk = Desk::with(&steps(&["true", "true", "true"]));
    let mut session = desk.begin_unattended();
    for (step, recorded) in [("1.1", 0), ("1.2", 1), ("1.3", 2)] {
        play(&mut session, step).unwrap();
        assert_eq!(desk.count(&session.run().id, "attempt_ended"), recorded, "{step}");
    }
    session.leave().unwrap();
    assert_eq!(desk.count(&session.run().id, "attempt_ended"), 3);
    assert_eq!(desk.entries(&session.run().id).len() as u64, session.run().head.seq);
}

#[test]
fn a_folder_that_cannot_be_written_is_named_and_nothing_runs() {
    if rustix::process::geteuid().is_root() {
        // Rights mean nothing to root; a file in the folder's place does.
        let desk = Desk::with(&steps(&["echo one >> \"$DESK/did\""]));
        std::fs::write(desk.path("state"), "in the way").unwrap();
        let mut session = desk.begin();
        let said = fault(play(&mut session, "1.1").unwrap_err());
        assert!(said.contains("state"), "{said}");
        assert_eq!(desk.lines("did"), Vec::<String>::new());
        return;
    }
    let desk = Desk::with(&steps(&["echo one >> \"$DESK/did\""]));
    std::fs::create_dir(desk.path("state")).unwrap();
    std::fs::set_permissions(desk.path("state"), std::fs::Permissions::from_mode(0o500)).unwrap();
    let mut session = desk.begin();
    let said = fault(play(&mut session, "1.1").unwrap_err());
    assert!(said.contains("journal.db"), "{said}");
    assert_eq!(desk.lines("did"), Vec::<String>::new());
    std::fs::set_permissions(desk.path("state"), std::fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_file_that_is_no_journal_is_left_alone() {
    let desk = Desk::with(&steps(&["echo one >> \"$DESK/did\""]));
    std::fs::create_dir(desk.path("state")).unwrap();
    std::fs::set_permissions(desk.path("state"), std::fs::Permissions::from_mode(0o700)).unwrap();
    std::fs::write(desk.journal(), "shopping list\n".repeat(100)).unwrap();
    let mut session = desk.begin();
    let said = fault(play(&mut session, "1.1").unwrap_err());
    assert!(said.contains("is not a gonogo journal"), "{said}");
    assert_eq!(desk.lines("did"), Vec::<String>::new());
    assert!(std::fs::read_to_string(desk.journal()).unwrap().starts_with("shopping"));
}

#[test]
fn a_full_disk_starts_nothing_and_keeps_what_happens() {
    let Some(disk) = SmallDisk::mount() else {
        // Elsewhere the journal's own tests fill a disk by other means.
        return crate::skip::skip("a_full_disk_starts_nothing_and_keeps_what_happens", "only root may mount a disk");
    };
    let desk = Desk::with(&steps(&["echo one >> \"$DESK/did\"", "echo two >> \"$DESK/did\""]));
    let mut setup = desk.setup();
    setup.journal = disk.path().join("journal.db");
    let mut session = desk.begin_with(setup);
    play(&mut session, "1.1").unwrap();
    disk.fill();
    let said = fault(session.intend(&run(&session, "1.2", 1)).unwrap_err());
    assert!(said.contains("the disk is full"), "{said}");
    assert_eq!(desk.lines("did"), ["one"]);
    session.intend(&Intent::Note { step: None, text: "the disk is full".into() }).unwrap();
    disk.clear();
    play(&mut session, "1.2").unwrap();
    assert_eq!(desk.lines("did"), ["one", "two"]);
    session.leave().unwrap();
}

/// A file system of 8 MiB in memory.
struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let done = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs"])
            .arg(folder.path())
            .status();
        done.is_ok_and(|status| status.success()).then_some(SmallDisk { folder })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn fill(&self) {
        let mut file = std::fs::File::create(self.path().join("filler")).unwrap();
        while std::io::Write::write_all(&mut file, &[7; 4096]).is_ok() {}
    }

    fn clear(&self) {
        std::fs::remove_file(self.path().join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[test]
fn an_ending_is_recorded_as_soon_as_the_journal_can_be_written_again() {
    let desk = Desk::with(&steps(&["echo kept; sleep 0.3"]));
    let mut session = desk.begin();
    session.intend(&run(&session, "1.1", 1)).unwrap();
    until(&mut session, |session| session.run().attempts[0].process.is_some());
    // Another program keeps the file locked for longer than anybody waits.
    let lock = rusqlite::Connection::open(desk.journal()).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut told = String::new();
    let begun = session.clock().now().mono_us;
    while told.is_empty() && session.clock().now().mono_us - begun < 30_000_000 {
        told = session.tick().map_or_else(|fault| fault.to_string(), |_| String::new());
        session.wait(std::time::Duration::from_millis(20));
    }
    assert!(told.contains("locked"), "{told}");
    assert_eq!(state(&session, "1.1"), "running", "its end is not on record");
    lock.execute_batch("ROLLBACK").unwrap();
    finish(&mut session);
    assert_eq!((state(&session, "1.1"), printed(&session).as_str()), ("passed", "kept\n"));
}

#[test]
fn that_the_journal_is_on_a_network_share_stands_in_the_record() {
    let desk = Desk::with(&steps(&["true", "true"]));
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    session.leave().unwrap();
    assert_eq!(session.run().deviations, []);
    let run = session.run().id.clone();
    drop(session);
    for _ in 0..2 {
        let journal = Journal::create_or_open_on(&desk.journal(), Storage::Network).unwrap();
        let mut session = Session::resume(journal, &run, desk.setup()).unwrap();
        play(&mut session, "1.2").unwrap();
        let kinds: Vec<DeviationKind> = session.run().deviations.iter().map(|deviation| deviation.kind).collect();
        assert_eq!(kinds, [DeviationKind::NetworkStorage], "said once");
        session.leave().unwrap();
    }
}
