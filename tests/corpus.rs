//! Scores what the program reads in the labelled documents of `tests/corpus/` against what an operator reads there.
//!
//! Only the JSON of `gonogo plan` is looked at, so that the parser may change in every way but in its answers.
//! `cargo test --test corpus -- --nocapture` prints the table, with the misses as `file:line construct expected got`.

#[path = "corpus/case.rs"]
mod case;
#[path = "corpus/labels.rs"]
mod labels;
#[path = "corpus/plan.rs"]
mod plan;
#[path = "corpus/tally.rs"]
mod tally;

use std::fs;
use std::path::{Path, PathBuf};

use case::{Case, forms, pair};
use labels::Sort;
use tally::{Place, Tally};

/// What must hold. Lowering one of these needs a reason in the commit message.
const TITLE_MISSES: usize = 1;
const WALKED_F1: f64 = 0.90;
const STEP_COUNTS: f64 = 0.85;
const LOST_COMMANDS: f64 = 0.02;
/// Constructs without a single miss.
const FLAWLESS: [&str; 6] = [
    "plan readable",
    "safe: not offered to run",
    "placeholder blocks kept back",
    "boxes with state and parent",
    "blocks exactly once",
    "labels readable",
];

#[test]
fn reads_runbooks_as_an_operator_does() {
    let mut tally = Tally::default();
    for path in documents() {
        score(&mut tally, &path);
    }
    println!("{}", tally.table());
    let failures = failures(&tally);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// A label that points at the wrong line would blame the parser for a slip of the hand.
#[test]
fn labels_point_into_their_documents() {
    for path in documents() {
        let name = path.display();
        let text = decoded(&fs::read(&path).expect("the corpus is readable"));
        let lines: Vec<&str> = text.split('\n').collect();
        let outline =
            labels::read(&fs::read_to_string(path.with_extension("outline")).expect("each document has labels"))
                .unwrap_or_else(|why| panic!("{name}: {why}"));
        for label in &outline.labels {
            let line = lines.get(*label.lines.end() - 1).unwrap_or_else(|| panic!("{name}: {:?}", label.lines)).trim();
            assert!(!line.is_empty(), "{name}:{:?} is a blank line", label.lines);
            let fence = label.sort == Sort::Block && forms(label) == ["fence"];
            let has_marks = ["```", "~~~", "{% highlight"].iter().any(|mark| line.contains(mark));
            assert!(!fence || has_marks, "{name}:{:?}: {line}", label.lines);
            assert!(label.wants("box") != Some(true) || line.contains('['), "{name}:{:?}: {line}", label.lines);
        }
    }
}

fn failures(tally: &Tally) -> Vec<String> {
    let mut failures: Vec<String> = FLAWLESS
        .iter()
        .filter(|name| tally.misses(name) > 0)
        .map(|name| format!("{name}: {} misses, none allowed", tally.misses(name)))
        .collect();
    let mut at_least = |name: &str, got: f64, wanted: f64| {
        if got < wanted {
            failures.push(format!("{name}: {got:.3}, at least {wanted} wanted"));
        }
    };
    at_least("walked phases, F1", tally.f1("phases walked: found", "phases walked: right"), WALKED_F1);
    at_least("phases with the right number of steps", tally.share("step count by phase"), STEP_COUNTS);
    at_least("commands kept", tally.share("commands kept"), 1.0 - LOST_COMMANDS);
    if tally.misses("titles") > TITLE_MISSES {
        failures.push(format!("titles: {} misses, {TITLE_MISSES} allowed", tally.misses("titles")));
    }
    failures
}

fn documents() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the corpus is part of the repository")
        .map(|entry| entry.expect("the corpus folder is readable").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md" || ending == "txt"))
        .filter(|path| path.with_extension("outline").exists())
        .collect();
    paths.sort();
    assert!(paths.len() >= 44, "only {} labelled documents", paths.len());
    paths
}

/// Good enough to find lines again; what the program makes of the bytes is its own affair.
fn decoded(bytes: &[u8]) -> String {
    let text = if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        let units: Vec<u16> = rest.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    } else {
        String::from_utf8_lossy(bytes).into_owned()
    };
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn score(tally: &mut Tally, path: &Path) {
    let file = path.file_name().and_then(|name| name.to_str()).expect("the corpus has readable names");
    let place = Place { file, line: 1 };
    let text = fs::read_to_string(path.with_extension("outline")).expect("each document has labels");
    let outline = match labels::read(&text) {
        Ok(outline) => outline,
        Err(why) => return tally.miss("labels readable", place, "an outline", why),
    };
    let plan = match plan::of(path) {
        Ok(plan) => plan,
        Err(why) => return tally.miss("plan readable", place, "a plan", why),
    };
    tally.right("plan readable");
    let found = pair(&outline, &plan);
    let case = Case { file, outline: &outline, plan: &plan, found };
    case.document(tally);
    case.phases(tally);
    case.steps(tally);
    case.criteria(tally);
    case.blocks(tally);
    let text = decoded(&fs::read(path).expect("the corpus is readable"));
    case.unlabelled(tally, &text);
}
