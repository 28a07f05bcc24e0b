//! Runs told event by event, with a clock and persons of their own.

use crate::audit::{Evidence, KeptOutput, KeptPart, StoredEntry};
use crate::run::event::{
    Actor, AttemptId, Call, Channel, DeviationKind, Ended, Ending, Entry, Event, Grounds, HookBegan, HookEnded,
    Intended, Leftover, Meaning, Opened, OutputDigest, OutputPart, Probe, Probed, Resolution, RunId, RunKind, Scope,
    Sitting, Stamp, StopReason, StopSignal, Target, TrustDecided, Verdict,
};
use crate::runbook::{Digest, HookPoint, Risk, StepId};
use chrono::{DateTime, TimeDelta, Utc};

pub const BOOK: &str = include_str!("shop.md");

pub struct Story {
    run: RunId,
    at: DateTime<Utc>,
    by: Actor,
    head: Digest,
    entries: Vec<StoredEntry>,
    outputs: Vec<KeptOutput>,
    attempts: u32,
}

impl Story {
    /// A run that was opened, with a first sitting.
    pub fn open(kind: RunKind) -> Self {
        let at = "2026-11-21T02:14:07.123456Z".parse().unwrap();
        let run = RunId("01KAK4Q3W0Z3V9T5B7N2M8XJHD".into());
        let by = person("dana", None);
        let (entries, outputs) = (Vec::new(), Vec::new());
        let mut story = Story { run, at, by, head: Digest::ZERO, entries, outputs, attempts: 0 };
        story.tell(Event::RunOpened(Opened {
            runbook: Digest::of(BOOK.as_bytes()),
            title: "Harbour shop: go-live".into(),
            path: "runbooks/shop.md".into(),
            run_kind: kind,
            program: "gonogo 0.1.0".into(),
            cwd: "/srv/shop".into(),
            shell: "/bin/bash".into(),
            ticket: Some("CHG-118".into()),
        }));
        story.sit("screen");
        story
    }

    pub fn sit(&mut self, skin: &str) {
        self.tell(Event::SittingBegan(Sitting { pid: 4711, started: 99, skin: skin.into() }));
    }

    pub fn by(&mut self, name: &str, role: Option<&str>) {
        self.by = person(name, role);
    }

    pub fn wait(&mut self, seconds: i64) {
        self.at += TimeDelta::seconds(seconds);
    }

    /// Records an event a second after the last one, and tells its number.
    pub fn tell(&mut self, event: Event) -> u64 {
        self.wait(1);
        let seq = self.entries.len() as u64 + 1;
        let mono_us = seq * 1_000_000;
        let stamp = Stamp { at: self.at, mono_us, boot: "b1".into(), by: self.by.clone() };
        let (entry, _) = Entry::seal(&self.run, seq, stamp, event, self.head);
        self.head = entry.hash;
        self.entries.push(StoredEntry::from(&entry));
        seq
    }

    pub fn note(&mut self, text: &str) -> u64 {
        self.tell(Event::NoteAdded { step: None, text: text.into() })
    }

    pub fn practise(&mut self, step: &str) {
        self.tell(Event::AttemptRehearsed { target: target(step) });
    }

    /// Begins a try at the first command of a step.
    pub fn begin(&mut self, step: &str, text: &str) -> AttemptId {
        self.attempts += 1;
        let attempt = AttemptId(self.attempts);
        self.tell(Event::AttemptIntended(Intended {
            attempt,
            target: target(step),
            text: text.into(),
            channel: Channel::Pty,
            shell: "/bin/bash".into(),
            cwd: "/srv/shop".into(),
            risk: Risk::Change,
            timeout_ms: Some(60_000),
            session: None,
        }));
        self.tell(Event::AttemptSpawned { attempt, pid: 5000 + self.attempts, started: 7, mark: None });
        attempt
    }

    /// Ends it; `parts` are what it printed and is kept, `dropped` what was left out between them.
    pub fn end(&mut self, attempt: AttemptId, ending: Ending, parts: &[&[u8]], dropped: u64) {
        let salt = vec![u8::try_from(attempt.0).unwrap(); 32];
        let kept: Vec<KeptPart> =
            parts.iter().map(|bytes| KeptPart::Here { salt: salt.clone(), bytes: bytes.to_vec() }).collect();
        let said = parts
            .iter()
            .map(|bytes| OutputPart { bytes: bytes.len() as u64, digest: Digest::of_parts(&[&salt, bytes]) });
        let sha256 = if dropped == 0 { Digest::of_parts(parts) } else { Digest::of(b"the whole stream") };
        let bytes = parts.iter().map(|part| part.len() as u64).sum::<u64>() + dropped;
        let parts = said.collect();
        let output = OutputDigest { bytes, dropped, redacted: 1, sha256: Some(sha256), parts, times: Vec::new() };
        let left_over = if dropped > 0 { vec![Leftover { pid: 77, name: "rsync|d".into() }] } else { Vec::new() };
        let matched = None;
        self.tell(Event::AttemptEnded(Ended {
            attempt,
            ending,
            took_ms: 12_345,
            output,
            matched,
            left_over,
            not_dead: Vec::new(),
            errors: Vec::new(),
            errors_until: None,
        }));
        if !kept.is_empty() {
            self.outputs.push(KeptOutput { attempt, parts: kept });
        }
    }

    pub fn shred(&mut self, attempt: u32, by: u64) {
        for output in self.outputs.iter_mut().filter(|output| output.attempt.0 == attempt) {
            output.parts = vec![KeptPart::Shredded { by }; output.parts.len()];
        }
    }

    pub fn evidence(&self) -> Evidence {
        let runbook = BOOK.as_bytes().to_vec();
        Evidence { runbook, editions: Vec::new(), entries: self.entries.clone(), outputs: self.outputs.clone() }
    }
}

fn person(name: &str, role: Option<&str>) -> Actor {
    Actor {
        name: name.into(),
        role: role.map(str::to_owned),
        user: "ops".into(),
        uid: 1007,
        host: "bastion".into(),
        tty: Some("/dev/pts/3".into()),
        key: None,
    }
}

fn target(step: &str) -> Target {
    Target { step: StepId(step.into()), command: 0, part: None }
}

pub fn mark(step: &str, verdict: Verdict, reason: Option<&str>) -> Event {
    Event::StepMarked { step: StepId(step.into()), verdict, reason: reason.map(str::to_owned) }
}

pub fn sign(step: &str) -> Event {
    Event::SignedOff { scope: Scope::Step(StepId(step.into())), meaning: Meaning::Verified, reason: None, sealed: None }
}

fn edited(step: Option<StepId>, reason: String) -> Event {
    Event::Deviated { deviation: DeviationKind::EditedCommand, step, reason, correction: None }
}

/// A night with everything in it: a command that failed and was done again, one whose end nobody saw, a verdict taken
/// back, a deviation, values, calls, sign-offs, outputs that try to break out, and a close.
pub fn go_live() -> Story {
    let mut story = walked();
    story.tell(close("GO", 85));
    story.tell(Event::SittingEnded);
    story
}

fn close(verdict: &str, percent: u32) -> Event {
    let (verdict, percent) = (verdict.to_owned(), Some(percent));
    Event::RunClosed { verdict, percent, reason: None, carried: Vec::new(), sealed: None }
}

fn given(name: &str, value: Option<&str>, from: Option<&str>) -> Event {
    let (value, from) = (value.map(str::to_owned), from.map(str::to_owned));
    Event::ValueGiven { name: name.into(), secret: value.is_none(), value, from }
}

fn walked() -> Story {
    let mut story = Story::open(RunKind::Real);
    let attempt = story.begin("check-the-disk", "df -h /srv | tail -1\n");
    story.end(attempt, Ending::Exited { code: 0 }, &[b"/dev/sdb1 200G 170G 30G 85% /srv"[..30].as_ref()], 0);
    story.tell(mark("post-we-begin-in-the-release-channel", Verdict::Passed, None));
    story.tell(mark("agree-on-who-watches-the-dashboard", Verdict::NotApplicable, Some("nobody else is awake")));
    story.tell(given("host", Some("web-1|web-2"), Some("DB_HOST")));
    story.tell(given("host", Some("web-2"), None));
    story.tell(given("DB_PASSWORD", None, None));
    let reason = "the switch takes | two hosts now\n# really".to_owned();
    let step = Some(StepId("switch-the-traffic".into()));
    story.tell(edited(step.clone(), reason));
    let attempt = story.begin("switch-the-traffic", "./switch.sh --to web-1 # ```\n");
    story.tell(Event::StopSent { attempt, signal: StopSignal::Interrupt, why: StopReason::Operator });
    story.end(
        attempt,
        Ending::Stopped,
        &[b"```\r\n# not a heading\r\n\x1b[31mred\x1b[0m \x1b]0;title\x07\r\n\xff\xfe done\r\n"],
        0,
    );
    let attempt = story.begin("switch-the-traffic", "./switch.sh --to web-2\n");
    story.end(attempt, Ending::Exited { code: 0 }, &[b"one\ntwo\nthree\nfour\nfive\n"], 0);
    story.tell(mark("switch-the-traffic", Verdict::Failed, Some("wrong page")));
    let failed = story.entries.len() as u64;
    story.tell(Event::MarkReversed { step: StepId("switch-the-traffic".into()), seq: failed });
    story.tell(mark("switch-the-traffic", Verdict::PassedWithRemarks, Some("one 502 at 02:15")));
    story.tell(Event::NoteAdded { step, text: "page shows *green*\nsince 02:16".into() });
    let lost = story.begin("warm-the-cache", "./warm.sh\n");
    story.wait(600);
    story.by("lee", Some("dba"));
    story.sit("plain");
    let reason = "the cache answers".to_owned();
    story.tell(Event::AttemptResolved {
        attempt: lost,
        resolution: Resolution::Succeeded,
        reason,
        left_over: Vec::new(),
    });
    story.tell(mark("warm-the-cache", Verdict::Passed, None));
    let attempt = story.begin("move-the-archive", "rsync -a /srv/old/ /srv/new/\n");
    story.wait(-5);
    story.end(attempt, Ending::Exited { code: 0 }, &[b"sending\n", b"sent\n"], 1_000_000);
    story.tell(mark("the-order-arrives", Verdict::Passed, None));
    story.tell(mark("the-cancellation-arrives", Verdict::Waived, Some("CHG-118 says so")));
    story.tell(sign("switch-the-traffic"));
    let (scope, meaning) = (Scope::Run, Meaning::Approved);
    story.tell(Event::SignedOff { scope, meaning, reason: Some("all good".into()), sealed: None });
    let call = |role: &str, call, reason: Option<&str>| Event::Called {
        role: role.into(),
        call,
        reason: reason.map(str::to_owned),
    };
    story.tell(call("security", Call::NoGo, Some("open port")));
    story.tell(call("security", Call::Go, None));
    story.note("hand-over to the day shift");
    story
}

/// A night of hooks and probes: refused, trusted here and before, failed, never ended, and of a journal that knows no grounds.
pub fn hooked() -> Story {
    let mut story = Story::open(RunKind::Real);
    let (about, project) = (Digest::of(b"the runbook"), Digest::of(b"the project"));
    let what =
        vec!["before_run hook of runbook: ./window.sh | tee \\x1b[2J".to_owned(), "requires: psql is asked".to_owned()];
    story.tell(Event::TrustDecided(TrustDecided {
        about: project,
        trusted: false,
        what: vec!["after_step hook".into()],
    }));
    story.by("lee", Some("dba"));
    story.tell(Event::TrustDecided(TrustDecided { about, trusted: true, what }));
    story.by("dana", None);
    let probe = |text: &str, ending, said: &str, fits| Probe { text: text.into(), ending, said: said.into(), fits };
    story.tell(Event::RequirementsProbed(Probed {
        grounds: Grounds::Decided(about),
        probes: vec![
            probe("psql --version", Some(Ending::Exited { code: 0 }), "psql (PostgreSQL) 13.4 | <b>", false),
            probe("tool -V", Some(Ending::TimedOut), "", false),
            probe("connect db-1:5432", None, "it answers", true),
        ],
    }));
    let mut hook = |hook, command: &str, grounds, step: Option<&str>, ended: Option<(Ending, &str)>| {
        let (command, from) = (command.to_owned(), "/srv/shop/.gonogo.yaml".to_owned());
        let step = step.map(|step| StepId(step.into()));
        let began = story.tell(Event::HookBegan(HookBegan { hook, command, from, grounds, step }));
        if let Some((ending, said)) = ended {
            story.tell(Event::HookEnded(HookEnded { began, ending, took_ms: 1500, said: said.into() }));
        }
    };
    let kept = Grounds::Kept("trusted 2026-11-20T09:00:00Z by dana".into());
    hook(
        HookPoint::BeforeRun,
        "./window.sh\n```\n# no heading",
        Some(Grounds::Decided(about)),
        None,
        Some((Ending::Exited { code: 3 }, "closed\n```")),
    );
    hook(
        HookPoint::AfterStep,
        "./tell \"$GONOGO_STEP\"",
        Some(kept),
        Some("check-the-disk"),
        Some((Ending::Exited { code: 0 }, "")),
    );
    hook(
        HookPoint::OnNoGo,
        "./page",
        Some(Grounds::Own),
        None,
        Some((Ending::NotStarted { reason: "no shell".into() }, "")),
    );
    hook(HookPoint::OnNoGo, "./page again", Some(Grounds::Started), None, None);
    hook(HookPoint::AfterExport, "./send", None, None, Some((Ending::TimedOut, "half")));
    hook(HookPoint::AfterStep, "./odd", Some(Grounds::Decided(project)), Some("gone"), Some((Ending::Stopped, "")));
    story
}
