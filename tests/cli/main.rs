//! The program as it is called: what comes out, where, and the exit code.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::format_push_string,
    reason = "these are tests of real processes"
)]

mod attacks;
mod bad_input;
mod bundle;
mod by_itself;
mod check;
mod config;
mod edits;
mod exec;
mod export;
mod full_disk;
mod history;
mod home;
mod hostile;
mod keep;
mod keyring;
mod kills;
mod limits;
mod output_size;
mod plain;
mod records;
mod sign;
#[path = "../common/skip.rs"]
mod skip;
mod thousand;
mod unkillable;
