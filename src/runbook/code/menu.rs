//! Menus: blocks whose lines are alternatives or belong to different places, never to be run as a whole.

use super::reading::Reading;
use super::{statement::Nature, terminal};
use crate::runbook::code::words::among;
use crate::runbook::letters::holds;
use std::collections::{BTreeMap, BTreeSet};

/// Why a block is a menu, if it is one. Only asked of blocks with at least two commands.
#[must_use]
pub fn why(reading: &Reading<'_>) -> Option<String> {
    if reading.commands() < 2 {
        return None;
    }
    by_comments(reading)
        .or_else(|| session(reading))
        .or_else(|| monitors(reading))
        .or_else(|| opposite_verbs(reading))
        .or_else(|| same_job(reading))
        .or_else(|| conflicting_folders(reading))
}

/// Comments that say "or", name systems, hosts, terminals or conditions.
fn by_comments(reading: &Reading<'_>) -> Option<String> {
    let mut systems: Vec<&str> = Vec::new();
    let mut places: Vec<String> = Vec::new();
    let mut options = 0;
    for (index, nature) in reading.natures.iter().enumerate().filter(|(_, nature)| nature.is_command()) {
        debug_assert!(nature.is_command());
        let statement = &reading.script.statements[index];
        let trailing = statement.trailing.clone().map(|span| &reading.text[span]);
        for comment in reading.comments[index].iter().copied().chain(trailing) {
            let lower = comment.trim_start_matches(['#', ' ', '-', '=']).to_lowercase();
            if index > 0 && offers_alternative(&lower) && trailing != Some(comment) {
                return Some(format!("a comment offers an alternative: `{}`", short(comment)));
            }
            if is_condition(&lower) && trailing != Some(comment) {
                return Some(format!("a comment makes part of it conditional: `{}`", short(comment)));
            }
            options += usize::from(is_option(&lower));
            systems.extend(system(&lower).filter(|name| !systems.contains(name)));
            places.extend(place(&lower).filter(|name| !places.contains(name)));
        }
    }
    if options >= 2 {
        return Some("its comments number the options".to_owned());
    }
    if systems.len() >= 2 {
        return Some(format!("its comments name different systems: {}", systems.join(", ")));
    }
    let is_elsewhere = places.iter().any(|place| place.starts_with("another") || place.ends_with(" 2"));
    (places.len() >= 2 || is_elsewhere).then(|| format!("its comments name different places: {}", places.join(", ")))
}

fn short(comment: &str) -> String {
    comment.trim_start_matches(['#', ' ']).chars().take(40).collect::<String>().trim_end().to_owned()
}

fn offers_alternative(lower: &str) -> bool {
    let first = lower.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
    among!(first, "or" "alternatively" "alternative" "alternativ" "oder" "ou" "otherwise" "oppure" "或者"
            "または")
        || lower.starts_with("o bien")
        || lower.starts_with("another way")
        || lower.contains("-- or --")
}

fn is_condition(lower: &str) -> bool {
    let starts =
        lower.strip_prefix(|c: char| c.is_ascii_digit()).map_or(lower, |rest| rest.trim_start_matches(['.', ')', ' ']));
    starts.starts_with("if ")
        || starts.starts_with("only if ")
        || starts.starts_with("optional")
        || starts.starts_with("falls ")
        || starts.starts_with("si ")
        || holds!(lower, "(optional)" "(if needed)" "(if necessary)" "(if applicable)" "(if required)"
            "if needed:" "(only if")
}

fn is_option(lower: &str) -> bool {
    let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let first = words.next().unwrap_or("");
    let second = words.next().unwrap_or("");
    among!(first, "option" "method" "approach" "variant" "alternative" "methode" "variante" "opción"
            "choice" "scenario")
        && (second.len() == 1 || second.bytes().all(|byte| byte.is_ascii_digit()) && !second.is_empty())
        || lower.starts_with("using ")
        || lower.starts_with("with npm")
        || lower.starts_with("with yarn")
        || lower.starts_with("via ")
}

fn system(lower: &str) -> Option<&'static str> {
    let body = lower.strip_prefix("on ").or_else(|| lower.strip_prefix("for ")).unwrap_or(lower);
    if let Some(excluded) = body.strip_prefix("non-") {
        return system(excluded).map(|_| "any other");
    }
    match body {
        "mac" => return Some("macOS"),
        "arch" => return Some("Arch"),
        _ => {}
    }
    [
        ("macos", "macOS"),
        ("mac ", "macOS"),
        ("osx", "macOS"),
        ("linux", "Linux"),
        ("windows", "Windows"),
        ("ubuntu", "Ubuntu"),
        ("debian", "Debian"),
        ("centos", "CentOS"),
        ("rhel", "RHEL"),
        ("fedora", "Fedora"),
        ("alpine", "Alpine"),
        ("arch ", "Arch"),
        ("red hat", "RHEL"),
        ("amazon linux", "Amazon Linux"),
        ("wsl", "WSL"),
        ("opensuse", "openSUSE"),
        ("freebsd", "FreeBSD"),
    ]
    .iter()
    .find(|(word, _)| body.starts_with(word))
    .map(|(_, name)| *name)
}

/// "Terminal 2", "on the db server", "in another shell".
fn place(lower: &str) -> Option<String> {
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric() && c != '-').filter(|word| !word.is_empty()).collect();
    let rest = match words.as_slice() {
        ["in" | "from", "a", rest @ ..] | ["in" | "from" | "on", rest @ ..] => rest,
        all => all,
    };
    match rest {
        ["terminal" | "shell" | "tab" | "window" | "console", number, ..]
            if number.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            Some(format!("{} {number}", rest[0]))
        }
        [
            "another" | "second" | "separate" | "new" | "different",
            "terminal" | "shell" | "tab" | "window" | "session",
            ..,
        ] => Some("another terminal".to_owned()),
        ["host" | "node" | "server" | "machine", name, ..] if rest.len() <= 3 && lower.len() < 40 => {
            Some(format!("{} {name}", rest[0]))
        }
        ["hosts" | "nodes" | "servers" | "machines", ..] if (2..=4).contains(&rest.len()) && lower.len() < 40 => {
            Some(rest.join(" "))
        }
        ["the", name @ .., "server" | "host" | "node" | "machine" | "instance" | "vm"]
            if words.first() == Some(&"on") =>
        {
            Some(name.join(" "))
        }
        [name, "server" | "host" | "node" | "machine" | "side"]
            if words.first() == Some(&"on")
                || matches!(*name, "primary" | "standby" | "replica" | "master" | "client" | "server") =>
        {
            Some((*name).to_owned())
        }
        ["your", "machine" | "laptop" | "computer"] | ["local" | "locally"] | ["local", "machine"] => {
            Some("local".to_owned())
        }
        ["primary" | "replica" | "standby" | "master"] => Some(rest[0].to_owned()),
        _ => None,
    }
}

/// A session on another host, in a container or at a database prompt, with lines after it that are meant for it.
fn session(reading: &Reading<'_>) -> Option<String> {
    let last = reading.natures.len().saturating_sub(1);
    (0..last).find_map(|index| {
        let opener = reading.calls_of(index).find(|call| terminal::opens_session(call))?;
        Some(format!("`{}` opens a session: the lines after it belong there", opener.words[0]))
    })
}

/// Screens and endless commands with something after them.
fn monitors(reading: &Reading<'_>) -> Option<String> {
    let last = reading.natures.iter().rposition(|nature| nature.is_command())?;
    let first = (0..last).find(|&index| reading.calls_of(index).any(terminal::is_monitor))?;
    let call = reading.calls_of(first).find(|call| terminal::is_monitor(call))?;
    Some(format!("`{}` does not end by itself, and lines follow it", call.words[0]))
}

/// `start`, `stop` and `restart` of one thing beside each other.
fn opposite_verbs(reading: &Reading<'_>) -> Option<String> {
    let mut seen: Vec<(String, &str)> = Vec::new();
    for call in &reading.calls {
        let is_service = among!(call.name(), "systemctl" "service" "docker" "docker-compose" "pm2" "supervisorctl" "brew"
            "rc-service" "pg_ctl" "apachectl" "nginx" "launchctl" "monit" "nssm");
        let verbs = ["start", "stop", "restart", "reload", "down", "up", "enable", "disable"];
        let Some(verb) = call.args().find(|arg| verbs.contains(arg)).filter(|_| is_service) else {
            continue;
        };
        let target: Vec<&str> = call.args().filter(|arg| !arg.starts_with('-') && *arg != verb).collect();
        let verb = verbs.iter().find(|own| **own == verb)?;
        seen.push((format!("{} {}", call.name(), target.join(" ")), verb));
    }
    // The last place of each verb of each thing.
    let mut last: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    last.extend(seen.iter().enumerate().map(|(index, (target, verb))| ((target.as_str(), *verb), index)));
    let alternative = seen.iter().enumerate().find(|(index, (target, verb))| {
        let place = |verb: &'static str| last.get(&(target.as_str(), verb));
        let opposite = match *verb {
            "start" => place("stop"),
            "up" => place("down"),
            "enable" => place("disable"),
            _ => None,
        };
        place("restart").is_some() && (place("start").is_some() || place("stop").is_some())
            || opposite.is_some_and(|after| after > index) && reading.calls.len() == seen.len()
    });
    alternative.map(|(_, (target, _))| {
        let others: Vec<&str> = seen.iter().filter(|(other, _)| other == target).map(|(_, verb)| *verb).collect();
        format!("{} of the same thing are alternatives", others.join(", "))
    })
}

/// Several package managers, of which one is there.
fn same_job(reading: &Reading<'_>) -> Option<String> {
    let mut systems: Vec<&str> = Vec::new();
    let mut projects: Vec<&str> = Vec::new();
    for call in &reading.calls {
        let installs = call.has(&["install", "add", "-S", "i", "ci", "in", "-Sy"])
            || matches!(call.name(), "yarn" | "pnpm") && call.words.len() == 1;
        let runs = call.has(&["run", "dev", "start", "build", "test"]);
        let name = match call.name() {
            "apt-get" | "apt" => "apt",
            "yum" | "dnf" => "dnf",
            "brew" => "brew",
            "apk" => "apk",
            "pacman" => "pacman",
            "zypper" => "zypper",
            "choco" => "choco",
            "winget" => "winget",
            "npm" if installs || runs => "npm",
            "yarn" if installs || runs => "yarn",
            "pnpm" if installs || runs => "pnpm",
            "bun" if installs || runs => "bun",
            _ => continue,
        };
        let is_project = matches!(name, "npm" | "yarn" | "pnpm" | "bun");
        let names = if is_project { &mut projects } else { &mut systems };
        if !names.contains(&name) && (is_project || installs) {
            names.push(name);
        }
    }
    // `npm install -g yarn` followed by yarn is a sequence.
    let brings_other = reading.calls.iter().any(|call| call.has(&["-g", "--global"]) || call.name() == "corepack");
    let names = if systems.len() >= 2 { systems } else { projects };
    (names.len() >= 2 && !brings_other).then(|| format!("{} do the same job", names.join(" and ")))
}

/// `cd x` twice without a way back.
fn conflicting_folders(reading: &Reading<'_>) -> Option<String> {
    let siblings = [
        "backend",
        "frontend",
        "client",
        "server",
        "api",
        "web",
        "ui",
        "app",
        "worker",
        "mobile",
        "admin",
        "contracts",
    ];
    let mut entered: BTreeSet<&str> = BTreeSet::new();
    for (call, nature) in reading.calls.iter().map(|call| (call, reading.natures[call.statement])) {
        if call.name() != "cd" || call.simple.depth > 0 || nature != Nature::Command {
            if matches!(call.name(), "popd" | "pushd") {
                return None;
            }
            continue;
        }
        let folder = call.operand(0).trim_end_matches('/');
        if folder.is_empty() || folder.starts_with(['/', '~', '$', '.']) || call.has(&["-"]) {
            entered.clear();
            continue;
        }
        let conflicts = entered.contains(&folder)
            || siblings.contains(&folder) && siblings.iter().any(|other| entered.contains(other));
        if conflicts {
            return Some(format!("`cd {folder}` does not lead on from the `cd` before it"));
        }
        entered.insert(folder);
    }
    None
}
