//! A folder with a journal and a runbook, and sessions that work there.

use gonogo::journal::{Journal, Mode};
use gonogo::run::decide::{Consent, Execute, Intent};
use gonogo::run::event::{Actor, Channel, Entry, RunId, RunKind, Target};
use gonogo::run::state::step_state;
use gonogo::runbook::read::read;
use gonogo::session::{Denied, Session, Setup};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

pub struct Desk {
    pub folder: TempDir,
    pub runbook: String,
}

impl Desk {
    pub fn with(runbook: &str) -> Self {
        Desk { folder: tempfile::tempdir().unwrap(), runbook: runbook.to_owned() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn journal(&self) -> PathBuf {
        self.path("state/journal.db")
    }

    pub fn setup(&self) -> Setup {
        let mut environment: BTreeMap<String, String> = BTreeMap::new();
        environment.insert("PATH".to_owned(), std::env::var("PATH").unwrap());
        environment.insert("DESK".to_owned(), self.folder.path().display().to_string());
        Setup {
            journal: self.journal(),
            operator: someone("dana", None),
            cwd: self.folder.path().canonicalize().unwrap(),
            shell: "bash".to_owned(),
            environment,
            values: BTreeMap::new(),
            timeout_ms: None,
            caution: gonogo::run::decide::Caution::Risk,
            keep: gonogo::session::Keep::default(),
            hooks: Vec::new(),
            approval: gonogo::session::Approval::Asked,
            skin: "plain",
            program: "gonogo test".to_owned(),
        }
    }

    pub fn begin(&self) -> Session {
        self.begin_with(self.setup())
    }

    /// As a walk without a person begins.
    pub fn begin_unattended(&self) -> Session {
        self.begin_with(Setup { skin: "exec", ..self.setup() })
    }

    pub fn begin_with(&self, setup: Setup) -> Session {
        let book = read("desk.md", self.runbook.as_bytes()).unwrap();
        Session::begin(book, self.runbook.clone().into_bytes(), "desk.md", RunKind::Real, setup)
    }

    pub fn resume(&self, run: &RunId) -> Session {
        self.resume_with(run, self.setup())
    }

    pub fn resume_with(&self, run: &RunId, setup: Setup) -> Session {
        Session::resume(Journal::create_or_open(&self.journal()).unwrap(), run, setup).unwrap()
    }

    /// What is committed, as another process sees it.
    pub fn entries(&self, run: &RunId) -> Vec<Entry> {
        Journal::open(&self.journal(), Mode::ReadOnly).unwrap().unwrap().entries(run).unwrap()
    }

    pub fn kinds(&self, run: &RunId) -> Vec<&'static str> {
        self.entries(run).iter().map(|entry| entry.event.kind()).collect()
    }

    /// How many events of a kind are committed.
    pub fn count(&self, run: &RunId, kind: &str) -> usize {
        self.kinds(run).into_iter().filter(|one| *one == kind).count()
    }

    pub fn lines(&self, name: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.path(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

pub fn someone(name: &str, role: Option<&str>) -> Actor {
    Actor {
        name: name.to_owned(),
        role: role.map(str::to_owned),
        user: "ops".to_owned(),
        uid: 1000,
        host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        tty: None,
        key: None,
    }
}

/// The wish to run a step's block, counted from 1, with consent to whatever it does.
pub fn run(session: &Session, number: &str, block: u32) -> Intent {
    let step = session.book().find_step(number).unwrap_or_else(|| panic!("no step {number}")).id.clone();
    let target = Target { step, command: block - 1, part: None };
    let consent = Consent::Typed(number.to_owned());
    Intent::Execute(Execute { target, edited: None, consent, reason: None, channel: Channel::Pipe })
}

/// Runs the first block of a step to its end.
pub fn play(session: &mut Session, number: &str) -> Result<(), Denied> {
    session.intend(&run(session, number, 1))?;
    finish(session);
    Ok(())
}

/// Waits for whatever runs.
pub fn finish(session: &mut Session) {
    until(session, |session| session.run().running().is_none());
}

/// Ticks until something is the case, for at most half a minute.
pub fn until(session: &mut Session, is_so: impl Fn(&Session) -> bool) {
    let begun = session.clock().now().mono_us;
    loop {
        session.tick().unwrap();
        if is_so(session) {
            return;
        }
        assert!(session.clock().now().mono_us - begun < 30_000_000, "it never came to it: {:#?}", session.run());
        session.wait(Duration::from_millis(20));
        std::thread::yield_now();
    }
}

pub fn state(session: &Session, number: &str) -> &'static str {
    step_state(session.run(), session.book().find_step(number).unwrap()).word()
}

/// What the newest attempt printed, as it is kept.
pub fn printed(session: &Session) -> String {
    let last = session.run().attempts.last().expect("something has run").id();
    let kept = session.output(last).unwrap();
    String::from_utf8_lossy(&[kept.head, kept.tail].concat()).into_owned()
}

/// A document whose steps each have one block.
pub fn steps(blocks: &[&str]) -> String {
    let mut text = "# Desk\n\n## Work\n\n".to_owned();
    for (number, block) in blocks.iter().enumerate() {
        text.push_str(&format!("- [ ] Step {}\n\n  ```sh\n", number + 1));
        for line in block.lines() {
            text.push_str(&format!("  {line}\n"));
        }
        text.push_str("  ```\n");
    }
    text
}

pub fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
