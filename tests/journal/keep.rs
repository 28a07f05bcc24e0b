//! Events, runbooks and outputs come back as they went in.

use crate::*;
use gonogo::journal::{Cause, Found, Stored};

#[test]
fn a_run_comes_back_as_it_was_recorded() {
    let (_folder, path) = folder();
    let run = run_id(1);
    let mut journal = Journal::create_or_open(&path).unwrap();
    let (first, lease) = begin(&mut journal, &run);
    assert_eq!(first.event, Event::RunOpened(opened()));
    let noted = journal.append(&run, 1, Needs::Nothing, &stamp(), &note("frozen")).unwrap();
    let started = journal.append(&run, 2, Needs::Lease(&lease), &stamp(), &intended(1)).unwrap();
    drop(journal);

    let journal = Journal::open(&path, Mode::ReadOnly).unwrap().unwrap();
    let entries = journal.entries(&run).unwrap();
    let expected: Vec<Entry> = [vec![first], noted.into_entries(), started.into_entries()].concat();
    assert_eq!(entries, expected);
    assert_eq!(journal.entries_since(&run, 2).unwrap(), expected[2..]);
    assert_eq!(journal.runbook(Digest::of(RUNBOOK)).unwrap(), RUNBOOK);
    let report = journal.verify(&run).unwrap();
    assert_eq!((report.runs, report.events, report.findings), (1, 3, Vec::new()));
}

#[test]
fn runs_are_listed_newest_first_with_their_end() {
    let (_folder, path) = folder();
    let journal = filled(&path, 3, b"ok\n");
    let rows = journal.runs(10).unwrap();
    let listed: Vec<_> = rows
        .iter()
        .map(|row| {
            (row.run.short(), row.events, row.closed.as_ref().map(|closed| (closed.verdict.as_str(), closed.percent)))
        })
        .collect();
    let go = Some(("go", Some(100)));
    assert_eq!(listed, [("000003".into(), 4, None), ("000002".into(), 5, go), ("000001".into(), 5, go)]);
    assert_eq!(rows[0].title, "Move the photo store");
    assert_eq!(rows[0].opened, stamp().at);
    assert_eq!(journal.runs(1).unwrap().len(), 1);
    assert_eq!(journal.unfinished(Digest::of(RUNBOOK)).unwrap(), rows[..1]);
    assert_eq!(journal.unfinished(Digest::of(b"another")).unwrap(), []);
    assert_eq!(journal.run(&run_id(2)).unwrap(), rows[1]);
    assert_eq!(journal.newest().unwrap(), Some(run_id(3)));
    let mut journal = journal;
    begin(&mut journal, &run_id(0));
    assert_eq!(journal.newest().unwrap(), Some(run_id(3)), "the newest of those that are open");
    add(&mut journal, &run_id(3), &closed());
    assert_eq!(journal.newest().unwrap(), Some(run_id(0)), "an open one comes before newer ones that are closed");
    add(&mut journal, &run_id(0), &closed());
    assert_eq!(journal.newest().unwrap(), Some(run_id(3)), "else the newest");
}

#[test]
fn among_very_many_open_runs_those_of_one_runbook_are_found_newest_first() {
    let mut journal = Journal::in_memory().unwrap();
    let other = b"# Something else\n".as_slice();
    for number in 0..1_100 {
        begin(&mut journal, &run_id(number));
    }
    let elsewhere = Opened { runbook: Digest::of(other), path: "else.md".into(), ..opened() };
    journal.begin(&run_id(2_000), other, &me(), &stamp(), &elsewhere).unwrap();
    add(&mut journal, &run_id(1_099), &closed());
    let names = |rows: Vec<RunRow>| rows.into_iter().map(|row| row.run).collect::<Vec<_>>();
    let newest: Vec<RunId> = (0..1_099).rev().take(100).map(run_id).collect();
    assert_eq!(names(journal.unfinished(Digest::of(RUNBOOK)).unwrap()), newest);
    assert_eq!(names(journal.unfinished_of("move.md").unwrap()), newest);
    assert_eq!(names(journal.unfinished(Digest::of(other)).unwrap()), [run_id(2_000)]);
    assert_eq!(names(journal.unfinished_of("else.md").unwrap()), [run_id(2_000)]);
    assert_eq!(journal.unfinished(Digest::of(b"another")).unwrap(), []);
}

#[test]
fn a_run_is_found_by_the_short_form_people_type() {
    let mut journal = Journal::in_memory().unwrap();
    for name in ["01JD7ZAAAAAAAAAAAAAAAAQ0K1", "01JD7ZAAAAAAAAAAAAAAAAQ0K2", "01JD8ZAAAAAAAAAAAAAAAAZZZZ"] {
        begin(&mut journal, &RunId(name.into()));
    }
    let one = |name: &str| Found::One(RunId(name.into()));
    assert_eq!(journal.find("aaq0k1").unwrap(), one("01JD7ZAAAAAAAAAAAAAAAAQ0K1"));
    assert_eq!(journal.find("qoki").unwrap(), one("01JD7ZAAAAAAAAAAAAAAAAQ0K1"), "o for 0, i for 1");
    assert_eq!(journal.find(" 01jd8 ").unwrap(), one("01JD8ZAAAAAAAAAAAAAAAAZZZZ"));
    assert_eq!(journal.find("01JD7ZAAAAAAAAAAAAAAAAQ0K2").unwrap(), one("01JD7ZAAAAAAAAAAAAAAAAQ0K2"));
    let many = ["01JD7ZAAAAAAAAAAAAAAAAQ0K2", "01JD7ZAAAAAAAAAAAAAAAAQ0K1"].map(|name| RunId(name.into()));
    assert_eq!(journal.find("01jd7").unwrap(), Found::Many(many.to_vec()));
    for nothing in ["", "%", "xyz", "' OR 1=1"] {
        assert_eq!(journal.find(nothing).unwrap(), Found::Nothing, "{nothing}");
    }
}

#[test]
fn what_others_wrote_comes_back_with_an_append() {
    let (_folder, path) = folder();
    let run = run_id(1);
    let mut mine = Journal::create_or_open(&path).unwrap();
    let (_, lease) = begin(&mut mine, &run);
    let mut theirs = Journal::create_or_open(&path).unwrap();
    assert!(!mine.changed().unwrap());
    add(&mut theirs, &run, &note("seen from next door"));
    assert!(mine.changed().unwrap());
    assert!(!mine.changed().unwrap(), "asked once, answered once");

    let overtaken = mine.append(&run, 1, Needs::Lease(&lease), &stamp(), &intended(1)).unwrap();
    let Appended::Overtaken(seen) = overtaken else { panic!("a decision on old facts went through") };
    assert_eq!(seen.iter().map(|entry| entry.event.clone()).collect::<Vec<_>>(), [note("seen from next door")]);
    let recorded = mine.append(&run, 2, Needs::Lease(&lease), &stamp(), &intended(1)).unwrap();
    assert!(matches!(recorded, Appended::Recorded(entries) if entries.len() == 1 && entries[0].seq == 3));

    let Appended::Recorded(entries) = theirs.append(&run, 2, Needs::Nothing, &stamp(), &note("late")).unwrap() else {
        panic!("a note waits for nobody")
    };
    assert_eq!(entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [3, 4]);
}

#[test]
fn only_a_living_run_takes_events() {
    let mut journal = Journal::in_memory().unwrap();
    let run = run_id(1);
    let unknown = journal.append(&run, 0, Needs::Nothing, &stamp(), &note("x")).unwrap_err();
    assert_eq!(unknown.cause, Cause::NoRun(run.clone()));
    assert_eq!(journal.entries(&run).unwrap_err().cause, Cause::NoRun(run.clone()));
    begin(&mut journal, &run);
    let again = journal.begin(&run, RUNBOOK, &me(), &stamp(), &opened()).unwrap_err();
    assert_eq!(again.cause, Cause::RunExists(run.clone()));
    let other = journal.begin(&run_id(2), b"other bytes", &me(), &stamp(), &opened()).unwrap_err();
    assert!(matches!(other.cause, Cause::Altered(_)), "{other}");
    add(&mut journal, &run, &closed());
    let twice = journal.append(&run, 2, Needs::Nothing, &stamp(), &closed()).unwrap_err();
    assert_eq!(twice.cause, Cause::Closed(run.clone()));
    let late = journal.append(&run, 2, Needs::Nothing, &stamp(), &note("after the close")).unwrap_err();
    assert_eq!(late.cause, Cause::Closed(run.clone()));
    // Whoever walked it still leaves.
    assert_eq!(add(&mut journal, &run, &Event::SittingEnded), 3);
    assert!(journal.verify_all().unwrap().is_intact());
}

#[test]
fn nothing_goes_in_after_a_failed_append_until_the_journal_works_again() {
    let mut journal = Journal::in_memory().unwrap();
    let run = run_id(1);
    begin(&mut journal, &run);
    journal.fail_appends();
    assert!(journal.append(&run, 1, Needs::Nothing, &stamp(), &note("lost")).is_err());
    journal.reopen().unwrap();
    assert_eq!(add(&mut journal, &run, &note("kept")), 2);
}

fn print(journal: &mut Journal, limits: Keep, pieces: &[&[u8]]) -> (OutputDigest, Stored) {
    let run = run_id(1);
    let attempt = AttemptId(u32::try_from(journal.entries(&run).unwrap().len()).unwrap());
    add(journal, &run, &intended(attempt.0));
    let mut writer = journal.output_writer(&run, attempt, limits).unwrap();
    for bytes in pieces {
        writer.write(bytes);
    }
    let kept = writer.finish(2);
    assert_eq!(kept.trouble(), None);
    let entries = journal.end_attempt(&run, 0, &stamp(), &ended(attempt.0), &kept).unwrap();
    let Event::AttemptEnded(ended) = &entries.last().unwrap().event else { panic!("the ending comes last") };
    let stored = journal.output(&run, attempt, Some(&ended.output)).unwrap();
    (ended.output.clone(), stored)
}

#[test]
fn an_output_keeps_its_head_and_its_tail() {
    let (_folder, path) = folder();
    for mut journal in [Journal::create_or_open(&path).unwrap(), Journal::in_memory().unwrap()] {
        begin(&mut journal, &run_id(1));
        let keep = Keep { head: 4, tail: 3 };

        let (said, stored) = print(&mut journal, keep, &[]);
        assert_eq!((said.bytes, said.redacted, said.sha256), (0, 2, None));
        assert_eq!(stored, Stored::Parts(vec![]));

        let (said, stored) = print(&mut journal, keep, &[b"ab", b"", b"cd"]);
        assert_eq!((said.bytes, said.dropped, said.sha256), (4, 0, Some(Digest::of(b"abcd"))));
        assert_eq!(stored, Stored::Parts(vec![b"abcd".into()]));

        let (said, stored) = print(&mut journal, keep, &[b"abcdef"]);
        assert_eq!((said.bytes, said.dropped), (6, 0));
        assert_eq!(stored, Stored::Parts(vec![b"abcd".into(), b"ef".into()]));

        let (said, stored) = print(&mut journal, keep, &[b"abc", b"defgh", b"i"]);
        assert_eq!((said.bytes, said.dropped, said.sha256), (9, 2, Some(Digest::of(b"abcdefghi"))));
        assert_eq!(stored, Stored::Parts(vec![b"abcd".into(), b"ghi".into()]));

        let (said, stored) = print(&mut journal, Keep { head: 2, tail: 0 }, &[b"abcdef"]);
        assert_eq!(said.dropped, 4);
        assert_eq!(stored, Stored::Parts(vec![b"ab".into()]));
        assert!(journal.verify_all().unwrap().is_intact());
    }
    let left = std::fs::read_dir(path.parent().unwrap())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains("spool"));
    assert_eq!(left.count(), 0);
}

#[test]
fn a_large_output_is_kept_in_many_chunks() {
    let (_folder, path) = folder();
    let mut journal = Journal::create_or_open(&path).unwrap();
    begin(&mut journal, &run_id(1));
    let mib = 1024 * 1024;
    let bytes: Vec<u8> = (0..5 * 1024 * 1024_u32).flat_map(|i| i.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let keep = Keep { head: 9 << 20, tail: 6 << 20 };
    let writes: Vec<&[u8]> = bytes.chunks(65_521).collect();
    let (said, stored) = print(&mut journal, keep, &writes);
    assert_eq!((said.bytes, said.dropped), (20 << 20, 5 << 20));
    assert_eq!(said.sha256, Some(Digest::of(&bytes)));
    assert_eq!(stored, Stored::Parts(vec![bytes[..9 * mib].into(), bytes[14 * mib..].into()]));
    let mut copied = Vec::new();
    journal.copy_output(&run_id(1), AttemptId(1), 1, &mut copied).unwrap();
    assert_eq!(copied, bytes[14 * mib..]);
    assert!(verify(&path).is_intact());
}

/// Whether any file of the folder holds these bytes.
fn on_disk(folder: &Path, bytes: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|file| {
        let content = std::fs::read(file.unwrap().path()).unwrap();
        content.windows(bytes.len()).any(|window| window == bytes)
    })
}

fn shredded(reason: &str) -> Event {
    Event::OutputShredded { attempt: AttemptId(1), reason: reason.into() }
}

#[test]
fn a_shredded_output_is_gone_from_every_file_and_the_chain_stays_whole() {
    let (folder, path) = folder();
    // Without repetition, so that it stands in the compressed chunk as it is.
    let secret = b"wq7!Lz0#Rk";
    let mut journal = filled(&path, 1, secret);
    let run = run_id(1);
    assert!(on_disk(folder.path(), secret), "else this test shows nothing");
    let Event::AttemptEnded(ended) = journal.entries(&run).unwrap()[3].event.clone() else { panic!("an ending") };
    let entries = journal.shred(&run, AttemptId(1), 4, &stamp(), &shredded("a password was printed")).unwrap();
    assert_eq!(entries.last().unwrap().seq, 5);
    assert!(!on_disk(folder.path(), secret));
    let stored = journal.output(&run, AttemptId(1), Some(&ended.output)).unwrap();
    assert_eq!(stored, Stored::Shredded { seq: 5 });
    let report = journal.verify_all().unwrap();
    assert_eq!((report.is_intact(), report.shredded), (true, vec![(run.clone(), AttemptId(1))]));
    let again = journal.shred(&run, AttemptId(1), 5, &stamp(), &shredded("again")).unwrap_err();
    assert_eq!(again.cause, Cause::NoOutput(run.clone(), AttemptId(1)));
    assert_eq!(journal.entries(&run).unwrap().len(), 5, "a refused shredding leaves no event");
}

#[test]
fn a_backup_is_a_whole_journal() {
    let (folder, path) = folder();
    let journal = filled(&path, 2, b"ok\n");
    let copy = folder.path().join("copy.db");
    journal.backup(&copy).unwrap();
    assert_eq!(journal.backup(&copy).unwrap_err().cause, Cause::Exists);
    let restored = Journal::open(&copy, Mode::ReadWrite).unwrap().unwrap();
    assert_eq!(restored.entries(&run_id(1)).unwrap(), journal.entries(&run_id(1)).unwrap());
    assert!(restored.verify_all().unwrap().is_intact());
}
