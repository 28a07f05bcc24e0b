//! Which commands want a person at the keyboard, and which run until they are stopped.
//!
//! Both are told from the calls alone. A wrong yes costs a key press; a wrong no costs a hanging run: in doubt, yes.

use super::invocation::{Call, Kind, calls};
use super::shell;
use crate::runbook::code::words::among;

mod ask;
mod login;

/// Whether one of the calls wants a person at the keyboard.
#[must_use]
pub fn is_interactive(calls: &[Call<'_>]) -> bool {
    calls.iter().any(|call| match &call.kind {
        Kind::Shell(text) => {
            let script = shell::read(text);
            nested(&script, is_interactive_call)
        }
        Kind::Plain | Kind::Carrier | Kind::Limited => is_interactive_call(call),
    })
}

/// Whether one of the calls runs until it is stopped, or a loop does.
#[must_use]
pub fn is_endless(calls: &[Call<'_>], text: &str) -> bool {
    let goes_on = |(at, call)| is_endless_call(call) && !ends_with_its_reader(call, calls.get(at + 1));
    loops_forever(text) || calls.iter().enumerate().any(goes_on)
}

/// Whether a call is ended by what reads its output: `yes` by whoever it answers, a log by what wants a few lines of it.
fn ends_with_its_reader(call: &Call<'_>, next: Option<&Call<'_>>) -> bool {
    let Some(reader) = next.filter(|next| next.simple.is_piped_into && next.statement == call.statement) else {
        return false;
    };
    match reader.name() {
        "head" => true,
        "grep" | "rg" => reader.has_option('m', "max-count") || reader.has_option('q', "quiet"),
        _ => call.name() == "yes",
    }
}

fn nested(script: &shell::Script<'_>, wants: fn(&Call<'_>) -> bool) -> bool {
    calls(script).iter().any(wants)
}

/// Whether a loop has no condition that can ever fail.
fn loops_forever(text: &str) -> bool {
    if !(text.contains("while ") || text.contains("until ") || text.contains("for ((")) {
        return false;
    }
    let is_loop = |line: &str| {
        let line = line.trim_start();
        [
            "while true",
            "while :",
            "while [ 1 ]",
            "while [[ 1 ]]",
            "while [ true ]",
            "until false",
            "for ((;;))",
            "for (( ; ; ))",
            "while sleep ",
        ]
        .iter()
        .any(|head| line.starts_with(head) || line.split("; ").any(|part| part.starts_with(head)))
    };
    text.contains("while ") && text.lines().any(is_loop) && !text.contains("break")
        || text.lines().any(|line| is_loop(line) && !line.trim_start().starts_with("while"))
}

/// Whether this call runs until it is stopped.
#[must_use]
pub fn is_endless_call(call: &Call<'_>) -> bool {
    if call.kind == Kind::Limited || call.simple.is_background {
        return false;
    }
    let has = |words: &[&str]| call.has(words);
    let follows = || call.has_option('f', "follow");
    match call.name() {
        "tail" => follows() || call.has_option('F', ""),
        "journalctl" | "kail" => follows(),
        "docker" | "podman" | "nerdctl" | "docker-compose" | "podman-compose" => container(call),
        "kubectl" | "oc" | "k" => cluster(call),
        "watch" | "htop" | "btop" | "atop" | "iftop" | "nethogs" | "glances" | "ctop" | "k9s" | "lazydocker"
        | "nodemon" | "stern" | "nmon" | "yes" | "vite" | "watchman" | "entr" | "air" | "mosquitto_sub" | "ngrok" => {
            !is_version(call)
        }
        "iotop" => !call.has_option('n', "iter"),
        "tcpdump" => !call.has_option('c', "") && !call.has_option('D', ""),
        "cloudflared" => has(&["run", "--url"]),
        "minio" => has(&["server"]),
        "top" => !call.has_option('n', "") && !call.has_option('b', ""),
        "ping" | "ping6" => !call.has_option('c', ""),
        "mtr" => !call.has_option('r', "report") && !call.has_option('c', "report-cycles"),
        "vmstat" | "iostat" | "mpstat" | "pidstat" | "sar" => {
            call.args().filter(|arg| arg.bytes().all(|byte| byte.is_ascii_digit())).count() == 1
        }
        "nc" | "ncat" | "netcat" => call.has_option('l', "listen"),
        "heroku" => call.operand(0) == "logs" && call.has_option('t', "tail"),
        "fly" | "flyctl" | "wrangler" | "railway" => {
            matches!(call.operand(0), "logs" | "tail") && !call.has_option('\0', "no-tail") && !call.has_option('n', "")
        }
        "vercel" | "netlify" => matches!(call.operand(0), "dev") || call.operand(0) == "logs" && follows(),
        "pm2" => matches!(call.operand(0), "logs" | "monit") && !call.has_option('\0', "nostream"),
        "supervisorctl" => call.operand(0) == "tail" && follows(),
        "aws" => call.operand(0) == "logs" && call.operand(1) == "tail" && call.has_option('\0', "follow"),
        "redis-cli" | "valkey-cli" => call.args().any(|arg| {
            arg.eq_ignore_ascii_case("monitor")
                || arg.eq_ignore_ascii_case("subscribe")
                || arg == "--stat"
                || arg == "--latency"
        }),
        "kafka-console-consumer" | "kafka-console-consumer.sh" => {
            !call.has_option('\0', "max-messages") && !call.has_option('\0', "timeout-ms")
        }
        "ssh" => call.has_option('N', "") && !call.has_option('f', ""),
        name => is_server(name, call),
    }
}

fn is_version(call: &Call<'_>) -> bool {
    call.has(&["--version", "-v", "version", "--help", "-V"])
}

fn container(call: &Call<'_>) -> bool {
    let after = |verb: &'static str| call.args().skip_while(move |arg| *arg != verb).skip(1);
    let short = |arg: &str, letter: char| arg.starts_with('-') && !arg.starts_with("--") && arg.contains(letter);
    let verb = call.args().find(|arg| among!(*arg, "logs" "stats" "up" "events" "run" "attach" "exec"));
    match verb {
        Some("logs") => after("logs").any(|arg| arg == "--follow" || short(arg, 'f')),
        Some("stats") => !call.has(&["--no-stream"]),
        Some("events") => !call.has(&["--until"]),
        Some("up") => {
            let is_compose = call.words[0].ends_with("compose") || call.has(&["compose"]);
            is_compose
                && !after("up").any(|arg| {
                    matches!(arg, "--detach" | "--wait" | "--no-start" | "--abort-on-container-exit") || short(arg, 'd')
                })
        }
        _ => false,
    }
}

fn cluster(call: &Call<'_>) -> bool {
    match call.args().find(|arg| matches!(*arg, "logs" | "port-forward" | "proxy" | "get" | "events" | "attach")) {
        Some("logs") => call
            .args()
            .skip_while(|arg| *arg != "logs")
            .any(|arg| arg == "--follow" || arg == "-f" || arg == "--follow=true"),
        Some("port-forward" | "proxy") => true,
        Some("get" | "events") => call.has(&["-w", "--watch", "--watch-only", "--watch=true"]),
        _ => false,
    }
}

/// Development servers and workers in the foreground.
fn is_server(name: &str, call: &Call<'_>) -> bool {
    let first = call.operand(0);
    let script = call.args().find(|arg| !arg.starts_with('-') && !matches!(*arg, "run" | "exec")).unwrap_or("");
    match name {
        "npm" | "yarn" | "pnpm" | "bun" => {
            (call.has(&["run"]) || matches!(name, "yarn" | "pnpm" | "bun") || script == "start")
                && matches!(
                    script.split(':').next(),
                    Some("dev" | "start" | "serve" | "preview" | "watch" | "storybook")
                )
                && !script.contains("stop")
        }
        "next" | "nuxt" | "astro" | "remix" | "gatsby" => {
            matches!(first, "dev" | "start" | "develop" | "serve" | "preview")
        }
        "python" | "python3" => call.has(&["http.server", "runserver", "runserver_plus"]),
        "manage.py" | "django-admin" => call.has(&["runserver"]),
        "flask" => first == "run",
        "rails" => matches!(first, "s" | "server"),
        "uvicorn" | "hypercorn" | "daphne" => !is_version(call),
        "gunicorn" => !call.has_option('D', "daemon") && !is_version(call) && !call.has(&["--check-config"]),
        "celery" => call.has(&["worker", "beat", "flower"]) && !call.has(&["--detach", "inspect", "control"]),
        "artisan" => matches!(first, "serve" | "queue:work" | "horizon"),
        "php" => call.has(&["queue:work", "horizon", "serve"]) || call.has(&["-S"]),
        "hugo" | "mkdocs" | "jekyll" => matches!(first, "server" | "serve"),
        "cargo" | "dotnet" => first == "watch",
        "node" => matches!(program_stem(first), "server" | "app"),
        "sidekiq" | "puma" | "caddy" => !is_version(call) && (name != "caddy" || first == "run"),
        "nginx" => call.has(&["daemon off;"]),
        "vault" | "consul" | "nomad" => matches!(first, "server" | "agent"),
        _ => false,
    }
}

fn program_stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('.').next().unwrap_or(name)
}

/// Whether this call wants a person at the keyboard.
#[must_use]
pub fn is_interactive_call(call: &Call<'_>) -> bool {
    let asks = match input(call) {
        Input::Keyboard => login::opens_session(call) || ask::asks(call),
        Input::Fed => false,
    };
    // Whoever opens the terminal itself means a person, wherever standard input comes from.
    let opens_terminal = call.simple.reads.iter().any(|target| target == "/dev/tty");
    asks || opens_terminal || login::is_full_screen(call) || login::asks_in_any_case(call)
}

/// Where a call's standard input comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Input {
    Keyboard,
    /// A pipe, a file or a here-document.
    Fed,
}

fn input(call: &Call<'_>) -> Input {
    let simple = call.simple;
    if simple.is_piped_into || !simple.reads.is_empty() || simple.has_heredoc { Input::Fed } else { Input::Keyboard }
}

/// Whether this call opens a session in which the lines after it would have to be typed: a shell on another host or in
/// a container, a database prompt.
#[must_use]
pub fn opens_session(call: &Call<'_>) -> bool {
    match input(call) {
        Input::Keyboard => login::opens_session(call),
        Input::Fed => false,
    }
}

/// Whether this call is a screen full of numbers that never ends by itself.
#[must_use]
pub fn is_monitor(call: &Call<'_>) -> bool {
    is_endless_call(call) || matches!(call.name(), "htop" | "top" | "btop" | "iotop" | "ncdu" | "k9s")
}

#[cfg(test)]
mod tests;
