//! Putting values into a command's holes, or naming what is missing.
//!
//! A plain value takes the place of its mark, as if the operator had typed it. Shell variables stay as they are: their
//! values reach the command by its environment. So do secrets, which must not stand in a recorded text: their mark becomes
//! a reference to the variable that carries them, quoted as its place demands.

use super::execute::variable_name;
use super::{Circumstances, Refusal};
use crate::run::{Run, Value};
use crate::runbook::code::placeholder::{Hole, Spelling, holes};
use crate::runbook::{Command, Runbook};
use std::collections::BTreeSet;

/// The text with its marks filled.
///
/// # Errors
/// When a hole has no value, or a declared variable that the text uses has none: an empty one could do anything.
pub(super) fn fill(
    book: &Runbook,
    run: &Run,
    command: &Command,
    text: &str,
    now: &Circumstances<'_>,
) -> Result<String, Refusal> {
    let sources = Sources { book, run, now };
    let named: BTreeSet<&str> = command.placeholders.iter().map(|hole| hole.name.as_str()).collect();
    let holes: Vec<Hole> =
        holes(text, &BTreeSet::new()).into_iter().filter(|hole| named.contains(hole.name.as_str())).collect();
    let mut missing: Vec<String> = Vec::new();
    let mut miss = |what: &str| {
        if !missing.iter().any(|known| known == what) {
            missing.push(what.to_owned());
        }
    };
    for hole in &holes {
        let is_given = match hole.spelling {
            Spelling::Mark => sources.is_given(&hole.name),
            Spelling::Variable | Spelling::Computed => {
                sources.is_given(&hole.name) || sources.is_set(command, &hole.name)
            }
        };
        if !is_given {
            miss(&text[hole.span.clone()]);
        }
    }
    for name in sources.declared().filter(|name| refers_to(text, name)) {
        if !(sources.is_given(name) || sources.is_set(command, name)) {
            miss(&format!("${name}"));
        }
    }
    if !missing.is_empty() {
        return Err(Refusal::Unfilled(missing));
    }
    let mut filled = String::with_capacity(text.len());
    let mut copied = 0;
    for hole in holes.iter().filter(|hole| hole.spelling == Spelling::Mark) {
        filled.push_str(&text[copied..hole.span.start]);
        match sources.value(&hole.name) {
            Some(Given::Plain(value)) => filled.push_str(value),
            Some(Given::Secret) => filled.push_str(&reference(command, text, hole)?),
            None => filled.push_str(&text[hole.span.clone()]),
        }
        copied = hole.span.end;
    }
    filled.push_str(&text[copied..]);
    Ok(filled)
}

/// Where values come from.
struct Sources<'a> {
    book: &'a Runbook,
    run: &'a Run,
    now: &'a Circumstances<'a>,
}

enum Given<'a> {
    Plain(&'a str),
    Secret,
}

impl<'a> Sources<'a> {
    /// The operator's value, else the author's.
    fn value(&self, name: &str) -> Option<Given<'a>> {
        match self.run.values.get(name) {
            Some(Value::Plain(value)) => Some(Given::Plain(value)),
            Some(Value::Secret) => Some(Given::Secret),
            None => self.book.front.vars.get(name)?.default.as_deref().map(Given::Plain),
        }
    }

    /// Whether the value is at hand. That a secret was given to an earlier process is recorded, its value is not.
    fn is_given(&self, name: &str) -> bool {
        match self.value(name) {
            Some(Given::Plain(_)) => true,
            Some(Given::Secret) => self.now.secrets.contains(name),
            None => false,
        }
    }

    /// Whether the command finds a variable of this name set without anybody giving it.
    fn is_set(&self, command: &Command, name: &str) -> bool {
        self.now.environment.contains(name)
            || self.book.front.env.contains_key(name)
            || command.options.env.contains_key(name)
    }

    /// Names that have to have a value wherever they are used.
    fn declared(&self) -> impl Iterator<Item = &'a str> {
        let secret =
            self.run.values.iter().filter(|(_, value)| **value == Value::Secret).map(|(name, _)| name.as_str());
        let declared: BTreeSet<&str> = self.book.front.vars.keys().map(String::as_str).chain(secret).collect();
        declared.into_iter()
    }
}

/// Whether a shell text uses the variable: `$NAME` or `${NAME…`, except where it brings its own default.
fn refers_to(text: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices('$').any(|(at, _)| {
        let rest = &text[at + 1..];
        match rest.strip_prefix('{') {
            Some(rest) => rest
                .strip_prefix(name)
                .is_some_and(|after| !after.starts_with(is_word) && !after.starts_with([':', '-', '=', '?', '+'])),
            None => rest.strip_prefix(name).is_some_and(|after| !after.starts_with(is_word)),
        }
    })
}

/// How a shell reaches a secret's variable at this place, so that its value stays one word and is expanded at all.
fn reference(command: &Command, text: &str, hole: &Hole) -> Result<String, Refusal> {
    let variable = variable_name(&hole.name);
    let unreachable = |reader: &str| {
        let mark = &text[hole.span.clone()];
        Refusal::NotOffered(format!("{mark} is secret and {reader}; have it read ${variable} from its environment"))
    };
    if let Some(program) = command.options.interpreter.as_deref().filter(|program| !is_shell(program)) {
        return Err(unreachable(&format!("the text is read by {program}, not by a shell")));
    }
    match quoting(&text[..hole.span.start]) {
        Quoting::Bare => Ok(format!("\"${{{variable}}}\"")),
        Quoting::Double => Ok(format!("${{{variable}}}")),
        Quoting::Single => Ok(format!("'\"${{{variable}}}\"'")),
        Quoting::QuotedDocument => Err(unreachable("the here-document around it is taken literally")),
    }
}

fn is_shell(program: &str) -> bool {
    let name = program.rsplit('/').next().unwrap_or(program);
    ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"].contains(&name)
}

/// What a shell makes of the text at some place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quoting {
    Bare,
    /// In double quotes, or in a here-document whose text is expanded.
    Double,
    Single,
    /// In a here-document whose delimiter is quoted: nothing is expanded.
    QuotedDocument,
}

/// The quoting at the end of `before` (POSIX XCU 2.2 and 2.7.4).
fn quoting(before: &str) -> Quoting {
    let mut state = Quoting::Bare;
    // The here-document that begins after this line, and the one that is open.
    let mut announced: Option<Document> = None;
    let mut open: Option<Document> = None;
    for line in before.split_inclusive('\n') {
        if let Some(document) = &open {
            if document.ends_with(line) {
                open = None;
            }
            continue;
        }
        let mut chars = line.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match (state, c) {
                (Quoting::Bare | Quoting::Double, '\\') => {
                    chars.next();
                }
                (Quoting::Bare, '\'') => state = Quoting::Single,
                (Quoting::Single, '\'') | (Quoting::Double, '"') => state = Quoting::Bare,
                (Quoting::Bare, '"') => state = Quoting::Double,
                (Quoting::Bare, '<') if line[at..].starts_with("<<") && !line[at..].starts_with("<<<") => {
                    announced = Document::announced(&line[at + 2..]).or(announced);
                    chars.next();
                }
                (Quoting::Bare, '<') if line[at..].starts_with("<<<") => {
                    chars.next();
                    chars.next();
                }
                (Quoting::Bare | Quoting::Double | Quoting::Single | Quoting::QuotedDocument, _) => {}
            }
        }
        if state == Quoting::Bare && line.ends_with('\n') {
            open = announced.take();
        }
    }
    match open {
        Some(document) if document.literal => Quoting::QuotedDocument,
        Some(_) => Quoting::Double,
        None => state,
    }
}

/// A here-document by its delimiter.
struct Document {
    end: String,
    literal: bool,
}

impl Document {
    /// Reads what stands behind `<<`.
    fn announced(rest: &str) -> Option<Self> {
        let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start();
        let word: &str = rest.split(|c: char| c.is_whitespace() || ";|&)".contains(c)).next()?;
        let end: String = word.chars().filter(|c| !"'\"\\".contains(*c)).collect();
        let literal = end.len() < word.len();
        (!end.is_empty()).then_some(Document { end, literal })
    }

    fn ends_with(&self, line: &str) -> bool {
        line.trim_end_matches('\n').trim_start_matches('\t') == self.end
    }
}

#[cfg(test)]
mod tests {
    use super::{Quoting, quoting, refers_to};

    #[test]
    fn the_place_of_a_secret_decides_how_it_is_referred_to() {
        let cases = [
            ("curl -u ", Quoting::Bare),
            ("curl -H \"Authorization: ", Quoting::Double),
            ("curl -H 'Authorization: ", Quoting::Single),
            ("echo 'a' \"b\" ", Quoting::Bare),
            ("echo \"it's ", Quoting::Double),
            ("echo 'say \"", Quoting::Single),
            ("echo \\' ", Quoting::Bare),
            ("echo \"a\\\" ", Quoting::Double),
            ("cat <<EOF > f\npassword: ", Quoting::Double),
            ("cat <<'EOF'\npassword: ", Quoting::QuotedDocument),
            ("cat <<-\\EOF\npassword: ", Quoting::QuotedDocument),
            ("cat <<EOF\nit's\nEOF\necho ", Quoting::Bare),
            ("cat <<< 'x' ", Quoting::Bare),
        ];
        for (before, wanted) in cases {
            assert_eq!(quoting(before), wanted, "{before}");
        }
    }

    #[test]
    fn a_variable_is_used_where_the_shell_would_read_it() {
        for text in ["ls $DIR", "ls ${DIR}/x", "echo \"$DIR\"", "x=${DIR%/}"] {
            assert!(refers_to(text, "DIR"), "{text}");
        }
        for text in ["ls $DIRS", "ls DIR", "ls ${DIR:-/tmp}", "ls ${DIR-/tmp}", "ls ${DIRS}", "echo $MY_DIR"] {
            assert!(!refers_to(text, "DIR"), "{text}");
        }
    }
}
