//! gonogo
pub mod runbook;
