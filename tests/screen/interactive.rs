//! Programs that want a person, typed to in the pane and in a hand-over of the whole terminal.
//!
//! A program that is not installed is skipped, and the skips are printed and counted; `GONOGO_ALL_PROGRAMS=1` makes each
//! skip a failure, for machines that are to have them all. `cargo test --test screen every_program -- --nocapture` prints
//! the table.

use super::Place;
use super::skip::skip;
use crate::terminal::Terminal;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A conversation with one program.
struct Talk {
    /// Programs it needs.
    needs: &'static [&'static str],
    command: &'static str,
    /// What to wait for, and what to type then.
    turns: &'static [(&'static str, &'static str)],
    /// How the command's output pane says that it ended.
    ends: &'static str,
    /// What the record of the run has of it.
    recorded: &'static str,
}

const TALKS: &[(&str, Talk)] = &[
    (
        "read -p",
        Talk {
            needs: &["bash"],
            command: "read -r -p 'Your name? ' name; echo \"hello $name\"",
            turns: &[("Your name?", "dana\r")],
            ends: "exit 0",
            recorded: "hello dana",
        },
    ),
    (
        "read -s",
        Talk {
            needs: &["bash"],
            command: "read -r -s -p 'Pass phrase: ' p; echo; echo \"got ${#p}: $p\"",
            turns: &[("Pass phrase:", "correcthorse\r")],
            ends: "exit 0",
            recorded: "got 12:",
        },
    ),
    (
        "nano",
        Talk {
            needs: &["nano"],
            command: "nano notes.txt; grep -c typed notes.txt",
            turns: &[
                ("GNU nano", "typed in nano"),
                ("typed in nano", "\x0f"),
                ("File Name to Write", "\r"),
                ("Wrote", "\x18"),
            ],
            ends: "exit 0",
            recorded: "Wrote 1 line",
        },
    ),
    (
        "vi",
        Talk {
            needs: &["vi"],
            command: "vi -u NONE notes.txt; grep -c typed notes.txt",
            turns: &[("~", "ityped in vi"), ("typed in vi", "\x1b"), ("typed in vi", ":wq\r")],
            ends: "exit 0",
            recorded: "bytes written",
        },
    ),
    (
        "less",
        Talk {
            needs: &["less", "seq"],
            command: "seq 1 5000 | less",
            turns: &[("9", "G"), ("5000", "?4321\r"), ("4321", "q")],
            ends: "exit 0",
            recorded: "4321",
        },
    ),
    ("htop", Talk { needs: &["htop"], command: "htop", turns: &[("PID", "q")], ends: "exit 0", recorded: "PID" }),
    ("top", Talk { needs: &["top"], command: "top", turns: &[("PID", "q")], ends: "exit 0", recorded: "PID" }),
    (
        "crontab -e",
        Talk {
            needs: &["crontab", "vi"],
            command: "EDITOR='vi -u NONE' crontab -e; true",
            turns: &[("crontab", ":q!\r")],
            ends: "exit 0",
            recorded: "crontab",
        },
    ),
    (
        "python3",
        Talk {
            needs: &["python3"],
            command: "python3 -q",
            turns: &[(">>>", "print(6 * 7000)\r"), ("42000", "\x04")],
            ends: "exit 0",
            recorded: "42000",
        },
    ),
    (
        "sqlite3",
        Talk {
            needs: &["sqlite3"],
            command: "sqlite3 :memory:",
            turns: &[("sqlite>", "select 6 * 7000;\r"), ("42000", ".quit\r")],
            ends: "exit 0",
            recorded: "42000",
        },
    ),
    (
        "psql",
        Talk {
            needs: &["psql", "initdb"],
            command: "sh database.sh && psql -h \"$PWD/pg\" -p $(cat port) -U postgres; sh database.sh stop",
            turns: &[("postgres=", "select 6 * 7000;\r"), ("42000", "\\q\r")],
            ends: "exit 0",
            recorded: "42000",
        },
    ),
    (
        "sudo",
        Talk {
            needs: &["sudo", "setpriv"],
            command: "sh asks.sh",
            turns: &[("Your word:", "wrong-horse\r"), ("Sorry", "\x03")],
            ends: "exit 130",
            recorded: "Your word:",
        },
    ),
    (
        "ssh",
        Talk {
            needs: &["ssh", "sshd", "ssh-keygen"],
            command: "sh server.sh; ssh -F none -p $(cat port) -i key -o UserKnownHostsFile=known localhost 'echo from afar; read -r x; echo \"$x back\"'",
            turns: &[("(yes/no", "yes\r"), ("passphrase for key", "over-the-hills\r"), ("from afar", "and\r")],
            ends: "exit 0",
            recorded: "and back",
        },
    ),
];

/// A database server of its own. It refuses to be root, so that root starts it as its owner.
const DATABASE: &str = "\
bin=$(dirname \"$(command -v initdb || ls /usr/lib/postgresql/*/bin/initdb | tail -1)\")
[ -L \"$bin/initdb\" ] && bin=$(dirname \"$(readlink -f \"$bin/initdb\")\")
as() { if [ $(id -u) = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups \"$@\"; else \"$@\"; fi; }
if [ \"$1\" = stop ]; then as \"$bin/pg_ctl\" -D pg -m immediate stop >/dev/null; exit 0; fi
mkdir pg && chmod 700 pg && chmod o+x . && if [ $(id -u) = 0 ]; then chown postgres pg; fi
echo $((20000 + $$ % 20000)) > port
as \"$bin/initdb\" -D pg -U postgres -A trust >/dev/null 2>&1 || exit 1
as \"$bin/pg_ctl\" -D pg -w -l pg/log -o \"-p $(cat port) -k '$PWD/pg' -c listen_addresses=''\" start >/dev/null
";

/// A user who is asked: root is not, so that nobody asks in its place. Nobody's word is right.
const ASKS: &str = "\
if [ $(id -u) = 0 ]; then set -- setpriv --reuid=nobody --regid=nogroup --clear-groups; fi
\"$@\" env HOME=/ sudo -k
\"$@\" env HOME=/ sudo -p 'Your word: ' id -u
";

/// A server that lives for one connection, with keys of its own.
const SERVER: &str = "\
ssh-keygen -q -t ed25519 -N '' -f host
ssh-keygen -q -t ed25519 -N over-the-hills -f key
port=$((20000 + $$ % 20000)); echo $port > port
mkdir -p /run/sshd 2>/dev/null
$(command -v sshd || echo /usr/sbin/sshd) -d -f /dev/null -p $port -h \"$PWD/host\" -o AuthorizedKeysFile=\"$PWD/key.pub\" \\
  -o StrictModes=no -o UsePAM=no -o PidFile=none -o ListenAddress=127.0.0.1 </dev/null >/dev/null 2>&1 &
sleep 0.3
";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Where {
    Pane,
    WholeTerminal,
}

#[test]
fn every_program_is_talked_to_in_the_pane_and_in_the_whole_terminal() {
    let (mut told, mut skipped) = (String::new(), 0);
    for (name, talk) in TALKS {
        if let Some(reason) = missing(name, talk) {
            skipped += 1;
            skip(&format!("every_program: {name}"), &reason);
            let _ = writeln!(told, "{name:12} SKIPPED: {reason}");
            continue;
        }
        for place in [Where::Pane, Where::WholeTerminal] {
            hold(name, talk, place);
            let _ = writeln!(told, "{name:12} {place:?}: recorded, {}", talk.ends);
        }
    }
    println!("{told}{skipped} of {} programs skipped", TALKS.len());
    assert!(skipped == 0 || !wants_all(), "{told}");
}

/// Why a program cannot be talked to here.
fn missing(name: &str, talk: &Talk) -> Option<String> {
    let absent = talk.needs.iter().find(|need| {
        let found = format!("command -v {need} || test -x /usr/sbin/{need} || ls /usr/lib/postgresql/*/bin/{need}");
        !Command::new("sh").args(["-c", &found]).output().is_ok_and(|output| output.status.success())
    });
    if let Some(absent) = absent {
        return Some(format!("{absent} is not installed"));
    }
    let is_asked = || {
        let nobody = "sh asks.sh </dev/null 2>&1 | grep -q 'terminal is required\\|askpass\\|password'";
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("asks.sh"), ASKS).expect("the script is written");
        Command::new("sh").args(["-c", nobody]).current_dir(folder.path()).status().is_ok_and(|status| status.success())
    };
    (name == "sudo" && !is_asked()).then(|| "nobody here is asked for a password".to_owned())
}

/// Holds one conversation and looks at what is left of it.
fn hold(name: &str, talk: &Talk, place: Where) {
    let ground = Place::new();
    let book = format!("# Talk\n\n## Only\n\n### Talk to it\n\n```bash {{interactive=true}}\n{}\n```\n", talk.command);
    fs::write(ground.path().join("book.md"), book).expect("the runbook is written");
    for (script, text) in [("server.sh", SERVER), ("database.sh", DATABASE), ("asks.sh", ASKS)] {
        fs::write(ground.path().join(script), text).expect("a script of the conversation is written");
    }
    let mut screen = ground.open((100, 30), &["book.md"]);
    screen.wait_for("Talk to it");
    screen.keys("r");
    begin(&mut screen);
    match place {
        Where::Pane => screen.keys("i"),
        Where::WholeTerminal => {
            screen.keys("F");
            screen.wait_for("F again");
            screen.keys("F");
            screen.wait_until(&format!("{name}: the screen is gone"), |text| !text.contains("Talk to it"));
        }
    }
    for (wait, keys) in talk.turns {
        screen.wait_for(wait);
        screen.keys(keys);
    }
    screen.wait_for("Talk to it");
    screen.wait_for(talk.ends);
    screen.keys("\x1b");
    screen.keys("q");
    assert_eq!(screen.wait_end(), Some(i32::from(talk.ends != "exit 0")), "{name} {place:?}: {}", screen.text());
    assert_recorded(name, talk, ground.path(), &ground);
}

/// Says yes where a command asks for it, and waits until it runs.
pub fn begin(screen: &mut Terminal) {
    screen.wait_until("it runs or asks", |text| text.contains("Yes, run it") || text.contains("running;"));
    if screen.text().contains("Yes, run it") {
        screen.keys("y");
        screen.wait_for("running;");
    }
}

fn assert_recorded(name: &str, talk: &Talk, folder: &Path, place: &Place) {
    let (record, _) = place.ask(&["export", "--include-output", "full"]);
    assert!(record.contains(talk.recorded), "{name}: {record}");
    let secret = ["correcthorse", "over-the-hills", "wrong-horse"].iter().find(|secret| {
        let state = fs::read(folder.join("state/journal.db")).unwrap_or_default();
        talk.turns.iter().any(|(_, keys)| keys.contains(**secret))
            && state.windows(secret.len()).any(|bytes| bytes == secret.as_bytes())
    });
    assert_eq!(secret, None, "{name}: hidden input in the journal");
}

#[test]
fn the_whole_terminal_comes_back_while_the_program_runs_on() {
    let ground = Place::new();
    let command = "printf 'one\\n'; printf '\\033]52;c;aGk=\\007\\033]0;TITLE\\007'; read -r a; echo \"a is $a\"; read -r b; echo \"b is $b\"";
    let book = format!("# Talk\n\n## Only\n\n### Talk to it\n\n```bash {{interactive=true}}\n{command}\n```\n");
    fs::write(ground.path().join("book.md"), book).expect("the runbook is written");
    let mut screen = ground.open((100, 30), &["book.md"]);
    screen.wait_for("Talk to it");
    screen.keys("r");
    begin(&mut screen);
    screen.wait_for("one");
    screen.keys("FF");
    screen.wait_until("the screen is gone", |text| !text.contains("Talk to it") && text.contains("one"));
    screen.keys("first\r");
    screen.wait_for("a is first");
    screen.keys("\x1d");
    screen.wait_for("Talk to it");
    screen.wait_for("a is first");
    screen.keys("i");
    screen.keys("second\r");
    screen.wait_for("b is second");
    screen.wait_for("exit 0");
    assert!(
        !screen.raw().windows(4).any(|bytes| bytes == b"\x1b]52" || bytes == b"\x1b]0;"),
        "an order to the terminal"
    );
    screen.keys("\x1b");
    screen.keys("q");
    assert_eq!(screen.wait_end(), Some(0));
}

#[test]
fn output_is_searched_and_copied_from_our_side_only() {
    let ground = Place::new();
    let book = "# Talk\n\n## Only\n\n### Count\n\n```bash\nseq 1000 2000\n```\n";
    fs::write(ground.path().join("book.md"), book).expect("the runbook is written");
    let mut screen = ground.open((100, 30), &["book.md"]);
    screen.wait_for("Count");
    screen.keys("r");
    begin_or_end(&mut screen);
    screen.wait_for("2000");
    screen.keys("\t\t");
    screen.keys("/1234\r");
    screen.wait_for("1234");
    screen.wait_for("1 line");
    screen.keys("y");
    screen.wait_for("clipboard");
    let raw = screen.raw();
    let at = raw.windows(7).position(|bytes| bytes == b"\x1b]52;c;").expect("the copy is sent to the terminal");
    assert!(raw[at + 7..].starts_with(b"MT"), "base 64 of a line that begins with 1");
    screen.keys("q");
    screen.wait_end();
}

fn begin_or_end(screen: &mut Terminal) {
    screen.wait_until("it runs, ran or asks", |text| text.contains("Yes, run it") || text.contains("exit 0"));
    if screen.text().contains("Yes, run it") {
        screen.keys("y");
    }
}

#[expect(clippy::disallowed_methods, reason = "a test has no other place to read what it may demand")]
fn wants_all() -> bool {
    std::env::var_os("GONOGO_ALL_PROGRAMS").is_some()
}

#[test]
fn expected_and_printed_output_stand_side_by_side() {
    let ground = Place::new();
    let book = "# Talk\n\n## Only\n\n### Count\n\n```bash {compare=exact}\nprintf 'one\\nzwei\\nthree\\n'\n```\n\nExpected output:\n\n```text\none\ntwo\nthree\n```\n";
    fs::write(ground.path().join("book.md"), book).expect("the runbook is written");
    let mut screen = ground.open((120, 36), &["book.md"]);
    screen.wait_for("Count");
    screen.keys("r");
    begin_or_end(&mut screen);
    screen.wait_for("output differs");
    screen.keys("=");
    screen.wait_until("the two are side by side", |text| {
        text.lines().any(|line| line.contains("two") && line.contains(" ! zwei"))
    });
    screen.keys("=");
    screen.wait_until("the output is back", |text| !text.contains(" ! zwei") && text.contains("zwei"));
    screen.keys("q");
    assert_eq!(screen.wait_end(), Some(1));
}
