//! The runbooks that come with gonogo: complete, clean, and walked by the real program to their end.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "these are tests of real processes")]

mod coverage;
mod operator;
mod postgres;
mod templates;
mod walks;
mod world;
