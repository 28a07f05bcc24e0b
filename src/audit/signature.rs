//! The statements of a run and the signatures under them: whether each fits its entry, holds, and is by somebody you trust.
//!
//! That a statement fits its entry is part of the evidence; whose key it is can only be said by a file of allowed signers
//! that the reader brings. Without one, a name beside a key is that person's own word. `ssh-keygen` does the arithmetic.

use super::check::{Checked, Flaw, Place};
use crate::exec::sign::{self, Signers};
use crate::run::Run;
use crate::run::decide::sign::{fits, key};
use crate::run::event::{Entry, Event, Meaning, Scope, Sealed};
use crate::run::sshsig::{Presence, STATEMENT};
use crate::run::statement::Statement;

/// More signatures than any run has; a file with more is not looked at, because each costs a process.
const MOST: usize = 2000;

/// A signature that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The entry it stands in.
    pub seq: u64,
    pub meaning: Meaning,
    /// What the key is said to be listed under.
    pub signer: String,
    pub name: String,
    /// `SHA256:…`
    pub key: String,
    /// What a security key vouches for.
    pub presence: Option<Presence>,
    pub trust: Trust,
    /// Work went on on the same scope afterwards.
    pub voided: bool,
}

/// Whose key it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// No file of allowed signers was given: that the key is theirs is their own word.
    OwnWord,
    Listed,
    /// The file does not list it so, for this reason.
    Unlisted(String),
}

/// Demands that every statement says what its entry says, about this run, and that its signature has the right form.
pub(super) fn check(run: &Run, entries: &[Entry]) -> Result<(), Flaw> {
    let mut walked = run.opened.runbook;
    for entry in entries {
        if let Event::RunbookAdopted(adopted) = &entry.event {
            walked = adopted.runbook;
        }
        let altered = |reason: String| Flaw::Altered { place: Place::Entry(entry.seq), reason };
        let (scope, meaning, reason, sealed) =
            if let Event::SignedOff { scope, meaning, reason, sealed: Some(sealed) } = &entry.event {
                (scope, *meaning, reason, sealed)
            } else if let Event::RunClosed { reason, sealed: Some(sealed), .. } = &entry.event {
                (&Scope::Run, Meaning::Closed, reason, sealed)
            } else {
                continue;
            };
        let said = Statement::read(&sealed.statement).map_err(|why| altered(format!("its statement: {why}")))?;
        fits(run, &said, walked).map_err(|why| altered(format!("its statement: {why}")))?;
        if (&said.scope, said.meaning, &said.reason) != (scope, meaning, reason) {
            return Err(altered("its statement says something else than the entry".to_owned()));
        }
        let (head, hash) = said.head;
        let before = usize::try_from(head).ok().and_then(|head| entries.get(head.checked_sub(1)?));
        if head >= entry.seq || before.is_none_or(|before| before.hash != hash) {
            return Err(altered("its statement names a head that is not the chain's at that place".to_owned()));
        }
        check_author(entry, &said, sealed).map_err(altered)?;
        if let (Event::RunClosed { verdict, percent, carried, .. }, Some(closing)) = (&entry.event, &said.closing) {
            let same = carried.iter().map(|carried| (&carried.step, &carried.reason));
            let said_same = closing.carried.iter().map(|(step, reason)| (step, reason));
            if head + 1 != entry.seq
                || (verdict, percent) != (&closing.verdict, &closing.percent)
                || !same.eq(said_same)
            {
                return Err(altered("its statement closes another state of the run".to_owned()));
            }
        }
    }
    Ok(())
}

fn check_author(entry: &Entry, said: &Statement, sealed: &Sealed) -> Result<(), String> {
    let by = &entry.stamp.by;
    match &sealed.signature {
        Some(signature) => key(signature).map(|_| ()),
        None if said.name == by.name && said.role == by.role => Ok(()),
        None => Err("its statement is unsigned and by somebody else than recorded it".to_owned()),
    }
}

impl Checked {
    /// Judges every signature of the run.
    ///
    /// # Errors
    /// The first one that does not hold; or that none can be checked.
    pub fn signatures(&self, signers: Option<&Signers>) -> Result<Vec<Signature>, Flaw> {
        let mut signatures = Vec::new();
        let record = self.record();
        sign::is_there().map_err(|reason| Flaw::Unreadable { reason })?;
        for (seq, sealed) in self.sealed() {
            let Some(armor) = &sealed.signature else { continue };
            let altered = |reason: String| Flaw::Altered { place: Place::Entry(seq), reason };
            if signatures.len() >= MOST {
                return Err(Flaw::Unreadable { reason: format!("it has more than {MOST} signatures") });
            }
            let said = Statement::read(&sealed.statement).map_err(&altered)?;
            let text = sealed.statement.as_bytes();
            let held = sign::holds(armor, STATEMENT, text);
            let read = held.map_err(|why| altered(format!("its signature: {why}")))?;
            let trust = match signers {
                None => Trust::OwnWord,
                Some(signers) => {
                    let allowed = sign::allowed((armor, STATEMENT, text), signers, &said.signer, said.time);
                    allowed.map_or_else(Trust::Unlisted, |()| Trust::Listed)
                }
            };
            let voided = record.sign_offs.iter().any(|sign| sign.seq == seq && sign.voided_by.is_some());
            let (meaning, signer, name) = (said.meaning, said.signer, said.name);
            let (key, presence) = (read.fingerprint(), read.presence);
            signatures.push(Signature { seq, meaning, signer, name, key, presence, trust, voided });
        }
        Ok(signatures)
    }

    /// Every statement that was recorded, with the number of its entry.
    pub fn sealed(&self) -> impl Iterator<Item = (u64, &Sealed)> {
        self.entries.iter().filter_map(|entry| match &entry.event {
            Event::SignedOff { sealed, .. } | Event::RunClosed { sealed, .. } => Some((entry.seq, sealed.as_ref()?)),
            Event::RunOpened(_)
            | Event::SittingBegan(_)
            | Event::SittingEnded
            | Event::ClockStepped { .. }
            | Event::AttemptIntended(_)
            | Event::AttemptSpawned { .. }
            | Event::AttemptRejoined { .. }
            | Event::AttemptGone { .. }
            | Event::StopSent { .. }
            | Event::AttemptEnded(_)
            | Event::AttemptResolved { .. }
            | Event::AttemptRehearsed { .. }
            | Event::StepMarked { .. }
            | Event::MarkReversed { .. }
            | Event::NoteAdded { .. }
            | Event::ValueGiven { .. }
            | Event::OutputShredded { .. }
            | Event::RunbookAdopted(_)
            | Event::RunbookDeclined { .. }
            | Event::TargetPinned { .. }
            | Event::TrustDecided(_)
            | Event::RequirementsProbed(_)
            | Event::HookBegan(_)
            | Event::HookEnded(_)
            | Event::SoakBegan(_)
            | Event::SoakPaused { .. }
            | Event::GateOverridden { .. }
            | Event::Called { .. }
            | Event::Deviated { .. } => None,
        })
    }
}
