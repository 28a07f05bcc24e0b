//! Bare words in capitals that name what is to be written: `git tag VERSION`, `ssh HOST`, `app-VERSION.tar.gz`.
//!
//! Only nouns that stand for a value in anybody's runbook, and only where a command takes one: never the name of a
//! variable (`export TOKEN`, `-e TOKEN`, `TOKEN=x`), never a file that is called so (`cat VERSION`), and no other word in
//! capitals (`HEAD`, `SELECT`, `README`).

use super::word::part;
use crate::runbook::code::placeholder::Hole;
use crate::runbook::code::placeholder::context::{Quote, Scan};
use crate::runbook::code::program;
use crate::runbook::code::words::among;

/// The hole that a word in capitals is, or that a part of it is.
pub(super) fn name(scan: &Scan<'_>, token: &str) -> Option<Hole> {
    // Nearly all words have no two capitals side by side.
    if !token.as_bytes().windows(2).any(|pair| pair.iter().all(u8::is_ascii_uppercase)) {
        return None;
    }
    let mut from = 0;
    for piece in token.split(['-', '.']) {
        let bare = piece.strip_prefix('v').unwrap_or(piece);
        if is_noun(bare) {
            let start = from + piece.len() - bare.len();
            return takes_value(scan, token, bare).then(|| part(scan, token, start, bare.len()));
        }
        from += piece.len() + 1;
    }
    None
}

/// `VERSION`, `NEW_VERSION`, `POD_NAME`.
fn is_noun(piece: &str) -> bool {
    let is_upper = piece.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    let last = piece.rsplit('_').next().unwrap_or(piece).trim_end_matches(|c: char| c.is_ascii_digit());
    is_upper
        && (among!(last, "VERSION" "TAG" "BRANCH" "NAMESPACE" "HOST" "HOSTNAME" "USERNAME" "PASSWORD" "FILE" "FILENAME" "NAME"
            "URL" "PORT" "COMMIT" "SHA" "HASH" "DATE" "TIMESTAMP" "ENVIRONMENT" "REGION" "BUCKET" "CLUSTER" "CONTAINER"
            "POD" "SERVICE" "NODE" "INSTANCE" "PROJECT" "REPO" "REPOSITORY" "IMAGE" "SERVER" "DOMAIN" "DEVICE" "PACKAGE"
            "CRATE" "MILESTONE" "NUMBER" "PID" "EMAIL" "REMOTE" "TENANT" "CUSTOMER" "DIRECTORY" "DATABASE" "DBNAME"
            "ADDRESS" "DEPLOYMENT" "ARN" "TOKEN" "SECRET" "RELEASE")
            || piece.contains('_') && among!(last, "ID" "IP" "ENV" "DIR" "PATH" "USER" "DB" "KEY" "TABLE" "APP"))
}

/// Whether the command around it takes a value at this place.
fn takes_value(scan: &Scan<'_>, token: &str, noun: &str) -> bool {
    let line = &scan.text[..scan.at];
    let line = &line[line.rfind(['\n', ';', '|', '&', '(']).map_or(0, |at| at + 1)..];
    let mut words = line.split_ascii_whitespace().skip_while(|word| word.contains('=') || *word == "sudo");
    let program = words.next().map(program::base).unwrap_or("");
    let is_quotable = || among!(program, "git" "gh" "npm" "kubectl" "helm" "ssh" "curl");
    let is_open = match scan.quote {
        Quote::Bare => true,
        Quote::Double => is_quotable(),
        Quote::Single | Quote::Heredoc | Quote::LiteralHeredoc => false,
    };
    let is_joined = matches!(scan.before(), b' ' | b'=' | b'/' | b'@' | b':' | b'"' | b'+');
    let behind = scan.peek(token.len());
    let is_code = scan.reader.interprets() || scan.reader == super::super::context::Reader::Message;
    if program.is_empty() || !is_open || !is_joined || is_code || matches!(behind, b'=' | b'(' | b'\'' | b'_') {
        return false;
    }
    let before = line.trim_end();
    let last = before.rsplit(char::is_whitespace).next().unwrap_or("");
    let is_redirected = before.ends_with(['>', '<']);
    let names_variable = among!(last, "-e" "--env" "--build-arg" "--arg" "-v" "-z" "-n" "--set-env-vars" "--secret")
        && scan.before() == b' '
        || line.split_ascii_whitespace().any(|word| {
            among!(word, "export" "unset" "read" "declare" "typeset" "local" "readonly" "printenv" "env" "secrets" "config:get"
                "config:set" "config:unset" "variable" "variables" "define" "SELECT" "INSERT" "CREATE" "DROP" "ALTER")
                || word == "secret" && program != "kubectl"
        });
    !is_redirected && !names_variable && !(is_file(noun) && works_on_files(program, line))
}

/// Files that many repositories hold.
fn is_file(noun: &str) -> bool {
    among!(noun, "VERSION" "RELEASE" "TAG" "PACKAGE" "SERVICE" "COMMIT" "PROJECT")
}

fn works_on_files(program: &str, line: &str) -> bool {
    among!(program, "cat" "less" "more" "head" "tail" "vi" "vim" "nano" "emacs" "cp" "mv" "rm" "sed" "awk" "test" "[" "source" "." "touch"
        "tee" "wc" "diff" "ls" "code" "bat" "make" "$EDITOR")
        || program == "git"
            && line.split_ascii_whitespace().any(|word| among!(word, "add" "diff" "mv" "rm" "restore" "blame" "--"))
}
