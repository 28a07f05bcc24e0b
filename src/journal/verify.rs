//! Whether the record still is what was written: every chain, the ledger, the copies beside them, runbooks and outputs.
//!
//! It only reads, and it goes on after a finding: one broken run says nothing about the others. What it cannot see: a tail
//! that was cut together with its head, or a file rewritten as a whole by somebody who can compute hashes. Signatures and
//! copies kept elsewhere are for that.

mod ledger;

use crate::journal::chain::{self, Tail, Walked, count, digest, text};
use crate::journal::list;
use crate::journal::{Cause, Fault, Finding, Journal, Place, append, output, schema};
use crate::run::event::{AttemptId, Entry, Event, Opened, OutputDigest, RunId};
use crate::runbook::Digest;
use rusqlite::{Connection, OptionalExtension as _, Row};
use std::collections::{BTreeMap, BTreeSet};

/// What verification came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub runs: u64,
    pub events: u64,
    /// Outputs whose bytes were read and compared.
    pub outputs: u64,
    /// Outputs that were removed on the record.
    pub shredded: Vec<(RunId, AttemptId)>,
    /// What is not as it was written; the first of each kind in each place. Empty when all is intact.
    pub findings: Vec<Finding>,
}

impl Report {
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.findings.is_empty()
    }
}

impl Journal {
    /// Verifies one run: its chain, its row, its runbook, its outputs and its place in the ledger.
    ///
    /// # Errors
    /// When there is no trace of the run, or the file cannot be read at all. What is altered is in the report.
    pub fn verify(&self, run: &RunId) -> Result<Report, Fault> {
        self.verify_and_read(run, |_| {})
    }

    /// The same, and hands over the entries that were verified, up to the first that does not hold.
    ///
    /// # Errors
    /// As for [`Journal::verify`].
    pub fn verify_and_read(&self, run: &RunId, take: impl FnMut(Entry)) -> Result<Report, Fault> {
        let mut check = self.named(Check::new(&self.conn))?;
        let checked = check.run(run, take).and_then(|()| {
            if check.report.runs == 0 {
                return Err(Cause::NoRun(run.clone()));
            }
            check.ledger_of(run)
        });
        self.named(checked.map(|()| check.report))
    }

    /// Verifies the whole file.
    ///
    /// # Errors
    /// When the file cannot be read at all. What is altered is in the report.
    pub fn verify_all(&self) -> Result<Report, Fault> {
        let mut check = self.named(Check::new(&self.conn))?;
        let checked = check.all();
        self.named(checked.map(|()| check.report))
    }
}

struct Check<'c> {
    conn: &'c Connection,
    outputs: output::Reader<'c>,
    report: Report,
    /// The first and, if it was closed, the closing event of each run that was walked.
    ends: BTreeMap<RunId, Ends>,
    /// Runs whose chain breaks off: how they ended is not known.
    broken: BTreeSet<RunId>,
    /// Runbooks whose bytes were compared.
    read: BTreeSet<Digest>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ends {
    opened: Tail,
    closed: Option<Tail>,
}

/// What the events of a run say, as far as other tables repeat it.
#[derive(Default)]
struct Said {
    opened: Option<(Opened, String, String)>,
    first: Option<Tail>,
    closed: Option<Tail>,
    last: u64,
    /// Versions of the runbook that were adopted or declined on the way.
    versions: Vec<Digest>,
    /// Which event says that an output was removed.
    shredded: BTreeMap<AttemptId, u64>,
    begun: BTreeSet<AttemptId>,
    ended: BTreeMap<AttemptId, OutputDigest>,
}

impl Said {
    fn hear(&mut self, entry: &Entry) {
        let here = Tail { seq: entry.seq, hash: entry.hash };
        self.first.get_or_insert(here);
        self.last = entry.seq;
        match &entry.event {
            Event::RunOpened(opened) => {
                self.opened.get_or_insert_with(|| {
                    (opened.clone(), append::moment(entry.stamp.at), entry.stamp.by.name.clone())
                });
            }
            Event::AttemptIntended(intended) => {
                self.begun.insert(intended.attempt);
            }
            Event::AttemptEnded(ended) => {
                self.ended.insert(ended.attempt, ended.output.clone());
            }
            Event::OutputShredded { attempt, .. } => {
                self.shredded.insert(*attempt, entry.seq);
            }
            Event::RunbookAdopted(adopted) => self.versions.push(adopted.runbook),
            Event::RunbookDeclined { runbook } => self.versions.push(*runbook),
            Event::RunClosed { .. } => {
                self.closed.get_or_insert(here);
            }
            Event::SittingBegan(_)
            | Event::SittingEnded
            | Event::ClockStepped { .. }
            | Event::AttemptSpawned { .. }
            | Event::AttemptRejoined { .. }
            | Event::AttemptGone { .. }
            | Event::StopSent { .. }
            | Event::AttemptResolved { .. }
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
            | Event::Deviated { .. } => {}
        }
    }
}

impl<'c> Check<'c> {
    fn new(conn: &'c Connection) -> Result<Self, Cause> {
        let outputs = output::Reader::new(conn)?;
        Ok(Check {
            conn,
            outputs,
            report: Report::default(),
            ends: BTreeMap::new(),
            broken: BTreeSet::new(),
            read: BTreeSet::new(),
        })
    }

    fn found(&mut self, place: Place, reason: impl Into<String>) {
        self.report.findings.push(place.found(reason));
    }

    /// Turns damage met while reading `place` into a finding; only what says nothing about the file stays an error.
    fn absorb(&mut self, place: Place, result: Result<(), Cause>) -> Result<(), Cause> {
        match result {
            Ok(()) => Ok(()),
            Err(Cause::Altered(finding)) => {
                self.report.findings.push(*finding);
                Ok(())
            }
            Err(Cause::Damaged(reason) | Cause::Database(reason) | Cause::Refused(reason)) => {
                self.found(place, reason);
                Ok(())
            }
            Err(Cause::NotAJournal) => {
                self.found(place, "it is not a database any more");
                Ok(())
            }
            Err(other) => Err(other),
        }
    }

    fn all(&mut self) -> Result<(), Cause> {
        let file = self.file();
        self.absorb(Place::File, file)?;
        let schema = self.schema();
        self.absorb(Place::Schema, schema)?;
        let mut runs = BTreeSet::new();
        let listed = self.names(&mut runs);
        self.absorb(Place::File, listed)?;
        for run in &runs {
            self.run(run, |_| {})?;
        }
        let ledger = self.ledger();
        self.absorb(Place::File, ledger)?;
        let runbooks = self.runbooks();
        self.absorb(Place::File, runbooks)
    }

    /// SQLite's own check; it sees damage that lies outside every chain, such as a broken index.
    fn file(&mut self) -> Result<(), Cause> {
        let mut statement = self.conn.prepare("PRAGMA integrity_check(10)")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            match text(row, 0) {
                Some("ok") => {}
                Some(other) => self.report.findings.push(Place::File.found(other)),
                None => self.report.findings.push(Place::File.found("the database's own check gave no answer")),
            }
        }
        Ok(())
    }

    /// Compares tables, indexes and triggers with those of a new journal of this version.
    fn schema(&mut self) -> Result<(), Cause> {
        let version: i64 = self.conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if schema::too_new(version).is_some() {
            return Ok(());
        }
        let mut fresh = Connection::open_in_memory()?;
        let steps = usize::try_from(version).unwrap_or(0).clamp(1, schema::STEPS.len());
        schema::migrate(&mut fresh, &schema::STEPS[..steps])?;
        let (wanted, found) = (objects(&fresh)?, objects(self.conn)?);
        for name in wanted.keys().filter(|name| !found.contains_key(*name)) {
            self.found(Place::Schema, format!("{name} was removed"));
        }
        for (name, sql) in &found {
            match wanted.get(name) {
                None => self.found(Place::Schema, format!("{name} was added")),
                Some(wanted) if wanted != sql => self.found(Place::Schema, format!("{name} was changed")),
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Every run that any table knows.
    fn names(&mut self, runs: &mut BTreeSet<RunId>) -> Result<(), Cause> {
        let mut statement = self.conn.prepare(
            "SELECT run FROM run UNION SELECT run FROM event UNION SELECT run FROM output UNION SELECT run FROM chunk
                UNION SELECT chain FROM head WHERE chain <> 'ledger' UNION SELECT run FROM ledger",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            match text(row, 0) {
                Some(run) => {
                    runs.insert(RunId(run.to_owned()));
                }
                None => self.report.findings.push(Place::File.found("a run has a name that is not text")),
            }
        }
        Ok(())
    }

    fn run(&mut self, run: &RunId, take: impl FnMut(Entry)) -> Result<(), Cause> {
        let checked = self.run_inner(run, take);
        self.absorb(Place::Run(run.clone()), checked)
    }

    fn run_inner(&mut self, run: &RunId, mut take: impl FnMut(Entry)) -> Result<(), Cause> {
        let mut said = Said::default();
        let walked = chain::walk(self.conn, run, Tail::NONE, |entry| {
            said.hear(&entry);
            take(entry);
        })?;
        self.report.events += said.last;
        let head = chain::head(self.conn, &run.0)?;
        let row = self.row(run)?;
        if said.last > 0 || head.seq > 0 || row.is_some() || walked != Walked::Whole(Tail::NONE) {
            self.report.runs += 1;
        }
        let intact = match walked {
            Walked::Whole(tail) if tail == head => true,
            Walked::Whole(tail) => {
                let reason = format!("the chain ends at event {}, but {} had been recorded", tail.seq, head.seq);
                self.found(Place::Event(run.clone(), tail.seq + 1), reason);
                false
            }
            Walked::Broken(_, finding) => {
                self.broken.insert(run.clone());
                self.report.findings.push(finding);
                false
            }
        };
        self.compare_row(run, row, said.opened.as_ref());
        if intact && said.last > 0 && chain::is_open(self.conn, run)? == said.closed.is_some() {
            self.found(Place::Run(run.clone()), "whether it was closed is not filed as its events say");
        }
        if let Some(opened) = said.first {
            self.ends.insert(run.clone(), Ends { opened, closed: said.closed });
        }
        if let Some((opened, ..)) = &said.opened {
            self.runbook(opened.runbook)?;
        }
        for version in &said.versions {
            self.runbook(*version)?;
        }
        self.outputs(run, &said, intact)
    }

    fn row(&self, run: &RunId) -> Result<Option<Columns>, Cause> {
        let mut statement =
            self.conn.prepare_cached("SELECT runbook, title, path, kind, opened, operator FROM run WHERE run = ?")?;
        Ok(statement.query_row([&run.0], |row| Ok(Columns::read(row))).optional()?)
    }

    fn compare_row(&mut self, run: &RunId, row: Option<Columns>, opened: Option<&(Opened, String, String)>) {
        let reason = match (row, opened) {
            (None, None) => "it is named, but nothing is left of it",
            (None, Some(_)) => "its row was removed",
            (Some(_), None) => "it does not begin with the event that opened it",
            (Some(row), Some((opened, at, operator))) => {
                let wanted = Columns {
                    runbook: Some(opened.runbook),
                    texts: [&opened.title, &opened.path, append::kind_word(opened.run_kind), at, operator]
                        .map(|text| Some(text.to_owned())),
                };
                if row == wanted {
                    return;
                }
                "its row differs from the event that opened it"
            }
        };
        self.found(Place::Run(run.clone()), reason);
    }

    fn outputs(&mut self, run: &RunId, said: &Said, intact: bool) -> Result<(), Cause> {
        let mut stored = BTreeSet::new();
        let mut statement = self.conn.prepare_cached(
            "SELECT attempt FROM output WHERE run = ?1 UNION SELECT attempt FROM chunk WHERE run = ?1",
        )?;
        let mut rows = statement.query([&run.0])?;
        while let Some(row) = rows.next()? {
            match count(row, 0).and_then(|attempt| u32::try_from(attempt).ok()) {
                Some(attempt) => stored.insert(AttemptId(attempt)),
                None => return Err(Place::Run(run.clone()).found("an output belongs to no attempt").into()),
            };
        }
        stored.extend(said.ended.iter().filter(|(_, digest)| !digest.parts.is_empty()).map(|(attempt, _)| *attempt));
        for attempt in stored {
            let checked = self.output(run, attempt, said, intact);
            self.absorb(Place::Output(run.clone(), attempt), checked)?;
        }
        Ok(())
    }

    fn output(&mut self, run: &RunId, attempt: AttemptId, said: &Said, intact: bool) -> Result<(), Cause> {
        let place = Place::Output(run.clone(), attempt);
        let read = self.outputs.each_chunk(run, attempt, |_, _| Ok(()))?;
        self.report.outputs += 1;
        if let Some(seq) = read.shredded {
            self.report.shredded.push((run.clone(), attempt));
            if intact && said.shredded.get(&attempt) != Some(&seq) {
                self.found(place.clone(), "it was removed, and no event says why");
            }
        } else if said.shredded.contains_key(&attempt) {
            self.found(place.clone(), "an event says that it was removed, yet it is there");
        }
        // An attempt that was cut off has no digest; what is there of it is evidence without proof.
        let cut_off = OutputDigest::default();
        match said.ended.get(&attempt) {
            Some(digest) => self.report.findings.extend(read.differs(run, attempt, digest)),
            None if said.begun.contains(&attempt) => self.report.findings.extend(read.broken(run, attempt)),
            // Behind a broken link nothing is known about attempts.
            None if intact => self.report.findings.extend(read.differs(run, attempt, &cut_off)),
            None => {}
        }
        Ok(())
    }

    fn runbooks(&mut self) -> Result<(), Cause> {
        for digest in list::runbooks(self.conn)? {
            let Some(digest) = digest else {
                self.found(Place::File, "a runbook has a name that is not a digest");
                continue;
            };
            self.runbook(digest)?;
        }
        Ok(())
    }

    fn runbook(&mut self, digest: Digest) -> Result<(), Cause> {
        if !self.read.insert(digest) {
            return Ok(());
        }
        let checked = output::runbook(self.conn, digest).map(|_| ());
        self.absorb(Place::Runbook(digest), checked)
    }
}

/// The columns of a run that repeat its first event; `None` where a value is not of its type.
#[derive(PartialEq, Eq)]
struct Columns {
    runbook: Option<Digest>,
    texts: [Option<String>; 5],
}

impl Columns {
    fn read(row: &Row<'_>) -> Self {
        let owned = |column| text(row, column).map(str::to_owned);
        Columns { runbook: digest(row, 0), texts: [1, 2, 3, 4, 5].map(owned) }
    }
}

/// Every table, index and trigger with its definition.
fn objects(conn: &Connection) -> Result<BTreeMap<String, String>, Cause> {
    let mut statement = conn.prepare("SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema")?;
    let rows = statement
        .query_map([], |row| Ok((text(row, 0).unwrap_or("?").to_owned(), text(row, 1).unwrap_or("?").to_owned())))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
