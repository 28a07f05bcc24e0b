//! Codes of dangerous calls. Words decide, wherever they stand in a call that can change something.

use super::{look, sql};
use crate::runbook::code::invocation::{Call, Kind};
use crate::runbook::code::words::{among, begins};

/// Whether a code stands for something that is hard to take back.
pub(super) fn destroys(code: &str) -> bool {
    !among!(code, "apply" "migrate" "firewall" "env-set" "push-main" "push-tags" "force" "reboot" "drain")
}

/// The codes of one call, each once.
pub(super) fn codes(call: &Call<'_>, effect: Effect) -> Vec<&'static str> {
    let mut codes = match call.name() {
        "rm" | "rmdir" | "unlink" | "shred" | "srm" => removal(call),
        "git" => git(call),
        "docker" | "podman" | "nerdctl" | "docker-compose" | "podman-compose" => container(call),
        "kubectl" | "oc" | "k" | "helm" | "helmfile" => cluster(call),
        "psql" | "mysql" | "mariadb" | "sqlite3" | "clickhouse-client" | "cqlsh" | "sqlcmd" => database(call),
        "redis-cli" | "valkey-cli" => flush(call),
        "mongosh" | "mongo" => documents(call),
        "ufw" | "iptables" | "ip6tables" | "nft" | "firewall-cmd" | "iptables-restore" => firewall(call),
        "curl" | "http" | "https" | "xh" | "wget" => request(call),
        name => fixed(name, call),
    };
    if call.kind != Kind::Carrier && effect == Effect::Unknown && !speaks(call.name()) {
        general(call, &mut codes);
    }
    codes
}

/// What the list of calls that only look says of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// It is on the list.
    Looks,
    /// It may change something.
    Unknown,
}

/// Programs whose arguments are words and paths for others to read.
fn speaks(name: &str) -> bool {
    among!(name, "echo" "printf" "git" "cat" "touch" "mkdir" "cd" "cp" "mv" "ln" "chmod" "chown" "nano"
            "vi" "vim" "code" "logger" "grep" "sed" "awk" "tee" "for" "ssh" "scp" "tar" "gzip"
            "gunzip" "export" "bash" "sh" "source" "." "psql" "mysql" "curl" "rm" "docker" "kubectl"
            "helm" "oc" "k" "helmfile" "mail" "apt" "apt-get" "pip" "npm" "[" "[[" "test" "alias")
}

fn removal(call: &Call<'_>) -> Vec<&'static str> {
    match call.name() {
        "shred" | "srm" => vec!["shred"],
        "rm" if call.has_option('r', "recursive") || call.has_option('R', "") => vec!["rm-r"],
        "rm" if call.args().any(|arg| arg.contains('*')) || is_fed(call) => vec!["rm-glob"],
        "rm" if call.has_option('f', "force") => vec!["force"],
        _ => Vec::new(),
    }
}

/// `find … | xargs rm`: whatever is found is removed.
fn is_fed(call: &Call<'_>) -> bool {
    call.simple.texts().any(|word| word == "xargs")
}

fn git(call: &Call<'_>) -> Vec<&'static str> {
    let mut codes = Vec::new();
    match call.operand(0) {
        "push" => {
            if call.has_option('f', "force")
                || call.has_option('\0', "force-with-lease")
                || call.has_option('\0', "mirror")
                || call.args().any(|arg| arg.starts_with('+'))
            {
                codes.push("force-push");
            }
            if call.has_option('d', "delete") || call.args().any(|arg| arg.starts_with(':') && arg.len() > 1) {
                codes.push("delete");
            }
            if call.has_option('\0', "tags") || call.has_option('\0', "follow-tags") {
                codes.push("push-tags");
            }
            let is_main =
                |arg: &str| matches!(arg.rsplit([':', '/']).next(), Some("main" | "master" | "production" | "prod"));
            if call.args().any(is_main) {
                codes.push("push-main");
            }
        }
        "reset" if call.has_option('\0', "hard") => codes.push("reset-hard"),
        "clean" if call.has_option('f', "force") => codes.push("clean"),
        "branch" | "tag" if call.has_option('D', "") || call.has_option('d', "delete") => codes.push("delete"),
        "checkout" if call.has(&["--", "."]) || call.has_option('f', "force") => codes.push("discard"),
        "restore" if !call.has_option('\0', "staged") => codes.push("restore"),
        "stash" if call.has(&["drop", "clear"]) => codes.push("drop"),
        "filter-branch" | "filter-repo" => codes.push("rewrite"),
        "update-ref" if call.has_option('d', "") => codes.push("delete"),
        _ => {}
    }
    codes
}

fn container(call: &Call<'_>) -> Vec<&'static str> {
    let mut codes = Vec::new();
    let is_down = call.has(&["down"]);
    if is_down && (call.has_option('v', "volumes")) {
        codes.push("down-v");
    }
    if call.has(&["prune"]) {
        codes.push("prune");
    }
    let removes = call.has(&["rm", "remove"]);
    let is_kept = call.has(&["volume", "network", "secret", "config", "stack", "service", "node"]);
    if removes && (is_kept || call.has_option('v', "volumes")) {
        codes.push("delete");
    } else if (removes || call.has(&["rmi", "kill"])) && call.has_option('f', "force") {
        codes.push("force");
        // What runs is killed, and gone with all that was written in it.
        if removes && !call.has(&["image"]) {
            codes.push("delete");
        }
    }
    if call.operand(0) == "push" || call.operand(0) == "image" && call.operand(1) == "push" {
        codes.push("publish");
    }
    codes
}

fn cluster(call: &Call<'_>) -> Vec<&'static str> {
    let mut codes = Vec::new();
    let table: &[(&str, &'static str)] = &[
        ("delete", "delete"),
        ("uninstall", "delete"),
        ("destroy", "destroy"),
        ("apply", "apply"),
        ("replace", "apply"),
        ("upgrade", "apply"),
        ("drain", "drain"),
    ];
    for (verb, code) in table {
        if [call.operand(0), call.operand(1), call.operand(2)].contains(verb) && call.kind != Kind::Carrier {
            codes.push(*code);
            break;
        }
    }
    if call.has_option('\0', "force") {
        codes.push("force");
    }
    if call.has_option('\0', "prune") {
        codes.push("prune");
    }
    if call.has_option('\0', "delete-emptydir-data") || call.has_option('\0', "delete-local-data") {
        codes.push("delete");
    }
    if call.operand(0) == "set" && call.operand(1) == "env" {
        codes.push("env-set");
    }
    codes
}

fn database(call: &Call<'_>) -> Vec<&'static str> {
    let mut codes: Vec<&'static str> = call.args().flat_map(sql::codes).collect();
    let loads = call.simple.reads.iter().any(|file| file != "/dev/null")
        || call.simple.is_piped_into && !look::takes_statement(call);
    if loads {
        codes.push("restore");
    }
    codes
}

fn flush(call: &Call<'_>) -> Vec<&'static str> {
    let is = |word: &str| call.args().any(|arg| arg.eq_ignore_ascii_case(word));
    if is("flushall") || is("flushdb") {
        vec!["flush"]
    } else if is("del") || is("unlink") {
        vec!["delete"]
    } else {
        Vec::new()
    }
}

/// What is said to a document database behind `--eval`.
fn documents(call: &Call<'_>) -> Vec<&'static str> {
    let mut codes = Vec::new();
    for text in call.args() {
        let lower = text.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        if has(&["dropdatabase", ".drop(", "dropuser", "droprole", "dropindex", "dropsearchindex", "dropallusers"]) {
            add(Some("drop"), &mut codes);
        }
        if has(&["deletemany", "deleteone", ".remove(", "findoneanddelete"]) {
            add(Some("delete"), &mut codes);
        }
    }
    codes
}

/// Rules that are changed are written again; all of them at once are lost.
fn firewall(call: &Call<'_>) -> Vec<&'static str> {
    if look::only_looks(call) {
        return Vec::new();
    }
    let flushes = call.has(&["flush"])
        || call.name() != "ufw" && (call.has_option('F', "flush") || call.has_option('X', "delete-chain"));
    if flushes { vec!["firewall", "flush"] } else { vec!["firewall"] }
}

/// Whether a file is a whole disk or a part of one.
pub(super) fn is_disk(file: &str) -> bool {
    file.strip_prefix("/dev/").is_some_and(
        |device| begins!(device, "sd" "hd" "vd" "xvd" "nvme" "mmcblk" "disk" "rdisk" "mapper/" "md" "dm-" "loop"),
    )
}

fn request(call: &Call<'_>) -> Vec<&'static str> {
    let deletes = call.args().any(|arg| matches!(arg, "DELETE" | "-XDELETE" | "--request=DELETE"));
    if deletes { vec!["delete"] } else { Vec::new() }
}

fn fixed(name: &str, call: &Call<'_>) -> Vec<&'static str> {
    let has = |words: &[&str]| call.has(words);
    let code = match name {
        "dd" if call.args().any(|arg| arg.starts_with("of=")) => "dd",
        "wipefs" | "blkdiscard" => "wipe",
        "fdisk" | "sfdisk" | "sgdisk" | "parted" | "gdisk" if !call.has_option('l', "list") => "partition",
        "truncate" => "truncate",
        "dropdb" | "dropuser" => "drop",
        "lvremove" | "vgremove" | "pvremove" | "lvreduce" | "userdel" | "groupdel" | "deluser" | "delgroup" => "delete",
        "pg_restore" if !call.has_option('l', "list") => "restore",
        "mongorestore" | "myloader" | "pgloader" | "pg_resetwal" | "mysqlimport" | "mongoimport" => "restore",
        "find" | "certutil" | "keytool" if has(&["-delete"]) => "delete",
        "tar" if has(&["--delete"]) => "delete",
        "rsync" if call.args().any(|arg| arg.starts_with("--delete") || arg == "--del") => "delete",
        "crontab" if call.has_option('r', "") => "delete",
        "journalctl" if call.args().any(|arg| arg.starts_with("--vacuum")) => "delete",
        "terraform" | "tofu" | "terragrunt" if has(&["-auto-approve", "--auto-approve"]) => "force",
        "cp" | "mv" | "tee" if call.args().last().is_some_and(is_disk) => "wipe",
        "reboot" | "shutdown" | "halt" | "poweroff" => "reboot",
        "systemctl" if has(&["reboot", "poweroff", "halt"]) => "reboot",
        "npm" | "pnpm" | "yarn" | "cargo" | "poetry" | "lerna" | "vsce" | "uv" | "flutter" | "dart" | "mvn"
            if has(&["publish", "unpublish"]) =>
        {
            "publish"
        }
        "mvn" | "mvnw" if has(&["deploy"]) => "publish",
        "gem" if has(&["push", "yank"]) => "publish",
        "twine" if has(&["upload"]) => "publish",
        "gh" if has(&["release"]) && has(&["create", "upload"]) => "publish",
        "gh" if has(&["delete"]) => "delete",
        "goreleaser" if has(&["release"]) && !call.has_option('\0', "snapshot") => "publish",
        "apt" | "apt-get" | "aptitude" | "dpkg"
            if has(&["purge", "--purge"]) || name == "dpkg" && call.has_option('P', "purge") =>
        {
            "purge"
        }
        "alembic" if has(&["downgrade"]) => "downgrade",
        "aws" if call.operand(0) == "s3" && matches!(call.operand(1), "rm" | "rb") => "delete",
        "heroku" | "flyctl" | "fly"
            if call.args().any(|arg| matches!(arg, "config:set" | "secrets:set"))
                || has(&["secrets"]) && has(&["set"]) =>
        {
            "env-set"
        }
        "vercel" | "netlify" | "railway" | "dokku" | "amplify" | "wrangler"
            if has(&["env", "env:set", "variables", "config:set", "secret"]) && !look::only_looks(call) =>
        {
            "env-set"
        }
        name if name.starts_with("mkfs") || name == "mke2fs" || name == "mkswap" => "mkfs",
        _ => return Vec::new(),
    };
    vec![code]
}

/// Words that say what a call does in any program: `terraform destroy`, `rake db:drop`, `./restore.sh`.
fn general(call: &Call<'_>, codes: &mut Vec<&'static str>) {
    let name = call.name();
    let name = name.strip_suffix(".sh").or_else(|| name.strip_suffix(".py")).unwrap_or(name);
    let is_path = call.words[0].contains('/');
    let operands = call.args().filter(|arg| !arg.starts_with('-')).take(4);
    let verbs = operands.filter(|arg| !arg.contains(['/', '.', '=', ' '])).flat_map(|arg| arg.split([':', '-', '_']));
    let named = is_path.then_some(name).into_iter().flat_map(|name| name.split([':', '-', '_', '.']));
    for word in named.chain(verbs) {
        add(word_code(word), codes);
    }
    for arg in call.args().filter_map(|arg| arg.strip_prefix("--")) {
        let code = match arg.split('=').next().unwrap_or("") {
            "force" | "force-yes" | "force-recreate" | "force-new-deployment" => Some("force"),
            "delete" => Some("delete"),
            "prune" => Some("prune"),
            "purge" => Some("purge"),
            "destroy" => Some("destroy"),
            "set-env-vars" | "update-env-vars" => Some("env-set"),
            _ => None,
        };
        add(code, codes);
    }
    if call.has(&["-destroy"]) {
        add(Some("destroy"), codes);
    }
}

fn add(code: Option<&'static str>, codes: &mut Vec<&'static str>) {
    if let Some(code) = code
        && !codes.contains(&code)
    {
        codes.push(code);
    }
}

fn word_code(word: &str) -> Option<&'static str> {
    Some(match word {
        "delete" | "remove" | "del" => "delete",
        "drop" | "dropdb" => "drop",
        "truncate" => "truncate",
        "destroy" | "teardown" | "nuke" | "terminate" => "destroy",
        "purge" => "purge",
        "prune" => "prune",
        "wipe" | "erase" => "wipe",
        "flush" | "flushall" => "flush",
        "restore" => "restore",
        "reset" => "reset",
        "rollback" | "downgrade" => "downgrade",
        "publish" => "publish",
        "apply" => "apply",
        "migrate" | "migration" | "migrations" | "upgrade" => "migrate",
        _ => return None,
    })
}
