//! Words that stand for a value: `your-bucket`, `CHANGE_ME`, `vX.Y.Z`, `YYYYMMDD`, `example.com`, `/path/to/x`, `…`.

use crate::runbook::code::placeholder::Hole;
use crate::runbook::code::placeholder::context::{Quote, Reader, Scan};
use crate::runbook::code::words::among;
use crate::runbook::letters::Letters;

/// The hole that a word at the scan's place is or holds.
pub(super) fn word(scan: &Scan<'_>) -> Option<Hole> {
    // Behind a `$` stands a variable's name, which was looked at before.
    if scan.before() == b'$' {
        return None;
    }
    if let Some(hole) = credentials(scan) {
        return Some(hole);
    }
    let rest = scan.rest();
    let length = word_length(rest);
    let token = rest[..length].trim_end_matches(['.', '-']);
    if let Some(hole) = elided(scan, &rest[..length]) {
        return Some(hole);
    }
    if token.len() < 3 {
        return None;
    }
    // Nearly all words are no holes: the letters that occur in a word rule most spellings out at once.
    let letters = Letters::of(token);
    let may = |spelling: Letters| letters.has_all(spelling);
    None.or_else(|| may(YOUR).then(|| your(scan, token)).flatten())
        .or_else(|| owned(scan, token))
        .or_else(|| PLEAS.into_iter().any(may).then(|| to_replace(scan, token)).flatten())
        .or_else(|| may(YEAR).then(|| date(scan, token)).flatten())
        .or_else(|| may(MONTH).then(|| calendar(scan, token)).flatten())
        .or_else(|| (letters.has_any(VERSION) && token.contains('.')).then(|| version(scan, token)).flatten())
        .or_else(|| may(CROSS).then(|| crossed_out(scan, token)).flatten())
        .or_else(|| {
            (DOMAINS.into_iter().any(may) && token.contains('.'))
                .then(|| example_domain(scan, token).or_else(|| own_domain(scan, token)))
                .flatten()
        })
        .or_else(|| (scan.reader == Reader::Cloud).then(|| argument_name(scan, token)).flatten())
        .or_else(|| super::capitals::name(scan, token))
}

const YOUR: Letters = Letters::of("your");
const PLEAS: [Letters; 8] = [
    Letters::of("change"),
    Letters::of("replace"),
    Letters::of("insert"),
    Letters::of("fil"),
    Letters::of("her"),
    Letters::of("todo"),
    Letters::of("tbd"),
    Letters::of("fixme"),
];
const YEAR: Letters = Letters::of("y");
const MONTH: Letters = Letters::of("m");
const VERSION: Letters = Letters::of("xyznb");
const CROSS: Letters = Letters::of("x");
const DOMAINS: [Letters; 7] = [
    Letters::of("domain"),
    Letters::of("example"),
    Letters::of("dominio"),
    Letters::of("exempl"),
    Letters::of("ejmplo"),
    Letters::of("beispl"),
    Letters::of("esmpio"),
];

/// Bytes of the word that a text begins with: letters, digits, `_`, `-` and `.`.
pub(in crate::runbook::code::placeholder) fn word_length(text: &str) -> usize {
    text.bytes().position(|byte| !is_token_byte(byte)).unwrap_or(text.len())
}

pub(super) fn part(scan: &Scan<'_>, token: &str, from: usize, length: usize) -> Hole {
    let start = scan.at + from;
    let mut hole = scan.mark(0, &token[from..from + length]);
    hole.span = start..start + length;
    hole
}

/// `VOTRE_DOMAINE`, `DEIN_NAME`: what other languages say for `YOUR_`.
fn owned(scan: &Scan<'_>, token: &str) -> Option<Hole> {
    let from = memchr::memchr_iter(b'_', token.as_bytes()).find_map(|at| {
        let owner = token[..at].bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
        among!(&token[at - owner..at], "VOTRE" "TON" "DEIN" "DEINE" "IHRE" "TU" "SEU" "SUA").then_some(at - owner)
    })?;
    Some(part(scan, token, from, token.len() - from))
}

/// `your-bucket`, `YOUR_KEY`, `api.yourdomain.com` (from `your` on).
fn your(scan: &Scan<'_>, token: &str) -> Option<Hole> {
    let lower = token.to_ascii_lowercase();
    let from = lower.match_indices("your").map(|(at, _)| at).find(|&at| {
        let starts = at == 0 || !lower.as_bytes()[at - 1].is_ascii_alphanumeric();
        let tail = &lower[at + 4..];
        let is_pronoun = tail.is_empty()
            || ["s", "self", "selves"].iter().any(|rest| {
                tail.strip_prefix(rest).is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric()))
            });
        starts && !is_pronoun && tail.bytes().filter(u8::is_ascii_alphanumeric).count() >= 2
    })?;
    Some(part(scan, token, from, token.len() - from))
}

/// `CHANGE_ME`, `REPLACE_WITH_X`, `PASTE_KEY_HERE`, a bare `TODO`.
fn to_replace(scan: &Scan<'_>, token: &str) -> Option<Hole> {
    let lower = token.to_ascii_lowercase().replace('-', "_");
    let may_be = ["change", "replace", "insert_your", "fill_"].iter().any(|plea| lower.contains(plea));
    let is_plea = may_be
        && [
            "changeme",
            "change_me",
            "change_this",
            "changethis",
            "replaceme",
            "replace_me",
            "replace_this",
            "replace_with",
            "insert_your",
            "fill_me",
            "fill_in",
        ]
        .iter()
        .any(|plea| lower.contains(plea))
        || lower.ends_with("_here") && lower.len() > 6;
    let is_note = matches!(token, "TODO" | "TBD" | "FIXME")
        && scan.quote == Quote::Bare
        && !scan.reader.interprets()
        && matches!(scan.before(), b'=' | b' ' | b':' | b'/');
    let is_pattern = scan.reader == Reader::Pattern;
    (is_plea && !is_pattern || is_note).then(|| scan.mark(token.len(), token))
}

/// `YYYYMMDD`, `yyyy-mm-dd`, `YYYYMMDD_HHMMSS`, inside longer words too.
fn date(scan: &Scan<'_>, token: &str) -> Option<Hole> {
    let from = place_of(token, "YYYY").or_else(|| place_of(token, "yyyy")).or_else(|| place_of(token, "YYMMDD"))?;
    let is_upper = token[from..].starts_with('Y');
    let is_letter = |byte: u8| {
        let upper = byte.to_ascii_uppercase();
        matches!(upper, b'Y' | b'M' | b'D' | b'H' | b'S')
            && (!is_upper || byte.is_ascii_uppercase() || byte == b'h' || byte == b'm')
    };
    let tail = &token.as_bytes()[from..];
    let mut length = 0;
    while length < tail.len() {
        let next = tail.get(length + 1).copied().unwrap_or(b' ');
        // `YYYYMMDDTHHMMSSZ`, as ISO 8601 writes it.
        let is_zone = tail[length] == b'Z' && tail[..length].ends_with(b"SS");
        if is_letter(tail[length]) || is_zone || matches!(tail[length], b'-' | b'_' | b'T' | b'.') && is_letter(next) {
            length += 1;
        } else {
            break;
        }
    }
    let continues = tail.get(length).is_some_and(u8::is_ascii_alphabetic);
    (!continues).then(|| part(scan, token, from, length))
}

/// Where a few letters stand in a word. A search that prepares itself takes longer than to look at all places.
fn place_of(token: &str, letters: &str) -> Option<usize> {
    token.as_bytes().windows(letters.len()).position(|window| window == letters.as_bytes())
}

/// `2024-MM-DD-HHMM`, `AAAA-MM-DD`, `TT.MM.JJJJ`: a month and a day in letters, with what stands around them.
fn calendar(scan: &Scan<'_>, token: &str) -> Option<Hole> {
    // Whichever way it is spelled, the month is in it.
    place_of(token, "MM")?;
    let spellings =
        ["MM-DD", "MM_DD", "MMDD", "DD-MM", "DDMM", "AAAAMM", "AAAA-MM", "MM-AAAA", "MM-TT", "TT-MM", "JJ-MM", "MM-JJ"];
    let at = spellings.iter().filter_map(|spelling| token.find(spelling)).min()?;
    let is_part =
        |byte: &u8| matches!(byte, b'0'..=b'9' | b'A' | b'D' | b'H' | b'J' | b'M' | b'S' | b'T' | b'Y' | b'-' | b'_');
    let bytes = token.as_bytes();
    let before = bytes[..at].iter().rev().take_while(|byte| is_part(byte)).count();
    let from = at - before + bytes[at - before..at].iter().take_while(|byte| matches!(byte, b'-' | b'_')).count();
    let length = bytes[from..].iter().take_while(|byte| is_part(byte)).count();
    let continues = bytes.get(from + length).is_some_and(u8::is_ascii_alphabetic);
    (!continues).then(|| part(scan, token, from, length))
}

/// `vX.Y.Z`, `1.x.y`, `10.x.x.x`: numbers and at least two single letters between dots.
fn version(scan: &Scan<'_>, token: &str) -> Option<Hole> {
    let mut from = 0;
    for piece in token.split(['-', '_']) {
        let bare = piece.strip_prefix(['v', 'V']).unwrap_or(piece);
        let mut letters = 0;
        let mut length = piece.len() - bare.len();
        for (index, section) in bare.split('.').enumerate() {
            // `vA.B.C` counts letters from the first on.
            let is_counted =
                section.len() == 1 && section.bytes().all(|byte| usize::from(byte) == usize::from(b'A') + index);
            let is_letter = is_counted && bare.len() < piece.len()
                || matches!(section, "x" | "y" | "z" | "n" | "X" | "Y" | "Z" | "N" | "xx" | "XX");
            let is_number = !section.is_empty() && section.bytes().all(|byte| byte.is_ascii_digit());
            if !is_letter && !is_number {
                break;
            }
            // `1.XX.0` says that it is none yet.
            letters += if matches!(section, "xx" | "XX") { 2 } else { usize::from(is_letter) };
            length += section.len() + usize::from(index > 0);
        }
        if letters >= 2 {
            return Some(part(scan, token, from, length));
        }
        from += piece.len() + 1;
    }
    None
}

/// `ami-xxxxxxxx`, `XXX`: at least three crosses where a value should be.
fn crossed_out(scan: &Scan<'_>, token: &str) -> Option<Hole> {
    let is_cross = token.split(|c: char| !c.is_ascii_alphanumeric()).any(|piece| {
        let tail = piece.trim_end_matches(['x', 'X']);
        let crosses = piece.len() - tail.len();
        let same = piece[tail.len()..].bytes().all(|byte| byte == piece.as_bytes()[piece.len() - 1]);
        // `00XX_name.sql`: the number that comes next.
        let is_number = crosses >= 2 && !tail.is_empty() && tail.bytes().all(|byte| byte == b'0');
        same && (crosses == piece.len() && crosses >= 3 || crosses >= 5 || is_number)
    });
    let is_meant = scan.reader == Reader::Temporary || scan.reader.interprets() && scan.quote != Quote::Bare;
    (is_cross && !is_meant).then(|| scan.mark(token.len(), token))
}

/// `example.com` and `domain.com`, from the domain on, so that one value serves all hosts below it (RFC 2606).
fn example_domain(scan: &Scan<'_>, token: &str) -> Option<Hole> {
    ["example.com", "example.org", "example.net", "domain.com", "domain.tld", "example.tld"].iter().find_map(|domain| {
        let from = token.find(domain)?;
        let head = token[..from].strip_suffix("my").unwrap_or(&token[..from]);
        let starts = head.is_empty() || head.ends_with(['.', '-']);
        let ends = !token[from + domain.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
        let from = head.len();
        let end = token[from..].find(domain)? + domain.len();
        (starts && ends).then(|| part(scan, token, from, end))
    })
}

/// `postgres://user:password@host:port/db`: a password that is only called one, and the machine's address behind it where
/// that is no better.
fn credentials(scan: &Scan<'_>) -> Option<Hole> {
    if scan.before() != b'/' || !scan.text[..scan.at].ends_with("://") {
        return None;
    }
    let rest = &scan.rest()[..scan.rest().floor_char_boundary(1000)];
    let end = rest.find(|c: char| c.is_whitespace() || "\"'`<>".contains(c)).unwrap_or(rest.len());
    let (user, behind) = rest[..end].split_once('@')?;
    let (_, password) = user.split_once(':')?;
    let lower = password.to_lowercase();
    let is_called_one = among!(lower.as_str(), "pass" "password" "passwd" "pwd" "secret" "senha" "contraseña" "contrasena" "clave"
        "passwort" "kennwort" "motdepasse" "mot_de_passe" "mdp" "wachtwoord" "haslo" "пароль" "密码" "パスワード" "***" "****" "xxx");
    let host = behind.split([':', '/']).next().unwrap_or(behind);
    let is_any = among!(host, "host" "hostname" "server" "servidor" "serveur" "HOST" "HOSTNAME");
    is_called_one.then(|| if is_any { scan.mark(end, &rest[..end]) } else { scan.mark(user.len(), user) })
}

/// `tudominio.com`, `www.votre-domaine.fr`: the reader's own name in other languages, with all that belongs to it.
fn own_domain(scan: &Scan<'_>, token: &str) -> Option<Hole> {
    let lower = token.to_ascii_lowercase();
    OWN_DOMAINS.iter().find_map(|name| {
        let from = lower.find(name)?;
        let starts = from == 0 || token[..from].ends_with(['.', '-']);
        let rest = &lower[from..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))).unwrap_or(rest.len());
        starts.then(|| part(scan, token, from, end))
    })
}

#[rustfmt::skip]
const OWN_DOMAINS: [&str; 24] = [
    "tudominio.", "tu-dominio.", "sudominio.", "midominio.", "mi-dominio.", "seudominio.", "seu-dominio.", "meudominio.",
    "votredomaine.", "votre-domaine.", "mondomaine.", "mon-domaine.", "ihredomain.", "ihre-domain.", "deinedomain.", "deine-domain.",
    "meinedomain.", "meine-domain.", "ejemplo.com", "exemplo.com", "exemple.com", "exemple.fr", "beispiel.de", "esempio.it",
];

/// `PROJECT_ID` as an argument of a program that takes such names, where it can be no variable's name.
fn argument_name(scan: &Scan<'_>, token: &str) -> Option<Hole> {
    let is_upper = token.contains('_')
        && token.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    let is_named = ["_ID", "_NAME", "_IP", "_ADDRESS", "_HOST", "_REGION", "_ZONE", "_NUMBER", "_ARN"]
        .iter()
        .any(|end| token.ends_with(end));
    let is_argument = matches!(scan.before(), b' ' | b'=' | b'/' | b'@' | b':') && scan.peek(token.len()) != b'=';
    let is_hole = is_upper && is_named && is_argument && scan.reader == Reader::Cloud && scan.quote == Quote::Bare;
    is_hole.then(|| scan.mark(token.len(), token))
}

/// `/path/to/backup.sql`: the whole path.
pub(super) fn example_path(scan: &Scan<'_>) -> Option<Hole> {
    let rest = scan.rest();
    if !rest.starts_with("/path/to/") || scan.before().is_ascii_alphanumeric() {
        return None;
    }
    let length = rest
        .bytes()
        .position(|byte| !(is_token_byte(byte) || matches!(byte, b'/' | b'+' | b'~')))
        .unwrap_or(rest.len());
    let path = rest[..length].trim_end_matches(['.', ',']);
    Some(scan.mark(path.len(), path))
}

/// `ghp_...`: a value that was cut off, outside quotes or before the closing one.
fn elided(scan: &Scan<'_>, token: &str) -> Option<Hole> {
    let head = token.strip_suffix("...")?;
    let looks_secret = head.bytes().any(|byte| byte.is_ascii_digit() || matches!(byte, b'_' | b'-'))
        || head.bytes().skip(1).any(|byte| byte.is_ascii_uppercase())
            && head.bytes().any(|byte| byte.is_ascii_lowercase());
    let is_message = scan.reader == Reader::Message || scan.reader.interprets();
    let is_hole = match scan.quote {
        Quote::Bare => !head.ends_with(['.', '/']),
        Quote::Single | Quote::Double => looks_secret && !is_message,
        Quote::Heredoc | Quote::LiteralHeredoc => false,
    };
    is_hole.then(|| scan.mark(token.len(), token))
}

/// A word that is nothing but `...` or `…`, or a quoted value that ends so (`"..."`, `"s3://…"`).
pub(super) fn ellipsis(scan: &Scan<'_>) -> Option<Hole> {
    let dots = ["...", "…"].into_iter().find(|dots| scan.rest().starts_with(dots))?;
    let behind = scan.peek(dots.len());
    let is_message = scan.reader == Reader::Message || scan.reader.interprets();
    let is_hole = match scan.quote {
        // The single sign is no part of any word that a shell is meant to read.
        Quote::Bare if dots == "…" => true,
        Quote::Bare => {
            matches!(scan.before(), b' ' | b'\t' | b'\n' | b'=') && (behind.is_ascii_whitespace() || behind == 0)
        }
        Quote::Single | Quote::Double => {
            matches!(scan.before(), b'"' | b'\'' | b'/' | b'=' | b'@') && matches!(behind, b'"' | b'\'') && !is_message
        }
        Quote::Heredoc | Quote::LiteralHeredoc => false,
    };
    is_hole.then(|| scan.mark(dots.len(), dots))
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}
