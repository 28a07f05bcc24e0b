pub mod audit;
pub mod cli;
pub mod exec;
pub mod journal;
pub mod run;
pub mod runbook;
pub mod session;
pub mod tui;
