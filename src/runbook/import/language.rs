//! The language of code that lost its tag, for colour and for the eye: never one that makes it a command.

/// The name of a file above its content, if the first line of the code is one.
#[must_use]
pub fn split_file_name(code: &str) -> Option<(&str, &str)> {
    let (first, rest) = code.split_once('\n')?;
    let name = first.trim();
    let base = name.rsplit('/').next().unwrap_or(name);
    let extension = base.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_name = !name.contains(char::is_whitespace)
        && !name.contains(['=', ':', '{', '<', '$', '(', ';', '*', '"', '\''])
        && !rest.trim().is_empty()
        && (name.starts_with('/') && name.len() > 1
            || ["Dockerfile", "Caddyfile", "Makefile"].contains(&name)
            || (1..=10).contains(&extension.len())
                && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
                && extension.bytes().any(|byte| byte.is_ascii_alphabetic()));
    is_name.then_some((name, rest))
}

/// The info string for the content of a file. `conf` when nothing better is known.
#[must_use]
pub fn of_content(name: Option<&str>, code: &str) -> &'static str {
    let code = code.trim();
    let first = code.lines().next().unwrap_or("").trim();
    if let Some(interpreter) = first.strip_prefix("#!") {
        return of_script(interpreter);
    }
    if let Some(lang) = name.and_then(of_name) {
        return lang;
    }
    let word = first.split_whitespace().next().unwrap_or("").to_ascii_uppercase();
    let is_sql = ["CREATE", "SELECT", "INSERT", "UPDATE", "DELETE", "ALTER", "DROP", "GRANT"].contains(&word.as_str());
    let lines = || code.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let all = |test: fn(&str) -> bool| lines().next().is_some() && lines().all(test);
    if is_sql && code.contains(';') || first.starts_with("-- ") {
        "sql"
    } else if first.starts_with('[') && first.ends_with(']') && !first.contains(',') || all(is_assignment) {
        "ini"
    } else if first == "{" || first.starts_with("{\"") || first == "[" {
        "json"
    } else if all(is_yaml) {
        "yaml"
    } else if all(is_log) {
        "log"
    } else if first.starts_with("server {") || first.starts_with("upstream ") || first.starts_with("location ") {
        "nginx"
    } else {
        "conf"
    }
}

/// A script is the content of a file: its language is told, and that it is not to be run from here.
fn of_script(interpreter: &str) -> &'static str {
    let program = interpreter.split(['/', ' ']).rfind(|part| !part.is_empty() && !part.starts_with('-')).unwrap_or("");
    match program {
        "python" | "python3" => "python",
        "node" => "javascript",
        "ruby" => "ruby",
        "perl" => "perl",
        "sh" | "dash" | "bash" | "zsh" | "ksh" => "bash {run=never}",
        _ => "conf",
    }
}

fn of_name(name: &str) -> Option<&'static str> {
    let base = name.rsplit('/').next().unwrap_or(name);
    let extension = base.rsplit_once('.').map_or(base, |(_, extension)| extension);
    Some(match extension {
        "yml" | "yaml" => "yaml",
        "json" => "json",
        "toml" => "toml",
        "sql" => "sql",
        "ini" | "env" | "service" | "timer" | "properties" => "ini",
        "py" => "python",
        "js" | "mjs" => "javascript",
        "xml" => "xml",
        "Dockerfile" => "dockerfile",
        _ => return None,
    })
}

fn is_assignment(line: &str) -> bool {
    line.split_once('=').is_some_and(|(name, _)| {
        let name = name.trim();
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
    })
}

fn is_yaml(line: &str) -> bool {
    let line = line.strip_prefix("- ").unwrap_or(line);
    let key = line.split_once(':').map_or("", |(key, _)| key);
    let is_pair = !key.is_empty() && !key.contains(char::is_whitespace) && !line.ends_with([';', '{', ',']);
    is_pair && (line.ends_with(':') || line.contains(": ")) || line.starts_with('"') && line.ends_with('"')
}

fn is_log(line: &str) -> bool {
    let bytes = line.as_bytes();
    bytes.len() > 10 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_tells_its_language() {
        for (code, lang) in [
            ("services:\n  web:\n    image: x\n", "yaml"),
            ("A=1\n# why\nB=2\n", "ini"),
            ("[Unit]\nAfter=x\n", "ini"),
            ("SELECT 1;\n", "sql"),
            ("{\n\"a\": 1\n}\n", "json"),
            ("#!/bin/bash\nrm x\n", "bash {run=never}"),
            ("#!/usr/bin/env python3\nx()\n", "python"),
            ("2026-01-01 00:00 ok\n2026-01-01 00:01 ok\n", "log"),
            ("server {\nlisten 80;\n}\n", "nginx"),
            ("0 2 * * * /opt/x\n", "conf"),
        ] {
            assert_eq!(of_content(None, code), lang, "{code}");
        }
        assert_eq!(of_content(Some("compose.yml"), "x"), "yaml");
    }

    #[test]
    fn a_file_is_named_above_its_content() {
        assert_eq!(split_file_name(".env\nA=1\n"), Some((".env", "A=1\n")));
        assert_eq!(split_file_name("/etc/app/app.conf\nx\n"), Some(("/etc/app/app.conf", "x\n")));
        assert_eq!(split_file_name("listen 80;\nx\n"), None);
        assert_eq!(split_file_name("KEY=a.b\nx\n"), None);
        assert_eq!(split_file_name("backup.sh\n"), None);
    }
}
