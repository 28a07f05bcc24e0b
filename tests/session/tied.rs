//! What an author ties a block to: what comes first, a condition, a single run, its pieces, and secret output.

use crate::desk::{Desk, finish, play, printed, run, state};
use gonogo::run::decide::{Execute, Intent, Refusal};
use gonogo::run::event::{DeviationKind, Verdict};
use gonogo::run::{Run, Value};
use gonogo::session::{Denied, Session};

fn book(blocks: &[(&str, &str)]) -> Desk {
    let mut text = "# Desk\n\n## Notes\n\nNone.\n\n## Work\n\n".to_owned();
    for ((options, block), title) in blocks.iter().zip(["Alpha", "Beta", "Gamma"]) {
        text.push_str(&format!("### {title}\n\n```sh {{{options}}}\n{block}\n```\n\n"));
    }
    Desk::with(&text)
}

fn refusal(denied: Result<(), Denied>) -> Refusal {
    match denied {
        Err(Denied::Refused(refusal)) => refusal,
        other => panic!("no refusal: {other:?}"),
    }
}

/// The same wish with a reason.
fn because(wish: Intent, why: &str) -> Intent {
    match wish {
        Intent::Execute(execute) => Intent::Execute(Execute { reason: Some(why.to_owned()), ..execute }),
        other => panic!("no command: {other:?}"),
    }
}

fn mark(session: &mut Session, number: &str, verdict: Verdict, reason: Option<&str>) -> Result<(), Denied> {
    let step = session.book().find_step(number).unwrap().id.clone();
    session.intend(&Intent::Mark { step, verdict, reason: reason.map(str::to_owned) })
}

fn deviations(run: &Run) -> Vec<(DeviationKind, &str)> {
    run.deviations.iter().map(|one| (one.kind, one.reason.as_str())).collect()
}

#[test]
fn what_is_needed_first_is_named_and_unlocks() {
    let desk = book(&[("name=halt", "echo halt"), ("", "echo two"), ("needs=halt,beta", "echo three")]);
    let mut session = desk.begin();
    let first = refusal(session.intend(&run(&session, "2.3", 1)));
    assert_eq!(first.to_string(), "needs first: block halt of 2.1 Alpha (not run), 2.2 Beta (open)");
    // A reason does not unlock it.
    let forced = because(run(&session, "2.3", 1), "now");
    assert_eq!(refusal(session.intend(&forced)), first);
    play(&mut session, "2.1").unwrap();
    mark(&mut session, "2.2", Verdict::Waived, Some("no time")).unwrap();
    let second = refusal(session.intend(&run(&session, "2.3", 1)));
    assert_eq!(second.to_string(), "needs first: 2.2 Beta (waived)", "what was waived has not been done");
    mark(&mut session, "2.2", Verdict::NotApplicable, Some("one host only")).unwrap();
    play(&mut session, "2.3").unwrap();
    assert_eq!(state(&session, "2.3"), "passed");
    assert_eq!(deviations(session.run()), []);
}

#[test]
fn a_need_that_is_nowhere_takes_a_reason_and_is_a_deviation() {
    let desk = book(&[("needs=halt", "echo one")]);
    let mut session = desk.begin();
    let refused = refusal(session.intend(&run(&session, "2.1", 1)));
    assert!(matches!(&refused, Refusal::NeedsReason(why) if why.contains("needs `halt`")), "{refused}");
    session.intend(&because(run(&session, "2.1", 1), "renamed")).unwrap();
    finish(&mut session);
    let (kind, reason) = deviations(session.run())[0];
    assert_eq!(kind, DeviationKind::OutOfOrder);
    assert!(reason.starts_with("renamed (it needs `halt`"), "{reason}");
}

#[test]
fn what_runs_once_runs_again_only_with_a_reason() {
    let desk = book(&[("once", "echo try >> tries; test $(wc -l < tries) -ge 2")]);
    let mut session = desk.begin();
    play(&mut session, "2.1").unwrap();
    assert_eq!(state(&session, "2.1"), "failed");
    play(&mut session, "2.1").unwrap();
    assert_eq!(state(&session, "2.1"), "passed", "what failed may be tried again");
    let refused = refusal(session.intend(&run(&session, "2.1", 1)));
    assert!(matches!(&refused, Refusal::NeedsReason(why) if why.contains("#2 has succeeded")), "{refused}");
    session.intend(&because(run(&session, "2.1", 1), "the disk was replaced")).unwrap();
    finish(&mut session);
    assert_eq!(desk.lines("tries").len(), 3);
    assert_eq!(deviations(session.run())[0].0, DeviationKind::RanAgain);
    // The record keeps it, whoever reads it.
    let again = desk.resume(&session.run().id.clone());
    assert_eq!(again.run().deviations, session.run().deviations);
}

#[test]
fn a_condition_is_for_a_person_to_say() {
    let desk = Desk::with(
        "# D\n\n## Notes\n\nNone.\n\n## Work\n\n### Alpha\n\n```sh\necho always\n```\n\n```sh {when=\"the disk is full\"}\ndf -h .\n```\n",
    );
    let mut session = desk.begin();
    let Intent::Execute(asked) = run(&session, "2.1", 2) else { panic!() };
    let unasked = Intent::Execute(Execute { consent: gonogo::run::decide::Consent::None, ..asked });
    assert_eq!(refusal(session.intend(&unasked)), Refusal::NeedsYes, "it only looks, and asks all the same");
    assert_eq!(state(&session, "2.1"), "open");
    play(&mut session, "2.1").unwrap();
    assert_eq!(state(&session, "2.1"), "ran", "it does not pass by itself while the condition is open");
    let refused = refusal(mark(&mut session, "2.1", Verdict::Passed, None));
    assert!(matches!(&refused, Refusal::NeedsReason(why) if why.contains("only when “the disk is full”")), "{refused}");
    mark(&mut session, "2.1", Verdict::Passed, Some("half of it is free")).unwrap();
    assert_eq!((state(&session, "2.1"), deviations(session.run())), ("passed", vec![]));
}

#[test]
fn a_split_block_runs_piece_by_piece() {
    let desk = book(&[("split", "cd /tmp\nfor i in 1 2; do\n  echo $i\ndone\npwd")]);
    let mut session = desk.begin();
    assert_eq!(refusal(session.intend(&run(&session, "2.1", 1))), Refusal::ChooseLine);
    for piece in 0..3 {
        let Intent::Execute(mut execute) = run(&session, "2.1", 1) else { panic!() };
        execute.target.part = Some(piece);
        session.intend(&Intent::Execute(execute)).unwrap();
        finish(&mut session);
    }
    assert_eq!((printed(&session).as_str(), state(&session, "2.1")), ("/tmp\n", "passed"));
    assert_eq!(session.run().attempts.len(), 3);
}

#[test]
fn secret_output_is_nowhere_and_can_be_saved() {
    let desk = book(&[
        ("secret save=PIN", "echo pin $((40+8))-15-16"),
        ("", "test \"$PIN\" = \"pin $((48))-15-16\" && echo \"<$PIN>\""),
    ]);
    let mut session = desk.begin();
    play(&mut session, "2.1").unwrap();
    assert_eq!(printed(&session), "[redacted:secret]\n");
    assert_eq!(session.run().values["PIN"], Value::Secret);
    play(&mut session, "2.2").unwrap();
    assert_eq!(state(&session, "2.2"), "passed");
    assert!(!printed(&session).contains("48-15"), "{}", printed(&session));
    session.leave().unwrap();
    for entry in std::fs::read_dir(desk.journal().parent().unwrap()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default();
        assert!(!bytes.windows(8).any(|window| window == b"48-15-16"), "it is nowhere");
    }
}

#[test]
fn a_variable_that_a_block_calls_secret_is_one() {
    let desk = book(&[("secret=PLATE", "echo \"$PLATE\"")]);
    let mut setup = desk.setup();
    setup.environment.insert("PLATE".to_owned(), "kestrel-blue-77".to_owned());
    let mut session = desk.begin_with(setup);
    play(&mut session, "2.1").unwrap();
    assert_eq!(printed(&session), "[redacted:PLATE]\n");
}
