//! Reads the `.outline` files: what a careful operator sees in a document. `README.md` beside it defines the notation.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// The labels of one document.
#[derive(Debug, Default)]
pub struct Outline {
    pub titles: Vec<String>,
    pub encoding: Option<String>,
    pub repaired: Option<String>,
    pub layout: Option<String>,
    pub readiness: Option<u64>,
    /// All labels in document order; parents come before their children.
    pub labels: Vec<Label>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Phase,
    Step,
    Block,
    Criterion,
    Stop,
}

/// One line of an outline file.
#[derive(Debug)]
pub struct Label {
    pub sort: Sort,
    /// `? `: the reading is fair with and without it.
    pub maybe: bool,
    /// Any of these lines of the document is right.
    pub lines: RangeInclusive<usize>,
    /// The role of a phase, the kind of a step, the use of a block.
    pub words: Vec<String>,
    /// Empty unless the label is a block that can be run.
    pub risks: Vec<String>,
    pub titles: Vec<String>,
    pub parent: Option<usize>,
    flags: BTreeMap<String, Flag>,
}

#[derive(Debug, PartialEq, Eq)]
enum Flag {
    Set,
    Either,
    OneOf(Vec<String>),
}

impl Label {
    /// What the label says about a yes-or-no property; `None` if both are fair.
    pub fn wants(&self, flag: &str) -> Option<bool> {
        match self.flags.get(flag) {
            None => Some(false),
            Some(Flag::Either) => None,
            Some(Flag::Set | Flag::OneOf(_)) => Some(true),
        }
    }

    /// The values that are right for a `key=a|b` flag, if the label speaks of it.
    pub fn values(&self, flag: &str) -> Option<&[String]> {
        match self.flags.get(flag)? {
            Flag::OneOf(values) => Some(values),
            Flag::Set | Flag::Either => None,
        }
    }

    pub fn says(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }

    pub fn says_only(&self, words: &[&str]) -> bool {
        self.words.iter().all(|known| words.contains(&known.as_str()))
    }
}

impl Outline {
    pub fn of(&self, sort: Sort) -> impl Iterator<Item = (usize, &Label)> {
        self.labels.iter().enumerate().filter(move |(_, label)| label.sort == sort)
    }

    /// The nearest label of this sort that this one stands below.
    pub fn above(&self, index: usize, sort: Sort) -> Option<usize> {
        let mut at = self.labels[index].parent;
        while let Some(parent) = at {
            if self.labels[parent].sort == sort {
                return Some(parent);
            }
            at = self.labels[parent].parent;
        }
        None
    }

    pub fn children(&self, index: usize, sort: Sort) -> impl Iterator<Item = (usize, &Label)> {
        self.of(sort).filter(move |(_, label)| label.parent == Some(index))
    }
}

/// Reads a whole outline; the error names the line.
pub fn read(text: &str) -> Result<Outline, String> {
    let mut outline = Outline::default();
    let mut open: Vec<(usize, usize)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let body = line.trim();
        if body.is_empty() || body.starts_with('#') {
            continue;
        }
        let fail = |why: &str| format!("line {}: {why}: {body}", number + 1);
        if outline.labels.is_empty() && header(&mut outline, body).map_err(|why| fail(&why))? {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let mut label = label(body).map_err(|why| fail(&why))?;
        label.parent = open.iter().rev().find(|(depth, _)| *depth < indent).map(|(_, index)| *index);
        if matches!(label.sort, Sort::Phase | Sort::Step) {
            open.retain(|(depth, _)| *depth < indent);
            open.push((indent, outline.labels.len()));
        }
        outline.labels.push(label);
    }
    if outline.titles.is_empty() { Err("no title".to_owned()) } else { Ok(outline) }
}

fn header(outline: &mut Outline, line: &str) -> Result<bool, String> {
    let Some((key, value)) = line.split_once(": ") else {
        return Ok(false);
    };
    let value = value.trim();
    match key {
        "title" => outline.titles = alternatives(value),
        "encoding" => outline.encoding = Some(value.to_owned()),
        "repaired" => outline.repaired = Some(value.to_owned()),
        "layout" => outline.layout = Some(value.to_owned()),
        "readiness" => outline.readiness = Some(value.parse().map_err(|_| "not a number".to_owned())?),
        _ => return Ok(false),
    }
    Ok(true)
}

fn label(line: &str) -> Result<Label, String> {
    let (maybe, line) = line.strip_prefix("? ").map_or((false, line), |rest| (true, rest));
    let (line, titles) = cut_title(line);
    let mut words = line.split_whitespace();
    let sort = match words.next().unwrap_or_default() {
        "phase" => Sort::Phase,
        "step" | "group" => Sort::Step,
        "cmd" => Sort::Block,
        "crit" => Sort::Criterion,
        "stop" => Sort::Stop,
        other => return Err(format!("unknown label {other:?}")),
    };
    let role = if sort == Sort::Phase { words.next() } else { None };
    let lines = range(words.next().ok_or("no line number")?)?;
    let word = match sort {
        Sort::Phase => role,
        Sort::Step if line.starts_with("group") => Some("group"),
        Sort::Step | Sort::Block => words.next(),
        Sort::Criterion | Sort::Stop => Some(""),
    };
    let word = word.ok_or("no role, kind or use")?;
    let mut risks = Vec::new();
    let mut flags = BTreeMap::new();
    for word in words {
        if sort == Sort::Block && word.split('|').all(|risk| matches!(risk, "read" | "change" | "destroy")) {
            risks = alternatives(word);
        } else {
            let (name, flag) = flag(word);
            flags.insert(name.to_owned(), flag);
        }
    }
    Ok(Label { sort, maybe, lines, words: alternatives(word), risks, titles, parent: None, flags })
}

fn cut_title(line: &str) -> (String, Vec<String>) {
    match (line.find('"'), line.rfind('"')) {
        (Some(from), Some(to)) if from < to => {
            (format!("{} {}", &line[..from], &line[to + 1..]), alternatives(&line[from + 1..to]))
        }
        _ => (line.to_owned(), Vec::new()),
    }
}

fn flag(word: &str) -> (&str, Flag) {
    if let Some((name, value)) = word.split_once('=') {
        return (name, Flag::OneOf(alternatives(value)));
    }
    word.strip_suffix('?').map_or((word, Flag::Set), |name| (name, Flag::Either))
}

fn range(word: &str) -> Result<RangeInclusive<usize>, String> {
    let number = |text: &str| text.parse::<usize>().map_err(|_| format!("no line number: {text}"));
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    Ok(number(first)?..=number(last)?)
}

fn alternatives(text: &str) -> Vec<String> {
    text.split('|').map(|part| part.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "\
title: Deploy|deploy.md
readiness: 85
phase prep|forward 3 \"Before\" status=done
  step 5 manual \"Call \"Ida\"\" box owner=dba|none est=300 optional?
  group 6-8 \"Parts\"
    step 7 command|check \"One\"
      cmd 9 run|fill read|change ph=<a>,$B expected=12 endless
      crit 10
  stop 20
? phase reference 30 \"More\"
  cmd 31 text
";

    #[test]
    fn reads_every_sort_of_line() {
        let outline = read(SAMPLE).expect("the sample is well formed");
        assert_eq!(outline.titles, ["Deploy", "deploy.md"]);
        assert_eq!(outline.readiness, Some(85));
        let parents: Vec<_> = outline.labels.iter().map(|label| label.parent).collect();
        assert_eq!(parents, [None, Some(0), Some(0), Some(2), Some(3), Some(3), Some(0), None, Some(7)]);
        let call = &outline.labels[1];
        assert_eq!(call.titles, ["Call \"Ida\""]);
        assert_eq!(
            (call.wants("box"), call.wants("optional"), call.wants("critical")),
            (Some(true), None, Some(false))
        );
        assert_eq!(call.values("owner"), Some(["dba".to_owned(), "none".to_owned()].as_slice()));
        assert_eq!(outline.labels[2].lines, 6..=8);
        assert!(outline.labels[2].says("group"));
        let block = &outline.labels[4];
        assert_eq!(block.words, ["run", "fill"]);
        assert_eq!(block.risks, ["read", "change"]);
        assert_eq!(outline.above(4, Sort::Phase), Some(0));
        assert!(outline.labels[7].maybe);
    }

    #[test]
    fn names_the_line_that_is_wrong() {
        assert_eq!(read("phase prep 1 \"A\"").err().as_deref(), Some("no title"));
        let error = read("title: A\nphase prep x \"B\"").expect_err("x is no line number");
        assert!(error.starts_with("line 2: no line number"), "{error}");
    }
}
