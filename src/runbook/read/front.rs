//! Front matter: found only at line 1, read leniently, never a reason to fail.

use super::attributes::nearest;
use super::directives::{gate, number, one_role};
use super::findings::Findings;
use super::levels;
use super::options::{from, is_name, on_fail, seconds, session, target, unknown};
use crate::runbook::option::PhaseOptions;
use crate::runbook::yaml::{self, Node};
use crate::runbook::{FrontMatter, Gate, HookPoint, Hooks, Need, Requires, Span, Variable};
use std::collections::BTreeMap;

/// Where front matter stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// With its marker lines.
    pub whole: Span,
    /// Without them.
    pub inner: Span,
    pub syntax: Syntax,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// Between `---` and `---` or `...`.
    Yaml,
    /// Between `+++` lines.
    Toml,
}

/// Finds front matter: markers at line 1 and later, with something that looks like keys between them.
#[must_use]
pub fn find(text: &str) -> Option<Place> {
    let first = text.lines().next()?.trim_end();
    let syntax = match first {
        "---" => Syntax::Yaml,
        "+++" => Syntax::Toml,
        _ => return None,
    };
    let start = text.find('\n')? + 1;
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        let bare = line.trim_end();
        let closes = match syntax {
            Syntax::Yaml => bare == "---" || bare == "...",
            Syntax::Toml => bare == "+++",
        };
        if closes {
            let inner = start..at;
            let place = Place { whole: 0..at + bare.len(), inner: inner.clone(), syntax };
            return has_keys(&text[inner], syntax).then_some(place);
        }
        at += line.len();
    }
    None
}

/// A thematic break on line 1 may be followed by another one: between them stands prose, not keys.
fn has_keys(inner: &str, syntax: Syntax) -> bool {
    let first = inner.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let separator = match syntax {
        Syntax::Yaml => ':',
        Syntax::Toml => '=',
    };
    first.is_none_or(|line| {
        syntax == Syntax::Toml && line.starts_with('[')
            || line.split_once(separator).is_some_and(|(key, _)| {
                let key = key.trim().trim_matches(['"', '\'']);
                !key.is_empty() && key.len() <= 60 && key.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c))
            })
    })
}

#[rustfmt::skip]
const KNOWN: &[&str] = &[
    "title", "name", "id", "version", "owner", "summary", "description", "service", "environment", "ticket",
    "requester", "change", "tags", "estimate", "vars", "env", "secrets", "redact", "cwd", "shell", "session", "on_fail", "rollback", "timeout", "requires", "hooks",
    "calls", "polls", "gate", "gates", "signoff", "phases", "levels", "reviewed", "gonogo",
];

/// Reads the keys that are known.
#[must_use]
pub fn read(text: &str, place: &Place, findings: &mut Findings) -> FrontMatter {
    let mut front = FrontMatter::default();
    match place.syntax {
        Syntax::Toml => {
            findings
                .hint(
                    "toml-front-matter",
                    "of TOML front matter only plain words at its top are read",
                    place.whole.clone(),
                )
                .hint("write it as YAML between --- lines");
            for (key, word) in toml_words(&text[place.inner.clone()]) {
                put(key, &Node::Word(word.to_owned()), &place.whole, &mut front, findings);
            }
        }
        Syntax::Yaml => {
            let (pairs, broken) = yaml::mapping(&text[place.inner.clone()]);
            if let Some(broken) = broken {
                let at = place.inner.start;
                let message = format!("the front matter is not valid YAML: {}", broken.message);
                findings
                    .warning("front-matter", message, broken.line.map_or(at..at, |line| line_span(text, place, line)))
                    .hint("its plain `key: value` lines are used");
            }
            let mut ignored = Vec::new();
            for (key, node) in &pairs {
                let span = key_span(text, place, key);
                if !put(key, node, &span, &mut front, findings) {
                    ignored.push((key.as_str(), span));
                }
            }
            report(&ignored, findings);
        }
    }
    front
}

/// `key = "word"` lines before the first `[table]`.
fn toml_words(inner: &str) -> impl Iterator<Item = (&str, &str)> {
    inner
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .map(|(key, word)| (key.trim(), word.trim()))
        .filter(|(_, word)| word.len() >= 2 && word.starts_with(['"', '\'']) && word.ends_with(['"', '\'']))
        .map(|(key, word)| (key, &word[1..word.len() - 1]))
}

fn line_span(text: &str, place: &Place, line: usize) -> Span {
    let start = place.inner.start
        + text[place.inner.clone()].split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum::<usize>();
    start..start
}

/// Where a key stands; the beginning of the document if it does not.
#[must_use]
pub fn span_of(text: &str, key: &str) -> Span {
    find(text).map_or(0..0, |place| key_span(text, &place, key))
}

/// Where a phase is named in the fields that name some.
#[must_use]
pub fn span_of_phase(text: &str, id: &str) -> Span {
    let Some(place) = find(text).filter(|_| !id.is_empty()) else { return 0..0 };
    let is_part = |c: char| c.is_alphanumeric() || "-_".contains(c);
    let fields = ["gate", "gates", "phases", "signoff"].map(|key| key_span(text, &place, key)).into_iter();
    let fields: Vec<Span> = fields.filter(|span| !span.is_empty()).collect();
    let named = fields.iter().find_map(|field| {
        let inner = &text[field.end..place.inner.end];
        // As far as the next field, which begins at the margin.
        let ends =
            |(at, _): &(usize, &str)| inner[at + 1..].starts_with(|c: char| !c.is_whitespace() && c != '-' && c != '}');
        let inner = &inner[..inner.match_indices('\n').find(ends).map_or(inner.len(), |(at, _)| at)];
        let found = inner
            .match_indices(id)
            .find(|(at, _)| !inner[..*at].ends_with(is_part) && !inner[at + id.len()..].starts_with(is_part));
        found.map(|(at, _)| field.end + at..field.end + at + id.len())
    });
    named.or(fields.into_iter().next()).unwrap_or(0..0)
}

fn key_span(text: &str, place: &Place, key: &str) -> Span {
    let mut at = place.inner.start;
    for line in text[place.inner.clone()].split_inclusive('\n') {
        if line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':')) {
            return at..at + key.len();
        }
        at += line.len();
    }
    place.inner.start..place.inner.start
}

/// Documents carry keys for other programs. Only one that looks like a slip of the pen is worth a hint of its own.
fn report(ignored: &[(&str, Span)], findings: &mut Findings) {
    for (key, span) in ignored {
        if nearest(key, KNOWN).is_some() {
            unknown(key, "front matter key", KNOWN, span, findings);
        }
    }
}

fn put(key: &str, node: &Node, span: &Span, front: &mut FrontMatter, findings: &mut Findings) -> bool {
    let word = || node.word().filter(|word| !word.is_empty()).map(str::to_owned);
    match key.to_lowercase().as_str() {
        "title" => front.title = word().or(front.title.take()),
        "name" => front.title = front.title.take().or(word()),
        "id" => front.id = word(),
        "version" => front.version = word(),
        "owner" => front.owner = word().or_else(|| Some(node.words().join(", ")).filter(|owner| !owner.is_empty())),
        "summary" | "description" => front.summary = front.summary.take().or(word()),
        "service" => front.service = word(),
        "environment" => front.environment = word(),
        "ticket" | "change" => front.ticket = word(),
        "requester" | "requested_by" | "requested-by" => front.requester = word(),
        "tags" => front.tags = node.words(),
        "estimate" => front.estimate_s = seconds(node, span, findings),
        "vars" => front.vars = variables(node, span, findings),
        "env" => front.env = words_by_key(node, span, findings),
        "secrets" | "redact" => front.secrets = secrets(node, span, findings),
        "cwd" => front.cwd = word(),
        "shell" => front.shell = word(),
        "rollback" => front.rollback = node.word().and_then(target),
        "on_fail" => front.on_fail = on_fail(node, span, findings),
        "session" => front.session = session(node, span, findings),
        "timeout" => front.timeout_s = seconds(node, span, findings),
        "requires" => front.requires = requires(node, span, findings),
        "hooks" => front.hooks = hooks(node, span, findings),
        "reviewed" => front.reviewed = word(),
        "levels" => levels::read(node, span, front, findings),
        "signoff" => sign_off(node, span, front, findings),
        "calls" | "polls" => front.calls.extend(callers(node, span, findings)),
        "gate" | "gates" => {
            for (phase, node) in node.entries() {
                front.gates.extend(gate(node, span, findings).map(|gate| (phase.clone(), gate)));
            }
            if node.entries().is_empty() {
                findings
                    .warning("bad-value", "gates in front matter are named by phase id", span.clone())
                    .hint("write gate: {phase-id: {role: dba}}");
            }
        }
        "phases" => phases(node, span, front, findings),
        "gonogo" => {}
        _ => return false,
    }
    true
}

/// Names of variables: `[ZED]`, `ZED`, `$ZED`, `{ZED: true}`, `[{name: ZED}]`.
fn secrets(node: &Node, span: &Span, findings: &mut Findings) -> Vec<String> {
    let of_entries = |node: &Node| -> Vec<String> {
        let entries = node.entries();
        if let Some(name) = entries.iter().find(|(key, _)| key == "name").and_then(|(_, node)| node.word()) {
            return vec![name.to_owned()];
        }
        entries.iter().filter(|(_, node)| node.truth() != Some(false)).map(|(key, _)| key.clone()).collect()
    };
    let mut names = node.words();
    match node {
        Node::List(nodes) => names.extend(nodes.iter().flat_map(of_entries)),
        Node::Map(_) => names.extend(of_entries(node)),
        Node::Null | Node::Word(_) => {}
    }
    for name in &mut names {
        let bare = name.trim();
        let bare = bare.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).unwrap_or(bare);
        *name = bare.strip_prefix('$').unwrap_or(bare).to_owned();
        if !is_name(name) {
            findings
                .warning("bad-value", format!("`{name}` among the secrets is no name of a variable"), span.clone())
                .hint("write the names alone, such as secrets: [PGPASSWORD]");
        }
    }
    names.retain(|name| is_name(name));
    if names.is_empty() && node.words().is_empty() && !is_empty(node) {
        ill_formed("secrets", "secrets: [PGPASSWORD]", span, findings);
    }
    names
}

/// A field whose value has another form than it can have: nothing of it is taken in.
pub fn ill_formed(key: &str, example: &str, span: &Span, findings: &mut Findings) {
    findings
        .warning("bad-value", format!("what `{key}` says is not understood: nothing of it is used"), span.clone())
        .hint(format!("write {example}"));
}

/// Nothing was said, or nothing is wanted.
fn is_empty(node: &Node) -> bool {
    match node {
        Node::Null => true,
        Node::Word(word) => word.trim().is_empty(),
        Node::List(nodes) => nodes.is_empty(),
        Node::Map(pairs) => pairs.is_empty(),
    }
}

/// Says so if a field that maps names to values does not.
fn expect_map(key: &str, node: &Node, example: &str, span: &Span, findings: &mut Findings) {
    if !matches!(node, Node::Map(_)) && !is_empty(node) {
        ill_formed(key, example, span, findings);
    }
}

fn words_by_key(node: &Node, span: &Span, findings: &mut Findings) -> BTreeMap<String, String> {
    expect_map("env", node, "env: {NAME: value}", span, findings);
    node.entries().iter().filter_map(|(key, node)| Some((key.clone(), node.word()?.to_owned()))).collect()
}

/// A list of commands, or lists by kind.
fn requires(node: &Node, span: &Span, findings: &mut Findings) -> Requires {
    let needs =
        |node: &Node| node.words().iter().map(|word| Need::read(word)).filter(|need| !need.name.is_empty()).collect();
    let mut requires = Requires::default();
    if node.entries().is_empty() {
        requires.commands = needs(node);
    }
    for (key, node) in node.entries() {
        match key.as_str() {
            "commands" | "command" | "tools" => requires.commands = needs(node),
            "files" | "file" => requires.files = node.words(),
            "env" | "variables" => requires.env = node.words(),
            "ports" | "port" => requires.ports = node.words(),
            other => unknown(other, "requirement", &["commands", "files", "env", "ports"], span, findings),
        }
    }
    requires
}

/// Roles, or polls that name their role: `{call: database, role: dba}`.
fn callers(node: &Node, span: &Span, findings: &mut Findings) -> Vec<String> {
    if let Node::Map(_) = node {
        ill_formed("calls", "calls: [network, database]", span, findings);
    }
    let Node::List(nodes) = node else { return node.words() };
    let of = |key: &str, node: &Node| {
        node.entries().iter().find(|(name, _)| name == key).and_then(|(_, node)| node.word()).map(str::to_owned)
    };
    let role = |node: &Node| node.word().map(str::to_owned).or_else(|| of("role", node)).or_else(|| of("call", node));
    nodes.iter().filter_map(role).filter(|role| !role.is_empty()).collect()
}

/// `{roles: [dba], four_eyes: true, at: [switch-over]}`: the same gate for several phases.
fn sign_off(node: &Node, span: &Span, front: &mut FrontMatter, findings: &mut Findings) {
    let mut wanted = Gate { role: None, min: 1, not_performer: false };
    let mut phases = Vec::new();
    for (key, node) in node.entries() {
        match key.as_str() {
            "roles" | "role" => wanted.role = one_role(node, span, findings),
            "four_eyes" => wanted.not_performer = node.truth().unwrap_or(false),
            "at" => phases = node.words(),
            other => unknown(other, "sign-off field", &["roles", "four_eyes", "at"], span, findings),
        }
    }
    if phases.is_empty() {
        findings
            .warning("bad-value", "a sign-off in front matter names the phases that wait for it", span.clone())
            .hint("write signoff: {roles: [dba], at: [phase-id]}");
    }
    front.gates.extend(phases.into_iter().map(|phase| (phase, wanted.clone())));
}

/// Commands by the point at which they run; a single one needs no list.
fn hooks(node: &Node, span: &Span, findings: &mut Findings) -> Hooks {
    let mut hooks = Hooks::new();
    for (key, node) in node.entries() {
        let commands: Vec<String> = match node.word() {
            Some(word) => vec![word.to_owned()],
            None => node.words(),
        };
        match HookPoint::read(key) {
            Some(point) => {
                let commands = commands.into_iter().filter(|command| !command.trim().is_empty());
                hooks.entry(point).or_default().extend(commands);
            }
            None => unknown(key, "hook", &HookPoint::ALL.map(HookPoint::word), span, findings),
        }
    }
    hooks.retain(|_, commands| !commands.is_empty());
    hooks
}

fn phases(node: &Node, span: &Span, front: &mut FrontMatter, findings: &mut Findings) {
    expect_map("phases", node, "phases: {phase-id: {weight: 5}}", span, findings);
    for (phase, node) in node.entries() {
        let mut options = PhaseOptions::default();
        for (key, node) in node.entries() {
            match key.as_str() {
                "estimate" => options.estimate_s = seconds(node, span, findings),
                "weight" => options.weight = number(node, span, findings),
                "optional" => options.optional = node.truth(),
                "rollback" => options.rollback = node.word().and_then(target),
                "gate" => front.gates.extend(gate(node, span, findings).map(|gate| (phase.clone(), gate))),
                other => unknown(
                    other,
                    "phase option",
                    &["estimate", "weight", "optional", "gate", "rollback"],
                    span,
                    findings,
                ),
            }
        }
        front.phases.insert(phase.clone(), options);
    }
}

fn variables(node: &Node, span: &Span, findings: &mut Findings) -> BTreeMap<String, Variable> {
    expect_map("vars", node, "vars: {name: {prompt: …}}", span, findings);
    node.entries().iter().map(|(name, node)| (name.clone(), variable(name, node, span, findings))).collect()
}

/// A variable is a default, or a mapping that says more.
fn variable(name: &str, node: &Node, span: &Span, findings: &mut Findings) -> Variable {
    let mut variable = Variable::default();
    match node {
        Node::Null | Node::List(_) => variable.choices = node.words(),
        Node::Word(word) => variable.default = Some(word.clone()),
        Node::Map(pairs) => {
            for (key, node) in pairs {
                let word = node.word().map(str::to_owned);
                match key.as_str() {
                    "prompt" => variable.prompt = word,
                    "default" => variable.default = word,
                    "choices" => variable.choices = node.words(),
                    "pattern" => variable.pattern = word,
                    "secret" => variable.secret = node.truth().unwrap_or(false),
                    "from" => variable.from = from(name, node, span, findings),
                    other => unknown(
                        other,
                        "variable field",
                        &["prompt", "default", "choices", "pattern", "secret", "from"],
                        span,
                        findings,
                    ),
                }
            }
        }
    }
    variable
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::OnFail;

    fn front(text: &str) -> (FrontMatter, Vec<&'static str>) {
        let mut findings = Findings::default();
        let place = find(text).expect("there is front matter");
        (read(text, &place, &mut findings), findings.codes())
    }

    #[test]
    fn secrets_are_named_in_every_form() {
        for secrets in ["[ZED]", "ZED", "$ZED", "[$ZED]", "['${ZED}']", "{ZED: true}", "[{name: ZED}]"] {
            let (front, codes) = front(&format!("---\nsecrets: {secrets}\n---\n"));
            assert_eq!((front.secrets, codes), (vec!["ZED".to_owned()], vec![]), "{secrets}");
        }
        assert_eq!(front("---\nsecrets: [a b, ZED]\n---\n").0.secrets, ["ZED"]);
        assert_eq!(front("---\nsecrets: [a b, ZED]\n---\n").1, ["bad-value"]);
        assert_eq!(front("---\nsecrets: [[ZED]]\n---\n").1, ["bad-value"]);
    }

    #[test]
    fn fields_of_another_form_are_not_dropped_in_silence() {
        for line in ["vars: [a]", "calls: {a: b}", "phases: [a]", "levels: h2", "levels: [h2, h3]", "env: [A]"] {
            assert_eq!(front(&format!("---\n{line}\n---\n")).1, ["bad-value"], "{line}");
        }
        for line in ["vars:", "calls: []", "phases:", "levels:", "env: {}", "secrets: []"] {
            assert_eq!(front(&format!("---\n{line}\n---\n")).1, Vec::<&str>::new(), "{line}");
        }
    }

    #[test]
    fn front_matter_is_found_only_at_line_1() {
        assert!(find("---\ntitle: x\n---\n").is_some());
        assert!(find("---\ntitle: x\n...\n").is_some());
        assert!(find("+++\ntitle = 'x'\n+++\n").is_some());
        assert_eq!(find("\n---\ntitle: x\n---\n"), None);
        assert_eq!(find("---\n\nJust a rule above this sentence.\n\n---\n"), None);
        assert_eq!(find("---\ntitle: x\n"), None);
    }

    #[test]
    fn fields_are_read_in_their_short_and_long_forms() {
        let (front, codes) = front(
            "---\ntitle: Move 🚚\nowner: [kim, lee]\nestimate: 2h\nvars:\n  HOST: db1\n  TOKEN: {prompt: Token?, secret: yes}\ncalls: [dba, lead]\n\
             gate: {copy: {role: dba, min: 2, not: performer}}\nphases: {copy: {weight: 4, estimate: 10m}}\nrequires: {commands: [psql >= 14], ports: [\"db1:5432\"]}\n---\n",
        );
        assert_eq!(codes, Vec::<&str>::new());
        assert_eq!((front.title.as_deref(), front.owner.as_deref()), (Some("Move 🚚"), Some("kim, lee")));
        assert_eq!(front.estimate_s, Some(7200));
        assert_eq!(front.vars["HOST"].default.as_deref(), Some("db1"));
        assert!(front.vars["TOKEN"].secret);
        assert_eq!(front.calls, ["dba", "lead"]);
        assert_eq!(front.gates["copy"], Gate { role: Some("dba".into()), min: 2, not_performer: true });
        assert_eq!(front.phases["copy"].weight, Some(4));
        assert_eq!(front.requires.commands, [Need::read("psql >= 14")]);
        assert_eq!(front.requires.commands[0].version, Some((crate::runbook::VersionRule::AtLeast, vec![14])));
        assert_eq!(front.requires.ports, ["db1:5432"]);
    }

    #[test]
    fn a_value_may_come_from_the_environment_however_its_name_is_written() {
        for written in ["DB_HOST", "$DB_HOST", "'${DB_HOST}'", "env:DB_HOST", "'env: $DB_HOST'"] {
            let (front, codes) = front(&format!("---\nvars: {{host: {{from: {written}}}}}\n---\n"));
            assert_eq!((front.vars["host"].from.as_deref(), codes), (Some("DB_HOST"), vec![]), "{written}");
        }
        for written in ["a b", "1ST", "''", "$", "'${A'", "a-b", "[A]"] {
            let (front, codes) = front(&format!("---\nvars: {{host: {{from: {written}}}}}\n---\n"));
            assert_eq!((front.vars["host"].from.as_deref(), codes), (None, vec!["bad-value"]), "{written}");
        }
    }

    #[test]
    fn what_follows_a_failure_is_one_of_three_words() {
        for on_fail in OnFail::ALL {
            let read = front(&format!("---\non_fail: {}\n---\n", on_fail.word()));
            assert_eq!((read.0.on_fail, read.1), (Some(on_fail), vec![]));
        }
        for wrong in ["contineu", "''", "[stop]", "{a: b}"] {
            let read = front(&format!("---\non_fail: {wrong}\n---\n"));
            assert_eq!((read.0.on_fail, read.1), (None, vec!["bad-value"]), "{wrong}");
        }
        assert_eq!(front("---\non_fial: stop\n---\n").1, ["unknown-key"]);
    }

    #[test]
    fn mistakes_are_problems_and_nothing_more() {
        assert_eq!(front("---\ntitle: a\ntitle: b\n---\n").0.title.as_deref(), Some("b"));
        let (broken, codes) = front("---\ntitle: Release: now\nlist: [a\n---\n");
        assert_eq!((broken.title.as_deref(), codes), (Some("Release: now"), vec!["front-matter"]));
        assert_eq!(front("---\nlayout: page\nowne: kim\n---\n").1, ["unknown-key"]);
        assert_eq!(front("+++\na = 1\n+++\n").1, ["toml-front-matter"]);
    }
}
