//! A run whose file is edited afterwards: from scripts and line by line.

use crate::home::{Home, came};

const BOOK: &str = "# Move\n\n## Prepare\n\n- [ ] Look\n\n  ```sh\n  echo look >> \"$DID\"\n  ```\n- [ ] Ring\n\n  ```sh\n  echo ring >> \"$DID\"\n  ```\n- [ ] Say it\n";

fn begun() -> (Home, String) {
    let home = Home::new();
    home.write("move.md", BOOK);
    assert_eq!(home.call(&["exec", "move.md"]).exit, Some(4));
    assert_eq!(home.did(), ["look", "ring"]);
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["short"].as_str().unwrap().to_owned();
    home.write("move.md", BOOK.replace("echo ring", "echo 'ring twice'"));
    (home, run)
}

fn states(home: &Home) -> (u64, u64, u64) {
    let status = home.call(&["status", "--format", "json"]).json();
    let counts = &status["counts"];
    let count = |name: &str| counts[name].as_u64().unwrap_or(0);
    (count("passed"), count("stale"), count("open"))
}

#[test]
fn unattended_an_edit_has_to_be_decided_beforehand() {
    let (home, run) = begun();
    let before = home.call(&["show", &run, "--events"]).out.lines().count();
    home.call(&["exec", "move.md", "--resume", &run]).refuses(2, &["1 changed", "--adopt", "--stay"]);
    let events = home.call(&["show", &run, "--events"]).out;
    assert!(!events[..].contains("runbook_adopted"), "{events}");
    assert!(events.lines().count() <= before + 2, "at most a sitting is recorded: {events}");
    assert_eq!(home.did(), ["look", "ring"]);
}

#[test]
fn adopting_runs_only_what_changed() {
    let (home, run) = begun();
    let came = home.call(&["exec", "move.md", "--resume", &run, "--adopt"]);
    assert_eq!(came.exit, Some(4), "{came:?}");
    assert!(came.err.contains("changed  1.2 Ring") && came.err.contains("+ echo 'ring twice'"), "{came:?}");
    assert_eq!(home.did(), ["look", "ring", "ring twice"]);
    assert_eq!(states(&home), (2, 0, 1));
    // Both versions are in the record, and it verifies as a file of its own.
    let came = home.call(&["export", &run, "--format", "json", "-o", "record.json"]);
    assert_eq!(came.exit, Some(0), "{came:?}");
    let record = std::fs::read_to_string(home.path("record.json")).unwrap();
    assert!(record.contains("echo ring >>") && record.contains("echo 'ring twice' >>"), "{record}");
    assert_eq!(home.call(&["verify", "record.json"]).exit, Some(0));
    assert_eq!(home.call(&["verify", &run]).exit, Some(0));
    assert!(home.call(&["show", &run]).out.contains("adopted sha256"));
    // One letter of the version that was walked first, changed in the file: it is found.
    let altered = record.replacen("echo ring >>", "echo rang >>", 1);
    assert_ne!(altered, record);
    home.write("altered.json", altered);
    assert_eq!(home.call(&["verify", "altered.json"]).exit, Some(5));
    let altered = record.replacen("echo 'ring twice' >>", "echo 'ring thrice' >>", 1);
    home.write("altered.json", altered);
    assert_eq!(home.call(&["verify", "altered.json"]).exit, Some(5));
}

#[test]
fn staying_walks_the_recorded_bytes() {
    let (home, run) = begun();
    let came = home.call(&["exec", "move.md", "--resume", &run, "--stay"]);
    assert_eq!(came.exit, Some(4), "{came:?}");
    assert_eq!(home.did(), ["look", "ring"]);
    assert_eq!(states(&home), (2, 0, 1));
    // Decided once, it is not asked again.
    assert_eq!(home.call(&["exec", "move.md", "--resume", &run]).exit, Some(4));
}

#[test]
fn another_document_is_no_edit() {
    let (home, run) = begun();
    home.write("move.md", "# Other\n\n## Cook\n\n- [ ] Boil water\n- [ ] Add salt\n");
    home.call(&["exec", "move.md", "--resume", &run, "--adopt"]).refuses(2, &["another document"]);
}

#[test]
fn line_by_line_it_is_listed_and_asked() {
    let (home, run) = begun();
    let came = came(home.command(&["resume", &run, "--plain"]).write_stdin("a\nd\nq\n"));
    assert_eq!(came.exit, Some(4), "{came:?}");
    assert!(came.out.contains("The runbook was edited: 1 changed, 2 untouched."), "{came:?}");
    assert!(came.out.contains("no longer holds: 1 run(s) of its commands"), "{came:?}");
    assert_eq!(states(&home), (1, 1, 1), "{came:?}");
    let again = home.call(&["resume", &run, "--plain"]);
    assert!(!again.out.contains("was edited"), "{again:?}");
    assert_eq!(home.did(), ["look", "ring"], "nothing runs by itself");
}

#[test]
fn opened_again_by_its_file_the_run_is_found_in_spite_of_the_edit() {
    let (home, run) = begun();
    let came = came(home.command(&["--plain", "move.md"]).write_stdin("y\ns\nq\n"));
    assert!(came.out.contains(&format!("An unfinished run of this runbook exists ({run})")), "{came:?}");
    assert!(came.out.contains("changed  1.2 Ring"), "{came:?}");
    assert_eq!(home.call(&["runs", "--format", "json"]).json()["runs"].as_array().unwrap().len(), 1);
}
