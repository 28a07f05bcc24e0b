//! What an author writes beside the Markdown, and what comes of it: each field fails here when its effect is gone.

mod environment;
mod failure;

use crate::home::{Came, Home, came};
use serde_json::Value;

fn plain(home: &Home, lines: &[&str]) -> Came {
    let mut command = home.command(&["--plain", "--new", "deploy.md"]);
    came(command.write_stdin(lines.join("\n") + "\n"))
}

/// A document of one phase whose blocks are tagged so and print what they say.
fn blocks(front: &str, blocks: &[(&str, &str)]) -> String {
    let mut text = format!("{front}# D\n## Notes\nNone.\n## Go {{#go}}\n");
    for (at, (options, code)) in blocks.iter().enumerate() {
        text.push_str(&format!("### Do {at} {{#do-{at}}}\n```bash {{{options}}}\n{code}\n```\n"));
    }
    text
}

const SEEN: &str = "echo \"[$A] [$B] $(basename \"$PWD\") $(type -t f)\" >> \"$DID\"";
const SETS: &str = "mkdir -p sub; cd sub; A=1; export B=2; f() { :; }";

#[test]
fn session_says_what_a_block_takes_over() {
    let home = Home::new();
    let all = "[1] [2] sub function";
    std::fs::create_dir(home.path("work")).unwrap();
    for (front, first, second, expected) in [
        ("", "", "", all),
        ("", "", "session=carry", all),
        ("", "", "session=shared", all),
        ("", "", "session=fresh", "[] [] work "),
        ("", "session=fresh", "", "[] [] work "),
        ("---\nsession: fresh\n---\n", "", "", "[] [] work "),
        ("---\nsession: fresh\n---\n", "session=carry", "session=carry", all),
    ] {
        home.write("work/deploy.md", blocks(front, &[(first, SETS), (second, SEEN)]));
        home.write("did", "");
        let came = home.call(&["exec", "work/deploy.md", "--cwd", "work"]);
        assert_eq!((came.exit, home.did()), (Some(0), vec![expected.to_owned()]), "{front}{first}/{second}: {came:?}");
    }
}

#[test]
fn a_shared_session_goes_on_with_its_options_and_the_record_says_so() {
    let home = Home::new();
    home.write(
        "deploy.md",
        blocks("---\nsession: shared\n---\n", &[("", "set -e"), ("", "false; echo no >> \"$DID\"")]),
    );
    let came = home.call(&["exec", "deploy.md", "--format", "json"]);
    assert_eq!((came.exit, home.did().len()), (Some(1), 0), "{came:?}");
    let of_kind = |kind: &str| came.lines().into_iter().filter(|line| line["kind"] == kind).collect::<Vec<Value>>();
    let intended = of_kind("attempt_intended");
    assert!(intended.iter().all(|line| line["data"]["session"] == "shared"), "{intended:?}");
    let run = of_kind("result")[0]["run"].as_str().unwrap().to_owned();
    let shown = home.call(&["show", &run, "2.1"]);
    assert!(shown.out.contains("pipe, shared session"), "{shown:?}");
    let report = home.call(&["export", &run, "--format", "md"]);
    assert!(report.out.contains("in a shared session"), "{report:?}");
    // What every block does is not worth a word.
    home.write("deploy.md", blocks("", &[("session=carry", "true")]));
    let came = home.call(&["exec", "deploy.md", "--format", "json"]);
    assert!(came.exit == Some(0) && !came.out.contains("session\":"), "{came:?}");
}

#[test]
fn plan_check_and_plain_mode_tell_the_session() {
    let home = Home::new();
    home.write(
        "deploy.md",
        blocks("---\nsession: shared\n---\n", &[("session=fresh", "true"), ("session=shard", "true")]),
    );
    let plan = home.call(&["plan", "deploy.md"]);
    assert!(plan.out.contains("blocks run in a shared session") && plan.out.contains("fresh session, "), "{plan:?}");
    let json = home.call(&["plan", "deploy.md", "--format", "json"]).json();
    assert_eq!(json["session"], "shared");
    assert_eq!(json["phases"][1]["steps"][0]["commands"][0]["session"], "fresh");
    let check = home.call(&["check", "deploy.md"]);
    for part in ["warning[bad-value]: `session=shard` is not understood", "deploy.md:13:1", "did you mean `shared`?"] {
        assert!(check.out.contains(part), "{part}: {check:?}");
    }
    let told = plain(&home, &["q"]);
    assert!(told.out.contains("In a fresh session: nothing of earlier blocks is there."), "{told:?}");
}

const UNDO: &str = "\
# D

## Go

### Switch over {#switch rollback=undo-switch}

```bash
echo switched >> \"$DID\"; false
```

### Count {#count}

```bash
echo counted >> \"$DID\"
```

### Send it home {#undo-switch}

```bash
echo undone >> \"$DID\"
```

## After

- [ ] Tell them
";

#[test]
fn exec_names_what_takes_a_failed_step_back_and_does_not_run_it() {
    let home = Home::new();
    home.write("deploy.md", UNDO);
    let came = home.call(&["exec", "deploy.md"]);
    assert_eq!((came.exit, home.did()), (Some(1), vec!["switched".to_owned()]), "{came:?}");
    let line = came.err.lines().find(|line| line.contains("taken back")).unwrap_or_default().to_owned();
    assert!(line.starts_with("1.1 Switch over: taken back by 2.1 Send it home: gonogo resume "), "{came:?}");
    let came = home.call(&["exec", "deploy.md", "--format", "json"]);
    let told = came.lines().into_iter().find(|line| line["kind"] == "way_back").unwrap();
    assert_eq!(
        (told["step"].as_str(), told["to"].as_str(), told["line"].as_u64()),
        (Some("switch"), Some("undo-switch"), Some(17))
    );
    // Neither is it run, nor counted, where nothing fails.
    home.write("did", "");
    home.write("deploy.md", UNDO.replace("; false", "").replace("## After\n\n- [ ] Tell them\n", ""));
    let came = home.call(&["exec", "deploy.md"]);
    assert_eq!((came.exit, home.did()), (Some(0), vec!["switched".to_owned(), "counted".to_owned()]), "{came:?}");
    assert!(came.out.contains("2 of 2 steps settled"), "{came:?}");
}

#[test]
fn plain_mode_goes_straight_to_what_takes_a_step_back_and_returns() {
    let home = Home::new();
    home.write("deploy.md", UNDO);
    let told = plain(&home, &["r", "y", "R", "r", "y", "R", "q"]);
    for part in [
        "Taken back by: 2.1 Send it home (R).",
        "R takes it back by 2.1 Send it home.",
        "On a detour to 2.1 Send it home, which is recorded; R goes back to step 1.1.",
        "Back from the detour.",
    ] {
        assert!(told.out.contains(part), "{part}: {told:?}");
    }
    assert_eq!(home.did(), ["switched", "undone"]);
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    let shown = home.call(&["export", &run, "--format", "md"]);
    assert!(shown.out.contains("1.1 Switch over is failed; to “2.1 Send it home”"), "{shown:?}");
    assert!(shown.out.contains("1 command ran on the detour"), "{shown:?}");
}

#[test]
fn plan_and_check_tell_the_way_back() {
    let home = Home::new();
    home.write("deploy.md", UNDO.replace("{#count}", "{#count rollback=undo-swich}"));
    let plan = home.call(&["plan", "deploy.md"]);
    assert!(plan.out.contains("rollback undo-switch)") && plan.out.contains("Rollback: Go  [rollback]"), "{plan:?}");
    let json = home.call(&["plan", "deploy.md", "--format", "json"]).json();
    assert_eq!(json["phases"][0]["steps"][0]["rollback"], "undo-switch");
    assert_eq!(
        (json["phases"][1]["role"].as_str(), json["phases"][1]["walked"].as_bool()),
        (Some("rollback"), Some(false))
    );
    let check = home.call(&["check", "deploy.md"]);
    assert_eq!(check.exit, Some(3), "{check:?}");
    for part in ["error[unknown-rollback]", "deploy.md:11:19", "did you mean `undo-switch`?", "hint[set-aside]"] {
        assert!(check.out.contains(part), "{part}: {check:?}");
    }
}

/// Problems of a document, `line code`.
fn codes(home: &Home, text: &str) -> Vec<String> {
    home.write("deploy.md", text);
    let told = home.call(&["check", "deploy.md", "--format", "json"]).json();
    let problems = told["problems"].as_array().unwrap().iter();
    problems.map(|problem| format!("{} {}", problem["line"], problem["code"].as_str().unwrap())).collect()
}

fn plan(home: &Home, text: &str) -> Value {
    home.write("deploy.md", text);
    home.call(&["plan", "deploy.md", "--format", "json"]).json()
}

#[test]
fn what_the_front_matter_says_of_the_runbook_is_told_and_recorded() {
    let home = Home::new();
    let front = "---\nid: RB-7\nversion: 2.1\nowner: dana\nservice: shop\nenvironment: production\nreviewed: 2026-05-04\n\
                 summary: Moves the shop\ntags: [db, go-live]\nestimate: 90m\n---\n";
    home.write("deploy.md", format!("{front}# D\n\n## Go\n\n- [ ] Ship it\n\n## After\n\n- [ ] Tell them\n"));
    let fields = [
        ("id", "RB-7"),
        ("version", "2.1"),
        ("owner", "dana"),
        ("service", "shop"),
        ("environment", "production"),
        ("reviewed", "2026-05-04"),
        ("summary", "Moves the shop"),
        ("tags", "db, go-live"),
        ("estimate", "1h30m"),
    ];
    let text = home.call(&["plan", "deploy.md"]);
    let json = home.call(&["plan", "deploy.md", "--format", "json"]).json();
    let walked = plain(&home, &["t", "q"]);
    let run = home.call(&["runs", "--format", "json"]).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    let shown = home.call(&["show", &run]);
    let [report, page] = ["md", "html"].map(|format| home.call(&["export", &run, "--format", format]));
    for (name, word) in fields {
        assert!(text.out.contains(&format!("{name}: {word}")), "{name}: {text:?}");
        assert_eq!(json["about"][name], word);
        assert!(walked.out.contains(&format!("Its {name}: {word}.")), "{name}: {walked:?}");
        for told in [&shown, &report, &page] {
            assert!(told.out.contains(name) && told.out.contains(word), "{name}: {told:?}");
        }
    }
}

#[test]
fn a_block_is_what_its_author_says_it_is() {
    let home = Home::new();
    for (options, code, usage) in [
        ("sh {kind=output}", "uptime", "output"),
        ("sh {kind=file}", "uptime", "file"),
        ("sh {kind=env}", "A=1; uptime", "assign"),
        ("text {kind=command}", "uptime", "run"),
        ("yaml {kind=check}", "uptime", "run"),
        ("sh {kind=output run=ask}", "uptime", "run"),
    ] {
        let told = plan(&home, &format!("# D\n## One\n- [ ] Do\n  ```{options}\n  {code}\n  ```\n## Two\n- [ ] Go\n"));
        assert_eq!(told["phases"][0]["steps"][0]["commands"][0]["use"], usage, "{options}");
    }
    let step = |options: &str| {
        format!("# D\n## One\n- [ ] Do\n  ```sh {{{options}}}\n  systemctl restart x\n  ```\n## Two\n- [ ] Go\n")
    };
    assert_eq!(codes(&home, &step("")), ["3 no-success"]);
    assert_eq!(codes(&home, &step("kind=check")), Vec::<String>::new(), "a check tells success");
    assert_eq!(codes(&home, &step("kind=chekc")), ["3 no-success", "4 bad-value"]);
}

#[test]
fn words_on_a_step_have_their_effect() {
    let home = Home::new();
    let told = plan(
        &home,
        "# D\n## One {critical=true when=\"it is Monday\"}\n- [ ] Do <!-- gonogo: link=https://wiki.test/do evidence=screenshot,log -->\n\
         - [ ] Else <!-- gonogo: skip_if: \"it is done\" -->\n## Two {.manual}\n```sh\nuptime\n```\n",
    );
    let steps = &told["phases"][0]["steps"];
    assert_eq!(steps[0]["link"], "https://wiki.test/do");
    assert_eq!((steps[0]["critical"].as_bool(), steps[1]["critical"].as_bool()), (Some(true), Some(true)));
    let criteria: Vec<&str> =
        steps[0]["criteria"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
    assert_eq!(criteria, ["evidence is kept: screenshot", "evidence is kept: log"]);
    assert_eq!(told["phases"][1]["steps"][0]["commands"][0]["use"], "text");
    let walked = plain(&home, &["q"]);
    for part in ["Condition: it is Monday", "See: https://wiki.test/do", "Pass when: evidence is kept: screenshot"] {
        assert!(walked.out.contains(part), "{part}: {walked:?}");
    }
    let text = home.call(&["plan", "deploy.md"]);
    assert!(text.out.contains("if: unless it is done") && text.out.contains("see https://wiki.test/do"), "{text:?}");
}

#[test]
fn evidence_keeps_a_command_from_passing_by_machine() {
    let home = Home::new();
    let step = |attributes: &str| {
        format!(
            "# D\n## One\n### Do{attributes}\n```sh\ntrue\n```\n### Again\n```sh\ntrue\n```\n## Two\n```sh\ntrue\n```\n"
        )
    };
    home.write("deploy.md", step(""));
    assert_eq!(home.call(&["exec", "deploy.md"]).exit, Some(0));
    home.write("deploy.md", step(" {evidence=text}"));
    let came = home.call(&["exec", "deploy.md"]);
    assert!(came.exit == Some(4) && came.out.contains("a person has to confirm it"), "{came:?}");
}

#[test]
fn sign_offs_four_eyes_and_polls_are_gates_and_calls() {
    let home = Home::new();
    let gated = |front: &str, attributes: &str| {
        format!("{front}# D\n## One {{#one{attributes}}}\n```sh\ntrue\n```\n## Two\n```sh\necho two >> \"$DID\"\n```\n")
    };
    for (front, attributes, who) in [
        ("", "", None),
        ("", " signoff=dba", Some("dba")),
        ("", " four_eyes=true", Some("any role")),
        ("---\nsignoff: {roles: [dba], four_eyes: true, at: [one]}\n---\n", "", Some("dba")),
    ] {
        home.write("did", "");
        home.write("deploy.md", gated(front, attributes));
        let came = home.call(&["exec", "deploy.md"]);
        assert_eq!(
            (came.exit, home.did().len()),
            (Some(if who.is_some() { 4 } else { 0 }), usize::from(who.is_none())),
            "{attributes}: {came:?}"
        );
        if let Some("dba") = who {
            assert!(came.out.contains("dba") || came.err.contains("dba"), "{came:?}");
        }
    }
    for (front, attributes) in [("", " signoff=dba,lead"), ("---\nsignoff: {roles: [dba]}\n---\n", "")] {
        let found = codes(&home, &gated(front, attributes));
        assert_eq!(found.iter().filter(|code| *code == "2 bad-value").count(), 1, "{found:?}");
    }
    home.write("deploy.md", gated("---\npolls: [{call: database, role: dba}, lead]\n---\n", ""));
    let came = home.call(&["exec", "deploy.md"]);
    assert!(came.exit == Some(4) && came.out.contains("dba") && came.out.contains("lead"), "{came:?}");
}

#[test]
fn levels_say_which_headings_are_phases() {
    let home = Home::new();
    let text = "# D\n## All\n### A\n- [ ] a\n### B\n- [ ] b\n## More\n### C\n- [ ] c\n";
    let titles = |told: &Value| -> Vec<String> {
        told["phases"].as_array().unwrap().iter().map(|phase| phase["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(titles(&plan(&home, text)), ["All", "More"]);
    assert_eq!(titles(&plan(&home, &format!("---\nlevels: {{phase: h3}}\n---\n{text}"))), ["A", "B", "C"]);
    assert_eq!(codes(&home, &format!("---\nlevels: {{phase: h9}}\n---\n{text}")), ["2 bad-value"]);
}

#[test]
fn tags_are_shown_where_the_block_is() {
    let home = Home::new();
    let told = plan(&home, "# D\n## One\n```sh {tag=db,slow}\ntrue\n```\n## Two\n- [ ] Go\n");
    assert_eq!(told["phases"][0]["steps"][0]["commands"][0]["tags"], serde_json::json!(["db", "slow"]));
    assert!(plain(&home, &["q"]).out.contains("Tags: db, slow."));
}

/// Lines that shells, fences and editors make something of.
const LINES: &str =
    "name: \"x\"\ncost: $HOME ${PATH} `id` $(id) \\\n\ttab\t \nEOF\n\tEOF\n'single' \\\\ !! ä ö € 🚚\n\n# end\n\n";

#[test]
fn a_block_with_a_file_is_written_byte_for_byte() {
    let home = Home::new();
    std::fs::create_dir(home.path("conf")).unwrap();
    let text =
        format!("# D\n## Go\n### Write\n```yaml {{file=\"conf/it's x.yaml\"}}\n{LINES}```\n## Then\n- [ ] Look\n");
    let written = || std::fs::read(home.path("conf/it's x.yaml")).map(|bytes| String::from_utf8(bytes).unwrap());
    let command = plan(&home, &text)["phases"][0]["steps"][0]["commands"][0].clone();
    assert_eq!((command["use"].as_str(), command["risk"].as_str()), (Some("run"), Some("change")));
    assert_eq!((command["line"].as_u64(), command["lang"].as_str()), (Some(4), Some("yaml")));
    assert_eq!(command["why"], "writes conf/it's x.yaml, as its author says (file=)");
    let shown = format!("cat > 'conf/it'\\''s x.yaml' <<'EOF_1'\n{LINES}EOF_1");
    assert_eq!(command["text"], shown.as_str(), "what is shown is what runs");
    for (front, text) in [
        ("", text.clone()),
        ("", text.replace('\n', "\r\n")),
        ("", text.replace("yaml {", "python {kind=file ")),
        // A here-document is no text for these.
        ("---\nshell: python3\n---\n", text.clone()),
        ("---\nshell: sh\n---\n", text.clone()),
    ] {
        home.write("deploy.md", format!("{front}{text}"));
        let came = home.call(&["exec", "deploy.md", "--format", "json"]);
        assert_eq!(written().unwrap(), LINES, "{front}: {came:?}");
        let intended = came.lines().into_iter().find(|line| line["kind"] == "attempt_intended").unwrap();
        assert_eq!(intended["data"]["text"], shown.as_str(), "{front}");
        std::fs::remove_file(home.path("conf/it's x.yaml")).unwrap();
    }
    // A folder that is not there is the command's failure, and a rehearsal writes nothing.
    home.write("deploy.md", text.replace("conf/", "none/"));
    assert_eq!(home.call(&["exec", "deploy.md"]).exit, Some(1));
    home.write("deploy.md", &text);
    let mut command = home.command(&["--plain", "--rehearse", "deploy.md"]);
    let came = came(command.write_stdin("r\ny\nq\n"));
    assert!(came.out.contains("1.1 Write: ran") && written().is_err(), "{came:?}");
}

#[test]
fn a_value_goes_into_a_written_file_and_its_path_as_it_is() {
    let home = Home::new();
    let front = "---\nvars: {env: {default: prod}, pass: {prompt: Password, secret: true}}\n---\n";
    let text = |path: &str, lines: &str| {
        format!("{front}# D\n## Go\n### Write\n```conf {{file=\"{path}\"}}\n{lines}\n```\n## Then\n- [ ] Look\n")
    };
    let value = "a'b\"c $HOME `id` \\n $(id) \\";
    let exec = |vars: &[&str]| {
        let vars = vars.iter().flat_map(|var| ["--var", *var]);
        home.call(&["exec", "deploy.md"].into_iter().chain(vars).collect::<Vec<_>>())
    };
    let read = |name: &str| std::fs::read_to_string(home.path(name)).unwrap_or_default();
    home.write("deploy.md", text("~/$env-${env}.conf", "<host>: <host> $env\n<line>"));
    assert!(exec(&[]).out.contains("fill in first: <host>"), "it asks as any command does");
    exec(&[&format!("host={value}"), "line=EOF2"]);
    assert_eq!(read("prod-prod.conf"), format!("{value}: {value} $env\nEOF2\n"));
    // A value that would end the here-document would have the rest of the file run.
    home.write("prod-prod.conf", "before\n");
    let came = exec(&["host=x", "line=EOF"]);
    assert!(came.exit == Some(4) && came.out.contains("the value of <line> would be the line EOF"), "{came:?}");
    assert_eq!(read("prod-prod.conf"), "before\n");
    // In a path it is a part of the name, in either kind of quotes.
    for path in ["<name>.conf", "$env/<name>.conf"] {
        std::fs::create_dir_all(home.path("prod")).unwrap();
        home.write("deploy.md", text(path, "x"));
        let name = "it's \"$(touch bad)\" `touch bad` \\ $HOME";
        let came = exec(&[&format!("name={name}")]);
        let file = path.replace("$env", "prod").replace("<name>", name);
        assert_eq!(read(&file), "x\n", "{path}: {came:?}");
        assert!(!home.path("bad").exists());
    }
    // Nothing of it is expanded, so that no secret can reach it.
    home.write("deploy.md", text("x.conf", "p=<pass>"));
    let came = exec(&["pass=geheim77"]);
    assert!(!home.path("x.conf").exists() && !came.out.contains("geheim77"), "{came:?}");
}

#[test]
fn a_file_that_cannot_be_written_is_said_and_never_run() {
    let home = Home::new();
    let fence =
        |info: &str, lines: &str| format!("# D\n## Go\n### Write\n```{info}\n{lines}```\n## Then\n- [ ] Look\n");
    let command = |text: &str| plan(&home, text)["phases"][0]["steps"][0]["commands"][0].clone();
    for (info, lines, why) in [
        ("sh {file=}", "touch bad\n", "file= names no file"),
        ("sh {file=conf/ run=auto}", "touch bad\n", "`conf/` is a folder"),
        ("sh {file=$(id) kind=command}", "touch bad\n", "the path `$(id)` is computed"),
        ("sh {file=x kind=output}", "touch bad\n", "this cannot be what is printed"),
        ("sh {file=x}", "\n\n", "there is nothing to write to x"),
        ("sh {file=x}", "touch bad\n\n```sh\ntouch bad\n", "it is open where the lines for x end"),
    ] {
        let text = fence(info, lines);
        let found = command(&text);
        assert_eq!(found["use"], "file", "{info}");
        assert!(found["why"].as_str().unwrap().starts_with(why), "{found}");
        assert!(codes(&home, &text).contains(&"4 bad-value".to_owned()), "{info}");
        home.call(&["exec", "deploy.md"]);
        assert!(!home.path("bad").exists() && !home.path("x").exists(), "{info}");
    }
    // Its author's other words hold as ever.
    let never = command(&fence("ini {file=x run=never}", "a=1\n"));
    assert_eq!((never["use"].as_str(), never["why"].as_str()), (Some("text"), Some("the author says never to run it")));
    home.write("deploy.md", fence("ini {file=x run=ask}", "a=1\n"));
    let came = home.call(&["exec", "deploy.md"]);
    assert!(came.exit == Some(4) && !home.path("x").exists(), "{came:?}");
    let ruled = fence("ini {file=x interpreter=python3}", "a=1\n");
    assert_eq!(codes(&home, &ruled), ["3 no-success", "4 bad-value"]);
    assert_eq!(home.call(&["exec", "deploy.md"]).exit, Some(4));
    assert_eq!(std::fs::read_to_string(home.path("x")).unwrap(), "a=1\n");
    // Outside of braces the word is another tool's.
    for info in ["ini file=x", "ini filename=x", "ini {filename=x}", "ini {title=x}", "ini {1,3} file=x"] {
        assert_eq!(command(&fence(info, "a=1\n"))["why"], "tagged ini: shown, never run", "{info}");
    }
}

#[test]
fn what_an_author_marks_waits_for_a_person() {
    let home = Home::new();
    let before = "# D\n## Before\n```sh\ntrue\n```\n";
    for (phase, exit) in [
        ("## Deploy\n```sh\necho x >> \"$DID\"\n```\n", 0),
        ("## Deploy {gate=dba .manual}\n```sh\necho x >> \"$DID\"\n```\n", 4),
        ("## Cutover {.manual .critical}\n```sh\necho x >> \"$DID\"\n```\n", 4),
        ("## Database {.manual}\n```sh\necho x >> \"$DID\"\n```\n", 4),
        ("## DNS switch {.manual owner=dana}\nShe knows.\n", 4),
        ("## Cutover\n```sh {run=never}\necho x >> \"$DID\"\n```\n", 4),
        ("## Go\n```sh {expect=abc}\necho x >> \"$DID\"\n```\n", 4),
        ("## Go\n```sh {match=\"(\" run=auto}\necho x >> \"$DID\"\n```\n", 4),
        ("## Go\n### Do {.manual}\n1. It\n   ```sh\n   echo x >> \"$DID\"\n   ```\n", 4),
    ] {
        home.write("did", "");
        home.write("deploy.md", format!("{before}{phase}"));
        let came = home.call(&["exec", "deploy.md"]);
        assert_eq!((came.exit, home.did().len()), (Some(exit), usize::from(exit == 0)), "{phase}: {came:?}");
    }
}

#[test]
fn a_critical_heading_stops_a_walk_that_goes_on() {
    let home = Home::new();
    for (mark, did) in [("#d", 1), (".critical", 0), ("weight=5", 0)] {
        home.write("did", "");
        home.write(
            "deploy.md",
            format!("---\non_fail: continue\n---\n# D\n## Go\n### First {{{mark}}}\n1. One\n   ```sh\n   false\n   ```\n2. Two\n   ```sh\n   true\n   ```\n### Then\n```sh\necho x >> \"$DID\"\n```\n"),
        );
        let came = home.call(&["exec", "deploy.md"]);
        assert_eq!((came.exit, home.did().len()), (Some(1), did), "{mark}: {came:?}");
    }
}

#[test]
fn plan_counts_no_problems_that_check_counts_otherwise() {
    let home = Home::new();
    home.write("deploy.md", "# D\n## Go\n```sh {timout=3s}\nsystemctl restart x\n```\n");
    let (plan, check) = (home.call(&["plan", "deploy.md"]), home.call(&["check", "deploy.md"]));
    assert!(plan.out.contains("There are remarks: gonogo check deploy.md"), "{plan:?}");
    assert!(check.out.contains("0 errors, 0 warnings, 2 hints"), "{check:?}");
}

#[test]
fn levels_say_which_headings_are_steps() {
    let home = Home::new();
    let text = "# D\n## All\n### The shop\nThis part explains what the shop is.\n### Troubleshooting the lamps {.required}\n- Old\n### Rollback\n```sh\nfalse\n```\n### B\n#### C\n```sh\ntrue\n```\n## More\n- [ ] d\n";
    let steps = |told: &Value| -> Vec<String> {
        let phases = told["phases"].as_array().unwrap();
        let named = |step: &Value| format!("{} {}", step["kind"].as_str().unwrap(), step["title"].as_str().unwrap());
        phases.iter().flat_map(|phase| phase["steps"].as_array().unwrap()).map(named).collect()
    };
    let front = |levels: &str| format!("---\nlevels: {{{levels}}}\n---\n{text}");
    let without = steps(&plan(&home, text));
    let rollback = "command Rollback";
    assert_eq!(without, ["manual Troubleshooting the lamps", "group B", rollback, "manual d"]);
    let with = ["manual The shop", "manual Troubleshooting the lamps", "group B", rollback, "manual d"];
    assert_eq!(steps(&plan(&home, &front("step: h3"))), with);
    assert_eq!(steps(&plan(&home, &front("phase: h2, step: 3"))), with);
    assert_eq!(codes(&home, &front("step: h3")), Vec::<String>::new());
    for levels in ["step: h2", "phase: h2, step: h2", "phase: h3, step: h2", "step: h1", "step: h7"] {
        assert_eq!(codes(&home, &front(levels)), ["2 bad-value"], "{levels}");
    }
    assert_eq!(steps(&plan(&home, &front("step: h2"))), without, "it is as if nothing had been said");
    let came = home.call(&["check", "deploy.md"]);
    assert!(came.out.contains("write levels: {phase: h1, step: h2}, or a deeper level"), "{came:?}");
    let one = steps(&plan(&home, &front("phase: h1, step: h2")));
    assert_eq!(one, ["group All", "group More", rollback], "the hint is an answer");
}
