//! The decision on a candidate: an untagged, shell-tagged or console block, an inline span, a bare line.
//!
//! The order is: what the words around say, what the form of the whole block says, then statement by statement. A block
//! is offered to run as it stands only if nothing speaks against it.

use super::content::{self, Announced};
use super::effects::Effects;
use super::lang::Tag;
use super::prompt::{self, Prompts};
use super::reading::Reading;
use super::shell::{self, Script};
use super::statement::Nature;
use super::{Code, Surroundings, expect, menu, placeholder, program};
use crate::runbook::code::words::among;
use crate::runbook::{Expected, ExpectedForm, Form, Quote, Risk, Use};
use std::borrow::Cow;

/// What was decided about a candidate.
#[derive(Debug)]
pub struct Offer {
    pub usage: Use,
    pub why: Cow<'static, str>,
    /// The text to run, without prompts and output.
    pub text: String,
    /// For each line of `text` its offset in the block, in lines.
    pub lines: Vec<u32>,
    pub parts: Vec<Quote>,
    pub expected: Option<Expected>,
    /// What running it would mean; nothing if it is not offered.
    pub effects: Option<Effects>,
    /// What lines of nothing but assignments would set, although they are not offered.
    pub assigns: Vec<String>,
    /// Where bash would not understand it, as (byte offset in `text`, message).
    pub syntax_error: Option<(usize, String)>,
}

impl Offer {
    fn refuse(usage: Use, why: impl Into<Cow<'static, str>>, code: &Code<'_>) -> Self {
        Offer {
            usage,
            why: why.into(),
            text: code.text.to_owned(),
            lines: Vec::new(),
            parts: Vec::new(),
            expected: None,
            effects: None,
            assigns: Vec::new(),
            syntax_error: None,
        }
    }
}

/// What vouches for a text being shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Every line stood behind a prompt.
    Prompted,
    /// A shell tag.
    Tagged,
    /// Nothing: it must start with a known program.
    Untagged,
}

/// Decides on a candidate.
#[must_use]
pub fn decide(code: &Code<'_>, tag: Tag, around: &Surroundings<'_>) -> Offer {
    let text = code.text;
    if text.trim().is_empty() {
        return Offer::refuse(Use::Text, "empty", code);
    }
    match prompt::split(text, tag) {
        Prompts::Absent => {}
        Prompts::Program => return Offer::refuse(Use::Query, "typed at the prompt of a program, not of a shell", code),
        Prompts::Foreign => return Offer::refuse(Use::Text, "typed into a shell that is not here", code),
        Prompts::Shell(transcript) => return typed(code, around, &transcript),
    }
    if text.trim_start().starts_with("#!") {
        return Offer::refuse(Use::File, "starts with a shebang: a script's content", code);
    }
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return only_comments(code, tag, around);
    }
    let ends = memchr::memchr_iter(b'\n', text.strip_suffix('\n').unwrap_or(text).as_bytes()).count();
    let lines: Vec<u32> = (0..=u32::try_from(ends).unwrap_or(u32::MAX)).collect();
    let is_piece = matches!(code.form, Form::Inline | Form::Line);
    let is_named = is_piece && is_called_command(around.lead_in);
    if is_named {
        let offer = by_statements(code, Trust::Tagged, around, text, &lines);
        return if offer.usage.is_offered() { offer } else { Offer::refuse(offer.usage, offer.why, code) };
    }
    if is_piece && !super::is_command_line(text) {
        let offer = by_statements(code, Trust::Untagged, around, text, &lines);
        let is_offered = offer.usage.is_offered();
        return if is_offered {
            Offer::refuse(Use::Text, "names something, or is no command for certain", code)
        } else {
            offer
        };
    }
    let trust = if tag == Tag::Shell { Trust::Tagged } else { Trust::Untagged };
    let offer = by_statements(code, trust, around, text, &lines);
    bound_to_surroundings(offer, code, tag, around)
}

/// Whether the words before a block say to run it, so that its few lines may be started by programs that nobody knows:
/// "In the local system run". What is said to be printed, or was run, is not.
fn is_told_to_run(reading: &Reading<'_>, lead_in: &str) -> bool {
    const FEW: usize = 3;
    let words = lead_in.trim_end().trim_end_matches([':', '：', '*', ' ']).to_lowercase();
    let sentence = words.rsplit(['.', '\n']).next().unwrap_or(&words);
    let mut last = sentence.split_whitespace().rev();
    let (order, before) = (last.next().unwrap_or(""), last.next().unwrap_or(""));
    let is_verb = among!(order, "run" "execute" "type" "running" "executing")
        && !among!(before, "a" "an" "the" "this" "that" "is" "are" "was" "were" "be" "been" "last" "each" "every" "of" "you" "i" "we" "to");
    let has_options = || (0..reading.natures.len()).all(|index| reading.statement(index).contains(" -"));
    let is_means = || among!(order, "with" "using") && has_options();
    let is_noun =
        among!(order, "command" "commands" "befehl" "befehle" "kommando" "commande" "comando" "命令" "コマンド");
    let is_program = |index: usize| {
        let text = reading.statement(index);
        let first = text.split_whitespace().next().unwrap_or("");
        !text.contains('\n')
            && first.len() > 1
            && text.len() > first.len()
            && first.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_./".contains(&byte))
    };
    (is_verb || is_means() || is_noun && !words.contains("output"))
        && (1..=FEW).contains(&reading.natures.len())
        && (0..reading.natures.len()).all(is_program)
}

/// Whether the words right before a span call it a command.
fn is_called_command(lead_in: &str) -> bool {
    let words = lead_in.trim_end().trim_end_matches([':', '：', '*', ' ']).to_lowercase();
    ["command", "cmd", "befehl", "kommando", "commande", "comando", "命令", "コマンド", "run"]
        .iter()
        .any(|name| words.ends_with(name))
}

fn only_comments(code: &Code<'_>, tag: Tag, around: &Surroundings<'_>) -> Offer {
    if expect::is_output_lead_in(around.lead_in) && around.follows_command {
        return Offer::refuse(Use::Output, "the lead-in announces output", code);
    }
    let is_heading = code
        .text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .all(|line| line.trim_start().starts_with("# ") || line.trim_start().starts_with("## "));
    let is_markdown = is_heading && tag == Tag::None && code.text.contains("## ");
    if is_markdown {
        Offer::refuse(Use::Text, "headings of a text", code)
    } else {
        Offer::refuse(Use::Manual, "only comments", code)
    }
}

/// A transcript: prompted lines are the command, the rest is expected output.
fn typed(code: &Code<'_>, around: &Surroundings<'_>, found: &prompt::Transcript) -> Offer {
    let text = found.typed.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>().join("\n");
    let lines: Vec<u32> = found.typed.iter().map(|(offset, _)| *offset).collect();
    let mut offer = by_statements(code, Trust::Prompted, around, &text, &lines);
    let output: Vec<&str> = found.output.iter().map(|(_, line)| line.as_str()).collect();
    if let Some((offset, _)) = found.output.first()
        && offer.usage.is_offered()
    {
        offer.expected = Some(Expected {
            line: code.text_line.saturating_add(*offset),
            text: output.join("\n"),
            form: ExpectedForm::Fence,
        });
    }
    match offer.usage {
        Use::Run | Use::Fill | Use::Choose if !found.inner.is_empty() => {
            offer.usage = Use::Mixed;
            offer.why = Cow::Borrowed("lines behind another prompt are typed into the program");
            if offer.parts.is_empty() {
                offer.parts = vec![Quote {
                    line: code.text_line.saturating_add(offer.lines.first().copied().unwrap_or(0)),
                    text: offer.text.clone(),
                }];
            }
        }
        Use::Run => offer.why = Cow::Borrowed("the prompted lines are the command"),
        Use::Fill
        | Use::Choose
        | Use::Mixed
        | Use::Assign
        | Use::File
        | Use::Output
        | Use::Query
        | Use::Text
        | Use::Manual => {}
    }
    offer
}

/// What stands around a block can take an offer back, or say better what a refused block is.
fn bound_to_surroundings(offer: Offer, code: &Code<'_>, tag: Tag, around: &Surroundings<'_>) -> Offer {
    let first = first_word(code.text);
    let is_known = || program::is_startable(first) || matches!(first, "sudo" | "if" | "for" | "while");
    let is_tagged = tag == Tag::Shell;
    let is_doubtful = !offer.usage.is_offered()
        || !is_tagged
        || !is_known()
        || around.follows_command && !only_looks(&offer, code.text);
    if is_doubtful && code.form != Form::Inline && expect::is_output_lead_in(around.lead_in) {
        return Offer::refuse(Use::Output, "the lead-in announces output", code);
    }
    if offer.usage.is_offered() {
        return match content::announced(around.lead_in) {
            // A list of templates is asked for by a command; nobody begins a message with the name of a program.
            Announced::Template if !is_known() || !is_tagged && program::is_also_word(first) => {
                Offer::refuse(Use::Text, "the lead-in announces a template", code)
            }
            Announced::File
                if is_content_of(code.text, around.lead_in, first)
                    && !(is_tagged && is_known() && content::is_closed(around.lead_in)) =>
            {
                Offer::refuse(Use::File, "the lead-in says it is a file's content", code)
            }
            Announced::Nothing | Announced::File | Announced::Template => offer,
        };
    }
    let is_file = offer.usage == Use::File;
    match content::announced(around.lead_in) {
        Announced::Template => Offer::refuse(Use::Text, "the lead-in announces a template", code),
        Announced::File if !is_file => Offer::refuse(Use::File, "the lead-in says it is a file's content", code),
        Announced::Nothing if is_directly_behind_command(code, tag, around) => {
            Offer::refuse(Use::Output, "directly after a command, and no command itself", code)
        }
        Announced::Nothing | Announced::File => offer,
    }
}

/// Whether every line of a block is a command that looks and changes nothing: "You should see it run:" over such a line
/// says what to look with.
fn only_looks(offer: &Offer, text: &str) -> bool {
    let looks = offer.effects.as_ref().is_some_and(|effects| effects.risk == Risk::Read);
    offer.usage == Use::Run
        && looks
        && text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).all(|line| {
            let mut words = line.split_whitespace();
            let first = words.next().unwrap_or("");
            words.next().is_some()
                && program::is_startable(first)
                && !program::is_also_word(first)
                && !among!(first, "echo" "export" "cd" "alias" "source" "printf" "set")
        })
}

/// Whether an untagged block follows a command with no words between.
fn is_directly_behind_command(code: &Code<'_>, tag: Tag, around: &Surroundings<'_>) -> bool {
    let is_block = match code.form {
        Form::Fence | Form::Indented => true,
        Form::Inline | Form::Attribute | Form::Line => false,
    };
    around.follows_command && around.lead_in.trim().is_empty() && tag != Tag::Shell && is_block
}

/// Whether commands behind "add to `x`" are what goes into the file, and not what changes it.
fn is_content_of(text: &str, lead_in: &str, first: &str) -> bool {
    let edits = among!(first, "sudo" "nano" "vi" "vim" "nvim" "code" "cat" "cp" "mv" "touch" "tee" "echo" "crontab"
            "visudo" "sed" "mkdir" "curl" "wget" "git" "cd" "kubectl" "docker" "systemctl" "chmod");
    !edits && content::may_hold_commands(lead_in) && !content::works_on_file(lead_in, text)
}

fn first_word(text: &str) -> &str {
    text.lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .and_then(|line| line.split_whitespace().find(|word| !is_assignment(word)))
        .unwrap_or("")
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| shell::is_name(name))
}

/// Reads a text as shell and decides by the natures of its statements.
fn by_statements(code: &Code<'_>, trust: Trust, around: &Surroundings<'_>, text: &str, lines: &[u32]) -> Offer {
    let marks = placeholder::scan(text);
    let masked = placeholder::mask(text, &marks);
    let script = shell::read(&masked);
    let mut reading = Reading::new(text, &script);
    if trust == Trust::Prompted {
        reading.trust_words();
    }
    if let Some((usage, why)) = refusal(&reading, trust, around) {
        let mut offer = Offer::refuse(usage, why, code);
        if usage == Use::Assign && trust != Trust::Prompted {
            offer.assigns = shell::sets(&script);
        }
        return offer;
    }
    let holes = placeholder::without_value(marks, &script, around.known);
    let part = |wanted: fn(Nature) -> bool| parts(&reading, lines, code.text_line, wanted);
    let (usage, why, parts) = if let Some(index) = first_rejected(&reading) {
        let (text, nature) = (brief(reading.statement(index)), noun(reading.natures[index]));
        let why = format!("`{text}` is {nature}, the other lines are commands");
        (Use::Mixed, why.into(), part(|nature| nature == Nature::Command))
    } else if let Some((_, message)) = &script.error {
        let parts = closed_parts(&reading, lines, code.text_line);
        (Use::Mixed, format!("not complete as shell: {message}").into(), parts)
    } else if let Some(why) = menu::why(&reading) {
        (Use::Choose, why.into(), part(|nature| nature.is_command() || nature == Nature::Assignment))
    } else if let Some(hole) = holes.first() {
        let why = format!("`{}` must be filled in", text[hole.span.clone()].trim());
        (Use::Fill, why.into(), Vec::new())
    } else {
        (Use::Run, Cow::Borrowed(reason(trust, code.form, &reading)), Vec::new())
    };
    let is_whole = usage != Use::Mixed;
    Offer {
        usage,
        why,
        effects: Some(if is_whole {
            Effects::of_script(text, &script, &reading.calls, &holes)
        } else {
            let runnable: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
            Effects::of_text(&runnable.join("\n"), around.known)
        }),
        assigns: Vec::new(),
        expected: is_whole.then(|| expect::in_comments(text, &reading, lines, code.text_line)).flatten(),
        syntax_error: is_whole.then(|| shell::syntax_error(&masked, &script)).flatten(),
        text: text.to_owned(),
        lines: lines.to_vec(),
        parts,
    }
}

/// The first statement that must not reach a shell.
fn first_rejected(reading: &Reading<'_>) -> Option<usize> {
    reading.natures.iter().position(|nature| !nature.is_command() && *nature != Nature::Assignment)
}

fn reason(trust: Trust, form: Form, reading: &Reading<'_>) -> &'static str {
    let is_known = reading.count(Nature::Command) > 0;
    match (form, is_known) {
        (Form::Inline | Form::Line, _) => "starts with a known program",
        (Form::Attribute, _) => "a command attribute",
        (Form::Fence | Form::Indented, true) if trust == Trust::Tagged => "tagged as shell, all lines are commands",
        (Form::Fence | Form::Indented, true) => "all lines are commands",
        (Form::Fence | Form::Indented, false) if trust == Trust::Untagged => "a program of this document",
        (Form::Fence | Form::Indented, false) => "tagged as shell, and nothing speaks against it",
    }
}

/// A tree of folders begins with the name of the topmost one.
fn is_tree(reading: &Reading<'_>) -> bool {
    let is_name = |index: usize| {
        let text = reading.statement(index).trim();
        !text.contains(char::is_whitespace) && text.contains('/')
    };
    let drawn = reading.count(Nature::Drawing);
    drawn > 0
        && (0..reading.natures.len()).all(|index| match reading.natures[index] {
            Nature::Drawing | Nature::Words | Nature::Output => true,
            Nature::Command | Nature::Likely => is_name(index) && drawn > 1,
            Nature::Assignment | Nature::Cron | Nature::Config | Nature::Query => false,
        })
}

/// Why a block is not offered at all, with the use it has instead.
fn refusal(reading: &Reading<'_>, trust: Trust, around: &Surroundings<'_>) -> Option<(Use, &'static str)> {
    let certain = reading.count(Nature::Command);
    let likely = reading.count(Nature::Likely);
    let first = reading.natures.iter().copied().find(|nature| *nature != Nature::Assignment);
    let Some(first) = first else {
        return Some(if reading.natures.is_empty() {
            (Use::Manual, "only comments")
        } else {
            (Use::Assign, "only NAME=value lines")
        });
    };
    if is_tree(reading) {
        return Some((Use::Text, "a drawing or a tree"));
    }
    let accepts_unknown = match trust {
        Trust::Prompted => true,
        Trust::Tagged => !around.is_scrape,
        Trust::Untagged => !around.is_scrape && (are_own(reading, around) || is_told_to_run(reading, around.lead_in)),
    };
    let rejected = reading.natures.len() - certain - likely - reading.count(Nature::Assignment);
    if rejected == 0 && (accepts_unknown || first == Nature::Command) {
        return if around.is_scrape && likely > 0 && trust != Trust::Prompted {
            Some((Use::Text, "a page scrape, and not every line starts with a known program"))
        } else {
            None
        };
    }
    let words = reading.count(Nature::Words);
    if words == rejected && certain > 1 && certain >= words && !around.is_scrape {
        // Words and commands take turns: the words explain the commands.
        return None;
    }
    let opens = first == Nature::Command || first == Nature::Likely && accepts_unknown && certain > 0;
    if opens && certain > 0 && !(around.is_scrape && rejected > certain) {
        return None;
    }
    Some(by_majority(reading))
}

/// Whether all lines that no known program starts are started by programs that only the document knows.
fn are_own(reading: &Reading<'_>, around: &Surroundings<'_>) -> bool {
    let name =
        |index: usize| reading.script.statements[index].commands.first().and_then(|command| command.texts().next());
    !around.own.is_empty()
        && (0..reading.natures.len())
            .filter(|index| reading.natures[*index] == Nature::Likely)
            .all(|index| name(index).is_some_and(|name| around.own.contains(name)))
}

/// What lines that are no commands are for: queries and printed text are known by their form, all else is a file's.
pub fn of_lines(text: &str) -> (Use, &'static str) {
    let script = shell::read(text);
    let reading = Reading::new(text, &script);
    let most = |nature: Nature| reading.count(nature) * 2 > reading.natures.len();
    if most(Nature::Query) {
        (Use::Query, "a query, no shell command")
    } else if most(Nature::Output) || most(Nature::Drawing) {
        (Use::Text, "looks like a log or printed output")
    } else if most(Nature::Cron) {
        (Use::File, "lines of a crontab")
    } else if reading.natures.iter().all(|nature| *nature == Nature::Words) {
        (Use::Text, "words, no command")
    } else {
        (Use::File, "lines of a configuration or a script, no commands to type")
    }
}

/// The use that most of the refused lines stand for.
fn by_majority(reading: &Reading<'_>) -> (Use, &'static str) {
    let ranked = [
        (Nature::Drawing, Use::Text, "a drawing or a tree"),
        (Nature::Cron, Use::File, "lines of a crontab"),
        (Nature::Query, Use::Query, "a query, no shell command"),
        (Nature::Config, Use::File, "lines of a configuration or a program"),
        (Nature::Output, Use::Text, "looks like a log or printed output"),
        (Nature::Words, Use::Manual, "words, no command"),
    ];
    let best =
        ranked.iter().enumerate().max_by_key(|(rank, (nature, _, _))| (reading.count(*nature), ranked.len() - rank));
    // A few words between arrows are part of the drawing.
    let is_drawn = reading.count(Nature::Drawing) > 0
        && reading.natures.iter().all(|nature| matches!(nature, Nature::Drawing | Nature::Words | Nature::Output));
    if is_drawn {
        return (Use::Text, "a drawing or a tree");
    }
    match best {
        Some((_, (nature, usage, why))) if reading.count(*nature) > 0 => (*usage, why),
        _ => (Use::Text, "no known program starts it"),
    }
}

fn noun(nature: Nature) -> &'static str {
    match nature {
        Nature::Command | Nature::Likely => "a command",
        Nature::Assignment => "an assignment",
        Nature::Cron => "a line of a crontab",
        Nature::Config => "a line of a file",
        Nature::Query => "a query",
        Nature::Output => "output",
        Nature::Drawing => "a drawing",
        Nature::Words => "words",
    }
}

fn brief(text: &str) -> String {
    let line = text.lines().next().unwrap_or("").trim();
    let short: String = line.chars().take(40).collect();
    if short.len() < line.len() { format!("{}…", short.trim_end()) } else { short }
}

/// The statements of some natures, one part each.
fn parts(reading: &Reading<'_>, lines: &[u32], text_line: u32, wanted: fn(Nature) -> bool) -> Vec<Quote> {
    let mut lines = Lines::new(reading, lines, text_line);
    (0..reading.natures.len()).filter(|&index| wanted(reading.natures[index])).map(|index| lines.part(index)).collect()
}

/// The commands that end before what makes the text incomplete.
fn closed_parts(reading: &Reading<'_>, lines: &[u32], text_line: u32) -> Vec<Quote> {
    let Script { error, statements, .. } = reading.script;
    let limit = error.as_ref().map_or(usize::MAX, |(at, _)| *at);
    let mut lines = Lines::new(reading, lines, text_line);
    (0..reading.natures.len())
        .filter(|&index| reading.natures[index] == Nature::Command && statements[index].span.end <= limit)
        .map(|index| lines.part(index))
        .collect()
}

/// Tells the lines of statements that are asked for in order: the text is gone through once, however many they are.
struct Lines<'r, 'a> {
    reading: &'r Reading<'a>,
    offsets: &'r [u32],
    text_line: u32,
    /// Up to where lines were counted, and how many.
    counted: (usize, usize),
}

impl<'r, 'a> Lines<'r, 'a> {
    fn new(reading: &'r Reading<'a>, offsets: &'r [u32], text_line: u32) -> Self {
        Lines { reading, offsets, text_line, counted: (0, 0) }
    }

    fn part(&mut self, index: usize) -> Quote {
        let start = self.reading.script.statements[index].span.start;
        let (from, before) = self.counted;
        let line = before + memchr::memchr_iter(b'\n', &self.reading.text.as_bytes()[from..start]).count();
        self.counted = (start, line);
        let offset = self.offsets.get(line).copied().unwrap_or(0);
        Quote { line: self.text_line.saturating_add(offset), text: self.reading.statement(index).to_owned() }
    }
}
