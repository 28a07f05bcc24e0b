//! `vars: {name: {from: VARIABLE}}`: values that the operator's environment has.

use super::codes;
use crate::home::{Came, Home, came};
use std::path::Path;

const RUN: &str = "# D\n\n## Notes\n\nNone.\n\n## Go\n\n### Do {#do}\n\n```bash\necho \"[$host]\" >> \"$DID\"\n```\n";

fn document(fields: &str) -> String {
    format!("---\nvars:\n  host: {{{fields}}}\n---\n{RUN}")
}

/// A call with variables in its environment.
fn call(home: &Home, set: &[(&str, &str)], arguments: &[&str], typed: &[&str]) -> Came {
    let mut command = home.command(arguments);
    command.envs(set.iter().copied());
    came(command.write_stdin(typed.join("\n") + "\n"))
}

fn exec(home: &Home, set: &[(&str, &str)], more: &[&str]) -> Came {
    home.write("did", "");
    call(home, set, &[&["exec", "deploy.md"], more].concat(), &[])
}

#[test]
fn a_value_comes_from_the_environment_below_what_is_given_and_above_the_default() {
    let home = Home::new();
    home.write("values", "host=filed\n");
    let there: &[(&str, &str)] = &[("DB_HOST", "db1")];
    for (fields, set, more, expected) in [
        ("from: DB_HOST, default: db0", there, &[][..], "[db1]"),
        ("from: $DB_HOST", there, &[], "[db1]"),
        ("from: 'env:DB_HOST'", there, &[], "[db1]"),
        ("from: '${DB_HOST}'", there, &[], "[db1]"),
        ("from: DB_HOST, default: db0", there, &["--var", "host=mine"], "[mine]"),
        ("from: DB_HOST, default: db0", there, &["--vars", "values"], "[filed]"),
        ("from: DB_HOST, default: db0", &[], &[], "[db0]"),
        ("from: DB_HOST, default: db0", &[("DB_HOST", "")], &[], "[db0]"),
        ("default: db0", there, &[], "[db0]"),
    ] {
        home.write("deploy.md", document(fields));
        let came = exec(&home, set, more);
        assert_eq!((came.exit, home.did()), (Some(0), vec![expected.to_owned()]), "{fields} {more:?}: {came:?}");
    }
    // Without it, and without a default, it is asked for as ever.
    home.write("deploy.md", document("from: DB_HOST"));
    let came = exec(&home, &[], &[]);
    assert!(came.exit == Some(4) && came.out.contains("fill in first: $host"), "{came:?}");
}

#[test]
fn it_fills_a_placeholder_as_well() {
    let home = Home::new();
    let body = RUN.replace("[$host]", "<host>");
    home.write("deploy.md", format!("---\nvars: {{host: {{from: DB_HOST}}}}\n---\n{body}"));
    let came = exec(&home, &[("DB_HOST", "db1")], &[]);
    assert_eq!((came.exit, home.did()), (Some(0), vec!["db1".to_owned()]), "{came:?}");
}

#[test]
fn what_the_author_would_not_take_is_refused_with_the_name_of_the_variable() {
    let home = Home::new();
    for (fields, allowed) in [
        ("from: DB_HOST, default: db0, choices: [db0, db1]", "it has to be one of db0, db1"),
        ("from: DB_HOST, pattern: 'db[0-9]'", "it has to match db[0-9]"),
    ] {
        home.write("deploy.md", document(fields));
        let set: &[(&str, &str)] = &[("DB_HOST", "web")];
        for arguments in [&["exec", "deploy.md"][..], &["deploy.md", "--plain", "--new"]] {
            call(&home, set, arguments, &["q"])
                .refuses(2, &["$DB_HOST", allowed, "as the value of host", "--var host="]);
        }
        assert_eq!(home.did(), Vec::<String>::new());
        assert!(!home.journal().exists(), "nothing was begun");
        assert_eq!(exec(&home, set, &["--var", "host=db1"]).exit, Some(0), "what is given by name wins");
        std::fs::remove_dir_all(home.path("state")).unwrap();
        home.write("did", "");
        assert_eq!(exec(&home, &[("DB_HOST", "db1")], &[]).exit, Some(0));
        std::fs::remove_dir_all(home.path("state")).unwrap();
        home.write("did", "");
    }
}

/// Whether any file below a folder holds these bytes.
fn holds(folder: &Path, bytes: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            holds(&path, bytes)
        } else {
            std::fs::read(&path).unwrap().windows(bytes.len()).any(|part| part == bytes)
        }
    })
}

#[test]
fn a_secret_one_reaches_the_command_and_no_file() {
    let home = Home::new();
    let text = "---\nvars: {token: {from: HANDED, secret: true}}\n---\n# D\n\n## Notes\n\nNone.\n\n## Go\n\n### Do\n\n\
                ```bash\necho \"$token\" >> \"$DID\"; echo \"got $token and $HANDED\"\n```\n";
    home.write("deploy.md", text);
    let value = "zq81-not-to-be-seen";
    let came = exec(&home, &[("HANDED", value)], &[]);
    assert_eq!((came.exit, home.did()), (Some(0), vec![value.to_owned()]), "{came:?}");
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    assert!(!holds(&home.path("state"), value.as_bytes()), "no file of the journal holds it");
    let shown = home.call(&["show", &run, "2.1"]);
    assert!(shown.out.contains("got ") && !shown.out.contains(value), "{shown:?}");
    for format in ["md", "html", "json"] {
        let report = home.call(&["export", &run, "--format", format]);
        assert!(report.out.contains("HANDED") && !report.out.contains(value), "{format}: {report:?}");
    }
    // The same where somebody else is given by name: what the author calls secret stays so.
    home.write("did", "");
    let came = exec(&home, &[("HANDED", value)], &["--var", "token=another-one-by-name"]);
    assert_eq!(home.did(), ["another-one-by-name"], "{came:?}");
    assert!(!holds(&home.path("state"), value.as_bytes()));
    // A resumed run takes it anew, because it was never kept.
    home.write("did", "");
    home.write("deploy.md", text.replace("### Do\n", "- [ ] Ask somebody\n\n### Do\n"));
    exec(&home, &[("HANDED", value)], &[]);
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    let walked = call(&home, &[("HANDED", value)], &["resume", &run, "--plain"], &["t", "r", "y", "q"]);
    assert_eq!(home.did(), [value], "{walked:?}");
    assert!(!walked.out.contains(value) && !holds(&home.path("state"), value.as_bytes()), "{walked:?}");
}

#[test]
fn plain_mode_shows_it_filled_in_and_where_it_came_from() {
    let home = Home::new();
    home.write("deploy.md", document("prompt: Database host, from: DB_HOST, default: db0"));
    let set: &[(&str, &str)] = &[("DB_HOST", "db1")];
    let told = call(&home, set, &["deploy.md", "--plain", "--new"], &["v", "", "q"]);
    assert!(told.out.contains("host (Database host): db1, from $DB_HOST\n"), "{told:?}");
    assert!(!told.out.contains("Value for host"), "nothing is asked: {told:?}");
    assert!(!home.journal().exists(), "looking begins no run");
    let told = call(&home, set, &["deploy.md", "--plain", "--new"], &["v host=db9", "v", "", "r", "y", "q"]);
    assert!(told.out.contains("host (Database host): db9\n"), "another one is another one's: {told:?}");
    assert_eq!(home.did(), ["[db9]"]);
}

#[test]
fn the_record_says_where_it_came_from_and_a_resumed_run_keeps_it() {
    let home = Home::new();
    home.write("deploy.md", document("from: DB_HOST").replace("### Do", "- [ ] Ask somebody\n\n### Do"));
    let told = call(&home, &[("DB_HOST", "db1")], &["deploy.md", "--plain", "--new"], &["t", "L", "q"]);
    assert!(told.out.contains("gave host from $DB_HOST = db1"), "{told:?}");
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    // The run has its value, whatever the environment says by now.
    let told = call(&home, &[("DB_HOST", "db2")], &["resume", &run, "--plain"], &["v", "", "r", "y", "q"]);
    assert!(told.out.contains("host: db1, from $DB_HOST"), "{told:?}");
    assert_eq!(home.did(), ["[db1]"], "{told:?}");
    let report = home.call(&["export", &run, "--format", "md"]);
    assert!(report.out.contains("`db1`, from `$DB_HOST`"), "{report:?}");
    let verified = home.call(&["verify", &run]);
    assert_eq!(verified.exit, Some(0), "{verified:?}");
}

#[test]
fn an_edit_that_takes_a_value_from_the_environment_is_held_to_it() {
    let home = Home::new();
    home.write("deploy.md", document("default: db0").replace("### Do", "- [ ] Ask somebody\n\n### Do"));
    call(&home, &[], &["deploy.md", "--plain", "--new"], &["a noted", "q"]);
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    let edited = document("default: db0, from: DB_HOST, choices: [db0, db1]");
    home.write("deploy.md", edited.replace("### Do", "- [ ] Ask somebody\n\n### Do"));
    let adopt = &["resume", &run, "--plain", "--adopt"];
    let told = call(&home, &[("DB_HOST", "web")], adopt, &["t", "r", "y", "q"]);
    assert!(told.err.contains("$DB_HOST does not fit: it has to be one of db0, db1, as the value of host"), "{told:?}");
    assert_eq!(home.did(), Vec::<String>::new(), "{told:?}");
    let told = call(&home, &[("DB_HOST", "db1")], adopt, &["t", "r", "y", "q"]);
    assert!(told.out.contains("front matter: vars differs"), "{told:?}");
    assert_eq!(home.did(), ["[db1]"], "{told:?}");
}

#[test]
fn plan_and_check_tell_it() {
    let home = Home::new();
    let of_front =
        |text: &str| codes(&home, text).into_iter().filter(|code| code.starts_with("2 ")).collect::<Vec<_>>();
    assert_eq!(of_front(&document("from: a b")), ["2 bad-value"]);
    let check = home.call(&["check", "deploy.md"]);
    assert!(check.out.contains("`from: a b` of `host` is no name") && check.out.contains("from: DB_HOST"), "{check:?}");
    assert_eq!(of_front(&document("form: DB_HOST")), ["2 unknown-key"]);
    assert_eq!(of_front(&document("from: DB_HOST")), Vec::<String>::new());
    let plan = home.call(&["plan", "deploy.md"]);
    assert!(plan.out.contains("the value of host comes from $DB_HOST when nobody gives it"), "{plan:?}");
    let json = home.call(&["plan", "deploy.md", "--format", "json"]).json();
    assert_eq!(json["vars_from"], serde_json::json!({"host": "DB_HOST"}));
}
