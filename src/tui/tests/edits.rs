//! The author edits the file while it is walked.

use crate::tui::fixture::{BOOK, Desk};

/// The book with another disk command, without the freeze, and with one more check.
fn edited() -> String {
    BOOK.replace("df -h /var/lib", "df -h /srv/data")
        .replace("- [ ] Freeze merges **on the main branch**\n", "")
        .replace(
            "- [ ] Open the page in a browser\n",
            "- [ ] Open the page in a browser\n\n### Call the desk\n\nRing 12.\n",
        )
}

fn desk(cols: u16, rows: u16) -> Desk {
    let mut desk = Desk::new(BOOK, cols, rows);
    desk.press("<space>j<space>jrr");
    desk.exits(0);
    desk.press("s<down><enter>");
    desk
}

#[test]
fn an_edit_is_told_and_asks_nothing_by_itself() {
    let mut desk = desk(120, 36);
    let before = desk.run.head.seq;
    desk.edits(&edited());
    assert!(desk.notice().contains("the file was edited (1 changed, 1 added, 1 gone"), "{}", desk.notice());
    assert!(desk.ui.modals.is_empty(), "keys go where they went before");
    desk.press("E");
    let shown = desk.shows();
    for part in
        ["df -h /srv/data", "no longer holds: passed by dana", "added    3.3 Call the desk", "gone     1.2 Freeze"]
    {
        assert!(shown.contains(part), "{part} is missing in\n{shown}");
    }
    desk.press("<esc>");
    assert_eq!(desk.run.head.seq, before, "deciding later records nothing");
    assert!(desk.states().contains("1.3 passed"));
}

#[test]
fn adopting_makes_the_changed_step_stale_and_keeps_the_place() {
    let mut desk = desk(120, 36);
    desk.press("jjjj");
    let here = desk.ui.step(&desk.book).unwrap().id.clone();
    desk.edits(&edited());
    desk.press("E<down><enter>");
    assert!(desk.states().contains("1.2 stale"), "{}", desk.states());
    assert!(desk.states().contains("1.1 passed"), "{}", desk.states());
    assert_eq!(desk.ui.step(&desk.book).unwrap().id, here, "the cursor stays on its step");
    desk.press("1j");
    desk.press("j");
    let shown = desk.shows();
    assert!(shown.contains("Stale: the runbook changed after this was done"), "{shown}");
    assert!(shown.contains("- df -h /var/lib") && shown.contains("+ df -h /srv/data"), "{shown}");
    // It is done again by running what it says now.
    desk.press("rr");
    assert_eq!(desk.world.last().unwrap(), "start df -h /srv/data");
    desk.exits(0);
    desk.press("s<down><enter>");
    assert!(desk.states().contains("1.2 passed"), "{}", desk.states());
    assert!(!desk.shows().contains("Stale:"));
}

#[test]
fn the_safe_answer_is_focused_and_staying_is_recorded_once() {
    let mut desk = desk(120, 36);
    desk.edits(&edited());
    desk.press("E<enter>");
    assert!(desk.states().contains("1.3 passed"), "{}", desk.states());
    assert_eq!(desk.entries.last().unwrap().event.kind(), "runbook_declined");
    let seq = desk.run.head.seq;
    desk.press("Es<enter>");
    assert_eq!(desk.run.head.seq, seq);
}

#[test]
fn the_cursor_on_a_step_that_is_gone_goes_to_the_one_before() {
    let mut desk = desk(120, 36);
    desk.press("gjj");
    assert_eq!(desk.ui.step(&desk.book).unwrap().title, "Freeze merges on the main branch");
    desk.edits(&edited());
    desk.press("Ea<enter>");
    assert!(desk.ui.step(&desk.book).unwrap().title.starts_with("Tell the support"));
}

#[test]
fn how_it_looks() {
    let mut shown = Vec::new();
    for (cols, rows) in [(120, 36), (80, 24), (60, 20)] {
        let mut desk = desk(cols, rows);
        desk.edits(&edited());
        desk.press("E");
        shown.push(desk.shows());
    }
    insta::assert_snapshot!(shown.join("\n=====\n"));
}
