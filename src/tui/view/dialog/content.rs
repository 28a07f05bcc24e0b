//! What each dialog shows above its answers.

use crate::run::Attempt;
use crate::run::decide::Execute;
use crate::run::decide::Intent;
use crate::run::decide::shown::{Environment, origin, plain};
use crate::run::decide::sign::deferred;
use crate::run::event::{AttemptId, Leftover};
use crate::run::state::repeats;
use crate::run::statement::Statement;
use crate::run::suspicious::escaped;
use crate::runbook::{Command, Layout, Risk, Step, StepId};
use crate::tui::dialog::{Dialog, Purpose};
use crate::tui::document::{evidence, highlighted, how_it_ended};
use crate::tui::keys::Action;
use crate::tui::look::Sign;
use crate::tui::msg::{Scene, Secret};
use crate::tui::text::{count, cut, wrap, wrap_plain};
use crate::tui::theme::Tone;
use crate::tui::update::filled;
use ratatui::text::{Line, Span};

/// Lines of output that are shown with a question about it.
const LAST_LINES: usize = 8;

/// Title and lines.
pub(super) fn content(scene: &Scene<'_>, dialog: &Dialog, columns: usize) -> (String, Vec<Line<'static>>) {
    let page = Page { scene, columns, lines: Vec::new() };
    match &dialog.purpose {
        Purpose::Confirm { execute, risk } => page.confirm(execute, *risk),
        Purpose::TypeStep { execute, number } => page.type_step(execute, number),
        Purpose::Reason { wish, why } => page.reason(wish, why),
        Purpose::Line { execute } => {
            page.titled(&execute.target.step, "which line?", "This block holds several commands. One is run at a time.")
        }
        Purpose::Unknown { attempt } => page.unknown(*attempt),
        Purpose::SignStep { step } => page.sign_step(step),
        Purpose::SignGate { title, .. } => page.sign_gate(title),
        Purpose::State { statement, key } => page.statement(statement, key.as_deref()),
        Purpose::Skip { step } => page.titled(step, "skip", "The reason goes into the record."),
        Purpose::Note { step: Some(step) } => page.titled(step, "note", ""),
        Purpose::Note { step: None } => ("Note on the run".to_owned(), Vec::new()),
        Purpose::StopEndless { .. } => page.running("This command runs until it is stopped."),
        Purpose::Leave if scene.facts.run.running().is_some_and(Attempt::is_rejoined) => {
            page.running("A command that outlived a crash is still running. Leaving does not stop it.")
        }
        Purpose::Leave => page.running("A command is still running."),
        Purpose::Call { role } => page.call(role),
        Purpose::Close => page.close(),
        Purpose::Correct { .. } => page.correct(),
        Purpose::Recall => page.recall(),
        Purpose::Trust { what, .. } => page.trust(what),
        Purpose::Reveal { values } => page.reveal(values),
    }
}

/// What stands before the text field.
pub(super) fn label(dialog: &Dialog) -> &'static str {
    match &dialog.purpose {
        Purpose::TypeStep { .. } => "Step:",
        Purpose::Note { .. } | Purpose::SignStep { .. } | Purpose::SignGate { .. } => "Note:",
        Purpose::Unknown { .. } => match dialog.choices.get(dialog.cursor).and_then(|choice| choice.key) {
            Some('w' | 'k') => "Why?",
            Some(_) | None => "How do you know?",
        },
        Purpose::Reason { .. }
        | Purpose::Skip { .. }
        | Purpose::Call { .. }
        | Purpose::Close
        | Purpose::Correct { .. }
        | Purpose::Recall
        | Purpose::Trust { .. }
        | Purpose::Reveal { .. }
        | Purpose::Confirm { .. }
        | Purpose::Line { .. }
        | Purpose::StopEndless { .. }
        | Purpose::State { .. }
        | Purpose::Leave => "Reason:",
    }
}

/// What Enter does.
pub(super) fn verb(dialog: &Dialog) -> &'static str {
    match &dialog.purpose {
        Purpose::SignStep { .. } | Purpose::SignGate { .. } => "sign",
        Purpose::State { .. } => "choose",
        Purpose::TypeStep { .. } | Purpose::Line { .. } => "run",
        Purpose::Note { .. } => "add",
        Purpose::Confirm { .. }
        | Purpose::Reason { .. }
        | Purpose::Unknown { .. }
        | Purpose::Skip { .. }
        | Purpose::StopEndless { .. }
        | Purpose::Leave
        | Purpose::Call { .. }
        | Purpose::Close
        | Purpose::Trust { .. }
        | Purpose::Reveal { .. }
        | Purpose::Recall => "confirm",
        Purpose::Correct { .. } => "correct",
    }
}

struct Page<'s, 'a> {
    scene: &'s Scene<'a>,
    columns: usize,
    lines: Vec<Line<'static>>,
}

impl Page<'_, '_> {
    fn say(&mut self, text: &str, tone: Tone) {
        if !text.is_empty() {
            self.lines.extend(wrap_plain(text, self.scene.ui.look.style(tone), self.columns));
        }
    }

    fn step(&self, id: &StepId) -> Option<&Step> {
        self.scene.facts.book.step(id)
    }

    fn name(&self, id: &StepId) -> String {
        self.step(id).map_or_else(|| id.to_string(), |step| format!("{} {}", step.number, step.title))
    }

    /// The text exactly as it will be signed.
    fn statement(mut self, statement: &Statement, key: Option<&str>) -> (String, Vec<Line<'static>>) {
        for line in statement.text().lines() {
            self.lines.extend(wrap_plain(line, self.scene.ui.look.style(Tone::Code), self.columns));
        }
        self.lines.push(Line::default());
        let what = match key {
            Some(_) => "This text is signed as it stands, and verified at once. A locked key gets the terminal to ask.",
            None => "No key: it is recorded as said by you, under your account. --key FILE signs.",
        };
        self.say(what, Tone::Muted);
        ("Read what you sign".to_owned(), self.lines)
    }

    fn titled(mut self, step: &StepId, what: &str, text: &str) -> (String, Vec<Line<'static>>) {
        self.say(text, Tone::Muted);
        (format!("{}: {what}", self.name(step)), self.lines)
    }

    /// The text as it will run, as far as it is known before its values are put in.
    fn code(&mut self, execute: &Execute) {
        let look = &self.scene.ui.look;
        let target = &execute.target;
        let command: Option<&Command> =
            self.scene.facts.book.step(&target.step).and_then(|step| step.command(target.command as usize));
        let Some(command) = command else {
            return;
        };
        let part = target.part.and_then(|part| command.parts.get(part as usize));
        let (book, run) = (self.scene.facts.book, self.scene.facts.run);
        let values =
            command.placeholders.iter().filter_map(|hole| plain(book, run, hole)).filter(|value| !value.is_empty());
        let text = execute.edited.as_deref().unwrap_or(part.map_or(&command.text, |part| &part.text));
        let holes: Vec<&str> = command.placeholders.iter().map(|hole| hole.text.as_str()).collect();
        let holes: Vec<&str> = holes.into_iter().chain(values).collect();
        let written = text;
        let text = &escaped(&filled(&self.scene.facts, command, text));
        if !command.danger.is_empty() {
            self.say(&format!("danger: {}", command.danger.join(", ")), Tone::Danger);
        }
        self.place();
        for piece in text.lines().flat_map(|line| cut(line, self.columns.saturating_sub(2))) {
            let mut spans = vec![look.span(format!("{} ", look.sign(Sign::Bar)), Tone::Border)];
            spans.extend(highlighted(&piece, &holes, Tone::Code, look));
            self.lines.push(Line::from(spans));
        }
        for hole in command.placeholders.iter().filter(|hole| written.contains(&hole.text)) {
            let value = origin(book, run, &hole.name, Environment::of(hole));
            self.say(&format!("{} = {value}", hole.text), Tone::Muted);
        }
        if let Some(when) = &command.options.when {
            self.say(
                &format!("Only when: {when}. Yes says that this holds; x is for when it does not."),
                Tone::Warning,
            );
        }
        if command.options.secret {
            self.say("What it prints is secret: it is neither shown nor recorded.", Tone::Muted);
        }
        if command.interactive {
            let typing = self.scene.ui.keymap.key(Action::Type);
            self.say(&format!("It may ask for input: {typing} types into it."), Tone::Muted);
        }
    }

    /// Where it acts, before the text: of a long one only the beginning is on the screen.
    fn place(&mut self) {
        match self.scene.facts.target {
            Some(target) => self.say(&format!("at {target}"), Tone::Warning),
            None => self.say(&format!("in {}", self.scene.facts.run.opened.cwd), Tone::Muted),
        }
        self.lines.push(Line::default());
    }

    /// Whether the author wants a person's word before the block, whatever it does.
    fn ties(&self, execute: &Execute) -> bool {
        let command = self.step(&execute.target.step).and_then(|step| step.command(execute.target.command as usize));
        command.is_some_and(|command| command.options.when.is_some() || command.options.confirm == Some(true))
    }

    /// What the command did already, before it is run a second time.
    fn repeats(&mut self, execute: &Execute) {
        let step = self.step(&execute.target.step);
        if let Some(said) = step.and_then(|step| repeats(self.scene.facts.run, step, &execute.target)) {
            self.say(&said, Tone::Warning);
        }
    }

    fn confirm(mut self, execute: &Execute, risk: Risk) -> (String, Vec<Line<'static>>) {
        let what = match risk {
            Risk::Read if self.scene.facts.book.source.layout == Layout::Scrape => {
                "This was read from a page without code blocks: is it a command?"
            }
            Risk::Read if self.ties(execute) => "This only looks; its author wants a word before it.",
            Risk::Read if self.scene.facts.run.mark(&execute.target.step).is_some() => "This only looks.",
            Risk::Read => "This only looks; every command asks here.",
            Risk::Change => "This changes something.",
            Risk::Destroy => "This destroys something.",
        };
        self.say(what, Tone::Warning);
        self.repeats(execute);
        self.code(execute);
        (format!("Run {}?", self.name(&execute.target.step)), self.lines)
    }

    fn type_step(mut self, execute: &Execute, number: &str) -> (String, Vec<Line<'static>>) {
        self.say("This destroys something that cannot be brought back.", Tone::Danger);
        self.repeats(execute);
        self.code(execute);
        self.lines.push(Line::default());
        self.say(&format!("Type the step's number, {number}, to run it."), Tone::Text);
        (format!("Run {}?", self.name(&execute.target.step)), self.lines)
    }

    fn reason(mut self, wish: &Intent, why: &str) -> (String, Vec<Line<'static>>) {
        self.say(why, Tone::Warning);
        let title = match wish {
            Intent::Execute(execute) => format!("Run {} all the same?", self.name(&execute.target.step)),
            Intent::Mark { step, verdict, .. } => format!("{}: {}", self.name(step), verdict.word()),
            Intent::Call { role, .. } => format!("{role} calls"),
            Intent::Stop { .. }
            | Intent::Trust(_)
            | Intent::Soak { .. }
            | Intent::PauseSoak { .. }
            | Intent::Reverse { .. }
            | Intent::Note { .. }
            | Intent::Detour { .. }
            | Intent::EndDetour
            | Intent::Give { .. }
            | Intent::SignOff { .. }
            | Intent::State { .. }
            | Intent::Override { .. }
            | Intent::Resolve { .. }
            | Intent::Rejoin { .. }
            | Intent::Adopt(_)
            | Intent::Stay { .. }
            | Intent::Correct { .. }
            | Intent::Close { .. } => "A reason is needed".to_owned(),
        };
        (title, self.lines)
    }

    fn correct(mut self) -> (String, Vec<Line<'static>>) {
        self.say(
            "The document stays as it is. From now on this run reads the place so; it is recorded as a deviation and \
             offered again next time.",
            Tone::Muted,
        );
        ("Correct what was read".to_owned(), self.lines)
    }

    fn recall(mut self) -> (String, Vec<Line<'static>>) {
        let (book, remembered) = (self.scene.facts.book, self.scene.facts.remembered);
        self.say("In this document these places were corrected before:", Tone::Text);
        self.lines.push(Line::default());
        for one in remembered.iter().take(12) {
            let words = book.correction_words(&one.correction).unwrap_or_default();
            self.say(&format!("{words}; {}", one.reason), Tone::Muted);
        }
        self.lines.push(Line::default());
        ("Read it as last time?".to_owned(), self.lines)
    }

    fn reveal(mut self, values: &[Secret]) -> (String, Vec<Line<'static>>) {
        for (place, secret) in values.iter().enumerate() {
            let number = if values.len() > 1 { format!("{}: ", place + 1) } else { String::new() };
            self.say(&format!("{number}{}", secret.value), Tone::Code);
        }
        self.lines.push(Line::default());
        self.say("It is in the memory of this gonogo alone: not in the record, and gone when you leave.", Tone::Muted);
        ("What the generator printed".to_owned(), self.lines)
    }

    /// Word for word what would run: nothing is shortened, and what hides is escaped.
    fn trust(mut self, what: &[String]) -> (String, Vec<Line<'static>>) {
        self.say("Besides the commands you run, this would run by itself:", Tone::Text);
        self.lines.push(Line::default());
        for one in what {
            let text = format!("{} {}", self.scene.ui.look.sign(Sign::Dot), escaped(one));
            self.say(&text, Tone::Warning);
        }
        self.lines.push(Line::default());
        self.say(
            "Nothing of it has run yet. What you say is recorded, and holds for exactly these bytes.",
            Tone::Muted,
        );
        ("May this run by itself?".to_owned(), self.lines)
    }

    fn unknown(mut self, id: AttemptId) -> (String, Vec<Line<'static>>) {
        let look = &self.scene.ui.look;
        let Some(attempt) = self.scene.facts.run.attempt(id) else {
            return ("Unknown end".to_owned(), self.lines);
        };
        let began = look.zone.minute(attempt.began.at);
        let text = format!(
            "{id} began {began} by {} and nobody saw its end: gonogo, the terminal or the machine went away. It may have \
             done all, part or nothing of its work. gonogo does not guess and runs nothing again by itself.",
            attempt.by.name
        );
        self.say(&text, Tone::Text);
        if let Some(survivor) = self.scene.facts.survivors.iter().find(|survivor| survivor.attempt == id) {
            let names: Vec<String> = survivor.processes.iter().map(named).collect();
            let (who, verb) = if names.len() == 1 { ("Its process", "is") } else { ("Its processes", "are") };
            let text = format!("{who} {} {verb} still there: it may go on working while you answer.", names.join(", "));
            self.say(&text, Tone::Danger);
        }
        if let Some(gone) = &attempt.gone {
            let ending = match &gone.ending {
                Some(ending) => format!("; the system still knew how: {}", how_it_ended(ending)),
                None => String::new(),
            };
            let at = look.zone.minute(gone.at.at);
            self.say(&format!("It was watched again and ended unseen at {at}{ending}."), Tone::Warning);
        }
        self.lines.push(Line::default());
        for piece in attempt.intended.text.lines().take(6).flat_map(|line| cut(line, self.columns.saturating_sub(2))) {
            let bar = look.span(format!("{} ", look.sign(Sign::Bar)), Tone::Border);
            self.lines.push(Line::from(vec![bar, look.span(piece, Tone::Code)]));
        }
        let last = if self.scene.ui.pane.attempt() == Some(id) {
            self.scene.ui.pane.last_lines(LAST_LINES)
        } else {
            Vec::new()
        };
        if last.is_empty() {
            self.say("It left no output in the journal.", Tone::Muted);
        } else {
            self.say("Its last output:", Tone::Muted);
            for piece in last.iter().map(|line| crate::tui::text::fit(line, self.columns.saturating_sub(2))) {
                self.lines.push(Line::from(look.span(format!("  {piece}"), Tone::Text)));
            }
        }
        (format!("{}: what came of {id}?", self.name(&attempt.intended.target.step)), self.lines)
    }

    fn sign_step(mut self, id: &StepId) -> (String, Vec<Line<'static>>) {
        let Some(step) = self.step(id).cloned() else {
            return ("Sign off".to_owned(), self.lines);
        };
        let actor = self.scene.facts.actor;
        let role = actor.role.as_deref().map(|role| format!(", role {role} (self-declared)")).unwrap_or_default();
        self.entry("As", &format!("{}{role}: recorded, not signed with a key", actor.name));
        let attempts: Vec<String> = step
            .commands()
            .enumerate()
            .filter_map(|(index, _)| self.scene.facts.run.latest(id, u32::try_from(index).unwrap_or(u32::MAX)))
            .map(evidence)
            .collect();
        if attempts.is_empty() {
            self.entry("Evidence", "none recorded: what you saw or did goes into the note");
        }
        for text in &attempts {
            self.entry("Evidence", text);
        }
        for quote in &step.criteria {
            self.entry("Pass when", &quote.text);
        }
        (format!("Sign off {} {}", step.number, step.title), self.lines)
    }

    fn entry(&mut self, name: &str, text: &str) {
        let look = &self.scene.ui.look;
        let first = [look.span(format!("{name:<10}"), Tone::Muted)];
        let rest = [Span::raw(" ".repeat(10))];
        self.lines.extend(wrap(&[look.span(text, Tone::Text)], self.columns, &first, &rest));
    }

    fn sign_gate(mut self, title: &str) -> (String, Vec<Line<'static>>) {
        let actor = self.scene.facts.actor;
        let role = actor.role.as_deref().map_or("no role".to_owned(), |role| format!("role {role} (self-declared)"));
        self.entry("As", &format!("{}, {role}", actor.name));
        let blockers = self.scene.facts.readiness.blockers.len();
        self.entry("Blockers", &format!("{blockers} over the whole run"));
        self.say("Nothing after this gate may run before it is released.", Tone::Muted);
        (format!("Gate: {title}"), self.lines)
    }

    fn running(mut self, text: &str) -> (String, Vec<Line<'static>>) {
        self.say(text, Tone::Warning);
        let Some(attempt) = self.scene.facts.run.running() else {
            return ("Nothing is running".to_owned(), self.lines);
        };
        let first = attempt.intended.text.lines().next().unwrap_or_default();
        let text = crate::tui::text::fit(first, self.columns);
        self.say(&text, Tone::Code);
        (format!("{} {}", attempt.id(), self.name(&attempt.intended.target.step)), self.lines)
    }

    fn call(mut self, role: &str) -> (String, Vec<Line<'static>>) {
        let readiness = self.scene.facts.readiness;
        let percent = readiness.percent.map_or("nothing to count".to_owned(), |percent| format!("{percent} %"));
        self.say(&format!("The board shows {}, {percent}.", readiness.answer.word()), Tone::Text);
        self.say("A no-go needs a reason; a call can be changed by a later one.", Tone::Muted);
        (format!("{role}: go or no-go?"), self.lines)
    }

    fn close(mut self) -> (String, Vec<Line<'static>>) {
        let readiness = self.scene.facts.readiness;
        let percent = readiness.percent.map_or("nothing to count".to_owned(), |percent| format!("{percent} %"));
        self.say(&format!("It closes as {}, {percent}.", readiness.answer.word()), Tone::Title);
        let blockers = &readiness.blockers;
        if !blockers.is_empty() {
            self.say(&format!("{} left, so a reason is needed:", count(blockers.len(), "blocker")), Tone::Warning);
        }
        for blocker in blockers.iter().take(5) {
            let text = format!("  {}: {}", blocker.title, blocker.what);
            let text = crate::tui::text::fit(&text, self.columns);
            self.say(&text, Tone::Text);
        }
        let deferred = deferred(self.scene.facts.book, self.scene.facts.run);
        if !deferred.is_empty() {
            let skip = self.scene.ui.keymap.key(Action::Skip);
            let text = format!("Deferred, and carried on with the reason you give ({skip} settles one first):");
            self.say(&text, Tone::Warning);
        }
        for step in deferred.iter().take(5) {
            let text = crate::tui::text::fit(&format!("  {} {}", step.number, step.title), self.columns);
            self.say(&text, Tone::Text);
        }
        ("Close the run?".to_owned(), self.lines)
    }
}

/// A process as people know it.
fn named(process: &Leftover) -> String {
    if process.name.is_empty() { process.pid.to_string() } else { format!("{} ({})", process.pid, process.name) }
}
