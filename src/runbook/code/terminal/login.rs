//! Programs that take the terminal: editors, pagers, sessions on hosts, in containers and in databases.

use crate::runbook::code::invocation::{Call, Kind};
use crate::runbook::code::words::among;

/// Editors, pagers and screens.
pub(super) fn is_full_screen(call: &Call<'_>) -> bool {
    let has = |words: &[&str]| call.has(words);
    match call.name() {
        "nano" | "vi" | "vim" | "nvim" | "emacs" | "pico" | "micro" | "joe" | "mcedit" | "vipw" | "vigr"
        | "sudoedit" | "nmtui" | "dialog" | "whiptail" | "ncdu" | "k9s" | "lazydocker" | "lazygit" | "ctop"
        | "htop" | "btop" | "atop" | "glances" | "nmon" | "mc" | "mutt" | "raspi-config" | "dpkg-reconfigure"
        | "iftop" | "nethogs" | "cfdisk" | "menuconfig" | "aptitude" | "alsamixer" | "pgcli" | "mycli" | "$EDITOR" => {
            !call.has(&["--version", "-v", "-c"])
        }
        "less" | "more" | "most" | "man" => !has(&["-F", "--version"]),
        "top" | "iotop" => !call.has_option('b', "batch"),
        "visudo" => !call.has_option('c', "check"),
        "crontab" => call.has_option('e', ""),
        "kubectl" | "oc" | "k" => call.operand(0) == "edit",
        "systemctl" => has(&["edit"]),
        "git" => git(call),
        "tmux" => {
            !call.has_option('d', "") && !has(&["send-keys", "kill-session", "ls", "list-sessions", "kill-server"])
        }
        "screen" => !call.has_option('d', "") && !has(&["-ls", "-X"]),
        "virsh" => has(&["console", "edit"]),
        "ansible-vault" => has(&["edit", "create"]),
        "sops" => call.args().all(|arg| !arg.starts_with('-')),
        _ => false,
    }
}

fn git(call: &Call<'_>) -> bool {
    let message = call.has_option('m', "message") || call.has_option('F', "file");
    match call.operand(0) {
        "commit" => {
            !message
                && !call.has_option('C', "no-edit")
                && !call.has_option('\0', "reuse-message")
                && !call.has_option('\0', "fixup")
        }
        "tag" => (call.has_option('a', "annotate") || call.has_option('s', "sign")) && !message,
        "rebase" => call.has_option('i', "interactive"),
        "add" | "stash" | "checkout" | "restore" | "reset" => {
            call.has_option('p', "patch") || call.operand(0) == "add" && call.has_option('i', "interactive")
        }
        "merge" | "config" => call.has_option('e', "edit"),
        _ => false,
    }
}

/// Calls that open a session: what comes after them in a text is typed into it.
pub(super) fn opens_session(call: &Call<'_>) -> bool {
    let has = |words: &[&str]| call.has(words);
    let operands = || call.args().filter(|arg| !arg.starts_with('-')).count();
    let is_query = || has(&["--version", "-V", "--help", "version"]);
    match call.name() {
        "ssh" => {
            call.kind == Kind::Plain
                && operands() > 0
                && !call.has_option('N', "")
                && !call.has_option('f', "")
                && !has(&["-V", "-T", "-G", "-O", "-Q"])
        }
        "mosh" | "telnet" | "ftp" => true,
        "sftp" => !call.has_option('b', ""),
        "su" | "runuser" => call.kind == Kind::Plain,
        "sudo" | "doas" => has(&["-i", "-s", "su", "-"]) || call.operand(0) == "su",
        "bash" | "sh" | "zsh" | "ash" | "dash" | "fish" | "ksh" => {
            call.kind == Kind::Plain && operands() == 0 && !is_query() && !has(&["-s"])
        }
        "python" | "python3" | "node" | "irb" | "ipython" | "iex" | "ghci" | "lua" | "bc" | "gdb" | "scala"
        | "jshell" => operands() == 0 && !call.args().any(|arg| arg.starts_with('-') && !matches!(arg, "-i" | "-q")),
        "php" => call.has_option('a', "interactive") || has(&["tinker"]),
        "rails" => matches!(call.operand(0), "c" | "console" | "dbconsole" | "db"),
        "artisan" => call.operand(0) == "tinker",
        "manage.py" => has(&["shell", "shell_plus", "dbshell"]),
        "docker" | "podman" | "nerdctl" | "docker-compose" => has(&["attach"]),
        "heroku" => matches!(call.operand(0), "run" | "psql" | "pg:psql" | "ps:exec" | "redis:cli" | "run:inside"),
        "fly" | "flyctl" => call.operand(0) == "ssh" && !call.has_option('C', "command"),
        "gcloud" => has(&["ssh"]) && !call.has_option('\0', "command"),
        "aws" => call.operand(1) == "start-session" || call.operand(1) == "execute-command",
        "vagrant" => call.operand(0) == "ssh" && !call.has_option('c', "command"),
        "gitlab-rails" => matches!(call.operand(0), "console" | "dbconsole"),
        _ => opens_database(call),
    }
}

/// Database programs that are given no statement.
fn opens_database(call: &Call<'_>) -> bool {
    let has = |words: &[&str]| call.has(words);
    let operands = || call.args().filter(|arg| !arg.starts_with('-')).count();
    let is_query = || has(&["--version", "-V", "--help", "version"]);
    match call.name() {
        "psql" => {
            !call.args().any(|arg| is_given(arg, &["-c", "-f", "-l"], &["--command", "--file", "--list"]))
                && !is_query()
        }
        "mysql" | "mariadb" => !call.args().any(|arg| is_given(arg, &["-e"], &["--execute"])) && !is_query(),
        "mongo" | "mongosh" => {
            !has(&["--eval", "-f", "--file"])
                && !call.args().any(|arg| arg.rsplit('.').next() == Some("js") || arg.starts_with("--eval="))
                && !is_query()
        }
        "redis-cli" | "valkey-cli" => {
            redis_operands(call) == 0 && !has(&["--stat", "--bigkeys", "--latency", "--scan"]) && !is_query()
        }
        "sqlite3" => operands() <= 1 && !is_query() && call.args().all(|arg| !arg.starts_with("-cmd")),
        "cqlsh" | "sqlplus" | "sqlcmd" | "clickhouse-client" | "mysqlsh" | "snowsql" => {
            !call.args().any(|arg| is_given(arg, &["-e", "-f", "-q", "-Q", "-i"], &["--execute", "--file", "--query"]))
                && !is_query()
        }
        _ => false,
    }
}

/// Whether an argument is one of the options, a group that ends in one (`-Atc`), or carries its value (`-cSELECT`).
fn is_given(arg: &str, letters: &[&str], longs: &[&str]) -> bool {
    let is_long =
        longs.iter().any(|long| arg.strip_prefix(long).is_some_and(|rest| rest.is_empty() || rest.starts_with('=')));
    let is_short = arg.starts_with('-')
        && !arg.starts_with("--")
        && letters.iter().any(|letter| arg.starts_with(letter) || arg.len() <= 6 && arg.ends_with(&letter[1..]));
    is_long || is_short
}

fn redis_operands(call: &Call<'_>) -> usize {
    let mut count = 0;
    let mut args = call.args();
    while let Some(arg) = args.next() {
        if among!(arg, "-h" "-p" "-a" "-n" "-u" "-s" "--user" "--pass" "--cacert" "--cert" "--key") {
            args.next();
        } else if !arg.starts_with('-') {
            count += 1;
        }
    }
    count
}

/// Calls that ask even if their input is fed, and containers that are given a terminal.
pub(super) fn asks_in_any_case(call: &Call<'_>) -> bool {
    let is_password = |arg: &str| arg == "-p" || arg == "--password";
    match call.name() {
        "mysql" | "mysqldump" | "mysqladmin" | "mariadb" | "mariadb-dump" | "mysqlimport" | "mysqlcheck" => {
            call.args().any(is_password)
        }
        "psql" | "pg_dump" | "pg_restore" | "createdb" | "dropdb" => call.has_option('W', "password"),
        "ansible" | "ansible-playbook" => {
            call.has_option('K', "ask-become-pass")
                || call.has_option('k', "ask-pass")
                || call.has_option('\0', "ask-vault-pass")
        }
        "docker" | "podman" | "nerdctl" | "docker-compose" | "kubectl" | "oc" | "k" => {
            call.has_option('t', "tty") && call.has_option('i', "interactive") && call.has(&["exec", "run", "debug"])
        }
        _ => false,
    }
}
