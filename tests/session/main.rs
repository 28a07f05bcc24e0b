//! The session at work: a real journal file, real shells, real processes that die.

mod crash;
mod desk;
mod failing;
mod pair;
mod secret;
mod shell;
