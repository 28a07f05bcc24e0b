//! Stored output, chunk by chunk, and whether it is what the ending event says.
//!
//! Unpacking is one thread's work; of a long output, and of many, another one hashes meanwhile. Of an output that is read
//! chunk by chunk no more than a few are in memory.

use super::{HEAD, LARGEST, TAIL};
use crate::at_once::both;
use crate::journal::chain::count;
use crate::journal::{Cause, Finding, Place};
use crate::run::event::{AttemptId, OutputDigest, RunId};
use crate::runbook::Digest;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row};
use sha2::{Digest as _, Sha256};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::{self, Scope, ScopedJoinHandle};
use zstd::bulk::Decompressor;

/// A first chunk of so many bytes is a long output's.
const LONG: usize = 1024 * 1024;

/// Chunks that wait to be hashed.
const WAITING: usize = 2;

/// What is stored of one output.
#[derive(Debug, Default)]
pub(in crate::journal) struct Read {
    parts: [Option<(u64, Digest)>; 2],
    pub shredded: Option<u64>,
    /// What could not be unpacked, if anything.
    broken: Option<&'static str>,
}

impl Read {
    /// What cannot be read, if anything.
    pub fn broken(&self, run: &RunId, attempt: AttemptId) -> Option<Finding> {
        self.broken.map(|reason| Place::Output(run.clone(), attempt).found(reason))
    }

    /// How this differs from what the ending event says, if it does.
    pub fn differs(&self, run: &RunId, attempt: AttemptId, digest: &OutputDigest) -> Option<Finding> {
        let place = || Place::Output(run.clone(), attempt);
        if let Some(reason) = self.broken {
            return Some(place().found(reason));
        }
        if self.shredded.is_some() {
            let left = self.parts.iter().any(Option::is_some);
            return left.then(|| place().found("it was shredded, yet bytes are there"));
        }
        let mut found = self.parts.iter().flatten();
        for (n, part) in digest.parts.iter().enumerate() {
            match found.next() {
                None => return Some(place().found(format!("part {n} is missing"))),
                Some((bytes, hash)) if *bytes != part.bytes || *hash != part.digest => {
                    return Some(place().found(format!("part {n} was altered")));
                }
                Some(_) => {}
            }
        }
        found.next().map(|_| place().found("there are bytes that the ending event does not know"))
    }
}

/// A whole output, with the salts of its parts.
#[derive(Debug, Default)]
pub(in crate::journal) struct Whole {
    pub read: Read,
    /// Those that have bytes, in order.
    pub parts: Vec<([u8; 32], Vec<u8>)>,
}

/// Reads outputs one after the other.
pub(in crate::journal) struct Reader<'c> {
    conn: &'c Connection,
    /// Made once: to make one takes longer than to unpack a short output.
    unpacker: Decompressor<'static>,
}

impl<'c> Reader<'c> {
    /// # Errors
    /// When there is no memory for it.
    pub fn new(conn: &'c Connection) -> Result<Self, Cause> {
        Ok(Self { conn, unpacker: Decompressor::new()? })
    }

    /// Reads an output chunk by chunk and hashes each part.
    ///
    /// # Errors
    /// When it cannot be read, or not be taken.
    pub fn each_chunk(
        &mut self,
        run: &RunId,
        attempt: AttemptId,
        mut take: impl FnMut(u32, &[u8]) -> Result<(), Cause>,
    ) -> Result<Read, Cause> {
        let mut read = Read::default();
        for part in [HEAD, TAIL] {
            let Some(salt) = self.begin(run, attempt, part, &mut read)? else { continue };
            let mut total = None;
            let hash = thread::scope(|scope| {
                let mut hashing = Hashing::Here(Sha256::new_with_prefix(salt));
                let broken = self.unpack_each(run, attempt, part, |bytes| {
                    *total.get_or_insert(0) += bytes.len() as u64;
                    take(part, &bytes)?;
                    Ok(hashing.add(scope, bytes))
                })?;
                read.broken = read.broken.or(broken);
                Ok::<_, Cause>(hashing.finish())
            })?;
            read.parts[part as usize] = total.map(|total| (total, hash));
        }
        Ok(read)
    }

    /// Reads outputs as they are, in this order: unpacked here, meanwhile hashed and put together on another thread.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn whole(&mut self, run: &RunId, attempts: impl Iterator<Item = AttemptId>) -> Result<Vec<Whole>, Cause> {
        let (give, pieces) = channel::<Piece>();
        let pieces = Mutex::new(pieces);
        let gather = || gather(pieces.lock().expect("only one gathers").iter());
        let (gathered, reads) = both(gather, move || {
            let read = |(output, attempt)| {
                let mut read = Read::default();
                for part in [HEAD, TAIL] {
                    let Some(salt) = self.begin(run, attempt, part, &mut read)? else { continue };
                    let broken = self.unpack_each(run, attempt, part, |bytes| {
                        give.send(Piece { output, part, salt, bytes }).expect("it is there until all was given");
                        Ok(Vec::new())
                    })?;
                    read.broken = read.broken.or(broken);
                }
                Ok::<_, Cause>(read)
            };
            attempts.enumerate().map(read).collect::<Result<Vec<_>, _>>()
        });
        let mut gathered = gathered.into_iter();
        let whole = |mut read: Read| {
            let found = gathered.next().unwrap_or_default();
            let mut parts = Vec::new();
            for (part, place) in found.into_iter().zip(&mut read.parts) {
                if let Some((salt, hasher, bytes)) = part {
                    *place = Some((bytes.len() as u64, Digest(hasher.finalize().into())));
                    parts.push((salt, bytes));
                }
            }
            Whole { read, parts }
        };
        Ok(reads?.into_iter().map(whole).collect())
    }

    /// The salt of a part, if the part is there.
    fn begin(&self, run: &RunId, attempt: AttemptId, part: u32, read: &mut Read) -> Result<Option<[u8; 32]>, Cause> {
        let sql = "SELECT salt, shredded FROM output WHERE run = ? AND attempt = ? AND part = ?";
        let row = self.conn.prepare_cached(sql)?.query_row((&run.0, attempt.0, part), |row| {
            Ok((row.get::<_, Option<[u8; 32]>>(0).ok().flatten(), count(row, 1)))
        });
        let Some((salt, shredded)) = row.optional()? else { return Ok(None) };
        read.shredded = read.shredded.or(shredded);
        Ok(Some(salt.unwrap_or_default()))
    }

    /// Hands over the bytes of each chunk and takes a buffer for the next. Says what is wrong with a chunk, if anything.
    fn unpack_each(
        &mut self,
        run: &RunId,
        attempt: AttemptId,
        part: u32,
        mut take: impl FnMut(Vec<u8>) -> Result<Vec<u8>, Cause>,
    ) -> Result<Option<&'static str>, Cause> {
        let sql = "SELECT n, size, zstd FROM chunk WHERE run = ? AND attempt = ? AND part = ? ORDER BY n";
        let mut chunks = self.conn.prepare_cached(sql)?;
        let mut chunks = chunks.query((&run.0, attempt.0, part))?;
        let (mut expected, mut bytes) = (0, Vec::new());
        while let Some(chunk) = chunks.next()? {
            if count(chunk, 0) != Some(expected) {
                return Ok(Some("a chunk is missing"));
            }
            if !unpack(chunk, &mut self.unpacker, &mut bytes) {
                return Ok(Some("a chunk cannot be unpacked"));
            }
            expected += 1;
            bytes = take(bytes)?;
        }
        Ok(None)
    }
}

/// A chunk of one of several outputs.
struct Piece {
    /// Its place among them.
    output: usize,
    part: u32,
    salt: [u8; 32],
    bytes: Vec<u8>,
}

/// The parts of an output that have bytes, with their salts and hashes.
type Gathered = [Option<([u8; 32], Sha256, Vec<u8>)>; 2];

fn gather(pieces: impl Iterator<Item = Piece>) -> Vec<Gathered> {
    let mut outputs: Vec<Gathered> = Vec::new();
    for Piece { output, part, salt, bytes } in pieces {
        outputs.resize_with(output + 1, Gathered::default);
        let begun =
            outputs[output][part as usize].get_or_insert_with(|| (salt, Sha256::new_with_prefix(salt), Vec::new()));
        begun.1.update(&bytes);
        if begun.2.is_empty() {
            begun.2 = bytes;
        } else {
            begun.2.extend_from_slice(&bytes);
        }
    }
    outputs
}

/// Unpacks the frame of a chunk, which must have exactly the size that stands beside it.
fn unpack(chunk: &Row<'_>, unpacker: &mut Decompressor<'_>, bytes: &mut Vec<u8>) -> bool {
    let Some(size) = count(chunk, 1).filter(|size| *size <= LARGEST) else { return false };
    let Ok(size) = usize::try_from(size) else { return false };
    let Ok(ValueRef::Blob(frame)) = chunk.get_ref(2) else { return false };
    bytes.clear();
    bytes.reserve(size);
    unpacker.decompress_to_buffer(frame, bytes).is_ok_and(|unpacked| unpacked == size)
}

/// Where the digest of a part is taken.
enum Hashing<'scope> {
    Here(Sha256),
    /// On a thread of its own, which gives the buffers back.
    Beside {
        give: SyncSender<Vec<u8>>,
        spare: Receiver<Vec<u8>>,
        thread: ScopedJoinHandle<'scope, Sha256>,
    },
}

impl<'scope> Hashing<'scope> {
    /// Takes the next bytes, and gives a buffer for those that follow.
    fn add(&mut self, scope: &'scope Scope<'scope, '_>, bytes: Vec<u8>) -> Vec<u8> {
        match self {
            Hashing::Here(hasher) => {
                hasher.update(&bytes);
                // The first chunk of a long output is hashed here, those behind it elsewhere.
                if bytes.len() >= LONG {
                    *self = Self::beside(scope, std::mem::take(hasher));
                }
                bytes
            }
            Hashing::Beside { give, spare, .. } => {
                give.send(bytes).expect("it hashes until it is let go");
                spare.try_recv().unwrap_or_default()
            }
        }
    }

    /// Goes on elsewhere; where the system gives no thread, here.
    fn beside(scope: &'scope Scope<'scope, '_>, hasher: Sha256) -> Self {
        let (give, chunks) = sync_channel::<Vec<u8>>(WAITING);
        let (back, spare) = sync_channel(WAITING + 2);
        let mut elsewhere = hasher.clone();
        let started = thread::Builder::new().spawn_scoped(scope, move || {
            for bytes in chunks {
                elsewhere.update(&bytes);
                // A buffer that nobody wants any more is let go.
                let _ = back.try_send(bytes);
            }
            elsewhere
        });
        match started {
            Ok(thread) => Hashing::Beside { give, spare, thread },
            Err(_) => Hashing::Here(hasher),
        }
    }

    fn finish(self) -> Digest {
        let hasher = match self {
            Hashing::Here(hasher) => hasher,
            Hashing::Beside { give, thread, .. } => {
                drop(give);
                thread.join().expect("hashing does not fail")
            }
        };
        Digest(hasher.finalize().into())
    }
}
