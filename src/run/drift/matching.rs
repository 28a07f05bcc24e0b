//! Which step of the recorded version is which step of the edited one.

use super::{Change, DiffLine, Side, content, lines, named};
use crate::run::event::ChangeKind;
use crate::runbook::{Phase, PhaseId, Runbook, Step, StepId};
use similar::TextDiff;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// How alike two steps at the same place must be to count as one that was rewritten, of 1.
const ALIKE: f32 = 0.4;

/// A step with where it stands and what it says.
pub(super) struct Placed<'a> {
    pub step: &'a Step,
    phase: &'a Phase,
    parent: Option<&'a StepId>,
    lines: Vec<String>,
}

pub(super) struct Matching<'a> {
    old: Vec<Placed<'a>>,
    pub new: Vec<Placed<'a>>,
    /// Where each version has a step.
    places: [HashMap<&'a StepId, usize>; 2],
    /// Place in the new version → place in the old one.
    pub pairs: BTreeMap<usize, usize>,
    /// Phases of the old version → of the new one.
    pub phases: BTreeMap<PhaseId, PhaseId>,
    /// Places in the new version of steps that stand in another order.
    out_of_order: BTreeSet<usize>,
}

impl<'a> Matching<'a> {
    pub fn new(old: &'a Runbook, new: &'a Runbook) -> Self {
        let (old_steps, new_steps) = (placed(old), placed(new));
        let mut matching = Matching {
            places: [places(&old_steps), places(&new_steps)],
            old: old_steps,
            new: new_steps,
            pairs: BTreeMap::new(),
            phases: BTreeMap::new(),
            out_of_order: BTreeSet::new(),
        };
        matching.by_id();
        matching.by(|placed| Some(placed.lines.join("\n")));
        // The same commands under another title; prose alone is too often the same by chance.
        matching.by(|placed| placed.step.commands().next().map(|_| placed.lines[1..].join("\n")));
        matching.by(|placed| Some(placed.step.title.to_lowercase()));
        matching.by_place();
        matching.match_phases(old, new);
        matching.find_order();
        matching
    }

    pub fn gone(&self) -> impl Iterator<Item = &'a Step> {
        let kept: BTreeSet<usize> = self.pairs.values().copied().collect();
        self.old.iter().enumerate().filter(move |(place, _)| !kept.contains(place)).map(|(_, placed)| placed.step)
    }

    /// What became of a step that both versions have; `None` when nothing did.
    pub fn change(&self, before: usize, after: usize) -> Option<Change> {
        let (old, new) = (&self.old[before], &self.new[after]);
        let same_phase = self.phases.get(&old.phase.id) == Some(&new.phase.id);
        let (kind, lines) = if old.lines != new.lines || !same_phase {
            let mut lines = lines(&old.lines, &new.lines);
            if !same_phase {
                // Before and after the cut-over the same check is not the same check.
                let at = |side, phase: &Phase| DiffLine { side, text: format!("in phase: {}", phase.title) };
                lines.splice(0..0, [at(Side::Old, old.phase), at(Side::New, new.phase)]);
            }
            (ChangeKind::Changed, lines)
        } else if self.out_of_order.contains(&after) || !self.same_parent(old, new) {
            (ChangeKind::Moved, Vec::new())
        } else if old.step.id != new.step.id {
            (ChangeKind::Renamed, Vec::new())
        } else {
            return None;
        };
        Some(Change {
            kind,
            was: Some(old.step.id.clone()),
            now: Some(new.step.id.clone()),
            title: named(new.step),
            number_was: Some(old.step.number.clone()),
            lines,
        })
    }

    fn same_parent(&self, old: &Placed<'_>, new: &Placed<'_>) -> bool {
        match (old.parent, new.parent) {
            (None, None) => true,
            (Some(old), Some(new)) => {
                let [before, after] = [self.places[0].get(old), self.places[1].get(new)];
                after.and_then(|after| self.pairs.get(after)) == before
            }
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    fn by_id(&mut self) {
        for (after, placed) in self.new.iter().enumerate() {
            if let Some(before) = self.places[0].get(&placed.step.id) {
                self.pairs.insert(after, *before);
            }
        }
    }

    /// Pairs what is still alone and has the same key, in the order of the documents.
    fn by(&mut self, key: impl Fn(&Placed<'_>) -> Option<String>) {
        let taken: BTreeSet<usize> = self.pairs.values().copied().collect();
        let mut keys: HashMap<String, VecDeque<usize>> = HashMap::new();
        for (before, placed) in self.old.iter().enumerate().filter(|(before, _)| !taken.contains(before)) {
            if let Some(key) = key(placed) {
                keys.entry(key).or_default().push_back(before);
            }
        }
        for (after, placed) in self.new.iter().enumerate() {
            if !self.pairs.contains_key(&after)
                && let Some(before) = key(placed).and_then(|key| keys.get_mut(&key)?.pop_front())
            {
                self.pairs.insert(after, before);
            }
        }
    }

    /// Pairs steps that stand behind the same step and resemble each other.
    fn by_place(&mut self) {
        let back: BTreeMap<usize, usize> = self.pairs.iter().map(|(after, before)| (*before, *after)).collect();
        let mut open: HashMap<(Option<usize>, usize), usize> = HashMap::new();
        let (mut last, mut nth) = (None, 0);
        for before in 0..self.old.len() {
            if let Some(after) = back.get(&before) {
                (last, nth) = (Some(*after), 0);
            } else {
                open.insert((last, nth), before);
                nth += 1;
            }
        }
        let (mut last, mut nth) = (None, 0);
        for after in 0..self.new.len() {
            if self.pairs.contains_key(&after) {
                (last, nth) = (Some(after), 0);
                continue;
            }
            let place = (last, nth);
            nth += 1;
            if let Some(before) = open.get(&place).filter(|before| self.are_alike(**before, after)) {
                self.pairs.insert(after, *before);
                // The next one is counted from the same neighbour as before.
            }
        }
    }

    fn are_alike(&self, before: usize, after: usize) -> bool {
        let (old, new) = (&self.old[before], &self.new[after]);
        let (old_text, new_text) = (old.lines.join("\n"), new.lines.join("\n"));
        old.step.kind == new.step.kind && TextDiff::from_words(&old_text, &new_text).ratio() >= ALIKE
    }

    /// Phases of the same id are the same; of the others, those that share most steps.
    fn match_phases(&mut self, old: &Runbook, new: &Runbook) {
        let mut taken: BTreeSet<PhaseId> = BTreeSet::new();
        for phase in old.phases.iter().filter(|phase| new.phase(&phase.id).is_some()) {
            self.phases.insert(phase.id.clone(), phase.id.clone());
            taken.insert(phase.id.clone());
        }
        let mut votes: BTreeMap<(&PhaseId, &PhaseId), usize> = BTreeMap::new();
        for (after, before) in &self.pairs {
            let (was, now) = (&self.old[*before].phase.id, &self.new[*after].phase.id);
            if !self.phases.contains_key(was) && !taken.contains(now) {
                *votes.entry((was, now)).or_default() += 1;
            }
        }
        let mut votes: Vec<((&PhaseId, &PhaseId), usize)> = votes.into_iter().collect();
        votes.sort_by_key(|(_, votes)| std::cmp::Reverse(*votes));
        for ((was, now), _) in votes {
            if !self.phases.contains_key(was) && taken.insert(now.clone()) {
                self.phases.insert(was.clone(), now.clone());
            }
        }
    }

    /// The longest row of steps that kept their order stayed; the others moved (patience sorting).
    fn find_order(&mut self) {
        let same_phase = |after: usize, before: usize| {
            self.phases.get(&self.old[before].phase.id) == Some(&self.new[after].phase.id)
        };
        let pairs = self.pairs.iter().map(|(after, before)| (*after, *before));
        let row: Vec<(usize, usize)> = pairs.filter(|(after, before)| same_phase(*after, *before)).collect();
        let mut piles: Vec<usize> = Vec::new();
        let mut previous: Vec<Option<usize>> = vec![None; row.len()];
        for (at, (_, before)) in row.iter().enumerate() {
            let pile = piles.partition_point(|top| row[*top].1 < *before);
            previous[at] = pile.checked_sub(1).map(|left| piles[left]);
            if pile == piles.len() {
                piles.push(at);
            } else {
                piles[pile] = at;
            }
        }
        let mut stayed = BTreeSet::new();
        let mut at = piles.last().copied();
        while let Some(here) = at {
            stayed.insert(row[here].0);
            at = previous[here];
        }
        self.out_of_order = row.iter().map(|(after, _)| *after).filter(|after| !stayed.contains(after)).collect();
    }
}

fn places<'a>(steps: &[Placed<'a>]) -> HashMap<&'a StepId, usize> {
    steps.iter().enumerate().map(|(place, placed)| (&placed.step.id, place)).collect()
}

fn placed(book: &Runbook) -> Vec<Placed<'_>> {
    fn collect<'a>(phase: &'a Phase, parent: Option<&'a StepId>, step: &'a Step, into: &mut Vec<Placed<'a>>) {
        into.push(Placed { step, phase, parent, lines: content::of_step(step) });
        for child in &step.steps {
            collect(phase, Some(&step.id), child, into);
        }
    }
    let mut all = Vec::new();
    for phase in &book.phases {
        for step in &phase.steps {
            collect(phase, None, step, &mut all);
        }
    }
    all
}
