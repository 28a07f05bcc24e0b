//! What an author may want to mend beyond what reading found: commands that block a run, never end, or destroy without
//! a way back; steps that leave open whether they worked.
//!
//! It only looks at a runbook that was read. It never changes a verdict, and `plan` and the screen do without it.

use super::findings::Findings;
use super::front;
use super::lines::Lines;
use crate::runbook::need::Index;
use crate::runbook::{
    BlockKind, Command, OnFail, Phase, Problem, Risk, Role, RunPolicy, Runbook, Step, StepKind, Use, way_back,
};
use std::collections::BTreeSet;

/// The problems that reading found and those of the lints, by line.
#[must_use]
pub fn problems(book: &Runbook) -> Vec<Problem> {
    let mut findings = Findings::default();
    placeholders(book, &mut findings);
    way_back(book, &mut findings);
    on_fail(book, &mut findings);
    for (phase, step) in book.walk() {
        for command in step.commands().filter(|command| command.usage.is_offered()) {
            stop(command, &mut findings);
            lines(command, &mut findings);
            literal(book, command, &mut findings);
        }
        success(phase, step, &book.text, &mut findings);
    }
    let mut all = findings.place(&Lines::of(&book.text), &book.text);
    all.extend(book.problems.iter().cloned());
    all.sort_by_key(|problem| (problem.line, problem.column));
    all
}

/// A hole that nobody declared stops the walk until it is filled: once for each name.
fn placeholders(book: &Runbook, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    let mut saved = BTreeSet::new();
    for (_, step) in book.walk() {
        for command in step.commands().filter(|command| command.usage.is_offered()) {
            for hole in &command.placeholders {
                if hole.text.starts_with('$') && saved.contains(&hole.name) {
                    continue;
                }
                if book.front.vars.contains_key(&hole.name) || !seen.insert(hole.name.as_str()) {
                    continue;
                }
                let message = format!("`{}` must be filled in before this runs", hole.text);
                let hint = format!(
                    "declare it in the front matter to ask for it once, with words: vars: {{{}: {{prompt: …}}}}",
                    hole.name
                );
                findings.warning("placeholder", message, command.span.clone()).hint(hint);
            }
            saved.extend(&command.options.save);
        }
    }
}

/// The first command that destroys something in a document that says nothing about the way back.
fn way_back(book: &Runbook, findings: &mut Findings) {
    // What was set aside takes back what names it, and nothing else.
    let sections = || book.phases.iter().filter(|phase| !phase.is_set_aside());
    let has_rollback = sections().any(|phase| phase.role == Role::Rollback)
        || sections()
            .flat_map(|phase| &phase.steps)
            .flat_map(Step::subtree)
            .any(|step| step.title.to_lowercase().contains("rollback"));
    if has_rollback {
        return;
    }
    let index = if book.names_ways_back() { Some(Index::of(book)) } else { None };
    let is_covered = |said: Option<&str>, command: &Command| {
        let name = command.options.rollback.as_deref().or(said);
        name.zip(index.as_ref()).is_some_and(|(name, index)| way_back::find(index, name).is_some())
    };
    let destroys =
        |command: &&Command| command.usage.is_offered() && command.risk == Risk::Destroy && !command.danger.is_empty();
    let walked = way_back::steps(book).into_iter().filter(|(phase, ..)| phase.is_walked());
    let first = walked
        .flat_map(|(_, step, said)| step.commands().filter(destroys).map(move |command| (said, command)))
        .find(|(said, command)| !is_covered(*said, command));
    if let Some((_, command)) = first {
        let message =
            format!("this destroys or overwrites ({}), and nothing says how to go back", command.danger.join(", "));
        findings
            .warning("no-rollback", message, command.span.clone())
            .hint("add {rollback=NAME} or a section `## Rollback`, or say there that there is no way back");
    }
}

/// A failure that is to bring up what takes it back, where nothing does.
fn on_fail(book: &Runbook, findings: &mut Findings) {
    if book.front.on_fail != Some(OnFail::Rollback) || book.names_ways_back() || book.rollbacks().next().is_some() {
        return;
    }
    let message =
        "`on_fail: rollback` has nothing to bring up: no rollback section has steps, and no `rollback=` names any";
    findings
        .warning("no-way-back", message, front::span_of(&book.text, "on_fail"))
        .hint("add a section `## Rollback` with steps, or {rollback=NAME} where something is changed");
}

/// An endless command needs somebody who stops it, unless a limit does.
fn stop(command: &Command, findings: &mut Findings) {
    if command.endless && command.options.timeout_s.is_none() && command.options.endless.is_none() {
        findings
            .warning("endless", "this runs until somebody stops it; an unattended run waits here", command.span.clone())
            .hint("give it a limit ({timeout=30s}), or take the follow flag away");
    }
}

/// Commands among lines that must not reach a shell are offered one by one only.
fn lines(command: &Command, findings: &mut Findings) {
    // What is split runs piece by piece, and all of it.
    if command.usage == Use::Mixed && command.options.run == RunPolicy::Inferred && !command.options.split {
        findings
            .hint("mixed-block", format!("only parts of this block can run: {}", command.why), command.span.clone())
            .hint("put commands and everything else into blocks of their own");
    }
}

/// A variable of the front matter in the lines of a file is written as it stands.
fn literal(book: &Runbook, command: &Command, findings: &mut Findings) {
    let lines =
        command.options.file.as_ref().and_then(|_| command.text.split_once('\n')).map_or("", |(_, lines)| lines);
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let names = lines.split('$').skip(1).map(|rest| rest.strip_prefix('{').unwrap_or(rest));
    let names: BTreeSet<&str> = names.map(|rest| rest.split(|c| !is_name(c)).next().unwrap_or("")).collect();
    for name in book.front.vars.keys().filter(|name| names.contains(name.as_str())) {
        findings
            .hint("literal-variable", format!("`${name}` is written to the file as it stands"), command.span.clone())
            .hint(format!("write <{name}> where its value belongs"));
    }
}

/// A command that changes something, with nothing behind it that tells whether it worked.
fn success(phase: &Phase, step: &Step, text: &str, findings: &mut Findings) {
    let changes = step.kind == StepKind::Command
        && step.commands().any(|command| command.usage.is_offered() && command.risk > Risk::Read);
    if !changes || says_success(step) || !phase.criteria.is_empty() || looks_later(phase, step) {
        return;
    }
    let message = format!("nothing tells whether “{}” has worked, but its exit code", step.title);
    // Marks may stand before the title, so that its length need not end at a character.
    let end = text.floor_char_boundary(step.span.start + step.title.len().min(step.span.len()));
    findings
        .hint("no-success", message, step.span.start..end)
        .hint("add a line `Expected: …`, a check behind it, or {match=…} to the fence");
}

fn says_success(step: &Step) -> bool {
    !step.criteria.is_empty()
        || step.commands().any(|command| {
            command.expected.is_some()
                || command.options.kind == Some(BlockKind::Check)
                || command.options.matches.is_some()
                || command.options.not_matches.is_some()
                || !command.options.expect_exit.is_empty()
        })
}

/// Whether something after the step, in the same phase, looks at what came of it.
fn looks_later(phase: &Phase, step: &Step) -> bool {
    let all: Vec<&Step> = phase.steps.iter().flat_map(Step::subtree).collect();
    let at = all.iter().position(|other| other.id == step.id).unwrap_or(all.len());
    let looks = |other: &&Step| {
        other.kind == StepKind::Check
            || other.commands().any(|command| command.usage.is_offered() && command.risk == Risk::Read)
    };
    all.iter().skip(at).any(looks)
}

#[cfg(test)]
mod tests {
    use super::problems;
    use crate::runbook::read::read;

    fn codes(text: &str) -> Vec<(u32, &'static str)> {
        let book = read("x.md", text.as_bytes()).unwrap();
        problems(&book).iter().map(|problem| (problem.line, problem.code)).collect()
    }

    #[test]
    fn a_hole_is_reported_once_and_not_when_it_is_declared() {
        let body = "# P\n## Go\n1. Ship\n   ```bash\n   ./ship <tag>\n   ./tell <tag>\n   ```\n2. Verify it\n";
        assert_eq!(codes(body), [(4, "placeholder")]);
        assert_eq!(codes(&format!("---\nvars:\n  tag: {{prompt: Which tag?}}\n---\n{body}")), []);
    }

    #[test]
    fn endless_mixed_and_destructive_blocks_are_reported() {
        let text = "# P\n## Go\n### A\n```bash\nkubectl logs -f deploy/x\n```\n### B\n```bash\nrm -rf /srv/x\n```\n### C\n\
                    ```bash\nls /srv\nSELECT 1 FROM t;\n```\n";
        assert_eq!(codes(text), [(4, "endless"), (7, "no-success"), (8, "no-rollback"), (12, "mixed-block")]);
        assert!(!codes(&format!("{text}## Rollback\nPut it back.\n")).contains(&(8, "no-rollback")));
        let limited = "# P\n## Go\n```bash {timeout=30s}\nkubectl logs -f deploy/x\n```\n";
        assert_eq!(codes(limited), []);
    }

    #[test]
    fn what_an_earlier_block_saves_is_no_hole_and_what_is_split_runs_wholly() {
        let text = |save: &str| {
            format!(
                "# P\n## Go\n1. Ask\n   ```bash{save}\n   cat /etc/token\n   ```\n2. Look\n   ```bash\n   curl -H \"$TOKEN\" http://x\n   ```\n"
            )
        };
        assert_eq!(codes(&text("")), [(8, "placeholder")]);
        assert_eq!(codes(&text(" {save=TOKEN}")), []);
        assert_eq!(codes("# P\n## Go\n```bash {split}\nls /srv\ncat /etc/hosts\n```\n"), []);
    }

    #[test]
    fn a_failure_that_brings_up_the_way_back_needs_one() {
        let walk = "# P\n## Go\n1. Ship\n   ```bash\n   uptime\n   ```\n";
        let rollback = "---\non_fail: rollback\n---\n";
        assert_eq!(codes(&format!("{rollback}{walk}")), [(2, "no-way-back")]);
        assert_eq!(codes(&format!("{rollback}{walk}## Rollback\nCall somebody.\n")), [(2, "no-way-back")]);
        assert_eq!(codes(&format!("{rollback}{walk}## Rollback\n1. Take it back\n")), []);
        assert_eq!(codes(&format!("---\non_fail: stop\n---\n{walk}")), []);
        let named =
            "# P\n## Go\n### Ship {rollback=back}\n```bash\nuptime\n```\n### Undo {#back}\n```bash\nuptime\n```\n";
        assert!(!codes(&format!("{rollback}{named}")).contains(&(2, "no-way-back")));
    }

    #[test]
    fn a_variable_in_the_lines_of_a_file_is_reported() {
        let text = |lines: &str| {
            format!(
                "---\nvars: {{host: x}}\n---\n# P\n## Go\n1. Set it\n   ```ini {{file=$host.ini}}\n{lines}   ```\n2. Verify it\n"
            )
        };
        assert_eq!(codes(&text("   a=${host}:$host\n")), [(7, "literal-variable")]);
        assert_eq!(codes(&text("   a=<host> $hosts $HOME\n")), []);
    }

    #[test]
    fn a_change_wants_something_that_tells_success() {
        let change = "# P\n## Go\n1. Restart it\n   ```bash\n   systemctl restart x\n   ```\n";
        assert_eq!(codes(change), [(3, "no-success")]);
        for after in [
            "2. Verify the page\n",
            "\n   Expected: it is up\n",
            "2. Look\n   ```bash\n   systemctl status x\n   ```\n",
        ] {
            assert_eq!(codes(&format!("{change}{after}")), [], "{after}");
        }
    }

    #[test]
    fn every_place_is_made_of_whole_characters() {
        let text = "# 計画\n\n## 手順\n\n### 受信を止める\n\n```bash\nsystemctl stop x\n```\n";
        let book = read("x.md", text.as_bytes()).unwrap();
        let found = problems(&book);
        assert!(found.iter().any(|problem| problem.code == "no-success"), "{found:?}");
        for problem in found {
            assert!(book.text.get(problem.span.clone()).is_some(), "{problem:?}");
        }
    }
}
