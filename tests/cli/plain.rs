//! Plain mode as a transcript: lines in, lines out. What it can do is what the screen can do.

use crate::home::{Came, Home, came};
use regex::Regex;

const BOOK: &str = "\
---
title: Move the shop
vars:
  HOST: {prompt: the new host, pattern: '[a-z0-9.]+'}
  MODE: {choices: [fast, safe], default: safe}
calls: [dba, lead]
---
# Move the shop

## Prepare

Nobody may buy anything from here on.

### Count the orders

```bash
echo forty-two orders
```

Expected output:

```
forty-three orders
```

### Greet the new host

```bash
echo greeting $HOST in $MODE
```

- [ ] The shop says it is closed

## Switch {#switch .gate}

### Point the name to the new host

- [ ] The name points to the new host

## Rollback

### Point the name back

```bash
echo pointed back
```
";

fn walk(home: &Home, lines: &[&str]) -> Came {
    let mut command = home.command(&["--plain", "--new", "shop.md"]);
    came(command.write_stdin(lines.join("\n") + "\n"))
}

fn shop() -> Home {
    let home = Home::new();
    home.write("shop.md", BOOK);
    home
}

/// What differs from run to run, named.
fn steady(text: &str) -> String {
    let changes = [
        (r"\b[0-9A-HJKMNP-TV-Z]{26}\b", "RUNID"),
        (r"(?m)(Run |resume |export |run )[0-9a-zA-Z]{6}\b", "${1}RUN"),
        (r"\d\d:\d\d:\d\d", "TIME"),
        (r"\d+\.\d seconds", "N seconds"),
        (r"took \S+", "took N"),
        (r"after \d+\.\ds", "after N"),
        (r"Elapsed: \S+", "Elapsed: N."),
        (r"pid \d+", "pid PID"),
        (r"\b[0-9a-f]{64}\b", "DIGEST"),
        (r"\d{4}-\d\d-\d\dT?[^ ]*Z", "MOMENT"),
    ];
    changes.iter().fold(text.to_owned(), |text, (pattern, with)| {
        Regex::new(pattern).unwrap().replace_all(&text, *with).into_owned()
    })
}

#[test]
fn a_walk_from_the_first_step_to_the_close() {
    let home = shop();
    let prepare =
        ["l", "r", "=", "R", "r", "R", "s", "r", "counted by hand", "r", "fast lane", "new.example", "n", "t"];
    let switch = ["w switch", "l open", "t", "w 2", "c", "go", "call lead nogo", "pager is silent", "c lead go"];
    let end = ["/pointed", "T", "L gate", "o 3", "b", "C", "q"];
    let walked = walk(&home, &[&prepare[..], &switch[..], &end[..]].concat());
    insta::assert_snapshot!(steady(&walked.out));
    assert_eq!(walked.exit, Some(0), "{walked:?}");
}

#[test]
fn looking_at_everything_records_nothing() {
    let home = shop();
    let lines =
        ["?", "? gate", "l", "l 2", "l failed", "l nowhere", "d", "N", "p", "{", "}", "]", "[", "3", "g switch"];
    let more =
        ["/", "/orders", "/nothing like it", "o", "o 7", "=", "y", "y 9", "b", "T", "L", "E", "f", "i x", "F", "K"];
    let last = ["e", "A", "X", "bored", "c", "", "C", "", "a", "", "x", "", "s", "", "v", "", "w nowhere", "q"];
    let walked = walk(&home, &[&lines[..], &more[..], &last[..]].concat());
    insta::assert_snapshot!(steady(&walked.out));
    assert!(!home.path("state").exists(), "nothing was recorded");
}

#[test]
fn a_program_is_typed_into_left_running_and_stopped() {
    let home = Home::new();
    let ask = "```sh\necho ready; read name; echo hello $name; read more; echo over $more\n```\n";
    let long = "```sh\necho begun; sleep 60; echo never\n```\n";
    let endless = "```sh\ntail -f /dev/null\n```\n";
    home.write(
        "ask.md",
        format!(
            "# A\n## One\n- [ ] Ask\n  {}- [ ] Wait\n  {}- [ ] Watch\n  {}",
            indented(ask),
            indented(long),
            indented(endless)
        ),
    );
    let mut command = home.command(&["--plain", "ask.md"]);
    let lines =
        ["r", "i dana", "~b", "i two", "n", "r", "~c", "~c", "s", "f", "it hung", "n", "r", "~c", "k", "L", "q"];
    let walked = came(command.write_stdin(lines.join("\n") + "\n"));
    let out = &walked.out;
    for part in [
        "hello dana",
        "#1 goes on; f watches it again",
        "over two",
        "Exit 0",
        "Stopping #2 with INT",
        "1.2: failed",
        "It runs until it is stopped",
        "Stopped and kept as evidence",
    ] {
        assert!(out.contains(part), "does not say {part}: {out}");
    }
    assert!(!out.lines().any(|line| line == "never"), "{out}");
}

#[test]
fn a_gate_is_rejected_released_and_passed_by_breaking_the_glass() {
    let home = shop();
    let done = ["g 1.1", "s", "p", "", "s", "p", "", "t", "t"];
    let gate = ["w switch reject replica lags", "b", "w switch", "w switch maybe", "q"];
    let walked = walk(&home, &[&done[..], &gate[..]].concat());
    assert!(walked.out.contains("Gate Switch: rejected"), "{walked:?}");
    assert!(walked.out.contains("maybe is no answer to a gate"), "{walked:?}");
    let home = shop();
    let walked = walk(&home, &["w switch break", "no time left", "b", "u", "q"]);
    assert!(walked.out.contains("BREAK-GLASS"), "{walked:?}");
    assert!(walked.out.contains("Gate Switch: passed unsigned, to be reviewed"), "{walked:?}");
    assert!(walked.out.contains("Not now: nothing to take back."), "{walked:?}");
}

#[test]
fn an_edit_is_told_shown_and_adopted_where_the_walk_stands() {
    let home = shop();
    home.write("touch.sh", "sed -i 's/forty-two orders/& today/' shop.md\n");
    home.write("shop.md", BOOK.replace("echo forty-two orders", "sh touch.sh; echo forty-two orders"));
    let walked = walk(&home, &["r", "y", "E", "a", "d", "q"]);
    for part in ["The runbook was edited", "a adopt the edited version", "Recorded.", "forty-two orders today"] {
        assert!(walked.out.contains(part), "does not say {part}: {walked:?}");
    }
}

#[test]
fn the_record_is_written_from_inside_the_walk() {
    let home = shop();
    let walked = walk(&home, &["a looked at it", "X --format json -o record.json", "X --format what", "q"]);
    assert!(walked.out.contains("is written to record.json"), "{walked:?}");
    assert!(walked.out.contains("invalid value"), "{walked:?}");
    assert_eq!(home.call(&["verify", "record.json"]).exit, Some(0));
}

#[test]
fn what_was_read_wrongly_is_corrected_and_offered_again() {
    let home = shop();
    let walked = walk(&home, &["m", "1", "it only counts", "r", "q"]);
    assert!(walked.out.contains("1 do not run the block at line"), "{walked:?}");
    assert!(walked.out.contains("Recorded.") && walked.out.contains("no such block to run"), "{walked:?}");
    let again = walk(&home, &["y", "r", "q"]);
    assert!(again.out.contains("these places were corrected before"), "{again:?}");
    assert!(again.out.contains("it only counts") && again.out.contains("no such block to run"), "{again:?}");
    let without = walk(&home, &["n", "m", "", "r", "q"]);
    assert!(without.out.contains("Left; nothing was recorded.") && without.out.contains("forty-two"), "{without:?}");
}

fn indented(block: &str) -> String {
    block.trim_end().replace('\n', "\n  ") + "\n"
}

#[test]
fn the_question_shows_what_will_run_and_where_its_values_come_from() {
    let home = Home::new();
    home.write(
        "shop.md",
        "---\nvars: {n: {default: \"7\"}, host: {from: SHOP_HOST}}\n---\n# D\n\n## W\n\n### Write\n\n```sh {file=host.conf}\nn=<n>\nhost=<host>\n```\n",
    );
    let mut command = home.command(&["--plain", "shop.md"]);
    let out = came(command.env("SHOP_HOST", "db1").write_stdin("v\nr\ny\nq\n")).out;
    for said in
        ["n: 7 (default)\n", "    n=7\n", "    host=db1\n", "<n> = 7 (default)\n", "<host> = db1 (from $SHOP_HOST)\n"]
    {
        assert!(out.contains(said), "{said}: {out}");
    }
    assert!(!out.contains("n: missing"), "{out}");
    assert_eq!(std::fs::read_to_string(home.path("host.conf")).unwrap(), "n=7\nhost=db1\n");
}

#[test]
fn two_ways_back_are_one_line() {
    let home = Home::new();
    home.write(
        "shop.md",
        "---\non_fail: rollback\n---\n# D\n\n## Deploy\n\n### Do\n\n```sh\nfalse\n```\n\n## Rollback of the data\n\n1. All of it\n\n## Rollback of the code\n\n1. All of it\n",
    );
    let walked = walk(&home, &["r", "y", "q"]);
    let told: Vec<&str> = walked.out.lines().filter(|line| line.contains("take it back now")).collect();
    assert_eq!(told.len(), 1, "{walked:?}");
    assert!(told[0].contains("Rollback of the data") && told[0].contains("Rollback of the code"), "{told:?}");
}

#[test]
fn exec_does_not_run_what_was_corrected_not_to_run() {
    let home = Home::new();
    home.write("shop.md", "# D\n\n## W\n\n### Count\n\n```sh\necho counted >> \"$DID\"\n```\n");
    walk(&home, &["m", "1", "it only counts", "q"]);
    let came = home.call(&["exec", "shop.md"]);
    assert_eq!((came.exit, home.did()), (Some(4), Vec::<String>::new()), "{came:?}");
    assert!(
        came.err.contains("corrected before: do not run the block at line 7") && came.err.contains("it only counts"),
        "{came:?}"
    );
}
