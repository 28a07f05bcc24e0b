//! What a person signs: a short plain text that can be read whole before a key touches it.
//!
//! ```text
//! gonogo sign-off v1
//! type: sign-off                                  or close
//! run: 01JD…
//! runbook: sha256:…
//! scope: phase cut-over "2 Cut-over"              or step ID "TITLE", or run
//! head: 118 sha256:…                              the entry the signer had seen last
//! previous: 97 sha256:…                           the statement before this one, or none
//! meaning: released
//! verdict: GO 94                                  in a close only
//! carried: ship-logs goes into OPS-114            in a close only, one line a step
//! signer: alice@example.org
//! name: Alice Example
//! role: dba                                       absent without a role
//! time: 2026-11-21T02:14:07Z
//! reason: …                                       absent without a reason
//! ```
//!
//! Lines end with a line feed. A backslash is written twice, control and invisible characters as `\u{…}`. There is one text for
//! each statement: what does not come out again exactly as it was read is refused. No signature is looked at here.

use super::event::{Meaning, RunId, Scope};
use crate::runbook::{Digest, PhaseId, StepId};
use chrono::{DateTime, SecondsFormat, Utc};
use std::fmt::Write as _;

const FIRST: &str = "gonogo sign-off v1";

/// A statement by a person about a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub run: RunId,
    pub runbook: Digest,
    pub scope: Scope,
    /// Number and title of the step, title of the phase; empty for the run.
    pub title: String,
    /// Number and hash of the last entry the signer had seen.
    pub head: (u64, Digest),
    /// Number of the entry with the statement before this one, and SHA-256 of its text.
    pub previous: Option<(u64, Digest)>,
    pub meaning: Meaning,
    pub closing: Option<Closing>,
    /// What the key is listed under in a file of allowed signers.
    pub signer: String,
    pub name: String,
    pub role: Option<String>,
    /// Whole seconds.
    pub time: DateTime<Utc>,
    pub reason: Option<String>,
}

/// What the closing of a run says besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    pub verdict: String,
    pub percent: Option<u32>,
    /// Deferred steps that are left for later, each with the reason.
    pub carried: Vec<(StepId, String)>,
}

impl Statement {
    /// The text that is shown, recorded and signed.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{FIRST}\n");
        let mut line = |key: &str, value: &str| {
            writeln!(text, "{key}: {}", escape(value)).expect("writing to a String cannot fail");
        };
        line("type", if self.closing.is_some() { "close" } else { "sign-off" });
        line("run", &self.run.0);
        line("runbook", &format!("sha256:{}", self.runbook.hex()));
        line("scope", &self.scope_line());
        line("head", &point(self.head));
        line("previous", &self.previous.map_or_else(|| "none".to_owned(), point));
        line("meaning", self.meaning.word());
        if let Some(closing) = &self.closing {
            let percent = closing.percent.map(|percent| format!(" {percent}")).unwrap_or_default();
            line("verdict", &format!("{}{percent}", closing.verdict));
            for (step, reason) in &closing.carried {
                line("carried", &format!("{step} {reason}"));
            }
        }
        line("signer", &self.signer);
        line("name", &self.name);
        if let Some(role) = &self.role {
            line("role", role);
        }
        line("time", &self.time.to_rfc3339_opts(SecondsFormat::Secs, true));
        if let Some(reason) = &self.reason {
            line("reason", reason);
        }
        text
    }

    /// SHA-256 of the text: what the next statement names.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.text().as_bytes())
    }

    fn scope_line(&self) -> String {
        match &self.scope {
            Scope::Step(id) => format!("step {id} \"{}\"", self.title),
            Scope::Phase(id) => format!("phase {id} \"{}\"", self.title),
            Scope::Run => "run".to_owned(),
        }
    }

    /// Reads a statement.
    ///
    /// # Errors
    /// What is wrong with it, in a clause.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut lines =
            Lines { rest: text.strip_suffix('\n').ok_or("its last line has no end")?.split('\n').peekable() };
        if lines.rest.next() != Some(FIRST) {
            return Err(format!("its first line is not “{FIRST}”"));
        }
        let closes = match lines.take("type")?.as_str() {
            "sign-off" => false,
            "close" => true,
            other => return Err(format!("its type {other} is unknown")),
        };
        let run = RunId(lines.take("run")?);
        let runbook = digest(&lines.take("runbook")?)?;
        let (scope, title) = scope(&lines.take("scope")?)?;
        let head = read_point(&lines.take("head")?)?;
        let previous = match lines.take("previous")?.as_str() {
            "none" => None,
            said => Some(read_point(said)?),
        };
        let meaning = lines.take("meaning")?;
        let meaning = Meaning::ALL.into_iter().find(|known| known.word() == meaning).ok_or("its meaning is unknown")?;
        let closing = if closes { Some(lines.closing()?) } else { None };
        let (signer, name, role) = (lines.take("signer")?, lines.take("name")?, lines.maybe("role"));
        let time = lines.take("time")?.parse().map_err(|_| "its time is none")?;
        let reason = lines.maybe("reason");
        let statement = Statement {
            run,
            runbook,
            scope,
            title,
            head,
            previous,
            meaning,
            closing,
            signer,
            name,
            role,
            time,
            reason,
        };
        if statement.text() != text {
            return Err("it is not written in the one way there is".to_owned());
        }
        Ok(statement)
    }
}

fn point((seq, hash): (u64, Digest)) -> String {
    format!("{seq} sha256:{}", hash.hex())
}

fn read_point(said: &str) -> Result<(u64, Digest), String> {
    let (seq, hash) = said.split_once(' ').ok_or("it names no entry")?;
    Ok((seq.parse().map_err(|_| "it names no entry")?, digest(hash)?))
}

fn digest(said: &str) -> Result<Digest, String> {
    let hex = said.strip_prefix("sha256:").and_then(Digest::from_hex);
    hex.ok_or_else(|| "a digest in it is none".to_owned())
}

fn scope(said: &str) -> Result<(Scope, String), String> {
    if said == "run" {
        return Ok((Scope::Run, String::new()));
    }
    let (kind, rest) = said.split_once(' ').ok_or("its scope is unknown")?;
    let (id, title) = rest.split_once(" \"").ok_or("its scope has no title")?;
    let title = title.strip_suffix('"').ok_or("its scope has no title")?.to_owned();
    match kind {
        "step" => Ok((Scope::Step(StepId(id.to_owned())), title)),
        "phase" => Ok((Scope::Phase(PhaseId(id.to_owned())), title)),
        _ => Err("its scope is unknown".to_owned()),
    }
}

/// The lines after the first, read in their one order.
struct Lines<'a> {
    rest: std::iter::Peekable<std::str::Split<'a, char>>,
}

impl Lines<'_> {
    fn maybe(&mut self, key: &str) -> Option<String> {
        let value = self.rest.peek()?.strip_prefix(key)?.strip_prefix(": ")?;
        let value = unescape(value);
        self.rest.next();
        Some(value)
    }

    fn take(&mut self, key: &str) -> Result<String, String> {
        self.maybe(key).ok_or_else(|| format!("its line “{key}” is not where it belongs"))
    }

    fn closing(&mut self) -> Result<Closing, String> {
        let said = self.take("verdict")?;
        let (verdict, percent) = match said.rsplit_once(' ').map(|(word, percent)| (word, percent.parse())) {
            Some((word, Ok(percent))) => (word.to_owned(), Some(percent)),
            Some((_, Err(_))) | None => (said, None),
        };
        let mut carried = Vec::new();
        while let Some(line) = self.maybe("carried") {
            let (step, reason) = line.split_once(' ').ok_or("a carried step has no reason")?;
            carried.push((StepId(step.to_owned()), reason.to_owned()));
        }
        Ok(Closing { verdict, percent, carried })
    }
}

/// Whether a character could make a text look like something else: controls, and what Unicode draws as nothing or turns around.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Longest name, role or address of a person, in characters: what fits on a few lines of any form that shows it.
pub const LONGEST_NAME: usize = 200;

/// What keeps a text from naming a person, or the role of one, so that two of them cannot look like one and the same.
///
/// # Errors
/// What is wrong with it, in a clause.
pub fn check_name(name: &str) -> Result<(), String> {
    if name.trim().is_empty() {
        return Err("is empty".to_owned());
    }
    if let Some(c) = name.chars().find(|c| is_invisible(*c)) {
        return Err(format!("holds a character that nobody sees, U+{:04X}", u32::from(c)));
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(format!("is longer than {LONGEST_NAME} characters"));
    }
    Ok(())
}

fn escape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        if c == '\\' {
            text.push_str("\\\\");
        } else if is_invisible(c) {
            write!(text, "\\u{{{:x}}}", u32::from(c)).expect("writing to a String cannot fail");
        } else {
            text.push(c);
        }
    }
    text
}

/// The inverse of [`escape`] for what it writes; anything else comes back as some text that is not written that way.
fn unescape(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        value.push_str(before);
        let coded = after.strip_prefix("u{").and_then(|after| after.split_once('}'));
        let decoded = coded.and_then(|(hex, after)| Some((char::from_u32(u32::from_str_radix(hex, 16).ok()?)?, after)));
        rest = if let Some((c, after)) = decoded {
            value.push(c);
            after
        } else {
            value.push('\\');
            after.strip_prefix('\\').unwrap_or(after)
        };
    }
    value + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn statement() -> Statement {
        Statement {
            run: RunId("01JD8Q4ZK3V7M2T9XB6C5H0WNE".into()),
            runbook: Digest::of(b"runbook"),
            scope: Scope::Phase(PhaseId("cut-over".into())),
            title: "2 Cut-over".into(),
            head: (118, Digest::of(b"head")),
            previous: None,
            meaning: Meaning::Released,
            closing: None,
            signer: "alice@example.org".into(),
            name: "Alice Example".into(),
            role: Some("dba".into()),
            time: "2026-11-21T02:14:07Z".parse().unwrap(),
            reason: Some("replica is level\nsee C:\\x \u{202e}".into()),
        }
    }

    #[test]
    fn a_statement_is_plain_text_and_reads_back() {
        let statement = statement();
        let text = statement.text();
        let expected = format!(
            "gonogo sign-off v1\ntype: sign-off\nrun: 01JD8Q4ZK3V7M2T9XB6C5H0WNE\nrunbook: sha256:{}\n\
             scope: phase cut-over \"2 Cut-over\"\nhead: 118 sha256:{}\nprevious: none\nmeaning: released\n\
             signer: alice@example.org\nname: Alice Example\nrole: dba\ntime: 2026-11-21T02:14:07Z\n\
             reason: replica is level\\u{{a}}see C:\\\\x \\u{{202e}}\n",
            Digest::of(b"runbook").hex(),
            Digest::of(b"head").hex()
        );
        assert_eq!(text, expected);
        assert_eq!(Statement::read(&text), Ok(statement));
    }

    #[test]
    fn a_close_names_what_is_carried() {
        let closing = Closing {
            verdict: "NO-GO".into(),
            percent: Some(94),
            carried: vec![(StepId("ship-logs".into()), "goes into OPS-114".into())],
        };
        let close = Statement {
            scope: Scope::Run,
            title: String::new(),
            meaning: Meaning::Closed,
            closing: Some(closing),
            role: None,
            reason: None,
            previous: Some((97, Digest::of(b"before"))),
            ..statement()
        };
        let text = close.text();
        assert!(
            text.contains("\nscope: run\n")
                && text.contains("\nverdict: NO-GO 94\ncarried: ship-logs goes into OPS-114\n")
        );
        assert_eq!(Statement::read(&text), Ok(close));
    }

    #[test]
    fn what_is_not_the_one_form_is_refused() {
        let text = statement().text();
        for (from, to) in [
            ("v1", "v2"),
            ("sign-off\n", "sign-off \n"),
            ("sha256:", "sha256:0"),
            ("meaning: released", "meaning: praised"),
            ("signer: ", "signer:"),
            ("name: Alice Example\n", ""),
            ("name: Alice Example\n", "name: Alice Example\nname: Bob\n"),
            ("role: dba\n", "reason: x\nrole: dba\n"),
            ("02:14:07Z", "02:14:07.5Z"),
            ("\\u{a}", "\\u{A}"),
            ("head: 118", "head: 0118"),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            assert!(Statement::read(&changed).is_err(), "{from} -> {to}");
        }
        assert!(Statement::read(text.trim_end()).is_err() && Statement::read(&(text + "\n")).is_err());
    }
}
