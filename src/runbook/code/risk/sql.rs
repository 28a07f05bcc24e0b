//! What SQL text does, told by its keywords.

/// Whether every statement of the text only looks.
pub(super) fn only_looks(text: &str) -> bool {
    let mut statements = text.split(';').map(str::trim).filter(|statement| !statement.is_empty()).peekable();
    statements.peek().is_some()
        && statements.all(|statement| {
            let first = statement
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '\\')
                .next()
                .unwrap_or("")
                .to_ascii_lowercase();
            let upper = statement.to_ascii_uppercase();
            // Behind a command of the client another one may follow: `\dt \! rm x`. A quote that the shell takes is none.
            if statement.trim_start_matches('\\').replace("\\\"", "").contains('\\') {
                return false;
            }
            match first.as_str() {
                "select" => !upper.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(changes),
                "show" | "describe" | "desc" | "use" => true,
                "explain" => !upper.contains("ANALYZE"),
                word => word.starts_with("\\d") || matches!(word, "\\l" | "\\conninfo" | "\\z" | "\\dt" | "\\timing"),
            }
        })
}

/// Words of a `SELECT` that make it do more: into a table or a file, and functions that change or start something.
fn changes(word: &str) -> bool {
    matches!(
        word,
        "INTO"
            | "SETVAL"
            | "NEXTVAL"
            | "SET_CONFIG"
            | "WRITEFILE"
            | "LOAD_EXTENSION"
            | "EDIT"
            | "LO_UNLINK"
            | "LO_EXPORT"
            | "LO_IMPORT"
            | "DBLINK_EXEC"
            | "DBLINK"
            | "PG_PROMOTE"
            | "PG_RELOAD_CONF"
            | "PG_SWITCH_WAL"
            | "PG_ROTATE_LOGFILE"
            | "PG_STAT_STATEMENTS_RESET"
            | "PG_REPLICATION_ORIGIN_DROP"
            | "PG_WAL_REPLAY_PAUSE"
            | "PG_WAL_REPLAY_RESUME"
            | "PG_LOGICAL_EMIT_MESSAGE"
            | "PG_FILE_WRITE"
            | "PG_FILE_UNLINK"
            | "SYS_EXEC"
            | "SYS_EVAL"
    ) || [
        "PG_TERMINATE",
        "PG_CANCEL",
        "PG_DROP",
        "PG_CREATE",
        "PG_STAT_RESET",
        "PG_START_BACKUP",
        "PG_STOP_BACKUP",
        "PG_BACKUP_",
        "PG_IMPORT",
    ]
    .iter()
    .any(|begin| word.starts_with(begin))
}

/// Codes of what SQL text deletes.
pub(super) fn codes(text: &str) -> Vec<&'static str> {
    let upper = text.to_ascii_uppercase();
    let words: Vec<&str> =
        upper.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect();
    let mut codes = Vec::new();
    for pair in words.windows(2) {
        let code = match (pair[0], pair[1]) {
            (
                "DROP",
                "TABLE" | "DATABASE" | "SCHEMA" | "INDEX" | "USER" | "ROLE" | "VIEW" | "COLUMN" | "OWNED" | "EXTENSION"
                | "TYPE" | "FUNCTION" | "TRIGGER" | "CONSTRAINT" | "SEQUENCE" | "POLICY" | "MATERIALIZED"
                | "TABLESPACE",
            ) => "drop",
            ("DELETE", "FROM") => "delete",
            ("TRUNCATE", _) => "truncate",
            _ => continue,
        };
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}
