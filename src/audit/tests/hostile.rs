//! Files that are no records, or want to hurt.

use super::story::go_live;
use crate::audit::record::DRAWN_BY;
use crate::audit::verify::Drawing;
use crate::audit::verify::{self, MAX_BYTES, Verified};
use crate::audit::{OutputBytes, json};
use proptest::prelude::*;
use serde_json::Value;
use std::sync::LazyLock;

static RECORD: LazyLock<String> = LazyLock::new(|| json(&go_live().evidence().check().unwrap(), OutputBytes::Kept));

fn reason(bytes: &[u8]) -> String {
    match verify::record(bytes) {
        Verified::Unreadable { reason } => reason,
        found => panic!("{found:?}"),
    }
}

#[test]
fn what_is_no_record_is_refused_with_a_reason() {
    let cases: [(&[u8], &str); 13] = [
        (b"", "it is not JSON: EOF"),
        (b"\0\0\0", "it is not JSON"),
        (b"SQLite format 3\0\x10\0", "it is a journal, not a record"),
        (b"# a runbook\n", "it is not JSON"),
        (b"[]", "it is no record of a run"),
        (b"{}", "it is no record of a run: no `kind`"),
        (b"{\"schema\":\"1\",\"kind\":\"gonogo-record\"}", "it is no record of a run: invalid type"),
        (b"{\"schema\":2,\"kind\":\"gonogo-record\"}", "it has schema 2; this program reads schema 1"),
        (b"{\"schema\":1,\"kind\":\"gonogo-plan\"}", "it is no record of a run"),
        (b"{\"schema\":1,\"kind\":\"gonogo-record\"}", "it is not in the form of a record: missing field `entries`"),
        (b"{\"schema\":1,\"schema\":1,\"kind\":\"gonogo-record\"}", "it is no record of a run: duplicate field"),
        (
            b"{\"schema\":1,\"kind\":\"gonogo-record\",\"entries\":{}}",
            "it is not in the form of a record: invalid type",
        ),
        (b"{\"schema\":1,\"kind\":\"gonogo-record\",\"x\":\"\xff\"}", "it is not"),
    ];
    for (bytes, start) in cases {
        let reason = reason(bytes);
        assert!(reason.starts_with(start), "{reason}");
    }
    assert!(reason(&RECORD.as_bytes()[..RECORD.len() - 3]).starts_with("it is not JSON: EOF"));
    assert!(reason(format!("{}x", *RECORD).as_bytes()).starts_with("it is not JSON: trailing"));
}

#[test]
fn depth_and_size_do_no_harm() {
    let deep = format!("{{\"schema\":1,\"kind\":\"gonogo-record\",\"x\":{}", "[".repeat(5_000_000));
    assert!(reason(deep.as_bytes()).starts_with("it is not JSON"));
    let deep =
        RECORD.replacen("\"word\": \"", &format!("\"x\":{}{},\"word\": \"", "[".repeat(90_000), "]".repeat(90_000)), 1);
    assert!(matches!(verify::record(deep.as_bytes()), Verified::Altered { .. } | Verified::Unreadable { .. }));
    let huge = vec![b' '; usize::try_from(MAX_BYTES).unwrap() + 1];
    assert_eq!(reason(&huge), "it is larger than 256 MiB");
    let wide = RECORD.replacen("\"why\": [", &format!("\"why\": [{}", "\"\",".repeat(1_000_000)), 1);
    assert!(matches!(verify::record(wide.as_bytes()), Verified::Altered { .. }));
}

#[test]
fn a_finding_carries_no_control_characters() {
    let evil = RECORD.replacen("\"word\": \"", "\"word\": \"\\u001b]52;c;x\\u0007\\u202e", 1);
    let text = verify::record(evil.as_bytes()).text();
    assert!(
        text.starts_with("ALTERED: field verdict.word: it says") && !text.contains(['\x1b', '\x07', '\u{202e}']),
        "{text}"
    );
    let evil = RECORD.replacen("\"rehearsal\":", "\"a\\u001b[2J\": 1, \"rehearsal\":", 1);
    let text = verify::record(evil.as_bytes()).text();
    assert!(text.contains("a record has no such field") && !text.contains('\x1b'), "{text:?}");
}

#[test]
fn a_file_is_read_with_a_limit_and_a_missing_one_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.json");
    assert_eq!(verify::file(&path, None).unwrap_err().kind(), std::io::ErrorKind::NotFound);
    std::fs::write(&path, &*RECORD).unwrap();
    assert!(matches!(verify::file(&path, None).unwrap(), Verified::Intact(_)));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_byte_is_seen_unless_it_says_the_same(at in 0..RECORD.len(), bit in 0_u8..8) {
        let mut bytes = RECORD.clone().into_bytes();
        bytes[at] ^= 1 << bit;
        if let Verified::Intact(intact) = verify::record(&bytes) {
            let original: Value = serde_json::from_str(&RECORD).unwrap();
            let mut value: Value = serde_json::from_slice(&bytes).unwrap();
            if matches!(intact.drawing, Drawing::NotChecked(_)) {
                // Who drew it up can be changed, its name as well, and then the finding says that the summary was not compared.
                value["drawn_by"] = DRAWN_BY.into();
                value.as_object_mut().unwrap().retain(|name, _| original.get(name).is_some());
            }
            prop_assert_eq!(value, original);
        }
    }

    #[test]
    fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let found = verify::record(&bytes);
        prop_assert!(matches!(found, Verified::Unreadable { .. }), "{:?}", found);
    }
}
