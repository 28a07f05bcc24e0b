//! The filter of the tree: what it shows, what it counts, and that it never loses the operator's place.

use crate::tui::fixture::{BOOK, Desk};
use crate::tui::msg::Msg;
use crate::tui::outline::Subject;
use crate::tui::panes::Focus;

fn desk() -> Desk {
    Desk::new(BOOK, 120, 36)
}

/// Numbers of the rows of the tree, phases as `1`, steps as `1.2`; the cursor's has a star.
fn rows(desk: &Desk) -> String {
    let number = |id: &usize| {
        let subject = Subject::find(&desk.book, &desk.ui.outline.nodes[*id].item).unwrap();
        let mark = if *id == desk.ui.tree.cursor { "*" } else { "" };
        format!("{mark}{}", subject.number())
    };
    desk.ui.tree.rows.iter().map(number).collect::<Vec<_>>().join(" ")
}

#[test]
fn open_steps_alone_are_left_and_phases_without_any_are_gone() {
    let mut desk = desk();
    desk.press("<space>j<space>jr");
    desk.exits(0);
    desk.press("s<down><enter>gf<down><enter>");
    assert_eq!(rows(&desk), "2 *2.1 2.2 2.3 3 3.1 3.2 3.2.1", "the first phase waits for nothing");
    assert!(desk.shows().contains("open 5 of 8"), "{}", desk.shows());
    assert_eq!(desk.notice(), "open: 5 of 8 steps are shown; Esc shows all again");
    desk.press("<esc>");
    assert_eq!(rows(&desk), "1 1.1 1.2 1.3 2 *2.1 2.2 2.3 3 3.1 3.2 3.2.1 4", "and what was folded is folded");
}

#[test]
fn a_step_that_is_settled_under_the_cursor_stays_until_the_cursor_leaves_it() {
    let mut desk = desk();
    desk.press("f<down><enter><space>");
    assert_eq!(rows(&desk), "1 *1.1 1.2 1.3 2 2.1 2.2 2.3 3 3.1 3.2 3.2.1");
    assert!(desk.shows().contains("open 7 of 8"), "it is counted no more:\n{}", desk.shows());
    desk.press("j");
    assert_eq!(rows(&desk), "1 *1.2 1.3 2 2.1 2.2 2.3 3 3.1 3.2 3.2.1");
}

#[test]
fn what_is_said_to_be_next_is_what_the_key_goes_to() {
    let mut desk = desk();
    desk.press("ffreeze<enter><space>");
    assert_eq!(desk.notice(), "1.2 passed; no other open step is shown, Esc shows all again");
    desk.press("<esc>f<down>the<enter>k<space>");
    assert!(desk.notice().contains("1.1 passed; } goes on with 1.3 Check"), "{}", desk.notice());
    desk.press("}");
    assert!(rows(&desk).contains("*1.3"), "{}", rows(&desk));
}

#[test]
fn the_last_step_of_its_phase_stays_as_well() {
    let mut desk = desk();
    desk.press("<space>j<space>jf<down><enter>r");
    desk.exits(0);
    desk.press("s<down><enter>");
    assert_eq!(rows(&desk), "1 *1.3 2 2.1 2.2 2.3 3 3.1 3.2 3.2.1");
    desk.press("}");
    assert_eq!(rows(&desk), "2 *2.1 2.2 2.3 3 3.1 3.2 3.2.1");
}

#[test]
fn what_failed_is_left_and_counts_are_the_runs_own() {
    let mut desk = desk();
    desk.press("jjr");
    desk.exits(1);
    desk.press("gf<down><down>");
    assert_eq!(rows(&desk), "1 *1.3");
    let shown = desk.shows();
    assert!(shown.contains("[failed 1]") && shown.contains("failed 1 of 8"), "{shown}");
    assert!(shown.contains("1 failed") && shown.contains("7 left"), "readiness speaks of all:\n{shown}");
}

#[test]
fn words_of_titles_narrow_further_and_esc_goes_back_to_where_one_was() {
    let mut desk = desk();
    desk.press("jfdat the");
    assert_eq!(rows(&desk), "2 *2.1 2.2 2.3", "“data base” is the phase, “the” is in each step");
    desk.press("<bs><bs><bs>old");
    assert_eq!(rows(&desk), "2 *2.2");
    desk.press("<esc>");
    assert_eq!((rows(&desk).matches('*').count(), rows(&desk).contains("*1.2")), (1, true), "{}", rows(&desk));
    desk.press("frestore<enter>");
    assert_eq!(rows(&desk), "4 *4.1", "sections at hand are found too");
    assert!(desk.shows().contains("“restore” 1 of 9"), "{}", desk.shows());
}

#[test]
fn pasted_words_narrow_as_typed_ones_do() {
    let mut desk = desk();
    desk.press("f");
    desk.send(Msg::Paste("landing page\n".to_owned()));
    assert_eq!(rows(&desk), "3 3.2 *3.2.1");
}

#[test]
fn mine_is_what_names_my_role_or_me() {
    let mut desk = desk();
    desk.actor.role = Some("dba".to_owned());
    desk.press("f<up><enter>");
    assert_eq!(rows(&desk), "*2", "the gate of the phase");
    assert!(desk.shows().contains("mine 0 of 8"), "{}", desk.shows());
    let owned = "# T\n\n## One\n\n### Copy it {owner=dba}\n\n- [ ] a\n\n### Ring {owner=ops}\n\n- [ ] b\n";
    let mut desk = Desk::new(owned, 120, 36);
    desk.actor.role = Some("DBA".to_owned());
    desk.press("f<up>");
    assert_eq!(rows(&desk), "1 *1.1");
    assert!(desk.shows().contains("[mine (DBA) 1]"), "{}", desk.shows());
}

#[test]
fn nothing_that_fits_leaves_the_cursor_where_it_is() {
    let mut desk = desk();
    desk.press("jf<down><down><enter>");
    assert_eq!(rows(&desk), "1 *1.2");
    assert_eq!(desk.notice(), "no step is left by failed; Esc shows all again");
    desk.press("}");
    assert_eq!(desk.notice(), "no other open step is shown; Esc shows all again");
}

#[test]
fn going_elsewhere_shows_what_the_filter_hides() {
    let mut desk = desk();
    desk.press("f<down><enter>/restore the<enter>");
    assert!(rows(&desk).ends_with("4 *4.1"), "{}", rows(&desk));
    desk.press("2");
    assert!(rows(&desk).contains("*2 ") && !rows(&desk).contains('4'), "{}", rows(&desk));
}

#[test]
fn a_rollback_is_shown_whole_to_whoever_is_brought_into_it() {
    let book = BOOK.replace("### Restore the dump", "### Stop the pool\n\n- [ ] Stop it\n\n### Restore the dump");
    let mut desk = Desk::new(&book, 120, 36);
    desk.press("jjf<down><down><enter>r");
    desk.exits(1);
    desk.press("R");
    assert_eq!(rows(&desk), "1 1.3 4 *4.1 4.1.1 4.2");
    desk.press("jj");
    assert_eq!(rows(&desk), "1 1.3 4 4.1 4.1.1 *4.2");
    desk.press("R");
    assert_eq!(rows(&desk), "1 *1.3");
}

#[test]
fn folds_and_panes_work_under_a_filter() {
    let mut desk = desk();
    desk.press("f<down><enter>hh");
    assert_eq!(rows(&desk), "*1 2 2.1 2.2 2.3 3 3.1 3.2 3.2.1");
    desk.press("ll");
    assert_eq!(rows(&desk), "1 *1.1 1.2 1.3 2 2.1 2.2 2.3 3 3.1 3.2 3.2.1");
    desk.press("<tab>f");
    assert_eq!(desk.ui.focus, Focus::Tree, "it is chosen where it is seen");
    desk.press("<enter><tab><esc>");
    assert!(desk.ui.tree.filter.is_on(), "Esc goes back one layer: the pane first");
    desk.press("<esc>");
    assert!(!desk.ui.tree.filter.is_on());
}

#[test]
fn an_edited_runbook_keeps_filter_and_place() {
    let mut desk = desk();
    desk.press("<space>jf<down><enter>j");
    assert!(rows(&desk).contains("*1.3"), "{}", rows(&desk));
    desk.edits(&BOOK.replace("## Phase 2: Database", "## Phase 2: Caches\n\n- [ ] Warm them\n\n## Phase 3: Database"));
    desk.press("E<down><enter>");
    assert!(rows(&desk).starts_with("1 1.2 *1.3 2 2.1 3 "), "{}", rows(&desk));
}
