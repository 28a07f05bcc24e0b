//! The small programs that `sed` and `awk` are given: whether one of them writes a file or starts something.
//!
//! What cannot be read for certain counts as writing.

use crate::runbook::code::invocation::Call;

/// Whether `sed` prints only: no editing in place, no script from a file, none of the commands `w`, `W` and `e`.
pub(super) fn sed_looks(call: &Call<'_>) -> bool {
    let mut scripts: Vec<&str> = Vec::new();
    let mut operands: Vec<&str> = Vec::new();
    let mut args = call.args();
    while let Some(arg) = args.next() {
        if let Some(long) = arg.strip_prefix("--") {
            match long.split_once('=') {
                Some(("expression", script)) => scripts.push(script),
                None if long == "expression" => scripts.extend(args.next()),
                _ if long.starts_with("in-place") || long.starts_with("file") => return false,
                _ => {}
            }
            continue;
        }
        let Some(letters) = arg.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            operands.push(arg);
            continue;
        };
        for (at, letter) in letters.char_indices() {
            let rest = &letters[at + letter.len_utf8()..];
            match letter {
                'i' | 'I' | 'f' => return false,
                'e' => scripts.extend(if rest.is_empty() { args.next() } else { Some(rest) }),
                'l' if rest.is_empty() => {
                    args.next();
                }
                _ => continue,
            }
            break;
        }
    }
    if scripts.is_empty() {
        scripts.extend(operands.first());
    }
    scripts.iter().all(|script| prints_only(script))
}

/// Walks over the commands of a sed script.
fn prints_only(script: &str) -> bool {
    let mut rest = script;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || ";{}!,~+$0123456789".contains(c));
        let Some(command) = rest.chars().next() else { return true };
        rest = &rest[command.len_utf8()..];
        rest = match command {
            // An address, with what may stand behind it.
            '/' => match behind(rest, '/') {
                Some(rest) => rest.trim_start_matches(['I', 'M']),
                None => return false,
            },
            '\\' => match rest.chars().next().and_then(|mark| behind(&rest[mark.len_utf8()..], mark)) {
                Some(rest) => rest.trim_start_matches(['I', 'M']),
                None => return false,
            },
            's' | 'y' => {
                let Some(mark) = rest.chars().next() else { return false };
                let Some(rest) = behind(&rest[mark.len_utf8()..], mark).and_then(|rest| behind(rest, mark)) else {
                    return false;
                };
                let end = rest.find(|c: char| c.is_whitespace() || ";}".contains(c)).unwrap_or(rest.len());
                if rest[..end].contains(['w', 'e']) {
                    return false;
                }
                &rest[end..]
            }
            'a' | 'i' | 'c' | 'r' | 'R' | '#' => rest.split_once('\n').map_or("", |(_, rest)| rest),
            'b' | 't' | 'T' | ':' => rest.split_once([';', '\n', '}']).map_or("", |(_, rest)| rest),
            'p' | 'P' | 'd' | 'D' | 'g' | 'G' | 'h' | 'H' | 'n' | 'N' | 'q' | 'Q' | 'l' | 'x' | 'z' | 'F' | '=' => rest,
            // `w`, `W`, `e`, and what no sed knows.
            _ => return false,
        };
    }
}

/// What stands behind the next mark that is not escaped.
fn behind(text: &str, mark: char) -> Option<&str> {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            chars.next();
        } else if c == mark {
            return Some(&text[at + c.len_utf8()..]);
        }
    }
    None
}

/// Whether `awk` prints only to its output: no program from a file, no `system`, no print into a file or a pipe.
pub(super) fn awk_looks(call: &Call<'_>) -> bool {
    let mut args = call.args();
    while let Some(arg) = args.next() {
        match arg {
            "-F" | "-v" | "--field-separator" | "--assign" => {
                args.next();
            }
            _ if arg.starts_with("-F") || arg.starts_with("-v") || arg.starts_with("--field-separator=") => {}
            "--" | "--posix" | "-P" | "--traditional" | "-c" | "-S" | "--sandbox" | "-M" | "--re-interval" | "-r" => {}
            _ if arg.starts_with('-') => return false,
            program => return prints_to_output(program),
        }
    }
    false
}

fn prints_to_output(program: &str) -> bool {
    let bare = without_literals(program);
    !bare.contains("system")
        && !bare.contains('@')
        && !bare.contains("|&")
        && bare.split([';', '{', '}', '\n']).all(|statement| {
            let statement = statement.replace("||", "");
            let prints = statement.split_once("print").map(|(_, rest)| rest);
            let writes = prints.is_some_and(writes_outside_parens);
            !writes
                && !statement.contains("| \"")
                && !statement.contains("|\"")
                && !statement.contains("|getline")
                && !statement.contains("| getline")
        })
}

/// `print x > y`, but not `print (x > y)`.
fn writes_outside_parens(rest: &str) -> bool {
    let mut level = 0_i32;
    rest.chars().any(|c| {
        level += i32::from(c == '(') - i32::from(c == ')');
        level <= 0 && (c == '>' || c == '|')
    })
}

/// An awk program with empty strings, and without its patterns.
fn without_literals(program: &str) -> String {
    let mut bare = String::with_capacity(program.len());
    let mut last = '\n';
    let mut rest = program;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        let is_pattern = c == '/' && "\n(,~!&|{};".contains(last);
        if c == '"' || is_pattern {
            rest = behind(rest, c).unwrap_or("");
            bare.push_str(if c == '"' { "\"\"" } else { "0" });
            last = '0';
            continue;
        }
        bare.push(c);
        if !matches!(c, ' ' | '\t') {
            last = c;
        }
    }
    bare
}
