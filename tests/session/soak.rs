//! Timed steps: the clock is in the record, so that it survives whoever looked at it.

use crate::desk::{Desk, state};
use gonogo::run::Soak;
use gonogo::run::decide::{Intent, Refusal};
use gonogo::run::event::{DeviationKind, Verdict};
use gonogo::runbook::StepId;
use gonogo::session::{Denied, Session};
use std::time::Duration;

const BOOK: &str = "# Desk\n\n## Watch\n\n- [ ] Monitor the dashboards for 5 minutes\n- [ ] Let it rest <!-- gonogo: soak=1s -->\n- [ ] Ring the desk\n";

fn id(session: &Session, number: &str) -> StepId {
    session.book().find_step(number).unwrap().id.clone()
}

fn soak<'s>(session: &'s Session, number: &str) -> &'s Soak {
    &session.run().soaks[&id(session, number)]
}

fn elapsed(session: &Session, number: &str) -> u64 {
    soak(session, number).elapsed_ms(&session.clock().now())
}

fn rest(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}

fn pass(session: &mut Session, number: &str, reason: Option<&str>) -> Result<(), Denied> {
    let reason = reason.map(str::to_owned);
    session.intend(&Intent::Mark { step: id(session, number), verdict: Verdict::Passed, reason })
}

#[test]
fn which_steps_are_timed() {
    let desk = Desk::with(BOOK);
    let session = desk.begin();
    let lengths: Vec<Option<u32>> = session.book().steps().map(gonogo::runbook::Step::soak_s).collect();
    assert_eq!(lengths, [Some(300), Some(1), None]);
    let refused = desk.begin().intend(&Intent::Soak { step: id(&session, "1.3") });
    assert!(matches!(refused, Err(Denied::Refused(Refusal::NotTimed))), "{refused:?}");
}

#[test]
fn the_clock_goes_on_across_a_crash_and_a_leave_and_stands_while_it_is_paused() {
    let desk = Desk::with(BOOK);
    let mut session = desk.begin();
    let step = id(&session, "1.1");
    session.intend(&Intent::Soak { step: step.clone() }).unwrap();
    let run = session.run().id.clone();
    rest(120);
    // Nobody said goodbye.
    std::mem::drop(session);
    rest(120);
    let mut resumed = desk.resume(&run);
    assert!(elapsed(&resumed, "1.1") >= 240, "{}", elapsed(&resumed, "1.1"));
    assert!(soak(&resumed, "1.1").goes());
    resumed.intend(&Intent::PauseSoak { step: step.clone() }).unwrap();
    let stood = elapsed(&resumed, "1.1");
    rest(60);
    assert_eq!(elapsed(&resumed, "1.1"), stood);
    assert!(matches!(
        resumed.intend(&Intent::PauseSoak { step: step.clone() }),
        Err(Denied::Refused(Refusal::NothingRuns))
    ));
    resumed.leave().unwrap();
    let mut third = desk.resume(&run);
    assert_eq!(elapsed(&third, "1.1"), stood, "a pause lasts as well");
    third.intend(&Intent::Soak { step: step.clone() }).unwrap();
    rest(30);
    assert!(elapsed(&third, "1.1") >= stood + 30);
    let before = third.run().head.seq;
    third.intend(&Intent::Soak { step }).unwrap();
    assert_eq!(third.run().head.seq, before, "a clock that goes is not begun again");
}

#[test]
fn to_end_early_takes_a_reason_and_is_a_deviation() {
    let desk = Desk::with(BOOK);
    let mut session = desk.begin();
    let why = |denied: Denied| match denied {
        Denied::Refused(Refusal::NeedsReason(why)) => why,
        other => panic!("{other:?}"),
    };
    let said = why(pass(&mut session, "1.1", None).unwrap_err());
    assert!(said.starts_with("it is to last 5m, and has lasted 0s"), "{said}");
    let step = id(&session, "1.1");
    session.intend(&Intent::Soak { step: step.clone() }).unwrap();
    why(pass(&mut session, "1.1", Some("  ")).unwrap_err());
    // Failed, waived and deferred need no time.
    session.intend(&Intent::Mark { step: step.clone(), verdict: Verdict::Failed, reason: None }).unwrap();
    pass(&mut session, "1.1", Some("error rate flat since the start")).unwrap();
    let deviation = &session.run().deviations[0];
    assert_eq!((deviation.kind, deviation.step.as_ref()), (DeviationKind::EndedEarly, Some(&step)));
    assert!(deviation.reason.starts_with("error rate flat since the start (it is to last 5m"), "{}", deviation.reason);
    assert_eq!(state(&session, "1.1"), "passed");
}

#[test]
fn once_the_time_is_over_it_is_signed_off_like_any_other_step() {
    let desk = Desk::with(BOOK);
    let mut session = desk.begin();
    let step = id(&session, "1.2");
    session.intend(&Intent::Soak { step: step.clone() }).unwrap();
    rest(1050);
    assert_eq!(soak(&session, "1.2").left_ms(&session.clock().now()), 0);
    assert!(matches!(session.intend(&Intent::Soak { step }), Err(Denied::Refused(Refusal::SoakOver(_)))));
    assert_eq!(state(&session, "1.2"), "open", "time alone passes nothing");
    pass(&mut session, "1.2", None).unwrap();
    assert_eq!((state(&session, "1.2"), session.run().deviations.len()), ("passed", 0));
}
