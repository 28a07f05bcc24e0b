//! What an attempt printed, in the operator's pager.

use super::Walk;
use crate::run::event::AttemptId;
use crate::tui::msg::Msg;
use crate::tui::terminal::private_file;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::process::Command;

impl Walk<'_> {
    /// Lends the terminal to the pager. It gets text alone: nothing of what a command
    /// printed reaches the terminal as an order. The session goes on meanwhile.
    pub(super) fn page(&mut self, attempt: AttemptId) -> anyhow::Result<Msg> {
        let Some(folder) = &self.settings.folder else {
            return Ok(Msg::Faulted("there is no folder to write the output in".to_owned()));
        };
        let file = folder.join(format!("output-{}.txt", std::process::id()));
        let kept = match self.session.output(attempt) {
            Ok(kept) => kept,
            Err(fault) => return Ok(Msg::Faulted(fault.to_string())),
        };
        let opened = private_file(&file).map(BufWriter::new).and_then(|mut out| {
            kept.write_text(&mut out)?;
            out.flush()?;
            File::open(&file)
        });
        // The pager has it open, as pagers do, as its standard input: without a name it outlives nobody, whoever is killed.
        let _ = std::fs::remove_file(&file);
        let pager = self.settings.pager.clone().unwrap_or_else(|| "less".to_owned());
        let mut words = pager.split_whitespace();
        Ok(match (opened, words.next()) {
            (Err(error), _) => Msg::Faulted(format!("cannot write {}: {error}", file.display())),
            (Ok(_), None) => Msg::Faulted("PAGER is blank: set it to a program that shows what it is given".to_owned()),
            (Ok(text), Some(program)) => {
                let mut command = Command::new(program);
                command.args(words).stdin(text);
                match self.lend(command)? {
                    Ok(_) => Msg::Told(format!("back from {pager}")),
                    Err(error) => Msg::Faulted(format!("cannot start {pager}: {error}; set PAGER")),
                }
            }
        })
    }
}
