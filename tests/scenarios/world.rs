//! A run without processes: wishes are decided and folded as a session would, endings are made by hand.

use chrono::{DateTime, Duration, Utc};
use gonogo::run::decide::{Circumstances, Effect, Intent, Refusal, Start, Survivor, decide};
use gonogo::run::drift::{Drift, Side, drift, since_done};
use gonogo::run::event::{
    Actor, AttemptId, Ended, Ending, Entry, Event, Opened, OutputDigest, RunId, RunKind, Sitting, Stamp,
};
use gonogo::run::readiness::{Answer, Readiness, readiness};
use gonogo::run::{Moment, Run};
use gonogo::runbook::read::read;
use gonogo::runbook::{Digest, Runbook};
use std::collections::{BTreeMap, BTreeSet};

/// Whether somebody drives the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sat {
    Driven,
    /// Its process is gone without a word.
    Crashed,
}

#[derive(Debug)]
pub struct World {
    pub book: Runbook,
    /// The author's file, if it was edited.
    pub file: Option<Runbook>,
    /// Versions that were walked before, by digest.
    pub versions: BTreeMap<Digest, Runbook>,
    /// Folded entry by entry, as a session does.
    pub live: Run,
    pub entries: Vec<Entry>,
    /// Names of the variables that commands inherit.
    pub environment: BTreeSet<String>,
    /// Names of the secrets that this process knows.
    pub secrets: BTreeSet<String>,
    /// Whose processes have outlived a crash.
    pub survivors: Vec<Survivor>,
    pub operator: Actor,
    pub limit_ms: Option<u64>,
    /// The last command that was started.
    pub started: Option<Start>,
    /// Kinds of the events that the last wish recorded.
    pub recorded: Vec<&'static str>,
    pub sat: Sat,
    /// Seconds since the run was opened, by a clock that nobody sets.
    pub seconds: i64,
    /// How often the machine was restarted, and when it was last: the monotonic clock began anew.
    pub boots: u32,
    booted: i64,
}

/// Someone, with a role or none: `lee (dba)`.
pub fn actor(words: &str) -> Actor {
    let (name, role) = words.split_once(" (").map_or((words, None), |(name, role)| (name, role.strip_suffix(')')));
    Actor {
        name: name.to_owned(),
        role: role.map(str::to_owned),
        user: "ops".to_owned(),
        uid: 1000,
        host: "bastion".to_owned(),
        tty: None,
        key: None,
    }
}

impl World {
    /// Opens a run and sits down at it.
    pub fn open(runbook: &str, kind: RunKind) -> Self {
        let book = read("scenario.md", runbook.as_bytes()).expect("a scenario's runbook is text");
        let opened = Opened {
            runbook: book.source.sha256,
            title: book.title.clone(),
            path: "scenario.md".to_owned(),
            run_kind: kind,
            program: "gonogo test".to_owned(),
            cwd: "/srv".to_owned(),
            shell: "/bin/bash".to_owned(),
            ticket: None,
        };
        let operator = actor("dana");
        let first = stamp(0, (0, 0), &operator);
        let id = RunId("01SCENARIO".to_owned());
        let (entry, _) = Entry::seal(&id, 1, first, Event::RunOpened(opened), Digest::ZERO);
        let live = Run::replay(std::slice::from_ref(&entry)).expect("the first entry opens a run");
        let mut world = World {
            book,
            file: None,
            versions: BTreeMap::new(),
            live,
            entries: vec![entry],
            environment: BTreeSet::new(),
            secrets: BTreeSet::new(),
            survivors: Vec::new(),
            operator,
            limit_ms: None,
            started: None,
            recorded: Vec::new(),
            sat: Sat::Driven,
            seconds: 0,
            boots: 0,
            booted: 0,
        };
        world.sit();
        world
    }

    /// A new process takes the run up.
    pub fn sit(&mut self) {
        let pid = 100 + u32::try_from(self.live.sittings.len()).expect("few sittings");
        self.sat = Sat::Driven;
        self.secrets.clear();
        self.record(Event::SittingBegan(Sitting { pid, started: 7, skin: "plain".to_owned() }));
    }

    /// The driving process is gone; whoever looks now sees what a reader would see.
    pub fn crash(&mut self) {
        self.sat = Sat::Crashed;
        self.live.presume_lost();
    }

    /// The same, and the machine with it.
    pub fn reboot(&mut self) {
        self.crash();
        self.boots += 1;
        self.booted = self.seconds;
    }

    pub fn now(&self) -> Moment {
        Moment::of(&stamp(self.seconds, (self.boots, self.booted), &self.operator))
    }

    pub fn leave(&mut self) {
        self.record(Event::SittingEnded);
    }

    /// Decides a wish and carries it out up to the point where a process would be started.
    pub fn intend(&mut self, wish: Intent) -> Result<(), Refusal> {
        let moment = self.now();
        let now = Circumstances {
            name: &self.operator.name,
            role: self.operator.role.as_deref(),
            environment: &self.environment,
            secrets: &self.secrets,
            survivors: &self.survivors,
            cwd: "/srv",
            target: None,
            missing: &[],
            undecided: &[],
            before_run: gonogo::run::decide::BeforeRun::Done,
            at: &moment,
            shell: "/bin/bash",
            timeout_ms: self.limit_ms,
            caution: gonogo::run::decide::Caution::Risk,
            behind: 0,
        };
        let effects = decide(&self.book, &self.live, wish, &now)?;
        self.recorded.clear();
        let mut before = None;
        for effect in effects {
            match &effect {
                Effect::Record(event) => {
                    self.recorded.push(event.kind());
                    self.record(event.clone());
                }
                Effect::Start(start) => {
                    let intent = Effect::Record(Event::AttemptIntended(start.intended.clone()));
                    assert_eq!(before, Some(intent), "a command is started without its intent right before");
                    self.started = Some(*start.clone());
                }
                Effect::Stop { attempt, signal } => {
                    let said = matches!(&before, Some(Effect::Record(Event::StopSent { attempt: a, signal: s, .. }))
                        if a == attempt && s == signal);
                    assert!(said, "a command is stopped without its record right before");
                }
                Effect::Watch(attempt) => {
                    let said = matches!(&before, Some(Effect::Record(Event::AttemptRejoined { attempt: a, .. }))
                        if a == attempt);
                    assert!(said, "a command is taken charge of without its record right before");
                }
            }
            before = Some(effect);
        }
        Ok(())
    }

    pub fn edit(&mut self, text: &str) {
        self.file = Some(read("scenario.md", text.as_bytes()).expect("a scenario's runbook is text"));
    }

    /// How the author's file differs from what is walked.
    pub fn drift(&self) -> Drift {
        drift(&self.book, self.file.as_ref().expect("the file was edited"))
    }

    /// What changed in each stale step since it was done: `1.1 -date +date -u`.
    pub fn stale_lines(&self) -> Vec<String> {
        let since = since_done(&self.book, &self.live, &self.versions);
        let lines = since.into_iter().map(|(id, lines)| {
            let changed = lines.iter().filter(|line| line.side != Side::Both);
            let said: Vec<String> = changed.map(|line| format!(" {}{}", line.side.sign(), line.text)).collect();
            format!("{}{}", self.book.step(&id).expect("a step of the book").number, said.concat())
        });
        lines.collect()
    }

    pub fn end(&mut self, attempt: AttemptId, ending: Ending, matched: Option<bool>) {
        let (output, left_over) = (OutputDigest::default(), Vec::new());
        self.record(Event::AttemptEnded(Ended {
            attempt,
            ending,
            took_ms: 1500,
            output,
            matched,
            left_over,
            not_dead: Vec::new(),
            errors: Vec::new(),
            errors_until: None,
        }));
    }

    pub fn record(&mut self, event: Event) {
        self.seconds += 1;
        let stamp = stamp(self.seconds, (self.boots, self.booted), &self.operator);
        let (run, seq, prev) = (self.live.id.clone(), self.live.head.seq + 1, self.live.head.hash);
        let (entry, body) = Entry::seal(&run, seq, stamp, event, prev);
        let read = Entry::read(&body, prev, entry.hash).expect("what is sealed can be read");
        assert_eq!(read, entry, "the stored form says the same");
        self.live.apply(&read);
        self.entries.push(read);
        if let Some(book) = self.file.take_if(|book| book.source.sha256 == self.live.runbook()) {
            let before = std::mem::replace(&mut self.book, book);
            self.versions.insert(before.source.sha256, before);
        }
    }

    pub fn readiness(&self) -> Readiness {
        readiness(&self.book, &self.live)
    }

    /// What must hold after anything.
    pub fn check(&self) {
        let mut replayed = Run::replay(&self.entries).expect("the entries are a run");
        if self.sat == Sat::Crashed {
            replayed.presume_lost();
        }
        assert_eq!(replayed, self.live, "the fold of all entries is the run that was lived");
        let now = self.readiness();
        assert!(now.percent.is_none_or(|percent| percent <= 100));
        assert_eq!(now.percent.is_none(), now.total == 0, "nothing to count is not a number");
        if now.answer == Answer::Go {
            assert_eq!(now.blockers, [], "GO has no blockers");
        }
        if self.live.is_rehearsal() {
            assert_eq!(now.answer, Answer::Rehearsed);
        }
    }

    /// Whatever was written before a crash can be read and asked about; to be called at the end.
    pub fn check_prefixes(&self) {
        for length in 1..=self.entries.len() {
            let mut run = Run::replay(&self.entries[..length]).expect("every beginning of a run is a run");
            run.presume_lost();
            assert!(run.running().is_none(), "after {length} entries nothing runs when nobody drives");
            assert!(readiness(&self.book, &run).percent.is_none_or(|percent| percent <= 100));
        }
        assert!(Run::replay(&[]).is_err());
        assert!(Run::replay(&self.entries[1..]).is_err(), "a run begins with run_opened");
    }
}

fn stamp(seconds: i64, (boots, booted): (u32, i64), by: &Actor) -> Stamp {
    let begin: DateTime<Utc> = "2026-11-21T02:00:00Z".parse().expect("a time");
    let mono_us = u64::try_from(seconds - booted).expect("time goes on") * 1_000_000;
    Stamp { at: begin + Duration::seconds(seconds), mono_us, boot: format!("boot-{boots}"), by: by.clone() }
}
