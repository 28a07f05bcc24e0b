//! From bytes to a [`Runbook`]: decode, repair, blocks, sections and roles, steps, command verdicts.

/// Why bytes are no document at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("the file is empty")]
    Empty,
    #[error("the file is binary (a NUL byte at offset {at}), not text")]
    Binary { at: usize },
    #[error("the file is {bytes} bytes long; the limit is 64 MiB")]
    TooLarge { bytes: u64 },
}
