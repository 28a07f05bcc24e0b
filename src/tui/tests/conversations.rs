//! What keys lead to in the record and in the world.

use crate::run::event::{AttemptId, Ending, Event, Leftover};
use crate::runbook::StepId;
use crate::tui::fixture::{BOOK, Desk};
use crate::tui::msg::{Msg, Survivor};
use crate::tui::ui::Keyboard;

fn desk() -> Desk {
    Desk::new(BOOK, 120, 36)
}

#[test]
fn looking_around_records_and_starts_nothing() {
    let mut desk = desk();
    desk.press("jjkhl}{][12Ggj<space><C-d><C-u>JK<enter><tab><S-tab><tab>bLz?<esc>/disk<enter>nN<esc>v<esc>");
    assert_eq!(desk.run.head.seq, 1 + 1 + 1, "only Space recorded something");
    assert!(desk.world.iter().all(|act| act.starts_with("resize")), "{:?}", desk.world);
}

#[test]
fn enter_and_space_never_run_a_command() {
    let mut desk = desk();
    desk.press("jj<enter><space><enter><space><tab><enter><space>");
    assert_eq!((desk.run.attempts.len(), desk.run.head.seq), (0, 0));
}

#[test]
fn a_reading_command_runs_at_once_and_waits_for_a_sign_off() {
    let book = "# T\n\n## Phase 1: A\n\n### Check the disk\n\n```bash\ndf -h /var/lib\n```\n\nPass criteria: 20 % free.\n\n## Phase 2: B\n\n- [ ] Go\n";
    let mut desk = Desk::new(book, 120, 36);
    desk.press("r");
    assert_eq!(desk.world, ["start df -h /var/lib"]);
    desk.prints("plenty\n");
    desk.exits(0);
    assert!(desk.states().contains("1.1 ran"), "{}", desk.states());
    assert!(desk.shows().contains("Pass when: 20 % free."), "{}", desk.shows());
    assert!(desk.shows().contains("plenty") && desk.shows().contains("◆ ran"), "{}", desk.shows());
    desk.press("s<down><enter>");
    assert!(desk.states().contains("1.1 passed"));
    assert!(desk.notice().starts_with("1.1 passed; } goes on with 2.1"), "{}", desk.notice());
    desk.press("r");
    assert!(desk.shows().contains("is marked passed by dana: running this takes that back."), "{}", desk.shows());
    assert_eq!(desk.world.len(), 1, "a verdict is not taken back by a slip of the finger");
    desk.press("y");
    assert_eq!((desk.world.len(), desk.states().contains("1.1 running")), (2, true));
}

#[test]
fn a_change_that_was_made_already_says_so_before_it_is_made_again() {
    let mut desk = Desk::new("# T\n\n## A\n\n### Copy it\n\n```bash\ncp a b\n```\n", 120, 36);
    desk.press("ry");
    desk.exits(0);
    desk.press("r");
    assert!(desk.shows().contains("It ran before and ended as expected (#1): this runs it again."), "{}", desk.shows());
}

#[test]
fn a_changing_command_asks_and_no_is_focused() {
    let mut desk = desk();
    desk.press("<space>j<space>jr");
    desk.exits(0);
    desk.press("s<down><enter>j");
    desk.press("j");
    desk.press("r<enter>");
    assert_eq!(desk.world.len(), 1, "Enter on the focused answer does not run it");
    desk.press("ry");
    assert_eq!(desk.world[1], "start pg_dump --format=custom acme > acme.dump");
}

#[test]
fn out_of_order_wants_a_reason_which_esc_does_not_lose() {
    let mut desk = desk();
    desk.press("jjjjrthe dba is only here now<esc>");
    assert_eq!(desk.notice(), "what you typed is kept for when you come back");
    desk.press("r<enter>y");
    assert_eq!(desk.world, ["start pg_dump --format=custom acme > acme.dump"]);
    assert_eq!(desk.run.deviations[0].reason, "the dba is only here now");
}

#[test]
fn destroying_takes_the_steps_number() {
    let mut desk = desk();
    desk.press("jjjjjrlate<enter>y<enter>");
    assert!(desk.world.is_empty(), "y is not enough");
    desk.press("<bs>2.2<enter>");
    assert_eq!(desk.world, ["start psql acme -c 'DROP TABLE sessions_old'"]);
}

#[test]
fn an_unfilled_placeholder_opens_the_form_and_then_goes_on() {
    let mut desk = desk();
    desk.press("jjjjjjr");
    assert!(desk.shows().contains("fill in first: <pool_name>"));
    desk.press("main<enter>");
    assert!(desk.shows().contains("out of order"), "the same wish goes on:\n{}", desk.shows());
    desk.press("late<enter>");
    assert!(desk.shows().contains("<pool_name> = main"));
    desk.press("y");
    assert_eq!(desk.world, ["start systemctl restart pgbouncer@main"]);
}

#[test]
fn a_secret_is_given_beside_the_record() {
    let mut desk = desk();
    desk.press("v<down>s3cret<C-s>");
    assert!(desk.world.contains(&"Secret(api_token)".to_owned()), "{:?}", desk.world);
    assert!(!format!("{:?}", desk.entries).contains("s3cret"));
    assert!(!desk.shows().contains("s3cret"));
}

#[test]
fn a_secret_is_asked_again_after_a_crash() {
    let book = "---\nvars:\n  api_token: {secret: true}\n---\n# T\n\n## Phase 1: A\n\n### Call\n\n```bash\ncurl -H \"Authorization: <api_token>\" https://api.internal/health\n```\n\n## Phase 2: B\n\n- [ ] Go\n";
    let mut desk = Desk::new(book, 120, 36);
    desk.press("rs3cret<enter>y");
    assert!(desk.world.iter().any(|act| act.starts_with("start")), "{:?}\n{}", desk.world, desk.shows());
    desk.exits(0);
    desk.crash_and_resume();
    desk.press("gjr");
    assert!(desk.shows().contains("fill in first"), "{}", desk.shows());
    desk.press("<enter>");
    assert!(desk.shows().contains("api_token is still empty"), "{}", desk.shows());
    desk.press("again<enter>");
    assert_eq!(desk.world[0], "Secret(api_token)");
}

#[test]
fn ctrl_c_stops_harder_each_time() {
    let mut desk = desk();
    desk.press("jjr<C-c><C-c><C-c><C-c>");
    assert_eq!(desk.world[1..], ["#1 INT", "#1 TERM", "#1 KILL", "#1 KILL"]);
    desk.ends(Ending::Stopped);
    desk.press("<C-c>");
    assert_eq!(desk.notice(), "nothing is running; q leaves");
}

#[test]
fn an_endless_command_can_be_kept_as_evidence() {
    let mut desk = Desk::new("# T\n\n## Watch\n\n### Watch the log\n\n```bash\njournalctl -u acme -f\n```\n", 120, 36);
    desk.press("r");
    assert!(desk.world.last().is_some_and(|act| act.contains("journalctl")), "{:?}\n{}", desk.world, desk.shows());
    desk.press("<C-c>");
    assert!(desk.shows().contains("keep its output as evidence"));
    desk.press("k");
    assert_eq!(desk.world.last().unwrap(), "#1 INT");
    desk.ends(Ending::Kept);
    assert!(desk.states().contains("1.1 ran"), "{}", desk.states());
}

#[test]
fn typing_reaches_the_program_until_ctrl_bracket() {
    let mut desk = desk();
    desk.press("jjriq<C-c>y<enter><C-]>");
    assert_eq!(desk.world[1..], ["feed q", r"feed \x03", "feed y", r"feed \r"]);
    desk.send(Msg::Paste("never a command: rrr".to_owned()));
    assert!(desk.world.len() == 5 && desk.notice().contains("left out"));
}

#[test]
fn keys_meant_for_a_program_that_ended_do_nothing() {
    let mut desk = desk();
    desk.press("jjri");
    desk.exits(0);
    assert_eq!(desk.ui.keyboard, Keyboard::Ended);
    let before = desk.run.head.seq;
    desk.press("rrrsx uq");
    assert_eq!(desk.run.head.seq, before);
    desk.press("<esc>");
    assert_eq!(desk.ui.keyboard, Keyboard::Gonogo);
}

#[test]
fn terminal_questions_of_the_program_are_answered() {
    let mut desk = desk();
    desk.press("jjr");
    desk.prints("abc\x1b[6n");
    assert_eq!(desk.world.last().unwrap(), r"feed \x1b[1;4R");
}

#[test]
fn an_unknown_end_must_be_answered_with_a_reason() {
    let mut desk = desk();
    desk.press("jjr");
    desk.crash_and_resume();
    assert!(desk.states().contains("1.3 unknown"));
    desk.press("<up><enter>");
    assert!(desk.shows().contains("say how you know"));
    desk.press("the prompt was back<enter>");
    assert!(desk.states().contains("1.3 ran"), "{}", desk.states());
    assert_eq!(desk.run.attempts.len(), 1, "nothing was run again");
}

#[test]
fn a_process_that_survived_the_crash_is_named() {
    let mut desk = desk();
    desk.press("jjr");
    desk.survivors = vec![survivor()];
    desk.crash_and_resume();
    assert!(desk.shows().contains("Its process 4711 (sleep) is still there"), "{}", desk.shows());
}

fn survivor() -> Survivor {
    let processes = vec![Leftover { pid: 4711, name: "sleep".to_owned() }];
    Survivor { attempt: AttemptId(1), processes }
}

#[test]
fn a_command_that_outlived_a_crash_is_watched_again_and_its_end_is_asked_for() {
    let mut desk = desk();
    desk.press("jjr");
    desk.survivors = vec![survivor()];
    desk.crash_and_resume();
    desk.world.clear();
    desk.press("<enter>");
    assert!(desk.shows().contains("say why"), "watching is the answer in focus, and it needs a reason");
    desk.press("it only copies<enter>");
    assert_eq!(desk.world, ["watch #1"]);
    assert!(desk.states().contains("1.3 running"), "{}", desk.states());
    assert!(desk.shows().contains("watched again; its output is not seen"), "{}", desk.shows());
    desk.press("i");
    assert!(desk.notice().contains("its terminal went with the gonogo"), "{}", desk.notice());
    desk.press("q");
    assert!(desk.shows().contains("Leaving does not stop it"), "{}", desk.shows());
    desk.press("<esc>");

    desk.survivors.clear();
    let ending = Some(Ending::Exited { code: 0 });
    desk.record(Event::AttemptGone { attempt: AttemptId(1), ending, left_over: Vec::new() });
    desk.send(Msg::Changed);
    let shown = desk.shows();
    assert!(shown.contains("what came of #1?") && shown.contains("knew how: exit 0"), "{shown}");
    assert!(!shown.contains("Watch it again"), "{shown}");
    desk.press("<up>it is copied<enter>");
    assert!(desk.states().contains("1.3 ran"), "{}", desk.states());
}

#[test]
fn a_command_that_outlived_a_crash_is_stopped_with_a_reason() {
    let mut desk = desk();
    desk.press("jjr");
    desk.survivors = vec![survivor()];
    desk.crash_and_resume();
    desk.world.clear();
    desk.press("<down>it locks the table<enter>");
    assert_eq!(desk.world, ["watch #1", "#1 INT"]);
    desk.press("<C-c>");
    assert_eq!(desk.world, ["watch #1", "#1 INT", "#1 TERM"]);
}

#[test]
fn leaving_the_question_open_asks_again_before_the_next_run() {
    let mut desk = desk();
    desk.press("jjr");
    desk.crash_and_resume();
    desk.press("<esc>r");
    assert!(desk.shows().contains("what came of #1?"));
    assert!(desk.world.is_empty());
}

#[test]
fn a_manual_step_is_ticked_taken_back_and_skipped() {
    let mut desk = desk();
    desk.press("<space>");
    assert!(desk.states().starts_with("1.1 passed\n"));
    desk.press("<space>");
    assert_eq!(desk.notice(), "already passed; u takes it back");
    desk.press("u");
    assert!(desk.states().starts_with("1.1 open\n"));
    desk.press("x<enter>");
    assert!(desk.shows().contains("“waived” needs a reason"));
    desk.press("support is closed today<enter>");
    assert!(desk.states().starts_with("1.1 waived\n"));
    assert_eq!(
        desk.run.mark(&StepId(desk.book.steps().next().unwrap().id.0.clone())).unwrap().reason.as_deref(),
        Some("support is closed today")
    );
}

#[test]
fn a_gate_locks_until_its_role_releases_it() {
    let book = "# T\n\n## Phase 1: Prepare\n\n- [ ] Ask\n\n## Phase 2: Go\n\n- [ ] Switch\n";
    let book = format!("---\ngates:\n  phase-1-prepare: {{role: dba}}\n  prepare: {{role: dba}}\n---\n{book}");
    let mut desk = Desk::new(&book, 120, 36);
    let gated = desk.book.phases.iter().any(|phase| phase.gate.is_some());
    assert!(gated, "{:?}", desk.book.phases.iter().map(|phase| phase.id.0.clone()).collect::<Vec<_>>());
    desk.press("<space>}");
    desk.press("2j<space>");
    assert!(desk.notice().starts_with("locked by the gate of"), "{}", desk.notice());
    desk.press("1s<enter>");
    assert!(desk.notice().contains("it needs the role dba"), "{}", desk.notice());
    desk.actor.role = Some("dba".to_owned());
    desk.press("1s<enter>");
    assert!(desk.notice().starts_with("recorded as released by dana"), "{}", desk.notice());
    desk.press("2j<space>");
    assert!(desk.states().ends_with("2.1 passed"), "{}", desk.states());
}

#[test]
fn the_board_polls_and_closes() {
    let mut desk = desk();
    desk.press("bp<enter>");
    assert!(desk.run.calls.is_empty(), "Enter on the focused answer makes no call");
    assert!(desk.shows().contains("choose GO or NO-GO"), "{}", desk.shows());
    desk.press("<down><enter>");
    assert_eq!(desk.notice(), "security: GO");
    desk.press("p<down><down><enter>");
    assert!(desk.shows().contains("a no-go needs a reason"));
    desk.press("replica lags<enter>");
    assert!(desk.shows().contains("NO-GO"));
    desk.press("C<down><enter>");
    assert!(desk.shows().contains("blockers are left"));
    desk.press("window is over<enter>");
    assert_eq!(desk.run.closed.as_ref().unwrap().verdict, "NO-GO");
    desk.press("q<space>");
    assert!(desk.run.marks.is_empty());
}

#[test]
fn the_close_lists_what_is_deferred_and_carries_it_with_the_reason() {
    let mut desk = Desk::new("# T\n\n## Phase 1: Go\n\n- [ ] Ask\n\n### Later {.optional}\n\n- [ ] Look\n", 120, 36);
    desk.press("<space>}x<down><down><enter>not tonight<enter>");
    assert!(desk.states().contains("deferred"), "{}", desk.states());
    desk.press("bC");
    assert!(desk.shows().contains("Deferred, and carried on with the reason you give"), "{}", desk.shows());
    desk.press("<down><enter>");
    assert!(desk.shows().contains("deferred steps are left; say where they are carried"), "{}", desk.shows());
    desk.press("OPS-117<enter>");
    let closed = desk.run.closed.as_ref().expect("it is closed");
    assert_eq!((closed.verdict.as_str(), closed.carried[0].reason.as_str()), ("GO", "OPS-117"));
}

#[test]
fn q_asks_while_a_command_runs() {
    let mut desk = desk();
    desk.press("jjrq<enter>");
    assert!(!desk.world.contains(&"quit".to_owned()));
    desk.press("q<esc><esc><esc>");
    assert!(!desk.world.contains(&"quit".to_owned()), "Esc never leaves");
    desk.press("qy");
    assert_eq!(desk.world.last().unwrap(), "quit");
}

#[test]
fn while_another_drives_nothing_starts_but_notes_are_taken() {
    let mut desk = desk();
    desk.holder = Some("lee on bastion".to_owned());
    desk.press("jjr");
    assert!(desk.notice().starts_with("lee on bastion drives this run"));
    desk.press("aseen from here<enter>");
    assert_eq!(desk.run.notes[0].text, "seen from here");
    assert!(desk.world.is_empty());
}

#[test]
fn on_a_small_screen_the_command_is_shown_before_it_runs() {
    let mut desk = Desk::new(BOOK, 60, 20);
    desk.press("jjr");
    assert!(desk.world.is_empty());
    assert!(desk.shows().contains("df -h /var/lib"));
    desk.press("r");
    assert_eq!(desk.world.len(), 1);
}

#[test]
fn ten_thousand_steps_move_without_being_computed_again() {
    let mut book = "# Long\n\n## Phase 1: All\n\n".to_owned();
    for number in 0..10_000 {
        book = book + "- [ ] Check item " + &number.to_string() + "\n";
    }
    let mut desk = Desk::new(&book, 120, 36);
    assert_eq!(desk.ui.outline.nodes.len(), 10_001);
    desk.press("G");
    assert_eq!(desk.ui.tree.cursor, 10_000);
    assert!(desk.shows().contains("Check item 9999"));
    assert!(desk.press("g").shows().contains("Check item 0"));
}

#[test]
fn nothing_a_document_says_reaches_the_terminal_as_an_order() {
    let book =
        "# T \u{1b}]0;x\u{7}\n\n## Phase 1: A\u{202e}b\n\n- [ ] Do \u{9b}31m it\n\n```bash\necho \u{1b}[2J hi\n```\n";
    let mut desk = Desk::new(book, 120, 36);
    for keys in ["", "j", "j", "r", "?", "<esc>b", "L"] {
        let shown = desk.press(keys).shows();
        assert!(!shown.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "after {keys}:\n{shown}");
    }
}

#[test]
fn c_corrects_what_was_read_with_a_reason() {
    let book = "# T\n\n## Go\n\n1. Say it\n\n   ```text\n   df -h\n   ```\n\n2. Look\n";
    let mut desk = Desk::new(book, 120, 36);
    desk.press("r");
    assert_eq!(desk.world, Vec::<String>::new());
    desk.press("c");
    assert!(desk.shows().contains("run the block at line 7: df -h"), "{}", desk.shows());
    assert!(desk.shows().contains("leave out the section “Go”"), "{}", desk.shows());
    desk.press("<enter>");
    assert!(desk.shows().contains("say why"), "{}", desk.shows());
    desk.press("wrong tag<enter>");
    assert_eq!(desk.run.deviations[0].reason, "wrong tag (run the block at line 7: df -h)");
    desk.press("r");
    assert_eq!(desk.world, ["start df -h"]);
}

#[test]
fn a_command_longer_than_the_pane_can_be_run_once_its_beginning_was_seen() {
    let lines = (0..60).fold(String::new(), |all, at| all + &format!("echo line {at}\n"));
    let prose = "Before it there are\n\nsome words\n\nto be read first.\n\n";
    let book = format!("# T\n\n## Phase 1: A\n\n### Long\n\n{prose}```bash\n{lines}```\n\n## Phase 2: B\n\n- [ ] Go\n");
    for (cols, rows) in [(120, 36), (80, 24), (60, 20), (40, 10)] {
        let mut desk = Desk::new(&book, cols, rows);
        desk.press("r");
        assert!(desk.world.iter().all(|act| !act.starts_with("start")), "{cols}x{rows}: shown first");
        assert!(desk.shows().contains("r again runs it"), "{cols}x{rows}: {}", desk.shows());
        desk.press("r");
        assert_eq!(desk.run.attempts.len(), 1, "{cols}x{rows}: {}", desk.shows());
    }
}

#[test]
fn all_of_what_is_agreed_to_can_be_read() {
    let lines = (0..60).fold(String::new(), |all, at| all + &format!("touch file-{at}\n"));
    let book = format!("# T\n\n## Phase 1: A\n\n### Long\n\n```bash\n{lines}```\n");
    let mut desk = Desk::new(&book, 80, 24);
    desk.press("rr");
    assert!(desk.shows().contains("file-0") && desk.shows().contains("more lines, PgDn"), "{}", desk.shows());
    desk.press("<pgdn><pgdn><pgdn><pgdn><pgdn><pgdn><pgdn><pgdn><pgdn>");
    assert!(desk.shows().contains("file-59") && desk.shows().contains("(•) n"), "{}", desk.shows());
    desk.press("<pgup>");
    assert!(!desk.shows().contains("file-59"), "the end is not overshot: {}", desk.shows());
    desk.press("<enter>");
    assert_eq!(desk.run.attempts.len(), 0, "reading on agrees to nothing");
}

#[test]
fn on_the_smallest_screen_a_dialog_shows_its_answer_and_what_is_typed() {
    let mut desk = Desk::new(BOOK, 40, 10);
    desk.press("jsit went well");
    assert!(desk.shows().contains("no verdict yet") && desk.shows().contains("1 of 4"), "{}", desk.shows());
    assert!(desk.shows().contains("it went well"), "{}", desk.shows());
    desk.press("<down><enter>");
    assert!(desk.states().contains("passed"), "{}", desk.states());
}

#[test]
fn the_record_of_a_step_reads_in_the_order_in_which_it_was_made() {
    let mut desk = desk();
    desk.press("afirst<enter><space>athen a doubt<enter>uasettled<enter><space>");
    let shown = desk.shows();
    let at = |text: &str| shown.find(text).unwrap_or_else(|| panic!("{text} is missing:\n{shown}"));
    let order = [
        at("note by dana: first"),
        at("passed by dana (taken back)"),
        at("note by dana: then a doubt"),
        at("note by dana: settled"),
        shown.rfind("passed by dana").unwrap(),
    ];
    assert!(order.is_sorted(), "{order:?}\n{shown}");
}

#[test]
fn why_a_command_is_refused_is_read_whole_on_a_narrow_screen() {
    for (cols, rows) in [(120, 36), (100, 30), (80, 24), (60, 20)] {
        let mut desk = Desk::new(BOOK, cols, rows);
        desk.holder = Some("lee.longname at /dev/pts/12 on bastion-eu-1 (process 123456)".to_owned());
        desk.press("jjr");
        let last: Vec<String> = desk.shows().lines().rev().take(2).map(str::to_owned).collect();
        let said = [last[1].trim(), last[0].trim()].join(" ");
        assert!(
            said.starts_with("lee.longname at /dev/pts/12 on bastion-eu-1 (process 123456) drives this run; commands are started there"),
            "{cols}: {said}"
        );
        desk.press("k");
        assert!(desk.shows().contains("driven by lee.longname"), "{cols}:\n{}", desk.shows());
        assert!(desk.shows().contains("? help"), "the keys are back:\n{}", desk.shows());
    }
}
