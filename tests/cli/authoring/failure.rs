//! `on_fail:`: what follows a failed step.

use super::{codes, plain};
use crate::home::{Came, Home, came};
use serde_json::Value;

/// Steps that each note that they ran; `attributes` stand on the step, `options` on its fence.
fn step(id: &str, attributes: &str, options: &str, end: &str) -> String {
    format!("### Do {id} {{#{id}{attributes}}}\n\n```bash {{{options}}}\necho {id} >> \"$DID\"{end}\n```\n\n")
}

fn front(on_fail: &str) -> String {
    if on_fail.is_empty() { String::new() } else { format!("---\non_fail: {on_fail}\n---\n") }
}

/// Two phases: `a` fails, `b` needs it, `c` does not; then `d`, and what is given.
fn walk(on_fail: &str, rest: &str) -> String {
    let steps = [
        step("a", "", "", "; false"),
        step("b", "", "needs=a", ""),
        step("c", "", "", ""),
        "## After\n\n".to_owned(),
        step("d", "", "needs=c", ""),
    ];
    format!("{}# D\n\n## Go {{#go}}\n\n{}{rest}", front(on_fail), steps.concat())
}

fn exec(home: &Home, text: &str) -> Came {
    home.write("did", "");
    home.write("deploy.md", text);
    home.call(&["exec", "deploy.md"])
}

fn of_kind(came: &Came, kind: &str) -> Vec<Value> {
    came.lines().into_iter().filter(|line| line["kind"] == kind).collect()
}

#[test]
fn exec_stops_at_a_failure_or_goes_on_as_the_author_says() {
    let home = Home::new();
    let rest = [step("e", "", "", "; false"), step("f", "", "", "")].concat();
    for (on_fail, did) in
        [("", vec!["a"]), ("stop", vec!["a"]), ("rollback", vec!["a"]), ("continue", vec!["a", "c", "d", "e", "f"])]
    {
        let came = exec(&home, &walk(on_fail, &rest));
        assert_eq!((came.exit, home.did()), (Some(1), did.iter().map(|id| (*id).to_owned()).collect()), "{came:?}");
        assert!(came.out.starts_with("NO-GO"), "{came:?}");
    }
    let came = exec(&home, &walk("continue", &rest));
    for part in ["1.1 Do a: failed", "2.2 Do e: failed", "left: b (needs first: 1.1 Do a (failed))", "2 failed"] {
        assert!(came.out.contains(part), "{part}: {came:?}");
    }
    assert!(came.err.contains("1.2 Do b: left: needs first: 1.1 Do a (failed)"), "{came:?}");
}

#[test]
fn the_last_word_names_every_failure_and_what_it_left() {
    let home = Home::new();
    let many: String = (0..14).map(|at| step(&format!("s{at}"), "", "", "; false")).collect();
    let text =
        format!("{}# D\n\n## Go\n\n{many}## After\n\n{}", front("continue"), step("o", " .optional", "", "; false"));
    let came = exec(&home, &text);
    for at in 0..14 {
        assert!(came.out.contains(&format!(" Do s{at}: failed\n")), "{at}: {came:?}");
    }
    assert!(came.out.contains("2.1 Do o: failed, not required"), "{came:?}");
    home.write("deploy.md", walk("continue", ""));
    let came = home.call(&["exec", "deploy.md", "--format", "json"]);
    let result = &of_kind(&came, "result")[0];
    assert_eq!(
        (&result["failed"], &result["left"]),
        (&serde_json::json!(["a"]), &serde_json::json!(["b"])),
        "{came:?}"
    );
    assert_eq!(result["waiting"], serde_json::json!([]));
    let left = &of_kind(&came, "left")[0];
    assert_eq!((left["step"].as_str(), left["number"].as_str()), (Some("b"), Some("1.2")));
    // The author has said that the walk goes on: that is nothing out of order.
    assert!(of_kind(&came, "deviated").is_empty(), "{came:?}");
}

#[test]
fn what_needs_something_that_was_left_is_left_as_well() {
    let home = Home::new();
    let rest = [step("e", "", "needs=b", ""), step("f", "", "needs=go", ""), step("g", "", "", "")].concat();
    let came = exec(&home, &walk("continue", &rest));
    assert_eq!(home.did(), ["a", "c", "d", "g"], "{came:?}");
    assert!(came.out.contains("left: e (") && came.out.contains("left: f ("), "{came:?}");
}

#[test]
fn a_critical_failure_a_gate_and_a_person_still_stop_it() {
    let home = Home::new();
    for (attribute, went) in [(" .critical", 1), (" weight=5", 1), (" weight=4", 2)] {
        let text = [step("a", attribute, "", "; false"), "## After\n\n".to_owned(), step("b", "", "", "")].concat();
        let came = exec(&home, &format!("{}# D\n\n## Go\n\n{text}", front("continue")));
        assert_eq!((came.exit, home.did().len()), (Some(1), went), "{attribute}: {came:?}");
    }
    // A critical step that what it needs keeps from being done is as bad as one that failed.
    let came = exec(&home, &walk("continue", "").replace("{#b}", "{#b .critical}"));
    assert_eq!(home.did(), ["a"], "{came:?}");
    let came = exec(&home, &walk("continue", "").replace("{#go}", "{#go gate=dba}"));
    assert_eq!((came.exit, home.did()), (Some(1), vec!["a".to_owned(), "c".to_owned()]), "{came:?}");
    assert!(came.err.contains("2.1 Do d: waiting: locked by the gate of Go"), "{came:?}");
    let came = exec(&home, &walk("continue", "").replace("### Do c", "- [ ] Ask somebody\n\n### Do c"));
    assert_eq!(home.did(), ["a"], "a person is waited for: {came:?}");
}

#[test]
fn a_failure_ends_its_own_step() {
    let home = Home::new();
    let text =
        walk("continue", "").replace("; false\n```\n", "; false\n```\n\n```bash\necho second >> \"$DID\"\n```\n");
    let came = exec(&home, &text);
    assert_eq!(home.did(), ["a", "c", "d"], "{came:?}");
}

#[test]
fn a_resumed_run_goes_on_the_same_way() {
    let home = Home::new();
    // Somebody marks the first step as failed and leaves; nothing asks why the next phase is begun.
    home.write("deploy.md", walk("continue", ""));
    let told = plain(&home, &["s", "f", "", "q"]);
    assert!(told.out.contains("The runbook lets the walk go on behind it (n)."), "{told:?}");
    assert!(told.out.contains("\nStep 2 of 4, phase Go: 1.2 Do b"), "the walk is at the next step: {told:?}");
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    let resumed = home.call(&["exec", "deploy.md", "--resume", &run]);
    assert_eq!((resumed.exit, home.did()), (Some(1), vec!["c".to_owned(), "d".to_owned()]), "{resumed:?}");
    let report = home.call(&["export", &run, "--format", "md"]);
    assert!(report.out.contains("Runbook on_fail") && !report.out.contains("out of order"), "{report:?}");
    // Where the author does not say so, it is a deviation that wants a reason.
    home.write("did", "");
    home.write("deploy.md", walk("stop", "").replace("needs=c", ""));
    let told = plain(&home, &["s", "f", "", "g 2", "r", "y", "", "q"]);
    assert!(told.out.contains("out of order: 1.1 Do a is still open; say why"), "{told:?}");
    home.write("deploy.md", walk("continue", ""));
    let told = plain(&home, &["s", "f", "", "g 1.3", "r", "y", "g 2", "r", "y", "q"]);
    assert!(!told.out.contains("out of order"), "{told:?}");
    assert_eq!(home.did(), ["c", "d"]);
}

const BACK: &str = "## Rollback\n\n### Send it home {#home}\n\n```bash\necho home >> \"$DID\"\n```\n";

#[test]
fn a_failure_names_the_section_that_takes_it_back_and_runs_nothing_of_it() {
    let home = Home::new();
    let came = exec(&home, &walk("rollback", BACK));
    assert_eq!((came.exit, home.did()), (Some(1), vec!["a".to_owned()]), "{came:?}");
    assert!(came.err.contains("1.1 Do a: taken back by phase Rollback: gonogo resume "), "{came:?}");
    let json = home.call(&["exec", "deploy.md", "--format", "json"]);
    let told = &of_kind(&json, "way_back")[0];
    assert!(told["step"] == "a" && told["words"] == "phase Rollback" && told.get("to").is_none(), "{json:?}");
    // What a step names itself comes before the section.
    let came = exec(
        &home,
        &walk("rollback", &format!("{BACK}\n### Only a {{#only}}\n\n```bash\ntrue\n```\n"))
            .replace("{#a}", "{#a rollback=only}"),
    );
    assert!(came.err.contains("taken back by 3.2 Only a"), "{came:?}");
    for on_fail in ["", "stop", "continue"] {
        assert!(!exec(&home, &walk(on_fail, BACK)).err.contains("taken back by"), "{on_fail}");
    }
}

#[test]
fn plain_mode_says_what_follows_a_failure() {
    let home = Home::new();
    home.write("deploy.md", walk("rollback", BACK));
    let told = plain(&home, &["r", "y", "R", "q"]);
    for part in [
        "On failure: a failed step stops the walk and brings up what takes it back.",
        "The runbook says to take it back now: R goes to phase Rollback.",
        "On a detour, which is recorded; R goes back to step 1.1.",
    ] {
        assert!(told.out.contains(part), "{part}: {told:?}");
    }
    assert_eq!(home.did(), ["a"]);
    let told = plain(&home, &["s", "f", "", "q"]);
    assert!(told.out.contains("R goes to phase Rollback."), "a person's word is a failure as well: {told:?}");
    assert!(!told.out.contains("Step 2 of 4"), "the walk stays where it is: {told:?}");
}

#[test]
fn plan_check_and_an_edit_tell_it() {
    let home = Home::new();
    home.write("deploy.md", walk("continue", ""));
    let text = home.call(&["plan", "deploy.md"]);
    assert!(text.out.contains("on failure: the walk goes on behind a failed step, unless it is critical"), "{text:?}");
    assert_eq!(home.call(&["plan", "deploy.md", "--format", "json"]).json()["on_fail"], "continue");
    assert!(codes(&home, &walk("contineu", "")).contains(&"2 bad-value".to_owned()));
    let check = home.call(&["check", "deploy.md"]);
    assert!(check.out.contains("did you mean `continue`?"), "{check:?}");
    assert!(codes(&home, &walk("rollback", "")).contains(&"2 no-way-back".to_owned()));
    assert!(!codes(&home, &walk("rollback", BACK)).contains(&"2 no-way-back".to_owned()));
    // An edited field is a change of the runbook.
    home.write("deploy.md", walk("stop", ""));
    plain(&home, &["a noted", "q"]);
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    home.write("deploy.md", walk("continue", ""));
    let mut command = home.command(&["resume", &run, "--plain"]);
    let told = came(command.write_stdin("q\n"));
    assert!(told.out.contains("front matter: on_fail differs"), "{told:?}");
}
