//! Whether the ledger of runs is whole, and agrees with the runs.

use super::{Check, Ends};
use crate::journal::chain::{self, Tail, count, digest, text};
use crate::journal::ledger;
use crate::journal::{Cause, Place};
use crate::run::event::RunId;
use crate::runbook::Digest;
use rusqlite::Row;
use std::collections::BTreeMap;

impl Check<'_> {
    pub fn ledger(&mut self) -> Result<(), Cause> {
        let mut last = Tail::NONE;
        let mut named: BTreeMap<RunId, Ends> = BTreeMap::new();
        let mut statement = self.conn.prepare("SELECT n, what, run, seq, head, prev, hash FROM ledger ORDER BY n")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let line = match Line::follow(row, last) {
                Ok(line) => line,
                Err(reason) => return Err(Place::Ledger(last.seq + 1).found(reason).into()),
            };
            last = line.here;
            let none = Ends { opened: Tail::NONE, closed: None };
            let ends = named.entry(line.run).or_insert(none);
            match line.what {
                ledger::What::Opened => ends.opened = line.event,
                ledger::What::Closed => ends.closed = Some(line.event),
            }
        }
        let head = chain::head(self.conn, "ledger")?;
        if head != last {
            let reason = format!("the ledger ends at row {}, but {} had been entered", last.seq, head.seq);
            self.found(Place::Ledger(last.seq + 1), reason);
        }
        self.compare_ledger(&named);
        Ok(())
    }

    fn compare_ledger(&mut self, named: &BTreeMap<RunId, Ends>) {
        let ends = std::mem::take(&mut self.ends);
        for (run, ledger) in named {
            match ends.get(run) {
                None => self.found(Place::Run(run.clone()), "the ledger knows it, but its events are gone"),
                Some(ends) if ends.opened == ledger.opened && self.broken.contains(run) => {}
                Some(ends) if ends != ledger => {
                    self.found(Place::Run(run.clone()), "its first or closing event is not the one in the ledger");
                }
                Some(_) => {}
            }
        }
        for run in ends.keys().filter(|run| !named.contains_key(*run)) {
            self.found(Place::Run(run.clone()), "the ledger does not know it");
        }
    }

    /// The rows of the ledger about one run, each by itself: whether rows of other runs are missing is for the whole file.
    pub fn ledger_of(&mut self, run: &RunId) -> Result<(), Cause> {
        let mut named = BTreeMap::new();
        let mut statement = self
            .conn
            .prepare_cached("SELECT n, what, run, seq, head, prev, hash FROM ledger WHERE run = ? ORDER BY n")?;
        let mut rows = statement.query([&run.0])?;
        while let Some(row) = rows.next()? {
            let before = Tail {
                seq: count(row, 0).unwrap_or(0).saturating_sub(1),
                hash: digest(row, 5).unwrap_or(Digest::ZERO),
            };
            let line = match Line::follow(row, before) {
                Ok(line) => line,
                Err(reason) => return Err(Place::Ledger(before.seq + 1).found(reason).into()),
            };
            let ends = named.entry(line.run).or_insert(Ends { opened: Tail::NONE, closed: None });
            match line.what {
                ledger::What::Opened => ends.opened = line.event,
                ledger::What::Closed => ends.closed = Some(line.event),
            }
        }
        self.compare_ledger(&named);
        Ok(())
    }
}

/// A row of the ledger that follows the one before it.
struct Line {
    here: Tail,
    what: ledger::What,
    run: RunId,
    event: Tail,
}

impl Line {
    fn follow(row: &Row<'_>, last: Tail) -> Result<Self, String> {
        let n = count(row, 0).ok_or("its number is not a number")?;
        if n != last.seq + 1 {
            return Err(format!("it is missing; the next one is {n}"));
        }
        let what = match text(row, 1) {
            Some("opened") => ledger::What::Opened,
            Some("closed") => ledger::What::Closed,
            Some(_) | None => return Err("it says neither opened nor closed".into()),
        };
        let run = text(row, 2).ok_or("it names no run")?;
        let seq = count(row, 3).ok_or("it names no event")?;
        let head = digest(row, 4).ok_or("it names no event")?;
        let prev = digest(row, 5).ok_or("its previous hash is not a hash")?;
        let hash = digest(row, 6).ok_or("its hash is not a hash")?;
        if prev != last.hash {
            return Err("it does not follow the row before it".into());
        }
        let event = Tail { seq, hash: head };
        if ledger::link(&prev, n, what.word(), run, event) != hash {
            return Err("its hash does not fit what it says".into());
        }
        Ok(Line { here: Tail { seq: n, hash }, what, run: RunId(run.to_owned()), event })
    }
}
