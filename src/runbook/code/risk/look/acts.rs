//! What makes a program of the fixed list do more than look: an option that writes, an operand that is written to, a command
//! or a program that it is told to run.

use crate::runbook::code::invocation::Call;
use crate::runbook::code::words::{among, begins};

/// Whether a program that otherwise only looks is told to change something or to run something else.
pub(super) fn acts(call: &Call<'_>) -> bool {
    fed_operands(call) || filter_acts(call) || system_acts(call) || service_acts(call)
}

/// Behind `xargs` these get words that nobody has seen, and what they do hangs on them.
fn fed_operands(call: &Call<'_>) -> bool {
    let is_fed = call.simple.texts().any(|word| word == "xargs") && call.words[0] != "xargs";
    is_fed && among!(call.name(), "env" "date" "hostname" "uniq" "xxd" "alias" "find" "watch" "sort" "redis-cli")
}

fn filter_acts(call: &Call<'_>) -> bool {
    let option = |letter: char, long: &str| call.has_option(letter, long);
    let begins_any = |begin: &str| call.args().any(|arg| arg.starts_with(begin));
    match call.name() {
        "alias" => call.args().any(|arg| arg.contains('=')),
        "base64" | "info" => option('o', "output"),
        "compgen" => option('C', "") || option('F', ""),
        "env" => call.args().any(|arg| !arg.starts_with('-') && !arg.contains('=')) || option('S', "split-string"),
        "file" => option('C', "compile"),
        "history" => begins_any("-"),
        "jq" => option('i', "in-place"),
        "less" | "more" | "zless" => {
            option('o', "log-file") || option('O', "LOG-FILE") || begins_any("+!") || begins_any("++!")
        }
        "man" => option('P', "pager") || option('H', "html"),
        "pip-audit" => option('o', "output") || option('\0', "fix"),
        "rg" => option('\0', "pre") || option('\0', "hostname-bin"),
        "sort" => option('\0', "compress-program"),
        "tree" => option('o', "output") || option('R', ""),
        "uniq" => operands(call, &["-f", "-s", "-w"]) > 1,
        "xxd" => operands(call, &["-l", "-c", "-g", "-s", "-o", "-n", "-R"]) > 1,
        "yq" => option('s', "split-exp"),
        _ => false,
    }
}

fn system_acts(call: &Call<'_>) -> bool {
    let option = |letter: char, long: &str| call.has_option(letter, long);
    match call.name() {
        "arp" => option('d', "delete") || option('s', "set") || option('f', "file"),
        "atop" => option('w', ""),
        "blkid" => option('g', "garbage-collect") || option('w', ""),
        "crontab" => option('r', "") || option('e', "") || option('i', ""),
        "glances" => option('w', "webserver") || option('s', "server") || call.args().any(|arg| begins!(arg, "--export")),
        "iptables" | "ip6tables" => {
            "ADIRFXPNZE".chars().any(|letter| option(letter, ""))
                || call.args().any(|arg| {
                    begins!(arg, "--append" "--delete" "--insert" "--replace" "--flush" "--zero" "--policy" "--new" "--rename")
                })
        }
        "lastlog" => option('C', "clear") || option('S', "set"),
        "lsof" => option('D', ""),
        "ntpq" => call.args().any(|arg| begins!(arg, ":config" "config" "saveconfig" "reset" "writelist")),
        "nvidia-smi" => call.args().any(|arg| {
            among!(arg, "-r" "-pm" "-pl" "-mig" "-c" "-e" "-p" "-f" "-ac" "-rac" "-cc" "-lgc" "-rgc" "-lmc" "-rmc" "-am" "-caa" "-dm")
                || begins!(arg, "--gpu-reset" "--persistence" "--power-limit" "--filename" "--applications" "--compute-mode"
                    "--ecc" "--lock" "--reset" "--multi-instance" "--clear")
        }),
        "pidstat" => option('e', ""),
        "rpm" => call.args().any(|arg| begins!(arg, "--pipe" "--eval" "--define" "-e" "--erase" "--import" "--initdb" "--rebuilddb")),
        "pg_restore" => option('f', "file"),
        "ncdu" | "sar" => option('o', ""),
        "ss" => option('K', "kill") || option('D', "diag"),
        _ => false,
    }
}

/// Programs with subcommands that look, told by an option or a further word to do something else.
fn service_acts(call: &Call<'_>) -> bool {
    let option = |letter: char, long: &str| call.has_option(letter, long);
    let has = |words: &[&str]| call.has(words);
    match call.name() {
        "git" => git(call),
        "docker" | "podman" | "nerdctl" | "docker-compose" | "podman-compose" => {
            has(&["config", "cves", "quickview"]) && (option('o', "output") || option('\0', "lock-image-digests"))
        }
        "kubectl" | "oc" | "k" => option('\0', "output-directory") || option('\0', "profile-output"),
        "helm" => option('\0', "output-dir") || option('\0', "post-renderer"),
        "terraform" | "tofu" | "terragrunt" => call.args().any(|arg| {
            begins!(arg, "-out" "--out" "-generate-config-out" "--generate-config-out" "-state-out" "--state-out")
        }),
        "pulumi" => option('\0', "save-plan"),
        "ansible-inventory" => option('\0', "output"),
        "npm" | "pnpm" | "yarn" | "cargo" => has(&["fix", "--fix"]),
        "go" => has(&["env"]) && (option('w', "") || option('u', "")) || option('\0', "toolexec") || has(&["-toolexec"]),
        "gh" => {
            has(&["api"]) && !asks_only(call) && call.args().any(|arg| {
                begins!(arg, "-X" "--method" "-f" "-F" "--field" "--raw-field" "--input")
            })
        }
        "railway" => option('\0', "set"),
        "borg" => option('\0', "repair"),
        "ceph" => has(&["mute", "unmute"]),
        "psql" => option('o', "output") || option('L', "log-file"),
        "mysql" | "mariadb" => option('\0', "tee") || option('\0', "pager") || option('\0', "init-command"),
        "sqlite3" => has(&["-cmd", "-init", "--cmd", "--init"]),
        "wget" => call.args().any(|arg| {
            begins!(arg, "--post" "--method" "--body" "--output-file" "--append-output" "--execute" "--save-cookies"
                "--use-askpass" "--warc" "-o" "-a" "-e")
        }),
        _ => false,
    }
}

/// `gh api -X GET …` with fields in the query.
fn asks_only(call: &Call<'_>) -> bool {
    call.words.windows(2).any(|pair| matches!(pair, ["-X" | "--method", "GET"])) || call.has(&["-XGET", "--method=GET"])
}

fn git(call: &Call<'_>) -> bool {
    let mut args = call.args().peekable();
    while let Some(arg) = args.next_if(|arg| arg.starts_with('-')) {
        match arg {
            "-C" | "--git-dir" | "--work-tree" | "--namespace" => {
                args.next();
            }
            // What git is configured to run (pagers, filters, aliases) is set by such keys; these only say how it prints.
            "-c" => {
                let key = args.next().unwrap_or("").to_ascii_lowercase();
                if !(begins!(key, "color." "core.quotepath" "http.sslverify" "user." "log." "safe.directory" "column."))
                {
                    return true;
                }
            }
            _ if begins!(arg, "--exec-path=" "--config-env") => return true,
            _ => {}
        }
    }
    args.any(|arg| {
        begins!(arg, "--output" "--open-files-in-pager" "--upload-pack" "--exec" "--ext-diff" "--textconv" "--filters"
            "--lost-found" "--set-upstream" "--unset-upstream" "--edit-description" "ext::")
            || matches!(arg, "-u") && call.has(&["branch"])
            || arg.starts_with("-O") && call.has(&["grep"])
    })
}

/// How many arguments are no options and no values of options.
fn operands(call: &Call<'_>, valued: &[&str]) -> usize {
    let mut count = 0;
    let mut args = call.args();
    while let Some(arg) = args.next() {
        if valued.contains(&arg) {
            args.next();
        } else if arg == "-" || !arg.starts_with('-') {
            count += 1;
        }
    }
    count
}
