//! Moving about: steps, phases, the list of them, finding, and detours.

use super::say::Listed;
use super::{Walk, say};
use crate::cli::exit::Failure;
use crate::cli::plan::printable;
use crate::run::decide::Intent;
use crate::run::decide::detour::{Aside, Cause, way_back};
use crate::run::narrow::Only;
use crate::run::readiness::{leaves, leaves_of};
use crate::runbook::need::Named;
use crate::runbook::{Phase, PhaseId, Role, Step, StepId};
use crate::tui::spoken;
use std::io::Write;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Forward,
    Back,
}

/// Entries of the log that are said without being asked for.
const LAST_ENTRIES: usize = 20;
/// Places that are said of a search.
const MOST_HITS: usize = 100;

impl<W: Write> Walk<'_, W> {
    /// Leaf steps that follow each other here: those of the walk, or those of a section that is only at hand.
    fn steps(&self) -> Vec<StepId> {
        let (book, run) = (self.session.book(), self.session.run());
        let aside = self.here.as_ref().and_then(|here| book.phase_of(here)).filter(|phase| !phase.is_walked());
        let leaves = aside.map_or_else(|| leaves(book, run), |phase| leaves_of(phase, run));
        leaves.into_iter().map(|leaf| leaf.step.id.clone()).collect()
    }

    /// Where the step that is talked about stands among those. Of a group, where its first step stands.
    fn place(&self, steps: &[StepId]) -> usize {
        let at = |id: &StepId| steps.iter().position(|step| step == id);
        let within = |id: &StepId| {
            let group = self.session.book().step(id)?;
            group.subtree().into_iter().find_map(|step| at(&step.id))
        };
        self.here.as_ref().and_then(|here| at(here).or_else(|| within(here))).unwrap_or(0)
    }

    /// The first open step from where the walk is, around the end.
    pub(super) fn next_open(&self) -> Option<StepId> {
        let leaves = leaves(self.session.book(), self.session.run());
        let at = leaves.iter().position(|leaf| Some(&leaf.step.id) == self.here.as_ref()).unwrap_or(0);
        let open = leaves[at..].iter().chain(&leaves[..at]).find(|leaf| !leaf.state.is_settled());
        open.or(leaves.first()).map(|leaf| leaf.step.id.clone())
    }

    pub(super) fn go(&mut self, step: Option<StepId>) -> Result<(), Failure> {
        let Some(step) = step else {
            writeln!(self.out, "No further step there.")?;
            return Ok(());
        };
        self.here = Some(step);
        self.show()
    }

    pub(super) fn go_open(&mut self, way: Way) -> Result<(), Failure> {
        let leaves = leaves(self.session.book(), self.session.run());
        let at = leaves.iter().position(|leaf| Some(&leaf.step.id) == self.here.as_ref());
        let is_open = |place: &usize| !leaves[*place].state.is_settled();
        let count = leaves.len();
        let found = match (way, at) {
            (Way::Forward, Some(at)) => (at + 1..count).chain(0..=at).find(is_open),
            (Way::Back, Some(at)) => (0..at).rev().chain((at..count).rev()).find(is_open),
            (_, None) => (0..count).find(is_open),
        };
        let step = found.map(|place| leaves[place].step.id.clone());
        if step.is_none() {
            writeln!(self.out, "Every step is settled; b shows the board.")?;
            return Ok(());
        }
        self.go(step)
    }

    pub(super) fn go_beside(&mut self, way: Way) -> Result<(), Failure> {
        let steps = self.steps();
        let at = self.place(&steps);
        let next = match way {
            Way::Forward => Some(at + 1),
            Way::Back => at.checked_sub(1),
        };
        self.go(next.and_then(|next| steps.get(next)).cloned())
    }

    pub(super) fn go_phase(&mut self, way: Way) -> Result<(), Failure> {
        let phases = &self.session.book().phases;
        let here = self.here.as_ref().and_then(|here| self.session.book().phase_of(here));
        let at = here.and_then(|here| phases.iter().position(|phase| phase.id == here.id)).unwrap_or(0);
        let found = match way {
            Way::Forward => phases[at + 1..].iter().find(|phase| !phase.steps.is_empty()),
            Way::Back => phases[..at].iter().rev().find(|phase| !phase.steps.is_empty()),
        };
        match found.map(|phase| phase.id.clone()) {
            Some(phase) => self.go_into(&phase),
            None => Ok(writeln!(self.out, "No further phase there.")?),
        }
    }

    /// `g 2`, `g 2.1`, or a name.
    pub(super) fn go_to(&mut self, typed: &str) -> Result<(), Failure> {
        if let Some(phase) = self.phase_named(typed).map(|phase| phase.id.clone()) {
            return self.go_into(&phase);
        }
        let step = self.session.book().find_step(typed).map(|step| step.id.clone());
        if step.is_none() {
            writeln!(self.out, "No step is called {}; say its number, such as 2.1.", printable(typed))?;
            return Ok(());
        }
        self.go(step)
    }

    fn phase_named(&self, typed: &str) -> Option<&Phase> {
        let number = typed.parse::<u32>().ok();
        let phases = &self.session.book().phases;
        phases.iter().find(|phase| Some(phase.number) == number || (!typed.is_empty() && phase.id.0 == typed))
    }

    /// Says what a phase is about, and goes to its first step that is open.
    fn go_into(&mut self, phase: &PhaseId) -> Result<(), Failure> {
        let (book, run) = (self.session.book(), self.session.run());
        let Some(phase) = book.phase(phase) else { return Ok(()) };
        say::phase(self.session, phase, self.out)?;
        let leaves = leaves_of(phase, run);
        let open = leaves.iter().find(|leaf| !leaf.state.is_settled()).or(leaves.first());
        let step = open.map(|leaf| leaf.step.id.clone());
        if step.is_none() {
            writeln!(self.out, "It has no steps.")?;
            return Ok(());
        }
        self.go(step)
    }

    pub(super) fn show(&mut self) -> Result<(), Failure> {
        let Some(step) = self.step() else { return Ok(()) };
        let steps = self.steps();
        let place = steps.iter().position(|id| *id == step.id).map(|at| (at + 1, steps.len()));
        Ok(say::step(self.session, &step, place, self.out)?)
    }

    /// `l`, `l failed`, `l 2`, `l open ssl`, `l ssl`.
    pub(super) fn list(&mut self, wanted: &str) -> Result<(), Failure> {
        let (first, rest) = wanted.split_once(char::is_whitespace).unwrap_or((wanted, ""));
        let only = Only::EACH.into_iter().find(|only| only.word() == first);
        let (listed, called) = match (only, first) {
            (Some(only), _) => (Listed::Steps(only), rest),
            (None, "deferred") => (Listed::Deferred, rest),
            (None, _) => match self.phase_named(first) {
                Some(phase) => (Listed::Phase(phase.id.clone()), rest),
                None => (Listed::Steps(Only::All), wanted),
            },
        };
        Ok(say::list(self.session, &listed, called.trim(), self.here.as_ref(), self.out)?)
    }

    pub(super) fn find(&mut self, wanted: &str) -> Result<(), Failure> {
        if wanted.trim().is_empty() {
            writeln!(self.out, "Say what to find: / TEXT.")?;
            return Ok(());
        }
        let (hits, left_out) = spoken::find(self.session, wanted);
        for hit in hits.iter().take(MOST_HITS) {
            writeln!(self.out, "{}", printable(hit))?;
        }
        if left_out > 0 {
            writeln!(self.out, "Outputs too large to be searched: {left_out}.")?;
        }
        match hits.len() {
            0 => {
                let wanted = printable(wanted);
                writeln!(self.out, "{wanted} is nowhere in titles, text, commands, criteria, notes or outputs.")?;
            }
            all @ 1..=MOST_HITS => writeln!(self.out, "Places: {all}. A number goes there, such as 2.1.")?,
            all => writeln!(self.out, "Places: {all}, of which {MOST_HITS} were said; find something longer.")?,
        }
        Ok(())
    }

    /// Leaves the walk for a section at hand, or comes back.
    pub(super) fn detour(&mut self, wanted: &str) -> Result<(), Failure> {
        if let Some(detour) = self.session.run().detour() {
            let back = detour.step.clone();
            if self.wish(&Intent::EndDetour)? {
                writeln!(self.out, "Back from the detour.")?;
                return self.go(back);
            }
            return Ok(());
        }
        let Some(from) = self.step() else { return Ok(()) };
        let book = self.session.book();
        if book.phase_of(&from.id).is_some_and(|phase| !phase.is_walked()) {
            writeln!(self.out, "This section is at hand already; nothing of it counts.")?;
            return Ok(());
        }
        if wanted.is_empty()
            && let Some(back) = way_back(book, self.session.run(), &from.id)
        {
            let (words, step) = (back.words(), back.step().map(|step| step.id.clone()));
            let phase = if let Named::Phase(phase) = back { Some(phase.id.clone()) } else { None };
            return self.follow_back(&from, &words, step, phase);
        }
        let at_hand =
            |role: Role| book.phases.iter().filter(move |phase| phase.role == role && !phase.steps.is_empty());
        let sections: Vec<(PhaseId, u32, String)> = at_hand(Role::Rollback)
            .chain(at_hand(Role::Trouble))
            .map(|phase| (phase.id.clone(), phase.number, printable(&phase.title)))
            .collect();
        let named = self.phase_named(wanted).map(|phase| phase.id.clone());
        let chosen = match sections.as_slice() {
            [] => {
                writeln!(self.out, "This runbook has no rollback and no troubleshooting section.")?;
                return Ok(());
            }
            [(only, ..)] if wanted.is_empty() => Some(only.clone()),
            _ if named.is_some() => named,
            several => {
                for (_, number, title) in several {
                    writeln!(self.out, "{number} {title}")?;
                }
                let typed = self.ask("Where to? Its number, or nothing to stay")?.unwrap_or_default();
                self.phase_named(typed.trim()).map(|phase| phase.id.clone())
            }
        };
        let Some(to) = chosen else { return Ok(()) };
        if self.wish(&Intent::Detour { from: from.id.clone(), to: Aside::Section(to.clone()), cause: Cause::Asked })? {
            writeln!(self.out, "On a detour, which is recorded; R goes back to step {}.", from.number)?;
            return self.go_into(&to);
        }
        Ok(())
    }

    /// Goes straight to what the author says takes a step back.
    fn follow_back(
        &mut self,
        from: &Step,
        words: &str,
        step: Option<StepId>,
        phase: Option<PhaseId>,
    ) -> Result<(), Failure> {
        if !self.wish(&Intent::Detour { from: from.id.clone(), to: Aside::WayBack, cause: Cause::Asked })? {
            return Ok(());
        }
        let words = printable(words);
        writeln!(self.out, "On a detour to {words}, which is recorded; R goes back to step {}.", from.number)?;
        match phase {
            Some(phase) => self.go_into(&phase),
            None => self.go(step),
        }
    }

    pub(super) fn timeline(&mut self) -> Result<(), Failure> {
        for line in spoken::timeline(self.session, self.around.settings.zone) {
            writeln!(self.out, "{}", printable(&line))?;
        }
        Ok(())
    }

    pub(super) fn log(&mut self, wanted: &str) -> Result<(), Failure> {
        let lines = match spoken::log(self.session, self.around.settings.zone, wanted) {
            Ok(lines) => lines,
            Err(fault) => {
                writeln!(self.out, "{}", printable(&fault.to_string()))?;
                return Ok(());
            }
        };
        let from = if wanted.is_empty() { lines.len().saturating_sub(LAST_ENTRIES) } else { 0 };
        if lines.is_empty() {
            writeln!(
                self.out,
                "{}",
                if wanted.is_empty() { "Nothing was recorded yet." } else { "No entry holds it." }
            )?;
        } else if from > 0 {
            writeln!(
                self.out,
                "The last {LAST_ENTRIES} of {} entries; L TEXT says all that hold a text.",
                lines.len()
            )?;
        }
        for line in &lines[from..] {
            writeln!(self.out, "{}", printable(line))?;
        }
        Ok(())
    }

    /// Goes on with the next open step, unless the walk is on a detour.
    pub(super) fn go_on(&mut self) -> Result<(), Failure> {
        let here = self.here.as_ref().and_then(|here| self.session.book().phase_of(here));
        if here.is_some_and(Phase::is_walked) { self.go_open(Way::Forward) } else { Ok(()) }
    }
}
