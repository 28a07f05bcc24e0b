//! What the screens look like at 120x36, 80x24 and 60x20.

use super::{everywhere, everywhere_of};
use crate::run::event::{Ending, RunKind};
use crate::tui::fixture::{BOOK, Desk};
use crate::tui::look::Glyphs;
use crate::tui::msg::Msg;
use crate::tui::panes::Focus;
use crate::tui::theme::{Colour, Theme};
use ratatui::buffer::Cell;
use ratatui::style::Color;

#[test]
fn the_first_screen() {
    insta::assert_snapshot!(everywhere(BOOK, |_| {}));
}

#[test]
fn a_command_runs_and_prints() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("jjrr");
        desk.prints(
            "Filesystem      Size  Used Avail Use% Mounted on\n\x1b[32m/dev/sda1\x1b[m  98G  40G  58G  41% /var/lib\n",
        );
    }));
}

#[test]
fn a_step_with_many_blocks() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("jjjjjj<tab>");
    }));
}

#[test]
fn confirmation_of_a_change() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("jjjjrrwindow agreed<enter>");
    }));
}

#[test]
fn typing_the_step_before_something_is_destroyed() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("jjjjjrrwindow agreed<enter>2.<enter>");
    }));
}

#[test]
fn signing_a_step_off() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("jjrr");
        desk.prints("ok\n");
        desk.exits(0);
        desk.press("s<down>room for the dump only");
    }));
}

#[test]
fn an_unknown_end_is_asked_about() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("jjrr");
        desk.prints("half of\nthe output\n");
        desk.crash_and_resume();
    }));
}

#[test]
fn the_values_form() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("v<down>s3cret");
    }));
}

#[test]
fn the_board() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("<space>j<space>bp<down><down>pager is silent<enter>");
    }));
}

#[test]
fn the_log() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("<space>j<space>uaasked again<enter>jrr");
        desk.exits(1);
        desk.press("L");
    }));
}

#[test]
fn help_is_filtered() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("?");
    }));
    let mut desk = Desk::new(BOOK, 80, 24);
    insta::assert_snapshot!("help_for_sign", desk.press("?sign").shows());
}

#[test]
fn searching() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("/pool");
    }));
}

#[test]
fn a_rehearsal_says_so() {
    insta::assert_snapshot!(everywhere_of(BOOK, RunKind::Rehearsal, |desk| {
        desk.press("jjrr");
    }));
}

#[test]
fn low_screens_give_up_status_and_footer() {
    let mut shown = Vec::new();
    for (cols, rows) in [(80, 16), (60, 12), (40, 10), (39, 10)] {
        let mut desk = Desk::new(BOOK, cols, rows);
        desk.press("q");
        shown.push(desk.press("<C-c>").shows());
    }
    insta::assert_snapshot!(shown.join("\n=====\n"));
}

#[test]
fn ascii_needs_no_other_characters_for_the_frame() {
    let mut desk = Desk::new(BOOK, 80, 24);
    desk.ui.look.glyphs = Glyphs::Ascii;
    desk.press("jjrr");
    desk.ends(Ending::Exited { code: 2 });
    let shown = desk.press("k").shows();
    insta::assert_snapshot!(shown);
}

#[test]
fn the_timeline() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("<space>j<space>jrr");
        desk.exits(0);
        desk.press("t");
    }));
}

#[test]
fn a_list_behind_a_number() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("bgj<enter>");
    }));
}

#[test]
fn a_detour() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("<space>j<space>jrr");
        desk.exits(1);
        desk.press("R");
    }));
}

#[test]
fn a_call() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("bp");
    }));
}

#[test]
fn skipping_noting_and_closing() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("x");
    }));
    let small = |keys: &str| Desk::new(BOOK, 60, 20).press(keys).shows();
    insta::assert_snapshot!("note", small("awhat I saw"));
    insta::assert_snapshot!("closing", small("bC"));
}

#[test]
fn themes() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("T<down>");
    }));
}

#[test]
fn every_page_in_ascii_and_without_colour() {
    let mut shown = Vec::new();
    for keys in ["", "jjrr", "bp", "jt", "L", "?", "/pool", "v", "s", "x"] {
        let mut desk = Desk::new(BOOK, 80, 24);
        desk.ui.look.glyphs = Glyphs::Ascii;
        desk.ui.look.theme = Theme::named("terminal", Colour::Never).unwrap();
        let page = desk.press(keys).shows();
        assert!(page.is_ascii(), "after {keys}:\n{page}");
        let frame = desk.frame();
        let colours = |cell: &Cell| cell.fg != Color::Reset || cell.bg != Color::Reset;
        assert!(!frame.content.iter().any(colours), "after {keys}");
        shown.push(page);
    }
    insta::assert_snapshot!(shown.join("\n=====\n"));
}

#[test]
fn a_zoomed_pane_has_the_screen() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("jjrr");
        desk.prints("one\ntwo\n");
        desk.ui.focus = Focus::Output;
        desk.press("z");
    }));
}

#[test]
fn a_resize_keeps_cursor_and_focus() {
    let mut desk = Desk::new(BOOK, 120, 36);
    desk.press("jjjj<tab>");
    let before = (desk.ui.tree.cursor, desk.ui.focus);
    for (cols, rows) in [(60, 20), (30, 5), (200, 60), (80, 24)] {
        desk.send(Msg::Resize(cols, rows));
        desk.shows();
    }
    assert_eq!((desk.ui.tree.cursor, desk.ui.focus), before);
}
