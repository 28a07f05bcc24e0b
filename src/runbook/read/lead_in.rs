//! What the sentence above a list says of the list: that it is to be done, or that it only tells how something is.

use super::text::has_any;

/// Whether a lower-case text says that steps follow.
#[must_use]
pub fn says_steps(lower: &str) -> bool {
    has_any(lower, LEAD_INS).is_some()
}

#[rustfmt::skip]
const LEAD_INS: &[&str] = &[
    "follow these", "following steps", "do the following", "these steps", "steps below", "perform the following",
    "procedure", "the steps", "tasks to", "tâches à effectuer", "à faire", "zu erledigen", "tareas a",
    "tarefas a", "in this order", "in order", "folgende schritte", "wie folgt", "étapes suivantes",
    "siguientes pasos", "seguintes passos", "以下步骤", "如下步骤", "以下の手順", "次の手順",
];

/// "To move the gauge to a new host:" introduces how it is done.
#[must_use]
pub fn tells_aim(text: &str) -> bool {
    let last = text.trim().rsplit(". ").next().unwrap_or(text);
    let order = last.strip_prefix("To ").filter(|_| last.ends_with(':'));
    order.is_some_and(super::verbs::is_order)
}

/// "There are four points where …:" introduces things, unless they are steps.
#[must_use]
pub fn counts_things(text: &str) -> bool {
    let last = text.trim().rsplit(". ").next().unwrap_or(text).to_lowercase();
    let counts = ["there are ", "there is ", "es gibt ", "il y a ", "hay ", "há ", "existem ", "existen "];
    // "Each section has the same shape:".
    let is_of_document =
        ["each section ", "every section ", "each runbook ", "jeder abschnitt ", "chaque section ", "cada sección "]
            .iter()
            .any(|start| last.starts_with(start));
    last.ends_with([':', '：']) && is_of_document
        || last.ends_with([':', '：'])
            && counts.iter().any(|start| last.starts_with(start))
            && has_any(&last, &["step", "task", "thing", "schritt", "étape", "paso", "tarea", "tarefa"]).is_none()
}

/// What a sentence above a list says when the list tells what something does or is for.
#[must_use]
pub fn describes_below(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.trim_end().ends_with([':', '：'])
        && has_any(
            &lower,
            &[
                "will$",
                "can$",
                "does$",
                "contains",
                "includes",
                "supports",
                "allows",
                "used to",
                "responsible",
                "able to",
                "means",
                "example",
                "because",
            ],
        )
        .is_some()
}

/// "The script does the following:", "What `--all` runs, in order:" introduces what nobody has to do by hand.
#[must_use]
pub fn tells_what_program_does(text: &str) -> bool {
    let text = text.trim();
    let start = [". ", "! ", "? "].iter().filter_map(|end| text.rfind(end)).max().map_or(0, |at| at + 2);
    let last = &text[start..];
    if last.starts_with("What ") && !last.starts_with("What to ") && last.ends_with(':') {
        return !last.contains(" you ");
    }
    let mut words = last.split_whitespace().map(|word| word.trim_end_matches([':', '：']).to_lowercase());
    let first = words.next().unwrap_or_default();
    let noun = words.by_ref().take(2).find(|word| PROGRAMS.contains(&word.as_str()));
    let is_subject = PROGRAMS.contains(&first.as_str()) || ARTICLES.contains(&first.as_str()) && noun.is_some();
    is_subject
        && last.ends_with([':', '：'])
        && has_any(&last.to_lowercase(), &["you$", "your$", "sie$", "vous$", "process$", "procedure$"]).is_none()
}

const ARTICLES: [&str; 17] = [
    "the", "this", "that", "our", "das", "der", "dieses", "dieser", "le", "la", "ce", "cette", "el", "este", "esta",
    "o", "a",
];

#[rustfmt::skip]
const PROGRAMS: [&str; 30] = [
    "script", "workflow", "command", "job", "pipeline", "action", "hook", "program", "tool", "playbook", "skript", "befehl",
    "programm", "commande", "programme", "comando", "programa", "flujo", "fluxo", "ci", "it", "cron", "service", "bot", "make",
    "target", "build", "deployment", "deploy", "release",
];
