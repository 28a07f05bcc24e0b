//! Compares the two readings of one document, construct by construct.

use crate::labels::{Label, Outline, Sort};
use crate::plan::{Block, Plan};
use crate::tally::{Place, Tally};

/// Uses that offer the operator something to run.
const OFFERED: [&str; 4] = ["run", "fill", "choose", "mixed"];
/// Uses of blocks that must not be offered as they stand.
const KEPT: [&str; 6] = ["file", "output", "query", "text", "manual", "mixed"];
const WALKED: [&str; 4] = ["prep", "forward", "verify", "post"];

/// One document with both readings, and which of the program's parts each label found.
pub struct Case<'a> {
    pub file: &'a str,
    pub outline: &'a Outline,
    pub plan: &'a Plan,
    /// By label: the index of the phase or step of the plan.
    pub found: Vec<Option<usize>>,
}

/// Pairs the labels of phases and steps with the plan by line, each part of the plan at most once.
pub fn pair(outline: &Outline, plan: &Plan) -> Vec<Option<usize>> {
    let mut phases: Vec<bool> = plan.phases.iter().map(|phase| phase.id == "preamble").collect();
    let mut steps = vec![false; plan.steps.len()];
    let mut take = |label: &Label| {
        let (lines, taken): (Vec<usize>, _) = match label.sort {
            Sort::Phase => (plan.phases.iter().map(|phase| phase.line).collect(), &mut phases),
            Sort::Step => (plan.steps.iter().map(|step| step.line).collect(), &mut steps),
            Sort::Block | Sort::Criterion | Sort::Stop => return None,
        };
        let index = (0..lines.len()).find(|&index| !taken[index] && label.lines.contains(&lines[index]))?;
        taken[index] = true;
        Some(index)
    };
    outline.labels.iter().map(&mut take).collect()
}

/// Whether the operator walks this phase; `None` if both readings are fair.
fn walked(label: &Label) -> Option<bool> {
    if label.wants("walked") == Some(true) {
        return Some(true);
    }
    let walked = label.words.iter().filter(|role| WALKED.contains(&role.as_str())).count();
    match walked {
        0 => Some(false),
        all if all == label.words.len() && !label.maybe => Some(true),
        _ => None,
    }
}

/// Letters and digits only: the wording counts, not its dress.
fn bare(text: &str) -> String {
    text.chars().filter(|sign| sign.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A title may keep or drop an estimate or a remark in brackets, so either may contain the other.
fn same_title(wanted: &[String], got: &str) -> bool {
    let got = bare(got);
    wanted.iter().map(|title| bare(title)).any(|title| {
        title == got || (!got.is_empty() && (title.contains(&got) || (!title.is_empty() && got.contains(&title))))
    })
}

fn same_value(wanted: &[String], got: Option<&str>) -> bool {
    wanted.iter().any(|value| got.map_or(value == "none", |got| bare(value) == bare(got)))
}

fn shown(value: Option<&str>) -> &str {
    value.unwrap_or("nothing")
}

pub fn forms(label: &Label) -> &'static [&'static str] {
    let named = |form: &str| label.wants(form) == Some(true);
    if named("inline") {
        &["inline", "line"]
    } else if named("attribute") {
        &["attribute"]
    } else if named("line") {
        &["line", "inline"]
    } else if named("indented") {
        &["indented", "fence"]
    } else {
        &["fence"]
    }
}

fn rank(risk: &str) -> usize {
    ["read", "change", "destroy"].iter().position(|known| *known == risk).unwrap_or(3)
}

impl Case<'_> {
    fn at(&self, line: usize) -> Place<'_> {
        Place { file: self.file, line }
    }

    fn is_scrape(&self) -> bool {
        self.outline.layout.as_deref() == Some("scrape")
    }

    /// Scrapes are read with low confidence and scored apart, except for what could do harm.
    fn name(&self, construct: &str) -> String {
        if self.is_scrape() { format!("scrape: {construct}") } else { construct.to_owned() }
    }

    pub fn document(&self, tally: &mut Tally) {
        let (outline, plan) = (self.outline, self.plan);
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let right = outline.titles.iter().any(|title| words(title) == words(&plan.title));
        tally.judge("titles", right, self.at(1), format!("{:?}", outline.titles), &plan.title);
        let encoding = outline.encoding.as_deref().unwrap_or("utf-8");
        let source = &plan.source;
        tally.judge("encoding", source.encoding.starts_with(encoding), self.at(1), encoding, &source.encoding);
        let (wanted, got) = (outline.repaired.as_deref(), source.repaired.as_deref());
        tally.judge("repaired", wanted == got, self.at(1), shown(wanted), shown(got));
        let layout = outline.layout.as_deref().unwrap_or("markdown");
        tally.judge("layout", layout == source.layout, self.at(1), layout, &source.layout);
        let (wanted, got) = (format!("{:?}", outline.readiness), format!("{:?}", plan.readiness));
        tally.judge("declared readiness", wanted == got, self.at(1), &wanted, &got);
    }

    pub fn phases(&self, tally: &mut Tally) {
        for (index, label) in self.outline.of(Sort::Phase) {
            let place = self.at(*label.lines.start());
            let phase = self.found[index].map(|found| &self.plan.phases[found]);
            if walked(label) == Some(true) {
                let holds = phase.is_some_and(|phase| phase.walked);
                let got = phase.map_or("no phase", |phase| phase.role.as_str());
                tally.judge(&self.name("phases walked: found"), holds, place, &label.titles[0], got);
            }
            if walked(label) == Some(true) || (walked(label).is_none() && phase.is_some_and(|phase| phase.walked)) {
                self.step_count(tally, index, place);
            }
            let Some(phase) = phase else { continue };
            tally.judge(&self.name("phase roles"), label.says(&phase.role), place, label.words.join("|"), &phase.role);
            let same = same_title(&label.titles, &phase.title);
            tally.judge(&self.name("phase titles"), same, place, label.titles.join("|"), &phase.title);
            if let Some(wanted) = label.values("status") {
                let got = phase.status.as_deref();
                tally.judge("phase status", same_value(wanted, got), place, wanted.join("|"), shown(got));
            }
            if let Some(wanted) = label.values("schedule") {
                let got = phase.schedule.as_deref();
                tally.judge("phase schedule", same_value(wanted, got), place, wanted.join("|"), shown(got));
            }
        }
        for (index, phase) in self.plan.phases.iter().enumerate().filter(|(_, phase)| phase.walked) {
            let label = self.label_of(Sort::Phase, index);
            let holds = label.is_some_and(|(_, label)| walked(label) != Some(false));
            let wanted = label.map_or("no phase".to_owned(), |(_, label)| label.words.join("|"));
            let got = format!("{} {:?}", phase.role, phase.title);
            tally.judge(&self.name("phases walked: right"), holds, self.at(phase.line), wanted, got);
        }
    }

    fn label_of(&self, sort: Sort, found: usize) -> Option<(usize, &Label)> {
        self.outline.of(sort).find(|(index, _)| self.found[*index] == Some(found))
    }

    /// One more or less, or a tenth, is a matter of taste; a phase that lost all its steps, or was not found, is not.
    fn step_count(&self, tally: &mut Tally, phase: usize, place: Place) {
        let below = |index: &usize| self.outline.above(*index, Sort::Phase) == Some(phase);
        let leaf = |index: usize| self.outline.children(index, Sort::Step).all(|(_, child)| child.maybe);
        let leaves = || self.outline.of(Sort::Step).filter(|(index, _)| below(index) && leaf(*index));
        let fewest = leaves().filter(|(_, label)| !label.maybe).count();
        let most = leaves().count();
        let slack = (most / 10).max(1);
        let found = self.found[phase];
        let got = self.plan.steps.iter().filter(|step| Some(step.phase) == found && step.leaf).count();
        let some = got > 0 || fewest == 0;
        let holds = some && (fewest.saturating_sub(slack)..=most + slack).contains(&got);
        tally.judge(&self.name("step count by phase"), holds, place, format!("{fewest}..={most}"), got);
    }

    pub fn steps(&self, tally: &mut Tally) {
        for (index, label) in self.outline.of(Sort::Step) {
            let place = self.at(*label.lines.start());
            if label.wants("box") == Some(true) {
                self.task_box(tally, index, label);
            }
            match self.found[index] {
                Some(_) => self.step(tally, index, label),
                None if label.maybe => {}
                None => tally.miss(&self.name("steps found"), place, label.titles.join("|"), "no step"),
            }
        }
        let counted = |phase: usize| match self.label_of(Sort::Phase, phase) {
            Some((index, label)) => {
                walked(label) == Some(true) || self.outline.children(index, Sort::Step).next().is_some()
            }
            None => false,
        };
        let walked = |phase: usize| self.plan.phases[phase].walked;
        for (index, step) in self.plan.steps.iter().enumerate() {
            if walked(step.phase) && counted(step.phase) {
                let holds = self.label_of(Sort::Step, index).is_some();
                tally.judge(&self.name("steps right"), holds, self.at(step.line), "no step", &step.title);
            }
        }
    }

    fn step(&self, tally: &mut Tally, index: usize, label: &Label) {
        let Some(step) = self.found[index].map(|found| &self.plan.steps[found]) else {
            return;
        };
        let place = self.at(step.line);
        tally.right(&self.name("steps found"));
        let same = same_title(&label.titles, &step.title);
        tally.judge(&self.name("step titles"), same, place, label.titles.join("|"), &step.title);
        tally.judge(&self.name("step kinds"), label.says(&step.kind), place, label.words.join("|"), &step.kind);
        if !label.maybe {
            let holds = self.right_parent(index);
            tally.judge(&self.name("step parents"), holds, place, "the labelled parent", self.parent_title(index));
        }
        if let Some(wanted) = label.values("status") {
            let got = step.status.as_deref();
            tally.judge("step status", same_value(wanted, got), place, wanted.join("|"), shown(got));
        }
        let owner = step.owner.as_deref();
        if let Some(wanted) = label.values("owner") {
            tally.judge("owners", same_value(wanted, owner), place, wanted.join("|"), shown(owner));
        } else {
            tally.judge("owners", owner.is_none() || self.is_scrape(), place, "no owner", shown(owner));
        }
        let estimate = step.estimate_s.map(|seconds| seconds.to_string());
        let none = ["none".to_owned()];
        let wanted = label.values("est").unwrap_or(&none);
        let got = estimate.as_deref();
        tally.judge("estimates", same_value(wanted, got), place, wanted.join("|"), shown(got));
        if let Some(wanted) = label.wants("optional") {
            tally.judge("optional steps", wanted == step.optional, place, wanted, step.optional);
        }
    }

    /// A box with its tick in the wrong place is a false statement about the launch.
    fn task_box(&self, tally: &mut Tally, index: usize, label: &Label) {
        let wanted = if label.values("status").is_some() { "ticked" } else { "open" };
        let place = self.at(*label.lines.start());
        let got = match self.found[index].map(|found| &self.plan.steps[found]) {
            None => "no step".to_owned(),
            Some(_) if !self.right_parent(index) => format!("below {}", self.parent_title(index)),
            Some(step) if step.status.as_deref() == Some("done") => "ticked".to_owned(),
            Some(_) => "open".to_owned(),
        };
        tally.judge("boxes with state and parent", got == wanted, place, format!("{wanted} {:?}", label.titles), &got);
    }

    fn right_parent(&self, index: usize) -> bool {
        let Some(step) = self.found[index].map(|found| &self.plan.steps[found]) else {
            return false;
        };
        if let Some(parent) = self.outline.above(index, Sort::Step) {
            return self.found[parent].is_some() && self.found[parent] == step.parent;
        }
        let phase = self.outline.above(index, Sort::Phase).and_then(|phase| self.found[phase]);
        step.parent.is_none() && phase == Some(step.phase)
    }

    fn parent_title(&self, index: usize) -> &str {
        let Some(step) = self.found[index].map(|found| &self.plan.steps[found]) else {
            return "no step";
        };
        step.parent.map_or(&self.plan.phases[step.phase].title, |parent| &self.plan.steps[parent].title)
    }

    pub fn criteria(&self, tally: &mut Tally) {
        for (index, label) in self.outline.of(Sort::Criterion) {
            let step = self.outline.above(index, Sort::Step);
            let phase = self.outline.above(index, Sort::Phase);
            let holder = match (step, phase) {
                (Some(step), _) => self.found[step].map(|found| &self.plan.steps[found].criteria),
                (None, Some(phase)) => self.found[phase].map(|found| &self.plan.phases[found].criteria),
                (None, None) => None,
            };
            let holds = holder.is_some_and(|list| list.iter().any(|criterion| label.lines.contains(&criterion.line)));
            let whose = if step.is_some() { "a criterion of the step" } else { "a criterion of the phase" };
            if holds || !label.maybe {
                tally.judge(
                    "criteria",
                    holds,
                    self.at(*label.lines.start()),
                    whose,
                    if holds { whose } else { "none" },
                );
            }
        }
        for (_, label) in self.outline.of(Sort::Stop) {
            let mut lines = self.plan.phases.iter().flat_map(|phase| &phase.stop_criteria);
            let holds = lines.any(|criterion| label.lines.contains(&criterion.line));
            tally.judge("stop criteria", holds, self.at(*label.lines.start()), "a no-go condition", "none");
        }
    }

    pub fn blocks(&self, tally: &mut Tally) {
        for (index, label) in self.outline.of(Sort::Block) {
            let place = self.at(*label.lines.start());
            let forms = forms(label);
            let fits = |block: &&Block| {
                let line = label.lines.contains(&block.line)
                    || (forms[0] == "line" && label.lines.clone().any(|line| block.covers(line)));
                line && forms.contains(&block.form.as_str())
            };
            let found: Vec<&Block> = self.plan.blocks.iter().filter(fits).collect();
            if matches!(forms[0], "fence" | "indented") && !(label.maybe && found.is_empty()) {
                tally.judge("blocks exactly once", found.len() == 1, place, 1, found.len());
            }
            if let Some(block) = found.first() {
                self.block(tally, index, label, block);
            }
            if label.maybe || !label.says_only(&OFFERED) {
                continue;
            }
            let got = found.first().map_or("no command", |block| block.usage.as_str());
            tally.judge("commands kept", OFFERED.contains(&got), place, label.words.join("|"), got);
        }
    }

    fn block(&self, tally: &mut Tally, index: usize, label: &Label, block: &Block) {
        let place = self.at(block.line);
        let wanted = label.words.join("|");
        tally.used(&wanted, &block.usage);
        tally.judge("uses", label.says(&block.usage), place, &wanted, &block.usage);
        if label.says_only(&KEPT) {
            tally.judge("safe: not offered to run", block.usage != "run", place, &wanted, &block.usage);
            let asked = label.says("mixed") || !["fill", "choose"].contains(&block.usage.as_str());
            tally.judge("safe: not offered after a question", asked, place, &wanted, &block.usage);
        }
        if label.says_only(&["choose"]) {
            tally.judge("safe: menus not run whole", block.usage != "run", place, &wanted, &block.usage);
        }
        if let Some(names) = label.values("ph").map(|names| names.join("|")) {
            self.placeholders(tally, label, block, &names);
        }
        let step = self.outline.above(index, Sort::Step).filter(|step| !self.outline.labels[*step].maybe);
        if let Some(step) = step.filter(|_| !self.is_scrape()) {
            let holder = &self.plan.steps[block.step];
            let holds = self.below(block.step, self.found[step]);
            tally.judge(
                "blocks bound to their step",
                holds,
                place,
                &self.outline.labels[step].titles[0],
                &holder.title,
            );
        }
        if OFFERED.contains(&block.usage.as_str()) {
            self.command(tally, label, block);
        }
        if let Some(wanted) = label.values("expected") {
            let got = block.expected.as_ref().map(|expected| expected.line.to_string());
            let got = got.as_deref();
            tally.judge("expected output", same_value(wanted, got), place, wanted.join("|"), shown(got));
        }
    }

    /// A sub-step of the labelled step is as good as the step itself.
    fn below(&self, step: usize, wanted: Option<usize>) -> bool {
        let mut at = Some(step);
        while let Some(index) = at {
            if Some(index) == wanted {
                return true;
            }
            at = self.plan.steps[index].parent;
        }
        false
    }

    fn placeholders(&self, tally: &mut Tally, label: &Label, block: &Block, names: &str) {
        let place = self.at(block.line);
        if !label.says("run") {
            tally.judge("placeholder blocks kept back", block.usage != "run", place, names, &block.usage);
        }
        for wanted in names.split([',', '|']) {
            let name = bare(wanted);
            let holds = block.placeholders.iter().any(|known| {
                let (key, text) = (bare(&known.name), bare(&known.text));
                key == name || text == name || text.contains(&name)
            });
            tally.judge("placeholders", holds, place, wanted, format!("{} others", block.placeholders.len()));
        }
    }

    fn command(&self, tally: &mut Tally, label: &Label, block: &Block) {
        let place = self.at(block.line);
        if !label.risks.is_empty() {
            let wanted = label.risks.join("|");
            tally.judge("risk", label.risks.contains(&block.risk), place, &wanted, &block.risk);
            let least = label.risks.iter().map(|risk| rank(risk)).min().unwrap_or(0);
            tally.judge("risk not too low", rank(&block.risk) >= least, place, &wanted, &block.risk);
        }
        let flags =
            [("interactive", block.interactive), ("endless", block.endless), ("danger", !block.danger.is_empty())];
        for (flag, got) in flags {
            if let Some(wanted) = label.wants(flag) {
                tally.judge(flag, wanted == got, place, wanted, got);
            }
        }
        if let Some(wanted) = label.values("parts") {
            let got = block.parts.len().to_string();
            tally.judge("parts of menus", wanted.contains(&got), place, wanted.join("|"), got);
        }
    }

    /// What the program offers although nobody labelled it.
    pub fn unlabelled(&self, tally: &mut Tally, text: &str) {
        let lines: Vec<&str> = text.split('\n').collect();
        let known = |line: usize| self.outline.of(Sort::Block).any(|(_, label)| label.lines.contains(&line));
        for block in &self.plan.blocks {
            let place = self.at(block.line);
            if block.is_block() {
                tally.judge("blocks exactly once", known(block.line), place, "no block", &block.form);
            } else if block.form == "line" && block.usage == "run" {
                for line in (block.line..).take_while(|line| block.covers(*line)) {
                    let source = lines.get(line - 1).map_or("", |source| source.trim());
                    let harmless = known(line) || source.is_empty() || source.starts_with('#');
                    tally.judge("safe: not offered to run", harmless, self.at(line), "no command", source);
                }
            } else if block.usage == "run" {
                tally.judge("inline offers", known(block.line), place, "no command", &block.text);
            }
        }
    }
}
