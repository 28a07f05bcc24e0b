//! The session at work: a real journal file, real shells, real processes that die.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::similar_names,
    clippy::format_push_string,
    clippy::format_collect,
    reason = "these are tests of real processes"
)]

mod again;
mod correct;
mod crash;
mod desk;
mod expect;
mod failing;
mod hooks;
mod pair;
mod ready;
mod reboot;
mod rejoin;
mod secret;
mod shell;
#[path = "../common/skip.rs"]
mod skip;
mod soak;
mod tied;
