//! The log: every entry of the run as one sentence.

use super::look::Look;
use super::text::hanging;
use super::theme::Tone;
use crate::run::event::{
    Call, Ended, Ending, Entry, Event, HookEnded, Probe, Probed, Resolution, Scope, Target, Verdict,
};
use ratatui::text::{Line, Span};

/// The log on the screen.
#[derive(Debug, Clone, Default)]
pub struct LogView {
    pub entries: Vec<(Vec<Span<'static>>, Span<'static>)>,
    /// Entries above the end that are scrolled back.
    pub back: usize,
    /// Only entries that hold it are shown.
    pub pattern: String,
}

impl LogView {
    pub fn fill(&mut self, entries: &[Entry], look: &Look) {
        self.entries = entries.iter().map(|entry| line(entry, look)).collect();
    }

    /// Shows only entries that hold a text; upper and lower case are the same.
    pub fn filter(&mut self, pattern: String) {
        self.pattern = pattern;
        self.back = 0;
    }

    /// Entries that pass the filter.
    #[must_use]
    pub fn shown(&self) -> Vec<&(Vec<Span<'static>>, Span<'static>)> {
        let wanted = self.pattern.trim().to_lowercase();
        let holds = |(head, text): &&(Vec<Span<'static>>, Span<'static>)| {
            let head: String = head.iter().map(|span| span.content.as_ref()).collect();
            format!("{head}{}", text.content).to_lowercase().contains(&wanted)
        };
        self.entries.iter().filter(holds).collect()
    }

    /// Scrolls by entries, positive towards the past.
    pub fn scroll(&mut self, by: isize) {
        let most = self.shown().len().saturating_sub(1);
        self.back = self.back.saturating_add_signed(by).min(most);
    }

    /// The last lines that fit, oldest first.
    #[must_use]
    pub fn lines(&self, width: usize, height: usize) -> Vec<Line<'static>> {
        let shown = self.shown();
        let end = shown.len().saturating_sub(self.back);
        let mut lines: Vec<Line<'static>> = Vec::new();
        for (head, text) in shown[..end].iter().rev() {
            let mut more = hanging(head, std::slice::from_ref(text), width);
            more.extend(lines);
            lines = more;
            if lines.len() >= height {
                break;
            }
        }
        lines.split_off(lines.len().saturating_sub(height))
    }
}

/// What stands before an entry, and its sentence.
fn line(entry: &Entry, look: &Look) -> (Vec<Span<'static>>, Span<'static>) {
    let (tone, words) = sentence(&entry.event);
    let head = vec![
        look.span(format!(" {} ", look.zone.clock(entry.stamp.at)), Tone::Muted),
        look.span(format!("#{:<5}", entry.seq), Tone::Muted),
        look.span(format!("{:<10} ", super::text::fit(&entry.stamp.by.name, 10)), Tone::Text),
    ];
    (head, look.span(words, tone))
}

/// An entry's event in words, with its tone.
#[must_use]
#[expect(clippy::too_many_lines, reason = "one arm for each kind; splitting them would scatter a table")]
pub fn sentence(event: &Event) -> (Tone, String) {
    let because = |reason: &Option<String>| reason.as_deref().map(|text| format!(": {text}")).unwrap_or_default();
    match event {
        Event::RunOpened(opened) => (Tone::Text, format!("opened “{}” with {}", opened.title, opened.program)),
        Event::SittingBegan(sitting) => (Tone::Muted, format!("sat down ({}, pid {})", sitting.skin, sitting.pid)),
        Event::SittingEnded => (Tone::Muted, "left".to_owned()),
        Event::ClockStepped { by_ms } => {
            let (length, way) =
                (super::text::duration(by_ms.unsigned_abs()), if *by_ms < 0 { "back" } else { "forward" });
            (Tone::Warning, format!("the wall clock was set {way} by {length}; lengths go by another clock"))
        }
        Event::AttemptIntended(intended) => {
            let first = intended.text.lines().next().unwrap_or_default();
            (Tone::Running, format!("{} {}: {first}", intended.attempt, target(&intended.target)))
        }
        Event::AttemptSpawned { attempt, pid, .. } => (Tone::Muted, format!("{attempt} started, pid {pid}")),
        Event::AttemptRejoined { attempt, purpose, reason } => {
            (Tone::Warning, format!("{attempt} outlived a crash and is {}: {reason}", purpose.word()))
        }
        Event::AttemptGone { attempt, ending, .. } => {
            let known = ending.as_ref().map(|ending| format!(" ({})", super::document::how_it_ended(ending)));
            (Tone::Warning, format!("{attempt} ended unseen{}", known.unwrap_or_default()))
        }
        Event::StopSent { attempt, signal, .. } => (Tone::Warning, format!("{attempt} sent {}", signal.word())),
        Event::AttemptEnded(ended) => ending(ended),
        Event::AttemptResolved { attempt, resolution, reason, left_over: _ } => match resolution {
            Resolution::Succeeded => (Tone::Ok, format!("{attempt} said to have succeeded: {reason}")),
            Resolution::Failed => (Tone::Fail, format!("{attempt} said to have failed: {reason}")),
        },
        Event::OutputShredded { attempt, reason } => {
            (Tone::Warning, format!("{attempt}: its output was removed: {reason}"))
        }
        Event::AttemptRehearsed { target: at } => (Tone::Text, format!("practised {}", target(at))),
        Event::StepMarked { step, verdict, reason } => {
            (verdict_tone(*verdict), format!("{step} {}{}", verdict.word(), because(reason)))
        }
        Event::MarkReversed { step, seq } => (Tone::Warning, format!("{step}: took back #{seq}")),
        Event::NoteAdded { step, text } => {
            let at = step.as_ref().map(|step| format!(" on {step}")).unwrap_or_default();
            (Tone::Text, format!("note{at}: {text}"))
        }
        Event::TargetPinned { target } => (Tone::Text, format!("acts at {target}")),
        Event::TrustDecided(decided) => {
            let word = if decided.trusted { "trusted to run by itself" } else { "refused to run by itself" };
            (Tone::Warning, format!("{word}: {}", decided.what.join("; ")))
        }
        Event::RequirementsProbed(probed) => probes(probed),
        Event::HookBegan(hook) => (Tone::Running, format!("{} hook: {}", hook.hook.word(), hook.command)),
        Event::HookEnded(hook) => hook_ended(hook),
        Event::SoakBegan(soak) => {
            (Tone::Running, format!("{}: the clock goes, {} altogether", soak.step, super::text::duration(soak.for_ms)))
        }
        Event::SoakPaused { step } => (Tone::Warning, format!("{step}: the clock stands")),
        Event::ValueGiven { name, secret, value, from } => {
            let from = from.as_ref().map(|variable| format!(" from ${variable}")).unwrap_or_default();
            let value = value.as_deref().unwrap_or_default();
            let said = if *secret { " (secret, not recorded)".to_owned() } else { format!(" = {value}") };
            (Tone::Text, format!("gave {name}{from}{said}"))
        }
        Event::RunbookAdopted(adopted) => {
            let steps = super::text::count(adopted.steps.len(), "step");
            (Tone::Warning, format!("adopted an edited runbook: {steps} not the same"))
        }
        Event::RunbookDeclined { .. } => (Tone::Text, "stayed on the recorded runbook; the file was edited".to_owned()),
        Event::SignedOff { scope: at, meaning, reason, sealed } => {
            let signed = sealed.as_ref().is_some_and(|sealed| sealed.signature.is_some());
            let how = if signed { "signed as" } else { "recorded as" };
            (Tone::Gate, format!("{how} {} {}{}", meaning.word(), scope(at), because(reason)))
        }
        Event::GateOverridden { scope: at, reason } => {
            (Tone::Danger, format!("BREAK-GLASS: passed the gate of {} unsigned: {reason}", scope(at)))
        }
        Event::Called { role, call, reason } => {
            let tone = match call {
                Call::Go => Tone::Ok,
                Call::NoGo => Tone::Fail,
            };
            (tone, format!("{role} called {}{}", call.word(), because(reason)))
        }
        Event::Deviated { deviation, step, reason, correction: _ } => {
            let at = step.as_ref().map(|step| format!(" at {step}")).unwrap_or_default();
            (Tone::Warning, format!("deviation, {}{at}: {reason}", deviation.word()))
        }
        Event::RunClosed { verdict, percent, reason, .. } => {
            let percent = percent.map(|percent| format!(", {percent} %")).unwrap_or_default();
            (Tone::Title, format!("closed the run: {verdict}{percent}{}", because(reason)))
        }
    }
}

fn probes(probed: &Probed) -> (Tone, String) {
    let answer = |probe: &Probe| {
        let said = if probe.said.is_empty() { String::new() } else { format!(": {}", probe.said) };
        format!("{}{said}", probe.text)
    };
    let fits = probed.probes.iter().all(|probe| probe.fits);
    let answers: Vec<String> = probed.probes.iter().map(answer).collect();
    (if fits { Tone::Muted } else { Tone::Warning }, format!("asked for what is required: {}", answers.join("; ")))
}

fn hook_ended(hook: &HookEnded) -> (Tone, String) {
    let well = hook.ending == Ending::Exited { code: 0 };
    let said = if hook.said.is_empty() { String::new() } else { format!(": {}", hook.said.replace('\n', " / ")) };
    let how = match &hook.ending {
        Ending::Exited { code } => format!("exit {code}"),
        Ending::Signalled { signal } => format!("ended by signal {signal}"),
        Ending::NotStarted { reason } => format!("not started: {reason}"),
        Ending::TimedOut => "took too long".to_owned(),
        Ending::Stopped | Ending::Kept => "stopped".to_owned(),
        Ending::Asked => "wanted a person at a terminal".to_owned(),
    };
    (if well { Tone::Muted } else { Tone::Fail }, format!("hook of #{} {how}{said}", hook.began))
}

fn target(target: &Target) -> String {
    let part = target.part.map(|part| format!(", line {}", part + 1)).unwrap_or_default();
    format!("{} command {}{part}", target.step, target.command + 1)
}

fn scope(scope: &Scope) -> String {
    match scope {
        Scope::Step(step) => step.to_string(),
        Scope::Phase(phase) => format!("phase {phase}"),
        Scope::Run => "the run".to_owned(),
    }
}

fn verdict_tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Passed | Verdict::PassedWithRemarks => Tone::Ok,
        Verdict::Failed => Tone::Fail,
        Verdict::Waived | Verdict::NotApplicable | Verdict::Deferred => Tone::Skipped,
    }
}

fn ending(ended: &Ended) -> (Tone, String) {
    let (tone, words) = match &ended.ending {
        Ending::Exited { code: 0 } => (Tone::Ok, "exit 0".to_owned()),
        Ending::Exited { code } => (Tone::Fail, format!("exit {code}")),
        Ending::Signalled { signal } => (Tone::Fail, format!("killed by signal {signal}")),
        Ending::NotStarted { reason } => (Tone::Fail, format!("not started: {reason}")),
        Ending::TimedOut => (Tone::Fail, "timed out".to_owned()),
        Ending::Stopped => (Tone::Fail, "stopped".to_owned()),
        Ending::Kept => (Tone::Ok, "stopped, kept as evidence".to_owned()),
        Ending::Asked => (Tone::Waiting, "wanted a person at a terminal".to_owned()),
    };
    let matched = match ended.matched {
        Some(true) => ", output matched",
        Some(false) => ", output differs",
        None => "",
    };
    let took = super::text::duration(ended.took_ms);
    let size = super::text::size(ended.output.bytes);
    let alive: Vec<String> = ended.not_dead.iter().map(|left| format!("{} ({})", left.name, left.pid)).collect();
    let alive = if alive.is_empty() { String::new() } else { format!("; NOT CONFIRMED DEAD: {}", alive.join(", ")) };
    (tone, format!("{} {words}{matched} after {took}, {size} of output{alive}", ended.attempt))
}
