//! What an author adds to a heading or an item: `{#db .gate owner=dba}` or `<!-- gonogo: optional -->`.

use super::attributes::Attributes;
use super::findings::Findings;
use super::options::{seconds, target, unknown, unknown_class};
use crate::runbook::yaml::Node;
use crate::runbook::{Gate, Quote, Rare, Role, Span, Step, StepId};

/// The meaning of the attributes of a phase or step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directives {
    pub id: Option<String>,
    pub owner: Option<Box<str>>,
    pub optional: Option<bool>,
    pub critical: Option<bool>,
    pub estimate_s: Option<u32>,
    pub soak_s: Option<u32>,
    pub weight: Option<u32>,
    pub condition: Option<Box<str>>,
    pub gate: Option<Gate>,
    pub role: Option<Role>,
    pub rollback: Option<String>,
    pub by_hand: Option<bool>,
    pub link: Option<String>,
    /// What has to be kept as evidence, as written.
    pub evidence: Vec<String>,
}

const KNOWN: &[&str] = &[
    "id",
    "owner",
    "optional",
    "required",
    "critical",
    "estimate",
    "soak",
    "weight",
    "when",
    "gate",
    "min",
    "not",
    "role",
    "rollback",
    "manual",
    "link",
    "evidence",
    "skip_if",
    "signoff",
    "four_eyes",
];

const CLASSES: [&str; 8] = ["gate", "hold", "signoff", "optional", "required", "critical", "manual", "four_eyes"];

/// What makes a heading work for somebody: more than a name for links and style sheets.
const MARKS: [&str; 13] = [
    "gate",
    "hold",
    "signoff",
    "four_eyes",
    "optional",
    "required",
    "critical",
    "manual",
    "weight",
    "soak",
    "evidence",
    "when",
    "skip_if",
];
/// Says more of work, but also who looks after a list of telephone numbers.
const CARES: [&str; 3] = ["owner", "estimate", "rollback"];

/// How plainly the author says by attributes that a heading is something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Nothing of the kind: an id, a class for style sheets.
    None,
    /// Somebody cares for it: `owner=dana`.
    Cared,
    /// It is work: `.manual`, `.critical`, `gate=dba`.
    Work,
}

/// How plainly the author says that a heading with these attributes is something to do.
#[must_use]
pub fn mark(attributes: &[Attributes]) -> Mark {
    let mut names = attributes.iter().flat_map(|attributes| {
        attributes.classes.iter().map(String::as_str).chain(attributes.pairs.iter().map(|(key, _)| key.as_str()))
    });
    let is_cared = names.clone().any(|name| CARES.contains(&name));
    match (names.any(|name| MARKS.contains(&name)), is_cared) {
        (true, _) => Mark::Work,
        (false, true) => Mark::Cared,
        (false, false) => Mark::None,
    }
}

/// Reads attributes into what is known already; unknown ones are hints.
pub fn read(attributes: &Attributes, span: &Span, into: &mut Directives, findings: &mut Findings) {
    into.id = attributes.id.clone().or(into.id.take());
    let is_gate =
        attributes.classes.iter().any(|class| class == "gate") || attributes.pairs.iter().any(|(key, _)| key == "gate");
    for class in &attributes.classes {
        match class.as_str() {
            "gate" | "hold" | "signoff" => into.gate = Some(into.gate.take().unwrap_or_else(open_gate)),
            "optional" => into.optional = Some(true),
            "required" => into.optional = Some(false),
            "critical" => into.critical = Some(true),
            "manual" => into.by_hand = Some(true),
            // Classes are for style sheets as well.
            class => unknown_class(class, &CLASSES, span, findings),
        }
    }
    for (key, node) in &attributes.pairs {
        let word = node.word().map(str::to_owned);
        match key.as_str() {
            "id" => into.id = word,
            "owner" => into.owner = word.map(String::into_boxed_str),
            "optional" => into.optional = node.truth(),
            "required" => into.optional = node.truth().map(|required| !required),
            "critical" => into.critical = node.truth(),
            "estimate" => into.estimate_s = seconds(node, span, findings),
            "soak" => into.soak_s = seconds(node, span, findings),
            "weight" => into.weight = number(node, span, findings),
            "when" => into.condition = word.map(String::into_boxed_str),
            "gate" => into.gate = gate(node, span, findings),
            "rollback" => into.rollback = word.as_deref().and_then(target),
            "manual" => into.by_hand = node.truth(),
            "link" => into.link = word,
            "evidence" => into.evidence = node.words(),
            "skip_if" => into.condition = word.map(|word| format!("unless {word}").into()),
            "signoff" => match node.truth() {
                Some(false) => into.gate = None,
                Some(true) => into.gate = Some(open_gate()),
                None => into.gate = Some(Gate { role: one_role(node, span, findings), ..open_gate() }),
            },
            "min" | "not" | "four_eyes" => {}
            "role" if is_gate => {}
            "role" => into.role = role(word.as_deref(), span, findings),
            other => unknown(other, "attribute", KNOWN, span, findings),
        }
    }
    let four_eyes = attributes.pairs.iter().find(|(key, _)| key == "four_eyes").and_then(|(_, node)| node.truth());
    if four_eyes == Some(true) || attributes.classes.iter().any(|class| class == "four_eyes") {
        into.gate.get_or_insert_with(open_gate).not_performer = true;
    }
    // `gate=dba min=2 not=performer` and `.gate role=dba` spell the gate's fields beside it.
    if let Some(gate) = into.gate.as_mut().filter(|_| is_gate) {
        gate_fields(gate, &attributes.pairs, span, findings);
    }
}

/// The meaning of all attributes of one heading or item.
pub fn of(attributes: &[Attributes], span: &Span, findings: &mut Findings) -> Directives {
    let mut directives = Directives::default();
    for attributes in attributes {
        read(attributes, span, &mut directives, findings);
    }
    directives
}

impl Directives {
    /// Says on a step what the author said.
    pub fn apply(self, step: &mut Step) {
        if let Some(id) = self.id {
            step.id = StepId(id);
        }
        step.optional = self.optional.unwrap_or(step.optional);
        step.critical = self.critical.unwrap_or(step.critical);
        step.estimate_s = self.estimate_s.or(step.estimate_s);
        step.weight = self.weight.unwrap_or(step.weight);
        step.gate = self.gate.map(Box::new).or(step.gate.take());
        let said = Rare {
            owner: self.owner,
            soak_s: self.soak_s,
            condition: self.condition,
            rollback: self.rollback.map(String::into_boxed_str),
            link: self.link.map(String::into_boxed_str),
        };
        step.rare = said.or(step.rare.take().map(|rare| *rare).unwrap_or_default()).kept();
        let line = step.line;
        step.criteria.extend(self.evidence.iter().map(|what| Quote { line, text: kept(what) }));
        step.by_hand = self.by_hand.unwrap_or(step.by_hand);
    }
}

/// What a person confirms when evidence is wanted.
#[must_use]
pub fn kept(what: &str) -> String {
    format!("evidence is kept: {what}")
}

/// The role of a gate; it has one.
pub fn one_role(node: &Node, span: &Span, findings: &mut Findings) -> Option<String> {
    let mut roles = node.words().into_iter().filter(|role| !role.is_empty());
    let role = roles.next();
    if roles.next().is_some() {
        findings
            .warning("bad-value", "a gate names one role", span.clone())
            .hint("put a gate of its own on a step for each role");
    }
    role
}

/// A number that counts or weighs.
pub fn number(node: &Node, span: &Span, findings: &mut Findings) -> Option<u32> {
    let word = node.word()?;
    let number = word.parse().ok();
    if number.is_none() {
        findings.warning("bad-value", format!("`{word}` is no number"), span.clone()).hint("write a whole number");
    }
    number
}

fn open_gate() -> Gate {
    Gate { role: None, min: 1, not_performer: false }
}

/// Reads `true`, a role, or `{role: dba, min: 2, not: performer}`.
pub fn gate(node: &Node, span: &Span, findings: &mut Findings) -> Option<Gate> {
    let mut gate = open_gate();
    match node {
        Node::Null => {}
        Node::Word(word) => match node.truth() {
            Some(false) => return None,
            Some(true) => {}
            None => gate.role = Some(word.trim().to_owned()).filter(|role| !role.is_empty()),
        },
        Node::List(_) => {
            findings
                .warning("bad-value", "a gate names one role", span.clone())
                .hint("write gate: {role: dba, min: 2}");
            gate.role = node.words().into_iter().next();
        }
        Node::Map(pairs) => {
            gate_fields(&mut gate, pairs, span, findings);
            for (key, _) in pairs.iter().filter(|(key, _)| !["role", "min", "not"].contains(&key.as_str())) {
                unknown(key, "gate field", &["role", "min", "not"], span, findings);
            }
        }
    }
    Some(gate)
}

fn gate_fields(gate: &mut Gate, pairs: &[(String, Node)], span: &Span, findings: &mut Findings) {
    for (key, node) in pairs {
        match key.as_str() {
            "role" => gate.role = node.word().map(str::to_owned),
            "min" => gate.min = number(node, span, findings).unwrap_or(1).max(1),
            "not" if node.word() == Some("performer") => gate.not_performer = true,
            "not" => {
                findings
                    .warning("bad-value", "`not` knows only `performer`", span.clone())
                    .hint("write not: performer");
            }
            _ => {}
        }
    }
}

/// The role of that name.
#[must_use]
pub fn role_named(word: &str) -> Option<Role> {
    ROLES.into_iter().find(|role| role.word() == word)
}

fn role(word: Option<&str>, span: &Span, findings: &mut Findings) -> Option<Role> {
    let word = word.unwrap_or("");
    let role = role_named(word);
    if role.is_none() {
        let known: Vec<&str> = ROLES.iter().map(|role| role.word()).collect();
        unknown(word, "role", &known, span, findings);
    }
    role
}

const ROLES: [Role; 10] = [
    Role::Prep,
    Role::Forward,
    Role::Verify,
    Role::Post,
    Role::Rollback,
    Role::Trouble,
    Role::Reference,
    Role::Ongoing,
    Role::Signoff,
    Role::Template,
];

#[cfg(test)]
mod tests {
    use super::super::attributes::{in_braces, in_comment};
    use super::*;

    fn read_all(attributes: &Attributes) -> (Directives, Vec<&'static str>) {
        let (mut directives, mut findings) = (Directives::default(), Findings::default());
        read(attributes, &(0..0), &mut directives, &mut findings);
        (directives, findings.codes())
    }

    #[test]
    fn a_gate_has_one_meaning_in_every_form() {
        let gate = Gate { role: Some("dba".into()), min: 2, not_performer: true };
        for attributes in [
            in_braces("{.gate role=dba min=2 not=performer}"),
            in_braces("{gate={role: dba, min: 2, not: performer}}"),
            in_braces("{gate=dba min=2 not=performer}"),
            in_comment("gonogo: gate: {role: dba, min: 2, not: performer}").unwrap(),
        ] {
            assert_eq!(
                read_all(&attributes),
                (Directives { gate: Some(gate.clone()), ..Directives::default() }, vec![])
            );
        }
        assert_eq!(read_all(&in_comment("gonogo: gate").unwrap()).0.gate, Some(open_gate()));
    }

    #[test]
    fn other_fields_and_mistakes() {
        let (directives, codes) =
            read_all(&in_braces("{#db owner=kim optional=true estimate=10m weight=4 role=verify ownr=x}"));
        assert_eq!(directives.id.as_deref(), Some("db"));
        assert_eq!(directives.owner.as_deref(), Some("kim"));
        assert_eq!((directives.optional, directives.estimate_s, directives.weight), (Some(true), Some(600), Some(4)));
        assert_eq!(directives.role, Some(Role::Verify));
        assert_eq!(codes, ["unknown-key"]);
    }
}
