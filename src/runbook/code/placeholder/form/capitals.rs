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
    if is_device(scan, token) {
        return Some(scan.mark(token.len(), token));
    }
    // Nearly all words have no two capitals side by side.
    if !token.as_bytes().windows(2).any(|pair| pair.iter().all(u8::is_ascii_uppercase)) {
        return None;
    }
    if is_machine(scan, token) {
        return Some(scan.mark(token.len(), token));
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

/// `/WHERE/BACKUPS/LIE/`: a path of words in capitals, two at least.
pub(super) fn path(scan: &Scan<'_>) -> Option<Hole> {
    let rest = scan.rest();
    let is_start = matches!(scan.before(), b' ' | b'=' | b':' | b'"' | b'\'' | b'\n');
    if !is_start || scan.quote != Quote::Bare || !rest.as_bytes().get(1).is_some_and(u8::is_ascii_uppercase) {
        return None;
    }
    let is_word = |word: &&str| {
        word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'-'))
    };
    let rest = &rest[..rest.floor_char_boundary(1000)];
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';')).unwrap_or(rest.len());
    let words: Vec<&str> = rest[1..end].split('/').take_while(is_word).collect();
    let length = words.iter().map(|word| word.len() + 1).sum::<usize>();
    let slash = usize::from(rest[length..end].starts_with('/'));
    (words.len() >= 2).then(|| scan.mark(length + slash, &rest[..length + slash]))
}

/// `/dev/sdX`, `/dev/nvmeXn1`: no disk is called so.
fn is_device(scan: &Scan<'_>, token: &str) -> bool {
    if scan.before() != b'/' {
        return false;
    }
    let is_disk = ["sd", "hd", "vd", "xvd", "nvme"]
        .iter()
        .any(|kind| token.strip_prefix(kind).is_some_and(|rest| rest.starts_with(['X', 'Y', 'Z', 'N'])));
    is_disk && scan.text[..scan.at].ends_with("/dev/") && !scan.reader.interprets()
}

/// `ssh root@ADDRESS_OF_THE_BOX`: no machine that is logged in to is called in capitals.
fn is_machine(scan: &Scan<'_>, token: &str) -> bool {
    let line = scan.near();
    let line = &line[line.rfind(['\n', ';', '|', '&', '(']).map_or(0, |at| at + 1)..];
    let program = line.split_ascii_whitespace().next().map_or("", program::base);
    scan.before() == b'@'
        && scan.quote == Quote::Bare
        && among!(program, "ssh" "scp" "sftp" "rsync" "mosh" "ssh-copy-id")
        && token.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// `VERSION`, `NEW_VERSION`, `POD_NAME`.
fn is_noun(piece: &str) -> bool {
    let is_upper = piece.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    let last = piece.rsplit('_').next().unwrap_or(piece).trim_end_matches(|c: char| c.is_ascii_digit());
    is_upper
        && (among!(last, "VERSION" "TAG" "BRANCH" "NAMESPACE" "HOSTNAME" "FILE" "FILENAME" "NAME"
            "COMMIT" "SHA" "HASH" "DATE" "TIMESTAMP" "ENVIRONMENT" "REGION" "BUCKET" "CLUSTER" "CONTAINER"
            "POD" "SERVICE" "NODE" "INSTANCE" "PROJECT" "REPO" "REPOSITORY" "IMAGE" "SERVER" "DOMAIN" "DEVICE" "PACKAGE"
            "CRATE" "MILESTONE" "NUMBER" "PID" "EMAIL" "REMOTE" "TENANT" "CUSTOMER" "DIRECTORY" "DATABASE" "DBNAME"
            "ADDRESS" "DEPLOYMENT" "ARN" "RELEASE" "DISK" "DRIVE" "PARTITION" "ARCHIVO" "ARQUIVO" "FICHERO"
            "FICHIER" "DATEI" "NOMBRE" "NOME" "SERVIDOR" "SERVEUR" "USUARIO" "UTILISATEUR" "BENUTZER" "RAMA" "RUTA" "FECHA"
            "DATUM" "SENHA" "CLAVE" "DOMINIO" "PFAD" "CHEMIN")
            // With more words these are names of variables: `SMTP_HOST`, `API_TOKEN`.
            || !piece.contains('_')
                && among!(last, "HOST" "USERNAME" "PASSWORD" "URL" "PORT" "TOKEN" "SECRET")
            || piece.contains('_') && among!(last, "ID" "IP" "ENV" "DIR" "PATH" "DB" "TABLE" "APP"))
}

/// Whether the command around it takes a value at this place.
fn takes_value(scan: &Scan<'_>, token: &str, noun: &str) -> bool {
    let line = scan.near();
    let line = &line[line.rfind(['\n', ';', '|', '&', '(']).map_or(0, |at| at + 1)..];
    let mut words = line.split_ascii_whitespace().skip_while(|word| word.contains('=') || *word == "sudo");
    let first = words.next().unwrap_or("");
    let program = program::base(first);
    let is_quotable = || among!(program, "git" "gh" "npm" "kubectl" "helm" "ssh" "curl");
    let is_open = match scan.quote {
        Quote::Bare => true,
        Quote::Double => is_quotable(),
        Quote::Single | Quote::Heredoc | Quote::LiteralHeredoc => false,
    };
    let is_joined = matches!(scan.before(), b' ' | b'=' | b'/' | b'@' | b':' | b'"' | b'+');
    let behind = scan.peek(token.len());
    let is_code = scan.reader.interprets() || scan.reader == super::super::context::Reader::Message;
    let is_program = program::is_startable(first) || program.contains('-') || line.trim_start().starts_with("sudo ");
    if !is_program
        || among!(program, "for" "select" "case" "function")
        || !is_open
        || !is_joined
        || is_code
        || matches!(behind, b'=' | b'(' | b'\'' | b'_' | b',')
    {
        return false;
    }
    let before = line.trim_end();
    let last = before.rsplit(char::is_whitespace).next().unwrap_or("");
    let is_redirected = before.ends_with(['>', '<']);
    let names_variable = among!(last, "-e" "--env" "--build-arg" "--arg" "-v" "--set-env-vars" "--secret")
        && scan.before() == b' '
        || line.split_ascii_whitespace().any(|word| {
            among!(word, "export" "unset" "read" "declare" "typeset" "local" "readonly" "printenv" "env" "secrets" "config:get"
                "config:set" "config:unset" "variable" "variables" "define" "SELECT" "INSERT" "CREATE" "DROP" "ALTER")
                || word == "secret" && program != "kubectl"
        });
    // `lsblk -o NAME`, `ps -eo PID`, `-o custom-columns=NAME:.metadata.name`: columns are called so.
    let is_column = last.starts_with('-') && last.ends_with('o')
        || among!(last, "--output" "--format" "--columns" "-O" "-p" "--property" "--sort")
        || behind == b':' && scan.peek(token.len() + 1) == b'.';
    !(is_column || is_redirected || names_variable || is_file(noun) && works_on_files(program, line))
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
