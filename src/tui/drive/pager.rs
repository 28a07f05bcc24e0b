//! What an attempt printed, in the operator's pager.

use super::Walk;
use crate::run::event::AttemptId;
use crate::tui::editor::editor_command;
use crate::tui::msg::Msg;
use crate::tui::terminal::private_file;
use std::io::{BufWriter, Write as _};

impl Walk<'_> {
    /// Lends the terminal to the pager. It gets text alone, from a file that only its owner can read: nothing of what a command
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
        let written = private_file(&file).map(BufWriter::new).and_then(|mut out| {
            kept.write_text(&mut out)?;
            out.flush()
        });
        let pager = self.settings.pager.clone().unwrap_or_else(|| "less".to_owned());
        let told = match (written, editor_command(&pager, &file, 1)) {
            (Err(error), _) => Msg::Faulted(format!("cannot write {}: {error}", file.display())),
            (Ok(()), None) => Msg::Faulted("PAGER is blank: set it to a program that shows a file".to_owned()),
            (Ok(()), Some(command)) => match self.lend(command)? {
                Ok(_) => Msg::Told(format!("back from {pager}")),
                Err(error) => Msg::Faulted(format!("cannot start {pager}: {error}; set PAGER")),
            },
        };
        let _ = std::fs::remove_file(&file);
        Ok(told)
    }
}
