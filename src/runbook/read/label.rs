//! `Label: text` lines: pass criteria, stop conditions, status, owner, time.

use super::estimate;
use super::inline::Inline;
use super::text;
use crate::runbook::letters::{Letters, holds};

/// What a label says about the text behind it or below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    /// A condition under which the step or phase has passed.
    Pass,
    /// A condition under which to stop, abort or roll back.
    Stop,
    /// How far it is, by the document's own account.
    Status,
    /// Who does it.
    Owner,
    /// How long it takes.
    Time,
    /// What to do follows: a list below it is a list of steps.
    Action,
}

#[rustfmt::skip]
const PASS: &[&str] = &[
    "pass criteria", "pass criterion", "pass criterium", "passing criteria", "success criteria",
    "success criterion", "acceptance criteria", "acceptance criterion", "acceptance", "exit criteria",
    "exit criterion", "go criteria", "expected", "expected result", "expected results", "expected outcome",
    "expected state", "expected behavior", "expected behaviour", "verify", "verification", "validation", "validate",
    "done when", "definition of done", "success looks like", "success if", "success", "pass if", "passes if",
    "nachweis", "erfolgskriterium", "erfolgskriterien", "abnahmekriterien", "erwartet", "erwartetes ergebnis",
    "critères de succès", "critères d'acceptation", "résultat attendu", "attendu", "criterios de éxito",
    "criterios de aceptación", "resultado esperado", "critérios de sucesso", "critérios de aceitação", "验收标准",
    "成功标准", "通过标准", "预期结果", "预期", "合格基準", "成功基準", "期待結果", "期待される結果",
];
/// These name output when code or nothing follows, and a criterion when text follows.
const OUTPUT: &[&str] = &[
    "expected output",
    "expected response",
    "you should see",
    "erwartete ausgabe",
    "sortie attendue",
    "预期输出",
    "期待出力",
];
#[rustfmt::skip]
const STOP: &[&str] = &[
    "stop criteria", "stop criterion", "stop condition", "stop conditions", "stop if", "stop when", "abort if",
    "abort when", "abort criteria", "abort criterion", "abort conditions", "rollback trigger", "rollback triggers",
    "rollback if", "rollback when", "rollback criteria", "roll back if", "no-go if", "no-go criteria",
    "no-go conditions", "no go if", "no-go", "fail criteria", "fail if", "failure criteria", "abbruchkriterien",
    "abbruchkriterium", "abbruch wenn", "critères d'arrêt", "criterios de parada", "critérios de parada", "中止条件",
    "停止条件", "中止基準",
];
#[rustfmt::skip]
const STATUS: &[&str] = &[
    "status", "current status", "state", "stand", "statut", "estado", "状态", "状態", "ステータス",
];
#[rustfmt::skip]
const OWNER: &[&str] = &[
    "owner", "owners", "responsible", "assignee", "assigned to", "performed by", "executed by", "who", "role",
    "verantwortlich", "zuständig", "responsable", "responsável", "负责人", "担当", "担当者",
];
#[rustfmt::skip]
const TIME: &[&str] = &[
    "time", "duration", "estimated time", "estimated duration", "estimate", "time estimate", "expected duration",
    "eta", "dauer", "zeitaufwand", "durée", "durée estimée", "duración", "tiempo estimado", "duração",
    "tempo estimado", "耗时", "预计时间", "所要時間", "作業時間",
];
#[rustfmt::skip]
const ACTION: &[&str] = &[
    "action", "actions", "response", "remediation", "resolution", "mitigation", "maßnahmen", "aktion", "aktionen", "steps", "step", "procedure", "tasks", "to do", "todo", "checklist",
    "activities", "aktivitäten", "aufgaben", "activités", "actividades", "atividades", "tâches", "tareas", "tarefas",
    "schritte", "vorgehen", "étapes", "pasos", "passos", "步骤", "操作步骤", "手順", "作業", "操作",
];

/// The label of a text and what stands behind it, both without marks.
#[must_use]
pub fn split(inline: &Inline) -> Option<(&str, &str)> {
    let text = inline.text.as_str();
    let marks = text.len() - text::skip_marks(text).len();
    if inline.bold > marks {
        let (head, rest) = text.split_at(inline.bold);
        let head = head[marks..].trim();
        let label = head.trim_end_matches([':', '：']).trim();
        let rest = rest.trim_start();
        let behind = rest.trim_start_matches([':', '：', '-', '–', '—']).trim();
        if label.len() < head.len() || behind.len() < rest.len() || rest.is_empty() {
            return Some((label, behind));
        }
    }
    let line_end = text[marks..].find('\n').map_or(text.len(), |at| at + marks);
    let at = text[marks..line_end].find([':', '：'])? + marks;
    let colon = text[at..].chars().next()?.len_utf8();
    let behind = &text[at + colon..];
    // A colon inside a word is no label: `http://`, `08:30`, `a::b`.
    if !behind.is_empty() && colon == 1 && !behind.starts_with(char::is_whitespace) {
        return None;
    }
    Some((text[marks..at].trim(), behind.trim()))
}

/// What a label is called decides what it is; some mean output unless text stands behind them.
#[must_use]
pub fn kind(label: &str, rest: &str) -> Option<Label> {
    let lower = label.trim_matches(['*', '_', ' ', '(', ')']).to_lowercase();
    // `Time (estimated)`, `Owner(s)`: what stands in parentheses explains the label.
    let bare = lower.split([' ', '(']).next().filter(|_| lower.ends_with(')')).unwrap_or(&lower);
    let is = |words: &[&str]| words.contains(&lower.as_str()) || (bare.len() > 3 && words.contains(&bare));
    if is(STOP) {
        Some(Label::Stop)
    } else if is(PASS) || (!rest.is_empty() && is(OUTPUT)) {
        Some(Label::Pass)
    } else if is(STATUS) {
        Some(Label::Status)
    } else if is(OWNER) {
        Some(Label::Owner)
    } else if is(TIME) {
        Some(Label::Time)
    } else if is(ACTION) {
        Some(Label::Action)
    } else {
        None
    }
}

/// Whether a heading announces criteria: the list below it holds conditions, not steps.
#[must_use]
pub fn of_heading(title: &str) -> Option<Label> {
    // Every word below has the letters of one of these; nearly all titles lack some.
    let letters = Letters::in_text(title);
    if title.is_ascii() && !SPEAKING.into_iter().any(|part| letters.has_all(part)) {
        return None;
    }
    let lower = title.to_lowercase();
    let speaks = holds!(&lower, "criteria" "criterion" "kriterien" "critères" "criterios" "critérios" "标准" "基準" "完了条件"
        "終了条件" "成功条件" "完成条件" "中断条件" "中止条件" "definition of done" "rollback trigger" "stop condition"
        "abort condition");
    if !speaks {
        return None;
    }
    let stops = [
        "stop",
        "abort",
        "rollback",
        "roll back",
        "no-go",
        "no go",
        "abbruch",
        "arrêt",
        "parada",
        "中止",
        "中断",
        "停止",
        "fail",
    ];
    let is_stop = stops.iter().any(|word| lower.contains(word)) && !lower.contains("go/no-go");
    Some(if is_stop { Label::Stop } else { Label::Pass })
}

const SPEAKING: [Letters; 5] = [
    Letters::of("criter"),
    Letters::of("kriterien"),
    Letters::of("definitionofdone"),
    Letters::of("rollbacktrigger"),
    Letters::of("condition"),
];

/// The value of an owner label: a short name, not a sentence.
#[must_use]
pub fn owner(value: &str) -> Option<Box<str>> {
    let line = value.lines().next()?.trim().trim_matches(['*', '_', '`', '[', ']', ' ']);
    let is_name = !line.is_empty()
        && line.chars().count() <= 60
        && !line.starts_with(['_', '<'])
        && !line.chars().all(|c| "_-. ".contains(c));
    is_name.then(|| line.trim_start_matches('@').into())
}

/// The value of a time label, in seconds.
#[must_use]
pub fn seconds(value: &str) -> Option<u32> {
    estimate::duration(value.lines().next()?.trim().trim_matches(['*', '(', ')']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(text: &str) -> Option<(Label, String)> {
        let inline = Inline { text: text.into(), ..Inline::default() };
        let (label, rest) = split(&inline)?;
        Some((kind(label, rest)?, rest.to_owned()))
    }

    #[test]
    fn labels_are_known_by_name() {
        assert_eq!(label("✅ Pass Criteria: all green"), Some((Label::Pass, "all green".into())));
        assert_eq!(label("Abort if: errors"), Some((Label::Stop, "errors".into())));
        assert_eq!(label("Expected output:"), None);
        assert_eq!(label("Expected output: OK"), Some((Label::Pass, "OK".into())));
        assert_eq!(label("Owner: Kim"), Some((Label::Owner, "Kim".into())));
        assert_eq!(label("Note: careful"), None);
        assert_eq!(label("http://expected"), None);
        assert_eq!(of_heading("Success criteria"), Some(Label::Pass));
        assert_eq!(of_heading("Rollback triggers"), Some(Label::Stop));
        assert_eq!(of_heading("Go/No-Go criteria"), Some(Label::Pass));
    }
}
