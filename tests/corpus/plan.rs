//! The program's answer, flattened: `gonogo plan FILE --format json` and nothing else of it.

use std::path::Path;
use std::process::Command;

use serde::Deserialize;

/// What the program reads in one document. Steps and blocks know where they hang.
#[derive(Debug)]
pub struct Plan {
    pub title: String,
    pub source: Source,
    pub readiness: Option<u64>,
    pub phases: Vec<Phase>,
    pub steps: Vec<Step>,
    pub blocks: Vec<Block>,
}

#[derive(Debug, Deserialize)]
pub struct Source {
    pub encoding: String,
    pub repaired: Option<String>,
    pub layout: String,
}

#[derive(Debug, Deserialize)]
struct Document {
    schema: u64,
    title: String,
    source: Source,
    declared_readiness: Option<u64>,
    phases: Vec<Phase>,
}

#[derive(Debug, Deserialize)]
pub struct Phase {
    pub id: String,
    pub title: String,
    pub line: usize,
    pub role: String,
    pub walked: bool,
    pub status: Option<String>,
    pub criteria: Vec<Criterion>,
    pub stop_criteria: Vec<Criterion>,
    pub schedule: Option<String>,
    steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
pub struct Criterion {
    pub line: usize,
}

#[derive(Debug, Deserialize)]
pub struct Step {
    pub title: String,
    pub line: usize,
    pub kind: String,
    pub status: Option<String>,
    pub optional: bool,
    pub owner: Option<String>,
    pub estimate_s: Option<u64>,
    pub criteria: Vec<Criterion>,
    commands: Vec<Block>,
    steps: Vec<Step>,
    #[serde(skip)]
    pub phase: usize,
    #[serde(skip)]
    pub parent: Option<usize>,
    #[serde(skip)]
    pub leaf: bool,
}

#[derive(Debug, Deserialize)]
pub struct Block {
    pub line: usize,
    pub form: String,
    #[serde(rename = "use")]
    pub usage: String,
    pub text: String,
    pub parts: Vec<serde_json::Value>,
    pub risk: String,
    pub placeholders: Vec<Placeholder>,
    pub interactive: bool,
    pub endless: bool,
    pub danger: Vec<String>,
    pub expected: Option<Criterion>,
    #[serde(skip)]
    pub step: usize,
}

#[derive(Debug, Deserialize)]
pub struct Placeholder {
    pub name: String,
    pub text: String,
}

impl Block {
    /// A block of the document, as against a command found inside a line.
    pub fn is_block(&self) -> bool {
        matches!(self.form.as_str(), "fence" | "indented")
    }

    /// Commands found line by line may be listed one by one or in one piece.
    pub fn covers(&self, line: usize) -> bool {
        (self.line..self.line + self.text.lines().count().max(1)).contains(&line)
    }
}

/// Runs the program over one document. The error is what a person needs to see, on one line.
pub fn of(path: &Path) -> Result<Plan, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_gonogo"))
        .args(["plan", "--format", "json"])
        .arg(path)
        .output()
        .map_err(|error| format!("gonogo does not start: {error}"))?;
    let document: Document = serde_json::from_slice(&output.stdout).map_err(|error| {
        let said = String::from_utf8_lossy(&output.stderr);
        format!("{}, {error}, {}", output.status, said.lines().next().unwrap_or("nothing on stderr"))
    })?;
    if document.schema != 1 {
        return Err(format!("schema {} instead of 1", document.schema));
    }
    Ok(flatten(document))
}

fn flatten(document: Document) -> Plan {
    let Document { title, source, declared_readiness, mut phases, .. } = document;
    let mut plan = Plan {
        title,
        source,
        readiness: declared_readiness,
        phases: Vec::new(),
        steps: Vec::new(),
        blocks: Vec::new(),
    };
    for (index, phase) in phases.iter_mut().enumerate() {
        for step in std::mem::take(&mut phase.steps) {
            hang(&mut plan, step, index, None);
        }
    }
    plan.phases = phases;
    plan
}

fn hang(plan: &mut Plan, mut step: Step, phase: usize, parent: Option<usize>) {
    let index = plan.steps.len();
    let below = std::mem::take(&mut step.steps);
    for mut block in std::mem::take(&mut step.commands) {
        block.step = index;
        plan.blocks.push(block);
    }
    step.phase = phase;
    step.parent = parent;
    step.leaf = below.is_empty();
    plan.steps.push(step);
    for child in below {
        hang(plan, child, phase, Some(index));
    }
}
