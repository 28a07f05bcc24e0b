//! One shell for the run: a table of blocks and what the last one prints.

use crate::support::{PIPE, PTY, executor, job, run};
use gonogo::exec::{Channel, Place, Secret, ShellState};
use gonogo::run::event::Ending;
use std::path::Path;

/// Runs blocks one after another in one state and gives back all they print.
fn walk(shell: &str, channel: Channel, blocks: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let state = ShellState::open(folder.path().join("state")).expect("a fresh state");
    let mut all = String::new();
    for block in blocks {
        let mut job = job(channel, block);
        job.shell = shell.into();
        job.state = Some(state.clone());
        job.env = vec![("GIVEN".into(), "by the run".into()), ("OTHER".into(), "x".into())];
        all.push_str(&run(job).1);
    }
    all
}

/// What a terminal would print if the blocks were pasted into it one after another.
const BASH: &[(&str, &[&str], &str)] = &[
    ("folder", &["cd /usr; pwd", "pwd; cd - >/dev/null; pwd"], "/usr\n/usr\n/\n"),
    ("folder stack", &["pushd /usr >/dev/null; pushd /tmp >/dev/null", "popd; popd"], "/usr /\n/\n"),
    ("plain variable", &["A=1", "echo $A; bash -c 'echo [$A]'"], "1\n[]\n"),
    ("exported variable", &["export A=1", "bash -c 'echo [$A]'"], "[1]\n"),
    ("many lines", &["A=$'one\\ntwo \\' three\\n'", "printf %s \"$A\""], "one\ntwo ' three\n"),
    ("quotes", &[r#"A='$x `y` "z" \ !'"#, r#"echo "$A""#], "$x `y` \"z\" \\ !\n"),
    ("array", &["A=(one 'two three' $'fo\\nur')", "echo ${#A[@]} \"${A[1]}\" \"${A[2]}\""], "3 two three fo\nur\n"),
    ("map", &["declare -A M=([a]=1 ['b c']=2)", "echo ${M['b c']} ${#M[@]}"], "2 2\n"),
    ("integer", &["declare -i N=4", "N+=3; echo $N"], "7\n"),
    ("reference", &["declare -n ref=target; target=5", "echo $ref; ref=6; echo $target"], "5\n6\n"),
    ("empty and unset", &["E=; unset HOME", "echo ${E+set} ${HOME+set} ${NEVER+set}"], "set\n"),
    ("no longer exported", &["export -n OTHER", "echo $OTHER; bash -c 'echo [$OTHER]'"], "x\n[]\n"),
    ("given, then changed", &["echo $GIVEN; GIVEN=changed", "echo $GIVEN"], "by the run\nchanged\n"),
    ("read only", &["readonly R=1; echo $R", "echo $R; readonly R=2; echo $R"], "1\n1\n2\n"),
    ("function", &["greet() { local who=$1; cat <<X\nhello $who\n}\nX\n}", "greet you"], "hello you\n}\n"),
    ("exported function", &["f() { echo from f; }; export -f f", "bash -c f"], "from f\n"),
    ("alias", &["alias ll='echo listing'", "ll"], "listing\n"),
    (
        "alias of a word in our own text",
        &["alias builtin=false printf=false local=false cd=false", "echo fine", "echo too"],
        "fine\ntoo\n",
    ),
    (
        "function of a word in our own text",
        &["printf() { echo no; }; declare() { echo no; }; A=1", "echo $A", "echo $A"],
        "1\n1\n",
    ),
    (
        "blocks that change nothing in between",
        &["A=1; cd /usr; umask 027", "true", "printf '%s\\n' $A | sort", "exit 3", "pwd; echo $A; umask"],
        "1\n/usr\n1\n0027\n",
    ),
    ("a function that is named like a program", &["sort() { A=2; }; A=1", "sort", "echo $A"], "2\n"),
    ("an alias that is named like a program", &["alias sort='A=2'; A=1", "true\nsort", "echo $A"], "2\n"),
    ("a reference that counts", &["a=(x y z); i=0; declare -n ref='a[i++]'", "echo $ref", "echo $i"], "x\n1\n"),
    ("an inherited function", &["export -f nothing 2>/dev/null; f() { A=2; }; export -f f", "f", "echo $A"], "2\n"),
    ("umask", &["umask 027", "umask"], "0027\n"),
    (
        "glob options",
        &["shopt -s nullglob extglob", "echo /none*/; [[ abc == +(a|b|c) ]] && echo matched"],
        "\nmatched\n",
    ),
    (
        "function with extended patterns",
        &["shopt -s extglob\nf() { [[ $1 == !(x) ]] && echo not x; }", "f y"],
        "not x\n",
    ),
    ("exit", &["A=1; exit 3; A=2", "echo $A"], "1\n"),
    ("set -e", &["set -e; A=1; false; A=2", "false; echo $A"], "1\n"),
    ("error options", &["set -euo pipefail; A=1", "false | true; echo $A $NEVER; false; echo on"], "1\non\n"),
    ("set -x shows nothing of ours", &["set -x; A=1", "echo $A"], "+ A=1\n1\n"),
    ("exit trap", &["trap 'echo bye $?' EXIT; A=1; exit 4", "echo $A"], "bye 4\n1\n"),
    ("exit trap taken back", &["trap 'echo bye' EXIT; trap - EXIT; A=1", "echo $A"], "1\n"),
    ("exit trap in a subshell", &["(trap 'echo inner' EXIT; B=1); A=1", "echo $A [$B]"], "inner\n1 []\n"),
    ("other traps", &["trap 'echo usr1' USR1; kill -USR1 $$; A=1", "echo $A"], "usr1\n1\n"),
    ("exec keeps what was", &["A=1", "A=2; exec echo replaced", "echo $A"], "replaced\n1\n"),
    ("our names", &["declare -f; compgen -A variable | grep -i '^_*gonogo'"], "GONOGO_ATTEMPT\n"),
    (
        "syntax error",
        &["A=1", "if then", "echo $A"],
        "bash: -c: line 1: syntax error near unexpected token `then'\nbash: -c: line 1: `if then'\n1\n",
    ),
    ("history", &["echo a; history", "history | wc -l"], "a\n0\n"),
    ("status", &["(exit 3)", "echo $?"], "0\n"),
    ("IFS", &["IFS=,", "A=1,2; set -- $A; echo $#", "echo fine"], "2\nfine\n"),
    ("set -a", &["set -a; A=1; set +a; B=2", "bash -c 'echo $A [$B]'"], "1 []\n"),
    ("positional parameters", &["set -- a b; echo $#", "echo $#"], "2\n0\n"),
    (
        "prompt command and BASH_ENV",
        &[
            "PROMPT_COMMAND='echo no'; export BASH_ENV=/nonexistent",
            "echo $BASH_ENV; bash -c 'echo inner' 2>&1 | tail -1",
        ],
        "\ninner\n",
    ),
];

#[test]
fn bash_blocks_are_as_pasted_into_one_terminal() {
    for (name, blocks, expected) in BASH {
        assert_eq!(walk("bash", PIPE, blocks), *expected, "{name}");
    }
}

#[test]
fn the_same_holds_on_a_terminal() {
    for (name, blocks, expected) in BASH {
        assert_eq!(walk("bash", PTY, blocks), *expected, "{name}");
    }
}

const SH: &[(&str, &[&str], &str)] = &[
    ("folder", &["cd /usr", "pwd"], "/usr\n"),
    ("variables", &["A=\"it's\n$HOME\"; export B=2", "echo \"$A\"; sh -c 'echo [$A] $B'"], "it's\n/root\n[] 2\n"),
    ("alias", &["alias ll='echo listing'", "true\nll"], "listing\n"),
    ("umask", &["umask 027", "umask"], "0027\n"),
    ("exit and set -e", &["set -e; A=1; false", "echo $A; false; exit 2"], "1\n"),
    ("line numbers", &["true\nnosuchcommand"], "sh: 2: nosuchcommand: not found\n"),
];

#[test]
fn a_posix_shell_carries_what_it_can_list() {
    for (name, blocks, expected) in SH {
        assert_eq!(walk("sh", PIPE, blocks), *expected, "{name}");
    }
}

fn with_state(state: &ShellState, text: &str) -> String {
    let mut job = job(PIPE, text);
    job.state = Some(state.clone());
    run(job).1
}

#[test]
fn a_resume_finds_the_state_and_no_secret_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("state");
    let state = ShellState::open(&file).expect("a fresh state");
    let mut first = job(PIPE, "cd /usr; A=1; PLAIN=known-only-to-us; DB_PASSWORD='hunter2 hunter2'; f() { echo f; }");
    first.state = Some(state.clone());
    first.secrets = vec![Secret { name: "db".into(), value: "known-only-to-us".into() }];
    let (ended, _) = run(first);
    assert!(!ended.state_lost);
    assert!(ended.learned.iter().any(|secret| secret.name == "DB_PASSWORD" && secret.value == "hunter2 hunter2"));
    assert_eq!(with_state(&state, "echo ${#DB_PASSWORD} ${#PLAIN}"), "15 16\n", "within the session all is there");

    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&file).expect("there"));
    assert_eq!(mode & 0o777, 0o600);
    let bytes = std::fs::read(&file).expect("read");
    let text = String::from_utf8_lossy(&bytes);
    assert!(!text.contains("hunter2") && !text.contains("known-only") && text.contains("A=\"1\""), "{text}");

    let resumed = ShellState::open(&file).expect("a state");
    assert_eq!(resumed.folder().as_deref(), Some(Path::new("/usr")));
    assert_eq!(with_state(&resumed, "pwd; echo $A [$DB_PASSWORD]; f"), "/usr\n1 []\nf\n");
    resumed.delete().expect("deleted");
    assert!(!file.exists());
    assert_eq!(with_state(&resumed, "echo [$A]"), "[]\n");
}

#[test]
fn a_block_of_its_own_folder_and_variables_does_not_move_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = ShellState::open(folder.path().join("state")).expect("a fresh state");
    with_state(&state, "cd /usr; A=1; export MODE=mine");
    let mut own = job(PIPE, "pwd; cd /etc; echo $MODE $A; A=2");
    own.cwd = Place::Fixed("/tmp".into());
    own.overrides = vec![("MODE".into(), "own".into())];
    own.state = Some(state.clone());
    assert_eq!(run(own).1, "/tmp\nown 1\n");
    assert_eq!(with_state(&state, "pwd; echo $A"), "/usr\n2\n");
}

#[test]
fn a_killed_block_leaves_the_state_as_it_was_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = ShellState::open(folder.path().join("state")).expect("a fresh state");
    with_state(&state, "A=1");
    let mut killed = job(PIPE, "A=2; kill -9 $$");
    killed.state = Some(state.clone());
    let (ended, _) = run(killed);
    assert_eq!((ended.ending, ended.state_lost), (Ending::Signalled { signal: 9 }, true));
    assert_eq!(with_state(&state, "echo $A"), "1\n");
}

#[test]
fn a_folder_that_is_gone_is_replaced_by_the_runs_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = ShellState::open(folder.path().join("state")).expect("a fresh state");
    with_state(&state, "cd $(mktemp -d); rmdir $PWD");
    assert_eq!(with_state(&state, "pwd"), "/\n");
}

#[test]
fn what_is_not_a_state_is_refused_and_not_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("state");
    std::fs::write(&file, "#!/bin/sh\n").expect("written");
    let refusal = ShellState::open(&file).expect_err("not a state").to_string();
    assert!(refusal.contains("is not one of this version"), "{refusal}");
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&file, &link).expect("linked");
    assert!(ShellState::open(&link).expect_err("a link").to_string().contains("cannot be used"));
    assert_eq!(std::fs::read(&file).expect("read"), b"#!/bin/sh\n");
    let _ = executor();
}

const ZSH: &[(&str, &[&str], &str)] = &[
    ("folder", &["cd /usr", "pwd"], "/usr\n"),
    ("variables", &["A=\"it's\n1\"; export B=2", "print -r -- \"$A\"; sh -c 'echo [$A] $B'"], "it's\n1\n[] 2\n"),
    ("array", &["list=(one 'two three')", "print -r -- ${#list} \"$list[2]\""], "2 two three\n"),
    ("function", &["greet() { print hello $1; }", "greet you"], "hello you\n"),
    ("alias", &["alias ll='echo listing'", "ll"], "listing\n"),
    ("umask", &["umask 027", "umask"], "027\n"),
    ("exit", &["A=1; exit 3", "echo $A"], "1\n"),
    ("error options", &["set -e; A=1; false; A=2", "false; echo $A"], "1\n"),
];

#[test]
fn zsh_blocks_carry_over_where_there_is_a_zsh() {
    if gonogo::exec::probe::which("zsh").is_none() {
        return crate::skip::skip("zsh_blocks_carry_over_where_there_is_a_zsh", "zsh is not installed");
    }
    for channel in [PIPE, PTY] {
        for (name, blocks, expected) in ZSH {
            assert_eq!(walk("zsh", channel, blocks), *expected, "{name}");
        }
    }
}
