//! Stored output, chunk by chunk, and whether it is what the ending event says.
//!
//! Chunk by chunk, unpacking is one thread's work; of a long output another one hashes meanwhile. No more than a few chunks
//! are in memory. Whole outputs are unpacked and hashed by two threads.

use super::{HEAD, LARGEST, TAIL};
use crate::at_once::both;
use crate::journal::chain::count;
use crate::journal::{Cause, Finding, Place};
use crate::run::event::{AttemptId, OutputDigest, RunId};
use crate::runbook::Digest;
use rusqlite::{Connection, OptionalExtension as _, Row};
use sha2::{Digest as _, Sha256};
use std::io;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, Scope, ScopedJoinHandle};
use zstd::bulk::Decompressor;

/// A first chunk of so many bytes is a long output's.
const LONG: usize = 1024 * 1024;

/// Chunks that wait to be hashed.
const WAITING: usize = 2;

const CHUNKS: &str = "SELECT n, size, zstd FROM chunk WHERE run = ? AND attempt = ? AND part = ? ORDER BY n";
const MISSING: &str = "a chunk is missing";
const BROKEN: &str = "a chunk cannot be unpacked";

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
#[derive(Debug)]
pub(in crate::journal) struct Whole {
    pub read: Read,
    /// Absent where there is no chunk.
    pub parts: [Option<([u8; 32], Vec<u8>)>; 2],
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
            let Some(salt) = begin(self.conn, run, attempt, part, &mut read)? else { continue };
            let mut chunks = self.conn.prepare_cached(CHUNKS)?;
            let mut chunks = chunks.query((&run.0, attempt.0, part))?;
            let (mut total, mut expected) = (None, 0);
            let hash = thread::scope(|scope| {
                let (mut hashing, mut bytes) = (Hashing::Here(Sha256::new_with_prefix(salt)), Vec::new());
                while let Some(chunk) = chunks.next()? {
                    if count(chunk, 0) != Some(expected) {
                        read.broken = read.broken.or(Some(MISSING));
                        break;
                    }
                    if !stored(chunk).is_some_and(|(size, frame)| unpack(frame, size, &mut self.unpacker, &mut bytes)) {
                        read.broken = read.broken.or(Some(BROKEN));
                        break;
                    }
                    expected += 1;
                    *total.get_or_insert(0) += bytes.len() as u64;
                    take(part, &bytes)?;
                    bytes = hashing.add(scope, bytes);
                }
                Ok::<_, Cause>(hashing.finish())
            })?;
            read.parts[part as usize] = total.map(|total| (total, hash));
        }
        Ok(read)
    }
}

/// Reads outputs as they are, in this order. Two threads unpack and hash them.
///
/// # Errors
/// When one cannot be read.
pub(in crate::journal) fn whole(
    conn: &Connection,
    run: &RunId,
    attempts: impl Iterator<Item = AttemptId>,
) -> Result<Vec<Whole>, Cause> {
    let (mut outputs, mut packed) = (Vec::new(), Vec::new());
    for (output, attempt) in attempts.enumerate() {
        let mut read = Read::default();
        for part in [HEAD, TAIL] {
            if let Some(salt) = begin(conn, run, attempt, part, &mut read)? {
                let frames = frames(conn, run, attempt, part, &mut read)?;
                packed.push(Packed { output, part, salt, frames });
            }
        }
        outputs.push(Whole { read, parts: [None, None] });
    }
    let left = Mutex::new(packed.into_iter());
    let next = || left.lock().expect("nothing fails while it is locked").next();
    let unpack = || {
        let mut unpacker = Decompressor::new()?;
        Ok(std::iter::from_fn(next).map(|packed| packed.unpack(&mut unpacker)).collect())
    };
    let (beside, here): (io::Result<Vec<Unpacked>>, _) = both(unpack, unpack);
    for Unpacked { output, part, salt, bytes, hash, broken } in beside?.into_iter().chain(here?) {
        let Whole { read, parts } = &mut outputs[output];
        read.broken = read.broken.or(broken);
        if let Some(hash) = hash {
            read.parts[part as usize] = Some((bytes.len() as u64, hash));
            parts[part as usize] = Some((salt, bytes));
        }
    }
    Ok(outputs)
}

/// The salt of a part, if the part is there.
fn begin(
    conn: &Connection,
    run: &RunId,
    attempt: AttemptId,
    part: u32,
    read: &mut Read,
) -> Result<Option<[u8; 32]>, Cause> {
    let sql = "SELECT salt, shredded FROM output WHERE run = ? AND attempt = ? AND part = ?";
    let row = conn.prepare_cached(sql)?.query_row((&run.0, attempt.0, part), |row| {
        Ok((row.get::<_, Option<[u8; 32]>>(0).ok().flatten(), count(row, 1)))
    });
    let Some((salt, shredded)) = row.optional()? else { return Ok(None) };
    read.shredded = read.shredded.or(shredded);
    Ok(Some(salt.unwrap_or_default()))
}

/// The frames of a part as they are stored, with the sizes that stand beside them.
fn frames(
    conn: &Connection,
    run: &RunId,
    attempt: AttemptId,
    part: u32,
    read: &mut Read,
) -> Result<Vec<(u64, Vec<u8>)>, Cause> {
    let mut chunks = conn.prepare_cached(CHUNKS)?;
    let mut chunks = chunks.query((&run.0, attempt.0, part))?;
    let mut frames = Vec::new();
    while let Some(chunk) = chunks.next()? {
        if count(chunk, 0) != Some(frames.len() as u64) {
            read.broken = read.broken.or(Some(MISSING));
            break;
        }
        let Some((size, frame)) = stored(chunk) else {
            read.broken = read.broken.or(Some(BROKEN));
            break;
        };
        frames.push((size, frame.to_vec()));
    }
    Ok(frames)
}

/// A part of one of several outputs, as it is stored.
struct Packed {
    /// Its place among them.
    output: usize,
    part: u32,
    salt: [u8; 32],
    frames: Vec<(u64, Vec<u8>)>,
}

/// The same, unpacked as far as it can be.
struct Unpacked {
    output: usize,
    part: u32,
    salt: [u8; 32],
    bytes: Vec<u8>,
    /// Absent when there is no chunk.
    hash: Option<Digest>,
    broken: Option<&'static str>,
}

impl Packed {
    fn unpack(self, unpacker: &mut Decompressor<'_>) -> Unpacked {
        let Packed { output, part, salt, frames } = self;
        let (mut bytes, mut hash, mut broken) = (Vec::new(), None, None);
        for (size, frame) in frames {
            let mut chunk = Vec::new();
            if !unpack(&frame, size, unpacker, &mut chunk) {
                broken = Some(BROKEN);
                break;
            }
            hash.get_or_insert_with(|| Sha256::new_with_prefix(salt)).update(&chunk);
            if bytes.is_empty() {
                bytes = chunk;
            } else {
                bytes.extend_from_slice(&chunk);
            }
        }
        Unpacked { output, part, salt, bytes, hash: hash.map(|hash| Digest(hash.finalize().into())), broken }
    }
}

/// The frame of a chunk, and the size that stands beside it.
fn stored<'r>(chunk: &'r Row<'_>) -> Option<(u64, &'r [u8])> {
    count(chunk, 1).zip(chunk.get_ref(2).ok()?.as_blob().ok())
}

/// Unpacks a frame, which must have exactly the size that stands beside it.
fn unpack(frame: &[u8], size: u64, unpacker: &mut Decompressor<'_>, bytes: &mut Vec<u8>) -> bool {
    let Some(size) = usize::try_from(size).ok().filter(|_| size <= LARGEST) else { return false };
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
