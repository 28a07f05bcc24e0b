//! What stands behind a fence's language: the block's options.

use super::attributes::{self, Attributes};
use super::directives::number;
use super::estimate;
use super::findings::Findings;
use crate::runbook::yaml::Node;
use crate::runbook::{BlockKind, BlockOptions, Compare, OnFail, RunPolicy, ShellSession, Span};

/// A fence's language and options.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Info {
    /// Lower case; empty when untagged.
    pub lang: String,
    pub options: BlockOptions,
    pub remarks: Remarks,
}

/// Keys that mean something here.
#[rustfmt::skip]
pub const KNOWN: &[&str] = &[
    "name", "id", "run", "kind", "pty", "interactive", "interpreter", "shell", "cwd", "env", "timeout", "expect",
    "expect_exit", "exit", "match", "not_match", "save", "expected_similarity", "endless", "background", "until", "watch", "soak", "compare", "http",
    "every", "interval", "tag", "tags", "retries", "retry_delay", "needs", "when", "once", "split", "secret",
    "confirm", "danger", "manual", "session", "rollback", "excludefromrunall", "title", "file", "filename", "lang", "language",
];
/// Keys of neighbouring tools that are understood and of no consequence.
#[rustfmt::skip]
pub const SILENT: &[&str] = &[
    "category", "promptenv", "mimetype", "closeterminalonsuccess", "terminalrows", "linenos", "linenums",
    "hl_lines", "emphasize-lines", "caption", "echo", "eval", "include", "numberlines", "startfrom", "collapsed",
    "copy", "wrap", "start", "highlight", "stage",
];

/// What a fence says beyond [`BlockOptions`]: it is taken in where the whole document is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remarks {
    /// Variables whose values are secret.
    pub secrets: Vec<String>,
    /// The block is as dangerous as can be, whatever its text looks like.
    pub danger: bool,
    /// What tells its success could not be understood: a person has to look.
    pub is_unclear: bool,
}

/// Reads what stands behind the opening marks, and Quarto's `#|` lines at the head of the code.
#[must_use]
pub fn of_fence(info: &str, text: &str, span: &Span, findings: &mut Findings) -> Info {
    let info = info.trim();
    if !says_more(info, text) {
        return Info { lang: info.to_lowercase(), ..Info::default() };
    }
    let (words, braces) = match info.find('{') {
        Some(at) => (&info[..at], &info[at..]),
        None => (info, ""),
    };
    let mut result = Info::default();
    for (at, word) in words.split([' ', ',', '\t']).filter(|word| !word.is_empty()).enumerate() {
        if at == 0 {
            result.lang = word.to_lowercase();
        } else {
            plain_word(word, &mut result.options);
        }
    }
    if !braces.is_empty() {
        let end = braces.rfind('}').map_or(braces.len(), |at| at + 1);
        let found = attributes::in_braces(&braces[..end]);
        let behind = braces[end..].split_whitespace().next().unwrap_or("");
        apply(&found, behind, &mut result, span, findings);
        // Only here: outside of braces other tools use the word for a caption.
        let file = found.pairs.iter().rfind(|(key, _)| key.eq_ignore_ascii_case("file"));
        result.options.file = file.map(|(_, node)| node.word().unwrap_or_default().trim().to_owned());
    }
    for line in text.lines().map_while(|line| line.strip_prefix("#|")) {
        if let Some((key, value)) = line.split_once(':') {
            let pair = (key.trim().to_owned(), Node::Word(value.trim().to_owned()));
            put(&pair, &mut result, span, findings);
        }
    }
    result
}

/// Whether a fence may say more than its language.
#[must_use]
pub fn says_more(info: &str, text: &str) -> bool {
    info.trim().contains(['{', ' ', ',', '\t']) || text.starts_with("#|")
}

fn plain_word(word: &str, options: &mut BlockOptions) {
    if ["ignore", "no_run", "norun", "no-run"].contains(&word) {
        options.run = RunPolicy::Never;
    }
}

fn apply(found: &Attributes, behind: &str, info: &mut Info, span: &Span, findings: &mut Findings) {
    for (at, class) in found.classes.iter().enumerate() {
        if at == 0 && info.lang.is_empty() {
            // `{code-block} bash` names its language behind the braces, `{.bash}` and `{bash}` within.
            let names_code = ["code-block", "code-cell", "code", "sourcecode"].contains(&class.as_str());
            info.lang = if names_code { behind } else { class }.to_lowercase();
        } else {
            plain_word(class, &mut info.options);
            match class.as_str() {
                "once" => info.options.once = true,
                "split" => info.options.split = true,
                "secret" => info.options.secret = true,
                "confirm" => info.options.confirm = Some(true),
                "interactive" => info.options.interactive = Some(true),
                "danger" => info.remarks.danger = true,
                "manual" | "never" => info.options.run = RunPolicy::Never,
                class => word_in_braces(class, info, span, findings),
            }
        }
    }
    info.options.name = info.options.name.take().or(found.id.clone());
    for pair in &found.pairs {
        put(pair, info, span, findings);
    }
}

/// `run:never` is no class and means what it says. Classes are for style sheets as well: one that is near to a known word is
/// worth a hint, and nothing else.
fn word_in_braces(class: &str, info: &mut Info, span: &Span, findings: &mut Findings) {
    if let Some((key, value)) = class.split_once(':').filter(|(key, _)| KNOWN.contains(key)) {
        let message = format!("`{class}` is read as `{key}={value}`");
        findings.hint("unknown-key", message, span.clone()).hint("write an equals sign between a key and its value");
        put(&(key.to_owned(), Node::Word(value.to_owned())), info, span, findings);
        return;
    }
    unknown_class(class, CLASSES, span, findings);
}

const CLASSES: &[&str] = &["once", "split", "secret", "confirm", "interactive", "danger", "manual", "never"];

/// A hint about a class that is a slip of the pen.
pub fn unknown_class(class: &str, known: &[&str], span: &Span, findings: &mut Findings) {
    let is_known = known.contains(&class);
    if let Some(near) = attributes::nearest(class, known).filter(|near| !is_known && near.len() > 4) {
        findings
            .hint("unknown-key", format!("the class `{class}` says nothing"), span.clone())
            .hint(format!("did you mean `{near}`?"));
    }
}

fn put((key, node): &(String, Node), info: &mut Info, span: &Span, findings: &mut Findings) {
    let Info { options, remarks, .. } = info;
    if put_condition(key, node, options, remarks, span, findings) {
        return;
    }
    let word = node.word().map(str::to_owned);
    match key.to_lowercase().as_str() {
        "name" | "id" => options.name = word,
        "kind" => options.kind = kind(word.as_deref(), span, findings),
        "run" => options.run = policy(word.as_deref(), span, findings),
        "excludefromrunall" if node.truth() == Some(true) => options.run = RunPolicy::Ask,
        "pty" => options.pty = truth(key, node, span, findings),
        "manual" => {
            if truth(key, node, span, findings) != Some(false) {
                options.run = RunPolicy::Never;
            }
        }
        "interactive" => options.interactive = truth(key, node, span, findings),
        "endless" | "background" => options.endless = truth(key, node, span, findings),
        "interpreter" | "shell" => options.interpreter = word,
        "rollback" => options.rollback = word.as_deref().and_then(target),
        "session" => options.session = session(node, span, findings),
        "cwd" => options.cwd = word,
        "env" => {
            options.env =
                node.entries().iter().filter_map(|(key, node)| Some((key.clone(), node.word()?.to_owned()))).collect();
        }
        "timeout" => options.timeout_s = seconds(node, span, findings),
        "expect" | "expect_exit" | "exit" => {
            let understood = codes(key, node, span, findings);
            remarks.is_unclear |= understood.is_none();
            options.expect_exit = understood.unwrap_or_default();
        }
        "http" => {
            let understood = codes(key, node, span, findings);
            remarks.is_unclear |= understood.is_none();
            options.http = understood.unwrap_or_default();
        }
        "compare" | "expected_similarity" => options.compare = compare(word.as_deref(), span, findings),
        "watch" | "soak" => options.watch_s = seconds(node, span, findings),
        "every" | "interval" => options.every_s = seconds(node, span, findings),
        "match" | "not_match" | "until" => {
            remarks.is_unclear |= !is_pattern(key, word.as_deref(), span, findings);
            match key.to_lowercase().as_str() {
                "match" => options.matches = word,
                "not_match" => options.not_matches = word,
                _ => options.until = word,
            }
        }
        "save" => options.save = word.filter(|name| may_be_saved(name, span, findings)),
        "tag" | "tags" => options.tags = node.words(),
        other
            if KNOWN.contains(&other)
                || SILENT.contains(&other)
                || other.chars().any(|c| !(c.is_alphanumeric() || "_-".contains(c))) => {}
        other => unknown(other, "block attribute", KNOWN, span, findings),
    }
}

/// The keys that say when and how often a block may run, and what of it is secret. Says whether it was one of them.
fn put_condition(
    key: &str,
    node: &Node,
    options: &mut BlockOptions,
    remarks: &mut Remarks,
    span: &Span,
    findings: &mut Findings,
) -> bool {
    match key.to_lowercase().as_str() {
        "retries" => options.retries = number(node, span, findings).unwrap_or(0),
        "retry_delay" => options.retry_delay_s = seconds(node, span, findings),
        "needs" => options.needs.extend(node.words().into_iter().filter(|word| !word.is_empty())),
        "when" => options.when = node.word().map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()),
        "once" => options.once = truth(key, node, span, findings).unwrap_or(false),
        "split" => options.split = truth(key, node, span, findings).unwrap_or(false),
        "confirm" => options.confirm = truth(key, node, span, findings),
        "danger" => remarks.danger = truth(key, node, span, findings).unwrap_or(false),
        "secret" => match node.truth() {
            Some(secret) => options.secret = secret,
            // Names of variables, whose values are secret from then on.
            None => remarks.secrets = node.words(),
        },
        _ => return false,
    }
    true
}

fn truth(key: &str, node: &Node, span: &Span, findings: &mut Findings) -> Option<bool> {
    let truth = node.truth();
    if truth.is_none() {
        let message = format!("`{key}={}` is neither true nor false", node.word().unwrap_or_default());
        findings.warning("bad-value", message, span.clone()).hint(format!("write {key}=true, or nothing"));
    }
    truth
}

/// Numbers separated by commas; none if one of them is no such number.
fn codes<T: std::str::FromStr>(key: &str, node: &Node, span: &Span, findings: &mut Findings) -> Option<Vec<T>> {
    let words = node.words();
    let codes: Option<Vec<T>> = words.iter().map(|word| word.parse().ok()).collect();
    let codes = codes.filter(|codes| !codes.is_empty());
    if codes.is_none() {
        let message = format!("`{key}={}` is not understood: a person has to look at what comes", words.join(","));
        findings.warning("bad-value", message, span.clone()).hint(format!("write numbers, such as {key}=0,3"));
    }
    codes
}

/// Whether a regular expression can be one.
fn is_pattern(key: &str, word: Option<&str>, span: &Span, findings: &mut Findings) -> bool {
    let pattern = word.unwrap_or_default();
    // The same as when it is compared.
    let mistake = match regex::bytes::Regex::new(&format!("(?m){pattern}")) {
        Ok(_) if !pattern.is_empty() => return true,
        Ok(_) => "it is empty".to_owned(),
        Err(regex::Error::Syntax(message)) => message.lines().last().unwrap_or_default().replace("error: ", ""),
        Err(_) => "it is too large".to_owned(),
    };
    findings
        .warning("bad-value", format!("`{key}={pattern}` is no regular expression: {mistake}"), span.clone())
        .hint("write a backslash before a mark that stands for itself");
    false
}

/// Names that the shell and its programs live by.
#[rustfmt::skip]
const KEPT: &[&str] = &[
    "PATH", "HOME", "IFS", "PWD", "OLDPWD", "SHELL", "USER", "LOGNAME", "TERM", "TMPDIR", "ENV", "BASH_ENV", "SHELLOPTS", "BASHOPTS", "PS4", "UID",
    "EUID", "PPID", "PROMPT_COMMAND", "CDPATH", "ZDOTDIR", "LANG", "SHLVL",
];

/// Whether a variable can take an output, and nothing else is lost by that.
fn may_be_saved(name: &str, span: &Span, findings: &mut Findings) -> bool {
    let why = if !is_name(name) {
        "is no name of a variable"
    } else if KEPT.contains(&name) || ["LD_", "DYLD_", "LC_"].iter().any(|start| name.starts_with(start)) {
        "is what the shell lives by"
    } else {
        return true;
    };
    findings
        .warning("bad-value", format!("`save={name}` {why}: nothing is saved"), span.clone())
        .hint("write a name of your own, such as save=TOKEN");
    false
}

/// Whether a word can name a variable of the shell.
#[must_use]
pub fn is_name(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with(|c: char| c.is_ascii_digit())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `exact`, `contains`, `regex`, or how similar the output has to be: `0.8`, `80%`.
fn compare(word: Option<&str>, span: &Span, findings: &mut Findings) -> Option<Compare> {
    let word = word.unwrap_or("");
    let share = || match word.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok(),
        None => word.parse::<f64>().ok().map(|share| share * 100.0),
    };
    let found = match word {
        "exact" => Some(Compare::Exact),
        "contains" => Some(Compare::Contains),
        "regex" | "match" => Some(Compare::Pattern),
        _ => share().filter(|percent| (0.0..=100.0).contains(percent)).map(|percent| Compare::Similar {
            percent: (0..=100).rev().find(|whole| f64::from(*whole) <= percent + 0.001).unwrap_or(0),
        }),
    };
    if found.is_none() {
        let message = format!("`compare={word}` is not understood");
        findings.warning("bad-value", message, span.clone()).hint("use exact, contains, regex or a share such as 0.8");
    }
    found
}

/// Whether and how it runs. What is not understood does not run.
fn policy(word: Option<&str>, span: &Span, findings: &mut Findings) -> RunPolicy {
    match word.unwrap_or("").trim().to_lowercase().as_str() {
        "ask" | "true" | "yes" | "manual" => RunPolicy::Ask,
        "auto" => RunPolicy::Auto,
        "never" | "false" | "no" => RunPolicy::Never,
        other => {
            let message = format!("`run={other}` is not understood");
            findings
                .warning("bad-value", message, span.clone())
                .hint("use ask, auto or never; until then it is never run");
            RunPolicy::Never
        }
    }
}

fn kind(word: Option<&str>, span: &Span, findings: &mut Findings) -> Option<BlockKind> {
    let word = word.unwrap_or_default().trim().to_lowercase();
    let kind = BlockKind::read(&word);
    if kind.is_none() {
        let known = BlockKind::ALL.map(BlockKind::word);
        let finding = findings.warning("bad-value", format!("`kind={word}` is not understood"), span.clone());
        match attributes::nearest(&word, &known) {
            Some(near) => finding.hint(format!("did you mean `{near}`?")),
            None => finding.hint(format!("use {}", known.join(", "))),
        }
    }
    kind
}

/// The name of what takes something back; a link's `#` is no part of it.
#[must_use]
pub fn target(word: &str) -> Option<String> {
    let name = word.trim().trim_start_matches('#');
    (!name.is_empty()).then(|| name.to_owned())
}

/// What a block takes over from the one before it.
pub fn session(node: &Node, span: &Span, findings: &mut Findings) -> Option<ShellSession> {
    let word = node.word().unwrap_or_default().trim().to_lowercase();
    let session = ShellSession::read(&word);
    if session.is_none() {
        let known = ShellSession::ALL.map(ShellSession::word);
        let finding = findings.warning("bad-value", format!("`session={word}` is not understood"), span.clone());
        match attributes::nearest(&word, &known) {
            Some(near) => finding.hint(format!("did you mean `{near}`?")),
            None => finding.hint("use fresh, carry or shared"),
        }
    }
    session
}

/// What follows a failed step.
pub fn on_fail(node: &Node, span: &Span, findings: &mut Findings) -> Option<OnFail> {
    let word = node.word().unwrap_or_default().trim().to_lowercase();
    let on_fail = OnFail::read(&word);
    if on_fail.is_none() {
        let known = OnFail::ALL.map(OnFail::word);
        let finding = findings.warning("bad-value", format!("`on_fail: {word}` is not understood"), span.clone());
        match attributes::nearest(&word, &known) {
            Some(near) => finding.hint(format!("did you mean `{near}`?")),
            None => finding.hint("use stop, continue or rollback"),
        }
    }
    on_fail
}

/// The environment variable that a value comes from: `DB_HOST`, also written `$DB_HOST`, `${DB_HOST}`, `env:DB_HOST`.
pub fn from(variable: &str, node: &Node, span: &Span, findings: &mut Findings) -> Option<String> {
    let word = node.word().unwrap_or_default().trim();
    let inner = word.strip_prefix("env:").map_or(word, str::trim);
    let name = inner.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let name = name.or_else(|| inner.strip_prefix('$')).unwrap_or(inner);
    if !is_name(name) {
        let message = format!("`from: {word}` of `{variable}` is no name of an environment variable");
        findings.warning("bad-value", message, span.clone()).hint("write its name alone, such as from: DB_HOST");
    }
    is_name(name).then(|| name.to_owned())
}

/// A duration such as `30s` or `5 min`; a bare number counts seconds.
pub fn seconds(node: &Node, span: &Span, findings: &mut Findings) -> Option<u32> {
    let word = node.word()?;
    let seconds = word.parse().ok().or_else(|| estimate::duration(word));
    if seconds.is_none() {
        let message = format!("`{word}` is no duration");
        findings.warning("bad-value", message, span.clone()).hint("write 30s, 5 min or 2h");
    }
    seconds
}

/// Says that a key is unknown, and which one may have been meant.
pub fn unknown(key: &str, what: &str, known: &[&str], span: &Span, findings: &mut Findings) {
    let message = format!("unknown {what} `{key}`");
    let finding = findings.hint("unknown-key", message, span.clone());
    match attributes::nearest(key, known) {
        Some(near) => finding.hint(format!("did you mean `{near}`?")),
        None => finding.hint(format!("known are {}", known.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(info: &str) -> (Info, Vec<&'static str>) {
        let mut findings = Findings::default();
        let info = of_fence(info, "", &(0..0), &mut findings);
        (info, findings.codes())
    }

    #[test]
    fn languages_and_options_are_read_in_every_dialect() {
        assert_eq!(read("Bash").0.lang, "bash");
        assert_eq!(read("{.bash #build timeout=30s}").0.lang, "bash");
        assert_eq!(read("{code-block} sh").0.lang, "sh");
        assert_eq!(read("{note}").0.lang, "note");
        let (info, codes) = read("sh {name=check timeout=30s expect=0,1 interactive=false}");
        assert_eq!((info.options.name.as_deref(), info.options.timeout_s), (Some("check"), Some(30)));
        assert_eq!(info.options.expect_exit, [0, 1]);
        assert_eq!(info.options.interactive, Some(false));
        assert_eq!(codes, Vec::<&str>::new());
        let (info, _) = read(r#"sh {"name":"db","excludeFromRunAll":"true"}"#);
        assert_eq!((info.options.name.as_deref(), info.options.run), (Some("db"), RunPolicy::Ask));
        assert_eq!(read("bash,ignore").0.options.run, RunPolicy::Never);
    }

    #[test]
    fn ties_are_read_as_words_and_as_pairs() {
        let options = |info: &str| read(info).0.options;
        let tied = options(r#"sh {once .split needs=a,b when="x > 1" retries=3 retry_delay=10s}"#);
        assert_eq!((tied.once, tied.split, tied.secret), (true, true, false));
        assert_eq!((tied.needs, tied.when.as_deref()), (vec!["a".to_owned(), "b".to_owned()], Some("x > 1")));
        assert_eq!((tied.retries, tied.retry_delay_s), (3, Some(10)));
        assert_eq!(options("sh {needs=[a, b]}").needs, ["a", "b"]);
        assert_eq!(options(r#"sh {"needs":["a"],"secret":true}"#).needs, ["a"]);
        assert!(options("sh {secret=true}").secret && !options("sh {secret=PASS}").secret);
        assert_eq!(read("sh {secret=PASS}").0.remarks.secrets, ["PASS"]);
        assert!(read("sh {danger=yes}").0.remarks.danger);
        assert_eq!(read("sh {once=maybe}").1, ["bad-value"]);
        assert_eq!(read("sh {retries=many}").1, ["bad-value"]);
        // Without braces they are words like any other.
        assert!(!options("sh once").once);
        assert_eq!(options("sh {rollback=#undo}").rollback.as_deref(), Some("undo"));
    }

    #[test]
    fn what_is_not_understood_is_said_and_runs_by_no_machine() {
        for (info, is_unclear) in [
            ("sh {expect=abc}", true),
            ("sh {expect=\"1-3\"}", true),
            ("sh {expect=}", true),
            ("sh {http=abc}", true),
            ("sh {match=\"(\"}", true),
            ("sh {not_match=\"[\"}", true),
            ("sh {until=\"(\"}", true),
            ("sh {pty=maybe}", false),
            ("sh {interactive=perhaps}", false),
            ("sh {save=PATH}", false),
            ("sh {save=LD_PRELOAD}", false),
            ("sh {save=\"a b\"}", false),
            ("sh {save=1x}", false),
        ] {
            let (info, codes) = (read(info), info);
            assert_eq!((info.1, info.0.remarks.is_unclear), (vec!["bad-value"], is_unclear), "{codes}");
            assert_eq!(info.0.options.save, None);
        }
        assert_eq!(read("sh {expect=0,3 http=200 match=ok until=success save=TOKEN pty=false}").1, Vec::<&str>::new());
        for (info, codes) in [
            ("sh {run=NEVER}", vec![]),
            ("sh {run=nver}", vec!["bad-value"]),
            ("sh {run:never}", vec!["unknown-key"]),
            ("sh {.never}", vec![]),
            ("sh {manual}", vec![]),
            ("sh {.manual}", vec![]),
            ("sh {manual=true}", vec![]),
        ] {
            let read = read(info);
            assert_eq!((read.0.options.run, read.1), (RunPolicy::Never, codes), "{info}");
        }
        assert_eq!(read("sh {interactive}").0.options.interactive, Some(true));
    }

    #[test]
    fn classes_that_are_slips_of_the_pen_are_hints() {
        assert_eq!(read("sh {.interactve}").1, ["unknown-key"]);
        assert_eq!(read("sh {.confrim}").1, ["unknown-key"]);
        assert_eq!(read("sh {.number-lines .fancy}").1, Vec::<&str>::new());
    }

    #[test]
    fn unknown_keys_are_hints() {
        assert_eq!(read("sh {timout=3s}").1, ["unknown-key"]);
        assert_eq!(read("sh {1,3-5}").1, Vec::<&str>::new());
        assert_eq!(read("sh {timeout=soon}").1, ["bad-value"]);
    }

    #[test]
    fn quarto_lines_are_options() {
        let mut findings = Findings::default();
        let info = of_fence("{bash}", "#| name: warm\n#| timeout: 5 min\necho\n", &(0..0), &mut findings);
        assert_eq!((info.options.name.as_deref(), info.options.timeout_s), (Some("warm"), Some(300)));
    }
}
