//! The whole program killed at any moment: while it runs commands, records a statement, or writes a record.

use crate::home::Home;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

const STEPS: usize = 5;

/// How often each state is killed: a few times here, `GONOGO_KILLS` for more.
fn kills() -> usize {
    std::env::var("GONOGO_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(4)
}

fn figures(said: &str) {
    if std::env::var("GONOGO_FIGURES").is_ok() {
        std::io::stderr().write_all(format!("FIGURES program: {said}\n").as_bytes()).unwrap();
    }
}

/// Starts the program and kills it after a while; the while is another one each time.
fn kill(home: &Home, arguments: &[&str], round: usize, at_most_ms: u64) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gonogo"));
    command.args(arguments).current_dir(home.folder.path()).env_clear().stdin(Stdio::null());
    for (name, value) in home.command(&[]).get_envs() {
        command.env(name, value.unwrap());
    }
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // A golden step through the span: no two rounds hit the same moment, and every run of the test tries the same ones.
    let at = (round as u64 * 618 + 31) % 1000 * at_most_ms / 1000;
    std::thread::sleep(Duration::from_millis(at));
    child.kill().unwrap();
    child.wait().unwrap();
}

fn book() -> String {
    let mut text = "---\ngates: {work: {}}\n---\n# Kills\n\n## Work\n\n".to_owned();
    for number in 1..=STEPS {
        text.push_str(&format!("- [ ] Step {number}\n\n  ```sh\n  echo {number} >> \"$DID\"; sleep 0.02\n  ```\n"));
    }
    text + "\n## After\n\n- [ ] Ring\n"
}

/// What the record must say, whatever was killed: it verifies, and it knows of everything that happened.
fn check(home: &Home, run: &str, place: &str) {
    assert_eq!(wrong(home, run), None, "{place}");
}

/// What is wrong with a record, by what really happened.
fn wrong(home: &Home, run: &str) -> Option<String> {
    let verified = home.call(&["verify", run]);
    if verified.exit != Some(0) {
        return Some(format!("it does not verify: {verified:?}"));
    }
    let events = home.call(&["show", run, "--events"]).out;
    let begun = events.matches("\"kind\":\"attempt_intended\"").count();
    let did = home.did();
    let once: BTreeSet<&String> = did.iter().collect();
    if did.len() > begun {
        Some(format!("{did:?} happened, {begun} were intended"))
    } else if once.len() != did.len() {
        Some(format!("something ran again by itself: {did:?}"))
    } else {
        None
    }
}

/// The planted bugs: programs that run something without a word, and that run again what they find open.
#[test]
fn a_program_that_does_more_than_it_recorded_is_noticed() {
    let home = Home::new();
    home.write("kills.md", book());
    home.call(&["exec", "kills.md"]);
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    assert_eq!(wrong(&home, &run), None);
    let did = std::fs::read_to_string(home.path("did")).unwrap();
    home.write("did", format!("{did}6\n"));
    assert!(wrong(&home, &run).unwrap().contains("5 were intended"));
    let again = did.replace("5\n", "4\n");
    home.write("did", again);
    assert!(wrong(&home, &run).unwrap().contains("ran again"), "{:?}", wrong(&home, &run));
    figures("a program that runs something unrecorded, or again, was caught");
}

#[test]
fn killed_while_it_runs_commands_it_never_runs_one_again() {
    let (mut unknown, mut resumed) = (0, 0);
    for round in 0..kills() {
        let home = Home::new();
        home.write("kills.md", book());
        kill(&home, &["exec", "kills.md"], round, 400);
        let listed = home.call(&["runs", "--format", "json"]);
        let begun =
            if listed.exit == Some(0) { listed.json()["runs"][0]["run"].as_str().map(str::to_owned) } else { None };
        let Some(run) = begun else {
            // Killed before the first act was recorded: then nothing happened, and the next walk begins as if nothing had.
            assert!(listed.exit == Some(0) || listed.err.contains("no journal yet"), "round {round}: {listed:?}");
            assert_eq!(home.did(), Vec::<String>::new(), "round {round}");
            assert_eq!(home.call(&["exec", "kills.md"]).exit, Some(4), "round {round}");
            assert_eq!(home.did().len(), STEPS, "round {round}");
            continue;
        };
        let place = format!("round {round}");
        check(&home, &run, &place);
        let status = home.call(&["status", "--format", "json", &run]).json();
        let lost = status["unknown"].as_array().unwrap().len();
        assert!(lost <= 1 && status["running"].is_null(), "{place}: nobody drives it: {status}");
        let came = home.call(&["exec", "kills.md", "--resume", &run]);
        check(&home, &run, &place);
        if lost == 1 {
            unknown += 1;
            assert!(came.exit == Some(4) && came.out.contains("unknown end"), "{place}: {came:?}");
        } else {
            resumed += 1;
            assert_eq!(home.did().len(), STEPS, "{place}: it goes on where it was: {came:?}");
        }
    }
    figures(&format!("{} kills while commands ran: {unknown} unknown, {resumed} went on, 0 re-runs", kills()));
}

#[test]
fn killed_while_it_records_or_writes_nothing_is_half_there() {
    let home = Home::new();
    home.write("kills.md", book());
    assert_eq!(home.call(&["exec", "kills.md"]).exit, Some(4));
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    let (mut signed, mut written) = (0, 0);
    for round in 0..kills() {
        let place = format!("round {round}");
        kill(&home, &["sign", &run, "work", "--reason", &format!("round {round}")], round, 40);
        let events = home.call(&["show", &run, "--events"]).out;
        signed += usize::from(events.contains(&format!("\"reason\":\"round {round}\"")));
        let record = format!("record-{round}.json");
        kill(&home, &["export", &run, "--format", "json", "-o", &record], round, 40);
        if home.path(&record).exists() {
            written += 1;
            assert_eq!(home.call(&["verify", &record]).exit, Some(0), "{place}: a record is there whole or not at all");
        }
        kill(&home, &["status", &run], round, 20);
        check(&home, &run, &place);
    }
    figures(&format!(
        "{} kills each while signing, exporting, looking: {signed} signed, {written} written, 0 half",
        kills()
    ));
}
