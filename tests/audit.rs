//! Runs in a real journal: gathered, exported, verified in both places, altered in both.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "terminal/mod.rs"]
#[expect(dead_code, reason = "another test needs the rest")]
mod terminal;

use gonogo::audit::verify::{self, Outputs, Verified};
use gonogo::audit::{Evidence, IncludeOutput, KeptPart, OutputBytes, Place, json, markdown};
use gonogo::journal::{Holder, Journal, Keep, Mode, Needs};
use gonogo::run::event::{
    Actor, AttemptId, Channel, Ended, Ending, Event, Intended, Opened, OutputDigest, RunId, RunKind, Stamp, Target,
};
use gonogo::runbook::{Digest, Risk, StepId};
use std::path::Path;
use std::process::Command;
use terminal::Terminal;

const BOOK: &str = include_str!("../src/audit/tests/shop.md");

fn run() -> RunId {
    RunId("01KAK4Q3W0Z3V9T5B7N2M8XJHD".into())
}

fn stamp() -> Stamp {
    let by = Actor { name: "dana".into(), user: "ops".into(), uid: 7, host: "bastion".into(), ..Actor::default() };
    Stamp { at: "2026-11-21T02:14:07.1Z".parse().unwrap(), mono_us: 1, boot: "b".into(), by }
}

/// One run with two attempts: text with a middle that is not kept, and bytes that are no text.
fn record(path: &Path) -> Journal {
    let mut journal = Journal::create_or_open(path).unwrap();
    let (run, me) = (run(), std::process::id());
    let holder = Holder {
        pid: me,
        started: gonogo::journal::alive::started(me).unwrap(),
        boot: gonogo::journal::alive::boot_id(),
        host: "bastion".into(),
        tty: None,
        operator: "dana".into(),
    };
    let opened = Opened {
        runbook: Digest::of(BOOK.as_bytes()),
        title: "Harbour shop: go-live".into(),
        path: "shop.md".into(),
        run_kind: RunKind::Real,
        program: "gonogo 0.1.0".into(),
        cwd: "/srv".into(),
        shell: "/bin/sh".into(),
        ticket: None,
    };
    let (_, lease) = journal.begin(&run, BOOK.as_bytes(), &holder, &stamp(), &opened).unwrap();
    let keep = Keep { head: 6, tail: 4 };
    for (number, step, printed) in
        [(1, "check-the-disk", b"first, middle, last".as_slice()), (2, "warm-the-cache", b"\xff\x00\xfe")]
    {
        let attempt = AttemptId(number);
        let after = journal.entries(&run).unwrap().len() as u64;
        let intended = Event::AttemptIntended(Intended {
            attempt,
            target: Target { step: StepId(step.into()), command: 0, part: None },
            text: "true\n".into(),
            channel: Channel::Pipe,
            shell: "/bin/sh".into(),
            cwd: "/srv".into(),
            risk: Risk::Read,
            timeout_ms: None,
            session: None,
        });
        journal.append(&run, after, Needs::Lease(&lease), &stamp(), &intended).unwrap();
        let mut writer = journal.output_writer(&run, attempt, keep).unwrap();
        writer.write(printed);
        let ending = Ending::Exited { code: 0 };
        let (output, left_over) = (OutputDigest::default(), Vec::new());
        let ended = Ended {
            attempt,
            ending,
            took_ms: 5,
            output,
            matched: None,
            left_over,
            not_dead: Vec::new(),
            errors: Vec::new(),
            errors_until: None,
        };
        journal.end_attempt(&run, after + 1, &stamp(), &ended, &writer.finish(0)).unwrap();
    }
    journal
}

#[test]
fn a_run_goes_from_the_journal_into_a_record_that_stands_alone() {
    let folder = tempfile::tempdir().unwrap();
    let journal = record(&folder.path().join("journal.db"));
    let Verified::Intact(there) = verify::run(&journal, &run(), None).unwrap() else { panic!("altered") };
    assert_eq!((there.entries, there.outputs), (5, Outputs { checked: 2, shredded: 0, left_out: 0 }));
    let (evidence, _) = Evidence::of_run(&journal, &run(), OutputBytes::Kept).unwrap();
    let parts: Vec<&[u8]> = evidence
        .output(1)
        .iter()
        .map(|part| match part {
            KeptPart::Here { bytes, .. } => bytes.as_slice(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(parts, [b"first,".as_slice(), b"last"]);
    let checked = evidence.check().unwrap();
    let page = markdown(&checked.record(), &checked.evidence, IncludeOutput::Full);
    assert!(page.contains("Then 9 bytes that were not kept.") && page.contains(r"\xff\x00\xfe"), "{page}");
    let text = json(&checked, OutputBytes::Kept);
    assert!(text.contains("\"base64\": \"/wD+\""), "{text}");
    let Verified::Intact(here) = verify::record(text.as_bytes()) else { panic!("altered") };
    assert_eq!((here.head, here.outputs.checked), (there.head, 2));
    let altered = verify::record(text.replace("/wD+", "/wD/").as_bytes());
    assert_eq!(altered.text(), "ALTERED: output of attempt #2: part 0 is not what was recorded\n");
}

#[test]
fn what_was_shredded_and_what_was_altered_in_the_journal_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let mut journal = record(&path);
    let why = Event::OutputShredded { attempt: AttemptId(1), reason: "a token was printed".into() };
    journal.shred(&run(), AttemptId(1), 5, &stamp(), &why).unwrap();
    let checked = Evidence::of_run(&journal, &run(), OutputBytes::Kept).unwrap().0.check().unwrap();
    let Verified::Intact(found) = verify::record(json(&checked, OutputBytes::Kept).as_bytes()) else { panic!() };
    assert_eq!(found.outputs, Outputs { checked: 1, shredded: 1, left_out: 0 });
    let Verified::Intact(found) = verify::run(&journal, &run(), None).unwrap() else { panic!() };
    assert_eq!(found.outputs, Outputs { checked: 1, shredded: 1, left_out: 0 });
    let checked = Evidence::of_run(&journal, &run(), OutputBytes::LeftOut).unwrap().0.check().unwrap();
    let page = markdown(&checked.record(), &checked.evidence, IncludeOutput::None);
    assert!(
        page.contains("were shredded; entry 6 says why.") && page.contains("Kept: 3 bytes, salted digest"),
        "{page}"
    );
    drop(journal);

    let conn = rusqlite::Connection::open(&path).unwrap();
    let guards: Vec<String> = conn
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        .and_then(|mut all| all.query_map([], |row| row.get(0))?.collect())
        .unwrap();
    for name in &guards {
        conn.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    conn.execute("UPDATE event SET body = replace(body, 'dana', 'fred') WHERE seq = 4", []).unwrap();
    drop(conn);
    let Some(journal) = Journal::open(&path, Mode::ReadOnly).unwrap() else { panic!("it is there") };
    let Verified::Altered { place: Place::Journal(place), .. } = verify::run(&journal, &run(), None).unwrap() else {
        panic!()
    };
    assert!(!place.is_empty(), "{place}");
    assert!(verify::run(&journal, &RunId("none".into()), None).is_err());
}

/// The document tells how to check the chain without gonogo. Those very lines are run here.
#[test]
fn the_way_to_verify_that_the_document_tells_works() {
    let folder = tempfile::tempdir().unwrap();
    let journal = record(&folder.path().join("journal.db"));
    let checked = Evidence::of_run(&journal, &run(), OutputBytes::Kept).unwrap().0.check().unwrap();
    let page = markdown(&checked.record(), &checked.evidence, IncludeOutput::None);
    let start = page.find("python3 - RECORD.json").unwrap();
    let script = &page[start..start + page[start..].find("\n```").unwrap()];
    let told = |text: &str| {
        std::fs::write(folder.path().join("RECORD.json"), text).unwrap();
        let output = Command::new("sh").args(["-c", script]).current_dir(folder.path()).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr))
    };
    let text = json(&checked, OutputBytes::Kept);
    let head = checked.run.head.hash;
    assert_eq!(told(&text), (true, format!("5 entries, head {head}\n")));
    assert_eq!(
        told(&text.replacen("check-the-disk\\\"", "check-the-desk\\\"", 1)),
        (false, "entry 2 was altered\n".into())
    );
}

/// A key with a passphrase: ssh-keygen asks for it at the terminal, and nothing of it is kept anywhere.
#[test]
fn a_locked_key_is_asked_for_at_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("one.md"), "# One\n## Prepare {gate=dba}\n- [ ] Look\n## Go\n- [ ] On\n").unwrap();
    let made =
        Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "open sesame", "-f"]).arg(path("id")).status();
    assert!(made.unwrap().success());
    let journal = path("journal.db").to_string_lossy().into_owned();
    let environment = [("GONOGO_JOURNAL", journal.as_str()), ("GONOGO_OPERATOR", "dana"), ("SSH_AUTH_SOCK", "")];
    let start = |arguments: &[&str]| Terminal::start_with(folder.path(), (110, 40), arguments, &environment);
    let mut walk = start(&["--plain", "one.md"]);
    walk.wait_for("Choose:");
    walk.keys("t\rq\r");
    assert_eq!(walk.wait_end(), Some(4));
    let listed = || {
        let journal = Journal::open(Path::new(&journal), Mode::ReadOnly).unwrap().unwrap();
        let run = journal.runs(1).unwrap().first().unwrap().run.clone();
        (run.short(), journal.entries(&run).unwrap().len())
    };
    let (run, before) = listed();
    let sign = ["sign", &run, "prepare", "--operator", "alice", "--role", "dba", "--key", "id"];
    for (typed, exit) in [("wrong\r", Some(6)), ("open sesame\r", Some(0))] {
        let mut terminal = start(&sign);
        terminal.wait_for("y or n >");
        terminal.keys("y\r");
        terminal.wait_for("passphrase");
        terminal.keys(typed);
        assert_eq!(terminal.wait_end(), exit, "{}", terminal.text());
        assert!(!String::from_utf8_lossy(&terminal.raw()).contains("sesame"), "it is not echoed");
        let signed = terminal.text().contains("signed with SHA256:");
        assert_eq!((signed, listed().1 > before), (exit == Some(0), exit == Some(0)), "{}", terminal.text());
    }
    let bytes = std::fs::read(&journal).unwrap();
    assert!(!bytes.windows(6).any(|six| six == b"sesame"));
}
