//! Names, roles and reasons of whoever signs: seen by everybody as they are, or refused with the reason.

use crate::bundle::python;
use crate::home::{Home, came};
use crate::sign::{key, walked};
use std::fs;

#[test]
fn a_name_that_could_pass_for_another_is_refused() {
    let home = Home::new();
    let run = walked(&home);
    key(&home, "alice");
    let before = home.call(&["show", &run, "--events"]).out;
    let long = "x".repeat(201);
    let cases = [
        ("ali\nce", "U+000A"),
        ("alice\u{1b}[2J", "U+001B"),
        ("alice\u{7f}", "U+007F"),
        ("alice\u{9b}", "U+009B"),
        ("ali\u{200b}ce", "U+200B"),
        ("ali\u{ad}ce", "U+00AD"),
        ("ali\u{2060}ce", "U+2060"),
        ("ali\u{3164}ce", "U+3164"),
        ("\u{202e}ecila", "U+202E"),
        ("alice\u{2066}", "U+2066"),
        ("alice\u{2028}approved by bob", "U+2028"),
        ("alice\u{feff}", "U+FEFF"),
        ("alice\u{e0041}", "U+E0041"),
        (long.as_str(), "is longer than 200 characters"),
    ];
    for (name, why) in cases {
        for (option, what) in [("--operator", "your name"), ("--role", "your role")] {
            let mut given = vec!["sign", &run, "prepare", "--key", "alice", "--role", "dba", "--operator", "alice"];
            let at = given.iter().position(|one| *one == option).unwrap() + 1;
            given[at] = name;
            home.call(&given).refuses(2, &[what, why, option]);
        }
        let mut command =
            home.command(&["sign", &run, "prepare", "--key", "alice", "--operator", "alice", "--role", "dba"]);
        let found = came(command.env("GONOGO_SIGNER", format!("{name}@example.org")));
        assert!(found.exit == Some(4) && found.err.contains(why), "{name}: {found:?}");
    }
    // Walking under such a name is refused as well: marks and notes bear it.
    came(home.command(&["--plain", "cut.md"]).env("GONOGO_OPERATOR", "da\u{202e}na"))
        .refuses(2, &["your name", "U+202E"]);
    assert_eq!(home.call(&["show", &run, "--events"]).out, before, "nothing was recorded");
    // Nothing at all is as if it had not been said.
    let empty = home.call(&["sign", &run, "prepare", "--key", "alice", "--operator", "alice", "--role", "  "]);
    empty.refuses(4, &["dba"]);
}

/// Nobody is two persons by another alphabet, and nobody passes for somebody else.
#[test]
fn names_that_look_alike_are_one_person() {
    let home = Home::new();
    let run = walked(&home);
    for name in ["alice", "mallory", "eve"] {
        key(&home, name);
    }
    let sign = |name: &str, key: &str, more: &[&str]| {
        let all = [&["sign", &run, "prepare", "--operator", name, "--role", "dba", "--key", key], more].concat();
        home.call(&all)
    };
    let gate = || home.call(&["export", &run, "--format", "json"]).json()["gates"][0]["state"].clone();
    // The performer under another alphabet, in full width, with a mark that is hardly seen.
    for other in ["dаna", "ｄａｎａ", "dana\u{323}"] {
        let found = sign(other, "mallory", &[]);
        assert!(found.exit == Some(4) && found.err.contains("looks like “dana”"), "{other}: {found:?}");
        assert!(found.err.contains("U+"), "the odd letter is told by its number: {found:?}");
    }
    assert_eq!(sign("alice", "alice", &[]).exit, Some(0));
    let before = home.call(&["show", &run, "--events"]).out;
    for other in ["аlice", "aIice", "ａlice", "al\u{131}ce", "álice", "alice\u{301}"] {
        for more in [
            [].as_slice(),
            &["--reject", "--reason", "mine"],
            &["--meaning", "witnessed"],
            &["--break-glass", "--reason", "mine"],
        ] {
            let found = sign(other, "mallory", more);
            assert!(found.exit == Some(4) && found.err.contains("looks like “alice”"), "{other} {more:?}: {found:?}");
        }
    }
    assert_eq!((home.call(&["show", &run, "--events"]).out, gate()), (before, "held".into()));
    // A role is the one that is asked for, to the letter.
    let role = home.call(&["sign", &run, "prepare", "--operator", "eve", "--role", "dbа", "--key", "eve"]);
    assert!(role.exit == Some(4) && role.err.contains("it needs the role dba"), "{role:?}");
    assert_eq!(sign("eve", "eve", &[]).exit, Some(0));
    assert_eq!(gate(), "released");
}

/// The same by a request and an answer that another program made, and once it stands in a record all the same.
#[test]
fn an_answer_under_a_name_that_looks_like_another_is_refused() {
    let (home, there) = (Home::new(), Home::new());
    let run = walked(&home);
    key(&home, "alice");
    assert_eq!(home.call(&["sign", &run, "prepare", "--request", "ask.txt"]).exit, Some(0));
    let mine = ["sign", &run, "prepare", "--operator", "alice", "--role", "dba", "--key", "alice"];
    assert_eq!(home.call(&mine).exit, Some(0));
    fs::copy(home.path("ask.txt"), there.path("ask.txt")).unwrap();
    key(&there, "mallory");
    let answer = ["sign", "ask.txt", "--reply", "a.txt", "--key", "mallory", "--role", "dba", "--operator", "аlice"];
    assert_eq!(there.call(&answer).exit, Some(0), "there nobody knows of the other");
    fs::copy(there.path("a.txt"), home.path("a.txt")).unwrap();
    let taken = home.call(&["sign", "a.txt"]);
    assert!(taken.exit == Some(4) && taken.err.contains("“аlice” (U+0430) looks like “alice”"), "{taken:?}");
    assert_eq!(home.call(&["export", &run, "--format", "json"]).json()["gates"][0]["state"], "held");
}

/// Whoever counts persons in a bundle counts names that look alike once, by either program.
#[test]
fn verifying_counts_names_that_look_alike_once() {
    // Two runs could not have this record: it is what somebody without these checks would write, so gates cannot say it.
    let home = Home::new();
    home.write("cut.md", "# C\n\n## Prepare {gate={min: 9}}\n\n- [ ] Look\n\n## Go\n\n- [ ] On\n");
    let walk = came(home.command(&["--plain", "cut.md"]).write_stdin("t\nq\n"));
    assert_eq!(walk.exit, Some(4), "{walk:?}");
    let run = crate::sign::short(&home);
    for (name, other) in [("Zoë", "zoe@example.org"), ("Ian", "ian@example.org"), ("lan Smith", "lan@example.org")] {
        key(&home, other);
        let sign = ["sign", &run, "prepare", "--operator", name, "--role", "dba", "--key", other];
        let found = came(home.command(&sign).env("GONOGO_SIGNER", other));
        assert_eq!(found.exit, Some(0), "{found:?}");
    }
    assert_eq!(home.call(&["export", &run, "--format", "bundle", "-o", "b", "--key", "none"]).exit, Some(0));
    for (require, exit) in [("3", 0), ("4", 4)] {
        assert_eq!(home.call(&["verify", "b", "--require", require]).exit, Some(exit));
        assert_eq!(python(&home.path("b"), &["--require", require]).0, Some(exit));
    }
    // The two programs read every name in the same way.
    let program = fs::read_to_string(home.path("b/verify.py")).unwrap();
    let functions = program.split("\ntry:\n").next().unwrap();
    let ask = "\nfor line in open('pairs', encoding='utf-8'):\n    print(count(line.rstrip('\\n').split('\\t')))\n";
    home.write("ask.py", format!("{functions}{ask}"));
    let letters: Vec<char> = ('\u{20}'..'\u{600}')
        .chain('\u{1e00}'..'\u{2070}')
        .chain('\u{3041}'..'\u{3100}')
        .chain('\u{ac00}'..'\u{ac80}')
        .chain('\u{ff01}'..'\u{ff5f}')
        .chain('\u{1d400}'..'\u{1d4ff}')
        .filter(|c| c.is_alphanumeric())
        .collect();
    let pairs: Vec<(String, String)> = letters
        .iter()
        .enumerate()
        .flat_map(|(at, c)| {
            let base = if c.is_ascii() { *c } else { char::from(b'a' + u8::try_from(at % 26).unwrap()) };
            let others = [base, 'l', 'o', 'e', letters[(at * 7) % letters.len()], c.to_lowercase().next().unwrap()];
            others.map(|other| (format!("x{c}y"), format!("x{other}y")))
        })
        .collect();
    home.write("pairs", pairs.iter().map(|(one, other)| format!("{one}\t{other}\n")).collect::<String>());
    let said =
        std::process::Command::new("python3").args(["-B", "ask.py"]).current_dir(home.path("")).output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let counts: Vec<usize> = said.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(counts.len(), pairs.len());
    let differ: Vec<_> = pairs
        .iter()
        .zip(counts)
        .filter(|((one, other), count)| gonogo::run::look::persons([one.as_str(), other]) != *count)
        .collect();
    assert!(differ.is_empty(), "{} of {}: {:?}", differ.len(), pairs.len(), &differ[..differ.len().min(40)]);
}

#[test]
fn an_answer_under_such_a_name_is_not_recorded() {
    let (home, there) = (Home::new(), Home::new());
    let run = walked(&home);
    assert_eq!(home.call(&["sign", &run, "prepare", "--request", "ask.txt"]).exit, Some(0));
    fs::copy(home.path("ask.txt"), there.path("ask.txt")).unwrap();
    key(&there, "mallory");
    let answer = ["sign", "ask.txt", "--reply", "a.txt", "--key", "mallory", "--role", "dba", "--operator", "alice"];
    assert_eq!(there.call(&answer).exit, Some(0));
    let said = fs::read_to_string(there.path("a.txt")).unwrap();
    let statement = said.split("-----BEGIN").next().unwrap();
    for (from, to) in [
        ("name: alice", "name: ali\\u{200b}ce"),
        ("name: alice", "name: alice\\u{a}role: owner"),
        ("role: dba", "role: dba\\u{202e}"),
        ("name: alice", "name:  "),
    ] {
        // Somebody with another program, and a key of their own.
        there.write("forged", statement.replacen(from, to, 1));
        let mut sign = std::process::Command::new("ssh-keygen");
        sign.args(["-q", "-Y", "sign", "-f", "mallory", "-n", "gonogo-v1", "forged"]).current_dir(there.path(""));
        assert!(sign.output().unwrap().status.success());
        let signature = fs::read_to_string(there.path("forged.sig")).unwrap();
        fs::remove_file(there.path("forged.sig")).unwrap();
        home.write("forged.txt", fs::read_to_string(there.path("forged")).unwrap() + &signature);
        let found = home.call(&["sign", "forged.txt"]);
        println!("{to:<32} {:?} {}", found.exit, found.err.trim());
        assert!(matches!(found.exit, Some(3 | 4)), "{to}: {found:?}");
        assert!(found.err.contains("nobody sees") || found.err.contains("is empty"), "{to}: {found:?}");
    }
}

/// Everything that people are called, and whatever they have to say, in every form, and still one verdict.
#[test]
fn names_of_every_script_and_reasons_of_every_length_are_kept_as_they_are() {
    let home = Home::new();
    home.write("cut.md", "# C\n\n## Prepare {gate={min: 9}}\n\n- [ ] Look\n\n## Go\n\n- [ ] On\n");
    let walk = came(home.command(&["--plain", "cut.md"]).write_stdin("t\nq\n"));
    assert_eq!(walk.exit, Some(4), "{walk:?}");
    let run = crate::sign::short(&home);
    let long = "wholly checked, word for word; ".repeat(3000);
    let people = [
        ("Zoë Müller-Łukasiewicz", "Straße\\Prüfung", "“quoted” \\ back\\slash \\u{41} <b>&amp;</b> |*_`"),
        ("王小明", "資料庫管理員", "看過了"),
        ("محمد علي", "مدير", "تم الفحص"),
        ("Ίων Παπαδόπουλος", "διαχειριστής", "line one\nline two\r\n\ttabbed \u{202e}turned\u{2028}"),
        ("O'Brien, \"Red\" #1: yes", "a: b", long.as_str()),
        ("no role", "", "fine"),
    ];
    let mut signers = String::new();
    for (at, (name, role, reason)) in people.iter().enumerate() {
        let file = format!("key{at}");
        let public = fs::read_to_string(key(&home, &file).with_extension("pub")).unwrap();
        let words: Vec<&str> = public.split(' ').take(2).collect();
        signers += &format!("{at}@example.org namespaces=\"gonogo-v1\" {}\n", words.join(" "));
        let arguments =
            ["sign", &run, "prepare", "--operator", name, "--role", role, "--key", &file, "--reason", reason];
        let mut command = home.command(&arguments);
        let found = came(command.env("GONOGO_SIGNER", format!("{at}@example.org")));
        assert_eq!(found.exit, Some(0), "{name}: {found:?}");
        assert!(found.out.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{name}: {}", found.out);
    }
    home.write("signers", signers);
    let export = home.call(&["export", &run, "--format", "bundle", "-o", "b", "--key", "none"]);
    assert_eq!(export.exit, Some(0), "{export:?}");
    let signers = home.path("signers").to_string_lossy().into_owned();
    let demands = ["--signers", &signers, "--require", "6"];
    let ours = home.call(&[&["verify", "b"], &demands[..]].concat());
    let (theirs, said) = python(&home.path("b"), &demands);
    assert_eq!((ours.exit, theirs), (Some(0), Some(0)), "{ours:?}\n{said}");
    let record = home.call(&["export", &run, "--format", "json"]).json();
    for (sign, (name, role, reason)) in record["sign_offs"].as_array().unwrap().iter().zip(people) {
        assert_eq!((sign["by"]["name"].as_str(), sign["reason"].as_str()), (Some(name), Some(reason)));
        assert_eq!(sign["by"]["role"].as_str().unwrap_or(""), role);
    }
    for report in ["b/report.md", "b/report.html"] {
        let text = fs::read_to_string(home.path(report)).unwrap();
        assert!(text.contains("王小明") && text.contains("محمد علي") && !text.contains('\u{202e}'), "{report}");
        assert!(text.contains("\\u{202e}turned"), "{report}");
        // In Markdown it stands within a fence, as the statement has it.
        assert!(!report.ends_with("html") || text.contains("&lt;b&gt;&amp;amp;"), "{report}");
    }
}
