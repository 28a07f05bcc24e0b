//! Forms of lines that are no commands, told by their characters.

use super::Nature;
use crate::runbook::code::program;
use crate::runbook::code::words::{self, among};

/// Five time fields and a command, or `@daily` and a command.
pub(super) fn is_cron(line: &str) -> bool {
    let first = words::first(line);
    // Nearly all lines begin with another byte.
    if !first.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '@' | '*' | '/' | ',' | '-')) {
        return false;
    }
    let mut words = line.split_whitespace().skip(1);
    if among!(first, "@reboot" "@yearly" "@annually" "@monthly" "@weekly" "@daily" "@midnight" "@hourly") {
        return words.next().is_some();
    }
    let is_field = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'/' | b',' | b'-'))
            && word.bytes().any(|byte| byte.is_ascii_digit() || byte == b'*')
    };
    let is_named = |word: &str| {
        word.split([',', '-'])
            .all(|day| among!(day.to_ascii_lowercase().as_str(), "mon" "tue" "wed" "thu" "fri" "sat" "sun"))
    };
    is_field(first)
        && (0..3).all(|_| words.next().is_some_and(is_field))
        && words.next().is_some_and(|word| is_field(word) || is_named(word))
        && words.next().is_some()
        && line.contains('*')
}

/// A calculation over names: `(used - free) / 1024`, `(used / all) > 0.9`. Behind a subshell a shell takes only operators
/// of its own, and nobody calls a file 0.9.
pub(super) fn computes(line: &str) -> bool {
    let Some(at) = line.rfind(')').filter(|_| line.starts_with('(') && !line.starts_with("((")) else {
        return false;
    };
    let behind = line[at + 1..].trim();
    let compared = behind.trim_start_matches(['<', '>', '=', '!']).trim();
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && !text.is_empty();
    let is_compared = compared.len() < behind.len() && is_number(compared);
    (behind.starts_with(['/', '*', '+', '-', '%']) || is_compared) && !line.contains([';', '$', '"', '\''])
}

/// Trees, boxes and arrows.
pub(super) fn is_drawing(line: &str) -> bool {
    let first = line.chars().next().unwrap_or(' ');
    let is_box = ('\u{2500}'..='\u{25FF}').contains(&first) || matches!(first, '→' | '↓' | '▼' | '↳' | '⇒');
    let is_tree = line.starts_with("|--")
        || line.starts_with("`--")
        || line.starts_with("+--")
        || line.starts_with("|__")
        || line.starts_with("\\--");
    let is_rule =
        line.len() >= 3 && line.bytes().all(|byte| matches!(byte, b'-' | b'=' | b'+' | b'|' | b' ' | b'_' | b'~'));
    let may_be_arrow = line.contains("> ") || !line.is_ascii();
    let is_arrow = may_be_arrow
        && (line.contains(" → ") || line.contains(" ──") || line.contains(" --> ") || line.contains(" ==> "))
        && !line.contains(['"', '\'']);
    let starts = || {
        let word = words::first(line);
        program::is_startable(word) && !program::is_also_word(word)
    };
    is_box || is_tree || is_rule || is_arrow && !starts()
}

/// Time stamps, levels and structured log lines.
pub(super) fn is_log(line: &str) -> bool {
    let bytes = line.as_bytes();
    let digits =
        |from: usize, count: usize| bytes.get(from..from + count).is_some_and(|few| few.iter().all(u8::is_ascii_digit));
    let is = |at: usize, byte: u8| bytes.get(at) == Some(&byte);
    let date_at = |from: usize| digits(from, 4) && (is(from + 4, b'-') || is(from + 4, b'/')) && digits(from + 5, 2);
    let from = usize::from(is(0, b'['));
    let is_date = date_at(from) || digits(from, 2) && is(from + 2, b':') && digits(from + 3, 2) && is(from + 5, b':');
    let first = words::first(line);
    let mut words = line.split_whitespace().skip(1);
    let is_syslog = among!(first, "Jan" "Feb" "Mar" "Apr" "May" "Jun" "Jul" "Aug" "Sep" "Oct" "Nov" "Dec")
        && words.next().is_some_and(|day| day.bytes().all(|byte| byte.is_ascii_digit()))
        && words.next().is_some_and(|time| time.contains(':'));
    let level = first.trim_matches(['[', ']', ':', '(', ')', '*']);
    let is_level = among!(level, "INFO" "WARN" "WARNING" "ERROR" "DEBUG" "FATAL" "TRACE" "CRITICAL" "NOTICE" "PASS"
            "FAIL" "OK" "FAILED" "SUCCESS" "ERR!")
        || matches!(first, "error:" | "warning:" | "fatal:" | "Error:" | "Warning:" | "npm" if line.starts_with("npm ERR!") || first != "npm");
    let is_keyed =
        line.starts_with("time=") && line.contains("level=") || line.starts_with("level=") || line.starts_with("ts=");
    // `db   | ready`: the lines of several services, their names drawn to one width. `dmesg   | tail` is a pipe.
    let is_of_service = || {
        line.split_once(" | ").is_some_and(|(name, said)| {
            let is_name = name.ends_with(' ') && !name.trim_end().contains(' ');
            is_name && !said.split_whitespace().next().is_some_and(program::is_startable)
        })
    };
    is_date || is_syslog || is_level || is_keyed || line.as_bytes().contains(&b'|') && is_of_service()
}

/// What the first characters alone give away.
pub(super) fn by_first_bytes(line: &str) -> Option<Nature> {
    let first = line.chars().next()?;
    let second = line.chars().nth(1).unwrap_or('\n');
    let is_list =
        matches!(first, '-' | '*' | '+' | '•' | '·' | '○' | '☐' | '◦') && second.is_whitespace() || first == '•';
    if is_list {
        return Some(Nature::Words);
    }
    match first {
        '✓' | '✔' | '✅' | '❌' | '✗' | '⚠' | '☑' | '×' | '⏳' | '🔴' | '🟢' | '🟡' => {
            return Some(Nature::Output);
        }
        '{' if second == '\n'
            || second == '"'
            || line == "{"
            || line == "{}"
            || line.starts_with("{ \"")
            || line.starts_with("{%") =>
        {
            return Some(Nature::Config);
        }
        '"' | '\'' if line.contains("\":") || line.contains("':") || line.ends_with(',') => {
            return Some(Nature::Config);
        }
        '[' if second != '[' && second != ' ' => {
            let is_heading = line.ends_with(']') && !line.contains(' ') && !line.contains('"');
            return Some(if is_heading { Nature::Config } else { Nature::Output });
        }
        '<' if line.starts_with("</")
            || line.starts_with("<?")
            || line.starts_with("<!")
            || line.contains("</")
            || line.ends_with("/>") =>
        {
            return Some(Nature::Config);
        }
        '<' if line.ends_with('>') && line.matches('<').count() == 1 => return Some(Nature::Words),
        '}' | ']' | ')' | '@' | ';' => return Some(Nature::Config),
        '|' if line.contains("--") => return Some(Nature::Drawing),
        '|' | '%' | '^' | ',' | '?' | '=' => return Some(Nature::Output),
        '>' if second != '>' && line.split_whitespace().count() != 2 => return Some(Nature::Output),
        '.' if line == "." || line == ".." => return Some(Nature::Drawing),
        '-' if line.starts_with("-- ") => return Some(Nature::Query),
        '-' => return Some(Nature::Words),
        '\\' if second.is_ascii_alphabetic() => return Some(Nature::Query),
        _ => {}
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 {
        let rest = &line[digits..];
        let is_numbered = (rest.starts_with(". ") || rest.starts_with(") ")) && digits < 3;
        let is_word = rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '-' || c == '_');
        return match (is_numbered, is_word) {
            (true, _) => Some(Nature::Words),
            (false, true) => None,
            (false, false) => Some(Nature::Output),
        };
    }
    (!first.is_ascii() && !matches!(first, '＜')).then_some(Nature::Words)
}

/// What the first word and its punctuation give away.
pub(super) fn by_first_word(line: &str, word: &str, text: &str) -> Option<Nature> {
    let mut words = line.split_whitespace().skip(1);
    let second = words.next().unwrap_or("");
    if is_query(line, word, second, text) {
        return Some(Nature::Query);
    }
    if word.ends_with(':') && word.len() > 1
        || word.contains(": ")
        || among!(second, "=" "=>" ":=" "==" "===" "!=" "!==" ":" "+=" "->" "::=") && !program::is_path(word)
    {
        return Some(Nature::Config);
    }
    if word.contains("://") || word.starts_with("www.") {
        return Some(Nature::Words);
    }
    if word == "set" && second.split_once('=').is_some_and(|(name, _)| crate::runbook::code::shell::is_name(name)) {
        return Some(Nature::Config);
    }
    if is_code(line, word, second) {
        return Some(Nature::Config);
    }
    if matches!(word, "host" | "hostssl" | "hostnossl" | "local")
        && ["md5", "trust", "peer", "scram-sha-256", "reject", "ident", "cert", "password"]
            .iter()
            .any(|method| line.split_whitespace().next_back() == Some(method))
    {
        return Some(Nature::Config);
    }
    let is_startable = program::is_startable(word);
    let is_directive = !is_startable
        || among!(word, "set" "return" "if" "alias" "user" "include" "root" "index" "server" "location"
            "upstream" "default" "expires" "set_real_ip_from" "rotate" "create");
    if program::is_path(word) && is_block_head(line, word) {
        return Some(Nature::Config);
    }
    if is_directive
        && (line.ends_with(';') && !line.ends_with(";;") && !matches!(word, "export") || is_block_head(line, word))
    {
        return Some(Nature::Config);
    }
    None
}

/// `location / {`, `server {`, `resource "x" "y" {`: not a shell function, not a group.
fn is_block_head(line: &str, word: &str) -> bool {
    if program::is_path(word) {
        return line.strip_prefix(word).is_some_and(|rest| rest.trim() == "{");
    }
    line.ends_with('{')
        && !line.contains("()")
        && !matches!(word, "function" | "{" | "if" | "for" | "while")
        && !line.ends_with("${")
        || line.ends_with('{') && word == "if" && line.contains('(')
}

fn is_query(line: &str, word: &str, second: &str, text: &str) -> bool {
    let upper = word.trim_end_matches(';').to_ascii_uppercase();
    let next = second.trim_end_matches([',', ';', '(']).to_ascii_uppercase();
    let is_sql = match upper.as_str() {
        "SELECT" => word == "SELECT" || text.to_ascii_uppercase().contains(" FROM ") || line.ends_with(';'),
        "INSERT" => next == "INTO",
        "DELETE" => next == "FROM",
        "UPDATE" => text.to_ascii_uppercase().contains(" SET ") || word == "UPDATE",
        "CREATE" | "ALTER" | "DROP" => {
            word == upper
                || among!(next.as_str(), "TABLE" "DATABASE" "INDEX" "USER" "ROLE" "SCHEMA" "VIEW" "EXTENSION" "POLICY"
            "UNIQUE" "FUNCTION" "TRIGGER" "SYSTEM" "TYPE" "SEQUENCE" "MATERIALIZED" "OR")
        }
        "GRANT" | "REVOKE" | "VACUUM" | "REINDEX" | "ANALYZE" | "TRUNCATE" | "BEGIN" | "COMMIT" | "ROLLBACK"
        | "EXPLAIN" | "WITH" | "MERGE" | "DECLARE" | "CALL" | "SHOW" | "FLUSH" | "USE" | "DESCRIBE" | "LOCK"
        | "FROM" | "WHERE" | "ORDER" | "GROUP" | "LIMIT" | "JOIN" | "VALUES" | "SET" => {
            word.trim_end_matches(';') == upper || upper == "SHOW" && line.ends_with(';')
        }
        _ => false,
    };
    let is_http = matches!(word, "GET" | "POST" | "PUT" | "DELETE" | "PATCH" | "HEAD")
        && (second.starts_with('/') || second.starts_with("http"))
        || word.starts_with("HTTP/");
    let is_redis = word == upper
        && among!(word, "KEYS" "SET" "GET" "FLUSHALL" "FLUSHDB" "INFO" "CONFIG" "HGETALL" "SCAN" "EXPIRE" "DEL")
        && !second.starts_with('-');
    let is_graph = matches!(word, "query" | "mutation" | "subscription") && line.ends_with('{')
        || word == "MATCH" && line.contains('(');
    // Typed into a database client: no shell knows `use`, and none reads SQL with `source`.
    let is_typed = word == "source"
        && second.trim_end_matches(';').rsplit_once('.').is_some_and(|(_, kind)| kind == "sql")
        || word == "use" && line.split_whitespace().count() == 2;
    is_sql || is_typed || is_prompted(word, second) || is_http || is_redis || is_graph || is_metric(line, word)
}

/// `indy> pool connect`: typed at the prompt of a program. A shell would take it for a redirection.
fn is_prompted(word: &str, second: &str) -> bool {
    word.strip_suffix('>').is_some_and(|name| {
        name.len() > 1
            && !second.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
            && !program::is_known(name)
    })
}

/// `rate(x[5m])`, `sum by (job) (…)`, `up{job="x"}`, `{app="x"} |= "error"`, `db.users.find(…)`.
fn is_metric(line: &str, word: &str) -> bool {
    let name = word.split(['(', '{', '[']).next().unwrap_or("");
    let functions = [
        "rate",
        "irate",
        "sum",
        "avg",
        "min",
        "max",
        "count",
        "increase",
        "histogram_quantile",
        "topk",
        "bottomk",
        "absent",
        "delta",
        "deriv",
        "predict_linear",
        "label_replace",
        "quantile",
        "count_over_time",
        "avg_over_time",
        "max_over_time",
        "time",
        "changes",
    ];
    let opens = word[name.len()..].chars().next();
    let is_call = functions.contains(&name)
        && (opens == Some('(')
            || line[word.len()..].trim_start().starts_with("by ")
            || line[word.len()..].trim_start().starts_with('('));
    let is_series = opens == Some('{')
        && !name.is_empty()
        && line.contains("=\"")
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'));
    let is_log_query = name.is_empty() && opens == Some('{') && line.contains("=\"") && line.contains('}');
    let is_range = opens == Some('[')
        && word[name.len() + 1..].starts_with(|c: char| c.is_ascii_digit())
        && line.contains(']')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.is_empty();
    let is_document = word.starts_with("db.") && word.contains('(') || word.starts_with("rs.") && word.contains('(');
    is_call || is_series || is_log_query || is_range || is_document
}

/// Dockerfiles and program code.
fn is_code(line: &str, word: &str, second: &str) -> bool {
    let is_dockerfile = among!(word, "FROM" "RUN" "COPY" "ADD" "CMD" "ENTRYPOINT" "ENV" "ARG" "WORKDIR" "EXPOSE" "USER"
            "VOLUME" "LABEL" "HEALTHCHECK" "SHELL" "STOPSIGNAL" "ONBUILD" "MAINTAINER");
    let is_keyword = among!(word, "import" "from" "def" "class" "const" "let" "var" "public" "private" "async" "await"
            "package" "using" "namespace" "struct" "enum" "interface" "resource" "module" "provider"
            "variable" "fn" "pub" "func" "static" "void" "int" "elif" "else:" "try:" "except" "with"
            "raise" "throw")
        && !second.starts_with('-')
        && !program::is_known(word);
    let is_import = word == "import" && (line.contains(" from ") || line.ends_with(';') || !second.contains('.'));
    let head = word.split('(').next().unwrap_or("");
    let is_call = word.contains('(')
        && !head.is_empty()
        && !word.contains("()")
        && !head.starts_with(['$', '"', '\''])
        && !word.starts_with("$(")
        && !head.contains('=')
        || word.contains("()") && (line.ends_with(';') || line.ends_with(')'));
    is_dockerfile || is_keyword || is_import || is_call
}

/// A first word that is on no list.
pub(super) fn unknown(first: &str, line: &str) -> Nature {
    let letters = first.bytes().filter(u8::is_ascii_alphabetic).count();
    let is_capitals = letters >= 2
        && first.bytes().all(|byte| {
            byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b':' | b'/')
        });
    if is_capitals {
        return Nature::Output;
    }
    let is_capitalised = first.starts_with(|c: char| c.is_ascii_uppercase()) && !first.contains(['/', '.']);
    if is_capitalised {
        return Nature::Words;
    }
    let is_program = first.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && first
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+' | b'/' | b'@'))
        && !first.ends_with(['.', ',', '/']);
    if !is_program {
        return Nature::Output;
    }
    if is_table_row(line) {
        Nature::Output
    } else if is_piped(line) {
        Nature::Command
    } else {
        Nature::Likely
    }
}

/// Whether what a program prints goes into one that is known to read it: then it is a program, whatever its name.
fn is_piped(line: &str) -> bool {
    memchr::memchr(b'|', line.as_bytes()).is_some()
        && line.split_once(" | ").is_some_and(|(_, rest)| {
            let mut words = rest.split_whitespace();
            let reader = words.next().unwrap_or("");
            among!(reader, "jq" "grep" "egrep" "awk" "sed" "head" "tail" "xargs" "cut" "tr" "sort" "wc" "tee" "column")
                && words
                    .next()
                    .is_some_and(|word| word.starts_with(['-', '.', '\'', '"', '{', '\'']) || reader == "grep")
        })
}

/// Columns set apart by several blanks, which commands hardly have.
fn is_table_row(line: &str) -> bool {
    let gaps =
        line.as_bytes().windows(3).filter(|three| three[0] != b' ' && three[1] == b' ' && three[2] == b' ').count();
    gaps >= 2 && !line.contains(['"', '\'', '\\', '|']) || line.contains('\t') && !line.contains(['"', '\''])
}
