//! What is said about runs afterwards: `runs`, `status`, `sign`, `close`, and the demo.

use crate::home::{Home, came, steady, steps};

const GATED: &str = "---\ncalls: [dba]\n---\n# Desk\n\nReadiness: 85%\n\n## One {gate=dba}\n\n- [ ] A\n  ```sh\n  date\n  ```\n- [ ] Ring\n\n## Two\n\n- [ ] Switch\n";

#[test]
fn status_is_an_answer_and_a_shape() {
    let home = Home::new();
    home.write("deploy.md", GATED);
    let walked = home.call(&["exec", "deploy.md"]);
    assert_eq!(walked.exit, Some(4));
    let status = home.call(&["status", "--format", "json"]);
    assert_eq!(status.exit, Some(4));
    insta::assert_snapshot!("status_json", steady(status.json()));
    let text = home.call(&["status"]);
    assert!(text.out.starts_with("HOLD  33 %"), "{text:?}");
    assert!(text.out.contains("1.2 Ring: open") && text.out.contains("gate holds: 0 of 1 signed by dba"), "{text:?}");
    // Looking does not change what is looked at.
    assert_eq!(home.call(&["status", "--format", "json"]).out, status.out);
}

#[test]
fn planned_stands_beside_actual_and_earlier_runs_are_the_plan() {
    let home = Home::new();
    home.write("copy.md", "# Copy\n\n## Work\n\n### Copy\n\n```sh\nsleep 0.3\n```\n\n### Ring (5 min)\n\nCall the desk.\n\n## After\n\n### Look\n\n```sh\nfalse\n```\n");
    assert_eq!(home.call(&["exec", "copy.md"]).exit, Some(4));
    let first = home.call(&["status", "--format", "json"]).json();
    assert!(first["times"]["eta"].is_null(), "nobody works on it: {first}");
    home.call(&["close", "--reason", "enough"]);
    assert_eq!(home.call(&["exec", "copy.md"]).exit, Some(4));
    let second = home.call(&["status", "--format", "json"]).json();
    let work = &second["phases"][0];
    assert!(work["planned_ms"].as_u64().unwrap() >= 300, "{work}");
    assert!(work["took_ms"].as_u64().unwrap() >= 300 && work["approximate"] == false, "{work}");
    let shown = home.call(&["show", second["run"]["short"].as_str().unwrap()]).out;
    assert!(shown.contains("  took ") && shown.contains(" by earlier runs"), "{shown}");
}

#[test]
fn runbooks_are_listed_with_how_they_went_last() {
    let home = Home::new();
    std::fs::create_dir_all(home.path("books/deep")).unwrap();
    std::fs::create_dir_all(home.path("books/.hidden")).unwrap();
    home.write("books/good.md", steps(&["date"]));
    home.write("books/deep/edited.md", steps(&["date", "date"]));
    home.write("books/notes.md", "# Notes\n\nNothing to do here.\n");
    home.write("books/.hidden/no.md", steps(&["date"]));
    home.write("books/never.md", "# Never\n\n## One\n\n- [ ] Ring <name>\n\n```sh\nrm -rf /\n```\n");
    let before = home.call(&["ls", "books"]);
    assert!(before.exit == Some(0) && before.out.matches("never run").count() == 3, "{before:?}");
    assert!(!home.journal().exists(), "looking makes no journal");
    home.call(&["exec", "books/good.md"]);
    home.call(&["close"]);
    home.call(&["exec", "books/deep/edited.md"]);
    home.write("books/deep/edited.md", steps(&["date", "true"]));
    let listed = home.call(&["ls", "books", "--format", "json"]);
    assert_eq!(listed.exit, Some(0), "{listed:?}");
    insta::assert_snapshot!("ls_json", steady(listed.json()));
    let mut text = home.call(&["ls", "books"]).out;
    for runbook in listed.json()["runbooks"].as_array().unwrap() {
        if let (Some(short), Some(opened)) = (runbook["last"]["short"].as_str(), runbook["last"]["opened"].as_str()) {
            text = text.replace(short, "[run]").replace(&opened[..16], "[time]");
        }
    }
    insta::assert_snapshot!("ls_text", text);
    home.call(&["ls", "books/good.md"]).refuses(2, &["is a file"]);
    home.call(&["ls", "nowhere"]).refuses(6, &["no such folder"]);
    assert!(home.call(&["ls", "books/.hidden/.."]).exit == Some(0));
}

#[test]
fn runs_are_listed_newest_first() {
    let home = Home::new();
    home.write("good.md", steps(&["date"]));
    home.write("bad.md", steps(&["false"]));
    home.call(&["exec", "good.md"]);
    home.call(&["close"]);
    home.call(&["exec", "bad.md"]);
    let runs = home.call(&["runs", "--format", "json"]);
    assert_eq!(runs.exit, Some(0));
    insta::assert_snapshot!("runs_json", steady(runs.json()));
    let text = home.call(&["runs"]);
    let lines: Vec<&str> = text.out.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].contains("NO-GO") && lines[0].contains("open"), "{text:?}");
    assert!(lines[1].contains("GO") && lines[1].contains("100%") && lines[1].contains("closed"), "{text:?}");
    assert_eq!(home.call(&["status"]).exit, Some(1), "the newest unfinished run is meant");
}

#[test]
fn signing_and_closing_from_another_terminal() {
    let home = Home::new();
    home.write("deploy.md", GATED);
    home.call(&["exec", "deploy.md"]);
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["short"].as_str().unwrap().to_owned();
    home.call(&["sign", &run, "nowhere"]).refuses(2, &["no step or phase nowhere", "gonogo plan"]);
    home.call(&["sign", &run, "two"]).refuses(4, &["nothing here needs a sign-off"]);
    let reject = ["sign", &run, "one", "--reject", "--role", "dba"];
    home.call(&reject).refuses(4, &["a rejection needs a reason"]);
    let came = home.call(&[&reject[..], &["--reason", "replica lags"]].concat());
    assert_eq!(came.exit, Some(0), "{came:?}");
    assert_eq!(home.call(&["status"]).exit, Some(1), "a rejected hold point is a no-go");
    assert_eq!(home.call(&["sign", &run, "one", "--role", "dba"]).exit, Some(0));
    assert_eq!(home.call(&["status"]).exit, Some(4), "who rejected may release");
    home.call(&["close", &run]).refuses(4, &["blockers are left"]);
    let came = home.call(&["close", &run, "--reason", "window is over"]);
    assert_eq!((came.exit, came.out.contains("is closed: HOLD")), (Some(4), true), "{came:?}");
    home.call(&["sign", &run, "one", "--role", "dba"]).refuses(4, &["the run is closed"]);
}

#[test]
fn a_walk_in_plain_mode() {
    let home = Home::new();
    home.write("deploy.md", "# D\n## One\n- [ ] A\n  ```sh\n  echo A >> \"$DID\"\n  ```\n- [ ] Ring\n");
    let mut walk = home.command(&["--plain", "deploy.md"]);
    let walked = came(walk.write_stdin("r\ny\nt\nnobody asked\nb\nq\n"));
    assert_eq!((walked.exit, home.did()), (Some(4), vec!["A".to_owned()]), "{walked:?}");
    let mut again = home.command(&["--plain", "deploy.md"]);
    let again = came(again.write_stdin("y\nt\nq\n"));
    assert_eq!((again.exit, home.did().len()), (Some(0), 1), "{again:?}");
    assert!(again.out.contains("GO"));
    assert_eq!(home.call(&["runs", "--format", "json"]).json()["runs"].as_array().unwrap().len(), 1);
}

#[test]
fn plain_mode_reads_a_place_otherwise_and_remembers_it() {
    let home = Home::new();
    let text =
        "# D\n## One\n1. Ask\n\n   ```text\n   echo A >> \"$DID\"\n   ```\n\n## Troubleshooting\n1. Call the desk\n";
    home.write("deploy.md", text);
    let walk = |lines: &'static str| came(home.command(&["--plain", "deploy.md"]).write_stdin(lines));
    let looked = walk("m\n\nm\n9\nm\n1\n\nq\n");
    assert!(looked.out.contains("1 run the block at line 5: echo A"), "{looked:?}");
    assert!(looked.out.contains("2 leave out the section “One”"), "{looked:?}");
    assert!(looked.out.contains("Nothing was recorded."), "{looked:?}");
    let walked = walk("m\n1\nit is one\nr\ny\nq\n");
    assert_eq!((walked.exit, home.did()), (Some(0), vec!["A".to_owned()]), "{walked:?}");
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    let record = home.call(&["export", &run, "--format", "md"]);
    assert!(record.out.contains("it is one (run the block at line 5"), "{record:?}");
    // The next run of the same document is asked.
    let again = came(home.command(&["--plain", "--new", "deploy.md"]).write_stdin("y\nr\ny\nq\n"));
    assert!(again.out.contains("run the block at line 5") && again.out.contains("; it is one"), "{again:?}");
    assert_eq!(home.did().len(), 2, "{again:?}");
    let unasked = came(home.command(&["--plain", "--new", "deploy.md"]).write_stdin("n\nr\nq\n"));
    assert!(unasked.out.contains("This step has no such block to run."), "{unasked:?}");
}

#[test]
fn looking_in_plain_mode_records_nothing() {
    let home = Home::new();
    home.write("deploy.md", steps(&["date"]));
    let mut walk = home.command(&["--plain", "deploy.md"]);
    let walked = came(walk.write_stdin("d\nb\n?\nn\nq\n"));
    assert_eq!(walked.exit, Some(4), "{walked:?}");
    assert!(walked.out.contains("Nothing was recorded.") && !home.path("state").exists());
}

#[test]
fn a_rehearsal_runs_nothing_and_never_says_go() {
    let home = Home::new();
    home.write("deploy.md", "# D\n## One\n- [ ] A\n  ```sh\n  date >> \"$DID\"\n  ```\n");
    let mut walk = home.command(&["--rehearse", "--plain", "deploy.md"]);
    let walked = came(walk.write_stdin("r\ny\nt\nq\n"));
    assert_eq!((walked.exit, home.did()), (Some(4), vec![]), "{walked:?}");
    assert!(walked.out.contains("REHEARSAL") && walked.out.contains("REHEARSED"), "{walked:?}");
    let runs = home.call(&["runs", "--format", "json"]).json();
    assert_eq!((&runs["runs"][0]["kind"], &runs["runs"][0]["verdict"]), (&"rehearsal".into(), &"REHEARSED".into()));
    assert_eq!(home.call(&["status"]).exit, Some(4));
    // Going on without a person stays a rehearsal.
    let run = runs["runs"][0]["run"].as_str().unwrap().to_owned();
    assert_eq!(home.call(&["exec", "deploy.md", "--resume", &run]).exit, Some(4));
    assert_eq!(home.did(), Vec::<String>::new());
}

#[test]
fn the_demo_plays_itself_off_a_terminal() {
    let home = Home::new();
    let came = home.call(&["demo"]);
    assert_eq!(came.exit, Some(0), "{}", came.out);
    assert!(came.out.starts_with("No terminal: the demo plays itself"), "{}", came.out);
    let left: Vec<String> = home.names().into_iter().filter(|name| name.contains("gonogo-demo-")).collect();
    assert_eq!(left, Vec::<String>::new(), "its folder is gone");
    let status = home.call(&["status", "--format", "json"]);
    assert_eq!((status.exit, status.json()["verdict"].as_str()), (Some(0), Some("GO")), "{status:?}");
}

#[test]
fn secrets_named_on_the_command_line_stay_out_of_the_journal() {
    let home = Home::new();
    home.write(
        "deploy.md",
        "# D\n## One\n- [ ] A\n  ```sh\n  echo \"Bearer $API_TOKEN\" <DB_PASSWORD>; test ${#API_TOKEN} = 14\n  ```\n",
    );
    let came =
        home.call(&["exec", "deploy.md", "--var", "API_TOKEN=s3cr3t-t0ken-9", "--var", "DB_PASSWORD=hunter2hunter2"]);
    assert_eq!(came.exit, Some(0), "{came:?}");
    for name in home.names() {
        let Ok(bytes) = std::fs::read(&name) else { continue };
        for secret in [&b"s3cr3t-t0ken-9"[..], b"hunter2hunter2"] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{name} holds a secret");
        }
    }
}
