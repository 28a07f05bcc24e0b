//! What lies over the screen, and what a pane can show, at 120x36, 80x24 and 60x20, and in ASCII without colour.

use super::{Desk, everywhere};
use crate::run::event::Ending;
use crate::run::statement::Statement;
use crate::runbook::{Correction, Remembered, Step};
use crate::tui::fixture::BOOK;
use crate::tui::msg::Msg;

const LINES: &str = "# Acme API

## Phase 1: Pool

### Restart one of them

Choose the pool of your region.

```bash
# Option 1: Europe
systemctl restart pool-eu
# Option 2: America
systemctl restart pool-us
```

### Count the hosts

```bash
wc -l hosts
```

Expected output:

```
3 hosts
```
";

#[test]
fn choosing_what_the_tree_shows() {
    insta::assert_snapshot!(everywhere(LINES, |desk| {
        desk.press("f<down>host");
    }));
    insta::assert_snapshot!(
        "a_filtered_tree",
        everywhere(LINES, |desk| {
            desk.press("f<down>host<enter>j");
        })
    );
}

#[test]
fn what_would_run_by_itself() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.undecided = vec![
            "before_run hook of runbook: ./tell begins".to_owned(),
            "requires: psql is asked for its version".to_owned(),
        ];
        desk.press("jjrr");
    }));
}

#[test]
fn what_was_corrected_before() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        let line = desk.book.steps().flat_map(Step::commands).map(|command| command.line).next().unwrap();
        desk.remembered = vec![Remembered {
            correction: Correction::Withhold { line },
            reason: "it is an example".to_owned(),
            anchor: "df -h /var/lib".to_owned(),
        }];
        desk.send(Msg::Start);
    }));
}

#[test]
fn a_generated_value() {
    let book = "# T\n\n## A\n\n- [ ] Draw a key\n\n  ```sh\n  openssl rand -base64 18\n  ```\n\n## B\n\n- [ ] Go\n";
    insta::assert_snapshot!(everywhere(book, |desk| {
        desk.press("rry");
        desk.prints("[redacted:generated]\n");
        desk.exits(0);
        desk.generated = desk.run.attempts.iter().map(crate::run::Attempt::id).collect();
        desk.press("w");
    }));
}

#[test]
fn the_palette() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press(":bo");
    }));
}

#[test]
fn releasing_a_gate() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("2s");
    }));
}

#[test]
fn reading_what_is_signed() {
    let text = "gonogo sign-off v1\ntype: sign-off\nrun: 01JDZX4T7Q2R9V5W3K8M7F3CAB\nrunbook: sha256:0000000000000000000000000000000000000000000000000000000000000000\nscope: phase phase-2-database \"2 Database\"\nhead: 9 sha256:1111111111111111111111111111111111111111111111111111111111111111\nprevious: none\nmeaning: released\nsigner: dana@acme.example\nname: dana\nrole: dba\ntime: 2026-11-21T02:14:07Z\n";
    let statement = Statement::read(text).unwrap();
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.send(Msg::Drafted(Box::new(statement.clone()), Some("SHA256:q3ZtX0mYbqk1".to_owned())));
    }));
}

#[test]
fn a_reason_is_needed() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("jjjjrrthe dba is only here now");
    }));
}

#[test]
fn which_line() {
    insta::assert_snapshot!(everywhere(LINES, |desk| {
        desk.press("rr");
    }));
}

#[test]
fn stopping_what_runs_until_it_is_stopped() {
    let book = "# Acme API\n\n## Phase 1: Pool\n\n### Watch it\n\n```bash\njournalctl -u pool -f\n```\n\n## Phase 2: End\n\n- [ ] Go\n";
    insta::assert_snapshot!(everywhere(book, |desk| {
        desk.press("r");
        if desk.run.attempts.is_empty() {
            desk.press("r");
        }
        desk.prints("pool: 12 clients\n");
        desk.press("<C-c>");
    }));
}

#[test]
fn leaving_while_a_command_runs() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("jjrrq");
    }));
}

#[test]
fn correcting_what_was_read() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("jjc");
    }));
}

#[test]
fn taking_notes_and_skipping() {
    let plays = ["awhat I saw", "x", "bC"].map(|keys| {
        everywhere(BOOK, |desk| {
            desk.press(keys);
        })
    });
    insta::assert_snapshot!(plays.join("\n=====\n"));
}

#[test]
fn a_failed_step() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("<space>j<space>jrr");
        desk.prints("df: /var/lib: No such file or directory\n");
        desk.ends(Ending::Exited { code: 1 });
    }));
}

#[test]
fn typing_into_the_program() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("jjrr");
        desk.prints("Password: ");
        desk.press("i");
    }));
}

#[test]
fn searching_the_output_and_filtering_the_log() {
    let output = everywhere(BOOK, |desk| {
        desk.press("jjrr");
        desk.prints("one\ntwo\nthree\n");
        desk.exits(0);
        desk.ui.focus = crate::tui::panes::Focus::Output;
        desk.press("/tw");
    });
    let log = everywhere(BOOK, |desk| {
        desk.press("<space>j<space>L/freeze");
    });
    insta::assert_snapshot!([output, log].join("\n=====\n"));
}

#[test]
fn expected_and_printed() {
    insta::assert_snapshot!(everywhere(LINES, |desk| {
        desk.press("jjrrout of order<enter>");
        desk.prints("4 hosts\n");
        desk.exits(0);
        desk.press("=");
    }));
}

#[test]
fn a_phase_and_its_gate() {
    insta::assert_snapshot!(everywhere(BOOK, |desk| {
        desk.press("2<enter>");
    }));
}

#[test]
fn the_question_shows_the_authors_default_as_what_it_is() {
    let text = "---\nvars: {n: {default: \"7\"}}\n---\n# D\n\n## W\n\n### A\n\n```sh {file=o/host.conf}\nn=<n>\n```\n";
    let mut desk = Desk::new(text, 120, 36);
    desk.press("r");
    let shown = desk.shows();
    assert!(shown.contains("n=7"), "{shown}");
    assert!(shown.contains("<n> = 7 (default)") && !shown.contains("from the environment"), "{shown}");
}

#[test]
fn the_page_of_a_step_says_what_its_command_lacked() {
    let text = "# D\n\n## W\n\n### A\n\n```sh {expect=3}\nls\n```\n";
    let mut desk = Desk::new(text, 120, 36);
    desk.press("r");
    desk.ends_leaving(crate::run::event::Ending::Exited { code: 1 }, Vec::new());
    assert!(desk.shows().contains("failed: exit 1, expected 3"), "{}", desk.shows());
}
