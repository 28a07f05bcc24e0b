//! Programs that ask: editors, pagers, logins, prompts, confirmations.

use crate::runbook::code::invocation::{Call, Kind};

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
        "merge" => call.has_option('e', "edit"),
        "config" => call.has_option('e', "edit"),
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
        "psql" => {
            !call
                .args()
                .any(|arg| is_given(arg, &["-c", "-f", "-l"], &["--command", "--file", "--list"]))
                && !is_query()
        }
        "mysql" | "mariadb" => !call.args().any(|arg| is_given(arg, &["-e"], &["--execute"])) && !is_query(),
        "mongo" | "mongosh" => {
            !has(&["--eval", "-f", "--file"])
                && !call
                    .args()
                    .any(|arg| arg.ends_with(".js") || arg.starts_with("--eval="))
                && !is_query()
        }
        "redis-cli" | "valkey-cli" => {
            redis_operands(call) == 0 && !has(&["--stat", "--bigkeys", "--latency", "--scan"]) && !is_query()
        }
        "sqlite3" => operands() <= 1 && !is_query() && call.args().all(|arg| !arg.starts_with("-cmd")),
        "cqlsh" | "sqlplus" | "sqlcmd" | "clickhouse-client" | "mysqlsh" | "snowsql" => {
            !call.args().any(|arg| {
                is_given(
                    arg,
                    &["-e", "-f", "-q", "-Q", "-i"],
                    &["--execute", "--file", "--query"],
                )
            }) && !is_query()
        }
        "python" | "python3" | "node" | "irb" | "ipython" | "iex" | "ghci" | "lua" | "bc" | "gdb" | "scala"
        | "jshell" => {
            operands() == 0
                && !call
                    .args()
                    .any(|arg| arg.starts_with('-') && !matches!(arg, "-i" | "-q"))
        }
        "php" => call.has_option('a', "interactive") || has(&["tinker"]),
        "rails" => matches!(call.operand(0), "c" | "console" | "dbconsole" | "db"),
        "artisan" => call.operand(0) == "tinker",
        "manage.py" => has(&["shell", "shell_plus", "dbshell"]),
        "docker" | "podman" | "nerdctl" | "docker-compose" => has(&["attach"]),
        "heroku" => matches!(
            call.operand(0),
            "run" | "psql" | "pg:psql" | "ps:exec" | "redis:cli" | "run:inside"
        ),
        "fly" | "flyctl" => call.operand(0) == "ssh" && !call.has_option('C', "command"),
        "gcloud" => has(&["ssh"]) && !call.has_option('\0', "command"),
        "aws" => call.operand(1) == "start-session" || call.operand(1) == "execute-command",
        "vagrant" => call.operand(0) == "ssh" && !call.has_option('c', "command"),
        "gitlab-rails" => matches!(call.operand(0), "console" | "dbconsole"),
        _ => false,
    }
}

/// Whether an argument is one of the options, a group that ends in one (`-Atc`), or carries its value (`-cSELECT`).
fn is_given(arg: &str, letters: &[&str], longs: &[&str]) -> bool {
    let is_long = longs.iter().any(|long| {
        arg.strip_prefix(long)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    });
    let is_short = arg.starts_with('-')
        && !arg.starts_with("--")
        && letters
            .iter()
            .any(|letter| arg.starts_with(letter) || arg.len() <= 6 && arg.ends_with(&letter[1..]));
    is_long || is_short
}

fn redis_operands(call: &Call<'_>) -> usize {
    let mut count = 0;
    let mut args = call.args();
    while let Some(arg) = args.next() {
        if matches!(
            arg,
            "-h" | "-p" | "-a" | "-n" | "-u" | "-s" | "--user" | "--pass" | "--cacert" | "--cert" | "--key"
        ) {
            args.next();
        } else if !arg.starts_with('-') {
            count += 1;
        }
    }
    count
}

/// Calls that ask unless their input is fed.
pub(super) fn asks(call: &Call<'_>) -> bool {
    let has = |words: &[&str]| call.has(words);
    match call.name() {
        "passwd" => {
            !call.has_option('l', "lock")
                && !call.has_option('u', "unlock")
                && !call.has_option('S', "status")
                && !has(&["--stdin"])
        }
        "chsh"
        | "chfn"
        | "kinit"
        | "smbpasswd"
        | "ssh-copy-id"
        | "ssh-add"
        | "mysql_secure_installation"
        | "htpasswd"
        | "firmware-update" => {
            !(call.name() == "htpasswd" && call.has_option('b', ""))
                && !(call.name() == "ssh-add" && (has(&["-l", "-L", "-D"])))
        }
        "adduser" => {
            !has(&["--system", "--disabled-password", "--gecos"])
                && call.args().filter(|arg| !arg.starts_with('-')).count() < 2
        }
        "ssh-keygen" => {
            !has(&["-N", "-l", "-R", "-F", "-y", "-Y", "-A"])
                && !call.args().any(|arg| arg.starts_with("-l") || arg.starts_with("-N"))
        }
        "gpg" | "gpg2" => {
            !call.args().any(|arg| {
                matches!(
                    arg,
                    "--batch"
                        | "-k"
                        | "-K"
                        | "--import"
                        | "--verify"
                        | "--export"
                        | "--fingerprint"
                        | "--version"
                        | "--recv-keys"
                        | "--dearmor"
                        | "--armor"
                        | "--keyserver"
                        | "--yes"
                        | "--show-keys"
                        | "--receive-keys"
                ) || arg.starts_with("--list")
                    || arg.starts_with("--passphrase")
            }) || has(&[
                "--edit-key",
                "--gen-key",
                "--full-generate-key",
                "--full-gen-key",
                "--sign",
                "--detach-sign",
                "--decrypt",
            ]) && !has(&["--batch"])
        }
        "read" => call.has_option('p', "") || call.has_option('s', ""),
        "docker" | "podman" | "nerdctl" | "helm" => container_asks(call),
        "az" => call.operand(0) == "login" && !has(&["--service-principal", "--identity"]),
        "gh" | "glab" => call.operand(0) == "auth" && call.operand(1) == "login" && !has(&["--with-token"]),
        "aws" => {
            call.operand(0) == "configure"
                && !matches!(call.operand(1), "get" | "set" | "list" | "list-profiles" | "import")
                || call.operand(0) == "sso" && call.operand(1) == "login"
        }
        "gcloud" => {
            call.operand(0) == "init"
                || has(&["auth"]) && has(&["login"]) && !has(&["--cred-file"])
                || has(&["delete"]) && !call.has_option('q', "quiet")
        }
        "npm" | "pnpm" | "yarn" => {
            matches!(call.operand(0), "login" | "adduser") || call.operand(0) == "init" && !call.has_option('y', "yes")
        }
        "heroku" | "firebase" | "wrangler" | "railway" | "supabase" | "vercel" | "netlify" | "terraform" | "cargo"
        | "shopify" | "eas" | "expo" | "snyk" | "argocd" | "oc" | "tsh" | "bw" | "op" => {
            call.operand(0) == "login"
                && !call.has_option('\0', "password")
                && !call.has_option('t', "token")
                && call.operand(1).is_empty()
                || confirms(call)
        }
        "fly" | "flyctl" | "doctl" => call.operand(0) == "auth" && matches!(call.operand(1), "login" | "init"),
        "vault" => call.operand(0) == "login" && call.operand(1).is_empty() && !has(&["-method"]),
        "certbot" => {
            !call.has_option('n', "non-interactive")
                && !matches!(
                    call.operand(0),
                    "renew" | "certificates" | "plugins" | "revoke" | "delete"
                )
        }
        "openssl" => openssl(call),
        "manage.py" | "python" | "python3" => {
            has(&["createsuperuser", "changepassword", "shell", "dbshell", "shell_plus"])
                && !has(&["--noinput", "--no-input"])
                && !has(&["-c"])
                || has(&["flush", "collectstatic"]) && !has(&["--noinput", "--no-input"])
        }
        "fdisk" | "gdisk" | "parted" => !call.has_option('l', "list") && !call.has_option('s', "script"),
        _ => confirms(call),
    }
}

fn container_asks(call: &Call<'_>) -> bool {
    let logs_in = call.has(&["login"]) && !call.has_option('p', "password") && !call.has(&["--password-stdin"]);
    let prunes = call.has(&["prune"]) && !call.has_option('f', "force") && call.name() != "helm";
    logs_in || prunes
}

fn openssl(call: &Call<'_>) -> bool {
    match call.operand(0) {
        "s_client" => !call.has(&["-help"]),
        "req" => call.has(&["-new", "-newkey", "-x509"]) && !call.has(&["-subj", "-batch", "-config"]),
        "genrsa" | "genpkey" | "enc" => {
            call.args().any(|arg| arg.starts_with("-aes") || arg == "-des3") && !call.has(&["-passout", "-pass", "-k"])
        }
        _ => false,
    }
}

/// Package and infrastructure programs that ask before they act.
fn confirms(call: &Call<'_>) -> bool {
    let says_yes =
        call.has_option('y', "yes") || call.has_option('\0', "assume-yes") || call.has_option('\0', "noconfirm");
    match call.name() {
        "apt" | "apt-get" | "aptitude" | "yum" | "dnf" | "zypper" | "pacman" => {
            let acts = [
                "install",
                "remove",
                "upgrade",
                "full-upgrade",
                "dist-upgrade",
                "autoremove",
                "purge",
                "update",
                "reinstall",
                "groupinstall",
                "-S",
                "-Syu",
                "-R",
                "in",
                "up",
            ];
            let is_refresh = call.operand(0) == "update" && matches!(call.name(), "apt" | "apt-get" | "aptitude");
            call.args().any(|arg| acts.contains(&arg))
                && !says_yes
                && !is_refresh
                && !call.has_option('q', "quiet")
                && !call.has_option('s', "dry-run")
                && !call.has_option('n', "non-interactive")
        }
        "terraform" | "tofu" | "terragrunt" => {
            matches!(call.operand(0), "apply" | "destroy")
                && !call.args().any(|arg| {
                    arg.starts_with("-auto-approve")
                        || arg.starts_with("--auto-approve")
                        || arg.starts_with("--terragrunt-non-interactive")
                })
                && call.operand(1).is_empty()
        }
        "pulumi" => matches!(call.operand(0), "up" | "destroy" | "refresh") && !says_yes,
        "ufw" => call.operand(0) == "reset" && !call.has(&["--force"]),
        "kubeadm" => call.operand(0) == "reset" && !call.has_option('f', "force"),
        "dropdb" | "dropuser" => call.has_option('i', "interactive"),
        "rm" => call.has_option('i', "interactive"),
        "createuser" => call.has_option('P', "pwprompt") || call.has(&["--interactive"]),
        "prisma" | "npx" => call.has(&["reset"]) && call.has(&["migrate"]) && !call.has_option('f', "force"),
        _ => false,
    }
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
