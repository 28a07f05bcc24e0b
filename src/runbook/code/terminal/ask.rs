//! Programs that ask something and wait: passwords, logins, confirmations.

use crate::runbook::code::invocation::Call;
use crate::runbook::code::words::among;

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
        "chsh" | "chfn" | "kinit" | "smbpasswd" | "ssh-copy-id" | "mysql_secure_installation" => true,
        "htpasswd" => !call.has_option('b', ""),
        "ssh-add" => !has(&["-l", "-L", "-D"]),
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
                among!(arg, "--batch" "-k" "-K" "--import" "--verify" "--export" "--fingerprint" "--version"
            "--recv-keys" "--dearmor" "--armor" "--keyserver" "--yes" "--show-keys" "--receive-keys")
                    || arg.starts_with("--list")
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
        "certbot" => {
            !call.has_option('n', "non-interactive")
                && !matches!(call.operand(0), "renew" | "certificates" | "plugins" | "revoke" | "delete")
        }
        "openssl" => openssl(call),
        "manage.py" | "python" | "python3" => {
            has(&["createsuperuser", "changepassword", "shell", "dbshell", "shell_plus"])
                && !has(&["--noinput", "--no-input"])
                && !has(&["-c"])
                || has(&["flush", "collectstatic"]) && !has(&["--noinput", "--no-input"])
        }
        "fdisk" | "gdisk" | "parted" => !call.has_option('l', "list") && !call.has_option('s', "script"),
        _ => logs_in(call) || confirms(call),
    }
}

/// Programs of hosting services that ask who is there.
fn logs_in(call: &Call<'_>) -> bool {
    let has = |words: &[&str]| call.has(words);
    match call.name() {
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
        }
        "fly" | "flyctl" | "doctl" => call.operand(0) == "auth" && matches!(call.operand(1), "login" | "init"),
        "vault" => call.operand(0) == "login" && call.operand(1).is_empty() && !has(&["-method"]),
        _ => false,
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
        "dropdb" | "dropuser" | "rm" => call.has_option('i', "interactive"),
        "createuser" => call.has_option('P', "pwprompt") || call.has(&["--interactive"]),
        "prisma" | "npx" => call.has(&["reset"]) && call.has(&["migrate"]) && !call.has_option('f', "force"),
        _ => false,
    }
}
