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

/// The columns, if the header names a step and something about it.
#[must_use]
pub fn columns(table: &Table) -> Option<Columns> {
    let mut columns = Columns::default();
    let mut step: Option<(usize, usize)> = None;
    for (at, cell) in table.header.iter().enumerate() {
        let name = cell.text.trim().to_lowercase();
        let is = |words: &[&str]| words.contains(&name.as_str());
        if is(&["#", "no", "no.", "nr", "nr.", "n°", "num", "序号", "id"]) {
            columns.number = Some(at);
        } else if is(&["command", "commands", "befehl", "commande", "comando", "命令", "コマンド", "run"]) {
            columns.command = Some(at);
        } else if is(&[
            "expected",
            "expected result",
            "expected results",
            "expected output",
            "expected outcome",
            "result",
            "pass criteria",
            "criteria",
            "success criteria",
            "acceptance",
            "erwartet",
            "erwartetes ergebnis",
            "ergebnis",
            "résultat attendu",
            "résultat",
            "resultado esperado",
            "resultado",
            "预期结果",
            "预期",
            "期待結果",
            "verification",
            "verify",
        ]) {
            columns.expected = columns.expected.or(Some(at));
        } else if is(&[
            "status",
            "done",
            "done?",
            "state",
            "✓",
            "✔",
            "☐",
            "statut",
            "estado",
            "状态",
            "状態",
            "complete",
            "completed",
            "pass/fail",
            "check ✓",
        ]) {
            columns.status = columns.status.or(Some(at));
        } else if is(&[
            "owner",
            "responsible",
            "who",
            "role",
            "assignee",
            "assigned to",
            "team",
            "verantwortlich",
            "zuständig",
            "responsable",
            "responsável",
            "负责人",
            "担当",
            "担当者",
        ]) {
            columns.owner = columns.owner.or(Some(at));
        } else if is(&[
            "time",
            "duration",
            "estimated",
            "estimate",
            "estimated time",
            "est. time",
            "eta",
            "dauer",
            "zeit",
            "durée",
            "duración",
            "tempo",
            "耗时",
            "時間",
            "所要時間",
        ]) {
            columns.time = columns.time.or(Some(at));
        } else {
            let rank = match name.as_str() {
                "action" | "task" | "activity" | "aktion" | "aufgabe" | "tâche" | "acción" | "tarea" | "ação"
                | "tarefa" | "操作" | "任务" | "作業" => 4,
                "step" | "schritt" | "étape" | "paso" | "passo" | "步骤" | "手順" => 3,
                "test" | "check" | "item" | "checkpoint" | "prüfung" | "検査" | "确认项" | "检查项" | "確認項目" => {
                    2
                }
                "description" | "what" | "beschreibung" | "内容" | "描述" => 1,
                _ => 0,
            };
            if rank > 0 && step.is_none_or(|(_, best)| rank > best) {
                step = Some((at, rank));
            }
        }
    }
    let (at, rank) = step.or_else(|| columns.command.map(|at| (at, 4)))?;
    columns.step = at;
    let says_more = columns.expected.or(columns.status).or(columns.owner).or(columns.time).is_some();
    // "Step" may itself be the number column beside a description.
    (says_more && (rank > 1 || columns.number.is_some())).then_some(columns)
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
    fn a_step_column_needs_company() {
        assert!(of("# | Step | Expected | Owner").is_some());
        assert!(of("Test | Result").is_some());
        assert!(of("Path | Priority | Target | Description").is_none());
        assert!(of("Task | Frequency").is_none());
        assert_eq!(of("Action | Time").and_then(|columns| columns.time), Some(1));
    }
}
