//! Values that must never be recorded: where they are known from, and how they are kept out of what is written.
//!
//! They live in memory only. Their names are recorded, so that a later process knows to ask for them again.

use crate::exec::redact::{Redactor, is_secret_name, is_too_short, is_too_short_to_guess};
use crate::exec::{Printed, Secret};
use crate::run::event::{Event, Intended};
use crate::runbook::Runbook;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

/// Everything this process knows to be secret.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    /// Whatever must not be printed or recorded; values that were replaced stay secret.
    known: Vec<Secret>,
    /// What the operator gave for the commands, by name.
    given: BTreeMap<String, String>,
    /// Finds what is known; made when it is first needed.
    finder: OnceCell<Redactor>,
}

impl Secrets {
    /// Secrets that commands inherit: declared by the author, or named like one.
    pub fn of_environment(book: &Runbook, environment: &BTreeMap<String, String>) -> Self {
        let mut secrets = Secrets::default();
        secrets.learn_environment(book, environment);
        secrets
    }

    /// Takes in the secrets of the environment that an edited runbook declares.
    pub fn learn_environment(&mut self, book: &Runbook, environment: &BTreeMap<String, String>) {
        for (name, value) in environment {
            let secret = || Secret { name: name.clone(), value: value.clone() };
            if is_declared(book, name) {
                self.keep(secret());
            } else if is_secret_name(name) && !is_too_short_to_guess(value) {
                self.learn(secret());
            }
        }
    }

    /// Whether a value is to be treated as secret: by its name, or because it holds one that is known.
    pub fn must_keep(&self, book: &Runbook, name: &str, value: &str) -> bool {
        is_declared(book, name) || is_secret_name(name) || self.redactor().touches(value.as_bytes())
    }

    pub fn give(&mut self, name: &str, value: String) {
        self.keep(Secret { name: name.to_owned(), value: value.clone() });
        self.given.insert(name.to_owned(), value);
    }

    /// The same for what may only be named like a secret: of a few characters that proves nothing.
    pub fn give_supposed(&mut self, book: &Runbook, name: &str, value: String) {
        if is_declared(book, name) || !is_too_short(&value) {
            self.give(name, value);
        } else {
            self.given.insert(name.to_owned(), value);
        }
    }

    /// The name of a secret that is too short to be looked for in what commands print, so that every line of it has to be
    /// held back.
    pub fn too_short(&self) -> Option<&str> {
        self.known.iter().find(|secret| is_too_short(&secret.value)).map(|secret| secret.name.as_str())
    }

    /// Takes in what turned out to be secret, unless it is too short to be told from ordinary text.
    pub fn learn(&mut self, secret: Secret) {
        if !is_too_short(&secret.value) {
            self.keep(secret);
        }
    }

    /// Takes in what somebody says is secret, however short.
    fn keep(&mut self, secret: Secret) {
        if !secret.value.is_empty() && !self.known.contains(&secret) {
            self.known.push(secret);
            self.finder.take();
        }
    }

    pub fn known(&self) -> &[Secret] {
        &self.known
    }

    /// What commands get by their environment.
    pub fn given(&self) -> impl Iterator<Item = (&String, &String)> {
        self.given.iter()
    }

    /// Names of the secrets whose values commands can get.
    pub fn at_hand(&self) -> BTreeSet<String> {
        self.given.keys().cloned().collect()
    }

    /// The event as it may be written: whatever people or documents wrote into it, without what is secret.
    pub fn redacted(&self, event: &Event) -> Event {
        let mut event = event.clone();
        match &mut event {
            Event::AttemptIntended(Intended { text, .. }) | Event::NoteAdded { text, .. } => self.clean(text),
            Event::AttemptResolved { reason, .. }
            | Event::AttemptRejoined { reason, .. }
            | Event::OutputShredded { reason, .. }
            | Event::Deviated { reason, .. }
            | Event::GateOverridden { reason, .. } => self.clean(reason),
            Event::HookBegan(hook) => self.clean(&mut hook.command),
            Event::HookEnded(hook) => self.clean(&mut hook.said),
            Event::RequirementsProbed(probed) => {
                probed.probes.iter_mut().flat_map(|probe| [&mut probe.text, &mut probe.said]).for_each(|text| self.clean(text));
            }
            Event::TrustDecided(decided) => decided.what.iter_mut().for_each(|what| self.clean(what)),
            Event::StepMarked { reason, .. }
            // What stands in a statement was cleaned before it was shown and signed.
            | Event::SignedOff { reason, .. }
            | Event::Called { reason, .. }
            | Event::RunClosed { reason, .. } => {
                if let Some(reason) = reason {
                    self.clean(reason);
                }
            }
            // A plain value that holds a secret is given as a secret; none of the others carries free text.
            Event::ValueGiven { .. }
            | Event::TargetPinned { .. }
            | Event::SoakBegan(_)
            | Event::SoakPaused { .. }
            | Event::RunOpened(_)
            | Event::SittingBegan(_)
            | Event::SittingEnded
            | Event::ClockStepped { .. }
            | Event::AttemptSpawned { .. }
            | Event::AttemptGone { .. }
            | Event::StopSent { .. }
            | Event::AttemptEnded(_)
            | Event::AttemptRehearsed { .. }
            | Event::RunbookAdopted(_)
            | Event::RunbookDeclined { .. }
            | Event::MarkReversed { .. } => {}
        }
        event
    }

    /// A text without what is secret.
    pub fn cleaned(&self, text: &str) -> String {
        let mut text = text.to_owned();
        self.clean(&mut text);
        text
    }

    fn clean(&self, text: &mut String) {
        let mut redactor = self.redactor();
        let mut clean = Vec::with_capacity(text.len());
        if redactor.feed(text.as_bytes(), &mut clean) + redactor.finish(&mut clean) > 0 {
            *text = String::from_utf8_lossy(&clean).into_owned();
        }
    }

    fn redactor(&self) -> Redactor {
        self.finder.get_or_init(|| Redactor::new(&self.known, Printed::Ordinary)).again()
    }
}

fn is_declared(book: &Runbook, name: &str) -> bool {
    book.front.secrets.iter().any(|secret| secret == name)
        || book.front.vars.get(name).is_some_and(|variable| variable.secret)
        // What a secret value is taken from is as secret.
        || book.front.vars.values().any(|variable| variable.secret && variable.from.as_deref() == Some(name))
}
