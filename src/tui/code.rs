//! Code in colour: a small lexer that knows comments, strings, keywords, variables and numbers of the languages runbooks use.
//!
//! It works line by line and never fails; what it does not know stays plain. It decides nothing: what may run is read with a
//! real grammar elsewhere.

use super::text::safe;
use super::theme::Tone;
use unicode_width::UnicodeWidthChar as _;

/// A line's pieces with their tones.
pub type Pieces = Vec<(String, Tone)>;

/// What a language looks like.
struct Grammar {
    comments: &'static [&'static str],
    keywords: &'static [&'static str],
    head: Head,
    variables: bool,
}

/// What the first word of a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Head {
    Command,
    /// What stands before one of these characters is a name.
    Key(&'static [char]),
    Directive,
    Plain,
}

const SHELL: Grammar = Grammar {
    comments: &["#"],
    keywords: &[
        "if", "then", "else", "elif", "fi", "for", "in", "do", "done", "while", "until", "case", "esac", "function",
        "return", "exit", "export", "local", "set", "trap",
    ],
    head: Head::Command,
    variables: true,
};
const KEYED: Grammar = Grammar {
    comments: &["#", ";"],
    keywords: &["true", "false", "null", "yes", "no"],
    head: Head::Key(&[':', '=']),
    variables: true,
};
const JSON: Grammar =
    Grammar { comments: &[], keywords: &["true", "false", "null"], head: Head::Plain, variables: false };
const SQL: Grammar = Grammar {
    comments: &["--"],
    keywords: &[
        "select", "from", "where", "insert", "into", "update", "delete", "create", "drop", "alter", "table", "index",
        "and", "or", "not", "null", "set", "values", "join", "on", "order", "by", "group", "limit", "grant", "revoke",
        "begin", "commit", "rollback", "show", "as",
    ],
    head: Head::Plain,
    variables: false,
};
const PYTHON: Grammar = Grammar {
    comments: &["#"],
    keywords: &[
        "def", "class", "import", "from", "as", "if", "elif", "else", "for", "in", "while", "return", "with", "try",
        "except", "raise", "not", "and", "or", "None", "True", "False", "lambda", "print",
    ],
    head: Head::Plain,
    variables: false,
};
const DIRECTIVES: Grammar = Grammar { comments: &["#"], keywords: &[], head: Head::Directive, variables: true };
const PLAIN: Grammar = Grammar { comments: &[], keywords: &[], head: Head::Plain, variables: false };

fn grammar(lang: &str) -> &'static Grammar {
    match lang.to_ascii_lowercase().as_str() {
        "bash" | "sh" | "shell" | "zsh" | "console" | "terminal" | "ksh" | "dash" => &SHELL,
        "yaml" | "yml" | "toml" | "ini" | "env" | "dotenv" | "conf" | "properties" => &KEYED,
        "json" | "jsonc" => &JSON,
        "sql" | "psql" | "mysql" | "pgsql" => &SQL,
        "python" | "py" => &PYTHON,
        "dockerfile" | "docker" | "nginx" | "apache" | "caddyfile" => &DIRECTIVES,
        _ => &PLAIN,
    }
}

/// Colours a line, with its placeholders (`holes`), and cuts it into rows of at most `width` columns. `base` is the tone of what means nothing special.
#[must_use]
pub fn rows(line: &str, lang: &str, holes: &[&str], width: usize, base: Tone) -> Vec<Pieces> {
    let line = safe(line);
    let holes: Vec<&str> = holes.iter().copied().filter(|hole| !hole.is_empty()).collect();
    let pieces =
        if lang == "diff" || lang == "patch" { diff(&line, base) } else { lex(&line, grammar(lang), &holes, base) };
    cut(with_holes(pieces, &holes), width.max(4))
}

/// Placeholders stand out also within a string or a comment.
fn with_holes(pieces: Pieces, holes: &[&str]) -> Pieces {
    let mut split = Vec::with_capacity(pieces.len());
    for (text, tone) in pieces {
        let mut rest = text.as_str();
        while let Some((at, hole)) = holes.iter().filter_map(|hole| Some((rest.find(hole)?, *hole))).min() {
            push(&mut split, &rest[..at], tone);
            push(&mut split, hole, Tone::Placeholder);
            rest = &rest[at + hole.len()..];
        }
        push(&mut split, rest, tone);
    }
    split
}

fn diff(line: &str, base: Tone) -> Pieces {
    let tone = match line.chars().next() {
        Some('+') => Tone::Ok,
        Some('-') => Tone::Fail,
        Some('@') => Tone::SyntaxKeyword,
        Some(_) | None => base,
    };
    vec![(line.to_owned(), tone)]
}

fn lex(line: &str, grammar: &Grammar, holes: &[&str], base: Tone) -> Pieces {
    let mut pieces: Pieces = Vec::new();
    let key_end = match grammar.head {
        Head::Key(marks) => line.find(marks).filter(|end| !line[..*end].contains(['"', '#'])),
        Head::Command | Head::Directive | Head::Plain => None,
    };
    let mut at_head = grammar.head != Head::Plain;
    let mut at = 0;
    while let Some(c) = line[at..].chars().next() {
        let rest = &line[at..];
        let before = line[..at].chars().next_back();
        let begins_word = before.is_none_or(|c| c.is_whitespace() || "|;&({=,[".contains(c));
        let hole = holes.iter().find(|hole| rest.starts_with(**hole));
        let (length, tone) = if let Some(hole) = hole {
            at_head = false;
            (hole.len(), Tone::Placeholder)
        } else if begins_word && grammar.comments.iter().any(|mark| rest.starts_with(mark)) {
            (rest.len(), Tone::SyntaxComment)
        } else if c == '"' || c == '\'' && begins_word || c == '`' {
            (string(rest, c), Tone::SyntaxString)
        } else if c == '$' && grammar.variables {
            (variable(rest), Tone::SyntaxVariable)
        } else if key_end.is_some_and(|end| at < end) && !c.is_whitespace() && c != '-' {
            (key_end.unwrap_or(at) - at, Tone::SyntaxVariable)
        } else if c.is_alphanumeric() || "_./~".contains(c) {
            let length = rest.find(|c: char| !(c.is_alphanumeric() || "_./~-:@+%".contains(c))).unwrap_or(rest.len());
            let tone = word(&rest[..length], grammar, at_head, begins_word, base);
            // A shell keyword or an assignment is followed by a command.
            let goes_on = tone == Tone::SyntaxKeyword && grammar.head == Head::Command;
            at_head = at_head && (goes_on || rest[length..].starts_with('='));
            (length, tone)
        } else if "|&;<>".contains(c) && grammar.head == Head::Command {
            at_head = at_head || "|&;".contains(c);
            (1, Tone::SyntaxOperator)
        } else {
            (c.len_utf8(), base)
        };
        let length = length.max(c.len_utf8());
        push(&mut pieces, &rest[..length], tone);
        at += length;
    }
    pieces
}

fn word(word: &str, grammar: &Grammar, at_head: bool, begins_word: bool, base: Tone) -> Tone {
    let keyword = grammar.keywords.iter().any(|keyword| keyword.eq_ignore_ascii_case(word));
    let number = word.chars().all(|c| c.is_ascii_digit() || c == '.') && word.chars().any(|c| c.is_ascii_digit());
    match grammar.head {
        _ if keyword && begins_word => Tone::SyntaxKeyword,
        Head::Command if at_head => Tone::SyntaxCommand,
        Head::Directive if at_head => Tone::SyntaxKeyword,
        _ if number && begins_word => Tone::SyntaxNumber,
        Head::Command | Head::Directive | Head::Key(_) | Head::Plain => base,
    }
}

/// Bytes of a string up to its closing quote, or to the end of the line.
fn string(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote != '\'' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

fn variable(rest: &str) -> usize {
    match rest[1..].chars().next() {
        Some('{') => rest.find('}').map_or(rest.len(), |end| end + 1),
        Some(c) if c.is_alphabetic() || c == '_' => {
            rest[1..].find(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(rest.len(), |end| end + 1)
        }
        Some(c) if c.is_ascii_digit() || "?#@*!$-".contains(c) => 2,
        Some(_) | None => 1,
    }
}

fn push(pieces: &mut Pieces, text: &str, tone: Tone) {
    if text.is_empty() {
        return;
    }
    match pieces.last_mut() {
        Some((last, same)) if *same == tone => last.push_str(text),
        Some(_) | None => pieces.push((text.to_owned(), tone)),
    }
}

fn cut(pieces: Pieces, width: usize) -> Vec<Pieces> {
    let mut rows: Vec<Pieces> = vec![Vec::new()];
    let mut used = 0;
    for (text, tone) in pieces {
        for c in text.chars() {
            let wide = c.width().unwrap_or(0);
            if used + wide > width {
                rows.push(Vec::new());
                used = 0;
            }
            used += wide;
            if let Some(row) = rows.last_mut() {
                push(row, c.encode_utf8(&mut [0; 4]), tone);
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces that mean something, each with its tone.
    fn told(line: &str, lang: &str) -> String {
        let pieces = rows(line, lang, &["<pool>"], 200, Tone::Code).concat();
        let told = pieces.iter().filter(|(text, tone)| *tone != Tone::Code && !text.trim().is_empty());
        told.map(|(text, tone)| format!("{text}:{}", format!("{tone:?}").replace("Syntax", "")))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn shell() {
        assert_eq!(
            told("sudo psql \"$URL\" -c 'a b' | tail -5 # end", "bash"),
            "sudo:Command \"$URL\":String 'a b':String |:Operator tail:Command # end:Comment"
        );
        assert_eq!(
            told("for p in $(ls); do echo ${p%.x} $1; done", "sh"),
            "for:Keyword p:Command in:Keyword $:Variable ;:Operator do:Keyword echo:Command ${p%.x}:Variable $1:Variable ;:Operator done:Keyword"
        );
        assert_eq!(
            told("ssh db@<pool> 'x <pool>'", "sh"),
            "ssh:Command <pool>:Placeholder 'x :String <pool>:Placeholder ':String"
        );
        assert_eq!(told("echo a#b it's", "bash"), "echo:Command", "a hash within a word is no comment");
    }

    #[test]
    fn data_and_queries() {
        assert_eq!(told("  - name: web # x", "yaml"), "name:Variable # x:Comment");
        assert_eq!(told("PORT=8080", "env"), "PORT:Variable 8080:Number");
        assert_eq!(told("{\"a\": true, \"b\": 12}", "json"), "\"a\":String true:Keyword \"b\":String 12:Number");
        assert_eq!(told("SELECT 1 FROM t -- all", "sql"), "SELECT:Keyword 1:Number FROM:Keyword -- all:Comment");
        assert_eq!(told("FROM alpine:3", "dockerfile"), "FROM:Keyword");
        assert_eq!(told("+ new", "diff"), "+ new:Ok");
        assert_eq!(told("anything at all", "nonsense"), "");
    }

    #[test]
    fn nothing_is_lost_and_rows_fit() {
        for line in ["", "  indented", "a\tb", "'never closed", "${never", "漢字漢字 \"漢字\"", "x\u{1b}[2Jy"] {
            for lang in ["bash", "yaml", "json", "sql", "python", "nginx", ""] {
                let rows = rows(line, lang, &[], 7, Tone::Code);
                let all: String = rows.iter().flatten().map(|(text, _)| text.as_str()).collect();
                assert_eq!(all, safe(line), "{lang}");
                for row in &rows {
                    let wide: usize = row.iter().map(|(text, _)| super::super::text::width(text)).sum();
                    assert!(wide <= 7, "{line:?} {row:?}");
                }
            }
        }
    }
}
