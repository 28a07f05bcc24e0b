//! What a simple command really calls: `sudo -u x docker exec c psql -c …` calls `docker` and, inside, `psql`.
//!
//! Prefixes that only change how a program runs are taken off. Programs that carry another command are kept and the
//! carried command follows them. Text that goes to another shell (`sh -c '…'`, `ssh host '…'`) is handed out as text.

use super::program;
use super::shell::{Script, Simple};
use crate::runbook::code::words::among;

/// One call of a program.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// The program's name without its folder, then its arguments. Never empty.
    pub words: Vec<&'a str>,
    /// The simple command it stands in.
    pub simple: &'a Simple<'a>,
    /// Place of the statement in the script.
    pub statement: usize,
    pub kind: Kind,
}

/// How a call relates to what it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Nothing is carried.
    Plain,
    /// The next call is what it carries.
    Carrier,
    /// It hands this text to a shell.
    Shell(String),
    /// It runs for a limited time.
    Limited,
}

impl Call<'_> {
    #[must_use]
    pub fn name(&self) -> &str {
        program::base(self.words[0])
    }

    /// Arguments, without the program's name.
    pub fn args(&self) -> impl Iterator<Item = &str> {
        self.words.iter().skip(1).copied()
    }

    /// The argument at a place among those that are no options.
    #[must_use]
    pub fn operand(&self, index: usize) -> &str {
        self.args().filter(|word| !word.starts_with('-')).nth(index).unwrap_or("")
    }

    /// Whether one of the words is given, literally.
    #[must_use]
    pub fn has(&self, words: &[&str]) -> bool {
        self.args().any(|arg| words.contains(&arg))
    }

    /// Whether an option is given: a long one with or without `=value`, or a letter, alone or in a group (`-xef`).
    #[must_use]
    pub fn has_option(&self, letter: char, long: &str) -> bool {
        self.args().any(|arg| match arg.strip_prefix("--") {
            Some(name) => !long.is_empty() && name.split('=').next() == Some(long),
            None => arg.strip_prefix('-').is_some_and(|letters| {
                letter != '\0' && letters.chars().take_while(char::is_ascii_alphabetic).any(|given| given == letter)
            }),
        })
    }
}

/// All calls of a script, in order, substitutions included.
#[must_use]
pub fn calls<'a>(script: &'a Script<'a>) -> Vec<Call<'a>> {
    let mut calls = Vec::new();
    for (statement, commands) in script.statements.iter().map(|statement| &statement.commands).enumerate() {
        for simple in commands {
            let words: Vec<&str> = simple.texts().collect();
            unfold(words, simple, statement, &mut calls);
        }
    }
    calls
}

fn unfold<'a>(words: Vec<&'a str>, simple: &'a Simple<'a>, statement: usize, calls: &mut Vec<Call<'a>>) {
    let mut words = words;
    let mut is_limited = false;
    // Every turn takes at least one word off, so this ends.
    loop {
        match words.first().map(|word| program::base(word)) {
            None => return,
            Some("timeout") => is_limited = true,
            Some(_) => {}
        }
        let bare = without_prefix(&words);
        if bare == 0 {
            break;
        }
        words.drain(..bare);
    }
    let carried = carried(&words);
    let kind = match (&carried, is_limited) {
        (Carried::Nothing, false) => Kind::Plain,
        (Carried::Nothing, true) => Kind::Limited,
        (Carried::From(_), _) => Kind::Carrier,
        (Carried::Text(text), _) => Kind::Shell(text.clone()),
    };
    let rest = match carried {
        Carried::From(index) => words.split_off(index),
        Carried::Nothing | Carried::Text(_) => Vec::new(),
    };
    calls.push(Call { words, simple, statement, kind });
    if !rest.is_empty() {
        unfold(rest, simple, statement, calls);
    }
}

/// How many words at the beginning only change how the rest runs; 0 if none do.
fn without_prefix(words: &[&str]) -> usize {
    let Some(first) = words.first() else { return 0 };
    let asks_where = program::base(first) == "command" && matches!(words.get(1), Some(&("-v" | "-V")));
    let splits_text = program::base(first) == "env"
        && words
            .iter()
            .skip(1)
            .take_while(|word| word.starts_with('-'))
            .any(|word| word.contains('S') || word.starts_with("--s"));
    let writes_times = program::base(first) == "time"
        && words
            .iter()
            .skip(1)
            .take_while(|word| word.starts_with('-'))
            .any(|word| *word == "-o" || word.starts_with("--output"));
    if asks_where || splits_text || writes_times {
        return 0;
    }
    let valued: &[&str] = match program::base(first) {
        "sudo" | "doas" => {
            // `sudo -i` and `sudo -s` alone open a shell: then sudo itself is the call.
            &["-u", "-g", "-h", "-p", "-C", "-T", "-U", "--user", "--group"]
        }
        "env" => &["-u", "-C", "-S", "--unset", "--chdir"],
        "time" | "nohup" | "command" | "exec" | "builtin" | "noglob" | "setsid" | "unbuffer" | "chronic" | "!" => {
            &["-a", "-f", "-o"]
        }
        "nice" | "ionice" | "chrt" | "taskset" => &["-n", "-c", "-p"],
        "stdbuf" => &["-i", "-o", "-e"],
        "timeout" => &["-k", "-s", "--kill-after", "--signal"],
        "xargs" => &["-I", "-n", "-P", "-L", "-d", "-a", "-s", "-E"],
        _ => return 0,
    };
    let mut index = 1;
    while let Some(word) = words.get(index) {
        let is_assignment = program::base(first) != "xargs"
            && word.split_once('=').is_some_and(|(name, _)| super::shell::is_name(name));
        if valued.contains(word) {
            index += 2;
        } else if word.starts_with('-') || is_assignment {
            index += 1;
        } else {
            break;
        }
    }
    if program::base(first) == "timeout" {
        index += 1;
    }
    if index < words.len() { index } else { 0 }
}

enum Carried {
    Nothing,
    /// The carried command begins at this word.
    From(usize),
    Text(String),
}

fn carried(words: &[&str]) -> Carried {
    let name = words.first().map_or("", |word| program::base(word));
    let index = match name {
        "docker" | "podman" | "nerdctl" | "docker-compose" | "podman-compose" => container_command(words),
        "kubectl" | "oc" | "k" if words.get(1..4).is_some_and(|few| few.contains(&"exec")) => {
            words.iter().position(|word| *word == "--").map(|at| at + 1)
        }
        "ssh" => return remote_text(words),
        "bash" | "sh" | "zsh" | "dash" | "ash" | "ksh" | "su" | "runuser" => {
            let at = words.iter().position(|word| {
                word.starts_with('-') && !word.starts_with("--") && word.ends_with('c') && word.len() < 5
            });
            return match at.and_then(|at| words.get(at + 1)) {
                Some(text) => Carried::Text((*text).to_owned()),
                None => Carried::Nothing,
            };
        }
        _ => None,
    };
    match index {
        Some(index) if index < words.len() => Carried::From(index),
        _ => Carried::Nothing,
    }
}

/// `docker [compose] exec|run [options] NAME command…`.
fn container_command(words: &[&str]) -> Option<usize> {
    let verb = words.iter().position(|word| matches!(*word, "exec" | "run"))?;
    let leads = words[1..verb].iter().all(|word| !matches!(*word, "logs" | "build" | "ps" | "up" | "down"));
    if !leads {
        return None;
    }
    let mut index = verb + 1;
    while let Some(word) = words.get(index).filter(|word| word.starts_with('-')) {
        let is_single = word.contains('=')
            || among!(*word, "-d" "-i" "-t" "-it" "-ti" "-T" "-dit" "-itd" "-id" "-P" "--rm" "--detach"
            "--interactive" "--tty" "--no-deps" "--privileged" "--init" "--read-only" "--quiet-pull"
            "--no-TTY" "--build" "--service-ports");
        index += if is_single { 1 } else { 2 };
    }
    Some(index + 1)
}

/// `ssh [options] host command…`: the command is text for the other host's shell.
fn remote_text(words: &[&str]) -> Carried {
    let mut index = 1;
    while let Some(word) = words.get(index).filter(|word| word.starts_with('-')) {
        let takes_value = word.len() == 2 && "ipolLRDJFEbcmWSQB".contains(&word[1..]);
        index += if takes_value { 2 } else { 1 };
    }
    match words.get(index + 1..) {
        Some(rest) if !rest.is_empty() => Carried::Text(rest.join(" ")),
        _ => Carried::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, calls};
    use crate::runbook::code::shell;

    fn outline(text: &str) -> Vec<String> {
        calls(&shell::read(text))
            .iter()
            .map(|call| match &call.kind {
                Kind::Plain => call.words.join(" "),
                Kind::Limited => format!("{} (limited)", call.words.join(" ")),
                Kind::Carrier => format!("{} …", call.words[0]),
                Kind::Shell(text) => format!("{} {{{text}}}", call.words[0]),
            })
            .collect()
    }

    #[test]
    fn calls_are_unfolded() {
        let table: &[(&str, &[&str])] = &[
            ("sudo -u postgres psql -l", &["psql -l"]),
            ("sudo systemctl restart x", &["systemctl restart x"]),
            ("env A=1 B=2 make all", &["make all"]),
            ("sudo -i", &["sudo -i"]),
            ("command -v psql", &["command -v psql"]),
            ("command psql -l", &["psql -l"]),
            ("env -S 'rm x'", &["env -S rm x"]),
            ("time -o f ls", &["time -o f ls"]),
            ("time nice -n 5 ls", &["ls"]),
            ("timeout 5 tail -f x", &["tail -f x (limited)"]),
            ("ls | xargs -n1 rm -f", &["ls", "rm -f"]),
            ("docker exec -it web bash", &["docker …", "bash"]),
            ("docker compose -f a.yml exec -T db pg_dump x", &["docker …", "pg_dump x"]),
            ("docker run --rm -v a:b alpine tar c", &["docker …", "tar c"]),
            ("docker run -d nginx", &["docker run -d nginx"]),
            ("docker compose logs -f", &["docker compose logs -f"]),
            ("kubectl -n x exec -it p -- ls /", &["kubectl …", "ls /"]),
            ("ssh -p 22 u@h 'rm -rf x'", &["ssh {rm -rf x}"]),
            ("ssh u@h", &["ssh u@h"]),
            ("bash -c 'ls; pwd'", &["bash {ls; pwd}"]),
            ("bash x.sh", &["bash x.sh"]),
            ("/usr/bin/git status", &["/usr/bin/git status"]),
        ];
        for (text, expected) in table {
            assert_eq!(outline(text), *expected, "{text}");
        }
    }
}
