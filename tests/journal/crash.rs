//! A process that is killed at any moment: what it had acknowledged is there, and the file opens.

use crate::faults::{figures, times};
use crate::share::{again, worker};
use crate::*;
use gonogo::journal::{Cause, Health, Stored, Taken};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

fn random(below: u64) -> u64 {
    getrandom::u64().unwrap() % below
}

/// Records as fast as it can and says so after each commit.
fn record(path: &Path) {
    let run = run_id(1);
    let mut journal = Journal::create_or_open(path).unwrap();
    let Taken::Lease(lease) = journal.take_lease(&run, &me()).unwrap() else { panic!("its holder was killed") };
    let entries = journal.entries(&run).unwrap();
    let mut seen = entries.len() as u64;
    let mut attempt = entries.iter().filter(|entry| entry.event.kind() == "attempt_intended").count();
    journal.salvage(&run, AttemptId(u32::try_from(attempt.max(1)).unwrap())).unwrap();
    loop {
        attempt += 1;
        let id = u32::try_from(attempt).unwrap();
        let appended = journal.append(&run, seen, Needs::Lease(&lease), &stamp(), &intended(id)).unwrap();
        seen = appended.into_entries().last().unwrap().seq;
        println!("ack {seen} intended {id} .");
        let mut writer = journal.output_writer(&run, AttemptId(id), Keep { head: 20_000, tail: 10_000 }).unwrap();
        for line in 0..random(40) {
            writer.write(format!("line {line} {}\n", "x".repeat(random(3000).try_into().unwrap())).as_bytes());
        }
        let kept = writer.finish(0);
        let entries = journal.end_attempt(&run, seen, &stamp(), &ended(id), &kept).unwrap();
        seen = entries.last().unwrap().seq;
        println!("ack {seen} ended {id} .");
    }
}

#[test]
fn a_killed_writer_loses_nothing_it_had_acknowledged() {
    let test = "crash::a_killed_writer_loses_nothing_it_had_acknowledged";
    if let Some((role, path)) = worker() {
        return if role == "hasty" { record_hastily(&path) } else { record(&path) };
    }
    let kills = times("GONOGO_KILLS", 30);
    let (events, lost) = killed(test, "honest", kills);
    assert_eq!(lost, None);
    // The planted bug: a writer that acknowledges before it commits. It has to be caught.
    let (_, caught) = killed(test, "hasty", 200);
    assert!(caught.is_some(), "a writer that acknowledges too early is not noticed");
    figures(
        "kills",
        &format!(
            "{kills} kill -9 of a writer, {events} events acknowledged, 0 lost, all opened and verified; the hasty writer was caught"
        ),
    );
}

/// Acknowledges what it is about to record.
fn record_hastily(path: &Path) {
    let run = run_id(1);
    let mut journal = Journal::create_or_open(path).unwrap();
    let mut seen = journal.entries(&run).unwrap().len() as u64;
    loop {
        println!("ack {} hasty .", seen + 1);
        seen = journal.append(&run, seen, Needs::Nothing, &stamp(), &note("x")).unwrap().into_entries()[0].seq;
    }
}

/// Kills a writer again and again. How many events there are at the end, or what was lost.
fn killed(test: &str, role: &str, kills: u64) -> (u64, Option<String>) {
    let (_folder, path) = folder();
    let run = run_id(1);
    let (_, lease) = begin(&mut Journal::create_or_open(&path).unwrap(), &run);
    Journal::create_or_open(&path).unwrap().release(&lease).unwrap();
    let mut acknowledged = 1;
    for kill in 0..kills {
        let mut child = again(test, role, &path).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let wanted = random(30);
        let mut acks = 0;
        while acks < wanted {
            acks += u64::from(note_ack(&lines.next().unwrap().unwrap(), &mut acknowledged));
        }
        for _ in 0..random(20_000) {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        for line in lines.map_while(Result::ok) {
            note_ack(&line, &mut acknowledged);
        }
        child.wait().unwrap();
        let journal = Journal::open(&path, Mode::ReadOnly).unwrap().unwrap();
        let entries = journal.entries(&run).unwrap_or_else(|fault| panic!("kill {kill}: {fault}"));
        let last = entries.last().unwrap().seq;
        if last < acknowledged {
            return (last, Some(format!("kill {kill}: {acknowledged} were acknowledged, {last} are there")));
        }
        // One more may have been committed and not yet acknowledged: what counts is what the journal says.
        assert!(last <= acknowledged + 1, "kill {kill}");
        acknowledged = last;
    }
    let report = verify(&path);
    assert_eq!(report.findings, []);
    assert_eq!(report.events, acknowledged);
    (acknowledged, None)
}

/// Takes the number out of a line that was written whole.
fn note_ack(line: &str, acknowledged: &mut u64) -> bool {
    let Some((_, ack)) = line.split_once("ack ").filter(|_| line.ends_with(" .")) else {
        return false;
    };
    *acknowledged = ack.split(' ').next().unwrap().parse().unwrap();
    true
}

#[test]
fn the_output_of_a_killed_process_is_there_but_for_its_last_second() {
    let test = "crash::the_output_of_a_killed_process_is_there_but_for_its_last_second";
    let run = run_id(1);
    let head = b"head ".repeat(2000);
    let tail = b"tail ".repeat(5000);
    if let Some((_, path)) = worker() {
        let mut journal = Journal::create_or_open(&path).unwrap();
        begin(&mut journal, &run);
        add(&mut journal, &run, &intended(1));
        let mut writer = journal.output_writer(&run, AttemptId(1), Keep { head: 10_000, tail: 7_000 }).unwrap();
        writer.write(&head);
        writer.write(&tail);
        // The head is committed within a second; then this process says so and waits for its end.
        while journal.output(&run, AttemptId(1), None).unwrap() == Stored::Parts(vec![]) {
            std::thread::yield_now();
        }
        println!("ready");
        std::io::stdin().read_line(&mut String::new()).unwrap();
        return;
    }
    let (folder, path) = folder();
    let mut child = again(test, "worker", &path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while !lines.next().unwrap().unwrap().ends_with("ready") {}
    child.kill().unwrap();
    child.wait().unwrap();

    let mut journal = Journal::create_or_open(&path).unwrap();
    assert_eq!(journal.output(&run, AttemptId(1), None).unwrap(), Stored::Parts(vec![head.clone()]));
    for _ in 0..2 {
        journal.salvage(&run, AttemptId(1)).unwrap();
        let whole = Stored::Parts(vec![head.clone(), tail[tail.len() - 7000..].to_vec()]);
        assert_eq!(journal.output(&run, AttemptId(1), None).unwrap(), whole);
    }
    assert!(journal.verify_all().unwrap().is_intact());
    let spools = std::fs::read_dir(folder.path())
        .unwrap()
        .filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().contains("spool"));
    assert_eq!(spools.count(), 0);
}

#[test]
fn after_a_failed_write_nothing_is_recorded_until_the_journal_was_opened_again() {
    let test = "crash::after_a_failed_write_nothing_is_recorded_until_the_journal_was_opened_again";
    let run = run_id(1);
    if let Some((_, path)) = worker() {
        // This process may not write files beyond some size: a write fails in the middle of a commit.
        let mut journal = Journal::create_or_open(&path).unwrap();
        let long = "a note that fills the log ".repeat(400);
        let mut acknowledged = 1;
        let failed = loop {
            match journal.append(&run, acknowledged, Needs::Nothing, &stamp(), &note(&long)) {
                Ok(_) => acknowledged += 1,
                Err(fault) => break fault,
            }
        };
        assert!(matches!(failed.cause, Cause::Io(_)), "{failed}");
        assert_eq!(journal.health(), Health::Suspended);
        for _ in 0..3 {
            let refused = journal.append(&run, acknowledged, Needs::Nothing, &stamp(), &note("x")).unwrap_err();
            assert_eq!(refused.cause, Cause::Suspended);
        }
        assert!(acknowledged > 10, "the limit is not that low");
        journal.reopen().unwrap();
        assert_eq!(journal.health(), Health::Good);
        assert_eq!(journal.entries(&run).unwrap().len() as u64, acknowledged);
        return;
    }
    let (_folder, path) = folder();
    begin(&mut Journal::create_or_open(&path).unwrap(), &run);
    let program = again(test, "worker", &path);
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 1200; exec \"$@\"", "sh"]).arg(program.get_program());
    shell.args(program.get_args()).envs(program.get_envs().map(|(name, value)| (name, value.unwrap())));
    assert!(shell.status().unwrap().success());
    assert!(verify(&path).is_intact());
}
