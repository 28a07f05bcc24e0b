//! Commands that a box is ticked by, or whose success an item asks for.

use super::{ADVERBS, before, is_line, is_warned_of, sentence_before};
use crate::runbook::read::inline::{CodeSpan, Inline};
use crate::runbook::read::title;

/// Whether a box is ticked by what the command in its parentheses shows: "[ ] Tests pass (`make test`)".
pub fn is_proof_in_parentheses(inline: &Inline, code: &CodeSpan) -> bool {
    let behind = inline.text[code.range.end..].trim_start();
    let does_well = || behind.split_whitespace().next().is_some_and(|word| DOES_WELL.contains(&word));
    let before = before(inline, code);
    let told = before.trim_end_matches(['(', '（']);
    told.len() < before.len()
        && !is_warned_of(told)
        && title::is_boxed(inline)
        && (behind.starts_with([')', '）', ',', ';', '→']) || does_well())
}

/// Whether a box is ticked when the command that it begins with has done well ("[ ] `cargo test` passes"), or an item
/// asks for that ("Make sure `cargo outdated` is clean").
pub fn is_to_succeed(inline: &Inline, code: &CodeSpan) -> bool {
    let near = before(inline, code);
    let (before, task) = title::split_box(inline.text[..code.range.start].trim_start());
    let asked = title::split_box(sentence_before(near).trim_start()).0.to_lowercase();
    let asks = ASKS.iter().any(|ask| asked.trim().trim_end_matches([',', ' ']) == *ask);
    let behind = &inline.text[code.range.end..];
    if task.is_some() && before.is_empty() && is_proved(behind) {
        return is_line(inline, code);
    }
    let verb = behind.split_whitespace().take(3).find(|word| !ADVERBS.contains(word)).unwrap_or("");
    let is_clean = asks && ["is", "are", "still"].contains(&verb);
    (task.is_some() && before.is_empty() || asks)
        && (is_clean || DOES_WELL.contains(&verb.trim_matches(['.', ',', ';'])))
        && is_line(inline, code)
}

/// Whether what follows a command in a box says what became of it: "passed", "is `404`", "produced a page". What it does
/// by itself, or who else runs it, proves nothing.
fn is_proved(behind: &str) -> bool {
    let mut words = behind.split_whitespace();
    let verb = words.next().unwrap_or("").trim_matches([',', '.', ';', ':']);
    let object = words.next().unwrap_or("");
    let is_state = ["is", "=", "==", "→", "->", "=>"].contains(&verb)
        && (object.starts_with(|c: char| c.is_ascii_digit()) || STATES.contains(&object.trim_matches([',', '.', ';'])));
    (is_state || DONE_WITH.contains(&verb)) && object != "by"
}

/// What has become of a command that was run. One that was "removed" or "scheduled" was not.
const DONE_WITH: [&str; 16] = [
    "answered",
    "checked",
    "completed",
    "executed",
    "exited",
    "finished",
    "listed",
    "passed",
    "printed",
    "produced",
    "reported",
    "returned",
    "reviewed",
    "showed",
    "succeeded",
    "worked",
];

const STATES: [&str; 9] = ["clean", "empty", "fine", "green", "healthy", "ok", "OK", "true", "up"];

/// What asks for the success of the command behind it.
#[rustfmt::skip]
const ASKS: [&str; 23] = [
    "make sure", "make sure that", "ensure", "ensure that", "verify", "verify that", "check", "check that", "confirm",
    "confirm that", "be sure", "assert", "убедиться, что", "убедитесь, что", "проверить, что", "assurez-vous que", "vérifiez que",
    "stelle sicher, dass", "sicherstellen, dass", "asegúrese de que", "verifique que", "certifique-se de que", "verifique se",
];

/// What a command does that has done well.
#[rustfmt::skip]
const DOES_WELL: [&str; 41] = [
    "завершился", "завершается", "проходит", "прошёл", "возвращает",
    "affiche", "builds", "complete", "completes", "devuelve", "exits", "finishes", "gibt", "liefert", "lists", "läuft",
    "mostra", "muestra", "outputs", "pasa", "pass", "passa", "passe", "passes", "prints", "produces", "renvoie", "reports",
    "retorna", "retourne", "returns", "runs", "réussit", "says", "shows", "succeed", "succeeds", "termina", "works",
    "zeigt", "合格",
];
