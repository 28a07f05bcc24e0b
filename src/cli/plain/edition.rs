//! The author's file while it is walked: looking at an edit, adopting it, and the operator's editor.

use super::Walk;
use crate::cli::edits;
use crate::cli::exit::Failure;
use crate::cli::plan::printable;
use crate::run::decide::Intent;
use crate::runbook::StepId;
use crate::tui::{editor_command, private_file};
use std::fs;
use std::io::Write;
use std::path::Path;

impl<W: Write> Walk<'_, W> {
    /// Puts the question of an edited file, unless it was answered before.
    pub(super) fn decide_edit(&mut self) -> Result<(), Failure> {
        if self.session.undecided_edit().is_some() { self.show_edit() } else { Ok(()) }
    }

    /// Says how the file was edited, and adopts it or stays.
    pub(super) fn show_edit(&mut self) -> Result<(), Failure> {
        self.session.look_at_file();
        let Some(drift) = self.session.edited() else {
            writeln!(self.out, "The file says what the run walks.")?;
            return Ok(());
        };
        self.told_of = Some(drift.to);
        let (stay, adopt) = (Intent::Stay { runbook: drift.to }, Intent::Adopt(drift.adopted()));
        edits::write(drift, self.session.run(), self.out)?;
        let question = "a adopt the edited version, s stay on the recorded one, nothing to decide later";
        let wish = match self.ask(question)?.as_deref().map(str::trim) {
            Some("a") => adopt,
            Some("s") => stay,
            _ => return Ok(()),
        };
        if self.wish(&wish)? {
            let here = self.here.take().map(|step| self.name_now(step));
            self.here = here.filter(|step| self.session.book().step(step).is_some()).or_else(|| self.next_open());
        }
        Ok(())
    }

    /// What a step is called in the version that is walked now.
    fn name_now(&self, step: StepId) -> StepId {
        let edition = self.session.run().editions.last();
        let renamed = edition.and_then(|edition| edition.renamed.iter().find(|(_, was)| **was == step));
        renamed.map_or(step, |(now, _)| now.clone())
    }

    /// Says once that the file was edited while the run is walked.
    pub(super) fn tell_edit(&mut self) -> Result<(), Failure> {
        if let Some(drift) = self.session.undecided_edit().filter(|drift| self.told_of != Some(drift.to)) {
            writeln!(self.out, "The file was edited ({}); E shows it.", drift.summary())?;
            self.told_of = Some(drift.to);
        }
        Ok(())
    }

    /// Hands the terminal to the operator's editor. The run keeps walking the text it began with.
    pub(super) fn edit(&mut self) -> Result<(), Failure> {
        let Some(file) = self.around.settings.file.clone() else {
            return Ok(writeln!(self.out, "This runbook did not come from a file.")?);
        };
        let line = self.step().map_or(1, |step| step.line);
        if self.open_editor(&file, line)? {
            self.session.look_at_file();
            writeln!(self.out, "Back from the editor; this run keeps the text it began with.")?;
        }
        Ok(())
    }

    /// A note that is written in the operator's editor.
    pub(super) fn write_note(&mut self) -> Result<(), Failure> {
        let Some(folder) = self.around.settings.folder.clone() else {
            return Ok(writeln!(self.out, "There is no folder to write the note in.")?);
        };
        if !self.answers.are_typed_at_terminal() {
            return Ok(writeln!(self.out, "There is no terminal for an editor; a TEXT adds a note.")?);
        }
        let file = folder.join(format!("text-{}.md", std::process::id()));
        if let Err(error) = private_file(&file) {
            return Ok(writeln!(self.out, "Cannot write {}: {error}.", printable(&file.display().to_string()))?);
        }
        let edited = self.open_editor(&file, 1);
        let text = fs::read_to_string(&file);
        // Whoever cannot remove it cannot keep it from others either; it holds only what goes into the record.
        let _ = fs::remove_file(&file);
        match (edited?, text) {
            (true, Ok(text)) if !text.trim().is_empty() => self.add_note(text.trim_end().to_owned()),
            (true, Err(error)) => Ok(writeln!(self.out, "Cannot read what was written: {error}.")?),
            (true, Ok(_)) => Ok(writeln!(self.out, "An empty note says nothing; nothing was recorded.")?),
            (false, _) => Ok(()),
        }
    }

    /// Opens a file in the operator's editor and waits for its end; says whether it ended well.
    fn open_editor(&mut self, file: &Path, line: u32) -> Result<bool, Failure> {
        if !self.answers.are_typed_at_terminal() {
            writeln!(self.out, "There is no terminal for an editor.")?;
            return Ok(false);
        }
        let editor = self.around.settings.editor.clone().unwrap_or_else(|| "vi".to_owned());
        let Some(mut command) = editor_command(&editor, file, line) else {
            writeln!(self.out, "VISUAL and EDITOR are blank: set one to edit.")?;
            return Ok(false);
        };
        self.out.flush()?;
        let ended = command.status();
        // Ctrl-C that was typed into the editor reaches everybody on the terminal.
        self.answers.heed(self.signals);
        let editor = printable(&editor);
        match ended {
            Ok(status) if status.success() => return Ok(true),
            Ok(status) => writeln!(self.out, "{editor} ended with {status}.")?,
            Err(error) => writeln!(self.out, "Cannot start {editor}: {error}; set VISUAL or EDITOR.")?,
        }
        Ok(false)
    }
}
