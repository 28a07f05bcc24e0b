//! What an author writes beside the Markdown, and what comes of it: each field fails here when its effect is gone.

use crate::home::{Came, Home, came};
use serde_json::Value;

fn plain(home: &Home, lines: &[&str]) -> Came {
    let mut command = home.command(&["--plain", "--new", "deploy.md"]);
    came(command.write_stdin(lines.join("\n") + "\n"))
}

/// A document of one phase whose blocks are tagged so and print what they say.
fn blocks(front: &str, blocks: &[(&str, &str)]) -> String {
    let mut text = format!("{front}# D\n## Notes\nNone.\n## Go {{#go}}\n");
    for (at, (options, code)) in blocks.iter().enumerate() {
        text.push_str(&format!("### Do {at} {{#do-{at}}}\n```bash {{{options}}}\n{code}\n```\n"));
    }
    text
}

const SEEN: &str = "echo \"[$A] [$B] $(basename \"$PWD\") $(type -t f)\" >> \"$DID\"";
const SETS: &str = "mkdir -p sub; cd sub; A=1; export B=2; f() { :; }";

#[test]
fn session_says_what_a_block_takes_over() {
    let home = Home::new();
    let all = "[1] [2] sub function";
    std::fs::create_dir(home.path("work")).unwrap();
    for (front, first, second, expected) in [
        ("", "", "", all),
        ("", "", "session=carry", all),
        ("", "", "session=shared", all),
        ("", "", "session=fresh", "[] [] work "),
        ("", "session=fresh", "", "[] [] work "),
        ("---\nsession: fresh\n---\n", "", "", "[] [] work "),
        ("---\nsession: fresh\n---\n", "session=carry", "session=carry", all),
    ] {
        home.write("work/deploy.md", blocks(front, &[(first, SETS), (second, SEEN)]));
        home.write("did", "");
        let came = home.call(&["exec", "work/deploy.md", "--cwd", "work"]);
        assert_eq!((came.exit, home.did()), (Some(0), vec![expected.to_owned()]), "{front}{first}/{second}: {came:?}");
    }
}

#[test]
fn a_shared_session_goes_on_with_its_options_and_the_record_says_so() {
    let home = Home::new();
    home.write(
        "deploy.md",
        blocks("---\nsession: shared\n---\n", &[("", "set -e"), ("", "false; echo no >> \"$DID\"")]),
    );
    let came = home.call(&["exec", "deploy.md", "--format", "json"]);
    assert_eq!((came.exit, home.did().len()), (Some(1), 0), "{came:?}");
    let of_kind = |kind: &str| came.lines().into_iter().filter(|line| line["kind"] == kind).collect::<Vec<Value>>();
    let intended = of_kind("attempt_intended");
    assert!(intended.iter().all(|line| line["data"]["session"] == "shared"), "{intended:?}");
    let run = of_kind("result")[0]["run"].as_str().unwrap().to_owned();
    let shown = home.call(&["show", &run, "2.1"]);
    assert!(shown.out.contains("pipe, shared session"), "{shown:?}");
    let report = home.call(&["export", &run, "--format", "md"]);
    assert!(report.out.contains("in a shared session"), "{report:?}");
    // What every block does is not worth a word.
    home.write("deploy.md", blocks("", &[("session=carry", "true")]));
    let came = home.call(&["exec", "deploy.md", "--format", "json"]);
    assert!(came.exit == Some(0) && !came.out.contains("session\":"), "{came:?}");
}

#[test]
fn plan_check_and_plain_mode_tell_the_session() {
    let home = Home::new();
    home.write(
        "deploy.md",
        blocks("---\nsession: shared\n---\n", &[("session=fresh", "true"), ("session=shard", "true")]),
    );
    let plan = home.call(&["plan", "deploy.md"]);
    assert!(plan.out.contains("blocks run in a shared session") && plan.out.contains("fresh session, "), "{plan:?}");
    let json = home.call(&["plan", "deploy.md", "--format", "json"]).json();
    assert_eq!(json["session"], "shared");
    assert_eq!(json["phases"][1]["steps"][0]["commands"][0]["session"], "fresh");
    let check = home.call(&["check", "deploy.md"]);
    for part in ["warning[bad-value]: `session=shard` is not understood", "deploy.md:13:1", "did you mean `shared`?"] {
        assert!(check.out.contains(part), "{part}: {check:?}");
    }
    let told = plain(&home, &["q"]);
    assert!(told.out.contains("In a fresh session: nothing of earlier blocks is there."), "{told:?}");
}

const UNDO: &str = "\
# D

## Go

### Switch over {#switch rollback=undo-switch}

```bash
echo switched >> \"$DID\"; false
```

### Count {#count}

```bash
echo counted >> \"$DID\"
```

### Send it home {#undo-switch}

```bash
echo undone >> \"$DID\"
```

## After

- [ ] Tell them
";

#[test]
fn exec_names_what_takes_a_failed_step_back_and_does_not_run_it() {
    let home = Home::new();
    home.write("deploy.md", UNDO);
    let came = home.call(&["exec", "deploy.md"]);
    assert_eq!((came.exit, home.did()), (Some(1), vec!["switched".to_owned()]), "{came:?}");
    let line = came.err.lines().find(|line| line.contains("taken back")).unwrap_or_default().to_owned();
    assert!(line.starts_with("1.1 Switch over: taken back by 2.1 Send it home: gonogo resume "), "{came:?}");
    let came = home.call(&["exec", "deploy.md", "--format", "json"]);
    let told = came.lines().into_iter().find(|line| line["kind"] == "way_back").unwrap();
    assert_eq!(
        (told["step"].as_str(), told["to"].as_str(), told["line"].as_u64()),
        (Some("switch"), Some("undo-switch"), Some(17))
    );
    // Neither is it run, nor counted, where nothing fails.
    home.write("did", "");
    home.write("deploy.md", UNDO.replace("; false", "").replace("## After\n\n- [ ] Tell them\n", ""));
    let came = home.call(&["exec", "deploy.md"]);
    assert_eq!((came.exit, home.did()), (Some(0), vec!["switched".to_owned(), "counted".to_owned()]), "{came:?}");
    assert!(came.out.contains("2 of 2 steps settled"), "{came:?}");
}

#[test]
fn plain_mode_goes_straight_to_what_takes_a_step_back_and_returns() {
    let home = Home::new();
    home.write("deploy.md", UNDO);
    let told = plain(&home, &["r", "y", "R", "r", "y", "R", "q"]);
    for part in [
        "Taken back by: 2.1 Send it home (R).",
        "R takes it back by 2.1 Send it home.",
        "On a detour to 2.1 Send it home, which is recorded; R goes back to step 1.1.",
        "Back from the detour.",
    ] {
        assert!(told.out.contains(part), "{part}: {told:?}");
    }
    assert_eq!(home.did(), ["switched", "undone"]);
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    let shown = home.call(&["export", &run, "--format", "md"]);
    assert!(shown.out.contains("1.1 Switch over is failed; to “2.1 Send it home”"), "{shown:?}");
    assert!(shown.out.contains("1 command ran on the detour"), "{shown:?}");
}

#[test]
fn plan_and_check_tell_the_way_back() {
    let home = Home::new();
    home.write("deploy.md", UNDO.replace("{#count}", "{#count rollback=undo-swich}"));
    let plan = home.call(&["plan", "deploy.md"]);
    assert!(plan.out.contains("rollback undo-switch)") && plan.out.contains("Rollback: Go  [rollback]"), "{plan:?}");
    let json = home.call(&["plan", "deploy.md", "--format", "json"]).json();
    assert_eq!(json["phases"][0]["steps"][0]["rollback"], "undo-switch");
    assert_eq!(
        (json["phases"][1]["role"].as_str(), json["phases"][1]["walked"].as_bool()),
        (Some("rollback"), Some(false))
    );
    let check = home.call(&["check", "deploy.md"]);
    assert_eq!(check.exit, Some(3), "{check:?}");
    for part in ["error[unknown-rollback]", "deploy.md:11:19", "did you mean `undo-switch`?", "hint[set-aside]"] {
        assert!(check.out.contains(part), "{part}: {check:?}");
    }
}
