//! Whole screens, and whole conversations: keys in, screen or record out.

use super::fixture::{BOOK, Desk};

#[test]
fn the_first_screen() {
    let mut shown = Vec::new();
    for (cols, rows) in [(120, 36), (80, 24), (60, 20)] {
        shown.push(Desk::new(BOOK, cols, rows).shows());
    }
    insta::assert_snapshot!(shown.join("\n=====\n"));
}
