//! A desk for tests: a runbook, a run and a screen; keys in, screen out.
//!
//! Wishes are decided by the real [`decide`] and folded by the real run. Only the world is missing: a started command
//! runs until the test says how it ended.

use super::Colour;
use super::keys::notation;
use super::look::{Glyphs, Look};
use super::msg::{Act, Facts, Msg, Printed, Scene, Survivor};
use super::pane::{News, Stored};
use super::text::Zone;
use super::theme::{Library, Theme};
use super::ui::Ui;
use super::update::update;
use super::view;
use crate::run::decide::{Circumstances, Effect, Intent, decide};
use crate::run::drift::{DiffLine, Drift, drift, since_done};
use crate::run::estimate::{Estimate, estimates};
use crate::run::event::{
    Actor, AttemptId, Ended, Ending, Entry, Event, Leftover, Opened, OutputDigest, RunId, RunKind, Sitting, Stamp,
};
use crate::run::readiness::readiness;
use crate::run::time::{AsOf, times};
use crate::run::{Moment, Run};
use crate::runbook::{Digest, Remembered, Runbook, StepId};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal, backend::TestBackend};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub(super) fn look() -> Look {
    let theme = Theme::named("terminal", Colour::Always).unwrap();
    Look { theme, glyphs: Glyphs::Unicode, zone: Zone::Utc }
}

/// Draws once and returns the characters, without blanks at line ends.
pub(super) fn screen(cols: u16, rows: u16, draw: impl FnOnce(&mut Frame<'_>)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(cols, rows)).unwrap();
    terminal.draw(draw).unwrap();
    let buffer = terminal.backend().buffer();
    let line = |y: u16| {
        let mut text = String::new();
        let mut skip = 0;
        for x in 0..cols {
            let symbol = buffer[(x, y)].symbol();
            if skip == 0 {
                text.push_str(symbol);
                skip = super::text::width(symbol);
            }
            skip = skip.saturating_sub(1);
        }
        text.trim_end().to_owned()
    };
    (0..rows).map(line).collect::<Vec<_>>().join("\n")
}

pub(super) struct Desk {
    pub book: Runbook,
    pub run: Run,
    pub ui: Ui,
    pub actor: Actor,
    pub holder: Option<String>,
    pub survivors: Vec<Survivor>,
    /// What would run by itself and was not decided on.
    pub undecided: Vec<String>,
    /// Attempts whose generated value is held.
    pub generated: Vec<AttemptId>,
    /// By the author alone, unless a test has others.
    pub estimates: BTreeMap<StepId, Estimate>,
    /// Names of the secrets that this process knows.
    pub secrets: BTreeSet<String>,
    pub entries: Vec<Entry>,
    /// Corrections of earlier runs.
    pub remembered: Vec<Remembered>,
    /// How the author's file was edited.
    pub edited: Option<Drift>,
    edition: Option<Runbook>,
    versions: BTreeMap<Digest, Runbook>,
    since_done: BTreeMap<StepId, Vec<DiffLine>>,
    pub stored: BTreeMap<AttemptId, Stored>,
    /// What was asked of the world, in order.
    pub world: Vec<String>,
    /// Seconds since the beginning.
    pub clock: u64,
}

impl Desk {
    pub(super) fn new(markdown: &str, cols: u16, rows: u16) -> Self {
        Desk::of_kind(markdown, cols, rows, RunKind::Real)
    }

    pub(super) fn of_kind(markdown: &str, cols: u16, rows: u16, kind: RunKind) -> Self {
        let book = crate::runbook::read::read("deploy.md", markdown.as_bytes()).unwrap();
        let actor = Actor {
            name: "dana".to_owned(),
            user: "dana".to_owned(),
            uid: 1000,
            host: "bastion".to_owned(),
            ..Actor::default()
        };
        let opened = Opened {
            runbook: book.source.sha256,
            title: book.title.clone(),
            path: "deploy.md".to_owned(),
            run_kind: kind,
            program: "gonogo 0.1.0".to_owned(),
            cwd: "/srv/app".to_owned(),
            shell: "/bin/bash".to_owned(),
            ticket: None,
        };
        let estimates = estimates(&book, &[]);
        let mut desk = Desk {
            run: Run::unopened(RunId("01JDZX4T7Q2R9V5W3K8M7F3CAB".to_owned()), opened, &stamp(&actor, 0)),
            book,
            ui: Ui::new(look(), Rect::new(0, 0, cols, rows)),
            actor,
            holder: None,
            survivors: Vec::new(),
            undecided: Vec::new(),
            generated: Vec::new(),
            estimates,
            secrets: BTreeSet::new(),
            entries: Vec::new(),
            remembered: Vec::new(),
            edited: None,
            edition: None,
            versions: BTreeMap::new(),
            since_done: BTreeMap::new(),
            stored: BTreeMap::new(),
            world: Vec::new(),
            clock: 0,
        };
        desk.send(Msg::Start);
        desk.world.clear();
        desk
    }

    /// Presses keys, in the notation of [`notation`].
    pub(super) fn press(&mut self, keys: &str) -> &mut Self {
        for key in notation(keys) {
            self.send(Msg::Key(key));
        }
        self
    }

    pub(super) fn send(&mut self, msg: Msg) {
        let mut acts: VecDeque<Act> = self.update(msg).into();
        while let Some(act) = acts.pop_front() {
            if let Some(msg) = self.perform(act) {
                acts.extend(self.update(msg));
            }
        }
    }

    fn update(&mut self, msg: Msg) -> Vec<Act> {
        let (readiness, now) = (readiness(&self.book, &self.run), self.now());
        let times = times(&self.book, &self.run, &self.estimates, AsOf::Now(&now));
        let facts = Facts {
            book: &self.book,
            run: &self.run,
            readiness: &readiness,
            now: &now,
            actor: &self.actor,
            holder: self.holder.as_deref(),
            pulse: None,
            target: None,
            survivors: &self.survivors,
            estimates: &self.estimates,
            times: &times,
            edited: self.edited.as_ref(),
            since_done: &self.since_done,
            remembered: &self.remembered,
            generated: &self.generated,
            hook: None,
        };
        update(&mut self.ui, &facts, msg)
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each act; what it would do is only noted")]
    fn perform(&mut self, act: Act) -> Option<Msg> {
        match act {
            Act::Intend(wish) => Some(self.intend(wish)),
            Act::State(statement) => Some(self.intend(Intent::State { statement, signature: None })),
            Act::LoadOutput(attempt) => {
                Some(Msg::Stored(attempt, Ok(self.stored.get(&attempt).cloned().unwrap_or_default())))
            }
            Act::LoadEntries => Some(Msg::Entries(self.entries.clone())),
            Act::GiveSecret(secret) => {
                self.world.push(format!("{secret:?}"));
                self.secrets.insert(secret.name.clone());
                Some(self.intend(Intent::Give { name: secret.name, value: crate::run::Value::Secret }))
            }
            Act::LoadThemes => {
                let library = Library::default();
                let read = library.names().into_iter().map(|name| Theme::named(name, Colour::Always).unwrap());
                Some(Msg::Themes(read.collect()))
            }
            Act::LoadTexts => Some(Msg::Texts(self.texts(), 0)),
            Act::Compose(text) => {
                self.world.push(format!("compose {text}"));
                None
            }
            Act::Notify(text) => {
                self.world.push(format!("notify {text}"));
                None
            }
            Act::Mouse(mouse) => {
                self.world.push(format!("mouse {mouse:?}"));
                None
            }
            Act::Pause => {
                self.world.push("pause".to_owned());
                None
            }
            Act::Trust(trust) => {
                self.world.push(format!("trust {trust:?}"));
                self.undecided.clear();
                None
            }
            Act::Reveal(attempt) => {
                self.world.push(format!("reveal {attempt}"));
                let value = "c2VjcmV0LWZyb20tbWVtb3J5".to_owned();
                Some(Msg::Revealed(vec![super::msg::Secret { name: "generated".to_owned(), value }]))
            }
            Act::StopHook => {
                self.world.push("stop hook".to_owned());
                None
            }
            Act::Feed(bytes) => {
                self.world.push(format!("feed {}", bytes.escape_ascii()));
                None
            }
            Act::Resize(cols, rows) => {
                self.world.push(format!("resize {cols}x{rows}"));
                None
            }
            Act::Edit(line) => {
                self.world.push(format!("edit {line}"));
                None
            }
            Act::Page(attempt) => {
                self.world.push(format!("page {attempt}"));
                None
            }
            Act::HandOver => {
                self.world.push("hand over".to_owned());
                None
            }
            Act::Copy(text) => {
                self.world.push(format!("copy {text:?}"));
                None
            }
            Act::Quit => {
                self.world.push("quit".to_owned());
                None
            }
        }
    }

    fn texts(&self) -> Vec<Printed> {
        let text = |(attempt, stored): (&AttemptId, &Stored)| {
            let step = self.run.attempt(*attempt)?.intended.target.step.clone();
            Some(Printed { attempt: *attempt, step, words: String::from_utf8_lossy(&stored.head).into_owned() })
        };
        self.stored.iter().filter_map(text).collect()
    }

    fn intend(&mut self, wish: Intent) -> Msg {
        let environment = BTreeSet::new();
        let now = Circumstances {
            name: &self.actor.name,
            role: self.actor.role.as_deref(),
            environment: &environment,
            secrets: &self.secrets,
            survivors: &self.survivors,
            cwd: "/srv/app",
            target: None,
            missing: &[],
            undecided: &self.undecided,
            before_run: crate::run::decide::BeforeRun::Done,
            at: &self.now(),
            shell: "/bin/bash",
            timeout_ms: None,
            caution: crate::run::decide::Caution::Risk,
            behind: 0,
        };
        let effects = match decide(&self.book, &self.run, wish.clone(), &now) {
            Ok(effects) => effects,
            Err(refusal) => return Msg::Refused(wish, refusal),
        };
        for effect in effects {
            match effect {
                Effect::Record(event) => {
                    self.record(event);
                    if let Some(book) = self.edition.take_if(|book| book.source.sha256 == self.run.runbook()) {
                        let before = std::mem::replace(&mut self.book, book);
                        self.versions.insert(before.source.sha256, before);
                        self.edited = None;
                    }
                    self.since_done = since_done(&self.book, &self.run, &self.versions);
                }
                Effect::Start(start) => self.world.push(format!("start {}", start.intended.text.trim_end())),
                Effect::Stop { attempt, signal } => self.world.push(format!("{attempt} {}", signal.word())),
                Effect::Watch(attempt) => self.world.push(format!("watch {attempt}")),
            }
        }
        Msg::Done(wish)
    }

    /// Records an event, and the run's first ones before it.
    pub(super) fn record(&mut self, event: Event) {
        if self.entries.is_empty() {
            self.append(Event::RunOpened(self.run.opened.clone()));
            self.append(Event::SittingBegan(Sitting { pid: 100, started: 1, skin: "screen".to_owned() }));
        }
        self.append(event);
    }

    /// The author's file says something else now.
    pub(super) fn edits(&mut self, markdown: &str) {
        let book = crate::runbook::read::read("deploy.md", markdown.as_bytes()).unwrap();
        self.edited = Some(drift(&self.book, &book));
        self.edition = Some(book);
        self.send(Msg::Changed);
    }

    fn append(&mut self, event: Event) {
        self.clock += 1;
        let head = self.run.head;
        let stamp = stamp(&self.actor, self.clock);
        let (entry, _) = Entry::seal(&self.run.id, head.seq + 1, stamp, event, head.hash);
        self.run.apply(&entry);
        if let Event::Deviated { correction: Some(correction), .. } = &entry.event {
            self.book.correct(correction);
        }
        self.entries.push(entry);
    }

    /// The running command prints something.
    pub(super) fn prints(&mut self, text: &str) {
        let attempt = self.run.running().unwrap().id();
        let from = self.ui.pane.seen(attempt);
        let bytes = text.as_bytes().to_vec();
        self.stored.entry(attempt).or_default().head.extend_from_slice(&bytes);
        self.send(Msg::Output(News { attempt, from, bytes, lines: 0 }));
    }

    /// The running command ends.
    pub(super) fn ends(&mut self, ending: Ending) {
        self.ends_leaving(ending, Vec::new());
    }

    /// The running command ends, and these of its processes could not be killed.
    pub(super) fn ends_leaving(&mut self, ending: Ending, not_dead: Vec<Leftover>) {
        self.clock += 3;
        let attempt = self.run.running().unwrap().id();
        let bytes = self.stored.get(&attempt).map_or(0, |stored| stored.head.len() as u64);
        let output = OutputDigest { bytes, sha256: Some(Digest::ZERO), ..OutputDigest::default() };
        let matched = None;
        self.record(Event::AttemptEnded(Ended {
            attempt,
            ending,
            took_ms: 3200,
            output,
            matched,
            left_over: Vec::new(),
            not_dead,
            errors: Vec::new(),
            errors_until: None,
        }));
        self.send(Msg::Changed);
    }

    pub(super) fn exits(&mut self, code: i32) {
        self.ends(Ending::Exited { code });
    }

    /// A new process resumes the run: a new screen on the same entries.
    pub(super) fn crash_and_resume(&mut self) {
        self.record(Event::SittingBegan(Sitting { pid: 200, started: 2, skin: "screen".to_owned() }));
        self.ui = Ui::new(self.ui.look.clone(), self.ui.area);
        self.secrets.clear();
        self.send(Msg::Start);
        self.world.clear();
    }

    fn now(&self) -> Moment {
        let stamp = stamp(&self.actor, self.clock);
        Moment { at: stamp.at, mono_us: stamp.mono_us, boot: stamp.boot }
    }

    /// Gives the scene to somebody.
    fn scene<T>(&self, see: impl FnOnce(&Scene<'_>) -> T) -> T {
        let (readiness, now) = (readiness(&self.book, &self.run), self.now());
        let times = times(&self.book, &self.run, &self.estimates, AsOf::Now(&now));
        let facts = Facts {
            book: &self.book,
            run: &self.run,
            readiness: &readiness,
            now: &now,
            actor: &self.actor,
            holder: self.holder.as_deref(),
            pulse: None,
            target: None,
            survivors: &self.survivors,
            estimates: &self.estimates,
            times: &times,
            edited: self.edited.as_ref(),
            since_done: &self.since_done,
            remembered: &self.remembered,
            generated: &self.generated,
            hook: None,
        };
        see(&Scene { facts, ui: &self.ui })
    }

    /// The cells of the screen.
    pub(super) fn frame(&self) -> Buffer {
        let Rect { width, height, .. } = self.ui.area;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        self.scene(|scene| terminal.draw(|frame| view::draw(frame, scene)).map(drop)).unwrap();
        terminal.backend().buffer().clone()
    }

    /// The screen as text.
    pub(super) fn shows(&self) -> String {
        let Rect { width, height, .. } = self.ui.area;
        self.scene(|scene| screen(width, height, |frame| view::draw(frame, scene)))
    }

    /// What the last line with a notice says.
    pub(super) fn notice(&self) -> String {
        self.ui.notice.as_ref().map(|notice| notice.text.clone()).unwrap_or_default()
    }

    /// Number and state of every step, one a line.
    pub(super) fn states(&self) -> String {
        let leaves = crate::run::readiness::leaves(&self.book, &self.run);
        let lines: Vec<String> =
            leaves.iter().map(|leaf| format!("{} {}", leaf.step.number, leaf.state.word())).collect();
        lines.join("\n")
    }
}

fn stamp(actor: &Actor, seconds: u64) -> Stamp {
    let at = "2026-11-21T02:14:07Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    Stamp {
        at: at + chrono::TimeDelta::seconds(i64::try_from(seconds).unwrap()),
        mono_us: seconds * 1_000_000,
        boot: "b".to_owned(),
        by: actor.clone(),
    }
}

/// A small go-live runbook with one of everything.
pub(super) const BOOK: &str = r"---
owner: platform
vars:
  region: {prompt: Which region, choices: [eu-1, us-2], default: eu-1}
  api_token: {prompt: Token of the deploy user, secret: true}
calls: [security, database]
gates:
  phase-2-database: {role: dba, min: 1}
---

# Acme API production

Read all of it before you begin.

## Phase 1: Preparation

- [ ] Tell the support team that the window begins
- [ ] Freeze merges **on the main branch**

### Check the disk

There must be room on the data volume.

```bash
df -h /var/lib
```

Pass criteria: at least 20 % free.

## Phase 2: Database

### Back up the database

```bash
pg_dump --format=custom acme > acme.dump
```

### Drop the old table

It is *not* needed any more; see the [ticket](https://tracker.example/4711).

```bash
psql acme -c 'DROP TABLE sessions_old'
```

### Restart the pool

```bash
systemctl restart pgbouncer@<pool_name>
```

```yaml
pool_size: 20
```

| Setting | Value |
|---------|-------|
| mode    | transaction |

## Phase 3: Verification

### Watch the log

```bash
journalctl -u acme -f
```

### Confirm the landing page

- [ ] Open the page in a browser

## Rollback plan

### Restore the dump

```bash
pg_restore --clean --dbname acme acme.dump
```
";
