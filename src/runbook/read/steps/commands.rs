//! Commands that stand outside of fences: in code spans, on lines of their own.
//!
//! It finds them and has them judged; where they belong is decided by whoever asks.

use super::{Walk, Workshop};
use crate::runbook::read::blocks::Kind;
use crate::runbook::read::inline::{CodeSpan, Inline};
use crate::runbook::read::judge::Place;
use crate::runbook::read::{bare_commands, inline_code, text, title};
use crate::runbook::{Command, Form, Role};

/// How an item's commands are found: a step says more of them than a note.
pub(super) type Find = fn(&Inline) -> Vec<&CodeSpan>;

impl Workshop<'_, '_> {
    /// An item that is one code span, or that runs some of its spans, holds commands.
    pub(super) fn inline_commands(&mut self, at: usize, title: &str, role: Role, find: Find) -> Vec<Command> {
        if let Some(bare) = self.bare_commands(at, title, role) {
            return bare;
        }
        let piece = &self.pieces[at];
        if piece.inline.codes().is_empty() {
            return Vec::new();
        }
        let codes = match piece.kind {
            Kind::Item(number) if number.is_some() || title::is_boxed(&piece.inline) => {
                inline_code::commands_of_step(&piece.inline)
            }
            Kind::Item(_) => find(&piece.inline),
            Kind::Heading(_) | Kind::Paragraph | Kind::Code(_) | Kind::Table(_) | Kind::Rule | Kind::Html => {
                inline_code::commands_in(&piece.inline)
            }
        };
        let below = self.pieces.get(at + 1).map(|next| &next.kind);
        let mut commands: Vec<Command> = Vec::new();
        for code in codes {
            let text = piece.inline.text[code.range.clone()].trim();
            // "Execute the `git push` command:" names what the block below it spells out.
            let is_spelled_out = matches!(below, Some(Kind::Code(below)) if below.text.contains(text));
            if is_spelled_out || commands.iter().any(|command| command.text == text) {
                continue;
            }
            let lead_in = inline_code::lead_in(&piece.inline, code);
            let span = code.source.clone();
            let line = self.lines.line(span.start);
            let place = Place { title, lead_in, role, follows_command: false };
            let command = self.judge.inline(text, Form::Inline, line, &span, place);
            commands.extend(command.usage.is_offered().then_some(*command));
        }
        commands
    }

    /// Lines that are nothing but commands, although nobody marked them as code.
    fn bare_commands(&mut self, at: usize, title: &str, role: Role) -> Option<Vec<Command>> {
        let piece = &self.pieces[at];
        if piece.is_quoted {
            return None;
        }
        // "copy_`date +%F`": back ticks inside a word are the shell's.
        let is_glued = |code: &CodeSpan| {
            piece.inline.text[..code.range.start].ends_with(|c: char| c.is_ascii_alphanumeric() || "_-./=".contains(c))
        };
        if !piece.inline.codes().iter().all(is_glued) {
            return None;
        }
        let source = bare_commands::source(&self.text[piece.span.clone()], &piece.inline);
        let text = title::split_box(text::trim(source)).0;
        // Nearly every text is one line that begins with a capital or a mark.
        if !text.starts_with(|c: char| c.is_ascii_lowercase()) && memchr::memchr(b'\n', text.as_bytes()).is_none() {
            return None;
        }
        // "Restore it:" and the command on the next line.
        let is_said = |(first, _): &(&str, &str)| !bare_commands::is_bare_command(first);
        let below = text.split_once('\n').filter(is_said);
        let (line, text) = match (below, &piece.kind) {
            (Some((_, below)), Kind::Item(_)) => (piece.line + 1, below.trim()),
            (Some(_) | None, _) => (piece.line, text),
        };
        if !bare_commands::are_bare_commands(text) {
            return None;
        }
        let span = piece.span.clone();
        let place = Place { title, lead_in: "", role, follows_command: false };
        let texts: Vec<&str> = text.lines().map(|line| line.trim().trim_end_matches(';')).collect();
        let judge = |(line, text): (u32, &str)| *self.judge.inline(text, Form::Line, line, &span, place);
        let commands = (line..).zip(texts).map(judge).filter(|command| command.usage.is_offered()).collect();
        Some(commands)
    }

    /// A paragraph that is one code span, or says *run* before some, holds commands as well, and so does a bullet below a
    /// step; a note does not.
    pub(super) fn said_commands(&mut self, at: usize, title: &str, role: Role, walk: &Walk) -> Vec<Command> {
        let piece = &self.pieces[at];
        let may_say = match piece.kind {
            Kind::Paragraph => true,
            // Bullets before the first step, or where nothing is walked, keep their commands at hand.
            Kind::Item(_) => !walk.open.is_empty() || !matches!(role, Role::Reference | Role::Template | Role::Signoff),
            Kind::Heading(_) | Kind::Code(_) | Kind::Table(_) | Kind::Rule | Kind::Html => false,
        };
        if !may_say || piece.is_quoted || piece.inline.is_empty() {
            return Vec::new();
        }
        let find: Find = if walk.open.is_empty() && role.is_walked() {
            inline_code::command_of_bullet
        } else if walk.open.is_empty() {
            inline_code::commands_at_hand
        } else {
            inline_code::commands_of_step
        };
        self.inline_commands(at, title, role, find)
    }
}
