//! What follows a failed step on the screen, as `on_fail:` says; and values that the environment has given.

use super::everywhere;
use crate::run::Value;
use crate::run::event::{DeviationKind, Ending, Leftover};
use crate::tui::fixture::Desk;

/// Two steps and a phase behind them, then what is given.
fn book(on_fail: &str, rest: &str) -> String {
    format!(
        "---\non_fail: {on_fail}\n---\n# Shop\n\n## Switch over\n\n### Stop it {{#stop}}\n\n```bash\nls /srv/stop\n```\n\n\
         ### Count {{#count}}\n\n```bash\nls /srv/count\n```\n\n## After\n\n### Look {{#look}}\n\n```bash\nls /srv/look\n```\n\n{rest}"
    )
}

const ROLLBACK: &str = "## Rollback\n\n### Start it {#start}\n\n```bash\nls /srv/start\n```\n";

fn here(desk: &Desk) -> String {
    desk.ui.subject(&desk.book).map(crate::tui::outline::Subject::number).unwrap_or_default()
}

fn fails(desk: &mut Desk) {
    desk.press("r");
    // On a small screen the first one only shows the command.
    if desk.run.running().is_none() {
        desk.press("r");
    }
    desk.ends(Ending::Exited { code: 1 });
}

#[test]
fn a_failure_brings_up_the_rollback_and_runs_nothing_of_it() {
    let mut desk = Desk::new(&book("rollback", ROLLBACK), 120, 36);
    fails(&mut desk);
    assert_eq!(here(&desk), "3.1", "{}", desk.shows());
    assert!(desk.shows().contains("DETOUR") && desk.shows().contains("ls /srv/start"), "{}", desk.shows());
    let notice = desk.notice();
    assert!(notice.starts_with("1.1 failed: this takes it back, nothing of it has run; R goes back"), "{notice}");
    assert_eq!((desk.run.attempts.len(), desk.world.iter().filter(|act| act.starts_with("start")).count()), (1, 1));
    let detour = desk.run.deviations.last().unwrap();
    assert_eq!(detour.kind, DeviationKind::Detour);
    assert_eq!(detour.reason, "1.1 Stop it is failed; to “Rollback”, as on_fail says");
    desk.press("R");
    assert_eq!(here(&desk), "1.1", "back at what failed");
    assert!(desk.run.detour().is_none());
    // It is tried again and fails again: it comes up again.
    fails(&mut desk);
    assert_eq!(here(&desk), "3.1");
}

#[test]
fn a_key_that_was_meant_for_the_failed_step_runs_nothing_of_the_rollback() {
    let mut desk = Desk::new(&book("rollback", ROLLBACK), 120, 36);
    fails(&mut desk);
    desk.press("r");
    assert_eq!((desk.run.attempts.len(), here(&desk).as_str()), (1, "3.1"));
    assert_eq!(desk.notice(), "this is the command; r again runs it");
    desk.press("r");
    assert_eq!(desk.world.last().unwrap(), "start ls /srv/start");
    // Whoever has gone back and tries the step again is not held up.
    let mut desk = Desk::new(&book("rollback", ROLLBACK), 120, 36);
    fails(&mut desk);
    desk.press("Rr");
    assert_eq!(desk.world.last().unwrap(), "start ls /srv/stop");
}

#[test]
fn what_could_not_be_killed_is_said_whatever_comes_up() {
    for on_fail in ["stop", "rollback"] {
        let mut desk = Desk::new(&book(on_fail, ROLLBACK), 120, 36);
        desk.press("r");
        let left = Leftover { pid: 4711, name: "importer".into() };
        desk.ends_leaving(Ending::Exited { code: 1 }, vec![left]);
        assert!(desk.notice().contains("NOT CONFIRMED DEAD: importer (process 4711)"), "{}", desk.notice());
    }
}

#[test]
fn otherwise_nothing_is_opened() {
    for on_fail in ["stop", "continue"] {
        let mut desk = Desk::new(&book(on_fail, ROLLBACK), 120, 36);
        fails(&mut desk);
        assert_eq!((here(&desk).as_str(), desk.run.deviations.len()), ("1.1", 0), "{on_fail}");
        assert!(desk.notice().contains("R goes to the rollback"), "{on_fail}: {}", desk.notice());
    }
    // Without a way back nothing can be; what failed is said as ever.
    let mut desk = Desk::new(&book("rollback", ""), 120, 36);
    fails(&mut desk);
    assert_eq!((here(&desk).as_str(), desk.run.deviations.len()), ("1.1", 0));
    assert!(desk.notice().starts_with("1.1 failed: "), "{}", desk.notice());
}

#[test]
fn what_the_step_names_comes_up_before_a_section_and_of_several_sections_one_is_chosen() {
    let rest = format!("{ROLLBACK}\n### Only that {{#only}}\n\n```bash\nls\n```\n");
    let named = book("rollback", &rest).replace("{#stop}", "{#stop rollback=only}");
    let mut desk = Desk::new(&named, 120, 36);
    fails(&mut desk);
    assert_eq!(here(&desk), "3.2", "{}", desk.shows());
    let two = format!("{ROLLBACK}\n## Rollback of the data\n\n### Restore {{#restore}}\n\n```bash\nls\n```\n");
    let mut desk = Desk::new(&book("rollback", &two), 120, 36);
    fails(&mut desk);
    assert!(desk.shows().contains("1.1 failed: where to take it back?"), "{}", desk.shows());
    assert!(desk.run.deviations.is_empty(), "nothing is recorded before it is chosen");
    desk.press("j<enter>");
    assert_eq!((here(&desk).as_str(), desk.run.deviations.len()), ("4.1", 1));
    // Where one pane has the whole screen it is the one with the command, so that nothing runs unseen.
    let mut desk = Desk::new(&book("rollback", &two), 60, 20);
    fails(&mut desk);
    desk.press("<enter>");
    assert!(desk.shows().contains("[Step 3.1]") && desk.shows().contains("ls /srv/start"), "{}", desk.shows());
}

#[test]
fn a_verdict_is_a_failure_as_well_and_a_try_that_is_left_is_none() {
    let mut desk = Desk::new(&book("rollback", ROLLBACK), 120, 36);
    desk.press("s<down><down><down><enter>");
    assert!(desk.states().contains("1.1 failed"), "{}", desk.states());
    assert_eq!(here(&desk), "3.1", "{}", desk.notice());
    let retried = book("rollback", ROLLBACK).replacen("```bash\n", "```bash {retries=1}\n", 1);
    let mut desk = Desk::new(&retried, 120, 36);
    fails(&mut desk);
    assert_eq!(here(&desk), "1.1", "it may be tried again");
    fails(&mut desk);
    assert_eq!(here(&desk), "3.1", "{}", desk.notice());
}

#[test]
fn it_does_not_come_between_the_operator_and_a_question() {
    let mut desk = Desk::new(&book("rollback", ROLLBACK), 120, 36);
    desk.press("ra");
    desk.ends(Ending::Exited { code: 1 });
    assert_eq!((here(&desk).as_str(), desk.run.deviations.len()), ("1.1", 0), "{}", desk.shows());
    desk.press("<esc><esc>");
    desk.press("R");
    assert_eq!(here(&desk), "3.1");
}

#[test]
fn what_the_author_lets_go_on_wants_no_reason_on_the_way() {
    for (on_fail, expected) in [("stop", 0), ("continue", 1)] {
        let mut desk = Desk::new(&book(on_fail, ""), 120, 36);
        fails(&mut desk);
        let says_next = desk.notice().contains("} goes on with 1.2 Count");
        assert_eq!(says_next, expected == 1, "{on_fail}: {}", desk.notice());
        desk.press("}r");
        desk.exits(0);
        desk.press("}");
        assert_eq!(here(&desk), "2.1", "the key goes on, whatever follows");
        desk.press("r");
        let began = desk.world.iter().filter(|act| act.contains("/srv/look")).count();
        assert_eq!((began, desk.run.deviations.len()), (expected, 0), "{on_fail}: {}", desk.shows());
        assert_eq!(desk.shows().contains("out of order: 1.1 Stop it is still open"), expected == 0, "{}", desk.shows());
        // The same after a crash: it is said by the record alone.
        desk.crash_and_resume();
        assert!(desk.states().contains("1.1 failed"));
    }
}

#[test]
fn the_way_back_that_came_up_at_every_size() {
    insta::assert_snapshot!(everywhere(&book("rollback", ROLLBACK), fails));
}

const VALUES: &str = "---\nvars:\n  host: {prompt: \"Where the database is, by its short name\", from: DB_HOST, choices: [db1, db2]}\n  \
                      token: {from: API_TOKEN, secret: true}\n  port: {default: 5432}\n---\n# Shop\n\n## Go\n\n- [ ] Do\n\n## After\n\n- [ ] Look\n";

#[test]
fn the_form_shows_what_the_environment_gave_and_from_where() {
    insta::assert_snapshot!(everywhere(VALUES, |desk| {
        desk.run.take_value("host".to_owned(), Value::Plain("db1".to_owned()), Some("DB_HOST".to_owned()));
        desk.run.take_value("token".to_owned(), Value::Secret, Some("API_TOKEN".to_owned()));
        desk.press("v");
    }));
}
