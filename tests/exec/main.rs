//! The executor against real children, real signals and real shells.
#![expect(clippy::disallowed_methods, reason = "children live in real time")]

mod children;
mod redact;
mod shell_session;
mod shell_state;
#[path = "../common/skip.rs"]
mod skip;
mod stress;
mod support;
