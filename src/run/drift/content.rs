//! What a step says, line by line: the form in which two versions of it are compared and shown.
//!
//! Line numbers, ticked boxes and numbering are left out: a step that only moved down, or that somebody ticked in the file,
//! has not changed. What belongs to its children is theirs.

use crate::runbook::{Block, BlockOptions, Command, Compare, Gate, Phase, RunPolicy, Step, StepKind};

/// The lines of a step, its title first.
pub(super) fn of_step(step: &Step) -> Vec<String> {
    let mut lines = vec![step.title.clone()];
    let mut say = |name: &str, value: Option<&str>| lines.extend(value.map(|value| format!("{name}: {value}")));
    say("only", step.condition());
    say("owner", step.owner());
    say("critical", step.critical.then_some("yes"));
    say("optional", step.optional.then_some("yes"));
    say("gate", step.gate.as_deref().map(gate).as_deref());
    say("rollback", step.rollback());
    say("link", step.link());
    say("by hand", step.by_hand.then_some("yes"));
    say("of its steps", (step.kind == StepKind::Choice).then_some("one is taken"));
    let usual = if step.critical { 5 } else { 3 };
    say("weight", (step.weight != usual && !step.optional).then(|| step.weight.to_string()).as_deref());
    for block in &step.blocks {
        match block {
            Block::Prose(quote) => lines.extend(trimmed(&quote.text)),
            Block::Command(command) => of_command(command, &mut lines),
        }
    }
    lines.extend(step.criteria.iter().map(|criterion| format!("passes when: {}", criterion.text)));
    lines
}

/// The lines of a phase, without those of its steps.
pub(super) fn of_phase(phase: &Phase) -> Vec<String> {
    let mut lines = vec![phase.title.clone(), format!("role: {}", phase.role.word())];
    let mut say = |name: &str, value: Option<&str>| lines.extend(value.map(|value| format!("{name}: {value}")));
    say("owner", phase.owner.as_deref());
    say("optional", phase.optional.then_some("yes"));
    say("when", phase.schedule.as_deref());
    say("gate", phase.gate.as_ref().map(gate).as_deref());
    say("rollback", phase.rollback.as_deref());
    lines.extend(phase.criteria.iter().map(|criterion| format!("passes when: {}", criterion.text)));
    lines.extend(phase.stop_criteria.iter().map(|criterion| format!("stop when: {}", criterion.text)));
    lines.extend(phase.prose.iter().flat_map(|quote| trimmed(&quote.text)));
    lines
}

pub(super) fn gate(gate: &Gate) -> String {
    let role = gate.role.as_deref().unwrap_or("any role");
    format!("{} of {role}{}", gate.min, if gate.not_performer { ", not who performed it" } else { "" })
}

fn of_command(command: &Command, lines: &mut Vec<String>) {
    let options = options(&command.options);
    lines.push(if options.is_empty() {
        format!("```{}", command.lang)
    } else {
        format!("```{} {{{options}}}", command.lang)
    });
    lines.extend(trimmed(&command.text));
    lines.push("```".to_owned());
    lines.extend(command.expected.iter().flat_map(|expected| trimmed(&expected.text)).map(|line| format!("=> {line}")));
}

fn options(options: &BlockOptions) -> String {
    let mut words: Vec<String> = Vec::new();
    match options.run {
        RunPolicy::Inferred => {}
        RunPolicy::Ask => words.push("run=ask".to_owned()),
        RunPolicy::Auto => words.push("run=auto".to_owned()),
        RunPolicy::Never => words.push("run=never".to_owned()),
    }
    let named = [
        ("name", options.name.clone()),
        ("interpreter", options.interpreter.clone()),
        ("kind", options.kind.map(|kind| kind.word().to_owned())),
        ("file", options.file.clone()),
        ("cwd", options.cwd.clone()),
        ("session", options.session.map(|session| session.word().to_owned())),
        ("rollback", options.rollback.clone()),
        ("match", options.matches.clone()),
        ("not_match", options.not_matches.clone()),
        ("save", options.save.clone()),
        ("timeout", seconds(options.timeout_s)),
        ("pty", options.pty.map(|yes| yes.to_string())),
        ("interactive", options.interactive.map(|yes| yes.to_string())),
        ("endless", options.endless.map(|yes| yes.to_string())),
        ("until", options.until.clone()),
        ("watch", seconds(options.watch_s)),
        ("every", seconds(options.every_s)),
        ("compare", options.compare.map(compare)),
        ("retries", (options.retries > 0).then(|| options.retries.to_string())),
        ("retry_delay", seconds(options.retry_delay_s)),
        ("when", options.when.clone()),
        ("once", options.once.then(|| "true".to_owned())),
        ("split", options.split.then(|| "true".to_owned())),
        ("secret", options.secret.then(|| "true".to_owned())),
        ("confirm", options.confirm.map(|yes| yes.to_string())),
    ];
    words.extend(named.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?))));
    words.extend(options.expect_exit.iter().map(|code| format!("exit={code}")));
    words.extend(options.http.iter().map(|code| format!("http={code}")));
    words.extend(options.needs.iter().map(|name| format!("needs={name}")));
    words.extend(options.env.iter().map(|(name, value)| format!("{name}={value}")));
    words.join(" ")
}

fn seconds(seconds: Option<u32>) -> Option<String> {
    seconds.map(|seconds| format!("{seconds}s"))
}

fn compare(rule: Compare) -> String {
    match rule {
        Compare::Exact => "exact".to_owned(),
        Compare::Contains => "contains".to_owned(),
        Compare::Pattern => "regex".to_owned(),
        Compare::Similar { percent } => format!("{percent}%"),
    }
}

fn trimmed(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty())
}
