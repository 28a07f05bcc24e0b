//! Everything of a verdict beside its use.

use super::verdict;
use crate::runbook::code::{Verdict, expect};
use crate::runbook::{Block, Command, Expected, ExpectedForm, Form, Options, Use};

fn parts(verdict: &Verdict) -> Vec<String> {
    verdict.parts.iter().map(|part| format!("{}:{}", part.line, part.text)).collect()
}

fn bash(text: &str) -> Verdict {
    verdict("bash", "", text, false, false)
}

#[test]
fn parts_have_their_lines() {
    let table: &[(&str, &[&str])] = &[
        ("crontab -e\n\n# Add this line:\n0 2 * * * x", &["11:crontab -e"]),
        ("npm install\n# or\nyarn install", &["11:npm install", "13:yarn install"]),
        ("# a\nmake a \\\n  b\n# or\nmake c", &["12:make a \\\n  b", "15:make c"]),
        ("ssh a@b\nfor i in 1; do\n  ls\ndone\npwd", &["11:ssh a@b", "12:for i in 1; do\n  ls\ndone", "15:pwd"]),
        ("ls\necho 'x", &["11:ls"]),
        ("docker logs -f x  # follow\nls", &["11:docker logs -f x", "12:ls"]),
        ("$ docker stats\nout\n$ ls\n$ pwd", &["11:docker stats", "13:ls", "14:pwd"]),
        ("$ mysql\nmysql> x", &["11:mysql"]),
        ("make a; make b\n# or\nmake c", &["11:make a; make b", "13:make c"]),
    ];
    for (text, expected) in table {
        assert_eq!(parts(&bash(text)), *expected, "{text:?}");
    }
}

#[test]
fn expected_output_in_the_block() {
    let table: &[(&str, &str)] = &[
        ("curl localhost\n\n# Expected response:\n# {\"a\":1}", "13 comment {\"a\":1}"),
        ("curl -I localhost\n# Expected: 200 OK", "12 comment 200 OK"),
        ("docker logs x\n# Should see:\n# - a\n# - b", "12 comment - a\n- b"),
        ("ls\n# Should show three files", "12 comment three files"),
        ("ls\n# → 3", "12 comment 3"),
        ("ls\n# Output: x\nls\n# Output: y", "12 comment x\ny"),
        ("wc -l f  # 3", "11 comment 3"),
        ("systemctl is-active x  # active", "11 comment active"),
        ("$ ls\na\nb", "12 fence a\nb"),
        ("$ ls\n\n$ pwd\n/", "14 fence /"),
        ("ls # all files", "none"),
        ("python t.py  # the test that works", "none"),
        ("# Should be run as root\nls", "none"),
        ("git log  # Find the previous commit", "none"),
        ("cat <<EOF\n# Expected: x\nEOF", "none"),
    ];
    for (text, expected) in table {
        let found = bash(text).expected;
        let shown =
            found.map_or("none".to_owned(), |found| format!("{} {} {}", found.line, found.form.word(), found.text));
        assert_eq!(shown, *expected, "{text:?}");
    }
}

#[test]
fn variables_for_later_blocks() {
    let table: &[(&str, &[&str])] = &[
        ("export A=1", &["A"]),
        ("B=$(date)\nread -r C\nfor d in x; do ls; done", &["B", "C", "d"]),
        ("A=1", &[]),
        ("X=1 make", &[]),
        ("( A=1; ls )", &[]),
        ("# A=1", &[]),
    ];
    for (text, expected) in table {
        assert_eq!(bash(text).sets, *expected, "{text:?}");
    }
}

#[test]
fn what_writes_on_ends_with_its_reader() {
    for ends in
        ["yes | head -c 10G", "yes | sudo apt-get install jq", "tail -f app.log | grep -m1 ready", "yes n | rm -i a"]
    {
        assert!(!bash(ends).endless, "{ends}");
    }
    for goes_on in [
        "yes",
        "yes > /dev/null",
        "tail -f app.log | grep ready",
        "tail -f app.log; seq 3 | head",
        "yes | tail -f app.log",
    ] {
        assert!(bash(goes_on).endless, "{goes_on}");
    }
}

#[test]
fn flags_and_reasons() {
    let found = bash("docker compose logs -f\nls");
    assert!(found.endless && !found.interactive);
    assert!(found.why.contains("does not end by itself"), "{}", found.why);
    let found = bash("sudo nano /etc/hosts");
    assert!(found.interactive && !found.endless);
    assert!(bash("read x </dev/tty\necho got $x").interactive);
    assert!(!bash("read x <answers\necho got $x").interactive);
    let found = bash("rm -rf <folder>");
    assert_eq!((found.risk.word(), found.danger.as_slice()), ("destroy", ["rm-r".to_owned()].as_slice()));
    assert_eq!(found.placeholders.len(), 1);
    assert_eq!(found.why, "`<folder>` must be filled in");
    assert_eq!(bash("git status").risk.word(), "read");
    assert_eq!(bash("git tag $KNOWN").usage, Use::Run);
    assert_eq!(bash("A=1").why, "only NAME=value lines");
    assert_eq!(verdict("yaml", "", "a: b", false, false).why, "tagged yaml: shown, never run");
    assert_eq!(verdict("sql", "", "DROP TABLE x;", false, false).danger, ["drop"]);
    assert_eq!(bash("$ ls\nx").text, "ls");
    assert_eq!(bash("$ ls\nx").why, "the prompted lines are the command");
}

#[test]
fn syntax_errors_are_told() {
    assert!(bash("ls | grep x").syntax_error.is_none());
    #[cfg(feature = "shell-analysis")]
    assert!(bash("for x in a b\n  echo $x\ndone").syntax_error.is_some());
    let found = bash("if true; then ls");
    assert_eq!(found.usage, Use::Mixed);
    assert!(found.why.contains("`if` without `fi`"), "{}", found.why);
}

fn block(usage: Use, line: u32, text: &str) -> Block {
    let verdict = bash("ls");
    Block::Command(Box::new(Command {
        line,
        text_line: line + 1,
        span: 0..0,
        lang: String::new(),
        form: Form::Fence,
        usage,
        why: verdict.why,
        text: text.to_owned(),
        parts: Vec::new(),
        risk: verdict.risk,
        danger: Vec::new(),
        placeholders: Vec::new(),
        interactive: false,
        endless: false,
        expected: None,
        options: Options::default(),
    }))
}

fn expected(block: &Block) -> Option<&Expected> {
    match block {
        Block::Command(command) => command.expected.as_ref(),
        Block::Prose(_) => None,
    }
}

#[test]
fn output_is_bound_to_the_command_above() {
    let mut blocks = vec![
        block(Use::Run, 1, "ls"),
        block(Use::Output, 5, "a"),
        block(Use::Output, 9, "b"),
        block(Use::File, 13, "c"),
        block(Use::Output, 17, "d"),
        block(Use::Fill, 21, "ls <x>"),
        block(Use::Output, 25, "e"),
    ];
    expect::bind(&mut blocks);
    let first = Expected { line: 5, text: "a".to_owned(), form: ExpectedForm::Fence };
    assert_eq!(expected(&blocks[0]), Some(&first));
    assert_eq!(expected(&blocks[3]), None);
    assert_eq!(expected(&blocks[5]).map(|found| found.line), Some(25));
    expect::bind(&mut []);
}
