//! What ran by itself, in words, and on what grounds.

use super::{Places, attempt};
use crate::audit::record::{ByItself, HookRan, ProbeRan, TrustAnswer};
use crate::audit::text::{self, time};
use crate::run::event::{Ending, Entry, Event, Grounds};
use crate::run::{HookRun, Run};

pub(super) fn by_itself(places: &Places<'_>, run: &Run, entries: &[Entry]) -> ByItself {
    ByItself {
        answers: entries.iter().filter_map(answer).collect(),
        probes: entries.iter().flat_map(|entry| probes(entry, entries)).collect(),
        hooks: run.hooks.iter().map(|hook| ran(hook, places, entries)).collect(),
    }
}

fn answer(entry: &Entry) -> Option<TrustAnswer> {
    let Event::TrustDecided(decided) = &entry.event else { return None };
    Some(TrustAnswer {
        seq: entry.seq,
        answer: if decided.trusted { "trusted" } else { "refused" },
        what: decided.what.clone(),
        at: entry.stamp.at,
        by: (&entry.stamp.by).into(),
    })
}

fn probes(entry: &Entry, entries: &[Entry]) -> Vec<ProbeRan> {
    let Event::RequirementsProbed(probed) = &entry.event else { return Vec::new() };
    let probe = |probe: &crate::run::event::Probe| ProbeRan {
        seq: entry.seq,
        text: probe.text.clone(),
        ending: probe.ending.as_ref().map(attempt::how),
        exit_code: probe.ending.as_ref().and_then(attempt::exit_code),
        said: probe.said.clone(),
        fits: probe.fits,
        grounds: grounds(&probed.grounds, entry.seq, entries),
        at: entry.stamp.at,
        by: (&entry.stamp.by).into(),
    };
    probed.probes.iter().map(probe).collect()
}

fn ran(hook: &HookRun, places: &Places<'_>, entries: &[Entry]) -> HookRan {
    let (began, ended) = (&hook.began, hook.ended.as_ref());
    let unseen = || "its end was not seen".to_owned();
    HookRan {
        seq: hook.seq,
        hook: began.hook.word(),
        text: began.command.clone(),
        from: began.from.clone(),
        step: began.step.as_ref().map(|step| step.0.clone()),
        title: began.step.as_ref().and_then(|step| places.steps.get(step).cloned()),
        ending: ended.map_or_else(unseen, |ended| way(&ended.ending)),
        exit_code: ended.and_then(|ended| attempt::exit_code(&ended.ending)),
        took_ms: ended.map(|ended| ended.took_ms),
        said: ended.map(|ended| ended.said.clone()).unwrap_or_default(),
        grounds: began.grounds.as_ref().map_or_else(
            || "not recorded by the version that ran it".to_owned(),
            |grounds| self::grounds(grounds, hook.seq, entries),
        ),
        at: hook.at.at,
        by: (&hook.by).into(),
    }
}

/// A hook is stopped by nobody at a key, but by its limit or by a walk that ends.
fn way(ending: &Ending) -> String {
    match ending {
        Ending::Stopped | Ending::Kept => "stopped".to_owned(),
        Ending::Exited { .. }
        | Ending::Signalled { .. }
        | Ending::NotStarted { .. }
        | Ending::TimedOut
        | Ending::Asked => attempt::how(ending),
    }
}

/// Why something might run by itself, before entry `seq`.
fn grounds(grounds: &Grounds, seq: u64, entries: &[Entry]) -> String {
    match grounds {
        Grounds::Own => "the operator's own configuration".to_owned(),
        Grounds::Started => {
            "starting this file was the trust in it: the operator's own, or named by its digest".to_owned()
        }
        Grounds::Kept(said) => format!("{said}, before this run, for these bytes"),
        Grounds::Decided(about) => {
            let said = |entry: &&Entry| matches!(&entry.event, Event::TrustDecided(decided) if decided.about == *about && decided.trusted);
            let said = entries.iter().filter(|entry| entry.seq < seq).rfind(said);
            said.map_or_else(
                || "no entry says that anybody trusted it".to_owned(),
                |entry| {
                    let (by, at) = (text::person(&(&entry.stamp.by).into()), time(entry.stamp.at));
                    format!("trusted by {by}, {at}, entry {}", entry.seq)
                },
            )
        }
    }
}
