//! What the tag of a fence says about its content.
//!
//! A tag is a first sorting only: a shell tag makes a block a candidate, any other tag is shown and copied but never
//! run. It does not look at the block's text.

use crate::runbook::Use;

/// What a tag promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// `bash`, `sh`, …: a candidate for commands.
    Shell,
    /// `console`, `shell-session`: commands behind prompts, output between them, or a plain log.
    Console,
    /// No tag at all: judged by its first word.
    None,
    /// `text` and its like: never commands.
    Plain,
    /// Commands of a shell that is not here (`powershell`, `cmd`).
    Foreign,
    /// Any other tag, with the use it stands for.
    Other(Use),
}

/// Sorts a tag, given in lower case.
#[must_use]
pub fn tag(lang: &str) -> Tag {
    // "```bash:" is a slip.
    match lang.trim_end_matches([':', ',', ';', '.']) {
        "" => Tag::None,
        "bash" | "sh" | "shell" | "zsh" | "ksh" | "dash" | "shellscript" | "shell-script" | "bash-script" | "bsh"
        | "command" | "commands" | "cli" | "cmdline" | "commandline" | "command-line" | "linux" | "unix" => Tag::Shell,
        "console" | "terminal" | "shell-session" | "shellsession" | "sh-session" | "bash-session" | "bashsession"
        | "term" | "session" | "ps1con" => Tag::Console,
        "text" | "txt" | "plain" | "plaintext" | "plain-text" | "none" | "no-highlight" | "nohighlight" | "raw"
        | "default" => Tag::Plain,
        "powershell" | "pwsh" | "ps1" | "ps" | "posh" | "cmd" | "bat" | "batch" | "batchfile" | "dos" | "dosbatch"
        | "nu" | "nushell" | "tcsh" | "csh" | "fish" | "elvish" | "xonsh" => Tag::Foreign,
        other => Tag::Other(other_use(other)),
    }
}

fn other_use(lang: &str) -> Use {
    match lang {
        "sql" | "postgresql" | "postgres" | "pgsql" | "plsql" | "plpgsql" | "mysql" | "tsql" | "sqlite" | "psql"
        | "mariadb" | "promql" | "logql" | "kql" | "kusto" | "cypher" | "graphql" | "gql" | "flux" | "influxql"
        | "cql" | "hql" | "hive" | "mongo" | "mongodb" | "mongosh" | "redis" | "jql" | "spl" | "esql" | "sparql"
        | "jmespath" | "jq" | "http" | "rest" => Use::Query,
        "output" | "out" | "stdout" | "stderr" | "result" | "results" | "response" => Use::Output,
        "log" | "logs" | "syslog" | "accesslog" | "mermaid" | "plantuml" | "puml" | "dot" | "graphviz" | "ascii"
        | "ascii-art" | "tree" | "diagram" | "d2" | "ditaa" | "wavedrom" | "diff" | "patch" | "md" | "markdown"
        | "mdx" | "gfm" | "rst" | "asciidoc" | "adoc" | "tex" | "latex" | "math" | "email" | "mail" | "quote"
        | "git" | "gitcommit" | "template" | "note" | "admonition" | "warning" | "tip" | "csv" | "tsv" | "regex"
        | "regexp" | "prompt" | "url" | "slack" | "text-template" => Use::Text,
        "env" | "dotenv" | ".env" => Use::Assign,
        _ => Use::File,
    }
}

#[cfg(test)]
mod tests {
    use super::{Tag, tag};
    use crate::runbook::Use;

    #[test]
    fn tags_sort_blocks() {
        let table = [
            ("", Tag::None),
            ("bash", Tag::Shell),
            ("zsh", Tag::Shell),
            ("bash:", Tag::Shell),
            ("shell", Tag::Shell),
            ("console", Tag::Console),
            ("shell-session", Tag::Console),
            ("text", Tag::Plain),
            ("powershell", Tag::Foreign),
            ("cmd", Tag::Foreign),
            ("sql", Tag::Other(Use::Query)),
            ("promql", Tag::Other(Use::Query)),
            ("yaml", Tag::Other(Use::File)),
            ("python", Tag::Other(Use::File)),
            ("dockerfile", Tag::Other(Use::File)),
            ("something-new", Tag::Other(Use::File)),
            ("env", Tag::Other(Use::Assign)),
            ("output", Tag::Other(Use::Output)),
            ("log", Tag::Other(Use::Text)),
            ("mermaid", Tag::Other(Use::Text)),
            ("diff", Tag::Other(Use::Text)),
        ];
        for (lang, expected) in table {
            assert_eq!(tag(lang), expected, "{lang}");
        }
    }
}
