//! What a block takes over and hands on, by its session: a table of blocks and all they print.

use crate::support::{PIPE, PTY, job, run};
use ShellSession::{Carry, Fresh, Shared};
use gonogo::exec::{Channel, Place, ShellState};
use gonogo::runbook::ShellSession;
use std::path::Path;

type Blocks = &'static [(ShellSession, &'static str)];

fn walk(shell: &str, channel: Channel, file: &Path, blocks: Blocks) -> String {
    let mut all = String::new();
    for (session, text) in blocks {
        // As after a resume: what is known is what the file says.
        let state = ShellState::open(file).expect("a state");
        let mut job = job(channel, text);
        job.shell = shell.into();
        job.env = vec![("GIVEN".into(), "by the run".into())];
        job.cwd = match session {
            Fresh => Place::Fixed("/".into()),
            Carry | Shared => Place::Carried("/".into()),
        };
        job.state = Some(state);
        job.session = *session;
        all.push_str(&run(job).1);
    }
    all
}

fn holds(shell: &str, channels: &[Channel], table: &[(&str, Blocks, &str)]) {
    for channel in channels {
        for (name, blocks, expected) in table {
            let folder = tempfile::tempdir().expect("a folder");
            let printed = walk(shell, *channel, &folder.path().join("state"), blocks);
            assert_eq!(printed, *expected, "{shell}: {name}");
        }
    }
}

const BASH: &[(&str, Blocks, &str)] = &[
    (
        "fresh takes nothing over",
        &[
            (Carry, "cd /usr; A=1; export B=2; f() { echo f; }; alias ll='echo ll'; umask 027"),
            (Fresh, "pwd; echo [$A] [$B] $GIVEN; type f ll 2>/dev/null || echo none; umask"),
        ],
        "/\n[] [] by the run\nnone\n0022\n",
    ),
    (
        "fresh leaves nothing behind",
        &[
            (Carry, "A=1; cd /usr"),
            (Fresh, "A=2; export B=2; cd /etc; f() { echo f; }; umask 077"),
            (Carry, "pwd; echo $A [$B]; type f 2>/dev/null || echo none; umask"),
            (Shared, "pwd; echo $A [$B]"),
        ],
        "/usr\n1 []\nnone\n0022\n/usr\n1 []\n",
    ),
    (
        "shared carries functions, aliases, variables and the folder",
        &[
            (Shared, "cd /usr; A=1; export B=2; f() { echo f $1; }; alias ll='echo ll'"),
            (Shared, "pwd; echo $A; bash -c 'echo [$A] $B'; f x; ll"),
        ],
        "/usr\n1\n[] 2\nf x\nll\n",
    ),
    (
        "shared carries how errors are treated",
        &[
            (Shared, "set -euo pipefail"),
            (Shared, "A=1; false | true; echo not reached"),
            (Shared, "echo $A; echo $NEVER; echo not reached"),
        ],
        "1\nbash: line 1: NEVER: unbound variable\n",
    ),
    (
        "and takes it back",
        &[(Shared, "set -eu"), (Shared, "set +e"), (Shared, "false; echo on; echo $NEVER")],
        "on\nbash: line 1: NEVER: unbound variable\n",
    ),
    (
        "a block that carries in between neither hears nor loses it",
        &[
            (Shared, "set -e"),
            (Carry, "false; echo on; A=1"),
            (Fresh, "set +e; false; echo on"),
            (Shared, "echo $A; false; echo not reached"),
        ],
        "on\non\n1\n",
    ),
    ("carry does not hand it on", &[(Carry, "set -eu; A=1"), (Shared, "false; echo $A $NEVER")], "1\n"),
    (
        "a trap of the block's own",
        &[
            (Shared, "set -u; trap 'echo bye' EXIT"),
            (Shared, "echo $NEVER"),
            (Shared, "set +u; trap - EXIT"),
            (Shared, "echo [$NEVER]"),
        ],
        "bye\nbash: line 1: NEVER: unbound variable\n[]\n",
    ),
    (
        "tracing shows nothing of ours",
        &[(Shared, "set -x; A=1"), (Shared, "echo $A"), (Carry, "echo $A")],
        "+ A=1\n+ echo 1\n1\n1\n",
    ),
    ("read-only variables", &[(Shared, "readonly R=1; set -e"), (Shared, "echo $R; readonly R=2; echo $R")], "1\n2\n"),
    ("what would keep every block from running", &[(Shared, "set -o noexec"), (Shared, "echo runs")], "runs\n"),
];

#[test]
fn bash_blocks_share_what_their_session_says() {
    holds("bash", &[PIPE, PTY], BASH);
}

const SH: &[(&str, Blocks, &str)] = &[
    (
        "fresh",
        &[(Carry, "cd /usr; A=1; export B=2"), (Fresh, "pwd; echo [$A] [$B] $GIVEN; A=3"), (Carry, "pwd; echo $A $B")],
        "/\n[] [] by the run\n/usr\n1 2\n",
    ),
    (
        "shared",
        &[
            (Shared, "set -eu; A=1; alias ll='echo ll'"),
            (Carry, "false; echo on"),
            (Shared, "true\nll $A\nfalse; echo not reached"),
        ],
        "on\nll 1\n",
    ),
    (
        "files that are not overwritten",
        &[(Shared, "set -C; A=1"), (Shared, "echo $A; B=2"), (Shared, "echo $B")],
        "1\n2\n",
    ),
];

#[test]
fn a_posix_shell_shares_what_it_can_list() {
    holds("sh", &[PIPE, PTY], SH);
}

const ZSH: &[(&str, Blocks, &str)] = &[
    (
        "fresh",
        &[
            (Carry, "cd /usr; A=1; f() { print f; }"),
            (Fresh, "pwd; print \"[$A] $GIVEN\"; A=3"),
            (Carry, "pwd; print $A; f"),
        ],
        "/\n[] by the run\n/usr\n1\nf\n",
    ),
    (
        "shared",
        &[
            (Shared, "set -e; setopt null_glob no_clobber; A=1; f() { print f $1; }"),
            (Carry, "false; print on"),
            (Shared, "print /none*(N) $A; f x; print /none-at-all*; false; print not reached"),
        ],
        "on\n1\nf x\n\n",
    ),
];

#[test]
fn zsh_blocks_share_where_there_is_a_zsh() {
    if gonogo::exec::probe::which("zsh").is_none() {
        return crate::skip::skip("zsh_blocks_share_where_there_is_a_zsh", "zsh is not installed");
    }
    holds("zsh", &[PIPE, PTY], ZSH);
}

#[test]
fn what_is_shared_lies_in_the_private_file_without_secrets_and_survives_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("state");
    walk(
        "bash",
        PIPE,
        &file,
        &[(Shared, "set -e; DB_PASSWORD='hunter2 hunter2'; A=1"), (Shared, "A=2; set +e; kill -9 $$")],
    );
    let bytes = std::fs::read(&file).expect("read");
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("set -o errexit") && !text.contains("hunter2"), "{text}");
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&file).expect("there"));
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(walk("bash", PIPE, &file, &[(Shared, "echo $A; false; echo not reached")]), "1\n");
}

#[test]
fn a_fresh_block_writes_no_state() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("state");
    assert_eq!(walk("bash", PIPE, &file, &[(Fresh, "A=1; cd /usr; echo $A")]), "1\n");
    assert!(!file.exists());
}
