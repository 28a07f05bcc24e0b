//! The fixed list of calls that only look.

use super::sql;
use crate::runbook::code::invocation::Call;
use crate::runbook::code::words::{among, begins};

mod table;

/// Whether a call only looks. What is not on the list may change something.
pub(super) fn only_looks(call: &Call<'_>) -> bool {
    let name = call.name();
    if asks_about_itself(call) || table::LOOKING.holds(name) {
        return true;
    }
    table::subcommands(name).is_some_and(|lines| begins_with_line(call, lines)) || by_options(call)
}

/// `x --version`, `x version`, `x --help`.
fn asks_about_itself(call: &Call<'_>) -> bool {
    match call.words.as_slice() {
        [_, arg] => matches!(*arg, "--version" | "-V" | "version" | "--help" | "-version" | "-v" | "-h"),
        [_, verb, last] => matches!(*last, "--help" | "--version") || *verb == "version",
        _ => false,
    }
}

/// Whether the operands of a call begin with the words of one of the lines, which have `|` between.
fn begins_with_line(call: &Call<'_>, lines: &str) -> bool {
    let operands = operands(call);
    let Some(first) = operands.first() else { return false };
    lines.split('|').filter(|line| line.starts_with(first)).any(|line| {
        line.split(' ')
            .zip(operands.iter().map(Some).chain(std::iter::repeat(None)))
            .all(|(word, operand)| operand == Some(&word))
    })
}

/// Operands, leaving out the values of options that stand in front of the subcommand.
fn operands<'a>(call: &'a Call<'_>) -> Vec<&'a str> {
    let mut operands = Vec::new();
    let mut args = call.args();
    while let Some(arg) = args.next() {
        let takes_value = operands.len() < 2
            && among!(arg, "-n" "--namespace" "--context" "-f" "--file" "-p" "--project-name" "--profile"
            "--region" "-C" "--kubeconfig" "-r" "--env-file" "-H");
        if takes_value {
            args.next();
        } else if !arg.starts_with('-') {
            operands.push(arg);
        }
    }
    operands
}

/// Programs where options or contents decide.
fn by_options(call: &Call<'_>) -> bool {
    let has = |words: &[&str]| call.has(words);
    match call.name() {
        "curl" => curl(call),
        "wget" => {
            call.has_option('\0', "spider")
                || call.words.windows(2).any(|pair| pair[0].ends_with('O') && matches!(pair[1], "-" | "/dev/null"))
                || call.args().any(|arg| arg.starts_with('-') && arg.ends_with("O-"))
        }
        "psql" => call.has_option('l', "list") && !takes_statement(call) || statements(call, &["-c", "--command"]),
        "mysql" | "mariadb" => statements(call, &["-e", "--execute"]),
        "sqlite3" => {
            call.args().nth(1).is_some_and(|text| sql::only_looks(text) || matches!(text, ".tables" | ".schema"))
        }
        "redis-cli" | "valkey-cli" => redis(call),
        "find" => {
            !call.args().any(|arg| among!(arg, "-delete" "-exec" "-execdir" "-ok" "-okdir" "-fprint" "-fprintf" "-fls"))
        }
        "openssl" => openssl(call),
        "git" => git(call),
        "aws" => call.args().any(|arg| begins!(arg, "describe-" "list-" "get-" "head-" "batch-get-")),
        "gcloud" | "az" => {
            has(&["list", "describe", "show", "get-value", "info", "version", "get-iam-policy"])
                && !has(&["create", "delete", "update", "set", "deploy", "add", "remove"])
        }
        "kafka-topics" | "kafka-topics.sh" | "kafka-consumer-groups" | "kafka-consumer-groups.sh" => {
            (has(&["--list", "--describe"])) && !has(&["--delete", "--alter", "--reset-offsets"])
        }
        "python" | "python3" => python(call),
        _ => filter_looks(call) || system_looks(call),
    }
}

/// Filters that can be told to write.
fn filter_looks(call: &Call<'_>) -> bool {
    let has = |words: &[&str]| call.has(words);
    match call.name() {
        "sed" => !call.has_option('i', "in-place") && !call.args().any(|arg| arg.starts_with("w ")),
        "awk" | "gawk" | "mawk" => !call.args().any(|arg| arg.contains("system(") || arg.contains("> \"")),
        "yq" => !call.has_option('i', "inplace"),
        "sort" => !call.has_option('o', "output"),
        "date" => !call.has_option('s', "set"),
        "hostname" => call.args().all(|arg| arg.starts_with('-')),
        "dmesg" => !call.has_option('C', "clear") && !call.has_option('c', "read-clear"),
        "journalctl" => !call.args().any(|arg| arg.starts_with("--vacuum") || matches!(arg, "--rotate" | "--flush")),
        "tar" => {
            call.args()
                .next()
                .is_some_and(|arg| arg.trim_start_matches('-').contains('t') && !arg.contains(['x', 'c', 'r', 'u']))
                || has(&["--list"])
        }
        "gunzip" | "gzip" | "zstd" | "xz" | "bzip2" => {
            call.has_option('c', "stdout") || call.has_option('t', "test") || call.simple.is_piped_into
        }
        _ => false,
    }
}

/// Programs that show or change the system.
fn system_looks(call: &Call<'_>) -> bool {
    let has = |words: &[&str]| call.has(words);
    match call.name() {
        "service" => call.operand(1) == "status" || has(&["--status-all"]),
        "systemctl" | "timedatectl" | "hostnamectl" | "resolvectl" => call.operand(0).is_empty() && !has(&["--force"]),
        "ip" => !has(&["add", "del", "delete", "set", "flush", "change", "replace", "up", "down", "append"]),
        "ifconfig" => call.words.len() <= 2,
        "iptables" | "ip6tables" => call.has_option('L', "list") || call.has_option('S', "list-rules"),
        "firewall-cmd" => call.args().all(|arg| {
            arg.starts_with("--list") || arg.starts_with("--get") || arg == "--state" || arg.starts_with("--zone")
        }),
        "sysctl" => {
            !call.has_option('w', "write")
                && !call.has_option('p', "load")
                && !has(&["--system"])
                && !call.args().any(|arg| arg.contains('='))
        }
        "crontab" => call.has_option('l', ""),
        "dpkg" => call
            .args()
            .next()
            .is_some_and(|arg| among!(arg, "-l" "-L" "-s" "-S" "--list" "--status" "--print-architecture")),
        "rpm" => call.args().next().is_some_and(|arg| arg.starts_with("-q") || arg.starts_with("-V")),
        "nginx" | "apachectl" | "apache2ctl" | "httpd" | "sshd" | "haproxy" | "visudo" => {
            call.args().next().is_some_and(|arg| among!(arg, "-t" "-T" "-tt" "-S" "-c" "configtest" "-V" "-M"))
        }
        "nc" | "ncat" | "netcat" => call.has_option('z', ""),
        "unzip" | "pg_restore" | "fdisk" | "parted" => call.has_option('l', "list"),
        "set" | "export" | "cd" | "read" | "for" | "exit" | "return" => true,
        _ => false,
    }
}

fn curl(call: &Call<'_>) -> bool {
    let mut args = call.args().peekable();
    while let Some(arg) = args.next() {
        if let Some(long) = arg.strip_prefix("--") {
            let (name, value) = long.split_once('=').unwrap_or((long, ""));
            match name {
                "output" if value == "/dev/null" || args.peek() == Some(&"/dev/null") => {}
                "request" => {
                    let verb = if value.is_empty() { args.next().unwrap_or("") } else { value };
                    if !matches!(verb, "GET" | "HEAD" | "OPTIONS") {
                        return false;
                    }
                }
                "output" | "remote-name" | "remote-name-all" | "upload-file" | "json" | "config" | "form"
                | "cookie-jar" | "output-dir" => return false,
                name if name.starts_with("data") || name.starts_with("form") => return false,
                _ => {}
            }
        } else if let Some(letters) = arg.strip_prefix('-') {
            match curl_letters(letters, args.peek().copied()) {
                Letters::Looks => {}
                Letters::LooksWithValue => {
                    args.next();
                }
                Letters::Changes => return false,
            }
        }
    }
    true
}

enum Letters {
    Looks,
    LooksWithValue,
    Changes,
}

/// A group of curl's one-letter options; the first that takes a value takes the rest of the group or the next word.
fn curl_letters(letters: &str, next: Option<&str>) -> Letters {
    for (index, letter) in letters.char_indices() {
        let rest = &letters[index + letter.len_utf8()..];
        let value = if rest.is_empty() { next.unwrap_or("") } else { rest };
        let taken = || {
            if rest.is_empty() { Letters::LooksWithValue } else { Letters::Looks }
        };
        match letter {
            'd' | 'F' | 'T' | 'O' | 'K' | 'c' => return Letters::Changes,
            'o' => {
                return if value == "/dev/null" || value == "-" { taken() } else { Letters::Changes };
            }
            'X' => {
                return if matches!(value, "GET" | "HEAD" | "OPTIONS") { taken() } else { Letters::Changes };
            }
            'H' | 'u' | 'A' | 'e' | 'b' | 'm' | 'w' | 'x' | 'E' | 'r' | 'y' | 'Y' | 'z' | 'U' | 'P' | 'Q' | 'C'
            | 'h' => return taken(),
            _ => {}
        }
    }
    Letters::Looks
}

/// Whether a database client is given its statement on the command line.
pub(super) fn takes_statement(call: &Call<'_>) -> bool {
    call.args().any(|arg| {
        arg.starts_with("--command")
            || arg.starts_with("--execute")
            || arg.starts_with('-') && !arg.starts_with("--") && arg.ends_with(['c', 'e']) && arg.len() <= 6
    })
}

/// Whether all statements given behind an option only look, and no file is read.
fn statements(call: &Call<'_>, options: &[&str]) -> bool {
    let letter = options[0].trim_start_matches('-');
    let mut is_given = false;
    let mut args = call.args();
    while let Some(arg) = args.next() {
        let is_group = arg.starts_with('-') && !arg.starts_with("--") && arg.ends_with(letter) && arg.len() <= 6;
        let text = if options.contains(&arg) || is_group {
            args.next().unwrap_or("")
        } else if let Some(text) = arg.strip_prefix(options[1]).and_then(|rest| rest.strip_prefix('=')) {
            text
        } else if arg.starts_with("-f") || arg.starts_with("--file") {
            return false;
        } else {
            continue;
        };
        is_given = true;
        if !sql::only_looks(text) {
            return false;
        }
    }
    is_given && call.simple.reads.is_empty()
}

fn redis(call: &Call<'_>) -> bool {
    let verb = call.args().find(|arg| table::REDIS.split(' ').any(|verb| verb.eq_ignore_ascii_case(arg)));
    let changes = call.args().any(|arg| {
        ["set", "del", "flushall", "flushdb", "shutdown", "save", "bgsave", "expire", "rename", "config"]
            .iter()
            .any(|verb| verb.eq_ignore_ascii_case(arg))
    });
    verb.is_some() && !changes
        || call.args().any(|arg| arg.eq_ignore_ascii_case("config"))
            && call.args().any(|arg| arg.eq_ignore_ascii_case("get"))
}

fn openssl(call: &Call<'_>) -> bool {
    let looks = among!(call.operand(0), "x509" "s_client" "verify" "version" "rand" "dgst" "ciphers" "crl" "rsa"
            "pkey" "req" "ec" "pkcs12" "asn1parse" "list" "errstr" "speed");
    looks
        && !call.has(&[
            "-out",
            "-keyout",
            "-signkey",
            "-new",
            "-newkey",
            "-CAcreateserial",
            "-writerand",
            "-export",
            "-sign",
        ])
}

fn git(call: &Call<'_>) -> bool {
    let operands = operands(call);
    match operands.first().copied().unwrap_or("") {
        "branch" => {
            operands.len() == 1 && !call.has_option('D', "delete") && !call.has_option('m', "move")
                || call.has(&["--show-current", "--list", "--contains"])
        }
        "tag" => operands.len() == 1 && !call.has_option('d', "delete") || call.has_option('l', "list"),
        "remote" => operands.len() == 1 || matches!(operands[1], "show" | "get-url"),
        "config" => call.args().any(|arg| arg.starts_with("--get") || arg == "--list" || arg == "-l"),
        "reflog" => operands.len() == 1 || operands[1] == "show",
        _ => false,
    }
}

fn python(call: &Call<'_>) -> bool {
    let words: Vec<&str> = call.args().take(3).collect();
    match words.as_slice() {
        ["-m", "json.tool", ..] => true,
        [script, verb, ..] if script.ends_with("manage.py") => {
            matches!(*verb, "check" | "showmigrations" | "diffsettings" | "sqlmigrate" | "help")
                || *verb == "makemigrations" && call.has(&["--check"]) && call.has(&["--dry-run"])
        }
        _ => false,
    }
}
