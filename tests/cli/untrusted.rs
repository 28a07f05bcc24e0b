//! Whatever a document says, nothing of it runs that nobody asked for; and what runs is what was approved.
//!
//! `GONOGO_LONG=1` tries a thousand documents and a thousand races.

use crate::dice::{Dice, long};
use crate::home::{Home, came, steps};
use gonogo::runbook::Digest;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Front matter that would like to run something, with `PROBE` for a program that leaves a trace.
const FRONTS: &[&str] = &[
    "hooks: {before_run: 'PROBE'}",
    "hooks: {before_run: ['PROBE', 'PROBE'], after_step: PROBE}",
    "hooks:\n  before_run:\n    - PROBE\n  on_no_go: [PROBE]\n  after_export: [PROBE]",
    "hooks: {before_run: [{run: PROBE}], after_step: {run: PROBE}}",
    "hooks: &h {before_run: PROBE}\nmore: *h",
    "<<: {hooks: {before_run: PROBE}}",
    "hooks: {before_run: !!python/object/apply:os.system [PROBE]}",
    "hooks: {before_run: \"\\x50ROBE\"}",
    "hooks: {start: PROBE, open: PROBE, load: PROBE, before: PROBE}",
    "requires: {commands: ['PROBE >= 1']}",
    "requires: {commands: [PROBE, 'PROBE = 2', 'sh; PROBE']}",
    "requires: [PROBE]",
    "requires: {commands: ['PROBE --version >= 1'], ports: ['127.0.0.1:9', '$(PROBE):80']}",
    "requires: {files: ['$(PROBE)', '`PROBE`'], env: ['X=$(PROBE)']}",
    "shell: PROBE",
    "shell: ['PROBE', '-c']",
    "cwd: '$(PROBE)'",
    "env: {PATH: '.', BASH_ENV: PROBE, ENV: PROBE, PROMPT_COMMAND: PROBE}",
    "vars: {a: '$(PROBE)', b: '`PROBE`', c: {default: '$(PROBE)', cmd: PROBE}}",
    "secrets: [{name: A, command: PROBE}, 'PROBE']",
    "redact: ['$(PROBE)']",
    "estimate: '$(PROBE)'",
    "title: '$(PROBE)'\nticket: '`PROBE`'",
    "timeout: PROBE\ntags: [PROBE]",
    "probe: PROBE\ninclude: PROBE\nexec: PROBE\non_open: PROBE",
];

/// Bodies, the same way.
const BODIES: &[&str] = &[
    "# D\n\n## A\n\n- [ ] x\n\n  ```sh\n  PROBE\n  ```\n",
    "# D\n\n## A\n\n- [x] done\n\n  ```sh {run=auto}\n  PROBE\n  ```\n",
    "# D\n\n## A\n\n```sh {save=x compare=exact http=200 interpreter=PROBE}\nPROBE\n```\n\n$ PROBE\n",
    "# D\n\n<script>PROBE</script>\n\n## A\n\n1. `PROBE` $(PROBE)\n2. [go](javascript:PROBE)\n",
    "# D\n\n## A {gate=dba hook=PROBE cond='$(PROBE)'}\n\n- [ ] x {if=`PROBE`}\n",
];

fn document(dice: &mut Dice, probe: &str) -> String {
    let mut front = dice.one_of(FRONTS).to_owned();
    if dice.below(3) == 0 {
        front = format!("{front}\n{}", dice.one_of(FRONTS));
    }
    let fence = dice.one_of(&["---", "---", "---", "+++", ";;;"]);
    let body = dice.one_of(BODIES);
    let mut text = format!("{fence}\n{front}\n{fence}\n{body}").replace("PROBE", probe);
    // A slip here and there, as fingers make them.
    for _ in 0..dice.below(3) {
        let at = (0..=dice.below(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.insert(at, dice.one_of(&['\n', ' ', ':', '"', '\'', '{', '-', '\t', '#', '\\', '$', '\u{202e}']));
    }
    text
}

#[test]
fn nothing_of_a_document_runs_that_nobody_asked_for() {
    let mut dice = Dice(0x7a57);
    let rounds = if long() { 1000 } else { 200 };
    let mut asked = std::collections::BTreeMap::<&str, u32>::new();
    for round in 0..rounds {
        let home = Home::new();
        let probe = home.write("probe", "#!/bin/sh\necho ran >> \"$DID\"\necho 9.9\n");
        fs::set_permissions(&probe, fs::Permissions::from_mode(0o755)).unwrap();
        let text = document(&mut dice, "./probe");
        home.write("d.md", &text);
        // The steps' own commands run on `r`; here nobody presses it, or whoever is asked says later.
        let ways: [(&str, &[&str], &str); 8] = [
            ("look", &["--plain", "d.md"], "?\nl\ng 1.1\nq\n"),
            ("run, then later", &["--plain", "d.md"], "r\n\nq\n"),
            ("plan", &["plan", "d.md", "--format", "json"], ""),
            ("check", &["check", "d.md"], ""),
            ("trust, not answered", &["trust", "d.md"], ""),
            ("ls", &["ls", "--format", "json"], ""),
            ("exec of what anybody can write", &["exec", "d.md"], ""),
            ("rehearse", &["--plain", "--rehearse", "d.md"], "r\nr\nq\n"),
        ];
        let (way, arguments, typed) = ways[round % ways.len()];
        if way.starts_with("exec") {
            fs::set_permissions(home.path("d.md"), fs::Permissions::from_mode(0o666)).unwrap();
        }
        let hooked = text.contains("hooks:") || text.contains("requires:");
        let found = came(home.command(arguments).write_stdin(typed));
        let did = home.did();
        // Without anything to trust, `r` and an empty line is the operator's own act on the step's command.
        let may = way == "run, then later" && (!hooked || !found.out.contains("May it?"));
        assert!(did.is_empty() || may, "{way}: {did:?}\n{text}\n{found:?}");
        *asked.entry(way).or_default() += 1;
    }
    println!("T1   {rounds} documents, 0 executions that nobody asked for: {asked:?}");
}

fn version(word: &str) -> String {
    let front = format!("---\nhooks: {{before_run: 'echo {word}-hook >> \"$DID\"'}}\n---\n");
    format!("{front}{}", steps(&[&format!("echo {word} >> \"$DID\""), &format!("sleep 0.01; echo {word} >> \"$DID\"")]))
}

/// Swaps the file under the program's hands as fast as it can, while something goes on.
fn while_swapping<T>(folder: &Path, versions: [&str; 2], act: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut turn = 0;
            while !over.load(Ordering::Relaxed) {
                let fresh = folder.join("fresh.md");
                fs::write(&fresh, versions[turn % 2]).unwrap();
                fs::rename(&fresh, folder.join("deploy.md")).unwrap();
                turn += 1;
            }
        });
        let done = act();
        over.store(true, Ordering::Relaxed);
        done
    })
}

#[test]
fn what_runs_is_what_was_approved_however_fast_the_file_is_swapped() {
    let (good, evil) = (version("good"), version("evil"));
    let rounds = if long() { 1000 } else { 100 };
    let approved = format!("sha256:{}", Digest::of(good.as_bytes()).hex());
    let (mut ran, mut refused) = (0, 0);
    for _ in 0..rounds {
        let home = Home::new();
        home.write("deploy.md", &evil);
        let found = while_swapping(&home.path(""), [&good, &evil], || {
            came(&mut home.command(&["exec", "deploy.md", "--trust", &approved]))
        });
        let did = home.did();
        match found.exit {
            Some(0) => {
                assert_eq!(did, ["good-hook", "good", "good"], "{found:?}");
                ran += 1;
            }
            Some(3) => {
                assert!(did.is_empty() && found.err.contains("nothing ran"), "{did:?} {found:?}");
                refused += 1;
            }
            _ => panic!("{found:?}"),
        }
    }
    println!("T3   {rounds} races: {ran} ran what was approved, {refused} ran nothing");
    assert!(ran > 0 && refused > 0, "the file was swapped at the right time: {ran} {refused}");
}

/// An edited version is adopted only if it is the one that was read and trusted.
#[test]
fn what_is_adopted_is_what_was_approved_however_fast_the_file_is_swapped() {
    let book = |word: &str| steps(&["echo one >> \"$DID\"", &format!("echo {word} >> \"$DID\"")]);
    let (first, good, evil) = (book("first; exit 1"), book("good"), book("evil"));
    let approved = format!("sha256:{}", Digest::of(good.as_bytes()).hex());
    let rounds = if long() { 200 } else { 20 };
    let (mut ran, mut refused) = (0, 0);
    for _ in 0..rounds {
        let home = Home::new();
        home.write("deploy.md", &first);
        assert_eq!(home.call(&["exec", "deploy.md"]).exit, Some(1));
        let run = crate::sign::short(&home);
        home.write("deploy.md", &good);
        let found = while_swapping(&home.path(""), [&good, &evil], || {
            came(&mut home.command(&["exec", "deploy.md", "--resume", &run, "--adopt", "--trust", &approved]))
        });
        let did = home.did();
        assert!(!did.contains(&"evil".to_owned()), "{did:?} {found:?}");
        *(if did.contains(&"good".to_owned()) { &mut ran } else { &mut refused }) += 1;
    }
    println!("T3   {rounds} adoptions: {ran} walked what was approved, {refused} nothing");
}

/// A home with a runbook that is trusted, and what else leads to it.
struct Trusted {
    home: Home,
    text: String,
}

impl Trusted {
    fn new() -> Self {
        let home = Home::new();
        let text = format!("---\nhooks: {{before_run: 'echo hook >> \"$DID\"'}}\n---\n{}", steps(&["true"]));
        for folder in ["run", "run-evil", "Run", "other"] {
            fs::create_dir(home.path(folder)).unwrap();
        }
        home.write("run/book.md", &text);
        symlink(home.path("run/book.md"), home.path("link.md")).unwrap();
        symlink(home.path("run"), home.path("linked")).unwrap();
        let trusted = home.call(&["trust", "run/book.md", "--yes"]);
        assert_eq!(trusted.exit, Some(0), "{trusted:?}");
        Trusted { home, text }
    }

    fn is_trusted(&self, path: &str) -> bool {
        let found = self.home.call(&["trust", path]);
        assert!(matches!(found.exit, Some(0 | 4 | 6)), "{path}: {found:?}");
        found.exit == Some(0) && found.out.contains("trusted: ")
    }
}

#[test]
fn no_other_file_passes_for_the_trusted_one() {
    let desk = Trusted::new();
    let (home, text) = (&desk.home, &desk.text);
    let whole = home.path("run/book.md").to_string_lossy().into_owned();
    for same in ["run/book.md", "./run/../run/book.md", "link.md", "linked/book.md", &whole] {
        assert!(desk.is_trusted(same), "{same} is the same file");
    }
    fs::hard_link(home.path("run/book.md"), home.path("hard.md")).unwrap();
    let copies = ["run-evil/book.md", "Run/book.md", "run/book.md.bak", "run/Book.md", "run/book .md", "other/book.md"];
    for copy in copies {
        home.write(copy, text);
    }
    home.write("other/more.md", format!("{text}\n"));
    home.write("other/crlf.md", text.replace('\n', "\r\n"));
    home.write("other/mark.md", format!("\u{feff}{text}"));
    let others = ["hard.md", "other/more.md", "other/crlf.md", "other/mark.md"];
    for other in copies.iter().chain(&others) {
        assert!(!desk.is_trusted(other), "{other} is another file");
    }
    assert_eq!(home.did(), [""; 0], "none of it ran");
    println!("T4   {} files beside the trusted one, 0 taken for it", copies.len() + others.len());
}

#[test]
fn no_place_passes_for_the_trusted_one_when_something_else_is_there() {
    let desk = Trusted::new();
    let (home, text) = (&desk.home, &desk.text);
    home.write("run-evil/book.md", text);
    let not = |what: &str, path: &str| assert!(!desk.is_trusted(path), "{what}");
    relink(&home.path("link.md"), &home.path("run-evil/book.md"));
    not("a link that leads elsewhere by now", "link.md");
    relink(&home.path("linked"), &home.path("run-evil"));
    not("a folder that leads elsewhere by now", "linked/book.md");
    fs::rename(home.path("run"), home.path("was")).unwrap();
    symlink(home.path("run-evil"), home.path("run")).unwrap();
    not("a link in place of the folder", "run/book.md");
    not("the folder under another name", "was/book.md");
    fs::remove_file(home.path("run")).unwrap();
    fs::rename(home.path("was"), home.path("run")).unwrap();
    home.write("run/book.md", format!("{text} "));
    not("one byte more", "run/book.md");
    home.write("run/book.md", &text[..text.len() - 1]);
    not("one byte less", "run/book.md");
    home.write("run/book.md", text);
    assert!(desk.is_trusted("run/book.md"), "the same bytes at the same place again");
    println!("T4   6 changes at a trusted place, 0 taken for what was there");
}

/// Whose file it is, and who may write it, is asked before anything of it runs unattended.
#[test]
fn no_file_that_others_could_have_written_runs_unattended() {
    let home = Home::new();
    fs::create_dir(home.path("run")).unwrap();
    home.write(
        "run/book.md",
        format!("---\nhooks: {{before_run: 'echo hook >> \"$DID\"'}}\n---\n{}", steps(&["true"])),
    );
    let mut count = 0;
    for mode in [0o646, 0o666, 0o602, 0o777] {
        fs::set_permissions(home.path("run/book.md"), fs::Permissions::from_mode(mode)).unwrap();
        home.call(&["exec", "run/book.md"]).refuses(3, &["can be written by anybody"]);
        count += 1;
    }
    fs::set_permissions(home.path("run/book.md"), fs::Permissions::from_mode(0o644)).unwrap();
    if std::os::unix::fs::chown(home.path("run/book.md"), Some(12345), None).is_ok() {
        symlink(home.path("run/book.md"), home.path("link.md")).unwrap();
        for path in ["run/book.md", "link.md", "./run/../run/book.md"] {
            home.call(&["exec", path]).refuses(3, &["belongs to uid 12345"]);
            count += 1;
        }
    } else {
        println!("skipped: 3 (only root can give a file away)");
    }
    assert_eq!(home.did(), [""; 0], "none of it ran");
    println!("T4   {count} ways to a file that others could have written, 0 ran");
}

fn relink(link: &Path, to: &Path) {
    fs::remove_file(link).unwrap();
    symlink(to, link).unwrap();
}
