//! Corrections of what was read: recorded, kept through a resume, and offered to the next run of the document.

use crate::desk::{Desk, play, run, state};
use gonogo::run::decide::{Intent, Refusal};
use gonogo::runbook::{Correction, Step};
use gonogo::session::Denied;

const BOOK: &str = "# D\n\n## Go\n\n1. Say it\n\n   ```text\n   echo said >> \"$DESK/did\"\n   ```\n\n2. Look\n\n\
                    ## Troubleshooting\n\n1. Call the tower\n";

fn offer() -> Correction {
    Correction::Offer { line: 7 }
}

#[test]
fn a_correction_is_a_deviation_and_holds_after_a_resume() {
    let desk = Desk::with(BOOK);
    let mut session = desk.begin();
    match session.intend(&run(&session, "1.1", 1)) {
        Err(Denied::Refused(Refusal::NotOffered(_))) => {}
        otherwise => panic!("a block of text ran: {otherwise:?}"),
    }
    let wish = |reason: &str| Intent::Correct { correction: offer(), reason: reason.to_owned() };
    match session.intend(&wish(" ")) {
        Err(Denied::Refused(Refusal::NeedsReason(why))) => assert!(why.contains("run the block at line 7"), "{why}"),
        otherwise => panic!("no reason was needed: {otherwise:?}"),
    }
    session.intend(&wish("the fence has the wrong tag")).unwrap();
    let leaves = session.readiness().total;
    session.intend(&Intent::Correct { correction: Correction::Walk { line: 13 }, reason: "it counts".into() }).unwrap();
    assert!(session.readiness().total > leaves, "the section counts now");
    assert_eq!(session.run().deviations.len(), 2);
    assert!(session.run().deviations[0].reason.contains("the fence has the wrong tag (run the block at line 7"));
    let id = session.run().id.clone();
    session.leave().unwrap();
    drop(session);

    let mut again = desk.resume(&id);
    assert!(again.book().phases[1].is_walked());
    play(&mut again, "1.1").unwrap();
    assert_eq!(desk.lines("did"), ["said"]);
    assert_eq!(state(&again, "1.1"), "passed");
    match again.intend(&wish("twice")) {
        Err(Denied::Refused(Refusal::NothingToCorrect(7))) => {}
        otherwise => panic!("it was corrected twice: {otherwise:?}"),
    }
}

#[test]
fn the_next_run_is_offered_it_and_reads_the_document_as_it_stands_until_then() {
    let desk = Desk::with(BOOK);
    let mut session = desk.begin();
    session.recall().unwrap();
    assert_eq!(session.remembered(), []);
    session.intend(&Intent::Correct { correction: offer(), reason: "wrong tag".into() }).unwrap();
    session.remember(&offer(), "wrong tag").unwrap();
    drop(session);

    let mut next = desk.begin();
    next.recall().unwrap();
    let remembered: Vec<_> = next.remembered().iter().map(|one| (&one.correction, one.reason.as_str())).collect();
    assert_eq!(remembered, [(&offer(), "wrong tag")]);
    assert_eq!(next.run().corrections, [], "offered is not applied");
    assert!(next.intend(&run(&next, "1.1", 1)).is_err());
}

#[test]
fn an_edit_that_is_taken_over_is_read_as_it_stands() {
    let desk = Desk::with(BOOK);
    let file = desk.path("desk.md");
    std::fs::write(&file, BOOK).unwrap();
    let mut session = desk.begin();
    session.watch(&file);
    session.intend(&Intent::Correct { correction: offer(), reason: "wrong tag".into() }).unwrap();
    std::fs::write(&file, BOOK.replace("1. Say it\n", "1. Listen first\n\n2. Say it\n")).unwrap();
    session.adopt().unwrap();
    assert_eq!(session.run().corrections, [], "they spoke of lines of the former text");
    assert_eq!(session.run().deviations.len(), 1, "that they were made stays in the record");
    assert!(session.book().steps().flat_map(Step::commands).all(|command| !command.usage.is_offered()));
}
