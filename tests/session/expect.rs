//! What a block prints: compared with what is expected, and saved for the blocks after it.

use crate::desk::{Desk, play, printed, state};
use gonogo::run::Value;

fn book(options: &str, text: &str, expected: &str, then: &str) -> String {
    let expected = if expected.is_empty() {
        String::new()
    } else {
        format!("  Expected output:\n\n  ```text\n  {expected}\n  ```\n\n")
    };
    format!(
        "# Desk\n\n## Work\n\n- [ ] Step 1\n\n  ```sh {{{options}}}\n  {text}\n  ```\n\n{expected}- [ ] Step 2\n\n  ```sh\n  {then}\n  ```\n"
    )
}

#[test]
fn a_comparison_decides_where_the_author_asks_for_one() {
    let table = [
        ("timeout=9", "echo up 4 days", "up 3 days", "ran"),
        ("compare=exact", "echo up 3 days", "up 3 days", "passed"),
        ("compare=exact", "echo up 4 days", "up 3 days", "failed"),
        ("compare=contains", "echo so far up 3 days of 9", "up 3 days", "passed"),
        ("compare=regex", "echo up 4 days", "^up \\d+ days$", "passed"),
        ("compare=regex", "echo down", "^up \\d+ days$", "failed"),
        ("expected_similarity=0.7", "echo up 4 days and 5 hours", "up 3 days and 5 hours", "passed"),
        ("expected_similarity=0.7", "echo refused", "up 3 days and 5 hours", "failed"),
        ("http=200", "printf 'HTTP/1.1 301 x\\r\\n\\r\\nHTTP/1.1 200 OK\\r\\n\\r\\n'", "", "passed"),
        ("http=200,204", "echo 503", "", "failed"),
        ("compare=exact", "printf '\\033[32mup\\033[0m\\n'", "up", "passed"),
    ];
    for (options, text, expected, wanted) in table {
        let desk = Desk::with(&book(options, text, expected, "true"));
        let mut session = desk.begin();
        play(&mut session, "1.1").unwrap();
        assert_eq!(state(&session, "1.1"), wanted, "{options}: {text} against {expected:?}");
    }
}

#[test]
fn what_a_block_prints_is_a_value_for_the_next() {
    let desk = Desk::with(&book("save=BUILD", "echo 4711", "", "echo \"build <BUILD> $BUILD\""));
    let mut session = desk.begin();
    assert_eq!(play(&mut session, "1.2").unwrap_err().to_string(), "fill in first: <BUILD>, $BUILD");
    play(&mut session, "1.1").unwrap();
    play(&mut session, "1.2").unwrap();
    assert_eq!(printed(&session), "build 4711 4711\n");
    let resumed = desk.resume(&session.run().id.clone());
    assert_eq!(resumed.run().values.get("BUILD"), Some(&Value::Plain("4711".to_owned())));
}

#[test]
fn a_value_that_is_secret_is_saved_in_memory_only() {
    for (options, text) in [("save=API_TOKEN", "echo k3RtZz81LmQxVwPn"), ("save=word", "openssl rand -hex 16")] {
        let name = options.strip_prefix("save=").unwrap();
        let desk = Desk::with(&book(
            options,
            text,
            "",
            &format!("printf %s \"${name}\" | sha256sum >sum; printf %s \"${name}\" | wc -c"),
        ));
        let mut session = desk.begin();
        play(&mut session, "1.1").unwrap();
        assert_eq!(session.run().values.get(name), Some(&Value::Secret), "{options}: {}", printed(&session));
        assert!(printed(&session).contains("[redacted"), "{}", printed(&session));
        play(&mut session, "1.2").unwrap();
        assert_eq!(printed(&session).trim(), if name == "word" { "32" } else { "16" });
        session.leave().unwrap();
        let journal = std::fs::read(desk.journal()).unwrap();
        // The author's own text is in the journal, with the literal that this test has to have somewhere.
        let literal = b"k3RtZz81LmQxVwPn";
        let found = journal.windows(literal.len()).filter(|bytes| bytes == literal).count();
        assert!(found <= 2, "{options}: {found} times in the journal");
    }
}

#[test]
fn nothing_is_saved_of_a_failure_or_of_silence() {
    for (text, note) in [("echo 4711; false", false), ("true", true)] {
        let desk = Desk::with(&book("save=BUILD", text, "", "true"));
        let mut session = desk.begin();
        play(&mut session, "1.1").unwrap();
        assert_eq!(session.run().values.get("BUILD"), None);
        assert_eq!(session.run().notes.iter().any(|note| note.text.contains("it printed nothing")), note, "{text}");
    }
}
