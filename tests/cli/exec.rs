//! `gonogo exec`: what runs, what waits, and what is said about it.

use crate::home::{Home, came, steady, steps};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

#[test]
fn all_machine_passes_is_go() {
    let home = Home::new();
    home.write("deploy.md", steps(&["echo 1 >> \"$DID\"", "echo 2 >> \"$DID\""]));
    let came = home.call(&["exec", "deploy.md"]);
    assert_eq!(came.exit, Some(0), "{came:?}");
    assert!(came.out.starts_with("GO  100 %  2 of 2 steps settled, 0 failed\n"), "{came:?}");
    assert!(came.err.contains("1.1 Step 1: echo 1"), "progress goes to standard error: {came:?}");
    assert_eq!(home.did(), ["1", "2"]);
    assert_eq!(home.call(&["status"]).exit, Some(0));
}

#[test]
fn a_failure_stops_the_walk_and_is_no_go() {
    let home = Home::new();
    home.write("deploy.md", steps(&["echo 1 >> \"$DID\"", "false", "echo 3 >> \"$DID\""]));
    for more in [&[][..], &["--keep-going"]] {
        let came = home.call(&[&["exec", "deploy.md"], more].concat());
        assert_eq!(came.exit, Some(1), "{came:?}");
        assert!(came.out.starts_with("NO-GO  33 %"), "{came:?}");
        assert!(came.out.lines().any(|line| line.contains("gonogo show") && line.contains(" 1.2,")), "{came:?}");
    }
    assert_eq!(home.did(), ["1", "1"]);
}

#[test]
fn what_needs_a_person_waits() {
    let home = Home::new();
    let cases = [
        ("- [ ] Ring the desk\n", "a person has to do it"),
        ("- [ ] A\n  ```sh\n  rm -rf ./old; echo x >> \"$DID\"\n  ```\n", "a person has to confirm it"),
        ("- [ ] A\n  ```sh {run=ask}\n  echo x >> \"$DID\"\n  ```\n", "its author wants it asked for"),
        ("- [ ] A\n  ```sh\n  echo <what> >> \"$DID\"\n  ```\n", "fill in first: <what>"),
        ("- [ ] A\n  ```sh\n  tail -f \"$DID\"\n  ```\n", "until somebody stops it"),
        ("- [ ] A\n  ```sh\n  vim \"$DID\"\n  ```\n", "a person at the keyboard"),
        ("### A\n```sh {when=\"db2 is up\"}\necho x >> \"$DID\"\n```\n", "only when “db2 is up”"),
        ("### A\n```sh {confirm}\necho x >> \"$DID\"\n```\n", "its author wants it confirmed"),
        ("### A\n```sh {danger}\necho x >> \"$DID\"\n```\n", "it destroys something"),
        (
            "### A\n```sh {needs=b}\necho x >> \"$DID\"\n```\n### B {#b}\n```sh\ndate\n```\n",
            "needs first: 1.2 B (open)",
        ),
        ("### A\n```sh\ndate\n```\n**Pass criteria**: it looks right\n", "a person has to confirm it"),
        (
            "### Switch\n#### Option A\n```sh\necho A >> \"$DID\"\n```\n#### Option B\n```sh\necho B >> \"$DID\"\n```\n",
            "of these alternatives a person has to take one",
        ),
    ];
    for (body, why) in cases {
        home.write(
            "deploy.md",
            format!("# D\n\n## One\n\n{body}\n## Two\n\n- [ ] Z\n  ```sh\n  echo later >> \"$DID\"\n  ```\n"),
        );
        let came = home.call(&["exec", "deploy.md"]);
        assert_eq!(came.exit, Some(4), "{body}{came:?}");
        assert!(came.out.starts_with("HOLD") && came.out.contains(why), "{body}{came:?}");
        assert_eq!(home.did(), Vec::<String>::new(), "{body}");
    }
}

#[test]
fn what_failed_is_tried_again_as_often_as_its_author_allows() {
    let home = Home::new();
    let step = |options: &str, last: u32| {
        format!(
            "# D\n## One\n### A\n```sh {{{options}}}\necho x >> \"$DID\"; test $(wc -l < \"$DID\") -ge {last}\n```\n"
        )
    };
    home.write("deploy.md", step("retries=3 retry_delay=0", 3));
    let came = home.call(&["exec", "deploy.md"]);
    assert_eq!((came.exit, home.did().len()), (Some(0), 3), "{came:?}");
    assert!(came.err.contains("1.1 A: failed; tried again in 0 s, 3 tries left"), "{came:?}");
    // Each try is an attempt of its own, with its own end.
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    let shown = home.call(&["show", &run, "1.1"]);
    assert_eq!(shown.out.matches("exited with 1").count(), 2, "{shown:?}");
    home.write("deploy.md", step("retries=1 retry_delay=0", 9));
    let came = home.call(&["exec", "deploy.md"]);
    assert_eq!((came.exit, home.did().len()), (Some(1), 5), "one try and one more: {came:?}");
}

#[test]
fn a_split_block_runs_piece_by_piece_and_stops_at_the_first_that_fails() {
    let home = Home::new();
    let text = "# D\n## One\n### A\n```sh {split}\necho 1 >> \"$DID\"\nfalse\necho 3 >> \"$DID\"\n```\n";
    home.write("deploy.md", text);
    let came = home.call(&["exec", "deploy.md"]);
    assert_eq!((came.exit, home.did()), (Some(1), vec!["1".to_owned()]), "{came:?}");
    home.write("deploy.md", text.replace("false", "true"));
    let came = home.call(&["exec", "deploy.md"]);
    assert_eq!((came.exit, home.did().len()), (Some(0), 3), "{came:?}");
    assert_eq!(came.err.matches("1.1 A: ").count(), 3, "{came:?}");
}

#[test]
fn keep_going_passes_what_waits_and_says_so() {
    let home = Home::new();
    let text = "# D\n## One\n- [ ] Ring\n- [ ] A\n  ```sh\n  echo A >> \"$DID\"\n  ```\n## Two\n- [ ] B\n  ```sh\n  echo B >> \"$DID\"\n  ```\n";
    home.write("deploy.md", text);
    assert_eq!(home.call(&["exec", "deploy.md"]).exit, Some(4));
    assert_eq!(home.did(), Vec::<String>::new());
    let came = home.call(&["exec", "deploy.md", "--keep-going", "--format", "json"]);
    assert_eq!((came.exit, home.did()), (Some(4), vec!["A".to_owned(), "B".to_owned()]), "{came:?}");
    let deviated: Vec<Value> = came.lines().into_iter().filter(|line| line["kind"] == "deviated").collect();
    assert_eq!(deviated.len(), 1, "going on without it is a deviation, once");
    assert_eq!(deviated[0]["data"]["reason"], "--keep-going: an earlier step waits for a person");
}

#[test]
fn a_gate_is_never_passed() {
    let home = Home::new();
    home.write(
        "deploy.md",
        "# D\n## One {gate=dba}\n- [ ] A\n  ```sh\n  echo A >> \"$DID\"\n  ```\n## Two\n- [ ] B\n  ```sh\n  echo B >> \"$DID\"\n  ```\n",
    );
    let came = home.call(&["exec", "deploy.md", "--keep-going"]);
    assert_eq!((came.exit, home.did()), (Some(4), vec!["A".to_owned()]), "{came:?}");
    assert!(came.out.contains("locked by the gate of One"), "{came:?}");
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    home.call(&["sign", &run, "one"]).refuses(4, &["not now: cannot release it: it needs the role dba"]);
    let came = home.call(&["sign", &run, "one", "--role", "dba", "--operator", "lee"]);
    assert!(came.exit == Some(0) && came.out.ends_with("one: recorded as released by lee\n"), "{came:?}");
    let came = home.call(&["exec", "deploy.md", "--resume", &run]);
    assert_eq!((came.exit, home.did()), (Some(0), vec!["A".to_owned(), "B".to_owned()]), "{came:?}");
}

#[test]
fn values_given_beforehand_fill_the_holes() {
    let home = Home::new();
    home.write("deploy.md", "# D\n## One\n- [ ] A\n  ```sh\n  echo <what> $WHO >> \"$DID\"\n  ```\n");
    let came = home.call(&["exec", "deploy.md", "--var", "what=hello", "--var", "WHO=you=me"]);
    assert_eq!((came.exit, home.did()), (Some(0), vec!["hello you=me".to_owned()]), "{came:?}");
    home.write("values.env", "# for the test\nwhat=bye\n\nWHO=all\n");
    home.call(&["exec", "deploy.md", "--vars", "values.env"]);
    assert_eq!(home.did()[1], "bye all");
    // A value that makes more of the command than the author wrote waits for a person.
    let came = home.call(&["exec", "deploy.md", "--var", "what=; rm -rf ./x;", "--var", "WHO=x"]);
    assert_eq!((came.exit, home.did().len()), (Some(4), 2), "{came:?}");
}

/// A program whose name does not say that it asks.
fn ask_me(bin: &Path) {
    let path = bin.join("ask-me");
    std::fs::write(&path, "#!/bin/sh\nread -r word </dev/tty\n").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_command_that_asks_ends_soon_and_waits() {
    let home = Home::new();
    let bin = home.path("bin");
    std::fs::create_dir(&bin).unwrap();
    // Like the real one: it wants the terminal, whatever standard input is.
    let sudo = "#!/bin/sh\nexec 3</dev/tty || { echo 'sudo: a terminal is required to read the password' >&2; exit 1; }\nprintf 'Password: ' >/dev/tty\nread -r word <&3\n";
    std::fs::write(bin.join("sudo"), sudo).unwrap();
    std::fs::set_permissions(bin.join("sudo"), std::fs::Permissions::from_mode(0o755)).unwrap();
    ask_me(&bin);
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    for (asks, block) in [
        ("read", "ask-me now"),
        ("sudo", "sudo systemctl status app"),
        ("ssh", "echo 'Host key verification failed.' >&2; exit 255"),
    ] {
        home.write("deploy.md", steps(&[block, "echo later >> \"$DID\""]));
        let begun = Instant::now();
        let came = came(home.command(&["exec", "deploy.md"]).env("PATH", &path));
        assert_eq!(came.exit, Some(4), "{asks}: {came:?}");
        assert!(came.out.contains("it asked for a person at a terminal"), "{asks}: {came:?}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{asks} hung");
        assert_eq!(home.did(), Vec::<String>::new());
    }
}

#[test]
fn a_command_cannot_ask_at_the_terminal_of_whoever_called() {
    let home = Home::new();
    let bin = home.path("bin");
    std::fs::create_dir(&bin).unwrap();
    ask_me(&bin);
    home.write("deploy.md", steps(&["ask-me now", "echo later >> \"$DID\""]));
    // With a controlling terminal: the block must not get at it.
    let script = "import os,pty,sys\nstatus = pty.spawn(sys.argv[1:])\nsys.exit(os.waitstatus_to_exitcode(status))\n";
    let begun = Instant::now();
    let output = std::process::Command::new("python3")
        .args(["-c", script, env!("CARGO_BIN_EXE_gonogo"), "exec"])
        .arg(home.path("deploy.md"))
        .arg("--journal")
        .arg(home.journal())
        .env("PATH", format!("{}:{}", bin.display(), std::env::var("PATH").unwrap()))
        .env("DID", home.path("did"))
        .current_dir(home.folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(4), "{out}");
    assert!(out.contains("it asked for a person at a terminal"), "{out}");
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!(home.did(), Vec::<String>::new());
}

#[test]
fn json_is_one_object_a_line_and_ends_with_the_result() {
    let home = Home::new();
    home.write("deploy.md", steps(&["echo one; echo two >&2", "exit 3"]));
    let came = home.call(&["exec", "deploy.md", "--format", "json"]);
    let lines = came.lines();
    assert_eq!((came.exit, came.err.as_str()), (Some(1), ""));
    let kinds: Vec<&str> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    let attempt = ["attempt_intended", "attempt_spawned", "attempt_ended"];
    let wanted =
        [&["run_opened", "sitting_began", "target_pinned"][..], &attempt, &attempt, &["sitting_ended", "result"]]
            .concat();
    assert_eq!(kinds, wanted);
    let all = lines.into_iter().map(steady).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!("exec_json_lines", all);

    home.write("manual.md", "# D\n## One\n- [ ] Ring\n");
    let waiting = home.call(&["exec", "manual.md", "--format", "json"]);
    let all = waiting.lines().into_iter().map(steady).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!("exec_json_waiting", all);
    assert_eq!(waiting.exit, Some(4));
}

#[test]
fn an_interrupt_stops_the_command_and_the_run_can_be_resumed() {
    let home = Home::new();
    home.write(
        "deploy.md",
        steps(&["echo 1 >> \"$DID\"", "echo 2 >> \"$DID\"; test -e \"$DID.go\" || sleep 300", "echo 3 >> \"$DID\""]),
    );
    for signal in ["INT", "TERM"] {
        let _ = std::fs::remove_file(home.path("did"));
        let _ = std::fs::remove_file(home.path("did.go"));
        let journal = home.path(&format!("{signal}.db"));
        let child = std::process::Command::new(env!("CARGO_BIN_EXE_gonogo"))
            .arg("exec")
            .arg(home.path("deploy.md"))
            .arg("--journal")
            .arg(&journal)
            .env("DID", home.path("did"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while home.did().len() < 2 {
            assert!(begun.elapsed() < Duration::from_secs(30), "it never came to the second step");
            std::thread::sleep(Duration::from_millis(20));
        }
        let pid = child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let out = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(130), "{signal}: {out}");
        std::fs::write(home.path("did.go"), "").unwrap();
        let named = ["--journal", journal.to_str().unwrap()];
        let run = home.call(&[&["runs", "--format", "json"], &named[..]].concat()).json()["runs"][0]["run"].clone();
        let run = run.as_str().unwrap();
        let shown = home.call(&[&["status", run, "--format", "json"], &named[..]].concat()).json();
        assert_eq!((&shown["counts"]["unknown"], &shown["counts"]["failed"]), (&0.into(), &1.into()), "{shown}");
        let came = home.call(&[&["exec", "deploy.md", "--resume", run], &named[..]].concat());
        assert_eq!(came.exit, Some(0), "{came:?}");
        assert_eq!(home.did(), ["1", "2", "2", "3"], "the first is not run again, the stopped one is");
    }
}

#[test]
fn a_persons_verdict_is_not_overrun() {
    let home = Home::new();
    home.write("deploy.md", steps(&["echo 1 >> \"$DID\"", "echo 2 >> \"$DID\""]));
    // A walk in plain mode: the first step is put off.
    let mut walk = home.command(&["--plain", "deploy.md"]);
    let walked = came(walk.write_stdin("x\nd\nnot before eight\nq\n"));
    assert_eq!(walked.exit, Some(4), "{walked:?}");
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    let came = home.call(&["exec", "deploy.md", "--resume", &run]);
    assert_eq!((came.exit, home.did()), (Some(4), vec![]), "{came:?}");
    assert!(came.out.contains("it was deferred"), "{came:?}");
}

#[test]
fn a_closed_run_or_other_bytes_are_told_apart() {
    let home = Home::new();
    home.write("deploy.md", steps(&["date"]));
    home.write("other.md", steps(&["uptime"]));
    home.call(&["exec", "deploy.md"]);
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    home.call(&["exec", "other.md", "--resume", &run])
        .refuses(2, &["other.md is not what run", "1 changed", "--adopt"]);
    assert_eq!(home.call(&["close", &run]).exit, Some(0));
    home.call(&["exec", "deploy.md", "--resume", &run]).refuses(2, &["is closed (GO)", "gonogo show"]);
    home.call(&["close", &run]).refuses(4, &["the run is closed"]);
}

#[test]
fn a_failure_shows_the_end_of_both_streams_each_by_its_name() {
    let home = Home::new();
    home.write(
        "deploy.md",
        steps(&["echo copied 3 files; sleep 0.2; printf 'disk \\033[31mfull\\033[0m\\n' >&2; exit 5"]),
    );
    let came = home.call(&["exec", "deploy.md"]);
    assert_eq!(came.exit, Some(1), "{came:?}");
    assert!(came.err.contains("  stdout| copied 3 files\n  stderr| disk full\n"), "{came:?}");
    let json = home.call(&["exec", "deploy.md", "--format", "json"]);
    let ended = json.lines().into_iter().find(|line| line["kind"] == "attempt_ended").unwrap();
    assert_eq!(ended["data"]["errors"].to_string(), "[[15,19]]", "{ended}");
}

#[test]
fn one_stream_of_a_step_is_shown_alone() {
    let home = Home::new();
    let block = "echo '{\"copied\": 3}'; sleep 0.2; printf 'disk \\033[31mfull\\033[0m\\n' >&2; sleep 0.2; echo end";
    home.write("deploy.md", steps(&[block, "true"]));
    assert_eq!(home.call(&["exec", "deploy.md"]).exit, Some(0));
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    let stream = |step: &str, way: &str| home.call(&["show", &run, step, "--stream", way]);
    let (out, err) = (stream("1.1", "stdout"), stream("1.1", "stderr"));
    assert_eq!((out.exit, out.out.as_str(), out.err.as_str()), (Some(0), "{\"copied\": 3}\nend\n", ""));
    assert_eq!((err.exit, err.out.as_str()), (Some(0), "disk full\n"), "no order reaches the terminal");
    assert_eq!(stream("1.2", "stdout").out, "", "it printed nothing");
    stream("9.9", "stdout").refuses(2, &["has no step 9.9", "gonogo show"]);
    stream("1.1", "both").refuses_usage("stdout, stderr");
    home.call(&["show", &run, "--stream", "stdout"]).refuses_usage("STEP");
}

#[test]
fn of_a_step_that_ran_on_a_terminal_no_stream_is_told_apart() {
    let home = Home::new();
    home.write("deploy.md", steps(&["echo on a terminal", "true"]));
    let walked = came(home.command(&["--plain", "deploy.md"]).write_stdin("r\nq\n"));
    assert!(walked.out.contains("Exit 0"), "{walked:?}");
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    let shown = home.call(&["show", &run, "1.1", "--stream", "stdout"]);
    let not_yet = home.call(&["show", &run, "1.2", "--stream", "stdout"]);
    not_yet.refuses(2, &["nothing of it has run"]);
    shown.refuses(2, &["1.1: it ran on a terminal, where both streams are one", "gonogo show"]);
}

#[test]
fn what_stands_below_a_failed_step_is_left_and_named() {
    let home = Home::new();
    let book = "---\non_fail: continue\n---\n# D\n\n## Act\n\n### Parent\n\n```sh\nfalse\n```\n\n#### Child {#child}\n\n\
                ```sh\necho child >> \"$DID\"\n```\n\n### Boxes\n\n- [ ] box one\n  ```sh\n  false\n  ```\n  - [ ] inner\n    \
                ```sh\n    echo inner >> \"$DID\"\n    ```\n\n### Last\n\n```sh\necho last >> \"$DID\"\n```\n";
    home.write("deploy.md", book);
    let came = home.call(&["exec", "deploy.md"]);
    assert_eq!((came.exit, home.did()), (Some(1), vec!["last".to_owned()]), "{came:?}");
    assert!(came.out.contains(", 2 failed\n"), "{came:?}");
    for line in ["  left: child (", "  left: inner ("] {
        assert!(came.out.contains(line), "{line}: {came:?}");
    }
    let run = came.out.lines().last().unwrap().split_whitespace().nth(1).unwrap().trim_end_matches(':').to_owned();
    let again = home.call(&["exec", "--resume", &run, "--format", "json", "deploy.md"]);
    let result = again.lines().into_iter().find(|line| line["kind"] == "result").unwrap();
    assert_eq!(result["left"], serde_json::json!(["child", "inner"]), "{again:?}");
    assert_eq!(result["failed"].as_array().unwrap().len(), 2, "{again:?}");
    assert_eq!(home.did(), ["last"], "{again:?}");
}

#[test]
fn of_alternatives_that_nobody_has_taken_none_is_settled() {
    let home = Home::new();
    home.write(
        "deploy.md",
        "# D\n## Act\n### Switch\n#### Option A\n```sh\ndate\n```\n#### Option B\n```sh\ndate\n```\n### Next\n```sh\ndate\n```\n",
    );
    let came = home.call(&["exec", "deploy.md"]);
    assert!(came.out.contains("0 of 3 steps settled, 0 failed\n"), "{came:?}");
}

#[test]
fn a_failed_comparison_says_what_was_wanted() {
    let home = Home::new();
    for (option, block, why) in [
        ("match=\"^ready$\"", "echo almost", "no line matched ^ready$"),
        ("not_match=error", "echo error 5", "a line matched not_match error"),
        ("expect=3,4", "exit 5", "exit 5, expected 3 or 4"),
        ("http=200", "echo 'HTTP/1.1 503 Busy'", "the last HTTP status was not 200"),
    ] {
        home.write("deploy.md", format!("# D\n## W\n### A\n```sh {{{option}}}\n{block}\n```\n"));
        let came = home.call(&["exec", "deploy.md"]);
        assert_eq!(came.exit, Some(1), "{came:?}");
        assert!(came.err.contains(&format!("  {why}\n")), "{came:?}");
        let run = came.out.lines().last().unwrap().split_whitespace().nth(1).unwrap().trim_end_matches(':').to_owned();
        let shown = home.call(&["show", &run, "1.1"]);
        assert!(shown.out.contains(why), "{shown:?}");
        home.call(&["export", &run, "--format", "json", "-o", "record.json"]);
        let record = std::fs::read_to_string(home.path("record.json")).unwrap();
        assert!(record.contains(&format!("\"mismatch\": \"{why}\"")), "{record}");
        std::fs::remove_file(home.path("record.json")).unwrap();
    }
}
