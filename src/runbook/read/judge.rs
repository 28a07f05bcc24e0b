//! Gives every block of code its verdict, in document order, carrying the variables that earlier blocks set.

use super::blocks::{Code as Block, Piece};
use super::findings::Findings;
use super::options::Info;
use super::{fence_prose, file_block, options, scrape};
use crate::runbook::code::{self, Code, Surroundings, Verdict, content};
use crate::runbook::{BlockKind, Command, Form, Layout, Options, Quote, Risk, Role, RunPolicy, Severity, Span, Use};
use std::collections::{BTreeMap, BTreeSet};

/// Why a command that could run is only shown, if its author says so.
pub const NEVER: &str = "the author says never to run it";

/// What is known when a block is judged.
#[derive(Debug)]
pub struct Judge<'a> {
    /// Variables set by earlier blocks, and names from the front matter.
    pub known: BTreeSet<String>,
    pub is_scrape: bool,
    /// Whether bytes of the file could not be read: then a U+FFFD stands for what nobody knows.
    is_damaged: bool,
    /// Programs that only this document knows.
    own: BTreeSet<String>,
    /// Variables that a block of nothing but assignments would set, with the block's line.
    offered_nowhere: BTreeMap<String, u32>,
    /// Lines of such blocks whose variables are used later: they are part of the work.
    pub used_later: BTreeSet<u32>,
    /// Names of variables that blocks declare as secret.
    pub secrets: Vec<String>,
    /// Whether a block needs others.
    pub has_needs: bool,
    pub findings: &'a mut Findings,
}

/// Where a block stands.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub title: &'a str,
    pub lead_in: &'a str,
    pub role: Role,
    pub follows_command: bool,
}

impl<'a> Judge<'a> {
    #[must_use]
    pub fn new(known: BTreeSet<String>, own: BTreeSet<String>, layout: Layout, findings: &'a mut Findings) -> Self {
        Judge {
            known,
            own,
            is_scrape: layout == Layout::Scrape,
            is_damaged: findings.has("encoding"),
            secrets: Vec::new(),
            has_needs: false,
            offered_nowhere: BTreeMap::new(),
            used_later: BTreeSet::new(),
            findings,
        }
    }

    /// Judges a fenced or indented block; `source` is all of it, with its marks.
    pub fn block(&mut self, piece: &Piece, block: &mut Block, source: &str, place: Place<'_>) -> Box<Command> {
        let mut info = options::of_fence(&block.info, &block.text, &piece.span, self.findings);
        let is_scraped = block.form == Form::Line && info.lang == scrape::SCRAPED;
        if is_scraped {
            info.lang.clear();
        }
        let code = Code { lang: &info.lang, form: block.form, text: &block.text, text_line: block.text_line };
        let prose = fence_prose::prose_behind(&block.info);
        if prose.is_some() && info.options.run != RunPolicy::Inferred {
            // Whoever says that it may run and that nobody should run it has to decide first.
            info.options.run = RunPolicy::Never;
        }
        if info.remarks.is_unclear && info.options.run == RunPolicy::Auto {
            info.options.run = RunPolicy::Ask;
        }
        if info.options.file.is_some() && prose.is_none() {
            return self.written(piece, block, source, info);
        }
        let mut verdict =
            if is_scraped { code::of_scraped_lines(&code) } else { self.verdict(&code, place, &piece.span) };
        if verdict.usage.is_offered() || verdict.usage == Use::Mixed {
            if content::holds_document(&block.text) {
                keep_back(&mut verdict, "words of the document stand inside the fence");
                self.findings
                    .warning(
                        "fence-swallowed",
                        format!("{}: a fence is open where it should be closed", verdict.why),
                        piece.span.clone(),
                    )
                    .hint("look where this fence should begin and end; nothing in it is offered until then");
            } else if let Some(prose) = prose {
                keep_back(&mut verdict, "words stand behind the opening marks");
                self.findings
                    .warning("fence-prose", format!("{}: “{}”", verdict.why, shortened(&prose)), piece.span.clone())
                    .hint("put them above the block, or into quotes if they are a title; nothing in it is offered until then");
            }
        }
        if verdict.usage == Use::Assign {
            self.offered_nowhere.extend(verdict.assigns.drain(..).map(|name| (name, piece.line)));
        }
        let mut command = command(verdict, piece.line, block.text_line, piece.span.clone(), info.lang, block.form);
        if options::says_more(&block.info, &block.text) {
            self.has_needs |= !info.options.needs.is_empty();
            command.options = info.options.into();
        }
        follow_author(&mut command, &self.known);
        if info.remarks.is_unclear && command.usage.is_offered() {
            command.interactive = true;
            command.why = "what tells its success is not understood".into();
        }
        if info.remarks.danger && command.usage.is_offered() {
            command.risk = Risk::Destroy;
            command.danger.push("author".to_owned());
        }
        split(&mut command, &block.text, block.text_line);
        self.show_damaged(&mut command, source, Use::Text);
        self.secrets.extend(info.remarks.secrets);
        Box::new(command)
    }

    /// A block that its author wants written to a file is the command that does so, or is shown only.
    fn written(&mut self, piece: &Piece, block: &Block, source: &str, mut info: Info) -> Box<Command> {
        let (mut verdict, text_line) = match file_block::here_document(&info.options, &block.text, source) {
            Ok(text) => {
                let path = info.options.file.as_deref().unwrap_or_default();
                let mut verdict = code::as_writing(path, text, &self.known);
                if self.uses_assigned(&verdict) {
                    verdict = code::as_writing(path, verdict.text, &self.known);
                }
                // The here-document's own first line stands where the fence is opened.
                (verdict, block.text_line.saturating_sub(1))
            }
            Err(refused) => {
                self.findings
                    .warning("bad-value", refused.message.clone(), piece.span.clone())
                    .hint(format!("{}; until then the block is shown only", refused.hint));
                // Its text is no command, whatever else is said of it.
                info.options.run = RunPolicy::Never;
                let code = Code { lang: &info.lang, form: block.form, text: &block.text, text_line: block.text_line };
                (code::shown(&code, Use::File, refused.message), block.text_line)
            }
        };
        if let Some(program) = info.options.interpreter.take() {
            let message = format!("a block that is written to a file is not read by {program}");
            self.findings.warning("bad-value", message, piece.span.clone()).hint("run the file in a block of its own");
        }
        self.has_needs |= !info.options.needs.is_empty();
        self.secrets.extend(info.remarks.secrets);
        if info.remarks.danger && verdict.usage.is_offered() {
            verdict.risk = Risk::Destroy;
            verdict.danger.push("author".to_owned());
        }
        let mut command = command(verdict, piece.line, text_line, piece.span.clone(), info.lang, block.form);
        command.options = info.options.into();
        follow_author(&mut command, &self.known);
        self.show_damaged(&mut command, source, Use::File);
        Box::new(command)
    }

    /// What holds bytes that could not be read is not what its author wrote: it is shown, and offered by nobody's word.
    fn show_damaged(&mut self, command: &mut Command, source: &str, shown: Use) {
        let Some(at) = source.find('\u{fffd}').filter(|_| self.is_damaged) else { return };
        if !(command.usage.is_offered() || matches!(command.usage, Use::Mixed | Use::Assign)) {
            return;
        }
        command.usage = shown;
        command.why = "holds bytes that could not be read".into();
        command.parts.clear();
        command.placeholders.clear();
        command.expected = None;
        // A span of prose is written otherwise than it is read, so it is pointed at as a whole.
        let place = match command.form {
            Form::Fence | Form::Indented => command.span.start + at..command.span.start + at + '\u{fffd}'.len_utf8(),
            Form::Inline | Form::Attribute | Form::Line => command.span.clone(),
        };
        self.findings
            .warning("encoding", "this block holds bytes that could not be read", place)
            .hint("save the file as UTF-8; until then the block is shown only");
    }

    /// Judges a piece of code that stands in prose, in an attribute or on a line of its own.
    pub fn inline(&mut self, text: &str, form: Form, line: u32, span: &Span, place: Place<'_>) -> Box<Command> {
        let code = Code { lang: "", form, text, text_line: line };
        let verdict = self.verdict(&code, place, span);
        let mut command = command(verdict, line, line, span.clone(), String::new(), form);
        self.show_damaged(&mut command, text, Use::Text);
        Box::new(command)
    }

    /// Whether a command asks for variables that an earlier block assigns. That block is then part of the work.
    fn uses_assigned(&mut self, verdict: &Verdict) -> bool {
        let mut found = false;
        for hole in verdict.placeholders.iter().filter(|hole| hole.text.starts_with('$')) {
            if let Some(line) = self.offered_nowhere.get(&hole.name) {
                self.used_later.insert(*line);
                self.known.insert(hole.name.clone());
                found = true;
            }
        }
        found
    }

    fn around<'p>(&'p self, place: Place<'p>) -> Surroundings<'p> {
        Surroundings {
            lead_in: place.lead_in,
            title: place.title,
            role: place.role,
            follows_command: place.follows_command,
            is_scrape: self.is_scrape,
            known: &self.known,
            own: &self.own,
        }
    }

    fn verdict(&mut self, code: &Code<'_>, place: Place<'_>, span: &Span) -> Verdict {
        let mut verdict = code::judge(code, &self.around(place));
        if self.uses_assigned(&verdict) {
            verdict = code::judge(code, &self.around(place));
        }
        if let Some((_, message)) = &verdict.syntax_error {
            let severity = if place.role.is_walked() { Severity::Warning } else { Severity::Hint };
            self.findings.add(severity, "shell-syntax", message.clone(), span.clone());
        }
        self.known.extend(verdict.sets.iter().cloned());
        verdict
    }
}

/// A fence that the author got wrong is shown, and nothing of it is offered.
fn keep_back(verdict: &mut Verdict, why: &'static str) {
    verdict.usage = Use::Text;
    verdict.parts.clear();
    verdict.placeholders.clear();
    verdict.expected = None;
    verdict.syntax_error = None;
    verdict.why = why.into();
}

/// So much of it as fits in a message.
fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(80)]
}

/// What the author says about running a block beats what its content looks like.
fn follow_author(command: &mut Command, known: &BTreeSet<String>) {
    let is_written = command.options.file.is_some();
    if let Some(kind) = command.options.kind.filter(|_| !is_written) {
        take_for(command, kind, known);
    }
    match command.options.run {
        RunPolicy::Never if command.usage.is_offered() => {
            command.usage = Use::Text;
            command.why = NEVER.into();
        }
        RunPolicy::Ask | RunPolicy::Auto if !command.usage.is_offered() && !is_written => {
            code::offer_as_said(command, known, "the author says to run it");
        }
        RunPolicy::Inferred | RunPolicy::Never | RunPolicy::Ask | RunPolicy::Auto => {}
    }
    command.interactive = command.options.interactive.unwrap_or(command.interactive);
    command.endless = command.options.endless.unwrap_or(command.endless);
}

/// A block is what its author says it is.
fn take_for(command: &mut Command, kind: BlockKind, known: &BTreeSet<String>) {
    let usage = match kind {
        BlockKind::Command | BlockKind::Check if command.usage.is_offered() => return,
        BlockKind::Command | BlockKind::Check => {
            code::offer_as_said(command, known, format!("the author says it is a {}", kind.word()));
            return;
        }
        BlockKind::Env => Use::Assign,
        BlockKind::File => Use::File,
        BlockKind::Output => Use::Output,
    };
    command.usage = usage;
    command.parts.clear();
    command.placeholders.clear();
    command.why = format!(
        "the author says it is {}",
        match kind {
            BlockKind::Env => "assignments",
            BlockKind::File => "the content of a file",
            BlockKind::Output => "what is printed",
            BlockKind::Command | BlockKind::Check => "a command",
        }
    )
    .into();
}

/// Makes parts of a block that its author wants to run piece by piece. `written` is the block with its prompts, from line
/// `text_line` on.
fn split(command: &mut Command, written: &str, text_line: u32) {
    if !command.options.split || !matches!(command.usage, Use::Run | Use::Fill) {
        return;
    }
    let mut lines = written.lines().zip(text_line..);
    for statement in code::statements(&command.text) {
        let first = statement.lines().next().unwrap_or("").trim();
        let line = lines.find(|(line, _)| line.contains(first)).map_or(text_line, |(_, line)| line);
        command.parts.push(Quote { line, text: statement.to_owned() });
    }
    if command.parts.len() > 1 {
        command.usage = Use::Mixed;
        command.why = "the author wants it run piece by piece".into();
    } else {
        command.parts.clear();
    }
}

fn command(verdict: Verdict, line: u32, text_line: u32, span: Span, lang: String, form: Form) -> Command {
    Command {
        line,
        text_line,
        span,
        lang,
        form,
        usage: verdict.usage,
        why: verdict.why,
        text: verdict.text,
        parts: verdict.parts,
        risk: verdict.risk,
        danger: verdict.danger,
        placeholders: verdict.placeholders,
        interactive: verdict.interactive,
        endless: verdict.endless,
        expected: verdict.expected,
        options: Options::default(),
    }
}

#[cfg(test)]
mod tests {
    use crate::runbook::read::read;
    use crate::runbook::{Runbook, Step, Use};

    fn outline(book: &Runbook) -> Vec<String> {
        let steps = book.phases.iter().flat_map(|phase| &phase.steps);
        steps
            .flat_map(Step::commands)
            .map(|command| format!("{} {:?} {}", command.line, command.usage, command.why))
            .collect()
    }

    #[test]
    fn what_could_not_be_read_is_shown_and_never_offered() {
        let bytes = b"# Plan\n\n## Deploy\n\n```bash\nls\necho caf\xe9\n```\n\n```bash {file=a.txt}\ncaf\xe9\n```\n\n```bash\nuptime\n```\n";
        let book = read("plan.md", bytes).unwrap();
        let why = "holds bytes that could not be read";
        assert_eq!(
            outline(&book),
            [
                format!("5 Text {why}"),
                format!("10 File {why}"),
                "14 Run tagged as shell, all lines are commands".to_owned()
            ]
        );
        let lines: Vec<u32> =
            book.problems.iter().filter(|problem| problem.code == "encoding").map(|problem| problem.line).collect();
        assert_eq!(lines, [7, 7, 11]);
        // The sign itself may be meant where every byte could be read.
        let meant = read("plan.md", "# Plan\n\n## Deploy\n\n```bash\necho \u{fffd}\n```\n".as_bytes()).unwrap();
        assert!(
            meant
                .phases
                .iter()
                .flat_map(|phase| &phase.steps)
                .flat_map(Step::commands)
                .all(|command| command.usage == Use::Run)
        );
    }
}
