//! Where a run stands, for other programs: `gonogo status --format json` (`"schema": 1`).
//!
//! ```text
//! {"schema":1,"run":{"id","short","kind":"real|rehearsal","title","path","sha256","opened_at","closed_at":null|TIME},
//!  "verdict":"GO|HOLD|NO-GO|REHEARSED","percent":null|N,"earned":N,"total":N,"claimed":null|N,"counts":COUNTS,
//!  "times":{"elapsed_ms","approximate":bool,"left_ms":N,"estimated":N,"from_earlier":N,"unestimated":N,"eta":null|TIME},
//!  "phases":[{"id","number","title","role","counts":COUNTS,"planned_ms":null|N,"unplanned":N,"took_ms":null|N,"approximate":bool}],
//!  "blockers":[{"severity":"stops|asks|open","kind":"step|phase|role","id","title","what"}],
//!  "running":null|ATTEMPT,"unknown":[ATTEMPT]}
//! COUNTS {"steps","settled","passed","remarks","failed","waived","not_applicable","deferred","running","unknown","ran","waiting","open"}
//! ATTEMPT {"number","step","began"}
//! ```
//!
//! Lengths are milliseconds; an approximate one spans a restart of the machine or a resume. What is planned comes from earlier runs
//! of the same steps, else from the author; `unplanned` and `unestimated` count the steps nobody has estimated, and `left_ms` says
//! nothing about them. `eta` is told while somebody drives the run. Only walked phases are listed, and blockers are sorted, the worst first.

use super::compose::figures;
use super::record::{Blocker, Tally};
use crate::run::event::RunKind;
use crate::run::readiness::Readiness;
use crate::run::time::Times;
use crate::run::{self, Exactness, Run};
use crate::runbook::Runbook;
use chrono::{DateTime, Utc};
use serde::Serialize;

/// Writes the status; ends with a line end.
#[must_use]
pub fn status_json(readiness: &Readiness, run: &Run, book: &Runbook, times: &Times) -> String {
    let figures = figures(readiness);
    let walked = book.phases.iter().filter(|phase| phase.is_walked());
    let phases = walked.map(|phase| {
        let time = times.phase(&phase.id);
        let took = time.and_then(|time| time.took);
        Phase {
            id: &phase.id.0,
            number: phase.number,
            title: &phase.title,
            role: phase.role.word(),
            counts: figures.phases.get(&phase.id.0).copied().unwrap_or_default(),
            planned_ms: time.and_then(|time| time.planned_ms),
            unplanned: time.map_or(0, |time| time.unplanned),
            took_ms: took.map(|took| took.ms),
            approximate: took.is_some_and(|took| took.exact == Exactness::Approximate),
        }
    });
    let status = Status {
        schema: 1,
        run: Origin {
            id: &run.id.0,
            short: run.id.short(),
            kind: run.opened.run_kind,
            title: &run.opened.title,
            path: &run.opened.path,
            sha256: run.runbook().hex(),
            opened_at: run.began.at,
            closed_at: run.closed.as_ref().map(|closed| closed.at.at),
        },
        verdict: readiness.answer.word(),
        percent: figures.percent,
        earned: figures.earned,
        total: figures.total,
        claimed: figures.claimed,
        counts: figures.counts,
        times: Clocked {
            elapsed_ms: times.elapsed.ms,
            approximate: times.elapsed.exact == Exactness::Approximate,
            left_ms: times.left.ms,
            estimated: times.left.estimated,
            from_earlier: times.left.from_earlier,
            unestimated: times.left.unknown,
            eta: times.eta,
        },
        phases: phases.collect(),
        blockers: &figures.blockers,
        running: run.running().map(Attempt::of),
        unknown: run.unknown().map(Attempt::of).collect(),
    };
    serde_json::to_string_pretty(&status).expect("a status has string keys and no floats") + "\n"
}

#[derive(Serialize)]
struct Status<'a> {
    schema: u32,
    run: Origin<'a>,
    verdict: &'static str,
    percent: Option<u32>,
    earned: u64,
    total: u64,
    claimed: Option<u8>,
    counts: Tally,
    times: Clocked,
    phases: Vec<Phase<'a>>,
    blockers: &'a [Blocker],
    running: Option<Attempt<'a>>,
    unknown: Vec<Attempt<'a>>,
}

#[derive(Serialize)]
struct Origin<'a> {
    id: &'a str,
    short: String,
    kind: RunKind,
    title: &'a str,
    path: &'a str,
    sha256: String,
    opened_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
struct Phase<'a> {
    id: &'a str,
    number: u32,
    title: &'a str,
    role: &'static str,
    counts: Tally,
    planned_ms: Option<u64>,
    unplanned: usize,
    took_ms: Option<u64>,
    approximate: bool,
}

#[derive(Serialize)]
struct Clocked {
    elapsed_ms: u64,
    approximate: bool,
    left_ms: u64,
    estimated: usize,
    from_earlier: usize,
    unestimated: usize,
    eta: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
struct Attempt<'a> {
    number: u32,
    step: &'a str,
    began: DateTime<Utc>,
}

impl<'a> Attempt<'a> {
    fn of(attempt: &'a run::Attempt) -> Self {
        Attempt { number: attempt.id().0, step: &attempt.intended.target.step.0, began: attempt.began.at }
    }
}
