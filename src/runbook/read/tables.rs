//! Tables that hold steps: which column says what.

use super::blocks::Table;

/// The columns of a table of steps, by index.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Columns {
    pub step: usize,
    pub number: Option<usize>,
    pub command: Option<usize>,
    pub expected: Option<usize>,
    pub status: Option<usize>,
    pub owner: Option<usize>,
    pub time: Option<usize>,
}

const NUMBER: &[&str] = &["#", "no", "no.", "nr", "nr.", "n°", "num", "序号", "id"];
const COMMAND: &[&str] = &["command", "commands", "befehl", "commande", "comando", "命令", "コマンド", "run"];
#[rustfmt::skip]
const EXPECTED: &[&str] = &[
    "expected", "expected result", "expected results", "expected output", "expected outcome", "result", "pass criteria", "criteria",
    "success criteria", "acceptance", "erwartet", "erwartetes ergebnis", "ergebnis", "résultat attendu", "résultat", "resultado esperado",
    "resultado", "预期结果", "预期", "期待結果", "verification", "verify",
];
#[rustfmt::skip]
const STATUS: &[&str] = &[
    "status", "done", "done?", "state", "✓", "✔", "☐", "statut", "estado", "状态", "状態", "complete", "completed", "pass/fail", "check ✓",
];
#[rustfmt::skip]
const OWNER: &[&str] = &[
    "owner", "responsible", "who", "role", "assignee", "assigned to", "team", "verantwortlich", "zuständig", "responsable", "responsável",
    "负责人", "担当", "担当者",
];
#[rustfmt::skip]
const TIME: &[&str] = &[
    "time", "duration", "estimated", "estimate", "estimated time", "est. time", "eta", "dauer", "zeit", "durée", "duración", "tempo", "耗时",
    "時間", "所要時間",
];
/// Names of the column that says what to do, best first. A column called step may hold only numbers beside them.
#[rustfmt::skip]
const ACTION: &[&str] = &[
    "action", "task", "activity", "aktion", "aufgabe", "tâche", "acción", "tarea", "ação", "tarefa", "操作", "任务", "作業",
];
const STEP: &[&str] = &["step", "schritt", "étape", "paso", "passo", "步骤", "手順"];
#[rustfmt::skip]
const TEST: &[&str] = &["test", "check", "item", "items", "checkpoint", "prüfung", "prüfpunkt", "punkt", "maßnahme", "élément", "point",
    "elemento", "punto", "ponto", "项目", "項目", "作業項目", "検査", "确认项", "检查项", "確認項目"];
const WHAT: &[&str] = &["description", "what", "beschreibung", "内容", "描述"];

/// The columns, if the header names a step and something about it.
#[must_use]
pub fn columns(table: &Table) -> Option<Columns> {
    let names: Vec<String> = table.header.iter().map(|cell| cell.text.trim().to_lowercase()).collect();
    let find = |words: &[&str]| names.iter().position(|name| words.contains(&name.as_str()));
    let command = find(COMMAND);
    let number = find(NUMBER);
    // A description alone is no step, but beside a number or a command it is.
    let what = find(WHAT).filter(|_| number.is_some() || command.is_some());
    let step = find(ACTION).or_else(|| find(STEP)).or_else(|| find(TEST)).or(what).or(command)?;
    let columns = Columns {
        step,
        number,
        command,
        expected: find(EXPECTED),
        status: find(STATUS),
        owner: find(OWNER),
        time: find(TIME),
    };
    let says_more = columns.expected.or(columns.status).or(columns.owner).or(columns.time).is_some();
    says_more.then_some(columns)
}

#[rustfmt::skip]
const SYMPTOM: &[&str] = &[
    "symptom", "symptoms", "problem", "error", "issue", "sintoma", "síntoma", "problema", "erro", "symptôme", "problème", "erreur", "fehler",
    "fehlerbild", "störung", "症状", "问题", "エラー", "故障",
];
#[rustfmt::skip]
const CAUSE: &[&str] = &[
    "cause", "fix$", "solution", "resolution", "remedy", "causa", "solución", "solução", "ursache", "lösung", "abhilfe", "behebung", "原因",
    "解决", "対処",
];

/// Whether a table names symptoms first and then what is behind them or helps.
#[must_use]
pub fn tells_symptoms(table: &Table) -> bool {
    let mut names = table.header.iter().map(|cell| cell.text.trim().to_lowercase());
    names.next().is_some_and(|first| SYMPTOM.contains(&first.as_str()))
        && names.any(|name| super::text::has_any(&name, CAUSE).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::read::inline::Inline;

    fn of(header: &str) -> Option<Columns> {
        let header =
            header.split('|').map(|cell| Inline { text: cell.trim().to_owned(), ..Inline::default() }).collect();
        columns(&Table { header, rows: Vec::new() })
    }

    #[test]
    fn symptoms_have_causes() {
        let tells = |header: &str| {
            let header = header.split('|').map(|cell| Inline { text: cell.to_owned(), ..Inline::default() }).collect();
            tells_symptoms(&Table { header, rows: Vec::new() })
        };
        assert!(tells("Symptom|Likely cause") && tells("Fehler|Ursache|Wer") && tells("症状|原因"));
        assert!(!tells("Step|Cause") && !tells("Error|Count") && !tells("Symptom"));
    }

    #[test]
    fn a_step_column_needs_company() {
        assert!(of("# | Step | Expected | Owner").is_some());
        assert!(of("Test | Result").is_some());
        assert!(of("Path | Priority | Target | Description").is_none());
        assert!(of("Task | Frequency").is_none());
        assert_eq!(of("Action | Time").and_then(|columns| columns.time), Some(1));
        assert_eq!(of("Step | Action | Expected").map(|columns| columns.step), Some(1));
    }
}
