//! Formats for other programs: tables, build servers, recordings. Nothing in them acts on whoever opens them.

use crate::home::{Home, came};
use crate::sign::{key, short};
use serde_json::Value;
use std::process::Command;

/// A title that a spreadsheet would compute, markup, and a command that plays with the terminal.
const BOOK: &str = "# =HYPERLINK(\"http://x\") & <b>\n\n## Prepare {gate={role: dba, not: performer}}\n\n\
    - [ ] +Check; =1+1 {#check}\n  ```sh\n  printf 'one\\ntwo\\033]52;c;aGk=\\007\\033[31mred\\033[0m\\033[6n\\n\\302\\233x\\n'\n  ```\n\
    - [ ] Ring\n- [ ] Fail\n  ```sh\n  echo oops; exit 3\n  ```\n- [ ] Later\n\n## Switch\n\n- [ ] Flip\n";

fn walked() -> (Home, String) {
    let home = Home::new();
    home.write("odd.md", BOOK);
    // What runs reads what is typed, so each command is the last of its sitting.
    for keys in ["r\n", "y\ng 1.2\nt\ng 1.3\nr\n", "y\ng 1.3\ns\nf\n-bad, \"quoted\"\ng 1.4\nx\nw\n@later\nq\n"] {
        came(home.command(&["--plain", "odd.md"]).write_stdin(keys));
    }
    let run = short(&home);
    (home, run)
}

#[test]
fn no_text_format_carries_a_control_character() {
    let (home, run) = walked();
    key(&home, "bob");
    let formats: &[&[&str]] = &[
        &["md"],
        &["html"],
        &["json"],
        &["csv"],
        &["junit"],
        &["md", "--include-output", "full"],
        &["junit", "--include-output", "full"],
        &["cast", "--step", "1.1"],
    ];
    for format in formats {
        let export = home.call(&[&["export", &run, "--format"], *format].concat());
        assert_eq!(export.exit, Some(0), "{format:?}: {export:?}");
        let lines_end = if format[0] == "csv" { '\r' } else { '\n' };
        let bad = export.out.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t') && *c != lines_end);
        assert_eq!(bad, None, "{format:?}: {:?}", export.out);
    }
}

#[test]
fn a_spreadsheet_opens_the_table_without_harm() {
    let (home, run) = walked();
    let table = home.call(&["export", &run, "--format", "csv"]).out;
    let script = "import csv,sys,json; print(json.dumps(list(csv.DictReader(sys.stdin, strict=True))))";
    let mut reader = assert_cmd::Command::new("python3");
    let rows: Vec<Value> =
        serde_json::from_str(&came(reader.args(["-c", script]).write_stdin(table.clone())).out).unwrap();
    let kinds: Vec<&str> = rows.iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["run", "phase", "command", "manual", "command", "manual", "phase", "manual"], "{table}");
    assert_eq!(rows[0]["title"], "'=HYPERLINK(\"http://x\") &");
    assert_eq!(
        (&rows[2]["title"], &rows[2]["state"], &rows[2]["exit_code"]),
        (&"'+Check;' =1+1".into(), &"passed".into(), &"0".into())
    );
    assert_eq!((&rows[4]["state"], &rows[4]["reason"]), (&"failed".into(), &"'-bad, \"quoted\"".into()));
    assert_eq!((&rows[5]["state"], &rows[5]["reason"]), (&"waived".into(), &"'@later".into()));
    for row in &rows {
        for (column, said) in row.as_object().unwrap() {
            let cells = said.as_str().unwrap().split(';');
            for cell in cells {
                let first = cell.trim_start_matches([' ', '"']).chars().next().unwrap_or(' ');
                assert!(!"=+-@".contains(first), "{column}: {cell}");
            }
        }
    }
    // Name, time and meaning of a signature are in the row of what it is about.
    key(&home, "bob");
    let signed = home.call(&["sign", &run, "1.1", "--meaning", "witnessed", "--operator", "bob", "--key", "bob"]);
    assert_eq!(signed.exit, Some(0), "{signed:?}");
    let table = home.call(&["export", &run, "--format", "csv"]).out;
    let row = table.lines().find(|line| line.contains("witnessed")).unwrap_or_default();
    assert!(row.contains("witnessed signed by bob <") && row.contains(" UTC with SHA256:"), "{table}");
}

fn junit(home: &Home, run: &str) -> (String, String) {
    let export = home.call(&["export", run, "--format", "junit", "-o", "run.xml"]);
    assert_eq!(export.exit, Some(0), "{export:?}");
    let checked = Command::new("python3").arg("tests/cli/junit.py").arg(home.path("run.xml")).output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
    (String::from_utf8(checked.stdout).unwrap(), std::fs::read_to_string(home.path("run.xml")).unwrap())
}

#[test]
fn a_build_server_reads_the_run_and_is_green_only_when_it_is_go() {
    let (home, run) = walked();
    let (suites, page) = junit(&home, &run);
    assert_eq!(suites, "1 Prepare | 4 | 1 | 0 | 1\n2 Switch | 1 | 0 | 1 | 0\ngates, calls, verdict | 2 | 1 | 1 | 0\n");
    assert!(page.contains("two\\x1b]52;c;aGk=\\x07red\\x1b[6n"), "{page}");
    assert!(page.contains("http://x&quot;) &amp;"), "{page}");
    let home = Home::new();
    home.write("go.md", "# Go\n## One\n- [ ] A\n  ```sh\n  true\n  ```\n- [ ] B\n");
    let run = |home: &Home, keys: &str| {
        came(home.command(&["--plain", "go.md"]).write_stdin(keys.to_owned()));
        short(home)
    };
    let id = run(&home, "r\nq\n");
    assert!(junit(&home, &id).0.ends_with("verdict | 1 | 0 | 1 | 0\n"), "a step is open");
    run(&home, "y\nt\nq\n");
    assert_eq!(junit(&home, &id).0, "1 One | 2 | 0 | 0 | 0\ngates, calls, verdict | 1 | 0 | 0 | 0\n");
    let home = Home::new();
    home.write("go.md", "# Go\n## One\n- [ ] A\n");
    came(home.command(&["--plain", "--rehearse", "go.md"]).write_stdin("t\nq\n"));
    let (suites, page) = junit(&home, &short(&home));
    assert!(
        suites.ends_with("verdict | 1 | 0 | 1 | 0\n") && page.contains("REHEARSED"),
        "practice is never green: {page}"
    );
}

#[test]
fn an_attempt_becomes_a_recording() {
    let (home, run) = walked();
    let cast = |rest: &[&str]| home.call(&[&["export", &run, "--format", "cast"], rest].concat());
    let shown = cast(&["--step", "1.1"]);
    let lines: Vec<&str> = shown.out.lines().collect();
    let header: Value = serde_json::from_str(lines[0]).unwrap();
    assert_eq!((&header["version"], &header["term"]["cols"]), (&3.into(), &80.into()), "{shown:?}");
    assert_eq!(header["tags"], serde_json::json!(["gonogo"]));
    assert!(lines[1].starts_with("# It plays as fast as it was printed"), "{shown:?}");
    let events: Vec<Value> = lines[1..]
        .iter()
        .filter(|line| !line.starts_with('#'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let played: String =
        events.iter().filter(|event| event[1] == "o").map(|event| event[2].as_str().unwrap()).collect();
    assert_eq!(played, "one\r\ntwo\u{1b}[31mred\u{1b}[0m\r\n\r\n", "no clipboard, no question to the terminal");
    let last = events.last().unwrap();
    assert_eq!((&last[1], &last[2]), (&"x".into(), &"0".into()));
    let failed = cast(&["--attempt", "2"]);
    assert!(failed.out.contains("oops") && failed.out.ends_with("\"x\", \"3\"]\n"), "{failed:?}");
    cast(&[]).refuses(2, &["--step STEP"]);
    cast(&["--step", "1.2"]).refuses(2, &["nothing of step 1.2 was executed"]);
    cast(&["--step", "9.9"]).refuses(2, &["no step 9.9"]);
    cast(&["--attempt", "9"]).refuses(2, &["no attempt #9"]);
    cast(&["--step", "1.1", "--include-output", "none"]).refuses(2, &["made of output"]);
    home.call(&["export", &run, "--step", "1.1"]).refuses(2, &["--format cast"]);
    let shred = home.call(&["journal", "shred", &run, "1", "--reason", "leaked"]);
    assert_eq!(shred.exit, Some(0), "{shred:?}");
    cast(&["--step", "1.1"]).refuses(2, &["was shredded; entry"]);
}

/// Pauses of a recording before what it shows, in milliseconds, and the text.
fn played(cast: &str) -> Vec<(u64, String)> {
    let lines = cast.lines().skip(1).filter(|line| !line.starts_with('#'));
    let events: Vec<(f64, String, String)> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few seconds")]
    let told = events.into_iter().map(|(pause, code, text)| ((pause * 1000.0).round() as u64, code + &text));
    told.collect()
}

#[test]
fn a_recording_plays_at_the_speed_of_the_command() {
    let home = Home::new();
    // In two pieces: a secret in the runbook would hold the export back.
    let block = "printf 'é one\\n'\nsleep 1.5\necho ghp_0123456789abcdefghij''ABCDEFGHIJ012345\nsleep 0.7\necho three";
    home.write("slow.md", crate::home::steps(&[block, "echo quick"]));
    // In a pane and through pipes.
    for arguments in [["--plain", "slow.md"].as_slice(), &["exec", "slow.md"]] {
        let ended = came(home.command(arguments).write_stdin("r\nq\n"));
        assert!(matches!(ended.exit, Some(0 | 4)), "{ended:?}");
        let run = short(&home);
        let cast = home.call(&["export", &run, "--format", "cast", "--step", "1.1"]);
        let played = played(&cast.out);
        let after = |text: &str| {
            let at = played.iter().position(|(_, shown)| shown.contains(text));
            let at = at.unwrap_or_else(|| panic!("{text}: {played:?}"));
            played[..=at].iter().map(|(pause, _)| pause).sum::<u64>()
        };
        assert!(!cast.out.contains("ghijABC") && !cast.out.contains("untimed"), "{cast:?}");
        assert!(played[0].1.contains('é'), "{played:?}");
        let (one, two, three, end) = (after("é one"), after("[redacted:"), after("three"), after("x0"));
        assert!(two >= one + 1400 && three >= two + 600 && end >= three, "{played:?}");
        // It stands in the chain, few as it is, and in the record of a run that was verified.
        let entries = home.call(&["export", &run, "--format", "jsonl"]).lines();
        let ended: Vec<&Value> = entries.iter().filter(|entry| entry["kind"] == "attempt_ended").collect();
        let times = ended[0]["data"]["output"]["times"].as_array().unwrap();
        assert!((3..=5).contains(&times.len()), "{times:?}");
        assert_eq!(home.call(&["verify", &run]).exit, Some(0));
        home.call(&["export", &run, "--format", "bundle", "-o", &run, "--key", "none"]);
        assert_eq!(crate::bundle::python(&home.path(&run), &[]).0, Some(0));
        let late = entries.iter().rev().find(|entry| entry["kind"] == "attempt_ended").unwrap();
        let took = late["data"]["took_ms"].as_u64().unwrap();
        assert!(took >= 100 || late["data"]["output"]["times"].is_null(), "what came at once has no times: {late}");
        // Moments without bytes are no secret; the bytes are gone.
        assert_eq!(home.call(&["journal", "shred", &run, "1", "--reason", "leaked"]).exit, Some(0));
        home.call(&["export", &run, "--format", "cast", "--step", "1.1"]).refuses(2, &["was shredded; entry"]);
    }
}

#[test]
fn a_recording_of_a_long_output_keeps_its_speed_past_the_gap() {
    let home = Home::new();
    home.write(
        "long.md",
        crate::home::steps(&["echo begin\nsleep 0.4\nhead -c 9000 /dev/zero | tr '\\0' x\nsleep 1.2\necho; echo end"]),
    );
    let ended = home.call(&["exec", "long.md", "--keep", "2KiB"]);
    assert_eq!(ended.exit, Some(0), "{ended:?}");
    let cast = home.call(&["export", &short(&home), "--format", "cast", "--step", "1.1"]);
    let played = played(&cast.out);
    let gap = played.iter().position(|(_, shown)| shown.contains("bytes were not kept")).unwrap();
    let (last, pause) = (played.iter().position(|(_, shown)| shown.contains("end")).unwrap(), 1100);
    assert!(gap < last && played[last].0 >= pause, "{played:?}");
}

#[test]
fn the_entries_alone_are_the_bytes_that_were_hashed() {
    let (home, run) = walked();
    let lines = home.call(&["export", &run, "--format", "jsonl"]).out;
    assert_eq!(lines, home.call(&["show", &run, "--events"]).out);
    let head = lines.lines().fold(gonogo::runbook::Digest::ZERO, |prev, body| {
        assert!(serde_json::from_str::<Value>(body).is_ok(), "{body}");
        gonogo::run::event::chain(&prev, body.as_bytes())
    });
    let record = home.call(&["export", &run, "--format", "json"]).json();
    assert_eq!(record["chain"]["head"], head.hex());
}

#[test]
fn who_answers_for_findings_stands_in_the_record() {
    let home = Home::new();
    let token = format!("ghp{}{}", "_", "a1B2c3D4e5".repeat(4));
    home.write("t.md", format!("# T\n\nAsk with {token}.\n\n## One\n- [ ] A\n"));
    came(home.command(&["--plain", "t.md"]).write_stdin("t\nq\n"));
    let run = short(&home);
    for format in ["md", "html", "json", "jsonl", "csv", "junit"] {
        home.call(&["export", &run, "--format", format]).refuses(4, &["line 3 of the runbook", "--allow-findings"]);
    }
    key(&home, "dana");
    let closed = home.call(&["close", &run, "--key", "dana"]);
    assert_eq!(closed.exit, Some(0), "{closed:?}");
    home.call(&["export", &run, "--allow-findings", " "]).refuses(4, &["not exported"]);
    let entries = || home.call(&["show", &run, "--events"]).out.lines().count();
    let before = entries();
    let bundle = ["export", &run, "--format", "bundle", "--allow-findings", "a made-up token", "--key", "none"];
    let export = home.call(&[&bundle[..], &["-o", "b"]].concat());
    assert!(export.exit == Some(0) && export.out.contains("among the deviations"), "{export:?}");
    assert!(entries() > before);
    let report = std::fs::read_to_string(home.path("b/report.md")).unwrap();
    assert!(report.contains("exported with findings") && report.contains("a made-up token"), "{report}");
    // It is said behind the sealed close, and both verifiers know that it may be.
    let verified = home.call(&["verify", "b", "--sealed"]);
    assert_eq!(verified.exit, Some(0), "{verified:?}");
    let python =
        Command::new("python3").args(["-B", "verify.py", ".", "--sealed"]).current_dir(home.path("b")).output();
    assert_eq!(python.unwrap().status.code(), Some(0));
    assert_eq!(home.call(&["verify", &run, "--sealed"]).exit, Some(0));
    // The same answer is recorded once, another one again.
    let now = entries();
    assert_eq!(home.call(&[&bundle[..], &["-o", "c"]].concat()).exit, Some(0));
    let again: Vec<String> =
        ["b", "c"].map(|name| std::fs::read_to_string(home.path(name).join("checkpoint")).unwrap()).into();
    assert_eq!((entries(), again[0] == again[1]), (now, true));
}
