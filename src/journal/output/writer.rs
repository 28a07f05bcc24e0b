//! The way of a stream into the journal: hashed as it comes, the head committed chunk by chunk, the tail kept in a ring.
//!
//! A thread of its own compresses and commits whenever a batch is full or a second has passed, so that the reader of the
//! stream waits for neither. What a short command prints is committed with its ending, and no thread is started.

use super::spool::Spool;
use super::times::Times;
use super::{BATCH, HEAD, Keep, Kept, Piece, TAIL, piece, salt};
use crate::journal::file::Location;
use crate::journal::{Cause, open};
use crate::run::event::{AttemptId, OutputDigest, OutputPart, RunId};
use crate::runbook::Digest;
use rusqlite::{Connection, TransactionBehavior};
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A crash loses at most what came in this time.
const PAUSE: Duration = Duration::from_secs(1);

/// Pieces of the tail that are compressed at the same time. Each takes some 6 MiB.
const AT_ONCE: usize = 2;

/// Takes in what an attempt prints, already redacted. Memory stays bounded however much comes.
#[derive(Debug)]
pub struct OutputWriter {
    place: Where,
    keep: Keep,
    whole: Sha256,
    /// Bytes so far.
    bytes: u64,
    head: Arc<Head>,
    committer: Option<JoinHandle<()>>,
    tail: Tail,
    times: Times,
}

/// Which output of which journal.
#[derive(Debug, Clone)]
struct Where {
    at: Location,
    run: RunId,
    attempt: AttemptId,
}

/// The end of the stream.
#[derive(Debug)]
enum Tail {
    /// Everything fits into the head so far, or no tail is wanted.
    None,
    Spooled(Spool),
    /// It could not be spooled.
    Lost(Cause),
}

/// The beginning of the stream, shared with the thread that commits it.
#[derive(Debug)]
struct Head {
    salt: [u8; 32],
    state: Mutex<State>,
    turn: Condvar,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// Came in, not yet committed.
    pending: Vec<u8>,
    /// Over salt and committed bytes.
    hasher: Sha256,
    committed: u64,
    chunks: u32,
}

#[derive(Debug)]
enum Phase {
    Open,
    Closing,
    /// Committing failed; nothing more is kept.
    Failed(Cause),
}

impl Head {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic while it was held cannot leave it half-changed: every change is one assignment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OutputWriter {
    pub(in crate::journal) fn new(at: Location, run: RunId, attempt: AttemptId, keep: Keep) -> Result<Self, Cause> {
        let salt = salt()?;
        let mut hasher = Sha256::new();
        hasher.update(salt);
        let state = State { phase: Phase::Open, pending: Vec::new(), hasher, committed: 0, chunks: 0 };
        Ok(OutputWriter {
            place: Where { at, run, attempt },
            keep,
            whole: Sha256::new(),
            bytes: 0,
            head: Arc::new(Head { salt, state: Mutex::new(state), turn: Condvar::new() }),
            committer: None,
            tail: Tail::None,
            times: Times::default(),
        })
    }

    /// Says when the bytes come that are taken in next: so many milliseconds after the command began.
    pub fn at(&mut self, ms: u64) {
        self.times.add(ms, self.bytes);
    }

    /// When its bytes came is of no interest: they came at once.
    pub fn untimed(&mut self) {
        self.times = Times::default();
    }

    /// Takes the next bytes of the stream, and commits them within a second. A full disk does not stop the stream: it is
    /// counted and hashed to its end, and [`Kept::trouble`] says that not all was kept.
    pub fn write(&mut self, bytes: &[u8]) {
        self.take_in(bytes);
        self.tend();
    }

    /// Takes the next bytes of a stream that may be at its end: then they are committed with the ending. Otherwise
    /// [`OutputWriter::tend`] has to be called soon.
    pub fn take_in(&mut self, bytes: &[u8]) {
        self.whole.update(bytes);
        let room = self.keep.head.saturating_sub(self.bytes);
        self.bytes += bytes.len() as u64;
        let (head, tail) = bytes.split_at(bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX)));
        self.write_head(head);
        if !tail.is_empty() && self.keep.tail > 0 {
            self.write_tail(tail);
        }
    }

    /// Sees to it that what came in is committed within a second. The thread for it is started when there is something.
    pub fn tend(&mut self) {
        let mut state = self.head.lock();
        if self.committer.is_some() || state.pending.is_empty() {
            return;
        }
        let (head, place) = (Arc::clone(&self.head), self.place.clone());
        match thread::Builder::new().name("output".into()).spawn(move || commit_chunks(&head, &place)) {
            Ok(committer) => self.committer = Some(committer),
            Err(error) => state.phase = Phase::Failed(error.into()),
        }
    }

    /// Fills batch after batch, each to the brim, so that no buffer grows beyond it.
    fn write_head(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let mut state = self.head.lock();
            if state.pending.len() == BATCH {
                drop(state);
                self.tend();
                state = self.head.lock();
            }
            // Waiting here holds the command back instead of filling the memory.
            while state.pending.len() == BATCH && matches!(state.phase, Phase::Open) && self.commits() {
                state = self.head.turn.wait_timeout(state, PAUSE).unwrap_or_else(PoisonError::into_inner).0;
            }
            if !matches!(state.phase, Phase::Open) || state.pending.len() == BATCH {
                return;
            }
            let (now, later) = bytes.split_at(bytes.len().min(BATCH - state.pending.len()));
            let wanted = state.pending.len() + now.len();
            if wanted > state.pending.capacity() {
                // Doubling would go beyond what a batch can need.
                let room = (2 * wanted).min(BATCH) - state.pending.len();
                state.pending.reserve_exact(room);
            }
            state.pending.extend_from_slice(now);
            if state.pending.len() == BATCH {
                self.head.turn.notify_all();
            }
            bytes = later;
        }
    }

    fn commits(&self) -> bool {
        self.committer.as_ref().is_some_and(|committer| !committer.is_finished())
    }

    fn write_tail(&mut self, bytes: &[u8]) {
        if let Tail::None = self.tail {
            let Where { at, run, attempt } = &self.place;
            self.tail = match Spool::new(at, run, *attempt, self.keep.tail) {
                Ok(spool) => Tail::Spooled(spool),
                Err(cause) => Tail::Lost(cause),
            };
        }
        if let Tail::Spooled(spool) = &mut self.tail
            && let Err(cause) = spool.write(bytes)
        {
            self.tail = Tail::Lost(cause);
        }
    }

    /// Ends the stream. What is left of the head waits to be stored together with the ending event, see
    /// [`crate::journal::Journal::end_attempt`]. `redacted` is how often something was redacted.
    #[must_use]
    pub fn finish(mut self, redacted: u64) -> Kept {
        self.close();
        let mut state = self.head.lock();
        let mut trouble = match &state.phase {
            Phase::Failed(cause) => Some(cause.clone()),
            Phase::Open | Phase::Closing => None,
        };
        let pending = std::mem::take(&mut state.pending);
        let committed = part(state.committed, state.hasher.clone());
        let mut head = (committed.clone(), None);
        if trouble.is_none() && !pending.is_empty() {
            match piece(HEAD, self.head.salt, state.chunks, &pending) {
                Ok(rest) => {
                    state.hasher.update(&pending);
                    head = (part(state.committed + pending.len() as u64, state.hasher.clone()), Some(rest));
                }
                Err(cause) => trouble = Some(cause),
            }
        }
        drop(state);
        let tail = match std::mem::replace(&mut self.tail, Tail::None) {
            Tail::None => None,
            Tail::Lost(cause) => {
                trouble.get_or_insert(cause);
                None
            }
            Tail::Spooled(spool) => store_tail(&self.place, spool, &mut trouble),
        };
        let times = std::mem::take(&mut self.times).told();
        let sha256 = (self.bytes > 0).then(|| Digest(self.whole.clone().finalize().into()));
        let digest = |head: Option<OutputPart>| {
            let parts: Vec<OutputPart> = head.into_iter().chain(tail.clone()).collect();
            let dropped = self.bytes - parts.iter().map(|part| part.bytes).sum::<u64>();
            OutputDigest { bytes: self.bytes, dropped, redacted, sha256, parts, times: times.clone() }
        };
        Kept {
            run: self.place.run.clone(),
            attempt: self.place.attempt,
            digest: digest(head.0),
            without_rest: digest(committed),
            rest: head.1,
            trouble,
        }
    }

    fn close(&mut self) {
        if let Some(committer) = self.committer.take() {
            let mut state = self.head.lock();
            if let Phase::Open = state.phase {
                state.phase = Phase::Closing;
            }
            drop(state);
            self.head.turn.notify_all();
            if committer.join().is_err() {
                self.head.lock().phase = Phase::Failed(Cause::Io("the thread that stores output ended early".into()));
            }
        }
    }
}

impl Drop for OutputWriter {
    fn drop(&mut self) {
        self.close();
    }
}

fn part(bytes: u64, hasher: Sha256) -> Option<OutputPart> {
    (bytes > 0).then(|| OutputPart { bytes, digest: Digest(hasher.finalize().into()) })
}

/// Commits the head of a stream until it is closed. What came in last stays pending.
fn commit_chunks(head: &Head, place: &Where) {
    let mut conn = None;
    let mut batch = Vec::new();
    let mut state = head.lock();
    loop {
        state = head
            .turn
            .wait_timeout_while(state, PAUSE, |state| matches!(state.phase, Phase::Open) && state.pending.len() < BATCH)
            .unwrap_or_else(PoisonError::into_inner)
            .0;
        if !matches!(state.phase, Phase::Open) {
            return;
        }
        if state.pending.is_empty() {
            continue;
        }
        batch.clear();
        std::mem::swap(&mut batch, &mut state.pending);
        let n = state.chunks;
        drop(state);
        head.turn.notify_all();
        let committed = piece(HEAD, head.salt, n, &batch).and_then(|piece| commit(&mut conn, place, &piece));
        state = head.lock();
        match committed {
            Ok(()) => {
                state.hasher.update(&batch);
                state.committed += batch.len() as u64;
                state.chunks += 1;
            }
            Err(cause) => {
                state.phase = Phase::Failed(cause);
                head.turn.notify_all();
                return;
            }
        }
    }
}

/// Commits one chunk, over a connection that is opened when it is first needed.
fn commit(conn: &mut Option<Connection>, place: &Where, piece: &Piece) -> Result<(), Cause> {
    if conn.is_none() {
        *conn = Some(open::writer(&place.at)?);
    }
    let conn = conn.as_mut().expect("it was opened just now");
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    piece.store(&tx, &place.run, place.attempt)?;
    Ok(tx.commit()?)
}

/// Reads pieces of the ring and compresses them, each on a thread of its own: the command has ended, and somebody waits.
fn compressed(spool: &Spool, salt: [u8; 32], several: &[u32]) -> Result<Vec<(Vec<u8>, Piece)>, Cause> {
    let compress = |n: u32| {
        let bytes = spool.read(n)?;
        let piece = piece(TAIL, salt, n, &bytes)?;
        Ok((bytes, piece))
    };
    thread::scope(|scope| {
        let (first, others) = several.split_first().ok_or_else(|| Cause::Io("no piece to read".into()))?;
        let others: Vec<_> = others.iter().map(|n| scope.spawn(move || compress(*n))).collect();
        let first = compress(*first);
        let ended_early = |_| Err(Cause::Io("a thread that compresses output ended early".into()));
        std::iter::once(first).chain(others.into_iter().map(|other| other.join().unwrap_or_else(ended_early))).collect()
    })
}

/// Moves the ring into the journal. What could not be stored is counted as dropped.
fn store_tail(place: &Where, spool: Spool, trouble: &mut Option<Cause>) -> Option<OutputPart> {
    let mut stored = 0;
    let mut hasher = Sha256::new();
    let moved = salt().and_then(|salt| {
        hasher.update(salt);
        let mut conn = None;
        let pieces: Vec<u32> = (0..spool.pieces()).collect();
        for several in pieces.chunks(AT_ONCE) {
            for (bytes, piece) in compressed(&spool, salt, several)? {
                commit(&mut conn, place, &piece)?;
                hasher.update(&bytes);
                stored += bytes.len() as u64;
            }
        }
        Ok(())
    });
    if let Err(cause) = moved.and_then(|()| spool.remove()) {
        trouble.get_or_insert(cause);
    }
    part(stored, hasher)
}
