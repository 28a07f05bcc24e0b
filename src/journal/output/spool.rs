//! The last bytes of a stream in a ring on disk, so that a killed process loses none of them and memory stays flat.
//!
//! The file starts with the number of bytes written so far (big-endian, eight bytes) and goes on with the ring. Data is
//! written before the number; both survive the death of the process in the system's cache. It is not synced: after a power
//! cut the tail may be gone, which the missing ending of its attempt shows.

use super::BATCH;
use crate::journal::Cause;
use crate::journal::file::{Location, private};
use crate::run::event::{AttemptId, RunId};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::PathBuf;

const HEADER: u64 = 8;
const EMPTY: [u8; 8] = 0_u64.to_be_bytes();

#[derive(Debug)]
pub struct Spool {
    ring: Ring,
    /// Bytes ever written.
    written: u64,
    /// Size of the ring in bytes.
    limit: u64,
}

#[derive(Debug)]
enum Ring {
    File(File, PathBuf),
    /// For journals that live in memory.
    Memory(Vec<u8>),
}

impl Spool {
    pub fn new(at: &Location, run: &RunId, attempt: AttemptId, limit: u64) -> Result<Self, Cause> {
        let ring = match path(at, run, attempt) {
            None => Ring::Memory(Vec::new()),
            Some(path) => {
                match fs::remove_file(&path) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                    Ok(()) | Err(_) => {}
                }
                let file = private(&path)?;
                file.write_all_at(&EMPTY, 0)?;
                Ring::File(file, path)
            }
        };
        Ok(Spool { ring, written: 0, limit })
    }

    /// Opens the file that a crash left behind, if there is one.
    pub fn left_over(at: &Location, run: &RunId, attempt: AttemptId) -> Result<Option<Self>, Cause> {
        let Some(path) = path(at, run, attempt) else {
            return Ok(None);
        };
        let no_follow = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
        let file = match OpenOptions::new().read(true).custom_flags(no_follow).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let size = file.metadata()?.len().saturating_sub(HEADER);
        let mut written = EMPTY;
        let written = file.read_exact_at(&mut written, 0).map_or(0, |()| u64::from_be_bytes(written));
        // A ring that went round has the size of its limit; one that did not holds everything at its beginning.
        let spool = Spool { ring: Ring::File(file, path), written, limit: size };
        Ok(Some(spool))
    }

    /// Bytes that can be read back.
    pub fn len(&self) -> u64 {
        self.written.min(self.limit)
    }

    /// Appends; what is older than the limit is overwritten.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Cause> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let skipped = bytes.len().saturating_sub(limit);
        self.written += skipped as u64;
        let mut rest = &bytes[skipped..];
        while !rest.is_empty() {
            let position = self.written % self.limit;
            let room = usize::try_from(self.limit - position).unwrap_or(usize::MAX);
            let (now, later) = rest.split_at(rest.len().min(room));
            self.put(position, now)?;
            self.written += now.len() as u64;
            rest = later;
        }
        match &self.ring {
            Ring::File(file, _) => Ok(file.write_all_at(&self.written.to_be_bytes(), 0)?),
            Ring::Memory(_) => Ok(()),
        }
    }

    fn put(&mut self, position: u64, bytes: &[u8]) -> Result<(), Cause> {
        match &mut self.ring {
            Ring::File(file, _) => file.write_all_at(bytes, HEADER + position)?,
            Ring::Memory(ring) => {
                let start = usize::try_from(position).expect("a ring in memory is small");
                let end = start + bytes.len();
                ring.resize(ring.len().max(end), 0);
                ring[start..end].copy_from_slice(bytes);
            }
        }
        Ok(())
    }

    /// How many pieces of at most [`BATCH`] bytes it takes to read it.
    pub fn pieces(&self) -> u32 {
        u32::try_from(self.len().div_ceil(BATCH as u64)).expect("a ring is smaller than 2^54 bytes")
    }

    /// The `n`th piece, oldest first.
    pub fn read(&self, n: u32) -> Result<Vec<u8>, Cause> {
        let start = u64::from(n) * BATCH as u64;
        let size = self.len().saturating_sub(start).min(BATCH as u64);
        let mut bytes = vec![0; usize::try_from(size).expect("a piece is small")];
        let oldest = if self.written > self.limit { self.written % self.limit } else { 0 };
        let position = if self.limit == 0 { 0 } else { (oldest + start) % self.limit };
        let room = usize::try_from(self.limit - position).unwrap_or(usize::MAX).min(bytes.len());
        let (first, wrapped) = bytes.split_at_mut(room);
        self.get(position, first)?;
        self.get(0, wrapped)?;
        Ok(bytes)
    }

    fn get(&self, position: u64, bytes: &mut [u8]) -> Result<(), Cause> {
        match &self.ring {
            Ring::File(file, _) => file.read_exact_at(bytes, HEADER + position)?,
            Ring::Memory(ring) => {
                let start = usize::try_from(position).expect("a ring in memory is small");
                bytes.copy_from_slice(&ring[start..start + bytes.len()]);
            }
        }
        Ok(())
    }

    pub fn remove(self) -> Result<(), Cause> {
        match self.ring {
            Ring::File(_, path) => Ok(fs::remove_file(path)?),
            Ring::Memory(_) => Ok(()),
        }
    }
}

fn path(at: &Location, run: &RunId, attempt: AttemptId) -> Option<PathBuf> {
    at.beside(&format!("-spool-{}-{}", run.0, attempt.0))
}
