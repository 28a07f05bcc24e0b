//! The fixed list of calls that only look.

use super::sql;
use crate::runbook::code::invocation::Call;
use crate::runbook::code::words::{among, begins};

mod acts;
mod script;
mod table;

/// Whether a call only looks. What is not on the list may change something.
pub(super) fn only_looks(call: &Call<'_>) -> bool {
    let name = call.name();
    if !is_installed(call.words[0]) {
        return false;
    }
    if asks_about_itself(call) {
        return true;
    }
    if acts::acts(call) {
        return false;
    }
    if table::LOOKING.holds(name) {
        return true;
    }
    table::subcommands(name).is_some_and(|lines| begins_with_line(call, lines)) || by_options(call)
}

/// Whether a command word can be the program of the list: a bare name, or one in a folder for programs. `./ls` is anything.
fn is_installed(word: &str) -> bool {
    let Some((folder, name)) = word.rsplit_once('/') else { return true };
    let is_temporary = begins!(folder, "/tmp/" "/var/tmp/" "/dev/shm/");
    let is_bin = matches!(folder.rsplit('/').next(), Some("bin" | "sbin" | ".bin"));
    is_bin && !is_temporary || name.starts_with("kafka-") || name == "manage.py"
}

/// `x --version`, `x version`, `x --help`.
fn asks_about_itself(call: &Call<'_>) -> bool {
    let name = call.name();
    // `npm version patch` makes one, `yarn version` asks for one.
    let makes_version =
        among!(name, "npm" "yarn" "pnpm" "poetry" "uv" "lerna" "mix" "hatch" "bumpversion" "standard-version");
    match call.words.as_slice() {
        [_, "--version" | "-V" | "--help" | "-version"] | [_, _, "--help" | "--version"] => true,
        [_, "version"] => name != "yarn",
        // `shutdown -h` halts.
        [_, "-h"] => !among!(name, "shutdown" "halt" "poweroff" "reboot" "init" "telinit"),
        [_, "-v"] => tells_version(name),
        [_, "version", last] => last.starts_with('-') && !makes_version,
        _ => false,
    }
}

/// Programs of which `-v` alone asks for the version; others do what they do, and say more of it.
fn tells_version(name: &str) -> bool {
    among!(name, "node" "npm" "npx" "yarn" "pnpm" "bun" "deno" "ruby" "perl" "php" "lua" "go" "java" "nginx" "httpd" "apachectl"
            "apache2" "apache2ctl" "docker" "docker-compose" "podman" "git" "gem" "bundle" "composer" "gcc" "g++" "clang"
            "cc" "make" "gradle" "mvn" "ant" "sbt" "terraform" "tofu" "packer" "vault" "consul" "nomad" "sudo" "tsc" "ng"
            "vue" "pm2" "rails" "rake" "brew" "redis-server" "redis-cli" "haproxy" "varnishd" "memcached" "dotnet" "pip"
            "pip3" "helm" "kubectl" "aws" "az" "jq" "svn" "hg" "ssh" "screen" "tmux" "wp" "pg_config" "jest" "eslint")
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
        let is_container = || {
            among!(call.name(), "docker" "docker-compose" "podman" "podman-compose" "nerdctl" "kubectl" "oc" "k" "helm")
                && among!(arg, "-f" "--file" "-p" "--project-name" "--env-file" "-H" "-n")
        };
        let is_git = || call.name() == "git" && among!(arg, "-c" "--git-dir" "--work-tree");
        let takes_value = operands.len() < 2
            && (among!(arg, "--namespace" "--context" "--profile" "--region" "-C" "--kubeconfig")
                || matches!(arg, "-n" | "-H") && !matches!(call.name(), "git" | "make")
                || is_container()
                || is_git());
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
            let mut texts = call.args().filter(|arg| !arg.starts_with('-')).skip(1).peekable();
            texts.peek().is_some() && texts.all(|text| sql::only_looks(text) || matches!(text, ".tables" | ".schema"))
        }
        "redis-cli" | "valkey-cli" => redis(call),
        "find" => !call
            .args()
            .any(|arg| among!(arg, "-delete" "-exec" "-execdir" "-ok" "-okdir" "-fprint" "-fprint0" "-fprintf" "-fls")),
        "openssl" => openssl(call),
        "git" => git(call),
        "aws" => aws(call),
        "gcloud" | "az" => cloud(call),
        "kafka-topics" | "kafka-topics.sh" | "kafka-consumer-groups" | "kafka-consumer-groups.sh" => {
            (has(&["--list", "--describe"]))
                && !has(&["--delete", "--alter", "--reset-offsets", "--create", "--execute", "--delete-offsets"])
        }
        "python" | "python3" => python(call),
        _ => filter_looks(call) || system_looks(call),
    }
}

/// Filters that can be told to write.
fn filter_looks(call: &Call<'_>) -> bool {
    let has = |words: &[&str]| call.has(words);
    match call.name() {
        "sed" => script::sed_looks(call),
        "awk" | "gawk" | "mawk" => script::awk_looks(call),
        "yq" => !call.has_option('i', "inplace"),
        "sort" => !call.has_option('o', "output"),
        "command" => true,
        "date" => date(call),
        "hostname" => call.args().all(|arg| arg.starts_with('-') && !begins!(arg, "-F" "-b" "--file" "--boot")),
        "dmesg" => {
            !call.args().any(|arg| begins!(arg, "--clear" "--read-clear" "--console"))
                && !"CcnDE".chars().any(|letter| call.has_option(letter, ""))
        }
        "journalctl" => !call.args().any(|arg| {
            begins!(arg, "--vacuum" "--rotate" "--flush" "--sync" "--relinquish" "--smart-relinquish" "--update-catalog"
                "--setup-keys" "--cursor-file")
        }),
        "tar" => tar(call),
        "gunzip" | "gzip" | "zstd" | "xz" | "bzip2" => {
            let is_filter = call.simple.is_piped_into && call.operand(0).is_empty();
            (call.has_option('c', "stdout") || call.has_option('t', "test") || is_filter)
                && !has(&["-o", "--rm", "--train"])
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
        "ip" => ip(call),
        "ifconfig" => call.words.len() <= 2,
        "iptables" | "ip6tables" => call.has_option('L', "list") || call.has_option('S', "list-rules"),
        "firewall-cmd" => call.args().all(|arg| {
            arg.starts_with("--list") || arg.starts_with("--get") || arg == "--state" || arg.starts_with("--zone")
        }),
        "sysctl" => {
            !call.has_option('w', "write")
                && !call.has_option('p', "load")
                && !call.has_option('f', "")
                && !has(&["--system"])
                && !call.args().any(|arg| arg.contains('='))
        }
        "crontab" => call.has_option('l', ""),
        "dpkg" => call
            .args()
            .next()
            .is_some_and(|arg| among!(arg, "-l" "-L" "-s" "-S" "--list" "--status" "--print-architecture")),
        "rpm" => call.args().next().is_some_and(|arg| arg.starts_with("-q") || arg.starts_with("-V")),
        "nginx" | "apachectl" | "apache2ctl" | "httpd" | "sshd" => {
            has(&["configtest"])
                || call.args().any(|arg| among!(arg, "-t" "-T" "-V") || name_of_server(call) && among!(arg, "-S" "-M"))
        }
        "haproxy" | "visudo" => call.args().any(|arg| begins!(arg, "-c" "--check") && !arg.contains("cc")),
        "nc" | "ncat" | "netcat" => {
            call.has_option('z', "") && !call.has_option('e', "exec") && !call.has_option('c', "sh-exec")
        }
        "unzip" | "pg_restore" | "fdisk" | "parted" => call.has_option('l', "list"),
        "set" | "export" | "cd" | "read" | "for" | "exit" | "return" => true,
        _ => false,
    }
}

/// Whether the options `-S` and `-M` list what a server would serve.
fn name_of_server(call: &Call<'_>) -> bool {
    among!(call.name(), "apachectl" "apache2ctl" "httpd")
}

/// An operand that is no format sets the clock.
fn date(call: &Call<'_>) -> bool {
    let mut args = call.args();
    let mut is_only_read = false;
    while let Some(arg) = args.next() {
        if let Some(long) = arg.strip_prefix("--") {
            if long.starts_with('s') {
                return false;
            }
            if matches!(long, "date" | "reference" | "file") {
                args.next();
            }
        } else if let Some(letters) = arg.strip_prefix('-') {
            is_only_read |= letters.contains('j');
            if letters.starts_with('I') || letters.starts_with(['d', 'r', 'f', 'v', 'z']) && letters.len() > 1 {
                continue;
            }
            if letters.contains('s') {
                return false;
            }
            if letters.ends_with(['d', 'r', 'f', 'v', 'z']) {
                args.next();
            }
        } else if !arg.starts_with('+') && !is_only_read {
            return false;
        }
    }
    true
}

fn tar(call: &Call<'_>) -> bool {
    let runs = call.args().any(|arg| {
        begins!(arg, "--to-command" "--checkpoint-action" "--use-compress-program" "--info-script" "--new-volume-script"
            "--rsh-command" "--index-file" "--delete" "--extract" "--get" "--create" "--append" "--update" "--concatenate"
            "--catenate" "-I" "-F")
    });
    let lists = call.args().next().is_some_and(|arg| {
        !arg.starts_with("--") && arg.contains('t') && !arg.contains(['x', 'c', 'r', 'u', 'A', 'I', 'F'])
    });
    !runs && (lists || call.has(&["--list"]))
}

/// `ip addr`, `ip -br link show dev eth0`: an object alone, or a verb that is written out and shows.
fn ip(call: &Call<'_>) -> bool {
    let mut words = Vec::new();
    let mut args = call.args();
    while let Some(arg) = args.next() {
        match arg {
            _ if begins!(arg, "-b" "--batch") && !arg.starts_with("-br") => return false,
            "-n" | "-netns" | "-f" | "-family" | "-rc" | "-rcvbuf" if words.is_empty() => {
                args.next();
            }
            _ if arg.starts_with('-') => {}
            _ => words.push(arg),
        }
    }
    let shows_addresses = matches!(words.first(), Some(&("a" | "addr" | "address" | "r" | "route")));
    match words.get(1).copied() {
        None | Some("show" | "list" | "ls" | "lst" | "sh" | "get" | "help" | "identify" | "pids") => true,
        Some("s" | "l") => shows_addresses,
        Some(_) => false,
    }
}

/// The operation is the second word: `aws ec2 describe-instances`. Some that get something write it to a file.
fn aws(call: &Call<'_>) -> bool {
    let mut words = Vec::new();
    let mut args = call.args();
    while let Some(arg) = args.next() {
        match arg {
            "--output" | "--endpoint-url" | "--query" | "--profile" | "--region" | "--ca-bundle" if words.len() < 2 => {
                args.next();
            }
            _ if arg.starts_with('-') => {}
            _ => words.push(arg),
        }
    }
    words.get(1).is_some_and(|operation| {
        begins!(operation, "describe-" "list-" "get-" "head-" "batch-get-")
            && !among!(*operation, "get-object" "get-object-torrent" "get-export" "get-sdk" "get-job-output" "get-media" "get-clip"
            "get-snapshot-block")
    })
}

/// A word that looks among the words that name what is done, and none that does something.
fn cloud(call: &Call<'_>) -> bool {
    let does = |arg: &str| {
        among!(arg, "create" "delete" "update" "set" "deploy" "add" "remove" "start" "stop" "restart" "reset" "ssh" "scp" "resize"
            "patch" "import" "export" "move" "attach" "detach" "enable" "disable" "rollback" "promote" "failover" "purge"
            "undelete" "restore" "run" "run-command" "invoke" "call" "submit" "cancel" "rotate" "activate" "use" "login" "logout"
            "suspend" "resume" "clone" "deallocate" "redeploy" "scale" "upgrade" "apply" "replace" "execute" "publish" "pull"
            "push" "copy" "cp" "mv" "rm" "sync" "upload" "download" "swap" "regenerate" "renew" "init" "destroy" "unset")
            || begins!(arg, "set-" "add-" "remove-" "delete-" "create-" "update-" "reset-")
    };
    let mut before = "";
    let mut looks = false;
    for arg in call.args() {
        if does(arg) {
            return false;
        }
        let is_value = before.starts_with('-') && !matches!(before, "-q" | "--quiet" | "--verbose" | "--debug");
        looks |= !is_value && among!(arg, "list" "describe" "show" "get-value" "info" "version" "get-iam-policy");
        before = arg;
    }
    looks
}

fn curl(call: &Call<'_>) -> bool {
    // What is fetched may be written by what is said of it behind `-w`.
    if call.args().any(|arg| arg.contains("%output{")) {
        return false;
    }
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
                | "cookie-jar" | "output-dir" | "etag-save" | "hsts" | "alt-svc" | "libcurl" | "quote"
                | "postquote" | "prequote" | "telnet-option" => return false,
                "dump-header" | "trace" | "trace-ascii" | "stderr" => {
                    let file = if value.is_empty() { args.next().unwrap_or("") } else { value };
                    if !matches!(file, "-" | "%" | "/dev/null" | "/dev/stderr" | "/dev/stdout") {
                        return false;
                    }
                }
                name if name.starts_with("data") || name.starts_with("form") => return false,
                name if is_shortened(name) => return false,
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

/// Long options may be written shortened: `--req DELETE`.
fn is_shortened(name: &str) -> bool {
    let changing =
        ["request", "output", "upload-file", "remote-name", "config", "cookie-jar", "data", "dump-header", "quote"];
    name.len() >= 3 && changing.iter().any(|option| option.starts_with(name))
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
            'd' | 'F' | 'T' | 'O' | 'K' | 'c' | 'Q' | 't' => return Letters::Changes,
            'o' | 'D' => {
                return if value == "/dev/null" || value == "-" { taken() } else { Letters::Changes };
            }
            'X' => {
                return if matches!(value, "GET" | "HEAD" | "OPTIONS") { taken() } else { Letters::Changes };
            }
            'H' | 'u' | 'A' | 'e' | 'b' | 'm' | 'w' | 'x' | 'E' | 'r' | 'y' | 'Y' | 'z' | 'U' | 'P' | 'C' | 'h' => {
                return taken();
            }
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
    let mut words: Vec<String> = Vec::new();
    let mut args = call.args();
    while let Some(arg) = args.next() {
        match arg {
            "-h" | "-p" | "-a" | "-n" | "-u" | "-s" | "-i" | "-r" | "-d" | "-D" | "--user" | "--pass" | "--cacert"
            | "--cert" | "--key"
                if words.is_empty() =>
            {
                args.next();
            }
            "--stat" | "--bigkeys" | "--memkeys" | "--hotkeys" | "--scan" | "--latency" | "--latency-history"
                if words.is_empty() =>
            {
                words.push("ping".to_owned());
            }
            _ if words.is_empty()
                && begins!(arg, "--eval" "--pipe" "--rdb" "--functions-rdb" "--cluster" "-x" "-X") =>
            {
                return false;
            }
            _ if words.is_empty() && arg.starts_with('-') => {}
            _ => words.push(arg.to_ascii_lowercase()),
        }
    }
    let verb = words.first().map_or("", String::as_str);
    let next = words.get(1).map_or("", String::as_str);
    match verb {
        "config" => next == "get",
        "client" => matches!(next, "list" | "info" | "id" | "getname"),
        "cluster" => {
            matches!(next, "info" | "nodes" | "slots" | "shards" | "links" | "myid" | "keyslot" | "countkeysinslot")
        }
        "memory" => matches!(next, "usage" | "stats" | "doctor"),
        "latency" => matches!(next, "doctor" | "latest" | "history" | "graph" | "histogram"),
        "slowlog" => matches!(next, "get" | "len"),
        verb => table::REDIS.split(' ').any(|known| known == verb),
    }
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
            "-x509",
            "-CA",
            "-CAserial",
            "-sess_out",
            "-keylogfile",
            "-engine",
            "-provider-path",
            "-outdir",
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
        ["-m", "json.tool", ..] => call.args().skip(2).filter(|arg| !arg.starts_with('-')).count() < 2,
        [script, verb, ..] if script.ends_with("manage.py") => {
            matches!(*verb, "check" | "showmigrations" | "diffsettings" | "sqlmigrate" | "help")
                || *verb == "makemigrations" && call.has(&["--check"]) && call.has(&["--dry-run"])
        }
        _ => false,
    }
}
