//! Several processes on one journal: leases, and appends that never lose one another.

use crate::faults::{figures, times};
use crate::*;
use gonogo::journal::{Cause, Stored, Taken};
use std::process::{Child, Command};

/// Runs `test` of this very program in another process, as the worker named by `role`.
pub fn again(test: &str, role: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env("GONOGO_WORKER", role);
    command.env("GONOGO_WORKER_JOURNAL", path);
    command
}

/// What this process was started as by [`again`], if it was.
pub fn worker() -> Option<(String, PathBuf)> {
    #[expect(clippy::disallowed_methods, reason = "the only way to tell a test process what it is for")]
    let read = |name| std::env::var(name).ok();
    Some((read("GONOGO_WORKER")?, read("GONOGO_WORKER_JOURNAL")?.into()))
}

#[test]
fn one_living_process_at_a_time_drives_a_run() {
    let (_folder, path) = folder();
    let run = run_id(1);
    let mut journal = Journal::create_or_open(&path).unwrap();
    let (_, lease) = begin(&mut journal, &run);
    assert_eq!(journal.holder(&run).unwrap(), Some(me()));
    let grace = Holder { operator: "Grace".into(), tty: None, ..me() };
    assert_eq!(journal.take_lease(&run, &grace).unwrap(), Taken::Held(me()));

    journal.release(&lease).unwrap();
    assert_eq!(journal.holder(&run).unwrap(), None);
    let Taken::Lease(theirs) = journal.take_lease(&run, &grace).unwrap() else { panic!("it was free") };
    let lost = journal.append(&run, 1, Needs::Lease(&lease), &stamp(), &intended(1)).unwrap_err();
    assert_eq!(lost.cause, Cause::LeaseLost(run.clone()));
    journal.append(&run, 1, Needs::Lease(&theirs), &stamp(), &intended(1)).unwrap();
    journal.release(&lease).unwrap();
    assert_eq!(journal.holder(&run).unwrap(), Some(grace), "only its own lease is given back");
    add(&mut journal, &run, &note("anybody may add a note"));
    let other = run_id(2);
    begin(&mut journal, &other);
    let strange = journal.append(&other, 1, Needs::Lease(&theirs), &stamp(), &intended(1)).unwrap_err();
    assert_eq!(strange.cause, Cause::LeaseLost(other), "a lease is good for its own run only");
}

#[test]
fn a_dead_holder_does_not_stand_in_the_way() {
    let (_folder, path) = folder();
    let mut journal = Journal::create_or_open(&path).unwrap();
    let mut child = Command::new("sleep").arg("60").spawn().unwrap();
    let run = run_id(1);
    let theirs = Holder { pid: child.id(), started: alive::started(child.id()).unwrap(), ..me() };
    journal.begin(&run, RUNBOOK, &theirs, &stamp(), &opened()).unwrap();
    assert_eq!(journal.take_lease(&run, &me()).unwrap(), Taken::Held(theirs.clone()));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(matches!(journal.take_lease(&run, &me()).unwrap(), Taken::Lease(_)));

    let far = Holder { host: "beta".into(), operator: "Grace".into(), tty: None, ..theirs };
    let run = run_id(2);
    journal.begin(&run, RUNBOOK, &far, &stamp(), &opened()).unwrap();
    assert_eq!(journal.take_lease(&run, &me()).unwrap(), Taken::Held(far.clone()), "nobody can tell from here");
    assert_eq!(far.to_string(), format!("Grace on beta (process {})", far.pid));
    journal.break_lease(&run, &far).unwrap();
    assert!(matches!(journal.take_lease(&run, &me()).unwrap(), Taken::Lease(_)));
    journal.break_lease(&run, &far).unwrap();
    assert_eq!(journal.holder(&run).unwrap(), Some(me()), "only that holder's lease is broken");
}

#[test]
fn three_processes_append_to_one_run_and_nothing_is_lost() {
    let test = "share::three_processes_append_to_one_run_and_nothing_is_lost";
    let each = times("GONOGO_APPENDS", 200);
    if let Some((name, path)) = worker() {
        let append = if name.starts_with("careless") { append_carelessly } else { append };
        return append(&name, &path, each);
    }
    assert_eq!(lost_of(test, ["a", "b", "c"], each), None);
    // The planted bug: writers that look up the end of the chain before they hold the lock. It has to be caught.
    let caught = lost_of(test, ["careless-a", "careless-b", "careless-c"], each);
    assert!(caught.is_some(), "writers that do not look again under the lock are not noticed");
    let said = format!(
        "3 processes x {each} appends to one run, {0} of {0} there; the careless writers were caught",
        3 * each
    );
    figures("writers", &said);
}

fn append(name: &str, path: &Path, each: u64) {
    let mut journal = Journal::create_or_open(path).unwrap();
    let mut seen = 0;
    for i in 0..each {
        let event = note(&format!("{name} {i}"));
        let Appended::Recorded(entries) = journal.append(&run_id(1), seen, Needs::Nothing, &stamp(), &event).unwrap()
        else {
            panic!("a note waits for nobody")
        };
        assert_eq!(entries.first().unwrap().seq, seen + 1, "what others wrote is handed over without a gap");
        seen = entries.last().unwrap().seq;
    }
}

/// Looks where the chain ends, and then writes there in a transaction that takes the lock only now.
fn append_carelessly(name: &str, path: &Path, each: u64) {
    let conn = stranger(path);
    conn.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    let run = run_id(1);
    for i in 0..each {
        let (seq, hash): (u64, [u8; 32]) = conn
            .query_row("SELECT seq, hash FROM event WHERE run = ? ORDER BY seq DESC LIMIT 1", [&run.0], |row| {
                Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
            })
            .unwrap();
        std::thread::yield_now();
        let (entry, body) = Entry::seal(&run, seq + 1, stamp(), note(&format!("{name} {i}")), Digest(hash));
        // It takes what it wrote for written.
        let _ = conn.execute(
            "INSERT OR IGNORE INTO event(run, seq, kind, body, prev, hash) VALUES (?, ?, 'note_added', ?, ?, ?)",
            (&run.0, entry.seq.cast_signed(), body, entry.prev.0, entry.hash.0),
        );
    }
}

/// Lets three writers append to one run, and tells what is missing of what they wrote.
fn lost_of(test: &str, names: [&str; 3], each: u64) -> Option<String> {
    let (_folder, path) = folder();
    begin(&mut Journal::create_or_open(&path).unwrap(), &run_id(1));
    let workers: Vec<Child> = names.map(|name| again(test, name, &path).spawn().unwrap()).into();
    for mut worker in workers {
        assert!(worker.wait().unwrap().success());
    }
    let journal = Journal::open(&path, Mode::ReadOnly).unwrap().unwrap();
    let entries = journal.entries(&run_id(1)).unwrap();
    for name in names {
        let own: Vec<Event> = (0..each).map(|i| note(&format!("{name} {i}"))).collect();
        let found: Vec<Event> =
            entries.iter().map(|entry| entry.event.clone()).filter(|event| own.contains(event)).collect();
        if found != own {
            return Some(format!("{} of {each} notes of {name}, or not in order", found.len()));
        }
    }
    assert_eq!(entries.len() as u64, 1 + 3 * each);
    assert!(journal.verify_all().unwrap().is_intact());
    None
}

#[test]
fn three_processes_create_one_journal() {
    let test = "share::three_processes_create_one_journal";
    if let Some((name, path)) = worker() {
        let mut journal = Journal::create_or_open(&path).unwrap();
        begin(&mut journal, &run_id(name.parse().unwrap()));
        return;
    }
    for _ in 0..5 {
        let (_folder, path) = folder();
        let path = path.with_file_name("new").join("journal.db");
        let workers: Vec<Child> = ["1", "2", "3"].map(|name| again(test, name, &path).spawn().unwrap()).into();
        for mut worker in workers {
            assert!(worker.wait().unwrap().success());
        }
        let report = verify(&path);
        assert_eq!((report.runs, report.events, report.findings), (3, 3, vec![]));
    }
}

#[test]
fn a_backup_taken_while_others_write_is_whole() {
    let (folder, path) = folder();
    let run = run_id(1);
    begin(&mut Journal::create_or_open(&path).unwrap(), &run);
    let writer = std::thread::spawn({
        let (path, run) = (path.clone(), run.clone());
        move || {
            let mut journal = Journal::create_or_open(&path).unwrap();
            for i in 0..200 {
                add(&mut journal, &run, &note(&i.to_string()));
            }
        }
    });
    let journal = Journal::open(&path, Mode::ReadOnly).unwrap().unwrap();
    for i in 0..10 {
        let copy = folder.path().join(format!("copy-{i}.db"));
        journal.backup(&copy).unwrap();
        assert!(verify(&copy).is_intact());
    }
    writer.join().unwrap();
}

/// What `gonogo status` reads, while another process records as fast as it can.
#[test]
#[expect(clippy::disallowed_methods, reason = "the long form measures; nothing is asserted about time")]
fn readers_and_a_writer_do_not_disturb_one_another() {
    let test = "share::readers_and_a_writer_do_not_disturb_one_another";
    let (reads, appends) = (times("GONOGO_READS", 300), times("GONOGO_APPENDS", 200));
    let (read, written) = (run_id(1), run_id(2));
    if let Some((_, path)) = worker() {
        let mut journal = Journal::create_or_open(&path).unwrap();
        let mut took: Vec<std::time::Duration> = Vec::new();
        // Until the reader, who has this process's input, is done.
        let done = std::thread::spawn(|| std::io::stdin().read_line(&mut String::new()));
        let mut seen = 1;
        while took.len() < usize::try_from(appends).unwrap() || !done.is_finished() {
            let begun = std::time::Instant::now();
            let appended = journal.append(&written, seen, Needs::Nothing, &stamp(), &note(&seen.to_string())).unwrap();
            took.push(begun.elapsed());
            seen = appended.into_entries().last().unwrap().seq;
        }
        took.sort_unstable();
        println!("appended {} {} .", took.len(), took[took.len() * 99 / 100].as_micros());
        return;
    }
    let (_folder, path) = folder();
    let mut journal = filled(&path, 1, b"ok\n");
    begin(&mut journal, &written);
    drop(journal);
    let with_readers = |reads: u64| {
        let mut command = again(test, "writer", &path);
        let mut child =
            command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take();
        for _ in 0..reads {
            let journal = Journal::open(&path, Mode::ReadOnly).unwrap().unwrap();
            assert_eq!(journal.runs(10).unwrap().len(), 2);
            assert_eq!(journal.entries(&read).unwrap().len(), 4);
            assert!(journal.holder(&written).unwrap().is_some());
        }
        drop(input);
        let said = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        let figures = said.split_once("appended ").unwrap().1.split(' ').map(str::to_owned).collect::<Vec<_>>();
        (figures[0].parse::<u64>().unwrap(), figures[1].parse::<u64>().unwrap())
    };
    let (_, quiet) = with_readers(0);
    let (appended, busy) = with_readers(reads);
    assert!(verify(&path).is_intact());
    figures(
        "readers",
        &format!(
            "{reads} reads during {appended} appends, 0 errors; of the appends 99 % within {busy} us, {quiet} us without readers"
        ),
    );
}

/// A journal with a run whose first attempt has begun, and what that attempt printed.
fn with_an_attempt(path: &Path) -> (Journal, Lease, Kept) {
    let mut journal = Journal::create_or_open(path).unwrap();
    let (_, lease) = begin(&mut journal, &run_id(1));
    add(&mut journal, &run_id(1), &intended(1));
    let mut writer = journal.output_writer(&run_id(1), AttemptId(1), Keep::default()).unwrap();
    writer.write(b"ok\n");
    (journal, lease, writer.finish(0))
}

fn events(path: &Path) -> usize {
    Journal::open(path, Mode::ReadOnly).unwrap().unwrap().entries(&run_id(1)).unwrap().len()
}

#[test]
fn an_end_that_is_held_is_recorded_with_what_follows_and_not_before() {
    let (_folder, path) = folder();
    let (mut journal, lease, kept) = with_an_attempt(&path);
    let held = journal.hold_end(&run_id(1), 2, &stamp(), None, &ended(1), &kept).unwrap();
    assert_eq!((held.len(), held[0].seq, events(&path)), (1, 3, 2), "nobody else sees it yet");
    let next = journal.append(&run_id(1), 3, Needs::Lease(&lease), &stamp(), &intended(2)).unwrap().into_entries();
    assert_eq!((next.len(), next[0].seq, next[0].prev, events(&path)), (1, 4, held[0].hash, 4));
    journal.settle().unwrap();
    assert!(verify(&path).is_intact());
}

#[test]
fn an_end_that_is_held_is_committed_by_itself_where_nothing_follows() {
    let (_folder, path) = folder();
    let (mut journal, lease, kept) = with_an_attempt(&path);
    journal.hold_end(&run_id(1), 2, &stamp(), None, &ended(1), &kept).unwrap();
    journal.settle().unwrap();
    assert_eq!(events(&path), 3);
    journal.release(&lease).unwrap();
    drop(journal);
    assert!(verify(&path).is_intact());
}

#[test]
fn an_end_that_is_held_goes_when_what_follows_fails_or_its_process_is_gone() {
    let (_folder, path) = folder();
    let (mut journal, lease, kept) = with_an_attempt(&path);
    journal.hold_end(&run_id(1), 2, &stamp(), None, &ended(1), &kept).unwrap();
    let closed_run = RunId("01JD7ZZZZZZZZZZZZZZZ000009".into());
    journal.append(&closed_run, 0, Needs::Nothing, &stamp(), &note("no such run")).unwrap_err();
    assert_eq!(journal.entries(&run_id(1)).unwrap().len(), 2, "undone as a whole, also in the eyes of who wrote it");
    journal.hold_end(&run_id(1), 2, &stamp(), None, &ended(1), &kept).unwrap();
    drop(journal);
    assert_eq!(events(&path), 2);
    let mut journal = Journal::create_or_open(&path).unwrap();
    journal.end_attempt(&run_id(1), 2, &stamp(), &ended(1), &kept).unwrap();
    journal.release(&lease).unwrap();
    assert!(verify(&path).is_intact());
}

#[test]
fn what_is_read_at_one_moment_fits_together_whatever_others_do_meanwhile() {
    let (_folder, path) = folder();
    let (mut theirs, _lease, kept) = with_an_attempt(&path);
    let ended = theirs.end_attempt(&run_id(1), 2, &stamp(), &ended(1), &kept).unwrap();
    let Event::AttemptEnded(ended) = &ended[0].event else { panic!("it ended") };
    let mine = Journal::open(&path, Mode::ReadOnly).unwrap().unwrap();
    let run = run_id(1);
    let (entries, output) = mine
        .at_one_moment(|journal| {
            let entries = journal.entries(&run)?.len();
            let event = Event::OutputShredded { attempt: AttemptId(1), reason: "the token was in it".into() };
            // The bytes stay in the log for this reader, so that they are not gone from the disk yet.
            theirs.shred(&run, AttemptId(1), 3, &stamp(), &event).unwrap_err();
            Ok((entries, journal.output(&run, AttemptId(1), Some(&ended.output))?))
        })
        .unwrap();
    assert_eq!((entries, matches!(output, Stored::Parts(_))), (3, true));
    let later = mine.output(&run, AttemptId(1), Some(&ended.output)).unwrap();
    assert_eq!((mine.entries(&run).unwrap().len(), matches!(later, Stored::Shredded { seq: 4 })), (4, true));
}
