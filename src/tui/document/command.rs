//! How a block of code looks on its step's page.

use super::Writer;
use crate::run::decide::conditions::tries_left;
use crate::run::decide::execute::session_of;
use crate::run::mismatch::mismatch;
use crate::run::state::{is_offered, part_progress};
use crate::run::suspicious::escaped;
use crate::run::{Outcome, Progress};
use crate::runbook::{Command, ExpectedForm, Risk, Step, Use};
use crate::tui::look::{Look, Sign};
use crate::tui::text::{cut, duration, line_width, span_width, width, wrap};
use crate::tui::theme::Tone;
use ratatui::text::{Line, Span};

impl Writer<'_> {
    /// `(number, of)` counts the offered commands of the step.
    pub(super) fn command(&mut self, step: &Step, index: usize, command: &Command, (number, of): (usize, usize)) {
        self.head(step, index, command, (number, of));
        self.notes(command);
        self.code(command);
        self.parts(step, index, command);
        self.expectations(command);
    }

    fn head(&mut self, step: &Step, index: usize, command: &Command, (number, of): (usize, usize)) {
        let lang = if command.lang.is_empty() { "code" } else { &command.lang };
        let name = command.options.name.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
        let chosen = self.source.chosen == Some(index);
        let mut spans = Vec::new();
        if is_offered(command) {
            let (sign, tone) = if chosen { (Sign::Chosen, Tone::Accent) } else { (Sign::Runnable, Tone::Muted) };
            spans.push(self.look.span(format!("{} {number}/{of} {lang}{name}", self.look.sign(sign)), tone));
            spans.push(self.look.span(format!("  {}", risk_words(command)), risk_tone(command.risk)));
            for (on, word) in [(command.interactive, "interactive"), (command.endless, "runs until stopped")] {
                if on {
                    spans.push(self.look.span(format!("  {word}"), Tone::Warning));
                }
            }
        } else {
            let what = match command.usage {
                Use::Output => "expected output".to_owned(),
                Use::Run | Use::Fill | Use::Choose | Use::Mixed => "never run, says the author".to_owned(),
                Use::Assign | Use::File | Use::Query | Use::Text | Use::Manual => {
                    format!("{}, not run", command.usage.word())
                }
            };
            let text = format!("{} {lang}{name}  {what}", self.look.sign(Sign::Dot));
            spans.push(self.look.span(text, Tone::Muted));
        }
        let result = self.result(step, index, command);
        let line = Line::from(spans);
        let room = self.width.saturating_sub(line_width(&line) + result.iter().map(span_width).sum::<usize>());
        if room >= 2 || result.is_empty() {
            let mut spans = line.spans;
            if !result.is_empty() {
                spans.push(Span::raw(" ".repeat(room)));
                spans.extend(result);
            }
            self.push(Line::from(spans));
        } else {
            self.push(line);
            let mut spans = vec![Span::raw("  ")];
            spans.extend(result);
            self.push(Line::from(spans));
        }
        self.failed_because(step, index, command);
        self.survivors(step, index);
    }

    /// What the newest attempt lacked of what the author expects.
    fn failed_because(&mut self, step: &Step, index: usize, command: &Command) {
        let latest = self.source.run.latest(&step.id, u32::try_from(index).unwrap_or(u32::MAX));
        if let Some(why) = latest.and_then(|attempt| mismatch(command, attempt)) {
            let text = format!("  failed: {}", escaped(&why));
            self.page.lines.extend(wrap(&[self.look.span(text, Tone::Fail)], self.width, &[], &[]));
        }
    }

    /// Who outlived the newest attempt.
    fn survivors(&mut self, step: &Step, index: usize) {
        let run = self.source.run;
        let latest = run.latest(&step.id, u32::try_from(index).unwrap_or(u32::MAX));
        let Some(Progress::Ended { ended, .. }) = latest.map(|attempt| &attempt.progress) else { return };
        for (left, tone, words) in ended
            .not_dead
            .iter()
            .map(|left| (left, Tone::Danger, "NOT CONFIRMED DEAD, it could not be signalled:"))
            .chain(ended.left_over.iter().map(|left| (left, Tone::Warning, "still running in the background:")))
        {
            let text = format!("{words} {} (process {})", left.name, left.pid);
            self.page.lines.extend(wrap(&[self.look.span(text, tone)], self.width, &[], &[]));
        }
    }

    /// What came of the newest attempt.
    fn result(&self, step: &Step, index: usize, command: &Command) -> Vec<Span<'static>> {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let Some(attempt) = self.source.run.latest(&step.id, index) else {
            let practised =
                self.source.run.rehearsed.iter().any(|target| target.step == step.id && target.command == index);
            return if practised { vec![self.look.span("practised", Tone::Ok)] } else { Vec::new() };
        };
        let (sign, tone) = outcome_look(attempt.outcome(&command.options.expect_exit));
        let mut text = format!("{} {}", self.look.sign(sign), super::record::ending_words(attempt));
        if let Some(left @ 1..) = tries_left(self.source.run, command, &attempt.intended.target) {
            text = format!("{text}, {left} tries left");
        }
        if attempt.spent_ms() > 0 {
            text = format!("{text} {}", duration(attempt.spent_ms()));
        }
        vec![self.look.span(text, tone)]
    }

    fn notes(&mut self, command: &Command) {
        let mut notes = Vec::new();
        if !is_offered(command) && !command.why.is_empty() {
            notes.push(command.why.to_string());
        }
        if let Some(seconds) = command.options.timeout_s {
            notes.push(format!("timeout {}", duration(u64::from(seconds) * 1000)));
        }
        notes.extend(repetition(command));
        notes.extend(ties(command));
        if let Some(session) = session_of(self.source.book, command).unusual() {
            notes.push(format!("{} session", session.word()));
        }
        if let Some(cwd) = &command.options.cwd {
            notes.push(format!("in {cwd}"));
        }
        if !command.danger.is_empty() {
            notes.push(format!("danger: {}", command.danger.join(", ")));
        }
        if !notes.is_empty() {
            let text = notes.join(&format!(" {} ", self.look.sign(Sign::Dot)));
            let lines = crate::tui::text::wrap(
                &[self.look.span(text, Tone::Muted)],
                self.width,
                &[Span::raw("  ")],
                &[Span::raw("  ")],
            );
            self.page.lines.extend(lines);
        }
    }

    fn code(&mut self, command: &Command) {
        let bar = self.look.span(format!("  {} ", self.look.sign(Sign::Bar)), Tone::Border);
        let tone = if is_offered(command) { Tone::Text } else { Tone::Muted };
        let holes: Vec<&str> = command.placeholders.iter().map(|hole| hole.text.as_str()).collect();
        // What was not tagged is taken for what it is used for.
        let lang = match (command.lang.as_str(), is_offered(command)) {
            ("", true) => "sh",
            (lang, _) => lang,
        };
        for line in command.text.lines() {
            for row in crate::tui::code::rows(line, lang, &holes, self.width.saturating_sub(4), tone) {
                let mut spans = vec![bar.clone()];
                spans.extend(row.into_iter().map(|(text, tone)| self.look.span(text, tone)));
                self.push(Line::from(spans));
            }
        }
    }

    /// The lines of a block that are offered one by one.
    fn parts(&mut self, step: &Step, index: usize, command: &Command) {
        if !is_offered(command) || command.parts.is_empty() {
            return;
        }
        self.push(Line::from(self.look.span("  runs line by line; r asks which:", Tone::Muted)));
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        for (place, part) in command.parts.iter().enumerate() {
            let at = u32::try_from(place).unwrap_or(u32::MAX);
            let progress = part_progress(self.source.run, step, index, at, command);
            let sign = self.look.sign(super::record::progress_sign(progress));
            let text = crate::tui::text::fit(part.text.trim(), self.width.saturating_sub(8));
            self.push(Line::from(self.look.span(format!("  {sign} {}. {text}", place + 1), Tone::Text)));
        }
    }

    fn expectations(&mut self, command: &Command) {
        let options = &command.options;
        if !options.expect_exit.is_empty() {
            let codes: Vec<String> = options.expect_exit.iter().map(ToString::to_string).collect();
            self.labelled("  Expects exit", &codes.join(" or "), Tone::Text);
        }
        for (label, pattern) in
            [("  Output must match", &options.matches), ("  Output must not match", &options.not_matches)]
        {
            if let Some(pattern) = pattern {
                self.labelled(label, &format!("/{pattern}/"), Tone::Text);
            }
        }
        // An expected output in a block of its own is shown as that block.
        if let Some(expected) = command.expected.as_ref().filter(|expected| expected.form != ExpectedForm::Fence) {
            self.push(Line::from(self.look.span("  Expected output:", Tone::Muted)));
            let room = self.width.saturating_sub(4);
            for piece in expected.text.lines().flat_map(|line| cut(line, room)) {
                self.push(Line::from(self.look.span(format!("    {piece}"), Tone::Text)));
            }
        }
    }
}

/// Splits a line so that placeholders stand out.
#[must_use]
pub fn highlighted(line: &str, holes: &[&str], tone: Tone, look: &Look) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    let mut rest = line;
    while let Some((at, hole)) =
        holes.iter().filter(|hole| !hole.is_empty()).filter_map(|hole| Some((rest.find(hole)?, *hole))).min()
    {
        if at > 0 {
            spans.push(look.span(&rest[..at], tone));
        }
        spans.push(look.span(hole, Tone::Placeholder));
        rest = &rest[at + hole.len()..];
    }
    if !rest.is_empty() || width(line) == 0 {
        spans.push(look.span(rest, tone));
    }
    spans
}

/// What ties a block to others, each in a clause.
fn ties(command: &Command) -> Vec<String> {
    let options = &command.options;
    let mut notes = Vec::new();
    notes.extend(options.when.as_ref().map(|when| format!("only when {when}")));
    if !options.needs.is_empty() {
        notes.push(format!("needs {}", options.needs.join(", ")));
    }
    notes.extend(options.once.then(|| "once".to_owned()));
    notes.extend(options.secret.then(|| "output secret".to_owned()));
    if !options.tags.is_empty() {
        notes.push(format!("tags {}", options.tags.join(", ")));
    }
    notes.extend(options.rollback.as_ref().map(|name| format!("rollback {name}")));
    if options.retries > 0 {
        notes.push(format!("may be tried again {} times", options.retries));
    }
    notes
}

/// How a block is tried again, in a clause.
fn repetition(command: &Command) -> Option<String> {
    let options = &command.options;
    let every = duration(u64::from(options.every_s.unwrap_or(5)) * 1000);
    match (options.watch_s, &options.until) {
        (Some(watch), _) => Some(format!("watched for {}, every {every}", duration(u64::from(watch) * 1000))),
        (None, Some(until)) if command.endless => Some(format!("stopped when it prints /{until}/")),
        (None, Some(until)) => Some(format!("tried every {every} until {until}")),
        (None, None) => None,
    }
}

fn risk_words(command: &Command) -> &'static str {
    match command.risk {
        Risk::Read => "reads",
        Risk::Change => "changes something",
        Risk::Destroy => "destroys something",
    }
}

fn risk_tone(risk: Risk) -> Tone {
    match risk {
        Risk::Read => Tone::Muted,
        Risk::Change => Tone::Warning,
        Risk::Destroy => Tone::Danger,
    }
}

/// Sign and tone of an attempt's outcome.
#[must_use]
pub fn outcome_look(outcome: Outcome) -> (Sign, Tone) {
    match outcome {
        Outcome::Running => (Sign::Running, Tone::Running),
        Outcome::Unknown => (Sign::Unknown, Tone::Warning),
        Outcome::Succeeded | Outcome::Matched => (Sign::Done, Tone::Ok),
        Outcome::Attested => (Sign::Asks, Tone::Waiting),
        Outcome::Asked => (Sign::Asks, Tone::Warning),
        Outcome::Failed => (Sign::Failed, Tone::Fail),
    }
}
