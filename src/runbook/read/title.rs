//! What a heading or an item says besides its title: box, number, owner, status, option, estimate, condition.

use super::attributes::{self, Attributes};
use super::claim::{self, Mark};
use super::estimate;
use super::inline::Inline;
use super::text::{self, Counters};
use crate::runbook::Claim;
use std::borrow::Cow;

/// A title taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Title {
    /// What is left: no box, number, marks or emphasis.
    pub text: String,
    /// What stood behind `**X**:`.
    pub note: String,
    /// The number in front, as written, with the word before it if there was one (`Step`, `3`).
    pub number: Option<Number>,
    /// The letter in the task box; a blank when open.
    pub task: Option<char>,
    pub claim: Option<Claim>,
    /// A mark in front that is a claim only beside others (see [`Mark`]).
    pub mark: Option<Mark>,
    pub is_optional: bool,
    pub owner: Option<Box<str>>,
    pub estimate_s: Option<u32>,
    pub condition: Option<Box<str>>,
    /// `{#id .gate}` behind it and `<!-- gonogo: … -->` beside it, as written.
    pub attributes: Vec<Attributes>,
}

/// A number in front of a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Lower case; empty when the number stands alone.
    pub word: String,
    pub number: String,
}

/// Words that count steps within a phase.
#[rustfmt::skip]
pub const STEP_WORDS: Counters = Counters::new(&[
    "step", "schritt", "étape", "etape", "paso", "passo", "步骤", "手順", "ステップ",
]);
/// Words that count phases.
#[rustfmt::skip]
pub const PHASE_WORDS: Counters = Counters::new(&[
    "phase", "stage", "week", "day", "part", "fase", "woche", "tag", "semaine", "阶段", "フェーズ", "第",
]);

/// Takes a heading apart.
#[must_use]
pub fn of_heading(inline: &Inline) -> Title {
    let line = single_spaced(&inline.text);
    let line = line.trim_end_matches('#').trim_end();
    let mut title = Title { attributes: comments(inline), ..Title::default() };
    let line = split_attributes(line, &mut title);
    let rest = take_number(text::skip_marks(line), &mut title);
    let (rest, claim) = claim::split_end(rest);
    title.claim = claim.or(claim::split_start(rest).1);
    finish(rest, &mut title);
    if title.text.is_empty() {
        title.text = text::skip_marks(line).to_owned();
    }
    title
}

/// The words with one blank between them, as most are written anyhow.
fn single_spaced(text: &str) -> Cow<'_, str> {
    let trimmed = text::trim(text);
    let is_plain = |pair: [u8; 2]| pair != *b"  " && !matches!(pair[1], b'\t' | b'\n');
    if trimmed.is_ascii() && trimmed.bytes().zip(trimmed.bytes().skip(1)).all(|(a, b)| is_plain([a, b])) {
        return Cow::Borrowed(trimmed);
    }
    Cow::Owned(trimmed.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Takes the first line of an item apart.
#[must_use]
pub fn of_item(inline: &Inline) -> Title {
    let mut title = Title { attributes: comments(inline), ..Title::default() };
    let first = split_attributes(inline.first_line(), &mut title);
    let (rest, task) = split_box(first);
    title.task = task;
    let (rest, mark) = claim::split_mark(rest);
    title.mark = mark;
    if task.is_none() {
        title.task = mark.and_then(Mark::as_box);
    }
    let (rest, owner) = split_owner(rest);
    title.owner = owner;
    let rest = take_number(rest, &mut title);
    title.claim = claim::split_start(rest).1;
    let (rest, note) = split_note(inline, rest);
    title.note = note.to_owned();
    finish(rest, &mut title);
    if title.estimate_s.is_none() && !title.note.is_empty() {
        title.estimate_s = estimate::at_end(&title.note).map(|(_, seconds)| seconds);
    }
    title.is_optional |= !title.note.is_empty() && says_optional(&title.note);
    if title.text.is_empty() {
        title.text = if rest.is_empty() { first } else { rest }.to_owned();
    }
    title
}

fn comments(inline: &Inline) -> Vec<Attributes> {
    inline.comments().iter().filter_map(|comment| attributes::in_comment(comment)).collect()
}

fn split_attributes<'t>(line: &'t str, title: &mut Title) -> &'t str {
    match attributes::split_heading(line) {
        Some((rest, attributes)) => {
            title.attributes.push(attributes);
            rest
        }
        None => line,
    }
}

fn finish(rest: &str, title: &mut Title) {
    let rest = text::drop_marks(rest.trim_start()).trim_end_matches(':').trim_end();
    title.is_optional |= says_optional(rest);
    title.estimate_s = estimate::at_end(rest).map(|(_, seconds)| seconds);
    title.condition = condition(rest);
    title.text = String::from(rest);
}

fn take_number<'t>(rest: &'t str, title: &mut Title) -> &'t str {
    if let Some((number, after)) = text::split_number(rest)
        && !after.is_empty()
    {
        title.number = Some(Number { word: String::new(), number: number.to_owned() });
        return after;
    }
    let counted = text::split_counted(rest, &STEP_WORDS).or_else(|| text::split_counted(rest, &PHASE_WORDS));
    if let Some((word, number, _)) = counted {
        title.number = Some(Number { word: word.to_lowercase(), number: number.to_owned() });
    }
    rest
}

/// Whether an item begins with a task box.
#[must_use]
pub fn is_boxed(inline: &Inline) -> bool {
    take_box(inline.begin()).is_some()
}

/// Splits a task box off: `[ ]`, `[x]`, or another single character as some tools write them.
#[must_use]
pub fn split_box(line: &str) -> (&str, Option<char>) {
    match take_box(line) {
        Some((rest, letter)) => (rest.trim_start(), Some(letter)),
        None => (line, None),
    }
}

/// What stands behind a task box, and the letter in it.
fn take_box(line: &str) -> Option<(&str, char)> {
    let inside = line.strip_prefix('[')?;
    if let Some(rest) = inside.strip_prefix(']') {
        return Some((rest, ' '));
    }
    let mut chars = inside.chars();
    let letter = chars.next()?;
    let rest = chars.as_str().strip_prefix(']')?;
    let known = matches!(letter, ' ' | 'x' | 'X');
    let stands_alone = rest.is_empty() || rest.starts_with(char::is_whitespace);
    let is_box =
        stands_alone && (known || "-~/><!?*+vV✓✔".contains(letter)) || known && !rest.starts_with(['(', '[', ':']);
    is_box.then_some((rest, letter))
}

/// `[DBA] …` and `@name …` name who does it.
fn split_owner(rest: &str) -> (&str, Option<Box<str>>) {
    if let Some(inner) = rest.strip_prefix('[')
        && let Some((role, after)) = inner.split_once(']')
        && after.starts_with([' ', ':'])
        && is_role(role)
    {
        return (after.trim_start_matches([' ', ':']), Some(role.trim().into()));
    }
    if let Some(inner) = rest.strip_prefix('@')
        && let Some((name, after)) = inner.split_once([' ', ':'])
        && !name.is_empty()
        && name.chars().all(|c| c.is_alphanumeric() || "-_./".contains(c))
    {
        return (after.trim_start_matches([' ', ':', '-', '–']), Some(name.into()));
    }
    (rest, None)
}

/// A role is a short name: words of letters, none of them a placeholder or an option.
fn is_role(role: &str) -> bool {
    let role = role.trim();
    (2..=30).contains(&role.chars().count())
        && role.split_whitespace().count() <= 3
        && role.chars().all(|c| c.is_alphanumeric() || " -/&+_".contains(c))
        && role.chars().any(char::is_alphabetic)
        && !says_optional(role)
        && text::has_any(&role.to_lowercase(), &["todo$", "done$", "wip$", "critical$", "manual$", "auto"]).is_none()
}

/// `**X**: Y` is a title and a note; `**X** - Y` too.
fn split_note<'t>(inline: &Inline, rest: &'t str) -> (&'t str, &'t str) {
    if inline.bold == 0 {
        return (rest, "");
    }
    // `rest` was cut out of the text, so its place there is the distance of their beginnings.
    let start = (rest.as_ptr() as usize).saturating_sub(inline.text.as_ptr() as usize);
    let Some(cut) = inline.bold.checked_sub(start).filter(|cut| rest.is_char_boundary(*cut)) else {
        return (rest, "");
    };
    let (head, tail) = rest.split_at(cut);
    let head = head.trim_end_matches([':', '：', ' ']);
    let tail = tail.trim_start();
    let note = tail.trim_start_matches([':', '：', '-', '–', '—', ' ']);
    let separated = note.len() < tail.len() || rest[..cut].trim_end().ends_with([':', '：']);
    if head.is_empty() || tail.is_empty() || !separated { (rest, "") } else { (head, note) }
}

#[rustfmt::skip]
const OPTIONAL: &[&str] = &[
    "(optional", "(recommended", "(if needed", "(if applicable", "(if required",
    "(if any", "(if necessary", "(as needed", "(plus tard", "(falls ", "(opcional", "(facultatif", "（可选", "（任意",
];

/// Whether the author says that leaving it out is no failure.
#[must_use]
pub fn says_optional(text: &str) -> bool {
    let text = text::trim(text);
    let ends = |word: &str| {
        let from = text.len().checked_sub(word.len());
        from.is_some_and(|from| text.as_bytes()[from..].eq_ignore_ascii_case(word.as_bytes()))
    };
    let in_parentheses = || {
        let mut places = memchr::memchr2_iter(b'(', "（".as_bytes()[0], text.as_bytes());
        places.any(|at| OPTIONAL.iter().any(|word| begins_at(text, at, word)))
    };
    let in_front = || {
        matches!(text.as_bytes().first(), Some(b'o' | b'O' | b'['))
            && ["optional ", "optional:", "[optional", "optionally"].iter().any(|word| text::begins(text, word))
    };
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    ends(" if needed")
        || ends(" if applicable")
        || is("optional")
        || is("if applicable")
        || in_front()
        || in_parentheses()
}

fn begins_at(text: &str, at: usize, word: &str) -> bool {
    text.as_bytes()[at..].get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()))
}

/// The condition of `If X: …` and `If X, …`.
fn condition(text: &str) -> Option<Box<str>> {
    const LONGEST: usize = 6;
    // Nearly all titles begin with another letter.
    if matches!(text.as_bytes().first()?.to_ascii_lowercase(), b'a'..=b'e' | b'g' | b'h' | b'j'..=b'r' | b't' | b'u') {
        return None;
    }
    let first = text.split_whitespace().next().filter(|first| first.len() <= LONGEST)?;
    let words = ["if", "when", "falls", "wenn", "si", "se", "如果", "若"];
    if !words.iter().any(|word| first.eq_ignore_ascii_case(word)) {
        return None;
    }
    let end = text.find([',', ':', '，', '：']).unwrap_or(text.len());
    Some(text[..end].trim().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(text: &str) -> Title {
        let mut inline = Inline::default();
        let mut parts = text.split("**");
        inline.text.push_str(parts.next().unwrap());
        if let Some(bold) = parts.next() {
            inline.text.push_str(bold);
            inline.bold = inline.text.len();
        }
        inline.text.extend(parts);
        of_item(&inline)
    }

    #[test]
    fn items_are_taken_apart() {
        let title = item("[x] [DBA] **Copy the base**: all of it (10 min)");
        assert_eq!((title.text.as_str(), title.note.as_str()), ("Copy the base", "all of it (10 min)"));
        assert_eq!((title.task, title.owner.as_deref()), (Some('x'), Some("DBA")));
        assert_eq!(title.estimate_s, Some(600));
        assert!(item("[ ] Warm the cache (if needed)").is_optional);
        assert_eq!(item("@kim: call the bank").owner.as_deref(), Some("kim"));
        assert_eq!(item("If the queue is long, wait").condition.as_deref(), Some("If the queue is long"));
        assert_eq!(item("[docs](x)").task, None);
    }

    #[test]
    fn headings_lose_their_number_and_status() {
        let heading = |text: &str| of_heading(&Inline { text: text.into(), ..Inline::default() });
        assert_eq!(heading("🚀 2. Ship it ✅ DONE ##").text, "Ship it");
        assert_eq!(heading("2. Ship it ✅ DONE").claim, Some(Claim::Done));
        assert_eq!(heading("Step 3: Ship (30 minutes)").text, "Step 3: Ship (30 minutes)");
        assert_eq!(heading("Phase 3 – Ship").text, "Phase 3 – Ship");
        assert_eq!(heading("Phase 3 – Ship").number.unwrap().word, "phase");
    }
}
