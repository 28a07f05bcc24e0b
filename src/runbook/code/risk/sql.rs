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
            match first.as_str() {
                "select" => {
                    !upper.contains(" INTO ")
                        && !upper.contains("PG_TERMINATE")
                        && !upper.contains("PG_CANCEL")
                        && !upper.contains("SETVAL")
                }
                "show" | "describe" | "desc" | "use" => true,
                "explain" => !upper.contains("ANALYZE"),
                word => word.starts_with("\\d") || matches!(word, "\\l" | "\\conninfo" | "\\z" | "\\dt" | "\\timing"),
            }
        })
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
