//! The spellings of holes, each looked for at one place of a text.

use super::context::{Quote, Reader, Scan};
use super::{Hole, Spelling};
use crate::runbook::code::words::among;

mod capitals;
mod word;

pub(super) use word::word_length;

/// The hole that begins at the scan's place, if one does.
pub(super) fn hole(scan: &Scan<'_>) -> Option<Hole> {
    match scan.bytes[scan.at] {
        b'<' => angle(scan),
        b'{' => mustache(scan).or_else(|| brace(scan)),
        b'[' => optional(scan).or_else(|| square(scan)),
        b'$' => variable(scan),
        b'%' => percent(scan),
        b'/' => word::example_path(scan).or_else(|| capitals::path(scan)),
        b'.' => word::ellipsis(scan),
        0xE2 | 0xE3 | 0xEF => wide(scan).or_else(|| word::ellipsis(scan)).or_else(|| named_in_script(scan)),
        0xE4..=0xED => named_in_script(scan),
        byte if byte.is_ascii_alphanumeric() && !is_name_byte(scan.before()) => word::word(scan),
        _ => None,
    }
}

/// Bytes that a name between brackets has at most; more are looked through in vain, and for every bracket again.
const LONGEST: usize = 240;

/// `＜値＞` and `「値」`.
fn wide(scan: &Scan<'_>) -> Option<Hole> {
    let rest = scan.rest();
    let is_quotable = scan.quote == Quote::Bare && !scan.reader.interprets();
    let brackets = [('＜', '＞'), ('「', '」'), ('『', '』'), ('【', '】')];
    let bracket = brackets.iter().find(|(open, _)| rest.starts_with(*open) && (*open == '＜' || is_quotable));
    let (open, close) = bracket?;
    let inner = &rest[open.len_utf8()..];
    let inner = &inner[..inner.floor_char_boundary(LONGEST)];
    let length = inner.find([*close, '\n'])?;
    let name = inner[..length].trim();
    let is_closed = inner[length..].starts_with(*close) && !name.is_empty();
    is_closed.then(|| scan.mark(length + open.len_utf8() + close.len_utf8(), name))
}

/// `kill -9 プロセスID`: words of Chinese, Japanese or Korean where a command takes a value say which one.
fn named_in_script(scan: &Scan<'_>) -> Option<Hole> {
    let is_message = scan.reader.interprets() || scan.reader == Reader::Message;
    if scan.quote != Quote::Bare || !matches!(scan.before(), b' ' | b'=' | b'@') || is_message {
        return None;
    }
    let rest = scan.rest();
    let rest = &rest[..rest.floor_char_boundary(LONGEST)];
    let end = rest.find(|c: char| c.is_whitespace() || "/\"'`;|&()<>".contains(c)).unwrap_or(rest.len());
    let is_script = |c: char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}');
    // Behind a comment sign or at a line's beginning it is no value.
    let line = scan.near();
    let line = &line[line.rfind('\n').map_or(0, |at| at + 1)..];
    (rest.starts_with(is_script) && line.split_whitespace().next().is_some_and(str::is_ascii))
        .then(|| scan.mark(end, &rest[..end]))
}

/// `<x>`, unless it is HTML, a generic type, an address or a redirection.
fn angle(scan: &Scan<'_>) -> Option<Hole> {
    let rest = near_behind(scan, 1);
    let length = rest.find(['>', '<', '\n']).filter(|&length| rest.as_bytes()[length] == b'>' && length <= 80)?;
    let name = &rest[..length];
    let bare = name.trim_start_matches('$');
    let is_named = bare.starts_with(|first: char| first.is_alphabetic() || first == '_')
        || name.strip_prefix('.').is_some_and(|ending| ending.starts_with(char::is_alphabetic));
    if !is_named || name.ends_with(char::is_whitespace) || name.contains(['"', '`', ';', '&', '=', '\\']) {
        return None;
    }
    let quoted = matches!(scan.quote, Quote::Single | Quote::Double);
    let is_address = name.contains("://") || quoted && name.split_once('@').is_some_and(|(_, host)| host.contains('.'));
    let is_pattern = quoted && scan.reader.interprets() && !name.contains(['-', '_', ' ']);
    if matches!(scan.before(), b'<' | b'\\') || is_address || is_pattern || is_markup(scan, name) {
        return None;
    }
    Some(scan.mark(length + 2, bare))
}

fn is_markup(scan: &Scan<'_>, name: &str) -> bool {
    let word = name.split([' ', '/']).next().unwrap_or("");
    let head = &scan.text[..scan.at];
    let before = head.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
    let is_generic = among!(before, "Vec" "List" "Map" "HashMap" "Option" "Result" "Array" "Set" "Promise" "Box" "Arc"
            "Optional");
    // `<debug/>` in the lines of a file is a whole element.
    let is_element = name.ends_with('/') && matches!(scan.quote, Quote::Heredoc | Quote::LiteralHeredoc);
    is_generic || is_element || among!(word, "br" "hr" "html" "body" "head" "div" "span") || scan.is_closed(word)
}

/// `{{x}}`, unless it belongs to Go templates or GitHub expressions.
fn mustache(scan: &Scan<'_>) -> Option<Hole> {
    let inner = near_behind(scan, 1).strip_prefix('{')?;
    let length = inner.find("}}").filter(|&length| length <= 80 && !inner[..length].contains(['\n', '{']))?;
    let words = inner[..length].trim();
    let name = words.split('|').next().unwrap_or("").trim();
    let is_named = name.starts_with(|first: char| first.is_alphabetic() || first == '_');
    let first = words.split([' ', '(']).next().unwrap_or("");
    let is_template = words.contains('$')
        || words.contains(" .")
        || words.contains("(.")
        || among!(first, "range" "end" "else" "if" "with" "json" "printf" "println" "index" "len" "define"
            "template" "block" "raw" "endraw");
    if !is_named || is_template || scan.before() == b'$' {
        return None;
    }
    Some(scan.mark(length + 4, name))
}

/// `{x}`, unless it is code of another language or belongs to an expansion.
fn brace(scan: &Scan<'_>) -> Option<Hole> {
    let inner = near_behind(scan, 1);
    let length = inner.find('}').filter(|&length| (1..=40).contains(&length))?;
    let name = &inner[..length];
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    let is_expansion = matches!(scan.before(), b'$' | b'%' | b'@' | b'#' | b'^' | b'{' | b'\\' | b'I')
        || inner.as_bytes().get(length + 1) == Some(&b'}');
    let is_code = match scan.quote {
        Quote::Bare => scan.reader.interprets() && scan.before() == b' ',
        Quote::Double => scan.reader.interprets() || scan.reader == Reader::Message,
        Quote::Single => scan.reader.interprets() || !current_line(scan).contains("://"),
        Quote::Heredoc | Quote::LiteralHeredoc => true,
    };
    (is_name && !is_expansion && !is_code).then(|| scan.mark(length + 2, name))
}

/// `[x]`, unless it is a test, an index, a pattern, an INI heading or an array.
fn square(scan: &Scan<'_>) -> Option<Hole> {
    let inner = near_behind(scan, 1);
    let length = inner.find([']', '[', '\n']).filter(|&length| inner.as_bytes()[length] == b']' && length <= 60)?;
    let name = &inner[..length];
    let is_open = scan.before().is_ascii_whitespace()
        || matches!(scan.before(), b'/' | b'=' | b':' | b'-' | b'_' | b'@' | b'"' | b'\'' | b',');
    let after = inner.as_bytes().get(length + 1).copied().unwrap_or(b'\n');
    let is_closed = after.is_ascii_whitespace()
        || matches!(after, b'/' | b'=' | b':' | b'-' | b'_' | b'@' | b'"' | b'\'' | b',' | b'.' | b';' | b')' | b'|');
    let is_word = name.starts_with(|first: char| first.is_alphabetic())
        && !name.ends_with(' ')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '/' | '\''))
        && names_something(name);
    let is_prose = match scan.quote {
        Quote::Bare => current_line(scan).trim() == &scan.rest()[..length + 2],
        Quote::Single | Quote::Double => {
            scan.reader.interprets()
                || scan.reader == Reader::Message
                || name.bytes().all(|byte| byte.is_ascii_lowercase())
        }
        Quote::Heredoc | Quote::LiteralHeredoc => true,
    };
    let is_choice = scan.quote == Quote::Bare && is_open && is_closed && offers_words(name, scan.before());
    (is_choice || is_open && is_closed && is_word && !is_prose).then(|| scan.mark(length + 2, name.trim()))
}

/// `[staging|production]`, `=[ debug | release ]`: words of which one is to be taken. A shell would see a pipe.
fn offers_words(inner: &str, before: u8) -> bool {
    let is_tight = !inner.starts_with(' ') || before == b'=';
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_alphanumeric())
            && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '@'))
    };
    is_tight && inner.contains('|') && inner.split('|').map(str::trim).all(is_word)
}

/// `[--force]`, `[<file> …]`: how a synopsis writes what may be left out.
fn optional(scan: &Scan<'_>) -> Option<Hole> {
    let rest = near_behind(scan, 0);
    let inner = rest[1..].trim_start();
    let dashes = inner.bytes().take_while(|byte| *byte == b'-').count();
    let is_option =
        (1..=2).contains(&dashes) && inner[dashes..].bytes().take(2).filter(u8::is_ascii_alphabetic).count() == 2;
    let is_mark = inner.starts_with('<') && inner.contains('>') || inner.starts_with("-- ");
    let is_place = scan.before() == b' ' && scan.quote == Quote::Bare;
    if !is_place || !(is_option && !rest.starts_with("[ ") || is_mark) {
        return None;
    }
    let mut level = 0_usize;
    for (at, byte) in rest.bytes().enumerate().take_while(|(_, byte)| *byte != b'\n') {
        level += usize::from(byte == b'[');
        level -= usize::from(byte == b']');
        if level == 0 {
            return Some(scan.mark(at + 1, rest[1..at].trim()));
        }
    }
    None
}

/// Whether the content of square brackets is a name rather than a set of characters.
fn names_something(name: &str) -> bool {
    let is_range = name.len() >= 3 && name.as_bytes()[1] == b'-';
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    !is_range && letters >= if name.contains([' ', '-', '_']) || name.chars().all(char::is_uppercase) { 3 } else { 4 }
}

/// `$X` and `${…}`; whether the variable has a value is judged by the caller.
fn variable(scan: &Scan<'_>) -> Option<Hole> {
    let is_literal = match scan.quote {
        Quote::Single | Quote::LiteralHeredoc => true,
        Quote::Double => {
            scan.reader.interprets() && !scan.rest()[1..].starts_with(|c: char| c == '{' || c.is_ascii_uppercase())
        }
        Quote::Bare | Quote::Heredoc => false,
    };
    if is_literal || scan.before() == b'\\' || scan.before() == b'$' {
        return None;
    }
    let rest = near_behind(scan, 1);
    let (name, length, spelling) = if let Some(inner) = rest.strip_prefix('{') {
        let (name, length, spelling) = braced(inner)?;
        (name, length + 2, spelling)
    } else {
        let name = leading_name(rest)?;
        (name, name.len() + 1, Spelling::Variable)
    };
    if has_value_everywhere(name) {
        return None;
    }
    Some(Hole { span: scan.at..scan.at + length, name: name.to_owned(), spelling })
}

/// The name in `${…}`, the length up to and with the `}`, and how it is filled; nothing if it has a default.
fn braced(inner: &str) -> Option<(&str, usize, Spelling)> {
    let name = leading_name(inner)?;
    let tail = &inner[name.len()..];
    let close = tail.find('}').filter(|&close| !tail[..close].contains('\n'))?;
    let modifier = &tail[..close];
    let has_default =
        modifier.starts_with([':', '-', '=', '+']) && !modifier.starts_with(":?") && !is_substring(modifier);
    let spelling = if modifier.is_empty() { Spelling::Variable } else { Spelling::Computed };
    (!has_default).then_some((name, name.len() + close + 1, spelling))
}

/// `${x:0:7}` takes a part of a value; `${x:-y}` has a default.
fn is_substring(modifier: &str) -> bool {
    modifier.strip_prefix(':').is_some_and(|tail| tail.starts_with(|c: char| c.is_ascii_digit() || c == ' '))
}

fn leading_name(text: &str) -> Option<&str> {
    let length = text.bytes().position(|byte| !is_name_byte(byte)).unwrap_or(text.len());
    let name = &text[..length];
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_').then_some(name)
}

/// Variables that every login shell sets, or that the shell sets itself.
fn has_value_everywhere(name: &str) -> bool {
    name.starts_with("BASH")
        || name.starts_with("XDG_")
        || among!(name, "HOME" "USER" "PATH" "PWD" "OLDPWD" "SHELL" "HOSTNAME" "HOSTTYPE" "EDITOR" "VISUAL"
            "PAGER" "LANG" "LC_ALL" "UID" "EUID" "PPID" "RANDOM" "SECONDS" "LINENO" "OSTYPE"
            "MACHTYPE" "TMPDIR" "TERM" "IFS" "GROUPS" "LOGNAME" "KUBECONFIG" "SSH_AUTH_SOCK"
            "SSH_CONNECTION" "DISPLAY" "FUNCNAME" "PIPESTATUS" "REPLY" "OPTARG" "OPTIND" "COLUMNS"
            "LINES" "SUDO_USER" "EPOCHSECONDS" "SHLVL" "ZSH_VERSION" "MAIL" "_")
}

/// `%NAME%`, unless it is a date format or an encoded byte.
fn percent(scan: &Scan<'_>) -> Option<Hole> {
    let inner = near_behind(scan, 1);
    let length = inner.find('%').filter(|&length| (3..=40).contains(&length))?;
    let name = &inner[..length];
    let is_name = name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    let is_plain = matches!(scan.quote, Quote::Bare | Quote::Double) && !scan.before().is_ascii_alphanumeric();
    (is_name && is_plain && !scan.reader.interprets()).then(|| scan.mark(length + 2, name))
}

/// What stands behind the scan's place, as far as a hole can reach: a bracket that is never closed is not looked for in all
/// of the text, and for every bracket again.
fn near_behind<'a>(scan: &Scan<'a>, from: usize) -> &'a str {
    const REACH: usize = 1000;
    let rest = &scan.rest()[from..];
    &rest[..rest.floor_char_boundary(REACH)]
}

/// The line of the text that the scan is on, as far as it is near.
fn current_line<'a>(scan: &Scan<'a>) -> &'a str {
    let near = scan.near();
    let from = near.rfind('\n').map_or(scan.at - near.len(), |at| scan.at - near.len() + at + 1);
    let to = scan.at + near_behind(scan, 0).find('\n').unwrap_or(near_behind(scan, 0).len());
    &scan.text[from..to]
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
