//! The program as it is called: what comes out, where, and the exit code.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::format_push_string,
    reason = "these are tests of real processes"
)]

mod attacks;
mod auditor;
mod authoring;
mod bad_input;
mod bombs;
mod bundle;
mod by_itself;
mod check;
mod config;
mod dice;
mod edits;
mod encoding;
mod exec;
mod export;
mod full_disk;
mod history;
mod home;
mod hostile;
mod keep;
mod keyring;
mod keys;
mod kills;
mod limits;
mod names;
mod output_size;
mod plain;
mod records;
mod security_key;
mod sign;
#[path = "../common/skip.rs"]
mod skip;
#[path = "../terminal/mod.rs"]
#[expect(dead_code, reason = "another test needs the rest")]
mod terminal;
mod thousand;
mod two_users;
mod unkillable;
mod untrusted;
