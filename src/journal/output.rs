//! What attempts printed: compressed chunks of the head and the tail of each stream, outside the chain but fixed by it.
//!
//! The ending event holds a digest over salt and bytes of each part. The salt is stored and shredded with the bytes, so that
//! a short output cannot be guessed from its digest, and a leaked one can be removed while the chain stays whole. Bytes come
//! in redacted; nothing here knows a secret.

mod read;
mod spool;
mod times;
mod writer;

pub(super) use read::Reader;
pub use writer::OutputWriter;

use crate::journal::chain::int;
use crate::journal::file::Location;
use crate::journal::{Cause, Fault, Journal, Place, list};
use crate::run::event::{AttemptId, Ended, OutputDigest, RunId};
use crate::runbook::Digest;
use read::Whole;
use rusqlite::{Connection, TransactionBehavior};
use spool::Spool;
use std::io;

/// Bytes of a stream that go into one chunk and one commit.
const BATCH: usize = 4 * 1024 * 1024;

/// No chunk and no runbook is larger than this when unpacked; a size beyond it was not written by us.
const LARGEST: u64 = 64 * 1024 * 1024;

/// The first part: the beginning of the stream.
const HEAD: u32 = 0;
/// The second part: its end.
const TAIL: u32 = 1;

/// How many bytes of an output are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// From the beginning, in bytes.
    pub head: u64,
    /// From the end, in bytes.
    pub tail: u64,
}

impl Default for Keep {
    fn default() -> Self {
        let bytes = 32 * 1024 * 1024;
        Keep { head: bytes, tail: bytes }
    }
}

/// A finished output: most of it stored, the rest waiting to be stored with the ending event.
#[derive(Debug)]
pub struct Kept {
    run: RunId,
    attempt: AttemptId,
    digest: OutputDigest,
    /// The same as if `rest` had never come.
    without_rest: OutputDigest,
    rest: Option<Piece>,
    trouble: Option<Cause>,
}

impl Kept {
    /// What the ending event says about the output.
    #[must_use]
    pub fn digest(&self) -> &OutputDigest {
        &self.digest
    }

    /// Why less was kept than asked for, if so: a full or broken disk.
    #[must_use]
    pub fn trouble(&self) -> Option<&Cause> {
        self.trouble.as_ref()
    }

    pub(super) fn given_up(&self) -> OutputDigest {
        self.without_rest.clone()
    }

    pub(super) fn store(&self, conn: &Connection) -> Result<(), Cause> {
        self.rest.iter().try_for_each(|piece| piece.store(conn, &self.run, self.attempt))
    }
}

/// One compressed chunk.
#[derive(Debug)]
struct Piece {
    part: u32,
    salt: [u8; 32],
    n: u32,
    size: usize,
    zstd: Vec<u8>,
}

impl Piece {
    fn store(&self, conn: &Connection, run: &RunId, attempt: AttemptId) -> Result<(), Cause> {
        conn.prepare_cached("INSERT INTO output(run, attempt, part, salt) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")?
            .execute((&run.0, attempt.0, self.part, self.salt))?;
        conn.prepare_cached("INSERT INTO chunk(run, attempt, part, n, size, zstd) VALUES (?, ?, ?, ?, ?, ?)")?
            .execute((&run.0, attempt.0, self.part, self.n, int(self.size as u64), &self.zstd))?;
        Ok(())
    }
}

/// What is stored of an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// The kept parts, in order; none when nothing was printed.
    Parts(Vec<Vec<u8>>),
    /// Removed; the event at `seq` says why.
    Shredded { seq: u64 },
}

/// The salts of an output's kept parts, in their order.
pub type Salts = Vec<[u8; 32]>;

impl Journal {
    /// Starts to keep what an attempt prints. The writer may work on another thread; it has a connection of its own.
    ///
    /// # Errors
    /// When nothing can be recorded here, or the system gives no random numbers.
    pub fn output_writer(&self, run: &RunId, attempt: AttemptId, keep: Keep) -> Result<OutputWriter, Fault> {
        let writer =
            self.check_writable().and_then(|()| OutputWriter::new(self.at.clone(), run.clone(), attempt, keep));
        self.named(writer)
    }

    /// What is stored of an attempt's output. With the digest from its ending event the bytes are checked against it; an
    /// attempt that was cut off has none.
    ///
    /// # Errors
    /// When bytes are missing, were altered, or cannot be read.
    pub fn output(&self, run: &RunId, attempt: AttemptId, digest: Option<&OutputDigest>) -> Result<Stored, Fault> {
        let mut whole = self.whole(run, &[(attempt, digest)])?;
        Ok(whole.pop().expect("one was asked for").0)
    }

    /// What is stored of several outputs, each with the salts of its parts and checked against the digest from its ending
    /// event. All of them are in memory then.
    ///
    /// # Errors
    /// As for [`Journal::output`].
    pub fn outputs(&self, run: &RunId, ended: &[&Ended]) -> Result<Vec<(Stored, Salts)>, Fault> {
        let wanted: Vec<_> = ended.iter().map(|ended| (ended.attempt, Some(&ended.output))).collect();
        self.whole(run, &wanted)
    }

    fn whole(&self, run: &RunId, wanted: &[(AttemptId, Option<&OutputDigest>)]) -> Result<Vec<(Stored, Salts)>, Fault> {
        let attempts = wanted.iter().map(|(attempt, _)| *attempt);
        let whole = read::whole(&self.conn, run, attempts);
        let stored = |(Whole { read, parts }, (attempt, digest)): (Whole, &(AttemptId, Option<&OutputDigest>))| {
            if let Some(finding) = digest.and_then(|digest| read.differs(run, *attempt, digest)) {
                return Err(finding.into());
            }
            let (salts, parts) = parts.into_iter().flatten().filter(|(_, bytes)| !bytes.is_empty()).unzip();
            Ok((read.shredded.map_or(Stored::Parts(parts), |seq| Stored::Shredded { seq }), salts))
        };
        self.named(whole.and_then(|whole| whole.into_iter().zip(wanted).map(stored).collect()))
    }

    /// The salts of an output's kept parts, in order: with them its digests can be checked without this journal.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn salts(&self, run: &RunId, attempt: AttemptId) -> Result<Salts, Fault> {
        let sql = "SELECT salt FROM output WHERE run = ? AND attempt = ? AND salt IS NOT NULL ORDER BY part";
        let salts = self.conn.prepare_cached(sql).and_then(|mut statement| {
            statement.query_map((&run.0, attempt.0), |row| row.get(0))?.collect::<Result<Salts, _>>()
        });
        self.named(salts.map_err(Cause::from))
    }

    /// Copies one kept part (0 is the head, 1 the tail) without holding it in memory. The bytes are not checked; see
    /// [`Journal::output`] and [`Journal::verify`].
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn copy_output(
        &self,
        run: &RunId,
        attempt: AttemptId,
        part: u32,
        to: &mut impl io::Write,
    ) -> Result<(), Fault> {
        let write = |found, bytes: &[u8]| if found == part { Ok(to.write_all(bytes)?) } else { Ok(()) };
        let copied = Reader::new(&self.conn).and_then(|mut reader| reader.each_chunk(run, attempt, write));
        self.named(copied.map(|_| ()))
    }

    /// After a crash: takes over the tail of an output that had not reached the journal. What was there already stays.
    ///
    /// # Errors
    /// When it cannot be read or committed; then it stays where it is.
    pub fn salvage(&mut self, run: &RunId, attempt: AttemptId) -> Result<(), Fault> {
        let salvaged = self.check_writable().and_then(|()| {
            let Some(spool) = Spool::left_over(&self.at, run, attempt)? else {
                return Ok(());
            };
            let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let stored = tx
                .prepare_cached("SELECT 1 FROM output WHERE run = ? AND attempt = ? AND part = ?")?
                .exists((&run.0, attempt.0, TAIL))?;
            if !stored {
                let salt = salt()?;
                for n in 0..spool.pieces() {
                    piece(TAIL, salt, n, &spool.read(n)?)?.store(&tx, run, attempt)?;
                }
            }
            tx.commit()?;
            spool.remove()
        });
        self.named(salvaged)
    }
}

fn salt() -> Result<[u8; 32], Cause> {
    let mut salt = [0; 32];
    getrandom::fill(&mut salt)?;
    Ok(salt)
}

fn piece(part: u32, salt: [u8; 32], n: u32, bytes: &[u8]) -> Result<Piece, Cause> {
    Ok(Piece { part, salt, n, size: bytes.len(), zstd: compress(bytes)? })
}

/// One zstd frame (RFC 8878), fast rather than small.
pub(super) fn compress(bytes: &[u8]) -> Result<Vec<u8>, Cause> {
    Ok(zstd::bulk::compress(bytes, 1)?)
}

/// Unpacks a frame that must have exactly this size.
fn unpack(frame: &[u8], size: u64) -> Option<Vec<u8>> {
    let capacity = usize::try_from(size).ok().filter(|_| size <= LARGEST)?;
    zstd::bulk::decompress(frame, capacity).ok().filter(|bytes| bytes.len() == capacity)
}

/// The bytes of a stored runbook, checked.
pub(super) fn runbook(conn: &Connection, digest: Digest) -> Result<Vec<u8>, Cause> {
    let place = Place::Runbook(digest);
    let Some((size, frame)) = list::stored_runbook(conn, digest)? else {
        return Err(place.found("its bytes are missing").into());
    };
    match unpack(&frame, size) {
        Some(bytes) if Digest::of(&bytes) == digest => Ok(bytes),
        Some(_) | None => Err(place.found("its stored bytes were altered").into()),
    }
}

/// Takes bytes and salt of an output away and leaves a marker that names the event which says why.
pub(super) fn shred(conn: &Connection, run: &RunId, attempt: AttemptId, seq: u64) -> Result<(), Cause> {
    let sql = "UPDATE output SET salt = NULL, shredded = ? WHERE run = ? AND attempt = ? AND shredded IS NULL";
    let marked = conn.prepare_cached(sql)?.execute((int(seq), &run.0, attempt.0))?;
    if marked == 0 {
        return Err(Cause::NoOutput(run.clone(), attempt));
    }
    conn.prepare_cached("DELETE FROM chunk WHERE run = ? AND attempt = ?")?.execute((&run.0, attempt.0))?;
    Ok(())
}

/// Removes the part of an output that a crash left beside the journal.
pub(super) fn forget_spool(at: &Location, run: &RunId, attempt: AttemptId) -> Result<(), Cause> {
    match Spool::left_over(at, run, attempt)? {
        Some(spool) => spool.remove(),
        None => Ok(()),
    }
}
