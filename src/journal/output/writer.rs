//! The way of a stream into the journal: hashed as it comes, the head committed chunk by chunk, the tail kept in a ring.
//!
//! A thread of its own compresses and commits whenever a batch is full or a second has passed, so that the reader of the
//! stream waits for neither. It is started with the first byte.

use super::spool::Spool;
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
        })
    }

    /// Takes the next bytes of the stream. A full disk does not stop the stream: it is counted and hashed to its end, and
    /// [`Kept::trouble`] says that not all was kept.
    pub fn write(&mut self, bytes: &[u8]) {
        self.whole.update(bytes);
        let room = self.keep.head.saturating_sub(self.bytes);
        self.bytes += bytes.len() as u64;
        let (head, tail) = bytes.split_at(bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX)));
        for piece in head.chunks(BATCH) {
            self.write_head(piece);
        }
        if !tail.is_empty() && self.keep.tail > 0 {
            self.write_tail(tail);
        }
    }

    fn write_head(&mut self, bytes: &[u8]) {
        let committer = self.committer.take().map_or_else(
            || {
                let (head, place) = (Arc::clone(&self.head), self.place.clone());
                thread::Builder::new().name("output".into()).spawn(move || commit_chunks(&head, &place))
            },
            Ok,
        );
        let mut state = self.head.lock();
        match committer {
            Ok(committer) => {
                // Waiting here holds the command back instead of filling the memory.
                while state.pending.len() >= BATCH && matches!(state.phase, Phase::Open) && !committer.is_finished() {
                    state = self.head.turn.wait_timeout(state, PAUSE).unwrap_or_else(PoisonError::into_inner).0;
                }
                self.committer = Some(committer);
            }
            Err(error) => state.phase = Phase::Failed(error.into()),
        }
        if let Phase::Open = state.phase {
            state.pending.extend_from_slice(bytes);
            if state.pending.len() >= BATCH {
                self.head.turn.notify_all();
            }
        }
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
        let sha256 = (self.bytes > 0).then(|| Digest(self.whole.clone().finalize().into()));
        let digest = |head: Option<OutputPart>| {
            let parts: Vec<OutputPart> = head.into_iter().chain(tail.clone()).collect();
            let dropped = self.bytes - parts.iter().map(|part| part.bytes).sum::<u64>();
            OutputDigest { bytes: self.bytes, dropped, redacted, sha256, parts }
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

/// Moves the ring into the journal. What could not be stored is counted as dropped.
fn store_tail(place: &Where, spool: Spool, trouble: &mut Option<Cause>) -> Option<OutputPart> {
    let mut stored = 0;
    let mut hasher = Sha256::new();
    let moved = salt().and_then(|salt| {
        hasher.update(salt);
        let mut conn = None;
        for n in 0..spool.pieces() {
            let bytes = spool.read(n)?;
            commit(&mut conn, place, &piece(TAIL, salt, n, &bytes)?)?;
            hasher.update(&bytes);
            stored += bytes.len() as u64;
        }
        Ok(())
    });
    if let Err(cause) = moved.and_then(|()| spool.remove()) {
        trouble.get_or_insert(cause);
    }
    part(stored, hasher)
}
