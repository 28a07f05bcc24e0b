//! Bodies of entries: what gonogo writes, gonogo and `verify.py` read as the same; what no entry is written as, neither takes.
//!
//! `GONOGO_LONG=1 cargo test --test cli encoding:: -- --nocapture` generates a hundred thousand.

use crate::dice::{Dice, long};
use crate::home::Home;
use gonogo::run::event::{
    Actor, AttemptId, Call, Channel, Ended, Ending, Entry, Event, Grounds, HookBegan, HookEnded, Intended, Opened,
    OutputDigest, OutputPart, Probe, Probed, RunId, RunKind, Stamp, Target, Verdict, chain,
};
use gonogo::runbook::{Digest, HookPoint, Risk, StepId};
use std::process::Command;

const RUN: &str = "01KAK4Q3W0Z3V9T5B7N2M8XJHD";

/// Reads each line as the only entry of a bundle, with the functions of `verify.py` itself; `1` where it is taken. The last
/// thing that is demanded there, that the runbook is the one that was walked, is no matter of encoding.
const HARNESS: &str = r#"
import sys
source = open(sys.argv[1]).read().split("\ntry:\n    sys.exit(main())")[0]
verify = {}
exec(compile(source, "verify.py", "exec"), verify)
sha, run = verify["sha"], sys.argv[2]
for line in open(sys.argv[3], "rb").read().split(b"\n")[:-1]:
    digest = sha(verify["EVENT"], bytes(32), len(line).to_bytes(8, "big"), line)
    point = f"gonogo checkpoint v1\nrun: {run}\nentries: 1\nhead: {digest}\nrunbook: {'0' * 64}\nreport: x\n"
    files = {"checkpoint": point.encode(), "heads.txt": f"1 {digest}\n".encode(), "events.jsonl": line + b"\n", "runbook.md": b""}
    try:
        verify["read_events"](files)
        print("1")
    except Exception as what:
        print("1" if str(what).startswith("runbook:") else "0")
"#;

const CHARS: &[char] = &[
    'a',
    'Z',
    '0',
    ' ',
    '/',
    '"',
    '\\',
    '\n',
    '\r',
    '\t',
    '\u{8}',
    '\u{c}',
    '\0',
    '\u{1b}',
    '\u{1f}',
    '\u{7f}',
    '\u{80}',
    '\u{9f}',
    '\u{a0}',
    'é',
    'ß',
    'ﬁ',
    'İ',
    '\u{301}',
    '\u{202e}',
    '\u{2028}',
    '\u{2029}',
    '\u{feff}',
    '\u{fffd}',
    '\u{ffff}',
    '\u{fdd0}',
    '\u{e000}',
    '\u{d7ff}',
    '語',
    '\u{10ffff}',
    '😀',
    '\u{1f468}',
    '\u{200d}',
    '{',
    '}',
    '[',
    ',',
    ':',
    '<',
    '\u{0}',
];

fn text(dice: &mut Dice) -> String {
    (0..dice.below(12)).map(|_| dice.one_of(CHARS)).collect()
}

fn maybe(dice: &mut Dice) -> Option<String> {
    (dice.below(2) == 0).then(|| text(dice))
}

/// Up to the largest number that there is.
fn number(dice: &mut Dice) -> u64 {
    const MOST: u64 = (1 << 53) - 1;
    match dice.below(4) {
        0 => 0,
        1 => MOST,
        2 => MOST >> dice.below(53),
        _ => dice.below(100_000) as u64,
    }
}

fn event(dice: &mut Dice) -> Event {
    let step = StepId(text(dice));
    let digest = Digest::of(text(dice).as_bytes());
    match dice.below(9) {
        0 => Event::NoteAdded { step: Some(step), text: text(dice) },
        1 => Event::StepMarked { step, verdict: Verdict::PassedWithRemarks, reason: maybe(dice) },
        2 => Event::ValueGiven { name: text(dice), secret: dice.below(2) == 0, value: maybe(dice), from: maybe(dice) },
        3 => Event::ClockStepped {
            by_ms: i64::try_from(number(dice)).unwrap() * if dice.below(2) == 0 { 1 } else { -1 },
        },
        4 => Event::HookBegan(HookBegan {
            hook: HookPoint::AfterStep,
            command: text(dice),
            from: text(dice),
            grounds: Some(Grounds::Kept(text(dice))),
            step: None,
        }),
        5 => Event::HookEnded(HookEnded {
            began: number(dice),
            ending: Ending::NotStarted { reason: text(dice) },
            took_ms: number(dice),
            said: text(dice),
        }),
        6 => Event::RequirementsProbed(Probed {
            grounds: Grounds::Decided(digest),
            probes: (0..=dice.below(3))
                .map(|_| Probe {
                    text: text(dice),
                    ending: Some(Ending::Exited { code: -1 }),
                    said: text(dice),
                    fits: true,
                })
                .collect(),
        }),
        7 => attempt(dice, step, digest),
        _ => Event::Called { role: text(dice), call: Call::NoGo, reason: maybe(dice) },
    }
}

/// What opens a run, and what an attempt begins and ends with.
fn attempt(dice: &mut Dice, step: StepId, digest: Digest) -> Event {
    match dice.below(3) {
        0 => Event::RunOpened(Opened {
            runbook: digest,
            title: text(dice),
            path: text(dice),
            run_kind: RunKind::Real,
            program: text(dice),
            cwd: text(dice),
            shell: text(dice),
            ticket: maybe(dice),
        }),
        1 => Event::AttemptIntended(Intended {
            attempt: AttemptId(7),
            target: Target { step, command: 3, part: None },
            text: text(dice),
            channel: Channel::Pipe,
            shell: text(dice),
            cwd: text(dice),
            risk: Risk::Change,
            timeout_ms: Some(number(dice)),
            session: None,
        }),
        _ => Event::AttemptEnded(Ended {
            attempt: AttemptId(7),
            ending: Ending::Signalled { signal: 9 },
            took_ms: number(dice),
            output: OutputDigest {
                bytes: number(dice),
                dropped: number(dice),
                redacted: number(dice),
                sha256: Some(digest),
                parts: vec![OutputPart { bytes: number(dice), digest }],
                times: (0..dice.below(4)).map(|_| (number(dice), number(dice))).collect(),
            },
            matched: None,
            left_over: Vec::new(),
            not_dead: Vec::new(),
            errors: Vec::new(),
            errors_until: None,
        }),
    }
}

fn body(dice: &mut Dice) -> String {
    let at = format!("2026-11-21T02:14:{:02}.{:06}Z", dice.below(60), dice.below(1_000_000));
    let by = Actor {
        name: text(dice),
        role: maybe(dice),
        user: text(dice),
        uid: 1007,
        host: text(dice),
        tty: maybe(dice),
        key: None,
    };
    let stamp = Stamp { at: at.parse().unwrap(), mono_us: number(dice), boot: text(dice), by };
    let (entry, body) = Entry::seal(&RunId(RUN.into()), 1, stamp, event(dice), Digest::ZERO);
    let read = Entry::read(&body, Digest::ZERO, entry.hash).unwrap_or_else(|why| panic!("{why}: {body}"));
    assert_eq!((read.body(), read), (body.clone(), entry), "what is written is read, and written again as it was");
    body
}

type Change = fn(&str) -> String;

/// Everything that JSON allows beside the one form, and what some readers take as well.
const OTHERWISE: &[(&str, Change)] = &[
    ("a number with a point", |body| number_of(body, |digits| format!("{digits}.0"))),
    ("a number with an exponent", |body| number_of(body, |digits| format!("{digits}e0"))),
    ("a large exponent", |body| number_of(body, |_| "1E400".into())),
    ("2^53", |body| number_of(body, |_| "9007199254740992".into())),
    ("2^53 + 1", |body| number_of(body, |_| "9007199254740993".into())),
    ("2^64 - 1", |body| number_of(body, |_| "18446744073709551615".into())),
    ("2^64", |body| number_of(body, |_| "18446744073709551616".into())),
    ("five thousand digits", |body| number_of(body, |_| "9".repeat(5000))),
    ("below zero", |body| number_of(body, |_| "-9007199254740992".into())),
    ("a zero in front", |body| number_of(body, |digits| format!("0{digits}"))),
    ("minus zero", |body| number_of(body, |_| "-0".into())),
    ("a plus", |body| number_of(body, |digits| format!("+{digits}"))),
    ("hexadecimal", |body| number_of(body, |_| "0x10".into())),
    ("NaN", |body| number_of(body, |_| "NaN".into())),
    ("Infinity", |body| number_of(body, |_| "Infinity".into())),
    ("minus Infinity", |body| number_of(body, |_| "-Infinity".into())),
    ("a key twice", |body| body.replacen("\"boot\":", "\"boot\":\"\",\"boot\":", 1)),
    ("a key twice, the same", |body| {
        let end = body.find(",\"boot\":").unwrap();
        format!("{{{},{}", &body[1..end], &body[1..])
    }),
    ("a key twice within", |body| body.replacen("\"uid\":1007", "\"uid\":1007,\"uid\":1007", 1)),
    ("a key with an escape", |body| body.replacen("\"boot\":", "\"\\u0062oot\":", 1)),
    ("half of a pair, high", |body| string_of(body, "\\ud800")),
    ("half of a pair, low", |body| string_of(body, "\\udc00")),
    ("half of a pair, then text", |body| string_of(body, "\\ud83dx")),
    ("a pair the wrong way round", |body| string_of(body, "\\ude00\\ud83d")),
    ("a pair, escaped", |body| string_of(body, "\\ud83d\\ude00")),
    ("a letter, escaped", |body| string_of(body, "\\u0041")),
    ("a slash, escaped", |body| string_of(body, "\\/")),
    ("an escape in capitals", |body| string_of(body, "\\u001F")),
    ("an escape that is none", |body| string_of(body, "\\x41")),
    ("a long escape for a short one", |body| string_of(body, "\\u000a")),
    ("a tab as it is", |body| string_of(body, "\t")),
    ("null", |body| body.replacen("\"boot\":\"", "\"boot\":null,\"boos\":\"", 1)),
    ("null in a list", |body| body.replacen("\"data\":{", "\"data\":{\"a\":[null],", 1)),
    ("a space between", |body| body.replacen("\":", "\": ", 1)),
    ("a space in front", |body| format!(" {body}")),
    ("a space behind", |body| format!("{body} ")),
    ("a carriage return behind", |body| format!("{body}\r")),
    ("a mark in front", |body| format!("\u{feff}{body}")),
    ("something behind", |body| format!("{body}{{}}")),
    ("a comma too many", |body| body.replacen(",\"v\":1}", ",\"v\":1,}", 1)),
    ("keys out of order", |body| format!("{{\"v\":1,{}", body[1..].replace(",\"v\":1}", "}"))),
    ("a comment", |body| body.replacen('{', "{/**/", 1)),
    ("cut off", |body| body[..body.len() - 1].to_owned()),
    ("nothing", |_| String::new()),
    ("a list", |body| format!("[{body}]")),
    ("deep lists", |body| {
        body.replacen("\"data\":{", &format!("\"data\":{{\"a\":{}{},", "[".repeat(2000), "]".repeat(2000)), 1)
    }),
    ("bottomless lists", |body| body.replacen("\"data\":{", &format!("\"data\":{{\"a\":{}", "[".repeat(20_000)), 1)),
];

fn number_of(body: &str, other: fn(&str) -> String) -> String {
    let from = body.find("\"mono_us\":").unwrap() + 10;
    let to = from + body[from..].find(',').unwrap();
    format!("{}{}{}", &body[..from], other(&body[from..to]), &body[to..])
}

fn string_of(body: &str, other: &str) -> String {
    body.replacen("\"boot\":\"", &format!("\"boot\":\"{other}"), 1)
}

#[test]
fn bodies_are_read_as_one_thing_or_not_at_all() {
    let good = if long() { 100_000 } else { 2_000 };
    let mut dice = Dice(0x0b0d_1e5a);
    let mut cases: Vec<(&str, String)> = Vec::new();
    for round in 0..good {
        let body = body(&mut dice);
        if round % 4 == 0 {
            let (what, change) = dice.one_of(OTHERWISE);
            cases.push((what, change(&body)));
        }
        cases.push(("good", body));
    }
    for (what, change) in OTHERWISE {
        cases.push((what, change(&body(&mut dice))));
    }
    let ours: Vec<bool> = cases
        .iter()
        .map(|(_, body)| Entry::read(body, Digest::ZERO, chain(&Digest::ZERO, body.as_bytes())).is_ok())
        .collect();
    let home = Home::new();
    let harness = home.write("harness.py", HARNESS);
    let lines = home.write("bodies", cases.iter().flat_map(|(_, body)| [body, "\n"]).collect::<String>());
    let mut python = Command::new("python3");
    let python = python.arg("-B").arg(harness).arg("src/audit/bundle/verify.py").arg(RUN).arg(lines).output().unwrap();
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
    let theirs: Vec<bool> = String::from_utf8(python.stdout).unwrap().lines().map(|line| line == "1").collect();
    assert_eq!(theirs.len(), cases.len());
    let mut wrong = Vec::new();
    for ((what, body), (ours, theirs)) in cases.iter().zip(ours.iter().zip(&theirs)) {
        if (*ours, *theirs) != (*what == "good", *what == "good") {
            wrong.push(format!(
                "{what}: gonogo {ours}, verify.py {theirs}: {}",
                body.chars().take(400).collect::<String>()
            ));
        }
    }
    println!(
        "A8   {good} bodies taken by both, {} of {} other forms refused by both",
        cases.len() - good,
        OTHERWISE.len()
    );
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(20)].join("\n"));
}
