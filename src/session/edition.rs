//! The author's file: noticing that it was edited, taking the edit over, or staying on the recorded bytes.
//!
//! The file is only ever read. What it says matters when the operator adopts it, and not before.

use super::{Changed, Denied, Fault, Session, lookup};
use crate::run::decide::{Intent, Refusal};
use crate::run::drift::{DiffLine, Drift, drift, since_done};
use crate::run::event::{Adopted, Event};
use crate::runbook::read::read;
use crate::runbook::{Digest, MAX_BYTES, Runbook, StepId};
use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// How often the file is looked at, in microseconds of the monotonic clock.
const EVERY_US: u64 = 1_000_000;

/// What is known about the author's file.
#[derive(Debug, Default)]
pub(super) struct Watch {
    file: Option<PathBuf>,
    /// The file as it was when it was last read.
    seen: Option<Seen>,
    next_us: u64,
    edited: Option<Edited>,
}

/// Tells two states of a file apart without reading it.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    inode: u64,
    size: u64,
    modified: (i64, i64),
}

impl Seen {
    fn of(meta: &Metadata) -> Self {
        Seen { inode: meta.ino(), size: meta.size(), modified: (meta.mtime(), meta.mtime_nsec()) }
    }
}

#[derive(Debug)]
struct Edited {
    book: Runbook,
    bytes: Vec<u8>,
    drift: Drift,
}

impl Session {
    /// From now on looks after the author's file, which may differ from the recorded bytes already.
    pub fn watch(&mut self, file: &Path) {
        self.watch = Watch { file: Some(file.to_owned()), ..Watch::default() };
        self.look_at_file();
    }

    /// How the author's file differs from what the run walks, if a step or a setting does.
    #[must_use]
    pub fn edited(&self) -> Option<&Drift> {
        self.watch.edited.as_ref().map(|edited| &edited.drift).filter(|drift| !drift.is_idle())
    }

    /// The same, unless the operator has decided to stay on the recorded version.
    #[must_use]
    pub fn undecided_edit(&self) -> Option<&Drift> {
        self.edited().filter(|drift| !self.run.declined.contains(&drift.to))
    }

    /// Walks the edited version from here on: its bytes, and what became of each step, are recorded.
    ///
    /// # Errors
    /// A refusal while a command runs or has an unknown end, or when there is no edit; a fault when it cannot be recorded.
    pub fn adopt(&mut self) -> Result<(), Denied> {
        self.look_at_file();
        let adopted = self.edited().ok_or(Refusal::OtherVersion)?.adopted();
        self.take_over(adopted)
    }

    /// Adopts exactly these bytes: a file that was swapped since somebody looked at it is not adopted.
    ///
    /// # Errors
    /// When the file is another version by now, or it cannot be recorded.
    pub fn adopt_exactly(&mut self, version: Digest) -> Result<(), Denied> {
        self.look_at_file();
        let edited = self.edited().filter(|drift| drift.to == version);
        let adopted = edited.ok_or(Refusal::OtherVersion)?.adopted();
        self.take_over(adopted)
    }

    fn take_over(&mut self, adopted: Adopted) -> Result<(), Denied> {
        if let Some(edited) = &self.watch.edited {
            self.refuse_unfit(&edited.book)?;
        }
        self.intend(&Intent::Adopt(adopted))
    }

    /// Stays on the recorded version; that the file is another one is recorded.
    ///
    /// # Errors
    /// When there is no edit, or it cannot be recorded.
    pub fn stay(&mut self) -> Result<(), Denied> {
        let runbook = self.edited().ok_or(Refusal::OtherVersion)?.to;
        self.intend(&Intent::Stay { runbook })
    }

    /// For each step whose record an edit made stale: how it has changed since it was done.
    #[must_use]
    pub fn since_done(&self) -> &BTreeMap<StepId, Vec<DiffLine>> {
        self.since_done.get_or_init(|| {
            let mut versions = BTreeMap::new();
            for edition in &self.run.editions {
                // A version that cannot be read is missing from a view only; verification says what is wrong with it.
                let bytes = self.journal.as_ref().and_then(|journal| journal.runbook(edition.from).ok());
                if let Some(book) = bytes.and_then(|bytes| read(&self.run.opened.path, &bytes).ok()) {
                    versions.insert(edition.from, book);
                }
            }
            since_done(&self.book, &self.run, &versions)
        })
    }

    /// Looks at the file when it is time to.
    pub(super) fn tick_file(&mut self) -> Changed {
        let now = self.clock.now().mono_us;
        if self.watch.file.is_none() || now < self.watch.next_us {
            return Changed::Nothing;
        }
        self.watch.next_us = now + EVERY_US;
        self.look_at_file()
    }

    /// Reads the file if it is not the one that was read last.
    pub fn look_at_file(&mut self) -> Changed {
        let Some(file) = &self.watch.file else {
            return Changed::Nothing;
        };
        // A file that is away for a moment, as while an editor saves it, says nothing.
        let Ok(meta) = fs::metadata(file) else {
            return Changed::Nothing;
        };
        let seen = Seen::of(&meta);
        if !meta.is_file() || self.watch.seen.as_ref() == Some(&seen) {
            return Changed::Nothing;
        }
        let before = self.edited().map(|drift| drift.to);
        let edited = bytes_of(file).and_then(|bytes| self.compare(bytes));
        self.watch.seen = Some(seen);
        self.watch.edited = edited;
        if self.edited().map(|drift| drift.to) == before { Changed::Nothing } else { Changed::State }
    }

    /// What cannot be walked, or is another document under the same name, is no edit.
    fn compare(&self, bytes: Vec<u8>) -> Option<Edited> {
        let book = read(&self.run.opened.path, &bytes).ok()?;
        if book.source.sha256 == self.book.source.sha256 || !book.walk().any(|(_, step)| step.is_leaf()) {
            return None;
        }
        let drift = drift(&self.book, &book);
        drift.is_related().then_some(Edited { book, bytes, drift })
    }

    /// The bytes that are recorded together with an event about them.
    pub(super) fn bytes_for(&self, event: &Event) -> Option<Vec<u8>> {
        let digest = match event {
            Event::RunbookAdopted(adopted) => adopted.runbook,
            Event::RunbookDeclined { runbook } => *runbook,
            Event::RunOpened(_)
            | Event::SittingBegan(_)
            | Event::SittingEnded
            | Event::ClockStepped { .. }
            | Event::AttemptIntended(_)
            | Event::AttemptSpawned { .. }
            | Event::AttemptRejoined { .. }
            | Event::AttemptGone { .. }
            | Event::StopSent { .. }
            | Event::AttemptEnded(_)
            | Event::AttemptResolved { .. }
            | Event::OutputShredded { .. }
            | Event::AttemptRehearsed { .. }
            | Event::StepMarked { .. }
            | Event::MarkReversed { .. }
            | Event::NoteAdded { .. }
            | Event::ValueGiven { .. }
            | Event::TargetPinned { .. }
            | Event::TrustDecided(_)
            | Event::RequirementsProbed(_)
            | Event::HookBegan(_)
            | Event::HookEnded(_)
            | Event::SoakBegan(_)
            | Event::SoakPaused { .. }
            | Event::SignedOff { .. }
            | Event::GateOverridden { .. }
            | Event::Called { .. }
            | Event::Deviated { .. }
            | Event::RunClosed { .. } => return None,
        };
        self.watch.edited.as_ref().filter(|edited| edited.drift.to == digest).map(|edited| edited.bytes.clone())
    }

    /// Before the first recorded act an edit is simply walked: there is no record that it could change.
    pub(super) fn adopt_unrecorded(&mut self, wish: &Intent) -> bool {
        if self.run.head.seq > 0 {
            return false;
        }
        match wish {
            Intent::Adopt(_) => {
                if let Some(Edited { book, bytes, .. }) = self.watch.edited.take() {
                    self.run.opened.runbook = book.source.sha256;
                    self.run.opened.title.clone_from(&book.title);
                    self.run.opened.ticket.clone_from(&book.front.ticket);
                    self.bytes = bytes;
                    self.change_book(book);
                }
                true
            }
            Intent::Stay { runbook } => {
                self.run.declined.insert(*runbook);
                true
            }
            Intent::Execute(_)
            | Intent::Trust(_)
            | Intent::Soak { .. }
            | Intent::PauseSoak { .. }
            | Intent::Stop { .. }
            | Intent::Mark { .. }
            | Intent::Reverse { .. }
            | Intent::Note { .. }
            | Intent::Detour { .. }
            | Intent::EndDetour
            | Intent::Give { .. }
            | Intent::SignOff { .. }
            | Intent::State { .. }
            | Intent::Override { .. }
            | Intent::Call { .. }
            | Intent::Resolve { .. }
            | Intent::Rejoin { .. }
            | Intent::Correct { .. }
            | Intent::Close { .. } => false,
        }
    }

    /// Walks the version that the entries say, whoever adopted it.
    pub(super) fn follow_edition(&mut self) -> Result<(), Fault> {
        let digest = self.run.runbook();
        if digest == self.book.source.sha256 {
            return Ok(());
        }
        let journal = self.journal.as_ref().ok_or(Fault::NoJournal)?;
        let (book, bytes) = lookup::version(journal, &self.run)?;
        self.bytes = bytes;
        self.change_book(self.run.read_as(book));
        Ok(())
    }

    fn change_book(&mut self, book: Runbook) {
        self.secrets.learn_environment(&book, &self.setup.environment);
        self.book = book;
        self.draw_values();
        self.pointers.take();
        self.readiness.take();
        self.times.take();
        self.since_done.take();
        // Compared with another version, the file may be no edit any more, or another one.
        self.watch.seen = None;
        self.watch.edited = None;
        self.look_at_file();
    }
}

fn bytes_of(file: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file).ok()?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
