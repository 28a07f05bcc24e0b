//! No demand of the five documents without a step, no step without a demand or a reason of its own.
//!
//! Each row of `tests/coverage/NAME.yaml` names the step or phase that meets a demand, and words that stand in that step: so
//! a row cannot claim a step that speaks of something else.

use crate::world::{World, plan, root, subtree, text};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const BOOKS: [(&str, usize); 5] =
    [("photoflow", 85), ("fluxbase", 130), ("appflowy", 90), ("photovault", 85), ("fingerflow", 75)];

#[derive(Debug, Deserialize)]
struct Coverage {
    /// What is demanded, the id of a step or phase, words that stand there.
    demands: Vec<(String, String, String)>,
    /// Steps that no demand asks for, and why they are there.
    beyond: BTreeMap<String, String>,
}

fn coverage(name: &str) -> Coverage {
    let path = root().join("tests/coverage").join(format!("{name}.yaml"));
    let text = std::fs::read_to_string(&path).unwrap();
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What stands under the heading or in the item with this id, up to the next heading of its level or above.
fn section(source: &str, id: &str) -> Option<String> {
    let level = |line: &str| line.bytes().take_while(|byte| *byte == b'#').count();
    let is_it = |line: &&str| [' ', '}'].iter().any(|end| line.contains(&format!("{{#{id}{end}")));
    let mut lines = source.lines().skip_while(|line| !is_it(line));
    let first = lines.next()?;
    let own = level(first);
    if own == 0 {
        return Some(first.to_owned());
    }
    let mut inside_code = false;
    let rest: Vec<&str> = lines
        .take_while(|line| {
            inside_code ^= line.starts_with("```");
            inside_code || level(line) == 0 || level(line) > own
        })
        .collect();
    Some(format!("{first}\n{}", rest.join("\n")))
}

#[test]
fn every_demand_is_met_by_a_step_that_speaks_of_it() {
    for (name, least) in BOOKS {
        let coverage = coverage(name);
        let source = std::fs::read_to_string(root().join("runbooks").join(format!("{name}.md"))).unwrap();
        let plan = World::of(name).plan();
        let phases = plan["phases"].as_array().unwrap();
        let ids: BTreeSet<&str> = phases
            .iter()
            .flat_map(|phase| subtree(&phase["steps"]).into_iter().chain([phase]))
            .map(|step| text(step, "id"))
            .collect();
        for (demand, id, words) in &coverage.demands {
            assert!(ids.contains(id.as_str()), "{name}: `{demand}` names {id}, which is neither step nor phase");
            let section = section(&source, id).unwrap_or_else(|| panic!("{name}: {id} is written out in the source"));
            assert!(section.contains(words.as_str()), "{name}: `{demand}`: {id} does not say `{words}`");
        }
        let demands: BTreeSet<&str> = coverage.demands.iter().map(|(demand, _, _)| demand.as_str()).collect();
        assert_eq!(demands.len(), coverage.demands.len(), "{name}: each demand once");
        assert!(demands.len() >= least, "{name}: {} demands", demands.len());
    }
}

#[test]
fn every_walked_step_is_demanded_or_has_a_reason() {
    for (name, _) in BOOKS {
        let coverage = coverage(name);
        let claimed: BTreeSet<&str> = coverage.demands.iter().map(|(_, id, _)| id.as_str()).collect();
        let plan = World::of(name).plan();
        let walked = plan["phases"].as_array().unwrap().iter().filter(|phase| phase["walked"] == true);
        let steps: BTreeSet<&str> =
            walked.flat_map(|phase| subtree(&phase["steps"])).map(|step| text(step, "id")).collect();
        for step in &steps {
            let is_beyond = coverage.beyond.contains_key(*step);
            assert!(claimed.contains(step) || is_beyond, "{name}: {step} is neither demanded nor explained");
            assert!(!(claimed.contains(step) && is_beyond), "{name}: {step} is demanded; it needs no explanation");
        }
        for (step, why) in &coverage.beyond {
            assert!(steps.contains(step.as_str()), "{name}: {step} is no walked step");
            assert!(why.len() > 10, "{name}: {step}: {why}");
        }
    }
}

#[test]
fn they_are_clean_and_whole() {
    let folder = root().join("runbooks");
    let world = World::of("photoflow");
    for (name, _) in BOOKS {
        let path = folder.join(format!("{name}.md"));
        let checked = world.gonogo(&["check", path.to_str().unwrap()]);
        assert!(checked.out.contains("; 0 errors, 0 warnings, 0 hints"), "{name}: {checked:?}");
        let source = std::fs::read_to_string(&path).unwrap();
        for key in
            ["title", "id", "version", "owner", "summary", "estimate", "requires", "vars", "secrets", "calls", "gate"]
        {
            assert!(source.contains(&format!("\n{key}:")), "{name}: front matter has {key}");
        }
        let plan = plan(&path);
        let phases = plan["phases"].as_array().unwrap();
        let walked: Vec<_> = phases.iter().filter(|phase| phase["walked"] == true).collect();
        for phase in &walked {
            let id = text(phase, "id");
            assert!(!phase["criteria"].as_array().unwrap().is_empty(), "{name}: {id} says when it is done");
            assert!(source.contains(&format!("\n  {id}: {{estimate: ")), "{name}: {id} has an estimate");
            let heading = section(&source, id).unwrap();
            assert!(heading.lines().next().unwrap().contains("owner="), "{name}: {id} has an owner");
        }
        let steps: Vec<_> = walked.iter().flat_map(|phase| subtree(&phase["steps"])).collect();
        assert!(steps.iter().any(|step| step["critical"] == true), "{name}: something is critical");
        for step in &steps {
            let id = text(step, "id");
            let is_leaf = step["steps"].as_array().unwrap().is_empty();
            let runs = !step["commands"].as_array().unwrap().is_empty();
            let is_judged = !step["criteria"].as_array().unwrap().is_empty();
            let is_item = section(&source, id).unwrap().starts_with("- [ ]");
            assert!(!is_leaf || runs || is_judged || is_item, "{name}: {id} can be run or checked");
            for command in step["commands"].as_array().unwrap() {
                assert_eq!(text(command, "use"), "run", "{name}: {id} runs as it stands");
            }
        }
        every_command_is_limited(name, &source);
        let undone = phases.iter().find(|phase| text(phase, "role") == "rollback").unwrap();
        assert!(subtree(&undone["steps"]).len() >= 6, "{name}: a way back for what was changed");
        assert!(phases.iter().any(|phase| text(phase, "role") == "trouble"), "{name}: help in trouble");
    }
}

/// Whatever runs has a limit, except what is meant to be watched.
fn every_command_is_limited(name: &str, source: &str) {
    for line in source.lines().filter(|line| line.starts_with("```bash")) {
        assert!(line.contains("{timeout=") || (name == "fingerflow" && line == "```bash"), "{name}: {line}");
    }
    assert!(source.lines().filter(|line| *line == "```bash").count() <= 1, "{name}: one endless command at most");
}
