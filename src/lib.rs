//! gonogo
pub mod exec;
pub mod run;
pub mod runbook;
