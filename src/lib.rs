//! gonogo
pub mod run;
pub mod runbook;
