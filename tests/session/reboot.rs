//! The machine was restarted in the middle of a run: pids and clocks of the boot before mean nothing any more.

use crate::desk::{Desk, play, state, steps};
use gonogo::journal::{Holder, Journal, Needs, alive};
use gonogo::run::decide::Intent;
use gonogo::run::event::{Entry, Event, OutputDigest, RunId, Stamp, Verdict};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

/// How many states are tried: a few here, `GONOGO_REBOOTS` for more.
fn states() -> usize {
    std::env::var("GONOGO_REBOOTS").ok().and_then(|states| states.parse().ok()).unwrap_or(40)
}

/// A run with commands that end well and badly, run again, verdicts and words between.
fn recorded() -> (Desk, Vec<Entry>) {
    let desk =
        Desk::with(&steps(&["echo 1 >> \"$DESK/did\"", "echo 2 >> \"$DESK/did\"; false", "echo 3 >> \"$DESK/did\""]));
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    let step = |number: &str| session.book().find_step(number).unwrap().id.clone();
    let (first, second) = (step("1.1"), step("1.2"));
    session.intend(&Intent::Note { step: Some(first), text: "seen".to_owned() }).unwrap();
    play(&mut session, "1.2").unwrap();
    let verdict = Intent::Mark { step: second.clone(), verdict: Verdict::Deferred, reason: Some("later".to_owned()) };
    session.intend(&verdict).unwrap();
    session.intend(&Intent::Reverse { step: second }).unwrap();
    play(&mut session, "1.2").unwrap();
    play(&mut session, "1.3").unwrap();
    session.leave().unwrap();
    let entries = desk.entries(&session.run().id);
    (desk, entries)
}

/// Writes the first entries of a run into a new journal, as if `boot` had recorded them and `pid` had been every command's
/// process and the program itself.
fn beginning(path: &Path, desk: &Desk, entries: &[Entry], boot: &str, pid: u32) -> RunId {
    let mut journal = Journal::create_or_open(path).unwrap();
    let (run, started) = (entries[0].run.clone(), alive::started(pid).unwrap());
    let (host, operator) = (entries[0].stamp.by.host.clone(), "dana".to_owned());
    let holder = Holder { pid, started, boot: boot.to_owned(), host, tty: None, operator };
    let stamp = |entry: &Entry| Stamp { boot: boot.to_owned(), ..entry.stamp.clone() };
    let Event::RunOpened(opened) = &entries[0].event else { panic!("a run begins with its opening") };
    let (_, lease) = journal.begin(&run, desk.runbook.as_bytes(), &holder, &stamp(&entries[0]), opened).unwrap();
    for entry in &entries[1..] {
        let event = match entry.event.clone() {
            Event::AttemptSpawned { attempt, mark, .. } => Event::AttemptSpawned { attempt, pid, started, mark },
            // What was kept of its output is not here.
            Event::AttemptEnded(mut ended) => {
                ended.output = OutputDigest::default();
                Event::AttemptEnded(ended)
            }
            other => other,
        };
        journal.append(&run, entry.seq - 1, Needs::Lease(&lease), &stamp(entry), &event).unwrap();
    }
    run
}

#[test]
fn after_a_restart_what_ran_is_unknown_and_nothing_runs_again() {
    let (desk, entries) = recorded();
    let mut child = Command::new("sleep").arg("600").spawn().unwrap();
    let done = desk.lines("did");
    let (mut unknown, mut named) = (0, 0);
    for n in 0..states() {
        let length = 1 + n % entries.len();
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("journal.db");
        let open = |entries: &[Entry]| {
            let begun = entries.iter().filter(|entry| entry.event.kind() == "attempt_intended").count();
            begun - entries.iter().filter(|entry| entry.event.kind() == "attempt_ended").count()
        };
        let left = open(&entries[..length]);
        let run = beginning(&path, &desk, &entries[..length], "the boot before", child.id());
        let setup = gonogo::session::Setup { journal: path.clone(), ..desk.setup() };
        let journal = Journal::create_or_open(&path).unwrap();
        let mut session = gonogo::session::Session::resume(journal, &run, setup).unwrap();
        for _ in 0..3 {
            session.tick().unwrap();
        }
        assert!(session.holder().is_none(), "{length} entries: whoever drove it before the restart is gone");
        assert!(session.run().running().is_none(), "{length} entries");
        assert_eq!(session.run().unknown().count(), left, "{length} entries");
        assert_eq!(session.survivors().len(), 0, "{length} entries: a pid of another boot is another process");
        unknown += left;
        // Somebody sits down and writes a word: that starts nothing either.
        session.intend(&Intent::Note { step: None, text: "back again".to_owned() }).unwrap();
        session.tick().unwrap();
        let lost = session.run().unknown().next().map(|lost| lost.intended.target.step.clone());
        if let Some(step) = lost {
            let number = session.book().step(&step).unwrap().number.clone();
            assert_eq!(state(&session, &number), "unknown");
            assert!(play(&mut session, &number).unwrap_err().to_string().contains("unknown end"), "{length} entries");
        }
        session.leave().unwrap();
        assert_eq!(desk.lines("did"), done, "{length} entries: something ran");
        // The planted bug: were the boot not looked at, the living process would be taken for the command.
        let spawned = left == 1 && entries[length - 1].event.kind() == "attempt_spawned";
        if spawned && named == 0 {
            let path = place.path().join("same-boot.db");
            let run = beginning(&path, &desk, &entries[..length], &alive::boot_id(), child.id());
            let setup = gonogo::session::Setup { journal: path.clone(), ..desk.setup() };
            let session =
                gonogo::session::Session::resume(Journal::create_or_open(&path).unwrap(), &run, setup).unwrap();
            assert!(session.holder().is_some(), "the same process of this boot is alive");
            named += 1;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(unknown > 0 && named > 0, "no state had a command that ran");
    if std::env::var("GONOGO_FIGURES").is_ok() {
        let said = format!(
            "FIGURES restart: {} states, {unknown} with a command that ran: all unknown, 0 run again\n",
            states()
        );
        std::io::stderr().write_all(said.as_bytes()).unwrap();
    }
}
