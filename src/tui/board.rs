//! The go/no-go board: calls by role, gates, what stands in the way, and the answer with its rule.

use super::keys::{Action, Keymap};
use super::look::{Look, answer_tone, gate_look};
use super::msg::Facts;
use super::outline::Subject as Place;
use super::text::{duration, fit, hanging, left_words, spell};
use super::theme::Tone;
use crate::run::event::{Call, Scope};
use crate::run::gate::holds;
use crate::run::readiness::{self, Readiness, Severity, Subject, roles};
use crate::run::time::PhaseTime;
use crate::runbook::{Phase, PhaseId};
use ratatui::text::{Line, Span};

/// Blockers that are shown; the worst come first.
const RANKED: usize = 10;

/// The board with its cursor.
#[derive(Debug, Clone, Default)]
pub struct Board {
    pub rows: Vec<Row>,
    /// Place among [`Board::rows`]; rests on rows that lead somewhere.
    pub cursor: usize,
}

/// A line of the board.
#[derive(Debug, Clone)]
pub struct Row {
    /// Stands before the text; the text's further lines are indented by its width.
    pub head: Vec<Span<'static>>,
    pub text: Vec<Span<'static>>,
    pub target: Option<Target>,
}

impl Row {
    /// The row at a width.
    #[must_use]
    pub fn lines(&self, width: usize) -> Vec<Line<'static>> {
        hanging(&self.head, &self.text, width)
    }
}

/// Where a row leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Role(String),
    Scope(Scope),
    /// The list behind a number.
    Steps(Kind),
}

/// Which steps a number counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    All,
    Passed,
    Failed,
    /// Unknown, waiting or to be confirmed.
    Asking,
    Open,
    Deferred,
    Waived,
    NotApplicable,
    /// The document says something about them.
    Claimed,
    Phase(PhaseId),
}

impl Kind {
    /// The heading of its list.
    #[must_use]
    pub fn title(&self, facts: &Facts<'_>) -> String {
        let word = match self {
            Kind::All => "All steps that are walked",
            Kind::Passed => "Steps that passed",
            Kind::Failed => "Steps that failed",
            Kind::Asking => "Steps that ask for somebody",
            Kind::Open => "Open steps",
            Kind::Deferred => "Deferred steps",
            Kind::Waived => "Waived steps",
            Kind::NotApplicable => "Steps that do not apply",
            Kind::Claimed => "What the document claims of its steps",
            Kind::Phase(id) => {
                let phase = facts.book.phases.iter().find(|phase| phase.id == *id);
                return phase.map(|phase| format!("{} {}", phase.number, phase.title)).unwrap_or_default();
            }
        };
        word.to_owned()
    }
}

impl Board {
    pub fn settle(&mut self, facts: &Facts<'_>, look: &Look, keymap: &Keymap) {
        let fresh = self.rows.is_empty();
        self.rows = rows(facts, look, &keymap.key(Action::Open));
        if fresh || self.rows.get(self.cursor).is_none_or(|row| row.target.is_none()) {
            self.cursor = self.first();
        }
    }

    /// Moves by rows that lead somewhere.
    pub fn go(&mut self, by: isize) {
        let targets: Vec<usize> = (0..self.rows.len()).filter(|row| self.rows[*row].target.is_some()).collect();
        let at = targets.iter().position(|row| *row >= self.cursor).unwrap_or(0);
        let next = at.saturating_add_signed(by).min(targets.len().saturating_sub(1));
        self.cursor = targets.get(next).copied().unwrap_or(self.cursor);
    }

    /// Where the cursor begins: on the first call that is outstanding, else on the first row that leads somewhere.
    fn first(&self) -> usize {
        let role = |row: &Row| matches!(row.target, Some(Target::Role(_)));
        let first = self.rows.iter().position(role).or(self.rows.iter().position(|row| row.target.is_some()));
        first.unwrap_or(0)
    }

    #[must_use]
    pub fn target(&self) -> Option<&Target> {
        self.rows.get(self.cursor)?.target.as_ref()
    }
}

/// The role to poll: the one under the cursor, else the first that has not called.
#[must_use]
pub fn next_role(board: &Board, facts: &Facts<'_>) -> Option<String> {
    let all = roles(facts.book, facts.run);
    let under = board.target().and_then(|target| match target {
        Target::Role(role) => Some(role.clone()),
        Target::Scope(_) | Target::Steps(_) => None,
    });
    let open = all.iter().find(|role| facts.run.call(role).is_none());
    match (&under, open) {
        // The cursor rests on a role that has called: the poll goes on with the next one.
        (Some(role), Some(open)) if facts.run.call(role).is_some() => Some(open.clone()),
        (Some(_), _) => under,
        (None, open) => open.or(all.first()).cloned(),
    }
}

/// `open` is the key that opens a row's list.
fn rows(facts: &Facts<'_>, look: &Look, open: &str) -> Vec<Row> {
    let mut rows = vec![verdict(facts, look)];
    rows.extend(rule(facts.readiness).into_iter().map(|text| plain(look.span(text, Tone::Muted))));
    rows.push(claimed(facts, look));
    rows.extend(times_words(facts, look).map(|words| plain(look.span(words, Tone::Muted))));
    heading(&mut rows, look, &format!("Steps ({open} lists them)"));
    rows.extend(numbers(facts, look));
    heading(&mut rows, look, "Calls");
    let roles = roles(facts.book, facts.run);
    if roles.is_empty() {
        let text = "Nobody is polled: the runbook names no roles. A call can be recorded all the same.";
        rows.push(plain(look.span(text, Tone::Muted)));
    }
    rows.extend(roles.iter().map(|role| call(facts, look, role)));
    blockers(&mut rows, facts, look, open);
    heading(&mut rows, look, "Phases");
    let times = facts.times;
    let walked = facts.book.phases.iter().filter(|phase| phase.is_walked());
    rows.extend(walked.map(|phase| of_phase(facts, look, phase, times.phase(&phase.id))));
    gates(&mut rows, facts, look);
    rows
}

/// How many steps stand how; each opens to its list.
fn numbers(facts: &Facts<'_>, look: &Look) -> Vec<Row> {
    let counts = &facts.readiness.counts;
    let all = [
        (counts.passed + counts.remarks, "passed", Tone::Ok, Kind::Passed),
        (counts.failed, "failed", Tone::Fail, Kind::Failed),
        (counts.unknown + counts.ran + counts.waiting + counts.stale, "ask for somebody", Tone::Waiting, Kind::Asking),
        (counts.open + counts.running, "open", Tone::Text, Kind::Open),
        (counts.deferred, "deferred", Tone::Waiting, Kind::Deferred),
        (counts.waived, "waived", Tone::Skipped, Kind::Waived),
        (counts.not_applicable, "not applicable", Tone::Skipped, Kind::NotApplicable),
    ];
    let some = all.into_iter().filter(|(number, ..)| *number > 0);
    some.map(|(number, word, tone, kind)| Row {
        head: vec![look.span(format!("   {number:>4} "), Tone::Title)],
        text: vec![look.span(word, tone)],
        target: Some(Target::Steps(kind)),
    })
    .collect()
}

/// Go or no-go of one phase.
fn of_phase(facts: &Facts<'_>, look: &Look, phase: &Phase, time: Option<&PhaseTime>) -> Row {
    let counts = facts.readiness.phases.get(&phase.id).copied().unwrap_or_default();
    let of_phase = |blocker: &&readiness::Blocker| match &blocker.subject {
        Subject::Step(step) => facts.book.phase_of(step).is_some_and(|of| of.id == phase.id),
        Subject::Phase(id) => *id == phase.id,
        Subject::Role(_) => false,
    };
    let worst = facts.readiness.blockers.iter().filter(of_phase).map(|blocker| blocker.severity).min();
    let (word, tone) = match worst {
        Some(Severity::Stops) => ("NO-GO", Tone::Fail),
        Some(Severity::Asks | Severity::Open) => ("HOLD", Tone::Waiting),
        None if counts.steps == 0 => ("no steps", Tone::Muted),
        None => ("GO", Tone::Ok),
    };
    let text = format!("{:>3}/{:<3}  {} {}", counts.settled(), counts.steps, phase.number, Place::Phase(phase).name());
    Row {
        head: vec![look.span(format!("   {word:<8} "), tone)],
        text: vec![look.span(text, Tone::Text), look.span(time.map(phase_words).unwrap_or_default(), Tone::Muted)],
        target: Some(Target::Steps(Kind::Phase(phase.id.clone()))),
    }
}

/// `, took ~12m03s of 10m00s planned`
fn phase_words(time: &PhaseTime) -> String {
    let least = if time.unplanned > 0 { "at least " } else { "" };
    let plan = time.planned_ms.map(|ms| format!("{least}{}", duration(ms)));
    match (time.took, plan) {
        (Some(took), Some(plan)) => format!("  took {} of {plan} planned", spell(took)),
        (Some(took), None) => format!("  took {}", spell(took)),
        (None, Some(plan)) => format!("  {plan} planned"),
        (None, None) => String::new(),
    }
}

/// The time that has passed, and what may be left.
fn times_words(facts: &Facts<'_>, look: &Look) -> Option<String> {
    let left = left_words(facts.times, look);
    let passed =
        (facts.run.head.seq > 0).then(|| format!("{} {}", spell(facts.times.elapsed), facts.times.until.words()));
    let words: Vec<String> = passed.into_iter().chain(left).collect();
    (!words.is_empty()).then(|| words.join("; "))
}

fn gates(rows: &mut Vec<Row>, facts: &Facts<'_>, look: &Look) {
    let holds = holds(facts.book);
    if !holds.is_empty() {
        heading(rows, look, "Gates");
    }
    for hold in holds {
        let (sign, tone, word) = gate_look(hold.state(facts.run));
        let role = hold.gate.role.as_deref().map(|role| format!("  by {role}")).unwrap_or_default();
        let head = vec![look.span(format!(" {} {:<14}", look.sign(sign), word), tone)];
        let text = vec![look.span(format!("{}{role}", hold.title), Tone::Text)];
        rows.push(Row { head, text, target: Some(Target::Scope(hold.scope.clone())) });
    }
}

/// What is in the way, the worst first.
fn blockers(rows: &mut Vec<Row>, facts: &Facts<'_>, look: &Look, open: &str) {
    let blockers = &facts.readiness.blockers;
    heading(rows, look, &format!("In the way ({})", blockers.len()));
    if blockers.is_empty() {
        rows.push(plain(look.span("Nothing.", Tone::Ok)));
    }
    for blocker in blockers.iter().take(RANKED) {
        let (word, tone) = match blocker.severity {
            Severity::Stops => ("stops", Tone::Fail),
            Severity::Asks => ("asks", Tone::Waiting),
            Severity::Open => ("open", Tone::Muted),
        };
        let head = vec![look.span(format!("   {word:<6} "), tone)];
        let text = vec![look.span(format!("{}: ", blocker.title), Tone::Text), look.span(blocker.what.clone(), tone)];
        let target = match &blocker.subject {
            Subject::Step(step) => Target::Scope(Scope::Step(step.clone())),
            Subject::Phase(phase) => Target::Scope(Scope::Phase(phase.clone())),
            Subject::Role(role) => Target::Role(role.clone()),
        };
        rows.push(Row { head, text, target: Some(target) });
    }
    if blockers.len() > RANKED {
        let text = look.span(format!("{} more; {open} lists open steps", blockers.len() - RANKED), Tone::Muted);
        rows.push(Row { target: Some(Target::Steps(Kind::Open)), head: vec![Span::raw("   … ")], text: vec![text] });
    }
}

fn plain(span: Span<'static>) -> Row {
    Row { head: vec![Span::raw(" ")], text: vec![span], target: None }
}

fn heading(rows: &mut Vec<Row>, look: &Look, text: &str) {
    rows.push(plain(Span::raw("")));
    rows.push(plain(look.span(text, Tone::Heading)));
}

fn verdict(facts: &Facts<'_>, look: &Look) -> Row {
    let readiness = facts.readiness;
    let percent = readiness.percent.map_or("nothing to count".to_owned(), |percent| format!("{percent} %"));
    let closed = facts.run.closed.as_ref().map(|closed| {
        let reason = closed.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("  closed {} by {}{reason}", closed.verdict, closed.by.name)
    });
    let spans = vec![
        look.span(format!("{} ", readiness.answer.word()), answer_tone(readiness.answer)),
        look.span(format!(" {percent} "), Tone::Title),
        look.span(format!("{} of {} points", readiness.earned, readiness.total), Tone::Muted),
        look.span(closed.unwrap_or_default(), Tone::Text),
    ];
    Row { head: vec![Span::raw(" ")], text: spans, target: Some(Target::Steps(Kind::All)) }
}

/// The rule behind the answer, with the numbers it was applied to.
fn rule(readiness: &Readiness) -> [String; 2] {
    let stops = readiness.blockers.iter().filter(|blocker| blocker.severity == Severity::Stops).count();
    let counts = &readiness.counts;
    let rule = match readiness.answer {
        readiness::Answer::Go => "every required step is settled, every gate released, no call is outstanding",
        readiness::Answer::Hold => "GO needs every required step settled, every gate released and every call a GO",
        readiness::Answer::NoGo => "a required step failed, a gate was rejected or somebody called NO-GO",
        readiness::Answer::Rehearsed => "a rehearsal executes nothing and never says GO",
    };
    let some = [
        (counts.waived, "waived"),
        (counts.failed, "failed"),
        (counts.unknown, "unknown"),
        (counts.deferred, "deferred"),
    ];
    let some = some.into_iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!(", {number} {word}"));
    let in_the_way = match (readiness.blockers.len(), stops) {
        (0, _) => "nothing is in the way".to_owned(),
        (all, 0) => format!("{all} in the way"),
        (all, 1) => format!("{all} in the way, 1 makes it a NO-GO"),
        (all, stops) => format!("{all} in the way, {stops} make it a NO-GO"),
    };
    let (settled, all, some) = (counts.settled(), counts.steps, some.collect::<String>());
    let numbers = format!("{settled} of {all} steps settled{some}; {in_the_way}");
    [format!("Rule: {rule}."), numbers]
}

fn claimed(facts: &Facts<'_>, look: &Look) -> Row {
    let readiness = facts.readiness;
    let own = readiness.percent.map_or("nothing".to_owned(), |percent| format!("{percent} %"));
    let claims = facts.book.walk().filter(|(_, step)| step.is_leaf() && step.claim.is_some()).count();
    let target = (claims > 0).then_some(Target::Steps(Kind::Claimed));
    let text = match (readiness.claimed, claims) {
        (Some(claimed), _) => format!("The document claims {claimed} %; this run shows {own}."),
        (None, 0) => "The document claims no readiness of its own.".to_owned(),
        (None, 1) => format!("The document claims something of 1 step; this run shows {own}."),
        (None, several) => format!("The document claims something of {several} steps; this run shows {own}."),
    };
    Row { target, ..plain(look.span(text, Tone::Muted)) }
}

fn call(facts: &Facts<'_>, look: &Look, role: &str) -> Row {
    let (word, tone, rest) = match facts.run.call(role) {
        Some(made) => {
            let tone = match made.call {
                Call::Go => Tone::Ok,
                Call::NoGo => Tone::Fail,
            };
            let reason = made.reason.as_deref().map(|reason| format!("  {reason}")).unwrap_or_default();
            (made.call.word(), tone, format!("{}  {}{reason}", made.by.name, look.zone.clock(made.at.at)))
        }
        None => ("outstanding", Tone::Waiting, String::new()),
    };
    let head =
        vec![look.span(format!("   {:<16} ", fit(role, 16)), Tone::Text), look.span(format!("{word:<12} "), tone)];
    Row { head, text: vec![look.span(rest, Tone::Text)], target: Some(Target::Role(role.to_owned())) }
}
