//! The attacks on a bundle: what was done, and what has to be said about it.

use super::{alter, alter_close, close_line, last_signature, rearmoured, resign, rewrite, signature_of, signed};
use crate::bundle::{Files, edit, list_again, text};
use serde_json::{Value, json};

pub struct Attack {
    pub id: &'static str,
    pub what: &'static str,
    /// What both verifiers are asked for beyond that nothing was altered.
    pub demands: &'static [&'static str],
    pub exit: i32,
    /// What the finding has to say.
    pub row: &'static str,
    pub act: fn(&mut Files),
}

pub const BUNDLE: &[Attack] = &[
    Attack {
        id: "A1",
        what: "an output said to be shredded",
        demands: &[],
        exit: 5,
        row: "output of attempt #1",
        act: |files| {
            files.insert("outputs.jsonl".into(), b"{\"attempt\":1,\"part\":0,\"shredded_by\":7}\n".to_vec());
            files.remove("outputs/0001-0").unwrap();
            list_again(files);
        },
    },
    Attack {
        id: "A1",
        what: "a byte of an entry",
        demands: &[],
        exit: 5,
        row: "entry 4: its hash",
        act: |files| {
            edit(files, "events.jsonl", "\"risk\":\"", "\"risk\":\"x");
        },
    },
    Attack {
        id: "A1",
        what: "a byte of an output",
        demands: &[],
        exit: 5,
        row: "output of attempt #1",
        act: |files| {
            edit(files, "outputs/0001-0", "checked", "cracked");
        },
    },
    Attack {
        id: "A1",
        what: "a byte of the runbook",
        demands: &[],
        exit: 5,
        row: "runbook",
        act: |files| {
            edit(files, "runbook.md", "Flip", "Flop");
        },
    },
    Attack {
        id: "A1",
        what: "a byte of a report",
        demands: &[],
        exit: 5,
        row: "file report.html",
        act: |files| {
            edit(files, "report.html", "GO", "NO");
        },
    },
    Attack {
        id: "A1",
        what: "a byte of the checkpoint",
        demands: &[],
        exit: 5,
        row: "checkpoint",
        act: |files| {
            edit(files, "checkpoint", "entries: ", "entries: 1");
        },
    },
    Attack {
        id: "A1",
        what: "the runbook in the checkpoint, list made anew",
        demands: &[],
        exit: 5,
        row: "checkpoint",
        act: |files| {
            let digest =
                text(files, "checkpoint").lines().find(|line| line.starts_with("runbook: ")).unwrap().to_owned();
            edit(files, "checkpoint", &digest, &format!("runbook: {}", "0".repeat(64)));
            list_again(files);
        },
    },
    Attack {
        id: "A1",
        what: "a byte of the list's signature",
        demands: &[],
        exit: 5,
        row: "file SHA256SUMS.sig",
        act: |files| {
            let other = rearmoured(&text(files, "SHA256SUMS.sig"), |bytes| *bytes.last_mut().unwrap() ^= 1);
            files.insert("SHA256SUMS.sig".into(), other.into_bytes());
        },
    },
    Attack {
        id: "A2",
        what: "an entry taken out, all made anew",
        demands: &[],
        exit: 5,
        row: "entry 4",
        act: |files| {
            rewrite(files, |lines| drop(lines.remove(3)));
        },
    },
    Attack {
        id: "A2",
        what: "an entry twice",
        demands: &[],
        exit: 5,
        row: "entry 5",
        act: |files| {
            rewrite(files, |lines| lines.insert(4, lines[3].clone()));
        },
    },
    Attack {
        id: "A2",
        what: "an entry inserted, all renumbered",
        demands: &[],
        exit: 5,
        row: "entry 9",
        act: |files| {
            rewrite(files, |lines| {
                let mut note = lines[6].clone();
                alter(&mut note, |entry| {
                    entry["kind"] = json!("note_added");
                    entry["data"] = json!({"text": "all is well"});
                });
                lines.insert(6, note);
                for (at, line) in lines.iter_mut().enumerate() {
                    alter(line, |entry| entry["seq"] = json!(at + 1));
                }
            });
            for (from, to) in [("0008", "0009")] {
                for end in [".txt", ".txt.sig"] {
                    let moved = files.remove(&format!("statements/{from}{end}")).unwrap();
                    files.insert(format!("statements/{to}{end}"), moved);
                }
            }
            list_again(files);
        },
    },
    Attack {
        id: "A2",
        what: "two entries swapped",
        demands: &[],
        exit: 5,
        row: "entry 4",
        act: |files| {
            rewrite(files, |lines| lines.swap(3, 4));
        },
    },
    Attack {
        id: "A2",
        what: "the end cut off, a view by somebody else",
        demands: &["--sealed"],
        exit: 4,
        row: "NOT MET: it is not sealed",
        act: |files| {
            let closed = close_line(files);
            let seq = closed + 1;
            rewrite(files, |lines| lines.truncate(closed));
            files.remove(&format!("statements/{seq:04}.txt")).unwrap();
            files.remove(&format!("statements/{seq:04}.txt.sig")).unwrap();
            edit(files, "checkpoint", "report: ", "report: custom ");
            list_again(files);
        },
    },
    Attack {
        id: "A3",
        what: "an outcome altered, chain made anew",
        demands: &[],
        exit: 5,
        row: "names a head that is not the chain's",
        act: |files| {
            rewrite(files, |lines| alter(&mut lines[3], |entry| entry["data"]["cwd"] = json!("/srv")));
        },
    },
    Attack {
        id: "A3",
        what: "back-dated, chain made anew",
        demands: &[],
        exit: 5,
        row: "names a head that is not the chain's",
        act: |files| {
            rewrite(files, |lines| alter(&mut lines[3], |entry| entry["at"] = json!("2020-01-01T00:00:00.123456Z")));
        },
    },
    Attack {
        id: "A3",
        what: "another verdict beside the signed close",
        demands: &[],
        exit: 5,
        row: "entry",
        act: |files| {
            alter_close(files, |entry| entry["data"]["verdict"] = json!("NO-GO"));
        },
    },
    Attack {
        id: "A3",
        what: "another percentage beside the signed close",
        demands: &[],
        exit: 5,
        row: "entry",
        act: |files| {
            alter_close(files, |entry| entry["data"]["percent"] = json!(1));
        },
    },
    Attack {
        id: "A3",
        what: "a reason beside the signed close",
        demands: &[],
        exit: 5,
        row: "entry",
        act: |files| {
            alter_close(files, |entry| entry["data"]["reason"] = json!("all agreed"));
        },
    },
    Attack {
        id: "A3",
        what: "the close turned into something unknown",
        demands: &[],
        exit: 5,
        row: "entry",
        act: |files| {
            alter_close(files, |entry| entry["kind"] = json!("run_closedx"));
        },
    },
    Attack {
        id: "A4",
        what: "signed for another namespace",
        demands: &[],
        exit: 5,
        row: "entry 8",
        act: |files| {
            resign(files, |text| signed(text, "file"));
        },
    },
    Attack {
        id: "A4",
        what: "signed over another text",
        demands: &[],
        exit: 5,
        row: "entry",
        act: |files| {
            resign(files, |text| signed(&text.replace("dba", "dbb"), "gonogo-v1"));
        },
    },
    Attack {
        id: "A4",
        what: "signature of version 0",
        demands: &[],
        exit: 5,
        row: "entry 8",
        act: |files| {
            let old = signature_of(files);
            resign(files, |_| rearmoured(&old, |bytes| bytes[9] = 0));
        },
    },
    Attack {
        id: "A4",
        what: "bytes behind the signature",
        demands: &[],
        exit: 5,
        row: "entry 8",
        act: |files| {
            let old = signature_of(files);
            resign(files, |_| rearmoured(&old, |bytes| bytes.extend([0, 0, 0, 0])));
        },
    },
    Attack {
        id: "A4",
        what: "another key under the first sign-off",
        demands: &[],
        exit: 5,
        row: "names a head that is not",
        act: |files| {
            // What follows was signed over the chain with the first signature in it.
            resign(files, |text| signed(text, "gonogo-v1"));
        },
    },
    Attack {
        id: "A8",
        what: "a number with a point",
        demands: &[],
        exit: 5,
        row: "entry 4",
        act: |files| {
            rewrite(files, |lines| alter(&mut lines[3], |entry| entry["mono_us"] = json!(1.0)));
        },
    },
    Attack {
        id: "A8",
        what: "a key twice",
        demands: &[],
        exit: 5,
        row: "entry 4",
        act: |files| {
            rewrite(files, |lines| lines[3] = lines[3].replacen("\"boot\":", "\"boot\":\"x\",\"boot\":", 1));
        },
    },
    Attack {
        id: "A8",
        what: "null",
        demands: &[],
        exit: 5,
        row: "entry",
        act: |files| {
            rewrite(files, |lines| alter(&mut lines[3], |entry| entry["data"]["timeout_ms"] = Value::Null));
        },
    },
    Attack {
        id: "A8",
        what: "spaces between",
        demands: &[],
        exit: 5,
        row: "entry 4",
        act: |files| {
            rewrite(files, |lines| lines[3] = lines[3].replacen("\":", "\": ", 1));
        },
    },
    Attack {
        id: "A11",
        what: "the signature of another statement",
        demands: &[],
        exit: 5,
        row: "entry",
        act: |files| {
            let other = text(files, &last_signature(files));
            resign(files, |_| other);
        },
    },
    Attack {
        id: "A11",
        what: "a signature file exchanged",
        demands: &[],
        exit: 5,
        row: "file statements/0008.txt.sig",
        act: |files| {
            let other = files[&last_signature(files)].clone();
            files.insert("statements/0008.txt.sig".into(), other);
            list_again(files);
        },
    },
    Attack {
        id: "A15",
        what: "a file that no entry knows of",
        demands: &[],
        exit: 5,
        row: "file",
        act: |files| {
            files.insert("outputs/9999-0".into(), b"x".to_vec());
            list_again(files);
        },
    },
];
