//! Rows in batches, so that several threads can hash and parse them while one reads.
//!
//! Nothing is trusted that was not checked: a batch begins with what the row before it claims to be, and it counts only when
//! every batch before it held.

use crate::journal::chain::{Tail, Walked, count, digest, text};
use crate::journal::{Cause, Place};
use crate::run::event::{Entry, Reader, RunId, chain};
use crate::runbook::Digest;
use rusqlite::{Row, Rows};
use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, Scope};

/// Rows of a batch: enough that handing one over costs nothing beside checking it.
const ROWS: usize = 512;

/// A chain that is no longer than this is checked where it is read: starting threads would take longer.
const SHORT: usize = 2048;

/// Batches that are with each thread, so that it is never idle while another is read.
const WAITING: usize = 3;

/// No more threads than this: beyond it, reading is what takes the time.
const THREADS: usize = 4;

/// A chain on its way out of the file.
pub(super) struct Reading<'s> {
    rows: Rows<'s>,
    /// What the row that was read last claims to be.
    last: Tail,
}

/// Some rows of a chain, not checked yet.
struct Batch {
    /// What the row before the first one claims to be.
    after: Tail,
    rows: Vec<Unchecked>,
    /// Their kinds and bodies, one behind the other.
    text: String,
    then: Then,
}

/// One row: its columns are what they should be by their type, and its number is the next one.
struct Unchecked {
    kind: Range<usize>,
    body: Range<usize>,
    prev: Digest,
    hash: Digest,
}

/// What stands behind the rows of a batch.
enum Then {
    More,
    End,
    /// Something that does not follow, and why.
    Broken(String),
    /// The file cannot be read on.
    Failed(Cause),
}

/// A batch after the check: the entries that follow one another, up to the first that does not.
struct Checked {
    entries: Vec<Entry>,
    last: Tail,
    then: Then,
}

/// A thread that checks, with how to reach it.
struct Checker {
    give: SyncSender<Batch>,
    take: Receiver<Checked>,
}

/// Checks all that is read and hands the entries to `take`, in order.
pub(super) fn check_all(mut reading: Reading<'_>, run: &RunId, take: &mut impl FnMut(Entry)) -> Result<Walked, Cause> {
    let first = reading.next(SHORT);
    if !matches!(first.then, Then::More) {
        return check_here(reading, first, run, take);
    }
    let threads = thread::available_parallelism().map_or(1, usize::from).clamp(1, THREADS);
    thread::scope(|scope| {
        // Where the system gives no thread, those that there are do the work; at the worst this one.
        let checkers: Vec<Checker> = (0..threads).map_while(|_| Checker::start(scope, run)).collect();
        let threads = checkers.len();
        if threads == 0 {
            return check_here(reading, first, run, take);
        }
        let (mut given, mut taken) = (0, 0);
        let mut next = Some(first);
        // The last batch ends it at the latest: something other than more rows stands behind it.
        loop {
            while let Some(batch) = next.take() {
                let more = matches!(batch.then, Then::More);
                checkers[given % threads]
                    .give
                    .send(batch)
                    .expect("a thread that checks takes batches until it is let go");
                given += 1;
                next = (more && given - taken < threads * WAITING).then(|| reading.next(ROWS));
            }
            let checked = checkers[taken % threads].take.recv().expect("every batch comes back");
            taken += 1;
            let more = matches!(checked.then, Then::More);
            if let Some(end) = checked.hand_over(run, take) {
                return end;
            }
            next = more.then(|| reading.next(ROWS));
        }
    })
}

fn check_here(
    mut reading: Reading<'_>,
    mut next: Batch,
    run: &RunId,
    take: &mut impl FnMut(Entry),
) -> Result<Walked, Cause> {
    loop {
        if let Some(end) = next.check(run).hand_over(run, take) {
            return end;
        }
        next = reading.next(ROWS);
    }
}

impl<'s> Reading<'s> {
    pub fn new(rows: Rows<'s>, from: Tail) -> Self {
        Reading { rows, last: from }
    }

    /// The next rows, at most so many, with what stands behind them.
    fn next(&mut self, most: usize) -> Batch {
        let mut batch = Batch { after: self.last, rows: Vec::new(), text: String::new(), then: Then::More };
        while batch.rows.len() < most && matches!(batch.then, Then::More) {
            match self.rows.next() {
                Ok(Some(row)) => match batch.add(row, self.last.seq + 1) {
                    Ok(row) => self.last = row,
                    Err(reason) => batch.then = Then::Broken(reason),
                },
                Ok(None) => batch.then = Then::End,
                Err(error) => batch.then = Then::Failed(error.into()),
            }
        }
        batch
    }
}

impl Batch {
    fn add(&mut self, row: &Row<'_>, due: u64) -> Result<Tail, String> {
        let seq = count(row, 0).ok_or("its number is not a number")?;
        if seq != due {
            return Err(format!("it is missing; the next one is {seq}"));
        }
        let kind = self.keep(text(row, 1).ok_or("its kind is not text")?);
        let body = self.keep(text(row, 2).ok_or("its body is not UTF-8 text")?);
        let prev = digest(row, 3).ok_or("its previous hash is not a hash")?;
        let hash = digest(row, 4).ok_or("its hash is not a hash")?;
        self.rows.push(Unchecked { kind, body, prev, hash });
        Ok(Tail { seq, hash })
    }

    fn keep(&mut self, text: &str) -> Range<usize> {
        let from = self.text.len();
        self.text.push_str(text);
        from..self.text.len()
    }

    fn check(self, run: &RunId) -> Checked {
        let mut entries = Vec::with_capacity(self.rows.len());
        let (mut last, mut reader) = (self.after, Reader::default());
        for row in &self.rows {
            match row.follow(&self.text, run, last, &mut reader) {
                Ok(entry) => {
                    last = Tail { seq: entry.seq, hash: entry.hash };
                    entries.push(entry);
                }
                Err(reason) => return Checked { entries, last, then: Then::Broken(reason) },
            }
        }
        Checked { entries, last, then: self.then }
    }
}

impl Unchecked {
    fn follow(&self, text: &str, run: &RunId, last: Tail, reader: &mut Reader) -> Result<Entry, String> {
        let (kind, body) = (&text[self.kind.clone()], &text[self.body.clone()]);
        if self.prev != last.hash {
            return Err("it does not follow the event before it".into());
        }
        if chain(&self.prev, body.as_bytes()) != self.hash {
            return Err("its hash does not fit its body".into());
        }
        let entry = reader.read(body, self.prev, self.hash).map_err(|error| error.to_string())?;
        if entry.seq != last.seq + 1 || entry.run != *run {
            return Err(format!("its body speaks of run {}, event {}", entry.run, entry.seq));
        }
        if entry.event.kind() != kind {
            return Err(format!("it is filed as {kind} but its body says {}", entry.event.kind()));
        }
        Ok(entry)
    }
}

impl Checked {
    /// Hands the entries over, and tells what came of the chain unless there is more of it.
    fn hand_over(self, run: &RunId, take: &mut impl FnMut(Entry)) -> Option<Result<Walked, Cause>> {
        self.entries.into_iter().for_each(take);
        match self.then {
            Then::More => None,
            Then::End => Some(Ok(Walked::Whole(self.last))),
            Then::Broken(reason) => {
                let place = Place::Event(run.clone(), self.last.seq + 1);
                Some(Ok(Walked::Broken(self.last, place.found(reason))))
            }
            Then::Failed(cause) => Some(Err(cause)),
        }
    }
}

impl Checker {
    fn start<'scope>(scope: &'scope Scope<'scope, '_>, run: &'scope RunId) -> Option<Self> {
        let (give, batches) = sync_channel::<Batch>(WAITING);
        let (checked, take) = sync_channel(WAITING);
        let started = thread::Builder::new().spawn_scoped(scope, move || {
            for batch in batches {
                // Nobody waits for it any more when an earlier batch did not hold.
                if checked.send(batch.check(run)).is_err() {
                    return;
                }
            }
        });
        started.ok().map(|_| Checker { give, take })
    }
}
