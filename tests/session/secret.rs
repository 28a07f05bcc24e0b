//! Secrets reach commands, and nothing that is written.

use crate::desk::{Desk, finish, play, printed, run, steps};
use gonogo::run::Value;
use gonogo::run::decide::{Execute, Intent};
use gonogo::run::event::{Call, Verdict};
use std::path::Path;

const VALUE: &str = "Tr0ub4dor&3 horse?";

/// The value as it stands, and as programs like to write it.
fn forms(value: &str) -> Vec<(&'static str, Vec<u8>)> {
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent: String = value
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    vec![
        ("raw", value.as_bytes().to_vec()),
        ("base64", base64(&value.as_bytes()[..value.len() / 3 * 3]).into_bytes()),
        ("hex", hex.into_bytes()),
        ("percent", percent.into_bytes()),
    ]
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let three = [chunk[0], *chunk.get(1).unwrap_or(&0), *chunk.get(2).unwrap_or(&0)];
        let number = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for place in 0..=chunk.len() {
            text.push(char::from(DIGITS[(number >> (18 - 6 * place)) as usize & 63]));
        }
    }
    text
}

/// Every file below a folder, searched as bytes.
fn assert_nowhere(folder: &Path, value: &str) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            assert_nowhere(&path, value);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for (form, needle) in forms(value) {
            let found = bytes.windows(needle.len()).any(|window| window == needle);
            assert!(!found, "{} holds the secret ({form})", path.display());
        }
    }
}

#[test]
fn the_search_finds_what_it_looks_for() {
    let folder = tempfile::tempdir().unwrap();
    assert_nowhere(folder.path(), VALUE);
    for (form, bytes) in forms(VALUE) {
        let path = folder.path().join(form);
        std::fs::write(&path, [b"x=".as_slice(), &bytes, b" y"].concat()).unwrap();
        assert!(std::panic::catch_unwind(|| assert_nowhere(folder.path(), VALUE)).is_err(), "{form} was missed");
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_given_secret_reaches_the_command_and_no_file() {
    let mut text = "---\nvars: {PHRASE: {secret: true}}\n---\n".to_owned();
    text += &steps(&[
        "printf '%s\\n' \"$PHRASE\" > /dev/null; copy=\"$PHRASE\"; export loud=\"x$PHRASE\"; say() { echo \"$PHRASE\"; }; echo \"len ${#PHRASE}\"",
        "echo \"got <PHRASE>\"; printf %s <PHRASE> | base64; printf %s <PHRASE> | od -An -tx1 | tr -d ' \\n'; echo; say",
        "echo \"still $copy $loud\"; test \"$copy\" = \"$PHRASE\" && echo same",
    ]);
    let desk = Desk::with(&text);
    let mut session = desk.begin();
    session.give_secret("PHRASE", VALUE.to_owned()).unwrap();
    for number in ["1.1", "1.2", "1.3"] {
        play(&mut session, number).unwrap();
    }
    assert!(printed(&session).contains("same"), "{}", printed(&session));
    let id = session.run().id.clone();
    // A person repeats it, in a note, a reason, an edited command, a plain value.
    let step = session.book().find_step("1.1").unwrap().id.clone();
    session.intend(&Intent::Note { step: None, text: format!("it is {VALUE}") }).unwrap();
    let reason = Some(format!("typed {VALUE}"));
    session.intend(&Intent::Mark { step: step.clone(), verdict: Verdict::PassedWithRemarks, reason }).unwrap();
    let reason = Some(format!("because {VALUE}"));
    session.intend(&Intent::Call { role: "dba".into(), call: Call::NoGo, reason }).unwrap();
    session.intend(&Intent::Give { name: "plain".into(), value: Value::Plain(format!("a{VALUE}b")) }).unwrap();
    let Intent::Execute(wish) = run(&session, "1.1", 1) else { unreachable!() };
    let edited = Some(format!("test '{VALUE}' = \"$PHRASE\""));
    let reason = Some("edited".to_owned());
    session.intend(&Intent::Execute(Execute { edited, reason, ..wish })).unwrap();
    finish(&mut session);
    assert_eq!(crate::desk::state(&session, "1.1"), "passed", "what ran is what was typed");
    assert_eq!(session.run().values["plain"], Value::Secret, "a value that holds a secret is one");
    let recorded = session.run().attempts.last().unwrap().intended.text.clone();
    assert!(recorded.starts_with("test '[") && !recorded.contains(VALUE), "{recorded}");
    assert_nowhere(&desk.path("state"), VALUE);
    session.leave().unwrap();
    drop(session);
    assert_nowhere(&desk.path("state"), VALUE);

    let mut session = desk.resume(&id);
    assert_eq!(play(&mut session, "1.2").unwrap_err().to_string(), "fill in first: <PHRASE>");
    session.give_secret("PHRASE", VALUE.to_owned()).unwrap();
    play(&mut session, "1.2").unwrap();
    assert_nowhere(&desk.path("state"), VALUE);
}

#[test]
fn variables_named_like_secrets_are_treated_as_secrets() {
    let desk = Desk::with(&steps(&["echo \"$DB_PASSWORD and $API_TOKEN\"", "echo \"<login_secret>\""]));
    let mut setup = desk.setup();
    setup.environment.insert("DB_PASSWORD".into(), VALUE.into());
    setup.values.insert("API_TOKEN".into(), "another-Value-77".into());
    setup.values.insert("login_secret".into(), "third Value/88".into());
    let mut session = desk.begin_with(setup);
    play(&mut session, "1.1").unwrap();
    assert!(!printed(&session).contains(VALUE) && printed(&session).contains(" and "), "{}", printed(&session));
    play(&mut session, "1.2").unwrap();
    for value in [VALUE, "another-Value-77", "third Value/88"] {
        assert!(!printed(&session).contains(value));
        assert_nowhere(&desk.path("state"), value);
    }
    assert_eq!(session.run().values["API_TOKEN"], Value::Secret);
    session.leave().unwrap();
}

#[test]
fn an_empty_secret_is_refused_and_an_old_one_stays_secret() {
    let desk = Desk::with(
        "---\nvars: {PHRASE: {secret: true}}\n---\n# D\n## W\n- [ ] A\n  ```sh\n  echo \"$PHRASE\" $OLD\n  ```\n",
    );
    let mut setup = desk.setup();
    setup.environment.insert("OLD".into(), VALUE.into());
    let mut session = desk.begin_with(setup);
    assert_eq!(session.give_secret("PHRASE", String::new()).unwrap_err().to_string(), "PHRASE must not be empty");
    session.give_secret("PHRASE", VALUE.to_owned()).unwrap();
    session.give_secret("PHRASE", "quite another one".to_owned()).unwrap();
    play(&mut session, "1.1").unwrap();
    assert_nowhere(&desk.path("state"), VALUE);
    assert_nowhere(&desk.path("state"), "quite another one");
}

#[test]
fn what_a_generator_prints_is_held_for_the_operator_and_written_nowhere() {
    let desk = Desk::with(&steps(&["head -c 24 /dev/urandom | base64", "echo no secret"]));
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    play(&mut session, "1.2").unwrap();
    let first = session.run().attempts[0].id();
    let held = session.generated(first).to_vec();
    assert_eq!(held.len(), 1, "{held:?}");
    assert_eq!(held[0].len(), 32);
    assert_eq!(session.with_generated().collect::<Vec<_>>(), [first]);
    let id = session.run().id.clone();
    session.leave().unwrap();
    for entry in std::fs::read_dir(desk.path("state")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(32).any(|window| window == held[0].as_bytes()), "it stands in {}", path.display());
        }
    }
    drop(session);
    assert_eq!(desk.resume(&id).generated(first), [""; 0], "gone with the process");
}

#[test]
fn standard_error_is_told_apart_and_is_no_part_of_a_saved_value() {
    let text = "# D\n\n## A\n\n- [ ] Ask\n\n  ```sh {save=answer}\n  echo warning >&2; sleep 0.2; echo 42\n  ```\n";
    let desk = Desk::with(text);
    let mut session = desk.begin();
    play(&mut session, "1.1").unwrap();
    let gonogo::run::Progress::Ended { ended, .. } = &session.run().attempts[0].progress else { panic!("it ended") };
    assert_eq!((&ended.errors, ended.errors_until), (&vec![(0, 8)], None));
    assert_eq!(printed(&session), "warning\n42\n");
    assert_eq!(session.run().values["answer"], gonogo::run::Value::Plain("42".to_owned()));
}

#[test]
fn short_secrets_stand_in_no_file_whatever_prints_them() {
    for (value, holds_back) in [("7", true), ("q7x", true), ("q7xk", false), ("q7xkw", false)] {
        let desk = Desk::with(
            "---\nvars: {pin: {from: PIN_, secret: true}}\n---\n# D\n## W\n- [ ] A\n  ```sh\n  echo \"is $pin, $PIN_\"; copy=\"<$pin>\"\n  ```\n\
             - [ ] B\n  ```sh\n  echo \"still $copy\"; echo \"error $pin\" >&2\n  ```\n",
        );
        let mut setup = desk.setup();
        setup.environment.insert("PIN_".into(), value.into());
        let mut session = desk.begin_with(setup);
        assert_eq!(session.holds_back().is_some(), holds_back, "{value}");
        play(&mut session, "1.1").unwrap();
        let mark = if holds_back { "[redacted:secret]" } else { "is [redacted:" };
        assert!(printed(&session).contains(mark), "{value}: {}", printed(&session));
        play(&mut session, "1.2").unwrap();
        assert!(!printed(&session).contains(value), "{value}: {}", printed(&session));
        for line in ["is ", "still <", "error ", "copy=\"<", "copy='<", "copy=<"].map(|line| format!("{line}{value}")) {
            assert_lacks(&desk.path("state"), line.as_bytes());
        }
        session.leave().unwrap();
    }
}

#[test]
fn what_is_only_named_like_a_secret_holds_nothing_back() {
    let desk = Desk::with(&steps(&["echo \"$KEYTIMEOUT true <api_key>\""]));
    let mut setup = desk.setup();
    setup.environment.extend([("KEYTIMEOUT".to_owned(), "1".to_owned()), ("PASSIVE".to_owned(), "true".to_owned())]);
    setup.values.insert("api_key".into(), "id".into());
    let mut session = desk.begin_with(setup);
    play(&mut session, "1.1").unwrap();
    assert_eq!((session.holds_back(), printed(&session).trim()), (None, "1 true id"));
}

/// No file below a folder holds these bytes.
fn assert_lacks(folder: &Path, needle: &[u8]) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            assert_lacks(&path, needle);
        } else {
            let found = std::fs::read(&path).unwrap().windows(needle.len()).any(|window| window == needle);
            assert!(!found, "{} holds {}", path.display(), String::from_utf8_lossy(needle));
        }
    }
}
