//! How much each step counts: the author's weight, else what a summary of the document calls critical or nice to have.

use super::blocks::{Kind, Piece};
use super::text::{Stems, has_any, pair, plain};
use crate::runbook::{FrontMatter, Phase, Step};
use std::collections::HashMap;

/// Weight of a critical step.
const CRITICAL: u32 = 5;
/// Weight of a required step.
const REQUIRED: u32 = 3;
/// Weight of a step that is nice to have.
const NICE: u32 = 1;

/// Something a summary names, and how much it says it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// `Backups` of `Backups (automated, tested)`.
    outer: Vec<String>,
    /// The names in parentheses; empty when there are none.
    inner: Vec<Vec<String>>,
    weight: u32,
}

/// More names than a summary has; a hostile one shall not multiply with the steps.
const MOST: usize = 100;

/// Reads the summary sections: items below *Critical*, *Important*, *Nice to have*.
#[must_use]
pub fn summary(pieces: &[Piece]) -> Vec<Named> {
    let mut named = Vec::new();
    let mut in_summary = false;
    let mut weight = None;
    for piece in pieces {
        let text = &piece.inline.text;
        match &piece.kind {
            Kind::Heading(_) => {
                let says = SUMMARIES.are_in(text);
                weight = if in_summary && !says { rank(text) } else { None };
                in_summary = says || weight.is_some();
            }
            Kind::Paragraph if in_summary => weight = rank(text),
            Kind::Item(_) if in_summary && piece.depth == 1 => {
                let next = weight.map(|weight| name(piece.inline.first_line(), weight));
                named.extend(next.filter(|next| !named.contains(next)));
            }
            Kind::Paragraph | Kind::Item(_) | Kind::Code(_) | Kind::Table(_) | Kind::Rule | Kind::Html => {}
        }
        if named.len() >= MOST {
            break;
        }
    }
    named
}

const SUMMARIES: Stems<6> = Stems::new(["summary", "priorit", "zusammenfassung", "résumé", "resumen", "resumo"]);

fn rank(label: &str) -> Option<u32> {
    let lower = label.to_lowercase();
    if lower.chars().count() > 60 {
        return None;
    }
    let is = |words: &[&'static str]| has_any(&lower, words).is_some();
    if is(&["critical", "must have", "must-have", "mandatory", "kritisch"]) {
        Some(CRITICAL)
    } else if is(&["important", "should have", "should-have", "recommended", "wichtig"]) {
        Some(REQUIRED)
    } else if is(&["nice to have", "nice-to-have", "could have", "optional"]) {
        Some(NICE)
    } else {
        None
    }
}

fn name(line: &str, weight: u32) -> Named {
    let (outer, inner) = line.split_once('(').unwrap_or((line, ""));
    Named {
        outer: words(outer),
        inner: inner
            .trim_end_matches([')', '.', ' '])
            .split(',')
            .map(words)
            .filter(|words| !words.is_empty())
            .collect(),
        weight,
    }
}

/// The words of a name in lower case, singular and without the ending of a verb: `tested` and `testing` are one word here.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .filter(|word| !FILLERS.contains(&word.as_str()))
        .map(|word| word[..stem(word.as_bytes()).len()].to_owned())
        .collect()
}

/// Words that tell no names apart.
const FILLERS: [&str; 5] = ["and", "the", "of", "a", "for"];

/// The word without its ending; it is in lower case.
fn stem(word: &[u8]) -> &[u8] {
    [("s", 3), ("ed", 4), ("ing", 4)].into_iter().fold(word, |word, (ending, least)| {
        word.strip_suffix(ending.as_bytes()).filter(|stem| stem.len() >= least).unwrap_or(word)
    })
}

/// Gives every step its weight.
pub struct Weights<'f> {
    front: &'f FrontMatter,
    summary: Summary,
}

impl<'f> Weights<'f> {
    #[must_use]
    pub fn new(named: &[Named], front: &'f FrontMatter) -> Self {
        Weights { front, summary: Summary::new(named) }
    }

    /// Weighs the steps of a phase, which has its id.
    pub fn assign(&self, phase: &mut Phase) {
        let given = self.front.phases.get(&phase.id.0).and_then(|options| options.weight);
        let (own, lower) = (Vec::new(), Vec::new());
        let mut context = Context { given, summary: &self.summary, around: Vec::new(), own, lower };
        context.read_title(&phase.title);
        context.enter();
        phase.steps.iter_mut().for_each(|step| weigh(step, &mut context));
    }
}

/// A word of the summary; titles are told in these, so that the steps of a long document are compared by number.
type WordId = u16;

/// A title in the words of the summary; `None` stands for any other word.
type Title = Vec<Option<WordId>>;

/// What a summary names, in numbered words.
struct Summary {
    /// The words, grouped by the two bytes they begin with: most words of most titles begin otherwise.
    groups: Vec<Vec<(String, WordId)>>,
    names: Vec<Name>,
}

struct Name {
    outer: Vec<WordId>,
    inner: Vec<Vec<WordId>>,
    weight: u32,
}

impl Summary {
    fn new(named: &[Named]) -> Self {
        let mut ids = HashMap::new();
        let mut ids_of = |words: &[String]| -> Vec<WordId> {
            words
                .iter()
                .map(|word| {
                    let next = WordId::try_from(ids.len()).unwrap_or(WordId::MAX);
                    *ids.entry(word.clone()).or_insert(next)
                })
                .collect()
        };
        let listed = named
            .iter()
            .map(|Named { outer, inner, weight }| Name {
                outer: ids_of(outer),
                inner: inner.iter().map(|words| ids_of(words)).collect(),
                weight: *weight,
            })
            .collect();
        let mut groups = vec![Vec::new(); 256];
        for (word, id) in ids {
            groups[usize::from(pair(word.as_bytes()))].push((word, id));
        }
        Self { groups, names: listed }
    }

    /// The number of a word in lower case.
    fn id(&self, word: &[u8]) -> Option<WordId> {
        // Nothing that is cut off belongs to the two bytes.
        let group = &self.groups[usize::from(pair(word))];
        if group.is_empty() {
            return None;
        }
        let word = stem(word);
        group.iter().find(|(other, _)| other.as_bytes() == word).map(|(_, id)| *id)
    }

    /// The most specific name wins: one in parentheses before one for a whole section.
    fn weight(&self, own: &Title, around: &[Around]) -> Option<u32> {
        let mut outer = around.iter().filter_map(|around| around.named).min();
        if own.iter().any(Option::is_some) {
            let inner = self.names.iter().find(|name| {
                name.inner.iter().any(|inner| {
                    holds(own, inner)
                        && (inner.len() > 1
                            || holds_some(own, &name.outer)
                            || around.iter().any(|around| holds_some(&around.title, &name.outer)))
                })
            });
            if let Some(name) = inner {
                return Some(name.weight);
            }
            let names_own = |name: &Name| name.inner.is_empty() && holds(own, &name.outer);
            outer = self.names[..outer.unwrap_or(self.names.len())].iter().position(names_own).or(outer);
        }
        outer.map(|at| self.names[at].weight)
    }

    fn around(&self, title: Title) -> Around {
        let named = self.names.iter().position(|name| name.inner.is_empty() && is(&title, &name.outer));
        Around { title, named }
    }
}

struct Context<'n> {
    given: Option<u32>,
    summary: &'n Summary,
    /// The titles around the step, outermost first.
    around: Vec<Around>,
    /// The title of the step at hand.
    own: Title,
    /// The same in lower case, with hyphens for all that is no letter or digit.
    lower: Vec<u8>,
}

impl Context<'_> {
    /// Takes up the title of a step.
    fn read_title(&mut self, text: &str) {
        self.own.clear();
        if self.summary.names.is_empty() {
            return;
        }
        let is_filler = |word: &[u8]| word.len() <= 3 && FILLERS.iter().any(|filler| filler.as_bytes() == word);
        let is_told = |word: &&[u8]| !word.is_empty() && !is_filler(word);
        if text.is_ascii() {
            self.lower.clear();
            self.lower.extend(text.bytes().map(plain));
            let words = self.lower.split(|byte| *byte == b'-').filter(is_told);
            self.own.extend(words.map(|word| self.summary.id(word)));
        } else {
            let words = text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
            self.own
                .extend(words.filter(|word| is_told(&word.as_bytes())).map(|word| self.summary.id(word.as_bytes())));
        }
    }

    /// What comes next stands below the title that was read last.
    fn enter(&mut self) {
        self.around.push(self.summary.around(self.own.clone()));
    }
}

/// A title around a step.
struct Around {
    title: Title,
    /// Place of the first name that names all of it, and nothing in parentheses.
    named: Option<usize>,
}

fn weigh(step: &mut Step, context: &mut Context<'_>) {
    hand_down(step);
    context.read_title(&step.title);
    if let Some(weight) = context.summary.weight(&context.own, &context.around) {
        step.critical |= weight == CRITICAL;
        step.weight = if step.weight == 0 { context.given.unwrap_or(weight) } else { step.weight };
    }
    if step.weight == 0 {
        step.weight = context.given.unwrap_or(match (step.critical, step.optional) {
            (true, _) => CRITICAL,
            (false, true) => NICE,
            (false, false) => REQUIRED,
        });
    }
    if step.steps.is_empty() {
        return;
    }
    context.enter();
    for child in &mut step.steps {
        weigh(child, context);
    }
    context.around.pop();
}

/// What the author says of a step holds for those it consists of, unless more is said of one of them.
fn hand_down(step: &mut Step) {
    let (critical, weight) = (step.critical, step.weight);
    for child in step.steps.iter_mut().filter(|child| child.weight == 0 && !child.critical && !child.optional) {
        child.critical = critical;
        child.weight = weight;
    }
}

fn holds(title: &Title, name: &[WordId]) -> bool {
    !name.is_empty() && name.iter().all(|word| title.contains(&Some(*word)))
}

fn holds_some(title: &Title, name: &[WordId]) -> bool {
    name.iter().any(|word| title.contains(&Some(*word)))
}

fn is(title: &Title, name: &[WordId]) -> bool {
    title.len() == name.len() && title.iter().zip(name).all(|(word, other)| *word == Some(*other))
}

/// What the document says about its own readiness, in percent: in a heading, else in a line of its own.
#[must_use]
pub fn declared_readiness(pieces: &[Piece]) -> Option<u8> {
    let percent_in = |piece: &Piece| percent(&piece.inline.text);
    let headings = pieces.iter().filter(|piece| matches!(piece.kind, Kind::Heading(_)));
    let prose = pieces.iter().filter(|piece| matches!(piece.kind, Kind::Paragraph | Kind::Item(_)));
    headings.chain(prose).find_map(percent_in)
}

fn percent(text: &str) -> Option<u8> {
    if !text.contains('%') {
        return None;
    }
    text.lines().find_map(|line| {
        let lower = line.to_lowercase();
        let speaks = has_any(
            &lower,
            &["readiness", "ready$", "bereitschaft", "completion", "fortschritt", "progress$", "准备度"],
        )
        .is_some();
        let at = lower.find('%').filter(|_| speaks)?;
        let before = lower[..at].trim_end();
        let digits = before.len() - before.bytes().rev().take_while(u8::is_ascii_digit).count();
        before[digits..].parse().ok().filter(|percent| *percent <= 100)
    })
}
