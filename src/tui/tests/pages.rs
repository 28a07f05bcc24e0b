//! Board lists, timeline, log, search, detours, themes, keys, mouse, notices.

use crate::run::event::DeviationKind;
use crate::run::event::Ending;
use crate::run::event::RunKind;
use crate::tui::fixture::{BOOK, Desk};
use crate::tui::keys::Keymap;
use crate::tui::msg::{Mouse, MouseDeed, Msg, Window};
use crate::tui::ui::Screen;
use std::collections::BTreeMap;

fn desk() -> Desk {
    Desk::new(BOOK, 120, 36)
}

/// The number of the step or phase under the cursor.
fn here(desk: &Desk) -> String {
    desk.ui.subject(&desk.book).map(crate::tui::outline::Subject::number).unwrap_or_default()
}

#[test]
fn every_number_of_the_board_opens_to_its_list() {
    let mut desk = desk();
    desk.press("<space>jjr");
    desk.ends(Ending::Exited { code: 1 });
    desk.press("bg");
    for heading in ["All steps that are walked", "Steps that passed", "Steps that failed", "Open steps"] {
        let shown = desk.press("<enter>").shows();
        assert!(shown.contains(heading), "{heading}:\n{shown}");
        desk.press("<esc>j");
    }
    let phases = desk.press("Gkkk<enter>").shows();
    assert!(phases.contains("1 Phase 1: Preparation"), "{phases}");
    desk.press("<esc>gjj<enter>");
    assert!(desk.shows().contains("Steps that failed"), "{}", desk.shows());
    desk.press("<enter>");
    assert!(matches!(desk.ui.screen, Screen::Walk));
    assert_eq!(here(&desk), "1.3");
}

#[test]
fn a_failed_step_leads_to_the_rollback_and_back_again() {
    let mut desk = desk();
    desk.press("<space>j<space>jr");
    desk.ends(Ending::Exited { code: 1 });
    assert!(desk.notice().contains("R goes to the rollback"), "{}", desk.notice());
    let place = here(&desk);
    desk.press("R");
    assert_eq!(here(&desk), "4.1", "{}", desk.shows());
    assert!(desk.shows().contains("DETOUR"), "{}", desk.shows());
    assert_eq!(desk.run.deviations.last().unwrap().kind, DeviationKind::Detour);
    assert_eq!(desk.run.deviations.last().unwrap().reason, "1.3 Check the disk is failed; to “Rollback plan”");
    desk.press("r");
    let shown = desk.shows();
    assert!(shown.contains("destroys something") || shown.contains("changes something"), "{shown}");
    desk.press("4.1<enter>");
    desk.exits(0);
    desk.press("R");
    assert_eq!(here(&desk), place, "the same place");
    assert_eq!(desk.run.deviations.last().unwrap().reason, "1 command ran on the detour");
    assert!(!desk.shows().contains("DETOUR"));
}

#[test]
fn r_goes_straight_to_what_takes_a_step_back_and_returns() {
    let mut desk = Desk::new(
        "# T\n\n## Go\n\n### Move {#move}\n\n```bash {rollback=unmove}\nmv a b\n```\n\n### Put it back {#back}\n\n\
         ```bash\nls\n```\n\n```bash {name=unmove}\nmv b a\n```\n\n## Rollback\n\n```bash\n./all\n```\n",
        80,
        24,
    );
    assert!(desk.shows().contains("Taken back (R): block unmove of 2.1"), "{}", desk.shows());
    assert!(desk.shows().contains("rollback unmove"), "{}", desk.shows());
    desk.press("ry");
    desk.ends(Ending::Exited { code: 1 });
    assert!(desk.notice().contains("R takes it back by 2.1"), "{}", desk.notice());
    desk.press("R");
    assert_eq!(here(&desk), "2.1", "{}", desk.shows());
    assert!(desk.shows().contains("DETOUR"), "{}", desk.shows());
    let said = "1.1 Move is failed; to “block unmove of 2.1 unmove”";
    assert_eq!(desk.run.deviations.last().unwrap().reason, said);
    desk.press("ry");
    desk.exits(0);
    desk.press("R");
    assert_eq!(here(&desk), "1.1", "the same place");
    assert_eq!(desk.run.deviations.last().unwrap().reason, "1 command ran on the detour");
}

#[test]
fn a_way_back_that_is_walked_selects_its_command() {
    let mut desk = Desk::new(
        "# T\n\n## Go\n\n### Move {#move rollback=start-again}\n\n```bash\nmv a b\n```\n\n### Start {#start}\n\n\
         ```bash\n./stop\n```\n\n```bash {name=start-again}\n./start\n```\n\n### Look\n\n```bash {needs=start-again}\nls\n```\n\n## Notes\n\nNone.\n",
        120,
        36,
    );
    desk.press("R");
    assert_eq!(here(&desk), "1.2", "{}", desk.shows());
    desk.press("r");
    assert!(desk.shows().contains("./start"), "{}", desk.shows());
    desk.press("<esc>R");
    assert_eq!(here(&desk), "1.1");
}

#[test]
fn a_detour_survives_a_crash() {
    let mut desk = desk();
    desk.press("<space>j<space>jr");
    desk.ends(Ending::Exited { code: 1 });
    desk.press("R");
    desk.crash_and_resume();
    assert!(desk.shows().contains("DETOUR"), "{}", desk.shows());
    desk.press("gR");
    assert_eq!(here(&desk), "1.3");
}

#[test]
fn without_a_section_at_hand_there_is_no_detour() {
    let mut desk = Desk::new("# T\n\n## Phase 1: A\n\n- [ ] Do\n\n## Phase 2: B\n\n- [ ] Go\n", 120, 36);
    desk.press("R");
    assert!(desk.run.deviations.is_empty());
    assert!(desk.notice().contains("no rollback"), "{}", desk.notice());
}

#[test]
fn the_search_finds_notes_and_outputs() {
    let mut desk = desk();
    desk.press("apager is loud<enter>jjr");
    desk.prints("\x1b[31mvolume almost full\x1b[m\n");
    desk.exits(0);
    desk.press("/loud");
    assert!(desk.shows().contains("note"), "{}", desk.shows());
    desk.press("<C-u>almost");
    assert!(desk.shows().contains("output #1"), "{}", desk.shows());
    desk.press("<enter>");
    assert_eq!(here(&desk), "1.3");
    desk.press("/<C-u>pg_dump<enter>");
    assert_eq!(here(&desk), "2.1");
}

#[test]
fn esc_in_the_search_goes_back_to_where_it_began() {
    let mut desk = desk();
    desk.press("j/pool<esc>");
    assert_eq!(here(&desk), "1.2");
    assert!(desk.ui.find.hits.is_empty());
}

#[test]
fn the_log_is_filtered() {
    let mut desk = desk();
    desk.press("<space>jaasked again<enter>L/asked");
    let shown = desk.shows();
    assert!(shown.contains("1 of "), "{shown}");
    assert!(shown.contains("note on") && !shown.contains("sat down"), "{shown}");
    desk.press("<enter>");
    assert!(desk.shows().contains("only “asked”"), "{}", desk.shows());
    desk.press("<esc>");
    assert!(desk.shows().contains("sat down"));
    assert!(matches!(desk.ui.screen, Screen::Log(_)), "Esc took the filter away, not the log");
}

#[test]
fn the_timeline_jumps_to_a_step() {
    let mut desk = desk();
    desk.press("<space>j<space>t");
    let shown = desk.shows();
    assert!(shown.contains("Timeline") && shown.contains("█"), "{shown}");
    desk.press("jjj<enter>");
    assert!(matches!(desk.ui.screen, Screen::Walk));
    assert_eq!(here(&desk), "1.3");
}

#[test]
fn estimates_say_what_is_left() {
    let book = "# T\n\n## Phase 1: A\n\n### Copy (10 min)\n\n```bash\ncp a b\n```\n\n### Check (5 min)\n\n```bash\nls\n```\n\n## Phase 2: B\n\n- [ ] Go\n";
    let mut desk = Desk::new(book, 120, 36);
    let estimates: Vec<_> = desk.book.steps().filter_map(|step| step.estimate_s).collect();
    assert_eq!(estimates, [600, 300], "the author's estimates are read");
    desk.press("anow<enter>q<esc>");
    desk.press("j");
    assert!(desk.shows().contains("at least 15 min left"), "{}", desk.shows());
    desk.press("t");
    assert!(desk.shows().contains("░") && desk.shows().contains("15m00s"), "{}", desk.shows());
}

#[test]
fn a_rehearsal_shows_its_plan_and_promises_no_time() {
    let book = "# T\n\n## Phase 1: A\n\n### Copy (10 min)\n\n```bash\ncp a b\n```\n\n### Check (5 min)\n\n```bash\nls\n```\n\n## Phase 2: B\n\n- [ ] Go\n";
    let mut desk = Desk::of_kind(book, 120, 36, RunKind::Rehearsal);
    desk.press("anow<enter>t");
    let shown = desk.shows();
    assert!(shown.contains('░') && shown.contains("15m00s"), "{shown}");
    assert!(!shown.contains("ETA"), "{shown}");
    let mut desk = Desk::of_kind("# T\n\n## A\n\n- [ ] Go\n", 120, 36, RunKind::Rehearsal);
    assert!(desk.press("t").shows().contains("no plan: no earlier run and no estimate"), "{}", desk.shows());
}

#[test]
fn a_theme_is_tried_and_left_again() {
    let mut desk = desk();
    desk.press("T<down><down>");
    assert_eq!(desk.ui.look.theme.name, "light");
    desk.press("<esc>");
    assert_eq!(desk.ui.look.theme.name, "terminal");
    desk.press("T<down><enter>");
    assert_eq!(desk.ui.look.theme.name, "dark");
    assert!(desk.notice().contains("config.yaml"), "{}", desk.notice());
}

#[test]
fn own_keys_are_shown_where_keys_are_shown() {
    let mut desk = desk();
    let own =
        BTreeMap::from([("sign_off".to_owned(), vec!["<C-s>".to_owned()]), ("run".to_owned(), vec!["s".to_owned()])]);
    desk.ui.keymap = Keymap::new(&own).unwrap();
    desk.press("jj");
    assert!(desk.shows().contains("s run  Ctrl-s sign"), "{}", desk.shows());
    desk.press("s");
    assert_eq!(desk.world, ["start df -h /var/lib"]);
    desk.exits(1);
    assert!(desk.notice().contains("s tries again"), "{}", desk.notice());
    assert!(desk.notice().contains("Ctrl-s records a verdict"), "{}", desk.notice());
    assert!(desk.press("?sign off").shows().contains("Ctrl-s"));
}

#[test]
fn a_repair_that_went_well_says_that_the_check_is_due_again() {
    let text =
        "# Move\n\n## Check\n\n- [ ] Look\n\n  ```sh\n  cat gone\n  ```\n\n  Repair:\n\n  ```sh\n  touch gone\n  ```\n";
    let mut desk = Desk::new(text, 120, 36);
    desk.press("r").exits(1);
    assert!(desk.notice().contains("failed: exit 1"), "{}", desk.notice());
    desk.press(".ry").exits(0);
    assert!(desk.notice().contains("select the command that failed, r tries it again"), "{}", desk.notice());
    desk.press(",r").exits(0);
    assert!(desk.notice().contains("passed"), "{}", desk.notice());
}

#[test]
fn the_mouse_drags_a_border_and_clicks_a_row() {
    let mut desk = desk();
    let at = |column, row, deed| Msg::Mouse(Mouse { column, row, deed });
    let edge = desk.ui.panes().tree.unwrap().right() - 1;
    desk.send(at(edge, 10, MouseDeed::Click));
    desk.send(at(60, 12, MouseDeed::Drag));
    desk.send(at(60, 12, MouseDeed::Release));
    assert_eq!(desk.ui.panes().tree.unwrap().right() - 1, 60);
    desk.send(at(70, 12, MouseDeed::Drag));
    assert_eq!(desk.ui.panes().tree.unwrap().right() - 1, 60, "nothing is held any more");
    desk.send(at(5, 4, MouseDeed::Click));
    assert_eq!(here(&desk), "1.2");
    desk.press("M");
    assert_eq!(desk.world.last().unwrap(), "mouse Left");
}

#[test]
fn a_long_command_calls_an_operator_who_looks_elsewhere() {
    let told = |window: Window, after_ms: u64| {
        let mut desk = desk();
        desk.ui.notify.after_ms = Some(after_ms);
        desk.send(Msg::Focus(window));
        desk.press("jjr");
        desk.exits(0);
        desk.world.iter().any(|act| act.starts_with("notify gonogo: 1.3 Check the disk"))
    };
    assert!(told(Window::Elsewhere, 1000));
    assert!(told(Window::Unknown, 1000), "a terminal that does not say counts as one nobody looks at");
    assert!(!told(Window::Focused, 1000));
    assert!(!told(Window::Elsewhere, 60_000), "it ran for three seconds only");
}

#[test]
fn a_long_note_is_written_in_the_editor() {
    let mut desk = desk();
    desk.press("afirst line<C-o>");
    assert_eq!(desk.world.last().unwrap(), "compose first line");
    desk.send(Msg::Composed("first line\nand a second\n".to_owned()));
    desk.press("<enter>");
    assert_eq!(desk.run.notes[0].text, "first line\nand a second");
}

#[test]
fn ctrl_z_gives_the_terminal_back() {
    let mut desk = desk();
    desk.press("<C-z>");
    assert_eq!(desk.world.last().unwrap(), "pause");
}
