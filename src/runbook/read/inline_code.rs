//! Commands that stand in an item as a code span.

mod proof;
mod row;
mod way;

use super::inline::{CodeSpan, Inline};
use super::{label, text, title};
use proof::{is_proof_in_parentheses, is_to_succeed};
use row::is_row;
use way::is_way_to_do;

/// The code span of an item that is a command: the item is nothing but the span, with a label or a full stop around
/// it, or with sentences behind it; or the span follows a word such as *run*.
#[must_use]
pub fn command_in(inline: &Inline) -> Option<&CodeSpan> {
    alone(inline).or_else(|| inline.codes().iter().find(|code| is_told(inline, code)))
}

/// All code spans of a paragraph that are commands: the only one, or those that it says to run. A paragraph that says so
/// once is about doing, and what it makes use of is done as well.
#[must_use]
pub fn commands_in(inline: &Inline) -> Vec<&CodeSpan> {
    if let Some(lines) = lines_of_code(inline) {
        return lines;
    }
    if inline.codes().iter().any(|code| is_told(inline, code) || is_in_order(inline, code)) {
        return commands_of_item(inline);
    }
    alone(inline).or_else(|| behind_colon(inline)).into_iter().collect()
}

/// The command that a bullet is outside of any step: a whole command line, with a label before it or not.
#[must_use]
pub fn command_of_bullet(inline: &Inline) -> Vec<&CodeSpan> {
    alone(inline).filter(|code| is_line(inline, code)).into_iter().collect()
}

/// The commands of a bullet of a section that is not walked: whole command lines that it says to run or makes use of.
#[must_use]
pub fn commands_at_hand(inline: &Inline) -> Vec<&CodeSpan> {
    commands_of_item(inline).into_iter().filter(|code| is_line(inline, code)).collect()
}

/// Several lines of which each is a span and nothing else.
fn lines_of_code(inline: &Inline) -> Option<Vec<&CodeSpan>> {
    let codes = inline.codes();
    if codes.len() < 2 || codes.len() > MOST {
        return None;
    }
    let mut lines = inline.text.trim().lines();
    let is_alone = |code: &CodeSpan| {
        let line = lines.next().map(str::trim);
        line == Some(inline.text[code.range.clone()].trim()) && is_line(inline, code)
    };
    (codes.iter().all(is_alone) && lines.next().is_none()).then(|| codes.iter().collect())
}

/// The span that a paragraph ends in, behind a colon: "Keep the tags at home: `git config push.followTags false`".
fn behind_colon(inline: &Inline) -> Option<&CodeSpan> {
    let code = inline.codes().last()?;
    let (before, behind) = (before(inline, code), inline.text[code.range.end..].trim());
    let leads = (behind.is_empty() || behind == ".") && before.trim_end().ends_with([':', '：']) && !compares(before);
    let is_warned = || is_warned_of(before.trim_end().trim_end_matches(':')) || is_forbidden(before);
    (leads && !is_warned() && is_line(inline, code)).then_some(code)
}

/// All code spans of an item that are commands: besides those that it says to run, whole command lines that it does
/// something with ("compare with `git diff HEAD~1`", "apply it (`make install`)"), and those that a mere "and" or "or"
/// ties to one of them.
#[must_use]
pub fn commands_of_item(inline: &Inline) -> Vec<&CodeSpan> {
    if let Some(code) = alone(inline) {
        return vec![code];
    }
    let mut found: Vec<&CodeSpan> = Vec::new();
    for code in inline.codes() {
        if found.len() == MOST {
            break;
        }
        let is_tied = || found.last().is_some_and(|last| is_tied(inline, last, code));
        if is_told(inline, code)
            || is_used(inline, code)
            || is_tied()
            || is_to_succeed(inline, code)
            || is_way_to_do(inline, code)
            || is_row(inline, code)
            || orders_with_options(inline, code)
        {
            found.push(code);
        }
    }
    found
}

/// Whether a span goes on from a command of the same sentence: "… and `b`", "… to fetch it, then `b`".
fn is_tied(inline: &Inline, last: &CodeSpan, code: &CodeSpan) -> bool {
    // Back ticks may stand inside of `<code>`: nothing is between those.
    let Some(between) = inline.text.get(last.range.end..code.range.start) else {
        return false;
    };
    if between.len() > NEAR {
        return false;
    }
    let between = between.trim().trim_start_matches([',', ';']).trim().to_lowercase();
    let is_member = || between.ends_with(',') && inline.text[code.range.end..].starts_with(['.', ',', ';']);
    let goes_on = || {
        !between.contains(". ")
            && (between.split_whitespace().next_back().is_some_and(|word| THEN.contains(&word)) || is_member())
    };
    let is_told_so = || is_told(inline, last) && reads_like_command(&inline.text[code.range.clone()]);
    (TIES.contains(&between.as_str()) && (is_line(inline, code) || is_told_so()) || goes_on() && is_line(inline, code))
        && !is_told_about(inline, code)
        && !is_warned_of(before(inline, code))
}

/// Several plain words, of which the first may be a program that nobody knows.
fn reads_like_command(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or("");
    let is_program = first.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_' | b'0'..=b'9'));
    is_program && first.len() > 1 && words.next().is_some()
}

/// What goes on behind a command, with words between.
const THEN: [&str; 14] = [
    "then",
    "and",
    "afterwards",
    "dann",
    "danach",
    "und",
    "anschließend",
    "puis",
    "ensuite",
    "luego",
    "después",
    "depois",
    "então",
    "poi",
];

/// All code spans of a step that are commands: besides those of any item, the one that it begins with when a dash tells
/// it from what is said of it ("`make check` — all lights are green"), or when the sentence goes on without a verb
/// ("`cargo publish` in the root", "`git tag v2` to remember it", "`curl -I tide.io` returns 200").
#[must_use]
pub fn commands_of_step(inline: &Inline) -> Vec<&CodeSpan> {
    let first = before_dash(inline).or_else(|| in_place_of_verb(inline));
    let Some(first) = first else {
        return commands_of_item(inline);
    };
    let mut found: Vec<&CodeSpan> = vec![first];
    let others = commands_of_item(inline);
    for code in inline.codes().iter().filter(|code| code.range.start > first.range.start) {
        let is_found = others.iter().any(|other| other.range == code.range);
        let is_tied = || found.last().is_some_and(|last| is_tied(inline, last, code));
        if found.len() < MOST && (is_found || is_tied()) {
            found.push(code);
        }
    }
    found
}

/// The command that an item begins with, and that stands for its verb.
fn in_place_of_verb(inline: &Inline) -> Option<&CodeSpan> {
    let code = inline.codes().first()?;
    let (before, _) = title::split_box(inline.text[..code.range.start].trim_start());
    let (_, before) = text::split_number(before).unwrap_or(("", before));
    let behind = inline.text[code.range.end..].trim_start_matches(['*', '_']);
    let next = behind.split_whitespace().next().unwrap_or("").to_lowercase();
    let goes_on = behind.starts_with([',', '(']) || behind.starts_with(" (") || GOES_ON.contains(&next.as_str());
    let is_first = text::skip_marks(before).trim().is_empty();
    let warns = || is_warned_of(behind.split(['.', '\n']).next().unwrap_or(""));
    (is_first && goes_on && is_line(inline, code) && !warns()).then_some(code)
}

/// What goes on behind a command that stands for a verb.
#[rustfmt::skip]
const GOES_ON: [&str; 48] = [
    "returns", "prints", "shows", "reports", "outputs", "exits", "answers", "lists", "renvoie", "gibt", "zeigt", "devuelve", "retorna",
    "and/or", "or", "to", "in", "on", "from", "for", "with", "again", "and", "then", "the", "a", "all", "this", "your", "once", "as", "at", "if",
    "when", "into", "inside", "using", "im", "in", "auf", "mit", "para", "en", "no", "na", "pour", "dans", "sur",
];

fn before_dash(inline: &Inline) -> Option<&CodeSpan> {
    let code = inline.codes().first()?;
    let (before, _) = title::split_box(inline.text[..code.range.start].trim_start());
    let behind = inline.text[code.range.end..].trim_start();
    let said = ["— ", "– ", "- ", "→ ", "-> ", "=> "].iter().find_map(|dash| behind.strip_prefix(dash))?;
    // A warning comes first: "never here"; "confirm that it cannot start" is none.
    let words: usize = said.split_inclusive(' ').take(3).map(str::len).sum();
    let clause = &said[..said.find([',', ';', '.', '(', '\n']).unwrap_or(said.len()).min(words)];
    let is_first = text::skip_marks(before).trim().is_empty();
    (is_first && !is_warned_of(clause) && is_line(inline, code)).then_some(code)
}

/// Whether an item says to run something. A span that is a mere name ("`API_TOKEN`") says nothing of the kind.
#[must_use]
pub fn says_to_run(inline: &Inline) -> bool {
    commands_of_item(inline).iter().any(|code| {
        let text = inline.text[code.range.clone()].trim();
        text.contains(char::is_whitespace)
            || names_script(text)
            || is_told(inline, code)
            || crate::runbook::code::is_command_line(text)
    })
}

/// So many commands one item says at most, and so many bytes before and behind a span are looked through for what is
/// said of it: time stays linear in documents made to do harm.
const MOST: usize = 64;
const NEAR: usize = 400;

/// The nearest words before a span.
fn before<'t>(inline: &'t Inline, code: &CodeSpan) -> &'t str {
    let text = &inline.text[..code.range.start];
    &text[text.floor_char_boundary(text.len().saturating_sub(NEAR))..]
}

/// What ties a command to the one before it.
#[rustfmt::skip]
const TIES: [&str; 18] = [
    "and", "and/or", "or", "then", "and then", "followed by", "und", "oder", "dann", "et", "ou", "puis", "y", "o", "e", "或", "和", "または",
];

/// Whether a span is a command line of more than one word, or names a script.
fn is_line(inline: &Inline, code: &CodeSpan) -> bool {
    let line = inline.text[code.range.clone()].trim();
    let line = line.strip_prefix("$ ").or_else(|| line.strip_prefix("% ")).unwrap_or(line);
    names_script(line)
        || line.contains(char::is_whitespace) && !lacks_operand(line) && crate::runbook::code::is_command_line(line)
}

/// `cp -p`, `rsync -ar`: how to do it, but not what.
fn lacks_operand(line: &str) -> bool {
    let mut words = line.split_whitespace().skip_while(|word| *word == "sudo");
    let takes_some =
        ["cp", "mv", "rsync", "scp", "rm", "ln", "tar", "chmod", "chown", "grep", "sed", "kill", "ssh", "mkdir"];
    words.next().is_some_and(|program| takes_some.contains(&program)) && words.all(|word| word.starts_with('-'))
}

fn names_script(line: &str) -> bool {
    let is_script = [".sh", ".py", ".rb", ".pl"].iter().any(|end| line.ends_with(end));
    is_script && line.contains('/') && !line.contains(char::is_whitespace)
}

/// The words that lead a span in when they call it a command. A script that an item makes use of is run, although a path
/// alone may name a file.
#[must_use]
pub fn lead_in<'t>(inline: &'t Inline, code: &CodeSpan) -> &'t str {
    let before = before(inline, code);
    let follows_told = || {
        let last = inline.codes().iter().rev().find(|other| other.range.end <= code.range.start);
        last.is_some_and(|last| is_told(inline, last) && is_tied(inline, last, code))
    };
    let text = inline.text[code.range.clone()].trim();
    let has_option = || text.split_whitespace().skip(1).any(|word| word.starts_with('-') && word.len() > 1);
    if is_named(before) {
        before
    } else if follows_told()
        || is_told(inline, code) && reads_like_command(text) && has_option()
        || orders_with_options(inline, code)
        || is_used(inline, code) && names_script(inline.text[code.range.clone()].trim())
    {
        "run"
    } else {
        ""
    }
}

/// "Make a new key: `keyring new --bits 2048`": an order, and a line with long options that carries it out, whatever its
/// program is called.
fn orders_with_options(inline: &Inline, code: &CodeSpan) -> bool {
    let before = before(inline, code);
    if !before.trim_end().ends_with([':', '：']) {
        return false;
    }
    let text = inline.text[code.range.clone()].trim();
    text.split_whitespace().skip(1).any(|word| word.starts_with("--") && word.len() > 3)
        && reads_like_command(text)
        && is_in_order(inline, code)
        && !compares(before)
        && !is_forbidden(before)
        && !is_warned_of(before)
        && !is_told_about(inline, code)
}

fn alone(inline: &Inline) -> Option<&CodeSpan> {
    let code = inline.codes().first()?;
    let before = &inline.text[..code.range.start];
    let (before, _) = title::split_box(before.trim_start());
    let before = text::skip_marks(before).trim();
    let tail = &inline.text[code.range.end..];
    let is_explained = before.is_empty() && tail.trim_start_matches([' ', '.', ':']).starts_with('\n')
        || before.is_empty() && tail.starts_with(". ");
    let behind = tail.trim().trim_matches(['.', ';', ':', '。']);
    let is_aside = behind.starts_with('(') && behind.ends_with(')') || behind.starts_with("and ") && before.is_empty();
    let alone = (behind.is_empty() || is_aside || is_explained)
        && (before.is_empty()
            || before.ends_with([':', '：'])
                && label::split(inline).is_some()
                && !compares(before)
                && !is_forbidden(before)
            || is_named(before));
    alone.then_some(code)
}

/// Whether the words before a span say to run it, and do not warn of it.
fn is_told(inline: &Inline, code: &CodeSpan) -> bool {
    let before = before(inline, code);
    let is_done = || DOES.iter().any(|does| ends_with_words(before, does)) && is_line(inline, code);
    (last_word(before).is_some_and(|word| ORDERS.contains(&word.as_str()))
        || POLITE.iter().any(|order| ends_with_words(before, order))
        || is_done())
        && !ends_with_noun(before)
        && !is_warned_of(before)
        && !is_told_about(inline, code)
}

/// Whether a text ends in some words, in capitals or not.
fn ends_with_words(text: &str, words: &str) -> bool {
    let text = text.trim_end();
    let from = text.len().checked_sub(words.len()).filter(|from| text.is_char_boundary(*from));
    from.is_some_and(|from| {
        text[from..].eq_ignore_ascii_case(words) && !text[..from].ends_with(|c: char| c.is_alphanumeric())
    })
}

/// "Perform a `docker-compose pull`".
const DOES: [&str; 10] =
    ["perform a", "do a", "issue a", "run a", "perform an", "mache ein", "fais un", "faire un", "haz un", "faça um"];

/// "Geben Sie `docker-compose pull` ein".
const POLITE: [&str; 5] = ["geben sie", "führen sie", "tippen sie", "starten sie mit", "rufen sie"];

/// Whether the last word is a noun, although it is written like an order: "of this run", "an issue", "of type".
fn ends_with_noun(before: &str) -> bool {
    before.split_whitespace().rev().nth(1).is_some_and(|word| DETERMINERS.contains(&word.to_lowercase().as_str()))
}

/// Whether a span is the subject of its sentence ("`report` lists them"): then the sentence tells what the command does.
/// A sentence that asks to check something says what the command has to show.
fn is_told_about(inline: &Inline, code: &CodeSpan) -> bool {
    let behind = &inline.text[code.range.end..];
    let behind = &behind[..behind.floor_char_boundary(NEAR)];
    let mut words = behind
        .split_whitespace()
        .take(3)
        .map(|word| word.trim_matches(['*', '_', '.', ',', ';', ':', ')']))
        .skip_while(|word| ADVERBS.contains(word));
    let has_predicate = words.next().is_some_and(|word| SAID.contains(&word))
        || SAID_UNSPACED.iter().any(|said| behind.trim_start().starts_with(said));
    has_predicate && !super::verbs::is_check(title::split_box(sentence_before(before(inline, code)).trim_start()).0)
}

/// Whether the words before a span say that it is only like what is meant.
fn compares(before: &str) -> bool {
    let says = |ends: &[&str]| ends.iter().any(|end| ends_with_words(before, end));
    says(&["similar to:", "like:", "example:", "such as:", "wrong:", "bad:", "should be:", "must be:", "output:"])
}

/// "Never do this:": what stands behind the colon is shown so that nobody does it.
fn is_forbidden(before: &str) -> bool {
    let Some(led) = before.trim_end().strip_suffix([':', '：']) else { return false };
    let clause = title::split_box(sentence_before(led).trim_start()).0.to_lowercase();
    FORBIDS.iter().any(|start| clause.starts_with(start))
}

const FORBIDS: [&str; 10] =
    ["never", "do not", "don't", "don’t", "avoid", "niemals", "nie ", "ne jamais", "nunca", "jamais"];

/// What of the words before a span stands in its own sentence.
fn sentence_before(before: &str) -> &str {
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    &before[line.max(before.rfind(". ").map_or(0, |at| at + 2))..]
}

/// Whether the sentence around a span is an order.
fn is_in_order(inline: &Inline, code: &CodeSpan) -> bool {
    super::verbs::is_order(title::split_box(sentence_before(before(inline, code)).trim_start()).0)
}

/// Whether an item does something with a whole command line.
fn is_used(inline: &Inline, code: &CodeSpan) -> bool {
    let (before, behind) = (before(inline, code), inline.text[code.range.end..].trim_start());
    // Behind an order nothing but the command in parentheses, or what it has to show.
    let told_before = before.trim_end_matches(['(', '（']);
    let in_parentheses = told_before.len() < before.len()
        && (is_in_order(inline, code) || super::verbs::ends_with_deed(told_before))
        && [")", "）", "must ", "should ", "muss ", "soll "].iter().any(|next| behind.starts_with(next));
    let is_meant = before.trim_end().ends_with([':', '：']) && !compares(before)
        || is_behind_bold_name(inline, code)
        || last_word(before).is_some_and(|word| MEANS.contains(&word.as_str()));
    let is_led_in = in_parentheses
        || is_proof_in_parentheses(inline, code)
        || is_meant && !is_told_about(inline, code)
        || DONE.iter().any(|deed| behind.starts_with(deed));
    is_led_in && !is_warned_of(before) && !is_forbidden(before) && is_line(inline, code)
}

/// "**The log is clean** — `journalctl -n 50`": nothing but a dash parts the span from the name of the item.
fn is_behind_bold_name(inline: &Inline, code: &CodeSpan) -> bool {
    let is_near = inline.bold > 0 && code.range.start.saturating_sub(inline.bold) < NEAR;
    let between = inline.text.get(inline.bold..code.range.start).filter(|_| is_near).unwrap_or("");
    ["—", "–", "-"].contains(&between.trim())
}

/// The last word before a span, in lower case, without the marks around it.
fn last_word(before: &str) -> Option<String> {
    let word = before.split_whitespace().next_back()?;
    Some(word.trim_matches(['*', '_', '(', ':', ',', '：']).to_lowercase())
}

/// Whether the clause before a span says not to run it, or speaks of what may have been run.
fn is_warned_of(before: &str) -> bool {
    let clause = before.rsplit([',', ';', '.', '。', '、', ':', '(', '（', '\n']).next().unwrap_or(before);
    clause.split_whitespace().any(|word| {
        let word = word.trim_matches(['*', '_', '\'']).to_lowercase();
        word.ends_with("n't") || word.ends_with("n’t") || WARNINGS.contains(&word.as_str())
    })
}

/// What says to run the span behind it.
#[rustfmt::skip]
const ORDERS: [&str; 53] = [
    "typing", "run", "running", "re-run", "rerun", "execute", "executing", "type", "exec", "issue", "ausführen", "führe", "exécuter",
    "exécutez", "lancer", "lancez", "ejecuta", "ejecutar", "执行", "运行", "gib", "tippe", "rufe", "exécute", "lance", "tapez", "taper",
    "ejecute", "ejecutá", "ejecutando", "corre", "corra", "correr", "corriendo", "lanza", "lanzar", "rode", "rodar", "rodando",
    "executar", "executando", "esegui", "eseguire", "lancia", "draai", "uruchom", "wykonaj", "выполните", "запустите", "jalankan",
    "実行", "输入", "çalıştırın",
];

/// Words that a noun follows.
const DETERMINERS: [&str; 13] =
    ["a", "an", "any", "each", "every", "its", "last", "of", "that", "the", "this", "which", "your"];

/// What makes use of the command line behind it.
#[rustfmt::skip]
const MEANS: [&str; 39] = [
    "then", "dann", "puis", "luego", "depois", "poi", "with", "using", "use", "via", "by", "e.g.", "eg", "e.g", "example", "do", "execute", "rode", "ejecute", "invoke", "call",
    "mit", "mittels", "per", "via", "beispiel", "z.b.", "avec", "exemple", "con", "ejemplo", "com", "usando", "exemplo",
    "utilisez", "utilice", "使用", "does", "in",
];

/// What is done with the command line before it.
#[rustfmt::skip]
const DONE: [&str; 7] = ["を実行", "で", "を使", "ausführen", "aus.", "を叩", "を打"];

/// Finite verbs behind a span that say what it does.
#[rustfmt::skip]
const SAID: &[&str] = &[
    "adds", "affiche", "allows", "applies", "are", "asks", "builds", "can", "can't", "cannot", "changes", "checks",
    "contains", "copies", "could", "creates", "crea", "cria", "debe", "deletes", "deve", "devolve", "devuelve", "did",
    "displays", "does", "doesn't", "doit", "donne", "elimina", "erstellt", "erzeugt", "es", "est", "exits", "expects",
    "fails", "fetches", "findet", "finds", "gave", "generates", "gets", "gibt", "gives", "had", "handles", "has", "helps",
    "holds", "includes", "indique", "installs", "is", "isn't", "ist", "kann", "keeps", "kopiert", "lets", "liefert", "lista",
    "liste", "listet", "lists", "loads", "lädt", "löscht", "macht", "makes", "may", "means", "meldet", "might", "montre",
    "mostra", "muestra", "muss", "must", "needs", "opens", "performs", "permet", "permite", "peut", "points", "prints",
    "produces", "provides", "pulls", "puede", "pushes", "reads", "refuses", "removes", "renvoie", "reports", "requires",
    "reruns", "resets", "restarts", "restores", "retorna", "retourne", "returned", "returns", "runs", "says", "schreibt",
    "sends", "sera", "sets", "shall", "should", "showed", "shows", "sind", "skips", "soll", "sollte", "startet", "starts",
    "stops", "supports", "syncs", "takes", "tells", "tries", "updates", "uploads", "uses", "validates", "verifies", "waits",
    "war", "warns", "was", "will", "wird", "won't", "works", "would", "writes", "zeigt", "é",
];

/// What stands between a subject and its verb.
const ADVERBS: [&str; 13] = [
    "also",
    "already",
    "always",
    "auch",
    "automatically",
    "dann",
    "immer",
    "just",
    "never",
    "now",
    "only",
    "still",
    "then",
];

/// What marks a subject where words are not spaced.
const SAID_UNSPACED: [&str; 9] = ["は", "が", "会", "将", "是", "显示", "列出", "可以", "用于"];

/// Words of a clause whose command is not to be run, or not now.
#[rustfmt::skip]
const WARNINGS: [&str; 17] = [
    "not", "never", "without", "instead", "avoid", "unless", "until", "before", "whether", "cannot", "nicht", "nie",
    "niemals", "ohne", "jamais", "sans", "nunca",
];

/// Whether the first thing an item says is a command, whatever it says then.
#[must_use]
pub fn begins_with_command(inline: &Inline) -> bool {
    let begins = |code: &&CodeSpan| text::skip_marks(&inline.text[..code.range.start]).trim().is_empty();
    let code = inline.codes().first().filter(begins);
    code.is_some_and(|code| crate::runbook::code::is_command_line(&inline.text[code.range.clone()]))
}

/// Whether the words before a span call it a command: then it is one, whatever its program is called.
#[must_use]
pub fn is_named(before: &str) -> bool {
    let before = before.trim_end().trim_end_matches([':', '：', '*']);
    before.len() < before.trim_end().len() + 1
        && before.split(|c: char| c.is_whitespace() || c == '*').next_back().is_some_and(|word| {
            NAMES.contains(&word.to_lowercase().as_str()) && (word != "run" || !ends_with_noun(before))
        })
}

const NAMES: [&str; 9] = ["command", "cmd", "befehl", "kommando", "commande", "comando", "命令", "コマンド", "run"];

#[cfg(test)]
mod tests {
    use super::super::inline::Collector;
    use super::*;
    use pulldown_cmark::Event;

    fn command(before: &str, code: &str, behind: &str) -> Option<String> {
        let mut collector = Collector::default();
        for event in [Event::Text(before.into()), Event::Code(code.into()), Event::Text(behind.into())] {
            collector.add(&event, 0..0);
        }
        let inline = collector.take();
        command_in(&inline).map(|span| inline.text[span.range.clone()].to_owned())
    }

    #[test]
    fn an_item_makes_use_of_whole_command_lines() {
        let used = |before: &str, code: &str, behind: &str| {
            let mut collector = Collector::default();
            for event in [Event::Text(before.into()), Event::Code(code.into()), Event::Text(behind.into())] {
                collector.add(&event, 0..0);
            }
            commands_of_item(&collector.take()).len()
        };
        assert_eq!(used("Compare it with ", "git diff HEAD~1", " and read"), 1);
        assert_eq!(used("Apply it (", "make -C db install", ") by hand"), 1);
        assert_eq!(used("[ ] Install the newest one (", "make -C db install", ") and look"), 1);
        assert_eq!(used("It is open (", "make -C db install", ")"), 0);
        assert_eq!(used("", "git diff HEAD~1", " を実行する"), 1);
        assert_eq!(used("Start it with ", "make", " and wait"), 0);
        assert_eq!(used("Do it without ", "git push --force", ""), 0);
        assert_eq!(used("If somebody ran ", "git push --force", ", tell them"), 0);
        for (before, behind) in [
            ("Read the remarks: ", " lists them."),
            ("Read the remarks: ", " also prints those of last week"),
            ("Lies die Notizen: ", " zeigt sie"),
            ("In ", " is the list"),
            ("Go through the remarks of this run: ", " lists them."),
            ("The notes of the last run ", " and what it said"),
            ("備考: ", " は一覧を表示する"),
        ] {
            assert_eq!(used(before, "git log --oneline", behind), 0, "{before}{behind}");
        }
        assert_eq!(used("Verify the tag: ", "git log --oneline", " lists it first"), 1);
        let led = |code: &str, behind: &str| {
            let mut collector = Collector::default();
            for event in [Event::Code(code.into()), Event::Text(behind.into())] {
                collector.add(&event, 0..0);
            }
            let inline = collector.take();
            (commands_of_step(&inline).len(), says_to_run(&inline))
        };
        assert_eq!(led("make check", " — all lights are green"), (1, false));
        assert_eq!(led("make clean", " — never here"), (0, false));
        assert_eq!(led("notes.txt", " - the notes"), (0, false));
        assert_eq!(led("API_TOKEN", ""), (1, false));
        assert_eq!(used("Running ", "git log --oneline", " shows the tag"), 0);
        assert_eq!(used("Remove the user of the gauge ", "userdel tide", ""), 1);
        assert_eq!(used("[ ] The gauge is right (", "make check", ")"), 1);
        assert_eq!(used("[ ] Not yet deployed (", "make deploy", ")"), 0);
        assert_eq!(used("[ ] ", "make check", " passed on the pier"), 1);
        assert_eq!(used("[ ] ", "make old-deploy", " removed from the book"), 0);
        assert_eq!(used("Remove the line ", "export TIDE=1", ""), 0);
        assert_eq!(used("Make a new key: ", "keyring new --bits 2048", "."), 1);
        assert_eq!(used("Read it by running ", "git log --oneline", " twice"), 1);
    }

    #[test]
    fn a_span_is_a_command_when_alone_or_told_to_run() {
        assert_eq!(command("[ ] ", "make all", ".").as_deref(), Some("make all"));
        assert_eq!(command("Build: ", "make all", "").as_deref(), Some("make all"));
        assert_eq!(command("Then run ", "make all", " twice").as_deref(), Some("make all"));
        assert_eq!(command("", "make all", " (not as root)").as_deref(), Some("make all"));
        assert_eq!(command("Flush it. Command: ", "flushctl now", "").as_deref(), Some("flushctl now"));
        assert_eq!(command("The file ", "a.txt", " is there"), None);
        assert_eq!(command("", "make all", "\nThe targets are built.").as_deref(), Some("make all"));
        assert_eq!(command("", "make all", ". It builds the targets.").as_deref(), Some("make all"));
        assert_eq!(command("Not ", "make all", ". It builds the targets."), None);
        assert_eq!(command("", "make all", " shows the targets"), None);
        assert_eq!(command("Do not run ", "make all", " here"), None);
        assert_eq!(command("Before running ", "make all", ", look"), None);
        assert!(is_named("with the command:") && is_named("**Command:**") && !is_named("the column: count"));
    }
}
