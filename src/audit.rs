//! The record of a run: composed from what the journal holds, shown, exported, and verified by anyone later.
//!
//! ```text
//! journal ──► Evidence ── check ──► Checked ── record ──► Record ──► markdown · html · csv · junit · cast · show
//!                                      └──────────────────────────► json ──► file ── verify ──► Verified
//! ```
//!
//! [`Evidence`] is what is stored: the runbook's bytes, the exact bodies of the entries, the kept outputs. Everything else
//! in a record is derived from it, and [`verify`](verify::file) derives it again and compares, so that a forged summary
//! cannot ride on good events. Nothing here decides, records or executes, and no clock is read: the same evidence gives
//! the same bytes. Signatures are made elsewhere and checked in
//! [`signature`]; a record says which there are.

pub mod bundle;
pub mod cast;
pub mod check;
pub mod compose;
mod csv;
pub mod evidence;
mod html;
pub mod json;
mod junit;
pub mod markdown;
pub mod record;
pub mod show;
pub mod signature;
pub mod status;
pub mod template;
mod text;
pub mod verify;

pub use check::{Checked, Flaw, Place};
pub use compose::compose;
pub use csv::csv;
pub use evidence::{Evidence, KeptOutput, KeptPart, OutputBytes, StoredEntry};
pub use html::html;
pub use json::json;
pub use junit::junit;
pub use markdown::{IncludeOutput, markdown};
pub use record::Record;
pub use show::{show_run, show_step};
pub use status::status_json;
pub use text::{count, json_escaped, printed, spell};
pub use verify::Verified;

#[cfg(test)]
mod tests;
