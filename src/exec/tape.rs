//! What a command has printed, after redaction: a tail for the screen and a queue for the journal.
//!
//! One thread writes, any may read. Memory is bounded: the tail is a ring, and when the queue is full the writer stops
//! reading from the child until somebody drains it, so that a flood slows the child and not us.
//!
//! It does not redact, decode or split into lines, and it stores nothing.

use std::io::{PipeWriter, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bytes of the tail that the screen may ask for.
pub const TAIL: usize = 1 << 20;
/// Bytes that may wait for the journal before the child has to wait. A drained buffer of the same size is swapped in, so
/// both together stay near 2 MiB.
pub const QUEUE: usize = 1 << 20;
/// In a flood whoever waits is woken for so many bytes, or after this time, not for every chunk.
const SIP: usize = 256 << 10;
const GATHER: Duration = Duration::from_millis(1);

/// The output of one attempt, or of one of its two streams when they are kept apart.
#[derive(Debug)]
pub struct Tape {
    inner: Mutex<Inner>,
    changed: Condvar,
    dirty: AtomicBool,
    /// Wakes the thread that reads from the child.
    reader: Arc<PipeWriter>,
}

#[derive(Debug, Default)]
struct Inner {
    ring: Vec<u8>,
    queue: Vec<u8>,
    counts: Counts,
    revealed: Vec<String>,
    errors: Errors,
    /// The writer waits for the queue to be drained.
    blocked: bool,
    /// Something happened that a waiting reader wants to know at once.
    noticed: bool,
    closed: bool,
}

/// How much has been printed so far, after redaction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub bytes: u64,
    /// Line feeds.
    pub lines: u64,
    /// Redacted places.
    pub redacted: u64,
}

/// Which bytes of a stream came by standard error, where that has a pipe of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Errors {
    /// Offset and length, in order, never touching.
    pub spans: Vec<(u64, u64)>,
    /// From here on it is not told apart any more: there were too many changes.
    pub until: Option<u64>,
}

impl Errors {
    /// Most changes between the two streams that are remembered.
    const MOST: usize = 4096;

    pub fn add(&mut self, at: u64, bytes: u64) {
        if self.until.is_some() || bytes == 0 {
            return;
        }
        let room = self.spans.len() < Self::MOST;
        match self.spans.last_mut() {
            Some((start, length)) if *start + *length == at => *length += bytes,
            Some(_) | None if room => self.spans.push((at, bytes)),
            Some(_) | None => self.until = Some(at),
        }
    }

    /// Appends what another stream says that follows this one at an offset.
    pub fn append(&mut self, base: u64, other: &Errors) {
        other.spans.iter().for_each(|(at, bytes)| self.add(base + at, *bytes));
        self.until = self.until.or(other.until.map(|until| base + until));
    }
}

/// Where bytes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Standard output, or both where they share a way.
    Output,
    Errors,
}

impl Tape {
    pub(super) fn new(reader: Arc<PipeWriter>) -> Self {
        Self { inner: Mutex::default(), changed: Condvar::new(), dirty: AtomicBool::new(false), reader }
    }

    /// Moves what waits for the journal to the end of `into` and lets a blocked child go on. Returns the number of bytes.
    ///
    /// An empty `into` with capacity is swapped instead of copied.
    pub fn drain(&self, into: &mut Vec<u8>) -> usize {
        let mut inner = self.lock();
        let moved = inner.queue.len();
        if into.is_empty() {
            std::mem::swap(into, &mut inner.queue);
        } else {
            into.append(&mut inner.queue);
        }
        if std::mem::take(&mut inner.blocked) {
            drop(inner);
            wake(&self.reader);
        }
        moved
    }

    /// Appends to `into` what was printed since byte `from`, as far as the tail still holds it. Returns the offset of the
    /// first byte that was appended: greater than `from` when bytes in between are gone.
    pub fn since(&self, from: u64, into: &mut Vec<u8>) -> u64 {
        let inner = self.lock();
        let held = inner.ring.len() as u64;
        let start = from.clamp(inner.counts.bytes - held, inner.counts.bytes);
        let wanted = usize::try_from(inner.counts.bytes - start).expect("at most the tail's length");
        let newest = if inner.ring.len() < TAIL { inner.ring.len() } else { position(inner.counts.bytes) };
        let (old, new) = (&inner.ring[newest..], &inner.ring[..newest]);
        if wanted > new.len() {
            into.extend_from_slice(&old[old.len() - (wanted - new.len())..]);
            into.extend_from_slice(new);
        } else {
            into.extend_from_slice(&new[new.len() - wanted..]);
        }
        start
    }

    /// Exact counts of everything printed so far.
    pub fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// What came by standard error, where that is told apart.
    pub fn errors(&self) -> Errors {
        self.lock().errors.clone()
    }

    /// Whether something was printed since this was asked last. Costs no lock.
    pub fn take_dirty(&self) -> bool {
        self.dirty.swap(false, Ordering::AcqRel)
    }

    /// Values that a generator printed and that stand redacted in the stream. They are in memory only.
    pub fn revealed(&self) -> Vec<String> {
        self.lock().revealed.clone()
    }

    /// Whether the stream has ended; what is queued may still be drained.
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Waits until there is something to drain, the attempt has ended, or the time has passed.
    pub fn wait(&self, at_most: Duration) {
        let inner = self.lock();
        let quiet = |inner: &mut Inner| inner.queue.is_empty() && !inner.noticed;
        let (mut inner, _) =
            self.changed.wait_timeout_while(inner, at_most, quiet).unwrap_or_else(PoisonError::into_inner);
        if !inner.queue.is_empty() {
            let sips = |inner: &mut Inner| inner.queue.len() < SIP && !inner.noticed;
            (inner, _) = self.changed.wait_timeout_while(inner, GATHER, sips).unwrap_or_else(PoisonError::into_inner);
        }
        inner.noticed = false;
    }

    /// Adds redacted bytes. Never blocks; see [`Tape::has_room`].
    pub(super) fn push(&self, origin: Origin, bytes: &[u8], redacted: u64) {
        if bytes.is_empty() && redacted == 0 {
            return;
        }
        let mut inner = self.lock();
        inner.counts.redacted += redacted;
        if origin == Origin::Errors {
            let at = inner.counts.bytes;
            inner.errors.add(at, bytes.len() as u64);
        }
        inner.counts.lines += memchr::memchr_iter(b'\n', bytes).count() as u64;
        let before = inner.queue.len();
        inner.queue.extend_from_slice(bytes);
        let is_news = before == 0 || (before < SIP && inner.queue.len() >= SIP);
        inner.remember(bytes);
        drop(inner);
        self.dirty.store(true, Ordering::Release);
        if is_news {
            self.changed.notify_all();
        }
    }

    pub(super) fn reveal(&self, values: Vec<String>) {
        if !values.is_empty() {
            self.lock().revealed.extend(values);
        }
    }

    /// Whether the child may print more. When not, the next [`Tape::drain`] wakes the reader.
    pub(super) fn has_room(&self) -> bool {
        let mut inner = self.lock();
        inner.blocked = inner.queue.len() >= QUEUE;
        !inner.blocked
    }

    /// Says that no more bytes will come.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.notice();
    }

    /// Wakes whoever waits in [`Tape::wait`].
    pub(super) fn notice(&self) {
        self.lock().noticed = true;
        self.dirty.store(true, Ordering::Release);
        self.changed.notify_all();
    }

    /// The bytes under a poisoned lock are still right: every change of them is complete before anything can panic.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Writes bytes into the ring: byte number `n` stands at `n % TAIL`.
    fn remember(&mut self, bytes: &[u8]) {
        let kept = &bytes[bytes.len().saturating_sub(TAIL)..];
        let mut at = position(self.counts.bytes + (bytes.len() - kept.len()) as u64);
        self.counts.bytes += bytes.len() as u64;
        let mut rest = kept;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(TAIL - at));
            if self.ring.len() < at {
                // A first chunk longer than the ring starts in its middle; what lies before is written next.
                self.ring.resize(at, 0);
            }
            let inside = now.len().min(self.ring.len() - at);
            self.ring[at..at + inside].copy_from_slice(&now[..inside]);
            self.ring.extend_from_slice(&now[inside..]);
            at = (at + now.len()) % TAIL;
            rest = later;
        }
    }
}

fn position(offset: u64) -> usize {
    usize::try_from(offset % TAIL as u64).expect("below the ring's length")
}

/// Wakes the thread that polls the other end. A full pipe wakes it just as well.
pub(super) fn wake(writer: &PipeWriter) {
    let mut writer = writer;
    let _ = writer.write(&[0]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tape() -> Tape {
        let (_, writer) = std::io::pipe().expect("a pipe");
        Tape::new(Arc::new(writer))
    }

    fn numbered(from: usize, to: usize) -> Vec<u8> {
        (from..to).map(|n| u8::try_from(n % 251).expect("below 251")).collect()
    }

    #[test]
    fn the_tail_is_what_was_printed_last_whatever_the_chunks() {
        for sizes in [vec![10, 20, 5], vec![TAIL], vec![TAIL + 7, 3], vec![3, TAIL * 2 + 1, 9], vec![TAIL - 1, 1, 1, 1]]
        {
            let tape = tape();
            let mut total = 0;
            for size in &sizes {
                tape.push(Origin::Output, &numbered(total, total + size), 0);
                total += size;
            }
            let mut seen = Vec::new();
            let start = tape.since(0, &mut seen);
            assert_eq!(usize::try_from(start).expect("small"), total.saturating_sub(TAIL), "{sizes:?}");
            assert_eq!(seen, numbered(total.saturating_sub(TAIL), total), "{sizes:?}");
            let mut last = Vec::new();
            tape.since(total as u64 - 3, &mut last);
            assert_eq!(last, numbered(total - 3, total));
        }
    }

    #[test]
    fn what_came_by_standard_error_is_told_apart_until_it_changes_too_often() {
        let tape = tape();
        tape.push(Origin::Errors, b"warn\n", 0);
        tape.push(Origin::Errors, b"more\n", 0);
        tape.push(Origin::Output, b"out\n", 0);
        tape.push(Origin::Errors, b"", 0);
        tape.push(Origin::Errors, b"err\n", 0);
        assert_eq!(tape.errors(), Errors { spans: vec![(0, 10), (14, 4)], until: None });
        let mut many = Errors::default();
        (0..5000).for_each(|n| many.add(2 * n, 1));
        assert_eq!((many.spans.len(), many.until), (4096, Some(8192)));
        let mut both = tape.errors();
        both.append(18, &tape.errors());
        assert_eq!(both.spans, [(0, 10), (14, 14), (32, 4)]);
    }

    #[test]
    fn drained_bytes_are_exact_and_a_full_queue_asks_for_patience() {
        let tape = tape();
        tape.push(Origin::Output, b"one\ntwo\n", 1);
        assert_eq!(tape.counts(), Counts { bytes: 8, lines: 2, redacted: 1 });
        assert!(tape.has_room() && tape.take_dirty() && !tape.take_dirty());
        tape.push(Origin::Output, &vec![b'x'; QUEUE], 0);
        assert!(!tape.has_room());
        let mut bytes = Vec::new();
        assert_eq!(tape.drain(&mut bytes), QUEUE + 8);
        assert!(bytes.starts_with(b"one\ntwo\nxxx") && tape.has_room());
    }
}
