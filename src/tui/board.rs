//! The go/no-go board: calls by role, gates, what stands in the way, and the answer with its rule.

use super::look::{Look, answer_tone, gate_look};
use super::msg::Facts;
use super::text::{fit, hanging};
use super::theme::Tone;
use crate::run::event::{Call, Scope};
use crate::run::gate::holds;
use crate::run::readiness::{self, Readiness, Severity, Subject, roles};
use ratatui::text::{Line, Span};

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
}

impl Board {
    pub fn settle(&mut self, facts: &Facts<'_>, look: &Look) {
        self.rows = rows(facts, look);
        if self.rows.get(self.cursor).is_none_or(|row| row.target.is_none()) {
            self.cursor = self.rows.iter().position(|row| row.target.is_some()).unwrap_or(0);
        }
    }

    /// Moves to the next row that leads somewhere.
    pub fn go(&mut self, by: isize) {
        let mut targets = (0..self.rows.len()).filter(|row| self.rows[*row].target.is_some());
        let next = if by > 0 {
            targets.find(|row| *row > self.cursor)
        } else {
            targets.take_while(|row| *row < self.cursor).last()
        };
        self.cursor = next.unwrap_or(self.cursor);
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
        Target::Scope(_) => None,
    });
    let open = all.iter().find(|role| facts.run.call(role).is_none());
    match (&under, open) {
        // The cursor rests on a role that has called: the poll goes on with the next one.
        (Some(role), Some(open)) if facts.run.call(role).is_some() => Some(open.clone()),
        (Some(_), _) => under,
        (None, open) => open.or(all.first()).cloned(),
    }
}

fn rows(facts: &Facts<'_>, look: &Look) -> Vec<Row> {
    let mut rows = vec![verdict(facts, look)];
    rows.extend(rule(facts.readiness).into_iter().map(|text| plain(look.span(text, Tone::Muted))));
    rows.push(plain(look.span(claimed(facts.readiness), Tone::Muted)));
    heading(&mut rows, look, "Calls");
    let roles = roles(facts.book, facts.run);
    if roles.is_empty() {
        let text = "Nobody is polled: the runbook names no roles. p records a call all the same.";
        rows.push(plain(look.span(text, Tone::Muted)));
    }
    rows.extend(roles.iter().map(|role| call(facts, look, role)));
    let holds = holds(facts.book);
    if !holds.is_empty() {
        heading(&mut rows, look, "Gates");
    }
    for hold in holds {
        let (sign, tone, word) = gate_look(hold.state(facts.run));
        let role = hold.gate.role.as_deref().map(|role| format!("  by {role}")).unwrap_or_default();
        let head = vec![look.span(format!(" {} {:<14}", look.sign(sign), word), tone)];
        let text = vec![look.span(format!("{}{role}", hold.title), Tone::Text)];
        rows.push(Row { head, text, target: Some(Target::Scope(hold.scope.clone())) });
    }
    let blockers = &facts.readiness.blockers;
    heading(&mut rows, look, &format!("In the way ({})", blockers.len()));
    if blockers.is_empty() {
        rows.push(plain(look.span("Nothing.", Tone::Ok)));
    }
    for blocker in blockers {
        let (word, tone) = match blocker.severity {
            Severity::Stops => ("stops", Tone::Fail),
            Severity::Asks => ("asks", Tone::Waiting),
            Severity::Open => ("open", Tone::Muted),
        };
        let head = vec![look.span(format!("   {word:<6} "), tone)];
        let text =
            vec![look.span(format!("{}: ", blocker.title), Tone::Text), look.span(blocker.what.clone(), tone)];
        let target = match &blocker.subject {
            Subject::Step(step) => Target::Scope(Scope::Step(step.clone())),
            Subject::Phase(phase) => Target::Scope(Scope::Phase(phase.clone())),
            Subject::Role(role) => Target::Role(role.clone()),
        };
        rows.push(Row { head, text, target: Some(target) });
    }
    rows
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
    Row { head: vec![Span::raw(" ")], text: spans, target: None }
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
    let numbers = format!(
        "{} of {} steps settled, {} waived, {} failed, {} unknown; {stops} of {} blockers stop it",
        counts.settled(),
        counts.steps,
        counts.waived,
        counts.failed,
        counts.unknown,
        readiness.blockers.len(),
    );
    [format!("Rule: {rule}."), numbers]
}

fn claimed(readiness: &Readiness) -> String {
    match (readiness.claimed, readiness.percent) {
        (Some(claimed), Some(own)) => format!("The document claims {claimed} %; this run shows {own} %."),
        (Some(claimed), None) => format!("The document claims {claimed} %; this run shows nothing."),
        (None, _) => "The document claims no readiness of its own.".to_owned(),
    }
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
    let head = vec![
        look.span(format!("   {:<16} ", fit(role, 16)), Tone::Text),
        look.span(format!("{word:<12} "), tone),
    ];
    Row { head, text: vec![look.span(rest, Tone::Text)], target: Some(Target::Role(role.to_owned())) }
}
