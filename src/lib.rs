pub mod cli;
pub mod journal;
pub mod run;
pub mod runbook;
