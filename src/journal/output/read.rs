//! Stored output, chunk by chunk, and whether it is what the ending event says.
//!
//! Unpacking is one thread's work; of a long output another one hashes meanwhile. No more than a few chunks are in memory.

use super::{HEAD, LARGEST, TAIL};
use crate::journal::chain::count;
use crate::journal::{Cause, Finding, Place};
use crate::run::event::{AttemptId, OutputDigest, RunId};
use crate::runbook::Digest;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row};
use sha2::{Digest as _, Sha256};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
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

/// Reads an output chunk by chunk and hashes each part.
pub(in crate::journal) fn each_chunk(
    conn: &Connection,
    run: &RunId,
    attempt: AttemptId,
    mut take: impl FnMut(u32, &[u8]) -> Result<(), Cause>,
) -> Result<Read, Cause> {
    let mut read = Read::default();
    for part in [HEAD, TAIL] {
        let mut row =
            conn.prepare_cached("SELECT salt, shredded FROM output WHERE run = ? AND attempt = ? AND part = ?")?;
        let row = row
            .query_row((&run.0, attempt.0, part), |row| {
                Ok((row.get::<_, Option<[u8; 32]>>(0).ok().flatten(), count(row, 1)))
            })
            .optional()?;
        let Some((salt, shredded)) = row else { continue };
        read.shredded = read.shredded.or(shredded);
        let mut chunks = conn
            .prepare_cached("SELECT n, size, zstd FROM chunk WHERE run = ? AND attempt = ? AND part = ? ORDER BY n")?;
        let mut chunks = chunks.query((&run.0, attempt.0, part))?;
        let mut unpacker = Decompressor::new()?;
        let mut total = 0_u64;
        let mut expected = 0_u64;
        let hash = thread::scope(|scope| {
            let mut hashing = Hashing::Here(Sha256::new_with_prefix(salt.unwrap_or_default()));
            let mut bytes = Vec::new();
            while let Some(chunk) = chunks.next()? {
                if count(chunk, 0) != Some(expected) {
                    read.broken = Some("a chunk is missing");
                    break;
                }
                if !unpack(chunk, &mut unpacker, &mut bytes) {
                    read.broken = Some("a chunk cannot be unpacked");
                    break;
                }
                total += bytes.len() as u64;
                expected += 1;
                take(part, &bytes)?;
                (hashing, bytes) = hashing.add(scope, bytes);
            }
            Ok::<_, Cause>(hashing.finish())
        })?;
        if expected > 0 {
            read.parts[part as usize] = Some((total, hash));
        }
    }
    Ok(read)
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
    fn add(self, scope: &'scope Scope<'scope, '_>, bytes: Vec<u8>) -> (Self, Vec<u8>) {
        match self {
            Hashing::Here(mut hasher) => {
                hasher.update(&bytes);
                // The first chunk of a long output is hashed here, those behind it elsewhere.
                let here = bytes.len() < LONG;
                (if here { Hashing::Here(hasher) } else { Self::beside(scope, hasher) }, bytes)
            }
            Hashing::Beside { give, spare, thread } => {
                give.send(bytes).expect("it hashes until it is let go");
                let buffer = spare.try_recv().unwrap_or_default();
                (Hashing::Beside { give, spare, thread }, buffer)
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
